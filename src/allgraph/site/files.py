"""The files of a site: what is in each, by its name; documents are in `leaves`.

They are in parts, each a function without arguments, so that several processes can share them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from allgraph import addresses, datasets, publications
from allgraph.catalogue import Query
from allgraph.documents import written
from allgraph.errors import UnknownFormat
from allgraph.site import (
    assets,
    connections,
    discovery,
    editor,
    hosts,
    lists,
    overviews,
    questions,
    reference,
    search,
    walks,
)
from allgraph.site.edition import PAGE, Edition, Kind
from allgraph.site.lists import LISTED

File = tuple[str, bytes]
Part = Callable[[], Iterator[File]]


def parts(edition: Edition) -> Iterator[Part]:
    """All parts of a site but its documents and downloads."""
    yield partial(_fixed, edition)
    yield partial(_timeline, edition)
    yield partial(_search, edition)
    yield partial(_found, edition)
    for kind in edition.kinds:
        yield partial(_things, edition, kind)
    for query in edition.graph.queries.values():
        yield partial(_question, edition, query)
    for number in range(1, len(edition.pairs) + 1):
        yield partial(_pair, edition, number)
    for name in addresses.WHOLE:
        yield partial(_whole, edition, name)


def _fixed(edition: Edition) -> Iterator[File]:
    yield "index.html", lists.home(edition)
    yield "things/index.html", lists.kinds(edition)
    yield "ask/index.html", questions.questions(edition)
    yield "paths/index.html", walks.ways(edition, {})
    yield "network/index.html", walks.network(edition)
    yield "find/index.html", lists.find(edition, None, edition.names(LISTED + 1))
    yield "about/index.html", overviews.about(edition)
    yield "query/index.html", editor.editor(edition)
    yield "404.html", lists.missing(edition)
    for asset in assets.assets():
        yield f"assets/{asset.name}", asset.content
    yield from _described(edition)


def _described(edition: Edition) -> Iterator[File]:
    """What VoID and DCAT say."""
    graph, published = edition.graph, edition.published
    known = publications.prefixes(graph)
    yield "catalog/index.html", overviews.dataset(edition)
    for name, triples in (
        ("void", datasets.void(graph, published)),
        ("catalog", datasets.dcat(graph, published)),
    ):
        for suffix in addresses.SUFFIXES:
            yield f"{name}.{suffix}", written(triples, known, suffix)
        if name == "void":
            yield ".well-known/void", written(triples, known, "ttl")


def _found(edition: Edition) -> Iterator[File]:
    """What tells web servers and crawlers about the site."""
    graph, home = edition.graph, edition.home
    odd = [(iri, path) for path, iri in edition.digests.items()]
    for name, words in hosts.files(graph.folder.base, home, odd).items():
        yield name, words.encode()
    yield ".nojekyll", b""
    yield "robots.txt", discovery.robots(home).encode()
    yield "CITATION.cff", discovery.citation(graph, edition.published).encode()
    if said := discovery.service(graph, edition.published):
        known = publications.prefixes(graph)
        for suffix in addresses.SUFFIXES:
            yield f"service.{suffix}", written(said, known, suffix)


def _timeline(edition: Edition) -> Iterator[File]:
    yield "timeline/index.html", walks.whole_timeline(edition)


def _search(edition: Edition) -> Iterator[File]:
    """What the script of the pages reads where no server answers."""
    yield from search.files(search.names(edition.graph, edition.path).values())
    ties = connections.ties_of(edition.graph, edition.path)
    if ties is not None:
        yield "connections.json", connections.written(ties)


def _things(edition: Edition, kind: Kind) -> Iterator[File]:
    every = edition.things(kind)
    for page in range(1, max(1, -(-len(every) // PAGE)) + 1):
        below = f"/{page}" if page > 1 else ""
        yield f"things/{kind.name}{below}/index.html", lists.things(edition, kind, page, every)


def _question(edition: Edition, query: Query) -> Iterator[File]:
    yield f"ask/{query.name}/index.html", questions.question(edition, query)
    for number in range(1, len(edition.examples(query)) + 1):
        asked = questions.example(edition, query, number)
        yield f"ask/{query.name}/{number}/index.html", questions.question(edition, query, asked)
        for suffix in questions.suffixes(asked.answer) if asked.answer is not None else ():
            assert asked.answer is not None
            yield f"ask/{query.name}/{number}.{suffix}", asked.answer.write(suffix)


def _pair(edition: Edition, number: int) -> Iterator[File]:
    found = walks.pair(edition, number)
    yield f"paths/{number}/index.html", walks.ways(edition, {}, found, number)


def _whole(edition: Edition, name: str) -> Iterator[File]:
    found = reference.whole(edition, name)
    yield f"{name}/index.html", reference.shown(edition, name, found)
    for suffix in addresses.SUFFIXES:
        try:
            yield f"{name}.{suffix}", found.write(suffix)
        except UnknownFormat:
            continue
