"""The pool: real processes, a tiny graph, and tasks that do what strangers' queries do."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allgraph import sandbox
from allgraph.errors import (
    AllgraphError,
    EngineCrash,
    EngineError,
    EngineTimeout,
    FolderError,
    InputError,
    QueryError,
    UnknownName,
)
from allgraph.server.http.reply import TooLong
from allgraph.server.workers import handles, wire
from allgraph.server.workers.pool import Busy, Pool, Reply
from allgraph.server.workers.wire import Cut
from tests.support.pool_tasks import TASKS, Private, load, load_file, memory_limit
from tests.support.waiting import FOREVER, PATIENCE, cpu_of_children, eventually, until

T = TypeVar("T")
MIB = 2**20


def run(work: Callable[[Pool], Awaitable[T]], *, load: Any = load, **options: Any) -> T:
    """What a test does with a pool, which is closed afterwards; nothing is left of it."""

    async def main() -> T:
        async with Pool(load, TASKS, **{"seconds": FOREVER, **options}) as pool:
            await settled(pool)
            return await asyncio.wait_for(work(pool), PATIENCE)

    before, own = descriptors(), children()  # other tests may have some of their own
    result = asyncio.run(main())
    assert descriptors() == before
    assert children() == own
    return result


async def settled(pool: Pool, workers: int | None = None) -> None:
    """Wait until all workers rest."""
    wanted = pool.workers if workers is None else workers

    def rest() -> bool:
        status = pool.status()
        is_calm = status.busy == status.waiting == 0
        return is_calm and len(status.workers) == status.idle == wanted

    await eventually(rest, f"the workers do not rest: {pool.status()}")


async def said(pool: Pool, /, task: str, **arguments: object) -> str:
    reply = await pool.call(task, arguments)
    return (await reply.read()).decode()


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"))


def children() -> list[int]:
    """The children of this process, dead ones too."""
    done = subprocess.run(["ps", "-o", "pid=,ppid=,comm=", "-A"], capture_output=True, text=True)
    rows = [line.split(None, 2) for line in done.stdout.splitlines()]
    return [int(pid) for pid, parent, command in rows
            if int(parent) == os.getpid() and "ps" != command]  # fmt: skip


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return True


def test_a_call_gives_head_and_body() -> None:
    async def work(pool: Pool) -> None:
        reply = await pool.call("echo", {"value": "grün \ud800"[:4]}, client="a")
        assert reply.head.status == 201
        assert reply.head.type == "text/plain"
        assert int(reply.head.headers["x-pid"]) in pool.status().workers
        assert reply.is_whole
        assert [piece async for piece in reply] == ["grün".encode()]
        assert await said(pool, "count") == "101"
        assert await said(pool, "pushed", number=30_000) == "".join(f"{i} " for i in range(30_000))

    run(work)


def test_large_requests_and_replies_come_whole() -> None:
    async def work(pool: Pool) -> None:
        value = "".join(map(chr, random.Random(1).choices(range(32, 3000), k=3 * MIB)))
        assert await said(pool, "echo", value=value) == value
        reply = await pool.call("stream", {"chunk": 300_001, "number": 50})
        assert await reply.read() == b"x" * 300_001 * 50
        assert pool.buffers.used == 0

    run(work)


@given(st.lists(st.tuples(st.sampled_from([b"H", b"B", b"X", b"E"]), st.binary(max_size=40))),
       st.lists(st.integers(1, 30)))  # fmt: skip
def test_frames_are_the_same_however_they_come(
    sent: list[tuple[bytes, bytes]], cuts: list[int]
) -> None:
    data = b"".join(wire.frame(kind, content) for kind, content in sent)
    frames, got = wire.Frames(), []
    for cut in [*cuts, len(data)]:
        got += frames.feed(data[:cut])
        data = data[cut:]
    whole: list[tuple[bytes, bytes]] = []
    for kind, content in got:
        if kind == b"B" and whole and whole[-1][0] == b"B":
            whole[-1] = (kind, whole[-1][1] + content)
        else:
            whole.append((kind, content))
    wanted: list[tuple[bytes, bytes]] = []
    for kind, content in sent:
        if kind == b"B" and wanted and wanted[-1][0] == b"B":
            wanted[-1] = (kind, wanted[-1][1] + content)
        elif kind != b"B" or content:
            wanted.append((kind, content))
    assert whole == wanted


def test_a_malformed_frame_ends_the_worker() -> None:
    with pytest.raises(ValueError, match="malformed frame"):
        wire.Frames().feed(b"Q\0\0\0\0")
    with pytest.raises(ValueError, match="malformed frame"):
        wire.Frames().feed(b"H\xff\0\0\0")


def test_errors_travel_with_what_they_say() -> None:
    async def work(pool: Pool) -> None:
        with pytest.raises(UnknownName, match="nothing is named so") as unknown:
            await pool.call("fail", {"kind": "name"})
        assert unknown.value.candidates == ("https://example.org/1",)
        with pytest.raises(Private, match=r"^q.rq:3: not so$"):
            await pool.call("fail", {"kind": "private"})
        with pytest.raises(EngineError, match="disk"):  # before the first block is full
            await pool.call("stream", {"number": 3, "then": "error"})
        assert pool.deaths == 0

    run(work)


def test_an_error_of_an_unknown_class_is_of_the_nearest_known() -> None:
    told = wire.write_error(Private("not so", line=3)).replace(b'"Private"', b'"Elsewhere"')
    error = wire.read_error(told)
    assert type(error) is QueryError
    assert (error.message, error.line) == ("not so", 3)


@pytest.mark.parametrize("kind", ["bug", "exit"])
def test_a_bug_is_logged_and_not_told(kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    async def work(pool: Pool) -> None:
        with pytest.raises(EngineCrash) as crash:
            await pool.call("fail", {"kind": kind})
        assert "secret" not in str(crash.value)
        assert "has logged why" in str(crash.value)
        assert await said(pool, "echo", value=1) == "1"

    run(work)
    assert ("a secret of the server" if kind == "bug" else "SystemExit") in capfd.readouterr().err


@pytest.mark.parametrize("task", ["spin", "product"])
def test_a_call_that_takes_too_long_is_stopped_while_others_go_on(task: str) -> None:
    async def work(pool: Pool) -> None:
        start = time.monotonic()
        slow = asyncio.ensure_future(pool.call(task, {}, seconds=1, client="a"))
        done = 0
        while not slow.done():
            assert await said(pool, "echo", value=1) == "1"
            done += 1
            await asyncio.sleep(0.001)
        with pytest.raises(EngineTimeout, match="after 1 s"):
            await slow
        assert time.monotonic() - start >= 1
        assert done > 5
        await settled(pool)

    before = cpu_of_children()
    run(work)
    assert cpu_of_children() - before < 4  # a second of the call, and what starting takes


@pytest.mark.parametrize(("task", "words"), [("allocate", "memory"), ("product", "memory")])
def test_a_call_that_wants_too_much_memory_fails(task: str, words: str) -> None:
    async def work(pool: Pool) -> None:
        arguments = {"size": 600 * MIB} if task == "allocate" else {}
        with pytest.raises(EngineCrash, match=words):
            await pool.call(task, arguments)
        assert await said(pool, "allocate", size=20 * MIB) == str(20 * MIB)

    run(work, memory=100 * MIB)


def test_a_worker_that_has_grown_is_not_kept() -> None:
    async def work(pool: Pool) -> None:
        before = pool.status().workers
        for _ in range(20):
            assert await said(pool, "allocate", size=8 * MIB) == str(8 * MIB)
        assert pool.status().workers == before
        assert await said(pool, "allocate", size=100 * MIB) == str(100 * MIB)
        await settled(pool)
        assert len(set(before) - set(pool.status().workers)) == 1
        assert pool.deaths == 0

    run(work)


def test_a_crash_is_one_call_s_alone() -> None:
    async def work(pool: Pool) -> None:
        with pytest.raises(EngineCrash, match="nested too deeply"):
            await pool.call("deep", {})
        for number, words in ((signal.SIGSEGV, "deeply"), (signal.SIGKILL, "code -9"),
                              (signal.SIGABRT, "memory")):  # fmt: skip
            with pytest.raises(EngineCrash, match=words):
                await pool.call("die", {"number": int(number)})
            assert await said(pool, "echo", value=1) == "1"
        await settled(pool)
        assert pool.deaths == 4

    run(work)


@pytest.mark.parametrize(
    ("then", "words", "cause"),
    [("die", "deeply", EngineCrash), ("error", "the disk is gone", EngineError),
     ("bug", "logged", EngineCrash)],
)  # fmt: skip
def test_a_reply_that_is_cut_says_so(then: str, words: str, cause: type[EngineError]) -> None:
    async def work(pool: Pool) -> None:
        reply = await pool.call("stream", {"chunk": 70_000, "number": 40, "then": then})
        came = 0
        with pytest.raises(Cut, match=words) as cut:
            async for piece in reply:
                came += len(piece)
        assert type(cut.value.__cause__) is cause
        assert came == 40 * 70_000
        with pytest.raises(Cut):  # again and again
            await reply.read()

    run(work)


def test_too_long_a_body_is_refused_or_cut() -> None:
    async def work(pool: Pool) -> None:
        with pytest.raises(TooLong, match="100,000 bytes") as error:
            await pool.call("stream", {"chunk": 100_001, "number": 1})
        assert error.value.limit == "bytes"
        reply = await pool.call("stream", {"chunk": 10_000})
        with pytest.raises(Cut, match="100,000 bytes") as cut:
            await reply.read()
        assert isinstance(cut.value.__cause__, TooLong)
        assert len(await said(pool, "stream", chunk=10_000, number=10)) == 100_000
        assert pool.deaths == 0

    run(work, size=100_000)


def test_a_worker_waits_for_those_who_read_slowly() -> None:
    async def work(pool: Pool) -> None:
        pool.buffers.per_call = 200_000
        reply = await pool.call("stream", {"chunk": 10_000, "number": 1000})
        await eventually(lambda: pool.buffers.used >= 200_000)
        await asyncio.sleep(0.3)  # in which more would come
        assert pool.buffers.used < 600_000
        came = 0
        async for piece in reply:
            came += len(piece)
            assert pool.buffers.used < 600_000
        assert came == 10_000_000
        assert pool.buffers.used == 0
        await settled(pool)

    run(work)


def test_all_bodies_together_are_held_within_a_limit() -> None:
    async def work(pool: Pool) -> None:
        pool.buffers.total = 250_000
        whole = await pool.call("stream", {"number": 200})
        await eventually(lambda: whole.is_whole)
        endless = await pool.call("stream", {})
        await asyncio.sleep(0.3)
        assert pool.buffers.used < 600_000  # one may hold a mebibyte where there is room
        assert len(await anext(endless)) > 0
        endless.close()
        assert len(await whole.read()) == 200_000
        assert pool.buffers.used == 0

    run(work, size=2**40)


def test_an_endless_body_is_cut_at_the_deadline() -> None:
    async def work(pool: Pool) -> None:
        reply = await begun(pool, {"pause": 0.001, "chunk": 10_000}, 0.7)
        with pytest.raises(Cut, match=r"after 0\.7 s"):
            await reply.read()
        reply = await begun(pool, {}, 0.7)  # and one that nobody reads
        await settled(pool)
        with pytest.raises(Cut, match=r"after 0\.7 s"):
            await reply.read()

    async def begun(pool: Pool, arguments: dict[str, object], seconds: float) -> Reply:
        """A reply that has begun within its time, which on a slow machine not every one has."""
        while True:
            with suppress(EngineTimeout):
                return await pool.call("stream", arguments, seconds=seconds)

    run(work, size=2**40)


def test_a_worker_killed_from_outside_is_replaced() -> None:
    async def work(pool: Pool) -> None:
        before = pool.status().workers
        for process in before:
            os.kill(process, signal.SIGKILL)
        assert await said(pool, "echo", value=1) == "1"
        await settled(pool)
        assert not set(before) & set(pool.status().workers)
        call = asyncio.ensure_future(pool.call("sleep", {"seconds": FOREVER}, seconds=999))
        other = asyncio.ensure_future(said(pool, "sleep", seconds=0.4))
        await eventually(lambda: pool.status().busy == 2)
        living = [w for z in pool._zygotes for w in z.living.values()]
        victim = next(w for w in living if w.call and w.call.seconds == 999)
        os.kill(victim.process, signal.SIGKILL)
        with pytest.raises(EngineCrash, match="code -9"):
            await call
        assert int(await other) != victim.process
        await settled(pool)

    run(work)


def test_a_call_that_nobody_waits_for_frees_its_worker() -> None:
    async def work(pool: Pool) -> None:
        for _ in range(20):  # on a machine that is busy it may not be as quick as it is
            before = pool.status().workers
            quick = asyncio.ensure_future(pool.call("sleep", {"seconds": 0.01}))
            await asyncio.sleep(0)
            quick.cancel()
            await settled(pool)
            if pool.status().workers == before:  # it had ended by itself
                break
        else:
            raise AssertionError("its worker was killed each time")
        for _ in range(3):
            calls = [asyncio.ensure_future(pool.call("spin", {})) for _ in range(4)]
            await asyncio.sleep(0.05)
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
            assert pool.status().waiting == 0
            assert await said(pool, "echo", value=1) == "1"
        await settled(pool)

    run(work)


@pytest.mark.parametrize("how", ["close", "del", "cancel"])
def test_a_reply_that_is_not_read_on_frees_its_worker(how: str) -> None:
    async def work(pool: Pool) -> None:
        for _ in range(3):
            reply = await pool.call("stream", {"chunk": 70_000})
            await anext(reply)
            if how == "close":
                reply.close()
            elif how == "cancel":
                reading = asyncio.ensure_future(reply.read())
                await asyncio.sleep(0.05)
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)
                del reading
            del reply
            await settled(pool)
            assert pool.buffers.used == 0

    run(work, size=2**40)


def test_clients_take_turns(tmp_path: Path) -> None:
    opened = tmp_path / "gate"

    async def work(pool: Pool) -> None:
        order: list[str] = []

        async def ask(client: str, task: str, **arguments: object) -> None:
            await pool.call(task, arguments, client=client)
            order.append(client)

        greedy = [asyncio.ensure_future(ask("greedy", "gate", path=str(opened))) for _ in range(8)]
        await eventually(lambda: pool.status().busy)
        assert pool.status().busy == 2  # one of three workers stays free
        await ask("quick", "echo", value=1)
        others = [asyncio.ensure_future(ask(f"other{i}", "echo", value=1)) for i in range(4)]
        await asyncio.gather(*others)
        assert order[0] == "quick"
        assert sorted(order[1:]) == ["other0", "other1", "other2", "other3"]
        opened.touch()
        await asyncio.gather(*greedy)

    run(work, workers=3)


def test_too_many_calls_are_refused() -> None:
    async def work(pool: Pool) -> None:
        calls = [asyncio.ensure_future(pool.call("spin", {}, client="a")) for _ in range(7)]
        await asyncio.sleep(0)
        assert pool.status().waiting == 5
        await asyncio.sleep(0)
        refused = [call for call in calls if call.done()]
        assert len(refused) == 1
        with pytest.raises(Busy) as busy:
            await refused[0]
        assert 1 <= busy.value.retry_after <= 60
        reply = await pool.call("echo", {"value": 1}, seconds=FOREVER)  # others still come in
        assert await reply.read() == b"1"
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert {type(each) for each in results} == {Busy, EngineTimeout}

    run(work, queue=10, seconds=1)


def test_long_calls_make_way(tmp_path: Path) -> None:
    opened = tmp_path / "gate"

    async def work(pool: Pool) -> None:
        base = os.getpriority(os.PRIO_PROCESS, 0)
        before = pool.status().workers
        calls = [asyncio.ensure_future(said(pool, "gate", path=str(opened))) for _ in range(2)]
        await eventually(lambda: counts(pool) == (2, 2, 2, 0))
        assert await said(pool, "gate", path=str(tmp_path)) == str(base)
        opened.touch()
        assert [int(nice) for nice in await asyncio.gather(*calls)] == [min(base + 10, 19)] * 2
        await settled(pool)
        assert not set(before) & set(pool.status().workers)
        assert pool.deaths == 0

    run(work)


def counts(pool: Pool) -> tuple[int, int, int, int]:
    """How many workers are busy, busy for long, and idle, and how many calls wait."""
    status = pool.status()
    return status.busy, status.slow, status.idle, status.waiting


def test_a_call_that_must_wait_makes_others_make_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handles, "_SLOW_AFTER", FOREVER)  # they do not because they are slow

    async def work(pool: Pool) -> None:
        calls = [asyncio.ensure_future(pool.call("spin", {})) for _ in range(2)]
        await eventually(lambda: pool.status().busy == 2)
        assert await said(pool, "echo", value=1) == "1"
        assert pool.status().slow >= 1
        for call in calls:
            call.cancel()
        await settled(pool)

    run(work)


def test_only_so_many_long_calls_run_beside_the_others(tmp_path: Path) -> None:
    opened = tmp_path / "gate"

    async def work(pool: Pool) -> None:
        calls = [asyncio.ensure_future(said(pool, "gate", path=str(opened))) for _ in range(4)]
        await eventually(lambda: counts(pool) == (3, 1, 0, 1))
        await asyncio.sleep(0.2)  # in which no more begin
        assert counts(pool) == (3, 1, 0, 1)
        opened.touch()
        await asyncio.gather(*calls)
        await settled(pool)

    run(work, slow=1)


@pytest.mark.skipif(not Path("/proc").exists(), reason="memory is not limited without /proc")
def test_a_load_has_a_limit_of_memory() -> None:
    limit = int(run(partial(said, task="loaded"), load=memory_limit))
    assert sandbox.share_of_machine() < limit < sandbox.share_of_machine() + 8 * 2**30


def test_reloading_lets_calls_end(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file, opened = tmp_path / "graph", tmp_path / "gate"
    file.write_text("one")

    async def work(pool: Pool) -> None:
        running = asyncio.ensure_future(pool.call("stream", {"chunk": 70_000, "number": 5}))
        waiting = asyncio.ensure_future(said(pool, "gate", path=str(opened)))
        stop = False
        seen: list[tuple[int, bytes]] = []

        async def ask() -> None:
            while not stop:
                reply = await pool.call("name", {})
                seen.append((reply.generation, await reply.read()))
                await asyncio.sleep(0.001)

        asking = asyncio.ensure_future(ask())
        await eventually(lambda: seen)
        file.write_text("wrong")
        with pytest.raises(FolderError, match=r"graph:7: this folder is wrong"):
            await pool.reload()
        file.write_text("bug")
        with pytest.raises(EngineError, match="the log of the server says why") as error:
            await pool.reload()
        assert "secret" not in str(error.value)
        assert pool.status().generation == 1
        file.write_text("two")
        await pool.reload()
        assert await said(pool, "name") == "two"
        await eventually(lambda: seen[-1] == (2, b"two"))
        stop = True
        await asking
        assert sorted(seen) == seen
        assert set(seen) == {(1, b"one"), (2, b"two")}
        assert len(await (await running).read()) == 350_000
        opened.touch()
        await waiting
        await settled(pool)
        await eventually(lambda: len(pool._zygotes) == 1)
        assert pool.deaths == 0
        pool.setup = replace(pool.setup, load=partial(load, name="three"))
        await pool.reload()
        assert await said(pool, "name") == "three"

    run(work, load=partial(load_file, str(file)))
    assert "a secret of the loader" in capfd.readouterr().err


@pytest.mark.parametrize(("words", "error"), [("wrong", FolderError), ("bug", EngineError)])
def test_a_graph_that_cannot_be_loaded(
    words: str, error: type[AllgraphError], tmp_path: Path
) -> None:
    file = tmp_path / "graph"
    file.write_text(words)

    async def work(pool: Pool) -> None:
        raise AssertionError

    own = children()
    with pytest.raises(error):
        asyncio.run(start_and_close(Pool(partial(load_file, str(file)), TASKS)))
    assert children() == own


async def start_and_close(pool: Pool) -> None:
    async with pool:
        pass


def test_what_a_fresh_python_cannot_import_is_refused() -> None:
    before = descriptors()
    with pytest.raises(InputError, match="could not import"):
        asyncio.run(start_and_close(Pool(lambda: load(), TASKS)))
    assert descriptors() == before


def test_a_system_that_cannot_fork_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fork")
    with pytest.raises(InputError, match="Linux or macOS"):
        Pool(load, TASKS)


def test_closing_ends_all() -> None:
    async def work(pool: Pool) -> None:
        calls = [asyncio.ensure_future(pool.call("spin", {})) for _ in range(5)]
        await asyncio.sleep(0.1)
        processes = (*pool.status().workers, pool.status().zygote)
        await pool.close()
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert {str(each) for each in results} == {"the server is stopping"}
        assert not any(is_alive(process) for process in processes if process)
        with pytest.raises(EngineError, match="stopping"):
            await pool.call("echo", {})
        with pytest.raises(EngineError, match="stopping"):
            await pool.reload()

    run(work)


def test_a_zygote_that_dies_is_replaced() -> None:
    async def work(pool: Pool) -> None:
        old = pool.status()
        call = asyncio.ensure_future(pool.call("sleep", {"seconds": FOREVER}))
        await eventually(lambda: pool.status().busy)
        assert old.zygote
        os.kill(old.zygote, signal.SIGKILL)
        with pytest.raises(EngineCrash):
            await call
        assert await said(pool, "name") == "first"
        await settled(pool)
        assert pool.status().generation == 2
        await eventually(lambda: not any(map(is_alive, old.workers)))

    run(work)


def test_what_follows_a_new_zygote_is_tried_until_it_works(
    caplog: pytest.LogCaptureFixture,
) -> None:
    calls = []

    async def loaded() -> None:
        calls.append(1)
        if len(calls) < 3:
            raise EngineError("not yet")

    async def work(pool: Pool) -> None:
        zygote = pool.status().zygote
        assert zygote
        os.kill(zygote, signal.SIGKILL)
        await eventually(lambda: len(calls) == 3)
        await settled(pool)
        assert pool.status().generation == 2  # it is not loaded once more

    run(work, loaded=loaded)
    messages = [it.getMessage() for it in caplog.records if "not yet" in it.getMessage()]
    assert messages == ["the graph is loaded, but cannot be used yet: not yet"] * 2


def test_a_zygote_that_dies_while_long_calls_run_and_others_wait_is_replaced() -> None:
    async def work(pool: Pool) -> None:
        calls = [asyncio.ensure_future(pool.call("sleep", {"seconds": 9})) for _ in range(4)]
        await eventually(lambda: (status := pool.status()).slow == status.waiting == 1)
        await asyncio.sleep(0.1)
        zygote = pool.status().zygote
        assert zygote
        os.kill(zygote, signal.SIGKILL)
        for call in calls[:3]:
            with pytest.raises(EngineCrash):
                await call
        calls[3].cancel()
        assert await said(pool, "name") == "first"

    run(work, slow=1)


SERVER = """
import asyncio, sys
from functools import partial
import tests.support.pool_tasks as t
from allgraph.server.workers.pool import Pool
async def main():
    async with Pool(partial(t.load_file, sys.argv[1]), t.TASKS) as pool:
        asyncio.ensure_future(pool.call("spin", {}))
        asyncio.ensure_future(pool.call("stream", {}))
        await asyncio.sleep(0.2)
        print(*pool.status().workers, pool.status().zygote, flush=True)
        await asyncio.sleep(1000)
