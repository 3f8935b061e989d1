"""What the pages show is what happens, and the reference is what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import examples
import generate
from allgraph.cli import cli
from allgraph.folder import builtin
from allgraph.formats import FORMATS

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("page", examples.PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_examples_give_what_the_page_shows(page: Path) -> None:
    assert not list(examples.problems(page))


@pytest.mark.parametrize("name", generate.PAGES)
def test_reference_is_up_to_date(name: str) -> None:
    written = (generate.REFERENCE / name).read_text(encoding="utf-8")
    assert written == generate.PAGES[name](), "run: python docs/generate.py"


def test_every_command_question_and_format_is_documented() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in examples.PAGES)
    for command in cli.commands:
        assert f"allgraph {command}" in text
    for path in builtin().query_files():
        assert f"## {path.stem}\n" in text
    for format in FORMATS:
        assert format.name in text


def test_links_between_pages_lead_somewhere() -> None:
    for page in examples.PAGES:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_an_example_that_differs_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```console\n$ echo one\ntwo\n```\n```python\n>>> 1 + 1\n3\n```\n")
    assert len(list(examples.problems(page))) == 2
