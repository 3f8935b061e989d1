"""Named graphs of files keep their names: in the store, in a snapshot and in exports."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Triple,
    parse,
    serialize,
)

from allgraph.errors import LoadError
from allgraph.exports.export import exported
from allgraph.folder.snapshot.build import build
from allgraph.graph import Graph, open_graph
from allgraph.graph.timeline import as_of
from allgraph.rdf.serialize import trig
from allgraph.rdf.terms import AG, DERIVED, RDF, Prefixes
from allgraph.rdf.turtle_reader import without_graphs

MANIFEST = 'format = 1\ntitle = "N"\nbase = "https://example.org/"\nextends = false\n'
SYNTAXES = {"nq": RdfFormat.N_QUADS, "trig": RdfFormat.TRIG}
OURS = [NamedNode(f"https://example.org/id/{name}") for name in "abc"]
FOREIGN = [NamedNode(f"http://x/{name}") for name in "abc"]
IRIS = st.sampled_from([*OURS, *FOREIGN])
BLANK = st.sampled_from([BlankNode(name) for name in "xyz"])
LITERALS = st.sampled_from([Literal("1"), Literal("01", datatype=NamedNode("x:t"))])
GRAPHS = st.one_of(
    st.just(DefaultGraph()), IRIS, BLANK, st.sampled_from([NamedNode("http://g/1"), DERIVED])
)
QUADS = st.lists(
    st.builds(Quad, st.one_of(IRIS, BLANK), IRIS, st.one_of(IRIS, BLANK, LITERALS), GRAPHS),
    max_size=12,
)
THINGS = st.one_of(st.sampled_from(FOREIGN), BLANK)
NOT_OURS = st.lists(st.builds(Quad, THINGS, IRIS, st.one_of(THINGS, LITERALS), GRAPHS), max_size=12)
"""No blank node is under a thing of the folder, though a predicate may be one."""


def folder(place: Path, files: dict[str, bytes]) -> Path:
    (place / "data").mkdir(parents=True)
    (place / "allgraph.toml").write_text(MANIFEST)
    for name, content in files.items():
        (place / "data" / name).write_bytes(content)
    return place


def written(quads: Sequence[Quad], syntax: str) -> bytes:
    return serialize(quads, format=SYNTAXES[syntax]) or b""


def canonical(quads: Sequence[Quad]) -> list[str]:
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(map(str, dataset))


def canonical_one(triple: Triple) -> tuple[str, ...]:
    """The triple without the labels of blank nodes."""
    terms = (triple.subject, triple.predicate, triple.object)
    return tuple("_:" if isinstance(term, BlankNode) else str(term) for term in terms)


def in_store(graph: Graph) -> list[Quad]:
    return sorted((quad for quad in graph.store if quad.graph_name != DERIVED), key=str)


def stated(quads: Sequence[Quad]) -> list[Quad]:
    return [quad for quad in quads if quad.graph_name != DERIVED]


@settings(deadline=None, max_examples=30)
@given(QUADS, st.sampled_from(sorted(SYNTAXES)))
def test_a_dataset_comes_back_from_exports(quads: list[Quad], syntax: str) -> None:
    with TemporaryDirectory() as place:
        graph = open_graph(folder(Path(place, "f"), {f"a.{syntax}": written(quads, syntax)}))
        for name, form in SYNTAXES.items():
            again = [*parse(exported(graph, name), format=form)]
            assert canonical(again) == canonical(stated(quads)), name
        union = [Quad(q.subject, q.predicate, q.object) for q in stated(quads)]
        again = [*parse(exported(graph, "turtle"), format=RdfFormat.TURTLE)]
        assert canonical(again) == canonical(union)


@settings(deadline=None, max_examples=30)
@given(QUADS, st.sampled_from(sorted(SYNTAXES)))
def test_the_default_graph_is_the_union_and_named_graphs_are_beside_it(
    quads: list[Quad], syntax: str
) -> None:
    with TemporaryDirectory() as place:
        store = open_graph(folder(Path(place, "f"), {f"a.{syntax}": written(quads, syntax)})).store
    held = [q for q in store if q.graph_name != DERIVED]
    default = {q.triple for q in held if q.graph_name == DefaultGraph()}
    assert default == {q.triple for q in held}
    ground = [q for q in stated(quads) if not any(
        isinstance(t, BlankNode) for t in (q.subject, q.object, q.graph_name))]  # fmt: skip
    assert {*ground} <= {*held}
    names = {q.graph_name for q in stated(quads)} - {DefaultGraph()}
    assert len({*store.named_graphs()} - {DERIVED}) == len(names)
    if not any(isinstance(t, BlankNode) for q in quads for t in (q.subject, q.object)):
        assert len(default) == len({q.triple for q in stated(quads)})


@settings(deadline=None, max_examples=30)
@given(NOT_OURS, st.booleans())
def test_a_store_has_blank_nodes_that_are_not_ours_as_they_are(
    quads: list[Quad], is_built: bool
) -> None:
    """In memory and in a snapshot; two files have none in common."""
    expected = [Quad(q.subject, q.predicate, q.object) for q in stated(quads)]
    expected += [quad for quad in stated(quads) if quad.graph_name != DefaultGraph()]
    with TemporaryDirectory() as place:
        files = {f"{name}.nq": written(quads, "nq") for name in "ab"}
        root = folder(Path(place, "one"), {"a.nq": files["a.nq"]})
        of_two = folder(Path(place, "two"), files)
        if is_built:
            build(root)
        graph = open_graph(root)
        assert canonical(in_store(graph)) == canonical(expected)
        apart = [quad for quads in parsed_apart(files) for quad in stated(quads)]
        again = [*parse(exported(open_graph(of_two), "nquads"), format=RdfFormat.N_QUADS)]
        assert canonical(again) == canonical(apart)


def parsed_apart(files: dict[str, bytes]) -> list[list[Quad]]:
    """The quads of each file, whose blank nodes are its own."""
    return [
        [*parse(text, format=RdfFormat.N_QUADS, rename_blank_nodes=True)] for text in files.values()
    ]


def test_alike_blank_nodes_of_a_foreign_thing_are_counted(tmp_path: Path) -> None:
    data = b"<http://x/s> <http://x/p> [ <http://x/q> 1 ] , [ <http://x/q> 1 ] ."
    root = folder(tmp_path / "f", {"a.ttl": data, "b.ttl": data})
    query = (
        "SELECT (COUNT(DISTINCT ?o) AS ?n) (SAMPLE(ISBLANK(?o)) AS ?blank) { ?s <http://x/p> ?o }"
    )
    for _ in range(2):
        (row,) = open_graph(root).sparql(query).rows
        assert (row["n"], row["blank"]) == (Literal(4), Literal(True))
        build(root)


def test_a_line_that_is_there_twice_is_exported(tmp_path: Path) -> None:
    data = b'<http://x/s> <http://x/p> _:b .\n_:b <http://x/q> "1" .\n' * 2
    for name in ("https://example.org/", "http://x/"):
        content = data.replace(b"http://x/", name.encode())
        root = folder(tmp_path / name[8:11].replace("/", ""), {"a.nt": content})
        again = [*parse(exported(open_graph(root), "ntriples"), format=RdfFormat.N_TRIPLES)]
        assert canonical(again) == canonical([*parse(content, format=RdfFormat.N_TRIPLES)])
        assert len(again) == 2


@given(QUADS, st.booleans())
def test_trig_without_graphs_is_turtle_with_the_same_triples(
    quads: list[Quad], is_exported: bool
) -> None:
    text = trig(quads, Prefixes()) if is_exported else written(quads, "trig").decode()
    turtle = without_graphs(text)
    assert turtle.count("\n") == text.count("\n")
    triples = [quad.triple for quad in parse(text, format=RdfFormat.TRIG)]
    again = [quad.triple for quad in parse(turtle, format=RdfFormat.TURTLE)]
    assert [*map(canonical_one, again)] == [*map(canonical_one, triples)]


FILES = {
    "a.nq": b'<http://x/s> <http://x/p> "1" <http://x/g1> .\n'
    b'<http://x/s> <http://x/p> "1" <http://x/g2> .\n<http://x/s> <http://x/p> "1" .\n'
    b"<http://x/s> <http://x/p> <http://x/o> <http://x/odd,name> .\n"
    b'<http://x/s> <http://x/p> "derived" <https://w3id.org/allgraph/ns#derived> .\n',
    "b.trig": b"@prefix x: <http://x/> .\n"
    b"x:g1 { x:s x:q [ x:r 01 ] . _:a x:r _:c } x:g2 { x:s x:q [ x:r 1 ] . _:a x:r _:b }\n"
    b"_:g { _:g x:r 5 } x:d x:p <rel> .\n",
    "c.nq": b'_:a <http://x/p> _:b <http://x/g1> .\n_:a <http://x/p> "c" _:a .\n',
}


def test_a_snapshot_has_the_named_graphs_of_files(tmp_path: Path) -> None:
    root = folder(tmp_path / "f", FILES)
    in_memory = open_graph(root)
    before = in_store(in_memory), exported(in_memory, "trig"), exported(in_memory, "nquads")
    build(root)
    of_snapshot = open_graph(root)
    assert of_snapshot.snapshot is not None
    assert before == (
        in_store(of_snapshot), exported(of_snapshot, "trig"), exported(of_snapshot, "nquads")
    )  # fmt: skip
    assert b"derived" not in before[2]
    count = of_snapshot.sparql('SELECT (COUNT(*) AS ?n) { <http://x/s> <http://x/p> "1" }')
    assert count.rows[0]["n"] == Literal(1)


def test_a_sensitive_thing_names_no_graph(tmp_path: Path) -> None:
    secret = f'<http://x/c> <{AG}sensitive> "true"^^<http://www.w3.org/2001/XMLSchema#boolean> .\n'
    quads = (
        f"<http://x/c> <{RDF}type> <{AG}Claim> <http://x/c> .\n{secret}"
        "<http://x/s> <http://x/p> <http://x/o> <http://x/c> .\n"
    )
    root = folder(tmp_path / "f", {"a.nq": quads.encode()})
    assert not [*open_graph(root).store.named_graphs()]
    assert [*open_graph(root, include_sensitive=True).store.named_graphs()]
    assert b"http://x/c" not in exported(open_graph(root), "nquads")


def test_a_view_of_a_day_has_the_claims_that_hold_in_their_graphs(tmp_path: Path) -> None:
    claims = "".join(
        f"x:{name} {{ claim:{name} a ag:Claim ; rdf:subject id:a ; rdf:predicate ag:servedOn ; "
        f'rdf:object id:{name} ; ag:when "{when}"^^edtf:EDTF . }}\n'
        for name, when in (("b", "2001/2005"), ("c", "2010/2012"))
    )
    root = folder(tmp_path / "f", {})
    (root / "allgraph.toml").write_text(MANIFEST.replace("extends = false\n", ""))
    graph = open_graph(root)
    head = "".join(f"@prefix {name}: <{space}> .\n" for name, space in graph.prefixes.items())
    (root / "data" / "a.trig").write_text(f"{head}@prefix x: <http://x/> .\n{claims}")
    view = as_of(open_graph(root), "2011-01-01")
    assert {*map(str, view.store.named_graphs())} == {str(DERIVED), "<http://x/c>"}
    assert b"<http://x/c>" in exported(view, "nquads")
    assert b"<http://x/b>" not in exported(view, "nquads")


def test_an_error_in_trig_is_told_with_its_line(tmp_path: Path) -> None:
    root = folder(tmp_path / "f", {"a.trig": b"<http://x/g> {\n<http://x/s> <p> }\n"})
    with pytest.raises(LoadError) as error:
        open_graph(root)
    assert error.value.line == 2 and "a.trig" in str(error.value)
