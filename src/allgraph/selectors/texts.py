"""Texts of files: their encoding, and their bytes as they are read.

A byte order mark says UTF-8 or UTF-16; without one the encoding is UTF-8, or what the options say.
"""

from __future__ import annotations

import io
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
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
                f"a value or comment is longer than {LARGEST_RECORD // 2**20} MiB; is its suffix "
                "right?",
                path=self.name,
            )
        return piece

    def digest(self) -> str:
        """Read the rest of the file, and return the SHA-256 of the whole file."""
        while self.read(_PIECE):
            self.stalled = 0
        return self._hash.hexdigest()


@contextmanager
def opened_source(path: Path, name: str, options: Options) -> Iterator[tuple[Source, Any]]:
    """Within the block, have the bytes of a file, and something with `read` for its parser.

    That is the same for a parser that knows UTF-8 and UTF-16, or with `Options.encoding` the text.
    Raises `LoadError` as `opened_text` does, which decodes.
    """
    if options.encoding:
        with opened_text(path, name, options) as (text, source):
            yield source, text
    else:
        with opened(path, name) as file:
            source = Source(file, name)
            yield source, source


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
        raw = io.BufferedReader(Stream(iter(lambda: source.read(_PIECE), b"")), _PIECE)
        try:
            with io.TextIOWrapper(raw, encoding, newline="") as text:
                yield text, source
        except UnicodeError as error:
            check_encoding(path, name, options)
            raise LoadError(f"cannot be decoded: {error}", path=name) from None


def _encoding(start: bytes, options: Options, name: str) -> str:
    """Return the encoding of a file by its first bytes and the options."""
    if start.startswith(BOM_UTF8):
        return "utf-8-sig"
    if start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "utf-16"
    try:
        b"\xff".decode(options.encoding or "utf-8", "replace")
    except (LookupError, UnicodeError):  # unknown, or no encoding of a text
        raise LoadError(
            f"the encoding “{options.encoding}” is unknown; write one such as windows-1252",
            path=name,
        ) from None
    return options.encoding or "utf-8"


def check_encoding(path: Path, name: str, options: Options) -> None:
    """Raise `LoadError`, with the line, if a file is not in its encoding."""
    line = 1
    with opened(path, name) as file:
        encoding = _encoding(file.peek(3), options, name)
        decoder = getincrementaldecoder(encoding)()
        try:
            while piece := file.read(_PIECE):
                line += decoder.decode(piece).count("\n")
            decoder.decode(b"", final=True)
        except UnicodeError as error:
            what = f"it cannot be read ({error})"
            if isinstance(error, UnicodeDecodeError):
                before = error.object[: error.start].decode(encoding, "replace")
                line += before.count("\n")
                what = f"byte 0x{error.object[error.start]:02x} cannot be read"
            raise LoadError(
                f"not {encoding.removesuffix('-sig').upper()}: {what}; "
                "set “encoding”, for example to windows-1252, or save the file as UTF-8",
                path=name,
                line=line,
            ) from None
