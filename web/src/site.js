// What the pages can do beyond HTML: suggest names while one types, and on a static site find
// names and connections, where no server does. Every page works without this.

import { combobox } from "./combobox.js";
import { showCopyButtons } from "./copying.js";
import { alert, read } from "./elements.js";
import { showPaths } from "./finder.js";
import { fold } from "./fold.js";
import { showNames } from "./languages.js";
import { showResults } from "./results.js";
import { openSearch } from "./search.js";
import { showTimeline } from "./timeline.js";

const root = document.querySelector("form[data-root]")?.dataset.root ?? "";
const asked = new URLSearchParams(location.search);
let opened;

/** What finds things; opened when it is first needed. */
function search() {
  opened ??= openSearch(root, read).catch((error) => {
    opened = undefined;
    throw error;
  });
  return opened;
}

/** Fill a part of the page that a server would have filled. */
async function fill(place, show) {
  try {
    const source = await search();
    if (source.isStatic) await show(source);
  } catch (error) {
    console.error(error);
    place.prepend(alert("This cannot be read just now."));
  }
}

for (const input of document.querySelectorAll('form[role="search"] input[name="q"]')) {
  input.setAttribute("aria-keyshortcuts", "/");
  combobox(input, search, { root });
}
addEventListener("keydown", (event) => {
  const isTyping = event.composedPath()[0].matches?.("input, textarea, select, [contenteditable=true]");
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping) return;
  const fields = Array.from(document.querySelectorAll('form[role="search"] input[name="q"]'));
  const field = fields.reverse().find((each) => each.offsetParent); // that of the page before that of the header
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
});
for (const input of document.querySelectorAll("input[data-find]")) {
  const choose = ({ name, curie }, shown) => {
    const isClear = shown.filter((thing) => fold(thing.name) === fold(name)).length === 1;
    input.value = isClear ? name : (curie ?? name);
  };
  combobox(input, search, { choose });
}

showCopyButtons(document);

/** Show what was asked for in the fields of the page, as a server does. */
function repeat(...names) {
  for (const field of document.querySelectorAll("main input, main select")) {
    if (names.includes(field.name)) field.value = asked.get(field.name) ?? "";
  }
}

const only = document.getElementById(`only-${asked.get("only")}`);
if (only && !location.hash) location.replace(`#${only.id}`); // of the rows of a page

const results = document.querySelector("[data-results]");
if (results && asked.get("q")?.trim()) {
  fill(results, (source) => {
    repeat("q");
    return showResults(results, asked.get("q"), source, root);
  });
}

document.querySelector('main form[action$="/paths"]')?.addEventListener("formdata", ({ formData }) => {
  for (const [name, value] of [...formData]) if (!value) formData.delete(name); // fields left empty
});
const answer = document.querySelector("[data-found]");
if (answer && (asked.has("from") || asked.has("to"))) {
  fill(answer, async () => {
    const { connections } = document.querySelector('form[action$="/paths"]').dataset;
    repeat("from", "to", "via", "as-of");
    const isMore = Boolean(asked.get("via") || asked.get("as-of"));
    document.querySelector("details.more")?.toggleAttribute("open", isMore);
    if (connections) return showPaths(answer, await read(connections), asked, root);
    const words = "No server is here that could look for this, and the graph is too large for a page.";
    return answer.replaceChildren(alert(words));
  });
}

const timeline = document.querySelector("[data-timeline]");
if (timeline) {
  fill(timeline, (source) => {
    repeat("thing", "since", "until");
    return showTimeline(timeline, asked, source, root);
  });
}

const language = asked.get("lang")?.toLowerCase();
const offered = [...document.querySelectorAll("footer a[hreflang]")].map((link) => link.hreflang);
if (offered.includes(language)) {
  fill(document.querySelector("main"), async () =>
    showNames(document, await read(`${root}/languages/${language}.json`), language, root),
  );
}
