"""Tasks of the workers: each answers one sort of request."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote, urlencode

from pyoxigraph import NamedNode, Triple

from allgraph.errors import AllgraphError, InputError, UnknownName
from allgraph.evidence import titles
from allgraph.graph import Graph, as_json, prose
from allgraph.graph import pages as answer_pages
from allgraph.linkeddata import dataset, documents, profiles, publication
from allgraph.linkeddata.documents import Document
from allgraph.linkeddata.routes import (
    BY_NAME,
    CURSOR,
    HTML,
    JSON,
    OPENAPI,
    SORT,
    SOURCES,
    TEXT,
    WHERE,
    WITHDRAWN,
    RouteParameter,
)
from allgraph.model import addresses
from allgraph.model.addresses import Address
from allgraph.rdf import formats
from allgraph.rdf.formats import Kind
from allgraph.rdf.terms import BASE
from allgraph.server import openapi, pages, service_description, sparql
from allgraph.server.api import (
    UTF_8,
    WIDTH,
    Pairs,
    answer,
    as_of_day,
    chosen,
    given_twice,
    html,
    read,
    read_all,
    with_next,
)
from allgraph.server.http.negotiation import format_of, unavailable
from allgraph.server.http.problems import problem_of
from allgraph.server.http.reply import TaskResult
from allgraph.server.state import Served
from allgraph.site import documents as document_pages
from allgraph.site import files, languages
from allgraph.site.pages import embedding, pictures, questions, sharing, vocabulary
from allgraph.site.search import index as search_index
from allgraph.site.search import results
from allgraph.sparql.answer import Answer
from allgraph.sparql.endpoint.engine import Remote
from allgraph.sparql.questions import Query
from allgraph.validation import query_warnings

MADE_ALONE = 10_000
"""How many rows a page has at most where it is made without the rest of the answer."""
_TABLES = ("csv", "tsv")
"""The formats in which an answer with the evidence of its rows is a table."""
PATIENCE = 3.0
"""Seconds that an endpoint may take to say that it is there."""
log = logging.getLogger("allgraph")

_, *_COMMON = BY_NAME["question"].parameters  # the first is the name of the question
_URI = ":/?#[]@!$&'()*+,;=%~"  # what an IRI and a URI have in common, beside letters and digits
_PROFILE = "http://www.w3.org/ns/dx/prof/Profile"
_BY_QUERY_STRING = "http://www.w3.org/ns/dx/connegp/profile/qsa"


def _json_result(
    data: Any, headers: Mapping[str, str] | None = None, status: int = 200
) -> TaskResult:
    """The result with `data` as JSON, and the HTTP headers and status."""
    text = json.dumps(data, ensure_ascii=False)
    return TaskResult(JSON, [text.encode()], headers or {}, status)


# ---- The graph and its endpoint


def about(served: Served) -> TaskResult:
    """The facts about the graph that the server process needs (`Served.about`), as JSON.

    Reads the files of the profiles; raises `QueryError` if one is invalid.
    """
    return TaskResult(JSON, [json.dumps(served.about()).encode()])


def health(served: Served, server: Mapping[str, Any]) -> TaskResult:
    """The state of the server process, as JSON, and whether the endpoint with the graph answers.

    `server` is that state. A small query is sent to the endpoint; if it fails, or takes more than
    `PATIENCE` (3) seconds, the log says why and the status is 503. Only for a graph at an endpoint.
    """
    engine = served.graph.engine
    assert isinstance(engine, Remote)
    headers = {"Cache-Control": "no-store"}
    try:
        engine.within(min(engine.seconds, PATIENCE)).query("ASK {}")
    except AllgraphError as error:
        log.warning("%s", error)
        failure = {"status": "no endpoint", "endpoint": "unreachable"}
        return _json_result({**server, **failure}, headers, 503)
    return _json_result({**server, "endpoint": "reachable"}, headers)


def query(
    served: Served,
    text: str,
    types: Mapping[Kind, str],
    default_graphs: Sequence[str],
    named_graphs: Sequence[str],
    *,
    withdrawn: bool = False,
    **limits: Any,
) -> TaskResult:
    """The answer to a SPARQL query of a client, by `sparql.answer`.

    `types` has the media type for each kind of answer; the graphs are IRIs; with `withdrawn` the
    withdrawn claims are in the default graph; `limits` are further
    options of that function, such as ``rows``. The header `WARNINGS` has the warnings about the
    query, if any, as a JSON array of texts in ASCII; none where it reads graphs of an endpoint.
    Raises `QueryError`, `ParameterError`, `UnknownFormat` and `EngineError`. The body raises errors
    too as it is sent, such as `TooLong`.
    """
    graph = chosen(served, {WITHDRAWN.name: withdrawn}).graph
    reply = sparql.answer(graph, text, types, default_graphs, named_graphs, **limits)
    is_elsewhere = graph.is_remote and (default_graphs or named_graphs)
    return reply.with_warnings([] if is_elsewhere else query_warnings.of(graph, text))


def service(served: Served, type: str, allow_service: bool) -> TaskResult:
    """The service description of the SPARQL endpoint of this server, in a media type of RDF.

    Queries the graph for its size. `allow_service` says that queries may use SERVICE. Raises
    `UnknownFormat` for any other media type.
    """
    endpoint = f"{served.home}sparql"
    return service_description.description(
        served.graph, endpoint, type, allow_service=allow_service
    )


# ---- Questions


def ask(
    served: Served,
    question: str,
    pairs: Pairs,
    types: Mapping[str, str],
    shown: str,
    *,
    format: str = "",
    most_rows: int | None = None,
) -> TaskResult:
    """The answer to a named question, to which `pairs` are the names and texts of the parameters.

    `types` has the media type for each kind of answer. If `shown` is not empty, the answer is text
    for people; else with ``sources`` it is JSON with the claims of each row, or in the format
    ``csv`` or ``tsv`` a row for each piece of evidence. The header ``Content-Disposition`` has the
    name of a file of the answer. It has `most_rows` at most; the header ``Link`` has the address of
    those that follow, with the parameter `format` if that is not empty. A page that is made without
    the rest of the answer has `MADE_ALONE` rows at most, so that it is made in time. The header
    `WARNINGS` says what was cut, which dates make no sense, and which terms of the question are
    deprecated or unknown. Raises `UnknownQuestion`, `ParameterError`, `UnknownName`, `DateError`,
    `UnknownFormat` and the errors of the query.
    """
    query = served.graph.queries[question]
    values, options = _read_parameters(query, pairs)
    graph = as_of_day(chosen(served, options).graph, options)
    cursor = _cursor(query, options)
    most = MADE_ALONE if query.pages and cursor is not None else None
    limit = min(filter(None, (options.get("limit"), most_rows, most)), default=None)
    arranged = {name: options.get(name, []) for name in (WHERE.name, SORT.name)}
    terms = query.values(values, graph.resolve)
    page = answer_pages.page(graph, question, terms, limit, cursor, **arranged)
    answer, is_cited = page.answer, bool(options.get("sources"))
    remarks = [*page.note, *graph.remarks(question, bool(answer), **terms)]
    remarks += query_warnings.of_question(graph, query)
    if shown:
        reply = _text_result(graph, query, answer, is_cited)
    elif is_cited and format not in _TABLES:
        reply = _json_result(as_json.cited(graph, query, page))
    elif answer.kind in types:
        written = as_json.with_evidence(graph, query, answer) if is_cited else answer
        reply = _file(written, types[answer.kind], titles.file_name(query, terms), is_cited)
    else:
        raise unavailable(answer.kind)
    return with_next(reply, pairs, page.next, format).with_warnings(remarks)


def _file(answer: Answer, type: str, name: str, is_cited: bool) -> TaskResult:
    """The result with an answer in a media type; who saves it finds a file of this name.

    `is_cited` says that the answer has the evidence of its rows, and so does then the name.
    """
    format = format_of(type, answer.kind)
    end = f"{'_with-sources' if is_cited else ''}.{format.suffixes[0]}"
    headers = {"Content-Disposition": f'inline; filename="{name}{end}"'}
    return TaskResult(type, [answer.write(format.name)], headers)


def _cursor(query: Query, options: Mapping[str, Any]) -> str | None:
    """Return the cursor among options, by default empty; ``None`` if it is the question's own."""
    is_own = any(parameter.name == CURSOR.name for parameter in query.parameters)
    return None if is_own else options.get(CURSOR.name, "")


