r"""Content negotiation: the media type that suits an ``Accept`` header best (RFC 9110).

>>> choose("text/turtle;q=0.5, application/ld+json", ["text/turtle", "application/ld+json"])
'application/ld+json'
>>> wanted("text/csv, text/turtle;q=0.9")["triples"]
'text/turtle'
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

from allgraph.errors import ParameterError, UnknownFormat
from allgraph.linkeddata import profiles
from allgraph.rdf.formats import FORMATS, NAMES, Format, Kind

LONGEST = 8_192
"""The maximum number of characters of an ``Accept`` header."""

KINDS: tuple[Kind, ...] = ("rows", "yes-no", "triples")
_ORDER = ("json", "xml", "csv", "tsv", "turtle", "jsonld", "ntriples", "rdfxml", "trig", "nquads")
_BY_NAME = {format.name: format for format in FORMATS}
_FORMATS_OF_KIND: Mapping[Kind, tuple[Format, ...]] = {
    kind: tuple(_BY_NAME[name] for name in _ORDER if kind in _BY_NAME[name].kinds) for kind in KINDS
}
_WIDER_TYPES: Mapping[str, tuple[str, ...]] = {  # with the names of the formats that they cover
    "application/json": ("json", "jsonld"),
    "application/xml": ("xml", "rdfxml"),
    "text/xml": ("xml", "rdfxml"),
    "text/n3": ("turtle",),
}
_ALIASES: Mapping[
    str, tuple[str, ...]
] = {  # values of ``format=`` that clients send beside our names
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


class Range(NamedTuple):
    """A media range of an ``Accept`` header, in lower case, and its weight; or a media type."""

    type: str
    subtype: str
    parameters: Parameters
    weight: float

    @property
    def specificity(self) -> tuple[int, int]:
        """The key that sorts ranges by how specific they are; that of ``*/*`` is the least.

        It is the number of the two names that are not ``*``, then the number of parameters.
        """
        return (self.type != "*") + (self.subtype != "*"), len(self.parameters)

    def covers(self, offer: Range) -> bool:
        """Return True if a media type is in the range.

        It has to have all parameters of the range, and may have more.
        """
        return (
            self.type in ("*", offer.type)
            and self.subtype in ("*", offer.subtype)
            and self.parameters <= offer.parameters
        )


def ranges(accept: str) -> list[Range]:
    """Parse the media ranges of an ``Accept`` header; malformed members are skipped.

    ``*`` is taken for ``*/*`` and ``.2`` for ``0.2``, as some old clients have it. The parameter
    ``charset=utf-8`` is ignored, for all that is offered is in UTF-8. Raises `ParameterError`
    for a header that is too long.

    >>> [media_range.weight for media_range in ranges("text/html, a/b;q=0.25, , no, */*;q=x")]
    [1.0, 0.25]
    """
    if len(accept) > LONGEST:
        raise ParameterError(f"the Accept header has more than {LONGEST} characters")
    parsed = (_parse_range(member) for member in _MEMBER.findall(accept))
    return [media_range for media_range in parsed if media_range is not None]


def _parse_range(member: str) -> Range | None:
    """Parse one member of an ``Accept`` header, such as ``text/*;q=0.5``; None if malformed.

    ``charset=utf-8`` and what follows the weight are left out; without a weight it is 1.
    """
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
            quality = parse_weight(value)
            if quality is None:
                return None
            weight = quality
            break  # what follows the weight is no longer about the media type
        if (key, value.lower()) != ("charset", "utf-8"):
            parameters.add((key, value.lower() if key == "charset" else value))
    return Range(match[1].lower(), match[2].lower(), frozenset(parameters), weight)


def parse_weight(text: str) -> float | None:
    """Parse a weight such as ``0.5``; more than 1 becomes 1; None if it is malformed."""
    if not _WEIGHT.fullmatch(text) or text in ("", "."):
        return None
    return min(float(text), 1.0)


def _unquoted(value: str) -> str:
    """The value of a parameter without its quotes and escapes, if it is quoted."""
    return re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL) if value[0] == '"' else value


def choose(accept: str | None, offered: Sequence[str]) -> str:
    """Return the media type of those `offered`, best first, that suits an ``Accept`` header best.

    The most specific range that covers a type gives it its weight. Among types of the same
    weight, one that the client names goes before one of a wildcard, and then the order of
    `offered` decides. If nothing is acceptable, ranges with parameters that no type has are
    tried again without them. Without a header the first type is returned. Raises `UnknownFormat`
    if nothing is acceptable then, and `ParameterError` for a header that is too long.

    >>> choose("text/*;q=0.3, text/csv;q=0", ["text/csv", "text/html", "image/png"])
    'text/html'
    >>> choose("image/gif", ["text/csv", "text/html"])
    Traceback (most recent call last):
      ...
    allgraph.errors.UnknownFormat: no media type that you accept is available; \
there are text/csv, text/html
    """
    return _choose(accept or "*/*", tuple(offered))


