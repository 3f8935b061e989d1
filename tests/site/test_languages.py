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
from tests.site.test_search_index import ask_script
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
    russian = json.loads(content)["names"]
    assert russian["/page/ada"] == "Ада <b>"
    assert len(russian) == 3


DRAWN = [
    ("Ada, person", ["Ada", "+2"], "Ада"),
    ("Ada", ["Ada"], "Ада Лавлейс"),
    ("Ada Lovelace, person", ["Ada", "Lovelace"], "Ада Августа Лавлейс"),
    ("A Talent Protections Act (law), bill", ["A Talent", "Protections Act (l…"], "Закон"),
    ("A law, second, bill", ["A la…"], "Закон, второй, и очень длинный"),
    ("Ada signed a letter", ["Ada"], "Ада"),
    ("Ada", [], "Ада"),
    ("Ada", ["Bob"], "Ада"),
    ("", [""], "Ада"),
]


def test_pictures_are_renamed_by_the_script_as_by_the_server() -> None:
    ours = [[*languages.renamed(*one)] for one in DRAWN]
    assert ours[0] == ["Ада, person", ["Ада", "+2"]]
    assert ours[2] == [
        "Ада Лавлейс, person".replace("Ада", "Ада Августа"),
        ["Ада Августа", "Лавлейс"],
    ]
    assert ours[3] == ["Закон, bill", ["Закон", ""]]
    assert ours[4] == ["Закон, второй, и очень длинный, bill", ["Закон, второй…"]]
    assert all(
        one == [title, lines] for one, (title, lines, _) in zip(ours[5:], DRAWN[5:], strict=True)
    )
    code = "value.map(([title, lines, name]) => renamed(title, lines, name))"
    assert ask_script(code, DRAWN) == ours


def test_titles_and_pictures_have_the_names_of_a_language(site: Site) -> None:
    page = b"""<title>Ada &amp; B \xe2\x80\x93 G</title>
<meta property="og:title" content="Ada &amp; B">
<link rel="canonical" href="%spage/ada"><h1><bdi>Ada &amp; B</bdi></h1>
<svg><a class="x" href="/page/ada"><title>Ada &amp; B, person</title><text x="1">Ada &amp; B</text>
<text>+2</text></a><a href="/page/eve"><title>Eve</title><text>Eve</text></a></svg>"""
    made = languages.in_language(site, page.replace(b"%s", site.home.encode()), "ru").decode()
    name = "Ада &lt;b&gt;"
    assert f"<title>{name} – G</title>" in made
    assert f'og:title" content="{name}"' in made
    assert f"<title>{name}, person</title>" in made
    assert f'<text lang="ru" x="1">{name}</text>\n<text>+2</text>' in made
    assert "<title>Eve</title><text>Eve</text>" in made


def test_many_names_are_in_small_files_that_the_script_chooses_from() -> None:
    many = {f"/page/thing-{at:05}-\u044f": f"\u0418\u043c\u044f {at}" for at in range(5_000)}
    made = dict(languages.files(many))
    assert len(made) > 3
    assert max(map(len, made.values())) < languages._LARGEST + 100
    parts = [json.loads(content) for content in made.values()]
    assert {path: name for part in parts[1:] for path, name in part["names"].items()} == many
    wanted = [*many][::900]
    code = """(async () => {
        const read = [];
        const links = value.wanted.map((path) => ({ getAttribute: () => "/root" + path + "?x#y" }));
        const page = { querySelector: () => null, querySelectorAll: () => links };
        const names = await readNames(page, "ru", "/root", async (address) => {
            read.push(address);
            const part = address.slice("/root/languages/ru".length).replace(/^[/]|.json$/g, "");
            return value.files[Number(part)];
        });
        return [value.wanted.map((path) => names[path]), read.length];
    })()"""
    names, count = ask_script(code, {"wanted": wanted, "files": parts})
    assert names == [many[path] for path in wanted]
    assert count <= len(wanted) + 1
