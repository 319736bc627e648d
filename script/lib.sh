# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the scripts share: where the repository is, how a step and a failure are told. Sourced, not run.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
ROOT=$PWD
export ROOT

# One line a step, on standard error, so that a script's output stays its own.
say() {
    printf '==> %s\n' "$*" >&2
}

# What went wrong and what to do, one argument a line; then the end.
fail() {
    printf 'error: %s\n' "$1" >&2
    shift
    [ $# -eq 0 ] || printf '       %s\n' "$@" >&2
    exit 1
}

# Run a command whose output matters only when it fails: quietly LOG COMMAND...
quietly() {
    local log=$1
    shift
    mkdir -p "$(dirname "$log")"
    "$@" >"$log" 2>&1 </dev/null || {
        tail -n 60 "$log" >&2
        return 1
    }
}

# Configure a build folder when its options are new, and build it: build_in FOLDER MESON-OPTION...
# Meson configures again by itself when a meson.build changed.
build_in() {
    local folder=$1 again=()
    shift
    [ ! -e "$folder/build.ninja" ] || again=(--reconfigure)
    if [ "$*" != "$(cat "$folder/options.txt" 2>/dev/null)" ]; then
        say "configuring $folder"
        quietly "$ROOT/build/configure.log" meson setup "${again[@]}" "$folder" "$@" ||
            fail "meson could not configure $folder; the lines above say why." \
                "A folder left over from another machine or place helps nobody: rm -rf $folder"
        printf '%s\n' "$*" >"$folder/options.txt"
    fi
    say "building $folder"
    quietly "$folder/build.log" ninja -C "$folder" || fail "the build in $folder failed; the lines above say where."
}

# The optimized program: build/latchkey. A compiler newer than ours may warn of more, which should not keep anybody
# from running it; script/lint builds with -Werror.
build_program() {
    build_in build -Dbuildtype=debugoptimized -Dtests=false -Dwerror=false
}

# The program and its unit tests under AddressSanitizer and UndefinedBehaviorSanitizer.
build_asan() {
    build_in build/asan -Dbuildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false
}

# The same under ThreadSanitizer, which can't be mixed with the others.
build_tsan() {
    build_in build/tsan -Dbuildtype=debugoptimized -Db_sanitize=thread -Db_lundef=false
}

# The fuzz targets: clang's libFuzzer with the same sanitizers. The library is instrumented too, or the fuzzer would not
# see where its inputs lead.
build_fuzz() {
    CC=clang build_in build/fuzz -Dbuildtype=debugoptimized -Dfuzz=true -Dtests=false \
        -Dc_args=-fsanitize=fuzzer-no-link \
        -Db_sanitize=address,undefined -Db_lundef=false
}

# The fuzz targets and unit tests, which then say what they reached. No optimization: each statement is to be itself.
build_coverage() {
    CC=clang build_in build/coverage -Dbuildtype=debug -Dfuzz=true -Dwerror=false \
        '-Dc_args=-fprofile-instr-generate -fcoverage-mapping' -Dc_link_args=-fprofile-instr-generate
}
