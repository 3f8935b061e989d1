// What pictures share: widths of texts, lines, links and shapes; as `allgraph.render.svg` has it.

export const SIZE = 14;
export const SMALL = 12;
export const LINE = 17;
export const LABEL = ' class="ag-label"';
export const SHAPES = {
  people: ["#2a7ab9", "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0z"],
  bodies: ["#b8651b", "M-5.5-5.5h11v11h-11z"],
  campaigns: ["#9a5fc0", "M0-7 6.5 5h-13z"],
  documents: ["#8a7613", "M-5-7h6l4 4V7H-5zM-2-1v1.5H2V-1zM-2 2.5V4H2V2.5z"],
  laws: ["#2c8658", "M0-7.5 7 0 0 7.5-7 0z"],
  events: ["#c94f7c", "M0-8 1.9-2.6 7.6-2.5 3.1 1 4.7 6.5 0 3.2-4.7 6.5-3.1 1-7.6-2.5-1.9-2.6z"],
  others: ["#7c7c7c", "M-3 0h-3L0-6 6 0 0 6-6 0h3L0 3 3 0 0-3z"],
};
const WIDTHS = [[" ',.:;Iijl|", 34], ["!()-/J[\\]frt", 42], ["#%+<=>@MW^mw~", 100], ["&", 79], ["acekosvxyz", 62]];
const REMOVED = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]/gu;
const WIDE = /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** A text on one line, without characters that XML forbids or that reverse what follows. */
export function clean(text) {
  return text.replace(REMOVED, "").replace(/\s+/g, " ");
}

export function escaped(text) {
  return clean(text).replace(/[&<>"']/g, (char) => ESCAPES[char]);
}

/** An address escaped for an attribute; "" unless it is http(s) or a path from the root. */
export function address(href) {
  return href.length <= 2000 && /^(?:https?:\/\/(?!$)|\/)(?!\/)[^\s\\]*$/i.test(href) && clean(href) === href ? escaped(href) : "";
}

/** The width of a text in ems, as it is in a wide font. */
export function ems(text) {
  if (/^[\0-\x7f]*$/.test(text)) return [...text].reduce((sum, char) => sum + hundredths(char), 0) / 100;
  return Array.from(text).reduce((sum, char) => sum + em(char), 0);
}

function hundredths(char) {
  const fits = WIDTHS.find(([chars]) => chars.includes(char));
  return fits ? fits[1] : /[A-Z]/.test(char) ? 79 : 65;
}

function em(char) {
  if (char <= "\x7f") return hundredths(char) / 100;
  if (/[\p{Mn}\p{Me}\p{Cf}]/u.test(char)) return 0.1;
  const isLong = char.length > 1;
  if ("—…æœ".includes(char) || WIDE.test(char)) return isLong ? 1.4 : 1.05;
  if (!isLong && char < "\u0590") return /\p{Lu}/u.test(char) ? 1.1 : char < "\u0370" ? 0.7 : 0.95;
  return isLong ? 1.6 : 1.2;
}

/** How many of the first characters of a text fit into a width; no mark is cut from its letter. */
function fitting(chars, room) {
  let width = 0;
  const most = Math.trunc(room * 6);
  for (let place = 0; place < chars.length; place++) {
    width += em(chars[place]);
    if (width > room || place === most) {
      while (place && (em(chars[place]) < 0.2 || chars[place - 1] === "\u200d")) place -= 1;
      return place;
    }
  }
  return chars.length;
}

/** A text cut to a width; an ellipsis stands for what is cut off. */
export function short(text, room) {
  const chars = Array.from(text);
  if (chars.length <= room * 6 && ems(text) <= room) return text;
  return `${chars.slice(0, Math.max(fitting(chars, room - 1), 0)).join("").trimEnd()}…`;
}

/** A text as at most so many lines, none wider than a width, broken between words. */
export function wrapped(text, room, most) {
  const lines = [];
  let chars = Array.from(text);
  for (;;) {
    const fits = lines.length < most - 1 ? fitting(chars, room) : chars.length;
    if (fits >= chars.length) break;
    let cut = chars.lastIndexOf(" ", fits);
    if (cut < 1) cut = Math.max(fits, 1);
    lines.push(chars.slice(0, cut).join("").trimEnd());
    chars = Array.from(chars.slice(cut).join("").trimStart());
  }
  return [...lines, short(chars.join(""), room)];
}

export function textLines(lines, x, y, step, attributes = "") {
  return lines.map((line, at) => `<text${attributes} x="${x}" y="${y + at * step}">${escaped(line)}</text>`).join("");
}

/** A number with one digit after the point; halves go to the even one, as in Python. */
export function fixed(number) {
  const isHalf = Number.isInteger(number * 4) && !Number.isInteger(number * 2);
  return isHalf ? ((2 * Math.round(number * 5)) / 10).toFixed(1) : number.toFixed(1);
}

/** The element of a thing: a link if it has an address, else a group. */
export function node(dot, title, inner, kind = "ag-node", isThing = true) {
  const group = dot.group in SHAPES ? dot.group : "others";
  return linked(dot.href, title, inner, `${kind}${isThing ? ` ag-${group}` : ""}`);
}

export function linked(place, title, inner, classes) {
  const href = place && address(place);
  const [tag, more] = href ? ["a", ` href="${href}" color="inherit"`] : ["g", ""];
  return `<${tag} class="${classes}"${more}><title>${title}</title>${inner}</${tag}>`;
}

export function titleOf(dot) {
  return dot.kind ? `${escaped(dot.name)}, ${escaped(dot.kind)}` : escaped(dot.name);
}

export function shape(group, x, y) {
  const [colour, outline] = SHAPES[group] ?? SHAPES.others;
  return `<path class="ag-dot" transform="translate(${fixed(x)} ${y})" d="${outline}" fill="${colour}"/>`;
}

/** Drawings, with their centres at 0, and what they mean, in a row. */
export function legend(entries, y) {
  let x = 8;
  const parts = entries.map(([drawing, words]) => {
    const part = `<g transform="translate(${fixed(x)} ${y})">${drawing}</g><text x="${fixed(x + 12)}" y="${y + 4}">${words}</text>`;
    x += ems(words) * SMALL + 36;
    return part;
  });
  return parts.length ? `<g class="ag-legend" font-size="${SMALL}">${parts.join("")}</g>` : "";
}

export function image(kind, name, width, height, inner, size = SIZE) {
  const body = inner.join("");
  const role = body.includes("<a ") ? "group" : "img";
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" class="ag-picture ag-${kind}" role="${role}" ` +
    `aria-label="${name}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="system-ui, sans-serif" font-size="${size}" fill="currentColor" direction="ltr">${body}</svg>`
  );
}
