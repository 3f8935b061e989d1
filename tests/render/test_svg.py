"""Pictures: sound XML whatever the names, nothing over anything else, and true to what is given."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from itertools import combinations
from operator import mul
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from allgraph.network.groups import GROUPS
from allgraph.render.html import address, clean, escaped
from allgraph.render.neighbours import MOST, Spoke, around
from allgraph.render.svg import SHAPES, WIDTH, Dot
from allgraph.render.timelines import MOST_ROWS, MOST_UNDATED, WIDE, Day, Span, packed, spans
from tests.support.processes import outputs

SVG = "{http://www.w3.org/2000/svg}"
DEJAVU = (
    651, 821, 942, 1716, 1303, 1946, 1597, 563, 799, 799, 1024, 1716, 651, 739, 651, 690, 1303,
    1303, 1303, 1303, 1303, 1303, 1303, 1303, 1303, 1303, 690, 690, 1716, 1716, 1716, 1087, 2048,
    1401, 1405, 1430, 1577, 1294, 1178, 1587, 1540, 604, 604, 1343, 1141, 1767, 1532, 1612, 1235,
    1612, 1423, 1300, 1251, 1499, 1401, 2025, 1403, 1251, 1403, 799, 690, 799, 1716, 1024, 1024,
    1255, 1300, 1126, 1300, 1260, 721, 1300, 1298, 569, 569, 1186, 569, 1995, 1298, 1253, 1300,
    1300, 842, 1067, 803, 1298, 1212, 1675, 1212, 1212, 1075, 1303, 690, 1303, 1716,
)  # fmt: skip
"""How wide DejaVu Sans, a wide font, has the characters from space to tilde, in 1/2048 em."""
HOSTILE = [
    "<script>alert(1)</script>",
    "</title></svg><img src=x onerror=alert(1)>",
    "]]><!-- & &amp; \" ' `",
    "\u202eturned\u2066",
    "\x00\x08\ud800\ufffe",
    "M" * 10_000,
    "e" + "\u0301" * 10_000,
    "👩\u200d🚀" * 100,
    "東京都" * 100,
    "  \n\t ",
    "",
]
names = st.text() | st.sampled_from(HOSTILE)
ascii_ = st.characters(min_codepoint=32, max_codepoint=126)
plain = st.text(ascii_, max_size=99) | st.builds(mul, ascii_, st.integers(0, 99))
addresses = st.sampled_from(
    ["", "/page/a?b=c&d", "https://example.org/é", "javascript:alert(1)", "//evil.example", "x"]
) | st.text(max_size=20)
days = st.tuples(st.integers(-3000, 3000), st.integers(1, 12), st.integers(1, 28))


@st.composite
def dots(draw: st.DrawFn, name: st.SearchStrategy[str] = names) -> Dot:
    group = draw(st.sampled_from([*SHAPES, "unheard-of"]))
    return Dot(draw(name), draw(addresses), draw(name), group)


def spokes(name: st.SearchStrategy[str] = names) -> st.SearchStrategy[list[Spoke]]:
    return st.lists(st.builds(Spoke, dots(name), name), max_size=MOST + 5)


def rows(name: st.SearchStrategy[str] = names) -> st.SearchStrategy[list[Span]]:
    bounds = st.lists(st.none() | days, min_size=4, max_size=4).map(in_order)
    rivalries = st.sampled_from(["", "", "one", "two"])
    some = st.builds(Span, name, bounds, st.booleans(), addresses, name, rivalries, name)
    return st.lists(some, max_size=12)


def in_order(bounds: list[Day | None]) -> list[Day | None]:
    """Bounds that some begin and end can have: the first is before the others, the last after."""
    known = iter(sorted(day for day in bounds if day))
    return [day and next(known) for day in bounds]


class Box(NamedTuple):
    what: str
    left: float
    top: float
    right: float
    bottom: float


def boxes(picture: str) -> Iterator[Box]:
    """Where the texts and the grounds of a picture are, by the metrics of a wide font."""
    root = ET.fromstring(picture)
    size = float(root.attrib["font-size"])
    parents = {child: parent for parent in root.iter() for child in parent}
    for node in root.iter():
        if node.tag == SVG + "rect" and node.get("class") != "ag-sure":
            x, y = float(node.attrib["x"]), float(node.attrib["y"])
            yield Box(
                "rect", x, y, x + float(node.attrib["width"]), y + float(node.attrib["height"])
            )
        if node.tag == SVG + "text":
            over = parents[node]
            own = float(node.get("font-size") or over.get("font-size") or size)
            text = node.text or ""
            width = sum(2048 if char == "…" else DEJAVU[ord(char) - 32] for char in text)
            wide = width * own / 2048
            anchor = node.get("text-anchor") or over.get("text-anchor") or "start"
            x = float(node.attrib["x"]) - wide * {"start": 0, "middle": 0.5, "end": 1}[anchor]
            y = float(node.attrib["y"])
            yield Box(text, x, y - own * 0.8, x + wide, y + own * 0.25)


def check_no_overlap(picture: str) -> None:
    root = ET.fromstring(picture)
    assert root.attrib["viewBox"] == f"0 0 {root.attrib['width']} {root.attrib['height']}"
    assert float(root.attrib["width"]) <= max(WIDTH, WIDE)
    check_apart(picture, list(boxes(picture)))


def check_apart(picture: str, found: list[Box]) -> None:
    """No box is out of the picture or over another, unless it is within it."""
    root = ET.fromstring(picture)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for box in found:
        assert box.left >= 0 and box.top >= 0, box
        assert box.right <= width and box.bottom <= height, box
    for one, other in combinations(found, 2):
        apart = (
            one.right <= other.left or other.right <= one.left
            or one.bottom <= other.top or other.bottom <= one.top
        )  # fmt: skip
        within = "rect" in (one.what, other.what) and any(
            a.left >= b.left and a.right <= b.right and a.top >= b.top and a.bottom <= b.bottom
            for a, b in ((one, other), (other, one))
        )
        assert apart or within, (one, other)


def check_sound(picture: str) -> None:
    """XML, with links to where one may link, and nothing that a page would run or load."""
    root = ET.fromstring(picture)
    links = 0
    for node in root.iter():
        assert node.tag.removeprefix(SVG) in {
            "svg", "g", "a", "title", "text", "path", "line", "rect", "circle",
        }  # fmt: skip
        assert not any(key in ("style", "id") or key.startswith("on") for key in node.attrib)
        if (href := node.get("href")) is not None:
            links += 1
            assert re.match(r"https?://[^/]|/(?!/)", href), href
            assert node.tag == SVG + "a"
            assert node.find(SVG + "title") is not None
    assert root.attrib["role"] == ("group" if links else "img")
    assert root.attrib["aria-label"]
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069]", picture)


@given(dots(), spokes(), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
@example(Dot(HOSTILE[1], "javascript:x"), [Spoke(Dot(name, name), name) for name in HOSTILE], 0)
def test_a_neighbourhood_is_sound_whatever_the_names(
    center: Dot, some: list[Spoke], more: int
) -> None:
    check_sound(around(center, some, more=more))


@given(rows())
@settings(max_examples=60, deadline=None)
def test_a_timeline_is_sound_whatever_the_names(some: list[Span]) -> None:
    picture = spans(some, HOSTILE[1])
    if any(any(row.bounds) for row in some):
        check_sound(picture)
    else:
        assert picture == ""


@given(dots(plain), spokes(plain), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_nothing_of_a_neighbourhood_overlaps(center: Dot, some: list[Spoke], more: int) -> None:
    check_no_overlap(around(center, some, more=more))


def marks_of(row: ET.Element) -> Iterator[Box]:
    """Where the marks of a row of a timeline are; their paths have absolute coordinates."""
    for node in row:
        if node.tag == SVG + "rect":
            x, y, wide, high = (float(node.attrib[k]) for k in ("x", "y", "width", "height"))
            yield Box("mark", x, y, x + wide, y + high)
        if node.tag == SVG + "circle":
            x, y, r = (float(node.attrib[key]) for key in ("cx", "cy", "r"))
            yield Box("mark", x - r, y - r, x + r, y + r)
        if node.tag == SVG + "path":
            xs, ys = [], []
            for letter, numbers in re.findall(r"([MHV])([-\d. ]+)", node.attrib["d"]):
                places = [*map(float, numbers.split())]
                xs += places[:1] if letter in "MH" else []
                ys += places[-1:] if letter in "MV" else []
            yield Box("mark", min(xs), min(ys), max(xs), max(ys))


@given(rows(plain), st.sampled_from([WIDE, 360]))
@settings(max_examples=100, deadline=None)
def test_nothing_of_a_timeline_overlaps(some: list[Span], width: int) -> None:
    if not (picture := spans(some, width=width)):
        return
    check_no_overlap(picture)
    root = ET.fromstring(picture)
    drawn = [
        [*marks_of(node)]
        for node in root.iter()
        if (node.get("class") or "").startswith("ag-row") and len(node)
    ]
    assert len(drawn) == sum(any(row.bounds) for row in some)
    texts = [box for box in boxes(picture) if box.what != "rect"]
    for number, marks in enumerate(drawn):
        others = [mark for other in drawn[number + 1 :] for mark in other]
        for one in marks:
            assert 0 <= one.left and one.right <= width
            for other in (*texts, *others):
                assert (
                    one.right <= other.left or other.right <= one.left
                    or one.bottom <= other.top or other.bottom <= one.top
                ), (one, other)  # fmt: skip


boxes_of_lanes = st.tuples(st.integers(0, 900), st.integers(1, 300), st.sampled_from([22, 36, 58]))


@given(st.lists(boxes_of_lanes.map(lambda box: (box[0], box[0] + box[1], box[2])), max_size=40))
def test_boxes_are_packed_as_high_as_there_is_room(sizes: list[tuple[int, int, int]]) -> None:
    tops = packed(sizes)
    for place, (left, right, height) in enumerate(sizes):
        before = [
            (other, other + size[2])
            for other, size in zip(tops[:place], sizes, strict=False)
            if size[0] < right and left < size[1]
        ]
        for top in {0.0, *(end for _, end in before)}:  # where a box could rest
            is_free = all(end <= top or top + height <= start for start, end in before)
            assert is_free if top == tops[place] else top > tops[place] or not is_free


def test_every_group_of_things_has_a_shape_of_its_own() -> None:
    assert set(SHAPES) == set(GROUPS)
    assert len({outline for _, outline in SHAPES.values()}) == len(SHAPES)


def luminance(colour: str) -> float:
    """As WCAG 2.2 defines it."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return sum(c * weight for c, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def test_colours_stand_out_on_light_and_dark() -> None:
    center = re.search('rx="8" fill="(#[0-9a-f]{6})"/><g class="ag-name"', around(Dot("x"), []))
    assert center is not None
    assert contrast(center[1], "#ffffff") >= 4.5  # its text is white
    for colour in (center[1], *(colour for colour, _ in SHAPES.values())):
        assert contrast(colour, "#ffffff") >= 3, colour
        assert contrast(colour, "#111111") >= 3, colour


