"""Paths between things, as people, programs and scripts meet them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise
from typing import Any

import networkx
import numpy as np
import pytest

import allgraph
from allgraph.errors import DateError, ParameterError, UnknownFormat, UnknownName
from allgraph.graph import Graph, open_graph
from allgraph.model.columns import Columns
from allgraph.model.strings import Texts
from allgraph.network.centrality import MEASURES
from allgraph.network.neighbourhood import neighbourhood
from allgraph.network.path_results import Paths
from allgraph.network.paths import paths
from allgraph.network.search import PathFilter, Rules, Search
from allgraph.network.shared import between
from tests.conftest import MakeFolder
from tests.support.commands import run

GOLDEN: dict[tuple[str, str], tuple[str, str]] = {
    ("Coco Rocha", "Andrew Cuomo"): (
        """\
Coco Rocha was listed as a key person of the Model Alliance (date not stated).
In October 2013 the Model Alliance announced that Andrew Cuomo signed New York's child model \
legislation of 2013 into law.""",
        """\
In October 2013 the Model Alliance announced that Andrew Cuomo signed New York's child model \
legislation of 2013 into law.
The Model Alliance had Coco Rocha listed as a key person (date not stated).""",
    ),
    ("Karen Elson", "New York child model law"): (
        """\
Karen Elson was listed as a key person of the Model Alliance (date not stated).
In October 2013 the Model Alliance announced that Andrew Cuomo signed New York's child model \
legislation of 2013 into law.
Andrew Cuomo signed New York Senate bill S.5486 into law on 21 October 2013.
New York Senate bill S.5486 became law as New York's child model law on 21 October 2013.""",
        """\
New York's child model law came from New York Senate bill S.5486 on 21 October 2013.
New York Senate bill S.5486 was signed into law by Andrew Cuomo on 21 October 2013.
In October 2013 the Model Alliance announced that Andrew Cuomo signed New York's child model \
legislation of 2013 into law.
The Model Alliance had Karen Elson listed as a key person (date not stated).""",
    ),
    ("Shalom Harlow", "RESPECT Program"): (
        """\
Shalom Harlow has served on the Model Alliance Advisory Board (as of August 2017).
The Model Alliance Advisory Board has had James Scully serve on it (date not stated).
James Scully spoke at the Copenhagen Fashion Summit.
The Copenhagen Fashion Summit saw the presentation of the RESPECT Program in May 2018.""",
        """\
The RESPECT Program was presented at the Copenhagen Fashion Summit in May 2018.
The Copenhagen Fashion Summit had James Scully as a speaker.
James Scully has served on the Model Alliance Advisory Board (date not stated).
The Model Alliance Advisory Board has had Shalom Harlow serve on it (as of August 2017).""",
    ),
    ("Jeffrey Klein", "Diane Savino"): (
        """\
Jeffrey Klein made the announcement of the child model legislation by Senators Klein and Savino.
The announcement of the child model legislation by Senators Klein and Savino was made by Diane \
Savino.""",
        """\
Diane Savino made the announcement of the child model legislation by Senators Klein and Savino.
The announcement of the child model legislation by Senators Klein and Savino was made by Jeffrey \
Klein.""",
    ),
    ("Sara Ziff", "Kathy Hochul"): (
        """\
Sara Ziff made the announcement of the Fashion Workers Act.
The announcement of the Fashion Workers Act is part of the history of the legislation of the \
Fashion Workers Act on 25 March 2022.
The legislation of the Fashion Workers Act is carried by New York Senate bill S.9832.
New York Senate bill S.9832 was signed into law by Kathy Hochul on 21 December 2024.""",
        """\
Kathy Hochul signed New York Senate bill S.9832 into law on 21 December 2024.
New York Senate bill S.9832 carries the legislation of the Fashion Workers Act.
The history of the legislation of the Fashion Workers Act includes the announcement of the Fashion \
Workers Act on 25 March 2022.
The announcement of the Fashion Workers Act was made by Sara Ziff.""",
    ),
    ("id:ny-2013-s5486", "id:ny-2013-a7787"): (
        """\
New York Senate bill S.5486 took the place of New York Assembly bill A.7787 on 12 June 2013.""",
        """\
New York Assembly bill A.7787 was substituted by New York Senate bill S.5486 on 12 June 2013.""",
    ),
    ("Edie Campbell", "New York Fashion Workers Act (legislation)"): (
        """\
Edie Campbell was listed as a key person of the Model Alliance (date not stated).
The Model Alliance supported the legislation of the Fashion Workers Act (date not stated).""",
        """\
The legislation of the Fashion Workers Act was supported by the Model Alliance (date not stated).
The Model Alliance had Edie Campbell listed as a key person (date not stated).""",
    ),
    ("Sara Ziff", "id:model-alliance-study"): (
        """\
Sara Ziff is an author of the study of extreme thinness standards in the fashion industry.""",
        """\
The study of extreme thinness standards in the fashion industry has Sara Ziff among its authors.""",
    ),
}


