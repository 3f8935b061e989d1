"""What is wrong in shapes, so that they cannot be checked: terms, values, paths and queries.

Both engines would ignore such a triple, or fail where nobody can see which it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from functools import partial

from pyoxigraph import Literal, NamedNode, Quad, QueryBoolean, QuerySolutions, Store

from allgraph import sandbox
from allgraph.errors import EngineCrash, QueryError
from allgraph.model.vocabulary import TYPE
from allgraph.rdf.terms import RDF, Term, text
from allgraph.sparql.syntax import refuse_depth, syntax_error
from allgraph.sparql.tokens import is_calm, tokens
from allgraph.validation.shacl import paths, patterns, sparql_constraints
from allgraph.validation.shacl.constraints import NODE_KINDS
from allgraph.validation.shacl.results import SH, shape_name
from allgraph.validation.shacl.shapes import Shapes, UnknownConstructError, WrongConstructError
from allgraph.validation.shacl.vocabulary import CORE, UNSUPPORTED

_Problem = Callable[[Shapes, Term, Term], str]
"""Returns what is wrong with the value of a predicate of a node, ``""`` if nothing is."""
_NIL = NamedNode(RDF + "nil")
_WHOLE = re.compile(r"\+?[0-9]+")
_PATH = re.compile(r"[?$]PATH\b")
_KINDS = ("word", "variable")
_FORBIDDEN = {
    "SHAPESGRAPH": "$shapesGraph is not supported",
    **{word: f"SHACL forbids {word} in queries" for word in ("MINUS", "VALUES", "SERVICE")},
}
"""The messages for words and names of variables that a query must not have."""
_QUERIES = ("sparql", "validator", "nodeValidator", "propertyValidator")
"""The predicates whose values have a query that is run."""


def errors(shapes: Shapes, quads: Sequence[Quad]) -> Iterator[tuple[int, str]]:
    """Yield the place in `quads` of each triple that is wrong, and a message; in order.

    `quads` are the triples of one file, and `shapes` those of all files. A triple is wrong when its
    predicate, or its object as a type, is a term that SHACL does not have, or when the predicate
    does not take the object as value.
    """
    for place, quad in enumerate(quads):
        for name in _names(quad):
            if name not in CORE and name not in UNSUPPORTED:
                yield place, _unknown(name)
        predicate = quad.predicate.value.removeprefix(SH)
        find = _PROBLEMS.get(predicate)
        if find and (problem := find(shapes, quad.subject, quad.object)):
            is_named = isinstance(quad.subject, NamedNode)
            owner = f" of {shape_name(quad.subject)}" if is_named else ""
            yield place, f"sh:{predicate}{owner}: {problem}"


def unsupported(quads: Sequence[Quad]) -> Iterator[str]:
    """Yield a note for each term of SHACL in some triples that neither engine knows."""
    for quad in quads:
        for name in _names(quad):
            if name in UNSUPPORTED:
                specification = UNSUPPORTED[name]
                owner = shape_name(quad.subject)
                yield f"{owner} uses sh:{name} of {specification}, which is not supported: ignored"


def _names(quad: Quad) -> Iterator[str]:
    """Yield the local names of the predicate, and of a type as object, if they begin with sh:."""
    terms = (quad.predicate, quad.object) if quad.predicate == TYPE else (quad.predicate,)
    for term in terms:
        if isinstance(term, NamedNode) and term.value.startswith(SH):
            yield term.value.removeprefix(SH)


def _unknown(name: str) -> str:
    """Return the message for a local name that SHACL does not have, with the most similar one."""
    near = get_close_matches(name, sorted(CORE | UNSUPPORTED.keys()), 1)
    hint = f"did you mean sh:{near[0]}?" if near else "its terms are at http://www.w3.org/ns/shacl"
    return f"SHACL has no term sh:{name}; {hint}"


# ---- Values of predicates


def _no_literal(_shapes: Shapes, _node: Term, value: Term) -> str:
    """Return what is wrong with a value that has to be a literal."""
    return "" if isinstance(value, Literal) else "the value has to be a literal, such as 1"


def _no_iri(_shapes: Shapes, _node: Term, value: Term) -> str:
    """Return what is wrong with a value that has to be an IRI."""
    return "" if isinstance(value, NamedNode) else "the value has to be an IRI"


def _no_whole_number(_shapes: Shapes, _node: Term, value: Term) -> str:
    """Return what is wrong with a value that has to be a whole number from 0."""
    is_whole = isinstance(value, Literal) and _WHOLE.fullmatch(value.value)
    return "" if is_whole else "the value has to be a whole number, such as 1"


def _no_truth_value(_shapes: Shapes, _node: Term, value: Term) -> str:
    """Return what is wrong with a value that has to be true or false."""
    is_one = isinstance(value, Literal) and value.value in ("true", "false", "1", "0")
    return "" if is_one else "the value has to be true or false"


def _no_node_kind(_shapes: Shapes, _node: Term, value: Term) -> str:
    """Return what is wrong with a value of sh:nodeKind."""
    kinds = [SH + name for name in NODE_KINDS]
    is_one = isinstance(value, NamedNode) and value.value in kinds
    return "" if is_one else f"the value has to be one of sh:{', sh:'.join(NODE_KINDS)}"


def _no_list(shapes: Shapes, _node: Term, value: Term) -> str:
    """Return what is wrong with a value that has to be a list."""
    try:
        is_list = value == _NIL or bool(shapes.items(value))
    except UnknownConstructError:
        is_list = False
    return "" if is_list else "the value has to be a list, such as (1 2)"


def _no_path(shapes: Shapes, _node: Term, value: Term) -> str:
    """Return what is wrong with a path that cannot be followed."""
    try:
        paths.path(shapes, value, lambda _: 0)
    except WrongConstructError as error:
        return str(error)
    except UnknownConstructError:  # pySHACL may know more
        return ""
    return ""


def _no_pattern(shapes: Shapes, node: Term, value: Term) -> str:
    """Return what is wrong with a pattern, or with the flags that the node has for it."""
    if not isinstance(value, Literal):
        return "the value has to be a text"
    flags = [text(flag) for flag in shapes.values(node, "flags")] or [""]
    problems = (patterns.problem(value.value, each.lower()) for each in flags)
    return next(
        (f"“{value.value}” cannot be read: {problem}" for problem in problems if problem), ""
    )


# ---- Queries


def _no_query(kind: type, name: str) -> _Problem:
    """Return the function that says what is wrong with a query; its answer has to be of a class.

    `name` is the keyword of such queries.
    """

    def problem(shapes: Shapes, node: Term, value: Term) -> str:
        """Return what is wrong with the query of a node, if it is one that is run.

        It has to be SPARQL without what SHACL forbids, and its prefixes must be declared.
        """
        if not any(node in shapes.objects(predicate) for predicate in _QUERIES):
            return ""
        query = text(value)
        found = {t.text.lstrip("?$").upper() for t in tokens(query) if t.kind in _KINDS}
        if wrong := sorted(found & _FORBIDDEN.keys()):
            return _FORBIDDEN[wrong[0]]
        prefixes = sparql_constraints.all_prefixes(shapes, node)
        work = partial(_query_problem, query, prefixes, kind, name)
        try:
            refuse_depth(query)
            if is_calm(query):
                return work()
            return sandbox.run(work, what="the query of a shape", can_pickle=True)
        except (QueryError, EngineCrash) as error:
            return error.message

    return problem


def _query_problem(query: str, prefixes: dict[str, str], kind: type, name: str) -> str:
    """Return what is wrong with a query, which is run in an empty store to see it.

    Its answer has to be of the class `kind`; `name` is the keyword of such queries.
    """
    try:
        answer = Store().query(_PATH.sub("<urn:path>", query), prefixes=prefixes)
    except SyntaxError as error:
        return syntax_error(str(error), query, prefixes).message
    except (ValueError, RuntimeError, OSError) as error:
        return f"this cannot be run: {error}"
    return "" if isinstance(answer, kind) else f"this has to be a query with {name}"


_PROBLEMS: dict[str, _Problem] = {
    **dict.fromkeys(("minInclusive", "minExclusive", "maxInclusive", "maxExclusive"), _no_literal),
    **dict.fromkeys(("datatype", "lessThan", "lessThanOrEquals"), _no_iri),
    **dict.fromkeys(("equals", "disjoint", "severity"), _no_iri),
    **dict.fromkeys(("minCount", "maxCount", "minLength", "maxLength"), _no_whole_number),
    **dict.fromkeys(("qualifiedMinCount", "qualifiedMaxCount"), _no_whole_number),
    **dict.fromkeys(("closed", "uniqueLang"), _no_truth_value),
    **dict.fromkeys(("in", "languageIn", "and", "or", "xone", "ignoredProperties"), _no_list),
    "nodeKind": _no_node_kind,
    "path": _no_path,
    "pattern": _no_pattern,
    "select": _no_query(QuerySolutions, "SELECT"),
    "ask": _no_query(QueryBoolean, "ASK"),
}
"""The functions that find what is wrong, by the predicates whose values they look at."""
