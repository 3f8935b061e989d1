r"""What passes between the server and its workers: a call, and its reply in frames.

A call is its length and JSON: the name of a task, its arguments, its seconds. A reply is frames,
each a letter, a length and so many bytes:

- ``H`` the head, JSON: status, media type, headers. It comes with the first block of the body;
- ``B`` a block of the body;
- ``X`` an error, JSON: in place of the head, or where the body is cut;
- ``E`` the end: the worker is free. ``bye`` in it says that the worker ends as well.

JSON both ways: what a worker says is never unpickled, for it has read what strangers wrote.

>>> frames = Frames()
>>> frames.feed(frame(BLOCK, b"12345")[:8]), frames.feed(b"45" + frame(END))
([(b'B', b'123')], [(b'B', b'45'), (b'E', b'')])
"""

from __future__ import annotations

from asyncio import CancelledError, Future, get_running_loop
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from struct import Struct
from typing import Any, TypedDict

from allgraph.errors import AllgraphError, EngineError

HEAD, BLOCK, ERROR, END = b"H", b"B", b"X", b"E"
LENGTH = Struct("!I")
_FRAME = Struct("!cI")
_LONGEST = 2**20  # bytes of a head or an error


class Cut(EngineError):
    """A reply ends before its time; what has come of it is not the whole."""


class Head(TypedDict):
    """What is known of a reply before its body."""

    status: int
    type: str
    headers: dict[str, str]


def frame(kind: bytes, content: bytes = b"") -> bytes:
    """A frame: what it is, how long, and what is in it."""
    return _FRAME.pack(kind, len(content)) + content


def block_header(length: int) -> bytes:
    """What goes before a block of so many bytes."""
    return _FRAME.pack(BLOCK, length)


class Frames:
    """Reads frames from what comes; blocks of a body are given on in the pieces that come."""

    def __init__(self) -> None:
        self._rest = b""
        self._block = 0  # bytes of the present block that are still to come

    def feed(self, data: bytes) -> list[tuple[bytes, bytes]]:
        """The frames that are whole with this, and pieces of blocks; ValueError for no frame."""
        data, at, found = self._rest + data, 0, []
        while at < len(data):
            if self._block:
                piece = data[at : at + self._block]
                self._block -= len(piece)
                at += len(piece)
                found.append((BLOCK, piece))
                continue
            if len(data) - at < _FRAME.size:
                break
            kind, size = _FRAME.unpack_from(data, at)
            start = at + _FRAME.size
            if kind == BLOCK:
                self._block, at = size, start
                continue
            if kind not in (HEAD, ERROR, END) or size > _LONGEST:
                raise ValueError("a worker said what is no frame")
            if len(data) - start < size:
                break
            at = start + size
            found.append((kind, data[start:at]))
        self._rest = data[at:]
        return found


def to_json(value: object) -> bytes:
    """A value as JSON; TypeError for what JSON does not have."""
    return _encode()(value).encode("ascii")


@cache
def _encode() -> Callable[[object], str]:
    import json

    return json.JSONEncoder(separators=(",", ":")).encode


def from_json(text: bytes) -> Any:
    """What JSON says; ValueError if it is none."""
    return _decode()(text.decode("ascii"))


@cache
def _decode() -> Callable[[str], Any]:
    import json

    return json.JSONDecoder().decode


def sized(words: bytes) -> bytes:
    """Words with their length before them."""
    return LENGTH.pack(len(words)) + words


def write_error(error: AllgraphError) -> bytes:
    """An error as JSON: its classes, nearest first, and all that it holds."""
    classes = [kind.__name__ for kind in type(error).__mro__]
    plain = (str, int, float, bool, tuple, list, type(None))
    state = {k: v if isinstance(v, plain) else str(v) for k, v in vars(error).items()}
    return to_json([classes, error.message, state])


def read_error(content: bytes) -> AllgraphError:
    """The error that JSON tells of, of the nearest class that this process knows.

    >>> from allgraph.errors import LoadError
    >>> read_error(write_error(LoadError("expected a dot", path="a.ttl", line=3)))
    LoadError('expected a dot')
    """
    classes, message, state = from_json(content)
    known = {kind.__name__: kind for kind in _family(AllgraphError)}
    kind = next(known[name] for name in classes if name in known)
    error = kind.__new__(kind, message)
    vars(error).update({k: tuple(v) if isinstance(v, list) else v for k, v in state.items()})
    return error


