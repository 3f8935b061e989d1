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
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache, lru_cache
from typing import TypeVar

from pyoxigraph import BlankNode, Quad, RdfFormat, Triple, parse

from allgraph.rdf.canonical import with_stable_labels
from allgraph.rdf.nesting import NIL, Forest, Place, Properties, Statement, is_blank, statements
from allgraph.rdf.ntriples import is_iri, literal_parts
from allgraph.rdf.prefixes import Names, names_with
from allgraph.rdf.terms import AG, OA, RDF, RDFS, XSD, Prefixes
from allgraph.rdf.turtle import Brackets, Node, Property, Term, TurtleToken, one_line
from allgraph.rdf.turtle import statement as statement_text

TYPE = f"<{RDF}type>"
Shorten = Callable[[str], tuple[str, str | None]]
"""A function that returns the short name of a term, ``""`` if there is none, and its prefix."""
_FIRST_PREDICATES = (
    RDF + "type", RDFS + "label", RDF + "subject", RDF + "predicate", RDF + "object", AG + "when",
    OA + "hasSource", OA + "hasSelector", OA + "start", OA + "end", AG + "context", AG + "sha256",
    AG + "reading", AG + "confidence",
)  # fmt: skip
_PREDICATE_RANKS = {iri: place for place, iri in enumerate(_FIRST_PREDICATES)} | {
    AG + "evidence": len(_FIRST_PREDICATES) + 1
}
"""The order of predicates under a subject: these first, others in between, evidence last."""

_UNQUOTED_FORMS = {
    XSD + "boolean": re.compile(r"true|false"),
    XSD + "integer": re.compile(r"[+-]?[0-9]+"),
    XSD + "decimal": re.compile(r"[+-]?[0-9]*\.[0-9]+"),
    XSD + "double": re.compile(r"[+-]?(?:[0-9]+\.[0-9]*|\.?[0-9]+)[eE][+-]?[0-9]+"),
}
"""The forms of literals that need no quotes in Turtle."""

_CHARACTERS_TO_ESCAPE = re.compile(
    '["\\\\\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]'
)
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
T = TypeVar("T")
Keyed = tuple[tuple[int, str], str]
"""A sort key and a subject's text. The key is 0 and an IRI, 1 and a label, or, for a blank node
without one, 2 and the text on one line."""


def trig(
    quads: Iterable[Quad | Triple], prefixes: Prefixes, *, timeout: float | None = None
) -> str:
    """Return quads or triples as TriG; without named graphs it is Turtle.

    The text does not depend on the order of the quads, nor on the labels of blank nodes: those that
    two triples mention get new ones, and to find them a child process may be run. Raises
    `EngineTimeout` after `timeout` seconds (by default a minute, and more for large graphs) and
    `EngineCrash`.
    """
    return turtle_of(labelled_forest(statements(quads), timeout), prefixes)


def turtle_of(forest: Forest, prefixes: Prefixes) -> str:
    """Return the statements of a forest, whose blank nodes have stable labels, as `trig` does."""
    return TurtleWriter(forest, names_with(tuple(prefixes.items()))).document()


def labelled_forest(
    plain: Iterable[Statement], timeout: float | None = None, labelled: Collection[str] = ()
) -> Forest:
    """Return statements by subject, with labels for blank nodes that depend on them alone.

    In the forest, a blank node that is the object of just one statement is nested there, if it can
    be, and needs no label. The blank nodes in `labelled`, given like ``_:b``, are not nested, and
    keep their labels, unless others that need one are connected with them. May run a child process.
    Raises `EngineTimeout` after `timeout` seconds (``None``: a minute, and more for large graphs)
    and `EngineCrash`.
    """
    return with_labels(Forest(plain, labelled), timeout, labelled)


def with_labels(
    forest: Forest, timeout: float | None = None, labelled: Collection[str] = ()
) -> Forest:
    """Return a forest with labels that depend on its statements alone; see `labelled_forest`."""
    nodes = [BlankNode(label[2:]) for label in forest.labelled if label not in labelled]
    if not nodes:
        return forest
    lines = "\n".join(f"{s} {p} {o} {g} ." for s, p, o, g in forest.statements())
    quads = parse(lines, format=RdfFormat.N_QUADS)
    return Forest(statements(with_stable_labels(quads, nodes, timeout=timeout)), labelled)


@cache
def predicate_order(predicate: str) -> tuple[int, str]:
    """Return the sort key of a predicate, an IRI in angle brackets; cached.

    It is its place among some that come first, such as ``rdf:type``, and its IRI. Others have the
    same place, after these; ``ag:evidence`` comes last.
    """
    iri = predicate[1:-1]
    return _PREDICATE_RANKS.get(iri, len(_FIRST_PREDICATES)), iri


