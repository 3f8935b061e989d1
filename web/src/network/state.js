// What all parts of the network page share: its elements, the ties that are known, and what is shown.

import { plural } from "../search.js";
import { noTies } from "./ties.js";

export const page = document.querySelector("[data-network]");
export const part = (name) => page.querySelector(`[data-${name}]`);
export const form = part("choose"), box = part("box"), panel = part("panel");
export const { root, connections } = page.dataset;
export const ties = noTies();

/** What changes while people walk through the network. */
export const state = {
  map: undefined, // the picture
  view: undefined, // what the address asks for
  shown: undefined, // what is shown of it: things and lines
  places: undefined, // where things are drawn
  others: undefined, // for each thing those that it has a line to
  more: undefined, // for each thing how many could be added
  focused: undefined, // the thing that Tab leads to
  chosen: undefined, // what was clicked: `{ node }` or `{ line }`
  sure: undefined, // a hub that was pressed once
  camera: undefined, // the middle of what can be seen, and its size
};

export function say(text) {
  part("said").textContent = text;
}

export function total() {
  const hidden = state.shown.hidden ? ` ${plural(state.shown.hidden, "thing")} more without a tie here on that day.` : "";
  return `${plural(state.shown.nodes.length, "thing")}, ${plural(countOf(state.shown.lines), "tie")}.${hidden}`;
}

function countOf(lines) {
  return new Set(lines.flatMap((line) => line.ties.map((tie) => tie >> 1))).size;
}

export function mostTied() {
  const [first, ...rest] = state.shown.nodes;
  return rest.reduce((best, node) => (state.others.get(node).length > state.others.get(best).length ? node : best), first);
}
