"""The reference of the Python package: what its public names are and say, read from the source.

Each name of ``allgraph.__all__`` is found where it is defined. Signatures, types and defaults are
as written there, and all else is from docstrings, whose examples are run where they stand.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

import allgraph

ROOMS = {
    "graph": "Open, ask, and list claims",
    "sparql": "Questions and answers",
    "drawings": "Pictures",
    "evidence": "Citations",
    "network": "Connections",
    "validation": "Checks",
    "imports": "Imports and changes",
    "changes": "Imports and changes",
    "exports": "Exports",
    "linkeddata": "Publication",
    "site": "Publication",
    "folder": "Folders and snapshots",
    "model": "Dates and terms",
    "rdf": "Dates and terms",
    "errors": "Errors",
}
"""The sections of the page, in order, each of the rooms of the package that define its names."""
_LIKE = {"View": "Graph"}
"""Classes that have all that another public class has, which is not told again."""
_SPECIAL = {
    "__enter__": "`with`",
    "__getitem__": "indexing",
    "__iter__": "iteration",
    "__len__": "`len()`",
    "__contains__": "`in`",
}
_WIDE = 88
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Definition = _Function | ast.ClassDef | ast.Assign | ast.AnnAssign


@dataclass(frozen=True)
class Entry:
    """A public name: the module that defines it, and the definition with its documentation."""

    name: str
    module: str
    node: _Definition
    doc: str

    @property
    def room(self) -> str:
        """The room of the package that defines it."""
        return self.module.split(".")[1]

    @property
    def title(self) -> str:
        """The heading, which differs for names that differ in their case alone."""
        kind = "class " if isinstance(self.node, ast.ClassDef) else ""
        call = "()" if isinstance(self.node, _Function) else ""
        return f"{kind}allgraph.{self.name}{call}"


def entries() -> dict[str, Entry]:
    """All public names, functions first, in the order of ``allgraph.__all__``."""
    found = {name: _entry(name, "allgraph", name) for name in allgraph.__all__}
    return dict(sorted(found.items(), key=lambda item: not isinstance(item[1].node, _Function)))


def page(head: str) -> str:
    """The reference as Markdown, with `head` before it."""
    known = entries()
    sections: dict[str, list[Entry]] = {title: [] for title in ROOMS.values()}
    for entry in known.values():
        sections[ROOMS[entry.room]].append(entry)
    parts = [head]
    for title, members in sections.items():
        names = ", ".join(f"[`{each.name}`](#{slug(each.title)})" for each in members)
        parts.append(f"**{title}**: {names}\n")
    for title, members in sections.items():
        parts.append(f"## {title}\n")
        parts += [part for entry in members for part in _described(entry, known)]
    return "\n".join(parts)


def slug(title: str) -> str:
    """The anchor that forges and the website give a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


# ---- Definitions


@cache
def _source(module: str) -> tuple[ast.Module, str]:
    path = inspect.getsourcefile(import_module(module))
    text = Path(str(path)).read_text(encoding="utf-8")
    return ast.parse(text), text


def _entry(public: str, module: str, name: str) -> Entry:
    """Where a name is defined; names that a module imports from another are followed there."""
    body = [part for top in _source(module)[0].body for part in (top, *_nested(top))]
    for node, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    return _entry(public, str(node.module), alias.name)
        elif name in _names(node):
            assert isinstance(node, _Definition)
            return Entry(public, module, node, _documentation(node, after))
    raise ValueError(f"{module} does not define {name}")


def _nested(node: ast.stmt) -> list[ast.stmt]:
    return node.body if isinstance(node, ast.If) else []


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.ClassDef | _Function):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [each.id for each in targets if isinstance(each, ast.Name)]


def _documentation(node: ast.stmt, after: ast.stmt | None) -> str:
    """The docstring of a definition, or the text that follows it."""
    if isinstance(node, ast.ClassDef | _Function):
        return ast.get_docstring(node) or ""
    match after:
        case ast.Expr(ast.Constant(str() as text)):
            return inspect.cleandoc(text)
    return ""


def _members(entry: Entry) -> Iterator[ast.stmt]:
    """What is in a class, and in those of its bases that are not public themselves."""
    cls = getattr(import_module(entry.module), entry.node.name)  # type: ignore[union-attr]
    seen: set[str] = set()
    if entry.name in _LIKE:
        seen = set(dir(getattr(allgraph, _LIKE[entry.name]))) - {*vars(cls)}
    for base in cls.__mro__:
        is_ours = base.__module__.startswith("allgraph.") and (
            base is cls or base.__name__ not in allgraph.__all__
        )
        if not is_ours:
            continue
        for node in _source(base.__module__)[0].body:
            if isinstance(node, ast.ClassDef) and node.name == base.__name__:
                yield from (each for each in node.body if not {*_names(each)} & seen)
                seen |= {name for each in node.body for name in _names(each)}


# ---- Markdown


