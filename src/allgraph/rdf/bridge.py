"""Terms of pyoxigraph as terms of rdflib, and back; literals keep their lexical forms.

>>> to_rdflib()(Literal("01", datatype=NamedNode(XSD + "integer"))).n3()
'"01"^^<http://www.w3.org/2001/XMLSchema#integer>'
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode

from allgraph.rdf.terms import XSD, Term


@contextmanager
def exact_literals() -> Iterator[None]:
    """Within the block, keep rdflib from rewriting literals, and silence it and warnings (`quiet`).

    Sets a global of rdflib, and restores it after, also on an exception; not safe with threads.
    """
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
    """Within the block, silence rdflib's log of literals that it cannot read, and all warnings.

    Sets the level of a logger and the process's warning filters, and restores them after.
    """
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
    """Return a function from a term of pyoxigraph to one of rdflib, with a cache of IRIs.

    Imports rdflib. The function takes no triples.
    """
    import rdflib

    iri = cache(rdflib.URIRef)

    def convert(term: Term) -> Any:
        """Return the term of rdflib, a literal in the form that it has; no triple is taken."""
        if isinstance(term, NamedNode):
            return iri(term.value)
        if isinstance(term, BlankNode):
            return rdflib.BNode(term.value)
        assert isinstance(term, Literal)
        is_plain = term.language or term.datatype.value == XSD + "string"
        datatype = None if is_plain else iri(term.datatype.value)
        literal = rdflib.Literal(term.value, lang=term.language, datatype=datatype, normalize=False)
        if str.__ne__(literal, term.value):  # rdflib takes white space from an xsd:token
            literal = rdflib.Literal(term.value)
            literal._datatype = datatype
        return literal

    return convert


def from_rdflib(node: Any) -> Term | None:
    """Return the term of pyoxigraph for one of rdflib; ``None`` for ``None`` and other objects.

    Blank nodes keep their labels. Raises `ValueError` for an IRI or a language tag that pyoxigraph
    does not take.
    """
    import rdflib

    if isinstance(node, rdflib.URIRef):
        return NamedNode(str(node))
    if isinstance(node, rdflib.Literal):
        if node.language:
            return Literal(str(node), language=node.language)
        kind = NamedNode(str(node.datatype)) if node.datatype else None
        return Literal(str(node), datatype=kind)
    return BlankNode(str(node)) if isinstance(node, rdflib.BNode) else None
