// The title of the view, and the steps of its story.

import { plural } from "../search.js";
import { mostTied, part, state, ties } from "./state.js";

const siteTitle = document.title.split(" – ").slice(1);

export function showSteps() {
  const { title, steps, at } = state.view;
  const focused = document.activeElement; // some browsers take it from a button that is switched off
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
  if (focused.disabled) (next.disabled ? previous : next).focus();
}
