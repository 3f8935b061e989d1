"""Profiles: the same thing in other vocabularies, and never more than the claims say."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import rdflib
import rdflib.compare
from click.testing import CliRunner, Result
from hypothesis import given, settings
from pyld import jsonld  # type: ignore[import-untyped]
from pyoxigraph import Literal, NamedNode, Triple
from rdflib.namespace import FOAF, ORG, SDO, TIME

import allgraph
from allgraph.cli import cli
from allgraph.errors import AllgraphError, InputError, ParameterError, QueryError, UnknownName
from allgraph.folder import builtin
from allgraph.graph import Graph, open_graph
from allgraph.graph.timeline import as_of
from allgraph.linkeddata import documents, profiles
from allgraph.model import edtf
from allgraph.rdf.terms import BASE as OURS
from allgraph.rdf.terms import RDF, RDFS
from allgraph.sparql.questions import Query
from tests.conftest import BASE
from tests.support import oracle
from tests.support.tools import share, tenth

if TYPE_CHECKING:
    from tests.conftest import MakeFolder

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")

SCHEMA, OF, T = "https://schema.org/", str(ORG), str(TIME)
TYPE, LABEL = RDF + "type", RDFS + "label"
InProfile = Callable[[str], list[documents.Document]]
Exported = Callable[[str, str], bytes]
OF_SCHEMA = (
    {str(term) for term in SDO.__annotations__.values()}
    | {SCHEMA + name for name in SDO.__annotations__}
    | {SCHEMA + name for name in ("legislationAmends", "legislationRepeals")}
)  # newer than rdflib's
OF_ORG = {OF + name for name in ORG.__annotations__} | {
    *(T + name for name in ("Interval", "Instant", "hasBeginning", "hasEnd", "inside")),
    *(T + name for name in ("inXSDDate", "inXSDgYearMonth", "inXSDgYear")),
    str(FOAF.Person), LABEL,
}  # fmt: skip
ELI = "http://data.europa.eu/eli/ontology#"
OF_ELI = {TYPE, LABEL} | {
    ELI + name
    for name in (
        "LegalResource", "LegalResourceSubdivision", "LegalExpression", "amends", "changes",
        "repeals", "jurisdiction", "number", "id_local", "passed_by", "is_realized_by", "realizes",
        "title", "title_short", "date_document", "first_date_entry_in_force",
    )
}  # fmt: skip
PRESENT = {
    "schema": {SCHEMA + "memberOf", SCHEMA + "subOrganization", SCHEMA + "worksFor"},
    "org": {OF + name for name in ("memberOf", "hasMember", "holds", "heldBy", "hasUnit",
                                  "unitOf", "postIn", "hasPost", "headOf")},
}  # fmt: skip
"""Predicates that say that something lasts."""


def terms_of(triples: Iterable[Triple]) -> set[str]:
    """The terms of vocabularies that some triples use: predicates, classes, datatypes."""
    found = set()
    for triple in triples:
        if triple.predicate.value != TYPE:
            found.add(triple.predicate.value)
        elif isinstance(triple.object, NamedNode):
            found.add(triple.object.value)
        if isinstance(triple.object, Literal):
            found.add(triple.object.datatype.value)
    return found


def has(triples: Iterable[Triple], predicate: str) -> dict[str, list[str]]:
    """The values of a predicate, by subject."""
    found: dict[str, list[str]] = {}
    for triple in triples:
        if triple.predicate.value == predicate:
            assert isinstance(triple.subject, NamedNode)
            assert isinstance(triple.object, (NamedNode, Literal))
            found.setdefault(triple.subject.value, []).append(triple.object.value)
    return found


@pytest.fixture(scope="module")
def pages(graph: Graph) -> list[documents.Document]:
    """The documents about all that has a page."""
    rows = graph.run("site-iris", base=Literal(graph.folder.base)).rows
    iris = [iri for row in rows if isinstance(iri := row["iri"], NamedNode)]
    found = [each for each in documents.several(graph, iris) if each.page == 1]
    assert len(found) > 500
    return found


@pytest.fixture(scope="module")
def in_profile(graph: Graph, pages: list[documents.Document]) -> InProfile:
    """A function that returns all these in the profile with a name, made once."""

    @cache
    def every(name: str) -> list[documents.Document]:
        profile = profiles.find(graph, name)
        return [profiles.of_document(graph, page, profile) for page in pages]

    return every


@pytest.fixture(scope="module")
def exported(graph: Graph) -> Exported:
    """A function that returns the file of all things in a profile and a format, made once."""
    return cache(lambda name, format: profiles.exported(graph, name, format))


# ---- The built-in graph


@pytest.mark.long
def test_every_page_in_schema_org_is_json_ld_of_its_vocabulary(in_profile: InProfile) -> None:
    strings = {"http://www.w3.org/2001/XMLSchema#string"}
    for document in in_profile("schema"):
        used = terms_of(document.triples) - strings
        assert used <= OF_SCHEMA, (document.topic, used - OF_SCHEMA)
        assert not any(t.predicate.value in PRESENT["schema"] for t in document.triples)
    for document in tenth(in_profile("schema")):
        data = document.write("jsonld")
        back = rdflib.Graph().parse(data=data, format="json-ld")
        lines = rdflib.Graph().parse(data=document.write("nt"), format="nt")
        assert set(back) == set(lines)
        expanded = jsonld.expand(json.loads(data))
        quads = jsonld.to_rdf(expanded, {"format": "application/n-quads"})
        assert set(rdflib.Graph().parse(data=quads, format="nt")) == set(lines)


def test_every_page_in_org_has_only_its_vocabulary(in_profile: InProfile, graph: Graph) -> None:
    schemes = {
        str(row["scheme"])[1:-1]
        for row in graph.sparql("SELECT ?scheme { ?scheme a ag:IdentifierScheme }").rows
    }
    types = {
        f"http://www.w3.org/2001/XMLSchema#{n}" for n in ("string", "date", "gYear", "gYearMonth")
    }
    some = 0
    for document in in_profile("org"):
        used = terms_of(document.triples) - types - schemes
        assert used <= OF_ORG, (document.topic, used - OF_ORG)
        assert not any(t.predicate.value in PRESENT["org"] for t in document.triples)
        some += bool(document.triples)
    assert some > 50


def test_every_page_in_eli_has_only_its_vocabulary(in_profile: InProfile) -> None:
    types = {f"http://www.w3.org/2001/XMLSchema#{n}" for n in ("string", "date")}
    some = 0
    for document in in_profile("eli"):
        used = terms_of(document.triples) - types
        assert used <= OF_ELI, (document.topic, used - OF_ELI)
        some += bool(document.triples)
    assert some > 20


def test_every_membership_has_its_organisation(in_profile: InProfile) -> None:
    for document in in_profile("org"):
        memberships = {
            triple.subject
            for triple in document.triples
            if triple.predicate.value == TYPE and triple.object == NamedNode(OF + "Membership")
        }
        of = {t.subject for t in document.triples if t.predicate.value == OF + "organization"}
        assert memberships <= of, document.topic


def test_a_repeal_is_apart_from_a_change(graph: Graph) -> None:
    for name, space, amends, repeals in (
        ("schema", SCHEMA, "legislationAmends", "legislationRepeals"),
        ("eli", ELI, "amends", "repeals"),
    ):
        of_bill = profiles.profiled(graph, "S.5486", name).triples
        assert [*has(of_bill, space + repeals).values()] == [[f"{OURS}id/ny-aca-35-05"]]
        (amended,) = has(of_bill, space + amends).values()
        assert f"{OURS}id/ny-labor-law-150" in amended
        assert f"{OURS}id/ny-aca-35-05" not in amended


def test_days_of_a_law_are_those_that_are_exact(graph: Graph) -> None:
    law = f"{OURS}id/ny-child-model-law"
    in_eli = profiles.profiled(graph, "New York child model law", "eli").triples
    assert has(in_eli, ELI + "date_document")[law] == ["2013-10-21"]
    assert has(in_eli, ELI + "first_date_entry_in_force")[law] == ["2013-11-20"]
    in_schema = profiles.profiled(graph, "New York child model law", "schema").triples
    assert has(in_schema, SCHEMA + "legislationDate")[law] == ["2013-10-21"]
    assert has(in_schema, SCHEMA + "legislationJurisdiction")[law] == ["State of New York"]


def test_a_person_of_whom_it_is_only_said_that_she_served_is_no_member(graph: Graph) -> None:
    schema = profiles.profiled(graph, "Coco Rocha", "schema").triples
    assert SCHEMA + "member" not in {t.predicate.value for t in schema}
    texts = [text for some in has(schema, SCHEMA + "text").values() for text in some]
    assert "Coco Rocha has served on the Model Alliance Advisory Board" in texts
    org = profiles.profiled(graph, "Coco Rocha", "org").triples
    during = has(org, OF + "memberDuring")
    undated = f"{graph.folder.base}claim/rocha-served-on-advisory-board"
    assert during[f"{undated}#membership"] == [f"{undated}#during"]
    assert [t for t in org if t.subject == NamedNode(f"{undated}#during")] == [
        Triple(NamedNode(f"{undated}#during"), NamedNode(TYPE), NamedNode(T + "Interval"))
    ]


def test_what_is_stated_of_time_is_said(graph: Graph) -> None:
    term = f"{graph.folder.base}claim/cuomo-governor-term"
    schema = profiles.profiled(graph, "Andrew Cuomo", "schema").triples
    assert has(schema, SCHEMA + "startDate")[f"{term}#role"] == ["2011-01-01"]
    assert has(schema, SCHEMA + "endDate") == {f"{term}#role": ["2021-08-23"]}
    assert has(schema, SCHEMA + "jobTitle")[f"{term}#role"] == ["Governor of New York"]
    org = profiles.profiled(graph, "Andrew Cuomo", "org").triples
    assert has(org, T + "inXSDDate") == {
        f"{term}#beginning": ["2011-01-01"], f"{term}#end": ["2021-08-23"]}  # fmt: skip


def test_as_of_a_day_what_is_certain_then_is_said_outright(graph: Graph) -> None:
    cuomo = f"{graph.folder.base}id/andrew-cuomo"
    for day, holds in (("2013-07-01", True), ("2022-07-01", False)):
        view = as_of(graph, day)
        org = profiles.profiled(view, cuomo, "org").triples
        assert (cuomo in has(org, OF + "holds")) is holds
        schema = profiles.profiled(view, cuomo, "schema").triples
        assert ("Governor of New York" in has(schema, SCHEMA + "jobTitle").get(cuomo, [])) is holds


def test_an_export_is_the_profile_of_all_things(
    graph: Graph, in_profile: InProfile, exported: Exported
) -> None:
    for name in ("schema", "org"):
        every = {t for d in in_profile(name) for t in d.triples}
        ours = {t for t in every if str(t.subject).startswith(f"<{graph.folder.base}id/")}
        found = set(profiles.of_all(graph, name))
        assert ours <= found
        own = f"<{graph.folder.base}"  # things of others, such as web pages, have no page here
        assert not any(str(t.subject).startswith(own) for t in found - every)
        lines = exported(name, "nt").splitlines()
        assert len(lines) == len(found)


def test_a_file_is_written(graph: Graph, exported: Exported, tmp_path: Path) -> None:
    profiles.export(graph, tmp_path / "org.ttl", "org")
    assert (tmp_path / "org.ttl").read_bytes() == exported("org", "turtle")
    with pytest.raises(ParameterError, match="the graph itself"):
        profiles.exported(graph, "full")
    with pytest.raises(AllgraphError, match="documents cannot be written as"):
        profiles.exported(graph, "org", "trig")


def test_a_profile_is_parsed_once(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    known = profiles.profiles(graph)
    monkeypatch.setattr(Query, "_parsed_form", None)  # cannot be called
    assert profiles.profiles(graph) == known


def test_full_is_the_document(graph: Graph) -> None:
    thing = f"{graph.folder.base}id/coco-rocha"
    assert allgraph.profiled(graph, thing) == documents.about(graph, thing)
    with pytest.raises(UnknownName):
        allgraph.profiled(graph, f"{thing}-x", "schema")


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


def is_refused(result: Result) -> bool:
    return result.exit_code == 2 or isinstance(result.exception, InputError)


def test_show_writes_a_profile(graph: Graph) -> None:
    for name in ("full", "org", "https://schema.org/"):
        wanted = profiles.profiled(graph, "id:coco-rocha", name)
        shown = run("show", "Coco Rocha", "--profile", name)
        assert (shown.exit_code, shown.stdout_bytes) == (0, wanted.write("turtle"))
        data = run("show", "Coco Rocha", "--profile", name, "-f", "jsonld")
        assert data.stdout_bytes == wanted.write("jsonld")
    full = documents.about(graph, f"{graph.folder.base}id/coco-rocha").write()
    assert run("show", "Coco Rocha", "-f", "ttl").stdout_bytes == full
    assert "Coco Rocha has served on" in run("show", "Coco Rocha").output


def test_show_tells_what_is_wrong() -> None:
    empty = run("show", "id:ny-2013-s5486", "--profile", "org", "-f", "nt")
    assert (empty.exit_code, empty.stdout_bytes) == (0, b"")
    assert "the profile org does not describe this thing" in empty.stderr
    for more in (("--profile", "foaf"), ("--profile", "org", "-f", "json"),
                 ("--profile", "org", "--hops", "1")):  # fmt: skip
        assert is_refused(run("show", "Coco Rocha", *more)), more
    unknown = run("show", "Coco Rocha", "--profile", "foaf").exception
    assert "full, eli, org, schema" in str(unknown)


def test_export_writes_a_profile(exported: Exported, tmp_path: Path) -> None:
    assert run("export", "-", "--profile", "org").stdout_bytes == exported("org", "turtle")
    path = tmp_path / "schema.nt"
    assert run("export", str(path), "--profile", "schema").exit_code == 0
    assert path.read_bytes() == exported("schema", "nt")
    for more in (("--derived",), ("--table", "ties"), ("-f", "csv")):
        assert is_refused(run("export", "-", "--profile", "org", *more)), more


def test_an_endpoint_has_profiles(graph: Graph, endpoint: str) -> None:
    remote = open_graph(endpoint=endpoint)
    for name in ("schema", "org"):
        for thing in ("Coco Rocha", "Andrew Cuomo"):
            found = profiles.profiled(remote, thing, name).triples
            assert found == profiles.profiled(graph, thing, name).triples


# ---- Small graphs

SECRET = """
id:ann a ag:Person ; rdfs:label "Ann" .
id:board a ag:Unit ; rdfs:label "Board" .
id:office a ag:Office ; rdfs:label "Office" .
source:s a ag:Source ; rdfs:label "S" .
claim:a a ag:Claim ; ag:sensitive true ; rdf:subject id:ann ; rdf:predicate ag:servedOn ;
    rdf:object id:board ; ag:when "2012/2013" ; ag:evidence [ oa:hasSource source:s ] .
