"""Namesakes are told apart by what is claimed about them, wherever their name is shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from allgraph.cli import cli
from allgraph.cli.completion import completions
from allgraph.errors import UnknownName
from allgraph.graph import Graph, open_graph
from allgraph.graph.namesakes import asked_ties, stated_ties
from allgraph.rdf.terms import local_name
from allgraph.site.pages import lists
from allgraph.site.search.results import results
from allgraph.site.site import Site

if TYPE_CHECKING:
    from tests.conftest import MakeFolder

DATA = """
id:senate a ag:Chamber ; rdfs:label "New York Senate" .
id:club a ag:Body ; rdfs:label "Chess Club" .
id:a a ag:Person ; rdfs:label "Ann Lee" .
id:b a ag:Person ; rdfs:label "Ánn Lee" .
id:c a ag:Person ; rdfs:label "ann lee" .
id:alone a ag:Person ; rdfs:label "Ann Leeson" .
claim:1 a ag:Claim ; rdf:subject id:a ; rdf:predicate ag:servedOn ; rdf:object id:senate ;
  ag:when "2019-01-01/.."^^edtf:EDTF .
claim:2 a ag:Claim ; rdf:subject id:a ; rdf:predicate ag:servedOn ; rdf:object id:club ;
  ag:when "2022-05"^^edtf:EDTF .
claim:3 a ag:Claim ; rdf:subject id:b ; rdf:predicate ag:servedOn ; rdf:object id:club ;
  ag:when "2022"^^edtf:EDTF .
claim:4 a ag:Claim ; rdf:subject id:b ; rdf:predicate ag:signed ; rdf:object id:club .
claim:5 a ag:Claim ; rdf:subject id:alone ; rdf:predicate ag:servedOn ; rdf:object id:club .
"""
LINES = {"a": "New York Senate, 2019–", "b": "Chess Club"}


@pytest.fixture
def graph(make_folder: MakeFolder) -> Graph:
    return open_graph(make_folder({"data/a.ttl": DATA}, prefixes=True))


def test_a_line_is_what_the_others_do_not_have(graph: Graph) -> None:
    lines = graph.told_apart(graph.find("ann lee"))
    assert {iri.rpartition("/")[2]: line for iri, line in lines.items()} == LINES
    assert graph.told_apart(graph.find("leeson")) == {}


def test_an_error_tells_them_apart(graph: Graph) -> None:
    with pytest.raises(UnknownName) as caught:
        graph.resolve("Añn Lee")
    assert str(caught.value).endswith(
        "several things: id:a (person, New York Senate, 2019–), id:b (person, Chess Club), "
        "id:c (person)"
    )


def test_a_search_tells_them_apart(graph: Graph) -> None:
    done = CliRunner().invoke(cli, ["--graph", str(graph.folder.root), "find", "ann lee"])
    table = re.sub(r" {2,}", "|", done.stdout)
    assert "Ann Lee (New York Senate, 2019–)|person|id:a" in table
    assert "Ánn Lee (Chess Club)|person|id:b" in table
    assert "\nann lee|person|id:c" in table
    assert "Ann Leeson|person|id:alone" in table


def test_a_shell_tells_them_apart(graph: Graph) -> None:
    assert [about for _, about in completions(graph, "ann")] == [
        "id:a, New York Senate, 2019–", "id:alone", "id:c", "id:b, Chess Club"
    ]  # fmt: skip


def test_a_page_tells_them_apart(graph: Graph) -> None:
    page = lists.find(Site(graph), "ann", results(Site(graph), "ann")).decode()
    assert "(<bdi>New York Senate, 2019–</bdi>)" in page
    assert "(<bdi>Chess Club</bdi>)" in page


def test_ties_are_those_of_the_query(graph: Graph) -> None:
    """The columns and ``told-apart``, which endpoints are asked, give the same ties."""
    for one in (open_graph(), graph):
        things = [iri for iri in Site(one).iris if "/claim/" not in iri]
        ties = asked_ties(one.run_for("told-apart", "things", things))
        asked = sorted(tie._replace(aspect=local_name(tie.aspect)) for tie in ties)
        assert sorted(stated_ties(one.table, one.queried.labels, things)) == asked and asked
