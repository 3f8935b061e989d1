"""What cannot be right is found: each wrong snippet, at its line, with what it contradicts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from allgraph.errors import FolderError
from allgraph.folder import builtin, open_folder
from allgraph.validation.sense.check import RULES
from allgraph.validation.validate import Engine, validate
from tests.support.mutations import git
from tests.support.snippets import FILE, HEAD, folder_of, found, line, turtle
from tests.support.tools import LONG


class Case(NamedTuple):
    """A wrong snippet: the rule, the claim that is told, what it contradicts, and words."""

    text: str
    rule: str
    at: str
    other: str
    words: str
    severity: str = "Warning"


BILL = "bill: Bill\nklein: Person\ncuomo: Person\nsenate: Chamber\nlabor: Committee\nlaw: Law\n"
STATES = """
ny: Jurisdiction
ca: Jurisdiction
ny-senate: Chamber
ca-senate: Chamber
ny-senate-in = ny-senate inJurisdiction ny
ca-senate-in = ca-senate inJurisdiction ca
bill: Bill
bill-in = bill inJurisdiction ny
"""
CLUB = "club: Organization\nboard: Unit\nada: Person\nbo: Person\n"
VOTE = "vote: Vote\nsenate: Chamber\na: Person\nb: Person\nc: Person\nvote-of = bill underwent vote @ 2013\nbill: Bill\n"  # fmt: skip
CASES = {
    # The order of a bill's life
    "signing before introduction": Case(BILL + "intro = klein introduced bill @ 2013-06-04\nsign = cuomo signedIntoLaw bill @ 2013-05", "order-of-actions", "sign", "intro", "id:cuomo signed id:bill into law in May 2013; but id:klein introduced id:bill on 4 June 2013"),
    "signing before introduction, by events": Case(BILL + "start: LegislativeAction ; ag:classification ag:Introduced\nend: LegislativeAction ; ag:classification ag:SignedByExecutive\nintro = bill underwent start @ 2013-06-04\nsign = bill underwent end @ 2013-05", "order-of-actions", "sign", "intro", "a bill is introduced before it is signed"),
    "in force before signing": Case(BILL + "force: EntryIntoForce\nsign = cuomo signedIntoLaw bill @ 2013-10-21\nlaw-of = bill becameLaw law\nbegin = law underwent force @ 2013-01", "order-of-actions", "begin", "sign", "a bill is signed before it is in force"),
    "passage after signing": Case(BILL + "sign = cuomo signedIntoLaw bill @ 2013-10-21\npass = bill passed senate @ 2014", "order-of-actions", "sign", "pass", "a bill is passed before it is signed"),
    "referral before introduction": Case(BILL + "intro = klein introduced bill @ 2013-06-04\nrefer = bill referredTo labor @ 2013-06-03", "order-of-actions", "refer", "intro", "is referred to a committee"),
    "referral to a first reading, by kinds below": Case(BILL + "refer: LegislativeAction ; ag:classification ag:ReferredToCommittee\nintro = klein introduced bill @ 2013-06-04\nreferred = bill underwent refer @ 2013-06-03", "order-of-actions", "referred", "intro", "is referred"),
    "referral in a chamber after its passage": Case(BILL + "unit = senate hasUnit labor\nrefer = bill referredTo labor @ 2013-06-10\npass = bill passed senate @ 2013-06-04", "order-of-actions", "pass", "refer", "before it passes"),
    "veto before passage": Case(BILL + "veto = cuomo vetoed bill @ 2013-05\npass = bill passed senate @ 2013-06", "order-of-actions", "veto", "pass", "before it is vetoed"),
    "law before introduction": Case(BILL + "intro = klein introduced bill @ 2013-06-04\nlaw-of = bill becameLaw law @ 2012", "order-of-actions", "law-of", "intro", "becomes law"),
    "substitution before introduction": Case(BILL + "other: Bill\nintro = klein introduced bill @ 2013-06-04\nsub = bill substitutedBy other @ 2013-06-01", "order-of-actions", "sub", "intro", "is replaced"),
    "signing before the letter appeared": Case("letter: Letter\nclub: Organization\nada: Person\npublic = club published letter @ 2018-05-16\nsign = ada signed letter @ 2017", "signed-before-publication", "sign", "public", "on 16 May 2018"),
    "introduced before the session": Case(BILL + "s: Session\nlegislature: Body\nheld = legislature hasSession s @ 2013-01-09/2014-12-31\nin-s = bill inSession s\nintro = klein introduced bill @ 2011-06-04", "outside-session", "intro", "held", "not in the session"),
    "introduced after the session": Case(BILL + "s: Session\nlegislature: Body\nheld = legislature hasSession s @ 2013-01-09/2014-12-31\nin-s = bill inSession s\nintro = klein introduced bill @ 2015-01-02", "outside-session", "intro", "held", "from 9 January 2013 to 31 December 2014"),
    "signed long after the session": Case(BILL + "s: Session\nlegislature: Body\nheld = legislature hasSession s @ 2013-01-09/2014-12-31\nin-s = bill inSession s\nsign = cuomo signedIntoLaw bill @ 2016", "outside-session", "sign", "held", "not in the session"),
    # The life of bodies and people
    "service before the founding": Case(CLUB + "founding: Founding\nbegin = club underwent founding @ 1999\nunit = club hasUnit board\nserve = bo servedOn board @ 1990/1995", "outside-life", "serve", "begin", "before the founding"),
    "office before the founding": Case(CLUB + "chair: Office\nfound = ada founded club @ 1999\nin-club = chair postIn club\nserve = bo heldOffice chair @ 1990/2001", "outside-life", "serve", "found", "before the founding"),
    "membership after the dissolution": Case(CLUB + "end: Dissolution\nends = club underwent end @ 2005\nserve = bo memberOf club @ 1999/2010", "outside-life", "serve", "ends", "after the dissolution"),
    "service before birth": Case(CLUB + "birth: Birth\nborn = bo underwent birth @ 1980\nserve = bo servedOn board @ 1970/1979", "outside-life", "serve", "born", "before being born"),
    "signing after death": Case(CLUB + "death: Death\nletter: Letter\ndied = bo underwent death @ 1980\nsign = bo signed letter @ 1990", "outside-life", "sign", "died", "after death"),
    "a body founding itself": Case(CLUB + "found = club founded club @ 1999", "about-itself", "found", "", "joins id:club to itself", "Violation"),
    "a body in its own founding": Case(CLUB + "founding: Founding\nbegin = club underwent founding @ 1999\nself = club tookPart founding as Founder", "about-itself", "self", "begin", "founds itself", "Violation"),
    "three foundings": Case(CLUB + "one = ada founded club @ 1950\ntwo = ada founded club @ 1980\nthree = ada founded club @ 1999", "undeclared-rivals", "one", "three", "it happens once"),
    "two days of signing": Case(BILL + "one = cuomo signedIntoLaw bill @ 2013-10-21\ntwo = cuomo signedIntoLaw bill @ 2013-10-22", "undeclared-rivals", "one", "two", "ag:conflictsWith"),
    "two births": Case(CLUB + "b1: Birth\nb2: Birth\none = bo underwent b1 @ 1980\ntwo = bo underwent b2 @ 1981", "undeclared-rivals", "one", "two", "it happens once"),
    "two days of one entry into force": Case(BILL + "force: EntryIntoForce\none = law underwent force @ 2013-11-20\ntwo = law underwent force @ 2013-11-21", "undeclared-rivals", "one", "two", "it happens once"),
    "two introductions": Case(BILL + "one = klein introduced bill @ 2013-05\ntwo = cuomo introduced bill @ 2013-06", "undeclared-rivals", "one", "two", "it happens once"),
    "a conflict of what agrees": Case(CLUB + "one = ada founded club @ 1999 ; ag:conflictsWith claim:two\ntwo = ada founded club @ 1999-05", "rivals-agree", "one", "two", "both can be true"),
    # Offices
    "a signer not in office": Case(BILL + "governor: Office\nterm = cuomo heldOffice governor @ 2011-01-01/2021-08-23\nsign = cuomo signedIntoLaw bill @ 2022-10", "not-in-office", "sign", "term", "from 1 January 2011 to 23 August 2021"),
    "an introducer not in office": Case(BILL + "senator: Office\nterm = klein heldOffice senator @ 2005-01-01/2018-12-31\nintro = klein introduced bill @ 2003", "not-in-office", "intro", "term", "id:klein"),
    "a sponsor not in office": Case(BILL + "senator: Office\nterm = klein heldOffice senator @ 2005-01-01/2018-12-31\nspons = klein sponsored bill @ 2003-05-01", "not-in-office", "spons", "term", "id:klein"),
    "two governors at once": Case("governor: Office\na: Person\nb: Person\nseat = governor seatCount \"1\"^^xsd:integer\none = a heldOffice governor @ 2011-01-01/2021-08-23\ntwo = b heldOffice governor @ 2015/2017", "two-holders", "two", "one", "one seat"),
    # Chambers, sessions, jurisdictions
    "a bill in another state's chamber": Case(STATES + "in-c = bill inChamber ca-senate", "other-jurisdiction", "in-c", "bill-in", "different jurisdictions"),
    "a bill in another state's session": Case(STATES + "s: Session\ns-in = s inJurisdiction ca\nin-s = bill inSession s", "other-jurisdiction", "in-s", "bill-in", "id:s"),
    "a session by its legislature": Case(STATES + "s: Session\ncal: Body\nin-ca = cal inJurisdiction ca\nhas = cal hasSession s\nin-s = bill inSession s", "other-jurisdiction", "in-s", "bill-in", "different"),
    "another state's section": Case(STATES + "sec: LawSection\nsec-in = sec inJurisdiction ca\nchange = bill amends sec", "other-jurisdiction", "change", "bill-in", "id:sec"),
    "one law of two states": Case(STATES + "law: Law\nb2: Bill\nb2-in = b2 inJurisdiction ca\nlaw-1 = bill becameLaw law\nlaw-2 = b2 becameLaw law", "other-jurisdiction", "law-2", "law-1", "different"),
    "A.77 in the Senate": Case("senate: Chamber\n" + "".join(f"b{n}: Bill\nin{n} = b{n} inChamber senate\nno{n} = b{n} billNumber \"S.{n}\"\n" for n in (1, 2, 3)) + "odd: Bill\nin-odd = odd inChamber senate\nno-odd = odd billNumber \"A.77\"", "number-of-other-chamber", "no-odd", "no1", "begin with S"),
    "two bills with one number": Case("senate: Chamber\ns: Session\n" + "".join(f"b{n}: Bill\nin{n} = b{n} inChamber senate\nof{n} = b{n} inSession s\nno{n} = b{n} billNumber \"{text}\"\n" for n, text in ((1, "S.77"), (2, "S77"))), "same-bill-number", "no2", "no1", "same chamber"),
    "substitution across sessions": Case(BILL + "other: Bill\ns: Session\nt: Session\nin-s = bill inSession s\nin-t = other inSession t\nsub = bill substitutedBy other", "substituted-across-sessions", "sub", "in-s", "different sessions"),
    "a circle of substitutions": Case(BILL + "other: Bill\none = bill substitutedBy other\ntwo = other substitutedBy bill", "circle", "one", "two", "id:bill → id:other → id:bill"),
    "a circle of units": Case("a: Organization\nb: Unit\nc: Unit\none = a hasUnit b\ntwo = b hasUnit c\nthree = c hasUnit a", "circle", "one", "two", "id:a → id:b → id:c → id:a"),
    "a circle of events": Case("a: Event\nb: Vote\none = a partOfEvent b\ntwo = b partOfEvent a", "circle", "one", "two", "leads back"),
    "a circle of predecessors": Case("a: LegislativeProposal\nb: LegislativeProposal\none = a predecessorOf b\ntwo = b predecessorOf a", "circle", "one", "two", "leads back"),
    "a bill that replaces itself": Case(BILL + "one = bill substitutedBy bill", "about-itself", "one", "", "to itself", "Violation"),
    # Numbers
    "815 percent": Case("o: Observation ; ag:value \"815\"^^xsd:decimal ; ag:unit \"percent\"", "number-out-of-range", "o:", "", "815", "Violation"),
    "a count below 0": Case("letter: Letter\nn = letter signatureCount \"-3\"^^xsd:integer", "number-out-of-range", "n", "", "cannot be below 0", "Violation"),
    "more voters than counted": Case(VOTE + "n = vote voteCount \"2\"^^xsd:integer as Yes\np1 = a tookPart vote as Yes\np2 = b tookPart vote as Yes\np3 = c tookPart vote as YesWithReservations", "more-votes-than-counted", "n", "p1", "3 are named"),
    "more votes than seats": Case(VOTE + "seats = senate seatCount \"63\"^^xsd:integer\nacts = senate tookPart vote as ActingBody\nyes = vote voteCount \"60\"^^xsd:integer as Yes\nno = vote voteCount \"4\"^^xsd:integer as No", "more-votes-than-seats", "yes", "seats", "64 votes"),
    "signatures that fall": Case("p: Petition\none = p signatureCount \"500\"^^xsd:integer @ 2021-05-01\ntwo = p signatureCount \"400\"^^xsd:integer @ 2021-06-01", "count-falls", "two", "one", "cannot fall"),
    # Identifiers and roles
    "one OCD id on two people": Case("a: Person\nb: Person\none = a identifier \"ocd-person/1\"^^ag:OcdId\ntwo = b identifier \"ocd-person/1\"^^ag:OcdId", "shared-identifier", "two", "one", "belongs to one thing"),
    "a malformed Wikidata id": Case("a: Person\none = a identifier \"42\"^^ag:WikidataId", "identifier-pattern", "one", "", "ag:WikidataId", "Violation"),
    "a malformed Bioguide id": Case("a: Person\none = a identifier \"xM001188\"^^ag:BioguideId", "identifier-pattern", "one", "", "ag:BioguideId", "Violation"),
    "a malformed OCD id": Case("a: Person\none = a identifier \"person/1\"^^ag:OcdId", "identifier-pattern", "one", "", "ag:OcdId", "Violation"),
    "a scheme that is none": Case("a: Person\none = a identifier \"Q42\"^^ag:WikidatId", "unknown-scheme", "one", "", "did you mean ag:WikidataId"),
    "an identifier without a scheme": Case("a: Person\none = a identifier \"Q42\"", "unknown-scheme", "one", "", "no scheme"),
    "a role of another kind": Case(BILL + "one = klein sponsored bill as Yes", "role-of-other-kind", "one", "", "ag:Sponsorship"),
    # Days of sources, and announcements
    "currentAsOf in 2030": Case("a: Person\nx: Body\nsource:late a ag:Source ; rdfs:label \"L\" ; ag:latest \"2026-11-23\"^^xsd:date .\nclaim:one a ag:Claim ; rdf:subject id:a ; rdf:predicate ag:memberOf ; rdf:object id:x ; ag:evidence [ a oa:ResourceSelection ; oa:hasSource source:late ; ag:currentAsOf \"2030\"^^edtf:EDTF ] .", "source-days", "claim:one", "source:late", "ag:currentAsOf is 2030"),
    "latest after read": Case("source:late a ag:Source ; rdfs:label \"L\" ; ag:read \"2026-01-02\"^^edtf:EDTF ; ag:latest \"2026-11-23\"^^xsd:date .", "source-days", "source:late", "source:late", "which is after ag:read"),
    "a claim that announces itself": Case("a: Person\none = a announced claim:one @ 2013", "about-itself", "one", "", "tells of itself", "Violation"),
    "announced before it happened": Case(BILL + "intro = klein introduced bill @ 2013-06-04\ntold = klein announced claim:intro @ 2013-05", "announced-early", "told", "intro", "ag:prospective"),
    # Plain facts
    "a plain birth date": Case("a: Person ; schema:birthDate \"1980-01-01\"\nbo: Person\none = a memberOf bo", "plain-fact", "a:", "", "without a claim"),
    "a home address": Case("a: Person ; schema:address \"Street 1\"\nbo: Body\none = a memberOf bo", "plain-fact", "a:", "", "schema:address"),
    "a founding date": Case("a: Person\nbo: Body ; schema:foundingDate \"1999\"\none = a memberOf bo", "plain-fact", "bo:", "", "schema:foundingDate"),
    "an identity": Case("a: Person ; <http://www.w3.org/2002/07/owl#sameAs> <https://example.org/a>\nbo: Body\none = a memberOf bo", "plain-fact", "a:", "", "owl:sameAs"),
}  # fmt: skip


def start(name: str) -> str:
    """How the line of a claim or thing begins in a snippet, given its name."""
    return name if ":" in name else f"{name} = "


@pytest.mark.parametrize("name", CASES)
def test_what_cannot_be_right_is_found(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = CASES[name]
    folder = folder_of(tmp_path / "g", case.text)
    monkeypatch.chdir(tmp_path / "g")
    findings = found(folder, case.rule)
    at = line(case.text, start(case.at))
    finding = next((f for f in findings if f.line == at), None)
    assert finding is not None, validate(folder).write().decode()
    assert (finding.file, finding.severity) == (FILE, case.severity)
    assert case.words in finding.message
    assert "{places}" not in finding.message
    if case.other:
        other = line(case.text, start(case.other))
        assert (FILE, other) in finding.others
        assert f"{FILE}:{other}" in finding.message


def test_every_rule_has_a_snippet() -> None:
    assert {case.rule for case in CASES.values()} == RULES.keys()


def test_the_page_lists_the_rules() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "check-data.md"
    listed = re.findall(r"^\| `([a-z-]+)` \|", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == [*RULES]


def test_a_long_circle_is_cut(tmp_path: Path) -> None:
    text = "".join(f"u{n}: Unit\nc{n} = u{n} hasUnit u{(n + 1) % 12}\n" for n in range(12))
    (finding,) = found(folder_of(tmp_path / "g", text), "circle")
    assert "… (4 more) → id:u0" in finding.message
    assert len(finding.others) == 11


def test_the_built_in_graph_makes_sense() -> None:
    assert not [f for f in validate(builtin()).findings if f.shape in RULES]


# What leaves a doubt, or is not wrong: nothing is told of it.
SOUND = {
    "one day": BILL + "intro = klein introduced bill @ 2013-06-04\nsign = cuomo signedIntoLaw bill @ 2013-06-04",
    "dates that overlap": BILL + "intro = klein introduced bill @ 2013-06-04\nsign = cuomo signedIntoLaw bill @ 2013",
    "an approximate date": BILL + "intro = klein introduced bill @ 2013-06-04\nsign = cuomo signedIntoLaw bill @ 2012~",
    "no date": BILL + "intro = klein introduced bill @ 2013-06-04\nsign = cuomo signedIntoLaw bill",
    "a deprecated claim": BILL + "intro = klein introduced bill @ 2013-06-04 ; ag:rank ag:Deprecated\nsign = cuomo signedIntoLaw bill @ 2012",
    "a withdrawn claim": BILL + "intro = klein introduced bill @ 2013-06-04 ; ag:withdrawn \"2014-01-01\"^^xsd:date\nsign = cuomo signedIntoLaw bill @ 2012",
    "a declared conflict": BILL + "intro = klein introduced bill @ 2013-06-04 ; ag:conflictsWith claim:sign\nsign = cuomo signedIntoLaw bill @ 2012",
    "a proposal that returns": BILL + "plan: LegislativeProposal\none = klein introduced plan @ 2013\nveto = cuomo vetoed plan @ 2014\ntwo = klein introduced plan @ 2015\nlaw-of = plan becameLaw law @ 2016",
    "a passage over a veto": BILL + "one = bill passed senate @ 2013-05\nveto = cuomo vetoed bill @ 2013-07\ntwo = bill passed senate @ 2013-09",
    "a bill referred again": BILL + "unit = senate hasUnit labor\none = bill referredTo labor @ 2013-05-01\npass = bill passed senate @ 2013-06-04\ntwo = bill referredTo labor @ 2014-01-08",
    "a referral without a date": BILL + "unit = senate hasUnit labor\none = bill referredTo labor\npass = bill passed senate @ 2013-06-04\ntwo = bill referredTo labor @ 2014-01-08",
    "signed just after the session": BILL + "s: Session\nlegislature: Body\nheld = legislature hasSession s @ 2013-01-09/2014-12-31\nin-s = bill inSession s\nsign = cuomo signedIntoLaw bill @ 2015-01-10",
    "a session without dates": BILL + "s: Session\nlegislature: Body\nheld = legislature hasSession s\nin-s = bill inSession s\nintro = klein introduced bill @ 1850",
    "one of two sessions": BILL + "s: Session\nt: Session\nlegislature: Body\nheld = legislature hasSession s @ 2013/2014\nheld-t = legislature hasSession t @ 2015/2016\nin-s = bill inSession s\nin-t = bill inSession t\nintro = klein introduced bill @ 2015",
    "one of two foundings": CLUB + "one = ada founded club @ 1950 ; ag:conflictsWith claim:two\ntwo = ada founded club @ 1999\nserve = bo servedOn board @ 1970/1980\nunit = club hasUnit board",
    "a service until the founding": CLUB + "found = ada founded club @ 1999\nserve = bo memberOf club @ 1999/2001",
    "two conflicts of three foundings": CLUB + "one = ada founded club @ 1950 ; ag:conflictsWith claim:two, claim:three\ntwo = ada founded club @ 1980 ; ag:conflictsWith claim:three\nthree = ada founded club @ 1999",
    "two entries into force": BILL + "f1: EntryIntoForce\nf2: EntryIntoForce\none = law underwent f1 @ 2013-11-20\ntwo = law underwent f2 @ 2014-11-20",
    "an end that is not known": CLUB + "one = bo memberOf club @ 1999/2003 ; ag:conflictsWith claim:two\ntwo = bo memberOf club @ 1999/2005",
    "a person without terms": BILL + "sign = cuomo signedIntoLaw bill @ 2013",
    "one term that fits": BILL + "o: Office\none = cuomo heldOffice o @ 2001/2003\ntwo = cuomo heldOffice o @ 2011/..\nsign = cuomo signedIntoLaw bill @ 2013",
    "a term without dates": BILL + "o: Office\none = cuomo heldOffice o @ 2001/2003\ntwo = cuomo heldOffice o\nsign = cuomo signedIntoLaw bill @ 2013",
    "terms that meet on a day": "o: Office\na: Person\nb: Person\nseat = o seatCount \"1\"^^xsd:integer\none = a heldOffice o @ 2011-01-01/2021-08-23\ntwo = b heldOffice o @ 2021-08-23/..",
    "an office with two seats": "o: Office\na: Person\nb: Person\nseat = o seatCount \"2\"^^xsd:integer\none = a heldOffice o @ 2011/2021\ntwo = b heldOffice o @ 2015/2017",
    "one person told twice": "o: Office\na: Person\nseat = o seatCount \"1\"^^xsd:integer\none = a heldOffice o @ 2011/2021\ntwo = a heldOffice o @ 2015/2017",
    "no jurisdiction": STATES + "law: Law\none = bill becameLaw law\nsec: LawSection\ntwo = bill amends sec",
    "a chamber of the same state": STATES + "in-c = bill inChamber ny-senate",
    "letters of a small chamber": "senate: Chamber\n" + "".join(f"b{n}: Bill\nin{n} = b{n} inChamber senate\nno{n} = b{n} billNumber \"{text}\"\n" for n, text in enumerate(("S.1", "S.2", "A.77"))),
    "numbers of two sessions": "senate: Chamber\ns: Session\nt: Session\n" + "".join(f"b{n}: Bill\nin{n} = b{n} inChamber senate\nof{n} = b{n} inSession {of}\nno{n} = b{n} billNumber \"S.77\"\n" for n, of in ((1, "s"), (2, "t"))),
    "a tree of units": "a: Organization\nb: Unit\nc: Unit\none = a hasUnit b\ntwo = b hasUnit c\nthree = a hasUnit c",
    "100 percent": "o: Observation ; ag:value \"100\"^^xsd:decimal ; ag:unit \"percent\"",
    "815 people": "o: Observation ; ag:value \"815\"^^xsd:decimal ; ag:unit \"people\"",
    "counts of voters": VOTE + "n = vote voteCount \"2\"^^xsd:integer as Yes\np1 = a tookPart vote as Yes\np2 = b tookPart vote as YesWithReservations\np3 = c tookPart vote as No",
    "reservations that are counted apart": VOTE
    + 'n = vote voteCount "1"^^xsd:integer as Yes\nm = vote voteCount "1"^^xsd:integer as YesWithReservations\np1 = a tookPart vote as Yes\np2 = b tookPart vote as YesWithReservations',
    "a voter told twice": VOTE + "n = vote voteCount \"1\"^^xsd:integer as Yes\np1 = a tookPart vote as Yes\np2 = a tookPart vote as YesWithReservations",
    "as many votes as seats": VOTE + "seats = senate seatCount \"63\"^^xsd:integer\nacts = senate tookPart vote as ActingBody\nyes = vote voteCount \"60\"^^xsd:integer as Yes\nwith = vote voteCount \"5\"^^xsd:integer as YesWithReservations\nno = vote voteCount \"3\"^^xsd:integer as No",
    "signatures that grow": "p: Petition\none = p signatureCount \"400\"^^xsd:integer @ 2021-05-01\ntwo = p signatureCount \"500\"^^xsd:integer @ 2021-06-01\nthree = p signatureCount \"450\"^^xsd:integer",
    "an identifier of what belongs together": "a: Person\nb: Person\njoin = a affiliatedWith b\none = a identifier \"ocd-person/1\"^^ag:OcdId\ntwo = b identifier \"ocd-person/1\"^^ag:OcdId",
    "one value in two schemes": "a: Person\nb: Person\none = a identifier \"7\"^^ag:GpoId\ntwo = b identifier \"7\"^^ag:CspanId",
    "a role that fits": BILL + "one = klein sponsored bill as Cosponsor",
    "announced as to come": BILL + "intro = klein introduced bill @ 2013-06-04 ; ag:prospective true\ntold = klein announced claim:intro @ 2013-05",
    "plain parts of an address": "p: PostalAddress ; schema:postalCode \"10010\"\nbo: Body\none = bo hasAddress p",
    "a plain fact that is claimed too": "p: Person ; ag:gender \"x\"\none = p gender \"x\"",
    "a graph without claims": "p: Person ; schema:birthDate \"1980\"",
}  # fmt: skip


@pytest.mark.parametrize("name", SOUND)
def test_nothing_is_told_where_there_is_doubt(name: str, tmp_path: Path) -> None:
    findings = validate(folder_of(tmp_path / "g", SOUND[name])).findings
    assert [(f.shape, f.message) for f in findings if f.shape in RULES] == []


def test_a_bill_that_becomes_two_laws_is_found_by_its_shape(tmp_path: Path) -> None:
    text = BILL + "other: Law\none = bill becameLaw law\ntwo = bill becameLaw other"
    assert found(folder_of(tmp_path / "g", text), "bill-one-law")


CONTRADICTION = CASES["signing before introduction"]


@pytest.mark.parametrize("engine", ["compiled", "pyshacl"])
@pytest.mark.parametrize("of", ["sign", "intro"])
def test_nothing_is_named_of_a_sensitive_claim(tmp_path: Path, of: str, engine: Engine) -> None:
    lines = CONTRADICTION.text.splitlines()
    text = "\n".join(f"{row} ; ag:sensitive true" if row.startswith(of) else row for row in lines)
    report = validate(folder_of(tmp_path / "g", text), engine=engine)
    findings = [f for f in report.findings if f.shape == "order-of-actions"]
    assert [(f.line, f.focus, f.others) for f in findings] == [(line(text, "sign"), "", ())]
    assert findings[0].message == "a sensitive claim breaks the rule “order-of-actions”"
    for format in ("text", "json", "turtle", "sarif"):
        written = report.write(format).decode()
        start = written.index("order-of-actions")
        assert "cuomo" not in written[start - 600 : start + 600] or format in ("json", "turtle")


def test_plain_facts_of_sensitive_things_are_told_apart(tmp_path: Path) -> None:
    text = (
        'a: Person ; schema:birthDate "1980-01-01"\nb: Person ; schema:birthDate "1981-02-02"\n'
        "club: Body\none = a memberOf club\nsecret = b memberOf club ; ag:sensitive true"
    )
    findings = found(folder_of(tmp_path / "g", text), "plain-fact")
    assert [(f.line, f.focus) for f in findings] == [
        (line(text, "a:"), "id:a"),
        (line(text, "b:"), ""),
    ]
    assert not any("1981" in str(f) or "id:b" in str(f) for f in findings)


def test_plain_facts_are_counted_with_three_places(tmp_path: Path) -> None:
    text = "".join(f'p{n}: Person ; schema:birthDate "{n}"\n' for n in range(1, 6))
    text += "club: Body\none = p1 memberOf club"
    (finding,) = found(folder_of(tmp_path / "g", text), "plain-fact")
    assert "5 such triples in all" in finding.message
    assert [place.line for place in finding.others] == [line(text, "p2:"), line(text, "p3:")]


def test_the_manifest_allows_plain_facts(tmp_path: Path) -> None:
    case = CASES["a plain birth date"]
    folder = folder_of(tmp_path / "g", case.text)
    manifest = folder.root / "allgraph.toml"
    text = manifest.read_text()
    for allowed in ("schema:birthDate", "https://schema.org/birthDate"):
        manifest.write_text(f'{text}plain = ["{allowed}"]\n')
        assert found(open_folder(folder.root), "plain-fact") == []
    manifest.write_text(f'{text}plain = ["schema:deathDate"]\n')
    assert found(open_folder(folder.root), "plain-fact")


@pytest.mark.parametrize(
    "wrong", ['"schema:birthDate"', '["nothing:birthDate"]', "[1]", '["birthDate"]']
)
def test_a_wrong_list_of_plain_predicates_is_an_error(tmp_path: Path, wrong: str) -> None:
    root = folder_of(tmp_path / "g", "a: Person").root
    with (root / "allgraph.toml").open("a") as manifest:
        manifest.write(f"plain = {wrong}\n")
    with pytest.raises(FolderError, match="plain"):
        open_folder(root)


def test_a_finding_is_shown_for_either_of_its_files(tmp_path: Path) -> None:
    *others, sign = CONTRADICTION.text.splitlines()
    folder = folder_of(tmp_path / "g", "\n".join(others))
    second = folder.root / "data" / "second.ttl"
    second.write_text(HEAD + turtle(sign), encoding="utf-8")
    for file in (folder.root / FILE, second):
        assert "order-of-actions" in {f.shape for f in validate(folder, [file]).findings}


def test_json_and_sarif_have_the_other_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_of(tmp_path / "g", CONTRADICTION.text)
    monkeypatch.chdir(tmp_path / "g")
    report = validate(folder)
    other = line(CONTRADICTION.text, "intro")
    findings = json.loads(report.write("json"))["findings"]
    (finding,) = [f for f in findings if f["shape"] == "order-of-actions"]
    assert finding["others"] == [{"file": FILE, "line": other}]
    results = json.loads(report.write("sarif"))["runs"][0]["results"]
    (result,) = [r for r in results if r["ruleId"] == "order-of-actions"]
    (location,) = result["relatedLocations"]
    assert location["physicalLocation"]["region"] == {"startLine": other}
    assert location["physicalLocation"]["artifactLocation"] == {"uri": FILE}


@pytest.mark.parametrize("name", [*CASES][:: 1 if LONG else 4])
def test_what_is_new_since_a_revision_is_found(name: str, tmp_path: Path) -> None:
    """The last line of a snippet is added to the rest of it, and the finding with it."""
    case = CASES[name]
    lines = case.text.strip().splitlines()
    folder = folder_of(tmp_path / "g", "\n".join(lines[:-1]))
    git(folder.root, "init", "-q")
    git(folder.root, "add", "-A")
    git(folder.root, "commit", "-q", "-m", "before")
    before = {f.message for f in found(folder, case.rule)}
    (folder.root / FILE).write_text(HEAD + turtle(case.text) + "\n", encoding="utf-8")
    new = {f for f in found(folder, case.rule) if f.message not in before}
    assert new <= {*validate(folder, changed="HEAD").findings}
