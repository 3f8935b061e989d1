"""The notebooks in docs/notebooks/, executed and compared with the outputs that they show.

``python docs/notebook.py`` checks them all; with ``--update`` it writes them as they are now.
Times, counts of executions and versions of Python are not kept, nor texts beside the same in HTML.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).resolve().parent / "notebooks").glob("*.ipynb"))


def executed(path: Path) -> str:
    """A notebook with its outputs as they are now, as JSON; all cells run in an empty folder."""
    notebook = nbformat.read(path, as_version=4)
    with TemporaryDirectory() as folder:
        resources = {"metadata": {"path": folder}}
        NotebookClient(notebook, record_timing=False, resources=resources).execute()
    notebook.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    for cell in notebook.cells:
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.execution_count = None
            for output in cell.outputs:
                output.execution_count = None
                if "text/html" in output.get("data", {}):
                    output.data.pop("text/plain", None)
    return str(nbformat.writes(notebook)) + "\n"


def main() -> int:
    """Check all notebooks, or with ``--update`` mend them."""
    failed = 0
    for path in NOTEBOOKS:
        made = executed(path)
        if "--update" in sys.argv:
            path.write_text(made, encoding="utf-8")
        elif made != path.read_text(encoding="utf-8"):
            failed += 1
            print(f"{path.name} shows other outputs; run: python docs/notebook.py --update")  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
