"""Claims as sentences and as Python values, with their evidence."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode

from allgraph.errors import UnknownName
from allgraph.folder import builtin
from allgraph.graph import Graph, open_graph, timeline
from allgraph.graph.claim_order import place_in
from allgraph.graph.claims import Claim, Evidence, claims, named, supported_by
from allgraph.model import edtf
from allgraph.model.sentences import beside_date, dated
from allgraph.rdf.terms import AG, local_name
from allgraph.sparql.questions import read_query
from tests.support import imported

if TYPE_CHECKING:
    from tests.conftest import MakeFolder

BASE = "https://example.org/"
DATE_WORDS = re.compile(r"(in|on|by|from|until|between|date not stated)\b")


@pytest.fixture(scope="module")
def everything() -> Graph:
    return open_graph(include_sensitive=True)


@pytest.fixture(scope="module")
def all_claims(everything: Graph) -> list[Claim]:
    return claims(everything)


# ---- Every claim of the built-in graph ----------------------------------------


def test_every_claim_reads_as_a_sentence_either_way(all_claims: list[Claim]) -> None:
    assert len(all_claims) > 300
    for claim in all_claims:
        for sentence in (claim.sentence, claim.inverse_sentence):
            assert not re.search(r"[{}]|\bNone\b|_:|  |[.,;: ]$", sentence), sentence
            assert sentence[0].isupper() or sentence[0].isdigit(), sentence
            names = [claim.subject_name]
            names += [claim.object_name] * ("{object}" in claim.template)
            for name in names:
                bare = name.removeprefix("the ")  # which is left out after “office of”
                assert bare[1:] in sentence  # the first letter may be made a capital
        is_same = claim.is_about_claim or "{object" not in claim.template
        assert (claim.sentence == claim.inverse_sentence) is is_same


def test_no_address_stands_in_a_sentence_unless_it_is_the_object(all_claims: list[Claim]) -> None:
    for claim in all_claims:
        for sentence in (claim.sentence, claim.inverse_sentence):
            rest = sentence.replace(claim.object_name, "")
            assert "://" not in rest, sentence
            assert not re.search(r"\b(id|claim|source|ag):\w", rest), sentence


def test_dates_are_words(all_claims: list[Claim]) -> None:
    for claim in all_claims:
        if claim.aspect == "Timeless":
            assert claim.date == ""
        elif claim.when:
            assert claim.date == edtf.words(claim.when)
            assert DATE_WORDS.match(claim.date), claim.date
            first = claim.date[0].upper() + claim.date[1:]
            comma = "," * (
                isinstance(claim.object, Literal) and claim.template.endswith("{object}")
            )
            if claim.is_about_claim:
                assert str(claim).lower() == f"{claim.date} {claim.clause}".lower()
                assert str(claim)[0].isupper() and claim.read(inverse=True).startswith(first)
            else:
                past = replace(claim, template=beside_date(claim.template, claim.date)).sentence
                assert str(claim) == f"{past}{comma} {claim.date}"
                assert not str(claim).startswith(first)
        elif claim.date:
            assert str(claim) == f"{claim.sentence} ({claim.date})"
            currents = [e.current_as_of for e in claim.evidence if e.current_as_of]
            assert claim.date.startswith("as of " if currents else "date not stated")
        else:
            assert claim.predicate in (AG + "tookPart", AG + "participantsDescribedAs")
            assert str(claim) == claim.sentence


def test_every_claim_has_evidence_that_reads_on_one_line(all_claims: list[Claim]) -> None:
    for claim in all_claims:
        assert claim.evidence
        for each in claim.evidence:
            assert each.source and each.title and each.title != each.source
            assert not re.search(r"None|\n|\(\)|, $|://", str(each)), str(each)
            assert str(each).startswith(each.title)
            assert each.place in str(each)
            if each.start is not None:
                assert each.end is not None and each.start < each.end
                assert each.place.startswith(f"characters {each.start} to {each.end}")
                assert re.fullmatch(r"[0-9a-f]{64}", each.sha256)


CLAIM_KEYS = {"claim", "subject", "predicate", "object", "sentence", "when", "bounds", "rank",
              "certainty", "disputed", "rivals", "note", "withdrawn", "sources"}  # fmt: skip
BOUND_KEYS = {"beginNotBefore", "beginNotAfter", "endNotBefore", "endNotAfter"}
SOURCE_KEYS = {"source", "title", "page", "place", "placeAddress", "reading", "confidence",
               "attributedTo", "note"}  # fmt: skip


def test_claims_are_json(everything: Graph, all_claims: list[Claim]) -> None:
    for claim in all_claims:
        given = claim.as_dict(everything.prefixes)
        assert json.loads(json.dumps(given)) == given
        assert set(given) == CLAIM_KEYS
        assert set(given["bounds"]) == BOUND_KEYS
        assert given["claim"].startswith("claim:") and "://" not in given["predicate"]
        assert given["disputed"] is bool(given["rivals"])
        for day in given["bounds"].values():
            assert day is None or edtf.day(day)
        for source in given["sources"]:
            assert set(source) == SOURCE_KEYS
            assert "" not in source.values()


def test_claims_are_in_order_and_the_same_each_time(
    everything: Graph, all_claims: list[Claim]
) -> None:
    assert claims(everything) == all_claims
    assert len({claim.iri for claim in all_claims}) == len(all_claims)
    predicates = [claim.predicate.rpartition("#")[2] for claim in all_claims]
    assert predicates == sorted(predicates)


def test_rivals_know_each_other(all_claims: list[Claim]) -> None:
    by_iri = {claim.iri: claim for claim in all_claims}
    rivals = [claim for claim in all_claims if claim.rivals]
    assert rivals
    for claim in rivals:
        assert all(claim.iri in by_iri[rival].rivals for rival in claim.rivals)


def test_sensitive_claims_come_only_when_asked_for(graph: Graph, all_claims: list[Claim]) -> None:
    sensitive = {claim.iri for claim in all_claims if claim.sensitive}
    assert sensitive
    assert {c.iri for c in claims(graph)} == {c.iri for c in all_claims} - sensitive
    assert named(graph, map(NamedNode, sensitive)) == []


def test_claims_about_each_thing_are_those_that_name_it(
    everything: Graph, all_claims: list[Claim]
) -> None:
    """Against a plain search through all claims, and the claims that those are about."""
    by_iri = {claim.iri: claim for claim in all_claims}
    for thing in sorted({claim.subject.value for claim in all_claims})[::15]:
        expected = set()
        for claim in all_claims:
            inner = by_iri.get(getattr(claim.object, "value", ""))
            for each in (claim, inner) if inner else (claim,):
                if NamedNode(thing) in (each.subject, each.object):
                    expected.add(claim.iri)
        found = claims(everything, about=NamedNode(thing))
        assert {claim.iri for claim in found} == expected, thing
        wanted = [claim for claim in all_claims if claim.iri in expected]
        wanted.sort(key=lambda claim: claim.subject != NamedNode(thing))
        wanted.sort(key=lambda claim: place_in(everything.predicate_places, claim.predicate))
        assert found == wanted


# ---- A small graph of clubs -----------------------------------------------------

CLUBS = """
id:ann a ag:Person ; rdfs:label "Ann Example" .
id:den a ag:Organization ; rdfs:label "Den" ; ag:nameInText "the Den" .
id:club a ag:Organization ; rdfs:label "Club" ; ag:nameInText "the Club" .
source:paper a ag:Source ; rdfs:label "A paper" ;
    prov:specializationOf <https://example.org/paper> .
