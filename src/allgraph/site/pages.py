"""The pages: each function makes one sort of page, of what a graph says.

The server and the publisher call the same functions, so that a page is the same, live or as a
file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from allgraph import (
    addresses,
    chronology,
    datasets,
    dates,
    derive,
    formats,
    pictures,
    prose,
    publications,
)
from allgraph.answer import Answer
from allgraph.catalogue import Parameter, Query
from allgraph.claims import Claim, named
from allgraph.documents import Document
from allgraph.errors import DateError
from allgraph.graph import Thing
from allgraph.relations import Path, Paths, arrow
from allgraph.sentences import capitalised, dated
from allgraph.site import discovery, sayings
from allgraph.site.connections import is_small
from allgraph.site.edition import PAGE, Edition, Kind
from allgraph.site.press import render
from allgraph.terms import AG, KNOWN, RDFS, Term, local_name, text
from allgraph.timelines import Entry, Timeline

NEIGHBOURS = 24
"""How many neighbours the picture of a thing has at most."""
ROWS, TRIPLES = ("csv", "tsv", "json", "xml"), ("ttl", "nt", "jsonld", "rdf")
"""The suffixes of the files with an answer, which has rows (or yes or no), or triples."""
LISTED = 1000
"""How many names the page of the search lists, and entries that of the timeline."""

_LABEL = NamedNode(RDFS + "label")
_SOURCE = NamedNode(AG + "Source")
_OTHER = NamedNode(KNOWN["skos"] + "altLabel")
_EDTF = "http://id.loc.gov/datatypes/edtf/EDTF"
_FOLDED = {derive.TYPE.value, RDFS + "label", AG + "nameInText"}


def _page(edition: Edition, template: str, path: str, title: str, **values: Any) -> bytes:
    """A page; `path` is without the root, and ``None`` where the page has no address of its own."""
    folder = edition.graph.folder
    return render(
        template,
        edition=edition,
        root=edition.root,
        folder=folder,
        title=title,
        canonical=f"{edition.home}{path[1:]}" if path else "",
        licence=_licence(edition),
        alternates=values.pop("alternates", ()),
        blocks=values.pop("blocks", ()),
        **values,
    )


def _licence(edition: Edition) -> tuple[str, str]:
    """The licence of a graph: what it is called, and its address if it has one."""
    known = folder_licence(edition.graph.folder.licence)
    address = edition.graph.folder.licence
    return known, address if address.startswith(("http://", "https://")) else ""


def folder_licence(licence: str) -> str:
    """What a licence is called for short.

    >>> folder_licence("https://creativecommons.org/publicdomain/zero/1.0/")
    'CC0 1.0'
    """
    start = "https://creativecommons.org/"
    if not licence.startswith(start):
        return licence
    kind, *rest = [part for part in licence[len(start) :].split("/") if part][1:]
    name = "CC0" if kind == "zero" else f"CC {kind.upper()}"
    return " ".join([name, *rest[:1]])


# ---- The first page, and lists


def home(edition: Edition) -> bytes:
    """The first page: what this is, how much there is, and where to begin."""
    graph = edition.graph
    counts = {k: int(text(v)) for k, v in graph.run("counts").rows[0].items()}
    return _page(
        edition, "home", "/", graph.folder.title,
        counts=counts, kinds=edition.kinds,
        questions=[(query, _example(edition, query, n)) for query, n in edition.featured],
        pairs=edition.pairs,
    )  # fmt: skip


def kinds(edition: Edition) -> bytes:
    """The kinds of things, and how many there are of each."""
    return _page(edition, "kinds", "/things", "Things by kind", kinds=edition.kinds)


def things(edition: Edition, kind: Kind, page: int, every: Sequence[Thing]) -> bytes:
    """A page of the things of a kind."""
    pages = max(1, -(-len(every) // PAGE))
    below = f"/{page}" if page > 1 else ""
    return _page(
        edition, "things", f"/things/{kind.name}{below}", kind.label.capitalize(),
        kind=kind, some=every[(page - 1) * PAGE : page * PAGE], page=page, pages=pages,
        is_cut=len(every) < kind.size,
    )  # fmt: skip


def find(edition: Edition, asked: str | None, found: Sequence[Thing]) -> bytes:
    """What a search found; without a search, what there is to find."""
    title = "Search" if asked is None else f"Search: {asked}"
    return _page(edition, "find", "/find", title, asked=asked, found=found[:LISTED],
                 more=max(0, len(found) - LISTED), kinds=edition.kinds)  # fmt: skip


# ---- Documents


def document(
    edition: Edition, found: Document, said: Sequence[Claim], known: Mapping[str, Claim]
) -> bytes:
    """The page about a thing, claim or source: a document, the claims on it, and their rivals."""
    topic = found.topic.value
    itself = known.get(topic)
    values = {
        "found": found,
        "iri": topic,
        "links": _formats(edition, found),
        "alternates": _alternates(edition, found),
        "pages": _pages(edition, found),
    }
    path = edition.path(topic, page=found.page) or ""
    if itself is not None:
        return _claim(edition, path, itself, said, known, values)
    thing = _thing(edition, found)
    if Triple(found.topic, derive.TYPE, _SOURCE) in found.triples:
        return _source(edition, path, thing, found, said, known, values)
    about = [one for one in said if topic in (one.subject.value, text(one.object))]
    others = [one for one in said if one not in about]
    return _page(
        edition, "thing", path, thing.name,
        thing=thing,
        groups=sayings.groups(edition, about, known, topic),
        others=[sayings.saying(edition, one, known) for one in others],
        plain=_plain(edition, found),
        timeline=_timeline(edition, thing, about) if found.pages == 1 else None,
        picture=_neighbours(edition, thing, about, found),
        blocks=[_block(_schema(edition, thing, found))],
        **values,
    )  # fmt: skip


def _claim(
    edition: Edition, path: str, one: Claim, said: Sequence[Claim], known: Mapping[str, Claim],
    values: dict[str, Any],
) -> bytes:  # fmt: skip
    shown = sayings.saying(edition, one, known)
    about = [each for each in said if text(each.object) == one.iri]
    return _page(
        edition, "claim", path, str(one),
        shown=shown,
        one=one,
        bounds=[(name, dates.words(dates.iso(day)).removeprefix("on "))
                for name, day in zip(_BOUNDS, one.bounds, strict=True) if day],
        about=[sayings.saying(edition, each, known) for each in about],
        subject=sayings.linked(edition, one.subject_name, one.subject.value),
        predicate=sayings.linked(edition, local_name(one.predicate), one.predicate),
        object=_value(edition, one.object, {text(one.object): one.object_name}),
        **values,
    )  # fmt: skip


_BOUNDS = ("began not before", "began not after", "ended not before", "ended not after")


def _source(
    edition: Edition, path: str, thing: Thing, found: Document, said: Sequence[Claim],
    known: Mapping[str, Claim], values: dict[str, Any],
) -> bytes:  # fmt: skip
    supported = [one for one in said if any(each.source == thing.iri for each in one.evidence)]
    about = [one for one in said if thing.iri in (one.subject.value, text(one.object))]
    return _page(
        edition, "source", path, thing.name,
        thing=thing,
        plain=_plain(edition, found),
        supported=[(sayings.saying(edition, one, known),
                    [each for each in one.evidence if each.source == thing.iri])
                   for one in supported],
        groups=sayings.groups(edition, about, known, thing.iri),
        **values,
    )  # fmt: skip


def _thing(edition: Edition, found: Document) -> Thing:
    """What a document is about: its name and kind, from its triples."""
    labels = _labels(found.triples)
    topic = found.topic
    kinds = sorted(
        labels.get(text(t.object), "") for t in found.triples
        if t.subject == topic and t.predicate == derive.TYPE
    )  # fmt: skip
    kind = next(filter(None, kinds), "")
    shorten = edition.graph.prefixes.shorten
    return Thing(topic.value, labels.get(topic.value) or shorten(topic.value), kind)


def _labels(triples: Iterable[Triple]) -> dict[str, str]:
    """What the things that triples mention are called; of several names the first."""
    found: dict[str, str] = {}
    for triple in triples:
        if triple.predicate == _LABEL:
            name, iri = text(triple.object), text(triple.subject)
            found[iri] = min(found.get(iri, name), name)
    return found


def _plain(edition: Edition, found: Document) -> list[tuple[Any, list[Any]]]:
    """What is said of a thing beside claims: predicates with their values."""
    labels = _labels(found.triples)
    claimed = {
        (t.subject, t.predicate, t.object)
        for t in _direct(found.triples)
    }  # fmt: skip
    said: dict[str, list[Term]] = {}
    for triple in found.triples:
        is_said = triple.subject == found.topic and triple.predicate.value not in _FOLDED
        if is_said and (triple.subject, triple.predicate, triple.object) not in claimed:
            said.setdefault(triple.predicate.value, []).append(triple.object)
    return [
        (
            sayings.linked(edition, labels.get(predicate, local_name(predicate)), predicate),
            [_value(edition, each, labels) for each in sorted(said[predicate], key=str)],
        )
        for predicate in sorted(said, key=lambda p: labels.get(p, local_name(p)))
    ]


def _direct(triples: Iterable[Triple]) -> list[Triple]:
    """The direct triples of the claims among some triples."""
    parts: dict[Term, dict[str, Term]] = {}
    for triple in triples:
        if triple.predicate in (derive.SUBJECT, derive.PREDICATE, derive.OBJECT):
            parts.setdefault(triple.subject, {})[triple.predicate.value] = triple.object
    names = (derive.SUBJECT.value, derive.PREDICATE.value, derive.OBJECT.value)
    whole = ([part[name] for name in names] for part in parts.values() if len(part) == 3)
    return [
        Triple(s, p, o)
        for s, p, o in whole
        if isinstance(s, NamedNode) and isinstance(p, NamedNode)
    ]


def _value(edition: Edition, term: Term, labels: Mapping[str, str]) -> Any:
    """A term as a page shows it: a name that is a link, a date in words, or a text."""
    if isinstance(term, NamedNode):
        name = labels.get(term.value) or edition.graph.prefixes.shorten(term.value)
        return sayings.linked(edition, name, term.value)
    if isinstance(term, BlankNode):
        return "…"
    if isinstance(term, Literal) and term.datatype.value == _EDTF:
        try:
            return dates.words(term.value)
        except DateError:
            return term.value
    return text(term)


def _formats(edition: Edition, found: Document) -> list[tuple[str, str]]:
    """The formats that a document has, and where they are."""
    topic = found.topic.value
    suffixes = (*addresses.SUFFIXES, addresses.TABLE)
    links = ((suffix, edition.path(topic, suffix, found.page)) for suffix in suffixes)
    return [(_NAMES[suffix], edition.root + path) for suffix, path in links if path]


_NAMES = {"ttl": "Turtle", "nt": "N-Triples", "rdf": "RDF/XML", "jsonld": "JSON-LD", "csv": "CSV",
          "tsv": "TSV", "json": "JSON", "xml": "XML"}  # fmt: skip
_TYPES = {suffix: formats.named(suffix).media_type.partition(";")[0]
          for suffix in (*addresses.SUFFIXES, addresses.TABLE)}  # fmt: skip


def _alternates(edition: Edition, found: Document) -> list[tuple[str, str]]:
    """The media types of the data of a document, and where they are."""
    topic = found.topic.value
    links = ((s, edition.path(topic, s, found.page)) for s in addresses.SUFFIXES)
    return [(_TYPES[suffix], edition.root + path) for suffix, path in links if path]


def _pages(edition: Edition, found: Document) -> list[tuple[int, str]]:
    """The numbers and addresses of the pages of a document, if there are several."""
    numbers = range(1, found.pages + 1) if found.pages > 1 else ()
    return [(n, edition.address(found.topic.value, page=n)) for n in numbers]


def _timeline(edition: Edition, thing: Thing, said: Sequence[Claim]) -> Timeline | None:
    """What is dated about a thing, if there is enough for an order."""
    found = chronology.arranged(edition.graph, said, thing)
    return found if len(found) > 1 else None


def _neighbours(
    edition: Edition, thing: Thing, said: Sequence[Claim], found: Document
) -> str | None:
    """A picture of what a thing is tied to."""
    spokes: dict[str, pictures.Spoke] = {}
    labels = _labels(found.triples)
    classes = _classes(found.triples)

    def dot(iri: str, name: str) -> pictures.Dot:
        kinds = classes.get(iri, [])
        kind = next(filter(None, map(labels.get, kinds)), "")
        return pictures.Dot(name, edition.address(iri), kind, edition.group(kinds))

    for claim in said:
        forward = claim.subject.value == thing.iri
        other = claim.object if forward else claim.subject
        if not isinstance(other, NamedNode) or other.value in spokes or other.value == thing.iri:
            continue
        name = claim.object_name if forward else claim.subject_name
        sentence = claim.sentence if forward else claim.inverse_sentence
        label = labels.get(other.value) or capitalised(name)
        spokes[other.value] = pictures.Spoke(dot(other.value, label), dated(sentence, claim.date))
    if not spokes:
        return None
    shown = [*spokes.values()][:NEIGHBOURS]
    center = dot(thing.iri, thing.name)._replace(href="")
    return Markup(pictures.around(center, shown, more=len(spokes) - len(shown)))  # noqa: S704


def _schema(edition: Edition, thing: Thing, found: Document) -> discovery.Json:
    """A thing in the terms of schema.org: its kind and our names for it, and no claim."""
    classes = edition.classes(_classes(found.triples).get(thing.iri, ()))
    labels = (t for t in found.triples if t.subject == found.topic and t.predicate == _OTHER)
    return discovery.thing(
        thing.iri, thing.name, edition.home + (edition.path(thing.iri) or "/")[1:],
        discovery.reference(edition.graph, edition.published),
        kind=discovery.kind_of(classes), also=sorted(text(each.object) for each in labels),
    )  # fmt: skip


def _block(data: discovery.Json) -> Markup:
    """Data for a script of JSON-LD; nothing in it can end the script."""
    return Markup(discovery.script(data))  # noqa: S704


def _classes(triples: Iterable[Triple]) -> dict[str, list[str]]:
    """The classes of the things that triples mention."""
    found: dict[str, list[str]] = {}
    for triple in triples:
        if triple.predicate == derive.TYPE:
            found.setdefault(text(triple.subject), []).append(text(triple.object))
    return found


# ---- Questions


def questions(edition: Edition) -> bytes:
    """All questions that can be asked."""
    every = [*edition.graph.queries.values()]
    return _page(edition, "questions", "/ask", "Questions", questions=every)


@dataclass(frozen=True)
class Asked:
    """A question that was asked: the values of its parameters as given, and what came of it.

    `example` is the number of the tested example that this is, 0 if it is none. `error` says why
    there is no answer.
    """

    values: Mapping[str, str]
    answer: Answer | None = None
    behind: Sequence[Sequence[Claim]] = ()
    example: int = 0
    as_of: str = ""
    error: str = ""


def question(edition: Edition, query: Query, asked: Asked | None = None) -> bytes:
    """The page of a question; with its answer, if it was asked."""
    graph = edition.graph
    examples = [
        (number, _shown_values(edition, query, example))
        for number, example in enumerate(query.examples, 1)
    ]
    below = f"/{asked.example}" if asked and asked.example else ""
    is_page = asked is None or asked.example > 0
    path = f"/ask/{query.name}{below}"
    values = dict(asked.values) if asked else {}
    if asked and asked.example:
        values = {name: name_ for name, _, name_ in _shown_values(edition, query, values)}
    return _page(
        edition, "question", path if is_page else "", query.title,
        query=query, asked=asked, values=values, examples=examples,
        fields=[_field(edition, parameter, values) for parameter in query.parameters],
        rows=_rows(edition, query, asked) if asked and asked.answer is not None else [],
        columns=_columns(query, asked.answer) if asked and asked.answer is not None else [],
        downloads=_downloads(edition, query, asked),
        shown=_shown_values(edition, query, asked.values) if asked else [],
        sparql=query.text, prefixes=graph.prefixes,
        paragraphs=query.help.split("\n\n"),
    )  # fmt: skip


def _field(edition: Edition, parameter: Parameter, values: Mapping[str, str]) -> dict[str, Any]:
    """A parameter as a field of a form."""
    return {
        "name": parameter.name.replace("_", "-"),
        "label": parameter.name.replace("_", " ").capitalize(),
        "help": parameter.help,
        "type": {"entity": "entity", "date": "date", "number": "number"}.get(
            parameter.type, "text"
        ),
        "choices": parameter.choices,
        "required": parameter.required,
        "default": parameter.default or "",
        "value": values.get(parameter.name, parameter.default or ""),
    }


def _shown_values(
    edition: Edition, query: Query, values: Mapping[str, str]
) -> list[tuple[str, str, str]]:
    """The values of parameters: name, label, and the value as people know it."""
    found = []
    for parameter in query.parameters:
        value = values.get(parameter.name)
        if value:
            known = edition.graph.known(value) if parameter.type == "entity" else None
            shown = edition.graph.thing(known).name if known is not None else value
            found.append((parameter.name, parameter.name.replace("_", " "), shown))
    return found


def _example(edition: Edition, query: Query, number: int) -> str:
    """The values of a tested example on one line."""
    values = _shown_values(edition, query, query.examples[number - 1])
    return ", ".join(f"{label}: {value}" for _, label, value in values)


def _columns(query: Query, answer: Answer) -> list[str]:
    return [column for column in answer.columns if column not in query.claim_columns]


def _rows(edition: Edition, query: Query, asked: Asked) -> list[dict[str, Any]]:
    """The rows of an answer: cells, and the claims behind them."""
    answer = asked.answer
    assert answer is not None
    columns = _columns(query, answer)
    known = {claim.iri: claim for some in asked.behind for claim in some}
    found = []
    for number, row in enumerate(answer.rows[:LISTED]):
        behind = asked.behind[number] if asked.behind else ()
        cells = [_cell(edition, row[column]) for column in columns]
        claims = [sayings.saying(edition, claim, known) for claim in behind]
        found.append({"cells": cells, "claims": claims})
    return found


def _cell(edition: Edition, term: Term | None) -> Any:
    if term is None:
        return ""
    if isinstance(term, NamedNode):
        return sayings.linked(edition, edition.graph.prefixes.shorten(term.value), term.value)
    return _value(edition, term, {})


def _downloads(edition: Edition, query: Query, asked: Asked | None) -> list[tuple[str, str]]:
    """The formats of an answer, and where each is; only for tested examples and live answers."""
    if asked is None or asked.answer is None or asked.error:
        return []
    kind = asked.answer.kind
    suffixes = TRIPLES if kind == "triples" else ROWS
    base = f"{edition.root}/ask/{query.name}"
    if asked.example:
        return [(_NAMES[suffix], f"{base}/{asked.example}.{suffix}") for suffix in suffixes]
    pairs = [*asked.values.items(), *([("as-of", asked.as_of)] if asked.as_of else [])]
    pairs = [(name.replace("_", "-"), value) for name, value in pairs]
    return [(_NAMES[suffix], f"{base}?{urlencode([*pairs, ('format', suffix)])}")
            for suffix in suffixes]  # fmt: skip


# ---- Connections


def connections(
    edition: Edition, values: Mapping[str, str], found: Paths | None = None, number: int = 0,
    error: str = "",
) -> bytes:  # fmt: skip
    """How two things are connected: a form, and what was found if anything was asked."""
    title = "How is A connected to B?"
    if found is not None:
        title = f"How is {found.source.name} connected to {found.target.name}?"
        values = {"from": found.source.name, "to": found.target.name, **values}
    path = f"/paths/{number}" if number else "/paths"
    is_page = number > 0 or not values
    return _page(
        edition, "connections", path if is_page else "", title,
        values=values, found=found, error=error, pairs=edition.pairs,
        is_small=is_small(edition.graph),
        paths=[_path(edition, path) for path in found] if found is not None else [],
    )  # fmt: skip


def _path(edition: Edition, path: Path) -> dict[str, Any]:
    known = {claim.iri: claim for claim in path.claims}
    dots = [pictures.Dot(thing.name, edition.address(thing.iri), thing.kind)
            for thing in path.things]  # fmt: skip
    arrows = [*map(arrow, path.steps, pairwise(path.things))]
    return {
        "path": path,
        "span": prose.within(path.span) if path.span is not None else "",
        "picture": Markup(pictures.chain(dots, arrows)),  # noqa: S704
        "steps": [
            sayings.saying(edition, step.claim, known, inverse=not step.forward)
            for step in path.steps
        ],
    }


def timeline(edition: Edition, found: Timeline, values: Mapping[str, str]) -> bytes:
    """What is dated, in order."""
    title = f"Timeline of {found.thing.name}" if found.thing else "Timeline"
    return _page(
        edition, "timeline", "" if values else "/timeline", title,
        found=found, values=values, entries=[_entry(edition, each) for each in found.entries],
        undated=[_entry(edition, each) for each in found.undated],
    )  # fmt: skip


def _entry(edition: Edition, entry: Entry) -> dict[str, Any]:
    return {
        "words": entry.words,
        "begin": dates.iso(entry.begin) if entry.begin else "",
        "certainty": entry.certainty,
        "disputed": entry.disputed,
        "sentence": entry.sentence,
        "address": edition.address(entry.claims[0].iri),
        "sources": [each for claim in entry.claims for each in claim.evidence],
    }


def told(edition: Edition, title: str, words: str) -> bytes:
    """What has no page of its own form: a title and a text of several lines."""
    return _page(edition, "told", "", title, words=words)


# ---- The data as a whole


def dataset(edition: Edition) -> bytes:
    """The dataset: licence, version, statistics, downloads, how to cite."""
    said = datasets.void(edition.graph, edition.published)
    return _page(
        edition, "dataset", "/catalog", "The data",
        counts=_counts(said), classes=_partitions(edition, said, "class"),
        properties=_partitions(edition, said, "property"),
        blocks=[_block(discovery.dataset(edition.graph, edition.published))],
        downloads=edition.published.downloads, endpoint=edition.published.endpoint,
        alternates=[(_TYPES[s], f"{edition.root}/catalog.{s}") for s in addresses.SUFFIXES],
    )  # fmt: skip


_VOID = publications.VOID
_FIGURES = {"triples": "triples", "entities": "things with a document", "classes": "classes",
            "properties": "properties", "distinctSubjects": "subjects",
            "distinctObjects": "objects"}  # fmt: skip


def _counts(said: Iterable[Triple]) -> list[tuple[str, int]]:
    whole = [triple for triple in said if text(triple.subject).endswith("#dataset")]
    values = {t.predicate.value.removeprefix(_VOID): text(t.object) for t in whole}
    return [(words, int(values[name])) for name, words in _FIGURES.items() if name in values]


def _partitions(edition: Edition, said: Iterable[Triple], kind: str) -> list[tuple[Any, int]]:
    """How much there is of each class or property, the largest first."""
    count = {"class": "entities", "property": "triples"}[kind]
    terms: dict[Term, str] = {}
    numbers: dict[Term, int] = {}
    for triple in said:
        if triple.predicate.value == _VOID + kind:
            terms[triple.subject] = text(triple.object)
        elif triple.predicate.value == _VOID + count:
            numbers[triple.subject] = int(text(triple.object))
    shorten = edition.graph.prefixes.shorten
    ranked = sorted(terms, key=lambda part: (-numbers[part], terms[part]))
    return [(sayings.linked(edition, shorten(terms[p]), terms[p]), numbers[p]) for p in ranked]


def about(edition: Edition) -> bytes:
    """About the data: what is missing, where sources conflict, what is kept back."""
    graph = edition.graph
    facts = {k: int(text(v)) for k, v in graph.run("site-gaps").rows[0].items()}
    rows = graph.run("site-conflicts").rows
    iris = [row["claim"] for row in rows] + [row["rival"] for row in rows]
    known = {claim.iri: claim for claim in named(graph, iris)}
    rivals = [
        [sayings.saying(edition, known[text(row[end])], {}, with_rivals=False)
         for end in ("claim", "rival")]
        for row in rows if text(row["claim"]) in known and text(row["rival"]) in known
    ]  # fmt: skip
    absent = [query for query in graph.queries.values() if query.absence is not None]
    return _page(edition, "about", "/about", "About the data", facts=facts, rivals=rivals,
                 questions=absent)  # fmt: skip


def terms(edition: Edition, found: Document) -> bytes:
    """The reference of the ontology: classes and predicates, each with what defines it."""
    said = _said(found.triples)
    labels = _labels(found.triples)
    sorts: dict[str, list[dict[str, Any]]] = {"Classes": [], "Predicates": [], "Values": []}
    for iri in sorted(said, key=lambda iri: (str(labels.get(iri, iri)).casefold(), iri)):
        if "#" not in iri or not iri.partition("#")[2]:
            continue
        kinds = {local_name(text(o)) for o in said[iri].get(derive.TYPE.value, [])}
        is_term = derive.TYPE.value in said[iri]
        is_predicate = any("Property" in kind for kind in kinds)
        sort = "Classes" if "Class" in kinds else "Predicates" if is_predicate else "Values"
        if is_term and _is_here(edition, iri, found):
            sorts[sort].append(_term(edition, iri, said[iri], labels))
    return _reference(edition, "terms", "/ns", "Ontology", found, sorts)


def shapes(edition: Edition, found: Document) -> bytes:
    """The reference of the shapes: what each checks, and what it says."""
    said = _said(found.triples)
    labels = _labels(found.triples)
    some = [
        _term(edition, iri, said[iri], labels)
        for iri in sorted(said, key=lambda iri: (str(labels.get(iri, iri)).casefold(), iri))
        if "#" in iri and derive.TYPE.value in said[iri] and _is_here(edition, iri, found)
    ]
    return _reference(edition, "terms", "/shapes", "Shapes", found, {"Shapes": some})


def _reference(
    edition: Edition, template: str, path: str, title: str, found: Document,
    sorts: Mapping[str, Sequence[Any]],
) -> bytes:  # fmt: skip
    return _page(
        edition, template, path, title,
        sorts={name: some for name, some in sorts.items() if some}, iri=found.topic.value,
        links=[(_NAMES[s], f"{edition.root}{path}.{s}") for s in addresses.SUFFIXES],
        alternates=[(_TYPES[s], f"{edition.root}{path}.{s}") for s in addresses.SUFFIXES],
    )  # fmt: skip


def _is_here(edition: Edition, iri: str, found: Document) -> bool:
    """Whether a term is in the namespace that the document is about."""
    return iri.partition("#")[0] == found.topic.value.rstrip("#")


def _said(triples: Iterable[Triple]) -> dict[str, dict[str, list[Term]]]:
    found: dict[str, dict[str, list[Term]]] = {}
    for triple in triples:
        if isinstance(triple.subject, NamedNode):
            values = found.setdefault(triple.subject.value, {})
            values.setdefault(triple.predicate.value, []).append(triple.object)
    return found


def _term(
    edition: Edition, iri: str, said: Mapping[str, Sequence[Term]], labels: Mapping[str, str]
) -> dict[str, Any]:
    """A term as the reference shows it."""
    shown = {_LABEL.value, RDFS + "comment", RDFS + "isDefinedBy"}
    comments = sorted(text(each) for each in said.get(RDFS + "comment", ()))
    return {
        "mark": iri.partition("#")[2],
        "curie": edition.graph.prefixes.shorten(iri),
        "label": labels.get(iri, local_name(iri)),
        "comment": " ".join(comments),
        "said": [
            (
                sayings.linked(edition, labels.get(predicate, local_name(predicate)), predicate),
                [_value(edition, each, labels) for each in sorted(said[predicate], key=str)
                 if not isinstance(each, BlankNode)],
            )
            for predicate in sorted(said, key=lambda p: labels.get(p, local_name(p)))
            if predicate not in shown
            and not all(isinstance(each, BlankNode) for each in said[predicate])
        ],
    }  # fmt: skip


def missing(edition: Edition) -> bytes:
    """The page for what is not there."""
    return _page(edition, "missing", "", "Not found")


def problem(edition: Edition, title: str, detail: str) -> bytes:
    """A page that says what went wrong."""
    return _page(edition, "problem", "", title, detail=detail)
