"""The house rules over columns: they find what the queries in ``house_rules`` find, much faster.

Each function is named like the file of its rule, takes the triples and the base IRI of the graph,
and yields the numbers of focus, path and value of each hit, where a path may be `NONE`. None of
them changes the triples. For rules without a function the query is run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from pyoxigraph import Literal, NamedNode, Quad, Store

from allgraph.model import vocabulary
from allgraph.model.triples import IRI, NONE, Flags, Numbers, Triples
from allgraph.rdf.ntriples import is_true
from allgraph.rdf.terms import KNOWN, OWL, RDFS, Term, ag
from allgraph.validation.shacl.paths import subclasses

FocusPathValue = tuple[int, int, int]
"""The numbers of focus, path and value of a hit."""
Check = Callable[[Triples, str], Iterator[FocusPathValue]]

_LABEL, _SEE_ALSO = NamedNode(RDFS + "label"), NamedNode(RDFS + "seeAlso")
_ONTOLOGY, _SPACE = NamedNode(OWL + "Ontology"), NamedNode(KNOWN["vann"] + "preferredNamespaceUri")
_SENTENCES = ag("sentence"), ag("inverseSentence")


def current_event(triples: Triples, _base: str) -> Iterator[FocusPathValue]:
    """Yield the evidence of the present of a claim whose predicate has the aspect ag:Event.

    The path is ag:currentAsOf, the value its object; or ag:current, and true. Evidence with several
    is yielded for each.
    """
    aspects = triples.relation(vocabulary.ASPECT)
    events = aspects.subjects[aspects.objects == triples.number(ag("Event"))]
    claims = triples.relation(vocabulary.PREDICATE)
    about = np.unique(claims.subjects[np.isin(claims.objects, events)])
    evidence = np.unique(triples.relation(vocabulary.EVIDENCE).of(about)[1])
    for predicate in (vocabulary.CURRENT, vocabulary.IS_CURRENT):
        places, values = triples.relation(predicate).of(evidence)
        if predicate == vocabulary.IS_CURRENT:
            true = [is_true(triples.texts[value]) for value in values.tolist()]
            places, values = places[true], values[true]
        yield from _hits(evidence[places], triples.number(predicate), values)


def dangling_reference(triples: Triples, base: str) -> Iterator[FocusPathValue]:
    """Yield the triples whose object is the subject of no triple, although it should be.

    It is an IRI below ``id/``, ``claim/`` or ``source/`` of the base IRI.
    """
    _, predicates, objects = triples.columns
    # Flags by number of term: it is an object (`mentioned`), but no subject (`described`).
    undescribed = triples.mentioned & ~triples.described & (triples.kinds == IRI)
    spaces = tuple(f"<{base}{name}/" for name in ("id", "claim", "source"))
    for number in np.flatnonzero(undescribed).tolist():
        if triples.texts[number].startswith(spaces):
            for predicate in np.unique(predicates[objects == number]).tolist():
                for subject in triples.subjects(predicate, number):
                    yield subject, predicate, number


def duplicate_name(triples: Triples, _base: str) -> Iterator[FocusPathValue]:
    """Yield the things with a label and a class that another thing has too, but the first of these.

    A thing is an IRI whose type is ag:Thing or a class below it. The value is the first, by IRI, of
    those with the same label and class; labels that a store makes equal are the same.
    """
    types = triples.relation(vocabulary.TYPE)
    kinds = subclasses(triples, triples.number(ag("Thing")))
    is_named = np.isin(types.objects, kinds) & (triples.kinds[types.subjects] == IRI)
    things, kinds_of_things = types.subjects[is_named], types.objects[is_named]
    places, labels = triples.relation(_LABEL).of(things)
    same = kinds_of_things[places], _as_stored(triples, labels)
    for thing, first in _first_alike(triples, things[places], *same):
        yield thing, triples.number(_LABEL), first


def not_a_claim(triples: Triples, _base: str) -> Iterator[FocusPathValue]:
    """Yield the stated triples whose predicate should be used in claims (it has an ag:aspect).

    Those with rdfs:seeAlso are left out.
    """
    for predicate in np.unique(triples.relation(vocabulary.ASPECT).subjects).tolist():
        if predicate != triples.number(_SEE_ALSO):
            relation = triples.relation(predicate)
            is_stated = relation.rows < triples.stated
            yield from _hits(relation.subjects[is_stated], predicate, relation.objects[is_stated])


def predicate_without_sentence(triples: Triples, _base: str) -> Iterator[FocusPathValue]:
    """Yield the predicates with an ag:aspect that lack ag:sentence or ag:inverseSentence.

    The path is ag:aspect, the value its object.
    """
    aspects = triples.relation(vocabulary.ASPECT)
    forward, back = (triples.relation(predicate).subjects for predicate in _SENTENCES)
    bare = ~np.isin(aspects.subjects, np.intersect1d(forward, back))
    path = triples.number(vocabulary.ASPECT)
    yield from _hits(aspects.subjects[bare], path, aspects.objects[bare])


def same_identity(triples: Triples, _base: str) -> Iterator[FocusPathValue]:
    """Yield the claims whose subject, predicate, object, role and date another claim has too.

    Withdrawn claims do not count. The value is the first of these claims by IRI, which is not
    yielded itself. The path is `NONE`. Dates are compared as texts, the other terms as a store
    would rewrite them.
    """
    subjects = triples.relation(vocabulary.SUBJECT)
    counts = ~np.isin(subjects.subjects, triples.relation(vocabulary.WITHDRAWN).subjects)
    claims, columns = subjects.subjects[counts], [subjects.objects[counts]]
    parts = (vocabulary.PREDICATE, vocabulary.OBJECT, vocabulary.ROLE, vocabulary.WHEN)
    for part in parts:
        relation = triples.relation(part)
        places, values = relation.of(claims)
        if part in vocabulary.PARTS:
            values = _as_stored(triples, values)
        else:  # a claim need not have it
            without = np.flatnonzero(~np.isin(claims, relation.subjects))
            places = np.concatenate([places, without])
            values = np.concatenate([_by_text(triples, values), np.full(len(without), NONE)])
        claims, columns = claims[places], [*(column[places] for column in columns), values]
    columns[0] = _as_stored(triples, columns[0])
    for claim, first in _first_alike(triples, claims, *columns):
        yield claim, NONE, first


def sentence_without_slots(triples: Triples, _base: str) -> Iterator[FocusPathValue]:
    """Yield the triples with ag:sentence or ag:inverseSentence that lack {subject} or {object}.

    A class of events, which has a superclass, needs no {object}.
    """
    classes = {*triples.relation(NamedNode(RDFS + "subClassOf")).subjects.tolist()}
    for predicate in _SENTENCES:
        relation = triples.relation(predicate)
        for row in _hits(relation.subjects, triples.number(predicate), relation.objects):
            sentence = triples.value(row[2])
            needs_object = row[0] not in classes
            if "{subject}" not in sentence or (needs_object and "{object" not in sentence):
                yield row


def unclaimable_predicate(triples: Triples, _base: str) -> Iterator[FocusPathValue]:
    """Yield the claims whose predicate has no ag:aspect; the path is rdf:predicate.

    Claims are the nodes with the type ag:Claim. The value is the predicate of the claim. Deprecated
    predicates are passed over.
    """
    claims = triples.relation(vocabulary.PREDICATE)
    is_claim = instances_of(triples, vocabulary.CLAIM)[claims.subjects]
    deprecated = triples.relation(vocabulary.NO_LONGER_USED)
    is_known = triples.among(triples.relation(vocabulary.ASPECT).subjects)
    is_known[deprecated.subjects[deprecated.objects == triples.number(Literal(True))]] = True
    bad = is_claim & ~is_known[claims.objects]
    path = triples.number(vocabulary.PREDICATE)
    yield from _hits(claims.subjects[bad], path, claims.objects[bad])


def undefined_term(triples: Triples, _base: str) -> Iterator[FocusPathValue]:
    """Yield the uses of terms without a label that are in the namespace of an ontology.

    The value is the term. For a triple with the term as object, focus and path are its subject and
    predicate; for triples with the term as predicate, each of their subjects and the term itself.
    The namespaces are the objects of vann:preferredNamespaceUri. An owl:Ontology needs no label.
    """
    is_defined = triples.among(triples.relation(_LABEL).subjects) | instances_of(triples, _ONTOLOGY)
    spaces = tuple({f"<{triples.value(n)}" for n in triples.relation(_SPACE).objects.tolist()})
    subjects, predicates, objects = triples.columns

    def undefined(numbers: Numbers) -> Iterator[int]:
        """Yield the numbers of terms in one of `spaces` (namespaces) but not in `is_defined`."""
        for number in numbers[~is_defined[numbers]].tolist():
            if triples.texts[number].startswith(spaces):
                yield number

    for number in undefined(np.array(triples.predicates, np.int64)):
        for subject in np.unique(triples.relation(number).subjects).tolist():
            yield subject, number, number
    for number in undefined(np.flatnonzero(triples.mentioned & (triples.kinds == IRI))):
        where = objects == number
        pairs = np.unique(np.stack([subjects[where], predicates[where]]), axis=1).T.tolist()
        yield from ((subject, path, number) for subject, path in pairs)


COMPILED_RULES: dict[str, Check] = {
    check.__name__.replace("_", "-"): check
    for check in (
        current_event,
        dangling_reference,
        duplicate_name,
        not_a_claim,
        predicate_without_sentence,
        same_identity,
        sentence_without_slots,
        unclaimable_predicate,
        undefined_term,
    )
}
"""The functions by the names of their rules."""


def instances_of(triples: Triples, kind: NamedNode) -> Flags:
    """Return a flag for each term: whether the class `kind` itself is its type.

    A type that is a subclass of it does not count.
    """
    types = triples.relation(vocabulary.TYPE)
    return triples.among(types.subjects[types.objects == triples.number(kind)])


def _hits(focus: Numbers, path: int, values: Numbers) -> Iterator[FocusPathValue]:
    """Yield each focus with the one path and with the value at the same place of `values`."""
    yield from ((f, path, v) for f, v in zip(focus.tolist(), values.tolist(), strict=True))


def _first_alike(triples: Triples, nodes: Numbers, *same: Numbers) -> Iterator[tuple[int, int]]:
    """Yield pairs of nodes with the same values in all columns: a node, and the first of its group.

    `nodes` and each column of `same` have one number of a term (or `NONE`) for each row. Only IRIs
    count, in the order of their texts; each is yielded once, unless it is the first of all its
    groups. With a node of several groups comes the first of their first nodes.
    """
    is_iri = triples.kinds[nodes] == IRI
    nodes = nodes[is_iri]
    group = sizes = np.zeros(len(nodes), np.int64)
    for column in same:
        pairs = group * (triples.size + 1) + column[is_iri] + 1  # one number for each pair
        _, group, sizes = np.unique(pairs, return_inverse=True, return_counts=True)
    shared = sizes[group] > 1
    members: dict[int, set[int]] = {}
    for node, number in zip(nodes[shared].tolist(), group[shared].tolist(), strict=True):
        members.setdefault(number, set()).add(node)

    def iri(node: int) -> str:
        """Return the IRI of the node with a number in `triples`."""
        return triples.value(node)

    firsts: dict[int, int] = {}
    for alike in members.values():
        first, *others = sorted(alike, key=iri)
        for other in others:
            firsts[other] = min(firsts.get(other, first), first, key=iri)
    yield from firsts.items()


def _by_text(triples: Triples, values: Numbers) -> Numbers:
    """Return the numbers `values` of terms, where terms of the same text get that of the first."""
    first: dict[str, int] = {}
    same = [first.setdefault(triples.value(value), value) for value in values.tolist()]
    return np.array(same, np.int64)


def _as_stored(triples: Triples, values: Numbers) -> Numbers:
    """Return the numbers `values` of terms, where literals that a store makes equal get one number.

    Such literals are 1 and 01. Strings, with or without a language, are never rewritten.
    """
    typed = [
        value
        for value in np.unique(values).tolist()
        if (term := triples.texts[value])[0] == '"' and term[-1] == ">"
    ]
    first: dict[Term, int] = {}
    same = np.arange(triples.size)
    for value, stored in zip(typed, stored_forms([triples.term(n) for n in typed]), strict=True):
        same[value] = first.setdefault(stored, value)
    return same[values]


def stored_forms(terms: Sequence[Term]) -> Iterator[Term]:
    """Yield terms in order as a store rewrites them, such as 1 for 01; makes a store for this.

    >>> from pyoxigraph import Literal
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
