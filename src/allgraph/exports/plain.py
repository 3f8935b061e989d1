"""Plain tables: a row for each person, body, bill or vote, with what claims say of it.

A cell follows from claims, whose IRIs are in the column ``claims``; names and kinds are ours. The
columns are the same for every graph. Several values of a cell are apart by ``"; "``: the earliest
first, then by the letters. Claims are left out as `outright` does, but rivals are there.

>>> from allgraph.graph import open_graph
>>> with plain_tables(open_graph(), ["people"]) as found:
...     [row] = (row for row in found["people"] if row[1] == "Andrew Cuomo")
>>> of = dict(zip(columns_of("people"), row))
>>> of["offices"]
'Governor of New York ([..2013-10-31]); Governor of New York (2011-01-01/2021-08-23)'
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from itertools import groupby, repeat
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from pyoxigraph import Literal, NamedNode

from allgraph.exports.outright import Outright, ThingsByClass, outright
from allgraph.graph import Graph
from allgraph.graph.graph import Progress
from allgraph.model import vocabulary
from allgraph.model.addresses import path_of
from allgraph.rdf.terms import AG, XSD, Term, ag, local_name, text
from allgraph.sorting import Sorter

BETWEEN = "; "
"""What is between several values of a cell."""
KINDS_OF = {
    "people": ("Person",),
    "bodies": ("Body", "Party"),
    "bills": ("Bill", "LegislativeProposal"),
    "votes": ("Vote",),
}
"""The tables, and the classes of their rows; a class that is below one of these is meant too."""
_CLASSES = (
    *("Person", "Body", "Party", "Bill", "LegislativeProposal", "Vote"),
    *("Birth", "Death", "Founding", "Dissolution", "LegislativeAction"),
)
_TABLE_OF = {kind: table for table, kinds in KINDS_OF.items() for kind in kinds}
_OPTIONS = {
    "yes": "yes", "no": "no", "abstain": "abstain", "absent": "absent", "excused": "excused",
    "not voting": "notVoting",
}  # fmt: skip
"""The options of a vote that have a column of their own, as Open Civic Data has them."""
_CACHED = 65_536  # names that are kept in memory
_THING = -1  # the place of the part with the name and the kind of a thing

Values = tuple[str, ...]


class Rule(NamedTuple):
    """A rule by which claims with some predicates fill cells.

    `predicates` are names in ``ag:``, apart by spaces. `values` gives the values for each column,
    or ``None`` for a claim that does not fit. If `inverse`, the row is about the object.
    """

    predicates: str
    values: Callable[[_Reader, Outright, Term], Values | None]
    inverse: bool = False


class Group(NamedTuple):
    """Columns that the same claims fill, each with what it holds, and the rules by which.

    If `is_count`, the cell is the number of these claims, which are not in ``claims``.
    """

    columns: Mapping[str, str]
    rules: tuple[Rule, ...]
    is_count: bool = False


# ---- What a claim gives


def _dated(name: str, claim: Outright, *, with_roles: bool = True) -> str:
    """Return a name with the roles and the date of a claim in brackets, if it has these."""
    when = claim.when
    if when and claim.predicate in (AG + "tookOffice", AG + "leftOffice"):
        when = f"{'from' if claim.predicate == AG + 'tookOffice' else 'until'} {when}"
    inside = ", ".join(filter(None, (*(claim.roles if with_roles else ()), when)))
    return f"{name} ({inside})" if inside else name


def _text(reader: _Reader, claim: Outright, other: Term) -> Values:
    """Give a literal, or the name of a thing."""
    return (_dated(text(other) if isinstance(other, Literal) else reader.name(other), claim),)


def _other_name(reader: _Reader, claim: Outright, other: Term) -> Values:
    """Give a name that is not ours; of ours, nothing but the claim."""
    is_ours = text(other) == reader.name(NamedNode(claim.subject))
    return () if is_ours else _text(reader, claim, other)


def _named(reader: _Reader, claim: Outright, other: Term) -> Values | None:
    """Give the name of a thing and its IRI; ``None`` for a literal."""
    if isinstance(other, NamedNode):
        return _dated(reader.name(other), claim), other.value
    return None


def _name(reader: _Reader, claim: Outright, other: Term) -> Values:
    """Give the name of a thing and its IRI, without date and roles."""
    return reader.name(other), text(other)


def _of_kind(*kinds: str) -> Callable[[_Reader, Outright, Term], Values | None]:
    """Return a function that gives name and IRI of a thing of some classes, else ``None``."""
    return lambda reader, claim, other: (
        _named(reader, claim, other) if reader.kind(other) in kinds else None
    )


def _with_role(*roles: str, other_roles: bool = False) -> Callable[..., Values | None]:
    """Return a function that gives who has one of some roles, or with `other_roles` none of them.

    Roles are names in ``ag:``.
    """

    def values(reader: _Reader, claim: Outright, other: Term) -> Values | None:
        """Give the name and the IRI of who has the role."""
        has_role = not {*claim.roles}.isdisjoint(reader.name(ag(role)) for role in roles)
        if has_role == other_roles:
            return None
        return _dated(reader.name(other), claim, with_roles=other_roles), text(other)

    return values


def _date(reader: _Reader, claim: Outright, other: Term) -> Values:
    """Give the date."""
    return (claim.when,)


def _event(kind: str) -> Callable[[_Reader, Outright, Term], Values | None]:
    """Return a function that gives the date of an event of a class, and its first and last day."""

    def values(reader: _Reader, claim: Outright, other: Term) -> Values | None:
        """Give the date and the days."""
        if reader.kind(other) != kind:
            return None
        first, *_, last = (claim.bounds[name] or "" for name in vocabulary.BOUND_NAMES)
        return claim.when, first, last

    return values


def _founding(reader: _Reader, claim: Outright, other: Term) -> Values:
    """Give the date of a founding, then its first and its last day."""
    return claim.when, claim.bounds["beginNotBefore"] or "", claim.bounds["endNotAfter"] or ""


def _action(kind: str) -> Callable[[_Reader, Outright, Term], Values | None]:
    """Return a function that gives the date of a legislative action of a kind (in ``ag:``)."""
    return lambda reader, claim, other: (
        (claim.when,)
        if ag(kind) in reader.things.objects(other, vocabulary.CLASSIFICATION)
        else None
    )


def _identifier(reader: _Reader, claim: Outright, other: Term) -> Values | None:
    """Give an identifier after the name of its scheme, as in ``WikidataId:Q42``."""
    if not isinstance(other, Literal):
        return None
    scheme = other.datatype.value
    return (other.value if scheme.startswith(XSD) else f"{local_name(scheme)}:{other.value}",)


def _of_scheme(scheme: str) -> Callable[[_Reader, Outright, Term], Values | None]:
    """Return the function that gives the identifiers of one scheme, a name in ``ag:``."""
    return lambda reader, claim, other: (
        (other.value,) if isinstance(other, Literal) and other.datatype == ag(scheme) else None
    )


def _count_of(*options: str, others: bool = False) -> Callable[..., Values | None]:
    """Return a function that gives the count for some options of a vote, or for all `others`."""

    def values(reader: _Reader, claim: Outright, other: Term) -> Values | None:
        """Give the count, with the options if these are others."""
        counted = [reader.options[role] for role in claim.roles if role in reader.options]
        if others:
            is_other = len(counted) != 1 or counted[0] not in options
            return (f"{' and '.join(claim.roles)}: {text(other)}",) if is_other else None
        return (text(other),) if counted == [*options] else None

    return values


def _ballot(reader: _Reader, claim: Outright, other: Term) -> Values | None:
    """Give nothing but the claim, if it says how somebody voted; ``None`` for another."""
    voter = reader.name(ag("Voter"))
    return () if any(role in reader.options or role == voter for role in claim.roles) else None


def _result(reader: _Reader, claim: Outright, other: Term) -> Values:
    """Give the result of a vote, as Open Civic Data has it, else its name."""
    return (reader.things.notation(other),)


# ---- The columns


def _pair(names: str, what: str, *rules: Rule) -> Group:
    """Return two columns, named in `names`: with the names of things, and with their IRIs."""
    name, ids = names.split()
    return Group({name: f"{what}.", ids: "IRIs, in the order of these names."}, rules)


def _one(name: str, what: str, *rules: Rule) -> Group:
    """Return a group with one column."""
    return Group({name: f"{what}."}, rules)


_OTHER_NAMES = _one("otherNames", "Names that are not ours", Rule("hasName", _other_name))
_WEBSITES = _one("websites", "Addresses of sites", Rule("hasWebsite", _text))
_IDENTIFIERS = (
    _one("identifiers", "All identifiers, each after its scheme, as in `WikidataId:Q42`",
         Rule("identifier", _identifier)),
    _one("wikidata", "Items of Wikidata", Rule("identifier", _of_scheme("WikidataId"))),
    _one("openCivicData", "Ids of Open Civic Data", Rule("identifier", _of_scheme("OcdId"))),
)  # fmt: skip
_JURISDICTION = _pair(
    "jurisdiction jurisdictionId", "The jurisdiction", Rule("inJurisdiction", _named)
)
_SESSION = _pair("session sessionId", "The session of the legislature", Rule("inSession", _named))
_DAYS = "The first day on which that can have been.", "The last day."

GROUPS: Mapping[str, tuple[Group, ...]] = {
    "people": (
        _OTHER_NAMES,
        *(
            _one(name, what, Rule(name, _text))
            for name, what in (
                ("givenName", "Given names"),
                ("additionalName", "Middle names"),
                ("familyName", "Family names"),
                ("honorificSuffix", "Suffixes of the name, such as Jr"),
                ("gender", "Gender, in the words of the source"),
            )
        ),
        Group(
            dict(zip(("birthDate", "birthNotBefore", "birthNotAfter"),
                     ("The date of birth.", *_DAYS), strict=True)),
            (Rule("underwent", _event("Birth")),),
        ),
        Group(
            dict(zip(("deathDate", "deathNotBefore", "deathNotAfter"),
                     ("The date of death.", *_DAYS), strict=True)),
            (Rule("underwent", _event("Death")),),
        ),
        _one("occupations", "Occupations", Rule("hasOccupation", _text)),
        _pair("offices officeIds", "Offices, held, taken (from) or left (until)",
              Rule("heldOffice tookOffice leftOffice", _named)),
        _pair("districts districtIds", "Districts represented",
              Rule("representedDistrict", _named)),
        _pair("parties partyIds", "Parties", Rule("memberOf", _of_kind("Party"))),
        _pair("bodies bodyIds", "Other bodies that the person belonged to",
              Rule("memberOf", _of_kind("Body")), Rule("servedOn", _named)),
        _WEBSITES,
        *_IDENTIFIERS,
        _one("bioguide", "Ids of the directory of Congress",
             Rule("identifier", _of_scheme("BioguideId"))),
    ),
    "bodies": (
        _OTHER_NAMES,
        Group(
            dict(zip(("founded", "foundedNotBefore", "foundedNotAfter"),
                     ("The date of the founding.", *_DAYS), strict=True)),
            (Rule("underwent", _event("Founding")), Rule("founded", _founding, inverse=True)),
        ),
        _pair("founders founderIds", "Who founded it", Rule("founded", _name, inverse=True)),
        Group(
            dict(zip(("dissolved", "dissolvedNotBefore", "dissolvedNotAfter"),
                     ("The date of its end.", *_DAYS), strict=True)),
            (Rule("underwent", _event("Dissolution")),),
        ),
        _pair("parent parentId", "The body that it is a part of",
              Rule("hasUnit", _named, inverse=True)),
        _pair("bodies bodyIds", "Bodies that it belonged to",
              Rule("memberOf", _of_kind("Body", "Party"))),
        _JURISDICTION,
        _one("basedIn", "Where it is based", Rule("basedIn", _text)),
        _WEBSITES,
        *_IDENTIFIERS,
    ),
    "bills": (
        _OTHER_NAMES,
        _one("number", "The number in its session", Rule("billNumber", _text)),
        _one("title", "The title", Rule("hasTitle", _text)),
        _one("shortTitle", "The short title", Rule("hasShortTitle", _text)),
        _JURISDICTION,
        _SESSION,
        _pair("chamber chamberId", "The chamber", Rule("inChamber", _named)),
        _one("status", "What its status was when", Rule("hasStatus", _text)),
        _one("introduced", "When it was introduced", Rule("introduced", _date, inverse=True),
             Rule("underwent", _action("Introduced"))),
        _pair("introducers introducerIds", "Who introduced it",
              Rule("introduced", _name, inverse=True)),
        _pair("primarySponsors primarySponsorIds", "Who is named as primary sponsor",
              Rule("sponsored", _with_role("PrimarySponsor"), inverse=True)),
        _pair("otherSponsors otherSponsorIds", "Who is named as another sponsor",
              Rule("sponsored", _with_role("PrimarySponsor", other_roles=True), inverse=True)),
        _pair("passed passedIds", "The chambers that passed it, and when", Rule("passed", _named)),
        _one("vetoed", "When it was vetoed", Rule("vetoed", _date, inverse=True),
             Rule("underwent", _action("Vetoed"))),
        _one("signed", "When it was signed into law", Rule("signedIntoLaw", _date, inverse=True),
             Rule("underwent", _action("SignedByExecutive"))),
        _pair("signers signerIds", "Who signed it into law",
              Rule("signedIntoLaw", _name, inverse=True)),
        _one("becameLaw", "When it became law", Rule("becameLaw", _date),
             Rule("underwent", _action("BecameLaw"))),
        _pair("laws lawIds", "The law that it became", Rule("becameLaw", _name)),
        _pair("companions companionIds", "The same text before the other chamber",
              Rule("companionOf", _named), Rule("companionOf", _named, inverse=True)),
        _pair("proposals proposalIds", "Of a bill, the proposal that it carries",
              Rule("hasBill", _named, inverse=True)),
        _pair("bills billIds", "Of a proposal, the bills that carry it", Rule("hasBill", _named)),
        *_IDENTIFIERS,
    ),
    "votes": (
        _one("date", "When it was taken", Rule("underwent", _date, inverse=True)),
        _pair("bill billId", "What was voted on, mostly a bill",
              Rule("underwent", _name, inverse=True)),
        _one("motion", "The motion", Rule("onMotion", _text)),
        _pair("body bodyId", "The body that voted",
              Rule("tookPart", _with_role("ActingBody"), inverse=True)),
        _SESSION,
        _one("rollCall", "The number of the roll call", Rule("rollCallNumber", _text)),
        _one("result", "Whether the motion was carried: pass or fail", Rule("voteResult", _result)),
        *(
            _one(name, f"The count for “{option}”", Rule("voteCount", _count_of(option)))
            for option, name in _OPTIONS.items()
        ),
        _one("otherCounts", "The counts for other options, each after its name",
             Rule("voteCount", _count_of(*_OPTIONS, others=True))),
        Group({"ballots": "How many claims say how somebody voted. Each is in the table of claims: "
                          "its predicate is `tookPart`, its object the vote, its role the option."},
              (Rule("tookPart", _ballot, inverse=True),), is_count=True),
        *_IDENTIFIERS,
    ),
}  # fmt: skip
"""The groups of columns between ``kind`` and ``claims``, by table."""
_BEFORE = {
    "id": "The IRI.",
    "name": "Our name for it.",
    "kind": "Its kind in words, which is ours: its classification, else its class.",
}
_AFTER = {
    "claims": "The IRIs of the claims that the cells follow from, by which to cite them.",
    "claimCount": "How many these are.",
    "sourceCount": "How many sources these have.",
    "page": "The address of its page, where the graph is published at its base.",
}
NUMBERS = ("ballots", "claimCount", "sourceCount")
"""The columns that are numbers; all others are texts, as claims may disagree."""
COUNTS = tuple(_OPTIONS.values())
"""The columns of texts that are numbers where claims agree."""


def described(table: str) -> Iterator[tuple[str, str, str]]:
    """Yield the columns of a table: the name, what it holds, the predicates that this is from.

    Texts are Markdown; what is ours, or counted, is from nothing.
    """
    yield from ((name, what, "") for name, what in _BEFORE.items())
    for group in GROUPS[table]:
        names = dict.fromkeys(" ".join(rule.predicates for rule in group.rules).split())
        predicates = ", ".join(f"`ag:{name}`" for name in names)
        yield from ((name, what, predicates) for name, what in group.columns.items())
    yield from ((name, what, "") for name, what in _AFTER.items())


def columns_of(table: str) -> tuple[str, ...]:
    """Return the names of the columns of a table.

    >>> columns_of("people")[:4], columns_of("votes")[-4:]
    (('id', 'name', 'kind', 'otherNames'), ('claims', 'claimCount', 'sourceCount', 'page'))
    """
    return tuple(name for name, _, _ in described(table))


# ---- The rows


def filled(graph: Graph) -> list[str]:
    """Return the tables that have rows, in their order."""
    return [
        table
        for table, kinds in KINDS_OF.items()
        if next(ThingsByClass(graph, kinds).every(), None) is not None
    ]


class _Reader:
    """The names, kinds and options of a graph, of which the values of claims are made."""

    def __init__(self, graph: Graph) -> None:
        """Prepare to read a graph; read its classes and options."""
        self.things = ThingsByClass(graph, _CLASSES)
        self.kind = self.things.kind
        self.options = self.things.options()
        self.name = lru_cache(_CACHED)(self._name)

    def _name(self, thing: Term) -> str:
        """Return our name for a thing, else its IRI; the text of a literal."""
        return self.things.label(thing) or text(thing)


@contextmanager
def plain_tables(
    graph: Graph,
    tables: Collection[str],
    place: Path | None = None,
    progress: Progress | None = None,
) -> Iterator[dict[str, Iterator[tuple[Any, ...]]]]:
    """Give the rows of some tables, by the names of these, for a ``with``; each can be read once.

    The values of a row are texts, numbers (`NUMBERS`) or ``None``, in the order of `columns_of`;
    rows are in the order of IRIs. Claims are read once for all tables. In memory is what is said of
    one thing; what else does not fit is sorted in files in the directory `place`. `progress` is
    called with messages. Raises `InputError` for a graph that an endpoint holds, and `WriteError`
    when the disk is full.
    """
    with ExitStack() as stack:
        parts = {
            name: stack.enter_context(Sorter[tuple[Any, ...]](place, distinct=True))
            for name in tables
        }
        _read(graph, parts, progress)
        base = graph.root.folder.base
        yield {name: _rows(name, of_table, base) for name, of_table in parts.items()}


def _read(
    graph: Graph, parts: Mapping[str, Sorter[tuple[Any, ...]]], progress: Progress | None
) -> None:
    """Add the things of some tables, and what claims say of them, to the sorters of the tables.

    A part is the IRI of a thing, the place of a group (or `_THING`), the first day of the claim,
    the values, the IRI of the claim, and those of its sources.
    """
    reader = _Reader(graph)
    things = reader.things
    for thing, kind in things.every():
        table = _TABLE_OF.get(kind, "")
        if table in parts:
            named = things.label(thing) or thing.value, things.classification(thing)
            parts[table].add((thing.value, _THING, "", named, "", []))
    rules: dict[str, list[tuple[str, int, Rule]]] = {}
    for table in parts:
        for place, group in enumerate(GROUPS[table]):
            for rule in group.rules:
                for name in rule.predicates.split():
                    rules.setdefault(AG + name, []).append((table, place, rule))
    for claim in outright(graph, rules, progress, with_rivals=True):
        ends: tuple[Term, Term] = NamedNode(claim.subject), claim.object
        tables = [_TABLE_OF.get(reader.kind(end)) for end in ends]
        sources = [*dict.fromkeys(address for address, _ in claim.sources)]
        first = claim.bounds["beginNotBefore"] or ""
        for table, place, rule in rules[claim.predicate]:
            if tables[rule.inverse] != table:
                continue
            values = rule.values(reader, claim, ends[not rule.inverse])
            if values is not None:
                row = text(ends[rule.inverse])
                parts[table].add((row, place, first, values, claim.claim, sources))


def _rows(table: str, parts: Iterable[tuple[Any, ...]], base: str) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a table, made of sorted parts."""
    for iri, of_thing in groupby(parts, itemgetter(0)):
        cells: list[Any] = []
        claims: set[str] = set()
        sources: set[str] = set()
        groups = {place: [*group] for place, group in groupby(of_thing, itemgetter(1))}
        [(*_, (name, kind), _, _)] = groups[_THING]
        for place, group in enumerate(GROUPS[table]):
            in_group = groups.get(place, [])
            if group.is_count:
                cells.append(len({part[4] for part in in_group}))
                continue
            if not in_group:
                cells += repeat(None, len(group.columns))
                continue
            cells += _cells(group, (part[3] for part in in_group))
            claims.update(part[4] for part in in_group)
            sources.update(source for part in in_group for source in part[5])
        path = path_of(iri, base)
        page = base.rstrip("#").rstrip("/") + path if path else None
        listed = BETWEEN.join(sorted(claims)) or None
        yield (iri, name, kind or None, *cells, listed, len(claims), len(sources), page)


def _cells(group: Group, values: Iterable[Values]) -> Iterator[str | None]:
    """Yield the cells of a group of columns: each value once, in the order that they come in."""
    unique = [value for value in dict.fromkeys(values) if any(value)]
    for column in range(len(group.columns)):
        cell = [value[column] for value in unique]
        yield BETWEEN.join(cell) if any(cell) else None
