"""JSON and JSON lines: texts as they stand, with their lines, in pieces of any length."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from allgraph.errors import LoadError
from allgraph.selectors import Value, json_records
from tests.support.selectors import (
    line_with,
    make_limits_small,
    numbered,
    objects,
    paths,
    read_all,
    written,
)

indents = st.none() | st.integers(0, 2)


def test_a_scalar_is_the_text_that_stands_there(tmp_path: Path) -> None:
    text = (
        '{"a": 1.50e+3, "b": -0, "c": true, "d": false, "e": null, "f": "\\u00e9\\ud83d\\ude00\\/"}'
    )
    (record,) = read_all(written(tmp_path, "a.json", text))
    assert record.fields == {
        "a": "1.50e+3",
        "b": "-0",
        "c": "true",
        "d": "false",
        "e": None,
        "f": "é😀/",
    }
    assert record.place == "" and record.line == 1


@pytest.mark.parametrize(
    ("text", "entries", "places"),
    [
        ('[{"a": 1}, {"a": 2}]', "", ["/0", "/1"]),
        ("[]", "", []),
        ('{"x": {"y": 1, "list": [{"a": 1}]}}', "x.list", ["/x/list/0"]),
        ('{"x.y": [{"a": 1}], "z": [[], {}]}', "/x.y", ["/x.y/0"]),
    ],
)
def test_entries_are_records(tmp_path: Path, text: str, entries: str, places: list[str]) -> None:
    records = read_all(written(tmp_path, "a.json", text), entries=entries)
    assert [record.place for record in records] == places


@given(objects, indents, st.booleans(), st.integers(1, 40))
@example({"a": ["1e+5"]}, None, False, 1)
def test_what_a_library_wrote_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    value: dict[str, Value],
    indent: int | None,
    is_ascii: bool,
    piece: int,
) -> None:
    folder = tmp_path_factory.getbasetemp()
    text = json.dumps(value, indent=indent, ensure_ascii=is_ascii)
    with patch.object(json_records, "_PIECE", piece):
        assert read_all(written(folder, "a.json", text))[0].fields == value
        assert read_all(written(folder, "b.json", f"[{text},{text}]"))[1].fields == value
        lines = f"{json.dumps(value)}\r\n \n{json.dumps(value)}"
        records = read_all(written(folder, "c.jsonl", lines))
    assert [(record.fields, record.line) for record in records] == [(value, 1), (value, 3)]


@given(objects, indents, st.integers(1, 40))
def test_a_line_is_that_of_the_text(
    tmp_path_factory: pytest.TempPathFactory,
    value: dict[str, Value],
    indent: int | None,
    piece: int,
) -> None:
    text = json.dumps([numbered(value, count())], indent=indent)
    with patch.object(json_records, "_PIECE", piece):
        (record,) = read_all(written(tmp_path_factory.getbasetemp(), "a.json", text))
    for steps, part in paths(record.fields):
        if isinstance(part, str):
            assert record.line_of(steps) == line_with(text, part)


@given(st.sampled_from(["1.5e+3", "-12", "1E5", "true", "null", '"a\\"\\\\b"']), st.integers(1, 9))
def test_no_value_is_cut_where_a_piece_ends(
    tmp_path_factory: pytest.TempPathFactory, value: str, piece: int
) -> None:
    with patch.object(json_records, "_PIECE", piece):
        path = written(tmp_path_factory.getbasetemp(), "a.json", f'{{"a":{value},"b":{value}}}')
        (record,) = read_all(path)
    expected = json.loads(value) if value[0] == '"' else None if value == "null" else value
    assert record.fields == {"a": expected, "b": expected}


json_like = st.text(st.sampled_from('{}[],:"\\ \n1-e.tn') | st.characters(), max_size=20)


@given(
    json_like
    | st.sampled_from(["{}", "[1]", '{"a":1}']).flatmap(
        lambda text: st.integers(0, len(text)).map(lambda at: text[:at] + text[at + 1 :])
    ),
    st.integers(1, 9),
)
def test_only_json_is_read(tmp_path_factory: pytest.TempPathFactory, text: str, piece: int) -> None:
    path = written(tmp_path_factory.getbasetemp(), "a.json", text.encode("utf-8", "replace"))
    content = path.read_bytes().decode()
    try:
        expected = json.loads(
            content, parse_int=str, parse_float=str, parse_constant=lambda _: 1 / 0
        )
    except (ValueError, ZeroDivisionError):
        expected = None
    with patch.object(json_records, "_PIECE", piece):
        try:
            fields = [record.fields for record in read_all(path)]
        except LoadError as error:
            assert expected is None or "must be an object" in str(error) or "twice" in str(error)
        else:
            assert fields == (expected if isinstance(expected, list) else [expected])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1,\n"a": 2}', r"a.json:2: the name “a” comes twice"),
        ('{"x": [], "x": [],\n"list": []}', r"a.json:1: the name “x” comes twice"),
        ('{"list": [],\n"list": []}', r"a.json:2: the name “list” comes twice"),
        ('{"a": 1', "not JSON: the end of the file where a comma"),
        ('{"a"\n 1}', "a.json:2: not JSON: “1” where a colon"),
        ('{"a": 1,}', "“}” where a name in quotes"),
        ('{"a": [1 2]}', "“2” where a comma"),
        ("{} {}", "“{” where the end of the file"),
        ("[}", "“}” where a value or ]"),
        ('{"a": [1}', "“}” where a comma or the end"),
        ("{1: 2}", "“1” where a name in quotes or }"),
        ("{'a': 1}", "is no value; write a text in double quotes"),
        ('{"a": 01}', "“1” where a comma"),
        ('{"a": NaN}', "“NaN}” is no value"),
        ('{"a": "b\nc"}', "is no value; write a text in double quotes, on one line"),
        ('{"a": "b', "is no value"),
        ('{"a": "\\x"}', "a string has a wrong escape"),
        ('{"a": "\\ud800"}', "a string has a wrong escape"),
        ("", "not JSON: the end of the file where a value"),
        ("[1]", "a record must be an object"),
        ("[" * 1000, "more than 200 lists"),
        ('{"a":' * 1000, "more than 200 lists"),
        (f"[{'[],' * 9000}[]]", "a record must be an object"),
        (f'{{"a": [{"[]," * 9000}[]]}}', "a record has more than 0 MiB"),
        (f'{{"a": "{"x" * 2**19}"}}', "longer than 0 MiB|a record has more than"),
        (f'{{"{"x" * 2**19}": 1}}', "longer than 0 MiB|a record has more than"),
        (f'{{"a": {"1" * 2**19}}}', "longer than 0 MiB|a record has more than"),
        (" " * 2**19, "longer than 0 MiB|where a value"),
    ],
)
@pytest.mark.parametrize("piece", [2, 2**16])
def test_what_is_wrong_is_one_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str, piece: int
) -> None:
    make_limits_small(monkeypatch)
    monkeypatch.setattr(json_records, "_PIECE", piece)
    entries = "list" if "list" in text else ""
    with pytest.raises(LoadError, match=message) as caught:
        read_all(written(tmp_path, "a.json", text), entries=entries)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("text", "entries", "message"),
    [
        ('{"a": 1}', "b", "“entries” names “b”, which the file does not have"),
        ("[]", "b", "“entries” names “b”, which the file does not have"),
        ('{"a": {}}', "a", "“entries” does not lead to a list"),
        ('{"a": 1}', "a.b", "“entries” names “b”, which the file does not have"),
    ],
)
def test_entries_have_to_be_there(tmp_path: Path, text: str, entries: str, message: str) -> None:
    with pytest.raises(LoadError, match=message):
        read_all(written(tmp_path, "a.json", text), entries=entries)


def test_errors_of_lines_name_the_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_limits_small(monkeypatch)
    with pytest.raises(LoadError, match=r"a.jsonl:3: not JSON"):
        read_all(written(tmp_path, "a.jsonl", '{"a": 1}\n\n{"a": }\n'))
    with pytest.raises(LoadError, match=r"a.jsonl:2: a text or line is longer"):
        read_all(written(tmp_path, "a.jsonl", '{"a": 1}\n' + " " * 2**19))
    with pytest.raises(LoadError, match="remove “entries”"):
        read_all(written(tmp_path, "a.jsonl", '{"a": 1}\n'), entries="a")
    assert read_all(written(tmp_path, "b.jsonl", "\n")) == []


def test_the_encoding_is_found_or_named(tmp_path: Path) -> None:
    text = '{"a":\n"é"}'
    for encoding in ("utf-8-sig", "utf-16", "utf-8"):
        assert read_all(written(tmp_path, "a.json", text.encode(encoding)))[0].fields == {"a": "é"}
    path = written(tmp_path, "a.json", text.encode("latin-1"))
    with pytest.raises(LoadError, match=r"a.json:2: not UTF-8: byte 0xe9 cannot be read"):
        read_all(path)
    assert read_all(path, encoding="windows-1252")[0].fields == {"a": "é"}
    for encoding in ("utf-9", "rot13", "idna"):
        with pytest.raises(LoadError, match=f"the encoding “{encoding}” is unknown"):
            read_all(path, encoding=encoding)
    with pytest.raises(LoadError, match=r"a.json:1: not UTF-16: .*BOM"):
        read_all(path, encoding="utf-16")
