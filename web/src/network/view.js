// What a view of the network has: which things, on which day, of which groups; with a title, and
// steps that tell a story. It is in the part of an address after "#", which is sent to no server.

import { CERTAIN, NO, dayNumber, levelsOn } from "../days.js";

/** The most things that are drawn, the most letters of the address of a view, and the most steps of a story. */
export const MOST = 400, LONGEST = 16_000, STEPS = 30;
const TITLE = 120, SENTENCE = 300;

/**
 * What an address asks for: names of things, and the rest of a view. What is after "?" says where to
 * begin; what is after "#" is a whole view. Anything may stand there; `isCut` if it is more than can be had.
 */
export function readAddress({ search = "", hash = "" }) {
  const isWhole = /^#nodes=/.test(hash);
  const given = new Map();
  const fields = isWhole ? hash.slice(1, LONGEST).split("&") : [];
  for (const field of fields) {
    const at = field.indexOf("=");
    const name = at < 0 ? field : field.slice(0, at);
    given.set(name, [...(given.get(name) ?? []), at < 0 ? "" : field.slice(at + 1)]);
  }
  const one = (name) => given.get(name)?.[0] ?? "";
  const names = isWhole ? given.get("nodes").flatMap(listed) : new URLSearchParams(search).getAll("nodes");
  const told = given.get("step") ?? [];
  const steps = told.slice(0, STEPS).map((step) => {
    const [text, ...rest] = step.split(";");
    return { text: decoded(text).slice(0, SENTENCE), ...viewOf(rest) };
  });
  const at = Number(one("at"));
  const asked = {
    isWhole,
    isCut: told.length > STEPS || (isWhole && hash.length > LONGEST),
    ...viewOf([one("day"), given.has("certain") ? "1" : "", one("without"), ""]),
    title: decoded(one("title")).slice(0, TITLE),
    steps,
    at: Number.isInteger(at) && at >= 1 && at <= steps.length ? at : 0,
  };
  return naming(asked, names);
}

/** What is asked for with some names; it and its steps have as many as can be had together. */
export function naming(asked, names) {
  const all = new Set([...names, ...asked.steps.flatMap((step) => step.names)]);
  const had = new Set([...all].slice(0, MOST));
  const few = (some) => some.filter((name) => had.has(name));
  const steps = asked.steps.map((step) => ({ ...step, names: few(step.names) }));
  const isCut = asked.isCut || names.length > MOST || all.size > MOST;
  return { ...asked, names: few(names).slice(0, MOST), steps, isCut };
}

function viewOf([day = "", certain = "", without = "", nodes = ""]) {
  return {
    names: listed(nodes),
    day: dayNumber(decoded(day)) === undefined ? "" : decoded(day),
    certain: certain !== "",
    without: new Set(listed(without)),
  };
}

function listed(text) {
  return text.split(",").map((part) => decoded(part).trim()).filter(Boolean);
}

/** A part of an address as text; nothing that stands there is an error. */
function decoded(text) {
  return new URLSearchParams(`text=${text.replaceAll("&", "%26")}`).get("text");
}

function encoded(text) {
  return encodeURIComponent(text).replaceAll("%3A", ":").replaceAll("%2F", "/");
}

/** A view with names of things as the part of an address that begins with "#". */
export function writeAddress({ names, day, certain, without, title, steps, at }) {
  const list = (texts) => [...texts].sort().map(encoded).join(",");
  const fields = [
    `nodes=${list(names)}`,
    day && `day=${day}`,
    certain && "certain=",
    without.size && `without=${list(without)}`,
    title && `title=${encoded(title)}`,
    ...steps.map((step) => `step=${[encoded(step.text), step.day, step.certain ? 1 : "", list(step.without), list(step.names)].join(";")}`),
    at && `at=${at}`,
  ];
  return `#${fields.filter(Boolean).join("&")}`;
}

/** Whether a thing is a place, a source, or has very many ties: it is not opened unasked. */
export function isClosed({ things, counts, hubLimit }, node) {
  return things[node].closed || counts[node] > hubLimit;
}

/** The levels of the claims in a view; without a day all are certain. */
function levelsOf(ties, { day }) {
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
 * Add the neighbours of a thing, those with most ties first: `added` are those that were not there,
 * `left` how many had no room. Of a closed thing none are added unless it `isSure`; `waiting` is how
 * many would be.
 */
export function expand(ties, view, node, isSure = false, most = MOST) {
  const fresh = neighbours(ties, view, node).filter((each) => !view.nodes.has(each));
  fresh.sort((one, other) => ties.counts[other] - ties.counts[one] || one - other);
  if (isClosed(ties, node) && !isSure && fresh.length) return { added: [], left: 0, waiting: fresh.length };
  const added = fresh.slice(0, Math.max(0, most - view.nodes.size));
  for (const each of added) view.nodes.add(each);
  return { added, left: fresh.length - added.length, waiting: 0 };
}

/**
 * What is to be seen: `nodes` in the order of their CURIEs, and `lines`, each `{a, b, ties}`, `ties`
 * read from `a`; `hidden` are the things that are tied to others here, but not on the day.
 */
export function seen(ties, view) {
  const levels = levelsOf(ties, view);
  const ofKind = byCurie(ties, [...view.nodes].filter((node) => isOfKind(ties, view, node)));
  const every = linesAmong(ties, ofKind, () => true);
  const lines = linesAmong(ties, ofKind, (claim) => isShown(view, levels[claim]));
  const ever = endsOf(every), now = endsOf(lines);
  const nodes = ofKind.filter((node) => now.has(node) || !ever.has(node));
  return { all: ofKind, nodes, lines, every, levels, hidden: ofKind.length - nodes.length };
}

function endsOf(lines) {
  return new Set(lines.flatMap(({ a, b }) => [a, b]));
}

/** The lines among some things, in their order. */
function linesAmong({ arcs }, among, test) {
  const place = new Map(among.map((node, at) => [node, at]));
  const lines = new Map();
  for (const a of among) {
    for (const { there: b, tie } of arcs[a]) {
      if (!(place.get(a) < place.get(b)) || !test(tie >> 1)) continue;
      const key = place.get(a) * among.length + place.get(b);
      if (!lines.has(key)) lines.set(key, { a, b, ties: [] });
      lines.get(key).ties.push(tie);
    }
  }
  return [...lines.keys()].sort((one, other) => one - other).map((key) => lines.get(key));
}

function byCurie({ things }, nodes) {
  return nodes.sort((one, other) => (things[one].curie < things[other].curie ? -1 : 1));
}

/** The nearest neighbour in a direction, no farther from it than 60 degrees; else undefined. */
export function nearest(places, here, others, [x, y]) {
  let best, least = Infinity;
  for (const other of others) {
    const dx = places.get(other)[0] - places.get(here)[0], dy = places.get(other)[1] - places.get(here)[1];
    const ahead = dx * x + dy * y, far = Math.hypot(dx, dy);
    if (other === here || ahead < far / 2 || far >= least) continue;
    [best, least] = [other, far];
  }
  return best;
}

function sorted(numbers) {
  return [...numbers].sort((a, b) => a - b);
}
