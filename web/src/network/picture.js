// The picture of what is shown: signs of things, and lines of ties.

import { POSSIBLE } from "../days.js";
import { drawn, save } from "../elements.js";
import { frame, labelOf, places, sizeOf } from "../map.js";
import { isSafe } from "../search.js";
import { fitting, look, reveal } from "./camera.js";
import { sentenceOf } from "./claims.js";
import { box, form, root, say, state, ties, total } from "./state.js";

const READABLE = 0.7; // the least size that a picture begins with
const WORDS = 28; // letters of the label of a tie

/** The form and colour of each group, as the page has them. */
export const signs = new Map(
  [...form.querySelectorAll("input[name=group]")].map((input) => [input.value, input.parentNode.querySelector("path")]),
);

export function draw() {
  const key = state.shown.all.join();
  if (state.places?.key !== key) { // and a day moves nothing
    const number = new Map(state.shown.all.map((node, at) => [node, at]));
    const sizes = state.shown.all.map((node) => sizeOf(labelOf(ties.things[node].name)));
    const at = places(sizes, state.shown.every.map(({ a, b }) => [number.get(a), number.get(b)]));
    state.places = { key, at: new Map(state.shown.all.map((node, n) => [node, at[n]])), frame: frame(at, sizes) };
    state.camera = undefined;
  }
  const hadFocus = state.map?.contains(document.activeElement);
  if (!state.map) {
    state.map = drawn("svg", { class: "ag-picture", role: "application", "aria-describedby": "how" });
    box.replaceChildren(state.map);
  }
  state.map.setAttribute("aria-label", `${state.view.title || "Network"}: ${total()}`);
  state.map.replaceChildren(...state.shown.lines.map(tieOf), ...state.shown.nodes.map(signOf));
  if (!state.camera) {
    state.camera = fitting();
    const [x, y] = state.places.at.get(state.focused) ?? [state.camera.x, state.camera.y];
    if (state.camera.scale < READABLE) state.camera = { x, y, scale: READABLE };
  }
  look();
  if (hadFocus && state.focused !== undefined) focusOn(state.focused);
}

function tieOf(line, at) {
  const [[x1, y1], [x2, y2]] = [line.a, line.b].map((node) => state.places.at.get(node));
  const ends = { x1, y1, x2, y2 };
  const isPossible = line.ties.every((tie) => state.shown.levels[tie >> 1] === POSSIBLE);
  const sentences = line.ties.map((tie) => `${sentenceOf(tie)}.`);
  const group = drawn("g", { class: isPossible ? "tie possible" : "tie", "data-line": at });
  const [words, fromSubject] = ties.claims[line.ties[0] >> 1].label;
  const isFromA = !(line.ties[0] & 1) === Boolean(fromSubject), isToRight = isFromA === x1 <= x2;
  const rest = line.ties.length > 1 ? ` +${line.ties.length - 1}` : "";
  const verb = words.length > WORDS ? `${words.slice(0, WORDS).trim()}\u2026` : words;
  const label = words && (isToRight ? `${verb}${rest} \u2192` : `\u2190 ${verb}${rest}`);
  group.append(
    drawn("title", {}, sentences.join("\n")),
    drawn("line", { class: "wide", ...ends }),
    drawn("line", { ...ends, stroke: "currentColor", "stroke-opacity": 0.4 }),
    drawn("text", { class: "phrase", x: (x1 + x2) / 2, y: (y1 + y2) / 2, "text-anchor": "middle" }, label),
  );
  return group;
}

function signOf(node) {
  const thing = ties.things[node];
  const left = state.more.get(node);
  const tied = `tied to ${state.others.get(node).length} here`;
  const label = [thing.name, thing.kind, tied, left ? `${left} more to add` : ""];
  const sign = drawn("a", {
    class: "node", transform: `translate(${state.places.at.get(node).join(" ")})`, "data-node": node, tabindex: node === state.focused ? 0 : -1,
    "aria-label": label.filter(Boolean).join(", "),
    ...(isSafe(thing) ? { href: root + thing.path } : { role: "link" }),
  });
  const known = signs.get(thing.group);
  const lines = labelOf(thing.name);
  const [width, height] = sizeOf(lines);
  sign.append(
    drawn("title", {}, thing.kind ? `${thing.name}, ${thing.kind}` : thing.name),
    drawn("rect", { class: "hit", x: -width / 2, y: -10, width, height }),
    drawn("path", { d: known.getAttribute("d"), fill: known.getAttribute("fill") }),
    ...lines.map((line, at) => drawn("text", { y: 22 + 15 * at, "text-anchor": "middle" }, line)),
  );
  if (left) sign.append(drawn("text", { class: "more", x: 10, y: -5 }, `+${left}`));
  return sign;
}

export function nodeOf(target) {
  const link = target.closest?.(".node");
  return link ? Number(link.dataset.node) : undefined;
}

export function lineAt(target) {
  const group = target.closest?.(".tie");
  return group ? state.shown.lines[Number(group.dataset.line)] : undefined;
}

export function linkTo(node) {
  return state.map.querySelector(`[data-node="${node}"]`);
}

export function focusOn(node, isInList = false) {
  const item = document.getElementById(`thing-${node}`);
  const target = isInList ? (item?.querySelector("button") ?? item?.querySelector("a")) : linkTo(node);
  target?.focus({ preventScroll: !isInList });
}

/** Let Tab lead to a thing, and have its ties stand out. */
export function reach(node) {
  linkTo(state.focused)?.setAttribute("tabindex", "-1");
  state.focused = node;
  linkTo(node)?.setAttribute("tabindex", "0");
  for (const group of state.map.querySelectorAll(".tie")) {
    const { a, b } = state.shown.lines[Number(group.dataset.line)];
    group.classList.toggle("own", a === node || b === node);
  }
  reveal(node);
}

/** Give the picture as a file of its own, with its colours, its title and its address as text. */
export function savePicture() {
  const [left, top, width, height] = state.places.frame;
  const copy = state.map.cloneNode(true);
  const size = { viewBox: [left, top - 30, width, height + 60].join(" "), width, height: height + 60 };
  for (const [name, value] of Object.entries({ xmlns: state.map.namespaceURI, role: "img", ...size })) copy.setAttribute(name, value);
  for (const name of ["aria-describedby", "style"]) copy.removeAttribute(name);
  for (const link of copy.querySelectorAll("[href]")) link.setAttribute("href", new URL(link.href.baseVal, location).href);
  for (const each of copy.querySelectorAll(".wide, .phrase, .hit")) each.remove();
  const address = location.href;
  copy.prepend(
    drawn("style", {}, "svg{background:#fff;color:#1d2126;font:13px system-ui,sans-serif}text{fill:#1d2126;stroke:#fff;stroke-width:4px;paint-order:stroke;stroke-linejoin:round}.possible line{stroke-dasharray:5 4}.more{font-size:11px}.head{font-size:18px;font-weight:600}"),
    drawn("rect", { x: left, y: top - 30, width, height: height + 60, fill: "#fff" }),
    drawn("text", { class: "head", x: left + 12, y: top - 8 }, `${state.view.title || "Network"}${state.view.day ? `, on ${state.view.day}` : ""}`),
    drawn("text", { class: "more", x: left + 12, y: top + height + 22 }, address),
  );
  save(new XMLSerializer().serializeToString(copy), "image/svg+xml", "network.svg");
  say("The picture is saved as network.svg.");
}
