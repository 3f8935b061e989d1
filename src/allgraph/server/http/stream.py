r"""Output streams for answers: they gather chunks, count and limit rows, and escape XML.

>>> ChunkedFile(print).send_all(lambda file: file.write(b"a row"))
b'a row'
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import IO, cast

from pyoxigraph import QueryResultsFormat

from allgraph.errors import EngineError, UnknownFormat
from allgraph.server.http.reply import CHUNK, Send, TooLong

_NO_XML = bytes({*range(0x20)} - {0x09, 0x0A, 0x0D})  # a carriage return is escaped
_NO_XML_EITHER = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")  # U+FFFE and U+FFFF

_NO_MARK = bytes({*range(256)} - {*b'"\n'})
# Between two rows stands `},{"` and a name. Within a text a quote follows a backslash; or it ends
# the text, and then `}` or `,` follows.
_BETWEEN_OBJECTS = re.compile(rb'\},\{"(?=[^},])')


class ChunkedFile:
    """A binary file to write to, which calls `send` with chunks of at least `chunk` bytes.

    `write` raises what `send` and the other functions raise, and `TooLong` for too many rows; after
    that all that is written is dropped.
    """

    def __init__(
        self,
        send: Send,
        *,
        count: Callable[[bytes], int] | None = None,
        most_rows: int | None = None,
        transform: Callable[[bytes], bytes] | None = None,
        chunk: int = CHUNK,
    ) -> None:
        """Make a file; nothing is sent yet.

        `count` returns the number of rows that begin in a chunk; None counts none. There may be
        `most_rows` of them. `transform` returns the chunk that is sent in its place, or raises;
        None sends it as it is.
        """
        self._send = send
        self._most_rows = most_rows
        self._count = count
        self._transform = transform
        self._chunk = chunk
        self._pieces: list[bytes] = []  # of the next chunk
        self._waiting = self._rows = 0  # bytes of the pieces; rows that were sent
        self._failed = False  # whether something was raised: then all else is dropped
        self._sending = False  # whether `send` is called: an error is not that of the engine

    def write(self, piece: bytes) -> int:
        """Take in the next bytes, send a chunk if there are enough, and return their number.

        After an error of sending they are dropped. Raises `TooLong` for too many rows, and what the
        functions that count, transform and send raise.
        """
        if self._failed:
            return len(piece)
        self._pieces.append(piece)
        self._waiting += len(piece)
        if self._waiting >= self._chunk:
            self._send_chunk()
        return len(piece)

    def flush(self) -> None:
        """Do nothing: a chunk is sent when it is large enough."""

    def _send_chunk(self) -> None:
        """Send all bytes that were taken in as one chunk; nothing if there are none.

        Before that its rows are counted, and it is transformed. Raises `TooLong` for too many, and
        what the functions for these and `send` raise.
        """
        if not self._waiting:
            return
        self._failed = True  # until all has gone well
        chunk = b"".join(self._pieces)
        self._pieces.clear()
        self._waiting = 0
        if self._count is not None:
            self._rows += self._count(chunk)
            check_rows(self._rows, self._most_rows)
        if self._transform is not None:
            chunk = self._transform(chunk)
        self._sending = True
        self._send(chunk)
        self._sending = self._failed = False

    def send_all(self, write: Callable[[IO[bytes]], object]) -> None:
        """Call `write` with this file, and send all that it writes, to the last byte.

        In it the engine writes an answer. Raises `EngineError` when the engine fails, `TooLong`
        for too many rows, and as they are the errors of `send` and any other `AllgraphError`.
        """
        try:
            write(cast(IO[bytes], self))
        except (OSError, RuntimeError, ValueError):
            if self._sending:
                raise
            raise EngineError("the engine failed while writing the answer") from None
        self._send_chunk()


def check_rows(rows: int, most: int | None) -> None:
    """Raise `TooLong` when an answer has more rows than it may; None is no limit.

    >>> check_rows(1001, 1000)
    Traceback (most recent call last):
      ...
    allgraph.server.http.reply.TooLong: the answer has more than 1,000 rows, the limit; \
