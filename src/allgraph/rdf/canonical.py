"""Labels of blank nodes that depend on the triples alone: RDF Dataset Canonicalization 1.0.

Some graphs of blank nodes take longer than anyone can wait (“poison graphs”), and the work
cannot be interrupted, so it is done in a process that can be killed, unless the blank nodes of a
small graph are all told apart by their own quads.

>>> from pyoxigraph import NamedNode
>>> a, p = map(NamedNode, ("http://x/a", "http://x/p"))
>>> print(canonical([Quad(a, p, BlankNode("x")), Quad(BlankNode("x"), p, a)]).decode(), end="")
<http://x/a> <http://x/p> _:c14n0 .
_:c14n0 <http://x/p> <http://x/a> .
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from hashlib import sha256

from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    Quad,
    RdfFormat,
    Triple,
    parse,
    serialize,
)

from allgraph import sandbox
from allgraph.errors import EngineCrash, EngineTimeout

SECONDS, PER_SECOND = 60.0, 20_000
"""The default time limit is `SECONDS`, and one more for each `PER_SECOND` quads."""
_MEMORY, _MEMORY_PER_QUAD = 2**28, 3 * 2**10
"""The limit of memory, in bytes, and what each quad adds to it: the engine takes up to 2.4 KiB for
one, but of blank nodes in a long chain, such as nested lists, without an end."""
_SMALL = 10_000  # quads that may be handled without a child process
_TOO_MANY = "too many of them, or too many with the same triples; give them IRIs"


def canonical(quads: Iterable[Quad | Triple], *, timeout: float | None = None) -> bytes:
    """Return quads or triples as canonical N-Quads: labels by RDFC-1.0, lines by code points.

    Each line comes once. May run a child process, since the work can take very long. Then raises
    `EngineTimeout` after `timeout` seconds (by default a minute, and more for large graphs;
    infinity is never), and `EngineCrash` when the child takes too much memory.
    """
    return canonical_lines(map(str, quads), timeout=timeout)


def canonical_lines(lines: Iterable[str], *, timeout: float | None = None) -> bytes:
    """Return quads or triples as `canonical` does; they are lines without dots and line ends."""
    text = _sorted_lines(lines)
    if b"_:" in text:
        quads = [*parse(text, format=RdfFormat.N_QUADS)]
        if any(map(_is_labelled, quads)):
            return _canonical_documents([quads], timeout)[0]
    return text  # nothing to label


def with_stable_labels(
    quads: Iterable[Quad], nodes: Collection[BlankNode], *, timeout: float | None = None
) -> list[Quad]:
    """Return the quads with new labels for `nodes`, and for the blank nodes connected to them.

    Connected are blank nodes in one quad, and so on. A label depends on the quads of the nodes
    connected to it alone; other blank nodes keep theirs. The order of quads is not kept. May run
    a child process; then raises `EngineTimeout` after `timeout` seconds (by default a minute, and
    more for large graphs) and `EngineCrash` when it dies.
    """
    quads = list(quads)
    groups = _groups_of_connected(quads, nodes)
    relabelled = [quad for quad in quads if not (_blank_nodes_of(quad) & groups.keys())]
    by_root: dict[BlankNode, list[Quad]] = {}
    for quad in quads:
        for root in {groups[node] for node in _blank_nodes_of(quad) if node in groups}:
            by_root.setdefault(root, []).append(quad)
    uses: Counter[str] = Counter()
    for lines in sorted(_canonical_documents(list(by_root.values()), timeout)) if by_root else []:
        key = f"b{sha256(lines).hexdigest()[:12]}"
        uses[key] += 1  # groups that are alike would get the same labels
        relabelled += _parsed_with_labels(lines, key if uses[key] == 1 else f"{key}x{uses[key]}")
    return relabelled


def _parsed_with_labels(lines: bytes, key: str) -> Iterable[Quad]:
    """Parse canonical N-Quads and yield the quads, with new labels for their blank nodes.

    A label ``c14nNUMBER`` becomes `key`, ``n`` and the number.
    """
    for quad in parse(lines, format=RdfFormat.N_QUADS):
        subject, obj, graph = (
            BlankNode(f"{key}n{term.value.removeprefix('c14n')}")
            if isinstance(term, BlankNode)
            else term
            for term in (quad.subject, quad.object, quad.graph_name)
        )
        yield Quad(subject, quad.predicate, obj, graph)


def _groups_of_connected(
    quads: list[Quad], nodes: Collection[BlankNode]
) -> dict[BlankNode, BlankNode]:
    """Return the blank nodes connected to `nodes`, each with the node that stands for its group.

    Those in `nodes` are among them; the first of these in a group stands for it. Connected are the
    subject, object and graph of a quad, and so on.
    """
    neighbours: dict[BlankNode, set[BlankNode]] = {}
    for quad in quads:
        joined = _blank_nodes_of(quad)
        for node in joined:
            neighbours.setdefault(node, set()).update(joined)
    groups: dict[BlankNode, BlankNode] = {}
    for root in nodes:
        stack = [root]
        while stack:
            node = stack.pop()
            if node not in groups:
                groups[node] = root
                stack += neighbours.get(node, ())
    return groups


def _blank_nodes_of(quad: Quad) -> set[BlankNode]:
    """Return the blank nodes among the subject, object and graph of a quad."""
    terms = (quad.subject, quad.object, quad.graph_name)
    return {term for term in terms if isinstance(term, BlankNode)}


def has_blank(quad: Quad | Triple) -> bool:
    """Return whether the subject or object is a blank node."""
    return isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode)


def _is_labelled(quad: Quad | Triple) -> bool:
    """Return True if a blank node is anywhere in a quad, also as its graph or in a triple term."""
    subject, _, obj, *graph = quad
    if isinstance(obj, Triple) and _is_labelled(obj):
        return True
    return any(isinstance(term, BlankNode) for term in (subject, obj, *graph))


def _blank_nodes_differ(quads: Iterable[Quad]) -> bool:
    """Return True if the quads of each blank node tell it apart, so that labels need no search.

    ``False`` too with triples as objects or blank nodes as graphs.
    This is the first step of RDFC-1.0: in the quads of a node it is `_:a`, and all others `_:z`.
    """
    lines: dict[BlankNode, set[str]] = {}
    for subject, predicate, obj, graph in quads:
        if isinstance(obj, Triple) or isinstance(graph, BlankNode):
            return False
        for node in (subject, obj):
            if isinstance(node, BlankNode):
                ends = (
                    ("_:a" if term == node else "_:z") if isinstance(term, BlankNode) else str(term)
                    for term in (subject, obj)
                )
                lines.setdefault(node, set()).add(f"{predicate} {graph} {' '.join(ends)}")
    return len({frozenset(texts) for texts in lines.values()}) == len(lines)


def _canonical_documents(datasets: list[list[Quad]], timeout: float | None) -> list[bytes]:
    """Return each dataset as canonical N-Quads; where that may take long, from a child process.

    The child is killed after `timeout` seconds, which raises `EngineTimeout`; ``None`` is
    `SECONDS` (a minute), and one more for each `PER_SECOND` (20,000) quads. Raises `EngineCrash`
    when it dies, as when it needs more memory than is linear in the number of quads.
    """
    count = sum(map(len, datasets))
    documents = [serialize(quads, format=RdfFormat.N_QUADS) or b"" for quads in datasets]
    if count <= _SMALL and all(map(_blank_nodes_differ, datasets)):
        return _canonical_in_process(documents)
    what = "the canonical order of the blank nodes"
    seconds = SECONDS + count / PER_SECOND if timeout is None else timeout
    memory = min(sandbox.MEMORY, _MEMORY + count * _MEMORY_PER_QUAD)
    try:
        return sandbox.run(
            _canonical_in_process,
            documents,
            what=what,
            timeout=seconds,
            memory=memory,
            can_pickle=True,
        )
    except EngineTimeout:
        raise EngineTimeout(
            f"{what} was not found in {seconds:.0f} s: {_TOO_MANY}, or give `timeout` more seconds"
        ) from None
    except EngineCrash as error:
        raise EngineCrash(f"{error.message}: {_TOO_MANY}") from None


def _canonical_in_process(documents: list[bytes]) -> list[bytes]:
    """Return documents of N-Quads as canonical N-Quads; cannot be interrupted."""
    canonical_documents = []
    for document in documents:
        dataset = Dataset(parse(document, format=RdfFormat.N_QUADS))
        dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
        canonical_documents.append(_sorted_lines(map(str, dataset)))
    return canonical_documents


def _sorted_lines(lines: Iterable[str]) -> bytes:
    """Return the distinct lines as N-Quads, with dots and line ends, sorted."""
    return "".join(sorted({f"{line} .\n" for line in lines})).encode()
