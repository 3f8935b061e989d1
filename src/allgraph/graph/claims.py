"""Claims and their evidence, as Python values and as sentences.

>>> from allgraph.graph.opening import open_graph
>>> about = claims(open_graph(), about="Shalom Harlow")
>>> print(about[0].sentence)
Shalom Harlow has served on the Model Alliance Advisory Board
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache, partial
from itertools import chain, groupby, repeat, starmap
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from pyoxigraph import Literal, NamedNode

from allgraph.errors import DateError
from allgraph.graph.claim_order import place_in
from allgraph.graph.graph import Graph, batches, table_with
from allgraph.model import edtf, vocabulary
from allgraph.model.sentences import (
    NOT_STATED,
    beside_date,
    capitalised,
    date_first,
    dated,
    fill,
    full_stop,
)
from allgraph.model.withdrawn import Withdrawal
from allgraph.rdf.terms import AG, DEFAULT, Prefixes, Term, local_name, text
from allgraph.render.brief import Brief, quoted
from allgraph.render.html import Fragment, Listed, element, items, joined, link
from allgraph.render.places import Place

if TYPE_CHECKING:
    from allgraph.graph.claim_fields import Fields
    from allgraph.model.table import ClaimTable

UNBOUNDED = edtf.Bounds()
_FIRST, _LAST = (-(10**9), 1, 1), (10**9, 12, 31)  # days before and after all others
DATED_BY_EVENT = (AG + "tookPart", AG + "participantsDescribedAs")
"""Claims with these predicates have the date of the event that they are about."""

_PARTS_OF_PLACE = attrgetter(*Place._fields)


@dataclass(frozen=True, repr=False)
class Evidence(Brief):
    """One source of a claim, the place in it, and how the source words the claim.

    `start` and `end` count characters from 0, end exclusive; `context_start` and `context_end` give
    the sentence that a list item belongs to. `sha256` is that of the UTF-8 of the exact span. Of a
    value in a record, `section` is the file, `line` is where the value is in it, `entry` the place
    of the record in a file of several, `fragment` that of the value in the record, and `template`
    makes an address. A text is ``""`` where nothing is stated. `prefixes` are those of the graph.

    >>> import allgraph
    >>> claim = allgraph.claims(allgraph.open(), about="Shalom Harlow")[0]
    >>> evidence = claim.evidence[-1]
    >>> evidence.title, evidence.start, evidence.end
    ('Model Alliance, an article (text as given)', 942, 955)
    """

    iri: str
    source: str
    title: str
    page: str = ""
    start: int | None = None
    end: int | None = None
    context_start: int | None = None
    context_end: int | None = None
    section: str = ""
    page_number: str = ""
    row: str = ""
    line: str = ""
    entry: str = ""
    fragment: str = ""
    template: str = ""
    sha256: str = ""
    reading: str = ""
    confidence: str = ""
    attributed_to: str = ""
    wording: str = ""
    current_as_of: str = ""
    note: str = ""
    prefixes: Prefixes = field(default=DEFAULT, compare=False)

    @property
    def place(self) -> str:
        """The place in the source, in words; ``""`` when it is not stated.

        >>> import allgraph
        >>> allgraph.Evidence("", "", "", start=914, end=924).place
        'characters 914 to 924'
        """
        return self._place.words

    @property
    def address(self) -> str:
        """The address on the web of the place in the source; ``""`` when it is not known."""
        return self._place.address(self.template)

    @property
    def _place(self) -> Place:
        """The place in the source."""
        return Place(*_PARTS_OF_PLACE(self))

    @property
    def order(self) -> tuple[Any, ...]:
        """The key by which evidence from one source is sorted: its place, numbers as numbers."""
        page, row, line = map(_number, (self.page_number, self.row, self.line))
        before, after = (
            [-1 if number is None else number for number in numbers]
            for numbers in ((self.start, self.end, page), (row, line))
        )
        return before, self.section, after, self.page_number, self.row

    def as_dict(self, prefixes: Prefixes | None = None) -> dict[str, Any]:
        """Return the evidence as a dict for JSON, with ``None`` where nothing is stated.

        `prefixes` shorten IRIs; by default those of its graph.
        """
        return {
            "source": (prefixes or self.prefixes).shorten(self.source),
            "title": self.title,
            "page": self.page or None,
            "place": self.place or None,
            "placeAddress": self.address or None,
            "reading": self.reading or None,
            "confidence": self.confidence or None,
            "attributedTo": self.attributed_to or None,
            "note": self.note or None,
        }

    def _facts(self) -> Iterable[str]:
        yield quoted(self.prefixes.shorten(self.source))
        yield from filter(None, (quoted(self.title), self.place))

    def __str__(self) -> str:
        """Return the title of the source, the place and the remarks, on one line."""
        return self.described(self.place)

    def described(self, place: str) -> str:
        """Return the title of the source, a place in words, and the remarks, on one line."""
        before = f"{self.title}, {place}" if place else self.title
        return f"{before} ({'; '.join(self.remarks)})" if self.remarks else before

    def without_place(self) -> Evidence:
        """Return a copy without the place in the source.

        It equals those of other evidence from this source with the same remarks.
        """
        return Evidence(
            "",
            self.source,
            self.title,
            self.page,
            reading=self.reading,
            confidence=self.confidence,
            attributed_to=self.attributed_to,
            wording=self.wording,
            current_as_of=self.current_as_of,
            note=self.note,
            prefixes=self.prefixes,
        )

    @property
    def remarks(self) -> list[str]:
        """Phrases such as “confidence low” or “as of May 2018”, the day that the source is about.

        >>> import allgraph
        >>> allgraph.Evidence("", "", "", confidence="Low", current_as_of="2018-05").remarks
        ['confidence low', 'as of May 2018']
        """
        remarks = [
            f"confidence {self.confidence.lower()}" if self.confidence else "",
            "interpreted" if self.reading == "Interpreted" else "",
            f"says that {self.attributed_to} said so" if self.attributed_to else "",
            f"wording: “{self.wording}”" if self.wording else "",
            _as_of([self]),
        ]
        return [*filter(None, remarks)]

    def _repr_html_(self) -> str:
        """Return the evidence as HTML for notebooks; its title links to the source."""
        reading = [element("div", f"Reading: {self.note}")] if self.note else []
        details = str(self).removeprefix(self.title)
        return joined(["Source: ", link(self.title, self.page or self.source), details, *reading])


@dataclass(frozen=True, repr=False)
class Claim(Brief):
    """A statement that sources make: subject, predicate, object, date, and the evidence.

    `when` is EDTF, or ``""`` when no source gives a date; `bounds` are the days that follow
    from it. `rivals` are IRIs of claims that cannot be true together with this one; a claim whose
    rivals a view leaves out is `disputed` all the same. `certainty` is ``"certain"`` or
    ``"possible"`` on the day of a view, elsewhere ``""``. `is_about_claim` says whether the object
    is itself a claim, whose sentence is the `object_name`. `withdrawal` is there for a claim that
    is withdrawn, or about such a claim. `ordinal` orders what happened to one thing on one day.
    `prefixes` are those of the graph.

    >>> import allgraph
    >>> claims = allgraph.claims(allgraph.open(), about="Andrew Cuomo")
    >>> claim = next(each for each in claims if each.when == "2013-10-21")
    >>> claim.subject_name, claim.predicate.rpartition("#")[2], claim.object_name
    ('Andrew Cuomo', 'signedIntoLaw', 'New York Senate bill S.5486')
    >>> claim.when, claim.bounds.end_not_after
    ('2013-10-21', (2013, 10, 21))
    """

    iri: str
    subject: NamedNode
    predicate: str
    object: Term
    subject_name: str
    object_name: str
    template: str
    inverse_template: str
    aspect: edtf.Aspect = "Timeless"
    when: str = ""
    bounds: edtf.Bounds = UNBOUNDED
    rank: str = "Normal"
    roles: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()
    sensitive: bool = False
    note: str = ""
    evidence: tuple[Evidence, ...] = ()
    certainty: str = ""
    disputed: bool = False
    is_about_claim: bool = False
    withdrawal: Withdrawal | None = None
    ordinal: int | None = None
    prefixes: Prefixes = field(default=DEFAULT, compare=False)

    def __post_init__(self) -> None:
        """Set `disputed` for a claim that has rivals."""
        if self.rivals and not self.disputed:
            object.__setattr__(self, "disputed", True)

    @property
    def sentence(self) -> str:
        """The claim as a sentence with its subject first, without its date."""
        return capitalised(self.clause)

    @property
    def inverse_sentence(self) -> str:
        """The claim as a sentence with its object first, without its date."""
        return capitalised(self._fill(self.inverse_template))

    def read(self, *, inverse: bool = False) -> str:
        """Return the claim as a sentence with its date; with `inverse`, its object comes first."""
        return self.with_date(self.date, inverse=inverse)

    def with_date(self, date: str, *, inverse: bool = False) -> str:
        """Return the claim as a sentence with a date in words; with `inverse`, its object first.

        The date is at the end, but at the start where the object is a claim, which it would seem to
        date: “In May 2018 A announced that B signed C”.
        """
        template = self.inverse_template if inverse else self.template
        clause = self._fill(beside_date(template, date))
        if self.is_about_claim:
            return date_first(clause, date)
        return dated(capitalised(clause), date, after_text=self.ends_in_text(inverse=inverse))

    def ends_in_text(self, *, inverse: bool = False) -> bool:
        """Return True if the sentence, or its `inverse`, ends in the words of a literal."""
        template = self.inverse_template if inverse else self.template
        return isinstance(self.object, Literal) and template.endswith("{object}")

    @property
    def date(self) -> str:
        """The date in words, such as “in February 2012”, “as of May 2018” or “date not stated”.

        “As of” is what a state without a date has whose evidence speaks of the present: the latest
        of the days of this. It is ``""`` for timeless claims, and for claims without a date about a
        part in an event, which has the date. A date that is no EDTF is returned as it is.
        """
        if self.aspect == "Timeless" or (not self.when and self.predicate in DATED_BY_EVENT):
            return ""
        if not self.when:
            return (self.aspect == "State" and _as_of(self.evidence)) or NOT_STATED
        try:
            return edtf.words(self.when)
        except DateError:
            return self.when

    def _facts(self) -> Iterable[str]:
        return quoted(self.prefixes.shorten(self.iri)), quoted(self.read())

    def __str__(self) -> str:
        """Return the sentence with its date."""
        return self.read()

    @property
    def remarks(self) -> list[str]:
        """Sentences to show with the claim: withdrawn, deprecated, a note; not its rivals."""
        remarks = [
            str(self.withdrawal) if self.withdrawal else "",
            "Deprecated: known to be wrong." if self.rank == "Deprecated" else "",
            "Possible on that day, not certain." if self.certainty == "possible" else "",
            f"Note: {self.note}" if self.note else "",
        ]
        return [*filter(None, remarks)]

    def fragment(self, *, inverse: bool = False) -> Fragment:
        """Return the claim as HTML: its sentence with the date, its remarks, its sources.

        With `inverse`, the sentence begins with the object.
        """
        remarks = [
            *(["Disputed: another claim says otherwise."] if self.disputed else []),
            *self.remarks,
            *(Fragment(evidence._repr_html_()) for evidence in self.evidence),
        ]
        return joined([full_stop(self.read(inverse=inverse)), items(remarks)])

    def _repr_html_(self) -> str:
        """Return the claim as HTML for notebooks."""
        return element("div", self.fragment())

    def as_dict(self, prefixes: Prefixes | None = None) -> dict[str, Any]:
        """Return the claim as a dict for JSON: CURIEs, the date as stated, bounds as ISO days.

        `prefixes` shorten IRIs; by default those of its graph.

        >>> import allgraph
        >>> claim = allgraph.claims(allgraph.open(), about="Shalom Harlow")[0]
        >>> claim.as_dict()["subject"]
        'id:shalom-harlow'
        """
        prefixes = prefixes or self.prefixes
        return {
            "claim": prefixes.shorten(self.iri),
            "subject": prefixes.show(self.subject),
            "predicate": prefixes.shorten(self.predicate),
            "object": prefixes.show(self.object),
            "sentence": self.sentence,
            "when": self.when or None,
            "bounds": bounds_as_dict(self.bounds),
            "rank": self.rank,
            "certainty": self.certainty or None,
            "disputed": self.disputed,
            "rivals": [prefixes.shorten(rival) for rival in self.rivals],
            "note": self.note or None,
            "withdrawn": self.withdrawal and self.withdrawal.as_dict(),
            "sources": [evidence.as_dict(prefixes) for evidence in self.evidence],
        }

    def evidence_from(self, source: str) -> list[Evidence]:
        """Return the evidence from a source, or from what was read at a page, given its IRI."""
        return [
            evidence for evidence in self.evidence if source in (evidence.source, evidence.page)
        ]

    @property
    def clause(self) -> str:
        """The sentence without date, and without a capital at its start."""
        return self._fill(self.template)

    def _fill(self, template: str) -> str:
        """Return a sentence template with names and roles put in."""
        return fill(template, self.subject_name, self.object_name, self.roles)


SURENESS = ("stated", "medium", "interpreted")
"""How sure a piece of evidence can be of its claim, the surest first."""


def sureness(evidence: Evidence) -> str:
    """Return how sure a piece of evidence is of its claim: one of `SURENESS`.

    It is ``interpreted`` if that is its reading, and ``medium`` with medium or low confidence.
    """
    if evidence.reading == "Interpreted":
        return "interpreted"
    return "medium" if evidence.confidence in ("Medium", "Low") else "stated"


def source_titles(evidence: Iterable[Evidence]) -> list[str]:
    """Return the titles of the sources of some evidence in order, each once."""
    return [*dict.fromkeys(piece.title for piece in evidence)]


def bounds_as_dict(bounds: edtf.Bounds) -> dict[str, str | None]:
    """Return bounds as a dict for JSON: ISO days, ``None`` for a bound that is not known."""
    days = (edtf.iso(day) if day else None for day in bounds)
    return dict(zip(vocabulary.BOUND_NAMES, days, strict=True))


class Claims(Listed[Claim]):
    """A list of claims, which notebooks show as a table.

    >>> import allgraph
    >>> [claim.object_name for claim in allgraph.claims(allgraph.open(), about="Shalom Harlow")]
    ['the Model Alliance Advisory Board', 'model']
    """

    COLUMNS = ("claim", "sources")
    KIND = "claim"

    def cells(self, item: Claim) -> tuple[str, ...]:
        """Return the sentence of a claim with its remarks, and its sources as links, each once."""
        disputed = ["Disputed: another claim says otherwise."] if item.disputed else []
        sources = (
            link(evidence.title, evidence.page or evidence.source) for evidence in item.evidence
        )
        sentence = " ".join([full_stop(str(item)), *disputed, *item.remarks])
        return sentence, joined(dict.fromkeys(sources), "; ")


def claims(graph: Graph, *, about: str | NamedNode | None = None) -> list[Claim]:
    """Return the claims of a graph, or those about one thing, with their evidence.

    `about` is an IRI, a CURIE, an exact name or a term. The claims have it as subject or object, or
    have such a claim as object. They are in the order for readers: by the group and the order of
    the predicate in the ontology, offices first and identifiers last, then as subject before
    object, then by the days they are about. Without `about` they are in order of predicate and day.
    Reads the table of claims, or queries an endpoint. Raises `UnknownName`, and `ParameterError`
    for a name that is too long or no Unicode.

    >>> import allgraph
    >>> for claim in allgraph.claims(allgraph.open(), about="Shalom Harlow"):
    ...     print(claim.subject_name, claim.object_name, "|", claim.evidence[-1].place)
    Shalom Harlow the Model Alliance Advisory Board | characters 942 to 955
    Shalom Harlow model | characters 942 to 955
    """
    if about is None:
        return Claims(in_order(every(graph)))
    thing = graph.resolve(about)
    if graph.is_remote:
        rows = graph.run("about", thing=thing).rows
        matching: Iterable[Claim] = named(graph, (row["claim"] for row in rows))
    else:
        matching = _read(graph, graph.table, graph.table.about(thing.value))
    places = graph.root.predicate_places

    def place(claim: Claim) -> tuple[Any, ...]:
        """Return the key of a claim in the order for readers."""
        is_inverse = claim.subject != thing
        return place_in(places, claim.predicate), is_inverse, place_of(claim)

    return Claims(sorted(matching, key=place))


def supported_by(graph: Graph, source: NamedNode) -> list[Claim]:
    """Return the claims with evidence from a source, given by its IRI or the address of its page.

    They are in the order of their places in the source, then in that of `in_order`. Reads the table
    of claims, or queries an endpoint.
    """
    if graph.is_remote:
        rows = graph.run("supported", source=source).rows
        supported: Iterable[Claim] = named(graph, (row["claim"] for row in rows))
    else:
        supported = _read(graph, graph.table, graph.table.of_source(source.value))

    def place(claim: Claim) -> tuple[Any, ...]:
        """Return the least key of the claim's evidence from this source, then that of the claim."""
        return min(evidence.order for evidence in claim.evidence_from(source.value)), place_of(
            claim
        )

    return sorted(supported, key=place)


