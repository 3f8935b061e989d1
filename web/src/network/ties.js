// The ties of a network that are known so far: all of a small graph, else those in the files of the
// things that were looked at. The numbers of things and claims stay as they are while files are added.

import { readTies } from "../connections.js";

export function noTies() {
  return {
    things: [], claims: [], arcs: [], counts: [], times: [], rivals: [], about: [], hubLimit: Infinity,
    numbers: new Map(), // of things, by their paths
    rows: new Map(), // of claims, by their paths
    met: new Set(), // ties
    read: new Set(), // things whose files were read
    left: new Map(), // how many neighbours the file of a thing leaves out
  };
}

/** Add a file of ties, of which that of a thing has the `path` of its page. */
export function addFile(ties, file, path) {
  const part = readTies(file);
  ties.hubLimit = part.hubLimit;
  const nodes = part.things.map((thing, at) => {
    const number = numberOf(ties.numbers, thing.path || thing.curie, () => {
      ties.arcs.push([]);
      ties.counts.push(0);
      return ties.things.push(thing) - 1;
    });
    ties.counts[number] = Math.max(ties.counts[number], file.counts?.[at] ?? part.counts[at]);
    return number;
  });
  const rows = part.times.map((time, at) => {
    const claim = part.claims[at]; // the other times decide whether claims hold
    const added = () => ties.times.push(time) - 1;
    if (!claim) return added();
    const row = numberOf(ties.rows, claim.path || claim.sentence, added);
    ties.claims[row] ??= claim;
    return row;
  });
  part.arcs.forEach((some, from) => {
    for (const { there, tie } of some) {
      const a = nodes[from], b = nodes[there], row = rows[tie >> 1];
      const key = `${a} ${b} ${row}`;
      if (tie & 1 || ties.met.has(key)) continue; // each from its subject, once
      ties.met.add(key);
      ties.arcs[a].push({ there: b, tie: 2 * row });
      ties.arcs[b].push({ there: a, tie: 2 * row + 1 });
    }
  });
  for (const row of part.rivals) ties.rivals.push(rows[row]);
  for (const row of part.about) ties.about.push(rows[row]);
  if (path === undefined) return;
  const node = ties.numbers.get(path);
  ties.read.add(node);
  if (file.left) ties.left.set(node, file.left);
}

function numberOf(numbers, key, added) {
  if (!numbers.has(key)) numbers.set(key, added());
  return numbers.get(key);
}
