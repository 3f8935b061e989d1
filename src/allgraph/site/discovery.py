r"""What makes a site findable: for search engines, catalogues, and those who cite or check it.

Nothing here says what the graph claims. Of a thing it tells its IRI, our label and its kind; names
that sources give belong to their claims, and those to their pages.

>>> script({"name": "</script>"})
'{"name":"\\u003c/script\\u003e"}'
>>> spdx("https://creativecommons.org/licenses/by-sa/4.0/")
'CC-BY-SA-4.0'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from pyoxigraph import NamedNode, Triple

from allgraph.graph import Graph
from allgraph.linkeddata.publication import NOWHERE, Download, Publication, dataset_iri, home_of
from allgraph.rdf import terms
from allgraph.rdf.terms import RDF, text

MOST_ADDRESSES = 50_000
"""How many addresses one part of a sitemap may have."""
MOST_BYTES = 50 * 2**20
"""How many bytes one part of a sitemap may have."""
LONGEST_ADDRESS = 2_047
"""How many characters an address in a sitemap may have."""
SHORTEST, LONGEST = 50, 5_000
"""How many characters the description of a dataset has to have, and may have."""
KEYWORDS = ("knowledge graph", "linked data", "provenance", "RDF")
"""What every graph of claims is about."""
SD = "http://www.w3.org/ns/sparql-service-description#"
SCHEMA = "https://schema.org/"

Json = dict[str, Any]

_SITEMAPS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_MARKS = {'"': "&quot;", "'": "&apos;"}
_CREATIVE_COMMONS = re.compile(
    r"https?://creativecommons\.org/"
    r"(?:licenses/(by(?:-nc)?(?:-sa|-nd)?)/(1\.0|2\.0|2\.5|3\.0|4\.0)|publicdomain/zero/1\.0)"
    r"(?:/|/deed\.[a-z]{2}|/legalcode)?"
)
_OPEN_DATA_COMMONS = re.compile(r"https?://opendatacommons\.org/licenses/(odbl|by|pddl)/1[-.]0/?")
_OPEN = {"odbl": "ODbL-1.0", "by": "ODC-By-1.0", "pddl": "PDDL-1.0"}
_SPDX = re.compile(
    r"(?:https?://spdx\.org/licenses/)?((?:CC0|ODbL|ODC-By|PDDL)-1\.0|Apache-2\.0|EUPL-1\.2"
    r"|CC-BY(?:-NC)?(?:-SA|-ND)?-(?:1\.0|2\.0|2\.5|3\.0|4\.0))"
)
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
_NO_YAML = re.compile(
    "[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


# ---- For crawlers


def sitemap(home: str, paths: Iterable[str], *, modified: str = "") -> Iterator[tuple[str, bytes]]:
    """The files of a sitemap by name, parts first and their index, ``sitemap.xml``, last.

    `paths` are those of pages below `home`, each with a slash before it; `modified` is a day or
    time in ISO 8601. Only one part is held at a time. Addresses that are too long for a sitemap
    are left out, and the index says how many.

    >>> names = [name for name, _ in sitemap("https://example.org/", ["/", "/page/x"])]
    >>> names
    ['sitemap-1.xml', 'sitemap.xml']
    """
    home = home.rstrip("/")
    when = f"<lastmod>{escape(modified)}</lastmod>" if modified else ""
    start, end = f"{_HEAD}<urlset {_SITEMAPS}>\n", "</urlset>\n"
    found: list[str] = []
    names: list[str] = []
    size = room = MOST_BYTES - len(start) - len(end)
    left = 0
    for path in paths:
        address = home + quote(path, safe="/:@!$&'()*+,;=~%")
        if len(address) > LONGEST_ADDRESS:
            left += 1
            continue
        line = f"<url><loc>{escape(address, _MARKS)}</loc>{when}</url>\n"
        if found and (len(found) == MOST_ADDRESSES or len(line) > size):
            names.append(f"sitemap-{len(names) + 1}.xml")
            yield names[-1], "".join([start, *found, end]).encode()
            found, size = [], room
        found.append(line)
        size -= len(line)
    names.append(f"sitemap-{len(names) + 1}.xml")
    yield names[-1], "".join([start, *found, end]).encode()
    parts = [
        f"<sitemap><loc>{escape(f'{home}/{name}', _MARKS)}</loc>{when}</sitemap>\n"
        for name in names
    ]
    if left:
        parts.append(f"<!-- {left:,} addresses are too long for a sitemap -->\n")
    whole = [f"{_HEAD}<sitemapindex {_SITEMAPS}>\n", *parts, "</sitemapindex>\n"]
    yield "sitemap.xml", "".join(whole).encode()


def robots(home: str) -> str:
    """``robots.txt``, which lets everybody in and leads to the sitemap.

    Crawlers look for it at the root of a host only.
    """
    return f"User-agent: *\nAllow: /\nSitemap: {home.rstrip('/')}/sitemap.xml\n"


# ---- For those who cite or check


def citation(graph: Graph, published: Publication = NOWHERE, *, version: str = "") -> str:
    """``CITATION.cff``, version 1.2.0, for the graph as a dataset.

    The version is that of the manifest, or else the one given. The authors are who publishes it.
    """
    folder = graph.folder
    licence, home = folder.licence, home_of(graph, published)
    said: list[tuple[str, str | Sequence[str]]] = [
        ("cff-version", "1.2.0"),
        ("message", "If you use this dataset, please cite it as below."),
        ("type", "dataset"),
        ("title", folder.title),
        ("abstract", _described(graph, home)),
        ("keywords", KEYWORDS),
        ("url", _encoded(home)),
    ]
    if number := folder.version or version:
        said.append(("version", number))
    if published.issued:
        said.append(("date-released", published.issued[:10]))
    if name := spdx(licence):
        said.append(("license", name))
    elif _is_address(licence):
        said.append(("license-url", _encoded(licence)))
    lines = []
    for key, value in said:
        if isinstance(value, str):
            lines.append(f"{key}: {_quoted(value)}")
        else:
            lines += [f"{key}:", *(f"  - {_quoted(each)}" for each in value)]
    author = folder.publisher or f"The publishers of {folder.title}"
    lines += ["authors:", f"  - name: {_quoted(author)}"]
    if _is_address(author):
        lines.append(f"    website: {_quoted(_encoded(author))}")
    lines += ["identifiers:", "  - type: url",
              f"    value: {_quoted(_encoded(dataset_iri(graph, published).value))}",
              '    description: "The IRI of the dataset."']  # fmt: skip
    return "\n".join([*lines, ""])


def spdx(licence: str) -> str:
    """The SPDX identifier of a licence, ``""`` where none is known.

    >>> spdx("CC0-1.0"), spdx("https://opendatacommons.org/licenses/odbl/1-0/"), spdx("All mine")
    ('CC0-1.0', 'ODbL-1.0', '')
    """
    if match := _CREATIVE_COMMONS.fullmatch(licence):
        return f"CC-{match[1].upper()}-{match[2]}" if match[1] else "CC0-1.0"
    if match := _OPEN_DATA_COMMONS.fullmatch(licence):
        return _OPEN[match[1]]
    match = _SPDX.fullmatch(licence)
    return match[1] if match else ""


def sums(downloads: Iterable[Download]) -> str:
    r"""``SHA256SUMS`` of the downloads whose digests are known, as ``sha256sum -c`` reads it.

    >>> sums([Download("https://example.org/download/graph.ttl", "turtle", 3, "ab" * 32)])[60:]
    'abab  graph.ttl\n'
    """
    names = {each.url.rpartition("/")[2]: each.sha256.lower() for each in downloads if each.sha256}
    return "".join(f"{names[name]}  {name}\n" for name in sorted(names))


def service(graph: Graph, published: Publication) -> list[Triple]:
    """What is known of an endpoint that somebody runs for the graph, as a Service Description.

    That is where it is, that it answers SPARQL 1.1 queries, and that it holds the dataset. The
    forms of its answers are for itself to tell. There is nothing when there is no endpoint.
    """
    if not published.endpoint:
        return []
    node, held = terms.iri(published.endpoint), dataset_iri(graph, published)
    kind = NamedNode(RDF + "type")
    whole = NamedNode(f"{held.value}-of-endpoint")
    return [
        Triple(node, kind, NamedNode(SD + "Service")),
        Triple(node, NamedNode(SD + "endpoint"), node),
        Triple(node, NamedNode(SD + "supportedLanguage"), NamedNode(SD + "SPARQL11Query")),
        Triple(node, NamedNode(SD + "defaultDataset"), whole),
        Triple(whole, kind, NamedNode(SD + "Dataset")),
        Triple(whole, NamedNode(SD + "defaultGraph"), held),
        Triple(held, kind, NamedNode(SD + "Graph")),
    ]


# ---- For search engines: schema.org


def dataset(graph: Graph, published: Publication = NOWHERE, *, version: str = "") -> Json:
    """The dataset in the terms of schema.org, for the page about it."""
    folder = graph.folder
    home = home_of(graph, published)
    said = reference(graph, published) | {
        "description": _described(graph, home),
        "url": f"{home}catalog",
        "identifier": dataset_iri(graph, published).value,
        "version": folder.version or version,
        "keywords": list(KEYWORDS),
        "isAccessibleForFree": True,
        "license": _licence(folder.licence),
        "creator": _publisher(folder.publisher),
        "publisher": _publisher(folder.publisher),
        "datePublished": published.issued,
        "dateModified": published.modified,
        "temporalCoverage": _period(graph),
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "@id": f"{home}catalog",
            "name": folder.title,
            "url": f"{home}catalog",
        },
        "distribution": [_distribution(each) for each in published.downloads],
    }
    return {"@context": SCHEMA, **{key: value for key, value in said.items() if value}}


def reference(graph: Graph, published: Publication = NOWHERE) -> Json:
    """The dataset by its IRI and title, as what is said of other things refers to it."""
    iri = dataset_iri(graph, published).value
    return {"@type": "Dataset", "@id": iri, "name": graph.folder.title}


def thing(
    iri: str, name: str, page: str, within: Json, *, kind: str = "Thing", also: Iterable[str] = ()
) -> Json:
    """A thing in the terms of schema.org, for the `page` about it, an address.

    `name` and those in `also` are labels of ours, never names that only claims give; `within` is
    the `reference` to the dataset.
    """
    said: Json = {"@context": SCHEMA, "@type": kind, "@id": iri, "name": name}
    if others := [each for each in dict.fromkeys(also) if each != name]:
        said["alternateName"] = others
    return said | {"url": page, "mainEntityOfPage": page, "subjectOf": within}


def kind_of(classes: Iterable[str]) -> str:
    """The kind that schema.org has for a thing of some classes, those above them among them.

    >>> kind_of(["https://w3id.org/allgraph/ns#Bill", "https://schema.org/Legislation"])
    'Legislation'
    """
    found = {*classes}
    return next((kind for each, kind in _KINDS.items() if each in found), "Thing")


def script(data: Json) -> str:
    """Data as the text of a ``<script type="application/ld+json">``, which nothing in it ends."""
    import json

    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_UNSAFE)


# ---- What they share


def _described(graph: Graph, home: str) -> str:
    """The description of a graph, no shorter and no longer than search engines take."""
    found = (graph.folder.description or graph.folder.title).strip()
    if len(found) < SHORTEST:
        end = "" if found.endswith((".", "!", "?", "…")) else "."
        found = (
            f"{found}{end} A knowledge graph in which every claim has its sources, "
            f"published as linked data at {home}"
        )
    return found if len(found) <= LONGEST else f"{found[: LONGEST - 1].rstrip()}…"


def _period(graph: Graph) -> str:
    row = graph.run("dataset-period").rows[0]
    return f"{text(row['first'])}/{text(row['last'])}" if row["first"] is not None else ""


def _distribution(download: Download) -> Json:
    said = {
        "@type": "DataDownload",
        "name": download.url.rpartition("/")[2],
        "contentUrl": download.url,
        "encodingFormat": download.media_type,
        "contentSize": "" if download.size is None else f"{download.size} B",
        "sha256": download.sha256.lower(),
    }
    return {key: value for key, value in said.items() if value}


def _licence(words: str) -> str | Json:
    return words if _is_address(words) or not words else {"@type": "CreativeWork", "name": words}


def _publisher(words: str) -> Json:
    """Who publishes a graph; nothing when the manifest does not say."""
    if not words:
        return {}
    address = {"@id": words, "url": words} if _is_address(words) else {}
    return {"@type": "Organization", "name": words, **address}


def _is_address(words: str) -> bool:
    return re.fullmatch(r"https?://\S+", words) is not None


def _encoded(address: str) -> str:
    return quote(address, safe="/:@!$&'()*+,;=~%?#[]")


def _quoted(words: str) -> str:
    """A text in YAML, in double quotes."""
    import json

    def escaped(match: re.Match[str]) -> str:
        return f"\\u{ord(match[0]):04x}"

    return _NO_YAML.sub(escaped, json.dumps(words, ensure_ascii=False))
