"""The constraints of SHACL, each checked for many values at once.

Each function with the parameters compiler, shape and value is a `Make`: it compiles a constraint
from the node of its shape and the value of its parameter, and returns the function that finds its
violations. It gives terms that it compares with numbers in the triples of the compiler, and raises
`UnknownConstructError` for what is left to pySHACL. Shapes have no errors (`shape_errors`).
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable
from functools import partial

import numpy as np
from pyoxigraph import NamedNode

from allgraph.model import vocabulary
from allgraph.model.triples import BLANK, IRI, TEXT, Flags, Numbers, Triples
from allgraph.rdf import ntriples
from allgraph.rdf.terms import RDFS, Term, local_name, text
from allgraph.validation.shacl import patterns, sparql_constraints
from allgraph.validation.shacl.compiler import Compiler, Find, Hits, Make, Values
from allgraph.validation.shacl.literals import comparable, fits_value, has_datatype, language
from allgraph.validation.shacl.shapes import UnknownConstructError

NODE_KINDS = {
    "IRI": (IRI,),
    "BlankNode": (BLANK,),
    "Literal": (TEXT,),
    "BlankNodeOrIRI": (BLANK, IRI),
    "BlankNodeOrLiteral": (BLANK, TEXT),
    "IRIOrLiteral": (IRI, TEXT),
}

Test = Callable[[Triples, Numbers], Flags]
"""A flag for each value, given as its number: whether it satisfies a constraint."""
_OfCount = Callable[[Numbers, int], Flags]
"""A flag for each of some counts, by comparing it with a number."""


def by_value(test: Test) -> Find:
    """Return a function that finds the values, with their nodes, that a test does not pass.

    The test is called with the triples and with the different values of all nodes at once, as
    numbers of terms, and returns a flag for each value: whether it passes.
    """

    def find(values: Values) -> Hits:
        """Return the values that do not pass `test`, each with the place of its node."""
        different, places = values.different  # each value once, and where it is for each pair
        bad = ~test(values.triples, different)[places]
        return Hits(values.node_places[bad], values.values[bad])

    return find


def by_term(fits: Callable[[str], bool]) -> Find:
    """Return a function that finds the values, with their nodes, whose terms do not fit.

    Terms are texts of N-Triples.
    """

    def test(triples: Triples, values: Numbers) -> Flags:
        """Return a flag for each value (the number of a term): whether its term fits."""
        terms = map(triples.texts.__getitem__, values.tolist())
        return np.fromiter(map(fits, terms), bool, len(values))

    return by_value(test)


# ---- Constraints on each value


def _class(compiler: Compiler, _: Term, value: Term) -> Find:
    """Return a function that finds the values that are no instances of a class (sh:class).

    Instances of classes below it count. The class `value` gets a number in the triples if it has
    none.
    """
    kind = compiler.number(value)
    return by_value(lambda triples, values: compiler.instances(kind)[values])


def _datatype(compiler: Compiler, _: Term, value: Term) -> Find:
    """Return a function that finds the values not well-formed for a datatype (sh:datatype).

    `value` is the IRI of the datatype. Values that are no literals are found too.
    """
    return by_term(partial(has_datatype, datatype=text(value)))


def _node_kind(compiler: Compiler, _: Term, value: Term) -> Find:
    """Return a function that finds the values not of a kind such as sh:IRI (sh:nodeKind)."""
    kinds = NODE_KINDS[local_name(text(value))]
    return by_value(lambda triples, values: np.isin(triples.kinds[values], kinds))


def _in(compiler: Compiler, _: Term, value: Term) -> Find:
    """Return a function that finds the values that are not in the list `value` (sh:in).

    The items get numbers in the triples.
    """
    allowed = np.array([compiler.number(item) for item in compiler.shapes.items(value)], np.int64)
    return by_value(lambda triples, values: np.isin(values, allowed))


def _pattern(compiler: Compiler, shape: Term, value: Term) -> Find:
    """Return a function that finds the values that a regex does not match (sh:pattern).

    `shape` is the node of the shape, whose sh:flags count. Blank nodes never match. The function
    raises `EngineTimeout`.
    """
    pattern, flags = text(value), text(compiler.shapes.value(shape, "flags")).lower()

    def test(triples: Triples, values: Numbers) -> Flags:
        """Return a flag for each value (the number of a term): whether the regex matches it."""
        texts = [triples.value(number) for number in values.tolist()]
        is_matched: Flags = np.array(patterns.matching(pattern, flags, texts), bool)
        is_matched[triples.kinds[values] == BLANK] = False
        return is_matched

    return by_value(test)


def _length(fits: Callable[[int, int], bool]) -> Make:
    """Return the function that compiles sh:minLength or sh:maxLength.

    `fits` says whether a length is right, given it and the bound.
    """

    def make(compiler: Compiler, _: Term, value: Term) -> Find:
        """Return a function that finds the texts and IRIs of a wrong length, and blank nodes.

        Raises `UnknownConstructError` when the bound `value` has more than nine digits.
        """
        bound = whole_number(value)
        return by_term(lambda term: term[0] != "_" and fits(len(ntriples.value(term)), bound))

    return make


def _bound(fits: Callable[[int], bool]) -> Make:
    """Return the function that compiles a bound such as sh:minInclusive, which finds bad values.

    `fits` says whether the order of a value and the bound, -1, 0 or 1, is right.
    """

    def make(compiler: Compiler, _: Term, value: Term) -> Find:
        """Return a function that finds the values on the wrong side of the bound `value`.

        `fits` says for -1, 0 and 1 (below the bound, equal, above) whether this is the right side.
        """
        bound = comparable(str(value))
        return by_term(lambda term: fits_value(comparable(term), bound, fits))

    return make


def _language_in(compiler: Compiler, _: Term, value: Term) -> Find:
    """Return a function that finds the values without one of some language tags (sh:languageIn).

    `value` is the list of the tags.
    """
    allowed = {text(item).lower() for item in compiler.shapes.items(value)}

    def fits(term: str) -> bool:
        """Return True if a term has a language tag that is allowed, itself or by its first part.

        `allowed` are tags in lower case; ``*`` among them allows any tag.
        """
        tag = language(term)
        return bool(tag) and not allowed.isdisjoint(("*", tag, tag.partition("-")[0]))

    return by_term(fits)


# ---- Constraints on all values of a node


def _count(breaks: _OfCount) -> Make:
    """Return the function that compiles sh:minCount or sh:maxCount, of the values of a node.

    `breaks` returns flags, given the number of values of each node, and the bound.
    """

    def make(compiler: Compiler, _: Term, value: Term) -> Find:
        """Return a function that finds the nodes whose number of values breaks the bound `value`.

        `breaks` says which: too low or too high ones. Raises `UnknownConstructError` when the bound
        has more than nine digits.
        """
        bound = whole_number(value)

        def find(values: Values) -> Hits:
            """Return the places of the nodes whose number of values breaks the `bound`.

            `breaks` returns a flag for each node, given these numbers and the bound.
            """
            counts = np.bincount(values.node_places, minlength=len(values.nodes))
            return Hits(np.flatnonzero(breaks(counts, bound)))

        return find

    return make


def whole_number(value: Term) -> int:
    """Return the value of a parameter as a whole number, which is not negative.

    Raises `UnknownConstructError` if it has more than nine digits.
    """
    if len(text(value).removeprefix("+")) > 9:
        raise UnknownConstructError(f"“{text(value)}” for a whole number")
    return int(text(value))


def _has_value(compiler: Compiler, _: Term, value: Term) -> Find:
    """Return a function that finds the nodes that do not have the value (sh:hasValue).

    The term `value` gets a number in the triples if it has none.
    """
    wanted = compiler.number(value)

    def find(values: Values) -> Hits:
        """Return the places of the nodes that do not have the value `wanted`."""
        has = np.zeros(len(values.nodes), bool)
        has[values.node_places[values.values == wanted]] = True
        return Hits(np.flatnonzero(~has))

    return find


def _unique_lang(compiler: Compiler, _: Term, value: Term) -> Find:
    """Return a function that finds the nodes with two values in one language (sh:uniqueLang).

    A node is found once for each such language. Unless the parameter is ``true``, and not ``1``,
    nothing is found.
    """
    is_on = text(value) == "true"

    def find(values: Values) -> Hits:
        """Return the place of a node for each language in which it has two values or more.

        Nothing unless `is_on`, the value of the parameter.
        """
        tags = Counter(
            (place, tag)
            for place, value in zip(
                values.node_places.tolist(), values.values.tolist(), strict=True
            )
            if (tag := language(values.triples.texts[value]))
        )
        repeated = sorted(place for (place, _), count in tags.items() if count > 1)
        return Hits(np.array(repeated if is_on else [], np.int64))

    return find


# ---- Constraints by another property of the node


def _pairs(broken: Callable[..., Numbers]) -> Make:
    """Return the function that compiles sh:equals or sh:disjoint, of the path and a predicate.

    `broken` is given two arrays, the pairs of node and value by the path and those by the
    predicate, a number for each pair, and returns those that break the constraint.
    """

    def make(compiler: Compiler, _: Term, value: Term) -> Find:
        """Return a function that compares the values of the path with those of a predicate.

        The predicate `value` gets a number in the triples.
        """
        predicate = compiler.number(value)

        def find(values: Values) -> Hits:
            """Return the values, with the places of their nodes, that break the constraint.

            `broken` returns them, given those by the path and those by `predicate`; there each pair
            of a place and a value is one number.
            """
            size = values.triples.size  # above the numbers of all values
            places, others = values.triples.relation(predicate).of(values.nodes)
            pairs = broken(values.node_places * size + values.values, places * size + others)
            return Hits(*np.divmod(pairs, size))

        return find

    return make


def _less(fits: Callable[[int], bool]) -> Make:
    """Return the function that compiles sh:lessThan or sh:lessThanOrEquals.

    `fits` says whether the order of a value and another, -1, 0 or 1, is right.
    These find the values that are not less than a value that the node has by a predicate, or cannot
    be compared with it, once for each such value.
    """

    def make(compiler: Compiler, _: Term, value: Term) -> Find:
        """Return a function that finds the values not less than all values by a predicate.

        The predicate `value` gets a number in the triples.
        """
        predicate = compiler.number(value)

        def find(values: Values) -> Hits:
            """Return the values, with the places of their nodes, that are not less than others.

            `fits` says which order a value must have with all that its node has by `predicate`.
            """
            terms, size = values.triples.texts, values.triples.size
            nodes = values.nodes[values.node_places]  # the node of each value
            places, others = values.triples.relation(predicate).of(nodes)  # places of values
            pairs, same = np.unique(values.values[places] * size + others, return_inverse=True)
            ends = np.divmod(pairs, size)
            known = {n: comparable(terms[n]) for n in np.unique(np.concatenate(ends)).tolist()}
            both = zip(*(column.tolist() for column in ends), strict=True)
            is_bad = [not fits_value(known[one], known[other], fits) for one, other in both]
            bad = places[np.array(is_bad, bool)[same]]
            return Hits(values.node_places[bad], values.values[bad])

        return find

    return make


def _closed(compiler: Compiler, shape: Term, value: Term) -> Find:
    """Return a function that finds the triples of values with other predicates (sh:closed).

    Allowed are the paths of the property shapes, sh:ignoredProperties, and the type rdfs:Resource.
    These get numbers in the triples. `shape` is the node of the shape, `value` is true or false: if
    false, nothing is found. Raises `UnknownConstructError` if it is written as 1 or 0.
    """
    shapes, is_on = compiler.shapes, text(value) == "true"
    if text(value) not in ("true", "false"):
        raise UnknownConstructError("a sh:closed that is neither true nor false")
    ignored = shapes.value(shape, "ignoredProperties")
    allowed = {compiler.number(item) for item in (shapes.items(ignored) if ignored else ())}
    for inner in shapes.values(shape, "property"):
        allowed.update(compiler.number(path) for path in shapes.values(inner, "path"))
    is_a, resource = map(compiler.number, (vocabulary.TYPE, NamedNode(RDFS + "Resource")))

    def find(values: Values) -> Hits:
        """Return the objects of predicates that are not `allowed`, and these predicates as paths.

        Each has the place of the focus node whose value is the subject. The type rdfs:Resource
        (predicate `is_a`, object `resource`) is allowed. Nothing unless `is_on`.
        """
        hits = [Hits(*(np.empty(0, np.int64),) * 3)]
        for predicate in values.triples.predicates if is_on else ():
            if predicate not in allowed:
                places, objects = values.triples.relation(predicate).of(values.values)
                bad = (objects != resource) | (predicate != is_a)
                node_places = values.node_places[places[bad]]
                paths = np.full(len(node_places), predicate)
                hits.append(Hits(node_places, objects[bad], paths))
        return Hits(*(np.concatenate(column) for column in zip(*hits, strict=True)))

    return find


# ---- Constraints by other shapes


def _not(compiler: Compiler, _: Term, value: Term) -> Find:
    """Return a function that finds the values that conform to a shape (sh:not).

    `value` is the shape, which is compiled here. Raises `UnknownConstructError` if it cannot be.
    """
    other = compiler.shape(value)
    return by_value(lambda triples, values: ~other.conforms(values))


def _node(compiler: Compiler, _: Term, value: Term) -> Find:
    """Return a function that finds the values that do not conform to a shape (sh:node).

    `value` is the shape, which is compiled here. Raises `UnknownConstructError` if it cannot be.
    """
    other = compiler.shape(value)
    return by_value(lambda triples, values: other.conforms(values))


def _shapes(fits: _OfCount, is_open: _OfCount) -> Make:
    """Return the function that compiles sh:and, sh:or or sh:xone, and the shapes of their list.

    Both functions return flags, given to how many shapes each value conforms, and how many there
    are: `fits` of all shapes, whether this is right, and `is_open` of the first of them, whether it
    depends on the next one.
    """

    def make(compiler: Compiler, _: Term, value: Term) -> Find:
        """Return a function that finds the values that conform to the wrong number of shapes.

        `fits` says which numbers are right. `value` is the list of the shapes, which are compiled
        here. Raises `UnknownConstructError` for a shape that cannot be compiled.
        """
        others = [compiler.shape(item) for item in compiler.shapes.items(value)]

        def test(triples: Triples, values: Numbers) -> Flags:
            """Return a flag for each value: whether it conforms to the right number of shapes.

            `fits` says so, given the number for each value, and that of all shapes (`others`).
            """
            counts = np.zeros(len(values), np.int64)
            for checked, other in enumerate(others):
                places = np.flatnonzero(is_open(counts, checked))
                counts[places] += other.conforms(values[places])
            return fits(counts, len(others))

        return by_value(test)

    return make


PARAMETERS: dict[str, Make] = {
    "class": _class,
    "datatype": _datatype,
    "nodeKind": _node_kind,
    "in": _in,
    "pattern": _pattern,
    "minLength": _length(operator.ge),
    "maxLength": _length(operator.le),
    "minExclusive": _bound(lambda order: order > 0),
    "minInclusive": _bound(lambda order: order >= 0),
    "maxExclusive": _bound(lambda order: order < 0),
    "maxInclusive": _bound(lambda order: order <= 0),
    "languageIn": _language_in,
    "uniqueLang": _unique_lang,
    "minCount": _count(np.less),
    "maxCount": _count(np.greater),
    "hasValue": _has_value,
    "equals": _pairs(np.setxor1d),
    "disjoint": _pairs(np.intersect1d),
    "lessThan": _less(lambda order: order < 0),
    "lessThanOrEquals": _less(lambda order: order <= 0),
    "closed": _closed,
    "not": _not,
    "node": _node,
    "and": _shapes(np.equal, np.equal),
    "or": _shapes(lambda count, _: count > 0, lambda count, _: count == 0),
    "xone": _shapes(lambda count, _: count == 1, lambda count, _: count < 2),
    "sparql": sparql_constraints.compiled,
}
"""The parameters of SHACL that are compiled, beside sh:property, by their local names."""
