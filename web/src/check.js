// The page of a claim checks a text that a reader pastes: it looks for the span whose SHA-256 the
// claim states. The text stays in the page; nothing is sent.

const BATCH = 400; // digests that are made before the page is given time
const MOST = 400_000; // spans that are tried
const AROUND = 160; // characters shown on either side
const PARTS = 40; // parts of a line that values are put together from

const encoder = new TextEncoder();
const hex = (buffer) =>
  [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** The first of some spans [start, end] of characters with a digest; undefined if none has it. */
export async function matching(characters, digest, spans, tell = () => true) {
  let batch = [];
  let tried = 0;
  const among = async () => {
    const digests = await Promise.all(
      batch.map(([start, end]) =>
        crypto.subtle.digest("SHA-256", encoder.encode(characters.slice(start, end).join(""))),
      ),
    );
    const place = digests.findIndex((each) => hex(each) === digest);
    tried += batch.length;
    const found = batch[place];
    batch = [];
    return found;
  };
  for (const span of spans) {
    if (tried + batch.length >= MOST) break;
    batch.push(span);
    if (batch.length < BATCH && tried) continue; // the first span, the likeliest, is tried alone
    const found = await among();
    if (found) return { found, tried };
    await new Promise((done) => setTimeout(done));
    if (!tell(tried)) return { tried, stopped: true };
  }
  const found = batch.length ? await among() : undefined;
  return { found, tried, cut: !found && tried >= MOST };
}

/** The spans of a length: the one at a place first, then those that begin a word, then all. */
export function* spansOf(characters, start, length) {
  const last = characters.length - length;
  if (start <= last) yield [start, start + length];
  const begins = (at) => at === 0 || !/[\p{L}\p{N}]/u.test(characters[at - 1]);
  for (const first of [true, false]) {
    for (let at = 0; at <= last; at += 1) {
      if (at !== start && begins(at) === first) yield [at, at + length];
    }
  }
}

/** The spans that a value of a record may be: the whole, lines, and what is between marks in them. */
export function* values(characters) {
  const [start, end] = trimmed(characters, 0, characters.length);
  if (start < end) yield [start, end];
  for (let from = start; from < end; ) {
    let to = from;
    while (to < end && characters[to] !== "\n") to += 1;
    const parts = partsOf(characters, from, to);
    for (let count = parts.length; count > 0; count -= 1) {
      for (let first = 0; first + count <= parts.length; first += 1) {
        const [[begin], [, last]] = [parts[first], parts[first + count - 1]];
        if (begin !== start || last !== end) yield [begin, last];
      }
    }
    from = to + 1;
  }
}

/** The parts of a line, without spaces: what is between signs, each sign, and the rest of a long line. */
function partsOf(characters, from, to) {
  const parts = [];
  let start = from;
  for (let at = from; at < to && parts.length < PARTS; at += 1) {
    if (!/[^\p{L}\p{N}.-]/u.test(characters[at])) continue;
    if (start < at) parts.push([start, at]);
    if (!isSpace(characters[at])) parts.push([at, at + 1]);
    start = at + 1;
  }
  const rest = trimmed(characters, start, to);
  return rest[0] < rest[1] ? [...parts, rest] : parts;
}

function trimmed(characters, start, end) {
  while (start < end && isSpace(characters[start])) start += 1;
  while (end > start && isSpace(characters[end - 1])) end -= 1;
  return [start, end];
}

function isSpace(character) {
  return /\s/.test(character);
}

function show(field, characters, [start, end], isThere) {
  const text = (from, to) => characters.slice(from, to).join("");
  const mark = document.createElement("mark");
  mark.textContent = text(start, end);
  const before = Math.max(0, start - AROUND);
  const after = Math.min(characters.length, end + AROUND);
  const found = field.querySelector(".found");
  found.replaceChildren(
    `${before ? "…" : ""}${text(before, start)}`,
    mark,
    `${text(end, after)}${after < characters.length ? "…" : ""}`,
  );
  found.hidden = false;
  const place = isThere ? "at the place that the claim states" : `at characters ${start} to ${end}`;
  return `Found ${place}: the words have the digest of the claim.`;
}

async function check(details, field, run) {
  const { sha256, start, end } = details.dataset;
  const status = field.querySelector('[role="status"]');
  const characters = [...field.querySelector("textarea").value];
  field.querySelector(".found").hidden = true;
  const is = (words) => (status.textContent = words);
  if (!characters.length) return is("Paste the text of the source first.");
  if (!globalThis.crypto?.subtle) return is("This browser makes digests only for pages by https.");
  is("Looking …");
  const from = Number(start);
  const length = Number(end) - from;
  const spans = start ? spansOf(characters, from, length) : values(characters);
  const tell = (tried) => {
    if (tried % (BATCH * 25) < BATCH) is(`Looking … ${tried.toLocaleString("en")} places tried.`);
    return details.run === run;
  };
  const { found, stopped, cut, tried } = await matching(characters, sha256.toLowerCase(), spans, tell);
  if (stopped) return;
  if (found) return is(show(field, characters, found, start && found[0] === from));
  const tries = `${tried.toLocaleString("en")} places were tried${cut ? ", not all" : ""}`;
  const more = start
    ? "The text may be another state of the source, or have other spaces and signs."
    : "Paste the value alone, as it stands in the record.";
  is(`Not found: no words here have the digest of the claim (${tries}). ${more}`);
}

const pages = globalThis.document?.querySelectorAll(".check[data-sha256]") ?? [];
for (const details of pages) {
  const field = details.querySelector(".field");
  field.hidden = false;
  details.querySelector(".by-hand").hidden = true;
  field.querySelector("button").addEventListener("click", () => {
    details.run = (details.run ?? 0) + 1;
    check(details, field, details.run);
  });
}
