"""Read Turtle into its syntax tree."""

from __future__ import annotations

import re

from allgraph.errors import LoadError
from allgraph.rdf.turtle import (
    Brackets,
    Directive,
    Node,
    Property,
    Term,
    TurtleDocument,
    TurtleStatement,
    TurtleToken,
)

DEEPEST = 150
"""How many brackets may be nested."""
_NEWLINE = re.compile(r"\r\n|\r|\n")
_NAME_START = r"[^\W\d_]"
_LOCAL = r"(?:[\w:.\u00b7\u203f\u2040-]|%[0-9A-Fa-f]{2}|\\.)"
_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r\n]+)
  | (?P<comment>\#[^\r\n]*)
  | (?P<iri><(?:[^\x00-\x20<>"{}|^`\\]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>)
  | (?P<string>\"{3}(?:\"{0,2}(?:[^"\\]|\\.))*\"{3}
             | '{3}(?:'{0,2}(?:[^'\\]|\\.))*'{3}
             | \"(?:[^"\\\r\n]|\\.)*\"
             | '(?:[^'\\\r\n]|\\.)*')
  | (?P<directive>@(?:prefix|base)\b)
  | (?P<tag>@[A-Za-z]+(?:-[A-Za-z0-9-]+)*)
  | (?P<caret>\^\^)
  | (?P<blank>_:[\w](?:[\w.\u00b7-]*[\w\u00b7-])?)
  | (?P<number>[+-]?(?:\d+\.\d*[eE][+-]?\d+|\.?\d+[eE][+-]?\d+|\d*\.\d+|\d+))
  | (?P<name>(?:NAME(?:[\w.\u00b7-]*[\w\u00b7-])?)?:(?:LOCAL*(?:[\w:\u00b7-]|%[0-9A-Fa-f]{2}|\\.))?)
  | (?P<word>[A-Za-z]+)
  | (?P<mark>[.;,\[\]()])
  | (?P<other>.)
    """.replace("NAME", _NAME_START).replace("LOCAL", _LOCAL),
    re.VERBOSE | re.DOTALL,
)


def object_lines(text: str) -> list[tuple[int, int]]:
    """Return the line of the object of each triple, and that on which its statement begins.

    The triples are in the order in which the engine gives them.
    """
    lines: list[tuple[int, int]] = []
    for item in read(text).items:
        if isinstance(item, TurtleStatement):
            order = _Order()
            order.node(item.subject, None)
            order.properties(item.properties)
            order.step()
            start = item.subject.tokens[0].line
            lines += [(line, start) for line in order.lines]
    return lines


def read(text: str, *, path: str | None = None) -> TurtleDocument:
    """Parse Turtle into its syntax tree. Raises `LoadError` where it is not Turtle 1.1."""
    return _Reader(text, path).document()


class _Reader:
    """A parser by recursive descent, which looks one token ahead."""

    def __init__(self, text: str, path: str | None) -> None:
        self.path = path
        self.depth = 0
        self.tokens, self.rest = _tokens(text)
        self.at = 0

    def document(self) -> TurtleDocument:
        items: list[Directive | TurtleStatement] = []
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.kind == "directive" or token.text.upper() in ("PREFIX", "BASE"):
                items.append(self.directive())
            else:
                items.append(self.statement())
        return TurtleDocument(items, self.rest)

    def directive(self) -> Directive:
        first = self.take()
        tokens = [first]
        if first.text.lower().endswith("prefix"):
            tokens.append(self.take("name"))
        tokens.append(self.take("iri"))
        if first.kind == "directive":
            tokens.append(self.take("mark", "."))
        return Directive(tokens)

    def statement(self) -> TurtleStatement:
        subject = self.node()
        bare = isinstance(subject, Brackets) and subject.open.text == "[" and self.peek() == "."
        properties = [] if bare else self.properties()
        return TurtleStatement(subject, properties, self.take("mark", "."))

    def properties(self) -> list[Property]:
        properties: list[Property] = []
        while True:
            properties.append(last := self.property())
            while self.peek() == ";":
                last.ends.append(self.take())
            if not last.ends or self.peek() in (".", "]"):
                return properties

    def property(self) -> Property:
        verb = self.take()
        if verb.kind not in ("iri", "name") and verb.text != "a":
            raise self.error(verb)
        item = Property(verb, [self.node()])
        while self.peek() == ",":
            item.marks.append(self.take())
            item.objects.append(self.node())
        return item

    def node(self) -> Node:
        token = self.take()
        if token.text in ("[", "(") and token.kind == "mark":
            return self.brackets(token)
        if token.kind == "string":
            tokens = [token]
            if self.at < len(self.tokens) and self.tokens[self.at].kind == "tag":
                tokens.append(self.take())
            elif self.peek() == "^^":
                tokens += [self.take(), self.take()]
            return Term(tokens)
        if token.kind in ("iri", "name", "blank", "number") or token.text in ("true", "false"):
            return Term([token])
        raise self.error(token)

    def brackets(self, first: TurtleToken) -> Brackets:
        self.depth += 1
        if self.depth > DEEPEST:
            message = f"brackets are nested more than {DEEPEST} deep"
            raise LoadError(message, path=self.path, line=first.line)
        brackets = Brackets(first, first)
        if first.text == "[":
            if self.peek() != "]":
                brackets.properties = self.properties()
            brackets.close = self.take("mark", "]")
        else:
            while self.peek() != ")":
                brackets.items.append(self.node())
            brackets.close = self.take("mark", ")")
        self.depth -= 1
        return brackets

    def peek(self) -> str:
        """Return the text of the next token, ``""`` at the end."""
        return self.tokens[self.at].text if self.at < len(self.tokens) else ""

    def take(self, kind: str = "", text: str = "") -> TurtleToken:
        """Take the next token, which must have this kind and text, if given."""
        if self.at >= len(self.tokens):
            line = self.tokens[-1].line if self.tokens else 1
            raise LoadError("the text ends in the middle of a statement", path=self.path, line=line)
        token = self.tokens[self.at]
        if (kind and token.kind != kind) or (text and token.text != text):
            raise self.error(token)
        self.at += 1
        return token

    def error(self, token: TurtleToken) -> LoadError:
        """Return the error that a token is not what Turtle 1.1 has here."""
        return LoadError(f"not Turtle 1.1 at “{token.text[:40]}”", path=self.path, line=token.line)


def _tokens(text: str) -> tuple[list[TurtleToken], list[str]]:
    """Return the tokens with their comments, and the comments that no token follows."""
    tokens: list[TurtleToken] = []
    above: list[str] = []
    line, last_line = 1, 0
    for match in _TOKEN.finditer(text.removeprefix("\ufeff")):
        kind, piece = str(match.lastgroup), match[0]
        if kind == "comment":
            comment = piece.rstrip()
            if tokens and last_line == line and not above and not tokens[-1].beside:
                tokens[-1].beside = comment
            else:
                above.append(comment)
        elif kind == "space":
            if above and above[-1] and len(_NEWLINE.findall(piece)) > 1:
                above.append("")
        else:
            tokens.append(TurtleToken(kind, piece, line, above))
            above = []
        line += len(_NEWLINE.findall(piece))
        if kind not in ("space", "comment"):
            last_line = line
    return tokens, above


class _Order:
    """The order in which the engine gives the triples of a statement, as their lines.

    Each token may complete a triple. A string in quotes is complete only with the next token,
    since a tag or type may follow; what that token completes comes first. The triple that leads
    to a list comes with the first token of the list's first item.
    """

    def __init__(self) -> None:
        self.lines: list[int] = []
        self.waiting: int | None = None

    def step(
        self, own: int | None = None, link: int | None = None, waits: int | None = None
    ) -> None:
        """Take one token: the line it completes, a link to a list, and what waits for the next."""
        self.lines += [line for line in (own, link, self.waiting) if line is not None]
        self.waiting = waits

    def properties(self, properties: list[Property]) -> None:
        """Take the tokens of properties."""
        for item in properties:
            self.step()
            for position, node in enumerate(item.objects):
                self.node(node, node.tokens[0].line)
                if position < len(item.marks):
                    self.step()
            for _ in item.ends:
                self.step()

    def node(self, node: Node, line: int | None, link: int | None = None) -> None:
        """Take the tokens of a node; `line` is that of the triple with it as object, if any."""
        if isinstance(node, Term):
            self.term(node, line, link)
            return
        self.step(link=link)
        self.properties(node.properties)
        for position, item in enumerate(node.items):
            own = item.tokens[0].line
            self.node(item, own, own if position else line)
        self.step(own=node.close.line if node.items else line)

    def term(self, term: Term, line: int | None, link: int | None) -> None:
        """Take the tokens of a term."""
        if len(term.tokens) == 1:
            is_open = term.tokens[0].kind == "string"
            self.step(None if is_open else line, link, line if is_open else None)
            return
        self.step(link=link)
        for _ in term.tokens[1:-1]:
            self.step()
        self.step(own=line)
