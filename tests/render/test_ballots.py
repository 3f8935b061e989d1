"""Images of votes: sound whatever the names, and nothing over anything else."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from allgraph.render.ballots import Option, Voters, ballot
from allgraph.render.matrices import MARKS, Mark
from allgraph.render.svg import Dot
from tests.render.test_svg import addresses, check_no_overlap, check_sound, dots, names, plain


def options(name: st.SearchStrategy[str]) -> st.SearchStrategy[list[Option]]:
    marks = st.builds(Mark, st.sampled_from([*MARKS]), addresses, name)
    voters = st.lists(st.tuples(dots(name), marks), max_size=50)
    groups = st.lists(st.builds(Voters, name, voters), max_size=3)
    counts = st.none() | st.integers(0, 10**6)
    return st.lists(st.builds(Option, name, name, counts, groups), max_size=3)


@given(options(names), names)
@settings(max_examples=40, deadline=None)
def test_a_vote_is_sound_whatever_the_names(some: list[Option], note: str) -> None:
    check_sound(ballot("A vote", some, note))


@given(options(plain))
@settings(max_examples=40, deadline=None)
def test_nothing_of_a_vote_overlaps(some: list[Option]) -> None:
    check_no_overlap(ballot("A vote", some, "The last line"))


def test_marks_go_on_in_another_row() -> None:
    voters = [(Dot(f"Voter {number}"), Mark()) for number in range(60)]
    image = ballot("A vote", [Option("yes", "60 named", None, [Voters("greens", voters)])])
    rows = {part.split()[1] for part in image.split("translate(")[1:]}
    assert len(rows) == 5