def _described(entry: Entry, known: dict[str, Entry]) -> Iterator[str]:
    yield f"### `{entry.title}`\n"
    if not isinstance(entry.node, ast.ClassDef):
        yield f"```pyi\n{_with_values(_signature(entry.node, entry.name), entry)}\n```\n"
        yield markdown(entry.doc, known)
        return
    members = [each for each in _members(entry) if not _names(each) or _is_public(each)]
    methods = [each for each in members if isinstance(each, _Function)]
    fields = [
        each
        for each in members
        if isinstance(each, ast.AnnAssign) and "ClassVar" not in ast.unparse(each.annotation)
    ]
    lines = [f"{_signature(each)}" for each in (*fields, *methods)]
    bases = ", ".join(
        ast.unparse(base) for base in entry.node.bases if not ast.unparse(base).startswith("_")
    )
    head = f"class {entry.name}({bases}):" if bases else f"class {entry.name}:"
    body = "\n".join(lines or ["..."]).replace("\n", "\n    ")
    yield f"```pyi\n{head}\n    {_with_values(body, entry)}\n```\n"
    yield markdown(entry.doc, known)
    special = [name for each in _members(entry) for name in _names(each) if name in _SPECIAL]
    if special:
        yield f"It takes {', '.join(_SPECIAL[name] for name in dict.fromkeys(special))}.\n"
    docs = {method.name: ast.get_docstring(method) or "" for method in methods}
    short = [name for name, doc in docs.items() if "\n\n" not in doc]
    for name in short:
        yield f"- `{name}`: {markdown(docs.pop(name), known).rstrip()}".replace("\n", "\n  ")
    if short:
        yield ""
    for name, doc in docs.items():
        yield f"#### `{entry.name}.{name}`\n\n{markdown(doc, known)}"


def _with_values(signature: str, entry: Entry) -> str:
    """A signature with double quotes, and the numbers and texts that constants stand for."""

    def value(match: re.Match[str]) -> str:
        found = getattr(import_module(entry.module), match[1], None)
        return f"= {found!r}" if isinstance(found, str | int | float) else match[0]

    text = re.sub(r"= ([A-Z][A-Z_]+)\b(?=,|\)|$)", value, signature, flags=re.MULTILINE)
    return re.sub(r"'([^'\"\\]*)'", r'"\1"', text)


def _is_public(node: ast.stmt) -> bool:
    return not _names(node)[0].startswith("_")


def _signature(node: ast.stmt, name: str = "") -> str:
    """A definition without its body; a long one has a line for each parameter."""
    if not isinstance(node, _Function):
        text = ast.unparse(node)
        return text if not name else re.sub(r"^\w+", name, text, count=1)
    marks = [f"@{ast.unparse(each)}\n" for each in node.decorator_list]
    result = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    start = f"{''.join(marks)}def {name or node.name}("
    arguments = ", ".join(_arguments(node.args))
    if len(arguments) + len(result) + len(start) < _WIDE:
        return f"{start}{arguments}){result}: ..."
    listed = "".join(f"    {each},\n" for each in _arguments(node.args))
    return f"{start}\n{listed}){result}: ..."


def _arguments(arguments: ast.arguments) -> Iterator[str]:
    """The parameters one by one, as they are written."""
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + [*arguments.defaults]
    for argument, default in zip(positional, defaults, strict=True):
        yield _argument(argument, default)
        if arguments.posonlyargs and argument is arguments.posonlyargs[-1]:
            yield "/"
    if arguments.vararg:
        yield f"*{ast.unparse(arguments.vararg)}"
    elif arguments.kwonlyargs:
        yield "*"
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield _argument(argument, default)
    if arguments.kwarg:
        yield f"**{ast.unparse(arguments.kwarg)}"


def _argument(argument: ast.arg, default: ast.expr | None) -> str:
    return ast.unparse(argument) + (f" = {ast.unparse(default)}" if default else "")


def markdown(doc: str, known: dict[str, Entry]) -> str:
    """A docstring as Markdown: names of classes are links, and examples blocks of code."""
    parts = []
    for part in re.split(r"(^```.*?^```$)", doc, flags=re.DOTALL | re.MULTILINE):
        for block in part.split("\n\n"):
            if block.startswith(">>> "):
                parts.append(f"```python\n{_complete(block, known)}\n```")
            elif block.startswith("```"):
                parts.append(block.replace("```\n", "```text\n", 1))
            elif block.strip():
                parts.append(_prose(block.strip("\n"), known))
    return "\n\n".join(parts) + "\n"


def _complete(example: str, known: dict[str, Entry]) -> str:
    """An example with what it needs outside of the module that it is in."""
    calls = "|".join(name for name, entry in known.items() if isinstance(entry.node, _Function))
    text = re.sub(rf"(?<![\w.])({calls})\((?=\w)", r"allgraph.\1(", example)
    used = set(re.findall(r"(?<![\w.\"'])([A-Z]\w+)[(.]", text))
    lines = {
        "allgraph": sorted(used & {*known} - {"Path"}),
        "pathlib": sorted(used & {"Path"}),
        "pyoxigraph": sorted(used & {"BlankNode", "Literal", "NamedNode"}),
    }
    needed = [
        f">>> from {module} import {', '.join(names)}\n"
        for module, names in lines.items()
        if names and f"from {module} import" not in example
    ]
    if text != example and "import allgraph\n" not in example:
        needed.insert(0, ">>> import allgraph\n")
    return "".join(needed) + text


def _prose(text: str, known: dict[str, Entry]) -> str:
    text = re.sub(r"``([^`]+)``", r"`\1`", text)

    def link(match: re.Match[str]) -> str:
        entry = known.get(match[1])
        is_class = entry is not None and isinstance(entry.node, ast.ClassDef)
        return f"[`{match[1]}`](#{slug(entry.title)})" if entry and is_class else match[0]

    return re.sub(r"(?<!\[)`([A-Z]\w+)`", link, text)
