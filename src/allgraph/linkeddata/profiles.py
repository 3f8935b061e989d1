"""Profiles: the description of a thing in other vocabularies, each made by a CONSTRUCT query.

A profile is a file in ``queries/profiles/`` of a folder, or of one that it extends. Its header is
that of a question with one parameter, ``$thing``, and a paragraph ``Profile:`` with the IRI of what
it conforms to. The profile ``full`` is the document of `documents.about`, and needs no file.

>>> from allgraph.graph import open_graph
>>> graph = open_graph()
>>> [(profile.name, profile.iri) for profile in profiles(graph)]  # doctest: +NORMALIZE_WHITESPACE
[('full', 'https://w3id.org/allgraph/ns'), ('eli', 'http://data.europa.eu/eli/ontology#'),
 ('org', 'http://www.w3.org/ns/org#'), ('schema', 'https://schema.org/')]
>>> document = profiled(graph, "Sara Ziff", "schema")
>>> 'schema:name "Sara Ziff"' in document.write("turtle").decode()
True
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pyoxigraph import NamedNode, Triple

from allgraph.errors import ParameterError, QueryError
from allgraph.graph import Graph
from allgraph.graph.graph import Progress
from allgraph.linkeddata import documents
from allgraph.linkeddata.documents import Document
from allgraph.linkeddata.publication import NOWHERE, Publication, prefixes
from allgraph.rdf.nesting import statements
from allgraph.rdf.terms import BASE, Prefixes, iri
from allgraph.sparql.questions import Query
from allgraph.writing import put

FULL = "full"
"""The name of the profile with complete claims."""
LIST = "alt"
"""The name that a client gives instead of that of a profile to get the list of all profiles."""

_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_HEADING = "Profile:"
_STEP = 1_000  # things between two messages of progress


@dataclass(frozen=True)
class Profile:
    """A way to describe things in one vocabulary, by a CONSTRUCT query from a file.

    `iri` is the IRI of the vocabulary that its documents conform to, `help` its description.
    The profile ``full`` has no `query`: its documents are those of `documents.about`.
    """

    name: str
    iri: str
    help: str
    query: Query | None = None

    @property
    def title(self) -> str:
        """The title of its query, the first sentence of the file; of ``full`` the whole help."""
        return self.query.title if self.query else self.help


_FULL = Profile(FULL, f"{BASE}ns", "A thing with full claims, their evidence and sources.")


def profiles(graph: Graph) -> tuple[Profile, ...]:
    """Return the profiles of a graph, ``full`` first, read from the files of its folder.

    Raises `QueryError` when a file is no valid profile, or two profiles have the same IRI.
    """
    all_profiles = (_FULL, *(_profile(query) for query in graph.profile_files.values()))
    names: dict[str, str] = {}
    for profile in all_profiles:
        other = names.setdefault(_normalised(profile.iri), profile.name)
        if other != profile.name and profile.query:
            message = f"<{profile.iri}> is the IRI of the profile “{other}”; give another one"
            raise QueryError(message, path=profile.query.path)
    return all_profiles


def find(graph: Graph, name: str) -> Profile:
    """Return a profile of a graph by its name or IRI; reads the files of all profiles.

    Raises `ParameterError` if there is none, and `QueryError` when a file is no valid profile.

    >>> from allgraph.graph import open_graph
    >>> find(open_graph(), "foaf")
    Traceback (most recent call last):
      ...
    allgraph.errors.ParameterError: there is no profile “foaf”; there are full, eli, org, schema
    """
    return among(profiles(graph), name)


def among(known: Iterable[Profile], name: str) -> Profile:
    """Return the known profile with a name or IRI; `ParameterError` if there is none."""
    by_name = {profile.name: profile for profile in known}
    profile_name = named(name, {profile.name: profile.iri for profile in by_name.values()})
    if profile_name is None:
        raise unknown(name, by_name)
    return by_name[profile_name]


def unknown(name: str, known: Iterable[str]) -> ParameterError:
    """Return (and do not raise) the error for an unknown profile; it lists the `known` names."""
    return ParameterError(f"there is no profile “{name[:200]}”; there are {', '.join(known)}")


def named(name: str, known: Mapping[str, str]) -> str | None:
    """Return the name of the profile with a given name or IRI, ``None`` if there is none.

    `known` has the IRIs of the profiles by their names. IRIs are compared without ``http://`` or
    ``https://`` and without slashes and ``#`` at the end.

    >>> named("http://schema.org", {"schema": "https://schema.org/"})
    'schema'
    """
    if name in known:
        return name
    same = (other for other, iri in known.items() if _normalised(name) == _normalised(iri))
    return next(same, None)


def profiled(
    graph: Graph, thing: str, profile: str = FULL, *, published: Publication = NOWHERE
) -> Document:
    """Return the document about a thing in a profile, each given by name or IRI.

    Of ``full`` it is the first page. Any other profile has one page, without triples when its
    query finds none for the thing. `published` says where the graph is published. Reads the files
    of the profiles, and runs queries. Raises `UnknownName` when no thing or several have the name,
    or no triples are about the thing; `ParameterError` for an unknown profile, or a home that is no
    IRI; `QueryError` when the file of a profile is wrong; and the errors of the engine.

    >>> import allgraph
    >>> document = allgraph.profiled(allgraph.open(), "id:coco-rocha", "org")
    >>> any(triple.predicate.value.endswith("#member") for triple in document.triples)
    True
    """
    document = documents.about(graph, graph.term(thing), published=published)
    return of_document(graph, document, find(graph, profile))


def of_document(graph: Graph, document: Document, profile: Profile) -> Document:
    """Return a copy of a document with the triples of a profile about its topic, on one page.

    Runs the query of the profile, and raises the errors of the engine. For ``full``, returns the
    document itself.
    """
    if profile.query is None:
        return document
    graph = graph.showing(document.topic)
    triples = tuple(statements(_triples(graph, profile.query, document.topic)))
    names = _with_time(document.prefixes)
    return replace(
        document,
        statements=triples,
        prefixes=names,
        page=1,
        pages=1,
        whole=True,
        suffixes=documents.suffixes_for(triples, names),
    )


def of_all(graph: Graph, profile: str, *, progress: Progress | None = None) -> Iterator[Triple]:
    """Yield the triples of all things and sources of a graph in a profile, some perhaps twice.

    Runs the query ``profile-things``, and that of the profile for each thing; calls `progress`
    with a line of text after each 1,000 things. Raises `ParameterError` for an unknown profile and
    for ``full``, `QueryError` when the file of a profile is wrong, and the errors of the engine.
    """
    query = find(graph, profile).query
    if query is None:
        raise ParameterError(
            f"the profile “{FULL}” is the graph itself; export the graph without a profile"
        )
    things = dict.fromkeys(row["thing"] for row in graph.run("profile-things").rows)
    for count, thing in enumerate(things, 1):
        if isinstance(thing, NamedNode):
            yield from _triples(graph, query, thing)
        if progress is not None and count % _STEP == 0:
            progress(f"{count:,} of {len(things):,} things")


def export(
    graph: Graph,
    target: str | os.PathLike[str],
    profile: str,
    *,
    format: str | None = None,
    progress: Progress | None = None,
) -> None:
    """Write the triples of all things of a graph in a profile to the file `target`.

    By default in the format of its suffix: one of ``turtle ntriples rdfxml jsonld``. A file that
    exists is replaced in one step. Runs the query of the profile for each thing; calls `progress`
    with a line of text after each 1,000. Raises `UnknownFormat`, `ParameterError` for an unknown
    profile and for ``full``, `QueryError` when the file of a profile is wrong, the errors of the
    engine, and `WriteError` when the file cannot be written. The file is then as it was.
    """
    path = Path(target)
    chosen = path.suffix.removeprefix(".") if format is None else format
    content = exported(graph, profile, chosen, progress=progress)
    put(path, content, follow=True)


def exported(
    graph: Graph, profile: str, format: str = "turtle", *, progress: Progress | None = None
) -> bytes:
    """Return the triples of all things of a graph in a profile, as bytes in a format.

    The format is ``turtle ntriples rdfxml`` or ``jsonld``, or a suffix. Runs the query of the
    profile for each thing; calls `progress` with a line of text after each 1,000. Raises
    `UnknownFormat` for any other format, `ParameterError` for an unknown profile and for ``full``,
    `QueryError` when the file of a profile is wrong, and the errors of the engine.

    >>> from allgraph.graph import open_graph
    >>> b"schema:Person" in exported(open_graph(), "schema")
    True
    """
    documents.check(format)  # before the work
    triples = dict.fromkeys(of_all(graph, profile, progress=progress))
    return documents.written(triples, _with_time(prefixes(graph)), format)


def _triples(graph: Graph, query: Query, thing: NamedNode) -> Iterable[Triple]:
    """Run the query of a profile for a thing; return its triples, each once.

    Those about the thing come first. The order is the same for all engines. Raises `TooMuch` when
    an endpoint cuts the answer.
    """
    triples = graph.bound(query, {"thing": thing}).triples
    assert triples is not None  # for a profile is a CONSTRUCT
    return dict.fromkeys(sorted(triples, key=lambda t: (t.subject != thing, str(t))))


def _with_time(namespaces: Prefixes) -> Prefixes:
    """Prefixes with ``time:`` (OWL-Time), which profiles use for dates, unless it is there."""
    return Prefixes({"time": "http://www.w3.org/2006/time#", **namespaces})


def _normalised(iri: str) -> str:
    """An IRI without ``http://`` or ``https://``, and without slashes and ``#`` at the end."""
    return re.sub(r"^https?://|[/#]*$", "", iri.strip())


