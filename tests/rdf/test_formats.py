"""The table of formats."""

from __future__ import annotations

from typing import get_args

import pytest
from pyoxigraph import QueryResultsFormat, RdfFormat

from allgraph.errors import UnknownFormat
from allgraph.rdf.formats import FORMATS, Kind, named, of_kind, suffix_of

KINDS: tuple[Kind, ...] = get_args(Kind)


def test_names_and_suffixes_stand_for_one_format_each() -> None:
    names = [format.name for format in FORMATS]
    suffixes = [suffix for format in FORMATS for suffix in format.suffixes]
    assert len(set(names)) == len(names)
    assert len(set(suffixes)) == len(suffixes)
    assert all(named(name).name == name for name in names)
    assert all(suffix in named(suffix).suffixes for suffix in suffixes)


def test_media_types_are_those_of_the_standards() -> None:
    for format in FORMATS:
        assert len(format.kinds) > 0
        if isinstance(format.engine, (RdfFormat, QueryResultsFormat)):
            assert format.suffixes
            assert format.media_type.partition(";")[0] == format.engine.media_type.partition(";")[0]


@pytest.mark.parametrize("name", ["TTL", "Turtle", "ttl", "turtle"])
def test_case_does_not_matter(name: str) -> None:
    assert named(name).engine is RdfFormat.TURTLE


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("format", FORMATS, ids=lambda format: format.name)
def test_a_format_holds_its_kinds_and_no_other(format: object, kind: Kind) -> None:
    assert format in FORMATS
    chosen = next(each for each in FORMATS if each is format)
    if kind in chosen.kinds:
        assert named(chosen.name, kind) is chosen
    else:
        with pytest.raises(UnknownFormat, match=f"cannot be written as “{chosen.name}”; there are"):
            named(chosen.name, kind)


def test_an_unknown_format_lists_those_that_fit() -> None:
    with pytest.raises(UnknownFormat) as caught:
        named("xlsx", "triples")
    assert str(caught.value) == (
        "triples cannot be written as “xlsx”; "
        "there are table, turtle, ntriples, nquads, trig, rdfxml, jsonld"
    )
    with pytest.raises(UnknownFormat, match="yes or no cannot be written as “ttl”"):
        named("ttl", "yes-no")
    with pytest.raises(UnknownFormat, match="this cannot be written as “”"):
        named("")


@pytest.mark.parametrize("suffix", [suffix for each in FORMATS for suffix in each.suffixes])
def test_the_suffix_of_a_file_is_the_longest_of_a_format(suffix: str) -> None:
    for name in (f"a.{suffix}", f"a.2026.{suffix}", f"a.{suffix.upper()}", f"a.ttl.{suffix}"):
        assert named(suffix_of(name)) is named(suffix)


@pytest.mark.parametrize(
    ("name", "suffix"), [("a", ""), ("a.", ""), (".ttl", "ttl"), ("a.ttl.exe", "exe"), ("", "")]
)
def test_another_suffix_is_what_follows_the_last_dot(name: str, suffix: str) -> None:
    assert suffix_of(name) == suffix


def test_formats_of_a_kind_are_in_the_order_of_the_table() -> None:
    assert of_kind(None) == [format.name for format in FORMATS]
    assert of_kind("yes-no") == ["table", "json", "xml", "csv", "tsv"]
