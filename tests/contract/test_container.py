"""The image: its Dockerfile is sound, and its steps make what serves a graph and ends when told."""

from __future__ import annotations

import http.client
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from allgraph.cli import cli
from allgraph.errors import VERSION
from allgraph.folder import init_folder
from tests.support import images
from tests.support.hosting import free_port, place
from tests.support.serving import fetch
from tests.support.waiting import until
from tests.support.wheels import ROOT, offline

DOCKERFILE = ROOT / "deploy" / "Dockerfile"
PAGE = ROOT / "docs" / "how-to" / "run-in-a-container.md"
(OF_A_FOLDER,) = re.findall(
    r"^```dockerfile\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
)


@pytest.mark.parametrize("text", [DOCKERFILE.read_text(encoding="utf-8"), OF_A_FOLDER])
def test_the_linter_finds_nothing(text: str) -> None:
    linter = Path(sys.executable).with_name("hadolint")
    found = subprocess.run([linter, "--no-color", "-"], input=text, capture_output=True, text=True)
    assert (found.returncode, found.stdout) == (0, "")


def test_the_linter_finds_a_fault() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    found = subprocess.run([linter, "-"], input="FROM python", capture_output=True, text=True)
    assert "DL3006" in found.stdout


def test_what_is_said_of_the_image_is_so() -> None:
    given = dict(images.steps(DOCKERFILE.read_text(encoding="utf-8")))
    serve = {option.name: option.default for option in cli.commands["serve"].params}
    assert given["EXPOSE"] == str(serve["port"])
    assert not given["USER"].startswith("0")
    assert f"FROM allgraph:{VERSION}\n" in OF_A_FOLDER
    for text in (DOCKERFILE.read_text(encoding="utf-8"), PAGE.read_text(encoding="utf-8")):
        assert f"--tag allgraph:{VERSION} ." in text


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[images.Image]:
    """What the steps of the Dockerfile make of the checkout."""
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8")

    def context(target: Path) -> None:
        ignore = images.left_out(ignored, ROOT)
        shutil.copytree(ROOT, target, ignore=ignore, dirs_exist_ok=True)

    with place() as folder:
        variables = offline(folder / "needed", "hatchling")
        yield images.build(DOCKERFILE.read_text(encoding="utf-8"), folder, context, variables)


@pytest.mark.slow
def test_the_image_serves_the_built_in_graph(image: images.Image) -> None:
    sent = {path.name for path in (image.root / "source").iterdir()}
    assert "src" in sent and not {".git", "tests", "docs", "web", "build"} & sent
    with _started(image) as address:
        assert "Sara Ziff" in fetch(f"{address}/ask/founders?body=Model+Alliance").text
    asked = image.start([*image.entry, "ask", "founders", "--body", "Model Alliance"], -1)
    assert b"Sara Ziff" in asked.communicate()[0]


@pytest.mark.slow
def test_a_folder_is_put_into_the_image_with_its_snapshot(image: images.Image) -> None:
    def context(target: Path) -> None:
        made = target.with_name("made")
        init_folder(made, title="Clubs", base="https://graph.example.org/")
        shutil.copytree(made, target, dirs_exist_ok=True)

    made = images.build(OF_A_FOLDER, image.root, context, {}, replace(image))
    assert made.user == image.user and (image.root / "graph" / ".allgraph" / "current").exists()
    with _started(made) as address:
        assert "Ada Example" in fetch(f"{address}/find?q=ada").text
        assert fetch(f"{address}/page/ada-example").status == 200
        base = "https://graph.example.org/"
        checked = [*image.entry, "check-site", f"{address}/", "--base", base]
        assert image.run(checked) == 0


@pytest.mark.slow
def test_an_image_that_does_not_answer_is_not_healthy(image: images.Image) -> None:
    assert image.run(_at(image.health, free_port())) == 1


@contextmanager
def _started(image: images.Image) -> Iterator[str]:
    """The address of an image that is started; told to stop, it has to end with 0."""
    port = free_port()
    it = image.start([*image.entry, *image.command, "--port", str(port)])
    try:
        until(lambda: it.poll() is not None or image.run(_at(image.health, port)) == 0)
        yield f"http://127.0.0.1:{port}"
        it.send_signal(signal.SIGTERM)
        assert it.wait() == 0
    finally:
        it.kill()
        it.wait()


def _at(health: list[str], port: int) -> list[str]:
    """The check of health for another port."""
    assert any("8000" in word for word in health)
    return [word.replace("8000", str(port)) for word in health]


def _builder() -> str | None:
    """Docker or Podman, if it has the base image of the Dockerfile already; neither gets it."""
    tool = shutil.which("docker") or shutil.which("podman")
    base = f"python:{dict(images.steps(DOCKERFILE.read_text()))['ARG'].partition('=')[2]}-slim"
    look = [tool, "image", "inspect", base] if tool else ["false"]
    return None if subprocess.run(look, capture_output=True).returncode else tool


def _call(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


if tool := _builder():

    @pytest.mark.slow
    def test_a_builder_of_images_makes_one_that_serves(tool: str = tool) -> None:
        name, port = "allgraph-test", free_port()
        _call(tool, "build", "--file", "deploy/Dockerfile", "--tag", name, ".")
        options = ("--detach", "--read-only", "--tmpfs", "/tmp", "-p", f"127.0.0.1:{port}:8000")
        container = _call(tool, "run", *options, name)
        try:
            until(lambda: _is_healthy(port))
            _call(tool, "stop", "--time", "30", container)
            assert _call(tool, "inspect", "--format", "{{.State.ExitCode}}", container) == "0"
        finally:
            _call(tool, "rm", "--force", container)


def _is_healthy(port: int) -> bool:
    try:
        return fetch(f"http://127.0.0.1:{port}/health").status == 200
    except (OSError, http.client.HTTPException):
        return False
