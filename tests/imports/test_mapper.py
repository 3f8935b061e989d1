"""A mapping applied to a record: what is said before something wrong in it, and what is told."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.importing import HEAD, Live, live, make, run

MAPPING = f"""records = "people.json"
{HEAD}
[let]
side = {{ each = "seats", from = "side", map = {{ l = "left" }} }}
[things]
person = {{ id = "{{id}}", a = "Person", label = "{{id}}" }}
seat = {{ each = "seats", id = "{{side}}", a = "Office", label = "{{side}}" }}
[[claims]]
say = ["person identifier {{wd}} scheme WikidataId", "person hasName {{id}}"]
[[claims]]
each = "seats"
say = "person heldOffice seat"
"""


def test_texts_of_a_list_before_a_wrong_one_are_said_and_so_are_other_lines(tmp_path: Path) -> None:
    record = {"id": "a", "wd": [" Q1 ", "", "x", "Q2"], "seats": []}
    make(tmp_path, MAPPING, {"people.json": json.dumps([record])})
    (problem,) = run(tmp_path).problems
    assert "/wd/2" in problem.place and "“x” is no WikidataId" in problem.message
    assert {*live(tmp_path)} == {Live("a", "identifier", "Q1"), Live("a", "hasName", "a")}


def test_each_item_has_variables_of_its_own_and_a_wrong_one_is_told_of_its_item(
    tmp_path: Path,
) -> None:
    record = {"id": "a", "seats": [{"side": "r"}, {"side": "l"}, {"side": ["l"]}, {}]}
    make(tmp_path, MAPPING, {"people.json": json.dumps([record])})
    first, second = run(tmp_path).problems
    assert "/seats/0/side" in first.place and "“r” is not in the map of side" in first.message
    assert "/seats/2/side" in second.place and "a list or an object" in second.message
    assert {*live(tmp_path)} == {Live("a", "hasName", "a"), Live("a", "heldOffice", "left")}
