"""The files of a site: what is in each, by its name; documents are in `leaves`.

They are in parts, each a function without arguments, so that several processes can share them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from allgraph import addresses, chronology, datasets, documents, publications
from allgraph.answer import Answer
from allgraph.catalogue import Query
from allgraph.documents import written
from allgraph.errors import UnknownFormat, UnknownName
from allgraph.site import answers, assets, connections, discovery, hosts, pages, search
from allgraph.site.edition import PAGE, Edition, Kind
from allgraph.site.pages import LISTED
from allgraph.terms import BASE

File = tuple[str, bytes]
Part = Callable[[], Iterator[File]]


def parts(edition: Edition, downloads: Mapping[str, bytes]) -> Iterator[Part]:
    """All parts of a site but its documents."""
    yield partial(_fixed, edition, downloads)
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


def _fixed(edition: Edition, downloads: Mapping[str, bytes]) -> Iterator[File]:
    yield "index.html", pages.home(edition)
    yield "things/index.html", pages.kinds(edition)
    yield "ask/index.html", pages.questions(edition)
    yield "paths/index.html", pages.connections(edition, {})
    yield "find/index.html", pages.find(edition, None, edition.names(LISTED + 1))
    yield "about/index.html", pages.about(edition)
    yield "404.html", pages.missing(edition)
    for asset in assets.assets():
        yield f"assets/{asset.name}", asset.content
    yield from _described(edition)
    for name, data in downloads.items():
        yield f"download/{name}", data


def _described(edition: Edition) -> Iterator[File]:
    """What VoID and DCAT say."""
    graph, published = edition.graph, edition.published
    known = publications.prefixes(graph)
    yield "catalog/index.html", pages.dataset(edition)
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
    found = chronology.timeline(edition.graph, limit=LISTED)
    yield "timeline/index.html", pages.timeline(edition, found, {})


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
        yield f"things/{kind.name}{below}/index.html", pages.things(edition, kind, page, every)


def _question(edition: Edition, query: Query) -> Iterator[File]:
    yield f"ask/{query.name}/index.html", pages.question(edition, query)
    for number in range(1, len(query.examples) + 1):
        asked = answers.example(edition.graph, query, number)
        yield f"ask/{query.name}/{number}/index.html", pages.question(edition, query, asked)
        assert asked.answer is not None
        for suffix in suffixes(asked.answer):
            yield f"ask/{query.name}/{number}.{suffix}", asked.answer.write(suffix)


def suffixes(answer: Answer) -> tuple[str, ...]:
    """The suffixes of the files with an answer."""
    return pages.TRIPLES if answer.kind == "triples" else pages.ROWS


def _pair(edition: Edition, number: int) -> Iterator[File]:
    found = answers.pair(edition, number)
    yield f"paths/{number}/index.html", pages.connections(edition, {}, found, number)


def _whole(edition: Edition, name: str) -> Iterator[File]:
    found = whole(edition, name)
    yield f"{name}/index.html", page_of_whole(edition, name, found)
    for suffix in addresses.SUFFIXES:
        try:
            yield f"{name}.{suffix}", found.write(suffix)
        except UnknownFormat:
            continue


def whole(edition: Edition, name: str) -> documents.Document:
    """All terms, or shapes: those of the graph, or if it has none those that it uses."""
    graph = edition.graph
    try:
        return documents.about(graph, graph.folder.base + name, published=edition.published)
    except UnknownName:
        return documents.about(graph, BASE + name, published=edition.published)


def page_of_whole(edition: Edition, name: str, found: documents.Document) -> bytes:
    """The reference of the terms, or shapes."""
    return (pages.shapes if name == "shapes" else pages.terms)(edition, found)
