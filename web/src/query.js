// The page on which SPARQL is written: answers as tables and pictures, and an editor in place of the form
// once somebody writes. Where no server answers, the page does so itself, from the first run on.

import { downloads, shown, typeOf } from "./answers.js";
import { bdi, made, read } from "./elements.js";
import { inPage, server, Wrong } from "./engines.js";
import { recent } from "./recent.js";
import { counts, kindOf } from "./sparql.js";
import { openSearch } from "./search.js";
import { writing } from "./writing.js";

const LONGEST = 6000; // letters of an address that servers and people pass on
const ASKED = 100; // IRIs whose names are asked for together
const NAMED = 2000; // IRIs of an answer that are named

const form = document.querySelector("form[data-query]");
const { root, base, store, worker, wasm, endpoint, own } = form.dataset;
const area = form.querySelector("textarea");
const prefixes = Object.fromEntries(
  Array.from(document.querySelectorAll("[data-prefix]"), (each) => [each.dataset.prefix, each.textContent]),
);
const names = new Map();
const given = new URLSearchParams(location.search);
let engine;
let isRunning = false;
let view = given.get("view") ?? "table";

// ---- What is on the page

const place = made("div", { class: "editor" });
const bar = made("div", { class: "row" });
const run = made("button", { type: "submit" }, "Run");
const stop = made("button", { type: "button", class: "plain" }, "Stop");
const link = made("a", { href: "" }, "Link to this query");
const hint = made("span", { class: "quiet" }, "Ctrl+Enter runs; Ctrl+Space completes, also by name: Karen.");
const state = made("p", { class: "note", role: "status" });
const wrong = made("div", { role: "alert" });
const answer = made("section", { "aria-label": "The answer", class: "answer" });
stop.hidden = true;
answer.hidden = true;
place.hidden = true;
bar.append(run, stop, link, hint);
form.querySelector("[data-plain]")?.remove();
form.append(place, bar, state);
const last = recent(form, put);
form.after(wrong, answer);

const asked = given.get("query");
if (asked !== null) area.value = asked;
const write = writing(area, () => import(form.dataset.editor), edit, share);
form.querySelector("label").addEventListener("click", () => write.focus());
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target === area) {
    event.preventDefault();
    ask();
  }
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});
stop.addEventListener("click", () => engine.stop());
for (const code of document.querySelectorAll("[data-example]")) {
  const button = made("button", { type: "button", class: "plain" }, "Put it in the editor");
  code.closest("details").append(button);
  button.addEventListener("click", () => put(code.textContent));
}
share();
const begun = begin();

// ---- What it does

/** Put a query in the place where one writes. */
function put(query) {
  write.text = query;
  write.mark();
  form.scrollIntoView({ block: "start" });
  write.focus();
}

/** The editor, with the text that was written until now. */
function edit(editor, text) {
  place.hidden = false;
  const learned = read(`${root}/void.jsonld`).then(counts).catch(console.error); // without, it offers less
  const search = openSearch(root, read).catch(console.error);
  return editor(place, text, { label: "Query", prefixes, base, learned, search, run: ask, change: share });
}

/** Find out what answers here. */
async function begin() {
  const isLive = await read(`${root}/search/index.json`).then(({ mode }) => mode === "live", () => false);
  const isServed = isLive || (!store && own === "yes");
  if (!isServed && !store) {
    run.remove();
    hint.remove();
    if (endpoint) bar.prepend(made("a", { href: endpoint, "data-elsewhere": "" }, "Ask the endpoint"));
    state.textContent = "The graph is too large for a page to answer by itself.";
    return share();
  }
  engine = isServed ? server(`${root}/sparql`) : inPage({ worker, wasm, store }, prefixes);
  form.dataset.mode = isServed ? "live" : "static";
  if (engine.isHere) state.textContent = "This page answers by itself, without a server. The first run loads the graph: about 2 MB.";
  if (asked !== null) setTimeout(ask);
}

