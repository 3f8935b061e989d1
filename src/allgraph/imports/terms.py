"""The terms of a folder's ontology that a mapping may name: predicates, classes, roles, schemes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from pyoxigraph import Literal, NamedNode, Triple

from allgraph.folder import Folder
from allgraph.model import vocabulary
from allgraph.rdf.terms import AG, XSD, Prefixes, ag

_RANGE = "https://schema.org/rangeIncludes"
_SCHEME, _STATE = vocabulary.IDENTIFIER_SCHEME.value, ag("State").value


@dataclass(frozen=True)
class Predicate:
    """A predicate that claims may have: the datatypes and the classes that its objects may have.

    A `state` holds for a time; all others are events, or timeless.
    """

    iri: str
    is_state: bool
    datatypes: frozenset[str]
    classes: frozenset[str]
    roles: frozenset[str]


class Terms:
    """The terms of an ontology, found by local name (those of ``ag:``), CURIE or IRI.

    >>> from allgraph.folder import builtin
    >>> terms = Terms.of(builtin())
    >>> terms.predicate("heldOffice").is_state, terms.scheme("WikidataId")
    (True, 'https://w3id.org/allgraph/ns#WikidataId')
    >>> terms.predicate("heldOfice")
    Traceback (most recent call last):
    ...
    LookupError: no predicate “heldOfice” can be claimed; did you mean heldOffice?
    """

    def __init__(self, triples: Iterable[Triple], prefixes: Prefixes) -> None:
        """Read an ontology; `prefixes` are those that CURIEs may have."""
        self._prefixes = prefixes
        self._types: dict[str, set[str]] = {}
        self._above: dict[str, set[str]] = {}
        self._aspects: dict[str, set[str]] = {}
        self._ranges: dict[str, set[str]] = {}
        self._roles: dict[str, set[str]] = {}
        self._patterns: dict[str, set[str]] = {}
        tables = {
            vocabulary.TYPE.value: self._types,
            vocabulary.SUBCLASS.value: self._above,
            vocabulary.ASPECT.value: self._aspects,
            _RANGE: self._ranges,
            ag("roles").value: self._roles,
            vocabulary.PATTERN.value: self._patterns,
        }
        for triple in triples:
            table = tables.get(triple.predicate.value)
            subject, obj = triple.subject, triple.object
            is_named = isinstance(subject, NamedNode) and isinstance(obj, (NamedNode, Literal))
            if table is not None and is_named:
                table.setdefault(subject.value, set()).add(obj.value)  # type: ignore[union-attr]

    @classmethod
    def of(cls, folder: Folder) -> Terms:
        """Return the terms of the ontology of a folder. Raises `LoadError`."""
        files = folder.ontology_files()
        return cls((triple for path in files for triple in folder.triples(path)), folder.prefixes)

    def predicate(self, name: str) -> Predicate:
        """Return a predicate that can be claimed; raises `LookupError`, which proposes one."""
        iri = self._find(name, self._aspects, "predicate “{}” can be claimed")
        ranges = self._ranges.get(iri, set())
        datatypes = {term for term in ranges if term.startswith(XSD)}
        roles = self._roles.get(iri, set())
        return Predicate(
            iri,
            _STATE in self._aspects[iri],
            frozenset(datatypes),
            frozenset(ranges - datatypes),
            frozenset(t for t, kinds in self._types.items() if self._are_below(kinds, roles)),
        )

    def kind(self, name: str) -> str:
        """Return the IRI of a class of things; raises `LookupError`, which proposes one."""
        return self._find(name, self._things, "class of things “{}” is known")

    def scheme(self, name: str) -> str:
        """Return the IRI of a scheme of identifiers; raises `LookupError`, which proposes one."""
        return self._find(name, self._schemes, "scheme of identifiers “{}” is known")

    @property
    def patterns(self) -> dict[str, re.Pattern[str]]:
        """The patterns that identifiers match as a whole, by the IRIs of their schemes."""
        return {
            scheme: re.compile(pattern)
            for scheme, patterns in self._patterns.items()
            for pattern in patterns
            if scheme in self._schemes
        }

    def role(self, name: str, predicate: Predicate) -> str:
        """Return the IRI of a role that claims with a predicate may have; raises `LookupError`."""
        if not predicate.roles:
            raise LookupError(
                f"claims with {self.short(predicate.iri)} have no roles; leave “as” out"
            )
        return self._find(name, predicate.roles, "role “{}” is known for this predicate")

    def classification(self, name: str) -> str:
        """Return the IRI of a term that classifies things; raises `LookupError`."""
        return self._find(name, self._types, "classification “{}” is known")

    def short(self, iri: str) -> str:
        """Return an IRI as a mapping may have it."""
        return iri.removeprefix(AG) if iri.startswith(AG) else self._prefixes.shorten(iri)

    def is_below(self, kind: str, others: Iterable[str]) -> bool:
        """Return True if a class is one of some others, or below one."""
        return self._are_below({kind}, {*others})

    @cached_property
    def _things(self) -> set[str]:
        top = {vocabulary.THING.value}
        return {kind for kind in self._types if self._are_below({kind}, top)}

    @cached_property
    def _schemes(self) -> set[str]:
        return {term for term, kinds in self._types.items() if _SCHEME in kinds}

    def _are_below(self, kinds: set[str], others: set[str]) -> bool:
        """Return True if one of some classes, or a class above one, is in `others`."""
        seen, remaining = set(kinds), [*kinds]
        while remaining:
            new = self._above.get(remaining.pop(), set()) - seen
            seen |= new
            remaining += new
        return bool(seen & others)

    def _find(self, name: str, among: Iterable[str], missing: str) -> str:
        """Return the IRI that a name stands for; raises `LookupError` if it is not `among` some."""
        among = {*among}
        iri = (self._prefixes.expand(name) or name) if ":" in name else f"{AG}{name}"
        if iri in among:
            return iri
        names = {self.short(term): term for term in among}
        folded = {short.lower(): short for short in names}
        close = get_close_matches(name.lower(), folded, 1, 0.7)
        hint = f"; did you mean {folded[close[0]]}?" if close else ""
        raise LookupError(f"no {missing.format(name)}{hint}")
