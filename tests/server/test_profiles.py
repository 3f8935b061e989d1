"""Content negotiation by profile: the same document in the words of other vocabularies."""

from __future__ import annotations

import os
import re
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allgraph.errors import AllgraphError
from allgraph.graph import Graph
from allgraph.linkeddata import profiles
from allgraph.server.http.negotiation import choose_profile
from allgraph.server.settings import Settings
from allgraph.server.state import load
from tests.conftest import MANIFEST
from tests.linkeddata.test_profiles import OWN, SECRET
from tests.support.serving import Address, fetch, serving
from tests.support.waiting import until

if TYPE_CHECKING:
    from tests.conftest import MakeFolder

IRIS = {"full": "https://w3id.org/allgraph/ns", "eli": "http://data.europa.eu/eli/ontology#",
        "org": "http://www.w3.org/ns/org#",
        "schema": "https://schema.org/"}  # fmt: skip
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
DATA = "/data/coco-rocha.ttl"


def same(graph: Graph, name: str, format: str = "turtle") -> bytes:
    return profiles.profiled(graph, "id:coco-rocha", name).write(format)


@pytest.mark.parametrize("name", ["schema", "org"])
def test_a_profile_is_had_by_header_and_by_parameter(
    server: Address, graph: Graph, name: str
) -> None:
    wanted = same(graph, name)
    iri = IRIS[name]
    by_header = fetch(server + DATA, headers={"Accept-Profile": f"<{iri}>"})
    assert by_header.body == wanted
    for value in (name, f"%3C{iri.replace('#', '%23')}%3E", f"nothing,{name}"):
        answer = fetch(f"{server}{DATA}?_profile={value}")
        assert (answer.status, answer.body) == (200, wanted), value
        assert answer.headers["content-profile"] == f"<{iri}>"
        assert f'<{iri}>; rel="profile"' in answer.headers["link"]
        assert answer.headers["etag"] == by_header.headers["etag"]
    lines = fetch(f"{server}/page/coco-rocha?_profile={name}&_mediatype=application/n-triples")
    assert lines.body == same(graph, name, "nt")


def test_without_one_it_is_the_whole_document(server: Address, graph: Graph) -> None:
    plain = fetch(server + DATA)
    assert plain.headers["content-profile"] == f"<{IRIS['full']}>"
    assert b"ag:evidence" in plain.body
    for asked in ("", "*", "<https://w3id.org/allgraph/ns#>", "<http://x/y>, *;q=0.1"):
        answer = fetch(server + DATA, headers={"Accept-Profile": asked})
        assert (answer.body, answer.headers["etag"]) == (plain.body, plain.headers["etag"])
    assert fetch(f"{server}{DATA}?_profile=full").body == plain.body
    page = fetch(f"{server}/page/coco-rocha", headers={"Accept": BROWSER})
    assert page.type == "text/html"
    assert "content-profile" not in page.headers


def test_a_cache_can_tell_profiles_apart(server: Address) -> None:
    tags = set()
    for name in IRIS:
        answer = fetch(f"{server}{DATA}?_profile={name}")
        assert "Accept-Profile" in answer.headers["vary"]
        etag = answer.headers["etag"]
        tags.add(etag)
        headers = {"Accept-Profile": f"<{IRIS[name]}>", "If-None-Match": etag}
        again = fetch(server + DATA, headers=headers)
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", etag)
        head = fetch(f"{server}{DATA}?_profile={name}", method="HEAD")
        assert (head.status, head.body) == (200, b"")
        for header in ("content-profile", "link", "etag", "content-type", "content-length"):
            assert head.headers[header] == answer.headers[header]
    assert len(tags) == len(IRIS)


