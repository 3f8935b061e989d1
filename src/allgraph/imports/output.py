"""The output of an import: lines of N-Triples in blocks, one for each record, sorted by its IRI.

A block has the record, the things in it, and its claims with their evidence; so one record is read
and replaced without the others. The first block is that of the source, the last ones those of its
former states and of the places in records. A large output is compressed N-Triples, a small one the
same triples as Turtle.
"""

from __future__ import annotations

import codecs
import io
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, unquote

from pyoxigraph import RdfFormat, parse

from allgraph.changes.claims import Said
from allgraph.errors import LoadError, WriteError, extra
from allgraph.folder import Folder
from allgraph.imports.mapper import Claim, Thing
from allgraph.rdf import files, ntriples, serialize
from allgraph.rdf.nesting import statements
from allgraph.rdf.ntriples import literal
from allgraph.rdf.prefixes import names_with
from allgraph.rdf.terms import AG, KNOWN, OA, RDF, RDFS, XSD
from allgraph.selectors.places import Kind, canonical
from allgraph.selectors.places import Path as FieldPath
from allgraph.selectors.records import Record
from allgraph.writing import replacing

FOLDER = "data/imported"
"""The directory of outputs in a graph folder."""
LARGE = 10_000
"""The claims from which on an output is compressed N-Triples, and no Turtle."""
NOTE = "# Written by allgraph import; do not edit, the next import replaces it."
TYPE, LABEL, VALUE = f"<{RDF}type>", f"<{RDFS}label>", f"<{RDF}value>"
SUBJECT, PREDICATE, OBJECT = (f"<{RDF}{name}>" for name in ("subject", "predicate", "object"))
CLAIM, RECORD, WHEN, ROLE = (f"<{AG}{name}>" for name in ("Claim", "Record", "when", "role"))
EVIDENCE, SHA256, CURRENT = (f"<{AG}{name}>" for name in ("evidence", "sha256", "current"))
WITHDRAWN, OF_RECORD, SECTION = (f"<{AG}{name}>" for name in ("withdrawn", "record", "section"))
FIRST_LINE, LINES, READING = (f"<{AG}{name}>" for name in ("firstLine", "lines", "reading"))
BY, REMARK, ORDINAL, SENSITIVE = (
    f"<{AG}{n}>" for n in ("attributedTo", "note", "ordinal", "sensitive")
)
PART_OF, CONFORMS = (f"<{KNOWN['dcterms']}{name}>" for name in ("isPartOf", "conformsTo"))
SELECTOR, SOURCE, SELECTION = (
    f"<{OA}{n}>" for n in ("hasSelector", "hasSource", "ResourceSelection")
)
_POINTER, _TABLE = "http://tools.ietf.org/rfc/rfc6901", "http://tools.ietf.org/rfc/rfc7111"
_ORDER = {
    predicate: place
    for place, predicate in enumerate((
        TYPE, LABEL, SUBJECT, PREDICATE, OBJECT, WHEN, ROLE, ORDINAL, SENSITIVE,
        WITHDRAWN, f"<{AG}withdrawnBy>", f"<{AG}withdrawnBecause>", EVIDENCE,
        SOURCE, PART_OF, OF_RECORD, SECTION, SELECTOR, SHA256, CURRENT, FIRST_LINE, LINES,
        READING, BY, REMARK,
    ))
}  # fmt: skip
"""The order of the predicates of a node in a block; others come after these."""
_IS_CLAIM = f" {TYPE} {CLAIM} .\n"
_SPEAKERS = re.compile(rf" {re.escape(BY)} (<[^>]*>) \.$", re.MULTILINE)
_SELECTORS = re.compile(rf" {re.escape(SELECTOR)} (<[^>]*>) \.$", re.MULTILINE)
_OF_TRIPLES = ("# <", "# source", "# states", "# places")  # the heads of blocks with lines
_PIECE = 2**20
_TOGETHER = 200  # blocks that are compressed together
_TRUE = f'"true"^^<{XSD}boolean>'
_XPATH = "xpath:"


