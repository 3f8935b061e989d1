"""Very many mixed requests, and what a server has grown by after them.

Each is of a sort that is drawn at random: queries with few and with many rows, named questions,
documents, paths, errors, HEAD, what has not changed, forms, and connections that are cut. A
request fails when its status is another than that of its sort, or its body is not whole. Memory
and files are those after the first twentieth and at the end, when the server rests.
"""

from __future__ import annotations

import http.client
import json
import random
import socket
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from allgraph.rdf.terms import BASE
from tests.support.hostile import Place
from tests.support.waiting import PATIENCE

CLIENTS = 4
FORM = "application/x-www-form-urlencoded"


@dataclass
class Tally:
    """What came of the requests."""

    sorts: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.sorts += other.sorts
        self.failed += other.failed


class Client:
    """One client with a connection that it keeps, and requests that follow from a seed."""

    def __init__(self, place: Place, address: str, things: list[str], seed: str) -> None:
        self.place, self.things = place, things
        self.random = random.Random(seed)
        self.tally = Tally()
        self.source = (address, 0)
        self.connection = self._connection()
        self.tags: dict[str, str] = {}
        sorts: dict[Callable[[], None], int] = {
            self.small: 30, self.repeated: 10, self.large: 2, self.question: 8, self.document: 12,
            self.data: 8, self.routes: 8, self.wrong: 8, self.head: 4, self.unchanged: 4,
            self.form: 4, self.cut: 2,
        }  # fmt: skip
        self.sorts, self.weights = [*sorts], [*sorts.values()]

    def run(self, count: int) -> Tally:
        for work in self.random.choices(self.sorts, self.weights, k=count):
            self.tally.sorts[work.__name__] += 1
            try:
                work()
            except (http.client.HTTPException, OSError, ValueError) as error:
                self.connection.close()
                self.connection = self._connection()
                self.tally.failed.append(f"{work.__name__}: {error!r}")
        self.connection.close()
        return self.tally

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(
            "127.0.0.1", self.place.port, timeout=PATIENCE, source_address=self.source
        )

    def ask(
        self,
        path: str,
        *statuses: int,
        method: str = "GET",
        body: str | None = None,
        **headers: str,
    ) -> tuple[http.client.HTTPResponse, bytes]:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        data = body.encode() if body is not None else None
        try:
            self.connection.request(method, path, data, sent)
            reply = self.connection.getresponse()
        except http.client.RemoteDisconnected:  # it was kept for long enough
            self.connection.close()
            self.connection.request(method, path, data, sent)
            reply = self.connection.getresponse()
        read = reply.read()
        if reply.status not in (statuses or (200,)):
            self.tally.failed.append(f"{method} {path[:200]}: {reply.status} {read[:200]!r}")
        return reply, read

    def _sparql(self, query: str) -> str:
        return "/sparql?" + urlencode({"query": query})

    def _thing(self) -> str:
        return self.random.choice(self.things)

    def _path(self) -> str:
        return "/" + self._thing().removeprefix(BASE)

    def small(self) -> None:
        query = f"SELECT * {{ ?s ?p ?o }} LIMIT {self.random.randint(1, 50)} # "
        type = self.random.choice(["json", "xml", "csv", "tsv"])
        self.ask(self._sparql(query + str(self.random.random())) + f"&format={type}")

    def repeated(self) -> None:
        kind = self.random.randint(1, 20)
        self.ask(self._sparql(f"SELECT ?s {{ ?s a ?type }} ORDER BY ?s LIMIT {kind}"))

    def large(self) -> None:
        limit = self.random.randint(5000, 10_000)
        _, read = self.ask(self._sparql(f"SELECT * {{ ?a ?b ?c . ?d ?e ?f }} LIMIT {limit}"))
        if len(json.loads(read)["results"]["bindings"]) != limit:
            self.tally.failed.append("large: not all rows")

    def question(self) -> None:
        name = self.random.choice(["founders", "board-members", "campaign-history"])
        format = self.random.choice(["json", "csv", "html", "text"])
        self.ask(f"/ask/{name}?body=Model+Alliance&format={format}", 200, 400)

    def document(self) -> None:
        reply, _ = self.ask(self._path(), 303, Accept="text/turtle, text/html;q=.5")
        place = reply.getheader("Location")
        if place:
            found, read = self.ask(place, 200, 301)
            if found.status == 200 and not read:
                self.tally.failed.append(f"{place}: empty")

    def data(self) -> None:
        type = self.random.choice(["text/html", "application/ld+json", "application/rdf+xml"])
        reply, _ = self.ask(self._path(), 303, Accept=type)
        self.ask(reply.getheader("Location") or "/", 200, 301)

    def routes(self) -> None:
        one, two = quote(self._thing(), safe=""), quote(self._thing(), safe="")
        path = self.random.choice([
            f"/find?q={self.random.choice('abcdefgh')}{self.random.choice('aeiou')}",
            f"/show?thing={one}", f"/paths?from={one}&to={two}", f"/between?from={one}&to={two}",
            f"/timeline?thing={one}", "/rank?limit=5", "/ask", "/", "/catalog", "/health",
            "/.well-known/void", "/metrics", "/openapi.json",
        ])  # fmt: skip
        self.ask(path, 200, 400, 404)

    def wrong(self) -> None:
        nonce = str(self.random.random())
        path, status, accept = self.random.choice([
            (self._sparql("SELECT * { # " + nonce), 400, "*/*"),
            (self._sparql("ASK { SERVICE <http://127.0.0.1:9/> {} } # " + nonce), 400, "*/*"),
            ("/nothing/" + nonce, 404, "text/html"), ("/page/nothing" + nonce, 404, "text/html"),
            ("/ask/nothing", 404, "*/*"), ("/find", 400, "*/*"), ("/sparql?query=%zz", 400, "*/*"),
            (self._sparql("ASK {}"), 406, "image/png"),
        ])  # fmt: skip
        self.ask(path, status, Accept=accept)

    def head(self) -> None:
        path = self.random.choice(["/", "/ask", "/catalog", self._sparql("ASK { ?s ?p ?o }")])
        _, read = self.ask(path, method="HEAD")
        if read:
            self.tally.failed.append(f"HEAD {path}: has a body")

    def unchanged(self) -> None:
        path = self.random.choice(["/ask", "/catalog", self._sparql("ASK { ?s ?p ?o }")])
        if path not in self.tags:
            reply, _ = self.ask(path)
            self.tags[path] = reply.getheader("ETag") or ""
        self.ask(path, 304, If_None_Match=self.tags[path])

    def form(self) -> None:
        query = f"ASK {{ ?s ?p {self.random.random()} }}"
        if self.random.random() < 0.5:
            query = urlencode({"query": query})
            self.ask("/sparql", method="POST", body=query, Content_Type=FORM)
        else:
            self.ask("/sparql", method="POST", body=query, Content_Type="application/sparql-query")

    def cut(self) -> None:
        """A connection that is closed before its time."""
        nonce = self.random.random()
        query = self._sparql(f"SELECT * {{ ?a ?b ?c . ?d ?e ?f }} LIMIT 20000 # {nonce}")
        text = f"GET {query} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        with suppress(ConnectionError), socket.create_connection(
            ("127.0.0.1", self.place.port), PATIENCE, self.source
        ) as connection:  # fmt: skip
            connection.sendall(text[: self.random.choice([0, 5, len(text) - 2, len(text)])])
            if self.random.random() < 0.5:
                connection.settimeout(0.01)
                with suppress(TimeoutError):
                    connection.recv(1000)


