// Matrices: people in rows, things in columns, and a mark where one joins two, as `allgraph.render.matrices`
// draws it and `allgraph.drawings.matrix.of_cells` arranges it.

import { fold } from "./fold.js";
import { LABEL, SHAPES, clean, ems, escaped, fixed, image, legend, linked, node, shape, short, textLines, titleOf, wrapped } from "./svg.js";

const [ROW, COLUMN, FONT, LINE, NAME, HEAD] = [24, 40, 13, 15, 230, 240];
const SLOPE = (50 * Math.PI) / 180;
const [MOST_ROWS, MOST_COLUMNS] = [40, 14];
const INK = SHAPES.people[0];
export const MARKS = {
  stated: ["stated", `<circle r="6" fill="${INK}"/>`],
  medium: ["less certain", `<circle r="6" fill="${INK}" fill-opacity="0.5"/>`],
  interpreted: ["interpreted", `<circle r="5.2" fill="none" stroke="${INK}" stroke-width="1.8" stroke-dasharray="2.6 1.7"/>`],
};
const ORDER = Object.keys(MARKS);

/**
 * The matrix of some cells `[row, column, mark]`, things `{name, href, kind, group}` and a mark
 * `{kind, href, sentence}`: its SVG, and its table as `columns` and `rows`.
 */
export function matrix(title, cells) {
  const [rowDots, columnDots, places] = [new Map(), new Map(), new Map()];
  for (const [row, column, mark] of cells) {
    const [one, other] = [keyOf(row), keyOf(column)];
    if (!rowDots.has(one)) rowDots.set(one, { dot: row, own: new Set() });
    if (!columnDots.has(other)) columnDots.set(other, column);
    rowDots.get(one).own.add(other);
    const place = `${one} ${other}`;
    places.set(place, [...(places.get(place) ?? []), mark]);
  }
  const compared = ([key, a], [other, b]) =>
    b.own.size - a.own.size || order(fold(a.dot.name), fold(b.dot.name)) || order(key, other);
  const rows = [...rowDots].sort(compared);
  const columns = [...columnDots];
  const limits = [[rows.length - MOST_ROWS, "person", "people"], [columns.length - MOST_COLUMNS, "thing", "things"]]
    .filter(([more]) => more > 0)
    .map(([more, one, many]) => `${more.toLocaleString("en")} more ${more === 1 ? one : many} with fewer marks`);
  const [shown, heads] = [rows.slice(0, MOST_ROWS), columns.slice(0, MOST_COLUMNS)];
  const marks = shown.flatMap(([row], at) =>
    heads.flatMap(([column], over) => {
      const some = places.get(`${row} ${column}`);
      return some ? [{ row: at, column: over, ...joined(some) }] : [];
    }),
  );
  const [people, things] = [shown.map(([, { dot }]) => dot), heads.map(([, dot]) => dot)];
  return {
    svg: grid(title, people, things, marks, limits.length ? `Not drawn: ${limits.join("; ")}` : ""),
    columns: ["person", "thing", "what sources say", "mark"],
    rows: marks.map(({ row, column, sentence, kind }) => [people[row].name, things[column].name, sentence, MARKS[kind][0]]),
  };
}

function keyOf({ name, href, kind, group }) {
  return JSON.stringify([name, href, kind, group]);
}

function order(one, other) {
  return one === other ? 0 : one < other ? -1 : 1;
}

/** The marks of one place as one: the best, with the sentences of all. */
function joined(marks) {
  const first = marks.reduce((best, mark) => (ORDER.indexOf(mark.kind) < ORDER.indexOf(best.kind) ? mark : best));
  return { ...first, sentence: [...new Set(marks.map(({ sentence }) => sentence))].join("; ") };
}

function grid(name, rows, columns, marks, note) {
  const names = rows.map((row) => short(clean(row.name), NAME / FONT));
  const heads = columns.map((column) => wrapped(clean(column.name), HEAD / FONT, 2));
  const left = Math.max(...names.map(ems)) * FONT + 14;
  const ends = heads.map((lines) => Math.max(...lines.map(ems)) * FONT + LINE * lines.length);
  const top = Math.round(Math.max(...ends) * Math.sin(SLOPE)) + 30;
  const xs = columns.map((_, at) => left + COLUMN * (at + 0.5));
  const across = left + COLUMN * columns.length;
  const width = Math.max(across, ...xs.map((x, at) => x + ends[at] * Math.cos(SLOPE)));
  const bottom = top + ROW * rows.length;
  const stripes = rows.flatMap((_, at) => (at % 2 ? [] : [`<rect y="${top + ROW * at}" width="${fixed(across)}" height="${ROW}"/>`]));
  const lines = xs.map((x) => `M${fixed(x)} ${top}V${bottom}`).join("");
  const inner = [
    `<g fill="currentColor" fill-opacity="0.05">${stripes.join("")}</g>`,
    `<path d="${lines}" stroke="currentColor" stroke-opacity="0.15"/>`,
    ...columns.map((column, at) => headOf(column, heads[at], xs[at], top)),
    ...rows.map((row, at) => {
      const place = `x="${fixed(left - 10)}" y="${top + ROW * (at + 0.5) + 4.5}" text-anchor="end"`;
      return node(row, titleOf(row), `<text${LABEL} ${place}>${escaped(names[at])}</text>`);
    }),
    ...marks.map(({ row, column, kind, href, sentence }) => {
      const drawn = `<g transform="translate(${fixed(xs[column])} ${top + ROW * (row + 0.5)})">${MARKS[kind][1]}</g>`;
      return linked(href, escaped(sentence || MARKS[kind][0]), drawn, "ag-mark");
    }),
  ];
  let height = bottom + 34;
  const used = ORDER.filter((kind) => marks.some((mark) => mark.kind === kind));
  inner.push(legend(used.map((kind) => [MARKS[kind][1], MARKS[kind][0]]), bottom + 22));
  const groups = Object.keys(SHAPES).filter((group) => group !== "others" && columns.some((column) => column.group === group));
  if (groups.length) {
    inner.push(legend(groups.map((group) => [shape(group, 0, 0), group]), bottom + 44));
    height += 22;
  }
  if (note) {
    inner.push(textLines([note], "0", height + 14, 0, LABEL));
    height += 24;
  }
  return image("matrix", escaped(name), Math.round(Math.max(width, ems(note) * FONT, 320)) + 2, height, inner, FONT);
}

function headOf(column, lines, x, top) {
  const texts = textLines(lines, "2", 5 - LINE * (lines.length - 1), LINE, LABEL);
  const turned = `<g transform="translate(${fixed(x)} ${top - 24}) rotate(-50)">${texts}</g>`;
  return node(column, titleOf(column), shape(column.group, x, top - 11) + turned, "ag-head");
}
