// The page to walk through the network: a picture of some things and their ties, and a list of them.

import { made } from "./combobox.js";
import { readTies, thingsNamed } from "./connections.js";
import { POSSIBLE, dayNumber, extent, isoDay, ordinalOf } from "./days.js";
import { frame, labelOf, places } from "./map.js";
import { isSafe, plural } from "./search.js";
import { MOST, expand, nearest, neighbours, readView, seen, writeView } from "./view.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const TOLD = 5; // names that are said of those that were added
const SMALLEST = 0.85; // at first, so that labels can be read

const page = document.querySelector("[data-network]");
const part = (name) => page.querySelector(`[data-${name}]`);
const form = part("choose"), map = part("map"), sheet = part("sheet");
const { root, connections } = page.dataset;
const signs = new Map(
  [...form.querySelectorAll("input[name=group]")].map((box) => [box.value, box.parentNode.querySelector("path")]),
);
let ties, view, found, drawn; // drawn: places of things, and by what
let others, more; // for each thing: those that it has a line to, and how many could be added
let focused, sure, scale; // the thing that Tab leads to; that which was pressed once; the size

async function load() {
  try {
    const response = await fetch(connections);
    if (!response.ok) throw new Error(`${connections}: ${response.status}`);
    ties = readTies(await response.json());
    begin();
  } catch (error) {
    console.error(error);
    page.before(made("p", { class: "note bad", role: "alert" }, "The network cannot be read just now."));
  }
}

function begin() {
  page.hidden = false;
  document.querySelector("[data-without]").hidden = true;
  const days = extent(ties);
  const { slider, day } = form.elements;
  if (days) {
    [slider.min, slider.max] = days.map(ordinalOf);
    slider.value = slider.max;
  }
  open();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    add();
  });
  slider.addEventListener("input", () => {
    day.value = isoDay(Number(slider.value));
    choose();
  });
  form.addEventListener("change", (event) => {
    if (["day", "group", "level"].includes(event.target.name)) choose();
  });
  part("any").addEventListener("click", () => {
    day.value = "";
    choose();
  });
  for (const button of page.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => resize(scale * Number(button.dataset.zoom)));
  }
  map.addEventListener("click", (event) => {
    const node = nodeOf(event.target);
    if (node === undefined || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    press(node);
  });
  map.addEventListener("keydown", onKey);
  map.addEventListener("focusin", ({ target }) => {
    const node = nodeOf(target);
    if (node !== undefined) reach(node);
  });
  part("list").addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (button) press(Number(button.dataset.node), true);
  });
  window.addEventListener("hashchange", () => (isView() ? open() : keep()));
}

function isView() {
  return location.hash.startsWith("#nodes=");
}

/** Show what the address asks for. */
function open() {
  const asked = readView(ties, { search: location.search, hash: isView() ? location.hash : "" });
  view = asked.view;
  [sure, scale] = [undefined, undefined];
  focused = undefined;
  show();
  const faults = asked.unknown.map((text) => `“${text}” is the name of no thing here, or of several.`);
  if (asked.cut) faults.push(full());
  say([...faults, total()].join(" "));
}