@pytest.mark.parametrize(("a", "b"), GOLDEN)
def test_paths_read_well_in_both_directions(graph: Graph, a: str, b: str) -> None:
    there, back = GOLDEN[a, b]
    assert str(paths(graph, a, b, limit=1)[0]) == there
    assert str(paths(graph, b, a, limit=1)[0]) == back


def test_every_step_is_a_claim_with_its_sources(graph: Graph) -> None:
    found = allgraph.paths(graph, "Coco Rocha", "Andrew Cuomo", limit=20)
    assert len(found) == 20 and not found.complete and "`limit`" in found.limits[0]
    for path in found:
        assert all(step.claim.evidence for step in path.steps)
        assert path.evidence and len(path.claims) == len(path)
    lengths = [len(path) for path in found]
    assert lengths == sorted(lengths)


def test_json_has_the_documented_shape(graph: Graph) -> None:
    found = paths(graph, "Coco Rocha", "Andrew Cuomo", limit=2, as_of="2014-01-01", together=True)
    told = json.loads(found.write("json"))
    assert told["from"] == "id:coco-rocha" and told["to"] == "id:andrew-cuomo"
    assert told["asOf"] == "2014-01-01" and told["reasons"] == []
    path = told["paths"][0]
    assert set(path) == {"length", "certainty", "together", "things", "claims"}
    assert path["certainty"] in ("certain", "possible")
    assert set(path["together"]) == {"notBefore", "notAfter"}
    step = path["claims"][0]
    assert {
        "claim", "subject", "predicate", "object", "forward", "sentence", "when", "bounds",
        "certainty", "disputed", "rivals", "sources",
    } <= set(step)  # fmt: skip
    assert {"source", "title", "place", "reading"} <= set(step["sources"][0])
    plain = json.loads(paths(graph, "Coco Rocha", "Andrew Cuomo", limit=1).write("json"))
    assert plain["paths"][0]["certainty"] is None and plain["paths"][0]["together"] is None


def test_edges_of_a_claim_about_a_claim_have_ids_of_their_own(graph: Graph) -> None:
    written = paths(graph, "Model Alliance", "Andrew Cuomo", limit=10).write("graphml").decode()
    ids = re.findall(r'<edge id="([^"]*)"', written)
    announced = "claim:model-alliance-announced-signing"
    assert len({*ids}) == len(ids)
    assert {announced, f"{announced}_x20_2"} <= {*ids}


def test_graphml_is_read_back(graph: Graph) -> None:
    found = paths(graph, "Coco Rocha", "Andrew Cuomo", limit=3)
    network = networkx.read_graphml(BytesIO(found.write("graphml")), force_multigraph=True)
    assert {edge["claim"] for *_, edge in network.edges(data=True)} == {
        claim.iri for path in found for claim in path.claims
    }
    assert network.nodes["id:coco-rocha"]["label"] == "Coco Rocha"
    assert networkx.has_path(network.to_undirected(), "id:coco-rocha", "id:andrew-cuomo")


def test_an_unknown_format_is_refused(graph: Graph) -> None:
    with pytest.raises(UnknownFormat, match="“gif”; choose one of text, json, graphml"):
        paths(graph, "Coco Rocha", "Andrew Cuomo").write("gif")


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"a": "Nobody Atall"}, UnknownName, "nothing is named"),
        ({"b": "Coco Rocha"}, ParameterError, "this is one: Coco Rocha"),
        ({"max_hops": 0}, ParameterError, "from 1 to 16"),
        ({"max_hops": 17}, ParameterError, "from 1 to 16"),
        ({"limit": 0}, ParameterError, "from 1 to 1000"),
        ({"hub_limit": 0}, ParameterError, "1 or more"),
        ({"as_of": "2013"}, DateError, "not one day"),
        ({"via": "no-such-thing"}, UnknownName, "nothing is named"),
        ({"via": ["Person"] * 7}, ParameterError, "at most 6 names"),
    ],
)
def test_what_cannot_be_asked_is_an_error(
    graph: Graph, given: dict[str, Any], error: type[Exception], words: str
) -> None:
    asked = {"a": "Coco Rocha", "b": "Andrew Cuomo"} | given
    with pytest.raises(error, match=re.escape(words)):
        paths(graph, asked.pop("a"), asked.pop("b"), **asked)


