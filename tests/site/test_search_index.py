"""The index of names for the static site, and that the script reads it as it was written."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allgraph.graph import Graph, open_graph
from allgraph.model.name_index import NameIndex
from allgraph.model.names import Words, bare, fold, is_one_typo, words
from allgraph.site.search import index as search_index
from allgraph.site.search import spelled
from allgraph.site.search.index import FEW, PART, Named, files, identifier_table, searched
from allgraph.site.search.results import results
from allgraph.site.site import Site
from tests.conftest import MakeFolder
from tests.support.tools import node

WEB = Path(__file__).resolve().parents[2] / "web"
HARD = (
    "Gisele Bündchen", "STRAẞE straße Straße", "ﬁnal ﬀ ĳ ŉ ǆ", "İstanbul ISPARTA ısı",  # noqa: RUF001
    "ΟΔΥΣΣΕΎΣ Ὀδυσσεύς ᾳ", "한국어 김연아", "👩‍👩‍👧 🏳️‍🌈 ❤️", "हिन्दी தமிழ் ไทย", "עִבְרִית مُحَمَّد",
    "ｆｕｌｌｗｉｄｔｈ ガ ㍿", "ᏣᎳᎩ ꮳꮃꭹ", "ŁódŻ Ǻ ệ", "x̂̃́", "℀ ™ ½ ²", "A.7787/S.5486",  # noqa: RUF001
    "L’Oréal—Paris", "\U0001f469\u200d\U0001f467\ufe0f",
    "\u202eabc\u2066", "", " ", "?!", "・々〇", "a\u00a0b", "\U0010ffff", "Ω K Å",
)  # fmt: skip


def ask_script(code: str, value: Any) -> Any:
    """What an expression in JavaScript gives, of a `value` and what the modules offer."""
    program = f"""
        import {{ fold, words }} from "./src/fold.js";
        import {{ isOneTypo }} from "./src/names.js";
        import {{ readNames, renamed }} from "./src/languages.js";
        import {{ prebuilt }} from "./src/search.js";
        import {{ pathsBetween, readTies, thingsNamed }} from "./src/connections.js";
        import {{ labelOf, places, sizeOf }} from "./src/map.js";
        import {{ dayNumber, extent, isoDay, levelsOn, ordinalOf, verdict }} from "./src/days.js";
        import {{ warningsOf }} from "./src/warnings.js";
        import {{ readFileSync }} from "node:fs";
        const value = JSON.parse(readFileSync(0, "utf8"));
        process.stdout.write(JSON.stringify(await ({code})));
    """
    command = [node(), "--input-type=module", "--eval", program]
    done = subprocess.run(command, input=json.dumps(value).encode(), cwd=WEB, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def test_the_script_folds_and_parts_names_as_python_does() -> None:
    ours = [[fold(name), words(fold(name))] for name in HARD]
    assert ask_script("value.map((n) => [fold(n), words(fold(n))])", HARD) == ours


def test_the_script_folds_each_letter_that_both_know_as_python_does() -> None:
    known = [
        char
        for char in map(chr, range(sys.maxunicode + 1))
        if unicodedata.category(char) not in ("Cn", "Cs", "Co")
    ]
    theirs = ask_script(
        "value.map((c) => /\\p{Cn}/u.test(c) ? null : [fold(c), words(fold(c))])", known
    )
    wrong = [
        char
        for char, found in zip(known, theirs, strict=True)
        if found is not None and found != [fold(char), words(fold(char))]
    ]
    assert not wrong
    assert sum(found is not None for found in theirs) > 130_000


def index(things: Iterable[Named], base: str = "") -> dict[str, bytes]:
    found = list(files(things, base))
    assert len(dict(found)) == len(found)
    return dict(found)


def search(made: dict[str, bytes], texts: Sequence[str]) -> list[tuple[list[str], int]]:
    """The paths that the script finds in an index for some texts, and how many more there are."""
    contents = {path.removeprefix("search/"): json.loads(data) for path, data in made.items()}
    code = """(async () => {
        const source = prebuilt(value.files["index.json"], (file) => value.files[file]);
        const found = [];
        for (const text of value.texts) found.push(await source.find(text));
        return found.map(({things, more}) => [things.map(({path}) => path), more]);
    })()"""
    found = ask_script(code, {"files": contents, "texts": texts})
    return [(paths, more) for paths, more in found]


def named_so(things: Sequence[Named], text: str) -> set[str]:
    """The paths of things with a name that has the words of a text, or else one typo in them."""
    exact, lenient = (
        {
            thing.path
            for thing in things
            for name in (thing.name, *thing.others)
            if bare(text) and Words(text, is_lenient).match(name)
        }
        for is_lenient in (False, True)
    )
    return exact or lenient


def many(count: int) -> list[Named]:
    """Things that share first names, and each with a name of its own."""
    return [
        Named(
            f"Anna{i % 7} Bright Z{i:06}", [f"Nickname {i}"] * (i % 3 == 0), "person", f"/page/{i}"
        )
        for i in range(count)
    ]


def test_a_few_names_are_one_file_whatever_their_order() -> None:
    things = many(50)
    made = index(things)
    assert [*made] == ["search/words.json", "search/texts.json", "search/index.json"]
    assert json.loads(made["search/index.json"]) == {
        "mode": "static",
        "prefixes": [""],
        "passages": [""],
        "spelled": {},
        "base": "",
        "schemes": {},
        "addresses": [],
        "unsearched": 0,
    }
    assert made == index(reversed(things)) == index([*things, *things])


def test_no_names_are_an_empty_file() -> None:
    assert json.loads(index([])["search/words.json"]) == {"entries": [], "more": 0}


def test_files_stay_small_and_say_what_they_leave_out() -> None:
    made = index(many(20_000))
    about = json.loads(made.pop("search/index.json"))
    spelled = sum(len(beginnings) for beginnings in about["spelled"].values())
    assert len(about["prefixes"]) == len(made) - 1 - spelled > 20
    assert max(map(len, made.values())) < PART + 100
    bright = json.loads(made["search/words-bright.json"])
    assert (len(bright["entries"]), bright["more"]) == (FEW, 20_000 - FEW)


def test_files_stay_small_whatever_the_names() -> None:
    things = [
        Named("🎉" * 10_000, ["x" * 10_000], "k", f"/page/{i}{'p' * 900}") for i in range(900)
    ]
    made = index(things)
    del made["search/index.json"]
    assert max(map(len, made.values())) < PART + 1200
    assert all(re.fullmatch(r"search/[a-z0-9.~-]{1,120}\.json", path) for path in made)


def test_names_of_files_are_safe_and_none_is_met_twice() -> None:
    hostile = [
        "../../etc",
        "con nul",
        "ÍNDEX index",
        "‮abc",
        "<script>",
        "\\..\\",
        "ﾊ",
        "%2e%2e",
        "™",
    ]
    things = [Named(f"{name}{i} {'pad' * 9}", (), "k", f"/{name}/{i}") for name in hostile
              for i in range(2000)]  # fmt: skip
    paths = [*index(things)]
    name = r"search/(index|words|texts|words(-starts|-ends)?(-[0-9a-z]+|~[0-9a-f]+))\.json"
    assert all(re.fullmatch(name, path) for path in paths)
    assert len({path.lower() for path in paths}) == len(paths) > 30


def test_the_script_finds_every_name_again() -> None:
    things = many(5_000)
    texts = [
        "z00123",
        "Z00012 bright",
        "nickname 4998",
        "anna6 z004",
        "nobody",
        "brightest",
        "4998 nick",
        "nicknmae 4998",
        "brigth z00012",
        "znickname 4998",
        "ickname 4998",
        "nickname r4998",
        "z000012 rbight",
        "z00999x",
    ]
    for text, (paths, more) in zip(texts, search(index(things), texts), strict=True):
        assert (set(paths), more) == (named_so(things, text), 0), text


def test_a_name_of_two_words_that_many_have_is_found_at_any_size() -> None:
    johns = [f"John Smith{i:04}" for i in range(3000)]
    smiths = [f"Smith Zoe{i:04}" for i in range(3000)]
    names = [*johns, *smiths, "Zoe Smith", "John Zoe"]
    things = [Named(name, (), "person", f"/page/{at}") for at, name in enumerate(names)]
    [(paths, more), (turned, _)] = search(index(things), ["zoe smith", "smith2999 john"])
    assert (paths[0], more) == (f"/page/{names.index('Zoe Smith')}", -1)
    assert turned == ["/page/2999"]


def test_what_is_cut_is_counted_by_the_script_too() -> None:
    [(paths, more), (some, unknown)] = search(index(many(5_000)), ["Bright", "bright anna"])
    assert (len(paths), more) == (FEW, 5_000 - FEW)
    assert unknown == -1 or len(some) == 5_000


SEARCHES = (
    "rocha", "ROCHA coco", "bundchen gisele", "GISÈLE BÜNDCHEN", "elson", "elsn", "eslon karen",
    "karen elsno", "snate 5486", "5486 senate", "s.5486", "S5486", "s5486", "senate bill s5486",
    "a7787", "odel alli", "a", "law",
    "new york", "the model alliance", "teh model alliance", "model", "modle", "bill", "?!",
    "id:coco-rocha", "https://w3id.org/allgraph/id/coco-rocha", "id:nobody",
    "source:model-alliance",
    "of the", "modelalliance.org", "https://www.modelalliance.org", "nobody", "york new state", "é",
    "Q5591303", "m001188", "wikidata:Q5591303", "Wikidata: q5591303", "bioguide:Q5591303",
    "id:karen-elson", "elson karen", "karen elsen", "victoria secret", "bill 5486", "A.7787",
    "ocd-jurisdiction/country:us/government", "69157",
    "https://www.wikidata.org/wiki/Q5591303", "http://wikidata.org/entity/q5591303?x#y",
    "www.votesmart.org/69157", "https://bioguide.congress.gov/search/bio/M001188/",
    "https://en.wikipedia.org/wiki/Grace_Meng", "en.wikipedia.org/wiki/Grace_Meng",
    "https://x.com/ModelAllianceNY", "https://www.fec.gov/data/candidate/H2NY06116/?cycle=2020",
    "https://www.nysenate.gov/legislation/bills/2013/S5486",
    "//nysenate.gov/legislation/bills/2013/A7787/",
    "https://modelalliance.org/", "https://en.wikipedia.org/wiki/%E0%A4%A", "https://", "www.",
)  # fmt: skip


def test_the_script_finds_what_the_server_finds_in_its_order(graph: Graph) -> None:
    site = Site(graph)
    things = searched(graph, site.path)
    texts = [
        *SEARCHES,
        *(one.name for one in things[::7]),
        *(one.name[1:-1] for one in things[::7]),
    ]
    made = dict(files(things, graph.folder.base, site.passages, graph.schemes))
    for text, (paths, more) in zip(texts, search(made, texts), strict=True):
        ours = [site.path(thing.iri) for thing in graph.find(text)]
        assert (paths, more) == ([path for path in ours if path], 0), text


TYPOS = {
    "ekson karen": "Karen Elson", "jaren elson": "Karen Elson", "karen elsonn": "Karen Elson",
    "akren elson": "Karen Elson", "arne elsno": "", "karne elson": "Karen Elson",
    "elosn": "Karen Elson", "elso karen": "Karen Elson", "wlson": "Karen Elson",
    "kuomo andrew": "Andrew Cuomo", "cumo": "Andrew Cuomo", "cuomoo": "Andrew Cuomo",
    "kvomo": "", "ziff sata": "Sara Ziff", "tiff": "Sara Ziff", "zif": "Sara Ziff", "zfi": "",
    "bündhcen gisele": "Gisele Bündchen", "Gisélle": "Gisele Bündchen",
    "xodel allianec": "", "(elsno)": "Karen Elson", "s5468": "S.5486 (New York, 2013–2014)",
}  # fmt: skip


@pytest.mark.parametrize("largest", [10_000_000, 5_000], ids=["one file", "many files"])
def test_one_typo_is_found_the_same_by_the_server_and_the_script(
    graph: Graph, monkeypatch: pytest.MonkeyPatch, largest: int
) -> None:
    """A word of four letters or more may have it, anywhere; names, claims and questions."""
    for limit in ("LARGEST", "PART", "TEXTS"):
        monkeypatch.setattr(search_index, limit, largest)
    monkeypatch.setattr(spelled, "LARGEST", min(largest, 4_000))
    site = Site(graph)
    made = dict(files(searched(graph, site.path), graph.folder.base, site.passages))
    assert (len(made) > 100) == (largest == 5_000)
    texts = [*TYPOS, "karen signde", "who singed", "elsn respect"]
    wholes = zip(texts, search(made, texts), search_texts(made, texts), strict=True)
    for text, (paths, more), (claims, questions, _) in wholes:
        live = results(site, text)
        first = next((thing.name for thing in live.things), "")
        assert first == TYPOS.get(text, ""), text
        assert [site.path(thing.iri) for thing in (*live.things, *live.sources)] == paths, text
        assert more == 0, text
        assert {*claims} <= {one.path for one in live.claims}, text
        assert bool(claims) == bool(live.claims), text
        assert {*questions} <= {one.path for one in live.questions}, text


LETTERS = st.text("abc", min_size=1, max_size=7)


def edits(one: str, other: str) -> int:
    """How many letters are wrong, missing, too many, or exchanged with the next one."""
    rows: list[list[int]] = [[*range(len(other) + 1)]]
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, theirs in enumerate(other, 1):
            costs = [rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (letter != theirs)]
            if i > 1 and j > 1 and (letter, one[i - 2]) == (other[j - 2], theirs):
                costs.append(rows[-2][j - 2] + 1)
            row.append(min(costs))
        rows.append(row)
    return rows[-1][-1]


@settings(max_examples=25)  # of many words each, for Node takes its time to start
@given(st.lists(LETTERS, min_size=20, max_size=200), st.lists(LETTERS, min_size=20, max_size=40))
def test_a_word_with_a_typo_is_found_as_distances_say(names: list[str], asked: list[str]) -> None:
    """By the server and by the script, in one file and in many, as a table of distances says."""
    things = [Named(f"{name} q{at}", (), "k", f"/page/{at}") for at, name in enumerate(names)]
    pairs = [(bare(thing.name), thing.path) for thing in things]
    server = NameIndex.of(pairs)
    with patch.multiple(search_index, LARGEST=200, PART=200), patch.object(spelled, "LARGEST", 400):
        wholes = [index(things), dict(files(things))]
    scripts = [search(made, asked) for made in wholes]
    for text, *answers in zip(asked, *scripts, strict=True):
        close = {path for name, path in pairs for word in name.split() if edits(text, word) <= 1}
        wanted = close if len(text) >= 4 else set()
        lenient = server.matching_pairs(Words(text, is_lenient=True), 10_000) or set()
        has = {path for name, path in pairs if text in name}
        typed = has if len(text) >= 4 else set()
        assert {path for _, path in lenient} == wanted | typed, text
        for paths, more in answers:
            begins = {path for name, path in pairs if any(w.startswith(text) for w in name.split())}
            assert more or set(paths) >= (begins or wanted), text
            assert set(paths) <= wanted | has, text


def test_the_script_finds_the_claims_and_questions_that_the_server_finds(graph: Graph) -> None:
    site = Site(graph)
    made = dict(files((), graph.folder.base, site.passages))
    texts = [
        *SEARCHES,
        *("karen signed", "who signed", "elson respect", "5486 passed", "claim:cuomo-signed-s5486"),
        *(passage.text for passage in [*site.passages][::40]),
    ]
    compared = 0
    for text, (claims, questions, more) in zip(texts, search_texts(made, texts), strict=True):
        found = results(site, text)
        ours = [[one.path for one in some] for some in (found.claims, found.questions)]
        if not more:
            assert [claims, questions] == ours, text
            compared += len(claims) + len(questions)
        else:
            assert {*claims, *questions} < {*ours[0], *ours[1]}, text
    assert compared > 100


def search_texts(
    made: dict[str, bytes], texts: Sequence[str]
) -> list[tuple[list[str], list[str], int]]:
    """The paths of claims and questions that the script finds for texts, and if there are more."""
    contents = {path.removeprefix("search/"): json.loads(data) for path, data in made.items()}
    code = """(async () => {
        const source = prebuilt(value.files["index.json"], (file) => value.files[file]);
        const found = [];
        for (const text of value.texts) found.push(await source.find(text));
        const paths = (some) => some.map(({path}) => path);
        return found.map((one) => [paths(one.claims), paths(one.questions), one.claimsMore]);
    })()"""
    return [tuple(one) for one in ask_script(code, {"files": contents, "texts": texts})]


def test_identifiers_are_listed_with_their_schemes_and_pages(graph: Graph) -> None:
    table = identifier_table(graph, Site(graph).path).decode()
    rows = [*csv.DictReader(io.StringIO(table))]
    meng = [row for row in rows if row["page"] == "/page/grace-meng"]
    assert {("wikidata", "Q5591303"), ("bioguide", "M001188"), ("wikipedia", "Grace Meng")} <= {
        (row["scheme"], row["identifier"]) for row in meng
    }
    for row in rows:
        assert row["thing"] in graph.by_identifier(row["scheme"], row["identifier"])
    assert len(rows) == len({tuple(row.values()) for row in rows}) > 100


def test_words_have_a_typo_as_python_has_it() -> None:
    some = [
        "",
        "a",
        "ab",
        "ba",
        "abc",
        "acb",
        "abcd",
        "xabc",
        "axbc",
        "abdc",
        "aa",
        "aab",
        "🎉a",
        "a🎉",
    ]
    pairs = [[one, other] for one in some for other in some]
    theirs = ask_script("value.map(([one, other]) => isOneTypo(one, other))", pairs)
    assert theirs == [is_one_typo(*pair) for pair in pairs]


def test_namesakes_have_a_line_and_identifiers_find_as_a_whole(make_folder: MakeFolder) -> None:
    data = """id:a a ag:Bill ; rdfs:label "Same" ; ag:billNumber "X77" .
    id:b a ag:Person ; rdfs:label "SAME" ; ag:identifier "Q5"^^ag:WikidataId .
    id:c a ag:Body ; rdfs:label "Club" .
    claim:x a ag:Claim ; rdf:subject id:b ; rdf:predicate ag:servedOn ; rdf:object id:c ;
      ag:when "2013"^^edtf:EDTF ."""
    graph = open_graph(make_folder({"data/a.ttl": data}, prefixes=True))
    made = index(searched(graph, Site(graph).path))
    entries = json.loads(made["search/words.json"])["entries"]
    assert ["SAME", "person", "/page/b", "", "Club, 2013"] in entries
    assert ["Same", "bill", "/page/a", "X77", "", 1] in entries
    assert ["SAME", "person", "/page/b", "Q5", "Club, 2013", "wikidata"] in entries
    assert search(made, ["x77", "x7"]) == [(["/page/a"], 0), ([], 0)]


WORDS = ("Ann", "Anna", "ANNE", "Bé", "be", "Çelik", "o'b", "ob", "O.-B.", "-", "김", "?", "ß")
NAMES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)


@settings(max_examples=25)  # of many names each, for Node takes its time to start
@given(
    st.lists(st.tuples(NAMES, st.lists(NAMES, max_size=2)), min_size=5, max_size=40),
    st.lists(NAMES, min_size=10, max_size=40),
)
def test_the_script_finds_what_is_named_so_and_nothing_else(
    some: list[tuple[str, list[str]]], texts: list[str]
) -> None:
    things = [Named(name, others, "k", f"/page/{i}") for i, (name, others) in enumerate(some)]
    for text, (paths, more) in zip(texts, search(index(things), texts), strict=True):
        assert (set(paths), more) == (named_so(things, text), 0)
        assert len(set(paths)) == len(paths)


def test_the_longest_prefix_says_that_there_may_be_more() -> None:
    things = [
        Named(f"Abcdefghijklm{i:05} {'pad' * 30}", (), "k", f"/page/{i}") for i in range(3000)
    ]
    made = index(things)
    assert json.loads(made["search/words-abcdefghijkl.json"])["more"] == 3000 - FEW
    answers = search(made, ["abcdefghijklm00007", "abcdefghijklm02999", "abcdefghijk", "abcx"])
    assert answers[0] == (["/page/7"], -1)
    assert answers[1] == ([], -1)
    assert (len(answers[2][0]), answers[2][1]) == (FEW, 3000 - FEW)
    assert answers[3] == ([], 0)
