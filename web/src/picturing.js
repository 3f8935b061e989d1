// Which pictures an answer can be: what its columns join, which of them has dates, and what rows rest on.

const DATE = /#(?:date|dateTime|gYear|gYearMonth)$|\/edtf\/EDTF$/;
const PARTS = /(-?\d{4})(?:-(\d\d))?(?:-(\d\d))?/g;

/** The rows of triples, as an answer has rows: by N-Triples; null where a line is something else. */
export function rowsOfTriples(text) {
  const term = String.raw`(<[^<>\s]*>|_:\S+|"(?:[^"\\]|\\.)*"(?:@[\w-]+|\^\^<[^<>\s]*>)?)`;
  const line = new RegExp(`^${term}\\s+${term}\\s+${term}\\s*\\.$`);
  const rows = text.split("\n").filter((each) => each.trim()).map((each) => line.exec(each.trim()));
  if (rows.includes(null)) return null;
  return rows.map(([, ...terms]) => {
    const [subject, predicate, object] = terms.map(termOf);
    return { subject, predicate, object };
  });
}

function termOf(text) {
  if (text[0] === "<") return { type: "uri", value: unescaped(text.slice(1, -1)) };
  if (text[0] === "_") return { type: "bnode", value: text.slice(2) };
  const [, value, language, datatype] = /^"([^]*)"(?:@([\w-]+)|\^\^<(.*)>)?$/.exec(text);
  return { type: "literal", value: unescaped(value), ...(language && { "xml:lang": language }), ...(datatype && { datatype }) };
}

function unescaped(text) {
  const letters = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" };
  return text.replace(/\\(?:u([\da-fA-F]{4})|U([\da-fA-F]{8})|(.))/gs, (_, four, eight, one) =>
    one === undefined ? String.fromCodePoint(parseInt(four ?? eight, 16)) : (letters[one] ?? one),
  );
}

/** The first column that has a date, or undefined. */
export function datedColumn(columns, rows) {
  return columns.find((column) => rows.some((row) => boundsOf(row[column])));
}

/**
 * The first and last day on which what a date tells began, and those on which it ended, each null where the
 * date does not say; undefined for what is no date.
 */
export function boundsOf(term) {
  if (term?.type !== "literal" || !DATE.test(term.datatype ?? "")) return undefined;
  const ends = term.value.split("T")[0].split("/").map(daysIn);
  const bounds = [ends[0], ends.at(-1)].flat();
  return bounds.some(Boolean) ? bounds : undefined;
}

/** The first and the last day that a date without an interval names. */
function daysIn(text) {
  const dates = [...text.matchAll(PARTS)];
  if (!dates.length) return [null, null];
  const [[, first, from = "01", day = "01"], [, last, until = "12", end]] = [dates[0], dates.at(-1)];
  const ofMonth = lastOf(Number(last), Number(until));
  return [`${first}-${from}-${day}`, `${last}-${until}-${end ?? ofMonth}`];
}

function lastOf(year, month) {
  const date = new Date(0);
  date.setUTCFullYear(year, month, 0);
  return date.getUTCDate();
}

/** The columns whose terms are joined: two of IRIs, claims last, and of triples the predicate between. */
export function joinedColumns(columns, rows, isClaim = () => false) {
  const [from, by, to] = ["subject", "predicate", "object"];
  if ([from, by, to].every((column) => columns.includes(column))) return { from, to, by };
  const isOf = (column, test) => rows.some((row) => row[column]?.type === "uri" && test(row[column].value));
  const [one, other] = [...columns.filter((column) => isOf(column, (iri) => !isClaim(iri))), ...columns.filter((column) => isOf(column, isClaim))];
  return other && { from: one, to: other };
}

/** What a graph of rows has: the terms that are nodes, at most `most`, and edges between their numbers. */
export function edgesOf(columns, rows, most, isClaim) {
  const { from, to, by } = joinedColumns(columns, rows, isClaim);
  const [numbers, nodes, edges, out] = [new Map(), [], new Map(), new Set()];
  const numberOf = (term) => {
    const key = `${term.type} ${term.value}`;
    if (!numbers.has(key) && nodes.length < most) numbers.set(key, nodes.push(term) - 1);
    if (!numbers.has(key)) out.add(key);
    return numbers.get(key);
  };
  for (const row of rows) {
    if (!row[from] || !row[to]) continue;
    const [a, b] = [numberOf(row[from]), numberOf(row[to])];
    if (a === undefined || b === undefined || a === b) continue;
    edges.set(`${a} ${b} ${row[by]?.value ?? ""}`, { from: a, to: b, by: row[by] });
  }
  return { nodes, edges: [...edges.values()], more: out.size };
}

/** The IRIs of the claims that a row rests on, each once. */
export function behind({ claims }, data, row) {
  return [...new Set(claims.map((column) => row[column]?.value).filter((iri) => data.claims[iri]))];
}

/** Which picture suits the columns of a question, if any. */
export function suits({ columns, names, sentences }) {
  if (columns.includes("when") && sentences.length === 1 && !Object.keys(names).length) return "timeline";
  return names.name && Object.keys(names).length === 2 ? "matrix" : "";
}
