"""Kill -9 at random moments of a build: the old snapshot or the new one is there, and whole.

Each time the data says another name, a build is started and killed at a random moment of the time
that a build takes, and the snapshot that is then there is checked to the last bit and asked for
the name.
"""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest
from bench.generated import generate
from bench.startup import ALLGRAPH

from allgraph.folder import Folder, open_folder
from allgraph.folder.snapshot import manifest
from allgraph.folder.snapshot.directory import Directory
from allgraph.graph.opening import on_disk
from allgraph.rdf.terms import text

pytestmark = pytest.mark.long
COUNT = CLAIMS = 200
NAME = "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n<urn:named> rdfs:label {!r} .\n"


def test_killed_at_random_moments_it_is_the_old_or_the_new_one(tmp_path: Path) -> None:
    chance = random.Random(COUNT)
    outcomes: Counter[str] = Counter()
    root = tmp_path / "graph"
    generate(CLAIMS).write(root)
    seconds = first_build(root)
    folder, old = open_folder(root), "the first"
    for number in range(COUNT):
        new = f"number {number}"
        write_name(root, new)
        process = subprocess.Popen([ALLGRAPH, "build", str(root)], stdout=subprocess.DEVNULL)
        time.sleep(chance.uniform(0, seconds * 1.05))
        process.send_signal(signal.SIGKILL)
        process.wait()
        found = stored_name(folder)
        assert found in (old, new), f"after kill {number}"
        outcomes["the new one" if found == new else "the old one"] += 1
        old = found
    print(f"{COUNT} builds of {seconds:.1f} s killed: {outcomes}")


def write_name(root: Path, name: str) -> None:
    (root / "data" / "name.ttl").write_text(NAME.format(name).replace("'", '"'))


def first_build(root: Path) -> float:
    """Build once; how many seconds it took."""
    write_name(root, "the first")
    start = time.monotonic()
    subprocess.run([ALLGRAPH, "build", str(root)], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


def stored_name(folder: Folder) -> str:
    """The name in the current snapshot, all of its digests compared."""
    snapshot = Directory(folder).opened()
    assert snapshot is not None
    assert not [*manifest.problems(snapshot.place, snapshot.manifest)]
    [row] = on_disk(folder, snapshot).sparql("SELECT ?n { <urn:named> rdfs:label ?n }").rows
    return text(row["n"])
