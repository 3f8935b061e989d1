"""Checks of a graph folder, each with its file and line."""
