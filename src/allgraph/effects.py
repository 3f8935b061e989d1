"""What a change of some triples can have touched, through all that follows from claims."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from pyoxigraph import NamedNode

from allgraph import derive
from allgraph.shacl.paths import Ends
from allgraph.triples import Numbers, Triples

Numbered = tuple[int, int, int]


def ends(triples: Triples, changed: Iterable[Numbered]) -> tuple[Ends, Numbers]:
    """The ends of all triples, stated or derived, that may have come or gone with some stated ones.

    Beside them stands whatever a rule may judge otherwise than before.
    """
    rows = np.array(list(changed), np.int64).reshape(-1, 3)
    subjects, predicates, objects = rows.T
    of = {name: predicates == triples.number(name) for name in _FAR}
    about = np.unique(objects[of[derive.OBJECT]])
    claims = _claims(triples, np.unique(subjects), about)
    whom, what = (_values(triples, part, claims) for part in (derive.SUBJECT, derive.OBJECT))
    rivals = _values(triples, derive.CONFLICTS, claims)
    far = objects[of[derive.SUBJECT] | of[derive.CONFLICTS]]
    found = Ends(
        np.unique(np.concatenate([subjects, claims, whom, rivals, far])),
        np.unique(
            np.concatenate([objects, claims, whom, what, _days_and_sources(triples, claims)])
        ),
    )
    evidence = _values(triples, derive.EVIDENCE, claims)
    return found, np.unique(np.concatenate([*found, predicates, evidence]))


_FAR = (derive.SUBJECT, derive.OBJECT, derive.CONFLICTS)


def _claims(triples: Triples, nodes: Numbers, about: Numbers) -> Numbers:
    """The claims of which other things may follow than before, when nodes are described anew.

    They are those nodes, and claims with such evidence, sources, roles or predicates; and since
    a role in an event tells of what underwent it, those about the same events. `about` are the
    objects that claims had.
    """
    evidence = np.union1d(nodes, _subjects(triples, derive.SOURCE, nodes))
    direct = [
        nodes,
        _subjects(triples, derive.EVIDENCE, evidence),
        _subjects(triples, derive.ROLE, nodes),
        _subjects(triples, derive.PREDICATE, nodes),
    ]
    claims = np.unique(np.concatenate(direct))
    events = np.union1d(about, _values(triples, derive.OBJECT, claims))
    told = np.array([triples.number(each) for each in (derive.UNDERWENT, derive.TOOK_PART)])
    of_events = _subjects(triples, derive.OBJECT, events)
    at, predicates = triples.relation(derive.PREDICATE).of(of_events)
    return np.union1d(claims, of_events[at[np.isin(predicates, told)]])


def _days_and_sources(triples: Triples, claims: Numbers) -> Numbers:
    """What derived triples lead to from claims: their sources."""
    return _values(triples, derive.SOURCE, _values(triples, derive.EVIDENCE, claims))


def _values(triples: Triples, predicate: NamedNode, nodes: Numbers) -> Numbers:
    return np.unique(triples.relation(predicate).of(nodes)[1])


def _subjects(triples: Triples, predicate: NamedNode, nodes: Numbers) -> Numbers:
    return np.unique(triples.relation(predicate).inverse.of(nodes)[1])
