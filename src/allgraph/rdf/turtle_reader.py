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
    """Return for each triple of a Turtle text two lines: of its object, and of its statement.

    They are in the order in which pyoxigraph gives the triples. A statement's line is the one
    on which it begins. Raises `LoadError` where the text is not Turtle 1.1.
    """
    lines: list[tuple[int, int]] = []
    for item in read(text).items:
        if isinstance(item, TurtleStatement):
            order = _TripleOrder()  # its methods take tokens, and append lines of objects
            order.node(item.subject, None)
            order.properties(item.properties)
            order.step()  # the full stop
            start = item.subject.tokens[0].line
            lines += [(line, start) for line in order.lines]
    return lines


def without_graphs(text: str) -> str:
    """Return a text of TriG as Turtle with the same triples, in the same places of the same lines.

    >>> without_graphs("<x:g> { <x:s> <x:p> '}' }")
    "        <x:s> <x:p> '}' ."
    """
    pieces: list[str] = []
    open_tokens: list[int] = []  # their places in `pieces`, since the last full stop or brace
    for match in _TOKEN.finditer(text):
        kind, piece = match.lastgroup, match[0]
        if piece == "{":
            name = open_tokens[-2 if open_tokens and pieces[open_tokens[-1]] == "]" else -1 :]
            before = open_tokens[-len(name) - 1 : -len(name)]
            for place in (*name, *(b for b in before if pieces[b].upper() == "GRAPH")):
                pieces[place] = " " * len(pieces[place])
            piece, open_tokens = " ", []
        elif piece == "}":
            piece, open_tokens = "." if open_tokens else " ", []
        elif piece == "." and kind == "mark":
            open_tokens = []
        elif kind not in ("space", "comment"):
            open_tokens.append(len(pieces))
        pieces.append(piece)
    return "".join(pieces)


def read(text: str, *, path: str | None = None) -> TurtleDocument:
    """Parse Turtle into its syntax tree. Raises `LoadError` where it is not Turtle 1.1.

    `path` is the name of the file in the error.
    """
    return _Reader(text, path).document()


class _Reader:
    """A parser by recursive descent: a method takes the tokens of its part, or raises `LoadError`.

    Each method but `peek` and `error` takes the tokens of what it is named after from the text,
    moves `_next` past them, and returns their syntax tree. It raises `LoadError` where they are
    not Turtle 1.1; `path` is for this error. The parser is for one text, and looks one token ahead.
    """

    def __init__(self, text: str, path: str | None) -> None:
        """Split the text into tokens; nothing is parsed yet. `path` is the file in errors."""
        self._path = path
        self._depth = 0
        self._tokens, self._last_comments = _tokens(text)
        self._next = 0  # the place in `_tokens` of the token that comes next

    def document(self) -> TurtleDocument:
        """Parse all tokens, and return the document. Raises `LoadError` where it is invalid."""
        items: list[Directive | TurtleStatement] = []
        while self._next < len(self._tokens):
            token = self._tokens[self._next]
            if token.kind == "directive" or token.text.upper() in ("PREFIX", "BASE"):
                items.append(self.directive())
            else:
                items.append(self.statement())
        return TurtleDocument(items, self._last_comments)

    def directive(self) -> Directive:
        """Parse a declaration of a prefix or base; without ``@`` it has no full stop."""
        first = self.take()
        tokens = [first]
        if first.text.lower().endswith("prefix"):
            tokens.append(self.take("name"))
        tokens.append(self.take("iri"))
        if first.kind == "directive":
            tokens.append(self.take("mark", "."))
        return Directive(tokens)

    def statement(self) -> TurtleStatement:
        """Parse a subject and its properties, which may be missing after ``[ … ]``."""
        subject = self.node()
        bare = isinstance(subject, Brackets) and subject.open.text == "[" and self.peek() == "."
        properties = [] if bare else self.properties()
        return TurtleStatement(subject, properties, self.take("mark", "."))

    def properties(self) -> list[Property]:
        """Parse one property or more, with ``;`` between them and perhaps after the last."""
        properties: list[Property] = []
        while True:
            properties.append(last := self.property())
            while self.peek() == ";":
                last.ends.append(self.take())
            if not last.ends or self.peek() in (".", "]"):
                return properties

    def property(self) -> Property:
        """Parse a verb and its objects, with commas between them."""
        verb = self.take()
        if verb.kind not in ("iri", "name") and verb.text != "a":
            raise self.error(verb)
        item = Property(verb, [self.node()])
        while self.peek() == ",":
            item.marks.append(self.take())
            item.objects.append(self.node())
        return item

    def node(self) -> Node:
        """Parse a subject or object: a term, or brackets."""
        token = self.take()
        if token.text in ("[", "(") and token.kind == "mark":
            return self.brackets(token)
        if token.kind == "string":
            tokens = [token]
            if self._next < len(self._tokens) and self._tokens[self._next].kind == "tag":
                tokens.append(self.take())
            elif self.peek() == "^^":
                tokens += [self.take(), self.take()]
            return Term(tokens)
        if token.kind in ("iri", "name", "blank", "number") or token.text in ("true", "false"):
            return Term([token])
        raise self.error(token)

    def brackets(self, first: TurtleToken) -> Brackets:
        """Parse the rest of brackets, after the opening one, which is `first`.

        Raises `LoadError` where they are invalid, or more than `DEEPEST` are nested.
        """
        self._depth += 1
        if self._depth > DEEPEST:
            message = f"brackets are nested more than {DEEPEST} deep"
            raise LoadError(message, path=self._path, line=first.line)
        brackets = Brackets(first, first)
        if first.text == "[":
            if self.peek() != "]":
                brackets.properties = self.properties()
            brackets.close = self.take("mark", "]")
        else:
            while self.peek() != ")":
                brackets.items.append(self.node())
            brackets.close = self.take("mark", ")")
        self._depth -= 1
        return brackets

    def peek(self) -> str:
        """Return the text of the next token, ``""`` at the end; nothing is taken."""
        return self._tokens[self._next].text if self._next < len(self._tokens) else ""

    def take(self, kind: str = "", text: str = "") -> TurtleToken:
        """Return the next token and move past it; it must have this kind and text, if given.

        Raises `LoadError` for another token, and at the end of the text.
        """
        if self._next >= len(self._tokens):
            line = self._tokens[-1].line if self._tokens else 1
            raise LoadError(
                "the text ends in the middle of a statement", path=self._path, line=line
            )
        token = self._tokens[self._next]
        if (kind and token.kind != kind) or (text and token.text != text):
            raise self.error(token)
        self._next += 1
        return token

    def error(self, token: TurtleToken) -> LoadError:
        """Return, not raise, the error that Turtle 1.1 does not have this token here."""
        return LoadError(
            f"not Turtle 1.1: “{token.text[:40]}” cannot stand here",
            path=self._path,
            line=token.line,
        )


