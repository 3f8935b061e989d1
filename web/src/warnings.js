// What a query whose syntax is right may not mean: as `allgraph.graph.query_warnings` has it.

import { isOneTypo } from "./names.js";
import { placeAt, shorten } from "./sparql.js";
import { wholeTokensOf } from "./tokens.js";

const MOST = 5; // warnings
const MOST_TERMS = 50;
const LONGEST = 20_000; // letters of a query that is looked through
const SHOWN = 80; // letters of an IRI
const XSD = "http://www.w3.org/2001/XMLSchema#";
const NO_TERM_AFTER = new Set("BASE FROM GRAPH NAMED PREFIX SERVICE SILENT ^^".split(" "));
const DATE = /\d{4}-\d\d(?:-\d\d)?(?![\w-])/y;
const TERMS = ["iri", "name", "variable", "string", "number"];

const RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const RDFS = "http://www.w3.org/2000/01/rdf-schema#";
const OWL = "http://www.w3.org/2002/07/owl#";
const CLASSES = `<${OWL}Class>, <${RDFS}Class>`;
const PROPERTIES = `<${OWL}ObjectProperty>, <${OWL}DatatypeProperty>, <${OWL}AnnotationProperty>, <${RDF}Property>`;

/** The queries for the IRIs of each role, among which the one may be that is meant; "" is for what has a name. */
const CANDIDATES = {
  class: `SELECT DISTINCT ?term { { ?s a ?term } UNION { ?term a ?k FILTER(?k IN (${CLASSES})) } FILTER(ISIRI(?term)) }`,
  predicate: `SELECT DISTINCT ?term { { ?s ?term ?o } UNION { ?term a ?k FILTER(?k IN (${PROPERTIES})) } FILTER(ISIRI(?term)) }`,
  "": `SELECT DISTINCT ?term { ?term <${RDFS}label> ?name FILTER(ISIRI(?term)) }`,
};

/** The query for those of some IRIs that are names of graphs. */
function graphsAmong(iris) {
  const values = iris.map((iri) => `<${iri}>`).join(" ");
  return `SELECT DISTINCT ?term { VALUES ?term { ${values} } FILTER EXISTS { GRAPH ?term { ?s ?p ?o } } }`;
}

/** The query for those of some IRIs that are in any triple. */
function knownAmong(iris) {
  const values = iris.map((iri) => `<${iri}>`).join(" ");
  return `SELECT DISTINCT ?term { VALUES ?term { ${values} } FILTER EXISTS { { ?term ?p ?o } UNION { ?s ?term ?o } UNION { ?s ?q ?term } } }`;
}

/** Texts about a query, each with its line and column; `select(query)` gives the IRIs in ?term. */
export async function warningsOf(query, prefixes, select) {
  if (query.length > LONGEST) return [];
  const tokens = wholeTokensOf(query);
  const dates = datesIn(query, tokens).map(([date, index]) =>
    said(query, index, `${date} is a subtraction of numbers; write "${date}"^^xsd:date for the day`),
  );
  const unbound = unboundIn(tokens).map(({ text, index }) => said(query, index, `${text} is selected, and nowhere in WHERE`));
  const isElsewhere = tokens.some(({ kind, text }) => kind === "word" && text.toUpperCase() === "SERVICE");
  const iris = isElsewhere ? [] : irisOf(tokens, prefixes);
  const terms = termsOf(iris).slice(0, MOST_TERMS);
  const known = new Set(terms.length ? await select(knownAmong(terms.map(({ iri }) => iri))) : []);
  const unknown = terms.filter(({ iri }) => !known.has(iri));
  const candidates = {};
  for (const { role } of unknown) candidates[role] ??= await select(CANDIDATES[role]);
  const strange = unknown.map((term) =>
    said(query, term.index, `the graph has no ${shortened(term.text)}${hint(term, prefixes, candidates[term.role])}`),
  );
  const graphs = iris.filter(({ before }) => before === "GRAPH");
  const knownGraphs = graphs.length ? await select(graphsAmong(graphs.map(({ iri }) => iri))) : [];
  const noGraphs = graphs
    .filter(({ iri }) => !knownGraphs.includes(iri))
    .map(({ text, index }) => said(query, index, `there is no graph ${shortened(text)} here`));
  return [...dates, ...unbound, ...strange, ...noGraphs].slice(0, MOST);
}

