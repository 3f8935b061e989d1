"""The pages at fixed addresses that every site has: lists, tested examples, and pairs of things."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import quote

from allgraph.drawings.picture import Picture
from allgraph.errors import UnknownName
from allgraph.evidence.citation_file import citation_file
from allgraph.linkeddata.routes import JSON, PNG, SVG, TEXT, XML
from allgraph.model import addresses
from allgraph.rdf import formats
from allgraph.server.api import UTF_8, html
from allgraph.server.http.reply import TaskResult
from allgraph.site import discovery, documents, files, neighbourhoods, network_data
from allgraph.site.pages import (
    cards,
    connections,
    disagreements,
    embedding,
    lists,
    pictures,
    questions,
)
from allgraph.site.site import Site
from allgraph.site.webserver_config import FRAMED

Values = Mapping[str, str]

_LONGEST = 6  # digits of a number


def page(site: Site, route: str, values: Values) -> TaskResult:
    """Return the page, or the file beside it, at a route with values in its path.

    Routes without values are those of `files.PAGES`. May run queries on the graph. Raises
    `UnknownName` if no page has these values, and `UnknownQuestion` for an unknown question.
    """
    if route in _PAGES:
        return _PAGES[route](site, values)
    return html(files.PAGES[route](site))


def _things(site: Site, values: Values) -> TaskResult:
    """The page with a number of the list of things of a kind, or of those with a value of a facet.

    `values` has ``kind``, ``number`` but for the first page, and perhaps ``facet`` and ``value``.
    Runs the query for the things. Raises `UnknownName` if there is no such kind, value or page.
    """
    kind = site.kind(values["kind"])
    number = _number(values.get("number", "1"))
    if "facet" in values:
        listed = lists.Listed.with_value(site, kind, values["facet"], values["value"])
    else:
        listed = lists.Listed.of(site, kind)
    if number not in listed.numbers:
        raise UnknownName(f"the things of the kind “{kind.name}” have no page {values['number']}")
    return html(lists.things(site, listed, number))


def _more_disagreements(site: Site, values: Values) -> TaskResult:
    """The page about disagreements with a ``number``; `UnknownName` if there is none."""
    number = _number(values["number"])
    if number not in disagreements.pages(site):
        raise UnknownName(f"the disagreements have no page {number}")
    return html(disagreements.disagreements(site, number))


def _disagreements_data(site: Site, values: Values) -> TaskResult:
    """All disagreements as data, or that with a ``number``; `UnknownName` if there is none."""
    numbers = [_number(values["number"])] if "number" in values else None
    if numbers and numbers[0] > len(site.disagreements):
        raise UnknownName(f"there is no disagreement {numbers[0]}")
    suffix = values["suffix"]
    content = disagreements.data(site, suffix, numbers)
    return TaskResult(JSON if suffix == "json" else formats.named(suffix).media_type, [content])


def _pair(site: Site, values: Values) -> TaskResult:
    """Search the paths between two things, and return the page with them.

    ``number`` is that of their pair in `Site.pairs`, from 1; `UnknownName` if there is none.
    """
    number = _number(values["number"])
    paths = connections.pair(site, number)
    return html(connections.connections_page(site, {}, paths, number))


def _example(site: Site, values: Values) -> TaskResult:
    """Run a tested example of a question, and return the page with the answer.

    `values` has the name of the ``question``, and the ``number`` of its example, from 1. If the
    example has wrong values (`InputError`), the page has the message instead. Raises
    `UnknownQuestion`, `UnknownName` if there is no such example, and the errors of the engine.
    """
    query = site.graph.queries[values["question"]]
    asked = questions.example(site, query, _number(values["number"]))
    return html(questions.question(site, query, asked))


def _example_data(site: Site, values: Values) -> TaskResult:
    """Run a tested example, and return the answer as a file in the format of the suffix.

    `values` has the name of the ``question``, the ``number`` of its example, from 1, and the
    ``suffix``. Raises `UnknownQuestion`, `UnknownName` if there is no such example or format, or
    the example has an error in place of an answer, and the errors of the engine.
    """
    query = site.graph.queries[values["question"]]
    suffix = values["suffix"]
    answer = questions.example(site, query, _number(values["number"])).answer
    if answer is None or suffix not in questions.suffixes(answer):
        raise UnknownName(f"this answer is not available as “.{suffix}”")
    return TaskResult(formats.named(suffix).media_type, [answer.write(suffix)])


def _example_sources(site: Site, values: Values) -> TaskResult:
    """Run a tested example, and return the answer with the sources of each row, as CSV.

    `values` has the name of the ``question``, and the ``number`` of its example, from 1. Raises
    what `_example_data` raises, also where no row of the question can have a source.
    """
    query = site.graph.queries[values["question"]]
    asked = questions.example(site, query, _number(values["number"]))
    content = questions.with_sources(site, query, asked)
    if content is None:
        raise UnknownName("this answer has no sources")
    return TaskResult(formats.named("csv").media_type, [content])


def _neighbourhood(site: Site, values: Values) -> TaskResult:
    """The ties of the thing with the name in the path, as JSON; `UnknownName` if it has none."""
    path = f"/page/{quote(values['name'])}"
    address = addresses.read(path, site.graph.folder.base, site.digests)
    if address is None:
        raise UnknownName(f"there is no thing “{values['name']}” here")
    network = neighbourhoods.neighbourhood(site, address.iri.value)
    return TaskResult(JSON, [network_data.written(network)])


def _pair_picture(site: Site, values: Values) -> TaskResult:
    """Search the paths between the two things of a pair, by its number, and return their picture.

    Raises `UnknownName` if there is no such pair, or no path.
    """
    paths = connections.pair(site, _number(values["number"]))
    return _image(pictures.of_paths(site, paths), values["suffix"])


def _example_picture(site: Site, values: Values) -> TaskResult:
    """Run a tested example that the first page leads to, and return the picture of its answer.

    Raises `UnknownQuestion`, `UnknownName` if there is no such picture, or nothing to draw it with,
    and the errors of the engine.
    """
    query = site.graph.queries[values["question"]]
    asked = questions.example(site, query, _number(values["number"]))
    picture = questions.picture_for_card(site, query, asked)
    if picture is None:
        raise UnknownName("there is no picture of this answer")
    return _image(picture, "png")


def _image(picture: Picture, suffix: str) -> TaskResult:
    """The reply with a picture as SVG or PNG; raises the errors of `cards.content`."""
    if suffix == "png":
        return TaskResult(PNG, [cards.content(picture)])
    return TaskResult(SVG, [picture.content()])


def _frame(site: Site, values: Values) -> TaskResult:
    """The page that shows a document in a frame, which every site may do.

    ``name`` is the end of the path of its page. Raises `UnknownName` if there is none.
    """
    body = embedding.frame_page(documents.view_at(site, f"/page/{quote(values['name'])}"))
    return replace(html(body), headers={"Content-Security-Policy": FRAMED})


def _picture_frame(site: Site, values: Values) -> TaskResult:
    """The page that shows a picture in a frame; `UnknownName` if there is none.

    ``name`` is the end of the path of its file, without the suffix.
    """
    body = embedding.picture_frame(site, pictures.at(site, values["name"]))
    return replace(html(body), headers={"Content-Security-Policy": FRAMED})


def _picture_frame_data(site: Site, values: Values) -> TaskResult:
    """What oEmbed says of a picture in a frame; ``name`` is as for `_picture_frame`."""
    path = f"/picture/{quote(values['name'])}"
    picture = pictures.at(site, values["name"])
    return TaskResult(JSON, [embedding.about_picture(site, path, picture)])


def _frame_data(site: Site, values: Values) -> TaskResult:
    """What oEmbed says of a document in a frame, as JSON; ``name`` is as for `_frame`."""
    view = documents.view_at(site, f"/page/{quote(values['name'])}")
    return TaskResult(JSON, [embedding.about_frame(view)])


def _robots(site: Site, values: Values) -> TaskResult:
    """The rules for crawlers, which lead to the sitemap."""
    return TaskResult(TEXT + UTF_8, [discovery.robots(site.home).encode()])


def _citation(site: Site, values: Values) -> TaskResult:
    """The file ``CITATION.cff``, by which programs cite the graph."""
    return TaskResult(TEXT + UTF_8, [citation_file(site.graph, site.published).encode()])


def _sitemap(site: Site, values: Values) -> TaskResult:
    """The index of the sitemap, or the part with a ``number``; `UnknownName` if there is none."""
    name = f"sitemap-{_number(values['number'])}.xml" if values else "sitemap.xml"
    content = files.sitemap(site, name)
    if content is None:
        raise UnknownName(f"there is no {name}")
    return TaskResult(XML, [content])


_PAGES: Mapping[str, Callable[[Site, Values], TaskResult]] = {
    "frame": _frame,
    "frame-data": _frame_data,
    "picture-frame": _picture_frame,
    "picture-frame-data": _picture_frame_data,
    "robots": _robots,
    "citation": _citation,
    "sitemap": _sitemap,
    "sitemap-part": _sitemap,
    "things": _things,
    "more-things": _things,
    "more-disagreements": _more_disagreements,
    "disagreements-json": lambda site, _: _disagreements_data(site, {"suffix": "json"}),
    "disagreements-csv": lambda site, _: _disagreements_data(site, {"suffix": "csv"}),
    "disagreement-data": _disagreements_data,
    "facet": _things,
    "more-of-facet": _things,
    "pair": _pair,
    "example": _example,
    "example-data": _example_data,
    "pair-picture": _pair_picture,
    "picture": lambda site, values: _image(
        pictures.of_graph(site, values["picture"]), values["suffix"]
    ),
    "thing-picture": lambda site, values: _image(
        pictures.of_thing(site, values["picture"], values["name"]), values["suffix"]
    ),
    "example-picture": _example_picture,
    "example-sources": _example_sources,
    "neighbourhood": _neighbourhood,
}
"""What makes the pages whose paths have values in them, by their routes."""


def _number(text: str) -> int:
    """Return the number in a path; `UnknownName` for a text that is not a plain number from 1.

    That has at most six digits, and no zero before it.
    """
    is_plain = text.isascii() and text.isdecimal() and len(text) <= _LONGEST and text[0] != "0"
    if not is_plain:
        raise UnknownName(f"“{text}” is not the number of a page")
    return int(text)
