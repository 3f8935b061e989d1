// What scripts of pages share where they fill in what a server would have filled.

import { alert, read } from "./elements.js";
import { openSearch } from "./search.js";

export const root = document.querySelector("form[data-root]")?.dataset.root ?? "";
export const asked = new URLSearchParams(location.search);
let opened;

/** What finds things; opened when it is first needed. */
export function search() {
  opened ??= openSearch(root, read).catch((error) => {
    opened = undefined;
    throw error;
  });
  return opened;
}

/** Fill a part of the page that a server would have filled. */
export async function fill(place, show) {
  try {
    const source = await search();
    if (source.isStatic) await show(source);
  } catch (error) {
    console.error(error);
    place.prepend(alert("This cannot be read just now."));
  }
}

/** Show what was asked for in the fields of the page, as a server does. */
export function repeat(...names) {
  for (const field of document.querySelectorAll("main input, main select")) {
    if (names.includes(field.name)) field.value = asked.get(field.name) ?? "";
  }
}
