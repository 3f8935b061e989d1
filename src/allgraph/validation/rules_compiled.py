"""The house's rules over columns: what the questions in ``house_rules`` find, much faster.

Each function is named after its rule and yields the numbers of focus, path and value. A rule
that has none here is asked as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from pyoxigraph import Literal, NamedNode, Quad, Store

from allgraph.model import vocabulary
from allgraph.model.triples import IRI, NONE, Flags, Numbers, Triples
from allgraph.rdf.terms import KNOWN, RDFS, Term, ag, text
from allgraph.validation.shacl.constraints import SUBCLASS

Finds = Iterator[tuple[int, int, int]]
Check = Callable[[Triples, str], Finds]

_LABEL, _SEE_ALSO = NamedNode(RDFS + "label"), NamedNode(RDFS + "seeAlso")
_ONTOLOGY, _SPACE = NamedNode(RDFS + "Ontology"), NamedNode(KNOWN["vann"] + "preferredNamespaceUri")
_SENTENCES = ag("sentence"), ag("inverseSentence")
_KEPT_AS_WRITTEN = ("http://www.w3.org/2001/XMLSchema#string",
                    "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString")  # fmt: skip


def current_event(triples: Triples, base: str) -> Finds:
    """Evidence for an event that speaks of the present."""
    aspects = triples.relation(vocabulary.ASPECT)
    events = aspects.subjects[aspects.objects == triples.number(ag("Event"))]
    claims = triples.relation(vocabulary.PREDICATE)
    about = np.unique(claims.subjects[np.isin(claims.objects, events)])
    evidence = np.unique(triples.relation(vocabulary.EVIDENCE).of(about)[1])
    at, values = triples.relation(vocabulary.CURRENT).of(evidence)
    yield from _rows(evidence[at], triples.number(vocabulary.CURRENT), values)


def dangling_reference(triples: Triples, base: str) -> Finds:
    """Nodes of the graph itself that are mentioned, and described nowhere."""
    _, predicates, objects = triples.columns
    undescribed = triples.mentioned & ~triples.described & (triples.kinds == IRI)
    spaces = tuple(f"{base}{name}/" for name in ("id", "claim", "source"))
    for number in np.flatnonzero(undescribed).tolist():
        if text(triples.terms[number]).startswith(spaces):
            for predicate in np.unique(predicates[objects == number]).tolist():
                pairs = triples.relation(predicate).inverse
                _, subjects = pairs.of(np.array([number]))
                yield from _rows(subjects, predicate, np.full(len(subjects), number))


def duplicate_name(triples: Triples, base: str) -> Finds:
    """Things of one kind with one name."""
    below = triples.relation(SUBCLASS).inverse
    kinds = fresh = np.array([triples.number(ag("Thing"))])
    while len(fresh):
        fresh = np.setdiff1d(below.of(fresh)[1], kinds)
        kinds = np.union1d(kinds, fresh)
    types = triples.relation(vocabulary.TYPE)
    known = np.isin(types.objects, kinds) & (triples.kinds[types.subjects] == IRI)
    names = triples.relation(_LABEL)
    places, labels = names.of(types.subjects[known])
    things, of_kind = types.subjects[known][places], types.objects[known][places]
    firsts = _first_alike(triples, things, of_kind, _as_stored(triples, labels))
    yield from ((thing, triples.number(_LABEL), first) for thing, first in firsts)


def not_a_claim(triples: Triples, base: str) -> Finds:
    """Stated triples whose predicate can be claimed."""
    claimable = np.unique(triples.relation(vocabulary.ASPECT).subjects).tolist()
    for predicate in claimable:
        if predicate != triples.number(_SEE_ALSO):
            stated = triples.relation(predicate)
            own = stated.rows < triples.stated
            yield from _rows(stated.subjects[own], predicate, stated.objects[own])


def predicate_without_sentence(triples: Triples, base: str) -> Finds:
    """Predicates that can be claimed, and lack a sentence."""
    aspects = triples.relation(vocabulary.ASPECT)
    told = [np.isin(aspects.subjects, triples.relation(each).subjects) for each in _SENTENCES]
    bare = ~(told[0] & told[1])
    path = triples.number(vocabulary.ASPECT)
    yield from _rows(aspects.subjects[bare], path, aspects.objects[bare])


def same_identity(triples: Triples, base: str) -> Finds:
    """Claims that say the same with the same date."""
    about = triples.relation(vocabulary.SUBJECT)
    claims, columns = about.subjects, [about.objects]
    for part in (vocabulary.PREDICATE, vocabulary.OBJECT):
        places, values = triples.relation(part).of(claims)
        claims, columns = claims[places], [*(column[places] for column in columns), values]
    columns = [_as_stored(triples, column) for column in columns]
    whens = triples.relation(vocabulary.WHEN)
    dated = np.isin(claims, whens.subjects)
    places, values = whens.of(claims)
    order = np.concatenate([places, np.flatnonzero(~dated)])
    dates = np.concatenate([_by_text(triples, values), np.full(int((~dated).sum()), NONE)])
    claims, columns = claims[order], [column[order] for column in columns]
    firsts = _first_alike(triples, claims, *columns, dates)
    yield from ((claim, NONE, first) for claim, first in firsts)


def sentence_without_slots(triples: Triples, base: str) -> Finds:
    """Sentences that lack a place for one of the two."""
    for path in _SENTENCES:
        sentences = triples.relation(path)
        for focus, value in zip(
            sentences.subjects.tolist(), sentences.objects.tolist(), strict=True
        ):
            said = text(triples.terms[value])
            if "{subject}" not in said or "{object}" not in said:
                yield focus, triples.number(path), value


def unclaimable_predicate(triples: Triples, base: str) -> Finds:
    """Claims whose predicate cannot be claimed."""
    claims = triples.relation(vocabulary.PREDICATE)
    is_claim = instances_of(triples, vocabulary.CLAIM)[claims.subjects]
    bad = is_claim & ~np.isin(claims.objects, triples.relation(vocabulary.ASPECT).subjects)
    yield from _rows(
        claims.subjects[bad], triples.number(vocabulary.PREDICATE), claims.objects[bad]
    )


def undefined_term(triples: Triples, base: str) -> Finds:
    """Terms of the ontologies' own namespaces that have no label."""
    known = triples.among(triples.relation(_LABEL).subjects) | instances_of(triples, _ONTOLOGY)
    spaces = tuple({text(triples.terms[n]) for n in triples.relation(_SPACE).objects.tolist()})
    subjects, predicates, objects = triples.columns

    def unknown(numbers: Numbers) -> Iterator[int]:
        for number in numbers.tolist():
            if not known[number] and text(triples.terms[number]).startswith(spaces):
                yield number

    for number in unknown(np.array(triples.predicates)):
        for subject in np.unique(triples.relation(number).subjects).tolist():
            yield subject, number, number
    for number in unknown(np.flatnonzero(triples.mentioned & (triples.kinds == IRI))):
        where = objects == number
        pairs = np.unique(np.stack([subjects[where], predicates[where]]), axis=1).T.tolist()
        yield from ((subject, path, number) for subject, path in pairs)


