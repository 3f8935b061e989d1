"""Warnings about a query whose syntax is right, but which may not ask what is meant.

>>> from allgraph.graph import open_graph
>>> of(open_graph(), "ASK { ?s a ag:Persn }")
['line 1, column 12: the graph has no ag:Persn; did you mean ag:Person?']
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import chain, islice, pairwise
from operator import itemgetter
from typing import NamedTuple

from pyoxigraph import NamedNode

from allgraph.errors import EngineError, QueryError
from allgraph.folder import Folder
from allgraph.folder.deprecated import Table
from allgraph.graph.graph import Graph
from allgraph.model import vocabulary
from allgraph.rdf.terms import AG, OF_DERIVED, WITHDRAWN, XSD, Term, iri_or_none, local_name, text
from allgraph.sparql.answer import Row
from allgraph.sparql.dataset import APART
from allgraph.sparql.house import house
from allgraph.sparql.questions import Query, read_query
from allgraph.sparql.syntax import place
from allgraph.sparql.tokens import Token, iris, prologue, texts, tokens, whole

MOST = 5
"""How many warnings one query gets at most."""
_LONGEST = 20_000  # characters of a query that is looked through
_SHOWN = 80  # characters of an IRI that a warning shows
_MOST_TERMS = 50  # IRIs that are looked up
_PATIENCE = 3.0  # seconds that an endpoint may take for each of its two queries
_OTHER_ENGINES = {"SERVICE"}  # words of a query that is not about the graph alone
_OTHER_GRAPHS = {*_OTHER_ENGINES, "FROM", "GRAPH"}  # nor about the default graph of an endpoint
_NO_TERM_AFTER = frozenset("BASE FROM GRAPH NAMED PREFIX SERVICE SILENT ^^".split())
_KINDS_OF_TERMS = frozenset(("iri", "name", "variable", "string", "number"))
_BEFORE_PREDICATES = frozenset(";/^|!")
_AFTER_PREDICATES = frozenset("/|*+")
_NOT_SHORT = ("BASE", "FROM", "GRAPH", "PREFIX", "SERVICE")  # what takes a longer look
_GRAPHS = {graph.value for graph in (*OF_DERIVED, WITHDRAWN)}
_QUOTES = frozenset("\"'")
_DATE = re.compile(r"\d{4}-\d\d(?:-\d\d)?(?![\w-])")


def of(graph: Graph, sparql: str) -> list[str]:
    """Return warnings about a query, each with its line and column; at most `MOST`.

    They are about dates without quotes, which are subtractions, about selected variables that are
    nowhere else, about deprecated terms, about IRIs that are in no triple of the graph, with one
    that may be meant, and about graphs of GRAPH that it does not have. IRIs of a CONSTRUCT
    template, datatypes and functions are not looked up, and none where SERVICE asks elsewhere, or
    where FROM or GRAPH names a graph of an endpoint. ``[]`` for a query of more than `_LONGEST`
    characters. Reads the store of the graph. An endpoint is sent one small query, and where an IRI
    is unknown another one for the classes and predicates of which one may be meant; if it fails,
    or takes more than `_PATIENCE` seconds, no unknown IRI gets a warning.
    """
    if len(sparql) > _LONGEST or _is_surely_right(graph, sparql):
        return []
    parts = [*whole(tokens(sparql))]
    warnings = chain(
        _bare_dates(sparql, parts),
        _unbound(sparql, parts),
        _deprecated(graph, sparql, parts),
        _unknown(graph, sparql, parts),
    )
    return [*islice(warnings, MOST)]


def _is_surely_right(graph: Graph, sparql: str) -> bool:
    """Return True if a short check shows that a query gets no warning; False means unknown.

    Most queries are so, and to look at each token as `of` does takes longer than to answer some.
    """
    own, end = prologue(sparql)
    rest = sparql[end:]
    upper = rest.upper()
    if graph.is_remote or any(word in upper for word in _NOT_SHORT):
        return False
    parts = texts(rest)
    has_year = any(len(part) == 4 and part.isdigit() for part in parts)
    if has_year or 1 in Counter([part for part in parts if part[0] in "?$"]).values():
        return False
    terms = {part for part in parts if ":" in part and part[0] not in _QUOTES}
    declared = {**graph.prefixes, **own}
    has = graph.queried.has
    return len(terms) <= _MOST_TERMS and all(
        not iri or (has(iri) and iri not in graph.deprecated) or iri.startswith(XSD)
        for iri in [_iri(term, declared) for term in terms]
    )


def _bare_dates(sparql: str, parts: list[Token]) -> Iterator[str]:
    """Yield a warning for each date that is written as a subtraction of numbers."""
    for token in parts:
        match = _DATE.match(sparql, token.start) if token.kind == "number" else None
        if match:
            hint = f'write "{match[0]}"^^xsd:date for the day'
            yield f"{place(sparql, token.start)}{match[0]} is a subtraction of numbers; {hint}"


def _unbound(sparql: str, parts: list[Token]) -> Iterator[str]:
    """Yield a warning for each variable that the query selects and has nowhere else.

    One that is selected twice, or only sorted by, is not found.
    """
    start = next((at for at, token in enumerate(parts) if token.text.upper() == "SELECT"), None)
    if start is None or "{" in {token.text for token in parts[:start]}:
        return
    counts = Counter(token.text[1:] for token in parts if token.kind == "variable")
    for before, token in pairwise(parts[start:]):
        if token.text == "{":
            return
        is_assigned = before.text.upper() == "AS"
        if token.kind == "variable" and not is_assigned and counts[token.text[1:]] == 1:
            yield (f"{place(sparql, token.start)}{token.text} is selected, and nowhere in WHERE")


def _deprecated(graph: Graph, sparql: str, parts: list[Token]) -> Iterator[str]:
    """Yield a warning for each deprecated term in a query, with what to use."""
    first_tokens: dict[str, Token] = {}
    for token, iri in iris(parts, graph.prefixes):
        if iri in graph.deprecated:
            first_tokens.setdefault(iri, token)
    for iri, token in first_tokens.items():
        yield f"{place(sparql, token.start)}{graph.deprecated[iri].advice(graph.prefixes)}"


class TermWarning(NamedTuple):
    """A warning about a term in the text of a question: the line, from 1, and the message.

    It `is_about_deprecated` terms, or about one that is unknown.
    """

    line: int
    text: str
    is_about_deprecated: bool


class Terms(NamedTuple):
    """The terms that a question may have.

    `deprecated` are those that should not be used. `has` says whether an IRI is known, and `names`
    returns IRIs of terms that may be meant by one that is not.
    """

    deprecated: Table
    has: Callable[[str], bool]
    names: Callable[[], Iterable[str]]

    def warnings(self, query: Query) -> Iterator[TermWarning]:
        """Yield the warnings about a question, in the order of lines.

        They are about deprecated terms, and about unknown ones of the ontology of allgraph, unless
        nothing of it is known.
        """
        for iri, line in sorted(query.iris.items(), key=itemgetter(1)):
            if iri in self.deprecated:
                yield TermWarning(line, self.deprecated[iri].advice(query.prefixes), True)
            elif iri.startswith(AG) and iri not in _GRAPHS and not self.has(iri):
                names = (name for name in self.names() if name not in self.deprecated)
                known = {local_name(name).lower(): name for name in names if AG in name}
                near = get_close_matches(local_name(iri).lower(), known, 1, 0.75)
                hint = f"; did you mean {query.prefixes.shorten(known[near[0]])}?" if near else ""
                if known:
                    message = f"the graph has no {query.prefixes.shorten(iri)}{hint}"
                    yield TermWarning(line, message, False)


def terms_of(graph: Graph) -> Terms:
    """Return the terms of a graph; one at an endpoint has all that are not deprecated."""
    has = (lambda _: True) if graph.is_remote else graph.root.queried.has
    return Terms(graph.deprecated, has, lambda: (iri for iri, _ in _known_terms(graph.root)))


def of_question(graph: Graph, query: Query) -> list[str]:
    """Return the warnings about the terms in the text of a question; see `Terms.warnings`."""
    return [warning.text for warning in terms_of(graph).warnings(query)]


def of_questions(folder: Folder, terms: Terms) -> Iterator[tuple[str, TermWarning]]:
    """Yield the warnings about terms in the questions and profiles of a folder itself.

    Each comes after the path for messages. Reads the files, and passes over those that are invalid.
    """
    for path in sorted(folder.own_query_files()):
        name = folder.relative(path)
        try:
            query = read_query(path, name, folder.prefixes)
        except QueryError:
            continue
        yield from ((name, warning) for warning in terms.warnings(query))


def _unknown(graph: Graph, sparql: str, parts: list[Token]) -> Iterator[str]:
    """Yield a warning for each IRI in a query that the graph does not have.

    That is in none of its triples, or after GRAPH, as none of its graphs.
    """
    words = {token.text.upper() for token in parts if token.kind == "word"}
    if not words.isdisjoint(_OTHER_GRAPHS if graph.is_remote else _OTHER_ENGINES):
        return
    declared = {**graph.prefixes, **_declarations([part.text for part in parts])}
    first_tokens: dict[NamedNode, tuple[Token, str]] = {}
    for token, role in _terms(parts):
        node = _node(token.text, declared)
        if node is not None and not node.value.startswith(XSD):
            first_tokens.setdefault(node, (token, role))
    unknown = _unknown_among(graph, [*islice(first_tokens, _MOST_TERMS)])
    known_terms = _known_terms(graph) if unknown else []
    for node in unknown:
        token, role = first_tokens[node]
        prefix = token.text.partition(":")[0]
        space = declared.get(prefix) if token.kind == "name" else None
        hint = _hint(graph, node.value, prefix, space, role, known_terms)
        yield f"{place(sparql, token.start)}the graph has no {_shortened(token)}{hint}"
    apart = () if "FROM" in words else APART  # which only FROM NAMED makes graphs of GRAPH
    for before, token in pairwise(parts):
        is_graph = before.text.upper() == "GRAPH" and token.kind in ("iri", "name")
        node = _node(token.text, declared) if is_graph else None
        if node is None:
            continue
        is_hidden = node in apart or node in graph.queried.hidden
        if is_hidden or not any(graph.store.quads_for_pattern(None, None, None, node)):
            yield f"{place(sparql, token.start)}there is no graph {_shortened(token)} here"


def _shortened(token: Token) -> str:
    """Return the text of a token, cut to `_SHOWN` characters."""
    return token.text if len(token.text) <= _SHOWN else f"{token.text[:_SHOWN]}…"


def _node(text: str, declared: Mapping[str, str]) -> NamedNode | None:
    """Return the IRI that a token is, ``None`` for one that is relative or not read here.

    `text` is that of the token, and `declared` are namespaces by their prefixes.
    """
    return iri_or_none(_iri(text, declared))


def _iri(text: str, declared: Mapping[str, str]) -> str:
    """Return the text of the IRI that a token is, which may be none; ``""`` if it is not read.

    `text` and `declared` are as for `_node`.
    """
    if "\\" in text:
        return ""
    if text[0] == "<":
        return text[1:-1]
    prefix, _, local = text.partition(":")
    return declared[prefix] + local if local and prefix in declared else ""


def _declarations(parts: list[str]) -> dict[str, str]:
    """Return the prefixes that a query declares, with their namespaces.

    `parts` are the texts of its tokens.
    """
    return {
        name.removesuffix(":"): iri[1:-1]
        for word, name, iri in zip(parts, parts[1:], parts[2:], strict=False)
        if word.upper() == "PREFIX" and iri[0] == "<" and len(iri) > 1
    }


def _terms(parts: list[Token]) -> Iterator[tuple[Token, str]]:
    """Yield the tokens of a query that are IRIs to be found in triples, each with its role."""
    before, depth, template = "", 0, 0  # `template`: the depth of the braces of a template
    for at, token in enumerate(parts):
        depth += (token.text == "{") - (token.text == "}")
        if before.upper() == "CONSTRUCT" and token.text == "{":
            template = depth
        template *= depth >= template
        if token.kind in ("iri", "name") and not template:
            is_declared = at > 1 and parts[at - 2].text.upper() == "PREFIX"
            is_function = [after.text for after in parts[at + 1 : at + 2]] == ["("]
            if not (is_declared or is_function or before.upper() in _NO_TERM_AFTER):
                yield token, _role(parts, at)
        before = token.text


def _role(parts: list[Token], at: int) -> str:
    """Return the use of an IRI by its place in a query: ``class``, ``predicate``, or ``""``.

    The last is a subject, an object, or what cannot be told.
    """
    before = parts[at - 1] if at else parts[at]
    after = parts[at + 1] if at + 1 < len(parts) else parts[at]
    if before.text in ("a", "rdf:type"):
        return "class"
    is_between = before.kind in _KINDS_OF_TERMS and (
        after.kind in _KINDS_OF_TERMS or after.text in ("[", "(")
    )
    is_path = before.text in _BEFORE_PREDICATES or after.text in _AFTER_PREDICATES
    return "predicate" if is_between or is_path else ""


def _unknown_among(graph: Graph, nodes: list[NamedNode]) -> list[NamedNode]:
    """Return the IRIs that no triple of the graph has; ``[]`` if an endpoint does not answer.

    The store of the graph is read, or an endpoint queried, also for rdf:type: one that does not
    find this is not believed.
    """
    if not graph.is_remote:
        return [node for node in nodes if not graph.queried.has(node.value)]
    rows = _remote_rows(graph, "known-among", terms=[*nodes, vocabulary.TYPE]) if nodes else ()
    known = {row["term"] for row in rows}
    return [node for node in nodes if node not in known] if vocabulary.TYPE in known else []


def _remote_rows(graph: Graph, question: str, **values: list[Term]) -> Sequence[Row]:
    """Query the endpoint of a graph, and return the rows; ``()`` if it does not answer.

    `question` is the name of a house question, and `values` are terms for its parameters.
    """
    from allgraph.sparql.endpoint.engine import Remote

    engine = graph.root.engine
    assert isinstance(engine, Remote)
    patient = engine.within(min(engine.seconds, _PATIENCE))
    try:
        return patient.query(house(question).bind(values)).rows
    except (EngineError, QueryError):
        return ()


def _hint(
    graph: Graph,
    iri: str,
    prefix: str,
    space: str | None,
    role: str,
    known_terms: Iterable[tuple[str, str]],
) -> str:
    """Return the end of a warning about an unknown IRI: what may be meant, or ``""``.

    `prefix` is that of the IRI in the query, and `space` its namespace there, ``None`` for none.
    `known_terms` are the classes and predicates of the graph, each with its role, which is that of
    the IRI in the query if that has one. For another it is a term or thing of its namespace;
    things are not compared when an endpoint holds them.
    """
    usual = graph.prefixes.get(prefix)
    if space is not None and usual is not None and usual != space:
        return f"; the prefix {prefix}: of the graph stands for <{usual}>"
    local = local_name(iri).lower()
    own = iri.removesuffix(local_name(iri))  # its namespace
    candidates = [term for term, its_role in known_terms if its_role == role or not role]
    if not role:
        similar = () if graph.is_remote else graph.candidate_names(re.sub(r"[-_]+", " ", local))
        candidates = [
            term
            for term in (*candidates, *(thing for thing, _ in similar))
            if term == own + local_name(term)
        ]
    candidates.sort(key=lambda term: (term.startswith(own), term))  # those of its namespace last
    known = {local_name(term).lower(): term for term in candidates}
    near = get_close_matches(local, known, 1, 0.75)
    return f"; did you mean {graph.prefixes.shorten(known[near[0]])}?" if near else ""


def _known_terms(graph: Graph) -> list[tuple[str, str]]:
    """Query the IRIs of classes and predicates, declared and used in a graph, with their roles.

    Deprecated ones are left out.
    """
    question = "ontology-terms"
    rows = _remote_rows(graph, question) if graph.is_remote else graph.run(question).rows
    terms = [(text(row["term"]), text(row["role"])) for row in rows]
    return [term for term in terms if term[0] not in graph.deprecated]
