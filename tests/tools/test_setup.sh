#!/usr/bin/env bash
# The installer of packages, against a made-up dpkg and apt: it asks for nothing that is there, takes the shortest
# way to what is not, and says what to type where it may not install.
. "$(dirname "$0")/expect.sh"
bin=$here/bin
mkdir "$bin"
for tool in sh env head tail mktemp rm grep cat; do ln -s "$(command -v "$tool")" "$bin/$tool"; done

tool() { # tool NAME COMMANDS: a made-up program
    printf '#!/bin/sh\n%s\n' "$2" >"$bin/$1"
    chmod +x "$bin/$1"
}
tool id 'echo "$USER_ID"'
tool dpkg-query 'for p; do :; done; if grep -qx "$p" "$HERE/installed"; then echo installed; else echo not-installed; exit 1; fi'
fake_apt='
echo "$@" >>"$HERE/calls"
for last; do :; done
case "$*" in
*--simulate*) test -f "$HERE/lists" ;;
*update*) test ! -f "$HERE/offline" && : >"$HERE/lists" ;;
*install*) test "$last" != broken && echo "$last" >>"$HERE/installed" ;;
esac'
tool apt-get "$fake_apt"

setup() { # setup USER_ID PACKAGE...
    local user=$1
    shift
    : >"$here/calls"
    env -i PATH="$bin" HERE="$here" USER_ID="$user" sh "$top/tests/tools/setup.sh" "$@" </dev/null
}
calls_of() { # calls_of TEXT COMMAND...: how many calls begin with it
    local text=$1
    shift
    "$@" >/dev/null
    grep -c "^$text" "$here/calls"
}
calls() { setup "$@" >/dev/null; grep -c . "$here/calls"; }
line="apt-get update && apt-get install -y --no-install-recommends"

printf 'gcc\nlibmd-dev\n' >"$here/installed"
expect "nothing is missing" 0 "" setup 0 gcc libmd-dev
expect "then apt is left alone" 1 "0" calls 0 gcc libmd-dev
expect "not root, but nothing is missing" 0 "" setup 1000 gcc
expect "without lists: update, then install" 0 "sleef" setup 0 gcc sleef
expect "it did fetch the lists" 0 "update" cat "$here/calls"
expect "with lists: two calls, no update" 0 "2" calls 0 gcc jansson
expect "it is installed" 0 "jansson" cat "$here/installed"
expect "apt fails" 2 "$line broken" setup 0 gcc broken
tool dpkg 'echo "dpkg $*" >>"$HERE/calls"; case "$1" in --print*) cat "$HERE/foreign" ;; *) echo "$2" >>"$HERE/foreign" ;; esac'
: >"$here/foreign"
expect "a package of another architecture" 0 "--add-architecture arm64" setup 0 gcc lua:arm64
expect "dpkg was told" 0 "arm64" cat "$here/foreign"
expect "once is enough" 0 "sleef:arm64" setup 0 sleef:arm64
expect "so it was not told again" 1 "0" calls_of "dpkg --add" setup 0 jansson:arm64
rm "$here/lists" && : >"$here/offline"
expect "no network" 2 "$line lua" setup 0 lua
rm "$here/offline"

expect "not root, no sudo" 2 "$line lua" setup 1000 gcc lua
tool sudo 'exit 1'
expect "sudo refuses" 2 "sudo does not let us in" setup 1000 lua
tool sudo 'echo "sudo $*" >>"$HERE/calls"; case "$1" in -n | -v) ;; *) exec "$@" ;; esac'
expect "through sudo" 0 "lua" setup 1000 lua
expect "sudo was used" 0 "sudo env DEBIAN_FRONTEND=noninteractive" cat "$here/calls"
rm "$bin/apt-get" "$bin/dpkg-query"
expect "no Debian" 2 "$line gcc" setup 0 gcc
tool dpkg-query 'exit 1'
tool apt-get ':'
expect "apt lies" 2 "but it is not" setup 0 gcc
finish
