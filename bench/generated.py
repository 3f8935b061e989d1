"""A seeded graph in our own model, of any size: as integer columns, and as a graph folder.

``python -m bench.generated FOLDER`` writes it, and with ``--like legislature`` another one, with
the people and offices of `bench.legislature`.

There are 0.7 things to a claim; people, bodies, campaigns and laws are as 100 : 5 : 1 : 2. Each
thing is in a claim; whom the other claims join is drawn with a heavy tail, so that the largest
body has 2 % of a million claims. Things and claims are numbered as their IRIs sort.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from allgraph.model import edtf
from allgraph.model.columns import FAR, number
from bench import legislature
from bench.folder import PER_FILE, PREFIXES, SOURCES

MANIFEST = 'format = 1\ntitle = "Generated"\nbase = "https://example.org/big/"\n'
PIECE = 50_000  # claims that are taken out of the columns together

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
READ = "2020-01-01"
THINGS_PER_CLAIM = 0.7
# letter of its IRIs, class, name, share; in the order of the letters
KINDS = (
    ("b", "ag:Unit", "Board", 5),
    ("c", "ag:Campaign", "Campaign", 1),
    ("l", "ag:Law", "Law", 2),
    ("p", "ag:Person", "Person", 100),
)
B, C, L, P = range(4)
# predicate, kinds that it joins, whether it tells of an event, share of the claims in percent
PREDICATES = (
    ("ag:supported", B, L, False, 3),
    ("ag:supported", P, L, False, 18),
    ("ag:hasUnit", B, B, False, 3),
    ("ag:launched", B, C, True, 1),
    ("ag:listedAsKeyPersonOf", P, B, False, 15),
    ("ag:servedOn", P, B, False, 40),
    ("ag:signedOrSupported", P, C, True, 20),
)
NAMES = sorted({name for name, *_ in PREDICATES})
# how a date is stated: from a month to a month, from a month on, on a day, not at all
SPAN, OPEN, DAY, NONE = range(4)


@dataclass(frozen=True)
class Generated:
    """A generated graph, a row for each claim; predicates are indices into `NAMES`.

    Bounds are four rows (begin not before, not after, end not before, not after) of days as
    `allgraph.model.columns.number` has them; one that is missing is `FAR` away.
    """

    firsts: tuple[int, ...]  # the number of the first thing of each kind, and of all things
    subject: Ints
    predicate: Ints
    object: Ints
    event: NDArray[np.bool_]
    stated: NDArray[np.int8]
    begin: Ints  # months since year 0
    end: Ints
    day: Ints

    @property
    def claims(self) -> int:
        return len(self.subject)

    @property
    def things(self) -> int:
        return self.firsts[-1]

    @cached_property
    def rows(self) -> Ints:
        return np.arange(self.claims, dtype=np.int32)

    @cached_property
    def bounds(self) -> Longs:
        """What the dates say, and that each source reports the past."""
        read = number(edtf.day(READ))
        first, last = _month(self.begin, 1), _month(self.begin, _length(self.begin))
        bounds = np.empty((4, self.claims), np.int64)
        b1, b2, e1, e2 = bounds
        b1[:], b2[:], e1[:], e2[:] = first, last, _month(self.end, 1), FAR
        span = self.stated == SPAN
        e2[span] = _month(self.end, _length(self.end))[span]
        np.copyto(e1, first, where=self.stated == OPEN)
        for row in bounds:
            np.copyto(row, _month(self.begin, self.day), where=self.stated == DAY)
        unstated = self.stated == NONE
        b1[unstated] = e1[unstated] = -FAR
        b2[unstated] = read
        e2[unstated & self.event] = read
        return bounds

    def write(self, folder: Path) -> int:
        """Write it as a graph folder; how many bytes its data has."""
        (folder / "data").mkdir(parents=True)
        (folder / "allgraph.toml").write_text(MANIFEST)
        for name, text in self.turtle():
            (folder / "data" / name).write_text(text)
        return sum(path.stat().st_size for path in (folder / "data").iterdir())

    def turtle(self) -> Iterator[tuple[str, str]]:
        """Names and texts of files: one with the things, others with `PER_FILE` claims each."""
        yield "things.ttl", PREFIXES + "".join(self._things())
        for start in range(0, self.claims, PER_FILE):
            some = self._statements(start, min(self.claims, start + PER_FILE))
            yield f"claims-{start}.ttl", PREFIXES + "".join(some)

    def thing(self, number: int) -> str:
        """The local part of a thing's IRI."""
        kind = next(k for k in (P, L, C, B) if number >= self.firsts[k])
        return f"{KINDS[kind][0]}{number:07}"

    def _things(self) -> Iterator[str]:
        for kind, (letter, cls, name, _) in enumerate(KINDS):
            for n in range(self.firsts[kind], self.firsts[kind + 1]):
                yield f'id:{letter}{n:07} a {cls} ;\n    rdfs:label "{name} {n}" .\n\n'
        for n in range(SOURCES):
            yield (
                f'source:s{n} a ag:Source ;\n    rdfs:label "Source {n}" ;\n'
                f"    prov:specializationOf <https://example.org/page/{n}> ;\n"
                f'    ag:read "{READ}"^^edtf:EDTF .\n\n'
            )

    def claim_rows(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, ...]]:
        """Subject, predicate, object, form of the date, begin, end and day of some claims."""
        columns = (self.subject, self.predicate, self.object, self.stated, self.begin, self.end,
                   self.day)  # fmt: skip
        last = self.claims if stop is None else stop
        for at in range(start, last, PIECE):
            piece = slice(at, min(at + PIECE, last))
            yield from zip(*(column[piece].tolist() for column in columns), strict=True)

    def _statements(self, start: int, stop: int) -> Iterator[str]:
        rows = enumerate(self.claim_rows(start, stop), start)
        for n, (subject, predicate, thing, form, begin, end, day) in rows:
            yield (
                f"claim:c{n:07} a ag:Claim ;\n    rdf:subject id:{self.thing(subject)} ;\n"
                f"    rdf:predicate {NAMES[predicate]} ;\n    rdf:object id:{self.thing(thing)} ;\n"
                f"{_when(form, begin, end, day)}"
                "    ag:evidence [\n        a oa:ResourceSelection ;\n"
                f"        oa:hasSource source:s{n % SOURCES} ;\n"
                "        oa:hasSelector [ a oa:TextPositionSelector ; "
                f"oa:start {n} ; oa:end {n + 10} ] ;\n"
                f'        ag:sha256 "{n:064x}" ;\n        ag:reading ag:AsStated\n    ] .\n\n'
            )


