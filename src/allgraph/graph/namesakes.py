"""Short lines that tell things with the same name apart, made of their claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from allgraph.errors import DateError
from allgraph.model import edtf
from allgraph.rdf.terms import local_name, text

if TYPE_CHECKING:
    from allgraph.model.table import ClaimTable
    from allgraph.sparql.answer import Row

_ASPECTS = ("State", "Event")
"""The aspects of claims that say most about a thing, the best first."""


class Tie(NamedTuple):
    """What a claim says of a thing, its subject or object: the name of the other end, and dates.

    `aspect` is that of the predicate, and `when` the date as it is stated.
    """

    thing: str
    name: str
    aspect: str
    when: str
    is_object: bool = False


def lines(ties: Iterable[Tie]) -> dict[str, str]:
    """Return a line for each thing with a tie, by IRI.

    It names what the thing is tied to and the years, such as “New York State Senator, 2005–2018”.
    Best are claims with the thing as subject, then states, then the latest; a line that another
    of the things has too is used only where there is no other.
    """
    ranked: dict[str, dict[str, tuple[object, ...]]] = {}
    for tie in ties:
        first, last = _years(tie.when)
        years = first if first == last else f"{first}–{last}"
        line = ", ".join(filter(None, (tie.name, years)))
        rank = _rank(tie, max(first, last))
        of_thing = ranked.setdefault(tie.thing, {})
        of_thing[line] = min(rank, of_thing.get(line, rank))
    counts = Counter(line for of_thing in ranked.values() for line in of_thing)
    return {
        thing: min(of_thing, key=lambda line: (counts[line] > 1, of_thing[line], line))
        for thing, of_thing in sorted(ranked.items())
    }


def asked_ties(rows: Iterable[Row]) -> Iterator[Tie]:
    """Yield the ties in the rows of the house question ``told-apart``."""
    for row in rows:
        thing, name, aspect, when = (text(row[c]) for c in ("thing", "name", "aspect", "when"))
        yield Tie(thing, name, aspect, when, row["isObject"] is not None)


def stated_ties(
    table: ClaimTable, labels_of: Callable[[str], Iterable[str]], iris: Iterable[str]
) -> Iterator[Tie]:
    """Yield the ties of some things that ``told-apart`` gives, read from the table of claims.

    They are to things with a label, by claims that are not deprecated.
    """
    from allgraph.model.adjacency import is_forward, row_of

    columns = table.columns
    subjects, objects, whens = columns.subject.data, columns.object.data, table.when.data
    starts, ends, heads, ties = columns.network.views
    for iri in iris:
        node = columns.nodes.place(iri)
        for place in () if node is None else range(starts[node], ends[node]):
            number, is_subject = row_of(ties[place]), is_forward(ties[place])
            head = heads[place]
            joined = (node, head) if is_subject else (head, node)
            if joined == (subjects[number], objects[number]):
                when = table.text(whens[number])
                rest = columns.aspect(number), when, not is_subject
                for name in labels_of(columns.nodes[head]):
                    yield Tie(iri, name, *rest)


def _rank(tie: Tie, year: str) -> tuple[object, ...]:
    """Return a sort key for a claim about a thing, of which `year` is the last one known or ``""``.

    The claims that say most about the thing are first.
    """
    aspect = local_name(tie.aspect)
    place = _ASPECTS.index(aspect) if aspect in _ASPECTS else len(_ASPECTS)
    return tie.is_object, place, -int(year or "-9999")


@lru_cache(4_096)
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
