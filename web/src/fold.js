// Texts for comparing: the same as `fold` and `words` have it in the package of Python.

const CHEROKEE = /[\u13a0-\u13fd\uab70-\uabbf]/; // whose small letters fold to the large ones
const SEPARATORS =
  /[\u0000-/:-@[-`{-\u00bf\u2000-\u206f\u3000-\u3004\u3008-\u301f\u3030\ufe00-\ufe0f\ufeff\ufff9-\ufffd]+/u;
const folds = new Map(); // characters, each with what it folds to
const OVERLAY = "\u0345"; // which every other mark is sorted before

/** A text without case and accents. */
export function fold(text) {
  return Array.from(text, foldOne).join("");
}

function foldOne(char) {
  let folded = folds.get(char);
  if (folded === undefined) folds.set(char, (folded = Array.from(lowered(char).normalize("NFKD")).filter(isBase).join("")));
  return folded;
}

function lowered(char) {
  if (char === "ı") return char;
  const upper = char.toLowerCase().toUpperCase();
  return CHEROKEE.test(char) ? upper : upper.toLowerCase().replaceAll("ς", "σ");
}

/** Whether a character is no mark that combines: those change places when they are normalised. */
function isBase(char) {
  const pair = OVERLAY + char;
  return char !== OVERLAY && pair.normalize("NFD") === pair;
}

/** The words of a folded text; all of it, where there is nothing but signs. */
export function words(folded) {
  const found = folded.split(SEPARATORS).filter(Boolean);
  const whole = folded.replace(/^ +| +$/g, "");
  return found.length || !whole ? found : [whole];
}
