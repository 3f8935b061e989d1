import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { merged } from "../src/layered.js";

const CASES = JSON.parse(readFileSync(new URL("./layered.json", import.meta.url), "utf8"));

for (const { name, dots, arrows, paths, svg } of CASES) {
  test(`drawn as the package draws it: ${name}`, () => {
    assert.equal(merged(dots, arrows, paths), svg);
  });
}
