"""What changed in the files of a folder since a revision in git."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from pyoxigraph import Quad

from allgraph import inputs
from allgraph.errors import InputError, LoadError
from allgraph.folder import MANIFEST, Folder


@dataclass(frozen=True)
class Changes:
    """The data files that changed, with what they said before.

    `beyond_data` tells that a manifest, an ontology or shapes changed too, or that it cannot be
    told what did.
    """

    before: dict[Path, list[Quad]] = field(default_factory=dict)
    beyond_data: bool = False


def changes(folder: Folder, revision: str) -> Changes:
    """What changed between a revision and the files as they are.

    Raises `InputError` when there is no git, no repository, or no such revision.
    """
    root = folder.root
    _git(root, "rev-parse", "--is-inside-work-tree")
    commit = _git(
        root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}",
        wrong=f"git knows no revision “{revision}”; name a commit, branch or tag",
    ).decode().strip()  # fmt: skip
    places = ("--", "data", "ontology", MANIFEST)
    known = _names(_git(root, "ls-tree", "-r", "-z", "--name-only", commit, *places))
    changed = _names(_git(
        root, "diff", "--name-only", "--relative", "--no-renames", "--no-ext-diff", "-z", commit,
        *places,
    ))  # fmt: skip
    here = {path.relative_to(root).as_posix(): path for path in folder.data_files()}
    fresh = {name for name in here if name not in known}
    data = {name for name in changed | fresh if name.startswith("data/")}
    linked = any(path.is_symlink() for path in here.values())
    before = {
        root / name: _before(folder, commit, name) if name in known else []
        for name in sorted(data)
        if inputs.suffix(Path(name))
    }
    return Changes(before, beyond_data=linked or bool(changed - data) or _others(folder, known))


def _others(folder: Folder, known: set[str]) -> bool:
    """Whether there are files of ontology or shapes of the folder itself that git does not know."""
    own = (*folder.ontology_files(), *folder.shape_files())
    names = (path.relative_to(folder.root).as_posix() for path in own
             if path.is_relative_to(folder.root))  # fmt: skip
    return any(name not in known for name in names)


def _before(folder: Folder, commit: str, name: str) -> list[Quad]:
    """What a file said; nothing if it could not be read."""
    text = _git(folder.root, "show", "--no-textconv", f"{commit}:./{name}")
    path = folder.root / name
    with tempfile.NamedTemporaryFile(suffix=inputs.suffix(path)) as file:
        file.write(text)
        file.flush()
        try:
            return inputs.quads(Path(file.name), folder.base_of(path), name)
        except LoadError:
            return []


def _names(output: bytes) -> set[str]:
    return {name.decode(errors="surrogateescape") for name in output.split(b"\0") if name}


def _git(root: Path, *arguments: str, wrong: str = "") -> bytes:
    try:
        done = subprocess.run(  # noqa: S603  no shell, and what the user names comes after a mark
            ["git", "-C", str(root), *arguments],  # noqa: S607
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise InputError(f"what changed cannot be told without git: {error.strerror}") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise InputError(wrong or f"what changed cannot be told: {said or 'git failed'}")
    return done.stdout
