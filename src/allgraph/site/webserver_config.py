r"""The configuration of web servers for a published site: nginx, Apache, static hosts.

A site is published at an address, its `home`, whose path is the root of all its paths. There an
IRI of the graph (what stands after the base, after the root) leads to its page or to its data:

===================================  =========================================================
asked for                            answer
===================================  =========================================================
``id/NAME``                          303 to ``page/NAME`` or ``data/NAME.SUFFIX``
``claim/NAME``, ``source/NAME``      303 to ``page/claim/NAME`` or ``data/claim/NAME.SUFFIX``, …
any other IRI that has a page        303 to ``page/iri/REST`` or ``data/iri/REST.SUFFIX``
``ns``, ``shapes``, ``catalog``      the page, or 303 to ``ns.SUFFIX``
``.well-known/void``                 Turtle, or 303 to ``catalog`` for those who ask for HTML
``page/NAME``                        ``page/NAME/index.html``, with no redirect
===================================  =========================================================

Apache and nginx look whether a page is there before they redirect, and so find the IRI that is
meant: ``%20`` may be in the IRI itself, and ``%C3%BC`` be ü. Other hosts cannot negotiate.

>>> sorted(files("https://w3id.org/allgraph/", "https://example.org/allgraph/"))
['.htaccess', '_headers', '_redirects', 'nginx.conf', 'w3id.htaccess']
>>> print(redirects("https://example.org/allgraph/").splitlines()[-1])
/allgraph/source/* /allgraph/page/source/:splat 302
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from allgraph.errors import ParameterError
from allgraph.linkeddata import routes
from allgraph.model.addresses import SUFFIXES, TABLE, WHOLE
from allgraph.rdf import formats

if TYPE_CHECKING:
    import jinja2

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'"
)
"""The Content-Security-Policy of each page, as far as a page can say it itself."""
POLICY = f"{PAGE_POLICY}; frame-ancestors 'none'"
"""The Content-Security-Policy of all that is published."""
WORKER_POLICY = POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
"""The policy of the script that answers SPARQL in a page: it compiles WebAssembly of its own."""
HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
}
"""What goes with every reply."""
IMMUTABLE = "public, max-age=31536000, immutable"
"""How long assets may be kept: for ever, since their names have a digest of what they hold."""
MOST_RULES = 1_000
"""How many IRIs can have a rule of their own."""
_PATHS = {route.path for route in routes.ROUTES}
NEGOTIATED = tuple(
    route.path[1:]
    for route in routes.ROUTES
    if route.is_negotiated and f"{route.path}.{{suffix}}" in _PATHS
)
"""Documents that have an address of their own, and data beside it."""


def _tops(is_served: bool) -> Iterator[str]:
    """The first parts of the paths of published routes: those of a server too, or the others."""
    for route in routes.ROUTES:
        if route.is_published and bool(route.handler) == is_served and "{" not in route.top:
            yield route.top


TOP = tuple(
    top
    for top in dict.fromkeys([*_tops(True), "void.ttl", *_tops(False)])
    if top not in ("", *WHOLE)
)
"""The first parts of the paths of a site that are no IRIs under the base.

