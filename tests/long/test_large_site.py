"""A graph with 250,000 claims of one source: no page of it takes longer than a query may."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from allgraph.rdf.terms import AG, OA, RDF, RDFS
from tests.support import serving as server
from tests.support.waiting import FOREVER

pytestmark = pytest.mark.long
CLAIMS, THINGS = 250_000, 50_000
BASE = "https://example.org/"
PAGES = (
    "page/source/register", "page/pages/600/source/register", "page/pages/1250/source/register",
    "data/source/register.ttl", "data/pages/600/source/register.jsonld", "page/p0",
    "page/pages/60/p0", "page/p1", "page/claim/c1", "things", "things/person",
    "things/person/20", "ask/from-source?source=source:register", "ask/single-source",
    "ask/from-source?source=source:register&format=html", "ask/single-source?format=html",
    "ask/single-source?thing=id:p0&sources=1&limit=500", "find?q=thing",
    "about", "catalog", ".well-known/void", "ns",
)  # fmt: skip


def write(folder: Path) -> None:
    """Write a graph folder: things, one of which is in a tenth of the claims, and their source."""
    chosen = random.Random(7)
    (folder / "data").mkdir()
    (folder / "allgraph.toml").write_text(f'format = 1\ntitle = "R"\nbase = "{BASE}"\n')
    with (folder / "data" / "all.nt").open("w") as out:
        source = f"<{BASE}source/register>"
        out.write(f"{source} <{RDF}type> <{AG}Source> .\n")
        for n in range(THINGS):
            thing = f"<{BASE}id/p{n}>"
            kind = "Person" if n % 20 else "Organization"
            out.write(f"{thing} <{RDF}type> <{AG}{kind}> .\n{thing} <{RDFS}label> 'Thing {n}' .\n"
                      .replace("'", '"'))  # fmt: skip
        for n in range(CLAIMS):
            claim, evidence = f"<{BASE}claim/c{n}>", f"<{BASE}claim/c{n}#0123456789abcdef>"
            body = chosen.randrange(0, THINGS, 20) if n % 10 else 0
            out.write(
                f"{claim} <{RDF}type> <{AG}Claim> .\n"
                f"{claim} <{RDF}subject> <{BASE}id/p{chosen.randrange(THINGS)}> .\n"
                f"{claim} <{RDF}predicate> <{AG}servedOn> .\n"
                f"{claim} <{RDF}object> <{BASE}id/p{body}> .\n"
                f"{claim} <{AG}evidence> {evidence} .\n{evidence} <{OA}hasSource> {source} .\n"
            )


def test_no_page_of_250_000_claims_times_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path)
    monkeypatch.setattr(server, "PATIENCE", FOREVER)  # while the graph is loaded
    with server.serving("--quiet", folder=tmp_path, before=("--timeout", "10")) as address:
        for page in PAGES:
            answer = server.fetch(f"{address}/{page}")
            assert answer.status == 200, (page, answer.body)
