"""The triples of the built-in graph in one file, with what is derived from them.

A wheel has this file, so that the built-in graph is opened without reading Turtle and deriving. A
checkout has none. The file is N-Quads; its first line is a comment with a checksum of the others
and of the files of the folder that the triples are from.
"""

from __future__ import annotations

from pathlib import Path
from zlib import crc32

from pyoxigraph import RdfFormat, Store

from allgraph.folder.folder import MANIFEST, Folder

NAME = "prepared.nq"
"""The name of the file in the built-in folder."""


def write(folder: Folder, path: Path) -> None:
    """Load the files of a folder, and write all triples and the checksum to a file at `path`.

    Sensitive claims are left out. Raises `LoadError` for an invalid file of the folder, and
    `OSError` when the file cannot be written.
    """
    from allgraph.folder.loading import loaded

    quads = loaded(folder, include_sensitive=False).store.dump(format=RdfFormat.N_QUADS)
    assert quads is not None  # it is, since there is no file to write to
    path.write_bytes(_first_line(folder, quads) + quads)


def read(folder: Folder) -> Store | None:
    """Return a new store with the triples of a folder's prepared file; ``None`` if it is unusable.

    It is so when it cannot be read, when it is damaged, or when the files of the folder are
    not those that it was made from. Blank nodes would get new labels, but the built-in graph has
    none.
    """
    try:
        line, end, quads = (folder.root / NAME).read_bytes().partition(b"\n")
        if line + end != _first_line(folder, quads):
            return None
    except OSError:
        return None
    store = Store()
    store.load(quads, format=RdfFormat.N_QUADS, lenient=True)  # the terms were checked before
    return store


def _first_line(folder: Folder, quads: bytes) -> bytes:
    """Return the comment with a checksum of the manifest, data and ontology of a folder.

    The rest of the prepared file, `quads`, is part of the checksum.
    """
    checksum = crc32(quads)
    for path in (folder.root / MANIFEST, *folder.data_files(), *folder.ontology_files()):
        content = path.read_bytes()
        name = path.relative_to(folder.root).as_posix()
        checksum = crc32(content, crc32(f"{name} {len(content)}\n".encode(), checksum))
    return f"# crc32:{checksum:08x}\n".encode()
