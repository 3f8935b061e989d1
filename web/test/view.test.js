import assert from "node:assert/strict";
import { test } from "node:test";
import { readTies } from "../src/connections.js";
import { dayNumber } from "../src/days.js";
import { expand, isClosed, nearest, neighbours, readView, seen, writeView } from "../src/view.js";

// a - b, a - c, b - c; a hub with ten leaves, tied to c; a place tied to a; a comma in a CURIE
const NAMES = ["A", "B", "C", "Hub", "Place", "Odd", ...Array.from({ length: 10 }, (_, at) => `Leaf ${at}`)];
const TIES = [[0, 1], [0, 2], [1, 2], [2, 3], [0, 4], [0, 5], ...Array.from({ length: 10 }, (_, at) => [3, 6 + at])];
const in2012 = [1, 0, dayNumber("2012-01-01"), dayNumber("2012-12-31"), dayNumber("2012-01-01"), dayNumber("2012-12-31")];
const ties = readTies({
  hubLimit: 8,
  kinds: [["thing", "others"], ["person", "people"]],
  things: NAMES.map((name, at) => [name, `/page/${at}`, name === "Odd" ? "id:o,d" : `id:${at}`, Number(name === "Place"), Number(at < 3)]),
  sources: [],
  claims: TIES.map(([a, b], at) => [`${a} to ${b}`, `${b} from ${a}`, `/page/claim/${at}`, at, 0]),
  ties: TIES.flatMap(([a, b], at) => [a, b, at]),
  times: TIES.map((_, at) => (at === 2 ? in2012 : [0, 0, null, null, null, null])),
  rivals: [],
  about: [],
});
const viewOf = (search, hash = "") => readView(ties, { search, hash }).view;

test("one thing in the address is opened, several are just those", () => {
  assert.deepEqual([...viewOf("?nodes=id:1").nodes].sort(), [0, 1, 2]);
  assert.deepEqual([...viewOf("?nodes=id:1,id:3").nodes], [1, 3]);
  assert.deepEqual([...viewOf("?nodes=A&nodes=id:o,d").nodes], [0, 5]);
  assert.deepEqual([...viewOf("?nodes=Hub").nodes], [3], "but not what is closed");
  assert.deepEqual([...viewOf("").nodes].sort(), [0, 1, 2, 4, 5], "the most tied that is not closed");
});

test("unknown names are told", () => {
  const { view, unknown } = readView(ties, { search: "?nodes=nobody,id:1" });
  assert.deepEqual([[...view.nodes].length, unknown], [3, ["nobody"]]);
});

test("a view comes back from its address", () => {
  const view = { nodes: new Set([5, 0, 3]), day: "2013-07-01", certain: true, without: new Set(["laws"]) };
  const hash = writeView(ties, view);
  assert.equal(hash, "#nodes=id:0,id:3&nodes=id:o,d&day=2013-07-01&certain=&without=laws");
  const back = viewOf("?nodes=id:1", hash);
  assert.deepEqual([...back.nodes].sort(), [0, 3, 5]);
  assert.deepEqual({ ...back, nodes: 0 }, { ...view, nodes: 0 });
  const empty = { nodes: new Set(), day: "", certain: false, without: new Set() };
  assert.deepEqual(viewOf("", writeView(ties, empty)), empty);
});

test("a hub and a place are opened when one is sure", () => {
  const view = viewOf("?nodes=id:2,id:3");
  assert.deepEqual([isClosed(ties, 3), isClosed(ties, 4), isClosed(ties, 0)], [true, true, false]);
  assert.deepEqual(expand(ties, view, 3), { added: [], left: 0, waiting: 10 });
  assert.equal(expand(ties, view, 3, true).added.length, 10);
  assert.deepEqual(expand(ties, view, 3), { added: [], left: 0, waiting: 0 });
});

test("what has no room is counted", () => {
  const view = viewOf("?nodes=id:2,id:3");
  const { added, left } = expand(ties, view, 3, true, 6);
  assert.deepEqual([added.length, left, view.nodes.size], [4, 6, 6]);
});

test("a day and groups leave out ties and things", () => {
  const view = { nodes: new Set([1, 2]), day: "2011-06-01", certain: false, without: new Set() };
  assert.deepEqual(neighbours(ties, view, 1), [0]);
  assert.equal(seen(ties, view).hidden, 2);
  view.day = "2012-06-01";
  assert.deepEqual(seen(ties, view).lines.map(({ a, b }) => [a, b]), [[1, 2]]);
  assert.deepEqual(seen(ties, { ...view, certain: true }).lines, []);
  assert.equal(seen(ties, { ...view, certain: true, day: "2013-01-01" }).lines.length, 1);
  assert.deepEqual(seen(ties, { ...view, day: "", without: new Set(["people"]) }).nodes, []);
});

test("arrows lead to the nearest that is that way", () => {
  const places = new Map([[0, { x: 0, y: 0 }], [1, { x: 9, y: 1 }], [2, { x: 3, y: 1 }], [3, { x: 0, y: -5 }]]);
  assert.equal(nearest(places, 0, [1, 2, 3], [1, 0]), 2);
  assert.equal(nearest(places, 0, [1, 2, 3], [0, -1]), 3);
  assert.equal(nearest(places, 0, [1, 2, 3], [-1, 0]), undefined);
});
