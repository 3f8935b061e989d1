"""What workers do: each task answers one sort of request, and gives a document."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote

from pyoxigraph import NamedNode

from allgraph.errors import EngineError, InputError, ParameterError, UnknownName
from allgraph.graph import Graph, as_json, prose
from allgraph.linkeddata import dataset, documents, profiles, publication
from allgraph.model import addresses
from allgraph.rdf import formats
from allgraph.rdf.formats import Kind
from allgraph.rdf.terms import BASE
from allgraph.server import openapi, pages, service_description, sparql
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
    html,
    on,
)
from allgraph.server.http.negotiation import format_of
from allgraph.server.http.problems import problem_of
from allgraph.server.http.reply import TaskResult
from allgraph.server.state import Served
from allgraph.site import about_pages, question_pages, vocabulary_pages
from allgraph.site import documents as leaves
from allgraph.sparql.answer import Answer
from allgraph.sparql.endpoint.engine import Remote
from allgraph.sparql.questions import Query

PATIENCE = 3.0
"""Seconds that an endpoint may take to say that it is there."""
log = logging.getLogger("allgraph")

_URI = ":/?#[]@!$&'()*+,;=%~"  # what an IRI and a URI have in common, beside letters and digits
_PROFILE = "http://www.w3.org/ns/dx/prof/Profile"


def about(served: Served) -> TaskResult:
    """What the server process has to know of the graph."""
    return TaskResult(JSON, [json.dumps(served.about()).encode()])


def health(served: Served, told: Mapping[str, Any]) -> TaskResult:
    """Whether the endpoint that holds the graph answers, with what the server process tells."""
    engine = served.graph.engine
    assert isinstance(engine, Remote)
    try:
        engine.within(min(engine.seconds, PATIENCE)).query("ASK {}")
    except EngineError as error:
        log.warning("%s", error)
        said, status = {**told, "status": "no endpoint", "endpoint": "unreachable"}, 503
    else:
        said, status = {**told, "endpoint": "reachable"}, 200
    headers = {"Cache-Control": "no-store"}
    return TaskResult(JSON, [json.dumps(said).encode()], headers, status)


def query(
    served: Served,
    text: str,
    types: Mapping[Kind, str],
    default_graphs: Sequence[str],
    named_graphs: Sequence[str],
    rows: int,
    bytes: int,
    allow_service: Sequence[str],
) -> TaskResult:
    """The answer to a stranger's SPARQL."""
    return sparql.answer(
        served.graph, text, types, default_graphs, named_graphs, rows=rows, bytes=bytes,
        allow_service=allow_service,
    )  # fmt: skip


def service(served: Served, type: str, allow_service: bool) -> TaskResult:
    """The description of the endpoint."""
    endpoint = f"{served.home}sparql"
    return service_description.description(
        served.graph, endpoint, type, allow_service=allow_service
    )


def ask(
    served: Served, question: str, pairs: Pairs, types: Mapping[str, str], shown: str
) -> TaskResult:
    """The answer to a named question: in the type for its kind, or `shown` as text."""
    query = served.graph.queries[question]
    values, asked = _values(query, pairs)
    graph = on(served.graph, asked)
    found = graph.ask(question, **values)
    if shown:
        return _told(graph, query, found, bool(asked.get("sources")))
    if asked.get("sources"):
        said = json.dumps(as_json.cited(graph, query, found), ensure_ascii=False)
        return TaskResult(JSON, [said.encode()])
    type = types[found.kind]
    return TaskResult(type, [found.write(format_of(type, found.kind).name)])


def _values(query: Query, pairs: Pairs) -> tuple[dict[str, str], dict[str, Any]]:
    """The values of the parameters of a question, and of those that all questions have."""
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
    return {name.replace("-", "_"): text for name, text in values.items()}, asked


def _told(graph: Graph, query: Query, found: Answer, with_sources: bool) -> TaskResult:
    text = found.write("table", width=WIDTH).decode()
    if with_sources:
        blocks = (
            prose.row_with_sources(found, row, some, query.claim_columns, width=WIDTH)
            for row, some in enumerate(as_json.behind(graph, query, found))
        )
        text = "\n\n".join(blocks) + "\n"
    return TaskResult(TEXT + UTF_8, [text.encode()])


