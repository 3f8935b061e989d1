"""The press: templates and what stands in them become pages.

Everything is escaped unless it is `Markup`, which only this package makes.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from allgraph.site import assets
from allgraph.site.hosts import PAGE_POLICY

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


def render(template: str, **values: Any) -> bytes:
    """A page of a template, whose name is that of its file without the suffix."""
    return environment().get_template(f"{template}.html").render(**values).encode()


def plural(number: int, one: str, many: str = "") -> str:
    """A number with the word for so many.

    >>> plural(1, "claim"), plural(1200, "claim"), plural(2, "body", "bodies")
    ('1 claim', '1,200 claims', '2 bodies')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"
