"""Deprecated terms, and what an ontology says to use instead of them.

```
ag:backed owl:deprecated true ; dcterms:isReplacedBy ag:supported .
ag:hasDoi owl:deprecated true ; dcterms:isReplacedBy ag:identifier ; ag:scheme ag:Doi .
ag:Introduction owl:deprecated true ; dcterms:isReplacedBy ag:LegislativeAction ;
    ag:classification ag:Introduced .
```

The first is renamed. The values of the second get a datatype too, and the things of the third a
classification.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Quad, Triple

from allgraph.folder.folder import Folder
from allgraph.model import vocabulary
from allgraph.rdf.terms import Prefixes

if TYPE_CHECKING:
    from allgraph.model.triples import Row

_PARTS = (vocabulary.REPLACED_BY, vocabulary.SCHEME, vocabulary.CLASSIFICATION)
PREDICATES = (vocabulary.NO_LONGER_USED, *_PARTS)
"""The predicates of the triples that declare deprecated terms."""


@dataclass(frozen=True)
class Deprecated:
    """A deprecated term, and what replaces it; all are IRIs, ``""`` for none.

    `replacement` is ``""`` too where the ontology names several, or a circle. With a `scheme` the
    term is a predicate, whose values get this datatype; with a `classification` it is a class,
    whose things get this as their ``ag:classification``.
    """

    iri: str
    replacement: str = ""
    scheme: str = ""
    classification: str = ""

    @property
    def is_rename(self) -> bool:
        """True if the replacement can stand wherever the term stands."""
        return not (self.scheme or self.classification)

    def advice(self, prefixes: Prefixes) -> str:
        """Return the sentence that says that the term is deprecated, and what to use."""
        old, new, scheme, classification = map(
            prefixes.shorten, (self.iri, self.replacement, self.scheme, self.classification)
        )
        if not self.replacement:
            return f"{old} is deprecated"
        if self.scheme:
            new = f'{new}, with its text as "…"^^{scheme}'
        elif self.classification:
            new = f"{new}, with ag:classification {classification}"
        return f"{old} is deprecated; use {new}"


Table = dict[str, Deprecated]
"""Deprecated terms by their IRIs."""


def table(triples: Iterable[Triple | Quad | Row]) -> Table:
    """Return the deprecated terms that triples of an ontology declare.

    A replacement that is deprecated itself is replaced by its own; where this goes round in a
    circle, there is none.
    """
    objects: dict[NamedNode, dict[str, set[str]]] = {part: defaultdict(set) for part in _PARTS}
    deprecated: set[str] = set()
    for triple in triples:
        subject, obj = triple.subject, triple.object
        if not isinstance(subject, NamedNode):
            continue
        if triple.predicate in objects and isinstance(obj, NamedNode):
            objects[triple.predicate][subject.value].add(obj.value)
        elif triple.predicate == vocabulary.NO_LONGER_USED and isinstance(obj, Literal):
            deprecated |= {subject.value} if obj.value in ("true", "1") else set()
    terms: Table = {}
    for iri in sorted(deprecated):
        parts = (objects[part][iri] for part in _PARTS)
        terms[iri] = Deprecated(iri, *(next(iter(x)) if len(x) == 1 else "" for x in parts))
    return {iri: _resolved(term, terms) for iri, term in terms.items()}


def _resolved(term: Deprecated, terms: Table) -> Deprecated:
    """Return a term with the last replacement of the chain that begins with its own, if it ends.

    `terms` are all by IRI.
    """
    iri, passed = term.iri, {term.iri}
    scheme, classification = term.scheme, term.classification
    while term.replacement in terms:
        term = terms[term.replacement]
        if term.iri in passed:
            return Deprecated(iri)
        passed.add(term.iri)
        scheme, classification = scheme or term.scheme, classification or term.classification
    return Deprecated(iri, term.replacement, scheme, classification)


def of(folder: Folder) -> Table:
    """Read the ontology that a folder uses, its own and those inherited; return `table` of it.

    Raises `LoadError` for a file that cannot be read or parsed.
    """
    return table(triple for path in folder.ontology_files() for triple in folder.triples(path))
