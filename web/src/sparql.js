// SPARQL as text, and what answers say: all that needs no page.

import { addressBelow, cut, quoted, WHOLE } from "./addresses.js";
import { tokensOf, wholeTokensOf } from "./tokens.js";

const BASE = "https://w3id.org/allgraph/"; // of the ontology and the shapes
const KINDS = { SELECT: "rows", ASK: "yes-no", CONSTRUCT: "triples", DESCRIBE: "triples" };
const NUMBER = /#(?:integer|decimal|double|float|(?:unsigned|positive|non\w+|negative)?(?:int|long|short|byte|Integer|Int|Long|Short|Byte))$/;

/** A query with spaces in place of strings, IRIs and comments; all else keeps its place. */
export function bare(query) {
  const isQuiet = ({ kind }) => ["string", "iri", "comment"].includes(kind);
  return tokensOf(query).map((token) => (isQuiet(token) ? token.text.replace(/[^\n]/g, " ") : token.text)).join("");
}

function isWord({ kind, text }, ...words) {
  return kind === "word" && words.includes(text.toUpperCase());
}

function formOf(tokens) {
  return tokens.find((token) => isWord(token, ...Object.keys(KINDS)));
}

/** What a query gives: rows, triples, or yes-no; rows when it says nothing. */
export function kindOf(query) {
  return KINDS[formOf(tokensOf(query))?.text.toUpperCase()] ?? "rows";
}

/**
 * The graphs that a query names by FROM: a query for their IRIs, and which of them are NAMED.
 * Undefined for a query that names none.
 */
export function graphsFrom(query) {
  const tokens = wholeTokensOf(query);
  const [graphs, named] = [[], []];
  for (const [at, token] of tokens.slice(0, -1).entries()) {
    if (!isWord(token, "FROM")) continue;
    const isNamed = isWord(tokens[at + 1], "NAMED");
    graphs.push(tokens[at + 1 + Number(isNamed)]?.text);
    named.push(isNamed);
  }
  if (!graphs.length) return undefined;
  const columns = graphs.map((graph, at) => `(${graph} AS ?g${at})`);
  return { iris: `${query.slice(0, formOf(tokens)?.index ?? 0)}SELECT ${columns.join(" ")} {}`, named };
}

function prefixOf({ text }) {
  return text.split(":")[0];
}

/** The tokens of a query that are names, and the prefixes that it declares. */
function namesIn(query) {
  const tokens = wholeTokensOf(query);
  const isDeclared = (token, at) => at > 0 && isWord(tokens[at - 1], "PREFIX");
  return { names: tokens.filter(({ kind }) => kind === "name"), declared: new Set(tokens.filter(isDeclared).map(prefixOf)) };
}

/** A query with the known prefixes that it uses and does not declare, and how long these are. */
export function withPrefixes(query, prefixes) {
  const { names, declared } = namesIn(query);
  const used = new Set(names.map(prefixOf));
  const lines = Object.entries(prefixes)
    .filter(([name]) => used.has(name) && !declared.has(name))
    .map(([name, space]) => `PREFIX ${name}: <${space}> `);
  const head = lines.join("");
  return { text: head + query, shift: Array.from(head).length };
}

/** What to say of a query that a parser refused, `shift` letters having been put before it. */
export function complaint(message, query, prefixes, shift = 0) {
  const stray = strayPrefix(query, prefixes);
  if (stray) {
    const { line, column } = placeAt(query, stray.index);
    return { line, column, words: `the prefix “${prefixOf(stray)}:” is not declared` };
  }
  const found = /error at (\d+):(\d+): ([^]*)/.exec(message);
  if (!found) return { words: message };
  const line = Number(found[1]);
  const column = Math.max(1, Number(found[2]) - (line === 1 ? shift : 0));
  return { line, column, words: `not SPARQL here; ${found[3].replace(/\s+/g, " ")}` };
}

function strayPrefix(query, prefixes) {
  const { names, declared } = namesIn(query);
  const known = new Set([...Object.keys(prefixes), ...declared, "_"]);
  return names.find((name) => !known.has(prefixOf(name)));
}

/** The line and column of an offset, counted from 1 in letters. */
export function placeAt(text, offset) {
  const lines = text.slice(0, offset).split("\n");
  return { line: lines.length, column: Array.from(lines.at(-1)).length + 1 };
}

