"""Functions that replace those of pySHACL which do not do what SHACL says.

pySHACL ends the whole validation at values that it cannot compare, and orders some that have no
order; SHACL has a result for each. For literals it asks Python's parsers, which take other texts
than XML Schema. It matches patterns without a limit of time, in queries too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial, partialmethod
from types import SimpleNamespace
from typing import Any

from allgraph.rdf.bridge import from_rdflib, to_rdflib
from allgraph.validation.shacl import patterns, sparql_constraints
from allgraph.validation.shacl.literals import fits_bound, has_datatype
from allgraph.validation.shacl.results import sh
from allgraph.validation.shacl.shapes import Shapes

_Test = Callable[[str], bool]
_Compare = Callable[[Any, Iterable[Any], Iterable[Any], Any, Any], tuple[bool, list[Any]]]


@contextmanager
def replaced_functions(shapes: Shapes) -> Iterator[None]:
    """Within the block, let pySHACL use the functions of this module for some of its own.

    `shapes` are those that it checks. Changes globals of pySHACL, and restores them after; not safe
    with threads.
    """
    replacements = [*_replacements(shapes)]
    before = [(owner, name, vars(owner)[name]) for owner, name, _ in replacements]
    try:
        for owner, name, function in replacements:
            setattr(owner, name, function)
        yield
    finally:
        for owner, name, function in before:
            setattr(owner, name, function)


def _replacements(shapes: Shapes) -> Iterator[tuple[Any, str, Any]]:
    """Yield a class or module of pySHACL, a name of a function in it, and the function for it."""
    from pyshacl.constraints.core import property_pair_constraints as pairs
    from pyshacl.constraints.core import string_based_constraints as strings
    from pyshacl.constraints.core import value_constraints as values
    from pyshacl.constraints.core import value_range_constraints as ranges
    from pyshacl.constraints.sparql.sparql_based_constraints import SPARQLBasedConstraint
    from pyshacl.helper.sparql_query_helper import SPARQLQueryHelper
    from pyshacl.validator import Validator
    from rdflib.plugins.sparql import algebra, evaluate, operators

    less, less_or_equal = _comparing(lambda order: order < 0), _comparing(lambda order: order <= 0)
    yield pairs.LessThanConstraintComponent, "_compare_lt", less
    yield pairs.LessThanOrEqualsConstraintComponent, "_compare_ltoe", less_or_equal
    for component, name, fits in (
        (ranges.MinExclusiveConstraintComponent, "min_vals", lambda order: order > 0),
        (ranges.MinInclusiveConstraintComponent, "min_vals", lambda order: order >= 0),
        (ranges.MaxExclusiveConstraintComponent, "max_vals", lambda order: order < 0),
        (ranges.MaxInclusiveConstraintComponent, "max_vals", lambda order: order <= 0),
    ):
        yield component, "evaluate", _testing(partial(_bound_tests, name, fits))
    yield values.DatatypeConstraintComponent, "evaluate", _testing(_datatype_tests)
    yield strings.MinLengthConstraintComponent, "_evaluate_string_rule", _too_short
    yield strings.PatternConstraintComponent, "__init__", _read_pattern
    yield strings.PatternConstraintComponent, "_evaluate_string_rule", _matched
    languages = strings.UniqueLangConstraintComponent
    of_pyshacl = languages._evaluate_string_rule
    yield languages, "_evaluate_string_rule", partialmethod(_if_true, of_pyshacl)
    yield SPARQLBasedConstraint, "_validate_sparql_query", _solutions
    yield SPARQLQueryHelper, "collect_prefixes", partialmethod(_set_prefixes, shapes)
    yield algebra, "collectAndRemoveFilters", partial(_filters, algebra.collectAndRemoveFilters)
    yield operators, "re", SimpleNamespace(**{**vars(re), "search": _found, "sub": _replaced})
    yield evaluate, "evalGraph", _no_solutions
    yield Validator, "create_validation_report", _uncopied


def _uncopied(_validator: Any, _shapes: Any, _conforms: bool, results: list[Any]) -> Any:
    """Return the results themselves, instead of a graph with copies of their blank nodes."""
    return results, ""


def _if_true(
    constraint: Any, evaluate: Callable[..., Any], is_on: bool, data: Any, values: Any
) -> Any:
    """Return what `evaluate` does for a constraint sh:uniqueLang that is ``true``, and not ``1``.

    `evaluate` is the method of pySHACL, for which both are the same.
    """
    parameters = constraint.shape.objects(to_rdflib()(sh("uniqueLang")))
    return evaluate(constraint, is_on and "true" in map(str, parameters), data, values)


def _solutions(
    _constraint: Any, query: str, bindings: Mapping[str, Any], data: Any
) -> list[tuple[Any, ...]]:
    """Return the solutions of a query of sh:sparql, also those that are equal.

    Each is its $this, ?path and ?value, and a mapping of its other variables. Of those with
    ?failure, which are ``True`` and the mapping, only the first is returned.
    """
    solutions: list[tuple[Any, ...]] = []
    for row in data.query(query, initBindings=bindings):
        others = row.asdict()
        failure, *parts = (others.pop(name, None) for name in ("failure", "this", "path", "value"))
        if failure is not None:
            if not any(solution[0] is True for solution in solutions):
                solutions.append((True, others))
        elif parts != [None] * 3:
            solutions.append((*parts, others))
    return solutions


def _no_solutions(_context: Any, _pattern: Any) -> Iterator[Any]:
    """Yield nothing, for GRAPH in queries of rdflib: the data have no named graphs."""
    yield from ()


def _set_prefixes(helper: Any, shapes: Shapes) -> None:
    """Give a query of pySHACL the prefixes that its sh:prefixes, and imports of these, declare.

    Those that any other ontology declares are there too, as pySHACL has it.
    """
    node = from_rdflib(helper.node)
    assert node is not None
    every, its_own = sparql_constraints.all_prefixes, sparql_constraints.declared_prefixes
    helper.prefixes = {**every(shapes, node), **its_own(shapes, node)}


def _comparing(fits: Callable[[int], bool]) -> _Compare:
    """Return a method for sh:lessThan or sh:lessThanOrEquals of pySHACL.

    `fits` says whether the order of a value and another, -1, 0 or 1, is right.
    """

    def compared(
        constraint: Any, values: Iterable[Any], others: Iterable[Any], data: Any, focus: Any
    ) -> tuple[bool, list[Any]]:
        """Return whether the constraint is broken, and a result for each pair that breaks it.

        These are the pairs of a value of the focus node and one of `others` that are not in order,
        or cannot be compared, such as blank nodes. All terms are those of rdflib.
        """
        terms = [str(from_rdflib(other)) for other in others]
        results = [
            constraint.make_v_result(data, focus, value_node=value)
            for value in values
            for term in terms
            if not fits_bound(str(from_rdflib(value)), term, fits)
        ]
        return bool(results), results

    return compared


def _testing(tests_of: Callable[[Any], Iterable[_Test]]) -> Callable[..., tuple[bool, list[Any]]]:
    """Return the method ``evaluate`` of a constraint of pySHACL that tests each value by itself.

    `tests_of` returns the tests of a constraint; a value has a result for each that it fails.
    """

    def evaluate(
        constraint: Any, _executor: Any, data: Any, values: Mapping[Any, Iterable[Any]], _path: Any
    ) -> tuple[bool, list[Any]]:
        """Return whether no value breaks the constraint, and the results, of values by focus."""
        results = [
            constraint.make_v_result(data, focus, value_node=value)
            for fits in tests_of(constraint)
            for focus, of_focus in values.items()
            for value in of_focus
            if not fits(str(from_rdflib(value)))
        ]
        return not results, results

    return evaluate


def _bound_tests(name: str, fits: Callable[[int], bool], constraint: Any) -> Iterator[_Test]:
    """Yield a test for each bound of a constraint, which has them under the `name`.

    `fits` says whether the order of a value and a bound, -1, 0 or 1, is right.
    """
    for bound in getattr(constraint, name):
        yield partial(fits_bound, bound=str(from_rdflib(bound)), fits=fits)


def _datatype_tests(constraint: Any) -> Iterator[_Test]:
    """Yield the test whether a value is of the datatype of a constraint sh:datatype."""
    yield partial(has_datatype, datatype=str(constraint.datatype_rule))


def _filters(collect: Callable[[Any], Any], parts: Any) -> Any:
    """Return one expression for all filters of a group, as rdflib's function `collect` does.

    For ``false`` alone it is one that rdflib does not take for none, and leave out.
    """
    import rdflib
    from rdflib.plugins.sparql import operators
    from rdflib.plugins.sparql.parserutils import Expr

    condition = collect(parts)
    if isinstance(condition, rdflib.Literal) and not condition:
        return Expr("UnaryNot", operators.UnaryNot, expr=rdflib.Literal(True))
    return condition


def _found(pattern: str, text: str, options: int) -> bool:
    """Return whether a pattern matches a part of a text, for REGEX in queries of rdflib.

    `options` are those of Python. Raises `EngineTimeout`, and rdflib's error of an expression for a
    pattern that cannot be read.
    """
    return patterns.matching(pattern, _flags(pattern, options), [str(text)], "REGEX")[0]


def _replaced(pattern: str, replacement: str, text: str, options: int | None = None) -> str:
    """Return a text with the matches of a pattern replaced, for REPLACE in queries of rdflib.

    `options` are those of Python. Raises what `_found` does. Without `options` it is the call by
    which rdflib writes the groups in a replacement as Python does.
    """
    if options is None:
        return re.sub(pattern, replacement, text)
    return patterns.replaced(pattern, _flags(pattern, options), str(text), replacement)


def _flags(pattern: str, options: int) -> str:
    """Return the flags of SPARQL for options of Python.

    Raises rdflib's error of an expression for a pattern that cannot be read with them.
    """
    from rdflib.plugins.sparql.sparql import SPARQLError

    flags = "".join(letter for letter, option in patterns.OPTIONS.items() if option & options)
    if problem := patterns.problem(pattern, flags):
        raise SPARQLError(problem)
    return flags


def _read_pattern(constraint: Any, shape: Any) -> None:
    """Initialize a constraint sh:pattern of pySHACL with the patterns and flags of a shape.

    The patterns are not compiled, as pySHACL would do.
    """
    from pyshacl.constraints.core.string_based_constraints import StringBasedConstraintBase

    convert = to_rdflib()
    StringBasedConstraintBase.__init__(constraint, shape)
    constraint.string_rules = [*shape.objects(convert(sh("pattern")))]
    constraint.flags = next(iter(shape.objects(convert(sh("flags")))), "")


def _too_short(
    constraint: Any, least: Any, data: Any, values: Mapping[Any, Iterable[Any]]
) -> tuple[bool, list[Any]]:
    """Return whether a value is shorter than sh:minLength says, and a result for each such value.

    `values` has the values by focus node. Blank nodes are always too short.
    """
    from rdflib import BNode

    results = [
        constraint.make_v_result(data, focus, value_node=value)
        for focus, of_focus in values.items()
        for value in of_focus
        if isinstance(value, BNode) or len(str(value)) < least.value
    ]
    return bool(results), results


def _matched(
    constraint: Any, pattern: Any, data: Any, values: Mapping[Any, Iterable[Any]]
) -> tuple[bool, list[Any]]:
    """Return whether a value does not match a pattern, and a result for each such value.

    `values` has the values by focus node. Blank nodes never match.
    """
    from rdflib import BNode

    texts = [value for of_focus in values.values() for value in of_focus]
    texts = [*dict.fromkeys(str(value) for value in texts if not isinstance(value, BNode))]
    is_matched = patterns.matching(str(pattern), str(constraint.flags).lower(), texts)
    matched = {text for text, is_one in zip(texts, is_matched, strict=True) if is_one}
    results = [
        constraint.make_v_result(data, focus, value_node=value)
        for focus, of_focus in values.items()
        for value in of_focus
        if isinstance(value, BNode) or str(value) not in matched
    ]
    return bool(results), results