ROCHA = ("Coco Rocha", "Andrew Cuomo")


@pytest.mark.parametrize(
    ("given", "rules", "relax"),
    [
        ({"max_hops": 1}, {"max-hops"}, "allow more with `max_hops` 2"),
        ({"max_hops": 2, "hub_limit": 5}, {"hub"}, "pass it with `via` id:model-alliance"),
        ({"max_hops": 2, "as_of": "2013-01-01"}, {"max-hops", "as-of"},
         "leave out `as_of`, or give another day"),
        ({"max_hops": 2, "without": "Model Alliance"}, {"max-hops", "without"},
         "leave out `without` id:model-alliance"),
        ({"max_hops": 2, "without": "announced"}, {"max-hops", "without"},
         "leave out `without` ag:announced"),
        ({"max_hops": 2, "via": "Campaign"}, {"max-hops", "via"}, "leave out `via` ag:Campaign"),
        ({"max_hops": 2, "via": "Campaign", "hub_limit": 1}, {"several", "hub", "via"},
         "leave out `via` ag:Campaign"),
    ],
)  # fmt: skip
def test_not_connected_has_reasons(
    graph: Graph, given: dict[str, Any], rules: set[str], relax: str
) -> None:
    found = paths(graph, *ROCHA, **given)
    assert not found.paths and found.complete
    assert {reason.rule for reason in found.reasons} == rules
    assert relax in {reason.relax for reason in found.reasons}


def test_what_relaxes_a_rule_gives_a_path(graph: Graph) -> None:
    assert paths(graph, *ROCHA, max_hops=2, hub_limit=5, via="Model Alliance").paths
    assert paths(graph, *ROCHA, max_hops=2).paths


CLUBS = """
id:ada a ag:Person ; rdfs:label "Ada" .
id:bob a ag:Person ; rdfs:label "Bob" .
id:club a ag:Organization ; rdfs:label "the club" .
id:team a ag:Organization ; rdfs:label "the team" .
id:town a ag:Place ; rdfs:label "the town" .
id:alone a ag:Person ; rdfs:label "Alone" .
source:book a ag:Source ; rdfs:label "a book" .
"""


def claim(name: str, s: str, p: str, o: str, when: str = "", more: str = "") -> str:
    date = f'ag:when "{when}"^^edtf:EDTF ;' if when else ""
    return (
        f"claim:{name} a ag:Claim ; rdf:subject {s} ; rdf:predicate {p} ; rdf:object {o} ; {date}"
        f" {more} ag:evidence [ a oa:ResourceSelection ; oa:hasSource source:book ] .\n"
    )


def clubs(make_folder: MakeFolder, *claims: str, **options: Any) -> Graph:
    files = {"data/clubs.ttl": CLUBS + "".join(claims)}
    manifest = {name: options.pop(name) for name in ("manifest",) if name in options}
    return open_graph(make_folder(files, prefixes=True, **manifest), **options)


def the_reason(found: Paths) -> tuple[str, str]:
    assert not found.paths
    (reason,) = found.reasons
    return reason.rule, str(reason)


def test_places_are_no_stepping_stones_unless_asked_for(make_folder: MakeFolder) -> None:
    graph = clubs(
        make_folder,
        claim("a", "id:ada", "ag:basedIn", "id:town"),
        claim("b", "id:bob", "ag:basedIn", "id:town"),
    )
    rule, told = the_reason(paths(graph, "Ada", "Bob"))
    assert rule == "kind" and "goes through the town" in told and "`via` id:town" in told
    for via in ("the town", "Place", "ag:Place"):
        assert len(paths(graph, "Ada", "Bob", via=via)) == 1
    assert len(paths(graph, "Ada", "the town")) == 1


