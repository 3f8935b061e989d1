"""SPARQL, and the comments of question files, rewritten from deprecated terms.

>>> from allgraph.folder.deprecated import Deprecated
>>> from allgraph.rdf.terms import Prefixes
>>> terms = {"x:old": Deprecated("x:old", "x:new", scheme="x:Scheme")}
>>> migrated("SELECT * { ?a <x:old> ?b }", Migration(terms, Prefixes(), {}))
('SELECT * { ?a <x:new> ?b FILTER(DATATYPE(?b) = <x:Scheme>) }', [])
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from allgraph.folder.deprecated import Deprecated
from allgraph.graph.migration.names import Edit, Names, edited
from allgraph.graph.migration.statements import (
    CLASSIFICATION,
    OBJECT,
    PREDICATE,
    TYPE,
    Migration,
    Place,
    Unclear,
)
from allgraph.rdf.terms import AG
from allgraph.sparql.tokens import Token, line_of, tokens, whole

_TERMS = frozenset(("iri", "name", "variable", "string", "number"))
_OPERATORS = frozenset("/|^!*+?")
_CURIE = re.compile(r"<[^<>\s]+>|(?<![\w:/.-])[\w.-]*:[\w-]+(?:\.[\w-]+)*(?![\w:/])")
_KINDS = re.compile(r"#+\s*\$\w+\s+entity:(\S+)")


@dataclass
class _Pattern:
    """A triple pattern: its group, and the places of its parts among the tokens.

    `verb` is ``None`` for a path. `subject` is that of the first token; a subject in ``[ ]`` has
    the place of the bracket.
    """

    group: _Frame
    subject: int
    verb: int | None
    object: int


@dataclass
class _Frame:
    """Brackets that are open in a query, and what stands in them so far.

    `kind` is ``group``, ``data`` (of VALUES), ``template``, ``[``, ``(``, or ``""`` around all.
    `state` is the part of a triple pattern that comes next: ``subject``, ``verb``, ``object``,
    ``end``, or ``none`` after a keyword. `close` is the place of the closing bracket.
    """

    kind: str
    group: _Frame | None = None
    subject: int = 0
    verb: int | None = None
    state: str = "none"
    keyword: str = ""
    is_path: bool = False
    close: int = 0
    filters: list[str] = field(default_factory=list)


def migrated(text: str, migration: Migration) -> tuple[str, list[Place]]:
    """Return a query with new terms, and what is unclear, for which the query stays.

    Names may have the prefixes of the migration, and those that the query declares.
    """
    return _Rewriting(text, migration).migrated()


class _Rewriting:
    """The edits of one query."""

    def __init__(self, text: str, migration: Migration) -> None:
        """Split the text into tokens, and read its declarations."""
        self._text, self._migration = text, migration
        self._tokens = [*whole(tokens(text))]
        self._names = Names({**migration.prefixes})
        self._edits: list[Edit] = []
        for at, token in enumerate(self._tokens):
            following = [token.text for token in self._tokens[at + 1 : at + 3]]
            if token.text.upper() == "PREFIX" and len(following) == 2:
                self._names.declare(*following)
            elif token.text.upper() == "BASE" and following:
                self._names.declare("", following[0])
        self._patterns = [*_patterns(self._tokens)]

    def migrated(self) -> tuple[str, list[Place]]:
        """Return the text with all edits, and what is unclear."""
        unclear: list[Place] = []
        comments = (token for token in tokens(self._text) if token.kind == "comment")
        steps: list[Callable[[], None]] = [
            *(partial(self._comment, comment) for comment in comments),
            *(partial(self._take, at) for at in range(len(self._tokens))),
            self._drop_equal_branches,
        ]
        for take in steps:
            try:
                take()
            except Unclear as error:
                unclear.append((line_of(self._text, error.start), error.message))
        return self._text if unclear else edited(self._text, self._edits), unclear

    def _take(self, at: int) -> None:
        """Take the token at a place; raise `Unclear` for a term that cannot be replaced there."""
        token = self._tokens[at]
        is_declared = at > 1 and self._tokens[at - 2].text.upper() == "PREFIX"
        term = None if is_declared else self._term(token)
        if term is None:
            return
        if term.scheme:
            self._add_scheme(at, term)
        elif term.classification:
            self._classify(at, term)
        new = self._names.write(term.replacement, token.text)
        self._edits.append(Edit(token.start, token.end, new))

    def _drop_equal_branches(self) -> None:
        """Take out each branch of a UNION that becomes what one before it is, with its edits."""
        starts: list[int] = []
        branches: list[dict[tuple[str, ...], tuple[str, ...]]] = [{}]  # new to old, by depth
        for at, token in enumerate(self._tokens):
            if token.text == "{":
                starts.append(at)
                branches.append({})
            elif token.text == "}" and starts:
                start = starts.pop()
                del branches[-1]
                new = tuple(map(self._meaning, self._tokens[start:at]))
                old = tuple(token.text for token in self._tokens[start:at])
                if self._tokens[start - 1].text.upper() != "UNION":
                    branches[-1].clear()
                if branches[-1].setdefault(new, old) != old:
                    self._drop(self._tokens[start - 2].end, token.end)

    def _drop(self, start: int, end: int) -> None:
        """Take out the text between two places, and its edits."""
        kept = [edit for edit in self._edits if edit.end <= start or edit.start >= end]
        self._edits = [*kept, Edit(start, end, "")]

    def _meaning(self, token: Token) -> str:
        """Return a text that two tokens share if they become the same; terms as full IRIs."""
        term = self._term(token)
        if term:
            return " ".join((term.replacement, term.scheme, term.classification))
        is_iri = token.kind in ("iri", "name") and self._names.iri(token.text)
        return f"{self._names.iri(token.text)}  " if is_iri else token.text

    def _term(self, token: Token) -> Deprecated | None:
        """Return the deprecated term that a token names, if it is replaced."""
        if token.kind not in ("iri", "name"):
            return None
        return self._migration.term(f"<{self._names.iri(token.text)}>")

    def _is(self, at: int | None, iri: str) -> bool:
        """Whether the token at a place is an IRI, which is given in ``<>``."""
        if at is None:
            return False
        text = self._tokens[at].text
        return iri == (TYPE if text == "a" else f"<{self._names.iri(text)}>")

    def _unclear(self, at: int, why: str) -> Unclear:
        """Return, for the caller to raise, the error about the term at a place."""
        return Unclear(f"{self._tokens[at].text} {why}", self._tokens[at].start)

    def _classify(self, at: int, term: Deprecated) -> None:
        """Add the classification of the class at a place; raise `Unclear` if it is no type."""
        pattern = next((p for p in self._patterns if p.object == at), None)
        if pattern is None or not self._is(pattern.verb, TYPE):
            raise self._unclear(at, "is here not the class of a triple pattern")
        after = self._tokens[at + 1].text if at + 1 < len(self._tokens) else ""
        if after == "," or self._tokens[at - 1].text == ",":
            raise self._unclear(at, "is one of several classes here")
        token = self._tokens[at]
        verb, obj = (
            self._names.write(iri, token.text)
            for iri in (CLASSIFICATION[1:-1], term.classification)
        )
        self._edits.append(Edit(token.end, token.end, f" ; {verb} {obj}"))

    def _add_scheme(self, at: int, term: Deprecated) -> None:
        """Give the values of the predicate at a place its scheme. Raises `Unclear` if not possible.

        They are its objects in a triple pattern, or those of rdf:object of a claim with it.
        """
        objects = [p for p in self._patterns if p.verb == at]
        claim = next((p for p in self._patterns if p.object == at), None)
        if claim and self._is(claim.verb, PREDICATE):
            objects = [
                p
                for p in self._patterns
                if self._is(p.verb, OBJECT)
                and p.group is claim.group
                and self._same_subject(p.subject, claim.subject)
            ]
            if not objects:
                raise self._unclear(at, "has no rdf:object in the same group")
        if not objects:
            raise self._unclear(at, "is here not the predicate of a triple pattern")
        datatype = self._names.write(term.scheme, self._tokens[at].text)
        for pattern in objects:
            self._type(pattern, at, datatype)

    def _same_subject(self, one: int, other: int) -> bool:
        """Whether the subjects at two places are one, as by its name."""
        texts = [self._tokens[at].text for at in (one, other)]
        return one == other or (texts[0] == texts[1] and texts[0] not in "[(")

    def _type(self, pattern: _Pattern, at: int, datatype: str) -> None:
        """Give the object of a pattern a datatype: a text gets it, a variable a FILTER.

        `at` is the place of the deprecated term. Raises `Unclear` for another object, and where a
        FILTER cannot stand.
        """
        obj, after = self._tokens[pattern.object], self._tokens[pattern.object + 1 :][:1]
        is_tagged = [token.kind == "tag" or token.text == "^^" for token in after] == [True]
        if obj.kind == "string" and not is_tagged:
            self._edits.append(Edit(obj.end, obj.end, f"^^{datatype}"))
        elif obj.text[0] == "?" and pattern.group.kind == "group":
            self._filter(pattern.group, f"FILTER(DATATYPE({obj.text}) = {datatype})")
        else:
            raise self._unclear(at, f"has the value {obj.text} here")

    def _filter(self, group: _Frame, text: str) -> None:
        """Add a FILTER at the end of a group, on a line of its own if the bracket has one."""
        if text in group.filters:
            return
        group.filters.append(text)
        close = self._tokens[group.close].start
        line = self._text.rfind("\n", 0, close) + 1
        indent = self._text[line:close]
        if line and not indent.strip():
            text = f"  {text}\n{indent}"
        else:
            text = f"{'' if indent[-1:].isspace() else ' '}{text} "
        self._edits.append(Edit(close, close, text))

    def _comment(self, token: Token) -> None:
        """Rename the terms that a comment names, as in an example or the kind of a parameter."""
        kinds = _KINDS.match(token.text)
        for match in _CURIE.finditer(token.text):
            if not (kinds and kinds.start(1) - 7 <= match.start() < kinds.end(1)):
                self._mention(token, match[0], match.start())
        start = kinds.start(1) if kinds else 0
        for kind in kinds[1].split("|") if kinds else ():
            self._mention(token, kind, start)
            start += len(kind) + 1

    def _mention(self, comment: Token, written: str, start: int) -> None:
        """Rename a term that is written at a place in a comment, perhaps without ``ag:``.

        Raises `Unclear` for one that is more than renamed, in a line that is read.
        """
        is_short = ":" not in written
        iri = AG + written if is_short else self._names.iri(written)
        term = self._migration.term(f"<{iri}>")
        if term is None:
            return
        place = comment.start + start
        if not term.is_rename:
            if is_short or re.match(r"#+\s*(Example:|\$)", comment.text):
                raise Unclear(f"{written} stands here in a declaration", place)
            return
        new = self._names.write(term.replacement, "" if is_short else written)
        if is_short and term.replacement.startswith(AG):
            new = term.replacement.removeprefix(AG)
        self._edits.append(Edit(place, place + len(written), new))


def _patterns(parts: list[Token]) -> Iterator[_Pattern]:
    """Yield the triple patterns of a query, those of templates too, with their groups."""
    frames = [_Frame("")]
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


def _opened(frames: list[_Frame], at: int, text: str) -> Iterator[_Pattern]:
    """Open a bracket at a place, and yield the pattern whose object it begins, if any."""
    frame = frames[-1]
    if text == "{":
        kind = {"VALUES": "data", "CONSTRUCT": "template"}.get(frame.keyword, "group")
        new = _Frame(kind, state="subject")
        new.group, frame.keyword = new, ""
    else:
        new = _Frame(text, frame.group, at, state="verb")
        if frame.state == "object" and frame.group:
            yield _Pattern(frame.group, frame.subject, frame.verb, at)
            frame.state = "end"
        elif frame.state == "subject":
            frame.subject, frame.state, frame.is_path = at, "verb", False
        elif frame.state == "verb":
            frame.is_path = True
    frames.append(new)


def _close(frame: _Frame, closed: _Frame) -> None:
    """Go on after brackets that were closed."""
    if closed.kind in ("group", "data", "template") or frame.state == "none":
        frame.state = "subject"
    elif frame.state == "verb" and frame.is_path:  # whose brackets these are
        frame.state = "object"


def _taken(frame: _Frame, at: int, token: Token) -> Iterator[_Pattern]:
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
        assert frame.group is not None
        yield _Pattern(frame.group, frame.subject, None if frame.is_path else frame.verb, at)
