// The picture of an answer, where its columns suit one, as `allgraph.site.answers.pictures` has it.

import { matrix, MARKS } from "./matrices.js";
import { behind, suits } from "./picturing.js";
import { addressOf } from "./sparql.js";
import { spans } from "./timelines.js";

const [FEWEST, ALIKE, MOST] = [2, 3, 60];

/** The picture of rows: its kind, title, SVG and table; undefined where none suits. `described(iris)` gives names. */
export async function pictureOf(question, data, rows, root, described) {
  const kind = suits(question);
  const picture = kind === "timeline" ? timelineOf(data, rows, root) : kind && (await matrixOf(question, data, rows, root, described));
  return picture ? { kind, title: `${kind[0].toUpperCase()}${kind.slice(1)} of this answer`, ...picture } : undefined;
}

async function matrixOf(question, data, rows, root, described) {
  const [, column] = Object.entries(question.names).find(([name]) => name !== "name");
  const iriOf = (term) => (term?.type === "uri" ? term.value : undefined);
  const pairs = rows.map((row) => ({ row, person: iriOf(row.thing), thing: iriOf(row[column]) }));
  const distinct = (name) => [...new Set(pairs.map((pair) => pair[name]).filter(Boolean))];
  const [people, things] = [distinct("person"), distinct("thing")];
  if (Math.min(people.length, things.length) < FEWEST) return undefined;
  const named = new Map((await described([...people, ...things])).map((one) => [one.iri, one]));
  if (2 * people.filter((iri) => named.get(iri).kind === data.person).length < people.length) return undefined;
  const dotOf = (iri) => {
    const { name, kind } = named.get(iri);
    return { name, href: addressOf(iri, data.base, root), kind, group: data.groups[kind] ?? "others" };
  };
  const cells = pairs.flatMap(({ row, person, thing }) => {
    const [claim] = behind(question, data, row);
    return person && thing && claim ? [[dotOf(person), dotOf(thing), markOf(claim, data, root)]] : [];
  });
  return cells.length ? matrix("Matrix of this answer", cells) : undefined;
}

function markOf(claim, data, root) {
  const [, , signs, sentence, , flags] = data.claims[claim];
  const best = Math.min(...signs.map(([, sign]) => sign));
  const kind = Object.keys(MARKS)[Number.isFinite(best) ? best : 0];
  return { kind, href: addressOf(claim, data.base, root), sentence: `${sentence}${flags & 1 ? ", disputed" : ""}` };
}

/** The timeline of the claims that rows begin with, if two of them are dated. */
function timelineOf(data, rows, root) {
  const iris = Object.keys(data.claims);
  const wanted = new Set(rows.map(({ claim }) => claim?.value).filter((iri) => data.claims[iri]));
  if ([...wanted].filter((iri) => data.claims[iri][5] & 2).length < FEWEST) return undefined;
  return drawn(data, data.entries.filter(([[first]]) => wanted.has(iris[first])), root);
}

/** The timeline of the graph from one day to another, texts such as 2013-07-01; undefined if nothing is then. */
export function timelineBetween(data, first, last, root) {
  const picture = drawn(data, data.entries.filter(([, , , , , , , place]) => place && place >= first && place <= last), root);
  return picture ? { kind: "timeline", title: "Timeline", ...picture } : undefined;
}

function drawn(data, entries, root) {
  const iris = Object.keys(data.claims);
  const byObject = folded(entries, ([, , , , , [like, object]]) => `${like} ${object}`);
  const lines = byObject.length > MOST ? folded(entries, ([, , , , , [like]]) => like) : byObject;
  const claimsOf = (alike) => alike.flatMap(([numbers]) => numbers.map((number) => data.claims[iris[number]]));
  const titlesOf = (claims) => [...new Set(claims.flatMap(([, , , , evidence]) => evidence.map(([source]) => data.sources[source][1])))];
  const shown = lines.map(({ alike, rivalry }) => {
    const [[numbers, words, bounds, isState]] = alike;
    const titles = titlesOf([data.claims[iris[datingOf(numbers)]]]);
    return {
      words,
      titles: titlesOf(claimsOf(alike)),
      label: data.claims[iris[numbers[0]]][0] + (alike.length > 1 ? ` · and ${alike.length - 1} alike` : ""),
      bounds,
      isState: Boolean(isState),
      href: addressOf(iris[numbers[0]], data.base, root),
      sentence: alike.map(([[first], , , , sentence]) => sentence || data.claims[iris[first]][3]).join("; "),
      rivalry,
      source: `${titles[0] ?? ""}${titles.length > 1 ? ` and ${titles.length - 1} more` : ""}`,
    };
  });
  const svg = spans(shown, "Timeline");
  return svg && { svg, columns: ["when", "what", "sources"], rows: shown.map(({ words, label, titles }) => [words, label, titles.join("; ")]) };
}

function datingOf(numbers) {
  return numbers[1] ?? numbers[0];
}

/** Entries, alike ones together, each with the rivalry that it is in, if any. */
function folded(entries, likeness) {
  const rivalries = rivalriesOf(entries);
  const groups = new Map();
  for (const entry of entries) {
    const rivalry = rivalries.get(keyOf(entry)) ?? "";
    const like = `${likeness(entry)} ${rivalry && keyOf(entry)}`;
    if (!groups.has(like)) groups.set(like, { alike: [], rivalry });
    groups.get(like).alike.push(entry);
  }
  return [...groups.values()].flatMap(({ alike, rivalry }) =>
    alike.length < ALIKE ? alike.map((entry) => ({ alike: [entry], rivalry })) : [{ alike, rivalry }],
  );
}

function keyOf([numbers]) {
  return `${numbers.length > 1 ? numbers[0] : ""} ${datingOf(numbers)}`;
}

function rivalriesOf(entries) {
  const byKey = new Map(entries.map((entry) => [keyOf(entry), entry]));
  const names = new Map();
  for (const start of byKey.keys()) {
    const waiting = [start];
    while (waiting.length) {
      const key = waiting.pop();
      const rivals = byKey.get(key)[6].map((rival) => `${key.split(" ")[0]} ${rival}`).filter((rival) => byKey.has(rival));
      if (!rivals.length || names.has(key)) continue;
      names.set(key, start);
      waiting.push(...rivals);
    }
  }
  return names;
}
