"""IRIs and stable labels for blank nodes, made from what they hang under (skolemization).

The parents of a blank node are the subjects of the triples with it as object. Its anchor is the
IRI at the top, if each node on the way up has just one parent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256

from allgraph.rdf import ntriples
from allgraph.rdf.ntriples import Parts

_Content = dict[str, list[tuple[str, str]]]
"""The predicates and objects of the triples with each blank node as subject."""
_Parents = dict[str, list[str]]
"""The subjects of the triples that each blank node is the object of."""


def named_lines(lines: Iterable[str], file: str = "") -> Iterator[str]:
    """Return the triples of one file, with IRIs for blank nodes that hang under an IRI.

    Triples are lines of N-Triples as `ntriples.written` has them. A blank node gets an IRI if it is
    the object of exactly one triple, and so is each blank node above it, up to an IRI: the new IRI
    is made of that one and the SHA-256 of the node's content, so that equal content under one IRI
    is one node. Blank nodes that are shared, in a circle, or have such a node in their content stay
    blank, and are labelled by `file`, a name, and their number in it, so that those of several
    files stay apart.

    >>> [*named_lines(["<http://x/a> <http://x/p> _:b .", '_:b <http://x/p> "1" .'])][0]
    '<http://x/a> <http://x/p> <http://x/a#ab31398ead639bf5> .'
    """
    lines = [*lines]
    return renamed_lines(lines, names_of(divided(lines)[1], file))


def named_quads(quads: Iterable[tuple[str, str]], file: str = "") -> tuple[list[str], list[str]]:
    """Return the triples of one file with named graphs, with names for its blank nodes.

    `quads` are lines of N-Triples, each with the name of its graph, ``""`` for the default graph.
    The first list has the triples of all graphs, each once, as `named_lines` names them; the second
    those of the named graphs, as lines of N-Quads.

    >>> named_quads([("<x:a> <x:p> <x:b> .", "<x:g>"), ("<x:a> <x:p> <x:b> .", "<x:h>")])[1]
    ['<x:a> <x:p> <x:b> <x:g> .', '<x:a> <x:p> <x:b> <x:h> .']
    """
    quads = dict.fromkeys(quads)
    lines = [*dict.fromkeys(line for line, _ in quads)]
    names = names_of(divided(lines)[1], file)
    graphs = graph_labels((graph for _, graph in quads), file) | names
    renamed_line = dict(zip(lines, renamed_lines(lines, names), strict=True))
    in_graphs = (
        ntriples.in_graph(renamed_line[line], graphs.get(graph, graph))
        for line, graph in quads
        if graph
    )
    return [*renamed_line.values()], [*in_graphs]


def graph_labels(graphs: Iterable[str], file: str) -> dict[str, str]:
    """Return new labels for the names of graphs that are blank nodes, in order of appearance."""
    blank = dict.fromkeys(graph for graph in graphs if graph.startswith("_"))
    return {graph: f"_:{label_prefix(file)}g{number}" for number, graph in enumerate(blank)}


def labelled_lines(lines: Iterable[str], file: str) -> Iterator[str]:
    """Return the triples of one file with labels for its blank nodes, see `labels_of`.

    >>> [*labelled_lines(["_:x <http://x/p> _:x ."], "https://example.org/data/a.ttl")]
    ['_:b8352a8befde9n0 <http://x/p> _:b8352a8befde9n0 .']
    """
    lines = [*lines]
    return renamed_lines(lines, labels_of(divided(lines)[1], file))


def divided(lines: Iterable[str]) -> tuple[list[str], list[Parts]]:
    """Return the lines without a blank node as subject or object, and the parts of the others."""
    plain: list[str] = []
    with_blank: list[Parts] = []
    for line in lines:
        if "_:" in line:
            subject, predicate, obj = line[:-2].split(" ", 2)
            if subject[0] == "_" or obj[0] == "_":
                with_blank.append((subject, predicate, obj))
                continue
        plain.append(line)
    return plain, with_blank


def renamed_lines(lines: Iterable[str], names: Mapping[str, str]) -> Iterator[str]:
    """Yield lines of N-Triples with their blank nodes replaced by their `names`; others stay."""
    name = names.get
    for line in lines:
        if names and "_:" in line:
            subject, predicate, obj = line[:-2].split(" ", 2)
            line = f"{name(subject, subject)} {predicate} {name(obj, obj)} ."
        yield line


def renamed(triples: Iterable[Parts], names: Mapping[str, str]) -> list[str]:
    """Return triples as lines of N-Triples, with their blank nodes replaced by their `names`."""
    name = names.get
    return [f"{name(s, s)} {p} {name(o, o)} ." for s, p, o in triples]


def names_of(
    triples: Iterable[Parts], file: str = "", numbers: Mapping[str, int] | None = None
) -> dict[str, str]:
    """Return for each blank node of triples its IRI, or a blank node with a new label.

    `triples` are all that have blank nodes, and terms are texts of N-Triples. An IRI goes to a node
    that is the object of just one triple, as is each blank node above it, up to an IRI, and that
    has no other blank node below it than such. A label has a digest of `file`, the name of the
    file, and the node's number in it. `numbers` has these numbers, if the triples are only a part
    of the file; else `node_numbers` gives them.
    """
    triples = [*triples]
    content: _Content = defaultdict(list)
    parents: _Parents = defaultdict(list)
    for subject, predicate, obj in triples:
        if subject[0] == "_":
            content[subject].append((predicate, obj))
        if obj[0] == "_":
            parents[obj].append(subject)
    anchors = _anchors(parents)
    unanchored = (node for node, anchor in anchors.items() if not anchor)
    # A blank node that has one without an anchor in its content gets no digest and no IRI:
    not_nameable = reachable(unanchored, parents)
    digests: dict[str, str] = {}
    names: dict[str, str] = {}
    for node, anchor in anchors.items():
        if anchor and node not in not_nameable:
            mark = "-" if "#" in anchor else "#"
            names[node] = f"{anchor[:-1]}{mark}{_digest(node, content, digests)[:16]}>"
    still_blank = {node for node in (*content, *parents) if node not in names}
    if still_blank:
        key = label_prefix(file)
        numbers = node_numbers(triples) if numbers is None else numbers
        names.update((node, f"_:{key}n{numbers[node]}") for node in still_blank)
    return names


def node_numbers(
    triples: Iterable[Parts], numbered: Mapping[str, int] | None = None, first: int = 0
) -> dict[str, int]:
    """Return a number for each blank node of triples, in order of appearance, from `first` on.

    Those in `numbered` keep their number, and are in the result too.
    """
    numbers = dict(numbered or ())
    first -= len(numbers)
    for subject, _, obj in triples:
        if subject[0] == "_" and subject not in numbers:
            numbers[subject] = first + len(numbers)
        if obj[0] == "_" and obj not in numbers:
            numbers[obj] = first + len(numbers)
    return numbers


def labels_of(triples: Iterable[Parts], file: str) -> dict[str, str]:
    """Return new labels for the blank nodes of a file, made of their order and the file's name.

    So they are the same each time that the file is read, and differ from those of other files.
    """
    key = label_prefix(file)
    return {node: f"_:{key}n{number}" for node, number in node_numbers(triples).items()}


def label_prefix(file: str) -> str:
    """Return the beginning of the labels of blank nodes in a file, made of the file's name."""
    return f"b{sha256(file.encode()).hexdigest()[:12]}"


