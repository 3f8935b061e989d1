"""The environment variables and exit codes that are told are those that there are."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from allgraph import errors
from allgraph.cli import cli
from allgraph.cli.environment import EXIT_CODES, INTERNAL, VARIABLES
from tests.support.commands import run
from tests.support.tools import need

ROOT = Path(__file__).resolve().parents[2]
MANUAL = ROOT / "docs" / "reference" / "allgraph.1"
OF_PYTHON = {"COLUMNS", "TMPDIR"}
"""Those that the standard library reads for us."""


def read(tree: ast.AST) -> Iterator[str]:
    """The names of the environment variables that a module reads or sets."""
    constants = {
        target.id: value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for targets, values in ((node.targets[0], node.value),)
        for target, value in zip(
            targets.elts if isinstance(targets, ast.Tuple) else [targets],
            values.elts if isinstance(values, ast.Tuple) else [values],
            strict=False,
        )
        if isinstance(target, ast.Name) and isinstance(value, ast.Constant)
    }
    for node in ast.walk(tree):
        key: ast.expr | None = None
        if isinstance(node, ast.Call) and "environ." in ast.unparse(node.func):
            key = node.args[0]
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("environ"):
            key = node.slice
        elif isinstance(node, ast.Compare) and ast.unparse(node).endswith("environ"):
            key = node.left
        elif isinstance(node, ast.keyword) and node.arg == "envvar":
            key = node.value
        elif isinstance(node, (ast.Name, ast.Attribute)) and ast.unparse(node) == "os.getenv":
            raise AssertionError("os.getenv hides what is read")
        if key is not None:
            yield str(constants[key.id] if isinstance(key, ast.Name) else ast.literal_eval(key))


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("A, B = 'X', 'Y'\nos.environ.get(B)\nos.environ['Z']", {"Y", "Z"}),
        ("'Q' in os.environ\noption('-g', envvar='V')\nos.environ.setdefault('S', '1')",
         {"Q", "V", "S"}),
    ],
)  # fmt: skip
def test_what_is_read_is_found(code: str, names: set[str]) -> None:
    assert set(read(ast.parse(code))) == names


def test_every_variable_that_is_read_is_told_and_no_other() -> None:
    paths = (ROOT / "src").rglob("*.py")
    names = {name for p in paths for name in read(ast.parse(p.read_text(encoding="utf-8")))}
    told = {variable.name for variable in VARIABLES}
    assert names | OF_PYTHON == told | {*INTERNAL}
    assert not told & {*INTERNAL}


def test_every_variable_of_ours_in_a_text_is_told() -> None:
    words = {
        word
        for path in (ROOT / "src").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for word in node.value.replace("_ALLGRAPH_", " _ALLGRAPH_").split()
        if word.strip("(.,;)").startswith("ALLGRAPH_")
    }
    assert {word.strip("(.,;):") for word in words} <= {variable.name for variable in VARIABLES}


def test_the_exit_codes_are_those_of_errors() -> None:
    classes = [each for each in vars(errors).values() if isinstance(each, type)]
    codes = {each.exit_code for each in classes if issubclass(each, errors.AllgraphError)}
    assert codes | {0, 1, 128 + 2, click.UsageError.exit_code} == {*EXIT_CODES}


def test_help_has_them_all() -> None:
    text = run("--help").stdout
    for name, _ in VARIABLES:
        assert f"\n  {name} " in text
    for code in EXIT_CODES:
        assert f"\n  {code} " in text[text.index("Exit codes:") :]


def test_the_man_page_is_valid_and_has_every_command_and_option() -> None:
    lint = [need("mandoc", "install it: apt-get install mandoc"), "-T", "lint", str(MANUAL)]
    done = subprocess.run(lint, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    shown = subprocess.run(
        ["mandoc", "-T", "utf8", "-O", "width=80", MANUAL], capture_output=True, check=True
    ).stdout.decode()
    while "\b" in shown:  # bold letters are written twice
        shown = shown[: shown.index("\b")] + shown[shown.index("\b") + 2 :]
    assert max(map(len, shown.splitlines())) <= 80
    root = click.Context(cli)
    for name in cli.list_commands(root):
        assert f"\n   {name}\n" in shown
        part = shown[shown.index(f"\n   {name}\n") :]
        for option in cli.commands[name].params:
            if isinstance(option, click.Option):
                assert option.opts[-1] in part
