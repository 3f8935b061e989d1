"""Prefixes, IRIs and terms: from text to RDF and back.

>>> prefixes = Prefixes.of("https://w3id.org/allgraph/")
>>> prefixes.expand("id:coco-rocha")
'https://w3id.org/allgraph/id/coco-rocha'
>>> prefixes.shorten("https://w3id.org/allgraph/ns#Claim")
'ag:Claim'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, cached_property, lru_cache

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Triple

from allgraph.errors import ParameterError

Term = NamedNode | BlankNode | Literal | Triple
"""What stands in a cell of an answer: a term of pyoxigraph.

>>> import allgraph
>>> answer = allgraph.open().ask("founders", body="Model Alliance")
>>> type(answer.rows[0]["thing"]).__name__, type(answer.rows[0]["name"]).__name__
('NamedNode', 'Literal')
"""
Node = NamedNode | BlankNode

AG = "https://w3id.org/allgraph/ns#"
BASE = "https://w3id.org/allgraph/"
OA = "http://www.w3.org/ns/oa#"
OWL = "http://www.w3.org/2002/07/owl#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
SCHEMA = "https://schema.org/"
XSD = "http://www.w3.org/2001/XMLSchema#"

KNOWN: Mapping[str, str] = {
    "ag": AG,
    "dcterms": "http://purl.org/dc/terms/",
    "edtf": "http://id.loc.gov/datatypes/edtf/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "oa": OA,
    "org": "http://www.w3.org/ns/org#",
    "owl": OWL,
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": RDF,
    "rdfs": RDFS,
    "schema": SCHEMA,
    "sh": "http://www.w3.org/ns/shacl#",
    "shapes": "https://w3id.org/allgraph/shapes#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vann": "http://purl.org/vocab/vann/",
    "xsd": XSD,
}
"""The prefixes that every graph knows, beside ``id:``, ``claim:`` and ``source:`` of its own."""

DERIVED = NamedNode(AG + "derived")
"""The named graph of all derived triples, merged with the stated ones for queries."""
WITHDRAWN = NamedNode(AG + "withdrawnClaims")
"""The named graph of withdrawn claims, which queries read only where they are included."""
WITHDRAWN_DERIVED = NamedNode(AG + "withdrawnDerived")
"""The named graph of what is derived from withdrawn claims."""
MERGED = (DefaultGraph(), DERIVED)
"""The graphs of what is stated, and of what is derived; no triple is in both."""
WITH_WITHDRAWN = (*MERGED, WITHDRAWN, WITHDRAWN_DERIVED)
"""The graphs of `MERGED` and those of withdrawn claims; no triple is in two of them."""
OF_DERIVED = (DERIVED, WITHDRAWN_DERIVED)
"""The graphs of what is derived."""

_LETTERS = (  # PN_CHARS_BASE of SPARQL and Turtle, without what some engine does not take
    r"A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u167f\u1681-\u1fff\u200c\u200d"
    r"\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd"
)
_NAME_CHARACTERS = _LETTERS + r"0-9_\-\u00b7\u0300-\u036f\u203f\u2040"
_LOCAL = r"(?:[{letters}0-9_][{inner}]*(?:\.[{inner}]+)?)?"  # oxigraph: one dot
_PREFIX = r"(?:[{letters}](?:[{inner}.]*[{inner}])?)?"
_CURIE = re.compile(r"([^\x00-\x20:]*):(?!//)([^\x00-\x20]*)")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_FULL_IRI = re.compile(rf"{_SCHEME.pattern}\S+")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)", re.ASCII)


def stated(graphs: Iterable[NamedNode | DefaultGraph]) -> list[NamedNode | DefaultGraph]:
    """Return the graphs that have stated triples, not derived ones."""
    return [graph for graph in graphs if graph not in OF_DERIVED]


class Prefixes(dict[str, str]):
    """A mapping from prefixes to namespaces. Not to be changed: `shorten` has a cache of it.

    >>> import allgraph
    >>> prefixes = allgraph.open().prefixes
    >>> prefixes.shorten("https://w3id.org/allgraph/id/coco-rocha"), prefixes.expand("ag:Claim")
    ('id:coco-rocha', 'https://w3id.org/allgraph/ns#Claim')
    """

    @classmethod
    def of(cls, base: str, more: Mapping[str, str] | None = None) -> Prefixes:
        """Return the prefixes in `KNOWN`, ``id``, ``claim``, ``source`` of a base, and `more`.

        The namespaces of the three are the base with, for example, ``id/`` after it. A later one
        overrides.
        """
        minted = {name: f"{base}{name}/" for name in ("id", "claim", "source")}
        return cls({**KNOWN, **minted, **(more or {})})

    def __hash__(self) -> int:  # type: ignore[override]  # a dict has none
        """Return a hash, which is the same for equal prefixes."""
        return hash(frozenset(self.items()))

    def expand(self, text: str) -> str | None:
        """Return the IRI that a CURIE or a full IRI, perhaps in ``<>``, names; else ``None``.

        A CURIE needs one of these prefixes, and a full IRI without ``<>`` a scheme and a ``/``.
        What is in ``<>`` is not checked.

        >>> Prefixes.of("https://example.org/").expand("Coco Rocha") is None
        True
        """
        if text.startswith("<") and text.endswith(">"):
            return text[1:-1]
        match = _CURIE.fullmatch(text)
        if match and match[1] in self:
            return self[match[1]] + match[2]
        return text if _FULL_IRI.fullmatch(text) and "/" in text else None

    def shorten(self, iri: str) -> str:
        """Return the CURIE of an IRI, or the IRI itself when no prefix fits.

        The longest namespace that the IRI begins with counts alone, and the rest must be a local
        name that SPARQL and Turtle take.
        """
        by_space, lengths = self._prefixes_by_namespace
        for length in lengths:
            prefix = by_space.get(iri[:length])
            if prefix is not None:
                return f"{prefix}:{iri[length:]}" if _has_form(_LOCAL, iri[length:]) else iri
        return iri

    @cached_property
    def _prefixes_by_namespace(self) -> tuple[dict[str, str], list[int]]:
        """The first prefix by namespace, and the distinct lengths of namespaces, longest first."""
        by_space: dict[str, str] = {}
        for prefix, space in self.items():
            if space:
                by_space.setdefault(space, prefix)
        return by_space, sorted({*map(len, by_space)}, reverse=True)

    def show(self, term: Term | None) -> str:
        """Return a term as people read it: a CURIE or IRI, or the text of a literal.

        ``""`` for ``None``.

        >>> Prefixes.of("https://example.org/").show(Literal("Rocha"))
        'Rocha'
        """
        return self.shorten(term.value) if isinstance(term, NamedNode) else text(term)

    def declarations(self) -> str:
        """Return a ``PREFIX`` declaration of SPARQL for each prefix, all on one line."""
        return " ".join(f"PREFIX {prefix}: <{space}>" for prefix, space in self.items())


DEFAULT = Prefixes.of(BASE)
"""The prefixes of the built-in graph."""


def iri(text: str) -> NamedNode:
    """Return an IRI as a term. Raises `ParameterError` when it is none.

    >>> iri("https://x> } DROP ALL #")
    Traceback (most recent call last):
      ...
    allgraph.errors.ParameterError: “https://x> } DROP ALL #” is not an IRI
    """
    term = iri_or_none(text)
    if term is None:
        shown = text.encode(errors="backslashreplace").decode()
        raise ParameterError(f"“{shown}” is not an IRI")
    return term


def iri_or_none(text: str) -> NamedNode | None:
    """Return an IRI as a term, or ``None`` for a text that pyoxigraph does not take as one."""
    try:
        return NamedNode(text)
    except ValueError:
        return None


def is_absolute(iri: str) -> bool:
    """Return True if an IRI begins with a scheme, so that no base IRI is needed.

    >>> is_absolute("urn:isbn:1"), is_absolute("//example.org/a")
    (True, False)
    """
    return _SCHEME.match(iri) is not None


def is_prefix(name: str) -> bool:
    """Return whether SPARQL and Turtle take a name as a prefix.

    >>> is_prefix("ex"), is_prefix("my prefix")
    (True, False)
    """
    return _has_form(_PREFIX, name)


def _has_form(form: str, text: str) -> bool:
    """Return True if a whole text matches a form: `_LOCAL` for local names or `_PREFIX`.

    A form is a regular expression with placeholders for letters. For an ASCII text a faster
    expression, with ASCII letters alone, is used.
    """
    return _compiled_form(form, text.isascii()).fullmatch(text) is not None


@cache
def _compiled_form(form: str, is_ascii: bool) -> re.Pattern[str]:
    """Return a form, `_LOCAL` or `_PREFIX`, with its placeholders for letters filled in; cached.

    With `is_ascii` only ASCII letters are filled in.
    """
    letters, inner = ("A-Za-z", r"A-Za-z0-9_\-") if is_ascii else (_LETTERS, _NAME_CHARACTERS)
    return re.compile(form.replace("{letters}", letters).replace("{inner}", inner))


def literal(text: str) -> Literal:
    """Return a text as a literal. Raises `ParameterError` when it is not Unicode.

    >>> literal("Coco Rocha").value
    'Coco Rocha'
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ParameterError(f"{text!a} is not a text: it has bytes that are not UTF-8") from None
    return Literal(text)


