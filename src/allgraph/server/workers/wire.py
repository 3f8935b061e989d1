r"""The messages between the server and its workers: a call, and frames with its reply.

A call is its length and JSON: the name of a task, its arguments, its seconds. A frame is a letter,
a length and so many bytes. A worker sends

- ``H`` the head, JSON: status, media type, headers. It comes with the first block of the body;
- ``B`` a block of the body;
- ``X`` an error, JSON: in place of the head, or where the body is truncated;
- ``E`` the end: the worker is free. ``bye`` in it says that the worker ends as well.

The zygote, from which workers are forked, sends

- ``R`` that the graph is loaded, or ``X`` the error for which it is not;
- ``N`` that a worker runs, JSON: its number and its process id;
- ``D`` that a worker is dead, JSON: its number and its exit code.

All is JSON: a worker has read untrusted input, so nothing that it sends is unpickled.

>>> frames = Frames()
>>> frames.feed(frame(BLOCK, b"12345")[:8]), frames.feed(b"45" + frame(END))
([(b'B', b'123')], [(b'B', b'45'), (b'E', b'')])
"""

from __future__ import annotations

import json
from asyncio import CancelledError
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from struct import Struct
from typing import Any, NamedTuple

from allgraph.errors import AllgraphError, EngineError
from allgraph.server.http.runner import Waiting, waiting

HEAD, BLOCK, ERROR, END = b"H", b"B", b"X", b"E"
READY, BORN, DEAD = b"R", b"N", b"D"
_KINDS = (HEAD, ERROR, END, READY, BORN, DEAD)
LENGTH = Struct("!I")
_FRAME = Struct("!cI")
_LONGEST = 2**20  # bytes of a frame that is no block
_encode = json.JSONEncoder(separators=(",", ":")).encode
_decode = json.JSONDecoder().decode


class Cut(EngineError):
    """Raised for a truncated reply: what was read of its body is not the whole."""


class Head(NamedTuple):
    """The head of a reply, known before its body."""

    status: int
    type: str
    headers: Mapping[str, str]


def frame(kind: bytes, content: bytes = b"") -> bytes:
    """Return a frame in bytes: its kind, a letter such as `HEAD`, its length, and its content."""
    return _FRAME.pack(kind, len(content)) + content


def block_header(length: int) -> bytes:
    """Return the header of a frame of the body, a block, with so many bytes."""
    return _FRAME.pack(BLOCK, length)


class Frames:
    """A parser of frames that come in pieces; it hands on blocks of a body as they come."""

    def __init__(self) -> None:
        self._unparsed = b""  # the beginning of a frame that is not whole
        self._missing = 0  # bytes of the present block that are still to come

    def feed(self, received: bytes) -> list[tuple[bytes, bytes]]:
        """Return the kind and content of each frame that is whole with the received bytes.

        A frame of the kind `BLOCK` comes in pieces, each as a frame, as they are received. Bytes of
        other frames are kept until they are whole. Raises ValueError for an unknown kind, and for
        another frame than a block that is longer than 1 MiB.
        """
        joined, start, frames = self._unparsed + received, 0, []
        end = len(joined)
        while start < end:
            if self._missing:
                piece = joined[start : start + self._missing]
                self._missing -= len(piece)
                start += len(piece)
                frames.append((BLOCK, piece))
                continue
            content = start + _FRAME.size
            if content > end:
                break
            kind, size = _FRAME.unpack_from(joined, start)
            if kind == BLOCK:
                self._missing, start = size, content
                continue
            if kind not in _KINDS or size > _LONGEST:
                raise ValueError("malformed frame from worker")
            if end - content < size:
                break
            start = content + size
            frames.append((kind, joined[content:start]))
        self._unparsed = joined[start:]
        return frames


def to_json(value: object) -> bytes:
    """Return a value as JSON in ASCII; TypeError for what JSON does not have."""
    return _encode(value).encode("ascii")


def from_json(text: bytes) -> Any:
    """Return the value of a text of JSON in ASCII; ValueError if it is malformed."""
    return _decode(text.decode("ascii"))


