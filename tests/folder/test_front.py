"""What a manifest says of the first page is read, and what it says wrongly has a line."""

from __future__ import annotations

import pytest

from allgraph.errors import FolderError
from allgraph.folder import builtin, open_folder
from allgraph.folder.front import PICTURES, STORIES, Front, Story
from tests.conftest import MANIFEST, MakeFolder

STORY = 'stories = [{ kind = "history", thing = "id:a" }]\n'


def front(make_folder: MakeFolder, more: str) -> Front:
    return open_folder(make_folder(manifest=MANIFEST + more)).front


def test_nothing_has_to_be_said(make_folder: MakeFolder) -> None:
    assert front(make_folder, "") == Front()


def test_a_folder_may_want_no_stories(make_folder: MakeFolder) -> None:
    assert front(make_folder, "stories = []\n") == Front(stories=())


@pytest.mark.parametrize(
    ("more", "lines"),
    [
        (STORY, [4]),
        ('stories = [\n  { kind = "disagreements" },\n  # two\n  { kind = "answer", '
         'question = "founders", example = 2 },\n]\n', [5, 7]),
        ('[[stories]]\nkind = "disagreements"\n\n[[stories]]\nkind = "history"\nthing = "A"\n',
         [4, 7]),
    ],
)  # fmt: skip
def test_each_story_knows_its_line(make_folder: MakeFolder, more: str, lines: list[int]) -> None:
    stories = front(make_folder, more).stories
    assert stories is not None
    assert [story.line for story in stories] == lines


def test_values_are_texts(make_folder: MakeFolder) -> None:
    more = 'stories = [{ kind = "answer", question = "founders", example = 2, title = "Who?" }]\n'
    stories = front(make_folder, more).stories
    values = {"question": "founders", "example": "2", "title": "Who?"}
    assert stories == (Story("answer", values, 4),)


@pytest.mark.parametrize(
    ("more", "message", "line"),
    [
        ("sentence = 5", "sentence must be a text", 4),
        ('\npicture = "movie"', "picture must be one of matrix, timeline, none", 5),
        ("picture = []", "picture must be one of", 4),
        ('stories = "all"', "stories must be a list", 4),
        ('stories = [\n  "one",\n]', "a story must be a table, such as", 4),
        ('stories = [\n  {kind = "tale"},\n]', "needs a kind, one of answer, connection", 5),
        ('stories = [\n  {kind = "history"},\n]', "kind history needs the key “thing”", 5),
        ('stories = [\n {kind = "disagreements"},\n {kind = "history", thing = "A", x = "1"}]',
         "kind history has no key “x”", 6),
        ('stories = [{kind = "answer", question = "a", example = 0}]',
         "example must be a whole number of 1 or more", 4),
        ('stories = [{kind = "answer", question = "a", example = true}]', "example must be", 4),
        ('stories = [{kind = "history", thing = 5}]', "thing of a story must be a text", 4),
    ],
)  # fmt: skip
def test_what_is_wrong_has_a_file_and_a_line(
    make_folder: MakeFolder, more: str, message: str, line: int
) -> None:
    with pytest.raises(FolderError, match=message) as caught:
        front(make_folder, more + "\n")
    assert str(caught.value.path).endswith("allgraph.toml")
    assert caught.value.line == line


def test_the_built_in_folder_says_all_of_it() -> None:
    front = builtin().front
    assert front.sentence and front.picture in PICTURES
    assert front.stories and {story.kind for story in front.stories} <= {*STORIES}
