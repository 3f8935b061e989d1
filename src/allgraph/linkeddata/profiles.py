"""The same thing in other vocabularies: each profile is one file with a CONSTRUCT.

A profile is a file in ``queries/profiles/`` of a folder, which those that extend it have too. Its
header is that of a question, with one parameter, ``$thing``, and a paragraph ``Profile:`` with the
IRI of what it conforms to. ``full`` is the document as `documents.about` has it, and needs no file.

>>> from allgraph.graph import open_graph
>>> graph = open_graph()
>>> [(profile.name, profile.iri) for profile in profiles(graph)]  # doctest: +NORMALIZE_WHITESPACE
[('full', 'https://w3id.org/allgraph/ns'), ('org', 'http://www.w3.org/ns/org#'),
 ('schema', 'https://schema.org/')]
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

from pyoxigraph import NamedNode, QueryTriples, Store, Triple

from allgraph.errors import ParameterError, QueryError
from allgraph.exports.export import put
from allgraph.graph import Graph
from allgraph.graph.graph import Progress
from allgraph.linkeddata import documents
from allgraph.linkeddata.documents import Document
from allgraph.linkeddata.publication import NOWHERE, Publication, prefixes
from allgraph.rdf.terms import BASE, Prefixes, iri
from allgraph.sparql.questions import Query

FULL = "full"
"""The name of the profile with full claims."""
LIST = "alt"
"""What stands for the list of profiles where a client names one."""

_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_HEADING = "Profile:"
_THING = NamedNode("urn:thing")
_EVERY = 1_000  # things of a graph between two messages


@dataclass(frozen=True)
class Profile:
    """A way to tell of things: its `name`, and the IRI of what its documents conform to."""

    name: str
    iri: str
    help: str
    query: Query | None = None

    @property
    def title(self) -> str:
        """The first sentence of the help."""
        return self.query.title if self.query else self.help


_FULL = Profile(FULL, f"{BASE}ns", "A thing with full claims, their evidence and sources.")


def profiles(graph: Graph) -> tuple[Profile, ...]:
    """The profiles of a graph, ``full`` first; `QueryError` when a file is wrong."""
    found = [_FULL, *(_read(query) for query in graph.profile_files.values())]
    taken: dict[str, str] = {}
    for profile in found:
        other = taken.setdefault(_folded(profile.iri), profile.name)
        if other != profile.name and profile.query:
            message = f"<{profile.iri}> is the IRI of the profile “{other}”; give another one"
            raise QueryError(message, path=profile.query.path)
    return tuple(found)


def find(graph: Graph, name: str) -> Profile:
    """A profile by its name or IRI, or `ParameterError` with those that there are.

    >>> from allgraph.graph import open_graph
    >>> find(open_graph(), "foaf")
    Traceback (most recent call last):
      ...
    allgraph.errors.ParameterError: there is no profile “foaf”; there are full, org, schema
    """
    found = {each.name: each for each in profiles(graph)}
    meant = named(name, {each.name: each.iri for each in found.values()})
    if meant is None:
        raise unknown(name, found)
    return found[meant]


def unknown(name: str, known: Iterable[str]) -> ParameterError:
    """What to say of a profile that is not there."""
    return ParameterError(f"there is no profile “{name[:200]}”; there are {', '.join(known)}")


def named(name: str, known: Mapping[str, str]) -> str | None:
    """The name of the profile that a name or IRI means, of those `known` by name with their IRI.

    How the IRI of a vocabulary ends, and whether it is https, makes no difference.

    >>> named("http://schema.org", {"schema": "https://schema.org/"})
    'schema'
    """
    if name in known:
        return name
    return next((each for each, iri in known.items() if _folded(name) == _folded(iri)), None)


def profiled(
    graph: Graph, thing: str, profile: str = FULL, *, published: Publication = NOWHERE
) -> Document:
    """The document about a thing in a profile, by the name or IRI of each.

    Of ``full`` it is the first page. Another profile has one page, and no triples when its
    vocabulary says nothing of such a thing. Raises `UnknownName` when nothing is said of the
    thing, `ParameterError` for an unknown profile, and `QueryError` for a wrong one.

    >>> from allgraph.graph import open_graph
    >>> document = profiled(open_graph(), "id:coco-rocha", "org")
    >>> {t.object.value for t in document.triples if t.predicate.value.endswith("#member")}
    {'https://w3id.org/allgraph/id/coco-rocha'}
    """
    return of_document(graph, documents.about(graph, graph.term(thing), published=published),
                       find(graph, profile))  # fmt: skip


def of_document(graph: Graph, document: Document, profile: Profile) -> Document:
    """What a profile tells of the topic of a document, on one page."""
    if profile.query is None:
        return document
    triples = _told(graph, profile.query, document.topic)
    known = _known(document.prefixes)
    return replace(document, triples=triples, prefixes=known, page=1, pages=1, whole=True)


def of_all(graph: Graph, profile: str, *, progress: Progress | None = None) -> Iterator[Triple]:
    """What a profile tells of all things of a graph and of its sources; triples may come twice."""
    query = find(graph, profile).query
    if query is None:
        raise ParameterError(f"the profile “{FULL}” is the graph itself; export it without one")
    things = dict.fromkeys(row["thing"] for row in graph.run("profile-things").rows)
    for count, thing in enumerate(things, 1):
        if isinstance(thing, NamedNode):
            yield from _told(graph, query, thing)
        if progress is not None and count % _EVERY == 0:
            progress(f"{count:,} of {len(things):,} things")


def export(
    graph: Graph, target: str | os.PathLike[str], profile: str, *, format: str | None = None,
    progress: Progress | None = None,
) -> None:  # fmt: skip
    """Write all things of a graph in a profile to a file; its suffix is the format unless given.

    What is written is told at `exported`. The file is replaced in one step; `WriteError` when it
    cannot be.
    """
    path = Path(target)
    chosen = path.suffix.removeprefix(".") if format is None else format
    put(path, exported(graph, profile, chosen, progress=progress))


def exported(
    graph: Graph, profile: str, format: str = "turtle", *, progress: Progress | None = None
) -> bytes:
    """All things of a graph in a profile, in a format of `documents.written`.

    >>> from allgraph.graph import open_graph
    >>> b"schema:Person" in exported(open_graph(), "schema")
    True
    """
    documents.check(format)  # said before the work, not after it
    triples = dict.fromkeys(of_all(graph, profile, progress=progress))
    return documents.written(triples, _known(prefixes(graph)), format)


def _told(graph: Graph, query: Query, thing: NamedNode) -> tuple[Triple, ...]:
    """What a profile tells of a thing, in one order whatever the engine."""
    found = graph.bound(query, {"thing": thing}).triples
    assert found is not None  # for a profile is a CONSTRUCT
    ordered = sorted(found, key=lambda each: (each.subject != thing, str(each)))
    return tuple(dict.fromkeys(ordered))


def _known(known: Prefixes) -> Prefixes:
    more = {"time": "http://www.w3.org/2006/time#"}
    return Prefixes({**more, **known})


def _folded(name: str) -> str:
    return re.sub(r"^https?://|[/#]*$", "", name.strip())


def _read(query: Query) -> Profile:
    """The profile of a file, or `QueryError`."""

    def wrong(message: str) -> QueryError:
        return QueryError(message, path=query.path)

    if not _TOKEN.fullmatch(query.name) or query.name in (FULL, LIST):
        raise wrong(f"no profile can be called “{query.name}”; give the file another name")
    if [(each.name, each.type) for each in query.parameters] != [("thing", "entity")]:
        raise wrong("a profile has one parameter; write # $thing  entity  The thing.")
    paragraphs = query.help.split("\n\n")
    headings = [each for each in paragraphs if each.startswith(_HEADING)]
    if len(headings) != 1:
        raise wrong(
            "say what it conforms to, in a paragraph such as # Profile: https://schema.org/"
        )
    try:
        conforms = iri(headings[0].removeprefix(_HEADING).strip())
    except ParameterError as error:
        raise wrong(error.message) from None
    query.columns  # noqa: B018  which checks the syntax
    form = Store().query(query.bind({"thing": _THING}), prefixes=query.prefixes)
    if not isinstance(form, QueryTriples):
        raise wrong("a profile is a CONSTRUCT")
    help = "\n\n".join(each for each in paragraphs if each not in headings)
    return Profile(query.name, conforms.value, help, replace(query, help=help))
