#!/usr/bin/env bash
# Runs every fuzzer for a time: run-fuzzers.sh [SECONDS] [NAME…], NAME being a folder of Tests/Fuzz.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
seconds=${1:-60}
shift || true
names=("$@")
[ ${#names[@]} -gt 0 ] || names=($(cd "$here/Fuzz" && dirname -- */run.sh))

failed=()
for name in "${names[@]}"; do
  echo "== $name, ${seconds} s"
  # Each script takes what it documents.
  case $name in
  YAML) arguments=("$seconds") ;;
  JSON) arguments=(-1 "-max_total_time=$seconds") ;;
  Routing) arguments=("$((seconds * 10000))") ;;
  *) arguments=("-max_total_time=$seconds") ;;
  esac
  "$here/Fuzz/$name/run.sh" "${arguments[@]}" 2>&1 | tail -n 4 || failed+=("$name")
done
[ ${#failed[@]} -eq 0 ] || { echo "failed: ${failed[*]}" >&2; exit 1; }
echo "All fuzzers ended without a finding."
