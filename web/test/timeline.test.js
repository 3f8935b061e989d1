import assert from "node:assert/strict";
import { test } from "node:test";
import { daysOf, meant } from "../src/timeline.js";

test("dates give the days that they are in, and what is no date gives none", () => {
  assert.deepEqual(daysOf("2012", "2013-06"), ["2012-01-01", "2013-06-31"]);
  assert.deepEqual(daysOf(" 2012-05-02", null), ["2012-05-02", "~"]);
  assert.deepEqual(daysOf("", "then"), ["", "~"]);
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
