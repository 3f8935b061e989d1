"""What an inspection has found so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import TypeVar

from allgraph.linkeddata.check.fetch import Place, Response
from allgraph.validation.report import Finding, Severity

MOST_ALIKE = 10
"""How many findings of one check are told; of the others only the number."""

T = TypeVar("T")


class Notes:
    """Takes findings, and picks samples."""

    def __init__(self, place: Place, sample: int, seed: int, say: Callable[[str], None]) -> None:
        self.place, self.say = place, say
        self.counts: Counter[str] = Counter()
        self.licences: dict[str, str] = {}
        self.size, self._seed = sample, seed
        self._found: dict[tuple[str, str, str], Finding] = {}
        self._number: Counter[tuple[str, Severity]] = Counter()

    def wrong(self, check: str, where: str, message: str, *, focus: str = "") -> None:
        """Note what is wrong."""
        self._add("Violation", check, where, message, focus)

    def doubtful(self, check: str, where: str, message: str, *, focus: str = "") -> None:
        """Note what should be better."""
        self._add("Warning", check, where, message, focus)

    def lacks(self, what: str, advice: str) -> None:
        """Note what the site does not have."""
        self._add("Info", "lacks", self.place.home, f"the site lacks {what}; {advice}", "")

    def tell(self, check: str, where: str, message: str) -> None:
        """Note what a reader of the report has to know."""
        self._add("Info", check, where, message, "")

    def limit(self, where: str, message: str) -> None:
        """Note what a limit kept from being checked."""
        self._add("Warning", "limit", where, f"not checked: {message}", "")

    def missing(self, check: str, reply: Response, message: str, *, focus: str = "") -> None:
        """Note that something does not come; what may not be asked for is no fault."""
        if reply.skipped and "another host" not in reply.why:
            return
        if "MiB" in reply.why or "no whole answer" in reply.why:
            self.limit(reply.url, f"{message}: {reply.problem}")
        elif reply.skipped:
            self._add("Info", "elsewhere", reply.url, f"{message}: {reply.problem}", focus)
        elif "redirects" in reply.why:
            self.wrong("redirects", reply.url, f"{message}: {reply.problem}", focus=focus)
        else:
            self.wrong(check, reply.url, f"{message}: {reply.problem}", focus=focus)

    def sampled(self, what: str, all: list[str], most: int = 0) -> list[str]:
        """Some of many addresses, chosen by the seed; the report says so."""
        most = most or self.size
        some = sorted(set(all))
        if len(some) > most:
            self.tell(
                "sample", self.place.home,
                f"{most:,} of {len(some):,} {what} are checked, chosen at random with the seed "
                f"{self._seed}; give --sample a larger number to check more",
            )  # fmt: skip
            some = sorted(Random(self._seed).sample(some, most))  # noqa: S311 - no secret
        return some

    def findings(self) -> tuple[Finding, ...]:
        """The findings, the worst first, and how many more are like them."""
        order = {"Violation": 0, "Warning": 1, "Info": 2}
        found = sorted(self._found.values(), key=lambda f: (order[f.severity], f.shape, f.file))
        for (check, severity), number in self._number.items():
            if number > MOST_ALIKE:
                found.append(
                    Finding(self.place.where(self.place.home), None, severity,
                            f"{number - MOST_ALIKE:,} more like the {MOST_ALIKE} that are told",
                            shape=check)
                )  # fmt: skip
        return tuple(sorted(found, key=lambda f: order[f.severity]))

    def _add(self, severity: Severity, check: str, where: str, message: str, focus: str) -> None:
        message = "".join(c if c.isprintable() else " " for c in message)
        message = message[:1].upper() + message[1:600]
        key = (check, where, message)
        if key in self._found:
            return
        self._number[check, severity] += 1
        if self._number[check, severity] <= MOST_ALIKE:
            self._found[key] = Finding(
                self.place.where(where), None, severity, message, focus=focus[:300], shape=check
            )
