"""Networks as GraphML 1.0 and GEXF 1.3, for Gephi, Cytoscape, igraph and others.

Attributes are texts, and are left out where there is no value. The same network gives the same
bytes.

>>> things = [Thing("urn:a", "A & B", "")]
>>> lines = [*graphml_lines(things, [], ["claim"], Prefixes())]
>>> lines[-3]
'<node id="urn:a"><data key="iri">urn:a</data><data key="label">A &amp; B</data></node>'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any

from allgraph.errors import UnknownFormat
from allgraph.graph import Thing
from allgraph.rdf.terms import Prefixes

Edge = tuple[str, str, Mapping[str, Any]]
"""The IRIs of both ends, and attributes, among them ``claim``, ``predicate`` and ``sentence``."""

_GRAPHML = """\
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" \
xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns \
http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">"""
_GEXF = """\
<gexf xmlns="http://gexf.net/1.3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="http://gexf.net/1.3 http://gexf.net/1.3/gexf.xsd" version="1.3">"""
_CACHED_IDS = 50_000  # ids of nodes that are kept in memory
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_ESCAPES = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&quot;",
        "\t": "&#9;",
        "\n": "&#10;",
        "\r": "&#13;",
    }
)
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_IN_TOKEN = re.compile(r"[^A-Za-z0-9._:-]|_(?=x)")  # ``_x`` would look like an escape


def graphml_lines(
    things: Iterable[Thing], edges: Iterable[Edge], edge_keys: Sequence[str], prefixes: Prefixes
) -> Iterator[str]:
    """Yield the lines of a network as GraphML; `edge_keys` are the attributes that edges have.

    An edge is the IRIs of both ends, and its attributes, of which ``claim`` is needed; edges of one
    claim, as a claim about a claim has them in paths, come one after another. Ids are CURIEs, or
    IRIs where no prefix fits; characters that a token of XML cannot have are written as their code,
    such as ``_x2F_``. Further edges of a claim have a number after ``_x20_``, a space. Raises
    `UnknownFormat` for a character that XML cannot hold, and names the node or edge.
    """

    @lru_cache(_CACHED_IDS)
    def id_of(iri: str) -> str:
        """Return the id of a node: its CURIE by `prefixes`, or its IRI, escaped; ids are cached."""
        return token(_curie(iri, prefixes))

    yield from (_HEAD, _GRAPHML)
    for kind, keys in (("node", ("iri", "label", "kind")), ("edge", edge_keys)):
        for key in keys:
            yield f'<key id="{key}" for="{kind}" attr.name="{key}" attr.type="string"/>'
    yield '<graph id="graph" edgedefault="directed">'
    for thing in things:
        elements = _data_elements({"iri": thing.iri, "label": thing.name, "kind": thing.kind})
        yield _checked_line(
            "GraphML", thing.iri, f'<node id="{id_of(thing.iri)}">{elements}</node>'
        )
    for claim, edges_of_claim in groupby(edges, lambda edge: edge[2]["claim"]):
        for number, (source, target, attributes) in enumerate(edges_of_claim, 1):
            edge_id = token(_curie(claim, prefixes) + (f" {number}" if number > 1 else ""))
            ends = f'source="{id_of(source)}" target="{id_of(target)}"'
            line = f'<edge id="{edge_id}" {ends}>{_data_elements(attributes)}</edge>'
            yield _checked_line("GraphML", claim, line)
    yield from ("</graph>", "</graphml>")


