"""Every shape fires on an example that breaks it, and on nothing that is right.

An example in ``broken/`` is named like the shape that it breaks, and is added to the small
graph of ``broken/sound.ttl``, which conforms. What else it cannot help breaking, it names in
a line “# Also:”.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pyshacl
import pytest
import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple
from rdflib import OWL, RDF, RDFS, SH, XSD, URIRef

from allgraph.errors import DateError
from allgraph.folder import builtin
from allgraph.model import edtf, vocabulary
from allgraph.rdf import files
from allgraph.rdf.terms import AG, BASE, Term, ag
from tests.support.derived import consequences
from tests.support.naming import named_quads
from tests.support.tools import tenth

BROKEN = Path(__file__).parents[1] / "broken"
SOUND = BROKEN / "sound.ttl"
EXAMPLES = sorted(path for path in BROKEN.glob("*.ttl") if path != SOUND)
SHAPES = "https://w3id.org/allgraph/shapes#"
SCHEMA = "https://schema.org/"
ELSEWHERE = "https://example.org/"
Values = dict[str, tuple[Term, set[rdflib.term.Node | None]]]
NO_CONSTRAINT = {
    SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf, SH.path, SH.property,
    SH.severity, SH.message, SH.flags,
}  # fmt: skip


# ---- The graphs


@cache
def shapes(*names: str) -> rdflib.Graph:
    """The shapes of some files, or of all."""
    graph = rdflib.Graph()
    for path in builtin().shape_files():
        if not names or path.name in names:
            graph.parse(path, format="turtle")
    return graph


@cache
def ontology() -> rdflib.Graph:
    return to_rdflib(ontology_triples())


@cache
def ontology_triples() -> tuple[Triple, ...]:
    folder = builtin()
    return tuple(t for path in folder.ontology_files() for t in folder.triples(path))


def example(path: Path) -> list[Triple]:
    return named(files.quads(path, ELSEWHERE, path.name))


def named(quads: list[Quad]) -> list[Triple]:
    """The triples of a file, their blank nodes named as loading does."""
    return [quad.triple for quad in named_quads(quads)]


@contextmanager
def whole(triples: Iterable[Triple]) -> Iterator[rdflib.Graph]:
    """Data with the ontology and all that follows, as validation has it; gone from it after."""
    stated = [*triples]
    data = to_rdflib([*stated, *consequences([*stated, *ontology_triples()])]) - ontology()
    graph = ontology()
    graph += data
    try:
        yield graph
    finally:
        graph -= data


def to_rdflib(triples: Iterable[Triple]) -> rdflib.Graph:
    graph = rdflib.Graph()
    for subject, predicate, obj in triples:
        graph.add((_node(subject), _node(predicate), _node(obj)))
    return graph


@cache
def _node(term: Term) -> rdflib.term.IdentifiedNode | rdflib.Literal:
    if isinstance(term, NamedNode):
        return URIRef(term.value)
    if isinstance(term, BlankNode):
        return rdflib.BNode(term.value)
    assert isinstance(term, Literal)
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    kind = URIRef(term.datatype.value)
    return rdflib.Literal(
        term.value, datatype=None if kind == XSD.string else kind, normalize=False
    )


def findings(
    data: rdflib.Graph, shape_graph: rdflib.Graph
) -> Iterator[tuple[str, rdflib.term.Node | None]]:
    """The local name of the shape and the value of each result."""
    _, report, _ = pyshacl.validate(
        data, shacl_graph=shape_graph, inference="none", advanced=False, inplace=True
    )
    assert isinstance(report, rdflib.Graph), report
    for result in report.subjects(RDF.type, SH.ValidationResult):
        shape = str(report.value(result, SH.sourceShape))
        yield shape.removeprefix(SHAPES), report.value(result, SH.value)


def fired(triples: Iterable[Triple]) -> set[str]:
    with whole(triples) as graph:
        return {shape for shape, _ in findings(graph, shapes())}


def named_shapes() -> list[URIRef]:
    kinds = (SH.NodeShape, SH.PropertyShape)
    found = {shape for kind in kinds for shape in shapes().subjects(RDF.type, kind)}
    return sorted(URIRef(str(shape)) for shape in found)


def constrains(shape: URIRef) -> bool:
    """Whether a shape asks for anything itself, and does not only lead to another."""
    asked = {p for p in shapes().predicates(shape) if str(p).startswith(str(SH))}
    return bool(asked - NO_CONSTRAINT)


def claimable() -> dict[str, URIRef]:
    """The predicates that can be claimed, by the name that their shapes begin with."""
    found = ontology().subjects(URIRef(AG + "aspect"))
    return {re.split("[#/]", str(p))[-1]: URIRef(str(p)) for p in found}


# ---- What is right conforms


def test_shipped_data_conforms() -> None:
    folder = builtin()
    files = folder.data_files()
    assert files
    data = [t for path in files for t in named(folder.quads(path))]
    assert fired(data) == set()


def test_sound_example_conforms() -> None:
    assert fired(example(SOUND)) == set()


def test_sound_example_has_every_kind_of_thing() -> None:
    sound = to_rdflib(example(SOUND))
    present = {
        above
        for kind in sound.objects(None, RDF.type)
        for above in ontology().transitive_objects(kind, RDFS.subClassOf)
    }
    kinds = set(ontology().transitive_subjects(RDFS.subClassOf, URIRef(AG + "Thing")))
    assert kinds - present == set()


# ---- What is broken is found


def expected(path: Path) -> set[str]:
    """The shapes that fire on a broken example: that of its name, and those it names."""
    also = re.search(r"^# Also: (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {path.stem, *(also[1].split(", ") if also else ())}


@pytest.mark.long
@pytest.mark.parametrize("path", tenth(EXAMPLES), ids=lambda path: path.stem)
def test_shape_fires_on_its_broken_example(path: Path) -> None:
    assert fired([*example(SOUND), *example(path)]) == expected(path)


@pytest.mark.parametrize("part", range(4))
def test_shapes_fire_on_many_broken_examples(part: int) -> None:
    some = EXAMPLES[part::4]
    broken = [triple for path in some for triple in apart(path)]
    assert fired([*example(SOUND), *broken]) == set().union(*map(expected, some))


def apart(path: Path) -> Iterator[Triple]:
    """A broken example, where things that the sound one does not have are of no other example."""
    sound = {term for triple in example(SOUND) for term in (triple.subject, triple.object)}

    def own(term: Term) -> Term:
        if isinstance(term, BlankNode):
            return BlankNode(f"{term.value}.{path.stem}")
        if not isinstance(term, NamedNode) or term in sound or ELSEWHERE not in term.value:
            return term
        return NamedNode(f"{term.value}-{path.stem}")

    for triple in example(path):
        subject = own(triple.subject)
        assert isinstance(subject, NamedNode | BlankNode)
        yield Triple(subject, triple.predicate, own(triple.object))


def test_every_shape_has_a_broken_example() -> None:
    joins = {f"{name}-{side}" for name in claimable() for side in ("subject", "object")}
    asking = {str(s).removeprefix(SHAPES) for s in named_shapes() if constrains(s)}
    assert asking - joins == {path.stem for path in EXAMPLES}
    assert joins <= asking


def test_no_names_differ_only_in_case() -> None:
    names = Counter(path.name.casefold() for path in BROKEN.iterdir())
    assert [name for name, count in names.items() if count > 1] == []


# ---- Predicates join what the ontology says


def test_predicates_join_what_the_ontology_says() -> None:
    """Claim each predicate of a thing of each kind, with each kind of object."""
    values = _one_of_each()
    triples = [
        Triple(value, vocabulary.TYPE, ag(label))
        for label, (value, kinds) in values.items()
        if isinstance(value, NamedNode) and kinds
    ]
    expected = set()
    for name, predicate in claimable().items():
        subjects, objects = (
            set(ontology().objects(predicate, URIRef(SCHEMA + side)))
            for side in ("domainIncludes", "rangeIncludes")
        )
        of_schemes = objects == {_node(ag("IdentifierScheme"))}  # any datatype is that of a scheme
        objects = set() if of_schemes else objects
        assert subjects and (objects or of_schemes), f"the ontology does not say what {name} joins"
        for label, (value, kinds) in values.items():
            subject = value if isinstance(value, NamedNode) else NamedNode(ELSEWHERE + "id/nothing")
            claim = NamedNode(f"{ELSEWHERE}claim/{name}-{label}")
            triples += _claim(claim, subject, NamedNode(str(predicate)), value)
            if not objects & kinds and not (of_schemes and kinds & {XSD.integer, XSD.date}):
                expected.add((f"{name}-object", _node(value)))
            if subject == value and not subjects & kinds:
                expected.add((f"{name}-subject", _node(value)))
    with whole(triples) as graph:
        assert set(findings(graph, shapes("predicates.ttl"))) == expected


def _one_of_each() -> Values:
    """Something of each class and datatype, with all that it is."""
    values: Values = {}
    for kind in ontology().subjects(RDF.type, OWL.Class):
        label = str(kind).removeprefix(AG)
        kinds = set(ontology().transitive_objects(kind, RDFS.subClassOf))
        values[label] = (NamedNode(f"{ELSEWHERE}id/{label}"), kinds)
    values["nothing"] = (NamedNode(ELSEWHERE + "id/nothing"), set())
    values["text"] = (Literal("tea"), {XSD.string})
    values["english"] = (Literal("tea", language="en"), {RDF.langString})
    values["number"] = (Literal(5), {XSD.integer})
    values["date"] = (Literal("2012-02-06", datatype=NamedNode(str(XSD.date))), {XSD.date})
    return values


def _claim(claim: NamedNode, subject: Term, predicate: Term, obj: Term) -> list[Triple]:
    parts = (vocabulary.TYPE, vocabulary.SUBJECT, vocabulary.PREDICATE, vocabulary.OBJECT)
    values = (vocabulary.CLAIM, subject, predicate, obj)
    return [Triple(claim, part, value) for part, value in zip(parts, values, strict=True)]


# ---- The shapes themselves


@pytest.mark.parametrize("shape", named_shapes(), ids=lambda s: str(s).removeprefix(SHAPES))
def test_shape_explains_itself(shape: URIRef) -> None:
    needed = [RDFS.label, RDFS.comment]
    if constrains(shape):
        needed += [SH.message, SH.severity]
    for predicate in needed:
        (value,) = shapes().objects(shape, predicate)
        if predicate == SH.severity:
            assert value in (SH.Violation, SH.Warning, SH.Info)
        else:
            assert isinstance(value, rdflib.Literal) and value.language == "en"


def test_every_finding_can_name_its_shape() -> None:
    targets = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)
    carriers = {s for p in targets for s in shapes().subjects(p)}
    asked = URIRef(SHAPES + "NodeOfClaimShape")  # others ask it in sh:or; it gives no finding
    inner = {o for s, o in shapes().subject_objects(SH.property) if s != asked}
    assert carriers | inner <= set(named_shapes())
    assert all(str(shape).startswith(SHAPES) for shape in named_shapes())


def test_every_class_has_a_shape() -> None:
    classes = set(ontology().subjects(RDF.type, OWL.Class))
    deprecated = set(ontology().subjects(OWL.deprecated))
    asked_as = {_node(ag("Appeal")), _node(ag("Role"))}  # their subclasses differ in use only
    below = {kind for kind in classes if asked_as & set(ontology().objects(kind, RDFS.subClassOf))}
    targeted = set(shapes().objects(None, SH.targetClass))
    assert asked_as <= targeted
    assert classes - deprecated - below - targeted == set()


def test_shapes_are_well_formed() -> None:
    conforms, _, text = pyshacl.validate(rdflib.Graph(), shacl_graph=shapes(), meta_shacl=True)
    assert conforms, text


def test_shapes_say_what_they_are() -> None:
    about = URIRef(BASE + "shapes")
    assert (about, RDF.type, OWL.Ontology) in shapes()
    assert shapes().value(about, OWL.versionInfo) is not None


# ---- Dates


DATES = """
    2012 2012-02 2012-02-06 2012? 2012~ 2012-02% 201X 20XX 2012-XX 2012-02-XX 2012-XX-XX 2012-21
    -0044-03-15 0000 Y17000 Y-17000 2012-02-06T10:30:00 2012-02-06T10:30:00Z
    2012-02-06T10:30:00+01:00 2011/2013 2011-01-01/2021-08-23 2013-01-01/.. 2013/ /2013 ../2013-02
    2012~/2013? [2012,2014] [2012,2014..2016] [..2013-06-30] [2013..] [2012..2014]
""".split()
NO_DATES = """
    June 2012-13 2012-1 2012-02-32 20120206 06/02/2012 6.2.2012 12 2012-02-06T10 {2012,2013} []
    2012-25 2012-02-06-07 n.d. 2012+
""".split()


@pytest.mark.parametrize("shape", ["claim-when", "source-read"])
def test_date_pattern_agrees_with_the_parser(shape: str) -> None:
    pattern = str(shapes().value(URIRef(SHAPES + shape), SH.pattern))
    for text in [*DATES, "[2012, 2014]"]:
        edtf.parse(text)
        assert re.search(pattern, text), text
    for text in [*NO_DATES, "", "June 2012", "2012 ?"]:
        with pytest.raises(DateError):
            edtf.parse(text)
        assert not re.search(pattern, text), text
