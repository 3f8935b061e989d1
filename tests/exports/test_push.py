"""Push: what a store holds in the end is what the graph holds, whatever happens on the way."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Store, parse

from allgraph.errors import AllgraphError, EngineError, InputError
from allgraph.exports import push as pushing
from allgraph.exports.push import Delivery, push
from allgraph.folder import builtin
from allgraph.graph import Graph, open_graph
from allgraph.rdf.terms import DERIVED, Prefixes
from allgraph.sparql.answer import read, results_json
from allgraph.sparql.embedded import Embedded
from allgraph.sparql.endpoint import http, retry
from allgraph.sparql.endpoint.access import Access
from allgraph.sparql.endpoint.engine import Remote
from allgraph.sparql.endpoint.update import By, Intake
from tests.conftest import BASE, MakeFolder
from tests.sparql.endpoint.test_engine import reply, serving
from tests.support.commands import ALLGRAPH, run
from tests.support.stores import Server, free_port, oxigraph_server
from tests.support.waiting import PATIENCE


def graph_of(*quads: Quad) -> Graph:
    store = Store()
    store.extend(quads)
    folder = builtin()
    return Graph(folder, Embedded(store, folder.prefixes))


def many(count: int) -> Graph:
    """A graph of so many triples, some of them derived, some both."""
    p = [NamedNode(f"http://x/p{n}") for n in range(5)]
    quads = [Quad(NamedNode(f"http://x/{n}"), p[n % 5], Literal(n)) for n in range(count - 10)]
    derived = [Quad(q.subject, q.predicate, q.object, DERIVED) for q in quads[:20]]
    more = [Quad(NamedNode(f"http://y/{n}"), p[0], p[1], DERIVED) for n in range(10)]
    return graph_of(*quads, *derived, *more)


def held(server: Server, graph: str | None) -> Counter[tuple[str, ...]]:
    """The triples that a store holds in a graph, those of marks too."""
    place = f"GRAPH <{graph}> {{ ?s ?p ?o }}" if graph else "?s ?p ?o"
    found = Remote(server.url, Prefixes()).query(f"SELECT ?s ?p ?o {{ {place} }}")
    return Counter(tuple(map(str, row.values())) for row in found.rows)


def graphs_of(server: Server) -> set[str]:
    found = Remote(server.url, Prefixes()).query("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")
    return {str(row["g"]) for row in found.rows}


def triples_of(graph: Graph) -> Counter[tuple[str, ...]]:
    return Counter({(str(s), str(p), str(o)) for s, p, o, _ in graph.store})


@pytest.mark.parametrize("by", ["gsp", "update"])
def test_what_is_pushed_is_there(by: By, graph: Graph, oxigraph: Server) -> None:
    said: list[str] = []
    place = f"http://x/{by}"
    done = push(graph, oxigraph.url, to=place, by=by, progress=said.append)
    size = len({q.triple for q in graph.store})
    assert done == Delivery(
        size, 0, place, f"{oxigraph.url}?default-graph-uri=http%3A%2F%2Fx%2F{by}", by
    )
    assert held(oxigraph, place) == triples_of(graph)
    assert said[-1] == f"{size:,} of {size:,} triples"
    assert not any(pushing.MARK in name for name in graphs_of(oxigraph))


def test_the_default_graph_and_a_graph_in_the_address(oxigraph: Server) -> None:
    with oxigraph_server() as other:
        done = push(many(50), other.url)
        assert (done.graph, done.address, done.triples) == (None, other.url, 50)
        assert held(other, None) == triples_of(many(50))
    address = f"{oxigraph.url}?default-graph-uri=http://x/in-the-address"
    assert push(many(50), address).graph == "http://x/in-the-address"
    assert held(oxigraph, "http://x/in-the-address") == triples_of(many(50))


def with_graphs(count: int) -> Graph:
    """A graph with three named graphs, whose triples are in the default graph too."""
    names: list[NamedNode | BlankNode] = [*map(NamedNode, ("http://x/g", "http://x/h"))]
    names.append(BlankNode("b0123456789abg0"))
    quads = [*many(count).store]
    more = [
        Quad(quad.subject, quad.predicate, quad.object, name)
        for name in names
        for quad in quads[:20]
    ]
    return graph_of(*quads, *(q for q in more if Quad(*q.triple) in quads))


GENID = f"{builtin().base}.well-known/genid/b0123456789abg0"
PLACES = {"http://x/g": "<http://x/g>", "http://x/h": "<http://x/h>", GENID: "_:b0123456789abg0"}


def in_graph(graph: Graph, name: str) -> Counter[tuple[str, ...]]:
    quads = (quad for quad in graph.store if str(quad.graph_name) == PLACES[name])
    return Counter((str(s), str(p), str(o)) for s, p, o, _ in quads)


@pytest.mark.parametrize("by", ["gsp", "update"])
def test_named_graphs_are_sent_to_graphs_of_their_names(
    by: By, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(pushing._BATCH, by, (7, 2**20))
    graph = with_graphs(100)
    with oxigraph_server() as server:
        done = push(graph, server.url, by=by)
        assert (done.triples, done.named_graphs, done.kept) == (100, 3, 0)
        assert graphs_of(server) == {f"<{place}>" for place in PLACES}
        assert held(server, None) == triples_of(graph)
        for place in PLACES:
            assert held(server, place) == in_graph(graph, place) and held(server, place)
        erase(server, "http://x/h")
        for place in ("http://x/g", GENID):
            with pytest.raises(InputError, match=r"the default graph .* holds 100 triples already"):
                push(graph, server.url, by=by)
            with pytest.raises(
                InputError, match=r"<http://x/g> .* already; give `replace` .* first$"
            ):
                push(graph, server.url, by=by, to="http://x/elsewhere")
            with pytest.raises(InputError, match="would be pushed too; give another"):
                push(graph, server.url, by=by, to=place, replace=True)
        push(with_graphs(60), server.url, by=by, replace=True)
        assert held(server, None) == triples_of(with_graphs(60))
        for place in PLACES:
            assert held(server, place) == in_graph(with_graphs(60), place)


@pytest.mark.parametrize("by", ["gsp", "update"])
def test_a_delivery_of_named_graphs_may_break_anywhere(
    by: By, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in ("gsp", "update"):
        monkeypatch.setitem(pushing._BATCH, each, (15, 2**20))
    graph = with_graphs(60)
    with oxigraph_server() as server:
        for count in range(40):
            try:
                with monkeypatch.context() as patch:
                    broken_after(patch, count)
                    push(graph, server.url, by=by, replace=True)
                break
            except Broken:
                push(graph, server.url, by=by)  # goes on, whatever is there
            for place in PLACES:
                assert held(server, place) == in_graph(graph, place)
            assert held(server, None) == triples_of(graph)
            assert not any(pushing.MARK in name for name in graphs_of(server))
            for empty in PLACES:
                erase(server, empty)
            Intake(Access(server.url.replace("/query", "/update")), "update", 10).clear(None)
        assert count > 12


def test_what_is_asked_of_a_folder_and_of_where_it_was_pushed_is_the_same(
    tmp_path: Path, make_folder: MakeFolder
) -> None:
    quads = "".join(f'<http://x/s{n}> <http://x/p> "{n}" <http://x/g{n % 3}> .\n' for n in range(9))
    folder = open_graph(make_folder({"data/a.nq": quads}))
    query = (
        "SELECT ?g ?s ?t { GRAPH ?g { ?s <http://x/p> ?o } ?t <http://x/p> ?o } ORDER BY ?g ?s ?t"
    )
    with oxigraph_server() as server:
        push(folder, server.url)
        there = open_graph(endpoint=server.url).sparql(query)
        assert there.rows == folder.sparql(query).rows and len(there.rows) == 9


def test_a_graph_that_holds_something_is_left_alone(oxigraph: Server) -> None:
    place = "http://x/not-empty"
    push(many(30), oxigraph.url, to=place)
    before = held(oxigraph, place)
    for graph in (many(30), many(40)):
        with pytest.raises(InputError, match=r"holds 30 triples already; give `replace`"):
            push(graph, oxigraph.url, to=place)
    assert held(oxigraph, place) == before
    push(many(40), oxigraph.url, to=place, replace=True)
    assert held(oxigraph, place) == triples_of(many(40))


class Broken(Exception):
    """What ends a delivery in the middle, as a power cut would."""


def broken_after(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Let only so many requests that write go through."""
    sent = [0]
    real = http.send

    def send(request, limits):  # type: ignore[no-untyped-def]
        writes = request.data is not None and not request.data.startswith(b"query=")
        sent[0] += writes or request.get_method() == "DELETE"
        if sent[0] > count:
            raise Broken
        return real(request, limits)

    monkeypatch.setattr(retry, "send", send)


