// The page on which SPARQL is written: an editor in place of the form, answers as tables. Where no
// server answers, the page does so itself.

import { downloads, shown, typeOf } from "./answers.js";
import { made } from "./combobox.js";
import { editor } from "./editor.js";
import { inPage, server, Wrong } from "./engines.js";
import { vocabulary } from "./offers.js";
import { counts, kindOf } from "./sparql.js";

const LONGEST = 6000; // letters of an address that servers and people pass on

const form = document.querySelector("form[data-query]");
const { root, base, store, worker, wasm, endpoint, own } = form.dataset;
const area = form.querySelector("textarea");
const prefixes = Object.fromEntries(
  Array.from(document.querySelectorAll("[data-prefix]"), (each) => [each.dataset.prefix, each.textContent]),
);
let known = vocabulary(prefixes, { classes: [], properties: [] });
const learned = learn();
let engine;
let isRunning = false;

// ---- What is on the page

const place = made("div", { class: "editor" });
const bar = made("div", { class: "row" });
const run = made("button", { type: "submit" }, "Run");
const stop = made("button", { type: "button", class: "plain" }, "Stop");
const link = made("a", { href: "" }, "Link to this query");
const hint = made("span", { class: "quiet" }, "Ctrl+Enter runs; Ctrl+Space completes.");
const state = made("p", { class: "note", role: "status" });
const wrong = made("div", { role: "alert" });
const answer = made("section", { "aria-label": "The answer", class: "answer" });
stop.hidden = true;
answer.hidden = true;
bar.append(run, stop, link, hint);
area.hidden = true;
form.querySelector("[data-plain]")?.remove();
form.append(place, bar, state);
form.after(wrong, answer);

const asked = new URLSearchParams(location.search).get("query");
const write = editor(place, asked ?? area.value, {
  label: "Query",
  known: () => known,
  learned,
  run: ask,
  change: share,
});
form.querySelector("label").addEventListener("click", () => write.focus());
form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});
stop.addEventListener("click", () => {
  engine.stop();
  if (engine.isHere) wait();
});
for (const code of document.querySelectorAll("[data-example]")) {
  const button = made("button", { type: "button", class: "plain" }, "Put it in the editor");
  code.closest("details").append(button);
  button.addEventListener("click", () => {
    write.text = code.textContent;
    write.mark();
    form.scrollIntoView({ block: "start" });
    write.focus();
  });
}
share();
begin();

// ---- What it does

/** Find out what answers here. */
async function begin() {
  const isLive = await get(`${root}/search/index.json`).then(({ mode }) => mode === "live", () => false);
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
  await wait();
  if (asked !== null) ask();
}

async function wait() {
  if (!engine.isHere) return;
  state.textContent = "The graph is being loaded: about 2 MB.";
  try {
    const triples = await engine.ready;
    state.textContent = `${triples.toLocaleString("en")} triples are here. This page answers by itself, without a server.`;
  } catch (error) {
    tell(error);
    state.textContent = "";
  }
}

/** Learn what there is to write of, from VoID. */
async function learn() {
  try {
    known = vocabulary(prefixes, counts(await get(`${root}/void.jsonld`)));
  } catch (error) {
    console.error(error); // the editor offers prefixes and keywords alone
  }
}

async function get(address) {
  const response = await fetch(address, { headers: { Accept: "application/json, */*;q=0.5" } });
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response.json();
}

async function ask() {
  if (!engine || isRunning) return;
  const query = write.text;
  const kind = kindOf(query);
  const before = performance.now();
  busy(true);
  wrong.replaceChildren();
  write.mark();
  try {
    const body = await engine.ask(query, typeOf(kind));
    const { words, nodes } = shown(kind, body, { prefixes, base, root });
    const seconds = ((performance.now() - before) / 1000).toFixed(2);
    const heading = made("h2", {}, "Answer");
    const line = made("p", { role: "status" }, `${words} It took ${seconds} s.`);
    const files = downloads(kind, (type) => engine.ask(query, type).catch(tell));
    const warnings = engine.warnings.map((each) => made("p", { class: "note" }, `Warning: ${each}${each.endsWith("?") ? "" : "."}`));
    answer.replaceChildren(heading, line, ...warnings, ...nodes, files);
    answer.hidden = false;
    const address = addressFor(query);
    if (address) history.replaceState(null, "", address);
  } catch (error) {
    answer.hidden = true;
    tell(error);
  } finally {
    busy(false);
  }
}

function busy(now) {
  isRunning = now;
  run.disabled = now;
  stop.hidden = !now;
}

/** Say what is wrong, and where. */
function tell(error) {
  if (!(error instanceof Wrong)) console.error(error);
  const words = error.line ? `Line ${error.line}, column ${error.column}: ${error.message}` : error.message;
  const note = made("p", { class: "note bad" });
  note.append(made("bdi", {}, words));
  wrong.replaceChildren(note);
  write.mark(error);
}

function addressFor(query) {
  const found = `${location.pathname}?${new URLSearchParams({ query })}`;
  return found.length <= LONGEST ? found : "";
}

/** Keep the link to what is written. */
function share() {
  const query = write.text;
  const address = addressFor(query);
  link.hidden = !address;
  if (address) link.href = address;
  const elsewhere = bar.querySelector("[data-elsewhere]");
  if (elsewhere) elsewhere.href = `${endpoint}?${new URLSearchParams({ query })}`;
}
