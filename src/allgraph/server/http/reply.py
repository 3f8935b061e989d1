r"""What a task gives: a media type, headers, and a body that may be written while it is sent.

>>> document = TaskResult("text/plain", [b"one, ", b"two"])
>>> b"".join(document.body)
b'one, two'
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from allgraph.errors import EngineError

CHUNK = 2**16
"""About how many bytes a body gathers before it sends them on."""

Send = Callable[[bytes], object]


class TooLong(EngineError):
    """An answer has more than one may have, of bytes or of rows; ``limit`` says of which.

    >>> TooLong("the answer has more than 10 rows", limit="rows").limit
    'rows'
    """

    def __init__(self, message: str, *, limit: str = "bytes") -> None:
        super().__init__(message)
        self.limit = limit


@dataclass(frozen=True)
class TaskResult:
    """A reply that is a success: what type it is, its bytes, and headers of its own.

    Whoever sends it calls `send`, and sends the head with the first chunk: what goes wrong
    before it is raised as an `AllgraphError` and can have a status of its own. What is raised
    later cuts the body off; the connection then has to be closed without a proper end, so that
    nobody takes the part for the whole.
    """

    type: str
    body: Iterable[bytes]
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200

    def send(self, write: Send) -> None:
        """Hand on each chunk as soon as it is there; `write` may block.

        A body that is `PushedBody` is never held whole.

        >>> pieces = []
        >>> TaskResult("text/plain", [b"one", b"two"]).send(pieces.append)
        >>> pieces
        [b'one', b'two']
        """
        if isinstance(self.body, PushedBody):
            self.body.send(write)
        else:
            for chunk in self.body:
                write(chunk)


class PushedBody(Iterable[bytes]):
    """A body that is written only when it is sent, and only once, by a function that gets `Send`.

    pyoxigraph writes answers into a file, and cannot stop between two rows until somebody wants
    more. So a chunk is pushed with `send`, and whoever iterates gets them when all are written.
    """

    def __init__(self, work: Callable[[Send], None]) -> None:
        self._work = work

    def send(self, write: Send) -> None:
        """Write the body, and hand on each chunk."""
        self._work(write)

    def __iter__(self) -> Iterator[bytes]:
        chunks: list[bytes] = []
        self.send(chunks.append)
        return iter(chunks)
