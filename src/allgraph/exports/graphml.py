"""Networks as GraphML 1.0 and GEXF 1.3, for Gephi, Cytoscape, igraph and others.

Attributes are texts; what is not known is left out. The same network gives the same bytes.

>>> nodes = [Node("urn:a", {"label": "A & B"})]
>>> edges = [Edge("urn:c", "urn:a", "urn:a", "urn:knows", "A knows A", {"when": None})]
>>> print(graphml(nodes, edges, ["label"], ["when"]).decode().splitlines()[-4])
<node id="urn:a"><data key="label">A &amp; B</data></node>
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from allgraph.errors import UnknownFormat

Said = Mapping[str, str | None]
"""Attributes by their names."""


class Node(NamedTuple):
    """A node: its IRI, and its attributes, of which ``label`` is its name."""

    iri: str
    said: Said


class Edge(NamedTuple):
    """An edge: its IRI, those of the nodes that it joins, its kind, label and attributes."""

    iri: str
    source: str
    target: str
    kind: str
    label: str
    said: Said


_GRAPHML = """\
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" \
xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns \
http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">"""
_GEXF = """\
<gexf xmlns="http://gexf.net/1.3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="http://gexf.net/1.3 http://gexf.net/1.3/gexf.xsd" version="1.3">"""
_MANY = 50_000  # tokens that are kept
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;",
     "\r": "&#13;"}
)  # fmt: skip
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NO_TOKEN = re.compile(r"[^A-Za-z0-9._:-]|_(?=x)")


def graphml(
    nodes: Iterable[Node],
    edges: Iterable[Edge],
    node_keys: Sequence[str],
    edge_keys: Sequence[str],
    shorten: Callable[[str], str] = str,
) -> bytes:
    """A network as GraphML, with the attributes of these names; names differ from one another.

    Ids are XML tokens, as the schema wants them: what `shorten` makes of an IRI, escaped by
    `token`. It must give each IRI another name. Raises `UnknownFormat` for a character that XML
    cannot hold, and names the node or edge.
    """
    return b"".join(graphml_lines(nodes, edges, node_keys, edge_keys, shorten))


def graphml_lines(
    nodes: Iterable[Node],
    edges: Iterable[Edge],
    node_keys: Sequence[str],
    edge_keys: Sequence[str],
    shorten: Callable[[str], str] = str,
) -> Iterator[bytes]:
    """The lines of `graphml`, as nodes and edges come."""
    return _encoded(_graphml(nodes, edges, node_keys, edge_keys, shorten))


def _graphml(
    nodes: Iterable[Node],
    edges: Iterable[Edge],
    node_keys: Sequence[str],
    edge_keys: Sequence[str],
    shorten: Callable[[str], str],
) -> Iterator[str]:
    names = _Names(shorten)
    yield from (_HEAD, _GRAPHML)
    for what, keys in (("node", node_keys), ("edge", edge_keys)):
        yield from (
            f'<key id="{key}" for="{what}" attr.name="{key}" attr.type="string"/>' for key in keys
        )
    yield '<graph id="graph" edgedefault="directed">'
    for node in nodes:
        data = _data(node.said, node_keys)
        yield _sound("GraphML", node.iri, f'<node id="{names[node.iri]}">{data}</node>')
    for edge in edges:
        ends = f'source="{names[edge.source]}" target="{names[edge.target]}"'
        data = _data(edge.said, edge_keys)
        line = f'<edge id="{token(shorten(edge.iri))}" {ends}>{data}</edge>'
        yield _sound("GraphML", edge.iri, line)
    yield from ("</graph>", "</graphml>")


def gexf(
    nodes: Iterable[Node],
    edges: Iterable[Edge],
    node_keys: Sequence[str],
    edge_keys: Sequence[str],
    title: str = "",
) -> bytes:
    """A network as GEXF, with the attributes of these names, and IRIs for ids.

    The network is static: attributes are what is known, and no edge comes or goes with the
    time. Raises `UnknownFormat` as `graphml` does.
    """
    return b"".join(gexf_lines(nodes, edges, node_keys, edge_keys, title))


