"""An import: the records of a source become the claims of an output, by a mapping.

The new output is made of the old one, the source and the mapping, and of nothing else. Records that
did not change are not mapped again. A claim that the source no longer makes is withdrawn.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

from pyoxigraph import Literal

from allgraph.changes.claims import Change, Kind, Said, compare
from allgraph.errors import InputError
from allgraph.folder import Folder, open_folder
from allgraph.folder.snapshot.directory import Lock
from allgraph.imports import source as sources
from allgraph.imports.ledger import Ledger
from allgraph.imports.mapper import HAS_NAME as NAME
from allgraph.imports.mapper import Claim, Mapper, Problem, Thing, is_plan
from allgraph.imports.mapping import NUMBER, ThingSpec
from allgraph.imports.mapping import Mapping as MappingFile
from allgraph.imports.mapping_file import FOLDER, names, read_mapping
from allgraph.imports.output import (
    CLAIM,
    EVIDENCE,
    FIRST_LINE,
    LABEL,
    LINES,
    OF_RECORD,
    PART_OF,
    SECTION,
    SELECTOR,
    SHA256,
    SOURCE,
    WITHDRAWN,
    Block,
    Output,
    Writer,
    claim_text,
    parse_block,
    record_iri,
    record_text,
    selector,
    thing_text,
    value_of,
)
from allgraph.imports.terms import Terms
from allgraph.model import edtf
from allgraph.rdf import files, ntriples
from allgraph.rdf.terms import AG, XSD
from allgraph.selectors.places import Kind as KindOfPlace
from allgraph.selectors.places import Path as FieldPath
from allgraph.selectors.places import Value, digest
from allgraph.selectors.reading import read as read_records
from allgraph.selectors.records import Options, Record
from allgraph.sorting import Sorter
from allgraph.writing import put

FORM = "1"
"""The form of outputs; another one maps all records again."""
_LABEL_LINE = re.compile(rf"^(<[^>]*>) {re.escape(LABEL)} (.*) \.$", re.MULTILINE)
_STATES = re.compile(rf" {re.escape(SOURCE)} (<[^>]*>) \.$", re.MULTILINE)
_RECORDS = re.compile(rf" {re.escape(OF_RECORD)} (<[^>]*>) \.$", re.MULTILINE)
_NUMBERS = re.compile(r"/[0-9]+(?=/|$)|\[[0-9]+\]")
_LAST = "<\U0010ffff>"
_SHOWN_PROBLEMS = 1_000
_SHARE, _FEW = 0.01, 5  # problems that are allowed by default: a share of the records, or so many
_KEPT_CHANGES = 1_000
_MEMORY = 16 * 2**20  # bytes of new blocks that are not on disk
Place = tuple[str, int | None]
"""The place of a record in its file, and the line on which it begins."""
Row = tuple[str, str, int, tuple[str, ...]]
Mapped = Sorter[Row]
_NONE: dict[str, Any] = {}


class OldRecord(NamedTuple):
    """What an old output knows of a record: its digest, its file, and the place there.

    `lines` are those of its values, as the output has them, unless it is the whole file.
    """

    digest: str
    file: str
    place: str
    lines: str


@dataclass
class Imported:
    """What an import did or would do, by the mapping `name`.

    Of the `records` of the source, some were `mapped`, and some were `left_out` as the mapping
    wants it; all others were mapped before. `claims` are those of the new output at `path`, which
    is ``None`` if nothing was written. `counts` has how many were added, withdrawn, re-dated,
    moved, said again or no longer mapped; `changes` has the first of them, and `sentences` how they
    read. `problems` are the first of the values that were left out, `problem_count` is the number
    of all; `unused` are the fields that no line uses.
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


