"""The built files of the pages: what they may hold, and that they are those of their sources."""

from __future__ import annotations

import re
from hashlib import sha256

from allgraph.site.assets import asset, assets, named


def test_names_change_with_the_content() -> None:
    for each in assets():
        assert sha256(each.content).hexdigest()[:8] == each.name.split(".")[1]
        assert named(each.name) == each
    assert named("../site.css") is None


def test_the_stylesheet_and_the_scripts_ask_no_other_host_and_make_no_code() -> None:
    for name in ("site.css", "site.js", "network.js"):
        text = asset(name).content.decode().replace("http://www.w3.org/2000/svg", "")  # no address
        assert not re.search(r"https?:|url\(", text)
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacent|\beval\b|Function\(|\.write\(|\.style\b",
            text,
        )
        assert text.isascii() or name == "site.css"


def test_what_the_query_page_loads_is_from_here_alone() -> None:
    for name in ("query.js", "query-worker.js", "editor.js", "views.js"):
        script = asset(name).content.decode()
        assert not re.search(r"\beval\(|[^\w.`]Function\(|importScripts", script)
        imported = re.findall(r"\bimport\(([^)]*)\)", script)
        assert all(re.fullmatch(r"[\w$]+\.dataset\.\w+", place) for place in imported)
        assert len(imported) == (2 if name == "query.js" else 0)
        assert script.isascii()


def test_what_the_query_page_loads_first_is_small() -> None:
    assert len(asset("query.js").content) < 40_000 < len(asset("editor.js").content)
    assert asset("oxigraph.wasm").content[:4] == b"\0asm"
    assert asset("oxigraph.wasm").media_type == "application/wasm"


def test_the_licences_of_what_is_bundled_are_told() -> None:
    assert asset("THIRD-PARTY.txt").content.decode().strip()
    told = asset("THIRD-PARTY.txt").content.decode()
    for name in ("@codemirror/view", "@lezer/lr", "codemirror-lang-sparql", "oxigraph"):
        assert re.search(rf"^{re.escape(name)} \d+\.\d+\.\d+ \(", told, re.MULTILINE)
