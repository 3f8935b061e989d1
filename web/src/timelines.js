// Timelines: an axis of years, and below it what happened or held, as `allgraph.render.timelines` draws it.

import { LABEL, SHAPES, SMALL, clean, ems, escaped, fixed, image, linked, short, textLines } from "./svg.js";

const [WIDE, MOST, UNDATED, LANE, LINE, PAD, LONGEST, LEAST, GAP, FADE, YEAR] = [960, 60, 12, 22, 14, 30, 48, 18, 8, 20, 372];
const QUIET = `${LABEL} opacity="0.75"`;
const STROKE = 'fill="none" stroke="currentColor" stroke-width="1.2"';
const PALE = 'fill-opacity="0.25" stroke="currentColor" stroke-width="1.2"';
const LEGEND = [
  ['<circle class="ag-sure"', '<circle cx="14" cy="0" r="5"/>', "day known"],
  ['<circle class="ag-possible"', `<circle cx="14" cy="0" r="5" ${PALE}/>`, "day not known exactly"],
  ['<rect class="ag-sure"', '<path d="M2-5H26V5H2z"/>', "certain"],
  ['<path class="ag-possible"', `<path d="M2-5H26V5H2z" ${PALE}/>`, "possible"],
  ["ag-open", '<path d="M6-5h4V5H6zM12-5h2.5V5H12zM17-5h1.5V5H17zM21-5h.8V5H21z"/>', "no first or last day known"],
  ["ag-bracket", `<path d="M22-6H10V6H22" ${STROKE}/>`, "sources disagree"],
];

/**
 * An SVG image, as text, of rows `{label, bounds, isState, href, sentence, rivalry, source}`; "" when
 * none has a date. Of the four `bounds`, days such as 2013-07-01, some may be null.
 */
export function spans(rows, name) {
  const dated = besideRivals(rows.filter(({ bounds }) => bounds.some(Boolean)));
  if (!dated.length) return "";
  const shown = dated.slice(0, MOST);
  const axis = axisOf(shown.flatMap(({ bounds }) => bounds.filter(Boolean).map(numberOf)));
  const blocks = blocksOf(shown).map((some) => blockOf(some, axis));
  const tops = packed(blocks);
  const bottom = 26 + Math.max(...blocks.map(({ height }, at) => tops[at] + height));
  const inner = blocks.map((block, at) => drawn(block, 26 + tops[at]));
  let y = bottom + 6;
  if (dated.length > MOST) {
    inner.push(textLines([`and ${(dated.length - MOST).toLocaleString("en")} more, which are not drawn`], "0", y + 12, 0, LABEL));
    y += 22;
  }
  const [tray, below] = trayOf(rows.filter(({ bounds }) => !bounds.some(Boolean)), y);
  const [legend, height] = legendOf(inner.join(""), below + 14);
  return image("spans", escaped(name), WIDE, height, [grid(axis, bottom), ...inner, tray, legend], SMALL);
}

function numberOf(day) {
  const [year, month, date] = day.split(/(?!^)-/).map(Number);
  return year * YEAR + (month - 1) * 31 + date - 1;
}

function besideRivals(rows) {
  const done = new Set();
  return rows.flatMap((row) => {
    if (!row.rivalry) return [row];
    if (done.has(row.rivalry)) return [];
    done.add(row.rivalry);
    return rows.filter(({ rivalry }) => rivalry === row.rivalry);
  });
}

function blocksOf(rows) {
  const blocks = [];
  for (const row of rows) {
    if (row.rivalry && blocks.at(-1)?.[0].rivalry === row.rivalry) blocks.at(-1).push(row);
    else blocks.push([row]);
  }
  return blocks;
}

/** The top of each box {left, right, height}: as high as there is room. */
function packed(boxes) {
  const placed = [];
  return boxes.map(({ left, right, height }) => {
    const near = placed.filter((box) => box.left < right && left < box.right);
    const tops = [0, ...near.map(({ end }) => end)].sort((a, b) => a - b);
    const top = tops.find((place) => !near.some((box) => box.top < place + height && place < box.end));
    placed.push({ left, right, top, end: top + height });
    return top;
  });
}

// ---- The axis

function axisOf(numbers) {
  const [least, most] = [Math.floor(Math.min(...numbers) / YEAR), Math.floor(Math.max(...numbers) / YEAR) + 1];
  const names = Math.floor((WIDE - 2 * PAD) / 48);
  let step = 1;
  for (let at = 1; most - least > names * step; at++) step = [1, 2, 5][at % 3] * 10 ** Math.floor(at / 3);
  const [first, last] = [Math.floor(least / step) * step, Math.ceil(most / step) * step];
  const place = (number) => PAD + ((WIDE - 2 * PAD) * (number - first * YEAR)) / ((last - first) * YEAR);
  return { first, last, step, place };
}

