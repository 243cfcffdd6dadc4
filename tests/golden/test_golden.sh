#!/usr/bin/env bash
# The same bits everywhere: 200 updates of a 4-64-64-2 policy with a value network, in both precisions, give the numbers
# whose hash is in expected.txt: on every path of this machine's CPU, unoptimised, by gcc and by clang, and on ARM64,
# emulated. `make golden` installs what a variant needs; without it that variant is skipped, and says so.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/shared.sh"
top=$(cd "$tests/../.." && pwd)
BUILD=$(realpath "${BUILD:-$(dirname "$LURE")}")
cd "$top" || exit 2

run() { # run PROGRAM...: hashes of both precisions
    local precision
    for precision in single double; do
        rm -rf "$here/out"
        if "$@" run "tests/golden/experiments/$precision.lua" --out "$here/out" >"$here/said" 2>&1; then
            echo "$precision $(sha256sum <"$here/out/metrics.csv" | cut -d' ' -f1)"
        else
            echo "$precision failed: $(tail -n 1 "$here/said")"
        fi
    done
}

golden() { # golden WHAT PROGRAM...
    local what=$1
    shift
    check "$what" "$(cat tests/golden/expected.txt)" "$(run "$@")"
}

build() { # build WHAT FOLDER MAKE-VARIABLE...: builds build/FOLDER/lure
    local what=$1 folder=$2
    shift 2
    make SETUP=no "$@" "build/$folder/lure" >"$here/built" 2>&1 && return
    check "$what builds" yes "$(tail -n 3 "$here/built")"
    return 1
}

for path in portable avx2 avx512; do
    if why=$(LURE_CPU=$path "$LURE" --version 2>&1 >/dev/null) && why=$(LURE_CPU=$path "$LURE" doctor 2>&1 >/dev/null); then
        LURE_CPU=$path golden "$(basename "$BUILD"), $path" "$LURE"
    else
        skip "$(basename "$BUILD"), $path" "$(tail -n 1 <<<"$why")"
    fi
done

if [ "$(basename "$BUILD")" = release ]; then # the others are held to the same hash by this one
    golden "gcc -O0" build/debug/lure
    LURE_CPU=portable golden "gcc -O0, portable" build/debug/lure
    if command -v clang >/dev/null; then
        build "clang -O2" release-clang CC=clang && golden "clang -O2" build/release-clang/lure
        build "clang -O0" debug-clang CC=clang VARIANT=debug && golden "clang -O0" build/debug-clang/lure
    else
        skip "clang" "there is no clang"
    fi
    arm=aarch64-linux-gnu
    libraries=/usr/lib/$arm/pkgconfig
    if ! command -v $arm-gcc >/dev/null || ! command -v qemu-aarch64 >/dev/null; then
        skip "ARM64" "there is no $arm-gcc with qemu-aarch64"
    elif ! PKG_CONFIG_LIBDIR=$libraries pkg-config --exists lua5.4 sleef jansson libmd sqlite3 libseccomp; then
        skip "ARM64" "not all libraries are there for it"
    elif [ "$(uname -m)" = aarch64 ]; then
        skip "ARM64, emulated" "this is such a machine"
    else
        PKG_CONFIG_LIBDIR=$libraries build "ARM64" release-$arm-gcc CC=$arm-gcc &&
            golden "ARM64, emulated" qemu-aarch64 -L /usr/$arm "build/release-$arm-gcc/lure"
    fi
fi
finish
