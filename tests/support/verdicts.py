"""Whether one claim holds on a day, by its bounds: the rule of columns, for a single claim."""

from __future__ import annotations

from typing import Literal

import numpy as np

from allgraph.model.columns import TIMELESS_DAYS, UNKNOWN_DAYS, levels_by_dates, number
from allgraph.model.edtf import Aspect, Bounds, Day

Verdict = Literal["no", "possible", "certain"]
_VERDICTS: tuple[Verdict, ...] = ("no", "possible", "certain")


def verdict(bounds: Bounds, aspect: Aspect, day: Day) -> Verdict:
    """Whether an event had happened by a day, or a state held on that day."""
    pairs = zip(bounds, UNKNOWN_DAYS, strict=True)
    known = [missing if day is None else number(day) for day, missing in pairs]
    days = np.array(TIMELESS_DAYS if aspect == "Timeless" else known, np.int64).reshape(4, 1)
    [level] = levels_by_dates(days, np.array([aspect == "Event"]), number(day)).tolist()
    return _VERDICTS[int(level)]
