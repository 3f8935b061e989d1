"""Many texts in one block: looked up one by one, or by reading all of them once."""

from __future__ import annotations

import pytest

from allgraph.model import strings
from allgraph.model.strings import Texts


@pytest.mark.parametrize("seek", [0, 1_000_000])
def test_texts_are_found_in_either_way(monkeypatch: pytest.MonkeyPatch, seek: int) -> None:
    monkeypatch.setattr(strings, "_SEEK", seek)
    monkeypatch.setattr(strings, "_PIECE", 3)
    names = sorted(f"n{number}é" for number in range(10))
    texts = Texts.of(names)
    assert texts.places(["n3é", "x", "n9é", "n0é", "n3é"]) == {"n0é": 0, "n3é": 3, "n9é": 9}
    assert texts.places(names) == {name: place for place, name in enumerate(names)}
    assert texts.places([]) == {}
