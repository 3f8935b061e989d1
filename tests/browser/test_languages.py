"""A page has the names of a language, from a server and as files alike."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from allgraph.graph import open_graph
from allgraph.site.publisher import publish
from tests.support.browser import SCREENSHOTS, Visitor, serving_folder
from tests.support.browser import browser as browser  # fixtures
from tests.support.browser import visitor as visitor
from tests.support.serving import serving
from tests.support.sites import HOME

if TYPE_CHECKING:
    from tests.conftest import MakeFolder

pytestmark = pytest.mark.slow

DATA = """
id:ada a ag:Person ; rdfs:label "Ada Example" ; skos:prefLabel "Ада Пример"@ru .
id:club a ag:Body ; rdfs:label "The Club of Examples" ; skos:prefLabel "Клуб примеров"@ru .
id:bob a ag:Person ; rdfs:label "Bob Example" .
source:s a ag:Source ; rdfs:label "A source" .
claim:a a ag:Claim ; rdf:subject id:ada ; rdf:predicate ag:servedOn ; rdf:object id:club ;
  ag:when "2013"^^edtf:EDTF ; ag:evidence [ oa:hasSource source:s ] .
claim:b a ag:Claim ; rdf:subject id:bob ; rdf:predicate ag:servedOn ; rdf:object id:club ;
  ag:evidence [ oa:hasSource source:s ] .
"""
SHOWN = """() => [document.title, ...Array.from(
    document.querySelectorAll("h1, main a:not(.cite), main svg title, main svg text"),
    (one) => `${one.tagName} ${one.textContent.trim()}`)]"""


def test_titles_and_pictures_are_in_the_language_live_and_as_files(
    visitor: Visitor, make_folder: MakeFolder, tmp_path: Path
) -> None:
    folder = make_folder({"data/x.ttl": DATA}, prefixes=True)
    publish(open_graph(folder), tmp_path / "site", base=HOME, jobs=1)
    options = ("-g", str(folder))
    with serving(*options, "--base", HOME) as live, serving_folder(tmp_path / "site") as static:
        for path in ("page/ada", "page/club", "things/person"):
            shown = []
            for home in (live, static):
                page = visitor.open(f"{home}/{path}?lang=ru")
                expect(page.locator("main [lang=ru]").first).to_be_visible()
                shown.append(page.evaluate(SHOWN))
            assert shown[0] == shown[1], path
            if path == "page/club":
                assert shown[0][0].startswith("Клуб примеров – ")
                assert "text Ада Пример" in shown[0]
                page.screenshot(path=SCREENSHOTS / "language.png")
