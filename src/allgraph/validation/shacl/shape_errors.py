"""Errors in shapes, so that they cannot be checked: terms, values, paths and queries.

Both engines would ignore such a triple, or fail where nobody can see which it is. `_RULES` has the
syntax rules of SHACL by predicate, https://www.w3.org/TR/shacl/#syntax-rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from difflib import get_close_matches
from functools import partial
from itertools import takewhile
from typing import NamedTuple

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QuerySolutions,
    Store,
    Variable,
)

from allgraph import sandbox
from allgraph.errors import EngineCrash, QueryError
from allgraph.model.vocabulary import TYPE
from allgraph.rdf.terms import RDF, RDFS, XSD, Term, local_name, text
from allgraph.sparql.syntax import refuse_depth, syntax_error
from allgraph.sparql.tokens import Token, is_calm, tokens, without_space
from allgraph.validation.shacl import paths, patterns, sparql_constraints
from allgraph.validation.shacl.constraints import NODE_KINDS
from allgraph.validation.shacl.results import SEVERITIES, SH, SHAPE_KINDS, shape_name
from allgraph.validation.shacl.shapes import (
    DEEPEST,
    NIL,
    Shapes,
    UnknownConstructError,
)
from allgraph.validation.shacl.vocabulary import CORE, UNSUPPORTED

_Problem = Callable[[Shapes, Term, Term], str]
"""Returns what is wrong with the value of a predicate of a node, ``""`` if nothing is."""
_PATH = re.compile(r"[?$]PATH\b")
_OTHER_NAMESPACE = re.compile(r"(https?://(?:www\.)?w3\.org/ns/shacl[#/]?)[A-Za-z]+", re.IGNORECASE)
"""An IRI in a namespace that was meant to be that of SHACL."""
_FORBIDDEN = {
    "$shapesGraph": "$shapesGraph is not supported",
    "FROM": "a query of a shape is about the data; it takes no FROM",
    **{word: f"SHACL forbids {word} in queries" for word in ("MINUS", "VALUES", "SERVICE")},
}
"""The messages for words and variables that a query must not have."""
_THIS = ("$this", "?this")
_VALIDATORS = ("validator", "nodeValidator", "propertyValidator")
_QUERIES = ("sparql", *_VALIDATORS)
"""The predicates whose values have a query that is run."""
_INNER = ("property", "node", "not", "qualifiedValueShape")
"""The predicates whose values are shapes."""
_INNER_LISTS = ("and", "or", "xone")
"""The predicates whose values are lists of shapes."""


class _Rule(NamedTuple):
    """A rule of SHACL for a predicate: `problem` returns the error in one value of it.

    If `one`, a node has one value at most; if `of_property`, only a property shape has any.
    """

    problem: _Problem
    one: bool = False
    of_property: bool = False


def errors(shapes: Shapes, quads: Sequence[Quad]) -> Iterator[tuple[int, str]]:
    """Yield the place in `quads` of each triple that is wrong, and a message; in order.

    `quads` are the triples of one file, and `shapes` those of all files. A triple is wrong when its
    predicate, or its object as a type, is a term that SHACL does not have, when the node does not
    take the object as value of the predicate, or when the shapes from there on are too deep.
    """
    namespaces: set[str] = set()
    heights: dict[Term, int] = {}
    for place, quad in enumerate(quads):
        for term in _terms(quad):
            name = term.value.removeprefix(SH)
            if name == term.value:
                other = _OTHER_NAMESPACE.fullmatch(name)
                if other and other[1] not in namespaces:
                    namespaces.add(other[1])
                    yield place, f"the namespace of SHACL is {SH}, and not {other[1]}"
            elif name not in CORE and name not in UNSUPPORTED:
                yield place, f"SHACL has no term {_similar(name, [*CORE, *UNSUPPORTED])}"
        if problem := _broken_rule(shapes, quad) or _too_deep(shapes, quad, heights):
            is_named = isinstance(quad.subject, NamedNode)
            owner = f" of {shape_name(quad.subject)}" if is_named else ""
            predicate = quad.predicate.value.removeprefix(SH)
            name = "rdf:type" if quad.predicate == TYPE else f"sh:{predicate}"
            yield place, f"{name}{owner}: {problem}"


def notes(shapes: Shapes, quads: Sequence[Quad]) -> Iterator[str]:
    """Yield a note for each term of SHACL in some triples that neither engine knows.

    Also for each IRI to which they refer as a shape, and that no triple of all `shapes` describes.
    """
    for quad in quads:
        owner = shape_name(quad.subject)
        for name in (term.value.removeprefix(SH) for term in _terms(quad)):
            if name in UNSUPPORTED:
                specification = UNSUPPORTED[name]
                yield f"{owner} uses sh:{name} of {specification}, which is not supported: ignored"
        for inner in _inner(shapes, quad.predicate.value.removeprefix(SH), quad.object):
            if isinstance(inner, NamedNode) and not shapes.properties(inner):
                name = local_name(quad.predicate.value)
                yield (
                    f"no triples describe the shape {shape_name(inner)}, to which sh:{name} of "
                    f"{owner} refers: every node conforms to it"
                )


def _broken_rule(shapes: Shapes, quad: Quad) -> str:
    """Return what is wrong with a triple by the rule of its predicate, ``""`` if nothing is."""
    node, value, name = quad.subject, quad.object, quad.predicate.value.removeprefix(SH)
    rule = _RULES.get(name)
    if rule is None:
        return ""
    if problem := rule.problem(shapes, node, value):
        return problem
    if rule.one and value != shapes.values(node, name)[0]:
        return "only one value is allowed, and this is a second one"
    if rule.of_property and not shapes.values(node, "path"):
        return "only a property shape may have it, and this shape has no sh:path"
    return ""


def _inner(shapes: Shapes, name: str, value: Term) -> list[Term]:
    """Return the shapes that a value of a predicate, given by local name, refers to."""
    if name in _INNER_LISTS:
        with suppress(UnknownConstructError):  # a list without end
            return shapes.items(value)
    return [value] if name in _INNER else []


def _too_deep(shapes: Shapes, quad: Quad, heights: dict[Term, int]) -> str:
    """Return a message if a triple is where shapes begin to be nested too deep, else ``""``.

    `heights` is the cache of `_height`.
    """
    is_outer = _inner(shapes, quad.predicate.value.removeprefix(SH), quad.object)
    is_deep = is_outer and _height(shapes, quad.subject, heights) == DEEPEST + 1
    return f"shapes are nested more than {DEEPEST} deep" if is_deep else ""


def _height(
    shapes: Shapes, node: Term, heights: dict[Term, int], within: tuple[Term, ...] = ()
) -> int:
    """Return how deep shapes are nested in that of a node, at least `DEEPEST` + 1 if more.

    `within` are the shapes around it; one that is among them, and so contains itself, counts as 0.
    `heights` is a cache, which gets those of the shapes in it.
    """
    if node in within or len(within) > DEEPEST:
        return 0
    if node not in heights:
        around = (*within, node)
        heights[node] = max(
            (
                1 + _height(shapes, inner, heights, around)
                for name in (*_INNER, *_INNER_LISTS)
                for value in shapes.values(node, name)
                for inner in _inner(shapes, name, value)
            ),
            default=0,
        )
    return heights[node]


def _terms(quad: Quad) -> Iterator[NamedNode]:
    """Yield the predicate of a triple, and its object if that is an IRI and a type."""
    yield quad.predicate
    if quad.predicate == TYPE and isinstance(quad.object, NamedNode):
        yield quad.object


def _similar(name: str, names: Iterable[str]) -> str:
    """Return a wrong local name of SHACL, with the known name that is most like it."""
    near = get_close_matches(name, sorted(names), 1)
    hint = f"did you mean sh:{near[0]}?" if near else "its terms are at http://www.w3.org/ns/shacl"
    return f"sh:{name}; {hint}"


# ---- Values of predicates


def _anything(_shapes: Shapes, _node: Term, _value: Term) -> str:
    """Return that nothing is wrong with a value."""
    return ""


def _no_literal(_shapes: Shapes, _node: Term, value: Term) -> str:
    """Return what is wrong with a value that has to be a literal."""
    return "" if isinstance(value, Literal) else "the value has to be a literal, such as 1"


def _no_iri(_shapes: Shapes, _node: Term, value: Term) -> str:
    """Return what is wrong with a value that has to be an IRI."""
    return "" if isinstance(value, NamedNode) else "the value has to be an IRI"


def _no_node(_shapes: Shapes, _node: Term, value: Term) -> str:
    """Return what is wrong with a value that has to be an IRI or a blank node."""
    return "the value has to be a node, not a literal" if isinstance(value, Literal) else ""


def _blank(_shapes: Shapes, _node: Term, value: Term) -> str:
    """Return what is wrong with a value that has to be an IRI or a literal."""
    return "the value has to be an IRI or a literal" if isinstance(value, BlankNode) else ""


def _no_literal_of(datatypes: Collection[str], form: str, expected: str) -> _Problem:
    """Return the function that says what is wrong with a value that has to be a certain literal.

    It has one of some datatypes of XSD or RDF, and the `form` of a regular expression; `expected`
    names such literals.
    """
    pattern = re.compile(form, re.DOTALL)

    def problem(_shapes: Shapes, _node: Term, value: Term) -> str:
        """Return what is wrong with a value, which has to be as is `expected`."""
        is_one = (
            isinstance(value, Literal)
            and value.datatype.value in datatypes
            and pattern.fullmatch(value.value)
        )
        return "" if is_one else f"the value has to be {expected}"

    return problem


_no_whole_number = _no_literal_of((XSD + "integer",), r"\+?[0-9]+", "a whole number, such as 1")
_no_boolean = _no_literal_of((XSD + "boolean",), "true|false|1|0", "true or false, with no quotes")
_no_true_or_false = _no_literal_of(
    (XSD + "boolean",), "true|false", "true or false, with no quotes"
)
_no_string = _no_literal_of((XSD + "string",), ".*", "a text, such as 'x', with no language")
_no_text = _no_literal_of((XSD + "string", RDF + "langString"), ".*", "a text, such as 'x'")


def _no_severity(_shapes: Shapes, _node: Term, value: Term) -> str:
    """Return what is wrong with a value of sh:severity: no IRI, or an unknown name of SHACL.

    An IRI outside of the namespace of SHACL may be any.
    """
    if not isinstance(value, NamedNode):
        return "the value has to be an IRI"
    name = value.value.removeprefix(SH)
    if name == value.value or name in SEVERITIES or name in UNSUPPORTED:
        return ""
    return f"SHACL has no severity {_similar(name, SEVERITIES)}"


def _no_shape_of(has_path: bool) -> _Problem:
    """Return the function that says what is wrong with a value that has to be a shape.

    It has to be a property shape if `has_path`, else a node shape.
    """

    def problem(shapes: Shapes, _node: Term, value: Term) -> str:
        """Return what is wrong with a value, which has to be a shape with a path or without."""
        is_one = not isinstance(value, Literal) and bool(shapes.values(value, "path")) == has_path
        kind = "property shape, with a sh:path" if has_path else "node shape, without a sh:path"
        return "" if is_one else f"the value has to be a {kind}"

    return problem


def _no_kind(shapes: Shapes, node: Term, kind: Term) -> str:
    """Return what is wrong with a type of a node, if it is one about which SHACL says anything."""
    has_path = bool(shapes.values(node, "path"))
    is_class = text(kind) == RDFS + "Class" and shapes.types(node) & SHAPE_KINDS
    match text(kind).removeprefix(SH):
        case "NodeShape" if has_path:
            return "a sh:NodeShape takes no sh:path"
        case "PropertyShape" if not has_path:
            return "a sh:PropertyShape has to have a sh:path"
        case "ConstraintComponent" if not any(shapes.values(node, v) for v in _VALIDATORS):
            return f"the component has none of sh:{', sh:'.join(_VALIDATORS)}"
        case _ if is_class and isinstance(node, BlankNode):
            return "a class that is a shape has to be an IRI"
    return ""


def _no_query_node(shapes: Shapes, node: Term, value: Term) -> str:
    """Return what is wrong with a value of sh:sparql."""
    if problem := _no_node(shapes, node, value):
        return problem
    queries = [text(query) for query in shapes.values(value, "select")]
    if any(map(_PATH.search, queries)) and not shapes.values(node, "path"):
        return "the query has $PATH, and the shape has no sh:path"
    return "" if queries else "the value has no sh:select"


def _no_qualified_shape(shapes: Shapes, node: Term, value: Term) -> str:
    """Return what is wrong with a value of sh:qualifiedValueShape of a node."""
    names = ("qualifiedMinCount", "qualifiedMaxCount")
    if any(shapes.values(node, name) for name in names):
        return _no_node(shapes, node, value)
    return f"the shape has none of sh:{', sh:'.join(names)}"


def _no_node_kind(_shapes: Shapes, _node: Term, value: Term) -> str:
    """Return what is wrong with a value of sh:nodeKind."""
    kinds = [SH + name for name in NODE_KINDS]
    is_one = isinstance(value, NamedNode) and value.value in kinds
    return "" if is_one else f"the value has to be one of sh:{', sh:'.join(NODE_KINDS)}"


def _no_list_of(no_member: _Problem, least: int = 0) -> _Problem:
    """Return the function that says what is wrong with a value that has to be a list.

    `no_member` says it of a member; the list has to have some at `least`.
    """
    expected = "a list of shapes, with one at least" if least else "a list, such as (1 2)"

    def problem(shapes: Shapes, node: Term, value: Term) -> str:
        """Return what is wrong with a value, which has to be a list, or with a member of it."""
        try:
            members = shapes.items(value)
        except UnknownConstructError:
            members = []
        if not members and (value != NIL or least):
            return f"the value has to be {expected}"
        problems = (no_member(shapes, node, member) for member in members)
        return next((f"in the list, {problem}" for problem in problems if problem), "")

    return problem


def _no_path(shapes: Shapes, _node: Term, value: Term) -> str:
    """Return what is wrong with a path that cannot be followed."""
    try:
        paths.path(shapes, value, lambda _: 0)
    except UnknownConstructError as error:
        return str(error)
    return ""


def _no_pattern(shapes: Shapes, node: Term, value: Term) -> str:
    """Return what is wrong with a pattern, or with the flags that the node has for it."""
    if problem := _no_string(shapes, node, value):
        return problem
    flags = [text(flag) for flag in shapes.values(node, "flags")] or [""]
    problems = (patterns.problem(text(value), flag_text.lower()) for flag_text in flags)
    return next(
        (f"“{text(value)}” cannot be read: {problem}" for problem in problems if problem), ""
    )


# ---- Queries


def _no_query(kind: type, name: str) -> _Problem:
    """Return the function that says what is wrong with a query; its answer has to be of a class.

    `name` is the keyword of such queries.
    """

    def problem(shapes: Shapes, node: Term, value: Term) -> str:
        """Return what is wrong with the query of a node that SHACL would run, ``""`` for another.

        It has to be SPARQL without what SHACL forbids, and its prefixes must be declared.
        """
        if not any(node in shapes.objects(predicate) for predicate in _QUERIES):
            return ""
        if wrong_value := _no_string(shapes, node, value):
            return wrong_value
        query = text(value)
        if forbidden := _forbidden([*without_space(tokens(query))]):
            return forbidden
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


def _forbidden(parts: Sequence[Token]) -> str:
    """Return which words or variables of a query, given as tokens, SHACL forbids; ``""`` if none.

    In each part of the query, $this has to be the focus node.
    """
    in_group = False
    for place, token in enumerate(parts):
        word = token.text if token.kind == "variable" else token.text.upper()
        in_group = in_group or word == "{"
        if word.replace("?", "$") in _FORBIDDEN:
            return _FORBIDDEN[word.replace("?", "$")]
        if word in _THIS and place and parts[place - 1].text.upper() == "AS":
            return "$this is the focus node; it cannot be bound by AS"
        if word == "SELECT" and in_group:
            head = takewhile(lambda part: part.text != "{", parts[place:])
            if {part.text for part in head}.isdisjoint((*_THIS, "*")):
                return "a SELECT within the query has to select $this"
    return ""


def _query_problem(query: str, prefixes: dict[str, str], kind: type, name: str) -> str:
    """Return what is wrong with a query, which is run in an empty store to see it.

    Its answer has to be of the class `kind`; `name` is the keyword of such queries.
    """
    try:
        answer = Store().query(_PATH.sub("<urn:path>", query), prefixes=prefixes)
    except SyntaxError as error:
        return syntax_error(str(error), query, prefixes).message
    except (ValueError, RuntimeError, OSError) as error:
        return f"this query cannot be run: {error}"
    if not isinstance(answer, kind):
        return f"this has to be a query with {name}"
    if isinstance(answer, QuerySolutions) and Variable("this") not in answer.variables:
        return "the query has to select $this"
    return ""


def _rules(
    names: str, problem: _Problem, *, one: bool = False, of_property: bool = False
) -> dict[str, _Rule]:
    """Return one rule for several predicates, given by their local names with spaces between."""
    return dict.fromkeys(names.split(), _Rule(problem, one, of_property))


_RULES = {
    TYPE.value: _Rule(_no_kind),
    **_rules("targetNode", _blank),
    **_rules("targetClass targetSubjectsOf targetObjectsOf class equals disjoint", _no_iri),
    **_rules("entailment shapesGraph", _no_iri),
    **_rules("lessThan lessThanOrEquals", _no_iri, of_property=True),
    **_rules("datatype", _no_iri, one=True),
    **_rules("severity", _no_severity, one=True),
    **_rules("message", _no_text),
    **_rules("deactivated", _no_true_or_false, one=True),
    **_rules("path", _no_path, one=True),
    **_rules("nodeKind", _no_node_kind, one=True),
    **_rules("minCount maxCount", _no_whole_number, one=True, of_property=True),
    **_rules("minLength maxLength qualifiedMinCount qualifiedMaxCount", _no_whole_number, one=True),
    **_rules("minInclusive minExclusive maxInclusive maxExclusive", _no_literal, one=True),
    **_rules("pattern", _no_pattern, one=True),
    **_rules("flags prefix", _no_string, one=True),
    **_rules("uniqueLang", _no_boolean, one=True, of_property=True),
    **_rules("closed qualifiedValueShapesDisjoint", _no_boolean, one=True),
    **_rules("in", _no_list_of(_anything), one=True),
    **_rules("languageIn", _no_list_of(_no_string), one=True),
    **_rules("ignoredProperties", _no_list_of(_no_iri), one=True),
    **_rules("and or xone", _no_list_of(_no_node, least=1)),
    **_rules("not prefixes declare", _no_node),
    **_rules("node", _no_shape_of(has_path=False)),
    **_rules("property", _no_shape_of(has_path=True)),
    **_rules("qualifiedValueShape", _no_qualified_shape, one=True, of_property=True),
    **_rules("sparql", _no_query_node),
    **_rules("namespace", _no_literal, one=True),
    **_rules("select", _no_query(QuerySolutions, "SELECT"), one=True),
    **_rules("ask", _no_query(QueryBoolean, "ASK"), one=True),
}
"""The syntax rules of SHACL, by the local names of predicates, and for rdf:type."""
