"""The scripts and styles of the page and of saved files, as the browser gets them. No gradio, no torch."""
