"""Every kind of begin and end, on every kind of day: what is certain, possible and no.

The expected values are written out; each is asked of the dates themselves and of a graph that
holds one claim for each row.
"""

from __future__ import annotations

from functools import cache

import pytest

from allgraph.graph import Graph
from allgraph.graph.timeline import as_of
from allgraph.model import edtf
from allgraph.model.edtf import Aspect, Day
from tests.support.oracle import Said, Statement, World, kept_in, loaded
from tests.support.verdicts import verdict

DAYS: list[Day] = [
    (2011, 12, 31),  # before
    (2012, 1, 1),  # the first day of the year
    (2012, 4, 30),
    (2012, 5, 1),  # the first day of the month
    (2012, 5, 9),
    (2012, 5, 10),  # the day
    (2012, 5, 11),
    (2012, 5, 31),  # the last day of the month
    (2012, 6, 1),
    (2012, 12, 31),  # the last day of the year
    (2013, 1, 1),
    (2014, 6, 15),  # inside
    (2015, 12, 31),
    (2016, 1, 1),  # the same edges of the end
    (2016, 8, 31),
    (2016, 9, 1),
    (2016, 9, 19),
    (2016, 9, 20),
    (2016, 9, 21),
    (2016, 9, 30),
    (2016, 10, 1),
    (2016, 12, 31),
    (2017, 1, 1),  # after
]
"""The columns of the table: around the begin, inside, around the end."""

STATES = {
    # begin: a day
    "2012-05-10/2016-09-20": "nnnnncccccc c ccccccnnnnn",
    "2012-05-10/2016-09": "nnnnncccccc c ccccppppnnn",
    "2012-05-10/2016": "nnnnncccccc c ccppppppppn",
    "2012-05-10/": "nnnnncppppp p ppppppppppp",
    "2012-05-10/..": "nnnnncppppp p ppppppppppp",
    # a month
    "2012-05/2016-09-20": "nnnppppcccc c ccccccnnnnn",
    "2012-05/2016-09": "nnnppppcccc c ccccppppnnn",
    "2012-05/2016": "nnnppppcccc c ccppppppppn",
    "2012-05/": "nnnpppppppp p ppppppppppp",
    "2012-05/..": "nnnpppppppp p ppppppppppp",
    # a year
    "2012/2016-09-20": "nppppppppcc c ccccccnnnnn",
    "2012/2016-09": "nppppppppcc c ccccppppnnn",
    "2012/2016": "nppppppppcc c ccppppppppn",
    "2012/": "npppppppppp p ppppppppppp",
    "2012/..": "npppppppppp p ppppppppppp",
    # not known
    "/2016-09-20": "ppppppppppp p pppppcnnnnn",
    "/2016-09": "ppppppppppp p ppppppppnnn",
    "/2016": "ppppppppppp p ppppppppppn",
    # open
    "../2016-09-20": "ppppppppppp p pppppcnnnnn",
    "../2016-09": "ppppppppppp p ppppppppnnn",
    "../2016": "ppppppppppp p ppppppppppn",
    # neither side known: no date, or one that is doubted
    "": "ppppppppppp p ppppppppppp",
    "2012-05-10?/2016-09-20~": "ppppppppppp p ppppppppppp",
    "2012-05-10%/2016-09-20": "ppppppppppp p pppppcnnnnn",
    "2012-05-10/2016-09-20?": "nnnnncppppp p ppppppppppp",
    "2012-05~/2016-09": "ppppppppppp p ppppppppnnn",
    "2012/2016%": "npppppppppp p ppppppppppp",
    # both sides in one year, where begin and end bound each other
    "2012-05-10/2012-05-10": "nnnnncnnnnn n nnnnnnnnnnn",
    "2012-05-10/2012-05": "nnnnncppnnn n nnnnnnnnnnn",
    "2012-05-10/2012": "nnnnncppppn n nnnnnnnnnnn",
    "2012-05/2012-05-10": "nnnppcnnnnn n nnnnnnnnnnn",
    "2012-05/2012-05": "nnnpppppnnn n nnnnnnnnnnn",
    "2012-05/2012": "nnnpppppppn n nnnnnnnnnnn",
    "2012/2012-05-10": "nppppcnnnnn n nnnnnnnnnnn",
    "2012/2012-05": "npppppppnnn n nnnnnnnnnnn",
    "2012/2012": "npppppppppn n nnnnnnnnnnn",
    # a date: it held at some time within it, and perhaps before and after
    "2012-05-10": "pppppcppppp p ppppppppppp",
    "2012-05": "ppppppppppp p ppppppppppp",
    "2012": "ppppppppppp p ppppppppppp",
    "2012-05-10?": "ppppppppppp p ppppppppppp",
    "2012~": "ppppppppppp p ppppppppppp",
    # one of a set
    "[2012-05-10]": "pppppcppppp p ppppppppppp",
    "[..2012-05-10]": "ppppppppppp p ppppppppppp",
    "[..2012-05]": "ppppppppppp p ppppppppppp",
    "[..2012]": "ppppppppppp p ppppppppppp",
    "[2016-09-20..]": "ppppppppppp p ppppppppppp",
    "[2016-09..]": "ppppppppppp p ppppppppppp",
    "[2016..]": "ppppppppppp p ppppppppppp",
    "[2012-05-10, 2016-09-20]": "ppppppppppp p ppppppppppp",
    "[2012-05..2016-09]": "ppppppppppp p ppppppppppp",
    "[2012, 2016]": "ppppppppppp p ppppppppppp",
}
"""Whether a state held on the day."""

