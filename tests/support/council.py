"""A fictional council that has everything that Popolo and FollowTheMoney can say."""

from __future__ import annotations

from tests.support.snippets import claim

SAID = 'ag:evidence [ a oa:ResourceSelection ; oa:hasSource source:gazette ; ag:section "Council" ]'
HEARSAY = SAID.replace(" ]", " ; ag:attributedTo id:mayor ]")
THINGS = """
source:gazette a ag:Source ; rdfs:label "Gazette" ; ag:read "2026-11-23"^^edtf:EDTF ;
  prov:specializationOf <https://gazette.example/1> .
<https://gazette.example/1> a ag:Page ; rdfs:label "Gazette 1" .
id:ada a ag:Person ; rdfs:label "Ada Bell" .
id:ben a ag:Person ; rdfs:label "Ben Cole" .
id:cy a ag:Person ; rdfs:label "Cy Dorn" .
id:mayor a ag:Person ; rdfs:label "Mayor Eve" .
id:town a ag:Jurisdiction ; rdfs:label "Town" .
id:council a ag:Chamber ; rdfs:label "Council" .
id:senate a ag:Chamber ; rdfs:label "Senate" ; ag:classification ag:UpperChamber .
id:roads a ag:Committee ; rdfs:label "Roads Committee" .
id:greens a ag:Party ; rdfs:label "Greens" .
id:reds a ag:Organization, ag:Party ; rdfs:label "Reds" .
id:friends a id:Charity ; rdfs:label "Friends of Roads" .
id:Charity rdfs:subClassOf ag:Organization ; rdfs:label "charity" .
id:seat a ag:Office ; rdfs:label "Seat for the North" .
id:north a ag:District ; rdfs:label "North" .
id:born a ag:Birth ; rdfs:label "Birth of Ada" .
id:died a ag:Death ; rdfs:label "Death of Ben" .
id:began a ag:Founding ; rdfs:label "Founding of the Greens" .
id:ended a ag:Dissolution ; rdfs:label "End of the Reds" .
id:bill a ag:LegislativeProposal ; rdfs:label "Bill 1" .
id:vote a ag:Vote ; rdfs:label "Vote 1" ; ag:classification ag:OnPassage .
id:term a ag:Session ; rdfs:label "Term of 2013" ; ag:classification ag:SpecialSession .
id:gift a ag:Donation ; rdfs:label "Gift" ; ag:amount 250.5 ; ag:currency "EUR" .
id:lost a ag:Donation ; rdfs:label "Gift of nobody" ; ag:amount 1 ; ag:currency "EUR" .
id:letterbox a ag:PostalAddress ; rdfs:label "Box" ; schema:streetAddress "1 Road" ;
  schema:addressLocality "Town" ; schema:postalCode "12345" ; schema:addressCountry "Nowhere" .
id:desk a ag:ContactPoint ; rdfs:label "Desk" ; schema:telephone "+1 555" ;
  schema:email "desk@council.example" .
"""
CLAIMS = {
    "family": 'id:ada ag:familyName "Bell"',
    "given": 'id:ada ag:givenName "Ada"',
    "given-once": 'id:ada ag:givenName "Adele" when 1980/1999',
    "middle": 'id:ada ag:additionalName "B."',
    "suffix": 'id:ben ag:honorificSuffix "Jr."',
    "sort": 'id:ada ag:sortName "Bell, Ada"',
    "gender": 'id:ada ag:gender "female"',
    "gender-other": 'id:cy ag:gender "unlisted"',
    "image": 'id:ada ag:image "https://gazette.example/ada.jpg"',
    "site": 'id:greens ag:hasWebsite "https://greens.example/"',
    "site-in-words": 'id:greens ag:hasWebsite "our page"',
    "same-name": 'id:ada ag:hasName "Ada Bell"',
    "name": 'id:ada ag:hasName "Ada Cole" when 1990/1999-05~',
    "name-in-french": 'id:council ag:hasName "Le Conseil"@fr when 2001/..',
    "name-of-seat": 'id:seat ag:hasName "North Seat"',
    "wikidata": 'id:ada ag:identifier "Q42"^^ag:WikidataId',
    "bioguide": 'id:ada ag:identifier "B000001"^^ag:BioguideId',
    "ocd": 'id:north ag:identifier "ocd-division/country:xx"^^ag:OcdId',
    "birth": "id:ada ag:underwent id:born when 1960-05-XX",
    "death": "id:ben ag:underwent id:died when 2021~",
    "founded": "id:greens ag:underwent id:began when 1999-12-31",
    "ended": "id:reds ag:underwent id:ended when 2015",
    "founder": "id:ada ag:founded id:friends when 2014-21",
    "council-in-town": "id:town ag:hasUnit id:council",
    "roads-in-council": "id:council ag:hasUnit id:roads",
    "roads-in-town": "id:town ag:hasUnit id:roads when 1990/2000",
    "seat-in-council": "id:seat ag:postIn id:council",
    "seat-in-north": "id:seat ag:hasDistrict id:north",
    "address": "id:council ag:hasAddress id:letterbox when 2001/..",
    "contact": "id:seat ag:hasContactPoint id:desk",
    "held": "id:ada ag:heldOffice id:seat when 2011-01/2015-06-30",
    "held-later": "id:ben ag:heldOffice id:seat when 2016?/..",
    "took": "id:cy ag:tookOffice id:seat as ag:Elected when 2020-03-04T10:00:00Z",
    "left": "id:cy ag:leftOffice id:seat as ag:Resigned when 2022",
    "chair": "id:ada ag:servedOn id:roads as ag:Chair when 2012/2014",
    "party": "id:ada ag:memberOf id:greens when 2010-09",
    "party-of-charity": "id:friends ag:memberOf id:greens",
    "underwent-vote": "id:bill ag:underwent id:vote when 2013-06-03",
    "session": "id:council ag:hasSession id:term when 2013-01-09/2013",
    "vote-in-session": "id:vote ag:inSession id:term",
    "acting": "id:council ag:tookPart id:vote as ag:ActingBody",
    "yes": "id:ada ag:tookPart id:vote as ag:Yes",
    "abstained": "id:ben ag:tookPart id:vote as ag:Abstaining",
    "voted": "id:mayor ag:tookPart id:vote as ag:Voter",
    "two-ways-yes": "id:cy ag:tookPart id:vote as ag:Yes",
    "two-ways-no": "id:cy ag:tookPart id:vote as ag:No",
    "motion": 'id:vote ag:onMotion "That the bill pass."',
    "number": 'id:vote ag:rollCallNumber "7"',
    "result": "id:vote ag:voteResult ag:MotionCarried",
    "count-yes": "id:vote ag:voteCount 12 as ag:Yes",
    "count-no": "id:vote ag:voteCount 0 as ag:No",
    "count-3": "id:vote ag:voteCount 3 as ag:Absent",
    "count-4": "id:vote ag:voteCount 4 as ag:Absent",
    "gift-to": "id:greens ag:underwent id:gift when 2012-02",
    "gift-by": "id:ben ag:tookPart id:gift as ag:Donor",
    "lost-to": "id:greens ag:underwent id:lost when 2012-03",
    "gave": "id:friends ag:donatedTo id:ada when 2012",
    **{
        f"role-{number}": f"id:mayor ag:memberOf id:council when {2000 + number}/{2001 + number}"
        for number in range(14)
    },
}
"""What each claim says: subject, predicate and object, perhaps ``as`` a role and ``when``."""
UNSAID = {
    "deprecated": ("id:ben ag:memberOf id:greens", "ag:rank ag:Deprecated ; " + SAID),
    "sensitive": ("id:ben ag:servedOn id:roads", "ag:sensitive true ; " + SAID),
    "prospective": ("id:cy ag:servedOn id:roads", "ag:prospective true ; " + SAID),
    "withdrawn": (
        "id:cy ag:memberOf id:reds",
        'ag:withdrawn "2020-01-01"^^xsd:date ; ag:withdrawnBy source:gazette ; '
        'ag:withdrawnBecause "It is gone." ; ' + SAID,
    ),
    "hearsay": ("id:cy ag:memberOf id:friends", HEARSAY),
    "rival": ("id:ben ag:memberOf id:reds when 2001", SAID),
    "other-rival": (
        "id:ben ag:memberOf id:reds when 2002",
        "ag:conflictsWith claim:rival ; " + SAID,
    ),
    "known-wrong": (
        "id:ben ag:memberOf id:council when 2003",
        "ag:rank ag:Deprecated ; ag:conflictsWith claim:known-right ; " + SAID,
    ),
}
"""Claims that may not be stated outright, and what else is said of them."""
RIGHT = {"known-right": ("id:ben ag:memberOf id:council when 2004", SAID + ", " + HEARSAY[12:])}
"""A claim that may, since its only rival is deprecated."""


def turtle(name: str, said: str, more: str = SAID) -> str:
    """A claim in Turtle, of its name, what it says, and what else is said of it."""
    said, _, when = said.partition(" when ")
    said, _, role = said.partition(" as ")
    subject, predicate, obj = said.split(" ", 2)
    return claim(name, subject, predicate, obj, more, when=when, roles=[role] if role else [])


def data(claims: dict[str, str] = CLAIMS) -> str:
    """The council in Turtle: its things, some claims, and those that may not be told."""
    texts = [turtle(name, said) for name, said in claims.items()]
    texts += [turtle(name, *said) for name, said in (UNSAID | RIGHT).items()]
    return THINGS + "".join(texts)
