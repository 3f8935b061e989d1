// The page to walk through the network: a picture of some things and their ties, what sources say
// of those that are chosen, and a list. Each change is an address, so that Back undoes it.

import { alert, bdi, linked, made, read, save } from "./elements.js";
import { thingsNamed } from "./connections.js";
import { POSSIBLE, dayNumber, extent, isoDay, ordinalOf } from "./days.js";
import { fold } from "./fold.js";
import { frame, labelOf, places, sizeOf } from "./map.js";
import { isSafe, openSearch, plural } from "./search.js";
import { addFile, noTies } from "./ties.js";
import { LONGEST, MOST, STEPS, expand, naming, nearest, neighbours, readAddress, seen, writeAddress } from "./view.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const TOLD = 5; // names that are said of those that were added
const LARGEST = 4, SMALLEST = 0.1, READABLE = 0.7, FITTING = 1.3; // sizes of the picture
const NEAR = 1.5, PHRASE = 11, WORDS = 28; // from which size on ties have labels; their pixels; letters
const SLIP = 4; // pixels that a click may move
const AT_ONCE = 6; // files that are asked for

const page = document.querySelector("[data-network]");
const part = (name) => page.querySelector(`[data-${name}]`);
const form = part("choose"), box = part("box"), panel = part("panel");
const { root, connections } = page.dataset;
const signs = new Map(
  [...form.querySelectorAll("input[name=group]")].map((input) => [input.value, input.parentNode.querySelector("path")]),
);
const first = [...box.querySelectorAll(".node")].map((node) => node.dataset.key); // what the page shows
const siteTitle = document.title.split(" – ").slice(1);
const ties = noTies();
let map, view, found, drawn; // the picture; what is shown, and where
let others, more; // for each thing: those that it has a line to, and how many could be added
let focused, chosen, sure; // the thing that Tab leads to; what was clicked; a hub that was pressed once
let camera; // the middle of what can be seen, and its size
let now = 0, last = 0; // the numbers of the address, and of the latest that was gone to

// ---- Files

/** Have the ties of some things; those that cannot be had are left out. */
async function need(nodes) {
  if (connections) return;
  const paths = nodes.filter((node) => !ties.read.has(node) && isSafe(ties.things[node])).map((node) => ties.things[node].path);
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (paths.length) await readTies(paths.pop());
  }));
}

async function readTies(path) {
  try {
    addFile(ties, await read(`${root}/network/${path.replace(/^\/page\//, "")}.json`), path);
    return true;
  } catch (error) {
    console.warn(error);
    return false;
  }
}

/** The numbers of the things that a text names: of one, unless several have this name. */
async function named(text) {
  const known = thingsNamed(ties, text);
  if (known.length || connections) return known;
  const [, name] = /^id:(\S+)$/.exec(text) ?? [];
  const folded = fold(text);
  const paths = name
    ? [`/page/${encodeURI(name)}`]
    : (await (await openSearch(root, read)).find(text, new AbortController().signal)).things
        .filter((thing) => [thing.name, thing.other ?? ""].some((each) => fold(each) === folded))
        .map((thing) => thing.path);
  const isThere = await Promise.all(paths.slice(0, 2).map((path) => ties.numbers.has(path) || readTies(path)));
  return paths.filter((path, at) => isThere[at] && ties.numbers.has(path)).map((path) => ties.numbers.get(path));
}

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

// ---- Addresses

