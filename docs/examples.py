"""The code blocks of README.md, docs/ and other pages: run, parsed, or marked as not to be run.

``python docs/examples.py`` checks them all and counts them; with ``--update`` it writes what comes
out into the pages. What runs for one page runs in one folder, which is empty: first all commands,
then all Python.

- ``console``: commands after ``$``, and their standard output; a line ``…`` stands for any lines.
  What a command reads may follow it, between ``<<'END'`` and ``END``.
- ``python``: a session with ``>>>``; the blocks of one page share their names.
- ``sh``: commands that end well.
- ``text``: what is shown, and not typed; after ``<!-- output of: COMMAND -->`` what this writes.
- Others are parsed (`block_syntax`).

Commands that ask ``http://127.0.0.1:8000`` ask ``allgraph serve``, with the graph of the folder.
The body of a block with ``file=NAME`` behind its language is a file, which other tests use. A block
after ``<!-- not run: REASON -->`` is parsed only.
"""

from __future__ import annotations

import doctest
import os
import re
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, chdir, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from block_syntax import fault, sessions

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "bench/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
_PROGRAMS = Path(sys.executable).parent
_SECONDS = 120
"""How long a block may take."""
_SERVER = "http://127.0.0.1:8000"
_BLOCK = re.compile(
    r"(?:^ *<!-- (?P<mark>not run|output of): (?P<note>.+?) -->\n)?"
    r"^(?P<indent> *)```(?P<language>.*)\n(?P<body>(?:.*\n)*?)(?P=indent)```$",
    re.MULTILINE,
)
_STRICT = 'set -e\ncurl() { command curl --fail --silent --show-error "$@"; }\n'


@dataclass(frozen=True)
class Block:
    """A block of code on a page; `line` is that of its fence."""

    language: str
    info: str
    body: str
    mark: str
    note: str
    line: int

    @classmethod
    def of(cls, match: re.Match[str]) -> Block:
        """The block that `_BLOCK` found."""
        line = match.string.count("\n", 0, match.start("indent")) + 1
        body = textwrap.dedent(match["body"]) if match["indent"] else match["body"]
        language, _, info = match["language"].partition(" ")
        return cls(language, info, body, match["mark"] or "", match["note"] or "", line)

    @property
    def treatment(self) -> str:
        """What is done with it: run, compared, shown, used, parsed or marked."""
        if self.mark == "not run":
            return "marked"
        if self.language == "text":
            return "compared" if self.mark else "shown"
        if self.info.startswith("file="):
            return "used"
        return "run" if self.language in ("console", "python", "sh") else "parsed"


def blocks(text: str) -> list[Block]:
    """The code blocks of a page, in order."""
    return [Block.of(match) for match in _BLOCK.finditer(text)]


def problems(page: Path, programs: Path = _PROGRAMS) -> Iterator[str]:
    """What is wrong with the blocks of a page, and what they give that it does not show.

    Commands are looked for in `programs` first.
    """
    yield from faults(page)
    text = page.read_text(encoding="utf-8")
    python = [b.body for b in blocks(text) if (b.language, b.treatment) == ("python", "run")]
    with tempfile.TemporaryDirectory() as folder:
        for problem in _again(text, folder, programs)[1]:
            yield f"{page.name}:{problem}"
        with chdir(folder):
            yield from _doctest(page, "\n".join(python))


def faults(page: Path) -> Iterator[str]:
    """What is wrong with the blocks of a page as they stand; none is run."""
    text = page.read_text(encoding="utf-8")
    if re.search(r"^ *```", _BLOCK.sub("", text), re.MULTILINE):
        yield f"{page.name}: a block has no end"
    for block in blocks(text):
        if wrong := fault(f"{block.language} {block.info}", block.body):
            yield f"{page.name}:{block.line}: {wrong}"


