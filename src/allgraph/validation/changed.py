"""What changed in a folder since a revision in git, and the nodes that the change can affect."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from pyoxigraph import NamedNode, Quad

from allgraph.errors import InputError, LoadError
from allgraph.folder import Folder
from allgraph.folder.folder import MANIFEST
from allgraph.model import vocabulary
from allgraph.model.triples import Numbers, Triples
from allgraph.rdf import files
from allgraph.validation.shacl.paths import Ends

Numbered = tuple[int, int, int]


def ends(triples: Triples, changed: Iterable[Numbered]) -> tuple[Ends, Numbers]:
    """The ends of all triples, stated or derived, that may have come or gone with some stated ones.

    Beside them stands whatever a rule may judge otherwise than before.
    """
    rows = np.array(list(changed), np.int64).reshape(-1, 3)
    subjects, predicates, objects = rows.T
    of = {name: predicates == triples.number(name) for name in _FAR}
    about = np.unique(objects[of[vocabulary.OBJECT]])
    claims = _claims(triples, np.unique(subjects), about)
    whom, what = (
        _values(triples, part, claims) for part in (vocabulary.SUBJECT, vocabulary.OBJECT)
    )
    rivals = _values(triples, vocabulary.CONFLICTS, claims)
    far = objects[of[vocabulary.SUBJECT] | of[vocabulary.CONFLICTS]]
    found = Ends(
        np.unique(np.concatenate([subjects, claims, whom, rivals, far])),
        np.unique(
            np.concatenate([objects, claims, whom, what, _days_and_sources(triples, claims)])
        ),
    )
    evidence = _values(triples, vocabulary.EVIDENCE, claims)
    return found, np.unique(np.concatenate([*found, predicates, evidence]))


_FAR = (vocabulary.SUBJECT, vocabulary.OBJECT, vocabulary.CONFLICTS)


def _claims(triples: Triples, nodes: Numbers, about: Numbers) -> Numbers:
    """The claims of which other things may follow than before, when nodes are described anew.

    They are those nodes, and claims with such evidence, sources, roles or predicates; and since
    a role in an event tells of what underwent it, those about the same events. `about` are the
    objects that claims had.
    """
    evidence = np.union1d(nodes, _subjects(triples, vocabulary.SOURCE, nodes))
    direct = [
        nodes,
        _subjects(triples, vocabulary.EVIDENCE, evidence),
        _subjects(triples, vocabulary.ROLE, nodes),
        _subjects(triples, vocabulary.PREDICATE, nodes),
    ]
    claims = np.unique(np.concatenate(direct))
    events = np.union1d(about, _values(triples, vocabulary.OBJECT, claims))
    told = np.array([triples.number(each) for each in (vocabulary.UNDERWENT, vocabulary.TOOK_PART)])
    of_events = _subjects(triples, vocabulary.OBJECT, events)
    at, predicates = triples.relation(vocabulary.PREDICATE).of(of_events)
    return np.union1d(claims, of_events[at[np.isin(predicates, told)]])


def _days_and_sources(triples: Triples, claims: Numbers) -> Numbers:
    """What derived triples lead to from claims: their sources."""
    return _values(triples, vocabulary.SOURCE, _values(triples, vocabulary.EVIDENCE, claims))


def _values(triples: Triples, predicate: NamedNode, nodes: Numbers) -> Numbers:
    return np.unique(triples.relation(predicate).of(nodes)[1])


def _subjects(triples: Triples, predicate: NamedNode, nodes: Numbers) -> Numbers:
    return np.unique(triples.relation(predicate).inverse.of(nodes)[1])


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
        if files.suffix(Path(name))
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
    with tempfile.NamedTemporaryFile(suffix=files.suffix(path)) as file:
        file.write(text)
        file.flush()
        try:
            return files.quads(Path(file.name), folder.base_of(path), name)
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