/** Show what the address asks for. */
async function open() {
  const { search, hash } = location;
  let asked = readAddress({ search, hash });
  if (!asked.isWhole && !asked.names.length) asked.names = first;
  const unknown = [];
  const nodesOf = async (names) => {
    const numbers = await Promise.all(names.map(async (name) => {
      const some = await named(name);
      if (some.length !== 1) unknown.push(name);
      return some.length === 1 ? some : [];
    }));
    return new Set(numbers.flat());
  };
  if (!asked.isWhole) asked = naming(asked, (await Promise.all(asked.names.map(split))).flat());
  view = { ...asked, nodes: await nodesOf(asked.names) };
  for (const step of view.steps) step.nodes = await nodesOf(step.names);
  await need([...view.nodes]);
  if (!asked.isWhole && asked.names.length === 1 && view.nodes.size) {
    expand(ties, view, [...view.nodes][0]);
    await need([...view.nodes]);
  }
  [sure, chosen, camera] = [undefined, undefined, undefined];
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
function keep(how = "pushState") {
  const address = location.pathname + addressOf(view);
  now = how === "pushState" ? now + 1 : (history.state?.number ?? now);
  last = how === "pushState" ? now : Math.max(now, last);
  history[how]({ number: now }, "", address);
  for (const [name, isOff] of [["back", !now], ["forward", now >= last]]) {
    page.querySelector(`[data-do=${name}]`).disabled = isOff;
  }
}

/** Change the view, and show and keep what it is then; a view too long for an address is not had. */
function change(act, { keeping = "pushState" } = {}) {
  const before = copyOf(view);
  const told = act();
  if (addressOf(view).length > LONGEST) {
    view = before;
    say("This would be too much for an address; nothing is changed.");
    return;
  }
  show();
  keep(keeping);
  say(told || total());
}

function copyOf({ nodes, without, steps, ...rest }) {
  return { ...rest, nodes: new Set(nodes), without: new Set(without), steps: [...steps] };
}

function say(text) {
  part("said").textContent = text;
}

function total() {
  const hidden = found.hidden ? ` ${plural(found.hidden, "thing")} more without a tie here on that day.` : "";
  return `${plural(found.nodes.length, "thing")}, ${plural(countOf(found.lines), "tie")}.${hidden}`;
}

function countOf(lines) {
  return new Set(lines.flatMap((line) => line.ties.map((tie) => tie >> 1))).size;
}

function full() {
  return `No more than ${MOST.toLocaleString("en")} things are shown at once.`;
}

// ---- What people do

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
  part("entitle").addEventListener("change", ({ target }) => change(() => void (view.title = target.value.trim())));
  part("entitle").addEventListener("submit", (event) => event.preventDefault());
  part("step").addEventListener("submit", (event) => {
    event.preventDefault();
    addStep(event.target.elements.text);
  });
  map.addEventListener("click", onClick);
  map.addEventListener("dblclick", (event) => {
    const node = nodeOf(event.target);
    if (node !== undefined) press(node);
  });
  map.addEventListener("keydown", onKey);
  map.addEventListener("focusin", ({ target }) => {
    const node = nodeOf(target);
    if (node !== undefined) reach(node);
  });
  part("story").addEventListener("keydown", ({ key }) => {
    if (key === "ArrowLeft") DO.previous();
    else if (key === "ArrowRight") DO.next();
  });
  page.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && chosen) choose(undefined);
  });
  moveWithPointers();
  new ResizeObserver(() => look()).observe(box);
  window.addEventListener("popstate", () => {
    if (/^#nodes=/.test(location.hash)) reopen();
    else keep("replaceState"); // the address of a part of the page
  });
}

async function reopen() {
  const had = map.contains(document.activeElement) ? focused : undefined;
  await open();
  if (had !== undefined && found.nodes.includes(had)) focusOn(had);
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
  previous: () => goTo(view.at - 1),
  next: () => goTo(view.at + 1),
  drop: () => change(() => {
    view.steps.splice(view.at - 1, 1);
    view.at = Math.min(view.at, view.steps.length);
    return "The step is taken away.";
  }),
};

/** Take the day and the groups from the form. */
function readForm() {
  const { day, level, group } = form.elements;
  view.day = dayNumber(day.value) === undefined ? "" : day.value;
  view.certain = level.value === "certain";
  view.without = new Set([...group].filter((input) => !input.checked).map((input) => input.value));
  [sure, view.at] = [undefined, 0];
}

/** Add the thing whose name was typed. */
async function add(field) {
  const text = field.value.trim();
  const [node, ...rest] = text ? await named(text) : [];
  if (node === undefined) return say(`Nothing is named “${text}” here.`);
  if (rest.length) return say(`“${text}” is the name of several things; choose one of those offered.`);
  if (!view.nodes.has(node) && view.nodes.size >= MOST) return say(full());
  await need([node]);
  field.value = "";
  change(() => {
    view.nodes.add(node);
    [focused, view.at] = [node, 0];
  });
  choose({ node });
  return say(`${ties.things[node].name} is added. ${total()}`);
}

