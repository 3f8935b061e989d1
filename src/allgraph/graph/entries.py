"""Timelines: entries in the order of the days that sources give, and how they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from pyoxigraph import Literal, NamedNode

from allgraph.errors import ParameterError
from allgraph.graph.claims import Claim, Evidence, bounds_as_dict, source_titles
from allgraph.graph.listing import Listing
from allgraph.graph.names import Thing
from allgraph.model import edtf
from allgraph.model.edtf import Aspect, Bounds, Day
from allgraph.model.sentences import NOT_STATED, dated, full_stop
from allgraph.model.sentences import fill as fill_sentence
from allgraph.rdf.terms import AG, XSD, Prefixes, Term, text
from allgraph.render.brief import Brief, count, quoted
from allgraph.render.html import Fragment, element, items, joined, link, picture, table
from allgraph.render.table import clean, columns_of, comma_separated, fill, wrap
from allgraph.render.timelines import MOST_ROWS, Span, spans
from allgraph.sparql.arrangement import arranged
from allgraph.sparql.page import cut

_WIDEST_DATE = 30  # columns of text for dates, at most
_NEVER = (10**9, 12, 31)  # a day after all others
_NOTHING = "Nothing is dated."
_FEWEST_ALIKE = 3  # entries that are one row of an image
_UNDATED = "Not in order, for lack of a date:"


@dataclass(frozen=True, repr=False)
class Entry(Brief):
    """One entry of a timeline: an event that happened, or a state that held.

    `claims` has the claim, and after it the claims that date its event, if it has its date from
    these. `begin` and `end` are the first and last day that the date names, ``None`` where it names
    none; `bounds` what follows from it and the sources. Entries with the same `position`, counted
    from 1, are dated the same, and no ordinals tell which came first; 0 means that the entry has
    no place in the order.

    >>> import allgraph
    >>> entry = allgraph.timeline(allgraph.open(), "RESPECT Program").entries[0]
    >>> entry.sentence, entry.begin, entry.end
    ('The RESPECT Program was launched by the RESPECT open letter', (2018, 5, 1), (2018, 5, 31))
    """

    claims: tuple[Claim, ...]
    sentence: str
    when: str = ""
    words: str = NOT_STATED
    begin: Day | None = None
    end: Day | None = None
    bounds: Bounds = field(default_factory=Bounds)
    position: int = 0

    @property
    def aspect(self) -> Aspect:
        """The aspect of the first claim: “Event” or “State”."""
        return self.claims[0].aspect

    @property
    def disputed(self) -> bool:
        """True if one of the claims has a rival."""
        return any(claim.disputed for claim in self.claims)

    @property
    def withdrawn(self) -> str:
        """The first day on which one of the claims was withdrawn; ``""`` if none was."""
        return min((c.withdrawal.day for c in self.claims if c.withdrawal), default="")

    @property
    def certainty(self) -> str:
        """The certainty of the least certain claim; ``""`` where the graph is no view."""
        words = {claim.certainty for claim in self.claims} - {""}
        return max(words, default="")  # “possible” comes after “certain”

    @property
    def sources(self) -> tuple[str, ...]:
        """The IRIs of the sources of all claims, each once."""
        return tuple(dict.fromkeys(evidence.source for evidence in self._evidence))

    @property
    def source(self) -> str:
        """The title of the first source of what dates it, and how many more sources there are."""
        titles = source_titles(self.dating.evidence)
        return "".join(titles[:1]) + f" and {len(titles) - 1} more" * bool(titles[1:])

    @property
    def _evidence(self) -> list[Evidence]:
        """The evidence of all claims."""
        return [evidence for claim in self.claims for evidence in claim.evidence]

    def _facts(self) -> Iterator[str]:
        yield quoted(self.words)
        yield quoted(self.sentence)

    def __str__(self) -> str:
        """Return the sentence with its date."""
        first = self.claims[0]
        return first.with_date(self.words, inverse=self.sentence == first.inverse_sentence)

    def as_dict(self, prefixes: Prefixes | None = None) -> dict[str, Any]:
        """Return the entry as a dict for JSON; ``None`` where nothing is known.

        `prefixes` shorten IRIs; by default those of its graph.
        """
        return {
            "position": self.position or None,
            "when": self.when or None,
            "words": self.words,
            "begin": _iso(self.begin),
            "end": _iso(self.end),
            "bounds": bounds_as_dict(self.bounds),
            "aspect": self.aspect,
            "sentence": self.sentence,
            "certainty": self.certainty or None,
            "disputed": self.disputed,
            "withdrawn": self.withdrawn or None,
            "claims": [claim.as_dict(prefixes) for claim in self.claims],
        }

    @property
    def place(self) -> Day | None:
        """The day by which it has its place in the order, ``None`` if it has none."""
        return self.begin or self.end

    @property
    def dating(self) -> Claim:
        """The first of the claims that date it: that of its event, or the claim itself."""
        return self.claims[:2][-1]

    def order(self) -> tuple[Any, ...]:
        """Return the key by which entries are sorted; entries dated the same have the same key.

        It begins with the day `begin`, else `end`, but never with a day after the last on which
        this can have ended. So an entry that has surely ended before another entry begins comes
        first.
        """
        known = self.begin or self.end or _NEVER
        first = edtf.earliest(known, self.bounds.end_not_after)
        return first, self.end or _NEVER, self.begin is not None


@dataclass(frozen=True, repr=False)
class Timeline(Listing):
    """A timeline: its entries in order, and `undated`, those without a date that places them.

    `thing` is what it is about; ``None`` for the timeline of a graph.

    >>> import allgraph
    >>> timeline = allgraph.timeline(allgraph.open(), "RESPECT Program")
    >>> len(timeline.entries), len(timeline.undated)
    (3, 4)
    """

    FORMATS = ("text", "json", "csv", "svg", "png")

    entries: tuple[Entry, ...]
    undated: tuple[Entry, ...] = ()
    thing: Thing | None = None

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __len__(self) -> int:
        """The count of entries that have a place in the order."""
        return len(self.entries)

    def _counts(self) -> Iterator[str]:
        if self.thing:
            yield quoted(self.thing.name)
        yield count(len(self), "entry")
        if self.undated:
            yield f"{len(self.undated)} undated"

    def arranged(self, *, where: Iterable[str] = (), sort: Iterable[str] = ()) -> Timeline:
        """Return a copy with the entries that meet conditions, sorted by columns.

        They are those of `Answer.where` and `Answer.sorted`, on the columns of the timeline as CSV;
        dated and undated entries stay apart. Raises `ParameterError` for a wrong condition or
        column.

        >>> import allgraph
        >>> whole = allgraph.timeline(allgraph.open(), "Coco Rocha")
        >>> [entry.when for entry in whole.arranged(where=["when:before:2013"])]
        ['2012-01-28', '2012-02-06']
        """
        where, sort = [*where], [*sort]
        if not where and not sort:
            return self
        show = self.prefixes.show

        def some(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
            """Return those of some entries that meet the conditions, sorted."""
            rows = [*map(_terms, entries)]
            places = arranged(COLUMNS, rows, show, where=where, sort=sort)
            return tuple(entries[place] for place in places)

        return replace(self, entries=some(self.entries), undated=some(self.undated))

    def part(self, limit: int | None = None, cursor: str | None = "") -> tuple[Timeline, str]:
        """Return the first `limit` dated and as many undated entries, and the cursor after them.

        With a `cursor`, they are those from there on; with ``None`` they are the first, and no
        cursor is made. Raises `ParameterError` for one that is not of this timeline, and for a
        limit below 1.

        >>> import allgraph
        >>> whole = allgraph.timeline(allgraph.open(), "RESPECT Program")
        >>> first, cursor = whole.part(1)
        >>> [entry.words for entry in (*first, *whole.part(1, cursor)[0])]
        ['in May 2018', 'in May 2018']
        """
        if limit is not None and limit < 1:
            raise ParameterError(f"`limit` must be 1 or more entries, not {limit}")
        kinds = (self.entries, "dated"), (self.undated, "undated")
        total = max(len(entries) for entries, _ in kinds)
        texts = (repr([*_terms(entry).values()]) for entry in chain(self.entries, self.undated))
        start, end, following = cut(total, texts, limit, cursor)
        limits = [
            f"the first {end} of {len(entries)} {kind} entries; raise the limit for more"
            if not start
            else f"{kind} entries {start + 1} to {min(end, len(entries))} of {len(entries)}"
            for entries, kind in kinds
            if start < len(entries) and (start or end < len(entries))
        ]
        entries, undated = (entries[start:end] for entries, _ in kinds)
        timeline = replace(self, entries=entries, undated=undated, limits=(*self.limits, *limits))
        return timeline, following

    def write(
        self,
        format: str = "text",
        *,
        width: int = 80,
        sources: bool = False,
        for_spreadsheet: bool = False,
    ) -> bytes:
        """Return the timeline for people (``text``), programs (``json``) or tables (``csv``).

        Or as a picture of the dated entries (``svg``, ``png``).

        `width` is for ``text``, and `sources`, which adds the sources of each entry;
        `for_spreadsheet` is for ``csv``: a byte order mark, all cells quoted, and an apostrophe
        before what looks like a formula. Raises `UnknownFormat`.
        """
        if format == "csv":
            entries = (*self.entries, *self.undated)
            rows = ([cell(entry) for cell in _CSV_CELLS.values()] for entry in entries)
            return comma_separated(COLUMNS, rows, for_spreadsheet=for_spreadsheet)
        if format == "text":
            return f"{self.text(width=width, sources=sources)}\n".encode()
        return super().write(format, width=width)

    def text(
        self, *, width: int = 80, reword: Callable[[str], str] = str, sources: bool = False
    ) -> str:
        """Return the timeline as text for people, with its notes at the end.

        With `sources` also the sources of each entry. Lines are at most `width` columns wide.
        `reword` is a function of a note that returns what stands for it.
        """
        return self._with_notes(self._paragraphs(width, sources), width, reword)

    def as_dict(self, prefixes: Prefixes | None = None) -> dict[str, Any]:
        """Return the timeline as a dict for JSON, with `prefixes` or those of its graph."""
        prefixes = self.prefixes if prefixes is None else prefixes
        return {
            "thing": prefixes.shorten(self.thing.iri) if self.thing else None,
            "entries": [entry.as_dict(prefixes) for entry in self.entries],
            "undated": [entry.as_dict(prefixes) for entry in self.undated],
            "complete": self.complete,
            "limits": list(self.limits),
        }

    def _paragraphs(self, width: int, sources: bool) -> Iterator[str]:
        """Yield the paragraphs of the text: the name, the dated entries, the undated ones.

        Without dated entries a sentence says so. If some are dated the same, a paragraph explains
        the “=” before them. Lines are at most `width` columns wide.
        """
        if self.thing:
            yield fill(self.thing.name, width=width)
        yield "\n".join(_dated_lines(self.entries, width, sources)) or _NOTHING
        if len(self.entries) > len({entry.position for entry in self.entries}):
            yield fill("= dated as the one above: which came first is not known", width=width)
        if self.undated:
            lines = (
                _entry_lines(entry, "", _undated_sentence(entry), 2, width, sources)
                for entry in self.undated
            )
            yield "\n".join([fill(_UNDATED, width=width), *chain.from_iterable(lines)])

    @property
    def _title(self) -> str:
        """The name of the thing that it is about, if there is one."""
        return self.thing.name if self.thing else "Timeline"

    def _images(self) -> list[str]:
        """Return an SVG image of the entries; none if none is dated."""
        image = spans(self.rows(), f"{self._title}, from the first to the last")
        return [image] if image else []

    def folded(self) -> list[tuple[Sequence[Entry], str]]:
        """Return the entries, alike ones together, and their rivalry; dated ones come first.

        Three or more entries of one date with the same predicate and object, or in the timeline of
        a thing or of more than `MOST_ROWS` rows with the same predicate, are alike. The rivalry is
        ``""``, or a text that all entries have that cannot all be true.
        """
        entries = (*self.entries, *self.undated)
        if (thing := self.thing) is not None:
            return [*_alike(entries, lambda claim: claim.subject.value == thing.iri)]
        rows = [*_alike(entries, lambda claim: claim.object)]
        return rows if len(rows) <= MOST_ROWS else [*_alike(entries, lambda claim: None)]

    def rows(self, address: Callable[[str], str] = lambda iri: "") -> list[Span]:
        """Return the entries as rows of an image: dated ones, then the others.

        Alike ones are one row. `address` gives the link to a claim by its IRI, ``""`` for none.
        """
        return [
            Span(
                _label(alike[0], self.thing) + more_alike(alike),
                alike[0].bounds,
                alike[0].aspect == "State",
                address(alike[0].claims[0].iri),
                "; ".join(map(str, alike)),
                rivalry,
                alike[0].source,
            )
            for alike, rivalry in self.folded()
        ]

    def _repr_html_(self) -> str:
        """Return the timeline as HTML for notebooks: a picture, and a table of the same entries."""
        parts = [element("p", element("b", self._title))]
        if self.entries:
            cells = ((e.words, _marked_sentence(e), _source_links(e)) for e in self)
            parts.append(picture("".join(self._images())))
            parts.append(table(("when", "what", "sources"), cells, len(self), "entry"))
        else:
            parts.append(element("p", _NOTHING))
        if self.undated:
            parts.append(element("p", _UNDATED))
            parts.append(items([full_stop(_undated_sentence(e)) for e in self.undated]))
        return joined([*parts, items(self.notes())])


def more_alike(entries: Sequence[Entry]) -> str:
    """Return how many entries there are besides the first, in words; ``""`` if there are none."""
    return f" · and {len(entries) - 1} alike" if len(entries) > 1 else ""


def _alike(
    entries: Sequence[Entry], end: Callable[[Claim], object]
) -> Iterator[tuple[Sequence[Entry], str]]:
    """Yield entries that are alike together, in the order of the first, and their rivalry.

    Alike entries have the same date and predicate, and the same `end` of the claim. The rivalry is
    ``""`` for entries without rivals, and else the same for all that are rivals.
    """
    rivalries = _rivalries(entries)
    groups: dict[tuple[Any, ...], list[Entry]] = {}
    for entry in entries:
        claim = entry.claims[0]
        rival = _key(entry) if _key(entry) in rivalries else None  # which stands alone
        key = (entry.when, entry.words, claim.template, claim.roles, end(claim), rival)
        groups.setdefault(key, []).append(entry)
    for alike in groups.values():
        parts = [alike] if len(alike) >= _FEWEST_ALIKE else [[entry] for entry in alike]
        yield from ((part, rivalries.get(_key(part[0]), "")) for part in parts)


def _key(entry: Entry) -> tuple[str, str]:
    """Return the IRIs of the claim of an entry, if another dates it, and of that which does."""
    return (entry.claims[0].iri if entry.claims[1:] else "", entry.dating.iri)


def _rivalries(entries: Iterable[Entry]) -> dict[tuple[str, str], str]:
    """Return the name of the rivalry of each entry that has rivals among these, by its key.

    Entries of one claim whose dates are rivals are rivals too.
    """
    by_key = {_key(entry): entry for entry in entries}
    names: dict[tuple[str, str], str] = {}
    for start in by_key:
        waiting = [start]
        while waiting:
            if (key := waiting.pop()) in names:
                continue
            rivals = [(key[0], rival) for rival in by_key[key].dating.rivals]
            rivals = [rival for rival in rivals if rival in by_key]
            if rivals:
                names[key] = " ".join(start)
                waiting += rivals
    return names


def _label(entry: Entry, thing: Thing | None) -> str:
    """Return the sentence of an entry, without the name of `thing` if it begins with that.

    Of an event in the history of the thing it is the name of the event.
    """
    claim = entry.claims[0]
    is_inverse = entry.sentence != claim.sentence
    template = claim.inverse_template if is_inverse else claim.template
    begin = "{object} " if is_inverse else "{subject} "
    end = text(claim.object) if is_inverse else claim.subject.value
    if thing is None or thing.iri != end:
        return entry.sentence
    if not template.startswith(begin):
        is_event = claim.predicate == AG + "underwent" and not is_inverse
        return claim.object_name if is_event else entry.sentence
    rest = template.removeprefix(begin)
    return fill_sentence(rest, claim.subject_name, claim.object_name, claim.roles)


def _source_links(entry: Entry) -> Fragment:
    """Return the titles of an entry's sources as links to them, each once."""
    links = (link(evidence.title, evidence.page or evidence.source) for evidence in entry._evidence)
    return joined(dict.fromkeys(links), "; ")


