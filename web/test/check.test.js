import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { matching, spansOf, values } from "../src/check.js";

const digestOf = (text) => createHash("sha256").update(text).digest("hex");
const look = async (text, words, spans) => {
  const characters = [...text];
  const { found, tried } = await matching(characters, digestOf(words), spans(characters));
  return [found && characters.slice(...found).join(""), found, tried];
};

test("the place that is stated is tried first, and counts characters, not code units", async () => {
  const text = "\u{1F600} Ann and Ann";
  const spans = (start) => (characters) => spansOf(characters, start, 3);
  assert.deepEqual(await look(text, "Ann", spans(10)), ["Ann", [10, 13], 1]);
  assert.deepEqual((await look(text, "Ann", spans(5)))[1], [2, 5]);
  assert.deepEqual((await look(text, "\u{1F600} A", spans(99)))[1], [0, 3]);
});

test("all spans of the length are tried, those in words too", async () => {
  const text = "x".repeat(3000) + "Ann" + "y".repeat(3000);
  const [words, found, tried] = await look(text, "Ann", (all) => spansOf(all, 0, 3));
  assert.deepEqual([words, found], ["Ann", [3000, 3003]]);
  assert.ok(tried > 3000);
  assert.deepEqual((await look(text, "Bob", (all) => spansOf(all, 0, 3)))[0], undefined);
  assert.deepEqual((await look("ab", "Bob", (all) => spansOf(all, 0, 3)))[2], 0);
});

test("every span is tried once", () => {
  const all = [...spansOf([..."a b cd"], 2, 2)].map(String);
  assert.equal(new Set(all).size, all.length);
  assert.equal(all.length, 5);
});

test("a value is found in a line of JSON, YAML and CSV, and as a whole", async () => {
  for (const [text, value] of [
    ['{"name": "Ann Lee", "year": 1990}', "Ann Lee"],
    ['{"name": "Ann Lee", "year": 1990}', "1990"],
    ["- name: Ann Lee\n  role: member of the board\n", "member of the board"],
    ["1,Ann Lee,2011-01-01\n", "2011-01-01"],
    ["two\nlines\n", "two\nlines"],
  ]) {
    assert.equal((await look(text, value, values))[0], value);
  }
});

test("a text of spaces is read a few times, not once for each pair of marks", () => {
  for (const text of [" ".repeat(3000), `${" ".repeat(60)}\n`.repeat(50), `a${" ".repeat(3000)}b`]) {
    let reads = 0;
    const counting = { get: (some, at) => (at === "length" ? 0 : (reads += 1), some[at]) };
    const spans = [...values(new Proxy([...text], counting))].map(String);
    assert.equal(new Set(spans).size, spans.length);
    assert.equal(spans.length, text[0] === "a" ? 3 : 0);
    assert.ok(reads < 10 * text.length, `${reads} reads`);
  }
});

test("what is stopped finds nothing more", async () => {
  const spans = spansOf([..."a".repeat(5000)], 0, 2);
  const result = await matching([..."a".repeat(5000)], digestOf("zz"), spans, (tried) => tried < 900);
  assert.equal(result.found, undefined);
  assert.equal(result.stopped, true);
});
