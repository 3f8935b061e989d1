"""Terms to rdflib's and back, their forms kept.

>>> to_rdflib()(Literal("01", datatype=NamedNode(XSD + "integer"))).n3()
'"01"^^<http://www.w3.org/2001/XMLSchema#integer>'
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode

from allgraph.rdf.terms import XSD, Term


@contextmanager
def exact_literals() -> Iterator[None]:
    """Keep rdflib from rewriting literals and from logging those it cannot read."""
    import rdflib

    before = rdflib.NORMALIZE_LITERALS
    rdflib.NORMALIZE_LITERALS = False
    try:
        with quiet():
            yield
    finally:
        rdflib.NORMALIZE_LITERALS = before


@contextmanager
def quiet() -> Iterator[None]:
    """Keep rdflib from logging the literals that it cannot read, and from warning of them."""
    log = logging.getLogger("rdflib.term")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)


def to_rdflib() -> Callable[[Term], Any]:
    """What makes rdflib's terms from ours; each IRI is made once."""
    import rdflib

    iris: dict[Term, Any] = {}

    def convert(term: Term) -> Any:
        if isinstance(term, NamedNode):
            if term not in iris:
                iris[term] = rdflib.URIRef(term.value)
            return iris[term]
        if isinstance(term, BlankNode):
            return rdflib.BNode(term.value)
        assert isinstance(term, Literal)
        if term.language:
            return rdflib.Literal(term.value, lang=term.language)
        if term.datatype.value == XSD + "string":
            return rdflib.Literal(term.value)
        datatype = rdflib.URIRef(term.datatype.value)
        return rdflib.Literal(term.value, datatype=datatype, normalize=False)

    return convert


def from_rdflib(node: Any) -> Term | None:
    """Our term for one of rdflib's; ``None`` for blank nodes and paths."""
    import rdflib

    if isinstance(node, rdflib.URIRef):
        return NamedNode(str(node))
    if isinstance(node, rdflib.Literal):
        if node.language:
            return Literal(str(node), language=node.language)
        kind = NamedNode(str(node.datatype)) if node.datatype else None
        return Literal(str(node), datatype=kind)
    return None
