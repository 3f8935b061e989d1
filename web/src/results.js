// The page of results on a static site, which no server fills.

import { labelled, made } from "./combobox.js";
import { counted } from "./search.js";

/** Fill `place` with the things that are named like a text. */
export async function showResults(place, text, source, root) {
  const found = await source.find(text);
  const list = made("ul", { class: "results" });
  list.append(
    ...found.things.map((thing) => {
      const item = made("li");
      const [name, ...rest] = labelled(thing);
      const link = made("a", { href: root + thing.path });
      link.append(name);
      item.append(link, ...rest);
      return item;
    }),
  );
  const heading = made("h2", {}, "Named like ");
  heading.append("“", made("bdi", {}, text), "”");
  const count = made("p", { role: "status" }, counted(found.things.length, found));
  place.replaceChildren(heading, count, ...(found.things.length ? [list] : []));
}
