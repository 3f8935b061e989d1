"""The claims of an output as sentences, as the graph that they will be in would say them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from pyoxigraph import NamedNode

from allgraph.changes.claims import Said
from allgraph.folder import Folder
from allgraph.folder.folder import MANIFEST
from allgraph.graph import open_graph
from allgraph.graph.claims import named
from allgraph.imports.output import LABEL
from allgraph.rdf import ntriples


def sentences(
    folder: Folder, claims: Iterable[Said], things: Iterable[str], labels: Mapping[str, str]
) -> list[str]:
    """Return the sentences of some claims, with their dates, in their order.

    `things` are the lines of the things that they are about; `labels` are the labels of others, as
    literals, by IRI. Claims are read with the ontology of the folder, without its data.
    """
    import json

    claims = [*claims]
    ends = {end for claim in claims for end in (claim.subject, claim.object)}
    others = "".join(f"{iri} {LABEL} {labels[iri]} .\n" for iri in sorted(ends & labels.keys()))
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        claims_file = root / "data" / "claims.nt"
        claims_file.parent.mkdir()
        claim_texts = []
        for number, claim in enumerate(claims):  # one claim may be there twice, as it was and is
            iri = f"{claim.iri[:-1]}-{number}>"
            text = claim.text.replace(f"{claim.iri[:-1]}#", f"{iri[:-1]}#").replace(claim.iri, iri)
            claim_texts.append((ntriples.value(iri), text))
        claims_file.write_text(
            "".join([*things, others, *(text for _, text in claim_texts)]), encoding="utf-8"
        )
        manifest = {"title": folder.title, "base": folder.base, "extends": str(folder.root)}
        lines = [f"{key} = {json.dumps(text)}\n" for key, text in manifest.items()]
        (root / MANIFEST).write_text("".join(["format = 1\n", *lines]), encoding="utf-8")
        graph = open_graph(root, include_sensitive=True, withdrawn=True)
        sentence_of = {
            one.iri: one.read() for one in named(graph, [NamedNode(iri) for iri, _ in claim_texts])
        }
    return [sentence_of.get(iri, iri) for iri, _ in claim_texts]
