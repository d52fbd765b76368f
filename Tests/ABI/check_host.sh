#!/bin/sh
# The gate of the host: built with a header that has grown, it still serves the samples of every release.
#
#     check_host.sh [FOLDER]     the sources of PluginHost; those of this repository when none is given
#
# What only the gateway of the next version would show, today: the structs that plugins make get a field more, and the
# plugin host, compiled with that, loads plugins that do not have it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
host=$(cd "${1:-$root/Sources/PluginHost}" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/torii-host-XXXXXX")
trap 'rm -rf "$work"' EXIT

mkdir -p "$work/Sources/Probe" "$work/SDK"
ln -s "$host" "$work/Sources/PluginHost"
ln -s "$root/Sources/CLinux" "$work/Sources/CLinux"
ln -s "$root/Sources/SharedStore" "$work/Sources/SharedStore"
cp -r "$root/SDK/C" "$work/SDK/C"
cp "$here/host_probe.swift.txt" "$work/Sources/Probe/main.swift"
cat >"$work/Package.swift" <<TEXT
// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "probe",
  targets: [
    .target(name: "CToriiPlugin", path: "SDK/C", exclude: ["plugin.map"]),
    .target(name: "CLinux"),
    .target(name: "SharedStore", dependencies: ["CLinux"]),
    .target(
      name: "PluginHost", dependencies: ["CToriiPlugin", "CLinux", "SharedStore"], swiftSettings: [.strictMemorySafety()]),
    .executableTarget(name: "Probe", dependencies: ["PluginHost"]),
  ],
  swiftLanguageModes: [.v6])
TEXT

python3 - "$work/SDK/C/include/torii/plugin.h" <<'TEXT'
import re, sys
path = sys.argv[1]
text = open(path).read()
for name, field in (
    ("plugin_descriptor", "const char *later;"), ("plugin_callbacks", "void (*later)(const torii_stop_args *args);"),
    ("response", "uint64_t later;"), ("target", "uint64_t later;"), ("http_request", "uint64_t later;"),
):
    text, count = re.subn(rf"\n}} torii_{name};", f"\n  {field}\n}} torii_{name};", text)
    assert count == 1, name
text = re.sub(r"TORII_ASSERT_END\(torii_.*\n", "", text)
open(path, "w").write(re.sub(r"(#define TORII_ABI_MINOR \d+)", r"\g<1>9", text))
TEXT

cd "$work"
if ! swift build -j 1 >"$work/log" 2>&1 </dev/null; then
  echo "host: PluginHost does not compile with a header that has grown:"
  grep -E 'error' "$work/log" | head -n 10 | sed 's/^/  /'
  exit 1
fi
count=$(find "$here" -path "*/$(uname -m)/*.so" | wc -l)
# Absolute: the samples are loaded by path.
find "$here" -path "*/$(uname -m)/*.so" -print0 | sort -z | xargs -0 -r "$work/.build/debug/Probe"
echo "host: with a header that has grown, $count samples of released versions still load and take a configuration"
