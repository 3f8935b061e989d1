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
``.well-known/void``                 Turtle, or 303 to ``void.SUFFIX``, or to ``catalog`` for HTML
``page/NAME``                        ``page/NAME/index.html``, with no redirect
a claim that is an anchor            303 to ``page/THING#claim/NAME`` or ``data/THING.SUFFIX``
===================================  =========================================================

Of these, what cannot be had in a type that is accepted is 406. Methods that write are 405. What is
missing is a page, or for those who ask for data a problem in JSON.

Apache and nginx look whether a page is there before they redirect, and so find the IRI that is
meant: ``%20`` may be in the IRI itself, and ``%C3%BC`` be ü. Other hosts cannot negotiate.
The places of claims that are anchors are in ``claims.conf``, a map for Apache and nginx alike.

>>> sorted(files("https://w3id.org/allgraph/", "https://example.org/allgraph/"))
['.htaccess', '_headers', '_redirects', 'nginx.conf', 'w3id.htaccess']
>>> print(redirects("https://example.org/allgraph/").splitlines()[-1])
/allgraph/source/* /allgraph/page/source/:splat 302
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from allgraph.errors import ParameterError
from allgraph.linkeddata import routes
from allgraph.model.addresses import SUFFIXES, TABLE, WHOLE
from allgraph.rdf import formats
from allgraph.rdf.terms import BASE

if TYPE_CHECKING:
    import jinja2

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'"
)
"""The Content-Security-Policy of each page, as far as a page can say it itself."""
FRAME_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'"
)
"""The policy of a page for frames of other sites, as far as a page can say it itself."""
FRAMED = f"{FRAME_POLICY}; frame-ancestors *"
"""The policy of the pages that every site may frame."""
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
"""The headers of every reply."""
METHODS = "GET, HEAD, OPTIONS"
"""The methods that a site takes."""
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


def _first_parts(is_served: bool) -> Iterator[str]:
    """Yield the first parts of the paths of published routes, with repetitions.

    With `is_served` they are those of routes with a handler, which `allgraph serve` answers too,
    else of all others. Paths that begin with a slot in braces are left out.
    """
    for route in routes.ROUTES:
        if route.is_published and bool(route.handler) == is_served and "{" not in route.top:
            yield route.top


TOP = tuple(
    top
    for top in dict.fromkeys([*_first_parts(True), "void.ttl", *_first_parts(False)])
    if top not in ("", *WHOLE)
)
"""The first parts of the paths of a site that are no IRIs under the base.

Of the files with what VoID says, only the Turtle is among them.
"""

Odd = Iterable[tuple[str, str]]
"""IRIs whose page is not where their name says, each with the path of its page."""

_PROBLEMS = {
    status: {"type": f"{BASE}problems#{name}", "title": title, "status": status, "detail": detail}
    for status, name, title, detail in (
        (404, "name", "Not found", "there is nothing here"),
        (405, "method", "Method not allowed", f"this address takes {METHODS}"),
        (406, "format", "Format not available", "no media type that you accept is available"),
    )
}
"""The problems that a site replies with, by status, as `allgraph serve` has them."""
_WORKER = "/assets/query-worker."
_KINDS = {  # first the one to send when a client likes several as much
    "html": ("text/html", "application/xhtml+xml"),
    "ttl": ("text/turtle", "application/x-turtle", "text/n3"),
    "jsonld": ("application/ld+json",),
    "nt": ("application/n-triples",),
    "rdf": ("application/rdf+xml",),
    "csv": ("text/csv",),
}
_WEIGHTS = (
    "(?:$|,|; *q=1)",
    *(rf"; *q=0?\.{decimal}" for decimal in range(9, 0, -1)),
    r"; *q=0?\.0+[1-9]",
)
ALL_SUFFIXES = (*SUFFIXES, TABLE)
"""The suffixes of all formats that the data of documents can have."""
_NAMES_WITH_ID = (
    "(?:id|claim|source|iri|pages)(?:/|$)"  # names that keep their id/, see `addresses`
)
_NO_FILE = "(?:^|/)(?:[./]|$)"  # a part that is empty or begins with a dot
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]+)?((?:/[A-Za-z0-9._~@!+=-]+)*)/")
_PLAIN = re.compile(r"[A-Za-z0-9._~/-]+")
_LONGEST = 3_500  # characters of a line, of which nginx takes 4,096


def _choices(suffixes: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield (regular expression for ``Accept``, suffix to send), for each weight and suffix.

    `suffixes` are those of the data that are here. `_WEIGHTS` has the expressions of the classes of
    ``q``, the highest first, and `_KINDS` the media types of each suffix. Wildcards, which come
    last, send HTML, as ``any``, or what has not the weight 0; so does a header that has no media
    type.
    """
    kinds = {name: types for name, types in _KINDS.items() if name in ("html", *suffixes)}
    for weight in _WEIGHTS:
        for name, types in kinds.items():
            yield _listed("|".join(map(re.escape, types)), weight), name
    for name, (type, *_) in kinds.items():
        wildcards = rf"\*/\*|{type.partition('/')[0]}/\*"
        accepted = _listed(wildcards, r"(?:$|,|; *q=(?:1|0?\.0*[1-9]))")
        refused = _listed(re.escape(type), r"; *q=0(?:\.0*)? *(?:$|,)")
        yield f"^(?!.*{refused}).*{accepted}", "any" if name == "html" else name
    yield "^[^/]*$", "any"


