"""Writes a run as a file for others: an HTML page that plays from disk, a GIF, an MP4 or a card. Needs neither torch nor a
model."""
