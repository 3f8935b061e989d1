"""The documentation as a website, for reading in a browser, on a server or from a folder.

``python docs/website.py [FOLDER]`` puts the pages into ``FOLDER/pages`` and builds ``FOLDER/site``
of them, after removing what is there; the folder is ``build/docs`` by default. A link or an anchor
that leads nowhere stops it. What is in the navigation, and how pages look, is in ``mkdocs.yml``.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FORGE = "https://github.com/allgraph/allgraph/blob/main"
"""The address of the files that are not pages of the site."""
_ELSEWHERE = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "bench/README.md": "benchmarks.md",
    "bench/growth.svg": "growth.svg",
    "docs/iframe-worker.js": "iframe-worker.js",
    "docs/website.css": "website.css",
}
_FENCED = re.compile(r"(^ *```.*?^ *```$)", re.DOTALL | re.MULTILINE)
_COLOUR = re.compile("\x1b\\[[0-9;]*m")
_FILE = re.compile(r"( *```\w+) file=(.+)")
_SESSION = re.compile(r"( *```)python\n(?= *>>> )")
_WHOLE = re.compile("<<'END'|^ *Traceback ", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s#:]+)(#[^)\s]*)?\)")


def places() -> dict[Path, Path]:
    """The files that the site is made of, each with its place among the pages."""
    docs = ROOT / "docs"
    files = [*docs.rglob("*.md"), *docs.glob("reference/pictures/*.svg")]
    pages = {page: page.relative_to(docs) for page in files}
    return pages | {ROOT / name: Path(place) for name, place in _ELSEWHERE.items()}


def moved(text: str, file: Path, place: Path) -> str:
    """The text of a page whose links lead from `place` to where they led from `file`.

    A link to the README leads to the first page, and one to another file to the forge. The name of
    a file that a block is becomes its title. A Python session is marked as one. A block of which
    input is not told from output is of the class ``whole``, and is copied whole.
    """
    known = {**places(), ROOT / "README.md": Path("index.md")}

    def target(link: re.Match[str]) -> str:
        to = Path(os.path.normpath(file.parent / link[1]))
        if to in known:
            address = os.path.relpath(known[to], place.parent)
        elif to.exists():
            address = f"{FORGE}/{to.relative_to(ROOT).as_posix()}"
        else:
            return link[0]
        return f"]({address}{link[2] or ''})"

    parts = _FENCED.split(text)
    parts[::2] = [_LINK.sub(target, part) for part in parts[::2]]
    parts[1::2] = map(_block, parts[1::2])
    return "".join(parts)


def _block(text: str) -> str:
    """The text of a block of code for the site: its language, class and title."""
    text = _FILE.sub(r'\1 title="\2"', text, count=1)
    text = _SESSION.sub(r"\1pycon\n", text, count=1)
    if _WHOLE.search(text):
        text = re.sub(r"( *```)(console|pycon)\n", r"\1{.\2 .whole}\n", text, count=1)
    return text


def build(folder: Path) -> str:
    """Build the site in a folder, and return what is wrong: links that lead nowhere."""
    for made in ("pages", "site"):
        shutil.rmtree(folder / made, ignore_errors=True)
    for file, place in places().items():
        page = folder / "pages" / place
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(moved(file.read_text(encoding="utf-8"), file, place), encoding="utf-8")
    shutil.copy(ROOT / "docs" / "mkdocs.yml", folder)
    done = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--strict"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
        encoding="utf-8",
    )
    return _COLOUR.sub("", done.stdout.partition("Traceback")[0]) if done.returncode else ""


def main() -> int:
    """Build the site in the folder that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build" / "docs")
    folder = parser.parse_args().folder
    wrong = build(folder)
    print(wrong or folder / "site" / "index.html")  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
