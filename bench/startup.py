"""CPU time of ``allgraph ask`` beside that of importing rdflib and pySHACL.

Run it as ``python -m bench.startup [RUNS]``, with the Python that allgraph is installed in.
Both are started in turn, so that what else the machine does touches both alike; CPU time is
user and system time of the whole process. Modules are compiled by a first run of each, as
an installation does.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path

ALLGRAPH = str(Path(sys.executable).with_name("allgraph"))
COMMANDS = {
    "import rdflib, pyshacl": [sys.executable, "-c", "import rdflib, pyshacl"],
    "allgraph ask": [ALLGRAPH, "ask", "founders", "--body", "Model Alliance"],
    "allgraph find": [ALLGRAPH, "find", "rocha"],
    "allgraph tour": [ALLGRAPH, "tour"],
    "allgraph ask --help": [ALLGRAPH, "ask", "founders", "--help"],
    "python -c pass": [sys.executable, "-c", "pass"],
}

ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def cpu_seconds(command: list[str]) -> float:
    """User and system time of one run."""
    process = subprocess.Popen(
        command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"{' '.join(command)} failed with {status}")
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for run in range(-1, runs):
        for name, command in COMMANDS.items():
            seconds = cpu_seconds(command)
            if run < 0:
                continue
            times[name].append(seconds)
    base = statistics.median(times["import rdflib, pyshacl"])
    print(f"{'command':<26} {'median CPU s':>12} {'ratio':>6}   ({runs} alternating runs)")
    for name, values in times.items():
        middle = statistics.median(values)
        print(f"{name:<26} {middle:>12.3f} {middle / base:>6.2f}")


if __name__ == "__main__":
    main()
