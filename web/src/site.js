// What all pages can do beyond HTML: suggest names while one types, and on a static site find
// names, where no server does. Every page works without this.

import { combobox } from "./combobox.js";
import { showCopyButtons } from "./copying.js";
import { read } from "./elements.js";
import { asked, fill, repeat, root, search } from "./filling.js";
import { fold } from "./fold.js";
import { readNames, showNames } from "./languages.js";
import { showResults } from "./results.js";

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

const only = document.getElementById(`only-${asked.get("only")}`);
if (only && !location.hash) location.replace(`#${only.id}`); // of the rows of a page

const results = document.querySelector("[data-results]");
if (results && asked.get("q")?.trim()) {
  fill(results, (source) => {
    repeat("q");
    return showResults(results, asked.get("q"), source, root);
  });
}

const language = asked.get("lang")?.toLowerCase();
const offered = [...document.querySelectorAll("footer a[hreflang]")].map((link) => link.hreflang);
if (offered.includes(language)) {
  fill(document.querySelector("main"), async () =>
    showNames(document, await readNames(document, language, root, read), language, root),
  );
}
