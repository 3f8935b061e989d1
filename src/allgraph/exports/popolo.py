"""A graph as Popolo JSON: people, bodies, offices, who belonged to what when, and votes.

See https://www.popoloproject.com/specs/. What Popolo says, it says as a fact, so only claims that
may be stated outright are told (`outright`). Each has its sources.

>>> import io, json
>>> from allgraph.graph import open_graph
>>> out = io.BytesIO()
>>> write(open_graph(), out)
>>> "Sara Ziff" in [person["name"] for person in json.loads(out.getvalue())["persons"]]
True
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import IO, Any

from pyoxigraph import Literal, NamedNode

from allgraph.exports.outright import Outright, ThingsByClass, is_address, outright, scheme_page
from allgraph.graph import Graph
from allgraph.graph.graph import Progress
from allgraph.model import vocabulary
from allgraph.rdf.terms import AG, SCHEMA, ag, text
from allgraph.sorting import Sorter
from allgraph.sparql.answer import json_line

SECTIONS = (
    "persons", "organizations", "memberships", "events", "posts", "areas", "motions",
    "vote_events",
)  # fmt: skip
"""The arrays of the document, in their order."""
FIELDS = (
    "id", "name", "label", "other_names", "other_label", "family_name", "given_name",
    "additional_name", "honorific_suffix", "sort_name", "gender", "birth_date", "death_date",
    "image", "identifier", "identifiers", "classification", "parent_id", "founding_date",
    "dissolution_date", "member", "person_id", "organization_id", "post_id", "area_id", "role",
    "legislative_session_id", "motion_id", "text", "start_date", "end_date", "result",
    "counts", "votes", "contact_details", "links", "sources",
)  # fmt: skip
"""The properties that are written, in their order."""
LISTS = frozenset(
    ("other_names", "other_label", "identifiers", "counts", "votes", "contact_details", "links")
)
"""The properties that have several values; of any other all claims have to give the same one."""
Sources = list[list[str]]
"""Pairs of the address of a source and a note."""
_WITH_OWN_SOURCES = ("votes", "contact_details")
_CLASSES = (
    "Person", "Body", "Office", "District", "Session", "Vote", "Founding", "Dissolution",
    "Birth", "Death", "PostalAddress", "ContactPoint",
)  # fmt: skip
_SECTION_OF = {
    "Person": "persons", "Body": "organizations", "Office": "posts", "District": "areas",
    "Session": "events", "Vote": "vote_events",
}  # fmt: skip
_LITERALS = {
    "familyName": "family_name", "givenName": "given_name", "additionalName": "additional_name",
    "honorificSuffix": "honorific_suffix", "sortName": "sort_name", "gender": "gender",
}  # fmt: skip
_DATE_OF_EVENT = {
    ("Person", "Birth"): "birth_date", ("Person", "Death"): "death_date",
    ("Body", "Founding"): "founding_date", ("Body", "Dissolution"): "dissolution_date",
}  # fmt: skip
_CONTACTS = {
    "telephone": "voice", "faxNumber": "fax", "email": "email", "url": "url", "address": "address",
}  # fmt: skip


def write(
    graph: Graph, file: IO[bytes], place: Path | None = None, progress: Progress | None = None
) -> None:
    """Write a graph to an open file as one JSON document, with a line for each object.

    In memory are what is said of one thing at a time, and the body of each office; what else does
    not fit is sorted in files in the directory `place`. Raises `InputError` for a graph that an
    endpoint holds, and `WriteError` when the disk is full.
    """
    with Sorter[tuple[Any, ...]](place, distinct=True) as parts:
        popolo = _Popolo(graph, parts)
        popolo.read(graph, progress)
        file.writelines(line.encode() for line in _lines(popolo))


def _lines(popolo: _Popolo) -> Iterator[str]:
    """Yield the lines of the document."""
    objects = popolo.objects()
    waiting = next(objects, None)
    for place, section in enumerate(SECTIONS):
        before = ",\n" if place else "{\n"
        yield f'{before}"{section}": [\n'
        comma = ""
        while waiting is not None and waiting[0] == place:
            yield comma + json_line(waiting[1]).rstrip("\n")
            waiting, comma = next(objects, None), ",\n"
        yield "\n]" if comma else "]"
    yield "\n}\n"


class _Popolo:
    """The objects of a document, as parts in a sorter.

    A part is the place of the section, the id of the object, the IRI of a claim, a key, some
    properties as JSON, and the sources of the claim. The key is that of `_add`.
    """

    def __init__(self, graph: Graph, parts: Sorter[tuple[Any, ...]]) -> None:
        """Prepare to read a graph; `parts` is empty."""
        self._things = ThingsByClass(graph, _CLASSES)
        self._parts = parts
        self._options = self._things.options()
        self._acting = self._things.label(ag("ActingBody"))
        self._voter = self._things.label(ag("Voter"))
        self._body_of: dict[str, set[str]] = {}  # the bodies of an office

    def read(self, graph: Graph, progress: Progress | None) -> None:
        """Add the things of a graph, then the claims about them; `progress` gets messages."""
        for thing, kind in self._things.every():
            if kind in _SECTION_OF:
                self._add_thing(thing, kind)
        for claim in outright(graph, {*_TELL}, progress):
            _TELL[claim.predicate](self, claim)

    def objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the objects, each after the place of its section; no part may be added any more."""
        for (place, iri), group in groupby(self._parts, itemgetter(0, 1)):
            fields = _object(iri, group)
            if "post_id" in fields and len(bodies := self._body_of.get(fields["post_id"], ())) == 1:
                fields["organization_id"] = next(iter(bodies))
            yield place, {name: fields[name] for name in FIELDS if name in fields}

    def _add(
        self, kind: str, iri: str, values: Mapping[str, Any], claim: Outright | None = None,
        key: str = "",
    ) -> None:  # fmt: skip
        """Add the values of an object that are not ``""`` or ``None``, and the sources of a claim.

        `kind` is a class or a section; `key` tells values of a list apart, by default the value.
        """
        place = SECTIONS.index(_SECTION_OF.get(kind, kind))
        if known := _known(values):
            part = (
                (claim.claim, key, json_line(known), [*map(list, claim.sources)])
                if claim
                else ("", key, json_line(known), [])
            )
            self._parts.add((place, iri, *part))

    def _add_thing(self, thing: NamedNode, kind: str) -> None:
        """Add a thing, with its name and kind, which need no claim."""
        things, values = self._things, {"id": thing.value}
        if kind in ("Person", "Body", "District", "Session"):
            values["name"] = things.label(thing)
        if kind in ("Body", "District"):
            values["classification"] = things.classification(thing)
        if kind == "Session":
            values["classification"] = "legislative session"
        if kind == "Office":
            values["label"] = things.label(thing)
        self._add(kind, thing.value, values)
        if kind == "Vote" and things.objects(thing, vocabulary.CLASSIFICATION):
            self._add_motion(thing.value, {"classification": things.classification(thing)})

    def _add_motion(
        self, vote: str, values: Mapping[str, Any], claim: Outright | None = None
    ) -> None:
        """Add the motion that is voted on, and say that the vote is on it."""
        motion = f"{vote}#motion"
        self._add("motions", motion, {"id": motion, **values}, claim)
        self._add("Vote", vote, {"motion_id": motion})

    def _kinds(self, claim: Outright) -> tuple[str, str]:
        """Return the kinds of the subject and the object of a claim."""
        return self._things.kind(NamedNode(claim.subject)), self._things.kind(claim.object)

    # ---- What a claim is told as ------------------------------------------------

    def _literal(self, claim: Outright) -> None:
        """Add a part of a name, or the gender, of a person."""
        if self._kinds(claim)[0] == "Person" and not claim.is_over:
            name = _LITERALS[claim.predicate.removeprefix(AG)]
            self._add("Person", claim.subject, {name: text(claim.object)}, claim)

    def _name(self, claim: Outright) -> None:
        """Add another name, with its dates and language; for the label, only the sources."""
        kind, name, (begin, end) = self._kinds(claim)[0], text(claim.object), claim.sides
        if kind == "Office":
            self._add(kind, claim.subject, {"other_label": name}, claim)
        elif kind in ("Person", "Body"):
            if name == self._things.label(NamedNode(claim.subject)):
                self._add(kind, claim.subject, {"name": name}, claim)
                return
            language = claim.object.language if isinstance(claim.object, Literal) else None
            other_name = {"name": name, "start_date": begin, "end_date": end, "lang": language}
            self._add(kind, claim.subject, {"other_names": _known(other_name)}, claim)

    def _identifier(self, claim: Outright) -> None:
        """Add an identifier, and the page that its scheme has for it."""
        kind, obj = self._kinds(claim)[0], claim.object
        if not isinstance(obj, Literal):
            return
        if kind == "District":
            self._add(kind, claim.subject, {"identifier": obj.value}, claim)
        scheme = self._things.label(obj.datatype)
        if kind in ("Person", "Body"):
            identifier = {"scheme": scheme, "identifier": obj.value}
            self._add(kind, claim.subject, {"identifiers": _known(identifier)}, claim)
        page = scheme_page(self._things, obj)
        if kind in ("Person", "Body", "Office") and is_address(page):
            self._add(kind, claim.subject, {"links": {"url": page, "note": scheme}}, claim)

    def _website(self, claim: Outright) -> None:
        """Add the address of a site or a picture."""
        kind, address = self._kinds(claim)[0], text(claim.object)
        if not is_address(address) or claim.is_over:
            return
        if claim.predicate == AG + "image" and kind in ("Person", "Body"):
            self._add(kind, claim.subject, {"image": address}, claim)
        elif claim.predicate != AG + "image" and kind in ("Person", "Body", "Office"):
            self._add(kind, claim.subject, {"links": {"url": address}}, claim)

    def _contact(self, claim: Outright) -> None:
        """Add a way to reach an office or a body."""
        (kind, of_object), things, (begin, end) = self._kinds(claim), self._things, claim.sides
        if kind not in ("Body", "Office"):
            return
        if of_object == "PostalAddress":
            contacts = [("address", ", ".join(things.address(claim.object).values()))]
        else:
            contacts = [
                (type, value)
                for name, type in _CONTACTS.items()
                for value in things.values(claim.object, NamedNode(SCHEMA + name))
            ]
        for type, value in contacts:
            detail = {"type": type, "value": value, "valid_from": begin, "valid_until": end}
            if value:
                self._add(kind, claim.subject, {"contact_details": _known(detail)}, claim)

    def _event(self, claim: Outright) -> None:
        """Add the date of a birth, a death, a founding, a dissolution or a vote."""
        kinds = self._kinds(claim)
        if kinds in _DATE_OF_EVENT:
            name = _DATE_OF_EVENT[kinds]
            self._add(kinds[0], claim.subject, {name: claim.date}, claim)
        elif kinds[1] == "Vote":
            values = {"id": text(claim.object), "start_date": claim.date}
            self._add("Vote", text(claim.object), values, claim)

    def _founding(self, claim: Outright) -> None:
        """Add the date of the founding of a body."""
        if self._kinds(claim)[1] == "Body":
            self._add("Body", text(claim.object), {"founding_date": claim.date}, claim)

    def _part(self, claim: Outright) -> None:
        """Add the body that a body is a part of, or the body or district of an office."""
        kinds, subject, obj = self._kinds(claim), claim.subject, text(claim.object)
        if claim.is_over:
            return
        if claim.predicate == AG + "hasUnit" and kinds == ("Body", "Body"):
            self._add("Body", obj, {"parent_id": subject}, claim)
        elif claim.predicate == AG + "postIn" and kinds == ("Office", "Body"):
            self._body_of.setdefault(subject, set()).add(obj)
            self._add("Office", subject, {"organization_id": obj}, claim)
        elif claim.predicate == AG + "hasDistrict" and kinds == ("Office", "District"):
            self._add("Office", subject, {"area_id": obj}, claim)

    def _session(self, claim: Outright) -> None:
        """Add the session of a vote, or of which body and when a session was."""
        kinds, (begin, end), obj = self._kinds(claim), claim.sides, text(claim.object)
        if kinds == ("Vote", "Session"):
            self._add("Vote", claim.subject, {"legislative_session_id": obj}, claim)
        elif kinds == ("Body", "Session"):
            values = {"organization_id": claim.subject, "start_date": begin, "end_date": end}
            self._add("Session", obj, values, claim)

    def _membership(self, claim: Outright) -> None:
        """Add a membership: somebody held an office, or belonged to a body."""
        (kind, of_object), obj = self._kinds(claim), text(claim.object)
        if kind not in ("Person", "Body") or of_object not in ("Body", "Office"):
            return
        begin, end = claim.sides
        values: dict[str, Any] = {"id": claim.claim, "person_id": claim.subject}
        if kind == "Body":
            member = {"@type": "Organization", "id": claim.subject}
            values = {"id": claim.claim, "member": member}
        if claim.predicate == AG + "tookOffice":
            begin = claim.date
        elif claim.predicate == AG + "leftOffice":
            end = claim.date
        else:
            values["role"] = " and ".join(claim.roles)
        values["post_id" if of_object == "Office" else "organization_id"] = obj
        self._add(
            "memberships", claim.claim, {**values, "start_date": begin, "end_date": end}, claim
        )

    def _vote(self, claim: Outright) -> None:
        """Add the vote of a person, or the body that voted."""
        (kind, of_object), vote = self._kinds(claim), text(claim.object)
        if of_object != "Vote" or kind not in ("Person", "Body"):
            return
        if kind == "Body" and self._acting in claim.roles:
            self._add("Vote", vote, {"organization_id": claim.subject}, claim)
            return
        options = [self._options[role] for role in claim.roles if role in self._options]
        if len(options) == 1 or (not options and self._voter in claim.roles):
            ballot = {"voter_id": claim.subject, "option": "".join(options)}
            self._add("Vote", vote, {"votes": _known(ballot)}, claim, claim.subject)

    def _of_vote(self, claim: Outright) -> None:
        """Add the motion, a count, the result or the number of a vote."""
        name, vote, things = claim.predicate.removeprefix(AG), claim.subject, self._things
        if self._kinds(claim)[0] != "Vote":
            return
        if name == "onMotion":
            self._add_motion(vote, {"text": text(claim.object)}, claim)
        elif name == "voteResult":
            self._add("Vote", vote, {"result": things.notation(claim.object)}, claim)
        elif name == "rollCallNumber":
            self._add("Vote", vote, {"identifier": text(claim.object)}, claim)
        elif text(claim.object).isdecimal():
            options = [self._options[role] for role in claim.roles if role in self._options]
            if len(options) == 1:
                count = {"option": options[0], "value": int(text(claim.object))}
                self._add("Vote", vote, {"counts": count}, claim, options[0])