EVENTS = {
    "2012-05-10/2016-09-20": "nnnnnnnnnnn n nnnnncccccc",
    "2012-05-10/2016-09": "nnnnnnnnnnn n nnnppppcccc",
    "2012-05-10/2016": "nnnnnnnnnnn n nppppppppcc",
    "2012-05-10/": "nnnnnpppppp p ppppppppppp",
    "2012-05-10/..": "nnnnnpppppp p ppppppppppp",
    "2012-05/2016-09-20": "nnnnnnnnnnn n nnnnncccccc",
    "2012-05/2016-09": "nnnnnnnnnnn n nnnppppcccc",
    "2012-05/2016": "nnnnnnnnnnn n nppppppppcc",
    "2012-05/": "nnnpppppppp p ppppppppppp",
    "2012-05/..": "nnnpppppppp p ppppppppppp",
    "2012/2016-09-20": "nnnnnnnnnnn n nnnnncccccc",
    "2012/2016-09": "nnnnnnnnnnn n nnnppppcccc",
    "2012/2016": "nnnnnnnnnnn n nppppppppcc",
    "2012/": "npppppppppp p ppppppppppp",
    "2012/..": "npppppppppp p ppppppppppp",
    "/2016-09-20": "nnnnnnnnnnn n nnnnncccccc",
    "/2016-09": "nnnnnnnnnnn n nnnppppcccc",
    "/2016": "nnnnnnnnnnn n nppppppppcc",
    "../2016-09-20": "nnnnnnnnnnn n nnnnncccccc",
    "../2016-09": "nnnnnnnnnnn n nnnppppcccc",
    "../2016": "nnnnnnnnnnn n nppppppppcc",
    "": "ppppppppppp p ppppppppppp",
    "2012-05-10?/2016-09-20~": "ppppppppppp p ppppppppppp",
    "2012-05-10%/2016-09-20": "nnnnnnnnnnn n nnnnncccccc",
    "2012-05-10/2016-09-20?": "nnnnnpppppp p ppppppppppp",
    "2012-05~/2016-09": "nnnnnnnnnnn n nnnppppcccc",
    "2012/2016%": "npppppppppp p ppppppppppp",
    "2012-05-10/2012-05-10": "nnnnncccccc c ccccccccccc",
    "2012-05-10/2012-05": "nnnnnppcccc c ccccccccccc",
    "2012-05-10/2012": "nnnnnppppcc c ccccccccccc",
    "2012-05/2012-05-10": "nnnnncccccc c ccccccccccc",
    "2012-05/2012-05": "nnnppppcccc c ccccccccccc",
    "2012-05/2012": "nnnppppppcc c ccccccccccc",
    "2012/2012-05-10": "nnnnncccccc c ccccccccccc",
    "2012/2012-05": "nnnppppcccc c ccccccccccc",
    "2012/2012": "nppppppppcc c ccccccccccc",
    "2012-05-10": "nnnnncccccc c ccccccccccc",
    "2012-05": "nnnppppcccc c ccccccccccc",
    "2012": "nppppppppcc c ccccccccccc",
    "2012-05-10?": "ppppppppppp p ppppppppppp",
    "2012~": "ppppppppppp p ppppppppppp",
    "[2012-05-10]": "nnnnncccccc c ccccccccccc",
    "[..2012-05-10]": "pppppcccccc c ccccccccccc",
    "[..2012-05]": "pppppppcccc c ccccccccccc",
    "[..2012]": "pppppppppcc c ccccccccccc",
    "[2016-09-20..]": "nnnnnnnnnnn n nnnnnpppppp",
    "[2016-09..]": "nnnnnnnnnnn n nnnpppppppp",
    "[2016..]": "nnnnnnnnnnn n npppppppppp",
    "[2012-05-10, 2016-09-20]": "nnnnnpppppp p pppppcccccc",
    "[2012-05..2016-09]": "nnnpppppppp p pppppppcccc",
    "[2012, 2016]": "npppppppppp p pppppppppcc",
}
"""Whether an event had happened by the day."""

