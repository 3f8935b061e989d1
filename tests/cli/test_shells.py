"""Completion in real shells: a key is typed in a pseudo-terminal, and the line is read and run."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from allgraph.cli.shells import SHELLS, split
from tests.conftest import MakeFolder
from tests.support.commands import ALLGRAPH, environment, run
from tests.support.terminal import Terminal
from tests.support.tools import need
from tests.support.waiting import PATIENCE, until

DATA = """\
id:ann-o-neil a ag:Person ; rdfs:label "Ann O'Neil" .
id:zoe-quote a ag:Person ; rdfs:label "Zoë “Zo” $HOME & (Co)" .
id:wow a ag:Person ; rdfs:label "Wow!touch" .
id:end a ag:Person ; rdfs:label "End's \\"end\\"" .
id:option a ag:Person ; rdfs:label "--output=stolen" .
id:fan a ag:Person ; rdfs:label "\\u001B]0;title\\u0007\\u202E$(touch stolen)'" .
id:club-one a ag:Organization ; rdfs:label "Club One" .
id:club-two a ag:Organization ; rdfs:label "Club Two" .
"""
START = {
    "bash": (
        ("bash", "--norc", "--noprofile", "-i"),
        'eval "$(allgraph completion bash)"',
        """bind -x '"\\C-xp": printf %s "$READLINE_LINE" > line'""",
    ),
    "zsh": (
        ("zsh", "-f", "-i"),
        'eval "$(allgraph completion zsh)"',
        "_line() { print -rn -- \"$BUFFER\" > line }; zle -N _line; bindkey '^Xp' _line",
    ),
    "fish": (
        ("fish", "--no-config", "-i"),
        "allgraph completion fish | source",
        "bind \\cxp 'commandline > line'",
    ),
}
KEYS = "\x18p"  # Ctrl-X p, which writes the line


class Shell:
    """A shell in which words of allgraph are completed, in a folder of its own."""

    def __init__(self, name: str, folder: Path) -> None:
        need(name, f"install it: apt-get install {name}")
        self.folder, (command, source, bind) = folder, START[name]
        path = f"{Path(ALLGRAPH).parent}{os.pathsep}{os.environ['PATH']}"
        home = {"HOME": str(folder), "PATH": path, "XDG_CONFIG_HOME": str(folder)}
        self.terminal = Terminal(command, cwd=folder, environment=environment(**home), columns=200)
        self.enter(source)
        self.enter(bind)

    def enter(self, command: str) -> None:
        """Run a command, and wait for its end."""
        self.terminal.send(f"{command}; echo > done\n")
        self._wait("done")

    def line(self, typed: str) -> str:
        """What the line becomes when some keys are typed; it is emptied then."""
        self.terminal.send(typed + KEYS)
        line = self._wait("line").rstrip("\n")
        self.terminal.send("\x15")
        return line

    def _wait(self, name: str) -> str:
        """Wait for a file that the shell writes, remove it, and return its content."""
        path = self.folder / name

        def is_written() -> bool:
            self.terminal.read(0.01)
            return path.exists() and path.stat().st_size > 0

        until(is_written, f"no {name}: {self.terminal.text!r}")
        text = path.read_text()
        path.unlink()
        return text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with names that are hard to quote, a question, a mapping, a profile and files."""
    from tests.conftest import MANIFEST, PREFIXES

    root = tmp_path_factory.mktemp("shells")
    for name, text in {
        "allgraph.toml": MANIFEST,
        "data/a.ttl": PREFIXES + DATA,
        "imports/letters.toml": "",
        "a file.ttl": "",
        "queries/of-size.rq": "# Of which size?\n#\n# $size choice(large|little) The size.\n"
        "#\n# Absence: a test\nSELECT ?x { BIND($size AS ?x) }",
    }.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.fixture(scope="module", params=[pytest.param(s, marks=pytest.mark.slow) for s in SHELLS])
def shell(request: pytest.FixtureRequest, folder: Path) -> Iterator[Shell]:
    """One shell for all tests of it."""
    shell = Shell(request.param, folder)
    with shell.terminal:
        yield shell


