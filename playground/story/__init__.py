"""The story of diffusion language models: its prose as data, its marks, and the source of each figure."""