/** Add what a thing is tied to. */
async function press(node, isInList = false) {
  const { name } = ties.things[node];
  await need([node]);
  const next = copyOf(view);
  const { added, left, waiting } = expand(ties, next, node, sure === node);
  sure = waiting ? node : undefined;
  if (waiting) {
    return say(`${name} is a place, a source or has very many ties; do so again to add ${plural(waiting, "thing")}.`);
  }
  await need(added);
  const on = view.day ? " on that day" : "";
  const names = added.slice(0, TOLD).map((each) => ties.things[each].name);
  if (added.length > TOLD) names.push(`${added.length - TOLD} more`);
  const room = left ? ` ${full()} ${plural(left, "thing")} had no room.` : "";
  const far = ties.left.get(node);
  const rest = far ? ` ${plural(far, "more thing")} tied to it, with fewer ties, cannot be shown here.` : "";
  focused = node;
  if (!added.length) return say(`Nothing more is tied to ${name}${on}.${room}${rest}`);
  change(() => {
    view = { ...next, at: 0 };
  });
  focusOn(node, isInList);
  return say(`Added ${plural(added.length, "thing")} tied to ${name}: ${names.join(", ")}.${room}${rest} ${total()}`);
}

function takeAway(node) {
  const other = others.get(node)?.[0] ?? found.nodes.find((each) => each !== node);
  chosen = undefined;
  change(() => {
    view.nodes.delete(node);
    [focused, view.at] = [other, 0];
  });
  if (other !== undefined) focusOn(other);
  say(`${ties.things[node].name} is taken away. ${total()}`);
}

function addStep(field) {
  const text = field.value.trim();
  if (!text) return say("A step needs a sentence.");
  if (view.steps.length >= STEPS) return say(`A story has at most ${STEPS} steps.`);
  field.value = "";
  return change(() => {
    const { nodes, day, certain, without } = copyOf(view);
    view.steps.splice(view.at || view.steps.length, 0, { text, nodes, day, certain, without });
    view.at = view.at ? view.at + 1 : view.steps.length;
    return `Step ${view.at} of ${view.steps.length} is added.`;
  });
}

