// How certain claims are on a day, by the times that a file of connections has: as `Columns.on`.
//
// A day is a number that grows with time, `(year * 16 + month) * 32 + day`.

export const NO = 0;
export const POSSIBLE = 1;
export const CERTAIN = 2;
const EVENT = 1;

/** Whether an event had happened by a day, or a state held on it; a bound may be missing (null). */
export function verdict([aspect, , b1, b2, e1, e2], day) {
  if (!aspect) return CERTAIN;
  if (aspect === EVENT) {
    if (e2 !== null && e2 <= day) return CERTAIN;
    return e1 !== null && e1 > day ? NO : POSSIBLE;
  }
  if (b2 !== null && e1 !== null && b2 <= day && day <= e1) return CERTAIN;
  return (b1 !== null && day < b1) || (e2 !== null && day > e2) ? NO : POSSIBLE;
}

/**
 * The level of each claim on a day. Rivals that are not deprecated make a claim at most possible,
 * unless they are certain too, or it alone is preferred; a claim about a claim is at most as
 * certain as that.
 */
export function levelsOn({ times, rivals, about }, day) {
  const own = times.map((time) => verdict(time, day));
  const found = [...own];
  const outdone = new Set();
  for (const [one, other] of pairs(rivals)) if (times[other][1] > 0) outdone.add(one);
  for (const [one, other] of pairs(rivals)) {
    const isAlone = times[one][1] > 0 && !outdone.has(one);
    if (times[other][1] < 0 || own[other] === CERTAIN || isAlone) continue;
    found[one] = Math.min(found[one], POSSIBLE);
  }
  for (let isDone = false; !isDone; ) {
    isDone = true;
    for (const [one, other] of pairs(about)) {
      if (found[one] <= found[other]) continue;
      found[one] = found[other];
      isDone = false;
    }
  }
  return found;
}

function pairs(flat) {
  return Array.from({ length: flat.length / 2 }, (_, at) => [flat[2 * at], flat[2 * at + 1]]);
}

/** The number of a day written as 2013-07-01; undefined for what is none. */
export function dayNumber(text) {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (!match) return undefined;
  const [year, month, day] = match.slice(1).map(Number);
  return isoDay(ordinal(year, month, day)) === text ? (year * 16 + month) * 32 + day : undefined;
}

/** How many days after 1 January 1970 a day is, and back: for a slider. */
export function ordinalOf(text) {
  return ordinal(...text.split("-").map(Number));
}

export function isoDay(days) {
  return new Date(days * 86_400_000).toISOString().slice(0, 10);
}

function ordinal(year, month, day) {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getTime() / 86_400_000;
}

/** The first and last day, as texts, that claims speak of in years of four digits. */
export function extent({ times }) {
  const known = times.flatMap((time) => time.slice(2)).filter((day) => day !== null);
  const days = known.map(textOf).filter((text) => dayNumber(text) !== undefined).sort();
  return days.length ? [days[0], days.at(-1)] : undefined;
}

function textOf(number) {
  const months = Math.floor(number / 32);
  const parts = [Math.floor(months / 16), months - 16 * Math.floor(months / 16), number - 32 * months];
  return parts.map((part, at) => String(part).padStart(at ? 2 : 4, "0")).join("-");
}
