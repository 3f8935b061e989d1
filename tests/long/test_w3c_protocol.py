"""The W3C's tests of the SPARQL 1.1 Protocol, as its manifest has them, sent to real servers.

It is looked for in the directory that W3C_SPARQL names: ``sparql`` in a copy of
github.com/w3c/rdf-tests. Its documents are the named graphs of a folder and of an endpoint.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import Dataset, NamedNode, Quad, RdfFormat, parse

from allgraph.rdf.terms import RDF, text
from tests.long.test_w3c_datasets import MF, objects
from tests.long.test_w3c_datasets import quads as quads_of
from tests.support.datasets import served
from tests.support.serving import Answer, fetch

pytestmark = pytest.mark.long
HT = "http://www.w3.org/2011/http#"
CNT = "http://www.w3.org/2011/content#"
DOCUMENTS = "http://kasei.us/2009/09/sparql/data/"
TYPES = {
    "boolean": {"application/sparql-results+json", "application/sparql-results+xml"},
    "tabular": {
        "application/sparql-results+json", "application/sparql-results+xml", "text/csv",
        "text/tab-separated-values",
    },
    "RDF": {"text/turtle", "application/rdf+xml", "application/n-triples"},
}  # fmt: skip
"""The media types that the suite allows for each kind of answer."""


class Manifest:
    """The tests of a manifest: their names, and the requests that each sends."""

    def __init__(self, place: Path) -> None:
        """Parse it."""
        self.graph = Dataset(quads_of(place / "manifest.ttl"))

    def tests(self) -> Iterator[tuple[str, list[Any]]]:
        """The name of each test, with the nodes of its requests in their order."""
        for entry in self.graph.quads_for_predicate(NamedNode(MF + "action")):
            name = text(entry.subject).rpartition("#")[2]
            yield name, [*self.items(self.of(entry.object, HT + "requests"))]

    def of(self, node: Any, predicate: str) -> Any:
        """The object of a node, None without one."""
        return next(iter(objects(self.graph, node, predicate)), None)

    def items(self, node: Any) -> Iterator[Any]:
        """The items of a list."""
        while node is not None and text(node) != RDF + "nil":
            yield self.of(node, RDF + "first")
            node = self.of(node, RDF + "rest")

    def send(self, address: str, request: Any) -> Answer:
        """What a server answers to a request, at the address that it has for SPARQL."""
        headers = {
            text(self.of(header, HT + "fieldName")): text(self.of(header, HT + "fieldValue"))
            for header in self.items(self.of(request, HT + "headers"))
        }
        body = self.of(request, HT + "body")
        encoded = None
        if body is not None:
            encoding = text(self.of(body, CNT + "characterEncoding"))
            encoded = text(self.of(body, CNT + "chars")).encode(encoding)
        path = text(self.of(request, HT + "absolutePath")).replace("/sparql/", "/sparql")
        method = text(self.of(request, HT + "methodName"))
        return fetch(address + path, method=method, headers=headers, body=encoded)

    def faults(self, name: str, request: Any, answer: Answer) -> Iterator[str]:
        """What of the answer to a request of a test is not as it is expected.

        An update is refused, and a query after it finds that nothing was changed.
        """
        response = self.of(request, HT + "resp")
        classes = {
            text(status)[-3:] for status in objects(self.graph, response, MF + "expectedStatus")
        }
        kind, value = (self.of(response, MF + f"expected{what}") for what in ("Format", "Boolean"))
        is_of_update = name.startswith("update_")
        if is_of_update and kind is None:
            if (answer.status, answer.json()["title"]) != (403, "This server is read-only"):
                yield f"an update is not refused: {answer.text}"
            return
        if f"{answer.status}"[0] + "xx" not in classes:
            yield f"status {answer.status}, not {classes}"
        if kind is not None and answer.type not in TYPES[text(kind)]:
            yield f"{answer.type} is not {text(kind)}"
        if value is not None and answer.json().get("boolean") == (
            is_of_update or text(value) != "true"
        ):
            yield f"wrong: {answer.text}"


@pytest.mark.skipif("W3C_SPARQL" not in os.environ, reason="W3C_SPARQL names no directory")
def test_requests_are_answered_as_the_w3c_expects(tmp_path: Path) -> None:
    """Updates are refused, as it is read-only, and change nothing; all else is as expected."""
    place = Path(os.environ["W3C_SPARQL"]).resolve() / "sparql11" / "protocol"
    manifest, count, wrong = Manifest(place), 0, []
    documents = [
        Quad(quad.subject, quad.predicate, quad.object, NamedNode(f"{DOCUMENTS}{path.stem}.rdf"))
        for path in place.glob("data*.nt")
        for quad in parse(path=str(path), format=RdfFormat.N_TRIPLES)
    ]
    with served(documents, tmp_path) as servers:
        for name, requests in manifest.tests():
            count += 1
            for request in requests:
                answers = {way: manifest.send(url, request) for way, url in servers.items()}
                for way, answer in answers.items():
                    wrong += [f"{name} {way}: {f}" for f in manifest.faults(name, request, answer)]
                if len({(each.status, each.type, each.body) for each in answers.values()}) > 1:
                    wrong.append(f"{name}: not the same from everywhere")
    assert (count, wrong) == (34, [])
