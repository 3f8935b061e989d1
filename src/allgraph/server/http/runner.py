"""Coroutines that run at once, without a task, and go on as soon as what they await is done.

The event loop begins a task, and goes on with it, in a turn of its own. For a small request these
turns cost more than what is done in them.
"""

from __future__ import annotations

from asyncio import CancelledError, Future, current_task, get_running_loop
from collections.abc import Callable, Coroutine, Generator
from types import TracebackType
from typing import Any


class Pause:
    """An awaitable for a coroutine of a `Runner`, which goes on in the call of `set_result`.

    >>> pause = Pause()
    >>> async def wait():
    ...     print(await pause)
    >>> Runner(wait(), print).run()
    >>> pause.set_result("done")
    done
    None
    """

    def __init__(self) -> None:
        self._is_done = False
        self._result: Any = None
        self._go_on: Callable[[Any], object] | None = None

    def __await__(self) -> Generator[Any, None, Any]:
        if not self._is_done:
            yield self
        return self._result

    def add_done_callback(self, callback: Callable[[Any], object]) -> None:
        """Have a function, that of the runner, called with this when it is done."""
        self._go_on = callback

    def done(self) -> bool:
        """Return True if `set_result` was called."""
        return self._is_done

    def set_result(self, result: Any) -> None:
        """Have the coroutine go on with a result; this returns when it waits again, or has ended.

        What it raises goes to the function that the runner calls at its end.
        """
        self._is_done, self._result = True, result
        go_on, self._go_on = self._go_on, None
        if go_on is not None:
            go_on(self)


Waiting = Future[Any] | Pause


def waiting() -> Waiting:
    """Return an awaitable for the present coroutine: a future in a task, else a `Pause`."""
    return Pause() if current_task() is None else get_running_loop().create_future()


class Runner:
    """Runs a coroutine, from `run` until it has to wait, and on when that is done.

    At its end `ended` is called: with None, or with the `Exception` that the coroutine raised. The
    coroutine may await futures and a `Pause`, but nothing that needs a task, such as a time-out.
    """

    def __init__(
        self, coroutine: Coroutine[Any, Any, None], ended: Callable[[Exception | None], object]
    ) -> None:
        self._coroutine, self._ended = coroutine, ended
        self._awaited: Any = None  # for which the coroutine waits

    def run(self) -> None:
        """Begin, or go on, until the coroutine waits or has ended."""
        with self:
            self._awaited = self._coroutine.send(None)

    def cancel(self) -> None:
        """Raise `CancelledError` where the coroutine waits; nothing happens after its end.

        It must not be called while the coroutine runs.
        """
        if self._awaited is not None:
            with self:
                self._awaited = self._coroutine.throw(CancelledError())

    def _go_on(self, awaited: Any) -> None:
        """Resume the coroutine, if it still waits for this."""
        if awaited is self._awaited:
            self.run()

    def __enter__(self) -> None:
        """Note that the coroutine runs."""
        self._awaited = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> bool:
        """Wait for the awaitable of the coroutine, or call `ended` if it has ended.

        An error goes there, and no further, unless it is to end the process.
        """
        if error is None:
            self._awaited.add_done_callback(self._go_on)
            return False
        is_end = isinstance(error, (StopIteration, CancelledError))
        is_known = is_end or isinstance(error, Exception)
        if is_known:
            self._ended(None if is_end else error)  # type: ignore[arg-type]
        return is_known
