"""Descriptions of nodes: the triples about them and about their parts.

A part is a blank node below an IRI that got an IRI of its own when the graph was loaded: that of
the whole, and a digest. Evidence and its selectors are parts of their claim.

Which nodes a description needs is known only from the triples before, and one query for many nodes
costs little more than one for a single node. So descriptions are generators, of the type `Steps`:
they yield the name of a query with nodes, receive the results, and return their value. `run` drives
many of them together, and sends each query once for the nodes of all, to `Results`.

>>> from allgraph.graph import open_graph
>>> claim = NamedNode("https://w3id.org/allgraph/claim/founding-2011")
>>> [triples] = run(Results.of(open_graph()), [described([claim])])
>>> len(triples)  # nodes: the claim and its evidence
2
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple, TypeVar

from pyoxigraph import BlankNode, NamedNode, Triple

from allgraph.graph import Graph
from allgraph.linkeddata.results import MOST, ByNode, Results
from allgraph.model import vocabulary
from allgraph.rdf.terms import Term
from allgraph.sparql.embedded import store_errors

_END = re.compile(r"[#-][0-9a-f]{16}")  # of the IRI of a part
PART = re.compile(f"(.+){_END.pattern}")
"""The IRI of a part; its first group is the IRI of the whole."""

T = TypeVar("T")
Objects = dict[NamedNode, list[Term]]
"""The objects of each predicate of a node."""


class Node(NamedTuple):
    """The triples with a node as their subject, and their objects by predicate."""

    triples: Sequence[Triple]
    objects: Objects

    @classmethod
    def of(cls, triples: Sequence[Triple]) -> Node:
        """Return the node of some triples, which have the same subject."""
        objects: Objects = {}
        for _, predicate, obj in triples:
            objects.setdefault(predicate, []).append(obj)
        return cls(triples, objects)


Request = tuple[str, Iterable[Term]]
"""The name of a query in ``sparql/queries``, and the nodes that are its values."""
Steps = Generator[Request, ByNode, T]
"""A generator that yields requests, receives the results of each, and returns a value.

