"""The settings of a server: its data, its address, and its limits."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Settings:
    """The settings of a server; times are in seconds, sizes in bytes.

    `home` is its public address, which ends in ``/``. `rate` is the number of requests a second
    that one client may make on average; 0 is no limit. `cors` are the origins whose pages may
    read answers; ``*`` is all. Of several server processes, `process` is the number of this one.
    `endpoint` is the address of an endpoint that holds the graph; it may contain a password. With
    `reload`, the data is loaded again when a file of the folder changes.
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
    reload: bool = False
