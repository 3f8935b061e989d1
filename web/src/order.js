// The order of lists and of texts, as Python sorts them.

/** Compare two lists by their first different items; the shorter comes first where one goes on. */
export function compared(some, others) {
  const at = some.findIndex((each, place) => each !== others[place]);
  if (at < 0) return some.length - others.length;
  return at >= others.length || some[at] > others[at] ? 1 : -1;
}
