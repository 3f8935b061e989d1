"""Sentences made of a template and two names. A slot is ``{subject}`` or ``{object}``.

>>> fill("{subject} signed {object}", "Andrew Cuomo", "the bill")
'Andrew Cuomo signed the bill'
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_SLOT = re.compile(r"\{(subject|object)\}")
_VOWEL = re.compile(r"(?!eu|one\b|once|ubi|uni|use|usu|ut[ei])[aeiou]|hon|hour|heir", re.IGNORECASE)


def fill(template: str, subject: str, object: str, roles: Sequence[str] = ()) -> str:
    """Return a template with names in its slots, followed by “as” and the roles, if any.

    >>> fill("{subject} took part in {object}", "Ada", "the founding", ["founder", "host"])
    'Ada took part in the founding as founder and host'
    """
    names = {"subject": subject, "object": object}
    text = "".join([names[part] if is_slot else part for part, is_slot in parts(template)])
    return f"{text} as {' and '.join(roles)}" if roles else text


def default_templates(label: str) -> tuple[str, str]:
    """Return templates for both directions of a predicate, made of its label or local name.

    They are for predicates whose sentences the ontology does not give.

    >>> default_templates("knows")
    ('{subject} knows {object}', '{object}: knows of {subject}')
    """
    return f"{{subject}} {label} {{object}}", f"{{object}}: {label} of {{subject}}"


def verb(template: str) -> tuple[str, bool]:
    """Return the words between the slots of a template, and whether the subject comes first.

    >>> verb("{subject} signed {object} into law"), verb("{object} had the office of {subject}")
    (('signed … into law', True), ('had the office of', False))
    """
    pieces = parts(template)
    slots = [text for text, is_slot in pieces if is_slot]
    words = "".join("…" if is_slot else text for text, is_slot in pieces)
    return words.strip("… "), slots[:1] != ["object"]


@lru_cache(maxsize=1024)
def parts(template: str) -> tuple[tuple[str, bool], ...]:
    """Return the pieces of a template, each with whether it is a slot; cached.

    Texts and the names of slots (``subject``, ``object``) alternate.
    """
    return tuple((part, bool(place % 2)) for place, part in enumerate(_SLOT.split(template)))


def capitalised(text: str) -> str:
    """Return a text with its first letter in upper case.

    >>> capitalised("the bill became law")
    'The bill became law'
    """
    return text[:1].upper() + text[1:]


def with_article(noun: str) -> str:
    """Return a noun with “a” or “an” before it, by the sound with which it begins.

    >>> with_article("organisation"), with_article("unit"), with_article("bill")
    ('an organisation', 'a unit', 'a bill')
    """
    return f"{'an' if _VOWEL.match(noun) else 'a'} {noun}"


def dated(sentence: str, date: str) -> str:
    """Return a sentence with its date in words after it, or as it is if the date is ``""``.

    >>> dated("A signed B", "in May 2018"), dated("A is B", "")
    ('A signed B, in May 2018', 'A is B')
    """
    if not date:
        return sentence
    return f"{sentence} ({date})" if date == "date not stated" else f"{sentence}, {date}"


def date_first(clause: str, date: str) -> str:
    """Return a clause as a sentence with its date in words before it, if one is stated.

    For what says that something else was so: a date at its end would read as that of the latter.

    >>> date_first("the Model Alliance announced that A signed B", "in May 2018")
    'In May 2018 the Model Alliance announced that A signed B'
    """
    if date in ("", "date not stated"):
        return dated(capitalised(clause), date)
    return capitalised(f"{date}{',' if ',' in date else ''} {clause}")
