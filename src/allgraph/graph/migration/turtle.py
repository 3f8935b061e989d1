"""Turtle, TriG and lines of N-Triples and N-Quads, rewritten from deprecated terms.

Only the tokens of these terms change; what the text says then is compared with what it should.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from pyoxigraph import Quad, RdfFormat, parse

from allgraph.errors import LoadError
from allgraph.folder.deprecated import Deprecated
from allgraph.graph.migration.names import Edit, Names, edited
from allgraph.graph.migration.statements import (
    ABOUT_TERMS,
    CLASSIFICATION,
    OBJECT,
    PREDICATE,
    QUERIES,
    TYPE,
    Migration,
    Place,
    Statement,
    Unclear,
    claim_schemes,
    statement,
)
from allgraph.model import skolem
from allgraph.rdf import turtle_reader
from allgraph.rdf.files import syntax_errors
from allgraph.rdf.turtle import Node, Property, Term, TurtleStatement, TurtleToken

_IRI, _BLANK = r"<[^>]*>", r'_:[^\s<".]+(?:\.+[^\s<".]+)*'
_LITERAL = rf'"(?:[^"\\]|\\.)*"(?:\^\^{_IRI}|@[\w-]+)?'
_LINE = re.compile(
    rf"(\s*)({_IRI}|{_BLANK})(\s*)({_IRI})(\s*)({_IRI}|{_BLANK}|{_LITERAL})(\s*)"
    rf"({_IRI}|{_BLANK})?(\s*\..*)",
    re.DOTALL,
)


def line_claims(text: str, migration: Migration) -> dict[str, str]:
    """Return the schemes of the claims in a text of N-Triples or N-Quads, see `claim_schemes`."""
    lines = (line for line in text.split("\n") if migration.has(line))
    matches = filter(None, map(_LINE.fullmatch, lines))
    return claim_schemes(migration.terms, map(_statement_of, matches))


def _statement_of(match: re.Match[str]) -> Statement:
    """Return the statement of a match of `_LINE`."""
    return Statement(match[2], match[4], match[6], match[8] or "")


def migrated_lines(text: str, migration: Migration) -> tuple[str, list[Place]]:
    """Return N-Triples or N-Quads with new terms, and the problems; invalid lines stay."""
    migration = migration.with_claims(line_claims(text, migration))
    lines = re.split(r"(?<=\n)", text)
    unclear: list[Place] = []
    for number, line in enumerate(lines):
        if not (migration.has(line) or line.split(" ", 1)[0] in migration.claims):
            continue
        if match := _LINE.fullmatch(line):
            try:
                lines[number] = _migrated_line(match, migration)
            except Unclear as error:
                unclear.append((number + 1, error.message))
    return "".join(lines), unclear


def _migrated_line(match: re.Match[str], migration: Migration) -> str:
    """Return the line, or two, that a match of `_LINE` becomes; raise `Unclear` if unclear."""
    old = _statement_of(match)
    new = migration.migrated(old)
    if new == [old]:
        return match[0]
    gaps = match.group(1, 3, 5, 7)
    texts = ["".join(map(str.__add__, gaps, parts)) for parts in new]
    return f"{match[9].rstrip()}\n".join(texts) + match[9]


@dataclass(frozen=True)
class TurtleText:
    """A text of Turtle or TriG, without a byte order mark: its syntax, name and base IRI."""

    text: str
    syntax: RdfFormat
    name: str
    base: str

    def statements(self) -> list[Statement]:
        """Parse the text. Raises `LoadError`."""
        with syntax_errors(self.name, self.syntax):
            parsed: list[Quad] = [
                *parse(self.text.encode(), format=self.syntax, base_iri=self.base)
            ]
        return [*map(statement, parsed)]

    def migrated(self, migration: Migration) -> tuple[str, list[Place]]:
        """Return the text with new terms, and the problems, with which it stays unchanged.

        Raises `LoadError` if the text is not valid, or cannot be rewritten.
        """
        old = self.statements()
        migration = migration.with_claims(claim_schemes(migration.terms, old))
        expected: list[Statement] = []
        unclear: list[tuple[int, str]] = []
        for row, one in enumerate(old):
            try:
                expected += migration.migrated(one)
            except Unclear as error:
                unclear.append((row, error.message))
        if unclear:
            lines = turtle_reader.object_lines(self.turtle)
            return self.text, [(lines[row][0], message) for row, message in unclear]
        if expected == old:
            return self.text, []
        new = replace(self, text=edited(self.text, _Rewriting(self, migration).edits()))
        if _comparable(new.statements()) != _comparable(expected):
            message = "deprecated terms cannot be replaced here; rewrite them by hand"
            raise LoadError(message, path=self.name)
        return new.text, []

    @property
    def turtle(self) -> str:
        """The text as Turtle, its tokens in their places."""
        is_turtle = self.syntax == RdfFormat.TURTLE
        return self.text if is_turtle else turtle_reader.without_graphs(self.text)


def _comparable(statements: list[Statement]) -> list[str]:
    """Return statements as sorted lines; blank nodes are named in the order of appearance."""
    lines = [f"{s} {p} {o} ." for s, p, o, _ in statements]
    graphs = [graph for *_, graph in statements]
    return sorted(map(" ".join, zip(skolem.labelled_lines(lines, ""), graphs, strict=True)))


class _Rewriting:
    """The edits of a text of Turtle that has no unclear uses."""

    def __init__(self, source: TurtleText, migration: Migration) -> None:
        """Parse the text into its syntax tree; `source` has it."""
        self._source, self._migration = source, migration
        self._names = Names(base=source.base)
        self._edits: list[Edit] = []

    def edits(self) -> list[Edit]:
        """Return the edits of all statements."""
        for item in turtle_reader.read(self._source.turtle, path=self._source.name).items:
            if not isinstance(item, TurtleStatement):
                texts = {token.kind: token.text for token in item.tokens}
                self._names.declare(texts.get("name", ""), texts["iri"])
            elif self._names.iri(item.subject.tokens[0].text) not in self._migration.declared:
                self._node(item.subject, item.properties)
                self._properties(item.properties, self._scheme(item.subject, item.properties))
        return self._edits

    def _text(self, token: TurtleToken) -> str:
        """Return the N-Triples of a token that is an IRI or ``a``; else its text unchanged."""
        if token.text == "a":
            return TYPE
        is_iri = token.kind in ("iri", "name")
        return f"<{self._names.iri(token.text)}>" if is_iri else token.text

    def _term(self, token: TurtleToken) -> Deprecated | None:
        """Return the deprecated term that a token names, if it is replaced."""
        return self._migration.term(self._text(token))

    def _scheme(self, node: Node, properties: list[Property]) -> str:
        """Return the scheme of a node if it is a claim whose predicate gets one, else ``""``."""
        if isinstance(node, Term):
            return self._migration.claims.get(self._text(node.tokens[0]), "")
        own = (
            term.scheme
            for item in (*node.properties, *properties)
            for obj in item.objects
            if self._text(item.verb) == PREDICATE and (term := self._term(obj.tokens[0]))
        )
        return next(own, "")

    def _properties(self, properties: list[Property], scheme: str) -> None:
        """Take properties; `scheme` is that of their subject, a claim, or ``""``."""
        for item in properties:
            verb, term = self._text(item.verb), self._term(item.verb)
            self._token(item.verb)
            datatype = term.scheme if term else scheme if verb == OBJECT else ""
            for node in item.objects:
                if verb not in ABOUT_TERMS:
                    self._node(node, [])
                if verb in QUERIES and isinstance(node, Term):
                    self._query(node.tokens[0])
                if datatype and isinstance(node, Term):
                    self._type(node, datatype, item.verb.text)
            if verb == TYPE:
                self._classify(item)

    def _node(self, node: Node, properties: list[Property]) -> None:
        """Take a subject or object; `properties` follow the brackets of a subject."""
        if isinstance(node, Term):
            for token in node.tokens:
                self._token(token)
            return
        self._properties(node.properties, self._scheme(node, properties))
        for item in node.items:
            self._node(item, [])

    def _token(self, token: TurtleToken) -> None:
        """Rename a token, if it names a deprecated term."""
        if term := self._term(token):
            new = self._names.write(term.replacement, token.text)
            self._edits.append(Edit(token.start, token.end, new))

    def _query(self, token: TurtleToken) -> None:
        """Rewrite the query that a text in quotes is. Raises `LoadError` if it has escapes."""
        quotes = 3 if token.text[:3] in ('"""', "'''") and len(token.text) > 5 else 1
        text = token.text[quotes:-quotes]
        new, _ = self._migration.rewrite(text)
        if "\\" in text and self._migration.rewrite(text.replace("\\", " "))[0] != text:
            message = "this query has escapes; rewrite its deprecated terms by hand"
            raise LoadError(message, path=self._source.name, line=token.line)
        start = token.start + quotes
        self._edits += [Edit(start, start + len(text), new)] if new != text else []

    def _type(self, literal: Term, datatype: str, verb: str) -> None:
        """Give a text in quotes a datatype, in place of one that it has; written like a verb."""
        last, is_plain = literal.tokens[-1], len(literal.tokens) == 1
        if self._text(last) != f"<{datatype}>":
            new = "^^" * is_plain + self._names.write(datatype, verb)
            self._edits.append(Edit(last.end if is_plain else last.start, last.end, new))

    def _classify(self, item: Property) -> None:
        """Add the classifications of the classes that are the objects of a property."""
        tokens = [node.tokens[0] for node in item.objects]
        terms = [(token, term) for token in tokens if (term := self._term(token))]
        new = [
            f" ; {self._names.write(CLASSIFICATION[1:-1], token.text)} "
            f"{self._names.write(term.classification, token.text)}"
            for token, term in terms
            if term.classification
        ]
        end = item.objects[-1].tokens[-1].end
        self._edits += [Edit(end, end, "".join(new))] if new else []
