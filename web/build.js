// Bundles the stylesheet and the scripts into the package: `npm run build [-- FOLDER]`.
//
// The same sources give the same bytes. What others wrote is listed with its licence.

import { build } from "esbuild";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const TARGET = resolve(process.argv[2] ?? join(HERE, "../src/allgraph/site/static"));
const NONE = "All that is bundled in these files is a part of allgraph; nothing by others is in them.\n";

const { metafile } = await build({
  absWorkingDir: HERE,
  entryPoints: ["src/site.js", "src/network.js", "src/site.css", "src/icon.svg"],
  loader: { ".svg": "copy" },
  outdir: TARGET,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022", "chrome109", "firefox115", "safari16"],
  charset: "ascii",
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
});
mkdirSync(TARGET, { recursive: true });
writeFileSync(join(TARGET, "THIRD-PARTY.txt"), thirdParties(Object.keys(metafile.inputs)));

/** The licences of the packages that some files are from. */
function thirdParties(files) {
  const folders = new Set(
    files.map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]).filter(Boolean),
  );
  const parts = [...folders].sort().map(licenceOf);
  return parts.length ? parts.join("\n\n") : NONE;
}

/** The name, version and licence text of a package; every one has to come with its licence. */
function licenceOf(folder) {
  const place = join(HERE, folder);
  const { name, version, license } = JSON.parse(readFileSync(join(place, "package.json"), "utf8"));
  const text = readdirSync(place).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  if (!text.length) throw new Error(`${name} comes without the text of its licence`);
  const texts = text.sort().map((file) => readFileSync(join(place, file), "utf8").trim());
  return [`${name} ${version} (${license})`, ...texts].join("\n\n") + "\n";
}
