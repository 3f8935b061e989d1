"""Popolo JSON: valid by the schemas of Popolo, cited, and no more than what claims say outright."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft3Validator
from referencing import Registry
from referencing.jsonschema import DRAFT3

import allgraph
from allgraph.errors import ParameterError
from allgraph.exports import popolo
from allgraph.exports.export import export, exported
from allgraph.exports.outright import outright
from allgraph.graph import Graph, open_graph
from allgraph.rdf.terms import AG
from tests.conftest import BASE, MANIFEST, PREFIXES
from tests.exports.test_outright import TIMES, is_allowed
from tests.support import council
from tests.support.commands import run

if TYPE_CHECKING:
    from tests.conftest import MakeFolder

SCHEMAS = json.loads(
    (Path(__file__).parent / "schemas" / "popolo.json").read_text(encoding="utf-8")
)["schemas"]
SECTIONS_OF_IDS = {
    "person_id": ["persons"],
    "voter_id": ["persons", "organizations"],
    "organization_id": ["organizations"],
    "parent_id": ["organizations"],
    "post_id": ["posts"],
    "area_id": ["areas"],
    "motion_id": ["motions"],
    "legislative_session_id": ["events"],
}
PREDICATES = {said.split()[1].removeprefix("ag:") for said in council.CLAIMS.values()}
UNTOLD = {
    "given-once", "roads-in-town",  # over
    "site-in-words", "death", "founder",  # no address, no exact date
    "two-ways-yes", "two-ways-no", "count-3", "count-4",  # two values where one has room
    "gift-to", "gift-by", "lost-to", "gave",  # what Popolo has no words for
}  # fmt: skip
"""The claims that may be stated outright, and are not told."""
Json = dict[str, Any]
Document = dict[str, list[Json]]


@cache
def validator(section: str) -> Draft3Validator:
    """What checks an object of a section."""
    resources = [
        (schema["id"].rstrip("#"), DRAFT3.create_resource(schema)) for schema in SCHEMAS.values()
    ]
    registry: Registry[Any] = Registry().with_resources(resources)
    return Draft3Validator(SCHEMAS[f"{section.removesuffix('s')}.json"], registry=registry)


def document(graph: Graph) -> Document:
    """The document of a graph, after checking what holds for every one."""
    found: Document = json.loads(exported(graph, "popolo"))
    assert tuple(found) == popolo.SECTIONS
    ids = {section: [thing["id"] for thing in things] for section, things in found.items()}
    assert all(len(of) == len({*of}) and of == sorted(of) for of in ids.values())
    for section, things in found.items():
        for thing in things:
            assert not [error.message for error in validator(section).iter_errors(thing)]
            known = SCHEMAS[f"{section.removesuffix('s')}.json"]["properties"]
            assert thing.keys() <= known.keys()
            for name, value in ids_in(thing):
                assert any(value in ids[section] for section in SECTIONS_OF_IDS[name])
    return found


def ids_in(value: Any) -> Iterator[tuple[str, str]]:
    """The ids that an object refers to, by the names of the properties."""
    for name, inner in value.items() if isinstance(value, Mapping) else ():
        if name.endswith("_id"):
            yield name, inner
        for item in inner if isinstance(inner, list) else ():
            yield from ids_in(item)


def notes_in(value: Any) -> Iterator[str]:
    """The notes of all sources in a part of a document."""
    if isinstance(value, Mapping):
        yield from (source["note"] for source in value.get("sources", ()))
        value = [*value.values()]
    for inner in value if isinstance(value, list) else ():
        yield from notes_in(inner)


def graph_of(make_folder: MakeFolder, claims: dict[str, str] = council.CLAIMS) -> Graph:
    """The graph of the council, with all that may not be told."""
    root = make_folder({"data/a.ttl": council.data(claims)}, prefixes=True)
    return open_graph(root, include_sensitive=True, withdrawn=True)


def plain(value: Any) -> Any:
    """A part of a document without sources, and without the beginnings of its IRIs."""
    if isinstance(value, Mapping):
        return {name: plain(inner) for name, inner in value.items() if name != "sources"}
    if isinstance(value, list):
        return [*map(plain, value)]
    return value.removeprefix(f"{BASE}id/") if isinstance(value, str) else value


def test_the_council_is_told(make_folder: MakeFolder) -> None:
    found = plain(document(graph_of(make_folder)))
    assert found["persons"][0] == {
        "id": "ada",
        "name": "Ada Bell",
        "other_names": [{"name": "Ada Cole", "start_date": "1990"}],
        "family_name": "Bell",
        "given_name": "Ada",
        "additional_name": "B.",
        "sort_name": "Bell, Ada",
        "gender": "female",
        "birth_date": "1960-05",
        "image": "https://gazette.example/ada.jpg",
        "identifiers": [
            {"scheme": "Bioguide", "identifier": "B000001"},
            {"scheme": "Wikidata", "identifier": "Q42"},
        ],
        "links": [
            {"url": "http://www.wikidata.org/entity/Q42", "note": "Wikidata"},
            {"url": "https://bioguide.congress.gov/search/bio/B000001", "note": "Bioguide"},
        ],
    }
    assert found["persons"][1] == {"id": "ben", "name": "Ben Cole", "honorific_suffix": "Jr."}
    assert {body["id"]: body["classification"] for body in found["organizations"]} == {
        "council": "chamber",
        "friends": "charity",
        "greens": "party",
        "reds": "party",
        "roads": "committee",
        "senate": "upper",
        "town": "jurisdiction",
    }
    council_, _, greens, reds, roads, _, _ = found["organizations"]
    assert (council_["parent_id"], roads["parent_id"]) == ("town", "council")
    assert council_["other_names"] == [{"name": "Le Conseil", "start_date": "2001", "lang": "fr"}]
    [address] = council_["contact_details"]
    assert address == {
        "type": "address",
        "value": "1 Road, Town, 12345, Nowhere",
        "valid_from": "2001",
    }
    assert (greens["founding_date"], reds["dissolution_date"]) == ("1999-12-31", "2015")
    assert greens["links"] == [{"url": "https://greens.example/"}]
    assert found["posts"] == [
        {
            "id": "seat",
            "label": "Seat for the North",
            "other_label": ["North Seat"],
            "organization_id": "council",
            "area_id": "north",
            "contact_details": [
                {"type": "email", "value": "desk@council.example"},
                {"type": "voice", "value": "+1 555"},
            ],
        }
    ]
    assert found["areas"] == [
        {
            "id": "north",
            "name": "North",
            "identifier": "ocd-division/country:xx",
            "classification": "district",
        }
    ]


def test_memberships_are_single_claims(make_folder: MakeFolder) -> None:
    memberships = plain(document(graph_of(make_folder)))["memberships"]
    found = {m.pop("id").removeprefix(f"{BASE}claim/"): m for m in memberships}
    assert sum(m.get("person_id") == "mayor" for m in found.values()) == 14
    seat = {"organization_id": "council", "post_id": "seat"}
    assert found["held"] == {
        "person_id": "ada", **seat, "start_date": "2011-01", "end_date": "2015-06-30",
    }  # fmt: skip
    assert found["held-later"] == {"person_id": "ben", **seat}
    assert found["took"] == {"person_id": "cy", **seat, "start_date": "2020-03-04"}
    assert found["left"] == {"person_id": "cy", **seat, "end_date": "2022"}
    assert found["chair"] == {
        "person_id": "ada", "organization_id": "roads", "role": "chair",
        "start_date": "2012", "end_date": "2014",
    }  # fmt: skip
    assert found["party"] == {"person_id": "ada", "organization_id": "greens"}
    assert found["party-of-charity"] == {
        "member": {"@type": "Organization", "id": "friends"}, "organization_id": "greens",
    }  # fmt: skip
    assert not found.keys() & council.UNSAID.keys()
    assert "known-right" in found


def test_a_vote_is_told(make_folder: MakeFolder) -> None:
    found = plain(document(graph_of(make_folder)))
    motion = {"id": "vote#motion", "classification": "bill-passage", "text": "That the bill pass."}
    assert found["motions"] == [motion]
    assert found["events"] == [
        {
            "id": "term",
            "name": "Term of 2013",
            "classification": "legislative session",
            "organization_id": "council",
            "start_date": "2013-01-09",
            "end_date": "2013",
        }
    ]
    [vote] = found["vote_events"]
    assert vote == {
        "id": "vote",
        "identifier": "7",
        "organization_id": "council",
        "legislative_session_id": "term",
        "motion_id": "vote#motion",
        "start_date": "2013-06-03",
        "result": "pass",
        "counts": [{"option": "no", "value": 0}, {"option": "yes", "value": 12}],
        "votes": [
            {"id": f"{BASE}claim/yes", "voter_id": "ada", "option": "yes"},
            {"id": f"{BASE}claim/abstained", "voter_id": "ben", "option": "abstain"},
            {"id": f"{BASE}claim/voted", "voter_id": "mayor"},
        ],
    }


def test_what_is_told_has_its_sources_and_nothing_else_has(make_folder: MakeFolder) -> None:
    graph = graph_of(make_folder)
    told = {
        claim.claim.removeprefix(f"{BASE}claim/"): note
        for claim in outright(graph, {AG + name for name in PREDICATES})
        for _, note in claim.sources
    }
    assert told.keys() >= UNTOLD
    shown = {*notes_in(document(graph))}
    assert shown == {note for name, note in told.items() if name not in UNTOLD}


def test_things_without_claims_have_no_sources(make_folder: MakeFolder) -> None:
    graph = open_graph(make_folder({"data/a.ttl": council.THINGS}, prefixes=True))
    found = document(graph)
    assert [*notes_in(found)] == []
    assert found["persons"][0] == {"id": f"{BASE}id/ada", "name": "Ada Bell"}


def test_the_built_in_graph_is_valid(graph: Graph) -> None:
    found = document(graph)
    persons = {person["name"]: person for person in found["persons"]}
    terms = [
        m for m in found["memberships"] if m.get("person_id") == persons["Jeffrey Klein"]["id"]
    ]
    assert ("2005-01-01", "2018-12-31") in [
        (term.get("start_date"), term.get("end_date")) for term in terms
    ]
    alliance = f"{allgraph.open().folder.base}id/model-alliance"
    [body] = [body for body in found["organizations"] if body["id"] == alliance]
    assert "founding_date" not in body, "two claims give different years"


def test_a_view_has_what_holds_on_its_day(make_folder: MakeFolder) -> None:
    view = allgraph.as_of(graph_of(make_folder), "2013-01-01")
    found = {m["id"].removeprefix(f"{BASE}claim/") for m in document(view)["memberships"]}
    assert "held" in found and "role-2" not in found


def test_a_file_is_written_by_its_suffix(make_folder: MakeFolder, tmp_path: Path) -> None:
    graph = graph_of(make_folder)
    export(graph, tmp_path / "x.json", format="popolo")
    export(graph, tmp_path / "x.popolo.json")
    assert (tmp_path / "x.json").read_bytes() == (tmp_path / "x.popolo.json").read_bytes()
    assert (tmp_path / "x.json").read_bytes() == exported(graph, "popolo.json")


@pytest.mark.parametrize("format", ["popolo", "ftm"])
def test_a_snapshot_gives_the_same_bytes(make_folder: MakeFolder, format: str) -> None:
    root = make_folder({"data/a.ttl": council.data()}, prefixes=True)
    before = exported(open_graph(root), format)
    assert run("--graph", str(root), "build").returncode == 0
    assert exported(open_graph(root), format) == before


@pytest.mark.parametrize("format", ["popolo", "ftm"])
def test_an_endpoint_gives_the_same_bytes(graph: Graph, endpoint: str, format: str) -> None:
    assert exported(open_graph(endpoint=endpoint), format) == exported(graph, format)


def test_a_graph_of_nothing_is_a_document(make_folder: MakeFolder) -> None:
    assert not any(document(open_graph(make_folder())).values())


@settings(max_examples=25)
@given(st.data())
def test_dates_and_ids_hold_for_any_claims(data: st.DataObject) -> None:
    """Whatever is claimed, references lead somewhere, and no date is made up."""
    names = data.draw(st.lists(st.sampled_from([*council.CLAIMS]), unique=True))
    claims, dates = {}, {}
    for name in names:
        said, _, _ = council.CLAIMS[name].partition(" when ")
        when = data.draw(TIMES.filter(lambda text: not {*'"\\'} & {*text} and text.isprintable()))
        claims[name], dates[name] = (f"{said} when {when}" if when else said), when
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        (root / "data").mkdir()
        (root / "allgraph.toml").write_text(MANIFEST)
        (root / "data" / "a.ttl").write_text(PREFIXES + council.data(claims), encoding="utf-8")
        found = document(open_graph(root))
    for membership in found["memberships"]:
        when = dates.get(membership["id"].removeprefix(f"{BASE}claim/"), "2004")
        begin, _, end = when.partition("/")
        for name, side in (("start_date", begin), ("end_date", end or begin)):
            if name in membership:
                assert is_allowed(membership[name], side)


@pytest.mark.parametrize("options", [{"derived": True}, {"table": "ties"}])
def test_options_that_do_not_fit_are_refused(graph: Graph, options: Json) -> None:
    with pytest.raises(ParameterError):
        exported(graph, "popolo", **options)
