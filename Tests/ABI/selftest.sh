#!/usr/bin/env bash
# Shows that each gate can fail: breaks a copy of the headers, the samples or a plugin in one way after the other, and
# demands that the right gate says the right thing; and that what is allowed passes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/torii-selftest-XXXXXX")
trap 'rm -rf "$work"' EXIT
export PYTHONDONTWRITEBYTECODE=1
count=0
failed=0

# fresh: a copy of the gates and of the headers, not broken yet.
fresh() {
  rm -rf "$work/tree"
  mkdir -p "$work/tree/Tests" "$work/tree/SDK/C"
  cp -r "$here" "$work/tree/Tests/ABI"
  cp -r "$here/../../SDK/C/include" "$work/tree/SDK/C/include"
  cp "$here/../../SDK/C/plugin.map" "$work/tree/SDK/C"
  gates=$work/tree/Tests/ABI
  include=$work/tree/SDK/C/include
  header=$include/torii/plugin.h
}

# without_asserts: so that it is the gate that finds it, and not the compiler.
without_asserts() {
  python3 - "$header" <<'TEXT'
import re, sys
path = sys.argv[1]
text = open(path).read()
open(path, "w").write(re.sub(r"#define TORII_ASSERT_END\(type, last, offset, size\).*?\n\n", """\
#define TORII_ASSERT_END(type, last, offset, size) TORII_ASSERT(sizeof(type) > 0, #type)

""", text, flags=re.S))
TEXT
}

# change EXPRESSION [FILE]: a sed script that must change something.
change() {
  local file=${2:-$header}
  cp "$file" "$work/before"
  sed -i -E "$1" "$file"
  if cmp -s "$file" "$work/before"; then
    echo "selftest: nothing to change in $(basename "$file"): $1" >&2
    exit 2
  fi
}

run() {
  case $1 in
  header) "$gates/check_header.sh" "$include" ;;
  *) python3 "$gates/check_$1.py" --include "$include" "${@:2}" ;;
  esac
}

# refuses GATE TEXT [ARGUMENTS]: it must fail, and say that.
refuses() {
  count=$((count + 1))
  if run "$1" "${@:3}" >"$work/said" 2>&1; then
    failed=1
    echo "selftest: the gate $1 lets this pass: $what"
  elif ! grep -qE -- "$2" "$work/said"; then
    failed=1
    echo "selftest: the gate $1 refuses this without '$2': $what"
    head -n 5 "$work/said" | sed 's/^/  /'
  fi
}

# passes GATE [ARGUMENTS]
passes() {
  count=$((count + 1))
  if ! run "$@" >"$work/said" 2>&1; then
    failed=1
    echo "selftest: the gate $1 refuses this: $what"
    head -n 5 "$work/said" | sed 's/^/  /'
  fi
}

# broken WHAT EXPRESSION: a header with one change, checked by the gates and not by its own asserts.
broken() {
  what=$1
  fresh
  without_asserts
  change "$2"
}

# --- What is allowed ----------------------------------------------------------------------------------------------------

what="the headers as they are"
fresh
for gate in header tags layout abidiff samples; do passes $gate; done

broken "another comment, and other names of parameters" 's/uint32_t index,$/uint32_t nth,/; s/Monotonic clock, nanoseconds/Monotonic clock/'
for gate in tags layout abidiff; do passes $gate; done

# --- Layout -------------------------------------------------------------------------------------------------------------

broken "a field in the middle" 's/^  void \*context;$/  void *extra;\n&/'
refuses layout 'field torii_host.context moved from offset 16 to 24: new fields stand at the end'
refuses abidiff "'void\* extra', at offset"

broken "two fields in another order" '/^typedef struct torii_stop_args/,/^}/{s/^  uint32_t flags;.*/  uint32_t swapped;/; s/^  uint32_t struct_size;/  uint32_t flags;/; s/swapped/struct_size/}'
refuses layout 'field torii_stop_args.struct_size moved from offset 0 to 4'
refuses layout 'torii_stop_args does not begin with .uint32_t struct_size'
refuses abidiff 'torii_stop_args'

broken "another type of the same size" 's/int32_t priority;/uint32_t priority;/'
refuses layout 'field torii_plugin_descriptor.priority was .int32_t. and is .uint32_t.'
refuses abidiff 'priority'

broken "another type of a parameter" 's/uint64_t delay,$/uint32_t delay,/'
refuses layout 'field torii_async_interface.timer was'
refuses abidiff 'torii_async_interface'

