#!/usr/bin/env bash
# AVX-512 on a CPU that has none: Bochs emulates a whole machine with it, which starts Debian's kernel and, in place of
# a system, init.sh. The golden hash must come out there as anywhere, and the C tests of the loops must pass.
# Takes minutes, so only `make golden` does it; that installs Bochs. The kernel is fetched by apt-get into build/, never
# installed. A CPU with AVX-512 needs none of this: test_golden.sh runs that path there.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/shared.sh"
top=$(cd "$tests/../.." && pwd)
BUILD=$(realpath "${BUILD:-$(dirname "$LURE")}")

give_up() { # give_up WHY
    skip "AVX-512, emulated" "$1"
    finish
}

find_kernel() { # sets kernel to a bzImage of Debian's smallest build, fetched once
    local folder=$top/build/kernel package
    kernel=$(compgen -G "$folder/boot/vmlinuz-*" | tail -n 1)
    [ -z "$kernel" ] || return 0
    package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/.*Depends: \(linux-image-\)/\1/p' | tail -n 1)
    [ -n "$package" ] && apt-get download "$package" >"$here/said" 2>&1 || return
    dpkg-deb --fsys-tarfile "$package"_*.deb | tar -x --one-top-level="$folder" --wildcards './boot/vmlinuz-*' || return
    kernel=$(compgen -G "$folder/boot/vmlinuz-*")
}

put() { # put PROGRAM...: into the emulated machine's files, stripped, with the libraries that it needs
    local program
    for program; do
        strip -o "root/bin/$(basename "$program")" "$program" || return
        ldd "$program" | grep -o '/[^ ]*' | xargs -I{} cp -nL --parents {} root || return
    done
}

make_disc() { # disc.iso: the boot loader, the kernel and what is to run
    mkdir -p disc root/{bin,dev,proc,tmp,lure/tests} || return
    put "$LURE" "$BUILD/unit" "$(command -v bash)" "$(command -v mount)" "$(command -v sha256sum)" || return
    cp -r "$top/environments" "$top/scripts" root/lure && cp -r "$top/tests/golden" root/lure/tests || return
    install -m 755 "$top/tests/golden/init.sh" root/init || return
    (cd root && find . | cpio --quiet -o -H newc -R 0:0) >disc/files || return
    cp "$kernel" disc/kernel || return
    cp /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 disc || return
    # Bochs gives the size of a compact XSAVE area wrongly, at which Linux turns AVX off: do without compact ones
    cat >disc/isolinux.cfg <<'END'
default lure
label lure
linux kernel
initrd files
append console=ttyS0 quiet nokaslr mitigations=off cryptomgr.notests clearcpuid=xsavec,xsaves panic=-1 reboot=triple
END
    xorriso -as mkisofs -quiet -o disc.iso -b isolinux.bin -c boot.cat -no-emul-boot -boot-load-size 4 \
        -boot-info-table disc
}

emulate() { # runs disc.iso to its end; what init.sh says comes into the file told, what the kernel says into console
    cat >machine <<'END'
display_library: term
cpu: model=corei7_skylake_x, ips=50000000, reset_on_triple_fault=0
clock: sync=none
megs: 256
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
ata0-master: type=cdrom, path=disc.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=console
com2: enabled=1, mode=file, dev=told
sound: driver=dummy
panic: action=fatal
error: action=ignore
log: log
END
    echo c >commands # Debian's Bochs stops in its debugger first
    # it wants a terminal to draw the screen on; its exit code is 1 however the machine was turned off
    TERM=vt100 timeout -k 10 840 script -qec 'bochs -q -f machine -rc commands' /dev/null >screen </dev/null 2>&1
    tr -d '\r' <told
}

grep -qw avx512f /proc/cpuinfo && give_up "this CPU has AVX-512"
[ "$(uname -m)" = x86_64 ] || give_up "this is no x86-64 machine"
[ "$(basename "$BUILD")" = release ] || give_up "the release build stands for the others"
[ -n "${EMULATE:-}" ] || give_up "takes minutes; make golden runs it"
for tool in bochs xorriso cpio script strip; do
    command -v $tool >/dev/null || give_up "there is no $tool"
done
[ -f /usr/share/bochs/BIOS-bochs-latest ] && [ -f /usr/share/bochs/VGABIOS-lgpl-latest ] &&
    [ -f /usr/lib/ISOLINUX/isolinux.bin ] && [ -f /usr/lib/syslinux/modules/bios/ldlinux.c32 ] ||
    give_up "there is no BIOS for Bochs, or no boot loader"
find_kernel || give_up "no kernel could be had from apt-get: $(tail -n 1 said)"

make_disc >said 2>&1
check "a disc for the emulated machine" "0" "$?"
told=$(emulate)
check "AVX-512, emulated: the path taken" "path avx512" "$(grep '^path' <<<"$told")"
check "AVX-512, emulated: the hash" "$(cat "$top/tests/golden/expected.txt")" "$(grep -E '^(single|double)' <<<"$told")"
check "AVX-512, emulated: the C tests" "0 failed" "$(sed -n 's/^[0-9]* passed, //p' <<<"$told")"
[ "$failed" = 0 ] || { echo "$told" && tail -n 20 said console log; }
finish
