"""Turtle, TriG and JSON-LD, in an order that depends on what is said alone.

The same quads give the same bytes, and one claim more changes no line of the others. Forms of
literals are kept.

>>> a, p, b = NamedNode("http://x/a"), NamedNode("http://x/p"), BlankNode("b")
>>> quads = [Quad(a, p, b), Quad(b, p, Literal("01", datatype=NamedNode(XSD + "integer")))]
>>> print(trig(quads, Prefixes(x="http://x/")), end="")
@prefix x: <http://x/> .
<BLANKLINE>
x:a x:p [ x:p 01 ] .
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad

from allgraph.forest import Forest, GraphName, Place, Said
from allgraph.labels import settled
from allgraph.terms import AG, OA, RDF, RDFS, XSD, Prefixes, Term, is_prefix
from allgraph.turtle import (
    Brackets,
    Directive,
    Document,
    Property,
    Statement,
    Token,
    one_line,
    write,
)
from allgraph.turtle import Node as Written
from allgraph.turtle import Term as WrittenTerm

_TYPE = NamedNode(RDF + "type")
_EARLY = (
    RDF + "type", RDFS + "label", RDF + "subject", RDF + "predicate", RDF + "object", AG + "when",
    OA + "hasSource", OA + "hasSelector", OA + "start", OA + "end", AG + "context", AG + "sha256",
    AG + "reading", AG + "confidence",
)  # fmt: skip
_PLACES = {iri: place for place, iri in enumerate(_EARLY)} | {AG + "evidence": len(_EARLY) + 1}
"""What is said first of a thing, a claim, its evidence; evidence itself comes last."""

_BARE = {
    XSD + "boolean": re.compile(r"true|false"),
    XSD + "integer": re.compile(r"[+-]?[0-9]+"),
    XSD + "decimal": re.compile(r"[+-]?[0-9]*\.[0-9]+"),
    XSD + "double": re.compile(r"[+-]?(?:[0-9]+\.[0-9]*|\.?[0-9]+)[eE][+-]?[0-9]+"),
}
"""The forms of literals that Turtle takes without quotes, and keeps."""

_SPECIAL = re.compile(
    '["\\\\\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]'
)
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_PREFIX_ENDS = (":", "/", "?", "#", "[", "]", "@")  # after which JSON-LD takes a prefix


def trig(quads: Iterable[Quad], prefixes: Prefixes, *, timeout: float | None = None) -> str:
    """Quads as TriG in the house's layout; without named graphs it is Turtle.

    What two triples lead to has a label that depends on what is said of it; to find it may take
    longer than `timeout` seconds, which raises `EngineTimeout`.
    """
    forest = _planted(quads, timeout)
    writer = _Turtle(forest, _Names(sound(prefixes)))
    places: dict[GraphName, list[Place]] = {}
    for place in forest.roots():
        places.setdefault(place[0], []).append(place)
    blocks: list[str] = []
    for graph in sorted(places, key=_graph_order):
        block = writer.statements(places[graph])
        blocks += block if isinstance(graph, DefaultGraph) else [writer.graph(graph, block)]
    head = write(Document([*writer.directives()], []))
    return "\n".join(([head] if head else []) + blocks)


def jsonld(quads: Iterable[Quad], prefixes: Prefixes, *, timeout: float | None = None) -> str:
    """Quads, their graphs forgotten, as JSON-LD 1.1 with a context of prefixes.

    Literals keep their forms: all but plain texts are value objects. Errors as `trig`.
    """
    import json

    merged = [Quad(quad.subject, quad.predicate, quad.object) for quad in quads]
    forest = _planted(merged, timeout)
    names = _Names(_safe(sound(prefixes), merged))
    things = _Json(forest, names).things()
    context = {prefix: names.prefixes[prefix] for prefix in sorted(names.used)}
    document = {"@context": context, "@graph": things}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _planted(quads: Iterable[Quad], timeout: float | None) -> Forest:
    """The forest of some quads, with settled labels."""
    forest = Forest(quads)
    if not forest.labelled:
        return forest
    return Forest(settled(forest.quads(), forest.labelled, timeout=timeout))


def _graph_order(graph: GraphName) -> tuple[bool, str]:
    return not isinstance(graph, DefaultGraph), str(graph)


@cache
def _order(predicate: NamedNode) -> tuple[int, str]:
    return _PLACES.get(predicate.value, len(_EARLY)), predicate.value


class _Names:
    """IRIs as CURIEs, and which prefixes they took."""

    def __init__(self, prefixes: Prefixes) -> None:
        self.prefixes = prefixes
        self.used: set[str] = set()
        self._known: dict[str, str] = {}

    def short(self, iri: str) -> str | None:
        """The CURIE, or ``None`` when no prefix fits."""
        found = self._known.get(iri)
        if found is None:
            found = self._known[iri] = self.prefixes.shorten(iri)
        if found == iri:
            return None
        self.used.add(found.partition(":")[0])
        return found


def sound(prefixes: Prefixes) -> Prefixes:
    """The prefixes that every format takes: names as Turtle has them, for whole IRIs.

    >>> sound(Prefixes({"x": "http://x/", "half": "half", "1": "http://x/1"}))
    {'x': 'http://x/'}
    """
    return Prefixes(
        {
            prefix: space
            for prefix, space in prefixes.items()
            if is_prefix(prefix) and _is_iri(space)
        }
    )


def _is_iri(space: str) -> bool:
    try:
        NamedNode(space)
    except ValueError:
        return False
    return True


class _Turtle:
    """The parts of a Turtle text from a forest."""

    def __init__(self, forest: Forest, names: _Names) -> None:
        self.forest = forest
        self.names = names

    def directives(self) -> list[Directive]:
        """The prefixes that were used."""
        return [
            Directive([_token("@prefix"), _token(f"{prefix}:"), _token(f"<{space}>"), _token(".")])
            for prefix, space in sorted(self.names.prefixes.items())
            if prefix in self.names.used
        ]

    def graph(self, graph: GraphName, block: list[str]) -> str:
        """The text of a named graph with these statements."""
        lines = [f"    {line}".rstrip() for line in "\n".join(block).splitlines()]
        return "\n".join([f"{self.term(graph)} {{", *lines, "}"]) + "\n"

    def statements(self, places: Iterable[Place]) -> list[str]:
        """The text of each subject: IRIs in their order, then labels, then what has none."""
        found = []
        for graph, subject in places:
            body = self.brackets(graph, self.forest.said[graph, subject])
            key = _subject_order(self.forest, subject) or (2, one_line(body))
            head = Brackets(_token("["), _token("]")) if key[0] == 2 else self.node(graph, subject)
            statement = Statement(head, body.properties, _token("."))
            found.append((key, write(Document([statement], []))))
        return [text for _, text in sorted(found)]

    def brackets(self, graph: GraphName, said: Said) -> Brackets:
        """What is said of a blank node, in brackets."""
        found = Brackets(_token("["), _token("]"))
        for predicate in sorted(said, key=_order):
            verb = "a" if predicate == _TYPE else self.term(predicate)
            pairs = [(obj, self.node(graph, obj)) for obj in said[predicate]]
            pairs.sort(key=lambda pair: _object_order(pair[0], one_line(pair[1])))
            found.properties.append(Property(_token(verb), [node for _, node in pairs]))
        return found

    def node(self, graph: GraphName, term: Term) -> Written:
        """A term, or brackets with what is nested there."""
        if (items := self.forest.items(term)) is not None:
            nodes = [self.node(graph, item) for item in items]
            return Brackets(_token("("), _token(")"), items=nodes)
        if isinstance(term, BlankNode) and term in self.forest.nested:
            return self.brackets(graph, self.forest.said.get((graph, term), {}))
        return WrittenTerm([_token(self.term(term))])

    def term(self, term: Term | GraphName) -> str:
        """An IRI, label or literal."""
        if isinstance(term, NamedNode):
            return self.names.short(term.value) or f"<{term.value}>"
        return self._literal(term) if isinstance(term, Literal) else str(term)

    def _literal(self, term: Literal) -> str:
        datatype = term.datatype.value
        if (form := _BARE.get(datatype)) and form.fullmatch(term.value):
            return term.value
        text = f'"{_SPECIAL.sub(_escape, term.value)}"'
        if term.language:
            return f"{text}@{term.language}"
        return text if datatype == XSD + "string" else f"{text}^^{self.term(term.datatype)}"


def _token(text: str) -> Token:
    return Token("", text, 0)


def _escape(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[0]) or f"\\u{ord(match[0]):04X}"


def _subject_order(forest: Forest, subject: Term) -> tuple[int, str] | None:
    """Where a subject stands; ``None`` for a blank node that has no label."""
    if isinstance(subject, NamedNode):
        return 0, subject.value
    return (1, str(subject)) if subject in forest.labelled else None


def _object_order(term: Term, shown: str) -> tuple[int, str]:
    """IRIs in their order, then literals, then blank nodes by what they show."""
    if isinstance(term, NamedNode):
        return 0, term.value
    return (1 if isinstance(term, Literal) else 2), shown


class _Json:
    """The objects of a JSON-LD document from a forest whose graphs are merged."""

    def __init__(self, forest: Forest, names: _Names) -> None:
        self.forest = forest
        self.names = names

    def things(self) -> list[dict[str, Any]]:
        """An object for each subject, in the order of `_Turtle.statements`."""
        found = []
        for place in self.forest.roots():
            thing = self.thing(place)
            key = _subject_order(self.forest, place[1]) or (2, _compact(thing))
            found.append((key, thing))
        return [thing for _, thing in sorted(found, key=lambda each: each[0])]

    def thing(self, place: Place) -> dict[str, Any]:
        """What is said of a subject, with its name if it has one."""
        _, subject = place
        is_named = isinstance(subject, NamedNode) or subject in self.forest.labelled
        found: dict[str, Any] = {"@id": self.name(subject)} if is_named else {}
        said = self.forest.said.get(place, {})
        for predicate in sorted(said, key=_order):
            objects = said[predicate]
            is_type = predicate == _TYPE and not any(map(self._is_inside, objects))
            pairs = [(o, self.name(o) if is_type else self.value(place, o)) for o in objects]
            pairs.sort(key=lambda pair: _object_order(pair[0], _compact(pair[1])))
            values = [value for _, value in pairs]
            found["@type" if is_type else self.name(predicate)] = (
                values if len(values) > 1 else values[0]
            )
        return found

    def value(self, place: Place, term: Term) -> Any:
        """A term as the value of a property."""
        if isinstance(term, Literal):
            return self._literal(term)
        if (items := self.forest.items(term)) is not None:
            return {"@list": [self.value(place, item) for item in items]}
        if isinstance(term, BlankNode) and term in self.forest.nested:
            return self.thing((place[0], term))
        return {"@id": self.name(term)}

    def name(self, term: Term) -> str:
        """An IRI or label."""
        if isinstance(term, NamedNode):
            return self.names.short(term.value) or term.value
        return str(term)

    def _is_inside(self, term: Term) -> bool:
        return isinstance(term, Literal) or term in self.forest.nested

    def _literal(self, term: Literal) -> str | dict[str, str]:
        if term.language:
            return {"@value": term.value, "@language": term.language}
        if term.datatype.value == XSD + "string":
            return term.value
        return {"@value": term.value, "@type": self.name(term.datatype)}


def _compact(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


def _safe(prefixes: Prefixes, quads: Iterable[Quad]) -> Prefixes:
    """The prefixes that JSON-LD understands and takes for no scheme of an IRI."""
    schemes = {
        term.value.partition(":")[0]
        for quad in quads
        for term in (quad.subject, quad.predicate, quad.object, getattr(quad.object, "datatype", 0))
        if isinstance(term, NamedNode)
    }
    return Prefixes(
        {
            prefix: space
            for prefix, space in prefixes.items()
            if space.endswith(_PREFIX_ENDS) and prefix not in schemes
        }
    )
