"""A timer that is set anew with each request, and seldom runs out.

To start a timer of an event loop costs more than most of a request. So one that is too early is
left running; when it runs out, it is started again for the rest of the time.
"""

from __future__ import annotations

from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable

EARLY = 0.001
"""Seconds that a loop may call too early."""


class Alarm:
    """Calls the function `ring` once, at the time that it was last set to.

    `when` is that time by the clock of the event loop, None while it is off.

    >>> import asyncio
    >>> async def main():
    ...     loop, calls = asyncio.get_running_loop(), []
    ...     alarm = Alarm(loop, lambda: calls.append("now"))
    ...     for seconds in (0.01, 9, 0.02):
    ...         alarm.set(loop.time() + seconds)
    ...     await asyncio.sleep(0.1)
    ...     return calls
    >>> asyncio.run(main())
    ['now']
    """

    def __init__(self, loop: AbstractEventLoop, ring: Callable[[], object]) -> None:
        self.when: float | None = None  # the time to call `ring`; None while off
        self._loop, self._ring = loop, ring
        self._timer: TimerHandle | None = None

    def set(self, when: float) -> None:
        """Have `ring` called at a time of the clock of the loop, in place of the time set before.

        A timer of the loop that ends earlier is kept, and started again when it ends.
        """
        self.when = when
        if self._timer is not None:
            if self._timer.when() <= when:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(when, self._timer_ended)

    def off(self) -> None:
        """Do not call `ring` until the time is set again; the timer of the loop is kept."""
        self.when = None

    def close(self) -> None:
        """Do not call `ring`, and cancel the timer of the loop."""
        self.when = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _timer_ended(self) -> None:
        """Act on the end of the timer of the loop: switch off, and call `ring`.

        If the time that was set has not come, start the timer again instead; do nothing if off.
        """
        self._timer = None
        when = self.when
        if when is None:
            return
        if when > self._loop.time() + EARLY:
            self._timer = self._loop.call_at(when, self._timer_ended)
            return
        self.when = None
        self._ring()