Of the files with what VoID says, only the Turtle is among them.
"""

Odd = Iterable[tuple[str, str]]
"""IRIs whose page is not where their name says, each with the path of its page."""

_WORKER = "/assets/query-worker."
_KINDS = {  # first the one to send when a client likes several as much
    "html": ("text/html", "application/xhtml+xml"),
    "ttl": ("text/turtle", "application/x-turtle", "text/n3"),
    "jsonld": ("application/ld+json",),
    "nt": ("application/n-triples",),
    "rdf": ("application/rdf+xml",),
    "csv": ("text/csv",),
}
_WEIGHTS = ("(?:$|,|; *q=1)", r"; *q=0?\.[5-9]", r"; *q=0?\.(?:[1-4]|0+[1-9])")
_ANY_DATA = f"^(?:{'|'.join((*SUFFIXES, TABLE))})$"
_ANY_RDF = f"^(?:{'|'.join(SUFFIXES)})$"
_KEPT = "(?:id|claim|source|iri|pages)(?:/|$)"  # names that keep their id/, see `addresses`
_NO_FILE = "(?:^|/)(?:[./]|$)"  # a part that is empty or begins with a dot
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]+)?((?:/[A-Za-z0-9._~@!+=-]+)*)/")
_PLAIN = re.compile(r"[A-Za-z0-9._~/-]+")
_LONGEST = 3_500  # characters of a line, of which nginx takes 4,096


def _choices() -> Iterator[tuple[str, str]]:
    """A pattern for each weight and kind of media type, the weightiest first."""
    for weight in _WEIGHTS:
        for name, types in _KINDS.items():
            either = "|".join(map(re.escape, types)).replace(r"\-", "-")
            yield rf"(?:^|,) *(?:{either}) *(?:;(?! *q=)[^,;]*)*{weight}", name


CHOICES = tuple(_choices())
"""Patterns of ``Accept``, in any case, and what is sent; the first that matches counts.

