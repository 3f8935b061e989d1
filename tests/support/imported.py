"""A small graph whose claims are in records of a register that is read again and again.

It has a YAML file with one record, a JSON file with several, a table and an XML file; a withdrawn
claim from the state before, and a sensitive claim in a record that another claim is in too.
"""

from __future__ import annotations

from tests.conftest import BASE

SOURCE = f"{BASE}source/register"
BEFORE = f"{BASE}source/register-2026-11-20"
DIGEST = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
SECRET_DIGEST = "5ec0e7" + DIGEST[6:]
ADDRESS = "https://example.org/register/blob/9f8e/"
RECORDS = {  # file, place in it, first line, lines
    "record-ada": ("people/ada é.yml", "", 1, r"{\"/name\":1,\"/roles/3\":9}"),
    "record-13": ("members.json", "/12", 41, r"{\"/name\":2}"),
    "record-row-8": ("signatories.csv", "row=8", 9, ""),
    "record-u1": ("bills.xml", "/bills/bill[3]", None, ""),
}
PLACES = {
    "on-board": "people/ada é.yml, line 10 (/roles/3)",
    "named-ada": "people/ada é.yml, line 2 (/name)",
    "in-list": "members.json, line 41 (/12/name)",  # without the lines of a secret claim
    "entire": "members.json, line 41 (/12)",
    "signed": "signatories.csv, row 8, column 1",
    "titled": "bills.xml (/bills/bill[3]/actions/item[3]/text)",
    "gone": "people/ada é.yml, line 10 (/roles/3)",
}
"""The places of the evidence of claims, in words."""
ADDRESSES = {
    "on-board": f"{ADDRESS}people/ada%20%C3%A9.yml#L10",
    "named-ada": f"{ADDRESS}people/ada%20%C3%A9.yml#L2",
    "in-list": f"{ADDRESS}members.json#L41",
    "entire": f"{ADDRESS}members.json#L41",
    "signed": f"{ADDRESS}signatories.csv#L9",
    "titled": "",
    "gone": "",
}


def _source(iri: str, version: str, day: str, *, with_template: bool) -> str:
    template = "https://example.org/register/blob/{version}/{file}#L{line}"
    place = f' ;\n    ag:placeTemplate "{template}"' if with_template else ""
    return (
        f'<{iri}> a ag:Source ; rdfs:label "Register of {day}" ;\n'
        f"    prov:specializationOf <https://example.org/register> ;\n"
        f'    schema:version "{version}" ; ag:read "2026-11-28"^^edtf:EDTF ;\n'
        f'    ag:earliest "{day}"^^xsd:date ; ag:latest "{day}"^^xsd:date{place} .\n'
    )


def _record(name: str, source: str) -> str:
    file, entry, first, lines = RECORDS[name]
    parts = [f"<{source}#{name}> a ag:Record ; dcterms:isPartOf <{source}>"]
    parts += [f'ag:section "{file}" ; ag:sha256 "{DIGEST}"']
    parts += [f"oa:hasSelector {_selector(source, entry)}"] if entry else []
    parts += [f"ag:firstLine {first}"] if first else []
    parts += [f'ag:lines "{lines}"'] if lines else []
    return " ; ".join(parts) + " .\n"


def _selector(source: str, place: str) -> str:
    name = place.replace("[", "%5B").replace("]", "%5D")
    return f"<{source}#{name}>"


def _selectors(source: str, *places: str) -> str:
    texts = []
    for place in places:
        rfc = 7111 if "=" in place else 6901
        is_path = "[" in place
        kind = "oa:XPathSelector" if is_path else "oa:FragmentSelector"
        more = "" if is_path else f" ; dcterms:conformsTo <http://tools.ietf.org/rfc/rfc{rfc}>"
        texts.append(f'{_selector(source, place)} a {kind} ; rdf:value "{place}"{more} .\n')
    return "".join(texts)


def claim(
    name: str,
    says: str,
    record: str,
    place: str,
    *,
    source: str = SOURCE,
    current: bool = False,
    digest: str = DIGEST,
    more: str = "",
) -> str:
    """A claim with one piece of evidence in a record."""
    subject, predicate, obj = says.split(" ", 2)
    evidence = f"<{BASE}claim/{name}#evidence>"
    inside = f" ; oa:hasSelector {_selector(source, place)}" if place else ""
    return (
        f"claim:{name} a ag:Claim ; rdf:subject {subject} ; rdf:predicate {predicate} ;\n"
        f"    rdf:object {obj} ; {more} ag:evidence {evidence} .\n"
        f"{evidence} a oa:ResourceSelection ; oa:hasSource <{source}> ;\n"
        f'    ag:record <{source}#{record}>{inside} ; ag:sha256 "{digest}"'
        f"{' ; ag:current true' * current} .\n"
    )


THINGS = """
id:ada a ag:Person ; rdfs:label "Ada" .
id:board a ag:Unit ; rdfs:label "Board" .
id:letter a ag:Letter ; rdfs:label "Letter" .
id:act a ag:LegislativeProposal ; rdfs:label "Tea Act" .
"""


def turtle(day: str = "2026-11-25") -> str:
    """The graph as a file of data, without prefixes; its source is of a day."""
    texts = [
        THINGS,
        _source(SOURCE, "9f8e", day, with_template=True),
        _source(BEFORE, "1a2b", "2026-11-20", with_template=False),
        *(_record(name, SOURCE) for name in RECORDS),
        _record("record-ada", SOURCE).replace("#record-ada>", "#record-unused>"),
        _record("record-ada", BEFORE),
        _selectors(SOURCE, "/12", "row=8", "/bills/bill[3]", "/roles/3", "/name", "col=1",
                   "actions/item[3]/text"),
        _selectors(BEFORE, "/roles/3"),
        claim("on-board", "id:ada ag:servedOn id:board", "record-ada", "/roles/3", current=True),
        claim("named-ada", 'id:ada ag:hasName "Ada"', "record-ada", "/name"),
        claim("in-list", 'id:ada ag:hasName "Ada B."', "record-13", "/name"),
        claim("entire", 'id:ada ag:describedAs "member"', "record-13", ""),
        claim("signed", "id:ada ag:signed id:letter", "record-row-8", "col=1"),
        claim("titled", 'id:act ag:hasName "Tea Act"', "record-u1", "actions/item[3]/text"),
        claim("gone", "id:ada ag:servedOn id:board", "record-ada", "/roles/3", source=BEFORE,
              more=f'ag:when "2020"^^edtf:EDTF ; ag:withdrawn "2026-11-25"^^xsd:date ; '
                   f'ag:withdrawnBy <{SOURCE}> ; ag:withdrawnBecause "It is gone there." ; '),
        claim("secret", 'id:ada ag:describedAs "private"', "record-13", "/name",
              digest=SECRET_DIGEST, more="ag:sensitive true ; "),
    ]  # fmt: skip
    return "".join(texts)
