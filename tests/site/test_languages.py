"""Names in other languages: what a server puts into pages, and what it leaves alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allgraph.errors import ParameterError
from allgraph.graph import open_graph
from allgraph.site import files, languages
from allgraph.site.pages import lists
from allgraph.site.site import Site
from tests.conftest import BASE
from tests.support.serving import fetch, serving

if TYPE_CHECKING:
    from tests.conftest import MakeFolder

DATA = """
id:ada a ag:Person ; rdfs:label "Ada" ; skos:prefLabel "Ада <b>"@ru, "Ada (CH)"@de-CH, "Adä"@de .
id:bob a ag:Person ; rdfs:label "Bob" ; skos:prefLabel "Боб"@ru .
id:zoë a ag:Person ; rdfs:label "Zoë" ; skos:prefLabel "Зоя"@ru .
id:eve a ag:Person ; rdfs:label "Eve" .
source:s a ag:Source ; rdfs:label "A source" .
claim:c a ag:Claim ; rdf:subject id:ada ; rdf:predicate ag:supported ; rdf:object id:bob ;
  ag:evidence [ oa:hasSource source:s ] .
"""


@pytest.fixture
def folder(make_folder: MakeFolder) -> Path:
    return make_folder({"data/x.ttl": DATA}, prefixes=True)


@pytest.fixture
def site(folder: Path) -> Site:
    return Site(open_graph(folder))


def names(html: str) -> set[tuple[str, str]]:
    """The (path without the parameter, name) of each link that has a name in another language."""
    links = re.findall(r'<a href="([^"]*)"><bdi lang="[^"]*">([^<]*)</bdi></a>', html)
    return {(href.partition("?")[0], unescape(name)) for href, name in links}


def test_a_list_has_the_names_of_a_language(site: Site) -> None:
    assert site.languages == ("de", "de-ch", "ru")
    person = site.kind("person")
    page = lists.things(site, lists.Listed.of(site, person))
    russian = languages.in_language(site, page, "ru").decode()
    wanted = {("id/ada", "Ада <b>"), ("id/bob", "Боб"), ("id/zoë", "Зоя")}
    assert names(russian) == {(site.address(BASE + iri), name) for iri, name in wanted}
    assert ">Eve<" in russian
    assert {name for _, name in names(languages.in_language(site, page, "de").decode())} == {"Adä"}
    swiss = languages.in_language(site, page, "de-ch").decode()
    assert {name for _, name in names(swiss)} == {"Ada (CH)"}


def test_links_stay_in_the_language_and_files_do_not_change(site: Site) -> None:
    page = b'<a href="/a">a</a> <a href="/f?x=1#y">f</a> <a href="/d.ttl">d</a> <a href="#z">z</a>'
    assert languages.in_language(site, page, "ru") == (
        b'<a href="/a?lang=ru">a</a> <a href="/f?x=1&amp;lang=ru#y">f</a> '
        b'<a href="/d.ttl">d</a> <a href="#z">z</a>'
    )


def test_links_with_signs_that_are_escaped_stay_whole(site: Site) -> None:
    page = b'<a href="/page/o&#39;a?x=1&amp;y=2#z">o</a> <a href="/data/o&#39;a.ttl">d</a>'
    html = languages.in_language(site, page, "ru").decode()
    links = [unescape(address) for address in re.findall('href="([^"]*)"', html)]
    assert links == ["/page/o'a?x=1&y=2&lang=ru#z", "/data/o'a.ttl"]


@given(st.text(max_size=60))
def test_a_tag_is_checked(text: str) -> None:
    try:
        assert re.fullmatch("[a-z0-9-]+", languages.checked(text))
    except ParameterError as error:
        assert "language tag" in str(error)


@pytest.fixture
def server(folder: Path) -> Iterator[str]:
    with serving("-g", str(folder)) as address:
        yield address


def test_each_page_is_served_in_a_language(server: str) -> None:
    page = fetch(f"{server}/page/ada?lang=RU").text
    assert '<h1><bdi lang="ru">Ада &lt;b&gt;</bdi></h1>' in page
    assert ("/page/bob", "Боб") in names(page)
    found = fetch(f"{server}/find?q=bob&lang=ru&format=html").text
    assert ("/page/bob", "Боб") in names(found)
    assert '<input type="hidden" name="lang" value="ru">' in found
    assert fetch(f"{server}/find?q={quote('Боб')}").text.count('"Bob"') == 1
    assert "Ada" in fetch(f"{server}/data/ada.csv?lang=ru").text
    assert fetch(f"{server}/page/ada?lang=%22").status == 400
    assert fetch(f"{server}/page/ada?lang=ru&lang=de").status == 400
    assert '<bdi lang="' not in fetch(f"{server}/page/ada?lang=").text


def test_a_site_has_a_file_of_the_names_of_each_language(site: Site) -> None:
    made = dict(files.names_in_languages(site))
    assert made.keys() == {f"languages/{tag}.json" for tag in ("de", "de-ch", "ru")}
    content = made["languages/ru.json"]
    assert isinstance(content, bytes)
    russian = json.loads(content)
    assert russian["/page/ada"] == "Ада <b>"
    assert len(russian) == 3
