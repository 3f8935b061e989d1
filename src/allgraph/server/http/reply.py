r"""The result of a task: a media type, headers, and a body that may be written while it is sent.

>>> TaskResult("text/plain", [b"one"]).send(print)
b'one'
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from allgraph.errors import EngineError

CHUNK = 2**16
"""The number of bytes, about, after which a chunk of a body is sent."""
WARNINGS = "Allgraph-Warnings"
"""The header with warnings about a query, and with remarks on an answer."""

Send = Callable[[bytes], object]


class TooLong(EngineError):
    """An answer has more bytes or rows than allowed; ``limit`` says which.

    >>> TooLong(10, "rows").limit
    'rows'
    """

    def __init__(self, most: int, limit: str) -> None:
        super().__init__(
            f"the answer has more than {most:,} {limit}, the limit; "
            "ask for less, for example with LIMIT"
        )
        self.limit = limit


@dataclass(frozen=True)
class TaskResult:
    """The result of a task, a successful reply: media type, body, headers and status.

    The body is its chunks; or a function that makes it, once, and calls another with each chunk.
    (pyoxigraph writes answers into a file, and cannot pause between two rows.)

    The worker calls `send`, and sends the head with the first chunk: an `AllgraphError` that is
    raised before it can still become a problem with a status. An error that is raised later
    truncates the body; the connection then has to be closed without a proper end, so that nobody
    takes the part for the whole.
    """

    type: str
    body: Iterable[bytes] | Callable[[Send], None]
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200

    def with_warnings(self, warnings: Sequence[str]) -> TaskResult:
        """Return the result with the header `WARNINGS`, if there are any: a JSON array in ASCII."""
        if not warnings:
            return self
        return replace(self, headers={**self.headers, WARNINGS: json.dumps(warnings)})

    def send(self, write: Send) -> None:
        """Call `write`, which may block, with each chunk of the body as soon as it is made.

        Raises what making the body and `write` raise.
        """
        if callable(self.body):
            self.body(write)
        else:
            for chunk in self.body:
                write(chunk)