/** Show a step of the story. */
async function goTo(at) {
  const step = view.steps[at - 1];
  if (!step) return;
  await need([...step.nodes]);
  camera = undefined;
  change(() => {
    const { nodes, day, certain, without } = step;
    Object.assign(view, { nodes: new Set(nodes), day, certain, without: new Set(without), at });
    return `Step ${at} of ${view.steps.length}: ${step.text}`;
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
    if (chosen?.node === node) press(node);
    else choose({ node });
  } else if (event.key === "Delete") takeAway(node);
  else if (ARROWS[event.key]) step(node, ARROWS[event.key]);
  else return;
  event.preventDefault();
}

/** Move to the nearest thing that is that way: one that this is tied to, else any. */
function step(node, way) {
  const next = nearest(drawn.at, node, others.get(node), way) ?? nearest(drawn.at, node, found.nodes, way);
  if (next !== undefined) focusOn(next);
}

function nodeOf(target) {
  const link = target.closest?.(".node");
  return link ? Number(link.dataset.node) : undefined;
}

function lineAt(target) {
  const group = target.closest?.(".tie");
  return group ? found.lines[Number(group.dataset.line)] : undefined;
}

function linkTo(node) {
  return map.querySelector(`[data-node="${node}"]`);
}

function focusOn(node, isInList = false) {
  const item = document.getElementById(`thing-${node}`);
  const target = isInList ? (item?.querySelector("button") ?? item?.querySelector("a")) : linkTo(node);
  target?.focus({ preventScroll: !isInList });
}

/** Let Tab lead to a thing, and have its ties stand out. */
function reach(node) {
  linkTo(focused)?.setAttribute("tabindex", "-1");
  focused = node;
  linkTo(node)?.setAttribute("tabindex", "0");
  for (const group of map.querySelectorAll(".tie")) {
    const { a, b } = found.lines[Number(group.dataset.line)];
    group.classList.toggle("own", a === node || b === node);
  }
  reveal(node);
}

// ---- What can be seen

function fitting() {
  const [left, top, width, height] = drawn.frame;
  const { clientWidth, clientHeight } = box;
  const isOver = !panel.hidden && getComputedStyle(panel).position === "absolute";
  const covered = isOver ? panel.offsetWidth : 0;
  const scale = Math.min(FITTING, (clientWidth - covered) / width, clientHeight / height);
  const aside = covered / 2 / scale;
  return { x: left + width / 2 + (panel.classList.contains("left") ? -aside : aside), y: top + height / 2, scale };
}

/** Look at a part of the picture. */
function look(to = camera) {
  camera = to;
  const { clientWidth, clientHeight } = box;
  const width = clientWidth / camera.scale, height = clientHeight / camera.scale;
  map.setAttribute("viewBox", [camera.x - width / 2, camera.y - height / 2, width, height].map((n) => n.toFixed(1)).join(" "));
  map.classList.toggle("near", camera.scale >= NEAR);
  sizePhrases((PHRASE / camera.scale).toFixed(2));
}

/** Give the labels of ties a size, unless they have it. */
function sizePhrases(size) {
  if (map.querySelector(".phrase")?.getAttribute("font-size") === size) return;
  for (const phrase of map.querySelectorAll(".phrase")) phrase.setAttribute("font-size", size);
}

/** Make all larger by a factor, around a place in the box. */
function zoom(by, x = box.clientWidth / 2, y = box.clientHeight / 2) {
  const scale = Math.max(SMALLEST, Math.min(LARGEST, camera.scale * by));
  const way = 1 / camera.scale - 1 / scale;
  look({ x: camera.x + (x - box.clientWidth / 2) * way, y: camera.y + (y - box.clientHeight / 2) * way, scale });
}

/** Bring a thing into the part of the picture that can be seen. */
function reveal(node) {
  const place = drawn.at.get(node);
  if (!place) return;
  const inside = (middle, at, size) => Math.abs(at - middle) * camera.scale < size / 2 - 50;
  const [x, y] = place;
  if (!inside(camera.x, x, box.clientWidth) || !inside(camera.y, y, box.clientHeight)) look({ ...camera, x, y });
}

function moveWithPointers() {
  const pointers = new Map();
  let isMoved = false;
  map.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    if (!pointers.size) isMoved = false;
    pointers.set(event.pointerId, [event.clientX, event.clientY]);
  });
  map.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = [event.clientX, event.clientY];
    const dx = now[0] - before[0], dy = now[1] - before[1];
    if (!isMoved && Math.hypot(dx, dy) < SLIP) return;
    isMoved = true;
    map.setPointerCapture(event.pointerId);
    const others = [...pointers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    pointers.set(event.pointerId, now);
    if (others.length) {
      const far = (place) => Math.hypot(place[0] - others[0][0], place[1] - others[0][1]);
      const { left, top } = box.getBoundingClientRect();
      zoom(far(now) / Math.max(far(before), 1), (now[0] + others[0][0]) / 2 - left, (now[1] + others[0][1]) / 2 - top);
    }
    const share = others.length ? 2 : 1; // each of two fingers moves it by half
    look({ ...camera, x: camera.x - dx / camera.scale / share, y: camera.y - dy / camera.scale / share });
  });
  for (const name of ["pointerup", "pointercancel"]) {
    map.addEventListener(name, (event) => pointers.delete(event.pointerId));
  }
  map.addEventListener("click", (event) => {
    if (isMoved) {
      event.stopImmediatePropagation();
      event.preventDefault();
    }
    isMoved = false;
  }, true);
  map.addEventListener("dragstart", (event) => event.preventDefault());
  map.addEventListener("wheel", (event) => {
    const isIn = event.ctrlKey || part("stage").contains(document.activeElement) || chosen;
    if (!isIn) return; // the page is scrolled
    event.preventDefault();
    const { left, top } = box.getBoundingClientRect();
    zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), event.clientX - left, event.clientY - top);
  }, { passive: false });
}

// ---- What is shown

