// The page to walk through the network: a picture of some things and their ties, what sources say
// of those that are chosen, and a list. Each change is an address, so that Back undoes it.

import { isoDay } from "./days.js";
import { alert, read } from "./elements.js";
import { fitting, look, moveWithPointers, zoom } from "./network/camera.js";
import { named, need } from "./network/files.js";
import { readForm } from "./network/form.js";
import { change, copyOf, keep, open } from "./network/history.js";
import { choose } from "./network/panel.js";
import { focusOn, lineAt, nodeOf, reach, savePicture } from "./network/picture.js";
import { box, connections, form, page, part, root, say, state, ties, total } from "./network/state.js";
import { addFile } from "./network/ties.js";
import { MOST, STEPS, expand, nearest } from "./network/view.js";
import { isSafe, plural } from "./search.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const TOLD = 5; // names that are said of those that were added

async function begin() {
  try {
    if (connections) addFile(ties, await read(connections));
    await open();
  } catch (error) {
    console.error(error);
    page.before(alert("The network cannot be read just now."));
    return;
  }
  for (const each of page.querySelectorAll("[data-wait]")) each.removeAttribute("data-wait");
  listen();
}

function listen() {
  const { slider, day } = form.elements;
  part("add").addEventListener("submit", (event) => {
    event.preventDefault();
    add(event.target.elements.thing);
  });
  slider.addEventListener("input", () => {
    day.value = isoDay(Number(slider.value));
    change(readForm, { keeping: "replaceState" });
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", (event) => {
    if (["day", "group", "level", "slider"].includes(event.target.name)) change(readForm);
  });
  page.addEventListener("click", ({ target }) => {
    const button = target.closest("button[data-do]");
    if (button) DO[button.dataset.do](Number(button.dataset.node), button);
  });
  part("entitle").addEventListener("change", ({ target }) => change(() => void (state.view.title = target.value.trim())));
  part("entitle").addEventListener("submit", (event) => event.preventDefault());
  part("step").addEventListener("submit", (event) => {
    event.preventDefault();
    addStep(event.target.elements.text);
  });
  state.map.addEventListener("click", onClick);
  state.map.addEventListener("dblclick", (event) => {
    const node = nodeOf(event.target);
    if (node !== undefined) press(node);
  });
  state.map.addEventListener("keydown", onKey);
  state.map.addEventListener("focusin", ({ target }) => {
    const node = nodeOf(target);
    if (node !== undefined) reach(node);
  });
  part("story").addEventListener("keydown", ({ key }) => {
    if (key === "ArrowLeft") DO.previous();
    else if (key === "ArrowRight") DO.next();
  });
  page.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && state.chosen) choose(undefined);
  });
  moveWithPointers();
  new ResizeObserver(() => look()).observe(box);
  window.addEventListener("popstate", () => {
    if (/^#nodes=/.test(location.hash)) reopen();
    else keep("replaceState"); // the address of a part of the page
  });
}

async function reopen() {
  const had = state.map.contains(document.activeElement) ? state.focused : undefined;
  await open();
  if (had !== undefined && state.shown.nodes.includes(had)) focusOn(had);
}

const DO = {
  back: () => history.back(),
  forward: () => history.forward(),
  larger: () => zoom(1.25),
  smaller: () => zoom(0.8),
  fit: () => look(fitting()),
  save: savePicture,
  any: () => change(() => {
    form.elements.day.value = "";
    return readForm();
  }),
  expand: (node, button) => press(node, button.closest("[data-list]")),
  remove: takeAway,
  close: () => choose(undefined),
  previous: () => goTo(state.view.at - 1),
  next: () => goTo(state.view.at + 1),
  drop: () => change(() => {
    state.view.steps.splice(state.view.at - 1, 1);
    state.view.at = Math.min(state.view.at, state.view.steps.length);
    return "The step is taken away.";
  }),
};