Without any it is HTML. Weights are told apart as 1, one half or more, and less; those that are
equal in that by the order of types. What is named goes before a wildcard.
"""


def files(base: str, home: str, odd: Odd = ()) -> dict[str, str]:
    """All files of configuration by their names; `odd` are IRIs that get rules of their own.

    ``w3id.htaccess`` is there when the base is elsewhere than `home`; it is for the server of
    the base. Raises `ParameterError` for a home that is no address of a folder.
    """
    odd = list(odd)
    configuration = {
        ".htaccess": apache(base, home, odd),
        "nginx.conf": nginx(base, home, odd),
        "_redirects": redirects(home),
        "_headers": headers(home),
    }
    if base != home and not base.endswith("#"):
        configuration["w3id.htaccess"] = redirecting(base, home, odd)
    return configuration


def apache(base: str, home: str, odd: Odd = ()) -> str:
    """``.htaccess`` for Apache 2.4.26 or newer, in the folder that is published.

    It needs mod_rewrite, ``AllowOverride FileInfo Indexes``, and mod_headers for the headers.
    """
    rules, left = _rules(base, odd)
    return _rendered(
        "apache.htaccess", home, rules=rules, left=left, types=_types(), kept=_KEPT, has_files=True
    )


def redirecting(base: str, home: str, odd: Odd = ()) -> str:
    """``.htaccess`` for the server of the base, such as w3id.org, when the site is elsewhere.

    It does not know which pages there are. A path with escapes that stand for ASCII is taken
    for an IRI that has them.
    """
    rules, left = _rules(base, odd)
    path = quote(urlsplit(base).path, safe="/:@!$&'()*+,;=~%")
    return _rendered(
        "w3id.htaccess",
        home,
        rules=rules,
        left=left,
        base_pattern=re.escape(path),
        top="|".join(re.escape(part).replace(r"\-", "-") for part in TOP),
        kept=_KEPT,
        has_files=False,
    )


def nginx(base: str, home: str, odd: Odd = ()) -> str:
    """A file to include in a ``server`` of nginx, whose ``root`` has the site below it."""
    rules, left = _rules(base, odd)
    types = {suffix: type.partition(";")[0] for suffix, type in _types().items()}
    kept = _KEPT.replace("(?:/|$)", "(?:/.*)?")
    name = "?<allgraph_rest>"
    return _rendered(
        "nginx.conf",
        home,
        rules=[(_nginx_literal(rest), key) for rest, key in rules],
        left=left,
        types=_PAGES | types,
        headers=HEADERS | {"Content-Security-Policy": "$allgraph_policy"},
        name_patterns=[
            (f"({name}.+)$", "iri/"),
            (f"({name}(?:claim|source)/.+)$", ""),
            (f"id/({name}.+)$", ""),
            (f"({name}id/{kept})$", ""),
        ],
    )


def redirects(home: str) -> str:
    """``_redirects`` for Netlify, Cloudflare and GitLab: each kind of IRI to its pages.

    Those cannot negotiate, nor look whether a page is there, so other IRIs lead nowhere.
    """
    return _rendered("_redirects", home, kept=re.findall("[a-z]+", _KEPT))


def headers(home: str) -> str:
    """``_headers`` for Netlify and Cloudflare.

    There a file has the headers of every rule that fits it, so that none can have a wider policy
    than all. So all may compile WebAssembly, but for pages, which say themselves that they do not.
    """
    policy = {"Content-Security-Policy": WORKER_POLICY}
    return _rendered("_headers", home, headers=HEADERS | policy, turtle=_types()["ttl"])


# ---- What they share


@cache
def _templates() -> jinja2.Environment:
    """The templates of configuration; they escape nothing, so what fills them has to be safe."""
    import jinja2

    return jinja2.Environment(  # noqa: S701  it is no HTML
        loader=jinja2.PackageLoader("allgraph.site", "templates/webserver"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _rendered(template: str, home: str, **values: object) -> str:
    """Return a file of configuration; `ParameterError` for a home that is no address."""
    root = _root(home)
    common = {
        "home": home[:-1],
        "root": root,
        "root_pattern": re.escape(root),
        "choices": CHOICES,
        "headers": HEADERS,
        "policy": POLICY,
        "worker_policy": WORKER_POLICY,
        "worker": _WORKER,
        "immutable": IMMUTABLE,
        "whole": WHOLE,
        "negotiated": NEGOTIATED,
        "rdf_suffixes": SUFFIXES,
        "any_rdf": _ANY_RDF,
        "any_data": _ANY_DATA,
        "no_file": _NO_FILE,
    }
    return _templates().get_template(template).render(common | values)


def _nginx_literal(text: str) -> str:
    """A pattern for just this text, with nothing that a file of nginx could take otherwise."""
    return re.sub(r"[^A-Za-z0-9/_~-]", lambda match: f"\\x{ord(match[0]):02x}", text)


_PAGES = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
    "png": "image/png",
    "ico": "image/x-icon",
    "wasm": "application/wasm",
    "woff2": "font/woff2",
}
"""The media types of what pages are made of, by suffix."""


def _types() -> dict[str, str]:
    """The media types of data, by suffix; text says that it is UTF-8."""
    known = ((suffix, form.media_type) for form in formats.FORMATS for suffix in form.suffixes)
    types = {**dict(known), "json": "application/json", "xml": "application/xml"}
    return {
        suffix: f"{type.partition(';')[0]}; charset=utf-8" if type.startswith("text/") else type
        for suffix, type in types.items()
    }


def _root(home: str) -> str:
    """The path of the root, with no slash at its end."""
    match = _ADDRESS.fullmatch(home)
    if match is None or {".", ".."} & {*match[1].split("/")}:
        raise ParameterError(
            f"“{home}” cannot be the address of a site; it is http(s)://, a host, and folders of "
            "plain letters and digits, with / at the end"
        )
    return match[1]


def _rules(base: str, odd: Odd) -> tuple[list[tuple[str, str]], int]:
    """What stands after the base of odd IRIs, with the name of the page; how many are left out."""
    rules, left = [], 0
    for iri, path in odd:
        rest = quote(iri.removeprefix(base).partition("#")[0], safe="/:@!$&'()*+,;=~%[]|^`{}\\<>")
        key = unquote(path.removeprefix("/page/"))
        is_sound = iri.startswith(base) and rest and path.startswith("/page/")
        is_short = len(_nginx_literal(rest)) <= _LONGEST and _PLAIN.fullmatch(key)
        if is_sound and is_short and not re.search(r'[\\"{}<>^`|\s]', rest):
            rules.append((rest, key))
        else:
            left += 1
    return rules[:MOST_RULES], left + len(rules[MOST_RULES:])
