#!/usr/bin/env bash
# test_log.sh: lure run --log: metrics.jsonl and TensorBoard's events hold the numbers of metrics.csv; neither changes the run.
. "$(dirname "$0")/shared.sh"

"$LURE" run cartpole_reinforce --set updates=20 --out plain >/dev/null
"$LURE" run cartpole_reinforce --set updates=20 --out both --log json,tensorboard >out 2>err
check 'a run with both ends with 0' 0 $?
check 'and says nothing on stderr' '' "$(cat err)"
check 'the same rows' '' "$(cmp plain/metrics.csv both/metrics.csv 2>&1)"
check 'the same run' "$(json plain/summary.json d.run_id)" "$(json both/summary.json d.run_id)"
check 'one file of events' 1 "$(ls both | grep -c '^events\.out\.tfevents\.[0-9]*\.')"
check 'neither without --log' 0 "$(ls plain | grep -c 'jsonl\|tfevents')"

lua5.4 - "$tests" both >read.txt 2>&1 <<'LUA'
package.path = arg[1] .. "/?.lua;" .. package.path
local json, events = require("json"), require("events")
local names, rows = {}, {}
for line in io.lines(arg[2] .. "/metrics.csv") do
  local cells = {}
  for cell in (line .. ","):gmatch("([^,]*),") do cells[#cells + 1] = cell end
  if #names == 0 then names = cells else rows[#rows + 1] = cells end
end
local lines = 0
for line in io.lines(arg[2] .. "/metrics.jsonl") do
  lines = lines + 1
  local d = json.decode(line)
  for i, name in ipairs(names) do assert(d[name] == tonumber(rows[lines][i]), name) end
end
assert(lines == #rows, "rows")
local path
for name in io.popen("ls " .. arg[2]):lines() do if name:find("tfevents") then path = arg[2] .. "/" .. name end end
local list = events.read(path)
assert(list[1].version == "brain.Event:2", "version")
assert(#list == #rows + 1, "events")
local tags = { learning_rate = "charts/learning_rate", episodic_return = "charts/episodic_return",
               episodic_length = "charts/episodic_length", entropy = "losses/entropy", loss = "losses/loss" }
for i, row in ipairs(rows) do
  local event = list[i + 1]
  assert(math.abs(event.time - os.time()) < 1000, "time")
  for k, name in ipairs(names) do
    if name == "step" then assert(event.step == tonumber(row[k]), "step")
    elseif tags[name] then
      assert(event.scalars[tags[name]] == string.unpack("<f", string.pack("<f", tonumber(row[k]))), name)
    end
  end
  assert(event.scalars["charts/SPS"] > 0, "SPS")
end
print("all " .. #rows)
LUA
check 'both hold the numbers of metrics.csv' 'all 20' "$(cat read.txt)"

# a value that is missing in a row, and terms of the reward
mkdir -p algorithms
cat > algorithms/gaps.lua <<'LUA'
return function(run)
  for p in run:updates() do
    run:collect { episodes = 1 }
    run:log { always = p.update, sometimes = p.update == 1 and 5 or nil, rarely = 0 / 0 }
  end
end
LUA
cat > gaps.lua <<'LUA'
return { environment = "fry_shacks", reward = function(s) return 1, { taste = s.hunger } end, schedule = "uniform_hunger",
         algorithm = "gaps", learning_rate = 1, policy = { "linear", "categorical" }, updates = 2 }
LUA
"$LURE" run gaps.lua --out gaps --log json >out 2>err
check 'missing is null' '5 null null' "$(head -n 1 gaps/metrics.jsonl >one; tail -n 1 gaps/metrics.jsonl >two
  echo "$(json one 'd.sometimes') $(json two 'd.sometimes') $(json two 'd.rarely')")"

# tensorboard's own reader, where there is one
if python3 -c 'import tensorboard' 2>/dev/null; then
    python3 - both >own.txt 2>&1 <<'PY'
import sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
e = EventAccumulator(sys.argv[1])
e.Reload()
print(len(e.Scalars("charts/episodic_return")), len(e.Scalars("losses/entropy")))
PY
    check "tensorboard's own reader" '20 20' "$(tail -n 1 own.txt)"
else
    skip "tensorboard's own reader" 'python3 has no tensorboard'
fi

# ---- a run that is killed and goes on ----

"$LURE" run cartpole_reinforce --set updates=120 --log json --out whole >/dev/null
"$LURE" run cartpole_reinforce --set updates=120 --log json,tensorboard --out broken --checkpoint-every 0 >/dev/null 2>&1 &
for _ in $(seq 300); do
    [ "$(wc -l 2>/dev/null <broken/metrics.jsonl)" -gt 5 ] 2>/dev/null && break
    sleep 0.01
done
kill -9 $! 2>/dev/null
wait $! 2>/dev/null
if [ -e broken/summary.json ]; then
    skip 'a killed run goes on' 'it was over before it could be killed'
else
    "$LURE" resume broken >out 2>err
    check 'a killed run goes on' 0 $?
    check 'with the same lines' '' "$(cmp whole/metrics.jsonl broken/metrics.jsonl 2>&1)"
    check 'and another file of events' 2 "$(ls broken | grep -c tfevents)"
fi

# ---- what is refused ----

for words in jsn '' json, ,json 'json tensorboard'; do
    "$LURE" run fry_shacks --log "$words" >out 2>err
    check "--log '$words' is wrong usage" 2 $?
    holds "--log '$words' says what there is" 'expected json, tensorboard, or both with a comma' err
done
"$LURE" run fry_shacks --log jsn >out 2>err
holds 'with the nearest' "did you mean 'json'?" err
check 'and nothing was made' 'no' "$([ -e runs ] && echo yes || echo no)"

# ---- a full disk ----

mkdir small
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=80k none small 2>/dev/null; then
    "$LURE" run fry_shacks --set updates=4000 --log json,tensorboard --out small/run >out 2>err
    check 'a full disk: exit' 4 $?
    holds 'a full disk: which file and why' 'No space left on device' err
    if [ -s small/run/metrics.jsonl ]; then
        check 'a full disk: whole lines' '}' "$(tail -c 2 small/run/metrics.jsonl | head -c 1)"
    fi
    umount small
else
    skip 'a full disk' 'only root may mount a small file system'
fi

finish
