"""Check that the claims that a question cites support every part of its rows.

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
            | ToMultiSet Project part               subquery with all of its variables, as its part
    expression = any, with EXISTS part and NOT EXISTS part in it

Other subqueries, aggregates, LIMIT, GRAPH and all other parts are not carried.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from allgraph.rdf.terms import AG, Prefixes

Safe = frozenset[Any]
"""Variables of rdflib, and its blank nodes, which stand for variables in a query.

A variable is safe when all that it can be bound to in a row is in every view that has the claims
which the row cites."""

_MODIFIERS = ("Project", "Distinct", "OrderBy")


@dataclass(frozen=True)
class Predicates:
    """The predicates of a graph whose triples depend on claims, as two sets of IRIs.

    `claimed` are those of direct triples, which claims yield; `leading` those with claims as
    objects, other than rdf:subject and rdf:object of claims.
    """

    claimed: Collection[str]
    leading: Collection[str]


def carried(
    sparql: str, columns: Collection[str], predicates: Predicates, prefixes: Prefixes
) -> bool:
    """Return whether each row of a query rests only on the claims that it cites in `columns`.

    If so, the answer in a view, which is the graph without the claims that do not hold on a day, is
    the answer in the graph but for rows that cite such claims. `predicates` has as `claimed` the
    IRIs of the predicates of triples that claims yield, and as `leading` those that may have claims
    as objects. The query is only parsed. ``False`` without `columns`, and for a query that cannot
    be parsed, is no SELECT, has FROM, or anything but triples, joins, UNION, OPTIONAL, MINUS,
    FILTER, BIND, VALUES, DISTINCT and ORDER BY.

    >>> predicates = Predicates({"http://x/knows"}, set())
    >>> text = "SELECT ?claim ?b { ?claim rdf:subject ?a . ?a %s ?b }"
    >>> prefixes = Prefixes.of("http://x/", {"x": "http://x/"})
    >>> carried(text % "rdfs:label", ["claim"], predicates, prefixes)
    True
    >>> carried(text % "x:knows", ["claim"], predicates, prefixes)
    False
    """
    from rdflib.term import Variable

    tree = _algebra(sparql, prefixes)
    if tree is None or tree.name != "SelectQuery" or tree.datasetClause or not columns:
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


@lru_cache(256)
def _algebra(sparql: str, prefixes: Prefixes) -> Any:
    """Return the algebra that rdflib makes of a query; ``None`` if it cannot be parsed.

    It must not be changed, as it is kept: to parse a question takes much longer than to run it, and
    it is often asked about many days.
    """
    from pyparsing.exceptions import ParseBaseException
    from rdflib.plugins.sparql.algebra import translateQuery, traverse
    from rdflib.plugins.sparql.parser import parseQuery

    try:
        tree = translateQuery(parseQuery(sparql), initNs=dict(prefixes)).algebra
        return traverse(tree, visitPost=_without_subquery)
    except (ParseBaseException, RecursionError):
        return None


def _without_subquery(part: Any) -> Any:
    """Return the part in a subquery that has all of its variables; ``None`` for any other part."""
    from rdflib.plugins.sparql.parserutils import CompValue

    if not isinstance(part, CompValue) or part.name != "ToMultiSet" or part.p.name != "Project":
        return None
    return part.p.p if set(part.p.PV) == _variables_in(part.p.p) else None


def _variables_in(part: Any) -> set[Any]:
    """Return all variables in a part of the algebra, also those that it does not bind."""
    from rdflib.plugins.sparql.algebra import traverse
    from rdflib.term import Variable

    variables: set[Any] = set()

    def collect(node: Any) -> None:
        """Add `node` to the variables if it is a variable."""
        if isinstance(node, Variable):
            variables.add(node)

    traverse(part, visitPost=collect)
    return variables


class _NotCarried(Exception):
    """The error for a part of a query that depends on more than the cited claims."""


@dataclass(frozen=True)
class _AlgebraWalk:
    """A check of SPARQL algebra for *safe* variables: their values depend only on cited claims.

    See `Safe`. `cited` are the variables that the cited claims are bound to. A method gets a part
    of the algebra and `safe_before`, the variables that are safe before the part matches; it
    changes nothing, and queries nothing.
    """

    predicates: Predicates
    cited: Safe

    def check(self, part: Any, safe_before: Safe) -> None:
        """Raise `_NotCarried` unless a part matches the same in every view with the cited claims.

        A view is the graph without the claims that do not hold on a day. `safe_before` are the
        variables that are safe before the part matches. A kind of part that `_CHECKS` has no
        method for, such as GRAPH, is refused.
        """
        _CHECKS.get(part.name, _AlgebraWalk._refuse)(self, part, safe_before)

    def _refuse(self, part: Any, safe_before: Safe) -> None:
        """Raise `_NotCarried`: for kinds of parts that have no check."""
        raise _NotCarried

    def _check_triples(self, part: Any, safe_before: Safe) -> None:
        """Raise `_NotCarried` unless a group of triples has the same matches in every view.

        All subjects have to be safe, and no triple may depend on claims by its predicate. Objects
        have to be safe too where the predicate may lead to claims.
        """
        safe = self._safe_after_triples(part, safe_before)
        for subject, predicate, obj in _triple_steps(part):
            kept = subject in safe and self._is_independent(predicate)
            if not kept or (self._leads_to_claims(predicate) and obj not in safe):
                raise _NotCarried

    def _check_join(self, part: Any, safe_before: Safe) -> None:
        """Raise `_NotCarried` unless both parts pass `check`, with all that is safe in the join."""
        self._check_union(part, self._after(part, safe_before)[0])

    def _check_union(self, part: Any, safe_before: Safe) -> None:
        """Raise `_NotCarried` unless both parts pass `check`, each with `safe_before`."""
        self.check(part.p1, safe_before)
        self.check(part.p2, safe_before)

    def _check_optional(self, part: Any, safe_before: Safe) -> None:
        """Raise `_NotCarried` unless both parts of an OPTIONAL pass, and each EXISTS in its FILTER.

        The second part is checked with what is safe and bound after the first, an EXISTS with what
        is so after either.
        """
        self.check(part.p1, safe_before)
        before = self._safe_and_bound(part.p1, safe_before)
        self.check(part.p2, before)
        self._check_exists(part.expr, before | self._safe_and_bound(part.p2, before))

    def _check_minus(self, part: Any, safe_before: Safe) -> None:
        """Raise `_NotCarried` unless both parts of a MINUS pass `check`.

        The second part is checked with what is safe and bound after the first. If the second part
        is a group of triples with a single variable, which is cited and in `safe_before`, that
        variable is safe in it too.
        """
        self.check(part.p1, safe_before)
        alone = _group_variables(part.p2) if len(_group_variables(part.p2)) == 1 else frozenset()
        self.check(
            part.p2, self._safe_and_bound(part.p1, safe_before) | (alone & self.cited & safe_before)
        )

    def _check_filter(self, part: Any, safe_before: Safe) -> None:
        """Raise `_NotCarried` unless the filtered part passes, and each EXISTS in its expression.

        An EXISTS may only use what is safe and bound in the part.
        """
        self.check(part.p, safe_before)
        self._check_exists(part.expr, self._safe_and_bound(part.p, safe_before))

    def _check_bind(self, part: Any, safe_before: Safe) -> None:
        """Raise `_NotCarried` for a BIND whose part does not pass, or that binds a cited variable.

        Its part is what stands before it. Each EXISTS in its expression has to pass too. A cited
        variable may be bound to a variable that is safe and bound.
        """
        self._check_filter(part, safe_before)
        if part.var in self.cited and not _is_variable_in(
            part.expr, self._safe_and_bound(part.p, safe_before)
        ):
            raise _NotCarried

    def _check_values(self, part: Any, safe_before: Safe) -> None:
        """Raise `_NotCarried` for VALUES with a cited variable, and for a subquery."""
        if part.p.name != "values" or any(self.cited & row.keys() for row in part.p.res):
            raise _NotCarried

    def _check_exists(self, expression: Any, safe_before: Safe) -> None:
        """Raise `_NotCarried` unless the pattern of each EXISTS in an expression passes `check`."""
        for pattern in _patterns(expression):
            self.check(pattern, safe_before)

    def _after(self, part: Any, safe_before: Safe) -> tuple[Safe, Safe]:
        """Return the variables that are safe where a part matches, and those bound in every match.

        `safe_before` are among the former. Raises `_NotCarried` for a property path that cannot be
        taken apart.
        """
        match part.name:
            case "BGP":
                return self._safe_after_triples(part, safe_before), _variables_of_triples(part)
            case "Union":
                one, other = (self._after(p, safe_before) for p in (part.p1, part.p2))
                return one[0] & other[0], one[1] & other[1]
            case "Join":
                one, other = (self._after(p, safe_before) for p in (part.p1, part.p2))
                safe = one[0] | other[0]
                # until no more variables become safe
                return (safe, one[1] | other[1]) if safe == safe_before else self._after(part, safe)
            case "LeftJoin" | "Minus":
                return self._after(part.p1, safe_before)
            case "Filter":
                return self._after(part.p, safe_before)
            case "Extend":
                safe, bound = self._after(part.p, safe_before)
                is_safe = _is_variable_in(part.expr, safe & bound)
                is_bound = _is_variable_in(part.expr, bound)
                of_part = frozenset([part.var])
                return safe | of_part if is_safe else safe, bound | of_part if is_bound else bound
            case "ToMultiSet" if part.p.name == "values":
                rows = [{k for k, value in row.items() if value != "UNDEF"} for row in part.p.res]
                return safe_before, frozenset(set.intersection(*rows) if rows else ())
        return safe_before, frozenset()

    def _safe_and_bound(self, part: Any, safe_before: Safe) -> Safe:
        """Return the variables that are safe where a part matches, and bound in every match."""
        safe, bound = self._after(part, safe_before)
        return safe & bound

    def _safe_after_triples(self, part: Any, safe_before: Safe) -> Safe:
        """Return the variables that are safe where a group of triples matches.

        Beside `safe_before`, these are objects of safe subjects, where triples with the predicate
        do not depend on claims, and have no claims as objects. Raises `_NotCarried` for a property
        path that cannot be taken apart.
        """
        safe, count_before = set(safe_before), -1
        while len(safe) != count_before:  # until no more variables become safe
            count_before = len(safe)
            for subject, predicate, obj in _triple_steps(part):
                if (
                    subject in safe
                    and self._is_independent(predicate)
                    and not self._leads_to_claims(predicate)
                ):
                    safe.add(obj)
        return frozenset(safe)

    def _is_independent(self, predicate: str) -> bool:
        """Return whether triples with a predicate are the same in all views, whichever claims hold.

        No claim yields them then, and they are not those that a view adds (``ag:certainty``).
        """
        return predicate not in self.predicates.claimed and predicate != AG + "certainty"

    def _leads_to_claims(self, predicate: str) -> bool:
        """Return whether a predicate may have claims as objects.

        rdf:subject and rdf:object of a claim do not count, since a view that leaves out a claim
        leaves out the claims about it too; unless the object is a blank node or incomplete.
        """
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
"""The check for each kind of part; any other kind of part is refused."""


def _is_variable_in(expression: Any, variables: Safe) -> bool:
    """Return whether an expression is a single variable, and one of `variables`."""
    from rdflib.term import Variable

    return isinstance(expression, Variable) and expression in variables


def _patterns(expression: Any) -> Iterator[Any]:
    """Yield the patterns of each EXISTS and NOT EXISTS in an expression of rdflib's algebra."""
    if getattr(expression, "name", "") in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
        yield expression.graph
    elif isinstance(expression, (list, tuple, set, dict)):
        for inner in expression.values() if isinstance(expression, dict) else expression:
            yield from _patterns(inner)


