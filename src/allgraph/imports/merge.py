"""The new output of an import: what records said before, and what they say now."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from pyoxigraph import Literal

from allgraph.changes.claims import Change, Kind, Said, compare
from allgraph.folder import Folder
from allgraph.imports import labels as labels_
from allgraph.imports import source as sources
from allgraph.imports import values
from allgraph.imports.former import Former
from allgraph.imports.mapper import HAS_NAME, Mapper
from allgraph.imports.mapping import Mapping as MappingFile
from allgraph.imports.output import (
    CLAIM,
    EVIDENCE,
    FIRST_LINE,
    OF_RECORD,
    PART_OF,
    SECTION,
    SELECTOR,
    SHA256,
    SOURCE,
    WITHDRAWN,
    Block,
    Writer,
    parse_block,
    selector,
)
from allgraph.imports.result import KEPT_CHANGES, Imported
from allgraph.imports.source import Reading
from allgraph.rdf.terms import AG, XSD
from allgraph.selectors.places import Kind as KindOfPlace

Place = tuple[str, int | None]
"""The place of a record in its file, and the line on which it begins."""
Row = tuple[str, str, int, tuple[str, ...]]
"""A record that was mapped: its IRI, the text of its block, 1 if it is left out, and its values."""
_STATES = re.compile(rf" {re.escape(SOURCE)} (<[^>]*>) \.$", re.MULTILINE)
_RECORDS = re.compile(rf" {re.escape(OF_RECORD)} (<[^>]*>) \.$", re.MULTILINE)
_LAST = "<\U0010ffff>"


@dataclass
class Found:
    """The state of the source: its `files`, which are below `root`, and the reading of them.

    `kind` is that of their places; `digests` are those of records, if the mapping is another one;
    `named_elsewhere` are the things in the new output that other files of the folder name.
    """

    mapping_digest: str
    root: Path
    files: Mapping[str, Path]
    reading: Reading
    kind: KindOfPlace = KindOfPlace.POINTER
    digests: set[str] = field(default_factory=set)
    named_elsewhere: set[str] = field(default_factory=set)


class Merge:
    """Writes the new output of an import: for each record its former claims and its new ones."""

    def __init__(
        self,
        folder: Folder,
        mapping: MappingFile,
        former: Former,
        mapper: Mapper,
        labels: Mapping[str, str],
        found: Found,
        result: Imported,
    ) -> None:
        """Prepare for the records of a mapping; `labels` are those of other files of the folder.

        The changes are added to `result`.
        """
        self._folder, self._mapping, self._former = folder, mapping, former
        self._mapper, self._labels, self._found, self._result = mapper, labels, found, result
        self._source = f"<{mapping.source.iri}>"
        self._used_states: set[str] = set()
        self._predicates = {
            f"<{HAS_NAME}>",
            *(f"<{one.predicate.iri}>" for of in mapping.claims for one in of.claims),
        }

    def write(self, unchanged: Mapping[str, Place | None], mapped: Iterable[Row]) -> Writer:
        """Return the new output: blocks that are unchanged, and those mapped, in order."""
        writer = Writer()
        writer.add(f"# mapping {self._found.mapping_digest}\n")
        lines = sources.source_lines(self._mapping, self._folder, self._found.reading)
        lines = {iri: text for iri, text in lines.items() if iri not in self._labels}
        writer.add(Block("source", things=lines).text())
        new = iter(mapped)
        ahead = next(new, None)
        for text in chain(self._former.output.blocks(), [f"# {_LAST}\n"]):
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
        states = {
            iri: self._former.states[iri] for iri in self._used_states & self._former.states.keys()
        }
        writer.add(Block("states", things=states).text())
        writer.add(f"# labels {labels_.digest_of(self._labels, self._found.named_elsewhere)}\n")
        writer.finish()
        return writer

    def _copy(self, writer: Writer, text: str, place: Place | None) -> None:
        """Write a block unchanged, except for the place and line of its record."""
        iri = text[2 : text.index("\n")]
        if place is not None:
            end = text.find(f" {CLAIM} .\n")
            head, rest = text[:end], text[end:]
            at = selector(self._source, place[0], self._found.kind)
            head = _with_value(head, iri, SELECTOR, at)
            line = f'"{place[1]}"^^<{XSD}integer>'
            text = _with_value(head, iri, FIRST_LINE, line) + rest
        self._found.named_elsewhere |= self._former.named_in.get(iri, set())
        if f" {WITHDRAWN} " in text:
            block = parse_block(text)
            self._without_said(block)
            text = block.text()
        if self._former.states:
            self._used_states.update(state for state in self._former.states if state in text)
        writer.add(text, text.count(f" {CLAIM} .\n"))

    def _put_new(self, writer: Writer, row: Row) -> None:
        """Write the block of a record that was not there before.

        Without an old output its claims are new, and the block is not parsed once enough are told.
        """
        if self._former.output.path is not None or len(self._result.changes) < KEPT_CHANGES:
            return self._put(writer, Block(row[0]), row)
        claims = row[1].count(f" {CLAIM} .\n")
        self._result.counts["added"] += claims
        writer.add(row[1], claims)

    def _put(self, writer: Writer, old: Block, row: Row | None) -> None:
        """Write the block of a record that was mapped or is gone, with its former claims."""
        new = parse_block(row[1]) if row and row[1] else Block(old.iri)
        is_left_out = bool(row and row[2])
        in_record = {*row[3]} if row else set()
        digests = [block.property_of_record(SHA256) for block in (old, new)]
        is_same = digests[0] in {digests[1], *self._found.digests} and digests[0] != ""
        things = {**old.things, **new.things}
        self._with_own_iris(new)
        before = {one.five: one for one in old.live.values()}
        after = {one.five: one for one in new.live.values()}
        for five, one in [*after.items()]:
            is_back, has_moved = hash(five) in self._former.gone, hash(five) in self._former.lost
            if five not in before and (is_back or has_moved):  # it has the IRI that it had
                del after[five]
                kind = "said again" if is_back else "moved"
                self._result.add_change(kind, Change(Kind.MOVED, None, one), things)
        gone = (five for five in before if five not in after and hash(five) in self._former.said)
        for five in [*gone]:  # another record says it now
            del before[five]
        for change in compare(before.values(), after.values()):
            old_claim, new_claim = change.old, change.new
            if old_claim is None and new_claim is not None:
                again = new_claim.iri in old.claims and old.claims[new_claim.iri].is_withdrawn
                self._result.add_change("said again" if again else "added", change, things)
            elif old_claim is not None and new_claim is not None:
                kept = self._with_iri(new_claim, old_claim.iri, new)
                if change.kind is not Kind.MOVED or kept.text != old_claim.text:
                    self._result.add_change(change.kind.value, change._replace(new=kept), things)
            elif old_claim is not None:
                removed = is_left_out or is_same or self._is_removed(old_claim, old, in_record)
                outcome = "no longer mapped" if removed else "withdrawn"
                self._result.add_change(outcome, change, things)
                if not removed:
                    self._withdraw(old_claim, old, new, bool(row))
        for iri, claim in old.claims.items():
            if claim.is_withdrawn and iri not in new.claims and not is_left_out:
                new.claims[iri] = claim
        new.fixed |= old.fixed
        self._without_said(new)
        for end in new.mentioned() & old.things.keys():
            if end not in new.things and end not in self._labels:
                new.things[end] = self._former.things.get(end, old.things[end])
        if new.claims:
            text = new.text()
            self._used_states.update(_STATES.findall(text))
            writer.add(text, len(new.claims))

    def _without_said(self, block: Block) -> None:
        """Remove withdrawn claims that are stated again, and records without claims."""
        block.claims = {
            iri: claim
            for iri, claim in block.claims.items()
            if not claim.is_withdrawn or hash(claim.five) not in self._former.said
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
            other, record = self._former.owners.get(hash(one.iri), (0, 0))
            is_new = five not in self._former.lost and five not in self._former.gone
            if record and is_new and (record != hash(block.iri) or other in self._former.said):
                self._with_iri(one, self._mapper.iri(one.iri, one.when, one.role), block)

    def _with_iri(self, claim: Said, iri: str, block: Block) -> Said:
        """Return a claim of a block with the IRI that it had before, unless another one has it."""
        if claim.iri == iri or iri in block.claims:
            return claim
        del block.claims[claim.iri]
        text = claim.text.replace(f"{claim.iri[:-1]}#", f"{iri[:-1]}#").replace(claim.iri, iri)
        block.claims[iri] = claim._replace(iri=iri, text=text)
        return block.claims[iri]

    def _withdraw(self, claim: Said, old: Block, new: Block, has_record: bool) -> None:
        """Put a claim into a block as withdrawn; its evidence is a former state of the source."""
        fixed, lines = sources.fixed_state(self._source, self._former.source)
        self._former.states[fixed] = lines
        record = f"{fixed[:-1]}{old.iri[old.iri.index('#') :]}"
        new.fixed[record] = old.record.replace(f"{old.iri} ", f"{record} ").replace(
            f" {PART_OF} {self._source} .", f" {PART_OF} {fixed} ."
        )
        because = (
            "Its record no longer says so." if has_record else "The record is gone from the source."
        )
        marks = (
            f'{claim.iri} {WITHDRAWN} "{self._found.reading.read}"^^<{XSD}date> .\n'
            f"{claim.iri} <{AG}withdrawnBy> {self._source} .\n"
            f"{claim.iri} <{AG}withdrawnBecause> {Literal(because)} .\n"
        )
        evidence = f"{claim.iri} {EVIDENCE} "
        text = claim.text.replace(evidence, marks + evidence)
        text = text.replace(f" {SOURCE} {self._source} .", f" {SOURCE} {fixed} .")
        text = text.replace(f" {OF_RECORD} {old.iri} .", f" {OF_RECORD} {record} .")
        new.claims[claim.iri] = claim._replace(is_withdrawn=True, text=text)

    def _is_removed(self, claim: Said, old: Block, in_record: Collection[str]) -> bool:
        """Return True if a claim is gone because the mapping changed, not its record.

        A mapping that changed no longer has its predicate or its file, or the value is still there.
        """
        if self._former.is_same_mapping:
            return False
        file = old.property_of_record(SECTION)
        return (
            claim.predicate not in self._predicates
            or not self._former.source
            or (file not in self._found.files and (self._found.root / file).is_file())
            or f"<{AG}sensitive>" in claim.text
            or values.key_of(claim) in in_record
        )


def _with_value(lines: str, iri: str, predicate: str, value: str) -> str:
    """Return lines with another value of a predicate of a node, if it has one."""
    pattern = rf"^({re.escape(iri)} {re.escape(predicate)}) .*$"
    return re.sub(pattern, lambda match: f"{match[1]} {value} .", lines, flags=re.MULTILINE)
