"""Records in order, with memory that they do not fit into."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allgraph import sorting
from allgraph.errors import WriteError
from allgraph.sorting import Sorter

LINES = st.lists(st.binary(max_size=40))
PARTS = st.tuples(st.text(max_size=5), st.integers(0, 3), st.binary(max_size=20))


@given(st.lists(LINES), st.sampled_from([1, 500, 10**6]), st.booleans())
def test_what_went_in_comes_out_in_order(
    parts: list[list[bytes]], memory: int, distinct: bool
) -> None:
    every = [line for some in parts for line in some]
    with Sorter[bytes](memory=memory, distinct=distinct) as sorter:
        for some in parts:
            sorter.extend(some)
        wanted = sorted(set(every)) if distinct else sorted(every)
        assert list(sorter) == wanted == list(sorter)


@given(st.lists(PARTS, max_size=300), st.sampled_from([1, 10**6]))
def test_tuples_come_out_in_order(records: list[tuple[Any, ...]], memory: int) -> None:
    with Sorter[tuple[Any, ...]](memory=memory) as sorter:
        sorter.extend(records)
        assert list(sorter) == sorted(records)


def test_a_record_keeps_what_it_holds() -> None:
    record = (1, {"a": [None, "é", 2**70, True], "b": b"\0"}, ("x", 1.5))
    with Sorter[tuple[Any, ...]](memory=1) as sorter:
        sorter.extend([(2,), record])
        assert list(sorter) == [record, (2,)]


def test_many_runs_are_merged_in_several_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorting, "_MERGED_AT_ONCE", 3)
    lines = [b"%d" % (n * 7919 % 5000) for n in range(5000)]
    with Sorter[bytes](memory=1) as sorter:
        sorter.extend(lines)
        one, other = iter(sorter), iter(sorter)  # which read at different places
        assert [line for pair in zip(one, other, strict=True) for line in pair][::2] == sorted(
            lines
        )


def test_large_records_are_written_alone(tmp_path: Path) -> None:
    lines = [b"%d" % n + b"x" * 10**6 for n in (3, 1, 2)] + [b"%d" % n for n in range(100)]
    with Sorter[bytes](tmp_path, memory=1000) as sorter:
        sorter.extend(lines)
        assert list(sorter) == sorted(lines)


def test_few_records_need_no_file(tmp_path: Path) -> None:
    with Sorter[bytes](tmp_path / "none") as sorter:
        sorter.extend([b"b", b"a"])
        assert list(sorter) == [b"a", b"b"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with Sorter[bytes](tmp_path / "none", memory=1) as sorter:
        with pytest.raises(
            WriteError, match=r"none: cannot be written, as a temporary file .*: No such file"
        ):
            sorter.extend([b"b", b"a"])


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda dir: open("/dev/full", "r+b"))
    with Sorter[bytes](memory=1) as sorter:
        with pytest.raises(WriteError, match="as a temporary file for sorting: No space left"):
            sorter.extend(b"%d" % n for n in range(100_000))


def test_a_killed_process_leaves_nothing(tmp_path: Path) -> None:
    code = (
        "import os, sys\nfrom allgraph.sorting import Sorter\n"
        f"sorter = Sorter({str(tmp_path)!r}, memory=10)\n"
        "sorter.extend(b'%d' % n for n in range(1000))\n"
        "assert next(iter(sorter)) == b'0'\nos.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == -9
    assert os.listdir(tmp_path) == []
