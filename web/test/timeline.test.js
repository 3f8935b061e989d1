import assert from "node:assert/strict";
import { test } from "node:test";
import { meant, yearsOf } from "../src/timeline.js";

test("dates give the years that they are in, and what is no date gives none", () => {
  assert.deepEqual(yearsOf("2012", "2013-06-30"), [2012, 2013]);
  assert.deepEqual(yearsOf("-0043", null), [-43, Infinity]);
  assert.deepEqual(yearsOf("", "then"), [-Infinity, Infinity]);
});

test("a name or CURIE means the thing that has it, else all that were found", () => {
  const things = [
    { name: "Ada", curie: "id:ada", path: "/page/ada" },
    { name: "Ada Lee", curie: "id:ada-lee", path: "/page/ada-lee" },
    { name: "ADA", curie: "id:ada-2", path: "/page/ada-2" },
  ];
  assert.deepEqual(meant(things, " ada lee ").map(({ curie }) => curie), ["id:ada-lee"]);
  assert.deepEqual(meant(things, "ada").map(({ curie }) => curie), ["id:ada", "id:ada-2"]);
  assert.deepEqual(meant(things, "id:ada-2").map(({ curie }) => curie), ["id:ada-2"]);
  assert.deepEqual(meant(things, "ada-lee").map(({ curie }) => curie), ["id:ada-lee"]);
  assert.equal(meant(things, "lee").length, 3);
});
