"""A connection, without a network: what is read, in which order it is answered, and its limits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

from allgraph.server.http.connection import Connection, Connections
from allgraph.server.http.runner import Pause
from allgraph.server.request import Exchange

GET = b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n"


class Client:
    """The other end of a connection: what came, and whether it was closed."""

    def __init__(self) -> None:
        self.came: list[bytes] = []
        self.is_closed = self.is_paused = False
        self.full: Callable[[], object] = lambda: None  # called after each piece

    def get_extra_info(self, name: str) -> Any:
        return ("192.0.2.1", 5) if name == "peername" else None

    def is_closing(self) -> bool:
        return self.is_closed

    def write(self, data: bytes) -> None:
        self.came.append(data)
        self.full()

    def write_eof(self) -> None:
        self.came.append(b"eof")

    def close(self) -> None:
        self.is_closed = True

    abort = close

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False


def conversation(
    answer: Any, talk: Callable[[Connection, Client], Any], **limits: Any
) -> tuple[list[bytes], Client]:
    """What a client that talks to a connection gets, in the turns of a loop after it too."""
    client = Client()

    async def main() -> None:
        connection = Connection(Connections(answer, **limits))
        loop = asyncio.get_running_loop()
        loop.call_soon(connection.connection_made, client)
        for step in talk(connection, client):
            loop.call_soon(step)
            for _ in range(5):
                await asyncio.sleep(0)
        connection.connection_lost(None)
        assert not connection.all.open and not connection.all.clients

    asyncio.run(main())
    return client.came, client


async def say_path(exchange: Exchange) -> None:
    exchange.send(exchange.request.path.encode())


def test_requests_are_answered_one_by_one_and_one_a_turn() -> None:
    turns: list[int] = []

    async def answer(exchange: Exchange) -> None:
        turns.append(len(turns))
        asyncio.get_running_loop().call_soon(turns.append, -1)
        exchange.send(exchange.request.path.encode())

    def talk(connection: Connection, client: Client) -> Any:
        yield lambda: connection.data_received(b"".join(GET % b"%d" % n for n in range(3)))

    came, client = conversation(answer, talk)
    assert came == [b"/0", b"/1", b"/2"]
    assert turns[:5] == [0, -1, 2, -1, 4]
    assert not client.is_paused and not client.is_closed


def test_nothing_is_read_while_requests_wait() -> None:
    pause = Pause()

    async def answer(exchange: Exchange) -> None:
        await pause
        exchange.send(exchange.request.path.encode())

    def talk(connection: Connection, client: Client) -> Any:
        yield lambda: connection.data_received(GET % b"a")
        assert not client.is_paused
        yield lambda: connection.data_received(GET % b"b")
        assert client.is_paused and client.came == []
        yield lambda: pause.set_result(None)
        assert not client.is_paused

    assert conversation(answer, talk)[0] == [b"/a", b"/b"]


def test_a_client_that_does_not_read_waits_for_its_next_answer() -> None:
    def talk(connection: Connection, client: Client) -> Any:
        yield connection.pause_writing
        yield lambda: connection.data_received(GET % b"a")
        assert client.came == [] and client.is_paused
        yield connection.resume_writing
        assert client.came == [b"/a"] and not client.is_paused

    conversation(say_path, talk)


def test_an_answer_waits_for_a_client_that_does_not_read() -> None:
    async def answer(exchange: Exchange) -> None:
        for piece in (b"1", b"2"):
            exchange.send(piece, is_last=False)
            await exchange.drain()
        exchange.send(b"")

    def talk(connection: Connection, client: Client) -> Any:
        client.full = connection.pause_writing
        yield lambda: connection.data_received(GET % b"a")
        assert client.came == [b"1"]
        yield connection.resume_writing
        assert client.came == [b"1", b"2"]
        yield connection.resume_writing

    assert not conversation(answer, talk)[1].is_closed


@pytest.mark.parametrize("has_begun", [False, True])
def test_a_bug_is_logged_and_ends_the_connection(
    has_begun: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """The client is told 500 without a word about it, or sees that the answer was cut."""

    async def answer(exchange: Exchange) -> None:
        if has_begun:
            exchange.send(b"head", is_last=False)
        raise ZeroDivisionError("a secret")

    def talk(connection: Connection, client: Client) -> Any:
        yield lambda: connection.data_received(2 * (GET % b"a"))

    came, client = conversation(answer, talk)
    assert client.is_closed and len(came) == 1
    assert came[0] == b"head" if has_begun else came[0].startswith(b"HTTP/1.1 500 ")
    assert b"secret" not in came[0]
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "a secret" in caplog.text


def test_the_work_for_a_client_that_has_gone_is_cancelled() -> None:
    ended: list[str] = []

    async def answer(exchange: Exchange) -> None:
        try:
            await Pause()
        except asyncio.CancelledError:
            ended.append(exchange.request.path)

    def talk(connection: Connection, client: Client) -> Any:
        yield lambda: connection.data_received(GET % b"a" + GET % b"b")
        yield lambda: connection.connection_lost(None)

    conversation(answer, talk)
    assert ended == ["/a"]


@pytest.mark.parametrize("is_read", [False, True])
def test_a_body_is_read_when_it_is_wanted_and_up_to_its_limit(is_read: bool) -> None:
    head = b"POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 99\r\n\r\n"
    bodies: list[bytes] = []

    async def answer(exchange: Exchange) -> None:
        if is_read:
            bodies.append(await exchange.read_body())
        exchange.send(b"done")

    def talk(connection: Connection, client: Client) -> Any:
        yield lambda: connection.data_received(head)
        assert client.came == ([b"HTTP/1.1 100 Continue\r\n\r\n"] if is_read else [b"done"])
        yield lambda: connection.data_received(b"x" * 8)
        assert bodies == []
        yield lambda: connection.data_received(b"x" * 8)
        assert client.came[-1] == b"done"
        yield lambda: connection.data_received(b"x" * 83 + GET % b"b")

    came, _ = conversation(answer, talk, body=10)
    assert bodies == ([b"x" * 16, b""] if is_read else [])
    assert came[-2:] == [b"done", b"done"]


def test_a_stop_closes_what_rests_and_cuts_off_what_does_not_end() -> None:
    """That is one that rests, one that ends, and one that does not until a second signal."""
    clients = [Client() for _ in range(3)]
    pauses: list[Pause] = []

    async def answer(exchange: Exchange) -> None:
        pauses.append(Pause())
        await pauses[-1]
        exchange.send(b"kept" if exchange.keeps_alive else b"closed")

    async def main() -> None:
        connections = Connections(answer)
        loop = asyncio.get_running_loop()
        for client, data in zip(clients, (b"", GET % b"a", GET % b"b"), strict=True):
            connection = Connection(connections)
            connection.connection_made(client)
            loop.call_soon(connection.data_received, data)
        await asyncio.sleep(0)
        stop = asyncio.ensure_future(connections.finish(999, lambda: len(clients[1].came) == 1))
        await asyncio.sleep(0)
        assert [client.is_closed for client in clients] == [True, False, False]
        loop.call_soon(pauses[0].set_result, None)
        await stop
        assert not connections.open

    asyncio.run(main())
    assert [client.came for client in clients] == [[], [b"closed"], []]
    assert all(client.is_closed for client in clients)
