// Bundles the stylesheet and the scripts into the package: `npm run build [-- FOLDER]`.
//
// The same sources give the same bytes. What others wrote is listed with its licence.

import { build } from "esbuild";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const TARGET = resolve(process.argv[2] ?? join(HERE, "../src/allgraph/site/static"));
const ENGINE = "node_modules/oxigraph/web_bg.wasm";
const OURS = readFileSync(join(HERE, "../LICENSE"), "utf8").trim();
const HEAD = `What others wrote, in these files. editor.js has the editor; query-worker.js and oxigraph.wasm are
Oxigraph, taken under the Apache License, which is compiled together with the Rust packages that its
Cargo.lock lists. All else is a part of allgraph.
`;
const OPTIONS = {
  absWorkingDir: HERE,
  preserveSymlinks: true, // a linked node_modules gives the same bytes
  outdir: TARGET,
  bundle: true,
  minify: true,
  target: ["es2022", "chrome109", "firefox115", "safari16"],
  charset: "ascii",
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
};

const pages = await build({
  ...OPTIONS,
  entryPoints: ["src/site.js", "src/network.js", "src/query.js", "src/question.js", "src/finding.js", "src/check.js", "src/site.css", "src/icon.svg"],
  loader: { ".svg": "copy" },
  format: "iife",
});
const modules = await build({
  ...OPTIONS,
  entryPoints: ["src/query-worker.js", "src/editor.js", "src/views.js"], // imported where they are needed
  format: "esm",
});
mkdirSync(TARGET, { recursive: true });
copyFileSync(join(HERE, ENGINE), join(TARGET, "oxigraph.wasm"));
const inputs = [pages, modules].flatMap(({ metafile }) => Object.keys(metafile.inputs));
writeFileSync(join(TARGET, "THIRD-PARTY.txt"), thirdParties([...inputs, ENGINE]));

/** The licences of the packages that some files are from. */
function thirdParties(files) {
  const folders = new Set(
    files.map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]).filter(Boolean),
  );
  return [HEAD, ...[...folders].sort().map(licenceOf)].join("\n\n");
}

/** The name, version and licence text of a package: its own, or that of the Apache License. */
function licenceOf(folder) {
  const place = join(HERE, folder);
  const { name, version, license } = JSON.parse(readFileSync(join(place, "package.json"), "utf8"));
  const files = readdirSync(place).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  const texts = files.sort().map((file) => readFileSync(join(place, file), "utf8").trim());
  if (!texts.length && /\bApache-2\.0\b/.test(license)) texts.push(OURS);
  if (!texts.length) throw new Error(`${name} comes without the text of its licence`);
  return [`${name} ${version} (${license})`, ...texts].join("\n\n") + "\n";
}
