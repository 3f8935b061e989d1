"""What the pages show is what happens, and the reference is what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

import allgraph
import examples
import generate
import python_reference
from allgraph.cli import cli
from allgraph.folder import builtin
from allgraph.imports import dates, templates
from allgraph.imports.mapping_file import KEYS
from allgraph.rdf.formats import FORMATS
from allgraph.server.http import connection
from allgraph.server.settings import Settings
from allgraph.sparql import syntax

ROOT = Path(__file__).resolve().parents[2]

ELSEWHERE = {
    "python.md": "docstrings, where they stand",
    "researcher.md": "tests/contract/test_journeys.py",
    "developer.md": "tests/contract/test_journeys.py",
    "publisher.md": "tests/contract/test_journeys.py",
    "start-your-own-graph.md": "tests/contract/test_wheel.py",
}
"""The pages whose examples are run elsewhere, and where."""
RUN = [page for page in examples.PAGES if page.name not in ELSEWHERE]


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_examples_give_what_the_page_shows(page: Path) -> None:
    assert not list(examples.problems(page))


def test_examples_that_are_run_elsewhere_are_sound() -> None:
    pages = [page for page in examples.PAGES if page not in RUN]
    assert len(pages) == len(ELSEWHERE)
    assert not [fault for page in pages for fault in examples.faults(page)]


@pytest.mark.parametrize("name", generate.PAGES)
def test_reference_is_up_to_date(name: str) -> None:
    written = (generate.ROOT / name).read_text(encoding="utf-8")
    assert written == generate.PAGES[name](), "run: python docs/generate.py"


@pytest.mark.parametrize("name", allgraph.__all__)
def test_every_public_name_is_documented_with_an_example(name: str) -> None:
    entry = python_reference.entries()[name]
    found = getattr(allgraph, name)
    is_error = isinstance(found, type) and issubclass(found, allgraph.AllgraphError)
    assert entry.doc and (">>> " in entry.doc or is_error), f"no example in {entry.module}"


def test_every_public_method_is_documented() -> None:
    page = generate.PAGES["docs/reference/python.md"]()
    without = re.findall(r"^#### (.*)\n\n+(?=#|-|$)|^- `(\w+)`: *$", page, re.MULTILINE)
    assert not without


def test_every_command_question_and_format_is_documented() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in examples.PAGES)
    for command in cli.commands:
        assert f"allgraph {command}" in text
    for path in builtin().query_files():
        assert f"## {path.stem}\n" in text
    for format in FORMATS:
        assert format.name in text


def test_the_page_of_mappings_has_all_keys_options_and_tokens() -> None:
    page = (ROOT / "docs" / "reference" / "mapping.md").read_text(encoding="utf-8")
    shown = {
        part.partition("\n")[0].strip("# ").lower(): re.findall(
            r"^\| `(.*?)` \|", part, re.MULTILINE
        )
        for part in page.split("\n## ")
    }
    top = shown.pop("keys at the top")
    line = page.partition("### A line")[2].partition("###")[0]
    options = re.findall(r"^\| `(.*?)` \|", line, re.MULTILINE)
    shown["claims"] = shown["claims"][: shown["claims"].index(options[0])]
    found = {"": tuple(top)} | {table: tuple(shown[table]) for table in KEYS if table}
    assert found == KEYS and tuple(options) == templates.OPTIONS
    rows = re.findall(r"^\| .*\|$", str(dates.__doc__), re.MULTILINE)
    assert all(row.replace("``", "`") in page for row in rows) and len(rows) > 10


def test_the_formats_of_a_graph_are_those_of_the_table() -> None:
    page = (ROOT / "docs" / "how-to" / "export.md").read_text(encoding="utf-8")
    table = page.partition("| format | suffix | holds |\n")[2].partition("\n\n")[0]
    shown: dict[str, list[str]] = {}
    for line in table.splitlines()[1:]:
        names, suffixes = (cell.split() for cell in line.split("|")[1:3])
        shown |= {name.strip("`"): suffixes for name in names}
    known = {each.name: each for each in FORMATS if "graph" in each.kinds}
    assert shown.keys() - {"parquet-dataset"} == known.keys()
    for name, format in known.items():
        assert {*shown[name]} & {*format.suffixes}
    suffixes_of = {suffix for suffixes in shown.values() for suffix in suffixes}
    assert suffixes_of <= {suffix for format in known.values() for suffix in format.suffixes}
    [option] = [each for each in cli.commands["export"].params if each.name == "format"]
    assert isinstance(option, click.Option)
    assert all(name in str(option.help) for name in shown)


def test_an_example_that_differs_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```console\n$ echo one\ntwo\n```\n```python\n>>> 1 + 1\n3\n```\n```sh\nfalse\n```\n"
        "<!-- output of: echo a -->\n```text\nb\n```\n"
    )
    assert len(list(examples.problems(page))) == 4


@pytest.mark.parametrize(
    "block",
    [
        "```\nx\n```",
        "```sh\nfor\n```",
        "```perl\nx\n```",
        "```python\nprint(1)\n```",
        "```python\n>>> (\n```",
        "```console\nls\n```",
        "```text\n$ ls\n```",
        '```json\n{"a": }\n```',
        "```toml\na =\n```",
        "```yaml\na: [\n```",
        "```turtle\nid:a ag:b\n```",
        "```turtle\nno:a ag:b 1 .\n```",
        "```sparql\nSELECT ?a {\n```",
        "```nginx\nserver {\n```",
        "```apache\n<Directory /a>\n```",
        "```dockerfile\nFROM a\nRNU b\n```",
        "```sh\necho\n",
    ],
)
def test_a_block_that_is_neither_run_nor_parsed_is_found(block: str, tmp_path: Path) -> None:
    (page := tmp_path / "page.md").write_text(f"{block}\n", encoding="utf-8")
    assert list(examples.problems(page))


def test_a_block_that_is_marked_is_only_parsed(tmp_path: Path) -> None:
    (page := tmp_path / "page.md").write_text(
        "<!-- not run: it fails -->\n```sh\nfalse\n```\n\n"
        "1. A list:\n\n   <!-- not run: it differs -->\n   ```console\n   $ echo a\n   b\n   ```\n",
        encoding="utf-8",
    )
    assert not list(examples.problems(page))
    marked = [block.treatment for block in examples.blocks(page.read_text(encoding="utf-8"))]
    assert marked == ["marked", "marked"]


def test_every_mark_gives_a_reason_that_holds() -> None:
    for page in examples.PAGES:
        for block in examples.blocks(page.read_text(encoding="utf-8")):
            for file in re.findall(r"tests/[\w/.]+", block.note):
                assert (ROOT / file).exists(), f"{page.name}:{block.line}: {file}"


def test_limits_are_those_of_the_server() -> None:
    page = (ROOT / "docs" / "how-to" / "serve-in-public.md").read_text(encoding="utf-8")
    rows = [re.split(r" *\| *", line) for line in page.splitlines() if line.startswith("| ")]
    shown = {row[1]: row[3] for row in rows}
    known = Settings()
    assert shown == shown | {
        "seconds that an answer may take": f"{known.seconds:g}",
        "memory of one answer, beside the graph": f"{known.memory / 2**30:g} GiB",
        "rows of an answer": f"{known.rows:,}",
        "bytes of an answer": f"{known.size / 2**20:g} MiB",
        "bytes of a request": f"{known.body / 2**20:g} MiB",
        "bytes of an address, of headers": (
            f"{connection.ADDRESS:,}, {connection.HEADERS / 2**10:g} KiB"
        ),
        "depth of brackets in a query": f"{syntax.DEEPEST}",
        "seconds in which a request has to come": f"{known.read_timeout:g}",
        "seconds in which a client has to take a piece of an answer": (
            f"{connection.Connections.patience:g}"
        ),
        "answers at work at a time": f"{known.workers}",
        "open connections": f"{known.connections:,}",
    }


def test_the_unit_for_systemd_says_what_the_command_line_knows() -> None:
    unit = (ROOT / "deploy" / "allgraph.service").read_text(encoding="utf-8").replace("\\\n", " ")
    (command,) = re.findall(r"^ExecStart=\S+ (.*)$", unit, re.MULTILINE)
    before, after = command.split(" serve ")
    context = cli.make_context("allgraph", [*before.split(), "serve"])
    serve = cli.commands["serve"].make_context("serve", after.split(), parent=context)
    assert serve.params["home"].startswith("https://") and serve.params["proxy"] == "127.0.0.1"
    assert f"SocketBindAllow=tcp:{serve.params['port']}\n" in unit
