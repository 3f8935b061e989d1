import assert from "node:assert/strict";
import { test } from "node:test";
import { fold, words } from "../src/fold.js";

test("case, accents and ligatures do not matter", () => {
  for (const [name, folded] of [
    ["Gisele BÜNDCHEN", "gisele bundchen"],
    ["STRAẞE straße", "strasse strasse"],
    ["ﬁn Ǆ ŉ", "fin dz ʼn"],
    ["İstanbul ısı", "istanbul ısı"],
    ["ΟΔΟΣ οδός", "οδοσ οδοσ"],
  ]) {
    assert.equal(fold(name), folded);
  }
});

test("letters that carry no mark stay, whatever their kind", () => {
  assert.equal(fold("हिन्दी").length, "हिन्दी".length - 1); // the virama combines
  assert.equal(fold("🎉"), "🎉");
});

test("words end at signs and spaces", () => {
  assert.deepEqual(words(fold("L’Oréal — A.7787/S.5486")), ["l", "oreal", "a", "7787", "s", "5486"]);
  assert.deepEqual(words("  "), []);
  assert.deepEqual(words("?!"), ["?!"]);
});
