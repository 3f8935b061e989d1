"""The builder of the table of claims: from facts, in bulk, to columns.

>>> facts = Facts()
>>> parts = zip((vocabulary.TYPE, *vocabulary.PARTS), (vocabulary.CLAIM, "<x:a>", "<x:p>", '"1"'))
>>> facts.add(f"<x:claim> {part} {term} ." for part, term in parts)
>>> table = table_of(facts)
>>> len(table), table.columns.nodes[0], table.text(table.value[0])
(1, 'x:a', '"1"')
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import accumulate, chain, repeat

import numpy as np
from pyoxigraph import Literal

from allgraph.errors import DateError
from allgraph.model import edtf, sensitive, vocabulary
from allgraph.model.columns import (
    CLOSED,
    TIMELESS_DAYS,
    UNKNOWN_DAYS,
    Columns,
    Days,
    Flags,
    Numbers,
    number,
)
from allgraph.model.derivation import Derivation, Statement, aspects_of, statements_of
from allgraph.model.facts import (
    CONTEXT,
    END,
    FIRST_LINE,
    FRAGMENT,
    LABEL,
    LINES,
    NAME_IN_TEXT,
    NOTE,
    OF_EVIDENCE,
    PAGE_OF,
    RECORD,
    SELECTOR,
    START,
    TEMPLATE,
    VERSION,
    Facts,
    Values,
    each,
    least,
)
from allgraph.model.readings import Readings, below
from allgraph.model.strings import Texts
from allgraph.model.table import EVIDENCE_FIELDS, NO_TEXT, ClaimTable
from allgraph.model.withdrawn import Withdrawal, withdrawn_in
from allgraph.rdf.ntriples import is_iri, value
from allgraph.rdf.terms import ag
from allgraph.render.places import line_of, row_of, template_of

_OF_CLAIM = (vocabulary.WHEN, vocabulary.RANK, NOTE, vocabulary.CERTAINTY, vocabulary.ORDINAL)
"""The predicates of a claim whose objects the table has as texts."""
_PREFERRED, _ATTRIBUTED = ag("Preferred"), ag("attributedTo")


def table_of(
    source: Derivation | Facts,
    merged: Mapping[str, str] | None = None,
    *,
    with_withdrawn: bool = False,
) -> ClaimTable:
    """Return the table of the claims in some facts, with their evidence.

    Of a derivation, withdrawn claims are in the table only if it is `with_withdrawn`. Bounds are
    those of the derivation, or those that the facts state. `merged` has for a thing that
    is the same as another one that other, both as texts of N-Triples; claims are then about it.
    """
    is_whole = with_withdrawn or isinstance(source, Facts)
    withdrawn = withdrawn_in(source) if isinstance(source, Facts) else source.withdrawn
    left_out = {} if is_whole else withdrawn
    facts, claims, bounds, count = _claims_in(source, merged, left_out)
    row_of = {claim: row for row, claim in enumerate(claims)}
    evidence = _evidence_of(facts, claims)
    texts = _Dictionary()
    when, rank, note, certainty, ordinal = (texts.column(facts[of], claims) for of in _OF_CLAIM)
    values = {c: _AS_TERM + obj for c, (_, _, obj) in claims.items() if not is_iri(obj)}
    value_column = texts.column(values, claims)
    fields = _evidence_columns(facts, [*chain.from_iterable(evidence)], texts)
    terms, place_of = texts.sorted()
    return ClaimTable(
        columns=_columns(facts, claims, bounds),
        terms=Texts.of(terms),
        value=place_of[value_column],
        when=place_of[when],
        rank=place_of[rank],
        note=place_of[note],
        certainty=place_of[certainty],
        ordinal=place_of[ordinal],
        sensitive=_flags(claims, {*map(str, sensitive.flagged_in(facts))}),
        first=np.fromiter(accumulate(map(len, evidence), initial=0), np.int64),
        evidence=place_of[np.array([fields[name] for name in EVIDENCE_FIELDS], np.int32)],
        rivals=_rivals(facts, row_of, left_out),
        withdrawals=_withdrawals(facts, row_of, withdrawn),
        schemes=_schemes(facts),
        incomplete=count - len(claims),
    )


class _Dictionary:
    """The texts of a table, each with a number of its own, while columns are made of them."""

    def __init__(self) -> None:
        """Start with 0, the number of no text."""
        self._numbers: dict[Values | None, int] = {None: 0}

    def column(self, values: Mapping[str, Values], subjects: Collection[str | None]) -> Numbers:
        """Return the numbers of the texts that some subjects have, 0 where there is none.

        Of several values that counts whose text sorts first.
        """
        if not values:
            return np.zeros(len(subjects), np.int32)
        number, numbers = self._numbers.setdefault, self._numbers
        of_subjects = map(values.get, subjects)  # type: ignore[arg-type]
        return _as_array([number(of_subject, len(numbers)) for of_subject in of_subjects])

    def sorted(self) -> tuple[list[str], Numbers]:
        """Return the distinct texts in order, and the place there of each number."""
        texts = [_text(values) for values in self._numbers if values is not None]
        ordered = sorted({*texts} - {""})
        place_of = {text: place for place, text in enumerate(ordered)} | {"": NO_TEXT}
        return ordered, np.array([NO_TEXT, *map(place_of.__getitem__, texts)], np.int32)


_AS_TERM = "\0"
"""Before a value whose text is the whole term, as N-Triples writes it."""


def _text(values: Values) -> str:
    """Return the text of a value; of several values the first in order."""
    if isinstance(values, str):
        return values[1:] if values[0] == _AS_TERM else value(values)
    return min(map(value, values))


def columns_of(source: Derivation | Facts) -> Columns:
    """Return only the columns of the table of the claims in some facts."""
    facts, claims, bounds, _ = _claims_in(source, None, {})
    return _columns(facts, claims, bounds)


def _claims_in(
    source: Derivation | Facts, merged: Mapping[str, str] | None, left_out: Collection[str]
) -> tuple[Facts, dict[str, Statement], Mapping[str, edtf.Bounds], int]:
    """Return facts, the claims in them that get a row, bounds, and the number of all claims.

    The claims that get a row have an IRI, as have their subjects. They are in the order of their
    IRIs, each with what it says; things in `merged` are replaced. Claims in `left_out` are not
    counted.
    """
    if isinstance(source, Derivation):
        facts, every, statements = source.facts, source.claims, source.statements
        bounds: Mapping[str, edtf.Bounds] = source.bounds
    else:
        facts, every = source, source.having(vocabulary.TYPE, vocabulary.CLAIM)
        statements = statements_of(facts, every)
        bounds = stated_bounds(facts, statements)
    same = (merged or {}).get
    claims = {
        claim: Statement(same(subject, subject), predicate, same(obj, obj)) if merged else says
        for claim, says in statements.items()
        for subject, predicate, obj in (says,)
        if is_iri(claim) and is_iri(subject) and claim not in left_out
    }
    return facts, claims, bounds, len(every) - len(left_out)


def _columns(
    facts: Facts, claims: Mapping[str, Statement], bounds: Mapping[str, edtf.Bounds]
) -> Columns:
    """Return the columns of some claims, which are in the order of their IRIs.

    Nodes are in the order of theirs. A predicate without an aspect is timeless, one without
    templates gets default ones, and a node without a name ``""``. Conflicts are there in both
    directions, even if one is stated.
    """
    row_of = {claim: row for row, claim in enumerate(claims)}
    subjects, used, objects = (
        [says[part] for says in claims.values()] for part in range(len(Statement._fields))
    )
    nodes = sorted(node[1:-1] for node in {*subjects, *objects} if is_iri(node))
    node_of = {f"<{node}>": number for number, node in enumerate(nodes)}
    predicates = sorted({*used})
    predicate_of = {predicate: number for number, predicate in enumerate(predicates)}
    predicate = _as_array(map(predicate_of.__getitem__, used))
    names = [*_names(facts, node_of)]
    reader = Readings(facts, dict(zip(node_of, names, strict=True)))
    templates, reading = reader.templates_of(claims, predicates, predicate)
    stated = aspects_of(facts)
    aspects = np.array([stated.get(predicate, "Timeless") for predicate in predicates], object)
    return Columns(
        claims=Texts.of(claim[1:-1] for claim in claims),
        nodes=Texts.of(nodes),
        names=Texts.of(names),
        predicates=[predicate[1:-1] for predicate in predicates],
        templates=templates,
        subject=_as_array(map(node_of.__getitem__, subjects)),
        predicate=predicate,
        reading=reading,
        object=_as_array(node_of.get(obj, -1) for obj in objects),
        bounds=_bounds(claims, bounds, (aspects == "Timeless")[predicate]),
        event=(aspects == "Event")[predicate],
        deprecated=_flags(claims, facts.having(vocabulary.RANK, vocabulary.DEPRECATED)),
        preferred=_flags(claims, facts.having(vocabulary.RANK, _PREFERRED)),
        rivals=_rival_rows(_rivals(facts, row_of), row_of),
        claim_of=_as_array(row_of.get(node, -1) for node in node_of),
        closed=_flags(node_of, _closed(facts)),
        roles=_roles(facts, row_of),
    )


def _evidence_of(facts: Facts, claims: Iterable[str]) -> list[tuple[str, ...]]:
    """Return the evidence of each claim that has a source, by title of the source, then place."""
    evidence, sources = facts[vocabulary.EVIDENCE], facts[vocabulary.SOURCE]

    def order(piece: str) -> tuple[str, int, str]:
        """Return the key by which the evidence of one claim is sorted."""
        start = least(facts[START], _position(facts, facts[SELECTOR].get(piece)) or "")
        title = least(facts[LABEL], _first(sources[piece]))
        return title, int(start) if start.isdecimal() else -1, value(piece)

    of_claims = (
        tuple(piece for piece in each(evidence.get(claim, ())) if piece in sources)
        for claim in claims
    )
    return [tuple(sorted(pieces, key=order)) if len(pieces) > 1 else pieces for pieces in of_claims]


def _evidence_columns(
    facts: Facts, evidence: Sequence[str], texts: _Dictionary
) -> dict[str, Numbers]:
    """Return the columns of pieces of evidence by name, as numbers of `texts`.

    Of several values of a field that counts whose text sorts first.
    """
    sources = [*map(_first, map(facts[vocabulary.SOURCE].__getitem__, evidence))]
    places, contexts = (
        [_position(facts, selectors) for selectors in map(facts[of].get, evidence)]
        for of in (SELECTOR, CONTEXT)
    )
    labels = facts[LABEL]
    attributed = {
        piece: label
        for piece, whom in facts[_ATTRIBUTED].items()
        if (label := tuple(chain.from_iterable(each(labels.get(of, ())) for of in each(whom))))
    }
    columns = {
        "iri": texts.column({piece: piece for piece in evidence}, evidence),
        "source": texts.column({source: source for source in sources}, sources),
        "title": texts.column(labels, sources),
        "page": texts.column(facts[PAGE_OF], sources),
        "start": texts.column(facts[START], places),
        "end": texts.column(facts[END], places),
        "context_start": texts.column(facts[START], contexts),
        "context_end": texts.column(facts[END], contexts),
        "attributed_to": texts.column(attributed, evidence),
        "template": texts.column(_templates(facts), sources),
        **{name: texts.column(facts[of], evidence) for name, of in OF_EVIDENCE.items()},
    }
    return columns | _columns_of_records(facts, evidence, sources, columns, texts)


def _columns_of_records(
    facts: Facts,
    evidence: Sequence[str],
    sources: Sequence[str],
    columns: Mapping[str, Numbers],
    texts: _Dictionary,
) -> dict[str, Numbers]:
    """Return the columns that say where in a record evidence is, and of which day it speaks.

    They are numbers of `texts`. `columns` has what the evidence says itself, which counts first;
    `sources` are those of the evidence.
    """
    fragments = facts[FRAGMENT]
    selectors = map(facts[SELECTOR].get, evidence) if fragments else repeat(None, len(evidence))
    inside = [_selected(fragments, of) for of in selectors]
    records = [None if of is None else _first(of) for of in map(facts[RECORD].get, evidence)]
    of_record: dict[str, list[int]] = {}
    for place, record in enumerate(records):
        if record is not None:
            of_record.setdefault(record, []).append(place)
    entries, rows, lines = dict[str, str](), dict[str, str](), dict[str, str]()
    for record, places in of_record.items():
        entry = least(fragments, _selected(fragments, facts[SELECTOR].get(record)) or "")
        row = row_of(entry)
        (rows if row else entries)[record] = str(Literal(row or entry))
        first, after = least(facts[FIRST_LINE], record), least(facts[LINES], record)
        for place in places:
            if line := line_of(first, after, least(fragments, inside[place] or "")):
                lines[evidence[place]] = f'"{line}"'
    is_current = facts.true_of(vocabulary.IS_CURRENT)
    present = [s if p in is_current else None for p, s in zip(evidence, sources, strict=True)]
    further = {
        "section": texts.column(facts[OF_EVIDENCE["section"]], records),
        "row": texts.column(rows, records),
        "current_as_of": texts.column(facts[vocabulary.EARLIEST], present),
    }
    return {
        "line": texts.column(lines, evidence),
        "entry": texts.column(entries, records),
        "fragment": texts.column(fragments, inside),
        **{name: np.where(columns[name], columns[name], of) for name, of in further.items()},
    }


def _selected(fragments: Mapping[str, Values], selectors: Values | None) -> str | None:
    """Return the first of some selectors that has a fragment; ``None`` without one."""
    if isinstance(selectors, str):
        return selectors if selectors in fragments else None
    return min((of for of in selectors or () if of in fragments), default=None)


def _templates(facts: Facts) -> dict[str, str]:
    """Return the templates of places in sources, by source, with their versions put in."""
    return {
        source: str(Literal(template_of(least(facts[TEMPLATE], source), version)))
        for source in facts[TEMPLATE]
        for version in (least(facts[VERSION], source),)
    }


def _first(terms: Values) -> str:
    """Return the term whose text sorts first."""
    return terms if isinstance(terms, str) else min(terms, key=value)


def _position(facts: Facts, selectors: Values | None) -> str | None:
    """Return the text position among selectors, which has a start and an end; ``None`` without.

    Of several, the first in the order of their texts.
    """
    if selectors is None:
        return None
    starts, ends = facts[START], facts[END]
    if isinstance(selectors, str):
        return selectors if selectors in starts and selectors in ends else None
    positions = [selector for selector in selectors if selector in starts and selector in ends]
    spans = ((least(starts, position), least(ends, position), position) for position in positions)
    return min(spans)[2] if positions else None


def _rivals(
    facts: Facts, row_of: Mapping[str, int], left_out: Collection[str] = ()
) -> dict[int, tuple[str, ...]]:
    """Return the IRIs of what each claim with a row is in conflict with, by row.

    A conflict that one of them states counts for the other too. Claims in `left_out` are not among
    the rivals.
    """
    rivals: dict[int, set[str]] = {}
    for claim, of_claim in facts[vocabulary.CONFLICTS].items():
        for rival in each(of_claim) if claim in row_of else ():
            if rival not in left_out:
                rivals.setdefault(row_of[claim], set()).add(value(rival))
            if rival in row_of:
                rivals.setdefault(row_of[rival], set()).add(value(claim))
    return {row: tuple(sorted(of_row)) for row, of_row in rivals.items()}


def _withdrawals(
    facts: Facts, row_of: Mapping[str, int], withdrawn: Mapping[str, str]
) -> dict[int, Withdrawal]:
    """Return when, by whom and why claims with a row were withdrawn, by row.

    `withdrawn` are the claims of `withdrawn_in`. For a claim about a withdrawn claim, it is that of
    the latter.
    """
    day, by, because, labels = (
        facts[of]
        for of in (
            vocabulary.WITHDRAWN,
            vocabulary.WITHDRAWN_BY,
            vocabulary.WITHDRAWN_BECAUSE,
            LABEL,
        )
    )
    withdrawals = {}
    for claim, origin in withdrawn.items():
        if claim in row_of:
            whom = least(by, origin)
            name = least(labels, f"<{whom}>") or whom
            why = least(because, origin)
            if origin != claim:
                why = f"it is about a withdrawn claim{f': {why}' if why else ''}"
            withdrawals[row_of[claim]] = Withdrawal(least(day, origin), whom, name, why)
    return withdrawals


def _schemes(facts: Facts) -> dict[str, str]:
    """Return the labels of the schemes of identifiers, by IRI; those without a label are left out.

    A scheme is the datatype of the identifiers of a kind.
    """
    schemes = facts.having(vocabulary.TYPE, vocabulary.IDENTIFIER_SCHEME)
    labels = {scheme[1:-1]: least(facts[LABEL], scheme) for scheme in sorted(schemes)}
    return {scheme: label for scheme, label in labels.items() if label}


def _rival_rows(rivals: Mapping[int, tuple[str, ...]], row_of: Mapping[str, int]) -> Numbers:
    """Return the pairs of rows that conflict, in both orders, sorted, as two arrays."""
    pairs = (
        (row, row_of[f"<{rival}>"])
        for row, of_row in rivals.items()
        for rival in of_row
        if f"<{rival}>" in row_of
    )
    return np.array(sorted(pairs), np.int32).reshape(-1, 2).T


def _as_array(numbers: Iterable[int]) -> Numbers:
    """Return integers as an array of 32 bits each."""
    return np.fromiter(numbers, np.int32)


def _flags(terms: Collection[str], flagged: set[str]) -> Flags:
    """Return for each term, in order, whether it is in `flagged`."""
    return np.fromiter((term in flagged for term in terms), np.bool_, len(terms))


def _bounds(claims: Iterable[str], bounds: Mapping[str, edtf.Bounds], timeless: Flags) -> Days:
    """Return four arrays of day numbers, one for each of `edtf.Bounds`, in the order of `claims`.

    `bounds` are by claim. An unknown first day (b1, e1) is ``-FAR``, an unknown last day (b2, e2)
    ``FAR``; a timeless claim begins at ``-FAR`` and ends at ``FAR``.
    """
    unknown = edtf.Bounds()
    rows = [_day_numbers(bounds.get(claim, unknown)) for claim in claims]
    days = np.array(rows, np.int64).reshape(-1, 4).T
    return np.where(timeless, np.array(TIMELESS_DAYS, np.int64)[:, None], days)


@lru_cache(maxsize=65_536)
def _day_numbers(bounds: edtf.Bounds) -> tuple[int, ...]:
    """Return the numbers of the days of some bounds; of one that is not known, `UNKNOWN_DAYS`."""
    return tuple(
        missing if day is None else number(day)
        for day, missing in zip(bounds, UNKNOWN_DAYS, strict=True)
    )


def stated_bounds(facts: Facts, claims: Iterable[str]) -> dict[str, edtf.Bounds]:
    """Return the bounds that facts state, by claim: the objects of `vocabulary.BOUNDS`.

    Texts that are no day are skipped; of several days, the first in order of text is taken.
    """
    relations = [facts[predicate] for predicate in vocabulary.BOUNDS]
    read = cache(_read_day)
    return {claim: edtf.Bounds(*(read(least(of, claim)) for of in relations)) for claim in claims}


def _read_day(written: str) -> edtf.Day | None:
    """Parse a day such as ``2013-07-01``; ``None`` for another text."""
    try:
        return edtf.day(written)
    except DateError:
        return None


def _names(facts: Facts, nodes: Iterable[str]) -> Iterator[str]:
    """Yield the name of each node in sentences, else its label; ``""`` if it has neither."""
    names, labels = facts[NAME_IN_TEXT], facts[LABEL]
    return (least(names, node) or least(labels, node) for node in nodes)


def _roles(facts: Facts, row_of: Mapping[str, int]) -> dict[int, tuple[str, ...]]:
    """Return the sorted labels of the roles of each claim, by row; roles need a label."""
    labels = facts[LABEL]
    roles = {
        row_of[claim]: tuple(sorted({least(labels, role) for role in each(of_claim)} - {""}))
        for claim, of_claim in facts[vocabulary.ROLE].items()
        if claim in row_of
    }
    return {row: names for row, names in roles.items() if names}


def _closed(facts: Facts) -> set[str]:
    """Return the things that paths do not pass through.

    They are the members of the classes in `CLOSED` (of places, sources, classes, properties and
    concepts) and of all their subclasses, and every class that is used.
    """
    types, closed_classes = facts[vocabulary.TYPE], below(facts, *(f"<{iri}>" for iri in CLOSED))
    closed = {class_ for of_member in types.values() for class_ in each(of_member)}
    closed.update(m for m, of_m in types.items() if not closed_classes.isdisjoint(each(of_m)))
    return closed
