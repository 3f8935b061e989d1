// Answers as pictures: a graph of what rows or triples join, and a timeline of what has dates.

import { drawn, made } from "./elements.js";
import { frame, places, sizeOf } from "./map.js";
import { boundsOf, datedColumn, edgesOf } from "./picturing.js";
import { spans } from "./timelines.js";

export { pictureOf, timelineBetween } from "./pictures.js";

const NODES = 120; // that are drawn at most

function short(text, most) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** A picture in a place that scrolls, and what to say of it. */
function figure(svg, label, words) {
  const figure = made("figure");
  const scroll = made("div", { class: "scroll", role: "region", "aria-label": label, tabindex: "0" });
  scroll.append(svg);
  figure.append(scroll, made("figcaption", { class: "quiet" }, words));
  return figure;
}

function linked(node, address) {
  return address ? drawn("a", { href: address }, node) : node;
}

/** A graph of rows: `nameOf(term)` gives the words for a term, `addressOf(term)` its page. */
export function graphView(columns, rows, { nameOf, addressOf, isClaim }) {
  const { nodes, edges, more } = edgesOf(columns, rows, NODES, isClaim);
  const labels = nodes.map((term) => short(nameOf(term), 30));
  const sizes = labels.map((label) => sizeOf([label]));
  const at = places(sizes, edges.map(({ from, to }) => [from, to]));
  const box = frame(at, sizes).map(Math.round);
  const svg = drawn("svg", { class: "drawn", viewBox: box.join(" "), width: box[2], height: box[3], role: "group", "aria-label": "Graph" });
  for (const { from, to, by } of edges) {
    const [[x1, y1], [x2, y2]] = [at[from], at[to]];
    const [x, y, far] = [x2 - x1, y2 - y1, Math.hypot(x2 - x1, y2 - y1) || 1];
    const end = [x2 - (x / far) * 10, y2 - (y / far) * 10];
    const wing = (turn) => `${(end[0] - ((x * Math.cos(turn) - y * Math.sin(turn)) / far) * 8).toFixed(1)},${(end[1] - ((y * Math.cos(turn) + x * Math.sin(turn)) / far) * 8).toFixed(1)}`;
    const path = `M${x1},${y1} L${end[0].toFixed(1)},${end[1].toFixed(1)} M${wing(0.4)} L${end[0].toFixed(1)},${end[1].toFixed(1)} L${wing(-0.4)}`;
    svg.append(drawn("path", { class: "tie", d: path }));
    if (by) svg.append(drawn("text", { class: "by", x: (x1 + x2) / 2, y: (y1 + y2) / 2 - 3, "text-anchor": "middle" }, short(nameOf(by), 28)));
  }
  for (const [number, term] of nodes.entries()) {
    const [x, y] = at[number];
    const node = drawn("g");
    const dot = drawn("circle", { r: 6, cx: x, cy: y, class: term.type === "uri" ? "node" : "node text" });
    const label = drawn("text", { x, y: y + 20, "text-anchor": "middle" }, labels[number]);
    node.append(drawn("title", {}, term.value), dot, label);
    svg.append(linked(node, addressOf(term)));
  }
  const words = more ? `${nodes.length} things are drawn, and ${more.toLocaleString("en")} are left out; the table has all.` : `${nodes.length} things, ${edges.length} ties; the table has the same as text.`;
  return figure(svg, "Graph", words);
}

/** A timeline of rows with dates, the earliest first. */
export function timelineView(columns, rows, { nameOf, addressOf }) {
  const dated = datedColumn(columns, rows);
  const lines = rows.flatMap((row) => {
    const bounds = boundsOf(row[dated]);
    if (!bounds) return [];
    const terms = columns.filter((column) => column !== dated && row[column]).map((column) => row[column]);
    const named = terms.find((term) => term.type === "uri") ?? terms[0] ?? row[dated];
    const sentence = `${row[dated].value}: ${terms.map(nameOf).join(", ")}`;
    return { label: nameOf(named), bounds, isState: row[dated].value.includes("/"), href: addressOf(named), sentence };
  });
  const first = ({ bounds }) => bounds.find(Boolean);
  lines.sort((a, b) => (first(a) < first(b) ? -1 : Number(first(a) > first(b))));
  const svg = new DOMParser().parseFromString(spans(lines, "Timeline"), "image/svg+xml").documentElement;
  const left = rows.length - lines.length;
  const undated = left ? `; ${left.toLocaleString("en")} without one are in the table` : "";
  return figure(document.adoptNode(svg), "Timeline", `${lines.length} rows by their dates in “${dated}”${undated}.`);
}
