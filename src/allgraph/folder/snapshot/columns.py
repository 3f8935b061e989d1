"""Claims as columns on disk: collected one by one, sorted on disk, and mapped into memory.

The columns that are read equal those that `Columns.of_store` makes of the same store.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
from pyoxigraph import NamedNode, Store

from allgraph.folder.snapshot import files, names
from allgraph.model import columns, edtf, vocabulary
from allgraph.model.adjacency import Network
from allgraph.model.columns import FAR, Columns
from allgraph.model.derivation import Statement, Statements
from allgraph.model.strings import Texts
from allgraph.rdf.terms import RDFS, Term, ag, text
from allgraph.sorting import Sorter

_LABEL, _PREFERRED = NamedNode(RDFS + "label"), ag("Preferred")
_ARRAYS: dict[str, type[np.generic]] = {
    "subject": np.int32,
    "predicate": np.int32,
    "object": np.int32,
    "event": np.bool_,
    "deprecated": np.bool_,
    "preferred": np.bool_,
    "claim_of": np.int32,
    "closed": np.bool_,
}
_OF_NETWORK: dict[str, type[np.generic]] = {"first": np.int64, "head": np.int32, "tie": np.int32}
_TEXTS = "said.json"
"""The file of predicates, templates and roles."""
_MISSING = (-FAR, FAR, -FAR, FAR)
_ALWAYS = (-FAR, -FAR, FAR, FAR)

Row = tuple[str, str, str, "str | None", tuple[int, ...], bool, bool, bool, tuple[str, ...]]


class Rows:
    """Collects claims, in any order, and writes their columns into a directory (`place`).

    They are collected in the sorter `sorted`, which has to be closed at the end.
    """

    def __init__(self, place: Path, statements: Statements) -> None:
        self.place = place
        self.sorted: Sorter[Row] = Sorter(place)
        self._values = statements.values
        self._aspect = statements.aspect

    def add(self, statement: Statement, bounds: edtf.Bounds | None) -> None:
        """Add a claim and its bounds, unless the claim or its subject has no IRI."""
        claim, subject, predicate, obj = statement
        if not isinstance(claim, NamedNode) or not isinstance(subject, NamedNode):
            return
        aspect = self._aspect(predicate)
        ranks = self._values(claim, vocabulary.RANK)
        self.sorted.add(
            (
                claim.value,
                subject.value,
                predicate.value,
                obj.value if isinstance(obj, NamedNode) else None,
                _ALWAYS if aspect == "Timeless" else _days(bounds),
                aspect == "Event",
                vocabulary.DEPRECATED in ranks,
                _PREFERRED in ranks,
                self._roles(claim),
            )
        )

    def _roles(self, claim: Term) -> tuple[str, ...]:
        """Return the labels of the roles of a claim."""
        labels = (self._values(role, _LABEL) for role in self._values(claim, vocabulary.ROLE))
        return tuple(sorted({min(map(text, of_role)) for of_role in labels if of_role}))

    def write(self, store: Store) -> int:
        """Write the columns of all claims added, and return how many there are."""
        place = self.place
        with Sorter[tuple[str, int]](place) as ends:
            collected = _Claims(self.sorted, ends)
            files.write_texts(place / "claims", collected)
            count = len(collected.predicate)
            sides = np.full((2, count), -1, np.int32)
            files.write_texts(place / "nodes", _nodes(ends, sides))
        claims, nodes = files.read_texts(place / "claims"), files.read_texts(place / "nodes")
        with names.labels(store, place) as labels:
            files.write_texts(place / "labels", _joined(nodes, labels, ""))
        with Sorter[str](place, distinct=True) as closed:
            closed.extend(columns.closed(store))
            members = _joined(nodes, ((iri, True) for iri in closed), False)
            is_closed = np.fromiter(members, np.bool_, len(nodes))
        claim_of = _joined(nodes, ((claim, row) for row, claim in enumerate(claims)), -1)
        predicates, numbers = _numbered(collected.predicates, collected.predicate)
        made = Columns(
            claims=claims,
            nodes=nodes,
            names=files.read_texts(place / "labels"),
            predicates=predicates,
            templates=columns.templates(store, predicates),
            subject=sides[0],
            predicate=numbers,
            object=sides[1],
            bounds=np.frombuffer(collected.bounds, np.int64).reshape(-1, 4).T,
            event=np.frombuffer(collected.event, np.bool_),
            deprecated=np.frombuffer(collected.deprecated, np.bool_),
            preferred=np.frombuffer(collected.preferred, np.bool_),
            rivals=_rivals(claims, store),
            claim_of=np.fromiter(claim_of, np.int32, len(nodes)),
            closed=is_closed,
            roles=collected.roles,
        )
        _write(place, made)
        return count


def read(place: Path) -> Columns:
    """Return the columns in a directory, with arrays in the memory of the files."""
    import json

    texts = json.loads(files.CheckedFile(place / _TEXTS).whole().tobytes())
    made = Columns(
        claims=files.read_texts(place / "claims"),
        nodes=files.read_texts(place / "nodes"),
        names=files.read_texts(place / "labels"),
        predicates=texts["predicates"],
        templates=[(forward, back) for forward, back in texts["templates"]],
        bounds=files.read_array(place / "bounds", np.int64, 4, -1),
        rivals=files.read_array(place / "rivals", np.int32, 2, -1),
        roles={int(row): tuple(roles) for row, roles in texts["roles"].items()},
        **{name: files.read_array(place / name, kind) for name, kind in _ARRAYS.items()},
    )
    network = Network(**{n: files.read_array(place / n, kind) for n, kind in _OF_NETWORK.items()})
    network.__dict__["ties"] = files.read_array(place / "ties", np.int64)
    made.__dict__["network"] = network
    return made


def _write(place: Path, made: Columns) -> None:
    import json

    for name in (*_ARRAYS, "bounds", "rivals"):
        files.write_array(place / name, getattr(made, name))
    for name in (*_OF_NETWORK, "ties"):
        files.write_array(place / name, getattr(made.network, name))
    texts = {
        "predicates": [*made.predicates],
        "templates": [*made.templates],
        "roles": {str(row): roles for row, roles in made.roles.items()},
    }
    files.write(place / _TEXTS, [json.dumps(texts).encode()])


class _Claims:
    """The IRIs of sorted claims; iterating collects their other parts in arrays."""

    def __init__(self, rows: Iterable[Row], ends: Sorter[tuple[str, int]]) -> None:
        self._rows, self._ends = rows, ends
        self.predicates: dict[str, int] = {}
        self.predicate = array("i")
        self.bounds = array("q")
        self.event, self.deprecated, self.preferred = bytearray(), bytearray(), bytearray()
        self.roles: dict[int, tuple[str, ...]] = {}

    def __iter__(self) -> Iterator[str]:
        """Yield the IRIs, and fill the arrays and the sorter of `ends`."""
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
    """Yield all subjects and objects in order, and fill `sides` with their numbers."""
    subject, obj = sides
    for number, (node, of_node) in enumerate(groupby(ends, itemgetter(0))):
        for _, end in of_node:
            (obj if end & 1 else subject)[end >> 1] = number
        yield node


def _joined(keys: Iterable[str], pairs: Iterable[tuple[str, Any]], missing: Any) -> Iterator[Any]:
    """Yield the value of each key, or `missing`, given pairs of them; keys and pairs are sorted."""
    rest = iter(pairs)
    key, value = next(rest, (None, missing))
    for wanted in keys:
        while key is not None and key < wanted:
            key, value = next(rest, (None, missing))
        yield value if key == wanted else missing


def _numbered(numbers: dict[str, int], used: array[int]) -> tuple[list[str], Any]:
    """Return predicates in order, and the `used` numbers changed to places in that order."""
    ordered = sorted(numbers)
    places = np.empty(len(numbers), np.int32)
    for place, predicate in enumerate(ordered):
        places[numbers[predicate]] = place
    return ordered, places[np.frombuffer(used, np.int32)]


def _rivals(claims: Texts, store: Store) -> Any:
    """Return the rows of claims that conflict, in both directions, as two arrays."""
    pairs: set[tuple[int, int]] = set()
    for one, other in columns.rivals(store):
        rows = claims.place(one), claims.place(other)
        if rows[0] is not None and rows[1] is not None:
            pairs |= {(rows[0], rows[1]), (rows[1], rows[0])}
    return np.array(sorted(pairs), np.int32).reshape(-1, 2).T


def _days(bounds: edtf.Bounds | None) -> tuple[int, ...]:
    """Return bounds as numbers, with numbers beyond all days for those that are not known."""
    days = bounds or (None,) * 4
    return tuple(
        missing if day is None else columns.number(day)
        for day, missing in zip(days, _MISSING, strict=True)
    )
