"""Both engines of validation find the same: on broken examples, mistakes and random graphs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from bench import mutations

from allgraph import Report
from allgraph.folder import builtin, open_folder
from allgraph.shapes import Engine, validate

BROKEN = Path(__file__).parent / "broken"


def folder_with(place: Path, files: dict[str, str], manifest: str = "") -> Path:
    (place / "data").mkdir(parents=True, exist_ok=True)
    (place / "allgraph.toml").write_text(f'format = 1\ntitle = "Small"\n{manifest}')
    for name, text in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    return place


def same(place: Path) -> Report:
    """The report on a folder, which is the same by both engines."""
    compiled, expected = (mutations.findings(place, engine) for engine in ("compiled", "pyshacl"))
    assert compiled == expected
    return validate(open_folder(place))


def test_all_broken_examples_together(tmp_path: Path) -> None:
    place = folder_with(tmp_path, {}, 'base = "https://example.org/"\n')
    for path in BROKEN.glob("*.ttl"):
        shutil.copy(path, place / "data")
    report = same(place)
    assert {"selector-start", "BillShape", "CountExceededShape"} <= {
        f.shape for f in report.findings
    }
    assert all(f.line for f in report.findings if f.file.endswith("selector-start.ttl"))


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_broken_examples_one_by_one(tmp_path: Path, part: int) -> None:
    place = folder_with(tmp_path, {}, 'base = "https://example.org/"\n')
    shutil.copy(BROKEN / "sound.ttl", place / "data")
    examples = sorted(path for path in BROKEN.glob("*.ttl") if path.stem != "sound")
    for path in examples[part::8]:
        shutil.copy(path, place / "data" / "broken.ttl")
        assert same(place).findings, path.stem


@pytest.mark.slow
@pytest.mark.parametrize("tenth", range(4))
def test_mutations(tmp_path: Path, tenth: int) -> None:
    fired = sum(mutations.compare(tmp_path, seed).total() for seed in range(tenth, 100, 4))
    assert fired > 25


def test_no_findings_in_what_is_right() -> None:
    engines: tuple[Engine, ...] = ("compiled", "pyshacl")
    assert [validate(builtin(), engine=each).findings for each in engines] == [(), ()]
