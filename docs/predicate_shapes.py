"""Writes the shapes of ``ontology/shapes/predicates.ttl`` from the ontology.

Each predicate that can be claimed gets a shape for its subjects and one for its objects, which ask
for what the ontology says with schema:domainIncludes and schema:rangeIncludes.
"""

from __future__ import annotations

from rdflib import RDFS, XSD, Graph, Literal, Namespace, URIRef

from allgraph.folder import builtin
from allgraph.folder.formatting import layout
from allgraph.model.sentences import with_article

AG, SCHEMA = Namespace("https://w3id.org/allgraph/ns#"), Namespace("https://schema.org/")
HEAD = """\
# Shapes for what each claimable predicate joins: its subjects and its objects.
#
# Made by docs/generate.py from the ontology; edit that, not this file. Checked are the direct
# triples that claims yield, so what a deprecated claim says is left alone.

@prefix ag: <https://w3id.org/allgraph/ns#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix shapes: <https://w3id.org/allgraph/shapes#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
TEXTS = {
    XSD.string: ("text", "write it in quotes, without a language tag"),
    XSD.integer: ("whole number", "write it as digits, without quotes"),
    XSD.anyURI: ("web address", ""),
}
EXAMPLES = {
    "Thing": "Person", "Agent": "Organization", "Body": "Organization", "Event": "Launch",
    "Appeal": "Letter",
}  # fmt: skip
"""For a class that is usually not given itself: one of its subclasses."""


def ontology() -> Graph:
    """Return the triples of the built-in ontology."""
    graph = Graph()
    for path in builtin().ontology_files():
        graph.parse(path, format="turtle")
    return graph


def predicate_shapes() -> str:
    """Return the text of the file of shapes."""
    graph = ontology()
    predicates = dict.fromkeys(_in_order(graph))
    return layout("\n".join([HEAD, *(_shapes(graph, predicate) for predicate in predicates)]))


def _in_order(graph: Graph) -> list[URIRef]:
    """Return the predicates that can be claimed in the order of display: group, then order."""
    sh = Namespace("http://www.w3.org/ns/shacl#")
    found = []
    for predicate in graph.subjects(AG.aspect):
        assert isinstance(predicate, URIRef)
        group = graph.value(predicate, sh.group)
        orders = [int(str(graph.value(node, sh.order))) for node in (group, predicate)]
        found.append((orders, predicate))
    return [predicate for _, predicate in sorted(found)]


def _shapes(graph: Graph, predicate: URIRef) -> str:
    """Return the shapes of a predicate, below its label as a comment."""
    label = str(graph.value(predicate, RDFS.label, default=Literal("see also")))
    if not predicate.startswith(AG):
        return _of_claims(graph, predicate, label)
    name = f"ag:{predicate.removeprefix(AG)}"
    return f"# ---- {label}\n\n" + "\n".join(
        _shape(graph, predicate, label, side, [f"sh:targetSubjectsOf {name}", *path])
        for side, path in (("subject", []), ("object", [f"sh:path {name}"]))
    )


def _of_claims(graph: Graph, predicate: URIRef, label: str) -> str:
    """Return the shapes of a predicate that is also used plainly: its claims are checked."""
    name, local = graph.namespace_manager.qname(predicate), predicate.split("#")[-1]
    leading = (
        f"shapes:claims-of-{local} a sh:PropertyShape ;\n"
        f'    rdfs:label "claims of “{label}”"@en ;\n'
        '    rdfs:comment "Leads from the predicate to its claims."@en ;\n'
        f"    sh:targetNode {name} ;\n"
        "    sh:path [ sh:inversePath rdf:predicate ] ;\n"
        f"    sh:property shapes:{local}-subject, shapes:{local}-object .\n"
    )
    both = [
        _shape(graph, predicate, label, side, [f"sh:path rdf:{side}"])
        for side in ("subject", "object")
    ]
    return "\n".join([f"# ---- {label}\n", leading, *both])


def _shape(graph: Graph, predicate: URIRef, label: str, side: str, lines: list[str]) -> str:
    """Return the shape for one side of a predicate; `lines` say what it is a shape for."""
    relation = SCHEMA.domainIncludes if side == "subject" else SCHEMA.rangeIncludes
    kinds = [URIRef(str(kind)) for kind in graph.objects(predicate, relation)]
    names = [graph.namespace_manager.qname(kind) for kind in kinds]
    is_property = any("sh:path" in line for line in lines)
    local = predicate.split("#")[-1]
    shown = "\n".join(
        [
            f"shapes:{local}-{side} a sh:{'Property' if is_property else 'Node'}Shape ;",
            f'    rdfs:label "{side}s of “{label}”"@en ;',
            f'    rdfs:comment "As the ontology says with {graph.namespace_manager.qname(relation)}'
            f': {", ".join(names)}."@en ;',
            *(f"    {line} ;" for line in lines),
            *(f"    {line} ;" for line in _constraint(kinds, names)),
            "    sh:severity sh:Violation ;",
            f'    sh:message "{_message(graph, predicate, label, side, kinds)}"@en .',
        ]
    )
    return f"{shown}\n"


def _constraint(kinds: list[URIRef], names: list[str]) -> list[str]:
    """Return the lines of a shape that ask for one of some kinds: classes or datatypes."""
    if kinds == [AG.IdentifierScheme]:  # that its datatype is a scheme, a house rule checks
        return [
            "sh:nodeKind sh:Literal",
            "sh:not [ sh:datatype xsd:string ], [ sh:datatype rdf:langString ]",
        ]
    asked = [
        f"sh:{'datatype' if kind in XSD else 'class'} {name}"
        for kind, name in zip(kinds, names, strict=True)
    ]
    if len(asked) == 1:
        return asked
    return [f"sh:or ( {' '.join(f'[ {each} ]' for each in asked)} )"]


def _message(graph: Graph, predicate: URIRef, label: str, side: str, kinds: list[URIRef]) -> str:
    """Return what a reader is told: what the predicate joins, and what to do."""
    subjects, objects = (
        _listed([_noun(graph, URIRef(str(kind))) for kind in graph.objects(predicate, relation)])
        for relation in (SCHEMA.domainIncludes, SCHEMA.rangeIncludes)
    )
    wanted = subjects if side == "subject" else objects
    known = "" if all(kind in XSD for kind in kinds) else "known to be "
    return (
        f"“{label}” joins {subjects} to {objects}. Its {side} here is not {known}{wanted}; "
        f"{_advice(kinds)}."
    )


def _noun(graph: Graph, kind: URIRef) -> str:
    if kind == AG.IdentifierScheme:
        return "an identifier"
    label = TEXTS[kind][0] if kind in TEXTS else str(graph.value(kind, RDFS.label))
    return with_article(label)


def _advice(kinds: list[URIRef]) -> str:
    """Return what to do about a subject or object that is of none of some kinds."""
    if kinds == [AG.IdentifierScheme]:
        return 'write it in quotes with its scheme after it, as in \\"Q42\\"^^ag:WikidataId'
    if kinds == [AG.Claim]:
        return "name one, such as claim:some-name"
    advice = [TEXTS[kind][1] for kind in kinds if kind in TEXTS and TEXTS[kind][1]]
    classes = [str(kind).removeprefix(AG) for kind in kinds if kind not in XSD]
    if classes:
        few = [EXAMPLES.get(name, name) for name in classes[:3]]
        more = " and so on" if len(classes) > 3 else ""
        advice.append(f"name one, or say what it is: {_listed([f'a ag:{n}' for n in few])}{more}")
    return ", or ".join(advice)


def _listed(words: list[str]) -> str:
    """Return words as a list with “or”."""
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