WHOLE = {
    "allgraph vali": ["allgraph", "validate"],
    "allgraph ask of-s": ["allgraph", "ask", "of-size"],
    "allgraph ask of-size --siz": ["allgraph", "ask", "of-size", "--size"],
    "allgraph ask of-size --size li": ["allgraph", "ask", "of-size", "--size", "little"],
    "allgraph ask of-size --size=li": ["allgraph", "ask", "of-size", "--size=little"],
    "allgraph show id:ann": ["allgraph", "show", "id:ann-o-neil"],
    "allgraph show 'id:ann": ["allgraph", "show", "id:ann-o-neil"],
    "allgraph ask founders --body id:club-o":
        ["allgraph", "ask", "founders", "--body", "id:club-one"],
    "allgraph ask founders --body=id:club-o":
        ["allgraph", "ask", "founders", "--body=id:club-one"],
    "allgraph show ann": ["allgraph", "show", "Ann O'Neil"],
    "allgraph show 'Ann": ["allgraph", "show", "Ann O'Neil"],
    'allgraph show "Ann O': ["allgraph", "show", "Ann O'Neil"],
    "allgraph show Ann\\ O": ["allgraph", "show", "Ann O'Neil"],
    "allgraph show Zo": ["allgraph", "show", "Zoë “Zo” $HOME & (Co)"],
    'allgraph show "Zo': ["allgraph", "show", "Zoë “Zo” $HOME & (Co)"],
    'allgraph show "Wow': ["allgraph", "show", "Wow!touch"],
    'allgraph show "End': ["allgraph", "show", "End's \"end\""],
    "allgraph show 'End": ["allgraph", "show", "End's \"end\""],
    "allgraph show id:f": ["allgraph", "show", "id:fan"],
    "allgraph timeline -f gra": ["allgraph", "timeline", "-f", "gra"],
    "allgraph paths -f gra": ["allgraph", "paths", "-f", "graphml"],
    "allgraph rank --graph dat": ["allgraph", "rank", "--graph", "data/"],
    "allgraph rank --graph=dat": ["allgraph", "rank", "--graph=data/"],
    "allgraph rank --qui": ["allgraph", "rank", "--quiet"],
    "allgraph validate a\\ f": ["allgraph", "validate", "a file.ttl"],
    "allgraph rank -o que": ["allgraph", "rank", "-o", "queries/"],
    "allgraph export - -f turt": ["allgraph", "export", "-", "-f", "turtle"],
    "allgraph export - --table th": ["allgraph", "export", "-", "--table", "things"],
    "allgraph show x --profile sche": ["allgraph", "show", "x", "--profile", "schema"],
    "allgraph ask founders --sort na": ["allgraph", "ask", "founders", "--sort", "name"],
    "allgraph import let": ["allgraph", "import", "letters"],
    "allgraph completion fi": ["allgraph", "completion", "fish"],
}  # fmt: skip


@pytest.mark.parametrize("typed", WHOLE)
def test_a_word_is_completed_and_quoted(shell: Shell, typed: str) -> None:
    line = shell.line(f"{typed}\t")
    (shell.folder / "words").unlink(missing_ok=True)
    shell.enter(f"printf '%s\\n' {line.strip()} > words")  # as the shell reads the line
    assert (shell.folder / "words").read_text().splitlines() == WHOLE[typed]
    assert line.startswith("allgraph ") and "Traceback" not in shell.terminal.text


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("allgraph show id:club", "allgraph show id:club-"),
        ("allgraph show 'Club", "allgraph show 'Club "),
    ],
)
def test_what_words_have_in_common_is_completed(shell: Shell, typed: str, line: str) -> None:
    assert shell.line(f"{typed}\t").rstrip("'").startswith(line.rstrip())


def test_a_completed_line_runs(shell: Shell) -> None:
    for typed in ("allgraph show id:ann", "allgraph show Ann\\ O", "allgraph show 'Zo"):
        line = shell.line(f"{typed}\t")
        shell.enter(f"{line} > shown")
        name = "Zoë" if "Zo" in typed else "Ann O'Neil"
        assert (shell.folder / "shown").read_text().startswith(name)


def test_nothing_to_complete_leaves_the_line_as_it_is(shell: Shell) -> None:
    before = len(shell.terminal.text)
    for typed in (
        "allgraph show Nobody",
        "allgraph ask nonsense --bo",
        "allgraph -g /nowhere ask f",
    ):
        assert shell.line(f"{typed}\t").strip() == typed
    told = shell.terminal.text[before:]
    assert "allgraph:" not in told and "Error" not in told and "Traceback" not in told


