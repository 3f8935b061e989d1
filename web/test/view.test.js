import assert from "node:assert/strict";
import { test } from "node:test";
import { dayNumber } from "../src/days.js";
import { addFile, noTies } from "../src/network/ties.js";
import { LONGEST, expand, isClosed, naming, nearest, neighbours, readAddress, seen, writeAddress } from "../src/network/view.js";

// a - b, a - c, b - c; a hub with ten leaves, tied to c; a place tied to a; a comma in a CURIE
const NAMES = ["A", "B", "C", "Hub", "Place", "Odd", ...Array.from({ length: 10 }, (_, at) => `Leaf ${at}`)];
const TIES = [[0, 1], [0, 2], [1, 2], [2, 3], [0, 4], [0, 5], ...Array.from({ length: 10 }, (_, at) => [3, 6 + at])];
const in2012 = [1, 0, dayNumber("2012-01-01"), dayNumber("2012-12-31"), dayNumber("2012-01-01"), dayNumber("2012-12-31")];
const FILE = {
  hubLimit: 8,
  kinds: [["thing", "others"], ["person", "people"]],
  things: NAMES.map((name, at) => [name, `/page/${at}`, name === "Odd" ? "id:o,d" : `id:${at}`, Number(name === "Place"), Number(at < 3)]),
  sources: [],
  claims: TIES.map(([a, b], at) => [`${a} to ${b}`, `${b} from ${a}`, `/page/claim/${at}`, at, 0]),
  ties: TIES.flatMap(([a, b], at) => [a, b, at]),
  times: TIES.map((_, at) => (at === 2 ? in2012 : [0, 0, null, null, null, null])),
  rivals: [],
  about: [],
};
const ties = noTies();
addFile(ties, FILE);
const EMPTY = { names: [], day: "", certain: false, without: new Set(), title: "", steps: [], at: 0 };
const viewOf = (...nodes) => ({ ...EMPTY, nodes: new Set(nodes) });

/** The part of the file around a thing, as a large graph has it. */
function around(node) {
  const rows = TIES.flatMap((ends, row) => (ends.includes(node) ? [row] : []));
  const nodes = [...new Set([node, ...rows.flatMap((row) => TIES[row])])].sort((a, b) => a - b);
  return {
    ...FILE,
    things: nodes.map((each) => FILE.things[each]),
    claims: rows.map((row) => FILE.claims[row]),
    ties: rows.flatMap((row, at) => [...TIES[row].map((each) => nodes.indexOf(each)), at]),
    times: rows.map((row) => FILE.times[row]),
    counts: nodes.map((each) => ties.counts[each]),
    left: node === 3 ? 7 : 0,
  };
}

test("the files of things make up what the file of all has", () => {
  const parts = noTies();
  for (const node of [2, 0, 3, 1, 2]) addFile(parts, around(node), `/page/${node}`);
  const told = ({ things, arcs, claims, counts }) => things.map(({ curie }, node) => [
    curie, counts[node], arcs[node].map(({ there, tie }) => `${things[there].curie} ${claims[tie >> 1].sentence} ${tie & 1}`).sort(),
  ]).sort();
  assert.deepEqual(told(parts), told(ties));
  assert.deepEqual([parts.read.size, parts.left.get(parts.numbers.get("/page/3"))], [4, 7]);
  const view = { ...viewOf(parts.numbers.get("/page/1"), parts.numbers.get("/page/2")), day: "2012-06-01" };
  assert.equal(seen(parts, view).lines.length, 1);
});

test("an address with more than can be had says so", () => {
  const things = (count) => `#nodes=${Array.from({ length: count }, (_, at) => `id:${at}`).join()}`;
  assert.deepEqual([400, 401].map((count) => readAddress({ hash: things(count) }).isCut), [false, true]);
  const steps = (count) => `#nodes=id:1${"&step=a".repeat(count)}`;
  assert.deepEqual([30, 31].map((count) => readAddress({ hash: steps(count) }).isCut), [false, true]);
  const step = (from, to) => `&step=;;;;${Array.from({ length: to - from }, (_, at) => `id:${from + at}`).join()}`;
  const story = (hash) => readAddress({ hash: `#nodes=id:0${hash}` });
  assert.equal(story(step(0, 400) + step(0, 400)).isCut, false); // the same things again
  const long = story(step(0, 250) + step(200, 450));
  assert.deepEqual([long.isCut, ...long.steps.map((each) => each.names.length)], [true, 250, 200]);
  assert.equal(readAddress({ hash: `#nodes=id:1&title=${"a".repeat(LONGEST)}` }).isCut, true);
  const asked = readAddress({ search: "?nodes=A" });
  assert.equal(asked.isCut, false);
  const { names, isCut } = naming(asked, Array.from({ length: 401 }, () => "A"));
  assert.deepEqual([names.length, isCut], [400, true]);
});

