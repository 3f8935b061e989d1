"""Tokens: nothing is lost, no SERVICE is hidden, and calm texts do no harm."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, QueryBoolean, Store

from allgraph.errors import EngineCrash, EngineError, QueryError
from allgraph.rdf.terms import BASE, XSD, Prefixes, Term
from allgraph.sparql import sandboxed
from allgraph.sparql import tokens as tokenizer
from allgraph.sparql.embedded import Embedded
from allgraph.sparql.house import house
from allgraph.sparql.tokens import (
    _MAYBE_FROM,
    DEEPEST,
    calls_service,
    has_from,
    is_calm,
    line_of,
    refuse_service,
    tokens,
    without_space,
    without_whole_iris,
)
from tests.support.waiting import PATIENCE

NODES = [NamedNode("http://x/a-from-b")]

FROMS = st.sampled_from(
    ["FROM", "from", "From", "<http://x/from>", "<http://x/a-from>", "?from", "x:from", "from:x",
     "'from a'", "# from a\n", "SELECT", "*", "(1 AS ?x)", "{ }", "<http://x/a>", "NAMED"]
)  # fmt: skip


@given(st.lists(FROMS, max_size=8), st.sampled_from((" ", "\n", "\t#c\r")))
def test_from_is_found_where_the_tokens_have_it(pieces: list[str], space: str) -> None:
    text = space.join([*pieces, "<http://x/g>"])
    words = [token.text.upper() for token in tokens(text) if token.kind == "word"]
    assert has_from(text) == ("FROM" in words)


def test_the_questions_of_the_house_are_not_taken_apart_for_from() -> None:
    names = ("document-claims", "document-others", "document-said", "claim-facts", "facts")
    for name in names:
        values: dict[str, Any] = {"claims": NODES, "nodes": NODES, "sorted": Literal(False)}
        query = house(name)
        text = query.bind({p.name: values[p.name] for p in query.parameters})
        assert not _MAYBE_FROM.search(text)


PIECES = st.sampled_from(
    [
        "'",
        '"',
        "'''",
        '"""',
        "\\",
        "\\'",
        '\\"',
        "\n",
        "\r",
        "#",
        "<",
        ">",
        "<http://x/a>",
        "<a#b>",
        "?x",
        "$x",
        "ex:a",
        ":",
        "_:b",
        "@en",
        "^^",
        "SERVICE",
        "service:x",
        "{",
        "}",
        "(",
        ")",
        ".",
        "1e5",
        "3.5",
        "a\\'b",
        "\u200c",
        "\u00b7",
        "é",
        " ",
        "\t",
        "\U0001f600",
        "%41",
        "\ud800",
    ]
)
texts = st.text(max_size=60) | st.lists(PIECES, max_size=25).map("".join)


@given(texts)
@settings(max_examples=500)
def test_tokens_join_to_the_text(text: str) -> None:
    found = list(tokens(text))
    assert "".join(token.text for token in found) == text
    assert all(text.startswith(token.text, token.start) for token in found)
    assert all(token.text for token in found)
    assert tokenizer.texts(text) == [token.text for token in without_space(found)]


@given(texts)
def test_any_text_is_scanned(text: str) -> None:
    calls_service(text)
    is_calm(text)
    refused = calls_service(text)
    assert refused is None or refused.text == text[refused.start :][: len(refused.text)]


KINDS = {
    "'it\\'s $x # no'": "string",
    '"say \\"$x\\" # no"': "string",
    "'''a\n'b' ''c'''": "string",
    '"""a "b" ""c\n"""': "string",
    '"""a\\""""': "string",
    "''": "string",
    "# all 'of' <this> $x": "comment",
    "<http://x.org/a#b?c=d&e=$f'>": "iri",
    "<http://x.org/\\u00e9\\U0001F600>": "iri",
    "<>": "iri",
    "?name": "variable",
    "$name_2": "variable",
    "?e\u0301t\u00b71": "variable",
    "@en-GB": "tag",
    "ex:a.b-c": "name",
    "ex:a..b": "name",
    "ex:a\\.": "name",
    "ex:a\\'b": "name",
    ":": "name",
    "_:b1": "name",
    "ex:%41:b": "name",
    "SELECT": "word",
    "1.5e-3": "number",
    ".5": "number",
    "12": "number",
    " \t\r\n": "space",
    "{": "other",
    "\\'": "other",
}


