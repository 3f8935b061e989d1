"""Linked data: documents, descriptions of the dataset, and profiles."""
