"""Evidence as the page of a claim shows it: the words where they are known, and where to look.

>>> fragment("a-b, c"), fragment("one two three four five six seven eight nine", most=20)
('#:~:text=a%2Db%2C%20c', '#:~:text=one%20two%20three%20four,six%20seven%20eight%20nine')
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from pyoxigraph import Literal

from allgraph.graph.claims import Claim, Evidence
from allgraph.rdf.nesting import Statement
from allgraph.rdf.ntriples import value
from allgraph.site.site import Site

_LONGEST = 120  # characters of words that are in a text fragment as a whole
_ENDS = 4  # how many words at either end stand for longer ones


@dataclass(frozen=True)
class EvidenceView:
    """Evidence of a claim.

    `address` is the link to the page of its source. `words` are those of the source, ``""`` if they
    are not known; `opened` is the address on the web of the place in the source, or of the source.
    """

    evidence: Evidence
    address: str
    words: str
    opened: str


def views(site: Site, claim: Claim, statements: Iterable[Statement]) -> list[EvidenceView]:
    """Return the evidence of a claim as its page shows it.

    The words of a source are looked for among the names and texts that the claim and `statements`
    about it have, in the graph, and in the folder.
    """
    texts = [claim.object.value] if isinstance(claim.object, Literal) else []
    texts += [claim.subject_name, claim.object_name, *claim.roles]
    texts += [value(term) for _, _, term, _ in statements if term.startswith('"')]
    return [_view(site, evidence, [*texts, evidence.wording]) for evidence in claim.evidence]


def _view(site: Site, evidence: Evidence, texts: Iterable[str]) -> EvidenceView:
    """Return evidence as the page of its claim shows it; its words may be among some texts."""
    words = site.words.of(evidence, texts)
    page = evidence.page if evidence.page.startswith(("https://", "http://")) else ""
    if page and words and "#" not in page:
        page += fragment(words)
    return EvidenceView(evidence, site.address(evidence.source), words, evidence.address or page)


def fragment(words: str, *, most: int = _LONGEST) -> str:
    """Return the fragment of an address that makes browsers show some words of a page.

    Of words with more than `most` characters it has those at both ends.
    """
    parts = words.split()
    if len(words) > most and len(parts) > 2 * _ENDS:
        ends = [" ".join(parts[:_ENDS]), " ".join(parts[-_ENDS:])]
    else:
        ends = [" ".join(parts)]
    return "#:~:text=" + ",".join(quote(end, safe="").replace("-", "%2D") for end in ends)
