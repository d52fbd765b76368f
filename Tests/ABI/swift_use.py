#!/usr/bin/env python3
"""Writes a Swift source that uses all that a header declares: what Swift cannot import does not compile.

    swift_use.py [--include FOLDER] [--header torii/plugin.h] [--module CToriiPlugin]
"""

import argparse
import sys
from pathlib import Path

from layout import INCLUDE, LayoutError, parse


def source(parsed, module):
    """The source's text. Without a module the header is imported some other way."""
    lines = [f"import {module}", ""] if module else []
    lines += ["func use() {"]
    for name in parsed.constants:
        lines.append(f"  _ = {name}")
    for name, type in parsed.types:
        lines.append(f"  _ = {name}.self")
    for name, fields in parsed.structs.items():
        lines += [f"  var {name}_value = {name}()", f"  let {name}_given = {name}()"]
        lines.append(f"  _ = {name}_given")
        for one in fields:
            # Callbacks are optional: a table is filled with nil.
            value = "nil" if "(*)" in one.type else f"{name}_given.{one.name}"
            lines.append(f"  {name}_value.{one.name} = {value}")
    for name, _ in parsed.functions:
        lines.append(f"  _ = {name}(1, 0)")
    return "\n".join([*lines, "}", ""])


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--include", default=INCLUDE, type=Path)
    arguments.add_argument("--header", default="torii/plugin.h")
    arguments.add_argument("--module", default="")
    options = arguments.parse_args()
    try:
        print(source(parse(options.include, options.header), options.module))
    except LayoutError as error:
        sys.exit(f"swift_use: {error}")


if __name__ == "__main__":
    main()