@dataclass
class Block:
    """The lines that one record gives, as texts, by the IRIs of their subjects.

    `record` has the lines of the record, ``""`` if it is gone; `fixed` those of the record in
    former states of the source.
    """

    iri: str
    record: str = ""
    fixed: dict[str, str] = field(default_factory=dict)
    things: dict[str, str] = field(default_factory=dict)
    claims: dict[str, Said] = field(default_factory=dict)

    def text(self) -> str:
        """Return the lines, those of claims sorted by their IRIs."""
        parts = [f"# {self.iri}\n", self.record]
        for texts in (self.fixed, self.things):
            parts += [texts[iri] for iri in sorted(texts)]
        parts += [self.claims[iri].text for iri in sorted(self.claims)]
        return "".join(parts)

    @property
    def live(self) -> dict[str, Said]:
        """The claims that are not withdrawn."""
        return {iri: claim for iri, claim in self.claims.items() if not claim.is_withdrawn}

    def mentioned(self) -> set[str]:
        """Return the IRIs and literals in the claims, and the IRIs of their makers."""
        ends = {end for claim in self.claims.values() for end in (claim.subject, claim.object)}
        for claim in self.claims.values():
            if f" {BY} " in claim.text:
                ends.update(_SPEAKERS.findall(claim.text))
        return ends

    def property_of_record(self, predicate: str) -> str:
        """Return the value of a predicate of the record, ``""`` if it has none."""
        return value_of(self.record, predicate)


def value_of(text: str, predicate: str) -> str:
    """Return the text of the first object of a predicate in some lines, ``""`` without."""
    match = re.search(rf"^\S+ {re.escape(predicate)} (.*) \.$", text, re.MULTILINE)
    return ntriples.value(match[1]) if match else ""


def parse_block(text: str) -> Block:
    """Return the block that some lines are; the first is its head."""
    head, _, rest = text.partition("\n")
    block = Block(head[2:])
    starts, place = [], rest.find(_IS_CLAIM)
    while place >= 0:
        starts.append(rest.rfind("\n", 0, place) + 1)
        place = rest.find(_IS_CLAIM, place + 1)
    own = rest[: starts[0]] if starts else rest
    for iri, lines in by_subject(own):
        if iri == block.iri:
            block.record = lines
        elif f"> {TYPE} {RECORD} ." in lines:
            block.fixed[iri] = lines
        else:
            block.things[iri] = lines
    for start, end in pairwise([*starts, len(rest)]):
        claim = parse_claim(rest[start:end])
        block.claims[claim.iri] = claim
    return block


def by_subject(text: str) -> Iterator[tuple[str, str]]:
    """Yield the lines of each subject, which stand together."""
    lines: list[str] = []
    subject = ""
    for line in text.split("\n")[:-1]:
        own = line[: line.index(" ")]
        if own != subject and lines:
            yield subject, "".join(lines)
            lines = []
        subject = own
        lines.append(f"{line}\n")
    if lines:
        yield subject, "".join(lines)


def parse_claim(text: str) -> Said:
    """Return the claim that some lines are."""
    head, subject, predicate, obj, *rest = text.split("\n", 6)
    iri = head[: head.index(" ")]
    start = len(iri) + 2
    when = role = ""
    for line in rest[:2]:
        if line.startswith(WHEN, len(iri) + 1):
            when = line[start + len(WHEN) : -2]
        elif line.startswith(ROLE, len(iri) + 1):
            role = line[start + len(ROLE) : -2]
    return Said(
        iri, subject[start + len(SUBJECT) : -2], predicate[start + len(PREDICATE) : -2],
        obj[start + len(OBJECT) : -2], when, role, f"{iri} {WITHDRAWN} " in text, text,
    )  # fmt: skip


