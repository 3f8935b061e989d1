// The answer to a named question, worked out in the page: as a server does it, and shown the same.
//
// `question` is what the page says of it, `data` the file `answers.json`, `engine.run(query, format)`
// answers SPARQL, and `find(text)` searches things by name.

import { iriOf } from "./addresses.js";
import { addressOf, shorten, textOf } from "./sparql.js";
import { arranged } from "./arrange.js";
import { bind } from "./binding.js";
import { key } from "./names.js";
import { behind } from "./picturing.js";
import { plural } from "./search.js";
import { Wrong } from "./engines.js";

const XSD = "http://www.w3.org/2001/XMLSchema#";
const RESULTS = "application/sparql-results+json";
const OPTIONS = ["where", "sort", "limit", "cursor", "format", "sources", "lang"];
const CITED = ["where", "sort"]; // of the options
const SHOWN_OPTIONS = [...CITED, "limit"];
const OF_SERVER = ["as-of", "possible", "withdrawn"];
const LONGEST = 2000; // letters of a value
const SHORT = 72; // letters of a title
const SHOWN = 8; // dots
export const SIGNS = ["stated", "pale", "ring"];
const VOWEL = /^(?:(?!eu|one\b|once|ubi|uni|use|usu|ut[ei])[aeiou]|hon|hour|heir)/i;
const MONTHS = "January February March April May June July August September October November December".split(" ");

/** What to show: title, given values, remarks and rows, with what files and citations of it need. Throws `Wrong`. */
export async function answer(question, data, asked, engine, find) {
  const texts = textsOf(question, asked);
  const values = await valuesOf(question, data, texts, engine, find);
  const options = optionsOf(question, asked);
  const names = question.parameters.map(({ name }) => name);
  const text = bind(question.text, names, values);
  const title = await titleOf(question, data, values, engine);
  const cited = citedOf(question, texts, options, title);
  const shared = { ...title, text, cited, file: fileName(question, values), remarks: reversed(question, values), options };
  if (question.triples) return { ...shared, kind: "triples", body: await engine.run(text, "text/turtle") };
  const results = JSON.parse(await engine.run(text, RESULTS));
  if (results.boolean !== undefined) return { ...shared, kind: "yes-no", value: results.boolean };
  const worded = results.results.bindings.map((row) => wordedRow(question, data, row));
  const show = (term) => (term?.type === "uri" ? shorten(term.value, data.prefixes) : textOf(term));
  const rows = arranged(question.columns, worded, options, { dates: data.dates, show });
  const start = Math.min(options.start, rows.length);
  const page = rows.slice(start, start + options.limit);
  return { ...shared, kind: "rows", rows, start, count: page.length, certainty: certaintyOf(question, rows) };
}

// ---- What was asked

function textsOf({ name, parameters }, asked) {
  const texts = {};
  const own = new Set(parameters.map((parameter) => parameter.name));
  for (const [given, text] of asked) {
    const plain = given.replaceAll("-", "_");
    if (own.has(plain)) {
      if (texts[plain] !== undefined) throw new Wrong(`parameter ${given} is given twice`);
      if (text.length > LONGEST) throw new Wrong(`${given} has more than ${LONGEST.toLocaleString("en")} characters`);
      texts[plain] = text;
    } else if (OF_SERVER.includes(given) && text) {
      throw new Wrong(`${given}: this page answers by itself, about all days and without withdrawn claims; only a server can do that`);
    } else if (!OPTIONS.includes(given) && text) {
      throw new Wrong(`“${name}” has no parameter ${plain}; it has ${[...own].join(", ") || "none"}`);
    }
  }
  return texts;
}

function optionsOf({ parameters, listed }, asked) {
  const own = parameters.map(({ name }) => name);
  const all = (name) => (own.includes(name) ? [] : asked.getAll(name).filter(Boolean));
  const [limit] = all("limit");
  if (limit !== undefined && !/^[1-9]\d{0,6}$/.test(limit)) throw new Wrong("limit must be a number from 1 to 1000000");
  const [cursor] = all("cursor");
  if (cursor !== undefined && !/^\d{1,7}\./.test(cursor)) throw new Wrong(`cursor: “${cursor}” is no cursor`);
  return {
    where: all("where"),
    sort: all("sort"),
    given: [...new Set(asked.keys())].filter((name) => SHOWN_OPTIONS.includes(name) && all(name).length).map((name) => [name, all(name).join(", ")]),
    wanted: Number(limit ?? Infinity), // rows of a file
    limit: Math.min(Number(limit ?? listed), listed),
    start: Number.parseInt(cursor ?? "0", 10),
  };
}

