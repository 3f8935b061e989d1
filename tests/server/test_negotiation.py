"""Negotiation: as RFC 9110 says, whatever the header; compared with a slow reading of it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allgraph.errors import ParameterError, UnknownFormat
from allgraph.rdf.formats import FORMATS, Kind
from allgraph.server.http.negotiation import (
    KINDS,
    LONGEST,
    choose,
    format_of,
    media_types,
    ranges,
    wanted,
)

OFFERED = ["text/html", "text/turtle", "application/ld+json", "text/csv; charset=utf-8", "a/b; x=1"]

# ---- The rules, one by one


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, "text/html"),
        ("", "text/html"),
        ("*/*", "text/html"),
        ("text/*", "text/html"),
        ("application/*", "application/ld+json"),
        ("text/turtle", "text/turtle"),
        ("TEXT/Turtle", "text/turtle"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/csv;charset=UTF-8", "text/csv; charset=utf-8"),
        ('text/turtle ; charset="utf-8" ; q=0.5', "text/turtle"),
        ("text/html;q=0.1, text/turtle;q=0.2", "text/turtle"),
        ("text/html;q=0, */*", "text/turtle"),
        ("*/*, text/html;q=0", "text/turtle"),
        ("text/*;q=0.9, text/html;q=0.1, application/ld+json;q=0.5", "text/turtle"),
        ("text/turtle, */*", "text/turtle"),  # named goes before a wildcard of the same weight
        ("text/*, */*", "text/html"),
        ("application/ld+json, text/turtle", "text/turtle"),  # our order
        ("a/b;x=1", "a/b; x=1"),
        ("a/b;x=2;q=0.5, a/b;q=0.4, text/html;q=0.3", "a/b; x=1"),
    ],
)
def test_the_best_is_chosen(accept: str | None, chosen: str) -> None:
    assert choose(accept, OFFERED) == chosen


def test_parameters_that_nothing_has_count_only_when_something_else_fails() -> None:
    accept = 'application/ld+json;profile="http://x/y,z;q=0", text/turtle;q=0.1'
    assert choose(accept, OFFERED) == "text/turtle"
    assert choose(accept, OFFERED[2:]) == "application/ld+json"


def test_what_is_refused_is_not_chosen_for_want_of_something_else() -> None:
    for accept in ("a/b;x=1;q=0, a/b", "a/b;y=1;q=0, c/d;x=1"):
        with pytest.raises(UnknownFormat):
            choose(accept, ["a/b; x=1"])


@pytest.mark.parametrize("accept", ["image/png", "text/html;q=0", "*/*;q=0", "text/csv;q=0.000"])
def test_nothing_suits(accept: str) -> None:
    with pytest.raises(UnknownFormat) as caught:
        choose(
            accept,
            ["text/html", "text/csv; charset=utf-8"] if "csv" not in accept else ["text/csv"],
        )
    assert "; there are text/" in str(caught.value)


def test_what_is_malformed_is_passed_over() -> None:
    java = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"
    assert choose(java, ["text/turtle"]) == "text/turtle"
    for accept in ("nonsense", "a/b/c", "*/html", "text/", ";", ",,,", "text/html q=1", '"', "é/ü"):
        assert ranges(accept) == []
        assert choose(accept, OFFERED) == "text/html"
    assert choose("text/turtle;q=2, text/html", ["text/html", "text/turtle"]) == "text/html"
    assert choose("text/html;q=high, text/csv", OFFERED) == "text/csv; charset=utf-8"
    assert choose("text/html;level, text/turtle", OFFERED) == "text/turtle"


def test_extensions_after_the_weight_do_not_count() -> None:
    assert ranges("text/html;q=0.5;level=1")[0].parameters == frozenset()


def test_quotes_hide_commas_and_semicolons() -> None:
    first, second = ranges('a/b;x="1,2;q=0\\"" ;q=0.5 , c/d')
    assert (set(first.parameters), first.weight) == ({("x", '1,2;q=0"')}, 0.5)
    assert (second.type, second.weight) == ("c", 1.0)


# ---- All headers


TYPES = ["text", "application", "a"]
SUBTYPES = ["html", "turtle", "ld+json", "csv", "b"]
WEIGHTS = ["", ";q=1", ";q=0", ";q=0.5", "; q=0.25", " ;q=0.333", ";Q=1.000", ";q=0."]
PARAMETERS = ["", ";x=1", ";x=2", "; X=1;y=2"]
named = st.builds("{}/{}".format, st.sampled_from(TYPES), st.sampled_from(SUBTYPES))
wild = st.sampled_from(["*/*", "text/*", "application/*", "a/*"])
members = st.builds("{}{}{}".format, named | wild, *map(st.sampled_from, (PARAMETERS, WEIGHTS)))
headers = st.lists(members, min_size=1, max_size=6).map(", ".join)
offers = st.lists(
    st.builds("{}{}".format, named, st.sampled_from(["", "; x=1", "; x=1; y=2"])),
    min_size=1, max_size=6, unique=True,
)  # fmt: skip


def reference(accept: str, offered: list[str]) -> set[str]:
    """All types of the highest quality, by RFC 9110, 12.5.1, read as it is written."""

    def parts(text: str) -> tuple[str, set[str], float]:
        name, *rest = text.replace(" ", "").lower().split(";")
        weight = next((float(part[2:]) for part in rest if part.startswith("q=")), 1.0)
        return name, {part for part in rest if not part.startswith("q=")}, weight

    def quality(media_type: str) -> float:
        name, own, _ = parts(media_type)
        found = []
        for wanted_name, parameters, weight in map(parts, accept.split(",")):
            rank = {name: 2, name.split("/")[0] + "/*": 1, "*/*": 0}.get(wanted_name)
            if rank is not None and parameters <= own:
                found.append((rank, len(parameters), weight))
        return max(found)[2] if found else 0.0

    best = max(map(quality, offered))
    return {each for each in offered if quality(each) == best > 0}


@given(headers, offers)
def test_the_choice_is_one_of_the_best_by_the_words_of_the_rfc(
    accept: str, offered: list[str]
) -> None:
    best = reference(accept, offered)
    if best:
        assert choose(accept, offered) in best
    else:
        try:
            found = choose(accept, offered)
        except UnknownFormat:
            return
        assert ";x" in accept.lower().replace(" ", ""), found


@given(headers, offers)
def test_a_best_one_that_is_offered_first_is_chosen_unless_another_is_named(
    accept: str, offered: list[str]
) -> None:
    best = [each for each in offered if each in reference(accept, offered)]
    if best and "*" not in accept and "=" not in accept:
        assert choose(accept, offered) == best[0]


@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from(list('*/;,q=." \\\ta1-é')), max_size=60).map("".join)
)
def test_any_header_is_read(accept: str) -> None:
    assert all(0 <= each.weight <= 1 for each in ranges(accept))
    try:
        assert choose(accept, OFFERED) in OFFERED
    except UnknownFormat:
        assert "q" in accept.lower() or "/" in accept


@pytest.mark.parametrize(
    "piece", ['"', "a/b;", ";", ",", '"\\', "a/b;c=", " ", '";', "a/b;q=0.1,", "*"]
)
def test_long_headers_take_no_time(piece: str) -> None:
    accept = "a/b;x=" + piece * (LONGEST // len(piece) - 10)
    start = time.process_time()
    ranges(accept)
    assert time.process_time() - start < 1  # 8 kB in a second: only what is quadratic is slower


def test_a_header_that_is_too_long_is_refused() -> None:
    with pytest.raises(ParameterError, match=f"more than {LONGEST} characters"):
        choose("a/b," * LONGEST, OFFERED)


# ---- Formats


def test_what_there_is_by_kind() -> None:
    assert wanted(None) == {
        "rows": "application/sparql-results+json",
        "yes-no": "application/sparql-results+json",
        "triples": "text/turtle",
    }
    assert wanted("text/csv") == dict.fromkeys(("rows", "yes-no"), "text/csv; charset=utf-8")
    assert wanted("application/json") == dict.fromkeys(KINDS, "application/json")
    assert wanted("application/rdf+xml, */*;q=0.1")["triples"] == "application/rdf+xml"
    with pytest.raises(UnknownFormat, match=r"there are application/sparql-results\+json, "):
        wanted("image/png")


CLIENTS = {  # what they send, and what they can read
    "rdflib": (
        "application/sparql-results+xml, application/sparql-results+json, "
        "application/rdf+xml, text/turtle", {"rows", "yes-no", "triples"},
    ),
    "SPARQLWrapper": (
        "application/sparql-results+json,application/json,text/javascript,application/javascript",
        {"rows", "yes-no", "triples"},
    ),
    "Comunica": (
        "application/sparql-results+json;q=1.0,application/sparql-results+xml;q=0.7",
        {"rows", "yes-no"},
    ),
    "Jena": (
        "text/turtle,application/n-triples;q=0.9,application/ld+json;q=0.8,"
        "application/rdf+xml;q=0.7,*/*;q=0.3", {"rows", "yes-no", "triples"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("client", CLIENTS)
def test_what_clients_send(client: str) -> None:
    accept, kinds = CLIENTS[client]
    assert set(wanted(accept)) == kinds


NAMES: list[tuple[str, Kind, str]] = [
    ("json", "rows", "json"), ("json", "triples", "jsonld"), ("xml", "triples", "rdfxml"),
    ("xml", "yes-no", "xml"), ("srx", "rows", "xml"), ("srj", "rows", "json"),
    ("csv", "rows", "csv"), ("TSV", "rows", "tsv"), ("ttl", "triples", "turtle"),
    ("text/turtle", "triples", "turtle"), ("rdf+xml", "triples", "rdfxml"),
    ("rdf xml", "triples", "rdfxml"), ("json-ld", "triples", "jsonld"),
    ("n3", "triples", "turtle"), ("nt", "triples", "ntriples"), ("owl", "triples", "rdfxml"),
    ("application/sparql-results json", "rows", "json"), ("text/csv;charset=x", "rows", "csv"),
    ("application/json", "triples", "jsonld"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "kind", "format"), NAMES)
def test_formats_by_name(name: str, kind: Kind, format: str) -> None:
    assert format_of(wanted("image/png", name)[kind], kind).name == format


@pytest.mark.parametrize("name", ["", "table", "parquet", "jsonl", "../x", "\x00", "x" * 5000])
def test_names_of_no_format(name: str) -> None:
    with pytest.raises(UnknownFormat, match="there are json, xml, csv, tsv, turtle") as caught:
        wanted("*/*", name)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("kind", KINDS)
def test_every_media_type_leads_to_a_format_of_the_one_table(kind: Kind) -> None:
    for media_type in media_types(kind):
        found = format_of(media_type, kind)
        assert found in FORMATS and kind in found.kinds and found.engine is not None
    with pytest.raises(UnknownFormat):
        format_of("image/png", kind)
