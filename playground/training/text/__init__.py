"""Training text made from templates: everyday requests whose answers follow from them, and plain stories.

Data says what may be asked and what is then answered (``tables/``, ``kinds/``, ``stories/``, ``prompts/``); Python only
draws, checks and scores. README.md beside this file is the reference of the data files.
"""
