"""The results of checking shapes, whichever engine has checked them."""

from __future__ import annotations

from typing import NamedTuple

from pyoxigraph import NamedNode

from allgraph.rdf.terms import KNOWN, Term, local_name

SH = KNOWN["sh"]
SHAPE_KINDS = frozenset((SH + "NodeShape", SH + "PropertyShape"))
SEVERITIES = ("Violation", "Warning", "Info")
"""The severities that SHACL has, the gravest first."""
TARGETS = ("targetNode", "targetClass", "targetSubjectsOf", "targetObjectsOf")
"""The predicates that say which nodes a shape is for."""


class Failure(NamedTuple):
    """A validation result of SHACL: a node (`focus`) does not conform to a shape.

    `path` is an IRI, or the blank node of the shapes graph that describes the path; `path` and
    `value` are ``None`` where there is none, `focus` where it is not to be named. `severity` and
    `component` are IRIs; `message` is ``""`` when the shape has none; `query` is the node with the
    query that a constraint by sh:sparql has. A shape that others refer to
    has the same result each time that they lead to the focus, `times` in all.
    """

    focus: Term | None
    path: Term | None
    value: Term | None
    shape: Term
    severity: str
    component: str
    message: str
    query: Term | None = None
    times: int = 1


def sh(name: str) -> NamedNode:
    """Return the IRI of a term of SHACL, given its local name.

    >>> sh("path")
    <NamedNode value=http://www.w3.org/ns/shacl#path>
    """
    return NamedNode(SH + name)


def shape_name(shape: Term) -> str:
    """Return the name of a shape for messages: the end of its IRI; ``shape`` for a blank node.

    >>> shape_name(NamedNode("https://w3id.org/allgraph/shapes#BillShape"))
    'BillShape'
    """
    return local_name(shape.value) if isinstance(shape, NamedNode) else "shape"
