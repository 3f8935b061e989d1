"""Names of things in other languages: pages that have them in the place of labels.

A name in another language is a `skos:prefLabel` with a language tag. Pages themselves are in
English, and have the labels; in a page in another language each link to a thing that has a name
in it, also in a picture, and the heading and title of the page about it, have that name. Its links
lead to pages in the same language. The script of a static site does the same in the browser, with
the file of the names.

>>> renamed("Ada Lovelace, person", ["Ada", "Lovelace", "+2"], "Ада Лавлейс")
('Ада Лавлейс, person', ['Ада Лавлейс', '', '+2'])
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape, unescape

from allgraph.errors import ParameterError
from allgraph.render.json import compact
from allgraph.site.site import Site

_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8}){0,7}")
_LINK = re.compile(r'<a\b([^>]*?) href="(/[^"]*)"([^>]*)>(?:(<bdi>)([^<]*)</bdi></a>)?')
_FORM = re.compile(r'(<form\b[^>]* action="/[^>]*>)')
_HEADING = re.compile(r"(<h1[^>]*>)<bdi>([^<]*)</bdi>")
_CANONICAL = re.compile(r'<link rel="canonical" href="([^"]*)">')
_DRAWN = re.compile(
    r'(<a\b[^>]* href="(/[^"]*)"[^>]*><title>)([^<]*)(</title>)(.*?</a>)', re.DOTALL
)
_TEXT = re.compile(r"<text\b([^>]*)>([^<]*)(?=</text>)")
_LARGEST = 60_000  # bytes of names in a file
_NARROWEST = 14  # letters that a line of a label has room for
_FILE = re.compile(r"[^?#]*\.[a-z0-9]+")  # a path of data, which is the same in each language


def checked(language: str) -> str:
    """Return a language tag in lower case; `ParameterError` for a text that is none."""
    if not _TAG.fullmatch(language):
        raise ParameterError(f"lang: “{language[:40]}” is no language tag, such as ru or pt-BR")
    return language.lower()


def in_language(site: Site, page: bytes, language: str) -> bytes:
    """Return the HTML of a page with the names that things have in a language.

    `language` is a `checked` tag. Links within the site lead to pages in this language.
    """
    known, root = site.names_in(language), site.root
    html = page.decode()

    def named(path: str, label: str) -> str:
        """Return the HTML of the name of the thing with a path; that of its label without one."""
        name = known.get(unescape(path).removeprefix(root).partition("#")[0])
        if name is None:
            return f"<bdi>{label}</bdi>"
        return f'<bdi lang="{language}">{escape(name)}</bdi>'

    def drawn(match: re.Match[str]) -> str:
        """Return a link in a picture, with the name in its title and its lines of text."""
        before, path, title, end, rest = match.groups()
        name = known.get(unescape(path).removeprefix(root).partition("#")[0])
        if name is None:
            return match[0]
        old = [unescape(text) for _, text in _TEXT.findall(rest)]
        own_title, new = renamed(unescape(title), old, name)
        lines = iter(zip(old, new, strict=True))

        def line(text: re.Match[str]) -> str:
            """Return a line of text, with the language if it is another one."""
            before, after = next(lines)
            mark = "" if before == after else f' lang="{language}"'
            return f"<text{mark}{text[1]}>{escape(after)}"

        return f"{before}{escape(own_title)}{end}{_TEXT.sub(line, rest)}"

    def link(match: re.Match[str]) -> str:
        """Return a link, with its end and the name in it if the match has them."""
        before, path, after, is_named, label = match.groups()
        end = f"{named(path, label)}</a>" if is_named else ""
        return f'<a{before} href="{_with(path, language)}"{after}>{end}'

    html = _LINK.sub(link, _DRAWN.sub(drawn, html))
    html = _FORM.sub(rf'\1<input type="hidden" name="lang" value="{language}">', html)
    if (canonical := _CANONICAL.search(html)) and canonical[1].startswith(site.home):
        own = root + "/" + canonical[1].removeprefix(site.home)
        name = known.get(unescape(own).removeprefix(root))
        heading = _HEADING.search(html)
        if heading and name is not None:
            html = html.replace(heading[0], heading[1] + named(own, heading[2]), 1)
            for start in ("<title>", '<meta property="og:title" content="'):
                html = html.replace(start + heading[2], start + escape(name), 1)
    return html.encode()


def renamed(title: str, lines: Sequence[str], name: str) -> tuple[str, list[str]]:
    """Return the title and the lines of text of a link in a picture, with another name in them.

    The first lines are the label with which the title begins, as far as there is room. Where they
    are not, all is returned as it is. The name has as many lines, and is cut where it is longer.
    """
    label, count = "", 0
    while count < len(lines) and not label.endswith("…"):
        longer = " ".join(lines[: count + 1])
        if not longer or not title.startswith(longer.removesuffix("…")):
            break
        label, count = longer, count + 1
    cut = label.removesuffix("…")
    rest = title[len(cut) :]
    if cut != label:  # what follows the label in the title is its kind
        rest = "".join(rest.rpartition(", ")[1:]) if ", " in rest else ""
    if not count or (rest and not rest.startswith(", ")):
        return title, [*lines]
    width = max(_NARROWEST, *map(len, lines[:count]))
    return name + rest, [*_in_lines(name, count, width), *lines[count:]]


def _in_lines(name: str, count: int, width: int) -> list[str]:
    """Return a name in so many lines of about a width, the last ones empty, or cut with ``…``."""
    lines = [""]
    for word in name.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and len(longer) > width and len(lines) < count:
            lines.append(word)
        else:
            lines[-1] = longer
    lines = [line if len(line) <= width else f"{line[: width - 1].strip()}…" for line in lines]
    return lines + [""] * (count - len(lines))


def files(names: Mapping[str, str]) -> Iterator[tuple[int, bytes]]:
    """Yield (number, content) of the JSON files of names by path that the script of a site reads.

    File 0 has all names; where they are too many, it has the first path of each of the other files,
    which have them in order of UTF-16.
    """
    ordered = sorted(names, key=lambda path: path.encode("utf-16-be", "surrogatepass"))
    parts: list[dict[str, str]] = [{}]
    size = 0
    for path in ordered:
        size += len(path.encode()) + len(names[path].encode()) + 6
        if size > _LARGEST and parts[-1]:
            parts.append({})
            size = 0
        parts[-1][path] = names[path]
    if len(parts) == 1:
        yield 0, compact({"names": parts[0]}).encode()
        return
    yield 0, compact({"starts": [next(iter(part)) for part in parts]}).encode()
    yield from ((number, compact({"names": part}).encode()) for number, part in enumerate(parts, 1))


def _with(path: str, language: str) -> str:
    """Return the path of a link, escaped for HTML, with the language; that of a file unchanged."""
    path = unescape(path)
    if _FILE.fullmatch(path):
        return escape(path)
    page, mark, fragment = path.partition("#")
    return escape(f"{page}{'&' if '?' in page else '?'}lang={language}{mark}{fragment}")
