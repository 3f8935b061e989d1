"""Material for documents: statements about nodes, and claims about them, each read once.

Those of an endpoint come by queries for many nodes at once, and those of a graph in this process
from its store, by patterns. A request is the name of a query in ``sparql/queries``, for either.
Terms are texts of N-Triples, as in `nesting`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, product
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad

from allgraph.graph import Graph
from allgraph.model import vocabulary
from allgraph.model.facts import LABEL, NAME_IN_TEXT, PAGE_OF
from allgraph.model.topics import LEADING, StoredClaims
from allgraph.rdf.nesting import Properties, Statement, in_default_graph, is_blank
from allgraph.rdf.ntriples import is_iri, lines
from allgraph.rdf.terms import KNOWN, Term
from allgraph.sparql.answer import Answer
from allgraph.sparql.embedded import store_errors

MOST = 100_000
"""How many rows a query gives."""
TYPE, CLAIM = str(vocabulary.TYPE), str(vocabulary.CLAIM)
"""The predicate of types, and the class of claims."""
PARTS = tuple(map(str, vocabulary.PARTS))
"""The predicates that give the subject, predicate and object of a claim."""
ByNode = Mapping[str, list[Any]]
"""The results of one query by node: a list of statements, or of the IRIs of claims."""

_CUT = ("document-claims", "document-others")  # queries that give at most `MOST` rows and one
_SIDES = (vocabulary.SUBJECT, vocabulary.OBJECT)
_TRUE, _FALSE = Literal(True), Literal(False)
_BATCH = 500  # how many nodes one query has at most
_KEPT = 10_000  # how many nodes, counted for each query, keep their results
_NAMES = (LABEL, NamedNode(KNOWN["skos"] + "prefLabel"), NAME_IN_TEXT, PAGE_OF)
_RANK, _DEPRECATED = str(vocabulary.RANK), str(vocabulary.DEPRECATED)
_WITHDRAWN = str(vocabulary.WITHDRAWN)


class Results:
    """A cache in front of a graph: reads about nodes, each once for a node."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        # by the name of a query and by node: statements, or IRIs of claims
        self._results_by_query: dict[str, dict[str, list[Any]]] = {}

    @staticmethod
    def of(graph: Graph) -> Results:
        """Return the results for a graph, which are read from its store, or from an endpoint."""
        return QueryResults(graph) if graph.is_remote else StoreResults(graph)

    def tidy(self) -> None:
        """Empty the cache if it has results for over 10,000 nodes, counted for each query."""
        if sum(map(len, self._results_by_query.values())) > _KEPT:
            self._results_by_query.clear()

    def ask(self, query: str, nodes: Iterable[str]) -> ByNode:
        """Return the results of a query, by its name, after those for some nodes are cached.

        Returns all cached results of the query, also for nodes that were asked about before. Each
        given IRI has a list, which may be empty, of statements or of the IRIs of claims; blank
        nodes and literals are not asked about and have none. The mapping is the cache itself.
        """
        results = self._results_by_query.setdefault(query, {})
        new = [node for node in dict.fromkeys(nodes) if node not in results and is_iri(node)]
        if new:
            read: dict[str, list[Any]] = {node: [] for node in new}
            for node, result in self._read(query, new):
                read[node].append(result)
            results |= read
        return results

    def _read(self, query: str, nodes: Sequence[str]) -> Iterable[tuple[str, Any]]:
        """Return the results of a query for some nodes, as pairs of a node and one result."""
        raise NotImplementedError