class Import:
    """One run of a mapping over its source."""

    def __init__(
        self,
        folder: Folder,
        name: str,
        *,
        root: Path | None = None,
        read: str = "",
        version: str = "",
        progress: Callable[[str], None] | None = None,
    ) -> None:
        """Read the mapping `name` of a folder, and find the files of its source.

        They are below `root`, by default the folder itself. `read` is the day of the reading, and
        `version` that of the source, where they are not known otherwise. Raises `InputError` for a
        mapping, source or old output with an error.
        """
        self.folder, self.progress = folder, progress or (lambda text: None)
        self.mapping = read_mapping(folder, name, Terms.of(folder))
        self.root = folder.root if root is None else root
        self.files = sources.find_files(self.root, self.mapping.records)
        self.options = Options(**self.mapping.options)
        self.old = Output(folder, name)
        self.source = f"<{self.mapping.source.iri}>"
        self.result = Imported(name)
        self._mapping_digest = sha256(f"{FORM}\n{self.mapping.text}".encode()).hexdigest()
        self._same_mapping = True
        self._old_source = self._old_labels = ""
        self._fixed: dict[str, str] = {}  # the lines of former states, by their IRIs
        self._old_records: dict[str, OldRecord] = {}
        self._old_files: dict[str, list[str]] = {}  # the records of each file
        self._read_heads()
        self.former = sources.former_reading(self._old_source) if self._old_source else None
        self._digests = dict.fromkeys(self.files, "")  # found as they are read, if all are
        if self.former:
            self._digest_files()
        self.reading = sources.reading(
            self.mapping, self.root, self._digests, self.former, read, version
        )
        ids = f"{FOLDER}/{name}.ids.csv"
        self.ledger = Ledger(folder.root / ids, ids)
        self._latest = edtf.day(self.reading.latest)
        self.mapper = Mapper(self.mapping, folder.base, self._latest, self.ledger.number)
        self._left_out = Mapper(self.mapping, folder.base, self._latest, self.ledger.leave)
        self._predicates = {
            f"<{NAME}>",
            *(f"<{one.predicate.iri}>" for of in self.mapping.claims for one in of.claims),
        }  # fmt: skip
        others = (path for path in folder.data_files() if path not in self.old.paths)
        self.labels = labels_in(folder, others)
        self._labels: dict[str, str] = {}  # the lines of things that are described already
        self._said: set[int] = set()  # what claims say that are there already
        self._used_states: set[str] = set()
        self._kind = KindOfPlace.POINTER  # of the places in the source
        self._lost: dict[int, str] = {}  # what claims of changed records said: IRI and subject
        self._named_in: dict[str, set[str]] = {}  # things with labels elsewhere, by record
        self._elsewhere: set[str] = set()  # those of the new output
        self._records_with: dict[int, str] = {}  # things, each with an unchanged record about it
        self._gone: dict[int, str] = {}  # what withdrawn claims said: the IRI
        self._shared: set[str] = set()  # subjects in them that other records may mention
        self._owners: dict[int, tuple[int, int]] = {}  # of IRIs of claims about such: five, record
        self._kinds = _shared_kinds(self.mapping)
        self._digests_of_records: set[str] = set()

    # ---- What there is

    def _digest_files(self) -> str:
        """Find the digests of files that were not read yet; return that of all."""
        for name, digest_of_file in self._digests.items():
            if not digest_of_file:
                self._digests[name] = sources.digest_of(self.files[name], name)
        return sources.digest_of_all(self._digests.items())

    def _read_heads(self) -> None:
        """Read the mapping and the source of the old output, and where its records are."""
        for text in self.old.blocks():
            if text.startswith("# mapping "):
                self._same_mapping = text[10:].strip() == self._mapping_digest
            elif text.startswith("# labels "):
                self._old_labels = text[9:].strip()
            elif text.startswith(("# source", "# states")):
                for iri, lines in parse_block(text).things.items():
                    if iri == self.source:
                        self._old_source = lines
                    elif iri.startswith(self.source[:-1]):
                        self._fixed[iri] = lines
            elif text.startswith("# <"):
                iri = text[2 : text.index("\n")]
                head = text[len(iri) + 3 : text.find(f" {CLAIM} .\n")]
                if head.startswith(f"{iri} "):
                    digest, file, place = (value_of(head, p) for p in (SHA256, SECTION, SELECTOR))
                    lines = value_of(head, LINES) if place else ""
                    self._old_records[iri] = OldRecord(digest, file, place, lines)
                    self._old_files.setdefault(file, []).append(iri)

    def _scan(self, unchanged: dict[str, Any]) -> None:
        """Note what the records of the old output say; have those mapped again that are stale.

        They are if a thing in them has a label elsewhere now, or no longer, or if a day has come
        that was a plan.
        """
        ours = f"<{self.folder.base}id/"
        for text in self.old.blocks():
            if not text.startswith("# <"):
                continue
            block = parse_block(text)
            live = block.live.values()
            shared = {
                one.subject
                for one in block.claims.values()
                if one.subject not in block.things
                or not self._kinds.isdisjoint(block.things[one.subject].split())
            }
            for one in block.claims.values():
                if one.is_withdrawn:
                    self._gone[hash(one.five)] = one.iri
                if one.subject in shared:
                    self._owners[hash(one.iri)] = hash(one.five), hash(block.iri)
            ends = {end for one in live for end in (one.subject, one.object)}
            if named := ends & self.labels.keys():
                self._named_in[block.iri] = named
            if block.iri in unchanged:
                missing = ends - block.things.keys() - self.labels.keys()
                if (
                    not block.things.keys().isdisjoint(self.labels)
                    or any(end.startswith(ours) for end in missing)
                    or any(is_plan(one.when, self._latest) for one in live if one.when)
                ):
                    del unchanged[block.iri]
            if block.iri in unchanged:
                self._said.update(hash(one.five) for one in live)
                self._labels |= block.things
                made = (end for end in ends if end.startswith(ours))
                self._records_with.update((hash(end), block.iri) for end in made)
            else:
                self._lost.update((hash(one.five), f"{one.iri} {one.subject}") for one in live)
                self._shared.update(one.subject for one in live if one.subject in shared)
        if self._digest_of_labels(set().union(*self._named_in.values())) != self._old_labels:
            self._forget(unchanged, unchanged.keys() & self._named_in.keys())

    def _lost_subjects(self) -> set[str]:
        """Return what claims of changed records were about that no record says any more."""
        lost = (ends for five, ends in self._lost.items() if five not in self._said)
        return {ends.partition(" ")[2] for ends in lost}

    def _mentioning(self, unchanged: Collection[str]) -> set[str]:
        """Return the unchanged records whose claims mention what lost claims were about."""
        subjects = self._lost_subjects()
        again: set[str] = set()
        for text in self.old.blocks() if subjects and unchanged else ():
            iri = text[2 : text.index("\n")]
            if iri in unchanged and not parse_block(text).mentioned().isdisjoint(subjects):
                again.add(iri)
        return again

    def _saying(self, unchanged: Collection[str]) -> set[str]:
        """Return the unchanged records that say what a changed one does not say any more."""
        lost = self._lost.keys() - self._said
        again: set[str] = set()
        specs = [
            replace(of, claims=tuple(one for one in of.claims if one.is_about(self._kinds)))
            for of in self.mapping.claims
        ]
        for name in self.files:
            for key, iri, record in self._records(name):
                if iri in unchanged:
                    made = self.mapper.map(record, name, key, specs)
                    names = [self.mapper.name_claim(t, record, key) for t in made.things.values()]
                    claims = [*made.claims, *filter(None, names)]
                    if any(hash(one.five) in lost for one in claims):
                        again.add(iri)
        return again

    def _forget(self, unchanged: dict[str, Any], again: set[str]) -> None:
        """Take some of the unchanged records for changed ones."""
        for text in self.old.blocks() if again else ():
            iri = text[2 : text.index("\n")]
            if iri in again:
                live = parse_block(text).live.values()
                self._said.difference_update(hash(one.five) for one in live)
                self._lost.update((hash(one.five), f"{one.iri} {one.subject}") for one in live)
                del unchanged[iri]

    def _map_again(self, mapped: Mapped, unchanged: dict[str, Any], again: set[str]) -> None:
        """Map unchanged records, since they may say what no changed one says any more."""
        self._forget(unchanged, again)
        if again:
            self._map(mapped, only=again)

    def _check_ids(self) -> None:
        """Map an unchanged record about each thing of the changed ones, and throw it away.

        Raises `InputError` if it makes the IRI of the thing of another identifier.
        """
        found = (self._records_with.get(hash(iri)) for iri in self.mapper.things())
        records = {*filter(None, found)}
        for name in {self._old_records[iri].file for iri in records}:
            for key, iri, record in self._records(name):
                if key and iri in records:
                    self.mapper.map(record, name, key)

    def _digest_of_labels(self, things: Iterable[str]) -> str:
        """Return a digest of the labels that some things have elsewhere."""
        pairs = (f"{iri} {self.labels[iri]}\n" for iri in sorted(things))
        return sha256("".join(pairs).encode()).hexdigest()

    # ---- The run

    def run(self, *, write: bool = True, everything: bool = False, told: int = 0) -> Imported:
        """Map what changed, or `everything`; with `write`, replace the output. Raises `InputError`.

        Nothing is written if the records are not as many as the mapping says, or the problems too
        many. The first `told` changes are sentences too.
        """
        with Sorter[Row](memory=_MEMORY) as mapped:
            unchanged = {} if everything else self._unchanged()
            self._scan(unchanged)
            self._map(mapped, skip=unchanged)
            self._check_ids()
            is_shared = not self._shared.isdisjoint(self._lost_subjects())
            find = self._saying if is_shared else self._mentioning
            self._map_again(mapped, unchanged, find(unchanged))
            self._check_counts()
            writer = self._merge(unchanged, mapped)
        with closing(writer):
            self.result.claims = writer.claims
            self.result.unused = self.mapper.unused()
            self.result.not_found = self.mapper.not_found() if everything else []
            if write:
                self._write(writer)
        self._tell_first(told)
        return self.result

    def _tell_first(self, most: int) -> None:
        """Have the first changes as sentences in the result."""
        from allgraph.imports.sentences import sentences

        pairs = [(kind, one.new or one.old) for kind, one in self.result.changes[:most]]
        claims = [claim for _, claim in pairs if claim is not None]
        if claims:
            lines = self.result.things.values()
            told = sentences(self.folder, claims, lines, self.labels)
            self.result.sentences = [(k, t) for (k, _), t in zip(pairs, told, strict=True)]

    def _write(self, writer: Writer) -> None:
        """Replace ledger and output. Raises `InputError` if another import replaced them since."""
        lock = Lock(self.mapping.path)
        if not lock.take("LOCK_EX") or self.old.has_changed():
            raise InputError(
                "another import by this mapping has written meanwhile, so this one does not; "
                "run it again",
                path=self.folder.relative(self.mapping.path),
            )
        if (ledger := self.ledger.changed()) is not None:
            put(self.ledger.path, ledger)
        self.result.path = self.old.replace(writer)

    def sample(self, most: int) -> list[str]:
        """Return some claims as sentences, of records from all over the source; nothing is written.

        Each is the claim of a record whose predicate was seen least so far.
        """
        from allgraph.imports.sentences import sentences

        step = max(1, len(self.files) // most)
        seen: Counter[str] = Counter()
        chosen: list[Said] = []
        things: dict[str, str] = {}
        for name in [*self.files][::step]:
            for key, iri, record in islice(self._records(name), most):
                if not key or len(chosen) >= most:
                    continue
                block, _ = self._block(key, iri, record, name)
                left = [one for one in block.claims.values() if one not in chosen]
                if left:
                    one = min(left, key=lambda one: (seen[one.predicate], one.iri))
                    seen[one.predicate] += 1
                    chosen.append(one)
                    things |= block.things
        return sentences(self.folder, chosen, things.values(), self.labels)

    def _unchanged(self) -> dict[str, Place | None]:
        """Return the records that need not be mapped again, each with its place if it was read."""
        is_older = self.former is not None and self.reading.latest < self.former.latest
        if not self._old_records or not self._same_mapping or is_older:
            return {}
        unchanged: dict[str, Place | None] = {}
        for name in self.files:
            of_file = self._old_files.get(name, [])
            old = self._old_records[of_file[0]] if len(of_file) == 1 else None
            is_whole = old is not None and not old.place
            if old and is_whole and old.digest == self._digests[name]:
                unchanged[of_file[0]] = None
            elif (of_file and not is_whole) or self.ledger.path.exists():
                for _, iri, record in self._records(name):
                    known = self._old_records.get(iri)
                    if known and iri not in unchanged and _is_same(record, name, known):
                        unchanged[iri] = record.place, record.line
        # A key is taken out of the ledger if no record has it, so all have to be mapped.
        return {} if self.ledger.is_left else unchanged

    def _records(self, name: str) -> Iterator[tuple[str, str, Record]]:
        """Yield the records of a file with their keys and IRIs.

        Without a key, which is ``""`` then, are those that cannot be found again and those that the
        mapping leaves out; the IRI of the latter is there if it is known.
        """
        counts: Counter[str] = Counter()
        is_first = True
        for record in read_records(self.files[name], name, self.options):
            if is_first:
                self.mapper.check_columns(record, name, self.folder.relative(self.mapping.path))
            is_first = False
            self._kind = record.kind
            if not record.place:
                self._digests[name] = record.digest
            key = self.mapper.key_of(record, name)
            if key is None:
                yield "", "", record
                continue
            is_admitted = self.mapper.admits(record, name)
            if self.mapping.has_ledger:
                counts[key] += 1
                own = f"record\x1f{key}\x1f{counts[key]}"
                key = (self.ledger.number if is_admitted else self.ledger.leave)(own)
            yield key if is_admitted else "", key and record_iri(self.source, key), record

    def _map(
        self,
        mapped: Mapped,
        skip: Mapping[str, Place | None] = _NONE,
        only: set[str] | None = None,
    ) -> None:
        """Map the records that are not in `skip`, or `only` some, and add their blocks to `mapped`.

        Each is its IRI, the text of its block, 1 if the mapping leaves it out, and its values.
        """
        seen: dict[str, str] = {}
        whole = {self._old_records[iri].file for iri, place in skip.items() if place is None}
        for number, name in enumerate(self.files):
            if only is not None and {*self._old_files.get(name, ())}.isdisjoint(only):
                continue
            if name in whole:
                self.result.records += 1
                continue
            for key, iri, record in self._records(name):
                if only is None:
                    self.result.records += 1
                if not self._same_mapping:
                    self._digests_of_records.add(record.digest)
                if only is not None and iri not in only:
                    continue
                if iri in skip:
                    known = self._old_records[iri].file
                    if (name, skip[iri]) != (known, (record.place, record.line)):
                        self._twice(record, name, seen.get(iri, known))
                    else:
                        seen[iri] = self.mapper.place(record, name, ())
                    continue
                if not key:
                    self._leave_out(mapped, iri, record, name)
                    continue
                if iri in seen:
                    self._twice(record, name, seen[iri])
                    continue
                seen[iri] = self.mapper.place(record, name, ())
                self._map_record(mapped, key, iri, record, name)
            if number % 500 == 0:
                self.progress(f"{self.mapping.name}: {self.result.records:,} records")

    def _twice(self, record: Record, name: str, other: str) -> None:
        """Note a record that has the key of another one."""
        self._problem(self.mapper.place(record, name, ()), f"has the key of {other}")

    def _leave_out(self, mapped: Mapped, iri: str, record: Record, name: str) -> None:
        """Note a record that the mapping leaves out, or that has no key."""
        if self.mapper.key_of(record, name) is None:
            self._problem(
                self.mapper.place(record, name, ()),
                "its key is empty, or no text, so that it could not be found again; it is left out",
            )
            return
        self.result.left_out += 1
        if iri:
            mapped.add((iri, "", 1, ()))
            if self.ledger.path.exists():
                with suppress(InputError):
                    self._left_out.map(record, name, iri)

    def _map_record(self, mapped: Mapped, key: str, iri: str, record: Record, name: str) -> None:
        """Map one record, and add its block to `mapped`."""
        self.result.mapped += 1
        block, problems = self._block(key, iri, record, name)
        for problem in problems:
            self._problem(*problem)
        if block.claims:
            values = _values(record) if self._old_records and not self._same_mapping else ()
            mapped.add((iri, block.text(), 0, tuple(values)))

    def _block(
        self, key: str, iri: str, record: Record, name: str
    ) -> tuple[Block, Iterable[Problem]]:
        """Return the block of a record, and the problems in it, each once."""
        made = self.mapper.map(record, name, key)
        block = Block(iri)
        claims: list[Claim] = []
        own: list[Claim] = []
        for thing in made.things.values():
            claims += self._named(thing, record, key)
        claims += made.claims
        former = [self._former_iri(claim) for claim in claims]
        for claim, known in zip(claims, former, strict=True):
            if self._is_said(claim):
                continue
            if not known and claim.iri in former:  # a date that another item had before
                known = self.mapper.iri(claim.iri, claim.when, claim.role)
            claim = claim._replace(iri=known or claim.iri)
            place = record.place_of(claim.at) if claim.at else ""
            at = selector(self.source, place, record.kind) if place else ""
            text = claim_text(claim, self.source, iri, at)
            if claim.iri not in block.claims:
                own.append(claim)
                block.claims[claim.iri] = Said(
                    claim.iri, claim.subject, claim.predicate, claim.object, claim.when,
                    claim.role, False, text,
                )  # fmt: skip
        if block.claims:
            at_all = [claim.at for claim in own]
            block.record = record_text(iri, self.source, name, record, at_all)
            if self.labels:
                self._elsewhere.update(
                    end
                    for one in block.claims.values()
                    for end in (one.subject, one.object)
                    if end in self.labels
                )
            mentioned = block.mentioned() | {claim.by for claim in claims}
            for thing in made.things.values():
                if thing.label and thing.iri in mentioned and thing.iri not in self.labels:
                    lines = self._labels.setdefault(thing.iri, thing_text(thing))
                    block.things[thing.iri] = lines
        return block, dict.fromkeys(made.problems)

    def _named(self, thing: Thing, record: Record, key: str) -> list[Claim]:
        """Return the claim that a thing has another name than its label, if it has."""
        label = self.labels.get(thing.iri)
        if label is None and thing.iri in self._labels:
            if f" {LABEL} {ntriples.literal(thing.label)} .\n" in self._labels[thing.iri]:
                return []
            match = _LABEL_LINE.search(self._labels[thing.iri])
            label = match[2] if match else None
        if not thing.label or label is None or ntriples.literal_parts(label)[0] == thing.label:
            return []
        claim = self.mapper.name_claim(thing, record, key)
        return [claim] if claim else []

    def _former_iri(self, claim: Claim) -> str:
        """Return the IRI under which the same was said before, ``""`` if it is new."""
        five = hash(claim.five)
        return self._lost.get(five, "").partition(" ")[0] or self._gone.get(five, "")

    def _is_said(self, claim: Claim) -> bool:
        """Whether what a claim says is said already; it is from now on."""
        said = hash(claim.five)
        is_said = said in self._said
        self._said.add(said)
        return is_said

    def _problem(self, place: str, message: str) -> None:
        """Count a problem; the first ones are kept."""
        self.result.problem_count += 1
        if len(self.result.problems) < _SHOWN_PROBLEMS:
            self.result.problems.append(Problem(place, message))

    def _check_counts(self) -> None:
        """Raise `InputError` if there are too few or too many records, or too many problems."""
        result, mapping = self.result, self.mapping
        place = Path(self.folder.relative(mapping.path))
        if mapping.count and not mapping.count[0] <= result.records <= mapping.count[1]:
            least, most = mapping.count
            raise InputError(
                f"the source has {result.records:,} records, and count allows {least:,} to "
                f"{most:,}; is the download whole? Nothing was written", path=place,
            )  # fmt: skip
        admitted = max(result.records - result.left_out, 1)  # also those that did not change
        share = mapping.max_problems
        limit = max(_SHARE * admitted, _FEW) if share is None else share * admitted
        if result.problem_count > limit:
            first = "".join(f"\n  {problem}" for problem in result.problems[:10])
            raise InputError(
                f"{result.problem_count:,} problems in {admitted:,} records are more than "
                f"max-problems allows ({limit:,.0f}); nothing was written. The first ones:{first}",
                path=place,
            )  # fmt: skip

    # ---- Old and new together

    def _merge(self, unchanged: Mapping[str, Place | None], mapped: Mapped) -> Writer:
        """Return the new output: blocks that are unchanged, and those mapped, in order."""
        writer = Writer()
        writer.add(f"# mapping {self._mapping_digest}\n")
        now = replace(self.reading, digest=self._digest_files())
        lines = sources.source_lines(self.mapping, self.folder, now)
        lines = {iri: text for iri, text in lines.items() if iri not in self.labels}
        writer.add(Block("source", things=lines).text())
        new = iter(mapped)
        ahead = next(new, None)
        for text in chain(self.old.blocks(), [f"# {_LAST}\n"]):
            if not text.startswith("# <"):
                continue
            iri = text[2 : text.index("\n")]
            while ahead is not None and ahead[0] < iri:
                self._put_new(writer, ahead)
                ahead = next(new, None)
            if iri in unchanged:
                self._copy(writer, text, unchanged[iri])
            elif iri != _LAST:
                row = ahead if ahead is not None and ahead[0] == iri else None
                self._put(writer, parse_block(text), row)
                ahead = next(new, None) if row else ahead
        states = {iri: text for iri, text in self._fixed.items() if iri in self._used_states}
        writer.add(Block("states", things=states).text())
        writer.add(f"# labels {self._digest_of_labels(self._elsewhere)}\n")
        writer.finish()
        return writer

    def _copy(self, writer: Writer, text: str, place: Place | None) -> None:
        """Write a block as it was, but for the place and line of its record."""
        iri = text[2 : text.index("\n")]
        if place is not None:
            end = text.find(f" {CLAIM} .\n")
            head, rest = text[:end], text[end:]
            at = selector(self.source, place[0], self._kind)
            head = re.sub(
                rf"^({re.escape(iri)} {re.escape(SELECTOR)}) .*$", rf"\1 {at} .", head, flags=re.M
            )
            line = f'"{place[1]}"^^<{XSD}integer>'
            head = re.sub(
                rf"^({re.escape(iri)} {re.escape(FIRST_LINE)}) .*$",
                rf"\1 {line} .",
                head,
                flags=re.M,
            )
            text = head + rest
        self._elsewhere |= self._named_in.get(iri, set())
        if f" {WITHDRAWN} " in text:
            block = parse_block(text)
            self._without_said(block)
            text = block.text()
        if self._fixed:
            self._used_states.update(state for state in self._fixed if state in text)
        writer.add(text, text.count(f" {CLAIM} .\n"))

    def _put_new(self, writer: Writer, row: Row) -> None:
        """Write the block of a record that was not there before.

        Without an old output its claims are new, and the block is not parsed once enough are told.
        """
        if self.old.path is not None or len(self.result.changes) < _KEPT_CHANGES:
            return self._put(writer, Block(row[0]), row)
        claims = row[1].count(f" {CLAIM} .\n")
        self.result.counts["added"] += claims
        writer.add(row[1], claims)

    def _put(self, writer: Writer, old: Block, row: Row | None) -> None:
        """Write the block of a record that was mapped, or is gone, with what it said before."""
        new = parse_block(row[1]) if row and row[1] else Block(old.iri)
        is_left_out = bool(row and row[2])
        values = {*row[3]} if row else set()
        digests = [block.property_of_record(SHA256) for block in (old, new)]
        is_same = digests[0] in {digests[1], *self._digests_of_records} and digests[0] != ""
        things = {**old.things, **new.things}
        self._with_own_iris(new)
        before = {one.five: one for one in old.live.values()}
        after = {one.five: one for one in new.live.values()}
        for five, one in [*after.items()]:
            is_back, has_moved = hash(five) in self._gone, hash(five) in self._lost
            if five not in before and (is_back or has_moved):  # it has the IRI that it had
                del after[five]
                kind = "said again" if is_back else "moved"
                self._tell(kind, Change(Kind.MOVED, None, one), things)
        gone = (five for five in before if five not in after and hash(five) in self._said)
        for five in [*gone]:  # another record says it now
            del before[five]
        for change in compare(before.values(), after.values()):
            said, now = change.old, change.new
            if said is None and now is not None:
                again = now.iri in old.claims and old.claims[now.iri].is_withdrawn
                self._tell("said again" if again else "added", change, things)
            elif said is not None and now is not None:
                kept = self._with_iri(now, said.iri, new)
                if change.kind is not Kind.MOVED or kept.text != said.text:
                    self._tell(change.kind.value, change._replace(new=kept), things)
            elif said is not None:
                removed = is_left_out or is_same or self._is_removed(said, old, values)
                self._tell("no longer mapped" if removed else "withdrawn", change, things)
                if not removed:
                    self._withdraw(said, old, new, bool(row))
        for iri, claim in old.claims.items():
            if claim.is_withdrawn and iri not in new.claims and not is_left_out:
                new.claims[iri] = claim
        new.fixed |= old.fixed
        self._without_said(new)
        for end in new.mentioned() & old.things.keys():
            if end not in new.things and end not in self.labels:
                new.things[end] = self._labels.get(end, old.things[end])
        if new.claims:
            text = new.text()
            self._used_states.update(_STATES.findall(text))
            writer.add(text, len(new.claims))

    def _without_said(self, block: Block) -> None:
        """Take from a block the withdrawn claims that are said again, and the records of none."""
        block.claims = {
            iri: claim
            for iri, claim in block.claims.items()
            if not claim.is_withdrawn or hash(claim.five) not in self._said
        }
        text = "".join(claim.text for claim in block.claims.values())
        records = {*_RECORDS.findall(text)}
        block.fixed = {iri: lines for iri, lines in block.fixed.items() if iri in records}

    def _with_own_iris(self, block: Block) -> None:
        """Give the new claims of a block other IRIs where claims of other records have them.

        That is so if a record says what another one said before, and the other one says it with
        another date now.
        """
        for one in block.live.values():
            five = hash(one.five)
            other, record = self._owners.get(hash(one.iri), (0, 0))
            is_new = five not in self._lost and five not in self._gone
            if record and is_new and (record != hash(block.iri) or other in self._said):
                self._with_iri(one, self.mapper.iri(one.iri, one.when, one.role), block)

    def _with_iri(self, claim: Said, iri: str, block: Block) -> Said:
        """Return a claim of a block with the IRI that it had before, unless another one has it."""
        if claim.iri == iri or iri in block.claims:
            return claim
        del block.claims[claim.iri]
        text = claim.text.replace(f"{claim.iri[:-1]}#", f"{iri[:-1]}#").replace(claim.iri, iri)
        block.claims[iri] = claim._replace(iri=iri, text=text)
        return block.claims[iri]

    def _withdraw(self, said: Said, old: Block, new: Block, has_record: bool) -> None:
        """Put a claim into a block as withdrawn; its evidence is a former state of the source."""
        fixed, lines = sources.fixed_state(self.source, self._old_source)
        self._fixed[fixed] = lines
        record = f"{fixed[:-1]}{old.iri[old.iri.index('#') :]}"
        new.fixed[record] = old.record.replace(f"{old.iri} ", f"{record} ").replace(
            f" {PART_OF} {self.source} .", f" {PART_OF} {fixed} ."
        )
        because = (
            "Its record no longer says so." if has_record else "The record is gone from the source."
        )
        marks = (
            f'{said.iri} {WITHDRAWN} "{self.reading.read}"^^<{XSD}date> .\n'
            f"{said.iri} <{AG}withdrawnBy> {self.source} .\n"
            f"{said.iri} <{AG}withdrawnBecause> {Literal(because)} .\n"
        )
        evidence = f"{said.iri} {EVIDENCE} "
        text = said.text.replace(evidence, marks + evidence)
        text = text.replace(f" {SOURCE} {self.source} .", f" {SOURCE} {fixed} .")
        text = text.replace(f" {OF_RECORD} {old.iri} .", f" {OF_RECORD} {record} .")
        new.claims[said.iri] = said._replace(is_withdrawn=True, text=text)

    def _is_removed(self, said: Said, old: Block, values: Collection[str]) -> bool:
        """Whether it is the mapping, not its record, that makes a claim no more.

        A mapping that changed no longer has its predicate or its file, or the value is still there.
        """
        if self._same_mapping:
            return False
        file = old.property_of_record(SECTION)
        return (
            said.predicate not in self._predicates
            or not self._old_source
            or (file not in self.files and (self.root / file).is_file())
            or f"<{AG}sensitive>" in said.text
            or self._value_of(said) in values
        )

    def _value_of(self, said: Said) -> str:
        """Return what `_values` has for the value that a claim was made of."""
        match = re.search(rf" {re.escape(SELECTOR)} <[^>]*#([^>]*)> \.$", said.text, re.MULTILINE)
        place = unquote(match[1]).removeprefix("xpath:") if match else ""
        return _value_key(place, value_of(said.text, SHA256))

    def _tell(self, kind: str, change: Change, things: Mapping[str, str]) -> None:
        """Count a change; the first ones are kept, with the things that they are about."""
        self.result.counts[kind] += 1
        if len(self.result.changes) < _KEPT_CHANGES:
            self.result.changes.append((kind, change))
            for one in filter(None, (change.old, change.new)):
                for end in (one.subject, one.object):
                    if lines := things.get(end):
                        self.result.things[end] = lines


def _shared_kinds(mapping: MappingFile) -> set[str]:
    """Return the classes of things that several records may be about.

    A thing is of one record if the key of the record is in its identifier.
    """
    key = {ref.path for ref in mapping.key} or {("id",)}
    things = {
        thing.name: thing
        for of in mapping.claims
        for one in of.claims
        for thing in (one.subject, one.object, one.by)
        if isinstance(thing, ThingSpec)
    }
    kinds = set()
    for thing in things.values():
        fields = {ref.path for ref in thing.id.refs if ref.level == 0 and not ref.variable}
        if not (NUMBER in fields and not thing.same) and not key <= fields:
            kinds.add(f"<{thing.kind}>")
    return kinds


def _is_same(record: Record, name: str, old: OldRecord) -> bool:
    """Whether a record of a file is as it was, and its lines are, counted from the first."""
    if old[:2] != (record.digest, name):
        return False
    import json

    lines = json.loads(old.lines or "{}")
    return all(record.find(place)[1] == (record.line or 0) + n for place, n in lines.items())


def labels_in(folder: Folder, paths: Iterable[Path]) -> dict[str, str]:
    """Return the labels that data files of a folder give, by the things they name."""
    labels: dict[str, str] = {}
    for path in paths:
        if files.suffix(path).startswith(".nt"):
            with files.opened(path, folder.relative(path)) as file:
                texts = (line.decode() for line in file if LABEL.encode() in line)
                pairs = [match.groups() for t in texts if (match := _LABEL_LINE.match(t))]
        else:
            lines = (line for line in folder.lines(path) if f" {LABEL} " in line)
            pairs = [match.groups() for t in lines if (match := _LABEL_LINE.match(t))]
        labels.update(pairs)  # type: ignore[arg-type]
    return labels


def _values(record: Record) -> Iterator[str]:
    """Yield keys of all values in a record, by their places without the numbers of items."""
    stack: list[tuple[FieldPath, Value]] = [((), record.fields)]
    while stack:
        path, value = stack.pop()
        yield _value_key(record.place_of(path) if path else "", digest(value))
        if isinstance(value, dict):
            stack += [((*path, name), part) for name, part in value.items()]
        elif isinstance(value, list):
            stack += [((*path, number), part) for number, part in enumerate(value)]


def _value_key(place: str, digest: str) -> str:
    """Return a key of a value: its digest, and its place without the numbers of items.

    >>> _value_key("/roles/3/type", "ab"), _value_key("actions/item[3]/text", "ab")
    ('/roles/type ab', 'actions/item/text ab')
    """
    return f"{_NUMBERS.sub('', place)} {digest[:16]}"


def import_records(
    folder: str | os.PathLike[str],
    name: str = "",
    *,
    root: str | os.PathLike[str] | None = None,
    read: str = "",
    edition: str = "",
    write: bool = True,
    told: int = 0,
    progress: Callable[[str], None] | None = None,
) -> list[Imported]:
    r"""Import records into a graph folder by the mapping `name`, or by all mappings in order.

    The files of the source are below `root`, by default the folder. `read` is the day on which the
    source was read, such as ``2026-11-20``, and `edition` its version; of files in git they are
    those of the last commit. Unless `write`, nothing is changed. The first `told` changes are
    sentences too. `progress` is called with a message. Raises `InputError` for a mapping, a source
    or an old output with an error; then nothing is written by that mapping, nor those after it.

    >>> import tempfile
    >>> from allgraph.folder.folder import builtin, init_folder
    >>> with tempfile.TemporaryDirectory() as place:
    ...     folder = init_folder(Path(place, "club"), title="Club", base="https://example.org/")
    ...     folder.root.joinpath("imports").mkdir()
    ...     _ = folder.root.joinpath("imports", "members.toml").write_text(
    ...         'records = "members.csv"\nkey = "no"\n'
    ...         '[source]\nlabel = "Members"\naddress = "https://example.org/members"\n'
    ...         '[things]\nmember = { id = "member-{no}", a = "Person", label = "{name}" }\n'
    ...         '[[claims]]\nsay = "member hasName {name}"\n'
    ...     )
    ...     _ = folder.root.joinpath("members.csv").write_text("no,name\n1,Ann Ash\n")
    ...     imported = import_records(folder.root, "members", told=1)
    >>> imported[0].records, imported[0].sentences
    (1, [('added', 'Ann Ash has been called Ann Ash (date not stated)')])
    """
    opened = open_folder(Path(folder))
    place = None if root is None else Path(root)
    return [
        Import(opened, one, root=place, read=read, version=edition, progress=progress).run(
            write=write, told=told
        )
        for one in ([name] if name else names(opened))
    ]
