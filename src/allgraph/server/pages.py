"""What a site has at fixed addresses: lists, tested examples, and pairs of things."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import unquote

from allgraph.errors import UnknownName
from allgraph.rdf import formats
from allgraph.server.api import HTML, UTF_8
from allgraph.server.http.reply import TaskResult
from allgraph.site import about_pages, connection_pages, list_pages, query_page, question_pages
from allgraph.site.site import PAGE, Site

NAMES = ("things", "about", "ask", "paths", "network", "query")
"""How the paths of these pages begin."""

_LONGEST = 6  # digits of a number


def found(edition: Site, path: str) -> TaskResult:
    """What is at a path, or `UnknownName`."""
    name, *rest = unquote(path[1:]).split("/")
    if name == "ask" and len(rest) == 2:
        return _example(edition, *rest)
    page = _SINGLE.get(name) if not rest else None
    if page is not None:
        return _html(page(edition))
    if name == "things" and len(rest) in (1, 2):
        return _html(_things(edition, rest[0], _number(rest[1]) if len(rest) == 2 else 1, path))
    if name == "paths" and len(rest) == 1 and (number := _number(rest[0])):
        return _html(
            connection_pages.ways(edition, {}, connection_pages.pair(edition, number), number)
        )
    raise _missing(path)


_SINGLE: Mapping[str, Callable[[Site], bytes]] = {
    "": list_pages.home,
    "things": list_pages.kinds,
    "about": about_pages.about,
    "network": connection_pages.network,
    "query": query_page.editor,
}


def _things(edition: Site, name: str, page: int, path: str) -> bytes:
    kind = edition.kind(name)
    every = edition.things(kind)
    if not 1 <= page <= max(1, -(-len(every) // PAGE)):
        raise _missing(path)
    return list_pages.things(edition, kind, page, every)


def _example(edition: Site, name: str, rest: str) -> TaskResult:
    """A tested example as a page, or its answer in a format."""
    query = edition.graph.queries[name]
    number, _, suffix = rest.partition(".")
    asked = question_pages.example(edition, query, _number(number))
    if not suffix:
        return _html(question_pages.question(edition, query, asked))
    if asked.answer is None or suffix not in question_pages.suffixes(asked.answer):
        raise UnknownName(f"there is no “.{suffix}” of this answer")
    return TaskResult(formats.named(suffix).media_type, [asked.answer.write(suffix)])


def _number(text: str) -> int:
    """A number in a path; 0 for what is none."""
    is_plain = text.isascii() and text.isdecimal() and len(text) <= _LONGEST and text[0] != "0"
    return int(text) if is_plain else 0


def _missing(path: str) -> UnknownName:
    return UnknownName(f"there is nothing at {path}")


def _html(body: bytes) -> TaskResult:
    return TaskResult(HTML + UTF_8, [body])
