"""Descriptions of nodes: the triples about them and their parts; for claims, also about their ends.

A part was a blank node below an IRI, and got an IRI with a digest from that one when the graph was
loaded: evidence and its selectors are parts of their claim.

Which nodes a description needs is known only from the triples before, and one query for many nodes
costs little more than one for a single node. So descriptions are generators that yield a query with
nodes and receive the results; `run` advances many of them together, and sends each query once for
the nodes of all.

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

MOST = 100_000
"""How many rows a query gives, and how many triples about blank nodes are collected."""
PART = re.compile(r"(.+)[#-][0-9a-f]{16}")
"""The IRI of a part, and in it that of the whole."""

T = TypeVar("T")
TriplesByNode = Mapping[Term, Sequence[Triple]]
Request = tuple[str, Iterable[Term]]
"""The name of a query of the package, and the nodes to ask it about."""
ByNode = Mapping[Term, list[Any]]
"""The results of a query for each node: triples, or the IRIs of claims."""
Steps = Generator[Request, ByNode, T]
"""Work that yields requests, receives their results, and returns a value."""

_CUT = ("document-claims", "document-others")  # queries that give at most `MOST` rows and one
_TRUE, _FALSE = Literal(True), Literal(False)
_STATEMENT = (vocabulary.SUBJECT, vocabulary.PREDICATE, vocabulary.OBJECT)
_MOST_RIVALS = 200  # rivals of claims that are described with them
_BATCH = 500  # nodes in one query
_KEPT = 10_000  # nodes whose results are kept
_DEPTH = 4  # claims about claims about claims


class Results:
    """The results of queries about the nodes of a graph, kept so that none is asked for twice."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._by_query: dict[str, dict[Term, list[Any]]] = {}

    def tidy(self) -> None:
        """Forget all results when there are many."""
        if sum(map(len, self._by_query.values())) > _KEPT:
            self._by_query.clear()

    def ask(self, query: str, nodes: Iterable[Term]) -> ByNode:
        """Return the results for nodes, among others; IRIs alone have results."""
        results = self._by_query.setdefault(query, {})
        new = [n for n in dict.fromkeys(nodes) if n not in results and isinstance(n, NamedNode)]
        for start in range(0, len(new), _BATCH):
            self._ask(query, new[start : start + _BATCH], results)
        return results

    def _ask(self, query: str, nodes: Sequence[Term], results: dict[Term, list[Any]]) -> None:
        """Add the results for nodes; a batch with too many rows is divided."""
        values: dict[str, Term | list[Term]] = {"nodes": [*nodes]}
        is_cut = query in _CUT
        answer = self.graph.run(query, **values, **({"sorted": _FALSE} if is_cut else {}))
        if is_cut and len(answer) > MOST:
            if len(nodes) > 1:
                half = len(nodes) // 2
                self._ask(query, nodes[:half], results)
                self._ask(query, nodes[half:], results)
                return
            answer = self.graph.run(query, **values, sorted=_TRUE)
        results |= {node: [] for node in nodes}
        for node, result in self._rows(answer):
            results[node].append(result)

    def _rows(self, answer: Answer) -> Iterator[tuple[Term, Any]]:
        """Each node with a triple or claim.

        Blank nodes of an endpoint are left out, for their labels are valid in one answer only.
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
    """Run several works together, and return their values in the same order."""
    results.tidy()
    values: dict[int, T] = {}
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
    """The triples about claims, their rivals and the claims that they are about.

    The direct triples that follow from them are included.
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
    """The direct triples of the claims among some nodes; deprecated claims have none."""
    for triples in by_node.values():
        values: dict[NamedNode, set[Term]] = {}
        for triple in triples:
            values.setdefault(triple.predicate, set()).add(triple.object)
        is_claim = vocabulary.CLAIM in values.get(vocabulary.TYPE, ())
        if not is_claim or vocabulary.DEPRECATED in values.get(vocabulary.RANK, ()):
            continue
        statement = [values.get(part, set()) for part in _STATEMENT]
        if all(len(part) == 1 for part in statement):
            subject, predicate, obj = (part.pop() for part in statement)
            if isinstance(subject, NamedNode) and isinstance(predicate, NamedNode):
                yield Triple(subject, predicate, obj)


def described(
    nodes: Iterable[Term], *, whole: Term | None = None
) -> Steps[dict[Term, Sequence[Triple]]]:
    """The triples about some nodes and all their parts, by node, in the order of the nodes.

    Nodes that are parts themselves are parts of the `whole`.
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
    """Whether a term is the IRI that a blank node below `whole` got."""
    if not isinstance(term, NamedNode) or not isinstance(whole, NamedNode):
        return False
    match = PART.fullmatch(term.value)
    return match is not None and match[1] == whole.value


def below(graph: Graph, triples: Iterable[Triple]) -> list[Triple]:
    """The triples about the blank nodes in some triples, and about those below them."""
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
    """The triples about some nodes and about the blank nodes below them; some more than `MOST`."""
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
    """The triples with the names of all IRIs in some triples."""
    iris = dict.fromkeys(
        term for triple in triples for term in triple if isinstance(term, NamedNode)
    )
    named = [iri for iri in iris if not PART.fullmatch(iri.value)]
    results = yield "document-names", named
    return [triple for iri in named for triple in results[iri]]


def those_that_are_claims(terms: Iterable[Term]) -> Steps[list[NamedNode]]:
    """Those of some terms that are claims, in the order of their IRIs."""
    iris = {term for term in terms if isinstance(term, NamedNode)}
    if not iris:
        return []
    results = yield "document-inner", iris
    return sorted((iri for iri in iris if results[iri]), key=lambda iri: iri.value)


def triples_of(by_node: TriplesByNode) -> list[Triple]:
    """All triples about some nodes."""
    return [*chain.from_iterable(by_node.values())]


def by_subject(triples: Iterable[Triple]) -> dict[Term, list[Triple]]:
    """Triples by their subjects."""
    by_node: dict[Term, list[Triple]] = {}
    for triple in triples:
        by_node.setdefault(triple.subject, []).append(triple)
    return by_node
