"""The site of a graph: the address where it is published, and the path of everything in it.

>>> from allgraph.graph import open_graph
>>> site = Site(open_graph())
>>> site.address("https://w3id.org/allgraph/id/coco-rocha")
'/allgraph/page/coco-rocha'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache
from itertools import chain, combinations, islice
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from pyoxigraph import Literal, NamedNode, Triple

from allgraph.drawings.kinds import Kinds
from allgraph.drawings.picture import Picture
from allgraph.errors import UnknownName, UnknownQuestion
from allgraph.evidence.lines import Line, lines_of
from allgraph.evidence.references import Reference
from allgraph.evidence.words import Words
from allgraph.folder import corrections
from allgraph.graph import Graph, Thing, rivals, timeline
from allgraph.graph.claims import Claim
from allgraph.graph.rivals import Disagreement
from allgraph.linkeddata import dataset, publication
from allgraph.linkeddata.claim_places import ClaimPlaces
from allgraph.linkeddata.publication import NOWHERE, Publication
from allgraph.model import addresses
from allgraph.model.columns import Flags
from allgraph.model.names import fold
from allgraph.model.strings import Texts
from allgraph.network.facets import Facet, Value, facets
from allgraph.network.groups import GROUPS
from allgraph.network.lookup import hubs_of
from allgraph.rdf.terms import AG, BASE, KNOWN, OWL, Term, local_name, text
from allgraph.site import downloads, network_data
from allgraph.site.listing import FEWEST
from allgraph.site.menu import Menu, menu
from allgraph.site.search.passages import Passages
from allgraph.sparql.answer import Row
from allgraph.sparql.questions import Parameter, Query

LISTED = 500
"""How many names the page of the search lists."""
KINDS_KEPT = 12
"""Of how many kinds the lists of things are kept."""
LANGUAGES_KEPT = 4
"""Of how many languages the names of things are kept."""
FEATURED = 6
"""How many questions, and pairs of things, the first page has if the manifest names none."""

PAGES = "/page/"
"""How the paths of pages about things begin."""
_OA = KNOWN["oa"]
_RANKED = 5
_CACHED = 10_000  # paths, and addresses, that are kept
_MAYBE_UNFIT = re.compile(
    r"\Z|[~.]|.{201}|.*(?:%.*[^ -~]|[^ -~].*%|//|/\Z|/[.]|index[.]html|[.][a-z]+/|[^/]{50})"
)
"""What the end of an IRI after the base has that may be no file name, as in ``site-unfit``."""


class Kind(NamedTuple):
    """Things that are listed together, those of a class or of a group of classes.

    It has the IRI of the class, ``""`` for a group, a label, how many things there are, and the
    last part of its path.
    """

    iri: str
    label: str
    size: int
    name: str


class Site:
    """A graph with the address where it is published, live or as files.

    `at` is what the paths of links begin with, ``""`` or such as ``/allgraph``; by default it is
    the path of the address. `places` are those of claims that are anchors on the pages of things;
    without, each claim has a page. What the properties ask of the graph is asked once and kept.
    `path`, `place`, `address`, `things`, `names_in` and `facets` are the methods of these names
    with a ``_``, cached. `cited` has the references to sources that pages of claims needed, by IRI,
    `cards` the sizes and titles of PNG images, by path, `menus` those of pages, by their marks, and
    `sitemap` the files of the sitemap, by name, compressed. With `all_png` all pictures that have a
    file are PNG too.
    """

    def __init__(
        self,
        graph: Graph,
        published: Publication = NOWHERE,
        at: str | None = None,
        places: ClaimPlaces | None = None,
        *,
        all_png: bool = False,
    ) -> None:
        self.graph, self.published, self.at, self.places = graph, published, at, places
        self.all_png = all_png
        self.cited: dict[str, Reference] = {}
        self.cards: dict[str, tuple[int, int, str] | None] = {}
        self.sitemap: dict[str, bytes] = {}
        self.menus: dict[tuple[str, ...], str] = {}
        self.path = lru_cache(_CACHED)(self._path)
        self.place = lru_cache(_CACHED)(self._place)
        self.address = lru_cache(_CACHED)(self._address)
        self.things = lru_cache(KINDS_KEPT)(self._things)
        self.names_in = lru_cache(LANGUAGES_KEPT)(self._names_in)
        self.facets = lru_cache(KINDS_KEPT)(self._facets)

    @cached_property
    def including_withdrawn(self) -> Site:
        """The same site of the graph with its withdrawn claims."""
        graph, published = self.graph.including_withdrawn, self.published
        return Site(graph, published, self.at, self.places, all_png=self.all_png)

    def on_day(self, view: Graph) -> Site:
        """Return the site with a view of its graph; what leads to other pages is as it is here."""
        site = Site(view, self.published, self.at, self.places)
        vars(site).update(menu=self.menu, is_small=self.is_small)
        return site

    def showing(self, iri: NamedNode) -> Site:
        """Return the site whose graph has the triples of an IRI: another for a withdrawn claim."""
        return self if self.graph.showing(iri) is self.graph else self.including_withdrawn

    @cached_property
    def home(self) -> str:
        """The address of the first page; it ends in ``/``."""
        return publication.home_of(self.graph, self.published)

    @cached_property
    def root(self) -> str:
        """The start of the paths of links: ``""``, or a path such as ``/allgraph``."""
        return self.at if self.at is not None else urlsplit(self.home).path.rstrip("/")

    @cached_property
    def digests(self) -> Mapping[str, str]:
        """The IRIs that cannot be file names, by their paths, which have a digest of each instead.

        An IRI cannot if a part of it is empty, too long or hidden, for example.
        """
        base = self.graph.folder.base
        if self.graph.is_remote:
            iris = self._queried("site-unfit")
        else:
            withdrawn = (iri for iri in self.withdrawn if _MAYBE_UNFIT.match(iri[len(base) :]))
            iris = chain(self._nodes[1], withdrawn)
        return addresses.unfit(sorted(iris), base)

    @cached_property
    def iris(self) -> Sequence[str]:
        """The IRIs that have a document, sorted: those below the base of the graph, without ``#``.

        They are in one block of memory.
        """
        return (
            Texts.of(sorted(self._queried("site-iris"))) if self.graph.is_remote else self._nodes[0]
        )

    @cached_property
    def withdrawn(self) -> list[str]:
        """The IRIs of withdrawn claims that have a document, sorted; they are not among `iris`."""
        if self.graph.is_remote:
            return []
        start = len(self.graph.folder.base)
        iris = self.graph.root.withdrawn_claims()
        return sorted(iri for iri in iris if self.path(iri) and "#" not in iri[start:])

    def _queried(self, question: str) -> Iterator[str]:
        """Ask an endpoint for the IRIs below the base that a question of the house chooses."""
        rows = self.graph.rows(question, base=Literal(self.graph.folder.base))
        return (text(row["iri"]) for row in rows)

    @cached_property
    def _nodes(self) -> tuple[Sequence[str], Sequence[str]]:
        """The IRIs below the base that triples have: those of `iris`, and those that may be unfit.

        Reads all IRIs once, by ``site-nodes``. That query takes a third of the time of one that
        chooses, where a store is on disk.
        """
        base = self.graph.folder.base
        iris, unfit = [], []
        for row in self.graph.rows("site-nodes"):
            if isinstance(row["node"], NamedNode) and row["node"].value.startswith(base):
                iri = row["node"].value
                rest = iri[len(base) :]
                if "#" not in rest:
                    iris.append(iri)
                if _MAYBE_UNFIT.match(rest):
                    unfit.append(iri)
        return Texts.of(sorted(iris)), unfit

    def _path(self, iri: str, suffix: str = "", page: int = 1) -> str | None:
        """Return the path of the document about an IRI, without the root, such as ``/page/NAME``.

        With a suffix it is the path of the data; `page` is the number of the page of a long
        document. An IRI that is not under the base of the graph has no path, ``None``; the terms
        and shapes of allgraph have that of the page of all of them. Whether the graph has triples
        about the IRI is not looked up.
        """
        path = addresses.path_of(iri, self.graph.folder.base, suffix=suffix, page=page)
        is_term = iri.startswith(BASE) and iri[len(BASE) :].partition("#")[0] in addresses.WHOLE
        if path is None and is_term:
            return addresses.path_of(iri, BASE, suffix=suffix, page=page)
        return path

    def _place(self, iri: str) -> str | None:
        """Return the path of the page about an IRI, without the root, as `path` does.

        For a claim that is an anchor it is that of the page that it is on, with the fragment.
        """
        path = self.path(iri)
        claim_place = self.places.find(iri) if self.places else None
        if path is None or claim_place is None:
            return path
        topic, page = claim_place
        return f"{self.path(topic, page=page)}#{path.removeprefix('/page/')}"

    def picture_path(self, picture: Picture) -> str:
        """Return the path of the file of a picture, without the root and ``.svg``.

        ``""`` for a picture that has no file on a published site; see `pictured`.
        """
        return self.path_of_picture(picture.kind, picture.topics)

    def path_of_picture(self, kind: str, topics: Sequence[str]) -> str:
        """Return the path as `picture_path` does, of a picture of a kind, about some IRIs."""
        if not topics:
            return f"/picture/{kind}" if self.has_picture(kind) else ""
        if len(topics) > 1 or topics[0] not in self.pictured:
            return ""
        path = self.path(topics[0]) or ""
        return f"/picture/{kind}/{path.removeprefix(PAGES)}" if path.startswith(PAGES) else ""

    def has_picture(self, kind: str) -> bool:
        """Return True if the graph is small enough for a picture of a kind of all of it."""
        return self.is_small or (kind == "matrix" and not self.graph.is_remote)

    @cached_property
    def pictured(self) -> Mapping[str, None]:
        """The IRIs of the things that have files of pictures: those that the manifest names.

        They are the ends of its `pairs` and `histories`; looked up once. Names that the graph does
        not have are left out: the pages that need them say so.
        """
        iris: list[str] = []
        with suppress(UnknownName):
            iris += [thing.iri for pair in self.pairs for thing in pair]
        return dict.fromkeys([*iris, *self.histories])

    @cached_property
    def histories(self) -> Mapping[str, None]:
        """The IRIs of the things whose history is a story: those of the manifest.

        If it has no stories, of a small graph it is `most_dated`. Names that the graph does not
        have are left out.
        """
        stories = self.graph.folder.front.stories
        if stories is None:
            return dict.fromkeys(filter(None, [self.most_dated if self.is_small else None]))
        iris: list[str] = []
        for story in stories:
            if story.kind == "history":
                with suppress(UnknownName):
                    iris += [self.graph.resolve(story.values["thing"]).value]
        return dict.fromkeys(iris)

    @cached_property
    def most_dated(self) -> str | None:
        """The IRI of a law with most dated claims, or else a campaign, body or person; read once.

        ``None`` if there is none, or the graph is at an endpoint.
        """
        from allgraph.network import centrality

        for group in ("laws", "campaigns", "bodies", "people"):
            kinds = [AG + name for name in GROUPS[group]]
            if group in self.groups and (iri := centrality.most_dated(self.graph, kinds)):
                return iri
        return None

    @cached_property
    def answers_in_stories(self) -> frozenset[tuple[str, int]]:
        """The answers that the first page leads to: (question, number of the example)."""
        stories = self.graph.folder.front.stories or ()
        answers = {
            (story.values["question"], int(story.values.get("example", "1")))
            for story in stories
            if story.kind == "answer"
        }
        with suppress(UnknownQuestion):
            answers |= {(query.name, number) for query, number in self.featured}
        return frozenset(answers)

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The suffixes of the RDF formats that the site has."""
        return tuple(s for s in addresses.SUFFIXES if s in self.published.suffixes)

    def _address(self, iri: str, suffix: str = "", page: int = 1) -> str:
        """Return the target of a link to an IRI: its path with the root, and ``#`` for a fragment.

        An IRI without a path on this site is its own target if it is http(s), else ``""``.
        `suffix` and `page` are as for `path`. The fragment is added only for the first page of a
        document, not for its data; for the IRI of a claim that is an anchor it is that of the
        claim.
        """
        path = self.path(iri, suffix, page) if suffix or page > 1 else self.place(iri)
        if path is None:
            return iri if iri.startswith(("http://", "https://")) else ""
        mark = iri.partition("#")[2] if page == 1 and not suffix and "#" not in path else ""
        return self.root + path + (f"#{quote(mark)}" if mark else "")

    @cached_property
    def node_kinds(self) -> Kinds:
        """The kinds of the nodes of the graph, for matrices; read when first needed."""
        return Kinds(self.graph)

    @cached_property
    def passages(self) -> Passages:
        """The claims and questions that the search finds by words; claims are read once."""
        return Passages.of(self.graph, self.counts["claims"], self.place)

    @cached_property
    def counts(self) -> dict[str, int]:
        """The numbers of ``claims``, ``sources`` and ``things``; runs the query ``counts`` once."""
        return {kind: int(text(count)) for kind, count in self.graph.run("counts").rows[0].items()}

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """The classes of things with a document, those with most things first.

        ``ag:Claim`` and the classes of OWL and Web Annotation are left out. The name of a class in
        its path is the end of its IRI; of several with the same name, and of those named like a
        group, the later have a number. Runs ``site-kinds`` and ``site-kinds-sizes`` once.
        """
        base = Literal(self.graph.folder.base)
        labels: dict[str, str] = {}
        counts: dict[str, int] = {}
        narrowest: list[Term] = [NamedNode(iri) for iri in sorted(self._narrowest())]
        rows = list(self.graph.run("site-kinds-sizes", kinds=narrowest, base=base).rows)
        for row in sorted(rows, key=lambda row: text(row["label"])):
            iri = text(row["kind"])
            labels.setdefault(iri, text(row["label"]) or local_name(iri))
            counts[iri] = int(text(row["count"]))
        names: dict[str, str] = {group: group for group in GROUPS}
        for iri in sorted(counts):
            name = fold(local_name(iri)) or "thing"
            taken = sum(1 for other in names.values() if other.partition("~")[0] == name)
            names[iri] = f"{name}~{taken + 1}" if taken else name
        kinds = (Kind(iri, labels[iri], counts[iri], names[iri]) for iri in counts)
        return tuple(sorted(kinds, key=lambda kind: (-kind.size, kind.label, kind.iri)))

    def _narrowest(self) -> set[str]:
        """Return the classes that have members, but those with the members of a narrower one alone.

        Such a class has as many members as one that is narrower, since they follow from it; an
        endpoint may lack what follows, so of it all classes are returned. Those of OWL and Web
        Annotation are left out. Runs the query ``site-kinds``.
        """
        rows = self.graph.run("site-kinds").rows
        counts = {text(row["kind"]): int(text(row["count"])) for row in rows}
        above = {iri: self.classes([iri]) for iri in counts}
        implied = {
            broader
            for iri, count in counts.items()
            for broader in above[iri] - {iri}
            if counts.get(broader) == count and iri not in above[broader]
        }
        if self.graph.is_remote:
            implied = set()
        return {iri for iri in counts.keys() - implied if not iri.startswith((OWL, _OA))}

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The keys of `GROUPS` of which there are things here; runs ``site-groups`` once."""
        groups = {AG + name: group for group, names in GROUPS.items() for name in names}
        base = Literal(self.graph.folder.base)
        rows = self.graph.run_for("site-groups", "kinds", groups, base=base)
        known = {groups[text(row["kind"])] for row in rows}
        return tuple(group for group in GROUPS if group in known)

    @cached_property
    def grouped(self) -> dict[str, tuple[Kind, ...]]:
        """The kinds of each group by its key in `GROUPS`; groups without things are left out."""
        by_group: dict[str, list[Kind]] = {}
        for kind in self.kinds:
            by_group.setdefault(self.group([kind.iri]), []).append(kind)
        return {group: tuple(by_group[group]) for group in GROUPS if group in by_group}

    @cached_property
    def is_disputed(self) -> bool:
        """True if a claim is in conflict with another; runs the query ``site-disputed`` once."""
        return bool(self.graph.run("site-disputed").value)

    @cached_property
    def menu(self) -> Menu:
        """The entries at the head of each page."""
        return menu(self.groups, is_disputed=self.is_disputed)

    @cached_property
    def is_small(self) -> bool:
        """True if there are few enough claims for pages about all of them, and the network file.

        The most are `network_data.MOST`. Runs the query ``many`` once.
        """
        return network_data.is_small(self.graph)

    @cached_property
    def barred(self) -> Flags:
        """A flag for each node of `Graph.columns`: whether no path passes through it.

        It is closed, or a hub by its class. Runs a query for each class of hubs once.
        """
        columns = self.graph.columns
        return columns.closed | hubs_of(self.graph, columns)

    @cached_property
    def triples(self) -> int:
        """The count of triples in the graph, with those of the ontology and derived ones.

        An endpoint is asked once, by the query ``sizes``.
        """
        return downloads.size(self.graph)

    @cached_property
    def _class_rows(self) -> list[Row]:
        """Rows of a class, a superclass and a label, from the query ``site-classes``, run once."""
        return list(self.graph.run("site-classes").rows)

    @cached_property
    def _superclasses(self) -> dict[str, set[str]]:
        """The IRIs of the superclasses of each class by its IRI; a class is among its own."""
        superclasses: dict[str, set[str]] = {}
        for row in self._class_rows:
            superclasses.setdefault(text(row["class"]), set()).add(text(row["above"]))
        return superclasses

    @cached_property
    def months(self) -> dict[tuple[int, int], int]:
        """The number of claims in each month, by year and month; counted once."""
        return timeline.months(self.graph)

    @cached_property
    def disagreements(self) -> list[Disagreement]:
        """The groups of claims that cannot all be true; they are looked for once."""
        return rivals.disagreements(self.graph)

    @cached_property
    def implied_predicates(self) -> set[str]:
        """The predicates, in brackets, that are broader than others or replaced; queried once."""
        return {str(row["predicate"]) for row in self.graph.run("implied-predicates").rows}

    @cached_property
    def _class_labels(self) -> dict[str, str]:
        """The label of each class by its IRI, the first in alphabetical order; ``""`` if none."""
        rows = sorted(self._class_rows, key=lambda row: text(row["label"]), reverse=True)
        return {text(row["class"]): text(row["label"]) for row in rows}

    def label(self, classes: Iterable[str]) -> str:
        """Return the label of the first of some classes, IRIs, that has one; ``""`` if none has.

        The query ``site-classes`` is run once for a site, when it is first needed.
        """
        return next(filter(None, (self._class_labels.get(iri) for iri in classes)), "")

    def classes(self, iris: Iterable[str]) -> set[str]:
        """Return the IRIs of some classes and of all their superclasses.

        The query ``site-classes`` is run once for a site, when it is first needed.
        """
        return {above for iri in iris for above in self._superclasses.get(iri, {iri})}

    def group(self, classes: Iterable[str]) -> str:
        """Return the group for things of some classes, IRIs: a key of `GROUPS`, or ``others``.

        `GROUPS` has the names of the ontology's classes in each group; the first that fits counts.
        The superclasses of the classes count too.
        """
        names = {iri.removeprefix(AG) for iri in self.classes(classes)}
        return next((group for group, kinds in GROUPS.items() if names & {*kinds}), "others")

    def kind(self, name: str) -> Kind:
        """Return the one of `kinds`, or the group, with this last part of its path.

        Raises `UnknownName` if there is none.
        """
        if name in self.groups and name in self.grouped:
            return Kind("", name, sum(kind.size for kind in self.grouped[name]), name)
        for kind in self.kinds:
            if kind.name == name:
                return kind
        raise UnknownName(f"there is no kind “{name}” here")

    def _things(self, kind: Kind) -> list[Thing]:
        """Return the things of a kind that have a document, sorted by name; at most 100,000.

        Those of a group are those of all its kinds. Runs the query ``site-things``.
        """
        if not kind.iri:
            things = (thing for one in self.grouped[kind.name] for thing in self.things(one))
            return _by_name({thing.iri: thing for thing in things}.values())
        base, shorten = Literal(self.graph.folder.base), self.graph.prefixes.shorten
        rows = self.graph.run("site-things", kind=NamedNode(kind.iri), base=base).rows
        names = ((text(row["thing"]), text(row["name"])) for row in rows)
        return _by_name(Thing(iri, name or shorten(iri), kind.label) for iri, name in names)

    def _facets(self, kind: Kind) -> list[Facet]:
        """Return the facets of the things of a kind: those of `facets`, and the kinds of a group.

        A list of few things has none. Reads the columns of the graph.
        """
        things = self.things(kind)
        if len(things) <= FEWEST:
            return []
        divisions = facets(self.graph, [thing.iri for thing in things])
        kinds = () if kind.iri else self.grouped[kind.name]
        if len(kinds) < 2:
            return divisions
        values = (
            Value(
                member.name,
                member.label,
                frozenset(thing.iri for thing in self.things(member)),
            )
            for member in kinds
        )
        return [Facet("kind", tuple(values)), *divisions]

    def prepare_lists(self) -> None:
        """Read what takes longest of the lists: `names`, and the lists and facets of the menu."""
        self.names  # noqa: B018
        for entry in self.menu.row:
            group = entry.path.removeprefix("/things/")
            if group in self.groups:
                self.facets(self.kind(group))

    @cached_property
    def names(self) -> list[Thing]:
        """The first `LISTED` things by name, of all kinds, and one more if there are more.

        Runs the query ``site-things`` for each kind once.
        """
        things = {thing.iri: thing for kind in self.kinds for thing in self.things(kind)}
        return _by_name(things.values())[: LISTED + 1]

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The language tags of the names of things in the graph, which is asked once."""
        rows = self.graph.run("languages").rows
        return tuple(sorted({text(row["language"]).lower() for row in rows}))

    def _names_in(self, language: str) -> dict[str, str]:
        """Return the names of things in a language, by the path of the page about each.

        A name in a variety of the language, such as ``de-ch`` for ``de``, is taken where there is
        no other; the first in the order of tags. Runs the query ``names-in-language``.
        """
        rows = self.graph.run("names-in-language", language=Literal(language)).rows
        names: dict[str, str] = {}
        for row in sorted(rows, key=lambda row: (text(row["tag"]).lower(), text(row["name"]))):
            if path := self.path(text(row["thing"])):
                names.setdefault(path, text(row["name"]))
        return names

    @cached_property
    def description(self) -> list[Triple]:
        """The description of the graph in VoID; the queries for its counts are run once."""
        return dataset.void(self.graph, self.published)

    @cached_property
    def gaps(self) -> dict[str, int]:
        """The counts of claims that lack a date, a second source, …, by the query ``site-gaps``.

        It is run once.
        """
        return {name: int(text(n)) for name, n in self.graph.run("site-gaps").rows[0].items()}

    def examples(self, query: Query) -> tuple[Mapping[str, str], ...]:
        """Return the values of the tested examples of a question, if the folder has the question.

        The values of an example are texts by the name of the parameter. A question from another
        folder than that of the graph has none: its examples are about other data.
        """
        return query.examples if self.is_own(query) else ()

    def is_own(self, query: Query) -> bool:
        """Return True if a question is of the folder of the graph, not taken over from another."""
        path = self.graph.queries.path(query.name)
        return path.parent == self.graph.folder.root / "queries"

    @cached_property
    def featured(self) -> tuple[tuple[Query, int], ...]:
        """The questions on the first page, each with 1, the number of its first tested example.

        They are those that the manifest names, or else the first `FEATURED` (6); those without an
        example are left out. Raises `UnknownQuestion` for a name that no question has.
        """
        names, queries = self.graph.folder.featured, self.graph.queries
        chosen = (queries[name] for name in names or queries)
        featured = ((query, 1) for query in chosen if self.examples(query))
        return tuple(islice(featured, None if names else FEATURED))

    @cached_property
    def questions_about_things(self) -> tuple[tuple[Query, Parameter], ...]:
        """The questions that need one value, a thing of some classes, each with its parameter."""
        needed = (
            (query, [parameter for parameter in query.parameters if parameter.required])
            for query in self.graph.queries.values()
        )
        return tuple(
            (query, parameters[0])
            for query, parameters in needed
            if len(parameters) == 1 and parameters[0].kinds
        )

    @cached_property
    def words(self) -> Words:
        """The words of sources that can be told from their digests."""
        return Words(self.graph)

    @cached_property
    def lines(self) -> Mapping[str, Line]:
        """The file and line of each thing that the folder states; none of an endpoint.

        The files are searched once, if the addresses of corrections have a place for them.
        """
        folder = self.graph.folder
        is_used = re.search(r"\{(file|line|place)\}", folder.corrections)
        return lines_of(folder) if is_used and not self.graph.is_remote else {}

    def correction(self, claim: Claim) -> str:
        """Return the address at which a correction of a claim is suggested, or ``""``.

        It has the file and the line of the claim, if these are known.
        """
        if not self.graph.folder.corrections:
            return ""
        file, line = self.lines.get(claim.iri, ("", 0))
        template, sentence = self.graph.folder.corrections, str(claim)
        return corrections.fill(template, iri=claim.iri, sentence=sentence, file=file, line=line)

    def contact(self, iri: str) -> str:
        """Return the address for somebody who is named on the page about an IRI, or ``""``."""
        return corrections.fill(self.graph.folder.contact, iri=iri)

    @cached_property
    def pairs(self) -> tuple[tuple[Thing, Thing], ...]:
        """The pairs of things with a page about their connections: those that the manifest names.

        If it names none, they are the first `FEATURED` pairs of the most connected things. Names
        are looked up in the graph once; `UnknownName` for a name that it does not have.
        """
        graph = self.graph
        if graph.folder.connections:
            return tuple(
                (graph.thing(graph.resolve(a)), graph.thing(graph.resolve(b)))
                for a, b in graph.folder.connections
            )
        return tuple(islice(combinations(self._most_connected(), 2), FEATURED))

    def _most_connected(self) -> list[Thing]:
        """Return the `_RANKED` (5) things with most ties; none unless the site `is_small`."""
        from allgraph.network import centrality

        if not self.is_small:
            return []
        return [ranked.thing for ranked in centrality.rank(self.graph, limit=_RANKED).ranked]


def _by_name(things: Iterable[Thing]) -> list[Thing]:
    """Return things sorted by name without case and accents, then by IRI."""
    return sorted(things, key=lambda thing: (fold(thing.name), thing.iri))