def every(graph: Graph, *, is_sorted: bool = False) -> Iterator[Claim]:
    """Yield the claims of a graph in the order of their IRIs, or if `is_sorted` of `in_order`.

    Left out are claims that are blank nodes, or lack an IRI as subject, or exactly one predicate
    and object. Reads the table of claims; an endpoint is queried a batch at a time.
    """
    if not graph.is_remote:
        return of_fields(all_fields(graph, is_sorted=is_sorted), graph.prefixes)
    iris = sorted({text(row["claim"]) for row in graph.run("all").rows})
    claims = chain.from_iterable(named(graph, batch) for batch in batches(iris))
    return iter(in_order(claims)) if is_sorted else claims


def in_order(claims: Iterable[Claim]) -> list[Claim]:
    """Return claims sorted by the local name of the predicate, then by their first known day.

    The day is that of the bounds; claims without one come last. Then their ordinals decide, and
    claims without one come last again; then sentence and IRI.
    """
    return sorted(claims, key=place_of)


def named(graph: Graph, iris: Iterable[Term | None]) -> list[Claim]:
    """Return the claims that have these IRIs, in the order of `iris`, each once.

    Terms that are no IRIs are skipped, as are IRIs that are no claims with an IRI as subject and
    exactly one predicate and object. Reads the table of claims, or queries an endpoint. Raises
    `EngineError`.
    """
    wanted = list(dict.fromkeys(term.value for term in iris if isinstance(term, NamedNode)))
    table = table_with(graph, wanted)
    places = table.columns.claims.places(wanted)
    return [*_read(graph, table, (places[iri] for iri in wanted if iri in places))]


