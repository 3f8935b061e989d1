"""The part of the wheel's build that is ours: the built-in graph with what is derived from it."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PreparedGraph(BuildHookInterface):  # type: ignore[misc]
    """Adds the prepared file of the built-in graph to a wheel, but not to an editable one."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Load the built-in graph of this checkout, and write its prepared file."""
        if version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root / "src"))
        from allgraph.folder import builtin, prepared

        self._made = TemporaryDirectory()
        path = Path(self._made.name, prepared.NAME)
        prepared.write(builtin(), path)
        build_data["force_include"][str(path)] = f"allgraph/builtin/{prepared.NAME}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the file that was made for the wheel."""
        if version != "editable":
            self._made.cleanup()
