r"""Which media type a reply has: what ``Accept`` asks for (RFC 9110) among what there is.

>>> choose("text/turtle;q=0.5, application/ld+json", ["text/turtle", "application/ld+json"])
'application/ld+json'
>>> wanted("text/csv, text/turtle;q=0.9")["triples"]
'text/turtle'
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from allgraph.errors import ParameterError, UnknownFormat
from allgraph.linkeddata import profiles
from allgraph.rdf.formats import FORMATS, NAMES, Format, Kind

LONGEST = 8_192
"""How many characters an ``Accept`` header may have."""

KINDS: tuple[Kind, ...] = ("rows", "yes-no", "triples")
_ORDER = ("json", "xml", "csv", "tsv", "turtle", "jsonld", "ntriples", "rdfxml", "trig", "nquads")
_BY_NAME = {each.name: each for each in FORMATS}
_OFFERED: Mapping[Kind, tuple[Format, ...]] = {
    kind: tuple(_BY_NAME[name] for name in _ORDER if kind in _BY_NAME[name].kinds) for kind in KINDS
}
_ALSO: Mapping[str, tuple[str, ...]] = {  # wider types that are true of a format
    "application/json": ("json", "jsonld"),
    "application/xml": ("xml", "rdfxml"),
    "text/xml": ("xml", "rdfxml"),
    "text/n3": ("turtle",),
}
_ALIASES: Mapping[str, tuple[str, ...]] = {  # what clients say in ``format=`` beside our names
    "json": ("json", "jsonld"),
    "xml": ("xml", "rdfxml"),
    "srj": ("json",),
    "json-ld": ("jsonld",),
    "rdf+xml": ("rdfxml",),
    "n3": ("turtle",),
}

# Neither can backtrack: no two of their alternatives begin alike, and nothing has to follow.
_MEMBER = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+', re.DOTALL)
_PART = re.compile(r'(?:[^;"]|"(?:[^"\\]|\\.)*"?)+', re.DOTALL)
_LISTED = re.compile(r"(?:[^,<]|<[^>]*>?)+")
_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_TYPE = re.compile(f"({_WORD})/({_WORD})")
_PARAMETER = re.compile(rf'({_WORD})=({_WORD}|"(?:[^"\\]|\\.)*")', re.DOTALL)
_WEIGHT = re.compile(r"[0-9]{0,4}\.?[0-9]{0,9}", re.ASCII)

Parameters = frozenset[tuple[str, str]]
Offer = tuple[str, str, Parameters]
"""A media type in parts: type, subtype and parameters."""


class Range(NamedTuple):
    """A media range of an ``Accept`` header, in lower case, and its weight."""

    type: str
    subtype: str
    parameters: Parameters
    weight: float

    @property
    def specificity(self) -> tuple[int, int]:
        """How narrow the range is; that of ``*/*`` is the least."""
        return (self.type != "*") + (self.subtype != "*"), len(self.parameters)

    def plain(self) -> Range:
        """The range without parameters; one that refuses what it covers stays as it is."""
        return self._replace(parameters=frozenset()) if self.weight else self

    def covers(self, offer: Offer) -> bool:
        """Whether a media type is in the range."""
        type, subtype, parameters = offer
        return (
            self.type in ("*", type)
            and self.subtype in ("*", subtype)
            and self.parameters <= parameters
        )


def ranges(accept: str) -> list[Range]:
    """The media ranges of an ``Accept`` header; parts that are malformed are passed over.

    Some old clients say ``*`` for ``*/*`` and ``.2`` for ``0.2``, and are understood. That what
    is asked for be in UTF-8 is no restriction, for all that is offered is. Raises
    `ParameterError` for a header that is too long.

    >>> [each.weight for each in ranges("text/html, a/b;q=0.25, , nothing, */*;q=x")]
    [1.0, 0.25]
    """
    if len(accept) > LONGEST:
        raise ParameterError(f"the Accept header has more than {LONGEST} characters")
    found = (_range(member) for member in _MEMBER.findall(accept))
    return [each for each in found if each is not None]


def _range(member: str) -> Range | None:
    name, *rest = [part.strip(" \t") for part in _PART.findall(member)] or [""]
    match = _TYPE.fullmatch("*/*" if name == "*" else name)
    if match is None or (match[1] == "*" and match[2] != "*"):
        return None
    parameters, weight = set(), 1.0
    for part in filter(None, rest):
        parameter = _PARAMETER.fullmatch(part)
        if parameter is None:
            return None
        key, value = parameter[1].lower(), _unquoted(parameter[2])
        if key == "q":
            read = _weight(value)
            if read is None:
                return None
            weight = read
            break  # what follows the weight is no longer about the media type
        if (key, value.lower()) != ("charset", "utf-8"):
            parameters.add((key, value.lower() if key == "charset" else value))
    return Range(match[1].lower(), match[2].lower(), frozenset(parameters), weight)


def _weight(text: str) -> float | None:
    if not _WEIGHT.fullmatch(text) or text in ("", "."):
        return None
    return min(float(text), 1.0)


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL) if value[0] == '"' else value


def choose(accept: str | None, offered: Sequence[str]) -> str:
    """The media type of those `offered`, best first, that suits an ``Accept`` header best.

    The most specific range that covers a type gives it its weight. Among those of the same
    weight one that the client names goes before one of a wildcard, and then the order of
    `offered` decides. A range with parameters that nothing has counts without them, when
    nothing else is left. Raises `UnknownFormat`.

    >>> choose("text/*;q=0.3, text/csv;q=0", ["text/csv", "text/html", "image/png"])
    'text/html'
    >>> choose("image/gif", ["text/csv", "text/html"])
    Traceback (most recent call last):
      ...
    allgraph.errors.UnknownFormat: nothing of what is accepted is there; \
