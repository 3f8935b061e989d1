"""The former name of `allgraph.graph.timeline`, which works until version 0.2."""

from typing import Any
from warnings import warn

from allgraph.graph import timeline


def __getattr__(name: str) -> Any:
    value = getattr(timeline, name)
    text = f"{__name__} is now {timeline.__name__}; the former name goes with allgraph 0.2"
    warn(text, DeprecationWarning, stacklevel=2)
    return value
