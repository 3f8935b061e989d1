"""A graph on disk: built once from the files of a folder, and opened at once ever after."""
