"""A thousand small graphs with mistakes: both engines of validation agree about each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import mutations

pytestmark = pytest.mark.long
SEEDS = 1000
PARTS = 20


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("compare", [mutations.compare, mutations.compare_changed])
def test_engines_agree(
    tmp_path: Path, compare: Callable[[Path, int], Counter[str]], part: int
) -> None:
    fired: Counter[str] = Counter()
    for seed in range(part, SEEDS, PARTS):
        fired += compare(tmp_path, seed)
    print(", ".join(f"{shape} {count}" for shape, count in fired.most_common()))
    assert fired.total() > 25
