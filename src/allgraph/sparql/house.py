"""Our own queries, each a file in `queries`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from allgraph.sparql.questions import Catalogue, Query


def house(name: str) -> Query:
    """A query of the package's own, which fits any graph."""
    return _house()[name]


@cache
def _house() -> Catalogue:
    return Catalogue(sorted((Path(__file__).parent / "queries").glob("*.rq")))
