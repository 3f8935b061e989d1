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

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePath


class AllgraphError(Exception):
    """The root of all errors that allgraph raises on purpose."""

    exit_code = 2

    def __init__(
        self, message: str, *, path: str | PurePath | None = None, line: int | None = None
    ) -> None:
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
    """The input is invalid."""


class FolderError(InputError):
    """A graph folder or its manifest is invalid."""


class LoadError(InputError):
    """A file cannot be read or parsed."""


class DateError(InputError, ValueError):
    """A date is not in the part of EDTF that allgraph supports."""


class QueryError(InputError):
    """A SPARQL query or a question file is invalid."""


class ParameterError(InputError, ValueError):
    """A parameter is missing, unknown or of the wrong type."""


class UnknownName(InputError, LookupError):
    """No thing, or more than one, has a name; ``candidates`` are IRIs that may be meant."""

    def __init__(self, message: str, candidates: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.candidates = tuple(candidates)


class UnknownQuestion(InputError, LookupError):
    """No question has this name."""


class UnknownFormat(InputError, LookupError):
    """No format has this name, or it cannot hold the content."""


class WriteError(InputError):
    """A file cannot be written."""


class ReadOnly(InputError, TypeError):
    """A view on a graph cannot be changed."""


class MissingExtra(InputError, ImportError):
    """A library is not installed; an extra of allgraph installs it."""


class EngineError(AllgraphError):
    """The engine could not answer."""

    exit_code = 3


class EngineTimeout(EngineError):
    """The engine took longer than it was allowed to."""


class TooMuch(EngineError):
    """A budget of requests, or a limit of an endpoint, was exceeded."""


class EngineCrash(EngineError):
    """The process that ran the query died."""


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Turn an `ImportError` in this block into one that names the extra to install.

    >>> with extra("pandas"):
    ...     import no_such_library
    Traceback (most recent call last):
      ...
    allgraph.errors.MissingExtra: no_such_library is missing; \
install it with: pip install "allgraph[pandas]"
    """
    try:
        yield
    except ImportError as error:
        missing = error.name or name
        raise MissingExtra(
            f'{missing} is missing; install it with: pip install "allgraph[{name}]"'
        ) from error
