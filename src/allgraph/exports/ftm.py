"""A graph as entities of FollowTheMoney: people, bodies, offices, memberships and payments.

See https://followthemoney.tech/. Each line is an entity in JSON, as the tools of FollowTheMoney
read them. What an entity says, it says as a fact, so only claims that may be stated outright are
told (`outright`).

>>> import io, json
>>> from allgraph.graph import open_graph
>>> out = io.BytesIO()
>>> write(open_graph(), out)
>>> sorted({json.loads(line)["schema"] for line in out.getvalue().splitlines()})[:3]
['Address', 'Identification', 'Membership']
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha1
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import IO, Any

from pyoxigraph import Literal, NamedNode

from allgraph.exports.outright import Outright, ThingsByClass, is_address, outright
from allgraph.graph import Graph
from allgraph.graph.graph import Progress
from allgraph.rdf.terms import AG, ag, text
from allgraph.sorting import Sorter
from allgraph.sparql.answer import json_line

_CLASSES = (
    "Person", "Body", "Jurisdiction", "Chamber", "Committee", "Office", "District", "Donation",
    "PostalAddress", "Founding", "Dissolution", "Birth", "Death",
)  # fmt: skip
_SCHEMA_OF = {
    "Person": "Person", "Body": "Organization", "Jurisdiction": "PublicBody",
    "Chamber": "PublicBody", "Committee": "PublicBody", "Office": "Position",
    "PostalAddress": "Address", "Donation": "Payment",
}  # fmt: skip
_ORGANIZATIONS = ("Organization", "PublicBody")
_LEGAL = ("Person", *_ORGANIZATIONS)
_ENDS = {"Payment": ("payer", "beneficiary")}
"""Properties without which an entity of a schema, of which several claims tell, is left out."""
_NAMED = (*_LEGAL, "Position")
_LITERALS = {
    "familyName": "lastName", "givenName": "firstName", "additionalName": "middleName",
    "honorificSuffix": "nameSuffix",
}  # fmt: skip
_DATE_OF_EVENT = {
    "Birth": "birthDate", "Death": "deathDate", "Founding": "incorporationDate",
    "Dissolution": "dissolutionDate",
}  # fmt: skip
_OF_PERSONS = ("birthDate", "deathDate")
_OF_ADDRESS = {
    "streetAddress": "street", "postOfficeBoxNumber": "postOfficeBox", "addressLocality": "city",
    "addressRegion": "region", "postalCode": "postalCode",
}  # fmt: skip
_GENDERS = ("male", "female", "other")
_YEARS = re.compile(r"1\d\d\d|2[01]\d\d")  # those of dates in FollowTheMoney
_LONGEST_IDENTIFIER = 64


def write(
    graph: Graph, file: IO[bytes], place: Path | None = None, progress: Progress | None = None
) -> None:
    """Write a graph to an open file as entities, one a line, in the order of their ids.

    In memory is what is said of one entity at a time; what else does not fit is sorted in files in
    the directory `place`. Raises `InputError` for a graph that an endpoint holds, and `WriteError`
    when the disk is full.
    """
    with Sorter[tuple[str, ...]](place, distinct=True) as parts:
        _Entities(graph, parts).read(graph, progress)
        for id, group in groupby(parts, itemgetter(0)):
            if entity := _entity(id, group):
                file.write(json_line(entity).encode())


def id_of(iri: str) -> str:
    """Return the id of the entity of a thing or claim: the SHA-1 of its IRI, in hexadecimal.

    Ids of FollowTheMoney cannot be IRIs.
    """
    return sha1(iri.encode(), usedforsecurity=False).hexdigest()


class _Entities:
    """Entities as parts in a sorter: id and schema, then property and value in turns."""

    def __init__(self, graph: Graph, parts: Sorter[tuple[str, ...]]) -> None:
        """Prepare to read a graph; `parts` is empty."""
        self._things = ThingsByClass(graph, _CLASSES)
        self._parts = parts
        self._donor = self._things.label(ag("Donor"))

    def read(self, graph: Graph, progress: Progress | None) -> None:
        """Add the things of a graph, then the claims about them; `progress` gets messages."""
        for thing, kind in self._things.every():
            if _SCHEMA_OF.get(kind, "Address") != "Address":
                self._add_thing(thing, _SCHEMA_OF[kind])
        for claim in outright(graph, {*_TELL}, progress):
            _TELL[claim.predicate](self, claim)

    def _add(
        self,
        schema: str,
        iri: str,
        values: Mapping[str, str],
        claim: Outright | None = None,
        *,
        with_notes: bool = False,
    ) -> None:
        """Add the values of an entity that are not ``""``, and the addresses of the sources.

        If `with_notes`, what these say where is added too. Dates in years that FollowTheMoney does
        not have are left out.
        """
        pairs = [
            (name, value)
            for name, value in values.items()
            if value and (not name.endswith(("Date", "date")) or _YEARS.match(value))
        ]
        if claim and pairs:
            pairs += [("sourceUrl", url) for url, _ in claim.sources if is_address(url)]
            pairs += [("description", note) for _, note in claim.sources if with_notes]
        if pairs:
            self._parts.add((id_of(iri), schema, *chain.from_iterable(pairs)))

    def _add_tie(
        self, schema: str, claim: Outright, ends: Mapping[str, str], **values: str
    ) -> None:
        """Add the entity of a claim, with the IRIs of its ends, its sentence, and its values."""
        properties = {name: id_of(iri) for name, iri in ends.items()} | values
        properties["recordId"] = claim.claim
        self._add(schema, claim.claim, properties, claim, with_notes=True)

    def _add_thing(self, thing: NamedNode, schema: str) -> None:
        """Add a thing, with the properties that need no claim, such as its label."""
        things, iri = self._things, thing.value
        page = iri if is_address(iri) else ""
        if schema == "Payment":
            amount, currency = (
                "".join(things.values(thing, ag(name))[:1]) for name in ("amount", "currency")
            )
            values = {"amount": amount, "currency": currency, "recordId": iri}
        else:
            values = {"name": things.label(thing) or iri}
            if schema in _ORGANIZATIONS:
                values["classification"] = things.classification(thing)
        self._add(schema, iri, {**values, "sourceUrl": page})

    def _ends(self, claim: Outright) -> tuple[str, str]:
        """Return the schemas of the subject and the object of a claim; ``""`` if there is none."""
        kinds = self._things.kind(NamedNode(claim.subject)), self._things.kind(claim.object)
        subject, obj = (_SCHEMA_OF.get(kind, "") for kind in kinds)
        return subject, obj

    # ---- What a claim is told as ------------------------------------------------

    def _literal(self, claim: Outright) -> None:
        """Add a part of the name of a person."""
        if self._ends(claim)[0] == "Person" and not claim.is_over:
            name = _LITERALS[claim.predicate.removeprefix(AG)]
            self._add("Person", claim.subject, {name: text(claim.object)}, claim)

    def _gender(self, claim: Outright) -> None:
        """Add the gender of a person, where FollowTheMoney has it."""
        gender = text(claim.object).lower()
        if self._ends(claim)[0] == "Person" and gender in _GENDERS and not claim.is_over:
            self._add("Person", claim.subject, {"gender": gender}, claim)

    def _name(self, claim: Outright) -> None:
        """Add another or a previous name; for the label, only the sources of the claim."""
        schema, name = self._ends(claim)[0], text(claim.object)
        if schema in _NAMED:
            ours = self._things.label(NamedNode(claim.subject))
            as_what = "previousName" if claim.is_over else "alias"
            self._add(schema, claim.subject, {"name" if name == ours else as_what: name}, claim)

    def _identifier(self, claim: Outright) -> None:
        """Add an identifier: of Wikidata as a property, another as an entity with its scheme."""
        schema, obj = self._ends(claim)[0], claim.object
        if not isinstance(obj, Literal) or schema not in _NAMED:
            return
        if obj.datatype == ag("WikidataId"):
            self._add(schema, claim.subject, {"wikidataId": obj.value}, claim)
        elif schema in _LEGAL and len(obj.value) <= _LONGEST_IDENTIFIER:
            ends, scheme = {"holder": claim.subject}, self._things.label(obj.datatype)
            self._add_tie("Identification", claim, ends, number=obj.value, type=scheme)

    def _website(self, claim: Outright) -> None:
        """Add the address of a site."""
        schema, address = self._ends(claim)[0], text(claim.object)
        if schema in _LEGAL and is_address(address) and not claim.is_over:
            self._add(schema, claim.subject, {"website": address}, claim)

    def _address(self, claim: Outright) -> None:
        """Add the postal address of a body or an office."""
        schemas, obj = self._ends(claim), text(claim.object)
        parts = self._things.address(claim.object)
        is_known = schemas[0] in _NAMED and schemas[1] == "Address"
        if is_known and parts and not claim.is_over:
            values = {
                _OF_ADDRESS[name]: part for name, part in parts.items() if name in _OF_ADDRESS
            }
            self._add("Address", obj, {**values, "full": ", ".join(parts.values())}, claim)
            self._add(schemas[0], claim.subject, {"addressEntity": id_of(obj)}, claim)

    def _event(self, claim: Outright) -> None:
        """Add the date of a birth, death, founding or dissolution, or who got a donation."""
        schema, of_object = self._ends(claim)
        if schema in _LEGAL and of_object == "Payment":
            self._add_payment(claim, {"beneficiary": id_of(claim.subject), "date": claim.date})
        elif name := _DATE_OF_EVENT.get(self._things.kind(claim.object)):
            if schema == "Person" if name in _OF_PERSONS else schema in _ORGANIZATIONS:
                self._add(schema, claim.subject, {name: claim.date}, claim)

    def _part_in_event(self, claim: Outright) -> None:
        """Add the giver of a donation."""
        schema, of_object = self._ends(claim)
        if schema in _LEGAL and of_object == "Payment" and self._donor in claim.roles:
            self._add_payment(claim, {"payer": id_of(claim.subject)})

    def _add_payment(self, claim: Outright, values: Mapping[str, str]) -> None:
        """Add a claim about a donation that is a thing."""
        self._add("Payment", text(claim.object), values, claim, with_notes=True)

    def _donation(self, claim: Outright) -> None:
        """Add a payment of an unknown sum."""
        schemas = self._ends(claim)
        if schemas[0] in _LEGAL and schemas[1] in _LEGAL:
            ends = {"payer": claim.subject, "beneficiary": text(claim.object)}
            self._add_tie("Payment", claim, ends, date=claim.date)

    def _founding(self, claim: Outright) -> None:
        """Add the date of the founding of a body."""
        schema = self._ends(claim)[1]
        if schema in _ORGANIZATIONS:
            self._add(schema, text(claim.object), {"incorporationDate": claim.date}, claim)

    def _part(self, claim: Outright) -> None:
        """Add the body that a body is a part of, or the body or district of an office."""
        (schema, of_object), subject, obj = self._ends(claim), claim.subject, text(claim.object)
        if claim.is_over:
            return
        if claim.predicate == AG + "hasUnit":
            if schema in _ORGANIZATIONS and of_object in _ORGANIZATIONS:
                self._add(of_object, obj, {"parent": id_of(subject)}, claim)
        elif schema != "Position":
            return
        elif claim.predicate == AG + "postIn" and of_object in _ORGANIZATIONS:
            self._add(schema, subject, {"organization": id_of(obj)}, claim)
        elif claim.predicate == AG + "hasDistrict":
            self._add(schema, subject, {"subnationalArea": self._things.label(claim.object)}, claim)

    def _tenure(self, claim: Outright) -> None:
        """Add an occupancy: somebody held an office, came into it or left it."""
        begin, end = claim.sides
        if claim.predicate == AG + "tookOffice":
            begin = claim.date
        elif claim.predicate == AG + "leftOffice":
            end = claim.date
        if self._ends(claim) == ("Person", "Position"):
            ends = {"holder": claim.subject, "post": text(claim.object)}
            self._add_tie("Occupancy", claim, ends, startDate=begin, endDate=end)

    def _membership(self, claim: Outright) -> None:
        """Add a membership of a body."""
        (schema, of_object), (begin, end) = self._ends(claim), claim.sides
        if schema in _LEGAL and of_object in _ORGANIZATIONS:
            ends = {"member": claim.subject, "organization": text(claim.object)}
            role = " and ".join(claim.roles)
            self._add_tie("Membership", claim, ends, role=role, startDate=begin, endDate=end)


_TELL: Mapping[str, Callable[[_Entities, Outright], None]] = {
    AG + name: function
    for function, names in (
        (_Entities._literal, (*_LITERALS,)),
        (_Entities._gender, ("gender",)),
        (_Entities._name, ("hasName",)),
        (_Entities._identifier, ("identifier",)),
        (_Entities._website, ("hasWebsite",)),
        (_Entities._address, ("hasAddress",)),
        (_Entities._event, ("underwent",)),
        (_Entities._part_in_event, ("tookPart",)),
        (_Entities._donation, ("donatedTo",)),
        (_Entities._founding, ("founded",)),
        (_Entities._part, ("hasUnit", "postIn", "hasDistrict")),
        (_Entities._tenure, ("heldOffice", "tookOffice", "leftOffice")),
        (_Entities._membership, ("servedOn", "memberOf")),
    )
    for name in names
}
"""What tells the claims with each predicate."""


def _entity(id: str, parts: Iterable[tuple[str, ...]]) -> dict[str, Any] | None:
    """Return the entity that parts make; ``None`` if one of `_ENDS` is missing."""
    properties: dict[str, set[str]] = {}
    schema = ""
    for _, schema, *names_and_values in parts:  # noqa: B007 - it is the same in all
        for name, value in zip(names_and_values[::2], names_and_values[1::2], strict=True):
            properties.setdefault(name, set()).add(value)
    if any(name not in properties for name in _ENDS.get(schema, ())):
        return None
    values = {name: sorted(properties[name]) for name in sorted(properties)}
    return {"id": id, "schema": schema, "properties": values}
