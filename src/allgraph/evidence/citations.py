"""Citations of a graph and of what is in it: a thing, a claim, a source, an answer, connections.

Each says which edition of the graph it is of: version, commit, day, publisher. Nothing in it
depends on the day on which it is made.

>>> from allgraph.graph import open_graph
>>> print(cite(open_graph(), "Coco Rocha").bibtex.splitlines()[0])
@misc{id:coco-rocha,
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from pyoxigraph import NamedNode

from allgraph.errors import ParameterError
from allgraph.evidence import titles
from allgraph.evidence.references import Reference
from allgraph.graph import Graph, Thing
from allgraph.graph.claims import Claim, named
from allgraph.linkeddata.publication import NOWHERE, Publication, dataset_iri, home_of
from allgraph.linkeddata.routes import BY_NAME
from allgraph.model import edtf
from allgraph.rdf.terms import Prefixes, text
from allgraph.render.brief import Brief, quoted
from allgraph.render.html import Fragment, element, joined
from allgraph.sparql.questions import Query

FORMATS = ("text", "bibtex", "ris", "csl-json")
"""The names of the forms of a citation."""
CONNECTIONS = "paths"
"""What is cited by this name is how two things, ``from`` and ``to``, are connected."""
OPTIONS = ("as-of", "possible", "withdrawn", "where", "sort")
"""What the answer to any question may have beside the parameters of the question."""
_KEPT = 10_000  # references to sources that are kept for further claims
_COMMIT = 12  # digits of a commit
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9:._-]{0,99}")
_NO_KEY = re.compile(r"[^A-Za-z0-9:._-]+")


@dataclass(frozen=True, repr=False)
class Citation(Brief):
    """A reference to what is cited, and after it those to the sources that say it.

    `of` is the CURIE or IRI of what is cited, or its address. The forms are `text`, one paragraph,
    `bibtex`, `ris` and `csl_json`, whose entries are in the same order.

    >>> import allgraph
    >>> citation = allgraph.cite(allgraph.open(), "claim:founding-2011")
    >>> [reference.key for reference in citation.references]
    ['claim:founding-2011', 'source:epochtimes-2012-02-16']
    """

    of: str
    references: tuple[Reference, ...]

    @property
    def text(self) -> str:
        """The citation as plain text, in one line."""
        first, *sources = self.references
        after = " ".join(source.text for source in sources)
        return f"{replace(first, note='').text} After: {after}" if after else first.text

    @property
    def bibtex(self) -> str:
        """The citation as BibTeX, which biblatex reads too."""
        return "\n\n".join(reference.bibtex for reference in self.references) + "\n"

    @property
    def ris(self) -> str:
        """The citation as RIS, whose lines end in CR and LF."""
        return "".join(reference.ris for reference in self.references)

    @property
    def csl_json(self) -> str:
        """The citation as CSL-JSON, a JSON text: an array of items."""
        import json

        items = (json.dumps(dict(one.csl), ensure_ascii=False) for one in self.references)
        return "[\n" + ",\n".join(items) + "\n]\n"

    def form(self, name: str) -> str:
        """Return the form with one of the names in `FORMATS`; `KeyError` for another name."""
        if name not in FORMATS:
            raise KeyError(name)
        form: str = getattr(self, name.replace("-", "_"))
        return form + "\n" if name == "text" else form

    def _facts(self) -> Iterable[str]:
        return (quoted(self.of),)

    def __str__(self) -> str:
        """Return the text."""
        return self.text

    def as_dict(self) -> dict[str, Any]:
        """Return the citation as a dict for JSON, with all of its forms."""
        return {
            "of": self.of,
            "text": self.text,
            "bibtex": self.bibtex,
            "ris": self.ris,
            "cslJson": [dict(reference.csl) for reference in self.references],
        }

    def _repr_html_(self) -> str:
        """Return the citation as HTML for notebooks: the text, and the other forms to open."""
        forms = (
            element("details", element("summary", name), _preformatted(self.form(name)))
            for name in FORMATS[1:]
        )
        return element("div", element("p", self.text), joined(forms))


def _preformatted(text: str) -> Fragment:
    """Return a text of several lines as HTML that keeps them."""
    lines = (element("code", line) for line in text.splitlines())
    return element("pre", joined(lines, "\n"))


# ---- What can be cited


def cite(
    graph: Graph,
    of: str | NamedNode | Thing | Claim = "",
    /,
    *,
    accessed: str = "",
    **parameters: object,
) -> Citation:
    """Return how to cite a thing, claim, source or question, or without `of` the graph itself.

    `of` is the name of a question, or names a thing, claim or source as everywhere. With values for
    its `parameters` a question is cited as answered, perhaps ``as_of`` a day; ``paths`` with
    ``from`` and ``to`` cites how these are connected. `accessed` is the day on which it was read.
    Runs queries. Raises `UnknownName`, `ParameterError` for parameters that the question does not
    have, and for any of a thing, and `DateError` for a day that is none.

    >>> import allgraph
    >>> graph = allgraph.open()
    >>> citation = allgraph.cite(graph, "founders", body="Model Alliance", accessed="2026-11-29")
    >>> citation.references[0].title
    'Who founded the Model Alliance, and when?'
    """
    return cited(graph, of, parameters, accessed)


def cited(
    graph: Graph,
    of: str | NamedNode | Thing | Claim,
    parameters: Mapping[str, object],
    accessed: str = "",
    published: Publication = NOWHERE,
) -> Citation:
    """Return what `cite` returns, for a graph that is published somewhere."""
    if accessed:
        edtf.day(accessed)
    values = {name.replace("_", "-"): value for name, value in parameters.items()}
    citation = _citation(graph, of, values, published)
    first, *sources = citation.references
    first = replace(first, accessed=accessed or first.accessed)
    return replace(citation, references=(first, *sources))


def parameters_of(pairs: Iterable[str]) -> dict[str, Any]:
    """Return parameters by name, each given as a text ``NAME=VALUE``; a list if several have one.

    Raises `ParameterError` for a text without ``=`` or a name.

    >>> parameters_of(["body=Model Alliance", "sort=name", "sort=when"])
    {'body': 'Model Alliance', 'sort': ['name', 'when']}
    """
    values: dict[str, list[str]] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not (name and equals):
            raise ParameterError(f"param: “{pair}” is not like body=Model Alliance")
        values.setdefault(name, []).append(value)
    return {name: given if len(given) > 1 else given[0] for name, given in values.items()}


def _citation(
    graph: Graph,
    of: str | NamedNode | Thing | Claim,
    values: Mapping[str, object],
    published: Publication,
) -> Citation:
    """Return the citation of what `cite` is called with, without the day on which it was read."""
    name = of if isinstance(of, str) else ""
    if name in graph.queries:
        return of_answer(graph, graph.queries[name], values, published)
    if name == CONNECTIONS and values:
        return of_connections(graph, values, published)
    if values:
        raise ParameterError(f"{', '.join(values)}: only a question has parameters")
    if of == "":
        return of_graph(graph, published)
    iri = graph.resolve(of if isinstance(of, (str, NamedNode)) else of.iri)
    graph = graph.showing(iri)
    for claim in named(graph, [iri]):
        return of_claim(graph, claim, published)
    return of_source(graph, iri, published) or of_thing(graph, graph.thing(iri), published)


def of_graph(graph: Graph, published: Publication = NOWHERE) -> Citation:
    """Return how to cite the graph as a whole; no query is run."""
    iri = dataset_iri(graph, published).value
    entry = _entry(graph, published, "", graph.folder.title, iri, "dataset")
    return Citation(iri, (replace(entry, container=""),))


def of_thing(graph: Graph, thing: Thing, published: Publication = NOWHERE) -> Citation:
    """Return how to cite what a graph says of a thing; no query is run."""
    curie = graph.prefixes.shorten(thing.iri)
    return Citation(curie, (_entry(graph, published, curie, thing.name, thing.iri),))


def of_claim(
    graph: Graph,
    claim: Claim,
    published: Publication = NOWHERE,
    known: dict[str, Reference] | None = None,
) -> Citation:
    """Return how to cite a claim, and the sources that say it.

    `known` are references to sources by IRI; those that it lacks are queried, and put there.
    """
    curie = graph.prefixes.shorten(claim.iri)
    sources = dict.fromkeys(evidence.source for evidence in claim.evidence)
    references = {} if known is None else known
    if missing := [iri for iri in sources if iri not in references]:
        if len(references) > _KEPT:
            references.clear()
            missing = [*sources]
        references.update(_references(graph, missing))
    after = "; ".join(", ".join(filter(None, (e.title, e.place))) for e in claim.evidence)
    withdrawal = f" ({str(claim.withdrawal).removesuffix('.')})" if claim.withdrawal else ""
    entry = _entry(graph, published, curie, f"“{claim}.”{withdrawal}", claim.iri)
    cited = []
    for iri in sources:
        if reference := references.get(iri):
            places = (e.place for e in claim.evidence if e.source == iri and e.place)
            place = "; ".join(dict.fromkeys(places))
            cited.append(replace(reference, note=f"Place: {place}") if place else reference)
    return Citation(curie, (replace(entry, note=f"After: {after}" if after else ""), *cited))


def of_source(graph: Graph, iri: NamedNode, published: Publication = NOWHERE) -> Citation | None:
    """Return how to cite a source of a graph, which is queried; ``None`` for what is no source."""
    edition = _entry(graph, published, "", "", iri.value)
    for _, reference in _references(graph, [iri.value]):
        as_read = replace(edition, title=f"As read for {graph.folder.title}", container="").text
        return Citation(graph.prefixes.shorten(iri.value), (replace(reference, note=as_read),))
    return None


def of_answer(
    graph: Graph,
    query: Query,
    values: Mapping[str, object],
    published: Publication = NOWHERE,
) -> Citation:
    """Return how to cite a question, or its answer for the values of parameters and of `OPTIONS`.

    Things are looked up in the graph. Raises what `Graph.checked_values` raises.
    """
    own = [parameter.name.replace("_", "-") for parameter in query.parameters]
    options = [name for name in OPTIONS if name in values and name not in own]
    given = {name.replace("-", "_"): values[name] for name in values if name not in options}
    path = f"/ask/{query.name}"
    if not given:
        shown = {name: values[name] for name in options}
        return of_page(graph, published, query.title, path, shown, options)
    terms = graph.checked_values(query, given)
    template = query.template_for(terms)
    title = titles.title(graph, query, terms) if template else query.title
    in_order = {name: values[name] for name in (*own, *options) if name in values}
    names = [name for name in in_order if f"{{{name.replace('-', '_')}}}" not in template]
    return of_page(graph, published, title, path, in_order, names)


def of_connections(
    graph: Graph, values: Mapping[str, object], published: Publication = NOWHERE
) -> Citation:
    """Return how to cite the connections between two things, ``from`` and ``to`` of the values.

    Others are those of the route ``paths``. Raises `ParameterError` for an unknown or missing one,
    and `UnknownName`.
    """
    known = [parameter.name for parameter in BY_NAME[CONNECTIONS].parameters]
    if unknown := values.keys() - {*known}:
        raise ParameterError(f"{min(unknown)}: there are the parameters {', '.join(known)}")
    for name in ("from", "to"):
        if not values.get(name):
            raise ParameterError(f"{name} is missing: the connections of two things are cited")
    first, second = (graph.thing(graph.resolve(str(values[name]))).name for name in ("from", "to"))
    title = f"How is {first} connected to {second}?"
    in_order = {name: values[name] for name in known if name in values}
    return of_page(graph, published, title, f"/{CONNECTIONS}", in_order, [*in_order][2:])


def of_page(
    graph: Graph,
    published: Publication,
    title: str,
    path: str,
    values: Mapping[str, object] = MappingProxyType({}),
    shown: Sequence[str] = (),
) -> Citation:
    """Return how to cite the page of a graph at a path, with values of its parameters.

    The title gets those that are `shown`, by name, in brackets. No query is run.
    """
    pairs = [(name, value) for name in values for value in _texts(values[name])]
    words = ", ".join(f"{name}: {value}" for name, value in pairs if name in shown)
    address = home_of(graph, published)[:-1] + path + (f"?{urlencode(pairs)}" if pairs else "")
    title = f"{title} ({words})" if words else title
    return Citation(address, (_entry(graph, published, "", title, address, "dataset"),))


def _texts(value: object) -> Iterator[str]:
    """Yield the texts of a value of a parameter, which may be a list of several."""
    values = value if isinstance(value, (list, tuple)) else [value]
    yield from ("true" if one is True else str(one) for one in values)


# ---- Their parts


def _entry(
    graph: Graph,
    published: Publication,
    curie: str,
    title: str,
    address: str,
    kind: str = "entry",
) -> Reference:
    """Return the reference to an entry of the present edition of a graph.

    The commit is known of a folder, and not of an endpoint. The day is that of the version, or else
    of the publication or the commit.
    """
    folder = graph.folder
    commit, day = ("", "") if graph.is_remote else folder.commit
    version = (folder.version, f"commit {commit[:_COMMIT]}" if commit else "")
    return Reference(
        _key(graph.prefixes, curie or address),
        kind,
        title,
        address,
        container=folder.title,
        version=", ".join(filter(None, version)),
        publisher=folder.publisher,
        date=folder.released or published.issued[:10] or day,
    )


def _references(graph: Graph, sources: Iterable[str]) -> Iterator[tuple[str, Reference]]:
    """Yield the IRIs of sources, and references to them by what they say of themselves.

    They are queried; what is no source is left out.
    """
    fields: dict[str, dict[str, list[str]]] = {}
    for row in graph.run_for("source-references", "documents", sources):
        source = fields.setdefault(text(row["source"]), {})
        for name in row.keys() - {"source"}:
            if (field := text(row[name])) and field not in source.setdefault(name, []):
                source[name].append(field)
    for iri, said_of_it in fields.items():
        first = {name: min(values) for name, values in said_of_it.items() if values}
        yield (
            iri,
            Reference(
                _key(graph.prefixes, iri),
                "page",
                first.get("title") or first.get("label") or graph.prefixes.shorten(iri),
                first.get("state") or first.get("page", ""),
                authors=tuple(said_of_it.get("author", ())),
                version=first.get("version", ""),
                publisher=first.get("publisher", ""),
                date=first.get("date", ""),
                accessed=first.get("read", ""),
            ),
        )


def _key(prefixes: Prefixes, name: str) -> str:
    """Return the key of a reference: the CURIE if programs take it, else like it with a digest."""
    curie = prefixes.shorten(name)
    if _KEY.fullmatch(curie):
        return curie
    plain = _NO_KEY.sub("-", re.sub(r"^https?://", "", curie)).strip("-")[:60]
    return f"ref-{plain}-{sha256(name.encode()).hexdigest()[:8]}"