def test_a_common_time_can_be_missing(make_folder: MakeFolder) -> None:
    graph = clubs(
        make_folder,
        claim("a", "id:ada", "ag:servedOn", "id:club", "2001/2003"),
        claim("b", "id:bob", "ag:servedOn", "id:club", "2005/2007"),
    )
    assert the_reason(paths(graph, "Ada", "Bob", together=True))[0] == "together"
    assert paths(graph, "Ada", "Bob")[0].span is None


def test_the_common_time_is_shown(make_folder: MakeFolder) -> None:
    graph = clubs(
        make_folder,
        claim("a", "id:ada", "ag:servedOn", "id:club", "2001-05-01/2006-01-01"),
        claim("b", "id:bob", "ag:servedOn", "id:club", "2005-02-03/2007"),
    )
    found = paths(graph, "Ada", "Bob", together=True)
    assert found[0].certainty == "certain" and found[0].span == ((2005, 2, 3), (2006, 1, 1))
    told = found.write(width=200).decode()
    assert "certainly at a common time, between 3 February 2005 and 1 January 2006" in told


@pytest.mark.parametrize("limit", [1, 3, 20])
def test_the_longest_common_time_comes_first(make_folder: MakeFolder, limit: int) -> None:
    """Also before things with fewer ties, and before what is only possible."""
    terms = ("2001-01-01/2003-01-03", "2003-01-03/2009-01-03", "2009-01-03/2010-01-03")
    graph = clubs(
        make_folder,
        *(
            claim(f"{person}{n}", f"id:{person}", "ag:servedOn", "id:club", when)
            for person in ("ada", "bob")
            for n, when in enumerate((*terms, "2005"))
        ),
        claim("x", "id:ada", "ag:servedOn", "id:team", "2001-01-01/2001-12-01"),
        claim("y", "id:bob", "ag:servedOn", "id:team", "2001-12-01/2001-12-31"),
    )
    found = paths(graph, "Ada", "Bob", together=True, limit=limit)
    names = [tuple(graph.prefixes.shorten(c.iri)[-1] for c in path.claims) for path in found]
    best = [("1", "1"), ("0", "0"), ("2", "2")]
    assert names[:3] == best[:limit]
    one_day = {("0", "1"), ("1", "0"), ("1", "2"), ("2", "1"), ("x", "y")}
    if limit > len(best) + len(one_day):
        assert set(names[3:8]) == one_day and names[3] == ("x", "y")
        certain = [path.certainty == "certain" for path in found]
        assert certain == sorted(certain, reverse=True)


def test_deprecated_claims_join_nothing(make_folder: MakeFolder) -> None:
    graph = clubs(
        make_folder, claim("a", "id:ada", "ag:signed", "id:club", more="ag:rank ag:Deprecated ;")
    )
    rule, told = the_reason(paths(graph, "Ada", "the club"))
    assert rule == "deprecated" and "Ada signed the club" in told


def test_what_nothing_joins_says_so(make_folder: MakeFolder) -> None:
    graph = clubs(
        make_folder,
        claim("a", "id:ada", "ag:servedOn", "id:club"),
        claim("b", "id:bob", "ag:servedOn", "id:team"),
    )
    assert the_reason(paths(graph, "Ada", "Bob"))[0] == "nothing"
    assert "no claim joins Alone to anything" in the_reason(paths(graph, "Ada", "Alone"))[1]
    rule, told = the_reason(paths(graph, "Ada", "claim:a"))
    assert rule == "claim" and told.startswith("“claim:a” is a claim")


def test_sensitive_claims_are_not_hinted_at(make_folder: MakeFolder) -> None:
    graph = clubs(
        make_folder,
        claim("a", "id:ada", "ag:servedOn", "id:club", more="ag:sensitive true ;"),
        claim("b", "id:bob", "ag:servedOn", "id:club"),
        claim("c", "id:ada", "ag:servedOn", "id:team"),
    )
    assert the_reason(paths(graph, "Ada", "Bob"))[0] == "nothing"
    shown = open_graph(graph.folder.root, include_sensitive=True)
    assert len(paths(shown, "Ada", "Bob")) == 1


