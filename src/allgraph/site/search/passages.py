"""Claims and questions that are found by the words of their sentences and titles.

A word of a search has to begin a word of the text. A static site has the same texts in files of
`index`, and its scripts find the same.

>>> found = Passages([Passage("Who signed a letter?", "question", "/ask/signed")])
>>> [passage.path for passage in found.find("letter sign")], found.find("etter")
(['/ask/signed'], [])
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from allgraph.graph import Graph
from allgraph.graph.claims import Claim, claims
from allgraph.model.names import bare, fold, match_rank
from allgraph.model.sentences import is_stated

MOST = 5_000
"""How many claims a graph may have for their sentences to be searched."""
SHOWN = 20
"""How many claims, and how many questions, a page of results shows."""
CLAIM, QUESTION = "claim", "question"
_SEPARATORS = re.compile(
    "[\0-/:-@[-`{-\u00bf\u2000-\u206f\u3000-\u3004\u3008-\u301f\u3030\ufe00-\ufe0f\ufeff"
    "\ufff9-\ufffd]+"
)


def words(folded: str) -> list[str]:
    """Return the words of a text that `fold` has returned; a text of separators only is one word.

    >>> words(fold("L’Oréal (Paris)")), words("?!")
    (['l', 'oreal', 'paris'], ['?!'])
    """
    letters = [word for word in _SEPARATORS.split(folded) if word]
    whole = folded.strip(" ")
    return letters or ([whole] if whole else [])


def words_of_name(name: str) -> dict[str, None]:
    """Return the words by which a name is found, with and without apostrophes and the like in them.

    >>> [*words_of_name("bill S.5486")]
    ['bill', 's', '5486', 's5486']
    """
    return dict.fromkeys([*words(fold(name)), *words(bare(name))])


class Passage(NamedTuple):
    """A text that leads to a page: a sentence of a claim or a title of a question.

    `kind` is `CLAIM` or `QUESTION`, and `iri` that of a claim.
    """

    text: str
    kind: str
    path: str
    iri: str = ""


class Passages:
    """Texts that are searched by words; `unsearched` is the number of claims that are left out."""

    def __init__(self, passages: Iterable[Passage], unsearched: int = 0) -> None:
        self.unsearched = unsearched
        self._passages = [*passages]
        self._keys = [f" {' '.join(words_of_name(passage.text))}" for passage in self._passages]

    @classmethod
    def of(cls, graph: Graph, count: int, place: Callable[[str], str | None]) -> Passages:
        """Return the passages of a graph that has `count` claims.

        `place` gives the path of the page about an IRI. They are the titles of questions and, where
        there are at most `MOST` claims, which are queried, the sentences of all.
        """
        questions = [
            Passage(query.title, QUESTION, f"/ask/{query.name}") for query in graph.queries.values()
        ]
        if count > MOST:
            return cls(questions, count)
        return cls([*questions, *_sentences(claims(graph), place)])

    def __iter__(self) -> Iterator[Passage]:
        return iter(self._passages)

    def find(self, text: str, iri: str = "") -> list[Passage]:
        """Return the passages with the words of a text, the best match first.

        A claim with the IRI `iri` is found whatever its words are. A blank text finds nothing.
        """
        beginnings = [f" {word}" for word in words(bare(text))]
        passages = (
            passage
            for passage, key in zip(self._passages, self._keys, strict=True)
            if (iri and passage.iri == iri)
            or (beginnings and all(beginning in key for beginning in beginnings))
        )
        return sorted(passages, key=lambda one: (match_rank(text, one.text), one.text, one.path))


def _sentences(stated: Iterable[Claim], place: Callable[[str], str | None]) -> Iterator[Passage]:
    """Yield the sentence of each claim that has a page, with its date where one is stated."""
    for claim in stated:
        path = place(claim.iri)
        if path is not None:
            sentence = claim.with_date(claim.date if is_stated(claim.date) else "")
            yield Passage(sentence, CLAIM, path, claim.iri)
