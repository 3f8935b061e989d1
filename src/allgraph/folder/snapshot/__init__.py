"""Snapshots: graphs on disk, built once from the files of a folder, then opened at once."""