def _read_parameters(query: Query, pairs: Pairs) -> tuple[dict[str, str], dict[str, Any]]:
    """Read `pairs`: return the values of parameters of the question, and of those of all questions.

    The second are those of the route ``question`` that the question does not have itself, as
    `read_all` returns them. All others, also unknown names, are among the first; these are texts,
    by names with ``_`` for ``-``. Raises `ParameterError` for a name given twice or a malformed
    value.
    """
    own = {parameter.name for parameter in query.parameters}
    common = {parameter.name: parameter for parameter in _COMMON if parameter.name not in own}
    given: dict[str, str] = {}
    for name, text in pairs:
        if name in given and name not in common:
            raise given_twice(name)
        given[name] = text
    options = read_all([*common.values()], [pair for pair in pairs if pair[0] in common])
    given = {name: text for name, text in given.items() if name not in common}
    values = {
        name.replace("-", "_"): read(RouteParameter(name, ""), text) for name, text in given.items()
    }
    return values, options


def _text_result(graph: Graph, query: Query, answer: Answer, with_sources: bool) -> TaskResult:
    """The result with an answer as a text table, or with each row and its sources below it.

    For the sources, the claims that the rows cite are queried.
    """
    if with_sources:
        rows = (
            prose.row_with_sources(answer, row, claims, query.claim_columns, width=WIDTH)
            for row, claims in enumerate(as_json.behind(graph, query, answer))
        )
        text = "\n\n".join(rows) + "\n"
    else:
        text = answer.write("table", width=WIDTH).decode()
    return TaskResult(TEXT + UTF_8, [text.encode()])


