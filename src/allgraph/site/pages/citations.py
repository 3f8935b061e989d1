"""The page that says how to cite something."""

from __future__ import annotations

from allgraph.evidence.citations import Citation
from allgraph.site.site import Site
from allgraph.site.templating import page


def cite_page(site: Site, of: str, citation: Citation | None = None, error: str = "") -> bytes:
    """Return the page with a form, and a citation or an error; `of` names what is cited."""
    return page(site, "citation", "", "How to cite", of=of, citation=citation, error=error)
