"""Texts of files: their encoding, and their bytes as they are read.

A byte order mark says UTF-8 or UTF-16; without one the encoding is UTF-8, or what the options say.
"""

from __future__ import annotations

import io
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder, lookup
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from allgraph.errors import LoadError
from allgraph.rdf.files import Stream, opened
from allgraph.selectors.records import LARGEST_RECORD, Options

_PIECE = 2**16


class Source:
    """The bytes of a file, read once, with their digest.

    `stalled` counts the bytes that were read since the reader last set it to 0; it does so for
    everything that it finds.
    """

    def __init__(self, file: io.BufferedReader[Any], name: str) -> None:
        """Read an open file, which is called `name` in messages."""
        self.name = name
        self.stalled = 0
        self._file = file
        self._hash = sha256()

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes, or all, and none at the end of the file.

        Raises `LoadError` if more than `LARGEST_RECORD` bytes had nothing in them.
        """
        piece = self._file.read(size)
        self._hash.update(piece)
        self.stalled += len(piece)
        if self.stalled > LARGEST_RECORD:
            raise LoadError(
                f"{LARGEST_RECORD // 2**20} MiB have not one value; is its name right?",
                path=self.name,
            )
        return piece

    def digest(self) -> str:
        """Read the rest of the file, and return the SHA-256 of all of it."""
        while self.read(_PIECE):
            self.stalled = 0
        return self._hash.hexdigest()


@contextmanager
def opened_text(
    path: Path, name: str, options: Options
) -> Iterator[tuple[io.TextIOWrapper, Source]]:
    """Within the block, have the decompressed text of a file open, with its line ends as they are.

    Raises `LoadError` for what cannot be read, decompressed or decoded, with the line, also within
    the block.
    """
    with opened(path, name) as file:
        encoding = _encoding(file.peek(3), options, name)
        source = Source(file, name)
        pieces = iter(lambda: source.read(_PIECE), b"")
        raw = io.BufferedReader(Stream(pieces), _PIECE)
        try:
            with io.TextIOWrapper(raw, encoding, newline="") as text:
                yield text, source
        except UnicodeDecodeError:
            raise _undecodable(path, name, encoding) from None


def _encoding(start: bytes, options: Options, name: str) -> str:
    """Return the encoding of a file by its first bytes and the options."""
    if start.startswith(BOM_UTF8):
        return "utf-8-sig"
    if start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "utf-16"
    try:
        lookup(options.encoding or "utf-8")
    except LookupError:
        raise LoadError(
            f"the encoding “{options.encoding}” is unknown; write one such as windows-1252",
            path=name,
        ) from None
    return options.encoding or "utf-8"


def _undecodable(path: Path, name: str, encoding: str) -> LoadError:
    """Return the error for a file that is not in an encoding, with the line."""
    decoder, line, error = getincrementaldecoder(encoding)(), 1, None
    with opened(path, name) as file:
        while piece := file.read(_PIECE):
            try:
                line += decoder.decode(piece).count("\n")
            except UnicodeDecodeError as found:
                error = found
                line += found.object[: found.start].decode(encoding, "replace").count("\n")
                break
    what = f"byte 0x{error.object[error.start]:02x} cannot be read" if error else "it is truncated"
    return LoadError(
        f"not {encoding.upper().removesuffix('-SIG')}: {what}; set “encoding”, such as "
        'encoding = "windows-1252", or save the file as UTF-8',
        path=name,
        line=line,
    )
