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
from itertools import islice, product
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
"""How many questions, and pairs of things, the first page has unless the manifest names them."""

_RANKED = 5


class Kind(NamedTuple):
    """A class of things: its IRI, label, how many things it has, and the last part of its path."""

    iri: str
    label: str
    size: int
    name: str


@dataclass(frozen=True, eq=False)
class Site:
    """A graph as it is published, live or as files.

    `at` is what the paths of links begin with, that of the address where it is published unless
    given: ``""``, or such as ``/allgraph``.
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
        """The IRIs whose paths do not tell them, by these; see `addresses.unfit`."""
        base = self.graph.folder.base
        rows = self.graph.rows("site-unfit", base=Literal(base))
        return addresses.unfit(sorted(text(row["iri"]) for row in rows), base)

    @cached_property
    def iris(self) -> list[str]:
        """The IRIs that have a document, in their order."""
        rows = self.graph.rows("site-iris", base=Literal(self.graph.folder.base))
        return sorted(text(row["iri"]) for row in rows)

    def path(self, iri: str, suffix: str = "", page: int = 1) -> str | None:
        """The path of the document about an IRI, or about all terms, without the root."""
        found = addresses.path_of(iri, self.graph.folder.base, suffix=suffix, page=page)
        if found is None and iri.startswith(BASE):
            found = addresses.path_of(iri, BASE, suffix=suffix, page=page)
            rest = iri.removeprefix(BASE).partition("#")[0]
            found = found if rest in addresses.WHOLE else None
        return found

    def address(self, iri: str, suffix: str = "", page: int = 1) -> str:
        """What a link to an IRI leads to: its page here, or itself elsewhere; else ``""``."""
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
            taken = sum(1 for each in names.values() if each.partition("~")[0] == name)
            names[iri] = f"{name}~{taken + 1}" if taken else name
        found = (Kind(iri, labels[iri], counts[iri], names[iri]) for iri in counts)
        return tuple(sorted(found, key=lambda kind: (-kind.size, kind.label, kind.iri)))

    @cached_property
    def is_small(self) -> bool:
        """Whether pages about all claims at once are made, and what a page looks in by itself."""
        return network_data.is_small(self.graph)

    @cached_property
    def triples(self) -> int:
        """How many triples there are, the ontology and what is derived among them."""
        return downloads.size(self.graph)

    @cached_property
    def _classes(self) -> list[Row]:
        return list(self.graph.run("site-classes").rows)

    @cached_property
    def _above(self) -> dict[str, set[str]]:
        """The classes above each class, itself among them."""
        found: dict[str, set[str]] = {}
        for row in self._classes:
            found.setdefault(text(row["class"]), set()).add(text(row["above"]))
        return found

    @cached_property
    def _labels(self) -> dict[str, str]:
        """What classes are called."""
        rows = sorted(self._classes, key=lambda row: text(row["label"]), reverse=True)
        return {text(row["class"]): text(row["label"]) for row in rows}

    def label(self, classes: Iterable[str]) -> str:
        """What the first of some classes that has a name is called."""
        return next(filter(None, (self._labels.get(each) for each in classes)), "")

    def classes(self, some: Iterable[str]) -> set[str]:
        """Some classes, and those above them."""
        return {above for each in some for above in self._above.get(each, {each})}

    def group(self, classes: Iterable[str]) -> str:
        """The group that things of some classes are in, such as people."""
        found = self.classes(classes)
        return next((name for name, kinds in GROUPS.items()
                     if any(AG + kind in found for kind in kinds)), "others")  # fmt: skip

    def kind(self, name: str) -> Kind:
        """A kind by the last part of its path, or `UnknownName`."""
        for each in self.kinds:
            if each.name == name:
                return each
        raise UnknownName(f"there is no kind “{name}” here")

    def things(self, kind: Kind) -> list[Thing]:
        """The things of a kind, by name; at most 10,000."""
        base = Literal(self.graph.folder.base)
        rows = self.graph.run("site-things", kind=NamedNode(kind.iri), base=base).rows
        shorten = self.graph.prefixes.shorten
        found = ((text(row["thing"]), text(row["name"])) for row in rows)
        named = [Thing(iri, name or shorten(iri), kind.label) for iri, name in found]
        return sorted(named, key=lambda thing: (fold(thing.name), thing.iri))

    def names(self, most: int) -> list[Thing]:
        """The first things by name, whatever their kind."""
        found = {thing.iri: thing for kind in self.kinds for thing in self.things(kind)}
        return sorted(found.values(), key=lambda thing: (fold(thing.name), thing.iri))[:most]

    def examples(self, query: Query) -> tuple[Mapping[str, str], ...]:
        """The tested examples of a question; those of an inherited one are about other data."""
        path = self.graph.queries.path(query.name)
        is_own = path.parent == self.graph.folder.root / "queries"
        return query.examples if is_own else ()

    @cached_property
    def featured(self) -> tuple[tuple[Query, int], ...]:
        """Questions with a tested example, and which: those that the manifest names, or some."""
        queries = self.graph.queries
        named = self.graph.folder.featured
        some = [queries[name] for name in named or queries]
        found = tuple((query, 1) for query in some if self.examples(query))
        return found if named else found[:FEATURED]

    @cached_property
    def pairs(self) -> tuple[tuple[Thing, Thing], ...]:
        """Pairs of things whose connections are shown: those of the manifest, or some."""
        graph = self.graph
        if graph.folder.connections:
            return tuple(
                (graph.thing(graph.resolve(a)), graph.thing(graph.resolve(b)))
                for a, b in graph.folder.connections
            )
        return tuple(islice(self._ranked(), FEATURED))

    def _ranked(self) -> list[tuple[Thing, Thing]]:
        from allgraph.network import centrality

        if not self.is_small:
            return []
        found = [each.thing for each in centrality.rank(self.graph, limit=_RANKED).ranked]
        pairs = product(range(len(found)), repeat=2)
        return [(found[a], found[b]) for a, b in pairs if a < b]
