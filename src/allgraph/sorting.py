"""Sort records, however many there are: in runs on disk, which are then merged.

Memory does not grow with the records: what does not fit is in a file without a name, which is
gone when the process ends, however it ends.

>>> with Sorter[bytes](memory=100) as lines:
...     lines.extend([b"two", b"one", b"three", b"one"])
...     list(lines)
[b'one', b'one', b'three', b'two']
"""

from __future__ import annotations

import heapq
import marshal
import os
import struct
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, groupby, islice
from pathlib import Path
from sys import getsizeof
from typing import IO, Any, Generic, NamedTuple, TypeVar

from allgraph.errors import WriteError

T = TypeVar("T", bound="bytes | str | tuple[Any, ...]")
L = TypeVar("L")
R = TypeVar("R", bound="tuple[Any, ...]")

MEMORY = 64 * 2**20
"""How many bytes of records are kept in memory by default."""
_FEW = 50  # records that are measured together
_PIECE = 2**17  # bytes of a run that are in memory while it is merged, or one record
_MERGED = 64  # runs that are merged at a time
_LENGTH = struct.Struct("<Q")


class _Run(NamedTuple):
    """Where a run is in the file."""

    start: int
    end: int


class Sorter(Generic[T]):
    """Takes records and yields them sorted, as often as asked; with `distinct` each of them once.

    Records are bytes, texts, or tuples, which may hold bytes, texts, numbers, ``None``, and lists
    and mappings of those; no two tuples may be equal up to a part that has no order. Nothing can
    be added after the first iteration. What does not fit into so many bytes of `memory` is in a
    file in the directory `place`, by default the system's for temporary files. When that is full,
    `WriteError` is raised.

    Close it, or use it in a ``with``, to free the space on disk before the process ends.
    """

    def __init__(
        self,
        place: str | os.PathLike[str] | None = None,
        *,
        memory: int = MEMORY,
        distinct: bool = False,
    ) -> None:
        self._place = None if place is None else Path(place)
        self._memory = memory
        self._distinct = distinct
        self._held: list[T] = []
        self._size = 0
        self._is_sorted = True
        self._runs: list[_Run] = []
        self._file: IO[bytes] | None = None
        self._end = 0

    def __enter__(self) -> Sorter[T]:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def add(self, record: T) -> None:
        """Take one record."""
        self.extend((record,))

    def extend(self, records: Iterable[T]) -> None:
        """Take records, and keep no more of them in memory than fit."""
        rest: Iterator[T] = iter(records)
        while batch := [*islice(rest, _FEW)]:
            self._held.extend(batch)
            self._size += sum(map(getsizeof, batch)) + _weight(batch)
            self._is_sorted = False
            if self._size > self._memory:
                self._spill()

    def __iter__(self) -> Iterator[T]:
        """Yield the records in order."""
        self._sort()
        if not self._runs:
            return iter(self._held)
        if self._held:
            self._spill()
        while len(self._runs) > _MERGED:
            runs, self._runs = self._runs[:_MERGED], self._runs[_MERGED:]
            self._write(self._merged(runs))
        return self._merged(self._runs)

    def close(self) -> None:
        """Drop all records, and free the space that they take."""
        self._held, self._runs, self._size = [], [], 0
        if self._file is not None:
            with suppress(OSError):  # for what could not be written
                self._file.close()
            self._file = None

    def _sort(self) -> None:
        if not self._is_sorted:
            self._held.sort()
            if self._distinct:
                self._held = [record for record, _ in groupby(self._held)]
            self._is_sorted = True

    def _spill(self) -> None:
        """Move the records in memory to the file, as a run."""
        self._sort()
        self._write(self._held)
        self._held, self._size = [], 0

    def _write(self, records: Iterable[T]) -> None:
        """Add sorted records to the end of the file as a run."""
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._place)
            start = end = self._end
            for piece in _pieces(records):
                self._file.seek(end)  # what is merged is read from other places meanwhile
                end += self._file.write(_LENGTH.pack(len(piece)) + piece)
            self._file.flush()
            self._end = end
            self._runs.append(_Run(start, end))
        except OSError as error:
            raise WriteError(
                f"cannot be written, to sort what is too much for memory: {error.strerror}",
                path=self._place or Path(tempfile.gettempdir()),
            ) from None

    def _merged(self, runs: list[_Run]) -> Iterator[T]:
        merged = heapq.merge(*map(self._read, runs))
        return (record for record, _ in groupby(merged)) if self._distinct else merged

    def _read(self, run: _Run) -> Iterator[T]:
        """Yield the records of a run; the file may be read at several places at once."""
        assert self._file is not None
        return chain.from_iterable(_loaded(self._file, run))


def matched(
    rows: Iterable[L], key: Callable[[L], Any], others: Iterable[R]
) -> Iterator[tuple[L, list[R]]]:
    """Yield each row with the tuples that begin with its key; both come in the order of the key.

    >>> [*matched("abc", str, [("a", 1), ("c", 2), ("c", 3)])]
    [('a', [('a', 1)]), ('b', []), ('c', [('c', 2), ('c', 3)])]
    """
    rest = iter(others)
    other = next(rest, None)
    for row in rows:
        wanted, same = key(row), []
        while other is not None and other[0] <= wanted:
            if other[0] == wanted:
                same.append(other)
            other = next(rest, None)
        yield row, same


def _loaded(file: IO[bytes], run: _Run) -> Iterator[list[Any]]:
    """Yield the records of a run in the batches in which they were written."""
    here = run.start
    while here < run.end:
        (length,) = _LENGTH.unpack(_part(file, here, _LENGTH.size))
        here += _LENGTH.size
        yield marshal.loads(_part(file, here, length))  # noqa: S302  # which is ours
        here += length


def _part(file: IO[bytes], start: int, length: int) -> bytes:
    file.seek(start)
    return file.read(length)


def _pieces(records: Iterable[T]) -> Iterator[bytes]:
    """Yield records as bytes, in pieces of about `_PIECE` bytes, or of one large record."""
    rest: Iterator[T] = iter(records)
    count: int = 1
    while batch := [*islice(rest, count)]:
        piece = marshal.dumps(batch, 2)
        yield piece
        count = max(1, min(count * 2, count * _PIECE // len(piece)))


def _weight(records: Sequence[Any]) -> int:
    """Return about how many bytes the parts of tuples take beside the tuples."""
    is_tuple = isinstance(records[0], tuple)
    return sum(map(_deep_size, chain.from_iterable(records))) if is_tuple else 0


def _deep_size(part: Any) -> int:
    size = getsizeof(part)
    if isinstance(part, dict):
        return size + sum(map(_deep_size, chain(part, part.values())))
    return size + sum(map(_deep_size, part)) if isinstance(part, (list, tuple)) else size
