// Where the things of a network are drawn: by forces, the same for the same things and ties.

import { forceLink, forceManyBody, forceSimulation, forceX, forceY } from "d3-force";

const TICKS = 300;
const MANY = 300; // things; with more there are fewer ticks
const LETTER = 7.2; // pixels, of most letters
const LONGEST = 22; // letters of a line of a label
const ABOVE = 10, LINE = 15; // pixels: of a sign above its place, of a line
const ROUNDS = 120;
const GAP = 6;
const MORE = 48; // pixels beside a sign for the number of those that can be added
const HIGHEST = 60; // how far apart the places of two can be that are on each other

/** A name as the lines of a label: at most two, and then the end is left out. */
export function labelOf(name) {
  const lines = [""];
  for (const word of name.split(/\s+/)) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (lines.at(-1) && Array.from(longer).length > LONGEST) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  const [first, ...rest] = lines;
  return [first, rest.join(" ")].filter(Boolean).map(shortened);
}

function shortened(line) {
  const letters = Array.from(line);
  return letters.length > LONGEST ? `${letters.slice(0, LONGEST - 1).join("").trim()}…` : line;
}

/** The places of things by their numbers, no label on another. */
export function places(things, nodes, lines) {
  const points = nodes.map((node) => ({ node, ...sizeOf(labelOf(things[node].name)) }));
  const at = new Map(nodes.map((node, place) => [node, place]));
  const links = lines.map(({ a, b }) => ({ source: at.get(a), target: at.get(b) }));
  forceSimulation(points)
    .force("ties", forceLink(links).distance(100))
    .force("apart", forceManyBody().strength(-500).distanceMax(700))
    .force("x", forceX().strength(0.05))
    .force("y", forceY().strength(0.12)) // pages are wider than they are high
    .stop()
    .tick(Math.round(TICKS * Math.min(1, MANY / nodes.length)));
  for (let round = 0; round < ROUNDS && part(points); round++);
  return new Map(
    points.map(({ node, x, y, width, height }) => [node, { x: Math.round(x), y: Math.round(y), width, height }]),
  );
}

/** Move those apart that are on each other; whether any were. */
function part(points) {
  let isMoved = false;
  points.sort((one, other) => one.y - other.y || one.node - other.node);
  for (let i = 0; i < points.length; i++) {
    for (let j = i + 1; j < points.length; j++) {
      const one = points[i], other = points[j];
      if (other.y - one.y > HIGHEST) break; // those that were moved meanwhile are met in the next round
      const dx = other.x - one.x, dy = other.y - one.y + (other.height - one.height) / 2;
      const x = (one.width + other.width) / 2 + GAP - Math.abs(dx);
      const y = (one.height + other.height) / 2 + GAP - Math.abs(dy);
      if (x <= 0.5 || y <= 0.5) continue;
      isMoved = true;
      const [axis, way] = x < y ? ["x", (x / 2) * (dx < 0 ? -1 : 1)] : ["y", (y / 2) * (dy < 0 ? -1 : 1)];
      one[axis] -= way;
      other[axis] += way;
    }
  }
  return isMoved;
}

/** How much room a sign takes with the lines below it; its place is `ABOVE` the upper edge. */
function sizeOf(lines) {
  return { width: Math.max(64, ...lines.map(widthOf)), height: 2 * ABOVE + LINE * lines.length };
}

function widthOf(line) {
  const wide = /[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uff60]|[\u{1f000}-\u{3ffff}]/u;
  return Array.from(line).reduce((sum, letter) => sum + (wide.test(letter) ? 2 : 1) * LETTER, 8);
}

/** The box around all places: its left and upper edge, width and height. */
export function frame(found) {
  const every = [...found.values()];
  const least = (of) => every.reduce((best, each) => Math.min(best, of(each)), Infinity);
  const left = least(({ x, width }) => x - width / 2) - 12, top = least(({ y }) => y) - 22;
  const right = -least(({ x, width }) => -x - Math.max(width / 2, MORE)) + 12, bottom = -least(({ y, height }) => -y - height) + 2;
  return every.length ? [left, top, right - left, bottom - top] : [0, 0, 10, 10];
}
