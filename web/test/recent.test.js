import assert from "node:assert/strict";
import { test } from "node:test";
import { titleOf } from "../src/recent.js";

test("a query is called by its comment, or by what follows the prefixes", () => {
  assert.equal(titleOf("# Who is it?\nASK {}"), "Who is it?");
  assert.equal(titleOf("PREFIX a: <x:a>\n\n  PREFIX b: <x:b>\nASK  {\n}"), "ASK { }");
  assert.equal(titleOf(`ASK { ${"x".repeat(99)} }`).length, 91);
});

test("a query of empty lines has a title, however many there are", () => {
  assert.equal(titleOf(`ASK${"\n".repeat(400_000)}{}`), "ASK {}");
});
