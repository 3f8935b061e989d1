r"""Completion of words in bash, zsh and fish: their scripts, and what answers these.

A script gives the command line up to the cursor in ``COMP_LINE``. The answer has on its first line
``plain``, or ``file`` or ``dir`` if the shell is to complete paths; then one completion a line, in
zsh and fish with a tab and a text that describes it. bash gives its ``COMP_WORDBREAKS`` in
``COMP_BREAKS``, as it takes the former from a command that is itself a script of bash.

>>> split("allgraph show 'Karen El", breaks=":")
(['allgraph', 'show', 'Karen El'], "'", '')
>>> split(r"allgraph show id:kar", breaks=":")
(['allgraph', 'show', 'id:kar'], '', 'id:')
"""

from __future__ import annotations

import os
import re
from collections.abc import MutableMapping
from typing import Any

import click
from click.shell_completion import CompletionItem, ShellComplete, add_completion_class

from allgraph.errors import AllgraphError
from allgraph.render.table import clean

SHELLS = ("bash", "zsh", "fish")
_BASH = """\
%(complete_func)s() {
    local line kind reply
    line="${COMP_LINE:0:COMP_POINT}"
    mapfile -t reply < <(COMP_LINE="$line" COMP_BREAKS="$COMP_WORDBREAKS" \\
        %(complete_var)s=bash_complete "$1" 2>/dev/null)
    kind="${reply[0]}"
    COMPREPLY=("${reply[@]:1}")
    case "$kind" in
        file) compopt -o default ;;
        dir) compopt -o dirnames ;;
    esac
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""
_ZSH = """\
#compdef %(prog_name)s
%(complete_func)s() {
    local -a reply values shown
    local line kind each
    line="${(j: :)words[1,CURRENT-1]} ${QIPREFIX}${PREFIX}"
    reply=("${(@f)$(COMP_LINE="$line" %(complete_var)s=zsh_complete %(prog_name)s 2>/dev/null)}")
    kind="$reply[1]"
    case "$kind" in
        file|dir) [[ "$PREFIX" == --*=* ]] && compset -P '*=' ;;
    esac
    case "$kind" in
        file) _files; return ;;
        dir) _files -/; return ;;
    esac
    for each in "${(@)reply[2,-1]}"; do
        values+=("${each%%%%$'\\t'*}")
        shown+=("${each/$'\\t'/  -- }")
    done
    (( $#values )) && compadd -U -l -V allgraph -d shown -a values
}
(( $+functions[compdef] )) || { autoload -Uz compinit; compinit -i }
if [[ "$zsh_eval_context[-1]" == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""
_FISH = """\
function %(complete_func)s
    set -lx COMP_LINE (commandline -cp)
    set -l reply (%(complete_var)s=fish_complete %(prog_name)s 2>/dev/null)
    set -l token (commandline -ct)
    set -l option (string match -r -- '^--[^=]*=' $token; or echo)
    set -l path (string replace -r -- '^--[^=]*=' '' $token)
    switch "$reply[1]"
        case file
            printf '%%s\\n' $option(__fish_complete_path $path)
        case dir
            printf '%%s\\n' $option(__fish_complete_directories $path '')
        case '*'
            printf '%%s\\n' $reply[2..-1]
    end
end
complete --no-files --keep-order --command %(prog_name)s --arguments '(%(complete_func)s)'
"""
_PLAIN = re.compile(r"[^\w@%+=:,./-]")
"""A character that bash may take for something else outside of quotes."""
_LONGEST = 200  # characters that describe a completion


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Write the script by which a shell completes words.

    \b
    bash (4.4 or newer), in ~/.bashrc:   eval "$(allgraph completion bash)"
    zsh, in ~/.zshrc:                    eval "$(allgraph completion zsh)"
    fish, in ~/.config/fish/config.fish: allgraph completion fish | source
    """  # noqa: D301
    root = click.get_current_context().find_root().command
    script = _CLASSES[shell](root, {}, "allgraph", "_ALLGRAPH_COMPLETE").source()
    click.echo(script, nl=False)


def split(line: str, *, breaks: str = "") -> tuple[list[str], str, str]:
    """Split a command line up to the cursor into words; the last is the incomplete one.

    Also returns the quote that is open at the end, ``""`` if none is, and the beginning of the
    last word that the shell leaves as it is: up to an opening quote, or the last of the characters
    `breaks` outside of quotes.
    """
    words, word, quote, kept = [], "", "", ""
    is_word = False
    characters = iter(line)
    for char in characters:
        if quote:
            if char == quote:
                quote = ""
            elif char == "\\" and quote == '"':
                escaped = next(characters, "")
                word += escaped if escaped in '"\\$`' else char + escaped
            else:
                word += char
        elif char.isspace():
            words += [word] if is_word else []
            word, kept, is_word = "", "", False
            continue
        elif char in "'\"":
            quote, kept = char, word
        else:
            word += next(characters, "") if char == "\\" else char
            kept = word if char in breaks else kept
        is_word = True
    return [*words, word], quote, kept


class _Completion(ShellComplete):
    """Completions for the command line in ``COMP_LINE``; an error of ours gives none."""

    has_help = True

    def complete(self) -> str:
        """Return the answer for the script of the shell."""
        breaks = "" if self.has_help else os.environ.get("COMP_BREAKS", "")
        words, quote, kept = split(os.environ.get("COMP_LINE", ""), breaks=breaks)
        before = re.match(r"--[\w-]+=|", words[-1])
        assert before is not None
        lines = ["plain"]
        for item in self.get_completions(words[1:-1], words[-1]):
            if item.type != "plain":
                return str(item.type)
            value = before[0] + item.value
            if not value.isprintable():
                continue
            lines.append(self._line(value, item.help or "", quote, kept))
        return "\n".join(lines)

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        """Return completions of an incomplete word, after the complete ones.

        The options of all commands are among them after each command.
        """
        shared = {name: parameter for parameter in self.cli.params for name in parameter.opts}
        name, _, value = incomplete.partition("=") if "=" in incomplete else ("", "", incomplete)
        option = shared.get(name or (args[-1] if args else ""))
        try:
            if option is not None and not getattr(option, "is_flag", True):
                context = click.Context(self.cli, resilient_parsing=True)
                return option.shell_complete(context, value)
            items = super().get_completions([*args], incomplete)
        except (AllgraphError, click.ClickException):
            return []
        if "--" not in args and incomplete.startswith("-") and not name:
            known = {item.value for item in items}
            items += [
                CompletionItem(name, help=getattr(option, "help", ""))
                for name, option in shared.items()
                if name.startswith(incomplete) and name not in known
            ]
        return items

    def _line(self, value: str, help: str, quote: str, kept: str) -> str:
        """Return the line for a completion of a whole word."""
        return f"{value}\t{clean(' '.join(help.split()))[:_LONGEST]}" if help else value


class _Bash(_Completion):
    """Completions for bash, quoted here, since bash inserts them unchanged after what it keeps."""

    name, source_template, has_help = "bash", _BASH, False

    def _line(self, value: str, help: str, quote: str, kept: str) -> str:
        """Return the rest of the word after `kept`, quoted as the beginning is."""
        rest = value[len(kept) :]
        if not quote:
            return _PLAIN.sub(r"\\\g<0>", rest)
        if quote == "'":
            rest = rest.replace("'", "'\\''")
        else:  # where a ! calls the history, even after a backslash
            rest = re.sub(r'["\\$`]', r"\\\g<0>", rest).replace("!", '"\\!"')
        return rest + quote * rest.endswith(quote)  # bash then adds none


class _Zsh(_Completion):
    """Completions for zsh, which quotes them itself."""

    name, source_template = "zsh", _ZSH


class _Fish(_Completion):
    """Completions for fish, which quotes them itself."""

    name, source_template = "fish", _FISH


_CLASSES: MutableMapping[str, type[Any]] = {"bash": _Bash, "zsh": _Zsh, "fish": _Fish}
for _class in _CLASSES.values():
    add_completion_class(_class)
