"""Programs that are not ours read references back as they were, whatever is in them."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import rispy
from hypothesis import example, given
from hypothesis import strategies as st
from pybtex.database import Entry, parse_string

from allgraph.evidence.references import KINDS, Reference
from allgraph.render.html import clean

SCHEMA = Path(__file__).with_name("csl-data.json")
"""The schema of CSL-JSON, © the Citation Style Language project and contributors, MIT licence:
https://github.com/citation-style-language/schema (schemas/input/csl-data.json at e3ce254)."""
HOSTILE = (
    "plain", "{", "}", "}}, @misc{x, title={", "\\", "\\}", "100% of #1 & $5_000 ~ ^",
    "a\nER  - \nTY  - BOOK",
    "a\r\nTI  - b", '"quotes", and “more”', "Müller and Søn", "Ann and Bob", "O'Neil, A., Jr.",
    "Ελένη 李 😀", "\x00\x07\u202e\u2028x", "@comment{", "\\input{/etc/passwd}", "x" * 3000,
    "``a''", "--- a --", "?", "a  b\t c",
)  # fmt: skip
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=60)
dates = st.sampled_from(
    ["", "2013", "2013-02", "2013-02-28", "2013~", "[..2026-11-23]", "2011/2012", "201X"]
)
_BACK = [
    (r"\textbackslash{}", "\\"), (r"\textbraceleft{}", "{"), (r"\textbraceright{}", "}"),
    (r"\textasciitilde{}", "~"), (r"\textasciicircum{}", "^"), *((f"\\{c}", c) for c in "#$%&_"),
]  # fmt: skip


def reference(title: str, **more: Any) -> Reference:
    return Reference("id:x", "entry", title, "https://example.org/id/x?a=1&b=%20#c", **more)


def unescaped(latex: str) -> str:
    """What a text in LaTeX shows; fails for a command that we do not write."""
    text = ""
    while latex:
        for command, char in _BACK:
            if latex.startswith(command):
                text, latex = text + char, latex.removeprefix(command)
                break
        else:
            assert latex[0] not in "\\{}#$%&_~^", latex
            text, latex = text + latex[0], latex[1:]
    return text


def bibtex(text: str) -> Entry:
    """The one entry that pybtex reads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        entries = parse_string(text, "bibtex").entries
    (entry,) = entries.values()
    return entry


def spaced(text: str) -> str:
    """A text as all forms have it: on one line, with single spaces."""
    return " ".join(clean(text).split())


def check(read: Reference) -> None:
    """All forms of a reference are read back as what it is."""
    title, authors = spaced(read.title), [*filter(None, map(spaced, read.authors))]
    entry = bibtex(read.bibtex)
    assert entry.key == read.key
    assert unescaped(entry.fields.get("title", "{}")[1:-1]) == title
    assert unescaped(entry.fields.get("note", "")) == spaced(read.note)
    assert entry.fields["url"] == "https://example.org/id/x?a=1&b=%20#c"
    people = [str(person).strip() for person in entry.persons.get("author", ())]
    assert [unescaped(person[1:-1]) for person in people] == authors
    (record,) = rispy.loads(read.ris)
    assert record["type_of_reference"] == KINDS[read.kind]
    assert record.get("title", "") == title.strip() and record["urls"] == [entry.fields["url"]]
    assert record.get("authors", []) == authors
    item = dict(read.csl)
    jsonschema.validate([item], json.loads(SCHEMA.read_text()), jsonschema.Draft7Validator)
    assert item.get("title", "") == title
    assert [author["literal"] for author in item.get("author", [])] == authors
    assert "\n" not in read.text


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_read_back(words: str) -> None:
    check(reference(f"t{words}", authors=(f"a{words}", "Bob"), note=words, publisher=words,
                    container=words, version=words))  # fmt: skip


@given(texts, texts, dates, dates, st.sampled_from([*KINDS]))
@example("a\x85b", "c\x1cd", "", "", "page")
def test_any_reference_is_read_back(
    title: str, other: str, date: str, accessed: str, kind: str
) -> None:
    authors = (f"A{other}",) if other else ()
    check(Reference("k", kind, f"T{title}", "https://example.org/id/x?a=1&b=%20#c", authors,
                    other, other, other, date, accessed, other))  # fmt: skip


@pytest.mark.parametrize(
    ("date", "ris", "csl"),
    [
        ("2013-02-28", "DA  - 2013/02/28/", {"date-parts": [[2013, 2, 28]]}),
        ("2013-02", "DA  - 2013/02//", {"date-parts": [[2013, 2]]}),
        ("2013", "DA  - 2013///", {"date-parts": [[2013]]}),
        ("[..2026-11-23]", "DA  - ///by 23 November 2026", {"literal": "by 23 November 2026"}),
    ],
)
def test_a_date_is_as_exact_as_it_is(date: str, ris: str, csl: Any) -> None:
    read = reference("T", date=date)
    assert ris in read.ris.split("\r\n") and read.csl["issued"] == csl
    assert bibtex(read.bibtex).fields["date"] == date
    assert ("PY  - 2013" in read.ris) == (date[:1] == "2")


def test_an_address_is_ascii_and_of_the_web() -> None:
    assert (
        Reference("k", "page", "T", "https://e.org/ü {x}").url == "https://e.org/%C3%BC%20%7Bx%7D"
    )
    assert Reference("k", "page", "T", "javascript:alert(1)").url == ""
    assert "<" not in Reference("k", "page", "T", "urn:x").text
