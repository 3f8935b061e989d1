r"""What tells web servers how to serve a site: configuration for the hosts that there are.

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
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote, unquote, urlsplit

from allgraph.errors import ParameterError
from allgraph.model.addresses import SUFFIXES, WHOLE
from allgraph.rdf import formats

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
TOP = (
    "page", "data", "things", "ask", "find", "search", "paths", "network", "timeline", "catalog",
    "about", "download", "query", "assets", ".well-known", "connections.json", "void.ttl",
    "sitemap.xml",
    "robots.txt", "CITATION.cff", "404.html",
)  # fmt: skip
"""The first parts of the paths of a site that are no IRIs under the base."""

Odd = Iterable[tuple[str, str]]
"""IRIs whose page is not where their name says, each with the path of its page."""

_WORKER = "/assets/query-worker."
_DATA = (*SUFFIXES, "csv")
_NEGOTIATED = (*WHOLE, "catalog")
_KINDS = {  # first the one to send when a client likes several as much
    "html": ("text/html", "application/xhtml+xml"),
    "ttl": ("text/turtle", "application/x-turtle", "text/n3"),
    "jsonld": ("application/ld+json",),
    "nt": ("application/n-triples",),
    "rdf": ("application/rdf+xml",),
    "csv": ("text/csv",),
}
_WEIGHTS = ("(?:$|,|; *q=1)", r"; *q=0?\.[5-9]", r"; *q=0?\.(?:[1-4]|0+[1-9])")
_ANY_DATA = f"^(?:{'|'.join(_DATA)})$"
_ANY_RDF = f"^(?:{'|'.join(SUFFIXES)})$"
_KEPT = "(?:id|claim|source|iri|pages)(?:/|$)"  # names that keep their id/, see `addresses`
_NO_FILE = "(?:^|/)(?:[./]|$)"  # a part that is empty or begins with a dot
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]+)?((?:/[A-Za-z0-9._~@!+=-]+)*)/")
_PLAIN = re.compile(r"[A-Za-z0-9._~/-]+")
_LONGEST = 3_500  # characters of a line, of which nginx takes 4,096


def _choices() -> Iterator[tuple[str, str]]:
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
    found = {
        ".htaccess": apache(base, home, odd),
        "nginx.conf": nginx(base, home, odd),
        "_redirects": redirects(home),
        "_headers": headers(home),
    }
    if base != home and not base.endswith("#"):
        found["w3id.htaccess"] = redirecting(base, home, odd)
    return found


# ---- Apache


def apache(base: str, home: str, odd: Odd = ()) -> str:
    """``.htaccess`` for Apache 2.4.26 or newer, in the folder that is published.

    It needs mod_rewrite, ``AllowOverride FileInfo Indexes``, and mod_headers for the headers.
    """
    root = _root(home)
    rules, left = _rules(base, odd)
    end = "QSD,E=VARIES:1,END"
    lines = [
        "DirectorySlash Off",
        "DirectoryIndex index.html",
        f"ErrorDocument 404 {root}/404.html",
        "AddDefaultCharset utf-8",
        *_apache_types(),
        "",
        "RewriteEngine On",
        f"RewriteBase {root}/",
        "# Where the files of the site are.",
        f'RewriteCond "%{{CONTEXT_PREFIX}}|{root}" "^([^|]*)\\|\\1(.*)$"',
        "RewriteRule ^ - [E=FILES:%{CONTEXT_DOCUMENT_ROOT}%2]",
        "RewriteCond %{REQUEST_FILENAME} -f",
        r"RewriteRule !^\.well-known/void$ - [END]",
        "RewriteRule ^$ - [END]",
        *_apache_choice(),
        "# Documents that have an address of their own.",
        f'RewriteCond %{{ENV:AS}} "{_ANY_RDF}"',
        f"RewriteRule ^({'|'.join(_NEGOTIATED)})$ {root}/$1.%{{ENV:AS}} [R=303,{end}]",
        f"RewriteRule ^(?:{'|'.join(_NEGOTIATED)})$ - [E=VARIES:1]",
        "RewriteCond %{ENV:AS} =html",
        rf"RewriteRule ^\.well-known/void$ {root}/catalog [R=303,{end}]",
        r"RewriteRule ^\.well-known/void$ - [E=VARIES:1,END]",
        "RewriteCond %{ENV:FILES}/$1/index.html -f",
        "RewriteRule ^(.+?)/?$ $1/index.html [B=%?,END]",
        "# IRIs: the name of the page, of the path as it was sent, then as it is decoded.",
        f'RewriteCond %{{THE_REQUEST}} "^[A-Za-z]+ (?:https?://[^/ ]*)?{re.escape(root)}/([^? ]*)"',
        "RewriteRule ^ - [E=RAW:%1]",
        *_apache_odd(rules, left),
        *_apache_names(is_there=True),
        "RewriteCond %{ENV:NAME} .",
        f'RewriteCond %{{ENV:AS}} "{_ANY_DATA}"',
        f"RewriteRule ^ {root}/data/%{{ENV:NAME}}.%{{ENV:AS}} [R=303,{end}]",
        "RewriteCond %{ENV:NAME} .",
        f"RewriteRule ^ {root}/page/%{{ENV:NAME}} [R=303,{end}]",
        "RewriteRule ^ - [R=404,END]",
        "",
        "<IfModule mod_headers.c>",
        *(f'Header always set {name} "{value}"' for name, value in HEADERS.items()),
        f'Header always set Content-Security-Policy "{WORKER_POLICY}" '
        f'"expr=%{{REQUEST_URI}} =~ m#^{root}{_WORKER}#"',
        "Header always merge Vary Accept env=VARIES",
        "Header always merge Vary Accept env=REDIRECT_VARIES",
        f'Header set Cache-Control "{IMMUTABLE}" "expr=%{{REQUEST_URI}} =~ m#^{root}/assets/#"',
        "</IfModule>",
    ]
    return _text("The configuration of this site for Apache 2.4.", lines)


def redirecting(base: str, home: str, odd: Odd = ()) -> str:
    """``.htaccess`` for the server of the base, such as w3id.org, when the site is elsewhere.

    It does not know which pages there are. A path with escapes that stand for ASCII is taken
    for an IRI that has them.
    """
    _root(home)  # which looks whether it is an address
    path = _apache_raw(urlsplit(base).path)
    home = home[:-1]
    rules, left = _rules(base, odd)
    suffixes = "|".join(SUFFIXES)
    top = "|".join(re.escape(each).replace(r"\-", "-") for each in TOP)
    lines = [
        "RewriteEngine On",
        f"RewriteRule ^$ {home}/ [R=302,L]",
        *_apache_choice(),
        f'RewriteCond %{{ENV:AS}} "{_ANY_RDF}"',
        f"RewriteRule ^({'|'.join(WHOLE)})$ {home}/$1.%{{ENV:AS}} [R=303,QSD,L]",
        f"RewriteRule ^(?:{'|'.join(WHOLE)})$ {home}/$0 [R=303,QSD,L]",
        f"RewriteRule ^(?:{'|'.join(_NEGOTIATED)})\\.(?:{suffixes})$ {home}/$0 [R=302,L]",
        f"RewriteRule ^(?:{top})(?:/.*)?$ {home}/$0 [R=302,L]",
        f'RewriteCond %{{THE_REQUEST}} "^[A-Za-z]+ (?:https?://[^/ ]*)?{path}([^? ]*)"',
        "RewriteRule ^ - [E=RAW:%1]",
        *_apache_odd(rules, left),
        'RewriteCond %{ENV:RAW} "!%[2-7][0-9A-Fa-f]"',
        "RewriteRule ^ - [E=RAW:]",
        *_apache_names(is_there=False),
        "RewriteCond %{ENV:NAME} .",
        f'RewriteCond %{{ENV:AS}} "{_ANY_DATA}"',
        f"RewriteRule ^ {home}/data/%{{ENV:NAME}}.%{{ENV:AS}} [R=303,QSD,L]",
        "RewriteCond %{ENV:NAME} .",
        f"RewriteRule ^ {home}/page/%{{ENV:NAME}} [R=303,QSD,L]",
        "",
        "<IfModule mod_headers.c>",
        'Header always set Access-Control-Allow-Origin "*"',
        "Header always merge Vary Accept",
        "</IfModule>",
    ]
    return _text("Where IRIs of this graph lead, for the Apache at their base.", lines)


def _apache_types() -> Iterator[str]:
    """The types of data by the last suffix alone: names may have parts that look like others."""
    types = _types()
    for suffix in types:
        yield f'<FilesMatch "\\.{suffix}$">'
        yield f'ForceType "{types[suffix]}"'
        yield "SetHandler default-handler"
        yield "</FilesMatch>"
    yield '<FilesMatch "\\.wasm$">'
    yield f'ForceType "{_PAGES["wasm"]}"'
    yield "</FilesMatch>"
    yield '<FilesMatch "^void$">'
    yield f'ForceType "{types["ttl"]}"'
    yield "</FilesMatch>"
    yield '<FilesMatch "^(?:SHA256SUMS|.*\\.(?:cff|conf))$">'
    yield 'ForceType "text/plain; charset=utf-8"'
    yield "</FilesMatch>"
    yield "<IfModule mod_mime.c>"
    yield "RemoveOutputFilter .shtml"
    yield "RemoveEncoding .gz .tgz .Z .bz2 .xz .br .zst .svgz"
    yield "</IfModule>"


def _apache_choice() -> Iterator[str]:
    yield "# What is asked for, in AS."
    for number, (pattern, name) in enumerate(CHOICES, 1):
        yield f'RewriteCond %{{HTTP_ACCEPT}} "{pattern}" [NC,NV]'
        skip = len(CHOICES) - number
        yield f"RewriteRule ^ - [E=AS:{name}{f',S={skip}' if skip else ''}]"


def _apache_odd(rules: Sequence[tuple[str, str]], left: int) -> Iterator[str]:
    for rest, key in rules:
        yield f'RewriteCond %{{ENV:RAW}} "={rest}"'
        yield f"RewriteRule ^ - [E=NAME:{key}]"
    yield from _left(left)


def _apache_names(*, is_there: bool) -> Iterator[str]:
    """Rules that find the name of a page: of the path as it was sent, or else as decoded."""
    yield f'RewriteCond %{{ENV:RAW}} "{_NO_FILE}"'
    yield "RewriteRule ^ - [E=RAW:]"
    sent, decoded = ("%{ENV:RAW}", "%1", "%{ENV:RAW}"), ("$0", "%1", "$0")
    for whole, name, rest in (sent, decoded):
        for pattern, found in (
            (f"^id/(?!{_KEPT})(.+)$", name),
            ("^(?:id|claim|source)/.", rest),
            (".", f"iri/{rest}"),
        ):
            yield 'RewriteCond %{ENV:NAME} ="" '.strip()
            yield f'RewriteCond {whole} "{pattern}"'
            if is_there:
                yield f"RewriteCond %{{ENV:FILES}}/page/{found}/index.html -f"
            plain = f"^(?!.*{_NO_FILE}).+" if whole == "$0" else "^"
            yield f"RewriteRule {plain} - [E=NAME:{found}]"


def _apache_raw(path: str) -> str:
    return re.escape(quote(path, safe="/:@!$&'()*+,;=~%"))


# ---- nginx


def nginx(base: str, home: str, odd: Odd = ()) -> str:
    """A file to include in a ``server`` of nginx, whose ``root`` has the site below it."""
    root = _root(home)
    rules, left = _rules(base, odd)
    types = _types()
    policy = {"Content-Security-Policy": "$allgraph_policy"}
    lines = [
        "autoindex off;",
        "absolute_redirect off;",
        f"error_page 404 {root}/404.html;",
        "default_type text/plain;",
        "charset utf-8;",
        "charset_types text/plain text/css text/javascript text/turtle text/csv",
        "    text/tab-separated-values;",
        "types {",
        *(f"    {type.partition(';')[0]} {suffix};" for suffix, type in (_PAGES | types).items()),
        "}",
        *(f'add_header {name} "{value}" always;' for name, value in (HEADERS | policy).items()),
        "add_header Vary $allgraph_varies always;",
        "add_header Cache-Control $allgraph_cache;",
        'set $allgraph_varies "";',
        'set $allgraph_cache "";',
        f'set $allgraph_policy "{POLICY}";',
        "# What is asked for: the last that is found counts.",
        'set $allgraph_as "";',
        *(
            f'if ($http_accept ~* "{pattern}") {{ set $allgraph_as {name}; }}'
            for pattern, name in reversed(CHOICES)
        ),
        "",
        f"location ^~ {root}/ {{",
        "    try_files $uri $uri/index.html @allgraph;",
        "}",
        f"location ^~ {root}/assets/ {{",
        f'    set $allgraph_cache "{IMMUTABLE}";',
        "    try_files $uri =404;",
        "}",
        f"location ^~ {root}{_WORKER} {{",
        f'    set $allgraph_cache "{IMMUTABLE}";',
        f'    set $allgraph_policy "{WORKER_POLICY}";',
        "    try_files $uri =404;",
        "}",
        *(line for name in _NEGOTIATED for line in _nginx_document(root, name)),
        f"location = {root}/.well-known/void {{",
        "    set $allgraph_varies Accept;",
        f"    if ($allgraph_as = html) {{ return 303 {root}/catalog; }}",
        "    default_type text/turtle;",
        "    try_files $uri =404;",
        "}",
        "location @allgraph {",
        "    set $allgraph_varies Accept;",
        '    set $allgraph_name "";',
        "    # The name of the page, of the path as it is decoded, or better as it was sent. A",
        "    # capture with a name is as it is, for files; one with a number escaped, for links.",
        *_nginx_names("$uri", f"^{re.escape(root)}/", root),
        '    set $allgraph_raw "";',
        f'    if ($request_uri ~ "^{re.escape(root)}/(?<allgraph_rest>[^?#]*)") {{',
        "        set $allgraph_raw $allgraph_rest;",
        "    }",
        *_nginx_names("$allgraph_raw", "^", root),
        *(
            f'    if ($allgraph_raw ~ "^{_nginx_literal(rest)}$") {{ set $allgraph_name {key}; }}'
            for rest, key in rules
        ),
        *(f"    {line}" for line in _left(left)),
        '    if ($allgraph_name = "") { return 404; }',
        f'    if ($allgraph_as ~ "{_ANY_DATA}") {{',
        f"        return 303 {root}/data/$allgraph_name.$allgraph_as;",
        "    }",
        f"    return 303 {root}/page/$allgraph_name;",
        "}",
    ]
    about = "The configuration of this site for nginx, to include in a server block."
    return _text(about, lines)


_PAGES = {
    "html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml",
    "png": "image/png", "ico": "image/x-icon", "wasm": "application/wasm", "woff2": "font/woff2",
}  # fmt: skip


def _nginx_document(root: str, name: str) -> Iterator[str]:
    """A location for a document that has an address of its own."""
    yield f"location = {root}/{name} {{"
    yield "    set $allgraph_varies Accept;"
    yield f'    if ($allgraph_as ~ "{_ANY_RDF}") {{ return 303 {root}/{name}.$allgraph_as; }}'
    yield "    try_files $uri/index.html =404;"
    yield "}"


def _nginx_names(path: str, start: str, root: str) -> Iterator[str]:
    """Directives that find the name of a page, if there is one of a path."""
    kept = _KEPT.replace("(?:/|$)", "(?:/.*)?")
    name = "?<allgraph_rest>"
    yield '    set $allgraph_file "";'
    for pattern, space in (
        (f"({name}.+)$", "iri/"),
        (f"({name}(?:claim|source)/.+)$", ""),
        (f"id/({name}.+)$", ""),
        (f"({name}id/{kept})$", ""),
    ):
        yield f'    if ({path} ~ "{start}{pattern}") {{'
        yield f"        set $allgraph_file {space}$allgraph_rest;"
        yield f"        set $allgraph_key {space}$1;"
        yield "    }"
    yield f'    if ($allgraph_file ~ "{_NO_FILE}") {{ set $allgraph_file ""; }}'
    there = f"$document_root{root}/page/$allgraph_file/index.html"
    yield f"    if (-f {there}) {{ set $allgraph_name $allgraph_key; }}"


def _nginx_literal(text: str) -> str:
    """A pattern for just this text, with nothing that a file of nginx could take otherwise."""
    return re.sub(r"[^A-Za-z0-9/_~-]", lambda match: f"\\x{ord(match[0]):02x}", text)


# ---- Hosts of static files


def redirects(home: str) -> str:
    """``_redirects`` for Netlify, Cloudflare and GitLab: each kind of IRI to its pages.

    Those cannot negotiate, nor look whether a page is there, so other IRIs lead nowhere.
    """
    root = _root(home)
    kept = [name for name in re.findall("[a-z]+", _KEPT) if name]
    lines = [f"{root}/id/{name} {root}/page/id/{name} 302" for name in kept]
    lines += [f"{root}/id/{name}/* {root}/page/id/{name}/:splat 302" for name in kept]
    lines.append(f"{root}/id/* {root}/page/:splat 302")
    lines += [f"{root}/{space}/* {root}/page/{space}/:splat 302" for space in ("claim", "source")]
    return _text("Where IRIs of this graph lead.", lines)


def headers(home: str) -> str:
    """``_headers`` for Netlify and Cloudflare.

    There a file has the headers of every rule that fits it, so that none can have a wider policy
    than all. So all may compile WebAssembly, but for pages, which say themselves that they do not.
    """
    root = _root(home)
    policy = {"Content-Security-Policy": WORKER_POLICY}
    lines = [
        f"{root}/*",
        *(f"  {name}: {value}" for name, value in (HEADERS | policy).items()),
        f"{root}/assets/*",
        f"  Cache-Control: {IMMUTABLE}",
        f"{root}/.well-known/void",
        f"  Content-Type: {_types()['ttl']}",
    ]
    return _text("Headers of this site.", lines)


# ---- What they share


def _types() -> dict[str, str]:
    """The media types of data, by suffix; text says that it is UTF-8."""
    found = {suffix: each.media_type for each in formats.FORMATS for suffix in each.suffixes} | {
        "json": "application/json",
        "xml": "application/xml",
    }
    return {
        suffix: f"{type.partition(';')[0]}; charset=utf-8" if type.startswith("text/") else type
        for suffix, type in found.items()
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
    found, left = [], 0
    for iri, path in odd:
        rest = quote(iri.removeprefix(base).partition("#")[0], safe="/:@!$&'()*+,;=~%[]|^`{}\\<>")
        key = unquote(path.removeprefix("/page/"))
        is_sound = iri.startswith(base) and rest and path.startswith("/page/")
        is_short = len(_nginx_literal(rest)) <= _LONGEST and _PLAIN.fullmatch(key)
        if is_sound and is_short and not re.search(r'[\\"{}<>^`|\s]', rest):
            found.append((rest, key))
        else:
            left += 1
    return found[:MOST_RULES], left + len(found[MOST_RULES:])


def _left(left: int) -> list[str]:
    """A remark on IRIs that have no rule."""
    return [f"# {left:,} more IRIs have names that need a rule, and have none here."] * (left > 0)


def _text(about: str, lines: Iterable[str]) -> str:
    return "\n".join([f"# {about}", "# Written by allgraph publish.", *lines, ""])
