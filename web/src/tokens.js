// The tokens of SPARQL: as `allgraph.sparql.tokens` has them.

const WORD = "\\p{L}\\p{N}_";
const NAME = `\\p{L}[${WORD}.\\u00b7-]*`;
const TOKEN = new RegExp(
  [
    String.raw`(?<space>\s+)`,
    String.raw`(?<comment>#[^\r\n]*)`,
    String.raw`(?<iri><(?:[^\x00-\x20<>"{}|^\x60\\]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>)`,
    String.raw`(?<string>"{3}(?:"{0,2}(?:[^"\\]|\\.))*"{3}|'{3}(?:'{0,2}(?:[^'\\]|\\.))*'{3}|"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*')`,
    `(?<variable>[?$][${WORD}\\u00b7\\u0300-\\u036f\\u203f\\u2040]+)`,
    "(?<tag>@[A-Za-z][A-Za-z0-9\\-]*)",
    `(?<name>(?:_|${NAME})?:(?:[${WORD}:.\\u00b7%\\-]|\\\\.)*)`,
    `(?<word>${NAME}|_[${WORD}]*)`,
    "(?<number>(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+\\-]?[0-9]+)?)",
    "(?<other>\\\\.|.)",
  ].join("|"),
  "gsu",
);

/** All tokens of a text as {kind, text}; nothing is left out. */
export function tokensOf(sparql) {
  return Array.from(sparql.matchAll(TOKEN), ({ 0: text, groups }) => ({
    kind: Object.keys(groups).find((kind) => groups[kind] !== undefined),
    text,
  }));
}
