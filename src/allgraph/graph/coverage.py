"""Whether the claims that a question cites carry all of it.

Then its answer on a view is its answer on the whole graph, without the rows that cite a claim
which the view leaves out; so it can be asked where the whole graph is.

That is so when every triple that a row rests on is there whenever the claims that it cites are.
A variable is *safe* when that holds of what it is bound to: a claim that is cited; and what a
safe one leads to by a predicate that no claim uses, and that leads to no claim (rdf:subject and
rdf:object may, since a claim is left out with the one that it is about). All subjects have to be
safe; in OPTIONAL, EXISTS and MINUS by what stands before them. All else is not carried.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from allgraph.rdf.terms import AG, Prefixes

Safe = frozenset[Any]
"""Variables of rdflib, and its blank nodes, which stand for variables in a query."""

_KEPT = ("Project", "Distinct", "OrderBy")


@dataclass(frozen=True)
class Predicates:
    """What is known of the predicates of a graph, by their IRIs.

    `claimed` are those of direct triples, which come and go with claims; `leading` those that
    lead to claims, other than rdf:subject and rdf:object of claims.
    """

    claimed: Collection[str]
    leading: Collection[str]


def carried(sparql: str, columns: Collection[str], known: Predicates, prefixes: Prefixes) -> bool:
    """Whether the claims in some columns carry every row of a query.

    >>> known = Predicates({"http://x/knows"}, set())
    >>> text = "SELECT ?claim ?b { ?claim rdf:subject ?a . ?a %s ?b }"
    >>> prefixes = Prefixes.of("http://x/", {"x": "http://x/"})
    >>> carried(text % "rdfs:label", ["claim"], known, prefixes)
    True
    >>> carried(text % "x:knows", ["claim"], known, prefixes)
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
    seeds = frozenset(Variable(column) for column in columns)
    try:
        _AlgebraWalk(known, seeds).check(tree.p, seeds)
    except _NotCarried:
        return False
    return True


class _NotCarried(Exception):
    """A part of a question that the claims which it cites do not carry."""


@dataclass(frozen=True)
class _AlgebraWalk:
    """A walk through the algebra of a query, whose parts have the names that rdflib gives."""

    known: Predicates
    cited: Safe = field(default_factory=frozenset)

    def check(self, part: Any, given: Safe) -> None:
        """Raise `_NotCarried` unless a part is carried, where some variables are safe."""
        if part.name in _KEPT:
            self.check(part.p, given)
        elif part.name == "BGP":
            self._check_triples(part, given)
        elif part.name == "Join":
            both = self.safe(part, given)
            self.check(part.p1, both)
            self.check(part.p2, both)
        elif part.name == "Union":
            self.check(part.p1, given)
            self.check(part.p2, given)
        elif part.name == "LeftJoin":
            self.check(part.p1, given)
            before = self._before(part.p1, given)
            self.check(part.p2, before)
            self._check_exists(part.expr, before | self._before(part.p2, before))
        elif part.name == "Filter":
            self.check(part.p, given)
            self._check_exists(part.expr, self._before(part.p, given))
        elif part.name == "Extend":
            self._check_bind(part, given)
        elif part.name == "Minus":
            self.check(part.p1, given)
            alone = _variables(part.p2) if len(_variables(part.p2)) == 1 else frozenset()
            self.check(part.p2, self._before(part.p1, given) | (alone & self.cited & given))
        elif part.name != "ToMultiSet" or part.p.name != "values":
            raise _NotCarried  # a subquery, an aggregate, LIMIT, GRAPH and the like
        elif any(self.cited & row.keys() for row in part.p.res):
            raise _NotCarried

    def safe(self, part: Any, given: Safe) -> Safe:
        """The variables that are safe where a part matches."""
        if part.name == "BGP":
            return self._led_to(part, given)
        if part.name == "Union":
            return self.safe(part.p1, given) & self.safe(part.p2, given)
        if part.name == "Join":
            found, before = given, None
            while found != before:
                before = found
                found = self.safe(part.p1, found) | self.safe(part.p2, found)
            return found
        if part.name in ("LeftJoin", "Minus"):
            return self.safe(part.p1, given)
        if part.name == "Extend":
            found = self.safe(part.p, given)
            return found | {part.var} if _is_one(part.expr, found & _bound(part.p)) else found
        return self.safe(part.p, given) if part.name in ("Filter", *_KEPT) else given

    def _before(self, part: Any, given: Safe) -> Safe:
        """The variables that are safe and surely bound where a part matched."""
        return self.safe(part, given) & _bound(part)

    def _led_to(self, part: Any, given: Safe) -> Safe:
        found, before = set(given), -1
        while len(found) != before:
            before = len(found)
            for subject, predicate, obj in _steps(part):
                if subject in found and self._stays(predicate) and not self._leads(predicate):
                    found.add(obj)
        return frozenset(found)

    def _check_triples(self, part: Any, given: Safe) -> None:
        found = self._led_to(part, given)
        for subject, predicate, obj in _steps(part):
            kept = subject in found and self._stays(predicate)
            if not kept or (self._leads(predicate) and obj not in found):
                raise _NotCarried

    def _stays(self, predicate: str) -> bool:
        return predicate not in self.known.claimed and predicate != AG + "certainty"

    def _leads(self, predicate: str) -> bool:
        return predicate in self.known.leading

    def _check_bind(self, part: Any, given: Safe) -> None:
        self.check(part.p, given)
        before = self._before(part.p, given)
        self._check_exists(part.expr, before)
        if part.var in self.cited and not _is_one(part.expr, before):
            raise _NotCarried

    def _check_exists(self, expression: Any, before: Safe) -> None:
        for inner in _patterns(expression):
            self.check(inner, before)


