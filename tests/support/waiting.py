"""Waiting for what is to happen, for as long as a slow machine may need.

A test waits for an event and not for a number of seconds; `PATIENCE` only ends a test that would
wait for ever. That something stops in time is shown by what it stops, which is endless or takes
longer than `FOREVER`, or is measured in CPU time.
"""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Callable

PATIENCE = 120.0
"""Seconds that a test waits for what takes well under one on a quiet machine."""
FOREVER = 1000.0
"""Seconds that no test waits: what would take as long was stopped if it ended."""
_PAUSE = 0.01


def until(done: Callable[[], object], what: str = "it did not come to pass") -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, what
        time.sleep(_PAUSE)


async def eventually(done: Callable[[], object], what: str = "it did not come to pass") -> None:
    """Wait until something is so, while other tasks go on."""
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, what
        await asyncio.sleep(_PAUSE)


def cpu_of_children() -> float:
    """The CPU seconds of all child processes that have ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
