"""Checks of things and pages: each is available in all its formats, with the same triples."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from allgraph.errors import EngineError
from allgraph.linkeddata.check import parse
from allgraph.linkeddata.check.fetch import Place, Response, absolute, resolved
from allgraph.linkeddata.check.findings import Findings
from allgraph.linkeddata.check.parse import TYPES, Page, RdfDocument

ASKED = ("text/turtle", "application/ld+json", "application/rdf+xml", "application/n-triples")
"""The formats that are requested of a thing."""
BROWSER = "text/html, */*;q=0.8"
"""The ``Accept`` header of requests for links."""
HTML = ("text/html", "application/xhtml+xml")
"""The media types of pages."""

_LINK = re.compile(r"<([^<>]{0,2000})>((?:[^,\"]|\"[^\"]{0,500}\"){0,1000})")
_PARAMETER = re.compile(r";\s*(\w+)\s*=\s*(?:\"([^\"]{0,500})\"|([^;,\s]{0,500}))")
_LOOKS_LIKE_HTML = re.compile(rb"\s*(?:<!--.{0,500}?-->\s*)?<(?:!doctype html|html\b)", re.I | re.S)


def links(reply: Response, page: Page | None) -> Iterator[tuple[frozenset[str], str, str]]:
    """Yield the links in the header ``Link`` of a reply, and the ``link`` elements of its page.

    A link is the set of words in its ``rel``, its ``type``, and its address as it is written.
    ``alternate`` is left out of links to data in other profiles, which have other triples.

    >>> reply = Response("", "", 200, {"link": '</a.ttl>; rel="alternate"; type="text/turtle"'})
    >>> list(links(reply, None))
    [(frozenset({'alternate'}), 'text/turtle', '/a.ttl')]
    """
    for match in _LINK.finditer(reply.headers.get("link", "")[:20_000]):
        parameters = _PARAMETER.findall(match[2])
        attributes = {name.lower(): quoted or plain for name, quoted, plain in parameters}
        rels = frozenset(attributes.get("rel", "").lower().split())
        if "formats" in attributes:  # the data are in another profile, with other triples
            rels -= {"alternate"}
        yield rels, attributes.get("type", "").lower(), match[1]
    if page is not None:
        yield from page.links


class Documents:
    """The checks of things, pages and links, which add to `findings` or raise `Spent`.

    They also collect what later checks need. `links` has the links in pages to addresses of the
    site: by address, the URL of the first page that has it. `described` has the IRIs, without
    fragments, that are subjects of triples in the RDF documents read, and `formats` the media types
    of these. `has_json_ld` says whether a page has JSON-LD.
    """

    def __init__(self, place: Place, findings: Findings) -> None:
        """Prepare the checks of the site `place`, which add to `findings`; request nothing."""
        self.place, self.findings = place, findings
        self.links: dict[str, str] = {}  # by address, the URL of the first page that links to it
        self.described: set[str] = set()  # the IRIs of subjects in the RDF documents read
        self.formats: set[str] = set()  # the media types of these documents
        self.has_json_ld = False
        self._parsed_pages: dict[str, Page | None] = {}  # by URL; `None` for one that failed
        self._checked_alternates: set[str] = set()  # the addresses of data that pages link to

    # ---- Things

    def check_thing(self, iri: str) -> None:
        """Check that a thing is available in all advertised formats, with the same triples.

        Requests its IRI once for each type in `ASKED` and for HTML, and the data that the replies
        link to. Failures are added as findings. Counts the thing.
        """
        self.findings.counts["things"] += 1
        all_replies = [(asked, self.place.get(iri, asked)) for asked in (*ASKED, HTML[0])]
        replies: dict[str, Response] = {}  # by media type
        for asked, reply in all_replies:
            if reply.ok and (reply.type == asked or (asked == HTML[0] and reply.type in HTML)):
                replies[asked] = reply
            elif reply.ok and asked in ASKED and reply.type in TYPES:  # RDF of another type
                replies.setdefault(reply.type, reply)
        self._check_availability(iri, [reply for _, reply in all_replies], bool(replies))
        if replies:
            self._check_headers(iri, replies)
            self._check_formats(iri, replies, self._advertised(iri, replies))

    def _check_availability(self, iri: str, replies: list[Response], is_there: bool) -> None:
        """Add a finding if no request for a thing gave a page or RDF, or one of them failed.

        `replies` are those to all requests for it; `is_there` says that one gave a page or RDF.
        HTTP 406 is no failure. For a thing that `is_there`, only HTTP 5xx and redirects that
        cannot be followed are failures.
        """
        broken = next((reply for reply in replies if not reply.ok and reply.status != 406), None)
        if broken is None:
            if not is_there:
                self.findings.add("thing/formats", iri, focus=iri, types=", ".join(ASKED))
        elif not is_there:
            self.findings.unavailable(
                "thing", broken, "the IRI of a thing cannot be fetched", focus=iri
            )
        elif broken.status >= 500 or broken.fault in ("redirects", "elsewhere"):
            self.findings.unavailable(
                "thing", broken, "a format of a thing cannot be fetched", focus=iri
            )

    def _check_headers(self, iri: str, replies: Mapping[str, Response]) -> None:
        """Check that replies have ``Vary: Accept``, and data ``Access-Control-Allow-Origin``.

        `replies` are those for a thing, by media type, at least one. ``Vary`` is checked if there
        are several; of a redirected reply it is that of the redirect. The other header is checked
        of one reply, the first with data if there is one, and of its redirect. Failures are added
        as findings; nothing is requested.
        """
        headers = [reply.first_headers or reply.headers for reply in replies.values()]
        varies = [{name.strip().lower() for name in h.get("vary", "").split(",")} for h in headers]
        if len(replies) > 1 and not all(names & {"accept", "*"} for names in varies):
            self.findings.add("vary", iri)
        first = next(iter(replies.values()))
        reply_with_data = next((reply for kind, reply in replies.items() if kind in TYPES), first)
        headers = [h for h in (reply_with_data.first_headers, reply_with_data.headers) if h]
        if not all("access-control-allow-origin" in h for h in headers):
            self.findings.add("cors", iri)

    def _advertised(
        self, iri: str, replies: Mapping[str, Response]
    ) -> dict[str, tuple[str, Response]]:
        """Return the data that the replies for a thing link to as ``alternate``.

        They are, by media type of RDF, the address and the reply that has the link. On a host, adds
        a finding for each media type that is in `ASKED` and not in `replies`, which are by media
        type: it was requested by ``Accept``, and did not come.
        """
        advertised = self._alternates(*replies.values())
        for kind in advertised:
            if kind in ASKED and kind not in replies and self.place.negotiates:
                self.findings.add("format", iri, focus=iri, type=kind)
        return advertised

    def _alternates(self, *replies: Response) -> dict[str, tuple[str, Response]]:
        """Return where the data are that replies link to as ``alternate``: the first of each type.

        By media type of RDF: the address, which is on the site, and the reply that has the link.
        Parses pages that were not parsed before.
        """
        alternates: dict[str, tuple[str, Response]] = {}
        for reply in replies:
            for rels, type, href in links(reply, self.page(reply)):
                kind = type.partition(";")[0].strip()
                address = resolved(self.place, href, reply)
                if "alternate" in rels and kind in TYPES and address is not None:
                    alternates.setdefault(kind, (address, reply))
        return alternates

    def _check_formats(
        self,
        focus: str,
        replies: Mapping[str, Response],
        advertised: Mapping[str, tuple[str, Response]],
    ) -> None:
        """Check that all formats of a document can be read, and have the same triples.

        `replies` are its replies, by media type; those that are not RDF are skipped. `advertised`
        has other data of it, which are requested: by media type, the address and the reply that
        links to it. Failures are added as findings about `focus`, an IRI. Adds to `formats`,
        `described` and `_checked_alternates`.
        """
        documents = [reply for reply in replies.values() if reply.type in TYPES]
        visited = {reply.url for reply in documents}
        for kind, (address, source) in advertised.items():
            self._checked_alternates.add(address)
            reply = self.place.get(address, kind)
            if reply.url in visited:
                continue
            visited.add(reply.url)
            if not reply.ok:
                page = self.place.where(source.url)
                message = f"data in {kind} are advertised by {page}, and fail"
                self.findings.unavailable("format", reply, message, focus=focus)
            elif reply.type != kind:
                details = {"type": kind, "actual": reply.type or "nothing"}
                self.findings.add("content-type/advertised", reply.url, focus=focus, **details)
            else:
                documents.append(reply)
        self.formats |= {reply.type for reply in documents}
        self._compare(focus, [reply for reply in documents if not self._is_html(reply, focus)])

    def _compare(self, focus: str, documents: list[Response]) -> None:
        """Check that RDF documents can be read, and have the same triples as the first of them.

        They are parsed in a child process. Failures, and a first document without triples, are
        added as findings about `focus`. The IRIs of subjects are added to `described`. Stops after
        a comparison that takes too long.
        """
        graphs = list(self._read(documents)) if documents else []
        if not graphs:
            return
        (first, lines), *others = graphs
        if not lines:
            self.findings.add("about", first.url, focus=focus)
        self.described.update(_subjects(line for _, lines in graphs for line in lines.split(b"\n")))
        name = f"{self.place.where(first.url)} ({first.type})"
        for reply, other_lines in others:
            if not compare(self.findings, lines, name, other_lines, reply.url, focus=focus):
                return

    def _read(self, documents: list[Response]) -> Iterator[tuple[Response, bytes]]:
        """Parse RDF documents in a child process; yield the reply and N-Triples of each.

        For one that cannot be read, a finding is added and nothing is yielded. Counts the
        documents.
        """
        rdf = [RdfDocument(reply.type, reply.body, reply.address) for reply in documents]
        for reply, reading in zip(documents, parse.read(rdf), strict=True):
            self.findings.counts["documents of data"] += 1
            if reading.unread:
                self.findings.add("limit", reply.url, what=reading.error)
            elif reading.error:
                self.findings.add("syntax", reply.url, type=reply.type, error=reading.error)
            else:
                yield reply, reading.lines

    def _is_html(self, reply: Response, focus: str) -> bool:
        """Return True if a reply that says it is RDF begins like HTML; if so, add a finding."""
        is_html = _LOOKS_LIKE_HTML.match(reply.body[:1000]) is not None
        if is_html:
            self.findings.add("content-type/html", reply.url, focus=focus, type=reply.type)
        return is_html

    # ---- Pages

    def page(self, reply: Response) -> Page | None:
        """Return the parsed page of a reply; ``None`` if it is no HTML or cannot be read.

        A page is parsed once for each URL, and kept. Then its JSON-LD is checked, and its links and
        licences are collected, in `links` and `findings.licences`.
        """
        if reply.type not in HTML:
            return None
        if reply.url not in self._parsed_pages:
            self._parsed_pages[reply.url] = self._read_page(reply)
        return self._parsed_pages[reply.url]

    def _read_page(self, reply: Response) -> Page | None:
        """Parse a page and its JSON-LD in child processes; return it, ``None`` if that fails.

        Counts the page. Adds findings about errors; its links to `links`; its licence to
        `findings.licences`; and sets `has_json_ld` if it has JSON-LD.
        """
        self.findings.counts["pages"] += 1
        try:
            page = parse.page(reply.body)
            problems = parse.json_problems(page.blocks) if page.blocks else []
        except EngineError as error:
            self.findings.add("limit", reply.url, what=error.message)
            return None
        self.has_json_ld |= bool(problems)
        for number, problem in enumerate(problems, 1):
            if problem:
                self.findings.add("json-ld", reply.url, number=number, problem=problem)
        self._collect_links(page, reply)
        for rels, _, href in links(reply, page):
            licence = absolute(href, reply.address) if "license" in rels else None
            if licence is not None:
                name = f"the page {self.place.where(reply.url)}"
                self.findings.licences.setdefault(licence, name)
        return page

    def _collect_links(self, page: Page, reply: Response) -> None:
        """Add the links and references of a page to addresses of the site to `links`.

        `links` has, by address, the URL of the first page that links to it. Links to a fragment of
        the same page, and hints to connect to a host, are left out.
        """
        base = absolute(page.base, reply.address) if page.base else None
        origin = reply if base is None else Response(base, base, 200)
        hrefs = [href for rels, _, href in page.links if not rels & {"preconnect", "dns-prefetch"}]
        for href in (*hrefs, *page.references):
            if href and not href.startswith("#"):
                address = resolved(self.place, href, origin)
                if address is not None:
                    self.links.setdefault(address, reply.url)

    def check_page(self, address: str, *, listed: bool = True) -> None:
        """Request a page; check its canonical address, and that its formats have the same triples.

        A `listed` page is in the sitemap. A page without content, and other failures, are added as
        findings. Its data are skipped if all were checked before, for a thing or another page.
        """
        reply = self.place.get(address, HTML[0])
        if not reply.ok and listed:
            self.findings.unavailable(
                "sitemap", reply, "an address in the sitemap cannot be fetched"
            )
        elif not reply.ok:
            self.findings.unavailable("link", reply, "a page cannot be fetched")
        elif (page := self.page(reply)) is not None:
            for rels, _, href in links(reply, page):
                if "canonical" in rels:
                    self._check_canonical(reply, href, listed)
            alternates = self._alternates(reply)
            if any(target not in self._checked_alternates for target, _ in alternates.values()):
                self._check_formats(reply.address, {}, alternates)

    def _check_canonical(self, reply: Response, href: str, listed: bool) -> None:
        """Check that the canonical link of a page, `href`, leads to the page itself.

        If not, add a finding for a page that is `listed` in the sitemap. For any other page, add
        the target to `links`, if it is on the site.
        """
        target = resolved(self.place, href, reply)
        url = self.place.find(target) if target is not None else None
        if url is not None and url.rstrip("/") == reply.url.rstrip("/"):
            return
        if listed:
            self.findings.add("canonical", reply.url, href=href)
        elif target is not None:
            self.links.setdefault(target, reply.url)

    def check_link(self, address: str) -> None:
        """Request an address in `links`; add a finding if it has no content. Counts the link.

        The method is HEAD, and then GET if the host may not support HEAD.
        """
        self.findings.counts["links"] += 1
        reply = self.place.get(address, BROWSER, method="HEAD")
        if reply.status in (400, 403, 404, 405, 500, 501):  # some hosts do not support HEAD
            reply = self.place.get(address, BROWSER)
        if not reply.ok:
            page = self.place.where(self.links[address])
            self.findings.unavailable("link", reply, f"a link on {page} is dead")


def compare(
    findings: Findings, lines: bytes, name: str, other_lines: bytes, url: str, *, focus: str = ""
) -> bool:
    """Add a finding about `url` if its triples, `other_lines`, are not the same as `lines`.

    Both are N-Triples; labels of blank nodes do not matter. `name` is that of the document with
    `lines`. Counts the comparison. Returns whether they could be compared; a comparison that takes
    too long is added as a finding. May run a child process.
    """
    findings.counts["comparisons of formats"] += 1
    try:
        differences = difference(lines, other_lines)
    except EngineError as error:
        findings.add("limit", url, what=error.message)
        return False
    if differences:
        findings.add("isomorphic", url, focus=focus, other=name, difference=differences)
    return True


def difference(one: bytes, other: bytes) -> str:
    r"""Return in words how two graphs, given as N-Triples, differ; ``""`` if they are isomorphic.

    “Here” in the words is the second graph, `other`. Canonical labels for blank nodes are computed
    in a child process; raises `EngineError` if that takes too long.

    >>> difference(b"_:a <urn:p> <urn:b> .\n", b"_:z <urn:p> <urn:b> .\n")
    ''
    >>> difference(b"<urn:a> <urn:p> <urn:b> .\n", b"")
    '1 triple is not here, such as <urn:a> <urn:p> <urn:b> .'
    """
    if one == other:
        return ""
    ours, theirs = ({*parse.canonical(lines).splitlines()} for lines in (other, one))
    parts = []
    for triples, where in ((theirs - ours, "not here"), (ours - theirs, "only here")):
        if triples:
            example = min(triples).decode()[:250]
            count = f"{len(triples):,} triples are" if len(triples) > 1 else "1 triple is"
            parts.append(f"{count} {where}, such as {example}")
    return "; ".join(parts)


def _subjects(lines: Iterable[bytes]) -> Iterator[str]:
    """Yield the IRI of the subject of each line of N-Triples, without its fragment.

    Lines about blank nodes are skipped.
    """
    for line in lines:
        if line.startswith(b"<"):
            yield line[1 : line.index(b">")].decode().partition("#")[0]
