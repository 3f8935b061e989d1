"""Claims and questions that are found by the words of their sentences and titles.

A word of a search has to begin a word of the text, or one has a typo. A static site has the same
texts in files of `index`, and its scripts find the same.

>>> found = Passages([Passage("Who signed a letter?", "question", "/ask/signed")])
>>> [passage.path for passage in found.find("letter sign")], found.find("tter")
(['/ask/signed'], [])
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from allgraph.graph import Graph
from allgraph.graph.claims import Claim, claims
from allgraph.model.name_index import Spelling
from allgraph.model.names import Words, bare, can_have_typo, fold, match_rank, words
from allgraph.model.sentences import is_stated

MOST = 5_000
"""How many claims a graph may have for their sentences to be searched."""
SHOWN = 20
"""How many claims, and how many questions, a page of results shows."""
CLAIM, QUESTION = "claim", "question"


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

    @cached_property
    def _spelling(self) -> Spelling:
        """The words of the texts."""
        return Spelling.of(bare(passage.text) for passage in self._passages)

    def find(self, text: str, iri: str = "") -> list[Passage]:
        """Return the passages with the words of a text, the best match first.

        When there are none, one word may have a typo: then it differs from a whole word of the
        passage as in `Words`. A claim with the IRI `iri` is found whatever its words are. A blank
        text finds nothing.
        """
        beginnings = [f" {word}" for word in words(bare(text))]
        passages = [
            passage
            for passage, key in zip(self._passages, self._keys, strict=True)
            if (iri and passage.iri == iri)
            or (beginnings and all(beginning in key for beginning in beginnings))
        ] or self._with_typo(Words(text, is_lenient=True))
        return sorted(passages, key=lambda one: (match_rank(text, one.text), one.text, one.path))

    def _with_typo(self, wanted: Words) -> list[Passage]:
        """Return the passages with some words, of which one has a typo."""
        near = {
            word: {*self._spelling.near(word)} for word in filter(can_have_typo, wanted.bare_words)
        }
        passages = []
        for passage, key in zip(self._passages, self._keys, strict=True):
            missing = [word for word in wanted.bare_words if f" {word}" not in key]
            meant = near.get(missing[0]) if len(missing) == 1 else None
            if meant and not meant.isdisjoint(words(bare(passage.text))):
                passages.append(passage)
        return passages


def _sentences(stated: Iterable[Claim], place: Callable[[str], str | None]) -> Iterator[Passage]:
    """Yield the sentence of each claim that has a page, with its date where one is stated."""
    for claim in stated:
        path = place(claim.iri)
        if path is not None:
            sentence = claim.with_date(claim.date if is_stated(claim.date) else "")
            yield Passage(sentence, CLAIM, path, claim.iri)
