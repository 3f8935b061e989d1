"""Dockerfiles whose steps are run without a container: in a folder, and as a user who owns nothing.

Paths of the image, such as ``/opt``, are paths in a folder. What a base image has of Python is
that of the tests. Only the instructions that our files have are known; any other is an error.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.tools import missing

Copy = Callable[[Path], None]
"""Writes what is sent to the builder, the context, into a folder."""
_PATH = re.compile(r"(?<![\w/.])/(?=(?:source|opt|graph)\b)")
_NOBODY = (
    "setpriv", "--reuid=10001", "--regid=10001", "--clear-groups", "--inh-caps=-all",
    "--bounding-set=-all",
)  # fmt: skip


@dataclass
class Image:
    """What the steps of a Dockerfile made: files in the folder `root`, and how it is started."""

    root: Path
    environment: dict[str, str]
    folder: Path = Path("/")
    user: str = "0"
    entry: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)

    def here(self, text: str) -> str:
        """A text with the paths of the image as paths of this machine."""
        return _PATH.sub(f"{self.root}/", text)

    def arguments(self, value: str) -> list[str]:
        """The arguments of a RUN, CMD, ENTRYPOINT or HEALTHCHECK; a text is for a shell."""
        words = json.loads(value) if value.startswith("[") else ["/bin/sh", "-c", value]
        return [self.here(word) for word in words]

    def start(self, command: list[str], output: int | None = None) -> subprocess.Popen[bytes]:
        """Start a command as the user of the image, in its folder."""
        user = _NOBODY if os.geteuid() == 0 and self.user == "10001:10001" else ()
        return subprocess.Popen(
            [*user, *command], cwd=self.here(str(self.folder)), env=self.environment,
            stdout=output, stderr=output,
        )  # fmt: skip

    def run(self, command: list[str]) -> int:
        """Run a command as the user of the image; its exit code."""
        return self.start(command).wait()


def steps(dockerfile: str) -> list[tuple[str, str]]:
    """The instructions of a Dockerfile, each with its value on one line."""
    lines = [line for line in dockerfile.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    found = [line.partition(" ") for line in joined.splitlines() if line.strip()]
    return [(name, value.strip()) for name, _, value in found]


def build(
    dockerfile: str, root: Path, context: Copy, more: Mapping[str, str], base: Image | None = None
) -> Image:
    """Run the steps of a Dockerfile in a folder; `more` are variables that its commands get.

    `base` is the image that a file begins with which has one stage; else that has Python.
    """
    image, names = base or Image(root, {}), dict[str, str]()
    for name, value in steps(dockerfile):
        value = re.sub(r"\$\{(\w+)\}", lambda each: names[each[1]], value)
        if name == "ARG":
            key, _, names[key] = value.partition("=")
        elif name == "FROM":
            if base is None:
                path = f"{_programs(root)}:{Path(sys.executable).parent}:{os.environ['PATH']}"
                image = Image(root, {"PATH": path, "LC_ALL": "C.UTF-8", **more})
        elif name == "WORKDIR":
            image.folder = Path(value)
            Path(image.here(value)).mkdir(parents=True, exist_ok=True)
        elif name == "COPY" and not value.startswith("--"):
            source, target = value.split()
            assert source == ".", value
            context(Path(image.here(str(image.folder / target))))
        elif name == "ENV":
            for part in value.split():
                key, _, text = part.partition("=")
                text = text.replace(f"${key}", image.environment.get(key, ""))
                image.environment[key] = image.here(text)
        elif name == "USER":
            image.user = value
        elif name == "RUN":
            code = image.run(image.arguments(value))
            assert code == 0, value
        elif name == "HEALTHCHECK":
            image.health = image.arguments(value.partition("CMD ")[2])
        elif name == "ENTRYPOINT":
            image.entry = image.arguments(value)
        elif name == "CMD":
            image.command = image.arguments(value)
        else:
            # All stages are made in one folder, so what one copies from another is there.
            assert name == "EXPOSE" or value.startswith("--from="), f"{name} {value}"
    return image


def _programs(root: Path) -> Path:
    """A folder with a ``python`` like that of the tests, which all users can start."""
    folder = root / "usr" / "bin"
    folder.mkdir(parents=True, exist_ok=True)
    name = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    start = _NOBODY if os.geteuid() == 0 else ()
    for each in (os.path.realpath(sys.executable), f"/usr/bin/{name}", f"/usr/local/bin/{name}"):
        code = "import encodings, sys; print(encodings.__file__.startswith(sys.argv[1]))"
        prefix = str(Path(each).parents[1])
        done = subprocess.run([*start, each, "-c", code, prefix], capture_output=True, check=False)
        if done.stdout == b"True\n":
            (folder / "python").unlink(missing_ok=True)
            (folder / "python").symlink_to(each)
            return folder
    missing(f"no {name} is there that all users can start; install it outside of a home")


def left_out(dockerignore: str, source: Path) -> Callable[[str, list[str]], set[str]]:
    """What `shutil.copytree` leaves out of `source`, by a .dockerignore as we write them.

    It leaves out all, then lets in some, and leaves out names at any depth.
    """
    lines = [line for line in dockerignore.splitlines() if line]
    top = [line[1:] for line in lines if line.startswith("!")]
    deep = [line[3:] for line in lines if line.startswith("**/")]
    assert lines == ["*", *(f"!{line}" for line in top), *(f"**/{line}" for line in deep)]

    def leave(folder: str, names: list[str]) -> set[str]:
        is_top = Path(folder) == source
        kept = shutil.ignore_patterns(*top)(folder, names) if is_top else {*names}
        return ({*names} - kept) | shutil.ignore_patterns(*deep)(folder, names)

    return leave
