"""The application: what it does when its data changes."""

from __future__ import annotations

import asyncio

import pytest

from allgraph.errors import EngineError, LoadError
from allgraph.server.app import App
from allgraph.server.settings import Settings

STAYS = "the data stays as it was: no"
LOADED = "the graph is loaded, but cannot be used yet: no"


@pytest.mark.parametrize(
    ("loads", "asks", "messages"),
    [(True, 1, []), (False, 0, [STAYS]), (True, 2, [LOADED]), (True, 3, [LOADED] * 2)],
)
def test_what_is_logged_of_data_that_is_loaded_again_is_true(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    loads: bool,
    asks: int,
    messages: list[str],
) -> None:
    """The data stays only if it cannot be loaded; else workers are asked until one answers."""
    asked = []

    async def load() -> None:
        if not loads:
            raise LoadError("no")

    async def ask(app: App) -> None:
        asked.append(1)
        if len(asked) < asks:
            raise EngineError("no")

    monkeypatch.setattr(App, "_ask_about_data", ask)
    app = App(Settings())
    monkeypatch.setattr(app.pool, "reload", load)
    asyncio.run(app.reload())
    assert len(asked) == asks
    assert [record.getMessage() for record in caplog.records] == messages
