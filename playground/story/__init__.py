"""The story of diffusion language models: prose as data, marks that act on the stage, and what is behind each figure."""
