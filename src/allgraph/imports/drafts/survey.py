"""A survey of the fields of some records: how often they are there, and with which values."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property

from allgraph.errors import DateError
from allgraph.imports.dates import Forms
from allgraph.imports.slugs import slug
from allgraph.selectors import Record, Value

Path_ = tuple[str, ...]
Row = dict[Path_, str]
"""The texts of a record or an item of a list, by the paths of fields in it."""
MANY_NAMES = 50
"""How many names an object may have before they are taken for data."""
_PRIVATE = frozenset(
    "email mail phone telephone tel mobile cell voice fax birth birthday birthdate birthplace born "
    "dob age gender sex pronoun pronouns address street zip zipcode postcode postal ssn passport "
    "religion ethnicity nationality disability ip iban".split()
)
_CONSENT = frozenset("consent permission permit agree agreed allow optin opt may public".split())
_YES = frozenset("yes y true 1 ok x agree agreed ja oui sí si".split())
_NO = frozenset("no n false 0 disagree nein non".split())
_EMPTY = frozenset("n/a na n.a. #n/a - -- \u2013 — ? . none null nil nan unknown tbd tba".split())
_DATE = frozenset("date day when timestamp start end begin began since until year".split())
_START = frozenset("start begin began since from".split())
_END = frozenset("end until".split())
_IDENTIFIER = ("id", "identifier", "uuid", "guid", "key", "slug", "code", "number", "no", "ref")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.\w+")
_DAYS = (
    *"YYYY-MM-DD YYYY/MM/DD YYYYMMDD D.M.YYYY D.M.YY M/D/YYYY D/M/YYYY M/D/YY D/M/YY".split(),
    *"M-D-YYYY D-M-YYYY D-MMM-YYYY D-MMM-YY".split(),
    *("MMMM D, YYYY", "MMM. D, YYYY", "D MMMM YYYY", "D MMM. YYYY"),
)
FORMS = (
    *_DAYS,
    *(f"{form} time" for form in _DAYS),
    *("YYYY-MM", "MM/YYYY", "MMMM YYYY", "MMM. YYYY", "season YYYY", "YYYY", "serial", "EDTF"),
)
"""The forms of dates that are tried, those that are preferred first."""
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_MOST_TRIED = 100  # values of a field, to tell whether it is one of dates
_LONGEST_KEY = 64
_FEWEST_TOLD = 5  # records, of which a field that tells all apart does so by more than chance


@dataclass
class Field:
    """A field: in how many records it has a value, and each value with the place of its record.

    `path` goes through lists as through objects. An object that has very many names, or one that a
    mapping cannot write, is one field without values.
    """

    path: Path_
    is_in_list: bool = False
    records: int = 0
    values: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The path as a mapping has it."""
        return ".".join(self.path)

    @property
    def is_near(self) -> bool:
        """True if the field is directly in the record, not in an object or list of it."""
        return len(self.path) <= 2 and not self.is_in_list

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of the last name in its path, such as ``first`` and ``name``."""
        return _words(self.path[-1])

    @cached_property
    def all_words(self) -> frozenset[str]:
        """The words of all names in its path."""
        return frozenset(word for name in self.path for word in _words(name))

    @cached_property
    def private(self) -> str:
        """The word for which it is taken for private, ``""`` if it is not."""
        is_email = any(map(_EMAIL.fullmatch, self.values))
        return "email" if is_email else min(self.all_words & _PRIVATE, default="")

    @cached_property
    def agreeing(self) -> list[str]:
        """The values that give consent, if it is a field of consent."""
        folded = {value: value.casefold() for value in self.values}
        if not _CONSENT & {*self.words} or not {*folded.values()} <= _YES | _NO | _EMPTY:
            return []
        return [value for value, word in folded.items() if word in _YES]

    @cached_property
    def meaningless(self) -> list[str]:
        """The values that mean that there is none."""
        return [value for value in self.values if value.casefold() in _EMPTY]

    @cached_property
    def is_date(self) -> bool:
        """True if the field looks like a date: half of its values do, or its name and one value."""
        texts = [text for text in self.values if text.casefold() not in _EMPTY][:_MOST_TRIED]
        dates = [text for text in texts if any(_fits(form, text) for form in FORMS)]
        if not dates or _DATE & {*self.words}:
            return bool(dates)
        return 2 * sum(not _NUMBER.fullmatch(text) for text in dates) >= len(texts)

    @property
    def is_start(self) -> bool:
        """True if the name of the field says that something begins."""
        return bool(_START & {*self.words})

    @property
    def is_end(self) -> bool:
        """True if the name of the field says that something ends."""
        return bool(_END & {*self.words})

    @property
    def rank(self) -> int:
        """The rank of its name among those of identifiers, from 0."""
        ranks = [number for number, word in enumerate(_IDENTIFIER) if word in self.all_words]
        return min(ranks, default=len(_IDENTIFIER))

    @property
    def name_part(self) -> str:
        """Which part of a name it is: ``whole``, ``first``, ``last``, ``title``, ``""`` for none.

        >>> [Field((name,)).name_part for name in ("First name", "surname", "full_name", "Town")]
        ['first', 'last', 'whole', '']
        """
        words = {*self.words}
        is_named = "name" in words or self.path[0] == "name"
        if words & {"firstname", "forename"} or (is_named and words & {"first", "given"}):
            return "first"
        if words & {"lastname", "surname"} or (is_named and words & {"last", "family"}):
            return "last"
        if words in ({"name"}, {"fullname"}, {"label"}) or (is_named and "full" in words):
            return "whole"
        return "title" if words == {"title"} else ""


@dataclass
class Survey:
    """The fields of records in their order, the records, and the items of lists of objects.

    `items` has, for each list, those of each record. `unnamed` are fields of records that a mapping
    cannot name.
    """

    is_table: bool
    count: int = 0
    fields: dict[Path_, Field] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    items: dict[Path_, list[list[Row]]] = field(default_factory=dict)
    unnamed: dict[str, None] = field(default_factory=dict)

    @cached_property
    def key(self) -> Field | None:
        """The field whose values tell all records apart and can stand in an IRI, if there is one.

        In a few records anything does so by chance; then it has to be named like an identifier.
        """
        keys = [one for one in self.fields.values() if self._is_key(one)]
        return min(keys, key=lambda one: one.rank, default=None)

    def _is_key(self, one: Field) -> bool:
        """Return True if a field can be the key of records."""
        is_number = all(re.fullmatch(r"[\d.,-]+", text) for text in one.values)
        is_long = any(len(text) > _LONGEST_KEY or re.search(r"\s|://", text) for text in one.values)
        return (
            one.is_near
            and one.records == self.count == len({slug(text) for text in one.values} - {None})
            and (one.rank < len(_IDENTIFIER) or (self.count >= _FEWEST_TOLD and not is_number))
            and not (is_long or one.private or one.name_part or one.is_date or one.meaningless)
        )

    @cached_property
    def naming(self) -> list[Field]:
        """The fields that name what a record is about: a whole name, its parts, or a title.

        It is what most records have.
        """
        usable = [one for one in self.fields.values() if one.is_near and one.values]
        of_part: dict[str, list[Field]] = {}
        for one in usable:
            if not one.private:
                of_part.setdefault(one.name_part, []).append(one)
        first, last, whole, title = (
            of_part.get(part, [])[:1] for part in ("first", "last", "whole", "title")
        )
        parts = [*first, *last]
        return max((whole, parts, title), key=lambda fields: sum(one.records for one in fields[:1]))


def survey(records: Iterable[Record], *, is_table: bool) -> Survey:
    """Look at some records; in a table, names are as they are, with dots in them."""
    surveyed = Survey(is_table)
    for record in records:
        surveyed.count += 1
        row: Row = {}
        lists: dict[Path_, list[Row]] = {}
        seen: set[Path_] = set()
        for path, text, is_in_list in _leaves(record.fields, (), surveyed, lists, row):
            one = surveyed.fields.setdefault(path, Field(path))
            one.is_in_list |= is_in_list
            if text:
                one.records += path not in seen
                seen.add(path)
                one.values.setdefault(text, record.place.replace("=", " "))
        surveyed.rows.append(row)
        for path, rows in lists.items():
            surveyed.items.setdefault(path, []).append(rows)
    return surveyed


def _leaves(
    value: Value,
    path: Path_,
    surveyed: Survey,
    lists: dict[Path_, list[Row]] | None,
    row: Row,
    base: int = 0,
) -> Iterator[tuple[Path_, str, bool]]:
    """Yield the path and text of each value in a value, and whether it is in a list.

    `row` gets the texts below the path of `base` names, of an item or a record. `lists` gets the
    items of lists of objects; it is ``None`` inside of one.
    """
    is_inner = not (surveyed.is_table and path)
    if isinstance(value, dict) and value and is_inner:
        if path and (len(value) > MANY_NAMES or not all(map(_can_name, value))):
            yield path, "", base > 0
            return
        for name, part in value.items():
            if not surveyed.is_table and not _can_name(name):
                surveyed.unnamed[name] = None
            else:
                yield from _leaves(part, (*path, name), surveyed, lists, row, base)
    elif isinstance(value, list) and value and is_inner:
        items: list[Row] = [{} for _ in value]
        for part, item in zip(value, items, strict=True):
            yield from _leaves(part, path, surveyed, None, item, len(path))
        if lists is not None and all(isinstance(part, dict) for part in value):
            lists.setdefault(path, []).extend(items)
    elif path:
        text = value.strip() if isinstance(value, str) else ""
        if text:
            row[path[base:]] = text
        yield path, text, base > 0


def _can_name(name: str) -> bool:
    """Return True if a mapping can name a field in an object: its name has no dot."""
    return "." not in name and name not in ("", "*")


def telling(groups: Sequence[Sequence[Row]], among: Sequence[Path_]) -> list[Path_]:
    """Return those of some fields that together tell the rows of each group apart, if they can.

    A field is taken if it tells rows apart that those before it do not.

    >>> telling([[{("a",): "1", ("b",): "2"}, {("a",): "1", ("b",): "3"}]], [("a",), ("b",)])
    [('b',)]
    """

    def told(fields: Sequence[Path_]) -> int:
        return sum(len({tuple(map(row.get, fields)) for row in rows}) for rows in groups)

    taken: list[Path_] = []
    most, wanted = told(taken), sum(map(len, groups))
    for path in among:
        if most < wanted and (now := told([*taken, path])) > most:
            taken, most = [*taken, path], now
    return taken


def _fits(form: str, text: str) -> bool:
    """Return True if a text is a date in a form."""
    try:
        return _prepared(form).read(text) is not None
    except DateError:
        return False


@cache
def _prepared(form: str) -> Forms:
    """Return the reader of one form; cached."""
    return Forms([form])


def forms_of(texts: Collection[str]) -> list[str]:
    """Return the forms that some texts have, as few as can be.

    Of two forms that differ in the order of day and month, one is taken if it fits all that the
    other does, and more; else both, if a text has them.

    >>> forms_of(["5/26/2021", "5/11/2021", "may 2021"]), forms_of(["5/11/2021", "Apr. 8"])
    (['M/D/YYYY', 'MMMM YYYY'], ['M/D/YYYY', 'D/M/YYYY'])
    """
    fitting = {form: {text for text in texts if _fits(form, text)} for form in FORMS}
    taken: list[str] = []
    done: set[str] = set()
    for form, its in fitting.items():
        rival = re.sub(r"^([MD])([/-])([MD])\b", r"\3\2\1", form)
        if not its < fitting[rival] and (its - done or (its and rival in taken)):
            taken.append(form)
            done |= its
    return taken


def _words(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case.

    >>> _words("dateOfBirth"), _words("E-mail"), _words("START_DATE")
    (('date', 'of', 'birth'), ('email',), ('start', 'date'))
    """
    parts = re.sub(r"([a-z])([A-Z])", r"\1 \2", re.sub(r"(?i)\be-mail", "email", name))
    return tuple(re.findall(r"[^\W\d_]+", parts.lower()))
