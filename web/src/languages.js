// Names in another language, on a static site: what a server puts into the pages that it makes.

const NARROWEST = 14; // letters that a line of a label has room for
const FILE = /^[^?#]*\.[a-z0-9]+$/; // a path of data, which is the same in each language

/** The path of a page in a language; that of a file unchanged. */
function inLanguage(path, language) {
  if (FILE.test(path)) return path;
  const [, page, fragment] = /^([^#]*)(.*)$/s.exec(path);
  return `${page}${page.includes("?") ? "&" : "?"}lang=${language}${fragment}`;
}

/** The names in a language, by path, of what a page has links to; `read(address)` gives the content of a file. */
export async function readNames(page, language, root, read) {
  const { names, starts } = await read(`${root}/languages/${language}.json`);
  if (names) return names;
  const own = page.querySelector('link[rel="canonical"]');
  const links = [...page.querySelectorAll('a[href^="/"]')].map((link) => link.getAttribute("href"));
  const paths = [...links, ...(own ? [new URL(own.href).pathname] : [])].map((path) => path.slice(root.length).split(/[?#]/)[0]);
  const parts = new Set(paths.map((path) => starts.filter((first) => first <= path).length - 1).filter((part) => part >= 0));
  const readPart = async (part) => (await read(`${root}/languages/${language}/${part + 1}.json`)).names;
  return Object.assign({}, ...(await Promise.all([...parts].map(readPart))));
}

/** Give links to things, and the heading and title of the page about one, their names in a language. */
export function showNames(page, names, language, root) {
  const nameOf = (path) => names[path.slice(root.length).split("#")[0]];
  const rename = (place, path) => {
    const name = place && nameOf(path);
    if (name) {
      place.textContent = name;
      place.lang = language;
    }
  };
  for (const link of page.querySelectorAll('svg a[href^="/"]')) {
    const [name, title] = [nameOf(link.getAttribute("href")), link.querySelector(":scope > title")];
    if (name && title) renameDrawn(title, [...link.querySelectorAll("text")], name, language);
  }
  for (const link of page.querySelectorAll('a[href^="/"]')) {
    const path = link.getAttribute("href");
    rename(link.querySelector(":scope > bdi:only-child"), path);
    link.setAttribute("href", inLanguage(path, language));
  }
  const own = page.querySelector('link[rel="canonical"]');
  const [heading, path] = [page.querySelector("h1 > bdi:first-child"), own && new URL(own.href).pathname];
  if (!heading || !own || !nameOf(path)) return;
  const label = heading.textContent;
  rename(heading, path);
  const changed = (title) => (title.startsWith(label) ? nameOf(path) + title.slice(label.length) : title);
  page.title = changed(page.title);
  const shared = page.querySelector('meta[property="og:title"]');
  if (shared) shared.content = changed(shared.content);
}

function renameDrawn(title, texts, name, language) {
  const old = texts.map((text) => text.textContent);
  const [whole, lines] = renamed(title.textContent, old, name);
  title.textContent = whole;
  texts.forEach((text, at) => {
    if (lines[at] === old[at]) return;
    text.textContent = lines[at];
    text.setAttribute("lang", language);
  });
}

/** The title and the lines of text of a link in a picture, with another name: as `allgraph.site.languages` has it. */
export function renamed(title, lines, name) {
  let [label, count] = ["", 0];
  while (count < lines.length && !label.endsWith("…")) {
    const longer = lines.slice(0, count + 1).join(" ");
    if (!longer || !title.startsWith(longer.replace(/\u2026$/, ""))) break;
    [label, count] = [longer, count + 1];
  }
  const cut = label.replace(/\u2026$/, "");
  let rest = title.slice(cut.length);
  if (cut !== label) rest = rest.includes(", ") ? rest.slice(rest.lastIndexOf(", ")) : "";
  if (!count || (rest && !rest.startsWith(", "))) return [title, lines];
  const width = Math.max(NARROWEST, ...lines.slice(0, count).map(length));
  return [name + rest, [...inLines(name, count, width), ...lines.slice(count)]];
}

/** A name in so many lines of about a width, the last ones empty, or cut. */
function inLines(name, count, width) {
  const lines = [""];
  for (const word of name.split(/\s+/).filter(Boolean)) {
    const last = lines.at(-1);
    const longer = `${last} ${word}`.trim();
    if (last && length(longer) > width && lines.length < count) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  const fit = lines.map((line) => (length(line) <= width ? line : `${Array.from(line).slice(0, width - 1).join("").trim()}…`));
  return [...fit, ...Array(count - lines.length).fill("")];
}

function length(text) {
  return Array.from(text).length;
}
