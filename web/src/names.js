// Comparing a text with names as `allgraph find` does: the same as `allgraph.model.names`.

import { fold } from "./fold.js";

const JOINERS = /[.'\u2018\u2019\u2010\u2011-]/g; // punctuation inside words, which a search ignores
const FEWEST = 4; // letters of a word that may have a typo
const OUTER_SIGNS = /^[!-/:-@[-`{-~\u201c\u201d\u00ab\u00bb\u2026]+|[!-/:-@[-`{-~\u201c\u201d\u00ab\u00bb\u2026]+$/g;

/** A name without case and accents, with single spaces. */
export function key(name) {
  return fold(name).trim().replace(/\s+/g, " ");
}

/** A key without full stops, apostrophes and hyphens: what names are searched by. */
export function bare(name) {
  return fold(name).replace(JOINERS, "").trim().replace(/\s+/g, " ");
}

/** Whether a name has the words of a text, in any order, each whole or as a part of a word. */
export function hasWords(name, text, { isLenient = false } = {}) {
  const folded = bare(name);
  const others = bare(text).split(" ").filter((word) => !folded.includes(word));
  if (!isLenient || others.length !== 1) return !others.length;
  return mayHaveTypo(others[0]) && folded.split(" ").some((word) => isOneTypo(others[0], word.replace(OUTER_SIGNS, "")));
}

/** Whether a word is so long that it may have a typo. */
export function mayHaveTypo(word) {
  return Array.from(word).length >= FEWEST;
}

/** Whether words are equal, or differ by one letter, or by two neighbours swapped. */
export function isOneTypo(word, other) {
  const [ours, theirs] = [Array.from(word), Array.from(other)];
  while (ours.length && ours[0] === theirs[0]) {
    ours.shift();
    theirs.shift();
  }
  const [one, two, ...rest] = ours;
  const swapped = ours.length > 1 ? [two, one, ...rest] : ours;
  const [a, b] = [ours, theirs].map((letters) => letters.slice(1).join("\0"));
  const [left, right] = [ours, theirs].map((letters) => letters.join("\0"));
  return right === swapped.join("\0") || right === a || left === b || a === b;
}

/** How far a name is from a text: lists of these compare as the names are sorted. */
export function distance(text, name) {
  const [wanted, own] = [bare(text), bare(name)];
  const [words, ownWords] = [wanted, own].map((some) => some.split(" ").sort());
  return [
    own !== wanted,
    ownWords.join(" ") !== words.join(" "),
    !own.startsWith(wanted),
    !own.includes(wanted),
    ownWords.length !== words.length,
  ].map(Number);
}
