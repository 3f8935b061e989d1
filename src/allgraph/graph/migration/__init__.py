"""Files of a graph folder, rewritten from deprecated terms to their replacements."""
