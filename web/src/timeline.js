// The page of a timeline on a static site: the page of a thing has its picture, and years can be left out.

import { cite } from "./citing.js";
import { alert, bdi, link, made, read } from "./elements.js";
import { figureOf } from "./figures.js";
import { fold } from "./fold.js";

const UNFOLDED = 100; // entries of years that are open, as on a server

/** The first day of one date such as 2012 or 2013-06, and the last of another; without them all days are meant. */
export function daysOf(since, until) {
  const written = (text) => /^\s*(\d{4})(?:-(\d\d))?(?:-(\d\d))?\s*$/.exec(text ?? "") ?? [];
  const [, first, month = "01", day = "01"] = written(since);
  const [, last, lastMonth = "12", end = "31"] = written(until);
  return [first ? `${first}-${month}-${day}` : "", last ? `${last}-${lastMonth}-${end}` : "~"];
}

/** The things that a text names: by name or CURIE, with or without its prefix, else all that were found. */
export function meant(things, text) {
  const asked = fold(text.trim());
  const exact = things.filter(({ name, curie = "", path }) => [name, curie, path.replace("/page/", "")].some((each) => fold(each) === asked));
  return exact.length ? exact : things;
}

/** Show on the page what a server would have chosen by `thing`, `since` and `until`. */
export async function showTimeline(place, asked, source, root) {
  for (const name of ["where", "kind"]) document.getElementById(`f-${name}`)?.closest(".field").remove();
  const [first, last] = daysOf(asked.get("since"), asked.get("until"));
  const thing = asked.get("thing")?.trim();
  if (thing) return showThing(place, thing, asked, source, root);
  if (!first && last === "~") return undefined;
  for (const section of document.querySelectorAll(".year")) {
    const mark = section.querySelector("h2").id;
    const year = mark.slice(1).padStart(4, "0");
    section.hidden = year < first.slice(0, 4) || year > last.slice(0, 4);
    document.querySelector(`.years a[href="#${mark}"]`).parentElement.hidden = section.hidden;
  }
  const shown = [...document.querySelectorAll(".year:not([hidden])")];
  const isFolded = shown.reduce((sum, section) => sum + section.querySelectorAll("ol > li").length, 0) > UNFOLDED;
  for (const section of shown) section.open = !isFolded;
  const years = document.querySelector(".years");
  const words = years
    ? "Whole years are listed below."
    : "No server is here that could list these claims; name a thing, and its timeline is shown.";
  (years ?? document.querySelector("main form")).before(made("p", { class: "note", role: "status" }, words));
  if (years) await showPart(place, asked, first, last, root);
  return undefined;
}

/** Draw what is dated from one day to another, and cite it. */
async function showPart(place, asked, first, last, root) {
  cite("Timeline", ["since", "until"].filter((name) => asked.get(name)).map((name) => [name, asked.get(name)]));
  const { answers, views } = place.dataset;
  const [{ timelineBetween }, data] = await Promise.all([import(views), read(answers)]);
  const picture = timelineBetween(data, first, last, root);
  place.replaceChildren(picture ? figureOf(picture, { isCaptioned: false }) : "Nothing is dated then.");
}

async function showThing(place, text, asked, source, root) {
  const { things: named } = await source.find(text);
  const things = meant(named.length ? named : (await source.find(`id:${text}`)).things, text);
  for (const section of document.querySelectorAll(".year, .years, [data-others]")) section.remove();
  if (things.length !== 1) {
    document.getElementById("cite")?.remove(); // it is about all claims
    return place.replaceChildren(...unclear(things, text, root));
  }
  const [{ name, path }] = things;
  const response = await fetch(root + path);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const figure = page.querySelector("#picture-timeline");
  const heading = document.querySelector("h1");
  heading.replaceChildren("Timeline of ", link(root + path, bdi(name)));
  document.title = document.title.replace(/^Timeline/, `Timeline of ${name}`);
  cite(`Timeline of ${name}`, [["thing", text]]);
  const more = made("p");
  more.append(figure ? "The claims, with their sources: " : "Less than two claims have a date that would place them: ");
  more.append(link(root + path, bdi(name)), ".");
  const isPart = asked.get("since") || asked.get("until");
  const note = made("p", { class: "note", role: "status" }, "All years are shown: only a server chooses among those of a thing.");
  figure?.querySelector("figcaption").classList.add("hidden"); // the heading says it
  place.replaceChildren(...(isPart ? [note] : []), ...(figure ? [document.importNode(figure, true)] : []), more);
  return undefined;
}

/** What to say of a name that several things have, or none. */
function unclear(things, text, root) {
  const [before, after] = things.length ? ["Several things may be meant by “", "”:"] : ["Nothing is named “", "”."];
  const words = alert(before, bdi(text), after);
  const list = made("ul");
  for (const { name, path, kind, line } of things.slice(0, 10)) {
    const item = made("li");
    item.append(link(root + path, bdi(name)), kind ? `, ${kind}` : "", line ? ` (${line})` : "");
    list.append(item);
  }
  return things.length ? [words, list] : [words];
}
