"""JSON-LD, in the order of `serialize`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pyoxigraph import Quad, Triple

from allgraph.rdf.nesting import Forest, Place, is_blank, statements
from allgraph.rdf.ntriples import literal_parts
from allgraph.rdf.prefixes import Names, names_with, schemes_of
from allgraph.rdf.serialize import (
    TYPE,
    Keyed,
    SubjectWriter,
    labelled_forest,
    object_order,
    predicate_names,
    subject_order,
)
from allgraph.rdf.terms import Prefixes


def jsonld(
    quads: Iterable[Quad | Triple], prefixes: Prefixes, *, timeout: float | None = None
) -> str:
    """Return quads or triples, without their graphs, as JSON-LD 1.1 with a context of prefixes.

    The order of the triples and the labels of blank nodes do not change the text. Literals keep
    their forms: all but plain texts are value objects. May run a child process to find labels for
    blank nodes. Raises `EngineTimeout` after `timeout` seconds (by default a minute, and more for
    large graphs) and `EngineCrash`.
    """
    return json_of(labelled_forest(statements(quads, merged=True), timeout), prefixes)


def json_of(forest: Forest, prefixes: Prefixes) -> str:
    """Return the statements of a forest, whose blank nodes have stable labels, as `jsonld` does."""
    terms = {term for statement in forest.statements() for term in statement[:3]}
    schemes = schemes_of(terms).intersection(prefixes)  # such as https: no prefix in JSON-LD
    names = names_with(tuple(prefixes.items()), schemes, for_json=True)
    return JsonWriter(forest, names).document()


class JsonWriter(SubjectWriter):
    """A writer of the statements in a `Forest`, whose graphs must be merged, as JSON-LD.

    It returns texts; nothing is written to a file. Methods add the prefixes that they use to
    `used`. `pad` is the indent of the line on which a text begins.
    """

    END = "\n}\n"

    def __init__(self, forest: Forest, names: Names, used: set[str] | None = None) -> None:
        """Make a writer; nothing is written yet.

        `forest` has the statements to be written, by subject, all in the default graph. `names`
        shortens their IRIs by prefixes. The prefixes that are used are added to the set `used`,
        or to a new one.
        """
        from json.encoder import encode_basestring

        super().__init__(forest, names, used)
        self._quoted = encode_basestring

    def head(self) -> str:
        """Return the document's beginning: the context with `used` prefixes, and ``"@graph":``."""
        context = [
            f"{self._quoted(prefix)}: {self._quoted(self.names.prefixes[prefix])}"
            for prefix in sorted(self.used)
        ]
        return f'{{\n "@context": {bracketed("{}", context, " ")},\n "@graph": '

    def body(self, graphs: Iterable[tuple[str, Iterable[str]]]) -> Iterator[str]:
        """Yield the pieces of one array of objects.

        `graphs` are pairs of a graph, which is ignored, and the texts of its objects.
        """
        between = "[\n  "
        for _, texts in graphs:
            for text in texts:
                yield f"{between}{text}"
                between = ",\n  "
        yield "\n ]" if between[0] == "," else "[]"

    def keyed(self, places: Iterable[Place]) -> Iterator[Keyed]:
        """Yield for each subject its sort key and its JSON object as text.

        Adds the prefixes that the text needs to the writer's set `used`. `places` are pairs of a
        graph and a subject. The key is 0 and an IRI, 1 and a label, or, for a blank node without
        one, 2 and the text on one line.
        """
        for place in places:
            thing = self.thing(place, "  ")
            yield subject_order(self.forest, place[1]) or (2, _on_one_line(thing)), thing

    def thing(self, place: Place, pad: str) -> str:
        """Return the JSON object of a subject, with ``@id`` unless it is blank without a label.

        `place` is its graph and the subject; `pad` is the indent of the line on which the object
        begins. Adds the prefixes that the text needs to the writer's set `used`.
        """
        _, subject = place
        is_named = not is_blank(subject) or subject in self.forest.labelled
        entries = [f'"@id": {self.name(subject)}'] if is_named else []
        properties = self.forest.properties.get(place, {})
        keys, prefixes = predicate_names(self.names.json, tuple(properties))
        self.used |= prefixes
        for predicate, of_predicate in keys:
            objects = properties[predicate]
            inner = pad + ("  " if len(objects) > 1 else " ")
            is_type = predicate == TYPE and not any(map(self._is_written_in_place, objects))
            values = [self.name(o) if is_type else self.value(place, o, inner) for o in objects]
            if len(values) > 1:
                pairs = [*zip(objects, values, strict=True)]
                pairs.sort(key=lambda pair: object_order(pair[0], pair[1], _on_one_line))
                value = bracketed("[]", [value for _, value in pairs], pad + " ")
            else:
                value = values[0]
            key = '"@type"' if is_type else of_predicate or self.name(predicate)
            entries.append(f"{key}: {value}")
        return bracketed("{}", entries, pad)

    def value(self, place: Place, term: str, pad: str) -> str:
        """Return a term as the JSON value of a property: string, value object, list or object.

        `place` is the graph and subject that has the property; `term` is a text of N-Triples; `pad`
        is the indent of the line on which the value begins. Adds the prefixes that the text needs
        to the writer's set `used`.
        """
        if term[0] == '"':
            return self._literal(term, pad)
        if (items := self.forest.items(term)) is not None:
            values = [self.value(place, item, pad + "  ") for item in items]
            return bracketed("{}", [f'"@list": {bracketed("[]", values, pad + " ")}'], pad)
        if term in self.forest.nested:
            return self.thing((place[0], term), pad)
        return f'{{\n{pad} "@id": {self.name(term)}\n{pad}}}'

    def name(self, term: str) -> str:
        """Return an IRI or label as a JSON string; a prefix that shortens it is added to `used`."""
        text, prefix = self.names.json(term)
        if prefix is not None:
            self.used.add(prefix)
        return text

    def _is_written_in_place(self, term: str) -> bool:
        """Return True if a term is written in place: a literal or a nested blank node."""
        return term[0] == '"' or term in self.forest.nested

    def _literal(self, term: str, pad: str) -> str:
        """Return a literal as a JSON string, or with language or datatype as a value object.

        `term` is as in N-Triples; `pad` is the indent of the line on which the text begins. The
        prefix of the datatype may be added to `used`.
        """
        value, language, datatype = literal_parts(term)
        text = self._quoted(value)
        if language:
            entries = [f'"@value": {text}', f'"@language": {self._quoted(language)}']
        elif datatype:
            entries = [f'"@value": {text}', f'"@type": {self.name(f"<{datatype}>")}']
        else:
            return text
        return bracketed("{}", entries, pad)


def bracketed(brackets: str, parts: Sequence[str], pad: str) -> str:
    """Return `parts` in brackets, separated by commas, each on a line of its own.

    `brackets` are two characters; `pad` is the indent of the line with the opening one.
    """
    if not parts:
        return brackets
    between = f",\n{pad} "
    return f"{brackets[0]}\n{pad} {between.join(parts)}\n{pad}{brackets[1]}"


def _on_one_line(text: str) -> str:
    """Return the JSON text of an object or string on one line, so that values can be compared."""
    import json

    return text if text[0] == '"' else json.dumps(json.loads(text), ensure_ascii=False)
