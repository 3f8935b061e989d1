"""What a graph holds, in the forms in which its files write it.

The engine rewrites literals (``"01"^^xsd:integer`` becomes 1), so what is to be as its authors
wrote it is made from the files, read again; the engine says which of it the graph holds. What
was withheld at loading, or what a view leaves out, is not in the engine, and so not here.

>>> from allgraph.graph import open_graph
>>> originals = Originals(open_graph())
>>> len(originals.data) > 3000, len(originals.derived) > 300
(True, True)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Store

from allgraph import derive
from allgraph.graph import Graph, Progress
from allgraph.terms import DERIVED, Term


class Originals:
    """The quads of a graph as written: `data`, `ontology` and `derived`.

    Blank nodes of several files have different labels. With `named`, those under an IRI have
    the IRIs that the engine knows them by. Raises `LoadError` when a file cannot be read,
    `InputError` for a graph that an endpoint holds.
    """

    def __init__(
        self, graph: Graph, *, named: bool = False, progress: Progress | None = None
    ) -> None:
        self.store = graph.store
        self._folder = graph.folder
        self._say: Progress = progress or (lambda _: None)
        self._statements = derive.Statements()
        self._labels: dict[Term, Term] = {}
        self._named = named

    @cached_property
    def data(self) -> list[Quad]:
        """What the data files say, and what the graph holds beside it, in the default graph."""
        found, known = [], []
        for path in self._folder.data_files():
            for quad, as_named in self._of_file(path):
                known.append(as_named)
                found.append(quad)
        self._statements.add(known)
        beside = _missing(self.store, DefaultGraph(), [*known, *self.ontology])
        return found + self._shown(beside)

    @cached_property
    def ontology(self) -> list[Quad]:
        """What the files of the ontology say, in the default graph."""
        found: list[Quad] = []
        for path in self._folder.ontology_files():
            quads = self._read(path)
            blank = dict.fromkeys(t for q in quads for t in _ends(q) if isinstance(t, BlankNode))
            labels = derive.own_labels(blank, self._folder.base_of(path))
            found += _all_renamed(quads, labels)
        return found

    @cached_property
    def derived(self) -> list[Quad]:
        """What follows, in the graph ``ag:derived``."""
        assert self.data is not None  # read first, for the statements
        self._statements.add(derive.described(self.store))
        parts = dict.fromkeys(self._statements.derived())
        held = [quad for s, p, o in parts if (quad := Quad(s, p, o, DERIVED)) in self.store]
        return self._shown([*held, *_missing(self.store, DERIVED, held)])

    def _of_file(self, path: Path) -> Iterator[tuple[Quad, Quad]]:
        """The quads of one file that the graph holds, as shown and as the engine names them."""
        quads = self._read(path)
        base = self._folder.base_of(path)
        names = derive.node_names(quads, base)
        labels = derive.own_labels(names, base)
        for node, name in names.items():
            self._labels.setdefault(name, labels[node])
        named = self._named
        for quad, as_named in zip(quads, _all_renamed(quads, names), strict=True):
            if as_named in self.store:
                is_plain = named or quad is as_named
                yield as_named if is_plain else _renamed(quad, labels), as_named

    def _shown(self, quads: Iterable[Quad]) -> list[Quad]:
        """Quads of the engine, their blank nodes as the files have them unless `named`."""
        return [*quads] if self._named else [_renamed(quad, self._labels) for quad in quads]

    def _read(self, path: Path) -> list[Quad]:
        self._say(f"reading {self._folder.relative(path)}")
        return self._folder.quads(path)


def _missing(store: Store, graph: NamedNode | DefaultGraph, known: Iterable[Quad]) -> list[Quad]:
    """What a graph of a store has beside some quads, as a view may; not what has blank nodes."""
    same = Store()
    same.bulk_extend(known)
    return [
        quad
        for quad in store.quads_for_pattern(None, None, None, graph)
        if quad not in same and not any(isinstance(term, BlankNode) for term in _ends(quad))
    ]


def _ends(quad: Quad) -> tuple[Term, Term]:
    return quad.subject, quad.object


def _all_renamed(quads: list[Quad], names: Mapping[Term, Term]) -> Iterator[Quad]:
    """Quads whose blank nodes have other names; the others are the same objects."""
    return (
        _renamed(quad, names)
        if isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode)
        else quad
        for quad in quads
    )


def _renamed(quad: Quad, names: Mapping[Term, Term]) -> Quad:
    """A quad with other names for its subject and object, where there are some."""
    subject, obj = quad.subject, quad.object
    subject, obj = names.get(subject, subject), names.get(obj, obj)  # type: ignore[assignment]
    return Quad(subject, quad.predicate, obj, quad.graph_name)
