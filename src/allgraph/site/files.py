"""The files of a site by their names, as the table of routes has them; but for documents.

They are made in parts, functions without arguments, so that several processes can share them.
A part yields the name and content of each of its files, and writes nothing to disk. Making the
pages runs queries on the graph of the site.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from urllib.parse import quote, unquote

from pyoxigraph import Triple

from allgraph.errors import UnknownFormat
from allgraph.evidence.citation_file import citation_file
from allgraph.linkeddata import dataset, publication, routes
from allgraph.linkeddata.documents import written
from allgraph.model import addresses
from allgraph.render import png
from allgraph.site import assets, discovery, languages, network_data, webserver_config
from allgraph.site.answers import data as answers_data
from allgraph.site.pages import (
    about,
    cards,
    connections,
    disagreements,
    embedding,
    home,
    lists,
    network,
    pictures,
    questions,
    sparql,
    timelines,
    vocabulary,
)
from allgraph.site.search import index as search_index
from allgraph.site.site import Kind, Site
from allgraph.sparql.questions import Query

SAFE = "/:@!$&'()*+,;=~"
"""The characters of a path that are not percent-encoded, beside letters, digits and ``-._``."""
File = tuple[str, bytes | UnknownFormat]
"""The name of a file, relative to the folder of the site, and its content.

