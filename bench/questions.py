"""What is asked of a generated graph: the same of everybody, from a file beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SMALL, LARGE, FIND = "small SELECT", "large SELECT", "find"
NAMED = ("roles", "board-members", "board-on-day", "key-people", "campaign-signatories")
BY_NAME = "key-people, by name"


@dataclass(frozen=True)
class Question:
    """A SPARQL query, and what it is in our own words where it is a named question.

    One without SPARQL can only be asked of allgraph.
    """

    sparql: str = ""
    name: str = ""
    parameters: dict[str, str] = field(default_factory=dict)


def read(path: Path, names: Sequence[str]) -> Iterator[tuple[str, list[Question]]]:
    """The questions of the cases that have these names."""
    found = json.loads(path.read_text())["cases"]
    for name in names:
        yield name, [Question(**each) for each in found[name]]


def pairs(path: Path) -> list[tuple[str, str]]:
    """The things between which paths are looked for."""
    return [(a, b) for a, b in json.loads(path.read_text())["pairs"]]