source:list a ag:Source .
claim:served a ag:Claim ; rdf:subject id:ann ; rdf:predicate ag:servedOn ; rdf:object id:club ;
    ag:when "2012-02"^^edtf:EDTF ; ag:conflictsWith claim:elsewhere ; ag:note "A note." ;
    ag:evidence [ oa:hasSource source:paper ; oa:hasSelector [ oa:start 3 ; oa:end 9 ] ;
        ag:context [ oa:start 1 ; oa:end 20 ] ; ag:section "Members" ; ag:pageNumber "4" ;
        ag:row "2" ;
        ag:reading ag:Interpreted ; ag:confidence ag:Low ; ag:attributedTo id:den ;
        ag:wording "sat on" ; ag:currentAsOf "2018-05-01" ; ag:note "Hard to read." ] .
claim:elsewhere a ag:Claim ; rdf:subject id:ann ; rdf:predicate ag:servedOn ; rdf:object id:den ;
    ag:when "2012-02"^^edtf:EDTF ; ag:rank ag:Deprecated ;
    ag:evidence [ oa:hasSource source:list ] .
claim:told a ag:Claim ; rdf:subject id:den ; rdf:predicate ag:announced ;
    rdf:object claim:served ; ag:evidence [ oa:hasSource source:list ] .