def _listed(types: str, weight: str) -> str:
    """Return a regular expression for a list that has one of some types with a weight.

    Both are regular expressions; that of the weight begins at the semicolon before it.
    """
    types = types.replace(r"\-", "-")
    return rf"(?:^|,) *(?:{types}) *(?:;(?! *q=)[^,;]*)*{weight}"


CHOICES = tuple(_choices(ALL_SUFFIXES))
"""Patterns of ``Accept``, in any case, and what is sent; the first that matches counts.

Without a match nothing that is here is accepted. Weights fall into classes: 1, and less
by the first decimal; within a class the order of types decides. A type that is named goes before a
wildcard; HTML for a wildcard is called ``any``.
"""


class DocumentLinks(NamedTuple):
    """The header ``Link`` of a document, for one format of it.

    `pattern` is a regular expression for its path below the root, as it is requested; its group
    is the name of the document. `links` are (path before the name, path after it, parameters).
    """

    suffix: str
    pattern: str
    links: tuple[tuple[str, str, str], ...]


def _document_links(suffixes: Collection[str]) -> Iterator[DocumentLinks]:
    """Yield the links of pages and data, which are those of the server that need no query.

    `suffixes` are those of the data.
    """
    name = r"[!$-;=@-[\]-~]+?"  # without what could end a link
    for page, data, pattern in (("page/", "data/", name), ("", "", "|".join(WHOLE))):
        for suffix in ("", *(s for s in suffixes if data or s != TABLE)):
            start, end = (data, rf"\.{suffix}") if suffix else (page, "/?")
            links = [
                (data, f".{other}", f'rel="alternate"; type="{formats.named(other).essence}"')
                for other in suffixes
                if other not in (suffix, TABLE)
            ]
            kinds = (f'rel="alternate"; type="{routes.HTML}"', 'rel="canonical"')
            html = [(page, "", kind) for kind in kinds] if suffix else []
            yield DocumentLinks(suffix, f"{start}({pattern}){end}", (*links, *html))


def files(
    base: str,
    home: str,
    odd: Odd = (),
    suffixes: Collection[str] = ALL_SUFFIXES,
    places: Iterable[tuple[str, str]] | None = None,
) -> dict[str, str]:
    """Return all files of configuration by name; nothing is written.

    `base` is that of the IRIs, `home` the address of the site. `odd` are (IRI, path of its page)
    for IRIs whose pages are not where their names say; up to 1,000 of them get a rule. `suffixes`
    are those of the data. `places` are (IRI, path of a page with a fragment) for claims that are
    anchors; ``None`` without any. They are in ``claims.conf``. ``w3id.htaccess`` is there when the
    base is elsewhere than `home`; it is for the server of the base. Raises `ParameterError` unless
    `home` is http(s), ends in ``/``, and has plain characters only.
    """
    has_anchors = places is not None
    rules, left = _rules_of_odd(base, odd)
    values = {"suffixes": suffixes, "has_anchors": has_anchors, "rules": rules, "left": left}
    configuration = {
        ".htaccess": apache(home, values),
        "nginx.conf": nginx(home, values),
        "_redirects": redirects(home, has_anchors=has_anchors),
        "_headers": headers(home),
    }
    if places is not None:
        configuration["claims.conf"] = claims(base, home, places)
    if base != home and not base.endswith("#"):
        configuration["w3id.htaccess"] = redirecting(base, home, values)
    return configuration


