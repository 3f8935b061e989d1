"""The paths of documents about IRIs, and the IRIs of paths.

A document is about one IRI under the base of a graph. Its page and its data have paths from the
root of the site, which stands for the base:

==================  =======================  ================================
IRI, after the base  page                     data, ``SUFFIX`` being that of a format
==================  =======================  ================================
``id/NAME``          ``/page/NAME``           ``/data/NAME.SUFFIX``
``claim/NAME``       ``/page/claim/NAME``     ``/data/claim/NAME.SUFFIX``
``source/NAME``      ``/page/source/NAME``    ``/data/source/NAME.SUFFIX``
``ns``, ``shapes``   ``/ns``, ``/shapes``     ``/ns.SUFFIX``, ``/shapes.SUFFIX``
anything else        ``/page/iri/REST``       ``/data/iri/REST.SUFFIX``
==================  =======================  ================================

A thing whose name begins with a reserved word keeps its ``id/`` (``id/claim/x`` is at
``/page/id/claim/x``), so that no two IRIs share a path. An IRI with a fragment belongs to the
document of the IRI without it. Further pages of a long document are below ``pages/2/``. Paths are
percent-encoded: a ``%`` of the IRI itself is ``%25``.

Each path is also the name of a file: data files lie beside one another, a page is ``index.html``
in the folder of its name. An IRI that makes no such name is at ``/page/iri/~DIGEST``, with the
first 32 digits of the SHA-256 of the IRI: if a part is empty, long, or begins with a dot, for
example, or if it has both percent signs and letters beyond ASCII.

>>> base = "https://w3id.org/allgraph/"
>>> path_of(base + "id/coco-rocha", base), path_of(base + "claim/x#0f", base, suffix="ttl")
('/page/coco-rocha', '/data/claim/x.ttl')
>>> read("/data/coco-rocha.ttl", base).iri.value
'https://w3id.org/allgraph/id/coco-rocha'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import quote, unquote

from pyoxigraph import NamedNode

from allgraph.rdf import formats
from allgraph.rdf.terms import iri_or_none

SUFFIXES = ("ttl", "nt", "rdf", "jsonld")
"""The suffixes of the RDF formats that a document has."""
TABLE = "csv"
"""The suffix of the table of a document's claims."""
WHOLE = ("ns", "shapes")
"""Documents at the root, each about all terms, or shapes, in the namespace of its IRI."""

_FOLDERS = ("id", "claim", "source")
_RESERVED = frozenset((*_FOLDERS, "iri", "pages"))
_SAFE = "/:@!$&'()*+,;=~"  # characters of a path beside letters and digits
_PLAIN = re.compile(r"(?:(?:claim|source)/)?[A-Za-z0-9_-]{1,200}")  # keys that most IRIs have
_PATH = re.compile(r"/(?:page|data)/(?:pages/([1-9][0-9]{0,8})/)?(.*)", re.DOTALL)
_ENCODED_NON_ASCII = re.compile("(?:%[89A-Fa-f][0-9A-Fa-f])+")
# A directory so named would be in the place of a file about another thing, or be taken for it:
_NAMED_AS_FILE = re.compile(rf".*\.(?:{'|'.join((*SUFFIXES, TABLE, 'json', 'svg'))})", re.DOTALL)
_LONGEST_PART, _LONGEST_KEY = 200, 1000  # bytes: between two slashes, and in all
_NO_DIGESTS: Mapping[str, str] = MappingProxyType({})


class Address(NamedTuple):
    """The document at a path: the IRI that it is about, its suffix, and its page number.

    `suffix` is ``""`` for an HTML page, and that of the format for data. A long document is split
    into pages, numbered from 1.
    """

    iri: NamedNode
    suffix: str = ""
    page: int = 1

    @property
    def format(self) -> str:
        """The name of the format, such as ``turtle``, for a path of data; ``""`` for a page."""
        return formats.named(self.suffix).name if self.suffix else ""


