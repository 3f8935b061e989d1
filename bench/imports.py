"""What ``allgraph import`` takes, beside reading the same files and converters that keep less.

Run it as ``python -m bench.imports [RECORDS …]`` (default 1000 25000). The records are people in
the form of Open States, who do not exist, imported by the mapping that comes with allgraph; with
``--clone DIRECTORY`` they are the real ones. In each round all run once, in processes of their own:

- *import*: the first one; *no change*, *ten edits*: again; *build*: ``allgraph build`` after it
- *CSafeLoader*: PyYAML reads the files, and nothing is done with them
- *plain*: a converter written by hand for these claims, as N-Triples: no evidence, no places, no
  digests, no update; it must find as many claims
- *morph-kgc*, with ``--morph PYTHON`` that has it: two claims of a person, name and identifier, by
  RML from one file of JSON, since it reads no YAML
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import allgraph
from allgraph.folder import open_folder
from allgraph.rdf import files
from bench.runs import Failed, Run, run
from bench.startup import ALLGRAPH

NAME = "openstates-people"
READY = Path(allgraph.__file__).parent / "imports" / "ready" / "openstates"
MANIFEST = 'format = 1\ntitle = "People"\nbase = "https://example.org/"\n'
STATES = "al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md".split()
FOLDERS = ("legislature", "retired")
PARTS = "Al Ar Bar Car Dun El Fen Gar Hart Kel Lin Mor Nor Os Pel Sten".split()
IN_MAPPING = {"upper", "lower", "legislature"}
RML = """\
@prefix rml: <http://w3id.org/rml/> .
@prefix ag: <https://w3id.org/allgraph/ns#> .
<#people> rml:logicalSource [ rml:source "PLACE/people.json" ;
        rml:referenceFormulation rml:JSONPath ; rml:iterator "$[*]" ] ;
    rml:subjectMap [ rml:template "https://example.org/id/{id}" ] ;
    rml:predicateObjectMap [ rml:predicate ag:hasName ; rml:objectMap [ rml:reference "name" ] ] ,
        [ rml:predicate ag:identifier ; rml:objectMap [ rml:reference "id" ] ] .
