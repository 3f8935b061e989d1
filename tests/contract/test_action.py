"""The GitHub Action: it is as GitHub and its linter want it, and its steps check a folder."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from allgraph.errors import VERSION
from allgraph.folder import init_folder
from tests.support.schemas import published
from tests.support.wheels import ROOT, call, offline

ACTION = (ROOT / "action.yml").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "how-to" / "check-in-ci.md").read_text(encoding="utf-8")
(WORKFLOW,) = (b for b in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if "jobs:" in b)
OURS = f"allgraph/allgraph@v{VERSION}"
PINNED = WORKFLOW.replace(OURS, f"allgraph/allgraph@{'0123456789' * 4}")
"""The workflow of the page with a commit in place of our tag, as the page says is surer."""
HARMLESS = {"anonymous-definition", "concurrency-limits"}
"""What the linter says of a workflow that has no name for its job, or no limit of runs."""


def linted(text: str, name: str, folder: Path) -> set[str]:
    """What the linter finds in an action or a workflow; it asks nothing on the network."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    linter = str(Path(sys.executable).with_name("zizmor"))
    command = [linter, "--offline", "--persona", "pedantic", "--format", "json", str(file)]
    done = subprocess.run(command, capture_output=True, text=True)
    return {found["ident"] for found in json.loads(done.stdout)}


def test_the_linter_finds_nothing(tmp_path: Path) -> None:
    assert PINNED != WORKFLOW
    assert linted(ACTION, "action.yml", tmp_path) == set()
    assert linted(PINNED, ".github/workflows/graph.yml", tmp_path) <= HARMLESS


def test_the_linter_finds_what_is_not_pinned(tmp_path: Path) -> None:
    loose = re.sub("@[0-9a-f]{40}", "@main", ACTION)
    assert "unpinned-uses" in linted(loose, "action.yml", tmp_path)


@pytest.mark.parametrize(("text", "name"), [(ACTION, "action"), (WORKFLOW, "workflow")])
def test_the_published_schemas_are_kept(text: str, name: str) -> None:
    schema = published(f"https://json.schemastore.org/github-{name}.json")
    validator = jsonschema.Draft7Validator(schema)
    parsed = {str(key).replace("True", "on"): value for key, value in yaml.safe_load(text).items()}
    assert not list(validator.iter_errors(parsed))
    assert list(validator.iter_errors({**parsed, "inputs": 1, "jobs": 1}))


def test_the_page_has_all_inputs_with_their_defaults() -> None:
    shown = dict(re.findall(r"^\| `([\w-]+)` \| .* \| (.*) \|$", PAGE, re.MULTILINE))
    inputs = {name: each["default"] for name, each in yaml.safe_load(ACTION)["inputs"].items()}
    assert shown.keys() == inputs.keys()
    assert all(inputs[name] in ("", shown[name].strip("`")) for name in inputs)
    [uses] = [s for s in yaml.safe_load(WORKFLOW)["jobs"]["check"]["steps"] if s["uses"] == OURS]
    assert uses["with"].keys() <= inputs.keys()


# ---- The steps, run by bash as a runner does


@pytest.mark.parametrize(("version", "wanted"), [("", "/action"), ("0.1.0", "allgraph-kg==0.1.0")])
def test_what_is_installed_is_the_version_or_the_code(
    version: str, wanted: str, tmp_path: Path
) -> None:
    python, command = tmp_path / "python", tmp_path / "allgraph" / "bin" / "allgraph"
    command.parent.mkdir(parents=True)
    for stub in (python, command):
        stub.write_text('#!/bin/sh\necho "$@"\n')
        stub.chmod(0o755)
    [install] = [step for step in steps() if step["name"] == "Install allgraph"]
    variables = {"RUNNER_TEMP": str(tmp_path), "GITHUB_ACTION_PATH": "/action"}
    shell = ("bash", "-e", "-c", install["run"])
    told = call(*shell, cwd=tmp_path, PYTHON=str(python), VERSION=version, **variables)
    assert told.splitlines()[1].split()[-1] == wanted


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a runner, on which the first step has installed the package."""
    folder = tmp_path_factory.mktemp("runner")
    variables = {
        **offline(folder / "needed", "hatchling", "pip"),
        "RUNNER_TEMP": str(folder),
        "GITHUB_ACTION_PATH": str(ROOT),
    }
    [install] = [step for step in steps() if step["name"] == "Install allgraph"]
    call(
        "bash",
        "-e",
        "-c",
        install["run"],
        cwd=folder,
        PYTHON=sys.executable,
        VERSION="",
        **variables,
    )
    return variables


def steps() -> list[dict[str, Any]]:
    """The steps of the action that are commands."""
    return [step for step in yaml.safe_load(ACTION)["runs"]["steps"] if "run" in step]


def checked(folder: Path, runner: dict[str, str]) -> dict[str, int]:
    """The exit codes of the steps that check, by their names, run beside a folder."""
    codes = {}
    for step in steps():
        if "ALLGRAPH_GRAPH" in step["env"]:
            variables = {"PATH": os.environ["PATH"], "ALLGRAPH_GRAPH": folder.name, **runner}
            command = ["bash", "-e", "-o", "pipefail", "-c", step["run"]]
            codes[step["name"]] = subprocess.run(
                command, cwd=folder.parent, env=variables, stdout=subprocess.DEVNULL
            ).returncode
    return codes


@pytest.mark.slow
def test_the_steps_accept_a_sound_folder(runner: dict[str, str], tmp_path: Path) -> None:
    init_folder(tmp_path / "graph", title="Clubs", base="https://example.org/")
    assert checked(tmp_path / "graph", runner) == {"Layout": 0, "Rules": 0, "Questions": 0}


@pytest.mark.slow
def test_the_steps_refuse_a_folder_and_say_where(runner: dict[str, str], tmp_path: Path) -> None:
    init_folder(tmp_path / "graph", title="Clubs", base="https://example.org/")
    data = tmp_path / "graph" / "data" / "example.ttl"
    data.write_text(data.read_text() + "id:nobody a ag:Person .\n")
    expected = tmp_path / "graph" / "queries" / "club-people.1.csv"
    expected.write_text(expected.read_text() + "id:nobody,Nobody\n")
    assert checked(tmp_path / "graph", runner) == {"Layout": 1, "Rules": 1, "Questions": 1}
    sarif = json.loads(Path(runner["RUNNER_TEMP"], "allgraph.sarif").read_text())
    places = [result["locations"][0]["physicalLocation"] for result in sarif["runs"][0]["results"]]
    assert {each["artifactLocation"]["uri"] for each in places} == {"graph/data/example.ttl"}


def test_no_text_of_a_folder_commands_the_runner(tmp_path: Path) -> None:
    """Between two lines with a token that it cannot know, a runner takes no commands."""
    command = tmp_path / "allgraph" / "bin" / "allgraph"
    command.parent.mkdir(parents=True)
    command.write_text("#!/bin/sh\necho ::error::forged; exit 1\n")
    command.chmod(0o755)
    for step in steps():
        if "ALLGRAPH_GRAPH" not in step["env"]:
            continue
        done = subprocess.run(
            ["bash", "-e", "-c", step["run"]], capture_output=True, text=True,
            env={"PATH": os.environ["PATH"], "RUNNER_TEMP": str(tmp_path)},
        )  # fmt: skip
        first, *told, last = done.stdout.splitlines()
        token = first.removeprefix("::stop-commands::")
        assert done.returncode == 1 and len(token) > 6 and token != first
        assert last == f"::{token}::" and told == ["::error::forged"]
