"""The former name of the modules of `allgraph.render` for images, which works until version 0.2."""

from typing import Any
from warnings import warn

from allgraph.render import layered, neighbours, svg, timelines

_NOW = (layered, neighbours, timelines, svg)


def __getattr__(name: str) -> Any:
    """Return an attribute of the module that has it now, and warn.

    Raises `AttributeError` if none has it.
    """
    module = next((module for module in _NOW if name in vars(module)), svg)
    value = getattr(module, name)
    text = f"{__name__} is now {module.__name__}; the former name goes with allgraph 0.2"
    warn(text, DeprecationWarning, stacklevel=2)
    return value
