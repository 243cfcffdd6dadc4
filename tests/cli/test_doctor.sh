#!/usr/bin/env bash
# test_doctor.sh: what lure doctor says of this machine, and that it notices what is missing.
. "$(dirname "${BASH_SOURCE[0]}")/../tools/expect.sh"
cd "$here" || exit 2

for what in "lure  " "lua  " "Lua 5.4" "__concat" "cpu path" "the same bits" "coroutine.close" "lua deep calls" "bytecode" "SLEEF" "jansson" "libmd" "libseccomp" "SQLite 3" "rlimits" "parent death" "Landlock" "seccomp" "scripts here" "scripts installed" \
    "runs/ can be made here" "step_seconds = 5" "memory_mb = 512" "works: a loop was stopped" "works: a table was refused" \
    "terminal" "all is usable"; do
    expect "it says $what" 0 "$what" "$LURE" doctor
done
expect "it leaves nothing" 0 "nothing" sh -c 'ls -A | grep -q . || echo nothing'
expect "the version is the program's" 0 "$("$LURE" --version | cut -d' ' -f2) (result version" "$LURE" doctor
expect "a CPU path that was asked for" 0 "portable (available" env LURE_CPU=portable "$LURE" doctor
mkdir runs
expect "a folder runs" 0 "runs/ can be written" "$LURE" doctor

# the defect of some Luas: what the doctor says agrees with lua5.4 itself, where that is there
cat >vector.lua <<'LUA'
local vector = {}
local function text(v, i) if i > #v then return "" end return v[i] .. " " .. text(v, i + 1) end
function vector.__concat(a, b)
  local function side(x) return getmetatable(x) == vector and text(x, 1) or x end
  return side(a) .. side(b)
end
local v = setmetatable({}, vector)
for i = 1, 100 do v[i] = i end
os.exit(#("pos=" .. v .. "!") == 297 and 0 or 1)
LUA
if sh -c 'lua5.4 vector.lua' 2>/dev/null; then word="right, in this Lua"; else word="this Lua has a defect"; fi
expect "the __concat defect, as lua5.4 has it" 0 "$word" "$LURE" doctor

cat >is_json.lua <<'LUA'
package.path = arg[1] .. "/tests/cli/?.lua;" .. package.path
local d = require("json").decode(io.read("a"))
assert(d.schema == "lure.doctor/1" and d.ok == true and #d.symptoms >= 12)
for _, symptom in ipairs(d.symptoms) do assert(symptom.ok and symptom.name and symptom.value) end
print("is JSON")
LUA
expect "JSON that can be read" 0 "is JSON" sh -c '"$1" doctor --json | lua5.4 is_json.lua "$2"' sh "$LURE" "$top"

# ---- what needs attention ----
expect "a folder where nothing can be written" 1 "use --out DIR" sh -c 'cd /proc && "$1" doctor' sh "$LURE"
mkdir -p elsewhere/bin
cp "$LURE" elsewhere/bin/lure
expect "a program without its scripts" 1 "run make install" elsewhere/bin/lure doctor
expect "the same, as JSON" 1 '"advice"' elsewhere/bin/lure doctor --json
mkdir -p elsewhere/share/lure/environments
cp "$top"/environments/*.lua elsewhere/share/lure/environments
expect "half of the scripts" 1 "not complete" elsewhere/bin/lure doctor
cp -r "$top/scripts" elsewhere/share/lure
expect "all of the scripts" 0 "$here/elsewhere/share/lure" elsewhere/bin/lure doctor
expect "an argument" 2 "one argument too many" "$LURE" doctor now
expect "help" 0 "Usage: lure doctor" "$LURE" doctor --help
finish