def rerun(text: str, programs: Path = _PROGRAMS) -> str:
    """A page with the output of its commands as it is now."""
    with tempfile.TemporaryDirectory() as folder:
        return _again(text, folder, programs)[0]


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


def _again(text: str, folder: str, programs: Path) -> tuple[str, list[str]]:
    """A page with the output of its commands as it is now, and what is not as it shows."""
    with ExitStack() as stack:
        shell = _Shell(folder, programs, stack)

        def again(match: re.Match[str]) -> str:
            block = Block.of(match)
            given = shell.run_block(block)
            return match[0] if given == block.body else match[0].replace(block.body, given)

        return _BLOCK.sub(again, text), shell.faults


@dataclass
class _Shell:
    """Where the commands of one page run; `faults` are what was not as the page shows."""

    folder: str
    programs: Path
    stack: ExitStack
    faults: list[str] = field(default_factory=list)
    server: str = ""

    def run_block(self, block: Block) -> str:
        """Run a block of commands, and return it with their output as it is now."""
        if block.treatment == "compared":
            return self._compare(block, block.note, block.body)
        if block.treatment == "run" and block.language == "console":
            parts = [
                f"$ {command}\n{self._compare(block, command, shown)}"
                for command, shown in sessions(block.body)
            ]
            return "".join(parts)
        if block.treatment == "run" and block.language == "sh":
            self._run_script(block)
        return block.body

    def _compare(self, block: Block, command: str, shown: str) -> str:
        """What a command gives, or what is shown where it fits."""
        given = self._run(command).stdout.replace(self.server or _SERVER, _SERVER)
        if given and not given.endswith("\n"):
            given += "\n"
        if matches(shown, given):
            return shown
        self.faults.append(f"{block.line}: $ {command}\nshown:\n{shown}\ngiven:\n{given}")
        return given

    def _run_script(self, block: Block) -> None:
        done = self._run(_STRICT + block.body, subprocess.STDOUT)
        if done.returncode:
            self.faults.append(f"{block.line}: exit code {done.returncode}\n{done.stdout}")

    def _run(
        self, command: str, errors: int = subprocess.DEVNULL
    ) -> subprocess.CompletedProcess[str]:
        if _SERVER in command and not self.server:
            self.server = self.stack.enter_context(self._serving())
        return subprocess.run(
            ["bash", "-c", command.replace(_SERVER, self.server)],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            timeout=_SECONDS,
            check=False,
            text=True,
            encoding="utf-8",
        )

    def _environment(self) -> dict[str, str]:
        path = f"{self.programs}{os.pathsep}{os.environ['PATH']}"
        return {"PATH": path, "HOME": self.folder, "LC_ALL": "C.UTF-8"}

    @contextmanager
    def _serving(self) -> Iterator[str]:
        """The address of a server, which ends with the block."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        with subprocess.Popen(
            [self.programs / "allgraph", "serve", "--port", str(port)],
            cwd=self.folder,
            env=self._environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as running:
            while running.poll() is None:
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except ConnectionRefusedError:
                    time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
            running.terminate()


def _doctest(page: Path, code: str) -> Iterator[str]:
    test = doctest.DocTestParser().get_doctest(code, {}, page.name, str(page), 0)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False)
    out: list[str] = []
    runner.run(test, out=out.append)
    if runner.failures:
        yield "".join(out)


def counts() -> Counter[str]:
    """How many blocks of all pages are run, compared, shown, used, parsed and marked."""
    return Counter(b.treatment for page in PAGES for b in blocks(page.read_text(encoding="utf-8")))


def main() -> int:
    """Check all pages, or with ``--update`` mend them; tell what is wrong, and how many blocks."""
    failed = 0
    for page in PAGES:
        if "--update" in sys.argv:
            page.write_text(rerun(page.read_text(encoding="utf-8")), encoding="utf-8")
        for problem in problems(page):
            failed += 1
            print(problem)  # noqa: T201
    print(", ".join(f"{count} {name}" for name, count in counts().most_common()))  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