function show() {
  found = seen(ties, view);
  others = new Map(found.nodes.map((node) => [node, []]));
  for (const { a, b } of found.lines) {
    others.get(a).push(b);
    others.get(b).push(a);
  }
  more = new Map(found.nodes.map((node) => [node, moreOf(node)]));
  if (!found.nodes.includes(focused)) focused = mostTied();
  if (chosen?.node !== undefined && !others.has(chosen.node)) chosen = undefined;
  if (chosen?.line) chosen = lineOf(chosen.line);
  showForm();
  draw();
  showChosen();
  showSteps();
  list();
}

function lineOf({ a, b }) {
  const line = found.lines.find((each) => each.a === a && each.b === b);
  return line && { line };
}

function showForm() {
  const { day, slider, level, group } = form.elements;
  const days = extent(ties);
  if (days) [slider.min, slider.max] = days.map(ordinalOf);
  [day.value, level.value] = [view.day, view.certain ? "certain" : "possible"];
  slider.value = view.day ? ordinalOf(view.day) : slider.max;
  slider.setAttribute("aria-valuetext", view.day || "any day");
  for (const input of group) input.checked = !view.without.has(input.value);
}

function mostTied() {
  const [first, ...rest] = found.nodes;
  return rest.reduce((best, node) => (others.get(node).length > others.get(best).length ? node : best), first);
}

function draw() {
  const key = found.all.join();
  if (drawn?.key !== key) { // and a day moves nothing
    const number = new Map(found.all.map((node, at) => [node, at]));
    const sizes = found.all.map((node) => sizeOf(labelOf(ties.things[node].name)));
    const at = places(sizes, found.every.map(({ a, b }) => [number.get(a), number.get(b)]));
    drawn = { key, at: new Map(found.all.map((node, n) => [node, at[n]])), frame: frame(at, sizes) };
    camera = undefined;
  }
  const hadFocus = map?.contains(document.activeElement);
  if (!map) {
    map = shape("svg", { class: "ag-picture", role: "application", "aria-describedby": "how" });
    box.replaceChildren(map);
  }
  map.setAttribute("aria-label", `${view.title || "Network"}: ${total()}`);
  map.replaceChildren(...found.lines.map(tieOf), ...found.nodes.map(signOf));
  if (!camera) {
    camera = fitting();
    const [x, y] = drawn.at.get(focused) ?? [camera.x, camera.y];
    if (camera.scale < READABLE) camera = { x, y, scale: READABLE };
  }
  look();
  if (hadFocus && focused !== undefined) focusOn(focused);
}

/** An element of the picture. */
function shape(tag, attributes, ...parts) {
  const element = document.createElementNS(form.querySelector("svg").namespaceURI, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...parts);
  return element;
}

function tieOf(line, at) {
  const [[x1, y1], [x2, y2]] = [line.a, line.b].map((node) => drawn.at.get(node));
  const ends = { x1, y1, x2, y2 };
  const isPossible = line.ties.every((tie) => found.levels[tie >> 1] === POSSIBLE);
  const sentences = line.ties.map((tie) => `${sentenceOf(tie)}.`);
  const group = shape("g", { class: isPossible ? "tie possible" : "tie", "data-line": at });
  const [words, fromSubject] = ties.claims[line.ties[0] >> 1].label;
  const isFromA = !(line.ties[0] & 1) === Boolean(fromSubject), isToRight = isFromA === x1 <= x2;
  const rest = line.ties.length > 1 ? ` +${line.ties.length - 1}` : "";
  const verb = words.length > WORDS ? `${words.slice(0, WORDS).trim()}\u2026` : words;
  const label = words && (isToRight ? `${verb}${rest} \u2192` : `\u2190 ${verb}${rest}`);
  group.append(
    shape("title", {}, sentences.join("\n")),
    shape("line", { class: "wide", ...ends }),
    shape("line", { ...ends, stroke: "currentColor", "stroke-opacity": 0.4 }),
    shape("text", { class: "phrase", x: (x1 + x2) / 2, y: (y1 + y2) / 2, "text-anchor": "middle" }, label),
  );
  return group;
}

function sentenceOf(tie) {
  const { sentence, inverse } = ties.claims[tie >> 1];
  return tie & 1 ? inverse : sentence;
}

