"""Questions: what their headers say, what is wrong with them, and how values are bound."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, QuerySolutions, Store

from allgraph.errors import FolderError, ParameterError, QueryError, UnknownName, UnknownQuestion
from allgraph.rdf.terms import AG, XSD, Prefixes, Term
from allgraph.sparql.questions import RESERVED, Catalogue, Parameter, Query, parse_query, read_query

FULL = """\
# Who joined a club? Names as the sources have them.
#
# A second paragraph,
# on two lines.
#
# $club   entity           The club.
# $since  date             Joined on or after this day. []
# $kind   choice(new|old)  Which members [of the two]. [new]
# $most   number           How many at most. [10]
# $word   text             In the name. [a b]
#
# Example: club=id:chess since=2013-07-01
# Example: club="Chess Club" word='two words' kind=old
# Absence: nobody joined
SELECT ?name ?claim ?joinClaim ?claimant WHERE {
  ?claim rdf:subject ?name ; rdf:object $club
  FILTER(COALESCE(?x >= $since, true) && ?y = $kind && ?n < $most && CONTAINS(?z, $word))
}
"""


def resolve(text: str) -> NamedNode:
    if text == "nobody":
        raise UnknownName("nothing is named “nobody”", ["https://example.org/id/somebody"])
    return NamedNode(f"https://example.org/id/{text.removeprefix('id:')}")


# ---- Headers ----------------------------------------------------------------


def test_a_header_says_all() -> None:
    query = parse_query(FULL, "joined", "queries/joined.rq")
    assert (query.name, query.path, query.text) == ("joined", "queries/joined.rq", FULL)
    assert query.title == "Who joined a club?"
    assert query.help == (
        "Who joined a club? Names as the sources have them.\n\nA second paragraph, on two lines."
    )
    assert query.parameters == (
        Parameter("club", "entity", "The club."),
        Parameter("since", "date", "Joined on or after this day.", ""),
        Parameter("kind", "choice", "Which members [of the two].", "new", ("new", "old")),
        Parameter("most", "number", "How many at most.", "10"),
        Parameter("word", "text", "In the name.", "a b"),
    )
    assert [each.required for each in query.parameters] == [True, False, False, False, False]
    assert query.examples == (
        {"club": "id:chess", "since": "2013-07-01"},
        {"club": "Chess Club", "word": "two words", "kind": "old"},
    )
    assert query.absence == "nobody joined"
    assert query.columns == ("name", "claim", "joinClaim", "claimant")
    assert query.claim_columns == ("claim", "joinClaim")


def test_a_header_has_headings_of_columns_and_filled_titles() -> None:
    head = "# Column: claimant: by whom\n# Filled: Who joined {club}?\n# Filled: Since {since}?\n"
    query = parse_query(FULL.replace("# Absence", f"{head}# Absence"), "joined", "joined.rq")
    assert query.labels == {
        "name": "name",
        "claim": "claim",
        "joinClaim": "join claim",
        "claimant": "by whom",
    }
    assert query.title_for({"club": "the chess club"}) == "Who joined the chess club?"
    assert query.title_for({"club": "{since}", "since": "1 May"}) == "Who joined {since}?"
    assert query.title_for({"kind": "new"}) == "Who joined a club?"


def test_the_heading_of_a_name_is_the_word_for_the_thing() -> None:
    query = parse_query("# Laws\nSELECT ?thing ?name ?law ?lawName ?rivalWhen {}", "q", "q.rq")
    assert [*query.labels.values()] == ["thing", "name", "law", "law", "rival when"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Column: nobody: who", r"\?nobody is not in the query"),
        ("Column: name", "write the heading of a column as: rivalWhen"),
        ("Column: name:  ", "write the heading of a column as: rivalWhen"),
        ("Filled: Who joined {somebody}?", r"\{somebody\} is no parameter"),
    ],
)
def test_a_wrong_heading_or_title_is_an_error_with_its_line(line: str, message: str) -> None:
    text = FULL.replace("# Absence", f"# {line}\n# Absence")
    with pytest.raises(QueryError, match=f":14: {message}"):
        parse_query(text, "joined", "joined.rq")
    twice = FULL.replace("# Absence", "# Column: name: a\n# Column: name: b\n# Absence")
    with pytest.raises(QueryError, match=":15: the column name has two headings"):
        parse_query(twice, "joined", "joined.rq")


def test_a_header_may_be_short() -> None:
    query = parse_query("# All\nASK {}", "all", "all.rq")
    assert (query.help, query.title) == ("All", "All")
    assert (query.parameters, query.examples, query.absence) == ((), (), None)
    assert query.columns == query.claim_columns == ()


@pytest.mark.parametrize("text", [FULL, FULL.replace("\n", "\r\n")])
def test_line_ends_do_not_matter(text: str) -> None:
    query = parse_query(text, "joined", "joined.rq")
    assert query.help.endswith("on two lines.")
    assert len(query.parameters) == 5


def test_comments_below_the_header_are_no_header() -> None:
    query = parse_query("# Help.\nASK {\n# $x entity Not a parameter.\n}", "q", "q.rq")
    assert query.parameters == ()


def test_a_bare_example_and_absence() -> None:
    query = parse_query("# Help.\n# Absence\n# Example:\nASK {}", "q", "q.rq")
    assert (query.absence, query.examples) == ("", ({},))


HEADER_FAULTS = {
    "ASK {}": "q.rq: the file must begin with a comment",
    "": "q.rq: the file must begin with a comment",
    "#\nASK {}": "q.rq: the file must begin with a comment",
    "# H\n# $x\nASK { $x ?p ?o }": "q.rq:2: write a parameter as: $name  type  Help. [default]",
    "# H\n# $x entity\nASK { $x ?p ?o }": "q.rq:2: write a parameter as",
    "# H\n#\n# $x thing The thing.\nASK { $x ?p ?o }": "q.rq:3: “thing” is no type; there are",
    "# H\n# $x entity(a) The thing.\nASK { $x ?p ?o }": "q.rq:2: “entity(a)” is no type",
    "# H\n# $x entity: The thing.\nASK { $x ?p ?o }": "q.rq:2: “entity:” is no type",
    "# H\n# $x entity:A||B One.\nASK { $x ?p ?o }": "q.rq:2: “entity:A||B” is no type",
    "# H\n# $x entity:no:A One.\nASK { $x ?p ?o }": "q.rq:2: “no:A” has no known prefix",
    "# H\n# $x text:A One.\nASK { $x ?p ?o }": "q.rq:2: “text:A” is no type",
    "# H\n# $x choice The thing.\nASK { $x ?p ?o }": "q.rq:2: “choice” is no type",
    "# H\n# $x choice() The thing.\nASK { $x ?p ?o }": "q.rq:2: “choice()” is no type",
    "# H\n# $x choice(a||b) One.\nASK { $x ?p ?o }": "q.rq:2: “choice(a||b)” is no type",
    "# H\n# $x choice(a|b) One. [c]\nASK { $x ?p ?o }": "q.rq:2: the default of $x: “c” is none of",
    "# H\n# $x date One. [2013]\nASK { $x ?p ?o }": "q.rq:2: the default of $x: “2013” is not one",
    "# H\n# $x number One. [ten]\nASK { $x ?p ?o }": "q.rq:2: the default of $x: “ten” is not a n",
    "# H\n# $x entity A.\n# $x entity B.\nASK { $x ?p ?o }": "q.rq:3: a parameter is declared t",
    "# H\n# $x entity A.\nASK { ?s ?p ?o }": "q.rq:2: $x is declared and not used",
    "# H\n# $x entity A.\nASK { ?s ?p '$x' } # $x": "q.rq:2: $x is declared and not used",
    "# H\n# $x entity A.\nASK { $x ?p ?x }": "q.rq:2: $x and ?x are one variable to SPARQL",
    "# H\nASK {\n  $x ?p ?o\n}": "q.rq:3: $x is not declared",
    "# H\nASK {\n <http://x.org/$x> ?p ?o }": "q.rq:3: write $ in an IRI as %24",
    "# H\n# $x entity A.\nASK { FILTER(?a<$x&&?b>1) }": "q.rq:3: write $ in an IRI as %24",
    "# H\nASK {\n\nSERVICE ?s {} }": "q.rq:4: SERVICE would send data to another endpoint",
    "# H\n# $x entity A.\n# Example:\nASK { $x ?p ?o }": "q.rq:3: an example does not fit",
    "# H\n#\n# Example: y=1\nASK {}": "q.rq:3: an example does not fit the parameters",
    "# H\n# Example: id:a\nASK {}": "q.rq:2: write an example as: name=value",
    "# H\n# Example: x='a\nASK {}": "q.rq:2: the example cannot be read: No closing quotation",
}


@pytest.mark.parametrize(
    ("kind", "kinds"),
    [
        ("entity", []),
        ("entity:Bill", [f"{AG}Bill"]),
        ("entity:Bill|foaf:Person", [f"{AG}Bill", "http://xmlns.com/foaf/0.1/Person"]),
    ],
)
def test_a_thing_may_have_kinds(kind: str, kinds: list[str]) -> None:
    [parameter] = parse_query(f"# H\n# $x  {kind}  A. []\nASK {{ $x ?p ?o }}", "q", "q").parameters
    assert (parameter.type, parameter.kinds, parameter.default) == ("entity", tuple(kinds), "")


@pytest.mark.parametrize(("text", "message"), HEADER_FAULTS.items())
def test_faults_are_told_with_file_and_line(text: str, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(text, "q", "q.rq")
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_options_are_no_parameters(name: str) -> None:
    text = f"# H\n# ${name}  text  A text.\nASK {{ ?s ?p ${name} }}"
    with pytest.raises(QueryError, match=rf"^q\.rq:2: \${name} is also an option"):
        parse_query(text, "q", "q.rq")


def test_syntax_is_checked_with_the_columns() -> None:
    query = parse_query("# H\nSELECT * {\n  ?s ?p\n}", "q", "q.rq")
    with pytest.raises(QueryError, match=r"^q\.rq:4: column \d: not SPARQL here; expected"):
        _ = query.columns
    query = parse_query("# H\nSELECT * {\n  ?s ex:p 1 }", "q", "q.rq")
    with pytest.raises(QueryError, match=r"^q\.rq:3: column 6: the prefix “ex:” is not declared"):
        _ = query.columns


def test_own_prefixes_are_known() -> None:
    prefixes = Prefixes.of("https://example.org/", {"ex": "https://example.org/ex#"})
    query = parse_query("# H\nSELECT ?s { ?s ex:p 1 }", "q", "q.rq", prefixes)
    assert query.columns == ("s",)


# ---- Files ------------------------------------------------------------------


def written(folder: Path, **questions: str) -> list[Path]:
    for name, text in questions.items():
        (folder / f"{name}.rq").write_text(text, encoding="utf-8")
    return [folder / f"{name}.rq" for name in questions]


def test_a_file_may_begin_with_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "q.rq"
    path.write_bytes(b"\xef\xbb\xbf# Help.\r\nASK {}\r\n")
    assert read_query(path, "q.rq").help == "Help."


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "q.rq"
    with pytest.raises(QueryError, match=r"^queries/q\.rq: cannot be read: No such file"):
        read_query(path, "queries/q.rq")
    path.write_bytes(b"# H\n# \xff\nASK {}")
    with pytest.raises(
        QueryError, match=r"^queries/q\.rq:2: not UTF-8: byte 0xff .*; save the file as"
    ):
        read_query(path, "queries/q.rq")


def test_a_catalogue_reads_a_question_when_it_is_asked_for(tmp_path: Path) -> None:
    catalogue = Catalogue(written(tmp_path, good="# H\nASK {}", bad="ASK {}"), lambda p: p.name)
    assert (list(catalogue), len(catalogue), "good" in catalogue) == (["bad", "good"], 2, True)
    assert catalogue["good"] is catalogue["good"]
    assert catalogue.path("good") == tmp_path / "good.rq"
    with pytest.raises(QueryError, match=r"^bad\.rq: the file must begin"):
        _ = catalogue["bad"]


def test_an_inherited_name_is_taken(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    inherited = written(tmp_path, members="# H\nASK {}")
    own = written(tmp_path / "own", members="# H\nASK {}")
    with pytest.raises(FolderError) as caught:
        Catalogue([*inherited, *own], lambda path: path.relative_to(tmp_path).as_posix())
    assert str(caught.value) == (
        "own/members.rq: a question “members” is in an extended folder too; "
        "give this one another name"
    )


def test_unknown_questions_suggest_near_ones(tmp_path: Path) -> None:
    catalogue = Catalogue(written(tmp_path, founders="# H\nASK {}", members="# H\nASK {}"))
    with pytest.raises(UnknownQuestion, match="there is no question “founder”; did you mean found"):
        _ = catalogue["founder"]
    with pytest.raises(UnknownQuestion, match=r"did you mean members\?$"):
        _ = catalogue["ember"]
    for unlike in ("zzz", "umbrella"):
        with pytest.raises(UnknownQuestion, match="look at the list of questions"):
            _ = catalogue[unlike]
    with pytest.raises(LookupError):
        _ = catalogue[""]


# ---- Values -----------------------------------------------------------------

QUERY = parse_query(FULL, "joined", "joined.rq")


def test_values_are_read_by_type_and_defaults_fill_in() -> None:
    values = QUERY.values({"club": "id:chess", "most": "81.5"}, resolve)
    assert values == {
        "club": NamedNode("https://example.org/id/chess"),
        "kind": Literal("new"),
        "most": Literal("81.5", datatype=NamedNode(XSD + "decimal")),
        "word": Literal("a b"),
    }


def test_a_date_is_one_day() -> None:
    values = QUERY.values({"club": "x", "since": "2013-07-01"}, resolve)
    assert values["since"] == Literal("2013-07-01", datatype=NamedNode(XSD + "date"))


def test_terms_are_taken_as_they_are() -> None:
    club, word = NamedNode("urn:x"), Literal("mot", language="fr")
    values = QUERY.values({"club": club, "word": word, "most": 7}, resolve)
    assert (values["club"], values["word"]) == (club, word)
    assert values["most"] == Literal("7", datatype=NamedNode(XSD + "integer"))


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_given_means_the_default(nothing: object) -> None:
    assert QUERY.values({"club": "x", "kind": nothing}, resolve)["kind"] == Literal("new")
    with pytest.raises(ParameterError, match="“joined” needs club: The club"):
        QUERY.values({"club": nothing}, resolve)


VALUE_FAULTS = {
    "since": ("2013", "since: “2013” is not one day; write it like 2013-07-01"),
    "most": ("many", "most: “many” is not a number; write it like 3 or 81.5"),
    "kind": ("newer", "kind: “newer” is none of new, old"),
    "word": ("\ud800", "word: '\\ud800' is not a text: it has bytes that are not UTF-8"),
    "clubs": ("x", "“joined” has no parameter clubs; it has club, since, kind, most, word"),
}


@pytest.mark.parametrize("name", VALUE_FAULTS)
def test_values_that_do_not_fit_are_refused(name: str) -> None:
    value, message = VALUE_FAULTS[name]
    with pytest.raises(ParameterError) as caught:
        QUERY.values({"club": "x", name: value}, resolve)
    assert str(caught.value) == message


def test_unknown_things_keep_their_candidates() -> None:
    with pytest.raises(UnknownName) as caught:
        QUERY.values({"club": "nobody"}, resolve)
    assert str(caught.value) == "club: nothing is named “nobody”"
    assert caught.value.candidates == ("https://example.org/id/somebody",)


# ---- Binding ----------------------------------------------------------------

NASTY = st.sampled_from(
    ['"', "'", "\\", "\n", "\r", "$x", "?y", "#", ">", "<", "}", "{", ".", '"""', "'''", "\\u0041",
     "\\'", "@en", "^^", " ", "\x00", "\x7f", "\u2028", "\U0001f600", "') } DROP ALL #"]
)  # fmt: skip
texts = st.text(max_size=30) | st.lists(NASTY, max_size=8).map("".join)
iri_texts = st.text(max_size=20).map("http://x.org/".__add__)
TERMS = st.one_of(
    st.builds(Literal, texts),
    st.builds(lambda text: Literal(text, language="en"), texts),
    st.builds(lambda text: Literal(text, datatype=NamedNode("http://x.org/type")), texts),
    st.builds(NamedNode, st.just("http://x.org/a?b=$c&d='e'#f")),
)