broken "another parameter" 's/\(\*set_status\)\(void \*context,/& uint64_t extra,/'
refuses layout 'field torii_flow_interface.set_status was'
refuses abidiff 'set_status'

broken "a type that hides behind a name" 's/^typedef uint32_t torii_metric_id;/typedef int32_t torii_metric_id;/'
refuses layout 'type torii_metric_id was'
refuses abidiff 'torii_metric_id'

broken "an id of another size" 's/^typedef uint64_t torii_operation_id;/typedef uint32_t torii_operation_id;/'
refuses layout 'field torii_event_args.operation was 8 bytes and is 4'

broken "another name of a field" 's/^  uint32_t http_status;/  uint32_t status_code;/'
refuses layout 'field torii_event_args.http_status is gone'
refuses abidiff 'http_status'

broken "a last field that is gone" '/^  torii_slice message;  \/\*/d'
refuses layout 'field torii_event_args.message is gone'
refuses layout 'struct torii_event_args was 104 bytes and is 88'

broken "a constant that is gone" '/^#define TORII_E_SENT /d'
refuses layout 'constant TORII_E_SENT is gone'

broken "another number" 's/^#define TORII_DONE 3/#define TORII_DONE 4/'
refuses layout 'constant TORII_DONE was .int 3. and is .int 4.'

broken "another type of a constant" 's/^#define TORII_BODY_LAST 1u/#define TORII_BODY_LAST 1/'
refuses layout 'constant TORII_BODY_LAST was .unsigned 1. and is .int 1.'

broken "another id of an interface" 's/"torii.log\/1"$/"torii.log\/2"/'
refuses layout 'constant TORII_LOG_INTERFACE was'

broken "a macro that is gone" '/^#define TORII_HAS/,/^$/d'
refuses layout 'macro TORII_HAS.* is gone'

broken "a struct that is gone" '/^typedef struct torii_header /,/^} torii_header;/d; s/const torii_header \*/const torii_slice */; /ASSERT_END\(torii_header,/d'
refuses layout 'struct torii_header is gone'

broken "another signature of the entry point" 's/^(TORII_EXPORT .*torii_plugin_entry\(uint32_t host_abi_major), uint32_t host_abi_minor/\1, uint64_t host_abi_minor/'
refuses layout 'function torii_plugin_entry was'

broken "a field more where nothing may grow" 's/^  size_t size;/&\n  size_t capacity;/'
refuses layout 'torii_slice stands in arrays'

broken "a number that is taken" 's/^#define TORII_E_FAILED .*/&\n#define TORII_E_BUSY (-11)/'
refuses layout 'constant TORII_E_BUSY is -11, which TORII_E_FAILED has already'

broken "another major" 's/^#define TORII_ABI_MAJOR 1/#define TORII_ABI_MAJOR 2/'
refuses layout 'a new major begins with a layout.txt of its own'

broken "body arguments that do not begin as phase arguments" 's/^  const torii_slice \*parts;.*/  const torii_slice *parts;/; /^typedef struct torii_body_args/,/^}/s/void \*request_state;/void *its_state;/'
refuses layout 'torii_body_args does not begin with the fields of torii_phase_args'

# --- Growth -------------------------------------------------------------------------------------------------------------

grown='s/^  uint64_t \(\*wall_time\)\(void \*context\);/&\n  \/* [any | all | nothing | none] More. *\/\n  uint64_t (*cpu_time)(void *context);/'

# released: the header before it was broken is the newest release.
released() {
  mkdir -p "$gates/9.0"
  cp -r "$here/../../SDK/C/include/torii" "$gates/9.0"
  python3 "$gates/layout.py" --include "$gates/9.0" >"$gates/9.0/layout.txt"
}

broken "growth without another minor" "$grown; s/^#define TORII_ABI_MINOR .*/#define TORII_ABI_MINOR 0/"
released
refuses layout 'since 9.0 there is more .*TORII_ABI_MINOR is still [0-9]+: raise it'
refuses layout 'TORII_ABI_MINOR is still [0-9]+: raise it' --accept
passes abidiff

broken "growth that was not agreed on" "$grown; s/^#define TORII_ABI_MINOR [0-9]+/&9/"
released
refuses layout 'not agreed on yet: field torii_host.cpu_time'
refuses layout 'run Tests/ABI/run.sh --accept'
passes layout --accept
passes layout
what="what was agreed on is taken back"
cp "$here/../../SDK/C/include/torii/plugin.h" "$header"
refuses layout 'field torii_host.cpu_time is gone'

