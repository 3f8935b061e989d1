"""The images of pages for the cards of messengers: which have one, its size, live and as files."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from allgraph.errors import MissingExtra, TooMuch, UnknownName
from allgraph.graph import Graph, open_graph
from allgraph.render import png
from allgraph.server import pages
from allgraph.site.pages import cards, pictures
from allgraph.site.publisher import publish
from allgraph.site.site import Site
from tests.conftest import MANIFEST, MakeFolder
from tests.render.test_png import pixels
from tests.site.test_site import files_of
from tests.site.test_stories import LAW
from tests.support.serving import Address, fetch
from tests.support.sites import BELOW

SHOWN = {
    "index.html": "picture/matrix.png",
    "disagreements/index.html": "picture/disagreement.png",
    "page/ny-2013-s5486/index.html": "picture/timeline/ny-2013-s5486.png",
    "ask/life-of-a-bill/1/index.html": "ask/life-of-a-bill/1.png",
    **{f"paths/{number}/index.html": f"picture/paths/{number}.png" for number in range(1, 5)},
}
"""The pages of the built-in graph that have an image, with its file."""


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The library of the extra is not installed."""
    png._has_font.cache_clear()
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    yield
    png._has_font.cache_clear()


def images(site: dict[str, bytes]) -> dict[str, str]:
    """The files of the images that pages name, by the names of the pages.

    The size that a page tells is that of its file.
    """
    named = {}
    for name, content in site.items():
        page = content.decode() if name.endswith(".html") else ""
        told = dict(re.findall(r'<meta property="og:image:?([a-z]*)" content="([^"]*)">', page))
        large = page.count('<meta name="twitter:card" content="summary_large_image">')
        assert large == bool(told), name
        if told:
            assert told[""].startswith(BELOW) and told["type"] == "image/png"
            named[name] = told[""].removeprefix(BELOW)
            width, height = pixels(site[named[name]])[:2]
            assert (told["width"], told["height"]) == (str(width), str(height)), name
            assert width <= 1200 and height <= 2400 and unescape(told["alt"])
    return named


def test_the_first_page_and_its_stories_have_one(published: Path) -> None:
    assert images(files_of(published)) == SHOWN


def test_files_are_what_a_server_draws(published: Path, live: Address) -> None:
    names = {name for name in files_of(published) if name.endswith(".png")}
    assert names == {*SHOWN.values(), "picture/timeline.png"}
    for name in sorted(names):
        reply = fetch(f"{live}/{name}")
        assert (reply.status, reply.type) == (200, "image/png")
        assert reply.body == (published / name).read_bytes(), name
    for name in ("picture/votes/s5486-labor-committee-vote", "picture/neighbourhood/karen-elson"):
        assert pixels(fetch(f"{live}/{name}.png").body)[0] <= 1200
    assert fetch(f"{live}/ask/founders/1.png").status == 404


def test_all_pictures_are_there_on_request(make_folder: MakeFolder, tmp_path: Path) -> None:
    graph = open_graph(make_folder({"data/x.ttl": LAW}, prefixes=True))
    publish(graph, tmp_path / "some", base=BELOW, jobs=1)
    publish(graph, tmp_path / "all", base=BELOW, jobs=1, png=True)
    some, site = (files_of(tmp_path / name) for name in ("some", "all"))
    shown = {
        "index.html": "picture/timeline.png",
        "page/b/index.html": "picture/timeline/b.png",
        "paths/1/index.html": "picture/paths/1.png",
    }
    assert images(some) == shown
    assert images(site) == {**shown, "page/a/index.html": "picture/timeline/a.png"}
    drawn = {name.removesuffix(".svg") for name in site if re.match("picture/.*[.]svg", name)}
    assert drawn == {name.removesuffix(".png") for name in site if name.endswith(".png")}
    assert len(drawn) > 4


def test_without_the_extra_there_is_none(
    undrawn: None, make_folder: MakeFolder, tmp_path: Path
) -> None:
    graph = open_graph(make_folder({"data/x.ttl": LAW}, prefixes=True))
    publish(graph, tmp_path / "site", base=BELOW, jobs=1)
    site = files_of(tmp_path / "site")
    assert not images(site) and not any(name.endswith(".png") for name in site)
    with pytest.raises(UnknownName, match=r"\[png\].*as SVG"):
        pages.page(Site(graph), "picture", {"picture": "timeline", "suffix": "png"})
    with pytest.raises(MissingExtra):
        publish(graph, tmp_path / "none", base=BELOW, jobs=1, png=True)
    assert not (tmp_path / "none").exists()


def test_a_picture_that_is_too_large_is_left_out(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(png, "LONGEST", 2000)
    picture = pictures.of_graph(Site(graph), "matrix")
    assert cards.of_graph(Site(graph), "matrix") is None
    assert "more than 2,000 characters" in str(cards.file(picture))
    with pytest.raises(TooMuch):
        cards.content(picture)


def test_answers_of_stories_are_those_of_the_manifest(make_folder: MakeFolder) -> None:
    story = '{kind = "answer", question = "bills", example = 2}'
    folder = make_folder(manifest=f"{MANIFEST}stories = [{story}]\n")
    assert Site(open_graph(folder)).answers_in_stories == {("bills", 2)}
