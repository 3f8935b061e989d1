"""Graph folders: manifests, which files count, and files that cannot be read."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyoxigraph import NamedNode

from allgraph.errors import VERSION, FolderError, LoadError
from allgraph.folder import Folder, builtin, init_folder, open_folder
from allgraph.folder.folder import DOCUMENTATION, LINK_NOT_READ, find_folder
from allgraph.rdf.terms import BASE as HOUSE
from allgraph.rdf.terms import Prefixes
from allgraph.validation.validate import validate

if TYPE_CHECKING:
    from tests.conftest import MakeFolder

BASE = "https://example.org/"
TITLE = 'format = 1\ntitle = "A test"\n'
MANIFEST = f'{TITLE}base = "{BASE}"\n'
TRIPLE = "<a> <b> <c> .\n"

# ---- Manifests --------------------------------------------------------------


def test_a_manifest_says_all(make_folder: MakeFolder) -> None:
    folder = open_folder(
        make_folder(
            manifest="""
            format = 1
            requires-allgraph = ">=0.1"
            title = "Clubs"
            description = "Who is in which."
            licence = "https://example.org/licence"
            publisher = "Ada"
            version = "2.0"
            base = "https://example.org/clubs#"
            extends = false
            hub-limit = 7
            hubs = ["ag:Party", "https://example.org/Club"]
            [prefixes]
            ex = "https://example.org/ex#"
            "" = "https://example.org/none#"
            """
        )
    )
    assert folder == Folder(
        root=folder.root,
        title="Clubs",
        brand="Clubs",
        description="Who is in which.",
        licence="https://example.org/licence",
        publisher="Ada",
        version="2.0",
        base="https://example.org/clubs#",
        hub_limit=7,
        own_hubs=("https://w3id.org/allgraph/ns#Party", "https://example.org/Club"),
        own_prefixes={"ex": "https://example.org/ex#", "": "https://example.org/none#"},
        parent=None,
    )
    assert folder.prefixes["ex"] == "https://example.org/ex#"


def test_a_short_manifest_has_defaults(make_folder: MakeFolder) -> None:
    folder = open_folder(make_folder(manifest=TITLE))
    assert (folder.title, folder.base, folder.hub_limit) == ("A test", HOUSE, 200)
    assert folder.parent is builtin()
    assert folder.own_hubs is None and folder.hubs == builtin().hubs != ()
    assert open_folder(make_folder(manifest=f"{TITLE}hubs = []")).hubs == ()
    assert open_folder(make_folder(manifest=f"{TITLE}extends = false")).hubs == ()
    assert folder.prefixes == Prefixes.of(HOUSE)


def test_own_things_have_the_own_base(make_folder: MakeFolder) -> None:
    prefixes = open_folder(make_folder()).prefixes
    for name in ("id", "claim", "source"):
        assert prefixes[name] == f"{BASE}{name}/"
    assert prefixes["ag"] == "https://w3id.org/allgraph/ns#"


FAULTS = {
    "": "format known here is 1; write format = 1",
    "format = 2": "the format known here is 1; this one is newer; update allgraph",
    "format = 0": "write format = 1",
    "format = '1'": "write format = 1",
    "format = true": "write format = 1",
    "format = 1.0": "write format = 1",
    "format = 1": "a manifest needs a title",
    "format = 1\ntitle = ''": "a manifest needs a title",
    "format = 1\ntitle = 3": "title must be a text in quotes",
    f"{TITLE}version = 1": "version must be a text in quotes",
    f"{TITLE}licences = 'x'": f"allgraph {VERSION} does not know the key “licences”; the keys are",
    f"{TITLE}licences = 'x'\nrequires-allgraph = '>=99'": "needs allgraph >=99, and this is",
    f"{TITLE}base = 'example.org/'": "base must be an http(s) IRI that ends in / or #",
    f"{TITLE}base = 'ftp://example.org/'": "base must be an http(s) IRI",
    f"{TITLE}base = 'https://example.org'": "base must be an http(s) IRI",
    f"{TITLE}base = 'https://exa mple.org/'": "base must be an http(s) IRI",
    f"{TITLE}base = 'https://'": "base must be an http(s) IRI",
    f"{TITLE}base = 'https://example.org/>/'": "base must be an http(s) IRI",
    f"{TITLE}hub-limit = 0": "hub-limit must be a whole number of 1 or more",
    f"{TITLE}hub-limit = true": "hub-limit must be a whole number of 1 or more",
    f"{TITLE}hubs = 'ag:Party'": 'hubs must be a list of CURIEs or IRIs, such as ["ag:Party"]',
    f"{TITLE}hubs = ['Party']": "“Party” in hubs is neither an IRI nor a name with a known prefix",
    f"{TITLE}hub-limit = 1.5": "hub-limit must be a whole number of 1 or more",
    f"{TITLE}prefixes = 'ex'": "prefixes must be a table such as ex = ",
    f"{TITLE}prefixes = {{ex = 1}}": "prefixes must be a table such as ex = ",
    f"{TITLE}prefixes = {{'a b' = 'http://x.org/'}}": "gives no prefix and IRI",
    f"{TITLE}prefixes = {{ex = 'not an IRI'}}": '“ex = "not an IRI"” gives no prefix and IRI',
    f"{TITLE}prefixes = {{rdf = 'http://x.org/'}}": "“rdf” stands for something else already",
    f"{TITLE}prefixes = {{id = 'http://x.org/'}}": "“id” stands for something else already",
    f"{TITLE}extends = 1": "extends must be true, false or a path",
    f"{TITLE}extends = '../nowhere'": "names ../nowhere, where there is no allgraph.toml",
    f"{TITLE}extends = '.'": "“extends” goes round in a circle",
    f"{TITLE}requires-allgraph = '>=99.0'": "needs allgraph >=99.0, and this is ",
    f"{TITLE}requires-allgraph = '0.1'": 'requires-allgraph must be like ">=0.1"',
    f"{TITLE}requires-allgraph = '>=0.1,<1'": 'requires-allgraph must be like ">=0.1"',
    f"{TITLE}requires-allgraph = '>=\u00b2'": 'requires-allgraph must be like ">=0.1"',
    f"{TITLE}requires-allgraph = 1": "requires-allgraph must be a text in quotes",
}


@pytest.mark.parametrize(("manifest", "message"), FAULTS.items())
def test_faults_of_a_manifest_are_told(
    manifest: str, message: str, make_folder: MakeFolder
) -> None:
    root = make_folder(manifest=manifest)
    with pytest.raises(FolderError) as caught:
        open_folder(root)
    assert str(caught.value).startswith(f"{root.as_posix()}/allgraph.toml: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("manifest", "line"),
    [
        (b"format = 1\ntitle = \n", 2),
        (b"format = 1\ntitle = 'x\n", None),
        (b"format = 1\n\x00", 2),
        (b"format = 1\n# \xff\n", 2),
        (b"format = 1\ntitle = 'a'\ntitle = 'b'\n", 3),
        (b"x = " + b"[" * 50_000, None),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(
    manifest: bytes, line: int | None, make_folder: MakeFolder
) -> None:
    root = make_folder({"allgraph.toml": manifest})
    with pytest.raises(FolderError, match=r"not TOML|not UTF-8") as caught:
        open_folder(root)
    assert caught.value.line == line
    assert caught.value.path == (root / "allgraph.toml").as_posix()


def test_a_manifest_may_come_from_any_editor(make_folder: MakeFolder) -> None:
    text = b"\xef\xbb\xbfformat = 1\r\ntitle = 'Clubs'\r\n"
    assert open_folder(make_folder({"allgraph.toml": text})).title == "Clubs"


@pytest.mark.parametrize("required", [">=0.1", ">= 0.1", ">=0", ">=0.0.1"])
def test_a_version_that_is_there_will_do(required: str, make_folder: MakeFolder) -> None:
    assert open_folder(make_folder(manifest=f"{TITLE}requires-allgraph = '{required}'\n"))


@pytest.mark.parametrize(
    ("installed", "required", "is_enough"),
    [("1.0", "1.0.0", True), ("1.0.0", "1", True), ("1.0", "1.0.1", False), ("1.10", "1.9", True),
     ("1.0.1rc1", "1.0.1", True), ("0.9", "1.0.0", False), ("1.0.dev7", "1.0.1", False),
     ("10.0", "2", True), ("1.0+local.9", "1.1", False)],
)  # fmt: skip
def test_versions_are_compared_by_their_numbers(
    monkeypatch: pytest.MonkeyPatch, make_folder: MakeFolder,
    installed: str, required: str, is_enough: bool,
) -> None:  # fmt: skip
    monkeypatch.setattr("allgraph.folder.folder.VERSION", installed)
    root = make_folder(manifest=f"{TITLE}requires-allgraph = '>={required}'\n")
    with nullcontext() if is_enough else pytest.raises(FolderError, match="needs allgraph"):
        open_folder(root)


def test_what_is_no_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match=r"there is no folder .*nowhere"):
        open_folder(tmp_path / "nowhere")
    with pytest.raises(FolderError, match=r"is no graph folder: it has no allgraph\.toml"):
        open_folder(tmp_path)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(FolderError, match="there is no folder"):
        open_folder(tmp_path / "loop")


def test_a_manifest_that_is_a_directory_is_none(tmp_path: Path) -> None:
    (tmp_path / "allgraph.toml").mkdir()
    with pytest.raises(FolderError, match="is no graph folder"):
        open_folder(tmp_path)
    assert find_folder(tmp_path) is None


def test_the_nearest_folder_is_found(make_folder: MakeFolder) -> None:
    outer = make_folder({"data/deep/er/a.ttl": ""})
    inner = make_folder(name="graph/data/deep")
    assert find_folder(inner / "er") == inner.resolve()
    assert find_folder(outer / "data") == outer.resolve()


# ---- Inheritance ------------------------------------------------------------

FILES = {
    "ontology/own.ttl": "",
    "ontology/shapes/own.ttl": "",
    "ontology/shapes/deep/own.ttl": "",
    "data/own.ttl": "",
    "data/deep/own.ttl": "",
    "queries/own.rq": "# H\nASK {}",
}


def names(root: Path, paths: Iterable[Path]) -> list[str]:
    return [path.relative_to(root.resolve()).as_posix() for path in paths]


def test_a_folder_extends_the_built_in_one_but_not_its_data(make_folder: MakeFolder) -> None:
    root = make_folder(FILES)
    folder, house = open_folder(root), builtin()
    assert folder.ontology_files()[:-1] == house.ontology_files()
    assert folder.shape_files()[:-2] == house.shape_files()
    assert folder.query_files()[:-1] == house.query_files()
    assert house.data_files()
    assert names(root, folder.data_files()) == ["data/deep/own.ttl", "data/own.ttl"]
    assert names(root, folder.ontology_files()[-1:]) == ["ontology/own.ttl"]
    assert names(root, folder.query_files()[-1:]) == ["queries/own.rq"]


def test_a_folder_may_stand_alone(make_folder: MakeFolder) -> None:
    root = make_folder(FILES, manifest=f"{MANIFEST}extends = false\n")
    folder = open_folder(root)
    assert folder.parent is None
    assert names(root, folder.ontology_files()) == ["ontology/own.ttl"]
    assert names(root, folder.shape_files()) == [
        "ontology/shapes/deep/own.ttl",
        "ontology/shapes/own.ttl",
    ]
    assert names(root, folder.query_files()) == ["queries/own.rq"]


def test_an_empty_folder_is_a_folder(make_folder: MakeFolder) -> None:
    folder = open_folder(make_folder(manifest=f"{MANIFEST}extends = false\n"))
    files = [folder.ontology_files(), folder.shape_files(), folder.data_files(),
             folder.query_files(), folder.own_turtle_files()]  # fmt: skip
    assert files == [[]] * 5


def test_a_folder_may_extend_another(make_folder: MakeFolder) -> None:
    prefixes = '[prefixes]\nex = "https://example.org/ex#"\n'
    make_folder(FILES, manifest=f"{MANIFEST}extends = false\n{prefixes}", name="parent")
    child = open_folder(
        make_folder(
            {"ontology/mine.ttl": "", "data/mine.ttl": ""},
            manifest=f'{TITLE}base = "https://example.com/"\nextends = "../parent"\n',
            name="child",
        )
    )
    assert child.parent is not None
    assert [path.name for path in child.ontology_files()] == ["own.ttl", "mine.ttl"]
    assert [path.name for path in child.data_files()] == ["mine.ttl"]
    assert child.prefixes["ex"] == "https://example.org/ex#"
    assert child.prefixes["id"] == "https://example.com/id/"


@pytest.mark.parametrize("generations", [1, 2, 4])
def test_all_that_a_folder_extends_gives_prefixes(
    generations: int, make_folder: MakeFolder
) -> None:
    nearest = {"same": "https://example.org/0#"}
    for number in range(generations + 1):
        declared = f'p{number} = "https://example.org/{number}#"'
        same = f'same = "https://example.org/{number}#"'
        extends = f'extends = "../f{number - 1}"' if number else ""
        manifest = f"{MANIFEST}{extends}\n[prefixes]\n{declared}\n{same}\n"
        root = make_folder({f"ontology/o{number}.ttl": ""}, manifest=manifest, name=f"f{number}")
        nearest |= dict.fromkeys((f"p{number}", "same"), f"https://example.org/{number}#")
    folder = open_folder(root)
    assert {name: folder.prefixes[name] for name in nearest} == nearest
    assert [path.stem for path in folder.ontology_files()][-generations - 1 :] == [
        f"o{number}" for number in range(generations + 1)
    ]


def test_a_circle_is_found_and_named(make_folder: MakeFolder) -> None:
    one = make_folder(manifest=f'{TITLE}extends = "../two"\n', name="one")
    make_folder(manifest=f'{TITLE}extends = "../one"\n', name="two")
    with pytest.raises(FolderError, match="“extends” goes round in a circle") as caught:
        open_folder(one)
    assert caught.value.path == (one / "allgraph.toml").resolve().as_posix()


# ---- Turtle files -----------------------------------------------------------


def load(root: Path, name: str = "data/a.ttl") -> list[str]:
    folder = open_folder(root)
    triples = [str(triple) for triple in folder.triples(root / name)]
    assert [str(quad.triple) for quad in folder.quads(root / name)] == triples
    return triples


@pytest.mark.parametrize(
    "text",
    [b"\xef\xbb\xbf<a:a> <a:b> 'x' .", b"<a:a> <a:b> 'x' .\r\n", b"<a:a>\r<a:b> 'x' .", b"",
     b"# nothing"],
)  # fmt: skip
def test_files_may_come_from_any_editor(text: bytes, make_folder: MakeFolder) -> None:
    expected = ['<a:a> <a:b> "x"'] if b"'x'" in text else []
    assert load(make_folder({"data/a.ttl": text})) == expected


def test_literals_are_as_the_file_writes_them(make_folder: MakeFolder) -> None:
    root = make_folder({"data/a.ttl": "<a:a> <a:b> 01, 1.10, '\0' .".replace("\\0", "\0")})
    texts = [triple.partition("<a:b> ")[2].partition("^")[0] for triple in load(root)]
    assert texts[:2] == ['"01"', '"1.10"']


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (b"<a:a> <a:b> <a:c> .\n<a:a> <a:b> .\n", 2, "not Turtle: "),
        (b"<a:a> <a:b> x:c .", 1, "not Turtle: "),
        (b"\xef\xbb\xbf<a:a> <a:b>\n\n'\xe9' .", 3, "not UTF-8: byte 0xe9 cannot be read"),
        (b"<a:a> <a:b>\r\n'\xff' .", 2, "not UTF-8: byte 0xff cannot be read; save the file as"),
        ("<a:a> <a:b> <a:c> .".encode("utf-16"), 1, "not UTF-8"),
        (b"<a:a> <a:b> <a:c> .\n\x00", 2, "not Turtle: "),
        (b"<a:a> <a:b> <a b> .", 1, "not Turtle: "),
        (b"<a:a> <a:b> '\n' .", 1, "not Turtle: "),
        (b"<a:a> <a:b> <a:c>", 1, "not Turtle: "),
        (b"<a:a> <a:b>\n <<( <a:a> <a:b> <a:c> )>> .", 2, "not Turtle 1.1"),
    ],
)
def test_files_that_are_no_turtle_are_told_with_their_line(
    text: bytes, line: int, reason: str, make_folder: MakeFolder
) -> None:
    root = make_folder({"data/a.ttl": text})
    folder = open_folder(root)
    for read in (folder.triples, folder.quads):
        with pytest.raises(LoadError) as caught:
            list(read(root / "data/a.ttl"))
        assert (caught.value.line, caught.value.path) == (line, f"{root}/data/a.ttl")
        assert caught.value.message.startswith(reason)


def test_a_text_may_speak_of_triple_terms(make_folder: MakeFolder) -> None:
    assert load(make_folder({"data/a.ttl": "<a:a> <a:b> '<<( x )>> {| |}' ."}))


def test_files_that_cannot_be_read_are_told(make_folder: MakeFolder) -> None:
    root = make_folder({"data/x.ttl/inner.ttl": TRIPLE})
    folder = open_folder(root)
    assert names(root, folder.data_files()) == ["data/x.ttl", "data/x.ttl/inner.ttl"]
    with pytest.raises(LoadError, match=r"data/x\.ttl: cannot be read: Is a directory"):
        list(folder.triples(root / "data/x.ttl"))
    with pytest.raises(LoadError, match=r"data/none\.ttl: cannot be read: No such file"):
        list(folder.triples(root / "data/none.ttl"))


def test_links_that_lead_nowhere_are_told(make_folder: MakeFolder) -> None:
    root = make_folder({"data/a.ttl": TRIPLE})
    for name, target in {"self.ttl": "self.ttl", "gone.ttl": "nowhere.ttl"}.items():
        (root / "data" / name).symlink_to(root / "data" / target)
    folder = open_folder(root)
    assert [path.name for path in folder.data_files()] == ["a.ttl", "gone.ttl", "self.ttl"]
    with pytest.raises(LoadError, match=r"data/self\.ttl: cannot be read: Too many levels"):
        list(folder.triples(root / "data/self.ttl"))
    with pytest.raises(LoadError, match=r"data/gone\.ttl: cannot be read: No such file"):
        list(folder.triples(root / "data/gone.ttl"))


def test_links_in_a_circle_do_not_trap_the_search(make_folder: MakeFolder) -> None:
    root = make_folder({"data/a.ttl": TRIPLE, "ontology/shapes/s.ttl": ""})
    (root / "data" / "up").symlink_to(root / "data", target_is_directory=True)
    (root / "ontology" / "shapes" / "up").symlink_to(root, target_is_directory=True)
    folder = open_folder(root)
    assert names(root, folder.data_files()) == ["data/a.ttl"]
    assert len(folder.shape_files()) == len(builtin().shape_files()) + 1


# ---- Names of files ---------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("data/a.ttl", "https://example.org/data/a.ttl"),
        ("data/de/ep.ttl", "https://example.org/data/de/ep.ttl"),
        ("data/my file.ttl", "https://example.org/data/my%20file.ttl"),
        ("data/a#b?c%20.ttl", "https://example.org/data/a%23b%3Fc%2520.ttl"),
        ("data/\u00e9.ttl", "https://example.org/data/%C3%A9.ttl"),
        ("data/<x>.ttl", "https://example.org/data/%3Cx%3E.ttl"),
    ],
)
def test_relative_iris_are_those_of_the_base_and_the_file(
    name: str, base: str, make_folder: MakeFolder
) -> None:
    root = make_folder({name: "<> <#b> <c> ."})
    folder = open_folder(root)
    assert folder.base_of(root / name) == base
    [triple] = folder.triples(root / name)
    above = base.rpartition("/")[0]
    assert triple.subject == NamedNode(base)
    assert triple.predicate == NamedNode(f"{base}#b")
    assert triple.object == NamedNode(f"{above}/c")


def test_files_that_are_not_read_are_those_of_data_and_ontology(make_folder: MakeFolder) -> None:
    unread = ["data/a.csv", "data/deep/a.TTL", "ontology/a.nt", "ontology/a.ttl.gz",
              "ontology/deep/a.ttl", "ontology/shapes/a.owl", "queries/a.RQ",
              "queries/b.sparql", "queries/deep/a.rq"]  # fmt: skip
    others = ["a.csv", "queries/a.1.csv", "queries/notes.txt", "ontology/README.md", "data/.a.csv",
              *FILES]  # fmt: skip
    parent = make_folder({"ontology/b.owl": "", "data/b.csv": ""}, name="parent")
    root = make_folder(
        dict.fromkeys([*unread, *others], ""), manifest=f'{MANIFEST}extends = "{parent}"\n'
    )
    assert names(root, open_folder(root).unread_files()) == unread


def test_links_to_directories_are_told_and_not_followed(make_folder: MakeFolder) -> None:
    links = ["data/deep/sub", "ontology/shapes/sub", "queries/sub"]
    root = make_folder({"outside/a.ttl": "", "outside/q.rq": "", "data/b.ttl": ""})
    for link in [*links, "data/.hidden"]:
        (root / link).parent.mkdir(parents=True, exist_ok=True)
        (root / link).symlink_to(root / "outside")
    (root / "data" / "file.ttl").symlink_to(root / "data" / "b.ttl")
    folder = open_folder(root)
    assert folder.unread_files() == {root / link: LINK_NOT_READ for link in links}
    report = validate(folder)
    assert [(f.file, f.message) for f in report.findings if f.shape == "unread-file"] == [
        (folder.relative(root / link), LINK_NOT_READ) for link in links
    ]


def test_the_built_in_folder_has_no_file_that_is_not_read() -> None:
    assert builtin().unread_files() == {}


def test_names_that_are_no_utf_8_can_be_shown(
    make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_folder()
    monkeypatch.chdir(root)
    name = os.fsdecode(b"caf\xe9 \xc3\xa9\n.ttl")
    assert open_folder(root).relative(root / name) == "caf\\xe9 \u00e9\\x0a.ttl"


def test_a_file_from_elsewhere_counts_as_at_the_top(
    make_folder: MakeFolder, tmp_path: Path
) -> None:
    folder = open_folder(make_folder())
    assert folder.base_of(tmp_path / "some where.ttl") == "https://example.org/some%20where.ttl"


def test_a_folder_behind_a_link_is_the_same_folder(make_folder: MakeFolder, tmp_path: Path) -> None:
    root = make_folder({"data/a.ttl": "<> <#b> <c> ."})
    (tmp_path / "link").symlink_to(root, target_is_directory=True)
    assert open_folder(tmp_path / "link") == open_folder(root)
    there = tmp_path / "link" / "data" / "a.ttl"
    assert open_folder(root).base_of(there) == "https://example.org/data/a.ttl"


def test_files_are_named_from_the_working_directory(
    make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    root = make_folder({"data/a.ttl": ""})
    folder = open_folder(root)
    monkeypatch.chdir(root)
    assert folder.relative(root / "data/a.ttl") == "data/a.ttl"
    assert folder.relative(Path("data/a.ttl")) == "data/a.ttl"
    assert folder.relative(root) == "."
    (tmp_path / "else").mkdir()
    monkeypatch.chdir(tmp_path / "else")
    assert folder.relative(root / "data/a.ttl") == (root / "data/a.ttl").as_posix()


def test_the_built_in_folder_is_whole() -> None:
    folder = builtin()
    assert folder.data_files() and folder.ontology_files()
    assert folder.shape_files() and folder.query_files()
    assert folder.base == HOUSE
    assert os.path.isabs(folder.root)
    assert builtin() is folder


def test_a_new_folder_is_made_in_no_file_and_in_no_full_directory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    for name, message in {
        "file": "is no directory; give the name of a new folder",
        "nowhere": "is no directory; give the name of a new folder",
        ".": "is not empty; give the name of a new folder",
    }.items():
        with pytest.raises(FolderError, match=message):
            init_folder(tmp_path / name, title="A test", base=BASE)
    assert not (tmp_path / "gone").exists()


def test_the_brand_and_the_documentation_are_named_or_have_defaults(
    make_folder: MakeFolder,
) -> None:
    plain = open_folder(make_folder())
    assert (plain.brand, plain.documentation) == ("A test", DOCUMENTATION)
    more = 'brand = "Test"\ndocumentation = "https://example.org/docs"\n'
    named = open_folder(make_folder(manifest=MANIFEST + more, name="named"))
    assert (named.brand, named.documentation) == ("Test", "https://example.org/docs")
    for wrong in ("javascript:alert(1)", "docs/index.md"):
        folder = make_folder(manifest=f'{MANIFEST}documentation = "{wrong}"\n', name=wrong[:4])
        with pytest.raises(FolderError, match="documentation must be an http"):
            open_folder(folder)


def test_the_documentation_is_where_the_package_says_it_is() -> None:
    project = tomllib.loads(
        (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    )["project"]
    assert project["urls"]["Documentation"] == DOCUMENTATION
