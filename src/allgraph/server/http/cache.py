"""A cache of finished replies, with a limit on their size."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from typing import NamedTuple

from allgraph.errors import AllgraphError
from allgraph.server.http.runner import Waiting, waiting

LARGEST = 2**21
"""The largest body that is cached, in bytes."""


class Kept(NamedTuple):
    """A whole reply, ready to be sent: status, media type, headers and body."""

    status: int
    type: str
    headers: Mapping[str, str]
    body: bytes


class Cache:
    """A cache of whole replies; over `size` bytes the least recently used ones are removed.

    `used` is the number of bytes that are cached. Beside the replies it knows those that are being
    made (`begin`, `end`), so that other requests wait for them.

    >>> cache = Cache(2000)
    >>> for name in "ab":
    ...     cache.keep(name, Kept(200, "text/plain", {}, b"x" * 1000))
    >>> cache.get("a"), cache.get("b") is None
    (None, False)
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.used = self.hits = self.misses = 0
        self._replies: OrderedDict[Hashable, Kept] = OrderedDict()  # the least recently used first
        self._being_made: dict[Hashable, list[Waiting]] = {}  # those who wait for it

    def get(self, key: Hashable) -> Kept | None:
        """Return the cached reply with a key, or None; it becomes the most recently used one."""
        reply = self._replies.get(key)
        if reply is not None:
            self._replies.move_to_end(key)
        return reply

    def keep(self, key: Hashable, reply: Kept) -> None:
        """Cache a reply, unless it is too large or the key is cached; remove old ones for it.

        Too large is a body of more than about 2 MiB (`LARGEST`), or a reply larger than the cache.
        """
        size = _size(reply)
        if size > min(LARGEST + 1000, self.size) or key in self._replies:
            return
        self._replies[key] = reply
        self.used += size
        while self.used > self.size:
            _, oldest = self._replies.popitem(last=False)
            self.used -= _size(oldest)

    async def awaited(self, key: Hashable) -> Kept | None:
        """Return the reply with a key, or None, and count a hit or a miss.

        If it is being made for another request, wait for that, and raise the error with which that
        ends; the result is None if the reply was then not cached.
        """
        reply = self.get(key)
        if reply is None and key in self._being_made:
            made = waiting()
            self._being_made[key].append(made)
            if error := await made:
                try:
                    raise error
                finally:
                    del error  # which keeps this frame
            reply = self.get(key)
        self.hits += reply is not None
        self.misses += reply is None
        return reply

    def begin(self, key: Hashable) -> None:
        """Note that a reply is being made: until `end`, `awaited` waits for its key.

        Nothing changes if that is noted already.
        """
        self._being_made.setdefault(key, [])

    def end(self, key: Hashable, error: AllgraphError | None = None) -> None:
        """Note that the reply with a key is no longer being made, if it was.

        All calls of `awaited` that wait for it go on, or raise the error if there is one.
        """
        for made in self._being_made.pop(key, ()):
            if not made.done():
                made.set_result(error)

    def clear(self) -> None:
        """Remove all replies; those that are being made are not affected."""
        self._replies.clear()
        self.used = 0


def _size(reply: Kept) -> int:
    """The bytes that a reply counts for in the cache: its body, and 500 for the rest."""
    return len(reply.body) + 500