class QueryResults(Results):
    """Results that queries give, each for up to 500 nodes."""

    def _read(self, query: str, nodes: Sequence[str]) -> Iterator[tuple[str, Any]]:
        terms: list[Term] = [_node(node) for node in nodes]
        for start in range(0, len(terms), _BATCH):
            yield from self._run_query(query, terms[start : start + _BATCH])

    def _run_query(self, query: str, nodes: Sequence[Term]) -> Iterator[tuple[str, Any]]:
        """Run a query for some nodes, and yield its results by node.

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
                yield from self._run_query(query, nodes[:half])
                yield from self._run_query(query, nodes[half:])
                return
            answer = self.graph.run(query, **values, sorted=_TRUE)
        yield from self._results_in(answer)

    def _results_in(self, answer: Answer) -> Iterator[tuple[str, Any]]:
        """Yield each row of an answer as a node, from its first column, and a result for the node.

        The result is a statement of the columns ``s p o``, or without them the IRI in ``claim``.
        Statements of an endpoint with a blank node are left out, since the labels of blank nodes
        are valid in one answer only.
        """
        node, is_remote = answer.columns[0], self.graph.is_remote
        if "p" not in answer.columns:
            yield from ((str(row[node]), str(row["claim"])) for row in answer.rows)
            return
        for row in answer.rows:
            subject, predicate, obj = (str(row[column]) for column in "spo")
            if not (is_remote and (is_blank(subject) or is_blank(obj))):
                yield str(row[node]), (subject, predicate, obj, "")


class StoreResults(Results):
    """Results that are read from the store of a graph in this process.

    They are what the queries give, but for their limits on rows and their order, and that a triple
    which is both stated and derived may come twice.
    """

    @store_errors()
    def _read(self, query: str, nodes: Sequence[str]) -> list[tuple[str, Any]]:
        self._quads = self.graph.quads  # others after a fork
        self._stored = StoredClaims(self._quads)
        return [*self._READERS[query](self, nodes)]

    def _said(
        self, nodes: Iterable[str], predicates: Sequence[NamedNode | None] = (None,)
    ) -> Iterator[tuple[str, Statement]]:
        """Yield the statements with some nodes as subject, perhaps only those with a predicate."""
        terms = [*map(_node, nodes)]
        for predicate in predicates:
            if self.graph.root is self.graph:
                found: Iterable[Statement] = self.graph.queried.statements(terms, predicate)
            else:  # a view, which finds its triples in those of the graph
                quads = (self._quads(node, predicate, None) for node in terms)
                found = _statements(chain.from_iterable(quads))
            yield from ((statement[0], statement) for statement in found)

    def _names(self, nodes: Iterable[str]) -> Iterator[tuple[str, Statement]]:
        """Yield the names of some nodes, and the pages that sources are readings of.

        Those of nodes whose statements are known, such as claims, are among these.
        """
        known = self._results_by_query.get("document-said", {})
        yield from self._said((node for node in nodes if node not in known), _NAMES)
        for node in filter(known.__contains__, nodes):
            for name in map(str, _NAMES):
                yield from ((node, one) for one in known[node] if one[1] == name)

    def _inner(self, nodes: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Yield the nodes that are claims."""
        return ((node, node) for node in nodes if self._stored.is_claim(_node(node)))

    def _claims(self, nodes: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Yield the claims about nodes, those about such claims, and those with them as source."""
        for node, claims in self.graph.topics.claims_of_each([*map(_node, nodes)]):
            yield from ((str(node), str(claim)) for claim in claims)

    def _others(self, nodes: Iterable[str]) -> Iterator[tuple[str, Statement]]:
        """Yield the statements with a node as subject or object, but the direct ones of claims."""
        inward_of = {node: [*self._quads(None, None, _node(node))] for node in nodes}
        inward_of_all = chain.from_iterable(inward_of.values())
        claims = (str(quad.subject) for quad in inward_of_all if quad.predicate in _SIDES)
        said = self.ask("document-said", [*inward_of, *claims])  # of all nodes at once
        for node, inward in inward_of.items():
            around = dict.fromkeys(said[node])
            around |= dict.fromkeys(_statements(q for q in inward if q.predicate not in LEADING))
            direct = {*_direct(node, inward, said)}
            yield from ((node, one) for one in around if one[:3] not in direct)

    _READERS: Mapping[str, Callable[[StoreResults, Sequence[str]], Iterator[tuple[str, Any]]]] = {
        "document-said": _said,
        "document-names": _names,
        "document-inner": _inner,
        "document-claims": _claims,
        "document-others": _others,
    }


def objects_of(statements: Iterable[Statement]) -> Properties:
    """Return the objects of each predicate in statements, which have the same subject."""
    objects: Properties = {}
    for _, predicate, obj, _ in statements:
        objects.setdefault(predicate, []).append(obj)
    return objects


def has_direct(objects: Properties) -> bool:
    """Return True if a node, given by its objects, is a claim, not deprecated and not withdrawn.

    Such claims have direct triples: subject, predicate and object.
    """
    is_claim = CLAIM in objects.get(TYPE, ()) and _WITHDRAWN not in objects
    return is_claim and _DEPRECATED not in objects.get(_RANK, ())


def _direct(node: str, inward: Sequence[Quad], said: ByNode) -> Iterator[tuple[str, ...]]:
    """Yield subject, predicate and object of each claim about a node that is not deprecated.

    Of a claim with several subjects or objects, those with the node. `inward` are the quads with
    the node as object, and `said` has the statements about the claims among their subjects.
    """
    for side in _SIDES:
        for claim in (str(quad.subject) for quad in inward if quad.predicate == side):
            objects = objects_of(said.get(claim, ()))
            if has_direct(objects):
                yield from product(
                    *([node] if part == str(side) else objects.get(part, ()) for part in PARTS)
                )


def _statements(quads: Iterable[Quad]) -> list[Statement]:
    """Return quads as statements of the default graph."""
    return in_default_graph(lines(quad.triple for quad in quads))


def _node(iri: str) -> NamedNode:
    """Return an IRI, in angle brackets, as a term."""
    return NamedNode(iri[1:-1])
