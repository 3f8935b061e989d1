// The citation on a page, filled in anew for what a script shows there: as `allgraph.evidence.citations` has it.

import { clean } from "./svg.js";

const LATEX = { "\\": "textbackslash{}", "{": "textbraceleft{}", "}": "textbraceright{}", "~": "textasciitilde{}", "^": "textasciicircum{}" };

/**
 * The forms of a citation (`text`, `bibtex`, `ris`, `csl-json`) with another title, and with the `pairs` of names
 * and texts in its address; undefined where they have no address, or no digest can be made, as without https.
 */
export async function recited(forms, title, pairs) {
  const [old] = JSON.parse(forms["csl-json"]);
  if (!old.URL || !globalThis.crypto?.subtle) return undefined;
  const query = pairs.map((pair) => pair.map(plus).join("=")).join("&");
  const url = old.URL.split("?")[0] + (query && `?${query}`);
  const key = await keyOf(url);
  const line = clean(title).trim();
  const changes = {
    text: [[stopped(old.title), stopped(line)], [`<${old.URL}>`, `<${url}>`]],
    bibtex: [[`{${old.id},`, `{${key},`], [`{{${latex(old.title)}}}`, `{{${latex(line)}}}`], [`{${old.URL}}`, `{${url}}`]],
    ris: [[`ID  - ${old.id}`, `ID  - ${key}`], [`TI  - ${old.title}`, `TI  - ${line}`], [`UR  - ${old.URL}`, `UR  - ${url}`]],
    "csl-json": [[old.id, key], [old.title, line], [old.URL, url]].map((pair) => pair.map((text) => JSON.stringify(text))),
  };
  return Object.fromEntries(
    Object.entries(changes).map(([name, pairs]) => [name, pairs.reduce((text, [before, after]) => text.replace(before, () => after), forms[name])]),
  );
}

/** Fill in the section of the page about citing; its links to the page as it was go. */
export async function cite(title, pairs) {
  const section = document.getElementById("cite");
  if (!section) return;
  const places = Object.fromEntries(["text", "bibtex", "ris", "csl-json"].map((name) => [name, section.querySelector(`#cite-${name} > *`)]));
  const forms = await recited(Object.fromEntries(Object.entries(places).map(([name, place]) => [name, place.textContent])), title, pairs);
  if (!forms) return section.remove();
  section.hidden = false;
  section.querySelector("h2").textContent = "Cite";
  for (const [name, place] of Object.entries(places)) place.textContent = forms[name];
  for (const other of section.querySelectorAll("#share, details:has(#share-frame)")) other.remove();
  return undefined;
}

function stopped(line) {
  return /[.!?\u2026]["\u201d'\u2019)]*$/.test(line) ? line : `${line}.`;
}

function latex(line) {
  return line.replace(/[\\{}~^#$%&_]/g, (letter) => `\\${LATEX[letter] ?? letter}`);
}

/** A text in the query of an address, as a form writes it. */
function plus(text) {
  return encodeURIComponent(text).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`).replaceAll("%20", "+");
}

async function keyOf(address) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(address)));
  const start = Array.from(digest.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const plain = address.replace(/^https?:\/\//, "").replace(/[^A-Za-z0-9:._-]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60);
  return `ref-${plain}-${start}`;
}
