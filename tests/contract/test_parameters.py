"""A parameter has one name and one default at the command line, in Python and over HTTP."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

import click
import pytest

import allgraph
from allgraph.cli import cli
from allgraph.cli.questions import _question_command
from allgraph.graph import Graph, open_graph
from allgraph.linkeddata import routes

Parameters = Mapping[str, object]
CALLS: dict[str, Callable[..., object]] = {
    "": allgraph.open,
    "ask": Graph.ask,
    "sparql": Graph.sparql,
    "find": Graph.find,
    "show": allgraph.neighbourhood,
    "cite": allgraph.cite,
    "paths": allgraph.paths,
    "between": allgraph.between,
    "timeline": allgraph.timeline,
    "picture": allgraph.picture,
    "rank": allgraph.rank,
    "validate": allgraph.validate,
    "export": allgraph.export,
    "publish": allgraph.publish,
    "check-site": allgraph.check_site,
    "build": allgraph.build,
    "push": allgraph.push,
    "import": allgraph.import_records,
}
"""What is called in Python, by command; ``""`` stands for the options before the command."""
WITHOUT_CALL = {"tour", "test", "fmt", "init", "serve", "completion"}
"""Commands about files, servers and shells, which no one public function does."""
ROUTES = {"ask": "question"}
"""Routes that are not called like the command."""
FIRST = {"graph", "self"}
"""What a Python function is about; the command line and a server have it once for all calls."""
OF_OPENING = "for all commands, before the command; in Python of open, over HTTP of the server"
OF_WRITING = "how a result is written; in Python of its method write, over HTTP the type or suffix"
ARRANGED = "in Python a method of what is answered"
A_PAGE = "over HTTP, of a page of what is found; a list in Python is sliced"
A_VIEW = "in Python the graph is a view, which as_of(graph, day, possible=…) gives"
EVERYWHERE = {
    "format": OF_WRITING,
    "output": OF_WRITING,
    "where": "rows of an answer are chosen, sorted and paged by Python itself",
    "sort": "see where",
    "cursor": "see where",
    "for_spreadsheet": OF_WRITING,
    "progress": "shown on a terminal; a function in Python",
    "timeout": OF_OPENING,
    "login": "from the environment at the command line, and not over HTTP",
    "withdrawn": "for all commands, before the command; of open in Python; over HTTP of a request",
}
"""Parameters that a surface lacks, whatever is asked, and why."""
EXCEPTIONS = {
    "": {"quiet": "Python shows nothing unless it is asked to",
         "graph": "the first of open, called folder, since it opens one",
         "folder": "see graph", "version": "in Python __version__",
         "in_memory": "when a snapshot is read into memory; measured, and not for daily use"},
    "ask": {"as_of": A_VIEW, "possible": A_VIEW, "sources": "in Python claims are looked up",
            "limit": "an answer in Python is whole, and has the method first",
            "cursor": "see limit", "where": ARRANGED, "sort": ARRANGED,
            "question": "the name of the command",
            "parameters": "the parameters of the question"},
    "sparql": {"as_of": A_VIEW, "possible": A_VIEW, "memory": "of the server, or Python",
               "allow_service": "over HTTP of the server",
               "default_graph_uri": "of the protocol of SPARQL",
               "named_graph_uri": "of the protocol of SPARQL"},
    "find": {"text": "over HTTP q, as in search forms", "q": "see text", "where": ARRANGED,
             "sort": ARRANGED, "limit": A_PAGE, "cursor": A_PAGE},
    "show": {"as_of": A_VIEW, "possible": A_VIEW, "profile": "over HTTP the document of the IRI",
             "limit": "of the things around", "hub_limit": "of the things around"},
    "cite": {"param": "in Python arguments by name", "parameters": "see param"},
    "paths": {"a": "over HTTP from, a word that Python keeps for itself", "from": "see a",
              "b": "over HTTP to", "to": "see b"},
    "between": {"a": "over HTTP from, a word that Python keeps for itself", "from": "see a",
                "b": "over HTTP to", "to": "see b"},
    "timeline": {"as_of": A_VIEW, "possible": A_VIEW, "sources": OF_WRITING, "where": ARRANGED,
                 "sort": ARRANGED, "cursor": "over HTTP; in Python of the method part"},
    "picture": {"kind": "over HTTP picture, in the path", "picture": "see kind",
                "thing": "over HTTP in the path, as in that of its page",
                "suffix": "over HTTP the format"},
    "rank": {"as_of": A_VIEW, "possible": A_VIEW},
    "validate": {"watch": "for a terminal", "target": "the folder of the command line",
                 "files": "only, since others are read", "only": "see files"},
    "export": {"profile": "another function in Python"},
    "publish": {"directory": "the target", "target": "see directory"},
    "check-site": {"endpoint": OF_OPENING},
    "build": {"directory": "the folder", "folder": "see directory", "check": "writes nothing",
              "include_sensitive": OF_OPENING, "at": "another place, for large disks"},
    "push": {"endpoint": OF_OPENING},
    "import": {"folder": "the folder of the command line", "root": "at the command line from, a "
               "word that Python keeps for itself", "from": "see root", "new": "drafts a mapping",
               "sample": "sentences, and nothing is written", "diff": "told in Python",
               "told": "see diff", "check": "write in Python", "write": "see check"},
}  # fmt: skip
"""Parameters that a surface lacks or calls otherwise, and why, by command."""
DEFAULTS = {
    ("sparql", "query"): "a command reads its standard input",
    ("show", "hops"): "the command shows a thing alone, the function what is around it",
    ("timeline", "limit"): "a server gives no unlimited list",
    ("import", "name"): "all mappings",
}
"""Parameters with several defaults, and why."""
ALIKE = (None, False, (), "")


def of_command(name: str) -> Parameters:
    """The parameters of a command with their defaults; `ALIKE` values stand for none."""
    command: click.Command = cli
    if name == "ask":
        command = _question_command(open_graph().queries["undated"])
    elif name:
        command = cli.commands[name]
    own = {"thing", "predicate", "from"} if name == "ask" else set()  # of the question itself
    return {
        key: default
        for one in command.params
        for key in [one.opts[-1].removeprefix("--").replace("-", "_")]
        for default in [None if isinstance(one.default, Enum) else one.default]  # of click: unset
        if key not in own
    }


def of_call(name: str) -> Parameters:
    """The parameters of what is called in Python, with their defaults."""
    return {
        key: None if one.default is inspect.Parameter.empty else one.default
        for key, one in inspect.signature(CALLS[name]).parameters.items()
        if key not in FIRST
    }


def of_route(name: str) -> Parameters | None:
    """The parameters of a route, with the defaults that their help tells; ``None`` without one."""
    route = routes.BY_NAME.get(ROUTES.get(name, name))
    if route is None or not name:
        return None
    found: dict[str, Any] = {}
    for one in route.parameters:
        default = re.search(r"(\w+) by default", one.help)
        words = default[1] if default else None
        found[one.name.replace("-", "_")] = int(words) if words and words.isdecimal() else words
    return found


def surfaces(name: str) -> list[Parameters]:
    """The parameters of a command on all surfaces that have it."""
    return [of for of in (of_command(name), of_call(name), of_route(name)) if of is not None]


@pytest.mark.parametrize("name", CALLS)
def test_a_parameter_has_one_name(name: str) -> None:
    everywhere = surfaces(name)
    names = set().union(*everywhere)
    missing = {one for one in names if not all(one in of for of in everywhere)}
    explained = EVERYWHERE.keys() | EXCEPTIONS[name].keys()
    if name == "":
        explained -= {"timeout", "withdrawn"}
    assert missing - explained == set()
    assert EXCEPTIONS[name].keys() <= missing, "it needs no exception"


@pytest.mark.parametrize("name", CALLS)
def test_a_parameter_has_one_default(name: str) -> None:
    everywhere = surfaces(name)
    for one in set().union(*everywhere):
        defaults = [of[one] for of in everywhere if one in of]
        plain = {None if default in ALIKE else default for default in defaults}
        is_known = (name, one) in DEFAULTS or one in EVERYWHERE
        assert len(plain) == 1 or is_known, (one, defaults)


def test_no_exception_is_for_nothing() -> None:
    for name, one in DEFAULTS:
        assert sum(one in of for of in surfaces(name)) > 1
    assert {*CALLS} == {*EXCEPTIONS} and {*cli.commands} == ({*CALLS} - {""}) | WITHOUT_CALL


def test_routes_have_the_defaults_that_their_help_tells() -> None:
    defaults = {
        (name, one): default
        for name in ("paths", "rank", "timeline")
        for one, default in (of_route(name) or {}).items()
        if default
    }
    assert defaults == {
        ("paths", "max_hops"): 4,
        ("paths", "limit"): 5,
        ("rank", "by"): "degree",
        ("rank", "limit"): 20,
        ("timeline", "limit"): 1000,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda graph: allgraph.rank(graph, kinds="Person"), "“kinds” is called “kind” now"),  # type: ignore[call-arg]
        (lambda graph: graph.find(name="elson"), "“name” is called “text” now"),
    ],
)
def test_former_names_are_taken_with_a_warning(
    graph: Graph, call: Callable[[Graph], object], words: str
) -> None:
    with pytest.warns(DeprecationWarning, match=words):
        assert call(graph)