_TELL: Mapping[str, Callable[[_Popolo, Outright], None]] = {
    AG + name: function
    for function, names in (
        (_Popolo._literal, (*_LITERALS,)),
        (_Popolo._name, ("hasName",)),
        (_Popolo._identifier, ("identifier",)),
        (_Popolo._website, ("hasWebsite", "image")),
        (_Popolo._contact, ("hasAddress", "hasContactPoint")),
        (_Popolo._event, ("underwent",)),
        (_Popolo._founding, ("founded",)),
        (_Popolo._part, ("hasUnit", "postIn", "hasDistrict")),
        (_Popolo._session, ("inSession", "hasSession")),
        (
            _Popolo._membership,
            ("heldOffice", "tookOffice", "leftOffice", "servedOn", "memberOf"),
        ),
        (_Popolo._vote, ("tookPart",)),
        (_Popolo._of_vote, ("onMotion", "voteResult", "rollCallNumber", "voteCount")),
    )
    for name in names
}
"""What tells the claims with each predicate."""


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those values that are not ``""`` or ``None``."""
    return {name: value for name, value in values.items() if value not in ("", None)}


def _object(iri: str, parts: Iterable[tuple[Any, ...]]) -> dict[str, Any]:
    """Return an object, made of its parts; a value that not all of them agree on is left out.

    Votes and contact details have their sources themselves, the object those of all else.
    """
    import json

    candidates_of: dict[tuple[str, str], list[tuple[Any, str, Sources]]] = {}
    for _, _, claim, key, values, of_claim in parts:
        for name, value in json.loads(values).items():
            own = key or (json.dumps(value, ensure_ascii=False) if name in LISTS else "")
            candidates_of.setdefault((name, own), []).append((value, claim, of_claim))
    fields: dict[str, Any] = {"id": iri}
    sources: Sources = []
    for (name, _), candidates in sorted(candidates_of.items(), key=itemgetter(0)):
        value, claim, _ = candidates[0]
        if any(other != value for other, _, _ in candidates):
            continue
        own_sources = [source for _, _, of_claim in candidates for source in of_claim]
        if name in _WITH_OWN_SOURCES:
            value = ({"id": claim} if name == "votes" else {}) | value
            value["sources"] = _links(own_sources)
        else:
            sources += own_sources
        if name in LISTS:
            fields.setdefault(name, []).append(value)
        else:
            fields[name] = value
    return {**fields, "sources": _links(sources)} if sources else fields


def _links(sources: Sources) -> list[dict[str, str]]:
    """Return sources as links of Popolo, each once."""
    unique = dict.fromkeys(map(tuple, sources))
    return [{"url": address, "note": note} for address, note in unique]
