"""The words of sources, where they are provably known: their digest is that of a text we have.

Claims state where the words are and their SHA-256, but not the words, which may be others' to
publish. A text with the same digest is these words: a name in the graph, the object of the claim,
or a span of a text that the folder has in ``texts/``.

>>> from allgraph.graph import open_graph
>>> from allgraph.graph.claims import claims
>>> graph = open_graph()
>>> evidence = claims(graph, about="Shalom Harlow")[0].evidence[-1]
>>> Words(graph).of(evidence, ["Coco Rocha", "Shalom Harlow"])
'Shalom Harlow'
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from hashlib import sha256

from allgraph.graph import Graph
from allgraph.graph.claims import Evidence

FOLDER = "texts"
"""The directory of a graph folder that has texts of sources, as files in UTF-8."""
MOST_NAMES = 50_000
"""Of how many things at most the names are compared with every digest."""
LARGEST = 2**25
"""How many bytes the texts of a folder have at most to be read."""

_SUFFIXES = (".txt", ".md", ".html")


class Words:
    """The words that can be told from their digests in a graph; texts are read when first used."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def of(self, evidence: Evidence, candidates: Iterable[str] = ()) -> str:
        """Return the words that evidence has the digest of; ``""`` if they are not known.

        They are one of the `candidates`, with or without “the”, or a name in the graph, or the span
        of a text of the folder with the place of the evidence.
        """
        digest = evidence.sha256.lower()
        if not digest:
            return ""
        for text in _ways(candidates):
            if digest_of(text) == digest:
                return text
        if name := self._names.get(digest):
            return name
        if evidence.start is not None:
            spans = (text[evidence.start : evidence.end] for text in self._texts)
            return next((span for span in spans if digest_of(span) == digest), "")
        return ""

    @cached_property
    def _names(self) -> Mapping[str, str]:
        """The names of the graph by their digests; none of an endpoint, and none if too many."""
        if self._graph.is_remote or len(self._graph.columns.nodes) > MOST_NAMES:
            return {}
        names = self._graph.columns.names
        every = names.whole().taken(range(len(names)))
        return {digest_of(text): text for text in _ways(every)}

    @cached_property
    def _texts(self) -> list[str]:
        """The texts of the folder; none if they are too large."""
        root = self._graph.folder.root / FOLDER
        paths = sorted(p for p in root.rglob("*") if p.suffix in _SUFFIXES and p.is_file())
        if sum(path.stat().st_size for path in paths) > LARGEST:
            return []
        return [path.read_bytes().decode("utf-8-sig", "replace") for path in paths]


def digest_of(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, as hexadecimal digits."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _ways(texts: Iterable[str]) -> Iterable[str]:
    """Return texts, each also without “the” at its start, and with a capital there."""
    bare = [text for text in texts if text]
    bare += [text[4:] for text in bare if text[:4].lower() == "the "]
    return dict.fromkeys([*bare, *(text[:1].upper() + text[1:] for text in bare)])
