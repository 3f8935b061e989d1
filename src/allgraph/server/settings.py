"""How a server behaves: limits, and where it is."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Settings:
    """What can be set when a server is started; times are in seconds, sizes in bytes.

    `home` is the address under which it is known, and ends in ``/``. `rate` is how many requests
    a second one client may make on average, 0 without end. `cors` are the origins whose pages
    may read answers; ``*`` is all. Of several server processes, `process` is the number of one.
    An `endpoint` holds the graph, whose address may have a password in it.
    """

    folder: str | None = None
    home: str | None = None
    include_sensitive: bool = False
    workers: int = 2
    seconds: float = 10.0
    read_timeout: float = 10.0
    memory: int = 2 * 2**30
    rows: int = 1_000_000
    size: int = 64 * 2**20
    body: int = 2**20
    rate: float = 0.0
    cors: tuple[str, ...] = ("*",)
    allow_service: tuple[str, ...] = ()
    cache: int = 64 * 2**20
    connections: int = 1000
    process: int = 0
    endpoint: str | None = field(default=None, repr=False)
