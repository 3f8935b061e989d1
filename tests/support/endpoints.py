"""A small SPARQL endpoint for tests, in this process: it can cut answers, fail, wait and change."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from pyoxigraph import Quad, RdfFormat, Store, serialize

from allgraph.rdf.terms import Prefixes
from allgraph.sparql.answer import read, results_json
from tests.support.waiting import until


@dataclass
class Endpoint:
    """What an endpoint holds, and how it behaves.

    It gives at most so many `rows`, and does not say so; fails with a `status` other than 200; and
    waits for as long as it is `held`. `asked` are the queries that came, `graphs` the parameters
    about graphs of the last.
    """

    store: Store
    url: str = ""
    rows: int | None = None
    status: int = 200
    held: bool = False
    asked: list[str] = field(default_factory=list)
    graphs: dict[str, list[str]] = field(default_factory=dict)

    def answer(self, query: str) -> tuple[str, bytes]:
        """The media type and body of an answer."""
        found = read(self.store.query(query), Prefixes())
        if found.triples is not None:
            body = serialize(found.triples, format=RdfFormat.N_TRIPLES) or b""
            return "application/n-triples", body
        if self.rows is not None:
            found = replace(found, rows=found.rows[: self.rows])
        return "application/sparql-results+json", results_json(found)


@contextmanager
def holding(quads: Iterable[Quad], rows: int | None = None) -> Iterator[Endpoint]:
    """An endpoint with some quads, all in its default graph, while it is needed."""
    store = Store()
    store.bulk_extend(Quad(q.subject, q.predicate, q.object) for q in quads)
    endpoint = Endpoint(store, rows=rows)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            query = parse_qs(body)["query"][0]
            endpoint.asked.append(query)
            endpoint.graphs = parse_qs(urlsplit(self.path).query)
            until(lambda: not endpoint.held)
            try:
                type, data = endpoint.answer(query)
            except SyntaxError as error:
                self.send(400, "text/plain", str(error).encode())
                return
            failed = endpoint.status != 200
            self.send(endpoint.status, "text/plain" if failed else type, b"" if failed else data)

        def send(self, status: int, type: str, data: bytes) -> None:
            with suppress(ConnectionError):
                self.send_response(status)
                self.send_header("Content-Type", type)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        endpoint.url = f"http://127.0.0.1:{server.server_address[1]}/query"
        try:
            yield endpoint
        finally:
            server.shutdown()
            thread.join()
