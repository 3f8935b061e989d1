"""Paths to be drawn by the package and by the page alike.

``python -m tests.support.layered`` writes them into ``web/test/layered.json``, each with the
picture of the package, for the tests of the page.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from allgraph.render.layered import Arrow, merged
from allgraph.render.svg import SHAPES, Dot

FILE = Path(__file__).resolve().parents[2] / "web" / "test" / "layered.json"
NAMES = (
    "Ada", "The Model Alliance Advisory Board", "Jürgen Öß & Söhne", "東京都の手紙", "a" * 40,
    "<script>", "New York Senate bill S.5486", "Ñandú—“quoted”", "e\u0301" * 20, "👩\u200d🚀 crew",
)  # fmt: skip
LABELS = (
    "signed", "was listed as a key person of", "announced that Ann signed the law of 2013 into law",
    "“took part in” as chair", "…",
)  # fmt: skip
KINDS = ("", "person", "legislative proposal")
GROUPS = [*SHAPES, "unheard-of"]
HREFS = ("", "/page/a?b=c&d", "https://example.org/é", "javascript:alert(1)")


def cases() -> Iterator[dict[str, Any]]:
    """Some fixed pictures, and many made by a generator with a fixed seed, without the images."""
    chance = random.Random(7)
    for number in range(14):
        count = chance.randint(2, 8)
        one = chance.choice
        dots = [Dot(one(NAMES), one(HREFS), one(KINDS), one(GROUPS)) for _ in range(count)]
        arrows = [
            Arrow(one(LABELS), chance.random() < 0.5, one(NAMES), one(HREFS)) for _ in range(12)
        ]
        paths = []
        for _ in range(chance.randint(1, 6)):
            inner = chance.sample(range(1, count - 1), chance.randint(0, min(count - 2, 4)))
            things = [0, *inner, count - 1]
            path = [0]
            for thing in things[1:]:
                path += [chance.randrange(12), thing]
            paths.append(path)
        yield {"name": f"case {number}", "dots": dots, "arrows": arrows, "paths": paths}


def written() -> str:
    """The content of the file."""
    drawn = [
        {
            **case,
            "dots": [dot._asdict() for dot in case["dots"]],
            "arrows": [arrow._asdict() for arrow in case["arrows"]],
            "svg": merged(case["dots"], case["arrows"], case["paths"]),
        }
        for case in cases()
    ]
    return json.dumps(drawn, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
