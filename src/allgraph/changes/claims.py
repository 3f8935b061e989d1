"""The comparison of claims in two states of some data.

>>> old = Said("<x:1>", "<x:ann>", "<x:on>", "<x:board>", '"2012"')
>>> new = old._replace(when='"2013"')
>>> [(one.kind.value, one.new.when) for one in compare([old], [new])]
[('re-dated', '"2013"')]
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple


class Said(NamedTuple):
    """A claim: what it says, as terms of N-Triples, and the text of all its lines.

    `when` and `role` are ``""`` where it has none.

    >>> import allgraph
    >>> said = allgraph.Said("<urn:a>", "<urn:b>", "<urn:c>", "<urn:d>", when="2013")
    >>> said.five
    ('<urn:b>', '<urn:c>', '<urn:d>', '', '2013')
    """

    iri: str
    subject: str
    predicate: str
    object: str
    when: str = ""
    role: str = ""
    is_withdrawn: bool = False
    text: str = ""

    @property
    def five(self) -> tuple[str, str, str, str, str]:
        """The five parts that tell live claims apart: no two have the same."""
        return self.subject, self.predicate, self.object, self.role, self.when


class Kind(Enum):
    """The kinds of differences of a claim; of a `MOVED` one only the evidence differs."""

    ADDED = "added"
    GONE = "gone"
    REDATED = "re-dated"
    MOVED = "moved"


class Change(NamedTuple):
    """A claim that differs; `old` or `new` is ``None`` for one that is added or gone.

    >>> import allgraph
    >>> from allgraph.changes.claims import Kind
    >>> said = allgraph.Said("<urn:a>", "<urn:b>", "<urn:c>", "<urn:d>", when="2013")
    >>> change = allgraph.Change(Kind.ADDED, None, said)
    >>> change.kind.value, change.old is None
    ('added', True)
    """

    kind: Kind
    old: Said | None
    new: Said | None


def compare(old: Iterable[Said], new: Iterable[Said]) -> Iterator[Change]:
    """Yield how the claims of one state differ from those of another, each once.

    Claims that say the same are the same claim. Of what is left, one old and one new claim with the
    same subject, predicate and object are one claim whose date or role changed, if they have one
    IRI, or if no other old or new claim is left with these. All else is added or gone.
    """
    before, after = {one.five: one for one in old}, {one.five: one for one in new}
    for five, one in after.items():
        if five in before and before[five].text != one.text:
            yield Change(Kind.MOVED, before[five], one)
    gone = [one for five, one in before.items() if five not in after]
    added = {one.iri: one for five, one in after.items() if five not in before}
    left: dict[tuple[str, str, str], list[Said]] = defaultdict(list)
    for one in gone:
        same = added.get(one.iri)
        if same and same[1:4] == one[1:4]:
            del added[one.iri]
            yield Change(Kind.REDATED, one, same)
        else:
            left[one[1:4]].append(one)
    fresh: dict[tuple[str, str, str], list[Said]] = defaultdict(list)
    for one in added.values():
        fresh[one[1:4]].append(one)
    for ends in dict.fromkeys([*left, *fresh]):
        olds, news = left.get(ends, []), fresh.get(ends, [])
        if len(olds) == len(news) == 1:
            yield Change(Kind.REDATED, olds[0], news[0])
            continue
        yield from (Change(Kind.GONE, one, None) for one in olds)
        yield from (Change(Kind.ADDED, None, one) for one in news)
