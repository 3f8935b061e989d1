"""The source of an import: its files, and its reading (day, version, digest)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Mapping_
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

from pyoxigraph import Literal

from allgraph.errors import InputError
from allgraph.folder import Folder
from allgraph.folder.git import checked_out
from allgraph.imports.mapping import Mapping
from allgraph.imports.output import LABEL, TYPE, value_of
from allgraph.imports.slugs import slug
from allgraph.model import vocabulary
from allgraph.rdf import files
from allgraph.rdf.terms import AG, KNOWN, SCHEMA, XSD

_PIECE = 2**20


@dataclass(frozen=True)
class Reading:
    """One state of a source: when it was read, and from when its content can be, as ISO days.

    `version` names the state; `digest` is the SHA-256 of all that was read.
    """

    read: str
    digest: str
    version: str = ""
    earliest: str = ""
    latest: str = ""


def find_files(root: Path, pattern: str) -> dict[str, Path]:
    """Return the files that a pattern names below a directory, by their names, sorted.

    ``*``, ``**``, ``?`` and ``[…]`` are as in a shell, and ``{a,b}`` are alternatives. Raises
    `InputError` if there are none.
    """
    if not root.is_dir():
        raise InputError(f"there is no directory {root}")
    if pattern.startswith("/") or ".." in pattern.split("/"):
        raise InputError(
            f"records = “{pattern}” must be below the folder; say with `root` where the source is"
        )
    paths: dict[str, Path] = {}
    for one in _alternatives(pattern):
        for path in root.glob(one):
            if path.is_file():
                paths[path.relative_to(root).as_posix()] = path
    if not paths:
        raise InputError(
            f"records = “{pattern}” names no file below {root}; say with `root` where the source is"
        )
    return dict(sorted(paths.items()))


def _alternatives(pattern: str) -> Iterator[str]:
    """Yield the patterns that one with braces stands for."""
    match = re.search(r"\{([^{}]*)\}", pattern)
    if not match:
        yield pattern
        return
    for one in match[1].split(","):
        yield from _alternatives(pattern[: match.start()] + one.strip() + pattern[match.end() :])


def digest_of(path: Path, name: str) -> str:
    """Return the SHA-256 of a file, decompressed. Raises `LoadError`."""
    digest = sha256()
    with files.opened(path, name) as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def digest_of_all(digests: Iterable[tuple[str, str]]) -> str:
    """Return the digest of several files; for one file, the digest of that file.

    It is that of what ``sha256sum`` prints of them, sorted by their names.
    """
    pairs = sorted(digests)
    if len(pairs) == 1:
        return pairs[0][1]
    return sha256("".join(f"{digest}  {name}\n" for name, digest in pairs).encode()).hexdigest()


def reading(
    mapping: Mapping,
    root: Path,
    digests: Mapping_[str, str],
    former: Reading | None,
    read: str,
    version: str,
) -> Reading:
    """Return the reading of a source, whose files have some digests.

    It is the former one if the content is the same, and neither day nor version is given. Else the
    day is `read`, or that of ``[source]``, or today; version and days of the content are those
    given, or those of the last commit of the files, if they are in git.
    """
    source, digest = mapping.source, digest_of_all(digests.items())
    fixed = any((read, version, source.read, source.version, source.earliest, source.latest))
    if former is not None and former.digest == digest and not fixed:
        return former
    day = read or source.read or date.today().isoformat()
    commit, committed = "", ""
    if not (version or source.version):
        commit, committed = checked_out(root, [os.path.commonpath([*digests])])
    latest = source.latest or committed or day
    return Reading(
        day, digest, version or source.version or commit, source.earliest or committed,
        min(latest, day),
    )  # fmt: skip


def former_reading(lines: str) -> Reading:
    """Return when and in which state a source was read, by the N-Triples lines about it."""
    names = ("read", "sha256", "earliest", "latest")
    read, digest, earliest, latest = (value_of(lines, f"<{AG}{name}>") for name in names)
    return Reading(read, digest, value_of(lines, f"<{SCHEMA}version>"), earliest, latest)


def source_lines(mapping: Mapping, folder: Folder, now: Reading) -> dict[str, str]:
    """Return the lines of the source of a mapping, and of its publisher, by their IRIs."""
    source, texts = mapping.source, {}
    edtf = f"^^<{KNOWN['edtf']}EDTF>"
    day = f"^^<{XSD}date>"
    lines = [
        f"{TYPE} {vocabulary.CLASS_OF_SOURCES}", f"{LABEL} {Literal(source.label)}",
        f'<{AG}sha256> "{now.digest}"', f"<{KNOWN['prov']}specializationOf> <{source.address}>",
        f'<{AG}read> "{now.read}"{edtf}',
    ]  # fmt: skip
    lines += [f'<{AG}earliest> "{now.earliest}"{day}'] if now.earliest else []
    lines += [f'<{AG}latest> "{now.latest}"{day}'] if now.latest else []
    lines += [f"<{SCHEMA}version> {Literal(now.version)}"] if now.version else []
    lines += [f"<{KNOWN['dcterms']}license> <{source.licence}>"] if source.licence else []
    if "{" in source.page:
        lines.append(f"<{AG}placeTemplate> {Literal(source.page)}")
    if source.publisher:
        is_curie = re.fullmatch(r"[a-z][\w-]*:\S+", source.publisher)
        iri = folder.prefixes.expand(source.publisher) if is_curie else None
        publisher = f"<{iri or f'{folder.base}id/{slug(source.publisher)}'}>"
        lines.append(f"<{KNOWN['dcterms']}publisher> {publisher}")
        if not iri:
            texts[publisher] = (
                f"{publisher} {TYPE} <{AG}Organization> .\n"
                f"{publisher} {LABEL} {Literal(source.publisher)} .\n"
            )
    texts[f"<{source.iri}>"] = "".join(f"<{source.iri}> {line} .\n" for line in lines)
    return texts


def fixed_state(iri: str, lines: str) -> tuple[str, str]:
    """Return a copy of a source as it was read, under an IRI of its own: the IRI and the lines.

    `iri` (in ``<>``) and `lines` are those of the source, whose content may change. The new IRI and
    label have the day on which it was read.
    """
    state = former_reading(lines)
    fixed = f"{iri[:-1]}-{state.read}-{state.digest[:8]}>"
    label = value_of(lines, LABEL)
    text = lines.replace(f"{iri} ", f"{fixed} ")
    old = f"{fixed} {LABEL} {Literal(label)} .\n"
    return fixed, text.replace(
        old, f"{fixed} {LABEL} {Literal(f'{label}, as read on {state.read}')} .\n"
    )
