"""What workers do: each task answers one sort of request, and gives a document."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from pyoxigraph import NamedNode

from allgraph import (
    addresses,
    datasets,
    derive,
    documents,
    formats,
    listings,
    prose,
    publications,
)
from allgraph.answer import Answer
from allgraph.catalogue import Query
from allgraph.claims import Claim, claims, named
from allgraph.errors import ParameterError, UnknownName
from allgraph.formats import Kind
from allgraph.graph import Graph
from allgraph.server import descriptions, openapi, sparql
from allgraph.server.api import (
    DAY,
    HTML,
    JSON,
    LONGEST,
    POSSIBLE,
    SOURCES,
    TEXT,
    UTF_8,
    WIDTH,
    Pairs,
    answer,
    on,
    page,
)
from allgraph.server.document import Document
from allgraph.server.negotiation import format_of
from allgraph.server.served import DOWNLOADS, SUFFIXES, Served
from allgraph.terms import BASE

_URI = ":/?#[]@!$&'()*+,;=%~"  # what an IRI and a URI have in common, beside letters and digits


def about(served: Served) -> Document:
    """What the server process has to know of the graph."""
    return Document(JSON, [json.dumps(served.about()).encode()])


def query(
    served: Served,
    text: str,
    types: Mapping[Kind, str],
    default_graphs: Sequence[str],
    named_graphs: Sequence[str],
    rows: int,
    bytes: int,
    allow_service: Sequence[str],
) -> Document:
    """The answer to a stranger's SPARQL."""
    return sparql.answer(
        served.graph, text, types, default_graphs, named_graphs, rows=rows, bytes=bytes,
        allow_service=allow_service,
    )  # fmt: skip


def service(served: Served, type: str, allow_service: bool) -> Document:
    """The description of the endpoint."""
    endpoint = f"{served.home}sparql"
    return descriptions.description(served.graph, endpoint, type, allow_service=allow_service)


def ask(
    served: Served, question: str, pairs: Pairs, types: Mapping[str, str], shown: str
) -> Document:
    """The answer to a named question: in the type for its kind, or `shown` as text or HTML."""
    query = served.graph.queries[question]
    values: dict[str, str] = {}
    for name, text in pairs:
        if name in values:
            raise ParameterError(f"“{name}” can be said once here")
        if len(text) > LONGEST:
            raise ParameterError(f"{name}: more than {LONGEST} characters are not read")
        values[name] = text
    asked = {
        each.name: each.read(values.pop(each.name))
        for each in (SOURCES, DAY, POSSIBLE)
        if each.name in values
    }
    graph = on(served.graph, asked)
    found = graph.ask(question, **{name.replace("-", "_"): text for name, text in values.items()})
    if shown:
        return _shown(graph, query, found, shown, bool(asked.get("sources")))
    if asked.get("sources"):
        said = json.dumps(listings.cited(graph, query, found), ensure_ascii=False)
        return Document(JSON, [said.encode()])
    type = types[found.kind]
    return Document(type, [found.write(format_of(type, found.kind).name)])


def _shown(graph: Graph, query: Query, found: Answer, type: str, with_sources: bool) -> Document:
    text = found.write("table", width=WIDTH).decode()
    if with_sources:
        blocks = (
            prose.row_with_sources(found, row, some, query.claim_columns, width=WIDTH)
            for row, some in enumerate(listings.behind(graph, query, found))
        )
        text = "\n\n".join(blocks) + "\n"
    body = page(query.title, text) if type == HTML else text.encode()
    return Document(type + UTF_8, [body])


def thing(served: Served, path: str, type: str) -> Document:
    """Where the document is about the thing whose own address has a path: 303."""
    graph, base = served.graph, served.graph.folder.base
    for iri in addresses.meant(path, base):
        if graph.run("known", thing=iri):
            suffix = "" if type == HTML else SUFFIXES[format_of(type, "triples").name]
            place = addresses.path_of(iri, base, suffix=suffix)
            if place is not None:
                headers = {"Location": served.root + place}
                return Document(TEXT + UTF_8, [b"See the document.\n"], headers, 303)
    raise UnknownName(f"nothing is said of {path} here")


def document(served: Served, path: str, type: str) -> Document:
    """The page or the data at a path; at ``/ns`` and ``/shapes``, those that the graph uses."""
    base = served.graph.folder.base
    address = addresses.read(path, base)
    if address is None:
        raise UnknownName(f"there is no document at {path}")
    found = _about(served, address)
    if found.replaced_by:
        place = addresses.path_of(found.replaced_by, base, suffix=address.suffix)
        if place is not None:
            headers = {"Location": served.root + place}
            return Document(TEXT + UTF_8, [b"It has another name now.\n"], headers, 301)
    headers = {"Link": ", ".join(_links(served, found, address))}
    if address.suffix or type != HTML:
        name = address.format or format_of(type, "triples").name
        media_type = formats.named(name).media_type
        return Document(media_type, [found.write(name)], headers)
    return Document(HTML + UTF_8, [_page(served, found, address)], headers)