broken "growth and another type in one struct" "$grown; s/^  const char \*version; \/\* of the gateway/  const uint8_t *version; \/* of the gateway/"
refuses layout 'field torii_host.version was'
refuses abidiff 'take_torii_host_version'

broken "growth that only a break can be accepted with" 's/^  void \*context;$/  void *extra;\n&/; s/^#define TORII_ABI_MINOR [0-9]+/&9/'
refuses layout 'field torii_host.context moved' --accept
what="a break that --accept has written down"
cmp -s "$gates/layout.txt" "$here/layout.txt" || { failed=1; echo "selftest: $what"; }

broken "an appended field that ends with padding" "s/^  uint64_t \(\*wall_time\)\(void \*context\);/&\n  uint32_t odd;/"
refuses layout 'struct torii_host ends with padding'

broken "a new struct that cannot grow" 's/^typedef struct torii_header \{/typedef struct torii_new {\n  uint64_t value;\n} torii_new;\n\n&/'
refuses layout 'struct torii_new does not begin with .uint32_t struct_size'
refuses layout 'struct torii_new has no static assert'

broken "a type that is not the same everywhere" 's/^  uint64_t \(\*wall_time\)\(void \*context\);/&\n  unsigned long (*cpu_time)(void *context);/'
refuses layout 'uses long, unsigned'

broken "an enumeration" 's/^typedef struct torii_header \{/typedef enum torii_kind { TORII_KIND_ONE } torii_kind;\n\n&/'
refuses layout 'not understood|neither a typedef'

broken "a keyword of Go" 's/^  uint64_t \(\*wall_time\)\(void \*context\);/&\n  uint64_t (*range)(void *context);/'
refuses layout 'range is a keyword'

broken "a name without a prefix" 's/^typedef uint32_t torii_metric_id;/&\ntypedef uint32_t metric_id;/'
refuses layout 'metric_id does not begin with torii_'

what="a release that was edited"
fresh
change 's/^#define TORII_HOLD 4/#define TORII_HOLD 9/' "$gates/1.0/torii/plugin.h"
refuses layout 'a release is never edited'

# drafted: a fresh copy with a draft that has been agreed on.
drafted() {
  fresh
  change '0,/^#ifdef __cplusplus\n?$/b; /^#ifdef __cplusplus/i #define TORII_SAMPLE_INTERFACE "torii.sample/1"\ntypedef struct torii_sample_interface {\n  uint32_t struct_size;\n  uint32_t reserved;\n  /* [any | all | nothing | none] */\n  int32_t (*sum)(void *context, int64_t addend);\n} torii_sample_interface;' \
    "$include/torii/draft.h"
  run layout --accept >/dev/null
}

what="a draft that changed and kept its revision"
drafted
change 's/context, int64_t addend/context, int32_t addend/' "$include/torii/draft.h"
refuses layout 'draft torii.sample/1 changed: it takes the next revision'
refuses layout 'draft torii.sample/1 changed: it takes the next revision' --accept
what="a draft of the next revision"
change 's/"torii.sample\/1"/"torii.sample\/2"/' "$include/torii/draft.h"
refuses layout 'draft.h is not as draft_layout.txt says'
passes layout --accept

# --- Tags ---------------------------------------------------------------------------------------------------------------

broken "a function without a tag" 's/\[any \| all, and without a request \| nothing \| none\] Monotonic/Monotonic/'
refuses tags 'torii_host.monotonic_time has no tag'

broken "a function without a comment" '/\[any \| all, and without a request \| nothing \| none\] Monotonic/d'
refuses tags 'torii_host.monotonic_time has no comment right before it'

broken "a tag without errors" 's/ \| nothing \| none\] Monotonic/ | nothing] Monotonic/'
refuses tags 'torii_host.monotonic_time has no tag'

broken "a thread that does not exist" 's/\[any( \| all, and without a request \| nothing \| none\] Monotonic)/[main\1/'
refuses tags 'torii_host.monotonic_time: the thread is .main.'

broken "an error that does not exist" 's/gives a number \| NOT_FOUND: no such attribute/gives a number | MISSING: no such attribute/'
refuses tags 'torii_request_interface.number: there is no error TORII_E_MISSING'

# --- Headers ------------------------------------------------------------------------------------------------------------

# spoilt WHAT EXPRESSION [FILE]: with its asserts.
spoilt() {
  what=$1
  fresh
  change "$2" "${3:-$header}"
}

spoilt "a field that moved" 's/^  void \*context;$/  void *extra;\n&/'
refuses header 'torii_host.*(has moved|another size)'
refuses layout 'does not compile'

