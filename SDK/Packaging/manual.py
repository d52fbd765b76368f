#!/usr/bin/env python3
"""Writes the manual page: manual.py TORII VERSION. The prose is torii.1.in; what each command takes comes from the command."""

import collections
import os
import re
import sys

from commands import table


def roff(text):
    """Text as roff source: nothing in it is a request or an escape."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in text.split("\n"))


def prose(command):
    """The paragraphs of a help text, without its usage, its tables and what is said of machines' environment elsewhere."""
    for paragraph in re.split(r"\n\s*\n", command.help):
        if re.match(r"(usage:|Usage:|Commands:|Flags|  |torii:)", paragraph) or paragraph.startswith("'torii"):
            continue
        yield " ".join(line.strip() for line in paragraph.split("\n"))


def tagged(option):
    name = f"\\fB\\-\\-{roff(option.long)}\\fR"
    if option.short:
        name = f"\\fB\\-{option.short}\\fR, {name}"
    if option.value:
        name += f" \\fI{roff(option.value)}\\fR"
    return f".TP\n{name}\n{roff(option.text or 'as with torii run')}"


def family(command):
    return "torii gateway" if command.words[:1] == ("gateway",) else "the other commands"


def commands(torii):
    everything = table(torii)
    # What most commands of a family take is told once.
    takers = collections.Counter((family(c), o.long, o.text) for c in everything for o in c.options)
    shared = {}
    for command in everything:
        if not command.words or command.words == ("help",):
            continue
        yield f".SS {roff(command.usage)}"
        for paragraph in prose(command):
            yield ".PP"
            yield roff(paragraph)
        if command.words != ("help",):
            for verb, summary in command.verbs.items():
                yield f".TP\n.B {roff(verb)}\n{roff(summary)}"
        others = False
        for option in command.options:
            if "decK's sake" in option.text:
                continue
            if takers[family(command), option.long, option.text] < 5:
                yield tagged(option)
            else:
                others = True
                shared.setdefault(family(command), {})[option.long] = option
        if others:
            yield ".PP\nAnd the options for the Admin API, below."
    for name, options in shared.items():
        yield f".SS Options for the Admin API: {roff(name)}"
        for option in options.values():
            yield tagged(option)
    yield ".PP\nFurther flags of decK are accepted by\n.B torii gateway\nand change nothing."


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "torii.1.in"), encoding="utf-8") as file:
        page = file.read()
    sys.stdout.write(page.replace("@VERSION@", sys.argv[2]).replace("@COMMANDS@", "\n".join(commands(sys.argv[1]))))
