// What sources say of ties, as items of lists, and the buttons beside it.

import { POSSIBLE } from "../days.js";
import { bdi, linked, made } from "../elements.js";
import { root, state, ties } from "./state.js";

export function sentenceOf(tie) {
  const { sentence, inverse } = ties.claims[tie >> 1];
  return tie & 1 ? inverse : sentence;
}

export function claimOf(tie, withSources = false) {
  const claim = ties.claims[tie >> 1];
  const item = made("li");
  item.append(bdi(`${sentenceOf(tie)}.`), " ");
  if (state.shown.levels[tie >> 1] === POSSIBLE) item.append(made("span", { class: "mark" }, "possible"), " ");
  if (claim.disputed) item.append(made("span", { class: "mark bad" }, "disputed"), " ");
  item.append(linked(claim, root, "claim", { class: "cite", "aria-label": `Claim: ${sentenceOf(tie)}` }));
  if (withSources && claim.sources.length) {
    const sources = made("span", { class: "quiet sources" });
    sources.append(...claim.sources.flatMap((source, at) => [at ? "; " : "", linked(source, root, source.title)]));
    item.append(sources);
  }
  return item;
}

/** The ties of a thing that are shown, read from it. */
export function tiesOf(node) {
  return state.shown.lines.flatMap(({ a, b, ties: some }) => (a === node ? some : b === node ? some.map((tie) => tie ^ 1) : []));
}

export function button(act, label, node, attributes, text) {
  const named = { type: "button", class: "plain small", "data-do": act, "aria-label": label };
  return made("button", { ...named, ...(node === undefined ? {} : { "data-node": node }), ...attributes }, text);
}
