"""The store behind a view of rdflib. Imported late, since it needs oxrdflib, an optional extra."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NoReturn

import rdflib
from oxrdflib.store import OxigraphStore
from pyoxigraph import BlankNode, NamedNode, Quad

from allgraph.errors import QueryError, ReadOnly
from allgraph.sparql.dataset import APART, QueriedStore, Results
from allgraph.sparql.syntax import syntax_error
from allgraph.sparql.tokens import is_calm, refuse_service


class ReadOnlyStore(OxigraphStore):
    """A read-only store for rdflib over a `QueriedStore`: what is stated and derived."""

    def __init__(self, store: QueriedStore) -> None:
        reader: Any = _Reader(store)
        super().__init__(store=reader)

    def triples(self, triple_pattern: Any, context: Any = None) -> Any:
        """Yield the matching triples, stated or derived, each with an empty iterator of contexts.

        `context` is ignored. Literals of the type ``xsd:string`` come without their datatype.
        """
        for triple, _ in super().triples(triple_pattern):
            yield tuple(map(_without_string_type, triple)), iter(())

    def __len__(self, context: Any = None) -> int:
        """Return how many triples there are; `context` is ignored."""
        return super().__len__()

    def query(self, query: Any, *given: Any, **options: Any) -> Any:
        """Return the result of a SPARQL query, or raise `QueryError`.

        Follows rdflib's interface: `given` has the namespaces, the bindings and the graph; the
        graph is ignored. A query that is no text raises `NotImplementedError`, on which rdflib
        evaluates it itself. `QueryError` is also raised for SERVICE, and for a query so long or
        nested that it might crash the parser.
        """
        namespaces, bindings, _ = given
        if not isinstance(query, str):  # rdflib has parsed it, and answers it itself
            raise NotImplementedError
        refuse_service(query)
        if not is_calm(query):
            raise QueryError(
                "the query is too long or too deeply nested for an rdflib view; use graph.sparql"
            )
        try:
            answer = super().query(query, namespaces, bindings, "__UNION__", **options)
        except SyntaxError as error:
            raise syntax_error(str(error), query, namespaces) from None
        return _answer_without_string_types(answer)

    def remove(self, *given: Any, **options: Any) -> NoReturn:
        """Raise `ReadOnly`."""
        _refuse()

    def destroy(self, configuration: str) -> NoReturn:
        """Raise `ReadOnly`."""
        _refuse()


class _Reader:
    """A wrapper of a `QueriedStore` with the methods that read a pyoxigraph `Store`.

    All other names raise `ReadOnly`.
    """

    def __init__(self, store: QueriedStore) -> None:
        self._queried = store

    def quads_for_pattern(self, *pattern: Any) -> Iterator[Quad]:
        """Yield the matching quads, stated or derived; the fourth part of the pattern is ignored.

        Raises `TypeError` at once for a part that no triple can have.
        """
        return self._queried.quads(*pattern[:3])

    def named_graphs(self) -> list[NamedNode | BlankNode]:
        """Return the named graphs of the files."""
        return [graph for graph in self._queried.store.named_graphs() if graph not in APART]

    def query(
        self,
        sparql: str,
        prefixes: Mapping[str, str] = MappingProxyType({}),
        substitutions: Any = None,
        **graphs: Any,
    ) -> Results:
        """Run a query as `QueriedStore.query` does; `graphs`, options of the engine, are ignored.

        That text or `prefixes` may be of rdflib's subclasses of str.
        """
        return self._queried.query(sparql, {**prefixes}, substitutions=substitutions)

    def __getattr__(self, name: str) -> NoReturn:
        """Raise `ReadOnly` for every other name."""
        _refuse()


def _refuse() -> NoReturn:
    """Raise `ReadOnly`, with the advice to take a copy."""
    raise ReadOnly("this is a view, which cannot be changed; take to_rdflib(graph, copy=True)")


def _without_string_type(term: Any) -> Any:
    """Return an rdflib term; a literal of the type ``xsd:string`` without datatype, as in files."""
    is_text = isinstance(term, rdflib.Literal) and term.datatype == rdflib.XSD.string
    return rdflib.Literal(str(term)) if is_text else term


def _answer_without_string_types(answer: Any) -> Any:
    """Return the same rdflib result after removing the datatype ``xsd:string`` from its literals.

    Changes the bindings of a SELECT in place, and gives a CONSTRUCT a new graph.
    """
    if answer.type == "SELECT":
        answer.bindings = [
            {name: _without_string_type(term) for name, term in row.items()}
            for row in answer.bindings
        ]
    elif answer.type == "CONSTRUCT":
        typed, answer.graph = answer.graph, type(answer.graph)()
        for triple in typed:
            answer.graph.add(tuple(map(_without_string_type, triple)))
    return answer
