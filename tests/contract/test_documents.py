"""Hostile documents in a folder: every command ends with a line and a code, within 1 GiB."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.documents import DOCUMENTS, make
from tests.support.tools import tenth
from tests.support.waiting import PATIENCE

COMMANDS = (
    ("validate",),
    ("fmt", "--check"),
    ("build",),
    ("export", "-"),
    ("ask", "conflicts"),
    ("ask",),
)
MEMORY = 2**30
"""Bytes of data that each process of a command may have; imports take some 100 MB of them.

Mapped files and libraries are not among them, as they would be in RLIMIT_AS.
"""


def limit_memory() -> None:
    """In the child: limit the memory of its own, and of all its children."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("name", tenth([*DOCUMENTS]))
def test_a_hostile_document_is_withstood(
    name: str, command: tuple[str, ...], tmp_path: Path
) -> None:
    make(tmp_path, name)
    done = subprocess.run(
        [sys.executable, "-m", "allgraph", *command],
        cwd=tmp_path,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        preexec_fn=limit_memory,
        timeout=PATIENCE,
    )
    errors = done.stderr.decode(errors="replace")
    assert done.returncode in (0, 1, 2, 3), errors
    assert "Traceback" not in errors
    told = [line for line in errors.splitlines() if line.startswith("allgraph: ")]
    assert len(told) == (done.returncode >= 2)
    assert errors.count("WARNING: ") <= 11