TIMELESS = dict.fromkeys(STATES, "ccccccccccc c ccccccccccc")
TABLE: dict[Aspect, dict[str, str]] = {"State": STATES, "Event": EVENTS, "Timeless": TIMELESS}
PREDICATES: dict[Aspect, str] = {
    "State": "ag:servedOn",
    "Event": "ag:signed",
    "Timeless": "ag:companionOf",
}
WORDS = {"certain": "c", "possible": "p", "no": "n"}

Row = tuple[Aspect, str, str]
ROWS: list[Row] = [
    (aspect, when, expected.replace(" ", ""))
    for aspect, rows in TABLE.items()
    for when, expected in rows.items()
]


def test_the_table_is_whole() -> None:
    begins = ["2012-05-10", "2012-05", "2012", "", ".."]
    ends = ["2016-09-20", "2016-09", "2016", "", ".."]
    wanted = {f"{b}/{e}" for b in begins for e in ends} - {"/", "/..", "../", "../.."}
    for rows in TABLE.values():
        assert wanted <= set(rows)
        assert set(rows) == set(STATES)
    assert {len(expected) for _, _, expected in ROWS} == {len(DAYS)}
    assert sorted(DAYS) == DAYS


@pytest.mark.parametrize(("aspect", "when", "expected"), ROWS)
def test_verdicts(aspect: Aspect, when: str, expected: str) -> None:
    bounds = edtf.bounds(edtf.parse(when) if when else None, aspect)
    assert "".join(WORDS[verdict(bounds, aspect, day)] for day in DAYS) == expected


# The days between which begin and end lie, as each date that the table uses is written.
PERIODS: dict[str, tuple[Day | None, Day | None]] = {
    "2012-05-10": ((2012, 5, 10), (2012, 5, 10)),
    "2012-05": ((2012, 5, 1), (2012, 5, 31)),
    "2012": ((2012, 1, 1), (2012, 12, 31)),
    "2016-09-20": ((2016, 9, 20), (2016, 9, 20)),
    "2016-09": ((2016, 9, 1), (2016, 9, 30)),
    "2016": ((2016, 1, 1), (2016, 12, 31)),
    "[2012-05-10]": ((2012, 5, 10), (2012, 5, 10)),
    "[..2012-05-10]": (None, (2012, 5, 10)),
    "[..2012-05]": (None, (2012, 5, 31)),
    "[..2012]": (None, (2012, 12, 31)),
    "[2016-09-20..]": ((2016, 9, 20), None),
    "[2016-09..]": ((2016, 9, 1), None),
    "[2016..]": ((2016, 1, 1), None),
    "[2012-05-10, 2016-09-20]": ((2012, 5, 10), (2016, 9, 20)),
    "[2012-05..2016-09]": ((2012, 5, 1), (2016, 9, 30)),
    "[2012, 2016]": ((2012, 1, 1), (2016, 12, 31)),
}
UNKNOWN: tuple[Day | None, Day | None] = (None, None)