def path_of(iri: str | NamedNode, base: str, *, suffix: str = "", page: int = 1) -> str | None:
    """Return the path of the HTML page about an IRI, or with a `suffix` of its data file.

    ``id/x`` after the base gives ``/page/x``. ``claim/`` and ``source/`` are kept, and so is
    ``id/`` before one of these three, ``iri`` or ``pages``. ``ns`` and ``shapes`` give ``/ns`` and
    ``/shapes``; their further pages, and all else, have ``iri/`` in front. A fragment is left out,
    and an IRI that makes no file name gets a digest. `page` is the number of the page where the
    document is split. ``None`` for an IRI that does not begin with the base. Nothing is looked up.

    >>> path_of("https://example.org/id/a.b/x%20", "https://example.org/", suffix="nt", page=2)
    '/data/pages/2/a.b/x%2520.nt'
    >>> path_of("https://example.org/id/../x", "https://example.org/")
    '/page/iri/~7142b58ac904886d790afeaea8fb246f'
    >>> path_of("https://elsewhere.org/x", "https://example.org/") is None
    True
    """
    text = iri.value if isinstance(iri, NamedNode) else iri
    if not text.startswith(base):
        return None
    rest = text[len(base) :].partition("#")[0]
    key, quoted = _key_in_path(rest, base)
    dotted = f".{suffix}" if suffix else ""
    if key in WHOLE and rest == key and page == 1:  # a document at the root
        return f"/{key}{dotted}"
    if rest in WHOLE:
        quoted = f"iri/{rest}"
    below = f"pages/{page}/" if page > 1 else ""
    return f"/{'data' if suffix else 'page'}/{below}{quoted}{dotted}"


@lru_cache(1_000)
def _key_in_path(rest: str, base: str) -> tuple[str, str]:
    """Return the key of an IRI, or if that is no file name, a digest; and the same in a path.

    Cached, since a document asks for its own path a dozen times.
    """
    key = _key_of(rest)
    if _PLAIN.fullmatch(key):
        return key, key
    if not _is_file_name(key):
        from hashlib import sha256

        key = f"iri/~{sha256((base + rest).encode()).hexdigest()[:32]}"
    return key, quote(key, safe=_SAFE)


def unfit(iris: Iterable[str], base: str) -> dict[str, str]:
    """Return the IRIs that cannot be file names, by paths made of their digests instead.

    >>> unfit(["http://x/id/a", "http://x/id/.b"], "http://x/")
    {'/page/iri/~b5fc6ff94543e0f54b473d604f473a15': 'http://x/id/.b'}
    """
    paths = ((path_of(iri, base), iri) for iri in iris)
    return {path: iri for path, iri in paths if path and path.startswith("/page/iri/~")}


def read(path: str, base: str, digests: Mapping[str, str] = _NO_DIGESTS) -> Address | None:
    """Parse the path of a page or of data, as `path_of` gives it; ``None`` for another path.

    More of it may be percent-encoded. `digests` is what `unfit` returns, the IRIs by those paths
    that have a digest of the IRI; ``None`` is returned for such a path that it lacks.

    >>> read("/data/pages/2/source/x.jsonld", "https://example.org/")
    Address(iri=<NamedNode value=https://example.org/source/x>, suffix='jsonld', page=2)
    >>> read("/data/../../etc/passwd.ttl", "https://example.org/") is None
    True
    """
    rest, suffix = path, suffix_of(path)
    if suffix:
        rest = path[: -len(suffix) - 1]
    page = 1
    if rest.removeprefix("/") in WHOLE and rest.startswith("/"):
        iri = iri_or_none(base + rest[1:])
    else:
        match = _PATH.fullmatch(rest)
        if match is None or path.startswith("/data/") != bool(suffix):
            return None
        page = int(match[1] or 1)
        key = _decoded(match[2])
        digested = digests.get(f"/page/{key}")
        iri = None if key is None else iri_or_none(digested or base + _after_base(key))
    if iri is None:
        return None
    own_path = path_of(iri, base, suffix=suffix, page=page)
    is_same = own_path is not None and _decoded(own_path) == _decoded(path)
    return Address(iri, suffix, page) if is_same else None