@pytest.mark.parametrize(("text", "kind"), KINDS.items())
def test_kinds(text: str, kind: str) -> None:
    assert [(token.kind, token.text) for token in tokens(text)] == [(kind, text)]


def test_a_dot_after_a_name_is_no_part_of_it() -> None:
    assert [token.text for token in tokens("ex:a.b..}")] == ["ex:a.b", ".", ".", "}"]


def test_an_iri_ends_where_no_iri_can_go_on() -> None:
    words = [token.text for token in tokens("FILTER(?a < ?b && ?c > ?d)") if token.text != " "]
    assert words == ["FILTER", "(", "?a", "<", "?b", "&", "&", "?c", ">", "?d", ")"]


def test_strings_end_at_the_line_but_long_ones_go_on() -> None:
    assert [t.kind for t in tokens("'a\nb'")] == ["other", "word", "space", "word", "other"]
    assert [t.kind for t in tokens("'''a\nb'''")] == ["string"]


def test_lines_are_counted_from_1() -> None:
    assert [line_of("a\nb\nc", start) for start in (0, 1, 2, 4)] == [1, 1, 2, 3]


# ---- SERVICE ----------------------------------------------------------------

CALLS = [
    "SELECT * { SERVICE <http://x.org/> {} }",
    "SELECT * { sErViCe\n<http://x.org/>{} }",
    "SELECT*{SERVICE<http://x.org/>{}}",
    "SELECT * { SERVICE SILENT ?e {} }",
    "SELECT * { SERVICE#comment\n<http://x.org/> {} }",
    "SELECT * { ?s ?p 'SERVICE' SERVICE ex:e {} }",
    "SELECT * { ?s ?p '''it's''' SERVICE ex:e {} }",
    "SELECT * { SERVICE:e{} }",
    "SELECT * { SERVICE:e #{\n{} }",
    "SELECT * { ?s ?p trueSERVICE <http://x.org/> {} }",
    "SELECT * { ?s ?p 1e5SERVICE <http://x.org/> {} }",
    "SELECT * { ?s ?p trueSERVICE:e {} }",
    "SELECT * { SERVICESILENT<http://x.org/>{} }",
    "SELECT * { SERVICESILENT:e{} }",
    "SELECT * { FILTER(?a<?b)SERVICE:e#>\n{} }",
    "SELECT * { FILTER(?a<?b#>'''\n)SERVICE <http://x.org/> {} #'''\n }",
    "SELECT * { FILTER(?a<?b)#>'''\nSERVICE <http://x.org/> {} #'''\n }",
    "SELECT * { FILTER(?a<?b)#://>'''\nSERVICE <http://x.org/> {} #'''\n }",
    "SELECT * { ?s :a\u200c\\' ?o . SERVICE <http://x.org/> {} #'\n }",
    "SELECT * { GRAPH ex:g {} SERVICE:e {} }",
]
NO_CALLS = [
    "SELECT * { ?s ?p 'SERVICE <http://x.org/> {}' }",
    'SELECT * { ?s ?p """\nSERVICE <http://x.org/> {}\n""" }',
    "SELECT * { ?s ?p ?o } # SERVICE <http://x.org/> {}",
    "SELECT * { ?s ex:SERVICE ?o }",
    "SELECT * { ?s service:name ?o ; SERVICE:other ?p }",
    "PREFIX service: <http://x.org/> SELECT * { GRAPH service:g { ?s ?p ?o } }",
    "SELECT * FROM service:g { ?s ?p ?o }",
    "SELECT * FROM NAMED service:g { ?s ?p ?o }",
    "SELECT * { <http://x.org/SERVICE#SERVICE> ?service $SERVICE }",
    "SELECT * { <http://x.org/a_(b)_service> ?p ?o }",
    "SELECT * { ?s ?p 'x'@service }",
    "SELECT * { ?s ?p _:SERVICE }",
    "SELECT * { ?s ?p ?o FILTER(?o < ?s) }",
    "",
]