"""


def person(number: int) -> tuple[str, str]:
    """A person who does not exist: the name of the file, and its YAML."""
    draw = random.Random(number)
    digest = sha256(str(number).encode()).hexdigest()
    uuid = re.sub(r"(.{8})(.{4})(.{4})(.{4})(.{12}).*", r"\1-\2-\3-\4-\5", digest)
    given, family = ("".join(draw.choices(PARTS, k=2)).capitalize() for _ in range(2))
    state, folder = STATES[number % len(STATES)], FOLDERS[draw.random() < 0.4]
    lines = [f"id: ocd-person/{uuid}", f"name: {given} {family}", f"given_name: {given}",
             f"family_name: {family}", f"email: {given}@example.org", "party:",
             f"- name: {draw.choice(('Farmers', 'Greens', 'Civic Union'))}", "roles:"]  # fmt: skip
    year = draw.randrange(1990, 2010)
    for _ in range(draw.choice((1, 1, 2, 3, 4))):
        lines += [f"- start_date: {year}-01-0{draw.randrange(1, 9)}",
                  f"  end_date: '{year + 2}-01-01'", f"  type: {draw.choice(('upper', 'lower'))}",
                  f"  jurisdiction: ocd-jurisdiction/country:us/state:{state}/government",
                  f"  district: '{draw.randrange(1, 60)}'"]  # fmt: skip
        year += 3
    lines += ["offices:", "- classification: capitol", "  address: Room 1, 2 Main Street, Nowhere",
              "  voice: 555-0100", "links:"]  # fmt: skip
    lines += [f"- url: https://example.org/{state}/{uuid}/{n}" for n in range(2)]
    lines += ["other_identifiers:", "- scheme: legacy_openstates",
              f"  identifier: {state.upper()}L{number:06}", "other_names:",
              f"- name: {family}, {given}", "sources:"]  # fmt: skip
    lines += [f"- url: https://example.org/source/{uuid}/{n}" for n in range(4)]
    return f"data/{state}/{folder}/{given}-{family}-{uuid}.yml", "\n".join(lines) + "\n"


def write(root: Path, records: int) -> None:
    """The files of some people."""
    for name, text in map(person, range(records)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def sources(root: Path) -> list[Path]:
    """The files that the mapping names."""
    found = root.glob("data/*/*/*.yml")
    folders = {"legislature", "retired", "executive", "municipalities"}
    return sorted(path for path in found if path.parent.name in folders)


def people(root: Path) -> Iterator[Any]:
    """The people in all files, as PyYAML reads them the fastest."""
    import yaml

    for path in sources(root):
        yield yaml.load(path.read_bytes(), yaml.CSafeLoader)


def load(root: str) -> None:
    """Read all files."""
    print(json.dumps({"records": sum(1 for _ in people(Path(root)))}))


def said(one: Any) -> Iterator[tuple[str, str, str, str]]:
    """The claims of a person: subject, predicate, object, date."""
    who = one["id"]
    yield who, "identifier", who, ""
    for field, predicate in (("name", "hasName"), ("given_name", "givenName"),
                             ("middle_name", "additionalName"), ("family_name", "familyName"),
                             ("suffix", "honorificSuffix")):  # fmt: skip
        if one.get(field):
            yield who, predicate, one[field], ""
    for other in one.get("other_names", ()):
        yield who, "hasName", other["name"], dates(other)
    for other in one.get("other_identifiers", ()):
        yield who, "identifier", f"{other['identifier']}^^{other['scheme']}", ""
    for link in one.get("links", ()):
        if link.get("note") in ("homepage", "website"):
            yield who, "hasWebsite", link["url"], ""
    for party in one.get("party", ()):
        yield who, "memberOf", party["name"], dates(party)
    for role in one.get("roles", ()):
        place, when = role["jurisdiction"], dates(role)
        body = f"{place}-{role['type']}"
        if role["type"] in IN_MAPPING:
            district = f"{body}-{role.get('district', '')}"
            yield who, "heldOffice", f"{body}-member", when
            yield who, "representedDistrict", district, when
            yield f"{body}-member", "postIn", body, ""
            yield body, "inJurisdiction", place, ""
            yield district, "inJurisdiction", place, ""
        else:
            yield who, "heldOffice", f"{body}-office", when
            yield f"{body}-office", "hasDistrict", place, ""


def dates(one: Any) -> str:
    start, end = one.get("start_date", ""), one.get("end_date", "")
    return f"{start}/{end}" if start or end else ""


def convert(root: str) -> None:
    """Write the claims of all people, each once."""
    seen: set[int] = set()
    with tempfile.TemporaryFile("w") as out:
        for one in people(Path(root)):
            for claim in said(one):
                key = hash(claim)
                if key not in seen:
                    seen.add(key)
                    out.write("".join(f"_:c{len(seen)} <x:{n}> {json.dumps(str(part))} .\n"
                                      for n, part in enumerate(claim) if part))  # fmt: skip
    print(json.dumps({"claims": len(seen)}))


def edit(root: Path) -> dict[Path, str]:
    """Change the first district in ten files; return what they were."""
    chosen = random.Random(1).sample(sources(root), 10)
    before = {path: path.read_text() for path in chosen}
    for path, text in before.items():
        path.write_text(re.sub("(district: '?)", r"\g<1>9", text, count=1))
    return before


def round_of(folder: Path, root: Path, morph: str) -> Iterator[tuple[str, Run]]:
    """Run all once; yield what each took."""
    for name in ("data", ".allgraph"):
        shutil.rmtree(folder / name, ignore_errors=True)
    ours = [ALLGRAPH, "--graph", str(folder)]
    imported = [*ours, "import", NAME, "--from", str(root), "--read", "2026-11-20"]
    code = "import sys; from bench.imports import {0}; {0}(sys.argv[1])"
    peers = {"CSafeLoader": "load", "plain": "convert"}
    yield "import", run(imported)
    there = claims(folder)
    for name, function in peers.items():
        taken = run([sys.executable, "-c", code.format(function), str(root)])
        if taken.told.get("claims", there) != there:
            print(f"import has {there:,} claims, {name} {taken.told['claims']:,}")
        yield name, taken
    if morph:
        yield "morph-kgc", run([morph, "-m", "morph_kgc", str(folder / "morph.ini")])
    yield "build", run([*ours, "build"])
    yield "no change", run(imported)
    before = edit(root)
    yield "ten edits", run(imported)
    for path, text in before.items():
        path.write_text(text)


def claims(folder: Path) -> int:
    """How many claims the import wrote."""
    graph = open_folder(folder)
    path = next((folder / "data" / "imported").iterdir())
    with files.opened(path, graph.relative(path)) as file:
        return sum(line.endswith(b"#Claim> .\n") for line in file)


def prepare(folder: Path, root: Path, morph: str) -> None:
    """A graph folder with the mapping, and what morph-kgc needs."""
    (folder / "imports").mkdir(parents=True)
    (folder / "allgraph.toml").write_text(MANIFEST)
    for path in (READY / f"{NAME}.toml", *READY.glob("*.csv")):
        shutil.copy(path, folder / "imports")
    if morph:
        rows = [{"id": one["id"], "name": one["name"]} for one in people(root)]
        (folder / "people.json").write_text(json.dumps(rows))
        (folder / "morph.ttl").write_text(RML.replace("PLACE", str(folder)))
        (folder / "morph.ini").write_text(
            f"[CONFIGURATION]\noutput_file={folder}/morph.nt\n[DataSource1]\n"
            f"mappings={folder}/morph.ttl\n"
        )


def compare(place: Path, root: Path, rounds: int, morph: str) -> None:
    """Print what each took: medians of the rounds, and ratios to the first import."""
    folder = place / "graph"
    prepare(folder, root, morph)
    taken: dict[str, list[Run]] = {}
    for _ in range(rounds):
        for name, one in round_of(folder, root, morph):
            taken.setdefault(name, []).append(one)
    records = len(sources(root))
    base = statistics.median(one.cpu for one in taken["import"])
    for name, runs in taken.items():
        cpu = statistics.median(one.cpu for one in runs)
        memory = max(one.memory for one in runs) / 2**20
        cells = (f"{records:,}", name, f"{cpu:.2f}", f"{cpu / base:.2f}",
                 f"{cpu / records * 1e3:.3f}", f"{memory:.0f}")  # fmt: skip
        print(f"| {' | '.join(cells)} |", flush=True)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("records", type=int, nargs="*", default=[1_000, 25_000])
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument(
        "--clone", type=Path, help="a clone of openstates/people, of which a copy is made"
    )
    options.add_argument("--morph", default="", help="a Python that has morph-kgc")
    chosen = options.parse_args()
    print("| records | what | CPU s | ratio | ms a record | peak MiB |")
    print("| --- | --- | --- | --- | --- | --- |")
    for size in [0] if chosen.clone else chosen.records:
        with tempfile.TemporaryDirectory() as name:
            place = Path(name)
            if chosen.clone:
                shutil.copytree(chosen.clone / "data", place / "source" / "data")
            else:
                write(place / "source", size)
            try:
                compare(place, place / "source", chosen.rounds, chosen.morph)
            except Failed as error:
                raise SystemExit(f"{error}") from None


if __name__ == "__main__":
    main()
