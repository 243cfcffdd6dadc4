#!/bin/bash
# What the emulated machine of test_avx512.sh runs in place of a system: tells on its second serial port which path
# lure takes there, the hashes of both precisions and how C tests of the loops went, and turns itself off.
export PATH=/bin TMPDIR=/tmp LC_ALL=C
mount -t devtmpfs dev /dev
mount -t proc proc /proc
exec >/dev/ttyS1 2>&1
cd /lure || exit

said=$(lure doctor)
[[ $said =~ cpu\ path\ +([a-z0-9]+) ]] && echo "path ${BASH_REMATCH[1]}"
for precision in single double; do
    if said=$(lure run tests/golden/experiments/$precision.lua --out /tmp/$precision 2>&1); then
        hash=$(sha256sum </tmp/$precision/metrics.csv)
        echo "$precision ${hash%% *}"
    else
        echo "$precision failed: $said"
    fi
done
# What compares the paths of products, maps and optimizers, where it is quick: a second elsewhere is minutes here. Not
# test_kernel_map's bounds of doubles: their reference is the x87 unit's logarithm, which Bochs gives wrong by some
# 2^-52, and ours rightly.
unit test_kernel/{products_equal,sums,rows,a_layer} test_optimizer_paths/{every,the_sum} \
    test_kernel_map/{ends,every,where,a_step,derivatives,two,plain}
echo o >/proc/sysrq-trigger
read -r -t 60 _ <>/dev/ttyS0
