// What a query whose syntax is right may not mean: as `allgraph.graph.query_warnings` has it.

import { isOneTypo } from "./names.js";
import { bare, placeAt, shorten } from "./sparql.js";

const MOST = 5; // warnings
const MOST_TERMS = 50;
const LONGEST = 20_000; // letters of a query that is looked through
const SHOWN = 80; // letters of an IRI
const XSD = "http://www.w3.org/2001/XMLSchema#";
const NO_TERM_AFTER = new Set("BASE FROM GRAPH NAMED PREFIX SERVICE SILENT ^^".split(" "));
const DATE = /(?<![\w.:?$@%-])\d{4}-\d\d(?:-\d\d)?(?![\w-])/g;
const TOKEN =
  /"""(?:[^\\]|\\.)*?"""|'''(?:[^\\]|\\.)*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|#[^\n]*|(?<iri><[^<>"{}|^`\\\s]*>)|[?$@][\p{L}\w-]+|_:[\p{L}\w.-]+|(?<name>(?:\p{L}(?:[\p{L}\w.-]*[\p{L}\w-])?)?:(?:[\p{L}\w.:%-]*[\p{L}\w:%-])?)(?!\\)|\^\^|[\p{L}_][\p{L}\w]*|\S/gsu;

const RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const RDFS = "http://www.w3.org/2000/01/rdf-schema#";
const OWL = "http://www.w3.org/2002/07/owl#";
const CLASSES = `<${OWL}Class>, <${RDFS}Class>`;
const PROPERTIES = `<${OWL}ObjectProperty>, <${OWL}DatatypeProperty>, <${OWL}AnnotationProperty>, <${RDF}Property>`;

/** The queries for the IRIs of each role, among which the one may be that is meant; "" is for what has a name. */
export const CANDIDATES = {
  class: `SELECT DISTINCT ?term { { ?s a ?term } UNION { ?term a ?k FILTER(?k IN (${CLASSES})) } FILTER(ISIRI(?term)) }`,
  predicate: `SELECT DISTINCT ?term { { ?s ?term ?o } UNION { ?term a ?k FILTER(?k IN (${PROPERTIES})) } FILTER(ISIRI(?term)) }`,
  "": `SELECT DISTINCT ?term { ?term <${RDFS}label> ?name FILTER(ISIRI(?term)) }`,
};

/** The query for those of some IRIs that are names of graphs. */
export function graphsAmong(iris) {
  const values = iris.map((iri) => `<${iri}>`).join(" ");
  return `SELECT DISTINCT ?term { VALUES ?term { ${values} } FILTER EXISTS { GRAPH ?term { ?s ?p ?o } } }`;
}

/** The query for those of some IRIs that are in any triple. */
export function knownAmong(iris) {
  const values = iris.map((iri) => `<${iri}>`).join(" ");
  return `SELECT DISTINCT ?term { VALUES ?term { ${values} } FILTER EXISTS { { ?term ?p ?o } UNION { ?s ?term ?o } UNION { ?s ?q ?term } } }`;
}

/** Texts about a query, each with its line and column; `select(query)` gives the IRIs in ?term. */
export async function warningsOf(query, prefixes, select) {
  if (query.length > LONGEST) return [];
  const dates = Array.from(bare(query).matchAll(DATE), ({ 0: date, index }) =>
    said(query, index, `${date} is a subtraction of numbers; write "${date}"^^xsd:date for the day`),
  );
  const unbound = unboundIn(query).map(({ text, index }) => said(query, index, `${text} is selected, and nowhere in WHERE`));
  const isElsewhere = /(?<![\w:?$@-])SERVICE(?![\w:-])/i.test(bare(query));
  const terms = isElsewhere ? [] : termsOf(query, prefixes).slice(0, MOST_TERMS);
  const known = new Set(terms.length ? await select(knownAmong(terms.map(({ iri }) => iri))) : []);
  const unknown = terms.filter(({ iri }) => !known.has(iri));
  const candidates = {};
  for (const { role } of unknown) candidates[role] ??= await select(CANDIDATES[role]);
  const strange = unknown.map((term) =>
    said(query, term.index, `the graph has no ${shortened(term.text)}${hint(term, prefixes, candidates[term.role])}`),
  );
  const graphs = isElsewhere ? [] : graphsOf(query, prefixes);
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

function tokensOf(query) {
  return Array.from(query.matchAll(TOKEN)).filter(({ 0: text }) => text[0] !== "#");
}

/** The variables that a query selects and has nowhere else. */
function unboundIn(query) {
  const tokens = tokensOf(query).map(({ 0: text, index }) => ({ text, index }));
  const start = tokens.findIndex(({ text }) => text.toUpperCase() === "SELECT");
  const end = tokens.findIndex(({ text }) => text === "{");
  if (start < 0 || end < start) return [];
  const name = ({ text }) => (/^[?$]./.test(text) ? text.slice(1).split("-")[0] : null);
  const isOnce = (token) => tokens.filter((other) => name(other) === name(token)).length === 1;
  return tokens
    .slice(start, end)
    .filter((token, at) => name(token) !== null && tokens[start + at - 1].text.toUpperCase() !== "AS" && isOnce(token));
}

/** The IRIs of a query that are names of graphs, after GRAPH. */
export function graphsOf(query, prefixes) {
  return irisOf(query, prefixes).filter(({ before }) => before === "GRAPH");
}

/** The IRIs of a query that are to be found in triples, each where it is first. */
export function termsOf(query, prefixes) {
  const first = new Map();
  for (const term of irisOf(query, prefixes)) {
    if (!NO_TERM_AFTER.has(term.before) && !first.has(term.iri)) first.set(term.iri, term);
  }
  return [...first.values()];
}

/** All IRIs of a query but for declarations, functions and templates. */
function irisOf(query, prefixes) {
  const tokens = tokensOf(query);
  const before = (at, by) => tokens[at - by]?.[0].toUpperCase() ?? "";
  const declared = { ...prefixes };
  const found = [];
  let [depth, template] = [0, 0];
  for (const [at, { 0: text, index, groups }] of tokens.entries()) {
    depth += Number(text === "{") - Number(text === "}");
    if (text === "{" && before(at, 1) === "CONSTRUCT") template = depth;
    if (depth < template) template = 0;
    if (!groups.iri && !groups.name) continue;
    if (before(at, 2) === "PREFIX") {
      declared[tokens[at - 1][0].slice(0, -1)] = text.slice(1, -1);
    } else if (!template && tokens[at + 1]?.[0] !== "(") {
      const [prefix, ...rest] = groups.name ? text.split(":") : [];
      const space = declared[prefix];
      const local = rest.join(":");
      const iri = groups.iri ? text.slice(1, -1) : space !== undefined && local ? space + local : "";
      const isRead = /^[a-z][a-z0-9+.-]*:/i.test(iri) && !iri.startsWith(XSD);
      if (isRead) found.push({ iri, text, index, prefix, space, before: before(at, 1), role: roleOf(tokens, at) });
    }
  }
  return found;
}

/** What an IRI is by its place: "class", "predicate", or "" for a subject, an object and all else. */
function roleOf(tokens, at) {
  const [before, after] = [tokens[at - 1], tokens[at + 1]];
  const isTerm = (token) => token && (token.groups.iri || token.groups.name || /^([?$].|["'\d])/.test(token[0]));
  if (["a", "rdf:type"].includes(before?.[0])) return "class";
  const isBetween = isTerm(before) && (isTerm(after) || ["[", "("].includes(after?.[0]));
  const isPath = [";", "/", "^", "|", "!"].includes(before?.[0]) || ["/", "|", "*", "+"].includes(after?.[0]);
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
