// An answer in the page: rows or triples as a table of which a part is shown, and as pictures; or yes and no.

import { bdi, made, save } from "./elements.js";
import { datedColumn, joinedColumns, rowsOfTriples } from "./picturing.js";
import { plural } from "./search.js";
import { addressOf, isNumber, shorten, sorted, textOf } from "./sparql.js";

const PAGE = 50; // rows at once
const LONGEST = 1000; // letters of a cell
const RAW = 200_000; // letters of what is shown as it came
const FILES = {
  rows: [["CSV", "text/csv", "csv"], ["TSV", "text/tab-separated-values", "tsv"], ["JSON", "application/sparql-results+json", "json"]],
  triples: [["Turtle", "text/turtle", "ttl"], ["N-Triples", "application/n-triples", "nt"]],
  "yes-no": [["JSON", "application/sparql-results+json", "json"]],
};

/** The type in which the answer of a kind is asked for, to be shown. */
export function typeOf(kind) {
  return kind === "triples" ? "application/n-triples" : "application/sparql-results+json";
}

/**
 * What to show of an answer: nodes, and what it is in words. `site` has `prefixes`, `base`, `root`;
 * `names(iris)` gives a map of their names, `pictures()` the module of these, and `view` and `viewed(name)`
 * tell which view is shown.
 */
export function shown(kind, body, site) {
  if (kind === "triples") {
    if (!body.trim()) return { words: "No triples.", nodes: [] };
    const rows = rowsOfTriples(body);
    if (!rows) return { words: "Triples.", nodes: [raw(body, "Triples")] };
    const columns = ["subject", "predicate", "object"];
    return { words: `${plural(rows.length, "triple")}.`, nodes: [views(columns, rows, site), source(body, "As N-Triples")] };
  }
  const said = JSON.parse(body);
  if (kind === "yes-no") {
    const words = said.boolean ? "Yes." : "No: nothing here says so, which is no denial.";
    return { words, nodes: [made("p", { class: "lead" }, words)] };
  }
  const rows = said.results.bindings;
  if (!rows.length) return { words: "No rows: nothing here says so, which is no denial.", nodes: [] };
  return { words: `${plural(rows.length, "row")}.`, nodes: [views(said.head.vars, rows, site), source(body, "As JSON")] };
}

/** A table, and the pictures that suit the columns, of which one is shown. */
function views(columns, rows, site) {
  const isClaim = (iri) => iri.startsWith(`${site.base}claim/`);
  const offered = { table: "Table" };
  if (joinedColumns(columns, rows, isClaim)) offered.graph = "Graph";
  if (datedColumn(columns, rows)) offered.timeline = "Timeline";
  const first = table(columns, rows, site);
  if (Object.keys(offered).length === 1) return first;
  const place = made("div");
  const bar = made("div", { class: "row", role: "group", "aria-label": "View" });
  const pane = made("div");
  for (const [view, name] of Object.entries(offered)) {
    const button = made("button", { type: "button", class: "plain", "data-view": view }, name);
    button.addEventListener("click", () => show(view));
    bar.append(button);
  }
  place.append(bar, pane);
  show(offered[site.view] ? site.view : "table");
  return place;

  async function show(view) {
    for (const button of bar.children) button.setAttribute("aria-pressed", String(button.dataset.view === view));
    site.viewed(view);
    if (view === "table") return pane.replaceChildren(first);
    const used = rows.flatMap((row) => columns.map((column) => row[column])).filter((term) => term?.type === "uri");
    const [{ graphView, timelineView }, names] = await Promise.all([site.pictures(), site.names(used.map(({ value }) => value))]);
    const draw = view === "graph" ? graphView : timelineView;
    const nameOf = (term) => (term.type === "uri" ? names.get(term.value) || shorten(term.value, site.prefixes) : textOf(term));
    const address = (term) => (term.type === "uri" ? addressOf(term.value, site.base, site.root) : "");
    pane.replaceChildren(draw(columns, rows, { nameOf, addressOf: address, isClaim }));
  }
}

