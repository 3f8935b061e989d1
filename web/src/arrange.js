// Rows that meet conditions, sorted by columns: as `allgraph.sparql.arrangement` has it. `dates` has for
// each date of the graph its words, its place in their order, and its first and last day.

import { fold } from "./fold.js";
import { compared } from "./order.js";
import { isNumber, textOf } from "./sparql.js";
import { Wrong } from "./engines.js";

const RELATIONS = ["is", "contains", "before", "after", "empty"];
const CONDITION = /^([^:]*):(not-)?([a-z]+)(?::(.*))?$/s;
const DAY = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/;
const HELP = `write COLUMN:RELATION:VALUE, such as name:contains:ann, or a word alone; relations are ${RELATIONS.join(", ")}`;
const [A_NUMBER, A_DATE, A_TEXT] = [0, 1, 2];

/** Rows, each a map from column to term, that meet all conditions, in the order of the columns `sort`. */
export function arranged(columns, rows, { where, sort }, { dates, show }) {
  const conditions = where.map((text) => conditionOf(text, columns));
  const keys = new Map();
  for (const name of sort.flatMap((text) => text.split(","))) {
    const column = name.replace(/^-/, "");
    check("sort", column, columns);
    if (!keys.has(column)) keys.set(column, name !== column);
  }
  let some = rows.filter((row) => conditions.every((condition) => meets(condition, row, dates, show)));
  for (const [column, isDown] of [...keys].reverse()) {
    const filled = some.filter((row) => row[column]);
    const values = new Map(filled.map((row) => [row, valueOf(row[column], dates).key]));
    filled.sort((a, b) => (isDown ? -1 : 1) * compared(values.get(a), values.get(b)));
    some = [...filled, ...some.filter((row) => !row[column])];
  }
  return some;
}

function conditionOf(text, columns) {
  if (text && !text.includes(":")) return { column: "", relation: "contains", value: text, isNot: false };
  const [, column, no, relation, value] = CONDITION.exec(text) ?? [];
  if (!RELATIONS.includes(relation)) throw new Wrong(`where: “${text}” is no condition; ${HELP}`);
  if ((value === undefined) !== (relation === "empty")) {
    const needed = relation === "empty" ? "no value" : "a value";
    throw new Wrong(`where: “${text}” needs ${needed} after ${relation}; ${HELP}`);
  }
  check("where", column, columns);
  return { column, relation, value: value ?? "", isNot: Boolean(no) };
}

function check(parameter, column, columns) {
  if (columns.includes(column)) return;
  const there = columns.length ? `there are ${columns.join(", ")}` : "it has none";
  throw new Wrong(`${parameter}: the answer has no column “${column}”; ${there}`);
}

function meets(condition, row, dates, show) {
  const terms = condition.column ? [row[condition.column]] : Object.values(row).filter((term) => term?.type === "literal");
  return terms.some((term) => holds(condition, term, dates, show) !== condition.isNot);
}

function holds({ column, relation, value }, term, dates, show) {
  if (relation === "empty") return !term;
  if (!term) return false;
  const texts = [textOf(term), show(term)];
  if (relation === "contains") return texts.some((text) => fold(text).includes(fold(value)));
  if (relation === "is" && texts.includes(value)) return true;
  const own = valueOf(term, dates);
  const given = readAs(own.kind, value);
  if (!given) {
    if (relation === "is") return false;
    throw new Wrong(`where: “${value}” is no ${own.kind === A_NUMBER ? "number" : "date"}, as ${column} has them`);
  }
  if (relation === "is") return own.kind !== A_DATE && own.key[1] === given.key[1];
  const [first, second] = relation === "before" ? [own, given] : [given, own];
  if (own.kind !== A_DATE) return first.key[1] < second.key[1];
  return Boolean(first.last && second.first && first.last < second.first);
}

function readAs(kind, text) {
  if (kind === A_TEXT) return { key: [A_TEXT, fold(text), text] };
  if (kind === A_NUMBER) return text.trim() && !Number.isNaN(Number(text)) ? { key: [A_NUMBER, Number(text)] } : null;
  const [, year, month, day] = DAY.exec(text.trim()) ?? [];
  if (!year) return null;
  const end = new Date(Date.UTC(Number(year), Number(month ?? 12), 0)).getUTCDate();
  return { first: `${year}-${month ?? "01"}-${day ?? "01"}`, last: `${year}-${month ?? "12"}-${day ?? end}` };
}

/** What a term is compared by: its kind, its key, and of a date its first and last day. */
function valueOf(term, dates) {
  const text = textOf(term);
  if (isNumber(term) && !Number.isNaN(Number(text))) return { kind: A_NUMBER, key: [A_NUMBER, Number(text)] };
  const date = term.type === "literal" && term.datatype ? dates[text] : undefined;
  if (date) return { kind: A_DATE, key: [A_DATE, date[1]], first: date[2], last: date[3] };
  return { kind: A_TEXT, key: [A_TEXT, fold(text), text] };
}