def said(claim: Claim, source: str, record: str, place: str) -> Said:
    """Return a claim with its lines.

    Its evidence is at a place, if it is not ``""``, in a record of a source.
    """
    iri = claim.iri
    evidence = f"{iri[:-1]}#evidence>"
    lines = [
        f"{iri} {TYPE} {CLAIM} .\n{iri} {SUBJECT} {claim.subject} .\n"
        f"{iri} {PREDICATE} {claim.predicate} .\n{iri} {OBJECT} {claim.object} .\n"
    ]
    lines += [f"{iri} {WHEN} {claim.when} .\n"] if claim.when else ()
    lines += [f"{iri} {ROLE} {claim.role} .\n"] if claim.role else ()
    lines += [f"{iri} {ORDINAL} {claim.ordinal} .\n"] if claim.ordinal else ()
    lines += [f"{iri} {SENSITIVE} {_TRUE} .\n"] if claim.is_sensitive else ()
    lines.append(
        f"{iri} {EVIDENCE} {evidence} .\n{evidence} {TYPE} {SELECTION} .\n"
        f"{evidence} {SOURCE} {source} .\n{evidence} {OF_RECORD} {record} .\n"
    )
    lines += [f"{evidence} {SELECTOR} {place} .\n"] if place else ()
    lines += [f'{evidence} {SHA256} "{claim.digest}" .\n'] if claim.digest else ()
    lines += [f"{evidence} {CURRENT} {_TRUE} .\n"] if claim.is_current else ()
    lines += [f"{evidence} {READING} <{AG}Interpreted> .\n"] if claim.is_interpreted else ()
    lines += [f"{evidence} {BY} {claim.by} .\n"] if claim.by else ()
    lines += [f"{evidence} {REMARK} {claim.note} .\n"] if claim.note else ()
    return Said(
        iri, claim.subject, claim.predicate, claim.object, claim.when, claim.role, False,
        "".join(lines),
    )  # fmt: skip


def thing_text(thing: Thing) -> str:
    """Return the lines of a thing."""
    lines = [
        f"{thing.iri} {TYPE} {thing.kind} .\n",
        f"{thing.iri} {LABEL} {literal(thing.label)} .\n",
    ]
    if thing.classification:
        lines.append(f"{thing.iri} <{AG}classification> {thing.classification} .\n")
    if thing.text:
        lines.append(f"{thing.iri} <{AG}nameInText> {literal(thing.text)} .\n")
    return "".join(lines)


def record_text(iri: str, source: str, file: str, record: Record, at: Iterable[FieldPath]) -> str:
    """Return the lines of a record, with the lines of the places of its claims."""
    first = record.line
    lines = {"": f"{TYPE} {RECORD}", "p": f"{PART_OF} {source}", "f": f"{SECTION} {literal(file)}"}
    if record.place:
        lines["s"] = f"{SELECTOR} {selector(source, record.place, record.kind)}"
    lines["d"] = f'{SHA256} "{record.digest}"'
    if first is not None:
        places = {record.place_of(path): record.line_of(path) for path in {*at} if path}
        numbers = {place: line - first for place, line in places.items() if line is not None}
        lines["l"] = f'{FIRST_LINE} "{first}"^^<{XSD}integer>'
        if numbers:
            lines["n"] = f"{LINES} {literal(canonical(numbers))}"
    return "".join(f"{iri} {line} .\n" for line in lines.values())


def record_iri(source: str, key: str) -> str:
    """Return the IRI of a record of a source (both as terms), made of its key."""
    name = quote(key.replace("\x1f", "/"), safe="")
    if len(name) > 120:
        name = sha256(key.encode()).hexdigest()[:24]
    return f"{source[:-1]}#record-{name}>"


def selector(source: str, place: str, kind: Kind) -> str:
    """Return the IRI of a place, of some kind, in the records of a source."""
    is_xpath = kind in (Kind.XPATH, Kind.QUALIFIED)
    return f"{source[:-1]}#{_XPATH * is_xpath}{_quoted(place)}>"


@lru_cache(maxsize=65_536)
def _quoted(place: str) -> str:
    """Return a place as the fragment of an IRI."""
    return quote(place, safe="/=@:~()!,*")


