r"""Files of triples: their syntax and compression, which the suffix names.

``.ttl`` is Turtle, ``.nt`` N-Triples, ``.nq`` N-Quads and ``.trig`` TriG; ``.gz`` or ``.zst`` may
follow. Triples are read from all named graphs but ``ag:derived``, since those follow from the
others. Only regular files are read. A small file cannot take all memory by its compression: it may
expand to `LARGEST_RATIO` times its size, and to `LEAST_LIMIT` bytes in any case.

>>> suffix(Path("a/b.nt.gz")), suffix(Path("b.txt"))
('.nt.gz', '')
"""

from __future__ import annotations

import gzip
import io
import os
import re
import stat
import zlib
from codecs import getincrementaldecoder
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, Any

from pyoxigraph import DefaultGraph, Quad, RdfFormat, Triple, parse

from allgraph.errors import LoadError, extra
from allgraph.rdf import ntriples
from allgraph.rdf.terms import BASE, DERIVED, Prefixes

SYNTAXES = {
    ".ttl": RdfFormat.TURTLE,
    ".nt": RdfFormat.N_TRIPLES,
    ".nq": RdfFormat.N_QUADS,
    ".trig": RdfFormat.TRIG,
}
_SUFFIX = re.compile(r"\.(?:ttl|nt|nq|trig)(?:\.gz|\.zst)?$")
_WITH_GRAPHS = (RdfFormat.N_QUADS, RdfFormat.TRIG)
_WITH_BASE = (RdfFormat.TURTLE, RdfFormat.TRIG)
_DEFAULT = DefaultGraph()
LARGEST_RATIO = 100
"""How many bytes may come of each byte of a compressed file; RDF has 10 to 30 as a rule."""
LEAST_LIMIT = 16 * 2**20
"""How many bytes may come of any compressed file."""
_ABOUT = re.compile(
    r"(?:readme|licen[cs]e|copying|notice|authors|changelog|contributing)"
    r"[\w-]*(?:\.[a-z]{2})?(?:\.(?:md|txt|rst|html))?",
    re.IGNORECASE,
)
"""The names of files about a folder, such as README.md, which nobody takes for data."""
_BUFFER_SIZE = 2**18
_ZSTANDARD_PIECE = 2**10  # compressed bytes, of which at most 32 MiB come at once
_MOST_IN_MEMORY = 16 * 2**20  # bytes of a temporary file that stay in memory
Read = Callable[[int], None]
"""A function that is called with a number of bytes each time that they were read."""
_PARSER_PLACE = re.compile(
    r"Parser error at line \d+ (?:between columns (\d+) and \d+|column (\d+)): "
)
_UNDECLARED = re.compile(r"The prefix (\S*): has not been declared")
_HINTS = {
    "^A dot is expected": "what stands before this does not end; write “.” to end it, “;” before "
    "another predicate, or “,” before another object",
    "^Line jumps are not allowed": 'the text in quotes does not end in its line; close it with ", '
    'or write it between """ and """',
    r"should end with a ']'": "the “[” before this is not closed; write “]”",
    "^Invalid IRI code point (.*)": r"an IRI in < > cannot have \1; write %20 for a space",
    "^'([\u201c\u201d\u201e\u2018\u2019])' is not allowed": r'\1 is no quote in RDF; write "',
}
"""What messages of the parser become, by a regular expression for each."""
_TRIPLES_AT_ONCE = 4096  # that are one text
_TRIPLE_TERM = re.compile(rb"^\S+ \S+ <<\(", re.MULTILINE)
_NOT_RDF_1_1 = "not RDF 1.1: it has << >> or {| |}; write a claim"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def suffix(path: Path) -> str:
    """Return the suffix of a file of triples, such as ``.nt`` or ``.nt.gz``; ``""`` for another."""
    match = _SUFFIX.search(path.name)
    return match[0] if match else ""


def syntax(path: Path) -> RdfFormat:
    """Return the syntax of a file; Turtle where the suffix names none.

    >>> syntax(Path("b.nq.zst")) == RdfFormat.N_QUADS
    True
    """
    return SYNTAXES.get(suffix(path).removesuffix(".gz").removesuffix(".zst"), RdfFormat.TURTLE)


def has_graphs(path: Path) -> bool:
    """Return True if the syntax of a file has named graphs.

    >>> has_graphs(Path("b.trig.gz")), has_graphs(Path("b.ttl"))
    (True, False)
    """
    return syntax(path) in _WITH_GRAPHS


