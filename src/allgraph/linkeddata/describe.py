"""What a graph says of some nodes and all their parts; of claims, with what they speak of.

A part is what was a blank node below an IRI, which `derive` names by that IRI: evidence and its
selectors are parts of their claim.

What a description needs is known only on the way, and a query costs much more than a row. So the
functions here are generators, which yield what they need to know and are sent the answers; `made`
runs many of them side by side, and asks for what all of them need at once.

>>> from allgraph.graph import open_graph
>>> claim = NamedNode("https://w3id.org/allgraph/claim/founding-2011")
>>> [said] = made(Known(open_graph()), [described([claim])])
>>> len(said)  # the claim and its evidence
2
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from allgraph.graph import Graph
from allgraph.model import vocabulary
from allgraph.rdf.terms import Term
from allgraph.sparql.answer import Answer

MOST = 100_000
"""How many rows a question gives, and how many triples below blank nodes are followed."""
PART = re.compile(r"(.+)[#-][0-9a-f]{16}")
"""The IRI of a part, and in it that of the whole."""

T = TypeVar("T")
Said = dict[Term, list[Triple]]
Asked = tuple[str, Iterable[Term]]
"""One of the house's questions about nodes, and the nodes."""
Told = Mapping[Term, list[Any]]
"""What a question says of each node: triples, or the IRIs of claims."""
Steps = Generator[Asked, Told, T]
"""Work that asks on the way."""

_CUT = ("document-claims", "document-others")  # those that give at most `MOST` rows and one
_TRUE, _FALSE = Literal(True), Literal(False)
_PARTS = (vocabulary.SUBJECT, vocabulary.PREDICATE, vocabulary.OBJECT)
_RIVALS = 200  # how many rivals of claims are described with them
_MANY = 500  # nodes asked for in one query
_KEPT = 10_000  # nodes and questions whose answers are kept
_DEEPEST = 4  # claims about claims about claims


