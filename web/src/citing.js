// The citation of an answer in all its forms, as `allgraph.evidence.citations` has it: the site publishes
// them with marks for the title, the address and the key.

import { clean } from "./svg.js";

const MARKS = /ag:key|https:\/\/ag:address|ag:title\.?/g;
const LATEX = { "\\": "textbackslash{}", "{": "textbraceleft{}", "}": "textbraceright{}", "~": "textasciitilde{}", "^": "textasciicircum{}" };

/** The forms of the citation of a question's answer by their names; `cited` has its title and values. */
export async function formsOf({ name }, { title, pairs }, { home, citation }) {
  const query = pairs.map((pair) => pair.map(plus).join("=")).join("&");
  const address = `${home}ask/${name}${query && `?${query}`}`;
  const url = address.replace(/[^A-Za-z0-9_.~:/?#[\]@!$&'()*+,;=%-]/gu, encodeURIComponent);
  const marks = { "ag:key": await keyOf(address), "https://ag:address": url };
  const line = clean(title).trim();
  const stop = /[.!?…]["”'’)]*$/.test(line) ? "" : ".";
  const titles = {
    text: (mark) => line + (mark.endsWith(".") ? stop : ""),
    bibtex: () => line.replace(/[\\{}~^#$%&_]/g, (letter) => `\\${LATEX[letter] ?? letter}`),
    ris: () => line,
    "csl-json": () => JSON.stringify(line).slice(1, -1),
  };
  return Object.fromEntries(
    Object.entries(citation).map(([form, text]) => [form, text.replace(MARKS, (mark) => marks[mark] ?? titles[form](mark))]),
  );
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
