"""Records of legislatures, donors and signatories as claims: nothing of substance is left over.

A record in tests/records has the form in which such records are published, and is about nobody
real. Beside it are the claims that say it. Their evidence names the place in the record: a JSON
pointer, an XPath, or a row and a column. A claim says a value if its evidence is where the value
stands, or what that is a part of.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from pyoxigraph import Literal, NamedNode, Store, parse

from allgraph.folder import open_folder
from allgraph.graph import open_graph
from allgraph.rdf.terms import Prefixes, text
from allgraph.validation import validate
from tests.conftest import BASE, MakeFolder

RECORDS = sorted(Path("tests/records").glob("*.ttl"))
SPACES = {**Prefixes.of(BASE), "schema": "https://schema.org/"}
ONTOLOGY = Store()
ONTOLOGY.extend(parse(path="ontology/allgraph.ttl"))

MEANT = {
    # The key and a value of it, and what stands for it in the claims: one of these terms.
    ("action", "F"): "ag:Reported",
    ("action", "RC"): "ag:ReferredToCommittee",
    ("actioncode", "1100"): "ag:hasStatus",
    ("actioncode", "1"): "ag:ReferredToCommittee",
    ("actioncode", "18"): "ag:Reported",
    ("actioncode", "40"): "ag:Passed",
    ("actioncode", "53"): "ag:Delivered",
    ("actionCode", "10000"): "ag:Introduced",
    ("actionCode", "17000"): "ag:Passed",
    ("actionCode", "36000"): "ag:BecameLaw",
    ("actionactsessyr", "2023"): "id:session-2023",
    ("actiondata", "45"): "id:senate-waterways",
    ("actiondata", "51"): "id:assembly-canals",
    ("actiondata", "511"): "id:s5186-action-2",
    ("actionhouse", "A"): "id:lakeland-assembly",
    ("actionhouse", "S"): "id:lakeland-senate",
    ("attendance", "Absent"): "ag:Absent",
    ("attendance", "Present"): "ag:Attendee",
    ("billType", "S"): "ag:OrdinaryBill",
    ("chamber", "senate"): "ag:UpperChamber",
    ("chamber", "Senate"): "ag:UpperChamber",
    ("chamber", "upper"): "ag:UpperChamber",
    ("classification", "committee"): "ag:Committee",
    ("congress", "117"): "id:congress-117",
    ("curcomm", "51"): "id:assembly-canals",
    ("curcommhse", "A"): "id:lakeland-assembly",
    ("district", "1"): "id:lk-1",
    ("district", "9"): "id:lk-9",
    ("DonorType", "COMPANY"): "ag:Organization",
    ("DonorType", "ORG"): "ag:Organization",
    ("DonorType", "PERSON"): "ag:Person",
    ("end_reason", "Resigned"): "ag:Resigned",
    ("fullActionName", "On Passage"): "ag:OnPassage",
    ("how", "appointment"): "ag:Appointed",
    ("introcomm", "45"): "id:senate-waterways",
    ("isOriginalCosponsor", "False"): "ag:Cosponsor",
    ("isOriginalCosponsor", "True"): "ag:OriginalCosponsor",
    ("byRequestType", "By request"): "ag:SponsorByRequest",
    ("name", "Hearings by"): "ag:HearingHeld",
    ("name", "Referred to"): "ag:referredTo",
    ("name", "Reported by"): "ag:Reported",
    ("name", "Senate"): "id:exland-senate",
    ("no", "5"): "id:agenda-5",
    ("note", "homepage"): "ag:hasWebsite",
    ("note", "website"): "ag:hasWebsite",
    ("originChamber", "Senate"): "id:exland-senate",
    ("party", "H"): "id:harbour",
    ("party", "M"): "id:meadow",
    ("role", "chair"): "ag:Chair",
    ("role", "member"): "ag:Member",
    ("role", "ranking meadow member"): "ag:RankingMember",
    ("role", "vice chair"): "ag:ViceChair",
    ("sameasbill", "Same as Uni. A 5261"): "ag:companionOf id:a5261",
    ("scheme", "ballotpedia"): "ag:BallotpediaId",
    ("scheme", "bioguide"): "ag:BioguideId",
    ("scheme", "cspan"): "ag:CspanId",
    ("scheme", "fec"): "ag:FecId",
    ("scheme", "google_entity_id"): "ag:GoogleEntityId",
    ("scheme", "govtrack"): "ag:GovtrackId",
    ("scheme", "house_history"): "ag:HouseHistoryId",
    ("scheme", "icpsr"): "ag:IcpsrId",
    ("scheme", "legacy_openstates"): "ag:OpenstatesLegacyId",
    ("scheme", "lis"): "ag:LisId",
    ("scheme", "maplight"): "ag:MaplightId",
    ("scheme", "openstates"): "ag:OcdId",
    ("scheme", "opensecrets"): "ag:OpensecretsId",
    ("scheme", "pictorial"): "ag:PictorialId",
    ("scheme", "thomas"): "ag:ThomasId",
    ("scheme", "votesmart"): "ag:VotesmartId",
    ("scheme", "wikidata"): "ag:WikidataId",
    ("sessionNumber", "1"): "id:congress-117-1",
    ("sessyr", "2023"): "id:session-2023",
    ("state_rank", "senior"): "ag:SeniorSenator",
    ("titleType", "Display Title"): "ag:hasTitle",
    ("titleType", "Official Title as Introduced"): "ag:hasTitle",
    ("titleType", "Short Titles as Introduced"): "ag:hasShortTitle",
    ("type", "BecameLaw"): "ag:BecameLaw",
    ("type", "Floor"): "ag:Passed",
    ("type", "HR"): "id:exland-house",
    ("type", "IntroReferral"): "ag:Introduced ag:ReferredToCommittee",
    ("type", "Public Law"): "ag:becameLaw",
    ("type", "Related bill"): "ag:relatedBill",
    ("type", "SAMDT"): "ag:Amendment",
    ("type", "house"): "ag:LowerChamber",
    ("type", "lower"): "ag:LowerChamber",
    ("type", "rep"): "id:exland-house",
    ("type", "sen"): "id:exland-senate",
    ("type", "upper"): "ag:UpperChamber",
    ("vote", "Absent"): "ag:Absent",
    ("vote", "Aye w/r"): "ag:YesWithReservations",
    ("vote", "Aye"): "ag:Yes",
    ("vote", "Excused"): "ag:Excused",
    ("vote", "Nay"): "ag:No",
    ("year", "2023"): "id:session-2023",
}

NEEDED = {
    # What a key says: terms that stand for it in the claims, whatever the value is.
    "DonationEUR": "ag:underwent ag:Donation",
    "Donor": "ag:tookPart ag:Donor",
    "Last name": "ag:familyName",
    "Timestamp": "ag:signed",
    "Title": "ag:hasOccupation",
    "actionbillamd": "ag:hasVersion",
    "bioguideId": "ag:BioguideId",
    "birth_date": "ag:Birth",
    "birthday": "ag:Birth",
    "caucus": "ag:caucusedWith",
    "chair": "ag:servedOn",
    "citation": "ag:hasDocument ag:CommitteeReport",
    "class": "ag:seatClass",
    "co-prime": "ag:sponsored ag:Cosponsor",
    "curcomm": "ag:referredTo",
    "currentamd": "ag:hasVersion",
    "dateofvote": "ag:underwent ag:Vote",
    "gpoId": "ag:GpoId",
    "house_committee_id": "ag:HouseCommitteeId",
    "introcomm": "ag:referredTo",
    "introducedDate": "ag:Introduced",
    "law": "ag:amends",
    "lbdno": "ag:LbdNumber",
    "lisID": "ag:LisId",
    "meetdate": "ag:underwent",
    "multi": "ag:sponsored ag:MultiSponsor",
    "nickname": "ag:hasName",
    "person_id": "ag:OcdId",
    "prime": "ag:sponsored ag:PrimarySponsor",
    "pubDate": "ag:hasDocument ag:FiscalNote",
    "purpose": "ag:hasPurpose",
    "rank": "ag:servedOn",
    "refercomm": "ag:referredTo",
    "rollNumber": "ag:rollCallNumber",
    "rprtbillno": "ag:relatedBill",
    "rss_url": "ag:FeedAddress",
    "sameasbill": "ag:companionOf",
    "sponsor": "ag:sponsored",
    "sponsorshipDate": "ag:sponsored",
    "systemCode": "ag:CongressCommitteeId",
    "thomas_id": "ag:ThomasId",
    "tot_no": "ag:voteCount ag:No",
    "tot_yes": "ag:voteCount ag:Yes",
    "twitter": "ag:TwitterName",
}

LEFT_OUT = {
    # A regular expression over the name of a record and a place, and why no claim says it.
    r".*/(createDate|updateDate|lastSummaryUpdateDate|actionpostdate|@action)": (
        "when and how the record was changed"
    ),
    r".*/(dublinCore/.*|bill/version)": "about the file",
    r".*/action(Type|By)Counts/.*": "how often something stands in the record",
    r".*/billactions": "said by the actions one by one",
    r".*/(sourceSystem/code|versionCode|identifiedBy|actiontype)": "codes of the system",
    r".*\.yml/(email|extras/toll_free_phone)|signatories\.csv/\d+/Email": (
        "how to reach a person: private by choice"
    ),
    r"donations\.csv/1/(Street|City|Country)|signatories\.csv/\d+/City": (
        "where a person lives: private by choice"
    ),
    r"signatories\.csv/2/.*": "who signed and asked not to be named",
    r"signatories\.csv/1/May we show your name\?": "the consent to all that is said of the row",
}


# ---- The values of a record


def leaves(record: Path) -> Iterator[tuple[str, str]]:
    """The place and the text of each value that says something."""
    if record.suffix == ".csv":
        with record.open(encoding="utf-8", newline="") as file:
            found = ((f"/{number}/{column}", value)
                     for number, row in enumerate(csv.DictReader(file), start=1)
                     for column, value in row.items())  # fmt: skip
            yield from ((place, value) for place, value in [*found] if value.strip())
    elif record.suffix == ".xml":
        root = ElementTree.parse(record).getroot()
        yield from _xml_leaves(root, f"/{root.tag}")
    else:
        yield from _yaml_leaves(yaml.safe_load(record.read_text(encoding="utf-8")), "")


def _xml_leaves(element: ElementTree.Element, place: str) -> Iterator[tuple[str, str]]:
    yield from ((f"{place}/@{name}", text) for name, text in element.items() if text.strip())
    if (text := (element.text or "").strip()) and not len(element):
        yield place, text
    tags, seen = Counter(child.tag for child in element), Counter[str]()
    for child in element:
        seen[child.tag] += 1
        number = f"[{seen[child.tag]}]" if tags[child.tag] > 1 else ""
        yield from _xml_leaves(child, f"{place}/{child.tag}{number}")


def _yaml_leaves(value: object, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            yield from _yaml_leaves(inner, f"{place}/{key}")
    elif value is not None and str(value).strip():
        yield place, str(value)


# ---- What the claims say


class Said:
    """The claims beside a record: for each place, what claims with evidence there say."""

    def __init__(self, claims: Path) -> None:
        """Read the Turtle file."""
        self.store = Store()
        self.store.extend(parse(path=claims))
        self.places: dict[str, set[str]] = {}
        for evidence in self.store.quads_for_pattern(None, _iri("ag:evidence"), None):
            said = set(self._of_claim(evidence.subject))
            said.update(*map(self._of_thing, self._each(evidence.object, "ag:attributedTo")))
            row, section = (self._each(evidence.object, each) for each in ("ag:row", "ag:section"))
            place = "/".join(each.value.lstrip("/") for each in (*row, *section))
            self.places.setdefault(f"/{place}", set()).update(said)

    def at(self, place: str) -> set[str]:
        """What claims with evidence at the place, or at what it is a part of, say."""
        return {each for at, said in self.places.items()
                if f"{place}/".startswith(f"{at}/") for each in said}  # fmt: skip

    def _each(self, node: object, predicate: str) -> list[NamedNode | Literal]:
        return [q.object for q in self.store.quads_for_pattern(node, _iri(predicate), None)]  # type: ignore[arg-type, misc]

    def _of_claim(self, claim: object) -> Iterator[str]:
        for predicate in ("rdf:predicate", "ag:role"):
            yield from (node.value for node in self._each(claim, predicate))
        for ordinal in self._each(claim, "ag:ordinal"):
            yield ordinal.value
        for when in self._each(claim, "ag:when"):
            for day, time in re.findall(r"(\d{4}[\d-]*)(T[\d:]+Z)?", when.value):
                yield from (day, time, day + time)
        predicates = {*self._each(claim, "rdf:predicate")}
        numbered = predicates & {_iri("ag:identifier"), _iri("ag:billNumber")}
        for node in chain(*(self._each(claim, each) for each in ("rdf:subject", "rdf:object"))):
            yield from self._of_thing(node)
            if numbered and isinstance(node, Literal):
                yield from re.findall(r"[A-Za-z]+|\d+", node.value)

    def _of_thing(self, node: NamedNode | Literal) -> Iterator[str]:
        yield node.value
        if isinstance(node, Literal):
            yield node.datatype.value
        else:
            for quad in self.store.quads_for_pattern(node, None, None):
                if quad.predicate != _iri("ag:note"):
                    yield quad.object.value  # type: ignore[union-attr]


def _iri(curie: str) -> NamedNode:
    prefix, name = curie.split(":")
    return NamedNode(SPACES[prefix] + name)


def _forms(value: str) -> Iterator[str]:
    """The ways in which claims write a value: without markup, without zeros before it, by date."""
    plain = re.sub(r"<[^>]*>", "", value)
    yield from (value, plain, value.replace(".", ":"))
    yield re.sub(r"^([A-Z]?)0+", r"\1", value)
    if re.fullmatch(r"\d+\.\d+", value):
        yield value.rstrip("0")
    for month, day, year in re.findall(r"^(\d+)/(\d+)/(\d{4})\b", value):
        yield f"{year}-{month:0>2}-{day:0>2}"


def _left_out(record: Path, place: str) -> set[str]:
    return {each for each in LEFT_OUT if re.fullmatch(each, record.name + place)}


def _key(place: str) -> str:
    return re.sub(r"\[\d+\]$", "", place).rpartition("/")[2].lstrip("@")


def _same(text: str) -> str:
    return " ".join(text.split()).casefold()


def unsaid(record: Path, claims: Path) -> Iterator[str]:
    """The places of values that the claims do not say and that are not left out on purpose."""
    said = Said(claims)
    for place, value in leaves(record):
        if _left_out(record, place):
            continue
        found = {*map(_same, said.at(place))}
        for term in NEEDED.get(_key(place), "").split():
            if _iri(term).value.casefold() not in found:
                yield f"{place}: {term}"
        terms = MEANT.get((_key(place), value.strip()), "").split()
        several = {"co-prime": ", ", "multi": ", ", "City": " "}.get(_key(place))
        names = value.split(several) if several else [value]
        if any(_iri(term).value.casefold() in found for term in terms):
            continue
        if not all(any(_same(form) in found for form in _forms(name)) for name in names):
            yield f"{place}: {value.strip()}"


# ---- The tests


def _record(claims: Path) -> Path:
    (record,) = (each for each in claims.parent.glob(f"{claims.stem}.*") if each != claims)
    return record


@pytest.fixture(params=RECORDS, ids=lambda path: path.stem)
def claims(request: pytest.FixtureRequest) -> Path:
    """The claims of each record in turn."""
    path: Path = request.param
    return path


def test_every_record_has_its_claims() -> None:
    records = {each for each in Path("tests/records").iterdir() if each.suffix != ".ttl"}
    assert records == {*map(_record, RECORDS)}
    assert len(records) >= 10


def test_the_claims_say_every_value_of_the_record(claims: Path) -> None:
    assert list(unsaid(_record(claims), claims)) == []


def test_evidence_is_at_places_of_the_record(claims: Path) -> None:
    places = [f"{place}/" for place, _ in leaves(_record(claims))]
    at_nothing = {each for each in Said(claims).places
                  if not any(place.startswith(f"{each}/") for place in places)}  # fmt: skip
    assert at_nothing == set()


def test_the_claims_are_valid_by_themselves(claims: Path, make_folder: MakeFolder) -> None:
    folder = open_folder(make_folder({"data/claims.ttl": claims.read_bytes()}))
    assert [str(finding) for finding in validate.validate(folder).findings] == []


def test_the_claims_use_what_the_ontology_has(claims: Path) -> None:
    """Every predicate can be claimed, and every term of ours is described and not a former one."""
    store = Said(claims).store
    for quad in store.quads_for_pattern(None, _iri("rdf:predicate"), None):
        assert _has(quad.object, "ag:aspect"), quad.object
    terms = {node for quad in store for node in (quad.predicate, quad.object)
             if isinstance(node, NamedNode) and node.value.startswith(SPACES["ag"])}  # fmt: skip
    assert {term.value for term in terms if not _has(term, "rdfs:comment")} == set()
    assert {term.value for term in terms if _has(term, "owl:deprecated")} == set()


def _has(term: object, predicate: str) -> bool:
    return any(ONTOLOGY.quads_for_pattern(term, _iri(predicate), None))  # type: ignore[arg-type]


def test_the_tables_have_no_row_too_many() -> None:
    found = [(_record(each), *leaf) for each in RECORDS for leaf in leaves(_record(each))]
    assert MEANT.keys() - {(_key(place), value.strip()) for _, place, value in found} == set()
    assert NEEDED.keys() - {_key(place) for _, place, _ in found} == set()
    left_out = [rows for record, place, _ in found if (rows := _left_out(record, place))]
    assert LEFT_OUT.keys() - set().union(*left_out) == set()
    assert len(left_out) < len(found) / 10


@pytest.mark.parametrize(
    ("record", "lost", "place"),
    [
        ("open-states-senator.yml", '"1995-01-04/1997-01-03"', "/roles/6/start_date: 1995-01-04"),
        ("open-states-committee.yml", "ag:ViceChair", "/members/3/role: vice chair"),
        ("bill-status.xml", '"117-8"', "/billStatus/bill/laws/item/number: 117-8"),
        ("open-legislation-floor-vote.xml", "ag:YesWithReservations", "member[4]/vote: Aye w/r"),
        ("open-legislation-sponsors.xml", "ag:PrimarySponsor", "/prime: ag:sponsored"),
        ("donations.csv", "80000.50 ;", "/2/DonationEUR: 80000.50"),
        ("congress-member.yaml", "^^ag:LisId", "/0/id/lis: S931"),
    ],
)
def test_what_a_claim_no_longer_says_is_missed(
    record: str, lost: str, place: str, tmp_path: Path
) -> None:
    path = Path("tests/records", record)
    turtle = path.with_suffix(".ttl").read_text(encoding="utf-8")
    found = turtle.index(lost)
    before, after = turtle.rindex("\n\n", 0, found), turtle.index("\n\n", found)
    (tmp_path / "less.ttl").write_text(turtle[:before] + turtle[after:], encoding="utf-8")
    assert any(each.endswith(place) for each in unsaid(path, tmp_path / "less.ttl"))


@pytest.mark.parametrize(
    ("record", "question", "given", "rows"),
    [
        (
            "open-states-committee",
            "committee-members",
            {},
            [
                ("name", "role"),
                ("Hedda Quist", "chair"),
                ("Ola Brenn", "member"),
                ("Tomás D'Ambry", "ranking member"),
                ("Émile Tarn", "vice-chair"),
            ],
        ),
        (
            "open-legislation-floor-vote",
            "votes-on-a-bill",
            {"bill": "id:s5186"},
            [
                ("when", "option", "number", "name"),
                ("2023-10-23", "no", "1", ""),
                ("2023-10-23", "yes", "3", ""),
                ("2023-10-23", "absent", "", "Senator Ulvestad"),
                ("2023-10-23", "excused", "", "Senator Vandermere"),
                ("2023-10-23", "no", "", "Senator D'Ambry"),
                ("2023-10-23", "yes", "", "Senator Brenn"),
                ("2023-10-23", "yes", "", "Senator Quist"),
                ("2023-10-23", "yes with reservations", "", "Senator Tarn"),
            ],
        ),
        (
            "bill-status",
            "lawmaker-record",
            {"person": "Nóra O'Carrow"},
            [
                ("how", "name", "when", "lawName"),
                (
                    "original cosponsor",
                    "S. 12 of the 117th Congress",
                    "2021-03-04/",
                    "Public Law 117-8",
                ),
                ("primary sponsor", "S. Amdt. 77 of the 117th Congress", "", ""),
            ],
        ),
        (
            "bill-status",
            "bills-of-a-session",
            {"session": "id:congress-117"},
            [
                ("name", "fate", "outcomeName"),
                ("H.R. 3 of the 117th Congress", "", ""),
                ("S. 12 of the 117th Congress", "passed", "Senate of Exland"),
                ("S. 12 of the 117th Congress", "became law as", "Public Law 117-8"),
            ],
        ),
        (
            "open-states-senator",
            "office-on-day",
            {"day": "1990-06-01"},
            [
                ("name", "postName", "certainty"),
                ("Nóra O'Carrow", "Representative of Exland for LK-10", "certain"),
            ],
        ),
        (
            "open-states-senator",
            "office-on-day",
            {"day": "2030-06-01"},
            [
                ("name", "postName", "certainty"),
                ("Nóra O'Carrow", "Senator of Exland for Lakeland", "certain"),
            ],
        ),
    ],
)
def test_questions_have_rows_on_them(
    record: str,
    question: str,
    given: dict[str, str],
    rows: list[tuple[str, ...]],
    make_folder: MakeFolder,
) -> None:
    content = Path("tests/records", f"{record}.ttl").read_bytes()
    graph = open_graph(make_folder({"data/claims.ttl": content}))
    answer = graph.ask(question, **given).rows
    assert [rows[0], *(tuple(text(row.get(each)) for each in rows[0]) for row in answer)] == rows
