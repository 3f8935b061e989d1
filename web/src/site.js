// What the pages can do beyond HTML: suggest names while one types, and on a static site find
// names and connections, where no server does. Every page works without this.

import { combobox } from "./combobox.js";
import { fold } from "./fold.js";
import { showResults } from "./results.js";
import { openSearch } from "./search.js";

async function get(address, signal) {
  const response = await fetch(address, { signal });
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response.json();
}

/** A function that opens the search when it is first called. */
function searchOf(root) {
  let opened;
  return () => {
    opened ??= openSearch(root, get).catch((error) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
}

const root = document.querySelector("form[data-root]")?.dataset.root ?? "";
const search = searchOf(root);

for (const input of document.querySelectorAll('form[role="search"] input[name="q"]')) {
  combobox(input, search, ({ path }) => location.assign(root + path));
}
for (const input of document.querySelectorAll("input[data-find]")) {
  combobox(input, search, ({ name, curie }, shown) => {
    const isClear = shown.filter((thing) => fold(thing.name) === fold(name)).length === 1;
    input.value = isClear ? name : (curie ?? name);
  });
}

const results = document.querySelector("[data-results]");
const asked = new URLSearchParams(location.search).get("q");
if (results && asked) {
  search()
    .then((source) => {
      if (!source.isStatic) return undefined;
      for (const input of document.querySelectorAll('main input[name="q"]')) input.value = asked;
      return showResults(results, asked, source, root);
    })
    .catch(() => results.prepend("The index of names cannot be read just now."));
}
