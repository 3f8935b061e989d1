"""Updates tell exactly what was edited: an oracle that knows the edits compares sets of texts."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.support.importing import (
    HEAD,
    Live,
    check_evidence,
    live,
    make,
    output,
    put,
    run,
    withdrawn,
)

LINES = {
    "identifier": "person identifier {id} scheme BallotpediaId",
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
            own.add(Live(key, "identifier", key))
        for role in record["roles"]:
            seat = f"{role['body']}-{role['seat']}"
            start, end = role["from"], role.get("to") or ""
            if "heldOffice" in lines:
                own.add(Live(key, "heldOffice", seat, f"{start}/{end}"))
            if "postIn" in lines:
                own.add(Live(seat, "postIn", role["body"]))
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
        records = [{"id": key, **record} for key, record in self.world.items()]
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
            was, new = old.get(key, set()) - now, self.told.get(key, set()) - {*self.live}
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
