"""The old output of an import: its records, their claims, and the state of the source."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from allgraph.imports import labels as labels_
from allgraph.imports.mapper import Claim, is_plan
from allgraph.imports.output import (
    CLAIM,
    LINES,
    SECTION,
    SELECTOR,
    SHA256,
    Output,
    parse_block,
    value_of,
)
from allgraph.model.edtf import Day


class OldRecord(NamedTuple):
    """A record in an old output: its digest, its file, and the place there.

    `lines` are those of its values, as the output has them, unless it is the whole file.
    """

    digest: str
    file: str
    place: str
    lines: str


class Former:
    """The old output of an import, whose claims `scan` reads.

    Claims are known by the hash of what they say. `said` is what unchanged records say; `lost` what
    changed ones said, with the IRI of the claim and its subject; `gone` what withdrawn claims said,
    with their IRIs.
    """

    def __init__(self, output: Output, source: str, mapping_digest: str) -> None:
        """Read the mapping, the source and the places of records. Raises `LoadError`."""
        self.output = output
        self.is_same_mapping = True
        self.source = ""  # the lines of the source
        self.states: dict[str, str] = {}  # the lines of former states of the source, by their IRIs
        self.records: dict[str, OldRecord] = {}
        self.files: dict[str, list[str]] = {}  # the records of each file
        self.said: set[int] = set()
        self.lost: dict[int, str] = {}
        self.gone: dict[int, str] = {}
        self.things: dict[str, str] = {}  # the lines of things that unchanged records describe
        self.named_in: dict[str, set[str]] = {}  # things with labels elsewhere, by record
        self.records_with: dict[int, str] = {}  # things, each with an unchanged record about it
        self.owners: dict[int, tuple[int, int]] = {}  # of IRIs of shared claims: five, record
        self._shared: set[str] = set()  # subjects of lost claims that other records may mention
        self._labels = ""  # the digest of the labels that its things had elsewhere
        for text in output.blocks():
            if text.startswith("# mapping "):
                self.is_same_mapping = text[10:].strip() == mapping_digest
            elif text.startswith("# labels "):
                self._labels = text[9:].strip()
            elif text.startswith(("# source", "# states")):
                for iri, lines in parse_block(text).things.items():
                    if iri == source:
                        self.source = lines
                    elif iri.startswith(source[:-1]):
                        self.states[iri] = lines
            elif text.startswith("# <"):
                iri = text[2 : text.index("\n")]
                head = text[len(iri) + 3 : text.find(f" {CLAIM} .\n")]
                if head.startswith(f"{iri} "):
                    digest, file, place = (value_of(head, p) for p in (SHA256, SECTION, SELECTOR))
                    lines = value_of(head, LINES) if place else ""
                    self.records[iri] = OldRecord(digest, file, place, lines)
                    self.files.setdefault(file, []).append(iri)

    def scan(
        self,
        unchanged: dict[str, Any],
        labels: Mapping[str, str],
        kinds: Collection[str],
        ours: str,
        latest: Day,
    ) -> None:
        """Read the claims of the records; remove stale records from the `unchanged` ones.

        They are if a thing in them has one of the `labels` of other files now, or no longer; or if
        a day has come, by the `latest` of the source, that was a plan. Several records may be about
        things of the classes `kinds`. IRIs of things of the folder begin as `ours`.
        """
        kinds_ = {*kinds}
        for text in self.output.blocks():
            if not text.startswith("# <"):
                continue
            block = parse_block(text)
            live = block.live.values()
            shared = {
                one.subject
                for one in block.claims.values()
                if one.subject not in block.things
                or not kinds_.isdisjoint(block.things[one.subject].split())
            }
            for one in block.claims.values():
                if one.is_withdrawn:
                    self.gone[hash(one.five)] = one.iri
                if one.subject in shared:
                    self.owners[hash(one.iri)] = hash(one.five), hash(block.iri)
            ends = {end for one in live for end in (one.subject, one.object)}
            if named := ends & labels.keys():
                self.named_in[block.iri] = named
            if block.iri in unchanged:
                missing = ends - block.things.keys() - labels.keys()
                if (
                    not block.things.keys().isdisjoint(labels.keys())
                    or any(end.startswith(ours) for end in missing)
                    or any(is_plan(one.when, latest) for one in live if one.when)
                ):
                    del unchanged[block.iri]
            if block.iri in unchanged:
                self.said.update(hash(one.five) for one in live)
                self.things |= block.things
                made = (end for end in ends if end.startswith(ours))
                self.records_with.update((hash(end), block.iri) for end in made)
            else:
                self.lost.update((hash(one.five), f"{one.iri} {one.subject}") for one in live)
                self._shared.update(one.subject for one in live if one.subject in shared)
        if labels_.digest_of(labels, set().union(*self.named_in.values())) != self._labels:
            self.forget(unchanged, unchanged.keys() & self.named_in.keys())

    @property
    def is_shared_lost(self) -> bool:
        """True if a claim was lost that other records may state too."""
        return not self._shared.isdisjoint(self._lost_subjects())

    def _lost_subjects(self) -> set[str]:
        """Return the subjects of claims that changed records stated and no record states now."""
        lost = (ends for five, ends in self.lost.items() if five not in self.said)
        return {ends.partition(" ")[2] for ends in lost}

    def mentioning(self, unchanged: Collection[str]) -> set[str]:
        """Return the unchanged records whose claims mention what lost claims were about."""
        subjects = self._lost_subjects()
        again: set[str] = set()
        for text in self.output.blocks() if subjects and unchanged else ():
            iri = text[2 : text.index("\n")]
            if iri in unchanged and not parse_block(text).mentioned().isdisjoint(subjects):
                again.add(iri)
        return again

    def forget(self, unchanged: dict[str, Any], again: set[str]) -> None:
        """Move the records `again` from the unchanged ones to those that are mapped again."""
        for text in self.output.blocks() if again else ():
            iri = text[2 : text.index("\n")]
            if iri in again:
                live = parse_block(text).live.values()
                self.said.difference_update(hash(one.five) for one in live)
                self.lost.update((hash(one.five), f"{one.iri} {one.subject}") for one in live)
                del unchanged[iri]

    def iri_of(self, claim: Claim) -> str:
        """Return the IRI that an equal claim had before; ``""`` for a new claim."""
        five = hash(claim.five)
        return self.lost.get(five, "").partition(" ")[0] or self.gone.get(five, "")

    def say(self, claim: Claim) -> bool:
        """Note the statement of a claim; return whether it was noted before."""
        digest = hash(claim.five)
        is_said = digest in self.said
        self.said.add(digest)
        return is_said
