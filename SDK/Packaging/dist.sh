#!/usr/bin/env bash
# Makes the release archive: dist.sh BUILD OUT. From the same build it is the same file, byte for byte.
#
# It is unpacked where one likes, as with `tar -C /usr/local --strip-components=1 -xf`: all is found relative to bin/torii.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$1
mkdir -p "$2"
out=$(cd "$2" && pwd)
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

"$here/install.sh" "$build" /usr/local "$stage"
version=$("$stage/usr/local/bin/torii" version | cut -d ' ' -f 2)
name=torii-$version-linux-$(uname -m)
mv "$stage/usr/local" "$stage/$name"
# The time of the commit stands for that of every file.
time=${SOURCE_DATE_EPOCH:-$(git -C "$here" log -1 --format=%ct 2>/dev/null || echo 0)}
tar -C "$stage" --sort=name --format=gnu --mtime="@$time" --owner=0 --group=0 --numeric-owner --mode=go=rX,u+rw,a-s -cf - "$name" |
  gzip -n -9 >"$out/$name.tar.gz.part"
mv "$out/$name.tar.gz.part" "$out/$name.tar.gz"
cp "$here/Containerfile" "$out/Containerfile"
(cd "$out" && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")
echo "$out/$name.tar.gz"
