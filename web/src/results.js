// The page of results on a static site, which no server fills: the same that a server makes.

import { isSource, labelled } from "./combobox.js";
import { bdi, link, made } from "./elements.js";
import { plural, tooLong } from "./search.js";

const SHOWN = 20; // claims, and questions

/** Fill `place` with what a search for a text finds. */
export async function showResults(place, text, source, root) {
  const { things, more, claims, claimsMore, questions, unsearched, isTooLong } = await source.find(text);
  if (isTooLong) return place.replaceChildren(made("p", { class: "note bad", role: "alert" }, tooLong));
  const [sources, others] = [things.filter(isSource), things.filter((thing) => !isSource(thing))];
  const list = (some) => listOf("names", some, (thing) => itemOf(thing.path, labelled(thing), root));
  const parts = [];
  if (others.length || !sources.length) parts.push(headingOf(others.length, "thing", "named like", text));
  if (others.length) parts.push(list(others));
  if (sources.length) parts.push(headingOf(sources.length, "source", "named like", text), list(sources));
  if (more) {
    const words = more > 0 ? `And ${more.toLocaleString("en")} more` : "There are more";
    parts.push(hintOf(`${words}: type more of the name, or browse `, root));
  } else if (!things.length) {
    parts.push(hintOf("Nothing is named so. Try a shorter part of the name, or browse ", root));
  }
  for (const [noun, some, others] of [["claim", claims, claimsMore], ["question", questions, 0]]) {
    if (!some.length) continue;
    parts.push(headingOf(some.length + Math.max(0, others), noun, "with the words", text, others < 0));
    parts.push(listOf("passages", some.slice(0, SHOWN), (one) => itemOf(one.path, [bdi(one.text)], root)));
    if (some.length > SHOWN || others) parts.push(made("p", {}, `The best ${Math.min(some.length, SHOWN)} are listed. Add a word to find others.`));
  }
  if (unsearched) {
    const words = `The sentences of the ${plural(unsearched, "claim")} are too many to be searched; the page of each thing has its claims.`;
    parts.push(made("p", { class: "quiet" }, words));
  }
  return place.replaceChildren(...parts);
}

function headingOf(count, noun, words, text, isLeast = false) {
  const heading = made("h2", {}, `${isLeast ? "At least " : ""}${plural(count, noun)} ${words} “`);
  heading.append(bdi(text), "”");
  return heading;
}

function listOf(kind, some, item) {
  const list = made("ul", { class: kind });
  list.append(...some.map(item));
  return list;
}

function itemOf(path, [name, ...rest], root) {
  const item = made("li");
  item.append(link(root + path, name), ...rest);
  return item;
}

function hintOf(words, root) {
  const hint = made("p", {}, words);
  hint.append(link(`${root}/things`, "things by kind"), ".");
  return hint;
}
