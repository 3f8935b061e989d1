"""The words of sources are shown only where their digest proves them."""

from __future__ import annotations

from allgraph.evidence.words import FOLDER, Words, digest_of
from allgraph.graph import Graph, open_graph
from allgraph.graph.claims import Evidence
from tests.conftest import MakeFolder

TEXT = "Ann was a model. She sat on the board.\n"


def evidence(words: str, start: int | None = None) -> Evidence:
    end = None if start is None else start + len(words)
    return Evidence("", "", "", start=start, end=end, sha256=digest_of(words))


def test_a_candidate_or_a_name_of_the_graph_with_the_digest_is_the_words(graph: Graph) -> None:
    words = Words(graph)
    assert words.of(evidence("Ann"), ["Bob", "Ann"]) == "Ann"
    assert words.of(evidence("Coco Rocha")) == "Coco Rocha"
    assert words.of(evidence("Model Alliance")) == "Model Alliance"  # that has a “the”
    assert words.of(evidence("Nobody at all"), ["Nobody", ""]) == ""
    assert words.of(Evidence("", "", ""), ["", "Ann"]) == ""


def test_a_text_of_the_folder_has_the_words_where_the_evidence_says(
    make_folder: MakeFolder,
) -> None:
    root = make_folder()
    root.joinpath(FOLDER).mkdir()
    root.joinpath(FOLDER, "a.txt").write_text("no " * 20)
    root.joinpath(FOLDER, "b.txt").write_text(TEXT)
    words = Words(open_graph(root))
    start = TEXT.index("She")
    assert words.of(evidence("She sat on the board.", start)) == "She sat on the board."
    assert words.of(evidence("She sat on the board.", start + 1)) == ""
    assert words.of(evidence("She sat on the board.")) == ""


def test_case_of_a_digest_does_not_matter(graph: Graph) -> None:
    shouted = Evidence("", "", "", sha256=digest_of("Ann").upper())
    assert Words(graph).of(shouted, ["Ann"]) == "Ann"
