"""Scripts and styles as a browser gets them, for the page and for saved files alike. No gradio, no torch."""