function signOf(node) {
  const thing = ties.things[node];
  const left = more.get(node);
  const tied = `tied to ${others.get(node).length} here`;
  const label = [thing.name, thing.kind, tied, left ? `${left} more to add` : ""];
  const sign = shape("a", {
    class: "node", transform: `translate(${drawn.at.get(node).join(" ")})`, "data-node": node, tabindex: node === focused ? 0 : -1,
    "aria-label": label.filter(Boolean).join(", "),
    ...(isSafe(thing) ? { href: root + thing.path } : { role: "link" }),
  });
  const known = signs.get(thing.group);
  const lines = labelOf(thing.name);
  const [width, height] = sizeOf(lines);
  sign.append(
    shape("title", {}, thing.kind ? `${thing.name}, ${thing.kind}` : thing.name),
    shape("rect", { class: "hit", x: -width / 2, y: -10, width, height }),
    shape("path", { d: known.getAttribute("d"), fill: known.getAttribute("fill") }),
    ...lines.map((line, at) => shape("text", { y: 22 + 15 * at, "text-anchor": "middle" }, line)),
  );
  if (left) sign.append(shape("text", { class: "more", x: 10, y: -5 }, `+${left}`));
  return sign;
}

/** How many things are tied to one that are not in the view. */
function moreOf(node) {
  const known = neighbours(ties, view, node, found.levels).filter((each) => !view.nodes.has(each)).length;
  return known + (ties.left.get(node) ?? 0);
}

// ---- What sources say of what is chosen

/** Choose a thing, `{ node }`, or a line, `{ line }`. */
function choose(what) {
  chosen = what;
  if (what?.node !== undefined) reach(what.node);
  showChosen();
  if (what) say(`${panel.querySelector("h2").textContent}: ${plural(panel.querySelectorAll(".sentences > li").length, "claim")} here.`);
  else if (focused !== undefined && panel.contains(document.activeElement)) focusOn(focused);
}

function showChosen() {
  for (const group of map.querySelectorAll(".chosen")) group.classList.remove("chosen");
  panel.hidden = !chosen;
  if (!chosen) return;
  const { node, line } = chosen;
  const close = button("close", "Close", undefined, { class: "plain small close", "aria-label": "Close" }, "×");
  const title = made("h2");
  const parts = [close, title];
  let some;
  if (node !== undefined) {
    const thing = ties.things[node];
    linkTo(node)?.classList.add("chosen");
    title.append(linked(thing, root, thing.name));
    some = tiesOf(node);
    const left = more.get(node);
    const row = made("p", { class: "row" });
    if (left) row.append(button("expand", `Add ${plural(left, "thing")} tied to ${thing.name}`, node, {}, `Expand (+${left})`));
    row.append(button("remove", `Remove ${thing.name}`, node, {}, "Remove"));
    if (isSafe(thing)) row.append(made("a", { class: "open", href: root + thing.path }, "Open"));
    parts.push(made("p", { class: "quiet" }, thing.kind), row);
  } else {
    map.querySelector(`[data-line="${found.lines.indexOf(line)}"]`)?.classList.add("chosen");
    title.append(linked(ties.things[line.a], root, ties.things[line.a].name), " – ", linked(ties.things[line.b], root, ties.things[line.b].name));
    some = line.ties;
  }
  const sentences = made("ul", { class: "sentences" });
  sentences.append(...some.map((tie) => claimOf(tie, true)));
  panel.replaceChildren(...parts, sentences);
  const middle = node !== undefined ? drawn.at.get(node)[0] : (drawn.at.get(line.a)[0] + drawn.at.get(line.b)[0]) / 2;
  panel.classList.toggle("left", middle > camera.x + box.clientWidth / camera.scale / 6);
}

function button(act, label, node, attributes, text) {
  const named = { type: "button", class: "plain small", "data-do": act, "aria-label": label };
  return made("button", { ...named, ...(node === undefined ? {} : { "data-node": node }), ...attributes }, text);
}

/** The ties of a thing that are shown, read from it. */
function tiesOf(node) {
  return found.lines.flatMap(({ a, b, ties: some }) => (a === node ? some : b === node ? some.map((tie) => tie ^ 1) : []));
}

