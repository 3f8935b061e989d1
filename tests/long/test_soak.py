"""Two hundred thousand mixed requests: none fails that should succeed, and nothing grows."""

from __future__ import annotations

import pytest

from tests.support.hostile import Place
from tests.support.serving import serving
from tests.support.soak import soak

pytestmark = pytest.mark.long
REQUESTS = 200_000


def test_very_many_requests_leave_nothing_behind() -> None:
    with serving("--quiet", "--cache", "1") as home:  # so that what grows is no cache
        tally, before, after = soak(Place.of(home), REQUESTS)
    print(f"{tally.sorts.total():,} requests: {tally.sorts.most_common()}")
    print(f"after the first twentieth: {before}\nafter all: {after}")
    assert tally.failed == []
    assert after.server < 1.1 * before.server
    assert after.zygote < 1.1 * before.zygote
    assert (after.files, after.processes) == (before.files, before.processes)