def suffix_of(path: str) -> str:
    """Return the suffix of a path of data, ``""`` for the path of a page.

    Suffixes are ``ttl``, ``nt``, ``rdf`` and ``jsonld``, and below ``/data/`` also ``csv``; any
    other text after a dot belongs to the name.

    >>> [suffix_of(path) for path in ("/data/x.ttl", "/data/x.csv", "/ns.nt", "/page/x.ttl")]
    ['ttl', 'csv', 'nt', '']
    """
    head, _, suffix = path.rpartition(".")
    is_data = path.startswith("/data/")
    is_known = suffix in SUFFIXES or (is_data and suffix == TABLE)
    return suffix if is_known and (is_data or head.removeprefix("/") in WHOLE) else ""


def meant(path: str, base: str) -> list[NamedNode]:
    """Return the IRIs that a request for a path such as ``/id/x`` may be for, likeliest first.

    Each is the base and the path, which is taken as it is, with letters beyond ASCII decoded, and
    with all decoded, since clients encode what the IRI may not. The caller looks up which one is
    in the graph. Forms are left out that are no IRI, or have ``.``, ``..`` or ``//`` in them.

    >>> [iri.value for iri in meant("/id/b%C3%BC%2Fx", "http://x/")]
    ['http://x/id/b%C3%BC%2Fx', 'http://x/id/bü%2Fx', 'http://x/id/bü/x']
    """
    if not path.startswith("/"):
        return []
    forms = (path, _ENCODED_NON_ASCII.sub(_decoded_match, path), _decoded(path))
    nodes = (
        iri_or_none(base + form[1:])
        for form in dict.fromkeys(forms)
        if form and _has_plain_segments(form[1:])
    )
    return [node for node in nodes if node is not None]


def _key_of(rest: str) -> str:
    """Return the key of an IRI: what its path has after ``/page/`` or ``/data/``, not yet encoded.

    `rest` is the IRI without the base and the fragment. The key of ``id/x`` is ``x``, unless that
    begins with a word in `_RESERVED` (those of `_FOLDERS`, ``iri``, ``pages``); other IRIs in
    `_FOLDERS` (``id``, ``claim``, ``source``) and those in `WHOLE` (``ns``, ``shapes``) are their
    own keys; all others get ``iri/`` before them.
    """
    space, slash, name = rest.partition("/")
    if rest in WHOLE:
        return rest
    if not slash or space not in _FOLDERS:
        return f"iri/{rest}"
    is_plain = space == "id" and name != "" and name.partition("/")[0] not in _RESERVED
    return name if is_plain else rest


def _after_base(key: str) -> str:
    """Return what an IRI has after the base, given its key; the reverse of `_key_of`.

    But a key in `WHOLE` (``ns``, ``shapes``) is taken for that of a thing, as ``id/ns``.
    """
    first, _, name = key.partition("/")
    if first == "iri":
        return name
    return key if first in _FOLDERS else f"id/{key}"


def _is_file_name(key: str) -> bool:
    """Return True if a key can be a file's path: no part is empty, hidden, too long, or clashes.

    It clashes if it ends in ``index.html``, begins like the keys made of digests (``iri/~``), or
    has a directory named like the data or the picture of another, as in ``x.ttl/y``. False too for
    a key with a percent sign and letters beyond ASCII.
    """
    *inner, last = key.split("/")
    if "%" in key and not key.isascii():
        return False  # a request cannot tell what is encoded in the key itself
    if key.startswith("iri/~") or last == "index.html" or len(key.encode()) > _LONGEST_KEY:
        return False
    parts = (*inner, last)
    return all(
        0 < len(part.encode()) <= _LONGEST_PART and part[0] != "." for part in parts
    ) and not any(map(_NAMED_AS_FILE.fullmatch, inner))


def _has_plain_segments(key: str) -> bool:
    """Return True if a path has no ``.`` or ``..``, and no empty part but perhaps the last.

    Clients and servers would rewrite others.
    """
    parts = key.split("/")
    return not {".", ".."} & {*parts} and "" not in parts[:-1]


def _decoded(text: str) -> str | None:
    """Return a text percent-decoded; ``None`` if the bytes are not UTF-8."""
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        return None


def _decoded_match(match: re.Match[str]) -> str:
    """Return the matched text percent-decoded, or unchanged if that is not UTF-8."""
    return _decoded(match[0]) or match[0]
