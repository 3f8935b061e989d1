"""Functions that replace those of pySHACL which do not do what SHACL says.

pySHACL ends the whole validation at values that it cannot compare, and orders some that have no
order; SHACL has a result for each. It matches patterns without a limit of time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from allgraph.rdf.bridge import from_rdflib, to_rdflib
from allgraph.validation.shacl import patterns
from allgraph.validation.shacl.literals import compare, fits_bound
from allgraph.validation.shacl.results import sh

_Compare = Callable[[Any, Iterable[Any], Iterable[Any], Any, Any], tuple[bool, list[Any]]]


@contextmanager
def replaced_constraints() -> Iterator[None]:
    """Within the block, let pySHACL compare and match values by the functions of this module.

    Changes globals of pySHACL, and restores them after; not safe with threads.
    """
    from pyshacl.constraints.core import property_pair_constraints as pairs
    from pyshacl.constraints.core import string_based_constraints as strings
    from pyshacl.constraints.core import value_range_constraints as ranges

    less, less_or_equal = _comparing(lambda order: order < 0), _comparing(lambda order: order <= 0)
    with (
        patch.object(pairs.LessThanConstraintComponent, "_compare_lt", less),
        patch.object(pairs.LessThanOrEqualsConstraintComponent, "_compare_ltoe", less_or_equal),
        patch.object(ranges, "compare_literal", compare),
        patch.multiple(
            strings.PatternConstraintComponent,
            __init__=_read_pattern,
            _evaluate_string_rule=_matched,
        ),
    ):
        yield


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
        terms = [from_rdflib(other) for other in others]
        results = [
            constraint.make_v_result(data, focus, value_node=value)
            for value in values
            for term in terms
            if not fits_bound(from_rdflib(value), term, fits)
        ]
        return bool(results), results

    return compared


def _read_pattern(constraint: Any, shape: Any) -> None:
    """Initialize a constraint sh:pattern of pySHACL with the patterns and flags of a shape.

    The patterns are not compiled, as pySHACL would do.
    """
    from pyshacl.constraints.core.string_based_constraints import StringBasedConstraintBase

    convert = to_rdflib()
    StringBasedConstraintBase.__init__(constraint, shape)
    constraint.string_rules = [*shape.objects(convert(sh("pattern")))]
    constraint.flags = next(iter(shape.objects(convert(sh("flags")))), "")


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