def question(served: Served, question: str, pairs: Pairs, is_asked: bool) -> TaskResult:
    """The page of a question; with `is_asked` it has the answer, or the message of an `InputError`.

    `pairs` are the names and texts of the parameters. The query is run only with `is_asked`. An
    error gives the page its status. Raises `UnknownQuestion`, and the errors of the engine.
    """
    site = served.site
    query = site.graph.queries[question]
    if not is_asked:
        return html(questions.question(site, query))
    status = 200
    try:
        values, options = _read_parameters(query, pairs)
        graph = as_of_day(chosen(served, options).graph, options)
        kept = options.keys() - {SOURCES.name}  # which a page always has
        given_options = {
            name: options[name] if isinstance(options[name], list) else text
            for name, text in pairs
            if name in kept
        }
        asked = questions.asked(
            graph,
            query,
            values,
            limit=min(options.get("limit") or questions.LISTED, questions.LISTED),
            cursor=_cursor(query, options),
            options=given_options,
        )
    except InputError as error:
        problem = problem_of(error)
        given = {name.replace("-", "_"): text for name, text in pairs}
        asked = questions.AnsweredQuestion(given, error=problem.detail)
        status = problem.status
    return html(questions.question(site, query, asked), status)


# ---- Documents


def thing(served: Served, path: str, type: str, profile: str = profiles.FULL) -> TaskResult:
    """The redirect (303) from a path that is an IRI of the graph to the document about it.

    With a `type` of RDF the document is in that, else a page; it is in the profile with the name
    `profile`. Runs the query ``known`` for each IRI that the path may stand for, until the graph
    has one. Raises `UnknownName` if it has none of them, and `UnknownFormat` for another type.
    """
    base = served.graph.folder.base
    suffix = "" if type in ("", HTML) else format_of(type, "triples").suffixes[0]
    for iri in addresses.meant(path, base):
        if served.graph.knows(iri):
            place = addresses.path_of(iri, base, suffix=suffix)
            if place is not None:
                return _redirect(served, place, profile, 303, "See the document.\n")
    raise UnknownName(f"this graph says nothing about {path}")


