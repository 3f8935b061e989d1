"""Terms and triples as texts of N-Triples, which are much faster to handle than engine terms.

>>> a = NamedNode("x:a")
>>> lines([Quad(a, a, Literal("b c"))])
['<x:a> <x:a> "b c" .']
>>> value('"b c"@en'), value("<x:a>"), term('"1"^^<x:t>')
('b c', 'x:a', <Literal value=1 datatype=<NamedNode value=x:t>>)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import AnyStr

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Triple, parse, serialize

from allgraph.rdf.terms import Node

Parts = tuple[str, str, str]
"""The subject, predicate and object of a triple, as texts of N-Triples."""
_CACHED = 10_000
_BATCH = 20_000  # lines that are put into bytes together
_ESCAPED = re.compile(r"\\(?:u(.{4})|U(.{8})|(.))")
_SHORT_ESCAPES = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


def lines(quads: Iterable[Quad | Triple]) -> list[str]:
    """Return triples of the default graph as lines of N-Triples, without line ends, in order."""
    # Not `splitlines`, which also divides at characters that a literal may have.
    return written(quads).decode().split("\n")[:-1]


def written(quads: Iterable[Quad | Triple]) -> bytes:
    """Return triples of the default graph as N-Triples, in the one form that pyoxigraph writes."""
    text = serialize(quads, format=RdfFormat.N_TRIPLES)  # type: ignore[arg-type]
    assert text is not None
    return text


def quads(lines: Iterable[str]) -> Iterator[Quad]:
    """Return an iterator over the quads of lines of N-Quads, which keep their blank nodes."""
    return parse("\n".join(lines), format=RdfFormat.N_QUADS)


def in_graph(line: AnyStr, graph: AnyStr) -> AnyStr:
    """Return a line of N-Triples as one of N-Quads in a graph; an empty name is the default graph.

    >>> in_graph("<x:s> <x:p> <x:o> .", "<x:g>")
    '<x:s> <x:p> <x:o> <x:g> .'
    """
    return line[:-1] + graph + line[-2:] if graph else line


def in_bytes(lines: Iterable[str]) -> Iterator[bytes]:
    """Yield lines as UTF-8, with line ends, many together."""
    remaining = iter(lines)
    while batch := [*islice(remaining, _BATCH)]:
        yield ("\n".join(batch) + "\n").encode()


def is_iri(term: str) -> bool:
    """Return whether a term is an IRI; a triple, which has ``<<``, is none."""
    return term[0] == "<" and term[1:2] != "<"


def is_node(term: str) -> bool:
    """Return whether a term is an IRI or a blank node."""
    return term[0] == "_" or is_iri(term)


def is_true(term: str) -> bool:
    """Return whether a term is the literal ``true``, in either form that XML Schema has for it."""
    return term[0] == '"' and value(term) in ("true", "1")


def value(term: str) -> str:
    """Return an IRI without brackets, or the text of a literal; other terms as they are."""
    if term[0] == '"':
        end = term.rindex('"')
        return term[1:end] if "\\" not in term else literal_parts(term)[0]
    return term[1:-1] if is_iri(term) else term


def of_tab_separated(text: str) -> str:
    """Return a term of a table of SPARQL results as N-Triples, as pyoxigraph writes both.

    Only numbers, booleans and texts with control characters differ.

    >>> of_tab_separated("<x:a>"), of_tab_separated("1.5")
    ('<x:a>', '"1.5"^^<http://www.w3.org/2001/XMLSchema#decimal>')
    """
    return text if text[0] in '<"_' and text.isprintable() else _parsed(text)


@lru_cache(_CACHED)
def _parsed(text: str) -> str:
    """Return a term in Turtle as N-Triples."""
    [quad] = parse(f"<x:s> <x:p> {text} .", format=RdfFormat.TURTLE)
    return str(quad.object)


def nodes(texts: Iterable[str]) -> set[Node]:
    """Return the IRIs and blank nodes among some texts of N-Triples as terms.

    >>> nodes(["<x:a>", '"b"'])
    {<NamedNode value=x:a>}
    """
    terms = map(term, texts)
    return {node for node in terms if isinstance(node, (NamedNode, BlankNode))}


def literal(text: str) -> str:
    r"""Return a text as a literal, escaped. Raises `UnicodeEncodeError` for half a character.

    >>> print(literal("a"), literal('"\n'))
    "a" "\"\n"
    """
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return str(Literal(text))


def term(text: str) -> Node | Literal:
    """Return the term of a text of N-Triples, which is not a quoted triple."""
    if text[0] == "<":
        return NamedNode(text[1:-1])
    if text[0] == "_":
        return BlankNode(text[2:])
    content, language, datatype = literal_parts(text)
    if language:
        return Literal(content, language=language)
    return Literal(content, datatype=NamedNode(datatype)) if datatype else Literal(content)


def literal_parts(literal: str) -> tuple[str, str, str]:
    """Return the text, language and datatype IRI of a literal of N-Triples, each perhaps ``""``.

    Escapes in the text are decoded, and a direction after the language is left out.
    """
    content, _, kind = literal[1:].rpartition('"')
    if "\\" in content:
        content = _ESCAPED.sub(_character_of_escape, content)
    if kind[:1] == "@":
        return content, kind[1:].partition("--")[0], ""
    return content, "", kind[3:-1]


def _character_of_escape(match: re.Match[str]) -> str:
    """Return the character for an escape of N-Triples that `_ESCAPED` matched.

    Its groups are four or eight hexadecimal digits, or the one character after the backslash.
    """
    if match[3]:
        return _SHORT_ESCAPES.get(match[3], match[3])
    return chr(int(match[1] or match[2], 16))
