"""The errors of allgraph, all under one root.

```
AllgraphError
├── InputError            the input is invalid                    exit 2
│   ├── FolderError       a graph folder or its manifest is invalid
│   ├── LoadError         a file cannot be read or parsed
│   ├── DateError         a date is not in the supported part of EDTF
│   ├── QueryError        a SPARQL query or a question file is invalid
│   ├── ParameterError    a parameter is missing, unknown or invalid
│   ├── UnknownName       no thing, or more than one, has the name
│   ├── UnknownQuestion   no question has the name
│   ├── UnknownFormat     no format has the name, or it cannot hold the content
│   ├── WriteError        a file cannot be written
│   ├── ReadOnly          a view on a graph cannot be changed
│   └── MissingExtra      a library is not installed
└── EngineError           the engine failed                       exit 3
    ├── EngineTimeout     it took longer than allowed
    ├── TooMuch           a budget or a limit of an endpoint was exceeded
    └── EngineCrash       its process died
```

Each message says what is wrong, where (``file:line`` when there is one) and what to do.

>>> str(LoadError("expected a dot", path="data/a.ttl", line=3))
'data/a.ttl:3: expected a dot'
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import PurePath
from typing import ParamSpec, TypeVar
from warnings import warn

P = ParamSpec("P")
T = TypeVar("T")

DISTRIBUTION = "allgraph-kg"
"""The name that pip installs the package by; PyPI has another package under its own name."""
VERSION = "0.1.0"
"""The version of the package.

>>> import allgraph
>>> allgraph.__version__.split(".")[0]
'0'
"""


class AllgraphError(Exception):
    """The root of all errors that allgraph raises on purpose.

    `path` and `line` say where the error is, if there is a file. `exit_code` is that of the
    command line.

    >>> import allgraph
    >>> try:
    ...     allgraph.open().resolve("Karen Elsen")
    ... except allgraph.AllgraphError as error:
    ...     print(type(error).__name__, error.exit_code, error.message)
    UnknownName 2 nothing is named “Karen Elsen”; did you mean Karen Elson?
    """

    exit_code = 2

    def __init__(
        self, message: str, *, path: str | PurePath | None = None, line: int | None = None
    ) -> None:
        """Make an error of the file `path`, if any, at `line`, which counts from 1, if known."""
        self.message = message
        self.path = None if path is None else PurePath(path).as_posix()
        self.line = line
        super().__init__(message)

    def __str__(self) -> str:
        if self.path is None:
            return self.message
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.message}"


class InputError(AllgraphError):
    """An error of the input: a file, a query, a parameter or a name is invalid."""


class FolderError(InputError):
    """An error of a graph folder or its manifest."""


class LoadError(InputError):
    """An error of a file that cannot be read or parsed."""


class DateError(InputError, ValueError):
    """An error of a date that is not in the part of EDTF that allgraph supports."""


class QueryError(InputError):
    """An error of a SPARQL query or a question file that is invalid."""


class ParameterError(InputError, ValueError):
    """An error of a parameter that is missing, unknown or of the wrong type."""


class UnknownName(InputError, LookupError):
    """An error of a name that no thing, or more than one, has.

    ``candidates`` are IRIs of things that may be meant.
    """

    def __init__(self, message: str, candidates: Sequence[str] = ()) -> None:
        """Make an error about no file; `candidates` are IRIs of things that may be meant."""
        super().__init__(message)
        self.candidates = tuple(candidates)


class UnknownQuestion(InputError, LookupError):
    """An error of a name that no question has."""


class UnknownFormat(InputError, LookupError):
    """An error of a format that is unknown or cannot hold the content."""


class WriteError(InputError):
    """An error of a file that cannot be written."""


class ReadOnly(InputError, TypeError):
    """An error of a call that would change a read-only view of a graph."""


class MissingExtra(InputError, ImportError):
    """An error of a library that is not installed; the message names the extra to install."""


class EngineError(AllgraphError):
    """An error of an engine that could not answer."""

    exit_code = 3


class EngineTimeout(EngineError):
    """An error of an engine that took longer than it was allowed to."""


class TooMuch(EngineError):
    """An error of a budget of requests, or a limit of an endpoint, that was exceeded."""


class EngineCrash(EngineError):
    """An error of the process that ran a query or other work, and died."""


def renamed(**former: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Return a decorator of a function that takes former names of its parameters too.

    `former` has the present names by the former ones. A call with one of these gives a
    `DeprecationWarning`.

    >>> @renamed(kinds="kind")
    ... def rank(*, kind=""):
    ...     return kind
    >>> import warnings
    >>> with warnings.catch_warnings(record=True, action="always") as caught:
    ...     print(rank(kinds="Person"), *(one.message for one in caught))
    Person rank: the parameter “kinds” is called “kind” now
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        """Return the function that takes former names."""

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            for old, new in former.items():
                if old in kwargs:
                    message = f"{function.__name__}: the parameter “{old}” is called “{new}” now"
                    warn(message, DeprecationWarning, stacklevel=2)
                    kwargs[new] = kwargs.pop(old)
            return function(*args, **kwargs)

        return call

    return decorate


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Raise `MissingExtra` instead of an `ImportError` of this block.

    Its message says to install ``allgraph-kg[name]``.

    >>> with extra("pandas"):
    ...     import no_such_library
    Traceback (most recent call last):
      ...
    allgraph.errors.MissingExtra: no_such_library is missing; \
install it with: pip install "allgraph-kg[pandas]"
    """
    try:
        yield
    except ImportError as error:
        missing = error.name or name
        raise MissingExtra(
            f'{missing} is missing; install it with: pip install "{DISTRIBUTION}[{name}]"'
        ) from error
