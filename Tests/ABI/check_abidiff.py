#!/usr/bin/env python3
"""The second gate of the layout, by another tool: abidiff compares the header of every release with the present one.

    check_abidiff.py [--include FOLDER]

A library whose functions take every struct, field and type of a header is compiled from each, and abidiff reads their
debug information. What is appended to a struct is suppressed, with care, since suppressions hide more than they say
(abigail 2.2): has_data_member_inserted_at = end can hide a field in the middle, so it is
has_data_member_inserted_between = {offset_after(last), end}; and this one hides every change of a struct to which nothing
was appended, so only those that have grown get one, and each field is a parameter of a function of its own besides.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from layout import INCLUDE, LayoutError, compiler, parse

HERE = Path(__file__).resolve().parent


def library(include, folder, name):
    """Compiles what refers to all of a header's types."""
    parsed = parse(include)
    lines = ['#include "torii/plugin.h"']
    for type in [*parsed.structs, *(name for name, _ in parsed.types)]:
        lines.append(f"void take_{type}(const {type} *value);\nvoid take_{type}(const {type} *value) {{ (void)value; }}")
    for struct, fields in parsed.structs.items():
        for one in fields:
            function, type = f"take_{struct}_{one.name}", f"__typeof__((({struct} *)0)->{one.name})"
            lines.append(f"void {function}({type} *value);\nvoid {function}({type} *value) {{ (void)value; }}")
    source, result = folder / f"{name}.c", folder / f"lib{name}.so"
    source.write_text("\n".join(lines) + "\n")
    made = subprocess.run(
        [compiler(), "-std=gnu11", "-g", "-gdwarf-4", "-fno-eliminate-unused-debug-types", "-fPIC", "-shared", "-I", include, "-o", result, source],
        capture_output=True, text=True)
    if made.returncode != 0:
        raise LayoutError(f"the library of {include} does not compile:\n{made.stderr}")
    return parsed, result


def suppressions(old, new):
    """One block for each struct that has more fields than it had: what is appended to it is no change."""
    blocks = []
    for name, fields in old.structs.items():
        if fields[0].name != "struct_size" or len(new.structs.get(name, [])) <= len(fields):
            continue  # it never changes, or it has not grown
        place = f"has_data_member_inserted_between = {{offset_after({fields[-1].name}), end}}"
        blocks.append(f"[suppress_type]\n  name = {name}\n  type_kind = struct\n  {place}\n")
    return "\n".join(blocks)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--include", default=INCLUDE, type=Path)
    options = arguments.parse_args()
    if not shutil.which("abidiff"):
        sys.exit("abidiff: there is no abidiff: it is in the package abigail-tools")
    failed, releases = False, sorted(HERE.glob("[0-9]*.[0-9]*"))
    with tempfile.TemporaryDirectory(prefix="torii-abidiff-") as name:
        folder = Path(name)
        try:
            present, new = library(options.include, folder, "now")
            for release in releases:
                parsed, old = library(release, folder, f"release-{release.name}")
                rules = folder / "rules.ini"
                rules.write_text(suppressions(parsed, present))
                compared = subprocess.run(
                    ["abidiff", "--no-added-syms", "--suppressions", rules, old, new], capture_output=True, text=True,
                    env={**os.environ, "LC_ALL": "C"})
                if compared.returncode != 0:
                    failed = True
                    print(f"abidiff: since {release.name}:\n{compared.stdout}{compared.stderr}".rstrip())
        except LayoutError as error:
            sys.exit(f"abidiff: {error}")
    if failed:
        sys.exit(1)
    print(f"abidiff: nothing but additions since {', '.join(release.name for release in releases)}")


if __name__ == "__main__":
    main()
