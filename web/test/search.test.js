import assert from "node:assert/strict";
import { test } from "node:test";
import { counted, fileOf, isSafe, locate, openSearch, prebuilt } from "../src/search.js";

const FILES = {
  "words.json": { entries: [["Ada Byron", "person", "/page/ada"]], more: 7 },
  "words-a.json": {
    entries: [
      ["Anna Ames", "person", "/page/anna"],
      ["Ada Byron", "person", "/page/ada"],
      ["Ada Byron", "person", "/page/ada", "Ada Lovelace"],
      ["Ada", "body", "/page/ada-body"],
      ["Evil", "person", "//elsewhere.org/", "Ada Evil"],
    ],
    more: 0,
  },
  "words-l.json": { entries: [["Ada Byron", "person", "/page/ada", "Ada Lovelace"]], more: 0 },
  "words-sm.json": { entries: [["Ann Smith", "person", "/page/s1"]], more: 0 },
  "words-s.json": { entries: [["Ann Smith", "person", "/page/s1"]], more: 300 },
};
const asked = [];
const source = prebuilt({ prefixes: ["", "a", "l", "s", "sm"] }, async (file) => {
  asked.push(file);
  return FILES[file];
});
const names = async (text) => (await source.find(text)).things.map(({ name }) => name);

test("a prefix is found by the letters of a word", () => {
  const known = new Set(["", "a", "s", "sm", "💃"]);
  const inner = new Set(["", "s"]);
  assert.equal(locate(known, inner, "ada"), "a");
  assert.equal(locate(known, inner, "smith"), "sm");
  assert.equal(locate(known, inner, "s"), "s");
  assert.equal(locate(known, inner, "sz"), null, "all longer words have files of their own");
  assert.equal(locate(known, inner, "z"), null);
  assert.equal(locate(known, inner, "💃🏽"), "💃");
  assert.equal(locate(new Set([""]), new Set(), "z"), "");
});

test("files have names that every system takes", () => {
  assert.equal(fileOf("words", ""), "words.json");
  assert.equal(fileOf("texts", "con"), "texts-con.json");
  assert.equal(fileOf("words", "İ"), "words~c4b0.json");
  assert.equal(fileOf("words", "../"), "words~2e2e2f.json");
});

test("own names come first, and each thing once", async () => {
  assert.deepEqual(await names("ADA"), ["Ada", "Ada Byron"]);
  assert.deepEqual(await names("lovelace ada"), ["Ada Byron"]);
  assert.deepEqual(await names("ada smith"), [], "all words are in one name");
  assert.deepEqual(await names("nobody"), []);
  assert.deepEqual(await names("  "), []);
});

test("words are parts of words, and one may have a typo", async () => {
  assert.deepEqual(await names("nna anna"), ["Anna Ames"]);
  assert.deepEqual(await names("amse"), ["Anna Ames"]);
  assert.deepEqual(await names("anna amse"), ["Anna Ames"]);
  assert.deepEqual(await names("amse nana"), [], "not two");
  assert.deepEqual(await names("lovelaec"), ["Ada Byron"]);
});

test("what tells namesakes apart comes with them; an identifier is found as a whole", async () => {
  const entries = [["Ann", "", "/page/a", "", "Club, 2013"], ["Ann", "", "/page/b", "X7", "", 1]];
  const whole = prebuilt({ prefixes: [""] }, async () => ({ entries, more: 0 }));
  const { things } = await whole.find("ann");
  assert.deepEqual(things.map(({ line, path }) => [line, path]), [["Club, 2013", "/page/a"]]);
  assert.equal((await whole.find("x7")).things[0].path, "/page/b");
  assert.deepEqual((await whole.find("x")).things, []);
});