there are text/csv, text/html
    """
    return _choose(accept or "*/*", tuple(offered))


@lru_cache(512)  # clients say the same again and again
def _choose(accept: str, offered: tuple[str, ...]) -> str:
    asked = ranges(accept) or ranges("*/*")
    types = {each: _parsed(each) for each in offered}
    found = _best(asked, types)
    if found is None and any(each.parameters for each in asked):
        found = _best([each if _covers_any(each, types) else each.plain() for each in asked], types)
    if found is not None:
        return found
    listed = ", ".join(dict.fromkeys(_essence(each) for each in offered))
    raise UnknownFormat(f"nothing of what is accepted is there; there are {listed}")


def _best(asked: list[Range], offered: Mapping[str, Offer]) -> str | None:
    best, found = (0.0, (0, 0)), None
    for media_type, offer in offered.items():
        fits = [(each.specificity, each.weight) for each in asked if each.covers(offer)]
        if fits:
            specificity, weight = max(fits)
            if weight > 0 and (weight, specificity) > best:
                best, found = (weight, specificity), media_type
    return found


def _covers_any(asked: Range, offered: Mapping[str, Offer]) -> bool:
    return any(asked.covers(offer) for offer in offered.values())


def _parsed(media_type: str) -> Offer:
    name, *rest = (part.strip() for part in media_type.split(";"))
    type, _, subtype = name.partition("/")
    parameters = (part.partition("=") for part in rest)
    return type, subtype, frozenset((key, value) for key, _, value in parameters)


def choose_profile(asked: str, known: Mapping[str, str]) -> str | None:
    """The name of the profile that suits an ``Accept-Profile`` header or ``_profile`` best.

    That is a list of IRIs in angle brackets or of names, of those `known` by name with their IRI,
    the default first. Those with the highest weight go first, and of them what is said first.
    ``None`` when none of them is there; the default for an empty list.

    >>> known = {"full": "https://example.org/ns", "schema": "https://schema.org/"}
    >>> choose_profile("<http://x/a>, <https://schema.org/>;q=0.5, *;q=0.1", known)
    'schema'
    """
    if len(asked) > LONGEST:
        raise ParameterError(f"more than {LONGEST} characters of profiles are not read")
    found = [_preference(member) for member in _LISTED.findall(asked) if member.strip()]
    for name, weight in sorted(found, key=lambda each: -each[1]):
        meant = next(iter(known)) if name == "*" else profiles.named(name, known)
        if meant is not None and weight > 0:
            return meant
    return None if found else next(iter(known))


def _preference(member: str) -> tuple[str, float]:
    """A profile of a list, and its weight; 0 for one that is malformed."""
    text = member.strip()
    if text.startswith("<"):
        name, _, rest = text[1:].partition(">")
    else:
        name, _, rest = text.partition(";")
    weights = [part.strip()[2:] for part in rest.split(";") if part.strip()[:2].lower() == "q="]
    return name.strip(), 1.0 if not weights else _weight(weights[0]) or 0.0


def wanted(accept: str | None, format: str | None = None) -> dict[Kind, str]:
    """The media type for each kind of answer that can be given as asked for.

    What kind a query gives is known only when it is parsed. `format` is a name, a suffix or a
    media type of a format, and goes before ``Accept``. Raises `UnknownFormat` when no kind is
    left.

    >>> wanted("*/*", "xml")["triples"], wanted("*/*", "ttl")
    ('application/rdf+xml', {'triples': 'text/turtle'})
    """
    return dict(_by_name(format) if format is not None else _by_accept(accept or "*/*"))


@lru_cache(512)
def _by_accept(accept: str) -> Mapping[Kind, str]:
    found: dict[Kind, str] = {}
    for kind in KINDS:
        try:
            found[kind] = choose(accept, media_types(kind))
        except UnknownFormat:
            continue
    if not found:
        choose(accept, [type for kind in KINDS for type in media_types(kind)])
    return found


def media_types(kind: Kind) -> list[str]:
    """The media types of all formats that a kind of answer can be sent in, best first."""
    own = _OFFERED[kind]
    also = [type for type, names in _ALSO.items() if any(each.name in names for each in own)]
    return [each.media_type for each in own] + also


def format_of(media_type: str, kind: Kind) -> Format:
    """The format in which answers of a kind have a media type, or `UnknownFormat`.

    >>> format_of("application/json", "triples").name
    'jsonld'
    """
    essence = _essence(media_type)
    names = _ALSO.get(essence, ())
    for each in _OFFERED[kind]:
        if _essence(each.media_type) == essence or each.name in names:
            return each
    raise unavailable(kind)


def unavailable(kind: Kind) -> UnknownFormat:
    """What to say when a kind of answer cannot be had as asked for."""
    what = {"rows": "rows are", "yes-no": "yes or no is", "triples": "triples are"}[kind]
    listed = ", ".join(f"{each.name} ({_essence(each.media_type)})" for each in _OFFERED[kind])
    return UnknownFormat(f"{what} not there in the format asked for; there are {listed}")


def _by_name(name: str) -> dict[Kind, str]:
    folded = name.strip().lower().replace(" ", "+")  # a plus that was not encoded
    names = _ALIASES.get(folded) or _ALSO.get(_essence(folded)) or ()
    found: dict[Kind, str] = {}
    for kind in KINDS:
        for each in _OFFERED[kind]:
            if (
                each.name in names
                or NAMES.get(folded) is each
                or _essence(each.media_type) == _essence(folded)
            ):
                found.setdefault(kind, each.media_type)
    if not found:
        listed = ", ".join(_ORDER)
        raise UnknownFormat(f"no answer can be sent as “{name[:100]}”; there are {listed}")
    return found


def _essence(media_type: str) -> str:
    return media_type.partition(";")[0].strip()
