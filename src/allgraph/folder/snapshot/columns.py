"""Claims as columns on disk: gathered one by one, sorted there, and read where they lie.

What is read is what `Columns.of_store` makes of the same store.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from pyoxigraph import NamedNode, Store

from allgraph.folder.snapshot import names
from allgraph.folder.snapshot.files import (
    CheckedFile,
    read_array,
    read_texts,
    write,
    write_array,
    write_texts,
)
from allgraph.model import columns, edtf, vocabulary
from allgraph.model.adjacency import Network
from allgraph.model.columns import FAR, Columns
from allgraph.model.derivation import Statement, Statements
from allgraph.model.strings import Texts
from allgraph.rdf.terms import RDFS, Term, ag, text
from allgraph.sorting import Sorter

_LABEL, _PREFERRED = NamedNode(RDFS + "label"), ag("Preferred")
_ARRAYS: dict[str, type[np.generic]] = {
    "subject": np.int32, "predicate": np.int32, "object": np.int32, "event": np.bool_,
    "deprecated": np.bool_, "preferred": np.bool_, "claim_of": np.int32, "closed": np.bool_,
}  # fmt: skip
_OF_NETWORK: dict[str, type[np.generic]] = {"first": np.int64, "head": np.int32, "tie": np.int32}
_MISSING = (-FAR, FAR, -FAR, FAR)
_ALWAYS = (-FAR, -FAR, FAR, FAR)

Row = tuple[str, str, str, "str | None", tuple[int, ...], bool, bool, bool, tuple[str, ...]]


class Rows:
    """Takes claims in any order, as `Statements.derived` comes by them."""

    def __init__(self, place: Path, statements: Statements) -> None:
        self.place = place
        self.sorted: Sorter[Row] = Sorter(place)
        self._values = statements.values
        self._aspect = statements.aspect

    def __enter__(self) -> Rows:
        return self

    def __exit__(self, *error: object) -> None:
        self.sorted.close()

    def add(self, statement: Statement, bounds: edtf.Bounds | None) -> None:
        """Take a claim and its bounds; one without an IRI, or about what has none, is left out."""
        claim, subject, predicate, obj = statement
        if not isinstance(claim, NamedNode) or not isinstance(subject, NamedNode):
            return
        aspect = self._aspect(predicate)
        ranks = self._values(claim, vocabulary.RANK)
        self.sorted.add((
            claim.value,
            subject.value,
            predicate.value,
            obj.value if isinstance(obj, NamedNode) else None,
            _ALWAYS if aspect == "Timeless" else _days(bounds),
            aspect == "Event",
            vocabulary.DEPRECATED in ranks,
            _PREFERRED in ranks,
            self._roles(claim),
        ))  # fmt: skip

    def _roles(self, claim: Term) -> tuple[str, ...]:
        """What the roles of a claim are called."""
        labels = (self._values(role, _LABEL) for role in self._values(claim, vocabulary.ROLE))
        return tuple(sorted({min(map(text, some)) for some in labels if some}))

    def write(self, store: Store) -> int:
        """Put the columns of all claims taken into the directory; how many there are."""
        place = self.place
        with Sorter[tuple[str, int]](place) as ends:
            found = _Claims(self.sorted, ends)
            write_texts(place / "claims", found)
            count = len(found.predicate)
            sides = np.full((2, count), -1, np.int32)
            write_texts(place / "nodes", _nodes(ends, sides))
        nodes = read_texts(place / "nodes")
        _write_names(place, nodes, store)
        claims = read_texts(place / "claims")
        claim_of = _joined(nodes, ((claim, row) for row, claim in enumerate(claims)), -1)
        closed = _joined(nodes, ((iri, True) for iri in _closed(place, store)), False)
        predicates, numbers = _numbered(found.predicates, found.predicate)
        made = Columns(
            claims=claims,
            nodes=nodes,
            names=read_texts(place / "labels"),
            predicates=predicates,
            templates=columns.templates(store, predicates),
            subject=sides[0],
            predicate=numbers,
            object=sides[1],
            bounds=np.frombuffer(found.bounds, np.int64).reshape(-1, 4).T,
            event=np.frombuffer(found.event, np.bool_),
            deprecated=np.frombuffer(found.deprecated, np.bool_),
            preferred=np.frombuffer(found.preferred, np.bool_),
            rivals=_rivals(claims, store),
            claim_of=np.fromiter(claim_of, np.int32, len(nodes)),
            closed=np.fromiter(closed, np.bool_, len(nodes)),
            roles=found.roles,
        )
        _write(place, made)
        return count


def read(place: Path) -> Columns:
    """The columns in a directory, their numbers in the memory of the files."""
    import json

    said = json.loads(CheckedFile(place / "said.json").whole().tobytes())
    made = Columns(
        claims=read_texts(place / "claims"),
        nodes=read_texts(place / "nodes"),
        names=read_texts(place / "labels"),
        predicates=said["predicates"],
        templates=[(forward, back) for forward, back in said["templates"]],
        bounds=read_array(place / "bounds", np.int64, 4, -1),
        rivals=read_array(place / "rivals", np.int32, 2, -1),
        roles={int(row): tuple(roles) for row, roles in said["roles"].items()},
        **{name: read_array(place / name, kind) for name, kind in _ARRAYS.items()},
    )
    network = Network(**{n: read_array(place / n, kind) for n, kind in _OF_NETWORK.items()})
    network.__dict__["ties"] = read_array(place / "ties", np.int64)
    made.__dict__["network"] = network
    return made


def _write(place: Path, made: Columns) -> None:
    import json

    for name in (*_ARRAYS, "bounds", "rivals"):
        write_array(place / name, getattr(made, name))
    for name in (*_OF_NETWORK, "ties"):
        write_array(place / name, getattr(made.network, name))
    said = {
        "predicates": [*made.predicates],
        "templates": [*made.templates],
        "roles": {str(row): roles for row, roles in made.roles.items()},
    }
    write(place / "said.json", [json.dumps(said).encode()])


class _Claims:
    """The claims in order, of which the rest of each is kept in narrow columns."""

    def __init__(self, rows: Iterable[Row], ends: Sorter[tuple[str, int]]) -> None:
        self._rows, self._ends = rows, ends
        self.predicates: dict[str, int] = {}
        self.predicate = array("i")
        self.bounds = array("q")
        self.event, self.deprecated, self.preferred = bytearray(), bytearray(), bytearray()
        self.roles: dict[int, tuple[str, ...]] = {}

    def __iter__(self) -> Iterator[str]:
        """The IRI of each."""
        for row, record in enumerate(self._rows):
            claim, subject, predicate, obj, days, event, deprecated, preferred, roles = record
            ends = [(subject, row * 2)] if obj is None else [(subject, row * 2), (obj, row * 2 + 1)]
            self._ends.extend(ends)
            self.predicate.append(self.predicates.setdefault(predicate, len(self.predicates)))
            self.bounds.extend(days)
            self.event.append(event)
            self.deprecated.append(deprecated)
            self.preferred.append(preferred)
            if roles:
                self.roles[row] = roles
            yield claim


def _nodes(ends: Iterable[tuple[str, int]], sides: Any) -> Iterator[str]:
    """All things that claims are about, in order; `sides` are filled with their numbers."""
    subject, obj = sides
    for number, (node, some) in enumerate(groupby(ends, lambda end: end[0])):
        for _, end in some:
            (obj if end & 1 else subject)[end >> 1] = number
        yield node


def _joined(keys: Iterable[str], pairs: Iterable[tuple[str, Any]], missing: Any) -> Iterator[Any]:
    """The value of each key, or what stands for none; keys and pairs are in order."""
    rest = iter(pairs)
    key, value = next(rest, (None, missing))
    for wanted in keys:
        while key is not None and key < wanted:
            key, value = next(rest, (None, missing))
        yield value if key == wanted else missing


def _write_names(place: Path, nodes: Iterable[str], store: Store) -> None:
    with names.labels(store, place) as labels:
        write_texts(place / "labels", _joined(nodes, labels, ""))


def _closed(place: Path, store: Store) -> Iterator[str]:
    """What no path passes through, in order."""
    with Sorter[str](place, distinct=True) as found:
        found.extend(columns.closed(store))
        yield from found


def _numbered(known: dict[str, int], used: array[int]) -> tuple[list[str], Any]:
    """Predicates in order, and the numbers of those used in that order."""
    ordered = sorted(known)
    places = np.empty(len(known), np.int32)
    for number, predicate in enumerate(ordered):
        places[known[predicate]] = number
    return ordered, places[np.frombuffer(used, np.int32)]


def _rivals(claims: Texts, store: Store) -> Any:
    pairs: set[tuple[int, int]] = set()
    for one, other in columns.rivals(store):
        rows = claims.place(one), claims.place(other)
        if rows[0] is not None and rows[1] is not None:
            pairs |= {(rows[0], rows[1]), (rows[1], rows[0])}
    return np.array(sorted(pairs), np.int32).reshape(-1, 2).T


def _days(bounds: edtf.Bounds | None) -> tuple[int, ...]:
    days = bounds or (None,) * 4
    return tuple(
        missing if day is None else columns.number(day)
        for day, missing in zip(days, _MISSING, strict=True)
    )
