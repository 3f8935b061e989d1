"""The leaves of a site: what there is about some IRIs, as a page and as data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import unquote

from pyoxigraph import NamedNode

from allgraph.exports import tables
from allgraph.graph.claims import Claim, in_order, named
from allgraph.linkeddata import documents
from allgraph.linkeddata.documents import Document
from allgraph.model import addresses
from allgraph.rdf.terms import Term, text
from allgraph.site import thing_page
from allgraph.site.site import Site

_BATCH = 100  # documents whose claims are read together
_MANY = 500  # things that one query asks for


@dataclass(frozen=True)
class Leaf:
    """A document with the claims on it, in the order in which people read them.

    `known` are these, and what conflicts with them, by their IRIs; `classes` are those of the
    things that they join.
    """

    site: Site
    document: Document
    claims: Sequence[Claim]
    known: Mapping[str, Claim]
    classes: Mapping[str, Sequence[str]]

    def page(self) -> bytes:
        """The page for people."""
        return thing_page.portrait(self.site, self.document, self.claims, self.known, self.classes)

    def data(self, suffix: str) -> bytes:
        """The data by a suffix: RDF, or the claims as a table."""
        if suffix == addresses.TABLE:
            some = [*self.claims]
            itself = self.known.get(self.document.topic.value)
            table = tables.of_claims([itself, *some] if itself else some)
            return b"".join(tables.comma_separated(table))
        return self.document.write(suffix)


def leaves(site: Site, iris: Iterable[str]) -> Iterator[Leaf]:
    """The leaves about some IRIs, all pages of each; what nothing is said of has none."""
    some = documents.several(site.graph, iris, published=site.published)
    while batch := [*islice(some, _BATCH)]:
        yield from _read(site, batch)


def leaf(site: Site, found: Document) -> Leaf:
    """The leaf of a document."""
    return next(_read(site, [found]))


def _read(site: Site, some: Sequence[Document]) -> Iterator[Leaf]:
    """The leaves of some documents, whose claims are read together."""
    graph = site.graph
    wanted = [iri for each in some for iri in (each.topic, *each.claims)]
    known = {claim.iri: claim for claim in named(graph, wanted)}
    rivals = (iri for claim in known.values() for iri in claim.rivals if iri not in known)
    known |= {claim.iri: claim for claim in named(graph, map(NamedNode, dict.fromkeys(rivals)))}
    ends = (end for claim in known.values() for end in (claim.subject, claim.object))
    classes = _classes(site, [end for end in dict.fromkeys(ends) if isinstance(end, NamedNode)])
    for each in some:
        said = in_order(known[iri.value] for iri in each.claims if iri.value in known)
        yield Leaf(site, each, said, known, classes)


def _classes(site: Site, things: Sequence[NamedNode]) -> dict[str, list[str]]:
    """The classes of some things."""
    found: dict[str, list[str]] = {}
    for start in range(0, len(things), _MANY):
        some: list[Term] = [*things[start : start + _MANY]]
        for row in site.graph.run("site-kinds-of", things=some).rows:
            found.setdefault(text(row["thing"]), []).append(text(row["class"]))
    return found


def files(found: Leaf) -> Iterator[tuple[str, bytes]]:
    """The files of a leaf: the page, and the data beside it."""
    site, topic, page = found.site, found.document.topic.value, found.document.page
    path = site.path(topic, page=page)
    if path is None:
        return
    yield f"{unquote(path)[1:]}/index.html", found.page()
    for suffix in (*addresses.SUFFIXES, addresses.TABLE):
        data = site.path(topic, suffix, page)
        if data is not None:
            yield unquote(data)[1:], found.data(suffix)
