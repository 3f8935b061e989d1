"""What documents are made of: the triples about nodes, and the claims about them, each read once.

Those of an endpoint come by queries for many nodes at once, and those of a graph in this process
from its store, by patterns. A request is the name of a query in ``sparql/queries``, for either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from allgraph.graph import Graph
from allgraph.model import vocabulary
from allgraph.model.facts import LABEL, NAME_IN_TEXT, PAGE_OF
from allgraph.model.stored_claims import LEADING, StoredClaims
from allgraph.rdf.terms import KNOWN, Term
from allgraph.sparql.answer import Answer
from allgraph.sparql.embedded import store_errors

MOST = 100_000
"""How many rows a query gives."""
ByNode = Mapping[Term, list[Any]]
"""The results of one query by node: a list of triples, or of the IRIs of claims."""

_CUT = ("document-claims", "document-others")  # queries that give at most `MOST` rows and one
_TRUE, _FALSE = Literal(True), Literal(False)
_BATCH = 500  # how many nodes one query has at most
_KEPT = 10_000  # how many nodes, counted for each query, keep their results
_NAMES = (LABEL, NamedNode(KNOWN["skos"] + "prefLabel"), NAME_IN_TEXT, PAGE_OF)


class Results:
    """A cache in front of a graph: reads about nodes, each once for a node."""

    def __init__(self) -> None:
        # by the name of a query and by node: triples, or IRIs of claims
        self._results_by_query: dict[str, dict[Term, list[Any]]] = {}

    @staticmethod
    def of(graph: Graph) -> Results:
        """Return the results for a graph, which are read from its store, or from an endpoint."""
        return QueryResults(graph) if graph.is_remote else StoreResults(graph)

    def tidy(self) -> None:
        """Empty the cache if it has results for over 10,000 nodes, counted for each query."""
        if sum(map(len, self._results_by_query.values())) > _KEPT:
            self._results_by_query.clear()

    def ask(self, query: str, nodes: Iterable[Term]) -> ByNode:
        """Return the results of a query, by its name, after those for some nodes are cached.

        Returns all cached results of the query, also for nodes that were asked about before. Each
        given IRI has a list, which may be empty, of triples or of the IRIs of claims; blank nodes
        and literals are not asked about and have none. The mapping is the cache itself.
        """
        results = self._results_by_query.setdefault(query, {})
        new = [n for n in dict.fromkeys(nodes) if n not in results and isinstance(n, NamedNode)]
        if new:
            self._read(query, new, results)
        return results

    def _read(self, query: str, nodes: Sequence[NamedNode], results: dict[Term, list[Any]]) -> None:
        """Put a list of what a query gives for each of some nodes into `results`."""
        raise NotImplementedError


class QueryResults(Results):
    """Results that queries give, each for up to 500 nodes."""

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.graph = graph

    def _read(self, query: str, nodes: Sequence[NamedNode], results: dict[Term, list[Any]]) -> None:
        for start in range(0, len(nodes), _BATCH):
            self._run_query(query, nodes[start : start + _BATCH], results)

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


class StoreResults(Results):
    """Results that are read from the store of a graph in this process.

    They are what the queries give, but for their limits on rows and their order, and that a triple
    which is both stated and derived may come twice.
    """

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self._graph = graph

    @store_errors()
    def _read(self, query: str, nodes: Sequence[NamedNode], results: dict[Term, list[Any]]) -> None:
        read, store = self._READERS[query], self._graph.store  # another after a fork
        self._quads, self._stored = store.quads_for_pattern, StoredClaims(store)
        for node in nodes:
            results[node] = read(self, node)

    def _said(self, node: NamedNode) -> list[Triple]:
        """Return the triples with a node as subject."""
        return [quad.triple for quad in self._quads(node, None, None)]

    def _names(self, node: NamedNode) -> list[Triple]:
        """Return the names of a node, and the page that a source is a reading of."""
        read = self._quads
        return [quad.triple for name in _NAMES for quad in read(node, name, None)]

    def _inner(self, node: NamedNode) -> list[NamedNode]:
        """Return the node if it is a claim."""
        return [node] if self._stored.is_claim(node) else []

    def _claims(self, node: NamedNode) -> list[NamedNode]:
        """Return the claims about a node, those about such claims, and those with it as source."""
        return [*self._stored.of(node)]

    def _others(self, node: NamedNode) -> list[Triple]:
        """Return the triples with a node as subject or object, but the direct ones of claims."""
        inward = self._quads(None, None, node)
        triples = dict.fromkeys(self._said(node))
        triples |= dict.fromkeys(q.triple for q in inward if q.predicate not in LEADING)
        direct = {*self._direct(node)}
        return [triple for triple in triples if (*triple,) not in direct]

    def _direct(self, node: NamedNode) -> Iterator[tuple[Term, ...]]:
        """Yield subject, predicate and object of each claim about a node that is not deprecated.

        Of a claim with several subjects or objects, those with the node.
        """
        stored = self._stored
        for side in (vocabulary.SUBJECT, vocabulary.OBJECT):
            for claim in stored.subjects(side, node):
                if not stored.is_claim(claim):
                    continue
                if not stored.has(claim, vocabulary.RANK, vocabulary.DEPRECATED):
                    parts = (
                        [node] if part == side else self._objects(claim, part)
                        for part in vocabulary.PARTS
                    )
                    yield from product(*parts)

    def _objects(self, node: NamedNode, predicate: NamedNode) -> list[Term]:
        """Return the objects of the triples with a node as subject and a predicate."""
        return [quad.object for quad in self._quads(node, predicate, None)]

    _READERS: Mapping[str, Callable[[StoreResults, NamedNode], list[Any]]] = {
        "document-said": _said,
        "document-names": _names,
        "document-inner": _inner,
        "document-claims": _claims,
        "document-others": _others,
    }
