"""When several claims held together: for many sets of claims at once, as arrays of days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from allgraph.model import edtf
from allgraph.model.columns import CERTAIN, FAR, NO, POSSIBLE, Days, Flags, day_of, ordinal


@dataclass(frozen=True, eq=False)
class CommonTimes:
    """The common time of each of many sets of claims: arrays of day numbers, as columns have them.

    All claims of a set may hold from `since` (the latest b1) to `until` (the earliest e2), and are
    certain to from `last_begin` (the latest b2) to `first_end` (the earliest e1). `is_unsure` flags
    the sets whose claims need not have held on a common day.
    """

    since: Days
    until: Days
    last_begin: Days
    first_end: Days
    is_unsure: Flags

    @classmethod
    def of_nothing(cls, count: int = 1) -> CommonTimes:
        """Return the times of `count` sets without claims, which are all days."""
        begin, end = np.full(count, -FAR, np.int64), np.full(count, FAR, np.int64)
        return cls(begin, end, begin, end, np.zeros(count, bool))

    def with_claims(self, bounds: Days) -> CommonTimes:
        """Return the times of the sets, each with one claim more.

        `bounds` has the four bounds of a claim for each set. A set is certain when the last
        possible beginning of each claim is not after the first possible end of any other.
        """
        b1, b2, e1, e2 = bounds
        return CommonTimes(
            np.maximum(self.since, b1),
            np.minimum(self.until, e2),
            np.maximum(self.last_begin, b2),
            np.minimum(self.first_end, e1),
            self.is_unsure | (b2 > self.first_end) | (self.last_begin > e1),
        )

    def at(self, places: NDArray[np.intp]) -> CommonTimes:
        """Return the times of the sets at some places, in this order."""
        return CommonTimes(*(getattr(self, column.name)[places] for column in fields(self)))

    @property
    def levels(self) -> NDArray[np.int64]:
        """The certainty that the claims of each set held at once: `NO`, `POSSIBLE` or `CERTAIN`."""
        return np.where(self.since > self.until, NO, np.where(self.is_unsure, POSSIBLE, CERTAIN))

    @property
    def certain_days(self) -> Days:
        """On how many days all claims of each set held for certain; a huge number for no end."""
        days: Days = np.maximum(ordinal(self.first_end) - ordinal(self.last_begin) + 1, 0)
        return days

    def spans(self) -> list[tuple[int, int]]:
        """Return for each set the numbers of the first and last day on which all may hold."""
        return [*zip(self.since.tolist(), self.until.tolist(), strict=True)]


def together(bounds: Days, rows: Sequence[int]) -> tuple[int, edtf.Span]:
    """Return whether the claims in `rows` held at a common time: `NO`, `POSSIBLE` or `CERTAIN`.

    `bounds` are those of columns. The span is from the first to the last day on which all may have
    held; ``None`` for a day that is not known.
    """
    times = CommonTimes.of_nothing()
    for row in rows:
        times = times.with_claims(bounds[:, [row]])
    [(since, until)] = times.spans()
    return int(times.levels[0]), (day_of(since), day_of(until))


def pairs_together(first: Days, second: Days, are_pairs: Flags) -> tuple[int, list[edtf.Span]]:
    """Return whether a claim of one side and one of the other held at a common time, and when.

    `first` and `second` have the bounds of the claims of either side; `are_pairs` flags, in a row
    for each of `first`, the claims of `second` that it is paired with. The level is that of the
    most certain pairs, and the periods are all days on which the claims of such a pair may have
    held together, in order and apart; none for `NO`. A pair counts only if no other one says the
    same more exactly, so that a term of known years counts and “senator in 2013” within it does
    not.
    """
    one, other = np.nonzero(are_pairs)
    times = CommonTimes.of_nothing(len(one)).with_claims(first[:, one])
    times = times.with_claims(second[:, other])
    level = int(times.levels.max(initial=NO))
    if level == NO:
        return NO, []
    is_best = np.zeros(are_pairs.shape, bool)
    is_best[one, other] = times.levels == level
    is_best &= ~(_implied(first) @ is_best) & ~(is_best @ _implied(second).T)
    spans = times.at(np.flatnonzero(is_best[one, other])).spans()
    return level, [(day_of(since), day_of(until)) for since, until in _united(spans)]


def _implied(bounds: Days) -> Flags:
    """Return a flag for each two of some claims, whether the first follows from the second.

    It does if all begins and ends that the second can have are also some that the first can have,
    and not the other way round too. `bounds` are those of the claims.
    """
    low, high = bounds[[0, 2]], bounds[[1, 3]]
    is_wider = (low[:, :, None] <= low[:, None]) & (high[:, :, None] >= high[:, None])
    follows: Flags = np.logical_and.reduce(is_wider)
    return follows & ~follows.T


def _united(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the union of some spans, as spans in order with at least a day between two.

    The days are numbers of columns, and there is at least one span.
    """
    (begin, end), *rest = sorted(spans)
    for since, until in rest:
        if ordinal(since) > ordinal(end) + 1:
            yield begin, end
            begin = since
        end = max(end, until)
    yield begin, end
