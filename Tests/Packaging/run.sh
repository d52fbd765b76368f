#!/bin/sh
# Makes the release archive, unpacks it somewhere, and uses it as those do who have nothing else. Arguments go to pytest.
# What is missing on this machine is installed where that is possible; what cannot be tried is named at the end.
set -eu
cd "$(dirname "$0")/../.."
for packages in "patchelf python3 binutils" "zsh" "fish" "groff man-db" "systemd" "g++ make" "cargo rustc" "golang-go"; do
  case $packages in
    cargo*) command -v cargo >/dev/null && continue ;;
    systemd) command -v systemd-analyze >/dev/null && continue ;;
  esac
  # shellcheck disable=SC2086 # one word a package
  .ci/packages $packages >&2 || echo "cannot be installed: $packages" >&2
done

environment=.build/package-python
list=Tests/Packaging/requirements.txt
if ! cmp -s "$list" "$environment/installed.txt"; then
  python3 -c 'import ensurepip, venv' 2>/dev/null || .ci/packages python3 python3-venv
  rm -rf "$environment"
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check --no-input -r "$list"
  cp "$list" "$environment/installed.txt"
fi
export SWIFT_BACKTRACE=enable=no
exec "$environment/bin/python" -m pytest -p no:cacheprovider -q -rs Tests/Packaging "$@" </dev/null
