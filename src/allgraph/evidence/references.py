r"""References to what can be cited, in the forms that programs for references read.

Text, BibTeX, RIS and CSL-JSON have the same fields. Each value is on one line and escaped as its
form demands.

>>> print(Reference("a", "page", "50% {off} & more", "https://example.org/a%20b").bibtex)
@misc{a,
  title = {{50\% \textbraceleft{}off\textbraceright{} \& more}},
  url = {https://example.org/a%20b},
}
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

from allgraph.model import edtf
from allgraph.render.html import clean

KINDS = {"dataset": "DATA", "entry": "DATA", "page": "ELEC"}
"""The kinds of what is cited, each with its type in RIS; an entry is a part of a dataset."""
_CSL_KINDS = {"page": "webpage"}
_LATEX = str.maketrans({
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", **{c: f"\\{c}" for c in "#$%&_"},
})  # fmt: skip
_PLAIN_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?(?:-([0-9]{2}))?")


@dataclass(frozen=True)
class Reference:
    """A reference: what a reader needs to find a document, a dataset or an entry of a dataset.

    `key` is unique among references; `kind` is one of `KINDS`. `date` and `accessed` are EDTF.
    `container` is the title of what it is an entry of. All but the title may be ``""``.

    >>> import allgraph
    >>> reference = allgraph.Reference("ada", "page", "Ada", "https://x.org/ada", date="2013-02")
    >>> reference.text
    'Ada. February 2013. <https://x.org/ada>.'
    """

    key: str
    kind: str
    title: str
    address: str = ""
    authors: tuple[str, ...] = ()
    container: str = ""
    version: str = ""
    publisher: str = ""
    date: str = ""
    accessed: str = ""
    note: str = ""

    @cached_property
    def url(self) -> str:
        """The address as a URL in ASCII; ``""`` for what is no address of the web."""
        is_web = self.address.startswith(("http://", "https://"))
        return quote(self.address, safe=":/?#[]@!$&'()*+,;=%-._~") if is_web else ""

    @cached_property
    def text(self) -> str:
        """The reference in one line of plain text.

        >>> Reference("a", "entry", "Ada", "https://x.org/ada", container="The club").text
        'Ada. In: The club. <https://x.org/ada>.'
        """
        container = f"In: {self.container}" if self.container else ""
        version = f"version {self.version}" if self.version else ""
        edition = ", ".join(filter(None, (container, version, _words(self.date))))
        accessed = f"Accessed {_words(self.accessed)}" if self.accessed else ""
        parts = (
            ", ".join(self.authors), self.title, edition[:1].upper() + edition[1:],
            self.publisher, f"<{self.url}>" if self.url else "", accessed, self.note,
        )  # fmt: skip
        return " ".join(_full_stop(clean(part)) for part in parts if clean(part))

    @cached_property
    def bibtex(self) -> str:
        """The reference as an entry of BibTeX, in UTF-8; names and titles keep their capitals."""
        words = {
            "author": " and ".join(f"{{{_latex(author)}}}" for author in self.authors),
            "title": f"{{{_latex(self.title)}}}",
            "howpublished": _latex(self.container),
            "version": _latex(self.version),
            "publisher": _latex(self.publisher),
            "year": self.date[:4] if _PLAIN_DATE.fullmatch(self.date) else "",
            "date": _latex(self.date),
            "url": self.url,
            "urldate": self.accessed if _PLAIN_DATE.fullmatch(self.accessed) else "",
            "note": _latex(self.note),
        }
        fields = "".join(f"  {name} = {{{text}}},\n" for name, text in words.items() if text)
        return f"@misc{{{self.key},\n{fields}}}"

    @cached_property
    def ris(self) -> str:
        """The reference as a record of RIS, whose lines end in CR and LF."""
        lines = ((tag, clean(text)) for tag, text in self._ris_fields())
        return "".join(f"{tag}  - {text}\r\n" for tag, text in lines if text) + "ER  - \r\n"

    def _ris_fields(self) -> Iterator[tuple[str, str]]:
        """Yield the tags of RIS with their values, which may be empty."""
        yield from (("TY", KINDS[self.kind]), ("ID", self.key), ("TI", self.title))
        yield from (("AU", author) for author in self.authors)
        yield from (("T2", self.container), ("ET", self.version), ("PB", self.publisher))
        yield "PY", self.date[:4] if _PLAIN_DATE.fullmatch(self.date) else ""
        yield from (("DA", _ris_date(self.date)), ("UR", self.url))
        yield from (("Y2", _ris_date(self.accessed)), ("N1", self.note))

    @cached_property
    def csl(self) -> Mapping[str, Any]:
        """The reference as an item of CSL-JSON."""
        fields = {
            "id": self.key,
            "type": _CSL_KINDS.get(self.kind, self.kind),
            "title": clean(self.title),
            "author": [{"literal": clean(author)} for author in self.authors],
            "container-title": clean(self.container),
            "version": clean(self.version),
            "publisher": clean(self.publisher),
            "issued": _csl_date(self.date),
            "accessed": _csl_date(self.accessed),
            "URL": self.url,
            "note": clean(self.note),
        }
        return {name: field for name, field in fields.items() if field}


def _latex(text: str) -> str:
    """Return a text on one line in which nothing has a meaning for BibTeX and LaTeX."""
    return clean(text).translate(_LATEX)


def _words(date: str) -> str:
    """Return an EDTF date in words without a preposition; as it is if it is none."""
    return edtf.cell(date)


def _full_stop(text: str) -> str:
    """Return a text with a full stop at its end, unless it ends a sentence already."""
    return text if text.rstrip("”\"'’)")[-1:] in (".", "!", "?", "…") else f"{text}."


def _ris_date(date: str) -> str:
    """Return a date as RIS has it, ``YYYY/MM/DD/words``; words alone for what is no plain date.

    >>> _ris_date("2013-10"), _ris_date("2013~"), _ris_date("")
    ('2013/10//', '///2013 (approximate)', '')
    """
    if match := _PLAIN_DATE.fullmatch(date):
        return "/".join([*(part or "" for part in match.groups()), ""])
    return f"///{_words(date)}" if date else ""


def _csl_date(date: str) -> dict[str, Any]:
    """Return a date as CSL-JSON has it: its numbers, or words for what is no plain date."""
    if match := _PLAIN_DATE.fullmatch(date):
        return {"date-parts": [[int(part) for part in match.groups() if part]]}
    return {"literal": _words(date)} if date else {}