def in_rows(graph: Graph, rows: Iterable[int]) -> list[Claim]:
    """Return the claims in some rows of the table of a graph, which is not at an endpoint."""
    return [*_read(graph, graph.table, rows)]


def folded(claims: Iterable[Claim]) -> list[list[Claim]]:
    """Return claims in order, with neighbours that differ in their texts alone put together.

    Alike claims differ in their literals and evidence alone, such as the variants of a name, and
    there is nothing else to say of them: no rival, note or withdrawal.
    """
    return [[*alike] for _, alike in groupby(claims, key=_alike)]


def _alike(claim: Claim) -> tuple[Any, ...]:
    """Return a key that is equal for claims that are shown together, and for no others."""
    has_more = claim.remarks or claim.disputed or claim.is_about_claim
    if has_more or not isinstance(claim.object, Literal):
        return (claim.iri,)
    words = (claim.template, claim.inverse_template, claim.date, claim.roles, claim.rank)
    return (claim.subject.value, claim.predicate, *words)


def place_of(claim: Claim) -> tuple[Any, ...]:
    """Return the key by which claims are sorted: texts and numbers, the IRI last."""
    b1, b2, e1, e2 = claim.bounds
    first = b1 or b2 or e1 or e2 or (9999, 12, 31)
    return (local_name(claim.predicate), first, *place_within_day(claim), claim.sentence, claim.iri)


