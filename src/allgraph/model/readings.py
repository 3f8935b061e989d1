"""The templates by which claims are read: those of a role, of a kind of event, or of a predicate.

>>> facts = Facts()
>>> facts.add([f'<x:host> {SENTENCE} "{{subject}} hosted {{object}}" .'])
>>> facts.add([f"<x:claim> {vocabulary.ROLE} <x:host> ."])
>>> says = {"<x:claim>": Statement("<x:ada>", "<x:took part in>", "<x:launch>")}
>>> Readings(facts, {}).templates_of(says, ["<x:took part in>"], np.array([0], np.int32))[0][-1]
('{subject} hosted {object}', '{subject} hosted {object}')
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from allgraph.model import vocabulary
from allgraph.model.derivation import Statement
from allgraph.model.facts import INVERSE, LABEL, SENTENCE, Facts, Values, each, least
from allgraph.model.sentences import (
    Templates,
    can_fill,
    default_templates,
    is_told,
    with_role,
)
from allgraph.rdf.terms import local_name

_UNDERWENT = str(vocabulary.UNDERWENT)


class Readings:
    """The templates of claims, by the facts of an ontology and the names of things."""

    def __init__(self, facts: Facts, names: Mapping[str, str]) -> None:
        """Read the sentences in `facts`; `names` are those of things inside sentences."""
        self._facts, self._names = facts, names
        self._labels, self._sentences = facts[LABEL], facts[SENTENCE]
        self._stated = cache(self._stated_templates)
        self._kind = cache(self._most_special)

    def templates_of(
        self, claims: Mapping[str, Statement], predicates: Sequence[str], used: NDArray[np.int32]
    ) -> tuple[list[Templates], NDArray[np.int32]]:
        """Return distinct templates, and for each claim the place of its own among them.

        `predicates` are all that claims have, and `used` has the place there for each claim.
        """
        templates = [self._of_predicate(predicate) for predicate in predicates]
        places = {pair: place for place, pair in reversed([*enumerate(templates)])}
        reading = used.copy()
        for row, own in self._own(claims, predicates, used, templates):
            reading[row] = places.setdefault(own, len(templates))
            if reading[row] == len(templates):
                templates.append(own)
        return templates, reading

    def _own(
        self,
        claims: Mapping[str, Statement],
        predicates: Sequence[str],
        used: NDArray[np.int32],
        templates: Sequence[Templates],
    ) -> Iterator[tuple[int, Templates]]:
        """Yield the templates of the claims that do not have those of their predicate, by row.

        They are those of the kind of event that a thing underwent, if these tell all that the claim
        says (`_of_event`); those of a role, if a claim has one role, and that has a sentence; or
        those of the predicate, with the roles.
        """
        roles = self._facts[vocabulary.ROLE]
        underwent = predicates.index(_UNDERWENT) if _UNDERWENT in predicates else -1
        rows = zip(claims.items(), used.tolist(), strict=True) if roles or underwent >= 0 else ()
        for row, ((claim, says), predicate) in enumerate(rows):
            if predicate == underwent and (own := self._of_event(says)):
                yield row, own
            elif claim in roles:
                event = self._names.get(says.object, "")
                if own := self._of_roles(roles[claim], event, templates[predicate]):
                    yield row, own

    def _of_roles(self, roles: Values, event: str, templates: Templates) -> Templates | None:
        """Return the templates of a claim with roles in an event, whose name is given.

        They are those of the one role, if the name fits them and `templates` have no place for it,
        else `templates`, with the roles if one of these has a label, and else ``None``.
        """
        alone = isinstance(roles, str) and "{role}" not in templates[0]
        own = self._stated(roles) if alone else None
        if own and all(can_fill(template, event) for template in own):
            return own
        return with_role(templates) if any(map(self._labels.get, each(roles))) else None

    def _of_event(self, says: Statement) -> Templates | None:
        """Return the templates of the kind of the event that a thing underwent, if they tell it.

        They do if they have the event's name, or if that is made of its kind and the thing's name.
        """
        kind = self._kind(self._facts[vocabulary.TYPE].get(says.object, ()))
        templates = self._stated(kind)
        event, thing = (self._names.get(node, "") for node in (says.object, says.subject))
        if templates and (
            "{object}" in templates[0] or is_told(event, least(self._labels, kind), thing)
        ):
            return templates
        return None

    def _most_special(self, kinds: Values) -> str:
        """Return the most special of some classes that has a sentence, or ``""``.

        Of several, that whose IRI sorts first.
        """
        with_sentence = {kind for kind in each(kinds) if kind in self._sentences}
        return min(
            with_sentence, key=lambda k: (len(with_sentence & below(self._facts, k)), k), default=""
        )

    def _stated_templates(self, term: str) -> Templates | None:
        """Return the templates of a role or class, ``None`` if it has no sentence.

        Without an inverse sentence, the sentence is for both directions.
        """
        sentence = least(self._sentences, term)
        return (sentence, least(self._facts[INVERSE], term) or sentence) if sentence else None

    def _of_predicate(self, predicate: str) -> Templates:
        """Return the two templates of a predicate, else those made of its label or local name."""
        sentence, inverse = (least(self._facts[of], predicate) for of in (SENTENCE, INVERSE))
        if sentence and inverse:
            return sentence, inverse
        label = least(self._labels, predicate) or local_name(predicate[1:-1])
        return default_templates(label)


def below(facts: Facts, *classes: str) -> set[str]:
    """Return some classes, and all their subclasses."""
    subclasses: dict[str, list[str]] = {}
    for subclass, superclasses in facts[vocabulary.SUBCLASS].items():
        for superclass in each(superclasses):
            subclasses.setdefault(superclass, []).append(subclass)
    all_classes, remaining = {*classes}, [*classes]
    for one in remaining:  # grows while it is iterated over
        new = {*subclasses.get(one, ())} - all_classes
        all_classes |= new
        remaining += new
    return all_classes
