"""Claims and their evidence, as Python values and as sentences.

>>> from allgraph.graph.opening import open_graph
>>> about = claims(open_graph(), about="Shalom Harlow")
>>> print(about[-1].sentence)
Shalom Harlow has served on the Model Alliance Advisory Board
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pyoxigraph import Literal, NamedNode, Store

from allgraph.errors import DateError, InputError
from allgraph.graph.graph import Graph, batches
from allgraph.model import edtf, vocabulary
from allgraph.model.sentences import capitalised, date_first, dated, default_templates, fill
from allgraph.rdf.terms import AG, Prefixes, Term, local_name, text
from allgraph.render.html import Fragment, element, items, joined, link
from allgraph.sorting import Sorter
from allgraph.sparql.answer import Row

UNBOUNDED = edtf.Bounds()
DATED_BY_EVENT = (AG + "tookPart", AG + "participantsDescribedAs")
"""Claims with these predicates have the date of the event that they are about."""
_DEEPEST = 4  # levels of claims whose objects are claims that are read to name an object


@dataclass(frozen=True)
class Evidence:
    """One source of a claim, the place in it, and how the source words the claim.

    `start` and `end` count characters from 0, end exclusive; `context_start` and `context_end` give
    the sentence that a list item belongs to. `sha256` is that of the UTF-8 of the exact span. A
    text is ``""`` where nothing is stated.
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
    sha256: str = ""
    reading: str = ""
    confidence: str = ""
    attributed_to: str = ""
    wording: str = ""
    current_as_of: str = ""
    note: str = ""

    @property
    def place(self) -> str:
        """The place in the source, in words; ``""`` when it is not stated.

        >>> Evidence("", "", "", start=914, end=924).place
        'characters 914 to 924'
        """
        parts = [
            "" if self.start is None else f"characters {self.start} to {self.end}",
            self.section,
            f"page {self.page_number}" if self.page_number else "",
            f"row {self.row}" if self.row else "",
        ]
        return ", ".join(filter(None, parts))

    @property
    def order(self) -> tuple[Any, ...]:
        """The key by which evidence from one source is sorted: its place, numbers as numbers."""
        numbers = (self.start, self.end, _number(self.page_number), _number(self.row))
        return (
            [-1 if number is None else number for number in numbers],
            self.section,
            self.page_number,
            self.row,
        )

    def as_dict(self, prefixes: Prefixes) -> dict[str, Any]:
        """Return the evidence as a dict for JSON, with ``None`` where nothing is stated."""
        return {
            "source": prefixes.shorten(self.source),
            "title": self.title,
            "page": self.page or None,
            "place": self.place or None,
            "reading": self.reading or None,
            "confidence": self.confidence or None,
            "attributedTo": self.attributed_to or None,
            "note": self.note or None,
        }

    def __str__(self) -> str:
        """Return the title of the source, the place and the remarks, on one line."""
        return self.title + self._details

    @property
    def remarks(self) -> list[str]:
        """Phrases such as “confidence low” or “as of May 2018”, the day that the source is about.

        >>> Evidence("", "", "", confidence="Low", current_as_of="2018-05").remarks
        ['confidence low', 'as of May 2018']
        """
        remarks = [
            f"confidence {self.confidence.lower()}" if self.confidence else "",
            "interpreted" if self.reading == "Interpreted" else "",
            f"says that {self.attributed_to} said so" if self.attributed_to else "",
            f"wording: “{self.wording}”" if self.wording else "",
            f"as of {_bare(self.current_as_of)}" if self.current_as_of else "",
        ]
        return [*filter(None, remarks)]

    @property
    def _details(self) -> str:
        """The place and the remarks, as text that follows the title of the source."""
        place = f", {self.place}" if self.place else ""
        return f"{place} ({'; '.join(self.remarks)})" if self.remarks else place

    def _repr_html_(self) -> str:
        """Return the evidence as HTML for notebooks; its title links to the source."""
        reading = [element("div", f"Reading: {self.note}")] if self.note else []
        return joined(
            ["Source: ", link(self.title, self.page or self.source), self._details, *reading]
        )


