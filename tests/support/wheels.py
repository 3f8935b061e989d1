"""The package as people get it: a wheel of the checkout, and environments that have it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from allgraph.errors import DISTRIBUTION
from tests.support.sites import made_once

ROOT = Path(__file__).resolve().parents[2]


def call(*command: str | Path, cwd: Path, **more: str) -> str:
    """What a command writes; it has to end with 0. `more` are variables of its environment."""
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("ALLGRAPH", "PYTHON"))}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=keep | more, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _build(folder: Path) -> None:
    """Write a wheel of the checkout into a new folder."""
    folder.mkdir()
    skip = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "node_modules")
    source = folder / "source"
    shutil.copytree(ROOT, source, ignore=skip)
    build = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder)
    call(*build, source, cwd=folder, **offline(folder / "needed", "hatchling"))
    shutil.rmtree(source)
    shutil.rmtree(folder / "needed")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of the checkout."""
    return next(made_once(tmp_path_factory, "wheel", _build).glob("*.whl"))


@pytest.fixture(scope="session")
def venv(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel, and beside it what the wheel says that it needs."""

    def make(folder: Path) -> None:
        folder.mkdir()
        variables = offline(folder / "needed")
        python = folder / ".venv" / "bin" / "python"
        call(sys.executable, "-m", "venv", "--without-pip", folder / ".venv", cwd=folder)
        pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", wheel)
        call(*pip, cwd=folder, **variables)
        keep_needed(folder)

    return made_once(tmp_path_factory, "installed", make) / ".venv"


# ---- No network is asked: what is needed is copied from the environment of the tests


def offline(folder: Path, *wanted: str) -> Mapping[str, str]:
    """Variables with which Python and pip have what the package needs, and ask nobody.

    `folder` gets that, and the packages `wanted` with all that they need.
    """
    packages: dict[str, Distribution] = {}
    for name in (DISTRIBUTION, *wanted):
        _add(packages, Requirement(name))
    del packages[DISTRIBUTION]
    for package in packages.values():
        for file in package.files or ():
            if ".." not in file.parts and file.suffix != ".pyc":
                target = folder / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(file.locate()), target)
    return {
        "PYTHONPATH": str(folder),
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # for this option 0 means that there is none
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


def keep_needed(folder: Path) -> None:
    """Let the environment ``.venv`` in a folder find what is in ``needed`` there, ever after."""
    [packages] = (folder / ".venv" / "lib").glob("python*/site-packages")
    (packages / "needed.pth").write_text(f"{folder / 'needed'}\n", encoding="utf-8")


def _add(packages: dict[str, Distribution], needed: Requirement) -> None:
    """Add an installed package with all that it needs, by their names."""
    name = canonicalize_name(needed.name)
    if name in packages and not needed.extras:
        return
    package = packages[name] = distribution(name)
    for each in map(Requirement, package.requires or ()):
        extras = [{"extra": extra} for extra in ("", *needed.extras)]
        if each.marker is None or any(map(each.marker.evaluate, extras)):
            _add(packages, each)