def _family(kind: type[AllgraphError]) -> Iterator[type[AllgraphError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _family(child)


@dataclass
class Stock:
    """How many bytes of bodies wait in the server process, and how many may."""

    held: int = 0
    each: int = 2**20
    all: int = 32 * 2**20
    least: int = 2**16  # what a call may hold of its own when all together hold too much


@dataclass(eq=False)
class Call:
    """A call as the server process sees it, from the queue to the last byte."""

    request: bytes
    seconds: float
    client: str | None
    head: Future[Head]
    stock: Stock
    pieces: deque[bytes] = field(default_factory=deque)
    held: int = 0
    over: bool = False
    error: AllgraphError | None = None
    generation: int = 0  # of the graph that answers; 0 while the call waits
    tries: int = 0
    asked: float = 0.0
    wake: Future[None] | None = None
    resume: Callable[[], None] | None = None  # set while a worker waits for us to read on
    abandon: Callable[[], None] | None = None  # set until the call is over

    @property
    def deadline(self) -> float:
        """Until when it may wait, by the clock of the loop."""
        return self.asked + self.seconds

    def granted(self, now: float) -> float:
        """How many seconds of work are left to it, which has waited; a second at least."""
        return max(min(self.seconds, 1.0), self.seconds - (now - self.asked))

    @property
    def is_full(self) -> bool:
        """Whether the worker should wait until somebody has read what came."""
        stock = self.stock
        return self.held >= (stock.each if stock.held < stock.all else stock.least)

    def take(self, kind: bytes, content: bytes) -> None:
        """Take in a frame of the reply, or a piece of a block."""
        if self.over:
            return
        if kind == BLOCK:
            self.pieces.append(content)
            self.held += len(content)
            self.stock.held += len(content)
            self._wake()
        elif kind == HEAD:
            if not self.head.done():  # cancelled, say
                self.head.set_result(from_json(content))
        elif kind == ERROR:
            self.finish(read_error(content))
        elif self.head.done():
            self.finish()
        else:
            self.finish(EngineError("a worker gave no answer"))

    def finish(self, error: AllgraphError | None = None) -> None:
        """No more will come: all is there, or the reply fails, or is cut where it is."""
        if self.over:
            return
        self.over, self.abandon, self.resume = True, None, None
        if not self.head.done():
            if error is not None:
                self.head.set_exception(error)
        elif error is not None:
            self.error = error
        self._wake()

    def read(self) -> bytes:
        """The next piece of those that wait."""
        piece = self.pieces.popleft()
        self.held -= len(piece)
        self.stock.held -= len(piece)
        if self.resume is not None and not self.is_full:
            self.resume()
        return piece

    def forget(self) -> None:
        """Nobody reads any more."""
        self.stock.held -= self.held
        self.held = 0
        self.pieces.clear()
        if self.abandon is not None:
            self.abandon()

    def _wake(self) -> None:
        if self.wake is not None and not self.wake.done():
            self.wake.set_result(None)


class Reply(AsyncIterator[bytes]):
    """What a call gives: a head, and the pieces of the body as they come.

    A reply that ends early raises `Cut`, whose ``__cause__`` says why: what has been read is
    not the whole. Whoever does not read to the end calls `close`, which frees the worker.
    """

    def __init__(self, head: Head, call: Call) -> None:
        self.head = head
        self.generation = call.generation
        self._call = call

    @property
    def is_whole(self) -> bool:
        """Whether all of the body is here already, and `read` need not wait."""
        return self._call.over and self._call.error is None

    @property
    def chunks(self) -> AsyncIterator[bytes]:
        """The pieces of the body; the worker waits while nobody reads them."""
        return self

    async def __anext__(self) -> bytes:
        call = self._call
        while not call.pieces:
            if call.over:
                if call.error is not None:
                    raise Cut(f"the answer is cut: {call.error.message}") from call.error
                raise StopAsyncIteration
            call.wake = get_running_loop().create_future()
            try:
                await call.wake
            except CancelledError:
                self.close()
                raise
        return call.read()

    async def read(self) -> bytes:
        """The whole body, or `Cut`."""
        if self.is_whole:
            body = b"".join(self._call.pieces)
            self._call.forget()
            return body
        return b"".join([piece async for piece in self])

    def close(self) -> None:
        """Read no more; a worker that is still at it is freed at once."""
        self._call.forget()

    def __del__(self) -> None:
        self._call.forget()