def files(folder: Path) -> list[Path]:
    """Return the sorted files below a folder whose suffix is one of triples, such as ``.nt.gz``.

    Linked directories are not entered.
    """
    return sorted(path for path in folder.glob("**/*") if suffix(path))


def unread(folder: Path, read: Collection[Path]) -> list[Path]:
    """Return the sorted files, and links to directories, below a folder that are not in `read`.

    Hidden files, those in hidden directories, and those named like README or LICENSE are left out;
    links to directories are not entered. Lists directories.
    """
    paths = folder.glob("**/*")
    others = {path for path in paths if path.is_symlink() or not path.is_dir()} - {*read}
    return sorted(
        path
        for path in others
        if not _ABOUT.fullmatch(path.name)
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


@contextmanager
def opened(path: Path, name: str, read: Read | None = None) -> Iterator[io.BufferedReader[Any]]:
    """Within the block, have a file open to read its decompressed bytes; it is closed after.

    `read` is called with the number of compressed bytes each time that some were read. Raises
    `LoadError`, which calls the file `name`, when it cannot be opened, read or decompressed, is no
    regular file, or expands too much, and instead of any `OSError` of the block. Raises
    `MissingExtra` if zstandard is needed and not installed.
    """
    try:
        with (
            open_regular(path, read) as packed,
            _decompressed(packed, path.suffix) as file,
        ):
            yield file
    except EOFError:
        raise LoadError("is truncated", path=name) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise LoadError(f"is no complete gzip file: {error}", path=name) from None
    except OSError as error:
        raise LoadError(f"cannot be read: {error.strerror or error}", path=name) from None


def gunzipped(packed: bytes, most: int) -> bytes:
    """Return bytes that gzip has compressed, all members; of more than `most` only one more.

    Raises `ValueError` when they are truncated or not gzip.

    >>> gunzipped(gzip.compress(b"some") + gzip.compress(b"more"), 5)
    b'somemo'
    """
    try:
        return gzip.GzipFile(fileobj=io.BytesIO(packed)).read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"it cannot be unpacked: {error}") from None


def _decompressed(packed: io.BufferedReader[Any], suffix: str) -> io.BufferedReader[Any]:
    """Return a stream that decompresses the open file `packed`, or for another suffix the file.

    The suffixes are ``.gz`` and ``.zst``. Raises `MissingExtra` if zstandard is needed and not
    installed; errors of the content come when the stream is read.
    """
    if suffix == ".gz":
        pieces: Iterator[bytes] = iter(
            partial(gzip.GzipFile(fileobj=packed).read1, _BUFFER_SIZE), b""
        )
    elif suffix == ".zst":
        with extra("zstd"):
            import zstandard  # noqa: F401
        pieces = _decompressed_zstandard(packed)
    else:
        return packed
    return io.BufferedReader(Stream(_within_limit(pieces, packed)), _BUFFER_SIZE)


def _within_limit(pieces: Iterable[bytes], packed: io.BufferedReader[Any]) -> Iterator[bytes]:
    """Yield the decompressed `pieces` of the file `packed`; raise `OSError` if they are too many.

    That is, if they have more than `LEAST_LIMIT` bytes, and more than `LARGEST_RATIO` for each byte
    that was taken from `packed` so far.
    """
    count = 0
    for piece in pieces:
        count += len(piece)
        if count > max(LEAST_LIMIT, LARGEST_RATIO * packed.tell()):
            raise OSError(
                f"it expands to more than {LARGEST_RATIO} times its size, and more than "
                f"{LEAST_LIMIT // 2**20} MiB; if you trust it, decompress it"
            )
        yield piece


class RegularFile(io.FileIO):
    """A regular file open for reading that calls `read` with the number of bytes of each read."""

    def __init__(self, path: Path, read: Read | None = None) -> None:
        """Open the file. Raises `OSError`, also for a pipe, socket or device, which may never end.

        With ``None`` for `read` nothing is called.
        """
        mode = os.stat(path).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # a directory is refused below
            raise OSError("it is a pipe, socket or device, and no file")
        super().__init__(path)
        self._read = read or (lambda _: None)

    def readinto(self, buffer: Any) -> int | None:
        """Read into a buffer, report and return the number of bytes."""
        count = super().readinto(buffer)
        self._read(count or 0)
        return count


def open_regular(path: Path, read: Read | None = None) -> io.BufferedReader[Any]:
    """Open a file as `RegularFile`, which says what it raises, with a buffer; return it."""
    return io.BufferedReader(RegularFile(path, read), _BUFFER_SIZE)