def links(picture: str) -> list[tuple[str, str]]:
    return re.findall(r'<a [^>]*href="([^"]*)"[^>]*><title>([^<]*)</title>', picture)


def test_links_are_in_the_order_of_reading_and_say_how_things_are_tied() -> None:
    some = [Spoke(Dot(name, f"/{name}", "person"), f"{name} is here") for name in "abcde"]
    picture = around(Dot("Hub", "/hub"), some)
    found = links(picture)
    assert found[0] == ("/hub", "Hub")
    assert found[1:] == [(f"/{name}", f"{name}, person: {name} is here") for name in "abcde"]
    places = {
        node.text: (float(node.attrib["x"]), float(node.attrib["y"]))
        for node in ET.fromstring(picture).iter(SVG + "text")
    }
    assert all(places[name][0] < places["Hub"][0] for name in "ab")
    assert all(places[name][0] > places["Hub"][0] for name in "cde")
    assert [places[name][1] for name in "ab"] == sorted(places[name][1] for name in "ab")
    assert [places[name][1] for name in "cde"] == sorted(places[name][1] for name in "cde")


def test_a_line_leads_from_the_centre_to_each_neighbour() -> None:
    picture = ET.fromstring(around(Dot("Hub"), [Spoke(Dot(str(n)), f"no {n}") for n in range(9)]))
    lines = [*picture.iter(SVG + "line")]
    shapes = [node.attrib["transform"] for node in picture.iter(SVG + "path")]
    ends = [f"translate({line.attrib['x2']} {line.attrib['y2']})" for line in lines]
    assert ends == shapes
    assert len({(line.attrib["x1"], line.attrib["y1"]) for line in lines}) == 1
    assert [line.findtext(SVG + "title") for line in lines] == [f"{n}: no {n}" for n in range(9)]


