"""Updates tell exactly what was edited: an oracle that knows the edits compares sets of texts."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from allgraph.errors import InputError
from tests.support.commands import run as command
from tests.support.importing import (
    BASE,
    HEAD,
    SOURCE,
    Live,
    check_evidence,
    live,
    make,
    output,
    put,
    run,
    seen,
    triples,
    withdrawn,
)

LINES = {
    "identifier": "person identifier {wd} scheme WikidataId",
    "heldOffice": "person heldOffice seat when {from?}/{to?}",
    "postIn": "seat postIn body",
}
World = dict[str, dict[str, Any]]


def mapping(lines: set[str], records: str = "people.json", extra: str = "") -> str:
    """A mapping of people with seats; two lines of it can be switched off."""
    said = json.dumps([LINES[line] for line in LINES if line in lines and line != "identifier"])
    own = ["person hasName {name}"] + [LINES["identifier"]] * ("identifier" in lines)
    roles = f'[[claims]]\neach = "roles"\nkey = ["body", "seat", "from"]\nsay = {said}\n'
    return f"""records = "{records}"
max-problems = 0
{extra}{HEAD}
[things]
person = {{ id = "{{id}}", a = "Person", label = "{{name}}" }}
seat = {{ each = "roles", id = "{{body}}-{{seat}}", a = "Office", label = "{{seat}} of {{body}}" }}
body = {{ each = "roles", id = "{{body}}", a = "Body", label = "{{body}}" }}
[[claims]]
say = {json.dumps(own)}
{roles if said != "[]" else ""}"""


def said(world: World, lines: set[str]) -> dict[str, set[Live]]:
    """What each record says, worked out by hand."""
    told: dict[str, set[Live]] = {}
    for key, record in world.items():
        name = " ".join(record["name"].split())
        own = told[key] = {Live(key, "hasName", name)}
        if "identifier" in lines:
            own.add(Live(key, "identifier", f"Q{key[1:]}"))
        for role in record["roles"]:
            seat = f"{role['body']}-{role['seat']}"
            start, end = role["from"], role.get("to") or ""
            if "heldOffice" in lines:
                own.add(Live(key, "heldOffice", seat, f"{start}/{end}"))
            if "postIn" in lines:
                when = f"{start}/{end}" if "when" in LINES["postIn"] else ""
                own.add(Live(seat, "postIn", role["body"], when))
    return told


def made_of(key: str, one: Live) -> tuple[str, ...]:
    """What the IRI of a claim is made of, if no other claim has it."""
    return key, *one[:3], one.when.partition("/")[0]


class History:
    """A source that is edited and imported; what the imports should say is worked out beside."""

    def __init__(self, root: Path, seed: int) -> None:
        self.root, self.chance = root, random.Random(seed)
        self.world: World = {}
        self.lines = {*LINES}
        self.gone: dict[Live, str] = {}  # withdrawn, with the IRI
        self.live: dict[Live, str] = {}
        self.told: dict[str, set[Live]] = {}
        self.made: dict[tuple[str, ...], str] = {}  # the IRIs that record and item gave
        make(root, mapping(self.lines), {})
        for _ in range(self.chance.randint(1, 6)):
            self.add()

    def add(self) -> None:
        number = self.chance.randint(1, 30)
        self.world.setdefault(
            f"p{number}", {"name": f"Ann {self.chance.choice('ABC')}", "roles": []}
        )
        for _ in range(self.chance.randint(0, 3)):
            self.add_role(f"p{number}")

    def add_role(self, key: str) -> None:
        role = {
            "body": self.chance.choice(["north", "south"]),
            "seat": self.chance.choice(["1", "2", "3"]),
            "from": str(self.chance.randint(2001, 2004)),
        }
        if self.chance.random() < 0.5:
            role["to"] = str(self.chance.randint(2005, 2009))
        roles = self.world[key]["roles"]
        if not any(all(old[f] == role[f] for f in ("body", "seat", "from")) for old in roles):
            roles.insert(self.chance.randint(0, len(roles)), role)

    def edit(self) -> None:
        """Change something at random."""
        chance, keys = self.chance, [*self.world]
        kind = chance.choice(["add", "remove", "name", "role", "unrole", "date", "start", "order",
                              "note", "lines"])  # fmt: skip
        key = chance.choice(keys) if keys else ""
        if kind == "add" or not key:
            self.add()
        elif kind == "remove":
            del self.world[key]
        elif kind == "name":
            self.world[key]["name"] = f"Ann {chance.choice('ABCD')}"
        elif kind == "role":
            self.add_role(key)
        elif kind == "order":
            chance.shuffle(keys)
            self.world = {key: self.world[key] for key in keys}
        elif kind == "note":
            self.world[key]["note"] = chance.random()
        elif kind == "lines":
            self.lines ^= {chance.choice([*LINES])}
        elif roles := self.world[key]["roles"]:
            role = chance.choice(roles)
            if kind == "unrole":
                roles.remove(role)
            elif kind == "date":
                role["to"] = str(chance.randint(2005, 2009))
            else:
                others = [(r["body"], r["seat"], r["from"]) for r in roles if r is not role]
                year = str(chance.randint(2001, 2004))
                if (role["body"], role["seat"], year) not in others:
                    role["from"] = year

    def write(self) -> None:
        records = [{"id": key, "wd": f"Q{key[1:]}", **record} for key, record in self.world.items()]
        put(self.root, "people.json", json.dumps(records, indent=self.chance.choice([None, 1])))
        put(self.root, "imports/people.toml", mapping(self.lines))

    def step(self, day: int) -> None:
        """Import, and compare with what should be there and be told."""
        self.write()
        old = self.told
        self.told = said(self.world, self.lines)
        now = set().union(*self.told.values()) if self.told else set()
        result = run(self.root, read=f"2026-01-{day:02}")
        counts = result.counts
        found, gone = live(self.root), withdrawn(self.root)
        assert {*found} == now

        redated: dict[Live, Live] = {}
        for key in old.keys() | self.told.keys():
            was, new = (
                old.get(key, set()) - now,
                self.told.get(key, set()) - {*self.live, *self.gone},
            )
            for ends in {one[:3] for one in was | new}:
                before = [one for one in was if one[:3] == ends]
                after = [one for one in new if one[:3] == ends]
                for one in [*before]:  # the item with the key that gave the IRI is back
                    same = [o for o in after if self.made.get(made_of(key, o)) == self.live[one]]
                    if same:
                        redated[one] = same[0]
                        before.remove(one)
                        after.remove(same[0])
                if len(before) == len(after) == 1:
                    redated[before[0]] = after[0]
        added = now - {*self.live} - {*redated.values()}
        left = {*self.live} - now - {*redated}
        switched = {one for one in left if one.predicate in {*LINES} - self.lines}
        owners = {one: key for key, own in self.told.items() for one in own}
        again = {one: self.gone[one] for one in added if one in self.gone} | {
            one: iri
            for one in added
            if one not in self.gone
            and (iri := self.made.get(made_of(owners[one], one), "")) in self.gone.values()
        }
        expected = Counter({
            "added": len(added - {*again}), "said again": len(again), "re-dated": len(redated),
            "no longer mapped": len(switched), "withdrawn": len(left - switched),
        })  # fmt: skip
        told = Counter({kind: counts[kind] for kind in counts if kind != "moved"})
        assert told == +expected

        for one, iri in found.items():  # the same claim keeps its IRI
            if one in self.live:
                assert iri == self.live[one], one
        for before_, after_ in redated.items():
            assert found[after_] == self.live[before_]
        for one, iri in again.items():
            assert found[one] == iri
        for one in added - {*again}:
            assert found[one] not in {*self.live.values(), *self.gone.values()}
            if one.predicate == "heldOffice" and found[one] not in self.made.values():
                self.made.setdefault(made_of(owners[one], one), found[one])
        for one in left - switched:
            self.gone[one] = self.live[one]
        used = {*found.values()}
        self.gone = {one: iri for one, iri in self.gone.items() if iri not in used}
        assert gone == self.gone
        assert not {*found.values()} & {*gone.values()}
        self.live = found
        check_evidence(self.root)

        before_bytes = output(self.root)
        again_result = run(self.root)
        assert output(self.root) == before_bytes
        assert not again_result.counts and again_result.mapped <= len(self.world)


@pytest.mark.parametrize("seed", range(12))
def test_random_edits_are_told_exactly(tmp_path: Path, seed: int) -> None:
    history = History(tmp_path, seed)
    for day in range(1, 12):
        history.step(day)
        for _ in range(history.chance.randint(1, 3)):
            history.edit()


def person(number: int, key: str, name: str, *roles: str) -> dict[str, Any]:
    """A record of a person with seats, each its body, its number and the year."""
    parts = [dict(zip(("body", "seat", "from"), role.split(), strict=True)) for role in roles]
    return {"id": key, "wd": f"Q{number}", "name": name, "roles": parts}


@pytest.mark.parametrize("seed", range(20, 26))
def test_shared_claims_with_dates_keep_their_iris_whoever_says_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setitem(LINES, "postIn", "seat postIn body when {from?}/{to?}")
    history, before, gone = History(tmp_path, seed), dict[Live, str](), dict[Live, str]()
    for day in range(1, 12):
        history.write()
        run(tmp_path, read=f"2026-01-{day:02}")
        found = live(tmp_path)
        told = said(history.world, history.lines).values()
        assert {*found} == set().union(*told)
        assert all(iri == {**before, **gone}.get(one, iri) for one, iri in found.items())
        before, gone = found, withdrawn(tmp_path)
        assert not {*found.values()} & {*gone.values()} and not {*found} & {*gone}
        check_evidence(tmp_path)
        for _ in range(history.chance.randint(1, 4)):
            history.edit()


PEOPLE = [
    person(1, "ann", "Ann Lee", "north 1 2001"),
    person(2, "bob", "Bob Ray", "north 1 2003"),
    person(3, "cid", "Cid Fox", "south 2 2003"),
]
LABELLED = '<{}id/{}> <http://www.w3.org/2000/01/rdf-schema#label> "{}" .\n'


def people(root: Path, records: list[dict[str, Any]] = PEOPLE) -> Path:
    """A folder with three people, two of whom had one seat."""
    return make(root, mapping({*LINES}), {"people.json": json.dumps(records)})


def change(records: list[dict[str, Any]], number: int, **fields: Any) -> str:
    """The records as JSON, with other fields of one."""
    changed = deepcopy(records)
    changed[number] |= fields
    return json.dumps(changed)


def test_a_shared_claim_goes_from_record_to_record_and_keeps_its_iri(tmp_path: Path) -> None:
    root = people(tmp_path)
    run(root)
    seat = Live("north-1", "postIn", "north")
    first = live(root)[seat]
    put(root, "people.json", json.dumps(PEOPLE[1:]))
    result = run(root, read="2026-01-02")
    assert result.counts == {"withdrawn": 3, "moved": 1}
    assert live(root)[seat] == first and seat not in withdrawn(root)
    put(root, "people.json", json.dumps(PEOPLE[2:]))
    assert run(root, read="2026-01-03").counts == {"withdrawn": 4}
    assert withdrawn(root)[seat] == first
    put(root, "people.json", json.dumps(PEOPLE[1:]))
    assert run(root, read="2026-01-04").counts == {"said again": 4}
    assert live(root)[seat] == first and seat not in withdrawn(root)


def test_only_records_that_say_a_lost_claim_are_mapped_again(tmp_path: Path) -> None:
    root = people(tmp_path)
    run(root)
    put(root, "people.json", change(PEOPLE, 0, roles=[]))
    result = run(root, read="2026-01-02")
    assert result.counts == {"withdrawn": 1, "moved": 1}
    assert result.mapped == 2  # Ann, who is changed, and Bob, who had the same seat; not Cid
    assert Live("north-1", "postIn", "north") in live(root)


def test_a_record_that_is_gone_comes_back_with_the_same_claims(tmp_path: Path) -> None:
    root = people(tmp_path)
    run(root)
    before = live(root)
    put(root, "people.json", json.dumps(PEOPLE[:2]))
    assert run(root, read="2026-01-02").counts == {"withdrawn": 4}
    states = {s.evidence["hasSource"] for s in seen(root).values() if s.withdrawn}
    assert len(states) == 1 and min(states).startswith(f"{SOURCE}-2026-01-01-")
    put(root, "people.json", json.dumps(PEOPLE))
    assert run(root, read="2026-01-03").counts == {"said again": 4}
    assert live(root) == before and not withdrawn(root)
    assert "2026-01-01" not in output(root).decode()


def test_records_that_did_not_change_are_not_mapped_and_their_claims_stay_byte_for_byte(
    tmp_path: Path,
) -> None:
    root = people(tmp_path)
    run(root)
    before = claims_of(root)
    new = person(9, "abe", "Abe Ash")
    put(root, "people.json", json.dumps([new, *PEOPLE], indent=0))
    result = run(root, read="2026-01-02")
    assert result.counts == {"added": 2} and check_evidence(root)
    after = claims_of(root)
    assert {iri: after[iri] for iri in before} == before
    put(root, "people.json", json.dumps([new, *PEOPLE], indent=0).replace("Abe", "Ape"))
    result = run(root, read="2026-01-03")
    assert (result.mapped, result.counts) == (1, {"added": 1, "withdrawn": 1})


def claims_of(root: Path) -> dict[str, set[str]]:
    """The lines of claims and evidence, by claim."""
    lines = [line for line in triples(root) if "/claim/" in line.split(" ")[0]]
    return {
        iri: {line for line in lines if line.startswith((f"<{iri}>", f"<{iri}#"))}
        for iri in live(root).values()
    }


def test_labels_that_other_files_own_are_left_to_them(tmp_path: Path) -> None:
    root = people(tmp_path)
    run(root)
    alone = triples(root)
    for label in ("Ann Lee", "A. Lee", "north", "Ann Lee"):
        put(root, "data/own.nt", LABELLED.format(BASE, "north", label))
        run(root)
        assert not [one for one in triples(root) if "/id/north>" in one and "#label>" in one]
        assert {one.object for one in live(root) if one.subject == "north"} == {"north"} - {label}
    put(root, "data/own.nt", LABELLED.format(BASE, "north", "north"))
    run(root)
    assert not [one for one in live(root) if one.subject == "north"]
    put(root, "data/own.nt", LABELLED.format(BASE, "north", "The North"))
    assert run(root).counts == {"added": 1}
    assert Live("north", "hasName", "north") in live(root)
    put(root, "data/own.nt", "")
    run(root)
    assert triples(root) == alone


def test_a_plan_is_one_until_its_day_has_come(tmp_path: Path) -> None:
    records: list[dict[str, Any]] = deepcopy(PEOPLE)
    records[0]["roles"][0]["to"] = "2026-03-01"
    root = people(tmp_path, records)
    run(root, read="2026-02-28")
    plan = Live("ann", "heldOffice", "north-1", "2001/2026-03-01?")
    iri = live(root)[plan]
    put(root, "people.json", change(records, 1, name="Bob Roy"))
    result = run(root, read="2026-03-01")
    assert result.counts == {"added": 1, "withdrawn": 1, "re-dated": 1}
    assert live(root)[plan._replace(when="2001/2026-03-01")] == iri
    put(root, "people.json", json.dumps(records))  # an older state is read again
    run(root, read="2026-02-28")
    assert live(root)[plan] == iri


@pytest.mark.parametrize("first", [True, False])
def test_the_form_of_the_output_changes_with_its_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: bool
) -> None:
    root = people(tmp_path)
    contents: dict[object, object] = {}
    for is_large in (first, not first, first):
        monkeypatch.setattr("allgraph.imports.output.LARGE", 5 if is_large else 10_000)
        result = run(root)
        assert result.path and result.path.name == f"people{'.nt.zst' if is_large else '.ttl'}"
        assert result.mapped == (0 if contents else 3) and not (contents and result.counts)
        assert contents.setdefault(is_large, output(root)) == output(root)
        assert contents.setdefault("triples", triples(root)) == triples(root)


def test_two_ways_to_one_state_and_two_hash_seeds_give_the_same_bytes(tmp_path: Path) -> None:
    """As long as nothing is withdrawn on the way."""
    roots = [people(tmp_path / name, PEOPLE[:1]) for name in "ab"]
    run(roots[0])
    put(roots[0], "people.json", json.dumps(PEOPLE[:2]))
    run(roots[0], read="2026-01-02")
    run(roots[1])
    for root in roots:
        put(root, "people.json", json.dumps(PEOPLE))
        run(root, read="2026-01-03")
    fresh = people(tmp_path / "c")
    run(fresh, read="2026-01-03")
    assert output(roots[0]) == output(roots[1]) == output(fresh)
    for seed in ("1", "2"):
        root = people(tmp_path / seed)
        subprocess.run(
            [sys.executable, "-m", "allgraph", "--graph", root, "import", "--read", "2026-01-03"],
            env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True,
        )  # fmt: skip
        assert output(root) == output(fresh)


def test_two_ids_of_one_iri_are_refused_even_if_one_is_in_an_unchanged_record(
    tmp_path: Path,
) -> None:
    root = people(tmp_path)
    run(root)
    before = output(root)
    put(
        root,
        "people.json",
        json.dumps([*PEOPLE, person(9, "Ánn", "Ann")]),
    )
    with pytest.raises(InputError, match=r"“Ánn” and “ann” .*would both be id:ann|“ann” and “Ánn”"):
        run(root)
    role = {"body": "NORTH", "seat": "1", "from": "2009"}
    put(root, "people.json", change(PEOPLE, 2, roles=[role]))
    with pytest.raises(InputError, match="would both be id:north"):
        run(root)
    assert output(root) == before


def test_one_key_twice_is_told_each_time_and_the_first_record_has_it(tmp_path: Path) -> None:
    text = mapping({*LINES}).replace("max-problems = 0", "max-problems = 1.0")
    twice = [*PEOPLE, {**PEOPLE[0], "name": "Ann Low"}, PEOPLE[1]]
    root = make(tmp_path, text, {"people.json": json.dumps(twice)})
    for _ in range(2):
        result = run(root)
        assert [str(problem) for problem in result.problems] == [
            "people.json: line 1, /3: has the same key as people.json: line 1, /0",
            "people.json: line 1, /4: has the same key as people.json: line 1, /1",
        ]
        assert Live("ann", "hasName", "Ann Low") not in live(root)
        assert {claim.record_place for claim in seen(root).values()} == {"/0", "/1", "/2"}


def test_a_mapping_that_reads_fewer_files_removes_and_does_not_withdraw(tmp_path: Path) -> None:
    files = {f"{one['id']}.json": json.dumps(one) for one in PEOPLE}
    root = make(tmp_path, mapping({*LINES}, "*.json"), files)
    run(root)
    put(root, "imports/people.toml", mapping({*LINES}, "[ab]*.json"))
    assert run(root).counts == {"no longer mapped": 4}
    put(root, "imports/people.toml", mapping({*LINES}, "*.json"))
    assert run(root).counts == {"added": 4}
    (root / "cid.json").unlink()
    put(root, "imports/people.toml", mapping({*LINES}, "*.json", "# another\n"))
    assert run(root, read="2026-01-02").counts == {"withdrawn": 4}


def test_another_source_and_another_key_keep_what_is_still_said(tmp_path: Path) -> None:
    root = people(tmp_path)
    run(root)
    before = live(root)
    text = mapping({*LINES}).replace("max-problems", 'key = ["name"]\nmax-problems')
    put(root, "imports/people.toml", text)
    assert run(root).counts == {"moved": len(before)}
    assert live(root) == before
    put(root, "imports/people.toml", text.replace("[source]", '[source]\niri = "source:other"'))
    assert run(root).counts == {"moved": len(before)}
    assert live(root) == before


def test_two_mappings_of_a_folder_share_things(tmp_path: Path) -> None:
    root = people(tmp_path)
    put(
        root,
        "imports/more.toml",
        mapping({*LINES}, "more.json"),
    )
    put(root, "more.json", json.dumps([{**PEOPLE[0], "name": "Ann B. Lee"}]))
    run(root)
    run(root, "more")
    for _ in range(2):
        both = [output(root), output(root, "more")]
        run(root)
        run(root, "more")
        assert both == [output(root), output(root, "more")]
    assert Live("ann", "hasName", "Ann B. Lee") in live(root, "more")
    labels = [one for one in triples(root, "more") if "#label>" in one and "/id/" in one]
    assert not labels, labels


def test_problems_are_a_share_of_all_records_in_the_second_run_too(tmp_path: Path) -> None:
    text = f"""records = "people.csv"
key = ["name"]
max-problems = 0.2
{HEAD}
[things]
person = {{ id = "{{name}}", a = "Person", label = "{{name}}" }}
[[claims]]
say = "person hasName {{name}} when {{since}}/"
"""
    rows = [f"p{number},{'soon' if number == 3 else 2001}\n" for number in range(10)]
    make(tmp_path, text, {"people.csv": "name,since\n" + "".join(rows)})
    assert run(tmp_path).problem_count == 1
    again = run(tmp_path)  # only the record without claims is mapped
    assert (again.mapped, again.problem_count, again.claims) == (1, 1, 9)


def test_what_an_import_writes_is_valid(tmp_path: Path) -> None:
    root = people(tmp_path)
    run(root)
    put(root, "people.json", change(PEOPLE[:2], 0, name="Ann Low"))
    run(root, read="2026-01-02")
    assert len(withdrawn(root)) == 5
    done = command("-g", str(root), "validate")
    assert done.returncode == 0 and "violation" not in done.stdout, done.stdout
