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
  return columns.find((column) => rows.some((row) => spanOf(row[column])));
}

/** The years, as numbers with a fraction, from and to which a date is; undefined for what is none. */
export function spanOf(term) {
  if (term?.type !== "literal" || !DATE.test(term.datatype ?? "")) return undefined;
  const days = Array.from(term.value.matchAll(PARTS), ([, year, month, day]) => ({ year: Number(year), month: Number(month ?? 0), day: Number(day ?? 0) }));
  if (!days.length) return undefined;
  const [first, last] = [days[0], days.at(-1)];
  const from = first.year + (Math.max(first.month, 1) - 1) / 12 + (Math.max(first.day, 1) - 1) / 366;
  const to = last.year + (last.day ? (last.month - 1) / 12 + last.day / 366 : last.month ? last.month / 12 : 1);
  return { from, to: Math.max(from, to), isExact: days.length === 1 && first.day > 0 };
}

/** The columns whose terms are joined: two of IRIs, claims last, and of triples the predicate between. */
export function joinedColumns(columns, rows, isClaim = () => false) {
  if (columns.join() === "subject,predicate,object") return { from: "subject", to: "object", by: "predicate" };
  const isOf = (column, test) => rows.some((row) => row[column]?.type === "uri" && test(row[column].value));
  const [from, to] = [...columns.filter((column) => isOf(column, (iri) => !isClaim(iri))), ...columns.filter((column) => isOf(column, isClaim))];
  return to && { from, to };
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
