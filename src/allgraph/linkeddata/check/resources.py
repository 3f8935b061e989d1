"""Checks of things and pages: each comes in all its formats, and these say the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from allgraph.errors import EngineError
from allgraph.linkeddata.check import parse
from allgraph.linkeddata.check.fetch import Place, Response, absolute, resolved
from allgraph.linkeddata.check.findings import Notes
from allgraph.linkeddata.check.parse import TYPES, Page, RdfDocument

ASKED = ("text/turtle", "application/ld+json", "application/rdf+xml", "application/n-triples")
"""The formats that a thing is asked for."""
BROWSER = "text/html, */*;q=0.8"
HTML = ("text/html", "application/xhtml+xml")

_LINK = re.compile(r"<([^<>]{0,2000})>((?:[^,\"]|\"[^\"]{0,500}\"){0,1000})")
_PARAMETER = re.compile(r";\s*(\w+)\s*=\s*(?:\"([^\"]{0,500})\"|([^;,\s]{0,500}))")
_LOOKS_LIKE_HTML = re.compile(rb"\s*(?:<!--.{0,500}?-->\s*)?<(?:!doctype html|html\b)", re.I | re.S)


def links(reply: Response, page: Page | None) -> Iterator[tuple[frozenset[str], str, str]]:
    """The links of a reply, in its header and in its page: ``rel``, ``type``, address.

    >>> reply = Response("", "", 200, {"link": '</a.ttl>; rel="alternate"; type="text/turtle"'})
    >>> list(links(reply, None))
    [(frozenset({'alternate'}), 'text/turtle', '/a.ttl')]
    """
    for match in _LINK.finditer(reply.headers.get("link", "")[:20_000]):
        said = {name.lower(): one or other for name, one, other in _PARAMETER.findall(match[2])}
        rels = frozenset(said.get("rel", "").lower().split())
        if "formats" in said:  # in another profile, which says other things
            rels -= {"alternate"}
        yield rels, said.get("type", "").lower(), match[1]
    if page is not None:
        yield from page.links


class Documents:
    """Checks documents, and remembers the pages and links that it saw."""

    def __init__(self, place: Place, notes: Notes) -> None:
        self.place, self.notes = place, notes
        self.links: dict[str, str] = {}
        self.described: set[str] = set()
        self.formats: set[str] = set()
        self.has_json_ld = False
        self._pages: dict[str, Page | None] = {}
        self._alternates: set[str] = set()

    # ---- Things

    def check_thing(self, iri: str) -> None:
        """A thing comes in every format that is advertised, and all say the same."""
        self.notes.counts["things"] += 1
        found: dict[str, Response] = {}
        failed: list[Response] = []
        for asked in (*ASKED, HTML[0]):
            reply = self.place.get(iri, asked)
            if not reply.ok:
                failed.append(reply)
            elif reply.type == asked:
                found[asked] = reply
            elif asked in ASKED and reply.type in TYPES:
                found.setdefault(reply.type, reply)
            elif asked == HTML[0] and reply.type in HTML:
                found[asked] = reply
        broken = [r for r in failed if r.status != 406]
        if broken and (not found or broken[0].status >= 500 or "redirects" in broken[0].why):
            what = "a thing does not dereference" if not found else "a format of a thing fails"
            self.notes.missing("thing", broken[0], what, focus=iri)
        elif not found:
            replies = [self.place.get(iri, asked) for asked in (*ASKED, HTML[0])]
            if not any(reply.skipped for reply in replies):
                self.notes.wrong(
                    "thing", iri, "a thing comes neither as a page nor in any format of RDF that "
                    f"was asked for ({', '.join(ASKED)}); say its type in Content-Type", focus=iri,
                )  # fmt: skip
        if not found:
            return
        self._negotiated(iri, found)
        self._same(iri, found, self._advertised(iri, found))

    def _negotiated(self, iri: str, found: Mapping[str, Response]) -> None:
        """What comes by ``Accept`` says so to caches, and scripts of other sites may read it."""
        first = next(iter(found.values()))
        if len(found) > 1:
            heads = [r.first or r.headers for r in found.values()]
            if not all(_names(h.get("vary", "")) & {"accept", "*"} for h in heads):
                self.notes.doubtful(
                    "vary", iri, "what comes depends on Accept, and the reply does not say so: "
                    "caches may give a browser's page to a program; send Vary: Accept",
                )  # fmt: skip
        data = next((r for kind, r in found.items() if kind in TYPES), first)
        if not all("access-control-allow-origin" in h for h in (data.first, data.headers) if h):
            self.notes.doubtful(
                "cors", iri, "scripts of other sites cannot read this; send "
                "Access-Control-Allow-Origin: * with redirects and with data",
            )  # fmt: skip

    def _advertised(
        self, iri: str, found: Mapping[str, Response]
    ) -> dict[str, tuple[str, Response]]:
        """What links of the page and of the data say there is: address and reply, by types."""
        told: dict[str, tuple[str, Response]] = {}
        for kind, reply in found.items():
            page = self.page(reply) if kind == HTML[0] else None
            for rels, type, href in links(reply, page):
                type = type.partition(";")[0].strip()
                if "alternate" in rels and type in TYPES and type not in told:
                    address = resolved(self.place, href, reply)
                    if address is not None:
                        told[type] = (address, reply)
        for kind in told:
            if kind in ASKED and kind not in found and self.place.negotiates:
                self.notes.wrong(
                    "format", iri, f"{kind} is advertised for a thing, and is not what comes for "
                    f"Accept: {kind}", focus=iri,
                )  # fmt: skip
        return told

    def _same(
        self, focus: str, found: Mapping[str, Response], told: Mapping[str, tuple[str, Response]]
    ) -> None:
        """All formats of a document can be read, are what they are said to be, and are equal."""
        data = [(kind, reply) for kind, reply in found.items() if kind in TYPES]
        seen = {reply.url for _, reply in data}
        for kind, (address, source) in told.items():
            self._alternates.add(address)
            reply = self.place.get(address, kind)
            if reply.url in seen:
                continue
            seen.add(reply.url)
            if not reply.ok:
                said = f"data in {kind} are advertised by {self.place.where(source.url)}, and fail"
                self.notes.missing("format", reply, said, focus=focus)
            elif reply.type != kind:
                self._wrong_type(reply, kind, focus)
            else:
                data.append((kind, reply))
        self.formats |= {kind for kind, _ in data}
        self._compare(focus, [(k, r) for k, r in data if not self._is_page(r, k, focus)])

    def _compare(self, focus: str, data: list[tuple[str, Response]]) -> None:
        if not data:
            return
        documents = [RdfDocument(kind, reply.body, reply.known) for kind, reply in data]
        graphs: list[tuple[Response, bytes]] = []
        for (kind, reply), reading in zip(data, parse.read(documents), strict=True):
            self.notes.counts["documents of data"] += 1
            if reading.unread:
                self.notes.limit(reply.url, reading.error)
            elif reading.error:
                self.notes.wrong("syntax", reply.url, f"it is no {kind}: {reading.error}")
            else:
                graphs.append((reply, reading.lines))
        if not graphs:
            return
        (first, lines), *others = graphs
        if not lines:
            self.notes.doubtful("about", first.url, "the data are empty", focus=focus)
        self.described.update(_subjects(line for _, lines in graphs for line in lines.split(b"\n")))
        for reply, more in others:
            self.notes.counts["comparisons of formats"] += 1
            try:
                different = difference(lines, more)
            except EngineError as error:
                self.notes.limit(reply.url, error.message)
                return
            if different:
                self.notes.wrong(
                    "isomorphic", reply.url, f"this and {self.place.where(first.url)} "
                    f"({first.type}) are not the same graph: {different}", focus=focus,
                )  # fmt: skip

    def _is_page(self, reply: Response, kind: str, focus: str) -> bool:
        """Whether data are a page of HTML after all, which is a fault."""
        if not _LOOKS_LIKE_HTML.match(reply.body[:1000]):
            return False
        self.notes.wrong(
            "content-type", reply.url, f"Content-Type says {kind}, and HTML is what comes",
            focus=focus,
        )  # fmt: skip
        return True

    def _wrong_type(self, reply: Response, kind: str, focus: str = "") -> None:
        self.notes.wrong(
            "content-type", reply.url,
            f"{kind} is advertised, and Content-Type says {reply.type or 'nothing'}", focus=focus,
        )  # fmt: skip

    # ---- Pages

    def page(self, reply: Response) -> Page | None:
        """What a page holds, its links noted, its JSON-LD checked, once."""
        if reply.type not in HTML:
            return None
        if reply.url not in self._pages:
            self._pages[reply.url] = self._read_page(reply)
        return self._pages[reply.url]

    def _read_page(self, reply: Response) -> Page | None:
        self.notes.counts["pages"] += 1
        try:
            page = parse.page(reply.body)
            problems = parse.json_problems(page.blocks) if page.blocks else []
        except EngineError as error:
            self.notes.limit(reply.url, error.message)
            return None
        self.has_json_ld |= bool(problems)
        for number, problem in enumerate(problems, 1):
            if problem:
                self.notes.wrong(
                    "json-ld", reply.url, f"block {number} of JSON-LD in the page cannot be read: "
                    f"{problem}",
                )  # fmt: skip
        base = absolute(page.base, reply.known) if page.base else None
        origin = reply if base is None else Response(base, base, 200)
        hrefs = [href for rels, _, href in page.links if not rels & {"preconnect", "dns-prefetch"}]
        for href in (*hrefs, *page.references):
            if href and not href.startswith("#"):
                address = resolved(self.place, href, origin)
                if address is not None:
                    self.links.setdefault(address, reply.url)
        for rels, _, href in links(reply, page):
            licence = absolute(href, reply.known) if "license" in rels else None
            if licence is not None:
                self.notes.licences.setdefault(licence, f"the page {self.place.where(reply.url)}")
        return page

    def check_page(self, address: str, *, listed: bool = True) -> None:
        """A page comes, is the one that it says it is, and its data are the same in all formats.

        What is `listed` is in the sitemap.
        """
        reply = self.place.get(address, HTML[0])
        if not reply.ok:
            what = "an entry of the sitemap is dead" if listed else "a page is dead"
            self.notes.missing("sitemap" if listed else "link", reply, what)
            return
        page = self.page(reply)
        if page is None:
            return
        for rels, _, href in links(reply, page):
            if "canonical" in rels:
                self._check_canonical(reply, href, listed)
        told: dict[str, tuple[str, Response]] = {}
        for rels, kind, href in links(reply, page):
            target = resolved(self.place, href, reply)
            if "alternate" in rels and kind in TYPES and target is not None:
                told.setdefault(kind, (target, reply))
        if any(target not in self._alternates for target, _ in told.values()):
            self._same(reply.known, {}, told)

    def _check_canonical(self, reply: Response, href: str, listed: bool) -> None:
        target = resolved(self.place, href, reply)
        there = None if target is None else self.place.find(target)
        if there == reply.url or (
            target is not None and _slashless(there) == _slashless(reply.url)
        ):
            return
        if listed:
            self.notes.wrong(
                "canonical", reply.url, f"the sitemap lists this page, which says that its "
                f"canonical address is another: {href[:300]}; let both name the same",
            )  # fmt: skip
        elif target is not None:
            self.links.setdefault(target, reply.url)

    def check_link(self, address: str) -> None:
        """A link of a page leads somewhere."""
        self.notes.counts["links"] += 1
        reply = self.place.get(address, BROWSER, method="HEAD")
        if reply.status in (400, 403, 404, 405, 500, 501):  # some hosts know no HEAD
            reply = self.place.get(address, BROWSER)
        if not reply.ok:
            said = f"a link of {self.place.where(self.links[address])} is dead"
            self.notes.missing("link", reply, said)


def difference(one: bytes, other: bytes) -> str:
    r"""How two graphs, given as N-Triples, differ; ``""`` when they are isomorphic.

    >>> difference(b"_:a <urn:p> <urn:b> .\n", b"_:z <urn:p> <urn:b> .\n")
    ''
    >>> difference(b"<urn:a> <urn:p> <urn:b> .\n", b"")
    '1 triple is not here, such as <urn:a> <urn:p> <urn:b> .'
    """
    if one == other:
        return ""
    here, there = parse.canonical(other), parse.canonical(one)
    if here == there:
        return ""
    ours, theirs = set(here.splitlines()), set(there.splitlines())
    parts = []
    for some, where in ((theirs - ours, "not here"), (ours - theirs, "only here")):
        if some:
            example = min(some).decode()[:250]
            count = f"{len(some):,} triples are" if len(some) > 1 else "1 triple is"
            parts.append(f"{count} {where}, such as {example}")
    return "; ".join(parts)


def _subjects(lines: Iterable[bytes]) -> Iterator[str]:
    for line in lines:
        if line.startswith(b"<"):
            yield line[1 : line.index(b">")].decode().partition("#")[0]


def _names(header: str) -> set[str]:
    return {name.strip().lower() for name in header.split(",")}


def _slashless(url: str | None) -> str:
    return (url or "").rstrip("/")