@dataclass(frozen=True)
class Claim:
    """A statement that sources make: subject, predicate, object, date, and the evidence.

    `when` is EDTF, or ``""`` when no source gives a date; `bounds` are the days that follow
    from it. `rivals` are IRIs of claims that cannot be true together with this one; a claim whose
    rivals a view leaves out is `disputed` all the same. `certainty` is ``"certain"`` or
    ``"possible"`` on the day of a view, elsewhere ``""``. `is_about_claim` says whether the object
    is itself a claim, whose sentence is the `object_name`.
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
        if self.is_about_claim and not inverse:
            return date_first(self.clause, date)
        return dated(self.inverse_sentence if inverse else self.sentence, date)

    @property
    def date(self) -> str:
        """The date in words, such as “in February 2012” or “date not stated”.

        It is ``""`` for timeless claims, and for claims without a date about a part in an event,
        which has the date. A date that is no EDTF is returned as it is.
        """
        if self.aspect == "Timeless" or (not self.when and self.predicate in DATED_BY_EVENT):
            return ""
        try:
            return edtf.words(self.when) if self.when else "date not stated"
        except DateError:
            return self.when

    def __str__(self) -> str:
        """Return the sentence with its date."""
        return self.read()

    @property
    def remarks(self) -> list[str]:
        """Sentences to show with the claim: deprecated, only possible, a note; not its rivals."""
        remarks = [
            "Deprecated: known to be wrong." if self.rank == "Deprecated" else "",
            "Possible on that day, not certain." if self.certainty == "possible" else "",
            f"Note: {self.note}" if self.note else "",
        ]
        return [*filter(None, remarks)]

    def citation(self, title: str, version: str = "") -> str:
        """Return the words by which to cite this claim of a graph with a title and a version.

        They are its sentence, the graph, the IRI of the claim, and its sources.
        """
        edition = f"{title}, version {version}" if version else title
        sources = (", ".join(filter(None, (e.title, e.place))) for e in self.evidence)
        after = "".join(
            f"{'; and' if number else '; after'} {source}" for number, source in enumerate(sources)
        )
        return f"“{self}.” {edition}, <{self.iri}>{after}."

    def fragment(self, *, inverse: bool = False) -> Fragment:
        """Return the claim as HTML: its sentence with the date, its remarks, its sources.

        With `inverse`, the sentence begins with the object.
        """
        remarks = [
            *(["Disputed: another claim says otherwise."] if self.disputed else []),
            *self.remarks,
            *(Fragment(evidence._repr_html_()) for evidence in self.evidence),
        ]
        return joined([f"{self.read(inverse=inverse)}.", items(remarks)])

    def _repr_html_(self) -> str:
        """Return the claim as HTML for notebooks."""
        return element("div", self.fragment())

    def as_dict(self, prefixes: Prefixes) -> dict[str, Any]:
        """Return the claim as a dict for JSON: CURIEs, the date as stated, bounds as ISO days."""
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
        """Return a sentence template with the names of subject and object and the roles put in."""
        return fill(template, self.subject_name, self.object_name, self.roles)


def bounds_as_dict(bounds: edtf.Bounds) -> dict[str, str | None]:
    """Return bounds as a dict for JSON: ISO days, ``None`` for a bound that is not known."""
    days = (edtf.iso(day) if day else None for day in bounds)
    return dict(zip(vocabulary.BOUND_NAMES, days, strict=True))


def claims(graph: Graph, *, about: str | NamedNode | None = None) -> list[Claim]:
    """Return the claims of a graph, or those about one thing, with their evidence.

    `about` is an IRI, a CURIE, an exact name or a term. The claims have it as subject or object, or
    have such a claim as object. They are in order of predicate, then of the days they are about.
    Queries the graph. Raises `UnknownName`, and `ParameterError` for a name that is too long or no
    Unicode.
    """
    if about is None:
        answer = graph.run("all")
    else:
        answer = graph.run("about", thing=graph.resolve(about))
    return in_order(named(graph, (row["claim"] for row in answer.rows)))


def supported_by(graph: Graph, source: NamedNode) -> list[Claim]:
    """Query the claims with evidence from a source, or from what was read at a page, its address.

    They are in the order of their places in the source, then in that of `in_order`.
    """
    answer = graph.run("supported", source=source)

    def place(claim: Claim) -> tuple[Any, ...]:
        """Return the least key of the claim's evidence from this source, then that of the claim."""
        return min(evidence.order for evidence in claim.evidence_from(source.value)), place_of(
            claim
        )

    return sorted(named(graph, (row["claim"] for row in answer.rows)), key=place)


