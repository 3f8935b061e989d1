"""Labels that other data files of a folder give to things."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from allgraph.folder import Folder
from allgraph.imports.output import LABEL
from allgraph.rdf import files

LABEL_LINE = re.compile(rf"^(<[^>]*>) {re.escape(LABEL)} (.*) \.$", re.MULTILINE)
"""A line that gives a thing a label: the thing, and the label as a literal."""


def labels_in(folder: Folder, paths: Iterable[Path]) -> dict[str, str]:
    """Return the labels that data files of a folder give, by the things they name."""
    labels: dict[str, str] = {}
    for path in paths:
        if files.suffix(path).startswith(".nt"):
            with files.opened(path, folder.relative(path)) as file:
                _add(labels, (line.decode() for line in file if LABEL.encode() in line))
        else:
            _add(labels, (line for line in folder.lines(path) if f" {LABEL} " in line))
    return labels


def _add(labels: dict[str, str], lines: Iterable[str]) -> None:
    """Add the labels in some lines; the first label of a thing is kept."""
    for line in lines:
        if match := LABEL_LINE.match(line):
            labels.setdefault(*match.groups())


def digest_of(labels: Mapping[str, str], things: Iterable[str]) -> str:
    """Return a digest of the labels that some things have."""
    pairs = (f"{iri} {labels[iri]}\n" for iri in sorted(things))
    return sha256("".join(pairs).encode()).hexdigest()
