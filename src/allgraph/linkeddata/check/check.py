"""The check of a published linked-data site, from its entry points to each document."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urljoin

from allgraph.errors import EngineError, InputError
from allgraph.linkeddata.check import parse
from allgraph.linkeddata.check.fetch import Files, Host, Place, Response, Spent, absolute, resolved
from allgraph.linkeddata.check.findings import Findings
from allgraph.linkeddata.check.metadata import Descriptions, things_at
from allgraph.linkeddata.check.parse import TYPES
from allgraph.linkeddata.check.resources import ASKED, HTML, Documents, links
from allgraph.validation.report import Report

SAMPLE, REQUESTS, SECONDS = 100, 10_000, 600.0
"""The defaults: the size of a sample, and how many requests and seconds a check may take."""
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

    Sends HTTP requests to the host, at most `requests` within `timeout` seconds, or reads files of
    the folder. No other host is asked for anything; only the `endpoint`, if one is given. Documents
    are parsed in child processes. Returns the report with all findings.

    Give `base`, what its IRIs begin with (or several such), if the site is served at another
    address. Give `endpoint` if the site does not advertise its SPARQL endpoint. Of more things, or
    pages, than `sample`, a random sample is checked; `seed` chooses it. `progress` is called with
    a line of text before each step.

    Raises `InputError` for a site that is neither an address nor a folder, and for a bad base or
    endpoint; `EngineError` if the host does not reply, or the first page cannot be read.
    When a limit is reached, a finding of the check ``limit`` says what was not checked.

    >>> import tempfile
    >>> from pathlib import Path
    >>> import allgraph
    >>> from allgraph.folder import init_folder
    >>> with tempfile.TemporaryDirectory() as place:
    ...     folder = init_folder(Path(place, "club"), title="Club", base="https://example.org/club/")
    ...     site = allgraph.publish(allgraph.open(folder.root), Path(place, "site"), jobs=1)
    ...     report = allgraph.check_site(Path(place, "site"))
    >>> report.ok
    True
    """
    bases = (base,) if isinstance(base, str) else tuple(base)
    for prefix in bases:
        if absolute(prefix, prefix) != prefix:
            raise InputError(f"“{prefix}” cannot begin IRIs; give one like https://example.org/")
    address = os.fspath(site)
    place: Place
    if address.startswith(("http://", "https://")):
        place = Host(address, bases, requests=requests, seconds=timeout)
    else:
        place = _folder(Path(address), bases, timeout)
    findings = Findings(place, sample, seed, progress or (lambda _: None))
    try:
        _Check(place, findings, endpoint).run()
    except Spent as spent:
        findings.add("limit", place.home, what=f"the rest, since the check {spent}")
    if place.left_out:
        count, example = len(place.left_out), min(place.left_out)
        findings.add("robots", place.home, count=count, example=example)
    return Report(findings.all(), checked=_summary(findings, place))


def _folder(folder: Path, bases: tuple[str, ...], seconds: float) -> Files:
    """Return the site in a folder; its address is that of the canonical link in its index.html.

    Without such a link to a whole address it is the first base, or else a placeholder. Reads
    index.html, unless it has 8 MiB or more, and parses it in a child process. The check may take
    `seconds` from now on. Raises `InputError` if there is no such folder, and `EngineError` if the
    parser is stopped.
    """
    if not os.path.isdir(folder):  # `folder.is_dir()` raises for a name that is too long
        raise InputError("is neither a folder nor an address such as https://…", path=folder)
    index = folder / "index.html"
    home = ""
    if index.is_file() and index.stat().st_size < 2**23:
        page = parse.page(index.read_bytes())
        home = next((href for rels, _, href in page.links if "canonical" in rels), "")
    home = absolute(home, home) or (bases[0] if bases else "https://folder.invalid/")
    return Files(folder, home if home.endswith("/") else f"{home}/", bases, seconds=seconds)


def _summary(findings: Findings, place: Place) -> str:
    """Say in words how much was checked, such as “2 things, 5 links, in 12 requests”.

    For a folder, which does not negotiate, the last number is of files.
    """
    counts = [f"{n:,} {what}" for what, n in findings.counts.items() if n]
    unit = "requests" if place.negotiates else "files"
    return ", ".join([*counts, f"in {place.requests:,} {unit}"])