In its place is the error of a format that cannot hold the content; the file is then left out.
"""
Part = Callable[[], Iterator[File]]
"""A function that makes some files of a site and yields them."""

PAGES: Mapping[str, Callable[[Site], bytes]] = {
    "home": home.home,
    "kinds": lists.kinds,
    "ask": questions.questions,
    "paths": lambda site: connections.connections_page(site, {}),
    "network": network.network,
    "find": lambda site: lists.find(site, None),
    "about": about.about,
    "query-page": sparql.editor,
    "catalog": about.dataset,
    "disagreements": disagreements.disagreements,
    "timeline": timelines.whole_timeline,
    "missing": lists.missing,
}
"""The pages with one address each, by their routes."""


def parts(site: Site) -> Iterator[Part]:
    """Yield the functions that make all files of a site but its documents and downloads.

    A function has no arguments and yields names and contents of files; it writes none. Documents
    are the pages and data about single things. The number and order of functions are the same for
    the same graph. Queries the graph for the kinds and pairs of the site.
    """
    for name in PAGES:
        yield partial(_one_page, site, name)
    yield partial(_descriptions, site)
    yield partial(_search_and_network, site)
    yield partial(_assets_and_configuration, site)
    for kind in (*site.kinds, *map(site.kind, site.groups)):
        yield partial(_pages_of_kind, site, kind)
    for query in site.graph.queries.values():
        yield partial(_question_and_examples, site, query)
    for number in disagreements.pages(site):
        yield partial(_disagreements, site, number)
    for number in range(1, len(site.pairs) + 1):
        yield partial(_connections_of_pair, site, number)
    yield partial(_pictures, site)
    for name in addresses.WHOLE:
        yield partial(_vocabulary, site, name)


def listed(site: Site) -> list[str]:
    """Return the paths of the pages that a sitemap lists, sorted, each with a slash before it.

    They are all but those of withdrawn claims, those for frames, and further pages of long
    documents. Reads all IRIs, and the lists of all kinds.
    """
    names = [_file_name(name) for name in PAGES if name != "missing"]
    for kind in (*site.kinds, *map(site.kind, site.groups)):
        names += (name for _, name, _ in _lists_of_kind(site, kind))
    for query in site.graph.queries.values():
        names.append(_file_name("question", question=query.name))
        numbers = range(1, len(site.examples(query)) + 1)
        names += (_file_name("example", question=query.name, number=one) for one in numbers)
    further = disagreements.pages(site)[1:]
    names += (_file_name("more-disagreements", number=number) for number in further)
    names += (_file_name("pair", number=number) for number in range(1, len(site.pairs) + 1))
    names += map(_file_name, addresses.WHOLE)
    paths = {f"/{quote(name.removesuffix('index.html').rstrip('/'), safe=SAFE)}" for name in names}
    return sorted(paths | {*filter(None, map(site.path, site.iris))})


def sitemap(site: Site, name: str = "sitemap.xml") -> bytes | None:
    """Return a file of the sitemap, a part or the index of them; ``None`` if there is none.

    All are made once, and kept in the site.
    """
    if not site.sitemap:
        made = discovery.sitemap(site.home, listed(site))
        site.sitemap.update((name, zlib.compress(content)) for name, content in made)
    content = site.sitemap.get(name)
    return None if content is None else zlib.decompress(content)


def content_or_error(write: Callable[[], bytes]) -> bytes | UnknownFormat:
    """Return what a function returns, or the `UnknownFormat` that it raises."""
    try:
        return write()
    except UnknownFormat as error:
        return error


def _file_name(route: str, **values: object) -> str:
    """Return the name of the file of a route, given by its name in `routes.BY_NAME`.

    `values` fill the slots in the path of the route.
    """
    return routes.BY_NAME[route].file(**values)


def _one_page(site: Site, name: str) -> Iterator[File]:
    """Yield the file of one of `PAGES`, a function that returns HTML, by the name of its route."""
    yield _file_name(name), PAGES[name](site)


def _descriptions(site: Site) -> Iterator[File]:
    """Yield the files that describe the dataset in VoID and DCAT, and its endpoint, if any.

    Nothing is written to disk: `written` returns bytes.
    """
    graph, published = site.graph, site.published
    void = site.description
    yield _file_name("void"), written(void, publication.prefixes(graph), "ttl")
    yield from _rdf_files(site, "void-data", void)
    yield from _rdf_files(site, "catalog-data", dataset.dcat(graph, published))
    if service := discovery.service(graph, published):
        yield from _rdf_files(site, "service", service)


def _rdf_files(site: Site, route: str, triples: Sequence[Triple]) -> Iterator[File]:
    """Yield a file with the same triples for each RDF format of the site; `route` names the files.

    Nothing is written to disk: `written` returns bytes.
    """
    known = publication.prefixes(site.graph)
    for suffix in site.suffixes:
        yield _file_name(route, suffix=suffix), written(triples, known, suffix)


def _assets_and_configuration(site: Site) -> Iterator[File]:
    """Yield the assets of the pages, the configuration of web servers, and files for crawlers.

    The last are ``.nojekyll``, ``robots.txt`` and ``CITATION.cff``. The keys of `Site.digests` are
    paths whose IRIs get rules of their own. Raises
    `ParameterError` when the rules cannot be written for the address of the site.
    """
    graph, home = site.graph, site.home
    for asset in assets.assets():
        yield _file_name("asset", file=asset.name), asset.content
    odd = [(iri, path) for path, iri in site.digests.items()]
    places = None if site.places is None else ((iri, site.place(iri) or "") for iri in site.places)
    for name, text in webserver_config.files(
        graph.folder.base, home, odd, site.published.suffixes, places
    ).items():
        yield name, text.encode()
    yield ".nojekyll", b""
    yield _file_name("robots"), discovery.robots(home).encode()
    yield _file_name("citation"), citation_file(graph, site.published).encode()


def _search_and_network(site: Site) -> Iterator[File]:
    """Yield what scripts of static pages read: search index, network, answers; and identifiers.

    The names of all things are queried, and of a graph with few claims these are read. A graph
    with more than `network_data.MOST` (20,000) claims has no file of the network; of any other all
    claims are read.
    """
    graph = site.graph
    things = search_index.searched(graph, site.path)
    yield from search_index.files(things, graph.folder.base, site.passages, graph.schemes)
    yield from names_in_languages(site)
    yield _file_name("identifiers"), search_index.identifier_table(site.graph, site.path)
    if answers := answers_data.file(site):
        yield _file_name("search-part", file=answers_data.NAME), answers
    ties = network_data.network_ties(site.graph, site.place)
    if ties is not None:
        yield _file_name("connections"), network_data.written(ties)


def names_in_languages(site: Site) -> Iterator[File]:
    """Yield the files of the names of things in each language, which are queried."""
    for language in site.languages:
        for number, content in languages.files(site.names_in(language)):
            route = "language-part" if number else "language"
            yield _file_name(route, language=language, number=number), content


def _pages_of_kind(site: Site, kind: Kind) -> Iterator[File]:
    """Yield the pages that list the things of a kind, and those of its facets.

    The things are queried; facets are read from the columns of the graph.
    """
    for listed, name, number in _lists_of_kind(site, kind):
        yield name, lists.things(site, listed, number)


def _lists_of_kind(site: Site, kind: Kind) -> Iterator[tuple[lists.Listed, str, int]]:
    """Yield the pages of the lists of a kind: the list, the name of the file, and the number."""
    alike: list[tuple[lists.Listed, tuple[str, str], dict[str, str]]] = [
        (lists.Listed.of(site, kind), ("things", "more-things"), {})
    ]
    for facet in site.facets(kind):
        for value in facet.values:
            values = {"facet": facet.name, "value": value.name}
            of_value = lists.Listed.with_value(site, kind, facet.name, value.name)
            alike.append((of_value, ("facet", "more-of-facet"), values))
    for one, names, values in alike:
        for number in one.numbers:
            route = names[number > 1]
            yield one, _file_name(route, kind=one.kind.name, number=number, **values), number


def _question_and_examples(site: Site, query: Query) -> Iterator[File]:
    """Yield the page of a question, and for each tested example a page and the answer as data.

    The examples are asked of the graph; one with a wrong value has a page, and no data. Raises the
    errors of the engine, and `UnknownFormat` when a format cannot hold an answer.
    """
    yield _file_name("question", question=query.name), questions.question(site, query)
    for number in range(1, len(site.examples(query)) + 1):
        asked = questions.example(site, query, number)
        values = {"question": query.name, "number": number}
        yield _file_name("example", **values), questions.question(site, query, asked)
        if asked.answer is not None:
            picture = questions.picture_for_card(site, query, asked)
            if picture and png.can_draw():
                yield _file_name("example-picture", **values), cards.file(picture)
            for suffix in questions.suffixes(asked.answer):
                name = _file_name("example-data", **values, suffix=suffix)
                yield name, asked.answer.write(suffix)
        if sources := questions.with_sources(site, query, asked):
            yield _file_name("example-sources", **values), sources


def _disagreements(site: Site, number: int) -> Iterator[File]:
    """Yield the data of the disagreements on a page, by its number, and the page if it is no first.

    With the first page comes the data of all disagreements.
    """
    if number > 1:
        name = _file_name("more-disagreements", number=number)
        yield name, disagreements.disagreements(site, number)
    for suffix in disagreements.SUFFIXES:
        if number == 1:
            yield _file_name(f"disagreements-{suffix}"), disagreements.data(site, suffix)
        for one in disagreements.on_page(site, number):
            name = _file_name("disagreement-data", number=one, suffix=suffix)
            yield name, disagreements.data(site, suffix, [one])


def _connections_of_pair(site: Site, number: int) -> Iterator[File]:
    """Yield the page of the connections between a pair of `Site.pairs`, by its number from 1.

    Searches the graph for them. Raises `UnknownName` when there is no pair of this number.
    """
    paths = connections.pair(site, number)
    yield (
        _file_name("pair", number=number),
        connections.connections_page(site, {}, paths, number),
    )
    if paths:
        picture = pictures.of_paths(site, paths)
        name = partial(_file_name, "pair-picture", number=number)
        yield name(suffix="svg"), picture.content()
        if png.can_draw():
            yield name(suffix="png"), cards.file(picture)


def _pictures(site: Site) -> Iterator[File]:
    """Yield the files of the pictures of the graph and of the things that the site features."""
    for picture in pictures.published(site):
        if path := site.picture_path(picture):
            name = unquote(path)[1:]
            yield f"{name}.svg", picture.content()
            if cards.has_file(site, picture):
                yield f"{name}.png", cards.file(picture)
            yield f"embed/{name}/index.html", embedding.picture_frame(site, picture)
            yield f"oembed/{name}.json", embedding.about_picture(site, path, picture)


def _vocabulary(site: Site, name: str) -> Iterator[File]:
    """Yield the page and the data of all terms (`name` is ``ns``) or all shapes (``shapes``).

    In place of the content of a format that cannot express the data it yields the error. Raises
    `UnknownName` when the graph has no triples about them.
    """
    document = vocabulary.whole(site, name)
    yield _file_name(name), vocabulary.shown(site, name, document)
    for suffix in site.suffixes:
        content = content_or_error(partial(document.write, suffix))
        yield _file_name(f"{name}-data", suffix=suffix), content
