// Answers SPARQL in the page: Oxigraph, over the file with all that the graph holds.
//
// The first message is {wasm, store}, two addresses; all others are {id, text, format, hasFrom}.

import init, { Store, defaultGraph, namedNode } from "oxigraph/web.js";

const DERIVED = "https://w3id.org/allgraph/ns#derived";

let store, dataset;

addEventListener("message", async ({ data }) => {
  if (data.wasm) return open(data);
  try {
    const body = store.query(data.text, {
      results_format: data.format,
      ...(!data.hasFrom && dataset),
    });
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