def selector_text(iri: str) -> str:
    """Return the lines of a place, given its IRI."""
    place = unquote(iri[iri.index("#") + 1 : -1])
    if place.startswith(_XPATH):
        place = place.removeprefix(_XPATH)
        return f"{iri} {TYPE} <{OA}XPathSelector> .\n{iri} {VALUE} {literal(place)} .\n"
    form = _POINTER if place.startswith("/") else _TABLE
    return (
        f"{iri} {TYPE} <{OA}FragmentSelector> .\n{iri} {CONFORMS} <{form}> .\n"
        f"{iri} {VALUE} {literal(place)} .\n"
    )


# ---- The file


class Output:
    """The output of the mapping of a name in a folder: blocks in a file, or no file yet."""

    def __init__(self, folder: Folder, name: str) -> None:
        """Find the file; nothing is read.

        An import that was killed as the form changed leaves two files, of which the newer one is
        the output.
        """
        self._folder, self._name = folder, name
        self.paths = [folder.root / FOLDER / f"{name}{suffix}" for suffix in (".ttl", ".nt.zst")]
        self._states = self._states_now()
        newest, path = max(zip(self._states, self.paths, strict=True))
        self.path = path if newest[0] else None
        self.name = folder.relative(self.path) if self.path else ""

    def blocks(self) -> Iterator[str]:
        """Yield the texts of the blocks: of the mapping, the source, records, and places.

        Raises `LoadError` for a file that was not written by an import.
        """
        if self.path is None:
            return
        with files.opened(self.path, self.name) as file:
            try:
                if self.path.suffix == ".ttl":
                    yield from _blocks_of_turtle(file.read().decode())
                else:
                    yield from _blocks(file)
            except (SyntaxError, LookupError, ValueError) as error:
                raise LoadError(
                    f"is not as allgraph import wrote it ({error}); restore it, or remove it",
                    path=self.name,
                    line=getattr(error, "lineno", None),
                ) from None

    def _states_now(self) -> list[tuple[int, int]]:
        """Return when each file was changed, and its number; 0 for one that is not there."""
        states = []
        for path in self.paths:
            try:
                stat = path.stat()
            except OSError:
                states.append((0, 0))
            else:
                states.append((stat.st_mtime_ns, stat.st_ino))
        return states

    def has_changed(self) -> bool:
        """Return True if another process has replaced the file since."""
        return self._states != self._states_now()

    def replace(self, writer: Writer) -> Path:
        """Replace the file by what was written, and return its path; the old one stays if it fails.

        Raises `WriteError`, and `MissingExtra` if the output is large and zstandard is missing.
        """
        path = self.paths[writer.is_large]
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WriteError(f"cannot be made: {error.strerror}", path=path.parent) from None
        with replacing(path) as file:
            if writer.is_large:
                shutil.copyfileobj(writer.compressed(), file)
            else:
                file.write(
                    _turtle(_blocks(io.BytesIO(writer.text().encode())), self._folder).encode()
                )
        self.paths[not writer.is_large].unlink(missing_ok=True)
        return path


class Writer:
    """Blocks of a new output, in memory, or compressed in a temporary file once they are many."""

    def __init__(self) -> None:
        """Start without blocks."""
        self.claims = 0
        self._parts: list[str] = [f"{NOTE}\n"]
        self._file: IO[bytes] | None = None
        self._zstd: Any = None
        self._selectors: set[str] = set()

    @property
    def is_large(self) -> bool:
        """True if the output is compressed N-Triples."""
        return self._zstd is not None

    def add(self, text: str, claims: int = 0) -> None:
        """Add a block with some claims. Raises `MissingExtra`, `WriteError`."""
        self._selectors.update(_SELECTORS.findall(text))
        self._parts.append(text)
        self.claims += claims
        if self.claims >= LARGE and (len(self._parts) >= _TOGETHER or not self.is_large):
            self._compress()

    def finish(self) -> None:
        """Add the last block: the places in records that the blocks before it refer to."""
        self.add("# places\n" + "".join(map(selector_text, sorted(self._selectors))))
        if self.is_large:
            self._compress()

    def close(self) -> None:
        """Remove the temporary file, if there is one."""
        if self._file is not None:
            self._file.close()

    def text(self) -> str:
        """Return all, if it is not large."""
        return "".join(self._parts)

    def compressed(self) -> IO[bytes]:
        """Return the file of all, if it is large, at its beginning. Raises `WriteError`."""
        assert self._file is not None
        with _full_disk():
            self._file.write(self._zstd.flush())
            self._file.seek(0)
        return self._file

    def _compress(self) -> None:
        """Move the lines in memory to the file."""
        if self._file is None:
            with extra("zstd"):
                import zstandard
            self._zstd = zstandard.ZstdCompressor(level=3).compressobj()
            self._file = tempfile.TemporaryFile()
        with _full_disk():
            self._file.write(self._zstd.compress("".join(self._parts).encode()))
        self._parts.clear()


