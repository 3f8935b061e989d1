"""The manifest of a snapshot: what it was made from and what it holds, with checksums.

``manifest.json`` in a snapshot has the SHA-256 of each input and of each of its own files. The
pointer beside the snapshots names the current one, and has the size and time that each input had
when it was read; these are compared each time the graph is opened.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import file_digest, sha256
from pathlib import Path

from allgraph.errors import EngineError, LoadError
from allgraph.folder.folder import MANIFEST, Folder, builtin
from allgraph.folder.snapshot.files import CHECKSUM_MISMATCH, damage

FORMAT = 1
"""The format of snapshots; one of another format is made again."""
NAME = "manifest.json"
_IGNORED = ("LOG", "LOCK", "in-use", NAME)
"""Files of a snapshot that hold nothing of the graph."""

Stats = dict[str, tuple[int, int]]
"""The size of each input, and when it was changed, in nanoseconds."""


@dataclass(frozen=True)
class Manifest:
    """The contents of `manifest.json`.

    `inputs` are the SHA-256 of each input, `files` the size and SHA-256 of each file of the
    snapshot. `dataset` is the SHA-256 of the data in canonical form (RDFC-1.0), or ``None`` where
    blank nodes do not allow it; `withheld` is how many sensitive nodes were left out.
    """

    name: str
    title: str
    include_sensitive: bool
    versions: Mapping[str, str]
    inputs: Mapping[str, str]
    triples: int
    derived: int
    claims: int
    withheld: int
    dataset: str | None
    files: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    format: int = FORMAT

    def write(self, place: Path) -> str:
        """Write the manifest of the files of a snapshot into its directory; return its SHA-256."""
        import json

        fields = {**asdict(self), "files": checksums(place)}
        data = json.dumps(fields, indent=1, ensure_ascii=False).encode()
        (place / NAME).write_bytes(data)
        return sha256(data).hexdigest()


def read(place: Path, digest: str) -> Manifest:
    """Return the manifest of a snapshot; `EngineError` unless it has this SHA-256."""
    import json

    try:
        data = (place / NAME).read_bytes()
        if sha256(data).hexdigest() != digest:
            raise ValueError(CHECKSUM_MISMATCH)
        return Manifest(**json.loads(data))
    except (OSError, ValueError, TypeError) as error:
        raise damage(place / NAME, str(error)) from None


def versions() -> dict[str, str]:
    """Return what a snapshot depends on beside its inputs."""
    from importlib.metadata import version

    packages = {name: version(name) for name in ("allgraph", "pyoxigraph")}
    return {**packages, "byte order": sys.byteorder}


def inputs(folder: Folder) -> dict[str, Path]:
    """Return the files that a graph is made from, by their names in the manifest."""
    paths = [*folder.data_files(), *folder.ontology_files()]
    extended: Folder | None = folder
    while extended is not None:
        paths.append(extended.root / MANIFEST)
        extended = extended.parent
    return {_name(folder, path): path for path in paths}


def _name(folder: Folder, path: Path) -> str:
    """Return the name of an input: its path in the folder, or in the built-in one, or from here."""
    if path.is_relative_to(folder.root):
        return path.relative_to(folder.root).as_posix()
    home = builtin().root
    if path.is_relative_to(home):
        return f"built-in/{path.relative_to(home).as_posix()}"
    return Path(os.path.relpath(path, folder.root)).as_posix()


def stats(files: Mapping[str, Path]) -> Stats:
    """Return the sizes and times of files; `LoadError` when one is gone."""
    sizes_and_times = {}
    for name, path in files.items():
        try:
            status = path.stat()
        except OSError as error:
            raise LoadError(f"cannot be read: {error.strerror}", path=path) from None
        sizes_and_times[name] = (status.st_size, status.st_mtime_ns)
    return sizes_and_times


def changed_since(before: Stats, folder: Folder) -> str:
    """Return what has changed in the inputs of a snapshot, in words; ``""`` if nothing has."""
    return changed(before, stats(inputs(folder)))


def changed(before: Stats, now: Stats) -> str:
    """Return the first difference, in words; ``""`` if there is none.

    >>> changed({"data/a.ttl": (1, 2)}, {"data/a.ttl": (1, 3), "data/b.ttl": (1, 1)})
    'data/a.ttl has changed'
    """
    for name in sorted(before.keys() | now.keys()):
        if name not in now:
            return f"{name} is gone"
        if name not in before:
            return f"{name} is new"
        if before[name] != now[name]:
            return f"{name} has changed"
    return ""


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file; `LoadError` when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise LoadError(f"cannot be read: {error.strerror}", path=path) from None


def name_of(folder: Folder, include_sensitive: bool, digests: Mapping[str, str]) -> str:
    """Return the name of a snapshot: a digest of all that it depends on."""
    import json

    parts = [FORMAT, folder.base, include_sensitive, versions(), dict(digests)]
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def files_of(place: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files of a snapshot that hold something of the graph, with their names."""
    for path in sorted(place.rglob("*")):
        if path.is_file() and path.name not in _IGNORED:
            yield path.relative_to(place).as_posix(), path


def checksums(place: Path) -> dict[str, tuple[int, str]]:
    """Return the size and SHA-256 of each file of a snapshot."""
    return {name: (path.stat().st_size, digest_of(path)) for name, path in files_of(place)}


def times(place: Path) -> dict[str, int]:
    """Return when each file of a snapshot was last changed, in nanoseconds."""
    return {name: path.stat().st_mtime_ns for name, path in files_of(place)}


def problems(
    place: Path, manifest: Manifest, names: Iterable[str] | None = None
) -> Iterator[EngineError]:
    """Yield what is damaged in a snapshot.

    All files are compared by name and size, and all, or those named, by checksum.
    """
    if problem := _size_problem(place, manifest.files):
        yield damage(place, problem)
    for name in manifest.files if names is None else names:
        path = place / name
        if path.exists() and digest_of(path) != manifest.files[name][1]:
            yield damage(path, CHECKSUM_MISMATCH)


def _size_problem(place: Path, files: Mapping[str, tuple[int, str]]) -> str:
    """Return which file of a snapshot is missing, foreign or of another size; ``""`` if none is."""
    paths = dict(files_of(place))
    for name in sorted(paths.keys() | files.keys()):
        if name not in paths:
            return f"{name} is missing"
        if name not in files:
            return f"{name} does not belong to it"
        size, expected = paths[name].stat().st_size, files[name][0]
        if size != expected:
            return f"{name} has {size} bytes, and not {expected}"
    return ""
