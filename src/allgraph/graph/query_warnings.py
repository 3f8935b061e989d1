"""Warnings about a query whose syntax is right, but which may not ask what is meant.

>>> from allgraph.graph import open_graph
>>> of(open_graph(), "ASK { ?s a ag:Persn }")
['line 1, column 12: the graph has no ag:Persn; did you mean ag:Person?']
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from itertools import chain, islice

from pyoxigraph import NamedNode, Store

from allgraph.graph.graph import Graph
from allgraph.model import vocabulary
from allgraph.rdf.terms import OWL, RDF, RDFS, XSD, iri_or_none, local_name
from allgraph.sparql.syntax import place
from allgraph.sparql.tokens import Token, tokens, whole

MOST = 5
"""How many warnings one query gets at most."""
_LONGEST = 20_000  # characters of a query that is looked through
_SHOWN = 80  # characters of an IRI that a warning shows
_NO_TERM_AFTER = frozenset("BASE FROM GRAPH NAMED PREFIX SERVICE SILENT ^^".split())
_DATE = re.compile(r"\d{4}-\d\d(?:-\d\d)?(?![\w-])")
_CLASSES_OF_TERMS = tuple(
    NamedNode(iri)
    for iri in (
        OWL + "Class", OWL + "ObjectProperty", OWL + "DatatypeProperty", OWL + "AnnotationProperty",
        RDFS + "Class", RDF + "Property",
    )
)  # fmt: skip
"""The classes of the classes and predicates of an ontology."""


def of(graph: Graph, sparql: str) -> list[str]:
    """Return warnings about a query, each with its line and column; at most `MOST`.

    They are about IRIs that are in no triple of the graph, with one that may be meant, and about
    dates without quotes, which are subtractions. IRIs of a CONSTRUCT template, datatypes, functions
    and graphs are not looked up. ``[]`` for a graph at an endpoint, which is not asked, and for a
    query of more than `_LONGEST` characters. Reads the store of the graph.
    """
    if graph.is_remote or len(sparql) > _LONGEST:
        return []
    parts = [*whole(tokens(sparql))]
    warnings = chain(_bare_dates(sparql, parts), _unknown_terms(graph, sparql, parts))
    return [*islice(warnings, MOST)]


def _bare_dates(sparql: str, parts: list[Token]) -> Iterator[str]:
    """Yield a warning for each date that is written as a subtraction of numbers."""
    for token in parts:
        match = _DATE.match(sparql, token.start) if token.kind == "number" else None
        if match:
            hint = f'write "{match[0]}"^^xsd:date for the day'
            yield f"{place(sparql, token.start)}{match[0]} is a subtraction of numbers; {hint}"


def _unknown_terms(graph: Graph, sparql: str, parts: list[Token]) -> Iterator[str]:
    """Yield a warning for each IRI in a query that no triple of the graph has."""
    declared = {**graph.prefixes, **_declarations(parts)}
    warned: set[str] = set()
    for token in _terms(parts):
        prefix, _, local = token.text.partition(":")
        space = declared.get(prefix) if token.kind == "name" else None
        iri = token.text[1:-1] if token.kind == "iri" else f"{space}{local}"
        is_whole = token.kind == "iri" or (space is not None and local and "\\" not in local)
        node = iri_or_none(iri) if is_whole and "\\" not in iri and iri not in warned else None
        if node is None or iri.startswith(XSD) or _is_known(graph.store, node):
            continue
        warned.add(iri)
        hint = _hint(graph, iri, prefix, space)
        shown = token.text if len(token.text) <= _SHOWN else f"{token.text[:_SHOWN]}…"
        yield f"{place(sparql, token.start)}the graph has no {shown}{hint}"


def _declarations(parts: list[Token]) -> dict[str, str]:
    """Return the prefixes that a query declares, with their namespaces."""
    return {
        name.text.removesuffix(":"): iri.text[1:-1]
        for word, name, iri in zip(parts, parts[1:], parts[2:], strict=False)
        if word.text.upper() == "PREFIX" and iri.kind == "iri"
    }


def _terms(parts: list[Token]) -> Iterator[Token]:
    """Yield the tokens of a query that are IRIs to be found in triples."""
    before, depth, template = "", 0, 0  # `template`: the depth of the braces of a template
    for at, token in enumerate(parts):
        depth += (token.text == "{") - (token.text == "}")
        if before.upper() == "CONSTRUCT" and token.text == "{":
            template = depth
        template *= depth >= template
        if token.kind in ("iri", "name") and not template:
            is_declared = at > 1 and parts[at - 2].text.upper() == "PREFIX"
            is_function = [after.text for after in parts[at + 1 : at + 2]] == ["("]
            if not (is_declared or is_function or before.upper() in _NO_TERM_AFTER):
                yield token
        before = token.text


def _is_known(store: Store, node: NamedNode) -> bool:
    """Whether a store has a triple, stated or derived, with an IRI as one of its parts."""
    quads = chain(
        store.quads_for_pattern(node, None, None),
        store.quads_for_pattern(None, node, None),
        store.quads_for_pattern(None, None, node),
    )
    return next(quads, None) is not None


def _hint(graph: Graph, iri: str, prefix: str, space: str | None) -> str:
    """Return the end of a warning about an unknown IRI: what may be meant, or ``""``.

    `prefix` is that of the IRI in the query, and `space` its namespace there, ``None`` for none.
    """
    usual = graph.prefixes.get(prefix)
    if space is not None and usual is not None and usual != space:
        return f"; the prefix {prefix}: of the graph stands for <{usual}>"
    local = local_name(iri).lower()
    similar_names = graph.candidate_names(re.sub(r"[-_]+", " ", local))
    known = {
        local_name(term).lower(): term
        for term in chain(_ontology_terms(graph.store), (thing for thing, _ in similar_names))
    }
    near = get_close_matches(local, known, 1, 0.75)
    return f"; did you mean {graph.prefixes.shorten(known[near[0]])}?" if near else ""


def _ontology_terms(store: Store) -> Iterator[str]:
    """Yield the IRIs of the classes and predicates of the ontologies in a store."""
    for kind in _CLASSES_OF_TERMS:
        for quad in store.quads_for_pattern(None, vocabulary.TYPE, kind, None):
            if isinstance(quad.subject, NamedNode):
                yield quad.subject.value