`run` drives it; a generator of this type may also delegate to one with ``yield from``.
"""

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
        nodes_by_query: dict[str, list[Term]] = {}
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


def claims(nodes: Iterable[NamedNode]) -> Steps[list[Triple]]:
    """Return the triples about claims, given by their IRIs, and about claims connected with these.

    Connected are the rivals, claims that conflict with a given one (at most 200), and the claims
    that are the subject or object of a claim, through four levels. The triples about the parts of
    all these claims, such as evidence, are included, and for each that is not deprecated its direct
    triple: subject, predicate, object. A generator for `run`: it yields ``document-said`` or
    ``document-inner``, the names of queries, with nodes, and is sent the results by node.
    """
    by_node = yield from described(nodes)
    rivals = dict.fromkeys(
        rival for node in by_node.values() for rival in node.objects.get(vocabulary.CONFLICTS, ())
    )
    by_node |= yield from described(
        [rival for rival in rivals if rival not in by_node][:_MOST_RIVALS]
    )
    for _ in range(_DEPTH):
        ends = {
            end
            for node in by_node.values()
            for predicate in (vocabulary.SUBJECT, vocabulary.OBJECT)
            for end in node.objects.get(predicate, ())
        }
        inner = yield from those_that_are_claims(end for end in ends if end not in by_node)
        if not inner:
            break
        by_node |= yield from described(inner)
    return [*triples_of(by_node), *_direct(node.objects for node in by_node.values())]


def direct(triples_by_node: Mapping[Term, Sequence[Triple]]) -> Iterator[Triple]:
    """Yield the direct triple of each claim among some nodes: its subject, predicate and object.

    The triples about each node are given, by which claims are recognised. A deprecated claim has
    none, nor has one without exactly one subject, predicate and object. No query is run.
    """
    return _direct(Node.of(triples).objects for triples in triples_by_node.values())


def _direct(nodes: Iterable[Objects]) -> Iterator[Triple]:
    """Yield what `direct` yields for nodes that are given by their objects."""
    for objects in nodes:
        is_claim = vocabulary.CLAIM in objects.get(vocabulary.TYPE, ())
        if not is_claim or vocabulary.DEPRECATED in objects.get(vocabulary.RANK, ()):
            continue
        statement = [{*objects.get(part, ())} for part in vocabulary.PARTS]
        if all(len(part) == 1 for part in statement):
            subject, predicate, obj = (part.pop() for part in statement)
            if isinstance(subject, NamedNode) and isinstance(predicate, NamedNode):
                yield Triple(subject, predicate, obj)


def described(nodes: Iterable[Term], *, whole: Term | None = None) -> Steps[dict[Term, Node]]:
    """Return what has some nodes, or parts of the nodes, as its subject, by subject.

    The given nodes come first, in their order; nodes without triples are left out. Parts of a node,
    such as the evidence of a claim, are IRIs made of that of the node and a digest; they and parts
    of parts are included. If the nodes themselves are parts, `whole` is the IRI that they are parts
    of. A generator for `run`: it yields ``document-said``, the name of a query, with nodes, and is
    sent the triples about each.
    """
    roots: dict[Term, Term] = {node: whole or node for node in nodes}
    by_node: dict[Term, Node] = {}
    new = [*roots]
    while new:
        results = yield "document-said", new
        parts: list[Term] = []
        for node in new:
            if not (triples := results.get(node)):
                continue
            by_node[node] = Node.of(triples)
            root = roots[node]
            for obj in chain.from_iterable(by_node[node].objects.values()):
                if is_part(obj, root) and obj not in roots:
                    roots[obj] = root
                    parts.append(obj)
        new = parts
    return by_node


def is_part(term: Term, whole: Term) -> bool:
    """Whether a term is the IRI of a part of `whole`, by its text alone.

    That is the IRI `whole`, ``#`` or ``-``, and a digest of 16 hexadecimal digits.
    """
    if not isinstance(term, NamedNode) or not isinstance(whole, NamedNode):
        return False
    iri, start = term.value, len(whole.value)
    return iri.startswith(whole.value) and _END.fullmatch(iri, start) is not None


@store_errors()
def below(graph: Graph, terms: Iterable[Term]) -> list[Triple]:
    """Return the triples about the blank nodes among terms, and about the blank nodes below.

    Each triple comes once; no further node is read once there are `MOST`. Reads the store of the
    graph; for a graph at an endpoint there are none.
    """
    blank_nodes = [term for term in terms if isinstance(term, BlankNode)]
    if graph.is_remote or not blank_nodes:
        return []
    quads_about = graph.store.quads_for_pattern
    return closure(
        blank_nodes, lambda node: (quad.triple for quad in quads_about(node, None, None))
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


def names(terms: Iterable[Term]) -> Steps[list[Triple]]:
    """Return triples that state the names of all IRIs among terms, except those of parts.

    Parts, such as evidence, have IRIs that end in a digest. For a source, also the page that it is
    a reading of. A generator for `run`: it yields ``document-names``, the name of a query, with
    nodes, and is sent the triples for each.
    """
    iris = (term for term in dict.fromkeys(terms) if isinstance(term, NamedNode))
    nodes = [iri for iri in iris if not _END.fullmatch(iri.value, len(iri.value) - 17)]
    results = yield "document-names", nodes
    return [triple for iri in nodes for triple in results[iri]]


def those_that_are_claims(terms: Iterable[Term]) -> Steps[list[NamedNode]]:
    """Return the IRIs among some terms that the graph has as claims, sorted.

    A generator for `run`: it yields ``document-inner``, the name of a query, with the IRIs, and is
    sent a list for each, which is not empty if it is a claim. Without IRIs nothing is yielded.
    """
    iris = {term for term in terms if isinstance(term, NamedNode)}
    if not iris:
        return []
    results = yield "document-inner", iris
    return sorted((iri for iri in iris if results[iri]), key=lambda iri: iri.value)


def triples_of(by_node: Mapping[Term, Node]) -> list[Triple]:
    """Return the triples of all nodes in one list."""
    return [*chain.from_iterable(node.triples for node in by_node.values())]


def by_subject(triples: Iterable[Triple]) -> dict[Term, list[Triple]]:
    """Return triples by their subjects, in their order."""
    by_node: dict[Term, list[Triple]] = {}
    for triple in triples:
        by_node.setdefault(triple.subject, []).append(triple)
    return by_node
