"""Triples of long files in lists, with names for blank nodes as if a file were read at once.

The name of a blank node is made from all triples about it, so these are read in one piece. In
Turtle they usually stand together; in N-Triples they may be anywhere in the file. Triples are lines
of N-Triples as `ntriples.written` has them.

>>> pieces = named_pieces(["<http://x/a> <http://x/p> _:b .", '_:b <http://x/p> "1" .'], "file")
>>> next(pieces)[0]
'<http://x/a> <http://x/p> <http://x/a#ab31398ead639bf5> .'
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from allgraph.model import skolem
from allgraph.rdf.ntriples import Parts

AT_ONCE = 200_000
"""How many triples are read for a piece."""


class Scattered(Exception):
    """Raised when a blank node has triples in two pieces, or is like a node in another piece.

    Then `named_at_once` must read the file. `file` is the base IRI of the file.
    """

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.file = file


def named_pieces(
    lines: Iterable[str], file: str, at_once: int = AT_ONCE, ours: tuple[str, ...] = skolem.ANY
) -> Iterator[list[str]]:
    """Yield all triples of a file in lists, with IRIs or stable labels in place of blank nodes.

    `skolem.named_lines` would give the same names; `file` is the base IRI of the file, `ours` has
    the beginnings of IRIs that are ours, and `at_once` is the number of triples read for a piece. A
    blank node counts as complete, and its triples are yielded, when the last quarter of a piece
    mentions neither it nor a blank node that triples connect with it. Raises `Scattered` when a
    later piece mentions it after all, or has one that would get the same label; what was yielded is
    then void, and `named_at_once` has to read the file.
    """
    remaining = iter(lines)
    waiting: list[Parts] = []  # triples that mention an incomplete node
    numbers: dict[str, int] = {}  # of incomplete nodes, in order of appearance in the file
    count = 0  # nodes numbered so far
    complete: list[NDArray[np.int64]] = []  # hashes of complete nodes, an array for each piece
    labels: list[NDArray[np.int64]] = []  # and of their labels
    is_last = False
    while not is_last:
        piece = [*islice(remaining, at_once)]
        is_last = len(piece) < at_once
        plain, with_nodes = skolem.divided(piece)
        new_numbers = skolem.node_numbers(with_nodes, numbers, count)  # `numbers`, and new nodes
        _refuse_known((node for node in new_numbers if node not in numbers), complete, file)
        count += len(new_numbers) - len(numbers)
        numbers = new_numbers
        waiting += with_nodes
        latest = [] if is_last else skolem.divided(piece[-(at_once // 4) :])[1]
        incomplete = _connected(waiting, latest)
        completed = [triple for triple in waiting if incomplete.isdisjoint(triple)]
        waiting = [triple for triple in waiting if not incomplete.isdisjoint(triple)]
        names = skolem.names_of(completed, file, numbers, ours)
        new_labels = [name for name in names.values() if name[0] == "_"]
        _refuse_known(new_labels, labels, file)
        labels.append(_hashes(new_labels))
        yield plain + skolem.renamed(completed, names)
        complete.append(_hashes(node for node in numbers if node not in incomplete))
        numbers = {node: numbers[node] for node in incomplete}


def named_at_once(
    lines: Iterable[str], file: str, at_once: int = AT_ONCE, ours: tuple[str, ...] = skolem.ANY
) -> Iterator[list[str]]:
    """Yield the same triples as `named_pieces`, in another order, from a file in any order.

    All triples with blank nodes are kept in memory, and come in the last list. A list may be empty.
    """
    remaining = iter(lines)
    with_nodes: list[Parts] = []
    while piece := [*islice(remaining, at_once)]:
        plain, of_piece = skolem.divided(piece)
        with_nodes += of_piece
        yield plain
    yield skolem.renamed(with_nodes, skolem.names_of(with_nodes, file, ours=ours))


def _refuse_known(names: Iterable[str], known: list[NDArray[np.int64]], file: str) -> None:
    """Raise `Scattered` if a name may be among those whose hashes are `known`."""
    new = _hashes(names)
    if any(np.isin(new, hashes).any() for hashes in known):
        raise Scattered(file)


def _connected(triples: list[Parts], latest: list[Parts]) -> set[str]:
    """Return the blank nodes of the `latest` triples, and all that `triples` connect with them.

    Two blank nodes are connected if one is the subject and the other the object of a triple, and
    also by way of further blank nodes.
    """
    neighbours: dict[str, list[str]] = {}
    for subject, _, obj in triples if latest else ():
        if subject[0] == "_" and obj[0] == "_":
            neighbours.setdefault(subject, []).append(obj)
            neighbours.setdefault(obj, []).append(subject)
    nodes = (term for s, _, o in latest for term in (s, o) if term[0] == "_")
    return skolem.reachable(nodes, neighbours)


def _hashes(nodes: Iterable[str]) -> NDArray[np.int64]:
    """Return the distinct hashes of nodes, which take less memory than these."""
    return np.unique(np.fromiter(map(hash, nodes), np.int64))
