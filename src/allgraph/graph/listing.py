"""Lists that a limit may cut, such as paths or a timeline: what they have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from allgraph.errors import InputError, UnknownFormat
from allgraph.graph import prose
from allgraph.model.sentences import capitalised
from allgraph.rdf.terms import BASE, Prefixes
from allgraph.render.brief import Brief
from allgraph.render.png import png
from allgraph.render.svg import framed


@dataclass(frozen=True, kw_only=True, repr=False)
class Listing(Brief):
    """A list that a limit may have cut, and its text and JSON; base of paths, timelines and others.

    `limits` say in words what was cut, and `asked` how much an endpoint was asked for.
    """

    FORMATS: ClassVar[tuple[str, ...]] = ("text", "json")

    prefixes: Prefixes = field(default_factory=lambda: Prefixes.of(BASE), repr=False)
    limits: tuple[str, ...] = ()
    asked: str = ""

    @property
    def complete(self) -> bool:
        """True if no limit cut the list."""
        return not self.limits

    def _facts(self) -> Iterator[str]:
        yield from self._counts()
        if self.limits:
            yield "incomplete"

    def _counts(self) -> Iterable[str]:
        """Return what the list is about, and how much it has; each subclass has its own."""
        raise NotImplementedError

    def __str__(self) -> str:
        """Return the list as text for people, with its notes."""
        return self.text()

    def as_dict(self) -> dict[str, Any]:
        """Return the list as a dict for JSON; each subclass has its own."""
        raise NotImplementedError

    def text(self, *, width: int = 80, reword: Callable[[str], str] = str) -> str:
        """Return the list as text for people, wrapped to `width` columns, with its notes.

        `reword` is a function of a note that returns what stands for it.
        """
        return self._with_notes(self._blocks(width), width, reword)

    def picture(self) -> str:
        """Return an SVG image of the list below its title; ``""`` if there is nothing to draw."""
        images = self._images()
        return framed(images, self._title) if images else ""

    @property
    def _title(self) -> str:
        """The title of the picture; each subclass with ``svg`` among its `FORMATS` has one."""
        raise NotImplementedError

    def _images(self) -> Sequence[str]:
        """Return SVG images, to stand one below the other; each such subclass has its own."""
        raise NotImplementedError

    def write(self, format: str = "text", *, width: int = 80) -> bytes:
        """Return the list in one of its `FORMATS`, texts in UTF-8.

        Raises `UnknownFormat` for another one, `InputError` when there is nothing to draw, and for
        ``png`` the errors of `png`.
        """
        if format in ("svg", "png") and format in self.FORMATS:
            svg = self.picture()
            if not svg:
                raise InputError("there is nothing to draw")
            return png(svg) if format == "png" else f"{svg}\n".encode()
        if format == "text":
            return f"{self.text(width=width)}\n".encode()
        if format == "json":
            import json

            return (json.dumps(self.as_dict(), ensure_ascii=False, indent=2) + "\n").encode()
        raise UnknownFormat(f"unknown format “{format}”; choose one of {', '.join(self.FORMATS)}")

    def notes(self) -> list[str]:
        """Return sentences: what was cut, and what an endpoint was asked for."""
        notes = [*self._remarks(), *(f"Cut: {limit}." for limit in self.limits)]
        notes += [f"The endpoint was asked for this: {self.asked}."] if self.asked else []
        return [capitalised(note) for note in notes]

    def _blocks(self, width: int) -> Iterable[str]:
        """Return the paragraphs of the text without the notes; each subclass has its own."""
        raise NotImplementedError

    def _with_notes(
        self, blocks: Iterable[str], width: int, reword: Callable[[str], str] = str
    ) -> str:
        """Return paragraphs and the notes of the list, reworded, as one text."""
        notes = "\n".join(prose.item(reword(note), width=width) for note in self.notes())
        return "\n\n".join(filter(None, [*blocks, notes]))

    def _remarks(self) -> Iterable[str]:
        """Return sentences that come before the other notes; a subclass may have some."""
        return ()

    def _completeness(self) -> dict[str, Any]:
        """Return the keys for JSON that say what was cut, and what an endpoint was asked for."""
        return {
            "asked": self.asked or None,
            "complete": self.complete,
            "limits": list(self.limits),
        }
