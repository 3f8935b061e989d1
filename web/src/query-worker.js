// Answers SPARQL in the page: Oxigraph, over the file with all that the graph holds.
//
// The first message is {wasm, store}, two addresses; all others are {id, text, format, graphs}.

import init, { Store, defaultGraph, namedNode, quad } from "oxigraph/web.js";

const DERIVED = "https://w3id.org/allgraph/ns#derived";

let store, dataset;

addEventListener("message", async ({ data }) => {
  if (data.wasm) return open(data);
  try {
    const [queried, graphs] = data.graphs ? named(data.graphs) : [store, dataset];
    const body = queried.query(data.text, { results_format: data.format, ...graphs });
    postMessage({ id: data.id, body });
  } catch (error) {
    postMessage({ id: data.id, error: String(error?.message ?? error) });
  }
});

async function open({ wasm, store: address }) {
  try {
    const [code, data] = await Promise.all([bytes(wasm), bytes(address)]);
    await init({ module_or_path: code });
    store = new Store();
    store.load(await unpacked(data), { format: "application/n-quads", lenient: true, no_transaction: true });
    dataset = datasetOf(store);
    postMessage({ triples: store.size });
  } catch (error) {
    postMessage({ failed: String(error?.message ?? error) });
  }
}

/** The graphs that a query without FROM reads: what is derived is a part of the default graph. */
function datasetOf(store) {
  const graphs = store.query("SELECT DISTINCT ?graph { GRAPH ?graph {} }").map((row) => row.get("graph"));
  return {
    default_graph: [defaultGraph(), namedNode(DERIVED)],
    named_graphs: graphs.filter((graph) => graph.value !== DERIVED),
  };
}

/**
 * The store and the graphs of a query with FROM. Its default graph is a set: where it is several
 * graphs, they are put together, for the engine would repeat a triple of two of them.
 */
function named({ iris, named }) {
  let row;
  try {
    [row] = store.query(iris);
  } catch {} // the query itself is then wrong too, and says where
  if (!named.every((_, at) => row?.get(`g${at}`))) return [store, {}];
  const graphs = named.map((isNamed, at) => [row.get(`g${at}`), isNamed]);
  const among = (wanted) => {
    const chosen = graphs.filter(([, isNamed]) => isNamed === wanted);
    return Array.from(new Map(chosen.map(([graph]) => [graph.value, graph])).values());
  };
  const [merged, beside] = [among(false), among(true)];
  if (merged.length < 2) return [store, { default_graph: merged, named_graphs: beside }];
  const union = new Store();
  for (const graph of merged) {
    for (const { subject, predicate, object } of store.match(null, null, null, graph)) {
      union.add(quad(subject, predicate, object));
    }
  }
  for (const graph of beside) store.match(null, null, null, graph).forEach((each) => union.add(each));
  return [union, { default_graph: [defaultGraph()], named_graphs: beside }];
}

async function bytes(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** What a file holds; some servers unpack it themselves. */
async function unpacked(data) {
  if (data[0] !== 0x1f || data[1] !== 0x8b) return data;
  const stream = new Blob([data]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