def by(served: Served, scheme: str, value: str, type: str) -> TaskResult:
    """The redirect (303) to the document about the thing with an identifier of a scheme.

    With a `type` of RDF the document is in that, with JSON it is what ``show`` says of the thing,
    else it is a page. Raises `UnknownName` for an unknown scheme, and where no thing or several
    have the identifier, with these as candidates; and `UnknownFormat` for another type.
    """
    things = served.graph.by_identifier(scheme, value)
    if len(things) != 1:
        shorten = served.graph.prefixes.shorten
        subject = f"{', '.join(map(shorten, things))} have" if things else "nothing has"
        raise UnknownName(f"{subject} the identifier “{value}” of {scheme}", things)
    suffix = "" if type in (HTML, JSON) else format_of(type, "triples").suffixes[0]
    place = addresses.path_of(things[0], served.graph.folder.base, suffix=suffix)
    if type == JSON or place is None:
        given = {"thing": things[0], **({"format": "json"} if type == JSON else {})}
        place = f"{BY_NAME['show'].path}?{urlencode(given)}"
    return _redirect(served, place, profiles.FULL, 303, "See the document.\n")


def document(served: Served, path: str, type: str, profile: str = profiles.FULL) -> TaskResult:
    """The document at a path: a page for HTML, else data in a profile, with headers of links.

    `type` is used where the path has no suffix. For a thing that was renamed it is a redirect. At
    ``/ns`` and ``/shapes`` it has the terms and shapes that the graph uses. Runs queries. Raises
    `UnknownName` for a path without a document, `ParameterError` for an unknown profile, and
    `UnknownFormat` for another type, or if RDF/XML cannot express the data.
    """
    base = served.graph.folder.base
    address, doc = _document_at(served, path)
    if doc.replaced_by:
        place = addresses.path_of(doc.replaced_by, base, suffix=address.suffix)
        if place is not None:
            return _redirect(served, place, profile, 301, "It has another name now.\n")
    links = [
        *_link_values(served, doc, address, profile),
        *_profile_links(served, address, profile),
    ]
    headers = {"Link": ", ".join(links)}
    if address.suffix == addresses.TABLE:
        table = document_pages.document_view(served.site, doc).data(addresses.TABLE)
        return TaskResult(formats.named(addresses.TABLE).media_type, [table], headers)
    if not address.suffix and type == HTML:
        return TaskResult(HTML + UTF_8, [_page_about(served, doc, address)], headers)
    if profile != profiles.FULL and address.page > 1:
        raise UnknownName(f"in the profile {profile} every document has one page only")
    name = address.format or format_of(type, "triples").name
    chosen = profiles.among(served.profiles, profile)
    body = profiles.of_document(served.graph, doc, chosen).write(name)
    headers["Content-Profile"] = f"<{_uri(chosen.iri)}>"
    return TaskResult(formats.named(name).media_type, [body], headers)


def _page_about(served: Served, doc: Document, address: Address) -> bytes:
    """The page of a document; those of the vocabulary and the shapes have a layout of their own."""
    relative_iri = address.iri.value.removeprefix(served.graph.folder.base)
    if relative_iri in addresses.WHOLE:
        return vocabulary.shown(served.site, relative_iri, doc)
    return document_pages.document_view(served.site, doc).page()


def _redirect(served: Served, place: str, profile: str, status: int, text: str) -> TaskResult:
    """The result with a status that redirects to the path `place`, and `text` as its body.

    The root of the server goes before the path, and the name of the profile after it.
    """
    headers = {"Location": served.root + place + _profile_query(profile)}
    return TaskResult(TEXT + UTF_8, [text.encode()], headers, status)


def listed(served: Served, path: str, type: str, profile: str) -> TaskResult:
    """The list of profiles that the document at a path can be had in, as JSON.

    `type` is not used; `profile` is the name that asks for the list. Runs the queries for the
    document. Raises `UnknownName`.
    """
    address, doc = _document_at(served, path)
    types = [formats.named(suffix).essence for suffix in addresses.SUFFIXES]
    links = _profile_links(served, address, profile, addresses.SUFFIXES)
    return _json_result(
        {
            "resource": doc.topic.value,
            "profiles": [
                {"token": other.name, "uri": other.iri, "title": other.title, "media_types": types}
                for other in served.profiles
            ],
        },
        {"Link": ", ".join([f'<{_BY_QUERY_STRING}>; rel="profile"', *links])},
    )


def _profile_query(profile: str) -> str:
    """The end of an address that asks for a profile; empty for the full one."""
    return "" if profile == profiles.FULL else f"?_profile={quote(profile)}"


