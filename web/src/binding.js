// Values put into the text of a question: as `Query.bind` and `allgraph.sparql.optional` do it.

import { tokensOf } from "./tokens.js";

const [OPENING, CLOSING] = ["([{", ")]}"];
const LENIENT = new Set("BOUND COALESCE EXISTS IF && || AVG COUNT GROUP_CONCAT MAX MIN SAMPLE SUM".split(" "));

/** A text with terms in place of `$name`; `names` are those of all parameters. A list stands for VALUES. */
export function bind(text, names, values) {
  const lacking = new Set(names.filter((name) => values[name] === undefined));
  const texts = [];
  for (const token of without(tokensOf(text), lacking)) {
    const isValue = token.kind === "variable" && token.text[0] === "$";
    const value = isValue ? values[token.text.slice(1)] : undefined;
    if (value === undefined) {
      texts.push(token.text);
      continue;
    }
    if (texts.at(-1) === "<") texts.push(" "); // lest < and an IRI become the token <<
    texts.push([value].flat().map(written).join(" "));
  }
  return texts.join("");
}

/** A term as SPARQL writes it. */
export function written({ type, value, datatype }) {
  if (type === "uri") return `<${value}>`;
  const escaped = value.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n").replace(/\r/g, "\\r");
  return `"${escaped}"${datatype ? `^^<${datatype}>` : ""}`;
}

/** Tokens without those leading arguments of COALESCE that cannot be evaluated without some values. */
function without(tokens, names) {
  if (!names.size) return tokens;
  const kept = [];
  let at = 0;
  let word = 0;
  let isCoalesce = false;
  while (at < tokens.length) {
    const token = tokens[at];
    kept.push(token);
    at += 1;
    if (token.kind === "word" && token.text.toUpperCase() === "COALESCE") {
      word = kept.length - 1;
      isCoalesce = true;
    } else if (isCoalesce && token.text === "(") {
      isCoalesce = false;
      const start = at;
      at = afterFailing(tokens, at, names);
      const end = endOf(tokens, at);
      if (at > start && tokens[end]?.text === ")") kept.splice(word, 1);
    }
  }
  return kept;
}

function afterFailing(tokens, start, names) {
  let at = start;
  for (;;) {
    const end = endOf(tokens, at);
    if (tokens[end]?.text !== "," || !fails(tokens.slice(at, end), names)) return at;
    at = end + 1;
    while (at < tokens.length && ["space", "comment"].includes(tokens[at].kind)) at += 1;
  }
}

function endOf(tokens, start) {
  let depth = 0;
  for (let at = start; at < tokens.length; at++) {
    const { text } = tokens[at];
    if (depth === 0 && (text === "," || CLOSING.includes(text))) return at;
    depth += Number(OPENING.includes(text)) - Number(CLOSING.includes(text));
  }
  return tokens.length;
}

function fails(argument, names) {
  const texts = argument.filter(({ kind }) => kind !== "space" && kind !== "comment").map(({ text }) => text);
  const last = texts.findLastIndex((text) => text[0] === "$" && names.has(text.slice(1)));
  const words = texts.map((text) => text.toUpperCase());
  const pairs = words.slice(1).map((word, at) => words[at] + word);
  if (last < 0 || [...words, ...pairs].some((word) => LENIENT.has(word))) return false;
  return !words.slice(0, last).includes("IN");
}