function shortened(text) {
  const letters = Array.from(text);
  return letters.length > SHOWN ? `${letters.slice(0, SHOWN).join("")}…` : text;
}

/** The dates that a query has as subtractions of numbers, each with its index. */
function datesIn(query, tokens) {
  const numbers = tokens.filter(({ kind }) => kind === "number");
  const dates = numbers.map(({ index }) => {
    DATE.lastIndex = index;
    return [DATE.exec(query)?.[0], index];
  });
  return dates.filter(([date]) => date);
}

/** The variables that a query selects and has nowhere else. */
function unboundIn(tokens) {
  const start = tokens.findIndex(({ text }) => text.toUpperCase() === "SELECT");
  const end = tokens.findIndex(({ text }) => text === "{");
  if (start < 0 || end < start) return [];
  const names = tokens.filter(({ kind }) => kind === "variable").map(({ text }) => text.slice(1));
  const isOnce = ({ text }) => names.filter((name) => name === text.slice(1)).length === 1;
  return tokens
    .slice(start, end)
    .filter((token, at) => token.kind === "variable" && tokens[start + at - 1].text.toUpperCase() !== "AS" && isOnce(token));
}

/** Of the IRIs of a query those that are to be found in triples, each where it is first. */
function termsOf(iris) {
  const first = new Map();
  for (const term of iris) {
    if (!NO_TERM_AFTER.has(term.before) && !first.has(term.iri)) first.set(term.iri, term);
  }
  return [...first.values()];
}

/** All IRIs of a query but for declarations, functions and templates. */
function irisOf(tokens, prefixes) {
  const before = (at, by) => tokens[at - by]?.text.toUpperCase() ?? "";
  const declared = { ...prefixes };
  const iris = [];
  let [depth, template] = [0, 0];
  for (const [at, { kind, text, index }] of tokens.entries()) {
    depth += Number(text === "{") - Number(text === "}");
    if (text === "{" && before(at, 1) === "CONSTRUCT") template = depth;
    if (depth < template) template = 0;
    if (kind !== "iri" && kind !== "name") continue;
    if (before(at, 2) === "PREFIX") {
      declared[tokens[at - 1].text.slice(0, -1)] = text.slice(1, -1);
    } else if (!template && tokens[at + 1]?.text !== "(" && !text.includes("\\")) {
      const [prefix, ...rest] = kind === "name" ? text.split(":") : [];
      const space = declared[prefix];
      const local = rest.join(":");
      const iri = kind === "iri" ? text.slice(1, -1) : space !== undefined && local ? space + local : "";
      const isRead = /^[a-z][a-z0-9+.-]*:/i.test(iri) && !iri.startsWith(XSD);
      if (isRead) iris.push({ iri, text, index, prefix, space, before: before(at, 1), role: roleOf(tokens, at) });
    }
  }
  return iris;
}

/** What an IRI is by its place: "class", "predicate", or "" for a subject, an object and all else. */
function roleOf(tokens, at) {
  const [before, after] = [tokens[at - 1], tokens[at + 1]];
  const isTerm = (token) => TERMS.includes(token?.kind);
  if (["a", "rdf:type"].includes(before?.text)) return "class";
  const isBetween = isTerm(before) && (isTerm(after) || ["[", "("].includes(after?.text));
  const isPath = [";", "/", "^", "|", "!"].includes(before?.text) || ["/", "|", "*", "+"].includes(after?.text);
  return isBetween || isPath ? "predicate" : "";
}

/** What may be meant by an unknown IRI, of some candidates; without a role, one of its namespace. */
function hint({ iri, prefix, space, role }, prefixes, candidates) {
  const usual = prefixes[prefix];
  if (space !== undefined && usual !== undefined && usual !== space) {
    return `; the prefix ${prefix}: of the graph stands for <${usual}>`;
  }
  const local = (term) => /[^#/]*$/.exec(term)[0].toLowerCase();
  const own = iri.replace(/[^#/]*$/, "");
  const isOwn = (term) => term.startsWith(own);
  const some = role ? [...candidates].sort((a, b) => isOwn(b) - isOwn(a)) : candidates.filter((term) => term.replace(/[^#/]*$/, "") === own);
  const near = some.find((term) => isOneTypo(local(iri), local(term)));
  return near ? `; did you mean ${shorten(near, prefixes)}?` : "";
}

function said(query, index, words) {
  const { line, column } = placeAt(query, index);
  return `line ${line}, column ${column}: ${words}`;
}
