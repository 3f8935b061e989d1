"""Sentences made of a template and names. A slot is ``{subject}``, ``{object}`` or ``{role}``.

>>> fill("{subject} signed {object}", "Andrew Cuomo", "the bill")
'Andrew Cuomo signed the bill'
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

NOT_STATED = "date not stated"
"""What stands in the place of a date that no source gives."""
Templates = tuple[str, str]
"""Two templates: of the sentence that begins with the subject, and of the inverse sentence."""

_SLOT = re.compile(r"\{(subject|object|role)(?: after (\w[\w ]*))?\}")
_VOWEL = re.compile(r"(?!eu|one\b|once|ubi|uni|use|usu|ut[ei])[aeiou]|hon|hour|heir", re.IGNORECASE)
_DATE = re.compile(r"(in|on|by|from|until|between) ")
_PERFECT = re.compile(
    r"\bhas (?:been|(had|held|\w+ed(?= (?:\{|(?:as|at|by|for|from|in|on|to|with)\b))))\b"
)
_BARE = "office of "
"""Words after which a name is without its “the”: “the office of Governor”."""


def fill(template: str, subject: str, object: str, roles: Sequence[str] = ()) -> str:
    """Return a template with names in its slots; several roles are joined by “and”.

    >>> fill("{subject} joined {object} as {role}", "Ada", "the founding", ["founder", "host"])
    'Ada joined the founding as founder and host'
    """
    if is_plain(template):
        names = {"subject": subject, "object": object, "": ""}
        return "".join([text + names[slot] for text, slot, _ in parts(template)])
    return "".join([text for text, _ in pieces(template, names_of(subject, object, roles))])


def names_of(subject: str, object: str, roles: Sequence[str] = ()) -> dict[str, str]:
    """Return the texts that slots are filled with, by the names of the slots."""
    return {"subject": subject, "object": object, "role": " and ".join(roles)}


def pieces(template: str, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the texts of a sentence in order, each with the slot that it fills, else ``""``.

    A name after “office of” is without its “the”. What fills a slot such as ``{object after
    founding of}`` is what comes after these words in the name, and counts as no slot.

    >>> names = names_of("Ada", "the Governor of Utopia")
    >>> [text for text, _ in pieces("{subject} held the office of {object}", names)]
    ['Ada', ' held the office of ', 'Governor of Utopia']
    >>> names = names_of("Ada", "the founding of the club")
    >>> [*pieces("{subject} founded {object after founding of}", names)]
    [('Ada', 'subject'), (' founded the club', '')]
    """
    words = ""
    for text, slot, prefix in parts(template):
        words += text
        name = names.get(slot, "")
        if words.endswith(_BARE):
            name = name.removeprefix("the ")
        if prefix:
            words += after(name, prefix) or name
        elif name:
            if words:
                yield words, ""
            yield name, slot
            words = ""
    if words:
        yield words, ""


def after(name: str, words: str) -> str:
    """Return the rest of a name that begins with some words; ``""`` if it does not begin so.

    >>> after("the founding of the club", "founding of"), after("a party", "founding of")
    ('the club', '')
    """
    match = re.match(rf"(?:the )?{re.escape(words)} (?=\S)", name, re.IGNORECASE)
    return name[match.end() :] if match else ""


def can_fill(template: str, object: str) -> bool:
    """Return True if the name of an object has the words that the slots of a template ask for.

    >>> can_fill("{subject} founded {object after founding of}", "the launch of the club")
    False
    """
    prefixes = (prefix for _, _, prefix in parts(template) if prefix)
    return all(after(object, prefix) for prefix in prefixes)


def default_templates(label: str) -> Templates:
    """Return templates for both directions of a predicate, made of its label or local name.

    They are for predicates whose sentences the ontology does not give.

    >>> default_templates("knows")
    ('{subject} knows {object}', '{object}: knows of {subject}')
    """
    return f"{{subject}} {label} {{object}}", f"{{object}}: {label} of {{subject}}"


def with_role(templates: Templates) -> Templates:
    """Return templates that also tell the role of the subject.

    >>> with_role(("{subject} sat on {object}", "{object} had {subject} sit on it as {role}"))
    ('{subject} sat on {object} as {role}', '{object} had {subject} sit on it as {role}')
    """
    sentence, inverse = (t if "{role}" in t else f"{t} as {{role}}" for t in templates)
    return sentence, inverse


