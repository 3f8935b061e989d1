"""All that strangers may do to a server, each twice at once; others are served meanwhile."""

from __future__ import annotations

import pytest

from tests.server.test_hostile import patient as patient  # a fixture
from tests.server.test_hostile import place as place  # a fixture
from tests.server.test_hostile import withstood
from tests.support.hostile import Place, attacks

pytestmark = pytest.mark.long


def test_all_attacks_twice_at_once(place: Place, patient: Place) -> None:
    withstood(place, [attack for attack in attacks() if attack.is_cut], copies=2)
    withstood(patient, [attack for attack in attacks() if not attack.is_cut], copies=2)