/** The offset of a line and column; of the end, for those beyond it. */
export function offsetOf(text, line, column) {
  const lines = text.split("\n");
  if (line > lines.length) return text.length;
  const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const letters = Array.from(lines[line - 1]);
  return before + letters.slice(0, column - 1).join("").length;
}

/** An IRI as people read it: with a prefix, when one fits. */
export function shorten(iri, prefixes) {
  let best = "";
  let found = iri;
  for (const [name, space] of Object.entries(prefixes)) {
    const local = iri.slice(space.length);
    const fits = space.length > best.length && iri.startsWith(space);
    if (fits && /^[\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_-])?$/u.test(local)) {
      best = space;
      found = `${name}:${local}`;
    }
  }
  return found;
}

/**
 * What a link to an IRI leads to: its page here, or itself elsewhere; "" where nothing is.
 */
export function addressOf(iri, base, root) {
  if (!iri.startsWith(base)) {
    const [whole, mark] = cut(iri.startsWith(BASE) ? iri.slice(BASE.length) : "");
    if (WHOLE.includes(whole)) return `${root}/${whole}${mark && `#${quoted(mark)}`}`;
    return /^https?:\/\//.test(iri) ? iri : "";
  }
  return addressBelow(iri.slice(base.length), root);
}

/** Rows in the order of a column: what is unbound first, then numbers, then words. */
export function sorted(rows, column, isDown) {
  const words = new Intl.Collator("en", { numeric: true });
  const keys = new Map(rows.map((row) => [row, keyFor(row[column])]));
  const order = (a, b) => {
    const [x, y] = [keys.get(a), keys.get(b)];
    if (x[0] !== y[0]) return x[0] - y[0];
    return x[0] === 1 ? x[1] - y[1] : x[0] === 2 ? words.compare(x[1], y[1]) : 0;
  };
  return [...rows].sort((a, b) => (isDown ? order(b, a) : order(a, b)));
}

function keyFor(term) {
  if (!term) return [0];
  if (isNumber(term) && !Number.isNaN(Number(term.value))) return [1, Number(term.value)];
  return [2, textOf(term)];
}

/** Whether a term is a number. */
export function isNumber(term) {
  return term?.type === "literal" && NUMBER.test(term.datatype ?? "");
}

/** A term in letters alone. */
export function textOf(term) {
  if (!term) return "";
  if (term.type === "bnode") return `_:${term.value}`;
  if (term.type !== "triple") return term.value;
  const { subject, predicate, object } = term.value;
  return `<<( ${[subject, predicate, object].map(textOf).join(" ")} )>>`;
}

/** How often each class and property is there, as VoID in JSON-LD says. */
export function counts(said) {
  const nodes = new Map();
  collect(said, nodes);
  const found = { classes: [], properties: [] };
  for (const node of nodes.values()) {
    const [kind] = one(node, "class");
    const [property] = one(node, "property");
    const [things] = one(node, "entities");
    const [triples] = one(node, "triples");
    if (kind) found.classes.push({ iri: kind, count: Number(things ?? 0) });
    if (property) found.properties.push({ iri: property, count: Number(triples ?? 0) });
  }
  const byCount = (a, b) => b.count - a.count || (a.iri < b.iri ? -1 : 1);
  return { classes: found.classes.sort(byCount), properties: found.properties.sort(byCount) };

  function one(node, name) {
    const value = node[`void:${name}`] ?? node[`http://rdfs.org/ns/void#${name}`] ?? [];
    return [value].flat().map((each) => expanded(each?.["@id"] ?? each?.["@value"] ?? each));
  }

  function expanded(value) {
    const context = said["@context"] ?? {};
    const match = /^([\w-]+):(?!\/\/)(.*)$/.exec(value);
    return match && typeof context[match[1]] === "string" ? context[match[1]] + match[2] : value;
  }
}

function collect(value, nodes) {
  if (Array.isArray(value)) return value.forEach((each) => collect(each, nodes));
  if (!value || typeof value !== "object" || "@value" in value) return;
  nodes.set(value, value);
  for (const [name, inner] of Object.entries(value)) if (name !== "@context") collect(inner, nodes);
}
