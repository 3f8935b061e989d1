"""IRIs and stable labels for blank nodes, made from what they hang under (skolemization)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from pyoxigraph import BlankNode, NamedNode, Quad, Triple

from allgraph.rdf.terms import Node, Term

_Content = dict[Term, list[tuple[NamedNode, Term]]]
"""The predicates and objects of each blank node."""
_Parents = dict[Term, list[Node]]
"""The subjects of the triples that each blank node is the object of."""


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
    """Quads of the default graph, with the names given for their blank nodes."""
    name = names.get
    renamed = []
    for quad in quads:
        s, p, o, _ = quad
        has_blank = isinstance(s, BlankNode) or isinstance(o, BlankNode)
        renamed.append(Quad(name(s, s), p, name(o, o)) if has_blank else quad)
    return renamed


def node_names(
    triples: Sequence[Triple | Quad], file: str = "", numbers: Mapping[Term, int] | None = None
) -> dict[Term, Node]:
    """The IRIs and labels that `named_quads` gives, by blank node.

    Where the triples are only a part of the file, `numbers` has the nodes' numbers in the whole.
    """
    content: _Content = defaultdict(list)
    parents: _Parents = defaultdict(list)
    for triple in triples:
        subject, obj = triple.subject, triple.object
        if type(subject) is BlankNode:
            content[subject].append((triple.predicate, obj))
        if type(obj) is BlankNode:
            parents[obj].append(subject)  # type: ignore[arg-type]
    anchors = _anchors(parents)
    unanchored = (node for node, anchor in anchors.items() if anchor is None)
    blank = _with_ancestors(unanchored, parents)
    digests: dict[Term, str] = {}
    names: dict[Term, Node] = {}
    for node, anchor in anchors.items():
        if anchor is not None and node not in blank:
            mark = "-" if "#" in anchor.value else "#"
            digest = _digest(node, content, digests)
            names[node] = NamedNode(f"{anchor.value}{mark}{digest[:16]}")
    others = {node for node in (*content, *parents) if node not in names}
    if others:
        key = _file_key(file)
        numbers = node_numbers(triples) if numbers is None else numbers
        names.update((node, BlankNode(f"{key}n{numbers[node]}")) for node in others)
    return names


def node_numbers(
    triples: Iterable[Triple | Quad], numbered: Mapping[Term, int] | None = None, first: int = 0
) -> dict[Term, int]:
    """Number the blank nodes of triples in the order in which they come, from `first` on.

    Those that are `numbered` already keep their number.
    """
    numbers = dict(numbered or ())
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
    """The beginning of the labels of a file's blank nodes."""
    return f"b{sha256(file.encode()).hexdigest()[:12]}"


def _anchors(parents: _Parents) -> dict[Term, NamedNode | None]:
    """The IRI at the top of each blank node's chain of single parents; ``None`` without one."""
    anchors: dict[Term, NamedNode | None] = {}
    for node, above in parents.items():
        if len(above) == 1 and isinstance(above[0], NamedNode):
            anchors[node] = above[0]
        else:
            _anchor(node, parents, anchors)
    return anchors


def _anchor(node: Term, parents: _Parents, anchors: dict[Term, NamedNode | None]) -> None:
    """Add the anchors of a blank node and of those above it to `anchors`."""
    chain: list[Term] = []
    here: Term = node
    while isinstance(here, BlankNode) and here not in anchors:
        anchors[here] = None  # found again in the same chain: a circle
        chain.append(here)
        above = parents.get(here, [])
        if len(above) != 1:
            return
        here = above[0]
    anchor = here if isinstance(here, NamedNode) else anchors.get(here)
    anchors.update(dict.fromkeys(chain, anchor))


def _with_ancestors(nodes: Iterable[Term], parents: _Parents) -> set[Term]:
    """Blank nodes, and all blank nodes that have one of them in their content."""
    reached = set(nodes)
    stack = [*reached]
    while stack:
        above = {node for node in parents.get(stack.pop(), ()) if isinstance(node, BlankNode)}
        stack += above - reached
        reached |= above
    return reached


def _digest(node: Term, content: _Content, digests: dict[Term, str]) -> str:
    """The SHA-256 of the content of a blank node, whatever the order of its triples.

    The blank nodes in it count by their own digests, which are added to `digests`. There is no
    recursion, so that deep content is no problem.
    """
    stack = [node]
    while stack:
        top = stack[-1]
        lines, below = [], []
        for predicate, obj in content.get(top, ()):
            inner = digests.get(obj) if isinstance(obj, BlankNode) else ""
            if inner is None:
                below.append(obj)
            else:
                lines.append(f"{predicate} {inner or obj}\n")
        if below:
            stack += below
            continue
        lines.sort()
        digests[top] = sha256("".join(lines).encode()).hexdigest()
        stack.pop()
    return digests[node]
