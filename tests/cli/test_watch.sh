#!/usr/bin/env bash
# test_watch.sh: `lure run --watch`: an edited reward, schedule or learning rate is used from the next update on, the folder tells
# which was used when, and the run can be done again. The runs end when the last edit has arrived, so nothing depends on time.
. "$(dirname "$0")/shared.sh"

mkdir -p environments rewards schedules learning_rates algorithms experiments
cat > environments/till.lua <<'LUA'
local till = { actions = { "wait", "pay" }, observation = { "coins" }, max_steps = 5 }
function till.reset(s, rng, input) s.coins = input.coins + rng:uniform() end
function till.step(s) s.coins = s.coins / 2 return false end
return till
LUA
echo 'return function(s) return 1, { even = 1 } end' > rewards/pay.lua
echo 'local o = options(..., { coins = 3 }) return function() return { coins = o.coins } end' > schedules/coins.lua
echo 'return function() return 0.5 end' > learning_rates/step.lua
cat > algorithms/until.lua <<'LUA'
-- Learns until a step pays 100, and then for ten updates more. What a fork of the world is paid is logged, too.
return function(run, policy, optimizer, learning_rate)
  local left = 10
  for p in run:updates() do
    local batch = run:collect { steps = 20 }
    local fork = run:fork()
    if fork.ended then fork:reset() end
    local _, forked = fork:step("pay")
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
return { environment = "till", reward = "pay", schedule = { "coins", coins = 4 }, learning_rate = "step", algorithm = "until",
  policy = { "linear", "categorical" }, updates = 1000000000, evaluate = { every = 5, episodes = 1 },
  limits = { step_seconds = 0.5 } }
LUA

began() { # began OUT: the run has begun
    for _ in $(seq 600); do [ -e "$1/metrics.csv" ] && return; sleep 0.05; done
    echo "FAIL $1 did not begin" && cat "$1.err"
    exit 1
}
column() { # column OUT NAME: update, value of each row
    awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; next } { print $1, $at }' "$1/metrics.csv"
}
first() { # first OUT NAME VALUE: the first update with that value
    column "$1" "$2" | awk -v value="$3" '$2 == value { print $1; exit }'
}
switch() { json switches.json "d[$1].$2"; }

# ---- a run, and six edits ----

"$LURE" run till --watch --out run > run.out 2> run.err &
pid=$!
began run
echo 'return function(s) return' > rewards/pay.lua # written half
told run 'rewards/pay.lua:2: '
told run 'the reward in use stays (update '
: > rewards/pay.lua # and empty
told run "reward 'pay' returned nil; expected a function"
printf 'return function(s, action, terminated, before)\n  return before.coins > s.coins and 2 or -1, { even = 1, news = 2 }\nend\n' > rewards/other
mv rewards/other rewards/pay.lua # beside it, then renamed
told run 'rewards/pay.lua: loaded anew, the reward from update '
echo 'while true do end' > schedules/coins.lua
told run 'time limit'
echo 'local o = options(..., { coins = 3 }) return function() return { coins = 10 * o.coins } end' > schedules/coins.lua
told run 'schedules/coins.lua: loaded anew, the schedule from update '
echo 'local n = 0 return function() n = n + 1 return n end' > learning_rates/step.lua
told run 'learning_rates/step.lua: loaded anew, the learning_rate from update '
sed -i 's/left = 10/left = 11/' algorithms/until.lua
told run 'algorithms/until.lua changed; the run goes on with the algorithm it began with: restart it to use the new one'
touch rewards/pay.lua # the same bytes are no change
echo 'return function() return 100 end' > rewards/pay.lua
wait $pid
check 'it ends well' 0 $?
check 'the edits were told of' 2 "$(grep -c 'rewards/pay.lua: loaded anew' run.err)"
check 'and the algorithm once' 1 "$(grep -c 'restart it' run.err)"
holds 'a new term has no column' "the reward's term 'news' came after the first row, so it has no column; a run that begins with it has one" run.err

# ---- what the folder tells ----