@pytest.mark.parametrize("by", ["gsp", "update"])
@pytest.mark.parametrize("replacing", [False, True])
def test_a_delivery_may_break_anywhere(
    by: By, replacing: bool, oxigraph: Server, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setitem(pushing._BATCH, by, (25, 2**20))
    monkeypatch.setitem(pushing._BATCH, "update", (25, 2**20))
    place = f"http://x/broken-{by}-{replacing}"
    graph = many(100)
    for count in range(20):
        if replacing:
            push(many(60), oxigraph.url, to=place, by=by, replace=True)
        with monkeypatch.context() as patch:
            broken_after(patch, count)
            try:
                push(graph, oxigraph.url, to=place, by=by, replace=replacing)
                break
            except Broken:
                pass
        done = push(graph, oxigraph.url, to=place, by=by, replace=replacing)
        assert done.triples == 100 and held(oxigraph, place) == triples_of(graph)
        assert not any(pushing.MARK in name for name in graphs_of(oxigraph))
        if not replacing:
            erase(oxigraph, place)
    assert count > 6 and held(oxigraph, place) == triples_of(graph)


def erase(server: Server, place: str) -> None:
    Intake(Access(server.url.replace("/query", "/update")), "update", 10).clear(place)


def test_another_graph_does_not_go_on_from_a_part(
    oxigraph: Server, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setitem(pushing._BATCH, "update", (25, 2**20))
    monkeypatch.setitem(pushing._BATCH, "gsp", (25, 2**20))
    with monkeypatch.context() as patch, pytest.raises(Broken):
        broken_after(patch, 3)
        push(many(100), oxigraph.url, to="http://x/part")
    with pytest.raises(InputError, match="already, a part of another push; give `replace`"):
        push(many(101), oxigraph.url, to="http://x/part")
    push(many(101), oxigraph.url, to="http://x/part", replace=True)
    assert held(oxigraph, "http://x/part") == triples_of(many(101))


def test_what_a_store_lost_is_sent_again(oxigraph: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(pushing._BATCH, "update", (25, 2**20))
    monkeypatch.setitem(pushing._BATCH, "gsp", (25, 2**20))
    with monkeypatch.context() as patch, pytest.raises(Broken):
        broken_after(patch, 6)
        push(many(100), oxigraph.url, to="http://x/lost")
    erase(oxigraph, "http://x/lost")  # but not the mark, which says that much is there
    push(many(100), oxigraph.url, to="http://x/lost")
    assert held(oxigraph, "http://x/lost") == triples_of(many(100))


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
TERMS = st.one_of(
    TEXT.map(Literal),
    TEXT.map(lambda t: Literal(t, language="en")),
    TEXT.map(lambda t: Literal(t, datatype=NamedNode("http://x/type"))),
    st.sampled_from([r"\u0041", "\\", '"', "\n\r\t", "\x00\x08\x0c\x7f", "}", "'''", "é😀"]).map(
        Literal
    ),
    st.sampled_from("abc").map(BlankNode),
    st.integers().map(Literal),
)


@given(st.sets(st.tuples(st.sampled_from("abc").map(BlankNode), TERMS), min_size=1))
def test_lines_are_read_back_as_they_were(pairs: set[tuple[BlankNode, Literal]]) -> None:
    p = NamedNode("http://x/p")
    graph = graph_of(*(Quad(s, p, o) for s, o in pairs))
    target = pushing._Target(Access("http://x/"), None, graph)
    delivering = pushing._Upload(graph, target, [], print)
    lines = b"".join(line for _, _, line in delivering._lines())
    back = {q.triple for q in parse(lines, format=RdfFormat.N_TRIPLES)}
    base = graph.folder.base
    assert back == {
        Quad(pushing._skolem(s, base), p, pushing._skolem(o, base)).triple  # type: ignore[arg-type]
        for s, _, o, _ in graph.store
    }


def test_blank_nodes_have_the_same_iris_each_time(
    oxigraph: Server, make_folder: MakeFolder
) -> None:
    folder = make_folder(
        {"data/a.ttl": "id:a rdfs:seeAlso _:x . id:b rdfs:seeAlso _:x . _:x rdfs:label 'shared' ."},
        prefixes=True,
    )
    push(folder, oxigraph.url, to="http://x/blank")
    first = held(oxigraph, "http://x/blank")
    push(folder, oxigraph.url, to="http://x/blank", replace=True)
    assert held(oxigraph, "http://x/blank") == first
    named = {s for s, p, o in first if o == '"shared"'}
    assert len(named) == 1 and named.pop().startswith(f"<{BASE}.well-known/genid/b")
    assert sum(o.startswith(f"<{BASE}.well-known/genid/") for _, _, o in first) == 2


def test_sensitive_claims_stay_here(oxigraph: Server, make_folder: MakeFolder) -> None:
    data = (
        "claim:x a ag:Claim ; ag:sensitive true ; rdf:subject id:a ; rdf:predicate ag:signed ;\n"
        "  rdf:object id:b ; ag:evidence [ oa:hasSource source:s ] .\n"
        "id:a rdfs:label 'A secret' .\n"
    )
    folder = make_folder({"data/a.ttl": data}, prefixes=True)
    place = "http://x/sensitive"
    done = run("--graph", str(folder), "push", "-e", oxigraph.url, "--to", place)
    assert done.returncode == 0, done.stderr
    assert "claim/x" not in str(held(oxigraph, place))
    more = ("--include-sensitive", "--graph", str(folder), "push", "-e", oxigraph.url, "--replace")
    assert run(*more, "--to", place).returncode == 0
    assert "claim/x" in str(held(oxigraph, place))


def test_the_command(oxigraph: Server) -> None:
    done = run("push", "--endpoint", oxigraph.url, "--to", "http://x/command")
    assert done.returncode == 0, done.stderr
    count, ask = done.stdout.splitlines()
    assert "triples are there; ask them with:" in count
    assert (
        ask
        == f"allgraph --endpoint '{oxigraph.url}?default-graph-uri=http%3A%2F%2Fx%2Fcommand' ask"
    )
    again = run("--endpoint", oxigraph.url, "push", "--to", "http://x/command")
    assert again.returncode == 2 and "already; give --replace" in again.stderr
    address = ask.split("'")[1]
    answer = run("--endpoint", address, "ask", "founders", "--body", "Model Alliance", "-f", "csv")
    assert answer.stdout == run("ask", "founders", "--body", "Model Alliance", "-f", "csv").stdout
    assert run("push").returncode == 2


def test_a_password_in_an_address_is_refused() -> None:
    done = run("push", "-e", "http://ada:open-sesame@127.0.0.1:1/query")
    assert done.returncode == 2 and "ALLGRAPH_PASSWORD" in done.stderr
    assert "open-sesame" not in done.stderr


def test_what_is_no_graph_and_nothing_to_push(oxigraph: Server) -> None:
    with pytest.raises(InputError, match="is not an IRI"):
        push(many(20), oxigraph.url, to="http://x/> } DROP ALL #")
    with pytest.raises(InputError, match="nothing to push"):
        push(graph_of(), oxigraph.url, to="http://x/none")
    with pytest.raises(InputError, match="is not one for gsp; give an address"):
        push(many(20), oxigraph.url, by="gsp", update_endpoint="http://127.0.0.1:1/")


@pytest.mark.slow
@pytest.mark.parametrize("who", ["we", "the store"])
def test_a_kill_in_the_middle(who: str, tmp_path: Path) -> None:
    """With kill -9, of the command or of the store, while batches go out."""
    port, graph, place = free_port(), "http://x/k", tmp_path / "store"
    with after_some_batches(port, graph) as (url, has_some, opened):
        command = ["push", "-e", url, "--to", graph, "--by", "update"]
        with oxigraph_server(place, port) as server:
            it = subprocess.Popen([ALLGRAPH, *command], cwd="/", stdout=-3, stderr=subprocess.PIPE)
            assert has_some.wait(PATIENCE) and held(server, graph).total() < 7000
            (it if who == "we" else server.process).kill()
            opened.set()
            said = it.communicate(timeout=PATIENCE)[1].decode()
            assert it.returncode == (-signal.SIGKILL if who == "we" else 3)
            assert who == "we" or "the same command continues" in said, said
        with oxigraph_server(place, port) as server:
            done = run(*command)
            assert done.returncode == 0, done.stderr
            assert "of them from before" in done.stdout
            assert held(server, graph) == triples_of(open_graph())


@contextmanager
def after_some_batches(port: int, graph: str) -> Iterator[tuple[str, Event, Event]]:
    """An address that hands requests on to a store, until a graph of it has some batches.

    Then the first event is set, and the next request waits for the second.
    """
    has_some, opened = Event(), Event()
    there = Remote(f"http://127.0.0.1:{port}/query", Prefixes())
    triples = f"SELECT ?s {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"

    def hand_on(connection: socket.socket, request: bytes) -> None:
        if not opened.is_set() and len(there.query(triples).rows) > 2500:
            has_some.set()
            opened.wait(PATIENCE)
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as store:
            store.sendall(request)
            while data := store.recv(65536):
                connection.sendall(data)

    with serving(hand_on) as url:
        yield url.replace("/sparql", "/query"), has_some, opened


# ---- Stores that do what they should not


@contextmanager
def store(
    answer: Callable[[str, str, bytes], bytes | None], counts: str = "", *, holds: int = 0
) -> Iterator[str]:
    """A store on loopback: `answer` gives the reply to what writes, by method, path and body."""
    kept = Store()
    for n in range(holds):
        kept.add(Quad(NamedNode(f"http://x/{n}"), NamedNode("http://x/p"), Literal(n)))

    def script(connection: socket.socket, request: bytes) -> None:
        method, path, _ = request.split(b" ", 2)
        body = request.partition(b"\r\n\r\n")[2]
        if body.startswith(b"query="):
            found = read(kept.query(parse_qs(body.decode())["query"][0]), Prefixes())
            return connection.sendall(reply(results_json(found)))
        said = answer(method.decode(), unquote(path.decode()), body)
        if said is None:
            which = parse_qs(urlsplit(path.decode()).query).get("graph")
            quads = parse(body, format=RdfFormat.N_TRIPLES)
            place = NamedNode(which[0]) if which else None
            for s, p, o, _ in quads:
                kept.add(Quad(s, p, o, place) if place else Quad(s, p, o))
            said = reply(b"", status="204 Done")
        return connection.sendall(said)

    with serving(script) as url:
        yield url.replace("/sparql", "/query")


def refused(url: str, words: str, kind: type[AllgraphError] = EngineError, **more: object) -> str:
    with pytest.raises(kind) as caught:
        push(many(60), url, timeout=PATIENCE, **more)  # type: ignore[arg-type]
    said = str(caught.value)
    assert words in said and said.isprintable() and len(said) < 900, said
    return said


def test_a_store_that_takes_nothing() -> None:
    with store(lambda *_: reply(b"", status="404 No")) as url:
        said = refused(url, "no address accepts triples for")
    assert "/store (Graph Store Protocol) failed with HTTP 404" in said
    assert "/update (SPARQL Update)" in said and "`graph_store` or `update_endpoint`" in said


def test_a_store_that_refuses_access() -> None:
    with store(lambda *_: reply(b"<html>", status="401 No")) as url:
        refused(url, "refuses access; put user and password into ALLGRAPH_USER")


def test_a_store_that_says_yes_and_keeps_nothing() -> None:
    with store(lambda *_: reply(b"", status="200 OK")) as url:
        refused(url, "accepted triples, but the default graph", by="gsp")


def test_a_store_that_keeps_less_than_it_took() -> None:
    lost: list[bytes] = []

    def answer(method: str, path: str, body: bytes) -> bytes | None:
        if b"http://x/7>" in body and not lost:
            lost.append(body)
            return None
        return reply(b"", status="204 Done") if b"http://y/3>" in body else None

    with store(answer, holds=0) as url, pytest.MonkeyPatch.context() as patch:
        patch.setitem(pushing._BATCH, "update", (5, 2**20))
        patch.setitem(pushing._BATCH, "gsp", (5, 2**20))
        said = refused(url, "triples, where 60 were sent:", by="gsp")
    assert "of 20 with <http://x/p0>" in said or "with <http://x/p0>" in said


def test_a_store_that_is_not_emptied() -> None:
    with store(lambda *_: reply(b"", status="204 Done"), holds=5) as url:
        refused(url, "still holds 5 triples, though emptied", replace=True)


def test_a_store_without_a_default_graph() -> None:
    no = reply(b"No default", status="500 Oops")
    with store(lambda _, path, body: no if "default" in path else None) as url:
        refused(url, "as in Virtuoso, give a graph with `to`")


def test_a_store_that_fails_in_the_middle() -> None:
    calls: list[str] = []

    def answer(method: str, path: str, body: bytes) -> bytes | None:
        calls.append(method)
        return reply(b"disk full", status="500 Oops") if len(calls) > 4 else None

    with store(answer) as url, pytest.MonkeyPatch.context() as patch:
        patch.setitem(pushing._BATCH, "update", (5, 2**20))
        patch.setitem(pushing._BATCH, "gsp", (5, 2**20))
        said = refused(url, "failed with HTTP 500: disk full; 10 triples have arrived", by="gsp")
    assert "the same command continues" in said


def test_a_store_that_has_taken_triples_and_refuses_the_mark() -> None:
    calls: list[str] = []

    def answer(method: str, path: str, body: bytes) -> bytes | None:
        calls.append(method)
        return reply(b"", status="404 No") if len(calls) == 3 else None

    with store(answer) as url:
        said = refused(url, "failed with HTTP 404; 60 triples have arrived", by="gsp")
    assert "no address accepts triples" not in said


def test_a_batch_is_sent_again_when_a_store_is_busy() -> None:
    calls: list[str] = []

    def answer(method: str, path: str, body: bytes) -> bytes | None:
        calls.append(method)
        return reply(b"", status="503 Busy") if len(calls) in (1, 3) else None

    with store(answer) as url:
        assert push(many(60), url, by="gsp", timeout=PATIENCE).triples == 60
    assert len(calls) >= 4


def test_triples_do_not_follow_a_redirect_to_another_host() -> None:
    asked: list[bytes] = []
    with serving(lambda _, request: asked.append(request)) as other:
        moved = reply(b"", status="307 Moved", more=f"Location: {other}\r\n")
        with store(lambda *_: moved) as url:
            refused(url, "failed with HTTP 307")
    assert not asked
