"""Changes of a folder since a revision in git, and the nodes that they can affect.

`changes` compares the files; `affected` works on the triples that were added or removed.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import numpy as np
from pyoxigraph import NamedNode, Quad

from allgraph.errors import InputError, LoadError
from allgraph.folder import Folder, builtin
from allgraph.folder.folder import MANIFEST
from allgraph.model import vocabulary
from allgraph.model.triples import Numbers, Triples
from allgraph.rdf import files
from allgraph.rdf.terms import Term
from allgraph.validation.shacl.paths import Ends

Numbered = tuple[int, int, int]
"""The numbers of the three terms of a triple, as in `Triples`."""
_CHECKED = ("data", "ontology", MANIFEST)
_OF_CLAIMS = (vocabulary.SUBJECT, vocabulary.OBJECT, vocabulary.CONFLICTS, vocabulary.EVIDENCE)


@dataclass(frozen=True)
class Changes:
    """The data files of a folder that changed since a revision.

    `before` has the triples of each at the revision, none for a new file. With `beyond_data`, the
    manifest, an ontology or shapes changed too, or it is not known what did: check everything.
    """

    before: dict[Path, list[Quad]] = field(default_factory=dict)
    beyond_data: bool = False


def changes(folder: Folder, revision: str) -> Changes:
    """Return the changes from a revision to the present files, by running ``git``.

    Compared are the data files, ontologies, shapes and manifest of this folder (`_CHECKED`), and
    all of these but the data of those that it extends; files that git does not track count as
    changed. The result has, by path, the former triples of each changed data file, none if it is
    new or could not be parsed, and whether anything else changed, which is also assumed if a data
    file is a symbolic link. Raises `InputError` when git is missing or fails, as without a
    repository or such a revision.
    """
    root = folder.root
    _run_git(root, "rev-parse", "--is-inside-work-tree")
    commit = _commit(root, revision)
    changed, tracked = _changed_and_tracked(folder, commit)
    data_files = {name for name in changed if name.startswith("data/")}
    is_linked = any(path.is_symlink() for path in folder.data_files())  # git does not follow it
    before = {
        root / name: _triples_before(folder, commit, name) if name in tracked else []
        for name in sorted(data_files)
        if files.suffix(Path(name))  # else it is no file of triples
    }
    beyond_data = is_linked or bool(changed - data_files) or _has_changed_parent(folder, commit)
    return Changes(before, beyond_data)


def _changed_and_tracked(folder: Folder, commit: str) -> tuple[set[str], set[str]]:
    """Return the files of one folder that differ from a commit, and those that this has.

    They are names relative to the folder, of `_CHECKED`. Raises `InputError` when git fails.
    """
    root = folder.root
    tracked = _file_names(
        _run_git(root, "ls-tree", "-r", "-z", "--name-only", commit, "--", *_CHECKED)
    )
    options = ("--name-only", "--relative", "--no-renames", "--no-ext-diff", "-z")
    changed = _file_names(_run_git(root, "diff", *options, commit, "--", *_CHECKED))
    present = {
        path.relative_to(root).as_posix()
        for path in (*folder.data_files(), *folder.ontology_files(), *folder.shape_files())
        if path.is_relative_to(root)
    }
    own = {name for name in present if name.startswith(("data/", "ontology/"))}
    return changed | (own - tracked), tracked


def _has_changed_parent(folder: Folder, commit: str) -> bool:
    """Return True if an extended folder has another manifest, ontology or shapes than before.

    That is assumed of a folder in another repository, or in none; but the built-in one, which is
    part of the package, is compared only where the commit has it.
    """
    parent = folder.parent
    while parent is not None:
        try:
            changed, tracked = _changed_and_tracked(parent, commit)
        except InputError:  # the repository has no such commit
            changed, tracked = {MANIFEST}, set()
        is_compared = tracked or parent.root != builtin().root
        if is_compared and any(not name.startswith("data/") for name in changed):
            return True
        parent = parent.parent
    return False


def differences(
    triples: Triples, before: Mapping[tuple[Term, Term, Term], int], file: int | None
) -> set[Numbered]:
    """Return the triples of a file that are not as often in it as before, also those it lacks now.

    `before` counts its former triples, with the names that blank nodes get in a loaded graph, so
    that a node of the same content is the same node. `file` is its number in `triples`, ``None`` if
    it is gone. All terms must have numbers in `triples`.
    """
    now: dict[tuple[Term, Term, Term], list[Numbered]] = defaultdict(list)
    nodes: dict[Term, set[int]] = defaultdict(set)  # by their names, several if they are alike
    for row in triples.rows_of(file) if file is not None else ():
        subject, predicate, obj = (triples.loaded(triples.term(number)) for number in row)
        names = subject, predicate, obj
        now[names].append(row)
        for name, number in zip(names, row, strict=True):
            nodes[name].add(number)
    gone = (names for names in before if names not in now)
    changed = {row for names, rows in now.items() if len(rows) != before.get(names) for row in rows}
    for names in gone:
        s, p, o = (nodes.get(name) or {triples.number(name)} for name in names)
        changed.update(product(s, p, o))
    return changed


def affected(triples: Triples, changed: Iterable[Numbered]) -> tuple[Ends, Numbers]:
    """Return the ends of triples and the nodes that a change of stated triples can affect.

    The ends are the subjects and the objects of all triples, stated or derived, that may have been
    added or removed since; they may be too many. The nodes are those that a rule may judge
    otherwise than before. All are numbers of terms in `triples`, sorted, each once. `changed` are
    the stated triples that were added or removed, each as three such numbers.
    """
    subjects, predicates, objects = np.array(list(changed), np.int64).reshape(-1, 3).T
    is_of = {part: predicates == triples.number(part) for part in _OF_CLAIMS}  # flags by predicate
    claims = _affected_claims(
        triples, np.unique(subjects), np.unique(objects[is_of[vocabulary.OBJECT]])
    )
    of_claims = {part: _objects_of(triples, part, claims) for part in _OF_CLAIMS}
    sources = _objects_of(triples, vocabulary.SOURCE, of_claims[vocabulary.EVIDENCE])
    nodes = [claims, of_claims[vocabulary.SUBJECT]]
    before = objects[is_of[vocabulary.SUBJECT] | is_of[vocabulary.CONFLICTS]]
    ends = Ends(
        _union(subjects, *nodes, of_claims[vocabulary.CONFLICTS], before),
        _union(objects, *nodes, of_claims[vocabulary.OBJECT], sources),
    )
    return ends, _union(*ends, predicates, of_claims[vocabulary.EVIDENCE])


def _affected_claims(triples: Triples, nodes: Numbers, objects: Numbers) -> Numbers:
    """Return the claims whose derived triples may differ after some `nodes` were changed.

    They are the nodes themselves (claims or not), and the claims with one of them as evidence,
    source of evidence, role or predicate. Since triples are derived between who took part in an
    event and what underwent it, also the claims that say either (ag:tookPart, ag:underwent) with
    the same rdf:object as one of these, or with one in `objects`: the rdf:object, old and new, of
    claims that were changed. All are numbers of terms.
    """
    evidence = np.union1d(nodes, _subjects_of(triples, vocabulary.SOURCE, nodes))
    claims = _union(
        nodes,
        _subjects_of(triples, vocabulary.EVIDENCE, evidence),
        _subjects_of(triples, vocabulary.ROLE, nodes),
        _subjects_of(triples, vocabulary.PREDICATE, nodes),
    )
    events = np.union1d(objects, _objects_of(triples, vocabulary.OBJECT, claims))
    of_events = _subjects_of(triples, vocabulary.OBJECT, events)
    places, predicates = triples.relation(vocabulary.PREDICATE).of(of_events)  # places in of_events
    roles = [triples.number(term) for term in (vocabulary.UNDERWENT, vocabulary.TOOK_PART)]
    return np.union1d(claims, of_events[places[np.isin(predicates, roles)]])


def _objects_of(triples: Triples, predicate: NamedNode, nodes: Numbers) -> Numbers:
    """Return the different objects of a predicate of some `nodes`, as sorted numbers of terms."""
    return np.unique(triples.relation(predicate).of(nodes)[1])


def _subjects_of(triples: Triples, predicate: NamedNode, nodes: Numbers) -> Numbers:
    """Return the different nodes that have one of `nodes` as object of a predicate.

    All are numbers of terms; the result is sorted.
    """
    return np.unique(triples.relation(predicate).inverse.of(nodes)[1])


def _union(*columns: Numbers) -> Numbers:
    """Return the different numbers in some arrays, sorted."""
    return np.unique(np.concatenate(columns))


def _commit(root: Path, revision: str) -> str:
    """Return the full hash of the commit that a revision names, by running git.

    Raises `InputError` if there is none, or git is missing.
    """
    options = ("--verify", "--quiet", "--end-of-options")
    message = f"git knows no revision “{revision}”; name a commit, branch or tag"
    return (
        _run_git(root, "rev-parse", *options, f"{revision}^{{commit}}", error=message)
        .decode()
        .strip()
    )


def _triples_before(folder: Folder, commit: str, name: str) -> list[Quad]:
    """Return the triples that a file had in a commit, or none if it cannot be parsed.

    `name` is relative to the folder. Runs git, and writes a temporary file, which it removes.
    Raises `InputError` when git fails, and `MissingExtra` for ``.zst`` without zstandard.
    """
    text = _run_git(folder.root, "show", "--no-textconv", f"{commit}:./{name}")
    path = folder.root / name
    with tempfile.NamedTemporaryFile(suffix=files.suffix(path)) as file:
        file.write(text)
        file.flush()
        try:
            return files.quads(Path(file.name), folder.base_of(path), name)
        except LoadError:
            return []


def _file_names(output: bytes) -> set[str]:
    """Return the file names in output of git with ``-z``, which ends each with a zero byte."""
    return {name.decode(errors="surrogateescape") for name in output.split(b"\0") if name}


def _run_git(root: Path, *arguments: str, error: str = "") -> bytes:
    """Run git in the folder `root`, and return its output.

    Raises `InputError` when git is missing, or when it fails, then with the message `error` if one
    is given.
    """
    command = ["git", "-C", str(root), *arguments]
    try:
        process = subprocess.run(command, capture_output=True, check=False)  # noqa: S603  no shell
    except OSError as failure:
        raise InputError(f"git cannot be run to see what changed: {failure.strerror}") from None
    if process.returncode:
        first_line = process.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise InputError(error or f"git cannot say what changed: {first_line or 'it failed'}")
    return process.stdout
