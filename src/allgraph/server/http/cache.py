"""Finished answers, kept for those who ask the same again, within so many bytes."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from allgraph.errors import AllgraphError

LARGEST = 2**21
"""The largest body that is kept, in bytes."""


@dataclass(frozen=True)
class Kept:
    """A reply that is a success, whole."""

    status: int
    type: str
    headers: Mapping[str, str]
    body: bytes


class Cache:
    """The answers asked for of late; older ones go when there is no room.

    >>> cache = Cache(2000)
    >>> for name in "ab":
    ...     cache.keep(name, Kept(200, "text/plain", {}, b"x" * 1000))
    >>> cache.get("a"), cache.get("b") is None
    (None, False)
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.held = self.hits = self.misses = 0
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._coming: dict[Hashable, asyncio.Future[None]] = {}

    def get(self, key: Hashable) -> Kept | None:
        """The answer that is kept, if there is one."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def keep(self, key: Hashable, answer: Kept) -> None:
        """Keep an answer, unless it is too large."""
        weight = _weight(answer)
        if weight > min(LARGEST + 1000, self.size) or key in self._kept:
            return
        self._kept[key] = answer
        self.held += weight
        while self.held > self.size:
            _, gone = self._kept.popitem(last=False)
            self.held -= _weight(gone)

    async def awaited(self, key: Hashable) -> Kept | None:
        """The answer, if it is kept, or once somebody who asks for it now has it.

        What is raised for them, is raised for all who wait.
        """
        found = self.get(key)
        if found is None and key in self._coming:
            await asyncio.shield(self._coming[key])
            found = self.get(key)
        self.hits += found is not None
        self.misses += found is None
        return found

    def begin(self, key: Hashable) -> None:
        """Say that an answer is being made, so that others wait for it."""
        self._coming.setdefault(key, asyncio.get_running_loop().create_future())

    def end(self, key: Hashable, error: AllgraphError | None = None) -> None:
        """Say that it is made, or will not be, or why nobody can have it."""
        coming = self._coming.pop(key, None)
        if coming is None or coming.done():
            return
        if error is None:
            coming.set_result(None)
        else:
            coming.set_exception(error)
            coming.exception()  # perhaps nobody waits

    def clear(self) -> None:
        """Forget all answers."""
        self._kept.clear()
        self.held = 0


def _weight(answer: Kept) -> int:
    return len(answer.body) + 500
