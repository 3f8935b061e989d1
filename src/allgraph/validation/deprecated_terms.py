"""Warnings about deprecated terms in the data of a folder and in its questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from pathlib import Path

import numpy as np
from pyoxigraph import NamedNode

from allgraph.folder import Folder, deprecated
from allgraph.model.triples import Numbers, Triples
from allgraph.rdf.terms import Node
from allgraph.validation import query_warnings
from allgraph.validation.lines import lines
from allgraph.validation.query_warnings import Terms
from allgraph.validation.report import Finding

_SHAPE = "deprecated-term"
_UNKNOWN = "unknown-term"
_PLACES = 3  # that a finding names
_TO_DO = "replace it, or have `allgraph fmt` migrate it"


def findings(
    folder: Folder, triples: Triples, paths: Sequence[Path], count: int, withheld: Set[Node]
) -> Iterator[Finding]:
    """Yield a warning for each deprecated term in the data, and for each in a question.

    `triples` are those of `paths`: the first `count` files are data, those after them ontologies,
    which say what is deprecated. Of a sensitive claim, whose nodes are `withheld`, only the place
    is named. Reads the files with such terms, and the questions.
    """
    start = triples.first_rows[count]
    predicates = [triples.number(predicate) for predicate in deprecated.PREDICATES]
    places = start + np.flatnonzero(np.isin(triples.columns[1, start : triples.stated], predicates))
    terms = deprecated.table(triples.rows(places))
    numbers = {iri: triples.number(NamedNode(iri)) for iri in terms}
    is_deprecated = triples.among(np.array([*numbers.values()], int))
    used_rows = np.flatnonzero(is_deprecated[triples.columns[:, :start]].any(axis=0))
    columns = triples.columns[:, used_rows]
    for iri, term in terms.items():
        rows = used_rows[(columns == numbers[iri]).any(axis=0)]
        subjects = map(triples.term, triples.columns[0, rows].tolist())
        is_hidden = np.array([subject in withheld for subject in subjects], bool)
        advice = term.advice(folder.prefixes)
        for message, used in ((advice, rows[~is_hidden]), ("", rows[is_hidden])):
            if len(used):
                yield _of_rows(folder, triples, paths, used, message)
    known = Terms(
        terms,
        lambda iri: f"<{iri}>" in triples.numbers,
        lambda: (text[1:-1] for text in triples.texts if text[0] == "<"),
    )
    for name, (line, text, is_about_deprecated) in query_warnings.of_questions(folder, known):
        shape, message = (_SHAPE, f"{text}; {_TO_DO}") if is_about_deprecated else (_UNKNOWN, text)
        yield Finding(name, line, "Warning", message, shape=shape)


def _of_rows(
    folder: Folder, triples: Triples, paths: Sequence[Path], rows: Numbers, advice: str
) -> Finding:
    """Return the warning about the uses of a term, which are rows of `triples`.

    It has their number and the first places. Without `advice` the term is not named.
    """
    places = []
    for row in rows[:_PLACES].tolist():
        file, place = triples.file_of(row)
        if triples.files[file].is_unparsed:
            line: int | None = place + 1
        else:
            line_of_row = lines(paths[file], {place}, triples.length(file))
            line = line_of_row[place][0] if place in line_of_row else None
        places.append((folder.relative(paths[file]), line))
    (name, line), *others = places
    at = ", ".join(other if n is None else f"{other}:{n}" for other, n in others)
    times = f"used {len(rows)} times, also at {at}" if others else "used once"
    subject = advice or "a sensitive claim has a deprecated term"
    return Finding(name, line, "Warning", f"{subject} ({times}); {_TO_DO}", shape=_SHAPE)