@lru_cache(512)  # most clients send the same header
def _choose(accept: str, offered: tuple[str, ...]) -> str:
    """Return the type that `choose` returns, or raise its errors; caches the last 512 types."""
    accepted = ranges(accept) or ranges("*/*")
    parsed = ((media_type, _parse_range(media_type)) for media_type in offered)
    offers = {media_type: offer for media_type, offer in parsed if offer is not None}
    best = _best(accepted, offers)
    if best is None and any(accepting.parameters for accepting in accepted):
        best = _best([_relaxed(accepting, offers) for accepting in accepted], offers)
    if best is not None:
        return best
    listed = ", ".join(dict.fromkeys(map(_essence, offered)))
    raise UnknownFormat(f"no media type that you accept is available; there are {listed}")


def _best(accepted: list[Range], offers: Mapping[str, Range]) -> str | None:
    """Return the first type with the highest weight, then specificity; None if none is accepted.

    `offers` has the media types with their parts. The weight of a type is that of the most specific
    range that covers it.
    """
    best, highest = None, (0.0, (0, 0))
    for media_type, offer in offers.items():
        covering = [
            (accepting.specificity, accepting.weight)
            for accepting in accepted
            if accepting.covers(offer)
        ]
        if covering:
            specificity, weight = max(covering)
            if weight > 0 and (weight, specificity) > highest:
                best, highest = media_type, (weight, specificity)
    return best


def _relaxed(accepting: Range, offers: Mapping[str, Range]) -> Range:
    """Return a media range, without its parameters if it covers none of the `offers`.

    One with weight 0 keeps them.
    """
    if not accepting.weight or any(map(accepting.covers, offers.values())):
        return accepting
    return accepting._replace(parameters=frozenset())


def choose_profile(requested: str, iris: Mapping[str, str]) -> str | None:
    """Return the name of the profile that suits an ``Accept-Profile`` header best, or None.

    `requested` is the header, or the parameter ``_profile``: a list of names, or of IRIs in angle
    brackets. `iris` are the IRIs of the profiles by name, the default first. The highest weight
    wins, then the order of the list. An empty list gives the default. Raises `ParameterError` for
    a list that is too long.

    >>> iris = {"full": "https://example.org/ns", "schema": "https://schema.org/"}
    >>> choose_profile("<http://x/a>, <https://schema.org/>;q=0.5, *;q=0.1", iris)
    'schema'
    """
    if len(requested) > LONGEST:
        raise ParameterError(f"the names of profiles may have at most {LONGEST} characters")
    default = next(iter(iris))
    preferences = [
        _parse_preference(member) for member in _LISTED.findall(requested) if member.strip()
    ]
    for name, weight in sorted(preferences, key=lambda preference: -preference[1]):
        profile = default if name == "*" else profiles.named(name, iris)
        if profile is not None and weight > 0:
            return profile
    return None if preferences else default


