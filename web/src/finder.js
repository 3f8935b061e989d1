// How two things are connected, on a static site: the page that a server would make.

import { cite } from "./citing.js";
import { alert, bdi, entitle, link, linked, made } from "./elements.js";
import { pathsBetween, readTies, thingsLike, thingsNamed, tiesOn } from "./connections.js";
import { CERTAIN, dayNumber, levelsOn } from "./days.js";
import { figureOf } from "./figures.js";
import { merged } from "./layered.js";
import { isSafe, plural } from "./search.js";

const STEPS = 4;

/** Show in `place` how the things are connected that the address names, by a file of ties. */
export function showPaths(place, file, asked, root) {
  const ties = readTies(file);
  const fields = ["from", "to", "via"].filter((name) => name !== "via" || asked.get(name));
  const names = fields.map((name) => asked.get(name) ?? "");
  const found = names.map((name) => thingsNamed(ties, name));
  const unclear = fields.flatMap((field, at) =>
    found[at].length === 1 ? [] : [unclearName(ties, field, names[at], found[at], asked)],
  );
  if (unclear.length) {
    document.getElementById("cite")?.remove(); // it is about no two things
    return place.replaceChildren(...unclear);
  }
  const [a, b, via] = found.flat();
  const text = asked.get("as-of")?.trim() ?? "";
  const day = dayNumber(text);
  if (text && day === undefined) return place.replaceChildren(alert("“", bdi(text), "” is no day, such as 2013-07-01."));
  if (a === b) return place.replaceChildren(alert("A path joins two things, and this is one: ", bdi(ties.things[a].name), "."));
  const title = `How is ${ties.things[a].name} connected to ${ties.things[b].name}?`;
  entitle(title);
  const more = ["via", "as-of"].filter((name) => asked.get(name)).map((name) => [name, asked.get(name)]);
  const shown = more.map(([name, value]) => `${name}: ${value}`).join(", ");
  cite(shown ? `${title} (${shown})` : title, [["from", ties.things[a].curie], ["to", ties.things[b].curie], ...more]);
  const onDay = text ? tiesOn(ties, levelsOn(file, day)) : ties;
  place.replaceChildren(answerOf(onDay, pathsBetween(onDay, a, b, { via }), root));
  return undefined;
}

/** What to say of a name that several things have, or none. */
function unclearName(ties, end, text, found, asked) {
  const some = found.length ? found.slice(0, 10) : thingsLike(ties, text);
  const parts = found.length
    ? ["“", bdi(text), "” is the name of several things:"]
    : ["Nothing is named “", bdi(text), some.length ? "”. Did you mean one of these?" : "”."];
  const note = alert(...parts);
  if (!some.length) return note;
  const list = made("ul");
  for (const number of some) {
    const { name, curie } = ties.things[number];
    const item = made("li");
    const again = new URLSearchParams({ ...Object.fromEntries(asked), [end]: curie });
    item.append(link(`?${again}`, bdi(name)), " ", made("code", { class: "quiet" }, curie));
    list.append(item);
  }
  const both = made("div");
  both.append(note, list);
  return both;
}

function answerOf(ties, { paths, more, cut }, root) {
  const answer = made("section", { "aria-labelledby": "h-found" });
  const heading = paths.length ? plural(paths.length, "path") : "Not connected";
  answer.append(made("h2", { id: "h-found" }, heading));
  if (paths.length) answer.append(pictureOf(ties, paths, root));
  answer.append(...paths.map((path, at) => pathOf(ties, path, at + 1, root)));
  const say = (text) => answer.append(made("p", { class: "quiet" }, text));
  if (!paths.length && !cut) {
    say(`There is no path of at most ${STEPS} steps that passes through no place, source, hub or thing with more than ${ties.hubLimit} ties.`);
  }
  if (more) say("There are more paths; these are the best.");
  if (cut) say("There are too many ways to look at all of them; others may be missing.");
  return answer;
}

/** The picture of all paths, as a server draws it. */
function pictureOf({ things, claims }, paths, root) {
  const [numbers, ofTies] = [new Map(), new Map()];
  const numbered = (map, key) => map.get(key) ?? map.set(key, map.size).get(key);
  const rows = paths.map((path) => {
    for (const thing of path.things) numbered(numbers, thing);
    return path.things.flatMap((thing, at) => {
      const before = at ? [numbered(ofTies, [path.ties[at - 1], path.things[at - 1], thing].join())] : [];
      return [...before, numbered(numbers, thing)];
    });
  });
  const href = (one) => (isSafe(one) ? root + one.path : "");
  const dots = [...numbers.keys()].map((number) => ({ ...things[number], href: href(things[number]) }));
  const arrows = [...ofTies.keys()].map((key) => {
    const tie = Number(key.split(",")[0]);
    const claim = claims[tie >> 1];
    const [label, isForward] = claim.label;
    const sentence = `${tie & 1 ? claim.inverse : claim.sentence}.`;
    return { label, forward: (tie & 1 ? 0 : 1) === isForward, sentence, href: href(claim) };
  });
  const [from, to] = [paths[0].things[0], paths[0].things.at(-1)].map((thing) => things[thing].name);
  const picture = {
    kind: "paths",
    title: `How ${from} is connected to ${to}`,
    svg: merged(dots, arrows, rows),
    columns: ["path", "from", "what joins them", "to"],
    rows: paths.flatMap((path, at) => path.ties.map((tie, step) => [String(at + 1), ...joined(path, tie, step)])),
  };
  return figureOf(picture, { isCaptioned: false });

  function joined(path, tie, step) {
    const [label, isForward] = claims[tie >> 1].label;
    const ends = [things[path.things[step]].name, things[path.things[step + 1]].name];
    const [first, last] = (tie & 1 ? 0 : 1) === isForward ? ends : ends.reverse();
    return [first, label, last];
  }
}

function pathOf({ claims }, { ties }, number, root) {
  const section = made("section", { class: "path", "aria-label": `Path ${number}` });
  const steps = made("ol", { class: "claims" });
  steps.append(...ties.map((tie) => stepOf(claims[tie >> 1], tie & 1, root)));
  const levels = ties.map((tie) => claims[tie >> 1].level);
  const known = levels[0] === undefined ? "" : levels.every((level) => level === CERTAIN) ? ", certain" : ", possible";
  section.append(made("h3", {}, plural(ties.length, "step") + known), steps);
  return section;
}

function stepOf(claim, isInverse, root) {
  const sentence = made("p", { class: "sentence" });
  sentence.append(bdi(`${isInverse ? claim.inverse : claim.sentence}.`), " ");
  if (claim.disputed) sentence.append(made("span", { class: "mark bad" }, "disputed"), " ");
  const label = "This claim: its evidence and how to cite it";
  sentence.append(linked(claim, root, "claim", { class: "cite", "aria-label": label }));
  const step = made("li");
  step.append(sentence);
  const sources = made("ul", { class: "sources" });
  for (const source of claim.sources) {
    const item = made("li");
    item.append(linked(source, root, source.title));
    sources.append(item);
  }
  if (claim.sources.length) step.append(sources);
  return step;
}