def claims(base: str, home: str, places: Iterable[tuple[str, str]]) -> str:
    """Return the map from the claims that are anchors to their places, for nginx and Apache.

    `places` are (IRI, path of a page with a fragment), of plain characters; `base` is that of the
    IRIs, `home` the address of the site. nginx includes the file in its ``http`` block; Apache
    reads the same lines as a ``RewriteMap``. Raises `ParameterError` for a wrong `home`.
    """
    rests = ((quote(iri.removeprefix(base)), place) for iri, place in places)
    lines = [f"{rest} {place.removeprefix('/page/')};" for rest, place in rests]
    return _rendered("claims.conf", home, lines=lines, size=max(2048, 2 * len(lines)))


def apache(home: str, values: Mapping[str, Any]) -> str:
    """Return ``.htaccess`` for Apache 2.4.26 or newer, in the folder that is published.

    `home` is the address of the site, `values` are those that `files` gives to all templates.
    Raises `ParameterError` for a wrong `home`. The file needs mod_rewrite, ``AllowOverride
    FileInfo Indexes``, and mod_headers for the headers.
    """
    return _rendered(
        "apache.htaccess",
        home,
        types=_data_media_types(),
        kept=_NAMES_WITH_ID,  # a pattern of names that keep ``id/`` in the paths of their pages
        has_files=True,  # this server can look whether a page is there
        **values,
    )


def redirecting(base: str, home: str, values: Mapping[str, Any]) -> str:
    """Return ``.htaccess`` for the server of `base`, such as w3id.org, if the site is elsewhere.

    That server does not know which pages there are. A path in which an ASCII character is
    percent-encoded is taken for an IRI with this encoding. Paths that begin with one of `TOP`,
    which are no IRIs, are redirected to the site as they are. With claims that are anchors the site
    itself redirects IRIs, and is sent all. `home` is the address of the site, `values` are those
    that `files` gives to all templates. Raises `ParameterError` for a wrong `home`.
    """
    path = quote(urlsplit(base).path, safe="/:@!$&'()*+,;=~%")
    return _rendered(
        "w3id.htaccess",
        home,
        base_pattern=re.escape(path),
        top="|".join(re.escape(part).replace(r"\-", "-") for part in TOP),
        kept=_NAMES_WITH_ID,  # a pattern of names that keep ``id/`` in the paths of their pages
        has_files=False,  # this server cannot look whether a page is there
        **values,
    )


def nginx(home: str, values: Mapping[str, Any]) -> str:
    """Return a file to include in a ``server`` of nginx whose ``root`` has the site below it.

    `home` is the address of the site, `values` are those that `files` gives to all templates.
    Raises `ParameterError` for a wrong `home`.
    """
    types = {suffix: type.partition(";")[0] for suffix, type in _data_media_types().items()}
    kept = _NAMES_WITH_ID.replace("(?:/|$)", "(?:/.*)?")  # those with ``id/`` in paths of pages
    name = "?<allgraph_rest>"
    rules = [(_nginx_literal(rest), key) for rest, key in values["rules"]]
    return _rendered(
        "nginx.conf",
        home,
        types=_PAGE_MEDIA_TYPES | types,
        headers=HEADERS | {"Content-Security-Policy": "$allgraph_policy"},
        name_patterns=[  # (of the path of an IRI, prefix of the page's name); the last fit counts
            (f"({name}.+)$", "iri/"),
            (f"({name}(?:claim|source)/.+)$", ""),
            (f"id/({name}.+)$", ""),
            (f"({name}id/{kept})$", ""),
        ],
        **{**values, "rules": rules},
    )


def redirects(home: str, *, has_anchors: bool = False) -> str:
    """Return ``_redirects`` for Netlify, Cloudflare and GitLab: from IRIs to their pages.

    `home` is the address of the site. These hosts cannot negotiate, nor look whether a page is
    there, so only IRIs under ``id/``, ``claim/`` and ``source/`` are redirected; those of claims
    not if there are claims that are anchors (`has_anchors`), which the hosts cannot find. Raises
    `ParameterError` unless `home` is http(s), ends in ``/``, and has plain characters only.
    """
    kept = re.findall("[a-z]+", _NAMES_WITH_ID)  # names that keep ``id/`` in the paths of pages
    return _rendered("_redirects", home, kept=kept, has_anchors=has_anchors)


