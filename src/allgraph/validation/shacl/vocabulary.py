"""The terms of SHACL by their local names: those that can be checked, and those that cannot.

They are in ``terms.tsv``, each with its specification. The W3C's vocabulary of 2017-07-20,
http://www.w3.org/ns/shacl#, has those of Core, of the Advanced Features and of JavaScript. Those of
node expressions from ``exists`` on are from a note on the Advanced Features, those of SHACL 1.2
from the draft of its vocabulary.
"""

from __future__ import annotations

from pathlib import Path

_TABLE = Path(__file__).with_name("terms.tsv").read_text(encoding="utf-8")
_SPECIFICATIONS = dict(line.split("\t") for line in _TABLE.splitlines())
CORE = {name for name, specification in _SPECIFICATIONS.items() if specification == "SHACL"}
"""The terms of SHACL Core and SHACL-SPARQL."""
UNSUPPORTED = {name: _SPECIFICATIONS[name] for name in _SPECIFICATIONS.keys() - CORE}
"""The specification of each term that neither engine knows, so that it is ignored."""
