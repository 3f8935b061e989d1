"""An import: the records of a source become the claims of an output, by a mapping.

The new output is made of the old one, the source and the mapping, and of nothing else. Records that
did not change are not mapped again. A claim that the source no longer makes is withdrawn.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import replace
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from allgraph.changes.claims import Said
from allgraph.errors import InputError
from allgraph.folder import Folder, open_folder
from allgraph.folder.snapshot.directory import Lock
from allgraph.imports import source as sources
from allgraph.imports import values
from allgraph.imports.former import Former, OldRecord
from allgraph.imports.labels import LABEL_LINE, labels_in
from allgraph.imports.ledger import Ledger
from allgraph.imports.mapper import Claim, Mapper, Problem, Thing
from allgraph.imports.mapping import NUMBER, ThingSpec
from allgraph.imports.mapping import Mapping as MappingFile
from allgraph.imports.mapping_file import FOLDER, names, read_mapping
from allgraph.imports.merge import Found, Merge, Place, Row
from allgraph.imports.output import (
    LABEL,
    Block,
    Output,
    Writer,
    record_iri,
    record_text,
    said,
    selector,
    thing_text,
)
from allgraph.imports.result import Imported
from allgraph.imports.terms import Terms
from allgraph.model import edtf
from allgraph.rdf import ntriples
from allgraph.selectors.reading import read as read_records
from allgraph.selectors.records import Options, Record
from allgraph.sorting import Sorter
from allgraph.writing import put

FORM = "1"
"""The form of outputs; another one maps all records again."""
_MEMORY = 16 * 2**20  # bytes of new blocks that are not on disk
_REPORT_EVERY = 500  # records of a file after which progress is reported
Mapped = Sorter[Row]
_NONE: dict[str, Any] = {}


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
        self.source = f"<{self.mapping.source.iri}>"
        self.result = Imported(name)
        root = folder.root if root is None else root
        files = sources.find_files(root, self.mapping.records)
        self._options = Options(**self.mapping.options)
        self._output = Output(folder, name)
        mapping_digest = sha256(f"{FORM}\n{self.mapping.text}".encode()).hexdigest()
        self._former = Former(self._output, self.source, mapping_digest)
        is_first = not self._former.source
        self._old = None if is_first else sources.former_reading(self._former.source)
        self._digests = {  # those of a first import are found as the files are read
            name: "" if is_first else sources.digest_of(path, name) for name, path in files.items()
        }
        reading = sources.reading(self.mapping, root, self._digests, self._old, read, version)
        self._found = Found(mapping_digest, root, files, reading)
        ids = f"{FOLDER}/{name}.ids.csv"
        self.ledger = Ledger(folder.root / ids, ids)
        self._latest = edtf.day(reading.latest)
        self.mapper = Mapper(self.mapping, folder.base, self._latest, self.ledger.number)
        self._left_out = Mapper(self.mapping, folder.base, self._latest, self.ledger.leave)
        self.progress(f"{name}: reading the names of the folder")
        others = (path for path in folder.data_files() if path not in self._output.paths)
        self.labels = labels_in(folder, others)
        self._kinds = _shared_kinds(self.mapping)

    def run(self, *, write: bool = True, everything: bool = False, told: int = 0) -> Imported:
        """Map what changed, or `everything`; with `write`, replace the output. Raises `InputError`.

        Nothing is written if the records are not as many as the mapping says, or the problems too
        many. The first `told` changes are sentences too.
        """
        with Sorter[Row](memory=_MEMORY) as mapped:
            unchanged = {} if everything else self._unchanged()
            ours = f"<{self.folder.base}id/"
            self._former.scan(unchanged, self.labels, self._kinds, ours, self._latest)
            self._map(mapped, skip=unchanged)
            self._check_ids()
            find = self._saying if self._former.is_shared_lost else self._former.mentioning
            if again := find(unchanged):
                self._former.forget(unchanged, again)
                self._map(mapped, only=again)
            self.result.check(self.mapping, self.folder.relative(self.mapping.path))
            self._found.reading = replace(self._found.reading, digest=self._digest_files())
            merge = Merge(
                self.folder, self.mapping, self._former, self.mapper, self.labels, self._found,
                self.result,
            )  # fmt: skip
            self.progress(f"{self.mapping.name}: writing")
            writer = merge.write(unchanged, mapped)
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
            texts = sentences(self.folder, claims, lines, self.labels)
            self.result.sentences = [(k, t) for (k, _), t in zip(pairs, texts, strict=True)]

    def _write(self, writer: Writer) -> None:
        """Replace ledger and output. Raises `InputError` if another import replaced them since."""
        lock = Lock(self.mapping.path)
        if not lock.take("LOCK_EX") or self._output.has_changed():
            raise InputError(
                "another import by this mapping has replaced the output meanwhile, so this one "
                "wrote nothing; run it again",
                path=self.folder.relative(self.mapping.path),
            )
        if (ledger := self.ledger.changed()) is not None:
            put(self.ledger.path, ledger)
        self.result.path = self._output.replace(writer)

    def sample(self, most: int) -> list[str]:
        """Return some claims as sentences, of records from all over the source; nothing is written.

        Each is the claim of a record whose predicate was seen least so far.
        """
        from allgraph.imports.sentences import sentences

        step = max(1, len(self._found.files) // most)
        seen: Counter[str] = Counter()
        chosen: list[Said] = []
        things: dict[str, str] = {}
        for name in [*self._found.files][::step]:
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
        is_older = self._old is not None and self._found.reading.latest < self._old.latest
        if not self._former.records or not self._former.is_same_mapping or is_older:
            return {}
        unchanged: dict[str, Place | None] = {}
        for name in self._found.files:
            of_file = self._former.files.get(name, [])
            old = self._former.records[of_file[0]] if len(of_file) == 1 else None
            is_whole = old is not None and not old.place
            if old and is_whole and old.digest == self._digests[name]:
                unchanged[of_file[0]] = None
            elif (of_file and not is_whole) or self.ledger.path.exists():
                for _, iri, record in self._records(name):
                    known = self._former.records.get(iri)
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
        for record in read_records(self._found.files[name], name, self._options):
            if is_first:
                self.mapper.check_columns(record, name, self.folder.relative(self.mapping.path))
            is_first = False
            self._found.kind = record.kind
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
        whole = {self._former.records[iri].file for iri, place in skip.items() if place is None}
        for number, name in enumerate(self._found.files, 1):
            if only is not None and {*self._former.files.get(name, ())}.isdisjoint(only):
                continue
            if name in whole:
                self.result.records += 1
                continue
            for count, (key, iri, record) in enumerate(self._records(name)):
                if only is None:
                    self.result.records += 1
                if count % _REPORT_EVERY == 0:
                    self.progress(
                        f"{self.mapping.name}: {self.result.records:,} records, "
                        f"file {number:,} of {len(self._found.files):,}"
                    )
                if not self._former.is_same_mapping:
                    self._found.digests.add(record.digest)
                if only is not None and iri not in only:
                    continue
                if iri in skip:
                    known = self._former.records[iri].file
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

    def _twice(self, record: Record, name: str, other: str) -> None:
        """Note a record that has the key of another one."""
        self.result.add_problem(self.mapper.place(record, name, ()), f"has the same key as {other}")

    def _leave_out(self, mapped: Mapped, iri: str, record: Record, name: str) -> None:
        """Note a record that the mapping leaves out, or that has no key."""
        if self.mapper.key_of(record, name) is None:
            self.result.add_problem(
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
            self.result.add_problem(*problem)
        if block.claims:
            has_old = self._former.records and not self._former.is_same_mapping
            in_record = tuple(values.keys_of(record)) if has_old else ()
            mapped.add((iri, block.text(), 0, in_record))

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
        former = [self._former.iri_of(claim) for claim in claims]
        for claim, known in zip(claims, former, strict=True):
            if self._former.say(claim):
                continue
            if not known and claim.iri in former:  # a date that another item had before
                known = self.mapper.iri(claim.iri, claim.when, claim.role)
            claim = claim._replace(iri=known or claim.iri)
            place = record.place_of(claim.at) if claim.at else ""
            at = selector(self.source, place, record.kind) if place else ""
            if claim.iri not in block.claims:
                own.append(claim)
                block.claims[claim.iri] = said(claim, self.source, iri, at)
        if block.claims:
            at_all = [claim.at for claim in own]
            block.record = record_text(iri, self.source, name, record, at_all)
            if self.labels:
                self._found.named_elsewhere.update(
                    end
                    for one in block.claims.values()
                    for end in (one.subject, one.object)
                    if end in self.labels
                )
            mentioned = block.mentioned() | {claim.by for claim in claims}
            for thing in made.things.values():
                if thing.label and thing.iri in mentioned and thing.iri not in self.labels:
                    lines = self._former.things.setdefault(thing.iri, thing_text(thing))
                    block.things[thing.iri] = lines
        return block, dict.fromkeys(made.problems)

    def _named(self, thing: Thing, record: Record, key: str) -> list[Claim]:
        """Return the claim that a thing has another name than its label, if it has."""
        label = self.labels.get(thing.iri)
        if label is None and thing.iri in self._former.things:
            if f" {LABEL} {ntriples.literal(thing.label)} .\n" in self._former.things[thing.iri]:
                return []
            match = LABEL_LINE.search(self._former.things[thing.iri])
            label = match[2] if match else None
        if not thing.label or label is None or ntriples.literal_parts(label)[0] == thing.label:
            return []
        claim = self.mapper.name_claim(thing, record, key)
        return [claim] if claim else []

    def _saying(self, unchanged: Collection[str]) -> set[str]:
        """Return the unchanged records that state a claim which a changed record has lost."""
        lost = self._former.lost.keys() - self._former.said
        again: set[str] = set()
        specs = [
            replace(of, claims=tuple(one for one in of.claims if one.is_about(self._kinds)))
            for of in self.mapping.claims
        ]
        for name in self._found.files:
            for key, iri, record in self._records(name):
                if iri in unchanged:
                    made = self.mapper.map(record, name, key, specs)
                    names = [self.mapper.name_claim(t, record, key) for t in made.things.values()]
                    claims = [*made.claims, *filter(None, names)]
                    if any(hash(one.five) in lost for one in claims):
                        again.add(iri)
        return again

    def _check_ids(self) -> None:
        """Map, only as a check, an unchanged record about each thing of the changed records.

        Raises `InputError` if it makes the IRI of the thing of another identifier.
        """
        known = (self._former.records_with.get(hash(iri)) for iri in self.mapper.things())
        records = {*filter(None, known)}
        for name in {self._former.records[iri].file for iri in records}:
            for key, iri, record in self._records(name):
                if key and iri in records:
                    self.mapper.map(record, name, key)

    def _digest_files(self) -> str:
        """Compute the digests of files that were not read yet; return the digest of all files."""
        for name, digest_of_file in self._digests.items():
            if not digest_of_file:
                self._digests[name] = sources.digest_of(self._found.files[name], name)
        return sources.digest_of_all(self._digests.items())


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
    """Return True if a record of a file has not changed, nor have its line numbers."""
    if old[:2] != (record.digest, name):
        return False
    import json

    lines = json.loads(old.lines or "{}")
    return all(record.find(place)[1] == (record.line or 0) + n for place, n in lines.items())


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
    >>> from pathlib import Path
    >>> import allgraph
    >>> from allgraph.folder import init_folder
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
    ...     imported = allgraph.import_records(folder.root, "members", told=1)
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