def every(graph: Graph, *, place: Path | None = None) -> Iterator[Claim]:
    """Yield the claims of a graph in the order of their IRIs, queried a batch at a time.

    Left out are claims that are blank nodes, or lack an IRI as subject, a predicate or an object.
    IRIs that do not fit in memory are sorted in a temporary file in the directory `place`, or in
    that of the system. Raises `WriteError` when the disk is full.
    """
    with Sorter[str](place, distinct=True) as iris:
        iris.extend(_iris(graph))
        for batch in batches(iris):
            yield from named(graph, batch)


def store_of(graph: Graph) -> Store | None:
    """Return the store of a graph; ``None`` for a view, and for a graph that an endpoint holds."""
    try:
        return graph.store if graph.root is graph else None
    except InputError:
        return None


def _iris(graph: Graph) -> Iterator[str]:
    """Yield the IRIs of all claims, in any order, from the store or by a query."""
    store = store_of(graph)
    if store is None:
        claims: Iterable[Term | None] = (row["claim"] for row in graph.run("all").rows)
    else:
        quads = store.quads_for_pattern(None, vocabulary.TYPE, vocabulary.CLAIM)
        claims = (quad.subject for quad in quads)
    return (claim.value for claim in claims if isinstance(claim, NamedNode))


def in_order(claims: Iterable[Claim]) -> list[Claim]:
    """Return claims sorted by the local name of the predicate, then by their first known day.

    The day is that of the bounds; claims without one come last. Then sentence and IRI decide.
    """
    return sorted(claims, key=place_of)


def named(graph: Graph, iris: Iterable[Term | None]) -> list[Claim]:
    """Query the claims that have these IRIs, and return them in the order of `iris`, each once.

    Terms that are no IRIs, and IRIs without a predicate, an object and an IRI as subject, are
    skipped. Raises `DateError` for a date bound that is no day, and `EngineError`.
    """
    wanted = list(dict.fromkeys(term.value for term in iris if isinstance(term, NamedNode)))
    by_iri = _read_claims(graph, wanted, _DEEPEST)
    return [by_iri[iri] for iri in wanted if iri in by_iri]


def place_of(claim: Claim) -> tuple[Any, ...]:
    """Return the key by which claims are sorted: texts and numbers, the IRI last."""
    b1, b2, e1, e2 = claim.bounds
    first = b1 or b2 or e1 or e2 or (9999, 12, 31)
    return (local_name(claim.predicate), first, claim.sentence, claim.iri)


def _read_claims(graph: Graph, iris: Iterable[str], depth: int) -> dict[str, Claim]:
    """Query claims with their evidence, and return them by IRI.

    An object that is itself a claim has no name: such claims are queried too, `depth` levels down,
    and their clause becomes the `object_name`. Below that, and where the object is an IRI that is
    neither a claim nor named, the `object_name` is its CURIE.
    """
    claims = {claim.iri: claim for batch in batches(iris) for claim in _read_batch(graph, batch)}
    inner: dict[str, Claim] = {}
    if depth:
        about = dict.fromkeys(text(c.object) for c in claims.values() if _lacks_name(c))
        inner = _read_claims(graph, about, depth - 1)
    return {
        iri: replace(
            claim,
            object_name=_clause(graph, text(claim.object), inner),
            is_about_claim=text(claim.object) in inner,
        )
        if _lacks_name(claim)
        else claim
        for iri, claim in claims.items()
    }


def _read_batch(graph: Graph, claims: list[Term]) -> Iterator[Claim]:
    """Query the parts and the evidence of the claims with these IRIs, and yield the claims.

    `object_name` is still ``""`` where the object is a claim. IRIs that are no claims are skipped.
    """
    evidence_rows: dict[str, dict[str, list[Row]]] = {}
    for row in graph.run("evidence", claims=claims).rows:
        rows_by_evidence = evidence_rows.setdefault(_text(row, "claim"), {})
        rows_by_evidence.setdefault(_text(row, "evidence"), []).append(row)
    rows: dict[str, list[Row]] = {}
    for row in graph.run("claims", claims=claims).rows:
        rows.setdefault(_text(row, "claim"), []).append(row)
    for iri, claim_rows in rows.items():
        first_rows = sorted(map(_least_row, evidence_rows.get(iri, {}).values()), key=_evidence_key)
        yield _claim(graph, claim_rows, tuple(map(_evidence, first_rows)))


def _lacks_name(claim: Claim) -> bool:
    """Return whether the object of a claim is an IRI without a name, as that of a claim is."""
    return not claim.object_name and isinstance(claim.object, NamedNode)


