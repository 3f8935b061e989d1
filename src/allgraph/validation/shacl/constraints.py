"""The constraints of SHACL, each checked for many values at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple, Protocol

import numpy as np
from pyoxigraph import BlankNode, Literal, NamedNode, Store

from allgraph.model import vocabulary
from allgraph.model.triples import BLANK, IRI, TEXT, Flags, Numbers, Triples
from allgraph.rdf.terms import RDFS, XSD, Term, text
from allgraph.validation.shacl.literals import fits_bound, has_datatype, is_before
from allgraph.validation.shacl.shapes import Shapes, UnknownConstructError

SUBCLASS = NamedNode(RDFS + "subClassOf")
_NODE_KINDS = {
    "IRI": (IRI,),
    "BlankNode": (BLANK,),
    "Literal": (TEXT,),
    "BlankNodeOrIRI": (BLANK, IRI),
    "BlankNodeOrLiteral": (BLANK, TEXT),
    "IRIOrLiteral": (IRI, TEXT),
}


class Shape(Protocol):
    """A shape that nodes conform to or not."""

    path: Any

    def conforms(self, nodes: Numbers) -> Flags:
        """Which of some nodes conform."""
        ...


class CompileContext(Protocol):
    """What constraints are made with."""

    @property
    def shapes(self) -> Shapes:
        """The shapes graph."""
        ...

    @property
    def store(self) -> Store:
        """All triples in a store."""
        ...

    def number(self, term: Term) -> int:
        """The number of a term of a shape."""
        ...

    def predicate(self, term: Term) -> int:
        """The number of a predicate that a constraint names."""
        ...

    def instances(self, kind: int) -> Flags:
        """Whether each term is of a class, or of one below it."""
        ...

    def shape(self, node: Term) -> Shape:
        """A shape by its node."""
        ...


@dataclass(frozen=True)
class Values:
    """The values of some focus nodes: `at` are places in `nodes`."""

    triples: Triples
    nodes: Numbers
    at: Numbers
    values: Numbers

    @cached_property
    def different(self) -> tuple[Numbers, Numbers]:
        """The values, each once, and the place there of each."""
        found, places = np.unique(self.values, return_inverse=True)
        return found, places

    @cached_property
    def pairs(self) -> Numbers:
        """A number for each pair of place and value."""
        return self.at * self.triples.size + self.values


class Hits(NamedTuple):
    """What breaks a constraint: places of focus nodes, their values and paths, if any."""

    at: Numbers
    values: Numbers | None = None
    paths: Numbers | None = None


class Constraint(NamedTuple):
    """A constraint of a shape, by the name of its component."""

    component: str
    find: Callable[[Values], Hits]


Test = Callable[[Triples, Numbers], Flags]


def instances(triples: Triples, kind: int) -> Flags:
    """Whether each term is of a class, or of one below it."""
    below = triples.relation(SUBCLASS).inverse
    classes = fresh = np.array([kind])
    while len(fresh):
        fresh = np.setdiff1d(below.of(fresh)[1], classes)
        classes = np.union1d(classes, fresh)
    found = np.zeros(triples.size, bool)
    found[triples.relation(vocabulary.TYPE).inverse.of(classes)[1]] = True
    return found


def of_values(component: str, test: Test) -> Constraint:
    """A constraint that each value keeps or breaks by itself."""

    def find(values: Values) -> Hits:
        different, places = values.different
        bad = ~test(values.triples, different)[places]
        return Hits(values.at[bad], values.values[bad])

    return Constraint(component, find)


def by_term(fits: Callable[[Term], bool]) -> Test:
    """A test of each value as a term."""

    def test(triples: Triples, values: Numbers) -> Flags:
        terms = triples.terms
        return np.fromiter((fits(terms[value]) for value in values.tolist()), bool, len(values))

    return test


def compiled(compiler: CompileContext, shape: Term, name: str) -> Iterator[Constraint]:
    """The constraints that a shape has by one parameter."""
    for value in compiler.shapes.values(shape, name):
        yield _MAKERS[name](compiler, shape, value)


# ---- Constraints on each value


def _class(compiler: CompileContext, _: Term, value: Term) -> Constraint:
    kind = compiler.number(value)
    return of_values("Class", lambda triples, values: compiler.instances(kind)[values])


def _datatype(compiler: CompileContext, shape: Term, value: Term) -> Constraint:
    compiler.shapes.value(shape, "datatype")
    return of_values("Datatype", by_term(partial(has_datatype, datatype=text(value))))


def _node_kind(compiler: CompileContext, shape: Term, value: Term) -> Constraint:
    compiler.shapes.value(shape, "nodeKind")
    kinds = _NODE_KINDS.get(text(value).rpartition("#")[2])
    if kinds is None:
        raise UnknownConstructError(f"a sh:nodeKind {text(value)}")
    return of_values("NodeKind", lambda triples, values: np.isin(triples.kinds[values], kinds))


def _in(compiler: CompileContext, shape: Term, value: Term) -> Constraint:
    compiler.shapes.value(shape, "in")
    allowed = np.array([compiler.number(item) for item in compiler.shapes.items(value)], np.int64)
    return of_values("In", lambda triples, values: np.isin(values, allowed))


def _pattern(compiler: CompileContext, shape: Term, value: Term) -> Constraint:
    flags = text(compiler.shapes.value(shape, "flags")).lower()
    options = (re.I if "i" in flags else 0) | (re.M if "m" in flags else 0)
    try:
        pattern = re.compile(text(value), options)
    except re.error as error:
        raise UnknownConstructError(f"a pattern: {error}") from None
    return of_values(
        "Pattern",
        by_term(lambda t: not isinstance(t, BlankNode) and pattern.search(text(t)) is not None),
    )


def _length(name: str, fits: Callable[[int, int], bool]) -> Maker:
    def make(compiler: CompileContext, shape: Term, value: Term) -> Constraint:
        compiler.shapes.value(shape, name)
        bound = whole_number(value)
        component = name[0].upper() + name[1:]
        if name == "minLength" and bound == 0:  # pySHACL then lets blank nodes pass too
            return of_values(component, lambda triples, values: np.ones(len(values), bool))
        return of_values(
            component, by_term(lambda t: not isinstance(t, BlankNode) and fits(len(text(t)), bound))
        )

    return make


def _bound(name: str, fits: Callable[[int], bool]) -> Maker:
    def make(compiler: CompileContext, shape: Term, value: Term) -> Constraint:
        if not isinstance(value, Literal):
            raise UnknownConstructError(f"a sh:{name} that is no literal")
        component = name[0].upper() + name[1:]
        return of_values(component, by_term(partial(fits_bound, bound=value, fits=fits)))

    return make


def _language_in(compiler: CompileContext, shape: Term, value: Term) -> Constraint:
    compiler.shapes.value(shape, "languageIn")
    allowed = {text(item).lower() for item in compiler.shapes.items(value)}

    def fits(term: Term) -> bool:
        tag = ((isinstance(term, Literal) and term.language) or "").lower()
        return bool(tag) and not allowed.isdisjoint(("*", tag, tag.partition("-")[0]))

    return of_values("LanguageIn", by_term(fits))


# ---- Constraints on all values of a node


def _min_count(compiler: CompileContext, shape: Term, value: Term) -> Constraint:
    least = _count(compiler, shape, "minCount", value)
    return Constraint(
        "MinCount", lambda values: Hits(np.flatnonzero(_counts(values) < least))
    )  # fmt: skip


def _max_count(compiler: CompileContext, shape: Term, value: Term) -> Constraint:
    most = _count(compiler, shape, "maxCount", value)
    return Constraint("MaxCount", lambda values: Hits(np.flatnonzero(_counts(values) > most)))


def _counts(values: Values) -> Numbers:
    return np.bincount(values.at, minlength=len(values.nodes))


def _count(compiler: CompileContext, shape: Term, name: str, value: Term) -> int:
    compiler.shapes.value(shape, name)
    if not compiler.shapes.values(shape, "path"):
        raise UnknownConstructError(f"sh:{name} of a node shape")
    return whole_number(value)


def whole_number(value: Term) -> int:
    """The number that a shape counts with."""
    is_integer = isinstance(value, Literal) and value.datatype.value == XSD + "integer"
    if not is_integer or not re.fullmatch(r"\+?[0-9]{1,9}", text(value)):
        raise UnknownConstructError(f"“{text(value)}” for a whole number")
    return int(text(value))


def _has_value(compiler: CompileContext, _: Term, value: Term) -> Constraint:
    wanted = compiler.number(value)

    def find(values: Values) -> Hits:
        has = np.zeros(len(values.nodes), bool)
        has[values.at[values.values == wanted]] = True
        return Hits(np.flatnonzero(~has))

    return Constraint("HasValue", find)


def _unique_lang(compiler: CompileContext, shape: Term, value: Term) -> Constraint:
    compiler.shapes.value(shape, "uniqueLang")
    if text(value) not in ("true", "false") or not compiler.shapes.values(shape, "path"):
        raise UnknownConstructError("sh:uniqueLang")

    def find(values: Values) -> Hits:
        seen: set[tuple[int, str]] = set()
        found: set[tuple[int, str]] = set()
        for at, number in zip(values.at.tolist(), values.values.tolist(), strict=True):
            term = values.triples.terms[number]
            if isinstance(term, Literal) and term.language:
                pair = at, term.language.lower()
                (found if pair in seen else seen).add(pair)
        is_on = text(value) == "true"
        return Hits(np.array(sorted(at for at, _ in found) if is_on else [], np.int64))

    return Constraint("UniqueLang", find)


# ---- Constraints by another property of the node


def _set(component: str, differing: Callable[..., Numbers]) -> Maker:
    """A constraint on all pairs of nodes and values here and there: those differing are hits."""

    def make(compiler: CompileContext, _: Term, value: Term) -> Constraint:
        predicate = compiler.predicate(value)

        def find(values: Values) -> Hits:
            at, others = values.triples.relation(predicate).of(values.nodes)
            found = differing(values.pairs, at * values.triples.size + others)
            return Hits(*np.divmod(found, values.triples.size))

        return Constraint(component, find)

    return make


def _less(component: str, or_equal: bool) -> Maker:
    def make(compiler: CompileContext, shape: Term, value: Term) -> Constraint:
        predicate = compiler.predicate(value)
        if not compiler.shapes.values(shape, "path"):
            raise UnknownConstructError(f"sh:{component} of a node shape")

        def find(values: Values) -> Hits:
            terms = values.triples.terms
            relation = values.triples.relation(predicate)
            places, others = relation.of(values.nodes[values.at])
            size = values.triples.size
            pairs, same = np.unique(values.values[places] * size + others, return_inverse=True)
            ones, others = np.divmod(pairs, size)
            bad = np.fromiter(
                (
                    not is_before(terms[one], terms[other], or_equal=or_equal)
                    for one, other in zip(ones.tolist(), others.tolist(), strict=True)
                ),
                bool,
                len(pairs),
            )
            found = np.unique(places[bad[same]])
            return Hits(values.at[found], values.values[found])

        return Constraint(component, find)

    return make


def _closed(compiler: CompileContext, shape: Term, value: Term) -> Constraint:
    shapes = compiler.shapes
    if text(value) not in ("true", "false"):
        raise UnknownConstructError("sh:closed that is neither true nor false")
    ignored = shapes.value(shape, "ignoredProperties")
    allowed = {compiler.number(item) for item in (shapes.items(ignored) if ignored else ())}
    for inner in shapes.values(shape, "property"):
        allowed.update(compiler.number(path) for path in shapes.values(inner, "path"))
    is_resource = (compiler.number(vocabulary.TYPE), compiler.number(NamedNode(RDFS + "Resource")))

    def find(values: Values) -> Hits:
        found: list[tuple[Numbers, Numbers, Numbers]] = []
        for predicate in values.triples.predicates if text(value) == "true" else ():
            if predicate not in allowed:
                places, objects = values.triples.relation(predicate).of(values.values)
                kept = (objects != is_resource[1]) | (predicate != is_resource[0])
                at = values.at[places[kept]]
                found.append((at, objects[kept], np.full(len(at), predicate)))
        if not found:
            return Hits(np.empty(0, np.int64))
        return Hits(*(np.concatenate(parts) for parts in zip(*found, strict=True)))

    return Constraint("Closed", find)


# ---- Constraints by other shapes


def _not(compiler: CompileContext, _: Term, value: Term) -> Constraint:
    other = compiler.shape(value)
    return of_values("Not", lambda triples, values: ~other.conforms(values))


def _node(compiler: CompileContext, _: Term, value: Term) -> Constraint:
    other = compiler.shape(value)
    if other.path is not None:
        raise UnknownConstructError("a sh:node with a sh:path")
    return of_values("Node", lambda triples, values: other.conforms(values))


def _list(component: str, fits: Callable[[Numbers, int], Flags]) -> Maker:
    def make(compiler: CompileContext, _: Term, value: Term) -> Constraint:
        others = [compiler.shape(item) for item in compiler.shapes.items(value)]
        if not others:
            raise UnknownConstructError("an empty list of shapes")

        def test(triples: Triples, values: Numbers) -> Flags:
            kept = sum((other.conforms(values).astype(np.int64) for other in others),
                       start=np.zeros(len(values), np.int64))  # fmt: skip
            return fits(kept, len(others))

        return of_values(component, test)

    return make


Maker = Callable[[CompileContext, Term, Term], Constraint]
_MAKERS: dict[str, Maker] = {
    "class": _class,
    "datatype": _datatype,
    "nodeKind": _node_kind,
    "in": _in,
    "pattern": _pattern,
    "minLength": _length("minLength", lambda length, bound: length >= bound),
    "maxLength": _length("maxLength", lambda length, bound: length <= bound),
    "minExclusive": _bound("minExclusive", lambda order: order > 0),
    "minInclusive": _bound("minInclusive", lambda order: order >= 0),
    "maxExclusive": _bound("maxExclusive", lambda order: order < 0),
    "maxInclusive": _bound("maxInclusive", lambda order: order <= 0),
    "languageIn": _language_in,
    "uniqueLang": _unique_lang,
    "minCount": _min_count,
    "maxCount": _max_count,
    "hasValue": _has_value,
    "equals": _set("Equals", np.setxor1d),
    "disjoint": _set("Disjoint", np.intersect1d),
    "lessThan": _less("LessThan", or_equal=False),
    "lessThanOrEquals": _less("LessThanOrEquals", or_equal=True),
    "closed": _closed,
    "not": _not,
    "node": _node,
    "and": _list("And", lambda kept, all_of_them: kept == all_of_them),
    "or": _list("Or", lambda kept, _: kept > 0),
    "xone": _list("Xone", lambda kept, _: kept == 1),
}
PARAMETERS = frozenset(_MAKERS)
"""The parameters of SHACL that are compiled, beside sh:property and sh:sparql."""
