"""The manifest of a snapshot: what it was made from and what it holds, with checksums.

``manifest.json`` in a snapshot has the SHA-256 of each input (a file that the graph is made from)
and of each of the snapshot's own files. The pointer next to the snapshots names the current one,
and has the status that each input had when it was read (`Stats`); these are compared each time the
graph is opened.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import file_digest, sha256
from itertools import islice
from pathlib import Path
from typing import Any

from allgraph.errors import VERSION, EngineError, LoadError
from allgraph.folder.folder import MANIFEST, Folder, builtin
from allgraph.folder.snapshot.files import CHECKSUM_MISMATCH, REBUILD, damage
from allgraph.rdf.files import open_regular, read_regular

FORMAT = 10
"""The format of snapshots; one of another format is made again."""
NAME = "manifest.json"
_IGNORED = ("LOG", "LOCK", "in-use", NAME)
"""Names of files without a checksum in the manifest: logs and locks, and the manifest itself."""

Stats = dict[str, tuple[int, ...]]
"""The status of each input by its name: four numbers, or the first two in pointers of old versions.

They are the size in bytes, the time of the last change of the content, the inode, and the time of
the last change of the inode, in nanoseconds. The last changes also when a file is replaced, or the
other time is set back.
"""


@dataclass(frozen=True)
class Manifest:
    """The contents of the file ``manifest.json`` of a snapshot.

    `inputs` has the SHA-256 of each input, `files` the size and SHA-256 of each file of the
    snapshot. `dataset` is the SHA-256 of the data in canonical form (`digest.digest`), ``None``
    where blank nodes do not allow it. `triples`, `derived` and `claims` are numbers; `withheld` is
    the number of sensitive nodes that were left out, `withdrawn` that of withdrawn claims.
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
    withdrawn: int = 0

    def write(self, place: Path) -> str:
        """Write this manifest, with the checksums of all files in `place`, as a file in `place`.

        Reads all these files. Returns the SHA-256 of the manifest's file. This object does not
        change. Raises `LoadError` when a file cannot be read, and `OSError` when it cannot be
        written.
        """
        import json

        fields = {**asdict(self), "files": checksums(place)}
        text = json.dumps(fields, indent=1, ensure_ascii=False)
        content = text.encode(errors="surrogatepass")  # names of files may be no UTF-8
        (place / NAME).write_bytes(content)
        return sha256(content).hexdigest()


def read(place: Path, digest: str) -> Manifest:
    """Read and return the manifest of the snapshot in a directory.

    Raises `EngineError` when it cannot be read, its SHA-256 is not `digest`, or it has another
    format than `FORMAT`.
    """
    fields = _fields(place, digest)
    if fields.get("format") != FORMAT:
        raise EngineError(f"{place} was made by {_maker(fields)}; {REBUILD}")
    try:
        return Manifest(**fields)
    except TypeError as error:
        raise damage(place / NAME, str(error)) from None


def other_maker(place: Path, digest: str) -> str:
    """Return in words which other version made the snapshot in a directory; ``""`` if this one did.

    Raises `EngineError` when its manifest cannot be read, or has another SHA-256 than `digest`.
    """
    fields = _fields(place, digest)
    is_own = (fields.get("versions"), fields.get("format")) == (versions(), FORMAT)
    return "" if is_own else _maker(fields)


def _maker(fields: Mapping[str, Any]) -> str:
    """Return in words which version made a snapshot, by what differs from this one."""
    made = fields.get("versions")
    made = made if isinstance(made, dict) else {}
    differing = [
        f"{name} {made.get(name, 'unknown')}"
        for name, present in versions().items()
        if made.get(name) != present
    ]
    if fields.get("format") != FORMAT:
        differing.append(f"format {fields.get('format')}")
    return f"another version ({', '.join(differing)})"


def _fields(place: Path, digest: str) -> dict[str, Any]:
    """Read and return the JSON of a manifest, whatever version wrote it; raise `EngineError`."""
    import json

    try:
        content = read_regular(place / NAME)
        if sha256(content).hexdigest() != digest:
            raise ValueError(CHECKSUM_MISMATCH)
        fields = json.loads(content)
        if not isinstance(fields, dict):
            raise ValueError("it is no JSON object")
    except (OSError, ValueError) as error:
        raise damage(place / NAME, str(error)) from None
    return fields


def versions() -> dict[str, str]:
    """Return the versions of packages and the byte order, on which a snapshot depends too."""
    from importlib.metadata import version

    packages = {"allgraph": VERSION, "pyoxigraph": version("pyoxigraph")}
    return {**packages, "byte order": sys.byteorder}