@pytest.mark.parametrize(
    ("given_", "more", "drawn", "told"),
    [(MOST, 0, MOST, None), (MOST + 1, 0, MOST, "and 1 more"), (3, 4000, 3, "and 4,000 more")],
)
def test_what_is_not_drawn_is_counted(given_: int, more: int, drawn: int, told: str | None) -> None:
    picture = around(Dot("Hub"), [Spoke(Dot(f"n{n}")) for n in range(given_)], more=more)
    assert len(re.findall(r">n\d+</text>", picture)) == drawn
    assert re.findall(r">(and [^<]* more)</text>", picture) == ([told] if told else [])


def test_a_long_name_is_shortened_and_whole_in_its_title() -> None:
    name = "The study of extreme thinness standards in the fashion industry"
    picture = ET.fromstring(around(Dot("Hub"), [Spoke(Dot(name))]))
    labels = [node.text or "" for node in picture.iter(SVG + "text")]
    short = next(label for label in labels if label.endswith("…"))
    assert name.startswith(short[:-1]) and len(short) > 20
    assert picture.find(f".//{SVG}g[@class='ag-node ag-others']/{SVG}title").text == name  # type: ignore[union-attr]


def test_the_first_in_time_is_further_left() -> None:
    moments: list[Day] = [(-44, 3, 15), (0, 1, 1), (1, 1, 1), (2013, 10, 21), (2013, 12, 31)]
    picture = spans([Span(str(day), [day] * 4) for day in moments])
    places = [float(x) for x in re.findall(r'<circle class="ag-sure"[^>]* cx="([\d.]+)"', picture)]
    assert len(places) == 5 and places == sorted(places) and places[0] < places[3]
    assert ">1 BC</text>" in picture


