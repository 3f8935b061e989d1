"""Checks of sense: claims that contradict each other, or cannot be right."""
