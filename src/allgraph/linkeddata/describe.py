"""Descriptions of nodes: the triples about them and about their parts.

A part is a blank node below an IRI that got an IRI of its own when the graph was loaded: that of
the whole, and a digest. Evidence and its selectors are parts of their claim.

Which nodes a description needs is known only from the triples before, and one query for many nodes
costs little more than one for a single node. So descriptions are generators, of the type `Steps`:
they yield the name of a query with nodes, receive the results, and return their value. `run` drives
many of them together, and sends each query once for the nodes of all. `Results` runs the queries.

>>> from allgraph.graph import open_graph
>>> claim = NamedNode("https://w3id.org/allgraph/claim/founding-2011")
>>> [triples] = run(Results(open_graph()), [described([claim])])
>>> len(triples)  # nodes: the claim and its evidence
2
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, TypeVar

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from allgraph.graph import Graph
from allgraph.model import vocabulary
from allgraph.rdf.terms import Term
from allgraph.sparql.answer import Answer
from allgraph.sparql.embedded import store_errors

MOST = 100_000
"""How many rows a query gives, and how many triples about blank nodes are collected."""
PART = re.compile(r"(.+)[#-][0-9a-f]{16}")
"""The IRI of a part; its first group is the IRI of the whole."""

T = TypeVar("T")
TriplesByNode = Mapping[Term, Sequence[Triple]]
"""The triples with a node as their subject, by node."""
Request = tuple[str, Iterable[Term]]
"""The name of a query in ``sparql/queries``, and the nodes that are its values."""
ByNode = Mapping[Term, list[Any]]
"""The results of one query by node: a list of triples, or of the IRIs of claims."""
Steps = Generator[Request, ByNode, T]
"""A generator that yields requests, receives the results of each, and returns a value.

`run` drives it; a generator of this type may also delegate to one with ``yield from``.
"""

_CUT = ("document-claims", "document-others")  # queries that give at most `MOST` rows and one
_TRUE, _FALSE = Literal(True), Literal(False)
_MOST_RIVALS = 200  # how many rivals of claims are described with the claims
_BATCH = 500  # how many nodes one query has at most
_KEPT = 10_000  # how many nodes, counted for each query, keep their results
_DEPTH = 4  # how many levels of claims about claims are described


class Results:
    """A cache in front of a graph: runs queries about nodes, each once for a node.

    `_results_by_query` has, by the name of a query and by node, the triples or claims found.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        # by the name of a query and by node: triples, or IRIs of claims
        self._results_by_query: dict[str, dict[Term, list[Any]]] = {}

    def tidy(self) -> None:
        """Empty the cache if it has results for over 10,000 nodes, counted for each query."""
        if sum(map(len, self._results_by_query.values())) > _KEPT:
            self._results_by_query.clear()

    def ask(self, query: str, nodes: Iterable[Term]) -> ByNode:
        """Run a query, by its name, for the nodes that the cache does not have, and cache it.

        Returns all cached results of the query, also for nodes that were asked about before. Each
        given IRI has a list, which may be empty, of triples or of the IRIs of claims; blank nodes
        and literals are not asked about and have none. The mapping is the cache itself.
        """
        results = self._results_by_query.setdefault(query, {})
        new = [n for n in dict.fromkeys(nodes) if n not in results and isinstance(n, NamedNode)]
        for start in range(0, len(new), _BATCH):
            self._run_query(query, new[start : start + _BATCH], results)
        return results

    def _run_query(self, query: str, nodes: Sequence[Term], results: dict[Term, list[Any]]) -> None:
        """Run a query for some nodes, and put a list for each node into `results`.

        The queries in `_CUT` give at most `MOST` + 1 rows. If they give more than `MOST`, the query
        is run for each half of the nodes instead; for a single node it is run again, sorted, so
        that the same rows come each time.
        """
        values: dict[str, Term | list[Term]] = {"nodes": [*nodes]}
        is_cut = query in _CUT
        answer = self.graph.run(query, **values, **({"sorted": _FALSE} if is_cut else {}))
        if is_cut and len(answer) > MOST:
            if len(nodes) > 1:
                half = len(nodes) // 2
                self._run_query(query, nodes[:half], results)
                self._run_query(query, nodes[half:], results)
                return
            answer = self.graph.run(query, **values, sorted=_TRUE)
        results |= {node: [] for node in nodes}
        for node, result in self._results_in(answer):
            results[node].append(result)

    def _results_in(self, answer: Answer) -> Iterator[tuple[Term, Any]]:
        """Yield each row of an answer as a node, from its first column, and a result for the node.

        The result is a triple of the columns ``s p o``, or without them the IRI in ``claim``.
        Triples of an endpoint with a blank node are left out, since the labels of blank nodes are
        valid in one answer only.
        """
        node, is_remote = answer.columns[0], self.graph.is_remote
        if "p" not in answer.columns:
            for row in answer.rows:
                yield row[node], row["claim"]  # type: ignore[misc]
            return
        for row in answer.rows:
            subject, obj = row["s"], row["o"]
            if is_remote and (isinstance(subject, BlankNode) or isinstance(obj, BlankNode)):
                continue
            yield row[node], Triple(subject, row["p"], obj)  # type: ignore[misc, arg-type]


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
        t.object for t in triples_of(by_node) if t.predicate == vocabulary.CONFLICTS
    )
    by_node |= yield from described(
        [rival for rival in rivals if rival not in by_node][:_MOST_RIVALS]
    )
    for _ in range(_DEPTH):
        ends = {
            triple.object
            for triple in triples_of(by_node)
            if triple.predicate in (vocabulary.SUBJECT, vocabulary.OBJECT)
        }
        inner = yield from those_that_are_claims(end for end in ends if end not in by_node)
        if not inner:
            break
        by_node |= yield from described(inner)
    return [*triples_of(by_node), *direct(by_node)]


