"""Measurements printed as JSON. Never tests: a busy machine changes them."""
