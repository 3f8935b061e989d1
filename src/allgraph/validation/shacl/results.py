"""What shapes find, whichever engine has looked."""

from __future__ import annotations

from typing import NamedTuple

from pyoxigraph import Literal, NamedNode

from allgraph.rdf.terms import KNOWN, Term, local_name

SH = KNOWN["sh"]


class Failure(NamedTuple):
    """A node that does not fit a shape.

    `focus`, `path` and `value` are ``None`` for blank nodes, and where there is none; the
    message is ``""`` when the shape has none.
    """

    focus: Term | None
    path: Term | None
    value: Term | None
    shape: Term
    severity: str
    component: str
    message: str


def sh(name: str) -> NamedNode:
    """A term of SHACL.

    >>> sh("path")
    <NamedNode value=http://www.w3.org/ns/shacl#path>
    """
    return NamedNode(SH + name)


def shape_name(shape: Term) -> str:
    """How a shape is called: by the end of its IRI.

    >>> shape_name(NamedNode("https://w3id.org/allgraph/shapes#BillShape"))
    'BillShape'
    """
    return local_name(shape.value) if isinstance(shape, NamedNode) else "shape"


def least_message(messages: list[Term]) -> str:
    """The message of a shape that may have one in each language."""
    return min((each.value for each in messages if isinstance(each, Literal)), default="")