def _clause(graph: Graph, iri: str, claims: Mapping[str, Claim]) -> str:
    """Return a claim, by its IRI, as a sentence without date and capital; its CURIE if unknown.

    `claims` are those that are known, by IRI.
    """
    return claims[iri].clause if iri in claims else graph.prefixes.shorten(iri)


def _claim(graph: Graph, rows: list[Row], evidence: tuple[Evidence, ...]) -> Claim:
    """Return the claim that some rows of the package's query ``claims`` describe.

    The rows are all of this claim; they differ in role, rival and alternative names. Raises
    `DateError` for a bound that is no day.
    """
    row = _least_row(rows)
    subject, obj = row["subject"], row["object"]
    assert isinstance(subject, NamedNode)
    assert obj is not None
    predicate = _text(row, "predicate")
    template, inverse_template = default_templates(_text(row, "label") or local_name(predicate))
    return Claim(
        iri=_text(row, "claim"),
        subject=subject,
        predicate=predicate,
        object=obj,
        subject_name=_text(row, "subjectName") or _text(row, "subjectLabel")
        or graph.prefixes.shorten(subject.value),
        object_name=_text(row, "objectName") or _text(row, "objectLabel")
        or (obj.value if isinstance(obj, Literal) else ""),
        template=_text(row, "sentence") or template,
        inverse_template=_text(row, "inverse") or inverse_template,
        aspect=edtf.aspect_of([local_name(_text(row, "aspect"))]),
        when=_text(row, "when"),
        bounds=edtf.Bounds(*(_day(_text(row, name)) for name in ("b1", "b2", "e1", "e2"))),
        rank=local_name(_text(row, "rank") or "Normal"),
        roles=tuple(sorted({_text(r, "role") for r in rows} - {""})),
        rivals=tuple(sorted({_text(r, "rival") for r in rows} - {""})),
        sensitive=_text(row, "sensitive") not in ("", "false", "0"),
        note=_text(row, "note"),
        evidence=evidence,
        certainty=local_name(_text(row, "certainty")).lower(),
        disputed=any(_text(r, "disputed") for r in rows),
    )  # fmt: skip


def _evidence(row: Row) -> Evidence:
    """Return the evidence that a row of the package's query ``evidence`` describes."""
    return Evidence(
        iri=_text(row, "evidence"),
        source=_text(row, "source"),
        title=_text(row, "title") or _text(row, "source"),
        page=_text(row, "page"),
        start=_int(row, "start"),
        end=_int(row, "end"),
        context_start=_int(row, "contextStart"),
        context_end=_int(row, "contextEnd"),
        section=_text(row, "section"),
        page_number=_text(row, "pageNumber"),
        row=_text(row, "rowNumber"),
        sha256=_text(row, "sha256"),
        reading=local_name(_text(row, "reading")),
        confidence=local_name(_text(row, "confidence")),
        attributed_to=_text(row, "attributedTo"),
        wording=_text(row, "wording"),
        current_as_of=_text(row, "currentAsOf"),
        note=_text(row, "note"),
    )


def _bare(when: str) -> str:
    """Return an EDTF text in words without a preposition, or as it is if it is no EDTF."""
    try:
        return edtf.words(when).removeprefix("on ").removeprefix("in ")
    except DateError:
        return when


def _evidence_key(row: Row) -> tuple[str, int, str]:
    """Return the key by which the evidence of one claim is sorted, from a row of it."""
    start = _int(row, "start")
    return _text(row, "title"), -1 if start is None else start, _text(row, "evidence")


def _least_row(rows: list[Row]) -> Row:
    """Return the row whose texts sort first, so that the choice is the same on every engine."""
    return min(rows, key=lambda row: [*map(text, row.values())]) if len(rows) > 1 else rows[0]


def _text(row: Row, column: str) -> str:
    """Return a cell as text; ``""`` for an empty or missing one."""
    return text(row.get(column))


def _int(row: Row, column: str) -> int | None:
    """Return a cell as a number; ``None`` when it is not made of digits."""
    return _number(_text(row, column))


def _number(digits: str) -> int | None:
    """Return a text as a number; ``None`` when it is not made of digits."""
    return int(digits) if digits.isdecimal() else None


def _day(iso: str) -> edtf.Day | None:
    """Return an ISO day as numbers, ``None`` for ``""``; raises `DateError` for other texts."""
    return edtf.day(iso) if iso else None
