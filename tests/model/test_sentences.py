"""Sentences with their dates, and nouns with their articles."""

from __future__ import annotations

import pytest

from allgraph.model.sentences import date_first, with_article


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