@pytest.mark.parametrize("text", CALLS)
def test_service_is_found(text: str) -> None:
    assert calls_service(text) is not None


@pytest.mark.parametrize("text", NO_CALLS)
def test_what_only_looks_like_service_is_not(text: str) -> None:
    assert calls_service(text) is None


def test_service_is_refused_with_its_line() -> None:
    with pytest.raises(QueryError) as caught:
        refuse_service("SELECT * {\n\n SERVICE <http://x.org/> {} }", path="queries/q.rq")
    assert str(caught.value).startswith("queries/q.rq:3: SERVICE would send data")
    assert "`allow_service`" in str(caught.value)
    refuse_service("SELECT * { ?s ?p ?o }")


class Listener:
    """A port on this machine that counts who connects, and hangs up."""

    def __init__(self) -> None:
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            self.connections += 1
            with connection:
                if connection.recv(1) == b"!":
                    return

    def close(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port)) as last:
            last.sendall(b"!")
        self._thread.join()
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture(scope="module")
def store() -> Store:
    a = NamedNode("http://x.org/a")
    values: list[Term] = [
        Literal("1e5", datatype=NamedNode(XSD + "double")),
        Literal(True),
        Literal("a"),
        Literal("a", language="en"),
        Literal("5", datatype=NamedNode(XSD + "integer")),
        a,
    ]
    store = Store()
    store.extend(Quad(a, a, value) for value in values)
    return store


def opens_connection(store: Store, listener: Listener, text: str) -> bool:
    address = f"http://127.0.0.1:{listener.port}/"
    prefixes = {"": address, "e": address, "x": "http://x.org/"}
    before = listener.connections
    try:
        results = store.query(text.replace("http://SERVER/", address), prefixes=prefixes)
        if not isinstance(results, QueryBoolean):
            list(results)
    except (SyntaxError, OSError, RuntimeError, ValueError):
        pass
    return listener.connections > before


