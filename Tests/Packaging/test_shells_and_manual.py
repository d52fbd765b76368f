"""Completions and the manual page know what the command knows, and shells and man take them."""

import re
import sys

import pytest
from conftest import SDK_TOOLS, need, run

sys.path.insert(0, str(SDK_TOOLS))
sys.dont_write_bytecode = True
from commands import table  # noqa: E402


@pytest.fixture(scope="module")
def commands(installation):
    return table(str(installation.torii))


def test_the_table_has_the_commands_and_their_options(commands):
    """The table is read from help texts: what is known for certain must have been found in them."""
    by_words = {" ".join(command.words): command for command in commands}
    assert {"run", "check", "plugin new", "plugin test", "gateway sync", "status", "canary", "help"} <= set(by_words)
    options = {name: {option.long for option in command.options} for name, command in by_words.items()}
    assert {"config", "proxy-listen", "drain-timeout", "ssl-cert"} <= options["run"]
    assert {"level", "junit", "fuzz", "opt-outs"} <= options["plugin test"]
    assert {"language", "in"} <= options["plugin new"] and {"plugin-path"} == options["check"]
    assert {"select-tag", "kong-addr"} <= options["gateway sync"]
    (language,) = [option for option in by_words["plugin new"].options if option.long == "language"]
    assert language.choices == ["swift", "c", "cpp", "rust", "go"]


def test_every_line_of_a_help_text_that_shows_an_option_is_in_the_table(commands):
    for command in commands:
        shown = re.findall(r"^ {2,8}(?:-\w, )? *--([a-z][a-z0-9-]+)\b", command.help, re.M)
        assert set(shown) <= {option.long for option in command.options}, command.words


# The manual


def test_the_manual_is_without_warnings(installation):
    page = installation.prefix / "share/man/man1/torii.1"
    need("groff")
    ran = run("groff", "-ww", "-man", "-Tutf8", page)
    assert ran.stderr == ""
    need("man")
    ran = installation.run("man", "--warnings", "-l", page)
    assert ran.stderr == ""


def test_the_manual_tells_of_every_command_and_option(installation, commands):
    page = (installation.prefix / "share/man/man1/torii.1").read_text().replace("\\-", "-")
    for command in commands:
        if command.words and command.words != ("help",):
            assert f".SS {command.usage}".replace("…", "...") in page
        for option in command.options:
            if "decK's sake" not in option.text:
                assert f"\\fB--{option.long}\\fR" in page, (command.words, option.long)


# Shells


def completed(installation, shell, line, awaited):
    """What a shell offers for a line that ends at the cursor. A shell that offers it piece by piece is given time until
    what is awaited has come."""
    prefix = installation.prefix
    if shell == "bash":
        words = line.split(" ")
        script = (
            f"source {prefix}/share/bash-completion/completions/torii; COMP_WORDS=({' '.join(map(repr, words))}); "
            f"COMP_CWORD={len(words) - 1}; _torii; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
        return installation.run("bash", "-c", script).stdout.split()
    if shell == "fish":
        script = f"source {prefix}/share/fish/vendor_completions.d/torii.fish; complete -C {line!r}"
        return [row.split("\t")[0] for row in installation.run("fish", "--no-config", "-c", script).stdout.splitlines()]
    # zsh completes in its line editor alone: compadd tells instead what it would have offered.
    script = (
        f"fpath=({prefix}/share/zsh/site-functions $fpath); zmodload zsh/zpty; zpty z zsh -f -i; "
        f"zpty -w z 'PROMPT=; fpath=({prefix}/share/zsh/site-functions $fpath); autoload -Uz compinit; compinit -u -D; "
        "zstyle \":completion:*\" list-prompt \"\"; zstyle \":completion:*\" menu no; "
        "compadd () { if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd \"$@\"; return; fi; "
        "typeset -a __hits; builtin compadd -A __hits \"$@\"; print -r -- \"HIT:${(j:,:)__hits}:\" >>$HITS; builtin compadd \"$@\" }; "
        # What is typed before the editor reads keys may be lost: the editor itself says when it does.
        "ready () { print -r -- rea''dy }; zle -N zle-line-init ready'; "
        "zpty -r -m z line '*ready*'; zpty -n -w z \"$LINE\"$'\\t'; zpty -n -w z $'\\t'; "
        "for ((i = 0; i < 600; i++)); do sleep 0.1; found=$(<$HITS); all=yes; "
        "for word in ${=WANT}; do [[ $found == *[:,]${word}[:,]* ]] || all=; done; [[ -n $all ]] && break; done; zpty -d z")
    hits = installation.home / "hits"
    hits.write_text("")
    environment = installation.environment
    installation.environment = {**environment, "HITS": str(hits), "LINE": line, "WANT": " ".join(awaited), "TERM": "dumb"}
    try:
        installation.run("zsh", "-f", "-c", script)
    finally:
        installation.environment = environment
    return [word for found in re.findall(r"HIT:(.*):", hits.read_text()) for word in found.split(",") if word]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_reads_its_completion(installation, shell):
    need(shell)
    file = {
        "bash": "bash-completion/completions/torii", "zsh": "zsh/site-functions/_torii",
        "fish": "fish/vendor_completions.d/torii.fish",
    }[shell]
    ran = run(shell, "-n", installation.prefix / "share" / file)
    assert ran.stderr == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize(
    "line, some, none",
    [
        ("torii ", {"run", "plugin", "gateway"}, {"sync", "--config"}),
        ("torii plugin ", {"new", "test", "inspect", "bench", "reinstate"}, {"run"}),
        ("torii plugin test --l", {"--level", "--list"}, {"--language"}),
        ("torii plugin test --level ", {"1", "2", "3"}, {"--list"}),
        ("torii plugin new x --language ", {"swift", "c", "cpp", "rust", "go"}, set()),
        ("torii gateway sync --select", {"--select-tag"}, set()),
        ("torii canary ", {"promote", "abort", "status"}, {"run"}),
        ("torii run --drain-t", {"--drain-timeout"}, set()),
    ],
)
def test_a_shell_completes(installation, shell, line, some, none):
    need(shell)
    offered = set(completed(installation, shell, line, some))
    assert some <= offered, offered
    assert not none & offered
