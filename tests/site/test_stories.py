"""The stories of a first page are those of the manifest, or follow from the graph."""

from __future__ import annotations

import re

import pytest

from allgraph.errors import FolderError
from allgraph.graph import Graph, open_graph
from allgraph.site.site import Site
from allgraph.site.stories import MOST, stories
from tests.conftest import MANIFEST, MakeFolder

LAW = """
id:a a ag:Person ; rdfs:label 'Ann' . id:b a ag:Bill ; rdfs:label 'A.1' .
source:s a ag:Source ; rdfs:label 'S' .
claim:c1 a ag:Claim ; rdf:subject id:a ; rdf:predicate ag:sponsored ; rdf:object id:b ;
  ag:when "2013-05"^^edtf:EDTF ; ag:evidence [ oa:hasSource source:s ] .
claim:c2 a ag:Claim ; rdf:subject id:a ; rdf:predicate ag:signedIntoLaw ; rdf:object id:b ;
  ag:when "2014-06-01"^^edtf:EDTF ; ag:evidence [ oa:hasSource source:s ] .
"""


def told(site: Site) -> list[tuple[str, str, str]]:
    plain = re.compile("<[^>]+>")
    return [(each.address, plain.sub("", each.sentence), each.note) for each in stories(site)]


def test_the_built_in_graph_tells_what_its_manifest_names(graph: Graph) -> None:
    path, sentence, note = told(Site(graph, at=""))[0]
    assert sentence == "Karen Elson → 2 steps → Andrew Cuomo"
    assert path.startswith("/paths") and "Model Alliance" in note
    assert told(Site(graph, at=""))[2][0] == "/page/ny-2013-s5486"


def test_what_there_is_is_told_where_a_manifest_says_nothing(make_folder: MakeFolder) -> None:
    site = Site(open_graph(make_folder({"data/x.ttl": LAW}, prefixes=True)), at="")
    assert told(site) == [
        ("/paths/1", "Ann → 1 step → A.1", "By a claim about both."),
        ("/page/b", "The history of A.1", "2 dated claims, from 2013 to 2014."),
    ]


def test_a_graph_of_nothing_has_no_stories(make_folder: MakeFolder) -> None:
    assert told(Site(open_graph(make_folder()))) == []
    named = Site(open_graph(make_folder(manifest=MANIFEST + "stories = []\n", name="named")))
    assert told(named) == []


def test_there_are_three_at_most(graph: Graph) -> None:
    assert len(stories(Site(graph))) == MOST


def test_a_story_has_the_title_of_the_manifest(make_folder: MakeFolder) -> None:
    manifest = f'{MANIFEST}stories = [{{kind = "history", thing = "A.1", title = "A < B"}}]\n'
    folder = make_folder({"data/x.ttl": LAW}, manifest=manifest, prefixes=True)
    [story] = stories(Site(open_graph(folder)))
    assert story.sentence == "A &lt; B"


@pytest.mark.parametrize(
    ("story", "message"),
    [
        ('kind = "history", thing = "Nobody"', "Nobody"),
        ('kind = "history", thing = "S"', "nothing to tell"),
        ('kind = "disagreements"', "nothing to tell"),
        ('kind = "answer", question = "nothing"', "nothing"),
        ('kind = "answer", question = "founders", example = 99', "no example 99"),
        ('kind = "connection", from = "Ann", to = "Ann"', "two different things"),
    ],
)
def test_a_story_of_what_is_not_there_has_a_line(
    make_folder: MakeFolder, story: str, message: str
) -> None:
    manifest = f"{MANIFEST}stories = [\n  {{{story}}},\n]\n"
    folder = make_folder({"data/x.ttl": LAW}, manifest=manifest, prefixes=True)
    with pytest.raises(FolderError, match=message) as caught:
        stories(Site(open_graph(folder)))
    assert caught.value.line == 5
