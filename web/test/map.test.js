import assert from "node:assert/strict";
import { test } from "node:test";
import { frame, labelOf, places } from "../src/map.js";

const things = Array.from({ length: 60 }, (_, at) => ({ name: at % 3 ? `Thing number ${at}` : "One with a name that needs two lines" }));
const nodes = things.map((_, at) => at);
const lines = nodes.slice(1).map((b) => ({ a: b % 7 ? 0 : 1, b })).filter(({ a, b }) => a !== b);

test("the same things have the same places", () => {
  assert.deepEqual(places(things, nodes, lines), places(things, nodes, lines));
});

test("no label is on another, and all are in the frame", () => {
  const found = [...places(things, nodes, lines).values()];
  const [left, top, width, height] = frame(new Map(found.entries()));
  for (const [at, one] of found.entries()) {
    assert.ok(one.x - one.width / 2 >= left && one.x + one.width / 2 <= left + width);
    assert.ok(one.y >= top && one.y + one.height - 10 <= top + height);
    for (const other of found.slice(at + 1)) {
      const isBeside = Math.abs(one.x - other.x) >= (one.width + other.width) / 2;
      const [upper, lower] = one.y < other.y ? [one, other] : [other, one];
      assert.ok(isBeside || lower.y - upper.y >= upper.height, "one is on another");
    }
  }
});

test("a thousand things have places soon", () => {
  const many = Array.from({ length: 1000 }, (_, at) => ({ name: `Thing ${at}` }));
  const tied = many.slice(1).map((_, at) => ({ a: Math.floor(at / 3), b: at + 1 }));
  assert.equal(places(many, many.map((_, at) => at), tied).size, 1000);
});

test("a label has two lines at most", () => {
  assert.deepEqual(labelOf("Coco Rocha"), ["Coco Rocha"]);
  assert.deepEqual(labelOf("Model Alliance Advisory Board"), ["Model Alliance", "Advisory Board"]);
  assert.deepEqual(labelOf("a".repeat(30)), [`${"a".repeat(21)}…`]);
  assert.equal(labelOf("New York Fashion Workers Act of the year 2024 and more").length, 2);
});

test("nothing has a frame too", () => {
  assert.equal(frame(places([], [], [])).length, 4);
});
