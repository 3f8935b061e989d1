"""A seeded graph like the bulk records of legislatures: many people, few names, one source.

Each person has names, identifiers, parties, and terms with an office and a district, often with a
committee; about ten claims in all. All of them cite one source, each by the pointer of its record.
Parties, offices and that source are in thousands of claims.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path

from bench.folder import PER_FILE, PREFIXES

CLAIMS_PER_PERSON = 10
MANIFEST = 'format = 1\ntitle = "Members of legislatures"\nbase = "https://example.org/big/"\n'
READ = "2026-01-15"
SOURCE = f"""\
source:people a ag:Source ;
    rdfs:label "Members of legislatures, bulk file of {READ}" ;
    prov:specializationOf <https://example.org/legislatures/people.json> ;
    ag:read "{READ}"^^edtf:EDTF ;
    ag:earliest "{READ}"^^xsd:date ;
    ag:latest "{READ}"^^xsd:date ;
    ag:sha256 "{sha256(READ.encode()).hexdigest()}" ;
    dcterms:license <https://creativecommons.org/publicdomain/zero/1.0/> .

"""
_PREFIXES = f"""\
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
{PREFIXES}"""
_PER_STATE = 500  # people
_PER_DISTRICT = 5
_COMMITTEES = 10  # of a chamber
_PARTIES = ("Civic Union", "Farmers", "Greens", "Labour", "Liberals", "Regional List")
_OCCUPATIONS = ("Lawyer", "Teacher", "Farmer", "Nurse", "Engineer", "Journalist", "Merchant")
_GIVEN = ("Ada", "Alan", "Amy", "Ben", "Carla", "Dan", "Ed", "Emma", "Eva", "Fred", "Gina", "Hugo",
          "Ida", "Jan", "Joan", "Karl", "Lea", "Max", "Nora", "Otto")  # fmt: skip
_FAMILY = [
    first + last
    for first in "Al Ar Bar Car Dun El Fen Gar Hart Kel Lin Mor Nor Os Pel Sten".split()
    for last in "berg by den dale ford gard ley lund man mer ner rick son ton".split()
]

Claim = tuple[str, str, str, str, str]
"""Subject, predicate, object, date, and the place in the source; object and date as in Turtle."""


def write(folder: Path, people: int) -> int:
    """Write it as a graph folder; how many claims it has."""
    (folder / "data").mkdir(parents=True)
    (folder / "allgraph.toml").write_text(MANIFEST)
    things = "".join((SOURCE, *_frame_things(people), *_person_things(people)))
    (folder / "data" / "things.ttl").write_text(_PREFIXES + things)
    rows, count = enumerate(claims(people)), 0
    while texts := [_turtle(n, claim) for n, claim in islice(rows, PER_FILE)]:
        (folder / "data" / f"claims-{count}.ttl").write_text(PREFIXES + "".join(texts))
        count += len(texts)
    return count


def claims(people: int) -> Iterator[Claim]:
    """All claims of a graph with so many people; the same ones for the same number."""
    chance = random.Random(people)
    yield from _frame_claims(people)
    for number in range(people):
        yield from _claims_about(number, people, chance)


def name(number: int) -> str:
    """The name of a person; each tenth has that of the one before, and many by chance."""
    chance = random.Random(f"name {number - (number % 10 == 9)}")
    return f"{chance.choice(_GIVEN)} {chance.choice(_FAMILY)}"


def _states(people: int) -> range:
    return range(max(1, people // _PER_STATE))


def _districts(people: int) -> int:
    """How many districts a chamber has."""
    return max(1, people // len(_states(people)) // 2 // _PER_DISTRICT)


def _thing(iri: str, cls: str, label: str) -> str:
    return f'id:{iri} a ag:{cls} ;\n    rdfs:label "{label}" .\n\n'


def _frame_things(people: int) -> Iterator[str]:
    """Parties, and the bodies, offices and districts of each state."""
    for n, party in enumerate(_PARTIES):
        yield _thing(f"party-{n}", "Organization", party)
    for state in _states(people):
        yield _thing(f"state-{state}", "Jurisdiction", f"State {state}")
        yield _thing(f"legislature-{state}", "Unit", f"Legislature of State {state}")
        for chamber in (f"{state}-lower", f"{state}-upper"):
            yield _thing(f"chamber-{chamber}", "Chamber", f"Chamber {chamber}")
            yield _thing(f"member-{chamber}", "Office", f"Member of Chamber {chamber}")
            for n in range(_COMMITTEES):
                label = f"Committee {n} of Chamber {chamber}"
                yield _thing(f"committee-{chamber}-{n}", "Committee", label)
            for n in range(_districts(people)):
                yield _thing(f"district-{chamber}-{n}", "District", f"District {chamber} {n}")


def _person_things(people: int) -> Iterator[str]:
    for number in range(people):
        yield _thing(f"p{number:07}", "Person", name(number))


def _frame_claims(people: int) -> Iterator[Claim]:
    """Which bodies are parts of which, where offices are, and the identifiers of states."""
    for state in _states(people):
        ocd = f'"ocd-jurisdiction/country:us/state:{state}/government"^^ag:OcdId'
        yield f"state-{state}", "identifier", ocd, "", f"/states/{state}/id"
        legislature = f"legislature-{state}"
        yield f"state-{state}", "hasUnit", f"id:{legislature}", "", f"/states/{state}"
        for chamber in (f"{state}-lower", f"{state}-upper"):
            at = f"/states/{state}/chambers/{chamber}"
            yield legislature, "hasUnit", f"id:chamber-{chamber}", "", at
            yield f"member-{chamber}", "postIn", f"id:chamber-{chamber}", "", f"{at}/office"
            for n in range(_COMMITTEES):
                committee = f"id:committee-{chamber}-{n}"
                yield f"chamber-{chamber}", "hasUnit", committee, "", f"{at}/committees/{n}"


def _claims_about(number: int, people: int, chance: random.Random) -> Iterator[Claim]:
    who, at = f"p{number:07}", f"/people/{number}"
    given, family = name(number).split()
    yield who, "hasName", f'"{given} {family}"', "", f"{at}/name"
    if chance.random() < 0.4:
        yield who, "hasName", f'"{given[0]}. {family}"', "", f"{at}/other_names/0"
    yield who, "identifier", f'"ocd-person/{number:08x}"^^ag:OcdId', "", f"{at}/id"
    if chance.random() < 0.8:
        yield who, "identifier", f'"Q{number + 1_000_000}"^^ag:WikidataId', "", f"{at}/ids/wikidata"
    if chance.random() < 0.7:
        yield who, "hasOccupation", f'"{chance.choice(_OCCUPATIONS)}"', "", f"{at}/occupation"
    parties = chance.sample(range(len(_PARTIES)), 1 + (chance.random() < 0.05))
    for n, party in enumerate(parties):
        yield who, "listedAsKeyPersonOf", f"id:party-{party}", "", f"{at}/party/{n}"
    yield from _terms(number, people, chance)


def _terms(number: int, people: int, chance: random.Random) -> Iterator[Claim]:
    """Office and district of each term, one after the other, and for half of them a committee."""
    who, at = f"p{number:07}", f"/people/{number}"
    states, districts = len(_states(people)), _districts(people)
    seat = number // states
    chamber = f"{number % states}-{('lower', 'upper')[seat // districts % 2]}"
    district = f"id:district-{chamber}-{seat % districts}"
    year, count = chance.randrange(1950, 2018), min(5, 1 + int(chance.expovariate(0.65)))
    for n in range(count):
        first = year + 2 * n
        last = "" if first >= 2024 else f"{first + 1}-12-31"
        date = f"{first}-01-0{chance.randrange(1, 10)}/{last}"
        yield who, "heldOffice", f"id:member-{chamber}", date, f"{at}/roles/{n}/type"
        yield who, "representedDistrict", district, date, f"{at}/roles/{n}/district"
        if chance.random() < 0.5:
            committee = f"id:committee-{chamber}-{chance.randrange(_COMMITTEES)}"
            yield who, "servedOn", committee, date, f"{at}/roles/{n}/committee"


def _turtle(number: int, claim: Claim) -> str:
    subject, predicate, value, date, place = claim
    when = f'    ag:when "{date}"^^edtf:EDTF ;\n' if date else ""
    digest = sha256(value.encode()).hexdigest()
    return (
        f"claim:c{number:07} a ag:Claim ;\n    rdf:subject id:{subject} ;\n"
        f"    rdf:predicate ag:{predicate} ;\n    rdf:object {value} ;\n{when}"
        "    ag:evidence [\n        a oa:ResourceSelection ;\n"
        f'        oa:hasSource source:people ;\n        ag:section "{place}" ;\n'
        f'        ag:sha256 "{digest}" ;\n        ag:reading ag:AsStated\n    ] .\n\n'
    )
