// Names in another language, on a static site: what a server puts into the pages that it makes.

const FILE = /^[^?#]*\.[a-z0-9]+$/; // a path of data, which is the same in each language

/** The path of a page in a language; that of a file unchanged. */
function inLanguage(path, language) {
  if (FILE.test(path)) return path;
  const [, page, fragment] = /^([^#]*)(.*)$/s.exec(path);
  return `${page}${page.includes("?") ? "&" : "?"}lang=${language}${fragment}`;
}

/** Give links to things, and the heading of the page about one, their names in a language. */
export function showNames(page, names, language, root) {
  const rename = (place, path) => {
    const name = place && names[path.slice(root.length).split("#")[0]];
    if (name) {
      place.textContent = name;
      place.lang = language;
    }
  };
  for (const link of page.querySelectorAll('a[href^="/"]')) {
    const path = link.getAttribute("href");
    rename(link.querySelector(":scope > bdi:only-child"), path);
    link.setAttribute("href", inLanguage(path, language));
  }
  const own = page.querySelector('link[rel="canonical"]');
  if (own) rename(page.querySelector("h1 > bdi"), new URL(own.href).pathname);
}
