"""The files of a site by their names, as the table of routes has them; but for documents.

They are made in parts, functions without arguments, so that several processes can share them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from pyoxigraph import Triple

from allgraph.errors import UnknownFormat
from allgraph.linkeddata import dataset, publication, routes
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

PAGES: Mapping[str, Callable[[Site], bytes]] = {
    "home": list_pages.home,
    "kinds": list_pages.kinds,
    "ask": question_pages.questions,
    "paths": lambda site: connection_pages.connections_page(site, {}),
    "network": connection_pages.network,
    "find": lambda site: list_pages.find(site, None, site.names(LISTED + 1)),
    "about": about_pages.about,
    "query-page": query_page.editor,
    "catalog": about_pages.dataset,
    "timeline": connection_pages.whole_timeline,
    "missing": list_pages.missing,
}
"""The pages with one address each, by their routes."""


def parts(site: Site) -> Iterator[Part]:
    """All parts of a site but its documents and downloads."""
    for name in PAGES:
        yield partial(_page, site, name)
    yield partial(_described, site)
    yield partial(_search, site)
    yield partial(_for_machines, site)
    for kind in site.kinds:
        yield partial(_things, site, kind)
    for query in site.graph.queries.values():
        yield partial(_question, site, query)
    for number in range(1, len(site.pairs) + 1):
        yield partial(_pair, site, number)
    for name in addresses.WHOLE:
        yield partial(_whole, site, name)


def pages(count: int) -> range:
    """The numbers of the pages on which so many things are listed."""
    return range(1, max(1, -(-count // PAGE)) + 1)


def _file(route: str, **values: object) -> str:
    """The name of the file at a route."""
    return routes.BY_NAME[route].file(**values)


def _page(site: Site, name: str) -> Iterator[File]:
    """A page with an address of its own."""
    yield _file(name), PAGES[name](site)


def _described(site: Site) -> Iterator[File]:
    """The descriptions of the dataset as VoID and DCAT, and of its endpoint if there is one."""
    graph, published = site.graph, site.published
    void = dataset.void(graph, published)
    yield _file("void"), written(void, publication.prefixes(graph), "ttl")
    yield from _rdf_files(site, "void-data", void)
    yield from _rdf_files(site, "catalog-data", dataset.dcat(graph, published))
    if service := discovery.service(graph, published):
        yield from _rdf_files(site, "service", service)


def _rdf_files(site: Site, route: str, triples: Sequence[Triple]) -> Iterator[File]:
    """Triples in each format of RDF."""
    known = publication.prefixes(site.graph)
    for suffix in addresses.SUFFIXES:
        yield _file(route, suffix=suffix), written(triples, known, suffix)


def _for_machines(site: Site) -> Iterator[File]:
    """What web servers, crawlers and those who cite the site read, and what its pages use."""
    graph, home = site.graph, site.home
    for asset in assets.assets():
        yield _file("asset", file=asset.name), asset.content
    odd = [(iri, path) for path, iri in site.digests.items()]
    for name, text in webserver_config.files(graph.folder.base, home, odd).items():
        yield name, text.encode()
    yield ".nojekyll", b""
    yield _file("robots"), discovery.robots(home).encode()
    yield _file("citation"), discovery.citation(graph, site.published).encode()


def _search(site: Site) -> Iterator[File]:
    """What the script of the pages reads where no server answers."""
    yield from search_index.files(search_index.names(site.graph, site.path).values())
    ties = network_data.network_ties(site.graph, site.path)
    if ties is not None:
        yield _file("connections"), network_data.written(ties)


def _things(site: Site, kind: Kind) -> Iterator[File]:
    """The pages that list the things of a kind."""
    things = site.things(kind)
    for number in pages(len(things)):
        route = "things" if number == 1 else "more-things"
        name = _file(route, kind=kind.name, number=number)
        yield name, list_pages.things(site, kind, number, things)


def _question(site: Site, query: Query) -> Iterator[File]:
    """The page of a question, and its tested examples as pages and in each format."""
    yield _file("question", question=query.name), question_pages.question(site, query)
    for number in range(1, len(site.examples(query)) + 1):
        asked = question_pages.example(site, query, number)
        values = {"question": query.name, "number": number}
        yield _file("example", **values), question_pages.question(site, query, asked)
        if asked.answer is not None:
            for suffix in question_pages.suffixes(asked.answer):
                name = _file("example-data", **values, suffix=suffix)
                yield name, asked.answer.write(suffix)


def _pair(site: Site, number: int) -> Iterator[File]:
    """The page of a pair of things."""
    connections = connection_pages.pair(site, number)
    yield (
        _file("pair", number=number),
        connection_pages.connections_page(site, {}, connections, number),
    )


def _whole(site: Site, name: str) -> Iterator[File]:
    """All terms, or all shapes, as a page and as data."""
    document = vocabulary_pages.whole(site, name)
    yield _file(name), vocabulary_pages.shown(site, name, document)
    for suffix in addresses.SUFFIXES:
        try:
            yield _file(f"{name}-data", suffix=suffix), document.write(suffix)
        except UnknownFormat:
            continue