function grid({ first, last, step, place }, bottom) {
  const months = { 1: [[4, "April"], [7, "July"], [10, "October"]], 2: [[7, "July"]] }[last - first] ?? [];
  const ticks = [];
  for (let year = first; year <= last; year += step) {
    ticks.push([place(year * YEAR), year > 0 ? String(year) : `${1 - year} BC`]);
    if (year < last) for (const [month, name] of months) ticks.push([place(year * YEAR + (month - 1) * 31), name]);
  }
  const room = Math.min((WIDE - 2 * PAD) / (ticks.length - 1) - 4, 2 * PAD);
  const lines = ticks.map(([at, name]) => {
    const x = fixed(at);
    const line = `<line x1="${x}" y1="20" x2="${x}" y2="${bottom}" stroke="currentColor" stroke-opacity="0.2"/>`;
    return `${line}<text class="ag-year" x="${x}" y="13">${escaped(short(name, room / SMALL))}</text>`;
  });
  return `<g class="ag-axis" text-anchor="middle">${lines.join("")}</g>`;
}

// ---- Rows

/** A row, or rivals one below the other: where its texts are, and what room it takes. */
function blockOf(rows, axis) {
  const marks = rows.map((row) => markOf(row, axis));
  const whole = rows.map(({ label, rivalry, source }) => [label, ...(rivalry && source ? [source] : [])].map((text) => short(clean(text), LONGEST)));
  const widest = Math.max(...whole.flat().map(ems)) * SMALL;
  const least = Math.min(widest, LEAST * SMALL);
  const isMany = rows.length > 1;
  const indent = isMany ? 2 * GAP : 0;
  const [starts, ends] = [marks.map(({ left }) => left), marks.map(({ right }) => right)];
  const [right, left] = [WIDE - Math.max(...ends) - 6, Math.min(...starts) - 6];
  const side = right >= least && (right >= widest || left < widest) ? "right" : left >= least ? "left" : "below";
  const room = { right, left, below: WIDE - indent }[side];
  const texts = whole.map((some) => some.map((text) => short(text, room / SMALL)));
  const wide = texts.map((some) => Math.max(...some.map(ems)) * SMALL);
  const xs = {
    right: () => ends.map((end) => end + 6),
    left: () => starts.map((start) => start - 6),
    below: () => starts.map((x, at) => Math.max(indent, Math.min(x, WIDE - wide[at]))),
  }[side]();
  const spine = side === "left" ? Math.max(...ends) + GAP : Math.min(...starts, ...(side === "below" ? xs : [])) - GAP;
  const reach = xs.map((x, at) => x + (side === "left" ? -1 : 1) * wide[at]);
  const all = [...starts, ...ends, ...xs, ...reach, ...(isMany ? [spine] : [])];
  const heights = texts.map((some) => LANE + LINE * (some.length - Number(side !== "below")));
  const height = heights.reduce((sum, one) => sum + one, 0);
  return { rows, marks, texts, xs, heights, side, spine, left: Math.min(...all), right: Math.max(...all) + GAP, height };
}

function drawn({ rows, marks, texts, xs, heights, side, spine }, top) {
  const anchor = side === "left" ? ' text-anchor="end"' : "";
  const arms = [];
  let y = top + LANE / 2;
  const parts = rows.map(({ label, sentence, isState, href }, at) => {
    const [own, ...source] = texts[at];
    const first = y + 4 + (side === "below" ? LINE + 1 : 0);
    const words = textLines([own], fixed(xs[at]), first, 0, LABEL + anchor) + textLines(source, fixed(xs[at]), first + LINE, 0, QUIET + anchor);
    const part = linked(href, escaped(sentence || label), drawnMark(marks[at], y) + words, `ag-row ag-${isState ? "state" : "event"}`);
    arms.push([y, side === "left" ? marks[at].right + 2 : marks[at].left - 2]);
    y += heights[at];
    return part;
  });
  if (arms.length < 2) return parts.join("");
  const path = `M${fixed(spine)} ${arms[0][0]}V${arms.at(-1)[0]}${arms.map(([at, x]) => `M${fixed(spine)} ${at}H${fixed(x)}`).join("")}`;
  return `${parts.join("")}<path class="ag-bracket" d="${path}" ${STROKE}/>`;
}

