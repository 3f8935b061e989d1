"""The errors of allgraph, all under one root.

```
AllgraphError
├── InputError            what you gave cannot be used            exit 2
│   ├── FolderError       a graph folder or its manifest
│   ├── LoadError         a file that cannot be read or parsed
│   ├── DateError         a date that is not EDTF as we take it
│   ├── QueryError        SPARQL, or a question file, that is wrong
│   ├── ParameterError    a parameter of a question
│   ├── UnknownName       nothing, or more than one thing, has the name
│   ├── UnknownQuestion   no question has the name
│   ├── UnknownFormat     no format has the name, or not for what it is to hold
│   ├── WriteError        a file that cannot be written
│   ├── ReadOnly          a view that was to be changed
│   └── MissingExtra      a library that is not installed
└── EngineError           the engine failed                       exit 3
    ├── EngineTimeout     it took longer than allowed
    ├── TooMuch           more than is asked of an endpoint, or than it gives
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
    """What was given cannot be used as it is."""


class FolderError(InputError):
    """A graph folder or its manifest is wrong."""


class LoadError(InputError):
    """A file cannot be read or parsed."""


class DateError(InputError, ValueError):
    """A date is not in the part of EDTF that allgraph takes."""


class QueryError(InputError):
    """A SPARQL text or a question file is wrong."""


class ParameterError(InputError, ValueError):
    """A parameter of a question is missing, unknown or of the wrong type."""


class UnknownName(InputError, LookupError):
    """A name stands for nothing, or for more than one thing; ``candidates`` lists IRIs."""

    def __init__(self, message: str, candidates: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.candidates = tuple(candidates)


class UnknownQuestion(InputError, LookupError):
    """No question has this name."""


class UnknownFormat(InputError, LookupError):
    """No format has this name, or it cannot hold what it is to hold."""


class WriteError(InputError):
    """A file cannot be written."""


class ReadOnly(InputError, TypeError):
    """A view on a graph was to be changed."""


class MissingExtra(InputError, ImportError):
    """A library that an extra of allgraph brings is not installed."""


class EngineError(AllgraphError):
    """The engine could not answer."""

    exit_code = 3


class EngineTimeout(EngineError):
    """The engine took longer than it was allowed to."""


class TooMuch(EngineError):
    """What this needs is more than is asked of an endpoint at once, or more than it gives."""


class EngineCrash(EngineError):
    """The process that ran the query died."""


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Say how to install what an import needs: the extra of this name.

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