@lru_cache(256)  # most are the same
def _head(content: bytes) -> Head:
    """The head of a reply in JSON."""
    return Head(*from_json(content))


def sized(message: bytes) -> bytes:
    """Return a message with its length, in four bytes, before it."""
    return LENGTH.pack(len(message)) + message


def write_error(error: AllgraphError) -> bytes:
    """Return an error as JSON, for `read_error`: class names, message and attributes.

    The class names are its own and those of its bases, in order. Values of attributes that are no
    plain value or list become texts.
    """
    classes = [kind.__name__ for kind in type(error).__mro__]
    plain = (str, int, float, bool, tuple, list, type(None))
    state = {k: v if isinstance(v, plain) else str(v) for k, v in vars(error).items()}
    return to_json([classes, error.message, state])


def read_error(content: bytes) -> AllgraphError:
    """Return the error that `write_error` wrote, of its class or the first base known here.

    Its constructor is not called. Lists among its attributes become tuples.

    >>> from allgraph.errors import LoadError
    >>> read_error(write_error(LoadError("expected a dot", path="a.ttl", line=3)))
    LoadError('expected a dot')
    """
    classes, message, state = from_json(content)
    by_name = {kind.__name__: kind for kind in _with_subclasses(AllgraphError)}
    kind = next(by_name[name] for name in classes if name in by_name)
    error = kind.__new__(kind, message)
    vars(error).update({k: tuple(v) if isinstance(v, list) else v for k, v in state.items()})
    return error


def _with_subclasses(kind: type[AllgraphError]) -> Iterator[type[AllgraphError]]:
    """A class and all its subclasses that are imported, at any depth."""
    yield kind
    for child in kind.__subclasses__():
        yield from _with_subclasses(child)


@dataclass
class BufferBudget:
    """The bytes of reply bodies that wait in the server process, and how many may.

    `used` wait now, of all calls that share this object. A call may have `per_call`, or only
    `reserve` when `total` is used up.
    """

    used: int = 0
    per_call: int = 2**20
    total: int = 32 * 2**20
    reserve: int = 2**16


