"""The press: templates and what stands in them become pages.

Everything is escaped unless it is `Markup`, which only this package makes.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from allgraph.model import addresses
from allgraph.rdf import formats
from allgraph.site import assets, discovery
from allgraph.site.site import Site
from allgraph.site.webserver_config import PAGE_POLICY

if TYPE_CHECKING:
    import jinja2


@cache
def environment() -> jinja2.Environment:
    """The templates, made ready once."""
    import jinja2

    found = jinja2.Environment(
        loader=jinja2.PackageLoader("allgraph.site"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.globals["policy"] = PAGE_POLICY
    found.globals["asset"] = lambda plain: assets.asset(plain).name
    found.globals["plural"] = plural
    return found


NAMES = {"ttl": "Turtle", "nt": "N-Triples", "rdf": "RDF/XML", "jsonld": "JSON-LD", "csv": "CSV",
         "tsv": "TSV", "json": "JSON", "xml": "XML"}  # fmt: skip
"""What the formats of files are called, by their suffixes."""
TYPES = {suffix: formats.named(suffix).media_type.partition(";")[0]
         for suffix in (*addresses.SUFFIXES, addresses.TABLE)}  # fmt: skip
"""The media types of the data of documents, by their suffixes."""


def page(site: Site, template: str, path: str, title: str, **values: Any) -> bytes:
    """A page; `path` is without the root, and ``None`` where the page has no address of its own."""
    folder = site.graph.folder
    return render(
        template,
        site=site,
        root=site.root,
        folder=folder,
        title=title,
        canonical=f"{site.home}{path[1:]}" if path else "",
        licence=_licence(site),
        alternates=values.pop("alternates", ()),
        blocks=values.pop("blocks", ()),
        **values,
    )


def _licence(site: Site) -> tuple[str, str]:
    """The licence of a graph: what it is called, and its address if it has one."""
    known = licence_name(site.graph.folder.licence)
    address = site.graph.folder.licence
    return known, address if address.startswith(("http://", "https://")) else ""


def licence_name(licence: str) -> str:
    """What a licence is called for short.

    >>> licence_name("https://creativecommons.org/publicdomain/zero/1.0/")
    'CC0 1.0'
    """
    start = "https://creativecommons.org/"
    if not licence.startswith(start):
        return licence
    kind, *rest = [part for part in licence[len(start) :].split("/") if part][1:]
    name = "CC0" if kind == "zero" else f"CC {kind.upper()}"
    return " ".join([name, *rest[:1]])


def render(template: str, **values: Any) -> bytes:
    """A page of a template, whose name is that of its file without the suffix."""
    return environment().get_template(f"{template}.html").render(**values).encode()


def plural(number: int, one: str, many: str = "") -> str:
    """A number with the word for so many.

    >>> plural(1, "claim"), plural(1200, "claim"), plural(2, "body", "bodies")
    ('1 claim', '1,200 claims', '2 bodies')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def block(data: discovery.Json) -> Markup:
    """Data for a script of JSON-LD; nothing in it can end the script."""
    return Markup(discovery.script(data))  # noqa: S704
