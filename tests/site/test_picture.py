"""The macro of templates that shows a picture, its table and its links."""

from __future__ import annotations

from dataclasses import replace
from html import unescape

from allgraph.graph import Graph
from allgraph.site.site import Site
from allgraph.site.templating import environment
from tests.drawings.test_picture import PICTURE

COCO = "https://w3id.org/allgraph/id/coco-rocha"


def test_a_figure_has_the_image_its_table_and_links(graph: Graph) -> None:
    macro = environment().get_template("picture.html").module.figure  # type: ignore[attr-defined]
    picture = replace(PICTURE, topics=(COCO,), query="SELECT ?s {}", title='"A" & B')
    site = Site(graph)
    html = macro(picture, site)
    assert picture.svg in html
    assert "<bdi>&lt;A.1&gt;</bdi>" in html and "Not drawn: <bdi>1 more</bdi>" in html
    address = f"{site.home}picture/paths/coco-rocha.svg"
    assert f"<code>{address}</code>" in html
    assert 'title="&quot;A&quot; &amp; B"' in unescape(html)  # a line to copy, escaped twice
    assert 'href="#cite"' in html
    assert f'href="{site.root}/data/coco-rocha.ttl"' in html
    assert f'href="{site.root}/query?query=SELECT%20%3Fs%20%7B%7D"' in html
    assert 'tabindex="0"' in html  # there is no link in the image to move to


def test_a_picture_of_the_graph_or_of_several_things(graph: Graph) -> None:
    site = Site(graph)
    assert site.picture_path(PICTURE) == "/picture/paths"
    assert site.picture_path(replace(PICTURE, topics=(COCO, COCO))) == ""
    macro = environment().get_template("picture.html").module.figure  # type: ignore[attr-defined]
    html = macro(replace(PICTURE, topics=("https://elsewhere.example/a",)), site)
    assert "Share" not in html and ">Data<" not in html and "SPARQL" not in html
