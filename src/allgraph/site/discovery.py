r"""Metadata by which a site is found and checked: sitemap, ``robots.txt``, schema.org.

They contain no claims: of a thing only the IRI, our label and the kind. Names that sources give
belong to claims, and those to their pages.

>>> print(script({"name": "</script>"}))
{"name":"\u003c/script\u003e"}
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from markupsafe import Markup
from pyoxigraph import NamedNode, Triple

from allgraph.evidence.citation_file import KEYWORDS, abstract
from allgraph.graph import Graph
from allgraph.linkeddata.publication import (
    NOWHERE,
    Description,
    Download,
    Facts,
    Publication,
    dataset_iri,
    home_of,
    web_address,
)
from allgraph.rdf import terms
from allgraph.rdf.terms import SCHEMA, text
from allgraph.render.json import compact

MOST_ADDRESSES = 50_000
"""How many addresses one part of a sitemap may have."""
MOST_BYTES = 50 * 2**20
"""How many bytes one part of a sitemap may have."""
LONGEST_ADDRESS = 2_047
"""How many characters an address in a sitemap may have."""
Json = dict[str, Any]

_SITEMAPS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SAFE = "/:@!$&'()*+,;=~%"
_MARKS = {'"': "&quot;", "'": "&apos;"}
_KINDS = {  # classes, the IRIs of the ontology last; the first that a thing is of counts
    SCHEMA + "Person": "Person",
    SCHEMA + "Organization": "Organization",
    SCHEMA + "Legislation": "Legislation",
    SCHEMA + "CreativeWork": "CreativeWork",
    SCHEMA + "Report": "CreativeWork",
    SCHEMA + "Periodical": "CreativeWork",
    SCHEMA + "SocialMediaPosting": "CreativeWork",
    SCHEMA + "Event": "Event",
    terms.KNOWN["ag"] + "Event": "Event",
}
_UNSAFE = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


# ---- For crawlers


def sitemap(home: str, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a sitemap as (name, content): the parts, then the index of the parts.

    The index is ``sitemap.xml``. `home` is the address of the site, and `paths` are those of its
    pages below that, each with a slash before it. Only one part is in memory at a time. Addresses
    that are too long for a sitemap are left out, and the index says how many.

    >>> names = [name for name, _ in sitemap("https://example.org/", ["/", "/page/x"])]
    >>> names
    ['sitemap-1.xml', 'sitemap.xml']
    """
    home = home.rstrip("/")
    too_long = 0

    def entries() -> Iterator[str]:
        """Yield for each of `paths` an XML element with its address below `home`, in a line.

        An address that is too long for a sitemap is left out, and counted in `too_long`.
        """
        nonlocal too_long
        for path in paths:
            address = home + quote(path, safe=_SAFE)
            if len(address) > LONGEST_ADDRESS:
                too_long += 1
            else:
                yield f"<url><loc>{escape(address, _MARKS)}</loc></url>\n"

    index = []
    for number, lines in enumerate(_parts(entries()), 1):
        name = f"sitemap-{number}.xml"
        address = escape(f"{home}/{name}", _MARKS)
        index.append(f"<sitemap><loc>{address}</loc></sitemap>\n")
        yield name, _sitemap_file("urlset", lines)
    if too_long:
        index.append(f"<!-- {too_long:,} addresses are too long for a sitemap -->\n")
    yield "sitemap.xml", _sitemap_file("sitemapindex", index)


def _parts(lines: Iterable[str]) -> Iterator[list[str]]:
    """Yield lists of lines, each for one file of a sitemap; without lines one empty list.

    A file has at most `MOST_ADDRESSES` lines and `MOST_BYTES` bytes. The lines have to be ASCII.
    """
    room = MOST_BYTES - len(_sitemap_file("urlset", []))
    part: list[str] = []
    size = 0
    for line in lines:
        if part and (len(part) == MOST_ADDRESSES or size + len(line) > room):
            yield part
            part, size = [], 0
        part.append(line)
        size += len(line)
    yield part


def _sitemap_file(element: str, lines: Iterable[str]) -> bytes:
    """Return a file of a sitemap: `lines` of XML, already escaped, in the root `element`."""
    return f"{_HEAD}<{element} {_SITEMAPS}>\n{''.join(lines)}</{element}>\n".encode()


def robots(home: str) -> str:
    """Return the text of ``robots.txt``, which allows everything and links to the sitemap.

    `home` is the address of the site. Crawlers read the file only at the root of a host.
    """
    return f"User-agent: *\nAllow: /\nSitemap: {home.rstrip('/')}/sitemap.xml\n"


# ---- For those who query


