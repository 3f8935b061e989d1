// A field that suggests things while one types: a combobox with a list of options, as ARIA has it.

import { counted } from "./search.js";

const SHOWN = 10;
let fields = 0;

/**
 * Let a field suggest things. `search()` gives what finds them; `choose(thing, things)` is
 * called with the one that is chosen, and all that were shown.
 */
export function combobox(input, search, choose) {
  const id = `suggestions-${++fields}`;
  const list = made("ul", { id, class: "offers", role: "listbox", "aria-label": "Suggestions" });
  const status = made("div", { class: "hidden", role: "status" });
  const box = made("span", { class: "combobox" });
  list.hidden = true;
  const hadFocus = input === document.activeElement;
  input.replaceWith(box);
  box.append(input, list, status);
  if (hadFocus) input.focus();
  for (const [name, value] of Object.entries({
    role: "combobox",
    autocomplete: "off",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": id,
  })) {
    input.setAttribute(name, value);
  }

  let things = [];
  let active = -1;
  let current = new AbortController();

  function close() {
    current.abort();
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    mark(-1);
  }

  function mark(place) {
    active = place;
    Array.from(list.children).forEach((option, number) => {
      option.setAttribute("aria-selected", String(number === place));
    });
    const option = list.children[place];
    if (!option) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function show(found) {
    things = found.things.slice(0, SHOWN);
    list.replaceChildren(...things.map((thing, number) => optionOf(thing, `${id}-${number}`)));
    list.hidden = !things.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    mark(-1);
    status.textContent = counted(things.length, found);
  }

  async function suggest() {
    current.abort();
    const { signal } = (current = new AbortController());
    if (!input.value.trim()) {
      status.textContent = "";
      return close();
    }
    try {
      const source = await search();
      await pause(source.delay, signal);
      const found = await source.find(input.value, signal);
      if (!signal.aborted) show(found);
    } catch (error) {
      if (signal.aborted) return;
      console.error(error);
      close();
      status.textContent = "No suggestions can be had just now.";
    }
  }

  function take(place) {
    close();
    choose(things[place], things);
  }

  const step = (by) => ((active + by + things.length + 2) % (things.length + 1)) - 1;
  const keys = {
    ArrowDown: () => (list.hidden ? suggest() : mark(step(1))),
    ArrowUp: () => (list.hidden ? suggest() : mark(step(-1))),
    Enter: () => (list.hidden || active < 0 ? false : take(active)),
    Escape: () => (list.hidden ? false : close()),
  };

  input.addEventListener("input", suggest);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    const act = event.isComposing ? undefined : keys[event.key];
    if (act && act() !== false) event.preventDefault();
  });
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps focus
  list.addEventListener("click", (event) => {
    const place = Array.from(list.children).indexOf(event.target.closest("[role=option]"));
    if (place >= 0) take(place);
  });
}

function optionOf(thing, id) {
  const option = made("li", { id, role: "option", "aria-selected": "false" });
  option.append(...labelled(thing));
  return option;
}

/** A thing in words: name, the other name it was found by, kind, and what tells it from namesakes. */
export function labelled({ name, other, kind, line }) {
  const parts = [made("bdi", {}, name)];
  if (other) parts.push(" (", made("bdi", {}, other), ")");
  if (kind) parts.push(" ", made("span", { class: "quiet" }, kind));
  if (line) parts.push(" ", made("bdi", { class: "quiet" }, `(${line})`));
  return parts;
}

/** An element with attributes and a text. */
export function made(tag, attributes = {}, text = "") {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  return element;
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
