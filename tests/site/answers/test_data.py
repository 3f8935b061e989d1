"""Questions that pages answer by themselves: the same as the server answers them."""

from __future__ import annotations

import gzip
import html
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from allgraph.errors import InputError
from allgraph.evidence import titles
from allgraph.evidence.citations import FORMATS, of_answer
from allgraph.graph import Graph, open_graph
from allgraph.rdf.formats import named
from allgraph.server import tasks
from allgraph.server.state import Served
from allgraph.site import downloads
from allgraph.site.answers import data as answer_data
from allgraph.site.pages import questions
from allgraph.site.site import Site
from allgraph.sparql.questions import Query
from tests.conftest import MakeFolder
from tests.support.serving import whole
from tests.support.tools import node

WEB = Path(__file__).resolve().parents[3] / "web"
PROGRAM = """
    import { Store, defaultGraph, namedNode } from "oxigraph";
    import { answer, counted, described, tableOf } from "./src/answering.js";
    import { recited } from "./src/citing.js";
    import { pictureOf } from "./src/pictures.js";
    import { filesOf } from "./src/tables.js";
    import { withPrefixes } from "./src/sparql.js";
    import { readFileSync } from "node:fs";
    const { nquads, data, root, asked } = JSON.parse(readFileSync(0, "utf8"));
    const store = new Store();
    store.load(nquads, { format: "application/n-quads", lenient: true });
    const derived = namedNode("https://w3id.org/allgraph/ns#derived");
    const engine = {
      run: async (query, format) =>
        store.query(withPrefixes(query, data.prefixes).text, {
          results_format: format,
          default_graph: [defaultGraph(), derived],
        }),
    };
    const near = [{ name: "Karen Elson", path: "/page/karen-elson", other: "" }];
    const answers = [];
    for (const [question, pairs, forms] of asked) {
      try {
        const parameters = new URLSearchParams(pairs);
        const found = await answer(question, data, parameters, engine, async () => near);
        const rows = found.rows.slice(found.start, found.start + found.count);
        const table = tableOf(question, data, rows, root);
        const whole = found.rows.slice(found.start, found.start + found.options.wanted);
        const files = filesOf(question, data, whole);
        const names = (iris) => described(iris, data, engine);
        const picture = await pictureOf(question, data, rows, root, names);
        answers.push({
          ...found,
          rows: found.rows.length,
          table,
          counted: counted(found, table),
          files: files.map(([name, type, end, content]) => [type, end, content()]),
          citation: await recited(forms, found.cited.title, found.cited.pairs),
          picture,
        });
      } catch (error) {
        answers.push({ error: error.message });
      }
    }
    process.stdout.write(JSON.stringify(answers));
"""
Asked = tuple[str, Mapping[str, str | list[str]]]


@cache
def graph() -> Graph:
    return open_graph()


@cache
def site() -> Site:
    return Site(graph())


@cache
def published() -> Any:
    content = answer_data.file(site())
    assert content is not None
    return json.loads(content)


