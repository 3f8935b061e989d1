// What answers queries: the server, or where there is none, a worker in the page.
//
// An engine has ask(query, format), which gives text or throws `Wrong`, and stop(); look(query) gives rows
// for the page itself. Its `warnings` are texts about the query that was asked last.

import { complaint, graphsFrom, withPrefixes } from "./sparql.js";
import { warningsOf } from "./warnings.js";

const ROWS = "application/sparql-results+json";

/** What is wrong with a query, or with answering it, and what to do; `line` and `column` when it is a place. */
export class Wrong extends Error {
  constructor(words, { line, column, todo = "" } = {}) {
    super(words);
    this.line = line;
    this.column = column;
    this.todo = todo || (line ? adviceOn(words) : "");
  }
}

/** What to do about a query that is wrong at a place. */
function adviceOn(words) {
  const [, prefix] = /the prefix \u201c(.*?):\u201d is not declared/.exec(words) ?? [];
  if (prefix !== undefined) return `Begin the query with PREFIX ${prefix}: and its address in <…>, or use one of the prefixes below.`;
  return /not SPARQL/.test(words) ? "The place is marked. Look there and just before it: a bracket, a full stop or a word may be missing." : "";
}

/** A server at an address. */
export function server(address) {
  let current = new AbortController();
  const engine = {
    isHere: false,
    warnings: [],
    ready: Promise.resolve(0),
    async ask(query, format) {
      const { signal } = (current = new AbortController());
      try {
        const response = await fetch(address, {
          method: "POST",
          headers: { Accept: `${format}, application/problem+json;q=0.9` },
          body: new URLSearchParams({ query }),
          signal,
        });
        const body = await response.text();
        engine.warnings = JSON.parse(response.headers.get("Allgraph-Warnings") ?? "[]");
        if (response.ok) return body;
        throw problem(body, response.status);
      } catch (error) {
        if (error instanceof Wrong) throw error;
        if (signal.aborted) throw new Wrong("Stopped.");
        throw new Wrong("The server cannot be reached, or ended in the middle.", { todo: "See whether there is a network, and run it again." });
      }
    },
    async look(query) {
      const body = new URLSearchParams({ query });
      const response = await fetch(address, { method: "POST", headers: { Accept: ROWS }, body });
      return response.ok ? (await response.json()).results.bindings : [];
    },
    stop() {
      current.abort();
    },
  };
  return engine;
}

function problem(body, status) {
  try {
    const { title, detail, line, column } = JSON.parse(body);
    const words = String(detail ?? title ?? status).replace(/^(?:line \d+, )?column \d+: /, "");
    return new Wrong(words, { line: line ?? (column && 1), column });
  } catch {
    return new Wrong(`The server answered ${status}.`);
  }
}

/** A worker in the page, which reads the graph from a file. */
export function inPage({ worker: script, wasm, store }, prefixes) {
  let worker, calls, number, cancel;
  const engine = {
    isHere: true,
    warnings: [],
    ready: undefined, // when it has begun
    /** As ask, without warnings. */
    async run(query, format) {
      if (!worker) begin();
      await engine.ready;
      return run(query, format);
    },
    async ask(query, format) {
      if (!worker) begin();
      await engine.ready;
      const body = await run(query, format);
      engine.warnings = await warningsOf(query, prefixes, select).catch(() => []);
      return body;
    },
    look: rowsOf,
    begin,
    stop() {
      worker?.terminate();
      worker = undefined;
      cancel(new Wrong("Stopped."));
      for (const { reject } of calls.values()) reject(new Wrong("Stopped."));
    },
  };
  return engine;

  function run(query, format) {
    const { text, shift } = withPrefixes(query, prefixes);
    const id = ++number;
    return new Promise((resolve, reject) => {
      calls.set(id, { resolve, reject, query, shift });
      worker.postMessage({ id, text, format, graphs: graphsFrom(text) });
    });
  }

  async function rowsOf(query) {
    return JSON.parse(await run(query, ROWS)).results.bindings;
  }

  async function select(query) {
    return (await rowsOf(query)).map(({ term }) => term.value);
  }

  function begin() {
    calls = new Map();
    number = 0;
    worker = new Worker(script, { type: "module" });
    engine.ready = new Promise((resolve, reject) => {
      cancel = reject;
      const fail = (words) => reject(new Wrong(`The graph cannot be read here: ${words}`));
      worker.addEventListener("error", (event) => fail(event.message ?? "the worker cannot start"));
      worker.addEventListener("message", ({ data }) => {
        if (data.triples !== undefined) return resolve(data.triples);
        if (data.failed) return fail(data.failed);
        const call = calls.get(data.id);
        calls.delete(data.id);
        if (data.error === undefined) return call.resolve(data.body);
        const { words, ...place } = complaint(data.error, call.query, prefixes, call.shift);
        call.reject(new Wrong(words, place));
      });
    });
    engine.ready.catch(() => {}); // told to who asks
    worker.postMessage({ wasm: new URL(wasm, location).href, store: new URL(store, location).href });
  }
}
