"""Links of pages, of messages and docstrings, and of a published site lead somewhere.

Nothing is asked of the network: addresses elsewhere are well formed, and on a host that is known.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import examples
from allgraph.cli import cli
from allgraph.folder import init_folder
from allgraph.graph import open_graph
from allgraph.linkeddata.check.check import check_site
from allgraph.site.publisher import publish

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("deploy", "ontology", "queries", "src")
WORDS = {".html", ".md", ".py", ".rq", ".service", ".toml", ".ttl", ".txt"}
PAGES = [*examples.PAGES, *sorted((ROOT / "src").rglob("*.md"))]
HOSTS = """
ballotpedia.org bioguide.congress.gov creativecommons.org data.europa.eu datasette.io docs.astral.sh
docs.aws.amazon.com docs.stardog.com doi.org en.wikipedia.org eur-lex.europa.eu followthemoney.tech
gexf.net github.com graphml.graphdrawing.org hexdocs.pm id.loc.gov isni.org jena.apache.org
json.schemastore.org keepachangelog.com mapping-commons.github.io modelalliance.org openapi-ts.dev
oembed.com opendatacommons.org opensource.org photojenna.wordpress.com pipx.pypa.io pre-commit.com
purl.org pyoxigraph.readthedocs.io pypi.org rdfs.org schema.org semver.org spdx.org
the-uncensored-wiki.com tools.ietf.org twitter.com viaf.org w3id.org www.apache.org
www.facebook.com www.fec.gov www.govtrack.us www.iana.org www.instagram.com www.loc.gov
www.popoloproject.com www.sitemaps.org www.theepochtimes.com www.w3.org www.wikidata.org
www.youtube.com x.com xmlns.com
""".split()
"""The hosts that pages, messages and the ontology may name."""
EXAMPLE = re.compile(r"[\w…-]*|127\.0\.0\.1|(?:[\w-]+\.)*(?:example|invalid|example\.\w+)|x\.org"
                     r"|elsewhere\.org|example\.git(?:hub|lab)\.io|www\.")  # fmt: skip
"""Hosts in examples: names without a dot, those that RFC 2606 keeps for it, and a few others."""
_FENCED = re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?\)|^\[[^\]]+\]: (\S+)$", re.MULTILINE)
_ADDRESS = re.compile(r"https?://[^\s\"'`<>()\[\]{}|\\,;$*]+")


def links(text: str) -> list[str]:
    return [link[1] or link[2] for link in _LINK.finditer(_FENCED.sub("", text))]


@cache
def anchors(page: Path) -> set[str]:
    """The names of headings in a page, as forges give them."""
    seen: Counter[str] = Counter()
    names = set()
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        name = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        names.add(f"{name}-{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return names


def broken(page: Path) -> list[str]:
    """The links of a page to pages, files and headings that are not there."""
    faults = []
    for link in links(page.read_text(encoding="utf-8")):
        url = urlsplit(link)
        if url.scheme:
            continue
        target = (page.parent / unquote(url.path)).resolve() if url.path else page
        if not target.exists() or (url.fragment and url.fragment not in anchors(target)):
            faults.append(link)
    return faults


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_of_pages_lead_somewhere(page: Path) -> None:
    assert not broken(page)


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A b\n\n[x](#a-b) [x](#c) [x](no.md)\n```text\n[x](no.md)\n```\n")
    assert broken(page) == ["#c", "no.md"]


def texts() -> dict[str, str]:
    """All that is read: pages, and the words of the package and what comes with it, by name."""
    paths = {path for name in SOURCES for path in (ROOT / name).rglob("*")} | {*PAGES}
    return {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(paths)
        if path.is_file() and path.suffix in WORDS
    }


def test_pages_that_messages_and_docstrings_name_are_there() -> None:
    for name, text in texts().items():
        for page, heading in re.findall(r"\b(docs/[\w/-]+\.md)(?:#([\w-]+))?", text):
            assert (ROOT / page).is_file(), f"{name}: {page}"
            assert not heading or heading in anchors(ROOT / page), f"{name}: {page}#{heading}"


def test_commands_that_pages_and_messages_name_are_there() -> None:
    for name, text in texts().items():
        for command in re.findall(r"`allgraph ([a-z][a-z-]+)\b(?! [A-Z])", text):
            assert command in cli.commands, f"{name}: allgraph {command}"


def test_addresses_elsewhere_are_well_formed_and_on_known_hosts() -> None:
    known, used = {*HOSTS}, set()
    for name, text in texts().items():
        for address in _ADDRESS.findall(text):
            url = urlsplit(address.rstrip(".:…"))
            host = url.netloc.rpartition("@")[2].partition(":")[0]
            if EXAMPLE.fullmatch(host):
                continue
            assert host in known, f"{name}: {address}"
            assert not re.search(r"%(?![0-9A-Fa-f]{2})", url.path), f"{name}: {address}"
            used.add(host)
    assert used == known


def test_links_of_a_published_site_lead_somewhere(tmp_path: Path) -> None:
    """All of a small site; `tests/contract/test_journeys.py` has a served one."""
    folder = init_folder(tmp_path / "club", title="Club", base="https://example.org/club/")
    publish(open_graph(folder.root), tmp_path / "site", jobs=1)
    report = check_site(tmp_path / "site", sample=10_000)
    assert [
        each for each in report.findings if each.shape in ("link", "sitemap", "canonical")
    ] == []
    (tmp_path / "site" / "about" / "index.html").unlink()
    assert not check_site(tmp_path / "site", sample=10).ok
