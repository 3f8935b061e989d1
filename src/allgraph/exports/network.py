"""A graph as a network: its things, and the claims that join two of them, called ties.

>>> from allgraph.graph import open_graph
>>> network = read(open_graph())
>>> rocha = "https://w3id.org/allgraph/id/coco-rocha"
>>> network.things[rocha].name, len([tie for tie in network.ties if tie.source == rocha]) > 2
('Coco Rocha', True)
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pyoxigraph import NamedNode

from allgraph.exports.columns import ATTRIBUTES, LITERAL_COLUMNS, Attributes, records_of
from allgraph.exports.graphml import encoded, graphml_lines
from allgraph.graph import Graph, Thing
from allgraph.graph.claims import all_fields
from allgraph.graph.graph import Progress, log
from allgraph.model import vocabulary
from allgraph.rdf.terms import AG, RDFS, Prefixes, text
from allgraph.sorting import Sorter

if TYPE_CHECKING:
    from allgraph.graph.claim_fields import Fields

_NAMED, _END, _CLAIM, _TIED = range(4)
"""What a sorted row says of a thing: its name and kind; its name in a claim that has it as subject
or object; that it is a claim, and its sentence; that it is at an end of one tie."""
_REPORT_EVERY = 10_000  # claims after which progress is reported
_LABEL = NamedNode(RDFS + "label")


class Tie(NamedTuple):
    """A claim that joins two things: their IRIs, and the claim's `ATTRIBUTES`."""

    source: str
    target: str
    attributes: Attributes


class Ties(NamedTuple):
    """A network in memory: its things by IRI, its ties by the IRIs of their claims, and `values`.

    `values` has for the IRI of a thing the claims about it whose object is a literal, and which are
    no ties: their `ATTRIBUTES`, and ``value``, ``datatype`` and ``language``.
    """

    things: Mapping[str, Thing]
    ties: list[Tie]
    values: Mapping[str, list[Attributes]]


@dataclass(frozen=True)
class SortedNetwork:
    """The things of a graph and its ties (claims that join two things), in sorters on disk.

    So a graph may be larger than memory; `sorted_network` makes one, and frees the sorters.

    A row of `_things` is an IRI, a kind of row such as `_NAMED`, a number that keeps rows of a kind
    in order, a name and a kind of thing. A row of `_ties` is the IRI of a claim, then a `Tie`.
    `_values` is that of `Ties`, or ``None`` when it is not wanted.
    """

    _things: Sorter[tuple[Any, ...]]
    _ties: Sorter[tuple[Any, ...]]
    _values: dict[str, list[Attributes]] | None

    def things(self) -> Iterator[tuple[Thing, int]]:
        """Yield the things in the order of their IRIs, each with its number of ties at either end.

        Each row in the sorter is about one IRI: its name and kind (`_NAMED`), its name in a claim
        (`_END`), its sentence as a claim (`_CLAIM`), or an end of a tie (`_TIED`). A thing without
        a `_NAMED` row is named by its sentence if it is a claim, else as its first claim names it,
        else by its IRI; its kind is ``claim`` or ``""``. An IRI that has neither `_NAMED` nor
        `_END` is left out. No claim may be added after this.
        """
        for iri, group in groupby(self._things, itemgetter(0)):
            rows = [*group]
            first = {row[1]: row for row in reversed(rows)}  # the first row of each kind of row
            count = sum(1 for row in rows if row[1] == _TIED)
            if _NAMED in first:
                yield Thing(iri, *first[_NAMED][3:]), count
            elif _END in first:
                claim = first.get(_CLAIM)
                name = claim[3] if claim else first[_END][3]
                yield Thing(iri, name or iri, "claim" if claim else ""), count

    def ties(self) -> Iterator[Tie]:
        """Yield the ties in the order of the IRIs of their claims; none may be added after this.

        Each has the IRIs of its two ends, and the attributes of its claim.
        """
        return (Tie(source, target, attributes) for _, source, target, attributes in self._ties)

    def read(self, graph: Graph, batches: Iterable[Fields]) -> None:
        """Add the named things of a graph, and claims, which come in the order of their IRIs.

        The claims are given by their fields. Fills the sorters, on disk when memory is full, and
        `_values`, if that is wanted, with the claims whose object is a literal. Queries the graph
        for names and kinds.
        """
        self._things.extend(_named_things(graph))
        for number, record in enumerate(chain.from_iterable(map(records_of, batches))):
            self._add_claim(record, number)

    def _add_claim(self, record: dict[str, Any], number: int) -> None:
        """Add the rows of one claim to the sorters, or its literal to `_values` in memory.

        Literals are left out if `_values` is ``None``, as for a format that does not have them.
        `_ties` gets a row if the object is no literal. `_things` gets a row for each end of that
        tie (`_TIED`), for the name of the subject, and of an object that is no literal (`_END`),
        and for the claim (`_CLAIM`). `number` counts the claims from 0, so that rows of a thing
        sort in the order of its claims.
        """
        claim, source, target = record["claim"], record["subject"], record["object"]
        attributes = {name: record[name] for name in ATTRIBUTES}
        if level := record["certainty"]:
            attributes["certainty"] = AG + level.capitalize()
        ends = [(source, record["subjectName"])]
        if target is not None:
            ends.append((target, record["objectName"]))
            self._ties.add((claim, source, target, attributes))
            self._things.extend((end, _TIED, number, "", "") for end in {source, target})
        elif self._values is not None:
            value = attributes | {name: record[name] for name in LITERAL_COLUMNS}
            self._values.setdefault(source, []).append(value)
        numbered = enumerate(ends, 2 * number)  # the name in the first claim sorts first
        self._things.extend((iri, _END, place, name, "") for place, (iri, name) in numbered)
        self._things.add((claim, _CLAIM, 0, record["sentence"], ""))


