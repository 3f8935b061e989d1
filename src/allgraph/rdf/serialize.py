"""Turtle and TriG, in an order that depends on the triples alone.

The same quads give the same bytes, and one claim more changes no line of the others. Forms of
literals are kept.

>>> from pyoxigraph import Literal, NamedNode
>>> a, p, b = NamedNode("http://x/a"), NamedNode("http://x/p"), BlankNode("b")
>>> quads = [Quad(a, p, b), Quad(b, p, Literal("01", datatype=NamedNode(XSD + "integer")))]
>>> print(trig(quads, Prefixes(x="http://x/")), end="")
@prefix x: <http://x/> .
<BLANKLINE>
x:a x:p [ x:p 01 ] .
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache

from pyoxigraph import BlankNode, Quad, Triple

from allgraph.rdf.canonical import with_stable_labels
from allgraph.rdf.nesting import NIL, Forest, Place, Properties, Statement, is_blank, statements
from allgraph.rdf.prefixes import Names, is_iri, names_with
from allgraph.rdf.terms import AG, OA, RDF, RDFS, XSD, Prefixes
from allgraph.rdf.turtle import (
    Brackets,
    Directive,
    Node,
    Property,
    Term,
    TurtleDocument,
    TurtleToken,
    one_line,
    write,
)
from allgraph.rdf.turtle import statement as laid_out

TYPE = f"<{RDF}type>"
_EARLY = (
    RDF + "type", RDFS + "label", RDF + "subject", RDF + "predicate", RDF + "object", AG + "when",
    OA + "hasSource", OA + "hasSelector", OA + "start", OA + "end", AG + "context", AG + "sha256",
    AG + "reading", AG + "confidence",
)  # fmt: skip
_PLACES = {iri: place for place, iri in enumerate(_EARLY)} | {AG + "evidence": len(_EARLY) + 1}
"""The first predicates of a thing, a claim or its evidence; ``evidence`` itself comes last."""

_BARE = {
    XSD + "boolean": re.compile(r"true|false"),
    XSD + "integer": re.compile(r"[+-]?[0-9]+"),
    XSD + "decimal": re.compile(r"[+-]?[0-9]*\.[0-9]+"),
    XSD + "double": re.compile(r"[+-]?(?:[0-9]+\.[0-9]*|\.?[0-9]+)[eE][+-]?[0-9]+"),
}
"""The forms of literals that need no quotes in Turtle."""

_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"(?:@(.+)|\^\^<(.+)>)?', re.DOTALL)
_ESCAPED = re.compile(r"\\(?:u(.{4})|U(.{8})|(.))")
_NAMED = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_SPECIAL = re.compile(
    '["\\\\\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]'
)
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
Keyed = tuple[tuple[int, str], str]
"""A subject's text after its key: 0 and an IRI, 1 and a label, or 2 and the text on one line."""


def trig(
    quads: Iterable[Quad | Triple], prefixes: Prefixes, *, timeout: float | None = None
) -> str:
    """Return quads or triples as TriG in the house's layout; without named graphs it is Turtle.

    Blank nodes that two triples mention get labels that depend on the triples alone; to find them
    may take longer than `timeout` seconds, which raises `EngineTimeout`.
    """
    quads = [*quads]
    forest = labelled_forest(quads, statements(quads), timeout)
    return TurtleWriter(forest, names_with(tuple(prefixes.items()))).document()


def labelled_forest(
    quads: Sequence[Quad | Triple],
    plain: list[Statement],
    timeout: float | None,
    *,
    merged: bool = False,
    labelled: Collection[str] = (),
) -> Forest:
    """Return the forest of quads, whose blank nodes get labels that depend on the triples alone.

    Those that are `labelled` keep theirs. `plain` are the quads as statements.
    """
    forest = Forest(plain, labelled)
    nodes = [BlankNode(label[2:]) for label in forest.labelled if label not in labelled]
    if not nodes:
        return forest
    whole = dict.fromkeys(
        Quad(quad.subject, quad.predicate, quad.object)
        if merged or isinstance(quad, Triple)
        else quad
        for quad in quads
    )
    return Forest(statements(with_stable_labels(whole, nodes, timeout=timeout)), labelled)


@cache
def predicate_order(predicate: str) -> tuple[int, str]:
    """Return what predicates are sorted by: those of `_EARLY` first, evidence last."""
    iri = predicate[1:-1]
    return _PLACES.get(iri, len(_EARLY)), iri


def literal_parts(literal: str) -> tuple[str, str, str]:
    """Return the text, language and datatype of a literal, ``""`` where it has none."""
    match = _LITERAL.fullmatch(literal)
    assert match is not None
    value, language, datatype = match.groups("")
    if "\\" in value:
        value = _ESCAPED.sub(_unescaped, value)
    return value, language.partition("--")[0], datatype


def _unescaped(match: re.Match[str]) -> str:
    if match[3]:
        return _NAMED.get(match[3], match[3])
    return chr(int(match[1] or match[2], 16))


