"""Comparing names without case and accents, and searching them without apostrophes and the like.

Things have names that others gave them too: identifiers, in `Schemes` of these.

>>> fold("Gisele BÜNDCHEN"), key("  Gisele   BÜNDCHEN ")
('gisele bundchen', 'gisele bundchen')
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from urllib.parse import unquote

from pyoxigraph import Literal, NamedNode

from allgraph.rdf.terms import Term, literal, local_name, text

_FEWEST_LETTERS = 4  # of a word that may have a typo
_JOINERS = ".'\u2018\u2019\u2010\u2011\u2026-"
"""What a search ignores, as it stands inside of words: full stops, apostrophes and hyphens.

A hyphen is last, since it would have a meaning elsewhere in the brackets of a pattern.
"""
_WITHOUT_JOINERS = str.maketrans("", "", _JOINERS)
_SEPARATORS = re.compile(
    "[\0-/:-@[-`{-\u00bf\u2000-\u206f\u3000-\u3004\u3008-\u301f\u3030\ufe00-\ufe0f\ufeff"
    "\ufff9-\ufffd]+"
)
_END = re.compile("(?<=.)(?:Id|Title)$")  # of the name of a scheme, which a short name lacks
_HUMP = re.compile("(?<=[a-z0-9])(?=[A-Z])")
_WEB = re.compile(r"^(?:(?:https?:)?//(?:www\.)?|www\.)", re.IGNORECASE)


def fold(name: str) -> str:
    """Return a text without case and accents.

    >>> fold("Gisele BÜNDCHEN")
    'gisele bundchen'
    """
    if name.isascii():
        return name.lower()
    parts = unicodedata.normalize("NFKD", name.casefold())
    return "".join(char for char in parts if not unicodedata.combining(char))


def key(name: str) -> str:
    """Return a name without case and accents, with single spaces: equal for names that match."""
    return " ".join(fold(name).split())


def bare(name: str) -> str:
    """Return a `key` without full stops, apostrophes and hyphens: what names are searched by.

    >>> bare("S.5486 – L’Oréal"), bare("...")
    ('s5486 – loreal', '')
    """
    return " ".join(fold(name).translate(_WITHOUT_JOINERS).split())


def words(folded: str) -> list[str]:
    """Return the words of a text that `fold` has returned; a text of separators only is one word.

    >>> words(fold("L’Oréal (Paris)")), words("?!")
    (['l', 'oreal', 'paris'], ['?!'])
    """
    letters = [word for word in _SEPARATORS.split(folded) if word]
    whole = folded.strip(" ")
    return letters or ([whole] if whole else [])


def split(name: str) -> list[str]:
    """Return the words of a name in lower case, with their accents."""
    return unicodedata.normalize("NFC", name.casefold()).split()


def pattern(name: str) -> str:
    """Return a regular expression (text) that matches a name with any accents and white space.

    The name may also have other full stops, apostrophes and hyphens. It is in lower case, to be
    used without regard to case.
    """
    words = split(name.translate(_WITHOUT_JOINERS))
    spaces = rf"[\s{_JOINERS}]+"
    return spaces.join("".join(map(_letter_pattern, re.findall("ss|.", word))) for word in words)


def whole_pattern(name: str) -> str:
    """Return a regular expression as `pattern` does, for names with no more; ``""`` if blank.

    >>> whole_pattern(" "), len(whole_pattern("a")) - len(pattern("a"))
    ('', 28)
    """
    inner, spaces = pattern(name), rf"[\s{_JOINERS}]*"
    return f"^{spaces}{inner}{spaces}$" if inner else ""


@dataclass(frozen=True)
class Words:
    """The words that a name has to have, in any order, each whole or as a part of a word.

    With `is_lenient`, one of them may have a typo: then a word of the name differs from it by one
    letter too many, too few or wrong, or by two letters in the wrong order. Case, accents, full
    stops, apostrophes and hyphens do not matter. Words of fewer than `_FEWEST_LETTERS` letters have
    no typos.

    >>> Words("s5486 senate").match("New York Senate bill S.5486")
    True
    >>> Words("snate 5486").match("New York Senate bill S.5486")
    False
    >>> Words("snate 5486", is_lenient=True).match("New York Senate bill S.5486")
    True
    """

    text: str
    is_lenient: bool = False

    @cached_property
    def parts(self) -> list[str]:
        """Texts, of which every name that matches contains at least one, when both are `bare`.

        They are the longest word, or its halves. Empty where no name can match.
        """
        longest = max(self._written_words, key=len, default="")
        if not self.is_lenient:
            return [longest] if pattern(longest) else []
        return _halves(longest) if can_have_typo(longest) else []

    def alternatives(self, near: Callable[[str], Iterable[str]]) -> list[list[str]]:
        """Return lists of `bare` texts: a name that matches has all texts of one list, when `bare`.

        `near` gives the words of names that differ from a word by one typo.
        """
        own = self.bare_words
        if not self.is_lenient:
            return [own]
        places = [place for place, word in enumerate(own) if can_have_typo(word)]
        spelled = (
            [*own[:place], word, *own[place + 1 :]] for place in places for word in near(own[place])
        )
        return [own, *spelled] if places else []

    @cached_property
    def pattern(self) -> str:
        """A regular expression for the names that may match; ``""`` if none can.

        It asks for one of `parts`, or without typos for the two longest words.
        """
        if self.is_lenient or not self.parts:
            return "|".join(filter(None, map(pattern, self.parts)))
        others = [word for word in self._written_words if word not in self.parts[0]]
        one, other = pattern(self.parts[0]), pattern(max(others, key=len, default=""))
        return f"{one}.*{other}|{other}.*{one}" if other else one

    def match(self, name: str) -> bool:
        """Return whether a name has these words."""
        return self.match_key(bare(name))

    def match_key(self, folded: str) -> bool:
        """Return whether a name has these words, given as `bare` returns it."""
        others = [word for word in self.bare_words if word not in folded]
        if not self.is_lenient:
            return not others
        if not others:
            return any(map(can_have_typo, self.bare_words))
        return (
            len(others) == 1
            and can_have_typo(others[0])
            and any(is_one_typo(others[0], word) for word in words(folded))
        )

    @cached_property
    def _written_words(self) -> list[str]:
        """The words in lower case, with their accents, without full stops and the like."""
        written = split(self.text.translate(_WITHOUT_JOINERS))
        return words(" ".join(written)) if self.is_lenient else written

    @cached_property
    def bare_words(self) -> list[str]:
        """The words without case, accents, full stops, apostrophes and hyphens, each once.

        With a typo, other signs are not part of words either.
        """
        folded = bare(self.text)
        return [*dict.fromkeys(words(folded) if self.is_lenient else folded.split())]


def match_rank(wanted: str, name: str) -> tuple[bool, ...]:
    """Return a sort key for a name that was found: how far it is from the text that was wanted.

    First are names that are the text, then those with its words in another order, those that begin
    with it, those with it inside, others with as many words, and all others; they are compared as
    `bare` returns them.
    """
    text, own = bare(wanted), bare(name)
    words, own_words = sorted(text.split()), sorted(own.split())
    as_many = len(own_words) == len(words)
    return own != text, own_words != words, not own.startswith(text), text not in own, not as_many


def can_have_typo(word: str) -> bool:
    """Return whether a word is so long that it may have a typo."""
    return len(word) >= _FEWEST_LETTERS


def _halves(word: str) -> list[str]:
    """Return parts of a word; every word that differs from it by one typo contains one of them.

    A typo leaves one half of it as it is, or else swaps the letters where the halves meet.
    """
    middle = len(word) // 2
    return [word[:middle], word[middle:], swapped(word, middle - 1)]


def swapped(word: str, place: int) -> str:
    """Return a word with the letter at a place and the next one in the other order.

    >>> swapped("elson", 1)
    'eslon'
    """
    return word[:place] + word[place : place + 2][::-1] + word[place + 2 :]


def is_one_typo(word: str, other: str) -> bool:
    """Return whether words are equal, or differ by one letter, or by two neighbours swapped.

    >>> [is_one_typo("elson", other) for other in ("elsen", "eslon", "elon", "elsson", "nelsen")]
    [True, True, True, True, False]
    """
    if abs(len(word) - len(other)) > 1:
        return False
    pairs = enumerate(zip(word, other, strict=False))
    start = next((place for place, (one, two) in pairs if one != two), min(len(word), len(other)))
    word, other = word[start:], other[start:]
    return other in (swapped(word, 0), word[1:]) or word == other[1:] or word[1:] == other[1:]


@cache
def _accented_letters() -> dict[str, str]:
    """Return, by letter, a text of the characters that `fold` turns into it; cached.

    Characters are tried from the blocks of Latin, Greek, Cyrillic, kana and full-width letters.
    """
    accented: dict[str, str] = {}
    for low, high in ((0xC0, 0x600), (0x1E00, 0x2000), (0x3040, 0x3100), (0xFF00, 0xFFF0)):
        for char in map(chr, range(low, high)):
            base = fold(char)
            if len(base) == 1 and base != char and base.isalnum():
                accented[base] = accented.get(base, "") + char
    return accented


def _letter_pattern(char: str) -> str:
    """Return a regular expression for a letter with or without accents; other marks are escaped.

    `char` is one character, or “ss”, which also matches “ß”. A ligature matches its letters too.
    """
    folded = fold(char)
    if char == "ss" or len(folded) > 1:
        whole = "ß" if char == "ss" else char
        return f"(?:{''.join(map(_letter_pattern, folded))}|{whole})"
    if not folded.isalnum():
        return re.sub(r"[\\.^$*+?()\[\]{}|]", r"\\\g<0>", folded)
    return f"[{folded}{_accented_letters().get(folded, '')}][\u0300-\u036f{_JOINERS}]*"


# ---- Identifiers that others gave


@dataclass(frozen=True)
class Scheme:
    """A system of identifiers: its IRI, its label, and templates of addresses with ``{id}``."""

    iri: str
    label: str
    templates: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The short name, such as ``wikidata`` for ``ag:WikidataId``.

        >>> Scheme("https://w3id.org/allgraph/ns#HouseCommitteeId", "").name
        'house-committee'
        """
        return "-".join(_HUMP.split(_END.sub("", local_name(self.iri)))).lower()

    @property
    def names(self) -> set[str]:
        """All names by which it is known, as `plain` returns them."""
        return {plain(name) for name in (self.name, local_name(self.iri), self.label)} - {""}

    def literals(self, identifier: str) -> Iterator[Literal]:
        """Yield the literals of an identifier in this scheme, in the ways it may be written."""
        for way in ways(identifier):
            yield Literal(way, datatype=NamedNode(self.iri))

    def of_address(self, address: str) -> Iterator[str]:
        """Yield the identifiers that an address without ``http://www.`` stands for.

        Spaces may be written as ``_`` there, as wikis do.
        """
        for template in self.templates:
            before, _, after = _WEB.sub("", template, count=1).partition("{id}")
            written = address.removeprefix(before).removesuffix(after)
            if written and address == before + written + after:
                identifier = unquote(written)
                yield from dict.fromkeys((identifier, identifier.replace("_", " ")))


