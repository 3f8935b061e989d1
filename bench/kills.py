"""Kill -9 at random moments of a build: the old snapshot or the new one is there, and whole.

Run it as ``python -m bench.kills [COUNT [CLAIMS]]`` (default 200 200). Each time the data says
another name, a build is started and killed at a random moment of the time that a build takes, and
the snapshot that is then there is checked to the last bit and asked for the name.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from allgraph.folder import Folder, open_folder
from allgraph.folder.snapshot import manifest
from allgraph.folder.snapshot.directory import Directory
from allgraph.graph.opening import on_disk
from allgraph.rdf.terms import text
from bench.generated import generate
from bench.startup import ALLGRAPH

NAME = "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n<urn:named> rdfs:label {!r} .\n"


def main() -> None:
    count, claims = (int(given) for given in [*sys.argv[1:], "200", "200"][:2])
    chance = random.Random(count)
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as place:
        root = Path(place, "graph")
        generate(max(claims, 200)).write(root)
        seconds = _first(root)
        folder = open_folder(root)
        old = "the first"
        for number in range(count):
            new = f"number {number}"
            (root / "data" / "name.ttl").write_text(NAME.format(new).replace("'", '"'))
            process = subprocess.Popen([ALLGRAPH, "build", str(root)], stdout=subprocess.DEVNULL)
            time.sleep(chance.uniform(0, seconds * 1.05))
            process.send_signal(signal.SIGKILL)
            process.wait()
            found = _found(folder)
            if found not in (old, new):
                raise SystemExit(
                    f"after kill {number} the snapshot says {found}, not {old} or {new}"
                )
            outcomes["the new one" if found == new else "the old one"] += 1
            old = found
    print(f"{count} builds of {seconds:.1f} s killed: " + ", ".join(
        f"{number} times {what}" for what, number in sorted(outcomes.items())
    ))  # fmt: skip


def _first(root: Path) -> float:
    """Build once; how long it took."""
    (root / "data" / "name.ttl").write_text(NAME.format("the first").replace("'", '"'))
    start = time.monotonic()
    subprocess.run([ALLGRAPH, "build", str(root)], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


def _found(folder: Folder) -> str:
    """What the snapshot that counts says, all of its digests compared."""
    shelf = Directory(folder)
    snapshot = shelf.opened()
    assert snapshot is not None
    assert not [*manifest.problems(snapshot.place, snapshot.manifest)]
    [row] = on_disk(folder, snapshot).sparql("SELECT ?n { <urn:named> rdfs:label ?n }").rows
    return text(row["n"])


if __name__ == "__main__":
    main()
