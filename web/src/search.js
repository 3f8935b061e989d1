// Searching things by name, and claims and questions by words: the server is asked, or an index that
// was built beforehand.

import { addressBelow } from "./addresses.js";
import { fold, words } from "./fold.js";
import { bare, distance, hasWords, mayHaveTypo } from "./names.js";
import { compared } from "./order.js";

const LONGEST = 1000; // characters of a search
const DEEPEST = 12; // letters of the longest prefix
const NO_TEXTS = { claims: [], claimsMore: 0, questions: [], questionsMore: 0 };
const NOTHING = { things: [], more: 0, ...NO_TEXTS, unsearched: 0 };
const TOO_LONG = { ...NOTHING, isTooLong: true };
/** What is said in the place of results for a text that is too long. */
export const tooLong = `A search has at most ${LONGEST.toLocaleString("en")} characters.`;
const byCode = (a, b) => (a < b ? -1 : Number(a > b));

/**
 * What finds things: `find(text, signal, {isBrief})` gives `{things, more, claims, claimsMore, questions,
 * questionsMore, unsearched}`, each thing as `{name, kind, path, other, line}`, claims and questions as
 * `{text, path}`. `more` is how many there are beside these; -1 when nobody knows. `unsearched` counts
 * claims that are too many to be searched. A text that `isTooLong` is not searched for. Where it `isBrief`,
 * only things need be found.
 */
export async function openSearch(root, get) {
  const index = await get(`${root}/search/index.json`);
  return index.mode === "static"
    ? prebuilt(index, (file, signal) => get(`${root}/search/${file}`, signal))
    : live(root, get);
}

function live(root, get) {
  return {
    isStatic: false,
    delay: 120,
    async find(text, signal) {
      const asked = text.trim();
      if (!asked) return NOTHING;
      if (asked.length > LONGEST) return TOO_LONG;
      const found = await get(`${root}/suggest?q=${encodeURIComponent(asked)}`, signal);
      for (const some of ["things", "claims", "questions"]) found[some] = found[some].filter(isSafe);
      return found;
    },
  };
}

/** The search in an index of files, of which `read(file, signal)` gives the content. */
export function prebuilt({ prefixes, passages = [], base = "", schemes = {}, unsearched = 0 }, read) {
  const [names, texts] = [shelf("words", prefixes, read), shelf("texts", passages, read)];

  async function findThings(text, typed, path, identifier, signal) {
    const files = await names.filesOf(typed, signal);
    if (typed.length > 1 && files.length && files.every(({ more }) => more)) {
      // names that begin so, in files that are whole
      files.push(...(await names.filesOf([typed.join(""), [...typed].reverse().join("")], signal)).map((file) => ({ ...file, more: -1 })));
    }
    const fits = (entry) => isMeant(entry, text, path, identifier) || isNamed(entry, text);
    const exact = chosen(files, typed, text, fits, path);
    if (exact.things.length || exact.more) return exact;
    const halves = typed.filter(mayHaveTypo).map((word) => start(word, length(word) >> 1));
    return chosen([...files, ...(await names.filesOf(halves, signal))], [], text, isNamedWithTypo);
  }

  async function findTexts(text, typed, path, signal) {
    const begins = words(bare(text)).map((word) => ` ${word}`);
    const fits = ([words, , own]) => own === path || begins.every((word) => keyOf(words).includes(word));
    const { things, more } = chosen(await texts.filesOf(typed, signal), typed, text, fits, path);
    const of = (wanted) => things.filter(({ kind }) => kind === wanted).map(({ name, path }) => ({ text: name, path }));
    return { claims: of("claim"), claimsMore: more, questions: of("question"), questionsMore: 0 };
  }

  return {
    isStatic: true,
    delay: 0,
    async find(text, signal, { isBrief = false } = {}) {
      if (text.trim().length > LONGEST) return TOO_LONG;
      const path = pathOf(text.trim(), base);
      const identifier = identifierOf(text, schemes);
      const typed = words(bare(path ? decodeURIComponent(path.split("/").at(-1)) : (identifier?.value ?? text)));
      if (!typed.length) return NOTHING;
      const [found, others] = await Promise.all([
        findThings(text, typed, path, identifier, signal),
        isBrief ? NO_TEXTS : findTexts(text, typed, path, signal),
      ]);
      return { ...found, ...others, unsearched };
    },
  };
}

