"""Descriptions of nodes: the statements about them and about their parts, as in `nesting`.

A part is a blank node below an IRI that got an IRI of its own when the graph was loaded: that of
the whole, and a digest; or evidence that an import wrote, whose IRI is that of its claim and
``#evidence``. Evidence and its selectors are parts of their claim.

Which nodes a description needs is known only from the triples before, and one query for many nodes
costs little more than one for a single node. So descriptions are generators, of the type `Steps`:
they yield the name of a query with nodes, receive the results, and return their value. `run` drives
many of them together, and sends each query once for the nodes of all, to `Results`.

>>> from allgraph.graph import open_graph
>>> claim = "<https://w3id.org/allgraph/claim/founding-2011>"
>>> [nodes] = run(Results.of(open_graph()), [described([claim])])
>>> len(nodes)  # the claim and its evidence
2
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import chain
from typing import Any, TypeVar

from pyoxigraph import BlankNode, Triple

from allgraph.graph import Graph
from allgraph.linkeddata.results import (
    CLAIM,
    MOST,
    PARTS,
    TYPE,
    ByNode,
    Results,
    has_direct,
    objects_of,
)
from allgraph.model import vocabulary
from allgraph.model.facts import RECORD, SELECTOR
from allgraph.rdf.nesting import Properties, Statement, is_blank, statements
from allgraph.rdf.ntriples import is_iri
from allgraph.rdf.terms import Term
from allgraph.sparql.embedded import store_errors

_END = re.compile(r"(?:[#-][0-9a-f]{16}|#evidence(?:-[0-9]{1,9})?)>")  # of the IRI of a part
PART = re.compile(f"(.+){_END.pattern}")
"""The IRI of a part; its first group is the IRI of the whole, without the ``>`` at its end."""

T = TypeVar("T")
Request = tuple[str, Iterable[str]]
"""The name of a query in ``sparql/queries``, and the nodes that are its values."""
Steps = Generator[Request, ByNode, T]
"""A generator that yields requests, receives the results of each, and returns a value.

