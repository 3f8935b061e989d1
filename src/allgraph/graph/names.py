"""Things of a graph by their names: searched by words, looked up by a name, and described.

>>> from allgraph.graph import open_graph
>>> [thing.name for thing in open_graph().find("rocha")]
['Coco Rocha']
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from pyoxigraph import NamedNode

from allgraph.errors import ParameterError, UnknownName, renamed
from allgraph.model.names import (
    Schemes,
    Words,
    bare,
    fold,
    key,
    match_rank,
    pages,
    split,
    whole_pattern,
)
from allgraph.rdf import terms
from allgraph.rdf.terms import DEFAULT, Prefixes, Term, ag, text
from allgraph.render.brief import Brief, quoted
from allgraph.render.html import Listed, link
from allgraph.sparql.answer import Answer, Row
from allgraph.sparql.house import house

if TYPE_CHECKING:
    from allgraph.model.name_index import NameIndex
    from allgraph.sparql.endpoint.paging import Asking

FOUND = 10_000
"""How many names an endpoint is asked for at most, for one search."""
_FOUND = ("iri", "curie", "name", "kind")  # by which things that were found are sorted
_LONGEST_NAME = 1000  # characters of a name that is searched
_CANDIDATES = 5_000  # names from the index that are compared, before the engine compares all
_COMPARED = 2_500  # names from the index that are compared for the first few
_MOST_WORDS = 8  # of a name, for which the index is searched


@dataclass(frozen=True, repr=False)
class Thing(Brief):
    """A thing of a graph, such as a person or a law: its IRI, display name and kind.

    `found_as` is the other name by which a search found it, ``""`` where its name has the words.
    `prefixes` are those of its graph.

    >>> import allgraph
    >>> thing = allgraph.open().find("shalom harlow")[0]
    >>> thing.name, thing.kind, thing.iri
    ('Shalom Harlow', 'person', 'https://w3id.org/allgraph/id/shalom-harlow')
    """

    iri: str
    name: str
    kind: str
    prefixes: Prefixes = field(default=DEFAULT, compare=False)
    found_as: str = field(default="", compare=False)

    @property
    def curie(self) -> str:
        """The CURIE of its IRI, or the IRI itself when no prefix fits."""
        return self.prefixes.shorten(self.iri)

    def as_dict(self) -> dict[str, Any]:
        """Return the thing as a dict for JSON: IRI, CURIE, name, kind, and the path of its page.

        The path is ``None`` for a thing that has no page, since its IRI is not under the base of
        the graph.

        >>> from allgraph.graph import open_graph
        >>> open_graph().find("rocha")[0].as_dict()["path"]
        '/page/coco-rocha'
        """
        from allgraph.model.addresses import path_of

        path = path_of(self.iri, self.prefixes["id"].removesuffix("id/"))
        iri, name, kind = self.iri, self.name, self.kind
        return {"iri": iri, "curie": self.curie, "name": name, "kind": kind, "path": path}

    def listed(self, prefixes: Prefixes) -> dict[str, Any]:
        """Return the thing as a part of another dict for JSON."""
        return {"thing": prefixes.shorten(self.iri), "name": self.name, "kind": self.kind}

    def _facts(self) -> Iterable[str]:
        return quoted(self.curie), quoted(self.name), self.kind

    def __str__(self) -> str:
        """Return the name, with its kind and CURIE in brackets."""
        return f"{self.name} ({', '.join(filter(None, (self.kind, self.curie)))})"


class Things(Listed[Thing]):
    """A list of things, which notebooks show as a table.

    >>> import allgraph
    >>> [thing.name for thing in allgraph.open().find("karen elson")]
    ['Karen Elson']
    """

    COLUMNS = ("name", "kind", "iri")
    KIND = "thing"

    def cells(self, item: Thing) -> tuple[str, ...]:
        """Return the name of a thing, its kind, and its IRI as a link."""
        return item.name, item.kind, link(item.iri, item.iri)

    def arranged(self, *, where: Iterable[str] = (), sort: Iterable[str] = ()) -> Things:
        """Return the things that meet conditions, sorted by columns.

        Conditions are those of `Answer.where`, and columns those of `Answer.sorted`: ``iri``,
        ``curie``, ``name`` and ``kind``. Raises `ParameterError` for a wrong one.

        >>> from allgraph.graph import open_graph
        >>> found = open_graph().find("rocha").arranged(where=["kind:is:person"], sort=["-name"])
        >>> [thing.name for thing in found]
        ['Coco Rocha']
        """
        from allgraph.sparql.arrangement import arranged

        where, sort = [*where], [*sort]
        if not where and not sort:
            return self
        texts = [thing.as_dict() for thing in self]
        rows = [
            {column: terms.literal(row[column]) if row[column] else None for column in _FOUND}
            for row in texts
        ]
        return Things(self[place] for place in arranged(_FOUND, rows, text, where=where, sort=sort))


class NamedThings(ABC):
    """Finds the things of a graph by their names; `Graph` says how the graph is asked."""

    @property
    @abstractmethod
    def prefixes(self) -> Prefixes:
        """The prefixes of the graph."""

    @property
    @abstractmethod
    def root(self) -> NamedThings:
        """The graph itself; for a view, the graph at the bottom that is no view."""

    @property
    @abstractmethod
    def name_index(self) -> NameIndex:
        """The index of names; `InputError` when an endpoint holds the graph."""

    @property
    @abstractmethod
    def schemes(self) -> Schemes:
        """The schemes of identifiers."""

    @property
    @abstractmethod
    def _endpoint_client(self) -> Asking | None:
        """The client that queries the endpoint; ``None`` for a graph that no endpoint holds."""

    @abstractmethod
    def run(self, question: str, **values: Term | list[Term]) -> Answer:
        """Run a house question with terms for its parameters, and return the answer."""

    @abstractmethod
    def run_for(
        self, question: str, parameter: str, iris: Iterable[str], **values: Term
    ) -> Iterator[Row]:
        """Run a house question for IRIs, the values of a parameter, and yield all rows."""

    @renamed(name="text")
    def find(self, text: str) -> Things:
        """Return the things with some words in one of their names, best first; queries the graph.

        Words are in any order, whole or parts of words; case, accents, full stops, apostrophes and
        hyphens are ignored. When no name has them, one may have a typo. An IRI, a CURIE, an
        identifier, a number or an address finds its thing too; a blank text finds nothing. A thing
        needs a label and a class; it comes once, with the first of its labels. Things come before
        sources; best are those with just this name, then those with one that begins with the text,
        then those with the whole text in one.
        Raises `ParameterError` for a text that is too long, or that too many names of an endpoint
        have.

        >>> from allgraph.graph import open_graph
        >>> [thing.name for thing in open_graph().find("bundchen gisele")]
        ['Gisele Bündchen']
        """
        _check_length(text)
        words = Words(terms.literal(text).value)
        if not words.pattern:
            return Things()
        meant, rows = [*self._rows_of_meant(text)], self._rows_of_names(words)
        if not (meant or rows):
            rows = self._rows_with_typo(replace(words, is_lenient=True))
        return _in_order_of_match(text, meant, rows, self.prefixes)

    def first(self, text: str, most: int) -> tuple[Things, int | None]:
        """Return the first `most` of the things that `find` finds, and how many more there are.

        It takes little time for any text: of more than 2,500 names that would have to be compared,
        only those that begin with the text are found, and `None` stands for the others. Raises what
        `find` raises.

        >>> from allgraph.graph import open_graph
        >>> things, more = open_graph().first("model", 1)
        >>> things[0].name, more is None or more > 10
        ('Model Alliance', True)
        """
        if self.root._endpoint_client is not None:
            things = self.find(text)
            return Things(things[:most]), max(0, len(things) - most)
        _check_length(text)
        words = Words(terms.literal(text).value)
        if not words.pattern:
            return Things(), 0
        meant = [*self._rows_of_meant(text)]
        pairs, is_whole = self._first_pairs(words, most)
        if not pairs and not meant:
            words = replace(words, is_lenient=True)
            pairs, is_whole = self._first_pairs(words, most)
        far = partial(_far, text, self.prefixes["source"])
        best = dict.fromkeys(thing for _, thing in sorted(pairs, key=far))
        rows = self._rows_among([*islice(best, most)], words)
        things = _in_order_of_match(text, meant, rows, self.prefixes)
        return Things(things[:most]), max(0, len(best) - most) if is_whole else None

    def _first_pairs(self, words: Words, most: int) -> tuple[Iterable[tuple[str, str]], bool]:
        """Return pairs of a name's key and a thing that have some words, and whether these are all.

        Where too many would have to be compared, they are the first that begin with the text.
        """
        index = self.root.name_index
        pairs = index.matching_pairs(words, _COMPARED)
        if pairs is not None:
            return pairs, True
        return [*index.first_pairs(words, most)], False

    def _rows_of_meant(self, name: str) -> Iterator[Row]:
        """Query the things that an IRI, a CURIE, an identifier, a number or an address stands for.

        Yields rows of the house question ``find-among``, with ``any`` set to the text.
        """
        value = terms.literal(name.strip())
        values = self._meant(value.value)
        known = None
        if len(name.split()) == 1:
            values += self._pages(value.value)
            values += self.root.schemes.any_of(value.value)
            known = self.known(value.value)
        things = {*self._identified(values), *([known.value] if known is not None else [])}
        anything = terms.literal("")
        for row in self.run_for("find-among", "things", sorted(things), pattern=anything):
            yield Row({**row, "any": value})

    def _identified(self, values: Sequence[Term]) -> list[str]:
        """Query the things that have one of some identifiers, and return their IRIs, sorted."""
        rows = self.run("identified", values=[*values]).rows if values else ()
        return sorted(text(row["thing"]) for row in rows)

    def _meant(self, written: str) -> list[Term]:
        """Return the identifiers that a text with a scheme, or an address, stands for.

        The schemes are queried, but not for what can be neither.
        """
        is_either = ":" in written or written.startswith(("www.", "//"))
        return [*self.root.schemes.meant(written)] if is_either else []

    def _pages(self, written: str) -> Iterator[Term]:
        """Yield the IRIs and texts of the page that an address is of."""
        for page in pages(written):
            yield terms.literal(page)
            with suppress(ParameterError):
                yield terms.iri(page)

    def by_identifier(self, scheme: str, value: str) -> list[str]:
        """Query the things with an identifier of a scheme, and return their IRIs, sorted.

        A scheme has the name of its term in the ontology, with or without ``Id``, or its label;
        case, spaces and hyphens do not matter. Raises `UnknownName` for any other, and
        `ParameterError` for a value that is no Unicode.

        >>> from allgraph.graph import open_graph
        >>> open_graph().by_identifier("wikidata", "Q5591303")
        ['https://w3id.org/allgraph/id/grace-meng']
        """
        schemes = self.root.schemes.named(scheme)
        if not schemes:
            names = ", ".join(self.root.schemes.names)
            raise UnknownName(f"there is no scheme of identifiers “{scheme}”; there are {names}")
        identifier = terms.literal(value).value
        return self._identified([typed for one in schemes for typed in one.literals(identifier)])

    def _rows_of_names(self, words: Words) -> list[Row]:
        """Query the things with names that have some words; return rows of the question ``find``.

        In this process the index of names gives the things to compare, unless they are too many.
        Raises `ParameterError` when an endpoint would send more than `FOUND` rows.
        """
        rows: Iterable[Row]
        if self.root._endpoint_client is not None:
            values = {"pattern": terms.literal(words.pattern)}
            rows = self.root._endpoint_client.whole(house("find"), values, FOUND + 1).rows
            if len(rows) > FOUND:
                raise ParameterError(
                    f"more than {FOUND:,} names have “{words.text}” in them; type more of the name"
                )
        elif (things := self.root.name_index.matching(words, _CANDIDATES)) is None:
            rows = self.run("find", pattern=terms.literal(words.pattern)).rows
        else:
            return self._rows_among(things, words)
        return [row for row in rows if words.match(text(row["any"]))]

    def _rows_among(self, things: Sequence[str], words: Words) -> list[Row]:
        """Query those of some things with names that have some words; return rows of ``find``."""
        pattern = terms.literal(words.pattern)
        rows = self.run_for("find-among", "things", things, pattern=pattern)
        return [row for row in rows if words.match(text(row["any"]))]

    def _rows_with_typo(self, words: Words) -> list[Row]:
        """Query the things with names that have lenient `words`; return rows of ``find``.

        None where an endpoint has too many names to compare.
        """
        try:
            return self._rows_of_names(words) if words.pattern else []
        except ParameterError:
            return []

    def resolve(self, name: str | NamedNode) -> NamedNode:
        """Return the one thing that a full IRI, a CURIE or an exact name stands for.

        Names are compared ignoring case and accents, but those with the same accents come first.
        Alternative names and those used in sentences, such as “the Model Alliance”, count too, and
        so do identifiers with their scheme, such as ``wikidata:Q5``, and their addresses, and last
        the CURIE of a thing without ``id:``. A term is returned as it is; all else is queried.
        Raises `UnknownName` with the candidates when there is none or more than one, and
        `ParameterError` for a text that is no Unicode or too long.

        >>> from allgraph.graph import open_graph
        >>> open_graph().resolve("coco rocha").value
        'https://w3id.org/allgraph/id/coco-rocha'
        """
        if isinstance(name, NamedNode):
            return name
        plain = terms.literal(" ".join(name.split())).value
        thing = self.known(plain)
        if thing is not None:
            return self._addressed(plain, thing)
        things = self._named(plain) or self._identified(self._meant(plain))
        if len(things) == 1:
            return NamedNode(things[0])
        own = None if things else self.known(f"id:{plain}")
        if own is not None:
            return own
        raise self._unknown_name(name, things)

    def _addressed(self, written: str, known: NamedNode) -> NamedNode:
        """Return the thing of which a known IRI, as it is written, is only the address.

        It is the IRI itself where that has a kind, or is no identifier of one thing alone.
        """
        values = self._meant(written)
        things = self._identified(values) if values and not self.thing(known).kind else []
        return NamedNode(things[0]) if len(things) == 1 else known

    def _named(self, name: str) -> list[str]:
        """Query the things with a name, and return their IRIs, sorted.

        They are those that have it with its accents, or if there are none, with others. Raises
        `ParameterError` for a name that is too long.
        """
        _check_length(name)
        whole = terms.literal(whole_pattern(name))
        if not whole.value:
            return []
        if self.root._endpoint_client is not None:
            rows: Iterable[Row] = self.run("named", pattern=whole).rows
        else:
            things = self.root.name_index.named(name)
            rows = self.run_for("named-among", "things", things, pattern=whole)
        names = [(text(row["thing"]), text(row["name"])) for row in rows]
        same = {thing for thing, other in names if split(other) == split(name)}
        return sorted(same or {thing for thing, other in names if key(other) == key(name)})

    @abstractmethod
    def knows(self, thing: NamedNode) -> bool:
        """Return True if a triple or a withdrawn claim has an IRI; queries the graph."""

    def known(self, name: str) -> NamedNode | None:
        """Return the IRI that a full IRI or a CURIE stands for, or ``None`` if the graph has none.

        That of a withdrawn claim is known too. Queries the graph.
        """
        expanded = self.prefixes.expand(name)
        try:
            thing = None if expanded is None else terms.iri(expanded)
        except ParameterError:
            return None
        return thing if thing is not None and self.knows(thing) else None

    def term(self, name: str | NamedNode) -> NamedNode:
        """Return the IRI that an IRI, a CURIE, an exact name, or a term of ``ag:`` stands for.

        Such a term is a class or predicate, and needs no ``ag:`` before it; a thing that has it as
        its name comes first. Queries the graph. Raises `UnknownName` for a name that none or
        several have, and `ParameterError` for one that is too long or no Unicode.

        >>> from allgraph.graph import open_graph
        >>> open_graph().term("signed").value
        'https://w3id.org/allgraph/ns#signed'
        """
        try:
            return self.resolve(name)
        except UnknownName as error:
            term = self.known(f"ag:{name}")
            if term is None:
                raise self._unknown_term(name, error) from None
            return term

    def _unknown_term(self, name: str | NamedNode, error: UnknownName) -> UnknownName:
        """Return the error for a name that is neither that of a thing nor a term of ``ag:``.

        Of the predicates of the graph, which are queried, it names one that may be meant; without
        one it is `error`, which is about things.
        """
        if error.candidates:
            return error
        predicates = {text(row["predicate"]) for row in self.run("predicates").rows}
        names = {terms.local_name(iri): iri for iri in sorted(predicates)}
        near = get_close_matches(str(name).rpartition(":")[2], names, 1)
        if not near:
            return error
        iri = names[near[0]]
        shown = self.prefixes.shorten(iri)
        return UnknownName(f"nothing is named “{name}”; did you mean {shown}?", [iri])

    def thing(self, iri: NamedNode) -> Thing:
        """Query the name and kind of an IRI, and return it as a thing.

        Its name is the CURIE when it has none.

        >>> from allgraph.graph import open_graph
        >>> graph = open_graph()
        >>> graph.thing(graph.resolve("id:respect-program")).kind
        'campaign'
        """
        return self.described([iri.value])[iri.value]

    def described(self, iris: Iterable[str]) -> dict[str, Thing]:
        """Query the names and kinds of IRIs in batches, and return them as things by IRI.

        Of several names or kinds, the one that sorts first is taken. The name of a thing without
        one is its CURIE, and its kind ``""``; an IRI that is not in the graph is such a thing too.

        >>> from allgraph.graph import open_graph
        >>> graph = open_graph()
        >>> [thing.name for thing in graph.described([graph.resolve("coco rocha").value]).values()]
        ['Coco Rocha']
        """
        wanted = dict.fromkeys(iris)
        things = self._read_things(wanted)
        asked = [iri for iri in wanted if iri not in things]
        for row in self.run_for("described", "things", asked):
            iri = text(row["thing"])
            name = text(row["name"]) or self.prefixes.shorten(iri)
            things.setdefault(iri, Thing(iri, name, text(row["kind"]), self.prefixes))
        return things

    def told_apart(self, things: Sequence[Thing]) -> dict[str, str]:
        """Return a short line for each of some things that has the name of another one, by IRI.

        It is made of the claims about the thing, which are queried, such as “New York State
        Senator, 2005–2018”; things without such claims have none. Names are compared without case
        and accents.
        """
        counts = Counter(name for name, _ in {(key(thing.name), thing.iri) for thing in things})
        return self.ties([thing.iri for thing in things if counts[key(thing.name)] > 1])

    @abstractmethod
    def _read_things(self, iris: Iterable[str]) -> dict[str, Thing]:
        """Return, by IRI, the things that have at most one name and kind, if a store has them."""

    @abstractmethod
    def ties(self, iris: Iterable[str]) -> dict[str, str]:
        """Return, by IRI, a tie with years of each thing that has one."""

    def _lines(self, iris: list[str]) -> dict[str, str]:
        """Query, by IRI, the kind of a thing and a tie with years, which tell namesakes apart."""
        lines, things = self.ties(iris), self.described(iris)
        return {
            iri: ", ".join(filter(None, (things[iri].kind, lines.get(iri, "")))) for iri in iris
        }

    def candidate_names(self, name: str) -> Iterator[tuple[str, str]]:
        """Query things and yield their IRIs and names, to be compared with a name that nothing has.

        These are all things, each with all its names. In a graph whose index has more than
        `_CANDIDATES` names, they are those that share one of the first words with `name`, unless
        too many do, and with one name each. None where an endpoint has more than `FOUND` names.
        """
        if self.root._endpoint_client is not None:
            rows = self.root._endpoint_client.whole(house("names"), {}, FOUND + 1).rows
            if len(rows) <= FOUND:
                yield from ((text(row["thing"]), text(row["name"])) for row in rows)
            return
        index = self.root.name_index
        if len(index) <= _CANDIDATES:
            for row in self.run("names").rows:
                yield text(row["thing"]), text(row["name"])
            return
        for word in bare(name).split()[:_MOST_WORDS]:
            names = index.holding([word], _CANDIDATES) or ()
            things = self.described(thing for _, thing in names)
            yield from ((thing.iri, thing.name) for thing in things.values())

    def _first_matches(self, name: str) -> dict[str, str]:
        """Query the first three things with a text in their names, and return the names by IRI.

        Empty where an endpoint has too many.
        """
        try:
            return {thing.iri: thing.name for thing in self.find(name)[:3]}
        except ParameterError:
            if self.root._endpoint_client is None:
                raise
            return {}

    def _unknown_name(self, name: str, things: list[str]) -> UnknownName:
        """Return the error for a name that nothing has, or that several `things` (IRIs) have.

        For a name that nothing has, similar names are queried for the hint in the message. Raises
        `ParameterError` if it is too long for this.
        """
        shorten = self.prefixes.shorten
        if things:
            lines = self._lines(things)
            listed = ", ".join(
                f"{shorten(iri)} ({line})" if (line := lines[iri]) else shorten(iri)
                for iri in things
            )
            return UnknownName(f"“{name}” is the name of several things: {listed}", things)
        suggestions = self._first_matches(name)
        things_by_name: dict[str, list[tuple[str, str]]] = {}
        for thing, label in self.candidate_names(name):
            things_by_name.setdefault(fold(label), []).append((thing, label))
        for similar_name in get_close_matches(fold(name), things_by_name, 3, 0.6):
            suggestions.update(sorted(things_by_name[similar_name]))
        names = dict.fromkeys(suggestions.values())
        hint = (
            f"did you mean {' or '.join(names)}?" if suggestions else "search by a part of its name"
        )
        return UnknownName(f"nothing is named “{name}”; {hint}", [*suggestions])


def _check_length(name: str) -> None:
    """Raise `ParameterError` for a name that is too long to be searched."""
    if len(name) > _LONGEST_NAME:
        raise ParameterError(f"the name has {len(name)} characters; the limit is {_LONGEST_NAME}")


def _far(wanted: str, sources: str, pair: tuple[str, str]) -> tuple[object, ...]:
    """Return a sort key for the key of a name and its thing: how far they are from a text.

    Things whose IRIs begin with `sources` come last.
    """
    name, thing = pair
    return thing.startswith(sources), match_rank(wanted, name), name, thing


def _in_order_of_match(
    name: str, meant: Sequence[Row], named: Sequence[Row], prefixes: Prefixes
) -> Things:
    """Return the things in rows of the house question ``find``, those that match `name` best first.

    The first rows are of things that an identifier means. Things come before sources. The name of a
    thing is the first of its labels that has a kind.
    """
    rows = [*meant, *named]
    columns = ("thing", "name", "kind")
    labels = {tuple(text(row[column]) for column in columns) for row in rows}
    things: dict[str, Thing] = {}
    for iri, label, kind in sorted(labels, key=lambda row: (row[2] == "", row)):
        things.setdefault(iri, Thing(iri, label, kind, prefixes))
    sources = {text(row["thing"]) for row in rows if row["class"] == ag("Source")}
    ranks: dict[str, tuple[bool, ...]] = {}
    for row in rows:
        iri, rank = text(row["thing"]), match_rank(name, text(row["any"]))
        ranks[iri] = min(rank, ranks.get(iri, rank))
    order = {iri: (iri in sources, ranks[iri], thing.name, iri) for iri, thing in things.items()}
    matching: dict[str, set[str]] = {
        text(row["thing"]): {things[text(row["thing"])].name} for row in meant
    }
    for row in named:
        matching.setdefault(text(row["thing"]), set()).add(text(row["any"]))
    ordered = (things[iri] for iri in sorted(order, key=order.__getitem__))
    return Things(
        replace(
            thing, found_as="" if thing.name in matching[thing.iri] else min(matching[thing.iri])
        )
        for thing in ordered
    )
