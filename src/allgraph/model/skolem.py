"""IRIs and stable labels for blank nodes, made from what they hang under (skolemization).

The parents of a blank node are the subjects of the triples with it as object. Its anchor is the
IRI at the top, if each node on the way up has just one parent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from pyoxigraph import BlankNode, NamedNode, Quad, Triple

from allgraph.rdf.terms import Node, Term

_Content = dict[Term, list[Triple | Quad]]
"""The triples with each blank node as subject."""
_Parents = dict[Term, list[Node]]
"""The subjects of the triples that each blank node is the object of."""


def named_quads(quads: list[Quad], file: str = "") -> list[Quad]:
    """Return the quads of one file, with IRIs for blank nodes that hang under an IRI.

    A blank node gets an IRI if it is the object of exactly one triple, and so is each blank node
    above it, up to an IRI: the new IRI is made of that one and the SHA-256 of the node's content,
    so that equal content under one IRI is one node. Blank nodes that are shared, in a circle, or
    have such a node in their content stay blank, and are labelled by `file`, a name, and their
    number in it, so that those of several files stay apart. All quads must be in the default
    graph.

    >>> from pyoxigraph import Literal
    >>> a, p, b = NamedNode("http://x/a"), NamedNode("http://x/p"), BlankNode("b")
    >>> [str(quad.object) for quad in named_quads([Quad(a, p, b), Quad(b, p, Literal("1"))])]
    ['<http://x/a#ab31398ead639bf5>', '"1"']
    """
    return renamed_quads(quads, node_names(quads, file))


def renamed_quads(quads: Iterable[Quad], names: Mapping[Term, Node]) -> list[Quad]:
    """Return quads with their blank nodes replaced by the terms in `names`; others stay.

    Quads with blank nodes are put into the default graph.
    """
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
    """Return for each blank node of triples its IRI, or a blank node with a new label.

    An IRI goes to a node that is the object of just one triple, as is each blank node above it, up
    to an IRI, and that has no other blank node below it than such. A label has a digest of `file`,
    the name of the file, and the node's number in it. `numbers` has these numbers, if the triples
    are only a part of the file; else `node_numbers` gives them.
    """
    content: _Content = defaultdict(list)
    parents: _Parents = defaultdict(list)
    for triple in triples:
        subject, obj = triple.subject, triple.object
        if type(subject) is BlankNode:
            content[subject].append(triple)
        if type(obj) is BlankNode:
            parents[obj].append(subject)  # type: ignore[arg-type]
    anchors = _anchors(parents)
    unanchored = (node for node, anchor in anchors.items() if anchor is None)
    # A blank node that has one without an anchor in its content gets no digest and no IRI:
    not_nameable = _with_containing(unanchored, parents)
    digests: dict[Term, str] = {}
    names: dict[Term, Node] = {}
    for node, anchor in anchors.items():
        if anchor is not None and node not in not_nameable:
            mark = "-" if "#" in anchor.value else "#"
            digest = _digest(node, content, digests)
            names[node] = NamedNode(f"{anchor.value}{mark}{digest[:16]}")
    still_blank = {node for node in (*content, *parents) if node not in names}
    if still_blank:
        key = label_prefix(file)
        numbers = node_numbers(triples) if numbers is None else numbers
        names.update((node, BlankNode(f"{key}n{numbers[node]}")) for node in still_blank)
    return names


def node_numbers(
    triples: Iterable[Triple | Quad], numbered: Mapping[Term, int] | None = None, first: int = 0
) -> dict[Term, int]:
    """Return a number for each blank node of triples, in order of appearance, from `first` on.

    Those in `numbered` keep their number, and are in the result too.
    """
    numbers = dict(numbered or ())
    first -= len(numbers)
    for triple in triples:
        for term in (triple.subject, triple.object):
            if isinstance(term, BlankNode) and term not in numbers:
                numbers[term] = first + len(numbers)
    return numbers


def own_labels(nodes: Iterable[Term], file: str) -> dict[Term, Node]:
    """Return new labels for blank nodes by their order, which depend on the name `file` alone.

    So they are the same each time that the file is read, and differ from those of other files.

    >>> list(own_labels([BlankNode("x")], "https://example.org/data/a.ttl").values())
    [<BlankNode value=b8352a8befde9n0>]
    """
    key = label_prefix(file)
    return {node: BlankNode(f"{key}n{number}") for number, node in enumerate(nodes)}


def label_prefix(file: str) -> str:
    """Return the beginning of the labels of blank nodes in a file, made of the file's name."""
    return f"b{sha256(file.encode()).hexdigest()[:12]}"


def _anchors(parents: _Parents) -> dict[Term, NamedNode | None]:
    """Return by blank node the IRI at the top of its chain of single parents, or ``None``.

    `parents` has the subjects of the triples that each blank node is the object of.
    """
    anchors: dict[Term, NamedNode | None] = {}
    for node, above in parents.items():
        if len(above) == 1 and isinstance(above[0], NamedNode):
            anchors[node] = above[0]
        else:
            _add_anchors(node, parents, anchors)
    return anchors


def _add_anchors(node: Term, parents: _Parents, anchors: dict[Term, NamedNode | None]) -> None:
    """Find the anchor of a blank node; add it, for the node and those above it, to `anchors`.

    It is the IRI at the top of its chain of single `parents` (subjects of the triples with it as
    object), or ``None``.
    """
    chain: list[Term] = []
    here: Term = node
    while isinstance(here, BlankNode) and here not in anchors:
        anchors[here] = None  # stays so if the chain is a circle, which ends here again
        chain.append(here)
        above = parents.get(here, [])
        if len(above) != 1:
            return
        here = above[0]
    anchor = here if isinstance(here, NamedNode) else anchors.get(here)
    anchors.update(dict.fromkeys(chain, anchor))


def _with_containing(nodes: Iterable[Term], parents: _Parents) -> set[Term]:
    """Return blank nodes with all blank nodes that have one of them below, at any depth.

    `parents` has the subjects of the triples that each blank node is the object of.
    """
    reached = set(nodes)
    stack = [*reached]
    while stack:
        above = {node for node in parents.get(stack.pop(), ()) if isinstance(node, BlankNode)}
        stack += above - reached
        reached |= above
    return reached


def _digest(node: Term, content: _Content, digests: dict[Term, str]) -> str:
    """Return the SHA-256 of the content of a blank node, whatever the order of its triples.

    `content` has the triples about each blank node. A blank node as an object counts by its own
    digest. All that are worked out are added to `digests`, and taken from it. Not
    recursive, for deep content; there must be no circle.
    """
    stack = [node]
    while stack:
        top = stack[-1]
        lines, below = [], []
        for triple in content.get(top, ()):
            obj = triple.object
            inner = digests.get(obj) if isinstance(obj, BlankNode) else ""
            if inner is None:
                below.append(obj)
            else:
                lines.append(f"{triple.predicate} {inner or obj}\n")
        if below:
            stack += below
            continue
        lines.sort()
        digests[top] = sha256("".join(lines).encode()).hexdigest()
        stack.pop()
    return digests[node]
