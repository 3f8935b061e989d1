"""Run the examples of mappings, and compare what they say with the expected sentences.

Beside ``imports/letters.toml`` lies the directory ``imports/letters.examples/``: files of records,
such as ``one.csv``, and the sentences that come of each, ``one.txt``. A record's file has the path
in that directory that it has in the source, so far as the mapping uses the path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import ndiff
from pathlib import Path

from allgraph.changes.claims import Said
from allgraph.errors import AllgraphError
from allgraph.folder import Folder
from allgraph.graph.examples import ExampleOutcome
from allgraph.imports import output
from allgraph.imports.labels import labels_in
from allgraph.imports.ledger import Ledger
from allgraph.imports.mapper import Claim, Mapper
from allgraph.imports.mapping import Mapping
from allgraph.imports.mapping_file import FOLDER, read_mapping
from allgraph.imports.sentences import sentences
from allgraph.imports.terms import Terms
from allgraph.model import edtf
from allgraph.rdf import ntriples
from allgraph.rdf.files import read_regular
from allgraph.selectors.reading import read as read_records
from allgraph.selectors.records import Options
from allgraph.writing import put

SUFFIX = ".examples"
"""What the name of a directory of examples has after that of its mapping."""
_TEXT = ".txt"
_SHOWN = 20  # lines of a difference


def check(folder: Folder, *, update: bool = False) -> Iterator[ExampleOutcome]:
    """Run the examples of the folder's own mappings, and yield an outcome for each.

    The sentences of a file of records are compared with the lines of the text beside it. With
    `update` the text is written instead, which may raise `WriteError`. A mapping or a file with an
    error is a problem, and so is a text without records.
    """
    directories = sorted((folder.root / FOLDER).glob(f"*{SUFFIX}"))
    terms = Terms.of(folder) if directories else None
    for directory in directories:
        name = directory.name.removesuffix(SUFFIX)
        paths = sorted(path for path in directory.rglob("[!.]*") if path.is_file())
        files = [path for path in paths if path.suffix != _TEXT]
        for path in {*paths} - {*files} - {path.with_suffix(_TEXT) for path in files}:
            place = folder.relative(path)
            yield ExampleOutcome(name, path.name, place, "there are no records beside it")
        try:
            assert terms is not None
            mapping = read_mapping(folder, name, terms)
            labels = labels_in(folder, _written(folder))
        except AllgraphError as error:
            yield ExampleOutcome(name, "", folder.relative(directory), str(error))
            continue
        for path in files:
            shown = path.relative_to(directory).as_posix()
            text = path.with_suffix(_TEXT)
            try:
                lines = _told(folder, mapping, path, shown, labels)
            except AllgraphError as error:
                yield ExampleOutcome(name, shown, folder.relative(path), str(error))
                continue
            if update:
                put(text, "".join(f"{line}\n" for line in lines).encode())
            problem = "" if update else _difference(lines, text)
            yield ExampleOutcome(name, shown, folder.relative(text), problem)


def _written(folder: Folder) -> list[Path]:
    """Return the data files that are not the outputs of imports."""
    outputs = folder.root / output.FOLDER
    return [path for path in folder.data_files() if not path.is_relative_to(outputs)]


def _told(
    folder: Folder, mapping: Mapping, path: Path, name: str, labels: dict[str, str]
) -> list[str]:
    """Return the output of a mapping for the records of a file: sentences, then other lines.

    A sentence is followed by ``[current]`` where the source speaks of the present, by
    ``[sensitive]``, and by the note of its evidence. Problems, records that are left out, and
    fields that no line uses follow. No end of an interval is a plan, unless the mapping fixes the
    day of the source.
    """
    source = f"<{mapping.source.iri}>"
    day = mapping.source.latest or mapping.source.read
    ledger = Ledger(path / "none", "")
    mapper = Mapper(mapping, folder.base, edtf.day(day) if day else None, ledger.number)
    distinct: dict[tuple[str, ...], tuple[Said, str]] = {}
    things: dict[str, str] = {}
    rest: list[str] = []
    for number, record in enumerate(read_records(path, name, Options(**mapping.options))):
        if number == 0:
            mapper.check_columns(record, name, folder.relative(mapping.path))
        key = mapper.key_of(record, name)
        if key is None or not mapper.admits(record, name):
            reason = ": its key is empty" if key is None else ""
            rest.append(f"left out: {mapper.place(record, name, ())}{reason}")
            continue
        if mapping.has_ledger:
            key = ledger.number(f"{key}\x1f{record.place}")
        made = mapper.map(record, name, key)
        for claim in made.claims:
            distinct.setdefault(claim.five, _said(claim, source, output.record_iri(source, key)))
        for iri, thing in made.things.items():
            if thing.label and iri not in labels:
                things.setdefault(iri, output.thing_text(thing))
        rest += [f"problem: {problem}" for problem in dict.fromkeys(made.problems)]
    rest += [f"no line uses: {field}" for field in mapper.unused()]
    claims = [claim for claim, _ in distinct.values()]
    texts = sentences(folder, claims, things.values(), labels)
    marks = [mark for _, mark in distinct.values()]
    lines = [f"{sentence}{mark}" for sentence, mark in zip(texts, marks, strict=True)]
    return [" ".join(line.split()) for line in [*lines, *rest]]


def _said(claim: Claim, source: str, record: str) -> tuple[Said, str]:
    """Return a claim with its lines, and the marks that its sentence gets."""
    with_lines = output.said(claim, source, record, "")
    marks = " [current]" * claim.is_current + " [sensitive]" * claim.is_sensitive
    return with_lines, f"{marks} [note: {ntriples.value(claim.note)}]" if claim.note else marks


def _difference(lines: Iterable[str], path: Path) -> str:
    """Return in words how lines differ from those of a file; ``""`` if they do not."""
    try:
        expected = read_regular(path).decode().splitlines()
    except FileNotFoundError:
        return "there are no expected sentences yet; write them with `allgraph test --update`"
    except (OSError, UnicodeDecodeError) as error:
        return f"the expected sentences cannot be read: {error}"
    differing = [line for line in ndiff(expected, [*lines]) if line[0] in "-+"]
    if not differing:
        return ""
    more = len(differing) - _SHOWN
    shown = [*differing[:_SHOWN], *([f"… and {more:,} more lines"] if more > 0 else [])]
    return "\n   ".join(["expected (-) and given (+) sentences differ:", *shown])