SPOTS = [
    "SELECT*{CALL}",
    "ASK{CALL}",
    "ASK { CALL }",
    "DESCRIBE ?s { ?s ?p ?o CALL }",
    "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o . CALL }",
    "CONSTRUCT WHERE { ?s ?p ?o } CALL",
    "SELECT * { ?s ?p ?o CALL }",
    "SELECT * { ?s ?p ?o .CALL}",
    "SELECT * { ?s ?p ?o ; CALL }",
    "SELECT * { ?s ?p 1e5CALL }",
    "SELECT * { ?s ?p 1.e5CALL }",
    "SELECT * { ?s ?p +1e5CALL }",
    "SELECT * { ?s ?p 5CALL }",
    "SELECT * { ?s ?p 5.CALL }",
    "SELECT * { ?s ?p trueCALL }",
    "SELECT * { ?s ?p 'a'CALL }",
    "SELECT * { ?s ?p 'a'@enCALL }",
    "SELECT * { ?s ?p x:aCALL }",
    "SELECT * { ?s ?p x:a.CALL }",
    "SELECT * { ?s ?p _:bCALL }",
    "SELECT * { ?s ?p ?oCALL }",
    "SELECT * { ?s ?p [] CALL }",
    "SELECT * { ?s ?p ( )CALL }",
    "SELECT * { ?s ?p '''a'''CALL }",
    "SELECT * { ?s ?p '''CALL''' }",
    "SELECT * { ?s ?p 'CALL' }",
    'SELECT * { ?s ?p "CALL" }',
    "SELECT * { # CALL\n }",
    "SELECT * { ?s ?p ?o #'''\n CALL #'''\n }",
    "SELECT * { ?s ?p '\\'' CALL #'\n }",
    'SELECT * { ?s ?p """\\"""" CALL #"\n }',
    "SELECT * { { CALL } UNION { } }",
    "SELECT * { OPTIONAL{CALL} }",
    "SELECT * { MINUS{CALL} }",
    "SELECT * { ?s ?p ?o MINUS { ?s ?p ?o CALL } }",
    "SELECT * { LATERAL{CALL} }",
    "SELECT * { ?s ?p ?o FILTER EXISTS{CALL} }",
    "SELECT * { ?s ?p ?o FILTER NOT EXISTS{CALL} }",
    "SELECT * { ?s ?p ?o FILTER(?o<5)CALL }",
    "SELECT * { FILTER(1<2)CALL }",
    "SELECT * { FILTER(1<2#>'''\n)CALL#'''\n }",
    "SELECT * { FILTER(1<2)#>'''\nCALL#'''\n }",
    'SELECT * { FILTER(1<2#>"""\n)CALL#"""\n }',
    "SELECT * { BIND(1<2#>'''\n AS ?z)CALL#'''\n }",
    "SELECT * { BIND((1<2)AS?z)CALL }",
    "SELECT (1<2#>'''\n AS ?z) { CALL }#'''\n",
    "SELECT * { FILTER(1<x:a)#>\nCALL }",
    "SELECT * { FILTER(x:a<:b#>'\n)CALL#'\n }",
    "SELECT * { FILTER(1<2#://>'''\n)CALL#'''\n }",
    "SELECT * { FILTER(1<http://x#>\n2)CALL }",
    "SELECT * { GRAPH ?g { CALL } }",
    "SELECT * { { SELECT * { CALL } } }",
    "SELECT * { VALUES ?x { 1 } CALL }",
    "SELECT * { VALUES ?x { UNDEF }CALL }",
    "SELECT * { ?s x:\\' ?o OPTIONAL{CALL} #'\n }",
    "SELECT * { OPTIONAL{?s :a\u200c\\' ?o}CALL#'\n }",
    "SELECT * { OPTIONAL{?s :a\u0301\\' ?o}CALL#'\n }",
    "SELECT * { OPTIONAL{?s :a\u203f\\' ?o}CALL#'\n}",
    "SELECT * { OPTIONAL{?s ?a\u0301 ?o}CALL }",
    "PREFIX SERVICE: <http://SERVER/> SELECT * { CALL }",
    "BASE <http://SERVER/> SELECT * { CALL }",
    "PREFIX p:<http://x#'>SELECT * { CALL #'\n }",
    "SELECT * { <http://x.org/'> ?p ?o } #' CALL",
    "SELECT * { OPTIONAL{<http://x/'> ?p ?o}CALL#'\n}",
    "SELECT * { OPTIONAL { <http://x.org/a#'''> ?p ?o }CALL#'''\n }",
    "SELECT * { ?s ?p ?o }CALL",
    "SELECT * { ?s ?p <<( x:a x:a x:a )>> CALL }",
    "SELECT * { OPTIONAL{<< ?s ?p ?o >> ?q ?r}CALL }",
]
KEYWORDS = [
    "SERVICE",
    "sErViCe",
    "SERVICE ",
    "SERVICE#>\n",
    "SERVICE SILENT ",
    "SERVICESILENT",
    "SERVICE#'\nSILENT",
    "\\u0053ERVICE ",
    "SERV\u0130CE ",
    "S\u200cERVICE ",
    "xSERVICE ",
]
TARGETS = ["<http://SERVER/>", ":e", "e:x", ":", "<>", ":e#>\n", ":a\\'b"]
BODIES = ["{}", " { ?s ?p ?o }", "{?s ?p ?o#}\n}", "#{\n{ }"]
calls = st.builds("{}{}{}".format, *map(st.sampled_from, (KEYWORDS, TARGETS, BODIES)))


def test_what_is_let_through_opens_no_connection_wherever_service_stands(
    store: Store, listener: Listener
) -> None:
    connected = 0
    for spot in SPOTS:
        for call in ("SERVICE<http://SERVER/>{}", "SERVICE:e{}", "SERVICESILENT:e#>\n{}"):
            text = spot.replace("CALL", call)
            if opens_connection(store, listener, text):
                connected += 1
                assert calls_service(text), text
    assert connected > 100, "the spots are meant to be real ones"


@given(st.sampled_from(SPOTS), calls, st.sampled_from(SPOTS), st.integers(0, 60), PIECES)
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_let_through_opens_no_connection(
    store: Store, listener: Listener, spot: str, call: str, other: str, place: int, piece: str
) -> None:
    inner = re.sub(r"^[^{]*\{|\}[^}]*$", "", other).replace("CALL", "")
    plain = spot.replace("CALL", call)
    combined = spot.replace("CALL", f"{inner} {call}")
    for text in (plain, combined, plain[:place] + piece + plain[place:]):
        if "\ud800" not in text and calls_service(text) is None:
            assert not opens_connection(store, listener, text), text


