"""The records of sources that findings are about: their files and lines at the version read."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass

import numpy as np
from pyoxigraph import NamedNode

from allgraph.model import vocabulary
from allgraph.model.facts import (
    FIRST_LINE,
    FRAGMENT,
    LINES,
    OF_EVIDENCE,
    RECORD,
    SELECTOR,
    TEMPLATE,
    VERSION,
)
from allgraph.model.triples import NONE, Triples
from allgraph.rdf.terms import Node, Prefixes, ag
from allgraph.render.places import Place, line_of, row_of, template_of
from allgraph.validation.report import RecordPlace
from allgraph.validation.rules import RuleHit

_CLASS = ag("Record")


@dataclass(frozen=True)
class Records:
    """The records that nodes of some triples are from, but for those in `withheld`."""

    triples: Triples
    withheld: Set[Node]
    prefixes: Prefixes

    def of(self, hit: RuleHit) -> RecordPlace | None:
        """Return the record that a hit is about; ``None`` without one.

        That is the record of the evidence that it names; else of that of the claim, or of a claim
        with the thing as its subject. If the hit has a path, and claims have it as predicate, only
        these count. Of several records, it is the first by its IRI.
        """
        triples = self.triples
        if triples.number(RECORD) == NONE:
            return None
        focus, path, value = map(triples.number, hit.terms)
        for node in (value, focus):
            if node != NONE and (place := self._first(self._of_node(node, path))):
                return place
        return None

    def _of_node(self, node: int, path: int) -> Iterator[tuple[int, int]]:
        """Yield evidence, `NONE` for none, and record of a node, all as numbers of terms."""
        triples = self.triples
        if triples.number(_CLASS) in triples.objects(node, triples.number(vocabulary.TYPE)):
            yield NONE, node
        evidence, record = map(triples.relation, (vocabulary.EVIDENCE, RECORD))
        claims = about = triples.relation(vocabulary.SUBJECT).inverse.of(np.array([node]))[1]
        places, predicates = triples.relation(vocabulary.PREDICATE).of(about)
        if len(fitting := about[places[predicates == path]]):
            claims = fitting
        own = evidence.of(np.array([node]))[1]
        pieces = np.concatenate(([node], own if len(own) else evidence.of(claims)[1]))
        places, records = record.of(pieces)
        yield from zip(pieces[places].tolist(), records.tolist(), strict=True)

    def _first(self, pairs: Iterator[tuple[int, int]]) -> RecordPlace | None:
        """Return the place of the first record by IRI that is not withheld, if any."""
        texts, term = self.triples.texts, self.triples.term
        shown = (
            (texts[record], evidence, record)
            for evidence, record in pairs
            if not {term(of) for of in (evidence, record) if of != NONE} & self.withheld
        )
        first = min(shown, default=None)
        return first and self._place(*first[1:])

    def _place(self, evidence: int, record: int) -> RecordPlace:
        """Return the place of evidence in a record, or without evidence of the record."""
        source = self._text(record, vocabulary.PART_OF)
        inside = "" if evidence == NONE else self._selected(evidence)
        first, lines = self._text(record, FIRST_LINE), self._text(record, LINES)
        line = line_of(first, lines, inside)
        place = Place(
            section=self._text(record, OF_EVIDENCE["section"]),
            row=row_of(self._selected(record)),
            line=line,
        )
        number = self.triples.number(NamedNode(source)) if source else NONE
        version = self._text(number, VERSION)
        address = place.address(template_of(self._text(number, TEMPLATE), version))
        named = self.prefixes.shorten(source)
        return RecordPlace(named, place.section, int(line) if line else None, address)

    def _selected(self, node: int) -> str:
        """Return the place that the selector of evidence or of a record names, else ``""``."""
        selectors = self.triples.objects(node, self.triples.number(SELECTOR))
        return min((self._text(selector, FRAGMENT) for selector in selectors), default="")

    def _text(self, node: int, predicate: NamedNode) -> str:
        """Return the text of the first object of a predicate of a node, else ``""``."""
        if node == NONE:
            return ""
        objects = self.triples.objects(node, self.triples.number(predicate))
        return min(map(self.triples.value, objects), default="")
