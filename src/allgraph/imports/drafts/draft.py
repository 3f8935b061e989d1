"""Drafts of mappings, made from the head of a table or from a sample of records.

A draft claims no more than names. What it cannot know it asks for in comments with ``DECIDE``, and
each field is in it, so that nothing is overlooked. No value of a record is in it but dates that
cannot be read, words that mean nothing, and those that give consent.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from allgraph.errors import DateError, LoadError
from allgraph.imports.dates import Forms
from allgraph.imports.drafts.survey import Field, Path_, Row, Survey, forms_of, survey, telling
from allgraph.imports.slugs import slug
from allgraph.rdf.files import opened
from allgraph.selectors import Kind, Options, read

MOST_RECORDS = 5_000
"""How many records a draft is made from."""
_TEMPLATE = Path(__file__).with_name("draft.toml.txt")
_MOST_EXAMPLES = 5
_MANY = 20  # records, of which the number tells whether a file is whole
_START = 2**16  # bytes, in which the first element of XML is looked for
_LONG = 30  # characters, of which a value is rather a text than a word
_SHOWN = 40
_NO_SLOT = re.compile(r"[{}*]|^[/\s]|[?\s]$|^file$|^#$")
"""The names that a slot cannot have, or that mean something else there."""
_BODY = frozenset("organisation organization company employer affiliation institution".split())
_PERSON = frozenset("firstname lastname surname forename given birth birthday gender".split())


def name_for(path: Path) -> str:
    """Return the name of a mapping for a file.

    >>> name_for(Path("in/Signatories (Été 2021).csv.gz")), name_for(Path("北京.xlsx"))
    ('signatories-ete-2021', 'records')
    """
    stem = Path(path.name.removesuffix(".gz").removesuffix(".zst")).stem
    return re.sub(r"[^a-z0-9]+", "-", slug(stem) or "").strip("-") or "records"


def draft(path: Path, records: str, options: Options | None = None, name: str = "") -> str:
    """Return the text of a mapping for the records of a file, for a person to go on with.

    `records` is the file or pattern that it reads; `name` that of the mapping, by default that of
    `name_for`. If the file is one object that has little but a list of others, these are the
    records. Raises `LoadError` for a file that cannot be read, or has no records.
    """
    options = options or Options()
    head = [*islice(read(path, path.name, options), MOST_RECORDS)]
    if not head:
        raise LoadError("has no records to make a draft from", path=path.name)
    kind = head[0].kind
    surveyed = survey(head, is_table=kind is Kind.TABLE or ".parquet" in path.suffixes)
    if not options.entries and not head[0].place and (entries := _entries(surveyed, path, kind)):
        return draft(path, records, replace(options, entries=entries), name)
    values = _Draft(surveyed).values() | {
        "file": _shown(path.name),
        "name": name or name_for(path),
        "records": _quoted(records),
        "options": "\n".join(
            f"{key} = {_quoted(value)}"
            for key in ("entries", "sheet", "delimiter", "encoding")
            if (value := getattr(options, key))
        ),
    }
    words = values["name"].replace("-", " ")
    values["title"] = _quoted(words[:1].upper() + words[1:])
    values["address"] = _quoted(f"https://example.org/{values['name']}")
    template = _TEMPLATE.read_text(encoding="utf-8")
    return re.sub(
        r"\$(\w+)(\n?)",  # a line of a value that is empty is left out
        lambda match: (value := values[match[1]]) and value + match[2],
        template,
    )


def _entries(surveyed: Survey, path: Path, kind: Kind) -> str:
    """Return where the records are, if the one object of a file has little but a list of them."""
    lists = [where for where, groups in surveyed.items.items() if len(groups[0]) > 1]
    if len(lists) != 1 or surveyed.key or surveyed.naming or surveyed.fields.get(lists[0]):
        return ""
    if kind is Kind.POINTER:
        return ".".join(lists[0])
    with opened(path, path.name) as file:
        start = file.read(_START).removeprefix(BOM_UTF8)
    root = re.match(rb"\s*<([^\s<>/]+)", re.sub(rb"(?s)<!--.*?-->|<\?.*?>", b"", start))
    return "/".join([root[1].decode(errors="replace"), *lists[0]]) if root else ""


class _Draft:
    """The lines of a draft about some fields."""

    def __init__(self, surveyed: Survey) -> None:
        """Choose what each field is used for."""
        self._found = surveyed
        self._fields = [*surveyed.fields.values()]
        near = [one for one in self._fields if one.is_near]
        self._consent = [one for one in near if one.agreeing and not one.name.startswith("/")]
        self._named = [one for one in surveyed.naming if self._has_slot(one)]
        self._key = surveyed.key if surveyed.key and self._has_slot(surveyed.key) else None
        self._used = [*self._named, *self._consent, *filter(None, [self._key])]
        unused = [one for one in self._fields if one not in self._used]
        self._dates = [one for one in unused if not one.private and one.is_date]
        self._bodies = [one for one in near if _BODY & {*one.words} and one in unused][:1]
        self._short: dict[str, str] = {}
        is_person = any(_PERSON & {*one.words} for one in self._fields) or len(self._named) > 1
        self._thing = "person" if is_person else "thing"

    def values(self) -> dict[str, str]:
        """Return the texts for the places of the template."""
        count = self._found.count
        is_head = count == MOST_RECORDS
        parts = {
            "count": [f"# count = [{count * 9 // 10}, {count * 2}]  # other numbers are refused"]
            * (count >= _MANY and not is_head),
            "key": self._key_lines(),
            "ignored": self._ignored_lines(),
            "unnamed": [
                f"# The field “{_shown(name)}” cannot be named here, and is reported."
                for name in self._found.unnamed
            ],
            "clean": self._clean_lines(),
            "where": self._where_lines(),
            "things": self._thing_lines(),
            "claims": self._claim_lines(),
            "lists": (
                line
                for path, groups in self._found.items.items()
                for line in self._list_lines(path, groups)
            ),
        }
        values = {name: "\n".join(lines) for name, lines in parts.items()}
        names = [f"{_quoted(short)} = {_quoted(name)}" for short, name in self._short.items()]
        values["names"] = "\n".join(["[names]", *names, ""]) if names else ""
        values["counted"] = f"the first {count} records" if is_head else _counted(count, "record")
        return values

    # ---- Fields

    def _has_slot(self, one: Field) -> bool:
        """Return True if a slot can name a field; in a table, every field can get a short name."""
        return self._found.is_table or not _NO_SLOT.search(one.name)

    def _slot(self, one: Field, above: int = 0) -> str:
        """Return the slot of a field; `above` is how long the path of the list around it is.

        A column with a name that a slot cannot have gets a short name.
        """
        name = ".".join(one.path[above:])
        if self._found.is_table and _NO_SLOT.search(name):
            column, name = name, "_".join(one.words) or "column"
            while self._short.get(name, column) != column or (name,) in self._found.fields:
                name += "_"
            self._short[name] = column
        return f"{{{name}}}"

    def _described(self, one: Field) -> str:
        """Return a description of a field in words."""
        what = [f"private ({one.private})"] if one.private else ["a date"] * (one in self._dates)
        count = self._found.count
        if count > 1:
            what.append(
                f"in {'all' if one.records == count else f'{one.records} of'} {count} records"
            )
        return ", ".join([*what, _counted(len(one.values), "different value")])

    # ---- Lines

    def _ignored_lines(self) -> Iterator[str]:
        """Yield the fields that no claim uses; an object or list that none uses is named as one."""
        leading = {one.path[:end] for one in self._used for end in range(len(one.path))}
        groups: dict[Path_, list[Field]] = {}
        for one in self._fields:
            if one not in self._used:
                ends = range(1, len(one.path) + 1)
                whole = next(one.path[:end] for end in ends if one.path[:end] not in leading)
                groups.setdefault(whole, []).append(one)
        for whole, fields in groups.items():
            is_leaf = [one.path for one in fields] == [whole]
            about = self._described(fields[0]) if is_leaf else "all of these:"
            yield f"  {_quoted('.'.join(whole))},  # {about}"
            for one in fields[is_leaf:]:
                name = ".".join(one.path[len(whole) :]) or "itself"
                yield f"  #   {_shown(name)}: {self._described(one)}"

    def _key_lines(self) -> Iterator[str]:
        """Yield the lines of the key, which tells the records apart."""
        if self._key:
            yield (
                "# The next import recognises a record by its key. DECIDE: will its values stay "
                "the same?"
            )
            yield f"key = {_list([self._key.name])}"
            return
        near = [one.path for one in self._fields if one.is_near and one.values]
        named = [one.path for one in self._named]
        emails = [path for path in near if self._found.fields[path].private == "email"]
        among = [*named, *emails] or near
        more = [path for path in telling([self._found.rows], among) if path not in named]
        taken = [*named, *more] or among[:1]
        yield "# No field can be the key: none is in all records, different in each, and usable in"
        yield "# an address. So a ledger beside the mapping numbers the records, by these fields."
        yield "# DECIDE: will their values stay the same? A field with an id would be better."
        yield f"key = {_list('.'.join(path) for path in taken)}"
        yield 'ids = "ledger"'
        again = self._found.count - len({tuple(map(row.get, taken)) for row in self._found.rows})
        if again:
            yield f"# Equal to an earlier record in all of these: {_counted(again, 'record')}."

    def _clean_lines(self) -> Iterator[str]:
        """Yield the words that mean nothing, and the forms of dates."""
        fields = [one for one in self._fields if one not in self._consent]
        words = sorted({word for one in fields for word in one.meaningless})
        if words:
            yield "# DECIDE: do all of these words mean that there is no value?"
        yield f"empty = {_list(words)}"
        texts = {
            text: place
            for one in self._dates
            for text, place in one.values.items()
            if text not in words
        }
        if not (forms := forms_of(texts)):
            yield '# dates = ["YYYY-MM-DD"]  # the forms that dates have'
            return
        yield f"# The forms of the dates in {_listed(one.name for one in self._dates)}."
        yield "# A date that fits none of them, or has several readings, is left out and reported."
        yield f"dates = {_list(forms)}"
        yield from self._date_lines(Forms(forms), texts)

    def _date_lines(self, forms: Forms, texts: dict[str, str]) -> Iterator[str]:
        """Yield the dates, given with their places, that have several readings or none."""
        unfit: dict[bool, list[str]] = {False: [], True: []}
        for text, place in texts.items():
            try:
                forms.read(text)
            except DateError as error:
                several = " fits none " not in error.message
                message = error.message if several else f"“{text}” fits none of them"
                unfit[several].append(f"{_shown(message, 200)}{place and f' ({place})'}")
        for messages in filter(None, unfit.values()):
            more = len(messages) - _MOST_EXAMPLES
            yield from (f"# DECIDE: {message}" for message in messages[:_MOST_EXAMPLES])
            yield from [f"# … and {more} more are like this."] * (more > 0)

    def _where_lines(self) -> Iterator[str]:
        """Yield the condition of consent."""
        if not self._consent:
            yield '# [where]  # which records are taken, such as "Show my name" = ["Yes"]'
            return
        yield "[where]  # DECIDE: only these gave consent; is it for what you publish?"
        for one in self._consent:
            yield f"{_quoted(one.name)} = {_list(one.agreeing)}"

    def _thing_lines(self) -> Iterator[str]:
        """Yield the thing that records are about."""
        slot = self._slot(self._key) if self._key else "{#}"
        label = " ".join(map(self._slot, self._named)) or f"{self._thing.capitalize()} {slot}"
        identifier = _quoted(f"{self._thing}-{slot}")
        needs = f", needs = {_list(one.name for one in self._named)}" * bool(self._named)
        yield (
            f"{self._thing} = {{ id = {identifier}, a = {_quoted(self._thing.capitalize())}, "
            f"label = {_quoted(label)}{needs} }}"
        )
        if not self._key:
            email = [one for one in self._fields if one.private == "email" and one.is_near]
            same = _list(one.name for one in email[:1] or self._named)
            yield f"# With same = {same} in it, records with equal values there are one thing."
        for one in self._bodies:
            yield (
                f'# body = {{ id = "body-{{#}}", a = "Organization", label = '
                f"{_quoted(self._slot(one))}, same = {_list([one.name])} }}"
            )

    def _claim_lines(self) -> Iterator[str]:
        """Yield the claims: the name, and what others could look like."""
        slots = [*map(self._slot, self._named)] or [self._slot(self._key) if self._key else "{#}"]
        label = slots[0] if len(slots) == 1 else f'"{" ".join(slots)}"'
        asked = "" if self._named else "  # DECIDE: is there a name?"
        yield f"  {_quoted(f'{self._thing} hasName {label}')},{asked}"
        yield "  # DECIDE: other claims, one a line, such as these:"
        for _ in self._bodies:
            yield f"  # {_quoted(f'{self._thing} affiliatedWith body')},"
        what = "signed id:some-letter" if self._thing == "person" else "PREDICATE OTHER"
        when = self._when([one for one in self._dates if not one.is_in_list])
        yield f"  # {_quoted(f'{self._thing} {what}{when}')},"

    def _list_lines(self, path: Path_, groups: Sequence[Sequence[Row]]) -> Iterator[str]:
        """Yield a comment on the claims that the items of a list could say."""
        inner = [one for one in self._fields if one.is_in_list and one.path[: len(path)] == path]
        dates = [one for one in inner if one in self._dates]
        among = [one for one in inner if not one.private and not one.is_end]
        among.sort(key=lambda one: (any(len(text) > _LONG for text in one.values), one in dates))
        paths = [one.path[len(path) :] for one in among]
        key = telling(groups, paths) or paths[:1]
        name = ".".join(path)
        line = f"{self._thing} PREDICATE OTHER{self._when(dates, len(path))}"
        yield ""
        yield f"# DECIDE: claims of each item of {_shown(name)}, such as these. By the key the"
        yield "# next import recognises an item."
        yield "# [[claims]]"
        yield f"# each = {_quoted(name)}"
        yield f"# key = {_list('.'.join(one) for one in key)}"
        yield f"# say = {_list([line])}"

    def _when(self, dates: Sequence[Field], above: int = 0) -> str:
        """Return how a line says the date of a claim, by the fields of dates that there are."""
        starts, ends = [one for one in dates if one.is_start], [one for one in dates if one.is_end]
        chosen = [starts[0], ends[0]] if starts and ends else dates[:1]
        slots = [self._slot(one, above) for one in chosen if self._has_slot(one)]
        return f" when {'/'.join(slots)}" if slots else ""


def _counted(count: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{count} {noun}{'s' * (count != 1)}"


def _listed(names: Iterable[str]) -> str:
    """Return some names for a comment."""
    shown = [*map(_shown, names)]
    return ", ".join(shown[:_MOST_EXAMPLES]) + " and others" * (len(shown) > _MOST_EXAMPLES)


def _list(texts: Iterable[str]) -> str:
    """Return a list of texts as TOML has it."""
    return f"[{', '.join(map(_quoted, texts))}]"


def _quoted(text: str) -> str:
    r"""Return a text as a string of TOML, on one line.

    >>> print(_quoted('a "b"\n\x7f'))
    "a \"b\"\n\u007f"
    """
    from json.encoder import encode_basestring

    return encode_basestring(text).replace("\x7f", "\\u007f")


def _shown(text: str, most: int = _SHOWN) -> str:
    """Return a text for a comment: on one line, without control characters, and not long."""
    text = "".join(char for char in " ".join(text.split()) if char.isprintable())
    return text if len(text) <= most else f"{text[:most]}…"
