"""Names of things in other languages: pages that have them in the place of labels.

A name in another language is a `skos:prefLabel` with a language tag. Pages themselves are in
English, and have the labels; in a page in another language each link to a thing that has a name
in it, and the heading of the page about it, have that name. Its links lead to pages in the same
language. The script of a static site does the same in the browser, with the file of the names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape, unescape

from allgraph.errors import ParameterError
from allgraph.site.site import Site

_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8}){0,7}")
_LINK = re.compile(r'<a\b([^>]*?) href="(/[^"]*)"([^>]*)>(?:(<bdi>)([^<]*)</bdi></a>)?')
_FORM = re.compile(r'(<form\b[^>]* action="/[^>]*>)')
_HEADING = re.compile(r"(<h1[^>]*>)<bdi>([^<]*)</bdi>")
_CANONICAL = re.compile(r'<link rel="canonical" href="([^"]*)">')
_FILE = re.compile(r"[^?#]*\.[a-z0-9]+")  # a path of data, which is the same in each language


def checked(language: str) -> str:
    """Return a language tag in lower case; `ParameterError` for a text that is none."""
    if not _TAG.fullmatch(language):
        raise ParameterError(f"lang: “{language[:40]}” is no language tag, such as ru or pt-BR")
    return language.lower()


def in_language(site: Site, page: bytes, language: str) -> bytes:
    """Return the HTML of a page with the names that things have in a language.

    `language` is a `checked` tag. Links within the site lead to pages in this language.
    """
    known, root = site.names_in(language), site.root
    html = page.decode()

    def named(path: str, label: str) -> str:
        """Return the HTML of the name of the thing with a path; that of its label without one."""
        name = known.get(unescape(path).removeprefix(root).partition("#")[0])
        if name is None:
            return f"<bdi>{label}</bdi>"
        return f'<bdi lang="{language}">{escape(name)}</bdi>'

    def link(match: re.Match[str]) -> str:
        """Return a link, with its end and the name in it if the match has them."""
        before, path, after, is_named, label = match.groups()
        end = f"{named(path, label)}</a>" if is_named else ""
        return f'<a{before} href="{_with(path, language)}"{after}>{end}'

    html = _LINK.sub(link, html)
    html = _FORM.sub(rf'\1<input type="hidden" name="lang" value="{language}">', html)
    if (canonical := _CANONICAL.search(html)) and canonical[1].startswith(site.home):
        own = root + "/" + canonical[1].removeprefix(site.home)
        html = _HEADING.sub(lambda match: match[1] + named(own, match[2]), html, count=1)
    return html.encode()


def written(names: Mapping[str, str]) -> bytes:
    """Return names by path as the JSON file that the script of a static site reads."""
    import json

    return json.dumps(names, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _with(path: str, language: str) -> str:
    """Return the path of a link, escaped for HTML, with the language; that of a file unchanged."""
    path = unescape(path)
    if _FILE.fullmatch(path):
        return escape(path)
    page, mark, fragment = path.partition("#")
    return escape(f"{page}{'&' if '?' in page else '?'}lang={language}{mark}{fragment}")