class SubjectWriter:
    """Writes the subjects of a forest, each as a text, and documents of such texts."""

    END = ""

    def __init__(self, forest: Forest, names: Names, used: set[str] | None = None) -> None:
        self.forest = forest
        self.names = names
        self.used: set[str] = set() if used is None else used

    def document(self) -> str:
        """Return the document of the whole forest."""
        places: dict[str, list[Place]] = {}
        for place in self.forest.roots():
            places.setdefault(place[0], []).append(place)
        graphs = (
            (graph, [text for _, text in sorted(self.keyed(places[graph]))])
            for graph in sorted(places)
        )
        body = "".join(self.body(graphs))
        return f"{self.head()}{body}{self.END}"

    def keyed(self, places: Iterable[Place]) -> Iterator[Keyed]:
        """Yield the text of each subject, after what it is sorted by.

        So IRIs come in their order, then labels, then blank nodes without one.
        """
        raise NotImplementedError

    def head(self) -> str:
        """Return how a document begins, with the prefixes that were used so far."""
        raise NotImplementedError

    def body(self, graphs: Iterable[tuple[str, Iterable[str]]]) -> Iterator[str]:
        """Yield a document between `head` and `END`, given the texts of the subjects by graph."""
        raise NotImplementedError


class TurtleWriter(SubjectWriter):
    """Writes Turtle or TriG."""

    def head(self) -> str:
        """Return the prefixes that were used, and an empty line."""
        parts = [
            ("@prefix", f"{prefix}:", f"<{self.names.prefixes[prefix]}>", ".")
            for prefix in sorted(self.used)
        ]
        text = write(TurtleDocument([Directive([*map(_token, line)]) for line in parts], []))
        return f"{text}\n" if text else ""

    def body(self, graphs: Iterable[tuple[str, Iterable[str]]]) -> Iterator[str]:
        """Yield the statements, those of a named graph in braces."""
        between = ""
        for graph, texts in graphs:
            for text in self._graph(graph, texts) if graph else texts:
                yield f"{between}{text}"
                between = "" if graph else "\n"
            between = "\n"

    def _graph(self, graph: str, texts: Iterable[str]) -> Iterator[str]:
        """Yield the parts of the text of a named graph with some statements."""
        start = f"{self.term(graph)} {{\n"
        for text in texts:
            lines = text.rstrip("\n").split("\n")
            yield start + "".join(f"    {line}".rstrip() + "\n" for line in lines)
            start = "\n"
        yield "}\n"

    def keyed(self, places: Iterable[Place]) -> Iterator[Keyed]:
        """Yield the statement of each subject, after what it is sorted by."""
        for graph, subject in places:
            properties = self.properties(graph, self.forest.properties[graph, subject])
            key = subject_order(self.forest, subject) or (2, one_line(_brackets(properties)))
            head = "[]" if key[0] == 2 else "()" if subject == NIL else self.term(subject)
            yield key, laid_out(head, properties)

    def properties(self, graph: str, objects_of: Properties) -> list[tuple[str, str | list[Node]]]:
        """Return the properties of a subject: verbs with the text of one term, or with nodes."""
        properties: list[tuple[str, str | list[Node]]] = []
        for predicate in sorted(objects_of, key=predicate_order):
            verb = "a" if predicate == TYPE else self.term(predicate)
            objects = objects_of[predicate]
            if len(objects) == 1 and not is_blank(objects[0]) and objects[0] != NIL:
                properties.append((verb, self.term(objects[0])))
                continue
            pairs = [(obj, self.node(graph, obj)) for obj in objects]
            pairs.sort(key=lambda pair: object_order(pair[0], one_line(pair[1])))
            properties.append((verb, [node for _, node in pairs]))
        return properties

    def node(self, graph: str, term: str) -> Node:
        """Return a term, or brackets with what is nested there."""
        if (items := self.forest.items(term)) is not None:
            nodes = [self.node(graph, item) for item in items]
            return Brackets(_token("("), _token(")"), items=nodes)
        if term in self.forest.nested:
            return _brackets(self.properties(graph, self.forest.properties.get((graph, term), {})))
        return _term(self.term(term))

    def term(self, term: str) -> str:
        """Return the text of an IRI, label or literal."""
        if term[0] == '"':
            return self._literal(term)
        if not is_iri(term):
            return term
        curie, prefix = self.names.short(term)
        if prefix is None:
            return term
        self.used.add(prefix)
        return curie

    def _literal(self, term: str) -> str:
        """Return a literal, without quotes where Turtle keeps its form."""
        value, language, datatype = literal_parts(term)
        if (form := _BARE.get(datatype)) and form.fullmatch(value):
            return value
        text = f'"{_SPECIAL.sub(_escape, value)}"'
        if language:
            return f"{text}@{language}"
        return f"{text}^^{self.term(f'<{datatype}>')}" if datatype else text


def _brackets(properties: Iterable[tuple[str, str | list[Node]]]) -> Brackets:
    inside = [
        Property(_token(verb), [_term(objects)] if isinstance(objects, str) else objects)
        for verb, objects in properties
    ]
    return Brackets(_token("["), _token("]"), inside)


def _term(text: str) -> Term:
    return Term([_token(text)])


def _token(text: str) -> TurtleToken:
    return TurtleToken("", text, 0)


def _escape(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[0]) or f"\\u{ord(match[0]):04X}"


def subject_order(forest: Forest, subject: str) -> tuple[int, str] | None:
    """Return what subjects are sorted by; ``None`` for a blank node that has no label."""
    if not is_blank(subject):
        return 0, subject[1:-1]
    return (1, subject) if subject in forest.labelled else None


def object_order(term: str, shown: str) -> tuple[int, str]:
    """Return what objects are sorted by: IRIs, then literals, then blank nodes, by their texts."""
    if is_iri(term):
        return 0, term[1:-1]
    return (1 if term[0] == '"' else 2), shown
