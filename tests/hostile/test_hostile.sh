#!/usr/bin/env bash
# test_hostile.sh: every script of hostile/scripts does its worst in one batch. Each ends as its first line says (cases.lua), the run
# behind it is byte by byte what it is without it, the batch comes to its end and counts right, nothing is written but into its
# folder, and no process stays. Then what is no run of a batch: batch scripts, single commands, files that are none.
set -u
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LURE=$(realpath "${LURE:-build/lure}") || exit 2
export LC_ALL=C.UTF-8 NO_COLOR=1 HOSTILE_TEST=$$
here=$(mktemp -d)
trap 'chmod -R u+rwX "$here"; rm -rf "$here"' EXIT
passed=0 failed=0 skipped=0
check() { # check NAME EXPECTED GOT
    if [ "$2" = "$3" ]; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        printf 'FAIL %s\n  expected: %s\n  got:      %.2000s\n' "$1" "$2" "$3"
    fi
}
says() { # says NAME TEXT FILE
    check "$1: says $2" yes "$(if grep -qaF -- "$2" "$3"; then echo yes; else head -c 2000 "$3"; fi)"
}
add() { # add FILE: what judge.lua counted
    local line p f
    grep -a FAIL -A 1 "$1"
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$1") || { cat "$1"; line='0 passed, 1 failed'; }
    read -r p _ f _ <<<"$line"
    passed=$((passed + p)) failed=$((failed + f))
}

# slower builds compute longer before they have eaten their memory
step_seconds=0.3
case $(realpath "${BUILD:-$(dirname "$LURE")}") in *asan* | *ubsan*) step_seconds=1 && export SANITIZED=1 ;; esac

mkdir "$here/work" && cd "$here/work" || exit 2
mkdir rewards schedules learning_rates algorithms environments experiments batches

# ---- files that are none: name, outcome, text ----

good='return function(s) return (s.portion == "large") == (s.hunger > 0.5) and 1 or -1 end'
mkdir rewards/file_folder.lua
mkfifo rewards/file_pipe.lua
ln -s /dev/zero rewards/file_device.lua
ln -s file_circle.lua rewards/file_circle.lua
ln -s /nowhere rewards/file_dangling.lua
: >rewards/file_empty.lua
printf '\xef\xbb\xbf%s\n' "$good" >rewards/file_mark.lua
printf -- '-- x\r\n%s\r\n' "$good" >rewards/file_returns.lua
printf '#!/usr/bin/lua\n%s\n' "$good" >rewards/file_shebang.lua
printf -- '-- \xff\xfe\xc0\x80\n%s\n' "$good" >rewards/file_bytes.lua
printf 'local s = "\xff\xfe"\n%s\0\n' "$good" >rewards/file_zeros.lua
printf '\033Lua\x54\0\x19\x93\r\n\x1a\n\4\x8\x8' >rewards/file_bytecode.lua
{ printf 'local x = 1 --'; head -c 3000000 /dev/zero | tr '\0' x; printf '\n%s\n' "$good"; } >rewards/file_long_line.lua
{ printf 'local '; head -c 3000000 /dev/zero | tr '\0' x; printf ' = 1\n%s\n' "$good"; } >rewards/file_long_name.lua
printf 'return \033[2J\n' >rewards/file_escape.lua
truncate -s 100M rewards/file_large.lua
cat >files.txt <<'END'
file_folder host_io not found
file_pipe host_io not found
file_device host_io not found
file_circle host_io not found
file_dangling host_io not found
file_empty script_error reward 'rewards/file_empty.lua' returned
file_mark script_error unexpected symbol
file_returns ok
file_shebang script_error unexpected symbol
file_bytes ok
file_zeros script_error rewards/file_zeros.lua:2:
file_bytecode script_error attempt to load a binary chunk
file_long_line ok
file_long_name ok
file_escape script_error rewards/file_escape.lua:1: unexpected symbol near '<\27>'
file_large host_io it has more than 4194304 bytes
END

# ---- the batch ----