/** A term for each value that was given, or else the default. */
async function valuesOf(question, data, texts, engine, find) {
  const values = {};
  for (const parameter of question.parameters) {
    const text = texts[parameter.name] || parameter.default;
    if (text === null) throw new Wrong(`“${question.name}” needs ${parameter.name}: ${parameter.help}`);
    if (!text) continue;
    try {
      values[parameter.name] = await termOf(parameter, text, data, engine, find);
    } catch (error) {
      if (error instanceof Wrong) error.message = `${parameter.name}: ${error.message}`;
      throw error;
    }
  }
  return values;
}

function termOf(parameter, text, data, engine, find) {
  if (parameter.type === "entity") return thingOf(parameter, text, data, engine, find);
  if (parameter.type === "date") return dayOf(text);
  if (parameter.type === "number") {
    if (!/^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(text)) throw new Wrong(`“${text}” is not a number; write it like 3 or 81.5`);
    return { type: "literal", value: text, datatype: `${XSD}${text.includes(".") ? "decimal" : "integer"}` };
  }
  if (parameter.type === "choice" && !parameter.choices.includes(text)) {
    throw new Wrong(`“${text}” is none of ${parameter.choices.join(", ")}`);
  }
  return { type: "literal", value: text };
}

function dayOf(text) {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  if (!year) throw new Wrong(`“${text}” is not one day; write it like 2013-07-01`);
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) {
    throw new Wrong(`“${text}” is not a date: there is no such day`);
  }
  return { type: "literal", value: text, datatype: `${XSD}date` };
}

// ---- Things

async function rowsOf(data, name, values, engine) {
  const names = Object.keys(values);
  const text = await engine.run(bind(data.queries[name], names, values), RESULTS);
  const results = JSON.parse(text);
  return results.boolean ?? results.results.bindings;
}

async function thingOf(parameter, text, data, engine, find) {
  const iri = await resolved(text, data, engine, find);
  const thing = { type: "uri", value: iri };
  if (!parameter.kinds.length) return thing;
  const kinds = parameter.kinds.map((value) => ({ type: "uri", value }));
  if (await rowsOf(data, "is-of-kind", { thing, kinds }, engine)) return thing;
  const [own, ...wanted] = await described([iri, ...parameter.kinds], data, engine);
  if (!own.kind) return thing;
  const others = wanted.map(({ name }) => withArticle(name)).join(" or ");
  throw new Wrong(`${own.name} is ${withArticle(own.kind)}, not ${others}; search for another one by name`);
}

/** The one IRI that an IRI, a CURIE, a name or an identifier stands for. */
async function resolved(text, data, engine, find) {
  const plain = text.trim().replace(/\s+/g, " ");
  const known = async (text) => {
    const iri = expanded(text, data.prefixes);
    return iri && (await rowsOf(data, "known", { thing: { type: "uri", value: iri } }, engine)) ? iri : "";
  };
  const whole = await known(plain);
  if (whole) return whole;
  const names = await rowsOf(data, "names", {}, engine);
  const split = (name) => name.normalize("NFC").toLowerCase().trim().replace(/\s+/g, " ");
  const alike = names.filter(({ name }) => key(name.value) === key(plain));
  const same = alike.filter(({ name }) => split(name.value) === split(plain));
  const things = [...new Set((same.length ? same : alike).map(({ thing }) => thing.value))].sort();
  if (things.length === 1) return things[0];
  const short = things.length ? "" : await known(`id:${plain}`);
  if (short) return short;
  const found = await find(text);
  if (things.length) {
    const some = await described(things, data, engine);
    const listed = some.map(({ iri: one, kind }) => `${shorten(one, data.prefixes)}${kind && ` (${kind})`}`);
    throw new Wrong(`“${text}” is the name of several things: ${listed.join(", ")}`);
  }
  const [first] = found;
  const own = first && iriOf(first.path, data.base);
  if (own && first.other && first.other.toLowerCase() === plain.replace(/^[\w-]+:/, "").toLowerCase()) return own;
  const near = [...new Set(found.slice(0, 3).map(({ name }) => name))];
  const hint = near.length ? `did you mean ${near.join(" or ")}?` : "search by a part of its name";
  throw new Wrong(`nothing is named “${text}”; ${hint}`);
}

