"""Facts: the triples about claims, evidence, sources and names, by predicate and subject.

Terms are texts of N-Triples, and literals have the forms in which they are stated. What is derived
from claims, and the table of claims, are made of facts, wherever these come from.

>>> a, knows = NamedNode("x:a"), vocabulary.OBJECT
>>> facts = Facts()
>>> facts.add([f"{a} {knows} <x:b> .", f"{a} {knows} <x:c> .", f"{a} <x:other> <x:b> ."])
>>> facts[knows], facts.predicates >= {"<x:other>"}
({'<x:a>': ('<x:b>', '<x:c>')}, True)
>>> sorted(facts.linked(["x:a", "x:b"], knows))
['x:b', 'x:c']
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from allgraph.model import vocabulary
from allgraph.rdf import ntriples
from allgraph.rdf.terms import KNOWN, MERGED, OA, RDF, RDFS, SCHEMA, Node, ag

Values = str | tuple[str, ...]
"""The distinct objects of a predicate of a subject: one, or several in the order of the facts."""
Relation = dict[str, Values]
"""The objects of one predicate by subject."""
Find = Callable[[Any, Any, Any], Iterator[Quad]]
"""A function that finds the quads with a subject, a predicate and an object; None matches all."""

LABEL, NAME_IN_TEXT = NamedNode(RDFS + "label"), ag("nameInText")
SELECTOR, START, END = (NamedNode(OA + name) for name in ("hasSelector", "start", "end"))
PAGE_OF, CONTEXT, NOTE = NamedNode(KNOWN["prov"] + "specializationOf"), ag("context"), ag("note")
SENTENCE, INVERSE = ag("sentence"), ag("inverseSentence")
RECORD, FIRST_LINE, LINES = ag("record"), ag("firstLine"), ag("lines")
FRAGMENT, VERSION = NamedNode(RDF + "value"), NamedNode(SCHEMA + "version")
TEMPLATE = ag("placeTemplate")
OF_IMPLICATIONS = (
    vocabulary.SUBCLASS, vocabulary.SUBPROPERTY, vocabulary.NO_LONGER_USED, vocabulary.REPLACED_BY,
    vocabulary.CLASSIFICATION, vocabulary.SCHEME, vocabulary.PATTERN, vocabulary.ADDRESS,
)  # fmt: skip
"""The predicates by which an ontology says what follows from classes and direct triples."""
OF_DERIVATION = (
    vocabulary.TYPE,
    *vocabulary.PARTS,
    vocabulary.WHEN,
    vocabulary.RANK,
    vocabulary.PROSPECTIVE,
    vocabulary.ROLE,
    vocabulary.CONFLICTS,
    vocabulary.EVIDENCE,
    vocabulary.SOURCE,
    vocabulary.CURRENT,
    vocabulary.IS_CURRENT,
    vocabulary.SENSITIVE,
    vocabulary.EARLIEST,
    vocabulary.LATEST,
    vocabulary.READ,
    vocabulary.YIELDS,
    vocabulary.ASPECT,
    vocabulary.LIFETIME,
    vocabulary.WITHDRAWN,
    *OF_IMPLICATIONS,
)
"""The predicates that decide what is derived from claims."""
OF_EVIDENCE = {
    "section": ag("section"), "page_number": ag("pageNumber"), "row": ag("row"),
    "sha256": ag("sha256"), "reading": ag("reading"), "confidence": ag("confidence"),
    "wording": ag("wording"),
    "current_as_of": vocabulary.CURRENT, "note": NOTE,
}  # fmt: skip
"""The predicates of a piece of evidence whose object is told as it is, by what they say."""
OF_TABLE = (
    *OF_DERIVATION, vocabulary.WITHDRAWN_BY, vocabulary.WITHDRAWN_BECAUSE, vocabulary.CERTAINTY,
    vocabulary.ORDINAL, *vocabulary.BOUNDS,
    *OF_EVIDENCE.values(), ag("attributedTo"),
    LABEL, NAME_IN_TEXT, SELECTOR, START, END, PAGE_OF, CONTEXT, SENTENCE, INVERSE,
    RECORD, FIRST_LINE, LINES, FRAGMENT, VERSION, TEMPLATE,
)  # fmt: skip
"""The predicates that the table of claims is made of."""
_REPEATED = {
    str(predicate)
    for predicate in (
        vocabulary.TYPE, vocabulary.PREDICATE, vocabulary.SOURCE, vocabulary.RANK, START, END,
        vocabulary.CLASSIFICATION, vocabulary.IS_CURRENT, RECORD,
        OF_EVIDENCE["reading"], OF_EVIDENCE["confidence"],
    )
}  # fmt: skip
"""The predicates that have few objects, of which each is kept once."""
_TYPE, _CLASS_OF_EVIDENCE = str(vocabulary.TYPE), f"<{OA}"


def finder(store: Store, graphs: Iterable[NamedNode | DefaultGraph] = MERGED) -> Find:
    """Return a function that finds the quads of a pattern in some graphs of a store."""
    chosen = [*graphs]

    def find(subject: Any, predicate: Any, obj: Any) -> Iterator[Quad]:
        """Yield the quads that match a pattern, those of one graph after those of another."""
        of_graphs = (store.quads_for_pattern(subject, predicate, obj, of) for of in chosen)
        return chain.from_iterable(of_graphs)

    return find


class Facts:
    """The triples with some predicates: objects by predicate and subject, as texts of N-Triples.

    `predicates` are all predicates of the triples that were added, also of those not kept. Of the
    nodes whose class is one of Web Annotation, such as evidence, only the first of each class has
    it here: they are most of all nodes, and nothing asks for their class.
    """

    def __init__(self, kept: Iterable[NamedNode] = OF_TABLE) -> None:
        """Start without facts; only triples whose predicates are in `kept` will be kept."""
        self._relations: dict[str, Relation] = {str(predicate): {} for predicate in kept}
        self._terms: dict[str, str] = {}  # objects of `_REPEATED` by themselves
        self.predicates: set[str] = set()

    @classmethod
    def of(cls, quads: Find, kept: Iterable[NamedNode] = OF_TABLE) -> Facts:
        """Return the facts of a store, as the store writes their literals.

        `quads` finds the quads that match a pattern, in one graph or several.
        """
        facts = cls(kept)
        patterns = (quads(None, predicate, None) for predicate in kept)
        facts.add_quads(chain.from_iterable(patterns))
        return facts

    def __getitem__(self, predicate: NamedNode) -> Relation:
        """Return the objects of one of the predicates that are kept, by subject; not a copy."""
        return self._relations[str(predicate)]

    def add(self, lines: Iterable[str]) -> None:
        """Add triples, each a line of N-Triples in the form of `ntriples.written`."""
        relation_of, same, last = self._relations.get, self._terms.setdefault, ""
        for line in lines:
            subject, predicate, rest = line.split(" ", 2)
            if subject == last:
                subject = last  # one text for all triples of a subject, which stand together
            last = subject
            relation = relation_of(predicate)
            if not relation:
                self.predicates.add(predicate)
                if relation is None:
                    continue
            obj = rest[:-2]
            if predicate in _REPEATED:
                if predicate == _TYPE and obj.startswith(_CLASS_OF_EVIDENCE) and obj in self._terms:
                    continue
                obj = same(obj, obj)
            known = relation.setdefault(subject, obj)
            if known is not obj and obj not in each(known):
                relation[subject] = (*each(known), obj)

    def add_quads(self, quads: Iterable[Quad]) -> None:
        """Add triples, whatever their graphs."""
        self.add(f"{subject} {predicate} {obj} ." for subject, predicate, obj, _ in quads)

    def having(self, predicate: NamedNode, obj: Node) -> set[str]:
        """Return the subjects that have an object of a predicate."""
        wanted = str(obj)
        return {
            subject
            for subject, values in self[predicate].items()
            if values == wanted or (type(values) is tuple and wanted in values)
        }

    def true_of(self, predicate: NamedNode) -> set[str]:
        """Return the subjects of which a predicate has the object ``true``, see `ntriples.is_true`.

        Each distinct object is read once.
        """
        relation = self[predicate]
        distinct = {*relation.values()}
        true = {values for values in distinct if any(map(ntriples.is_true, each(values)))}
        return {subject for subject, values in relation.items() if values in true}

    def linked(self, subjects: Iterable[str], *predicates: NamedNode) -> set[str]:
        """Return the IRIs that some subjects, by their IRIs, have as objects of predicates."""
        relations = [self[predicate] for predicate in predicates]
        return {
            obj[1:-1]
            for subject in subjects
            for relation in relations
            for obj in each(relation.get(f"<{subject}>", ()))
            if ntriples.is_iri(obj)
        }

    def without(self, nodes: Iterable[Node]) -> Facts:
        """Return a copy without the triples that have one of some nodes as subject or object."""
        left_out = {*map(str, nodes)}
        facts = Facts(())
        facts.predicates = self.predicates
        for predicate, relation in self._relations.items():
            kept = facts._relations[predicate] = {}
            for subject, values in relation.items():
                rest = tuple(obj for obj in each(values) if obj not in left_out)
                if rest and subject not in left_out:
                    kept[subject] = rest[0] if len(rest) == 1 else rest
        return facts


def each(values: Values) -> tuple[str, ...]:
    """Return the objects of a subject, of which there may be one, as a tuple."""
    return (values,) if isinstance(values, str) else values


def least(values: Mapping[str, Values], subject: str) -> str:
    """Return the text of the objects of a subject that sorts first; ``""`` if it has none."""
    objects = values.get(subject)
    if objects is None:
        return ""
    if isinstance(objects, str):
        return ntriples.value(objects)
    return min(map(ntriples.value, objects))
