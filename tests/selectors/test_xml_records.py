"""XML: elements as fields, places that lxml finds too, right lines, and no entities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from allgraph.errors import LoadError
from allgraph.selectors import Kind, Record, Value
from tests.support.selectors import make_limits_small, paths, read_all, written

BILLS = """\
<?xml version="1.0"?>
<list><made>x</made>
 <bills>
  <bill n="1" xml:lang="en">
   <title>A &amp; <![CDATA[<B>]]></title>
   <action code="a">one</action>
   <action>two</action>
   <action/>
   mixed <!-- left out -->text
  </bill>
 </bills>
 <bills><note/>
  <bill n="2"><title/><empty></empty></bill><bill>text</bill></bills>
</list>
"""
NAMES = ["a", "b", "text"]


def element(depth: int) -> st.SearchStrategy[str]:
    """Elements as texts, with children up to a depth, line breaks between them."""
    words = st.sampled_from(["", "word", "é&lt;", " x "])
    parts = words if not depth else st.lists(element(depth - 1), max_size=3).map("\n".join)
    attributes = st.sampled_from(["", ' n="1"', ' n="" m="&amp;"'])
    return st.builds("<{0}{1}>{2}</{0}>".format, st.sampled_from(NAMES), attributes, parts | words)


def found_by_lxml(root: Any, record: Record, place: str) -> tuple[str | None, int]:
    """The text of what lxml finds at a place in a record, and its line."""
    (node,) = root.xpath(record.place) if record.place else [root]
    if place:
        found = node.xpath(place)
        if place.endswith("text()"):
            return "".join(found), found[0].getparent().sourceline
        (node,) = found
        if "@" in place:
            return str(node), node.getparent().sourceline
    return node.text, node.sourceline


def check_with_lxml(text: str, records: list[Record]) -> None:
    """Assert that lxml finds each value at its place, with its text and line."""
    root = etree.fromstring(text.encode())
    for record in records:
        for steps, value in paths(record.fields):
            if not isinstance(value, list):
                content, line = found_by_lxml(root, record, record.place_of(steps))
                assert record.line_of(steps) == line
                assert isinstance(value, dict) or (content or None) == (value or None)


def test_elements_are_fields(tmp_path: Path) -> None:
    records = read_all(written(tmp_path, "a.xml", BILLS), entries="list/bills/bill")
    expected: list[Value] = [
        {
            "@n": "1",
            "@xml:lang": "en",
            "title": "A & <B>",
            "action": [{"@code": "a", "#text": "one"}, "two", None],
            "#text": "\n   \n   \n   \n   \n   mixed text\n  ",
        },
        {"@n": "2", "title": None, "empty": None},
        {"#text": "text"},
    ]
    assert [record.fields for record in records] == expected
    assert [record.line for record in records] == [4, 13, 13]
    places = [record.place for record in records]
    assert places == ["/list/bills[1]/bill[1]", "/list/bills[2]/bill[1]", "/list/bills[2]/bill[2]"]
    assert records[0].place_of(("action", 1)) == "action[2]"
    assert records[0].line_of(("action", 2)) == 8
    check_with_lxml(BILLS, records)


def test_the_root_is_the_record_without_entries(tmp_path: Path) -> None:
    (record,) = read_all(written(tmp_path, "a.xml", BILLS))
    assert (record.place, record.line, record.kind) == ("", 2, Kind.XPATH)
    assert record.find("bills[2]/bill[1]/@n") == ("2", 13)
    assert record.find("made[1]") == ("x", 2)
    (root,) = read_all(written(tmp_path, "b.xml", "<a/>"), entries="/a")
    assert (root.place, root.fields) == ("/a", {})


@pytest.mark.parametrize(
    "text",
    [
        '<a xmlns="http://x/"><b n="1">x</b>\n<b>y</b><c>z</c></a>',
        '<r xmlns:d="http://x/"><d:b d:n="1">x</d:b>\n<b>y</b><d:b>z</d:b></r>',
        '<d:a xmlns:d="http://x/" xmlns="http://y/"><d:b><c d:n="é">x</c></d:b></d:a>',
    ],
)
def test_names_keep_the_prefixes_of_the_document(tmp_path: Path, text: str) -> None:
    (record,) = records = read_all(written(tmp_path, "a.xml", text))
    assert record.kind is Kind.QUALIFIED
    check_with_lxml(text, records)
    entries = "d:a/d:b" if "d:a" in text else "r/d:b" if "<r" in text else "a/b"
    check_with_lxml(text, read_all(written(tmp_path, "b.xml", text), entries=entries))


@given(st.lists(element(3), min_size=1, max_size=3))
def test_what_lxml_reads_is_read(
    tmp_path_factory: pytest.TempPathFactory, elements: list[str]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    text = "\n".join(["<root>", *elements, "</root>"])
    check_with_lxml(text, read_all(written(folder, "a.xml", text)))
    if "<a" in "".join(part[:2] for part in elements):
        check_with_lxml(text, read_all(written(folder, "a.xml", text), entries="root/a"))


def test_lines_are_right_beyond_65535(tmp_path: Path) -> None:
    text = "<a>" + "\n" * 70_000 + "<b>x</b></a>"
    (record,) = read_all(written(tmp_path, "a.xml", text))
    assert record.find("b") == ("x", 70_001)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('<!DOCTYPE a [<!ENTITY b "c">]>\n<a>&b;</a>', "a.xml:1: has a document type"),
        ('\n<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "a.xml:2: has a document type"),
        ('<!DOCTYPE a [<!ENTITY % b SYSTEM "http://x/"> %b;]><a/>', "has a document type"),
        ("<a>&b;</a>", "a.xml:1: not XML: undefined entity"),
        ("<a>\n<b></a>", "a.xml:2: not XML: mismatched tag"),
        ("<a/>\n<b/>", "a.xml:2: not XML: junk after document element"),
        ("<a>", "not XML: no element found"),
        ("", "not XML: no element found"),
        ("<a>\x00</a>", "not XML: "),
        ('<?xml version="1.0" encoding="x-none"?><a/>', "a.xml:1: not XML: unknown encoding"),
        ('<?xml version="1.0" encoding="big5"?><a/>', "a.xml:1: not XML: multi-byte"),
        ("<a:b/>", "not a.xml"),
        ("<a>" * 300, "a.xml:1: more than 200 lists"),
        ("<a>" + "<b/>" * 9000 + "</a>", "a.xml:1: a record has more than"),
        (f"<a>{'x' * 2**19}</a>", "a.xml:1: a record has more than"),
        (f'<a b="{"x" * 2**19}"/>', "a.xml: .* is longer than|a record has more than"),
        (f"<a><!--{'x' * 2**19}--></a>", "a.xml: .* is longer than"),
    ],
)
def test_what_is_wrong_is_one_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    make_limits_small(monkeypatch)
    path = written(tmp_path, "a.xml", text)
    if message == "not a.xml":  # a prefix needs no declaration, names are as they stand
        assert read_all(path)[0].fields == {}
        return
    with pytest.raises(LoadError, match=message):
        read_all(path)


def test_entries_have_to_be_there(tmp_path: Path) -> None:
    path = written(tmp_path, "a.xml", BILLS)
    with pytest.raises(LoadError, match="“entries” names list/bill, which the file does not have"):
        read_all(path, entries="list/bill")


def test_entries_of_any_number_are_read_within_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_limits_small(monkeypatch)
    text = "<a><x><y>z</y></x>" + "<b>some text</b>\n" * 20_000 + "</a>"
    records = read_all(written(tmp_path, "a.xml", text), entries="a/b")
    assert len(records) == 20_000 and records[-1].line == 20_000


def test_the_encoding_of_the_document_is_known(tmp_path: Path) -> None:
    text = '<?xml version="1.0" encoding="{}"?><a>é</a>'
    for encoding in ("iso-8859-1", "windows-1252", "utf-16"):
        path = written(tmp_path, "a.xml", text.format(encoding).encode(encoding))
        assert read_all(path)[0].fields == {"#text": "é"}
    path = written(tmp_path, "a.xml", "<a>\né</a>".encode("latin-1"))
    with pytest.raises(LoadError, match=r"a.xml:2: not XML: not well-formed"):
        read_all(path)
    assert read_all(path, encoding="latin-1")[0].fields == {"#text": "\né"}
