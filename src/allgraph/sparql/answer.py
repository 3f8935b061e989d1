r"""The answer to a SPARQL query: rows, triples, or yes or no.

>>> from pyoxigraph import Literal
>>> answer = Answer(columns=("name",), rows=(Row(name=Literal("Coco Rocha")),))
>>> answer.write("csv")
b'name\r\nCoco Rocha\r\n'
"""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Triple,
    parse_query_results,
    serialize,
)

from allgraph.errors import ParameterError, UnknownFormat
from allgraph.model import edtf
from allgraph.rdf.formats import Kind, named
from allgraph.rdf.terms import BASE, RDF, XSD, Prefixes, Term, text
from allgraph.render.brief import Brief, count, quoted
from allgraph.render.html import element, joined, link, table
from allgraph.render.table import comma_separated, layout

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from allgraph.sparql.frames import Column

_DATES = {edtf.EDTF, *(f"{XSD}{name}" for name in ("date", "gYear", "gYearMonth"))}
_PARTS = ("subject", "predicate", "object")
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_LINE_ENDS = re.compile("[\x85\u2028\u2029]")


class Row(Brief, dict[str, Term | None]):
    """A row of an answer: a term for each column, ``None`` where the column has no value.

    It is a dict. Of the terms of pyoxigraph, `NamedNode` (an IRI), `Literal` and `BlankNode` have a
    `value`; `text` gives it for any cell.

    >>> row = Row(name=Literal("Coco Rocha"), when=None)
    >>> row["name"] == Literal("Coco Rocha"), row["when"], row.text("when")
    (True, None, '')
    """

    def text(self, column: str) -> str:
        """Return the text of a cell: an IRI, a literal without its type, or ``""`` for ``None``.

        Raises `KeyError` for a column that the answer does not have.

        >>> row = Row(name=Literal("Coco Rocha"), when=None)
        >>> row.text("name"), row.text("when")
        ('Coco Rocha', '')
        """
        return text(self[column])

    def as_dict(self) -> dict[str, str | int | bool | None]:
        """Return the row as a line of ``jsonl`` has it: by column a text, number, bool or None."""
        return {column: plain(term) for column, term in self.items()}

    def _facts(self) -> Iterator[str]:
        return (f"{column}={quoted(text(term))}" for column, term in self.items() if term)

    def __str__(self) -> str:
        """Return a line for each column that has a value: its name, and the text."""
        return "\n".join(f"{column}: {text(term)}" for column, term in self.items() if term)


