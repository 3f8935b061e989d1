"""Checks of a published linked-data site from outside, over HTTP or by its files."""