BOOK: dict[str, Check] = {
    check.__name__.replace("_", "-"): check
    for check in (
        current_event, dangling_reference, duplicate_name, not_a_claim,
        predicate_without_sentence, same_identity, sentence_without_slots,
        unclaimable_predicate, undefined_term,
    )
}  # fmt: skip
"""The rules by name."""


def instances_of(triples: Triples, kind: NamedNode) -> Flags:
    """Whether each term is said to be of a class itself, not of one below it."""
    types = triples.relation(vocabulary.TYPE)
    return triples.among(types.subjects[types.objects == triples.number(kind)])


def _rows(focus: Numbers, path: int, values: Numbers) -> Finds:
    yield from ((f, path, v) for f, v in zip(focus.tolist(), values.tolist(), strict=True))


def _first_alike(triples: Triples, nodes: Numbers, *same: Numbers) -> Iterator[tuple[int, int]]:
    """Nodes that share all columns with others, each with the first of those before it."""
    is_iri = triples.kinds[nodes] == IRI
    nodes = nodes[is_iri]
    group = sizes = np.zeros(len(nodes), np.int64)
    for column in same:
        pairs = group * (triples.size + 1) + column[is_iri] + 1
        _, group, sizes = np.unique(pairs, return_inverse=True, return_counts=True)
    shared = sizes[group] > 1
    members: dict[int, set[int]] = {}
    for node, number in zip(nodes[shared].tolist(), group[shared].tolist(), strict=True):
        members.setdefault(number, set()).add(node)
    firsts: dict[int, int] = {}
    for alike in members.values():
        first, *others = sorted(alike, key=lambda node: text(triples.terms[node]))
        for other in others:
            known = firsts.get(other, first)
            firsts[other] = min(known, first, key=lambda node: text(triples.terms[node]))
    yield from firsts.items()


def _by_text(triples: Triples, values: Numbers) -> Numbers:
    """The same number for terms with the same text."""
    known: dict[str, int] = {}
    return np.array(
        [known.setdefault(text(triples.terms[value]), value) for value in values.tolist()], np.int64
    )


def _as_stored(triples: Triples, values: Numbers) -> Numbers:
    """The same number for literals that a store takes for the same, such as 1 and 01."""
    typed = [
        value
        for value in np.unique(values).tolist()
        if isinstance(term := triples.terms[value], Literal)
        and term.datatype.value not in _KEPT_AS_WRITTEN
    ]
    first: dict[Term, int] = {}
    same = np.arange(triples.size)
    for value, stored in zip(typed, stored_forms([triples.terms[n] for n in typed]), strict=True):
        same[value] = first.setdefault(stored, value)
    return same[values]


def stored_forms(terms: Sequence[Term]) -> Iterator[Term]:
    """What a store makes of some terms: of 01, say, 1.

    >>> whole = NamedNode("http://www.w3.org/2001/XMLSchema#integer")
    >>> [term.value for term in stored_forms([Literal("01", datatype=whole), Literal("01")])]
    ['1', '01']
    """
    store = Store()
    nodes = [NamedNode(f"urn:n:{number}") for number in range(len(terms))]
    quads = (Quad(node, vocabulary.OBJECT, term) for node, term in zip(nodes, terms, strict=True))
    store.extend(quads)
    for node in nodes:
        yield next(store.quads_for_pattern(node, None, None)).object
