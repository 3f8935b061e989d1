// An answer of rows as files, with the bytes that a server sends.

import { behind } from "./picturing.js";
import { textOf } from "./sparql.js";

const XSD = "http://www.w3.org/2001/XMLSchema#";
const CITED = ["citedClaim", "citedSentence", "citedSource", "citedTitle", "citedPage", "citedPlace", "citedReading", "citedNote"];
const BARE = { integer: /^[+-]?\d+$/, decimal: /^[+-]?\d*\.\d+$/, double: /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)[eE][+-]?\d+$/, boolean: /^(?:true|false)$/ };

/** The names, media types, ends and contents of the files of some rows; `true` or `false` is yes or no. */
export function filesOf(question, data, rows) {
  const { columns } = question;
  const files = [
    ["CSV", "text/csv", ".csv", () => csv(columns, rows)],
    ["CSV with sources", "text/csv", "_with-sources.csv", () => csv([...columns, ...CITED], rows.flatMap((row) => withSources(question, data, row)))],
    ["TSV", "text/tab-separated-values", ".tsv", () => tsv(columns, rows)],
    ["JSON", "application/sparql-results+json", ".json", () => json(columns, rows)],
    ["XML", "application/sparql-results+xml", ".xml", () => xml(columns, rows)],
  ];
  return files.filter(([name]) => name !== "CSV with sources" || question.claims.length);
}

/** A row for each piece of evidence of the claims that a row rests on, or itself. */
function withSources(question, data, row) {
  const literal = (value) => (value ? { type: "literal", value } : undefined);
  const rows = behind(question, data, row).flatMap((claim) => {
    const [, , , sentence, evidence] = data.claims[claim];
    return evidence.map(([source, ...texts]) => {
      const [iri, title] = data.sources[source];
      const [page, place, reading, note] = texts.map((text) => data.texts[text]);
      const cells = [{ value: claim }, literal(sentence), { value: iri }, ...[title, page, place, reading, note].map(literal)];
      return { ...row, ...Object.fromEntries(CITED.map((column, at) => [column, cells[at]])) };
    });
  });
  return rows.length ? rows : [row];
}

function csv(columns, rows) {
  const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = [columns, ...rows.map((row) => columns.map((column) => textOf(row[column])))];
  return lines.map((cells) => `${cells.map(quoted).join(",")}\r\n`).join("");
}

function tsv(columns, rows) {
  const lines = [columns.map((column) => `?${column}`), ...rows.map((row) => columns.map((column) => turtle(row[column])))];
  return lines.map((cells) => `${cells.join("\t")}\n`).join("");
}

function turtle(term) {
  if (!term) return "";
  const { type, value, datatype = "", "xml:lang": language } = term;
  if (type === "uri") return `<${value}>`;
  if (type !== "literal") return textOf(term);
  if (datatype.startsWith(XSD) && BARE[datatype.slice(XSD.length)]?.test(value)) return value;
  const escapes = { "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\" };
  const text = `"${value.replace(/[\n\r\t"\\]/g, (letter) => escapes[letter])}"`;
  return language ? `${text}@${language}` : datatype ? `${text}^^<${datatype}>` : text;
}

function json(columns, rows) {
  const plain = ({ claim, ...term }) => term;
  const bindings = rows.map((row) => Object.fromEntries(columns.filter((column) => row[column]).map((column) => [column, plain(row[column])])));
  return JSON.stringify({ head: { vars: columns }, results: { bindings } });
}

function xml(columns, rows) {
  const escaped = (text) => text.replace(/[&<>"']/g, (letter) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" })[letter]);
  const cell = ({ type, value, datatype, "xml:lang": language }) => {
    if (type !== "literal") return `<${type}>${escaped(value)}</${type}>`;
    const more = language ? ` xml:lang="${language}"` : datatype ? ` datatype="${escaped(datatype)}"` : "";
    return `<literal${more}>${escaped(value)}</literal>`;
  };
  const result = (row) => columns.filter((column) => row[column]).map((column) => `<binding name="${column}">${cell(row[column])}</binding>`);
  const head = columns.map((column) => `<variable name="${column}"/>`).join("");
  const results = rows.map((row) => `<result>${result(row).join("")}</result>`).join("");
  return `<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head>${head}</head><results>${results}</results></sparql>`;
}
