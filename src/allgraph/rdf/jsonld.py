"""Write JSON-LD."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from pyoxigraph import Quad, Triple

from allgraph.rdf.nesting import Forest, Place, is_blank, statements
from allgraph.rdf.serialize import (
    _TYPE,
    Keyed,
    Names,
    _object_order,
    _order,
    _parts,
    _subject_order,
    names_with,
    planted,
    schemes_of,
)
from allgraph.rdf.terms import Prefixes


def jsonld(
    quads: Iterable[Quad | Triple], prefixes: Prefixes, *, timeout: float | None = None
) -> str:
    """Quads or triples, their graphs forgotten, as JSON-LD 1.1 with a context of prefixes.

    Literals keep their forms: all but plain texts are value objects. Errors as `trig`.
    """
    from json.encoder import encode_basestring as quoted

    quads = [*quads]
    plain = statements(quads, merged=True)
    forest = planted(quads, plain, timeout, merged=True)
    names = names_with(
        tuple(prefixes.items()), schemes_of(plain).intersection(prefixes), for_json=True
    )
    writer = JsonWriter(forest, names, quoted)
    things = [*writer.things()]
    used = sorted(writer.used)
    context = [f"{quoted(prefix)}: {quoted(names.prefixes[prefix])}" for prefix in used]
    return (
        f'{{\n "@context": {bracketed("{}", context, " ")},\n'
        f' "@graph": {bracketed("[]", things, " ")}\n}}\n'
    )


class JsonWriter:
    """The objects of a JSON-LD document from a forest whose graphs are merged, as their texts.

    `pad` is what the line begins with on which a text stands.
    """

    def __init__(
        self,
        forest: Forest,
        names: Names,
        quoted: Callable[[str], str],
        used: set[str] | None = None,
    ) -> None:
        self.forest = forest
        self.names = names
        self.quoted = quoted
        self.used: set[str] = set() if used is None else used

    def things(self) -> list[str]:
        """An object for each subject, in the order of `TurtleWriter.statements`."""
        return [thing for _, thing in sorted(self.keyed(self.forest.roots()))]

    def keyed(self, places: Iterable[Place]) -> Iterator[Keyed]:
        """The object of each subject, after what it is sorted by."""
        for place in places:
            thing = self.thing(place, "  ")
            yield _subject_order(self.forest, place[1]) or (2, _compact(thing)), thing

    def thing(self, place: Place, pad: str) -> str:
        """What is said of a subject, with its name if it has one."""
        _, subject = place
        is_named = not is_blank(subject) or subject in self.forest.labelled
        entries = [f'"@id": {self.name(subject)}'] if is_named else []
        said = self.forest.said.get(place, {})
        for predicate in sorted(said, key=_order):
            objects = said[predicate]
            inner = pad + ("  " if len(objects) > 1 else " ")
            is_type = predicate == _TYPE and not any(map(self._is_inside, objects))
            values = [self.name(o) if is_type else self.value(place, o, inner) for o in objects]
            if len(values) > 1:
                pairs = [*zip(objects, values, strict=True)]
                pairs.sort(key=lambda pair: _object_order(pair[0], _compact(pair[1])))
                value = bracketed("[]", [value for _, value in pairs], pad + " ")
            else:
                value = values[0]
            key = '"@type"' if is_type else self.name(predicate)
            entries.append(f"{key}: {value}")
        return bracketed("{}", entries, pad)

    def value(self, place: Place, term: str, pad: str) -> str:
        """A term as the value of a property."""
        if term[0] == '"':
            return self._literal(term, pad)
        if (items := self.forest.items(term)) is not None:
            values = [self.value(place, item, pad + "  ") for item in items]
            return bracketed("{}", [f'"@list": {bracketed("[]", values, pad + " ")}'], pad)
        if term in self.forest.nested:
            return self.thing((place[0], term), pad)
        return f'{{\n{pad} "@id": {self.name(term)}\n{pad}}}'

    def name(self, term: str) -> str:
        """An IRI or label."""
        text, prefix = self.names.json(term)
        if prefix is not None:
            self.used.add(prefix)
        return text

    def _is_inside(self, term: str) -> bool:
        return term[0] == '"' or term in self.forest.nested

    def _literal(self, term: str, pad: str) -> str:
        value, language, datatype = _parts(term)
        text = self.quoted(value)
        if language:
            entries = [f'"@value": {text}', f'"@language": {self.quoted(language)}']
        elif datatype:
            entries = [f'"@value": {text}', f'"@type": {self.name(f"<{datatype}>")}']
        else:
            return text
        return bracketed("{}", entries, pad)


def bracketed(brackets: str, parts: Sequence[str], pad: str) -> str:
    """Texts in brackets, each on a line of its own."""
    if not parts:
        return brackets
    between = f",\n{pad} "
    return f"{brackets[0]}\n{pad} {between.join(parts)}\n{pad}{brackets[1]}"


def _compact(text: str) -> str:
    """JSON on one line."""
    import json

    return text if text[0] == '"' else json.dumps(json.loads(text), ensure_ascii=False)