class SubjectWriter:
    """A writer of the statements in a `Forest`, subject by subject, in the syntax of a subclass.

    It returns texts; nothing is written to a file. The prefixes of `names` that were needed so far
    are added to `used`, so `head` is called when the rest is made. A set that is given as `used` is
    shared and changed.
    """

    END = ""

    def __init__(self, forest: Forest, names: Names, used: set[str] | None = None) -> None:
        """Make a writer; nothing is written yet.

        `forest` has the statements to be written, by subject, and says which blank nodes are nested
        in others. `names` shortens IRIs by prefixes. The prefixes that are used are added to
        the set `used`, or to a new one.
        """
        self.forest = forest
        self.names = names
        self.used: set[str] = set() if used is None else used
        self._texts: dict[str, str] = {}  # of terms that were written, which often come again

    def document(self) -> str:
        """Return the text of a document of the whole forest, graphs and subjects sorted.

        The prefixes that it needs are added to the writer's set `used`, and all in `used` declared.
        """
        places: dict[str, list[Place]] = {}  # by graph: pairs of it and a subject
        for place in self.forest.roots():
            places.setdefault(place[0], []).append(place)
        graphs = (
            (graph, [text for _, text in sorted(self.keyed(places[graph]))])
            for graph in sorted(places)
        )
        body = "".join(self.body(graphs))
        return f"{self.head()}{body}{self.END}"

    def keyed(self, places: Iterable[Place]) -> Iterator[Keyed]:
        """Yield for each subject its sort key and its text.

        Adds the prefixes that the text needs to the writer's set `used`. `places` are pairs of
        graph and subject, whose order is kept. The key is 0 and an IRI, 1 and a label, or, for a
        blank node that is in no other subject's text and needs no label, 2 and the text on one
        line.
        """
        raise NotImplementedError

    def head(self) -> str:
        """Return how a document begins, with the prefixes that are in `used`."""
        raise NotImplementedError

    def body(self, graphs: Iterable[tuple[str, Iterable[str]]]) -> Iterator[str]:
        """Yield the pieces of a document between `head` and `END`.

        `graphs` are pairs of a graph, ``""`` for the default one, and the texts of its subjects.
        """
        raise NotImplementedError


class TurtleWriter(SubjectWriter):
    """A writer of the statements in a `Forest` as Turtle, or as TriG if there are named graphs."""

    def head(self) -> str:
        """Return the directives of the prefixes in `used` and an empty line, ``""`` without any."""
        text = "".join(
            f"@prefix {prefix}: <{self.names.prefixes[prefix]}> .\n" for prefix in sorted(self.used)
        )
        return f"{text}\n" if text else ""

    def body(self, graphs: Iterable[tuple[str, Iterable[str]]]) -> Iterator[str]:
        """Yield the statements (one for each subject), those of a named graph in braces.

        `graphs` are pairs of a graph, ``""`` for the default one, and the statements' texts. The
        name of a graph may add a prefix to `used`.
        """
        between = ""
        for graph, texts in graphs:
            for text in self._named_graph(graph, texts) if graph else texts:
                yield f"{between}{text}"
                between = "" if graph else "\n"
            between = "\n"

    def _named_graph(self, graph: str, texts: Iterable[str]) -> Iterator[str]:
        """Yield the pieces of a named graph in braces, with the texts of its statements indented.

        The name may add a prefix to `used`.
        """
        start = f"{self.term(graph)} {{\n"
        for text in texts:
            lines = text.rstrip("\n").split("\n")
            yield start + "".join(f"    {line}".rstrip() + "\n" for line in lines)
            start = "\n"
        yield "}\n"

    def keyed(self, places: Iterable[Place]) -> Iterator[Keyed]:
        """Yield for each subject its sort key and its Turtle statement.

        `places` are pairs of graph and subject, whose order is kept. The key is 0 and an IRI, 1 and
        a label, or, for a blank node without one, 2 and its properties on one line. Adds the
        prefixes that the statement needs to the writer's set `used`.
        """
        for graph, subject in places:
            properties = self.properties(graph, self.forest.properties[graph, subject])
            key = subject_order(self.forest, subject) or (2, one_line(_brackets_node(properties)))
            head = "[]" if key[0] == 2 else "()" if subject == NIL else self.term(subject)
            yield key, statement_text(head, properties)

    def properties(self, graph: str, objects_of: Properties) -> list[tuple[str, str | list[Node]]]:
        """Return the sorted properties of a subject: pairs of a verb and its objects.

        `objects_of` are the objects by predicate in `graph`, as texts of N-Triples. The objects in
        the result are a text, for one plain term, or sorted nodes of the syntax tree. Adds the
        prefixes that these need to the writer's set `used`.
        """
        properties: list[tuple[str, str | list[Node]]] = []
        verbs, prefixes = predicate_names(self.names.short, tuple(objects_of))
        self.used |= prefixes
        for predicate, name in verbs:
            verb, objects = name or "a", objects_of[predicate]
            if len(objects) == 1 and objects[0][0] != "_" and objects[0] != NIL:
                properties.append((verb, self.term(objects[0])))
                continue
            pairs = [(obj, self.node(graph, obj)) for obj in objects]
            pairs.sort(key=lambda pair: object_order(pair[0], pair[1], one_line))
            properties.append((verb, [node for _, node in pairs]))
        return properties

    def node(self, graph: str, term: str) -> Node:
        """Return a term as a node of the syntax tree; a list or nested blank node as brackets.

        `term` is a text of N-Triples, and `graph` the graph that it is in. Adds the prefixes that
        the node needs to the writer's set `used`.
        """
        if (items := self.forest.items(term)) is not None:
            nodes = [self.node(graph, item) for item in items]
            return Brackets(_new_token("("), _new_token(")"), items=nodes)
        if term in self.forest.nested:
            return _brackets_node(
                self.properties(graph, self.forest.properties.get((graph, term), {}))
            )
        return _term_node(self.term(term))

    def term(self, term: str) -> str:
        """Return an IRI, label or literal in Turtle; a prefix that it needs is added to `used`.

        `term` is the same in N-Triples.
        """
        if term[0] == '"':
            return self._literal(term)
        text = self._texts.get(term)
        if text is None:
            curie, prefix = self.names.short(term)  # no prefix for a label
            if prefix is not None:
                self.used.add(prefix)
            text = self._texts[term] = curie or term
        return text

    def _literal(self, term: str) -> str:
        """Return a literal in Turtle, a number or boolean without quotes if that keeps its form.

        `term` is as in N-Triples. Quotes, backslashes, control characters and characters for the
        direction of text are escaped. The prefix of its datatype may be added to `used`.
        """
        value, language, datatype = literal_parts(term)
        if (form := _UNQUOTED_FORMS.get(datatype)) and form.fullmatch(value):
            return value
        if '"' in value or "\\" in value or not value.isprintable():
            value = _CHARACTERS_TO_ESCAPE.sub(_escaped_character, value)
        text = f'"{value}"'
        if language:
            return f"{text}@{language}"
        return f"{text}^^{self.term(f'<{datatype}>')}" if datatype else text