(echo '['; paste -sd, run/switches.jsonl; echo ']') > switches.json
check 'a line a switch' 'reward schedule learning_rate reward' "$(for i in 1 2 3 4; do switch $i role; done | xargs)"
check 'how many' 4 "$(json switches.json '#d')"
check 'and the summary' 4 "$(json run/summary.json d.switches)"
check 'from what it was' "$(json run/manifest.json 'd.scripts[3].sha256')" "$(switch 1 from)"
check 'to what it is' "$(sha256sum < rewards/pay.lua | cut -c 1-64) $(switch 1 to)" "$(switch 4 to) $(switch 4 from)"
check 'where it lies' 'pay rewards/pay.lua' "$(switch 1 name) $(switch 1 path)"
check 'all bytes are kept, the broken ones not' 10 "$(ls run/scripts | wc -l)"
check 'the reward from that update on' "$(switch 1 update)" "$(first run paid 2)"
check 'the next one' "$(switch 4 update)" "$(first run paid 100)"
check 'in forks, too' "$(switch 1 update) $(switch 4 update)" "$(first run forked 2) $(first run forked 100)"
check 'and in evaluations' 500 "$(column run eval_return | awk '$2 != "" { last = $2 } END { print last }')"
check 'the rate begins anew' "1e-06 $(switch 3 update)" "$(column run learning_rate | awk -v u="$(switch 3 update)" '$1 == u { print $2, $1 }')"
check 'the schedule, with its options' yes "$(column run coins | awk -v u="$(switch 2 update)" '$1 > u + 1 && $2 > 12 { yes = 1 } $1 < u && $2 > 12 { no = 1 } END { print yes && !no ? "yes" : "no" }')"
check 'the terms there are' "even" "$(head -n 1 run/metrics.csv | tr , '\n' | sed -n 's/^reward_//p' | xargs)"

# ---- it can be done again ----

rows=$(($(wc -l < run/metrics.csv) - 1))
"$LURE" replay run --out twin > out 2> err
check 'the same again' "identical: $rows rows, 4 parameters, 4 switches of scripts" "$(cat out)"
check 'with the same switches' '' "$(cmp run/switches.jsonl twin/switches.jsonl)"
check 'and again from there' "identical: $rows rows, 4 parameters, 4 switches of scripts" "$("$LURE" replay twin 2> err)"
sed -i '1d' twin/switches.jsonl
"$LURE" replay twin > out 2> err
check 'a switch less is not what the run left' 4 $?
check 'and the file is named' 1 "$(grep -c 'twin/switches.jsonl is damaged' err)"

# ---- stopped runs, runs that go on ----

echo 'return function() return 1 end' > rewards/pay.lua
"$LURE" run till --watch --out going > going.out 2> going.err &
pid=$!
began going
echo 'return function() return 7 end' > rewards/pay.lua
told going 'loaded anew, the reward from update '
for _ in $(seq 600); do [ "$(wc -l < going/metrics.csv)" -gt 100 ] && break; sleep 0.05; done
"$LURE" replay going > out 2> err
check 'while it goes on: exit code' 0 $?
holds 'while it goes on' '(the run did not come to its end: its parameters are not compared)' out
kill -INT $pid
wait $pid
check 'stopped' 130 $?
"$LURE" replay going > out 2> err
check 'a stopped one' "identical: $(($(wc -l < going/metrics.csv) - 1)) rows, 1 switch of scripts (the run did not come to its end: its parameters are not compared)" "$(cat out)"

# ---- without ----

check 'what a watched run leaves' 'best.safetensors checkpoint.safetensors manifest.json metrics.csv scripts summary.json switches.jsonl' "$(ls run | xargs)"
echo 'return function() return 100 end' > rewards/pay.lua
"$LURE" run till --out plain > /dev/null 2> plain.err || cat plain.err
"$LURE" run till --watch --out watched > /dev/null 2> watched.err || cat watched.err
check 'watching changes nothing' '' "$(cmp plain/metrics.csv watched/metrics.csv)"
check 'and leaves nothing' '' "$(diff <(ls plain) <(ls watched))"
"$LURE" run --help > help
holds '--help tells of it' '--watch' help
finish
