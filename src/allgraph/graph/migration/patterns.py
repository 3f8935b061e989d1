"""The tokens, brackets and triple patterns of a query in which deprecated terms are replaced."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from allgraph.folder.deprecated import Deprecated
from allgraph.graph.migration.names import Edit, Names
from allgraph.graph.migration.statements import OBJECT, TYPE, Migration, Unclear
from allgraph.sparql.tokens import Token, tokens, whole

_TERMS = frozenset(("iri", "name", "variable", "string", "number"))
_OPERATORS = frozenset("/|^!*+?")


@dataclass
class Pattern:
    """A triple pattern: its group, and the places of its parts among the tokens.

    `verb` is ``None`` for a path. `subject` is that of the first token; a subject in ``[ ]`` has
    the place of the bracket.
    """

    group: Frame
    subject: int
    verb: int | None
    object: int


@dataclass
class Frame:
    """Brackets of a query that are still open, and their contents so far.

    `kind` is ``group``, ``data`` (of VALUES), ``template``, ``[``, ``(``, or ``""`` around all.
    `start` and `close` are the places of the brackets; `parent` is the frame around them.
    `state` is the part of a triple pattern that comes next: ``subject``, ``verb``, ``object``,
    ``end``, or ``none`` after a keyword.
    """

    kind: str
    start: int = 0
    parent: Frame | None = None
    group: Frame | None = None
    subject: int = 0
    verb: int | None = None
    state: str = "none"
    keyword: str = ""
    is_path: bool = False
    close: int = 0
    filters: list[str] = field(default_factory=list)


class QueryText:
    """A query with what deprecated terms in it need.

    That are its `tokens`, the `names` that hold in it, its triple `patterns`, those of templates
    too, the names of its `parameters`, which begin with ``$``, and for each token the innermost
    brackets around it, `frames`; for a bracket its own.
    """

    def __init__(self, text: str, migration: Migration) -> None:
        """Split the text into tokens, and read its declarations and patterns."""
        self.text, self._migration = text, migration
        self.tokens = [*whole(tokens(text))]
        self.names = Names({**migration.prefixes})
        for at, token in enumerate(self.tokens):
            following = [token.text for token in self.tokens[at + 1 : at + 3]]
            if token.text.upper() == "PREFIX" and len(following) == 2:
                self.names.declare(*following)
            elif token.text.upper() == "BASE" and following:
                self.names.declare("", following[0])
        self.frames: list[Frame] = []
        self.patterns = [*_patterns(self.tokens, self.frames)]
        variables = [token.text for token in self.tokens if token.kind == "variable"]
        self._variables = {text[1:] for text in variables}
        self.parameters = {text[1:] for text in variables if text[0] == "$"}

    def word(self, at: int) -> str:
        """Return the text of the token at a place in capitals, ``""`` where there is none."""
        return self.tokens[at].text.upper() if 0 <= at < len(self.tokens) else ""

    def term(self, at: int) -> Deprecated | None:
        """Return the deprecated term that the token at a place names, if it is replaced."""
        iri = self.iri(at)
        return self._migration.term(f"<{iri}>") if iri else None

    def iri(self, at: int) -> str:
        """Return the IRI that the token at a place names, ``""`` for another token."""
        token = self.tokens[at]
        return self.names.iri(token.text) if token.kind in ("iri", "name") else ""

    def has(self, at: int | None, iri: str) -> bool:
        """Return True if the token at a place is a given IRI in ``<>``."""
        if at is None:
            return False
        return iri == (TYPE if self.tokens[at].text == "a" else f"<{self.iri(at)}>")

    def objects(self, claim: Pattern) -> list[Pattern]:
        """Return the patterns of rdf:object with the subject of one of rdf:predicate, in its group.

        The subject is the same by its name.
        """
        return [
            pattern
            for pattern in self.patterns
            if self.has(pattern.verb, OBJECT)
            and pattern.group is claim.group
            and self._same_subject(pattern.subject, claim.subject)
        ]

    def _same_subject(self, one: int, other: int) -> bool:
        """Return True if the subjects at two places have the same name."""
        texts = [self.tokens[at].text for at in (one, other)]
        return one == other or (texts[0] == texts[1] and texts[0] not in "[(")

    def unclear(self, at: int, why: str) -> Unclear:
        """Return, for the caller to raise, the error about the term at a place."""
        return Unclear(f"{self.tokens[at].text} {why}", self.tokens[at].start)

    def has_comment(self, start: int, end: int) -> bool:
        """Return True if a comment stands between the tokens at two places."""
        between = self.text[self.tokens[start].start : self.tokens[end].end]
        return any(token.kind == "comment" for token in tokens(between))

    def fresh(self, name: str) -> str:
        """Return a variable that the query does not have, ``?name`` or with a number."""
        names = (f"{name}{number}" for number in ("", *range(2, len(self._variables) + 3)))
        new = next(new for new in names if new not in self._variables)
        self._variables.add(new)
        return f"?{new}"

    def filtered(self, group: Frame, text: str) -> list[Edit]:
        """Return the edit that adds a FILTER at the end of a group, once for each text.

        It is on a line of its own if the bracket has one.
        """
        if text in group.filters:
            return []
        group.filters.append(text)
        close = self.tokens[group.close].start
        line = self.text.rfind("\n", 0, close) + 1
        indent = self.text[line:close]
        if line and not indent.strip():
            text = f"  {text}\n{indent}"
        else:
            text = f"{'' if indent[-1:].isspace() else ' '}{text} "
        return [Edit(close, close, text)]


def _patterns(parts: list[Token], around: list[Frame]) -> Iterator[Pattern]:
    """Yield the triple patterns of a query with their groups; put the frames of tokens `around`."""
    frames = [Frame("")]
    for at, token in enumerate(parts):
        frame, text = frames[-1], token.text
        if text in ("{", "[", "("):
            yield from _opened(frames, at, text)
        elif text in ("}", "]", ")"):
            frame.close = at
            if len(frames) > 1:
                frames.pop()
                _close(frames[-1], frame)
        elif frame.kind in ("group", "template", "["):
            yield from _taken(frame, at, token)
        elif token.kind == "word":
            frame.keyword = text.upper()
        around.append(frames[-1] if text in ("{", "[", "(") else frame)


def _opened(frames: list[Frame], at: int, text: str) -> Iterator[Pattern]:
    """Open a bracket at a place, and yield the pattern whose object it begins, if any."""
    frame = frames[-1]
    if text == "{":
        kind = {"VALUES": "data", "CONSTRUCT": "template"}.get(frame.keyword, "group")
        new = Frame(kind, at, frame, state="subject")
        new.group, frame.keyword = new, ""
    else:
        new = Frame(text, at, frame, frame.group, at, state="verb")
        if frame.state == "object" and frame.group:
            yield Pattern(frame.group, frame.subject, frame.verb, at)
            frame.state = "end"
        elif frame.state == "subject":
            frame.subject, frame.state, frame.is_path = at, "verb", False
        elif frame.state == "verb":
            frame.is_path = True
    frames.append(new)


def _close(frame: Frame, closed: Frame) -> None:
    """Go on after brackets that were closed."""
    if closed.kind in ("group", "data", "template") or frame.state == "none":
        frame.state = "subject"
    elif frame.state == "verb" and frame.is_path:  # whose brackets these are
        frame.state = "object"


def _taken(frame: Frame, at: int, token: Token) -> Iterator[Pattern]:
    """Take a token in a group or in ``[ ]``, and yield the pattern that it is the object of."""
    text = token.text
    is_term = token.kind in _TERMS or text in ("a", "true", "false")
    if text in (".", ";", ","):
        frame.state = {".": "subject", ";": "verb", ",": "object"}[text]
        frame.is_path &= text == ","
    elif token.kind == "word" and not is_term:
        frame.keyword, frame.state = text.upper(), "none"
    elif text in _OPERATORS and frame.state in ("verb", "object"):
        frame.is_path, frame.state = True, "verb" if text in "/|^!" else "object"
    elif is_term and frame.state == "subject":
        frame.subject, frame.state, frame.is_path = at, "verb", False
    elif is_term and frame.state == "verb":
        frame.verb, frame.state = None if frame.is_path else at, "object"
    elif is_term and frame.state == "object":
        frame.state = "end"
        if frame.group:
            yield Pattern(frame.group, frame.subject, None if frame.is_path else frame.verb, at)
