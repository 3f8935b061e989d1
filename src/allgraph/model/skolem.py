"""IRIs and stable labels for blank nodes, made from what they hang under (skolemization).

A blank node hangs under an IRI if just one triple has it as object, and so on with each blank node
above it, up to the IRI: its anchor. It gets an IRI if it is under a claim, evidence, a source or a
thing of ours; all others stay blank, with labels that are the same each time a file is read. Ours
are IRIs that begin as the base of the folder, or of one that it extends; and whatever leads to the
node by a predicate that claims, evidence and events are made of, as ``ag:evidence``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256

from allgraph.model import vocabulary
from allgraph.rdf import ntriples
from allgraph.rdf.ntriples import Parts
from allgraph.rdf.terms import AG, OA

ANY = ("<",)
"""The value of `ours` by which every IRI is."""
_OF_CLAIMS = (
    f"<{AG}", f"<{OA}hasSelector>",
    *map(str, (vocabulary.SUBJECT, vocabulary.OBJECT, vocabulary.SOURCE)),
)  # fmt: skip
"""How predicates of claims, evidence and events begin."""


class BlankNodes:
    """The blank nodes of triples, and what each hangs under.

    `triples` are those with blank nodes, and terms are texts of N-Triples. `anchors` has by blank
    node the IRI that it hangs under, if so do all blank nodes in its content; all others are
    *loose*.
    """

    def __init__(self, triples: Iterable[Parts]) -> None:
        """Find the IRI that each blank node hangs under, its anchor."""
        self._triples = [*dict.fromkeys(triples)]
        self._content: dict[str, list[tuple[str, str]]] = defaultdict(list)
        parents: dict[str, list[str]] = defaultdict(list)
        stack: list[tuple[Parts, Parts]] = []  # triples with a blank node as object, and their tops
        for triple in self._triples:
            subject, predicate, obj = triple
            if subject[0] == "_":
                self._content[subject].append((predicate, obj))
            if obj[0] == "_":
                parents[obj].append(subject)
                if subject[0] == "<":
                    stack.append((triple, triple))
        self._links: dict[str, tuple[Parts, Parts]] = {}  # nodes above first
        while stack:
            link = triple, top = stack.pop()
            node = triple[2]
            if len(parents[node]) == 1:
                self._links[node] = link
                for predicate, obj in self._content.get(node, ()):
                    if obj[0] == "_":
                        stack.append(((node, predicate, obj), top))
        self._loose = reachable(parents.keys() - self._links.keys(), parents)
        self._loose |= self._content.keys() - parents.keys()
        for node in self._loose:
            self._links.pop(node, None)

    @property
    def anchors(self) -> dict[str, str]:
        """The IRI that each blank node hangs under, without those that are loose."""
        return {node: top[0] for node, (_, top) in self._links.items()}

    def names(
        self, file: str, numbers: Mapping[str, int] | None, ours: tuple[str, ...]
    ) -> dict[str, str]:
        """Return for each blank node its IRI, or a blank node with a new label.

        A node with an anchor gets an IRI if that begins as one of `ours`, or leads to the node, or
        to one above it, by a predicate of claims. The IRI is made of the anchor and the SHA-256 of
        the node's content, so that equal content under one IRI is one node.

        All others stay as many as they are. The label of one with an anchor is made of what leads
        to it and of its content, so that the order of triples does not matter; that of a loose one
        has its number in the file. All have a digest of `file`, the name of the file, so that those
        of several files stay apart. `numbers` has the numbers, if the triples are only a part of
        the file; else `node_numbers` gives them.
        """
        names: dict[str, str] = {}
        key = label_prefix(file)
        if self._loose:
            numbers = node_numbers(self._triples) if numbers is None else numbers
            names = {node: f"_:{key}n{numbers[node]}" for node in self._loose}
        digests: dict[str, str] = {}  # of content, whatever the order of the triples in it
        for node in reversed(self._links):  # those below first
            content = self._content.get(node, ())
            lines = sorted(f"{predicate} {digests.get(obj, obj)}\n" for predicate, obj in content)
            digests[node] = sha256("".join(lines).encode()).hexdigest()
        alike: Counter[str] = Counter()
        for node, ((parent, predicate, _), (anchor, first, _)) in self._links.items():
            if anchor.startswith(ours) or first.startswith(_OF_CLAIMS):
                mark = "-" if "#" in anchor else "#"
                names[node] = f"{anchor[:-1]}{mark}{digests[node][:16]}>"
            else:
                place = f"{names.get(parent, parent)} {predicate} {digests[node]}"
                alike[place] += 1
                name = sha256(f"{place} {alike[place]}".encode()).hexdigest()
                names[node] = f"_:{key}h{name[:16]}"
        return names


def named_lines(lines: Iterable[str], file: str = "", ours: tuple[str, ...] = ANY) -> Iterator[str]:
    """Return the triples of one file, with names for its blank nodes, see `BlankNodes.names`.

    Triples are lines of N-Triples as `ntriples.written` has them. `file` is a name, and `ours` has
    the beginnings of IRIs that are ours.

    >>> lines = ["<http://x/a> <http://x/p> _:b .", '_:b <http://x/p> "1" .']
    >>> [*named_lines(lines)][0]
    '<http://x/a> <http://x/p> <http://x/a#ab31398ead639bf5> .'
    >>> [*named_lines(lines, ours=("<https://example.org/",))][0]
    '<http://x/a> <http://x/p> _:be3b0c44298fche17c6e92352b3e52 .'
    """
    lines = [*lines]
    return renamed_lines(lines, names_of(divided(lines)[1], file, ours=ours))


def named_quads(
    quads: Iterable[tuple[str, str]], file: str = "", ours: tuple[str, ...] = ANY
) -> tuple[list[str], list[str]]:
    """Return the triples of one file with named graphs, with names for its blank nodes.

    `quads` are lines of N-Triples, each with the name of its graph, ``""`` for the default graph.
    The first list has the triples of all graphs, each once, as `named_lines` names them; the second
    those of the named graphs, as lines of N-Quads.

    >>> named_quads([("<x:a> <x:p> <x:b> .", "<x:g>"), ("<x:a> <x:p> <x:b> .", "<x:h>")])[1]
    ['<x:a> <x:p> <x:b> <x:g> .', '<x:a> <x:p> <x:b> <x:h> .']
    """
    quads = dict.fromkeys(quads)
    lines = [*dict.fromkeys(line for line, _ in quads)]
    names = names_of(divided(lines)[1], file, ours=ours)
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
    triples: Iterable[Parts],
    file: str = "",
    numbers: Mapping[str, int] | None = None,
    ours: tuple[str, ...] = ANY,
) -> dict[str, str]:
    """Return `BlankNodes.names` of triples, which are all that have blank nodes."""
    return BlankNodes(triples).names(file, numbers, ours)


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


def reachable(nodes: Iterable[str], neighbours: Mapping[str, Iterable[str]]) -> set[str]:
    """Return blank nodes with all blank nodes that `neighbours` lead to from them, in any steps."""
    reached = set(nodes)
    stack = [*reached]
    while stack:
        new = {node for node in neighbours.get(stack.pop(), ()) if node[0] == "_"} - reached
        stack += new
        reached |= new
    return reached