def _tokens(text: str) -> tuple[list[TurtleToken], list[str]]:
    """Return the tokens of a text with their comments, and the comments after the last token.

    A comment on the line where a token ends goes to that token (`beside`), another one to the next
    token (`above`), with ``""`` for a blank line after it. The kind of a token is the group of
    `_TOKEN` that matches, such as ``iri``, ``name`` or ``mark``. What is no token is one of kind
    ``other``; nothing is raised. Places are those in the text without a byte order mark.
    """
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
            tokens.append(TurtleToken(kind, piece, line, above, start=match.start()))
            above = []
        line += len(_NEWLINE.findall(piece))
        if kind not in ("space", "comment"):
            last_line = line
    return tokens, above


class _TripleOrder:
    """The lines of the triples of one statement, in the order in which pyoxigraph gives them.

    `lines` has the line of each triple's object; the other methods take tokens and append to it.
    A line that waits is that of a triple which the next token completes. Each token may complete
    a triple. A string in quotes is complete only with the next token, since a tag or type may
    follow; what that token completes comes first. The triple that leads to a list comes with the
    first token of the list's first item.
    """

    def __init__(self) -> None:
        self.lines: list[int] = []  # of each triple so far, the line of its object
        self._waiting_line: int | None = None  # appended to `lines` by the next `step`

    def step(
        self, own: int | None = None, link: int | None = None, waits: int | None = None
    ) -> None:
        """Take one token: append the lines of the triples that it completes, in this order.

        `own` is the line of the triple that has the token as object, `link` that of a triple which
        leads to a list, then comes the line that waited. ``None`` appends nothing. `waits` is a
        line that waits: the next call appends it.
        """
        self.lines += [line for line in (own, link, self._waiting_line) if line is not None]
        self._waiting_line = waits

    def properties(self, properties: list[Property]) -> None:
        """Take the tokens of properties, and append the lines of their triples to `lines`."""
        for item in properties:
            self.step()
            for position, node in enumerate(item.objects):
                self.node(node, node.tokens[0].line)
                if position < len(item.marks):
                    self.step()
            for _ in item.ends:
                self.step()

    def node(self, node: Node, line: int | None, link: int | None = None) -> None:
        """Take the tokens of a node, and append the lines of its triples to `lines`.

        `line` is that of the triple with the node as object, ``None`` for a subject; `link` that
        of a triple to a list, to be appended at the first token, ``None`` without one.
        """
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
        """Take the tokens of a term, and append the lines of the triples that they complete.

        `line` is that of the triple with the term as object, ``None`` for a subject; `link` that
        of a triple to a list, to be appended at the first token, ``None`` without one. The line of
        a string in quotes alone is appended at the token after it.
        """
        if len(term.tokens) == 1:
            is_open = term.tokens[0].kind == "string"
            self.step(None if is_open else line, link, line if is_open else None)
            return
        self.step(link=link)
        for _ in term.tokens[1:-1]:
            self.step()
        self.step(own=line)