def _profile(query: Query) -> Profile:
    """Return the profile that the query of a file defines.

    Raises `QueryError` when its name is not allowed, its parameters are not ``$thing`` alone, the
    paragraph ``Profile:`` is missing or has no IRI, or it is not a valid CONSTRUCT.
    """

    def wrong(message: str) -> QueryError:
        """Return (and do not raise) an error about the file of `query`, given to `_profile`."""
        return QueryError(message, path=query.path)

    if not _TOKEN.fullmatch(query.name) or query.name in (FULL, LIST):  # letters, digits, ._-
        raise wrong(
            f"no profile can be called “{query.name}”; rename the file with letters, digits, “.”, "
            f"“_” or “-”, but not to {FULL} or {LIST}"
        )
    if [(parameter.name, parameter.type) for parameter in query.parameters] != [
        ("thing", "entity")
    ]:
        raise wrong("a profile has one parameter; write # $thing  entity  The thing.")
    paragraphs = query.help.split("\n\n")
    headings = [paragraph for paragraph in paragraphs if paragraph.startswith(_HEADING)]
    if len(headings) != 1:
        raise wrong(
            "name what it conforms to, in a paragraph such as # Profile: https://schema.org/"
        )
    try:
        conforms_to = iri(headings[0].removeprefix(_HEADING).strip())
    except ParameterError as error:
        raise wrong(error.message) from None
    if not query.makes_triples:  # which checks the syntax
        raise wrong("a profile is a CONSTRUCT")
    help = "\n\n".join(paragraph for paragraph in paragraphs if paragraph not in headings)
    return Profile(query.name, conforms_to.value, help, replace(query, help=help))
