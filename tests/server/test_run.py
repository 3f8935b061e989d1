"""The server process: what a signal does."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from allgraph.server import run
from allgraph.server.app import App
from allgraph.server.settings import Settings
from tests.support.waiting import PATIENCE


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_the_data_is_loaded_stops_the_server(
    monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    said: list[str] = []

    class Loading(App):
        @asynccontextmanager
        async def running(self) -> AsyncIterator[None]:
            asyncio.get_running_loop().call_soon(signal.raise_signal, number)
            try:
                await asyncio.sleep(PATIENCE)
                said.append("loaded")
                yield
            finally:
                said.append("ended")

    monkeypatch.setattr(run, "App", Loading)
    with run._listen("127.0.0.1", 0) as listener:
        run._serve(Settings(), listener, None, lambda: said.append("ready"))
    assert said == ["ended"]