def _anchors(parents: _Parents) -> dict[str, str]:
    """Return by blank node the IRI at the top of its chain of single parents, or ``""``.

    `parents` has the subjects of the triples that each blank node is the object of.
    """
    anchors: dict[str, str] = {}
    for node, above in parents.items():
        if len(above) == 1 and above[0][0] == "<":
            anchors[node] = above[0]
        else:
            _add_anchors(node, parents, anchors)
    return anchors


def _add_anchors(node: str, parents: _Parents, anchors: dict[str, str]) -> None:
    """Find the anchor of a blank node; add it, for the node and those above it, to `anchors`.

    It is the IRI at the top of its chain of single `parents` (subjects of the triples with it as
    object), or ``""``.
    """
    chain: list[str] = []
    here = node
    while here[0] == "_" and here not in anchors:
        anchors[here] = ""  # stays so if the chain is a circle, which ends here again
        chain.append(here)
        above = parents.get(here, [])
        if len(above) != 1:
            return
        here = above[0]
    anchor = here if here[0] == "<" else anchors.get(here, "")
    anchors.update(dict.fromkeys(chain, anchor))


def reachable(nodes: Iterable[str], neighbours: Mapping[str, Iterable[str]]) -> set[str]:
    """Return blank nodes with all blank nodes that `neighbours` lead to from them, in any steps."""
    reached = set(nodes)
    stack = [*reached]
    while stack:
        new = {node for node in neighbours.get(stack.pop(), ()) if node[0] == "_"} - reached
        stack += new
        reached |= new
    return reached


def _digest(node: str, content: _Content, digests: dict[str, str]) -> str:
    """Return the SHA-256 of the content of a blank node, whatever the order of its triples.

    `content` has the triples about each blank node. A blank node as an object counts by its own
    digest. All that are worked out are added to `digests`, and taken from it. Not
    recursive, for deep content; there must be no circle.
    """
    stack = [node]
    while stack:
        top = stack[-1]
        lines, below = [], []
        for predicate, obj in content.get(top, ()):
            inner = digests.get(obj) if obj[0] == "_" else obj
            if inner is None:
                below.append(obj)
            else:
                lines.append(f"{predicate} {inner}\n")
        if below:
            stack += below
            continue
        lines.sort()
        digests[top] = sha256("".join(lines).encode()).hexdigest()
        stack.pop()
    return digests[node]
