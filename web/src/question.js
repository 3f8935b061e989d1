// The page of a question where no server answers: its form, links and filter are answered here, by a
// worker over the published graph, with the table that a server would send.

import { answer, counted, described, tableOf } from "./answering.js";
import { cite } from "./citing.js";
import { alert, bdi, entitle, link, made, read, save } from "./elements.js";
import { inPage, Wrong } from "./engines.js";
import { figureOf } from "./figures.js";
import { suits } from "./picturing.js";
import { openSearch } from "./search.js";
import { filesOf } from "./tables.js";

const form = document.querySelector("form[data-ask][data-store]");
const place = document.querySelector("[data-answered]");
const heading = document.querySelector("h1");
const { root, store, worker, wasm, answers } = form?.dataset ?? {};
const question = form && JSON.parse(document.querySelector("[data-question]").textContent);
const status = made("p", { class: "note", role: "status" });
const stop = made("button", { type: "button", class: "plain" }, "Stop");
let opened;
let number = 0;

/** What answers here: the data of the page and an engine, made when first needed. */
function open() {
  opened ??= (async () => {
    const [data, search] = await Promise.all([read(answers), openSearch(root, read)]);
    return { data, engine: inPage({ worker, wasm, store }, data.prefixes), find: async (text) => (await search.find(text)).things };
  })().catch((error) => {
    opened = undefined;
    throw error;
  });
  return opened;
}

async function begin() {
  const { mode } = await read(`${root}/search/index.json`);
  if (mode !== "static") return;
  form.addEventListener("submit", follow);
  place.addEventListener("submit", follow);
  place.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!link || !isPlain || !isOwn(new URL(link.href))) return;
    event.preventDefault();
    go(link.href);
  });
  addEventListener("popstate", () => (location.search ? ask(new URLSearchParams(location.search)) : location.reload()));
  stop.addEventListener("click", async () => (await opened)?.engine.stop());
  const asked = new URLSearchParams(location.search);
  if ([...asked.values()].some(Boolean)) ask(asked);
}

/** Whether an address is another answer to this question. */
function isOwn({ pathname, search, origin }) {
  return origin === location.origin && pathname === new URL(form.action).pathname && search !== "" && !/format=(?!html)/.test(search);
}

function follow(event) {
  event.preventDefault();
  const filled = [...new FormData(event.target)].filter(([, text]) => text);
  go(`${event.target.action}?${new URLSearchParams([...filled.filter(([name]) => name !== "format"), ["format", "html"]])}`);
}

async function go(address) {
  history.pushState(null, "", address);
  await ask(new URLSearchParams(new URL(address).search));
  heading.tabIndex = -1;
  heading.focus();
}

async function ask(pairs) {
  const isValue = ([name]) => question.parameters.some((parameter) => parameter.name === name.replaceAll("-", "_"));
  const asked = new URLSearchParams([...pairs].sort((a, b) => isValue(b) - isValue(a))); // before options
  const own = ++number;
  place.classList.add("old");
  place.setAttribute("aria-busy", "true");
  place.before(status);
  status.replaceChildren("The graph is being read, about 2 MB, once. ", stop);
  for (const field of form.elements) if (field.name && field.name !== "format") field.value = asked.get(field.name) ?? "";
  try {
    const { data, engine, find } = await open();
    await engine.run("ASK {}", "application/sparql-results+json"); // once the graph is read
    if (own === number) status.replaceChildren("The question is being answered. ", stop);
    const found = await answer(question, data, asked, engine, find);
    const picture = await pictured(found, data, engine);
    if (own === number) show({ ...found, picture }, data, asked, engine);
  } catch (error) {
    if (own === number) tell(error);
  } finally {
    if (own === number) {
      place.removeAttribute("class");
      place.removeAttribute("aria-busy");
    }
  }
}

function tell(error) {
  if (!(error instanceof Wrong)) console.error(error);
  status.textContent = "";
  document.getElementById("cite")?.toggleAttribute("hidden", true); // it is about other values
  place.replaceChildren(alert(bdi(error instanceof Wrong ? error.message : "This cannot be answered just now.")));
}

