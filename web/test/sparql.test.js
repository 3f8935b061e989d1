import assert from "node:assert/strict";
import { test } from "node:test";
import { offers, vocabulary } from "../src/offers.js";
import * as picturing from "../src/picturing.js";
import * as sparql from "../src/sparql.js";

const PREFIXES = { ag: "https://x/ns#", id: "https://x/id/", a: "https://x/" };

test("what is quiet leaves its place empty", () => {
  const query = 'ASK { <http://a/SELECT> ?p "SELECT # no" } # SELECT\n\'\'\'a\nb\'\'\'';
  const found = sparql.bare(query);
  assert.equal(found.length, query.length);
  assert.equal(found.indexOf("\n"), query.indexOf("\n"));
  assert.ok(!found.includes("SELECT") && found.includes("?p"));
  assert.equal(sparql.bare("FILTER(?a <?b && ?c> ?d)"), "FILTER(?a <?b && ?c> ?d)");
});

test("the kind of an answer is that of the first form", () => {
  for (const [query, kind] of [
    ["# SELECT\nask {}", "yes-no"],
    ["PREFIX select: <http://x/ASK>\nCONSTRUCT WHERE { ?ask select:x ?y }", "triples"],
    ["BASE <http://x/> DESCRIBE <a>", "triples"],
    ["SELECT * { FILTER EXISTS { SELECT ?x {} } }", "rows"],
    ["", "rows"],
  ]) {
    assert.equal(sparql.kindOf(query), kind, query);
  }
});

test("only prefixes that are used and not declared are put before", () => {
  assert.deepEqual(sparql.withPrefixes("ASK { id:x ?p 'ag:y' }", PREFIXES), {
    text: "PREFIX id: <https://x/id/> ASK { id:x ?p 'ag:y' }",
    shift: 27,
  });
  const own = "PREFIX id: <http://other/> ASK { id:x ?p ?o }";
  assert.deepEqual(sparql.withPrefixes(own, PREFIXES), { text: own, shift: 0 });
});

test("a complaint is at the place of what was written", () => {
  const query = "ASK { id:x ?p }";
  const { shift } = sparql.withPrefixes(query, PREFIXES);
  const said = sparql.complaint(`error at 1:${shift + 15}: expected one\nof`, query, PREFIXES, shift);
  assert.deepEqual(said, { line: 1, column: 15, words: "not SPARQL here; expected one of" });
  const stray = sparql.complaint("error at 9:9: x", "ASK {\n '\u{1F600}' \u{1F600} no:x ?p }", PREFIXES);
  assert.deepEqual([stray.line, stray.column], [2, 8]);
  assert.equal(sparql.complaint("odd", "ASK {}", {}).line, undefined);
});

test("a place and an offset are one another's inverse", () => {
  const text = "a\n\u{1F600}b\n\nc";
  for (let offset = 0; offset <= text.length; offset++) {
    if (offset === 3) continue; // between the halves of a letter
    const { line, column } = sparql.placeAt(text, offset);
    assert.equal(sparql.offsetOf(text, line, column), offset);
  }
  assert.equal(sparql.offsetOf(text, 99, 1), text.length);
});

test("rows are sorted by numbers, then words; what is unbound is first", () => {
  const xsd = "http://www.w3.org/2001/XMLSchema#";
  const number = (value, type) => ({ x: { type: "literal", value, datatype: xsd + type } });
  const word = (value) => ({ x: { type: "literal", value } });
  const rows = [word("b"), number("10", "integer"), {}, number("9.5", "decimal"), word("a")];
  assert.deepEqual(sparql.sorted(rows, "x", false), [rows[2], rows[3], rows[1], rows[4], rows[0]]);
  assert.deepEqual(sparql.sorted(rows, "x", true), [rows[0], rows[4], rows[1], rows[3], rows[2]]);
  assert.ok(sparql.isNumber(number("1", "nonNegativeInteger").x));
  assert.ok(!sparql.isNumber(number("2013", "gYear").x));
});

test("triples are rows, and what is no triple of three terms is not", () => {
  const text = '<x:a> <x:p> "a \\"b\\" \\u00e9"@en .\n_:b <x:p> "1"^^<x:t> .\n';
  assert.deepEqual(picturing.rowsOfTriples(text), [
    { subject: { type: "uri", value: "x:a" }, predicate: { type: "uri", value: "x:p" }, object: { type: "literal", value: 'a "b" é', "xml:lang": "en" } },
    { subject: { type: "bnode", value: "b" }, predicate: { type: "uri", value: "x:p" }, object: { type: "literal", value: "1", datatype: "x:t" } },
  ]);
  assert.equal(picturing.rowsOfTriples("<x:a> <x:p> <<( <x:a> <x:p> <x:b> )>> ."), null);
});

