"""What an ontology says follows is what the rules say, one by one, however a graph is opened."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, Triple, parse

from allgraph.exports.export import exported
from allgraph.folder.snapshot.build import build
from allgraph.graph import Graph, open_graph
from allgraph.graph.download import _derived_quads
from allgraph.model import vocabulary
from allgraph.rdf import ntriples
from allgraph.rdf.terms import (
    DERIVED,
    OA,
    OWL,
    RDFS,
    SCHEMA,
    WITHDRAWN,
    WITHDRAWN_DERIVED,
    Term,
    ag,
)
from tests.support.tools import share

BASE = "https://example.org/"
ALONE = f'format = 1\ntitle = "A test"\nbase = "{BASE}"\nextends = false\n'


def iri(name: str) -> NamedNode:
    return NamedNode(f"{BASE}id/{name}")


CLASSES = [*(iri(f"class-{n}") for n in range(5)), NamedNode(SCHEMA + "Person")]
MEANT = [iri("norse"), iri("greek")]
PREDICATES = [*(iri(f"predicate-{n}") for n in range(4)), vocabulary.IDENTIFIER]
SCHEMES = [iri("vin"), iri("isbn")]
THINGS = [iri(f"thing-{n}") for n in range(4)]
CLAIMS = [NamedNode(f"{BASE}claim/{n}") for n in range(5)]
EVIDENCE = [NamedNode(f"{BASE}claim/{n}#e") for n in range(2)]
SKOS_CONCEPT = NamedNode("http://www.w3.org/2004/02/skos/core#Concept")
NO_THINGS = {
    vocabulary.CLAIM, ag("Source"), NamedNode(OA + "ResourceSelection"), NamedNode(OWL + "Class"),
    SKOS_CONCEPT, NamedNode(RDFS + "Class"),
}  # fmt: skip
ADDRESSES = {
    "ab": f"{BASE}item/ab", "a b": f"{BASE}item/a%20b", "a/b#c": f"{BASE}item/a/b%23c",
    "a%": f"{BASE}item/a%25", "a/..": None, "A": None,
}  # fmt: skip
"""The identifiers and their addresses, by the template of each scheme."""
TRUE, FALSE = Literal(True), Literal(False)

Triples = set[tuple[Term, NamedNode, Term]]


def some(of: st.SearchStrategy[Triple], most: int) -> st.SearchStrategy[list[Triple]]:
    return st.lists(of, max_size=most)


def triples(*parts: Iterable[Any]) -> st.SearchStrategy[Triple]:
    return st.builds(Triple, *(st.sampled_from([*part]) for part in parts))


ONTOLOGY = st.tuples(
    some(triples(CLASSES, [vocabulary.SUBCLASS], [*CLASSES, *CLASSES, *NO_THINGS]), 6),
    some(triples(PREDICATES, [vocabulary.SUBPROPERTY], [*PREDICATES, Literal("x")]), 5),
    some(triples([*CLASSES, *PREDICATES], [vocabulary.NO_LONGER_USED], [TRUE, TRUE, FALSE]), 4),
    some(triples(CLASSES, [vocabulary.REPLACED_BY], CLASSES), 4),
    some(triples(CLASSES, [vocabulary.CLASSIFICATION], MEANT), 2),
    some(triples(PREDICATES, [vocabulary.REPLACED_BY], PREDICATES), 4),
    some(triples(PREDICATES, [vocabulary.SCHEME], SCHEMES), 2),
    some(triples(SCHEMES, [vocabulary.PATTERN], [Literal("[a-z /.#%]+"), Literal("[ab]+")]), 2),
    some(triples(SCHEMES, [vocabulary.ADDRESS], [Literal(BASE + "item/{id}"), Literal("{id}")]), 2),
).map(lambda lists: [triple for some in lists for triple in some])


@st.composite
def data(draw: st.DrawFn) -> list[Triple]:
    """Things of several classes, and claims, of which some are withdrawn, hidden or deprecated."""
    found = draw(some(triples([*THINGS, *EVIDENCE], [vocabulary.TYPE], CLASSES), 6))
    found += draw(some(triples(THINGS, [vocabulary.TYPE], NO_THINGS), 1))
    found += draw(some(triples(THINGS, [vocabulary.CLASSIFICATION], MEANT), 2))
    found += draw(some(triples(THINGS, [NamedNode(RDFS + "label")], [Literal("name")]), 3))
    found += draw(some(triples(THINGS, PREDICATES[:2], THINGS), 1))
    found += draw(some(triples(THINGS, [vocabulary.SENSITIVE], [TRUE]), 1))
    identifiers = [Literal(i, datatype=of) for i in ADDRESSES for of in SCHEMES]
    said = st.one_of(
        st.tuples(st.sampled_from(PREDICATES[:4]), st.sampled_from(THINGS)),
        st.tuples(st.just(vocabulary.IDENTIFIER), st.sampled_from([*identifiers, Literal("ab")])),
        st.tuples(st.just(vocabulary.CLASSIFICATION), st.sampled_from(MEANT)),
    )
    marks: list[tuple[NamedNode, Term]]
    marks = [(vocabulary.RANK, vocabulary.DEPRECATED), (vocabulary.WITHDRAWN, Literal("2026"))]
    for claim in CLAIMS[: draw(st.integers(0, len(CLAIMS)))]:
        parts: Any = (draw(st.sampled_from(THINGS)), *draw(said))
        told = zip(vocabulary.PARTS, parts, strict=True)
        found += [Triple(claim, part, term) for part, term in told]
        found.append(Triple(claim, vocabulary.TYPE, vocabulary.CLAIM))
        found += draw(some(triples([claim], [vocabulary.EVIDENCE], [*EVIDENCE, THINGS[3]]), 1))
        if mark := draw(st.sampled_from([None, None, *marks])):
            found.append(Triple(claim, mark[0], mark[1]))
    return found


def by_definition(stated: Triples) -> tuple[Triples, Triples, Triples]:
    """The classes of things, direct triples and what these imply, one rule after another."""

    def objects(node: Term, predicate: NamedNode) -> set[Term]:
        return {o for s, p, o in stated if (s, p) == (node, predicate)}

    replaced = {
        (old, new)
        for old, p, new in stated
        if p == vocabulary.REPLACED_BY and TRUE in objects(old, vocabulary.NO_LONGER_USED)
    }
    direct: Triples = set()
    for claim, p, o in stated:
        if (p, o) == (vocabulary.TYPE, vocabulary.CLAIM) and not objects(
            claim, vocabulary.WITHDRAWN
        ):
            if vocabulary.DEPRECATED not in objects(claim, vocabulary.RANK):
                parts: list[Any] = [objects(claim, part) for part in vocabulary.PARTS]
                if {*map(len, parts)} == {1}:
                    direct.add(tuple(part.pop() for part in parts))

    def wider(triple: tuple[Term, NamedNode, Term]) -> Triples:
        subject, predicate, obj = triple
        found: Any = {(subject, p, obj) for p in objects(predicate, vocabulary.SUBPROPERTY)}
        for old, new in replaced:
            if new == predicate:
                schemes = objects(old, vocabulary.SCHEME)
                if not schemes:
                    found.add((subject, old, obj))
                elif isinstance(obj, Literal) and obj.datatype in schemes:
                    found.add((subject, old, Literal(obj.value)))
        return {(s, p, o) for s, p, o in found if isinstance(p, NamedNode)}

    implied = closed(direct, wider) - direct
    for thing, predicate, identifier in direct:
        if predicate == vocabulary.IDENTIFIER and isinstance(identifier, Literal):
            scheme = identifier.datatype
            patterns: Any = objects(scheme, vocabulary.PATTERN)
            is_sound = len(patterns) == 1
            is_sound &= objects(scheme, vocabulary.ADDRESS) == {Literal(BASE + "item/{id}")}
            if is_sound and re.fullmatch(patterns.pop().value, identifier.value):
                if address := ADDRESSES[identifier.value]:
                    implied.add((thing, vocabulary.SAME_AS, NamedNode(address)))

    def above(pair: tuple[Term, Term]) -> set[tuple[Term, Term]]:
        thing, class_ = pair
        found = objects(class_, vocabulary.SUBCLASS)
        meant = objects(thing, vocabulary.CLASSIFICATION)
        meant |= {o for s, p, o in direct if (s, p) == (thing, vocabulary.CLASSIFICATION)}
        for old, new in replaced:
            of_old = objects(old, vocabulary.CLASSIFICATION)
            if new == class_ and (not of_old or of_old & meant):
                found.add(old)
        return {(thing, other) for other in found}

    typed = {(s, o) for s, p, o in stated if p == vocabulary.TYPE}
    all_typed = closed(typed, above)
    no_things = {s for s, o in all_typed if o in NO_THINGS}
    no_things |= {o for s, p, o in stated if p == vocabulary.EVIDENCE}
    classes = {(s, vocabulary.TYPE, o) for s, o in all_typed - typed if s not in no_things}
    return classes, direct, implied


def closed(start: set, step: Callable) -> set:  # type: ignore[type-arg]
    """What is reached by a step, again and again."""
    reached = set(start)
    while more := {new for one in reached for new in step(one)} - reached:
        reached |= more
    return reached


def parts_of(store: Store, graph: NamedNode | DefaultGraph) -> Triples:
    return {(s, p, o) for s, p, o, _ in store.quads_for_pattern(None, None, None, graph)}


def check(store: Store) -> Triples:
    """All that is derived, of which what the ontology implies has to be what the rules say."""
    told, apart = parts_of(store, DefaultGraph()), parts_of(store, WITHDRAWN)
    classes, direct, implied = by_definition(told | apart)
    nodes_apart = {s for s, p, _ in apart if p == vocabulary.TYPE}
    derived, of_withdrawn = parts_of(store, DERIVED), parts_of(store, WITHDRAWN_DERIVED)
    of_type = {triple for triple in derived if triple[1] == vocabulary.TYPE}
    assert of_type == {t for t in classes if t[0] not in nodes_apart}
    assert {t for t in of_withdrawn if t[1] == vocabulary.TYPE} == classes - of_type
    followed = {t for t in derived if t[1] != vocabulary.TYPE}
    assert implied - told <= followed
    assert {t for t in followed if t[1] not in vocabulary.OF_CLAIMS} <= implied | direct
    assert not derived & told
    return derived


def check_copy(store: Store, derived: Triples) -> None:
    """A copy of all triples, as an endpoint gives them, is divided as they were."""
    copy = Store()
    told = parts_of(store, DefaultGraph())
    copy.bulk_extend(Quad(*triple) for triple in told | derived)  # type: ignore[arg-type]
    found = {quad.triple for quad in _derived_quads(copy)}
    of_copy = {(t.subject, t.predicate, t.object) for t in found}
    assert {t for t in derived if t[1] != vocabulary.CONFLICTS} <= of_copy
    assert of_copy - derived <= told


def check_export(graph: Graph, derived: Triples) -> None:
    for form, rdf in (("nquads", RdfFormat.N_QUADS), ("nt", RdfFormat.N_TRIPLES)):
        quads = [*parse(exported(graph, form, derived=True), format=rdf)]
        found = {(q.subject, q.predicate, q.object) for q in quads}
        if form == "nquads":
            found = {(q.subject, q.predicate, q.object) for q in quads if q.graph_name == DERIVED}
            assert found == derived
        assert derived <= found


@settings(max_examples=share(100))
@given(ontology=ONTOLOGY, data=data())
def test_a_graph_has_what_its_ontology_implies(ontology: list[Triple], data: list[Triple]) -> None:
    with tempfile.TemporaryDirectory() as place:
        root = Path(place, "graph")
        for name in ("data", "ontology"):
            (root / name).mkdir(parents=True)
        (root / "allgraph.toml").write_text(ALONE)
        (root / "ontology/o.ttl").write_bytes(ntriples.written(ontology))
        (root / "data/a.nt").write_bytes(ntriples.written(data))
        graph = open_graph(root)
        derived = check(graph.store)
        check_copy(graph.store, derived)
        check_export(graph, derived)
        build(root)
        on_disk = open_graph(root, in_memory=0)
        assert on_disk.snapshot is not None
        assert {*on_disk.store} == {*graph.store}
        check_export(on_disk, derived)
        for triple in data:
            if triple.predicate == vocabulary.SENSITIVE:
                assert not [t for t in derived if triple.subject in t]
