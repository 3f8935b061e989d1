"""The table of routes: paths are found, and each surface has the routes of the table alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allgraph.graph import Graph
from allgraph.linkeddata import routes
from allgraph.linkeddata.publication import Publication
from allgraph.linkeddata.routes import BY_NAME, ROUTES, SVG, Route
from allgraph.network import centrality
from allgraph.server import dispatch, openapi
from allgraph.server.state import Served
from allgraph.server.tasks import TASKS
from allgraph.site import documents, downloads, files, webserver_config
from allgraph.site.pages import questions
from allgraph.site.site import Site
from tests.support.serving import Address, fetch

ROOT = Path(__file__).resolve().parents[2]
HOME = "https://example.org/kg/"
VALUES = {
    "name": "coco-rocha", "suffix": "ttl", "kind": "person", "number": "1", "question": "founders",
    "file": "graph.ttl", "scheme": "wikidata", "value": "Q5591303",
    "language": "ru", "picture": "timeline",
}  # fmt: skip
QUERIES = {
    "find": "q=rocha", "suggest": "q=rocha", "show": "thing=Coco+Rocha",
    "paths": "from=Coco+Rocha&to=Karen+Elson",
    "between": "from=Coco+Rocha&to=Karen+Elson", "question": "body=Model+Alliance",
    "sparql": "query=ASK+%7B%7D", "oembed": "url=https://w3id.org/allgraph/id/coco-rocha",
}  # fmt: skip


def address(route: Route) -> str:
    """An address of a route at which there is something."""
    names = {"claim": "founding-2011", "source": "model-alliance", "picture": "timeline/coco-rocha"}
    name = names.get(route.name.partition("-")[0], VALUES["name"])
    suffix = "csv" if route.name in ("example-data", "disagreement-data") else VALUES["suffix"]
    more = {"facet": "years", "value": "2010s"} if "{facet}" in route.path else {}
    more["suffix"] = "svg" if SVG in route.types else suffix
    if route.name == "example-picture":
        more["question"] = "life-of-a-bill"
    return route.path.format_map({**VALUES, "name": name, **more})


def test_names_and_paths_are_each_there_once() -> None:
    assert {*Counter(route.name for route in ROUTES).values()} == {1}
    assert {*Counter(route.path for route in ROUTES).values()} == {1}
    for route in ROUTES:
        holes = re.findall(r"\{(\w+)\}", route.path)
        assert {*holes} <= {parameter.name for parameter in route.parameters}
        assert bool(route.summary) == bool(route.tag)


@given(st.sampled_from(ROUTES), st.text("abc-%é", min_size=1), st.integers(1, 999))
def test_a_route_is_found_by_its_path(route: Route, text: str, number: int) -> None:
    choices = {each.name: each.choices[-1] for each in route.parameters if each.choices}
    names = ("name", "file", "kind", "question", "scheme", "value", "language", "facet")
    path = route.path.format_map({**dict.fromkeys(names, text), "number": number, **choices})
    match = routes.find(path)
    assert match is not None
    found, values = match
    assert found.path.format_map(values) == path
    assert found is route or found.handler == route.handler == "document"


@pytest.mark.parametrize(
    "path", ["", "/nowhere", "/void.csv", "/void/x", "/paths/1/2", "/data/x", "/id/", "//", "/ns/x"]
)
def test_other_paths_are_those_of_no_route(path: str) -> None:
    assert routes.find(path) is None


def test_what_the_table_repeats_is_so() -> None:
    choices = {
        (route.name, each.name): each.choices for route in ROUTES for each in route.parameters
    }
    assert choices["rank", "by"] == tuple(centrality.MEASURES)
    assert choices["example-data", "suffix"] == questions.ROWS + questions.TRIPLES
    assert choices["download", "file"] == (*downloads.NAMES, "SHA256SUMS")


# ---- The server


def test_the_server_has_the_handlers_of_the_table_and_no_others() -> None:
    handlers = {route.handler for route in ROUTES if route.handler}
    assert dispatch.HANDLERS.keys() <= handlers
    assert handlers - dispatch.HANDLERS.keys() - {"sparql", "metrics"} <= TASKS.keys()


@pytest.mark.parametrize("route", [r for r in ROUTES if r.handler], ids=lambda route: route.name)
def test_the_server_answers_at_every_route(server: Address, route: Route) -> None:
    if route.name == "asset":
        page = fetch(f"{server}/").text
        path = re.findall(r"/assets/[^\"]+", page)[0]
    else:
        path = address(route)
    reply = fetch(f"{server}{path}?{QUERIES.get(route.name, '')}", headers={"Accept": "*/*"})
    leading_on = ("sparql", "thing", "claim", "source", "by")
    statuses = {200, 303} if route.name in leading_on else {200}
    assert reply.status in statuses
    if route.tag:
        assert reply.status in route.statuses
    if reply.status == 200 and route.types and not route.kinds:
        assert reply.type.partition(";")[0] in route.types


@pytest.mark.parametrize("route", [r for r in ROUTES if not r.handler], ids=lambda r: r.name)
def test_the_server_has_nothing_that_is_for_files_alone(server: Address, route: Route) -> None:
    assert fetch(f"{server}{address(route)}").status == 404


def test_the_document_has_every_route_with_a_tag_and_no_other(graph: Graph) -> None:
    documented = openapi.document(Served(graph, "/"))["paths"]
    tagged = {route.path: route for route in ROUTES if route.tag and route.name != "question"}
    questions = {f"/ask/{name}" for name in graph.queries}
    assert documented.keys() == tagged.keys() | questions
    for path, route in tagged.items():
        assert documented[path]["get"]["operationId"].lower() == route.name.replace("-", "")
        assert [method.upper() for method in documented[path]] == list(route.methods)


# ---- The published site


@pytest.fixture(scope="module")
def published(graph: Graph) -> Mapping[str, bytes]:
    """The files of the built-in graph, and those of one document of each space."""
    site = Site(graph, Publication(HOME, f"{HOME}sparql"))
    base = graph.folder.base
    iris = [base + rest for rest in
            ("id/coco-rocha", "claim/founding-2011", "source/model-alliance")]  # fmt: skip
    about = (
        file for view in documents.document_views(site, iris) for file in documents.files(view)
    )
    contents = dict([*(file for part in files.parts(site) for file in part()), *about])
    return {name: content for name, content in contents.items() if isinstance(content, bytes)}


def path_of(file: str) -> str:
    """The path at which a file of a site is."""
    return f"/{file.removesuffix('index.html').rstrip('/')}"


def test_every_file_is_at_a_route_that_is_published(published: Mapping[str, bytes]) -> None:
    beside = {".nojekyll", *webserver_config.files("https://b.example/", HOME)}
    found = set()
    for name in published.keys() - beside:
        match = routes.find(path_of(name))
        assert match is not None, name
        route, values = match
        assert route.is_published and route.file(**values) == name
        found.add(route.name)
    by_the_publisher = {"download", "sitemap", "sitemap-part"}
    names = {route.name for route in ROUTES if route.is_published}
    # Those that need more of something: things on a page, languages, or claims in the graph.
    rare = {"more-things", "more-disagreements", "more-of-facet", "language", "neighbourhood"}
    rare.add("language-part")
    names -= rare - found
    assert {BY_NAME[name].handler for name in names - found - by_the_publisher} <= {"document"}
    assert found <= names


def test_every_link_of_a_page_leads_to_a_route(published: Mapping[str, bytes]) -> None:
    for name, content in published.items():
        if name.endswith(".html"):
            for link in re.findall(rb'(?:href|src|action)="/kg(/[^"?#]*)', content):
                assert routes.find(unquote(link.decode())), (name, link)


# ---- The rules for web servers


def test_the_rules_know_the_paths_of_the_table() -> None:
    tops = {route.top for route in ROUTES if route.is_published}
    assert {*webserver_config.TOP} - tops == {"void.ttl"}
    assert tops - {*webserver_config.TOP} == {
        "", "ns", "shapes",  # which have rules of their own, as have their data
        "ns.{suffix}", "shapes.{suffix}", "catalog.{suffix}",
        "void.{suffix}", "service.{suffix}", "sitemap-{number}.xml",
    }  # fmt: skip
    assert webserver_config.NEGOTIATED == ("ns", "shapes", "catalog")


@pytest.mark.parametrize(
    "template",
    sorted((ROOT / "src/allgraph/site/templates/webserver").iterdir()),
    ids=lambda path: path.name,
)
def test_no_template_of_rules_lists_the_paths_of_pages(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    own = {
        "page",
        "data",
        "assets",
        "embed",
        "catalog",
        ".well-known",
    }  # which have rules of their own
    for top in {*webserver_config.TOP} - own:
        assert f"/{top}" not in text.replace("/404.html", ""), top
