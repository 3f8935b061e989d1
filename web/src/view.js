// What a view of the network has: which things, on which day, of which groups. It is in the part of
// an address after "#", which is sent to no server and may be as long as it has to be.

import { thingsNamed } from "./connections.js";
import { CERTAIN, NO, dayNumber, levelsOn } from "./days.js";

/** The most things that are drawn. */
export const MOST = 1000;

/**
 * The view that an address asks for, and the names in it that nothing or several things have.
 * What is after "?" says where to begin; what is after "#" is a whole view.
 */
export function readView(ties, { search = "", hash = "" }) {
  const isWhole = hash.length > 1;
  const asked = new URLSearchParams(isWhole ? hash.slice(1) : search);
  const texts = asked.getAll("nodes").flatMap((text) => partsOf(ties, text));
  const unknown = texts.filter((text) => thingsNamed(ties, text).length !== 1);
  const found = texts.flatMap((text) => (unknown.includes(text) ? [] : thingsNamed(ties, text)));
  const day = asked.get("day") ?? "";
  const without = new Set((asked.get("without") ?? "").split(",").filter(Boolean));
  const view = {
    nodes: new Set(found.slice(0, MOST)),
    day: dayNumber(day) === undefined ? "" : day,
    certain: asked.has("certain"),
    without,
  };
  if (!texts.length && !isWhole) view.nodes.add(mostTied(ties));
  if (!isWhole && view.nodes.size === 1) expand(ties, view, [...view.nodes][0]);
  return { view, unknown, cut: found.length > MOST };
}

/** A name, if something is called so; else the names between the commas. */
function partsOf(ties, text) {
  const parts = thingsNamed(ties, text).length ? [text] : text.split(",");
  return parts.map((part) => part.trim()).filter(Boolean);
}

/** A view as the part of an address that begins with "#". */
export function writeView({ things }, view) {
  const curies = sorted(view.nodes).map((node) => things[node].curie);
  const odd = curies.filter((curie) => curie.includes(","));
  const plain = curies.filter((curie) => !curie.includes(",")).join();
  const said = new URLSearchParams([plain, ...odd].filter((text, at) => text || !at).map((text) => ["nodes", text]));
  if (view.day) said.set("day", view.day);
  if (view.certain) said.set("certain", "");
  if (view.without.size) said.set("without", [...view.without].sort().join());
  return `#${String(said).replaceAll("%3A", ":").replaceAll("%2C", ",").replaceAll("%2F", "/")}`;
}

/** The thing with most ties that is opened at once; if there is none, the first of all. */
function mostTied(ties) {
  const open = ties.things.map((_, node) => node).filter((node) => !isClosed(ties, node));
  return open.reduce((best, node) => (ties.counts[node] > ties.counts[best] ? node : best), 0);
}

/** Whether a thing is a place, a source, or has very many ties: it is not opened unasked. */
export function isClosed({ things, counts, hubLimit }, node) {
  return things[node].closed || counts[node] > hubLimit;
}

/** The levels of the claims in a view; without a day all are certain. */
export function levelsOf(ties, { day }) {
  return day ? levelsOn(ties, dayNumber(day)) : ties.times.map(() => CERTAIN);
}

/** The things that are tied to one in a view, each once. */
export function neighbours(ties, view, node, levels = levelsOf(ties, view)) {
  const found = ties.arcs[node].filter(({ there, tie }) => isShown(view, levels[tie >> 1]) && isOfKind(ties, view, there));
  return sorted(new Set(found.map(({ there }) => there)));
}

function isShown({ certain }, level) {
  return level === CERTAIN || (level !== NO && !certain);
}

function isOfKind({ things }, { without }, node) {
  return !without.has(things[node].group);
}

/**
 * Add the neighbours of a thing: `added` are those that were not there, `left` how many had no
 * room. Of a closed thing none are added unless it `isSure`; `waiting` is how many would be.
 */
export function expand(ties, view, node, isSure = false, most = MOST) {
  const fresh = neighbours(ties, view, node).filter((each) => !view.nodes.has(each));
  if (isClosed(ties, node) && !isSure && fresh.length) return { added: [], left: 0, waiting: fresh.length };
  const added = fresh.slice(0, Math.max(0, most - view.nodes.size));
  for (const each of added) view.nodes.add(each);
  return { added, left: fresh.length - added.length, waiting: 0 };
}

/**
 * What is to be seen: `nodes` and `lines`, each `{a, b, claims}`, `claims` numbers of ties read
 * from `a`; `hidden` are the things that are tied to others here, but not on the day.
 */
export function seen(ties, view) {
  const levels = levelsOf(ties, view);
  const ofKind = sorted(view.nodes).filter((node) => isOfKind(ties, view, node));
  const every = linesAmong(ties, new Set(ofKind), () => true);
  const lines = linesAmong(ties, new Set(ofKind), (claim) => isShown(view, levels[claim]));
  const ever = endsOf(every), now = endsOf(lines);
  const nodes = ofKind.filter((node) => now.has(node) || !ever.has(node));
  return { nodes, lines, every, levels, hidden: ofKind.length - nodes.length };
}

function endsOf(lines) {
  return new Set(lines.flatMap(({ a, b }) => [a, b]));
}

function linesAmong({ arcs }, among, test) {
  const lines = new Map();
  for (const a of among) {
    for (const { there: b, tie } of arcs[a]) {
      if (b <= a || !among.has(b) || !test(tie >> 1)) continue;
      const key = `${a} ${b}`;
      if (!lines.has(key)) lines.set(key, { a, b, ties: [] });
      lines.get(key).ties.push(tie);
    }
  }
  return [...lines.values()];
}

/** The nearest neighbour in a direction, no farther from it than 60 degrees; else undefined. */
export function nearest(places, here, others, [x, y]) {
  let best, least = Infinity;
  for (const other of others) {
    const dx = places.get(other).x - places.get(here).x, dy = places.get(other).y - places.get(here).y;
    const ahead = dx * x + dy * y, far = Math.hypot(dx, dy);
    if (other === here || ahead < far / 2 || far >= least) continue;
    [best, least] = [other, far];
  }
  return best;
}

function sorted(numbers) {
  return [...numbers].sort((a, b) => a - b);
}