def question(served: Served, question: str, pairs: Pairs, is_asked: bool) -> TaskResult:
    """The page of a question; if it is asked, with its answer or what is wrong."""
    edition = served.edition
    query = edition.graph.queries[question]
    said = {name.replace("-", "_"): text for name, text in pairs}
    if not is_asked:
        return html(question_pages.question(edition, query))
    try:
        values, asked = _values(query, pairs)
        graph = on(edition.graph, asked)
        as_of = asked.get("as-of", "")
        return html(
            question_pages.question(
                edition, query, question_pages.asked(graph, query, values, as_of=as_of)
            )
        )
    except InputError as error:
        problem = problem_of(error)
        wrong = question_pages.AnsweredQuestion(said, error=problem.detail)
        return html(question_pages.question(edition, query, wrong), problem.status)


def thing(served: Served, path: str, type: str, profile: str = profiles.FULL) -> TaskResult:
    """Where the document is about the thing whose own address has a path: 303."""
    graph, base = served.graph, served.graph.folder.base
    for iri in addresses.meant(path, base):
        if graph.run("known", thing=iri):
            suffix = "" if type in ("", HTML) else format_of(type, "triples").suffixes[0]
            place = addresses.path_of(iri, base, suffix=suffix)
            if place is not None:
                headers = {"Location": served.root + place + _asking(profile)}
                return TaskResult(TEXT + UTF_8, [b"See the document.\n"], headers, 303)
    raise UnknownName(f"nothing is said of {path} here")


def document(served: Served, path: str, type: str, profile: str = profiles.FULL) -> TaskResult:
    """The page or the data at a path; at ``/ns`` and ``/shapes``, those that the graph uses."""
    base = served.graph.folder.base
    address, found = _at(served, path)
    if found.replaced_by:
        place = addresses.path_of(found.replaced_by, base, suffix=address.suffix)
        if place is not None:
            headers = {"Location": served.root + place + _asking(profile)}
            return TaskResult(TEXT + UTF_8, [b"It has another name now.\n"], headers, 301)
    chosen = profiles.find(served.graph, profile)
    headers = {"Link": ", ".join([*_links(served, found, address, profile),
                                  *_profiles(served, address, profile)])}  # fmt: skip
    if address.suffix == addresses.TABLE:
        data = leaves.leaf(served.edition, found).data(addresses.TABLE)
        return TaskResult(formats.named(addresses.TABLE).media_type, [data], headers)
    if address.suffix or type != HTML:
        if profile != profiles.FULL and address.page > 1:
            raise UnknownName(f"in the profile {profile} a document has one page")
        name = address.format or format_of(type, "triples").name
        media_type = formats.named(name).media_type
        told = profiles.of_document(served.graph, found, chosen)
        headers["Content-Profile"] = f"<{_uri(chosen.iri)}>"
        return TaskResult(media_type, [told.write(name)], headers)
    whole = address.iri.value.removeprefix(base)
    if whole in addresses.WHOLE:
        body = vocabulary_pages.shown(served.edition, whole, found)
    else:
        body = leaves.leaf(served.edition, found).page()
    return TaskResult(HTML + UTF_8, [body], headers)


def listed(served: Served, path: str, type: str, profile: str) -> TaskResult:
    """The profiles that the document at a path is there in."""
    address, found = _at(served, path)
    types = [_essence(suffix) for suffix in addresses.SUFFIXES]
    told = {
        "resource": found.topic.value,
        "profiles": [
            {"token": each.name, "uri": each.iri, "title": each.title, "media_types": types}
            for each in profiles.profiles(served.graph)
        ],
    }
    own = '<http://www.w3.org/ns/dx/connegp/profile/qsa>; rel="profile"'
    links = [own, *_profiles(served, address, profile, addresses.SUFFIXES)]
    return TaskResult(JSON, [json.dumps(told, ensure_ascii=False).encode()],
                    {"Link": ", ".join(links)})  # fmt: skip


def _asking(profile: str) -> str:
    """What an address ends in that asks for a profile."""
    return "" if profile == profiles.FULL else f"?_profile={quote(profile)}"


def _at(served: Served, path: str) -> tuple[addresses.Address, documents.Document]:
    """What a path stands for, and the document there."""
    has_digest = "/iri/~" in unquote(path)  # and only then all of them have to be known
    digests = served.edition.digests if has_digest else {}
    address = addresses.read(path, served.graph.folder.base, digests)
    if address is None:
        raise UnknownName(f"there is no document at {path}")
    return address, _about(served, address)


