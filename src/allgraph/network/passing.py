"""Which things paths may pass through, as far as a graph was asked for their classes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pyoxigraph import NamedNode

from allgraph.model import edtf, vocabulary
from allgraph.model.columns import CLOSED
from allgraph.network.requests import Requests
from allgraph.rdf.terms import text


@dataclass(frozen=True)
class Passing:
    """Which things paths may pass through, and the `day` as of which ties are counted, if any.

    Things with more than `hub_limit` ties, members of a class in `hubs`, and closed things (members
    of a class in `CLOSED`) are not passed through, unless `through` has their IRI or that of their
    class. With `with_closed`, all closed things may be passed through.
    """

    hub_limit: int | None = None
    through: Collection[str] = ()
    with_closed: bool = False
    day: edtf.Day | None = None
    hubs: Collection[str] = ()


class AskedKinds:
    """Facts about the classes of things, by IRIs. Methods named ask… may raise `Spent`.

    `closed` says of each thing that was asked about whether it is closed: a class, or a member of
    a class that is in or below `CLOSED`, such as a place or a source. `typed_claims` are those
    with the class ag:Claim.
    """

    def __init__(self, requests: Requests, passing: Passing) -> None:
        """Know nothing yet, and send no request."""
        self._requests = requests
        self._passing = passing
        self._classes: dict[str, set[str]] = {}
        self._through = {*passing.through}  # things that are passed through whatever their ties
        self._hubs: set[str] = set()
        self.closed: dict[str, bool] = {}
        self.typed_claims: set[str] = set()

    def ask(self, things: Iterable[str]) -> None:
        """Ask for the classes of things not in `closed`; the first time, for subclasses too.

        Those are the classes below `CLOSED`, hubs, and the things that may be passed through.
        """
        self._classes = self._classes or self._ask_classes()
        fresh = sorted({*things} - self.closed.keys())
        for batch, rows in self._requests.ask_in_batches("kinds", "things", fresh):
            self.closed.update(dict.fromkeys(batch, False))
            for row in rows:
                thing, kind = text(row["thing"]), text(row["class"])
                above = self._classes.get(kind, set())
                # a row without a class is for a thing that is a class itself
                self.closed[thing] |= not kind or not above.isdisjoint(CLOSED)
                if not above.isdisjoint(self._passing.hubs):
                    self._hubs.add(thing)
                if not above.isdisjoint(self._passing.through):
                    self._through.add(thing)
                if kind == vocabulary.CLAIM.value:
                    self.typed_claims.add(thing)

    def _ask_classes(self) -> dict[str, set[str]]:
        """Return which classes in `CLOSED`, ``hubs`` and ``through`` each class is, or is below."""
        fresh = {*CLOSED, *self._passing.hubs, *self._passing.through}
        classes = {iri: {iri} for iri in fresh}
        while fresh:
            below = set()
            for row in self._requests.ask("below", classes=sorted(fresh)):
                all_above = classes.setdefault(text(row["class"]), set())
                above = classes[text(row["above"])]
                if isinstance(row["class"], NamedNode) and not above <= all_above:
                    all_above |= above
                    below.add(row["class"].value)
            fresh = below
        return classes

    def is_barred(self, thing: str, ties: int) -> bool:
        """Return True if a thing with so many ties may not be passed through.

        ``False`` for one whose classes are not known and that has few ties.
        """
        if thing in self._through:
            return False
        if thing in self._hubs or (self.closed.get(thing) and not self._passing.with_closed):
            return True
        return self._passing.hub_limit is not None and ties > self._passing.hub_limit