def gexf_lines(
    nodes: Iterable[Node],
    edges: Iterable[Edge],
    node_keys: Sequence[str],
    edge_keys: Sequence[str],
    title: str = "",
) -> Iterator[bytes]:
    """The lines of `gexf`, as nodes and edges come."""
    return _encoded(_gexf(nodes, edges, node_keys, edge_keys, title))


def _gexf(
    nodes: Iterable[Node],
    edges: Iterable[Edge],
    node_keys: Sequence[str],
    edge_keys: Sequence[str],
    title: str,
) -> Iterator[str]:
    description = f"<description>{_escaped(title)}</description>"
    yield from (_HEAD, _GEXF)
    yield _sound("GEXF", "title", f"<meta><creator>allgraph</creator>{description}</meta>")
    yield '<graph defaultedgetype="directed" idtype="string" mode="static">'
    for what, keys in (("node", node_keys), ("edge", edge_keys)):
        yield f'<attributes class="{what}" mode="static">'
        yield from (f'<attribute id="{key}" title="{key}" type="string"/>' for key in keys)
        yield "</attributes>"
    yield "<nodes>"
    for node in nodes:
        label = _escaped(node.said.get("label") or node.iri)
        head = f'<node id="{_escaped(node.iri)}" label="{label}">'
        line = f"{head}{_values(node.said, node_keys)}</node>"
        yield _sound("GEXF", node.iri, line)
    yield from ("</nodes>", "<edges>")
    for edge in edges:
        parts = {"id": edge.iri, "source": edge.source, "target": edge.target, "kind": edge.kind,
                 "label": edge.label}  # fmt: skip
        head = " ".join(f'{name}="{_escaped(part)}"' for name, part in parts.items())
        line = f"<edge {head}>{_values(edge.said, edge_keys)}</edge>"
        yield _sound("GEXF", edge.iri, line)
    yield from ("</edges>", "</graph>", "</gexf>")


def _encoded(lines: Iterable[str]) -> Iterator[bytes]:
    return (f"{line}\n".encode() for line in lines)


def token(name: str) -> str:
    """A name as an XML token; two names never become one.

    >>> token("id:coco-rocha"), token("https://x/é")
    ('id:coco-rocha', 'https:_x2F__x2F_x_x2F__xE9_')
    """
    return _NO_TOKEN.sub(lambda char: f"_x{ord(char[0]):X}_", name)


class _Names(dict[str, str]):
    """The token of each IRI, made once as long as there are not too many."""

    def __init__(self, shorten: Callable[[str], str]) -> None:
        self._shorten = shorten

    def __missing__(self, iri: str) -> str:
        if len(self) >= _MANY:
            self.clear()
        self[iri] = found = token(self._shorten(iri))
        return found


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def _known(said: Said, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The attributes that have a value, escaped."""
    for key in keys:
        if value := said.get(key):
            yield key, _escaped(value)


def _data(said: Said, keys: Sequence[str]) -> str:
    return "".join(f'<data key="{key}">{value}</data>' for key, value in _known(said, keys))


def _values(said: Said, keys: Sequence[str]) -> str:
    parts = (f'<attvalue for="{key}" value="{value}"/>' for key, value in _known(said, keys))
    return f"<attvalues>{''.join(parts)}</attvalues>"


def _sound(format: str, iri: str, line: str) -> str:
    """A line of XML, or `UnknownFormat` when XML cannot hold it."""
    if wrong := _NO_XML.search(line):
        raise UnknownFormat(
            f"{format} cannot hold the character U+{ord(wrong[0]):04X}, which is in what is said "
            f"of {_NO_XML.sub('?', iri)}; write another format"
        )
    return line