def test_a_profile_that_is_not_there(server: Address) -> None:
    answer = fetch(server + DATA, headers={"Accept-Profile": "<http://xmlns.com/foaf/0.1/>"})
    assert (answer.status, answer.json()["type"].partition("#")[2]) == (406, "profile")
    assert all(iri in answer.json()["detail"] for iri in IRIS.values())
    refused = fetch(server + DATA, headers={"Accept-Profile": "<https://schema.org/>;q=0"})
    assert refused.status == 406
    for asked in ("foaf", "schema&_profile=org", "a" * 9000):
        answer = fetch(f"{server}{DATA}?_profile={asked}")
        assert answer.status in (400, 414), asked
    assert "full, eli, org, schema" in fetch(f"{server}{DATA}?_profile=foaf").json()["detail"]
    only = fetch(f"{server}/page/coco-rocha?_profile=org", headers={"Accept": "text/html"})
    assert only.status == 406
    assert fetch(f"{server}/data/coco-rocha.csv?_profile=org").status == 406
    assert fetch(f"{server}/data/nobody.ttl?_profile=org").status == 404
    browser = fetch(f"{server}/page/coco-rocha?_profile=org", headers={"Accept": BROWSER})
    assert (browser.status, browser.type) == (200, "text/turtle")


def test_what_a_vocabulary_has_no_words_for_is_empty(server: Address) -> None:
    answer = fetch(f"{server}/data/ny-2013-s5486.nt?_profile=org")
    assert (answer.status, answer.body) == (200, b"")


def test_a_thing_leads_to_its_document_in_the_profile(server: Address, graph: Graph) -> None:
    for query, headers in (
        ("?_profile=schema", {}),
        ("", {"Accept-Profile": "<https://schema.org/>"}),
    ):
        see = fetch(f"{server}/id/coco-rocha{query}", headers={"Accept": "text/turtle", **headers})
        assert see.status == 303
        assert see.headers["location"].endswith(f"{DATA}?_profile=schema")
        assert fetch(server + f"{DATA}?_profile=schema").body == same(graph, "schema")
    see = fetch(f"{server}/id/coco-rocha?_profile=alt")
    assert see.headers["location"].endswith("/page/coco-rocha?_profile=alt")
    plain = fetch(f"{server}/id/coco-rocha", headers={"Accept": "text/turtle"})
    assert plain.headers["location"].endswith(DATA)


def test_profiles_are_listed(server: Address) -> None:
    link = fetch(server + DATA).headers["link"]
    listed = fetch(f"{server}/page/coco-rocha?_profile=alt")
    assert listed.type == "application/json"
    told = listed.json()
    assert told["resource"] == "https://w3id.org/allgraph/id/coco-rocha"
    assert {each["token"]: each["uri"] for each in told["profiles"]} == IRIS
    assert '<http://www.w3.org/ns/dx/connegp/profile/qsa>; rel="profile"' in listed.headers["link"]
    for header, names, types in (
        (link, ("eli", "org", "schema"), 1),
        (listed.headers["link"], IRIS, 4),
    ):
        pattern = r'<([^>]+)>; rel="alternate"; type="([^"]+)"; formats="([^"]+)"'
        found = re.findall(pattern, header)
        assert len(found) == len(names) * types
        for target, type, iri in found:
            answer = fetch(server + target.removeprefix("/allgraph"))
            assert (answer.status, answer.type) == (200, type), target
            assert answer.headers["content-profile"] == f"<{iri}>"
        for name in IRIS:
            assert f'rel="type"; token="{name}"; anchor="{IRIS[name]}"' in header
    assert fetch(f"{server}/page/nobody?_profile=alt").status == 404


def test_browsers_of_other_sites_may_ask(server: Address) -> None:
    answer = fetch(server + DATA, method="OPTIONS", headers={"Origin": "https://x.org"})
    assert "Accept-Profile" in answer.headers["access-control-allow-headers"]
    answer = fetch(server + DATA, headers={"Origin": "https://x.org"})
    assert "Content-Profile" in answer.headers["access-control-expose-headers"]


