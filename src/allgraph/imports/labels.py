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
                texts = (line.decode() for line in file if LABEL.encode() in line)
                pairs = [match.groups() for t in texts if (match := LABEL_LINE.match(t))]
        else:
            lines = (line for line in folder.lines(path) if f" {LABEL} " in line)
            pairs = [match.groups() for t in lines if (match := LABEL_LINE.match(t))]
        labels.update(pairs)  # type: ignore[arg-type]
    return labels


def digest_of(labels: Mapping[str, str], things: Iterable[str]) -> str:
    """Return a digest of the labels that some things have."""
    pairs = (f"{iri} {labels[iri]}\n" for iri in sorted(things))
    return sha256("".join(pairs).encode()).hexdigest()