def generate(claims: int) -> Generated:
    """A graph of so many claims (200 or more); the same one for the same number."""
    chance = np.random.default_rng(claims)
    share = sum(share for *_, share in KINDS)
    counts = [max(2, round(claims * THINGS_PER_CLAIM * part / share)) for *_, part in KINDS]
    firsts = np.concatenate(([0], np.cumsum(counts)))
    form = chance.choice(len(PREDICATES), claims, p=[part / 100 for *_, part in PREDICATES])
    from_kind, to_kind = (np.array([row[at] for row in PREDICATES])[form] for at in (1, 2))
    subject, thing = _ends(from_kind, to_kind, firsts, chance)
    event = np.array([row[3] for row in PREDICATES])[form]
    begin = chance.integers(1950 * 12, 2014 * 12, claims, dtype=np.int32)
    names = np.array([NAMES.index(name) for name, *_ in PREDICATES], np.int32)
    draw = chance.random(claims)
    draw[_again(subject, names[form], thing)] = 1  # the same once more has a date of its own
    forms = np.where(draw < 0.2, NONE, np.where(event, DAY, np.where(draw < 0.3, OPEN, SPAN)))
    return Generated(
        tuple(firsts.tolist()),
        subject,
        names[form],
        thing,
        event,
        forms.astype(np.int8),
        begin,
        begin + chance.integers(1, 61, claims, dtype=np.int32),
        chance.integers(1, 29, claims, dtype=np.int32),
    )


def _ends(
    from_kind: Longs, to_kind: Longs, firsts: Longs, chance: np.random.Generator
) -> tuple[Ints, Ints]:
    """Subjects and objects: each thing once where there is room, then with a heavy tail."""
    ends: list[Ints] = []
    seen = [P]  # people get their claim as subjects, all others as objects
    for kinds in (from_kind, to_kind):
        end = np.empty(len(kinds), np.int32)
        for kind in range(len(KINDS)):
            places = chance.permutation(np.flatnonzero(kinds == kind))
            count = int(firsts[kind + 1] - firsts[kind])
            drawn = (count * chance.random(len(places)) ** 3).astype(np.int32)
            if (kind in seen) == (kinds is from_kind):
                each = np.arange(count, dtype=np.int32)[: len(places)]
                drawn[: len(each)] = each
            end[places] = firsts[kind] + drawn
        ends.append(end)
    subject, thing = ends
    same = subject == thing  # nobody is their own unit
    thing[same] = (thing[same] + 1) % firsts[1]
    return subject, thing


def _again(subject: Ints, predicate: Ints, thing: Ints) -> NDArray[np.bool_]:
    """Whether a claim before says the same."""
    same = (subject.astype(np.int64) * len(NAMES) + predicate) << 32 | thing
    again = np.ones(len(same), bool)
    again[np.unique(same, return_index=True)[1]] = False
    return again


def stated(form: int, begin: int, end: int, day: int) -> str:
    """The date of a claim as it is stated, or nothing."""
    if form == NONE:
        return ""
    rest = {SPAN: f"/{end // 12}-{end % 12 + 1:02}", OPEN: "/", DAY: f"-{day:02}"}[form]
    return f"{begin // 12}-{begin % 12 + 1:02}{rest}"


def _when(form: int, begin: int, end: int, day: int) -> str:
    date = stated(form, begin, end, day)
    return f'    ag:when "{date}"^^edtf:EDTF ;\n' if date else ""


def _month(months: Ints, day: Ints | int) -> Longs:
    """A day of each month as a number."""
    year, month = np.divmod(months.astype(np.int64), 12)
    return np.asarray((year * 16 + month + 1) * 32 + day, np.int64)


def _length(months: Ints) -> Ints:
    """How many days each month has."""
    year, month = np.divmod(months, 12)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    lengths = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int32)
    return np.asarray(lengths[month] + (leap & (month == 1)), np.int32)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.generated", description=__doc__)
    parser.add_argument("folder", type=Path, help="a new folder")
    parser.add_argument("--like", choices=("boards", "legislature"), default="boards")
    parser.add_argument("--size", type=float, default=250_000, help="about how many claims")
    parser.add_argument("--people", type=int, help="how many, of a legislature")
    given = parser.parse_args()
    if given.like == "legislature":
        people = given.people or round(given.size / legislature.CLAIMS_PER_PERSON)
        print(legislature.write(given.folder, people), "claims")
    else:
        print(generate(round(given.size)).write(given.folder), "bytes")


if __name__ == "__main__":
    main()
