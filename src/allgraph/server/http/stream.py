r"""Answers on their way out: what an engine writes, gathered into chunks, counted, and checked.

>>> chunks = []
>>> Outlet(chunks.append).take(lambda file: file.write(b"a row"))
>>> chunks
[b'a row']
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import IO, NamedTuple, cast

from pyoxigraph import QueryResultsFormat

from allgraph.errors import EngineError, UnknownFormat
from allgraph.server.http.reply import CHUNK, Send, TooLong

_NO_XML = bytes({*range(0x20)} - {0x09, 0x0A, 0x0D})  # a carriage return is mended
_NO_XML_EITHER = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")  # U+FFFE and U+FFFF

_NO_MARK = bytes({*range(256)} - {*b'"\n'})
# Between two rows stands `},{"` and a name. Within a text a quote follows a backslash; or it ends
# the text, and then `}` or `,` follows.
_BETWEEN_OBJECTS = re.compile(rb'\},\{"(?=[^},])')
_FEWER = "ask for less, with LIMIT say"


class AnswerLimits(NamedTuple):
    """How many rows, or triples, and how many bytes an answer may have; None is no limit."""

    rows: int | None = None
    bytes: int | None = None


_NONE = AnswerLimits()


class Outlet:
    """A file to write to, which hands on chunks of at least so many bytes.

    `count` says how many rows begin in the next bytes, and `mend` makes of a chunk what can be
    sent, or raises. Past a limit `TooLong` is raised.
    """

    def __init__(
        self,
        send: Send,
        limits: AnswerLimits = _NONE,
        *,
        count: Callable[[bytes], int] | None = None,
        mend: Callable[[bytes], bytes] | None = None,
        chunk: int = CHUNK,
    ) -> None:
        self._send = send
        self._limits = limits
        self._count = count
        self._mend = mend
        self._chunk = chunk
        self._pieces: list[bytes] = []
        self._waiting = self._bytes = self._rows = 0
        self._failed = False
        self._sending = False  # while it does, an error is that of whoever takes the chunk

    def write(self, piece: bytes) -> int:
        """Take in what comes next; after a failure, nothing."""
        if self._failed:
            return len(piece)
        self._pieces.append(piece)
        self._waiting += len(piece)
        if self._waiting >= self._chunk:
            self._flush()
        return len(piece)

    def flush(self) -> None:
        """Nothing to do: what waits is handed on when there is enough of it."""

    def _flush(self) -> None:
        if not self._waiting:
            return
        self._failed = True  # until all has gone well
        chunk = b"".join(self._pieces)
        self._pieces.clear()
        self._waiting = 0
        if self._count is not None:
            self._rows += self._count(chunk)
        if self._mend is not None:
            chunk = self._mend(chunk)
        self._bytes += len(chunk)
        check(self._limits, self._rows, self._bytes)
        self._sending = True
        self._send(chunk)
        self._sending = self._failed = False

    def take(self, write: Callable[[IO[bytes]], object]) -> None:
        """Hand on all that a function writes into a file; `EngineError` when it cannot."""
        try:
            write(cast(IO[bytes], self))
        except (OSError, RuntimeError, ValueError):
            if self._sending:
                raise
            raise EngineError("the engine failed as it drew the answer") from None
        self._flush()


def check(limits: AnswerLimits, rows: int, bytes: int = 0) -> None:
    """Raise `TooLong` when there is more than there may be.

    >>> check(AnswerLimits(rows=1000), 1001)
    Traceback (most recent call last):
      ...
    allgraph.server.http.reply.TooLong: the answer has more than 1,000 rows, the most that one \
may have; ask for less, with LIMIT say
    """
    for held, most, limit in ((rows, limits.rows, "rows"), (bytes, limits.bytes, "bytes")):
        if most is not None and held > most:
            raise TooLong(
                f"the answer has more than {most:,} {limit}, the most that one may have; {_FEWER}",
                limit=limit,
            )


class Counter:
    r"""Counts the rows in each chunk of SPARQL results, as they are written in a format.

    In JSON a row with nothing in it does not count, and of CSV and TSV the head does not.

    >>> count = Counter(QueryResultsFormat.CSV)
    >>> count(b'name\r\n"two\nli'), count(b'nes"\r\nlast\r\n')
    (0, 2)
    """

    def __init__(self, format: QueryResultsFormat) -> None:
        self._format = format
        self._more = {QueryResultsFormat.JSON: 1, QueryResultsFormat.XML: 0}.get(format, -1)
        self._tail = b""
        self._quoted = False

    def __call__(self, chunk: bytes) -> int:
        """How many rows there are in this chunk that were not in those before."""
        found = self._more + self._marks(chunk)
        self._more = min(found, 0)
        return found - self._more

    def _marks(self, chunk: bytes) -> int:
        if self._format is QueryResultsFormat.JSON:
            return self._objects(chunk)
        if self._format is QueryResultsFormat.XML:
            return self._elements(chunk)
        if self._format is QueryResultsFormat.TSV:
            return chunk.count(b"\n")
        return self._records(chunk)

    def _objects(self, chunk: bytes) -> int:
        data = self._tail + chunk
        self._tail = data[-4:]
        return len(_BETWEEN_OBJECTS.findall(data))

    def _elements(self, chunk: bytes) -> int:
        data = self._tail + chunk
        self._tail = data[-7:]
        return data.count(b"<result>")

    def _records(self, chunk: bytes) -> int:
        """The ends of lines that are not within quotes; pairs of quotes are left out first."""
        parts = chunk.translate(None, _NO_MARK).replace(b'""', b"").split(b'"')
        outside = parts[self._quoted :: 2]
        self._quoted ^= len(parts) % 2 == 0
        return sum(map(len, outside))


class Mender:
    r"""Makes XML of what an engine takes for XML, or raises `UnknownFormat` where none can be.

    XML has no way to write most control characters. A carriage return it has, but not as such.

    >>> Mender()(b"one\rtwo")
    b'one&#13;two'
    """

    def __init__(self) -> None:
        self._tail = b""

    def __call__(self, chunk: bytes) -> bytes:
        """What to send for a chunk."""
        data = self._tail + chunk
        self._tail = data[-2:]
        if len(data.translate(None, _NO_XML)) < len(data) or (
            not data.isascii() and any(char in data for char in _NO_XML_EITHER)
        ):
            raise no_xml("a character")
        return chunk.replace(b"\r", b"&#13;")


def no_xml(what: str) -> UnknownFormat:
    """What to say when XML has no way to write something."""
    return UnknownFormat(f"XML cannot hold {what} of this answer; ask for another format")
