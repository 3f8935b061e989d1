"""The first page of a site, as the manifest of a graph folder describes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from allgraph.errors import FolderError

PICTURES = ("matrix", "timeline", "none")
"""The kinds of pictures that a first page may have."""
STORIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "answer": ("question",),
        "connection": ("from", "to"),
        "disagreements": (),
        "history": ("thing",),
    }
)
"""The kinds of stories, each with the keys that it needs."""
_MAY = ("title", "example")
"""The keys that a story may have besides; ``example`` is the number of that of a question."""
KEYS = ("sentence", "picture", "stories")
"""The keys of the manifest that are read here."""


@dataclass(frozen=True)
class Story:
    """A story of the first page: its kind, its values by key, and its line in the manifest.

    >>> import allgraph
    >>> [story.kind for story in allgraph.open().folder.front.stories or ()]
    ['connection', 'disagreements', 'history']
    """

    kind: str
    values: Mapping[str, str]
    line: int | None = None


@dataclass(frozen=True)
class Front:
    """The first page of a site, as its manifest has it.

    `sentence` says what the graph is about, `picture` is one of `PICTURES` or ``""``, and `stories`
    are those to show. What the manifest leaves out is empty, and ``None`` for stories.

    >>> import allgraph
    >>> allgraph.open().folder.front.sentence
    "Who did what for fashion models' rights, and who says so."
    """

    sentence: str = ""
    picture: str = ""
    stories: tuple[Story, ...] | None = field(default=None)


def read_front(manifest: Mapping[str, Any], path: Path, text: str) -> Front:
    """Return what a manifest says of the first page; `text` is that of the file at `path`.

    Raises `FolderError`, with the line, for a value of another type, and an unknown kind or key.
    """
    sentence, picture = (manifest.get(key, "") for key in ("sentence", "picture"))
    if not isinstance(sentence, str):
        raise _fault("sentence must be a text in quotes", path, _line(text, "sentence"))
    if not isinstance(picture, str) or picture not in ("", *PICTURES):
        known = ", ".join(PICTURES)
        raise _fault(f"picture must be one of {known}", path, _line(text, "picture"))
    if "stories" not in manifest:
        return Front(sentence, picture)
    stories = manifest["stories"]
    if not isinstance(stories, list):
        raise _fault("stories must be a list of tables", path, _line(text, "stories"))
    views = (_story(story, path, _line_of(text, n)) for n, story in enumerate(stories))
    return Front(sentence, picture, tuple(views))


def _story(story: object, path: Path, line: int | None) -> Story:
    """Return an entry of ``stories``, at a line of a manifest; raises `FolderError` if invalid."""
    example = 'such as {kind = "connection", from = "id:a", to = "id:b"}'
    if not isinstance(story, dict):
        raise _fault(f"a story must be a table, {example}", path, line)
    kind = story.get("kind")
    if not isinstance(kind, str) or kind not in STORIES:
        raise _fault(f"a story needs a kind, one of {', '.join(STORIES)}", path, line)
    values = {key: str(value) for key, value in story.items() if key != "kind"}
    for key in STORIES[kind]:
        if not values.get(key):
            raise _fault(f"a story of the kind {kind} needs the key “{key}”", path, line)
    for key, value in story.items():
        if key not in ("kind", *STORIES[kind], *_MAY):
            raise _fault(f"a story of the kind {kind} has no key “{key}”", path, line)
        is_number = key == "example" and type(value) is int and value >= 1
        if key == "example" and not is_number:
            raise _fault("example must be a whole number of 1 or more", path, line)
        if key != "example" and not isinstance(value, str):
            raise _fault(f"{key} of a story must be a text in quotes", path, line)
    return Story(kind, values, line)


def _fault(message: str, path: Path, line: int | None) -> FolderError:
    return FolderError(message, path=path, line=line)


def _line(text: str, key: str) -> int | None:
    """Return the number of the line with a key of the manifest; ``None`` if it is not found."""
    place = re.search(rf"^[ \t]*(?:\[\[)?{key}\b", text, re.MULTILINE)
    return text.count("\n", 0, place.start()) + 1 if place else None


def _line_of(text: str, number: int) -> int | None:
    """Return the line of a story, by its number from 0; that of the key if it is not found.

    Stories are tables in one list, or each has a head ``[[stories]]``.
    """
    head = re.search(r"^[ \t]*(\[\[)?stories\b", text, re.MULTILINE)
    if head is None:
        return None
    begin = r"^[ \t]*\[\[stories\]\]" if head[1] else r"\{"
    places = [m.start() for m in re.compile(begin, re.MULTILINE).finditer(text, head.start())]
    place = places[number] if number < len(places) else head.start()
    return text.count("\n", 0, place) + 1