def headers(home: str) -> str:
    """Return ``_headers`` for Netlify and Cloudflare: the HTTP headers of the files of a site.

    `home` is the address of the site, whose path begins the paths of the rules. On these hosts a
    file gets the headers of every rule that fits its path, so no file can have a wider policy than
    the rule for all files. All files may therefore compile WebAssembly; pages forbid it in their
    HTML. Every rule for the first part of a path forbids frames, but there is none for ``embed``.
    Raises `ParameterError` unless `home` is http(s), ends in ``/``, and has plain characters only.
    """
    anywhere = WORKER_POLICY.replace("; frame-ancestors 'none'", "")
    return _rendered(
        "_headers",
        home,
        headers=HEADERS | {"Content-Security-Policy": anywhere},
        unframed=["", *(top for top in (*TOP, *WHOLE) if top not in ("embed", "assets"))],
        turtle=_data_media_types()["ttl"],
    )


# ---- What they share


@cache
def _templates() -> jinja2.Environment:
    """Return the jinja2 environment of the configuration templates, made once.

    It escapes nothing, so values that fill a template have to be safe in its file format.
    """
    import jinja2

    return jinja2.Environment(  # noqa: S701  it is no HTML
        loader=jinja2.PackageLoader("allgraph.site", "templates/webserver"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _rendered(
    template: str, home: str, suffixes: Collection[str] = ALL_SUFFIXES, **values: object
) -> str:
    """Return a configuration file: a template, by its name, filled with common values and `values`.

    `home` is the address of the site, `suffixes` are those of the data. `values` are not escaped,
    and override the common ones. Raises `ParameterError` unless `home` is http(s), ends in ``/``,
    and has plain characters only.
    """
    root = _path_of_home(home)
    rdf = [suffix for suffix in suffixes if suffix != TABLE]
    common = {
        "home": home[:-1],
        "root": root,
        "root_pattern": re.escape(root),
        "choices": tuple(_choices(suffixes)),
        "headers": HEADERS,
        "policy": POLICY,
        "worker_policy": WORKER_POLICY,
        "framed": FRAMED,
        "worker": _WORKER,
        "immutable": IMMUTABLE,
        "whole": WHOLE,
        "negotiated": NEGOTIATED,
        "rdf_suffixes": rdf,
        "any_rdf": _any_of(rdf),
        "other_rdf": _any_of(suffix for suffix in rdf if suffix != "ttl"),
        "any_page": "^(?:html|any)$",
        "any_data": _any_of(suffixes),
        "no_file": _NO_FILE,
        "methods": METHODS,
        "documents": tuple(_document_links(suffixes)),
        "problems": _PROBLEMS,
    }
    return _templates().get_template(template).render(common | values)


def _any_of(names: Iterable[str]) -> str:
    """Return a regular expression that matches just these names, or without any nothing."""
    names = "|".join(names)
    return f"^(?:{names})$" if names else "(?!)"


def _nginx_literal(text: str) -> str:
    """Return a regular expression that matches just this text, for a file of nginx.

    `text` has to be ASCII. All characters but letters, digits and ``/_~-`` are escaped by code, so
    that none has a meaning in the file or the pattern.
    """
    return re.sub(r"[^A-Za-z0-9/_~-]", lambda match: f"\\x{ord(match[0]):02x}", text)


_PAGE_MEDIA_TYPES = {
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


def _data_media_types() -> dict[str, str]:
    """Return the media types of data files by suffix; text has ``charset=utf-8``.

    The suffixes are those of `formats.FORMATS` that have no dot, ``json`` and ``xml``.
    """
    known = ((suffix, form.media_type) for form in formats.FORMATS for suffix in form.suffixes)
    plain = {suffix: type for suffix, type in known if "." not in suffix}  # as servers look them up
    types = {**plain, "json": "application/json", "xml": "application/xml"}
    return {
        suffix: f"{type.partition(';')[0]}; charset=utf-8" if type.startswith("text/") else type
        for suffix, type in types.items()
    }


def _path_of_home(home: str) -> str:
    """Return the path of the address of a site, without the slash at its end.

    Raises `ParameterError` for an address with other than plain characters in host and folders.
    """
    match = _ADDRESS.fullmatch(home)
    if match is None or {".", ".."} & {*match[1].split("/")}:
        raise ParameterError(
            f"“{home}” cannot be the address of a site; it is http(s)://, a host, and folders of "
            "plain letters and digits, with / at the end"
        )
    return match[1]


def _rules_of_odd(base: str, odd: Odd) -> tuple[list[tuple[str, str]], int]:
    """Return a rule (end of the IRI after the base, name of its page) for each odd IRI.

    Also returns how many IRIs have no rule: those not safe in a configuration file, too long, not
    under the base, or beyond `MOST_RULES`. The ends are percent-encoded.
    """
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