def row(bounds: list[Day | None], is_state: bool) -> str:
    """The mark of a row, beside one that makes the axis long."""
    long = Span("long", [(2000, 1, 1), None, None, (2020, 1, 1)])
    return spans([Span("row", bounds, is_state), long]).split('class="ag-row')[1]


A, B, C, D = (2003, 1, 1), (2006, 1, 1), (2009, 1, 1), (2012, 1, 1)


@pytest.mark.parametrize(
    ("bounds", "is_state", "sure", "possible", "fading_ends"),
    [
        ([A, A, A, A], False, "circle", "", 0),
        ([A, (2003, 2, 1), A, (2003, 2, 1)], False, "", "circle", 0),
        ([A, D, A, D], False, "", "path", 0),  # it happened at some time in these years
        ([None, D, None, D], False, "", "path", 1),
        ([A, None, A, None], False, "", "path", 1),
        ([A, A, D, D], True, "rect", "", 0),
        ([A, B, C, D], True, "rect", "path", 0),
        ([A, B, C, None], True, "rect", "path", 1),
        ([None, D, A, None], True, "", "path", 2),  # it held at some time in these years
    ],
)
def test_what_is_sure_is_full_and_what_is_not_is_pale_or_fades_out(
    bounds: list[Day | None], is_state: bool, sure: str, possible: str, fading_ends: int
) -> None:
    mark = row(bounds, is_state)
    assert re.findall('<([a-z]+) class="ag-sure"', mark) == ([sure] if sure else [])
    assert re.findall('<([a-z]+) class="ag-possible"', mark) == ([possible] if possible else [])
    fading = re.findall('class="ag-open" d="([^"]*)"', mark)
    assert "".join(fading).count("z") == 4 * fading_ends
    assert len(fading) == bool(fading_ends)


