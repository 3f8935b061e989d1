// Comparing a text with names as `allgraph find` does: the same as `allgraph.model.names`.

import { fold, words } from "./fold.js";

const JOINERS = /[.'\u2018\u2019\u2010\u2011\u2026-]/g; // punctuation inside words, which a search ignores
const FEWEST = 4; // letters of a word that may have a typo

/** A name without case and accents, with single spaces. */
export function key(name) {
  return fold(name).trim().replace(/\s+/g, " ");
}

/** A key without full stops, apostrophes and hyphens: what names are searched by. */
export function bare(name) {
  return fold(name).replace(JOINERS, "").trim().replace(/\s+/g, " ");
}

/**
 * Whether a name has the words of a text, in any order, each whole or as a part of a word. Where it
 * `isLenient`, one may have a typo.
 */
export function hasWords(name, text, { isLenient = false } = {}) {
  const [folded, wanted] = [bare(name), bare(text)];
  const typed = [...new Set(isLenient ? words(wanted) : wanted.split(" "))];
  const missing = typed.filter((word) => !folded.includes(word));
  if (!missing.length) return !isLenient || typed.some(mayHaveTypo);
  return isLenient && missing.length === 1 && isTypoIn(missing[0], folded);
}

/** Whether a word has one typo, and is meant for a word of a text that `bare` has returned. */
export function isTypoIn(word, folded) {
  return mayHaveTypo(word) && words(folded).some((other) => isOneTypo(word, other));
}

/** Whether a word is so long that it may have a typo. */
export function mayHaveTypo(word) {
  return Array.from(word).length >= FEWEST;
}

/** Whether words are equal, or differ by one letter, or by two neighbours swapped. */
export function isOneTypo(word, other) {
  if (Math.abs(word.length - other.length) > 2) return false; // a letter is at most two units
  const [ours, theirs] = [Array.from(word), Array.from(other)];
  const place = ours.findIndex((letter, at) => letter !== theirs[at]);
  const [left, right] = [ours, theirs].map((letters) => letters.slice(place < 0 ? ours.length : place).join(""));
  const [a, b] = [left, right].map((letters) => Array.from(letters).slice(1).join(""));
  return right === swapped(left, 0) || right === a || left === b || a === b;
}

/** A word with the letter at a place and the next one in the other order. */
export function swapped(word, place) {
  const letters = Array.from(word);
  return [...letters.slice(0, place), ...letters.slice(place, place + 2).reverse(), ...letters.slice(place + 2)].join("");
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
