"""Validation of graph folders: findings with file and line."""
