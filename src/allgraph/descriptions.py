"""What a graph says of some nodes and all their parts; of claims, with what they speak of.

A part is what was a blank node below an IRI, which `derive` names by that IRI: evidence and its
selectors are parts of their claim.

>>> from allgraph.graph import open_graph
>>> claim = NamedNode("https://w3id.org/allgraph/claim/founding-2011")
>>> len(described(open_graph(), [claim]))  # the claim and its evidence
2
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from pyoxigraph import BlankNode, NamedNode, Triple

from allgraph import derive
from allgraph.answer import Row
from allgraph.graph import Graph
from allgraph.terms import Term

MOST = 100_000
"""How many triples below blank nodes are followed."""
PART = re.compile(r"(.+)[#-][0-9a-f]{16}")
"""The IRI of a part, and in it that of the whole."""

Said = dict[Term, list[Triple]]
_PARTS = (derive.SUBJECT, derive.PREDICATE, derive.OBJECT)
_RIVALS = 200  # how many rivals of claims are described with them
_MANY = 500  # nodes asked for in one query
_DEEPEST = 4  # claims about claims about claims


def claims(graph: Graph, nodes: Iterable[NamedNode]) -> list[Triple]:
    """What claims, their rivals and the claims that they are about say, and what follows."""
    said = described(graph, nodes)
    rivals = [t.object for t in every(said) if t.predicate == derive.CONFLICTS]
    said |= described(graph, [each for each in dict.fromkeys(rivals) if each not in said][:_RIVALS])
    for _ in range(_DEEPEST):
        ends = {t.object for t in every(said) if t.predicate in (derive.SUBJECT, derive.OBJECT)}
        inner = those_that_are_claims(graph, [end for end in ends if end not in said])
        if not inner:
            break
        said |= described(graph, inner)
    return [*every(said), *_direct(said)]


def _direct(said: Said) -> Iterator[Triple]:
    """The direct triples of claims, as `derive` has them."""
    for triples in said.values():
        values: dict[NamedNode, set[Term]] = {}
        for triple in triples:
            values.setdefault(triple.predicate, set()).add(triple.object)
        parts = [values.get(part, set()) for part in _PARTS]
        is_claim = derive.CLAIM in values.get(derive.TYPE, ())
        if not is_claim or derive.DEPRECATED in values.get(derive.RANK, ()):
            continue
        if all(len(part) == 1 for part in parts):
            subject, predicate, obj = (part.pop() for part in parts)
            if isinstance(subject, NamedNode) and isinstance(predicate, NamedNode):
                yield Triple(subject, predicate, obj)


def described(graph: Graph, nodes: Iterable[Term], *, whole: Term | None = None) -> Said:
    """What some nodes and all their parts say, in the order of the nodes.

    Nodes that are parts themselves are parts of the `whole`.
    """
    roots: dict[Term, Term] = {node: whole or node for node in nodes}
    found: Said = {}
    fresh = [*roots]
    while fresh:
        parts: list[Term] = []
        for row_triples in _batches(graph, "document-said", "nodes", fresh):
            for triple in row_triples:
                found.setdefault(triple.subject, []).append(triple)
                root = roots[triple.subject]
                if triple.object not in roots and is_part(triple.object, root):
                    roots[triple.object] = root
                    parts.append(triple.object)
        fresh = parts
    return found


def is_part(term: Term, whole: Term) -> bool:
    """Whether a term was made for a part of something; see `derive.name_nodes`."""
    if not isinstance(term, NamedNode) or not isinstance(whole, NamedNode):
        return False
    match = PART.fullmatch(term.value)
    return match is not None and match[1] == whole.value


def below(graph: Graph, triples: Iterable[Triple]) -> list[Triple]:
    """What the blank nodes of some triples say, those of theirs too."""
    if graph.is_remote:
        return []
    found: dict[Triple, None] = {}
    seen: set[Term] = set()
    ends = (term for triple in triples for term in (triple.subject, triple.object))
    stack: list[Term] = [term for term in ends if isinstance(term, BlankNode)]
    while stack and len(found) < MOST:
        node = stack.pop()
        if node in seen or not isinstance(node, BlankNode):
            continue
        seen.add(node)
        for quad in graph.store.quads_for_pattern(node, None, None):
            found[quad.triple] = None
            stack.append(quad.object)
    return [*found]


def names(graph: Graph, triples: Iterable[Triple]) -> list[Triple]:
    """What all that some triples mention is called."""
    mentioned = dict.fromkeys(
        term for triple in triples for term in triple if isinstance(term, NamedNode)
    )
    asked = [term for term in mentioned if not PART.fullmatch(term.value)]
    return [t for some in _batches(graph, "document-names", "things", asked) for t in some]


def those_that_are_claims(graph: Graph, terms: Iterable[Term]) -> list[NamedNode]:
    """Which of some terms are claims, in the order of their IRIs."""
    asked = [term for term in dict.fromkeys(terms) if isinstance(term, NamedNode)]
    rows: list[Row] = []
    for start in range(0, len(asked), _MANY):
        rows += graph.run("document-inner", things=[*asked[start : start + _MANY]]).rows
    found = [term for row in rows if isinstance(term := row["claim"], NamedNode)]
    return sorted(found, key=lambda term: term.value)


def _batches(
    graph: Graph, question: str, parameter: str, nodes: Sequence[Term]
) -> Iterator[list[Triple]]:
    for start in range(0, len(nodes), _MANY):
        some: list[Term] = [*nodes[start : start + _MANY]]
        yield triples_of(graph, graph.run(question, **{parameter: some}).rows)


def triples_of(graph: Graph, rows: Iterable[Row]) -> list[Triple]:
    """Rows as triples, of an endpoint those without blank nodes: labels hold for one answer."""
    found = []
    for row in rows:
        subject, predicate, obj = row["s"], row["p"], row["o"]
        blank = isinstance(subject, BlankNode) or isinstance(obj, BlankNode)
        if not (graph.is_remote and blank):
            found.append(Triple(subject, predicate, obj))  # type: ignore[arg-type]
    return found


def every(said: Said) -> list[Triple]:
    """All triples about some nodes."""
    return [triple for triples in said.values() for triple in triples]