@dataclass(frozen=True, repr=False)
class Answer(Brief):
    """The answer to a query: rows, triples, or a yes or no.

    `rows` is a tuple of `Row`, dicts from column to term, ``None`` where there is none; `triples`
    and `value` are ``None`` unless the query asked for them. Iteration gives the rows. `hidden` are
    columns that its text for people leaves out, such as those of claims, and `labels` the headings
    of columns there.

    >>> import allgraph
    >>> answer = allgraph.open().ask("key-people", body="Model Alliance")
    >>> answer.columns[:2], len(answer)
    (('thing', 'name'), 9)
    >>> answer.write("csv").splitlines()[0].startswith(b"thing,name")
    True
    """

    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    triples: tuple[Triple, ...] | None = None
    value: bool | None = None
    prefixes: Prefixes = field(default_factory=lambda: Prefixes.of(BASE), repr=False)
    hidden: tuple[str, ...] = field(default=(), compare=False)
    labels: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def kind(self) -> Kind:
        """The kind of answer: rows, triples, or a yes or no."""
        if self.triples is not None:
            return "triples"
        return "rows" if self.value is None else "yes-no"

    @property
    def certainty(self) -> dict[str, int]:
        """The counts of certain and of possible rows, by the column ``certainty``.

        It is empty where there is no such column.

        >>> words = ("possible", "certain", "possible")
        >>> rows = tuple(Row(certainty=Literal(word)) for word in words)
        >>> Answer(("certainty",), rows).certainty
        {'certain': 1, 'possible': 2}
        """
        if "certainty" not in self.columns:
            return {}
        words = [row.text("certainty") for row in self.rows]
        return {word: words.count(word) for word in ("certain", "possible")}

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows; triples as rows of ``subject``, ``predicate`` and ``object``.

        A yes or no has none.

        >>> [row.text("name") for row in Answer(("name",), (Row(name=Literal("Coco Rocha")),))]
        ['Coco Rocha']
        """
        if self.triples is None:
            return iter(self.rows)
        return (Row(zip(_PARTS, triple, strict=True)) for triple in self.triples)

    def __len__(self) -> int:
        """The number of rows or triples; 0 for a yes or no."""
        return len(self.rows if self.triples is None else self.triples)

    def _facts(self) -> Iterator[str]:
        if self.value is not None:
            yield "yes" if self.value else "no"
        elif self.triples is not None:
            yield count(len(self), "triple")
        else:
            yield f"{count(len(self), 'row')} of {', '.join(self.columns)}"

    def __str__(self) -> str:
        """Return the answer as text for people: a table, Turtle, yes or no.

        >>> print(Answer(("name",), (Row(name=Literal("Coco Rocha")),)))
        name
        ----------
        Coco Rocha
        """
        shown = self if self.kind != "rows" else self.without(self.hidden)
        return shown._table(80)

    def as_dict(self) -> dict[str, Any]:
        """Return the answer as a dict for JSON: SPARQL 1.1 Query Results JSON, triples as JSON-LD.

        >>> Answer(value=True).as_dict()
        {'head': {}, 'boolean': True}
        """
        import json

        if self.triples is None:
            return _results(self)
        as_json_ld: dict[str, Any] = json.loads(self.write("jsonld"))
        return as_json_ld

    def __bool__(self) -> bool:
        """The value of a yes or no; otherwise whether there is any row or triple."""
        return len(self) > 0 if self.value is None else self.value

    def without(self, columns: Collection[str]) -> Answer:
        """Return a copy whose rows lack the given columns; rows that are then equal come once.

        The order of rows is kept, and so are triples, a yes or no, and prefixes.
        """
        kept = tuple(column for column in self.columns if column not in columns)
        cells = dict.fromkeys(tuple(row[column] for column in kept) for row in self.rows)
        rows = tuple(Row(zip(kept, row, strict=True)) for row in cells)
        return replace(self, columns=kept, rows=rows)

    def where(self, *conditions: str) -> Answer:
        """Return a copy with the rows that meet all conditions, in their order.

        A condition is ``COLUMN:RELATION:VALUE``, such as ``name:contains:ann``, or a word that is
        in a literal of the row. The relations are ``is`` and ``contains``, without regard to case
        and accents, ``before`` and ``after``, and ``empty``, which has no value; ``not-`` before
        one says the opposite. Numbers are compared by value, and a date is before another if it has
        surely ended before that begins. Raises `ParameterError` for what is no condition, for a
        column that there is not, and for a value that is not of the type of its column.

        >>> rows = tuple(Row(name=Literal(name)) for name in ("Coco Rocha", "Karen Elson"))
        >>> Answer(("name",), rows).where("name:contains:elson").rows[0].text("name")
        'Karen Elson'
        """
        return self.arranged(where=conditions)

    def sorted(self, *columns: str) -> Answer:
        """Return a copy with its rows sorted by columns, those with ``-`` before them downwards.

        Numbers come before dates, and these before texts, without regard to case and accents; empty
        cells come last. Rows that are equal there stay in their order. Raises `ParameterError` for
        a column that there is not.

        >>> rows = tuple(Row(name=Literal(name)) for name in ("Karen Elson", "Coco Rocha"))
        >>> [row.text("name") for row in Answer(("name",), rows).sorted("name")]
        ['Coco Rocha', 'Karen Elson']
        """
        return self.arranged(sort=columns)

    def arranged(self, *, where: Iterable[str] = (), sort: Iterable[str] = ()) -> Answer:
        """Return what `sorted` returns of what `where` returns; itself if neither is given."""
        from allgraph.sparql.arrangement import arranged

        where, sort = [*where], [*sort]
        if not where and not sort:
            return self
        show = self.prefixes.show
        places = arranged(self.columns, self.rows, show, where=where, sort=sort)
        return replace(self, rows=tuple(self.rows[place] for place in places))

    def first(self, count: int) -> Answer:
        """Return a copy with the first `count` rows; the answer itself if it has no more."""
        return self if len(self.rows) <= count else replace(self, rows=self.rows[:count])

    def write(
        self, format: str = "json", *, width: int = 80, for_spreadsheet: bool = False
    ) -> bytes:
        """Return the answer in a format, given by its name or suffix.

        Rows and yes or no: ``table json xml csv tsv``; rows also ``jsonl``: on each line an
        object, column to text, ``null`` where there is none, integers and booleans as JSON has
        them. Triples: ``table turtle ntriples nquads trig rdfxml jsonld``. `width`, in columns
        of a terminal, is used by ``table`` alone. `for_spreadsheet` is for rows as ``csv``: an
        apostrophe then comes before what would be a formula, a byte order mark before all; for
        anything else it raises `ParameterError`. Raises `UnknownFormat` when no format has the
        name, or it cannot hold the answer.

        >>> Answer(value=True).write("json")
        b'{"head":{},"boolean":true}'
        """
        chosen = named(format, self.kind)
        if for_spreadsheet:
            if chosen.name != "csv" or self.kind != "rows":
                raise ParameterError(
                    "only rows as CSV can be made safe for a spreadsheet; choose the format csv"
                )
            columns, rows = self._cells()
            texts = ([*map(text, row)] for row in rows)
            return comma_separated(columns, texts, for_spreadsheet=True)
        if chosen.name == "jsonl":
            return self._json_lines()
        if chosen.engine is None:
            return (self._table(width) + "\n").encode()
        if isinstance(chosen.engine, RdfFormat):
            return self._serialized(chosen.engine)
        standard = results_json(self)
        if chosen.engine is QueryResultsFormat.JSON:
            return standard
        results = parse_query_results(standard, format=QueryResultsFormat.JSON)
        stream = io.BytesIO()
        results.serialize(stream, chosen.engine)
        if chosen.engine is QueryResultsFormat.XML:
            from allgraph.rdf.rdfxml import checked_xml

            return checked_xml(stream.getvalue())
        return stream.getvalue()

    def _table(self, width: int) -> str:
        """Return the answer as text for people: a table, Turtle, yes or no.

        A table is at most `width` columns of a terminal wide, with dates in words. No line feed
        ends the text.
        """
        if self.value is not None:
            return "yes" if self.value else "no"
        if self.triples is not None:
            return self._serialized(RdfFormat.TURTLE).decode().rstrip("\n")
        columns, rows = self._cells()
        cells = [[cell(self.prefixes, term) for term in row] for row in rows]
        return layout(self._headings(columns), cells, width=width)

    def to_pandas(self, *, curies: bool = True) -> pd.DataFrame:
        """Return the rows as a pandas data frame, with a type for each column.

        A column of integers, decimals, floats, booleans, dates, or dates and times has their type,
        any other is text. IRIs are CURIEs where a prefix fits, or whole with ``curies=False``.
        Triples have the columns subject, predicate and object. Raises `MissingExtra` when pandas is
        not installed, `UnknownFormat` for yes or no.

        >>> integer = NamedNode("http://www.w3.org/2001/XMLSchema#integer")
        >>> rows = (Row(n=Literal("3", datatype=integer)), Row(n=None))
        >>> Answer(columns=("n",), rows=rows).to_pandas().dtypes["n"]
        Int64Dtype()
        """
        from allgraph.sparql import frames

        return frames.to_pandas(self._columns(curies))

    def to_polars(self, *, curies: bool = True) -> pl.DataFrame:
        """Return the rows as a polars data frame, with a type for each column.

        A column of integers, decimals, floats, booleans, dates, or dates and times has their type,
        any other is text. IRIs are CURIEs where a prefix fits, or whole with ``curies=False``.
        Triples have the columns subject, predicate and object. Raises `MissingExtra` when polars is
        not installed, `UnknownFormat` for yes or no.
        """
        from allgraph.sparql import frames

        return frames.to_polars(self._columns(curies))

    def to_arrow(self, *, curies: bool = True) -> pa.Table:
        """Return the rows as an Arrow table, with a type for each column.

        A column of integers, decimals, floats, booleans, dates, or dates and times has their type,
        any other is text. IRIs are CURIEs where a prefix fits, or whole with ``curies=False``.
        Triples have the columns subject, predicate and object. Raises `MissingExtra` when pyarrow
        is not installed, `UnknownFormat` for yes or no.
        """
        from allgraph.sparql import frames

        return frames.to_arrow(self._columns(curies))

    def _columns(self, curies: bool) -> list[Column]:
        """Return the columns of a data frame, with their values converted by type.

        Triples have the columns subject, predicate and object. With `curies`, IRIs are shortened to
        CURIEs. Raises `UnknownFormat` for yes or no.
        """
        from allgraph.sparql import frames

        if self.kind == "yes-no":
            raise UnknownFormat("an answer of yes or no has no columns; use answer.value")
        return frames.columns(*self._cells(), self.prefixes.show if curies else text)

    def _cells(self) -> tuple[Sequence[str], Iterator[Sequence[Term | None]]]:
        """Return the column names, and an iterator over rows of terms in their order.

        Triples have the columns subject, predicate and object; a yes or no has neither.
        """
        if self.triples is not None:
            return _PARTS, (tuple(triple) for triple in self.triples)
        return self.columns, ([row[column] for column in self.columns] for row in self.rows)

    def _headings(self, columns: Iterable[str]) -> list[str]:
        """Return the heading of each of some columns in text for people."""
        return [self.labels.get(column, column) for column in columns]

    def _repr_html_(self) -> str:
        """Return the answer as an HTML table of its first rows; Jupyter calls this."""
        if self.value is not None:
            return element("p", element("b", "yes" if self.value else "no"))
        columns, rows = self._cells()
        cells = (map(self._term_as_html, row) for row in rows)
        shown = table(
            self._headings(columns), cells, len(self), "row" if self.triples is None else "triple"
        )
        counts = ", ".join(f"{count} {word}" for word, count in self.certainty.items())
        return joined([element("p", f"{counts}."), shown]) if counts else shown

    def _term_as_html(self, term: Term | None) -> str:
        """Return a term for an HTML table cell: for an IRI, a link with its CURIE as the text.

        Literals and blank nodes are returned as plain text, which `render.html` escapes later, and
        dates in words; ``""`` for ``None``.
        """
        label = cell(self.prefixes, term)
        return link(label, term.value) if isinstance(term, NamedNode) else label

    def _json_lines(self) -> bytes:
        """Return a JSON object for each row, on a line of its own, in UTF-8.

        It maps columns to texts, integers, booleans, or null where there is no term.
        """
        rows = ({column: plain(row[column]) for column in self.columns} for row in self.rows)
        return "".join(map(json_line, rows)).encode()

    def _serialized(self, format: RdfFormat) -> bytes:
        """Return the distinct triples as bytes in an RDF format, with the prefixes they use.

        Raises `UnknownFormat` when the format cannot write one of the triples.
        """
        triples = dict.fromkeys(self.triples or ())
        if format is RdfFormat.RDF_XML:
            from allgraph.rdf import rdfxml

            return rdfxml.document(triples, self._used())
        try:
            return serialize(triples, format=format, prefixes=self._used()) or b""
        except OSError as error:
            raise UnknownFormat(f"{error}; write turtle or ntriples") from None

    def _used(self) -> dict[str, str]:
        """Return the prefixes that the triples use, with their namespaces."""
        used = {
            self.prefixes.shorten(term.value).partition(":")[0]
            for triple in self.triples or ()
            for term in triple
            if isinstance(term, NamedNode)
        }
        return {prefix: space for prefix, space in self.prefixes.items() if prefix in used}


def read(results: QuerySolutions | QueryBoolean | QueryTriples, prefixes: Prefixes) -> Answer:
    """Read all of pyoxigraph's query results into an `Answer`.

    The results are an iterator and are used up. What pyoxigraph raises meanwhile is not caught.
    """
    if isinstance(results, QueryBoolean):
        return Answer(value=bool(results), prefixes=prefixes)
    if isinstance(results, QueryTriples):
        return Answer(triples=tuple(results), prefixes=prefixes)
    columns = tuple(variable.value for variable in results.variables)
    rows = tuple(Row(zip(columns, solution, strict=True)) for solution in results)
    return Answer(columns=columns, rows=rows, prefixes=prefixes)


def cell(prefixes: Prefixes, term: Term | None) -> str:
    """Return a term as `Prefixes.show` does, but a date in words.

    >>> cell(Prefixes({}), Literal("2012-02", datatype=NamedNode(edtf.EDTF)))
    'February 2012'
    """
    is_date = isinstance(term, Literal) and term.datatype.value in _DATES
    return edtf.cell(text(term)) if is_date else prefixes.show(term)


def json_line(value: object) -> str:
    r"""Return a value as one line of JSON, which ends with a line feed.

    Within the line NEL, U+2028 and U+2029 are escaped too: some programs take them for line ends.

    >>> json_line({"note": "one\ntwo\u2028three"})
    '{"note": "one\\ntwo\\u2028three"}\n'
    """
    import json

    line = json.dumps(value, ensure_ascii=False)
    return _LINE_ENDS.sub(lambda end: f"\\u{ord(end[0]):04x}", line) + "\n"


def plain(term: Term | None) -> str | int | bool | None:
    """Return a term as a Python value for plain JSON.

    An ``xsd:integer`` of at most 18 digits is an ``int``, an ``xsd:boolean`` a ``bool``, ``None``
    stays ``None``, and all else is the text of the term.

    >>> plain(Literal("3", datatype=NamedNode(XSD + "integer"))), plain(Literal("3"))
    (3, '3')
    """
    if term is None:
        return None
    lexical = text(term)
    datatype = term.datatype.value if isinstance(term, Literal) else ""
    if datatype == XSD + "integer" and _INTEGER.fullmatch(lexical):
        return int(lexical)
    if datatype == XSD + "boolean" and lexical in ("true", "false"):
        return lexical == "true"
    return lexical


def results_json(answer: Answer) -> bytes:
    """Return an answer of rows, or of yes or no, as bytes of SPARQL 1.1 Query Results JSON."""
    from allgraph.render.json import compact

    return compact(_results(answer)).encode()


def _results(answer: Answer) -> dict[str, Any]:
    """Return an answer of rows, or of yes or no, as a dict of SPARQL 1.1 Query Results JSON."""
    if answer.value is not None:
        return {"head": {}, "boolean": answer.value}
    bindings = [
        {column: _json_term(term) for column, term in row.items() if term is not None}
        for row in answer.rows
    ]
    return {"head": {"vars": [*answer.columns]}, "results": {"bindings": bindings}}


def _json_term(term: Term) -> dict[str, object]:
    """Return the object for a term in SPARQL 1.1 Query Results JSON; of a triple, recursively."""
    if isinstance(term, NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, Triple):
        value = {part: _json_term(inner) for part, inner in zip(_PARTS, term, strict=True)}
        return {"type": "triple", "value": value}
    literal: dict[str, object] = {"type": "literal", "value": term.value}
    if term.language:
        literal["xml:lang"] = term.language
        if term.direction:
            literal["its:dir"] = term.direction.value
    elif term.datatype.value not in (XSD + "string", RDF + "langString"):
        literal["datatype"] = term.datatype.value
    return literal
