// The files of ties that are had as they are needed, and the things that texts name.

import { thingsNamed } from "../connections.js";
import { read } from "../elements.js";
import { fold } from "../fold.js";
import { isSafe, openSearch } from "../search.js";
import { connections, root, ties } from "./state.js";
import { addFile } from "./ties.js";

const AT_ONCE = 6; // files that are asked for

/** Have the ties of some things; those that cannot be had are left out. */
export async function need(nodes) {
  if (connections) return;
  const paths = nodes.filter((node) => !ties.read.has(node) && isSafe(ties.things[node])).map((node) => ties.things[node].path);
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (paths.length) await readTies(paths.pop());
  }));
}

async function readTies(path) {
  try {
    addFile(ties, await read(`${root}/network/${path.replace(/^\/page\//, "")}.json`), path);
    return true;
  } catch (error) {
    console.warn(error);
    return false;
  }
}

/** The numbers of the things that a text names: of one, unless several have this name. */
export async function named(text) {
  const known = thingsNamed(ties, text);
  if (known.length || connections) return known;
  const [, name] = /^id:(\S+)$/.exec(text) ?? [];
  const folded = fold(text);
  const paths = name
    ? [`/page/${encodeURI(name)}`]
    : (await (await openSearch(root, read)).find(text, new AbortController().signal)).things
        .filter((thing) => [thing.name, thing.other ?? ""].some((each) => fold(each) === folded))
        .map((thing) => thing.path);
  const isThere = await Promise.all(paths.slice(0, 2).map((path) => ties.numbers.has(path) || readTies(path)));
  return paths.filter((path, at) => isThere[at] && ties.numbers.has(path)).map((path) => ties.numbers.get(path));
}
