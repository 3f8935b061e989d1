"""The columns of claims in tables and networks, made of the fields of the claims."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pyoxigraph import Literal

from allgraph.graph.claims import Claim, bounds_as_dict, fields_of
from allgraph.model import vocabulary
from allgraph.model.sentences import capitalised, fill
from allgraph.model.table import EVIDENCE_FIELDS
from allgraph.rdf.terms import Term, text
from allgraph.render.places import Place

if TYPE_CHECKING:
    from allgraph.graph.claim_fields import Fields

ATTRIBUTES = (
    "claim", "predicate", "sentence", "when", *vocabulary.BOUND_NAMES, "rank", "certainty",
    "withdrawn", "rivals", "sources",
)  # fmt: skip
"""The attributes of a claim: texts or ``None``; ``rivals`` and ``sources`` are tuples of IRIs."""
Attributes = dict[str, Any]

CLAIM_COLUMNS = (
    "claim", "sentence", "subject", "subjectName", "predicate", "object", "objectName", "value",
    "datatype", "language", "when", *vocabulary.BOUND_NAMES, "rank", "roles", "rivals", "sensitive",
    "note", "withdrawn",
)  # fmt: skip
"""The columns of a claim; ``withdrawn`` is the day, of a withdrawn claim that is included."""
EVIDENCE_COLUMNS = (
    "source", "title", "page", "place", "start", "end", "sha256", "reading", "confidence",
    "attributedTo", "wording", "currentAsOf", "evidenceNote",
)  # fmt: skip
"""The columns of a claim's evidence, or the keys of an object in ``sources``."""
LITERAL_COLUMNS = ("value", "datatype", "language")
"""The columns of an object that is a literal; ``None`` for another."""
_PARTS_OF_SENTENCE = ("template", "subject_name", "object_name", "roles")
"""The fields of `Claim` that its sentence is made of."""
_SOURCE, _TEMPLATE = map(EVIDENCE_FIELDS.index, ("source", "template"))


def claim_columns(fields: Fields) -> dict[str, Sequence[Any]]:
    """Return the values of claims by column, for all columns that tables can have.

    `fields` are the values by the names of the fields of a claim. ``evidence`` has for each claim
    a list of rows with `EVIDENCE_COLUMNS`.
    """
    objects, pieces = fields["object"], fields["evidence"]
    parts = zip(*(fields[name] for name in _PARTS_OF_SENTENCE), strict=True)
    literals, bounds = [*map(_literal, objects)], [*map(bounds_as_dict, fields["bounds"])]
    return {
        "claim": fields["iri"],
        "sentence": [capitalised(fill(*of_claim)) for of_claim in parts],
        "subject": [subject.value for subject in fields["subject"]],
        "subjectName": fields["subject_name"],
        "predicate": fields["predicate"],
        "predicateIri": fields["predicate"],
        "object": [None if isinstance(obj, Literal) else text(obj) for obj in objects],
        "objectName": [
            None if isinstance(obj, Literal) else name
            for obj, name in zip(objects, fields["object_name"], strict=True)
        ],
        **{name: [of[name] for of in literals] for name in LITERAL_COLUMNS},
        "when": [when or None for when in fields["when"]],
        **{name: [of[name] for of in bounds] for name in vocabulary.BOUND_NAMES},
        "certainty": [certainty or None for certainty in fields["certainty"]],
        "note": [note or None for note in fields["note"]],
        "withdrawn": [of.day if of else None for of in fields["withdrawal"]],
        **{
            name: fields[name]
            for name in ("aspect", "rank", "roles", "rivals", "disputed", "sensitive")
        },
        "sources": [tuple(dict.fromkeys(piece[_SOURCE] for piece in of)) for of in pieces],
        "evidence": [[*map(_evidence_row, of_claim)] for of_claim in pieces],
    }


def _evidence_row(piece: Sequence[Any]) -> tuple[Any, ...]:
    """Return the fields of `Evidence` as a row with `EVIDENCE_COLUMNS`; ``None`` where unknown."""
    _, source, title, page, start, end, _, _, *place_in_it = piece[:_TEMPLATE]
    place, others = Place(start, end, *place_in_it).words, piece[_TEMPLATE + 1 :]
    return tuple(
        None if of == "" else of for of in (source, title, page, place, start, end, *others)
    )


def records_of(fields: Fields) -> Iterator[dict[str, Any]]:
    """Yield the values of claims by column, see `claim_columns`."""
    columns = claim_columns(fields)
    for values in zip(*columns.values(), strict=True):
        yield dict(zip(columns, values, strict=True))


def said_of(claim: Claim, certainty: str | None) -> Attributes:
    """Return the `ATTRIBUTES` of a claim; `certainty` is a level as text, or ``None``."""
    [record] = records_of(fields_of([claim]))
    return {**{name: record[name] for name in ATTRIBUTES}, "certainty": certainty or None}


def _literal(term: Term) -> dict[str, str | None]:
    """Return text, datatype and language of a literal by column; for an IRI, ``None`` for each."""
    if not isinstance(term, Literal):
        return dict.fromkeys(LITERAL_COLUMNS)
    return {"value": term.value, "datatype": term.datatype.value, "language": term.language}
