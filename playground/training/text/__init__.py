"""Training text from templates: everyday requests, whose answers follow from them, and plain stories.

Data files define the requests and their answers (``tables/``, ``kinds/``, ``stories/``, ``prompts/``); Python only
draws, checks and scores. README.md in this folder is the reference of the data files.
"""
