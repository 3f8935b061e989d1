"""Paths and their steps as frozen values, and how they are written as text, JSON and GraphML."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Literal, overload

from allgraph.exports.columns import said_of
from allgraph.exports.network import Tie, Ties, graphml
from allgraph.graph import Thing, prose
from allgraph.graph.claims import Claim, Evidence
from allgraph.graph.listing import Listing
from allgraph.model import edtf
from allgraph.model.sentences import full_stop, verb
from allgraph.network.reasons import Reason
from allgraph.rdf.terms import Prefixes
from allgraph.render.brief import Brief, count, quoted
from allgraph.render.html import Fragment, counted, element, items, joined, picture
from allgraph.render.layered import Arrow, merged
from allgraph.render.svg import Dot
from allgraph.render.table import fill

Certainty = Literal["certain", "possible"]
"""What is known of a claim on a day, by the dates as stated.

>>> import allgraph
>>> paths = allgraph.paths(
...     allgraph.open(), "Coco Rocha", "Andrew Cuomo", as_of="2013-12-01", limit=1
... )
>>> paths[0].certainty
'possible'
"""
DRAWN = 12
"""How many paths a picture has at most."""
_SHOWN = 10  # paths that notebooks show


@dataclass(frozen=True, repr=False)
class Step(Brief):
    """One claim of a path, followed from subject to object if `forward`, else backwards.

    `certainty` is that of the claim on the day that was asked for; ``None`` if no day was.

    >>> import allgraph
    >>> paths = allgraph.paths(allgraph.open(), "Coco Rocha", "Andrew Cuomo", limit=1)
    >>> step = paths[0].steps[0]
    >>> step.forward, step.sentence
    (True, 'Coco Rocha was listed as a key person of the Model Alliance')
    """

    claim: Claim
    forward: bool
    certainty: Certainty | None = None

    @property
    def sentence(self) -> str:
        """The claim as a sentence in the direction of the path, without its date."""
        return self.claim.sentence if self.forward else self.claim.inverse_sentence

    def as_dict(self, prefixes: Prefixes | None = None) -> dict[str, Any]:
        """Return the step as JSON has it: the claim, its direction, sentence and certainty.

        `prefixes` shorten IRIs; by default those of its graph.
        """
        return {
            **self.claim.as_dict(prefixes),
            "forward": self.forward,
            "sentence": self.sentence,
            "certainty": self.certainty,
        }

    def _facts(self) -> Iterator[str]:
        yield quoted(str(self))

    def __str__(self) -> str:
        """The sentence in the direction of the path, with the date of the claim and a full stop."""
        return full_stop(self.claim.read(inverse=not self.forward))


@dataclass(frozen=True, repr=False)
class Path(Brief):
    """Claims that lead from one thing to another; `things` has both ends and those between them.

    `certainty` is that of the least certain claim, or ``None`` if neither a day nor a common time
    was asked for. `span` is ``None`` unless a common time was asked for; then it is the first and
    the last day on which all its claims can have held together, each ``None`` if not known.

    >>> import allgraph
    >>> paths = allgraph.paths(allgraph.open(), "Coco Rocha", "Andrew Cuomo", limit=1)
    >>> [thing.name for thing in paths[0].things], len(paths[0].claims)
    (['Coco Rocha', 'Model Alliance', 'Andrew Cuomo'], 2)
    """

    steps: tuple[Step, ...]
    things: tuple[Thing, ...]
    certainty: Certainty | None = None
    span: edtf.Span | None = None

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims, one for each step."""
        return tuple(step.claim for step in self.steps)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The evidence of all claims, in their order."""
        return tuple(evidence for claim in self.claims for evidence in claim.evidence)

    def __len__(self) -> int:
        """The count of steps."""
        return len(self.steps)

    def _facts(self) -> Iterator[str]:
        yield from (quoted(thing.name) for thing in self.things)
        yield _heading(self)

    def __str__(self) -> str:
        """The sentences, one a line."""
        return "\n".join(map(str, self.steps))

    def _repr_html_(self) -> str:
        """The path as HTML for notebooks: a picture, and the sentences with their sources."""
        head = element("p", element("b", _heading(self)))
        return joined([head, picture(picture_of([self])), _as_list(self)])

    def as_dict(self, prefixes: Prefixes | None = None) -> dict[str, Any]:
        """Return the path as JSON has it; `prefixes` shorten IRIs, by default those of its graph.

        ``together`` has the first and last day on which all claims can have held together, ``null``
        where not known; it is ``null`` itself if a common time was not asked for.
        """
        names = ("notBefore", "notAfter")
        together = self.span and {
            name: day and edtf.iso(day) for name, day in zip(names, self.span, strict=True)
        }
        return {
            "length": len(self),
            "certainty": self.certainty,
            "together": together,
            "things": [(prefixes or thing.prefixes).shorten(thing.iri) for thing in self.things],
            "claims": [step.as_dict(prefixes) for step in self.steps],
        }


@dataclass(frozen=True, repr=False)
class Paths(Listing, Sequence[Path]):
    """The paths between two things, best first; or the `reasons` why there is none.

    `hubs` are things near both ends that were not passed through since they are hubs by their class
    or have more than `hub_limit` ties, each with the number of its ties. `as_of` is the day that
    was asked for, in ISO 8601, or ``""``.

    >>> import allgraph
    >>> paths = allgraph.paths(allgraph.open(), "Coco Rocha", "Andrew Cuomo", limit=1)
    >>> len(paths), paths.complete
    (1, False)
    """

    FORMATS = ("text", "json", "graphml", "svg", "png")

    source: Thing
    target: Thing
    paths: tuple[Path, ...]
    reasons: tuple[Reason, ...] = ()
    hubs: tuple[tuple[Thing, int], ...] = ()
    hub_limit: int = 0
    as_of: str = ""

    def __len__(self) -> int:
        """The count of paths."""
        return len(self.paths)

    @overload
    def __getitem__(self, place: int) -> Path: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Path, ...]: ...

    def __getitem__(self, place: int | slice) -> Path | tuple[Path, ...]:
        """The path at a place from 0, or a tuple of paths for a slice."""
        return self.paths[place]

    def _counts(self) -> Iterator[str]:
        yield quoted(self.source.name)
        yield quoted(self.target.name)
        yield count(len(self), "path")

    def as_dict(self) -> dict[str, Any]:
        """Return the paths as JSON has them, with what was cut, the reasons and the hubs."""
        shorten = self.prefixes.shorten
        return {
            "from": shorten(self.source.iri),
            "to": shorten(self.target.iri),
            "asOf": self.as_of or None,
            **self._completeness(),
            "paths": [path.as_dict(self.prefixes) for path in self.paths],
            "reasons": [reason.as_dict() for reason in self.reasons],
            "hubLimit": self.hub_limit,
            "hubs": [
                {"thing": shorten(thing.iri), "name": thing.name, "ties": count}
                for thing, count in self.hubs
            ],
        }

    def write(self, format: str = "text", *, width: int = 80) -> bytes:
        """Return the paths as ``text``, ``json`` or ``graphml``, in UTF-8, or ``svg`` or ``png``.

        Text is wrapped to `width` columns. Raises `UnknownFormat` for another format, and for a
        character that XML cannot hold.
        """
        if format == "graphml":
            return graphml(_ties(self), self.prefixes)
        return super().write(format, width=width)

    def _images(self) -> list[str]:
        """Return an SVG image of the first `DRAWN` (12) paths as one graph, if there are any."""
        return [picture_of(self.paths)] if self.paths else []

    def _blocks(self, width: int) -> Iterator[str]:
        """Yield the title, and each path as sentences with their sources."""
        yield fill(self._title, width=width)
        for number, path in enumerate(self, 1):
            lines = [prose.hanging(f"{number}. {_heading(path)}", width, "")]
            lines += [
                prose.claim(step.claim, width=width, indent="   ", inverse=not step.forward)
                for step in path.steps
            ]
            yield "\n".join(lines)

    def _remarks(self) -> Iterator[str]:
        """Yield a sentence for each reason why there is no path, and one about the hubs."""
        yield from (f"{reason}." for reason in self.reasons)
        if self.hubs:
            names = ", ".join(f"{hub.name} ({count} ties)" for hub, count in self.hubs[:3])
            more = f" and {len(self.hubs) - 3} more" if len(self.hubs) > 3 else ""
            yield (
                f"Left out as hubs, by class or with more than {self.hub_limit} "
                f"ties: {names}{more}; pass through one with `via`."
            )

    @property
    def _title(self) -> str:
        """The names of both ends, the day if one was asked for, and how many paths there are.

        Without paths it says that the two are not connected.
        """
        day = f" as of {self.as_of}" if self.as_of else ""
        count = prose.counted(len(self), "path") if self else "not connected"
        return f"{self.source.name} to {self.target.name}{day}: {count}"

    def _repr_html_(self) -> str:
        """A picture and the first `_SHOWN` (10) paths as HTML for notebooks, and the notes.

        These are the reasons why there is none, the hubs, what was cut and what was asked.
        """
        parts = [element("p", element("b", self._title)), picture("".join(self._images()))]
        for number, path in enumerate(self.paths[:_SHOWN], 1):
            parts += [element("p", f"{number}. {_heading(path)}"), _as_list(path)]
        if len(self) > _SHOWN:
            parts.append(element("p", counted(len(self), "path", _SHOWN)))
        return joined([*parts, items(self.notes())])


def _as_list(path: Path) -> Fragment:
    """Return HTML of a path: a list of its sentences with their sources."""
    return items([step.claim.fragment(inverse=not step.forward) for step in path.steps], "ol")


def picture_of(
    paths: Sequence[Path],
    address: Callable[[str], str] = str,
    groups: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Return an SVG image of the first `DRAWN` (12) paths as one graph; there must be one.

    `address` maps an IRI of a thing or claim to a link, and `groups` has the groups of things.
    """
    dots: dict[str, tuple[int, Dot]] = {}
    arrows: dict[tuple[str, ...], tuple[int, Arrow]] = {}
    numbers = []
    for path in paths[:DRAWN]:
        row = []
        for thing in path.things:
            group = groups.get(thing.iri, "others")
            dot = Dot(thing.name, address(thing.iri), thing.kind, group)
            row.append(dots.setdefault(thing.iri, (len(dots), dot))[0])
        for at, (step, ends) in enumerate(zip(path.steps, pairwise(path.things), strict=True)):
            key = (step.claim.iri, *(end.iri for end in ends))
            drawn = arrow(step)._replace(href=address(step.claim.iri))
            row.insert(2 * at + 1, arrows.setdefault(key, (len(arrows), drawn))[0])
        numbers.append(row)
    more = f"and {len(paths) - DRAWN:,} more paths, which are not drawn"
    return merged(
        [dot for _, dot in dots.values()],
        [one for _, one in arrows.values()],
        numbers,
        more if len(paths) > DRAWN else "",
    )


