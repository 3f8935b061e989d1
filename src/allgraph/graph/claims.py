"""Claims and their evidence, as Python values and as sentences.

>>> from allgraph.graph.opening import open_graph
>>> about = claims(open_graph(), about="Shalom Harlow")
>>> print(about[-1].sentence)
Shalom Harlow has served on the Model Alliance Advisory Board
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from pyoxigraph import Literal, NamedNode, Store

from allgraph.errors import DateError, InputError
from allgraph.graph.graph import Graph
from allgraph.model import edtf, vocabulary
from allgraph.model.sentences import capitalised, dated, fill
from allgraph.rdf.terms import AG, Prefixes, Term, local_name, text
from allgraph.render.html import Fragment, element, items, joined, link
from allgraph.sorting import Sorter
from allgraph.sparql.answer import Row

UNBOUNDED = edtf.Bounds()
DATED_BY_EVENT = (AG + "tookPart", AG + "participantsDescribedAs")
"""What is said of an event with these is dated by the event."""
_DEEPEST = 4  # claims about claims about claims
_MANY = 500  # claims asked for in one query


@dataclass(frozen=True)
class Evidence:
    """Where a claim comes from: a source, the place in it, and how it puts the matter.

    `start` and `end` count characters from 0, end exclusive; `context_start` and
    `context_end` give the sentence that a list item belongs to. `sha256` is that of the
    UTF-8 of the exact span.
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
        """The place in the source, in words; empty when it has none.

        >>> Evidence("", "", "", start=914, end=924).place
        'characters 914 to 924'
        """
        parts = []
        if self.start is not None:
            parts.append(f"characters {self.start} to {self.end}")
        if self.section:
            parts.append(self.section)
        if self.page_number:
            parts.append(f"page {self.page_number}")
        if self.row:
            parts.append(f"row {self.row}")
        return ", ".join(parts)

    def as_dict(self, prefixes: Prefixes) -> dict[str, Any]:
        """The evidence as JSON has it; ``null`` where the source says nothing."""
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
        """The source and place on one line, with what the reader must know."""
        return self.title + self._details

    @property
    def _details(self) -> str:
        """What follows the title."""
        remarks = [
            f"confidence {self.confidence.lower()}" if self.confidence else "",
            "interpreted" if self.reading == "Interpreted" else "",
            f"says that {self.attributed_to} said so" if self.attributed_to else "",
            f"wording: “{self.wording}”" if self.wording else "",
        ]
        noted = "; ".join(remark for remark in remarks if remark)
        place = f", {self.place}" if self.place else ""
        return f"{place} ({noted})" if noted else place

    def _repr_html_(self) -> str:
        """The evidence as notebooks show it: its title leads to the source."""
        reading = [element("div", f"Reading: {self.note}")] if self.note else []
        return joined(
            ["Source: ", link(self.title, self.page or self.source), self._details, *reading]
        )


