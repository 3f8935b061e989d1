"""Check all checksums of a snapshot, and of the files that it was made from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from allgraph.errors import EngineError, InputError
from allgraph.folder.folder import Folder
from allgraph.folder.snapshot import manifest
from allgraph.folder.snapshot.directory import Directory


@dataclass(frozen=True)
class Checked:
    """The result of `check`: the number of files checked, and each problem found, in words."""

    files: int
    problems: tuple[str, ...]


def check(folder: Folder, *, include_sensitive: bool = False, at: Path | None = None) -> Checked:
    """Read all files of the current snapshot, and its inputs, and compare their checksums.

    Returns the number of these files, and the problems found; nothing is changed. A damaged pointer
    or manifest is a problem too, and then the only one. With `include_sensitive` it is the current
    snapshot that has sensitive claims too. `at` is the directory of snapshots if it is not in the
    folder. Raises `InputError` when there is no snapshot, and `LoadError` when an input cannot be
    read.
    """
    snapshots = Directory(folder, include_sensitive, at)
    try:
        pointer = snapshots.pointer()
        if pointer is None:
            raise InputError(f"{folder.root} has no snapshot; make one with `allgraph build`")
        place = snapshots.place / pointer.snapshot
        contents = manifest.read(place, pointer.manifest)
    except EngineError as error:
        return Checked(1, (str(error),))
    problems = [str(problem) for problem in manifest.problems(place, contents)]
    inputs = manifest.inputs(folder)
    digests = {name: manifest.digest_of(path) for name, path in inputs.items()}
    changes = manifest.changes(contents.inputs, digests)
    problems += [f"{change} since the snapshot was made" for change in changes]
    return Checked(len(contents.files) + len(inputs), tuple(problems))