def ag(name: str) -> NamedNode:
    """Return a term of the allgraph ontology.

    >>> ag("Claim")
    <NamedNode value=https://w3id.org/allgraph/ns#Claim>
    """
    return NamedNode(AG + name)


def number(text: str) -> Literal:
    """Return a number in digits, perhaps with a sign and a decimal point, as a literal.

    Its datatype is ``xsd:decimal`` with a point, else ``xsd:integer``. Raises `ParameterError` for
    another text.

    >>> number("3").datatype.value.rpartition("#")[2], number("81.5").value
    ('integer', '81.5')
    """
    if not _NUMBER.fullmatch(text):
        raise ParameterError(f"“{text}” is not a number; write it like 3 or 81.5")
    kind = "decimal" if "." in text else "integer"
    return Literal(text, datatype=NamedNode(XSD + kind))


def text(term: Term | None) -> str:
    """Return the text of a term, without datatype or language; ``""`` for none.

    A blank node or triple is written as pyoxigraph does.

    >>> text(Literal("81.5")), text(None)
    ('81.5', '')
    """
    if term is None:
        return ""
    return str(term) if isinstance(term, (BlankNode, Triple)) else term.value


@lru_cache(maxsize=4096)
def local_name(iri: str) -> str:
    """Return the part of an IRI after its last ``/``, ``#`` or ``:``.

    A ``/`` or ``#`` at its end does not count.

    >>> local_name("https://w3id.org/allgraph/ns#servedOn")
    'servedOn'
    """
    return re.split(r"[/#:]", iri.rstrip("/#"))[-1]
