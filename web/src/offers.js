// What the editor offers while one writes: prefixes, classes, predicates, variables and keywords.

import { iriOf } from "./addresses.js";
import { bare, shorten } from "./sparql.js";

const KEYWORDS = ("SELECT DISTINCT WHERE OPTIONAL FILTER UNION MINUS GRAPH BIND VALUES CONSTRUCT ASK " +
  "DESCRIBE GROUP BY ORDER BY HAVING LIMIT OFFSET EXISTS NOT EXISTS COUNT SUM MIN MAX AVG SAMPLE " +
  "GROUP_CONCAT COALESCE BOUND REGEX CONTAINS STRSTARTS LCASE LANG DATATYPE STR YEAR PREFIX").split(/ (?!BY|EXISTS)/);
const WORD = /(?:[?$][\w]*|[\p{L}_][\p{L}\p{N}_.-]*(?::[\p{L}\p{N}_.-]*)?|:[\p{L}\p{N}_.-]*)$/u;

/** What is known of a graph, as completions: `found` is as `counts` gives it. */
export function vocabulary(prefixes, found) {
  const option = (type, noun) => ({ iri, count }) => ({
    label: shorten(iri, prefixes),
    apply: shorten(iri, prefixes) === iri ? `<${iri}>` : undefined,
    detail: `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`,
    type,
    count,
  });
  return {
    classes: found.classes.map(option("class", "thing")),
    properties: found.properties.map(option("property", "triple")),
    prefixes: Object.entries(prefixes).map(([name, space]) => ({ label: `${name}:`, detail: space, type: "namespace" })),
  };
}

/** The completions at a place of a text, as CodeMirror takes them, or null. */
export function offers(text, place, isAsked, known) {
  const before = text.slice(0, place);
  const word = WORD.exec(before)?.[0] ?? "";
  if (!word && !isAsked) return null;
  const from = place - word.length;
  const plain = bare(before);
  const head = plain.slice(0, from);
  const isQuoted = /["']|<[^\s<>]*$/.test(head); // for what ends is not there
  if (isQuoted || (word && plain.slice(from) !== word)) return null;
  if (/[?$]$/.test(word[0] ?? "")) {
    const others = bare(`${text.slice(0, from)} ${text.slice(place)}`).match(/[?$]\w+/g) ?? [];
    return completion(from, [...new Set(others)].sort().map((label) => ({ label, type: "variable" })));
  }
  const isKind = /(?:(?<![\w:?$])a|rdf:type)\s+$/.test(head);
  const [first, second] = isKind ? [known.classes, known.properties] : [known.properties, known.classes];
  return completion(from, [
    ...boosted(first, 50),
    ...boosted(second, 0),
    ...boosted(known.prefixes, 20),
    ...KEYWORDS.map((label) => ({ label, type: "keyword", boost: word && word === word.toUpperCase() ? 60 : -20 })),
  ]);
}

/**
 * The things with a name that begins with the word, or the two words, at a place of a text; `search` finds
 * them. What is put in is the CURIE.
 */
export async function namedOffers(text, place, search, prefixes, base) {
  const head = text.slice(0, place);
  const [, words] = /(?<![\p{L}\p{N}:?$@<.])(\p{Lu}[\p{L}\p{N}'’-]*(?: \p{L}[\p{L}\p{N}'’-]*)?)$/u.exec(head) ?? [];
  if (!search || !words || words.length < 3 || /["']|<[^\s<>]*$/.test(bare(head)) || KEYWORDS.includes(words)) return null;
  const { things } = await search.find(words, undefined, { isBrief: true });
  const options = things.slice(0, 8).map(({ name, kind, line, path }) => {
    const iri = iriOf(path, base);
    const curie = shorten(iri, prefixes);
    return { label: name, detail: [kind, line].filter(Boolean).join(", "), apply: curie === iri ? `<${iri}>` : curie, type: "text" };
  });
  return options.length ? { from: place - words.length, options, filter: false } : null;
}

function boosted(some, by) {
  return some.map((each, number) => ({ ...each, boost: by + Math.max(0, 20 - number) }));
}

function completion(from, options) {
  return options.length ? { from, options, validFor: /^[?$]?[\p{L}\p{N}_.:-]*$/u } : null;
}
