// The queries that were run last in this browser: kept here, and sent nowhere.

import { made } from "./elements.js";

const KEY = "allgraph-queries";
const MOST = 20;

/** A list of the queries run last in `place`; `choose(query)` is called with one of them. */
export function recent(place, choose) {
  const details = made("details");
  const list = made("ol");
  const clear = made("button", { type: "button", class: "plain" }, "Clear the list");
  details.append(made("summary", {}, "Last queries"), list, made("p", { class: "quiet" }, "They are kept in this browser, and sent nowhere. "));
  details.lastChild.append(clear);
  place.append(details);
  clear.addEventListener("click", () => {
    keep([]);
    show();
    details.previousElementSibling?.querySelector("button")?.focus();
  });
  show();

  function show() {
    const queries = kept();
    details.hidden = !queries.length;
    list.replaceChildren(...queries.map(itemOf));
  }

  function itemOf(query) {
    const item = made("li");
    const button = made("button", { type: "button", class: "plain", title: query }, titleOf(query));
    button.addEventListener("click", () => choose(query));
    item.append(button);
    return item;
  }

  return {
    /** Put a query first in the list. */
    add(query) {
      keep([query, ...kept().filter((other) => other !== query)].slice(0, MOST));
      show();
    },
  };
}

/** A query in one line: its first comment, or its beginning. */
export function titleOf(query) {
  const comment = /^#\s*(.+)/.exec(query.trim())?.[1];
  const words = comment ?? query.replace(/^[ \t]*PREFIX\s.*$/gim, "").replace(/\s+/g, " ").trim();
  return words.length > 90 ? `${words.slice(0, 90)}…` : words;
}

function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found.filter((each) => typeof each === "string") : [];
  } catch {
    return []; // no storage here
  }
}

function keep(queries) {
  try {
    localStorage.setItem(KEY, JSON.stringify(queries));
  } catch {} // no storage here, or it is full
}