@contextmanager
def _full_disk() -> Iterator[None]:
    """Raise `WriteError` for an `OSError` of a temporary file."""
    try:
        yield
    except OSError as error:
        raise WriteError(f"a temporary file cannot be written: {error.strerror}") from None


def _blocks(file: IO[bytes]) -> Iterator[str]:
    """Yield the texts of the blocks in an open file."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    text = ""
    while piece := file.read(_PIECE):
        text += decoder.decode(piece)
        *blocks, rest = text.split("\n# ")
        for block in blocks:
            yield f"# {block.removeprefix('# ')}\n"
        text = f"# {rest}" if blocks else text
    if text:
        yield text


def _turtle(blocks: Iterable[str], folder: Folder) -> str:
    """Return blocks as Turtle, each after its first line; a thing is described in the first."""
    names = names_with(tuple(folder.prefixes.items()))
    used: set[str] = set()
    things: set[str] = set()
    head, parts = "", []
    for text in blocks:
        if not text.startswith(_OF_TRIPLES):
            head += text
            continue
        block = parse_block(text)
        block.things = {iri: lines for iri, lines in block.things.items() if iri not in things}
        things |= block.things.keys()
        quads = parse(block.text().encode(), format=RdfFormat.N_TRIPLES)
        forest = serialize.labelled_forest(statements(quads))
        writer = serialize.TurtleWriter(forest, names, used)
        parts.append(f"# {block.iri}\n{writer.document().removeprefix(writer.head())}")
    return "\n".join([head, writer.head().rstrip("\n") + "\n", *parts])


def _blocks_of_turtle(text: str) -> Iterator[str]:
    """Yield the blocks that `_turtle` wrote. Raises `SyntaxError` if it is no Turtle."""
    things: dict[str, str] = {}
    prefixes = "".join(re.findall(r"^@prefix .*\n", text, re.MULTILINE))
    for part in _blocks(io.BytesIO(text.encode())):
        head, _, body = part.partition("\n")
        if not part.startswith(_OF_TRIPLES):
            yield "".join(f"{line}\n" for line in part.split("\n") if line.startswith("#"))
            continue
        nodes: dict[str, list[str]] = {}
        for line in ntriples.lines(parse((prefixes + body).encode(), format=RdfFormat.TURTLE)):
            nodes.setdefault(line[: line.index(" ")], []).append(line)
        block = Block(head[2:])
        texts = {iri: _ordered(nodes[iri]) for iri in sorted(nodes, key=lambda iri: iri[:-1])}
        for iri, lines in texts.items():
            if iri == block.iri:
                block.record = lines
            elif f" {TYPE} {RECORD} ." in lines:
                block.fixed[iri] = lines
            elif f" {TYPE} {CLAIM} ." in lines:
                block.claims[iri] = parse_claim(lines + texts[f"{iri[:-1]}#evidence>"])
            elif f" {TYPE} {SELECTION} ." not in lines:
                block.things[iri] = lines
        things |= block.things
        if head.startswith("# <"):
            mentioned = block.mentioned() & things.keys()
            block.things |= {iri: things[iri] for iri in mentioned}
        yield block.text()


def _ordered(lines: Iterable[str]) -> str:
    """Return the lines of one node in the order of their predicates."""

    def place(line: str) -> tuple[int, str]:
        predicate = line.split(" ", 2)[1]
        return _ORDER.get(predicate, len(_ORDER)), line

    return "".join(f"{line}\n" for line in sorted(lines, key=place))
