"""Claims as sentences without their dates, read from rows of the table of claims."""

from __future__ import annotations

from functools import lru_cache

from allgraph.model.sentences import Templates, capitalised, fill
from allgraph.model.table import ClaimTable
from allgraph.rdf.ntriples import value
from allgraph.rdf.terms import Prefixes

_CACHED = 4_096  # texts, and names, that are kept in memory
_DEEPEST = 4  # levels of claims whose objects are claims that are read to name an object


class Clauses:
    """Reads the claims in rows of a table as clauses: names in the templates of their sentences."""

    def __init__(self, table: ClaimTable, prefixes: Prefixes) -> None:
        """Read `table`; what has no name there is named by its CURIE."""
        self._schemes, self._columns = table.schemes, table.columns
        columns = table.columns  # whose memoryviews Python indexes much faster than arrays
        self._subjects, self._objects = columns.subject.data, columns.object.data
        self._claim_of, self._readings = columns.claim_of.data, columns.reading.data
        self._values = table.value.data
        self.text = lru_cache(_CACHED)(table.text)
        names, nodes = columns.names, columns.nodes

        def name_of(node: int) -> str:
            """Return the name of a node, else its CURIE."""
            return names[node] or prefixes.shorten(nodes[node])

        self.name = lru_cache(_CACHED)(name_of)  # no method of this object, so there is no cycle

    def sentence(self, row: int) -> str:
        """Return a claim as a sentence with its subject first, without its date."""
        return capitalised(self.clause(row))

    def clause(self, row: int, depth: int = _DEEPEST) -> str:
        """Return a claim as a sentence without date and capital; see `name_of_object`."""
        subject, obj = self.name(self._subjects[row]), self.name_of_object(row, depth)
        return fill(self.templates(row)[0], subject, obj, self._columns.roles.get(row, ()))

    def templates(self, row: int) -> Templates:
        """Return the templates of a claim: of its sentence, and of its inverse sentence."""
        return self._columns.templates[self._readings[row]]

    def name_of_object(self, row: int, depth: int = _DEEPEST) -> str:
        """Return the object of a claim as text: a name, a literal, or a claim as a sentence.

        The sentence has no date. Below `depth` claims within claims are CURIEs.
        """
        obj = self._objects[row]
        if obj < 0:
            written = self.text(self._values[row])
            return self._name_of_literal(written) if written[0] == '"' else ""
        if not depth or not self.is_about_claim(row):
            return self.name(obj)
        return self.clause(self._claim_of[obj], depth - 1)

    def is_about_claim(self, row: int) -> bool:
        """Return True if the object of a claim is a claim that has no name of its own."""
        obj = self._objects[row]
        return obj >= 0 and self._claim_of[obj] >= 0 and not self._columns.names[obj]

    def _name_of_literal(self, written: str) -> str:
        """Return the value of a literal, with the label of its scheme if it is an identifier."""
        scheme = self._schemes.get(written.rpartition('"^^<')[2][:-1], "")
        return f"{value(written)} ({scheme})" if scheme else value(written)
