"""Timelines: entries in the order of the days that sources give, and how they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from allgraph.errors import UnknownFormat
from allgraph.graph.claims import Claim
from allgraph.graph.graph import Thing
from allgraph.model import edtf
from allgraph.model.edtf import Aspect, Bounds, Day
from allgraph.model.sentences import dated
from allgraph.rdf.terms import BASE, Prefixes
from allgraph.render.html import Fragment, element, items, joined, link, picture, table
from allgraph.render.svg import Span, spans
from allgraph.render.table import columns_of, comma_separated, fill, wrap

COLUMNS = (
    "position", "words", "when", "begin", "end", "aspect", "sentence", "certainty", "disputed",
    "claims", "sources",
)  # fmt: skip
"""The columns of a timeline as CSV; IRIs in one cell are apart by a space."""
Format = Literal["text", "json", "csv"]

_WIDEST = 30
_NEVER = (10**9, 12, 31)


@dataclass(frozen=True)
class Entry:
    """An event that happened, or a state that held.

    `claims` has the claim, and after it those that date its event, if they do. `begin` and `end`
    are the first and last day that the date names, ``None`` where it names none; `bounds` what
    follows from it and the sources. Entries of one `position`, counted from 1, are dated the same,
    so which came first is not known; 0 is for those that have no place in the order.
    """

    claims: tuple[Claim, ...]
    sentence: str
    when: str = ""
    words: str = "date not stated"
    begin: Day | None = None
    end: Day | None = None
    bounds: Bounds = field(default_factory=Bounds)
    position: int = 0

    @property
    def aspect(self) -> Aspect:
        """Whether it is an event or a state."""
        return self.claims[0].aspect

    @property
    def disputed(self) -> bool:
        """Whether one of the claims has a rival."""
        return any(claim.disputed for claim in self.claims)

    @property
    def certainty(self) -> str:
        """That of the least certain claim, in a view; elsewhere ``""``."""
        found = {claim.certainty for claim in self.claims} - {""}
        return max(found, default="")  # by the alphabet, which happens to fit

    @property
    def sources(self) -> tuple[str, ...]:
        """The IRIs of the sources."""
        every = (evidence.source for claim in self.claims for evidence in claim.evidence)
        return tuple(dict.fromkeys(every))

    def __str__(self) -> str:
        """The sentence with its date."""
        return dated(self.sentence, self.words)

    def as_dict(self, prefixes: Prefixes) -> dict[str, Any]:
        """The entry as JSON has it; ``null`` where nothing is known."""
        names = ("beginNotBefore", "beginNotAfter", "endNotBefore", "endNotAfter")
        return {
            "position": self.position or None,
            "when": self.when or None,
            "words": self.words,
            "begin": _iso(self.begin),
            "end": _iso(self.end),
            "bounds": dict(zip(names, map(_iso, self.bounds), strict=True)),
            "aspect": self.aspect,
            "sentence": self.sentence,
            "certainty": self.certainty or None,
            "disputed": self.disputed,
            "claims": [claim.as_dict(prefixes) for claim in self.claims],
        }

    def order(self) -> tuple[Any, ...]:
        """What two entries share that are dated the same; else it says which comes first.

        It begins with a day between the first on which this can have begun and the last on
        which it can have ended. So what has surely ended before another begins comes first.
        """
        known = self.begin or self.end or _NEVER
        first = edtf.earliest(known, self.bounds.end_not_after)
        return first, self.end or _NEVER, self.begin is not None


@dataclass(frozen=True)
class Timeline:
    """What is dated, in order; and apart from it, what has no date that would place it.

    It is `complete` unless a limit cut it, and `limits` tell which.
    """

    entries: tuple[Entry, ...]
    undated: tuple[Entry, ...] = ()
    thing: Thing | None = None
    limits: tuple[str, ...] = ()
    prefixes: Prefixes = field(default_factory=lambda: Prefixes.of(BASE), repr=False)

    @property
    def complete(self) -> bool:
        """Whether all entries are there."""
        return not self.limits

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __len__(self) -> int:
        """How many entries have a place in the order."""
        return len(self.entries)

    def write(
        self,
        format: Format = "text",
        *,
        width: int = 80,
        sources: bool = False,
        for_spreadsheet: bool = False,
    ) -> bytes:
        """The timeline for people (``text``), programs (``json``) or tables (``csv``).

        `width` and `sources`, which adds where each entry is from, are for ``text``;
        `for_spreadsheet` is for ``csv``, see `table.comma_separated`.
        """
        writers: dict[str, Callable[[], bytes]] = {
            "text": lambda: _text(self, width, sources).encode(),
            "json": lambda: _json(self.as_dict(self.prefixes)),
            "csv": lambda: comma_separated(COLUMNS, _rows(self), for_spreadsheet=for_spreadsheet),
        }
        if format not in writers:
            raise UnknownFormat(f"“{format}” is no format of timelines; they have text, json, csv")
        return writers[format]()

    def as_dict(self, prefixes: Prefixes) -> dict[str, Any]:
        """The timeline as JSON has it."""
        return {
            "thing": prefixes.shorten(self.thing.iri) if self.thing else None,
            "entries": [entry.as_dict(prefixes) for entry in self.entries],
            "undated": [entry.as_dict(prefixes) for entry in self.undated],
            "complete": self.complete,
            "limits": list(self.limits),
        }

    def _repr_html_(self) -> str:
        """The timeline as notebooks show it: a picture, and all that is in it as a table."""
        name = self.thing.name if self.thing else "Timeline"
        parts = [element("p", element("b", name))]
        if self.entries:
            rows = (Span(e.sentence, e.bounds, e.aspect == "State", "", str(e)) for e in self)
            listed = ((e.words, _marked(e), _titles(e)) for e in self)
            parts.append(picture(spans(rows, f"{name}, from the first to the last")))
            parts.append(table(("when", "what", "sources"), listed, len(self), "entry"))
        else:
            parts.append(element("p", "Nothing is dated."))
        if self.undated:
            parts.append(element("p", "Not in the order, for want of a date that would place it:"))
            parts.append(items([f"{_stated(e)}." for e in self.undated]))
        return joined([*parts, *(element("p", limit) for limit in self.limits)])


def _titles(entry: Entry) -> Fragment:
    """The sources of an entry, each of which leads there."""
    every = (evidence for claim in entry.claims for evidence in claim.evidence)
    links = (link(evidence.title, evidence.page or evidence.source) for evidence in every)
    return joined(dict.fromkeys(links), "; ")


def _iso(day: Day | None) -> str | None:
    return None if day is None else edtf.iso(day)


def _text(found: Timeline, width: int, sources: bool) -> str:
    lines = [fill(found.thing.name, width=width), ""] if found.thing else []
    margin = min(max((columns_of(e.words) + 2 for e in found.entries), default=0), _WIDEST)
    margin = min(margin, width // 2)
    before: Entry | None = None
    for entry in found.entries:
        is_tied = before is not None and before.position == entry.position
        is_same = before is not None and before.words == entry.words
        mark = "=" if is_tied and is_same else f"= {entry.words}" if is_tied else entry.words
        lines += _beside(mark, f"{_marked(entry)}.", margin, width)
        lines += _sources(entry, margin, width) if sources else []
        before = entry
    if not found.entries:
        lines.append("Nothing is dated.")
    ties = len(found.entries) - len({entry.position for entry in found.entries})
    if ties:
        lines += ["", fill("= dated as the one above: which came first is not known", width=width)]
    if found.undated:
        head = "Not in the order, for want of a date that would place it:"
        lines += ["", fill(head, width=width)]
    for entry in found.undated:
        lines += _beside("", f"{_stated(entry)}.", 2, width)
        lines += _sources(entry, 2, width) if sources else []
    lines += (
        ["", *(fill(f"({limit})", width=width) for limit in found.limits)] if found.limits else []
    )
    return "\n".join(lines) + "\n"


def _stated(entry: Entry) -> str:
    """An entry that has no place in the order, with its date if it has any."""
    return dated(_marked(entry), "" if entry.words == "date not stated" else entry.words)


def _marked(entry: Entry) -> str:
    marks = ["disputed"] * entry.disputed + [entry.certainty] * (entry.certainty == "possible")
    return f"{entry.sentence} ({', '.join(marks)})" if marks else entry.sentence


def _beside(left: str, right: str, margin: int, width: int) -> list[str]:
    """Two texts side by side, the first so many columns wide."""
    parts = [wrap(left, max(margin - 2, 1)) if left else [], wrap(right, max(width - margin, 2))]
    height = max(map(len, parts))
    rows = ([part[n] if n < len(part) else "" for part in parts] for n in range(height))
    return [f"{a}{' ' * (margin - columns_of(a))}{b}".rstrip() for a, b in rows]


def _sources(entry: Entry, margin: int, width: int) -> Iterator[str]:
    for number, claim in enumerate(entry.claims):
        if number:
            yield from _beside("", f"  Dated by: {claim.sentence}.", margin, width)
        for evidence in claim.evidence:
            yield from _beside("", f"  Source: {evidence}", margin, width)


def _rows(found: Timeline) -> Iterable[Sequence[str]]:
    for e in (*found.entries, *found.undated):
        yield [
            str(e.position or ""), e.words, e.when, _iso(e.begin) or "", _iso(e.end) or "",
            e.aspect, e.sentence, e.certainty, "true" if e.disputed else "false",
            " ".join(claim.iri for claim in e.claims), " ".join(e.sources),
        ]  # fmt: skip


def _json(document: dict[str, Any]) -> bytes:
    import json

    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()
