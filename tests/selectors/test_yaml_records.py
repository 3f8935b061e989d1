"""YAML: texts as they stand, with their lines; what is broken or too much is one error."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from allgraph.errors import LoadError
from allgraph.selectors import Value
from tests.support.selectors import (
    line_with,
    make_limits_small,
    numbered,
    objects,
    paths,
    read_all,
    written,
)

BOTH = pytest.mark.parametrize("libyaml", [True, False])


@pytest.fixture(autouse=True)
def _parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the parser that the test names, libyaml's by default."""
    is_named = "libyaml" in request.fixturenames
    monkeypatch.setattr(
        yaml, "__with_libyaml__", not is_named or request.getfixturevalue("libyaml")
    )


@BOTH
def test_a_scalar_is_the_text_that_stands_there(tmp_path: Path, libyaml: bool) -> None:
    text = """\
yes: no
46: 0x1F
day: 2023-01-01
time: 12:30:00
float: 1.50
empty:
tilde: ~
"null": null
quoted: 'null'
nothing: ''
tagged: !!str null
other: !what 7
block: |
  one
  two
folded: >-
  one
  two
~: "\\u00e9\\x41"
"""
    (record,) = read_all(written(tmp_path, "a.yml", text))
    assert record.fields == {
        "yes": "no",
        "46": "0x1F",
        "day": "2023-01-01",
        "time": "12:30:00",
        "float": "1.50",
        "empty": None,
        "tilde": None,
        "null": None,
        "quoted": "null",
        "nothing": "",
        "tagged": "null",
        "other": "7",
        "block": "one\ntwo\n",
        "folded": "one two",
        "~": "éA",
    }
    assert record.place == "" and record.line == 1
    assert record.line_of(("block",)) == 13 and record.line_of(("~",)) == 19
    assert record.line_of(("missing",)) is None


@BOTH
def test_aliases_and_merge_keys_are_resolved(tmp_path: Path, libyaml: bool) -> None:
    text = """\
base: &base {a: 1, b: &b [x, y]}
more: &more
  c: 3
own:
  <<: [*base, *more]
  a: 2
list: [*b, *more]
one:
  <<: *more
"<<": text
plain: &p word
again: *p
"""
    (record,) = read_all(written(tmp_path, "a.yaml", text))
    assert record.fields["own"] == {"a": "2", "b": ["x", "y"], "c": "3"}
    assert record.fields["list"] == [["x", "y"], {"c": "3"}]
    assert record.fields["one"] == {"c": "3"} and record.fields["<<"] == "text"
    assert record.fields["again"] == "word"
    lines = [record.line_of(("own", name)) for name in "abc"]
    assert lines == [6, 1, 3] and record.line_of(("again",)) == 11


def test_several_documents_are_entries(tmp_path: Path) -> None:
    records = read_all(written(tmp_path, "a.yml", "a: 1\n---\na: 2\n...\n---\na: 3\n"))
    assert [record.place for record in records] == ["/0", "/1", "/2"]
    assert [record.line for record in records] == [1, 3, 6]
    with pytest.raises(LoadError, match=r"a.yml:3: if a file has several documents"):
        read_all(written(tmp_path, "a.yml", "- a: 1\n---\na: 2\n"))


@given(objects, st.booleans(), st.integers(10, 80))
def test_what_a_library_wrote_is_read(
    tmp_path_factory: pytest.TempPathFactory, value: dict[str, Value], is_flow: bool, width: int
) -> None:
    folder = tmp_path_factory.getbasetemp()
    text = yaml.safe_dump(value, default_flow_style=is_flow, width=width, allow_unicode=True)
    (record,) = read_all(written(folder, "a.yaml", text))
    assert record.fields == value
    assert read_all(written(folder, "b.yaml", yaml.safe_dump([value])))[0].fields == value


