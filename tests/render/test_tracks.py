"""Images of tracks: sound whatever the names, and nothing over anything else."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from allgraph.render.svg import Dot
from allgraph.render.tracks import Step, track
from tests.render.test_svg import addresses, check_no_overlap, check_sound, dots, names, plain


def steps(name: st.SearchStrategy[str]) -> st.SearchStrategy[list[Step]]:
    step = st.builds(Step, st.integers(0, 2), name, name, st.booleans(), addresses, name)
    return st.lists(step, max_size=6)


def lanes(name: st.SearchStrategy[str]) -> st.SearchStrategy[list[Dot]]:
    return st.lists(dots(name), min_size=3, max_size=3)


@given(lanes(names), steps(names), names)
@settings(max_examples=60, deadline=None)
def test_a_track_is_sound_whatever_the_names(some: list[Dot], taken: list[Step], note: str) -> None:
    check_sound(track("A track", some, taken, note))


@given(lanes(plain), steps(plain))
@settings(max_examples=60, deadline=None)
def test_nothing_of_a_track_overlaps(some: list[Dot], taken: list[Step]) -> None:
    check_no_overlap(track("A track", some, taken, "The last line"))
