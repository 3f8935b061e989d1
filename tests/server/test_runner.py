"""Coroutines that run without a task: when they go on, and what becomes of their errors."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from allgraph.server.http.runner import Pause, Runner, waiting

Make = Callable[[list[str]], Coroutine[Any, Any, None]]


def in_a_loop(work: Callable[[], object]) -> None:
    """Do some work in a turn of an event loop, and not in a task; then some turns more."""

    async def main() -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def turn() -> None:
            try:
                work()
                done.set_result(None)
            except AssertionError as error:
                done.set_exception(error)

        asyncio.get_running_loop().call_soon(turn)
        await done
        for _ in range(5):
            await asyncio.sleep(0)

    asyncio.run(main())


def test_it_runs_at_once_and_goes_on_where_a_pause_ends() -> None:
    said: list[object] = []
    pause, other = Pause(), Pause()
    other.set_result("was done before")

    async def work() -> None:
        said.append("begun")
        said.append(await pause)
        said.append(await other)

    runner = Runner(work(), said.append)
    assert said == []
    runner.run()
    assert said == ["begun"] and not pause.done()
    pause.set_result("told")
    assert said == ["begun", "told", "was done before", None]


def test_it_goes_on_after_a_future_in_a_later_turn() -> None:
    said: list[object] = []

    def begin() -> None:
        future = asyncio.get_running_loop().create_future()

        async def work() -> None:
            assert type(waiting()) is Pause
            said.append(await future)

        Runner(work(), said.append).run()
        future.set_result("told")
        assert said == []

    in_a_loop(begin)
    assert said == ["told", None]


def test_in_a_task_a_future_is_awaited() -> None:
    async def main() -> None:
        future = waiting()
        asyncio.get_running_loop().call_soon(future.set_result, "told")
        assert isinstance(future, asyncio.Future) and await future == "told"

    asyncio.run(main())


@pytest.mark.parametrize("late", [False, True])
def test_an_error_goes_to_the_end_and_no_further(late: bool) -> None:
    errors: list[Exception | None] = []
    pause = Pause()

    async def work() -> None:
        if late:
            await pause
        raise ZeroDivisionError

    Runner(work(), errors.append).run()
    pause.set_result(None)
    assert [type(error) for error in errors] == [ZeroDivisionError]


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_what_ends_the_process_is_not_held_back(kind: type[BaseException]) -> None:
    async def work() -> None:
        raise kind

    with pytest.raises(kind):
        Runner(work(), lambda _: None).run()


def test_it_is_cancelled_where_it_waits_and_what_it_waited_for_is_forgotten() -> None:
    said: list[object] = []
    pause, more = Pause(), Pause()

    async def work() -> None:
        try:
            await pause
        except asyncio.CancelledError:
            said.append("cancelled")
            await more
            said.append("and ended")

    runner = Runner(work(), said.append)
    runner.run()
    runner.cancel()
    assert said == ["cancelled"]
    pause.set_result(None)
    assert said == ["cancelled"]
    more.set_result(None)
    assert said == ["cancelled", "and ended", None]
    runner.cancel()
    assert said == ["cancelled", "and ended", None]
