// Each view in an address, so that Back undoes a change.

import { named, need } from "./files.js";
import { showForm } from "./form.js";
import { list } from "./list.js";
import { showChosen } from "./panel.js";
import { draw } from "./picture.js";
import { box, mostTied, page, say, state, ties, total } from "./state.js";
import { showSteps } from "./story.js";
import { expand, naming, neighbours, readAddress, seen, writeAddress } from "./view.js";

const first = [...box.querySelectorAll(".node")].map((node) => node.dataset.key); // what the page shows
let now = 0, last = 0; // the numbers of the address, and of the latest that was gone to

/** Show what the address asks for. */
export async function open() {
  const { search, hash } = location;
  let asked = readAddress({ search, hash });
  if (!asked.isWhole && !asked.names.length) asked.names = first;
  const unknown = [], known = new Map(); // what is looked up once for all steps
  const nodesOf = async (names) => {
    const numbers = await Promise.all(names.map(async (name) => {
      if (!known.has(name)) known.set(name, named(name));
      const some = await known.get(name);
      if (some.length !== 1) unknown.push(name);
      return some.length === 1 ? some : [];
    }));
    return new Set(numbers.flat());
  };
  if (!asked.isWhole) asked = naming(asked, (await Promise.all(asked.names.map(split))).flat());
  state.view = { ...asked, nodes: await nodesOf(asked.names) };
  for (const step of state.view.steps) step.nodes = await nodesOf(step.names);
  await need([...state.view.nodes]);
  if (!asked.isWhole && asked.names.length === 1 && state.view.nodes.size) {
    expand(ties, state.view, [...state.view.nodes][0]);
    await need([...state.view.nodes]);
  }
  [state.sure, state.chosen, state.camera] = [undefined, undefined, undefined];
  show();
  keep("replaceState");
  const faults = [...new Set(unknown)].map((text) => `“${text}” is the name of no thing here, or of several.`);
  if (asked.isCut) faults.push("The address has more than can be shown; the rest is left out.");
  say([...faults, total()].join(" "));
}

/** A name, if something is called so; else the names between the commas. */
async function split(text) {
  const isName = !text.includes(",") || (await named(text)).length;
  return isName ? [text.trim()] : text.split(",").map((each) => each.trim()).filter(Boolean);
}

function addressOf({ nodes, steps, ...rest }) {
  const names = (some) => [...some].map((node) => ties.things[node].curie);
  return writeAddress({ ...rest, names: names(nodes), steps: steps.map((step) => ({ ...step, names: names(step.nodes) })) });
}

/** Have the view in the address: a new one, unless it is only kept up. */
export function keep(how = "pushState") {
  const address = location.pathname + addressOf(state.view);
  now = how === "pushState" ? now + 1 : (history.state?.number ?? now);
  last = how === "pushState" ? now : Math.max(now, last);
  history[how]({ number: now }, "", address);
  for (const [name, isOff] of [["back", !now], ["forward", now >= last]]) {
    page.querySelector(`[data-do=${name}]`).disabled = isOff;
  }
}

/** Change the view, and show and keep what it is then; a view too long for an address is not had. */
export function change(act, { keeping = "pushState" } = {}) {
  const before = copyOf(state.view);
  const told = act();
  if (readAddress({ hash: addressOf(state.view) }).isCut) {
    state.view = before;
    say("This would be too much for an address; nothing is changed.");
    return;
  }
  show();
  keep(keeping);
  say(told || total());
}

export function copyOf({ nodes, without, steps, ...rest }) {
  return { ...rest, nodes: new Set(nodes), without: new Set(without), steps: [...steps] };
}

function show() {
  state.shown = seen(ties, state.view);
  state.others = new Map(state.shown.nodes.map((node) => [node, []]));
  for (const { a, b } of state.shown.lines) {
    state.others.get(a).push(b);
    state.others.get(b).push(a);
  }
  state.more = new Map(state.shown.nodes.map((node) => [node, moreOf(node)]));
  if (!state.shown.nodes.includes(state.focused)) state.focused = mostTied();
  if (state.chosen?.node !== undefined && !state.others.has(state.chosen.node)) state.chosen = undefined;
  if (state.chosen?.line) state.chosen = lineOf(state.chosen.line);
  showForm();
  draw();
  showChosen();
  showSteps();
  list();
}

function lineOf({ a, b }) {
  const line = state.shown.lines.find((each) => each.a === a && each.b === b);
  return line && { line };
}

/** How many things are tied to one that are not in the view. */
function moreOf(node) {
  const known = neighbours(ties, state.view, node, state.shown.levels).filter((each) => !state.view.nodes.has(each)).length;
  return known + (ties.left.get(node) ?? 0);
}