/** The picture of an answer that is here as a whole, if one suits it. */
async function pictured({ kind, rows, start, count }, data, engine) {
  if (!suits(question) || kind !== "rows" || !count || start || count < rows.length) return undefined;
  const { pictureOf } = await import(form.dataset.views);
  return pictureOf(question, data, rows, root, (iris) => described(iris, data, engine));
}

// ---- What is shown

function show(found, data, asked, engine) {
  entitle(found.title);
  const section = made("section", { "aria-labelledby": "h-answer" });
  section.append(made("h2", { id: "h-answer", class: "hidden" }, "Answer"), ...given(found), ...remarks(found));
  section.append(...body(found, data, asked), files(found, data, engine));
  status.textContent = "This page answered by itself, without a server.";
  place.replaceChildren(section);
  foldAbout();
  cite(found.cited.title, found.cited.pairs);
  document.querySelector("[data-editable] a")?.setAttribute("href", `${root}/query?query=${encodeURIComponent(found.text)}`);
  for (const example of document.querySelectorAll("main [aria-current]")) example.removeAttribute("aria-current");
}

/** Put what the question is about below its form, as beside each answer. */
function foldAbout() {
  const about = document.querySelectorAll("h1 ~ p:not(.note)");
  if (!about.length) return;
  const details = made("details");
  details.append(made("summary", {}, "About this question"), made("p", {}, question.title), ...about);
  const section = form.closest("section");
  section.after(details);
  section.querySelector("h2").className = "";
  section.querySelector("h2").textContent = "Ask with other values";
}

function given({ given: values, options }) {
  const pairs = [...values, ...options.given];
  if (!pairs.length) return [];
  const line = made("p", { class: "given" });
  for (const [at, [label, value]] of pairs.entries()) {
    line.append(at ? ", " : "", made("span", { class: "quiet" }, `${label}:`), " ", bdi(value));
  }
  return [line];
}

function remarks({ remarks: some }) {
  return some.map((remark) => {
    const line = made("p");
    line.append(bdi(remark), ".");
    return line;
  });
}

function body(found, data, asked) {
  const lead = (words) => made("p", { class: "lead" }, words);
  if (found.kind === "yes-no") return [lead(found.value ? "Yes." : "No.")];
  if (found.kind === "triples") return [made("pre", {}, found.body)];
  const nothing = "No results: no source in this graph says so. That does not mean the answer is no.";
  const rows = found.rows.slice(found.start, found.start + found.count);
  const table = tableOf(question, data, rows, root);
  const shown = rows.length ? [made("p", {}, counted(found, table)), ...(found.picture ? [figureOf(found.picture)] : []), grid(table, asked), ...legend(table)] : [lead(nothing)];
  return [...shown, ...next(found, asked), ...conditions(found, asked)];
}

function grid(table, asked) {
  const scroll = made("div", { class: "scroll", role: "region", "aria-label": "The answer", tabindex: "0" });
  const grid = made("table", { class: "readable" });
  const isCited = table.rows.some(({ claims }) => claims.length);
  const head = grid.createTHead().insertRow();
  for (const [column, label] of table.columns) head.append(columnHead(column, label, asked));
  if (isCited) head.append(made("th", { scope: "col" }, "sources"));
  const lines = grid.createTBody();
  for (const row of table.rows) {
    const line = lines.insertRow();
    for (const [at, cell] of row.cells.entries()) {
      const place = made("td", { "data-label": table.columns[at][1] });
      place.append(cell.href ? link(cell.href, bdi(cell.text)) : bdi(cell.text));
      line.append(place);
    }
    if (isCited) line.append(behind(row));
  }
  scroll.append(grid);
  return scroll;
}

function columnHead(column, label, asked) {
  const now = asked.getAll("sort").join(",");
  const order = now.replace(/^-/, "") !== column ? "none" : now[0] === "-" ? "descending" : "ascending";
  const head = made("th", { scope: "col", "aria-sort": order });
  head.append(link(addressWith(asked, { sort: now === column ? `-${column}` : column }), label));
  return head;
}

