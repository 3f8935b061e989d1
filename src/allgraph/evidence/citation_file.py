"""The file ``CITATION.cff``, by which programs cite a graph as a dataset.

>>> spdx("https://creativecommons.org/licenses/by-sa/4.0/")
'CC-BY-SA-4.0'
"""

from __future__ import annotations

import re
from urllib.parse import quote

from allgraph.graph import Graph
from allgraph.linkeddata.publication import (
    NOWHERE,
    Publication,
    dataset_iri,
    home_of,
    web_address,
)

SHORTEST, LONGEST = 50, 5_000
"""How many characters the description of a dataset has to have, and may have."""
KEYWORDS = ("knowledge graph", "linked data", "provenance", "RDF")
"""The keywords of every graph of claims."""


_SAFE = "/:@!$&'()*+,;=~%?#[]"
_CREATIVE_COMMONS = re.compile(
    r"https?://creativecommons\.org/"
    r"(?:licenses/(by(?:-nc)?(?:-sa|-nd)?)/(1\.0|2\.0|2\.5|3\.0|4\.0)|publicdomain/zero/1\.0)"
    r"(?:/|/deed\.[a-z]{2}|/legalcode)?"
)
_OPEN_DATA_COMMONS = re.compile(r"https?://opendatacommons\.org/licenses/(odbl|by|pddl)/1[-.]0/?")
_OPEN = {"odbl": "ODbL-1.0", "by": "ODC-By-1.0", "pddl": "PDDL-1.0"}
_SPDX = re.compile(
    r"(?:https?://spdx\.org/licenses/)?((?:CC0|ODbL|ODC-By|PDDL)-1\.0|Apache-2\.0|EUPL-1\.2"
    r"|CC-BY(?:-NC)?(?:-SA|-ND)?-(?:1\.0|2\.0|2\.5|3\.0|4\.0))"
)
_NO_YAML = re.compile(
    "[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


def citation_file(graph: Graph, published: Publication = NOWHERE) -> str:
    """Return the text of ``CITATION.cff``, format version 1.2.0, for the graph as a dataset.

    The version, and its day, are those of the manifest, and the author is the publisher.
    `published` gives the address, by default the base of the graph, and else the day. Fields
    without a value are left out. No query is run.
    """
    folder, home = graph.folder, home_of(graph, published)
    author = folder.publisher or f"The publishers of {folder.title}"
    licence = spdx(folder.licence)
    is_address = not licence and web_address(folder.licence)
    commit = "" if graph.is_remote else folder.commit[0]
    fields = {
        "cff-version": "1.2.0",
        "message": "If you use this dataset, please cite it as below.",
        "type": "dataset",
        "title": folder.title,
        "abstract": abstract(graph, home),
        "url": _encoded(home),
        "version": folder.version,
        "commit": commit,
        "date-released": folder.released or published.issued[:10],
        "license": licence,
        "license-url": _encoded(folder.licence) if is_address else "",
    }
    website = _encoded(author) if web_address(author) else ""
    lines = [
        *(f"{name}: {_quoted(text)}" for name, text in fields.items() if text),
        "keywords:",
        *(f"  - {_quoted(keyword)}" for keyword in KEYWORDS),
        "authors:",
        f"  - name: {_quoted(author)}",
        *([f"    website: {_quoted(website)}"] if website else []),
        "identifiers:",
        "  - type: url",
        f"    value: {_quoted(_encoded(dataset_iri(graph, published).value))}",
        '    description: "The IRI of the dataset."',
    ]
    return "".join(f"{line}\n" for line in lines)


def spdx(licence: str) -> str:
    """Return the SPDX identifier of a licence, ``""`` for an unknown one.

    `licence` is an identifier already, its address at spdx.org, or the address of a licence of
    Creative Commons or Open Data Commons. Known are these licences, Apache-2.0 and EUPL-1.2.

    >>> spdx("CC0-1.0"), spdx("https://opendatacommons.org/licenses/odbl/1-0/"), spdx("All mine")
    ('CC0-1.0', 'ODbL-1.0', '')
    """
    if match := _CREATIVE_COMMONS.fullmatch(licence):
        return f"CC-{match[1].upper()}-{match[2]}" if match[1] else "CC0-1.0"
    if match := _OPEN_DATA_COMMONS.fullmatch(licence):
        return _OPEN[match[1]]
    match = _SPDX.fullmatch(licence)
    return match[1] if match else ""


def abstract(graph: Graph, home: str) -> str:
    """Return the description of a graph, or its title, within the length for search engines.

    A text shorter than `SHORTEST` (50) characters gets a standard sentence at its end, with `home`,
    the address of the site; a text longer than `LONGEST` (5,000) is cut.
    """
    words = (graph.folder.description or graph.folder.title).strip()
    if len(words) < SHORTEST:
        end = "" if words.endswith((".", "!", "?", "…")) else "."
        words = (
            f"{words}{end} A knowledge graph in which every claim has its sources, "
            f"published as linked data at {home}"
        )
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1].rstrip()}…"


def _encoded(address: str) -> str:
    """Return an address, with characters that no URL may have percent-encoded; ``%`` stays."""
    return quote(address, safe=_SAFE)


def _quoted(words: str) -> str:
    """Return a text as a double-quoted YAML scalar.

    It is JSON, in which characters that YAML forbids or changes are escaped by code.
    """
    import json

    def escaped(match: re.Match[str]) -> str:
        """Return the escape of the matched character: its code as four hexadecimal digits."""
        return f"\\u{ord(match[0]):04x}"

    return _NO_YAML.sub(escaped, json.dumps(words, ensure_ascii=False))
