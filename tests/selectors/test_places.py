"""Places, texts and digests of values."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allgraph.selectors import Kind, Path, Value, digest, path_of, place_of, text_of
from tests.support.selectors import values

names = st.from_regex(r"@?[a-z]{1,3}(:[a-z])?", fullmatch=True) | st.just("#text")


@given(st.lists(st.text()).map(tuple))
def test_a_pointer_leads_back_to_its_path(path: Path) -> None:
    assert path_of(Kind.POINTER, place_of(Kind.POINTER, path)) == path


@given(
    st.sampled_from([Kind.XPATH, Kind.QUALIFIED]),
    st.lists(st.tuples(names, st.none() | st.integers(0, 10**6))),
)
def test_an_xpath_leads_back_to_its_path(kind: Kind, steps: list[tuple[str, int | None]]) -> None:
    path = tuple(part for step in steps for part in step if part is not None)
    assert path_of(kind, place_of(kind, path)) == path


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        (Kind.POINTER, "roles"),
        (Kind.TABLE, "row=1"),
        (Kind.TABLE, "col=0"),
        (Kind.TABLE, "col=3"),
        (Kind.TABLE, "col=²"),
        (Kind.XPATH, "//a"),
        (Kind.XPATH, "a[b]"),
        (Kind.XPATH, "a[0]"),
    ],
)
def test_another_text_is_no_place(kind: Kind, place: str) -> None:
    with pytest.raises(ValueError, match=r"pointer|column|XPath"):
        path_of(kind, place, ["A", "B"])


@given(values)
def test_a_text_is_json_of_the_same_value(value: Value) -> None:
    if isinstance(value, (list, dict)):
        assert json.loads(text_of(value)) == value
    else:
        assert text_of(value) == (value or "")


def test_names_are_in_the_order_of_rfc_8785() -> None:
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    found = json.loads(text_of({name: {name: "x"} for name in names}))
    assert [*found] == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    assert text_of(['\u20ac$\x0f\nA\'B"\\\\"/']) == '["\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"]'


def test_a_digest_is_of_the_text() -> None:
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest(None) == digest("")
    assert digest({"a": "1", "b": "2"}) == digest({"b": "2", "a": "1"}) != digest(["1", "2"])
