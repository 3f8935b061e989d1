"""Programs that tests need: a missing one fails a test where CI is set, and skips it elsewhere."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


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