def _is_one(expression: Any, variables: Safe) -> bool:
    """Whether an expression is a variable, and one of these."""
    from rdflib.term import Variable

    return isinstance(expression, Variable) and expression in variables


def _patterns(expression: Any) -> Iterator[Any]:
    """The patterns of EXISTS and NOT EXISTS in an expression."""
    if isinstance(expression, (list, tuple, set)):
        for each in expression:
            yield from _patterns(each)
    elif isinstance(expression, dict):
        if getattr(expression, "name", "") in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
            yield expression.graph  # type: ignore[attr-defined]
        else:
            for each in expression.values():
                yield from _patterns(each)


def _steps(part: Any) -> Iterator[tuple[Any, str, Any]]:
    """The triples of a group as subject, predicate and object; paths as the steps they take."""
    for subject, predicate, obj in part.triples:
        yield from _along(subject, predicate, obj)


def _along(subject: Any, way: Any, obj: Any) -> Iterator[tuple[Any, str, Any]]:
    from rdflib.paths import AlternativePath, InvPath, MulPath, SequencePath
    from rdflib.term import URIRef

    if isinstance(way, URIRef):
        yield subject, str(way), obj
    elif isinstance(way, InvPath):
        yield from _along(obj, way.arg, subject)
    elif isinstance(way, AlternativePath):
        for each in way.args:
            yield from _along(subject, each, obj)
    elif isinstance(way, SequencePath):
        stops = [subject, *((subject, obj, way, n) for n in range(len(way.args) - 1)), obj]
        for each, start, end in zip(way.args, stops, stops[1:], strict=False):
            yield from _along(start, each, end)
    elif isinstance(way, MulPath) and isinstance(way.path, URIRef):
        yield subject, str(way.path), obj
        yield obj, str(way.path), (subject, obj, way)
    else:
        raise _NotCarried


def _bound(part: Any) -> Safe:
    """The variables that are bound wherever a part matches."""
    if part.name == "BGP":
        return _of_triples(part)
    if part.name == "Join":
        return _bound(part.p1) | _bound(part.p2)
    if part.name == "Union":
        return _bound(part.p1) & _bound(part.p2)
    if part.name in ("LeftJoin", "Minus"):
        return _bound(part.p1)
    if part.name == "Extend":
        inner = _bound(part.p)
        return inner | {part.var} if _is_one(part.expr, inner) else inner
    if part.name == "ToMultiSet" and part.p.name == "values":
        rows = [{key for key, value in row.items() if value != "UNDEF"} for row in part.p.res]
        return frozenset(set.intersection(*rows)) if rows else frozenset()
    return _bound(part.p) if part.name in ("Filter", *_KEPT) else frozenset()


def _of_triples(part: Any) -> Safe:
    from rdflib.term import BNode, Variable

    return frozenset(t for each in part.triples for t in each if isinstance(t, (Variable, BNode)))


def _variables(part: Any) -> Safe:
    """All variables of a part that is a plain group; none of any other."""
    return _of_triples(part) if part.name == "BGP" else frozenset()
