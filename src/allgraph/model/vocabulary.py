"""The RDF terms that claims, evidence, sources and the ontology are written with."""

from __future__ import annotations

from pyoxigraph import NamedNode

from allgraph.rdf.terms import KNOWN, OA, OWL, RDF, RDFS, SCHEMA, ag

TYPE = NamedNode(RDF + "type")
SUBJECT, PREDICATE, OBJECT = (NamedNode(RDF + name) for name in ("subject", "predicate", "object"))
PARTS = (SUBJECT, PREDICATE, OBJECT)
"""The predicates that a complete claim has exactly one object of."""
CLAIM_SOURCE, DEPRECATED = ag("source"), ag("Deprecated")
CLAIM, EVIDENCE, SOURCE = ag("Claim"), ag("evidence"), NamedNode(OA + "hasSource")
CLASS_OF_SOURCES = ag("Source")
WHEN, RANK, ROLE, YIELDS = ag("when"), ag("rank"), ag("role"), ag("yields")
CONFLICTS, SENSITIVE, PROSPECTIVE = ag("conflictsWith"), ag("sensitive"), ag("prospective")
CURRENT, IS_CURRENT = ag("currentAsOf"), ag("current")
EARLIEST, LATEST, READ = ag("earliest"), ag("latest"), ag("read")
CERTAINTY, WITHDRAWN, ORDINAL = ag("certainty"), ag("withdrawn"), ag("ordinal")
IDENTIFIER_SCHEME = ag("IdentifierScheme")
THING = ag("Thing")
WITHDRAWN_BY, WITHDRAWN_BECAUSE = ag("withdrawnBy"), ag("withdrawnBecause")
UNDERWENT, TOOK_PART, ASPECT = ag("underwent"), ag("tookPart"), ag("aspect")
LIFETIME = ag("lifetime")
SUBCLASS, SUBPROPERTY = (NamedNode(RDFS + name) for name in ("subClassOf", "subPropertyOf"))
NO_LONGER_USED = NamedNode(OWL + "deprecated")
REPLACED_BY, PART_OF = (NamedNode(KNOWN["dcterms"] + name) for name in ("isReplacedBy", "isPartOf"))
CLASSIFICATION, IDENTIFIER, SCHEME = ag("classification"), ag("identifier"), ag("scheme")
PATTERN, ADDRESS = ag("pattern"), ag("addressTemplate")
SAME_AS = NamedNode(SCHEMA + "sameAs")
BOUND_NAMES = ("beginNotBefore", "beginNotAfter", "endNotBefore", "endNotAfter")
BOUNDS = tuple(map(ag, BOUND_NAMES))
"""The predicates of the derived bounds, in the order of `edtf.Bounds`."""
OF_CLAIMS = frozenset((CLAIM_SOURCE, CONFLICTS, *BOUNDS))
"""The predicates of derived triples about claims; all other derived triples are direct ones."""
