"""Constraints that are SPARQL queries (sh:sparql), asked of a store for each focus node."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from pyoxigraph import NamedNode, QuerySolutions, Store, Variable

from allgraph.model.triples import NONE
from allgraph.rdf.terms import OWL, RDF, RDFS, Term, text
from allgraph.sparql.tokens import tokens, without_space
from allgraph.validation.shacl import patterns
from allgraph.validation.shacl.compiler import Compiler, Find, Hits, Values
from allgraph.validation.shacl.shapes import Shapes, UnknownConstructError

PREFIXES = {"owl": OWL, "rdf": RDF, "rdfs": RDFS}
"""The prefixes that each query may use without a declaration, as pySHACL has it."""
_SUPPORTED = {"select", "prefixes"}
_UNSUPPORTED_NAMES = re.compile(r"[?$](?:PATH|shapesGraph|currentShape|failure)")
_UNSUPPORTED_WORDS = {"MINUS", "VALUES", "SERVICE", "BIND"}
_IMPORTS = OWL + "imports"
_SLOT = re.compile(r"\{[?$]")


def compiled(compiler: Compiler, shape: Term, node: Term) -> Find:
    """Return a function that finds a violation for each row of the query of a sh:sparql `node`.

    `shape` is the node of the shape that has it. The query is run in ``compiler.store`` for each
    focus node; new terms in its rows get numbers in the triples. Here it is run once in an empty
    store, to see whether it is SPARQL. Raises `UnknownConstructError` for what is left to pySHACL;
    so does the function, for a query that cannot be run.
    """
    shapes = compiler.shapes
    names = {name for name in shapes.properties(node) if ":" not in name}
    select = text(shapes.value(node, "select"))
    # Messages with {?name} are filled in from the row, which only pySHACL does.
    has_slots = any(_SLOT.search(text(m)) for m in shapes.values(shape, "message"))
    if names - _SUPPORTED or not select or has_slots:
        raise UnknownConstructError("sh:sparql with more than sh:select and sh:prefixes")
    if _UNSUPPORTED_NAMES.search(select) or not _is_plain(select):  # such as $PATH, $shapesGraph
        raise UnknownConstructError("sh:sparql that is more than a query about $this")
    prefixes = declared_prefixes(shapes, node)
    of_node_shape = not shapes.values(shape, "path")
    _paths_and_values(Store(), select, prefixes, NamedNode("https://example.org/"))  # is it SPARQL?
    if _has_unread_pattern(select):
        raise UnknownConstructError("sh:sparql with a pattern that is not one of SPARQL")

    def find(values: Values) -> Hits:
        """Run the query `select` with each focus node as $this, and return a hit for each row.

        Its ?value and ?path get numbers in the triples; a ?path that is no IRI does not count. For
        a node shape, the value of a row without ?value is the focus node. Raises
        `UnknownConstructError` if a query cannot be run.
        """
        triples = values.triples
        hits: list[list[int]] = []
        for place, focus in enumerate(values.nodes.tolist()):
            this = triples.term(focus)
            for path, value in _paths_and_values(compiler.store, select, prefixes, this):
                broken = this if value is None and of_node_shape else value
                predicate = path if isinstance(path, NamedNode) else None
                numbers = (NONE if t is None else triples.keep(t) for t in (broken, predicate))
                hits.append([place, *numbers])
        return Hits(*np.array(hits, np.int64).reshape(-1, 3).T)

    return find


def _is_plain(select: str) -> bool:
    """Return True if a store binds $this as SHACL wants: only the outermost group names it.

    Not inside brackets there, and not after AS. False also for a query with a subquery or one of
    MINUS, VALUES, SERVICE and BIND (`_UNSUPPORTED_WORDS`).
    """
    parts = [*without_space(tokens(select))]
    words = [token.text.upper() for token in parts if token.kind == "word"]
    if words.count("SELECT") != 1 or not _UNSUPPORTED_WORDS.isdisjoint(words):
        return False
    braces = brackets = 0
    before = ""
    for token in parts:
        braces += (token.text == "{") - (token.text == "}")
        brackets += (token.text == "(") - (token.text == ")")
        is_nested = braces > 1 or (braces and brackets) or before == "AS"
        if token.text in ("?this", "$this") and is_nested:
            return False
        before = token.text.upper()
    return True


def _has_unread_pattern(select: str) -> bool:
    """Return True if REGEX or REPLACE in a query has a string that is no pattern for a store.

    Look-ahead, for example. For a store this is an error within the query, which nobody sees.
    """
    parts = [*tokens(select)]
    if {"REGEX", "REPLACE"}.isdisjoint(token.text.upper() for token in parts):
        return False
    strings = (token.text for token in parts if token.kind == "string")
    return not all(patterns.is_pattern(string) for string in strings)


def _paths_and_values(
    store: Store, select: str, prefixes: dict[str, str], this: Term
) -> list[tuple[Term | None, Term | None]]:
    """Run a query with $this as one focus node; return the ?path and ?value of each row.

    Each is ``None`` where the row has none. Raises `UnknownConstructError` for a query that is no
    SELECT, or cannot be run.
    """
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
        raise UnknownConstructError(f"sh:sparql that cannot be run ({error})") from None


def declared_prefixes(shapes: Shapes, node: Term) -> dict[str, str]:
    """Return the prefixes for the query of a sh:sparql node, with their namespaces.

    They are `PREFIXES`, and those that the ontologies in its sh:prefixes declare by sh:declare, and
    the imports of these.
    """
    ontologies, seen = [*shapes.values(node, "prefixes")], list[Term]()
    while ontologies:
        ontology = ontologies.pop()
        if ontology not in seen:
            seen.append(ontology)
            ontologies += shapes.values(ontology, _IMPORTS)
    declarations = [part for ontology in seen for part in shapes.values(ontology, "declare")]
    return {**PREFIXES, **_namespaces(shapes, declarations)}


def all_prefixes(shapes: Shapes, node: Term) -> dict[str, str]:
    """Return the prefixes that the query of a node may use, with their namespaces.

    With sh:prefixes they are those of all declarations, since pySHACL may take them from any.
    """
    declarations = shapes.objects("declare") if shapes.values(node, "prefixes") else ()
    return {**PREFIXES, **_namespaces(shapes, declarations)}


def _namespaces(shapes: Shapes, declarations: Iterable[Term]) -> dict[str, str]:
    """Return the namespaces of some declarations (values of sh:declare) by their prefixes."""
    return {
        text(prefix): text(space)
        for declaration in declarations
        for prefix in shapes.values(declaration, "prefix")
        for space in shapes.values(declaration, "namespace")
    }