def _document_at(served: Served, path: str) -> tuple[Address, Document]:
    """Return the address that a path is read as, and the document there; else `UnknownName`.

    The address has the IRI, the suffix and the page number. Runs the queries for the document. A
    graph without terms, or shapes, of its own has those of the built-in vocabulary that it uses.
    """
    base = served.graph.folder.base
    has_digest = "/iri/~" in unquote(path)  # all digests of IRIs are worked out only then
    address = addresses.read(path, base, served.site.digests if has_digest else {})
    if address is None:
        raise UnknownName(f"there is no document at {path}")
    iri, page = address.iri, address.page
    try:
        return address, served.documents.about(iri, page)
    except UnknownName:
        relative_iri = iri.value.removeprefix(base)
        if relative_iri not in addresses.WHOLE:
            raise
        vocabulary = BASE + relative_iri
        return address, served.documents.about(vocabulary, page)


def _link_values(served: Served, doc: Document, address: Address, profile: str) -> Iterator[str]:
    """The values of the header ``Link``: formats, other pages, the thing, licence and dataset.

    `address` is that of the document `doc` as requested, and `profile` the name of its profile.
    """

    def place(suffix: str = "", page: int = address.page) -> str:
        """The path, on this server, of a page of the document at `address`, in angle brackets.

        With a `suffix` it is that of the data, in the profile of the request; else that of HTML.
        """
        path = addresses.path_of(address.iri, served.graph.folder.base, suffix=suffix, page=page)
        return f"<{served.root}{path}{_profile_query(profile) if suffix else ''}>"

    for suffix in doc.suffixes:
        if suffix != address.suffix:
            yield f'{place(suffix)}; rel="alternate"; type="{formats.named(suffix).essence}"'
    if address.suffix:
        yield f'{place()}; rel="alternate"; type="{HTML}"'
        yield f'{place()}; rel="canonical"'
    for rel, number in (("prev", doc.page - 1), ("next", doc.page + 1)):
        if 1 <= number <= doc.pages and profile == profiles.FULL:
            yield f'{place(address.suffix, number)}; rel="{rel}"'
    yield f'<{served.root}/.well-known/void>; rel="describedby"'
    yield f'<{_uri(doc.topic.value)}>; rel="http://xmlns.com/foaf/0.1/primaryTopic"'
    for triple in publication.licence(served.graph, doc.topic):
        if isinstance(triple.object, NamedNode):
            yield f'<{_uri(triple.object.value)}>; rel="license"'


def _profile_links(
    served: Served, address: Address, chosen: str, suffixes: Sequence[str] = ()
) -> Iterator[str]:
    """The values of the header ``Link`` that are about profiles of a document.

    They are the profile with the name `chosen`, the document in each other profile, in the formats
    of `suffixes`, and the name of each profile. Without suffixes the format is Turtle alone, for
    rdflib follows the first alternate that is JSON-LD.
    """
    base, known = served.graph.folder.base, served.profiles
    for profile in known:
        iri = _uri(profile.iri)
        if profile.name == chosen:
            yield f'<{iri}>; rel="profile"'
            continue
        for suffix in suffixes or addresses.SUFFIXES[:1]:
            path = addresses.path_of(address.iri, base, suffix=suffix) or "/"
            target = f"{served.root}{path}?_profile={quote(profile.name)}"
            type = formats.named(suffix).essence
            yield f'<{target}>; rel="alternate"; type="{type}"; formats="{iri}"'
    for profile in known:
        yield f'<{_PROFILE}>; rel="type"; token="{profile.name}"; anchor="{_uri(profile.iri)}"'


def _uri(iri: str) -> str:
    """An IRI as a URI for a header: other characters than ASCII are percent-encoded."""
    return quote(iri, safe=_URI)


# ---- The site and the dataset


def page(served: Served, route: str, values: Mapping[str, str]) -> TaskResult:
    """The page, or the file beside it, at the route with a name, with the values in its path.

    May run queries. Raises `UnknownName` if there is none, and `UnknownQuestion`.
    """
    return pages.page(served.site, route, values)