@dataclass(eq=False)
class Call:
    """A call of a task as the server process sees it, from the queue to the last byte of the reply.

    `request` is the message for the worker. It was `asked` at a time of the clock of the loop, and
    may take `seconds`. `head` is that of the reply, once it has come; `error` is one in place of
    the head, or that truncates the body. `known` is done when either has come, and with it all that
    came at that time. `pieces` of the body wait to be read. It is `over` when no more of the reply
    will come.
    """

    request: bytes
    seconds: float
    client: str | None
    asked: float
    known: Waiting
    buffers: BufferBudget
    head: Head | None = None
    pieces: deque[bytes] = field(default_factory=deque)
    buffered: int = 0  # bytes of the pieces
    over: bool = False
    error: AllgraphError | None = None
    generation: int = 0  # of the graph that answers; 0 while the call waits
    tries: int = 0  # how many workers have taken it
    wake: Waiting | None = None  # set while a reader waits for a piece
    resume: Callable[[], None] | None = None  # reads on from a worker that waits for us
    abandon: Callable[[], None] | None = None  # frees its worker, or takes it out of the queue

    @property
    def deadline(self) -> float:
        """The time by the clock of the loop until which the call may wait in the queue."""
        return self.asked + self.seconds

    def granted(self, now: float) -> float:
        """Return the seconds for which the call may run if it begins at the time `now`.

        `now` is by the clock of the loop. Its time in the queue is taken off `seconds`, but one
        second is always left, unless `seconds` is less.
        """
        return max(min(self.seconds, 1.0), self.seconds - (now - self.asked))

    @property
    def is_full(self) -> bool:
        """True if so many bytes wait to be read that the worker should not send more.

        It may have `per_call` bytes of `buffers`, but only `reserve`, which is less, while all
        calls together hold `total` or more.
        """
        budget = self.buffers
        limit = budget.per_call if budget.used < budget.total else budget.reserve
        return self.buffered >= limit

    def take(self, kind: bytes, content: bytes) -> None:
        """Take in a frame of the reply from the worker, or a piece of a block.

        `kind` is `HEAD`, which sets `head`; `BLOCK`, which is added to `pieces` and
        counted in `buffers`, and wakes the reader; or `ERROR` or `END`, which finish the call, an
        `END` before any head with an `EngineError`. Nothing happens after it is over.
        """
        if self.over:
            return
        if kind == BLOCK:
            self.pieces.append(content)
            self.buffered += len(content)
            self.buffers.used += len(content)
            self._wake()
        elif kind == HEAD:
            self.head = _head(content)
        elif kind == ERROR:
            self.finish(read_error(content))
        elif self.head is not None:
            self.finish()
        else:
            self.finish(EngineError("a worker gave no answer"))

    def finish(self, error: AllgraphError | None = None) -> None:
        """End the call: its reply is whole, or fails with an error, and its reader is woken.

        Sets `over` and `error`, and removes `abandon` and `resume`. The second call of this method
        does nothing.
        """
        if self.over:
            return
        self.over, self.abandon, self.resume = True, None, None
        self.error = error
        self.tell()
        self._wake()

    def taken_error(self) -> AllgraphError:
        """Remove and return the error in place of the head, to be raised.

        The error then keeps the call, with its request, but not the call the error.
        """
        error, self.error = self.error, None
        return error or EngineError("a worker gave no answer")

    def tell(self) -> None:
        """Have the caller go on, if the head or an error in its place has come."""
        if (self.over or self.head is not None) and not self.known.done():
            self.known.set_result(None)

    def read(self) -> bytes:
        """Remove and return the first piece that waits; IndexError if there is none.

        Its bytes are taken off `buffers`. If the worker had to stop sending and there is space
        again, it goes on, by `resume`.
        """
        piece = self.pieces.popleft()
        self.buffered -= len(piece)
        self.buffers.used -= len(piece)
        if self.resume is not None and not self.is_full:
            self.resume()
        return piece

    def forget(self) -> None:
        """Drop all pieces, as nobody reads them, and free the worker if the call is not over.

        If the call is still in the queue, it is taken out instead. It may be called more than once.
        """
        self.buffers.used -= self.buffered
        self.buffered = 0
        self.pieces.clear()
        if self.abandon is not None:
            self.abandon()

    def _wake(self) -> None:
        """Wake the reader that waits for a piece or the end, if there is one."""
        if self.wake is not None and not self.wake.done():
            self.wake.set_result(None)


class Reply(AsyncIterator[bytes]):
    """The reply to a call: a head, and the pieces of the body as they come.

    Iterating a reply that is truncated raises `Cut`, whose ``__cause__`` says why. Who does not
    read to the end has to call `close`, which frees the worker; so does deleting the reply.
    """

    def __init__(self, head: Head, call: Call) -> None:
        self.head = head
        self.generation = call.generation  # of the graph that answers
        self._call = call

    @property
    def is_whole(self) -> bool:
        """True if the whole body is here, so that `read` does not wait."""
        return self._call.over and self._call.error is None

    async def __anext__(self) -> bytes:
        """Return the next piece of the body, and wait for it; closes the reply if cancelled.

        At the end raises StopAsyncIteration, or `Cut` if the body is truncated.
        """
        call = self._call
        while not call.pieces:
            if call.over:
                if call.error is not None:
                    raise Cut(f"the answer was truncated: {call.error.message}") from call.error
                raise StopAsyncIteration
            call.wake = waiting()
            try:
                await call.wake
            except CancelledError:
                self.close()
                raise
        return call.read()

    async def read(self) -> bytes:
        """Return all pieces that are not read yet as one, and wait for them.

        Raises `Cut` if the body is truncated.
        """
        if self.is_whole:
            body = b"".join(self._call.pieces)
            self._call.forget()
            return body
        return b"".join([piece async for piece in self])

    def close(self) -> None:
        """Drop what is not read; a worker that still writes the reply is freed at once."""
        self._call.forget()

    def __del__(self) -> None:
        """Free the worker, as `close` does."""
        self._call.forget()
