#!/usr/bin/env bash
# all.sh [PART...]: the benchmark, or parts of it: lesson (the lesson's updates beside C, Lua and PyTorch), maths (what
# scripts compute beside PyTorch), products (the kernels beside OpenBLAS, BLIS and libxsmm), worlds (stepping CartPole beside a
# bare Lua loop, Gymnasium and C), ppo (training beside CleanRL), and only where they are named, as each takes a quarter of an
# hour, batch (what a batch costs beside its runs) and learning (what the experiments learn, ten seeds each). `make bench` calls
# it with LURE and BUILD. Exit code 1: something did not run.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 2
cd "$here/../.." || exit 2
failed=0
for part in "${@:-lesson maths products worlds ppo}"; do
    for word in $part; do
        case $word in
            lesson) bash tests/bench/run.sh || failed=1 ;;
            maths) bash tests/bench/maths.sh || failed=1 ;;
            products) bash tests/bench/products.sh || failed=1 ;;
            worlds) bash tests/bench/worlds.sh || failed=1 ;;
            ppo) bash tests/bench/ppo.sh || failed=1 ;;
            batch) bash tests/bench/batch.sh || failed=1 ;;
            learning) bash tests/bench/learning.sh || failed=1 ;;
            *) echo "bench: there is no part '$word'; known: lesson, maths, products, worlds, ppo, batch, learning" >&2; exit 2 ;;
        esac
        echo
    done
done
exit $failed