def verb(template: str, roles: Sequence[str] = ()) -> tuple[str, bool]:
    """Return the words between the names of a template, and whether the subject comes first.

    >>> verb("{subject} signed {object} into law"), verb("{object} had the office of {subject}")
    (('signed … into law', True), ('had the office of', False))
    """
    filled = [*pieces(template, {"subject": "…", "object": "…", "role": " and ".join(roles)})]
    ends = [slot for _, slot, _ in parts(template) if slot in ("subject", "object")]
    return "".join(text for text, _ in filled).strip("… "), ends[:1] != ["object"]


@lru_cache(maxsize=1024)
def is_plain(template: str) -> bool:
    """Return True if a template takes names unchanged and does not tell roles; cached."""
    slots = all(slot != "role" and not prefix for _, slot, prefix in parts(template))
    return slots and _BARE not in template


@lru_cache(maxsize=1024)
def parts(template: str) -> tuple[tuple[str, str, str], ...]:
    """Return the pieces of a template: a text, the slot after it, and the words of “after”; cached.

    The last has no slot.

    >>> parts("{subject} founded {object after founding of}")
    (('', 'subject', ''), (' founded ', 'object', 'founding of'), ('', '', ''))
    """
    texts = [part or "" for part in _SLOT.split(template)] + ["", ""]
    return tuple(zip(texts[::3], texts[1::3], texts[2::3], strict=True))


def full_stop(sentence: str) -> str:
    """Return a sentence with a full stop at its end, unless it ends in one already.

    >>> full_stop("A signed B"), full_stop("A has the title: An act on models.")
    ('A signed B.', 'A has the title: An act on models.')
    """
    return sentence if sentence.endswith(".") else f"{sentence}."


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


def is_stated(date: str) -> bool:
    """Return True if words are a date, and not a remark such as “date not stated”.

    >>> is_stated("in May 2018"), is_stated("as of May 2018"), is_stated("")
    (True, False, False)
    """
    return bool(_DATE.match(date))


def dated(sentence: str, date: str, *, after_text: bool = False) -> str:
    """Return a sentence with its date in words after it, or as it is if the date is ``""``.

    A comma comes before it if the sentence ends `after_text`, the words of a literal, which the
    date would seem to go on with. A remark in the place of the date is in brackets.

    >>> dated("A signed B", "in May 2018"), dated("A did: b", "in May 2018", after_text=True)
    ('A signed B in May 2018', 'A did: b, in May 2018')
    >>> dated("A is B", "as of May 2018"), dated("A is B", "")
    ('A is B (as of May 2018)', 'A is B')
    """
    if not is_stated(date):
        return f"{sentence} ({date})" if date else sentence
    return f"{sentence}{',' if after_text else ''} {date}"


def beside_date(template: str, date: str) -> str:
    """Return a template as it reads with a date: “has served” is “served” if one is stated.

    A word in “-ed” counts as a verb before a slot or a preposition, but not before a noun.

    >>> beside_date("{subject} has served on {object}", "in May 2018")
    '{subject} served on {object}'
    >>> beside_date("{subject} has been in {object}", "until 2019"), beside_date("x has had y", "")
    ('{subject} was in {object}', 'x has had y')
    >>> beside_date("{subject} has limited liability as {object}", "in 2019")
    '{subject} has limited liability as {object}'
    """
    if not is_stated(date):
        return template
    return _PERFECT.sub(lambda match: match[1] or "was", template, count=1)


def date_first(clause: str, date: str) -> str:
    """Return a clause as a sentence with its date in words before it, if one is stated.

    For what says that something else was so: a date at its end would read as that of the latter.

    >>> date_first("the Model Alliance announced that A signed B", "in May 2018")
    'In May 2018 the Model Alliance announced that A signed B'
    """
    if not is_stated(date):
        return dated(capitalised(clause), date)
    return capitalised(f"{date}{',' if ',' in date else ''} {clause}")


def is_told(name: str, kind: str, subject: str) -> bool:
    """Return True if the name of an event says only its kind and the thing that underwent it.

    >>> is_told("the founding of the club", "founding", "the club"), is_told("", "launch", "it")
    (True, True)
    >>> is_told("the entry into force of Part 2 of the Act", "entry into force", "the Act")
    False
    """
    kind, name, subject = (text.casefold().removeprefix("the ") for text in (kind, name, subject))
    return name in ("", f"{kind} of {subject}", f"{kind} of the {subject}")
