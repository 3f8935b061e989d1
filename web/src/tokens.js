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
    `(?<name>(?:_|${NAME})?:(?:[${WORD}:\\u00b7%\\-]|\\.+(?=[${WORD}:\\u00b7%\\-\\\\])|\\\\.)*)`,
    `(?<word>${NAME}|_[${WORD}]*)`,
    "(?<number>(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+\\-]?[0-9]+)?)",
    "(?<other>\\\\.|.)",
  ].join("|"),
  "gsu",
);
const SIGNS = new Set("&& || ^^ <= >= != << >>".split(" "));

/** All tokens of a text as {kind, text, index}; nothing is left out. */
export function tokensOf(sparql) {
  return Array.from(sparql.matchAll(TOKEN), ({ 0: text, index, groups }) => ({
    kind: Object.keys(groups).find((kind) => groups[kind] !== undefined),
    text,
    index,
  }));
}

/** The tokens of a text but for space and comments, with signs such as `^^` as one each. */
export function wholeTokensOf(sparql) {
  const whole = [];
  for (const token of tokensOf(sparql)) {
    const last = whole.at(-1);
    const isSign = last?.index === token.index - 1 && SIGNS.has(last.text + token.text);
    if (isSign) whole[whole.length - 1] = { ...last, text: last.text + token.text };
    else if (token.kind !== "space" && token.kind !== "comment") whole.push(token);
  }
  return whole;
}
