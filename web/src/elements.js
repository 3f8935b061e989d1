// What scripts put into pages, and the files that they read and give.

import { isSafe } from "./search.js";

/** An element with attributes and a text. */
export function made(tag, attributes = {}, text = "") {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  return element;
}

/** An element of an image, with attributes and what is in it. */
export function drawn(tag, attributes = {}, ...parts) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...parts);
  return element;
}

/** A text from the graph, whose direction is its own. */
export function bdi(text) {
  return made("bdi", {}, text);
}

/** A link with a text or an element in it. */
export function link(href, content, attributes = {}) {
  const element = made("a", { ...attributes, href });
  element.append(content);
  return element;
}

/** A name as a link to a page, if there is one on this host. */
export function linked(one, root, name, attributes) {
  return isSafe(one) ? link(root + one.path, bdi(name), attributes) : bdi(name);
}

/** Give the page another title, as its heading and before the name of the graph. */
export function entitle(title) {
  document.title = title + (/ \u2013 [^\u2013]*$/.exec(document.title)?.[0] ?? "");
  document.querySelector("h1").textContent = title;
}

/** A line that says what is wrong, which is read out at once. */
export function alert(...parts) {
  const note = made("p", { class: "note bad", role: "alert" });
  note.append(...parts);
  return note;
}

/** A file of the site that is JSON. */
export async function read(address, signal) {
  const response = await fetch(address, { signal });
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response.json();
}

/** Give a text to the reader as a file. */
export function save(content, type, name) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  made("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