def read_regular(path: Path) -> bytes:
    """Return the content of a file, opened as `RegularFile`, which says what it raises."""
    with RegularFile(path) as file:
        return file.readall()


class Stream(io.RawIOBase):
    """A readable stream of the bytes that an iterator yields; empty pieces are skipped."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = filter(None, pieces)
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        """Return ``True``, as `io` asks."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer with the rest of a piece, or with the next one; return the count of bytes.

        That is 0 at the end. May take one piece from the iterator.
        """
        piece = self._ready or memoryview(next(self._pieces, b""))
        count = min(len(piece), len(buffer))
        buffer[:count], self._ready = piece[:count], piece[count:]
        return count


def _decompressed_zstandard(packed: IO[bytes]) -> Iterator[bytes]:
    """Yield the decompressed bytes of the Zstandard file `packed`, of one or more frames.

    Raises `EOFError` for a truncated file, which zstandard's own reader accepts, and `OSError`
    for another content. A piece may be empty.
    """
    import zstandard

    frame: Any = None
    rest = b""  # packed, of the next frame
    try:
        while piece := rest or packed.read(_ZSTANDARD_PIECE):
            frame, rest = frame or zstandard.ZstdDecompressor().decompressobj(), b""
            yield frame.decompress(piece)
            if frame.eof:
                rest, frame = frame.unused_data, None
    except zstandard.ZstdError as error:
        raise OSError(f"it is no complete Zstandard file: {error}") from None
    if frame is not None:
        raise EOFError


def spool(place: Path | None) -> IO[bytes]:
    """Return a new temporary file, which is in memory until it is large, then on disk.

    It is written to the directory `place`, by default the system's; gone when it is closed.
    """
    from tempfile import SpooledTemporaryFile

    return SpooledTemporaryFile(_MOST_IN_MEMORY, dir=None if place is None else str(place))


def read_utf8(path: Path, name: str) -> bytes:
    """Return the decompressed bytes of a UTF-8 file, without a byte order mark.

    Raises `LoadError` when it cannot be read or decompressed, and with the line if it is not UTF-8;
    errors call the file `name`. Raises `MissingExtra` for ``.zst`` without zstandard.
    """
    with opened(path, name) as file:
        return utf8(file.read(), name)


def utf8(content: bytes, name: str) -> bytes:
    """Return bytes that are UTF-8 without a byte order mark.

    Raises `LoadError` with the line if they are not UTF-8; `name` is their file, for the message.
    """
    text = content.removeprefix(_BYTE_ORDER_MARK)
    try:
        text.decode()
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise LoadError(
            f"not UTF-8: byte 0x{text[error.start]:02x} cannot be read; save the file as UTF-8",
            path=name,
            line=line,
        ) from None
    return text


def quads(path: Path, base: str, name: str) -> list[Quad]:
    """Read a file; return its triples as quads of the default graph, without ``ag:derived``.

    `base` resolves relative IRIs. Raises `LoadError`, with `name` and line, when the file cannot
    be read, has another syntax than its suffix says, or has triple terms, which are RDF 1.2; and
    `MissingExtra` for ``.zst`` without zstandard.
    """
    form = syntax(path)
    with syntax_errors(name, form):
        text = read_utf8(path, name)
        parsed = [*_parsed(text, form, base)]
    if (b"<<" in text or b"{|" in text) and any(isinstance(q.object, Triple) for q in parsed):
        if form == RdfFormat.TURTLE:
            from allgraph.rdf import turtle_reader

            turtle_reader.read(text.decode(), path=name)  # which says where it is not Turtle 1.1
        raise LoadError(_NOT_RDF_1_1, path=name)
    if form in _WITH_GRAPHS:
        return [Quad(quad.subject, quad.predicate, quad.object) for quad in parsed]
    return parsed


def as_ntriples(path: Path, base: str, name: str, read: Read | None = None) -> Iterator[str]:
    """Yield the triples of a file as texts of N-Triples, some thousands in each, as it is read.

    Their form is that of `ntriples.written`. Those of ``ag:derived`` are left out. The memory does
    not grow with the file, which is open until the iteration ends. `base` resolves relative IRIs;
    `read` is called with the number of compressed bytes each time that some were read. Raises
    `LoadError`, with `name`, when the file cannot be read, is invalid, not UTF-8 or has triple
    terms, but after it has yielded the triples before; `MissingExtra` for ``.zst`` without
    zstandard.
    """
    return (text for _, text in parsed_and_written(path, base, name, read))


def in_graphs(
    path: Path, base: str, name: str, read: Read | None = None
) -> Iterator[tuple[str, str]]:
    """Yield the triples of a file as lines of N-Triples, each with the name of its graph.

    The name is a term of N-Triples, ``""`` for the default graph. All else is as in `as_ntriples`.
    """
    for quads, text in parsed_and_written(path, base, name, read):
        graphs = ["" if q.graph_name == _DEFAULT else str(q.graph_name) for q in quads]
        yield from zip(text.split("\n"), graphs, strict=False)  # a text ends in a line end


def parsed_and_written(
    path: Path, base: str, name: str, read: Read | None = None
) -> Iterator[tuple[list[Quad], str]]:
    """Yield some thousand quads of a file at a time, with their triples as a text of N-Triples.

    All else is as in `as_ntriples`.
    """
    form = syntax(path)
    try:
        with syntax_errors(name, form), opened(path, name, read) as file:
            text = io.BufferedReader(Stream(_utf8_pieces(file)), _BUFFER_SIZE)
            parsed = _parsed(text, form, base)
            while batch := [*islice(parsed, _TRIPLES_AT_ONCE)]:
                triples = (q.triple for q in batch) if form in _WITH_GRAPHS else batch
                written = ntriples.written(triples)
                if b" <<(" in written and _TRIPLE_TERM.search(written):
                    raise LoadError(_NOT_RDF_1_1, path=name)
                yield batch, written.decode()
    except LoadError as error:
        if error.line is None:
            quads(path, base, name)  # reads the file at once, and may find the line
        raise


def text_pieces(path: Path, name: str) -> Iterator[str]:
    """Yield the text of a file of UTF-8, in pieces of whole lines, as it is read.

    Raises `LoadError`, with `name`, when it cannot be read or decompressed, `UnicodeDecodeError`,
    and `MissingExtra` for ``.zst`` without zstandard.
    """
    with opened(path, name) as file:
        while piece := file.read(_BUFFER_SIZE) + file.readline():
            yield piece.decode()


def _utf8_pieces(file: io.BufferedReader[Any]) -> Iterator[bytes]:
    """Yield the bytes of a file in pieces, without a byte order mark.

    Raises `UnicodeDecodeError` if they are not UTF-8.
    """
    decoder, mark = getincrementaldecoder("utf-8")(), _BYTE_ORDER_MARK
    while piece := file.read(_BUFFER_SIZE):
        decoder.decode(piece)
        yield piece.removeprefix(mark)
        mark = b""
    decoder.decode(b"", final=True)


def _parsed(content: bytes | IO[bytes], form: RdfFormat, base: str) -> Iterator[Quad]:
    """Yield the quads of a text without those of ``ag:derived``; `base` resolves relative IRIs."""
    base_iri = base if form in _WITH_BASE else None
    quads: Iterator[Quad] = parse(content, format=form, base_iri=base_iri)
    if form not in _WITH_GRAPHS:
        return quads
    return (quad for quad in quads if quad.graph_name != DERIVED)


def _plain(message: str) -> str:
    """Return a message of the parser with the column alone as its place, and with what to do.

    The line is part of the error. A message that is not among `_HINTS` keeps its words.

    >>> _plain("Parser error at line 3 column 1: The prefix idd: has not been declared")
    'column 1: the prefix “idd:” is not declared; did you mean id:?'
    """
    place = _PARSER_PLACE.match(message)
    text = message[place.end() :] if place else message
    for pattern, hint in _HINTS.items():
        if match := re.search(pattern, text):
            text = match.expand(hint)
    if match := _UNDECLARED.search(text):
        near = get_close_matches(match[1], Prefixes.of(BASE), 1)
        to_do = f"did you mean {near[0]}:?" if near else f"declare it: @prefix {match[1]}: <…> ."
        text = f"the prefix “{match[1]}:” is not declared; {to_do}"
    return f"column {place[1] or place[2]}: {text}" if place else text


@contextmanager
def syntax_errors(name: str, form: RdfFormat = RdfFormat.TURTLE) -> Iterator[str]:
    """Within the block, turn the parser's errors into `LoadError` with file name and line.

    They are `SyntaxError`, `MemoryError` and `ValueError`. `form` is the syntax to be named in the
    message. Gives the block `name`.
    """
    try:
        yield name
    except SyntaxError as error:
        message = _plain(str(error.msg))
        raise LoadError(f"not {form.name}: {message}", path=name, line=error.lineno) from None
    except MemoryError:
        raise LoadError("a name or text is longer than 16 MiB", path=name, line=1) from None
    except ValueError as error:
        raise LoadError(f"not {form.name}: {error}", path=name) from None
