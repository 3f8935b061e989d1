import assert from "node:assert/strict";
import { test } from "node:test";
import { frame, labelOf, places, sizeOf } from "../src/map.js";

const names = Array.from({ length: 60 }, (_, at) => (at % 3 ? `Thing number ${at}` : "One with a name that needs two lines"));
const sizes = names.map((name) => sizeOf(labelOf(name)));
const lines = names.slice(1).map((_, at) => [(at + 1) % 7 ? 0 : 1, at + 1]).filter(([a, b]) => a !== b);

test("the same things have the same places", () => {
  assert.deepEqual(places(sizes, lines), places(sizes, lines));
});

test("no label is on another, and all are in the frame", () => {
  const found = places(sizes, lines);
  const [left, top, width, height] = frame(found, sizes);
  for (const [at, [x, y]] of found.entries()) {
    assert.ok(x - sizes[at][0] / 2 >= left && x + sizes[at][0] / 2 <= left + width);
    assert.ok(y >= top && y + sizes[at][1] - 10 <= top + height);
    for (let other = at + 1; other < found.length; other++) {
      const isBeside = Math.abs(x - found[other][0]) >= (sizes[at][0] + sizes[other][0]) / 2;
      const upper = y < found[other][1] ? at : other;
      assert.ok(isBeside || Math.abs(found[other][1] - y) >= sizes[upper][1], "one is on another");
    }
  }
});

test("many things have places soon", () => {
  const many = Array.from({ length: 400 }, (_, at) => sizeOf([`Thing ${at}`]));
  assert.equal(places(many, many.slice(1).map((_, at) => [Math.floor(at / 3), at + 1])).length, 400);
});

test("a label has two lines at most", () => {
  assert.deepEqual(labelOf("Coco Rocha"), ["Coco Rocha"]);
  assert.deepEqual(labelOf("Model Alliance Advisory Board"), ["Model Alliance", "Advisory Board"]);
  assert.deepEqual(labelOf("a".repeat(30)), [`${"a".repeat(21)}…`]);
  assert.equal(labelOf("New York Fashion Workers Act of the year 2024 and more").length, 2);
});

test("nothing has a frame too", () => {
  assert.equal(frame(places([], []), []).length, 4);
});