SECRETS = [
    claim("s1", "id:ada", "ag:signed", "id:team", "2001-02-03", "ag:sensitive true ;"),
    claim("s2", "id:ada", "ag:signed", "id:bob", "2001", "ag:sensitive true ;"),
    claim("s3", "id:bob", "ag:signed", "id:club", "", "ag:sensitive true ;"),
    claim("s4", "id:alone", "ag:signed", "id:club", "", "ag:sensitive true ;"),
    claim("s5", "id:ada", "ag:servedOn", "id:club", "2005/2006",
          "ag:sensitive true ; ag:conflictsWith claim:a ;"),
    claim("s6", "id:team", "ag:announced", "claim:s2", "2002", "ag:sensitive true ;"),
    claim("s7", "id:ada", "ag:signed", "id:town", "",
          "ag:sensitive true ; ag:rank ag:Deprecated ;"),
]  # fmt: skip
OPEN = [
    claim("a", "id:ada", "ag:servedOn", "id:club", "2001/2003"),
    claim("b", "id:bob", "ag:servedOn", "id:team", "2005/2007"),
    claim("c", "id:alone", "ag:servedOn", "id:club"),
    claim("d", "id:bob", "ag:basedIn", "id:town"),
    claim("e", "id:ada", "ag:basedIn", "id:town"),
]


def answers(graph: Graph) -> Iterator[str]:
    """What is told of some things in every way there is."""
    for g in (graph, allgraph.as_of(graph, "2002-01-01", possible=True)):
        for options in ({}, {"max_hops": 1}, {"hub_limit": 1}, {"via": "Place"},
                        {"together": True}, {"without": "servedOn"}):  # fmt: skip
            for a, b in (("Ada", "Bob"), ("Ada", "Alone"), ("Bob", "the club")):
                found = paths(g, a, b, **options)
                yield found.write("json").decode() + found.write().decode()
        yield from (
            allgraph.between(g, "Ada", end).write("json").decode() for end in ("Bob", "Alone")
        )
        yield from (neighbourhood(g, "Ada", hops=n).text() for n in (1, 2))
        yield from (allgraph.rank(g, by=by).write("json").decode() for by in MEASURES)
        for format in ("text", "json", "csv"):
            yield allgraph.timeline(g).write(format).decode()
            yield allgraph.timeline(g, "Ada").write(format).decode()


def test_sensitive_claims_leave_no_trace(make_folder: MakeFolder) -> None:
    """Every answer is that of a graph in which nobody ever wrote them down."""
    texts = {"with": OPEN + SECRETS, "without": OPEN}
    folders = {
        name: make_folder({"data/clubs.ttl": CLUBS + "".join(some)}, prefixes=True, name=name)
        for name, some in texts.items()
    }
    told = {name: list(answers(open_graph(folder))) for name, folder in folders.items()}
    assert told["with"] == told["without"]
    opened = list(answers(open_graph(folders["with"], include_sensitive=True)))
    assert all(one != other for one, other in zip(opened[:3], told["with"], strict=False))


def test_hubs_are_told(make_folder: MakeFolder) -> None:
    graph = clubs(
        make_folder,
        *(claim(f"{n}-{c}", f"id:{n}", "ag:servedOn", f"id:{c}") for n in ("ada", "bob")
          for c in ("club", "team")),
        claim("x", "id:alone", "ag:servedOn", "id:club"),
    )  # fmt: skip
    found = paths(graph, "Ada", "Bob", hub_limit=2)
    assert [path.claims[0].object_name for path in found] == ["the team"]
    assert [(hub.name, ties) for hub, ties in found.hubs] == [("the club", 3)]
    assert "Left out as hubs, by class or with more than 2 ties: the club (3 ties)" in (
        found.write(width=200).decode()
    )


HUBS = """format = 1
title = "A test"
base = "https://example.org/"
hubs = ["ag:Organization"]
"""


def test_hubs_by_class_are_ends_and_no_stepping_stones(make_folder: MakeFolder) -> None:
    said = [claim(f"{n}-club", f"id:{n}", "ag:servedOn", "id:club") for n in ("ada", "bob")]
    assert len(paths(clubs(make_folder, *said), "Ada", "Bob")) == 1
    graph = clubs(make_folder, *said, manifest=HUBS)
    found = paths(graph, "Ada", "Bob")
    detail = (
        "a path of 2 steps goes through the club, a hub by its class; pass it with `via` id:club"
    )
    assert the_reason(found) == ("hub-class", detail)
    assert [(hub.name, ties) for hub, ties in found.hubs] == [("the club", 2)]
    for name in ("id:club", "ag:Organization", "ag:Body"):
        assert len(paths(graph, "Ada", "Bob", via=name)) == 1
    assert len(paths(graph, "Ada", "the club")) == 1
    assert [near.thing.name for near in neighbourhood(graph, "Ada", hops=3).neighbours] == [
        "the club"
    ]
    [shared] = between(graph, "Ada", "Bob").shared
    assert (shared.group, shared.heading) == ("bodies", "hubs") and shared.is_hub
    assert "\n\nHubs\n\n  the club" in between(graph, "Ada", "Bob").text()


