"""The inspection of a published linked-data site, from its entry points to each document."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from urllib.parse import urljoin

from allgraph.errors import EngineError, InputError
from allgraph.linkeddata.check import parse
from allgraph.linkeddata.check.fetch import Files, Host, Place, Response, Spent, absolute, resolved
from allgraph.linkeddata.check.findings import Notes
from allgraph.linkeddata.check.metadata import Descriptions, things_at
from allgraph.linkeddata.check.parse import TYPES
from allgraph.linkeddata.check.resources import HTML, Documents, links
from allgraph.validation.report import Report

SAMPLE, REQUESTS, SECONDS = 100, 10_000, 600.0
LINKS = 10
"""How many links are checked for each thing of a sample."""
MOST_PARTS = 20
"""How many parts of a sitemap are read."""


def check_site(
    site: str | os.PathLike[str],
    *,
    base: str | Sequence[str] = (),
    endpoint: str = "",
    sample: int = SAMPLE,
    seed: int = 0,
    requests: int = REQUESTS,
    timeout: float = SECONDS,
    progress: Callable[[str], None] | None = None,
) -> Report:
    """Check a published site of linked data from outside: a host by its address, or a folder.

    `base` is what its IRIs begin with, or several such, if it is served elsewhere than they say.
    `endpoint` is its SPARQL endpoint, if the site does not advertise one. Of more things, or
    pages, than `sample`, some are chosen by `seed`. No other host is asked for anything.

    Raises `InputError` for what is no address and no folder, `EngineError` when nothing answers.
    When a limit was hit, a finding of the check ``limit`` says what was not checked.
    """
    bases = (base,) if isinstance(base, str) else tuple(base)
    for each in bases:
        if absolute(each, each) != each:
            raise InputError(f"“{each}” is nothing that IRIs begin with; try https://example.org/")
    text = os.fspath(site)
    is_address = text.startswith(("http://", "https://"))
    if is_address:
        place: Place = Host(text, bases, requests=requests, seconds=timeout)
    else:
        place = _folder(Path(text), bases, timeout)
    notes = Notes(place, sample, seed, progress or (lambda _: None))
    try:
        _Inspection(place, notes, endpoint).all()
    except Spent as spent:
        notes.limit(place.home, f"the rest, since the check {spent}")
    if place.left_out:
        notes.tell("robots", place.home, f"{len(place.left_out):,} addresses are left out, as "
                   f"robots.txt asks, such as {min(place.left_out)}")  # fmt: skip
    return Report(notes.findings(), checked=_counted(notes, place))


def _folder(folder: Path, bases: tuple[str, ...], seconds: float) -> Files:
    """A folder, with the address for which it was made: that of its first page, or a base."""
    if not folder.is_dir():
        raise InputError("is neither a folder nor an address such as https://…", path=folder)
    index = folder / "index.html"
    home = ""
    if index.is_file() and index.stat().st_size < 2**23:
        page = parse.page(index.read_bytes())
        home = next((href for _, href in page.linked("canonical")), "")
    home = absolute(home, home) or (bases[0] if bases else "https://folder.invalid/")
    return Files(folder, home if home.endswith("/") else f"{home}/", bases, seconds=seconds)


def _counted(notes: Notes, place: Place) -> str:
    counts = [f"{n:,} {what}" for what, n in notes.counts.items() if n]
    what = "requests" if place.negotiates else "files"
    return ", ".join([*counts, f"in {place.asked:,} {what}"])


class _Inspection:
    """All that is done with one site."""

    def __init__(self, place: Place, notes: Notes, endpoint: str) -> None:
        self.place, self.notes, self.endpoint = place, notes, endpoint
        self.documents = Documents(place, notes)
        self.descriptions = Descriptions(place, notes)

    def all(self) -> None:
        """Every check, from the entry points on."""
        home = self.place.get(self.place.home, "text/html, */*;q=0.5")
        if home.status == 0 and not home.skipped and "redirects" not in home.why:
            raise EngineError(f"{self.place.home}: {home.problem}")
        self._find_descriptions(home)
        self._learn_bases()
        self.descriptions.check_dumps()
        has_sums = self.descriptions.check_sums()
        endpoint = self._find_endpoint()
        self.descriptions.check_numbers(endpoint)
        pages = self._sitemap(home)
        things = self._things(home, endpoint)
        if self.place.negotiates:
            self._each("things", things, self.documents.check_thing)
        self._each("pages", self.notes.sampled("pages", pages), self.documents.check_page)
        if home.ok:
            self.documents.check_page(self.place.home, listed=False)
        some = self.notes.sampled("links", list(self.documents.links), self.notes.size * LINKS)
        self._each("links", some, self.documents.check_link)
        if not self.place.negotiates:
            self._described(things, pages)
        self.descriptions.check_licences()
        if not (things or pages or self.documents.formats):
            self.notes.wrong(
                "things", self.place.home, "nothing here is linked data that can be found: neither "
                "VoID, nor a sitemap, nor data at this address; give the address of a thing, or "
                "--base, if its IRIs begin otherwise",
            )  # fmt: skip
        self._lacks(has_sums, bool(pages), endpoint)

    def _each(self, what: str, some: Sequence[str], check: Callable[[str], None]) -> None:
        for number, each in enumerate(some, 1):
            self.notes.say(f"{what}: {number:,} of {len(some):,}")
            check(each)

    # ---- Entry points

    def _find_descriptions(self, home: Response) -> None:
        """Read VoID and DCAT where sites have them, or say that they have them."""
        roots = dict.fromkeys((self.place.home, *self.place.bases))
        told = [urljoin(root, ".well-known/void") for root in roots if root.endswith("/")]
        if home.ok:
            page = self.documents.page(home)
            for rels, kind, href in links(home, page):
                is_data = "alternate" in rels and kind in TYPES
                if is_data or "describedby" in rels:
                    if address := resolved(self.place, href, home):
                        told.append(address)
        found = [address for address in dict.fromkeys(told) if self.place.find(address)]
        read = {address for address in found if self.descriptions.read(address)}
        for name in ("void.ttl", "void", "catalog.ttl", "catalog"):
            address = urljoin(self.place.home, name)
            wanted = self.descriptions.has_void if "void" in name else self.descriptions.has_dcat
            if not wanted and address not in read:
                self.descriptions.read(address)
        if home.ok and home.type in TYPES:
            self.descriptions.read(self.place.home)

    def _learn_bases(self) -> None:
        """What the things' IRIs begin with: a folder may hold them, whatever host they name."""
        spaces = self.descriptions.spaces()
        if not self.place.negotiates:
            self.place.bases = tuple(dict.fromkeys((*self.place.bases, *spaces)))
        for space in spaces:
            if self.place.negotiates and self.place.find(space) is None:
                self.notes.doubtful(
                    "elsewhere", self.place.home, f"the IRIs of the things begin with {space}, "
                    f"which is another host; if they are served here, give --base {space}",
                )  # fmt: skip

    def _find_endpoint(self) -> str:
        """The SPARQL endpoint, if it is on the host and answers."""
        told = [self.endpoint] if self.endpoint else self.descriptions.endpoints()
        for each in told if self.place.negotiates else ():
            address = each if self.endpoint else self.place.find(each)
            if address is None:
                self.notes.tell("elsewhere", self.place.home, f"the SPARQL endpoint is on another "
                                f"host, and not asked: {each[:300]}")  # fmt: skip
                continue
            try:
                self._ask(address)
            except EngineError as error:
                self.notes.wrong("endpoint", address, error.message)
                continue
            if not _describes(self.place.get(each, "text/turtle")):
                self.notes.lacks("a service description", "let the SPARQL endpoint send one for a "
                                 "GET without a query")  # fmt: skip
            return address
        return ""

    def _ask(self, endpoint: str) -> None:
        from allgraph.errors import QueryError
        from allgraph.rdf.terms import Prefixes
        from allgraph.sparql.endpoint.engine import Remote

        try:
            Remote(endpoint, Prefixes(), seconds=30).query("ASK { ?s ?p ?o }")
        except QueryError as error:
            raise EngineError(error.message) from None

    def _sitemap(self, home: Response) -> list[str]:
        """The addresses of a sitemap and its parts."""
        waiting = [urljoin(self.place.home, "sitemap.xml")]
        seen: set[str] = set()
        found: list[str] = []
        elsewhere: list[str] = []
        while waiting and len(seen) < MOST_PARTS:
            address = waiting.pop(0)
            if address in seen:
                continue
            seen.add(address)
            reply = self.place.get(address, "application/xml, text/xml")
            if not reply.ok or reply.type in (*HTML, *TYPES):
                if len(seen) > 1:
                    self.notes.missing("sitemap", reply, "a part of the sitemap does not come")
                continue
            try:
                kind, addresses = parse.sitemap(reply.body)
            except EngineError as error:
                self.notes.wrong("sitemap", reply.url, error.message)
                continue
            for each in addresses:
                if self.place.find(each) is None:
                    elsewhere.append(each)
                else:
                    (waiting if kind == "sitemapindex" else found).append(each)
        if waiting:
            self.notes.limit(waiting[0], f"more than {MOST_PARTS} parts of the sitemap")
        if elsewhere:
            self.notes.doubtful(
                "elsewhere", self.place.home, f"{len(elsewhere):,} addresses of the sitemap are "
                f"not here, such as {elsewhere[0][:300]}; if they are served here, give --base",
            )  # fmt: skip
        return found

    def _things(self, home: Response, endpoint: str) -> list[str]:
        """The things to dereference: from the dump, the endpoint, or what is told of them."""
        told = [iri for iri in self.descriptions.examples() if self._is_here(iri)]
        found: Iterable[str] = ()
        if self.descriptions.dumps:
            found = {t for dump in self.descriptions.dumps for t in dump.figures.things}
        elif endpoint:
            try:
                found = things_at(endpoint, self.place.bases)
            except EngineError as error:
                self.notes.limit(endpoint, f"things of the endpoint: {error.message}")
        if not self.place.negotiates:
            return sorted({*found, *told})
        chosen = self.notes.sampled("things", [iri for iri in found if self._is_here(iri)])
        if not chosen and not told:
            data = self.place.get(self.place.home, "text/turtle")
            if data.ok and data.type in TYPES:  # the address is that of a thing
                chosen = [self.place.home]
        if (self.descriptions.dumps or endpoint) and not chosen:
            self.notes.doubtful("elsewhere", self.place.home, "no IRI of the data is here; if they "
                                "are served here, give --base")  # fmt: skip
        return sorted({*chosen, *told})

    def _is_here(self, iri: str) -> bool:
        return self.place.find(iri) is not None

    def _described(self, things: list[str], pages: list[str]) -> None:
        """In a folder, every thing of the dump is described by some document."""
        if len(set(pages)) > self.notes.size or not self.documents.described:
            return
        for iri in things:
            self.notes.counts["things"] += 1
            if iri.startswith(self.place.bases) and iri not in self.documents.described:
                self.notes.wrong("thing", self.place.home, f"no document of the folder describes "
                                 f"{iri}", focus=iri)  # fmt: skip

    def _lacks(self, has_sums: bool, has_pages: bool, endpoint: str) -> None:
        """Say what the site does not have."""
        here = self.descriptions
        for is_there, what, advice in (
            (here.has_void, "VoID", "describe the data at /.well-known/void"),
            (here.has_dcat, "DCAT", "describe the dataset and its downloads for catalogues"),
            (bool(here.dumps), "a dump of its data", "name one with void:dataDump"),
            (has_sums, "SHA256SUMS", "let those who download check what they got"),
            (has_pages, "a sitemap", "list its pages in /sitemap.xml"),
            (self.documents.has_json_ld, "JSON-LD in its pages", "search engines read it"),
            (bool(endpoint) or not self.place.negotiates, "a SPARQL endpoint that it tells of",
             "name one with void:sparqlEndpoint"),
            (self.place.robots, "robots.txt", "say what crawlers may read, and where the "
             "sitemap is"),
        ):  # fmt: skip
            if not is_there:
                self.notes.lacks(what, advice)
        if self.place.negotiates:
            from allgraph.linkeddata.check.resources import ASKED

            for kind in ASKED:
                if self.documents.formats and kind not in self.documents.formats:
                    self.notes.lacks(f"{kind} of its things", "send it for Accept, if you can")


def _describes(reply: Response) -> bool:
    return reply.ok and reply.type in TYPES and b"sparql-service-description" in reply.body
