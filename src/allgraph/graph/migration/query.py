"""SPARQL, and the comments of question files, rewritten from deprecated terms.

>>> from allgraph.folder.deprecated import Deprecated
>>> from allgraph.rdf.terms import Prefixes
>>> terms = {"x:old": Deprecated("x:old", "x:new", scheme="x:Scheme")}
>>> migrated("SELECT * { ?a <x:old> ?b }", Migration(terms, Prefixes(), {}))
('SELECT * { ?a <x:new> ?b FILTER(DATATYPE(?b) = <x:Scheme>) }', [])
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from allgraph.folder.deprecated import Deprecated
from allgraph.graph.migration import predicates
from allgraph.graph.migration.names import Edit, edited
from allgraph.graph.migration.patterns import Pattern, QueryText
from allgraph.graph.migration.statements import (
    CLASSIFICATION,
    PREDICATE,
    TYPE,
    Migration,
    Place,
    Unclear,
)
from allgraph.rdf.terms import AG
from allgraph.sparql.tokens import Token, line_of, tokens

_CURIE = re.compile(r"<[^<>\s]+>|(?<![\w:/.-])[\w.-]*:[\w-]+(?:\.[\w-]+)*(?![\w:/])")
_KINDS = re.compile(r"#+\s*\$\w+\s+entity:(\S+)")


def migrated(text: str, migration: Migration) -> tuple[str, list[Place]]:
    """Return a query with new terms, and the problems, with which it stays unchanged.

    Names may have the prefixes of the migration, and those that the query declares.
    """
    return _Rewriting(text, migration).migrated()


class _Rewriting:
    """The edits of one query."""

    def __init__(self, text: str, migration: Migration) -> None:
        """Split the text into tokens, and read its declarations."""
        self._text, self._migration = text, migration
        self._query = QueryText(text, migration)
        self._tokens, self._names = self._query.tokens, self._query.names
        self._edits: list[Edit] = []

    def migrated(self) -> tuple[str, list[Place]]:
        """Return the text with all edits, and the problems."""
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
        term = None if is_declared else self._query.term(at)
        if term is None:
            return
        if term.scheme and not self._add_scheme(at, term):
            self._edits += predicates.edits(self._query, at)
            return
        if term.classification and not term.scheme:
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
                new = tuple(map(self._meaning, range(start, at)))
                old = tuple(token.text for token in self._tokens[start:at])
                if self._tokens[start - 1].text.upper() != "UNION":
                    branches[-1].clear()
                if branches[-1].setdefault(new, old) != old:
                    self._drop(self._tokens[start - 2].end, token.end)

    def _drop(self, start: int, end: int) -> None:
        """Take out the text between two places, and its edits."""
        kept = [edit for edit in self._edits if edit.end <= start or edit.start >= end]
        self._edits = [*kept, Edit(start, end, "")]

    def _meaning(self, at: int) -> str:
        """Return a text that tokens share if they become the same; terms as full IRIs."""
        term = self._query.term(at)
        if term:
            return " ".join((term.replacement, term.scheme, term.classification))
        iri = self._query.iri(at)
        return f"{iri}  " if iri else self._tokens[at].text

    def _classify(self, at: int, term: Deprecated) -> None:
        """Add the classification of the class at a place; raise `Unclear` if it is no type."""
        pattern = next((p for p in self._query.patterns if p.object == at), None)
        if pattern is None or not self._query.has(pattern.verb, TYPE):
            raise self._query.unclear(at, "is a class, and is not the object of rdf:type here")
        after = self._tokens[at + 1].text if at + 1 < len(self._tokens) else ""
        if after == "," or self._tokens[at - 1].text == ",":
            raise self._query.unclear(at, "is one of several classes with commas between")
        token = self._tokens[at]
        verb, obj = (
            self._names.write(iri, token.text)
            for iri in (CLASSIFICATION[1:-1], term.classification)
        )
        self._edits.append(Edit(token.end, token.end, f" ; {verb} {obj}"))

    def _add_scheme(self, at: int, term: Deprecated) -> bool:
        """Give the values of a predicate its scheme; return False if no predicate is at the place.

        They are its objects in a triple pattern, or those of rdf:object of a claim with it. Raises
        `Unclear` if not possible.
        """
        objects = [p for p in self._query.patterns if p.verb == at]
        claim = next((p for p in self._query.patterns if p.object == at), None)
        if claim and self._query.has(claim.verb, PREDICATE):
            objects = self._query.objects(claim)
            if not objects:
                raise self._query.unclear(
                    at, "is the predicate of a claim with no rdf:object in the same group"
                )
        datatype = self._names.write(term.scheme, self._tokens[at].text)
        for pattern in objects:
            self._type(pattern, at, datatype)
        return bool(objects)

    def _type(self, pattern: Pattern, at: int, datatype: str) -> None:
        """Give the object of a pattern a datatype: a text gets it, a variable a FILTER.

        `at` is the place of the deprecated term. Raises `Unclear` for another object, and where a
        FILTER cannot stand.
        """
        obj, after = self._tokens[pattern.object], self._tokens[pattern.object + 1 :][:1]
        is_tagged = [token.kind == "tag" or token.text == "^^" for token in after] == [True]
        if obj.kind == "string" and not is_tagged:
            self._edits.append(Edit(obj.end, obj.end, f"^^{datatype}"))
        elif obj.text[0] == "?" and pattern.group.kind == "group":
            text = f"FILTER(DATATYPE({obj.text}) = {datatype})"
            self._edits += self._query.filtered(pattern.group, text)
        else:
            raise self._query.unclear(
                at, f"has the object {obj.text}, which is no plain string or variable of a WHERE"
            )

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
                raise Unclear(
                    f"{written} is in a comment that declares a parameter or example", place
                )
            return
        new = self._names.write(term.replacement, "" if is_short else written)
        if is_short and term.replacement.startswith(AG):
            new = term.replacement.removeprefix(AG)
        self._edits.append(Edit(place, place + len(written), new))