/** The claims behind a row: their HTML is what this site published, made like its pages. */
function behind({ claims, dots, summary, others }) {
  const place = made("td", { class: "behind", "data-label": "sources" });
  if (!claims.length) return place;
  const details = made("details");
  const line = made("summary");
  const signs = made("span", { class: "dots", "aria-hidden": "true" });
  signs.append(...dots.map((sign) => made("span", { class: `dot ${sign}` })), others ? `+${others}` : "");
  line.append(signs, " ", bdi(summary));
  const list = made("ul", { class: "cited" });
  list.innerHTML = claims.join("\n");
  details.append(line, list);
  place.append(details);
  return place;
}

function legend({ rows }) {
  if (!rows.some(({ claims }) => claims.length)) return [];
  const line = made("p", { class: "key quiet" });
  for (const [sign, words] of Object.entries({ stated: " stated", pale: " medium or low confidence", ring: " interpreted" })) {
    if (line.hasChildNodes()) line.append(" ");
    const part = made("span");
    part.append(made("span", { class: `dot ${sign}` }), words);
    line.append(part);
  }
  line.append(" ", made("span", {}, "One dot for each source; open it to see which."));
  return [line];
}

function next({ rows, start, count }, asked) {
  if (start + count >= rows.length) return [];
  const line = made("p");
  const more = link(addressWith(asked, { cursor: `${start + count}.0.page` }), "Next rows");
  more.rel = "next";
  line.append(more);
  return [line];
}

function conditions({ rows, options }, asked) {
  if (!rows.length && !options.where.length) return [];
  const chosen = made("ul", { class: "chosen" });
  for (const condition of options.where) {
    const item = made("li", {}, "Only rows with ");
    const others = options.where.filter((one) => one !== condition);
    const remove = link(addressWith(asked, { where: others }), "remove");
    remove.setAttribute("aria-label", `All rows, without “${condition}”`);
    item.append(bdi(condition), " ", remove);
    chosen.append(item);
  }
  const filter = made("form", { class: "filter", action: form.getAttribute("action"), method: "get", "data-filter": "" });
  for (const [name, value] of asked) {
    if (name !== "cursor" && name !== "format" && value) filter.append(made("input", { type: "hidden", name, value }));
  }
  filter.append(made("input", { type: "hidden", name: "format", value: "html" }));
  const field = { id: "f-where", name: "where", maxlength: "500", required: "", placeholder: "a word, or when:before:2013" };
  filter.append(made("label", { for: "f-where" }, "Only rows with"), made("input", field), made("button", {}, "Filter"));
  return options.where.length ? [chosen, filter] : [filter];
}

/** The answer as files, named after the question and its values; of rows those that follow, or as many as were asked for. */
function files(found, data, engine) {
  const line = made("p", { class: "formats" });
  line.append(made("span", {}, "This answer as:"));
  const { kind, rows, start, options, text } = found;
  const kinds = {
    rows: () => filesOf(question, data, rows.slice(start, start + options.wanted)),
    "yes-no": () => [["JSON", "application/sparql-results+json", ".json", () => engine.run(text, "application/sparql-results+json")]],
    triples: () => [["Turtle", "text/turtle", ".ttl", () => found.body]],
  };
  for (const [name, type, end, content] of kinds[kind]()) {
    const button = made("button", { type: "button", class: "plain" }, name);
    button.addEventListener("click", async () => save(await content(), type, found.file + end));
    line.append(" ", button);
  }
  return line;
}

/** The address of this answer with some options set anew. */
function addressWith(asked, options) {
  const kept = [...asked.keys()].filter((name) => name !== "cursor" && name !== "format");
  const texts = (name) => (name in options ? [options[name]].flat() : asked.getAll(name).filter(Boolean));
  const pairs = [...new Set([...kept, ...Object.keys(options)])].flatMap((name) => texts(name).map((text) => [name, text]));
  return `${new URL(form.action).pathname}?${new URLSearchParams([...pairs, ["format", "html"]])}`;
}

if (form) begin().catch((error) => console.error(error));
