"""How things look: text tables, escaped HTML and SVG."""
