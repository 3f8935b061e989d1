"""Lists have letters and pages that are called by the names on them."""

from __future__ import annotations

import pytest

from allgraph.graph import Thing
from allgraph.model.names import fold
from allgraph.site import listing
from allgraph.site.listing import PAGE, letter_of, letters, pages, sections, spans


def named(*names: str) -> list[Thing]:
    """Things in the order of lists."""
    return [Thing(f"http://x/{name}", name, "") for name in sorted(names, key=fold)]


@pytest.mark.parametrize(
    ("name", "letter"),
    [
        ("Ann", "A"), ("élan", "E"), ("Ørsted", "Ø"), ("Юлия", "Ю"), ("李", "李"),
        ("9 to 5", "0–9"), ("٣", "0–9"),
        ("", "#"), ("…", "#"), (" b", "B"), ("ﬁrst", "F"), ("ß", "S"),
    ],
)  # fmt: skip
def test_a_name_is_listed_under_its_first_letter(name: str, letter: str) -> None:
    assert letter_of(name) == letter


def test_each_letter_is_counted_once_with_the_place_of_its_first_name() -> None:
    things = named("!x", "Ann", "Átila", "Bob", "~y", "7")
    found = {letter.name: (letter.size, letter.start) for letter in letters(things)}
    assert found == {"#": (2, 0), "0–9": (1, 1), "A": (2, 2), "B": (1, 4)}
    assert sum(size for size, _ in found.values()) == len(things)


def test_a_letter_is_on_the_page_where_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    found = {letter.name: letter.page for letter in letters(named("A1", "A2", "A3", "B", "C"))}
    assert found == {"A": 1, "B": 2, "C": 3}


@pytest.mark.parametrize(("count", "last"), [(0, 1), (1, 1), (PAGE, 1), (PAGE + 1, 2)])
def test_pages_hold_all_of_a_list(count: int, last: int) -> None:
    assert pages(count) == range(1, last + 1)


@pytest.mark.parametrize(
    ("names", "called"),
    [
        (["Aaron", "Ammer"], "Aa–Am"),
        (["Marta", "Martin"], "Marta–Marti"),
        (["Jan", "Jan"], "Jan"),
        (["A", "Be"], "A–Be"),
        (["", "b"], "…–B"),
    ],
)
def test_a_page_is_called_by_its_first_and_last_name(names: list[str], called: str) -> None:
    assert spans([Thing("", name, "") for name in names]) == [called]


def test_sections_are_in_the_order_of_the_page() -> None:
    assert [(name, len(some)) for name, some in sections(named("a", "b", "B2"))] == [
        ("A", 1),
        ("B", 2),
    ]
