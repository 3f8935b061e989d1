"""Functions that replace those of pySHACL which do not do what SHACL says.

pySHACL ends the whole validation at values that it cannot compare, and orders some that have no
order; SHACL has a result for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from allgraph.rdf.bridge import from_rdflib
from allgraph.validation.shacl.literals import compare, fits_bound

_Compare = Callable[[Any, Iterable[Any], Iterable[Any], Any, Any], tuple[bool, list[Any]]]


@contextmanager
def replaced_constraints() -> Iterator[None]:
    """Within the block, let pySHACL compare values by the functions of this module.

    Changes globals of pySHACL, and restores them after; not safe with threads.
    """
    from pyshacl.constraints.core import property_pair_constraints as pairs
    from pyshacl.constraints.core import value_range_constraints as ranges

    less, less_or_equal = _comparing(lambda order: order < 0), _comparing(lambda order: order <= 0)
    with (
        patch.object(pairs.LessThanConstraintComponent, "_compare_lt", less),
        patch.object(pairs.LessThanOrEqualsConstraintComponent, "_compare_ltoe", less_or_equal),
        patch.object(ranges, "compare_literal", compare),
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