@given(objects, st.booleans())
def test_a_line_is_that_of_the_text(
    tmp_path_factory: pytest.TempPathFactory, value: dict[str, Value], is_flow: bool
) -> None:
    text = yaml.safe_dump(numbered(value, count()), default_flow_style=is_flow, width=20)
    (record,) = read_all(written(tmp_path_factory.getbasetemp(), "a.yaml", text))
    for steps, part in paths(record.fields):
        if isinstance(part, str):
            assert record.line_of(steps) == line_with(text, part)


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@BOTH
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "a.yml:3: the name “a” comes twice"),
        ("a: 1\n[b]: 2\n", "a.yml:2: a name in an object is a list or object"),
        ("a: &x [b]\n*x : 2\n", "a name in an object is a list or object"),
        ("a: 1\n b: 2\n", "a.yml:2: not YAML: mapping values are not allowed"),
        ("a: [1,\nb: 2\n", "not YAML: while parsing a flow"),
        ("a: 'x\n", "not YAML: while scanning a quoted scalar"),
        ("a: *x\n", "x"),
        ("a: &x [*x]\n", "a.yml:1: this alias needs an anchor “x”"),
        ("<<: text\n", "a.yml:.: “<<” merges objects"),
        ("<<: {a: 1}\n<<: {b: 1}\n", "a.yml:2: the name “<<” comes twice"),
        ("- 1\n- a\n", "a.yml:1: a record must be an object"),
        ("text\n", "a.yml:1: a record must be an object"),
        ("", "a.yml: is empty"),
        ("# nothing\n", "a.yml: is empty"),
        ("a: \x00\n", "a.yml: not YAML: "),
        ("a: 1\nb: \x08\n", "a.yml: not YAML: "),
        ("a: " + "[" * 300, "a.yml:1: more than 200 lists and objects"),
        ("".join(f"{' ' * depth}a:\n" for depth in range(300)), ":20.: more than 200 lists"),
        (BOMB, "a.yml:4: a record has more than 0 MiB of text or 4,096 names"),
        (f"z: &z [&y {'x' * 1000}]\nb: [{'*z, ' * 400}]\n", "a.yml:2: a record has more than"),
        ("a: " + "x" * 2**19, "a.yml.*is longer than|a record has more than"),
        ("a: 1\n#" + "x" * 2**19, "a.yml.*is longer than"),
    ],
)
def test_what_is_wrong_is_one_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, libyaml: bool, text: str, message: str
) -> None:
    make_limits_small(monkeypatch)
    with pytest.raises(LoadError) as caught:
        read_all(written(tmp_path, "a.yml", text))
    assert caught.match(message)
    assert "\n" not in str(caught.value)


@BOTH
def test_a_bomb_outside_of_the_entries_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, libyaml: bool
) -> None:
    make_limits_small(monkeypatch)
    with pytest.raises(LoadError, match="a record has more than"):
        read_all(written(tmp_path, "a.yml", BOMB + "list: []\n"), entries="list")


@BOTH
def test_another_encoding_is_said(tmp_path: Path, libyaml: bool) -> None:
    path = written(tmp_path, "a.yml", "a: x\nb: é\n".encode("latin-1"))
    with pytest.raises(LoadError, match=r"a.yml:2: not UTF-8: byte 0xe9 .*set “encoding”"):
        read_all(path)
    assert read_all(path, encoding="latin-1")[0].fields == {"a": "x", "b": "é"}
    for encoding in ("utf-8-sig", "utf-16"):
        (record,) = read_all(written(tmp_path, "a.yml", "a: x\nb: é\n".encode(encoding)))
        assert record.fields == {"a": "x", "b": "é"} and record.line_of(("b",)) == 2


def test_a_list_of_any_length_is_read_within_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_limits_small(monkeypatch)
    text = "other: [1, 2]\nlist:\n" + "- {a: some text}\n" * 20_000
    records = read_all(written(tmp_path, "a.yml", text), entries="list")
    assert len(records) == 20_000 and records[-1].line == 20_002
