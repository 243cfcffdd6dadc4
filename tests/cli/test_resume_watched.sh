#!/usr/bin/env bash
# test_resume_watched.sh: `lure resume` goes on with what the run's folder holds: scripts that were edited since do not matter, the
# rules that were replaced in a watched run are replaced at the same updates, and the run may be watched on. Whatever
# happens, `lure replay`, which does the run uninterrupted, finds the same bytes. So with what --log writes.
. "$(dirname "$0")/shared.sh"

mkdir -p environments rewards schedules learning_rates algorithms experiments
cat > environments/till.lua <<'LUA'
local till = { actions = { "wait", "pay" }, observation = { "coins" }, max_steps = 5 }
function till.reset(s, rng, input) s.coins = input.coins + rng:uniform() end
function till.step(s) s.coins = s.coins / 2 return false end
return till
LUA
cat > algorithms/fork.lua <<'LUA'
return function(run, policy, optimizer, learning_rate)
  local left, kept = 10, {}
  for p in run:updates() do
    local batch = run:collect { steps = 20 }
    local fork = run:fork()
    if fork.ended then fork:reset() end
    kept[p.update % 3 + 1] = fork -- of a time with another rule, perhaps
    local _, forked = (kept[1] or fork):step("pay")
    if (kept[1] or fork).ended then kept[1] = nil end
    local gradient = policy:gradient(batch.observations, batch.actions, batch.rewards)
    optimizer:step(policy, gradient, learning_rate(p) * 1e-6)
    local paid = batch.rewards:mean()
    run:log { paid = paid, forked = forked, coins = batch.observations:mean(), random = math.random() }
    if paid == 100 then left = left - 1 end
    if left == 0 then break end
  end
end
LUA
cat > experiments/till.lua <<'LUA'
return { environment = "till", reward = "pay", schedule = { "coins", coins = 4 }, learning_rate = "step", algorithm = "fork",
  policy = { "linear", "categorical" }, updates = 1200, evaluate = { every = 5, episodes = 1 } }