asyncio.run(main())
"""


@pytest.mark.parametrize("state", ["serving", "slow"])
def test_all_processes_die_with_the_server(state: str, tmp_path: Path) -> None:
    file = tmp_path / "graph"
    file.write_text(state)
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(file)],
        stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert server.stdout is not None
    with server.stdout:
        if state == "slow":
            until((tmp_path / "graph.loading").exists)
            done = subprocess.run(["ps", "-o", "pid=,ppid=", "-A"], capture_output=True, text=True)
            rows = [line.split() for line in done.stdout.splitlines()]
            processes = [int(pid) for pid, parent in rows if int(parent) == server.pid]
            assert len(processes) == 1
        else:
            processes = [int(word) for word in server.stdout.readline().split()]
            assert len(processes) >= 3
        server.kill()
        server.wait()
        until(lambda: not any(map(is_alive, processes)))


def test_nothing_leaks_when_workers_die_at_random() -> None:
    chance = random.Random(7)

    async def work(pool: Pool) -> None:
        await said(pool, "echo", value=1)
        before, own = descriptors(), children()
        outcomes: dict[str, int] = {}

        async def client(number: int) -> None:
            for i in range(250):
                try:
                    if chance.random() < 0.1:
                        call = pool.call("echo", {"value": 1}, client=str(number))
                        with suppress(TimeoutError):
                            await asyncio.wait_for(call, chance.random() * 0.004)
                    elif chance.random() < 0.1:
                        reply = await pool.call("stream", {"number": 500}, client=str(number))
                        assert len(await reply.read()) == 500_000
                    else:
                        assert await said(pool, "echo", value=i) == str(i)
                    outcome = "answered"
                except (EngineCrash, Cut) as error:
                    outcome = type(error).__name__
                outcomes[outcome] = outcomes.get(outcome, 0) + 1

        def has_ended(count: int) -> bool:
            return sum(outcomes.values()) > count

        async def killer() -> None:
            for ended in range(0, 2000, 20):
                await eventually(partial(has_ended, ended))
                workers = pool.status().workers
                if workers:
                    with suppress(ProcessLookupError):
                        os.kill(chance.choice(workers), signal.SIGKILL)

        killing = asyncio.ensure_future(killer())
        await asyncio.gather(*(client(number) for number in range(8)))
        killing.cancel()
        await settled(pool)
        assert sum(outcomes.values()) == 2000
        assert outcomes["answered"] > 1500
        assert pool.deaths > 10
        assert descriptors() == before
        assert children() == own
        assert pool.buffers.used == 0

    run(work)


def test_a_call_that_waits_begins_when_the_one_before_it_is_given_up() -> None:
    """Also when that had run for long, so that another worker stood by already."""

    async def work(pool: Pool) -> None:
        first = asyncio.create_task(pool.call("spin", {}, client="a"))
        await eventually(lambda: pool.status().slow)
        waiting = asyncio.create_task(pool.call("count", {}, client="a"))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        first.cancel()
        reply = await waiting
        assert await reply.read() == b"101"

    run(work)


def test_waiting_is_part_of_the_time_that_a_call_may_take() -> None:
    async def work(pool: Pool) -> None:
        calls = [pool.call("spin", {}, client="a") for _ in range(3)]
        ends = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(each, EngineTimeout | Busy) for each in ends)

    before = cpu_of_children()
    run(work, seconds=2)
    assert cpu_of_children() - before < 5  # and not two seconds for each


def test_a_pool_without_sockets_tries_again_once(monkeypatch: pytest.MonkeyPatch) -> None:
    class Later:
        """An event loop that keeps what is to be called, unless it is cancelled."""

        calls: ClassVar[list[Later]] = []

        def call_later(self, seconds: float, call: Callable[[], None]) -> Later:
            timer = Later()
            self.calls.append(timer)
            return timer

        def cancel(self) -> None:
            self.calls.remove(self)

    def refuse() -> None:
        raise OSError(24, "Too many open files")

    handle = object.__new__(handles.ZygoteHandle)
    vars(handle).update(
        state=handles.ZygoteState.ACTIVE, living={}, loop=Later(), _fill_timer=None,
        pool=SimpleNamespace(workers=8, slow=4),
    )  # fmt: skip
    monkeypatch.setattr("socket.socketpair", refuse)
    for _ in range(5):
        handle.fill()
        assert len(Later.calls) == 1
