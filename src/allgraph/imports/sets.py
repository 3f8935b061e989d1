"""Sets of mappings that come with allgraph: Open States, the Congress, a list of signatories."""

from __future__ import annotations

import shutil
from pathlib import Path

from allgraph.errors import FolderError
from allgraph.folder import Folder

_READY = Path(__file__).parent / "ready"
_README = "README.md"
NAMES = tuple(sorted(path.name for path in _READY.iterdir() if path.is_dir()))
"""The names of the sets."""


def add(folder: Folder, name: str) -> None:
    """Copy the mappings of a set, with their examples, into a folder, and write its README anew.

    Raises `FolderError` for an unknown set, or if a file cannot be written.
    """
    if name not in NAMES:
        raise FolderError(f"there is no set of mappings {name}; the sets are {', '.join(NAMES)}")
    ready = _READY / name
    try:
        skipped = shutil.ignore_patterns(_README)
        shutil.copytree(ready, folder.root / "imports", ignore=skipped, dirs_exist_ok=True)
        text = (ready / _README).read_text(encoding="utf-8").replace("{title}", folder.title)
        (folder.root / _README).write_text(text, encoding="utf-8")
    except OSError as error:
        raise FolderError(f"{folder.root} cannot be written: {error.strerror}") from None
