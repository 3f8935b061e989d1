"""Entities of FollowTheMoney: known to its model, whole, and no more than claims say outright."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allgraph.exports.export import exported
from allgraph.exports.ftm import id_of
from allgraph.graph import Graph, open_graph
from tests.conftest import BASE, MANIFEST, PREFIXES
from tests.exports.test_outright import TIMES, is_allowed
from tests.support import council

if TYPE_CHECKING:
    from tests.conftest import MakeFolder

MODEL = json.loads(
    (Path(__file__).parent / "schemas" / "followthemoney.json").read_text(encoding="utf-8")
)["schemas"]
FORMS = {
    "date": r"(1\d|2[01])\d\d(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?",
    "entity": r"[0-9a-f]{40}",
    "url": r"https?://[^\s/]+(/\S*)?",
    "number": r"\d+(\.\d+)?",
    "gender": "male|female|other",
}
"""What values of some types of properties look like; any other is a text."""
Entity = dict[str, Any]


def entities(graph: Graph) -> dict[str, Entity]:
    """The entities of a graph by id, after checking what holds for all of them."""
    lines = exported(graph, "ftm").decode().splitlines()
    found = {entity["id"]: entity for entity in map(json.loads, lines)}
    assert len(found) == len(lines) and [*found] == sorted(found)
    for entity in found.values():
        schema, properties = MODEL[entity["schema"]], entity["properties"]
        assert entity.keys() == {"id", "schema", "properties"}
        assert {*schema["required"]} <= properties.keys() <= schema["properties"].keys()
        for name, values in properties.items():
            expected = schema["properties"][name]
            assert values == sorted({*values}) != []
            for value in values:
                assert 0 < len(value) <= expected["most"]
                assert re.fullmatch(FORMS.get(expected["type"], ".+"), value, re.DOTALL)
                if "range" in expected:
                    assert expected["range"] in MODEL[found[value]["schema"]]["is"]
    return found


def of(found: dict[str, Entity], name: str) -> Entity:
    """The entity of a thing, or of a claim, without where it is said."""
    iri = BASE + (name if "/" in name else f"id/{name}")
    entity = found[id_of(iri)]
    said = {k: v for k, v in entity["properties"].items() if k not in ("sourceUrl", "recordId")}
    return {"schema": entity["schema"], **{k: v for k, v in said.items() if k != "description"}}


def test_the_council_is_told(make_folder: MakeFolder) -> None:
    root = make_folder({"data/a.ttl": council.data()}, prefixes=True)
    found = entities(open_graph(root, include_sensitive=True, withdrawn=True))
    ids = {name: [id_of(f"{BASE}id/{name}")] for name in ("ada", "ben", "cy", "seat", "roads")}
    assert of(found, "ada") == {
        "schema": "Person", "name": ["Ada Bell"], "firstName": ["Ada"], "lastName": ["Bell"],
        "middleName": ["B."], "gender": ["female"], "birthDate": ["1960-05"],
        "previousName": ["Ada Cole"], "wikidataId": ["Q42"],
    }  # fmt: skip
    assert of(found, "ben") == {"schema": "Person", "name": ["Ben Cole"], "nameSuffix": ["Jr."]}
    assert of(found, "greens") == {
        "schema": "Organization", "name": ["Greens"], "classification": ["party"],
        "incorporationDate": ["1999-12-31"], "website": ["https://greens.example/"],
    }  # fmt: skip
    assert of(found, "council") == {
        "schema": "PublicBody", "name": ["Council"], "classification": ["chamber"],
        "alias": ["Le Conseil"], "parent": [id_of(f"{BASE}id/town")],
        "addressEntity": [id_of(f"{BASE}id/letterbox")],
    }  # fmt: skip
    assert of(found, "letterbox") == {
        "schema": "Address", "full": ["1 Road, Town, 12345, Nowhere"], "street": ["1 Road"],
        "city": ["Town"], "postalCode": ["12345"],
    }  # fmt: skip
    assert of(found, "seat") == {
        "schema": "Position", "name": ["Seat for the North"], "alias": ["North Seat"],
        "organization": [id_of(f"{BASE}id/council")], "subnationalArea": ["North"],
    }  # fmt: skip
    assert of(found, "claim/held") == {
        "schema": "Occupancy", "holder": ids["ada"], "post": ids["seat"],
        "startDate": ["2011-01"], "endDate": ["2015-06-30"],
    }  # fmt: skip
    assert of(found, "claim/took") == {
        "schema": "Occupancy", "holder": ids["cy"], "post": ids["seat"],
        "startDate": ["2020-03-04"],
    }  # fmt: skip
    assert of(found, "claim/chair") == {
        "schema": "Membership", "member": ids["ada"], "organization": ids["roads"],
        "role": ["chair"], "startDate": ["2012"], "endDate": ["2014"],
    }  # fmt: skip
    assert of(found, "claim/bioguide") == {
        "schema": "Identification", "holder": ids["ada"], "number": ["B000001"],
        "type": ["Bioguide"],
    }  # fmt: skip
    assert of(found, "gift") == {
        "schema": "Payment", "payer": ids["ben"], "beneficiary": [id_of(f"{BASE}id/greens")],
        "amount": ["250.5"], "currency": ["EUR"], "date": ["2012-02"],
    }  # fmt: skip
    assert of(found, "claim/gave") == {
        "schema": "Payment", "payer": [id_of(f"{BASE}id/friends")], "beneficiary": ids["ada"],
        "date": ["2012"],
    }  # fmt: skip
    assert id_of(f"{BASE}id/lost") not in found, "nobody is said to have given it"
    assert not found.keys() & {id_of(f"{BASE}claim/{name}") for name in council.UNSAID}
    assert id_of(f"{BASE}claim/known-right") in found


def test_each_tie_says_where_it_is_from(make_folder: MakeFolder) -> None:
    root = make_folder({"data/a.ttl": council.data()}, prefixes=True)
    found = entities(open_graph(root))
    ties = [e for e in found.values() if not {"Thing"} & {*MODEL[e["schema"]]["is"]}]
    assert len(ties) > 20
    for tie in ties:
        assert "https://gazette.example/1" in tie["properties"]["sourceUrl"]
        assert all(text.endswith("(Gazette, Council)") for text in tie["properties"]["description"])
        [record] = tie["properties"]["recordId"]
        assert id_of(record) == tie["id"]


def test_an_address_that_nobody_is_said_to_have_is_not_told(make_folder: MakeFolder) -> None:
    found = entities(open_graph(make_folder({"data/a.ttl": council.THINGS}, prefixes=True)))
    schemas = {entity["schema"] for entity in found.values()}
    assert schemas == {"Person", "Organization", "PublicBody", "Position"}


def test_the_built_in_graph_fits_the_model(graph: Graph) -> None:
    names = {name for e in entities(graph).values() for name in e["properties"].get("name", ())}
    assert {"Sara Ziff", "Model Alliance", "Governor of New York"} <= names


def test_a_thing_without_a_name_has_its_iri(make_folder: MakeFolder) -> None:
    data = "id:nobody a ag:Person .\n"
    [entity] = entities(open_graph(make_folder({"data/a.ttl": data}, prefixes=True))).values()
    assert entity["properties"]["name"] == [f"{BASE}id/nobody"]


@pytest.mark.parametrize("year", ["0999", "2300", "0000"])
def test_years_that_the_model_has_not_are_left_out(make_folder: MakeFolder, year: str) -> None:
    data = council.data({"held": f"id:ada ag:heldOffice id:seat when {year}/.."})
    found = entities(open_graph(make_folder({"data/a.ttl": data}, prefixes=True)))
    assert "startDate" not in of(found, "claim/held")


@settings(max_examples=25)
@given(st.data())
def test_dates_and_ends_hold_for_any_claims(data: st.DataObject) -> None:
    """Whatever is claimed, entities fit the model, ends are there, and no date is made up."""
    names = data.draw(st.lists(st.sampled_from([*council.CLAIMS]), unique=True))
    claims, dates = {}, {}
    for name in names:
        said, _, _ = council.CLAIMS[name].partition(" when ")
        when = data.draw(TIMES.filter(lambda text: not {*'"\\'} & {*text} and text.isprintable()))
        claims[name], dates[id_of(f"{BASE}claim/{name}")] = f"{said} when {when}", when
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        (root / "data").mkdir()
        (root / "allgraph.toml").write_text(MANIFEST)
        (root / "data" / "a.ttl").write_text(PREFIXES + council.data(claims), encoding="utf-8")
        found = entities(open_graph(root))
    for id, entity in found.items():
        begin, _, end = dates.get(id, "2004").partition("/")
        for name, side in (("startDate", begin), ("endDate", end or begin)):
            for date in entity["properties"].get(name, ()):
                assert is_allowed(date, side)
