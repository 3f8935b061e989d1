"""The commit that files are of, as git says it; nothing is changed, and no program is run but git.

>>> from pathlib import Path
>>> checked_out(Path("/"), ["nowhere"])
('', '')
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path


def checked_out(root: Path, names: Iterable[str]) -> tuple[str, str]:
    """Return the last commit that changed some files below a directory, and its day.

    `names` are paths of files and folders, which need not exist. Both are ``""`` without git or a
    repository, and if one of the files differs from what is committed.
    """
    paths = [*names]
    if _git(root, "status", "--porcelain", "--", *paths) != "":
        return "", ""
    commit, _, day = _git(root, "log", "-1", "--format=%H %cs", "--", *paths).strip().partition(" ")
    return commit, day


def _git(root: Path, *arguments: str) -> str:
    """Return the output of git, ``"?"`` if it fails; no program named in the repository is run."""
    safe = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
    try:
        process = subprocess.run(  # noqa: S603  no shell
            ["git", *safe, "-C", str(root), *arguments],  # noqa: S607  of the user's path
            capture_output=True, check=False,
        )  # fmt: skip
    except OSError:
        return "?"
    return process.stdout.decode(errors="replace") if process.returncode == 0 else "?"
