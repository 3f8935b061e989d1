"""Sort more records than fit into memory: in sorted runs in a temporary file, which are merged.

The file has no name, so it is gone when the process ends, even if it is killed.

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
_ADDED_TOGETHER = 50  # records whose size is measured together
_PIECE = 2**17  # bytes of a piece of a run, of which one is in memory while the run is merged
_MERGED_AT_ONCE = 64  # runs that are merged at a time
_LENGTH = struct.Struct("<Q")  # the length of a piece, written before it


class _Run(NamedTuple):
    """A run of sorted records: the positions at which it begins and ends in the file."""

    start: int
    end: int


class Sorter(Generic[T]):
    """A collection of records that sorts them, partly on disk, and can be iterated repeatedly.

    Equal records are yielded once if `distinct`. Records are bytes, texts, or tuples, which may
    have bytes, texts, numbers, ``None``, and lists and dicts of these; no two tuples may be equal
    up to a part that has no order. Nothing can be added after the first iteration. Records that
    exceed `memory` bytes are moved to a temporary file in the directory `place`, by default that
    of the system. When the disk is full, `WriteError` is raised.

    Close it, or use it in a ``with``, to free the space on disk before the process ends.
    """

    def __init__(
        self,
        place: str | os.PathLike[str] | None = None,
        *,
        memory: int = MEMORY,
        distinct: bool = False,
    ) -> None:
        """Start without records; no file is made before `memory` bytes of them are exceeded.

        The file will be in the directory `place`, by default that of the system. If `distinct`,
        equal records are yielded once.
        """
        self._place = None if place is None else Path(place)
        self._memory = memory
        self._distinct = distinct
        self._in_memory: list[T] = []  # the records that are not in the file
        self._size = 0  # bytes that these take, about
        self._is_sorted = True  # whether these are in order
        self._runs: list[_Run] = []  # what is in the file, and not merged into another run
        self._file: IO[bytes] | None = None  # made when it is first needed
        self._file_end = 0  # the position in the file at which the next run begins

    def __enter__(self) -> Sorter[T]:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def add(self, record: T) -> None:
        """Add one record: bytes, a text or a tuple.

        When the records in memory exceed the limit, they are moved to the file, and `WriteError` is
        raised if it cannot be written. Must not be called after the first iteration.
        """
        self.extend((record,))

    def extend(self, records: Iterable[T]) -> None:
        """Add records; when those in memory exceed the limit, move them to the file as a run.

        The limit is checked after each 50 records (`_ADDED_TOGETHER`). Must not be called after the
        first iteration. Raises `WriteError` when the file cannot be written.
        """
        remaining: Iterator[T] = iter(records)
        while batch := [*islice(remaining, _ADDED_TOGETHER)]:
            self._in_memory.extend(batch)
            self._size += sum(map(getsizeof, batch)) + _weight(batch)
            self._is_sorted = False
            if self._size > self._memory:
                self._spill()

    def __iter__(self) -> Iterator[T]:
        """Return an iterator over the records in order.

        Equal ones are yielded once if `distinct`. Sorts those in memory; if there is a file, moves
        them to it, and merges its runs until at most `_MERGED_AT_ONCE` (64) are left. So it may
        write to the file, and raise `WriteError`.
        """
        self._sort()
        if not self._runs:
            return iter(self._in_memory)
        if self._in_memory:
            self._spill()
        while len(self._runs) > _MERGED_AT_ONCE:
            runs, self._runs = self._runs[:_MERGED_AT_ONCE], self._runs[_MERGED_AT_ONCE:]
            self._write(self._merged(runs))
        return self._merged(self._runs)

    def close(self) -> None:
        """Remove all records, and close the file, which frees its space on disk.

        It may be called more than once.
        """
        self._in_memory, self._runs, self._size = [], [], 0
        if self._file is not None:
            with suppress(OSError):  # the close may fail to write what is still buffered
                self._file.close()
            self._file = None

    def _sort(self) -> None:
        """Sort the records in memory, and remove equal ones if `distinct`."""
        if not self._is_sorted:
            self._in_memory.sort()
            if self._distinct:
                self._in_memory = [record for record, _ in groupby(self._in_memory)]
            self._is_sorted = True

    def _spill(self) -> None:
        """Sort the records in memory and move them to the file, as one run.

        Raises `WriteError` when the file cannot be written.
        """
        self._sort()
        self._write(self._in_memory)
        self._in_memory, self._size = [], 0

    def _write(self, records: Iterable[T]) -> None:
        """Write sorted records to the end of the file as one run, and add it to the runs.

        The run is a row of pieces, lists of records in the bytes of `marshal`, each after its
        length in bytes. Makes the file if there is none. Raises `WriteError` when it cannot be
        written.
        """
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._place)
            start = end = self._file_end
            for piece in _pieces(records):
                # `records` may be read from the same file, which moves its position.
                self._file.seek(end)
                end += self._file.write(_LENGTH.pack(len(piece)) + piece)
            self._file.flush()
            self._file_end = end
            self._runs.append(_Run(start, end))
        except OSError as error:
            raise WriteError(
                f"cannot be written, as a temporary file for sorting: {error.strerror}",
                path=self._place or Path(tempfile.gettempdir()),
            ) from None

    def _merged(self, runs: list[_Run]) -> Iterator[T]:
        """Yield the records of several runs of the file in order; equal ones once if `distinct`."""
        merged = heapq.merge(*map(self._read, runs))
        return (record for record, _ in groupby(merged)) if self._distinct else merged

    def _read(self, run: _Run) -> Iterator[T]:
        """Yield the records of a run of the file; other runs may be read from it meanwhile."""
        assert self._file is not None
        return chain.from_iterable(_batches(self._file, run))


def matched(
    rows: Iterable[L], key: Callable[[L], Any], others: Iterable[R]
) -> Iterator[tuple[L, list[R]]]:
    """Yield each row with a list of the tuples whose first part equals ``key(row)`` (a merge join).

    Both `rows` and `others` must be sorted by that key; they are read once, as far as needed.
    No two rows may have one key: only the first would get the tuples.

    >>> [*matched("abc", str, [("a", 1), ("c", 2), ("c", 3)])]
    [('a', [('a', 1)]), ('b', []), ('c', [('c', 2), ('c', 3)])]
    """
    remaining = iter(others)
    other = next(remaining, None)
    for row in rows:
        row_key, matches = key(row), []
        while other is not None and other[0] <= row_key:
            if other[0] == row_key:
                matches.append(other)
            other = next(remaining, None)
        yield row, matches


def _batches(file: IO[bytes], run: _Run) -> Iterator[list[Any]]:
    """Read the pieces of a run from the file, and yield the list of records in each.

    A piece is such a list in the bytes of `marshal`, after its length in bytes, a number that
    `_LENGTH` unpacks. Moves the position of the file.
    """
    position = run.start
    while position < run.end:
        (length,) = _LENGTH.unpack(_read_at(file, position, _LENGTH.size))
        position += _LENGTH.size
        yield marshal.loads(_read_at(file, position, length))  # noqa: S302  # we wrote it
        position += length


def _read_at(file: IO[bytes], start: int, length: int) -> bytes:
    """Read `length` bytes at a position of a file, which moves its position."""
    file.seek(start)
    return file.read(length)


def _pieces(records: Iterable[T]) -> Iterator[bytes]:
    """Yield lists of records in the bytes of `marshal`, about `_PIECE` bytes at a time.

    A larger record is a piece of its own.
    """
    remaining: Iterator[T] = iter(records)
    count: int = 1
    while batch := [*islice(remaining, count)]:
        piece = marshal.dumps(batch, 2)
        yield piece
        count = max(1, min(count * 2, count * _PIECE // len(piece)))


def _weight(records: Sequence[Any]) -> int:
    """Return about how many bytes the parts of tuples take; 0 if the records are not tuples.

    There has to be a record, and the first tells for all whether they are tuples.
    """
    is_tuple = isinstance(records[0], tuple)
    return sum(map(_deep_size, chain.from_iterable(records))) if is_tuple else 0


def _deep_size(part: Any) -> int:
    """Return the bytes that an object takes, with what its lists, tuples and dicts hold."""
    size = getsizeof(part)
    if isinstance(part, dict):
        return size + sum(map(_deep_size, chain(part, part.values())))
    return size + sum(map(_deep_size, part)) if isinstance(part, (list, tuple)) else size
