// Several paths as one picture from left to right, as `allgraph.render.layered` draws it.

import { LABEL, LINE, SHAPES, SIZE, SMALL, clean, ems, escaped, image, node, shape, short, textLines, titleOf, wrapped } from "./svg.js";

const [LANE, GAP, GUTTER] = [66, 12, 26];
const [SMALL_LINE, KIND_LINE] = [14, 15];
const [ROOMY, TIGHT] = [[150, 124], [122, 100]];
const [NAME_LINES, LABEL_LINES] = [5, 9];

/**
 * An SVG image, as text, of paths that have the same ends. `dots` are things `{name, href, kind,
 * group}`, `arrows` steps `{label, forward, sentence, href}`; a path is the number of a thing, that
 * of an arrow, that of the next thing, and so on.
 */
export function merged(dots, arrows, paths) {
  const [boxes, ties] = joined(paths);
  setLayers(boxes, ties);
  const columns = columnsOf(boxes, ties, dots, arrows);
  const height = setHeights(columns);
  const [xs, width] = placesOf(columns);
  const parts = [
    ...ties.map((tie) => lineOf(tie, xs)),
    ...ties.map((tie) => labelOf(tie, arrows[tie.arrow], xs)),
    ...boxes.map((box) => boxed(box, dots[box.thing], xs)),
  ];
  const [from, to] = [paths[0][0], paths[0].at(-1)].map((number) => escaped(dots[number].name));
  const count = `${paths.length} path${paths.length === 1 ? "" : "s"}`;
  return image("paths", `From ${from} to ${to}: ${count}`, width, height, parts);
}

function joined(paths) {
  const boxes = [];
  const ties = new Map();
  paths.forEach((path, number) => {
    let here = boxFor(boxes, path[0]);
    pass(here, number);
    for (let at = 1; at < path.length; at += 2) {
      const there = boxFor(boxes, path[at + 1], here);
      if (!here.next.includes(there)) here.next.push(there);
      const key = [boxes.indexOf(here), path[at], boxes.indexOf(there)].join();
      if (!ties.has(key)) ties.set(key, { tail: here, head: there, arrow: path[at], paths: [], items: [] });
      ties.get(key).paths.push(number);
      pass(there, number);
      here = there;
    }
  });
  return [boxes, [...ties.values()]];
}

function pass(box, path) {
  if (!box.paths.includes(path)) box.paths.push(path);
}

function boxFor(boxes, thing, before) {
  const known = boxes.find((box) => box.thing === thing && !(before && leads(box, before)));
  if (known) return known;
  boxes.push({ ...itemOf([]), thing, next: [], layer: 0 });
  return boxes.at(-1);
}

function leads(box, other) {
  return box === other || box.next.some((after) => leads(after, other));
}

function setLayers(boxes, ties) {
  for (let round = 0; round < boxes.length; round++) {
    for (const { tail, head } of ties) head.layer = Math.max(head.layer, tail.layer + 1);
  }
  const last = Math.max(...boxes.map(({ layer }) => layer));
  for (const box of boxes) if (!box.next.length) box.layer = last;
}

function itemOf(paths) {
  return { paths, lines: [], kind: "", width: 0, above: 3, below: 3, y: 0 };
}

function columnsOf(boxes, ties, dots, arrows) {
  const layers = Math.max(...boxes.map(({ layer }) => layer)) + 1;
  const columns = Array.from({ length: 2 * layers - 1 }, () => []);
  const [nameRoom, labelRoom] = layers < 4 ? ROOMY : TIGHT;
  for (const box of boxes) {
    const dot = dots[box.thing];
    box.lines = wrapped(clean(dot.name), nameRoom / SIZE, NAME_LINES);
    box.kind = short(clean(dot.kind), (nameRoom * 1.25) / SMALL);
    const text = Math.max(Math.max(...box.lines.map(ems)) * SIZE, ems(box.kind) * SMALL);
    box.width = Math.ceil(text) + left(dot) + 10;
    const whole = LINE * box.lines.length + (box.kind ? KIND_LINE : 0) + 14;
    box.above = Math.floor(whole / 2);
    box.below = whole - box.above;
    columns[2 * box.layer].push(box);
  }
  for (const tie of ties) {
    const lines = wrapped(clean(arrows[tie.arrow].label), labelRoom / SMALL, LABEL_LINES);
    const width = Math.ceil(Math.max(...lines.map(ems)) * SMALL) + 8;
    tie.items.push({ ...itemOf(tie.paths), lines, width, above: SMALL_LINE * lines.length + 6 });
    columns[2 * tie.tail.layer + 1].push(tie.items[0]);
    for (let column = 2 * tie.tail.layer + 2; column < 2 * tie.head.layer; column++) {
      tie.items.push(itemOf(tie.paths));
      columns[column].push(tie.items.at(-1));
    }
  }
  return columns;
}