class Known:
    """What a graph says of nodes: each is asked for once, many in one query.

    What is known is forgotten from time to time, lest it grow with the graph.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._told: dict[str, dict[Term, list[Any]]] = {}

    def tidy(self) -> None:
        """Forget what is known when it is much."""
        if sum(map(len, self._told.values())) > _KEPT:
            self._told.clear()

    def ask(self, question: str, nodes: Iterable[Term]) -> Told:
        """What a question says of nodes, some others too; nothing of what is no IRI."""
        told = self._told.setdefault(question, {})
        fresh = [n for n in dict.fromkeys(nodes) if n not in told and isinstance(n, NamedNode)]
        for start in range(0, len(fresh), _MANY):
            self._ask(question, fresh[start : start + _MANY], told)
        return told

    def _ask(self, question: str, nodes: Sequence[Term], told: dict[Term, list[Any]]) -> None:
        given: dict[str, Term | list[Term]] = {"nodes": [*nodes]}
        is_cut = question in _CUT
        answer = self.graph.run(question, **given, **({"sorted": _FALSE} if is_cut else {}))
        if is_cut and len(answer) > MOST:
            if len(nodes) > 1:
                half = len(nodes) // 2
                self._ask(question, nodes[:half], told)
                self._ask(question, nodes[half:], told)
                return
            answer = self.graph.run(question, **given, sorted=_TRUE)
        found: dict[Term, list[Any]] = {node: [] for node in nodes}
        for node, each in self._rows(answer):
            found[node].append(each)
        told |= found

    def _rows(self, answer: Answer) -> Iterator[tuple[Term, Any]]:
        """Each node, and a triple or claim; of an endpoint no blank nodes, whose labels hold for
        one answer.
        """
        first, is_remote = answer.columns[0], self.graph.is_remote
        if "p" not in answer.columns:
            for row in answer.rows:
                yield row[first], row["claim"]  # type: ignore[misc]
            return
        for row in answer.rows:
            subject, obj = row["s"], row["o"]
            if is_remote and (isinstance(subject, BlankNode) or isinstance(obj, BlankNode)):
                continue
            yield row[first], Triple(subject, row["p"], obj)  # type: ignore[misc, arg-type]


def made(known: Known, works: Iterable[Steps[T]]) -> list[T]:
    """What several works give that ask on the way, in their order."""
    known.tidy()
    results: dict[int, T] = {}
    waiting: list[tuple[int, Steps[T], Asked | None]] = [
        (place, work, None) for place, work in enumerate(works)
    ]
    while waiting:
        needed: dict[str, list[Term]] = {}
        for _, _, asked in waiting:
            if asked is not None:
                needed.setdefault(asked[0], []).extend(asked[1])
        told = {question: known.ask(question, nodes) for question, nodes in needed.items()}
        still: list[tuple[int, Steps[T], Asked | None]] = []
        for place, work, asked in waiting:
            try:
                answer = None if asked is None else told[asked[0]]
                question, nodes = work.send(answer)  # type: ignore[arg-type]
                still.append((place, work, (question, [*nodes])))
            except StopIteration as stop:
                results[place] = stop.value
        waiting = still
    return [results[place] for place in range(len(results))]


def claims(nodes: Iterable[NamedNode]) -> Steps[list[Triple]]:
    """What claims, their rivals and the claims that they are about say, and what follows."""
    said = yield from described(nodes)
    rivals = dict.fromkeys(t.object for t in every(said) if t.predicate == vocabulary.CONFLICTS)
    said |= yield from described([each for each in rivals if each not in said][:_RIVALS])
    for _ in range(_DEEPEST):
        ends = {
            t.object for t in every(said) if t.predicate in (vocabulary.SUBJECT, vocabulary.OBJECT)
        }
        inner = yield from those_that_are_claims(end for end in ends if end not in said)
        if not inner:
            break
        said |= yield from described(inner)
    return [*every(said), *_direct(said)]


def _direct(said: Said) -> Iterator[Triple]:
    """The direct triples of claims, as `derive` has them."""
    for triples in said.values():
        values: dict[NamedNode, set[Term]] = {}
        for triple in triples:
            values.setdefault(triple.predicate, set()).add(triple.object)
        parts = [values.get(part, set()) for part in _PARTS]
        is_claim = vocabulary.CLAIM in values.get(vocabulary.TYPE, ())
        if not is_claim or vocabulary.DEPRECATED in values.get(vocabulary.RANK, ()):
            continue
        if all(len(part) == 1 for part in parts):
            subject, predicate, obj = (part.pop() for part in parts)
            if isinstance(subject, NamedNode) and isinstance(predicate, NamedNode):
                yield Triple(subject, predicate, obj)


def described(nodes: Iterable[Term], *, whole: Term | None = None) -> Steps[Said]:
    """What some nodes and all their parts say, in the order of the nodes.

    Nodes that are parts themselves are parts of the `whole`.
    """
    roots: dict[Term, Term] = {node: whole or node for node in nodes}
    found: Said = {}
    fresh = [*roots]
    while fresh:
        told = yield "document-said", fresh
        parts: list[Term] = []
        for node in fresh:
            if not (triples := told.get(node)):
                continue
            found[node] = triples
            root = roots[node]
            for triple in triples:
                obj = triple.object
                if obj not in roots and is_part(obj, root):
                    roots[obj] = root
                    parts.append(obj)
        fresh = parts
    return found


def is_part(term: Term, whole: Term) -> bool:
    """Whether a term was made for a part of something; see `skolem.named_quads`."""
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


def names(triples: Iterable[Triple]) -> Steps[list[Triple]]:
    """What all that some triples mention is called."""
    mentioned = dict.fromkeys(
        term for triple in triples for term in triple if isinstance(term, NamedNode)
    )
    asked = [term for term in mentioned if not PART.fullmatch(term.value)]
    told = yield "document-names", asked
    return [triple for term in asked for triple in told[term]]


def those_that_are_claims(terms: Iterable[Term]) -> Steps[list[NamedNode]]:
    """Which of some terms are claims, in the order of their IRIs."""
    asked = {term for term in terms if isinstance(term, NamedNode)}
    if not asked:
        return []
    told = yield "document-inner", asked
    return sorted((term for term in asked if told[term]), key=lambda term: term.value)


def every(said: Said) -> list[Triple]:
    """All triples about some nodes."""
    return [triple for triples in said.values() for triple in triples]
