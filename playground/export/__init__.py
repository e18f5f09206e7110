"""Writes a run as a file for others: an HTML page that plays from disk, a GIF or an MP4. Needs neither torch nor a
model."""
