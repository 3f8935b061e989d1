"""Drafts of mappings, from what the fields of records look like."""
