"""A cache of finished replies, with a limit on their size."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from allgraph.errors import AllgraphError

LARGEST = 2**21
"""The largest body that is cached, in bytes."""


@dataclass(frozen=True)
class Kept:
    """A complete successful reply."""

    status: int
    type: str
    headers: Mapping[str, str]
    body: bytes


class Cache:
    """The replies used most recently, within so many bytes.

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
        """Return the reply with a key, if it is cached."""
        reply = self._kept.get(key)
        if reply is not None:
            self._kept.move_to_end(key)
        return reply

    def keep(self, key: Hashable, reply: Kept) -> None:
        """Cache a reply, unless it is too large."""
        size = _size(reply)
        if size > min(LARGEST + 1000, self.size) or key in self._kept:
            return
        self._kept[key] = reply
        self.held += size
        while self.held > self.size:
            _, oldest = self._kept.popitem(last=False)
            self.held -= _size(oldest)

    async def awaited(self, key: Hashable) -> Kept | None:
        """Return the reply with a key, if it is cached or being made now; count a hit or a miss.

        Raises the error with which its making ends.
        """
        reply = self.get(key)
        if reply is None and key in self._coming:
            await asyncio.shield(self._coming[key])
            reply = self.get(key)
        self.hits += reply is not None
        self.misses += reply is None
        return reply

    def begin(self, key: Hashable) -> None:
        """Note that a reply is being made, so that others wait for it."""
        self._coming.setdefault(key, asyncio.get_running_loop().create_future())

    def end(self, key: Hashable, error: AllgraphError | None = None) -> None:
        """Note that a reply is made, or will not be, or raise the error for all who wait."""
        coming = self._coming.pop(key, None)
        if coming is None or coming.done():
            return
        if error is None:
            coming.set_result(None)
        else:
            coming.set_exception(error)
            coming.exception()  # perhaps nobody waits

    def clear(self) -> None:
        """Remove all replies."""
        self._kept.clear()
        self.held = 0


def _size(reply: Kept) -> int:
    return len(reply.body) + 500
