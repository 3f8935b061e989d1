// The panel: what sources say of the thing or the line that is chosen.

import { linked, made } from "../elements.js";
import { isSafe, plural } from "../search.js";
import { button, claimOf, tiesOf } from "./claims.js";
import { focusOn, linkTo, reach } from "./picture.js";
import { box, panel, root, say, state, ties } from "./state.js";

/** Choose a thing, `{ node }`, or a line, `{ line }`. */
export function choose(what) {
  state.chosen = what;
  if (what?.node !== undefined) reach(what.node);
  showChosen();
  if (what) say(`${panel.querySelector("h2").textContent}: ${plural(panel.querySelectorAll(".sentences > li").length, "claim")} here.`);
  else if (state.focused !== undefined && panel.contains(document.activeElement)) focusOn(state.focused);
}

export function showChosen() {
  for (const group of state.map.querySelectorAll(".chosen")) group.classList.remove("chosen");
  panel.hidden = !state.chosen;
  if (!state.chosen) return;
  const { node, line } = state.chosen;
  const close = button("close", "Close", undefined, { class: "plain small close", "aria-label": "Close" }, "×");
  const title = made("h2");
  const parts = [close, title];
  let some;
  if (node !== undefined) {
    const thing = ties.things[node];
    linkTo(node)?.classList.add("chosen");
    title.append(linked(thing, root, thing.name));
    some = tiesOf(node);
    const left = state.more.get(node);
    const row = made("p", { class: "row" });
    if (left) row.append(button("expand", `Add ${plural(left, "thing")} tied to ${thing.name}`, node, {}, `Expand (+${left})`));
    row.append(button("remove", `Remove ${thing.name}`, node, {}, "Remove"));
    if (isSafe(thing)) row.append(made("a", { class: "open", href: root + thing.path }, "Open"));
    parts.push(made("p", { class: "quiet" }, thing.kind), row);
  } else {
    state.map.querySelector(`[data-line="${state.shown.lines.indexOf(line)}"]`)?.classList.add("chosen");
    title.append(linked(ties.things[line.a], root, ties.things[line.a].name), " – ", linked(ties.things[line.b], root, ties.things[line.b].name));
    some = line.ties;
  }
  const sentences = made("ul", { class: "sentences" });
  sentences.append(...some.map((tie) => claimOf(tie, true)));
  panel.replaceChildren(...parts, sentences);
  const middle = node !== undefined ? state.places.at.get(node)[0] : (state.places.at.get(line.a)[0] + state.places.at.get(line.b)[0]) / 2;
  panel.classList.toggle("left", middle > state.camera.x + box.clientWidth / state.camera.scale / 6);
}