@contextmanager
def sorted_network(
    graph: Graph,
    claims: Iterable[Fields],
    place: Path | None = None,
    *,
    values: dict[str, list[Attributes]] | None = None,
) -> Iterator[SortedNetwork]:
    """Give the things of a graph, and the claims that join two of them, sorted, for a ``with``.

    `claims` are the fields of claims in the order of their IRIs, and all are read at once. What is
    too much for memory is sorted in files in the directory `place`, which are freed after the
    ``with``. Claims whose object is a literal are added to `values`, if it is given: to the list
    for the IRI of their subject, each as its attributes with the `LITERAL_COLUMNS`.
    """
    with Sorter[tuple[Any, ...]](place) as things, Sorter[tuple[Any, ...]](place) as ties:
        network = SortedNetwork(things, ties, values)
        network.read(graph, claims)
        yield network


def reported_fields(
    graph: Graph,
    progress: Progress | None = None,
    *,
    is_sorted: bool = False,
    predicates: Collection[str] | None = None,
) -> Iterator[Fields]:
    """Yield the fields of all claims as `claims.all_fields` does, and report the progress.

    Logs a warning with the number of claims that have no row in the table of claims.
    """
    if incomplete := graph.table.incomplete:
        log.warning(
            "%d claims are in no table, since they lack an IRI, a subject, a predicate or an "
            "object; `allgraph validate` says which",
            incomplete,
        )
    count = 0
    for fields in all_fields(graph, is_sorted=is_sorted, predicates=predicates):
        before, count = count, count + len(fields["iri"])
        if progress and count // _REPORT_EVERY > before // _REPORT_EVERY:
            progress(f"read {count:,} claims")
        yield fields


def read(graph: Graph) -> Ties:
    """Return all things and claims of a graph as a network in memory.

    It has the things by IRI, a tie for each claim that joins two of them, and by the IRI of their
    subject the attributes of the claims whose object is a literal.

    Claims that are deprecated or have rivals are there too. The subject and the object of a claim
    are things here, even without a name or kind. A claim that another claim has as subject or
    object is a thing of the kind ``claim``, named by its sentence. Only queries the graph.
    """
    values: dict[str, list[Attributes]] = {}
    with sorted_network(graph, reported_fields(graph), values=values) as network:
        return Ties({thing.iri: thing for thing, _ in network.things()}, [*network.ties()], values)


def graphml(ties: Ties, prefixes: Prefixes) -> bytes:
    """Return a network as GraphML in UTF-8; claims whose object is a literal are left out.

    Raises `UnknownFormat` for a character that XML cannot hold.
    """
    lines = graphml_lines(ties.things.values(), ties.ties, ATTRIBUTES, prefixes)
    return b"".join(encoded(lines))


def _named_things(graph: Graph) -> Iterator[tuple[str, int, int, str, str]]:
    """Yield the `_NAMED` rows of the things that have a name and kind; see `SortedNetwork`.

    A row is an IRI, `_NAMED`, 0, a name and a kind. Of several rows of a thing, the first in this
    order counts: that with the name which sorts first. A view has the things of the graph that it
    is a view of.
    """
    find, stated = graph.root.queried.quads, graph.root.queried.stated
    for row in graph.root.run("kinds").rows:
        for quad in stated(None, vocabulary.TYPE, row["class"]):
            thing = text(quad.subject)
            for label in find(quad.subject, _LABEL, None):
                yield thing, _NAMED, 0, text(label.object), text(row["kind"])
