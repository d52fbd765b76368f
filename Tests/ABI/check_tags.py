#!/usr/bin/env python3
"""The gate of the tags: every function of the ABI's headers says its thread, phase, ownership and errors.

    check_tags.py [--include FOLDER]

A tag begins the comment right before the function: [thread | phase | ownership | errors].
"""

import argparse
import re
import sys
from pathlib import Path

from layout import INCLUDE, LayoutError, parse

PARTS = ("thread", "phase", "ownership", "errors")


def check(include, header, errors):
    """(what is wrong, how many functions there are) in one header."""
    parsed = parse(include, header)
    text = (include / header).read_text()
    wrong = []
    functions = [
        (struct, one.name) for struct, fields in parsed.structs.items() for one in fields if "(*)" in one.type
    ] + [("", name) for name, _ in parsed.functions]
    for struct, name in functions:
        place = f"{struct}.{name}" if struct else name
        start = text.index(f"typedef struct {struct} {{") if struct else 0
        pattern = rf"/\*((?:(?!\*/).)*)\*/\n *[\w *]*(?:\(\*{name}\)|\b{name})\("
        match = re.compile(pattern, re.S).search(text, start)
        end = text.index(f"}} {struct};") if struct else len(text)
        if not match or match.end() > end:
            wrong.append(f"{place} has no comment right before it")
            continue
        comment = " ".join(re.sub(r"\n\s*\*", "\n", match[1]).split())
        tag = re.match(r"\[([^]]*)\]", comment)
        parts = [part.strip() for part in tag[1].split("|")] if tag else []
        if len(parts) != len(PARTS) or not all(parts):
            wrong.append(f"{place} has no tag [{' | '.join(PARTS)}] at the beginning of its comment")
            continue
        if parts[0] not in ("worker", "any"):
            wrong.append(f"{place}: the thread is `{parts[0]}`: worker or any")
        for word in re.findall(r"(?<!_)\b[A-Z][A-Z_]{3,}\b", parts[3]):
            if word not in errors and word != "JSON" and not word.startswith("TORII_"):
                wrong.append(f"{place}: there is no error TORII_E_{word}")
    return wrong, len(functions)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--include", default=INCLUDE, type=Path)
    options = arguments.parse_args()
    try:
        errors = {name[8:] for name in parse(options.include).constants if name.startswith("TORII_E_")}
        results = [check(options.include, header, errors) for header in ("torii/plugin.h", "torii/draft.h")]
    except LayoutError as error:
        sys.exit(f"tags: {error}")
    wrong = [one for found, _ in results for one in found]
    for one in wrong:
        print(f"tags: {one}")
    if wrong:
        sys.exit(1)
    print(f"tags: {sum(count for _, count in results)} functions say their thread, phase, ownership and errors")


if __name__ == "__main__":
    main()