function claimOf(tie, withSources = false) {
  const claim = ties.claims[tie >> 1];
  const item = made("li");
  item.append(bdi(`${sentenceOf(tie)}.`), " ");
  if (found.levels[tie >> 1] === POSSIBLE) item.append(made("span", { class: "mark" }, "possible"), " ");
  if (claim.disputed) item.append(made("span", { class: "mark bad" }, "disputed"), " ");
  item.append(linked(claim, root, "claim", { class: "cite", "aria-label": `Claim: ${sentenceOf(tie)}` }));
  if (withSources && claim.sources.length) {
    const sources = made("span", { class: "quiet sources" });
    sources.append(...claim.sources.flatMap((source, at) => [at ? "; " : "", linked(source, root, source.title)]));
    item.append(sources);
  }
  return item;
}

// ---- A story

function showSteps() {
  const { title, steps, at } = view;
  part("title").textContent = title || "Network";
  const most = mostTied();
  const name = most === undefined ? "Network" : `Network around ${ties.things[most].name}`;
  document.title = [title || name, ...siteTitle].join(" – ");
  part("entitle").elements.title.value = title;
  const bar = part("story");
  bar.hidden = !steps.length;
  if (!steps.length) return;
  const [text, count, previous, next, drop] = bar.children;
  text.textContent = steps[at - 1]?.text ?? "";
  count.textContent = at ? `${at} of ${steps.length}` : plural(steps.length, "step");
  previous.disabled = at < 2;
  next.disabled = at >= steps.length;
  drop.hidden = !at;
  if (document.activeElement.disabled) (next.disabled ? previous : next).focus();
}

// ---- A list, and a file

function list() {
  const groups = [...signs.keys()].map((group) => [group, found.nodes.filter((node) => ties.things[node].group === group)]);
  part("list").replaceChildren(
    ...groups.filter(([, nodes]) => nodes.length).flatMap(([group, nodes]) => {
      const things = made("ul", { class: "things" });
      things.append(...byName(nodes).map(itemOf));
      return [made("h3", { class: "group" }, group), things];
    }),
  );
}

function byName(nodes) {
  const name = (node) => ties.things[node].name;
  return [...nodes].sort((a, b) => name(a).localeCompare(name(b), "en") || a - b);
}

function itemOf(node) {
  const thing = ties.things[node];
  const item = made("li", { id: `thing-${node}` });
  const line = made("p");
  line.append(linked(thing, root, thing.name, { class: "name" }), " ", made("span", { class: "quiet" }, thing.kind));
  const left = more.get(node);
  if (left) line.append(" ", button("expand", `Add ${plural(left, "thing")} tied to ${thing.name}`, node, {}, `Add ${left}`));
  const sentences = made("ul", { class: "sentences" });
  sentences.append(...tiesOf(node).map((tie) => claimOf(tie)));
  item.append(line, sentences);
  return item;
}

/** Give the picture as a file of its own, with its colours, its title and its address as text. */
function savePicture() {
  const [left, top, width, height] = drawn.frame;
  const copy = map.cloneNode(true);
  const size = { viewBox: [left, top - 30, width, height + 60].join(" "), width, height: height + 60 };
  for (const [name, value] of Object.entries({ xmlns: map.namespaceURI, role: "img", ...size })) copy.setAttribute(name, value);
  for (const name of ["aria-describedby", "style"]) copy.removeAttribute(name);
  for (const link of copy.querySelectorAll("[href]")) link.setAttribute("href", new URL(link.href.baseVal, location).href);
  for (const each of copy.querySelectorAll(".wide, .phrase, .hit")) each.remove();
  const address = location.href;
  copy.prepend(
    shape("style", {}, "svg{background:#fff;color:#1d2126;font:13px system-ui,sans-serif}text{fill:#1d2126;stroke:#fff;stroke-width:4px;paint-order:stroke;stroke-linejoin:round}.possible line{stroke-dasharray:5 4}.more{font-size:11px}.head{font-size:18px;font-weight:600}"),
    shape("rect", { x: left, y: top - 30, width, height: height + 60, fill: "#fff" }),
    shape("text", { class: "head", x: left + 12, y: top - 8 }, `${view.title || "Network"}${view.day ? `, on ${view.day}` : ""}`),
    shape("text", { class: "more", x: left + 12, y: top + height + 22 }, address),
  );
  save(new XMLSerializer().serializeToString(copy), "image/svg+xml", "network.svg");
  say("The picture is saved as network.svg.");
}

begin();
