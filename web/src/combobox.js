// A field that suggests things while one types: a combobox with a list of options, as ARIA has it.

import { bdi, made } from "./elements.js";
import { counted } from "./search.js";

const SHOWN = 10;
const TEXTS = 3; // claims, and questions
let fields = 0;

/**
 * Let a field suggest things. `search()` gives what finds them. With `root` the options are links to
 * their pages, and claims and questions are among them; else `choose(thing, things)` is called with
 * the thing that is chosen, and all that were shown.
 */
export function combobox(input, search, { root, choose }) {
  const id = `suggestions-${++fields}`;
  const list = made("div", { id, class: "offers", role: "listbox", "aria-label": "Suggestions" });
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

  let options = [];
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
    options.forEach((option, number) => option.setAttribute("aria-selected", String(number === place)));
    const option = options[place];
    if (!option) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function show(found) {
    const things = found.things.slice(0, SHOWN);
    const groups = [[things, labelled, (thing) => choose?.(thing, things)]];
    if (root !== undefined) {
      const inWords = ({ text }) => [bdi(text)];
      groups[0][0] = things.filter((thing) => !isSource(thing));
      groups.push([things.filter(isSource), labelled, undefined, "Sources"]);
      groups.push([found.claims.slice(0, TEXTS), inWords, undefined, "Claims"]);
      groups.push([found.questions.slice(0, TEXTS), inWords, undefined, "Questions"]);
    }
    list.replaceChildren(...groups.filter(([some]) => some.length).map((group) => groupOf(...group)));
    options = Array.from(list.querySelectorAll("[role=option]"));
    options.forEach((option, number) => (option.id = `${id}-${number}`));
    list.hidden = !options.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    mark(-1);
    status.textContent = counted(things.length, found);
  }

  /** Options, below a heading if there is one. */
  function groupOf(some, inWords, take, heading = "") {
    const group = made("div", heading ? { role: "group", "aria-label": heading } : { role: "presentation" });
    if (heading) group.append(made("p", { class: "quiet", "aria-hidden": "true" }, heading));
    for (const one of some) {
      const place = take && root === undefined ? {} : { href: root + one.path, tabindex: "-1" };
      const option = made(place.href ? "a" : "div", { ...place, role: "option", "aria-selected": "false" });
      option.append(...inWords(one));
      if (!place.href) option.addEventListener("click", () => (close(), take(one)));
      group.append(option);
    }
    return group;
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
      const found = await source.find(input.value, signal, { isBrief: root === undefined });
      if (!signal.aborted) show(found);
    } catch (error) {
      if (signal.aborted) return;
      console.error(error);
      close();
      status.textContent = "No suggestions can be had just now.";
    }
  }

  /** Open what is marked as a click would; with Ctrl or the command key in another tab. */
  function take({ ctrlKey, metaKey, shiftKey }) {
    options[active].dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, ctrlKey, metaKey, shiftKey }));
  }

  const step = (by) => ((active + by + options.length + 2) % (options.length + 1)) - 1;
  const keys = {
    ArrowDown: () => (list.hidden ? suggest() : mark(step(1))),
    ArrowUp: () => (list.hidden ? suggest() : mark(step(-1))),
    Enter: (event) => (list.hidden || active < 0 ? false : take(event)),
    Escape: () => (list.hidden ? false : close()),
  };

  input.addEventListener("input", suggest);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    const act = event.isComposing ? undefined : keys[event.key];
    if (act && act(event) !== false) event.preventDefault();
  });
  list.addEventListener("mousedown", (event) => event.button || event.preventDefault()); // the field keeps focus
}

/** Whether a thing is a source, by the path of its page. */
export function isSource({ path }) {
  return path.startsWith("/page/source/");
}

/** A thing in words: name, the other name it was found by, kind, and what tells it from namesakes. */
export function labelled({ name, other, kind, line }) {
  const parts = [bdi(name)];
  if (other) parts.push(" (", bdi(other), ")");
  if (kind) parts.push(" ", made("span", { class: "quiet" }, kind));
  if (line) parts.push(" ", lineOf(line));
  return parts;
}

/** What tells a thing from its namesakes, in brackets. */
function lineOf(line) {
  const place = made("span", { class: "quiet" }, "(");
  place.append(bdi(line), ")");
  return place;
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
