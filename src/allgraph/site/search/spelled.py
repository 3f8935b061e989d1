"""Files with the words of names, so that scripts find those which a word with a typo may mean.

Words are in files by how they begin, and backwards in files by how they end: a typo leaves one half
of a word as it is. A file with too many words has only those whose length is near twice that of its
beginning, and there are files of longer beginnings for the others.

>>> dict(files(["karen", "karin", "sara"]))["starts"]
[('ka', b'{"words":["karen","karin"],"more":0}'), ('sa', b'{"words":["sara"],"more":0}')]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from allgraph.render.json import compact

LARGEST = 60_000
"""How many bytes of words a file has at most, nearly."""
_SHORTEST, _LONGEST = 2, 12  # beginnings that have a file


def files(words: Iterable[str]) -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """Yield ``starts`` and ``ends``, each with (beginning, content of its file) of distinct words.

    Words in ``ends`` are backwards, and so are their beginnings.
    """
    distinct = {*words}
    yield "starts", [*_files(sorted(distinct), _SHORTEST)]
    yield "ends", [*_files(sorted(word[::-1] for word in distinct), _SHORTEST)]


def _files(ordered: Iterable[str], size: int) -> Iterator[tuple[str, bytes]]:
    """Yield (beginning, content) for each beginning of a size, and for longer ones where needed."""
    for beginning, group in groupby(ordered, key=lambda word: word[:size]):
        words = [*group]
        if size < _LONGEST and len(_content(words)) > LARGEST:
            # the words for which this is one half of a word, with a letter too few or too many
            yield beginning, _cut([word for word in words if -1 <= len(word) - 2 * size <= 2])
            yield from _files([word for word in words if len(word) > 2 * size], size + 1)
        else:
            yield beginning, _cut(words)


def _cut(words: list[str]) -> bytes:
    """Return the content of a file of some words, without the last ones where they are too many."""
    content, some = _content(words), words
    while len(content) > LARGEST:
        some = some[: len(some) * LARGEST // (len(content) + 1)]
        content = _content(some, len(words) - len(some))
    return content


def _content(words: list[str], more: int = 0) -> bytes:
    """Return a file of words as JSON in UTF-8; `more` is how many words it leaves out."""
    return compact({"words": words, "more": more}).encode()
