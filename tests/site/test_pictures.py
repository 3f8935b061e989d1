"""Addresses of pictures, live and as files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from allgraph.drawings.draw import KINDS, OF_GRAPH, picture
from allgraph.errors import InputError, ParameterError, TooMuch, UnknownName
from allgraph.graph import Graph
from allgraph.linkeddata.routes import PICTURES
from allgraph.site.pages import pictures
from allgraph.site.site import Site
from tests.support.serving import Address, fetch

BILL = "/picture/track/ny-2013-s5486.svg"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/picture/matrix.svg", "People and what they share"),
        ("/picture/timeline.svg", "Timeline"),
        (BILL, "The track of S.5486"),
        ("/picture/votes/s5486-labor-committee-vote.svg", "15 votes stated"),
        ("/picture/neighbourhood/karen-elson.svg", "Karen Elson and what is around it"),
        ("/picture/paths/1.svg", "is connected to"),
    ],
)
def test_a_server_draws_pictures(live: Address, path: str, words: str) -> None:
    reply = fetch(f"{live}{path}")
    assert (reply.status, reply.type) == (200, "image/svg+xml")
    assert words in reply.text and reply.text.startswith("<svg ")
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    again = fetch(f"{live}{path}", headers={"If-None-Match": reply.headers["etag"]})
    assert again.status == 304


@pytest.mark.parametrize(
    "path",
    [
        "/picture/none.svg", "/picture/votes.svg", "/picture/votes/karen-elson.svg",
        "/picture/track/nobody.svg", "/picture/paths/99.svg", "/picture/matrix/%00.svg",
        "/picture/matrix/pages/2/karen-elson.svg", "/picture/paths/karen-elson.svg",
    ],
)  # fmt: skip
def test_what_there_is_not_is_not_found(live: Address, path: str) -> None:
    assert fetch(f"{live}{path}").status == 404


def test_files_are_what_a_server_draws(published: Path, live: Address) -> None:
    names = sorted(
        path.relative_to(published).as_posix() for path in published.glob("picture/**/*.svg")
    )
    assert "picture/matrix.svg" in names and "picture/paths/1.svg" in names
    assert "picture/neighbourhood/karen-elson.svg" in names
    assert "picture/neighbourhood/shalom-harlow.svg" in names
    for name in names:
        here = fetch(f"{live}/{name}").text
        there = (published / name).read_text("utf-8")
        assert there.replace('href="/kg/', 'href="/') == here, name


def test_a_page_shares_the_picture_that_has_a_file(published: Path) -> None:
    pages = {name: (published / "page" / name / "index.html").read_text("utf-8")
             for name in ("karen-elson", "doutzen-kroes")}  # fmt: skip
    address = re.compile(r"<code>(https://example.org/kg/picture/[^<]*\.svg)</code>")
    shared = address.findall(pages["karen-elson"])
    assert "https://example.org/kg/picture/neighbourhood/karen-elson.svg" in shared
    for each in shared:
        assert (published / each.removeprefix("https://example.org/kg/")).is_file()
    assert not address.findall(pages["doutzen-kroes"])
    assert (
        "https://example.org/kg/page/doutzen-kroes#picture-neighbourhood" in pages["doutzen-kroes"]
    )


def test_of_a_large_graph_there_is_the_matrix_alone(graph: Graph) -> None:
    site = Site(graph)
    site.__dict__["is_small"] = False
    assert pictures.of_graph(site, "matrix").kind == "matrix"
    with pytest.raises(TooMuch, match="too large"):
        pictures.of_graph(site, "timeline")
    with pytest.raises(UnknownName, match="nobody"):
        pictures.of_thing(site, "matrix", "nobody")


def test_kinds_are_those_of_the_routes(graph: Graph) -> None:
    assert (KINDS, OF_GRAPH) == (PICTURES, PICTURES[:4])
    for kind in OF_GRAPH:
        assert picture(graph, kind).kind == kind
    with pytest.raises(ParameterError, match="choose one of"):
        picture(graph, "map")
    with pytest.raises(ParameterError, match="name one"):
        picture(graph, "track")
    with pytest.raises(InputError, match="nothing to draw for Karen Elson"):
        picture(graph, "votes", "Karen Elson")
