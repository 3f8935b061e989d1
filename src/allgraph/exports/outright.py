"""Claims that other formats may state outright, and the things that these are about.

Formats such as Popolo and FollowTheMoney have no place for doubt: what they say, they say as a
fact. `outright` leaves out the claims of which a source says less than that.

>>> from allgraph.graph import open_graph
>>> claims = outright(open_graph(), {"https://w3id.org/allgraph/ns#signedIntoLaw"})
>>> [claim.sentence for claim in claims][0]
'Andrew Cuomo signed New York Senate bill S.5486 into law'
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import Any

from pyoxigraph import Literal, NamedNode

from allgraph.errors import DateError
from allgraph.exports.columns import EVIDENCE_COLUMNS, records_of
from allgraph.exports.network import reported_fields
from allgraph.graph import Graph
from allgraph.graph.graph import Progress
from allgraph.model import edtf, vocabulary
from allgraph.model.facts import LABEL
from allgraph.rdf.ntriples import is_true
from allgraph.rdf.terms import KNOWN, SCHEMA, Term, ag, text

_NOTATION = NamedNode(KNOWN["skos"] + "notation")
_CACHED = 65_536  # things whose kind is kept in memory
_EXACT = re.compile(r"(\d{4}(?:-(?:0[1-9]|1[0-2])(?:-\d\d)?)?)(?:T.*)?", re.ASCII)
_EVIDENCE = itemgetter(*map(EVIDENCE_COLUMNS.index, ("source", "title", "page", "place")))
_ATTRIBUTED = EVIDENCE_COLUMNS.index("attributedTo")
_ADDRESS = ("streetAddress", "postOfficeBoxNumber", "addressLocality", "addressRegion",
            "postalCode", "addressCountry")  # fmt: skip


def exact(when: str) -> str:
    """Return a single EDTF date as a year, month or day; ``""`` for any other date.

    The result is as exact as the date or less: unspecified digits at its end and the time of day
    are dropped. Dates that are uncertain, approximate or one of a set, seasons, decades, intervals,
    and years before 0 or after 9999 are ``""``, as is what is no EDTF.

    >>> exact("2013-10"), exact("2004-06-XX"), exact("2013-21"), exact("2004~")
    ('2013-10', '2004-06', '', '')
    """
    try:
        edtf.parse(when)
    except DateError:
        return ""
    match = _EXACT.fullmatch(when.replace("-XX", ""))
    return match[1] if match else ""


def sides(when: str) -> tuple[str, str]:
    """Return the begin and the end of an EDTF interval, each as `exact` does; else ``""`` twice.

    >>> sides("2011/2013-06"), sides("2011~/.."), sides("2011")
    (('2011', '2013-06'), ('', ''), ('', ''))
    """
    begin, slash, end = when.partition("/")
    try:
        edtf.parse(when)
    except DateError:
        return "", ""
    return (exact(begin), exact(end)) if slash else ("", "")


@dataclass(frozen=True)
class Outright:
    """A claim that may be stated outright.

    `claim`, `subject` and `predicate` are IRIs, `roles` labels; `when` is EDTF or ``""``. `sources`
    are pairs: the address of a source, and the sentence of the claim with the title and the place.
    `is_certain` is whether it is certain on the day of a view. `bounds` are ISO days by name.
    """

    claim: str
    subject: str
    predicate: str
    object: Term
    roles: tuple[str, ...]
    when: str
    sentence: str
    sources: tuple[tuple[str, str], ...]
    is_certain: bool
    bounds: Mapping[str, str | None] = field(hash=False)

    @property
    def date(self) -> str:
        """The date of an event, as `exact` gives it."""
        return exact(self.when)

    @property
    def sides(self) -> tuple[str, str]:
        """The begin and the end of a state, as `sides` gives them."""
        return sides(self.when)

    @property
    def is_over(self) -> bool:
        """True if the source gives the state an end, and it is not certain on the day of a view."""
        end = self.when.partition("/")[2]
        return end not in ("", "..") and not self.is_certain


def outright(
    graph: Graph,
    predicates: Collection[str],
    progress: Progress | None = None,
    *,
    with_rivals: bool = False,
) -> Iterator[Outright]:
    """Yield the claims with some predicates that may be stated outright, in the order of IRIs.

    Left out is a claim that is deprecated, sensitive or withdrawn, about what is still to come,
    only said to have been said, or in conflict with one that is not deprecated, but not the last if
    `with_rivals`. Reads the table of claims and the store; `progress` is called with messages.
    Raises `InputError` for a graph that an endpoint holds.
    """
    quads = graph.root.queried.quads
    has_prospective = any(quads(None, vocabulary.PROSPECTIVE, None))

    def is_prospective(claim: str) -> bool:
        """Return True if a claim is about something planned, which was still to come."""
        stated = quads(NamedNode(claim), vocabulary.PROSPECTIVE, None)
        return any(is_true(str(quad.object)) for quad in stated)

    def is_rival(claim: str) -> bool:
        """Return True if a claim counts as a rival, which a deprecated one does not."""
        return not any(quads(NamedNode(claim), vocabulary.RANK, vocabulary.DEPRECATED))

    for fields in reported_fields(graph, progress, predicates=predicates):
        for record, obj in zip(records_of(fields), fields["object"], strict=True):
            if (
                record["rank"] != "Deprecated"
                and not (record["sensitive"] or record["withdrawn"])
                and (sources := _sources(record))
                and (with_rivals or not any(map(is_rival, record["rivals"])))
                and not (has_prospective and is_prospective(record["claim"]))
            ):
                yield Outright(
                    claim=record["claim"],
                    subject=record["subject"],
                    predicate=record["predicate"],
                    object=obj,
                    roles=record["roles"],
                    when=record["when"] or "",
                    sentence=record["sentence"],
                    sources=sources,
                    is_certain=record["certainty"] == "certain",
                    bounds={name: record[name] for name in vocabulary.BOUND_NAMES},
                )


def _sources(record: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the sources that say a claim themselves: their addresses, and what they say where."""
    sources = []
    for piece in record["evidence"]:
        if not piece[_ATTRIBUTED]:
            source, title, page, place = _EVIDENCE(piece)
            whence = ", ".join(filter(None, (title, place)))
            sources.append((page or source, f"{record['sentence']} ({whence})"))
    return tuple(dict.fromkeys(sources))


