"""Three people's ways by the pages alone, from an empty folder, with the package from its wheel.

What they type is read from the pages, and what comes out is what the pages show. They share one
environment, into which the lines of the pages have installed what they say, without a network.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import distribution
from pathlib import Path

import pytest

import block_syntax
import examples
from tests.support import hosting
from tests.support.processes import stop
from tests.support.sites import made_once
from tests.support.waiting import PATIENCE, until
from tests.support.wheels import ROOT, call, keep_needed, offline

DOCS = ROOT / "docs"
RESEARCHER, DEVELOPER, PUBLISHER, INSTALL, CLIENTS = (
    (DOCS / name).read_text(encoding="utf-8")
    for name in (
        "tutorials/researcher.md", "tutorials/developer.md", "tutorials/publisher.md",
        "how-to/install.md", "how-to/call-the-http-api.md",
    )
)  # fmt: skip
CLIENTS = CLIENTS.partition("## TypeScript")[0]
SERVER, HOST = "http://127.0.0.1:8000", "https://graph.example.org/"
FIRST = "python3 -m venv .venv"
INSTALLS = (FIRST, ". .venv/", "pip install")
TOOLS = ("mypy", "openapi-python-client")
pytestmark = pytest.mark.slow


def installing(*pages: str) -> dict[str, None]:
    """The lines of pages that make an environment and install into it, each once."""
    return {
        line: None
        for page in pages
        for block in examples.blocks(page)
        for line in block.body.splitlines()
        if block.language == "sh" and line.startswith(INSTALLS) and "./" not in line
    }


@pytest.fixture(scope="session")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables for the environment into which the lines of the pages have installed."""
    needed = "allgraph-kg[pandas]", "poetry-core", *TOOLS

    def make(folder: Path) -> None:
        folder.mkdir()
        quiet = {**offline(folder / "needed", *needed), "PIP_FIND_LINKS": str(wheel.parent)}
        lines = installing(INSTALL, RESEARCHER, DEVELOPER, PUBLISHER, CLIENTS)
        assert next(iter(lines)) == FIRST and len(lines) > 4
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        call("bash", "-e", "-c", "\n".join(lines), cwd=folder, PATH=path, **quiet)
        keep_needed(folder)
        with suppress(FileNotFoundError):  # what mypy knows of libraries, half a minute's work
            shutil.copytree(ROOT / ".mypy_cache", folder / "types")
        for name in TOOLS:  # which are not in the environment itself
            [entry] = distribution(name).entry_points.select(group="console_scripts", name=name)
            script = folder / ".venv" / "bin" / name
            python = folder / ".venv" / "bin" / "python"
            script.write_text(
                f"#!{python}\nimport sys\nfrom {entry.module} import {entry.attr}\n"
                f"sys.exit({entry.attr}())\n"
            )
            script.chmod(0o755)

    folder = made_once(tmp_path_factory, "journeys", make)
    path = f"{folder}/.venv/bin:{Path(sys.executable).parent}:{os.environ['PATH']}"
    settings = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0", "LC_ALL": "C.UTF-8"}
    return {"PATH": path, **settings, "MYPY_CACHE_DIR": str(folder / "types")}


@dataclass
class Person:
    """Somebody who follows pages in a folder; `other` is what stands for addresses of a page."""

    folder: Path
    environment: dict[str, str]
    stack: ExitStack
    other: dict[str, str] = field(default_factory=dict)

    def follow(self, page: str) -> None:
        """Type all that the blocks of a page say, but what installs packages from elsewhere."""
        for block in examples.blocks(page):
            if block.info.startswith("file="):
                file = self.folder / block.info.removeprefix("file=")
                file.write_text(self.here(block.body), encoding="utf-8")
            elif block.language == "console":
                for command, shown in block_syntax.sessions(block.body):
                    given = self.run(command)
                    assert examples.matches(self.here(shown), given), f"$ {command}\n{given}"
            elif block.language == "sh":
                for line in block.body.replace("\\\n", "").splitlines():
                    if line.startswith("allgraph serve"):
                        self.stack.enter_context(self._serving(line))
                    elif line not in installing(page):
                        self.run(line, must=True)

    def run(self, command: str, *, must: bool = False) -> str:
        """What a command writes; if it `must`, it ends with 0."""
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", self.here(command)],
            cwd=self.folder, env={**self.environment, "HOME": str(self.folder)},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=5 * PATIENCE,
        )  # fmt: skip
        assert not (must and done.returncode), f"$ {command}\n{done.stdout}{done.stderr}"
        return done.stdout

    def here(self, text: str) -> str:
        """A text of a page with the addresses that there are."""
        for written, known in self.other.items():
            text = text.replace(written, known)
        return text

    @contextmanager
    def _serving(self, line: str) -> Iterator[None]:
        """The server that a line starts, at a port of its own in place of that of the page."""
        port, log = hosting.free_port(), self.folder / "server.log"
        self.other[SERVER] = f"http://127.0.0.1:{port}"
        with log.open("wb") as written:
            it = subprocess.Popen(
                ["bash", "-c", f"exec {line} --port {port}"], cwd=self.folder,
                env=self.environment, stdout=written, stderr=written,
            )  # fmt: skip
        try:
            until(lambda: it.poll() is not None or "serving on" in log.read_text())
            yield
        finally:
            stop(it)


@pytest.fixture
def person(environment: dict[str, str]) -> Iterator[Person]:
    """Somebody in an empty folder, whose package is that of the wheel."""
    with hosting.place() as folder, ExitStack() as stack:
        someone = Person(folder, environment, stack)
        where = someone.run(
            "python -c 'import allgraph; print(allgraph.__file__)'; command -v allgraph"
        )
        assert all("/.venv/" in line for line in where.splitlines())
        yield someone


def test_a_researcher_has_a_table_with_sources_and_pictures(person: Person) -> None:
    person.follow(RESEARCHER)
    with (person.folder / "signatories.csv").open(encoding="utf-8-sig") as file:
        rows = [*csv.DictReader(file)]
    assert rows and all(row["name"] and row["citedTitle"] for row in rows)
    for name, mark in (("timeline", "ag-row"), ("paths", "ag-arrow")):
        drawn = ET.parse(person.folder / f"{name}.svg").getroot().iter()
        assert any(mark in node.get("class", "") for node in drawn)


def test_a_developer_has_a_typed_script_and_a_client_for_http(person: Person) -> None:
    person.follow(DEVELOPER)
    person.follow(CLIENTS)
    assert "Success" in person.run("mypy --strict client.py", must=True)
    told = person.run("python client.py", must=True)
    assert "Sara Ziff" in told and "Kathy Hochul" in told


def test_a_publisher_has_a_site_that_is_proved_from_outside(person: Person) -> None:
    before, heading, after = PUBLISHER.partition("## With nginx")
    [rules] = [block.body for block in examples.blocks(after) if block.language == "nginx"]
    [included] = re.findall(r"^ *(include /srv/www/.*;)$", rules, re.MULTILINE)

    def write(served: Path, address: str) -> None:
        person.other[HOST] = f"{address}/"
        person.follow(before)
        shutil.copytree(person.folder / "site", served, dirs_exist_ok=True)
        (served / "site.conf").write_text(included.replace("/srv/www", str(served)))

    assert heading
    with hosting.nginx(write) as address:
        person.follow(after)
        person.run(f"allgraph check-site {address}/", must=True)
