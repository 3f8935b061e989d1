// The shortest paths between two things, among the ties that a file has: as `allgraph paths` has it.

import { NO, POSSIBLE } from "./days.js";
import { fold, words } from "./fold.js";
import { compared } from "./order.js";

const LONGEST = 4; // steps
const MOST = 5; // paths, as a server has it
const PATIENCE = 400_000; // beginnings of paths that are looked at
const UNSURE = 2 ** 48; // for a claim that is only possible; more than any path that is certain
const TOLL = 2 ** 28; // for each tie of a thing that is passed through; more than any order of claims

/** The ties of a file of connections, made ready for searching. */
export function readTies(file) {
  const things = file.things.map(([name, path, curie, closed, kind, ...others]) => ({
    name, path, curie, closed: closed === 1, kind: file.kinds[kind][0], group: file.kinds[kind][1], others,
  }));
  const claims = file.claims.map(([sentence, inverse, path, order, disputed, ...sources], at) => ({
    sentence, inverse, path, order, disputed: disputed === 1, label: file.labels?.[file.verbs[at]] ?? ["", 1],
    sources: sources.map((number) => ({ title: file.sources[number][0], path: file.sources[number][1] })),
  }));
  const arcs = things.map(() => []);
  for (let at = 0; at < file.ties.length; at += 3) {
    const [subject, object, claim] = file.ties.slice(at, at + 3);
    arcs[subject].push({ there: object, tie: 2 * claim });
    arcs[object].push({ there: subject, tie: 2 * claim + 1 });
  }
  const { hubLimit, times, rivals, about } = file;
  return { things, claims, arcs, counts: countsOf(arcs), hubLimit, times, rivals, about };
}

/** How many claims join each thing to others. */
function countsOf(arcs) {
  return arcs.map((some) => new Set(some.map(({ tie }) => tie >> 1)).size);
}

/** The ties of the claims that certainly or possibly hold, by their `levels`; certain ones come first. */
export function tiesOn(ties, levels) {
  const arcs = ties.arcs.map((some) => some.filter(({ tie }) => levels[tie >> 1] > NO));
  const claims = ties.claims.map((claim, at) => ({
    ...claim,
    level: levels[at],
    order: claim.order + (levels[at] === POSSIBLE ? UNSURE : 0),
  }));
  return { ...ties, arcs, claims, counts: countsOf(arcs) };
}

/** The numbers of the things that a CURIE or a name stands for; a name in the same case is enough. */
export function thingsNamed({ things }, text) {
  const asked = text.trim().replace(/\s+/g, " ");
  const folded = fold(asked);
  const alike = (test) => things.flatMap((thing, number) => (test(thing) ? [number] : []));
  const found = [
    ({ curie }) => curie === asked,
    ({ name, others }) => name === asked || others.includes(asked),
    ({ name, others }) => [name, ...others].some((each) => fold(each) === folded),
    ({ curie }) => curie === `id:${asked}`,
  ].map(alike);
  return found.find((some) => some.length) ?? [];
}

/** The numbers of a few things with a name in which all words begin as those of a text do. */
export function thingsLike({ things }, text, most = 5) {
  const typed = words(fold(text));
  const fits = (name) => {
    const own = words(fold(name));
    return typed.length && typed.some((word) => own.some((each) => each.startsWith(word)));
  };
  const found = things.flatMap(({ name, others }, number) => ([name, ...others].some(fits) ? [number] : []));
  return found.slice(0, most);
}

/**
 * The best paths from thing `a` to thing `b`: `paths`, each `{things, ties}`; `more` when there
 * are others; `cut` when there were too many ways to look at all. With `via`, paths pass this thing.
 */
export function pathsBetween(ties, a, b, { most = MOST, longest = LONGEST, patience = PATIENCE, via } = {}) {
  const work = { left: patience, via };
  const found = [];
  for (let length = 1; length <= longest && found.length <= most && work.left > 0; length++) {
    found.push(...pathsOfLength(ties, a, b, length, most + 1 - found.length, work));
  }
  return { paths: found.slice(0, most), more: found.length > most, cut: work.left <= 0 };
}