def inputs(folder: Folder) -> dict[str, Path]:
    """Return the paths of the files that a graph is made from, by their names.

    These are the data files of the folder, and the ontology (without shapes) and ``allgraph.toml``
    of it and of all that it extends. Names are as in the manifest of a snapshot, such as
    ``data/a.ttl`` or ``built-in/allgraph.toml``. Lists directories on disk.
    """
    paths = [*folder.data_files(), *folder.ontology_files()]
    extended: Folder | None = folder
    while extended is not None:
        paths.append(extended.root / MANIFEST)
        extended = extended.parent
    return {_name(folder, path): path for path in paths}


def _name(folder: Folder, path: Path) -> str:
    """Return the name of an input: its path relative to the folder, perhaps with ``..``.

    For a file of the built-in folder it is ``built-in/`` and its path there.
    """
    if path.is_relative_to(folder.root):
        return path.relative_to(folder.root).as_posix()
    home = builtin().root
    if path.is_relative_to(home):
        return f"built-in/{path.relative_to(home).as_posix()}"
    return Path(os.path.relpath(path, folder.root)).as_posix()


def stats(files: Mapping[str, Path]) -> Stats:
    """Return by name the size, time of change, inode, and inode's time of change of each file.

    `files` are paths by name. Asks the file system. Raises `LoadError` when one is gone.
    """
    by_name: Stats = {}
    for name, path in files.items():
        try:
            status = path.stat()
        except OSError as error:
            raise LoadError(f"cannot be read: {error.strerror}", path=path) from None
        by_name[name] = status.st_size, status.st_mtime_ns, status.st_ino, status.st_ctime_ns
    return by_name


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Yield in words each file, by name, that differs in two mappings, as of `Stats` or digests.

    >>> [*changes({"data/a.ttl": (1, 2)}, {"data/a.ttl": (1, 3), "data/b.ttl": (1, 1)})]
    ['data/a.ttl has changed', 'data/b.ttl is new']
    """
    for name in sorted(before.keys() | now.keys()):
        if name not in now:
            yield f"{name} is gone"
        elif name not in before:
            yield f"{name} is new"
        elif before[name] != now[name]:
            yield f"{name} has changed"


def digest_of(path: Path) -> str:
    """Read a file, and return its SHA-256; raises `LoadError` when it cannot be read."""
    try:
        with open_regular(path) as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise LoadError(f"cannot be read: {error.strerror or error}", path=path) from None


def name_of(folder: Folder, include_sensitive: bool, digests: Mapping[str, str]) -> str:
    """Return the name of a snapshot: the beginning of a SHA-256 of all that it depends on.

    `digests` are the SHA-256 of its inputs, by name; versions of packages count too.
    """
    import json

    parts = [FORMAT, folder.base, include_sensitive, versions(), dict(digests)]
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def files_of(place: Path) -> Iterator[tuple[str, Path]]:
    """Yield the name (a relative path) and path of each file of a snapshot, sorted.

    Logs, locks and the manifest itself are left out.
    """
    for path in sorted(place.rglob("*")):
        if path.is_file() and path.name not in _IGNORED:
            yield path.relative_to(place).as_posix(), path


def checksums(place: Path) -> dict[str, tuple[int, str]]:
    """Read all files of a snapshot, and return the size and SHA-256 of each, by name.

    Names are paths relative to `place`, its directory. Raises `LoadError`.
    """
    return {name: (path.stat().st_size, digest_of(path)) for name, path in files_of(place)}


def times(place: Path) -> dict[str, int]:
    """Return the time of last change of each file of a snapshot, in nanoseconds, by name."""
    return {name: path.stat().st_mtime_ns for name, path in files_of(place)}


def problems(
    place: Path, manifest: Manifest, names: Iterable[str] | None = None
) -> Iterator[EngineError]:
    """Yield, not raise, an error for each damage found in the snapshot in a directory.

    All files are compared with the manifest by name and size, up to the first difference. Then the
    files in `names`, by default all, are read and compared by checksum; they must be in the
    manifest. One that cannot be read is damaged.
    """
    expected = {name: (size,) for name, (size, _) in manifest.files.items()}
    sizes = {name: (path.stat().st_size,) for name, path in files_of(place)}
    for problem in islice(changes(expected, sizes), 1):
        yield damage(place, problem)
    for name in manifest.files if names is None else names:
        path = place / name
        try:
            if path.exists() and digest_of(path) != manifest.files[name][1]:
                yield damage(path, CHECKSUM_MISMATCH)
        except LoadError as error:
            yield damage(path, error.message)