claim:b a ag:Claim ; rdf:subject id:ann ; rdf:predicate ag:heldOffice ;
    rdf:object id:office ; ag:when "2012/2013"^^edtf:EDTF ; ag:evidence [ oa:hasSource source:s ] .
claim:c a ag:Claim ; rdf:subject id:ann ; rdf:predicate ag:announced ; rdf:object claim:a ;
    ag:evidence [ oa:hasSource source:s ] .
claim:d a ag:Claim ; rdf:subject id:ann ; rdf:predicate ag:heldOffice ;
    rdf:object id:office ; ag:when "2014/2015"^^edtf:EDTF ;
    ag:evidence [ oa:hasSource source:s ; ag:attributedTo id:ann ] .
"""


def test_sensitive_claims_are_in_no_profile(make_folder: MakeFolder) -> None:
    root = make_folder({"data/a.ttl": SECRET}, prefixes=True)
    graph = open_graph(root, include_sensitive=True)
    for name in ("schema", "org"):
        for topic in ("id/ann", "id/board", "source/s", "claim/a", "claim/c"):
            triples = profiles.profiled(graph, f"<{BASE}{topic}>", name).triples
            said = " ".join(map(str, triples))
            assert "claim/a" not in said and "claim/c" not in said, (name, topic)
        assert "claim/b#" in " ".join(map(str, profiles.profiled(graph, "id:ann", name).triples))


def test_what_is_only_said_to_have_been_said_is_no_role(make_folder: MakeFolder) -> None:
    graph = open_graph(make_folder({"data/a.ttl": SECRET}, prefixes=True))
    for name in ("schema", "org"):
        said = " ".join(map(str, profiles.profiled(graph, "id:ann", name).triples))
        assert "claim/d#" not in said


OWN = """# A thing as a concept.
#
# Profile: http://www.w3.org/2004/02/skos/core#
#
# $thing  entity  The thing.
CONSTRUCT { $thing a skos:Concept ; skos:prefLabel ?name } WHERE { $thing rdfs:label ?name }
"""


def test_a_folder_has_profiles_of_its_own(make_folder: MakeFolder) -> None:
    files = {"data/a.ttl": SECRET}
    own = {**files, "queries/profiles/skos.rq": OWN}
    graph = open_graph(make_folder(own, prefixes=True))
    assert [each.name for each in profiles.profiles(graph)] == [
        "full",
        "eli",
        "org",
        "schema",
        "skos",
    ]
    triples = profiles.profiled(graph, "Ann", "http://www.w3.org/2004/02/skos/core").triples
    assert len(triples) == 2
    assert profiles.find(graph, "skos").title == "A thing as a concept."
    assert "skos" not in graph.queries


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("full", OWN, "no profile can be called"),
        ("alt", OWN, "no profile can be called"),
        ("a b", OWN, "no profile can be called"),
        ("org", OWN, "a profile “org” is in an extended folder"),
        ("x", OWN.replace("# Profile: http://www.w3.org/2004/02/skos/core#", "# No"), "Profile: "),
        ("x", OWN.replace("http://www.w3.org/2004/02/skos/core#", "a b"), "not an IRI"),
        ("x", OWN.replace("http://www.w3.org/2004/02/skos/core#", SCHEMA), "profile “schema”"),
        ("x", OWN.replace("thing  entity", "thing  text"), "one parameter"),
        ("x", OWN.replace("CONSTRUCT {", "CONSTRUCT {{"), "queries/profiles/x.rq"),
        ("x", re.sub("(?m)^CONSTRUCT.*$", "ASK { $thing ?p ?o }", OWN), "is a CONSTRUCT"),
    ],
)
def test_a_wrong_profile_is_told(make_folder: MakeFolder, name: str, text: str, words: str) -> None:
    files = {"data/a.ttl": SECRET, f"queries/profiles/{name}.rq": text}
    graph = open_graph(make_folder(files, prefixes=True))
    with pytest.raises(AllgraphError) as caught:
        profiles.profiles(graph)
    assert words in str(caught.value)
    assert isinstance(caught.value, QueryError) or name == "org"


# ---- Any graph, against the rules

STATED = re.compile(r"\d{4}(-\d\d){0,2}")
TIES = {"ag:servedOn", "ag:heldOffice"}


def is_plain(world: oracle.World, name: str) -> bool:
    """Whether a claim can be said outright: no rival, not to come, and somebody says so."""
    claim = world.claims[name]
    is_sure = not claim.deprecated and not claim.prospective and bool(claim.evidence)
    return is_sure and not world.rivals(name)


def about(world: oracle.World, thing: str) -> set[str]:
    """The claims about a thing that are not deprecated."""
    return {name for name, claim in world.claims.items()
            if thing in (claim.subject, claim.object) and not claim.deprecated}  # fmt: skip


def sides(claim: oracle.Statement) -> tuple[str, str]:
    """The begin and end that a claim states to a day, month or year; ``""`` for none."""
    begin, slash, end = (claim.when or "").partition("/")
    if not slash:
        return "", ""
    return begin if STATED.fullmatch(begin) else "", end if STATED.fullmatch(end) else ""


def show(triples: Iterable[Triple], predicate: str) -> dict[str, list[str]]:
    """The values of a predicate as CURIEs, by the CURIE of their subject."""
    return {oracle.PREFIX.shorten(s): [oracle.PREFIX.shorten(o) for o in some]
            for s, some in has(triples, predicate).items()}  # fmt: skip


def with_profiles(world: oracle.World) -> Graph:
    graph = oracle.loaded(world)
    return replace(graph, folder=replace(graph.folder, parent=builtin()))


def tied(world: oracle.World) -> oracle.World:
    """The same graph, but two of three claims say that somebody served or held office."""
    kinds = ("ag:servedOn", "ag:heldOffice")
    return replace(world, claims={
        name: replace(claim, predicate=kinds[n % 3]) if n % 3 < 2 else claim
        for n, (name, claim) in enumerate(world.claims.items())
    })  # fmt: skip


@pytest.mark.long
@settings(max_examples=share(60))
@given(oracle.worlds().map(tied))
def test_no_profile_says_more_than_the_claims(world: oracle.World) -> None:
    graph = with_profiles(world)
    for thing in [*world.kinds][:3]:
        claims = about(world, thing)
        ties = {name for name in claims if is_plain(world, name)
                and world.claims[name].predicate in TIES
                and not world.claims[name].object.startswith('"')}  # fmt: skip
        check_schema(world, graph, thing, claims, ties)
        check_org(world, graph, thing, ties)


def check_schema(
    world: oracle.World, graph: Graph, thing: str, claims: set[str], ties: set[str]
) -> None:
    triples = profiles.profiled(graph, thing, "schema").triples
    assert terms_of(triples) - {"http://www.w3.org/2001/XMLSchema#string"} <= OF_SCHEMA
    assert not any(t.predicate.value in PRESENT["schema"] for t in triples)
    shown = show(triples, TYPE)
    assert {name for name, kinds in shown.items() if f"{SCHEMA}Claim" in kinds or
            "schema:Claim" in kinds} == claims  # fmt: skip
    assert set(show(triples, SCHEMA + "subjectOf").get(thing, [])) == claims
    assert {n: w[0] for n, w in show(triples, SCHEMA + "temporalCoverage").items()} == {
        name: world.claims[name].when for name in claims if world.claims[name].when}  # fmt: skip
    assert set(show(triples, SCHEMA + "description")) == {n for n in claims if world.rivals(n)}
    # A title needs the name of the office, which a claim as an object has not.
    ended = {name for name in ties if sides(world.claims[name])[1]
             and (world.claims[name].predicate, world.claims[name].object[:6])
             != ("ag:heldOffice", "claim:")}  # fmt: skip
    roles = {f"{n}#role" for n in ended}
    ends = has(triples, SCHEMA + "endDate")
    assert {short(each) for each in ends} == roles
    starts = {short(s): v for s, v in has(triples, SCHEMA + "startDate").items() if "#role" in s}
    for name in ended:
        begin, end = sides(world.claims[name])
        assert [v for s, v in ends.items() if short(s) == f"{name}#role"] == [[end]]
        assert starts.get(f"{name}#role", []) == ([begin] if begin else [])
    # Whoever has a member or a title has it by a role, which has an end.
    for predicate in ("member", "jobTitle"):
        for subject, values in has(triples, SCHEMA + predicate).items():
            if short(subject) not in roles:
                assert {short(value) for value in values} <= roles
    for event, days in show(triples, SCHEMA + "startDate").items():
        if event in world.kinds:
            whens = {world.claims[n].when for n in claims if is_plain(world, n)
                     and world.claims[n].predicate == "ag:underwent"
                     and world.claims[n].object == event}  # fmt: skip
            assert set(days) <= spelled(whens)


def spelled(whens: set[str | None]) -> set[str]:
    """The days that dates state exactly: alone, or as both ends of an interval."""
    found = {when for when in whens if when and re.fullmatch(r"\d{4}-\d\d-\d\d", when)}
    for when in whens:
        begin, slash, end = (when or "").partition("/")
        if slash and re.fullmatch(r"\d{4}-\d\d-\d\d", begin):
            found.add(begin)
        if slash and re.fullmatch(r"\d{4}-\d\d-\d\d", end):
            found.add(end)
    return found


def short(iri: str) -> str:
    name, mark, part = iri.partition("#")
    return f"{oracle.PREFIX.shorten(name)}{mark}{part}"


def check_org(world: oracle.World, graph: Graph, thing: str, ties: set[str]) -> None:
    triples = profiles.profiled(graph, thing, "org").triples
    types = {
        f"http://www.w3.org/2001/XMLSchema#{n}" for n in ("string", "date", "gYear", "gYearMonth")
    }
    assert terms_of(triples) - types <= OF_ORG
    assert not any(t.predicate.value in PRESENT["org"] for t in triples)
    during = {
        short(s): [short(v) for v in some] for s, some in has(triples, OF + "memberDuring").items()
    }
    assert during == {f"{name}#membership": [f"{name}#during"] for name in ties}
    assert {short(s) for s in has(triples, OF + "member")} == set(during)
    stated = {(short(s), each): values for each in UNITS.values()
              for s, values in has(triples, f"{T}inXSD{each}").items()}  # fmt: skip
    expected = {}
    for name in ties:
        begin, end = sides(world.claims[name])
        when = world.claims[name].when or ""
        moment = when if STATED.fullmatch(when) else ""
        for part, text in (("beginning", begin), ("end", end), ("moment", moment)):
            if text:
                expected[f"{name}#{part}", UNITS[len(text)]] = [text]
    assert stated == expected


UNITS = {4: "gYear", 7: "gYearMonth", 10: "Date"}
"""What OWL-Time calls a date, by its length."""


@settings(max_examples=25)
@given(oracle.questions(timed=True))
def test_as_of_a_day_only_what_is_certain_is_said_outright(
    asked: tuple[oracle.World, oracle.Options],
) -> None:
    world, options = asked
    assert options.day is not None
    view = as_of(with_profiles(world), edtf.iso(options.day))
    sure = oracle.kept(world, options.day, False)
    for thing in [*world.kinds][:3]:
        try:
            triples = profiles.profiled(view, thing, "org").triples
        except UnknownName:
            continue
        outright = {(s, o) for p in ("memberOf", "holds") for s, some in
                    show(triples, OF + p).items() for o in some}  # fmt: skip
        held = [world.claims[name] for name in sure if not world.claims[name].prospective]
        claimed = {(each.subject, each.object) for each in held if each.predicate in TIES}
        assert outright <= claimed