def complete(things: int, *more: tuple[int, int]) -> Columns:
    """A graph in which each of so many things is tied to each other, and further ties."""
    pairs = [(i, j) for i in range(things) for j in range(i + 1, things)] + [*more]
    nodes = 1 + max(max(pair) for pair in pairs)
    subject, obj = np.array(pairs, np.int32).T
    none = np.zeros(len(pairs), bool)
    return Columns(
        claims=Texts.of(f"urn:claim:{n:07}" for n in range(len(pairs))),
        nodes=Texts.of(f"urn:thing:{n:05}" for n in range(nodes)),
        names=Texts.of("" for _ in range(nodes)),
        predicates=["urn:p"],
        templates=[("{subject} knows {object}", "{object} is known to {subject}")],
        subject=subject,
        predicate=np.zeros(len(pairs), np.int32),
        reading=np.zeros(len(pairs), np.int32),
        object=obj,
        bounds=np.zeros((4, len(pairs)), np.int64),
        event=none,
        deprecated=none,
        preferred=none,
        rivals=np.zeros((2, 0), np.int32),
        claim_of=np.full(nodes, -1, np.int32),
        closed=np.zeros(nodes, bool),
    )


def test_a_complete_graph_is_answered_in_bounded_time() -> None:
    columns = complete(400)
    started = time.process_time()
    found, is_sure = Search(columns, 0, 1, Rules(most=10)).best(6)
    assert [len(route.ties) for route in found] == [1, 2, 2, 2, 2, 2] and is_sure
    nowhere = PathFilter("nowhere", np.array([], np.int32))
    found, is_sure = Search(columns, 0, 1, Rules(most=10, via=(nowhere,))).best(6)
    assert found == [] and is_sure
    assert time.process_time() - started < 60


def test_a_cut_search_says_so() -> None:
    way = [60, 62, 63, 64, 65, 66, 61]  # beside a clique that leads back to where it is entered
    leaves = [(way[n % 7], 67 + n) for n in range(700)]  # which make the way dear
    columns = complete(60, (60, 0), (61, 0), *pairwise(way), *leaves)
    found, is_sure = Search(columns, 60, 61, Rules(most=6)).best(20)
    assert [60, 0, 61] in [route.things for route in found] and not is_sure


def test_all_paths_meet_a_thing_once() -> None:
    columns = complete(50, (50, 0), (51, 0))
    found, is_sure = Search(columns, 50, 51, Rules(most=6)).best(20)
    assert [route.things for route in found] == [[50, 0, 51]] and is_sure


# ---- The command line


def test_paths_on_the_command_line() -> None:
    done = run("paths", "Coco Rocha", "Andrew Cuomo", "--limit", "2")
    assert done.returncode == 0
    assert done.stdout.startswith("Coco Rocha to Andrew Cuomo: 2 paths\n\n1. 2 steps\n")
    assert "Source: Model Alliance, an article (text as given), characters" in done.stdout
    addresses = re.compile(r" *https?://\S+")  # which are not broken, so that they can be copied
    lines = [line for line in done.stdout.splitlines() if not addresses.fullmatch(line)]
    assert max(map(len, lines)) <= 80 and lines != done.stdout.splitlines()
    assert json.loads(run("paths", "Coco Rocha", "Andrew Cuomo", "-f", "json").stdout)["paths"]


def test_no_path_exits_with_1_and_the_reason() -> None:
    done = run("paths", "Coco Rocha", "Andrew Cuomo", "--max-hops", "1")
    assert done.returncode == 1
    assert "not connected" in done.stdout and "allow more with --max-hops 2" in done.stdout
    assert run("between", "Coco Rocha", "id:ny-2013-s5486", "--as-of", "1900-01-01").returncode == 1


def test_wrong_use_of_paths_exits_with_2() -> None:
    for wrong in (["--max-hops", "99"], ["--as-of", "soon"], ["--via", "no such"]):
        done = run("paths", "Coco Rocha", "Andrew Cuomo", *wrong)
        assert done.returncode == 2 and "Traceback" not in done.stderr
    assert run("paths", "Coco Rocha", "Coco Rocha").returncode == 2
