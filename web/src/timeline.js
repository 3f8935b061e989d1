// The page of a timeline on a static site: the page of a thing has its picture, and years can be left out.

import { cite } from "./citing.js";
import { alert, bdi, link, made } from "./elements.js";
import { fold } from "./fold.js";

/** The years of two dates such as 2012 or 2013-06; without one all are meant. */
export function yearsOf(since, until) {
  const year = (text, other) => {
    const written = /^\s*(-?\d{4})(?:-\d\d){0,2}\s*$/.exec(text ?? "");
    return written ? Number(written[1]) : other;
  };
  return [year(since, -Infinity), year(until, Infinity)];
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
  const [first, last] = yearsOf(asked.get("since"), asked.get("until"));
  const thing = asked.get("thing")?.trim();
  if (thing) return showThing(place, thing, asked, source, root);
  for (const section of document.querySelectorAll(".year")) {
    const mark = section.querySelector("h2").id;
    const year = Number(mark.slice(1));
    section.hidden = year < first || year > last;
    document.querySelector(`.years a[href="#${mark}"]`).parentElement.hidden = section.hidden;
  }
  if (Number.isFinite(first) || Number.isFinite(last)) {
    const years = document.querySelector(".years");
    const words = years
      ? "Whole years are listed below; the picture has all of them."
      : "No server is here that could list these claims; name a thing, and its timeline is shown.";
    (years ?? document.querySelector("main form")).before(made("p", { class: "note", role: "status" }, words));
  }
  return undefined;
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
