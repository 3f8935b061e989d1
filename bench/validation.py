"""How long ``allgraph validate`` takes with each engine, and how much memory, as data grows.

Run it as ``python -m bench.validation [TRIPLES …] [--peers-to TRIPLES]`` (default 10000 100000
1000000, the peers up to 100000, since they take minutes). Each size is a generated folder with a
mistake in every hundredth claim; the engines check it in turn, in processes of their own, and must
find the same. Also measured are pySHACL alone, by which is meant rdflib reading the same files and
pySHACL its shapes, and what is found in one changed file (``--changed``).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from pathlib import Path

from tests.support.mutations import git

from allgraph.folder import open_folder
from bench.generated import generate
from bench.startup import ALLGRAPH, ENVIRONMENT

TRIPLES_PER_CLAIM = 15.2
ALONE = """
import sys, pyshacl, rdflib
from allgraph.folder import open_folder
from pathlib import Path
folder = open_folder(Path(sys.argv[1]))
data, shapes = rdflib.Graph(), rdflib.Graph()
for path in (*folder.data_files(), *folder.ontology_files()):
    data.parse(path, format="turtle")
for path in folder.shape_files():
    shapes.parse(path, format="turtle")
pyshacl.validate(data, shacl_graph=shapes, inplace=True)
"""


def write(folder: Path, triples: int) -> None:
    """A folder with so many triples, a hundredth of the claims of which has a mistake."""
    generate(round(triples / TRIPLES_PER_CLAIM)).write(folder)
    for path in (folder / "data").glob("claims-*.ttl"):
        claims = path.read_text().split("\n\n")
        for at in range(50, len(claims), 100):
            claims[at] = MISTAKES[at // 100 % len(MISTAKES)](claims[at])
        path.write_text("\n\n".join(claims))


MISTAKES = (
    lambda claim: re.sub(r"oa:end \d+", "oa:end 0", claim),
    lambda claim: re.sub(r'ag:sha256 "[^"]*"', 'ag:sha256 "12AB"', claim),
    lambda claim: re.sub(r"    rdf:object [^;]*;\n", "", claim),
    lambda claim: re.sub(r'ag:when "[^"]*"', 'ag:when "2012-13"', claim),
    lambda claim: re.sub(r"rdf:predicate [^ ]*", "rdf:predicate ag:signedIntoLaw", claim),
    lambda claim: re.sub(r"source:s\d+", "source:none", claim),
)


def measure(command: list[str], output: Path) -> tuple[float, float]:
    """CPU seconds and peak memory in MB of a command."""
    with output.open("wb") as file:
        process = os.posix_spawn(
            command[0], command, ENVIRONMENT,
            file_actions=[(os.POSIX_SPAWN_DUP2, file.fileno(), 1)],
        )  # fmt: skip
        _, status, usage = os.wait4(process, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise SystemExit(f"{' '.join(command)} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000


def compare(folder: Path, place: Path, with_peers: bool) -> None:
    """Measure all on one folder; the findings have to be the same."""
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "as it was")
    validate = [
        ALLGRAPH,
        "--graph",
        str(folder),
        "validate",
        "-f",
        "json",
        "--max-findings",
        "1000000",
    ]
    commands = {"compiled": validate}
    if with_peers:
        commands["pyshacl"] = [*validate, "--engine", "pyshacl"]
        commands["pySHACL alone"] = [sys.executable, "-c", ALONE, str(folder)]
    figures = {name: measure(command, place / name) for name, command in commands.items()}
    if with_peers:
        reports = [json.loads((place / name).read_text()) for name in ("compiled", "pyshacl")]
        if reports[0] != reports[1]:
            raise SystemExit("the engines find different things")
    changed = folder / "data" / "claims-0.ttl"
    changed.write_text(changed.read_text().replace('"2012-13"', '"2012-12"', 1))
    figures["compiled, --changed"] = measure([*validate, "--changed"], place / "changed")
    found = len(json.loads((place / "compiled").read_text())["findings"])
    triples = sum(
        len(list(open_folder(folder).triples(p))) for p in open_folder(folder).data_files()
    )
    base = figures["compiled"][0]
    for name, (seconds, memory) in figures.items():
        cells = (f"{triples:,}", f"{found:,}", name, f"{seconds:.1f}", f"{seconds / base:.1f}",
                 f"{memory:.0f}")  # fmt: skip
        print(f"| {' | '.join(cells)} |", flush=True)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("triples", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    options.add_argument("--peers-to", type=int, default=100_000)
    chosen = options.parse_args()
    print("| triples | findings | engine | CPU s | ratio | peak MB |")
    print("| --- | --- | --- | --- | --- | --- |")
    for size in chosen.triples:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "graph"
            write(folder, size)
            compare(folder, Path(place), size <= chosen.peers_to)


if __name__ == "__main__":
    main()
