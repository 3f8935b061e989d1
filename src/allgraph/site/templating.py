"""Pages and files made from the templates.

All values are escaped unless they are `Markup`, which only this package makes.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from functools import cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from allgraph.evidence import citations
from allgraph.model.sentences import capitalised, full_stop
from allgraph.rdf import formats
from allgraph.render.html import clean
from allgraph.site import assets
from allgraph.site.pages.sharing import frame
from allgraph.site.site import Site
from allgraph.site.webserver_config import FRAME_POLICY, PAGE_POLICY

if TYPE_CHECKING:
    import jinja2

LONGEST = 200
"""How many characters the description of a page has at most."""
NAMES = {
    "ttl": "Turtle",
    "nt": "N-Triples",
    "rdf": "RDF/XML",
    "jsonld": "JSON-LD",
    "csv": "CSV",
    "tsv": "TSV",
    "json": "JSON",
    "xml": "XML",
}
"""The names of formats by suffix."""


@cache
def environment() -> jinja2.Environment:
    """Return the jinja2 environment of the HTML templates, made once; all values are escaped."""
    import jinja2

    class Environment(jinja2.Environment):
        """An environment whose templates have their globals in a dict, which is read faster."""

        def make_globals(self, more: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
            """Return the globals of the environment and of a template."""
            return {**self.globals, **(more or {})}

    environment = Environment(
        loader=jinja2.PackageLoader("allgraph.site"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.globals |= {
        "policy": PAGE_POLICY,
        "asset": lambda name: assets.asset(name).name,
        "plural": plural,
        "frame": frame,
        "frame_policy": FRAME_POLICY,
        "format_names": NAMES,
        "media_type": media_type,
    }
    environment.filters |= {"full_stop": full_stop, "without": without}
    return environment


def page(
    site: Site, template: str, path: str, title: str, *, description: str = "", **values: Any
) -> bytes:
    """Return an HTML page from the template ``TEMPLATE.html`` with values for it.

    `path` is that of the page without the root, for its canonical address; ``""`` if it has none.
    `description` is a line on what is on it, by default made of its title. Among the values may be
    `links`, (suffix, address) of its data, `blocks`, texts of JSON-LD, `citation`, by default that
    of the page if it has an address, `card`, its image for messengers, and `embedded`, the path of
    the page to be framed elsewhere. A template may read properties of the site, which ask its
    graph.
    """
    folder = site.graph.folder
    defaults: dict[str, Any] = {"links": (), "blocks": (), "embedded": ""}
    defaults |= {"citation": None, "card": None}
    if path and "citation" not in values:
        defaults["citation"] = (
            citations.of_graph(site.graph, site.published)
            if path == "/"
            else citations.of_page(site.graph, site.published, title, path)
        )
    is_address = folder.licence.startswith(("http://", "https://"))
    return render(
        f"{template}.html",
        site=site,
        root=site.root,
        folder=folder,
        title=title,
        description=_described(description or folder.description or title),
        canonical=f"{site.home}{path[1:]}" if path else "",
        menu=_menu(site, path),
        licence=(licence_name(folder.licence), folder.licence if is_address else ""),
        **{**defaults, **values},
    )


def _menu(site: Site, path: str) -> str:
    """Return the links of the menu; those to the page at a path, or above it, are marked.

    The menus of a site are kept, since most of its pages have the same.
    """
    row = [
        (to, name, "page" if to == path else "true" if path.startswith(f"{to}/") else "")
        for to, name in site.menu.row
    ]
    data = [(to, name, "page" if to == path else "") for to, name in site.menu.data]
    marks = tuple(mark for _, _, mark in (*row, *data))
    if marks not in site.menus:
        made = render("menu.html", row=row, data=data, root=site.root)
        site.menus[marks] = Markup(made.decode())  # noqa: S704  made by a template
    return site.menus[marks]


def _described(words: str) -> str:
    r"""Return a description on one line, cut at a word to `LONGEST` (200) characters.

    >>> _described("a \n b"), len(_described("word " * 99))
    ('a b', 200)
    """
    words = clean(words)
    return words if len(words) <= LONGEST else f"{words[:LONGEST].rpartition(' ')[0]}…"


def prepare() -> None:
    """Compile all templates, so that no request has to."""
    for name in environment().list_templates():
        environment().get_template(name)


def render(template: str, **values: Any) -> bytes:
    """Return a template, by its file name, filled with values, in UTF-8; nothing is written.

    Raises an error of jinja2 for a value that the template needs and is not given.
    """
    chosen = environment().get_template(template)
    context = chosen.new_context(values)
    try:
        return "".join(chosen.root_render_func(context)).encode()
    finally:
        context.vars.clear()  # its macros refer to it, so it would wait for the garbage collector


def data_links(site: Site, path: str) -> list[tuple[str, str]]:
    """Return (suffix, address) of the data beside a page, in each RDF format of the site.

    `path` is that of the page without the root.
    """
    return [(suffix, f"{site.root}{path}.{suffix}") for suffix in site.suffixes]


def media_type(suffix: str) -> str:
    """Return the media type of a format by its suffix or name, without parameters (charset).

    Raises `UnknownFormat` for another suffix.
    """
    return formats.named(suffix).essence


def licence_name(licence: str) -> str:
    """Return the short name of a Creative Commons licence by its address.

    Other texts are returned as they are, and so are addresses of that site that name no licence.

    >>> licence_name("https://creativecommons.org/publicdomain/zero/1.0/")
    'CC0 1.0'
    """
    start = "https://creativecommons.org/"
    if not licence.startswith(start):
        return licence
    _, *kinds = [part for part in licence[len(start) :].split("/") if part] or [""]
    if not kinds:
        return licence
    kind, *rest = kinds
    name = "CC0" if kind == "zero" else f"CC {kind.upper()}"
    return " ".join([name, *rest[:1]])


def without(sentence: str, name: str) -> str:
    """Return a sentence without the name that it begins with, where the page has that already.

    >>> without("The club was founded", "the club"), without("Ann founded the club", "the club")
    ('Was founded', 'Ann founded the club')
    """
    start = f"{name} ".casefold()
    rest = sentence.casefold().removeprefix("the ")
    bare = start.removeprefix("the ")
    return capitalised(sentence[-len(rest) + len(bare) :]) if rest.startswith(bare) else sentence


def plural(number: int, one: str, many: str = "") -> str:
    """Return a number with a noun in the singular or plural.

    >>> plural(1, "claim"), plural(1200, "claim"), plural(2, "body", "bodies")
    ('1 claim', '1,200 claims', '2 bodies')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"
