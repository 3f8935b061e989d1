// Searching things by name, and claims and questions by words: the server is asked, or an index that
// was built beforehand.

import { addressBelow } from "./addresses.js";
import { fold, words } from "./fold.js";
import { bare, distance, hasWords, isOneTypo, isTypoIn, mayHaveTypo, swapped } from "./names.js";
import { compared } from "./order.js";

const LONGEST = 1000; // characters of a search
const DEEPEST = 12; // letters of the longest prefix
const SPELLED = 40; // ways to spell what is typed
const WEB = /^(?:(?:https?:)?\/\/(?:www\.)?|www\.)/i;
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
export function prebuilt({ prefixes, passages = [], spelled = {}, base = "", schemes = {}, addresses = [], unsearched = 0 }, read) {
  const [names, texts] = [shelf("words", prefixes, spelled, read), shelf("texts", passages, spelled, read)];

  /** The entries of a shelf that `test` is true of; without any, those with a typo. */
  async function found(shelf, lists, typed, [test, testWithTypo], signal) {
    const exact = matching(await Promise.all(lists.map((list) => shelf.entriesOf(list, signal))), test);
    if (exact.entries.length || (exact.more && shelf.hasAll(typed))) return exact;
    const { lists: spelled, isCut } = await shelf.spelled(typed, signal);
    const near = matching(await Promise.all(spelled.map((list) => shelf.entriesOf(list, signal))), testWithTypo);
    return { ...near, more: isCut || near.more ? -1 : 0 };
  }

  async function findThings(text, typed, path, identifiers, signal) {
    const lists = [typed, ...identifiers.map(({ value }) => words(bare(value)))];
    const isExact = (entry) => isMeant(entry, text, path, identifiers) || isNamed(entry, text);
    const { entries, more } = await found(names, lists, words(bare(text)), [isExact, (entry) => isNamedWithTypo(entry, text)], signal);
    return { things: ranked(entries, text, path), more };
  }

  async function findTexts(text, typed, path, signal) {
    const begins = [...new Set(words(bare(text)))];
    const missing = (own) => begins.filter((word) => !keyOf(own).includes(` ${word}`));
    const isExact = ([own, , place]) => place === path || !missing(own).length;
    const isNear = ([own]) => missing(own).length === 1 && isTypoIn(missing(own)[0], bare(own));
    const { entries, more } = await found(texts, [typed], begins, [isExact, isNear], signal);
    const of = (wanted) => ranked(entries.filter(([, kind]) => kind === wanted), text, path).map(({ name, path }) => ({ text: name, path }));
    return { claims: of("claim"), claimsMore: more, questions: of("question"), questionsMore: 0 };
  }

  return {
    isStatic: true,
    delay: 0,
    async find(text, signal, { isBrief = false } = {}) {
      if (text.trim().length > LONGEST) return TOO_LONG;
      const path = pathOf(text.trim(), base);
      const typed = words(bare(path ? unquoted(path.split("/").at(-1)) : text));
      if (!typed.length) return NOTHING;
      const [things, others] = await Promise.all([
        findThings(text, typed, path, [...identifiersOf(text.trim(), schemes, addresses)], signal),
        isBrief ? NO_TEXTS : findTexts(text, typed, path, signal),
      ]);
      return { ...things, ...others, unsearched };
    },
  };
}

/** The entries that a test is true of, and how many more there are: -1 where several lists were cut. */
function matching(lists, test) {
  const more = lists.length === 1 ? lists[0].more : -Number(lists.some(({ more }) => more));
  return { entries: lists.flatMap(({ entries }) => entries.filter(test)), more };
}

