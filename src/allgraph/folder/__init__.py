"""Graph folders: their files, loading, formatting and snapshots."""

from allgraph.folder.folder import Folder, builtin, init_folder, open_folder

__all__ = ["Folder", "builtin", "init_folder", "open_folder"]