# ---- Calm texts -------------------------------------------------------------


def test_ordinary_questions_are_calm() -> None:
    assert is_calm("SELECT * { ?s ?p ?o FILTER(?o < 5 && REGEX(STR(?o), '((((')) } # {{{{{{")
    assert is_calm("ASK { <http://x.org/a#b> ?p '" + "(" * 500 + "' }")
    assert is_calm("")


@pytest.mark.parametrize("opening", ["{", "(", "["])
def test_deep_texts_are_not_calm(opening: str) -> None:
    closing = {"{": "}", "(": ")", "[": "]"}[opening]
    assert is_calm(opening * 60 + closing * 60)
    assert not is_calm(opening * 61 + closing * 61)
    assert is_calm((opening + closing) * 1000)


def test_long_texts_are_not_calm() -> None:
    assert is_calm("SELECT * {" + " ?s ?p ?o ." * 900 + "}")
    assert not is_calm("SELECT * {" + " ?s ?p ?o ." * 1100 + "}")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { FILTER(?a<?b#>'''\n)" + "{" * 3000 + "}" * 3000 + "#'''\n }",
        "SELECT * { FILTER(?a<" + "(" * 5000 + "1" + ")" * 5000 + ">1) }",
        "SELECT * { FILTER(?a<" + "!" * 9900 + "?b) #>\n }",
        "SELECT * { FILTER(?a<x:a" + "+x:a" * 9000 + ") #>\n }",
    ],
)
def test_depth_cannot_hide_behind_a_comparison(text: str) -> None:
    assert not is_calm(text)


def nested(opening: str, inside: str = "") -> str:
    """As deep as a calm text can be, with room for what stands around it."""
    closing = {"{": "}", "(": ")", "[": "]"}
    text = opening * ((DEEPEST - 3) // sum(map(opening.count, "{([")))
    return text + inside + "".join(closing.get(char, "") for char in reversed(text))


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        f"SELECT * {{ {nested('{')} }}",
        f"SELECT * {{ {nested('OPTIONAL{')} }}",
        f"SELECT * {{ {nested('FILTER EXISTS{')} }}",
        f"SELECT * {{ {nested('{SELECT*{')} }}",
        f"SELECT * {{ FILTER({nested('(', '1')}) }}",
        f"SELECT * {{ ?s ?p {nested('(')} }}",
        "SELECT * { FILTER(" + "!" * 3900 + "?x) }",
        "SELECT * { FILTER(1" + "+1" * 1900 + ") }",
        "SELECT * { FILTER(1" + "||1" * 1200 + ") }",
        "SELECT * { ?s <http://x.org/a>" + "/<http://x.org/a>" * 100 + " ?o }",
        "SELECT * { {}" + "UNION{}" * 1200 + " }",
        "SELECT * { ?s ?p 1" + ",1" * 100 + " }",
    ],
    ids=lambda text: text[:32],
)
def test_the_worst_of_calm_texts_does_not_crash_the_parser(text: str) -> None:
    assert is_calm(text)
    engine = Embedded(Store(), Prefixes.of(BASE))
    try:
        sandboxed.query(engine, text, timeout=PATIENCE)
    except EngineCrash as error:
        raise AssertionError(text[:80]) from error
    except (QueryError, EngineError):
        pass


PARTS = st.sampled_from(
    ["<http://x/a:b>", "<x://y", "<x:y>", "<", ">", "a:b", "?a", "'", '"', "\\", "#", "\n", " ",
     "b", "PREFIX ", "://", ".", "&&", "'''", "<http://x/\u00e9>", "|", "^^", "@en", "1"]
)  # fmt: skip


@given(st.lists(PARTS, max_size=12).map("".join))
def test_a_query_without_its_whole_iris_has_the_same_names(query: str) -> None:
    def names(sparql: str) -> list[str]:
        found = tokens(sparql)
        return [token.text for token in found if token.kind in ("name", "word", "variable")]

    assert names(without_whole_iris(query)) == names(query)