class _Check:
    """The run of all checks on one site, which adds to `findings`; requests may raise `Spent`."""

    def __init__(self, place: Place, findings: Findings, endpoint: str) -> None:
        """Prepare the checks of the site `place`; request nothing.

        `endpoint` is the address of the SPARQL endpoint that the user gave, or ``""``.
        """
        self.place, self.findings, self.endpoint = place, findings, endpoint
        self.documents = Documents(place, findings)
        self.descriptions = Descriptions(place, findings)

    def run(self) -> None:
        """Run all checks, from the entry points on, and add what they find to `findings`.

        Raises `EngineError` if the first page gives no whole reply, and `Spent` as soon as the
        requests or seconds are used up.
        """
        home = self.place.get(self.place.home, "text/html, */*;q=0.5")
        if home.status == 0 and home.fault != "robots":
            raise EngineError(f"{self.place.home}: {home.problem}")
        self._read_descriptions(home)
        self._check_spaces()
        self.descriptions.check_dumps()
        has_checksums = self.descriptions.check_sums()
        endpoint = self._find_endpoint()
        self.descriptions.check_counts(endpoint)
        pages = self._read_sitemap()
        things = self._things(endpoint)
        self._check_documents(home, things, pages)
        self.descriptions.check_licences()
        if not (things or pages or self.documents.formats):
            self.findings.add("things", self.place.home)
        self._report_missing(has_checksums, bool(pages), bool(endpoint))

    def _check_documents(self, home: Response, things: list[str], pages: list[str]) -> None:
        """Check the things, and samples of the pages and of the links in pages that were read.

        Requests them, and adds failures as findings. In a folder, where IRIs cannot be requested,
        the things are looked up in the documents of the pages. `home` is the reply for the first
        page, which is checked if it has content. Of links, the sample is `LINKS` times as large.
        """
        sampled = self.findings.sampled
        if self.place.negotiates:
            self._for_each("things", things, self.documents.check_thing)
        self._for_each("pages", sampled("pages", pages), self.documents.check_page)
        if home.ok:
            self.documents.check_page(self.place.home, listed=False)
        addresses = sampled("links", list(self.documents.links), self.findings.sample * LINKS)
        self._for_each("links", addresses, self.documents.check_link)
        if not self.place.negotiates:
            self._check_coverage(things, pages)

    def _for_each(self, what: str, addresses: Sequence[str], check: Callable[[str], None]) -> None:
        """Call `check` with each address, and report progress before it.

        The message has `what`, a plural noun for the addresses, and how many of them were reached.
        """
        for number, address in enumerate(addresses, 1):
            self.findings.progress(f"{what}: {number:,} of {len(addresses):,}")
            check(address)

    # ---- Entry points

    def _read_descriptions(self, home: Response) -> None:
        """Read VoID and DCAT where the site links to them, or else at the usual addresses.

        The triples are added to `self.descriptions`, and errors in them as findings. `home` is the
        reply for the first page, which is read as well if it is RDF.
        """
        addresses = dict.fromkeys(self._description_addresses(home))
        here = [address for address in addresses if self.place.find(address)]
        read_addresses = {address for address in here if self.descriptions.read(address)}
        for name in ("void.ttl", "void", "catalog.ttl", "catalog"):
            address = urljoin(self.place.home, name)
            is_void = name.startswith("void")
            is_there = self.descriptions.has_void if is_void else self.descriptions.has_dcat
            if not is_there and address not in read_addresses:
                self.descriptions.read(address)
        if home.ok and home.type in TYPES:
            self.descriptions.read(self.place.home)

    def _description_addresses(self, home: Response) -> Iterator[str]:
        """Yield the addresses at which descriptions are expected, some of them twice.

        They are ``.well-known/void`` below the site's address and bases, and those that the first
        page links to by ``alternate`` with a type of RDF, or by ``describedby``. `home` is the
        reply for this page, which is parsed and checked if it was not before.
        """
        for root in (self.place.home, *self.place.bases):
            if root.endswith("/"):
                yield urljoin(root, ".well-known/void")
        if home.ok:
            for rels, kind, href in links(home, self.documents.page(home)):
                if ("alternate" in rels and kind in TYPES) or "describedby" in rels:
                    if address := resolved(self.place, href, home):
                        yield address

    def _check_spaces(self) -> None:
        """Check that the IRIs of things, which begin with a ``void:uriSpace``, belong to the site.

        Adds a finding for each space on another host. For a folder, adds the spaces to the bases of
        the site, `self.place.bases`, instead. Requests nothing.
        """
        spaces = self.descriptions.spaces()
        if not self.place.negotiates:
            self.place.bases = tuple(dict.fromkeys((*self.place.bases, *spaces)))
            return
        for space in spaces:
            if self.place.find(space) is None:
                self.findings.add("elsewhere/base", self.place.home, base=space)

    def _find_endpoint(self) -> str:
        """Return the address of the first SPARQL endpoint that answers an ASK query, or ``""``.

        The endpoint that the caller gave is the only one tried; without it, those that the site
        advertises and has on its host; for a folder, none. Adds findings about endpoints that do
        not answer or are elsewhere, and about one of the site that has no service description.
        Raises `InputError` if the endpoint of the caller is no address.
        """
        endpoints = [self.endpoint] if self.endpoint else self.descriptions.endpoints()
        for endpoint in endpoints if self.place.negotiates else ():
            address = endpoint if self.endpoint else self.place.find(endpoint)
            if address is None:
                self.findings.add("elsewhere/endpoint", self.place.home, address=endpoint)
            elif self._is_alive(address):
                if self._is_here(endpoint):
                    self._check_service_description(endpoint)
                return address
        return ""

    def _check_service_description(self, endpoint: str) -> None:
        """Request an endpoint of the site, and add a finding if no service description comes."""
        reply = self.place.get(endpoint, "text/turtle")
        is_rdf = reply.ok and reply.type in TYPES
        if not is_rdf or b"sparql-service-description" not in reply.body:
            self.findings.add("lacks/service", self.place.home)

    def _is_alive(self, endpoint: str) -> bool:
        """Send an ASK query to a SPARQL endpoint; add a finding and return false if it fails.

        It takes 30 seconds at most, and is not counted as a request of the check. Raises
        `InputError` for an address that is not http or https.
        """
        from allgraph.rdf.terms import Prefixes
        from allgraph.sparql.endpoint.engine import Remote

        remote = Remote(endpoint, Prefixes(), seconds=30)
        try:
            remote.query("ASK { ?s ?p ?o }")
        except (EngineError, InputError) as error:
            self.findings.add("endpoint", endpoint, error=error.message)
            return False
        return True

    # ---- Pages and things

    def _read_sitemap(self) -> list[str]:
        """Request sitemap.xml and its parts; return the addresses of the site's pages in them.

        At most `MOST_PARTS` files are read. Adds findings about broken parts, parts left unread,
        and addresses that are elsewhere.
        """
        waiting = [urljoin(self.place.home, "sitemap.xml")]  # parts to read
        visited: set[str] = set()
        pages: list[str] = []
        elsewhere: list[str] = []
        while waiting and len(visited) < MOST_PARTS:
            part = waiting.pop(0)
            if part in visited:
                continue
            visited.add(part)
            kind, addresses = self._read_sitemap_part(part, is_first=len(visited) == 1)
            here = [address for address in addresses if self._is_here(address)]
            elsewhere += (address for address in addresses if not self._is_here(address))
            (waiting if kind == "sitemapindex" else pages).extend(here)
        if waiting:
            what = f"more than {MOST_PARTS} parts of the sitemap"
            self.findings.add("limit", waiting[0], what=what)
        if elsewhere:
            count, example = len(elsewhere), elsewhere[0]
            self.findings.add("elsewhere/sitemap", self.place.home, count=count, example=example)
        return pages

    def _read_sitemap_part(self, address: str, *, is_first: bool) -> tuple[str, list[str]]:
        """Request one file of a sitemap; return its kind and the addresses in it.

        The kind is ``urlset`` or ``sitemapindex``. Returns ``""`` and no addresses if the file is
        broken, which is added as a finding, or missing, which is one unless it `is_first`. HTML and
        RDF count as missing.
        """
        reply = self.place.get(address, "application/xml, text/xml")
        if reply.ok and reply.type not in (*HTML, *TYPES):
            try:
                return parse.sitemap(reply.body)
            except EngineError as error:
                self.findings.add("sitemap", reply.url, error=error.message)
        elif not is_first:
            self.findings.unavailable("sitemap", reply, "a part of the sitemap cannot be fetched")
        return "", []

    def _things(self, endpoint: str) -> list[str]:
        """Return sorted IRIs of things to check: a sample of the data, and all VoID examples.

        For a folder, all IRIs of the data. For a host, only IRIs that it serves; if there are none,
        its address is requested, and returned if RDF comes. Adds findings that things were sampled,
        and that none of the data is served here. Without a dump, `endpoint` is queried for the
        IRIs, unless it is ``""``; the data are then those of the endpoint.
        """
        examples = [iri for iri in self.descriptions.examples() if self._is_here(iri)]
        iris = self._data_iris(endpoint)
        if not self.place.negotiates:
            return sorted({*iris, *examples})
        chosen = self.findings.sampled("things", [iri for iri in iris if self._is_here(iri)])
        if not chosen and not examples:
            reply = self.place.get(self.place.home, "text/turtle")
            if reply.ok and reply.type in TYPES:  # the address is that of a thing
                chosen = [self.place.home]
        if (self.descriptions.dumps or endpoint) and not chosen:
            self.findings.add("elsewhere/things", self.place.home)
        return sorted({*chosen, *examples})

    def _data_iris(self, endpoint: str) -> Iterable[str]:
        """Return the IRIs under the bases of the site that the dumps have triples about.

        If there is no dump, they are those of the endpoint, which is queried unless it is ``""``.
        They have no fragments. If the query fails or is refused, a finding is added.
        """
        if self.descriptions.dumps:
            return {iri for dump in self.descriptions.dumps for iri in dump.figures.things}
        try:
            return things_at(endpoint, self.place.bases) if endpoint else ()
        except (EngineError, InputError) as error:
            what = f"things of the endpoint: {error.message}"
            self.findings.add("limit", endpoint, what=what)
            return ()

    def _is_here(self, address: str) -> bool:
        """Return True if an address belongs to the site; nothing is requested."""
        return self.place.find(address) is not None

    def _check_coverage(self, things: list[str], pages: list[str]) -> None:
        """Check that each thing is the subject of a triple in an RDF document that was read.

        Adds a finding for each under the bases of the site that is not, and counts the things.
        Nothing is checked if only a sample of the pages was read, or no RDF document.
        """
        if len(set(pages)) > self.findings.sample or not self.documents.described:
            return
        for iri in things:
            self.findings.counts["things"] += 1
            if iri.startswith(self.place.bases) and iri not in self.documents.described:
                self.findings.add("thing/described", self.place.home, focus=iri, iri=iri)

    # ---- What a site lacks

    def _report_missing(self, has_checksums: bool, has_pages: bool, has_endpoint: bool) -> None:
        """Add a finding of the check ``lacks`` for each recommended part that the site lacks.

        A host that sent RDF should also send it in each of the media types `ASKED`. Requests
        robots.txt. The arguments say whether these parts were found.
        """
        parts = {
            "lacks/void": self.descriptions.has_void,
            "lacks/dcat": self.descriptions.has_dcat,
            "lacks/dump": self.descriptions.dumps,
            "lacks/checksums": has_checksums,
            "lacks/sitemap": has_pages,
            "lacks/json-ld": self.documents.has_json_ld,
            "lacks/endpoint": has_endpoint or not self.place.negotiates,
            "lacks/robots": self.place.has_robots,
        }
        for name, is_there in parts.items():
            if not is_there:
                self.findings.add(name, self.place.home)
        if self.place.negotiates and self.documents.formats:
            for kind in ASKED:
                if kind not in self.documents.formats:
                    self.findings.add("lacks/format", self.place.home, type=kind)
