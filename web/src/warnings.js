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

/** All IRIs with a name, among which the one may be that is meant. */
export const NAMED = "SELECT DISTINCT ?term { ?term <http://www.w3.org/2000/01/rdf-schema#label> ?name FILTER(ISIRI(?term)) }";

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
  const isElsewhere = /(?<![\w:?$@-])SERVICE(?![\w:-])/i.test(bare(query));
  const terms = isElsewhere ? [] : termsOf(query, prefixes).slice(0, MOST_TERMS);
  const known = new Set(terms.length ? await select(knownAmong(terms.map(({ iri }) => iri))) : []);
  const unknown = terms.filter(({ iri }) => !known.has(iri));
  const named = unknown.length ? await select(NAMED) : [];
  const strange = unknown.map((term) => {
    const shown = Array.from(term.text);
    const short = shown.length > SHOWN ? `${shown.slice(0, SHOWN).join("")}…` : term.text;
    return said(query, term.index, `the graph has no ${short}${hint(term, prefixes, named)}`);
  });
  return [...dates, ...strange].slice(0, MOST);
}

/** The IRIs of a query that are to be found in triples, each where it is first. */
export function termsOf(query, prefixes) {
  const tokens = Array.from(query.matchAll(TOKEN)).filter(({ 0: text }) => text[0] !== "#");
  const before = (at, by) => tokens[at - by]?.[0].toUpperCase() ?? "";
  const declared = { ...prefixes };
  const found = new Map();
  let [depth, template] = [0, 0];
  for (const [at, { 0: text, index, groups }] of tokens.entries()) {
    depth += Number(text === "{") - Number(text === "}");
    if (text === "{" && before(at, 1) === "CONSTRUCT") template = depth;
    if (depth < template) template = 0;
    if (!groups.iri && !groups.name) continue;
    if (before(at, 2) === "PREFIX") {
      declared[tokens[at - 1][0].slice(0, -1)] = text.slice(1, -1);
    } else if (!template && tokens[at + 1]?.[0] !== "(" && !NO_TERM_AFTER.has(before(at, 1))) {
      const [prefix, ...rest] = groups.name ? text.split(":") : [];
      const space = declared[prefix];
      const local = rest.join(":");
      const iri = groups.iri ? text.slice(1, -1) : space !== undefined && local ? space + local : "";
      const isRead = /^[a-z][a-z0-9+.-]*:/i.test(iri) && !iri.startsWith(XSD);
      if (isRead && !found.has(iri)) found.set(iri, { iri, text, index, prefix, space });
    }
  }
  return [...found.values()];
}

/** What may be meant by an unknown IRI, of those that are named. */
function hint({ iri, prefix, space }, prefixes, named) {
  const usual = prefixes[prefix];
  if (space !== undefined && usual !== undefined && usual !== space) {
    return `; the prefix ${prefix}: of the graph stands for <${usual}>`;
  }
  const local = (term) => /[^#/]*$/.exec(term)[0].toLowerCase();
  const near = named.find((term) => isOneTypo(local(iri), local(term)));
  return near ? `; did you mean ${shorten(near, prefixes)}?` : "";
}

function said(query, index, words) {
  const { line, column } = placeAt(query, index);
  return `line ${line}, column ${column}: ${words}`;
}