def rows(text: str) -> list[dict[str, Term | None]]:
    results = Store().query(text)
    assert isinstance(results, QuerySolutions)
    names = [variable.value for variable in results.variables]
    return [dict(zip(names, row, strict=True)) for row in results]


@given(TERMS)
@settings(max_examples=500)
def test_a_bound_value_comes_back_exactly_and_changes_nothing_else(term: Term) -> None:
    query = Query("q", "q.rq", "SELECT ($x AS ?y) ('$x' AS ?z) (1 AS ?n) {} # $x", "")
    one = Literal("1", datatype=NamedNode(XSD + "integer"))
    assert rows(query.bind({"x": term})) == [{"y": term, "z": Literal("$x"), "n": one}]


@given(st.lists(TERMS, min_size=1, max_size=5))
def test_bound_lists_come_back_exactly(terms: list[Term]) -> None:
    query = Query("q", "q.rq", "SELECT ?y { VALUES ?y {$xs} }", "")
    assert rows(query.bind({"xs": terms})) == [{"y": term} for term in terms]


@given(iri_texts)
def test_what_is_no_iri_cannot_be_bound(text: str) -> None:
    try:
        term = NamedNode(text)
    except ValueError:
        return
    query = Query("q", "q.rq", "SELECT ($x AS ?y) {}", "")
    assert rows(query.bind({"x": term})) == [{"y": term}]
    assert ">" not in term.value