@dataclass(frozen=True)
class Claim:
    """What sources say: who, what, whom, when, and the evidence.

    `when` is EDTF, or ``""`` when no source gives a date; `bounds` are the days that follow
    from it. `rivals` are IRIs of claims that cannot be true together with this one; a claim whose
    rivals a view leaves out is `disputed` all the same. `certainty` is ``"certain"`` or
    ``"possible"`` on the day of a view, elsewhere ``""``.
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

    def __post_init__(self) -> None:
        if self.rivals and not self.disputed:
            object.__setattr__(self, "disputed", True)

    @property
    def sentence(self) -> str:
        """The claim read from its subject, without its date."""
        return self._read(self.template)

    @property
    def inverse_sentence(self) -> str:
        """The claim read from its object, without its date."""
        return self._read(self.inverse_template)

    @property
    def date(self) -> str:
        """The date in words: “in February 2012”, or “date not stated”.

        Timeless claims have none, and those whose event carries the date.
        """
        if self.aspect == "Timeless" or (not self.when and self.predicate in DATED_BY_EVENT):
            return ""
        try:
            return edtf.words(self.when) if self.when else "date not stated"
        except DateError:
            return self.when

    def __str__(self) -> str:
        """The sentence with its date."""
        return dated(self.sentence, self.date)

    def fragment(self, *, inverse: bool = False) -> Fragment:
        """The claim as HTML: its sentence, what a reader must know of it, its sources."""
        sentence = self.inverse_sentence if inverse else self.sentence
        remarks = [
            "Deprecated: known to be wrong." if self.rank == "Deprecated" else "",
            "Possible on that day, not certain." if self.certainty == "possible" else "",
            "Disputed: another claim says otherwise." if self.disputed else "",
            f"Note: {self.note}" if self.note else "",
            *(Fragment(evidence._repr_html_()) for evidence in self.evidence),
        ]
        told = items([remark for remark in remarks if remark])
        return joined([f"{dated(sentence, self.date)}.", told])

    def _repr_html_(self) -> str:
        """The claim as notebooks show it."""
        return element("div", self.fragment())

    def as_dict(self, prefixes: Prefixes) -> dict[str, Any]:
        """The claim as JSON has it: CURIEs, the date as stated, bounds as ISO days."""
        names = ("beginNotBefore", "beginNotAfter", "endNotBefore", "endNotAfter")
        return {
            "claim": prefixes.shorten(self.iri),
            "subject": prefixes.show(self.subject),
            "predicate": prefixes.shorten(self.predicate),
            "object": prefixes.show(self.object),
            "sentence": self.sentence,
            "when": self.when or None,
            "bounds": {
                name: edtf.iso(day) if day else None
                for name, day in zip(names, self.bounds, strict=True)
            },
            "rank": self.rank,
            "certainty": self.certainty or None,
            "disputed": self.disputed,
            "rivals": [prefixes.shorten(rival) for rival in self.rivals],
            "note": self.note or None,
            "sources": [each.as_dict(prefixes) for each in self.evidence],
        }

    @property
    def clause(self) -> str:
        """The sentence as it stands within another, its first letter as the name has it."""
        return self._fill(self.template)

    def _read(self, template: str) -> str:
        return capitalised(self._fill(template))

    def _fill(self, template: str) -> str:
        return fill(template, self.subject_name, self.object_name, self.roles)


def claims(graph: Graph, *, about: str | NamedNode | None = None) -> list[Claim]:
    """The claims of a graph, or those about one thing from either side, with evidence.

    `about` is an IRI, a CURIE, an exact name or a term. Claims are in order of predicate,
    then of the days they are about. Raises `UnknownName`.
    """
    if about is None:
        found = graph.run("all")
    else:
        thing = about if isinstance(about, NamedNode) else graph.resolve(about)
        found = graph.run("about", thing=thing)
    return in_order(named(graph, (row["claim"] for row in found.rows)))


def every(graph: Graph, *, place: Path | None = None) -> Iterator[Claim]:
    """The claims of a graph in the order of their IRIs, some at a time.

    There may be more than memory holds: their IRIs are then sorted in a `place`; see `Sorter`.
    """
    with Sorter[str](place, distinct=True) as iris:
        iris.extend(_iris(graph))
        rest = iter(iris)
        while some := [*islice(rest, _MANY)]:
            yield from named(graph, map(NamedNode, some))


def store_of(graph: Graph) -> Store | None:
    """The store of a graph, if it is in this process; of a view there may be none yet."""
    try:
        return graph.store if graph.root is graph else None
    except InputError:
        return None


def _iris(graph: Graph) -> Iterator[str]:
    store = store_of(graph)
    if store is None:
        found: Iterable[Term | None] = (row["claim"] for row in graph.run("all").rows)
    else:
        quads = store.quads_for_pattern(None, vocabulary.TYPE, vocabulary.CLAIM)
        found = (quad.subject for quad in quads)
    return (term.value for term in found if isinstance(term, NamedNode))


def in_order(claims: Iterable[Claim]) -> list[Claim]:
    """Claims in order of predicate, then of the days they are about."""
    return sorted(claims, key=place_of)


def named(graph: Graph, iris: Iterable[Term | None]) -> list[Claim]:
    """The claims with these IRIs, in their order, each once; others are left out."""
    wanted = list(dict.fromkeys(term for term in iris if isinstance(term, NamedNode)))
    found = _read(graph, wanted, _DEEPEST)
    return [found[term.value] for term in wanted if term.value in found]


def place_of(claim: Claim) -> tuple[Any, ...]:
    """What claims are sorted by: texts and numbers, the last of which is the IRI."""
    b1, b2, e1, e2 = claim.bounds
    first = b1 or b2 or e1 or e2 or (9999, 12, 31)
    return (local_name(claim.predicate), first, claim.sentence, claim.iri)


def _read(graph: Graph, wanted: list[NamedNode], depth: int) -> dict[str, Claim]:
    found: dict[str, Claim] = {}
    for start in range(0, len(wanted), _MANY):
        some: list[Term] = list(wanted[start : start + _MANY])
        rows: dict[str, list[Row]] = {}
        for row in graph.run("claims", claims=some).rows:
            rows.setdefault(_text(row, "claim"), []).append(row)
        evidence: dict[str, dict[str, list[Row]]] = {}
        for row in graph.run("evidence", claims=some).rows:
            of_claim = evidence.setdefault(_text(row, "claim"), {})
            of_claim.setdefault(_text(row, "evidence"), []).append(row)
        for iri, same in rows.items():
            each_one = sorted(map(_one_of, evidence.get(iri, {}).values()), key=_place)
            pieces = map(_evidence, each_one)
            found[iri] = _claim(graph, same, tuple(pieces))
    return _with_inner_sentences(graph, found, depth)


def _with_inner_sentences(graph: Graph, found: dict[str, Claim], depth: int) -> dict[str, Claim]:
    """Name the claims that claims are about by their own sentences."""
    spoken = {c.object for c in found.values() if c.object_name == "" and depth > 0}
    inner = (
        _read(graph, [o for o in spoken if isinstance(o, NamedNode)], depth - 1) if spoken else {}
    )
    return {iri: _named_object(graph, claim, inner) for iri, claim in found.items()}


def _named_object(graph: Graph, claim: Claim, inner: Mapping[str, Claim]) -> Claim:
    if claim.object_name or not isinstance(claim.object, NamedNode):
        return claim
    about = inner.get(claim.object.value)
    name = about.clause if about else graph.prefixes.shorten(claim.object.value)
    return replace(claim, object_name=name)


def _claim(graph: Graph, rows: list[Row], evidence: tuple[Evidence, ...]) -> Claim:
    row = _one_of(rows)
    subject, obj = row["subject"], row["object"]
    assert isinstance(subject, NamedNode)
    assert obj is not None
    predicate = _text(row, "predicate")
    label = _text(row, "label") or local_name(predicate)
    return Claim(
        iri=_text(row, "claim"),
        subject=subject,
        predicate=predicate,
        object=obj,
        subject_name=_text(row, "subjectName") or _text(row, "subjectLabel")
        or graph.prefixes.shorten(subject.value),
        object_name=_text(row, "objectName") or _text(row, "objectLabel")
        or (obj.value if isinstance(obj, Literal) else ""),
        template=_text(row, "sentence") or f"{{subject}} {label} {{object}}",
        inverse_template=_text(row, "inverse") or f"{{object}}: {label} of {{subject}}",
        aspect=_aspect(_text(row, "aspect")),
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


def _place(row: Row) -> tuple[str, int, str]:
    """Where evidence stands among that of a claim; engines sort titles in different ways."""
    start = _int(row, "start")
    return _text(row, "title"), -1 if start is None else start, _text(row, "evidence")


def _one_of(rows: list[Row]) -> Row:
    """The same row each time, where names or notes that are given twice make several."""
    return min(rows, key=lambda row: [*map(text, row.values())]) if len(rows) > 1 else rows[0]


def _text(row: Row, column: str) -> str:
    return text(row.get(column))


def _int(row: Row, column: str) -> int | None:
    digits = _text(row, column)
    return int(digits) if digits.isdecimal() else None


def _day(iso: str) -> edtf.Day | None:
    return edtf.day(iso) if iso else None


def _aspect(iri: str) -> edtf.Aspect:
    name = local_name(iri)
    return name if name in ("Event", "State") else "Timeless"  # type: ignore[return-value]