@dataclass(frozen=True)
class Size:
    """What a server takes, in bytes and files."""

    server: int
    zygote: int
    files: int
    processes: int

    @classmethod
    def of(cls, place: Place) -> Size:
        children = place.children()
        zygote = next(p for p in children if p not in place.workers())
        return cls(place.memory(), Place(0, zygote).memory(), place.files(), len(place.children()))

    def __str__(self) -> str:
        return (
            f"server {self.server / 2**20:.1f} MiB, zygote {self.zygote / 2**20:.1f} MiB, "
            f"{self.files} files, {self.processes} processes"
        )


def things(place: Place) -> list[str]:
    """Some things that a graph has documents of."""
    query = (
        "SELECT DISTINCT ?s { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?o "
        f'FILTER STRSTARTS(STR(?s), "{BASE}id/") }} ORDER BY ?s LIMIT 500'
    )
    connection = http.client.HTTPConnection("127.0.0.1", place.port)
    connection.request("GET", "/sparql?" + urlencode({"query": query, "format": "json"}))
    found = json.load(connection.getresponse())["results"]["bindings"]
    connection.close()
    return [row["s"]["value"] for row in found]  # all of them at the base of the graph


def soak(place: Place, count: int, seed: int = 1) -> tuple[Tally, Size, Size]:
    """Make the requests; what came of them, and the server after the first of them and all."""
    known = things(place)
    tally = Tally()

    def part(name: str, requests: int) -> Size:
        clients = [
            Client(place, f"127.0.0.{n + 10}", known, f"{seed} {name} {n}") for n in range(CLIENTS)
        ]
        with ThreadPoolExecutor(CLIENTS) as pool:
            for found in pool.map(lambda each: each.run(requests // CLIENTS), clients):
                tally.add(found)
        time.sleep(2)
        return Size.of(place)

    before = part("first", max(count // 20, 400))
    return tally, before, part("rest", count - max(count // 20, 400))
