"""Turtle, TriG and JSON-LD, in an order that depends on what is said alone.

The same quads give the same bytes, and one claim more changes no line of the others. Forms of
literals are kept.

>>> from pyoxigraph import Literal
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
from functools import cache, lru_cache
from itertools import chain
from typing import TypeVar

from pyoxigraph import BlankNode, NamedNode, Quad, Triple

from allgraph.rdf.canonical import settled
from allgraph.rdf.nesting import NIL, Forest, Place, Said, Statement, is_blank, statements
from allgraph.rdf.terms import AG, OA, RDF, RDFS, XSD, Prefixes, is_prefix
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

_TYPE = f"<{RDF}type>"
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

_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"(?:@(.+)|\^\^<(.+)>)?', re.DOTALL)
_ESCAPED = re.compile(r"\\(?:u(.{4})|U(.{8})|(.))")
_NAMED = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_SPECIAL = re.compile(
    '["\\\\\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]'
)
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_PREFIX_ENDS = (":", "/", "?", "#", "[", "]", "@")  # after which JSON-LD takes a prefix
Keyed = tuple[tuple[int, str], str]
"""A text after what it is sorted by: 0 and an IRI, 1 and a label, or 2 and the text on one line."""
T = TypeVar("T")
_MANY = 20_000  # texts of terms that are kept for the next document


def trig(
    quads: Iterable[Quad | Triple], prefixes: Prefixes, *, timeout: float | None = None
) -> str:
    """Quads or triples as TriG in the house's layout; without named graphs it is Turtle.

    What two triples lead to has a label that depends on what is said of it; to find it may take
    longer than `timeout` seconds, which raises `EngineTimeout`.
    """
    quads = [*quads]
    forest = planted(quads, statements(quads), timeout)
    writer = TurtleWriter(forest, names_with(tuple(prefixes.items())))
    places: dict[str, list[Place]] = {}
    for place in forest.roots():
        places.setdefault(place[0], []).append(place)
    blocks: list[str] = []
    for graph in sorted(places):
        block = writer.statements(places[graph])
        blocks += ["".join(writer.graph(graph, block))] if graph else block
    head = write(TurtleDocument([*writer.directives()], []))
    return "\n".join(([head] if head else []) + blocks)


def planted(
    quads: Sequence[Quad | Triple], plain: list[Statement], timeout: float | None,
    *, merged: bool = False, labelled: Collection[str] = (),
) -> Forest:  # fmt: skip
    """The forest of some quads, with settled labels; those that are `labelled` have theirs."""
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
    return Forest(statements(settled(whole, nodes, timeout=timeout)), labelled)


@cache
def _order(predicate: str) -> tuple[int, str]:
    iri = predicate[1:-1]
    return _PLACES.get(iri, len(_EARLY)), iri


class Names:
    """How IRIs and literals are written with some prefixes; what was asked for is kept a while."""

    def __init__(self, prefixes: Prefixes) -> None:
        self.prefixes = prefixes
        self._short: dict[str, tuple[str, str | None]] = {}
        self._texts: dict[str, str] = {}

    def short(self, iri: str) -> tuple[str, str | None]:
        """The CURIE of an IRI in angle brackets, and its prefix; ``None`` for that if none fits."""
        found = self._short.get(iri)
        if found is None:
            bare = iri[1:-1] if is_iri(iri) else ""
            curie = self.prefixes.shorten(bare)
            found = ("", None) if curie == bare else (curie, curie.partition(":")[0])
            self._short = _kept(self._short)
            self._short[iri] = found
        return found

    def json(self, term: str) -> tuple[str, str | None]:
        """The same as JSON; an IRI without prefix, and what is no IRI, is written as it is."""
        curie, prefix = self.short(term)
        text = self._texts.get(term)
        if text is None:
            from json.encoder import encode_basestring

            self._texts = _kept(self._texts)
            text = encode_basestring(curie or (term[1:-1] if is_iri(term) else term))
            self._texts[term] = text
        return text, prefix


def _kept(texts: dict[str, T]) -> dict[str, T]:
    """The texts, or none when there are too many."""
    return texts if len(texts) < _MANY else {}


@lru_cache(maxsize=16)
def names_with(
    prefixes: tuple[tuple[str, str], ...],
    without: frozenset[str] = frozenset(),
    *,
    for_json: bool = False,
    for_xml: bool = False,
) -> Names:
    """The names with some prefixes; `without` those that an IRI has as its scheme.

    For JSON-LD and XML with those alone that they understand.
    """
    ends = _PREFIX_ENDS if for_json else ("",)
    kept = {
        prefix: space
        for prefix, space in sound(Prefixes(prefixes)).items()
        if space.endswith(ends)
        and prefix not in without
        and not (for_json and prefix == "")
        and not (for_xml and prefix[:3].lower() == "xml")
    }
    return _names_of(tuple(kept.items()))


@lru_cache(maxsize=16)
def _names_of(prefixes: tuple[tuple[str, str], ...]) -> Names:
    return Names(Prefixes(prefixes))


def sound(prefixes: Prefixes) -> Prefixes:
    """The prefixes that every format takes: names as Turtle has them, for whole IRIs.

    >>> sound(Prefixes({"x": "http://x/", "half": "half", "1": "http://x/1"}))
    {'x': 'http://x/'}
    """
    return Prefixes(
        {
            prefix: space
            for prefix, space in prefixes.items()
            if is_prefix(prefix) and _is_valid_iri(space)
        }
    )


def _is_valid_iri(space: str) -> bool:
    try:
        NamedNode(space)
    except ValueError:
        return False
    return True


def schemes_of(plain: Iterable[Statement]) -> frozenset[str]:
    """What stands before the first colon of each IRI, those of datatypes too."""
    found = set()
    for term in chain.from_iterable(statement[:3] for statement in plain):
        if term[0] == '"':
            datatype = term.rpartition("^^<")[2] if term[-1] == ">" else XSD
            found.add(datatype.partition(":")[0])
        elif not is_blank(term):
            found.add(term[1:].partition(":")[0])
    return frozenset(found)


def is_iri(term: str) -> bool:
    """Return whether a term of N-Triples is an IRI, and no triple, which begins with ``<<``."""
    return term[0] == "<" and term[1:2] != "<"


def _parts(literal: str) -> tuple[str, str, str]:
    """The text, language and datatype of a literal; ``""`` for a language or datatype it lacks."""
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


class TurtleWriter:
    """The parts of a Turtle text from a forest."""

    def __init__(self, forest: Forest, names: Names, used: set[str] | None = None) -> None:
        self.forest = forest
        self.names = names
        self.used: set[str] = set() if used is None else used

    def directives(self) -> list[Directive]:
        """The prefixes that were used."""
        return [
            Directive(
                [_token(each) for each in ("@prefix", f"{prefix}:", f"<{space}>", ".")]
            )
            for prefix in sorted(self.used)
            for space in [self.names.prefixes[prefix]]
        ]  # fmt: skip

    def graph(self, graph: str, block: Iterable[str]) -> Iterator[str]:
        """The parts of the text of a named graph with these statements."""
        start = f"{self.term(graph)} {{\n"
        for text in block:
            lines = text.rstrip("\n").split("\n")
            yield start + "".join(f"    {line}".rstrip() + "\n" for line in lines)
            start = "\n"
        yield "}\n"

    def statements(self, places: Iterable[Place]) -> list[str]:
        """The text of each subject: IRIs in their order, then labels, then what has none."""
        return [text for _, text in sorted(self.keyed(places))]

    def keyed(self, places: Iterable[Place]) -> Iterator[Keyed]:
        """The text of each subject, after what it is sorted by."""
        for graph, subject in places:
            properties = self.properties(graph, self.forest.said[graph, subject])
            key = _subject_order(self.forest, subject) or (2, one_line(_brackets(properties)))
            head = "[]" if key[0] == 2 else "()" if subject == NIL else self.term(subject)
            yield key, laid_out(head, properties)

    def properties(self, graph: str, said: Said) -> list[tuple[str, str | list[Node]]]:
        """What is said of a subject: verbs with a term, or with several, or brackets."""
        found: list[tuple[str, str | list[Node]]] = []
        for predicate in sorted(said, key=_order):
            verb = "a" if predicate == _TYPE else self.term(predicate)
            objects = said[predicate]
            if len(objects) == 1 and not is_blank(objects[0]) and objects[0] != NIL:
                found.append((verb, self.term(objects[0])))
                continue
            pairs = [(obj, self.node(graph, obj)) for obj in objects]
            pairs.sort(key=lambda pair: _object_order(pair[0], one_line(pair[1])))
            found.append((verb, [node for _, node in pairs]))
        return found

    def node(self, graph: str, term: str) -> Node:
        """A term, or brackets with what is nested there."""
        if (items := self.forest.items(term)) is not None:
            nodes = [self.node(graph, item) for item in items]
            return Brackets(_token("("), _token(")"), items=nodes)
        if term in self.forest.nested:
            return _brackets(self.properties(graph, self.forest.said.get((graph, term), {})))
        return _term(self.term(term))

    def term(self, term: str) -> str:
        """An IRI, label or literal."""
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
        value, language, datatype = _parts(term)
        if (form := _BARE.get(datatype)) and form.fullmatch(value):
            return value
        text = f'"{_SPECIAL.sub(_escape, value)}"'
        if language:
            return f"{text}@{language}"
        return f"{text}^^{self.term(f'<{datatype}>')}" if datatype else text


def _brackets(properties: Iterable[tuple[str, str | list[Node]]]) -> Brackets:
    found = [
        Property(_token(verb), [_term(objects)] if isinstance(objects, str) else objects)
        for verb, objects in properties
    ]
    return Brackets(_token("["), _token("]"), found)


def _term(text: str) -> Term:
    return Term([_token(text)])


def _token(text: str) -> TurtleToken:
    return TurtleToken("", text, 0)


def _escape(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[0]) or f"\\u{ord(match[0]):04X}"


def _subject_order(forest: Forest, subject: str) -> tuple[int, str] | None:
    """Where a subject stands; ``None`` for a blank node that has no label."""
    if not is_blank(subject):
        return 0, subject[1:-1]
    return (1, subject) if subject in forest.labelled else None


def _object_order(term: str, shown: str) -> tuple[int, str]:
    """IRIs in their order, then literals, then blank nodes by what they show."""
    if is_iri(term):
        return 0, term[1:-1]
    return (1 if term[0] == '"' else 2), shown
