"""Comparison of claims: each differs once, and a date changes only where nothing is ambiguous."""

from __future__ import annotations

import random
from collections import Counter

from allgraph.changes.claims import Kind, Said, compare


def claim(iri: str, obj: str = "o", when: str = "", role: str = "", text: str = "") -> Said:
    return Said(iri, "s", "p", obj, when, role, False, text)


def kinds(old: list[Said], new: list[Said]) -> list[tuple[str, str, str]]:
    """How claims differ, with the IRIs before and after."""
    return [
        (one.kind.value, one.old.iri if one.old else "", one.new.iri if one.new else "")
        for one in compare(old, new)
    ]


def test_each_kind_of_change() -> None:
    a, b = claim("a", when="1"), claim("b", when="2")
    assert kinds([a], [a]) == []
    assert kinds([], [a]) == [("added", "", "a")]
    assert kinds([a], []) == [("gone", "a", "")]
    assert kinds([a], [a._replace(text="other")]) == [("moved", "a", "a")]
    assert kinds([a], [a._replace(iri="c", text="other")]) == [("moved", "a", "c")]
    assert kinds([a], [b]) == [("re-dated", "a", "b")]
    assert kinds([a], [a._replace(role="chair")]) == [("re-dated", "a", "a")]
    assert kinds([a], [claim("a", "other")]) == [("gone", "a", ""), ("added", "", "a")]


def test_a_date_changes_by_iri_or_if_one_old_and_one_new_claim_are_left() -> None:
    old = [claim("a", when="1"), claim("b", when="2")]
    two = [claim("c", when="3"), claim("d", when="4")]
    assert {kind for kind, _, _ in kinds(old, two)} == {"gone", "added"}
    assert kinds(old, [two[0], old[1]]) == [("re-dated", "a", "c")]
    by_iri = [claim("b", when="3"), claim("d", when="4")]
    assert kinds(old, by_iri) == [("re-dated", "b", "b"), ("re-dated", "a", "d")]


def test_every_claim_is_told_once_and_the_changes_lead_from_one_state_to_the_other() -> None:
    chance = random.Random(18)
    for _ in range(500):
        states = []
        for name in ("old", "new"):
            fives = {(chance.choice("xy"), chance.choice("123")) for _ in range(4)}
            states.append(
                [claim(f"{chance.choice(['', name])}{o}{w}", o, w) for o, w in sorted(fives)]
            )
        old, new = states
        changes = [*compare(old, new)]
        assert max(Counter(c.old for c in changes if c.old).values(), default=1) == 1
        assert max(Counter(c.new for c in changes if c.new).values(), default=1) == 1
        after = {one.five for one in old} - {c.old.five for c in changes if c.old}
        assert after | {c.new.five for c in changes if c.new} == {one.five for one in new}
        for change in changes:
            if change.kind is Kind.REDATED:
                assert change.old and change.new and change.old[1:4] == change.new[1:4]
                assert change.old.five != change.new.five
