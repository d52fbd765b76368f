#!/usr/bin/env python3
"""The gate of the symbols: a plugin exports its entry point, and needs nothing of the host.

    check_symbols.py LIBRARY…

Each library exports torii_plugin_entry and nothing else; is linked with libc and, if it is written in Swift, with Swift's
runtime, nothing else; and finds every symbol it leaves undefined in those. It has no executable stack, no text
relocations, and no symbol that pins it (STB_GNU_UNIQUE).
"""

import functools
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

ENTRY = "torii_plugin_entry"

# libc's parts, what compilers add, and Swift's runtime; not Foundation, which costs a worker its start-up time.
ALLOWED = re.compile(
    r"(lib(c|m|dl|rt|pthread)\.so\.6|lib(dl|pthread)\.so\.\d|librt\.so\.1|ld-linux[\w-]*\.so\.\d|libgcc_s\.so\.1"
    r"|libswift(Core|Glibc|Swift\w*|Dispatch|Synchronization|SwiftOnoneSupport)\.so"
    r"|libswift_(Concurrency|StringProcessing|RegexParser|Builtin_float|Differentiation|Volatile)\.so"
    r"|lib(dispatch|BlocksRuntime)\.so)")

# Weak references that every library has, whether anyone defines them or not.
OPTIONAL = {"__gmon_start__", "_ITM_deregisterTMCloneTable", "_ITM_registerTMCloneTable", "__cxa_finalize"}


def readelf(path, *options):
    """What readelf says."""
    return subprocess.run(["readelf", "-W", *options, path], capture_output=True, text=True, check=True).stdout


def symbols(path):
    """(defined, undefined, weak and undefined, unique) of the dynamic symbols that others see."""
    defined, undefined, weak, unique = set(), set(), set(), set()
    for line in readelf(path, "--dyn-syms").splitlines():
        parts = line.split()
        if len(parts) < 8 or not parts[0].endswith(":") or parts[4] == "LOCAL":
            continue
        name = parts[7].split("@")[0]
        if parts[6] == "UND":
            (weak if parts[4] == "WEAK" else undefined).add(name)
        elif parts[5] in ("DEFAULT", "PROTECTED"):
            defined.add(name)
            if parts[4] == "UNIQUE":
                unique.add(name)
    return defined, undefined, weak, unique


@functools.cache
def system_folders():
    """Where libraries are, besides those that ldconfig knows."""
    folders = []
    if shutil.which("swiftc"):
        told = subprocess.run(["swiftc", "-print-target-info"], capture_output=True, text=True)
        if told.returncode == 0:
            folders += json.loads(told.stdout)["paths"].get("runtimeLibraryPaths", [])
    return folders


@functools.cache
def cached():
    """What ldconfig knows: name, path."""
    tool = shutil.which("ldconfig") or "/sbin/ldconfig"
    told = subprocess.run([tool, "-p"], capture_output=True, text=True).stdout
    found = {}
    for name, path in re.findall(r"^\s*(\S+) \(.*\) => (\S+)$", told, re.M):
        found.setdefault(name, path)
    return found


def find(name, library, runpaths):
    """The library of a name, as the loader would find it."""
    origin = str(Path(library).resolve().parent)
    for folder in [path.replace("$ORIGIN", origin) for path in runpaths] + system_folders():
        path = Path(folder) / name
        if path.exists():
            return path
    return cached().get(name)


@functools.cache
def provided(path):
    """What a library defines, and what those define that it is linked with."""
    result = set(symbols(path)[0])
    for name in re.findall(r"\(NEEDED\).*\[(.*)\]", readelf(path, "-d")):
        found = cached().get(name) or (Path(path).parent / name if (Path(path).parent / name).exists() else None)
        if found and ALLOWED.fullmatch(name):
            result |= symbols(found)[0]
    return frozenset(result)


def check(library):
    """What is wrong with a library."""
    wrong = []
    defined, undefined, weak, unique = symbols(library)
    if ENTRY not in defined:
        wrong.append(f"does not export {ENTRY}")
    for name in sorted(defined - {ENTRY}):
        wrong.append(f"exports {name}: link it with SDK/C/plugin.map")
    for name in sorted(unique):
        wrong.append(f"defines {name} as unique: it could never be unloaded; compile with -fno-gnu-unique")
    dynamic = readelf(library, "-d")
    runpaths = [folder for paths in re.findall(r"\((?:RUNPATH|RPATH)\).*\[(.*)\]", dynamic) for folder in paths.split(":")]
    there = set()
    for name in re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic):
        path = find(name, library, runpaths)
        if not ALLOWED.fullmatch(name):
            wrong.append(f"is linked with {name}: link such libraries statically, or do without")
        elif path is None:
            wrong.append(f"is linked with {name}, which is not on this machine")
        else:
            there |= provided(str(path))
    for name in sorted((undefined | (weak - OPTIONAL)) - there):
        wrong.append(f"needs {name}, which no library defines that it is linked with: a plugin takes nothing from the host but its table")
    if "TEXTREL" in dynamic:
        wrong.append("has text relocations: compile it with -fPIC")
    for flags in re.findall(r"GNU_STACK\s+(?:0x[0-9a-f]+\s+){5}([RWE]+)", readelf(library, "-l")):
        if "E" in flags:
            wrong.append("asks for an executable stack")
    return wrong


def main():
    libraries = sys.argv[1:]
    if not libraries:
        sys.exit(__doc__)
    failed = False
    for library in libraries:
        try:
            wrong = check(library)
        except subprocess.CalledProcessError as error:
            wrong = [f"cannot be read: {error.stderr.strip()}"]
        failed |= bool(wrong)
        for one in wrong:
            print(f"symbols: {library}: {one}")
    if failed:
        sys.exit(1)
    names = ", ".join(sorted(Path(library).name for library in libraries))
    print(f"symbols: {len(libraries)} plugins export {ENTRY} only, and need nothing of the host: {names}")


if __name__ == "__main__":
    main()
