"""SVG images of votes: for each option a bar for its count, and a mark for each voter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from allgraph.render.html import clean, escaped
from allgraph.render.matrices import MARKS, Mark
from allgraph.render.svg import LABEL, SHAPES, Dot, ems, image, linked, short, text_lines, wrapped

_FONT, _WIDTH = 13, 340
_MARK, _LINE = 20, 16  # from one mark, and one line, to the next
_GROUP = 120.0  # the greatest width of the name of a group
_INK = SHAPES["people"][0]


class Voters(NamedTuple):
    """Voters of one option who belong together, such as those of a party: a name, and a mark each.

    Each voter has a name and an address, and the mark.
    """

    name: str
    voters: Sequence[tuple[Dot, Mark]]


class Option(NamedTuple):
    """An option of a vote: its name, what is known of it in words, its count, and its voters.

    Without a count there is no bar.
    """

    name: str
    words: str
    stated: int | None
    groups: Sequence[Voters]


def ballot(name: str, options: Sequence[Option], note: str = "") -> str:
    """Return an SVG image of a vote: the options one below the other.

    The bars have lengths in proportion to the counts. Marks stand in rows after the names of their
    groups. `name` is what screen readers read, `note` the last line.
    """
    names = [group.name for option in options for group in option.groups]
    left = min(max(map(ems, map(clean, names)), default=0.0) * _FONT, _GROUP) + 18
    most = max((option.stated or 0 for option in options), default=0)
    y, inner = 0.0, []
    for option in options:
        y += 18
        words = wrapped(f"{clean(option.name)}: {option.words}", _WIDTH / _FONT - 2, 3)
        inner.append(f'<g font-weight="600">{text_lines(words, "0", y, _LINE, LABEL)}</g>')
        y += 10 + _LINE * (len(words) - 1)
        if option.stated is not None:
            width = (_WIDTH - 2) * option.stated / max(most, 1)
            inner.append(
                f'<rect class="ag-count" x="1" y="{y:g}" width="{width:.1f}" height="8" rx="2" '
                f'fill="{_INK}" fill-opacity="0.25" stroke="{_INK}"/>'
            )
            y += 16
        for group in option.groups:
            drawn, y = _group(group, left, y)
            inner.append(drawn)
        y += 8
    if note:
        lines = wrapped(clean(note), _WIDTH / _FONT, 2)
        inner.append(text_lines(lines, "0", y + 14, _LINE, LABEL))
        y += 6 + _LINE * len(lines)
    return image("ballot", escaped(name), _WIDTH, y + 4, inner, _FONT)


def _group(group: Voters, left: float, y: float) -> tuple[str, float]:
    """Return the SVG of a group of voters whose first row is below `y`, and the y below the last.

    The marks begin at `left`.
    """
    per_row = int((_WIDTH - left) // _MARK)
    label = short(clean(group.name), _GROUP / _FONT)
    parts = [f'<text{LABEL} x="0" y="{y + 14:g}">{escaped(label)}</text>']
    for place, (voter, mark) in enumerate(group.voters):
        row, column = divmod(place, per_row)
        at = f"translate({left + _MARK * (column + 0.5):.1f} {y + _MARK * (row + 0.5):g})"
        title = escaped(f"{clean(voter.name)}: {mark.sentence}" if mark.sentence else voter.name)
        drawn = f'<g transform="{at}">{MARKS[mark.kind][1]}</g>'
        parts.append(linked(voter.href, title, drawn, "ag-voter"))
    return "".join(parts), y + _MARK * max(-(-len(group.voters) // per_row), 1)
