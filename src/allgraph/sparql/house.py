"""The package's own queries, each a file in `queries`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from allgraph.sparql.questions import Catalogue, Query


def house(name: str) -> Query:
    """Return one of the package's own queries by the name of its file, without ``.rq``.

    The file is read at the first call and kept. Raises `UnknownQuestion` for other names.
    """
    return _catalogue()[name]


@cache
def _catalogue() -> Catalogue:
    """Return the catalogue of the ``.rq`` files in `queries`, listed once for the process."""
    return Catalogue(sorted((Path(__file__).parent / "queries").glob("*.rq")))