class ThingsByClass:
    """The things of a graph whose kind is one of some classes of the ontology, or below one."""

    def __init__(self, graph: Graph, classes: Sequence[str]) -> None:
        """Look up the subclasses of `classes`, which are names in ``ag:``, general ones first.

        A class below several of them counts for the last; of a thing of several classes, that
        which counts for the last counts, and is farthest below it.
        """
        self._quads, self._types = graph.root.queried.quads, graph.root.queried.types
        self._rank: dict[str, tuple[int, int, str]] = {}  # of a class: that of the one in `classes`
        # that it counts for, how far it is below that one, its IRI
        self._names = classes
        for place, name in enumerate(classes):
            for subclass, depth in self._with_subclasses(ag(name)).items():
                self._rank[subclass.value] = (place, depth, subclass.value)
        self.kind = lru_cache(_CACHED)(self._kind)

    def _with_subclasses(self, top: NamedNode) -> dict[NamedNode, int]:
        """Return a class and the classes below it, each with how far it is below."""
        depths, remaining = {top: 0}, [top]
        for known in remaining:  # which grows
            for quad in self._quads(None, vocabulary.SUBCLASS, known):
                if isinstance(quad.subject, NamedNode) and quad.subject not in depths:
                    depths[quad.subject] = depths[known] + 1
                    remaining.append(quad.subject)
        return depths

    def _kind(self, thing: Term) -> str:
        """Return which of the classes a thing is of or below; ``""`` if none. As `kind`, cached."""
        rank = self._class_of(thing)
        return self._names[rank[0]] if rank else ""

    def _class_of(self, thing: Term) -> tuple[int, int, str] | None:
        """Return the highest of a thing's classes, as in `_rank`; ``None`` if none has a rank."""
        if not isinstance(thing, NamedNode):
            return None
        classes = self._types(thing.value)
        return max((self._rank[name] for name in classes if name in self._rank), default=None)

    def every(self) -> Iterator[tuple[NamedNode, str]]:
        """Yield each thing once, with which of the classes it is of or below."""
        for rank in self._rank.values():
            for quad in self._quads(None, vocabulary.TYPE, NamedNode(rank[2])):
                if isinstance(thing := quad.subject, NamedNode) and self._class_of(thing) == rank:
                    yield thing, self._names[rank[0]]

    def label(self, thing: Term) -> str:
        """Return our name for a thing or term, the first if it has several; else ``""``."""
        return next(iter(self.values(thing, LABEL)), "")

    def notation(self, term: Term) -> str:
        """Return the name of a term in Open Civic Data and Popolo, else its label."""
        return next(iter(self.values(term, _NOTATION)), "") or self.label(term)

    def classification(self, thing: NamedNode) -> str:
        """Return the kind of a thing within its class in words, else the name of its class."""
        kinds = sorted(map(self.notation, self.objects(thing, vocabulary.CLASSIFICATION)))
        rank = self._class_of(thing)
        return next(filter(None, kinds), "") or (self.label(NamedNode(rank[2])) if rank else "")

    def objects(self, thing: Term, predicate: NamedNode) -> list[Term]:
        """Return the plain objects of a predicate of a thing, as for `quads`."""
        if not isinstance(thing, NamedNode):
            return []
        return [quad.object for quad in self._quads(thing, predicate, None)]

    def values(self, thing: Term, predicate: NamedNode) -> list[str]:
        """Return the literals that a thing has as plain objects of a predicate, sorted."""
        objects = self.objects(thing, predicate)
        return sorted({text(obj) for obj in objects if isinstance(obj, Literal)})

    def address(self, thing: Term) -> dict[str, str]:
        """Return the parts of a postal address by their names in schema.org, in their order."""
        parts = {name: self.values(thing, NamedNode(SCHEMA + name)) for name in _ADDRESS}
        return {name: ", ".join(values) for name, values in parts.items() if values}

    def options(self) -> dict[str, str]:
        """Return the options of votes by their labels, which roles are: as Popolo has them."""
        classes = self._with_subclasses(ag("VoteOption"))
        quads = (
            quad
            for option_class in classes
            for quad in self._quads(None, vocabulary.TYPE, option_class)
        )
        options = [quad.subject for quad in quads if isinstance(quad.subject, NamedNode)]
        return {self.label(option): self.notation(option) for option in options}


def is_address(value: str) -> bool:
    """Return True if a text is the address of a web page, without spaces."""
    return re.fullmatch(r"https?://[^\s/]+(?:/\S*)?", value) is not None


def scheme_page(things: ThingsByClass, identifier: Literal) -> str:
    """Return the page that indicates what an identifier is of, ``""`` if its scheme has none."""
    templates = things.values(identifier.datatype, vocabulary.ADDRESS)
    return templates[0].replace("{id}", identifier.value) if templates else ""
