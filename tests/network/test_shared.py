"""What two things share: when ties of either side held at a common time."""

from __future__ import annotations

from itertools import product

import pytest

from allgraph.network.shared import between
from tests.support.oracle import Statement, World, loaded

TERMS = ("2005-01-01/2011-01-03", "2011-01-03/2017-01-03", "2017-01-03/2023-01-03")


def world(ada: tuple[str | None, ...], bob: tuple[str | None, ...]) -> World:
    """Two people on one board: a claim for each of their terms."""
    sides = {"id:t0": ada, "id:t1": bob}
    claims = {
        f"claim:{person[3:]}-{number}": Statement(person, "ag:servedOn", "id:t2", when)
        for person, terms in sides.items()
        for number, when in enumerate(terms)
    }
    return World(dict.fromkeys((*sides, "id:t2"), ("ag:Person",)), claims=claims)


CERTAINLY, PERHAPS = "at a common time", "possibly at a common time"
CASES = {
    "the same adjoining terms": (
        (TERMS, TERMS),
        f"{CERTAINLY}, between 1 January 2005 and 3 January 2023",
        ("2005-01-01", "2023-01-03"),
    ),
    "terms with one day in common": (
        (TERMS[:1], TERMS[1:2]),
        f"{CERTAINLY}, on 3 January 2011",
        ("2011-01-03", "2011-01-03"),
    ),
    "a term ends the day before the next": (
        (("2001-01-01/2001-12-31", "2002-01-01/2002-12-31"), ("2001-03-01/2002-02-28",)),
        f"{CERTAINLY}, between 1 March 2001 and 28 February 2002",
        ("2001-03-01", "2002-02-28"),
    ),
    "years apart": (
        (("2001-01-01/2002-12-31", "2010-01-01/2011-12-31"), ("2002-01-01/2010-06-30",)),
        f"{CERTAINLY}, between 1 January 2002 and 31 December 2002, and between 1 January 2010 "
        "and 30 June 2010",
        ("2002-01-01", "2010-06-30"),
    ),
    "what is said less exactly adds nothing": (
        (("2005-01-01/2018-12-31", "2013-06", "/2018-12-31", None), ("2005-01-01/2022-12-31",)),
        f"{CERTAINLY}, between 1 January 2005 and 31 December 2018",
        ("2005-01-01", "2018-12-31"),
    ),
    "only a month is known": (
        (("2013-06",), ("2005-01-01/2022-12-31",)),
        f"{CERTAINLY}, between 1 January 2005 and 31 December 2022",
        ("2005-01-01", "2022-12-31"),
    ),
    "nothing is dated": (((None,), (None,)), PERHAPS, (None, None)),
    "no begin and no end": (
        (("/2003",), ("2001-05-01/",)),
        f"{PERHAPS}, between 1 May 2001 and 31 December 2003",
        ("2001-05-01", "2003-12-31"),
    ),
    "a year in which it held": (
        (("2001/2002",), ("2004/2005", "2007")),
        f"{PERHAPS}, between 1 January 2001 and 31 December 2002",
        ("2001-01-01", "2002-12-31"),
    ),
    "never": ((("2001/2002",), ("2004/2005",)), "not at the same time", (None, None)),
}


@pytest.mark.parametrize("name", CASES)
def test_the_common_time_is_the_union_of_the_overlaps(name: str) -> None:
    sides, words, ends = CASES[name]
    graph = loaded(world(*sides))
    for a, b in (("id:t0", "id:t1"), ("id:t1", "id:t0")):
        answer = between(graph, a, b)
        [shared] = answer.as_dict()["shared"]
        assert f"t2, person ({words})" in answer.text(width=500)
        assert (shared["overlap"]["notBefore"], shared["overlap"]["notAfter"]) == ends


def test_the_order_of_claims_does_not_matter() -> None:
    """Nor who has which of two terms with a gap, as long as both had both."""
    apart = ("2001-01-01/2002-12-31", "2010-01-01/2011-12-31")
    found = {
        between(loaded(world(one, other)), "id:t0", "id:t1").shared[0].periods
        for one, other in product([apart, apart[::-1], apart * 2], repeat=2)
    }
    assert found == {(((2001, 1, 1), (2002, 12, 31)), ((2010, 1, 1), (2011, 12, 31)))}