/** The best simple paths of just one length, in their order. */
function pathsOfLength(ties, a, b, length, most, work) {
  const ahead = costsAhead(ties, a, b, length, work.via);
  const queue = new Heap();
  if (ahead[0].has(a)) queue.push({ whole: ahead[0].get(a), cost: 0, things: [a], ties: [] });
  const found = new Map();
  let last = Infinity;
  while (queue.size && work.left > 0) {
    const way = queue.pop();
    if (way.whole > last) break;
    if (way.ties.length === length) {
      if (work.via !== undefined && !way.things.includes(work.via)) continue;
      const key = way.ties.join();
      if (!found.has(key)) found.set(key, way);
      if (found.size === most) last = way.whole; // and all that cost the same
      continue;
    }
    for (const next of longer(ties, way, ahead)) {
      work.left -= 1;
      queue.push(next);
    }
  }
  return [...found.values()].sort(byCostThenClaims).slice(0, most);
}

/** A beginning with each tie that goes on from it; nothing is met twice. */
function* longer({ arcs, claims, counts }, way, ahead) {
  const step = way.ties.length + 1;
  for (const { there, tie } of arcs[way.things.at(-1)]) {
    const rest = ahead[step].get(there);
    if (rest === undefined || way.things.includes(there)) continue;
    if (way.ties.some((each) => each >> 1 === tie >> 1)) continue;
    const toll = step === ahead.length - 1 ? 0 : counts[there] * TOLL;
    const cost = way.cost + claims[tie >> 1].order + toll;
    yield { whole: cost + rest, cost, things: [...way.things, there], ties: [...way.ties, tie] };
  }
}

/** For each step, what it costs at least from a thing to the end; things that do not lead there lack. */
function costsAhead(ties, a, b, length, via) {
  const { arcs, claims, counts } = ties;
  const layers = [new Map([[b, 0]])];
  for (let step = length - 1; step >= 0; step--) {
    const layer = new Map();
    for (const [there, rest] of layers[0]) {
      const toll = step === length - 1 ? 0 : counts[there] * TOLL;
      for (const { there: here, tie } of arcs[there]) {
        if (step === 0 ? here !== a : here === a || here === b || (here !== via && !isPassable(ties, here))) continue;
        const cost = claims[tie >> 1].order + toll + rest;
        if (!(layer.get(here) <= cost)) layer.set(here, cost);
      }
    }
    layers.unshift(layer);
  }
  return layers;
}

function isPassable({ things, counts, hubLimit }, number) {
  return !things[number].closed && counts[number] <= hubLimit;
}

/** The order of paths: what they cost; then their claims, read from the end that comes first. */
function byCostThenClaims(one, other) {
  return (
    one.whole - other.whole ||
    compared(rowsOf(one.ties), rowsOf(other.ties)) ||
    compared(one.ties, other.ties)
  );
}

function rowsOf(ties) {
  const rows = ties.map((tie) => tie >> 1);
  const back = [...rows].reverse();
  return compared(rows, back) <= 0 ? rows : back;
}

/** Ways by what they cost, the cheapest first. */
class Heap {
  #ways = [];

  get size() {
    return this.#ways.length;
  }

  push(way) {
    const ways = this.#ways;
    let at = ways.push(way) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (ways[above].whole <= way.whole) break;
      ways[at] = ways[above];
      at = above;
    }
    ways[at] = way;
  }

  pop() {
    const ways = this.#ways;
    const [first] = ways;
    const last = ways.pop();
    if (!ways.length) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= ways.length) break;
      if (below + 1 < ways.length && ways[below + 1].whole < ways[below].whole) below += 1;
      if (ways[below].whole >= last.whole) break;
      ways[at] = ways[below];
      at = below;
    }
    ways[at] = last;
    return first;
  }
}
