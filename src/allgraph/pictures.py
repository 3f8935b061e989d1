"""The former name of `allgraph.render.svg`, which works until version 0.2."""

from typing import Any
from warnings import warn

from allgraph.render import svg


def __getattr__(name: str) -> Any:
    value = getattr(svg, name)
    text = f"{__name__} is now {svg.__name__}; the former name goes with allgraph 0.2"
    warn(text, DeprecationWarning, stacklevel=2)
    return value
