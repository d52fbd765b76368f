#!/usr/bin/env python3
"""The gate of the samples: plugins of every released version are kept as they were built, with sources that still compile.

    check_samples.py [--include FOLDER]

For each version: the binaries are those of SHA256SUMS; the sources compile against their own header and against the
present one; and they call every function that their version has. That the binaries work in the gateway is tested in
Tests/EndToEnd/http/test_abi_samples.py.
"""

import argparse
import hashlib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from check_symbols import check as check_symbols
from layout import INCLUDE, LayoutError, parse

HERE = Path(__file__).resolve().parent


def check(folder, include):
    """(what is wrong, how many binaries there are) with a version's samples."""
    wrong = []
    sums = dict(reversed(line.split()) for line in (folder / "SHA256SUMS").read_text().splitlines())
    kept = {str(path.relative_to(folder)): path for path in sorted(folder.glob("*/*.so"))}
    for name in sorted(set(sums) ^ set(kept)):
        wrong.append(f"{name} is {'missing' if name in sums else 'not in SHA256SUMS'}")
    for name in sorted(set(sums) & set(kept)):
        if hashlib.sha256(kept[name].read_bytes()).hexdigest() != sums[name]:
            wrong.append(f"{name} is not the binary that was kept: what was built once is never built again")
        elif name.startswith(os.uname().machine + "/"):
            wrong += [f"{name} {one}" for one in check_symbols(str(kept[name]))]
    for kind, header in (("its own", folder), ("the present", include)):
        with tempfile.TemporaryDirectory(prefix="torii-samples-") as out:
            made = subprocess.run(
                [folder / "build.sh", out], capture_output=True, text=True, env={**os.environ, "TORII_INCLUDE": str(header.resolve())})
            if made.returncode != 0:
                errors = [line for line in made.stderr.splitlines() if "error" in line][:3]
                wrong.append(f"its sources do not compile with {kind} header: " + "; ".join(errors))
    sources = "\n".join(path.read_text() for path in sorted(folder.glob("*.[ch]")))
    for struct, fields in parse(folder).structs.items():
        for one in fields:
            if "(*)" not in one.type:
                continue
            # The host's functions are called; the plugin's are given.
            pattern = rf"\.{one.name} = \w" if struct == "torii_plugin_callbacks" else rf"->{one.name}\("
            if not re.search(pattern, sources):
                wrong.append(f"{struct}.{one.name} is in no sample")
    return wrong, len(kept)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--include", default=INCLUDE, type=Path)
    options = arguments.parse_args()
    failed, told = False, []
    for folder in sorted(HERE.glob("[0-9]*.[0-9]*")):
        try:
            wrong, count = check(folder, options.include)
        except (LayoutError, OSError) as error:
            wrong, count = [str(error)], 0
        for one in wrong:
            print(f"samples: {folder.name}: {one}")
        failed |= bool(wrong)
        told.append(f"{count} of {folder.name}")
    if failed or not told:
        sys.exit(1)
    print(f"samples: {', '.join(told)} are as they were built, and call all that their version has")


if __name__ == "__main__":
    main()
