"""Sentences with their dates, and nouns with their articles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allgraph.model import edtf
from allgraph.model.sentences import (
    after,
    can_fill,
    date_first,
    dated,
    fill,
    is_stated,
    with_article,
)


@pytest.mark.parametrize(
    ("noun", "article"),
    [
        *((noun, "an") for noun in ("organisation", "event", "office", "act", "umbrella", "hour")),
        *((noun, "a") for noun in ("person", "unit", "university", "European body", "one-off")),
        *((noun, "a") for noun in ("user", "House bill", "year", "law")),
        *((noun, "an") for noun in ("honour", "heir", "Agent", "uncle", "article", "underground")),
    ],
)
def test_nouns_have_the_article_of_their_sound(noun: str, article: str) -> None:
    assert with_article(noun) == f"{article} {noun}"


@pytest.mark.parametrize(
    ("date", "sentence"),
    [
        ("in May 2018", "In May 2018 the club said that A left B"),
        ("from 2011, no end stated", "From 2011, no end stated, the club said that A left B"),
        ("date not stated", "The club said that A left B (date not stated)"),
        ("", "The club said that A left B"),
    ],
)
def test_the_date_of_an_announcement_comes_first(date: str, sentence: str) -> None:
    assert date_first("the club said that A left B", date) == sentence


@pytest.mark.parametrize(
    ("sentence", "date", "after_text", "text"),
    [
        ("A signed B", "on 3 May 2018", False, "A signed B on 3 May 2018"),
        ("A held B", "from 2011, no end stated", False, "A held B from 2011, no end stated"),
        ("A is called B", "between 2011 and 2012", True, "A is called B, between 2011 and 2012"),
        ("A is called B", "as of May 2018", True, "A is called B (as of May 2018)"),
        ("A signed B", "soon", False, "A signed B (soon)"),
    ],
)
def test_a_date_follows_and_a_remark_is_in_brackets(
    sentence: str, date: str, after_text: bool, text: str
) -> None:
    assert dated(sentence, date, after_text=after_text) == text


EDTF = st.dates().map(lambda day: day.isoformat())
DATES = st.one_of(
    EDTF,
    EDTF.map(lambda day: day[:7] + "~"),
    EDTF.map(lambda day: day[:4] + "/.."),
    EDTF.map(lambda day: "../" + day),
    EDTF.map(lambda day: f"[..{day}]"),
    EDTF.map(lambda day: f"[{day}..]"),
    st.lists(EDTF, min_size=2, max_size=2).map(lambda days: "/".join(sorted(days))),
    st.lists(EDTF, min_size=2, max_size=3, unique=True).map(lambda days: f"[{','.join(days)}]"),
    st.just("201X"),
    st.just("2018-21"),
)


@given(DATES)
def test_all_dates_in_words_are_dates_and_no_remarks(when: str) -> None:
    words = edtf.words(when)
    assert is_stated(words) and not is_stated(f"as of {words}")
    assert dated("A did it", words) == f"A did it {words}"


@given(st.text(), st.text(), st.lists(st.text(min_size=1), max_size=2))
def test_names_go_into_slots_as_they_are(subject: str, object: str, roles: list[str]) -> None:
    text = fill("{subject} met {object} as {role}.", subject, object, roles)
    assert text == f"{subject} met {object} as {' and '.join(roles)}."
    assert fill("{subject} met {object}", subject, object, roles) == f"{subject} met {object}"


@given(st.text(alphabet="the foundig of{}c ", max_size=30))
def test_the_end_of_a_name_is_taken_only_after_the_words(name: str) -> None:
    template = "{subject} founded {object after founding of}"
    if can_fill(template, name):
        end = after(name, "founding of")
        assert end and name.casefold().removesuffix(end) in ("founding of ", "the founding of ")
        assert fill(template, "A", name) == f"A founded {end}"