/** The files of an index whose names begin with `stem`, of which `read(file, signal)` gives the content. */
function shelf(stem, prefixes, read) {
  const known = new Set(prefixes);
  const inner = new Set(prefixes.filter(Boolean).map((prefix) => start(prefix, -1)));
  const kept = new Map();

  async function shard(prefix, signal) {
    const file = kept.get(prefix) ?? (await read(fileOf(stem, prefix), signal));
    kept.set(prefix, file);
    return file;
  }

  /** The files of some words that have names with a word that begins so, with these words. */
  async function filesOf(typed, signal) {
    const places = typed.map((word) => [word, locate(known, inner, word)]);
    const files = places
      .filter(([, place]) => place !== null)
      .map(async ([word, place]) => ({ word, place, ...(await shard(place, signal)) }));
    const isCut = ({ word, place, more }) => more && place !== word && length(place) < DEEPEST;
    return (await Promise.all(files)).filter((file) => !isCut(file)); // it would have a longer one
  }

  return { filesOf };
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

/** The name of the file for a prefix; `stem` is how it begins. */
export function fileOf(stem, prefix) {
  if (!prefix) return `${stem}.json`;
  if (/^[0-9a-z]+$/.test(prefix)) return `${stem}-${prefix}.json`;
  const bytes = Array.from(new TextEncoder().encode(prefix));
  return `${stem}~${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")}.json`;
}

/**
 * What `test` says of the entries of the smallest file that is whole; of all of them when each was
 * cut, or when a word may have a typo: then `typed`, the words that files are of, is empty.
 */
function chosen(files, typed, text, test, path = "") {
  const whole = files.filter((file) => !file.more && typed.length);
  const smallest = whole.sort((a, b) => a.entries.length - b.entries.length)[0];
  const entries = smallest?.entries ?? files.flatMap((file) => file.entries);
  const isCounted = typed.length === 1 && files[0]?.place === typed[0];
  const more = smallest || !typed.length || !files.length ? 0 : isCounted ? files[0].more : -1;
  return { things: ranked(entries.filter((entry) => test(entry, text)), text, path), more };
}

/** The path of the page about a thing, if a text is its IRI or CURIE, and "" for all else. */
function pathOf(text, base) {
  const iri = text.replace(/^(id|claim|source):(?!\/\/)/, `${base}$1/`);
  return base && iri.startsWith(base) ? addressBelow(iri.slice(base.length), "") : "";
}

/** The scheme and value that a text such as `wikidata:Q5` has, or undefined. */
function identifierOf(text, schemes) {
  const [, name, value] = /^([^:]*):(.+)$/s.exec(text.trim()) ?? [];
  const scheme = name && schemes[fold(name).replace(/[^\p{L}\p{N}]/gu, "")];
  return scheme && value.trim() ? { scheme, value: value.trim() } : undefined;
}

/** Whether a text is the IRI or CURIE, the identifier, the number or the address of a thing. */
function isMeant([, , path, other, , scheme], text, asked, identifier) {
  const is = (value) => other.toLowerCase() === value.trim().toLowerCase();
  return path === asked || Boolean(scheme && (is(text) || (identifier?.scheme === scheme && is(identifier.value))));
}

/** The words of a text, each with a space before it. */
function keyOf(text) {
  return ` ${[...words(fold(text)), ...words(bare(text))].join(" ")}`;
}

function isNamed([name, , , other, , isIdentifier], text) {
  return !isIdentifier && hasWords(other || name, text);
}

function isNamedWithTypo([name, , , other, , isIdentifier], text) {
  return !isIdentifier && hasWords(other || name, text, { isLenient: true });
}

/** Each thing once, the best first: sources come last, and then it matters how far the name is. */
function ranked(entries, text, asked) {
  const things = new Map();
  for (const [name, kind, path, other, line, isIdentifier] of entries) {
    const isSource = Number(path.startsWith("/page/source/"));
    const far = [isSource, ...(isIdentifier || path === asked ? [0] : distance(text, other || name))];
    const known = things.get(path);
    things.set(path, {
      thing: known && other ? known.thing : { name, kind, path, other: isIdentifier ? "" : other, line },
      far: known && compared(known.far, far) < 0 ? known.far : far,
    });
  }
  return [...things.values()]
    .filter(({ thing }) => isSafe(thing))
    .sort((a, b) => compared(a.far, b.far) || byCode(a.thing.name, b.thing.name) || byCode(a.thing.path, b.thing.path))
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

/** How much there is, in words; of the things some are `shown`. */
export function counted(shown, { things, more, claims, claimsMore, questions, questionsMore, isTooLong = false }) {
  if (isTooLong) return tooLong;
  if (more < 0) return `${shown} shown. There are more: type more of the name.`;
  const count = things.length + more;
  const texts = [[claims.length + Math.max(0, claimsMore), "claim"], [questions.length + questionsMore, "question"]];
  const others = texts.filter(([number]) => number).map(([number, noun]) => plural(number, noun));
  if (!count && !others.length) return "Nothing is named so.";
  if (count > shown) return `${[plural(count, "thing"), ...others].join(", ")}; ${plural(shown, "thing")} shown.`;
  return `${[...(count ? [plural(count, "thing")] : []), ...others].join(", ")}.`;
}

/** A number with the word for so many. */
export function plural(number, one) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : `${one}s`}`;
}
