#!/usr/bin/env python3
"""Prints the layout of a header of the ABI: every constant, type, struct, field and function, in the header's order.

    layout.py [--include FOLDER] [--header torii/plugin.h]

The declarations are read from the preprocessed header; sizes, offsets and values come from a program that the compiler
($CC, or cc) makes of them. What is not understood is an error: nothing of the header can be missing in the output.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
INCLUDE = REPOSITORY / "SDK" / "C" / "include"


class LayoutError(Exception):
    """The header holds something that the ABI does not allow, or that this tool does not know."""


@dataclass
class Field:
    name: str
    type: str


@dataclass
class Header:
    """What a header declares, in order."""

    constants: list = field(default_factory=list)  # names of macros with a value
    macros: list = field(default_factory=list)  # (name, parameters or "") of the others
    types: list = field(default_factory=list)  # (name, type)
    structs: dict = field(default_factory=dict)  # name: [Field]
    functions: list = field(default_factory=list)  # (name, type)


def compiler():
    """The C compiler."""
    return os.environ.get("CC", "cc")


def preprocess(include, header):
    """The lines of the header itself, without comments; macros' definitions stand among them."""
    made = subprocess.run(
        [compiler(), "-std=c11", "-E", "-dD", "-I", include, "-x", "c", Path(include) / header],
        capture_output=True, text=True)
    if made.returncode != 0:
        raise LayoutError(f"{header} does not compile:\n{made.stderr}")
    own, lines = False, []
    for line in made.stdout.splitlines():
        marker = re.match(r'# \d+ "(.*)"', line)
        if marker:
            own = marker.group(1).endswith("/" + str(header))
        elif own:
            lines.append(line)
    return lines


# --- Declarations -----------------------------------------------------------------------------------------------------

TOKEN = re.compile(r'\s+|([A-Za-z_]\w*|\d\w*|"(?:[^"\\]|\\.)*"|\.\.\.|.)')
QUALIFIERS = {"const", "volatile", "restrict", "struct", "unsigned", "signed"}


def tokens(text):
    """The tokens of a text."""
    return [match.group(1) for match in TOKEN.finditer(text) if match.group(1)]


def closing(words, start):
    """The position of the parenthesis that closes the one at `start`."""
    depth = 0
    for position in range(start, len(words)):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(words[position], 0)
        if depth == 0:
            return position
    raise LayoutError("unbalanced: " + " ".join(words[start:start + 20]))


def spelled(words):
    """Tokens as one spells a type: `const uint8_t *`."""
    text = " ".join(words)
    for old, new in (("* *", "**"), ("( ", "("), (" )", ")"), (" ,", ","), (" [ ", "["), (" ]", "]")):
        text = text.replace(old, new)
    return text


def split(words, separator):
    """Tokens between separators that stand outside of parentheses."""
    parts, depth = [[]], 0
    for word in words:
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(word, 0)
        if word == separator and depth == 0:
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def declared(words):
    """(name, type) of a declaration; the name is "" when it has none, and parameters' names are left out."""
    for position in range(len(words) - 1):
        if words[position] == "(" and words[position + 1] == "*":  # a pointer to a function
            end = closing(words, position)
            inner = words[position + 2:end]
            if len(inner) > 1 or end + 1 >= len(words) or words[end + 1] != "(":
                raise LayoutError("not understood: " + " ".join(words))
            return "".join(inner), f"{spelled(words[:position])} (*)({parameters(words, end + 1)})"
    if words[-1] == ")":  # a function
        start = words.index("(")
        return words[start - 1], f"{spelled(words[:start - 1])} ({parameters(words, start)})"
    array = []
    if words[-1] == "]":
        start = words.index("[")
        words, array = words[:start], words[start:]
    names = [word for word in words if re.match(r"[A-Za-z_]", word) and word not in QUALIFIERS]
    if len(names) > 2:
        raise LayoutError("not understood: " + " ".join(words))
    has_name = len(names) == 2 and words[-1] == names[-1]
    return (words[-1] if has_name else ""), spelled((words[:-1] if has_name else words) + array)


def parameters(words, start):
    """The types of a list of parameters."""
    end = closing(words, start)
    if end != len(words) - 1:
        raise LayoutError("not understood: " + " ".join(words))
    inner = words[start + 1:end]
    return ", ".join(declared(part)[1] for part in split(inner, ",")) if inner != ["void"] else ""