def in_page(asked: list[Asked]) -> list[Any]:
    """What the script of a page answers to questions with values, by their names."""
    pairs = []
    for name, values in asked:
        query = graph().queries[name]
        question = json.loads(answer_data.question(query, questions.LISTED))
        texts = [[key.replace("_", "-"), text] for key, text in pairs_of(values)]
        pairs.append([question, texts, forms(query, query.examples[-1] if query.examples else {})])
    nquads = gzip.decompress(downloads.whole(graph())).decode()
    given = {"nquads": nquads, "data": published(), "root": site().root, "asked": pairs}
    command = [node(), "--input-type=module", "--eval", PROGRAM]
    done = subprocess.run(command, input=json.dumps(given).encode(), cwd=WEB, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    answers: list[Any] = json.loads(done.stdout)
    return answers


def cell(shown: Any) -> dict[str, str]:
    """A cell of a page as the script has it: its text, and its address if it is a link."""
    if type(shown) is str:
        return {"text": shown}
    link = re.fullmatch(r'(?:<a href="([^"]*)">)?<bdi>(.*)</bdi>(?:</a>)?', shown)
    assert link
    return {"text": html.unescape(link[2]), "href": html.unescape(link[1] or "")}


def others() -> Iterator[tuple[Query, dict[str, str]]]:
    """Questions with values that examples of other questions have."""
    pool: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for query in graph().queries.values():
        for parameter, example in product(query.parameters, query.examples):
            if text := example.get(parameter.name):
                pool.setdefault((parameter.type, parameter.kinds), []).append(text)
    for query in graph().queries.values():
        for turn in range(4):
            values = {
                parameter.name: texts[(7 * turn + 3) % len(texts)]
                for parameter in query.parameters
                if (texts := pool.get((parameter.type, parameter.kinds))) and parameter.type in FREE
            }
            if values and values not in query.examples:
                with suppress(InputError):
                    graph().ask(query.name, **values)
                    yield query, values


FREE = ("entity", "date", "number")


def test_a_page_answers_as_the_server_does() -> None:
    asked = [(query, values) for query in graph().queries.values() for values in query.examples]
    assert len(asked) > 80
    further = [*others()]
    assert len(further) > 60
    asked += further
    answers = in_page([(query.name, values) for query, values in asked])
    pictures: list[str] = []
    for (query, values), theirs in zip(asked, answers, strict=True):
        terms = titles.terms(graph(), query, values)
        assert theirs.get("text") == query.bind(terms, in_total_order=True), theirs
        ours = questions.asked(graph(), query, values)
        table = questions._table(site(), query, ours)
        assert theirs["title"] == titles.title(graph(), query, terms)
        assert theirs["file"] == titles.file_name(query, terms)
        shown = theirs["table"]
        assert [tuple(column) for column in shown["columns"]] == [*table.columns]
        assert shown["empty"] == [*table.empty]
        assert [row["cells"] for row in shown["rows"]] == [
            [cell(one) for one in row.cells] for row in table.rows
        ]
        for row, other in zip(table.rows, shown["rows"], strict=True):
            assert len(other["claims"]) == len(row.claims)
            assert other["summary"] == row.summary
            assert other["dots"] == [source.sign for source in row.sources[:8]]
        check_files(query, ours, theirs["files"])
        assert theirs["citation"] == forms(query, values)
        is_whole = ours.answer is not None and len(ours.answer) <= questions.LISTED
        picture = questions._picture(site(), query, ours) if is_whole else None
        if picture is None:
            assert is_whole is False or "picture" not in theirs
            continue
        assert theirs["picture"]["svg"] == picture.svg
        assert theirs["picture"]["title"] == picture.title
        assert theirs["picture"]["columns"] == [*picture.columns]
        assert theirs["picture"]["rows"] == [[*row] for row in picture.rows]
        pictures.append(picture.kind)
    assert pictures.count("matrix") > 5, pictures
    assert pictures.count("timeline") > 5, pictures


def forms(query: Query, values: Mapping[str, object]) -> dict[str, str]:
    """The forms of the citation of an answer by their names."""
    texts = {name.replace("_", "-"): value for name, value in values.items()}
    citation = of_answer(graph(), query, texts)
    return {name: citation.form(name) for name in FORMATS}


def check_files(query: Query, ours: questions.AnsweredQuestion, theirs: list[Any]) -> None:
    """Each file of an answer in the page has the bytes that the server sends."""
    assert ours.answer is not None
    ends = [(name, f".{name}", ours.answer.write(name)) for name in questions.ROWS]
    if (cited := questions.with_sources(site(), query, ours)) is not None:
        ends.insert(1, ("csv", "_with-sources.csv", cited))
    assert [[type, end] for type, end, _ in theirs] == [
        [named(name, "rows").essence, end] for name, end, _ in ends
    ]
    for (_, end, content), (_, _, text) in zip(ends, theirs, strict=True):
        assert text.encode() == content, end


ARRANGED: list[Asked] = [
    ("campaign-signatories", {"campaign": "RESPECT Program", "sort": ["-name"]}),
    ("campaign-signatories", {"campaign": "respect program", "where": ["elson", "how"]}),
    ("campaign-signatories", {"campaign": "RESPECT Program", "where": ["when:before:2019"]}),
    ("campaign-signatories", {"campaign": "RESPECT Program", "where": ["when:not-empty"]}),
    ("life-of-a-bill", {"bill": "S.5486", "sort": ["-when,what"]}),
    ("life-of-a-bill", {"bill": "S.5486", "where": ["when:after:2013-10-20"]}),
    ("votes-on-a-bill", {"bill": "id:ny-2013-s5486", "sort": ["-number"]}),
    ("counts-by-source", {"sort": ["alone", "-undated"], "limit": ["7"]}),
    ("happened-between", {"first": "2013-12-31", "last": "2013-01-01"}),
    ("campaign-signatories", {"campaign": "RESPECT Program", "where": ["& é*~'()", "{_}"]}),
    ("from-source", {"source": "source:model-alliance", "limit": ["70"]}),
    ("single-source", {"limit": ["9"]}),
]  # fmt: skip


def pairs_of(values: Mapping[str, str | list[str]]) -> list[tuple[str, str]]:
    """The names and texts of values, of which some have several."""
    return [
        (key, text)
        for key, value in values.items()
        for text in ([value] if isinstance(value, str) else value)
    ]


def test_rows_are_filtered_sorted_and_cut_as_by_the_server() -> None:
    served = Served(graph(), "/")
    for (name, values), theirs in zip(ARRANGED, in_page(ARRANGED), strict=True):
        pairs = pairs_of(values)
        markup = whole(tasks.question(served, name, pairs, is_asked=True)).decode()
        body = (
            markup.partition('class="readable"')[2].partition("<tbody>")[2].partition("</tbody>")[0]
        )
        cells = re.findall(r'<td data-label="[^"]*">(.*?)</td>', body)
        plain = [html.unescape(re.sub("<[^>]*>", "", one)) for one in cells]
        assert "table" in theirs, theirs
        texts = [one["text"] for row in theirs["table"]["rows"] for one in row["cells"]]
        assert texts == plain, values
        assert all(remark in markup for remark in theirs["remarks"])
        for _, end, content in theirs["files"]:
            if not end.endswith(".csv"):
                continue
            csv = tasks.ask(
                served, name, [*pairs, *WITH_SOURCES.get(end, [])], {"rows": "text/csv"}, "",
                format="csv",
            )  # fmt: skip
            assert content.encode() == whole(csv)
            assert theirs["file"] + end in csv.headers["Content-Disposition"]
        values = {name: value for name, value in values.items() if name != "limit"}
        assert theirs["citation"] == forms(graph().queries[name], values)
        if plain and not graph().queries[name].pages:  # whose rows are not counted to the end
            assert theirs["counted"] in html.unescape(re.sub("<[^>]*>", "", markup))


WITH_SOURCES = {"_with-sources.csv": [("sources", "true")]}

WRONG: list[Asked] = [
    ("board-on-day", {"body": "Model Alliance"}),
    ("board-on-day", {"body": "Model Alliance", "day": "2013-02-30"}),
    ("board-on-day", {"body": "Model Alliance", "day": "2013"}),
    ("board-on-day", {"body": "Coco Rocha", "day": "2013-02-01"}),
    ("board-on-day", {"body": "Nobody at all of this name", "day": "2013-02-01"}),
    ("board-on-day", {"body": 'x" } DROP ALL #', "day": "2013-02-01"}),
    ("board-on-day", {"body": "<https://x/> } #", "day": "2013-02-01"}),
    ("board-on-day", {"body": "id:model-alliance> } #", "day": "2013-02-01"}),
    ("by-confidence", {"confidence": "none"}),
    ("founders", {"body": "Model Alliance", "nobody": "x"}),
    ("founders", {"body": "Model Alliance", "sort": ["nobody"]}),
    ("founders", {"body": "Model Alliance", "where": ["when:is"]}),
    ("founders", {"body": "Model Alliance", "where": ["when:before:soon"]}),
    ("founders", {"body": "Model Alliance", "limit": ["0"]}),
]  # fmt: skip


def test_what_is_wrong_is_said_as_by_the_server() -> None:
    served = Served(graph(), "/")
    for (name, values), theirs in zip(WRONG, in_page(WRONG), strict=True):
        with pytest.raises(InputError) as told:
            tasks.ask(served, name, pairs_of(values), {"rows": "text/csv"}, "")
        start = re.split("; |: February|: there", told.value.message)[0]
        assert theirs.get("error", "").startswith(start), (values, theirs)


def test_a_text_is_a_string_in_the_query(make_folder: MakeFolder) -> None:
    ask = "# Say\n# $a  text  A.\n# $b  number  B. [3]\nASK { BIND($a AS ?x) BIND($b AS ?y) }"
    query = open_graph(make_folder({"queries/say.rq": ask})).queries["say"]
    code = """
        import { bind } from "./src/binding.js";
        import { readFileSync } from "node:fs";
        const { text, values } = JSON.parse(readFileSync(0, "utf8"));
        const bound = (value) => bind(text, ["a", "b"], { a: { type: "literal", value } });
        process.stdout.write(JSON.stringify(values.map(bound)));
    """
    texts = ['a "quoted" \\ one', "two\nlines\r\n", "'", "$a $b", "é\t\u2028", '""" } #', "<x>"]
    given = {"text": query.text, "values": texts}
    command = [node(), "--input-type=module", "--eval", code]
    done = subprocess.run(command, input=json.dumps(given).encode(), cwd=WEB, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    for text, theirs in zip(texts, json.loads(done.stdout), strict=True):
        from pyoxigraph import Literal, Store

        results = Store().query(theirs.replace("ASK", "SELECT ?x", 1))
        assert [row["x"] for row in results] == [Literal(text)]  # type: ignore[union-attr]


def test_nothing_in_a_question_ends_the_script_that_holds_it(make_folder: MakeFolder) -> None:
    ask = "# Say </script><b>\nASK { ?s ?p '</script>' }"
    query = open_graph(make_folder({"queries/say.rq": ask})).queries["say"]
    written = answer_data.question(query, 50)
    assert "<" not in written
    assert json.loads(written)["text"] == query.text