def gexf_lines(
    things: Iterable[Thing], edges: Iterable[Edge], edge_keys: Sequence[str], title: str
) -> Iterator[str]:
    """Yield the lines of a network as GEXF; `edge_keys` are the attributes that edges have.

    An edge is the IRIs of both ends, and its attributes, of which ``claim``, ``predicate`` and
    ``sentence`` are needed. Ids are IRIs. The kind of an edge is its predicate, its label the
    sentence of its claim. The network is static: no edge comes or goes with the time. Raises
    `UnknownFormat` for a character that XML cannot hold.
    """
    yield from (_HEAD, _GEXF)
    meta = f"<creator>allgraph</creator><description>{_escaped(title)}</description>"
    yield _checked_line("GEXF", "title", f"<meta>{meta}</meta>")
    yield '<graph defaultedgetype="directed" idtype="string" mode="static">'
    for kind, keys in (("node", ["kind"]), ("edge", edge_keys)):
        yield f'<attributes class="{kind}" mode="static">'
        for key in keys:
            yield f'<attribute id="{key}" title="{key}" type="string"/>'
        yield "</attributes>"
    yield "<nodes>"
    for thing in things:
        head = f'<node id="{_escaped(thing.iri)}" label="{_escaped(thing.name or thing.iri)}">'
        yield _checked_line(
            "GEXF", thing.iri, f"{head}{_attvalues_element({'kind': thing.kind})}</node>"
        )
    yield from ("</nodes>", "<edges>")
    for source, target, attributes in edges:
        claim = attributes["claim"]
        ends = f'source="{_escaped(source)}" target="{_escaped(target)}"'
        kind, label = _escaped(attributes["predicate"]), _escaped(attributes["sentence"])
        head = f'<edge id="{_escaped(claim)}" {ends} kind="{kind}" label="{label}">'
        yield _checked_line("GEXF", claim, f"{head}{_attvalues_element(attributes)}</edge>")
    yield from ("</edges>", "</graph>", "</gexf>")


def encoded(lines: Iterable[str]) -> Iterator[bytes]:
    """Yield lines as UTF-8, each with its line end."""
    return (f"{line}\n".encode() for line in lines)


def token(name: str) -> str:
    """Return a name as an XML token: other characters are escaped by their code, as in ``_x2F_``.

    Different names give different tokens.

    >>> token("id:coco-rocha"), token("https://x/é")
    ('id:coco-rocha', 'https:_x2F__x2F_x_x2F__xE9_')
    """
    return _NOT_IN_TOKEN.sub(lambda char: f"_x{ord(char[0]):X}_", name)


def plain(attributes: Mapping[str, Any]) -> dict[str, str]:
    """Return the attributes that have a value, as texts; a tuple is joined with spaces.

    Attributes that are ``None``, ``""`` or an empty tuple are left out.

    >>> plain({"when": None, "rank": "Normal", "sources": ("urn:a", "urn:b")})
    {'rank': 'Normal', 'sources': 'urn:a urn:b'}
    """
    texts = {name: " ".join(v) if isinstance(v, tuple) else v for name, v in attributes.items()}
    return {name: value for name, value in texts.items() if value}


def _curie(iri: str, prefixes: Prefixes) -> str:
    """Return the CURIE of an IRI, or the IRI itself when no prefix fits.

    An IRI whose scheme is also a prefix, and so looks like a CURIE, gets ``%`` instead of its first
    colon.
    """
    curie = prefixes.shorten(iri)
    scheme, _, rest = iri.partition(":")
    return f"{scheme}%{rest}" if curie == iri and scheme in prefixes else curie


def _escaped(text: str) -> str:
    """Return a text in which what XML reserves, tabs and line ends are escaped.

    So it can be the text of an element, or an attribute in double quotes.
    """
    return text.translate(_ESCAPES)


def _data_elements(attributes: Mapping[str, Any]) -> str:
    """Return attributes as the ``data`` elements of a GraphML node or edge, in one string.

    Those without a value are left out; a tuple is joined with spaces.
    """
    texts = plain(attributes).items()
    return "".join(f'<data key="{key}">{_escaped(text)}</data>' for key, text in texts)


def _attvalues_element(attributes: Mapping[str, Any]) -> str:
    """Return attributes as the ``attvalues`` element of a GEXF node or edge.

    Those without a value are left out; a tuple is joined with spaces.
    """
    texts = plain(attributes).items()
    values = (f'<attvalue for="{key}" value="{_escaped(text)}"/>' for key, text in texts)
    return f"<attvalues>{''.join(values)}</attvalues>"


def _checked_line(format: str, iri: str, line: str) -> str:
    """Return `line` unchanged; raise `UnknownFormat` for a character that XML does not allow.

    The message names the `format`, and `iri` as what the line is about.
    """
    if wrong := _NOT_IN_XML.search(line):
        raise UnknownFormat(
            f"{format} cannot hold the character U+{ord(wrong[0]):04X}, which is in the attributes "
            f"of {_NOT_IN_XML.sub('?', iri)}; write another format"
        )
    return line
