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
    call(*build, source, cwd=folder)
    shutil.rmtree(source)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of the checkout."""
    return next(made_once(tmp_path_factory, "wheel", _build).glob("*.whl"))


@pytest.fixture(scope="session")
def venv(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel, and what pip finds that it needs."""

    def fill(folder: Path) -> None:
        call(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
        pip = (sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install")
        call(*pip, "--quiet", wheel, cwd=folder)

    return made_once(tmp_path_factory, "installed", fill)


# ---- Without a network: what is needed is copied from the environment of the tests


def offline(folder: Path, *wanted: str) -> Mapping[str, str]:
    """Variables with which Python and pip have what the package needs, and ask nobody.

    `folder` gets that, and the packages `wanted` with all that they need.
    """
    copy_needed(folder, *wanted)
    return {
        "PYTHONPATH": str(folder),
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # for this option 0 means that there is none
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


def copy_needed(folder: Path, *wanted: str) -> None:
    """Copy what the package needs, and the packages `wanted` with all that they need."""
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
