"""Pictures as values: what notebooks, files and JSON have of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from allgraph.drawings.picture import Picture
from allgraph.errors import UnknownFormat
from allgraph.render.layered import Arrow, chain
from allgraph.render.svg import Dot

IMAGE = chain([Dot("Ada"), Dot("A.1")], [Arrow("signed")])
PICTURE = Picture(
    "paths", "Ada & A.1", IMAGE, ("from", "to"), (("Ada", "<A.1>"),), limits=("1 more",)
)


def test_notebooks_get_the_image_the_table_and_what_is_not_drawn() -> None:
    html = PICTURE._repr_html_()
    assert IMAGE in html
    assert "<b>Ada &amp; A.1</b>" in html
    assert "&lt;A.1&gt;" in html and "<A.1>" not in html
    assert "1 more" in html
    assert PICTURE._repr_svg_() == IMAGE


def test_json_has_a_dict_for_each_row() -> None:
    content = PICTURE.as_dict()
    assert content["rows"] == [{"from": "Ada", "to": "<A.1>"}]
    assert (content["complete"], content["limits"], content["query"]) == (False, ["1 more"], None)


def test_text_is_the_title_and_the_table() -> None:
    assert str(PICTURE) == "Ada & A.1\nfrom\tto\nAda\t<A.1>"


def test_files_have_the_title_above_the_image(tmp_path: Path) -> None:
    PICTURE.write(tmp_path / "a.SVG")
    svg = (tmp_path / "a.SVG").read_text("utf-8")
    assert svg.startswith("<svg ") and ">Ada &amp; A.1</text>" in svg
    PICTURE.write(str(tmp_path / "a.png"))
    assert (tmp_path / "a.png").read_bytes()[:4] == b"\x89PNG"
    PICTURE.write(tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text("utf-8") == f"{PICTURE}\n"
    PICTURE.write(tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_bytes()) == PICTURE.as_dict()


def test_other_suffixes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownFormat, match="svg, png, json, text"):
        PICTURE.write(tmp_path / "a.gif")
    assert not [*tmp_path.iterdir()]
