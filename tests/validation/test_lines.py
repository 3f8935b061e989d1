"""The lines of triples are those that reading the whole text gives."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from allgraph.folder import builtin, open_folder
from allgraph.rdf import turtle_reader
from allgraph.validation.lines import turtle_lines
from allgraph.validation.validate import validate

BROKEN = Path(__file__).parents[1] / "broken"
E = "@prefix e: <http://e/> .\n"
TEXTS = {
    "dots": E + 'e:a.b e:p 1.5, .5, "x.y" .\n\ne:c e:p e:d.e:f .e:g e:p 2 .',
    "tag and dot": E + 'e:a e:p "x"@en.e:b e:p\n "y" .',
    "signs in names": E + "e:a\\.b e:p\\;q\n e:x\\,y, e:z ;\n .\n",
    "signs in texts": "<http://x/;,#.> <http://x/p> \"; , [ . # <\",\n '''\n\"[;\n''' .",
    "comments": E + "# <x\ne:a e:p 1 ; # ; a, b. c\n e:q [ ] , [ e:r 2 ; ; ] .\n# d .",
    "lists": E + "e:a e:p ( 1 2\n ( ) [ e:q 3 ] ) , () .\ne:b e:q 1 .",
    "a node as subject": E + "[ e:p 1 ] .\n[ e:p 1 ;\n e:q 2 ] e:r 3 .\n[] e:p 1 .",
    "SPARQL's directives": "PREFIX e: <http://e/>\nBASE <http://x/>\ne:a e:p <b> .\nprefix f: <e>\n"
    "f:b e:p 1 .",
    "returns": "<a> <b> 1 .\r\n<c> <d>\r\n 2 .\r\n",
    "nothing": "# nothing\n",
}
FILES = sorted([*BROKEN.glob("*.ttl"), *builtin().data_files(), *builtin().shape_files()])


def check(text: str) -> None:
    expected = turtle_reader.object_lines(text)
    count = len(list(parse(text.encode(), format=RdfFormat.TURTLE, base_iri="http://x/")))
    assert len(expected) == count
    for rows in (range(count), range(0, count, 7), range(count - 1, count)):
        found = turtle_lines(text, [*rows], count)
        assert found == {row: expected[row] for row in rows if row >= 0}


@pytest.mark.parametrize("name", TEXTS)
def test_lines_of_odd_texts(name: str) -> None:
    check(TEXTS[name])


def test_lines_of_files() -> None:
    for path in FILES:
        check(path.read_text(encoding="utf-8"))


def test_only_statements_that_are_asked_for_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    path = next(path for path in builtin().data_files() if path.name == "things.ttl")
    text = path.read_text(encoding="utf-8")
    count = len(list(builtin().triples(path)))
    read: list[str] = []
    object_lines = turtle_reader.object_lines

    def counted(some: str) -> list[tuple[int, int]]:
        read.append(some)
        return object_lines(some)

    monkeypatch.setattr(turtle_reader, "object_lines", counted)
    assert turtle_lines(text, [count // 2], count)
    assert sum(map(len, read)) < len(text) / 20


QUADS = (
    "# first\n"
    "<https://w3id.org/allgraph/id/a> <http://x/p> <http://x/b> "
    "<https://w3id.org/allgraph/ns#derived> .\n"
    "\n"
    "<https://w3id.org/allgraph/id/a> <http://www.w3.org/2000/01/rdf-schema#seeAlso> "
    "<https://w3id.org/allgraph/id/none> . # that\n"
)
TRIG = (
    "PREFIX id: <https://w3id.org/allgraph/id/>\n@prefix x: <http://x/> .\n"
    'GRAPH x:g { id:a x:p "}", 1 ;\n x:q [ x:p x:b ] }\n\n[] { id:a x:p x:b .\n'
    "id:a <http://www.w3.org/2000/01/rdf-schema#seeAlso> id:none }\n{ id:a x:p (1 2) }"
)
WRITTEN = "<http://x/a> <http://x/p> <http://x/b> .\n" * 2 + QUADS.split("\n")[3][:-7] + "\n"


@pytest.mark.parametrize(
    ("suffix", "text", "line"),
    [
        (".nq", QUADS, 4),
        (".nq.gz", QUADS, 4),
        (".nt.gz", WRITTEN, 3),
        (".trig", TRIG, 7),
    ],
)
def test_lines_of_quads(tmp_path: Path, suffix: str, text: str, line: int) -> None:
    (tmp_path / "allgraph.toml").write_text('format = 1\ntitle = "t"\n')
    (tmp_path / "data").mkdir()
    file = tmp_path / "data" / f"a{suffix}"
    file.write_bytes(gzip.compress(text.encode()) if suffix.endswith("gz") else text.encode())
    found = validate(open_folder(tmp_path)).findings
    assert [(f.shape, f.line) for f in found] == [("dangling-reference", line)]
