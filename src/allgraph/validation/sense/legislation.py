"""Rules about chambers, sessions, jurisdictions, bills and laws that do not fit together."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache, partial

import numpy as np

from allgraph.model import vocabulary
from allgraph.model.triples import NONE, Flags, Numbers
from allgraph.validation.rules import RuleHit
from allgraph.validation.sense.claims import ClaimColumns, Keyed, matches

LEAST_ALIKE = 3
"""How many bills of a chamber have to begin with one letter, for each that does not."""
_OF_BILLS = ("inChamber", "inSession", "becameLaw", "amends", "adds", "repeals", "codifiedAs")
_UP, _DOWN = ("postIn", "inChamber", "inSession"), ("hasUnit", "hasSession")
"""The predicates from a node to what it has its jurisdiction from, and those the other way."""
_HIERARCHIES = ("hasUnit", "inJurisdiction", "partOfEvent", "predecessorOf", "substitutedBy")
_SIGNS = re.compile(r"[\W_]+")
_ROUNDS = 64
_MOST_NAMES = 8


def other_jurisdiction(claims: ClaimColumns) -> Iterator[RuleHit]:
    """Yield claims that join a bill or a law to a thing of another jurisdiction.

    That is a chamber, a session, a section, or the law that a bill became; and two bills that
    became one law. The jurisdiction of a node is what is claimed of it, else that of its body,
    chamber or session.
    """
    of_nodes = _jurisdictions(claims)
    why = cache(partial(_why, claims))
    rows = claims.saying(*_OF_BILLS)
    for row in rows[_apart(claims, of_nodes, claims.subjects[rows], claims.objects[rows])].tolist():
        ends = int(claims.subjects[row]), int(claims.objects[row])
        yield _apart_hit(claims, (row,), [*map(why, ends)])
    became = claims.by_object("becameLaw")
    became = became.where(~np.isin(became.keys, of_nodes[0]))
    left, right = claims.beside_first(became)
    apart = _apart(claims, of_nodes, claims.subjects[left], claims.subjects[right])
    for row, other in zip(left[apart].tolist(), right[apart].tolist(), strict=True):
        ends = int(claims.subjects[row]), int(claims.subjects[other])
        yield _apart_hit(claims, (row, other), [*map(why, ends)])


def _jurisdictions(claims: ClaimColumns) -> Numbers:
    """Return the pairs of node and jurisdiction, as two rows of an array.

    Claims about the node come first, then those about what it is a part of. A jurisdiction is its
    own.
    """
    bodies = np.flatnonzero(claims.of_kind("Jurisdiction"))
    pairs = claims.links(forward=["inJurisdiction"])
    own = pairs[:, ~np.isin(pairs[0], bodies)]
    pairs = np.concatenate([own, np.stack([bodies, bodies])], axis=1)
    of_bodies = claims.links(forward=["postIn"], back=_DOWN)
    steps = [of_bodies] * 4 + [claims.links(forward=[name]) for name in _UP[1:]]
    for links in steps:
        fresh = links[:, ~np.isin(links[0], pairs[0])]
        at, partner = matches(fresh[1], pairs[0])
        more = np.stack([fresh[0][at], pairs[1][partner]])
        pairs = np.unique(np.concatenate([pairs, more], axis=1), axis=1)
    return pairs


def _apart(claims: ClaimColumns, pairs: Numbers, left: Numbers, right: Numbers) -> Flags:
    """Return a flag for each pair of nodes: whether both have partners, but none in common.

    `pairs` are the nodes and their partners, such as jurisdictions.
    """
    sides = [matches(nodes, pairs[0]) for nodes in (left, right)]
    keys = [at * claims.triples.size + pairs[1][partner] for at, partner in sides]
    shared = np.intersect1d(*keys) // claims.triples.size
    is_known = [np.bincount(at, minlength=len(left)) > 0 for at, _ in sides]
    apart: Flags = is_known[0] & is_known[1]
    apart[shared] = False
    return apart


def _apart_hit(claims: ClaimColumns, rows: tuple[int, ...], whys: list[list[int]]) -> RuleHit:
    """Return a hit for some claims that join two nodes of different jurisdictions.

    `whys` are the rows of claims that lead from each of the nodes to its jurisdiction.
    """
    sentences = "; but ".join(claims.tell(row) for row in rows)
    reasons = " and ".join(claims.tell(why[-1]) for why in whys if why)
    message = f"{sentences}; these are of different jurisdictions: {reasons} ({{places}})"
    others = [*rows[1:], *(row for why in whys for row in why)]
    shown = (rows[0], *dict.fromkeys(row for row in others if row != rows[0]))
    return claims.hit("other-jurisdiction", shown, message, path=vocabulary.OBJECT)


def _why(claims: ClaimColumns, node: int) -> list[int]:
    """Return the rows of claims that lead from a node to its jurisdiction; none for one itself."""
    rows: list[int] = []
    for _ in range(6):
        about = claims.about(node, vocabulary.SUBJECT)
        stated = _saying(claims, about, ("inJurisdiction",))
        if stated:
            return rows + stated[:1]
        up = _saying(claims, about, _UP)
        down = _saying(claims, claims.about(node, vocabulary.OBJECT), _DOWN)
        if not (up or down):
            return rows
        rows.append((down or up)[0])
        node = int(claims.subjects[down[0]] if down else claims.objects[up[0]])
    return rows


def _saying(claims: ClaimColumns, rows: Numbers, names: tuple[str, ...]) -> list[int]:
    """Return the rows whose predicate is among some, given by local names."""
    wanted = [claims.number(name) for name in names]
    with_predicate: list[int] = rows[np.isin(claims.predicates[rows], wanted)].tolist()
    return with_predicate


def number_of_other_chamber(claims: ClaimColumns) -> Iterator[RuleHit]:
    """Yield numbers of bills that begin with another letter than those of their chamber.

    In the chamber at least `LEAST_ALIKE` bills for each such one have to begin with one letter.
    """
    numbers, texts, places = _numbers(claims)
    codes = np.array([ord(text[0]) if text[:1].isalpha() else 0 for text in texts], np.int64)
    links = claims.links(forward=["inChamber"])
    at, link = matches(claims.subjects[numbers], links[0])
    rows, chambers, letters = numbers[at], links[1][link], codes[places[at]]
    known = letters > 0
    rows, chambers, letters = rows[known], chambers[known], letters[known]
    keys = chambers * 2**21 + letters
    groups, group, sizes = np.unique(keys, return_inverse=True, return_counts=True)
    group = group.reshape(-1)
    usual = claims.one_each(Keyed(groups >> 21, np.arange(len(groups))), sizes, least=False)
    total = np.bincount(np.searchsorted(usual.keys, chambers), minlength=len(usual.keys))
    most = sizes[usual.rows]
    is_clear = most >= LEAST_ALIKE * (total - most)
    of_chamber = np.searchsorted(usual.keys, chambers)
    odd = (
        is_clear[of_chamber] & (most[of_chamber] >= LEAST_ALIKE) & (group != usual.rows[of_chamber])
    )
    by_group, starts = rows[np.argsort(group, kind="stable")], np.cumsum(sizes) - sizes
    for row, place in zip(rows[odd].tolist(), of_chamber[odd].tolist(), strict=True):
        chamber_number, alike = int(usual.keys[place]), int(usual.rows[place])
        like = by_group[starts[alike] :][:LEAST_ALIKE].tolist()
        letter = chr(int(groups[alike]) & (2**21 - 1))
        message = (
            f"{claims.tell(row)}; but the numbers of the other bills in "
            f"{claims.show(chamber_number)} begin with {letter} ({{places}})"
        )
        yield claims.hit("number-of-other-chamber", (row, *like), message, path=vocabulary.OBJECT)


def _numbers(claims: ClaimColumns) -> tuple[Numbers, list[str], Numbers]:
    """Return the claims about numbers of bills, the different numbers, and the place of each there.

    Numbers are compared in upper case and without signs: S.5486 is S5486.
    """
    rows = claims.saying("billNumber")
    rows = rows[claims.of_kind("Bill")[claims.subjects[rows]]]
    literals, places = np.unique(claims.objects[rows], return_inverse=True)
    texts = [_SIGNS.sub("", claims.triples.value(n)).upper() for n in literals.tolist()]
    distinct = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    of_literals = np.array([distinct[text] for text in texts], np.int64)
    return rows, [*distinct], of_literals[places.reshape(-1)]


def same_bill_number(claims: ClaimColumns) -> Iterator[RuleHit]:
    """Yield numbers of bills that another bill of the same session and chamber has."""
    rows, _, numbers = _numbers(claims)
    columns = [claims.subjects[rows], rows, numbers]
    for name in ("inSession", "inChamber"):
        links = claims.links(forward=[name])
        at, link = matches(columns[0], links[0])
        columns = [*(column[at] for column in columns), links[1][link]]
    bills, rows, *same = columns
    if not len(bills):
        return
    _, group = np.unique(np.stack(same), axis=1, return_inverse=True)
    pairs = claims.beside_first(Keyed(group.reshape(-1), rows))
    for row, other in np.unique(np.stack(pairs), axis=1).T.tolist():
        if claims.subjects[row] != claims.subjects[other]:
            message = (
                f"{claims.tell(row)}; but {claims.tell(other)} ({{places}}), in the same chamber "
                "and session"
            )
            yield claims.hit("same-bill-number", (row, other), message, path=vocabulary.OBJECT)


def substituted_across_sessions(claims: ClaimColumns) -> Iterator[RuleHit]:
    """Yield substitutions of a bill by one that is in another session."""
    sessions, rows = claims.links(forward=["inSession"]), claims.saying("substitutedBy")
    apart = _apart(claims, sessions, claims.subjects[rows], claims.objects[rows])
    for row in rows[apart].tolist():
        bills = int(claims.subjects[row]), int(claims.objects[row])
        others = [
            other
            for bill in bills
            for other in _saying(claims, claims.about(bill, vocabulary.SUBJECT), ("inSession",))
        ]
        sentences = "; ".join(claims.tell(other) for other in others[:4])
        message = (
            f"{claims.tell(row)}; but they are of different sessions: {sentences} ({{places}})"
        )
        yield claims.hit(
            "substituted-across-sessions", (row, *others), message, path=vocabulary.OBJECT
        )


def circle(claims: ClaimColumns) -> Iterator[RuleHit]:
    """Yield one claim of each circle of units, jurisdictions, predecessors or substitutions."""
    for name in _HIERARCHIES:
        rows = claims.saying(name)
        rows = rows[claims.subjects[rows] != claims.objects[rows]]
        for _ in range(_ROUNDS):  # the ends of chains are in no circle
            subjects, objects = claims.subjects[rows], claims.objects[rows]
            inner = np.isin(subjects, objects) & np.isin(objects, subjects)
            rows = rows[inner]
            if inner.all():
                break
        for way in _circles(claims, rows.tolist()):
            if not claims.are_rivals(np.array(way), np.roll(way, 1)).any():
                names = [claims.show(int(claims.subjects[row])) for row in way[:_MOST_NAMES]]
                if more := len(way) - len(names):
                    names.append(f"… ({more} more)")
                message = (
                    f"{claims.tell(way[0])}; and that leads back to it: "
                    f"{' → '.join([*names, names[0]])} ({{places}})"
                )
                yield claims.hit("circle", way, message, path=vocabulary.OBJECT)


def _circles(claims: ClaimColumns, rows: list[int]) -> Iterator[list[int]]:
    """Yield circles among some claims, each as the rows of its claims; no two share a thing."""
    onward: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        onward[int(claims.subjects[row])].append(row)
    done: set[int] = set()  # things whose claims were all followed, or that are in a circle
    for start in onward:
        way: list[int] = []  # rows, from `start`
        open_nodes = {start: iter(onward[start])}
        while open_nodes:
            node = next(reversed(open_nodes))
            row = next(open_nodes[node], NONE) if node not in done else NONE
            if row == NONE:
                done.add(node)
                del open_nodes[node]
                way = way[:-1]
                continue
            following = int(claims.objects[row])
            if following in done:
                continue
            way.append(row)
            if following in open_nodes:
                first = [int(claims.subjects[r]) for r in way].index(following)
                yield way[first:]
                done.update(int(claims.subjects[r]) for r in way[first:])
                way.pop()
            else:
                open_nodes[following] = iter(onward.get(following, ()))
