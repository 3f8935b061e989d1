"""The pages of a site are valid HTML, as the checker of the W3C (vnu) has it."""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.tools import missing, need

VNU = Path(__file__).resolve().parents[2] / "web/node_modules/vnu-jar/build/dist/vnu.jar"
EACH = 12
"""Of how many pages of things, of claims, of sources and of answers some are checked at most."""


def command() -> list[str]:
    """The command that checks files: all that is wrong as JSON on standard error."""
    java = need("java", "install it: apt-get install default-jre-headless")
    if not VNU.exists():
        missing("vnu is missing; run: cd web && npm ci")
    quick = "-XX:TieredStopAtLevel=1"  # compiles less, since it ends soon
    return [java, quick, "-Xss4m", "-jar", str(VNU), "--errors-only", "--format", "json"]


def pages(site: Path) -> Iterator[Path]:
    """The pages of a site: of each folder `EACH` with their sizes spread, and all other pages."""
    folders: dict[Path, list[Path]] = defaultdict(list)
    for page in sorted(site.rglob("*.html")):
        place = page.relative_to(site).parent.parent
        folders[Path(*place.parts[:2])].append(page)
    for some in folders.values():
        some.sort(key=lambda page: (page.stat().st_size, page))
        step = max(1, len(some) // EACH)
        yield from dict.fromkeys([*some[::step], some[-1]])


def faults(files: list[Path]) -> list[str]:
    """What is wrong in some files, each with its file and line."""
    done = subprocess.run([*command(), *map(str, files)], capture_output=True)
    said = json.loads(done.stderr or done.stdout)["messages"]
    return [f"{each['url']}:{each.get('lastLine')}: {each['message']}" for each in said]


@pytest.mark.slow
def test_pages_of_each_kind_are_valid(published: Path) -> None:
    some = [*pages(published)]
    kinds = {page.relative_to(published).parts[0] for page in some}
    assert {"page", "ask", "paths", "things", "query", "network", "ns", "index.html"} <= kinds
    assert not faults(some)


@pytest.mark.slow
def test_what_is_not_valid_is_told(tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    page.write_text("<!DOCTYPE html><html lang=en><title>x</title><p><ul><li></ul></p><b>")
    assert any("p" in fault for fault in faults([page]))