/** The files of an index whose names begin with `stem`, of which `read(file, signal)` gives the content. */
function shelf(stem, prefixes, spelled, read) {
  const known = new Set(prefixes);
  const inner = innerOf(prefixes);
  const kept = new Map();

  async function file(name, signal) {
    const content = kept.get(name) ?? (await read(name, signal));
    kept.set(name, content);
    return content;
  }

  /** Whether each of some words may begin a word of a name. */
  const hasAll = (typed) => typed.every((word) => locate(known, inner, word) !== null);

  /** The files of some words that have names with a word that begins so, with these words. */
  async function filesOf(typed, signal) {
    const places = typed.map((word) => [word, locate(known, inner, word)]);
    const files = places
      .filter(([, place]) => place !== null)
      .map(async ([word, place]) => ({ word, place, ...(await file(fileOf(stem, place), signal)) }));
    const isCut = ({ word, place, more }) => more && place !== word && length(place) < DEEPEST;
    return (await Promise.all(files)).filter((file) => !isCut(file)); // it would have a longer one
  }

  /**
   * The entries of the smallest file that is whole, of those of some words; of all of them when each
   * was cut. `more` is how many names may be left out, -1 if nobody knows.
   */
  async function entriesOf(typed, signal) {
    const files = await filesOf(typed, signal);
    if (typed.length > 1 && files.length && files.every(({ more }) => more)) {
      // names that begin so, in files that are whole
      files.push(...(await filesOf([typed.join(""), [...typed].reverse().join("")], signal)).map((file) => ({ ...file, more: -1 })));
    }
    const whole = files.filter((file) => !file.more).sort((a, b) => a.entries.length - b.entries.length)[0];
    if (whole || !files.length) return { entries: whole?.entries ?? [], more: 0 };
    const isCounted = typed.length === 1 && files[0].place === typed[0];
    return { entries: files.flatMap(({ entries }) => entries), more: isCounted ? files[0].more : -1 };
  }

  /** The words of names that differ from a word by one typo, and if some may be left out. */
  async function near(word, signal) {
    const half = length(word) >> 1;
    const side = async (name, letters) => {
      const beginning = halfAt(new Set(spelled[`${stem}-${name}`]), start(letters, half));
      return beginning ? file(fileOf(`${stem}-${name}`, beginning), signal) : { words: [], more: 0 };
    };
    const [starts, ends] = await Promise.all([side("starts", word), side("ends", turned(word))]);
    const words = new Set([...starts.words, ...ends.words.map(turned), swapped(word, half - 1)]);
    return { words: [...words].filter((other) => isOneTypo(word, other)), isCut: starts.more + ends.more > 0 };
  }

  /** The words that may be meant, where one has a typo: lists of words of which files have names. */
  async function spelledOf(typed, signal) {
    const places = typed.map((_, place) => place).filter((place) => mayHaveTypo(typed[place]));
    if (known.size < 2 || !places.length) return { lists: places.length ? [typed] : [], isCut: false };
    const meant = await Promise.all(places.map((place) => spelledAt(typed, place, signal)));
    const fit = [typed, ...meant.flatMap(({ lists }) => lists)].filter(hasAll);
    return { lists: fit.slice(0, SPELLED), isCut: fit.length > SPELLED || meant.some(({ isCut }) => isCut) };
  }

  /** The same where it is the word at a place that has the typo; the other words alone, if few names have them. */
  async function spelledAt(typed, place, signal) {
    const others = typed.filter((_, at) => at !== place);
    if (!hasAll(others)) return { lists: [], isCut: false };
    if ((await filesOf(others, signal)).some(({ more }) => !more)) return { lists: [others], isCut: false };
    const { words, isCut } = await near(typed[place], signal);
    return { lists: words.map((word) => [...typed.slice(0, place), word, ...typed.slice(place + 1)]), isCut };
  }

  return { hasAll, entriesOf, spelled: spelledOf };
}

/** The beginnings of prefixes that are shorter by one letter. */
function innerOf(prefixes) {
  return new Set(prefixes.filter(Boolean).map((prefix) => start(prefix, -1)));
}

/** The beginning whose file has the words that a word with this half may mean; "" without one. */
export function halfAt(known, half) {
  const inner = innerOf([...known]);
  for (let size = 2; size <= length(half); size++) {
    const beginning = start(half, size);
    if (!known.has(beginning)) return "";
    if (size === length(half) || !inner.has(beginning)) return beginning;
  }
  return "";
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

/** The path of the page about a thing, if a text is its IRI or CURIE, and "" for all else. */
function pathOf(text, base) {
  const iri = text.replace(/^(id|claim|source):(?!\/\/)/, `${base}$1/`);
  return base && iri.startsWith(base) ? addressBelow(iri.slice(base.length), "") : "";
}

/** The schemes and values that a text such as `wikidata:Q5`, or an address, stands for. */
function* identifiersOf(text, schemes, addresses) {
  const [, name, value] = /^([^:]*):(.+)$/s.exec(text) ?? [];
  const scheme = name && schemes[fold(name).replace(/[^\p{L}\p{N}]/gu, "")];
  if (scheme && value.trim()) yield { scheme, value: value.trim() };
  const address = text.replace(WEB, "");
  if (address === text) return;
  const short = address.split(/[?#]/)[0];
  for (const ending of new Set([address, short, short.replace(/\/+$/, "")])) {
    for (const [template, scheme] of addresses) {
      const [before, after] = template.replace(WEB, "").split("{id}");
      const written = ending.slice(before.length, ending.length - after.length);
      if (!written || ending !== before + written + after) continue;
      for (const value of new Set([unquoted(written), unquoted(written).replaceAll("_", " ")])) yield { scheme, value };
    }
  }
}

/** An address without what is often left out at its ends. */
function place(address) {
  return address.trim().replace(WEB, "").replace(/\/+$/, "");
}

/** An address as `decodeURIComponent` has it, or as it is where that is impossible. */
function unquoted(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Whether a text is the IRI or CURIE, the identifier, the number or the address of a thing. */
function isMeant([, , path, other, , scheme], text, asked, identifiers) {
  const is = (value) => other.toLowerCase() === value.trim().toLowerCase() || (WEB.test(value) && place(other) === place(value));
  return path === asked || Boolean(scheme && (is(text) || identifiers.some((one) => one.scheme === scheme && is(one.value))));
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

function turned(text) {
  return Array.from(text).reverse().join("");
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