function setHeights(columns) {
  for (const column of columns) {
    column.sort((one, other) => wanted(one) - wanted(other) || one.paths[0] - other.paths[0]);
    let [moved, bottom] = [0, -(10 ** 9)];
    for (const item of column) {
      item.y = Math.max(wanted(item), bottom + GAP + item.above);
      bottom = item.y + item.below;
      moved += item.y - wanted(item);
    }
    for (const item of column) item.y -= Math.floor(moved / column.length);
  }
  const items = columns.flat();
  const top = Math.min(...items.map(({ y, above }) => y - above)) - 2;
  for (const item of items) item.y -= top;
  return Math.max(...items.map(({ y, below }) => y + below)) + 2;
}

function wanted({ paths }) {
  return Math.floor((LANE * paths.reduce((sum, path) => sum + path, 0)) / paths.length + 0.5);
}

function placesOf(columns) {
  const places = [];
  let x = 1;
  for (const column of columns) {
    const end = x + Math.max(24, ...column.map(({ width }) => width));
    places.push([x, end]);
    x = end + GUTTER;
  }
  return [places, x - GUTTER + 1];
}

function left({ group }) {
  return group in SHAPES && group !== "others" ? 28 : 10;
}

function lineOf(tie, xs) {
  let column = 2 * tie.tail.layer;
  let [x, y] = [xs[column][1], tie.tail.y];
  let path = `M${x} ${y}`;
  for (const item of [...tie.items, tie.head]) {
    column += 1;
    const [begin, end] = xs[column];
    const middle = Math.floor((x + begin) / 2);
    path += `C${middle} ${y} ${middle} ${item.y} ${begin} ${item.y}`;
    if (item !== tie.head) path += `H${end}`;
    [x, y] = [end, item.y];
  }
  const width = Math.min(1 + tie.paths.length, 6);
  return `<path class="ag-tie" d="${path}" fill="none" stroke="currentColor" stroke-opacity="0.4" stroke-width="${width}"/>`;
}

function labelOf(tie, arrow, xs) {
  const [item] = tie.items;
  const [begin, end] = xs[2 * tie.tail.layer + 1];
  const [tip, back] = arrow.forward ? [end, end - 7] : [begin, begin + 7];
  const first = item.y - 6 - SMALL_LINE * (item.lines.length - 1);
  const texts = textLines(item.lines, Math.floor((begin + end) / 2), first, SMALL_LINE);
  const inner =
    `<path class="ag-arrow" d="M${back} ${item.y - 5}L${tip} ${item.y}L${back} ${item.y + 5}" fill="none" ` +
    `stroke="currentColor" stroke-width="1.5"/><g class="ag-verb" font-size="${SMALL}" text-anchor="middle">${texts}</g>`;
  return node({ href: arrow.href, group: "" }, escaped(arrow.sentence || arrow.label), inner, "ag-step", false);
}

function boxed(box, dot, xs) {
  const [begin, end] = xs[2 * box.layer];
  const top = box.y - box.above;
  const [colour] = SHAPES[dot.group] ?? SHAPES.others;
  const [x, first] = [begin + left(dot), top + 19];
  let texts = textLines(box.lines, x, first, LINE, LABEL);
  if (left(dot) > 10) texts += shape(dot.group, begin + 15, box.y);
  if (box.kind) {
    const ofKind = ` class="ag-kind" font-size="${SMALL}" fill-opacity="0.75"`;
    texts += textLines([box.kind], x, first + box.lines.length * LINE - 1, 0, ofKind);
  }
  const inner =
    `<rect class="ag-box" x="${begin}" y="${top}" width="${end - begin}" height="${box.above + box.below}" rx="8" ` +
    `fill="${colour}" fill-opacity="0.08" stroke="${colour}"/>${texts}`;
  return node(dot, titleOf(dot), inner);
}