`run` drives it; a generator of this type may also delegate to one with ``yield from``.
"""

_CONFLICTS = str(vocabulary.CONFLICTS)
_PLACES = (str(RECORD), str(SELECTOR))
_SUBJECT, _, _OBJECT = PARTS
_MOST_RIVALS = 200  # how many rivals of claims are described with the claims
_DEPTH = 4  # how many levels of claims about claims are described


def run(results: Results, works: Iterable[Steps[T]]) -> list[T]:
    """Drive several generators of the type `Steps` to their ends; return their values, in order.

    A request that they yield is the name of a query, and nodes. In each round all generators get
    the results of their requests, by node, and yield the next ones. Each query of a round is run
    once, by `results`, for the nodes of all. May empty the cache of `results` first. Raises the
    errors of the engine and of the generators.
    """
    results.tidy()
    values: dict[int, T] = {}
    # the generators that have not ended, each with its place and its last request
    waiting: list[tuple[int, Steps[T], Request | None]] = [
        (place, work, None) for place, work in enumerate(works)
    ]
    while waiting:
        nodes_by_query: dict[str, list[str]] = {}
        for _, _, request in waiting:
            if request is not None:
                nodes_by_query.setdefault(request[0], []).extend(request[1])
        answers = {query: results.ask(query, nodes) for query, nodes in nodes_by_query.items()}
        still_waiting: list[tuple[int, Steps[T], Request | None]] = []
        for place, work, request in waiting:
            try:
                answer = None if request is None else answers[request[0]]
                query, nodes = work.send(answer)  # type: ignore[arg-type]
                still_waiting.append((place, work, (query, [*nodes])))
            except StopIteration as stop:
                values[place] = stop.value
        waiting = still_waiting
    return [values[place] for place in range(len(values))]


def claims(nodes: Iterable[str]) -> Steps[list[Statement]]:
    """Return the statements about claims, given by IRIs, and about claims connected with these.

    Connected are the rivals, claims that conflict with a given one (at most 200), and the claims
    that are the subject or object of a claim, through four levels. The statements about the parts
    of all these claims, such as evidence, are included, about the records and places that evidence
    names, and for each claim that is not deprecated its direct triple: subject, predicate, object.
    A generator for `run`: it yields ``document-said`` or
    ``document-inner``, the names of queries, with nodes, and is sent the results by node.
    """
    by_node = yield from described(nodes)
    rivals = _objects(by_node.values(), _CONFLICTS)
    inner = [rival for rival in rivals if rival not in by_node][:_MOST_RIVALS]
    for _ in range(_DEPTH + 1):
        by_node |= yield from described(inner)
        ends = _objects(by_node.values(), _SUBJECT, _OBJECT)
        inner = yield from those_that_are_claims(end for end in ends if end not in by_node)
        if not inner:
            break
    for _ in range(2):  # the records of evidence and its places; then the places of records
        places = _objects(by_node.values(), *_PLACES)
        by_node |= yield from described(place for place in places if place not in by_node)
    of_claims = (
        statements for node, statements in by_node.items() if (node, TYPE, CLAIM, "") in statements
    )
    return [*chain.from_iterable(by_node.values()), *direct(map(objects_of, of_claims))]


def _objects(nodes: Iterable[list[Statement]], *predicates: str) -> dict[str, None]:
    """Return the objects of some predicates in the statements about nodes, each once."""
    return dict.fromkeys(
        obj for statements in nodes for _, p, obj, _ in statements if p in predicates
    )


def direct(nodes: Iterable[Properties]) -> Iterator[Statement]:
    """Yield the direct triple of each claim among some nodes: its subject, predicate and object.

    A node is given by its objects. A deprecated claim has no direct triple, nor has one without
    exactly one subject, predicate and object. No query is run.
    """
    for objects in filter(has_direct, nodes):
        parts = [{*objects.get(part, ())} for part in PARTS]
        if all(len(part) == 1 for part in parts):
            subject, predicate, obj = (part.pop() for part in parts)
            if is_iri(subject) and is_iri(predicate):
                yield subject, predicate, obj, ""


def described(nodes: Iterable[str], *, whole: str = "") -> Steps[dict[str, list[Statement]]]:
    """Return the statements with some nodes, or parts of them, as subject, by subject.

    The given nodes come first, in their order; nodes without statements are left out. Parts of a
    node, such as the evidence of a claim, are IRIs made of that of the node and a digest; they and
    parts of parts are included. If the nodes themselves are parts, `whole` is the IRI that they are
    parts of. A generator for `run`: it yields ``document-said``, the name of a query, with nodes,
    and is sent the statements about each.
    """
    roots = {node: whole or node for node in nodes}
    by_node: dict[str, list[Statement]] = {}
    new = [*roots]
    while new:
        results = yield "document-said", new
        parts: list[str] = []
        for node in new:
            if not (statements := results.get(node)):
                continue
            by_node[node] = statements
            root = roots[node]
            start = root[:-1]
            for _, _, obj, _ in statements:
                if obj.startswith(start) and is_part(obj, root) and obj not in roots:
                    roots[obj] = root
                    parts.append(obj)
        new = parts
    return by_node


def is_part(term: str, whole: str) -> bool:
    """Return True if a term is the IRI of a part of `whole`, by its text alone.

    That is the IRI `whole`, ``#`` or ``-``, and a digest of 16 hexadecimal digits, or it is that
    IRI and ``#evidence``.
    """
    start = whole[:-1]
    return is_iri(whole) and term.startswith(start) and _END.fullmatch(term, len(start)) is not None


@store_errors()
def below(graph: Graph, terms: Iterable[str]) -> list[Statement]:
    """Return the statements about the blank nodes among terms, and about the blank nodes below.

    Each comes once; no further node is read once there are `MOST`. Reads the store of the graph;
    for a graph at an endpoint there are none.
    """
    blank_nodes = [BlankNode(term[2:]) for term in terms if is_blank(term)]
    if graph.is_remote or not blank_nodes:
        return []
    quads_about = graph.quads
    return statements(
        closure(blank_nodes, lambda node: (quad.triple for quad in quads_about(node, None, None)))
    )


def closure(
    nodes: Iterable[Term], triples_about: Callable[[Any], Iterable[Triple]]
) -> list[Triple]:
    """Return the triples about some nodes and about the blank nodes below them, each once.

    `triples_about` gives the triples about one node. No further node is read once there are `MOST`
    triples, so that there can be a few more.
    """
    all_triples: dict[Triple, None] = {}
    stack = [*nodes]
    seen: set[Term] = set()
    while stack and len(all_triples) < MOST:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            triples = dict.fromkeys(triples_about(node))
            all_triples |= triples
            stack += (t.object for t in triples if isinstance(t.object, BlankNode))
    return [*all_triples]


def names(terms: Iterable[str]) -> Steps[list[Statement]]:
    """Return statements of the names of all IRIs among terms, except those of parts.

    Parts, such as evidence, have IRIs that end as `_END` says. For a source, also the page that it
    is a reading of. A generator for `run`: it yields ``document-names``, the name of a query, with
    nodes, and is sent the statements for each.
    """
    nodes = [term for term in terms if is_iri(term) and not PART.fullmatch(term)]
    results = yield "document-names", nodes
    return [*chain.from_iterable(results[node] for node in nodes)]


def those_that_are_claims(terms: Iterable[str]) -> Steps[list[str]]:
    """Return the IRIs among some terms that the graph has as claims, sorted.

    A generator for `run`: it yields ``document-inner``, the name of a query, with the IRIs, and is
    sent a list for each, which is not empty if it is a claim. Without IRIs nothing is yielded.
    """
    iris = {term for term in terms if is_iri(term)}
    if not iris:
        return []
    results = yield "document-inner", iris
    return sorted(iri for iri in iris if results[iri])
