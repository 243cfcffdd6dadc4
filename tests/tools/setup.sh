#!/bin/sh
# setup.sh PACKAGE...: makes sure that these Debian packages are installed. Installs only what is missing, with apt,
# as root or through sudo; where that cannot be done it prints the line to type and exits 2. A package "name:arm64" is
# another architecture's, which dpkg is told to accept.
# V=1 shows what apt says. Quiet and quick (one dpkg-query a package) when nothing is missing.

installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | head -n 1)" = installed ]
}

list_missing() {
    for package; do
        installed "$package" || printf ' %s' "$package"
    done
}

refuse() { # refuse REASON
    echo "$1. To install what is missing, type as root:" >&2
    echo "  apt-get update && apt-get install -y --no-install-recommends$missing" >&2
    echo "(or, where these are present under other names, add SETUP=no)" >&2
    exit 2
}

missing=$(list_missing "$@")
[ -n "$missing" ] || exit 0

command -v apt-get >/dev/null || refuse "There is no apt-get here"
as_root=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || refuse "Not root, and there is no sudo"
    # ask for a password only where somebody can type it
    sudo -n true 2>/dev/null || { (: </dev/tty) 2>/dev/null && sudo -v; } || refuse "Not root, and sudo does not let us in"
    as_root=sudo
fi

log=$(mktemp) || exit 2
trap 'rm -f "$log"' EXIT

apt() { # a fresh machine may be busy with its own updates: wait for the lock
    set -- $as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@"
    if [ -n "$V" ]; then
        echo "$@"
        "$@" </dev/null
    else
        "$@" </dev/null >>"$log" 2>&1
    fi
}

install_missing() { # $missing is a list of words
    apt install -y --no-install-recommends $missing
}

for package in $missing; do
    case $package in
    *:*)
        dpkg --print-foreign-architectures | grep -qx "${package#*:}" && continue
        echo "DPKG  --add-architecture ${package#*:}"
        $as_root dpkg --add-architecture "${package#*:}" && apt update || refuse "dpkg --add-architecture failed"
        ;;
    esac
done
echo "APT  $missing"
# without package lists there is nothing to install from; with old ones the files may be gone
{ apt install --simulate $missing >/dev/null && install_missing; } || { apt update && install_missing; } || {
    tail -n 20 "$log" >&2
    refuse "apt-get failed"
}
missing=$(list_missing "$@")
[ -z "$missing" ] || refuse "apt-get said that all is well, but it is not"
