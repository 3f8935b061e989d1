// Where the things of a network are drawn: as `allgraph.render.network` has it, number by number,
// so that a script draws what the page has already. Only sums, products and square roots are taken.

const TICKS = 150, MANY = 300; // rounds of forces; for more things there are fewer
const LETTER = 7.2, LONGEST = 22; // the width of most letters; letters of a line
const ABOVE = 10, LINE = 15; // pixels of a sign above its place, and of a line of its label
const ROUNDS = 120, GAP = 6, HIGHEST = 60; // of moving labels apart
const WIDER = 1.75;
const MORE = 48; // pixels beside a sign for the number of those that can be added
const DISTANCE = 140, FAR = 640_000, CHARGE = 60_000;
const WIDE = /[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uff60\u{1f000}-\u{3ffff}]/u;

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

/** How much room a sign takes with the lines below it; its place is `ABOVE` the upper edge. */
export function sizeOf(lines) {
  const widths = lines.map((line) => Array.from(line).reduce((sum, letter) => sum + (WIDE.test(letter) ? 2 : 1), 0) * LETTER + 8);
  return [Math.max(64, ...widths), 2 * ABOVE + LINE * lines.length];
}

/** Places for things by their sizes and the lines `[a, b]` between them, no label on another. */
export function places(sizes, lines) {
  const count = sizes.length;
  const [x, y] = spiral(count);
  const u = x.map(() => 0), v = x.map(() => 0), degree = x.map(() => 0);
  for (const [a, b] of lines) {
    degree[a] += 1;
    degree[b] += 1;
  }
  const ticks = count <= MANY ? TICKS : Math.floor((TICKS * MANY) / count);
  for (let tick = 0; tick < ticks; tick++) {
    const heat = 1 - tick / ticks;
    for (const [a, b] of lines) {
      const dx = x[b] - x[a], dy = y[b] - y[a];
      const far = Math.sqrt(dx * dx + dy * dy) || 1;
      const pull = ((far - DISTANCE) / far * heat) / Math.min(degree[a], degree[b]);
      const share = degree[b] / (degree[a] + degree[b]);
      u[a] += dx * pull * share;
      v[a] += dy * pull * share;
      u[b] -= dx * pull * (1 - share);
      v[b] -= dy * pull * (1 - share);
    }
    for (let a = 0; a < count; a++) {
      for (let b = a + 1; b < count; b++) {
        const dx = x[b] - x[a], dy = y[b] - y[a];
        const squared = dx * dx + dy * dy;
        if (squared >= FAR) continue;
        const least = Math.max(squared, 100);
        const push = (CHARGE * heat) / least / Math.sqrt(least);
        u[a] -= dx * push;
        v[a] -= dy * push;
        u[b] += dx * push;
        v[b] += dy * push;
      }
    }
    for (let n = 0; n < count; n++) {
      u[n] = (u[n] - x[n] * 0.02 * heat) * 0.6;
      v[n] = (v[n] - y[n] * 0.2 * heat) * 0.6;
      x[n] += u[n];
      y[n] += v[n];
    }
  }
  for (let n = 0; n < count; n++) x[n] *= WIDER;
  for (let round = 0; round < ROUNDS && part(x, y, sizes); round++);
  return x.map((_, n) => [Math.floor(x[n] + 0.5), Math.floor(y[n] + 0.5)]);
}

/** Where things begin: on a square spiral, so that no two are in one place. */
function spiral(count) {
  const x = [], y = [];
  let column = 0, row = 0, wayX = 0, wayY = -1;
  for (let n = 0; n < count; n++) {
    x.push(column * 90);
    y.push(row * 50);
    if (column === row || (column < 0 && column === -row) || (column > 0 && column === 1 - row)) {
      [wayX, wayY] = [-wayY, wayX];
    }
    column += wayX;
    row += wayY;
  }
  return [x, y];
}

/** Move those apart that are on each other; whether any were. */
function part(x, y, sizes) {
  let isMoved = false;
  const order = x.map((_, n) => n).sort((one, other) => y[one] - y[other] || one - other);
  for (let i = 0; i < order.length; i++) {
    for (let j = i + 1; j < order.length; j++) {
      const one = order[i], other = order[j];
      if (y[other] - y[one] > HIGHEST) break; // those that were moved meanwhile are met in the next round
      const dx = x[other] - x[one], dy = y[other] - y[one] + (sizes[other][1] - sizes[one][1]) / 2;
      const overX = (sizes[one][0] + sizes[other][0]) / 2 + GAP - Math.abs(dx);
      const overY = (sizes[one][1] + sizes[other][1]) / 2 + GAP - Math.abs(dy);
      if (overX <= 0.5 || overY <= 0.5) continue;
      isMoved = true;
      const [axis, move] = overX < overY ? [x, (overX / 2) * (dx < 0 ? -1 : 1)] : [y, (overY / 2) * (dy < 0 ? -1 : 1)];
      axis[one] -= move;
      axis[other] += move;
    }
  }
  return isMoved;
}

/** The box around all places: its left and upper edge, width and height. */
export function frame(at, sizes) {
  if (!at.length) return [0, 0, 10, 10];
  const least = (of) => at.reduce((best, place, n) => Math.min(best, of(place, sizes[n])), Infinity);
  const left = least(([x], [width]) => x - width / 2) - 12, top = least(([, y]) => y) - 22;
  const right = -least(([x], [width]) => -x - Math.max(width / 2, MORE)) + 12;
  const bottom = -least(([, y], [, height]) => -y - height) + 2;
  return [left, top, right - left, bottom - top];
}
