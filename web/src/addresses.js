// Where the pages of IRIs are on a site: as `allgraph.model.addresses` has it.

export const WHOLE = ["ns", "shapes"];
const SPACES = ["id", "claim", "source"];
const RESERVED = [...SPACES, "iri", "pages"];
const NAMED_AS_FILE = /\.(?:ttl|nt|rdf|jsonld|csv|json|svg)$/;

/**
 * The address of the page of an IRI of this graph, of which `text` is what follows the base; "" where
 * there is none. A page whose path has a digest is asked for by the IRI's own path, which servers know.
 */
export function addressBelow(text, root) {
  const [rest, mark] = cut(text);
  const key = keyOf(rest);
  const end = mark && `#${quoted(mark)}`;
  if (isFit(key)) return `${root}/${WHOLE.includes(key) ? "" : "page/"}${quoted(key)}${end}`;
  const own = rest.replace(/[^\x21-\x7e]/gu, encodeURIComponent);
  const isPlain = !/^[/\\]|\/\/|(?:^|\/)\.{1,2}(?:\/|$)/.test(own); // nobody changes it on its way
  return isPlain ? `${root}/${own}${end}` : "";
}

/** The IRI of the thing at a path of a page. */
export function iriOf(path, base) {
  const rest = decodeURIComponent(path.replace("/page/", ""));
  if (rest.startsWith("iri/")) return base + rest.slice(4);
  return /^(?:claim|source)\//.test(rest) ? base + rest : `${base}id/${rest}`;
}

/** The text before the first “#”, and that after it. */
export function cut(text) {
  const place = text.indexOf("#");
  return place < 0 ? [text, ""] : [text.slice(0, place), text.slice(place + 1)];
}

function keyOf(rest) {
  if (WHOLE.includes(rest)) return rest;
  const [space, ...others] = rest.split("/");
  if (!others.length || !SPACES.includes(space)) return `iri/${rest}`;
  const name = others.join("/");
  return space === "id" && name && !RESERVED.includes(others[0]) ? name : rest;
}

function isFit(key) {
  const parts = key.split("/");
  const size = (text) => new TextEncoder().encode(text).length;
  if (key.includes("%") && /[^\x00-\x7f]/.test(key)) return false;
  if (key.startsWith("iri/~") || parts.at(-1) === "index.html" || size(key) > 1000) return false;
  return (
    parts.every((part) => part && size(part) <= 200 && !part.startsWith(".")) &&
    !parts.slice(0, -1).some((part) => NAMED_AS_FILE.test(part))
  );
}

/** A text in a path, percent-encoded. */
export function quoted(text) {
  return encodeURIComponent(text).replace(/%(?:2F|3A|40|24|26|2B|2C|3B|3D)/g, decodeURIComponent);
}