def arrow(step: Step) -> Arrow:
    """Return a step as an arrow of a picture, labelled with verb and roles.

    It points from the end of the claim that its sentence names first to the other.
    """
    label, is_forward = label_of(step.claim)
    return Arrow(label, step.forward == is_forward, str(step))


def label_of(claim: Claim) -> tuple[str, bool]:
    """Return what joins the subject and object of a claim, and whether the subject comes first.

    It is the verb of its sentence, with the roles. Of a claim about a claim it is all that its
    sentence has after the subject, such as “announced that Ann signed the bill”.
    """
    if claim.is_about_claim:
        return claim.clause.removeprefix(claim.subject_name).strip(), True
    return verb(claim.template, claim.roles)


def _heading(path: Path) -> str:
    """Return the length and certainty of a path in words, and its common time if asked for."""
    steps = prose.counted(len(path), "step")
    if path.span is None:
        return f"{steps}, {path.certainty}" if path.certainty else steps
    adverb = "certainly" if path.certainty == "certain" else "possibly"
    return f"{steps}, {adverb} at a common time{prose.within(path.span)}"


def _ties(paths: Paths) -> Ties:
    """Return the things on paths, and a tie for each claim with its two ends, for GraphML.

    A tie that is on several paths is there once; ties are sorted by IRIs.
    """
    edges: dict[tuple[str, str, str], Tie] = {}
    for path in paths:
        for step, (here, there) in zip(path.steps, pairwise(path.things), strict=True):
            ends = (here.iri, there.iri) if step.forward else (there.iri, here.iri)
            edges[step.claim.iri, *ends] = Tie(*ends, said_of(step.claim, step.certainty))
    things = {thing.iri: thing for path in paths for thing in path.things}
    return Ties(things, [edges[key] for key in sorted(edges)], {})  # no claims with literals
