"""The result of an import: counts, changes and problems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from allgraph.changes.claims import Change
from allgraph.errors import InputError
from allgraph.imports.mapper import Problem
from allgraph.imports.mapping import Mapping as MappingFile
from allgraph.render.brief import Brief, count, quoted

KEPT_CHANGES = 1_000
"""How many changes a result has; the others are counted."""
_KEPT_PROBLEMS = 1_000
_SHARE, _FEW = 0.01, 5  # problems that are allowed by default: a share of the records, or so many


@dataclass(repr=False)
class Imported(Brief):
    """The outcome of an import by the mapping `name`, or of a trial of it.

    Of the `records` of the source, some were `mapped`, and some were `left_out` as the mapping
    wants it; all others were mapped before. `claims` are those of the new output at `path`, which
    is ``None`` if nothing was written. `counts` has how many were added, withdrawn, re-dated,
    moved, said again or no longer mapped; `changes` has the first of them, and `sentences` how they
    read. `problems` are the first of the values that were left out, `problem_count` is the number
    of all; `unused` are the fields that no line uses.

    >>> import allgraph
    >>> members = allgraph.Imported("members", records=3, mapped=2, left_out=1)
    >>> members.name, members.mapped, members.problem_count
    ('members', 2, 0)
    """

    name: str
    records: int = 0
    mapped: int = 0
    left_out: int = 0
    claims: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    changes: list[tuple[str, Change]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    problem_count: int = 0
    unused: list[str] = field(default_factory=list)
    sentences: list[tuple[str, str]] = field(default_factory=list)
    not_found: list[str] = field(default_factory=list)
    things: dict[str, str] = field(default_factory=dict)
    path: Path | None = None

    def _facts(self) -> Iterator[str]:
        yield quoted(self.name)
        yield from self._sizes

    @property
    def _sizes(self) -> tuple[str, str, str]:
        """The counts of records, claims and problems, in words."""
        sizes = self.records, self.claims, self.problem_count
        records, claims, problems = map(count, sizes, ("record", "claim", "problem"))
        return records, claims, problems

    def __str__(self) -> str:
        """Return a line with the counts of records, claims and problems."""
        return self.text("" if self.path is None else str(self.path))

    def text(self, path: str) -> str:
        """Return a line with the counts; `path` is that of the output as it is shown, or ``""``."""
        counts = ", ".join(f"{many:,} {kind}" for kind, many in sorted(self.counts.items()))
        records, claims, problems = self._sizes
        where = f" in {path}" if path else "; nothing written"
        return (
            f"{self.name}: {records} ({self.mapped:,} mapped, {self.left_out:,} left out), "
            f"{claims} ({counts or 'no change'}), {problems}{where}"
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the counts, and the first problems and changes in words, as a dict for JSON."""
        return {
            "name": self.name,
            "records": self.records,
            "mapped": self.mapped,
            "leftOut": self.left_out,
            "claims": self.claims,
            "counts": {**self.counts},
            "changes": [
                {"change": kind, "sentence": sentence} for kind, sentence in self.sentences
            ],
            "problemCount": self.problem_count,
            "problems": [problem._asdict() for problem in self.problems],
            "unused": [*self.unused],
            "path": None if self.path is None else str(self.path),
        }

    def add_problem(self, place: str, message: str) -> None:
        """Count a problem; the first ones are kept."""
        self.problem_count += 1
        if len(self.problems) < _KEPT_PROBLEMS:
            self.problems.append(Problem(place, message))

    def add_change(self, kind: str, change: Change, things: Mapping[str, str]) -> None:
        """Count a change; the first ones are kept, with the things that they are about."""
        self.counts[kind] += 1
        if len(self.changes) < KEPT_CHANGES:
            self.changes.append((kind, change))
            for one in filter(None, (change.old, change.new)):
                for end in (one.subject, one.object):
                    if lines := things.get(end):
                        self.things[end] = lines

    def check(self, mapping: MappingFile, file: str) -> None:
        """Raise `InputError` if the records are too few or too many, or the problems too many.

        The error is one of the `file` of the mapping.
        """
        if mapping.count and not mapping.count[0] <= self.records <= mapping.count[1]:
            least, most = mapping.count
            raise InputError(
                f"the source has {self.records:,} records, but count in the mapping allows "
                f"{least:,} to {most:,}; is the download complete? Nothing was written", path=file,
            )  # fmt: skip
        admitted = max(self.records - self.left_out, 1)  # also those that did not change
        share = mapping.max_problems
        limit = max(_SHARE * admitted, _FEW) if share is None else share * admitted
        if self.problem_count > limit:
            first = "".join(f"\n  {problem}" for problem in self.problems[:10])
            raise InputError(
                f"{self.problem_count:,} problems in {admitted:,} records are more than "
                f"max-problems allows ({limit:,.0f}); nothing was written. The first ones:{first}",
                path=file,
            )  # fmt: skip
