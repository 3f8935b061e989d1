"""Many texts in one piece of memory, or in a file."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Protocol, overload


class Pieces(Protocol):
    """Bytes, of which pieces can be had."""

    def __getitem__(self, some: slice, /) -> bytes:
        """A piece."""
        ...


class Texts(Sequence[str]):
    """Many texts in one piece of memory.

    >>> texts = Texts.of(["ab", "é"])
    >>> texts[1], len(texts), texts.index("é"), texts.place("x")
    ('é', 2, 1, None)
    """

    def __init__(self, data: Pieces, starts: Sequence[int]) -> None:
        self._data, self._starts = data, starts

    @classmethod
    def of(cls, some: Iterable[str]) -> Texts:
        """Texts in the order given."""
        encoded = [each.encode("utf-8", "surrogatepass") for each in some]
        starts = array("q", accumulate(map(len, encoded), initial=0))
        return cls(b"".join(encoded), memoryview(starts))

    def __len__(self) -> int:
        return len(self._starts) - 1

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        if place < 0:
            raise IndexError(place)
        start, end = self._starts[place], self._starts[place + 1]
        return self._data[start:end].decode("utf-8", "surrogatepass")

    def __iter__(self) -> Iterator[str]:
        return (self[place] for place in range(len(self)))

    def place(self, wanted: str) -> int | None:
        """Where a text is, if it is there; the texts have to be in their order."""
        found = bisect_left(self, wanted)
        return found if found < len(self) and self[found] == wanted else None
