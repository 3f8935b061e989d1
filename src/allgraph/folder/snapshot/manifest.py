"""What a snapshot was made of and holds, and whether it still is so.

``manifest.json`` in a snapshot has the digest of each input and of each of its own files. The
pointer beside the snapshots says which one counts, and what its inputs looked like when they were
read: a size and a time, which are compared each time the graph is opened.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from allgraph.errors import EngineError, LoadError
from allgraph.folder.folder import MANIFEST, Folder, builtin

FORMAT = 1
"""Of snapshots; one of another format is made again."""
NAME = "manifest.json"
_UNREAD = ("LOG", "LOCK", "in-use", NAME)
"""Files of a snapshot that hold nothing of the graph."""

Looks = dict[str, tuple[int, int]]
"""The size of each input, and when it was changed, in nanoseconds."""


@dataclass(frozen=True)
class Manifest:
    """What `manifest.json` says. `files` are the size and SHA-256 of each file of the snapshot.

    `dataset` is the SHA-256 of the data in canonical form (RDFC-1.0), or ``None`` where blank
    nodes do not allow it; `withheld` how many sensitive nodes were left out.
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
    files: Mapping[str, tuple[int, str]]
    format: int = FORMAT

    def write(self, place: Path) -> str:
        """Write it into a snapshot; its SHA-256."""
        import json

        data = json.dumps(asdict(self), indent=1, ensure_ascii=False).encode()
        (place / NAME).write_bytes(data)
        return sha256(data).hexdigest()


def read(place: Path, digest: str) -> Manifest:
    """The manifest of a snapshot, which has this SHA-256; or `EngineError`."""
    import json

    try:
        data = (place / NAME).read_bytes()
        if sha256(data).hexdigest() != digest:
            raise ValueError("it is not as it was written")
        return Manifest(**json.loads(data))
    except (OSError, ValueError, TypeError) as error:
        raise EngineError(f"{place / NAME} is damaged: {error}; {mend()}") from None


def mend() -> str:
    """What to do about a damaged snapshot."""
    return "make the snapshot again with `allgraph build`, or remove its folder .allgraph"


def versions() -> dict[str, str]:
    """What makes a snapshot what it is, beside its inputs."""
    from importlib.metadata import version

    return {
        "allgraph": version("allgraph"),
        "pyoxigraph": version("pyoxigraph"),
        "byte order": sys.byteorder,
    }


def inputs(folder: Folder) -> dict[str, Path]:
    """The files that a graph is made of, by the names that a manifest has for them."""
    found = {_name(folder, path): path for path in folder.data_files()}
    found |= {_name(folder, path): path for path in folder.ontology_files()}
    each: Folder | None = folder
    while each is not None:
        found[_name(folder, each.root / MANIFEST)] = each.root / MANIFEST
        each = each.parent
    return found


def _name(folder: Folder, path: Path) -> str:
    """A path below the folder; that of the built-in graph wherever it is installed."""
    if path.is_relative_to(folder.root):
        return path.relative_to(folder.root).as_posix()
    home = builtin().root
    if path.is_relative_to(home):
        return f"built-in/{path.relative_to(home).as_posix()}"
    return Path(os.path.relpath(path, folder.root)).as_posix()


def looks(files: Mapping[str, Path]) -> Looks:
    """What can be seen of files without reading them; `LoadError` when one is gone."""
    found = {}
    for name, path in files.items():
        try:
            status = path.stat()
        except OSError as error:
            raise LoadError(f"cannot be read: {error.strerror}", path=path) from None
        found[name] = (status.st_size, status.st_mtime_ns)
    return found


def changed(before: Looks, now: Looks) -> str:
    """What has changed, in words; nothing if nothing has.

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
    """The SHA-256 of a file; `LoadError` when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise LoadError(f"cannot be read: {error.strerror}", path=path) from None


def name_of(folder: Folder, include_sensitive: bool, digests: Mapping[str, str]) -> str:
    """The name of a snapshot: a digest of all that it is made of."""
    import json

    said = [FORMAT, folder.base, include_sensitive, versions(), dict(digests)]
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]


def files_of(place: Path) -> Iterator[tuple[str, Path]]:
    """The files of a snapshot that hold something, by their paths in it."""
    for path in sorted(place.rglob("*")):
        if path.is_file() and path.name not in _UNREAD:
            yield path.relative_to(place).as_posix(), path


def told(place: Path) -> dict[str, tuple[int, str]]:
    """The size and SHA-256 of each file of a snapshot."""
    return {name: (path.stat().st_size, digest_of(path)) for name, path in files_of(place)}


def times(place: Path) -> dict[str, int]:
    """When each file of a snapshot was last changed, in nanoseconds."""
    return {name: path.stat().st_mtime_ns for name, path in files_of(place)}


def sizes_differ(place: Path, files: Mapping[str, Any]) -> str:
    """Which file of a snapshot is missing, strange or of another size; nothing if none is."""
    found = dict(files_of(place))
    for name in sorted(found.keys() | files.keys()):
        if name not in found:
            return f"{name} is missing"
        if name not in files:
            return f"{name} does not belong to it"
        if found[name].stat().st_size != files[name][0]:
            return f"{name} has {found[name].stat().st_size} bytes, and not {files[name][0]}"
    return ""


def damaged(place: Path, said: Manifest, names: Iterable[str] | None = None) -> Iterator[str]:
    """Which files of a snapshot, all or those named, are there and not as they were written."""
    for name in said.files if names is None else names:
        path = place / name
        if path.exists() and digest_of(path) != said.files[name][1]:
            yield name
