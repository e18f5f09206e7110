"""A run as a file that others can open: a page that plays from disk, a moving picture, a film. No torch, no model."""
