"""The application: what it does when its data changes."""

from __future__ import annotations

import asyncio
import signal
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from allgraph.errors import EngineError, LoadError
from allgraph.folder import init_folder, open_folder
from allgraph.folder.snapshot.build import build
from allgraph.server.app import App
from allgraph.server.dispatch import TaskCall
from allgraph.server.request import Request
from allgraph.server.settings import Settings
from allgraph.server.state import PREPARED, load
from allgraph.server.tasks import TASKS, catalog, service, void
from allgraph.site import downloads
from tests.support.serving import serving
from tests.support.waiting import PATIENCE, until

STAYS = "the former data is still served: no"
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


def test_a_graph_that_is_not_prepared_says_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Only a large graph with a snapshot is left so: its files are not read, for any change."""
    root = tmp_path / "graph"
    init_folder(root, title="A test", base="https://example.org/")
    settings = Settings(str(root))
    monkeypatch.setattr(downloads, "SMALL", 10)
    assert load(settings, at_once=True).is_prepared  # it has no snapshot
    snapshot = build(open_folder(root)).snapshot
    monkeypatch.setattr(downloads, "SMALL", len(snapshot))
    assert load(settings, at_once=True).is_prepared  # it is small
    monkeypatch.setattr(downloads, "SMALL", len(snapshot) - 1)
    early, whole = load(settings, at_once=True), load(settings)
    assert (early.is_prepared, whole.is_prepared) == (False, True)
    assert {**early.about(), "is_prepared": True} == whole.about()
    for result in (void, catalog, lambda served, type: service(served, type, False)):
        bodies: list[bytes] = []
        for served in (early, whole):
            result(served, "application/n-triples").send(bodies.append)
        assert sorted(bodies[0].splitlines()) == sorted(bodies[1].splitlines())


@pytest.mark.parametrize("error", [None, EngineError("damaged")])
def test_what_needs_a_prepared_graph_waits_for_it(
    monkeypatch: pytest.MonkeyPatch, error: EngineError | None
) -> None:
    """All else is answered at once; if the graph cannot be used, the server stops, and says why."""
    request = Request("GET", "/", b"", {}, "", "id")
    called: list[str] = []
    signals: list[int] = []

    async def reload() -> None:
        if error is not None:
            raise error

    async def call(task: str, *_: object, **__: object) -> None:
        called.append(task)

    async def done() -> None:
        pass

    async def main() -> App:
        app = App(Settings())
        app.about = {"is_prepared": False}
        monkeypatch.setattr(app.pool, "reload", reload)
        monkeypatch.setattr(app.pool, "announce", done)
        monkeypatch.setattr(app.pool, "call", call)
        calls = [app._call(request, TaskCall(name, name), b"") for name in TASKS]
        running = asyncio.gather(*calls, return_exceptions=True)
        await asyncio.sleep(0)
        assert {*called} == {*TASKS} - PREPARED
        await app._prepare()
        errors = [*filter(None, await running)]
        assert len(errors) == (len(PREPARED) if error else 0)
        return app

    monkeypatch.setattr(signal, "raise_signal", signals.append)
    app = asyncio.run(main())
    assert (app.failed, signals) == (error, [signal.SIGTERM] if error else [])
    assert PREPARED <= {*TASKS}
    assert error is not None or {*called} == {*TASKS}


def test_a_server_that_reloads_serves_each_state_that_is_whole(tmp_path: Path) -> None:
    """All over one connection; while the data is broken, the state before is served."""
    root = init_folder(tmp_path / "club", title="Club", base="https://example.org/").root
    path, new = root / "data" / "new.ttl", tmp_path / "new.ttl"
    query = quote("SELECT ?name { id:new rdfs:label ?name }")

    def turtle(name: str) -> str:
        """Return a file with one thing."""
        return (
            "@prefix id: <https://example.org/id/> .\n"
            "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
            f'id:new rdfs:label "{name}" .\n'
        )

    with (
        serving("--reload", "--workers", "1", folder=root) as home,
        closing(HTTPConnection(urlsplit(home).netloc, timeout=PATIENCE)) as connection,
    ):

        def names() -> list[str]:
            """Return the names that the server knows of the thing."""
            connection.request("GET", f"/sparql?format=csv&query={query}")
            reply = connection.getresponse()
            assert (reply.status, reply.headers["Cache-Control"]) == (200, "no-cache")
            return reply.read().decode().split()[1:]

        assert names() == []
        socket = connection.sock
        path.write_text(turtle("new"))
        until(lambda: names() == ["new"])
        path.write_text(turtle("edited"))
        until(lambda: names() == ["edited"])
        new.write_text(turtle("replaced"))
        new.replace(path)
        until(lambda: names() == ["replaced"])
        path.write_text(turtle("broken").replace('"', ""))
        until(lambda: "the former data is still served: " in home.log.read_text())
        assert names() == ["replaced"]
        path.write_text(turtle("mended"))
        until(lambda: names() == ["mended"])
        path.unlink()
        until(lambda: names() == [])
        assert connection.sock is socket
        log = home.log.read_text()
    errors = [line for line in log.splitlines() if "still served" in line]
    assert len(errors) == 1 and "data/new.ttl:3: " in errors[0]
    assert log.count("changed: data/new.ttl\n") == 6
