r"""The identifiers of things as mappings in SSSOM/TSV, the Simple Standard for Sharing Mappings.

See https://mapping-commons.github.io/sssom/. Each row joins a thing of ours to what another has it
as. What it says, it says as a fact, so only claims that may be stated outright are told
(`outright`).

>>> import io
>>> from allgraph.graph import open_graph
>>> write(open_graph(), out := io.BytesIO())
>>> out.getvalue().decode().splitlines()[-1].split("\t")[2:4]
['schema:identifier', 'OpenLegislationSessionMemberId:530']
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import IO, Any

from pyoxigraph import Literal, NamedNode

from allgraph.exports.outright import Outright, ThingsByClass, outright
from allgraph.graph import Graph
from allgraph.graph.graph import Progress
from allgraph.model import vocabulary
from allgraph.rdf.terms import SCHEMA, Prefixes, local_name
from allgraph.render.table import clean
from allgraph.sorting import Sorter
from allgraph.sparql.answer import json_line

FILE = "crosswalk.sssom.tsv"
"""The name of the file among downloads."""
COLUMNS = (
    "subject_id", "subject_label", "predicate_id", "object_id", "mapping_justification",
    "object_source", "see_also", "comment",
)  # fmt: skip
"""The slots of a mapping, in the order of the standard."""
JUSTIFICATION = "semapv:UnspecifiedMatching"
"""Why a mapping is held to be right: a source says so, and not how it found out."""
UNLICENSED = "https://w3id.org/sssom/license/unspecified"
"""The licence of a graph without one that has an address; the standard asks for one."""
_SEMAPV = "https://w3id.org/semapv/vocab/"
_UNSAFE = re.compile(r"[^\w\-.~:@!$&'()*+,;=/?%]")  # what ends or breaks a CURIE
_PREFIX = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_CACHED = 65_536  # names that are kept in memory


def write(
    graph: Graph, out: IO[bytes], place: Path | None = None, progress: Progress | None = None
) -> None:
    """Write the identifiers of a graph to an open file: metadata in YAML, then a table.

    What does not fit in memory is sorted in files in the directory `place`; in memory are the
    schemes. Raises `InputError` for a graph that an endpoint holds, and `WriteError` when the disk
    is full.
    """
    things = ThingsByClass(graph, ())
    label = lru_cache(_CACHED)(things.label)
    schemes: set[str] = set()
    spaces: set[str] = set()
    known = tuple(graph.prefixes.values())
    with Sorter[tuple[Any, ...]](place, distinct=True) as parts:
        for claim in outright(graph, {vocabulary.IDENTIFIER.value}, progress):
            if isinstance(claim.object, Literal):
                scheme = claim.object.datatype.value
                schemes.add(scheme)
                for iri in (claim.subject, scheme):
                    if not iri.startswith(known):
                        spaces.add(iri.removesuffix(local_name(iri)))
                name = clean(label(NamedNode(claim.subject)))
                parts.add((claim.subject, name, scheme, claim.object.value, *_said(claim)))
        prefixes = _prefixes(graph.prefixes, things, schemes, spaces)
        out.write(_head(graph, prefixes).encode())
        lines = io.StringIO(newline="")
        table = csv.writer(lines, "excel-tab", lineterminator="\n")
        table.writerow(COLUMNS)
        for row in _rows(parts, things, prefixes):
            table.writerow(row)
            out.write(lines.getvalue().encode())
            lines.seek(0)
            lines.truncate()


def _said(claim: Outright) -> tuple[str, str, list[str]]:
    """Return the IRI of a claim, its sentence, and the addresses of its sources."""
    return claim.claim, claim.sentence, [*dict.fromkeys(address for address, _ in claim.sources)]


def _rows(
    parts: Sorter[tuple[Any, ...]], things: ThingsByClass, prefixes: Mapping[str, str]
) -> Iterator[tuple[str, ...]]:
    """Yield one mapping for each thing and identifier, with all the claims that state it."""
    spaces = sorted(prefixes.items(), key=lambda pair: (-len(pair[1]), pair))
    by_scheme: dict[str, tuple[str, str, str]] = {}
    for (subject, name, scheme, value), group in groupby(parts, itemgetter(0, 1, 2, 3)):
        claims = [*group]
        if scheme not in by_scheme:
            space = _space_of(things, scheme)
            prefix = next(prefix for prefix, namespace in spaces if namespace == space)
            predicate = "schema:sameAs" if _is_page(things, scheme) else "schema:identifier"
            by_scheme[scheme] = prefix, predicate, _curie(scheme, spaces)
        prefix, predicate, source = by_scheme[scheme]
        see = dict.fromkeys(iri for *_, claim, _, sources in claims for iri in (claim, *sources))
        comment = "; ".join(dict.fromkeys(clean(sentence) for *_, sentence, _ in claims))
        yield (
            _curie(subject, spaces), name, predicate, f"{prefix}:{_escaped(value)}", JUSTIFICATION,
            source, "|".join(see), comment,
        )  # fmt: skip


def _escaped(text: str) -> str:
    """Return a text with what may not be in a CURIE percent-encoded."""
    from urllib.parse import quote

    return _UNSAFE.sub(lambda match: quote(match[0], safe=""), text)


def _curie(iri: str, spaces: list[tuple[str, str]]) -> str:
    """Return an IRI as a CURIE with the longest namespace; the IRI if none fits."""
    curies = (f"{p}:{_escaped(iri[len(s) :])}" for p, s in spaces if iri.startswith(s))
    return next(curies, iri)


def _is_page(things: ThingsByClass, scheme: str) -> bool:
    """Return True if a scheme has an address for each identifier, which is at its end."""
    templates = things.values(NamedNode(scheme), vocabulary.ADDRESS)
    return bool(templates) and templates[0].count("{id}") == 1 and templates[0].endswith("{id}")


def _space_of(things: ThingsByClass, scheme: str) -> str:
    """Return the start of the IRIs for the identifiers of a scheme.

    It is what the addresses begin with, if the scheme has these, else the IRI of the scheme and
    ``/``.
    """
    if _is_page(things, scheme):
        return things.values(NamedNode(scheme), vocabulary.ADDRESS)[0].removesuffix("{id}")
    return f"{scheme}/"


def _prefixes(
    known: Prefixes, things: ThingsByClass, schemes: set[str], spaces: set[str]
) -> dict[str, str]:
    """Return the namespaces of a file by prefix: those of a graph, of schemes, and `spaces`.

    The prefix of a scheme is the local name of its IRI, as in the column ``identifiers`` of
    `plain`, with a number after it if that is taken.
    """
    namespaces = {**known, "schema": SCHEMA, "semapv": _SEMAPV}
    wanted = [(local_name(scheme), _space_of(things, scheme)) for scheme in sorted(schemes)]
    for name, space in [*wanted, *(("ns", space) for space in sorted(spaces))]:
        name = name if _PREFIX.fullmatch(name) else "scheme"
        number, free = 1, name
        while free in namespaces:
            number += 1
            free = f"{name}{number}"
        namespaces[free] = space
    return namespaces


def _head(graph: Graph, prefixes: Mapping[str, str]) -> str:
    """Return the metadata of the mappings as lines of YAML, each after ``#``."""
    folder = graph.folder
    is_address = folder.licence.startswith(("http://", "https://"))
    metadata = {
        "mapping_set_id": f"{folder.base.rstrip('#')}download/{FILE}",
        "mapping_set_title": f"{folder.title}: identifiers",
        "mapping_set_version": folder.version,
        "license": folder.licence if is_address else UNLICENSED,
        "comment": "" if is_address else folder.licence,
    }
    lines = [f"{name}: {_quoted(value)}" for name, value in metadata.items() if value]
    lines += [
        "curie_map:",
        *(f"  {prefix}: {_quoted(space)}" for prefix, space in prefixes.items()),
    ]
    return "".join(f"# {line}\n" for line in lines)


def _quoted(text: str) -> str:
    """Return a text as a scalar of YAML on one line: as JSON writes it."""
    return json_line(text).rstrip("\n")
