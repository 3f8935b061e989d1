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

from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset, Quad, RdfFormat, Triple, parse

from allgraph import sandbox
from allgraph.errors import EngineTimeout

SECONDS, PER_SECOND = 60.0, 20_000
"""The default limit: so many seconds, and one more for each `PER_SECOND` quads."""
_SMALL = 10_000  # quads


def canonical(quads: Iterable[Quad | Triple], *, timeout: float | None = None) -> bytes:
    """Return quads or triples as canonical N-Quads: labels by RDFC-1.0, lines by code points.

    Raises `EngineTimeout` after `timeout` seconds (by default a minute, and more for large
    graphs; infinity is never), `EngineCrash` when it takes too much memory.
    """
    quads = list(quads)
    lines = _lines(quads)
    if b"_:" not in lines or not any(map(has_blank, quads)):
        return lines
    whole = [Quad(*quad) if isinstance(quad, Triple) else quad for quad in quads]
    return _ordered([whole], timeout)[0]


def with_stable_labels(
    quads: Iterable[Quad], nodes: Collection[BlankNode], *, timeout: float | None = None
) -> list[Quad]:
    """Return the quads with new labels for some nodes, and the blank nodes connected to them.

    A label depends only on the triples of the blank nodes that are connected, so other triples
    do not change it. Errors as `canonical`.
    """
    quads = list(quads)
    groups = _groups(quads, nodes)
    relabelled = [quad for quad in quads if not (_blanks(quad) & groups.keys())]
    members: dict[BlankNode, list[Quad]] = {}
    for quad in quads:
        for root in {groups[node] for node in _blanks(quad) if node in groups}:
            members.setdefault(root, []).append(quad)
    seen: Counter[str] = Counter()
    for lines in sorted(_ordered(list(members.values()), timeout)) if members else []:
        key = f"b{sha256(lines).hexdigest()[:12]}"
        seen[key] += 1
        relabelled += _with_key(lines, key if seen[key] == 1 else f"{key}x{seen[key]}")
    return relabelled


def _with_key(lines: bytes, key: str) -> Iterable[Quad]:
    """Yield canonical quads with labels made of a key and the canonical number."""
    for quad in parse(lines, format=RdfFormat.N_QUADS):
        subject, obj = (
            BlankNode(f"{key}n{term.value.removeprefix('c14n')}")
            if isinstance(term, BlankNode)
            else term
            for term in (quad.subject, quad.object)
        )
        yield Quad(subject, quad.predicate, obj, quad.graph_name)


def _groups(quads: list[Quad], nodes: Collection[BlankNode]) -> dict[BlankNode, BlankNode]:
    """Return the blank nodes connected to some nodes, each with one node that names its group."""
    near: dict[BlankNode, set[BlankNode]] = {}
    for quad in quads:
        joined = _blanks(quad)
        for node in joined:
            near.setdefault(node, set()).update(joined)
    groups: dict[BlankNode, BlankNode] = {}
    for root in nodes:
        stack = [root]
        while stack:
            node = stack.pop()
            if node not in groups:
                groups[node] = root
                stack += near.get(node, ())
    return groups


def _blanks(quad: Quad) -> set[BlankNode]:
    return {term for term in (quad.subject, quad.object) if isinstance(term, BlankNode)}


def has_blank(quad: Quad | Triple) -> bool:
    """Return whether the subject or object is a blank node."""
    return isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode)


def _is_easy(quads: Iterable[Quad]) -> bool:
    """Whether all blank nodes differ in their own quads, so that nothing has to be searched.

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


def _ordered(datasets: list[list[Quad]], timeout: float | None) -> list[bytes]:
    """Return datasets as canonical N-Quads; where that may take long, from a child process."""
    if sum(map(len, datasets)) <= _SMALL and all(map(_is_easy, datasets)):
        return _canonical(datasets)
    what = "the canonical order of the blank nodes"
    seconds = SECONDS + sum(map(len, datasets)) / PER_SECOND if timeout is None else timeout
    try:
        spawned = sandbox.has_store_on_disk()
        return sandbox.run(_canonical, datasets, what=what, timeout=seconds, spawned=spawned)
    except EngineTimeout:
        raise EngineTimeout(
            f"{what} was not found in {seconds:.0f} s, since they are too alike, or too many; "
            "give them IRIs, or give --timeout more seconds"
        ) from None


def _canonical(datasets: list[list[Quad]]) -> list[bytes]:
    documents = []
    for quads in datasets:
        dataset = Dataset(quads)
        dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
        documents.append(_lines(dataset))
    return documents


def _lines(quads: Iterable[Quad | Triple]) -> bytes:
    """Return quads or triples as sorted lines, each once."""
    return "".join(sorted({f"{quad} .\n" for quad in quads})).encode()
