"""Names for blank nodes, made from what they hang under."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from pyoxigraph import BlankNode, NamedNode, Quad, Triple

from allgraph.rdf.terms import Node, Term


def named_quads(quads: list[Quad], file: str = "") -> list[Quad]:
    """Return the quads of one file, with IRIs for blank nodes that hang under an IRI.

    A blank node that is the object of exactly one triple, on the way down from an IRI, is
    named by that IRI and the SHA-256 of its content; equal content under one IRI is one
    node. Others, shared or in a circle, stay blank, as do those whose content they are; so
    that those of several files stay apart, each is labelled by its `file` and its number there.
    All quads are in the default graph.

    >>> from pyoxigraph import Literal
    >>> a, p, b = NamedNode("http://x/a"), NamedNode("http://x/p"), BlankNode("b")
    >>> [str(quad.object) for quad in named_quads([Quad(a, p, b), Quad(b, p, Literal("1"))])]
    ['<http://x/a#ab31398ead639bf5>', '"1"']
    """
    return renamed_quads(quads, node_names(quads, file))


def renamed_quads(quads: list[Quad], names: Mapping[Term, Node]) -> list[Quad]:
    """Quads of the default graph, with other names for their blank nodes."""
    name = names.get
    named = []
    for quad in quads:
        s, p, o, _ = quad
        blank = isinstance(s, BlankNode) or isinstance(o, BlankNode)
        named.append(Quad(name(s, s), p, name(o, o)) if blank else quad)
    return named


def node_names(
    triples: Sequence[Triple | Quad], file: str = "", numbers: Mapping[Term, int] | None = None
) -> dict[Term, Node]:
    """The IRIs and labels that `named_quads` gives, by blank node.

    The `numbers` are those of the nodes in the file, where the triples are a part of it.
    """
    content: dict[Term, list[tuple[NamedNode, Term]]] = defaultdict(list)
    parents: dict[Term, list[Node]] = defaultdict(list)
    for triple in triples:
        subject, obj = triple.subject, triple.object
        if type(subject) is BlankNode:
            content[subject].append((triple.predicate, obj))
        if type(obj) is BlankNode:
            parents[obj].append(subject)  # type: ignore[arg-type]
    anchors = _anchors(parents)
    loose = _with_those_above((node for node, anchor in anchors.items() if not anchor), parents)
    digests: dict[Term, str] = {}
    names: dict[Term, Node] = {}
    for node, anchor in anchors.items():
        if anchor is not None and node not in loose:
            mark = "-" if "#" in anchor.value else "#"
            name = f"{anchor.value}{mark}{_digest(node, content, digests)[:16]}"
            names[node] = NamedNode(name)
    others = {node for node in (*content, *parents) if node not in names}
    if others:
        key = _file_key(file)
        numbers = node_numbers(triples) if numbers is None else numbers
        names.update((node, BlankNode(f"{key}n{numbers[node]}")) for node in others)
    return names


def node_numbers(
    triples: Iterable[Triple | Quad], known: Mapping[Term, int] | None = None, first: int = 0
) -> dict[Term, int]:
    """The blank nodes of triples in the order in which they come, numbered from the `first` on.

    Those that are `known` keep their number.
    """
    numbers = dict(known or ())
    first -= len(numbers)
    for triple in triples:
        for term in (triple.subject, triple.object):
            if isinstance(term, BlankNode) and term not in numbers:
                numbers[term] = first + len(numbers)
    return numbers


def own_labels(nodes: Iterable[Term], file: str) -> dict[Term, Node]:
    """Labels for the blank nodes of one file, the same each time it is read.

    >>> list(own_labels([BlankNode("x")], "https://example.org/data/a.ttl").values())
    [<BlankNode value=b8352a8befde9n0>]
    """
    key = _file_key(file)
    return {node: BlankNode(f"{key}n{number}") for number, node in enumerate(nodes)}


def _file_key(file: str) -> str:
    """What the labels of blank nodes of a file begin with."""
    return f"b{sha256(file.encode()).hexdigest()[:12]}"


def _anchors(parents: dict[Term, list[Node]]) -> dict[Term, NamedNode | None]:
    """The IRI that each blank node hangs under, if it hangs under just one."""
    anchors: dict[Term, NamedNode | None] = {}
    for node, above in parents.items():
        first = above[0]
        if len(above) == 1 and isinstance(first, NamedNode):
            anchors[node] = first
        else:
            _anchor(node, parents, anchors)
    return anchors


def _with_those_above(nodes: Iterable[Term], parents: dict[Term, list[Node]]) -> set[Term]:
    """Blank nodes, and all that have one of them in their content."""
    found = set(nodes)
    stack = [*found]
    while stack:
        fresh = {
            node
            for node in parents.get(stack.pop(), ())
            if isinstance(node, BlankNode) and node not in found
        }
        found |= fresh
        stack += fresh
    return found


def _anchor(
    node: Term, parents: dict[Term, list[Node]], known: dict[Term, NamedNode | None]
) -> None:
    """Find the IRI above a blank node, and above those on the way there."""
    way: list[Term] = []
    here: Term = node
    while isinstance(here, BlankNode) and here not in known:
        known[here] = None  # met again on the same way: a circle
        way.append(here)
        above = parents.get(here, [])
        if len(above) != 1:
            return
        here = above[0]
    anchor = here if isinstance(here, NamedNode) else known.get(here)
    known.update(dict.fromkeys(way, anchor))


def _digest(
    node: Term, content: dict[Term, list[tuple[NamedNode, Term]]], known: dict[Term, str]
) -> str:
    """The SHA-256 of what a tree of blank nodes says, in any order; no recursion."""
    stack = [node]
    while stack:
        top = stack[-1]
        lines, below = [], []
        for predicate, obj in content.get(top, ()):
            inner = known.get(obj) if isinstance(obj, BlankNode) else ""
            if inner is None:
                below.append(obj)
            else:
                lines.append(f"{predicate} {inner or obj}\n")
        if below:
            stack += below
            continue
        lines.sort()
        known[top] = sha256("".join(lines).encode()).hexdigest()
        stack.pop()
    return known[node]
