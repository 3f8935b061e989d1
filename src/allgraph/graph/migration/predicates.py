"""Deprecated predicates with a scheme that a query compares a variable with, or lists in VALUES.

The variable is the predicate of triple patterns, or what claims have as rdf:predicate. Their
objects, its values, get the scheme as their datatype; they must be one variable in all of them.

```
FILTER(?p IN (ex:a, ex:old))    FILTER(?p IN (ex:a) || ?p = ex:new && DATATYPE(?o) = ex:Scheme)
VALUES ?p { ex:a ex:old }       VALUES (?p ?datatype) { (ex:a UNDEF) (ex:new ex:Scheme) }
                                FILTER(!BOUND(?datatype) || DATATYPE(?o) = ?datatype)
```
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

from allgraph.folder.deprecated import Deprecated
from allgraph.graph.migration.names import Edit
from allgraph.graph.migration.patterns import Frame, Pattern, QueryText
from allgraph.graph.migration.statements import PREDICATE

_BEFORE, _AFTER = frozenset(("(", "&&", "||")), frozenset((")", "&&", "||"))
_NO_PREDICATE = "is here not the predicate of a triple pattern"
_ALL = frozenset(("SELECT", "DISTINCT", "REDUCED", "DESCRIBE"))


def edits(query: QueryText, at: int) -> list[Edit]:
    """Return the edits for a predicate with a scheme, at a place that is in no triple pattern.

    Those of a list are returned for the first such predicate in it. Raises `Unclear`.
    """
    frame = query.frames[at]
    for block in (frame, frame.parent):
        if block and block.kind == "data":
            return _edits_of_values(query, block, at)
    compared = _comparison(query, at)
    if compared is None:
        raise query.unclear(at, _NO_PREDICATE)
    return _edits_of_comparison(query, compared, at)


@dataclass
class _Comparison:
    """A comparison of a variable with terms: their places, and where it starts and ends."""

    variable: int
    terms: range
    start: int
    end: int
    is_negated: bool


def _comparison(query: QueryText, at: int) -> _Comparison | None:
    """Return the comparison in which the term at a place stands; ``None`` for another use."""
    frame = query.frames[at]
    comparison = None
    for variable, sign in ((at - 2, at - 1), (at + 2, at + 1)):
        if query.word(sign) in ("=", "!="):
            start, end = sorted((at, variable))
            is_negated = query.word(sign) == "!="
            comparison = _Comparison(variable, range(at, at + 1), start, end, is_negated)
    if query.word(frame.start - 1) == "IN":
        is_negated = query.word(frame.start - 2) == "NOT"
        variable = frame.start - 2 - is_negated
        terms = range(frame.start + 1, frame.close, 2)
        if all(query.word(i) == "," for i in range(frame.start + 2, frame.close, 2)):
            comparison = _Comparison(variable, terms, variable, frame.close, is_negated)
    is_whole = (
        comparison
        and at in comparison.terms
        and query.frames[at].group
        and query.word(comparison.variable)[:1] == "?"
        and query.word(comparison.start - 1) in {*_BEFORE, ","}
        and query.word(comparison.end + 1) in {*_AFTER, ",", "AS"}
        and not query.has_comment(comparison.start, comparison.end)
    )
    return comparison if is_whole else None


def _edits_of_comparison(query: QueryText, comparison: _Comparison, at: int) -> list[Edit]:
    """Return the edits of a comparison, for its first predicate with a scheme. Raises `Unclear`."""
    old = {i: term for i in comparison.terms if (term := query.term(i)) and term.scheme}
    if at != min(old):
        return []
    tokens, verb = query.tokens, query.tokens[comparison.variable].text
    start, end = tokens[comparison.start].start, tokens[comparison.end].end
    values = tokens[_objects(query, at, verb)[0].object].text
    tests = _tests(query, comparison, old, values)
    is_alone = query.word(comparison.start - 1) == "(" and query.word(comparison.end + 1) == ")"
    kept = len(comparison.terms) - len(old)
    brackets = len(tests) + bool(kept) > 1 and (comparison.is_negated or not is_alone)
    opening, closing = "!" * comparison.is_negated + "(" * brackets, ")" * brackets
    if not kept:
        return [Edit(start, end, opening + " || ".join(tests) + closing)]
    new = [Edit(start, start, opening), Edit(end, end, " || ".join(["", *tests]) + closing)]
    if comparison.is_negated:
        new.append(Edit(tokens[comparison.start + 1].start, tokens[comparison.start + 2].start, ""))
    first = next(i for i in comparison.terms if i not in old)
    for i in old:
        one, other = tokens[i], tokens[i - 2 if i > first else i + 2]
        new.append(Edit(min(one.start, other.end), max(one.end, other.start), ""))
    return new


def _tests(
    query: QueryText, comparison: _Comparison, old: dict[int, Deprecated], values: str
) -> list[str]:
    """Return expressions, of which one is true where a comparison with `old` terms was true.

    DATATYPE of what is no text is an error. In the condition of a FILTER that is as good as false;
    elsewhere the expressions are false where the comparison was, and errors only where it was.
    """
    schemes: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for i, term in old.items():
        like = query.tokens[i].text
        new, scheme = (query.names.write(iri, like) for iri in (term.replacement, term.scheme))
        schemes[new][scheme] = None
    is_condition = not comparison.is_negated and _is_condition(
        query, comparison.start, comparison.end
    )
    tests = []
    for new, datatypes in schemes.items():
        among = ", ".join(datatypes)
        among = f"IN ({among})" if len(datatypes) > 1 else f"= {among}"
        is_new = f"{query.tokens[comparison.variable].text} = {new}"
        typed = f"DATATYPE({values}) {among}"
        form = "{} && {}" if is_condition else "IF({}, COALESCE({}, false), false)"
        tests.append(form.format(is_new, typed))
    return tests


def _is_condition(query: QueryText, start: int, end: int) -> bool:
    """Return True if an expression is the condition of a FILTER, or a part of one by && and ||."""
    frame: Frame | None = query.frames[start]
    while frame and query.word(start - 1) in _BEFORE and query.word(end + 1) in _AFTER:
        start, end, frame = frame.start, frame.close, frame.parent
        if query.word(start - 1) == "FILTER":
            return True
    return False


def _objects(query: QueryText, at: int, verb: str) -> list[Pattern]:
    """Return the patterns whose object is the variable for the values of a variable predicate.

    `at` is the place of the deprecated term. Raises `Unclear` if there is not one such variable, or
    a part of the query may not see it.
    """
    objects, is_alone = [], False
    for pattern in (pattern for pattern in query.patterns if pattern.group.kind == "group"):
        if pattern.verb is not None and query.tokens[pattern.verb].text == verb:
            objects.append(pattern)
        elif query.tokens[pattern.object].text == verb and query.has(pattern.verb, PREDICATE):
            of_pattern = query.objects(pattern)
            objects += of_pattern
            is_alone |= not of_pattern
    names = {query.tokens[one.object].text for one in objects}
    is_clear = len(names) == 1 and min(names)[:1] == "?" and verb not in names and not is_alone
    if not is_clear or {name[1:] for name in (verb, *names)} & query.parameters:
        raise query.unclear(
            at,
            f"is compared with {verb}, but triple patterns with {verb} do not all have the same "
            "variable as object",
        )
    if ("{", "SELECT") in pairwise(token.text.upper() for token in query.tokens):
        raise query.unclear(
            at,
            f"is compared with {verb}, which may be another variable in a subquery of this query",
        )
    return objects


def _edits_of_values(query: QueryText, block: Frame, at: int) -> list[Edit]:
    """Return the edits of VALUES for the first predicate with a scheme in a column.

    Raises `Unclear`.
    """
    tokens = query.tokens
    is_plain = query.word(block.start - 1) != ")"
    head = query.frames[block.start - 1]
    names = [block.start - 1] if is_plain else [*range(head.start + 1, head.close)]
    rows = _rows(query, block, is_plain)
    column = next((row.index(at) for row in rows if at in row), -1)
    if column < 0 or any(len(row) != len(names) for row in rows):
        raise query.unclear(at, _NO_PREDICATE)
    old = {row[column]: term for row in rows if (term := query.term(row[column])) and term.scheme}
    if at != min(old):
        return []
    verb = tokens[names[column]].text
    values = _visible_values(query, block, at, verb)
    _refuse_equal(query, at, [row[column] for row in rows])
    datatype = query.fresh("datatype")
    last = tokens[names[-1]].end
    new = [Edit(tokens[names[0]].start, tokens[names[0]].start, "(")] if is_plain else []
    new.append(Edit(last, last, f" {datatype}" + ")" * is_plain))
    for row, following in pairwise([*rows, [block.close]]):
        cell, term = tokens[row[column]], old.get(row[column])
        end = tokens[following[0] - 1 if is_plain else query.frames[row[0]].close - 1].end
        new += [Edit(cell.start, cell.start, "(")] if is_plain else []
        if term:
            new.append(Edit(cell.start, cell.end, query.names.write(term.replacement, cell.text)))
        scheme = query.names.write(term.scheme, cell.text) if term else "UNDEF"
        new.append(Edit(end, end, f" {scheme}" + ")" * is_plain))
    test = f"DATATYPE({values}) = {datatype}"
    test = test if len(old) == len(rows) else f"!BOUND({datatype}) || {test}"
    assert block.parent is not None
    return [*new, *query.filtered(block.parent, f"FILTER({test})")]


def _rows(query: QueryText, block: Frame, is_plain: bool) -> list[list[int]]:
    """Return the rows of VALUES, with the places of the first tokens of their cells."""
    rows: list[list[int]] = []
    for at in range(block.start + 1, block.close):
        text, before = query.word(at), query.word(at - 1)
        if text == "(":
            rows.append([])
        elif text in (")", "^^") or query.tokens[at].kind == "tag" or before in ("^^", "+", "-"):
            continue
        elif is_plain:
            rows.append([at])
        elif rows:
            rows[-1].append(at)
    return rows


def _visible_values(query: QueryText, block: Frame, at: int, verb: str) -> str:
    """Return the variable for the values of a variable predicate, which stands in VALUES.

    Raises `Unclear` if the group may not see it, or a comparison may see the predicate alone, or
    another variable would be shown.
    """
    group = block.parent
    assert group is not None
    outer = group.parent if query.word(group.start - 1) == "OPTIONAL" else None
    objects = _objects(query, at, verb)
    seen = [one for one in objects if one.group is group]
    seen += [one for one in objects if one.group is outer and one.object < at]
    values = query.tokens[objects[0].object].text
    if not seen:
        raise query.unclear(
            at, f"is compared with {verb} in a group of the query where {values} has no value"
        )
    alone = range(seen[0].object)
    inside = range(group.start, group.close) if seen[0].group is outer else range(0)
    for i in range(len(query.tokens)):
        compared = _comparison(query, i) if (term := query.term(i)) and term.scheme else None
        is_alone = compared and query.tokens[compared.variable].text == verb
        if is_alone and (i in alone or i in inside):
            raise query.unclear(
                at, f"is compared with {verb}, and so is another term where {values} has no value"
            )
        if query.word(i) == "*" and query.word(i - 1) in _ALL:
            raise query.unclear(at, "needs a new variable in the query, which SELECT * would show")
    return values


def _refuse_equal(query: QueryText, at: int, cells: list[int]) -> None:
    """Raise `Unclear` if different terms in VALUES become one, for rows would come twice."""
    new = {query.iri(i): query.term(i) for i in cells if query.iri(i)}
    became = [(term.replacement, term.scheme) if term else (iri, "") for iri, term in new.items()]
    schemes = {iri for iri, scheme in became if scheme}
    if len({*became}) < len(became) or any((iri, "") in became for iri in schemes):
        raise query.unclear(at, "is in one VALUES with a term that has the same replacement")
