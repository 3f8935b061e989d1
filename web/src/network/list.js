// The list below the picture, with the same things and ties.

import { linked, made } from "../elements.js";
import { plural } from "../search.js";
import { button, claimOf, tiesOf } from "./claims.js";
import { signs } from "./picture.js";
import { part, root, state, ties } from "./state.js";

export function list() {
  const groups = [...signs.keys()].map((group) => [group, state.shown.nodes.filter((node) => ties.things[node].group === group)]);
  part("list").replaceChildren(
    ...groups.filter(([, nodes]) => nodes.length).flatMap(([group, nodes]) => {
      const things = made("ul", { class: "things" });
      things.append(...byName(nodes).map(itemOf));
      return [made("h3", {}, group), things];
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
  const left = state.more.get(node);
  if (left) line.append(" ", button("expand", `Add ${plural(left, "thing")} tied to ${thing.name}`, node, {}, `Add ${left}`));
  const sentences = made("ul", { class: "sentences" });
  sentences.append(...tiesOf(node).map((tie) => claimOf(tie)));
  item.append(line, sentences);
  return item;
}
