"""What the commands write to a terminal while they work."""

from __future__ import annotations

import re

import pytest

from allgraph.cli.output import progress_bar


@pytest.mark.parametrize(("total", "step"), [(7, 1), (60, 7), (2_000_000, 1000), (5_000_000, 999)])
def test_a_bar_counts_what_is_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], total: int, step: int
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    show = progress_bar()
    assert show is not None
    for done in (*range(0, total, step), total):
        show(f"{done:,} of {total:,} triples")
    drawn = [tuple(map(int, each)) for each in re.findall(r"(\d+)/(\d+)", capsys.readouterr().err)]
    assert drawn == sorted(drawn) and len(drawn) <= 1100
    assert drawn[-1] == (total, total)