@lru_cache(1_000)
def predicate_names(
    shorten: Shorten, predicates: tuple[str, ...]
) -> tuple[list[tuple[str, str]], set[str]]:
    """Return predicates in order, each with its name, and the prefixes of the names.

    The name is what `shorten` gives, or else the predicate; that of ``rdf:type`` is ``""``, since a
    format has a word for it. Cached, since many subjects have the same predicates.
    """
    shortened = {
        predicate: ("", None) if predicate == TYPE else shorten(predicate)
        for predicate in sorted(predicates, key=predicate_order)
    }
    names = [
        (predicate, "" if predicate == TYPE else name or predicate)
        for predicate, (name, _) in shortened.items()
    ]
    return names, {prefix for _, prefix in shortened.values() if prefix is not None}


def _brackets_node(properties: Iterable[tuple[str, str | list[Node]]]) -> Brackets:
    """Return the node of ``[ … ]`` with properties as `TurtleWriter.properties` gives.

    They are pairs of a verb and its objects: the text of one term, or nodes.
    """
    inside = [
        Property(_new_token(verb), [_term_node(objects)] if isinstance(objects, str) else objects)
        for verb, objects in properties
    ]
    return Brackets(_new_token("["), _new_token("]"), inside)


def _term_node(text: str) -> Term:
    """Return the node of a term from its Turtle."""
    return Term([_new_token(text)])


def _new_token(text: str) -> TurtleToken:
    """Return a token for writing, without kind, line and comments."""
    return TurtleToken("", text, 0)


def _escaped_character(match: re.Match[str]) -> str:
    """Return the escape of Turtle for the one character that was matched."""
    return _ESCAPES.get(match[0]) or f"\\u{ord(match[0]):04X}"


def subject_order(forest: Forest, subject: str) -> tuple[int, str] | None:
    """Return the sort key of a subject, IRIs first; ``None`` for a blank node that has no label.

    `subject` is a text of N-Triples.
    """
    if not is_blank(subject):
        return 0, subject[1:-1]
    return (1, subject) if subject in forest.labelled else None


def object_order(term: str, shown: T, one_line: Callable[[T], str]) -> tuple[int, str]:
    """Return the sort key of an object: IRIs, then literals, then blank nodes, each by its text.

    `term` is the object as in N-Triples, `shown` as it is written; `one_line` gives the text of
    that on one line.
    """
    if is_iri(term):
        return 0, term[1:-1]
    return (1 if term[0] == '"' else 2), one_line(shown)
