"""Typical mistakes of a new user: each message says what is wrong, where, and what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from allgraph.cli import cli
from allgraph.errors import AllgraphError, LoadError
from allgraph.graph import open_graph
from tests.cli.test_cli import CLUBS

# A text of the file, what is written instead, and the message: its line, column and words.
TURTLE = {
    "no dot": (' "Ada Other" .', ' "Ada Other"', "13/column 1: ", "write “.” to end it"),
    "no semicolon": ("a ag:Claim ;", "a ag:Claim", "17/column 22: ", "“;” before another"),
    "no dot after a prefix": ("/ns#> .", "/ns#>", "2/column 1: ", "write “.” to end it"),
    "a comma for a semicolon": ("Claim ;", "Claim ,", "17/column 36: ", "before another"),
    "no closing quote": ('Other" .', "Other .", "12/column 55: ", 'close it with "'),
    "no closing bracket": ("paper ] .", "paper .", "19/column 70: ", "write “]”"),
    "a misspelt prefix": ("id:ada a", "idd:ada a", "11/column 1: ", "did you mean id:?"),
    "an undeclared prefix": ("id:ada a", "x:ada a", "11/column 1: ", "@prefix x: <…> ."),
    "a space in an IRI": ("/paper>", "/a paper>", "16/column 27: ", "write %20 for"),
    "quotes of a letter": (
        '"Ada Other"', "\u201cAda Other\u201d", "12/column 43: ", "is no quote in RDF"
    ),
}  # fmt: skip
# Words of a command, and the words of the message.
COMMANDS = {
    "a misspelt command": ("aks", "Did you mean 'ask'?"),
    "a misspelt option": ("--grph x ask", "Did you mean '--graph'?"),
    "a misspelt question": ("ask foundrs", "did you mean founders"),
    "a missing parameter": ("ask founders", "“founders” needs body: The body"),
    "a misspelt parameter": ("ask founders --boddy x", "Did you mean '--body'?"),
    "a misspelt name": ("ask founders --body Modl+Alliance", "did you mean the Model Alliance"),
    "a misspelt CURIE": ("show id:coco-roca", "did you mean Coco Rocha?"),
    "a day of another country": ("ask office-on-day --day 1/7/2013", "write it like 2013-07-01"),
    "a day in words": ("show Coco+Rocha --as-of yesterday", "write it like 2013-07-01"),
    "a month that is not": ("ask office-on-day --day 2013-13-01", "there is no month 13"),
    "a misspelt format": ("sparql ASK+{} -f cvs", "did you mean csv?"),
    "another misspelt format": ("export g.ttl --format turtel", "did you mean turtle?"),
    "a misspelt measure": ("rank --by betweeness", "'betweenness'"),
    "a misspelt predicate": ("paths Coco+Rocha Sara+Ziff --via foundd", "did you mean ag:founded?"),
    "a missing thing": ("paths Coco+Rocha", "Missing argument 'B'"),
    "a misspelt folder": ("--graph nowhere ask", "there is no folder"),
    "a misspelt file": ("sparql no.rq", "no.rq: cannot be read: No such file"),
    "a misspelt keyword": ("sparql SELCT+*+{?s+?p+?o}", "line 1, column 1: “SELCT” is not SPARQL"),
    "no closing brace": ("sparql ASK+{?s+?p+?o", "the “{” of line 1 needs a “}”"),
    "a SPARQL prefix": ("sparql ASK+{?s+agg:p+?o}", "did you mean ag:?"),
    "a date in SPARQL": ("sparql ASK+{?s+?p+2013-07-01}", '"2013-07-01"^^xsd:date'),
    "an update": ("sparql DELETE+WHERE+{?s+?p+?o}", "updates are refused"),
}


@pytest.mark.parametrize("case", TURTLE)
def test_a_mistake_in_turtle_says_where_it_is_and_what_to_do(case: str, tmp_path: Path) -> None:
    right, wrong, place, words = TURTLE[case]
    line, column = place.split("/")
    assert right in CLUBS
    (tmp_path / "allgraph.toml").write_text('format = 1\ntitle = "x"\nbase = "https://x.org/"\n')
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "clubs.ttl").write_text(CLUBS.replace(right, wrong, 1))
    with pytest.raises(LoadError) as caught:
        open_graph(tmp_path)
    assert re.search(rf"data/clubs\.ttl:{line}: not Turtle: {column}", str(caught.value)), (
        caught.value
    )
    assert words in str(caught.value)
    assert "Parser error" not in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("case", COMMANDS)
def test_a_mistake_in_a_command_says_what_to_do(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command, words = COMMANDS[case]
    result = CliRunner().invoke(cli, [word.replace("+", " ") for word in command.split()])
    error = result.exception
    if isinstance(error, AllgraphError):
        assert error.exit_code == 2
        assert words in str(error)
    else:
        assert result.exit_code == 2 and isinstance(error, SystemExit)
        assert words in result.output