def _parse_preference(member: str) -> tuple[str, float]:
    """Return the name or IRI of a member of a list of profiles, and its weight.

    The IRI is without angle brackets. The weight is 1 if there is none, and 0 if it is malformed.
    """
    text = member.strip()
    if text.startswith("<"):
        name, _, rest = text[1:].partition(">")
    else:
        name, _, rest = text.partition(";")
    weights = [part.strip()[2:] for part in rest.split(";") if part.strip()[:2].lower() == "q="]
    return name.strip(), 1.0 if not weights else parse_weight(weights[0]) or 0.0


def wanted(accept: str | None, format: str | None = None) -> dict[Kind, str]:
    """Return the media type for each kind of answer (rows, yes-no, triples) that a client accepts.

    The kind of a query is known only when it is parsed. `format` is a name, a suffix or a media
    type of a format, and goes before the header `accept`; without either all is accepted. Kinds
    that are not accepted are left out. Raises `UnknownFormat` when none is accepted, and
    `ParameterError` for a header that is too long.

    >>> wanted("*/*", "xml")["triples"], wanted("*/*", "ttl")
    ('application/rdf+xml', {'triples': 'text/turtle'})
    """
    return dict(_by_name(format) if format is not None else _by_accept(accept or "*/*"))


@lru_cache(512)
def _by_accept(accept: str) -> Mapping[Kind, str]:
    """Return the media type for each kind of answer that an ``Accept`` header covers.

    Other kinds are left out. The last 512 results are cached, so callers must not change them.
    Raises `UnknownFormat` if there is none, and `ParameterError` for a header that is too long.
    """
    types: dict[Kind, str] = {}
    for kind in KINDS:
        with suppress(UnknownFormat):
            types[kind] = choose(accept, media_types(kind))
    if not types:
        choose(accept, [type for kind in KINDS for type in media_types(kind)])  # which raises
    return types


def media_types(kind: Kind) -> list[str]:
    """Return the media types for a kind of answer, best first.

    Last come those that stand for several formats, such as ``application/json``.
    """
    types = [format.media_type for format in _FORMATS_OF_KIND[kind]]
    names = {format.name for format in _FORMATS_OF_KIND[kind]}
    return types + [wider for wider, covered in _WIDER_TYPES.items() if names & {*covered}]


def format_of(media_type: str, kind: Kind) -> Format:
    """Return the format of a media type for a kind of answer, or raise `UnknownFormat`.

    >>> format_of("application/json", "triples").name
    'jsonld'
    """
    essence = _essence(media_type)
    names = _WIDER_TYPES.get(essence, ())
    for format in _FORMATS_OF_KIND[kind]:
        if _essence(format.media_type) == essence or format.name in names:
            return format
    raise unavailable(kind)


def unavailable(kind: Kind) -> UnknownFormat:
    """Return the error for a kind of answer that does not exist in the format asked for.

    Its message lists the formats for the kind.
    """
    what = {"rows": "rows are", "yes-no": "yes or no is", "triples": "triples are"}[kind]
    listed = ", ".join(
        f"{format.name} ({_essence(format.media_type)})" for format in _FORMATS_OF_KIND[kind]
    )
    return UnknownFormat(f"{what} not available in the format asked for; there are {listed}")


def _by_name(name: str) -> dict[Kind, str]:
    """Return the media type for each kind of answer in a format, else `UnknownFormat`.

    `name` is a name, suffix or media type of the format, or a name for several formats, such as
    ``json``, which is another format for each kind. Kinds that it cannot hold are left out.
    """
    folded = name.strip().lower().replace(" ", "+")  # a plus that was not encoded
    essence = _essence(folded)
    names = _ALIASES.get(folded) or _WIDER_TYPES.get(essence) or ()
    types: dict[Kind, str] = {}
    for kind in KINDS:
        for format in _FORMATS_OF_KIND[kind]:
            is_named = format.name in names or NAMES.get(folded) is format
            if is_named or _essence(format.media_type) == essence:
                types.setdefault(kind, format.media_type)
    if not types:
        listed = ", ".join(_ORDER)
        raise UnknownFormat(f"no answer can be sent as “{name[:100]}”; there are {listed}")
    return types


def _essence(media_type: str) -> str:
    """A media type without its parameters."""
    return media_type.partition(";")[0].strip()
