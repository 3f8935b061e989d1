"""Lighthouse has looked at the pages: what it finds is recorded, and not judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bench.lighthouse import LIGHTHOUSE, PAGES, SCORES, measure, table

from tests.support.tools import LONG, missing, need, node

RECORD = Path(__file__).resolve().parents[2] / "build" / "lighthouse.json"


@pytest.mark.slow
@pytest.mark.long
def test_the_scores_of_pages_are_recorded(static: str, request: pytest.FixtureRequest) -> None:
    """Measure each page once, as a file, and in the long tests live."""
    node()
    need("chromium-headless-shell", "install it: apt-get install chromium-headless-shell")
    if not LIGHTHOUSE.exists():
        missing("Lighthouse is missing; run: cd web && npm ci")
    sites = {"files": static, **({"live": request.getfixturevalue("live")} if LONG else {})}
    found = {
        (page, kind): measure(site + path, 1)
        for page, path in PAGES.items()
        for kind, site in sites.items()
    }
    RECORD.parent.mkdir(exist_ok=True)
    record = {f"{page}, {kind}": one for (page, kind), one in found.items()}
    RECORD.write_text(json.dumps(record, indent=1) + "\n")
    assert all(0 <= one[score] <= 100 for one in found.values() for score in SCORES)
    assert len([*table(found)]) == 2 + len(found)
