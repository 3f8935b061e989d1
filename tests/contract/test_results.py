"""Results in Python: a short `repr`, text, iteration, and the JSON of the other surfaces."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import allgraph
from allgraph.cli.output import as_options
from allgraph.graph import Graph, open_graph
from allgraph.imports.result import Imported
from allgraph.render.brief import LONGEST, Brief
from allgraph.server import api
from allgraph.server.state import Served
from tests.conftest import MakeFolder
from tests.support.commands import run
from tests.support.serving import whole

ENDS = ("Coco Rocha", "Andrew Cuomo")
RESPECT = "RESPECT Program"
SELECT = "SELECT ?name { ?person ag:signedIntoLaw ?bill ; rdfs:label ?name . ?bill a ag:Bill }"
CONSTRUCT = "CONSTRUCT { ?bill rdfs:label ?name } WHERE { ?bill a ag:Bill ; rdfs:label ?name }"

NAMES = [
    *"""
    Graph Folder Catalogue Thing View Answer Row Claim Evidence Timeline Entry Paths Path
    Step Reason Between Shared Neighbourhood Neighbour Ranking Ranked Query Parameter
    Finding Report Document Delivery Imported Published things claims triples
    """.split(),
    "yes or no", "no paths", "a whole timeline",
]  # fmt: skip
"""The names of `results`."""


@cache
def results() -> dict[str, object]:
    """A result of each public class that a graph gives, by the name of the class or another."""
    graph = open_graph()
    claim = allgraph.claims(graph, about="Andrew Cuomo")[0]
    timeline = allgraph.timeline(graph)
    paths = allgraph.paths(graph, *ENDS)
    none = allgraph.paths(graph, *ENDS, max_hops=1)
    between = allgraph.between(graph, "Coco Rocha", "Karen Elson")
    around = allgraph.neighbourhood(graph, "Model Alliance")
    ranking = allgraph.rank(graph)
    founders = graph.queries["founders"]
    answer = graph.ask("campaign-signatories", campaign=RESPECT)
    finding = allgraph.Finding("a.ttl", 1, "Warning", "A long message. " * 99)
    objects: Iterable[object] = (
        graph, graph.folder, graph.queries, graph.find("elson")[0], allgraph.as_of(graph, "2013"
        "-07-01"), answer, answer.rows[0], claim, claim.evidence[0], timeline, timeline.entries[0],
        paths, paths[0], paths[0].steps[0], none.reasons[0], between, between.shared[0], around,
        around.neighbours[0], ranking, ranking.ranked[0], founders, founders.parameters[0], finding,
        allgraph.Report((finding,)), allgraph.profiled(graph, "Andrew Cuomo"),
        allgraph.Delivery(3, 0, None, "http://localhost/query", "gsp"), Imported("members"),
        allgraph.Published(Path("site"), "https://example.org/", ("index.html",), (), 1, 9, 1),
    )  # fmt: skip
    return {
        **{type(one).__name__: one for one in objects},
        "things": graph.find("elson"),
        "claims": allgraph.claims(graph),
        "triples": graph.sparql("CONSTRUCT WHERE { ?s ?p ?o }"),
        "yes or no": graph.sparql("ASK { ?s ?p ?o }"),
        "no paths": none,
        "a whole timeline": allgraph.timeline(graph, RESPECT),
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_result_is_short_and_readable(name: str) -> None:
    one = results()[name]
    shown, text = repr(one), str(one)
    assert len(shown) <= LONGEST and "\n" not in shown
    assert shown.startswith(f"{type(one).__name__}(") and shown.endswith(")")
    assert text and text != shown and " object at 0x" not in text and "Literal" not in text
    as_dict = getattr(one, "as_dict", None)
    assert as_dict or name in ("Graph", "View", "Folder", "Catalogue", "things", "claims")
    assert as_dict is None or json.dumps(as_dict())


def test_every_public_class_with_a_short_repr_is_tried(make_folder: MakeFolder) -> None:
    built = allgraph.build(make_folder({"data/a.ttl": ""}))
    graph = allgraph.open()
    drawn = allgraph.picture(graph, "timeline", RESPECT)
    cited = allgraph.cite(graph, "Karen Elson")
    for one in (built, built.steps[0], built.snapshot, drawn, cited):
        assert len(repr(one)) <= LONGEST
    assert json.dumps(built.as_dict()) and str(built).endswith("MB")
    public = {name for name in allgraph.__all__ if inspect.isclass(getattr(allgraph, name))}
    brief = {name for name in public if issubclass(getattr(allgraph, name), Brief)}
    assert results().keys() == {*NAMES}
    assert brief - {*NAMES} == {"Built", "BuildStep", "Citation", "Picture"}


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("Answer", "Answer(19 rows of thing, name, manner, when, claim, launchClaim)"),
        ("yes or no", "Answer(yes)"),
        ("claims", "Claims(719 claims)"),
        ("Paths", "Paths('Coco Rocha', 'Andrew Cuomo', 5 paths, incomplete)"),
        ("no paths", "Paths('Coco Rocha', 'Andrew Cuomo', 0 paths)"),
        ("Between", "Between('Coco Rocha', 'Karen Elson', 2 shared)"),
        ("Ranking", "Ranking('degree', 20 things, incomplete)"),
        ("Thing", "Thing('id:karen-elson', 'Karen Elson', person)"),
    ],
)
def test_what_a_repr_tells(name: str, facts: str) -> None:
    assert repr(results()[name]) == facts


@pytest.mark.parametrize("name", ["Answer", "Between", "Neighbourhood", "Paths", "Ranking"])
def test_results_are_iterated_over(name: str) -> None:
    one = results()[name]
    assert isinstance(one, (allgraph.Answer, allgraph.Between, allgraph.Neighbourhood,
                            allgraph.Paths, allgraph.Ranking))  # fmt: skip
    assert len(one) == len([*one]) > 1
    assert len({type(each) for each in one}) == 1


def test_triples_are_iterated_over_as_rows() -> None:
    answer = open_graph().sparql(CONSTRUCT)
    assert len([*answer]) == len(answer) > 1
    assert {row.text("predicate") for row in answer} == {
        "http://www.w3.org/2000/01/rdf-schema#label"
    }


def test_a_report_is_true_whatever_it_found() -> None:
    assert allgraph.Report(()) and [*allgraph.Report(())] == []


COMMANDS: Mapping[tuple[str, ...], Callable[[Graph], Any]] = {
    ("ask", "founders", "--body", "Model Alliance"):
        lambda graph: graph.ask("founders", body="Model Alliance"),
    ("sparql", SELECT): lambda graph: graph.sparql(SELECT),
    ("paths", *ENDS, "--limit", "2"): lambda graph: allgraph.paths(graph, *ENDS, limit=2),
    ("between", *ENDS): lambda graph: allgraph.between(graph, *ENDS),
    ("timeline", RESPECT): lambda graph: allgraph.timeline(graph, RESPECT),
    ("rank",): lambda graph: allgraph.rank(graph),
}  # fmt: skip
"""Commands with the calls that return the same."""


@pytest.mark.parametrize("command", COMMANDS)
def test_text_and_dict_are_what_the_command_writes(command: tuple[str, ...]) -> None:
    one = COMMANDS[command](open_graph())
    written, as_json = run(*command), run(*command, "--format", "json")
    assert as_options(f"{one}\n") == written.stdout
    assert one.as_dict() == json.loads(as_json.stdout)


ROUTES: Mapping[tuple[str, ...], Callable[[Graph], Any]] = {
    ("paths", "from=Coco Rocha", "to=Andrew Cuomo", "limit=2"):
        lambda graph: allgraph.paths(graph, *ENDS, limit=2).as_dict(),
    ("between", "from=Coco Rocha", "to=Andrew Cuomo"):
        lambda graph: allgraph.between(graph, *ENDS).as_dict(),
    ("timeline", f"thing={RESPECT}"): lambda graph: allgraph.timeline(graph, RESPECT).as_dict(),
    ("rank",): lambda graph: allgraph.rank(graph).as_dict(),
    ("find", "q=elson"): lambda graph: [thing.as_dict() for thing in graph.find("elson")],
    ("ask",): lambda graph: [question.as_dict() for question in graph.queries.values()],
}  # fmt: skip
"""Routes with the calls that return the same."""


@pytest.mark.parametrize("route", ROUTES)
def test_dicts_are_what_the_server_answers(route: tuple[str, ...]) -> None:
    graph = open_graph()
    pairs = [part.split("=", 1) for part in route[1:]]
    reply = api.answer(Served(graph, "/"), route[0], pairs, "application/json")
    assert ROUTES[route](graph) == json.loads(whole(reply))


def test_iris_are_shortened_by_the_prefixes_of_the_graph(make_folder: MakeFolder) -> None:
    data = """
    id:ada a ag:Person ; rdfs:label "Ada" . id:chess a ag:Body ; rdfs:label "Chess" .
    claim:ada a ag:Claim ; rdf:subject id:ada ; rdf:predicate ag:founded ; rdf:object id:chess ;
        ag:evidence [ a oa:ResourceSelection ; oa:hasSource source:book ] .
    source:book a ag:Source ; rdfs:label "A book" .
    """
    graph = open_graph(make_folder({"data/a.ttl": data}, prefixes=True))
    (claim,) = allgraph.claims(graph, about="Ada")
    given = claim.as_dict()
    assert (given["claim"], given["subject"]) == ("claim:ada", "id:ada")
    assert claim.evidence[0].as_dict() == given["sources"][0]
    assert given["sources"][0]["source"] == "source:book"
    assert graph.find("Ada")[0].as_dict()["curie"] == "id:ada"
    (entry,) = allgraph.timeline(graph).undated
    assert entry.as_dict()["claims"] == [given]
    found = allgraph.paths(graph, "Ada", "Chess")
    assert found[0].as_dict() == found.as_dict()["paths"][0]
    assert found[0].steps[0].as_dict() == found[0].as_dict()["claims"][0]