test("an address says where to begin, or is a whole view", () => {
  assert.deepEqual(readAddress({ search: "?nodes=id:1,id:2&nodes=B" }).names, ["id:1,id:2", "B"]);
  assert.equal(readAddress({ search: "?nodes=id:1" }).isWhole, false);
  assert.deepEqual(readAddress({ search: "?nodes=A", hash: "#nodes=id:1,id:o%2Cd&day=2013-07-01" }).names, ["id:1", "id:o,d"]);
  assert.equal(readAddress({ hash: "#main" }).isWhole, false);
});

test("a view comes back from its address, with its title and steps", () => {
  const step = { text: "First; then 50% & more", names: ["id:0", "id:o,d"], day: "2013-07-01", certain: true, without: new Set(["laws"]) };
  const other = { text: "“Then”", names: [], day: "", certain: false, without: new Set() };
  const view = { ...EMPTY, names: ["id:0", "id:3", "id:o,d"], day: "2013-07-01", certain: true, without: new Set(["laws", "events"]), title: "A & B = 100%", steps: [step, other], at: 2 };
  const { isWhole, isCut, ...back } = readAddress({ search: "?nodes=id:1", hash: writeAddress(view) });
  assert.ok(isWhole && !isCut);
  assert.deepEqual(back, view);
  assert.deepEqual(readAddress({ hash: writeAddress(EMPTY) }), { ...EMPTY, isWhole: true, isCut: false });
  assert.equal(writeAddress({ ...EMPTY, names: ["id:b", "id:a"], day: "2013-07-01" }), "#nodes=id:a,id:b&day=2013-07-01");
});

test("whatever stands in an address does no harm", () => {
  for (const hash of ["#nodes=%E0%A4%A&step=%&at=x", "#nodes=&day=<script>&title=%00", "#nodes=a&step=;;;;;;;&at=99", "#nodes", "#nodes=__proto__&constructor=1", `#nodes=${"a,".repeat(99_999)}`]) {
    const { names, day, steps, at, title } = readAddress({ hash });
    assert.ok(names.length <= 400 && day === "" && steps.length <= 1 && at <= 1 && title.length <= 120, hash.slice(0, 40));
  }
  assert.ok(readAddress({ hash: `#nodes=a&title=${"x".repeat(LONGEST)}` }).title.length <= 120);
});

test("a hub and a place are opened when one is sure", () => {
  const view = viewOf(2, 3);
  assert.deepEqual([isClosed(ties, 3), isClosed(ties, 4), isClosed(ties, 0)], [true, true, false]);
  assert.deepEqual(expand(ties, view, 3), { added: [], left: 0, waiting: 10 });
  assert.equal(expand(ties, view, 3, true).added.length, 10);
  assert.deepEqual(expand(ties, view, 3), { added: [], left: 0, waiting: 0 });
});

test("what has no room is counted, and those with most ties come first", () => {
  const { added, left } = expand(ties, viewOf(2, 3), 3, true, 6);
  assert.deepEqual([added.length, left], [4, 6]);
  assert.deepEqual(expand(ties, viewOf(0), 0, false, 2).added, [2]);
});

test("a day and groups leave out ties and things", () => {
  const view = { ...viewOf(1, 2), day: "2011-06-01" };
  assert.deepEqual(neighbours(ties, view, 1), [0]);
  assert.equal(seen(ties, view).hidden, 2);
  view.day = "2012-06-01";
  assert.deepEqual(seen(ties, view).lines.map(({ a, b }) => [a, b]), [[1, 2]]);
  assert.deepEqual(seen(ties, { ...view, certain: true }).lines, []);
  assert.equal(seen(ties, { ...view, certain: true, day: "2013-01-01" }).lines.length, 1);
  assert.deepEqual(seen(ties, { ...view, day: "", without: new Set(["people"]) }).nodes, []);
});

test("arrows lead to the nearest that is that way", () => {
  const places = new Map([[0, [0, 0]], [1, [9, 1]], [2, [3, 1]], [3, [0, -5]]]);
  assert.equal(nearest(places, 0, [1, 2, 3], [1, 0]), 2);
  assert.equal(nearest(places, 0, [1, 2, 3], [0, -1]), 3);
  assert.equal(nearest(places, 0, [1, 2, 3], [-1, 0]), undefined);
});
