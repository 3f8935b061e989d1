"""The former name of `allgraph.graph.timeline`, which works until version 0.2."""

from typing import Any
from warnings import warn

from allgraph.graph import timeline as _now


def __getattr__(name: str) -> Any:
    """Return an attribute of `allgraph.graph.timeline`, the new name of this module, and warn.

    Raises `AttributeError` if that module has no such attribute.
    """
    value = getattr(_now, name)
    text = f"{__name__} is now {_now.__name__}; the former name goes with allgraph 0.2"
    warn(text, DeprecationWarning, stacklevel=2)
    return value
