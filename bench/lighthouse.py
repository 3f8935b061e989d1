"""Scores that Lighthouse gives the pages of the built-in graph, as files and live.

Run it as ``python -m bench.lighthouse [--runs N] [--only NAME …]`` after ``npm ci`` in ``web``,
with Chromium. The phone and the line are slow ones, which Lighthouse simulates. Each page is
measured N times, and the table has the medians; it is a part of ``README.md`` in Markdown.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bench.startup import ALLGRAPH

PAGES = {
    "home": "/",
    "thing": "/page/karen-elson",
    "answer": "/ask/campaign-signatories/1",
    "network": "/network",
    "query": "/query",
}
"""The pages that are measured, by name."""
SCORES = ("performance", "accessibility", "best-practices", "seo")
TIMES = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time")
LAYOUT_SHIFT = "cumulative-layout-shift"
BROWSERS = ("chromium-headless-shell", "chromium")
LIGHTHOUSE = Path(__file__).resolve().parents[1] / "web/node_modules/lighthouse/cli/index.js"
FLAGS = "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage"
_LISTENING = re.compile(r"serving on (http://[^\s/]+)")


def measure(address: str, runs: int) -> dict[str, float]:
    """Return the medians of scores (0 to 100), times in ms, layout shift and bytes of a page."""
    found = [_run(address) for _ in range(runs)]
    return {name: statistics.median(one[name] for one in found) for name in found[0]}


def _run(address: str) -> dict[str, float]:
    """Run Lighthouse once on a page; raises `CalledProcessError` if it fails."""
    browser = next(filter(None, map(shutil.which, BROWSERS)))
    wanted = ("--output=json", "--quiet", f"--only-categories={','.join(SCORES)}")
    how = ("--max-wait-for-load=90000", f"--chrome-flags={FLAGS}")
    command = ["node", str(LIGHTHOUSE), address, *wanted, *how]
    environment = {**os.environ, "CHROME_PATH": browser}
    done = subprocess.run(command, env=environment, capture_output=True, check=True, timeout=300)
    report: dict[str, Any] = json.loads(done.stdout)
    audits = report["audits"]
    scores = {name: 100 * (report["categories"][name]["score"] or 0) for name in SCORES}
    numbers = {name: audits[name]["numericValue"] for name in (*TIMES, LAYOUT_SHIFT)}
    return {**scores, **numbers, "bytes": audits["total-byte-weight"]["numericValue"]}


def table(rows: Mapping[tuple[str, str], Mapping[str, float]]) -> Iterator[str]:
    """Yield the lines of a table in Markdown, a row for each (page, kind of site)."""
    scores = "performance, accessibility, best practices, SEO"
    yield f"| page | {scores} | first, largest paint | blocking | layout shift | kB |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for (page, kind), found in rows.items():
        scores = " · ".join(f"{found[name]:.0f}" for name in SCORES)
        first, largest, blocking = (found[name] for name in TIMES)
        yield (
            f"| {page}, {kind} | {scores} | {first / 1000:.1f} s, {largest / 1000:.1f} s | "
            f"{blocking:.0f} ms | {found[LAYOUT_SHIFT]:.3f} | {found['bytes'] / 1000:.0f} |"
        )


class _Folder(SimpleHTTPRequestHandler):
    """Serves a folder as hosts of files do: ``index.html`` for a path without a slash too."""

    def translate_path(self, path: str) -> str:
        place = Path(super().translate_path(path))
        return str(place / "index.html" if place.is_dir() else place)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def files() -> Iterator[str]:
    """The address of the built-in graph as files, without compression."""
    with tempfile.TemporaryDirectory(prefix="allgraph-bench-") as folder:
        handler = functools.partial(_Folder, directory=folder)
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        address = f"http://127.0.0.1:{server.server_port}"
        subprocess.run(
            [ALLGRAPH, "publish", folder, "--base", f"{address}/"], check=True, capture_output=True
        )
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield address
        server.shutdown()
        server.server_close()


@contextmanager
def live() -> Iterator[str]:
    """The address of the built-in graph, served by `allgraph serve`."""
    command = [ALLGRAPH, "serve", "--port", "0"]
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, stdout=pipe, stderr=nowhere, text=True) as server:
        assert server.stdout is not None
        lines = iter(server.stdout)
        match = next(filter(None, map(_LISTENING.search, lines)))
        threading.Thread(target=lambda: [*lines], daemon=True).start()
        try:
            yield match[1]
        finally:
            server.terminate()


def main(arguments: Sequence[str] | None = None) -> None:
    about = (__doc__ or "").partition("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m bench.lighthouse", description=about)
    parser.add_argument("--runs", type=int, default=5, help="of each page (default: 5)")
    parser.add_argument("--only", nargs="+", choices=PAGES, default=[*PAGES], metavar="PAGE")
    options = parser.parse_args(arguments)
    if not LIGHTHOUSE.exists():
        sys.exit("Lighthouse is missing; run: cd web && npm ci")
    rows = {}
    for kind, site in (("files", files), ("live", live)):
        with site() as address:
            for page in options.only:
                rows[page, kind] = measure(address + PAGES[page], options.runs)
                print(f"{page}, {kind}: done", file=sys.stderr)
    ordered = {
        (page, kind): rows[page, kind] for page in options.only for kind in ("files", "live")
    }
    print("\n".join(table(ordered)))


if __name__ == "__main__":
    main()
