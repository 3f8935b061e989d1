"""The examples in README.md and docs/, run and compared with what the pages show.

``python docs/examples.py`` checks them all; with ``--update`` it writes what comes out into
the pages. A ``console`` block holds commands after ``$`` and their standard output; a line
``…`` stands for any lines; what a command reads may follow it, between ``<<'END'`` and
``END``. A ``python`` block holds a session with ``>>>``, and the blocks of
one page share their names. All commands of a page run in one empty folder.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_CONSOLE = re.compile(r"(?<=^```console\n)(.*?)(?=^```$)", re.DOTALL | re.MULTILINE)
_PYTHON = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def problems(page: Path, programs: Path = Path(sys.executable).parent) -> Iterator[str]:
    """What the examples of a page give that the page does not show.

    Commands are looked for in `programs` first.
    """
    written = page.read_text(encoding="utf-8")
    for shown, given in zip(_sessions(written), _sessions(rerun(written, programs)), strict=True):
        if not matches(shown[1], given[1]):
            yield f"{page.name}: $ {shown[0]}\nshown:\n{shown[1]}\ngiven:\n{given[1]}"
    code = "\n".join(_PYTHON.findall(written))
    if ">>>" in code:
        yield from _doctest(page, code)


def rerun(text: str, programs: Path = Path(sys.executable).parent) -> str:
    """A page with the output of its commands as it is now."""
    with tempfile.TemporaryDirectory() as folder:
        return _CONSOLE.sub(lambda block: _rerun_block(block[1], folder, programs), text)


def matches(shown: str, given: str) -> bool:
    r"""Whether an output is as shown; a line ``…`` stands for any lines.

    >>> matches("a\n…\nz\n", "a\nb\nc\nz\n"), matches("a\n", "b\n")
    (True, False)
    """
    pattern = "".join(
        r"(?:.*\n)*" if line.strip() == "…" else re.escape(line) + r"\n"
        for line in shown.splitlines()
    )
    return re.fullmatch(pattern, given) is not None


def _sessions(text: str) -> list[tuple[str, str]]:
    """The commands of a page, each with its output."""
    found = []
    for block in _CONSOLE.findall(text):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, output = _split(part)
            found.append((command, output))
    return found


def _split(part: str) -> tuple[str, str]:
    lines = part.splitlines(keepends=True)
    end = next(i for i, line in enumerate(lines) if not line.endswith("\\\n"))
    if "<<'END'" in lines[end]:
        end = lines.index("END\n")
    return "".join(lines[: end + 1]).rstrip("\n"), "".join(lines[end + 1 :])


def _rerun_block(block: str, folder: str, programs: Path) -> str:
    parts = []
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, shown = _split(part)
        given = _run(command, folder, programs)
        parts.append(f"$ {command}\n{shown if matches(shown, given) else given}")
    return "".join(parts)


def _run(command: str, folder: str, programs: Path) -> str:
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(  # noqa: S602
        command,
        shell=True,
        cwd=folder,
        env={"PATH": path, "HOME": folder, "LC_ALL": "C.UTF-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
        text=True,
        encoding="utf-8",
    )
    return done.stdout if not done.stdout or done.stdout.endswith("\n") else done.stdout + "\n"


def _doctest(page: Path, code: str) -> Iterator[str]:
    test = doctest.DocTestParser().get_doctest(code, {}, page.name, str(page), 0)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False)
    out: list[str] = []
    runner.run(test, out=out.append)
    if runner.failures:
        yield "".join(out)


def main() -> int:
    """Check all pages, or with ``--update`` mend them."""
    failed = 0
    for page in PAGES:
        if "--update" in sys.argv:
            page.write_text(rerun(page.read_text(encoding="utf-8")), encoding="utf-8")
        for problem in problems(page):
            failed += 1
            print(problem)  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