test("a date has four bounds, of which some may be open", () => {
  const bounds = (value, type = "http://id.loc.gov/datatypes/edtf/EDTF") => picturing.boundsOf({ type: "literal", value, datatype: type });
  assert.deepEqual(bounds("2013"), ["2013-01-01", "2013-12-31", "2013-01-01", "2013-12-31"]);
  assert.deepEqual(bounds("2012-02/2013-06-30"), ["2012-02-01", "2012-02-29", "2013-06-30", "2013-06-30"]);
  assert.deepEqual(bounds("../1900-02"), [null, null, "1900-02-01", "1900-02-28"]);
  assert.deepEqual(bounds("[2012,2014-05]"), ["2012-01-01", "2014-05-31", "2012-01-01", "2014-05-31"]);
  assert.deepEqual(bounds("2013-06-01T10:00:00-0500", "http://www.w3.org/2001/XMLSchema#dateTime"), Array(4).fill("2013-06-01"));
  assert.equal(bounds("2013", "http://www.w3.org/2001/XMLSchema#integer"), undefined);
  assert.equal(bounds(".."), undefined);
});

test("a graph joins the first two columns of IRIs, claims last, and counts what is left out", () => {
  const uri = (value) => ({ type: "uri", value });
  const rows = ["a", "b", "c"].map((name) => ({ claim: uri(`c:${name}`), who: uri(`x:${name}`), n: { type: "literal", value: "1" }, what: uri("x:z") }));
  const isClaim = (iri) => iri.startsWith("c:");
  assert.deepEqual(picturing.joinedColumns(["claim", "who", "n", "what"], rows, isClaim), { from: "who", to: "what" });
  assert.equal(picturing.joinedColumns(["who", "n"], rows, isClaim), undefined);
  const ofClaims = ["claim", "subject", "predicate", "object", "source"];
  assert.deepEqual(picturing.joinedColumns(ofClaims, [], isClaim), { from: "subject", to: "object", by: "predicate" });
  const { nodes, edges, more } = picturing.edgesOf(["who", "what"], rows, 3, isClaim);
  assert.deepEqual([nodes.length, edges.length, more], [3, 2, 1]);
});

test("VoID says how often classes and properties are there", () => {
  const said = {
    "@context": { void: "http://rdfs.org/ns/void#", ag: "https://x/ns#" },
    "@graph": [
      {
        "void:classPartition": [
          { "void:class": { "@id": "ag:Rare" }, "void:entities": { "@value": "2" } },
          { "void:class": { "@id": "ag:Often" }, "void:entities": 30 },
        ],
        "void:propertyPartition": { "void:property": { "@id": "ag:p" }, "void:triples": 7 },
      },
    ],
  };
  assert.deepEqual(sparql.counts(said), {
    classes: [{ iri: "https://x/ns#Often", count: 30 }, { iri: "https://x/ns#Rare", count: 2 }],
    properties: [{ iri: "https://x/ns#p", count: 7 }],
  });
});

test("links lead to pages, and to nothing that would leave or change on its way", () => {
  const at = (iri) => sparql.addressOf(iri, "https://x/", "/r");
  assert.equal(at("https://x/id/a%20b"), "/r/page/a%2520b");
  assert.equal(at("https://x/id/.b"), "/r/id/.b");
  assert.equal(at("https://x//evil.example"), "");
  assert.equal(at("https://x/id/../y"), "");
  assert.equal(at("javascript:alert(1)"), "");
  assert.equal(at("urn:x"), "");
  assert.equal(at("https://w3id.org/allgraph/ns#Claim"), "/r/ns#Claim");
});

test("what is offered fits the place", () => {
  const known = vocabulary(PREFIXES, {
    classes: [{ iri: "https://x/ns#Person", count: 12 }],
    properties: [{ iri: "https://x/ns#signed", count: 1 }],
  });
  const first = (text) => {
    const { from, options } = offers(text, text.length, true, known);
    const best = [...options].sort((a, b) => (b.boost ?? 0) - (a.boost ?? 0))[0];
    return [from, best.label, best.detail];
  };
  assert.deepEqual(first("SELECT * { ?x a "), [16, "ag:Person", "12 things"]);
  assert.deepEqual(first("SELECT * { ?x ag:s"), [14, "ag:signed", "1 triple"]);
  assert.deepEqual(first("SELECT ?name { ?n"), [15, "?name", undefined]);
  for (const text of ["ASK { ?x ?p 'ag", "ASK { <http://ag", "# ag"]) {
    assert.equal(offers(text, text.length, true, known), null, text);
  }
  assert.equal(offers("ASK { ", 6, false, known), null);
});

test("the graphs of FROM are asked for with the prologue of the query", () => {
  const query = 'PREFIX x: <http://x/FROM>\nSELECT * FROM x:a # FROM <c>\nfrom named <b>{ ?s ?p " FROM x:d " }';
  assert.deepEqual(sparql.graphsFrom(query), {
    iris: "PREFIX x: <http://x/FROM>\nSELECT (x:a AS ?g0) (<b> AS ?g1) {}",
    named: [false, true],
  });
  for (const text of ["ASK { ?s ?from ?o }", "ASK { ?s x:from ?o }", 'ASK { ?s ?p " FROM <a> " }']) {
    assert.equal(sparql.graphsFrom(text), undefined, text);
  }
});
