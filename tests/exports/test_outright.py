"""What may be stated outright, and dates that are no more exact than those of claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allgraph import as_of
from allgraph.errors import DateError
from allgraph.exports.outright import exact, is_address, outright, sides
from allgraph.graph import Graph, open_graph
from allgraph.model import edtf
from allgraph.rdf.terms import AG
from tests.support import council

if TYPE_CHECKING:
    from tests.conftest import MakeFolder

MEMBERSHIPS = {AG + "memberOf", AG + "servedOn"}
DIGITS = st.text("0123456789X", min_size=2, max_size=2)
DATES = st.builds(
    lambda year, rest, end: "-".join([year, *rest]) + end,
    st.sampled_from(("2011", "0999", "0000", "-0044", "201X", "Y20111", "20XX")),
    st.lists(DIGITS | st.sampled_from(("01", "02", "12", "21", "28", "XX")), max_size=2),
    st.sampled_from(("", "", "", "?", "~", "%", "T10:00:00", "T10:00:00Z")),
)
TIMES = (
    DATES
    | st.builds(lambda a, b: f"{a}/{b}", DATES | st.just(".."), DATES | st.just(".."))
    | st.builds(lambda a, b: f"[{a},{b}]", DATES, DATES)
    | st.text(max_size=8)
)


def is_allowed(date: str, when: str) -> bool:
    """Whether a date of an export says no more than a date in EDTF."""
    shown, stated = edtf.parse(date), edtf.parse(when)
    assert isinstance(shown, edtf.Date)
    return (
        isinstance(stated, edtf.Date)
        and not stated.qualifier
        and shown.first <= stated.first
        and stated.last <= shown.last
    )


@given(TIMES)
def test_no_date_is_more_exact_than_its_claim(when: str) -> None:
    if date := exact(when):
        assert is_allowed(date, when)
    begin, end = sides(when)
    for date, side in zip((begin, end), when.split("/"), strict=False):
        if date:
            assert when.count("/") == 1 and is_allowed(date, side)
    if "/" not in when:
        assert (begin, end) == ("", "")


@given(TIMES)
def test_an_exact_date_is_told_as_it_is(when: str) -> None:
    try:
        stated = edtf.parse(when)
    except DateError:
        assert (exact(when), sides(when)) == ("", ("", ""))
        return
    if isinstance(stated, edtf.Date) and not stated.qualifier and when[:4].isdecimal():
        whole = len(when) in (4, 7, 10) and "X" not in when and when[5:7] != "21"
        assert not whole or exact(when) == when


@pytest.mark.parametrize("date", ["2014-21", "201X", "2011?", "-0044", "Y20111", "2011-X1", "no"])
def test_what_no_calendar_has_is_no_date(date: str) -> None:
    assert exact(date) == ""


def test_only_what_may_be_stated_outright_is(make_folder: MakeFolder) -> None:
    root = make_folder({"data/a.ttl": council.data()}, prefixes=True)
    graph = open_graph(root, include_sensitive=True, withdrawn=True)
    found = {claim.claim.rpartition("/")[2]: claim for claim in outright(graph, MEMBERSHIPS)}
    roles = {f"role-{number}" for number in range(14)}
    assert found.keys() == {"chair", "party", "party-of-charity", "known-right"} | roles
    assert found["chair"].sources == (
        (
            "https://gazette.example/1",
            "Ada Bell has served on Roads Committee as chair (Gazette, Council)",
        ),
    )
    assert len(found["known-right"].sources) == 1, "what is only said to have been said is none"


def test_rivals_that_do_not_hold_on_a_day_are_none_then(make_folder: MakeFolder) -> None:
    data = council.data({}) + council.turtle("x", "id:ada ag:memberOf id:reds when 2001/2003")
    data += council.turtle("y", "id:ada ag:memberOf id:reds when 2005/2006").replace(
        " .\n", " ; ag:conflictsWith claim:x .\n"
    )
    graph = open_graph(make_folder({"data/a.ttl": data}, prefixes=True))

    def names(graph: Graph) -> set[str]:
        """The claims about Ada that may be told."""
        told = outright(graph, MEMBERSHIPS)
        return {c.claim.rpartition("/")[2] for c in told if c.subject.endswith("/ada")}

    assert names(graph) == set()
    assert names(as_of(graph, "2002-06-01", possible=True)) == {"x"}


def test_what_is_certain_on_a_day_is_not_over_then(make_folder: MakeFolder) -> None:
    graph = open_graph(make_folder({"data/a.ttl": council.data()}, prefixes=True))

    def over(graph: Graph) -> set[str]:
        """The claims about units that are over."""
        told = outright(graph, {AG + "hasUnit"})
        return {c.claim.rpartition("/")[2] for c in told if c.is_over}

    assert over(graph) == {"roads-in-town"}
    view = as_of(graph, "1995-06-01")
    assert over(view) == set() != {*outright(view, {AG + "hasUnit"})}


@given(st.text("htps:/. ab"))
def test_addresses_have_a_host_and_no_spaces(text: str) -> None:
    assert is_address(text) == (
        text.startswith(("http://", "https://"))
        and text.partition("://")[2].partition("/")[0] != ""
        and " " not in text
    )
