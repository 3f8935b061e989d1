"""What is shared of a page: its line and cards, the page for frames, and what oEmbed says."""

from __future__ import annotations

import json
import re
from html import unescape
from html.parser import HTMLParser

import pytest

from allgraph.errors import UnknownName
from allgraph.graph import Graph, open_graph
from allgraph.linkeddata.publication import Publication
from allgraph.site import documents, files
from allgraph.site.pages import embedding, pictures, sharing
from allgraph.site.site import Site
from tests.conftest import MakeFolder
from tests.support.serving import Address, fetch, serving

HOME = "https://example.org/kg/"


@pytest.fixture(scope="module")
def site(graph: Graph) -> Site:
    return Site(graph, Publication(HOME))


class Head(HTMLParser):
    """The ``meta`` and ``link`` elements of a page, by name and by rel."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.meta: dict[str, str] = {}
        self.links: dict[str, str] = {}
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "meta":
            self.meta[values.get("property") or values.get("name", "")] = values.get("content", "")
        elif tag == "link":
            self.links[values.get("type") or values["rel"]] = values["href"]


def page_of(site: Site, path: str) -> Head:
    return Head(documents.view_at(site, path).page())


@pytest.mark.parametrize(
    ("path", "title", "begin"),
    [
        ("/page/coco-rocha", "Coco Rocha", "Person. Coco Rocha "),
        ("/page/claim/founding-2011", "The Model Alliance was founded", "According to The Epoch"),
        ("/page/source/model-alliance", "Model Alliance, an article", "Source. "),
    ],
)
def test_a_page_says_what_is_on_it(site: Site, path: str, title: str, begin: str) -> None:
    head = page_of(site, path)
    assert head.meta["og:title"].startswith(title)
    assert head.meta["description"] == head.meta["og:description"]
    assert head.meta["description"].startswith(begin) and len(head.meta["description"]) <= 200
    assert head.meta["og:url"] == head.links["canonical"] == f"{HOME}{path[1:]}"
    assert head.meta["og:site_name"] == site.graph.folder.brand
    assert "og:image" not in head.meta
    is_thing = path.count("/") == 2
    assert ("application/json+oembed" in head.links) == is_thing


def test_every_page_has_a_line_and_how_to_cite_it(site: Site) -> None:
    for name, make in files.PAGES.items():
        page = make(site)
        assert Head(page).meta["description"], name
        assert (b'<section id="cite"' in page) == (name not in ("find", "missing")), name
    home = files.PAGES["home"](site)
    assert Head(home).meta["og:type"] == "website" and b"catalog#dataset" in home


def test_the_page_for_frames_is_short_and_without_scripts(site: Site) -> None:
    view = documents.view_at(site, "/page/karen-elson")
    page = embedding.frame_page(view)
    assert b"<script" not in page and b'<base target="_blank">' in page
    assert len(page) < len(view.page()) / 3
    assert page.count(b'class="sentence"') == embedding.SHOWN
    assert Head(page).meta["robots"] == "noindex"
    assert Head(page).links["canonical"] == f"{HOME}page/karen-elson"
    assert Head(page).meta[""].startswith("default-src 'none'; style-src 'self'")
    assert "Model Alliance, an article" in page.decode()


def test_oembed_has_the_frame_that_the_page_offers(site: Site) -> None:
    view = documents.view_at(site, "/page/coco-rocha")
    words = json.loads(embedding.about_frame(view))
    assert (words["version"], words["type"], words["title"]) == ("1.0", "rich", "Coco Rocha")
    assert f'src="{HOME}embed/page/coco-rocha"' in words["html"]
    assert words["html"] in unescape(view.page().decode())
    small = json.loads(embedding.about_frame(view, (320, 9999)))
    assert (small["width"], small["height"]) == (320, words["height"])
    assert 'width="320"' in small["html"]


@pytest.mark.slow
def test_a_server_shows_what_is_percent_encoded_in_frames(make_folder: MakeFolder) -> None:
    data = 'id:a%2Fb a ag:Person ; rdfs:label "Ann" .'
    folder = make_folder({"data/a.ttl": data}, prefixes=True)
    with serving(folder=folder) as home:
        for path in ("/embed/page/a%252Fb", "/oembed/page/a%252Fb.json"):
            assert b"Ann" in fetch(f"{home}{path}").body


def test_hostile_names_stay_texts(make_folder: MakeFolder) -> None:
    name = "<script>alert(1)</script>\"'&#34; onload=x"
    data = f'id:evil a ag:Person ; rdfs:label """{name}""" .'
    site = Site(open_graph(make_folder({"data/a.ttl": data}, prefixes=True)), Publication(HOME))
    view = documents.view_at(site, "/page/evil")
    for page in (view.page(), embedding.frame_page(view)):
        assert b"<script>alert" not in page and name in unescape(page.decode())
    assert Head(view.page()).meta["og:title"] == name
    html = json.loads(embedding.about_frame(view))["html"]
    assert Head(html.encode()) and html.count('"') % 2 == 0 and "<script" not in html


@pytest.mark.parametrize(
    ("address", "path"),
    [
        (f"{HOME}page/coco-rocha#x", "/page/coco-rocha"),
        (f"{HOME}embed/page/claim/a%20b", "/page/claim/a%20b"),
        ("https://w3id.org/allgraph/id/coco-rocha", "/page/coco-rocha"),
        (f"{HOME}picture/matrix.svg", "/picture/matrix"),
        (f"{HOME}embed/picture/timeline/x", "/picture/timeline/x"),
        (f"{HOME}ask", ""),
        ("https://elsewhere.example/page/coco-rocha", ""),
        ("javascript:alert(1)", ""),
        ("https://w3id.org/allgraph/ns", ""),
    ],
)
def test_the_addresses_of_a_page_lead_to_it(site: Site, address: str, path: str) -> None:
    if path:
        assert sharing.path_shared(site, address) == path
    else:
        with pytest.raises(UnknownName):
            sharing.path_shared(site, address)


def test_a_page_that_is_not_there_has_no_frame(site: Site) -> None:
    for path in ("/page/nobody", "/page/pages/2/coco-rocha", "/page/../x", "/data/coco-rocha.ttl"):
        with pytest.raises(UnknownName):
            documents.view_at(site, path)


def test_a_site_has_the_frames_of_its_things(site: Site) -> None:
    view = documents.view_at(site, "/page/coco-rocha")
    content = dict(documents.files(view))
    assert content["embed/page/coco-rocha/index.html"] == embedding.frame_page(view)
    assert content["oembed/page/coco-rocha.json"] == embedding.about_frame(view)


@pytest.mark.parametrize("name", ["claim/founding-2011", "source/model-alliance"])
def test_what_has_no_frame_as_a_file_has_none_live(site: Site, server: Address, name: str) -> None:
    view = documents.view_at(site, f"/page/{name}")
    assert not [path for path in dict(documents.files(view)) if "embed" in path]
    for make in (embedding.frame_page, embedding.about_frame):
        with pytest.raises(UnknownName, match="no page for frames"):
            make(view)
    url = f"url=https://w3id.org/allgraph/{name}"
    for path in (f"embed/page/{name}", f"oembed/page/{name}.json", f"oembed?{url}"):
        assert fetch(f"{server}/{path}").status == 404, path


def test_the_things_of_a_large_graph_have_no_frames(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = Site(site.graph, site.published)
    monkeypatch.setattr(Site, "is_small", False)
    with pytest.raises(UnknownName, match="more than 20,000 claims"):
        embedding.frame_page(documents.view_at(large, "/page/coco-rocha"))


def test_a_picture_is_framed_with_its_links(site: Site) -> None:
    picture = pictures.at(site, "timeline/model-alliance")
    page = embedding.picture_frame(site, picture).decode()
    assert picture.svg in page and "<script" not in page and '<base target="_blank">' in page
    assert f'<h1><a href="{HOME}page/model-alliance"' in page
    words = json.loads(embedding.about_picture(site, "/picture/timeline/model-alliance", picture))
    assert words["title"] == picture.title and words["width"] > picture.width
    assert f'src="{HOME}embed/picture/timeline/model-alliance"' in words["html"]
    whole = embedding.picture_frame(site, pictures.at(site, "matrix")).decode()
    assert f'<h1><a href="{HOME}"' in whole
    for path in ("none", "votes", "none/model-alliance", "timeline/nobody", ""):
        with pytest.raises(UnknownName):
            pictures.at(site, path)


def test_a_site_has_the_frames_of_its_pictures(site: Site) -> None:
    parts = [part for part in files.parts(site) if getattr(part, "func", None) is files._pictures]
    (content,) = (dict(part()) for part in parts)
    images = {name.removesuffix(".svg") for name in content if name.endswith(".svg")}
    assert len(images) > 5
    assert {name for name in content if not name.endswith(".png")} == {
        name.format(image)
        for image in images
        for name in ("{}.svg", "embed/{}/index.html", "oembed/{}.json")
    }


def test_a_server_lets_frames_have_these_pages_alone(server: Address) -> None:
    framed, other = (fetch(f"{server}{path}page/coco-rocha") for path in ("/embed/", "/"))
    drawn = fetch(f"{server}/embed/picture/matrix")
    for reply in (framed, drawn):
        assert reply.status == 200
        assert "frame-ancestors *" in reply.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in other.headers["content-security-policy"]
    missing = fetch(f"{server}/embed/page/nobody")
    assert missing.status == 404
    assert "frame-ancestors 'none'" in missing.headers["content-security-policy"]


def test_a_server_answers_oembed(server: Address) -> None:
    url = "url=https://w3id.org/allgraph/id/coco-rocha"
    assert fetch(f"{server}/oembed?{url}&format=json&maxwidth=200").json()["width"] == 200
    assert fetch(f"{server}/oembed?{url}&maxwidth=2560&maxheight=1440").json()["width"] == 600
    picture = "url=https://w3id.org/allgraph/picture/matrix.svg&maxheight=99"
    assert fetch(f"{server}/oembed?{picture}").json()["height"] == 99
    assert fetch(f"{server}/oembed?{url}&format=xml").status == 501
    assert fetch(f"{server}/oembed?url=https://elsewhere.example/").status == 404
    assert fetch(f"{server}/oembed").status == 400


def test_a_sitemap_is_the_same_live_and_published(server: Address, site: Site) -> None:
    index = fetch(f"{server}/sitemap.xml")
    assert index.status == 200 and "sitemap-1.xml" in index.text
    listed = re.findall("<loc>(.*?)</loc>", fetch(f"{server}/sitemap-1.xml").text)
    assert len(listed) == len({*listed}) == len(files.listed(site))
    assert not [address for address in listed if "/embed/" in address]
    assert fetch(f"{server}/sitemap-2.xml").status == 404
    assert fetch(f"{server}/robots.txt").text.endswith("/sitemap.xml\n")
    assert fetch(f"{server}/CITATION.cff").text.startswith("cff-version: ")
