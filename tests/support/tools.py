"""Programs that tests need, and how much of what takes long is tested.

A missing program fails a test where CI is set, and skips it elsewhere.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Sequence
from typing import NoReturn, TypeVar

import pytest

T = TypeVar("T")
LONG = bool(os.environ.get("LONG"))
"""Whether everything is tested, as ``./test --long`` does."""


def tenth(items: Sequence[T], seed: object = 1) -> list[T]:
    """A seeded tenth of what takes over a minute, in order; everything where `LONG` is set."""
    if LONG:
        return [*items]
    chosen = random.Random(repr(seed)).sample(range(len(items)), -(-len(items) // 10))
    return [items[place] for place in sorted(chosen)]


def share(count: int) -> int:
    """How many random examples a slow test tries: a quarter, or all where `LONG` is set."""
    return count if LONG else -(-count // 4)


def need(tool: str, install: str) -> str:
    """The path of a program that a test needs; `install` says how one gets it."""
    return shutil.which(tool) or missing(f"{tool} is missing; {install}")


def missing(what: str) -> NoReturn:
    """End a test for something that is not there."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


def node() -> str:
    """The path of Node."""
    return need("node", "install it: apt-get install nodejs npm")
