"""Modules that have another name now can be imported by the former one, with a warning."""

from __future__ import annotations

from importlib import import_module

import pytest

from allgraph.errors import DISTRIBUTION


@pytest.mark.parametrize(
    ("former", "now", "name"),
    [
        ("allgraph.chronology", "allgraph.graph.timeline", "as_of"),
        ("allgraph.chronology", "allgraph.graph.timeline", "timeline"),
        ("allgraph.pictures", "allgraph.render.layered", "chain"),
    ],
)
def test_a_former_name_works_and_warns(former: str, now: str, name: str) -> None:
    with pytest.warns(DeprecationWarning, match=f"{former} is now {now}; .* allgraph 0.2"):
        found = getattr(import_module(former), name)
    assert found is getattr(import_module(now), name)


@pytest.mark.parametrize("former", ["allgraph.chronology", "allgraph.pictures"])
def test_a_former_name_has_nothing_else(former: str) -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        import_module(former).nothing  # noqa: B018


def test_they_go_with_version_0_2() -> None:
    from importlib.metadata import version

    assert tuple(map(int, version(DISTRIBUTION).split(".")[:2])) < (0, 2)