def in_language(
    served: Served, task: str, arguments: Mapping[str, Any], language: str
) -> TaskResult:
    """The result of a task with its arguments; a page has the names that things have in a language.

    Raises what the task raises.
    """
    result: TaskResult = TASKS[task](served, **arguments)
    if not result.type.startswith(HTML) or callable(result.body):
        return result
    page = languages.in_language(served.site, b"".join(result.body), language)
    return replace(result, body=[page])


def suggest(served: Served, pairs: Pairs) -> TaskResult:
    """The first things, claims and questions that a search finds, as JSON; they are queried.

    `pairs` are the names and texts of the parameters. Raises `ParameterError` for wrong ones.
    """
    values = read_all(BY_NAME["suggest"].parameters, pairs)
    matches = results.results(served.site, values["q"], results.SUGGESTED)
    return _json_result(matches.as_dict(served.site))


def oembed(served: Served, pairs: Pairs) -> TaskResult:
    """What oEmbed says of the page at the address ``url``, as JSON.

    Raises `UnknownName` for one that is not of this site, and `ParameterError`.
    """
    values = read_all(BY_NAME["oembed"].parameters, pairs)
    path = sharing.path_shared(served.site, values["url"])
    most = values.get("maxwidth", 0), values.get("maxheight", 0)
    if path.startswith("/picture/"):
        picture = pictures.at(served.site, unquote(path.removeprefix("/picture/")))
        return TaskResult(JSON, [embedding.about_picture(served.site, path, picture, most)])
    view = document_pages.view_at(served.site, path)
    return TaskResult(JSON, [embedding.about_frame(view, most)])


def connections(served: Served) -> TaskResult:
    """The JSON file of all ties, `Served.connections`; `UnknownName` if there are too many."""
    return TaskResult(JSON, [served.connections])


def identifiers(served: Served) -> TaskResult:
    """The identifiers that others gave to things, as CSV; they are queried."""
    table = search_index.identifier_table(served.graph, served.site.path)
    return TaskResult(formats.named(addresses.TABLE).media_type, [table])


def void(served: Served, type: str) -> TaskResult:
    """The description of the graph with VoID, in a media type of RDF; its counts are kept.

    Raises `UnknownFormat` for another media type.
    """
    return _triples_result(served, served.site.description, type)


def catalog(served: Served, type: str) -> TaskResult:
    """The description of the graph with DCAT, in a media type of RDF; for HTML a page about it.

    Runs queries. Raises `UnknownFormat` for another media type.
    """
    if type == HTML:
        return html(files.PAGES["catalog"](served.site))
    return _triples_result(served, dataset.dcat(served.graph, served.published), type)


def _triples_result(served: Served, triples: Sequence[Triple], type: str) -> TaskResult:
    """The result with triples, in a media type of RDF; `UnknownFormat` for any other type."""
    name = format_of(type, "triples").name
    known = publication.prefixes(served.graph)
    return TaskResult(type, [documents.written(triples, known, name)])


def download(served: Served, file: str) -> TaskResult:
    """The download with a file name, by `Served.download`, as a file to save.

    Raises `UnknownName` if there is none, and `UnknownFormat` for RDF/XML that cannot express the
    graph.
    """
    body = served.download(file)
    suffix = file.rpartition(".")[2]
    if suffix == file:
        type = TEXT + UTF_8
    else:
        type = "application/gzip" if suffix == "gz" else formats.named(suffix).media_type
    headers = {
        "Content-Disposition": f'attachment; filename="{file}"',
        "Content-Length": str(len(body)),
    }
    return TaskResult(type, [body], headers)


def openapi_document(served: Served) -> TaskResult:
    """The OpenAPI document of the server, as JSON.

    Reads the files of the questions and profiles; raises `QueryError` if one is invalid.
    """
    text = json.dumps(openapi.document(served), ensure_ascii=False, indent=1)
    return TaskResult(f"{OPENAPI};version=3.1", [text.encode()])


TASKS = {
    task.__name__: task
    for task in (
        about,
        health,
        query,
        service,
        ask,
        question,
        answer,
        thing,
        by,
        document,
        listed,
        page,
        in_language,
        suggest,
        oembed,
        connections,
        identifiers,
        void,
        catalog,
        download,
    )
} | {"openapi": openapi_document}
"""All tasks, by the names that the server calls them by."""
