// A picture on a page, with its table, as `picture.html` has it.

import { bdi, link, made } from "./elements.js";

const HINT = "The picture is wider than the screen: scroll it sideways.";

/** A picture `{kind, title, svg, columns, rows}` as an element; its title is hidden where the page has the same. */
export function figureOf({ kind, title, svg, columns, rows }, { isCaptioned = true } = {}) {
  const figure = made("figure", { class: "picture", id: `picture-${kind}` });
  const caption = made("figcaption", isCaptioned ? {} : { class: "hidden" });
  caption.append(bdi(title));
  const drawn = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  const width = Number(drawn.getAttribute("width"));
  const size = width > 560 ? " is-wide" : width > 350 ? " is-medium" : "";
  const drawing = made("div", { class: `drawing${size}`, role: "region", "aria-label": title });
  drawing.append(document.adoptNode(drawn));
  const details = made("details");
  const scroll = made("div", { class: "scroll" });
  const table = made("table");
  table.createTHead().insertRow().append(...columns.map((column) => made("th", { scope: "col" }, column)));
  const lines = table.createTBody();
  for (const row of rows) {
    const line = lines.insertRow();
    for (const text of row) line.insertCell().append(bdi(text));
  }
  scroll.append(table);
  details.append(made("summary", {}, "As a table"), scroll);
  const beneath = made("ul", { class: "beneath" });
  const item = made("li");
  item.append(link("#cite", "Cite"));
  beneath.append(item);
  figure.append(caption, drawing, ...(size ? [made("p", { class: "scrolls", "aria-hidden": "true" }, HINT)] : []), details, beneath);
  return figure;
}
