"""The dataset of a query: the graphs of a store that it reads.

A query that names no graphs reads all that is stated and derived as its default graph, and the
named graphs of the files. One that names graphs, by FROM, FROM NAMED or parameters of a request,
reads exactly these. A default graph is a set of triples, however many graphs have one of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache, partial
from itertools import chain, islice, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    Store,
    Triple,
)

from allgraph.errors import QueryError, TooMuch
from allgraph.model.facts import LABEL, Find, finder
from allgraph.model.vocabulary import TYPE
from allgraph.rdf.ntriples import of_tab_separated
from allgraph.rdf.terms import (
    DERIVED,
    MERGED,
    WITH_WITHDRAWN,
    iri_or_none,
    stated,
    text,
)
from allgraph.sparql.syntax import place, undeclared
from allgraph.sparql.tokens import (
    Token,
    graphs_named,
    may_be_comparison,
    tokens,
    without_space,
)

if TYPE_CHECKING:
    from allgraph.rdf.nesting import Statement

MOST = 1_000_000
"""How many triples the graphs of several FROM may have together, and those of FROM NAMED where some
triple is in several of FROM."""
FEW = 500
"""How many named graphs are listed for the engine, which takes as long as there are graphs."""
APART = WITH_WITHDRAWN[1:]
"""The named graphs of a store that are no named graphs of its files."""
_COUNTS = f"""SELECT (COUNT(*) AS ?all) (COUNT(DISTINCT TRIPLE(?s, ?p, ?o)) AS ?different) {{
    SELECT ?s ?p ?o {{ ?s ?p ?o }} LIMIT {MOST + 1}
}}"""
_COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
_FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
_GLUED = re.compile(r"(?<![\w:?$/.-])(?:(?:ask|construct)from|fromnamed|from[\w.-]*:)", re.I)
"""FROM beside a word or name without a space, which the engine accepts."""
_END = Token("end", "", 0)
_LOOKED_UP = 2**14  # IRIs of which is remembered what was looked up, which takes some megabytes

Results = QuerySolutions | QueryBoolean | QueryTriples


class Graphs(NamedTuple):
    """Graphs by their names: those of the default graph, and the named ones."""

    default: Sequence[NamedNode | BlankNode | DefaultGraph]
    named: Sequence[NamedNode | BlankNode]


class QueriedStore:
    """A pyoxigraph store, which does not change, and queries of its graphs.

    `merged` are the graphs that are one default graph; no triple is in two of them.
    """

    def __init__(self, store: Store, *, with_withdrawn: bool = False) -> None:
        """Keep the store, without reading. The default graph may be `with_withdrawn` claims."""
        self.store = store
        self.merged = WITH_WITHDRAWN if with_withdrawn else MERGED
        self.quads = finder(store, self.merged)  # those of the default graph
        self.stated = finder(store, stated(self.merged))
        self.hidden = {*WITH_WITHDRAWN} - {*self.merged}  # the graphs that no query reads
        # whether a triple of the default graph has an IRI; no cycle keeps a store open with this
        self.has = lru_cache(_LOOKED_UP)(partial(_has, self.quads))
        self.labels = lru_cache(_LOOKED_UP)(partial(_objects, self.quads, LABEL))
        self.types = lru_cache(_LOOKED_UP)(partial(_objects, self.quads, TYPE))

    def __len__(self) -> int:
        """The count of triples in the default graph; counted by a query if there are others."""
        if self._is_union:
            return len(self.store)
        rows = self.store.query(_COUNT, default_graph=[*self.merged])
        return int(text(next(cast(QuerySolutions, rows))["n"]))

    def __contains__(self, triple: Triple) -> bool:
        """Return True if the default graph has a triple."""
        s, p, o = triple
        return any(Quad(s, p, o, graph) in self.store for graph in self.merged)

    @cached_property
    def _named(self) -> list[NamedNode | BlankNode]:
        """The named graphs of the files, or more than `FEW` of them; listed at the first use."""
        graphs = (graph for graph in self.store.named_graphs() if graph not in APART)
        return [*islice(graphs, FEW + 1)]

    @cached_property
    def _is_union(self) -> bool:
        """True if all triples of the store are in the graphs of the default graph."""
        return all(graph in self.merged for graph in self.store.named_graphs())

    def statements(
        self, nodes: Sequence[NamedNode], predicate: NamedNode | None = None
    ) -> Iterator[Statement]:
        """Yield the triples with some nodes as subject, perhaps only those with a predicate.

        The engine writes their texts, and numbers in place of the subjects, which takes two thirds
        of the time of `quads`. A triple may come twice.
        """
        numbered = " ".join(f"({number} {node})" for number, node in enumerate(nodes))
        name = "?p" if predicate is None else str(predicate)
        sparql = f"SELECT ?n ?p ?o {{ VALUES (?n ?s) {{ {numbered} }} ?s {name} ?o }}"
        rows = self.store.query(sparql, default_graph=[*self.merged])
        table = cast(QuerySolutions, rows).serialize(format=QueryResultsFormat.TSV)
        assert table is not None
        subjects = [*map(str, nodes)]
        for line in table.decode().split("\n")[1:-1]:  # no term has the end of a line in it
            number, said, obj = line.split("\t")
            yield subjects[int(number)], said or name, of_tab_separated(obj), ""

    def query(
        self,
        sparql: str,
        prefixes: dict[str, str],
        *,
        base: str | None = None,
        requested: Graphs | None = None,
        in_any_order: bool = False,
        **options: Any,
    ) -> Results:
        """Run a query, and return the results of the engine, which finds them as they are read.

        `requested` are the graphs that a request names beside the query; they go before those of
        FROM and FROM NAMED. `prefixes` need not be declared in the query, and relative IRIs are
        resolved against `base`. With `in_any_order` rows may come in another order, a little
        faster. `options` are further arguments of the engine. Raises `QueryError` for FROM without
        a space after it, `TooMuch` for several FROM with more than `MOST` triples, and the errors
        of the engine.
        """
        options |= {"prefixes": prefixes, "base_iri": base}
        store, has_graph = self.store, "graph" in sparql.lower()
        graphs = requested or _graphs_of_text(sparql, prefixes, base)
        if graphs is not None:
            store, graphs = self._without_repeats(self._distinct(graphs, has_graph))
        elif in_any_order and self._is_union and not has_graph:
            return store.query(sparql, use_default_graph_as_union=True, **options)
        elif not has_graph or len(self._named) <= FEW:
            graphs = Graphs(self.merged, self._named if has_graph else ())
        else:
            return self._filtered(sparql, options)
        default, named = [*graphs.default], [*graphs.named]
        return store.query(sparql, default_graph=default, named_graphs=named, **options)

    def _without_repeats(self, graphs: Graphs) -> tuple[Store, Graphs]:
        """Return a store with the same triples, none of them twice in its default graph.

        It is this store, unless a triple is in several graphs of the default graph: then a new one
        in memory. Raises `TooMuch` if they, or what would be in memory, have more than `MOST`.
        """
        if len({*graphs.default} - {DERIVED}) < 2:  # what is derived is in no other graph
            return self.store, graphs
        rows = self.store.query(_COUNTS, default_graph=[*graphs.default])
        count, different = (int(text(number)) for number in next(cast(QuerySolutions, rows)))
        _refuse_many(count)
        if count == different:
            return self.store, graphs
        union = Store()
        targets = [DefaultGraph()] * len(graphs.default) + [*graphs.named]
        for graph, target in zip(chain(*graphs), targets, strict=True):
            triples = self.store.quads_for_pattern(None, None, None, graph)
            limited = islice(triples, MOST + 1 - len(union))
            union.bulk_extend(Quad(s, p, o, target) for s, p, o, _ in limited)
            _refuse_many(len(union))
        return union, Graphs([DefaultGraph()], graphs.named)

    def _distinct(self, graphs: Graphs, has_graph: bool) -> Graphs:
        """Return the graphs, each once, without those that no query reads.

        Without GRAPH in the query, there are no named ones.
        """
        default, named = (
            [graph for graph in dict.fromkeys(of) if graph not in self.hidden] for of in graphs
        )
        return Graphs(default, named if has_graph else ())  # type: ignore[arg-type]

    def _filtered(self, sparql: str, options: dict[str, Any]) -> Results:
        """Run a query with GRAPH that names no graphs, with a FILTER in place of a list of graphs.

        A text where GRAPH may be overlooked gets the list, which takes longer.
        """
        filtered = _with_filters(sparql)
        if filtered is None:
            named = [graph for graph in self.store.named_graphs() if graph not in APART]
            merged = [*self.merged]
            return self.store.query(sparql, default_graph=merged, named_graphs=named, **options)
        try:
            return self.store.query(filtered, default_graph=[*self.merged], **options)
        except SyntaxError:
            Store().query(sparql, **options)  # raises it with the place in the text as it is
            raise


def _has(quads: Find, iri: str) -> bool:
    """Return True if a triple that `quads` finds has an IRI as one of its parts."""
    node = iri_or_none(iri)
    patterns = ((node, None, None), (None, node, None), (None, None, node))
    return node is not None and any(True for pattern in patterns for _ in quads(*pattern))


def _objects(quads: Find, predicate: NamedNode, iri: str) -> list[str]:
    """Return the objects of a predicate and an IRI as texts, sorted, each once."""
    return sorted({text(quad.object) for quad in quads(NamedNode(iri), predicate, None)})


def _refuse_many(count: int) -> None:
    """Raise `TooMuch` for more than `MOST` triples."""
    if count > MOST:
        raise TooMuch(
            f"the graphs of this query have more than {MOST:,} triples together, "
            "the limit for several FROM; name one graph"
        )


def _graphs_of_text(sparql: str, prefixes: dict[str, str], base: str | None) -> Graphs | None:
    """Return the graphs that FROM and FROM NAMED name, None without any.

    The engine resolves the IRIs. Raises its `SyntaxError` for one that is wrong, and `QueryError`
    for a FROM without a space beside it.
    """
    if "from" not in sparql.lower():
        return None
    _refuse_glued(sparql, prefixes)
    clauses = [*graphs_named(sparql)]
    if not clauses:
        return None
    is_word = (token for token in tokens(sparql) if token.kind == "word")
    start = next((token.start for token in is_word if token.text.upper() in _FORMS), 0)
    columns = " ".join(f"({graph.text} AS ?g{at})" for at, (graph, _) in enumerate(clauses))
    resolving = f"{sparql[:start]}SELECT {columns} {{}}"
    rows = cast(QuerySolutions, Store().query(resolving, prefixes=prefixes, base_iri=base))
    named: tuple[list[NamedNode], list[NamedNode]] = ([], [])
    for node, (_, is_named) in zip(next(rows), clauses, strict=True):
        if isinstance(node, NamedNode):  # else the text is no query, and the engine will say so
            named[is_named].append(node)
    return Graphs(*named)


def _refuse_glued(sparql: str, prefixes: dict[str, str]) -> None:
    """Raise `QueryError` for FROM without a space, as in ``FROMa:b``, which only the engine reads.

    A name that begins so is one if its prefix is declared.
    """
    if not _GLUED.search(sparql):
        return
    for token in tokens(sparql):
        if token.kind == "word" and _GLUED.match(token.text):
            raise QueryError(f"{place(sparql, token.start)}“{token.text}” needs spaces around FROM")
        if token.kind == "name" and _GLUED.match(token.text):
            if error := undeclared(sparql, prefixes):
                raise error


def _with_filters(sparql: str) -> str | None:
    """Return a query with a FILTER before each GRAPH, so that it reads only the files' graphs.

    ``None`` where a GRAPH may be overlooked: in a word that has it, or by an IRI that may be none;
    and with VALUES or a second SELECT, beside which the engine may leave GRAPH's variable unbound.

    >>> print(_with_filters("ASK { GRAPH ?g {} }"))
    ASK { FILTER(?g NOT IN (<https://w3id.org/allgraph/ns#derived>, \
<https://w3id.org/allgraph/ns#withdrawnClaims>, <https://w3id.org/allgraph/ns#withdrawnDerived>)) \
GRAPH ?g {} }
    """
    parts, start = [], 0
    words: Counter[str] = Counter()
    for token, graph in pairwise([*without_space(tokens(sparql)), _END]):
        word = token.text.upper() if token.kind in ("word", "name") else ""
        words[word] += 1
        if word == "GRAPH":
            only_files = f"FILTER({graph.text} NOT IN ({', '.join(map(str, APART))})) "
            parts += [sparql[start : token.start], only_files]
            start = token.start
        elif "GRAPH" in word or (may_be_comparison(token) and "'" in token.text):
            return None
    is_sure = words["SELECT"] < 2 and not words["VALUES"]
    return "".join([*parts, sparql[start:]]) if is_sure else None
