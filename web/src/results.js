// The page of results on a static site, which no server fills: the same that a server makes.

import { labelled, made } from "./combobox.js";
import { plural } from "./search.js";

/** Fill `place` with the things that are named like a text. */
export async function showResults(place, text, source, root) {
  const { things, more } = await source.find(text);
  const count = plural(things.length + Math.max(more, 0), "thing");
  const heading = made("h2", {}, `${count} named like “`);
  heading.append(made("bdi", {}, text), "”");
  const list = made("ul", { class: "names" });
  list.append(...things.map((thing) => itemOf(thing, root)));
  const hint = made("p");
  if (more) {
    hint.textContent = more > 0 ? `And ${more} more` : "There are more";
    hint.append(": type more of the name, or browse ", linkTo(`${root}/things`, "things by kind"), ".");
  } else if (!things.length) {
    hint.append("Nothing is named so. Try a shorter part of the name, or browse ");
    hint.append(linkTo(`${root}/things`, "things by kind"), ".");
  }
  place.replaceChildren(heading, ...[list, hint].filter((part) => part.hasChildNodes()));
}

function itemOf(thing, root) {
  const [name, ...rest] = labelled(thing);
  const item = made("li");
  const link = linkTo(root + thing.path);
  link.append(name);
  item.append(link, ...rest);
  return item;
}

function linkTo(address, text = "") {
  return made("a", { href: address }, text);
}