@pytest.mark.parametrize("when", STATES)
def test_bounds(when: str) -> None:
    begin, slash, end = when.partition("/")
    b1, b2 = PERIODS.get(begin, UNKNOWN)
    event: tuple[Day | None, ...] = b1, b2, b1, b2
    state: tuple[Day | None, ...] = None, b2, b1, None
    if slash:
        e1, e2 = PERIODS.get(end, UNKNOWN)
        b2 = min((day for day in (b2, e2) if day), default=None)
        e1 = max((day for day in (e1, b1) if day), default=None)
        event = state = b1, b2, e1, e2
    date = edtf.parse(when) if when else None
    assert edtf.bounds(date, "State") == state
    assert edtf.bounds(date, "Event") == event
    assert edtf.bounds(date, "Timeless") == (None, None, None, None)


@cache
def one_claim_each() -> tuple[Graph, dict[str, Row]]:
    """A graph with a claim for each row of the table."""
    rows = {f"claim:c{number}": row for number, row in enumerate(ROWS)}
    claims = {
        name: Statement("id:ada", PREDICATES[aspect], f"id:{name[6:]}", when or None)
        for name, (aspect, when, _) in rows.items()
    }
    return loaded(World(claims=claims)), rows


@pytest.mark.parametrize("number", range(len(DAYS)), ids=map(edtf.iso, DAYS))
def test_views_of_a_graph(number: int) -> None:
    graph, rows = one_claim_each()
    expected = {name: row[2][number] for name, row in rows.items()}
    found = kept_in(as_of(graph, edtf.iso(DAYS[number]), possible=True))
    assert {name: WORDS[found.get(name, "no")] for name in rows} == expected
    certain = kept_in(as_of(graph, edtf.iso(DAYS[number])))
    assert certain == {name: "certain" for name, verdict in expected.items() if verdict == "c"}


# ---- What sources imply -----------------------------------------------------

SOURCE_DAYS: list[Day] = [
    (2011, 12, 31),
    (2013, 1, 1),
    (2018, 4, 30),
    (2018, 5, 1),
    (2018, 5, 2),
    (2026, 11, 22),
    (2026, 11, 23),
]
# Predicate, date, the day that the source speaks of as the present, and its latest day.
SOURCED = {
    ("ag:servedOn", "", "2018-05-01", "2026-11-23"): "ppppppp",
    ("ag:servedOn", "", "2018-05-01", "2018-05-01"): "pppcppp",
    ("ag:servedOn", "", "", "2018-05-01"): "ppppppp",
    ("ag:servedOn", "2012/..", "2018-05-01", "2026-11-23"): "ncccppp",
    ("ag:servedOn", "2012/..", "", "2026-11-23"): "npppppp",
    ("ag:servedOn", "2012-05-10", "2018-05-01", ""): "pcccppp",
    ("ag:servedOn", "2012-05-10", "2018-05", ""): "pcccppp",
    ("ag:servedOn", "2012-05-10", "2018~", ""): "ppppppp",
    ("ag:servedOn", "/2016", "2018-05-01", "2026-11-23"): "ppnnnnn",  # they cannot both be
    ("ag:signed", "", "", "2018-05-01"): "pppcccc",
    ("ag:signed", "", "2018-05-01", ""): "ppppppp",
    ("ag:signed", "2012", "", "2018-05-01"): "ncccccc",
    ("ag:signed", "[2012..]", "", "2018-05-01"): "nppcccc",
    ("ag:signed", "2012?", "", "2018-05-01"): "pppcccc",
    ("ag:signed", "2019", "", "2018-05-01"): "nnnnncc",  # they cannot both be
    ("ag:companionOf", "2012", "2018-05-01", "2018-05-01"): "ccccccc",
}