function expanded(text, prefixes) {
  const [, prefix, local] = /^([^:<>\s]*):(\S*)$/.exec(text) ?? [];
  const space = Object.hasOwn(prefixes, prefix ?? "") ? prefixes[prefix] : undefined;
  const iri = /^<.*>$/.test(text) ? text.slice(1, -1) : space !== undefined ? space + local : text;
  return /^[a-z][a-z0-9+.-]*:[^\x00-\x20<>"{}|^`\\]+$/i.test(iri) && iri.includes("/") ? iri : "";
}

/** The names and kinds of IRIs, as {iri, name, kind}. */
export async function described(iris, data, engine) {
  const rows = await rowsOf(data, "described", { things: iris.map((value) => ({ type: "uri", value })) }, engine);
  return iris.map((iri) => {
    const row = rows.find(({ thing }) => thing.value === iri);
    return { iri, name: row?.name?.value || shorten(iri, data.prefixes), kind: row?.kind?.value ?? "" };
  });
}

function withArticle(noun) {
  return `${VOWEL.test(noun) ? "an" : "a"} ${noun}`;
}

// ---- Titles

/** The title, and as pairs of texts what is not in it. */
async function titleOf(question, data, values, engine) {
  const iris = Object.values(values).filter(({ type }) => type === "uri").map(({ value }) => value);
  const things = iris.map((value) => ({ type: "uri", value }));
  const labels = new Map((iris.length ? await described(iris, data, engine) : []).map(({ iri, name }) => [iri, name]));
  const inText = iris.length ? await rowsOf(data, "names-in-text", { things }, engine) : [];
  const names = new Map(inText.map(({ thing, name }) => [thing.value, name.value]));
  const given = question.parameters.filter(({ name }) => values[name]);
  const words = (parameter) => {
    const { value } = values[parameter.name];
    return names.get(value) ?? labels.get(value) ?? (parameter.type === "date" ? dayInWords(value) : value);
  };
  const slots = (template) => Array.from(template.matchAll(/\{(\w+)\}/g), ([, name]) => name);
  const fitting = question.filled.filter((template) => slots(template).every((name) => values[name]));
  const most = Math.max(...fitting.map((template) => new Set(slots(template)).size));
  const template = fitting.find((one) => new Set(slots(one)).size === most);
  const filled = template?.replace(/\{(\w+)\}/g, (_, name) => words(given.find((one) => one.name === name)));
  const rest = given.filter(({ name }) => !template?.includes(`{${name}}`));
  return {
    template: template ?? "",
    title: filled ? filled[0].toUpperCase() + filled.slice(1) : question.title,
    given: rest.map((parameter) => {
      const { value } = values[parameter.name];
      return [parameter.name.replaceAll("_", " "), labels.get(value) ?? value];
    }),
  };
}

/** What a citation has of an answer: its title, and the names and texts of values and options in its address. */
function citedOf(question, texts, options, { title, template }) {
  const given = question.parameters.flatMap(({ name }) => (texts[name] ? [[name, texts[name]]] : []));
  const others = CITED.flatMap((name) => options[name].map((text) => [name, text]));
  const words = [...given.filter(([name]) => !template.includes(`{${name}}`)), ...others];
  const dashed = (pairs) => pairs.map(([name, text]) => [name.replaceAll("_", "-"), text]);
  const shown = dashed(words).map(([name, text]) => `${name}: ${text}`).join(", ");
  const whole = given.length && template ? title : question.title;
  return { title: shown ? `${whole} (${shown})` : whole, pairs: dashed([...given, ...others]) };
}

function dayInWords(day) {
  const [year, month, number] = day.split("-").map(Number);
  return `${number} ${MONTHS[month - 1]} ${year}`;
}

function fileName({ name, parameters }, values) {
  const parts = parameters
    .filter((parameter) => values[parameter.name])
    .map((parameter) => {
      const { type, value } = values[parameter.name];
      const text = type === "uri" ? /[^/#:]*$/.exec(value)[0] : value;
      return `${parameter.name}-${key(text).replace(/[^a-z0-9.]+/g, "-").replace(/^[-.]+|[-.]+$/g, "")}`;
    });
  return [name, ...parts].join("_").slice(0, 150);
}

function reversed({ parameters }, values) {
  const days = parameters.filter(({ name, type }) => type === "date" && values[name]).map(({ name }) => [name, values[name].value]);
  return days.slice(1).flatMap(([name, day], at) => {
    const [before, earlier] = days[at];
    return day < earlier ? [`${name}: ${day} is before ${before}, ${earlier}; nothing can be between them`] : [];
  });
}

// ---- Rows

/** A row with a sentence in place of a claim, which the sentence then leads to. */
function wordedRow({ columns, sentences }, data, bindings) {
  return Object.fromEntries(
    columns.map((column) => {
      const term = bindings[column];
      const claim = sentences.includes(column) && term?.type === "uri" ? data.claims[term.value] : undefined;
      return [column, claim ? { type: "literal", value: claim[0], claim: term.value } : term];
    }),
  );
}

function certaintyOf({ columns }, rows) {
  if (!columns.includes("certainty")) return [];
  const count = (word) => rows.filter((row) => textOf(row.certainty) === word).length;
  return ["certain", "possible"].map((word) => [word, count(word)]);
}

/**
 * Some rows as a table: columns as [column, heading], the headings of columns without values, and rows
 * of cells {text, href}, of which equal ones are together, with claims and sources.
 */
export function tableOf({ columns, claims, names, labels }, data, rows, root) {
  const hidden = new Set([...claims, ...Object.values(names)]);
  const shown = columns.filter((column) => !hidden.has(column));
  const iri = (row, column) => row[names[column]];
  const full = shown.filter((column) => rows.some((row) => row[column] || iri(row, column)));
  const equal = new Map();
  for (const row of rows) {
    const same = JSON.stringify(full.map((column) => [row[column], iri(row, column)].map(keyOf)));
    if (!equal.has(same)) equal.set(same, { row, cited: new Set() });
    const { cited } = equal.get(same);
    for (const claim of behind({ claims }, data, row)) cited.add(claim);
  }
  return {
    columns: full.map((column) => [column, labels[column]]),
    empty: shown.filter((column) => !full.includes(column)).map((column) => labels[column]),
    rows: Array.from(equal.values(), ({ row, cited }) => ({
      cells: full.map((column) => cellOf(row[column], iri(row, column), data, root)),
      claims: Array.from(cited, (claim) => data.claims[claim][1]),
      ...sourcesOf([...cited], data),
    })),
  };
}

function keyOf(term) {
  return term && [term.type, textOf(term), term.datatype, term["xml:lang"]];
}

function cellOf(term, iri, data, root) {
  const link = iri?.type === "uri" ? iri.value : term?.type === "uri" ? term.value : term?.claim;
  if (link) {
    const text = iri?.type === "uri" || term.claim ? textOf(term) : "";
    return { text: text || shorten(link, data.prefixes), href: addressOf(link, data.base, root) };
  }
  const date = term?.type === "literal" && term.datatype ? data.dates[term.value] : undefined;
  return { text: date ? date[0] : textOf(term) };
}

/** The signs of the sources of claims, the best first, and a summary in words. */
function sourcesOf(claims, data) {
  const signs = new Map();
  for (const [source, sign] of claims.flatMap((claim) => data.claims[claim][2])) {
    signs.set(source, Math.min(sign, signs.get(source) ?? sign));
  }
  const name = ([source]) => data.sources[source][1];
  const best = [...signs].sort((a, b) => a[1] - b[1] || (name(a) < name(b) ? -1 : 1));
  const dots = best.slice(0, SHOWN).map(([, sign]) => SIGNS[sign]);
  const more = best.length - 1;
  if (!best.length) return { dots, summary: "no source", others: 0 };
  const title = shortened(name(best[0]));
  return { dots, summary: more ? `${title} and ${more} more` : title, others: Math.max(0, best.length - SHOWN) };
}

/** A title that is cut after a word, if it is long. */
function shortened(title) {
  const letters = Array.from(title);
  if (letters.length <= SHORT) return title;
  const beginning = letters.slice(0, SHORT).join("");
  const space = beginning.lastIndexOf(" ");
  return `${(space > 0 ? beginning.slice(0, space) : beginning).replace(/[ ,]+$/, "")}…`;
}

/** What a table has, in a sentence or two. */
export function counted({ rows, start, count, certainty }, table) {
  const number = (value) => value.toLocaleString("en");
  const ofAll = ` of ${number(rows.length)}`;
  const some = start
    ? `Rows ${number(start + 1)} to ${number(start + count)}${ofAll}`
    : count < rows.length
      ? `The first ${plural(count, "row")}${ofAll}`
      : plural(count, "row");
  const lines = table.rows.length < count ? `, as ${plural(table.rows.length, "line")}, equal ones together` : "";
  const levels = certainty.map(([word, value]) => `${number(value)} ${word}`).join(", ");
  const labels = table.empty.map((label) => `“${label}”`);
  const empty = labels.length > 1 ? `${labels.slice(0, -1).join(", ")} or ${labels.at(-1)}` : labels.join("");
  return `${some}${lines}${levels && `: ${levels}`}.${empty && ` No row has ${empty}.`}`;
}