ask for less, for example with LIMIT
    """
    if most is not None and rows > most:
        raise TooLong(most, "rows")


class RowCounter:
    r"""Counts the rows in the chunks of a SPARQL result, which it is called with one by one.

    In JSON an empty row does not count, and in CSV and TSV the header does not.

    >>> count = RowCounter(QueryResultsFormat.CSV)
    >>> count(b'name\r\n"two\nli'), count(b'nes"\r\nlast\r\n')
    (0, 2)
    """

    def __init__(self, format: QueryResultsFormat) -> None:
        self._format = format
        # One more row than there are marks between rows; one less where the header is a line.
        self._offset = {QueryResultsFormat.JSON: 1, QueryResultsFormat.XML: 0}.get(format, -1)
        self._tail = b""  # the last bytes before the next chunk, in which a mark may begin
        self._quoted = False  # whether the next chunk begins within quotes

    def __call__(self, chunk: bytes) -> int:
        """Return the number of rows in the next chunk: its marks between rows, and the offset.

        The offset, for a header or the first row, is added once. In JSON an answer without rows
        counts as one row.
        """
        rows = self._offset + self._marks(chunk)
        self._offset = min(rows, 0)
        return rows - self._offset

    def _marks(self, chunk: bytes) -> int:
        """Return the number of places in the next chunk where a row begins or ends, by the format.

        One that began in the chunk before counts too: for the next chunk, `_tail` is set to the end
        of this one, or `_quoted` to whether it ends within quotes.
        """
        if self._format is QueryResultsFormat.JSON:
            return len(_BETWEEN_OBJECTS.findall(self._with_tail(chunk, 4)))
        if self._format is QueryResultsFormat.XML:
            return self._with_tail(chunk, 7).count(b"<result>")
        if self._format is QueryResultsFormat.TSV:
            return chunk.count(b"\n")
        return self._records(chunk)

    def _with_tail(self, chunk: bytes, length: int) -> bytes:
        """Return a chunk after `_tail`, the end of the last one; its own end becomes `_tail`.

        That has `length` bytes: one less than a mark, so that no mark is counted twice.
        """
        joined = self._tail + chunk
        self._tail = joined[-length:]
        return joined

    def _records(self, chunk: bytes) -> int:
        """Return the number of line ends of CSV in a chunk that are outside quotes.

        Sets `_quoted` to whether the chunk ends within quotes. All but quotes and line feeds is
        removed first, and then pairs of quotes without a line feed between, which change nothing.
        """
        parts = chunk.translate(None, _NO_MARK).replace(b'""', b"").split(b'"')
        outside = parts[self._quoted :: 2]
        self._quoted ^= len(parts) % 2 == 0
        return sum(map(len, outside))


class XmlEscaper:
    r"""Makes valid XML of the chunks that an engine writes; it is called with each.

    XML cannot contain most control characters. A carriage return has to be escaped.

    >>> XmlEscaper()(b"one\rtwo")
    b'one&#13;two'
    """

    def __init__(self) -> None:
        self._tail = b""  # the last two bytes of the chunk before

    def __call__(self, chunk: bytes) -> bytes:
        """Return a chunk with its carriage returns escaped.

        Raises `UnknownFormat` for a character that XML does not have, also where it began in the
        last chunk.
        """
        joined = self._tail + chunk
        self._tail = joined[-2:]
        if len(joined.translate(None, _NO_XML)) < len(joined) or (
            not joined.isascii() and any(char in joined for char in _NO_XML_EITHER)
        ):
            raise no_xml("a character")
        return chunk.replace(b"\r", b"&#13;")


def no_xml(what: str) -> UnknownFormat:
    """Return the error for something in an answer that XML cannot express."""
    return UnknownFormat(f"XML cannot hold {what} of this answer; ask for another format")
