"""The files of a site: what is in each, by its name; documents are in `leaves`.

They are in parts, each a function without arguments, so that several processes can share them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from allgraph.errors import UnknownFormat
from allgraph.linkeddata import dataset, publication
from allgraph.linkeddata.documents import written
from allgraph.model import addresses
from allgraph.site import (
    about_pages,
    assets,
    connection_pages,
    discovery,
    list_pages,
    network_data,
    query_page,
    question_pages,
    search_index,
    vocabulary_pages,
    webserver_config,
)
from allgraph.site.list_pages import LISTED
from allgraph.site.site import PAGE, Kind, Site
from allgraph.sparql.questions import Query

File = tuple[str, bytes]
Part = Callable[[], Iterator[File]]


def parts(edition: Site) -> Iterator[Part]:
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


def _fixed(edition: Site) -> Iterator[File]:
    yield "index.html", list_pages.home(edition)
    yield "things/index.html", list_pages.kinds(edition)
    yield "ask/index.html", question_pages.questions(edition)
    yield "paths/index.html", connection_pages.ways(edition, {})
    yield "network/index.html", connection_pages.network(edition)
    yield "find/index.html", list_pages.find(edition, None, edition.names(LISTED + 1))
    yield "about/index.html", about_pages.about(edition)
    yield "query/index.html", query_page.editor(edition)
    yield "404.html", list_pages.missing(edition)
    for asset in assets.assets():
        yield f"assets/{asset.name}", asset.content
    yield from _described(edition)


def _described(edition: Site) -> Iterator[File]:
    """What VoID and DCAT say."""
    graph, published = edition.graph, edition.published
    known = publication.prefixes(graph)
    yield "catalog/index.html", about_pages.dataset(edition)
    for name, triples in (
        ("void", dataset.void(graph, published)),
        ("catalog", dataset.dcat(graph, published)),
    ):
        for suffix in addresses.SUFFIXES:
            yield f"{name}.{suffix}", written(triples, known, suffix)
        if name == "void":
            yield ".well-known/void", written(triples, known, "ttl")


def _found(edition: Site) -> Iterator[File]:
    """What tells web servers and crawlers about the site."""
    graph, home = edition.graph, edition.home
    odd = [(iri, path) for path, iri in edition.digests.items()]
    for name, words in webserver_config.files(graph.folder.base, home, odd).items():
        yield name, words.encode()
    yield ".nojekyll", b""
    yield "robots.txt", discovery.robots(home).encode()
    yield "CITATION.cff", discovery.citation(graph, edition.published).encode()
    if said := discovery.service(graph, edition.published):
        known = publication.prefixes(graph)
        for suffix in addresses.SUFFIXES:
            yield f"service.{suffix}", written(said, known, suffix)


def _timeline(edition: Site) -> Iterator[File]:
    yield "timeline/index.html", connection_pages.whole_timeline(edition)


def _search(edition: Site) -> Iterator[File]:
    """What the script of the pages reads where no server answers."""
    yield from search_index.files(search_index.names(edition.graph, edition.path).values())
    ties = network_data.ties_of(edition.graph, edition.path)
    if ties is not None:
        yield "connections.json", network_data.written(ties)


def _things(edition: Site, kind: Kind) -> Iterator[File]:
    every = edition.things(kind)
    for page in range(1, max(1, -(-len(every) // PAGE)) + 1):
        below = f"/{page}" if page > 1 else ""
        yield f"things/{kind.name}{below}/index.html", list_pages.things(edition, kind, page, every)


def _question(edition: Site, query: Query) -> Iterator[File]:
    yield f"ask/{query.name}/index.html", question_pages.question(edition, query)
    for number in range(1, len(edition.examples(query)) + 1):
        asked = question_pages.example(edition, query, number)
        yield (
            f"ask/{query.name}/{number}/index.html",
            question_pages.question(edition, query, asked),
        )
        for suffix in question_pages.suffixes(asked.answer) if asked.answer is not None else ():
            assert asked.answer is not None
            yield f"ask/{query.name}/{number}.{suffix}", asked.answer.write(suffix)


def _pair(edition: Site, number: int) -> Iterator[File]:
    found = connection_pages.pair(edition, number)
    yield f"paths/{number}/index.html", connection_pages.ways(edition, {}, found, number)


def _whole(edition: Site, name: str) -> Iterator[File]:
    found = vocabulary_pages.whole(edition, name)
    yield f"{name}/index.html", vocabulary_pages.shown(edition, name, found)
    for suffix in addresses.SUFFIXES:
        try:
            yield f"{name}.{suffix}", found.write(suffix)
        except UnknownFormat:
            continue
