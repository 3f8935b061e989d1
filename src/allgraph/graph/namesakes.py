"""Short lines that tell things with the same name apart, made of their claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from allgraph.errors import DateError
from allgraph.model import edtf
from allgraph.rdf.terms import Term, local_name, text

Values = Mapping[str, Term | None]
"""The values of a row by column."""
_ASPECTS = ("State", "Event")
"""The aspects of claims that say most about a thing, the best first."""


def lines(rows: Iterable[Values]) -> dict[str, str]:
    """Return a line for each thing in rows of the house question ``told-apart``, by IRI.

    It names what the thing is tied to and the years, such as “New York State Senator, 2005–2018”.
    Best are claims with the thing as subject, then states, then the latest; a line that another
    of the things has too is used only where there is no other.
    """
    ranked: dict[str, dict[str, tuple[object, ...]]] = {}
    for row in rows:
        first, last = _years(text(row["when"]))
        years = first if first == last else f"{first}–{last}"
        line = ", ".join(filter(None, (text(row["name"]), years)))
        rank = _rank(row, max(first, last))
        of_thing = ranked.setdefault(text(row["thing"]), {})
        of_thing[line] = min(rank, of_thing.get(line, rank))
    counts = Counter(line for of_thing in ranked.values() for line in of_thing)
    return {
        thing: min(of_thing, key=lambda line: (counts[line] > 1, of_thing[line], line))
        for thing, of_thing in sorted(ranked.items())
    }


def _rank(row: Values, year: str) -> tuple[object, ...]:
    """Return a sort key for a claim about a thing, of which `year` is the last one known or ``""``.

    The claims that say most about the thing are first.
    """
    aspect = local_name(text(row["aspect"]))
    place = _ASPECTS.index(aspect) if aspect in _ASPECTS else len(_ASPECTS)
    return row["isObject"] is not None, place, -int(year or "-9999")


def _years(when: str) -> tuple[str, str]:
    """Return the first and the last year that a date names, each ``""`` where it is open.

    >>> _years("2005-01-01/2018-12-31"), _years("2019/.."), _years("2012-02"), _years("")
    (('2005', '2018'), ('2019', ''), ('2012', '2012'), ('', ''))
    """
    try:
        span = edtf.parse(when).span if when else (None, None)
    except DateError:
        return "", ""
    first, last = (str(day[0]) if day else "" for day in span)
    return first, last
