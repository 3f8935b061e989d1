"""What is here takes many minutes, and is collected by ``./test --long`` alone."""

from __future__ import annotations

from tests.support.tools import LONG

collect_ignore_glob = [] if LONG else ["test_*.py"]
