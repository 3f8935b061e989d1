"""Whether a snapshot is as it was written, to the last bit, and still that of its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from allgraph.errors import EngineError, InputError
from allgraph.folder.folder import Folder
from allgraph.folder.snapshot import manifest
from allgraph.folder.snapshot.directory import Directory


@dataclass(frozen=True)
class Checked:
    """How many files were looked at, and what is wrong with some, in words."""

    files: int
    problems: tuple[str, ...]


def check(folder: Folder, *, include_sensitive: bool = False, at: Path | None = None) -> Checked:
    """Compare all digests of the snapshot of a folder, and those of the files it was made of.

    Raises `InputError` when there is no snapshot.
    """
    shelf = Directory(folder, include_sensitive, at)
    try:
        pointer = shelf.pointer()
        if pointer is None:
            raise InputError(f"{folder.root} has no snapshot; make one with `allgraph build`")
        place = shelf.place / pointer.snapshot
        said = manifest.read(place, pointer.manifest)
    except EngineError as error:
        return Checked(1, (str(error),))
    found = []
    wrong = manifest.sizes_differ(place, said.files)
    if wrong:
        found.append(f"{place}: {wrong}; {manifest.mend()}")
    found += [
        f"{place / name} is damaged: its digest is another; {manifest.mend()}"
        for name in manifest.damaged(place, said)
    ]
    files = manifest.inputs(folder)
    for name, digest in said.inputs.items():
        if name not in files:
            found.append(f"{name} is gone since the snapshot was made")
        elif manifest.digest_of(files[name]) != digest:
            found.append(f"{name} has changed since the snapshot was made")
    found += [f"{name} is new since the snapshot was made" for name in files.keys() - said.inputs]
    return Checked(len(said.files) + len(files), tuple(found))