claim:retold a ag:Claim ; rdf:subject id:club ; rdf:predicate ag:announced ;
    rdf:object claim:told ; ag:evidence [ oa:hasSource source:list ] .
claim:part a ag:Claim ; rdf:subject id:ann ; rdf:predicate ag:tookPart ; rdf:object id:party ;
    ag:role ag:Host, ag:Founder ; ag:evidence [ oa:hasSource source:list ] .
claim:own a ag:Claim ; rdf:subject id:nobody ; rdf:predicate id:likes ; rdf:object "{subject} x" ;
    ag:evidence [ oa:hasSource source:list ] .
claim:odd a ag:Claim ; rdf:subject id:ann ; rdf:predicate ag:servedOn ; rdf:object id:none ;
    ag:evidence [ oa:hasSource source:list ] .
"""


@pytest.fixture
def clubs(make_folder: MakeFolder) -> Graph:
    return open_graph(make_folder({"data/clubs.ttl": CLUBS}, prefixes=True))


def claim_of(graph: Graph, name: str) -> Claim:
    (claim,) = named(graph, [NamedNode(f"{BASE}claim/{name}")])
    return claim


SENTENCES = {
    "served": "Ann Example served on the Club in February 2012",
    "told": "The Den announced that Ann Example has served on the Club (date not stated)",
    "retold": "The Club announced that the Den announced that Ann Example has served on the Club"
    " (date not stated)",
    "own": "Id:nobody likes {subject} x",
    "odd": "Ann Example has served on id:none (date not stated)",
    "part": "Ann Example took part in id:party as founder and host",
}
INVERSE = {
    "served": "The Club has had Ann Example serve on it",
    "told": "The Den announced that Ann Example has served on the Club",
    "own": "{subject} x: likes of id:nobody",
    "part": "Id:party involved Ann Example as founder and host",
}


@pytest.mark.parametrize("name", SENTENCES)
def test_sentences(name: str, clubs: Graph) -> None:
    assert str(claim_of(clubs, name)) == SENTENCES[name]


@pytest.mark.parametrize("name", INVERSE)
def test_inverse_sentences(name: str, clubs: Graph) -> None:
    assert claim_of(clubs, name).inverse_sentence == INVERSE[name]


def test_evidence_says_all(clubs: Graph) -> None:
    (evidence,) = claim_of(clubs, "served").evidence
    assert evidence.iri.startswith(f"{BASE}claim/served#")
    assert (evidence.source, evidence.page) == (f"{BASE}source/paper", f"{BASE}paper")
    assert (evidence.start, evidence.end) == (3, 9)
    assert (evidence.context_start, evidence.context_end) == (1, 20)
    assert (evidence.current_as_of, evidence.note) == ("2018-05-01", "Hard to read.")
    assert evidence.place == "characters 3 to 9, Members, page 4, row 2"
    assert str(evidence) == (
        "A paper, characters 3 to 9, Members, page 4, row 2 "
        "(confidence low; interpreted; says that Den said so; wording: “sat on”; "
        "as of 1 May 2018)"
    )
    assert evidence.as_dict(clubs.prefixes) == {
        "source": "source:paper",
        "title": "A paper",
        "page": f"{BASE}paper",
        "place": evidence.place,
        "placeAddress": None,
        "reading": "Interpreted",
        "confidence": "Low",
        "attributedTo": "Den",
        "note": "Hard to read.",
    }


def test_a_source_without_a_name_goes_by_its_address(clubs: Graph) -> None:
    (evidence,) = claim_of(clubs, "told").evidence
    assert evidence.title == str(evidence) == f"{BASE}source/list"
    given = evidence.as_dict(clubs.prefixes)
    assert given.pop("source") == "source:list"
    assert given.pop("title") == f"{BASE}source/list"
    assert set(given.values()) == {None}


def test_rank_rivals_and_bounds_are_shown(clubs: Graph) -> None:
    served, elsewhere = claim_of(clubs, "served"), claim_of(clubs, "elsewhere")
    assert (served.rank, elsewhere.rank) == ("Normal", "Deprecated")
    assert served.rivals == (elsewhere.iri,)
    assert elsewhere.rivals == (served.iri,)
    assert served.bounds == (None, (2012, 2, 29), (2018, 5, 1), None)
    given = served.as_dict(clubs.prefixes)
    del given["sources"]
    assert given == {
        "claim": "claim:served",
        "subject": "id:ann",
        "predicate": "ag:servedOn",
        "object": "id:club",
        "sentence": "Ann Example has served on the Club",
        "when": "2012-02",
        "bounds": {
            "beginNotBefore": None,
            "beginNotAfter": "2012-02-29",
            "endNotBefore": "2018-05-01",
            "endNotAfter": None,
        },
        "rank": "Normal",
        "certainty": None,
        "disputed": True,
        "rivals": ["claim:elsewhere"],
        "note": "A note.",
        "withdrawn": None,
    }
    assert elsewhere.as_dict(clubs.prefixes)["rank"] == "Deprecated"
    assert claim_of(clubs, "told").as_dict(clubs.prefixes)["disputed"] is False


def test_named_keeps_the_order_and_drops_the_unknown(clubs: Graph) -> None:
    wanted = [NamedNode(f"{BASE}claim/{name}") for name in ("told", "served", "none", "told")]
    found = named(clubs, [None, *wanted, Literal("x"), BlankNode("b"), NamedNode(f"{BASE}id/ann")])
    assert [claim.iri for claim in found] == [f"{BASE}claim/told", f"{BASE}claim/served"]
    assert named(clubs, []) == []


def names(found: list[Claim]) -> set[str]:
    return {claim.iri.removeprefix(f"{BASE}claim/") for claim in found}


def test_claims_about_a_thing_from_either_side(clubs: Graph) -> None:
    assert names(claims(clubs, about="Ann Example")) == {
        "served", "elsewhere", "part", "odd", "told",
    }  # fmt: skip
    assert names(claims(clubs, about="club")) == {"served", "told", "retold"}
    assert names(claims(clubs, about="id:den")) == {"elsewhere", "told", "retold"}
    assert names(claims(clubs, about="claim:served")) == {"told", "retold"}
    assert claims(clubs, about=NamedNode(f"{BASE}id/ann")) == claims(clubs, about="id:ann")
    assert claims(clubs, about=NamedNode(f"{BASE}id/unheard-of")) == []
    with pytest.raises(UnknownName, match="did you mean Ann Example"):
        claims(clubs, about="Ann Exampel")


def test_claims_that_go_round_in_a_circle_have_an_end(make_folder: MakeFolder) -> None:
    data = "".join(
        f"claim:{one} a ag:Claim ; rdf:subject id:a ; rdf:predicate ag:announced ;"
        f" rdf:object claim:{other} .\n"
        for one, other in ("ab", "ba", "cc")
    )
    graph = open_graph(make_folder({"data/a.ttl": data}, prefixes=True))
    for claim in claims(graph):
        assert claim.sentence.startswith("Id:a announced that ")
        assert "{" not in claim.sentence and len(claim.sentence) < 200


def test_two_names_or_notes_do_not_make_two_claims(make_folder: MakeFolder) -> None:
    more = 'id:ann rdfs:label "Ann" . claim:served ag:note "B note." .'
    more += 'source:paper rdfs:label "The paper" .'
    graph = open_graph(make_folder({"data/a.ttl": CLUBS + more}, prefixes=True))
    found = [claim for claim in claims(graph) if claim.iri.endswith("/served")]
    assert [claim.note for claim in found] == ["A note."]
    assert len(found[0].evidence) == 1


def test_a_date_that_cannot_be_read_is_shown_as_it_is() -> None:
    subject = NamedNode(f"{BASE}id/a")
    claim = Claim("", subject, "", subject, "a", "b", "{subject} x {object}", "", "Event", "soon")
    assert str(claim) == "A x b (soon)"


@pytest.mark.parametrize(
    ("date", "text"),
    [("", "A"), ("in 2012", "A in 2012"), ("date not stated", "A (date not stated)")],
)
def test_dated(date: str, text: str) -> None:
    assert dated("A", date) == text


def test_an_evidence_without_a_place_has_none() -> None:
    assert Evidence("", "", "").place == ""
    assert str(Evidence("", "", "A paper", confidence="High")) == "A paper (confidence high)"
    assert Evidence("", "", "", start=0, end=1).place == "characters 0 to 1"


def test_a_claim_about_nothing_that_has_an_iri_is_left_out(make_folder: MakeFolder) -> None:
    data = "".join(
        f"claim:{name} a ag:Claim ; rdf:predicate ag:servedOn ; rdf:object id:club ; {subject} .\n"
        for name, subject in {
            "blank": "rdf:subject _:b",
            "text": 'rdf:subject "Ann"',
            "none": 'ag:note "no subject"',
            "whole": "rdf:subject id:ann",
        }.items()
    )
    data += "id:a ag:note _:b . id:b ag:note _:b ."
    graph = open_graph(make_folder({"data/a.ttl": data}, prefixes=True))
    assert names(claims(graph)) == {"whole"}


def test_far_years_come_back(make_folder: MakeFolder) -> None:
    data = (
        "claim:far a ag:Claim ; rdf:subject id:a ; rdf:predicate ag:founded ; rdf:object id:b ;"
        ' ag:when "Y-170000002/Y170000002"^^edtf:EDTF .'
    )
    graph = open_graph(make_folder({"data/a.ttl": data}, prefixes=True))
    (claim,) = claims(graph)
    assert claim.bounds[0] == (-170000002, 1, 1)
    assert claim.bounds[3] == (170000002, 12, 31)
    assert claim.date == "from 170000003 BC to 170000002"


PLACES = [("9", None), ("10", None), ("iv", None), (None, 10), (None, 9), (None, 100)]
BOOK = """source:book a ag:Source ; rdfs:label "a book" ; prov:specializationOf <http://book.org/> .
id:ada a ag:Person ; rdfs:label "Ada" . ag:signed ag:sentence "{subject} signed {object}" .
""" + "\n".join(
    f'claim:c{number} a ag:Claim ; rdf:subject id:ada ; rdf:predicate ag:signed ; rdf:object "x" ;'
    f" ag:evidence [ a oa:ResourceSelection ; oa:hasSource source:book ;"
    f'{f""" ag:pageNumber "{page}" """ if page else f" ag:row {row} "}] .'
    for number, (page, row) in enumerate(PLACES)
)


@pytest.mark.parametrize("source", ["source/book", "http://book.org/"])
def test_what_a_source_supports_is_in_the_order_of_its_places(
    make_folder: MakeFolder, source: str
) -> None:
    graph = open_graph(make_folder({"data/book.ttl": BOOK}, prefixes=True))
    node = NamedNode(source if "://" in source else BASE + source)
    supported = [claim.evidence[0].place for claim in supported_by(graph, node)]
    assert supported == ["page iv", "row 9", "row 10", "row 100", "page 9", "page 10"]
    query = read_query(builtin().root / "queries" / "from-source.rq", "from-source.rq")
    answer = graph.bound(query, {"source": node})
    assert [row["place"].value for row in answer.rows] == supported  # type: ignore[union-attr]


CURRENT = {
    "latest": ("ag:hasName", "", 'ag:currentAsOf "2018-05"', 'ag:currentAsOf "2017-08-09"'),
    "one": ("ag:hasName", "", 'ag:currentAsOf "2018-05-01"', ""),
    "none": ("ag:hasName", "", "", ""),
    "odd": ("ag:hasName", "", 'ag:currentAsOf "2018"', 'ag:currentAsOf "lately"'),
    "dated": ("ag:hasName", 'ag:when "2011" ;', 'ag:currentAsOf "2018"', ""),
    "event": ("ag:announced", "", 'ag:currentAsOf "2018"', ""),
    "timeless": ("ag:caveat", "", 'ag:currentAsOf "2018"', ""),
}
DATE = {
    "latest": "as of May 2018",
    "one": "as of 1 May 2018",
    "none": "date not stated",
    "odd": "as of lately",
    "dated": "in 2011",
    "event": "date not stated",
    "timeless": "",
}


@pytest.mark.parametrize("name", DATE)
def test_a_state_without_a_date_reads_as_of_the_latest_day_of_its_sources(
    make_folder: MakeFolder, name: str
) -> None:
    predicate, when, *evidence = CURRENT[name]
    pieces = (f"[ oa:hasSource source:a ; {says} ]" for says in evidence)
    data = (
        f"claim:{name} a ag:Claim ; rdf:subject id:club ; rdf:predicate {predicate} ; {when}"
        f' rdf:object "x" ; ag:evidence {", ".join(pieces)} .'
    )
    graph = open_graph(make_folder({"data/a.ttl": data}, prefixes=True))
    claim = claim_of(graph, name)
    assert claim.date == DATE[name]
    assert claim.as_dict(graph.prefixes)["when"] == (claim.when or None)
    undated = timeline.arranged(graph, [claim]).undated
    assert [entry.words for entry in undated] == [DATE[name]] * (name not in ("dated", "timeless"))


# ---- Claims in records of a source that is read again and again


def test_places_in_records_have_words_and_addresses(make_folder: MakeFolder) -> None:
    folder = make_folder({"data/a.ttl": imported.turtle()}, prefixes=True)
    graph = open_graph(folder, withdrawn=True)
    evidence = {local_name(c.iri): c.evidence for c in claims(graph)}
    assert {name: piece.place for name, (piece,) in evidence.items()} == imported.PLACES
    assert {name: piece.address for name, (piece,) in evidence.items()} == imported.ADDRESSES
    (piece,) = evidence["signed"]
    assert piece.as_dict(graph.prefixes)["placeAddress"] == imported.ADDRESSES["signed"]


def test_records_are_in_the_order_of_files_and_lines(make_folder: MakeFolder) -> None:
    graph = open_graph(make_folder({"data/a.ttl": imported.turtle()}, prefixes=True))
    expected = [
        imported.PLACES[name]
        for name in ("titled", "entire", "in-list", "named-ada", "on-board", "signed")
    ]
    source = NamedNode(imported.SOURCE)
    assert [c.evidence[0].place for c in supported_by(graph, source)] == expected
    query = read_query(builtin().root / "queries" / "from-source.rq", "from-source.rq")
    answer = graph.bound(query, {"source": source})
    assert [row["place"].value for row in answer.rows] == expected  # type: ignore[union-attr]


@pytest.mark.parametrize("day", ["2026-11-25", "2026-12-24"])
def test_the_present_of_a_source_moves_with_it(make_folder: MakeFolder, day: str) -> None:
    graph = open_graph(make_folder({"data/a.ttl": imported.turtle(day)}, prefixes=True))
    (claim,) = named(graph, [NamedNode(f"{BASE}claim/on-board")])
    assert claim.evidence[0].current_as_of == day
    assert claim.evidence[0].remarks == [f"as of {edtf.words(day).removeprefix('on ')}"]
    assert (claim.bounds.end_not_before, claim.date) == (
        edtf.day(day),
        claim.evidence[0].remarks[0],
    )
    (other,) = named(graph, [NamedNode(f"{BASE}claim/named-ada")])
    assert other.evidence[0].current_as_of == ""