@pytest.mark.parametrize(
    ("bounds", "is_state", "meanings"),
    [
        ([A, A, A, A], False, ["day known"]),
        ([A, (2003, 1, 2), A, (2003, 1, 2)], False, ["day not known exactly"]),
        ([A, D, A, D], False, ["possible"]),
        ([None, B, A, None], True, ["possible", "no first or last day known"]),
        ([A, B, C, D], True, ["certain", "possible"]),
    ],
)
def test_a_legend_explains_the_marks_that_are_there(
    bounds: list[Day | None], is_state: bool, meanings: list[str]
) -> None:
    picture = spans([Span("a <b>", bounds, is_state)])
    legend = picture.partition('class="ag-legend"')[2]
    assert re.findall(">([a-z ]+)</text>", legend) == meanings
    assert legend.count("<g transform") == len(meanings)
    check_no_overlap(picture)


def test_a_bar_reaches_over_the_days_that_are_sure() -> None:
    mark = row([A, B, C, D], True)
    bar = re.search(r'class="ag-sure" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', mark)
    line = re.search(r'<path d="M([\d.]+) [\d.]+H([\d.]+)V[\d.]+H[\d.]+z"', mark)
    assert bar and line
    begin, end = float(bar[1]) + 1, float(bar[1]) + float(bar[2]) - 1
    low, high = float(line[1]), float(line[2])
    a, b, c, d = low, begin, end, high
    assert b - a == pytest.approx(c - b, abs=0.3) == pytest.approx(d - c, abs=0.3)


def test_what_is_not_dated_is_not_drawn_and_what_is_left_out_is_told() -> None:
    assert spans([]) == spans([Span("undated", [None] * 4)]) == ""
    picture = spans([Span("x", [A] * 4)] * (MOST_ROWS + 2) + [Span("undated", [None] * 4)])
    assert picture.count('class="ag-row ') == MOST_ROWS
    assert ">and 2 more, which are not drawn</text>" in picture


def rival(label: str, year: int, source: str = "") -> Span:
    return Span(label, [(year, 1, 1)] * 4, rivalry="which year", source=source)


def test_rivals_are_beside_each_other_with_a_bracket_and_both_sources() -> None:
    others = [Span(f"other {number}", [(2000 + number, 1, 1)] * 4) for number in range(12)]
    some = [rival("one", 2000, "The Times"), *others, rival("two", 2012, "A letter")]
    picture = spans(some)
    assert re.findall("<title>([^<]*)</title>", picture)[:3] == ["one", "two", "other 0"]
    assert picture.count('class="ag-bracket"') == 1
    arms = re.findall(r"M[\d.]+ ([\d.]+)H[\d.]+", picture.partition('class="ag-bracket" d="')[2])[
        :2
    ]
    dots = re.findall(r'<circle class="ag-sure"[^>]* cy="([\d.]+)"', picture)[:2]
    assert arms == dots
    assert ">The Times</text>" in picture and ">A letter</text>" in picture
    assert ">sources disagree</text>" in picture
    alone = spans(some[:-1])
    assert "ag-bracket" not in alone and "disagree" not in alone and ">The Times</text>" in alone


