"""The tree of errors, as drawn and as it is."""

from __future__ import annotations

import copy
import pickle
import re
from pathlib import PurePosixPath

import pytest

from allgraph import errors
from allgraph.errors import AllgraphError, EngineError, InputError, LoadError, UnknownName


def drawn() -> list[tuple[int, str]]:
    """Depth and name of each error in the drawing of the docstring."""
    drawing = (errors.__doc__ or "").split("```")[1]
    matches = re.finditer(r"^([│├└─ ]*)(\w+)", drawing, re.MULTILINE)
    return [(len(match[1]) // 4, match[2]) for match in matches]


def real(root: type[AllgraphError], depth: int = 0) -> list[tuple[int, str]]:
    """The same from the classes; a room may have some of its own below them."""
    return [(depth, root.__name__)] + [
        each
        for child in root.__subclasses__()
        if child.__module__ == errors.__name__
        for each in real(child, depth + 1)
    ]


ALL = [getattr(errors, name) for _, name in drawn()]


def test_the_drawing_shows_the_classes() -> None:
    assert drawn() == real(AllgraphError)
    assert len(drawn()) > 10


def test_the_drawing_gives_the_exit_codes() -> None:
    exits = re.findall(r"(\w+) .*exit (\d)", errors.__doc__ or "")
    assert exits == [("InputError", "2"), ("EngineError", "3")]
    assert all(kind.exit_code == 2 for kind in ALL if issubclass(kind, InputError))
    assert all(kind.exit_code == 3 for kind in ALL if issubclass(kind, EngineError))


@pytest.mark.parametrize(
    ("path", "line", "shown"),
    [
        (None, None, "it is wrong"),
        ("data/a.ttl", None, "data/a.ttl: it is wrong"),
        (PurePosixPath("data/a.ttl"), 3, "data/a.ttl:3: it is wrong"),
    ],
)
def test_a_message_begins_with_its_place(
    path: str | PurePosixPath | None, line: int | None, shown: str
) -> None:
    error = LoadError("it is wrong", path=path, line=line)
    assert str(error) == shown
    assert error.message == "it is wrong"


def made(kind: type[AllgraphError]) -> AllgraphError:
    if issubclass(kind, UnknownName):
        return kind("two have it", ["https://example.org/id/a", "https://example.org/id/b"])
    return kind("it is wrong", path="queries/q.rq", line=7)


@pytest.mark.parametrize("kind", ALL)
def test_errors_travel_between_processes_whole(kind: type[AllgraphError]) -> None:
    error = made(kind)
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(other) is kind
        assert str(other) == str(error)
        assert vars(other) == vars(error)
        assert other.args == error.args


def test_errors_are_what_python_calls_them_too() -> None:
    assert issubclass(errors.DateError, ValueError)
    assert issubclass(errors.ParameterError, ValueError)
    for kind in (errors.UnknownName, errors.UnknownQuestion, errors.UnknownFormat):
        assert issubclass(kind, LookupError)
        assert str(made(kind)).startswith(("two have it", "queries/q.rq:7: it is wrong"))
