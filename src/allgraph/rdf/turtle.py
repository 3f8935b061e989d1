r"""The syntax tree of Turtle, with lines and comments, and its text in the house's layout.

A node is here a subject or object; comments have their ``#``. The engine parses Turtle to
triples. The tree keeps what triples do not have: the line of each token, the form of each literal,
and comments.

>>> from allgraph.folder.formatting import layout
>>> print(layout('<http://x/a>   <http://x/p> "01" ,\n "1.10".# two forms\n'), end="")
<http://x/a> <http://x/p> "01", "1.10" .  # two forms
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

WIDTH = 100
"""The greatest length of a line that can be broken."""


@dataclass
class TurtleToken:
    """A token of Turtle, as written, with its line number and its comments.

    `kind` is a group of the expression in `turtle_reader`, such as ``iri``. `above` are the
    comments on lines of their own before it, with ``""`` for a blank line after them; `beside`
    is the one after it on its line. `start` is the index of its first character in the text.
    """

    kind: str
    text: str
    line: int
    above: list[str] = field(default_factory=list)
    beside: str = ""
    start: int = 0

    @property
    def end(self) -> int:
        """The index of the character after it."""
        return self.start + len(self.text)


@dataclass
class Term:
    """A node that is an IRI, name, label, number or literal, as written; three tokens at most."""

    tokens: list[TurtleToken]

    @property
    def text(self) -> str:
        """The text without spaces."""
        return "".join(token.text for token in self.tokens)


@dataclass
class Brackets:
    """A node in brackets: ``[ … ]`` with properties, or ``( … )`` with items."""

    open: TurtleToken
    close: TurtleToken
    properties: list[Property] = field(default_factory=list)
    items: list[Node] = field(default_factory=list)

    @property
    def tokens(self) -> list[TurtleToken]:
        """The opening and the closing bracket."""
        return [self.open, self.close]


Node = Term | Brackets


@dataclass
class Property:
    """A verb and its objects; `marks` are the commas between them, `ends` each ``;`` after them."""

    verb: TurtleToken
    objects: list[Node]
    marks: list[TurtleToken] = field(default_factory=list)
    ends: list[TurtleToken] = field(default_factory=list)


@dataclass
class Directive:
    """A declaration of a prefix or base."""

    tokens: list[TurtleToken]


@dataclass
class TurtleStatement:
    """A subject and its properties, up to the full stop, which is `end`."""

    subject: Node
    properties: list[Property]
    end: TurtleToken


@dataclass
class TurtleDocument:
    """A whole Turtle file; `rest` are the comments after the last statement."""

    items: list[Directive | TurtleStatement]
    rest: list[str]


def write(document: TurtleDocument) -> str:
    """Return a document as text in the house's layout; writes no file.

    Its tokens stay as they are; spaces and line breaks are made anew, with four spaces of indent
    and lines of up to `WIDTH` characters where they can be broken. A blank line is put before
    each item, except directives of one line after another directive.
    """
    blocks: list[str] = []
    previous: Directive | TurtleStatement | None = None
    for item in document.items:
        lines = _directive_lines(item) if isinstance(item, Directive) else _statement_lines(item)
        both_directives = isinstance(previous, Directive) and isinstance(item, Directive)
        if blocks and not (both_directives and len(lines) == 1):
            blocks.append("")
        blocks += lines
        previous = item
    rest = document.rest[:-1] if document.rest[-1:] == [""] else document.rest
    if rest:
        blocks += ([""] if blocks else []) + rest
    return "\n".join(blocks) + "\n" if blocks else ""


def statement(subject: str, properties: Iterable[tuple[str, str | list[Node]]]) -> str:
    r"""Return a statement without comments: a subject, and verbs with one term or several nodes.

    `properties` are pairs of a verb and its objects: the text of one term, or nodes. There must be
    one at least.

    >>> statement("x:a", [("a", "x:B"), ("x:p", '"c"')])
    'x:a a x:B ;\n    x:p "c" .\n'
    """
    lines: list[str] = []
    for verb, objects in properties:
        if isinstance(objects, str):
            lines.append(f"    {verb} {objects} ;")
        else:
            lines += _property_lines(verb, objects, 4)
            lines[-1] += " ;"
    body = "\n".join(lines)
    return f"{subject} {body[4:-1]}.\n"


def _directive_lines(item: Directive) -> list[str]:
    """Return the lines of a directive, which is one line, with its comments above or beside it.

    Only the last of the comments that are beside its tokens stays beside it.
    """
    comments = item.tokens[0].above + [c for token in item.tokens[1:] for c in token.above if c]
    beside = [token.beside for token in item.tokens if token.beside]
    text = " ".join(token.text for token in item.tokens)
    return [*comments, *beside[:-1], _with_comment(text, beside[-1] if beside else "")]


def _statement_lines(item: TurtleStatement) -> list[str]:
    """Return the lines of a statement, with its comments.

    The first property begins on the line of the subject, unless it has comments above it.
    """
    first = item.subject.tokens[0]
    above = [comment for comment in first.above if comment]
    lines = [*first.above, *_comments_of_node(item.subject)[len(above) :]]  # keeps blank lines
    subject = _node_lines(item.subject, 0)
    if not item.properties:
        return [*lines, *subject[:-1], _with_comment(f"{subject[-1]} .", item.end.beside)]
    body = _property_list_lines(item.properties, 4, item.end.above, item.end.beside, " .")
    head, rest = body[0], body[1:]
    if head.lstrip().startswith("#"):
        return [*lines, *subject, *body]
    return [*lines, *subject[:-1], f"{subject[-1]} {head.lstrip()}", *rest]


def _property_list_lines(
    properties: list[Property], indent: int, above_end: list[str], beside_end: str, last: str
) -> list[str]:
    """Return the lines of properties, separated by ``;``, with their comments.

    `indent` is the number of spaces before each. `last` is put after the last property: ``" ."`` or
    nothing. `above_end` and `beside_end` are the comments above and beside that full stop, or
    nothing too.
    """
    lines: list[str] = []
    space = " " * indent
    for position, item in enumerate(properties):
        lines += [space + comment for comment in _comments_of_property(item)]
        block = _property_lines(item.verb.text, item.objects, indent)
        ends = [comment for token in item.ends for comment in token.above if comment]
        beside = [token.beside for token in item.ends if token.beside]
        if position == len(properties) - 1:
            lines += [space + comment for comment in [*ends, *beside, *above_end] if comment]
            lines += [*block[:-1], _with_comment(block[-1] + last, beside_end)]
        else:
            lines += [space + comment for comment in [*ends, *beside[:-1]]]
            lines += [*block[:-1], _with_comment(f"{block[-1]} ;", beside[-1] if beside else "")]
    return lines


def _property_lines(verb: str, objects: list[Node], indent: int) -> list[str]:
    """Return the lines of one property, without ``;`` or full stop and without comments above it.

    `indent` is the number of spaces before it. One longer than `WIDTH` is broken after objects;
    brackets may go over several lines.
    """
    space = " " * indent
    inline = ", ".join(one_line(node) for node in objects)
    line = f"{space}{verb} {inline}"
    nested = [node for node in objects if isinstance(node, Brackets)]
    if len(line) + 2 <= WIDTH and not any(_needs_several_lines(node) for node in nested):
        return [line]
    if len(nested) == len(objects):
        lines = [f"{space}{verb} "]
        for position, node in enumerate(nested):
            block = _node_lines(node, indent, spread=bool(node.properties))
            lines[-1] += block[0].lstrip()
            lines += block[1:]
            if position < len(nested) - 1:
                lines[-1] += ", "
        return [line.rstrip() for line in lines]
    lines = [f"{space}{verb}"]
    for position, obj in enumerate(objects):
        block = _node_lines(obj, indent + 4)
        lines += [*block[:-1], block[-1] + ("," if position < len(objects) - 1 else "")]
    return [lines[0] + " " + lines[1].lstrip(), *lines[2:]] if len(objects) == 1 else lines


def _node_lines(node: Node, indent: int, *, spread: bool = False) -> list[str]:
    """Return the lines of a node, the first of which begins at `indent`.

    `indent` is a number of spaces. Brackets take one line if they fit into `WIDTH`, with space for
    `` .``, and `_needs_several_lines` is false; with `spread` they always take several. Comments
    beside the opening bracket and above the closing one are among the lines; the caller has those
    above or beside the node, and of the items of a collection (see `_comments_of_node`).
    """
    space = " " * indent
    if isinstance(node, Term):
        return [space + node.text]
    inline = one_line(node)
    if not spread and not _needs_several_lines(node) and len(space) + len(inline) + 2 <= WIDTH:
        return [space + inline]
    lines = [_with_comment(f"{space}{node.open.text}", node.open.beside)]
    if node.open.text == "[":
        lines += _property_list_lines(node.properties, indent + 4, [], "", "")
    else:
        for item in node.items:
            lines += _node_lines(item, indent + 4)
    lines += [f"{space}    {comment}" for comment in node.close.above if comment]
    return [*lines, f"{space}{node.close.text}"]


def one_line(node: Node) -> str:
    """Return the text of a node on one line, however long; without comments.

    A text with line ends keeps them.
    """
    if isinstance(node, Term):
        return node.text
    if node.open.text == "(":
        return f"( {' '.join(map(one_line, node.items))} )" if node.items else "()"
    properties = " ; ".join(
        f"{item.verb.text} {', '.join(map(one_line, item.objects))}" for item in node.properties
    )
    return f"[ {properties} ]" if properties else "[]"


def _needs_several_lines(node: Node) -> bool:
    """Return True if a node must go over several lines.

    So must a text with line ends, and brackets with comments, with more than three properties,
    or with such a node inside.
    """
    if isinstance(node, Term):
        return "\n" in node.text
    inner = [o for item in node.properties for o in item.objects] + node.items
    if len(node.properties) > 3 or any(map(_needs_several_lines, inner)):
        return True
    ends = [token for item in node.properties for token in item.ends]
    inside = any(map(_comments_of_token, ends + ([node.open] if node.open.beside else [])))
    inside |= any(node.close.above)  # one beside the closing bracket is moved out of it
    return inside or any(map(_comments_of_property, node.properties))


def _comments_of_property(item: Property) -> list[str]:
    """Return the comments inside a property, which are written above it.

    These are the comments of verb, objects and commas, but not of each ``;`` after it.
    """
    inner = [comment for node in item.objects for comment in _comments_of_node(node)]
    marks = [comment for mark in item.marks for comment in _comments_of_token(mark)]
    return [*_comments_of_token(item.verb), *inner, *marks]


def _comments_of_node(node: Node) -> list[str]:
    """Return the comments that are moved from a node to above the line that it is on.

    Of brackets these are the comments above the opening one, beside the closing one, and of
    items; others stay inside the brackets.
    """
    if isinstance(node, Term):
        return [comment for token in node.tokens for comment in _comments_of_token(token)]
    inner = [comment for item in node.items for comment in _comments_of_node(item)]
    return [comment for comment in (*node.open.above, *inner, node.close.beside) if comment]


def _comments_of_token(token: TurtleToken) -> list[str]:
    """Return the comments above and beside a token, without blank lines."""
    return [comment for comment in (*token.above, token.beside) if comment]


def _with_comment(line: str, comment: str) -> str:
    """Return a line with a comment, if there is one."""
    return f"{line}  {comment}" if comment else line
