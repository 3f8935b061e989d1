// Where the things of a network are drawn: by forces, the same for the same things and ties.

import { forceLink, forceManyBody, forceSimulation, forceX, forceY } from "d3-force";

const TICKS = 300;
const LETTER = 7.2; // pixels, of most letters
const LONGEST = 26; // letters of a label
const HEIGHT = 36; // of a sign with its label
const ROUNDS = 120;
const GAP = 6;

/** A name as a label, which may be shorter. */
export function labelOf(name) {
  const letters = Array.from(name);
  return letters.length > LONGEST ? `${letters.slice(0, LONGEST - 1).join("").trim()}…` : name;
}

/** The places of things by their numbers, no label on another. */
export function places(things, nodes, lines) {
  const points = nodes.map((node) => ({ node, width: widthOf(labelOf(things[node].name)) }));
  const at = new Map(nodes.map((node, place) => [node, place]));
  const links = lines.map(({ a, b }) => ({ source: at.get(a), target: at.get(b) }));
  forceSimulation(points)
    .force("ties", forceLink(links).distance(100))
    .force("apart", forceManyBody().strength(-500).distanceMax(700))
    .force("x", forceX().strength(0.05))
    .force("y", forceY().strength(0.12)) // pages are wider than they are high
    .stop()
    .tick(TICKS);
  for (let round = 0; round < ROUNDS && part(points); round++);
  return new Map(points.map(({ node, x, y, width }) => [node, { x: Math.round(x), y: Math.round(y), width }]));
}

/** Move those apart that are on each other; whether any were. */
function part(points) {
  let isMoved = false;
  for (const [at, one] of points.entries()) {
    for (const other of points.slice(at + 1)) {
      const dx = other.x - one.x, dy = other.y - one.y;
      const x = (one.width + other.width) / 2 + GAP - Math.abs(dx), y = HEIGHT + GAP - Math.abs(dy);
      if (x <= 0.5 || y <= 0.5) continue;
      isMoved = true;
      const [axis, way] = x < y ? ["x", (x / 2) * (dx < 0 ? -1 : 1)] : ["y", (y / 2) * (dy < 0 ? -1 : 1)];
      one[axis] -= way;
      other[axis] += way;
    }
  }
  return isMoved;
}

function widthOf(label) {
  const wide = /[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uff60]|[\u{1f000}-\u{3ffff}]/u;
  return Array.from(label).reduce((sum, letter) => sum + (wide.test(letter) ? 2 : 1) * LETTER, 8);
}

/** The box around all places: its left and upper edge, width and height. */
export function frame(found) {
  const every = [...found.values()];
  const least = (of) => every.reduce((best, each) => Math.min(best, of(each)), Infinity);
  const left = least(({ x, width }) => x - width / 2) - 12, top = least(({ y }) => y) - 24;
  const right = -least(({ x, width }) => -x - width / 2) + 12, bottom = -least(({ y }) => -y) + 36;
  return every.length ? [left, top, right - left, bottom - top] : [0, 0, 10, 10];
}
