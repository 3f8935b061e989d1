"""What fields look like: private ones, consent, dates and their forms, names, keys."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allgraph.errors import DateError
from allgraph.imports.dates import Forms
from allgraph.imports.drafts.survey import (
    FORMS,
    MANY_NAMES,
    Field,
    Survey,
    forms_of,
    survey,
    telling,
)
from allgraph.selectors import Kind, Record


def field(name: str, *values: str) -> Field:
    return Field(tuple(name.split(".")), values=dict.fromkeys(values, ""))


def surveyed(*rows: dict[str, Any], is_table: bool = False) -> Survey:
    records = (Record(row, f"/{n}", 1, "", Kind.POINTER) for n, row in enumerate(rows))
    return survey(records, is_table=is_table)


@pytest.mark.parametrize(
    ("name", "private"),
    [
        ("E-mail", "email"), ("contact.homePhone", "phone"), ("address.city", "address"),
        ("dateOfBirth", "birth"), ("Gender (optional)", "gender"), ("Page", ""), ("Message", ""),
    ],
)  # fmt: skip
def test_private_fields_are_known_by_their_names(name: str, private: str) -> None:
    assert field(name, "x").private == private


def test_a_field_with_an_address_of_e_mail_is_private() -> None:
    assert field("Contact", "-", "ada@example.org").private == "email"
    assert not field("Contact", "@ada", "Amber @ Loom").private


@pytest.mark.parametrize(
    ("name", "values", "agreeing"),
    [
        ("May we show it?", ["Yes", "no", "-", "TRUE"], ["Yes", "TRUE"]),
        ("Consent", ["No"], []),
        ("May", ["12", "yes"], []),
        ("Paid", ["yes", "no"], []),
    ],
)
def test_consent_is_known_by_name_and_values(
    name: str, values: list[str], agreeing: list[str]
) -> None:
    assert field(name, *values).agreeing == agreeing


@pytest.mark.parametrize(
    ("name", "values", "is_date"),
    [
        ("Signed", ["2021-05-26", "soon"], True),
        ("Signed", ["2021-05-26", "soon", "later"], False),
        ("Start date", ["soon", "later", "2021"], True),
        ("Start date", ["soon", "n/a"], False),
        ("Votes", ["2021", "44342", "20210526"], False),
        ("Year", ["2021"], True),
        ("Comment", ["?", ""], False),
    ],
)
def test_dates_are_known_by_half_of_the_values_or_by_name(
    name: str, values: list[str], is_date: bool
) -> None:
    assert field(name, *values).is_date is is_date


@pytest.mark.parametrize(
    ("texts", "forms"),
    [
        (["2021-05-26", "2021-05", "2021"], ["YYYY-MM-DD", "YYYY-MM", "YYYY"]),
        (["2021-05~", "2021"], ["YYYY", "EDTF"]),
        (["26/5/2021", "5/11/2021"], ["D/M/YYYY"]),
        (["26-5-2021", "5-26-2021", "5-11-2021"], ["M-D-YYYY", "D-M-YYYY"]),
        (["5/11/21 7:30"], ["M/D/YY time", "D/M/YY time"]),
        (["44342", "x"], ["serial"]),
        ([], []),
    ],
)
def test_as_few_forms_as_can_be_are_chosen(texts: list[str], forms: list[str]) -> None:
    assert forms_of(texts) == forms


@given(st.lists(st.dates(date(1970, 1, 1), date(2060, 1, 1)), max_size=8), st.data())
def test_the_forms_fit_all_that_some_form_fits(days: list[date], data: st.DataObject) -> None:
    patterns = ["%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%y", "%B %Y", "%d %b %Y", "%Y", "%H:%M"]
    texts = [day.strftime(data.draw(st.sampled_from(patterns))) for day in days]
    forms = forms_of(texts)
    assert forms == [form for form in FORMS if form in forms]
    for text in texts:
        if not text.endswith("00:00"):
            try:
                assert Forms(forms).read(text)
            except DateError as error:
                assert " or " in str(error)


NO_KEYS: list[dict[str, Any]] = [{"deep": {"code": code}} for code in ("!", "none", "https://x")]


def test_keys_are_in_all_records_different_and_fit_to_be_in_an_iri() -> None:
    rows: list[dict[str, Any]] = [
        {"n": str(n), "name": f"A{n}", "town": f"T{n}", "deep": {"code": f"c{n}"}} for n in range(6)
    ]
    found = surveyed(*rows)
    assert found.key is found.fields["deep", "code"]
    for change in (
        {"deep": {"code": ""}},
        {"deep": {"code": "C1"}},
        {"deep": {"code": "a b"}},
        *NO_KEYS,
    ):
        found = surveyed(*rows[:-1], {**rows[-1], **change})
        assert found.key is found.fields["town",]
    found = surveyed(*rows[:2])
    assert found.key is found.fields["deep", "code"]
    found = surveyed(*({"town": row["town"], "n": row["n"]} for row in rows[:2]))
    assert found.key is None


def test_what_most_records_have_is_the_name() -> None:
    whole, parts = {"full_name": "Ada Amber"}, {"first_name": "Bo", "last_name": "Brown"}
    assert [one.name for one in surveyed(whole, parts).naming] == ["full_name"]
    assert [one.name for one in surveyed(whole, parts, parts).naming] == ["first_name", "last_name"]
    assert [one.name for one in surveyed({"title": "An act", "no": "1"}).naming] == ["title"]


def test_lists_of_objects_are_known_with_their_items() -> None:
    found = surveyed({"a": [{"x": "1"}, {"x": "2"}], "b": ["1", "1"]}, {"a": [{"y": {"z": "3"}}]})
    assert found.items == {("a",): [[{("x",): "1"}, {("x",): "2"}], [{("y", "z"): "3"}]]}
    assert [one.name for one in found.fields.values()] == ["a.x", "b", "a.y.z"]
    assert (found.fields["b",].records, [*found.fields["b",].values]) == (1, ["1"])


def test_an_object_with_very_many_names_is_one_field() -> None:
    few = {f"n{n}": "1" for n in range(MANY_NAMES)}
    assert len(surveyed({"x": few}).fields) == MANY_NAMES
    assert [*surveyed({"x": {**few, "more": "1"}}).fields] == [("x",)]
    assert len(surveyed({**few, "more": "1"}).fields) == MANY_NAMES + 1


def test_columns_have_the_names_that_they_have() -> None:
    found = surveyed({"a.b": "1", "*": ["x", "y"]}, is_table=True)
    assert ([*found.fields], found.unnamed) == ([("a.b",), ("*",)], {})
    assert surveyed({"a.b": "1"}).unnamed == {"a.b": None}


rows = st.lists(st.dictionaries(st.sampled_from([("a",), ("b",), ("c",)]), st.sampled_from("12")))


@given(st.lists(rows, max_size=4))
def test_the_fields_taken_tell_as_much_as_all(
    groups: list[list[dict[tuple[str, ...], str]]],
) -> None:
    names: list[tuple[str, ...]] = [("a",), ("b",), ("c",)]

    def told(fields: list[tuple[str, ...]]) -> int:
        return sum(
            len({tuple(row.get(name) for name in fields) for row in rows}) for rows in groups
        )

    taken = telling(groups, names)
    assert told(taken) == told(names)
    assert all(told(taken[:number]) < told(taken[: number + 1]) for number in range(len(taken)))