def test_a_label_stands_right_of_its_mark_else_left_else_below() -> None:
    long = Span("from the first day to the last of all", [(2000, 1, 1), None, None, (2020, 1, 1)])
    some = [
        Span("early", [(2000, 1, 1)] * 4),
        Span("the latest of everything that happened", [(2020, 1, 1)] * 4),
        long,
    ]
    texts = {
        node.text: (float(node.attrib["x"]), node.get("text-anchor"))
        for node in ET.fromstring(spans(some)).iter(SVG + "text")
    }
    assert texts["early"][1] is None and texts["early"][0] < 60
    assert (
        texts["the latest of everything that happened"][1] == "end"
        and texts["the latest of everything that happened"][0] > 800
    )
    assert texts["from the first day to the last of all"][1] is None


def test_what_is_not_dated_is_named_below_and_counted() -> None:
    some = [Span("dated", [A] * 4), *(Span(f"undated {n}", [None] * 4) for n in range(20))]
    picture = spans(some)
    assert len(re.findall(">undated [0-9]+</text>", picture)) == MOST_UNDATED
    assert f">and {20 - MOST_UNDATED} more</text>" in picture
    assert "more</text>" not in spans(some[: MOST_UNDATED + 1])
    assert len(re.findall(">undated [0-9]+</text>", spans(some, width=WIDE // 3))) == 4


def test_years_of_any_length_can_be_drawn() -> None:
    picture = spans([Span("x", [(10**400, 1, 1)] * 4), Span("y", [(1, 1, 1)] * 4)])
    assert picture.count('<circle class="ag-sure"') == 2
    check_no_overlap(picture)


@pytest.mark.parametrize(
    ("last", "names"),
    [
        (2018, ["2018", "April", "July", "October", "2019"]),
        (2019, ["2018", "July", "2019", "July", "2020"]),
        (2020, ["2018", "2019", "2020", "2021"]),
    ],
)
def test_within_few_years_the_axis_has_months(last: int, names: list[str]) -> None:
    picture = spans([Span("x", [(2018, 5, 16)] * 4), Span("y", [(last, 12, 31)] * 4)])
    assert re.findall(r'class="ag-year"[^>]*>([^<]*)<', picture) == names
    check_no_overlap(picture)


def test_the_same_input_gives_the_same_bytes_in_every_process() -> None:
    code = (
        "from allgraph.render.layered import *; from allgraph.render.neighbours import *;"
        "from allgraph.render.timelines import *; d = [Dot(g, '/' + g, g, g) for g in SHAPES];"
        "print(around(d[0], [Spoke(e) for e in d]), chain(d[:2], [Arrow('x')]),"
        "spans([Span('x', [(2000, 1, 1)] * 4)]))"
    )
    texts = outputs(code)
    assert len(texts) == 1


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)", "JaVaScRiPt:x", "data:text/html,x", "//evil.example",
        "/\\evil.example", "/\t/evil.example", "https:///x", "https://", "http:x", "page/x", "#x",
        " https://x.org", "https://x.org/a b", "/\x00", "/\u202e", "", "file:///etc/passwd",
        "/" + "x" * 5000,
    ],
)  # fmt: skip
def test_nobody_is_led_astray(href: str) -> None:
    assert address(href) == ""


@given(st.text())
def test_an_escaped_text_is_read_back_as_the_clean_one(text: str) -> None:
    read = ET.fromstring(f'<a b="{escaped(text)}">{escaped(text)}</a>')
    assert (read.text or "") == read.attrib["b"] == clean(text)
    assert clean(clean(text)) == clean(text)