def _iso(day: Day | None) -> str | None:
    """Return a day as ISO text; ``None`` for none."""
    return None if day is None else edtf.iso(day)


def _dated_lines(entries: Sequence[Entry], width: int, sources: bool) -> Iterator[str]:
    """Yield the lines of entries, each with its date in a margin on the left.

    An entry dated the same as the entry before has “=” there.
    """
    margin = max((columns_of(entry.words) + 2 for entry in entries), default=0)
    margin = min(margin, _WIDEST_DATE, width // 2)
    for before, entry in zip((None, *entries), entries, strict=False):
        date = entry.words
        if before is not None and before.position == entry.position:
            date = "=" if before.words == entry.words else f"= {entry.words}"
        yield from _entry_lines(entry, date, _marked_sentence(entry), margin, width, sources)


def _entry_lines(
    entry: Entry, date: str, sentence: str, margin: int, width: int, sources: bool
) -> Iterator[str]:
    """Yield the lines of an entry: its date on the left in `margin` columns, then its sentence.

    With `sources` also the claims that date the entry, and the sources of all its claims. Lines are
    at most `width` columns wide.
    """
    yield from _side_by_side(date, full_stop(sentence), margin, width)
    for number, claim in enumerate(entry.claims if sources else ()):
        if number:
            yield from _side_by_side("", f"  Dated by: {full_stop(claim.sentence)}", margin, width)
        for evidence in claim.evidence:
            yield from _side_by_side("", f"  Source: {evidence}", margin, width)


def _undated_sentence(entry: Entry) -> str:
    """Return the sentence of an undated entry, with its date if one is stated, or “as of” a day.

    “(disputed)”, “(possible)” or “(withdrawn)” is added where it is so.
    """
    words = "" if entry.words == NOT_STATED else entry.words
    return dated(_marked_sentence(entry), words, after_text=entry.claims[0].ends_in_text())


def _marked_sentence(entry: Entry) -> str:
    """Return the sentence of an entry, with marks such as “(disputed)” where they apply."""
    marks = ["disputed"] * entry.disputed + [entry.certainty] * (entry.certainty == "possible")
    marks += ["withdrawn"] * bool(entry.withdrawn)
    return f"{entry.sentence} ({', '.join(marks)})" if marks else entry.sentence


def _side_by_side(left: str, right: str, margin: int, width: int) -> list[str]:
    """Return the lines of two texts side by side, wrapped, at most `width` columns wide in all.

    `left` and two blank columns after it take `margin` columns.
    """
    left, right = clean(left), clean(right)
    parts = [wrap(left, max(margin - 2, 1)) if left else [], wrap(right, max(width - margin, 2))]
    height = max(map(len, parts))
    rows = ([part[n] if n < len(part) else "" for part in parts] for n in range(height))
    return [f"{a}{' ' * (margin - columns_of(a))}{b}".rstrip() for a, b in rows]


_CSV_CELLS: Mapping[str, Callable[[Entry], str]] = {
    "position": lambda entry: str(entry.position or ""),
    "words": lambda entry: entry.words,
    "when": lambda entry: entry.when,
    "begin": lambda entry: _iso(entry.begin) or "",
    "end": lambda entry: _iso(entry.end) or "",
    "aspect": lambda entry: entry.aspect,
    "sentence": lambda entry: entry.sentence,
    "certainty": lambda entry: entry.certainty,
    "disputed": lambda entry: "true" if entry.disputed else "false",
    "claims": lambda entry: " ".join(claim.iri for claim in entry.claims),
    "sources": lambda entry: " ".join(entry.sources),
    "withdrawn": lambda entry: entry.withdrawn,
}
_DATATYPES = {"position": "integer", "begin": "date", "end": "date", "disputed": "boolean"}
COLUMNS = tuple(_CSV_CELLS)
"""The columns of a timeline as CSV; IRIs in one cell are apart by a space."""


def _terms(entry: Entry) -> dict[str, Term | None]:
    """Return the cells of an entry by column as terms, by which it is filtered and sorted."""
    cells = {column: cell(entry) for column, cell in _CSV_CELLS.items()}
    typed = {column: NamedNode(XSD + name) for column, name in _DATATYPES.items()}
    typed["when"] = NamedNode(edtf.EDTF)
    return {
        column: Literal(cell, datatype=typed.get(column)) if cell else None
        for column, cell in cells.items()
    }
