"""Places in sources in words, and their addresses."""

from __future__ import annotations

import pytest

from allgraph.render.places import Place, line_of, row_of, template_of

TEMPLATE = "https://example.org/blob/9f/{file}#L{line}"


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (Place(), ""),
        (Place(start=1, end=2, section="Notices"), "characters 1 to 2, Notices"),
        (Place(page_number="iv", row="3"), "page iv, row 3"),
        (Place(section="a.yml", line="10", fragment="/roles/3"), "a.yml, line 10 (/roles/3)"),
        (Place(section="a.yml", line="1"), "a.yml, line 1"),
        (Place(section="a.json", entry="/12", fragment="/name"), "a.json (/12/name)"),
        (Place(section="a.json", entry="/12"), "a.json (/12)"),
        (Place(section="a.xml", entry="/b/c[2]", fragment="d/@e"), "a.xml (/b/c[2]/d/@e)"),
        (Place(section="a.xml", fragment="d/@e"), "a.xml (d/@e)"),
        (Place(section="a.csv", row="8", line="9", fragment="col=1"), "a.csv, row 8, column 1"),
        (Place(fragment="/name"), "/name"),
    ],
)
def test_a_place_in_words(place: Place, words: str) -> None:
    assert place.words == words


@pytest.mark.parametrize(
    ("template", "place", "address"),
    [
        (TEMPLATE, Place(section="a/b.yml", line="3"), "https://example.org/blob/9f/a/b.yml#L3"),
        (TEMPLATE, Place(section="a/b.yml"), ""),
        (TEMPLATE, Place(line="3"), ""),
        (
            TEMPLATE,
            Place(section='é "x"&#?.yml', line="3"),
            "https://example.org/blob/9f/%C3%A9%20%22x%22%26%23%3F.yml#L3",
        ),
        ("https://example.org/t?row={row}", Place(row="8"), "https://example.org/t?row=8"),
        ("https://example.org/{version}/{file}", Place(section="a"), ""),
        ("", Place(section="a", line="1"), ""),
        ("javascript:alert({line})", Place(line="1"), ""),
        ("https://example.org/<{line}>", Place(line="1"), ""),
        ("https://example.org/{other}", Place(line="1"), ""),
    ],
)
def test_an_address_has_all_its_parts_and_is_one_of_the_web(
    template: str, place: Place, address: str
) -> None:
    assert place.address(template) == address


def test_a_version_is_put_in_once_and_escaped() -> None:
    assert template_of("https://x.org/{version}/{file}", "a b/{file}") == (
        "https://x.org/a%20b%2F%7Bfile%7D/{file}"
    )
    assert template_of("https://x.org/{version}", "") == "https://x.org/{version}"


@pytest.mark.parametrize(
    ("first", "lines", "fragment", "line"),
    [
        ("3", '{"/a":2}', "/a", "5"),
        ("3", '{"/a":2}', "/b", "3"),
        ("3", '{"/a":2}', "", "3"),
        ("3", "no JSON", "/a", "3"),
        ("3", "[1]", "/a", "3"),
        ("3", "[" * 100_000, "/a", "3"),
        ("3", '{"/a":true}', "/a", "3"),
        ("3", '{"/a":-2}', "/a", "3"),
        ("3", '{"/a":"2"}', "/a", "3"),
        ("", '{"/a":2}', "/a", ""),
        ("x", '{"/a":2}', "/a", ""),
        ("9" * 5_000, "", "", ""),
    ],
)
def test_the_line_of_a_value(first: str, lines: str, fragment: str, line: str) -> None:
    assert line_of(first, lines, fragment) == line


def test_the_row_of_a_record() -> None:
    assert [*map(row_of, ("row=8", "row=8;9", "/8", ""))] == ["8", "", "", ""]