spoilt "a keyword of C++" 's/^  uint32_t max_x;//; s/^  uint32_t port;/  uint32_t class;/; s/torii_target, port/torii_target, class/'
refuses header 'does not compile with .*\+\+'

spoilt "what only GNU C has" 's/^  void \*instance_data;         /  uint8_t nothing[0];\n&/'
refuses header 'does not compile with'

spoilt "a word of C23" 's/^  uint32_t port;.*/  bool port;/'
refuses header 'does not compile with .*-std=c11'

spoilt "a header that needs another" 's/#include <stdint.h>/&\n#include <stdio.h>/'
refuses header 'includes more than stddef.h and stdint.h'

spoilt "a header that includes drafts" 's/#include <stdint.h>/&\n#include "draft.h"/'
refuses header 'includes (drafts|more than)'

spoilt "a constant that Swift does not see" 's/^#define TORII_BODY_LAST 1u/#define TORII_BODY_LAST UINT32_C(1)/'
refuses header "TORII_BODY_LAST"

spoilt "padding in a struct without an assert" 's/^typedef struct torii_header \{/typedef struct torii_padded {\n  uint32_t struct_size;\n  void *pointer;\n} torii_padded;\n\n&/'
refuses header 'does not compile with'

what="a draft that does not compile"
drafted
change 's/^  uint32_t reserved;/  uint33_t reserved;/' "$include/torii/draft.h"
refuses header 'torii/draft.h does not compile'

# --- Samples ------------------------------------------------------------------------------------------------------------

spoilt "a sample that was built anew" 's/^0*(.)/\1/; s/[0-9a-f]{4}  /0000  /' "$work/tree/Tests/ABI/1.0/SHA256SUMS"
refuses samples 'is not the binary that was kept'

what="a sample that is gone"
fresh
rm "$gates"/1.0/*/libabi10-flow.so
refuses samples 'libabi10-flow.so is missing'

spoilt "a function that no sample calls" 's/operations->cancel\(/operations->timer(/' "$work/tree/Tests/ABI/1.0/abi10-async.c"
refuses samples 'torii_async_interface.cancel is in no sample'

broken "sources that do not compile any more" 's/^#define TORII_E_PHASE/#define TORII_E_WRONG_PHASE/'
refuses samples 'do not compile with the present header'

# --- Symbols ------------------------------------------------------------------------------------------------------------

fresh
entry='const void *torii_plugin_entry(unsigned major, unsigned minor) { (void)major, (void)minor; return 0; }'

# plugin TEXT FLAGS…: a library, checked.
plugin() {
  local text=$1 expected=$2 compiler=gcc
  shift 2
  case "$*" in *-xc++*) compiler=g++ ;; esac
  printf '%s\n' "$text" >"$work/plugin.c"
  $compiler -shared -fPIC -o "$work/libplugin.so" "$@" "$work/plugin.c"
  count=$((count + 1))
  if python3 "$gates/check_symbols.py" "$work/libplugin.so" >"$work/said" 2>&1; then
    [ "$expected" = passes ] && return
    failed=1
    echo "selftest: the gate symbols lets this pass: $text"
  elif [ "$expected" = passes ] || ! grep -qE -- "$expected" "$work/said"; then
    failed=1
    echo "selftest: the gate symbols says something else of: $text"
    head -n 5 "$work/said" | sed 's/^/  /'
  fi
}

map=-Wl,--version-script=$work/tree/SDK/C/plugin.map
plugin "$entry" passes "$map"
plugin "$entry int other(void) { return 1; }" 'exports other'
plugin "int other(void) { return 1; }" 'does not export torii_plugin_entry' "$map"
plugin "int torii_host_call(void); int use(void); int use(void) { return torii_host_call(); } $entry" 'needs torii_host_call' -Wl,--export-dynamic
plugin "__attribute__((weak)) int torii_host_call(void); int use(void) { return torii_host_call ? torii_host_call() : 0; } $entry" 'needs torii_host_call'
plugin "$entry" 'is linked with libstdc\+\+' "$map" -Wl,--no-as-needed -lstdc++
plugin "$entry" 'executable stack' "$map" -z execstack
plugin "extern \"C\" $entry template <class T> struct S { static int value; }; template <class T> int S<T>::value = 1; int use() { return S<int>::value++; }" \
  'as unique' -xc++ -nostdlib

[ "$failed" = 0 ] || exit 1
echo "selftest: $count checks: every gate refuses what it must, and nothing else"