def place_within_day(claim: Claim) -> tuple[bool, int]:
    """Return the key by which claims of one day are sorted: by ordinal, those without one last."""
    return claim.ordinal is None, claim.ordinal or 0


def all_fields(
    graph: Graph, *, is_sorted: bool = False, predicates: Collection[str] | None = None
) -> Iterator[Fields]:
    """Yield the fields of all claims of a graph in memory or on disk, in the order of `every`.

    With `predicates`, IRIs, only those of the claims with one of these are read.
    """
    from allgraph.graph.claim_fields import Reader

    reader = Reader(graph, graph.table.whole())
    rows: Iterable[int] = reader.sorted_rows() if is_sorted else range(len(graph.table))
    return reader.batches(rows if predicates is None else reader.having(rows, predicates))


def of_fields(batches: Iterable[Fields], prefixes: Prefixes = DEFAULT) -> Iterator[Claim]:
    """Yield claims made of batches of fields; `prefixes` are those of the graph."""
    make_evidence = partial(Evidence, prefixes=prefixes)
    for columns in batches:
        evidence = [tuple(starmap(make_evidence, pieces)) for pieces in columns["evidence"]]
        yield from map(Claim, *{**columns, "evidence": evidence}.values(), repeat(prefixes))


def fields_of(claims: Sequence[Claim]) -> Fields:
    """Return the fields of some claims; the inverse of `of_fields`."""
    names, of_pieces = ([one.name for one in fields(of) if one.compare] for of in (Claim, Evidence))
    of_evidence = attrgetter(*of_pieces)
    columns = {name: [*map(attrgetter(name), claims)] for name in names}
    return {**columns, "evidence": [[*map(of_evidence, claim.evidence)] for claim in claims]}


def _read(graph: Graph, table: ClaimTable, rows: Iterable[int]) -> Iterator[Claim]:
    """Yield the claims in some rows of a table, as a graph or a view of it shows them."""
    from allgraph.graph.claim_fields import Reader

    return of_fields(Reader(graph, table).batches(rows), graph.prefixes)


def _as_of(evidence: Iterable[Evidence]) -> str:
    """Return “as of” with the latest date on which evidence speaks of the present, ``""`` if none.

    A date that is no EDTF is there as it is, after all others.
    """
    dates = [_day_and_words(e.current_as_of) for e in evidence if e.current_as_of]
    return f"as of {max(dates)[1]}" if dates else ""


@lru_cache(maxsize=4_096)
def _day_and_words(when: str) -> tuple[edtf.Day, str]:
    """Return the first day of an EDTF text, for sorting, and its words without a preposition.

    Of a text that is no EDTF, a day after all others, and the text.
    """
    try:
        words = edtf.words(when).removeprefix("on ").removeprefix("in ")
        return edtf.parse(when).span[0] or _FIRST, words
    except DateError:
        return _LAST, when


def _number(digits: str) -> int | None:
    """Return a text as a number; ``None`` when it is not made of digits."""
    return int(digits) if digits.isdecimal() else None