/** Have the view in the address. */
function keep() {
  history.replaceState(null, "", location.pathname + writeView(ties, view));
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

/** Take the day and the groups from the form. */
function choose() {
  const { day, level, group } = form.elements;
  view.day = dayNumber(day.value) === undefined ? "" : day.value;
  view.certain = level.value === "certain";
  view.without = new Set([...group].filter((box) => !box.checked).map((box) => box.value));
  sure = undefined;
  show();
  say(total());
}

/** Add the thing whose name was typed. */
function add() {
  const { thing } = form.elements;
  const [node, ...others] = thingsNamed(ties, thing.value);
  if (node === undefined) return say(`Nothing is named “${thing.value}” here.`);
  if (others.length) return say(`“${thing.value}” is the name of several things; choose one of those offered.`);
  if (!view.nodes.has(node) && view.nodes.size >= MOST) return say(full());
  view.nodes.add(node);
  thing.value = "";
  focused = node;
  show();
  reveal(node);
  return say(`${ties.things[node].name} is added. ${total()}`);
}

/** Add what a thing is tied to. */
function press(node, isInList = false) {
  const { name } = ties.things[node];
  const { added, left, waiting } = expand(ties, view, node, sure === node);
  sure = waiting ? node : undefined;
  if (waiting) {
    return say(`${name} is a place, a source or has very many ties; press again to add ${plural(waiting, "thing")}.`);
  }
  focused = node;
  show();
  focusOn(node, isInList);
  const on = view.day ? " on that day" : "";
  if (!added.length && !left) return say(`Nothing more is tied to ${name}${on}.`);
  const names = added.slice(0, TOLD).map((each) => ties.things[each].name);
  if (added.length > TOLD) names.push(`${added.length - TOLD} more`);
  const room = left ? ` ${full()} ${plural(left, "thing")} had no room.` : "";
  return say(`Added ${plural(added.length, "thing")} tied to ${name}: ${names.join(", ")}.${room} ${total()}`);
}

function takeAway(node) {
  const other = others.get(node)[0] ?? found.nodes.find((each) => each !== node);
  view.nodes.delete(node);
  focused = other;
  show();
  if (other !== undefined) focusOn(other);
  say(`${ties.things[node].name} is taken away. ${total()}`);
}

function onKey(event) {
  const node = nodeOf(event.target);
  if (node === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter" && event.shiftKey) {
    if (isSafe(ties.things[node])) location.assign(root + ties.things[node].path);
  } else if (event.key === "Enter") press(node);
  else if (event.key === "Delete") takeAway(node);
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
  const link = target.closest?.("[data-node]");
  return link ? Number(link.dataset.node) : undefined;
}

function linkTo(node) {
  return map.querySelector(`[data-node="${node}"]`);
}

function focusOn(node, isInList = false) {
  const item = document.getElementById(`thing-${node}`);
  const target = isInList ? (item?.querySelector("button") ?? item?.querySelector("a")) : linkTo(node);
  target?.focus();
}

/** Let Tab lead to a thing, and have its ties stand out. */
function reach(node) {
  linkTo(focused)?.setAttribute("tabindex", "-1");
  focused = node;
  linkTo(node)?.setAttribute("tabindex", "0");
  for (const line of map.querySelectorAll(".tie")) {
    line.classList.toggle("own", [line.dataset.a, line.dataset.b].includes(String(node)));
  }
  reveal(node);
}

/** Bring a thing into the part of the picture that can be seen. */
function reveal(node) {
  const place = drawn.at.get(node);
  if (!place) return;
  const [left, top] = drawn.frame;
  const x = (place.x - left) * scale, y = (place.y - top) * scale;
  const { scrollLeft, scrollTop, clientWidth, clientHeight } = sheet;
  if (x < scrollLeft + 80 || x > scrollLeft + clientWidth - 80) sheet.scrollLeft = x - clientWidth / 2;
  if (y < scrollTop + 40 || y > scrollTop + clientHeight - 50) sheet.scrollTop = y - clientHeight / 2;
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
  const { day, slider, level, group } = form.elements;
  [day.value, level.value] = [view.day, view.certain ? "certain" : "possible"];
  if (view.day) slider.value = ordinalOf(view.day);
  slider.setAttribute("aria-valuetext", view.day || "any day");
  for (const box of group) box.checked = !view.without.has(box.value);
  draw();
  list();
  keep();
}

function mostTied() {
  const [first, ...rest] = found.nodes;
  return rest.reduce((best, node) => (others.get(node).length > others.get(best).length ? node : best), first);
}

function draw() {
  const all = [...view.nodes].sort((a, b) => a - b).filter((node) => !view.without.has(ties.things[node].group));
  const key = all.join();
  if (drawn?.key !== key) { // and a day moves nothing
    const at = places(ties.things, all, found.every);
    drawn = { key, at, frame: frame(at) };
  }
  const [left, top, width, height] = drawn.frame;
  map.setAttribute("viewBox", [left, top, width, height].join(" "));
  map.setAttribute("aria-label", `Network: ${total()}`);
  map.replaceChildren(...found.lines.map(lineOf), ...found.nodes.map(signOf));
  resize(scale ?? Math.max(SMALLEST, Math.min(1, sheet.clientWidth / width)));
  if (focused !== undefined) reveal(focused);
}

function resize(to) {
  scale = Math.max(0.1, Math.min(3, to));
  map.setAttribute("width", Math.round(drawn.frame[2] * scale));
  map.setAttribute("height", Math.round(drawn.frame[3] * scale));
}

/** An element of the picture. */
function shape(tag, attributes, ...parts) {
  const element = document.createElementNS(map.namespaceURI, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...parts);
  return element;
}

function lineOf(line) {
  const [from, to] = [line.a, line.b].map((node) => drawn.at.get(node));
  const ends = { x1: from.x, y1: from.y, x2: to.x, y2: to.y };
  const isPossible = line.ties.every((tie) => found.levels[tie >> 1] === POSSIBLE);
  const sentences = line.ties.map((tie) => `${sentenceOf(tie)}.`).join("\n");
  const group = shape("g", { class: isPossible ? "tie possible" : "tie", "data-a": line.a, "data-b": line.b });
  group.append(shape("title", {}, sentences), shape("line", { class: "wide", ...ends }), shape("line", ends));
  return group;
}

function sentenceOf(tie) {
  const { sentence, inverse } = ties.claims[tie >> 1];
  return tie & 1 ? inverse : sentence;
}

function signOf(node) {
  const thing = ties.things[node];
  const { x, y } = drawn.at.get(node);
  const left = more.get(node);
  const tied = `tied to ${others.get(node).length} here`;
  const label = [thing.name, thing.kind, tied, left ? `${left} more to add` : ""];
  const sign = shape("a", {
    class: "node", transform: `translate(${x} ${y})`, "data-node": node, tabindex: node === focused ? 0 : -1,
    "aria-label": label.filter(Boolean).join(", "),
    ...(isSafe(thing) ? { href: root + thing.path } : { role: "link" }),
  });
  const known = signs.get(thing.group);
  sign.append(
    shape("title", {}, thing.kind ? `${thing.name}, ${thing.kind}` : thing.name),
    shape("path", { d: known.getAttribute("d"), fill: known.getAttribute("fill") }),
    ...labelOf(thing.name).map((line, at) => shape("text", { y: 22 + 15 * at, "text-anchor": "middle" }, line)),
  );
  if (left) sign.append(shape("text", { class: "more", x: 10, y: -5 }, `+${left}`));
  return sign;
}

/** How many things are tied to one that are not in the view. */
function moreOf(node) {
  return neighbours(ties, view, node, found.levels).filter((each) => !view.nodes.has(each)).length;
}

function list() {
  const groups = [...signs.keys()].map((group) => [group, found.nodes.filter((node) => ties.things[node].group === group)]);
  const said = new Map(found.nodes.map((node) => [node, []]));
  for (const { a, b, ties: some } of found.lines) {
    said.get(a).push(...some);
    said.get(b).push(...some.map((tie) => tie ^ 1));
  }
  part("list").replaceChildren(
    made("p", {}, total()),
    ...groups.filter(([, nodes]) => nodes.length).flatMap(([group, nodes]) => {
      const things = made("ul", { class: "things" });
      things.append(...byName(nodes).map((node) => itemOf(node, said.get(node))));
      return [made("h3", { class: "group" }, group), things];
    }),
  );
}

function byName(nodes) {
  const name = (node) => ties.things[node].name;
  return [...nodes].sort((a, b) => name(a).localeCompare(name(b), "en") || a - b);
}

function itemOf(node, some) {
  const thing = ties.things[node];
  const item = made("li", { id: `thing-${node}` });
  const line = made("p");
  line.append(linked(thing, thing.name, { class: "name" }), " ", made("span", { class: "quiet" }, thing.kind));
  const left = more.get(node);
  if (left) {
    const label = `Add ${plural(left, "thing")} tied to ${thing.name}`;
    line.append(" ", made("button", { type: "button", class: "plain small", "data-node": node, "aria-label": label }, `Add ${left}`));
  }
  const sentences = made("ul", { class: "sentences" });
  sentences.append(...some.map(claimOf));
  item.append(line, ...(some.length ? [sentences] : []));
  return item;
}

function claimOf(tie) {
  const claim = ties.claims[tie >> 1];
  const item = made("li");
  item.append(made("bdi", {}, `${sentenceOf(tie)}.`), " ");
  if (found.levels[tie >> 1] === POSSIBLE) item.append(made("span", { class: "mark" }, "possible"), " ");
  if (claim.disputed) item.append(made("span", { class: "mark bad" }, "disputed"), " ");
  item.append(linked(claim, "claim", { class: "cite", "aria-label": `Claim: ${sentenceOf(tie)}` }));
  return item;
}

/** A name as a link to a page, if there is one on this host. */
function linked(one, name, attributes) {
  const text = made("bdi", {}, name);
  if (!isSafe(one)) return text;
  const link = made("a", { ...attributes, href: root + one.path });
  link.append(text);
  return link;
}

load();