def test_a_folder_serves_its_own(make_folder: MakeFolder) -> None:
    more = "".join(
        f"claim:m{n} a ag:Claim ; rdf:subject id:ann ; rdf:predicate ag:servedOn ; rdf:object "
        f'id:board ; ag:when "2{n:03}" ; ag:evidence [ oa:hasSource source:s ] .\n'
        for n in range(230)
    )
    old = 'id:old a ag:Person ; rdfs:label "Old" ; dcterms:isReplacedBy id:ann .\n'
    files = {"data/a.ttl": SECRET + more + old, "queries/profiles/skos.rq": OWN}
    root = make_folder(files, prefixes=True)
    with serving("--base", "https://pub.example.org/kg", folder=root) as address:
        answer = fetch(f"{address}/data/ann.ttl?_profile=skos")
        assert b'skos:prefLabel "Ann"' in answer.body
        assert answer.headers["content-profile"] == "<http://www.w3.org/2004/02/skos/core#>"
        assert "/kg/data/ann.ttl?_profile=schema" in answer.headers["link"]
        assert 'rel="next"' not in answer.headers["link"]
        whole = fetch(f"{address}/data/ann.nt?_profile=schema")
        assert len(re.findall(rb"schema.org/text", whole.body)) > 230
        assert fetch(f"{address}/data/pages/2/ann.ttl").status == 200
        assert fetch(f"{address}/data/pages/2/ann.ttl?_profile=schema").status == 404
        moved = fetch(f"{address}/data/old.ttl?_profile=schema")
        assert (moved.status, moved.headers["location"]) == (
            301,
            "/kg/data/ann.ttl?_profile=schema",
        )
        assert b"claim/a" not in whole.body


def test_what_changes_is_not_304(make_folder: MakeFolder) -> None:
    """Of a profile, or of what the manifest shows first, which is read again on SIGHUP."""
    files = {"data/a.ttl": SECRET, "queries/profiles/skos.rq": OWN}
    root = make_folder(files, prefixes=True)
    profile, manifest = root / "queries/profiles/skos.rq", root / "allgraph.toml"
    with serving(folder=root) as address:
        for path, file, text, when in (
            ("/data/ann.ttl?_profile=skos", profile, OWN.replace("prefLabel", "altLabel"), 4e9),
            ("/", manifest, MANIFEST + "connections = []\nfeatured = ['founders']\n", 5e9),
        ):
            old = fetch(address + path, headers={"Accept": "*/*"})
            file.write_text(text)
            os.utime(file, (when, when))
            os.kill(address.pid, signal.SIGHUP)
            for name, known in (
                ("If-None-Match", old.headers["etag"]),
                ("If-Modified-Since", old.headers["last-modified"]),
            ):
                until(lambda: fetch(address + path, headers={name: known}).status == 200)  # noqa: B023


def test_a_wrong_profile_is_told_when_the_server_starts(make_folder: MakeFolder) -> None:
    root = make_folder({"queries/profiles/x.rq": OWN.replace("CONSTRUCT", "BUILD")})
    with pytest.raises(AllgraphError, match=r"x\.rq"):
        load(Settings(str(root)))


def test_the_document_of_the_api_has_them(server: Address) -> None:
    paths = fetch(f"{server}/openapi.json").json()["paths"]
    for path in ("/id/{name}", "/page/{name}", "/data/{name}.{suffix}", "/ns"):
        named = {each["name"]: each for each in paths[path]["get"]["parameters"]}
        assert named["Accept-Profile"]["in"] == "header"
        assert named["_profile"]["in"] == "query"


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("<https://schema.org/>", "schema"),
        ("<http://schema.org>", "schema"),
        ("schema;q=0.2, org;q=0.7", "org"),
        ("schema, org", "schema"),
        ("<http://x/a,b;c>, org", "org"),
        ("", "full"),
        (" , ", "full"),
        ("*", "full"),
        ("<http://x/>;q=1, *;q=0.5", "full"),
        ("schema;q=0", None),
        ("schema;q=x", None),
        ("<https://schema.org/", "schema"),
        ("<>", None),
        ("<<>>,,;", None),
    ],
)
def test_which_profile_is_chosen(asked: str, name: str | None) -> None:
    assert choose_profile(asked, IRIS) == name


@given(st.text('<>,;q=0.*schemaorg/: "\\', max_size=60))
def test_any_header_is_read(asked: str) -> None:
    assert choose_profile(asked, IRIS) in (*IRIS, None)
