"""A sequence of many texts in one block of memory, or in a file."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Protocol, overload

if TYPE_CHECKING:
    from _typeshed import SupportsLenAndGetItem

_SEEK = 100  # texts that are read in the time in which one is looked up
_PIECE = 10_000  # texts that are read together


class Pieces(Protocol):
    """Bytes that can be sliced and searched."""

    def __getitem__(self, piece: slice, /) -> bytes:
        """Return a slice."""
        ...

    def find(self, wanted: bytes, start: int, /) -> int:
        """Return the first position of some bytes at or after `start`, -1 without one."""
        ...


class Texts(Sequence[str]):
    """A sequence of texts, all in one block of UTF-8, and decoded when they are asked for.

    >>> texts = Texts.of(["ab", "é"])
    >>> texts[1], len(texts), texts.index("é"), texts.place("x")
    ('é', 2, 1, None)
    """

    def __init__(self, data: Pieces, starts: SupportsLenAndGetItem[int]) -> None:
        """Keep `data`, the block, and `starts`: where each text begins in it, and the last ends."""
        self._data, self._starts = data, starts

    @classmethod
    def of(cls, texts: Iterable[str]) -> Texts:
        """Return texts as a `Texts` in memory, in the order given."""
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        starts = array("q", accumulate(map(len, encoded), initial=0))
        return cls(b"".join(encoded), memoryview(starts))

    def __len__(self) -> int:
        return len(self._starts) - 1

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        """Return a text, or a list of those in a slice; no negative index (`IndexError`)."""
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        if place < 0:
            raise IndexError(place)
        start, end = self._starts[place], self._starts[place + 1]
        return str(self._data[start:end], "utf-8", "surrogatepass")

    def taken(self, places: Iterable[int]) -> list[str]:
        """Return the texts with some indices, none negative, in the order of `places`.

        >>> Texts.of(["ab", "é"]).taken([1, 0, 1])
        ['é', 'ab', 'é']
        """
        data, starts = self._data, self._starts
        return [str(data[starts[i] : starts[i + 1]], "utf-8", "surrogatepass") for i in places]

    def whole(self) -> Texts:
        """Return these texts after all bytes are checked at once, so that many are read fast."""
        return self

    def place(self, wanted: str) -> int | None:
        """Return the index of a text, ``None`` if absent; bisects, so the texts must be sorted."""
        block, starts = self._data, self._starts
        key = wanted.encode("utf-8", "surrogatepass")  # sorted as the text is among texts
        places = range(len(self))
        place = bisect_left(places, key, key=lambda at: block[starts[at] : starts[at + 1]])
        return place if place < len(self) and self[place] == wanted else None

    def places(self, wanted: Collection[str]) -> dict[str, int]:
        """Return the index of each of some texts that is here, by the text; they must be sorted.

        Many are looked up by reading all texts once.

        >>> Texts.of(["ab", "é"]).places(["é", "x"])
        {'é': 1}
        """
        if len(wanted) * _SEEK < len(self):
            found = ((text, self.place(text)) for text in wanted)
            return {text: place for text, place in found if place is not None}
        whole, some = self.whole(), {*wanted}
        pieces = (range(at, min(at + _PIECE, len(self))) for at in range(0, len(self), _PIECE))
        texts = chain.from_iterable(map(whole.taken, pieces))
        return {text: place for place, text in enumerate(texts) if text in some}

    def containing(self, part: str) -> Iterator[int]:
        """Yield the index of each text that contains `part`; none for ``""``.

        >>> [*Texts.of(["ab", "bab", "a"]).containing("ab")]
        [0, 1]
        """
        wanted, at = part.encode("utf-8", "surrogatepass"), 0
        while wanted and (at := self._data.find(wanted, at)) >= 0:
            place = bisect_right(self._starts, at) - 1
            end = self._starts[place + 1]
            if at + len(wanted) <= end:  # not across the border of two texts
                yield place
                at = end
            else:
                at += 1
