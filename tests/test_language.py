"""The language of the code: names say what a variable holds, docstrings what a function does."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from tests.test_house import modules

VAGUE = ("found", "each", "said", "told", "some", "held")
"""Names that say how something was got, and not what it is."""
GENERAL = ("result", "value", "item", "data", "obj", "out")
"""Names that fit anything: some are right, but they are not to take the place of those above."""
INDIRECT = ("What", "Where", "Whether", "How", "That", "Those")
"""First words of a docstring that is half a sentence, which the reader has to finish."""


def nodes() -> Iterator[ast.AST]:
    """Yield all nodes of the syntax trees of all modules."""
    for tree in modules().values():
        yield from ast.walk(tree)


def test_names_of_variables_say_what_they_hold() -> None:
    names: Counter[str] = Counter()
    for node in nodes():
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names[node.id] += 1
        elif isinstance(node, ast.arg):
            names[node.arg] += 1
    assert sum(names[name] for name in VAGUE) <= 60
    assert sum(names[name] for name in GENERAL) <= 442


def test_docstrings_begin_with_what_a_function_does_or_returns() -> None:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    texts = [ast.get_docstring(node) for node in nodes() if isinstance(node, kinds)]
    words = [text.split()[0] for text in texts if text]
    assert sum(word in INDIRECT for word in words) <= 0.03 * len(words)