lua5.4 "$scripts/prepare.lua" "$scripts" $step_seconds files.txt >prepared.txt || exit 2
grep -a FAIL prepared.txt
check 'each script says what it expects' 0 "$(grep -ac FAIL prepared.txt)"
read -r n_runs n_batches < <(tail -n 1 prepared.txt)
check 'at least sixty scripts' yes "$([ "$(find "$scripts/scripts" -name '*.lua' | wc -l)" -ge 60 ] && echo yes)"

"$LURE" run good_0 --out ../alone >../alone.txt 2>&1
check 'the good run alone: exit code' 0 $?
before=$(find "$here" -path "$here/work/out" -prune -o -printf '%p %s %T@\n' | grep -v "^$here/work " | sort)
timeout -k 5 800 "$LURE" batch hostile --jobs 2 --out out --json >../report.json 2>../report.err
check 'the batch: exit code' 1 $?
after=$(find "$here" -path "$here/work/out" -prune -o -printf '%p %s %T@\n' | grep -v -e "^$here/work " -e "^$here/report\." | sort)
check 'nothing is written but into its folder' "$(grep -v "^$here " <<<"$before")" "$(grep -v "^$here " <<<"$after")"
lua5.4 "$scripts/judge.lua" "$scripts" files.txt ../report.json >../judged.txt 2>&1
add ../judged.txt
check 'every good run is the one alone' "$n_runs" \
    "$(find out -path '*/good_*/metrics.csv' -exec sha256sum {} + | grep -c "^$(sha256sum <../alone/metrics.csv | cut -d ' ' -f 1) ")"
check 'nothing on the terminal but text' '' "$(tr -d '\11\12\40-\176\200-\377' <../report.err | od -c | head -n 3 | grep -v '^0000000$')"

# ---- batch scripts ----

for script in "$scripts"/scripts/batch_*.lua; do
    name=$(basename "$script" .lua)
    timeout -k 5 60 "$LURE" batch "$name" --out "out/$name" >../single.txt 2>&1
    lua5.4 "$scripts/judge.lua" "$scripts" "$script" $? ../single.txt >../judged.txt 2>&1
    add ../judged.txt
done
check 'as many batch scripts as there are' "$n_batches" "$(find "$scripts/scripts" -name 'batch_*.lua' | wc -l)"

# ---- single commands ----

alone() { # alone NAME CODE TEXT ARGUMENTS...: within a minute
    local name=$1 code=$2 text=$3
    shift 3
    timeout -k 5 60 "$LURE" "$@" >../single.txt 2>&1 </dev/null
    check "$name: exit code" "$code" $?
    says "$name" "$text" ../single.txt
}
limits=(--set "limits.step_seconds=$step_seconds" --set limits.memory_mb=64)
alone 'a run with a loop' 3 'rewards/loop_reward.lua:2: time limit' run loop_reward "${limits[@]}" --out out/single_loop
alone 'a run in one call' 3 'algorithms/tensor_expanded_sum.lua:' run tensor_expanded_sum "${limits[@]}" --out out/single_call
alone 'a run without memory' 3 'rewards/memory_table.lua:4: memory limit' run memory_table "${limits[@]}" --out out/single_memory
alone 'a run out of a pipe' 4 'not found' run fry_shacks --set reward=rewards/file_pipe.lua --out out/single_pipe
alone 'a check of a loop' 1 'loop_chunk.lua' check rewards/loop_chunk.lua
alone 'a check of a pipe' 4 'file_pipe.lua' check rewards/file_pipe.lua
cat >environments/loop_render.lua <<'END'
local world = { actions = { "a", "b" }, observation = { "x" } }
function world.reset(s) s.x = 0 end
function world.step(s) return false end
function world.reward(s) return 0 end
function world.render(s) while true do end end
return world
END
alone 'a trace with a loop in render' 3 'environments/loop_render.lua:5: time limit' trace loop_render --actions a --render

# ---- what is left ----

check 'no process is left' '' "$(grep -lza "^HOSTILE_TEST=$$\$" /proc/[0-9]*/environ 2>/dev/null | cut -d / -f 3 |
    while read -r pid; do [ "$(readlink "/proc/$pid/exe")" = "$LURE" ] && echo "$pid"; done)"
check 'nothing escaped' '' "$(find "$here" / -maxdepth 1 -name 'escaped*' 2>/dev/null; find . -name 'escaped*')"

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