/** Add the thing whose name was typed. */
async function add(field) {
  const text = field.value.trim();
  const [node, ...rest] = text ? await named(text) : [];
  if (node === undefined) return say(`Nothing is named “${text}” here.`);
  if (rest.length) return say(`“${text}” is the name of several things; choose one of those offered.`);
  if (!state.view.nodes.has(node) && state.view.nodes.size >= MOST) return say(full());
  await need([node]);
  field.value = "";
  change(() => {
    state.view.nodes.add(node);
    [state.focused, state.view.at] = [node, 0];
  });
  choose({ node });
  return say(`${ties.things[node].name} is added. ${total()}`);
}

/** Add what a thing is tied to. */
async function press(node, isInList = false) {
  const { name } = ties.things[node];
  await need([node]);
  const next = copyOf(state.view);
  const { added, left, waiting } = expand(ties, next, node, state.sure === node);
  state.sure = waiting ? node : undefined;
  if (waiting) {
    return say(`${name} is a place, a source or has very many ties; do so again to add ${plural(waiting, "thing")}.`);
  }
  await need(added);
  const on = state.view.day ? " on that day" : "";
  const names = added.slice(0, TOLD).map((each) => ties.things[each].name);
  if (added.length > TOLD) names.push(`${added.length - TOLD} more`);
  const room = left ? ` ${full()} ${plural(left, "thing")} had no room.` : "";
  const far = ties.left.get(node);
  const rest = far ? ` ${plural(far, "more thing")} tied to it, with fewer ties, cannot be shown here.` : "";
  state.focused = node;
  if (!added.length) return say(`Nothing more is tied to ${name}${on}.${room}${rest}`);
  change(() => {
    state.view = { ...next, at: 0 };
  });
  focusOn(node, isInList);
  return say(`Added ${plural(added.length, "thing")} tied to ${name}: ${names.join(", ")}.${room}${rest} ${total()}`);
}

function takeAway(node) {
  const other = state.others.get(node)?.[0] ?? state.shown.nodes.find((each) => each !== node);
  state.chosen = undefined;
  change(() => {
    state.view.nodes.delete(node);
    [state.focused, state.view.at] = [other, 0];
  });
  if (other !== undefined) focusOn(other);
  say(`${ties.things[node].name} is taken away. ${total()}`);
}

function full() {
  return `No more than ${MOST.toLocaleString("en")} things are shown at once.`;
}

function addStep(field) {
  const text = field.value.trim();
  if (!text) return say("A step needs a sentence.");
  if (state.view.steps.length >= STEPS) return say(`A story has at most ${STEPS} steps.`);
  field.value = "";
  return change(() => {
    const { nodes, day, certain, without } = copyOf(state.view);
    state.view.steps.splice(state.view.at || state.view.steps.length, 0, { text, nodes, day, certain, without });
    state.view.at = state.view.at ? state.view.at + 1 : state.view.steps.length;
    return `Step ${state.view.at} of ${state.view.steps.length} is added.`;
  });
}

/** Show a step of the story. */
async function goTo(at) {
  const step = state.view.steps[at - 1];
  if (!step) return;
  await need([...step.nodes]);
  state.camera = undefined;
  change(() => {
    const { nodes, day, certain, without } = step;
    Object.assign(state.view, { nodes: new Set(nodes), day, certain, without: new Set(without), at });
    return `Step ${at} of ${state.view.steps.length}: ${step.text}`;
  });
}

function onClick(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const node = nodeOf(event.target), line = lineAt(event.target);
  event.preventDefault();
  if (node !== undefined) {
    choose({ node });
    focusOn(node);
  } else choose(line && { line });
}

function onKey(event) {
  const node = nodeOf(event.target);
  if (node === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter" && event.shiftKey) {
    if (isSafe(ties.things[node])) location.assign(root + ties.things[node].path);
  } else if (event.key === "Enter") {
    if (state.chosen?.node === node) press(node);
    else choose({ node });
  } else if (event.key === "Delete") takeAway(node);
  else if (ARROWS[event.key]) step(node, ARROWS[event.key]);
  else return;
  event.preventDefault();
}

/** Move to the nearest thing that is that way: one that this is tied to, else any. */
function step(node, way) {
  const next = nearest(state.places.at, node, state.others.get(node), way) ?? nearest(state.places.at, node, state.shown.nodes, way);
  if (next !== undefined) focusOn(next);
}

begin();