def _triple_steps(part: Any) -> Iterator[tuple[Any, str, Any]]:
    """Yield the triples of a group as subject, IRI of the predicate and object, paths in steps.

    Subjects and objects are terms of rdflib, or tuples for the nodes between two steps of a path,
    which serve as variables without a name. Raises `_NotCarried`, maybe after some triples, for a
    path that cannot be taken apart.
    """
    for subject, predicate, obj in part.triples:
        yield from _path_steps(subject, predicate, obj)


def _path_steps(subject: Any, path: Any, obj: Any) -> Iterator[tuple[Any, str, Any]]:
    """Yield the steps of one property path of a triple: from, IRI of the predicate, to.

    All that the path may match is made of these triples. Ends are the terms of rdflib in the query,
    or tuples for the nodes between two steps, which serve as variables without a name. All choices
    of an alternative are yielded. An optional or repeated predicate (``?``, ``*``, ``+``) is
    yielded from `subject` to `obj` and from there to a tuple, as both may be ends of the predicate.
    Raises `_NotCarried`, maybe after some steps, for any other path, such as a negated one.
    """
    from rdflib.paths import AlternativePath, InvPath, MulPath, SequencePath
    from rdflib.term import URIRef

    if isinstance(path, URIRef):
        yield subject, str(path), obj
    elif isinstance(path, InvPath):
        yield from _path_steps(obj, path.arg, subject)
    elif isinstance(path, AlternativePath):
        for choice in path.args:
            yield from _path_steps(subject, choice, obj)
    elif isinstance(path, SequencePath):
        stops = [subject, *((subject, obj, path, n) for n in range(len(path.args) - 1)), obj]
        for step, start, end in zip(path.args, stops, stops[1:], strict=False):
            yield from _path_steps(start, step, end)
    elif isinstance(path, MulPath) and isinstance(path.path, URIRef):
        yield subject, str(path.path), obj
        yield obj, str(path.path), (subject, obj, path)
    else:
        raise _NotCarried


def _variables_of_triples(part: Any) -> Safe:
    """Return the variables and blank nodes of a group of triples."""
    from rdflib.term import BNode, Variable

    terms = (term for triple in part.triples for term in triple)
    return frozenset(term for term in terms if isinstance(term, (Variable, BNode)))


def _group_variables(part: Any) -> Safe:
    """Return the variables of a part that is a plain group of triples; none for any other part."""
    return _variables_of_triples(part) if part.name == "BGP" else frozenset()
