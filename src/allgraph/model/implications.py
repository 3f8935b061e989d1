"""Triples that follow by an ontology: broader classes and predicates, former terms, addresses.

A thing is also of the superclasses of its class, and of the former classes that these replace. A
direct triple also holds with the broader predicates, and with the former ones that these replace.
An identifier may give the address of the thing. Nothing else of RDFS or OWL follows.

>>> facts = Facts()
>>> poet, wrote = (vocabulary.TYPE, "<x:Poet>"), ("<x:a>", "<x:wrote>", "<x:b>")
>>> facts.add([f"<x:Poet> {vocabulary.SUBCLASS} <x:Person> .", f"<x:a> {poet[0]} {poet[1]} ."])
>>> facts.add([f"<x:wrote> {vocabulary.SUBPROPERTY} <x:made> ."])
>>> implications = Implications(facts)
>>> [obj for _, _, obj in implications.of_things()], [*implications.of_direct([wrote])]
(['<x:Person>'], [('<x:a>', '<x:made>', '<x:b>')])
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from urllib.parse import quote

from pyoxigraph import Literal, Store

from allgraph.model import vocabulary
from allgraph.model.facts import Facts, Values, each
from allgraph.rdf.ntriples import Parts, is_iri, is_true, value
from allgraph.rdf.terms import KNOWN, OA, OWL, RDF, RDFS, iri_or_none, is_absolute

_TYPE, _SAME_AS = str(vocabulary.TYPE), str(vocabulary.SAME_AS)
_IDENTIFIER = str(vocabulary.IDENTIFIER)
_NOT_OF_THINGS = (
    str(vocabulary.CLAIM),
    str(vocabulary.CLASS_OF_SOURCES),
    *(f"<{namespace}" for namespace in (OA, OWL, RDF, RDFS, KNOWN["skos"])),
)
"""How the classes of claims, sources, evidence, concepts and terms of an ontology begin."""
_OF_ALL = (f"<{OWL}Thing>", f"<{OWL}NamedIndividual>", f"<{RDFS}Resource>")
"""The classes in the same namespaces that things may be of."""
_THING = str(vocabulary.THING)
_ID = "{id}"
_NOT_IN_PATH = re.compile(r"[^\w.~!$&'()*+,;=:@/-]")
_NOT_IN_QUERY = re.compile(r"[^\w.~-]")
_AT_ONCE = 10_000  # identifiers that are matched together

Only = tuple[str, ...]
"""The classifications of things, or schemes of identifiers, that a former term meant; () is all."""


class Implications:
    """The triples that follow from classes and direct triples, by the ontology in some facts.

    Terms are texts of N-Triples. Only what is implied is returned, and some of it several times.
    """

    def __init__(self, facts: Facts) -> None:
        """Read the former terms and the schemes of identifiers; `facts` must not change after."""
        self._facts = facts
        self._former_classes = _former(facts, facts[vocabulary.CLASSIFICATION])
        self._former_predicates = _former(facts, facts[vocabulary.SCHEME])
        self._schemes = _schemes(facts)
        self._classes = lru_cache(65_536)(self._classes_beside)
        self._predicates = lru_cache(65_536)(self._predicates_beside)

    def of_things(
        self, classified: Iterable[Parts] = (), *, also_stated: bool = False
    ) -> Iterator[Parts]:
        """Yield the classes that things have beside those stated, by the ontology.

        `classified` are direct triples, of which those with ``ag:classification`` count beside the
        stated ones. With `also_stated`, classes that are stated come too if they follow from others
        that are. Claims, evidence, sources, concepts, and terms of an ontology have none.
        """
        classifications = self._classifications(classified)
        things: dict[str, Values] = {}
        for node, stated in self._facts[vocabulary.TYPE].items():
            if self._classes(stated, classifications.get(node, frozenset())):
                things[node] = stated
        for evidence in self._facts[vocabulary.EVIDENCE].values():
            for node in each(evidence):
                things.pop(node, None)
        for node, stated in things.items():
            for class_ in self._classes(stated, classifications.get(node, frozenset())):
                if also_stated or class_ not in each(stated):
                    yield node, _TYPE, class_

    def of_direct(self, direct: Iterable[Parts]) -> Iterator[Parts]:
        """Yield what follows from direct triples: broader and former predicates, addresses."""
        identified: dict[str, list[tuple[str, str]]] = {scheme: [] for scheme in self._schemes}
        for subject, predicate, obj in direct:
            for other, ending in self._predicates(predicate):
                if obj.endswith(ending):  # an IRI has no ^ and <
                    yield subject, other, obj[: len(obj) - len(ending)]
            if predicate == _IDENTIFIER:
                scheme = obj.rpartition("^^")[2]
                if (pairs := identified.get(scheme)) is not None:
                    pairs.append((subject, value(obj)))
                    if len(pairs) == _AT_ONCE:
                        yield from self._same_as(scheme, pairs)
                        pairs.clear()
        for scheme, pairs in identified.items():
            yield from self._same_as(scheme, pairs)

    def _same_as(self, scheme: str, identified: list[tuple[str, str]]) -> Iterator[Parts]:
        """Yield the addresses of things, whose identifiers are of a scheme and have its pattern."""
        pattern, template = self._schemes[scheme]
        sound = _matching(pattern, {identifier for _, identifier in identified})
        for thing, identifier in identified:
            if identifier in sound and (address := address_of(template, identifier)):
                yield thing, _SAME_AS, address

    def _classifications(self, direct: Iterable[Parts]) -> Mapping[str, frozenset[str]]:
        """Return by thing those of its classifications that a former class is replaced by.

        `direct` is read only if there are any such classes.
        """
        wanted = {c for terms in self._former_classes.values() for _, only in terms for c in only}
        if not wanted:
            return {}
        classifications: dict[str, frozenset[str]] = {}
        stated = self._facts[vocabulary.CLASSIFICATION].items()
        predicate = str(vocabulary.CLASSIFICATION)
        for thing, values in (*stated, *((s, o) for s, p, o in direct if p == predicate)):
            if former := wanted.intersection(each(values)):
                classifications[thing] = classifications.get(thing, frozenset()) | former
        return classifications

    def _classes_beside(self, stated: Values, classifications: frozenset[str]) -> tuple[str, ...]:
        """Return the superclasses and former classes of a thing with the `stated` classes.

        ag:Thing is left out, since all things are of it. If any of the classes is of claims,
        sources, evidence, concepts or terms, there are none.
        """
        superclasses = self._facts[vocabulary.SUBCLASS]
        implied: dict[str, None] = {}
        classes = [*each(stated)]
        for class_ in classes:  # grows while it is iterated over
            former = self._former_classes.get(class_, ())
            more = (old for old, only in former if not only or classifications.intersection(only))
            for other in (*filter(is_iri, each(superclasses.get(class_, ()))), *more):
                if other not in implied and other != _THING:
                    implied[other] = None
                    classes.append(other)
        if any(c.startswith(_NOT_OF_THINGS) and c not in _OF_ALL for c in classes):
            return ()
        return tuple(implied)

    def _predicates_beside(self, predicate: str) -> tuple[tuple[str, str], ...]:
        """Return the predicates that follow from one, each with the ending that objects must have.

        Where that is not ``""`` but a datatype, the objects of the former predicate are the texts
        before it.
        """
        broader = self._facts[vocabulary.SUBPROPERTY]
        implied: dict[tuple[str, str], None] = {(predicate, ""): None}
        predicates = [(predicate, "")]
        for one, ending in predicates:  # grows while it is iterated over
            more = [(other, ending) for other in filter(is_iri, each(broader.get(one, ())))]
            for old, schemes in self._former_predicates.get(one, ()):
                if not schemes:
                    more.append((old, ending))
                elif not ending:  # else the object is a plain string
                    more += ((old, f"^^{scheme}") for scheme in schemes)
            predicates += (new := [*dict.fromkeys(p for p in more if p not in implied)])
            implied |= dict.fromkeys(new)
        return tuple(implied)[1:]


def address_of(template: str, identifier: str) -> str:
    """Return the address that a template with ``{id}`` gives to an identifier, as an IRI.

    Characters that may not stand there are encoded. ``""`` if the address is no absolute IRI, or
    would be another one for a browser, which leaves out ``..``.

    >>> address_of("https://doi.org/{id}", "10.1000/a<b> 100%")
    '<https://doi.org/10.1000/a%3Cb%3E%20100%25>'
    """
    before, _, after = template.partition(_ID)
    if not is_absolute(before) or {".", ".."}.intersection(identifier.split("/")):
        return ""
    unfit = _NOT_IN_QUERY if {"?", "#"}.intersection(before) else _NOT_IN_PATH
    encoded = unfit.sub(lambda character: quote(character[0], safe=""), identifier)
    iri = iri_or_none(before + encoded + after.replace(_ID, encoded))
    return str(iri or "")


def _former(facts: Facts, meant: Mapping[str, Values]) -> dict[str, list[tuple[str, Only]]]:
    """Return by term the former terms that it replaces, each with what that meant of its uses."""
    former: dict[str, list[tuple[str, Only]]] = {}
    no_longer_used = facts[vocabulary.NO_LONGER_USED]
    for old, replacing in facts[vocabulary.REPLACED_BY].items():
        if is_iri(old) and any(map(is_true, each(no_longer_used.get(old, ())))):
            for new in each(replacing):
                former.setdefault(new, []).append((old, each(meant.get(old, ()))))
    return former


def _schemes(facts: Facts) -> dict[str, tuple[str, str]]:
    """Return by scheme its pattern and address template; only schemes that have one of each."""
    schemes: dict[str, tuple[str, str]] = {}
    for scheme, template in facts[vocabulary.ADDRESS].items():
        pattern = facts[vocabulary.PATTERN].get(scheme)
        if isinstance(pattern, str) and isinstance(template, str) and _ID in value(template):
            schemes[scheme] = value(pattern), value(template)
    return schemes


def _matching(pattern: str, texts: Iterable[str]) -> set[str]:
    """Return the texts that a pattern matches as a whole, in time that grows with the texts only.

    A store matches them. One that it cannot read as a pattern matches none.
    """
    values = " ".join(str(Literal(text)) for text in texts)
    regex = f"REGEX(?text, {Literal(f'^(?:{pattern})$')})"
    rows = Store().query(f"SELECT ?text {{ VALUES ?text {{ {values} }} FILTER({regex}) }}")
    return {row["text"].value for row in rows}  # type: ignore[union-attr]