class Schemes:
    """The schemes of identifiers of a graph.

    >>> template = "http://www.wikidata.org/entity/{id}"
    >>> wikidata = Scheme("https://w3id.org/allgraph/ns#WikidataId", "Wikidata", (template,))
    >>> meant = Schemes([wikidata]).meant("https://www.wikidata.org/entity/Q5")
    >>> [identifier.value for identifier in meant]
    ['Q5', 'q5']
    """

    def __init__(self, schemes: Iterable[Scheme]) -> None:
        self._schemes = sorted(schemes, key=lambda scheme: scheme.iri)

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Term | None]]) -> Schemes:
        """Return the schemes in rows of the house question ``schemes``."""
        labels: dict[str, str] = {}
        templates: dict[str, dict[str, None]] = {}
        for row in rows:
            iri = text(row["scheme"])
            labels[iri] = max(labels.get(iri, ""), text(row["label"]))
            templates.setdefault(iri, {})[text(row["template"])] = None
        return cls(
            Scheme(iri, label, tuple(sorted(filter(None, templates[iri]))))
            for iri, label in labels.items()
        )

    @property
    def names(self) -> list[str]:
        """The short names of all schemes, sorted."""
        return sorted(scheme.name for scheme in self._schemes)

    @property
    def by_name(self) -> dict[str, str]:
        """The short name of each scheme by all its names, as `plain` returns them."""
        return {name: scheme.name for scheme in self._schemes for name in sorted(scheme.names)}

    @property
    def addresses(self) -> list[tuple[str, str]]:
        """The templates of addresses of all schemes, each with the short name of its scheme."""
        return [(one, scheme.name) for scheme in self._schemes for one in scheme.templates]

    def name_of(self, iri: str) -> str:
        """Return the short name of the scheme with an IRI; the IRI itself if there is none."""
        return next((scheme.name for scheme in self._schemes if scheme.iri == iri), iri)

    def templates(self, iri: str) -> tuple[str, ...]:
        """Return the templates of addresses of the scheme with an IRI; none if there is none."""
        return next((scheme.templates for scheme in self._schemes if scheme.iri == iri), ())

    def named(self, name: str) -> list[Scheme]:
        """Return the schemes with a name: a short one, that of the ontology, or the label.

        Case and all but letters and digits are ignored.
        """
        wanted = plain(name)
        return [scheme for scheme in self._schemes if wanted in scheme.names]

    def meant(self, written: str) -> list[Literal]:
        """Return the identifiers that a text ``SCHEME:VALUE``, or an address, stands for."""
        name, colon, value = written.partition(":")
        identifiers = [
            typed for scheme in self.named(name) for typed in scheme.literals(value.strip())
        ]
        if not colon or not value.strip():
            identifiers = []
        address = _WEB.sub("", written, count=1)
        if address != written:
            short = re.split("[?#]", address)[0]
            for ending in dict.fromkeys((address, short, short.rstrip("/"))):
                for scheme in self._schemes:
                    for identifier in scheme.of_address(ending):
                        identifiers += scheme.literals(identifier)
        return [*dict.fromkeys(identifiers)]

    def any_of(self, identifier: str) -> Sequence[Literal]:
        """Return an identifier as plain literals, and as literals of all schemes."""
        typed = (one for scheme in self._schemes for one in scheme.literals(identifier))
        return [*map(literal, ways(identifier)), *typed]


def pages(written: str) -> list[str]:
    """Return the ways in which an address may be written; none for a text that is no address.

    >>> pages("www.club.example/a/")[:3]
    ['https://club.example/a', 'https://www.club.example/a', 'http://club.example/a']
    """
    rest = _WEB.sub("", written, count=1).rstrip("/")
    if len(rest) >= len(written.rstrip("/")):
        return []
    starts = ("https://", "https://www.", "http://", "http://www.", "", "www.")
    return [start + rest + end for end in ("", "/") for start in starts]


def plain(name: str) -> str:
    """Return the letters and digits of the name of a scheme, in lower case and without accents."""
    return "".join(char for char in fold(name) if char.isalnum())


def ways(identifier: str) -> list[str]:
    """Return the ways in which an identifier may be written: as it is, in lower and upper case."""
    return [*dict.fromkeys((identifier, identifier.lower(), identifier.upper()))]
