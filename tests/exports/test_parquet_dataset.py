"""Partitioned Parquet: what DuckDB, Polars and Arrow read is the graph."""

from __future__ import annotations

import filecmp
import json
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow.dataset as ds
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allgraph.errors import EngineError, ParameterError, WriteError
from allgraph.exports import parquet, parquet_dataset
from allgraph.exports.export import export, exported
from allgraph.graph import Graph, open_graph
from allgraph.graph.claims import claims
from allgraph.rdf.terms import AG
from tests.conftest import MakeFolder

DATASET = "parquet-dataset"
TABLES = ("entities", "claims", "edges")


@pytest.fixture(scope="module")
def tables(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dataset of the built-in graph."""
    directory = tmp_path_factory.mktemp("warehouse") / "tables"
    export(graph, directory, format=DATASET)
    return directory


def files(directory: Path) -> list[str]:
    return sorted(p.relative_to(directory).as_posix() for p in directory.rglob("*") if p.is_file())


def rows_by(reader: str, tables: Path, table: str) -> list[dict[str, Any]]:
    """All rows of a table, the partition among the columns, as a library reads them."""
    if reader == "duckdb":
        with duckdb.connect() as connection:
            text = (
                f"SELECT * FROM read_parquet('{tables}/{table}/*/*.parquet', hive_partitioning=1)"
            )
            frame: pl.DataFrame = connection.sql(text).pl()
            return frame.to_dicts()
    if reader == "polars":
        return pl.read_parquet(tables / table / "*/*.parquet", hive_partitioning=True).to_dicts()
    found: list[dict[str, Any]] = (
        ds.dataset(tables / table, partitioning="hive").to_table().to_pylist()
    )
    return found


@pytest.mark.parametrize("reader", ["duckdb", "polars", "pyarrow"])
def test_tables_are_the_graph(reader: str, tables: Path, graph: Graph) -> None:
    known = {claim.iri: claim for claim in claims(graph)}
    rows = {row["claim"]: row for row in rows_by(reader, tables, "claims")}
    assert rows.keys() == known.keys()
    for iri, row in rows.items():
        claim = known[iri]
        assert row["predicateIri"] == claim.predicate
        assert row["predicate"] == parquet_dataset.safe(claim.predicate, AG)
        assert (row["when"] or "") == claim.when and row["rank"] == claim.rank
        days = [row[name] and (row[name].year, row[name].month, row[name].day) for name in DAYS]
        assert days == [*claim.bounds]
        assert [e["source"] for e in row["evidence"]] == [e.source for e in claim.evidence]
        assert set(row["sources"]) == {e.source for e in claim.evidence}
        assert (row["object"] is None) == (row["value"] is not None)
    ties = [json.loads(line) for line in exported(graph, "jsonl", table="ties").splitlines()]
    edges = rows_by(reader, tables, "edges")
    assert {(e["claim"], e["subject"], e["object"]) for e in edges} == {
        (t["claim"], t["source"], t["target"]) for t in ties
    }
    things = [json.loads(line) for line in exported(graph, "jsonl", table="things").splitlines()]
    entities = {e["entity"]: e for e in rows_by(reader, tables, "entities")}
    assert entities.keys() == {thing["id"] for thing in things}
    for thing in things:
        entity = entities[thing["id"]]
        said = entity["name"], entity["kindName"], entity["ties"]
        assert said == (thing["label"], thing["kind"], thing["ties"])


DAYS = ("beginNotBefore", "beginNotAfter", "endNotBefore", "endNotAfter")
SERVED = """
    SELECT c.claim, c.subject, source
    FROM read_parquet('{0}/claims/predicate=servedOn/*.parquet') c
    JOIN read_parquet('{0}/edges/predicate=hasUnit/*.parquet') u ON c.object = u.object,
    UNNEST(c.sources) AS s(source)
    WHERE u.subject = '{1}' AND c.rank <> 'Deprecated' AND u.rank <> 'Deprecated'
"""


def test_a_join_is_the_answer_to_a_question(tables: Path, graph: Graph) -> None:
    body = graph.resolve("Model Alliance")
    with duckdb.connect() as connection:
        found = set(connection.sql(SERVED.format(tables, body.value)).fetchall())
    answer = graph.ask("board-members", body=body.value)
    known = {claim.iri: claim for claim in claims(graph)}
    boards = {row["claim"].value for row in answer.rows if row["unitClaim"]}  # type: ignore[union-attr]
    wanted = {
        (iri, known[iri].subject.value, each.source)
        for iri in boards
        for each in known[iri].evidence
    }
    assert found == wanted and len(found) > 10


def test_types_are_the_same_for_every_graph(tables: Path, make_folder: MakeFolder) -> None:
    empty = make_folder({"data/a.ttl": 'id:a a ag:Person ; rdfs:label "A" .'}, prefixes=True)
    target = empty / "tables"
    export(open_graph(empty), target, format=DATASET)
    assert files(target) == ["dataset.json", "entities/kind=person/part-00000.parquet"]
    schemas = [
        ds.dataset(root / "entities", partitioning="hive").schema for root in (target, tables)
    ]
    assert schemas[0] == schemas[1]
    schema = ds.dataset(tables / "claims", partitioning="hive").schema
    assert {str(schema.field(name).type) for name in DAYS} == {"date32[day]"}
    assert str(schema.field("sources").type) == "list<element: string>"
    assert [*schema.names] == [*parquet_dataset.CLAIMS, "predicate"]


def test_the_same_graph_gives_the_same_bytes(tables: Path, graph: Graph, tmp_path: Path) -> None:
    export(graph, tmp_path / "again", format=DATASET)
    names = files(tables)
    assert names == files(tmp_path / "again") and len(names) > 50
    assert filecmp.cmpfiles(tables, tmp_path / "again", names, shallow=False) == (names, [], [])
    manifest = json.loads((tables / "dataset.json").read_text())
    assert manifest["format"] == 2 and [*manifest["tables"]] == sorted(TABLES)
    for name, table in manifest["tables"].items():
        assert table["rows"] == len(rows_by("pyarrow", tables, name))


@pytest.mark.parametrize("hostile", ["a/../../b", "a=b", "%2e%2e", "2013", "null", "é", "x" * 300])
def test_hostile_predicates_stay_inside(make_folder: MakeFolder, hostile: str) -> None:
    text = (
        f"claim:c a ag:Claim ; rdf:subject id:a ; rdf:predicate <urn:x:{hostile}> ; "
        "rdf:object id:b ; ag:evidence [ oa:hasSource source:s ] ."
    )
    folder = make_folder({"data/a.ttl": text}, prefixes=True)
    export(open_graph(folder), folder / "tables", format=DATASET)
    (partition,) = (folder / "tables" / "claims").iterdir()
    value = partition.name.removeprefix("predicate=")
    for reader in ("duckdb", "polars", "pyarrow"):
        (row,) = rows_by(reader, folder / "tables", "claims")
        assert (row["predicate"], row["predicateIri"]) == (value, f"urn:x:{hostile}")


@given(st.text(min_size=1), st.text(min_size=1))
def test_names_of_partitions_need_no_escape(one: str, other: str) -> None:
    names = [parquet_dataset.safe(name, AG) for name in (one, other)]
    for name in names:
        assert len(name) <= 64 and name[0].isascii() and name[0].isalpha()
        assert all(c.isascii() and (c.isalnum() or c in "_-") for c in name)
    assert (names[0] == names[1]) == (one == other)
    assert parquet_dataset.NO_KIND not in names


def test_files_and_row_groups_are_bounded(
    graph: Graph, tmp_path: Path, tables: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_dataset, "PER_FILE", 7)
    monkeypatch.setattr(parquet, "GROUP", 3)
    export(graph, tmp_path / "small", format=DATASET)
    counts = [
        (fragment.count_rows(), len(fragment.row_groups))
        for fragment in ds.dataset(tmp_path / "small" / "claims").get_fragments()
    ]
    assert max(counts) == (7, 3)
    key = parquet_dataset.CLAIMS[0]
    small, whole = (
        sorted(row[key] for row in rows_by("pyarrow", at, "claims"))
        for at in (tmp_path / "small", tables)
    )
    assert small == whole


def test_a_dataset_is_replaced_whole_or_not_at_all(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "tables"
    (target / "claims").mkdir(parents=True)
    (target / "dataset.json").write_text("{}")
    (target / "claims" / "old.parquet").write_text("old")

    def fails(*given: object) -> None:
        raise EngineError("the engine failed")

    with monkeypatch.context() as patch:
        patch.setattr(parquet_dataset, "_write_manifest", fails)
        with pytest.raises(EngineError):
            export(graph, target, format=DATASET)
    assert files(tmp_path) == ["tables/claims/old.parquet", "tables/dataset.json"]
    export(graph, target, format=DATASET)
    assert "claims/old.parquet" not in files(target)
    assert [p.name for p in tmp_path.iterdir()] == ["tables"]


def test_what_is_no_dataset_is_left_alone(graph: Graph, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_text("x")
    with pytest.raises(WriteError, match="is not empty and has no dataset"):
        export(graph, tmp_path, format=DATASET)
    with pytest.raises(WriteError, match="is a file; a dataset is a directory"):
        export(graph, tmp_path / "photo.jpg", format=DATASET)
    with pytest.raises(WriteError, match="cannot be written: No such file"):
        export(graph, tmp_path / "no" / "such", format=DATASET)
    with pytest.raises(ParameterError, match="no other options of export"):
        export(graph, tmp_path / "x", format=DATASET, derived=True)
    with pytest.raises(ParameterError, match="is a directory; give the path of a directory"):
        exported(graph, DATASET)
    assert files(tmp_path) == ["photo.jpg"]
