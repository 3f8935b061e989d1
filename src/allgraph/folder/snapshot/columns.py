"""Claims as columns (one array for each property of claims) in files of a snapshot.

`Rows` collects claims one by one, sorts them on disk and writes the columns; `read` maps the files
into memory. The columns equal those that `Columns.of_store` makes of the same store. A row is a
claim, by its number in the order of IRIs; a node is a subject or object, numbered likewise.
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
from allgraph.model.columns import TIMELESS_DAYS, UNKNOWN_DAYS, Columns
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
"""The names and types of the arrays of `Columns`, each in a file of this name."""
_OF_NETWORK: dict[str, type[np.generic]] = {"first": np.int64, "head": np.int32, "tie": np.int32}
"""The same for the arrays of `Network`."""
_TEXTS = "said.json"
"""The file of predicates, templates and roles."""

Row = tuple[str, str, str, "str | None", tuple[int, ...], bool, bool, bool, tuple[str, ...]]
"""A claim to be sorted: IRIs of claim, subject, predicate and object (``None`` for a literal),
the bounds as numbers, whether it is an event, deprecated, preferred, and labels of its roles."""


class Rows:
    """A collection of claims, added in any order, that writes them as columns (arrays) to files.

    The directory is `place`. The claims are in the sorter `sorted`, which the caller has to close
    at the end. `statements` is asked for ranks, roles and aspects of the claims.
    """

    def __init__(self, place: Path, statements: Statements) -> None:
        """Start without claims; no file is written yet.

        `place` is the existing directory for all files. `statements` is asked for ranks (such as
        deprecated), roles and aspects (event, state or timeless) of the claims that are added.
        """
        self.place = place
        self.sorted: Sorter[Row] = Sorter(place)
        self._values = statements.values
        self._aspect = statements.aspect

    def add(self, statement: Statement, bounds: edtf.Bounds | None) -> None:
        """Add a claim and the bounds of its date to the sorter, which may write to disk.

        A claim without an IRI, or about a subject without one, is not added. `bounds` is ``None``
        for an invalid date; those of a timeless claim do not matter. Rank, roles and aspect of
        the claim come from the `Statements` given to `__init__`. Raises `WriteError`.
        """
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
                TIMELESS_DAYS if aspect == "Timeless" else _days(bounds),
                aspect == "Event",
                vocabulary.DEPRECATED in ranks,
                _PREFERRED in ranks,
                self._roles(claim),
            )
        )

    def _roles(self, claim: Term) -> tuple[str, ...]:
        """Return the sorted labels of the roles of a claim.

        Of several labels of a role, the first in order of text counts. Two roles with the same
        label give it once.
        """
        labels = (self._values(role, _LABEL) for role in self._values(claim, vocabulary.ROLE))
        return tuple(sorted({min(map(text, of_role)) for of_role in labels if of_role}))

    def write(self, store: Store) -> int:
        """Write the columns of all claims added as files in `place`, and return their number.

        From `store` it reads labels, the sentences (templates) of predicates, rivals (claims that
        conflict), and closed nodes (classes and the like, through which no path goes).
        Sorts on disk in `place`. Only once, after all claims were added. Raises `OSError` and
        `WriteError`.
        """
        place = self.place
        with Sorter[tuple[str, int]](place) as ends:
            collected = _Claims(self.sorted, ends)
            files.write_texts(place / "claims", collected)  # also fills `collected` and `ends`
            count = len(collected.predicate)
            # The number of each claim's subject, and of its object, -1 if that is no IRI:
            sides = np.full((2, count), -1, np.int32)
            files.write_texts(place / "nodes", _nodes(ends, sides))  # also fills `sides`
        claims, nodes = files.read_texts(place / "claims"), files.read_texts(place / "nodes")
        with names.labels(store, place) as labels:
            files.write_texts(place / "labels", _joined(nodes, labels, ""))
        with Sorter[str](place, distinct=True) as closed:
            closed.extend(columns.closed(store))
            members = _joined(nodes, ((iri, True) for iri in closed), False)
            is_closed = np.fromiter(members, np.bool_, len(nodes))
        # The row of the claim that a node is, -1 for a node that is no claim:
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
    """Return the columns that `Rows.write` wrote to a directory.

    Arrays and texts are mapped from the files, which stay open. Raises `EngineError` when a file
    is missing or damaged; texts are checked only when they are read.
    """
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
    # These two are cached properties, which would be computed anew; put the values of the files.
    network.__dict__["ties"] = files.read_array(place / "ties", np.int64)
    made.__dict__["network"] = network
    return made


def _write(place: Path, made: Columns) -> None:
    """Write the arrays of columns and of their network as files in `place`, one for each.

    A file has the name of its array (an attribute). The file `_TEXTS` gets predicates, templates
    and roles as JSON. Claims, nodes and names are not written here; they are in files already.
    Works out the network, which is cached in `made`. Raises `OSError`.
    """
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
    """An iterable of the IRIs of sorted claims, which fills arrays while it is iterated.

    `predicates` numbers the predicates in order of appearance. `predicate`, `bounds`, `event`,
    `deprecated` and `preferred` have an item for each claim (`bounds` four), `roles` the labels
    of claims that have roles, by row. The sorter `ends` gets the subject and object of each claim.
    """

    def __init__(self, rows: Iterable[Row], ends: Sorter[tuple[str, int]]) -> None:
        """Start with empty arrays; `rows` is read, and `ends` filled, by the iteration.

        `rows` are sorted by the IRI of the claim.
        """
        self._rows, self._ends = rows, ends
        self.predicates: dict[str, int] = {}  # a number for each predicate, by first appearance
        self.predicate = array("i")  # of each claim, that number
        self.bounds = array("q")  # of each claim, four numbers of days
        self.event, self.deprecated, self.preferred = bytearray(), bytearray(), bytearray()
        self.roles: dict[int, tuple[str, ...]] = {}  # labels by row, if a claim has roles

    def __iter__(self) -> Iterator[str]:
        """Yield the IRI of each claim, after its other parts were added to arrays and `ends`.

        The sorter `ends` gets (node, 2 * row) for a subject, and (node, 2 * row + 1) for an object;
        `row` is the number of the claim. Only one iteration is allowed, since a second would add
        everything again.
        """
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
    """Yield the IRI of each node once, in order, and put its number into `sides`.

    `ends` are sorted pairs of a node's IRI and 2 * row for the subject of the claim in that row,
    2 * row + 1 for its object. `sides` are two arrays, changed in place: the numbers of the
    subject and of the object of each claim.
    """
    subjects, objects = sides
    for number, (node, ends_of_node) in enumerate(groupby(ends, itemgetter(0))):
        for _, end in ends_of_node:  # 2 * row for a subject, 2 * row + 1 for an object
            (objects if end & 1 else subjects)[end >> 1] = number
        yield node


def _joined(keys: Iterable[str], pairs: Iterable[tuple[str, Any]], missing: Any) -> Iterator[Any]:
    """Yield for each key the value that `pairs` has for it, else `missing` (a merge join).

    `pairs` are keys with values. Both are sorted by key, and read once.
    """
    remaining = iter(pairs)
    pair_key, value = next(remaining, (None, missing))
    for key in keys:
        while pair_key is not None and pair_key < key:
            pair_key, value = next(remaining, (None, missing))
        yield value if pair_key == key else missing


def _numbered(numbers: dict[str, int], used: array[int]) -> tuple[list[str], Any]:
    """Return the predicates in the order of their IRIs, and an array with new numbers for `used`.

    `numbers` has an old number for each predicate; `used` are old numbers. The new number of a
    predicate is its index in that order.
    """
    ordered = sorted(numbers)
    places = np.empty(len(numbers), np.int32)
    for place, predicate in enumerate(ordered):
        places[numbers[predicate]] = place
    return ordered, places[np.frombuffer(used, np.int32)]


def _rivals(claims: Texts, store: Store) -> Any:
    """Return the pairs of claims that conflict, as an array of two lines of row numbers.

    Each pair comes in both directions. Reads the store; pairs with a claim that is not in
    `claims` are left out. `claims` are sorted IRIs, and the row of a claim is its index there.
    """
    pairs: set[tuple[int, int]] = set()
    for one, other in columns.rivals(store):
        rows = claims.place(one), claims.place(other)
        if rows[0] is not None and rows[1] is not None:
            pairs |= {(rows[0], rows[1]), (rows[1], rows[0])}
    return np.array(sorted(pairs), np.int32).reshape(-1, 2).T


def _days(bounds: edtf.Bounds | None) -> tuple[int, ...]:
    """Return the four bounds of a date as numbers of days (`columns.number`), in the same order.

    They are the first and last day on which it can have begun, then those of its end. A first day
    that is not known is a number before all days, and a last day one after all (`UNKNOWN_DAYS`).
    With ``None`` in place of the bounds, none is known.
    """
    days = bounds or (None,) * 4
    return tuple(
        missing if day is None else columns.number(day)
        for day, missing in zip(days, UNKNOWN_DAYS, strict=True)
    )
