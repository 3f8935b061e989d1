"""Reading of records: every form gives the same records, and each value is found again."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from allgraph.errors import LoadError, MissingExtra
from allgraph.selectors import Options, Value, read, reopen
from tests.support.selectors import read_all

PACK: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".zst": zstandard.compress,
}
YAML = """\
- name: Ann Example
  roles:
  - type: upper
    start: 2023-01-01
  - type: lower
    end: ~
- name: Bo O'Neil
  roles: []
"""
JSON = """\
{"bills": [
  {"name": "Ann Example",
   "roles": [
     {"type": "upper", "start": "2023-01-01"},
     {"type": "lower", "end": null}]},
  {"name": "Bo O'Neil", "roles": []}
]}
"""
PEOPLE: list[Value] = [
    {
        "name": "Ann Example",
        "roles": [{"type": "upper", "start": "2023-01-01"}, {"type": "lower", "end": None}],
    },
    {"name": "Bo O'Neil", "roles": []},
]
CSV = 'Name;Note\nAnn;"two\nlines"\n\nBo;"a;b"\n'
XML = """\
<bills><bill number="1">
  <title>First</title>
  <action>a</action>
  <action>b</action>
</bill>
<other/>
<bill number="2"><title>Second</title></bill></bills>
"""


@pytest.mark.parametrize("pack", ["", ".gz", ".zst"])
@pytest.mark.parametrize(
    ("suffix", "text", "options", "places", "lines"),
    [
        (".yaml", YAML, Options(), ["/0", "/1"], [1, 7]),
        (".json", JSON, Options(entries="bills"), ["/bills/0", "/bills/1"], [2, 6]),
        (".jsonl", '{"a": 1}\n\n{"a": 2}', Options(), ["/0", "/1"], [1, 3]),
        (".csv", CSV, Options(), ["row=2", "row=4"], [2, 5]),
        (".xml", XML, Options(entries="bills/bill"), ["/bills/bill[1]", "/bills/bill[2]"], [1, 7]),
    ],
)
def test_every_form_is_read_and_found_again(
    tmp_path: Path,
    suffix: str,
    text: str,
    options: Options,
    places: list[str],
    lines: list[int],
    pack: str,
) -> None:
    path = tmp_path / f"people{suffix}{pack}"
    path.write_bytes(PACK[pack](text.encode()))
    records = [*read(path, path.name, options)]
    assert [*read_all(path, entries=options.entries)] == records
    assert [record.place for record in records] == places
    assert [record.line for record in records] == lines
    if suffix in (".yaml", ".json"):
        assert [record.fields for record in records] == PEOPLE


def test_another_suffix_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="its suffix is none of"):
        read(tmp_path / "a.txt", "a.txt")
    with pytest.raises(LoadError, match="its suffix is none of"):
        read(tmp_path / "a.xlsx.gz", "a.xlsx.gz")


@pytest.mark.parametrize(
    ("record", "place"),
    [
        ("/7", "/name"),
        ("/0", "/nam"),
        ("/0", "name"),
        ("/0", "/roles/-1"),
        ("/0", "/roles/00"),
        ("/0", "/roles/2"),
    ],
)
def test_what_is_not_there_is_an_error(tmp_path: Path, record: str, place: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(PEOPLE))
    with pytest.raises(LoadError, match="has no"):
        reopen(path, record, place)


BROKEN = [
    "{", "}", "[", "]", "&x ", "*x", '"', "\\", "<", ">", "\0", "\n", "\r", "---\n", "...\n", "? ",
    ": ", "- ", "<<: ", "%YAML 1.3\n", "!!x ", "|", "\x85", "\ufeff", "\U0001f600",
]  # fmt: skip
edits = st.lists(
    st.tuples(
        st.integers(0, 300), st.integers(0, 5), st.sampled_from(BROKEN) | st.text(max_size=2)
    ),
    min_size=1,
    max_size=3,
)


@given(
    st.sampled_from(
        [(".yaml", YAML), (".json", JSON), (".jsonl", JSON), (".csv", CSV), (".xml", XML)]
    ),
    edits,
    st.sampled_from(["", "bills", "bills/bill"]),
    st.sampled_from(["utf-8", "latin-1", "utf-16"]),
)
def test_what_is_broken_is_read_or_is_one_error(
    tmp_path_factory: pytest.TempPathFactory,
    sample: tuple[str, str],
    changes: list[tuple[int, int, str]],
    entries: str,
    encoding: str,
) -> None:
    suffix, text = sample
    for start, length, new in changes:
        text = text[:start] + new + text[start + length :]
    path = tmp_path_factory.getbasetemp() / f"broken{suffix}"
    path.write_bytes(text.encode(encoding, "replace"))
    try:
        for record in read(path, path.name, Options(entries=entries)):
            assert [record.line_of((name,)) for name in record.fields].count(None) == 0
    except LoadError as error:
        assert str(error).startswith(path.name)
        assert str(error).isprintable() and len(str(error)) < 400


@pytest.mark.parametrize("pack", [".gz", ".zst"])
@pytest.mark.parametrize("suffix", [".yml", ".json", ".jsonl", ".csv", ".xml"])
def test_a_small_file_that_expands_too_much_is_an_error(
    tmp_path: Path, suffix: str, pack: str
) -> None:
    path = tmp_path / f"a{suffix}{pack}"
    start = b"a\n" if suffix == ".csv" else b""
    path.write_bytes(PACK[pack](start + (b" " * 1023 + b"\n") * 2**15))
    with pytest.raises(LoadError, match="it expands to more than 100 times its size"):
        [*read(path, path.name)]
    path.write_bytes(PACK[pack](JSON.encode())[:-9])
    with pytest.raises(LoadError, match=r"is truncated|is no complete|not |has no header|row 2"):
        [*read(path, path.name)]


@pytest.mark.parametrize(
    ("name", "library"),
    [("a.yml", "yaml"), ("a.xlsx", "python_calamine"), ("a.parquet", "pyarrow")],
)
def test_a_library_that_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtra, match=rf"{library} is missing.*allgraph-kg\[import\]"):
        [*read(tmp_path / name, name)]