def service(graph: Graph, published: Publication) -> list[Triple]:
    """Return the SPARQL Service Description of the endpoint `published.endpoint`, as triples.

    The list is empty if there is no endpoint. The triples state its address, that it answers
    SPARQL 1.1 queries, and its dataset. They do not state the formats of its answers, which the
    endpoint itself says. The endpoint is not asked.
    """
    if not published.endpoint:
        return []
    endpoint, graph_iri = terms.iri(published.endpoint), dataset_iri(graph, published)
    dataset = NamedNode(f"{graph_iri.value}-of-endpoint")
    description = Description(graph_iri)
    about_endpoint: Facts = {
        "a": "sd:Service",
        "sd:endpoint": endpoint,
        "sd:supportedLanguage": description.iri("sd:SPARQL11Query"),
        "sd:defaultDataset": dataset,
    }
    description.add(endpoint, about_endpoint)
    description.add(dataset, {"a": "sd:Dataset", "sd:defaultGraph": graph_iri})
    description.add(graph_iri, {"a": "sd:Graph"})
    return description.triples


# ---- For search engines: schema.org


def dataset(graph: Graph, published: Publication = NOWHERE) -> Json:
    """Return the description of the dataset in schema.org JSON-LD.

    `published` gives addresses, days and downloads. Properties without a value are left out. Runs
    the query ``dataset-period``.
    """
    folder = graph.folder
    home = home_of(graph, published)
    publisher = _organization(folder.publisher)
    properties = reference(graph, published) | {
        "description": abstract(graph, home),
        "url": f"{home}catalog",
        "identifier": dataset_iri(graph, published).value,
        "version": folder.version,
        "keywords": list(KEYWORDS),
        "isAccessibleForFree": True,
        "license": _licence(folder.licence),
        "creator": publisher,
        "publisher": publisher,
        "datePublished": published.issued,
        "dateModified": published.modified,
        "temporalCoverage": _period(graph),
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "@id": f"{home}catalog",
            "name": folder.title,
            "url": f"{home}catalog",
        },
        "distribution": [_distribution(download) for download in published.downloads],
    }
    return {"@context": SCHEMA, **_without_empty(properties)}


def reference(graph: Graph, published: Publication = NOWHERE) -> Json:
    """Return the type, IRI and title of the dataset as JSON-LD, for a reference to it.

    The IRI is below the address of `published`, by default below the base of the graph.
    """
    iri = dataset_iri(graph, published).value
    return {"@type": "Dataset", "@id": iri, "name": graph.folder.title}


def thing(
    iri: str, name: str, page: str, within: Json, *, kind: str = "Thing", also: Iterable[str] = ()
) -> Json:
    """Return a thing as schema.org JSON-LD; `page` is the address of the page about the thing.

    `name` and the other names in `also` have to be labels of the graph, not names from claims,
    since JSON-LD states them without a source. `within` is the `reference` to the dataset, and
    `kind` a type of schema.org.
    """
    properties: Json = {"@context": SCHEMA, "@type": kind, "@id": iri, "name": name}
    if others := [other for other in dict.fromkeys(also) if other != name]:
        properties["alternateName"] = others
    return properties | {"url": page, "mainEntityOfPage": page, "subjectOf": within}


def kind_of(classes: Iterable[str]) -> str:
    """Return the name of the schema.org type of a thing; ``Thing`` if none fits better.

    `classes` are the IRIs of its classes and of their superclasses; the first of `_KINDS` that is
    among them counts.

    >>> kind_of(["https://w3id.org/allgraph/ns#Bill", "https://schema.org/Legislation"])
    'Legislation'
    """
    iris = {*classes}
    return next((kind for iri, kind in _KINDS.items() if iri in iris), "Thing")


def script(values: Json) -> Markup:
    """Return data as JSON for the text of an HTML ``script`` element.

    ``<``, ``>`` and ``&`` are escaped as in JSON strings, so no value can end the element.
    """
    return Markup(compact(values).translate(_UNSAFE))  # noqa: S704


# ---- Shared


def _period(graph: Graph) -> str:
    """Return the first and last day of any claim as ``FIRST/LAST``; ``""`` if none has a date.

    Runs the query ``dataset-period``.
    """
    row = graph.run("dataset-period").rows[0]
    return f"{text(row['first'])}/{text(row['last'])}" if row["first"] is not None else ""


def _distribution(download: Download) -> Json:
    """Return a download as a schema.org ``DataDownload``, without properties that are unknown."""
    properties = {
        "@type": "DataDownload",
        "name": download.url.rpartition("/")[2],
        "contentUrl": download.url,
        "encodingFormat": download.media_type,
        "contentSize": "" if download.size is None else f"{download.size} B",
        "sha256": download.sha256.lower(),
    }
    return _without_empty(properties)


def _licence(words: str) -> str | Json:
    """Return a licence for schema.org: an address or ``""`` unchanged, another text as a work."""
    return words if web_address(words) or not words else {"@type": "CreativeWork", "name": words}


def _organization(name: str) -> Json:
    """Return a publisher as a schema.org ``Organization``; empty for an empty name.

    A name that is a web address is the IRI of the organization too.
    """
    if not name:
        return {}
    address = {"@id": name, "url": name} if web_address(name) else {}
    return {"@type": "Organization", "name": name, **address}


def _without_empty(properties: Json) -> Json:
    """Return a copy without properties whose value is empty, ``None``, 0 or false."""
    return {name: value for name, value in properties.items() if value}
