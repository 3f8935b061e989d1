"""How long a graph folder takes to load and answer, and how much memory, as it grows.

Run it as ``python -m bench.folder [CLAIMS …]`` (default 1000 10000 100000). Each size is a
generated folder (seeded) with things, claims, evidence with locators, in Turtle; it is opened
and asked in a process of its own by the command line.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.startup import ALLGRAPH, ENVIRONMENT

PREFIXES = """\
@prefix ag: <https://w3id.org/allgraph/ns#> .
@prefix claim: <https://example.org/big/claim/> .
@prefix edtf: <http://id.loc.gov/datatypes/edtf/> .
@prefix id: <https://example.org/big/id/> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix source: <https://example.org/big/source/> .

"""
SOURCES = 100
PER_FILE = 10_000


def things(people: int, boards: int, sources: int = SOURCES) -> Iterator[str]:
    """People, boards and sources."""
    for n in range(people):
        yield f'id:p{n} a ag:Person ;\n    rdfs:label "Person {n}" .\n\n'
    for n in range(boards):
        yield f'id:b{n} a ag:Unit ;\n    rdfs:label "Board {n}" .\n\n'
    for n in range(sources):
        yield (
            f'source:s{n} a ag:Source ;\n    rdfs:label "Source {n}" ;\n'
            f"    prov:specializationOf <https://example.org/page/{n}> ;\n"
            '    ag:read "2020-01-01"^^edtf:EDTF .\n\n'
        )


def claim(n: int, people: int, boards: int, chance: random.Random, sources: int = SOURCES) -> str:
    """One claim with its evidence; boards are chosen with a heavy tail."""
    year = chance.randrange(1950, 2019)
    return (
        f"claim:c{n} a ag:Claim ;\n    rdf:subject id:p{chance.randrange(people)} ;\n"
        "    rdf:predicate ag:servedOn ;\n"
        f"    rdf:object id:b{int(boards * chance.random() ** 3)} ;\n"
        f'    ag:when "{year}-0{chance.randrange(1, 10)}/{year + chance.randrange(1, 4)}"'
        "^^edtf:EDTF ;\n    ag:evidence [\n        a oa:ResourceSelection ;\n"
        f"        oa:hasSource source:s{chance.randrange(sources)} ;\n"
        "        oa:hasSelector [ a oa:TextPositionSelector ; "
        f"oa:start {n} ; oa:end {n + 10} ] ;\n"
        f'        ag:sha256 "{n:064x}" ;\n        ag:reading ag:AsStated\n    ] .\n\n'
    )


def write(folder: Path, claims: int) -> int:
    """Write a folder with so many claims; how many bytes its data has."""
    return write_with(folder, claims, max(claims // 3, 10), max(claims // 60, 5), SOURCES)


def write_with(folder: Path, claims: int, people: int, boards: int, sources: int) -> int:
    """Write a folder with so many claims, and things that they are about."""
    chance = random.Random(claims)
    (folder / "data").mkdir(parents=True)
    (folder / "allgraph.toml").write_text(
        'format = 1\ntitle = "Big"\nbase = "https://example.org/big/"\n'
    )
    (folder / "data" / "things.ttl").write_text(PREFIXES + "".join(things(people, boards, sources)))
    for start in range(0, claims, PER_FILE):
        some = (
            claim(n, people, boards, chance, sources)
            for n in range(start, min(claims, start + PER_FILE))
        )
        (folder / "data" / f"claims-{start}.ttl").write_text(PREFIXES + "".join(some))
    return sum(path.stat().st_size for path in (folder / "data").iterdir())


def measure(folder: Path) -> tuple[float, int]:
    """CPU seconds and peak memory in bytes of loading and answering one question."""
    command = [ALLGRAPH, "--graph", str(folder), "ask", "board-members", "--body", "Board 3"]
    process = os.posix_spawn(
        ALLGRAPH, command, ENVIRONMENT,
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )  # fmt: skip
    _, status, usage = os.wait4(process, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def main() -> None:
    sizes = [int(size) for size in sys.argv[1:]] or [1_000, 10_000, 100_000]
    print(f"{'claims':>9} {'Turtle MB':>10} {'CPU s':>8} {'memory MB':>10}")
    with tempfile.TemporaryDirectory() as place:
        for size in sizes:
            written = write(Path(place) / str(size), size)
            seconds, memory = measure(Path(place) / str(size))
            print(f"{size:>9} {written / 1e6:>10.1f} {seconds:>8.2f} {memory / 1e6:>10.0f}")


if __name__ == "__main__":
    main()
