"""The thing about which most is dated is found among those of some classes."""

from __future__ import annotations

import pytest

from allgraph.graph import Graph, open_graph
from allgraph.network import centrality
from allgraph.network.centrality import most_dated
from allgraph.rdf.terms import AG
from tests.conftest import BASE, MakeFolder


def claims(*dates: str) -> str:
    things = "id:a a ag:Person . id:b a ag:Bill . id:c a ag:Bill . source:s a ag:Source .\n"
    return things + "\n".join(
        f"claim:c{number} a ag:Claim ; rdf:subject id:a ; rdf:predicate ag:signedIntoLaw ; "
        f"rdf:object id:{date[0]} ; ag:evidence [ oa:hasSource source:s ]"
        + (f' ; ag:when "{date[1:]}"^^edtf:EDTF .' if date[1:] else " .")
        for number, date in enumerate(dates)
    )  # fmt: skip


def found(make_folder: MakeFolder, turtle: str, kind: str) -> str | None:
    graph = open_graph(make_folder({"data/x.ttl": turtle}, prefixes=True))
    return most_dated(graph, [AG + kind])


def test_claims_without_a_date_do_not_count(make_folder: MakeFolder) -> None:
    turtle = claims("b", "b", "b2013", "c2013", "c2014-05")
    assert found(make_folder, turtle, "Bill") == f"{BASE}id/c"


def test_other_kinds_do_not_count(make_folder: MakeFolder) -> None:
    assert found(make_folder, claims("b2012", "b2013", "c2014"), "Campaign") is None


def test_one_date_is_no_history(make_folder: MakeFolder) -> None:
    assert found(make_folder, claims("b2012", "c2013"), "Bill") is None


def test_one_with_too_many_dates_is_left_out(
    make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(centrality, "MOST_DATED", 2)
    turtle = claims("b2012", "b2013", "b2014", "c2014", "c2015")
    assert found(make_folder, turtle, "Bill") == f"{BASE}id/c"


def test_a_graph_without_claims_has_none(make_folder: MakeFolder) -> None:
    assert found(make_folder, "", "Bill") is None


def test_it_is_the_bill_of_the_built_in_graph(graph: Graph) -> None:
    assert most_dated(graph, [AG + "Bill"]) == "https://w3id.org/allgraph/id/ny-2013-s5486"
