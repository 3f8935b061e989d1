"""Examples of questions: their expected rows are files beside the questions."""

from __future__ import annotations

from pathlib import Path

import pytest

from allgraph.errors import WriteError
from allgraph.graph import examples, open_graph
from tests.conftest import MakeFolder

QUESTION = """# Who has claims?
#
# Example:
SELECT ?claim { ?claim a <https://example.org/Claim> }
"""


@pytest.fixture
def expected(make_folder: MakeFolder) -> Path:
    """The path of the expected rows of the only example of a new folder."""
    return make_folder({"queries/q.rq": QUESTION}) / "queries" / "q.1.csv"


def update(expected: Path) -> list[examples.ExampleOutcome]:
    graph = open_graph(expected.parents[1])
    return [*examples.check(graph, update=True)]


def test_an_update_writes_the_rows(expected: Path) -> None:
    assert [outcome.problem for outcome in update(expected)] == [""]
    assert expected.read_bytes() == b"claim\n"
    assert {path.name for path in expected.parent.iterdir()} == {"q.rq", expected.name}


def test_rows_that_differ_are_counted_and_the_first_is_shown(expected: Path) -> None:
    expected.write_text("claim\nclaim:b\n")
    [outcome] = examples.check(open_graph(expected.parents[1]))
    assert outcome.problem == "1 row missing, first claim:b"
    expected.write_text("claim\nclaim:b\nclaim:a\n")
    [outcome] = examples.check(open_graph(expected.parents[1]))
    assert outcome.problem == "2 rows missing, first claim:a"


def test_an_update_writes_through_no_link(expected: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("kept")
    expected.symlink_to(victim)
    update(expected)
    assert victim.read_text() == "kept" and expected.read_bytes() == b"claim\n"


def test_an_update_that_cannot_be_written_is_one_error(expected: Path) -> None:
    expected.mkdir()
    with pytest.raises(WriteError, match=r"q\.1\.csv: cannot be written: Is a directory"):
        update(expected)