LUA
begin_with() { # the rules that runs begin with
    echo 'local n = 0 return function(s) n = n + 1 return n % 3, { even = 1 } end' > rewards/pay.lua
    echo 'local o = options(..., { coins = 3 }) return function() return { coins = o.coins } end' > schedules/coins.lua
    echo 'return function() return 0.5 end' > learning_rates/step.lua
}
rows() { [ ! -e "$1/metrics.csv" ] && echo 0 || wc -l < "$1/metrics.csv"; }
grows() { # grows OUT: until there are 20 rows more
    local before
    before=$(rows "$1")
    for _ in $(seq 600); do [ "$(rows "$1")" -lt $((before + 20)) ] || return; sleep 0.05; done
    check "$1 grows" more "$before"
}
watched() { "$LURE" "$@" --watch --checkpoint-every 0 > /dev/null 2> "${!#}.err" & pid=$!; }
killed() { kill -KILL $pid; { wait $pid; } 2> /dev/null; rm -f "$1"/*.tmp; }
resume() { # resume NAME ARGS...: of the folder `part`, to its end
    "$LURE" resume part "${@:2}" > out 2> err
    check "$1: exit code" 0 $?
}
same() { # same NAME SWITCHES: as uninterrupted
    "$LURE" replay part > out 2> replay.err
    check "$1: as uninterrupted" "identical: $(($(rows part) - 1)) rows, 4 parameters$2" "$(cat out replay.err)"
}
like_whole() { # like_whole NAME: every file is that of the run that was gone on with first
    for file in metrics.csv checkpoint.safetensors best.safetensors switches.jsonl; do
        check "$1: $file" '' "$(cmp whole/$file part/$file 2>&1)"
    done
    check "$1: all files" "$(ls whole)" "$(ls part)"
    check "$1: the summary" "$(grep -v 'second\|directory\|crc32c\|bytes' whole/summary.json)" "$(grep -v 'second\|directory\|crc32c\|bytes' part/summary.json)"
}
copy() { rm -rf part && cp -r "$1" part; }

# ---- three edits, and a kill ----

begin_with
watched run till --out killed
grows killed
cat > rewards/pay.lua <<'LUA'
local n, seen = 0, { last = {} }
return function(s, action, terminated, before)
  n = n + 1
  seen.last[n % 3 + 1] = s.coins
  return (n % 7) * 0.1 + (seen.last[1] or 0), { even = n % 2, news = before.coins }
end
LUA
told killed 'rewards/pay.lua: loaded anew'
grows killed
cp killed/resume.0 early # before the other two
echo 'local o, n = options(..., { coins = 3 }), 0 return function() n = n + 1 return { coins = (1 + n % 5) * o.coins } end' > schedules/coins.lua
told killed 'schedules/coins.lua: loaded anew'
echo 'local n = 0 return function() n = n + 1 return n end' > learning_rates/step.lua
told killed 'learning_rates/step.lua: loaded anew'
grows killed
killed killed
check 'three switches' 3 "$(wc -l < killed/switches.jsonl)"

copy killed
resume 'killed'
holds 'gone on with' 'going on after update' err
check 'not done again' 0 "$(grep -c 'done again' err)"
check 'nothing was changed since' 0 "$(grep -c ' since; ' err)"
check 'no switch twice' '' "$(cmp killed/switches.jsonl part/switches.jsonl)"
check 'the summary counts them' 3 "$(json part/summary.json d.switches)"
same 'killed' ', 3 switches of scripts'
rm -rf whole && cp -r part whole

copy killed
rm part/resume.1
cp early part/resume.0
resume 'before the last switches'
holds 'from there' 'going on after update' err
check 'before the last switches: not done again' 0 "$(grep -c 'done again' err)"
like_whole 'before the last switches'

copy killed
rm part/resume.?
resume 'from the start'
holds 'done again' 'the run is done again from its start and compared with metrics.csv' err
like_whole 'from the start'

copy killed # ... and again, and killed on the way
rm part/resume.?
for seconds in 0.4 0.7; do
    timeout -s KILL $seconds "$LURE" resume part --checkpoint-every 0 > /dev/null 2>> kills.err
done 2> /dev/null
rm -f part/*.tmp
resume 'killed often'
like_whole 'killed often'

mkdir edited
cp -r rewards schedules learning_rates edited
begin_with # the same id, the same seed; yet another run
"$LURE" run till --out plain > /dev/null 2> err
cp -r edited/* .
cp -r whole twin
"$LURE" compare plain whole twin --metric paid --json > compared.json 2> err
check 'compare: another configuration, but for its twin' '2 switches.jsonl' "$(json compared.json '#d.groups .. " " .. next(d.groups[2].differences)')"

# ---- what was edited since, what is missing ----

copy killed
echo '-- changed' >> algorithms/fork.lua
mv environments/till.lua till.lua
resume 'edited'
holds 'an edited script is told of' 'lure: algorithms/fork.lua was changed since; the run goes on with the algorithm that it used, which its folder holds' err
holds 'a missing one, too' 'lure: environments/till.lua is gone since; the run goes on with the environment that it used' err
check 'and no other' 2 "$(grep -c ' since; ' err)"
like_whole 'edited'
mv till.lua environments/till.lua
sed -i '$d' algorithms/fork.lua

refuses() { # refuses NAME TEXT
    "$LURE" resume part > out 2> err
    check "$1: exit code" 4 $?
    holds "$1: why" "$2" err
    check "$1: nothing is touched" '' "$(cmp killed/metrics.csv part/metrics.csv 2>&1)"
}
copy killed
rm part/scripts/schedule.coins.*
refuses 'a kept script is missing' 'cannot open part/scripts/schedule.coins.'
copy killed
echo '--' >> "$(ls part/scripts/reward.pay.* | head -n 1)"
refuses 'a kept script is damaged' 'is not what the run loaded'
copy killed
sed -i 's/"update": [0-9]*/"update": "no"/' part/switches.jsonl
refuses 'switches are damaged' 'part/switches.jsonl: line 1 is no switch'

copy killed # a switch fewer than what was written down knows of: rows that are there would not come
sed -i '1d' part/switches.jsonl
"$LURE" resume part > out 2> err
check 'a switch is missing: exit code' 4 $?
holds 'a switch is missing: why' 'part/metrics.csv is not what this run gives' err

# ---- a torn line, and watching on ----

copy killed
tail -n 1 killed/switches.jsonl | head -c 50 >> part/switches.jsonl
"$LURE" replay part > out 2> err
check 'a torn line: replay' 0 $?
cp -r part torn
resume 'a torn line'
same 'a torn line' ', 3 switches of scripts'
check 'a torn line: the same run' '' "$(cmp whole/metrics.csv part/metrics.csv)"

copy torn
watched resume part
told part 'going on after update'
grows part
echo 'return function() return 100 end' > rewards/pay.lua
wait $pid
check 'watched on: exit code' 0 $?
holds 'watched on' 'rewards/pay.lua: loaded anew, the reward from update ' part.err
check 'watched on: one line more, and none torn' 4 "$(grep -c '^{.*}$' part/switches.jsonl)"
check 'watched on: it has the new reward' 10 "$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "paid") at = i } $at == 100' part/metrics.csv | wc -l)"
same 'watched on' ', 4 switches of scripts'

# ---- a run that was not watched, one that was stopped, running ones ----

begin_with
"$LURE" run till --out part2 --checkpoint-every 0 > /dev/null 2> part2.err &
pid=$!
grows part2
kill -INT $pid
wait $pid
check 'stopped' 130 $?
rm -rf part && mv part2 part
"$LURE" eval part > out 2> err
check 'eval of a stopped run' 0 $?
"$LURE" compare part > out 2> err
check 'compare of a stopped run' 4 $?
holds 'compare of a stopped run: why' 'none of the 1 runs has finished' err
rm -f part/checkpoint.safetensors part/summary.json # as if it had been killed
"$LURE" eval part > out 2> err
check 'eval of a killed run' 4 $?
holds 'eval of a killed run: why' 'part/checkpoint.safetensors is not there: the run has not finished' err
"$LURE" compare part > out 2> err
check 'compare of a killed run' 4 $?
watched resume part
told part 'going on after update'
grows part
"$LURE" replay part > out 2> err
check 'replay of one that goes on again' 0 $?
"$LURE" eval part > out 2> err
check 'eval of one that goes on again' 4 $?
echo 'return function() return 100 end' > rewards/pay.lua
wait $pid
check 'watched from there on' 0 $?
same 'watched from there on' ', 1 switch of scripts'
"$LURE" eval part > out 2> err
check 'eval of a resumed run' 0 $?
holds 'eval says that the reward is another' 'reward' err

# ---- a rule that draws as it is loaded cannot be made again elsewhere: the run is done again ----

begin_with
watched run till --out part3
grows part3
echo 'local lucky = math.random() return function(s) return lucky, { even = 1 } end' > rewards/pay.lua
told part3 'loaded anew'
grows part3
killed part3
rm -rf part && mv part3 part
resume 'a rule that draws'
same 'a rule that draws' ', 1 switch of scripts'

# ---- --log ----

begin_with
"$LURE" run till --out logged --log json,tensorboard > /dev/null 2> logged.err
"$LURE" run till --out part4 --log json,tensorboard --checkpoint-every 0 > /dev/null 2> part4.err &
pid=$!
grows part4
killed part4
rm -rf part && mv part4 part
cp -r part before
head -c 30 logged/metrics.jsonl >> part/metrics.jsonl # torn
for seconds in 0.7 1e9; do
    timeout -s KILL $seconds "$LURE" resume part --checkpoint-every 0 > /dev/null 2> err
done 2> /dev/null
holds 'logs: gone on with' 'going on after update' err
check 'logs: metrics.csv' '' "$(cmp logged/metrics.csv part/metrics.csv)"
check 'logs: metrics.jsonl' '' "$(cmp logged/metrics.jsonl part/metrics.jsonl)"
cat > merge.lua <<'LUA'
-- What a dashboard shows of a folder's event files: a start makes what was there of that step and later ones void.
package.path = arg[1] .. "/?.lua;" .. package.path
local events, shown, last, starts = require("events"), {}, 0, 0
local names = {}
for name in io.popen("ls -tr " .. arg[2]):lines() do if name:find("tfevents") then names[#names + 1] = name end end
for _, name in ipairs(names) do
  for i, event in ipairs(events.read(arg[2] .. "/" .. name)) do
    if i == 1 then
      assert(event.version == "brain.Event:2")
    elseif event.starts then
      starts = starts + 1
      for step in pairs(shown) do if step >= event.step then shown[step] = nil end end
    else
      local paid = event.scalars["charts/paid"]
      shown[event.step] = ("%d %.9g"):format(event.step, paid)
    end
  end
end
local steps = {}
for step in pairs(shown) do steps[#steps + 1] = step end
table.sort(steps)
for _, step in ipairs(steps) do print(shown[step]) end
io.stderr:write(#names, " files, ", starts, " starts\n")
LUA
lua5.4 merge.lua "$tests" logged > logged.shown 2> logged.files
lua5.4 merge.lua "$tests" part > part.shown 2> part.files
check 'logs: what dashboards show' '' "$(cmp logged.shown part.shown 2>&1)$(head -c 300 part.files | grep -v files)"
check 'logs: every row' 1200 "$(wc -l < part.shown)"
check 'logs: a file each time it was gone on with' '3 files, 2 starts' "$(cat part.files)"

"$LURE" resume --help > help
holds '--help tells of it' '--watch' help
finish