/** Have the graph loaded where the page itself answers. */
async function load() {
  if (!engine.isHere || form.dataset.triples) return;
  state.textContent = "The graph is being loaded: about 2 MB.";
  try {
    engine.begin();
    const triples = (await engine.ready).toLocaleString("en");
    form.dataset.triples = triples;
    state.textContent = `${triples} triples are here. This page answers by itself, without a server.`;
  } catch (error) {
    state.textContent = "";
    throw error;
  }
}

async function ask() {
  await begun;
  if (!engine || isRunning) return;
  const query = write.text;
  const kind = kindOf(query);
  busy(true);
  wrong.replaceChildren();
  write.mark();
  try {
    await load();
    const before = performance.now();
    const body = await engine.ask(query, typeOf(kind));
    const { words, nodes } = shown(kind, body, { prefixes, base, root, names: named, pictures: () => import(form.dataset.views), view, viewed });
    const seconds = ((performance.now() - before) / 1000).toFixed(2);
    const heading = made("h2", {}, "Answer");
    const line = made("p", { role: "status" }, `${words} It took ${seconds} s.`);
    const files = downloads(kind, (type) => engine.ask(query, type).catch(tell));
    const warnings = engine.warnings.map((each) => made("p", { class: "note" }, `Warning: ${each}${each.endsWith("?") ? "" : "."}`));
    answer.replaceChildren(heading, line, ...warnings, ...nodes, files);
    answer.classList.remove("old");
    answer.hidden = false;
    answer.dataset.query = query;
    last.add(query);
    const address = addressFor(query);
    if (address) history.replaceState(null, "", address);
  } catch (error) {
    tell(error);
    former("This is the answer to a former query.");
  } finally {
    busy(false);
  }
}

/** Show that a query is running, and that the answer on the page is of a former one. */
function busy(now) {
  isRunning = now;
  run.disabled = now;
  stop.hidden = !now;
  answer.setAttribute("aria-busy", String(now));
  if (now) former("This is the answer to a former query; the new one is being answered.");
}

/** Mark the answer on the page, if there is one, as an old one. */
function former(words) {
  if (answer.hidden) return;
  answer.classList.add("old");
  answer.querySelector("[role=status]").textContent = words;
}

/** Say what is wrong, where, and what to do. */
function tell(error) {
  if (!(error instanceof Wrong)) console.error(error);
  const message = error.message.replace(/(?<![.?!])$/, ".");
  const words = error.line ? `Line ${error.line}, column ${error.column}: ${message}` : message;
  const note = made("p", { class: "note bad" });
  note.append(bdi(words), error.todo ? ` ${error.todo}` : "");
  wrong.replaceChildren(note);
  write.mark(error);
}

/** The names of IRIs, asked for once: a map, with "" for those without. */
async function named(iris) {
  const unknown = [...new Set(iris)].filter((iri) => !names.has(iri) && !/[\x00-\x20<>"{}|\\^`]/.test(iri)).slice(0, NAMED);
  for (let at = 0; at < unknown.length; at += ASKED) {
    const some = unknown.slice(at, at + ASKED);
    const rows = await engine.look(`SELECT ?iri ?name { VALUES ?iri { ${some.map((iri) => `<${iri}>`).join(" ")} } ?iri rdfs:label ?name } ORDER BY ?name`).catch(() => []);
    for (const iri of some) names.set(iri, "");
    for (const { iri, name } of rows) {
      const isBetter = !names.get(iri.value) || /^en\b/.test(name["xml:lang"] ?? "");
      if (isBetter) names.set(iri.value, name.value);
    }
  }
  return names;
}

function viewed(name) {
  view = name;
  if (answer.dataset.query === write.text) history.replaceState(null, "", addressFor(write.text) || location.href);
  share();
}

function addressFor(query) {
  const found = `${location.pathname}?${new URLSearchParams({ query, ...(view !== "table" && { view }) })}`;
  return found.length <= LONGEST ? found : "";
}

/** Keep the link to what is written. */
function share() {
  const query = write?.text ?? area.value;
  const address = addressFor(query);
  link.hidden = !address;
  if (address) link.href = address;
  const elsewhere = bar.querySelector("[data-elsewhere]");
  if (elsewhere) elsewhere.href = `${endpoint}?${new URLSearchParams({ query })}`;
}
