"""Templates are parsed before values are filled in: a value is one value, whatever it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allgraph.imports.templates import OPTIONS, Slot, TemplateError, parse, parse_line
from tests.support.importing import HEAD, Live, live, make, run

names = st.text(st.characters(blacklist_characters="{}?/. ", blacklist_categories=("Cs", "Z", "C")),
                min_size=1)  # fmt: skip
texts = st.text(st.characters(codec="utf-8", blacklist_characters="{}"))


@given(st.lists(st.tuples(texts, names)), texts)
def test_texts_and_slots_come_in_turn(pairs: list[tuple[str, str]], last: str) -> None:
    template = parse("".join(f"{text}{{{name}}}" for text, name in pairs) + last)
    assert [slot.name for slot in template.slots] == [name for _, name in pairs]
    parts = [part if isinstance(part, str) else f"{{{part.name}}}" for part in template.parts]
    assert "".join(parts) == template.text


@given(st.text())
def test_any_line_is_read_or_refused_with_words(text: str) -> None:
    try:
        line = parse_line(text)
    except TemplateError as error:
        assert str(error)
    else:
        assert line.subject and line.predicate and {*line.options} <= {*OPTIONS}


def test_words_in_quotes_are_one_word_and_no_option() -> None:
    line = parse_line('a b "when {x} \\"as\\" y" when "{from} / {to}" note "by {who?}"')
    assert line.object.text == 'when {x} "as" y' and line.object.quoted
    assert [*line.options] == ["when", "note"]
    assert line.options["note"].template.slots == (Slot(("who",), optional=True),)
    assert parse_line("a b {x y} as {/z}").options["as"].template.slots == (Slot(("z",), True),)


@pytest.mark.parametrize("value", ["x when 2001 as Chair", 'a "b" c', "{id}", "when", "a\\b", "}{"])
def test_a_value_with_words_of_a_line_is_one_value(tmp_path: Path, value: str) -> None:
    mapping = f"""records = "a.json"
{HEAD}
[things]
person = {{ id = "{{id}}", a = "Person", label = "{{id}}" }}
[[claims]]
say = "person hasName {{name}} when {{since?}}/"
"""
    root = make(tmp_path, mapping, {"a.json": json.dumps({"id": "ann", "name": value})})
    run(root)
    assert [*live(root)] == [Live("ann", "hasName", value)]
