#!/usr/bin/env python3
"""Measures the gateway side by side with nginx and with LiteLLM. Prints a table, and writes the same as JSON.

What is compared runs in turns within one run, so that a machine that changes its speed does so for all. CPU times are
those of the worker process, by the kernel's account, over the requests that the load generator counted.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from parts import PARTS
from processes import LOAD_CORE, MEASURED_CORE
from servers import ROOT, Servers, missing_tools


def table(part, rows):
    """Rows for people."""
    print(f"\n{part}: {PARTS[part].__doc__}")
    for what, value, unit, bound in rows:
        number = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.2f}" if abs(value) >= 0.1 else f"{value:.4f}"
        verdict = "" if bound is None else f"   (bound {bound:,}: {'met' if value <= bound else 'MISSED'})"
        print(f"  {what:<58}{number:>10} {unit}{verdict}", flush=True)


def main():
    """Runs the parts that are asked for."""
    parser = argparse.ArgumentParser(
        prog="make bench ARGUMENTS=…", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="parts:\n" + "\n".join(f"  {name:<24}{part.__doc__}" for name, part in PARTS.items()))
    parser.add_argument("parts", nargs="*", metavar="PART", help="which parts; without any: all")
    parser.add_argument("--binaries", type=Path, default=ROOT / ".build/release", help="the folder of torii and its plugins")
    parser.add_argument("--quick", action="store_true", help="a quarter of the time, for a first look")
    parser.add_argument("--json", type=Path, default=ROOT / ".build/benchmarks.json", help="where the figures go")
    parser.add_argument("--strict", action="store_true", help="exit code 1 when a bound is missed")
    parser.add_argument("--keep", action="store_true", help="keep the scratch folder (logs, callgrind's files) and print it")
    options = parser.parse_args()
    options.rounds = 1 if options.quick else 3
    options.seconds = lambda seconds: max(1, round(seconds / (4 if options.quick else 1)))
    if unknown := [part for part in options.parts if part not in PARTS]:
        parser.error(f"there is no part {', '.join(unknown)}; parts: {', '.join(PARTS)}")
    if missing := missing_tools("nginx", "wrk", "valgrind", "taskset", "objcopy"):
        sys.exit(f"missing: {', '.join(missing)} (make bench installs them)")
    if not (options.binaries / "torii").exists():
        sys.exit(f"{options.binaries}/torii is missing: make release")

    # Settings of this shell are not part of the comparison.
    for name in [name for name in os.environ if name.startswith("TORII_")]:
        del os.environ[name]
    nginx = subprocess.run(["nginx", "-v"], capture_output=True, text=True).stderr.strip()
    print(f"{nginx}; measured on core {MEASURED_CORE}, load and upstream on core {LOAD_CORE}; "
          f"load average {os.getloadavg()[0]:.1f}")
    begin = time.monotonic()
    figures = {}
    missed = []
    scratch = tempfile.mkdtemp(prefix="torii-bench-")
    os.chmod(scratch, 0o755)
    for part in options.parts or PARTS:
        folder = Path(scratch) / part
        folder.mkdir()
        with Servers(folder, options.binaries.resolve()) as servers:
            rows = PARTS[part](servers, options)
        table(part, rows)
        figures[part] = [dict(zip(("what", "value", "unit", "bound"), row)) for row in rows]
        missed += [row[0] for row in rows if row[3] is not None and row[1] > row[3]]
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps({
        "nginx": nginx, "machine": platform.platform(), "cores": os.cpu_count(),
        "seconds": round(time.monotonic() - begin), "figures": figures}, indent=1, ensure_ascii=False) + "\n")
    print(f"\n{time.monotonic() - begin:.0f} s; as JSON: {options.json}")
    if options.keep:
        print(f"scratch: {scratch}")
    else:
        import shutil

        shutil.rmtree(scratch, ignore_errors=True)
    if missed and options.strict:
        sys.exit("bounds missed: " + "; ".join(missed))


if __name__ == "__main__":
    main()
