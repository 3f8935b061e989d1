import assert from "node:assert/strict";
import { test } from "node:test";
import { pathsBetween, readTies, thingsLike, thingsNamed, tiesOn } from "../src/connections.js";

// a - b - c and a - hub - c, a - place - c, a longer way a - d - e - c, and a twin of a
const NAMES = ["A", "B", "C", "Hub", "Place", "D", "E", "Leaf", "a"];
const TIES = [[0, 1], [1, 2], [0, 3], [3, 2], [0, 4], [4, 2], [0, 5], [5, 6], [6, 2], [3, 7], [3, 7]];
const FILE = {
  hubLimit: 3,
  kinds: [["thing", "others"]],
  things: NAMES.map((name, at) => [name, `/page/${at}`, `id:${at}`, Number(name === "Place"), 0, `${name} other`]),
  sources: [["A source", "/page/source/s"]],
  claims: TIES.map(([a, b], at) => [`${a} to ${b}`, `${b} from ${a}`, `/page/claim/${at}`, at, 0, 0]),
  ties: TIES.flatMap(([a, b], at) => [a, b, at]),
  times: TIES.map(() => [0, 0, null, null, null, null]),
  rivals: [],
  about: [],
};
const ties = readTies(FILE);
const shown = ({ paths }) => paths.map((path) => path.things.map((number) => NAMES[number]).join(" "));

test("the shortest come first; hubs and places are not passed through", () => {
  assert.deepEqual(shown(pathsBetween(ties, 0, 2)), ["A B C", "A D E C"]);
  assert.deepEqual(shown(pathsBetween(ties, 0, 3)), ["A Hub"], "but are ends");
  assert.deepEqual(shown(pathsBetween(ties, 0, 7)), []);
  assert.deepEqual(shown(pathsBetween(ties, 0, 2, { longest: 2 })), ["A B C"]);
});

test("limits say that they were hit", () => {
  const { paths, more, cut } = pathsBetween(ties, 0, 2, { most: 1 });
  assert.deepEqual([paths.length, more, cut], [1, true, false]);
  assert.equal(pathsBetween(ties, 0, 2, { patience: 1 }).cut, true);
});

test("a tie is read in the direction of the path", () => {
  const [path] = pathsBetween(ties, 2, 0).paths;
  assert.deepEqual(path.ties.map((tie) => [tie >> 1, tie & 1]), [[1, 1], [0, 1]]);
});

test("two ties between the same things are two paths", () => {
  assert.equal(pathsBetween(ties, 3, 7).paths.length, 2);
});

test("a thing can be passed on request, a closed one too", () => {
  assert.deepEqual(shown(pathsBetween(ties, 0, 2, { via: 5 })), ["A D E C"]);
  assert.deepEqual(shown(pathsBetween(ties, 0, 2, { via: 4 })), ["A Place C"]);
  assert.deepEqual(shown(pathsBetween(ties, 0, 2, { via: 7 })), []);
});

test("on a day certain ties come before possible ones, and others are none", () => {
  const levels = TIES.map((_, at) => (at === 0 ? 1 : 2)); // A to B is possible
  assert.deepEqual(shown(pathsBetween(tiesOn(ties, levels), 0, 2)), ["A B C", "A D E C"]);
  levels[1] = 0; // B to C is no tie
  assert.deepEqual(shown(pathsBetween(tiesOn(ties, levels), 0, 2)), ["A D E C"]);
  const twice = { ...FILE, claims: [...FILE.claims, FILE.claims[0]], ties: [...FILE.ties, 0, 1, TIES.length] };
  const many = readTies({ ...twice, labels: [["to", 1]], verbs: twice.claims.map(() => 0) });
  const [first] = pathsBetween(tiesOn(many, twice.claims.map((_, at) => (at === 0 ? 1 : 2))), 0, 1).paths;
  assert.equal(first.ties[0] >> 1, TIES.length);
  assert.deepEqual(many.claims[0].label, ["to", 1]);
});

test("names are exact before they are alike", () => {
  assert.deepEqual(thingsNamed(ties, "a"), [8]);
  assert.deepEqual(thingsNamed(ties, " hub  OTHER "), [3]);
  assert.deepEqual(thingsNamed(ties, "id:4"), [4]);
  assert.deepEqual(thingsNamed(ties, "4"), [4]);
  assert.deepEqual(thingsNamed(ties, "Ä"), [0, 8]);
  assert.deepEqual(thingsNamed(ties, ""), []);
  assert.deepEqual(thingsLike(ties, "leav hu"), [3]);
});
