"""The site of a graph: the address where it is published, and the path of everything in it.

>>> from allgraph.graph import open_graph
>>> site = Site(open_graph())
>>> site.address("https://w3id.org/allgraph/id/coco-rocha")
'/allgraph/page/coco-rocha'
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations, islice
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from pyoxigraph import Literal, NamedNode

from allgraph.errors import UnknownName
from allgraph.graph import Graph, Thing
from allgraph.linkeddata import publication
from allgraph.linkeddata.publication import NOWHERE, Publication
from allgraph.model import addresses
from allgraph.model.names import fold
from allgraph.network.groups import GROUPS
from allgraph.rdf.terms import AG, BASE, local_name, text
from allgraph.site import downloads, network_data
from allgraph.sparql.answer import Row
from allgraph.sparql.questions import Query

PAGE = 500
"""How many things of a kind are on a page."""
FEATURED = 6
"""How many questions, and pairs of things, the first page has if the manifest names none."""

_RANKED = 5


class Kind(NamedTuple):
    """A class of things: its IRI, label, how many things it has, and the last part of its path."""

    iri: str
    label: str
    size: int
    name: str


@dataclass(frozen=True, eq=False)
class Site:
    """A graph with the address where it is published, live or as files.

    `at` is what the paths of links begin with, ``""`` or such as ``/allgraph``; by default it is
    the path of the address.
    """

    graph: Graph
    published: Publication = NOWHERE
    at: str | None = None

    @cached_property
    def home(self) -> str:
        """The address of the first page; it ends in ``/``."""
        return publication.home_of(self.graph, self.published)

    @cached_property
    def root(self) -> str:
        """What the paths of links begin with: ``""``, or such as ``/allgraph``."""
        return self.at if self.at is not None else urlsplit(self.home).path.rstrip("/")

    @cached_property
    def digests(self) -> Mapping[str, str]:
        """The IRIs that cannot be read from their paths, by path; see `addresses.unfit`."""
        base = self.graph.folder.base
        rows = self.graph.rows("site-unfit", base=Literal(base))
        return addresses.unfit(sorted(text(row["iri"]) for row in rows), base)

    @cached_property
    def iris(self) -> list[str]:
        """The IRIs that have a document, sorted."""
        rows = self.graph.rows("site-iris", base=Literal(self.graph.folder.base))
        return sorted(text(row["iri"]) for row in rows)

    def path(self, iri: str, suffix: str = "", page: int = 1) -> str | None:
        """Return the path of the document about an IRI without the root, ``None`` if elsewhere.

        Built-in terms are in the document about all terms.
        """
        path = addresses.path_of(iri, self.graph.folder.base, suffix=suffix, page=page)
        is_term = iri.startswith(BASE) and iri[len(BASE) :].partition("#")[0] in addresses.WHOLE
        if path is None and is_term:
            return addresses.path_of(iri, BASE, suffix=suffix, page=page)
        return path

    def address(self, iri: str, suffix: str = "", page: int = 1) -> str:
        """Return the target of a link to an IRI: its page, or itself elsewhere; else ``""``."""
        return self._addresses(iri, suffix, page)

    @cached_property
    def _addresses(self) -> Callable[[str, str, int], str]:
        return lru_cache(maxsize=10_000)(self._address)

    def _address(self, iri: str, suffix: str, page: int) -> str:
        path = self.path(iri, suffix, page)
        if path is None:
            return iri if iri.startswith(("http://", "https://")) else ""
        mark = iri.partition("#")[2] if page == 1 and not suffix else ""
        return self.root + path + (f"#{quote(mark)}" if mark else "")

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many claims, sources and things there are."""
        return {kind: int(text(count)) for kind, count in self.graph.run("counts").rows[0].items()}

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of things, those with most things first."""
        rows = self.graph.run("site-kinds", base=Literal(self.graph.folder.base)).rows
        labels: dict[str, str] = {}
        counts: dict[str, int] = {}
        for row in sorted(rows, key=lambda row: text(row["label"])):
            iri = text(row["kind"])
            labels.setdefault(iri, text(row["label"]) or local_name(iri))
            counts[iri] = int(text(row["count"]))
        names: dict[str, str] = {}
        for iri in sorted(counts):
            name = fold(local_name(iri)) or "thing"
            taken = sum(1 for other in names.values() if other.partition("~")[0] == name)
            names[iri] = f"{name}~{taken + 1}" if taken else name
        kinds = (Kind(iri, labels[iri], counts[iri], names[iri]) for iri in counts)
        return tuple(sorted(kinds, key=lambda kind: (-kind.size, kind.label, kind.iri)))

    @cached_property
    def is_small(self) -> bool:
        """Whether there are pages about all claims at once, and the file for their scripts."""
        return network_data.is_small(self.graph)

    @cached_property
    def triples(self) -> int:
        """How many triples there are, those of the ontology and derived ones included."""
        return downloads.size(self.graph)

    @cached_property
    def _classes(self) -> list[Row]:
        return list(self.graph.run("site-classes").rows)

    @cached_property
    def _above(self) -> dict[str, set[str]]:
        """The superclasses of each class, itself included."""
        superclasses: dict[str, set[str]] = {}
        for row in self._classes:
            superclasses.setdefault(text(row["class"]), set()).add(text(row["above"]))
        return superclasses

    @cached_property
    def _labels(self) -> dict[str, str]:
        """The labels of classes."""
        rows = sorted(self._classes, key=lambda row: text(row["label"]), reverse=True)
        return {text(row["class"]): text(row["label"]) for row in rows}

    def label(self, classes: Iterable[str]) -> str:
        """Return the label of the first of some classes that has one."""
        return next(filter(None, (self._labels.get(iri) for iri in classes)), "")

    def classes(self, iris: Iterable[str]) -> set[str]:
        """Return some classes and their superclasses."""
        return {above for iri in iris for above in self._above.get(iri, {iri})}

    def group(self, classes: Iterable[str]) -> str:
        """Return the group that things of some classes are in, such as people."""
        names = {iri.removeprefix(AG) for iri in self.classes(classes)}
        return next((group for group, kinds in GROUPS.items() if names & {*kinds}), "others")

    def kind(self, name: str) -> Kind:
        """Return a kind by the last part of its path; raise `UnknownName` if there is none."""
        for kind in self.kinds:
            if kind.name == name:
                return kind
        raise UnknownName(f"there is no kind “{name}” here")

    def things(self, kind: Kind) -> list[Thing]:
        """Return the things of a kind, by name; at most 10,000."""
        base, shorten = Literal(self.graph.folder.base), self.graph.prefixes.shorten
        rows = self.graph.run("site-things", kind=NamedNode(kind.iri), base=base).rows
        names = ((text(row["thing"]), text(row["name"])) for row in rows)
        return _by_name(Thing(iri, name or shorten(iri), kind.label) for iri, name in names)

    def names(self, most: int) -> list[Thing]:
        """Return the first things by name, whatever their kind."""
        things = {thing.iri: thing for kind in self.kinds for thing in self.things(kind)}
        return _by_name(things.values())[:most]

    def examples(self, query: Query) -> tuple[Mapping[str, str], ...]:
        """Return the tested examples of a question, if they are about the data of this folder."""
        path = self.graph.queries.path(query.name)
        is_own = path.parent == self.graph.folder.root / "queries"
        return query.examples if is_own else ()

    @cached_property
    def featured(self) -> tuple[tuple[Query, int], ...]:
        """The questions on the first page, each with the number of a tested example."""
        names, queries = self.graph.folder.featured, self.graph.queries
        chosen = (queries[name] for name in names or queries)
        featured = ((query, 1) for query in chosen if self.examples(query))
        return tuple(islice(featured, None if names else FEATURED))

    @cached_property
    def pairs(self) -> tuple[tuple[Thing, Thing], ...]:
        """Pairs of things with a page about their connections: those of the manifest, or some."""
        graph = self.graph
        if graph.folder.connections:
            return tuple(
                (graph.thing(graph.resolve(a)), graph.thing(graph.resolve(b)))
                for a, b in graph.folder.connections
            )
        return tuple(islice(combinations(self._most_connected(), 2), FEATURED))

    def _most_connected(self) -> list[Thing]:
        from allgraph.network import centrality

        if not self.is_small:
            return []
        return [each.thing for each in centrality.rank(self.graph, limit=_RANKED).ranked]


def _by_name(things: Iterable[Thing]) -> list[Thing]:
    return sorted(things, key=lambda thing: (fold(thing.name), thing.iri))
