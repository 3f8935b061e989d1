"""A generated graph as N-Triples: the one of `bench.generated`, but evidence has IRIs.

>>> claims(1_000_000)
65763
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.folder import SOURCES
from bench.generated import KINDS, MANIFEST, NAMES, NONE, READ, Generated, stated

BASE = "https://example.org/big/"
_AG, _OA = "https://w3id.org/allgraph/ns#", "http://www.w3.org/ns/oa#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
_EDTF = "<http://id.loc.gov/datatypes/edtf/EDTF>"
_PER_CLAIM = 15.2  # 13, a date for most of them, and two for each of 0.7 things
_CLAIM = f"""\
<{BASE}claim/c%(n)07d> <{_RDF}type> <{_AG}Claim> .
<{BASE}claim/c%(n)07d> <{_RDF}subject> <{BASE}id/%(subject)s> .
<{BASE}claim/c%(n)07d> <{_RDF}predicate> <{_AG}%(predicate)s> .
<{BASE}claim/c%(n)07d> <{_RDF}object> <{BASE}id/%(object)s> .
%(when)s<{BASE}claim/c%(n)07d> <{_AG}evidence> <{BASE}claim/c%(n)07d#e> .
<{BASE}claim/c%(n)07d#e> <{_RDF}type> <{_OA}ResourceSelection> .
<{BASE}claim/c%(n)07d#e> <{_OA}hasSource> <{BASE}source/s%(source)d> .
<{BASE}claim/c%(n)07d#e> <{_OA}hasSelector> <{BASE}claim/c%(n)07d#s> .
<{BASE}claim/c%(n)07d#s> <{_RDF}type> <{_OA}TextPositionSelector> .
<{BASE}claim/c%(n)07d#s> <{_OA}start> "%(n)d"^^<http://www.w3.org/2001/XMLSchema#integer> .
<{BASE}claim/c%(n)07d#s> <{_OA}end> "%(end)d"^^<http://www.w3.org/2001/XMLSchema#integer> .
<{BASE}claim/c%(n)07d#e> <{_AG}sha256> "%(n)064x" .
<{BASE}claim/c%(n)07d#e> <{_AG}reading> <{_AG}AsStated> .
"""
_WHEN = f'<{BASE}claim/c%07d> <{_AG}when> "%s"^^{_EDTF} .\n'
_THING = f'<%(iri)s> <{_RDF}type> <{_AG}%(cls)s> .\n<%(iri)s> {_LABEL} "%(name)s" .\n'
_SOURCE = f"""\
<%(iri)s> <http://www.w3.org/ns/prov#specializationOf> <https://example.org/page/%(n)d> .
<%(iri)s> <{_AG}read> "{READ}"^^{_EDTF} .
"""


def claims(triples: int) -> int:
    """How many claims make about so many triples."""
    return max(200, round((triples - 4 * SOURCES) / _PER_CLAIM))


def count(graph: Generated) -> int:
    """How many triples a graph has."""
    dated = int(np.count_nonzero(graph.stated != NONE))
    return 13 * graph.claims + dated + 2 * graph.things + 4 * SOURCES


def write(graph: Generated, folder: Path) -> Path:
    """Write it as a graph folder with one file of N-Triples, line by line; that file."""
    (folder / "data").mkdir(parents=True)
    (folder / "allgraph.toml").write_text(MANIFEST)
    path = folder / "data" / "graph.nt"
    with path.open("w", encoding="ascii", newline="\n", buffering=2**20) as file:
        file.writelines(_things(graph))
        file.writelines(_claims(graph))
    return path


def _things(graph: Generated) -> Iterator[str]:
    for kind, (letter, cls, name, _) in enumerate(KINDS):
        for n in range(graph.firsts[kind], graph.firsts[kind + 1]):
            iri = f"{BASE}id/{letter}{n:07}"
            yield _THING % {"iri": iri, "cls": cls.removeprefix("ag:"), "name": f"{name} {n}"}
    for n in range(SOURCES):
        iri = f"{BASE}source/s{n}"
        yield _THING % {"iri": iri, "cls": "Source", "name": f"Source {n}"}
        yield _SOURCE % {"iri": iri, "n": n}


def _claims(graph: Generated) -> Iterator[str]:
    names = [name.removeprefix("ag:") for name in NAMES]
    for n, (subject, predicate, thing, form, begin, end, day) in enumerate(graph.claim_rows()):
        when = stated(form, begin, end, day)
        yield _CLAIM % {
            "n": n, "subject": graph.thing(subject), "predicate": names[predicate],
            "object": graph.thing(thing), "when": _WHEN % (n, when) if when else "",
            "source": n % SOURCES, "end": n + 10,
        }  # fmt: skip