/** The time of a row as a dot, a ring or a bar: its ends, and where its bounds are. */
function markOf({ bounds, isState }, axis) {
  const xs = bounds.map((day) => (day ? axis.place(numberOf(day)) : null));
  const [b1, , , e2] = xs;
  const inner = xs.filter((x) => x !== null);
  const [low, high] = [b1 ?? Math.min(...inner), e2 ?? Math.max(...inner)];
  const isDot = b1 !== null && e2 !== null && high - low < 10 && !isState;
  const middle = (low + high) / 2;
  const [left, right] = isDot ? [middle - 6, middle + 6] : [low - (b1 === null ? FADE : 1), high + (e2 === null ? FADE : 1)];
  return { xs, low, high, isDot, left, right, colour: SHAPES[isState ? "people" : "events"][0] };
}

function drawnMark(mark, y) {
  const { isDot, left, colour, xs } = mark;
  const [b1, b2, e1, e2] = xs;
  if (isDot) {
    const isSure = b1 === b2 && e1 === e2;
    const fill = isSure ? `class="ag-sure" fill="${colour}"` : `class="ag-possible" ${pale(colour)} stroke="${colour}" stroke-width="1.5"`;
    return `<circle ${fill} cx="${fixed(left + 6)}" cy="${y}" r="5"/>`;
  }
  const outline = b1 === b2 && e1 === e2 && !xs.includes(null) ? "" : outlined(mark, y);
  if (b2 === null || e1 === null || b2 > e1) return outline;
  return `${outline}<rect class="ag-sure" x="${fixed(b2 - 1)}" y="${y - 5}" width="${fixed(e1 - b2 + 2)}" height="10" rx="1" fill="${colour}"/>`;
}

function pale(colour) {
  return `fill="${colour}" fill-opacity="0.25"`;
}

/** The possible time: a pale bar with a line, and at an end without a day strokes that grow thinner. */
function outlined({ xs, low, high, colour }, y) {
  const [isOpen, isUnended] = [xs[0] === null, xs[3] === null];
  const [from, to, top, bottom] = [fixed(low), fixed(high), y - 5, y + 5];
  const path = `M${from} ${top}H${to}${isUnended ? `M${to} ` : "V"}${bottom}H${from}${isOpen ? "" : `V${top}`}`;
  const strokes = [...(isOpen ? [[low, -1]] : []), ...(isUnended ? [[high, 1]] : [])].flatMap(([x, sign]) =>
    [[3, 4], [9, 2.5], [14, 1.5], [18, 0.8]].map(
      ([at, wide]) => `M${fixed(x + sign * at)} ${top}V${bottom}H${fixed(x + sign * (at + wide))}V${top}z`,
    ),
  );
  const surface = `<path d="M${from} ${top}H${to}V${bottom}H${from}z" ${pale(colour)}/>`;
  const line = `<path class="ag-possible" d="${path}" fill="none" stroke="${colour}" stroke-width="1.2"/>`;
  return surface + line + (strokes.length ? `<path class="ag-open" d="${strokes.join("")}" fill="${colour}"/>` : "");
}

// ---- Below the rows

function trayOf(rows, top) {
  if (!rows.length) return ["", top];
  let [x, y] = [ems("Not dated:") * SMALL + 10, top];
  const parts = [textLines(["Not dated:"], "0", y + 16, 0, QUIET)];
  const labels = rows.slice(0, UNDATED).map((row) => [row, short(clean(row.label), LONGEST)]);
  if (rows.length > UNDATED) labels.push([{}, `and ${(rows.length - UNDATED).toLocaleString("en")} more`]);
  for (const [row, label] of labels) {
    const wide = ems(label) * SMALL;
    if (x + wide > WIDE) [x, y] = [0, y + 18];
    parts.push(linked(row.href, escaped(row.sentence || label), textLines([label], fixed(x), y + 16, 0, LABEL), "ag-undated"));
    x += wide + 16;
  }
  return [parts.join(""), y + 24];
}

function legendOf(svg, top) {
  let [x, y] = [0, top];
  const parts = LEGEND.filter(([mark]) => svg.includes(mark)).map(([, mark, meaning]) => {
    const wide = ems(meaning) * SMALL + 54;
    if (x + wide > WIDE) [x, y] = [0, y + 20];
    const part = `<g transform="translate(${fixed(x)} ${y})">${mark}</g><text x="${fixed(x + 34)}" y="${y + 4}">${meaning}</text>`;
    x += wide;
    return part;
  });
  return [`<g class="ag-legend">${parts.join("")}</g>`, y + 12];
}