def direct(by_node: TriplesByNode) -> Iterator[Triple]:
    """Yield the direct triple of each claim among some nodes: its subject, predicate and object.

    `by_node` has the triples about each node, by which claims are recognised. A deprecated claim
    has none, nor has one without exactly one subject, predicate and object. No query is run.
    """
    for triples in by_node.values():
        values: dict[NamedNode, set[Term]] = {}
        for triple in triples:
            values.setdefault(triple.predicate, set()).add(triple.object)
        is_claim = vocabulary.CLAIM in values.get(vocabulary.TYPE, ())
        if not is_claim or vocabulary.DEPRECATED in values.get(vocabulary.RANK, ()):
            continue
        statement = [values.get(part, set()) for part in vocabulary.PARTS]
        if all(len(part) == 1 for part in statement):
            subject, predicate, obj = (part.pop() for part in statement)
            if isinstance(subject, NamedNode) and isinstance(predicate, NamedNode):
                yield Triple(subject, predicate, obj)


def described(
    nodes: Iterable[Term], *, whole: Term | None = None
) -> Steps[dict[Term, Sequence[Triple]]]:
    """Return the triples with some nodes, or parts of the nodes, as their subject, by subject.

    The given nodes come first, in their order; nodes without triples are left out. Parts of a node,
    such as the evidence of a claim, are IRIs made of that of the node and a digest; they and parts
    of parts are included. If the nodes themselves are parts, `whole` is the IRI that they are parts
    of. A generator for `run`: it yields ``document-said``, the name of a query, with nodes, and is
    sent the triples about each.
    """
    roots: dict[Term, Term] = {node: whole or node for node in nodes}
    by_node: dict[Term, Sequence[Triple]] = {}
    new = [*roots]
    while new:
        results = yield "document-said", new
        parts: list[Term] = []
        for node in new:
            if not (triples := results.get(node)):
                continue
            by_node[node] = triples
            root = roots[node]
            for triple in triples:
                obj = triple.object
                if obj not in roots and is_part(obj, root):
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
    match = PART.fullmatch(term.value)
    return match is not None and match[1] == whole.value


@store_errors()
def below(graph: Graph, triples: Iterable[Triple]) -> list[Triple]:
    """Return the triples about the blank nodes in some triples, and about the blank nodes below.

    Each triple comes once; no further node is read once there are `MOST`. Reads the store of the
    graph; for a graph at an endpoint there are none.
    """
    if graph.is_remote:
        return []
    ends = (term for triple in triples for term in (triple.subject, triple.object))
    blank_nodes = [term for term in ends if isinstance(term, BlankNode)]
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


def names(triples: Iterable[Triple]) -> Steps[list[Triple]]:
    """Return triples that state the names of all IRIs in some triples, except those of parts.

    Parts, such as evidence, have IRIs that end in a digest. For a source, also the page that it is
    a reading of. A generator for `run`: it yields ``document-names``, the name of a query, with
    nodes, and is sent the triples for each.
    """
    iris = dict.fromkeys(
        term for triple in triples for term in triple if isinstance(term, NamedNode)
    )
    nodes = [iri for iri in iris if not PART.fullmatch(iri.value)]
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


def triples_of(by_node: TriplesByNode) -> list[Triple]:
    """Return the triples of all nodes in one list."""
    return [*chain.from_iterable(by_node.values())]


def by_subject(triples: Iterable[Triple]) -> dict[Term, list[Triple]]:
    """Return triples by their subjects, in their order."""
    by_node: dict[Term, list[Triple]] = {}
    for triple in triples:
        by_node.setdefault(triple.subject, []).append(triple)
    return by_node
