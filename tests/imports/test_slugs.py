"""Local names: safe in Turtle, bounded, the same whatever the case and the accents are."""

from __future__ import annotations

import sys
import unicodedata
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allgraph.imports.slugs import LONGEST, slug
from allgraph.rdf.terms import BASE, Prefixes

PREFIXES = Prefixes.of(BASE)
texts = st.text(max_size=200)


def is_safe(name: str) -> bool:
    """Whether Turtle takes a local name as it is, and it is no longer than it may be."""
    return PREFIXES.shorten(f"{BASE}id/{name}") == f"id:{name}" and 0 < len(name) <= LONGEST


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("García", "garcia"),
        ("Garci\u0301a", "garcia"),
        ("Łódź, Ørsted, Straße, STRAẞE", "lodz-orsted-strasse-strasse"),
        (
            "Đặng Æsir œuvre İstanbul Isparta \u0131s\u0131 Þórður",
            "dang-aesir-oeuvre-istanbul-isparta-isi-thordur",
        ),
        ("ﬁ ² ① \uff2e", "fi-2-1-n"),
        (" --S.5486/A_1-- ", "s-5486-a-1"),
        ("O'Neil O’Neil", "o-neil-o-neil"),
        ("Ελλάς Ёлка 北京 हिन्दी がく 한국 ١٢", "ελλασ-елка-北京-हिन्दी-がく-한국-١٢"),
        ("𠮷野", "u20bb7野"),
        ("a\xadb \ufeffc\u200bd ❤\ufe0f", "ab-cd"),
        ("", None),
        (" \u200b", None),
        ("?!—❤\ufe0f⓫", None),
    ],
)
def test_examples(text: str, name: str | None) -> None:
    assert slug(text) == name


def test_characters_give_safe_names_or_none() -> None:
    for char in map(chr, [*range(0x12000), *range(0x1F000, 0x21000), sys.maxunicode]):
        for text in (char, f"a{char}b"):
            name = slug(text)
            assert name is None or (is_safe(name) and slug(name) == name), text
        if unicodedata.category(char) in ("Ll", "Lu", "Lt", "Lo", "Nd"):
            assert slug(char), char


@given(texts)
def test_a_name_is_safe_and_is_its_own_name(text: str) -> None:
    name = slug(text)
    assert name is None or (is_safe(name) and slug(name) == name)


@given(texts, st.sampled_from(["NFC", "NFD"]))
def test_forms_of_unicode_and_what_stands_around_make_no_difference(text: str, form: str) -> None:
    assert slug(text) == slug(unicodedata.normalize(form, text)) == slug(f"–{text} .")  # type: ignore[arg-type]


@given(st.text(st.characters(codec="latin-1"), max_size=200))
def test_case_makes_no_difference(text: str) -> None:
    assert slug(text) == slug(text.lower()) == slug(text.casefold())


@given(
    st.lists(st.text("abz019", min_size=1), min_size=1, max_size=8), st.text("-. _/", min_size=1)
)
def test_plain_words_stay_as_they_are(words: list[str], between: str) -> None:
    name, whole = slug(between.join(words)), "-".join(words)
    assert name == whole if len(whole) <= LONGEST else name and name[:60] == whole[:60]


@given(
    st.sets(st.text("ab", min_size=1, max_size=5), min_size=2, max_size=5), st.sampled_from("xé北")
)
def test_long_texts_that_begin_alike_have_names_of_their_own(ends: set[str], letter: str) -> None:
    assert len({slug(letter * LONGEST + end) for end in ends}) == len(ends)


def test_a_long_name_is_cut_between_words_to_the_longest_there_may_be() -> None:
    assert slug("a" * LONGEST) == "a" * LONGEST
    whole = "a" * (LONGEST + 1)
    assert slug(whole) == f"{'a' * (LONGEST - 13)}-{sha256(whole.encode()).hexdigest()[:12]}"
    name = slug(f"{'a' * (LONGEST - 14)} {'b' * 20}")
    assert name and len(name) == LONGEST - 1 and "--" not in name
