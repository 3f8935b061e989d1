// Searching things by name: the server is asked, or an index that was built beforehand.

import { fold, words } from "./fold.js";

const LONGEST = 1000; // letters that a server looks for
const DEEPEST = 12; // letters of the longest prefix
const NOTHING = { things: [], more: 0 };
const byCode = (a, b) => (a < b ? -1 : Number(a > b));

/**
 * What finds things: `find(text, signal)` gives `{things, more}`, each thing as
 * `{name, kind, path, other}`. `more` is how many there are beside these; -1 when nobody knows.
 */
export async function openSearch(root, get) {
  const index = await get(`${root}/search/index.json`);
  return index.mode === "static"
    ? prebuilt(index.prefixes, (file, signal) => get(`${root}/search/${file}`, signal))
    : live(root, get);
}

function live(root, get) {
  return {
    isStatic: false,
    delay: 120,
    async find(text, signal) {
      const asked = text.trim();
      if (!asked || asked.length > LONGEST) return NOTHING;
      const found = await get(`${root}/find?q=${encodeURIComponent(asked)}&format=json`, signal);
      return { things: found.filter(isSafe), more: 0 };
    },
  };
}

/** The search in an index of files, of which `read(file, signal)` gives the content. */
export function prebuilt(prefixes, read) {
  const known = new Set(prefixes);
  const inner = new Set(prefixes.filter(Boolean).map((prefix) => start(prefix, -1)));
  const kept = new Map();

  async function shard(prefix, signal) {
    const file = kept.get(prefix) ?? (await read(fileOf(prefix), signal));
    kept.set(prefix, file);
    return file;
  }

  return {
    isStatic: true,
    delay: 0,
    async find(text, signal) {
      const folded = fold(text.trim().replace(/\s+/g, " "));
      const typed = words(folded);
      const places = typed.map((word) => locate(known, inner, word));
      if (!typed.length || places.includes(null)) return NOTHING;
      const files = await Promise.all(
        places.map(async (place) => [place, await shard(place, signal)]),
      );
      const isCut = files.some(
        ([place, { more }], number) => more && place !== typed[number] && length(place) < DEEPEST,
      );
      return isCut ? NOTHING : chosen(files, typed, folded); // it has the whole word, and no longer
    },
  };
}

/** The prefix whose file has all names with a word that begins so; null if there is no such name. */
export function locate(known, inner, word) {
  const letters = Array.from(word);
  for (let length = letters.length; length >= 0; length--) {
    const prefix = letters.slice(0, length).join("");
    if (known.has(prefix)) return length < letters.length && inner.has(prefix) ? null : prefix;
  }
  return null;
}

/** The name of the file for a prefix. */
export function fileOf(prefix) {
  if (!prefix) return "words.json";
  if (/^[0-9a-z]+$/.test(prefix)) return `words-${prefix}.json`;
  const bytes = Array.from(new TextEncoder().encode(prefix));
  return `words~${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")}.json`;
}

/** What fits, from the smallest file that is whole; or from all of them, when each was cut. */
function chosen(files, typed, folded) {
  const whole = files.map(([, file]) => file).filter((file) => !file.more);
  const smallest = whole.sort((a, b) => a.entries.length - b.entries.length)[0];
  const entries = smallest?.entries ?? files.flatMap(([, file]) => file.entries);
  const [prefix, first] = files[0];
  const isCounted = typed.length === 1 && prefix === typed[0];
  const more = smallest ? 0 : isCounted ? first.more : -1;
  return { things: ranked(entries.filter((entry) => fits(entry, typed)), folded), more };
}

function fits([name, , , other], typed) {
  const own = words(fold(other ?? name));
  return typed.every((word) => own.some((each) => each.startsWith(word)));
}

/** Each thing once: first the one whose name it is, then names that begin so, by the alphabet. */
function ranked(entries, folded) {
  const things = new Map();
  for (const [name, kind, path, other] of entries) {
    if (!things.has(path) || other === undefined) things.set(path, { name, kind, path, other });
  }
  const far = ({ name }) => {
    const own = fold(name);
    return own === folded ? 0 : own.startsWith(folded) ? 1 : 2;
  };
  return [...things.values()]
    .filter(isSafe)
    .map((thing) => ({ thing, far: far(thing) }))
    .sort((a, b) => a.far - b.far || byCode(a.thing.name, b.thing.name) || byCode(a.thing.path, b.thing.path))
    .map(({ thing }) => thing);
}

/** Whether a path stays on this host. */
export function isSafe({ path }) {
  return /^\/(?![/\\])/.test(path);
}

function start(text, end) {
  return Array.from(text).slice(0, end).join("");
}

function length(text) {
  return Array.from(text).length;
}

/** How many things there are, in words. */
export function counted(shown, { things, more }) {
  if (more < 0) return `${shown} shown. There are more: type more of the name.`;
  const count = things.length + more;
  if (!count) return "Nothing is named so.";
  return count > shown ? `${plural(count, "thing")}, ${shown} shown.` : `${plural(count, "thing")}.`;
}

/** A number with the word for so many. */
export function plural(number, one) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : `${one}s`}`;
}