def _about(served: Served, address: addresses.Address) -> documents.Document:
    """The document at an address; a graph without terms of its own shows those that it is in."""
    graph = served.graph
    try:
        return documents.about(graph, address.iri, page=address.page, published=served.published)
    except UnknownName:
        rest = address.iri.value.removeprefix(graph.folder.base)
        if rest not in addresses.WHOLE:
            raise
        return documents.about(graph, BASE + rest, published=served.published)


def _links(served: Served, found: documents.Document, address: addresses.Address) -> Iterator[str]:
    """The links to other formats and pages, to the thing itself, its licence and the dataset."""

    def place(suffix: str = "", page: int = address.page) -> str:
        path = addresses.path_of(address.iri, served.graph.folder.base, suffix=suffix, page=page)
        return f"<{served.root}{path}>"

    for suffix in addresses.SUFFIXES:
        if suffix != address.suffix:
            yield f'{place(suffix)}; rel="alternate"; type="{_essence(suffix)}"'
    if address.suffix:
        yield f'{place()}; rel="alternate"; type="{HTML}"'
    yield f'{place()}; rel="canonical"'
    for rel, number in (("prev", found.page - 1), ("next", found.page + 1)):
        if 1 <= number <= found.pages:
            yield f'{place(address.suffix, number)}; rel="{rel}"'
    yield f'<{served.root}/.well-known/void>; rel="describedby"'
    yield f'<{quote(found.topic.value, safe=_URI)}>; rel="http://xmlns.com/foaf/0.1/primaryTopic"'
    for triple in publications.licence(served.graph, found.topic):
        if isinstance(triple.object, NamedNode):
            yield f'<{quote(triple.object.value, safe=_URI)}>; rel="license"'


def _essence(suffix: str) -> str:
    return formats.named(suffix).media_type.partition(";")[0]


def _page(served: Served, found: documents.Document, address: addresses.Address) -> bytes:
    """The document for a person: no more than what its data has on the same page."""
    graph, base = served.graph, served.graph.folder.base
    one = graph.thing(found.topic)
    said = _claims(graph, found)
    text = prose.thing(one, said, graph.prefixes, width=WIDTH)
    if not said:
        text = f"{one.iri}\n\n{found.write('turtle').decode()}"
    links = [
        (f"as {formats.named(suffix).name}", suffix, found.page) for suffix in addresses.SUFFIXES
    ]
    for number in (found.page - 1, found.page + 1):
        if 1 <= number <= found.pages:
            links.append((f"page {number} of {found.pages}", "", number))
    places = (
        (name, addresses.path_of(address.iri, base, suffix=suffix, page=number))
        for name, suffix, number in links
    )
    return page(one.name, text, [(served.root + path, name) for name, path in places if path])


def _claims(graph: Graph, found: documents.Document) -> list[Claim]:
    """The claims of a page of a document that are about its topic, or are its topic."""
    topic = found.topic
    itself = named(graph, [topic])
    if found.pages == 1:
        return itself + claims(graph, about=topic)
    ends = (derive.SUBJECT, derive.OBJECT)
    about = [t.subject for t in found.triples if t.object == topic and t.predicate in ends]
    return itself + named(graph, about)


def void(served: Served, type: str) -> Document:
    """What VoID says of the graph."""
    return _triples(served, datasets.void(served.graph, served.published), type)


def catalog(served: Served, type: str) -> Document:
    """What DCAT says of it."""
    return _triples(served, datasets.dcat(served.graph, served.published), type)


def _triples(served: Served, triples: Sequence[Any], type: str) -> Document:
    name = format_of(type, "triples").name
    known = publications.prefixes(served.graph)
    return Document(type, [documents.written(triples, known, name)])


def download(served: Served, name: str) -> Document:
    """A file with all the data."""
    stem, _, suffix = name.partition(".")
    found = next((each for each in DOWNLOADS if SUFFIXES[each] == suffix), None)
    if stem != "graph" or found is None:
        offered = ", ".join(f"graph.{SUFFIXES[each]}" for each in DOWNLOADS)
        raise UnknownName(f"there is no download “{name}”; there are {offered}")
    data = served.download(found)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(len(data)),
    }
    return Document(formats.named(found).media_type, [data], headers)


def described(served: Served) -> Document:
    """The OpenAPI document."""
    text = json.dumps(openapi.document(served), ensure_ascii=False, indent=1)
    return Document("application/vnd.oai.openapi+json;version=3.1", [text.encode()])


TASKS = {
    each.__name__: each
    for each in (about, query, service, ask, answer, thing, document, void, catalog, download,
                 described)
}  # fmt: skip
"""All tasks, by the names that the server calls them by."""
