"""Rendering: text tables, escaped HTML and SVG."""
