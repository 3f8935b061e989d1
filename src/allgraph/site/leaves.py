"""The leaves of a site: what there is about some IRIs, as a page and as data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from pyoxigraph import NamedNode

from allgraph import addresses, derive, documents, records
from allgraph.claims import Claim, claims, named
from allgraph.documents import Document
from allgraph.site import pages
from allgraph.site.edition import Edition


@dataclass(frozen=True)
class Leaf:
    """A document with the claims on it, in the order in which people read them.

    `known` are these, and what conflicts with them, by their IRIs.
    """

    edition: Edition
    document: Document
    claims: Sequence[Claim]
    known: Mapping[str, Claim]

    def page(self) -> bytes:
        """The page for people."""
        return pages.document(self.edition, self.document, self.claims, self.known)

    def data(self, suffix: str) -> bytes:
        """The data by a suffix: RDF, or the claims as a table."""
        if suffix == addresses.TABLE:
            some = [*self.claims]
            itself = self.known.get(self.document.topic.value)
            return records.comma_separated(records.of_claims([itself, *some] if itself else some))
        return self.document.write(suffix)


def leaves(edition: Edition, iris: Iterable[str], *, page: int = 1) -> Iterator[Leaf]:
    """The leaves about some IRIs, one page of each; errors as `documents.about`."""
    for iri in iris:
        yield leaf(edition, documents.about(edition.graph, iri, page=page,
                                            published=edition.published))  # fmt: skip


def leaf(edition: Edition, found: Document) -> Leaf:
    """The leaf of a document."""
    graph, topic = edition.graph, found.topic
    itself = named(graph, [topic])
    if found.pages == 1:
        said = claims(graph, about=topic)
    else:
        ends = (derive.SUBJECT, derive.OBJECT)
        about = [t.subject for t in found.triples if t.object == topic and t.predicate in ends]
        said = named(graph, about)
    if not said:
        said = named(graph, [t.subject for t in found.triples
                             if t.object == topic and t.predicate == derive.ag("source")])  # fmt: skip
    known = {claim.iri: claim for claim in (*said, *itself)}
    rivals = [NamedNode(iri) for claim in known.values() for iri in claim.rivals]
    known |= {claim.iri: claim for claim in named(graph, [r for r in rivals if r.value not in known])}
    return Leaf(edition, found, said, known)


def files(found: Leaf) -> Iterator[tuple[str, bytes]]:
    """The files of a leaf: the page, and the data beside it."""
    edition, topic, page = found.edition, found.document.topic.value, found.document.page
    path = edition.path(topic, page=page)
    if path is None:
        return
    yield f"{unquote(path)[1:]}/index.html", found.page()
    for suffix in (*addresses.SUFFIXES, addresses.TABLE):
        data = edition.path(topic, suffix, page)
        if data is not None:
            yield unquote(data)[1:], found.data(suffix)
