"""The findings of a check, its counters, and the choice of samples.

What can be found is in ``findings.toml``.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

from allgraph.linkeddata.check.fetch import Place, Response
from allgraph.validation.report import Finding

MOST_ALIKE = 10
"""How many findings of one check are reported; the others are only counted."""

_ORDER: dict[str, int] = {"Violation": 0, "Warning": 1, "Info": 2}
_TABLE = tomllib.loads(Path(__file__).with_name("findings.toml").read_text(encoding="utf-8"))
_MESSAGES = {
    name: (severity, str(message))
    for severity in _ORDER
    for name, message in _TABLE[severity].items()
}


class Findings:
    """The collector of the findings and counters of one check; it also chooses samples.

    `counts` has how many things, pages, … were checked, by their name in the report. `licences`
    has, by the IRI of a licence, which page was the first to name it. `sample` is the size of
    samples. `progress` is called with a line of text.
    """

    def __init__(
        self, place: Place, sample: int, seed: int, progress: Callable[[str], None]
    ) -> None:
        """`place` is the site, and `seed` chooses samples of the size `sample`.

        `progress` is called with lines of text.
        """
        self.place, self.progress = place, progress
        self.counts: Counter[str] = Counter()  # of what was checked, by its name in the report
        self.licences: dict[str, str] = {}  # by the IRI of a licence, the first page that names it
        self.sample, self._seed = sample, seed
        self._findings: dict[tuple[str, str, str], Finding] = {}
        # how many findings of a check there were, reported or not
        self._totals: Counter[tuple[str, str]] = Counter()

    def add(self, name: str, url: str, /, *, focus: str = "", **details: object) -> None:
        """Add a finding about an address, unless there is the same one already.

        `name` is a key of ``findings.toml``, which gives the severity and the message; up to the
        slash, it is the name of the check. `details` fill the braces in the message. `focus` is the
        IRI of the thing or subject, if there is one. After `MOST_ALIKE` findings of one check and
        severity, the others are only counted.
        """
        severity, message = _MESSAGES[name]
        self._add(severity, name.partition("/")[0], url, message.format(**details), focus)

    def unavailable(self, check: str, reply: Response, message: str, *, focus: str = "") -> None:
        """Add a finding of a check that an address has no content; none if robots.txt forbids it.

        Its text is `message` and the problem of the reply. `focus` is the IRI of the thing or
        subject, or ``""``. `check` is the name of the check, unless `reply.fault` has one:
        ``limit``, ``elsewhere`` (a redirect to another host) or ``redirects``. The severity is
        Warning for ``limit``, Info for ``elsewhere``, and Violation for all else.
        """
        message = f"{message}: {reply.problem}"
        if reply.fault == "limit":
            self.add("limit", reply.url, what=message)
        elif reply.fault == "elsewhere":
            self._add("Info", "elsewhere", reply.url, message, focus)
        elif reply.fault != "robots":
            self._add("Violation", reply.fault or check, reply.url, message, focus)

    def sampled(self, what: str, addresses: list[str], size: int = 0) -> list[str]:
        """Return the addresses sorted, each once; a random sample of `size` if there are more.

        If `size` is 0, it is that of this check. The same seed gives the same sample. For a sample,
        a finding is added that says how many of `what` are checked.
        """
        size = size or self.sample
        chosen = sorted(set(addresses))
        if len(chosen) > size:
            home, total = self.place.home, len(chosen)
            self.add("sample", home, what=what, size=size, total=total, seed=self._seed)
            chosen = sorted(Random(self._seed).sample(chosen, size))  # noqa: S311 - no secret
        return chosen

    def all(self) -> tuple[Finding, ...]:
        """Return the findings, the worst severity first.

        For a check with more findings than are reported, one says how many more there are. Changes
        nothing.
        """
        findings = sorted(
            self._findings.values(), key=lambda f: (_ORDER[f.severity], f.shape, f.file)
        )
        home = self.place.where(self.place.home)
        for (check, severity), total in self._totals.items():
            if total > MOST_ALIKE:
                message = f"{total - MOST_ALIKE:,} more findings like the {MOST_ALIKE} above"
                findings.append(Finding(home, None, severity, message, shape=check))
        return tuple(sorted(findings, key=lambda f: _ORDER[f.severity]))

    def _add(self, severity: str, check: str, url: str, message: str, focus: str) -> None:
        """Add a finding to those that are reported, unless the same one is there already.

        The same is one of the same check, address and message. After `MOST_ALIKE` findings of one
        check and severity, the others are only counted. In the message, unprintable characters
        become spaces; it is cut to 600 characters, and `focus` to 300.
        """
        message = "".join(c if c.isprintable() else " " for c in message)
        message = message[:1].upper() + message[1:600]
        key = (check, url, message)
        if key in self._findings:
            return
        self._totals[check, severity] += 1
        if self._totals[check, severity] <= MOST_ALIKE:
            file = self.place.where(url)
            self._findings[key] = Finding(
                file, None, severity, message, focus=focus[:300], shape=check
            )
