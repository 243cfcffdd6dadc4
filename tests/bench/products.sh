#!/usr/bin/env bash
# products.sh: the kernels by themselves, and the products of matrices beside OpenBLAS, BLIS and libxsmm, in ROUNDS=5 rounds
# on one pinned processor. `make bench ARGS=products` calls it with BUILD. Writes tables to stdout, build/bench_kernels.csv
# and build/bench_products.csv. A library that is not there is left out, and the table says so. Exit code 1: one did not
# finish.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
bench=$(realpath "${BUILD:?}")/bench || exit 2
pin=() failed=0
if command -v taskset >/dev/null; then
    pin=(taskset -c "$(taskset -cp $$ | sed 's/.*[ ,-]//')") # the last: the first serves most interrupts
fi

# Debian has libxsmm as an archive alone; products looks for a shared object.
xsmm=$(gcc -print-file-name=libxsmm.a 2>/dev/null)
if ! [ -f "$xsmm" ]; then
    echo 'bench: no libxsmm to compare with: there is no libxsmm.a (Debian: libxsmm-dev)' >&2
elif ! [ "$bench/libxsmm.so.1" -nt "$xsmm" ] &&
    ! gcc -shared -o "$bench/libxsmm.so.1" -Wl,--whole-archive "$xsmm" -Wl,--no-whole-archive \
        -L"${xsmm%/*}" -lxsmmnoblas -lm -ldl -lpthread; then
    echo "bench: no libxsmm to compare with: $xsmm does not link" >&2
fi
"${pin[@]}" "$bench/kernels" "${ROUNDS:-5}" build/bench_kernels.csv || failed=1
echo
LD_LIBRARY_PATH=$bench${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} "${pin[@]}" \
    "$bench/products" "${ROUNDS:-5}" build/bench_products.csv || failed=1
exit $failed