@pytest.mark.parametrize("name", SHELLS)
def test_no_name_is_an_option_or_has_control_characters(name: str, folder: Path) -> None:
    for typed, offered in (("allgraph show ", "Ann"), ("allgraph show id:", "id:fan")):
        done = subprocess.run(
            [ALLGRAPH], capture_output=True, text=True, cwd=folder,
            env=environment(_ALLGRAPH_COMPLETE=f"{name}_complete", COMP_LINE=typed),
        )  # fmt: skip
        assert offered in done.stdout and not done.stderr
        assert not set("\x1b\x07\u202e") & set(done.stdout)
        assert not any(line.startswith("-") for line in done.stdout.splitlines())


def test_what_bash_breaks_words_at_reaches_a_script_of_bash(folder: Path, tmp_path: Path) -> None:
    """As the shims of pyenv are."""
    shim = tmp_path / "allgraph"
    shim.write_text(f"#!/usr/bin/env bash\nexec '{ALLGRAPH}' \"$@\"\n")
    shim.chmod(0o755)
    asked = 'COMP_LINE="allgraph show id:club-o"; COMP_POINT=${#COMP_LINE}; COMP_WORDBREAKS=":"'
    ask = "_allgraph_completion allgraph; declare -p COMPREPLY"
    code = f'eval "$(allgraph completion bash)"; {asked}; {ask}'
    done = subprocess.run(
        ["bash", "-c", code], capture_output=True, text=True, cwd=folder,
        env=environment(PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}"),
    )  # fmt: skip
    assert done.stdout == 'declare -a COMPREPLY=([0]="club-one")\n', done


def test_completion_ends_for_an_endpoint_that_never_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        line = f"allgraph show -e {url} Ann"
        done = subprocess.run(
            [ALLGRAPH],
            env=environment(_ALLGRAPH_COMPLETE="zsh_complete", COMP_LINE=line),
            capture_output=True, text=True, timeout=PATIENCE, cwd="/",
        )  # fmt: skip
    assert (done.stdout, done.stderr, done.returncode) == ("plain\n", "", 0)


def test_a_link_to_nothing_in_a_folder_is_no_traceback(make_folder: MakeFolder) -> None:
    root = make_folder({"data/a.ttl": DATA}, prefixes=True)
    (root / "data" / "b.ttl").symlink_to("nothing")
    done = subprocess.run(
        [ALLGRAPH],
        env=environment(_ALLGRAPH_COMPLETE="fish_complete", COMP_LINE="allgraph show id:ann"),
        capture_output=True, text=True, cwd=root,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("plain\n", "")


def test_a_large_folder_without_a_snapshot_is_not_read_for_a_word(make_folder: MakeFolder) -> None:
    root = make_folder({"data/a.ttl": DATA + "#" * 2**23}, prefixes=True)
    for arguments, offers in ((("build",), "plain\nid:ann-o-neil\tAnn O'Neil\n"), ((), "plain\n")):
        if arguments:
            assert run(*arguments, cwd=root).returncode == 0
        else:
            (root / "data" / "b.ttl").write_text("")  # the snapshot is no longer that of the files
        done = subprocess.run(
            [ALLGRAPH],
            env=environment(_ALLGRAPH_COMPLETE="fish_complete", COMP_LINE="allgraph show id:ann"),
            capture_output=True, text=True, cwd=root,
        )  # fmt: skip
        assert (done.stdout, done.stderr) == (offers, "")


@pytest.mark.parametrize(
    "line",
    ["", "allgraph", "allgraph ", "allgraph 'a b", 'a "b\\"c d', "a b\\ c d", "a=b c:d --e='f g"],
)
def test_words_are_split_as_shlex_does(line: str) -> None:
    words, quote, kept = split(line, breaks=":=")
    closed = f"{line}{quote}"
    assert words == shlex.split(closed) + [""] * (not line or (line.endswith(" ") and not quote))
    assert words[-1].startswith(kept)


@pytest.mark.parametrize("name", SHELLS)
def test_the_script_is_the_same_by_command_and_by_variable(name: str) -> None:
    done = subprocess.run(
        [ALLGRAPH], env=environment(_ALLGRAPH_COMPLETE=f"{name}_source"), capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.stdout == run("completion", name).stdout != "" and done.stderr == ""


def test_few_modules_are_imported_to_complete_a_command() -> None:
    code = (
        "import atexit, sys\nfrom allgraph.cli import main\n"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\nmain()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True,
        env=environment(_ALLGRAPH_COMPLETE="bash_complete", COMP_LINE="allgraph sho"),
    )  # fmt: skip
    heavy = {"rdflib", "numpy", "pyarrow", "networkx", "jinja2", "ssl", "http.client", "asyncio"}
    assert not heavy & {*done.stderr.split()}
