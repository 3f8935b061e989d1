"""Plain tables: a row for each thing, the same columns for every graph, cells that are cited."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

import allgraph
from allgraph.exports import plain
from allgraph.exports.export import export, exported
from allgraph.graph import Graph, open_graph
from allgraph.graph.claims import claims
from tests.conftest import BASE
from tests.exports.test_network import Elsewhere, parquet
from tests.support import council
from tests.support.commands import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeFolder

TABLES = (*plain.KINDS_OF,)
COLUMNS = {
    "people": "id name kind otherNames givenName additionalName familyName honorificSuffix gender "
    "birthDate birthNotBefore birthNotAfter deathDate deathNotBefore deathNotAfter occupations "
    "offices officeIds districts districtIds parties partyIds bodies bodyIds websites "
    "identifiers wikidata openCivicData bioguide claims claimCount sourceCount page",
    "bodies": "id name kind otherNames founded foundedNotBefore foundedNotAfter founders "
    "founderIds dissolved dissolvedNotBefore dissolvedNotAfter parent parentId bodies bodyIds "
    "jurisdiction jurisdictionId basedIn websites identifiers wikidata openCivicData claims "
    "claimCount sourceCount page",
    "bills": "id name kind otherNames number title shortTitle jurisdiction jurisdictionId session "
    "sessionId chamber chamberId status introduced introducers introducerIds primarySponsors "
    "primarySponsorIds otherSponsors otherSponsorIds passed passedIds vetoed signed signers "
    "signerIds becameLaw laws lawIds companions companionIds proposals proposalIds bills billIds "
    "identifiers wikidata openCivicData claims claimCount sourceCount page",
    "votes": "id name kind date bill billId motion body bodyId session sessionId rollCall result "
    "yes no abstain absent excused notVoting otherCounts ballots identifiers wikidata "
    "openCivicData claims claimCount sourceCount page",
}
"""The columns are promised: they may get more, at the end of those before ``claims``."""
BILLS = """
id:other a ag:Bill ; rdfs:label "Bill 2" .
id:third a ag:Bill ; rdfs:label "Bill 3" ; ag:classification ag:Resolution .
id:law a ag:Law ; rdfs:label "The Law" .
id:signing a ag:LegislativeAction ; rdfs:label "Signing" ; ag:classification ag:SignedByExecutive .
"""
OF_BILLS = {
    "carries": "id:bill ag:hasBill id:other",
    "numbered": 'id:other ag:billNumber "B. 2"',
    "titled": 'id:other ag:hasTitle "An act; and another"',
    "in-term": "id:other ag:inSession id:term",
    "in-council": "id:other ag:inChamber id:council",
    "brought": "id:ada ag:introduced id:other when 2013-02-01",
    "brought-too": "id:ben ag:introduced id:other when 2013-02-01",
    "first": "id:ben ag:sponsored id:other as ag:PrimarySponsor when 2013-02",
    "second": "id:cy ag:sponsored id:other as ag:Cosponsor",
    "carried": "id:other ag:passed id:council when 2013-03-01",
    "signed": "id:mayor ag:signedIntoLaw id:other when 2013-04-01",
    "signed-as-event": "id:other ag:underwent id:signing when 2013-04-02",
    "enacted": "id:other ag:becameLaw id:law when 2013-05",
    "twin": "id:third ag:companionOf id:other",
}


def rows(graph: Graph, table: Any) -> dict[str, dict[str, Any]]:
    """The rows of a table by the names of their IRIs, without cells that are empty."""
    found = [json.loads(line) for line in exported(graph, "jsonl", table=table).splitlines()]
    ids = [row["id"] for row in found]
    assert ids == sorted({*ids})
    assert all((*row,) == plain.columns_of(table) for row in found)
    return {
        row["id"].removeprefix(f"{BASE}id/"): {
            name: short(value) for name, value in row.items() if value is not None
        }
        for row in found
    }


def short(value: Any) -> Any:
    """A value without the beginnings of its IRIs."""
    return (
        value.replace(f"{BASE}id/", "").replace(f"{BASE}claim/", "")
        if isinstance(value, str)
        else value
    )


def council_of(make_folder: MakeFolder, name: str = "graph") -> Graph:
    """The graph of the council with bills, and with claims that may not be told."""
    data = council.data() + BILLS
    data += "".join(council.turtle(name, said) for name, said in OF_BILLS.items())
    root = make_folder({"data/a.ttl": data}, prefixes=True, name=name)
    return open_graph(root, include_sensitive=True, withdrawn=True)


@pytest.mark.parametrize("table", TABLES)
def test_the_columns_are_those_that_are_promised(table: str) -> None:
    assert " ".join(plain.columns_of(table)) == COLUMNS[table]
    assert all(what for _, what, _ in plain.described(table))


def test_a_person_is_a_row(make_folder: MakeFolder) -> None:
    people = rows(council_of(make_folder), "people")
    assert people.keys() == {"ada", "ben", "cy", "mayor"}
    assert people["ada"] == {
        "id": "ada",
        "name": "Ada Bell",
        "kind": "person",
        "otherNames": "Ada Cole (1990/1999-05~)",
        "givenName": "Ada; Adele (1980/1999)",
        "additionalName": "B.",
        "familyName": "Bell",
        "gender": "female",
        "birthDate": "1960-05-XX",
        "birthNotBefore": "1960-05-01",
        "birthNotAfter": "1960-05-31",
        "offices": "Seat for the North (2011-01/2015-06-30)",
        "officeIds": "seat",
        "parties": "Greens (2010-09)",
        "partyIds": "greens",
        "bodies": "Roads Committee (chair, 2012/2014)",
        "bodyIds": "roads",
        "identifiers": "BioguideId:B000001; WikidataId:Q42",
        "wikidata": "Q42",
        "bioguide": "B000001",
        "claims": "bioguide; birth; chair; family; gender; given; given-once; held; middle; name; "
        "party; same-name; wikidata",
        "claimCount": 13,
        "sourceCount": 1,
        "page": f"{BASE}page/ada",
    }
    assert people["ben"]["deathDate"] == "2021~" and "deathNotBefore" not in people["ben"]
    assert people["cy"]["offices"] == (
        "Seat for the North (elected, from 2020-03-04T10:00:00Z); "
        "Seat for the North (resigned, until 2022)"
    )


def test_rivals_are_there_and_what_may_not_be_told_is_not(make_folder: MakeFolder) -> None:
    people = rows(council_of(make_folder), "people")
    assert people["ben"]["parties"] == "Reds (2001); Reds (2002)"
    assert people["ben"]["partyIds"] == "reds; reds", "the ids are in the order of the names"
    assert people["ben"]["bodies"] == "Council (2004)", "and not 2003, which is known to be wrong"
    assert "bodies" not in people["cy"] and "parties" not in people["cy"]
    untold = {*council.UNSAID} - {"rival", "other-rival"}
    for table in TABLES:
        for row in rows(council_of(make_folder, table), table).values():
            assert untold.isdisjoint(row.get("claims", "").split("; "))


def test_a_body_is_a_row(make_folder: MakeFolder) -> None:
    bodies = rows(council_of(make_folder), "bodies")
    assert bodies["greens"]["founded"] == "1999-12-31"
    assert bodies["reds"]["dissolved"] == "2015" and bodies["reds"]["kind"] == "party"
    assert bodies["reds"]["dissolvedNotAfter"] == "2015-12-31"
    friends = bodies["friends"]
    assert (friends["kind"], friends["founded"], friends["founders"]) == (
        "charity", "2014-21", "Ada Bell"
    )  # fmt: skip
    assert friends["bodies"] == "Greens" and friends["claims"] == "founder; party-of-charity"
    assert bodies["roads"]["parent"] == "Council; Town (1990/2000)"
    assert bodies["roads"]["parentId"] == "council; town"


def test_a_bill_is_a_row(make_folder: MakeFolder) -> None:
    bills = rows(council_of(make_folder), "bills")
    assert bills.keys() == {"bill", "other", "third"}
    other = bills["other"]
    assert other.pop("claims") == "; ".join(sorted(OF_BILLS)) and other.pop("claimCount") == 14
    assert other == {
        "id": "other",
        "name": "Bill 2",
        "kind": "bill",
        "number": "B. 2",
        "title": "An act; and another",
        "session": "Term of 2013",
        "sessionId": "term",
        "chamber": "Council",
        "chamberId": "council",
        "introduced": "2013-02-01",
        "introducers": "Ada Bell; Ben Cole",
        "introducerIds": "ada; ben",
        "primarySponsors": "Ben Cole (2013-02)",
        "primarySponsorIds": "ben",
        "otherSponsors": "Cy Dorn (cosponsor)",
        "otherSponsorIds": "cy",
        "passed": "Council (2013-03-01)",
        "passedIds": "council",
        "signed": "2013-04-01; 2013-04-02",
        "signers": "Mayor Eve",
        "signerIds": "mayor",
        "becameLaw": "2013-05",
        "laws": "The Law",
        "lawIds": "law",
        "companions": "Bill 3",
        "companionIds": "third",
        "proposals": "Bill 1",
        "proposalIds": "bill",
        "sourceCount": 1,
        "page": f"{BASE}page/other",
    }
    assert bills["bill"]["kind"] == "legislative proposal" and bills["bill"]["bills"] == "Bill 2"
    assert bills["third"]["kind"] == "resolution" and bills["third"]["companions"] == "Bill 2"


def test_a_vote_is_a_row_and_its_ballots_are_counted(make_folder: MakeFolder) -> None:
    graph = council_of(make_folder)
    [vote] = rows(graph, "votes").values()
    assert vote == {
        "id": "vote",
        "name": "Vote 1",
        "kind": "bill-passage",
        "date": "2013-06-03",
        "bill": "Bill 1",
        "billId": "bill",
        "motion": "That the bill pass.",
        "body": "Council",
        "bodyId": "council",
        "session": "Term of 2013",
        "sessionId": "term",
        "rollCall": "7",
        "result": "pass",
        "yes": "12",
        "no": "0",
        "absent": "3; 4",
        "ballots": 5,
        "claims": "acting; count-3; count-4; count-no; count-yes; motion; number; result; "
        "underwent-vote; vote-in-session",
        "claimCount": 10,
        "sourceCount": 1,
        "page": f"{BASE}page/vote",
    }
    told = csv.DictReader(io.StringIO(exported(graph, "csv").decode()))
    ballots = [
        row
        for row in told
        if row["predicate"].endswith("#tookPart")
        and row["object"] == f"{BASE}id/vote"
        and row["roles"] != "acting body"
    ]
    assert len(ballots) == vote["ballots"], "they are where the page of columns says"


@pytest.mark.parametrize("table", TABLES)
def test_without_claims_only_our_own_cells_are_filled(make_folder: MakeFolder, table: str) -> None:
    root = make_folder({"data/a.ttl": council.THINGS + BILLS}, prefixes=True)
    ours = {"id", "name", "kind", "claimCount", "sourceCount", "page"}
    found = rows(open_graph(root), table)
    assert found
    for row in found.values():
        counts = {row.pop(name, 0) for name in plain.NUMBERS}
        assert counts == {0} and row.keys() <= ours


@pytest.mark.parametrize("table", TABLES)
def test_a_cell_says_what_its_claims_say(graph: Graph, table: str) -> None:
    sentences = {
        claim.iri: f"{claim.sentence} {claim.when} {claim.subject.value} {claim.object}"
        for claim in claims(graph)
    }
    found = rows(graph, table)
    for row in found.values():
        cited = row.pop("claims", "").split("; ")
        assert row.pop("claimCount") == len([*filter(None, cited)])
        for name in ("name", "kind", "id", "page", "sourceCount", "ballots"):
            row.pop(name, None)
        said = " ".join(sentences[claim] for claim in filter(None, cited))
        for name in row.keys() & {"wikidata", "openCivicData", "officeIds", "billId", "number"}:
            assert all(value in said for value in row[name].split("; "))
    assert any(len(row) > 3 for row in found.values())


@pytest.mark.parametrize("table", TABLES)
def test_formats_say_the_same(graph: Graph, table: Any) -> None:
    found = parquet(graph, table)
    texts = [[*map(cell, row)] for row in csv.reader(
        io.StringIO(exported(graph, "csv", table=table).decode())
    )]  # fmt: skip
    assert texts[0] == [*plain.columns_of(table)] == found.column_names
    assert [[*map(cell, row.values())] for row in found.to_pylist()] == texts[1:]
    kinds = {field.name for field in found.schema if str(field.type) == "int64"}
    assert kinds == {*plain.NUMBERS} & {*found.column_names}


def cell(value: Any) -> str:
    """A value as CSV has it."""
    return "" if value is None else str(value)


def test_a_view_has_what_is_certain_on_its_day(graph: Graph) -> None:
    view = allgraph.as_of(graph, "2023-07-01")
    name = "https://w3id.org/allgraph/id/andrew-gounardes"
    assert rows(graph, "people")[name]["districts"].count("; ") == 1
    assert rows(view, "people")[name]["districts"] == (
        "New York Senate District 26 (2023-01-01/..)"
    )


@pytest.mark.parametrize("table", TABLES)
def test_an_endpoint_has_plain_tables(make_folder: MakeFolder, table: Any) -> None:
    held = council_of(make_folder)
    remote = Graph(held.folder, Elsewhere(held.engine))
    assert exported(remote, "csv", table=table) == exported(held, "csv", table=table)


def test_what_is_too_much_for_memory_is_sorted_on_disk(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = exported(graph, "csv", table="people")
    monkeypatch.setattr(
        "allgraph.sorting.Sorter.__init__.__kwdefaults__", {"memory": 1000, "distinct": False}
    )
    export(graph, tmp_path / "people.csv", table="people")
    assert (tmp_path / "people.csv").read_bytes() == known
    assert [path.name for path in tmp_path.iterdir()] == ["people.csv"]


def test_a_snapshot_gives_the_same_bytes(make_folder: MakeFolder) -> None:
    root = council_of(make_folder).folder.root
    names: list[Any] = [*TABLES]
    known = [exported(open_graph(root), "csv", table=table) for table in names]
    known += [exported(open_graph(root), format) for format in ("sqlite", "xlsx", "sssom")]
    assert run("--graph", str(root), "build").returncode == 0
    held = open_graph(root, in_memory=0)
    assert held.snapshot is not None
    found = [exported(held, "csv", table=table) for table in names]
    assert [*found, *(exported(held, format) for format in ("sqlite", "xlsx", "sssom"))] == known