/** Buttons that give the answer as files; `get(type)` asks for it again, for nothing if that fails. */
export function downloads(kind, get) {
  const line = made("p", { class: "formats" });
  line.append(made("span", {}, "Download: "));
  for (const [name, type, suffix] of FILES[kind]) {
    const button = made("button", { type: "button", class: "plain" }, name);
    button.addEventListener("click", async () => {
      const content = await get(type);
      if (content !== undefined) save(content, type, `answer.${suffix}`);
    });
    line.append(button, " ");
  }
  return line;
}

function table(columns, every, site) {
  const place = made("div");
  const scroll = made("div", { class: "scroll", role: "region", "aria-label": "Rows", tabindex: "0" });
  const grid = made("table");
  const head = grid.createTHead().insertRow();
  const body = grid.createTBody();
  const pager = made("p", { class: "row pager" });
  const count = made("span", { role: "status" });
  let rows = every;
  let first = 0;
  let order = { column: "", isDown: true };

  for (const column of columns) {
    const cell = made("th", { scope: "col", "aria-sort": "none" });
    const button = made("button", { type: "button", class: "plain" }, column);
    button.addEventListener("click", () => {
      order = { column, isDown: order.column === column && !order.isDown };
      rows = sorted(every, column, order.isDown);
      for (const each of head.cells) each.setAttribute("aria-sort", "none");
      cell.setAttribute("aria-sort", order.isDown ? "descending" : "ascending");
      show(0);
    });
    cell.append(button);
    head.append(cell);
  }
  const step = (name, by) => {
    const button = made("button", { type: "button", class: "plain" }, name);
    button.addEventListener("click", () => show(first + by));
    return button;
  };
  const back = step("Previous rows", -PAGE);
  const on = step("Next rows", PAGE);
  pager.append(back, count, on);
  scroll.append(grid);
  place.append(scroll);
  if (every.length > PAGE) place.append(pager);
  show(0);
  return place;

  function show(start) {
    first = start;
    const some = rows.slice(first, first + PAGE);
    body.replaceChildren(...some.map((row) => line(row)));
    nameCells(body, site.names);
    count.textContent = `${(first + 1).toLocaleString("en")} to ${(first + some.length).toLocaleString("en")} of ${rows.length.toLocaleString("en")}`;
    back.disabled = first === 0;
    on.disabled = first + PAGE >= rows.length;
  }

  function line(row) {
    const found = made("tr");
    for (const column of columns) {
      const cell = made("td", isNumber(row[column]) ? { class: "number" } : {});
      cell.append(...parts(row[column], site));
      found.append(cell);
    }
    return found;
  }
}

function parts(term, { prefixes, base, root }) {
  if (!term) return [];
  if (term.type === "uri") {
    const address = addressOf(term.value, base, root);
    const words = shorten(term.value, prefixes);
    return [made(address ? "a" : "span", { ...(address && { href: address }), title: term.value, "data-iri": term.value }, words)];
  }
  const text = textOf(term);
  const isLong = text.length > LONGEST;
  const found = [bdi(isLong ? `${text.slice(0, LONGEST)}…` : text)];
  if (term["xml:lang"]) found.push(" ", made("span", { class: "quiet" }, term["xml:lang"]));
  if (isLong) found.push(" ", made("span", { class: "quiet" }, `(${text.length.toLocaleString("en")} letters, of which downloads have all)`));
  return found;
}

/** Put names in place of the IRIs in cells, which stay in their titles. */
async function nameCells(body, names) {
  const cells = Array.from(body.querySelectorAll("[data-iri]"));
  const found = await names(cells.map((cell) => cell.dataset.iri));
  for (const cell of cells) {
    const name = found.get(cell.dataset.iri);
    if (name) cell.replaceChildren(bdi(name));
  }
}

/** What came, filled in when somebody opens it. */
function source(body, label) {
  const details = made("details");
  details.append(made("summary", {}, label));
  details.addEventListener("toggle", () => details.children.length > 1 || details.append(raw(body, label)), { once: true });
  return details;
}

function raw(body, label) {
  const scroll = made("div", { class: "scroll", role: "region", "aria-label": label, tabindex: "0" });
  const text = made("pre");
  text.append(made("code", {}, body.slice(0, RAW)));
  scroll.append(text);
  if (body.length <= RAW) return scroll;
  const place = made("div");
  place.append(scroll, made("p", { class: "note" }, `The first ${RAW.toLocaleString("en")} of ${body.length.toLocaleString("en")} letters; downloads have all.`));
  return place;
}
