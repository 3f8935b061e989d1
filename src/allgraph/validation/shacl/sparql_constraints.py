"""Constraints that are questions (sh:sparql), asked of a store for each focus node."""

from __future__ import annotations

import re

import numpy as np
from pyoxigraph import Literal, NamedNode, QuerySolutions, Store, Variable

from allgraph.model.triples import NONE
from allgraph.rdf.terms import Term, text
from allgraph.sparql.tokens import tokens
from allgraph.validation.shacl.constraints import CompileContext, Constraint, Hits, Values
from allgraph.validation.shacl.shapes import Shapes, UnknownConstructError

_KNOWN = {"select", "prefixes"}
_UNKNOWN_NAMES = re.compile(r"[?$](?:PATH|shapesGraph|currentShape|failure)")
_IMPORTS = "http://www.w3.org/2002/07/owl#imports"
_REFUSED = {"MINUS", "VALUES", "SERVICE", "BIND"}
_SLOT = re.compile(r"\{[?$]")


def compiled(compiler: CompileContext, shape: Term, node: Term) -> Constraint:
    """The constraint of a question that names a violation in each of its rows."""
    shapes = compiler.shapes
    said = {name for name in shapes.said(node) if ":" not in name}
    select = text(shapes.value(node, "select"))
    messages = shapes.values(shape, "message")
    if said - _KNOWN or not select or any(_SLOT.search(text(each)) for each in messages):
        raise UnknownConstructError("sh:sparql with more than sh:select and sh:prefixes")
    if _UNKNOWN_NAMES.search(select) or not _is_plain(select):
        raise UnknownConstructError("sh:sparql that is more than a question about $this")
    prefixes = _prefixes(shapes, node)
    of_node_shape = not shapes.values(shape, "path")
    _answer(Store(), select, prefixes, NamedNode("https://example.org/"))  # can it be read?

    def find(values: Values) -> Hits:
        triples = values.triples
        found: list[list[int]] = []
        for at, focus in enumerate(values.nodes.tolist()):
            this = triples.terms[focus]
            for path, value in _answer(compiler.store, select, prefixes, this):
                shown = this if value is None and of_node_shape else value
                numbers = (NONE if t is None else triples.keep(t) for t in (shown, path))
                found.append([at, *numbers])
        columns = np.array(found, np.int64).reshape(-1, 3).T
        return Hits(columns[0], columns[1], columns[2])

    return Constraint("SPARQL", find)


def _is_plain(select: str) -> bool:
    """Whether a store binds $this as SHACL wants: only triples of the outermost group name it."""
    words = [token.text.upper() for token in tokens(select) if token.kind == "word"]
    if words.count("SELECT") != 1 or not _REFUSED.isdisjoint(words):
        return False
    braces = brackets = 0
    before = ""
    for token in tokens(select):
        braces += (token.text == "{") - (token.text == "}")
        brackets += (token.text == "(") - (token.text == ")")
        if token.text in ("?this", "$this") and (
            braces > 1 or (braces and brackets) or before == "AS"
        ):
            return False
        if token.kind not in ("space", "comment"):
            before = token.text.upper()
    return True


def _answer(
    store: Store, select: str, prefixes: dict[str, str], this: Term
) -> list[tuple[Term | None, Term | None]]:
    """The path and value of each row for one focus node."""
    try:
        rows = store.query(select, prefixes=prefixes, substitutions={Variable("this"): this})
        if not isinstance(rows, QuerySolutions):
            raise UnknownConstructError("sh:select that is no SELECT")
        names = {variable.value for variable in rows.variables}
        return [
            (row["path"] if "path" in names else None, row["value"] if "value" in names else None)
            for row in rows
        ]
    except (SyntaxError, ValueError, RuntimeError, OSError) as error:
        raise UnknownConstructError(f"sh:sparql: {error}") from None


def _prefixes(shapes: Shapes, node: Term) -> dict[str, str]:
    found: dict[str, str] = {}
    open_ones, seen = list(shapes.values(node, "prefixes")), set()
    while open_ones:
        ontology = open_ones.pop()
        if ontology in seen:
            continue
        seen.add(ontology)
        open_ones += shapes.values(ontology, _IMPORTS)
        for declared in shapes.values(ontology, "declare"):
            prefix, space = (shapes.value(declared, name) for name in ("prefix", "namespace"))
            if isinstance(prefix, Literal) and space is not None:
                found[text(prefix)] = text(space)
    return found