STRUCTURES = [
    "SELECT * { ?s ?p $x FILTER(?o<$x) FILTER($x<?o) FILTER(?o>$x) }",
    "SELECT * { ?s ?p ?o FILTER(?o <$x || ?o=$x||!($x=?p)) }",
    "SELECT ?s { ?s ?p $x,$x;?q $x. ?s ?r [ ?t $x ] } ORDER BY ?s",
    "SELECT ?s { ?s ?p ('a' $x 'b') } GROUP BY ?s HAVING(COUNT(*)>$x)",
    "SELECT (IF(?a=$x,$x,?b) AS ?c) { BIND($x AS ?a) BIND(CONCAT($x,'$x')AS ?b) }",
]


@pytest.mark.parametrize("text", STRUCTURES)
@given(term=TERMS)
@settings(max_examples=60)
def test_binding_never_changes_the_structure(text: str, term: Term) -> None:
    """What stands at each place is the term, and all other tokens are as they were."""
    bound = Query("q", "q.rq", text, "").bind({"x": term})
    Store().query(bound)
    outside = re.split(r"(?<!')\$x(?!')", text)
    assert re.sub('< (?=[<"])', "<", bound) == re.sub('< (?=[<"])', "<", str(term).join(outside))


def test_a_comparison_and_an_iri_do_not_run_together() -> None:
    query = Query("q", "q.rq", "ASK { FILTER(1<$x) }", "")
    assert query.bind({"x": NamedNode("http://x.org/")}) == "ASK { FILTER(1< <http://x.org/>) }"


UNTOUCHED = [
    "ASK { ?s ?p '$x' }",
    'ASK { ?s ?p "say \\"$x\\"" }',
    "ASK { ?s ?p '''\n'$x'\n''' }",
    'ASK { ?s ?p """\n"$x" ""$x""" }',
    "ASK { ?s ?p ?o } # $x",
    "ASK { ?s ?p <http://x.org/$x> }",
    "ASK { ?s ?p ?x }",
    "ASK { ?s ?p $xy , $x1 , $x_ }",
    "ASK { ?s ex:\\$x ?o }",
]


@pytest.mark.parametrize("text", UNTOUCHED)
def test_what_only_looks_like_a_parameter_is_left(text: str) -> None:
    assert Query("q", "q.rq", text, "").bind({"x": Literal("!")}) == text


def test_a_parameter_left_out_stays_a_variable() -> None:
    query = Query("q", "q.rq", "SELECT (COALESCE($x, 'none') AS ?y) {}", "")
    assert rows(query.bind({})) == [{"y": Literal("none")}]
