#!/usr/bin/env bash
# Installs a release build: install.sh BUILD PREFIX [STAGE]
#
#   BUILD   the folder of the build, .build/release
#   PREFIX  where it will be: /usr/local
#   STAGE   a folder that is put before PREFIX while installing (DESTDIR); by default none
#
# Everything is found relative to bin/torii, so that PREFIX may be moved; only the systemd unit names it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$(cd "$1" && pwd)
prefix=${2%/}
target=${3:-}$prefix
[ -x "$build/torii" ] || { echo "there is no torii in $build: make release" >&2; exit 1; }
for tool in patchelf python3 readelf; do
  command -v "$tool" >/dev/null || { echo "there is no $tool: it takes the packages patchelf, python3 and binutils" >&2; exit 1; }
done

# The loader that programs of this machine's kind have. A toolchain that links with a C library of its own names another one:
# what it builds runs only where that library is.
case $(uname -m) in
  x86_64) loader=/lib64/ld-linux-x86-64.so.2 ;;
  aarch64) loader=/lib/ld-linux-aarch64.so.1 ;;
  *) echo "Torii runs on x86-64 and arm64, not on $(uname -m)" >&2; exit 1 ;;
esac
foreign=
linked=$(patchelf --print-interpreter "$build/torii")
if [ "$linked" != "$loader" ]; then
  foreign=:$(dirname "$linked")
  echo "note: this Swift toolchain links with $linked: what is installed runs only where that is" >&2
fi

# place FILE TARGET SEARCHED: an executable or a library, without what only a debugger needs, that looks for libraries in SEARCHED.
place() {
  install -D -m 755 "$1" "$2"
  strip --strip-debug "$2"
  patchelf --set-rpath "$3$foreign" "$2"
}

place "$build/torii" "$target/bin/torii" "\$ORIGIN/../lib/torii"
libraries=("$target/bin/torii")
for plugin in ai-proxy file-log; do
  place "$build/lib$plugin.so" "$target/lib/torii/plugins/lib$plugin.so" "\$ORIGIN/.."
  libraries+=("$target/lib/torii/plugins/lib$plugin.so")
done

# The Swift runtime, which the gateway and plugins in Swift share: what is needed of it, and what that needs.
runtime=$(swiftc -print-target-info | python3 -c 'import json, sys; print(json.load(sys.stdin)["paths"]["runtimeLibraryPaths"][0])')
needed() { readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\].*/\1/p'; }
declare -A placed=()
while [ ${#libraries[@]} -gt 0 ]; do
  wanted=$(for library in "${libraries[@]}"; do needed "$library"; done | sort -u)
  libraries=()
  for name in $wanted; do
    [ -f "$runtime/$name" ] && [ -z "${placed[$name]:-}" ] || continue
    place "$runtime/$name" "$target/lib/torii/$name" "\$ORIGIN"
    placed[$name]=yes
    libraries+=("$target/lib/torii/$name")
  done
done

# The SDK, without what a build may have left in it, and JSON, which the Swift SDK is written on.
copy() {
  (cd "$1" && find . \( -name .build -o -name build -o -name target -o -name __pycache__ \) -prune -o -type f -print) | sort |
    while IFS= read -r file; do
      mode=644
      [ ! -x "$1/$file" ] || mode=755
      install -D -m "$mode" "$1/$file" "$2/$file"
    done
}
for part in C Cpp Documentation Examples Go Rust Swift Templates; do copy "$root/SDK/$part" "$target/share/torii/sdk/$part"; done
rm -f "$target/share/torii/sdk/Examples/tutorial/run.sh"
copy "$root/Sources/JSON" "$target/share/torii/sdk/JSON"
install -D -m 644 "$root/SDK/README.md" "$target/share/torii/sdk/README.md"

# The manual and the shells' completions are made from what the command says of itself.
export PYTHONDONTWRITEBYTECODE=1
torii=$target/bin/torii
version=$("$torii" version | cut -d ' ' -f 2)
made() { install -D -m 644 /dev/stdin "$target/$1"; }
python3 "$here/manual.py" "$torii" "$version" | made share/man/man1/torii.1
python3 "$here/completions.py" "$torii" bash | made share/bash-completion/completions/torii
python3 "$here/completions.py" "$torii" zsh | made share/zsh/site-functions/_torii
python3 "$here/completions.py" "$torii" fish | made share/fish/vendor_completions.d/torii.fish
sed "s|@BINDIR@|$prefix/bin|" "$here/torii.service.in" | made lib/systemd/system/torii.service

# What a system has to have: the newest symbol versions that are asked for.
{
  echo "torii $version for Linux on $(uname -m) needs of the system:"
  find "$target/bin" "$target/lib/torii" -type f | sort | while IFS= read -r file; do
    readelf -V "$file"
  done | grep -oE '\b(GLIBC|GLIBCXX|OPENSSL)_[0-9][0-9.]*' | sort -uV |
    awk -F_ '{newest[$1] = $2} END {for (name in newest) print "  " name " " newest[name]}' | sort
  [ -z "$foreign" ] || echo "  the C library in ${foreign#:}"
} | made share/doc/torii/REQUIREMENTS
for file in README.md LICENSE; do install -D -m 644 "$root/$file" "$target/share/doc/torii/$file"; done
install -D -m 644 "$here/Containerfile" "$target/share/doc/torii/Containerfile"
for plugin in AIProxy FileLog; do
  install -D -m 644 "$root/Plugins/$plugin/README.md" "$target/share/doc/torii/$plugin.md"
done