test("an IRI, a CURIE and an identifier with its scheme find their thing", async () => {
  const entries = [["Ann", "", "/page/p-17"], ["Ann", "", "/page/p-17", "Q5", "", "wikidata"], ["Bea", "", "/page/b", "Q5", "", "imdb"]];
  const index = { prefixes: ["", "a", "b", "p17", "q"], base: "https://x.org/", schemes: { wikidata: "wikidata", wikidataitem: "wikidata" } };
  const read = async (file) => ({ entries: file === "words-p17.json" ? entries.slice(0, 1) : entries, more: 0 });
  const some = prebuilt(index, read);
  const paths = async (text) => (await some.find(text)).things.map(({ path }) => path);
  assert.deepEqual(await paths("id:p-17"), ["/page/p-17"]);
  assert.deepEqual(await paths("https://x.org/id/p-17"), ["/page/p-17"]);
  assert.deepEqual(await paths("Wikidata item: q5"), ["/page/p-17"]);
  assert.deepEqual(await paths("nowhere:q5"), []);
});

test("claims and questions are found by the beginnings of their words", async () => {
  const entries = [["Ann signed A.B in May", "claim", "/page/claim/c"], ["Who signed a letter?", "question", "/ask/signed"]];
  const files = { "words.json": { entries: [], more: 0 }, "texts.json": { entries, more: 0 } };
  const some = prebuilt({ prefixes: [""], passages: [""], base: "https://x.org/", unsearched: 3 }, async (file) => files[file]);
  const { claims, questions, unsearched } = await some.find("sign");
  assert.deepEqual(claims, [{ text: "Ann signed A.B in May", path: "/page/claim/c" }]);
  assert.deepEqual(questions, [{ text: "Who signed a letter?", path: "/ask/signed" }]);
  assert.equal(unsearched, 3);
  assert.equal((await some.find("ab ann")).claims.length, 1);
  assert.equal((await some.find("gned")).claims.length, 0);
  assert.equal((await some.find("igned ann")).claims.length, 1, "a letter too few");
  assert.equal((await some.find("claim:c")).claims.length, 1);
  assert.equal((await some.find("sign", undefined, { isBrief: true })).claims.length, 0);
  assert.equal(counted(0, await some.find("sign")), "1 claim, 1 question.");
});

test("a path that leaves the host is left out", async () => {
  assert.deepEqual(await names("evil"), []);
  assert.ok(isSafe({ path: "/page/x" }));
  for (const path of ["//x", "/\\x", "https://x", "javascript:alert(1)", ""]) {
    assert.ok(!isSafe({ path }), path);
  }
});

test("what was cut says so", async () => {
  assert.equal((await source.find("s")).more, 300);
  assert.equal((await source.find("a s")).more, 0, "the other file is whole");
  assert.equal(counted(1, await source.find("s")), "301 things; 1 thing shown.");
  const none = { claims: [], claimsMore: 0, questions: [], questionsMore: 0 };
  assert.equal(counted(0, { ...none, things: [], more: -1 }), "0 shown. There are more: type more of the name.");
  assert.equal(counted(1, { ...none, things: [{}], more: 0 }), "1 thing.");
  assert.equal(counted(0, { ...none, things: [], more: 0 }), "Nothing is named so.");
});

test("a text that is too long is not searched for, and that is said", async () => {
  const found = await source.find("an ".repeat(400));
  assert.deepEqual([found.things, found.isTooLong], [[], true]);
  assert.equal(counted(0, found), "A search has at most 1,000 characters.");
  assert.equal((await source.find("a".repeat(1000))).isTooLong, undefined);
});

test("a file is read once", async () => {
  asked.length = 0;
  await source.find("ann");
  await source.find("anna");
  assert.deepEqual(asked, []);
});

test("a server is asked by its own address, with the text encoded", async () => {
  const addresses = [];
  const live = await openSearch("/allgraph", async (address) => {
    addresses.push(address);
    return address.includes("index.json")
      ? { mode: "live" }
      : { things: [{ name: "A", kind: "", path: "/page/a" }, { name: "B", kind: "", path: "//b" }], claims: [], questions: [] };
  });
  const found = await live.find(" a&b #");
  assert.deepEqual(found.things.map(({ name }) => name), ["A"]);
  assert.deepEqual(addresses, [
    "/allgraph/search/index.json",
    "/allgraph/suggest?q=a%26b%20%23",
  ]);
});