def page(served: Served, path: str) -> TaskResult:
    """A page, or a file beside it, at an address that every site has."""
    return pages.found(served.edition, path)


def connections(served: Served) -> TaskResult:
    """All ties in one file."""
    return TaskResult(JSON, [served.connections])


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


def _links(
    served: Served, found: documents.Document, address: addresses.Address, profile: str
) -> Iterator[str]:
    """The links to other formats and pages, to the thing itself, its licence and the dataset."""

    def place(suffix: str = "", page: int = address.page) -> str:
        path = addresses.path_of(address.iri, served.graph.folder.base, suffix=suffix, page=page)
        return f"<{served.root}{path}{_asking(profile) if suffix else ''}>"

    for suffix in addresses.SUFFIXES:
        if suffix != address.suffix:
            yield f'{place(suffix)}; rel="alternate"; type="{_essence(suffix)}"'
    if address.suffix:
        yield f'{place()}; rel="alternate"; type="{HTML}"'
    yield f'{place()}; rel="canonical"'
    for rel, number in (("prev", found.page - 1), ("next", found.page + 1)):
        if 1 <= number <= found.pages and profile == profiles.FULL:
            yield f'{place(address.suffix, number)}; rel="{rel}"'
    yield f'<{served.root}/.well-known/void>; rel="describedby"'
    yield f'<{_uri(found.topic.value)}>; rel="http://xmlns.com/foaf/0.1/primaryTopic"'
    for triple in publication.licence(served.graph, found.topic):
        if isinstance(triple.object, NamedNode):
            yield f'<{_uri(triple.object.value)}>; rel="license"'


def _profiles(
    served: Served, address: addresses.Address, chosen: str, suffixes: Sequence[str] = ()
) -> Iterator[str]:
    """The links to a document in other profiles, which of them this is in, and their names.

    They are to Turtle unless told, for rdflib follows the first alternate that is JSON-LD.
    """
    base, known = served.graph.folder.base, profiles.profiles(served.graph)
    for each in known:
        iri = _uri(each.iri)
        if each.name == chosen:
            yield f'<{iri}>; rel="profile"'
            continue
        for suffix in suffixes or addresses.SUFFIXES[:1]:
            path = addresses.path_of(address.iri, base, suffix=suffix) or "/"
            target = f"{served.root}{path}?_profile={quote(each.name)}"
            yield (f'<{target}>; rel="alternate"; type="{_essence(suffix)}"; formats="{iri}"')
    for each in known:
        yield f'<{_PROFILE}>; rel="type"; token="{each.name}"; anchor="{_uri(each.iri)}"'


def _uri(iri: str) -> str:
    return quote(iri, safe=_URI)


def _essence(suffix: str) -> str:
    return formats.named(suffix).media_type.partition(";")[0]


def void(served: Served, type: str) -> TaskResult:
    """What VoID says of the graph."""
    return _triples(served, dataset.void(served.graph, served.published), type)


def catalog(served: Served, type: str) -> TaskResult:
    """What DCAT says of it; as HTML the page about the data."""
    if type == HTML:
        return html(about_pages.dataset(served.edition))
    return _triples(served, dataset.dcat(served.graph, served.published), type)


def _triples(served: Served, triples: Sequence[Any], type: str) -> TaskResult:
    name = format_of(type, "triples").name
    known = publication.prefixes(served.graph)
    return TaskResult(type, [documents.written(triples, known, name)])


def download(served: Served, name: str) -> TaskResult:
    """A file with all the data."""
    data = served.download(name)
    suffix = name.rpartition(".")[2]
    type = TEXT + UTF_8 if suffix == name else "application/gzip"
    if suffix not in (name, "gz"):
        type = formats.named(suffix).media_type
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(len(data)),
    }
    return TaskResult(type, [data], headers)


def described(served: Served) -> TaskResult:
    """The OpenAPI document."""
    text = json.dumps(openapi.document(served), ensure_ascii=False, indent=1)
    return TaskResult("application/vnd.oai.openapi+json;version=3.1", [text.encode()])


TASKS = {
    each.__name__: each
    for each in (about, health, query, service, ask, question, answer, thing, document, listed,
                 page, connections, void, catalog, download, described)
}  # fmt: skip
"""All tasks, by the names that the server calls them by."""