def parse(include=INCLUDE, header="torii/plugin.h"):
    """Reads a header's declarations."""
    result, code = Header(), []
    for line in preprocess(include, header):
        define = re.match(r"#define (\w+)(\([^)]*\))? ?(.*)", line)
        if define:
            name, arguments, body = define.groups()
            if name.startswith("TORII_ASSERT"):
                continue  # the header checks itself with them; they are for nobody else
            if arguments or not body or body.startswith("__attribute__"):
                result.macros.append((name, (arguments or "").replace(" ", "")))
            else:
                result.constants.append(name)
        elif not line.startswith("#"):
            code.append(line)
    words = tokens("\n".join(code))
    while words:
        words = declaration(words, result)
    return result


def declaration(words, result):
    """Takes one declaration, and gives what follows."""
    while words[0] == "__attribute__":
        words = words[closing(words, 1) + 1:]
    if words[0] == "_Static_assert":
        end = closing(words, 1) + 1
        return words[end + 1:]
    depth = 0
    for end, word in enumerate(words):
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(word, 0)
        if word == ";" and depth == 0:
            break
    else:
        raise LayoutError("not understood: " + " ".join(words[:20]))
    statement, rest = words[:end], words[end + 1:]
    if statement[:2] == ["typedef", "struct"] and "{" in statement:
        name = statement[2]
        body_end = closing(statement, 3)
        if statement[3] != "{" or statement[body_end + 1:] != [name]:
            raise LayoutError("not `typedef struct NAME {…} NAME`: " + " ".join(statement[:4]))
        fields = [Field(*declared(part)) for part in split(statement[4:body_end], ";") if part]
        for one in fields:
            if not one.name:
                raise LayoutError(f"{name}: not understood: {one.type}")
        result.structs[name] = fields
    elif statement[0] == "typedef":
        result.types.append(declared(statement[1:]))
    elif "(" in statement and "{" not in statement:
        result.functions.append(declared(statement))
    else:
        raise LayoutError("neither a typedef nor a function: " + " ".join(statement[:20]))
    return rest


# --- Measures ---------------------------------------------------------------------------------------------------------

PROGRAM = """#include <stdio.h>
#include "{header}"
static void show_text(const char *name, const char *value) {{ printf("constant %s text \\"%s\\"\\n", name, value); }}
static void show_signed(const char *name, int value) {{ printf("constant %s int %d\\n", name, value); }}
static void show_unsigned(const char *name, unsigned value) {{ printf("constant %s unsigned %u\\n", name, value); }}
#define SHOW(name) _Generic((name), char *: show_text, int: show_signed, unsigned: show_unsigned)(#name, name)
int main(void) {{
{statements}
  return 0;
}}
"""


def measure(parsed, include=INCLUDE, header="torii/plugin.h"):
    """The layout's lines."""
    statements = []

    def text(line):
        statements.append("  puts(\"%s\");" % line.replace("\\", "\\\\").replace('"', '\\"'))

    for name, arguments in parsed.macros:
        text(f"macro {name}{arguments}")
    for name in parsed.constants:
        statements.append(f"  SHOW({name});")
    for name, type in parsed.types:
        statements.append(f'  printf("type {name} size %zu = {type}\\n", sizeof({name}));')
    for name, fields in parsed.structs.items():
        statements.append(f'  printf("struct {name} size %zu align %zu\\n", sizeof({name}), _Alignof({name}));')
        for one in fields:
            statements.append(
                f'  printf("field {name}.{one.name} offset %zu size %zu type {one.type}\\n",'
                f" offsetof({name}, {one.name}), sizeof((({name} *)0)->{one.name}));")
    for name, type in parsed.functions:
        text(f"function {name} {type}")
    with tempfile.TemporaryDirectory(prefix="torii-layout-") as folder:
        source, program = Path(folder) / "layout.c", Path(folder) / "layout"
        source.write_text(PROGRAM.format(header=header, statements="\n".join(statements)))
        made = subprocess.run([compiler(), "-std=c11", "-I", include, "-o", program, source], capture_output=True, text=True)
        if made.returncode != 0:
            raise LayoutError(f"the program that measures {header} does not compile:\n{made.stderr}")
        return subprocess.run([program], capture_output=True, text=True, check=True).stdout.splitlines()


def layout(include=INCLUDE, header="torii/plugin.h"):
    """The layout's lines of a header."""
    return measure(parse(include, header), include, header)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--include", default=INCLUDE, type=Path)
    arguments.add_argument("--header", default="torii/plugin.h")
    options = arguments.parse_args()
    try:
        print("\n".join(layout(options.include, options.header)))
    except LayoutError as error:
        sys.exit(f"layout: {error}")


if __name__ == "__main__":
    main()
