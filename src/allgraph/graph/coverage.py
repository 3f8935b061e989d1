"""Whether the claims that a question cites carry all of it.

Then its answer on a view is its answer on the whole graph, without the rows that cite a claim
which the view leaves out; so it can be asked where the whole graph is.

That is so when every triple that a row rests on is there whenever the claims that it cites are.
A variable is *safe* when that holds of what it is bound to: a claim that is cited; and what a
safe one leads to by a predicate that no claim uses, and that leads to no claim (rdf:subject and
rdf:object may, since a claim is left out with the one that it is about). All subjects have to be
safe; in OPTIONAL, EXISTS and MINUS by what stands before them. All else is not carried.

A query is read as the algebra that rdflib makes of it, by this grammar::

    query   = part, in any number of Project, Distinct and OrderBy
    part    = BGP triples                           triples, with property paths
            | Join part part | Union part part
            | LeftJoin part part expression         OPTIONAL
            | Minus part part
            | Filter part expression
            | Extend part variable expression       BIND
            | ToMultiSet values                     VALUES
    expression = any, with EXISTS part and NOT EXISTS part in it

Subqueries, aggregates, LIMIT, GRAPH and all other parts are not carried.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from allgraph.rdf.terms import AG, Prefixes

Safe = frozenset[Any]
"""Variables of rdflib, and its blank nodes, which stand for variables in a query."""

_MODIFIERS = ("Project", "Distinct", "OrderBy")


@dataclass(frozen=True)
class Predicates:
    """The predicates of a graph that come and go with claims, by their IRIs.

    `claimed` are those of direct triples; `leading` those that lead to claims, other than
    rdf:subject and rdf:object of claims.
    """

    claimed: Collection[str]
    leading: Collection[str]


def carried(
    sparql: str, columns: Collection[str], predicates: Predicates, prefixes: Prefixes
) -> bool:
    """Whether the claims in these columns carry every row of a query.

    >>> predicates = Predicates({"http://x/knows"}, set())
    >>> text = "SELECT ?claim ?b { ?claim rdf:subject ?a . ?a %s ?b }"
    >>> prefixes = Prefixes.of("http://x/", {"x": "http://x/"})
    >>> carried(text % "rdfs:label", ["claim"], predicates, prefixes)
    True
    >>> carried(text % "x:knows", ["claim"], predicates, prefixes)
    False
    """
    from pyparsing.exceptions import ParseBaseException
    from rdflib.plugins.sparql.algebra import translateQuery
    from rdflib.plugins.sparql.parser import parseQuery
    from rdflib.term import Variable

    try:
        query = translateQuery(parseQuery(sparql), initNs=dict(prefixes))
    except (ParseBaseException, RecursionError):
        return False
    tree = query.algebra
    if tree.name != "SelectQuery" or tree.datasetClause or not columns:
        return False
    part = tree.p
    while part.name in _MODIFIERS:
        part = part.p
    seeds = frozenset(Variable(column) for column in columns)
    try:
        _AlgebraWalk(predicates, seeds).check(part, seeds)
    except _NotCarried:
        return False
    return True


class _NotCarried(Exception):
    """A part of a question that the claims which it cites do not carry."""


@dataclass(frozen=True)
class _AlgebraWalk:
    """A walk through the algebra of a query; see the grammar above.

    A method is given the variables that are safe before a part.
    """

    predicates: Predicates
    cited: Safe

    def check(self, part: Any, given: Safe) -> None:
        """Raise `_NotCarried` unless a part is carried."""
        _CHECKS.get(part.name, _AlgebraWalk._refuse)(self, part, given)

    def _refuse(self, part: Any, given: Safe) -> None:
        raise _NotCarried

    def _check_triples(self, part: Any, given: Safe) -> None:
        """All subjects have to be safe, and objects that may be claims."""
        safe = self._led_to(part, given)
        for subject, predicate, obj in _steps(part):
            kept = subject in safe and self._stays(predicate)
            if not kept or (self._leads(predicate) and obj not in safe):
                raise _NotCarried

    def _check_join(self, part: Any, given: Safe) -> None:
        self._check_union(part, self.safe(part, given))

    def _check_union(self, part: Any, given: Safe) -> None:
        self.check(part.p1, given)
        self.check(part.p2, given)

    def _check_optional(self, part: Any, given: Safe) -> None:
        """The second part has to be carried by what stands before it."""
        self.check(part.p1, given)
        before = self._before(part.p1, given)
        self.check(part.p2, before)
        self._check_exists(part.expr, before | self._before(part.p2, before))

    def _check_minus(self, part: Any, given: Safe) -> None:
        """As for OPTIONAL; a cited claim may be the one variable of the second part."""
        self.check(part.p1, given)
        alone = _variables(part.p2) if len(_variables(part.p2)) == 1 else frozenset()
        self.check(part.p2, self._before(part.p1, given) | (alone & self.cited & given))

    def _check_filter(self, part: Any, given: Safe) -> None:
        self.check(part.p, given)
        self._check_exists(part.expr, self._before(part.p, given))

    def _check_bind(self, part: Any, given: Safe) -> None:
        """A cited variable may only be bound to a safe one."""
        self._check_filter(part, given)
        if part.var in self.cited and not _is_one(part.expr, self._before(part.p, given)):
            raise _NotCarried

    def _check_values(self, part: Any, given: Safe) -> None:
        if part.p.name != "values" or any(self.cited & row.keys() for row in part.p.res):
            raise _NotCarried

    def _check_exists(self, expression: Any, before: Safe) -> None:
        for pattern in _patterns(expression):
            self.check(pattern, before)

    def safe(self, part: Any, given: Safe) -> Safe:
        """Return the variables that are safe where a part matches."""
        match part.name:
            case "BGP":
                return self._led_to(part, given)
            case "Union":
                return self.safe(part.p1, given) & self.safe(part.p2, given)
            case "Join":
                safe, before = given, None
                while safe != before:
                    before = safe
                    safe = self.safe(part.p1, safe) | self.safe(part.p2, safe)
                return safe
            case "LeftJoin" | "Minus":
                return self.safe(part.p1, given)
            case "Extend":
                safe = self.safe(part.p, given)
                return safe | {part.var} if _is_one(part.expr, safe & _bound(part.p)) else safe
            case "Filter":
                return self.safe(part.p, given)
        return given

    def _before(self, part: Any, given: Safe) -> Safe:
        """Return the variables that are safe and surely bound where a part matched."""
        return self.safe(part, given) & _bound(part)

    def _led_to(self, part: Any, given: Safe) -> Safe:
        """Return the variables that are safe where triples match."""
        safe, before = set(given), -1
        while len(safe) != before:
            before = len(safe)
            for subject, predicate, obj in _steps(part):
                if subject in safe and self._stays(predicate) and not self._leads(predicate):
                    safe.add(obj)
        return frozenset(safe)

    def _stays(self, predicate: str) -> bool:
        """Whether triples with a predicate are the same in a view."""
        return predicate not in self.predicates.claimed and predicate != AG + "certainty"

    def _leads(self, predicate: str) -> bool:
        return predicate in self.predicates.leading


_CHECKS: Mapping[str, Callable[[_AlgebraWalk, Any, Safe], None]] = {
    "BGP": _AlgebraWalk._check_triples,
    "Join": _AlgebraWalk._check_join,
    "Union": _AlgebraWalk._check_union,
    "LeftJoin": _AlgebraWalk._check_optional,
    "Minus": _AlgebraWalk._check_minus,
    "Filter": _AlgebraWalk._check_filter,
    "Extend": _AlgebraWalk._check_bind,
    "ToMultiSet": _AlgebraWalk._check_values,
}
"""What checks each kind of part; all other kinds are not carried."""


def _is_one(expression: Any, variables: Safe) -> bool:
    """Whether an expression is a variable, and one of these."""
    from rdflib.term import Variable

    return isinstance(expression, Variable) and expression in variables


def _patterns(expression: Any) -> Iterator[Any]:
    """Yield the patterns of EXISTS and NOT EXISTS in an expression."""
    if getattr(expression, "name", "") in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
        yield expression.graph
    elif isinstance(expression, (list, tuple, set, dict)):
        for inner in expression.values() if isinstance(expression, dict) else expression:
            yield from _patterns(inner)


def _steps(part: Any) -> Iterator[tuple[Any, str, Any]]:
    """Yield the triples of a group as subject, predicate and object; paths as their steps."""
    for subject, predicate, obj in part.triples:
        yield from _along(subject, predicate, obj)


def _along(subject: Any, way: Any, obj: Any) -> Iterator[tuple[Any, str, Any]]:
    """Yield the steps of a property path; `_NotCarried` for paths whose steps are not known."""
    from rdflib.paths import AlternativePath, InvPath, MulPath, SequencePath
    from rdflib.term import URIRef

    if isinstance(way, URIRef):
        yield subject, str(way), obj
    elif isinstance(way, InvPath):
        yield from _along(obj, way.arg, subject)
    elif isinstance(way, AlternativePath):
        for choice in way.args:
            yield from _along(subject, choice, obj)
    elif isinstance(way, SequencePath):
        stops = [subject, *((subject, obj, way, n) for n in range(len(way.args) - 1)), obj]
        for step, start, end in zip(way.args, stops, stops[1:], strict=False):
            yield from _along(start, step, end)
    elif isinstance(way, MulPath) and isinstance(way.path, URIRef):
        yield subject, str(way.path), obj
        yield obj, str(way.path), (subject, obj, way)
    else:
        raise _NotCarried


def _bound(part: Any) -> Safe:
    """Return the variables that are bound wherever a part matches."""
    match part.name:
        case "BGP":
            return _of_triples(part)
        case "Join":
            return _bound(part.p1) | _bound(part.p2)
        case "Union":
            return _bound(part.p1) & _bound(part.p2)
        case "LeftJoin" | "Minus":
            return _bound(part.p1)
        case "Extend":
            inner = _bound(part.p)
            return inner | {part.var} if _is_one(part.expr, inner) else inner
        case "ToMultiSet" if part.p.name == "values":
            rows = [{key for key, value in row.items() if value != "UNDEF"} for row in part.p.res]
            return frozenset(set.intersection(*rows)) if rows else frozenset()
        case "Filter":
            return _bound(part.p)
    return frozenset()


def _of_triples(part: Any) -> Safe:
    """Return the variables and blank nodes of a group of triples."""
    from rdflib.term import BNode, Variable

    terms = (term for triple in part.triples for term in triple)
    return frozenset(term for term in terms if isinstance(term, (Variable, BNode)))


def _variables(part: Any) -> Safe:
    """Return all variables of a part that is a plain group; none of any other."""
    return _of_triples(part) if part.name == "BGP" else frozenset()
