"""The documents of a site: for each IRI, its page and its data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby, islice
from urllib.parse import quote, unquote

from pyoxigraph import NamedNode

from allgraph.errors import UnknownName
from allgraph.graph.claims import in_order, named
from allgraph.linkeddata import documents
from allgraph.linkeddata.documents import Document
from allgraph.model import addresses
from allgraph.site import claim_view, profile
from allgraph.site.files import File, content_or_error
from allgraph.site.pages import embedding
from allgraph.site.pages.things import DocumentView
from allgraph.site.site import Site

_SAFE = "/:@!$&'()*+,;=~%"
_BATCH = 100  # documents whose claims are read together


def document_views(site: Site, iris: Iterable[str]) -> Iterator[DocumentView]:
    """Yield a view for each page of the documents about IRIs, in the order of the IRIs.

    A view is a page of a document with the claims on it. An IRI without triples has no document.
    Documents and their claims are read from the graph in batches of `_BATCH`, when the first view
    of a batch is asked for.
    """
    for of, alike in groupby(iris, lambda iri: site.showing(NamedNode(iri))):
        yield from _views_about(of, alike)


def _views_about(site: Site, iris: Iterable[str]) -> Iterator[DocumentView]:
    """Yield a view for each page of the documents about IRIs that the graph of a site has."""
    remaining = documents.several(site.graph, iris, published=site.published)
    while batch := [*islice(remaining, _BATCH)]:
        yield from _views(site, batch)


def document_view(site: Site, document: Document) -> DocumentView:
    """Return a view of one page of a document, with the claims on it, which are queried."""
    return next(_views(site.showing(document.topic), [document]))


def view_at(site: Site, path: str) -> DocumentView:
    """Return the view of the document whose page is at a path, without the root; it is queried.

    Characters of the path may be percent-encoded. Raises `UnknownName` if there is none.
    """
    digests = site.digests if "/iri/~" in path else {}
    address = addresses.read(quote(path, safe=_SAFE), site.graph.folder.base, digests)
    if address is None or address.suffix or address.page > 1:
        raise UnknownName(f"there is no page at {path}")
    shown = site.showing(address.iri)
    document = documents.about(shown.graph, address.iri, published=site.published)
    return document_view(shown, document)


def _views(site: Site, batch: Sequence[Document]) -> Iterator[DocumentView]:
    """Yield a view of each document of a batch, with its claims, in the order of the batch.

    The claims of all documents, and the topics that are claims, are read by one call of `named`,
    the rivals that are shown by a second. Each view has all claims of the batch by IRI, and the
    classes of their subjects and objects (`Graph.said_of_types`).
    """
    graph = site.graph
    iris = [iri for document in batch for iri in (document.topic, *document.claims)]
    by_iri = {claim.iri: claim for claim in named(graph, iris)}
    rivals = (iri for claim in by_iri.values() for iri in claim.rivals[: claim_view.RIVALS])
    others = dict.fromkeys(iri for iri in rivals if iri not in by_iri)
    by_iri |= {claim.iri: claim for claim in named(graph, map(NamedNode, others))}
    ends = [end for claim in by_iri.values() for end in (claim.subject, claim.object)]
    ends += (document.topic for document in batch)
    things = [end.value for end in dict.fromkeys(ends) if isinstance(end, NamedNode)]
    classes = graph.said_of_types("site-kinds-of", things)
    topics = (iri for document in batch if (iri := document.topic.value) not in by_iri)
    namesakes = profile.namesakes_of(site, dict.fromkeys(topics))
    for document in batch:
        claims = in_order(by_iri[iri.value] for iri in document.claims if iri.value in by_iri)
        yield DocumentView(site, document, claims, by_iri, classes, namesakes)


def files(view: DocumentView) -> Iterator[File]:
    """Yield the files of a document as (name, content): its HTML page, then its data by suffix.

    They are those of one page of the document. A document whose topic has no path on the site has
    no files. In place of the content of RDF/XML that cannot hold a triple it yields the error.
    Nothing is written to disk.
    """
    site, topic, page = view.site, view.topic, view.document.page
    path = site.path(topic, page=page)
    if path is None:
        return
    yield f"{unquote(path)[1:]}/index.html", view.page()
    if view.embedded:
        name = unquote(path)[1:]
        yield f"embed/{name}/index.html", embedding.frame_page(view)
        yield f"oembed/{name}.json", embedding.about_frame(view)
    for suffix in site.published.suffixes:
        data = site.path(topic, suffix, page)
        if data is not None:
            yield unquote(data)[1:], content_or_error(partial(view.data, suffix))
