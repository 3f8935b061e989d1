"""Patterns match what REGEX of SPARQL matches, whichever engine reads them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allgraph.validation.shacl import patterns
from tests.support.tools import share


@pytest.mark.parametrize(
    ("pattern", "flags", "matched"),
    [
        ("^a.c$", "", ["abc"]),
        ("^a.c$", "i", ["abc", "ABC"]),
        ("^a.c$", "s", ["abc", "a\nc"]),
        ("^c$", "m", ["a\nc"]),
        ("a.c", "q", ["a.c?"]),
        ("(?<=A)B", "", ["ABC"]),
        (r"(?i)(b)\1|B(?=c)", "", ["abc", "ABC"]),
        (r"\p{Lu}", "", ["ABC"]),
        ('"', "", ['"\\\n']),
        (r"\\\n", "", ['"\\\n']),
    ],
)
def test_patterns_match_as_in_sparql(pattern: str, flags: str, matched: list[str]) -> None:
    texts = ["abc", "ABC", "a\nc", "a.c?", '"\\\n', ""]
    found = patterns.matching(pattern, flags, texts)
    assert [text for text, is_one in zip(texts, found, strict=True) if is_one] == matched


@pytest.mark.long
@settings(max_examples=share(100))
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))), st.sampled_from(["", "i"]))
def test_any_texts_are_matched_in_their_order(texts: list[str], flags: str) -> None:
    expected = [("a" in text) or (flags == "i" and "A" in text) for text in texts]
    for pattern in ("a", "(?=a)"):
        assert patterns.matching(pattern, flags, texts) == expected


@pytest.mark.parametrize("ahead", ["", "(?=.)"])
def test_what_a_pattern_matches_is_replaced(ahead: str) -> None:
    """By a store, and with look-ahead by Python; as Python has the replacement."""
    for pattern, flags, replacement, expected in (
        ("(b)", "", r"[\1]", "a[b]c"),
        ("(B)", "i", r"\1x", "abxc"),
        ("(B)", "", "x", "abc"),
        ("b", "", r"\0\0", "abbc"),
        ("b", "", r"\7", "ac"),
        ("b", "", "\\", "a$c"),
        ("b", "", '"\n', 'a"\nc'),
    ):
        assert patterns.replaced(ahead + pattern, flags, "abc", replacement) == expected