@pytest.mark.parametrize(("row", "expected"), SOURCED.items())
def test_what_sources_imply(row: tuple[str, str, str, str], expected: str) -> None:
    predicate, when, current, latest = row
    evidence = (Said("source:s0", current or None),)
    claim = Statement("id:ada", predicate, "id:club", when or None, evidence=evidence)
    ahead = Statement("id:ada", "ag:signed", "id:bill", prospective=True, evidence=evidence)
    claims = {"claim:it": claim, "claim:ahead": ahead}
    graph = loaded(World(latest={"source:s0": (latest,)}, claims=claims))
    views = [kept_in(as_of(graph, edtf.iso(day), possible=True)) for day in SOURCE_DAYS]
    assert "".join(WORDS[view.get("claim:it", "no")] for view in views) == expected
    assert {view["claim:ahead"] for view in views} == {"possible"}


# ---- Rivals -----------------------------------------------------------------

# The rank of a claim, and that of its rival, whose verdict differs.
RIVALS = {
    ("Normal", "Normal"): "possible",
    ("Normal", "Preferred"): "possible",
    ("Normal", "Deprecated"): "certain",
    ("Preferred", "Normal"): "certain",
    ("Preferred", "Preferred"): "possible",
    ("Preferred", "Deprecated"): "certain",
    ("Deprecated", "Normal"): "possible",
    ("Deprecated", "Preferred"): "possible",
    ("Deprecated", "Deprecated"): "certain",
}
BY_MIDYEAR = {"2012": "certain", "2013": "possible", "2014": "no"}


@pytest.mark.parametrize("when", BY_MIDYEAR)
@pytest.mark.parametrize("rival", BY_MIDYEAR)
@pytest.mark.parametrize(("ranks", "expected"), RIVALS.items())
def test_rivals(ranks: tuple[str, str], expected: str, when: str, rival: str) -> None:
    mine = Statement("id:ada", "ag:signed", "id:bill", when, ranks[0])
    other = Statement("id:bob", "ag:signed", "id:bill", rival, ranks[1])
    for pair in (("claim:mine", "claim:other"), ("claim:other", "claim:mine")):
        graph = loaded(World(claims={"claim:mine": mine, "claim:other": other}, conflicts=(pair,)))
        found = kept_in(as_of(graph, "2013-06-15", possible=True)).get("claim:mine", "no")
        if BY_MIDYEAR[when] == "certain" and BY_MIDYEAR[rival] != "certain":
            assert found == expected
        else:
            assert found == BY_MIDYEAR[when]


def test_one_of_two_preferred_rivals_is_enough() -> None:
    claims = {
        f"claim:{name}": Statement(f"id:{name}", "ag:signed", "id:bill", when, rank)
        for name, when, rank in (
            ("it", "2012", "Preferred"),
            ("one", "2014", "Normal"),
            ("other", "2012", "Preferred"),
        )
    }
    pairs = (("claim:it", "claim:one"), ("claim:other", "claim:it"))
    view = as_of(loaded(World(claims=claims, conflicts=pairs)), "2013-06-15", possible=True)
    assert kept_in(view) == {"claim:it": "possible", "claim:other": "certain"}


def test_speech_is_no_more_certain_than_what_it_is_about() -> None:
    """At any depth, and what was said of something that was not so is gone with it."""
    claims = {
        "claim:deed": Statement("id:ada", "ag:signed", "id:bill", "2013"),
        "claim:said": Statement("id:body", "ag:announced", "claim:deed", "2012"),
        "claim:again": Statement("id:paper", "ag:reports", "claim:said"),
    }
    graph = loaded(World(claims=claims))
    for day, certainty in (("2013-06-15", "possible"), ("2014-01-01", "certain")):
        assert kept_in(as_of(graph, day, possible=True)) == dict.fromkeys(claims, certainty)
    assert kept_in(as_of(graph, "2012-12-31", possible=True)) == {}
