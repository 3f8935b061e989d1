"""The picture of a vote: the counts that sources state, and a mark for each voter they name.

>>> from allgraph.graph import open_graph
>>> graph = open_graph()
>>> picture = votes(graph, graph.thing(graph.resolve("id:s5486-labor-committee-vote")))
>>> picture.rows[0][:3]
('yes', '', '15 votes')
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from pyoxigraph import NamedNode

from allgraph.drawings.kinds import sides_of, sparql
from allgraph.drawings.matrix import mark_of
from allgraph.drawings.picture import Address, Picture, not_drawn
from allgraph.graph import Graph, Thing
from allgraph.graph.claims import Claim, claims
from allgraph.model.names import fold
from allgraph.model.sentences import capitalised
from allgraph.rdf.terms import AG, text
from allgraph.render.ballots import Option, Voters, ballot
from allgraph.render.svg import Dot

MOST = 600
"""How many voters a picture has at most."""
_SIDES = ("yes", "no", "neither")
_PARTY_UNKNOWN = "party not known"


def votes(
    graph: Graph,
    thing: Thing,
    *,
    address: Address = str,
    sides: Mapping[str, str] | None = None,
) -> Picture | None:
    """Return the picture of a vote: its options, those for the motion first, and their voters.

    A bar is the number of votes that a source states, whether or not voters are named; a mark is a
    voter that a claim names. Voters stand by the only party that they were ever a member of, if
    any. At most `MOST` (600) are drawn. ``None`` for a thing without votes. `sides` are those of
    `sides_of`.
    """
    sides = sides_of(graph) if sides is None else sides
    about = [c for c in claims(graph, about=NamedNode(thing.iri)) if c.rank != "Deprecated"]
    counts = [c for c in about if _is(c, "voteCount") and c.subject.value == thing.iri]
    voters = [claim for claim in about if _is_voter(claim, thing.iri, sides)]
    shown = sorted(voters[:MOST], key=lambda claim: fold(_voter(claim)))
    parties = _parties(graph, shown)
    options = sorted(
        {role for claim in [*counts, *voters] for role in claim.roles if role in sides},
        key=lambda option: (_SIDES.index(sides[option]), option),
    )
    if not options:
        return None
    parts, rows = [], list[tuple[str, ...]]()
    for option in options:
        of_option = [claim for claim in shown if option in claim.roles]
        stated = [claim for claim in counts if option in claim.roles]
        groups = _groups(of_option, parties, sides, address)
        parts.append(_option(option, stated, len(of_option), groups))
        rows += [(option, "", f"{claim.object_name} votes", claim.read()) for claim in stated]
        rows += [(option, _party(c, parties), _voter(c), c.read()) for c in of_option]
    more = len(voters) - len(shown)
    limits = (f"{more:,} more voters",) if more else ()
    title = f"{capitalised(thing.name)}: who voted how"
    return Picture(
        "votes",
        title,
        ballot(title, parts, not_drawn(limits)),
        ("option", "party", "who", "what sources say"),
        tuple(rows),
        (thing.iri,),
        sparql("vote", vote=NamedNode(thing.iri)),
        limits,
    )


def _is(claim: Claim, name: str) -> bool:
    """Return True if a claim has a predicate of allgraph, by its local name."""
    return claim.predicate == f"{AG}{name}"


def _is_voter(claim: Claim, vote: str, sides: Mapping[str, str]) -> bool:
    """Return True if a claim names somebody, perhaps in words, who chose an option in a vote."""
    is_part = _is(claim, "tookPart") and text(claim.object) == vote
    in_words = _is(claim, "participantsDescribedAs") and claim.subject.value == vote
    return (is_part or in_words) and not sides.keys().isdisjoint(claim.roles)


def _voter(claim: Claim) -> str:
    """Return the name of the voter that a claim names."""
    is_part = _is(claim, "tookPart")
    return capitalised(claim.subject_name) if is_part else claim.object_name


def _parties(graph: Graph, voters: Iterable[Claim]) -> dict[str, str]:
    """Return the name of the party of each voter, by IRI, who was ever in one party alone."""
    people = {claim.subject.value for claim in voters if _is(claim, "tookPart")}
    rows = graph.run_for("parties", "people", sorted(people))
    of_people = groupby(rows, lambda row: text(row["person"]))
    named = {person: {text(row["name"]) for row in group} for person, group in of_people}
    return {person: names.pop() for person, names in named.items() if len(names) == 1}


def _party(claim: Claim, parties: Mapping[str, str]) -> str:
    """Return the name of the party of a voter, ``""`` if it is not known."""
    return parties.get(claim.subject.value, "")


def _groups(
    voters: Sequence[Claim],
    parties: Mapping[str, str],
    sides: Mapping[str, str],
    address: Address,
) -> list[Voters]:
    """Return the voters of one option by party, the largest first; without any party as one."""
    groups: dict[str, list[Claim]] = {}
    for claim in voters:
        groups.setdefault(_party(claim, parties), []).append(claim)
    order = sorted(groups, key=lambda name: (not name, -len(groups[name]), name))
    return [
        Voters(
            name or (_PARTY_UNKNOWN if parties else ""),
            [
                (Dot(_voter(claim), address(claim.iri)), mark_of(claim, sides))
                for claim in groups[name]
            ],
        )
        for name in order
    ]


def _option(name: str, counts: Sequence[Claim], named: int, groups: Sequence[Voters]) -> Option:
    """Return an option with what sources state of its count, and how many voters they name."""
    numbers = list(dict.fromkeys(claim.object_name for claim in counts))
    words = [f"{' or '.join(numbers)} vote{'s' * (numbers != ['1'])} stated"] if numbers else []
    words += [f"{named:,} {'voter' if named == 1 else 'voters'} named"] if named else []
    whole = [int(number) for number in numbers if number.isdecimal()]
    return Option(name, ", ".join(words), max(whole, default=None), groups)
