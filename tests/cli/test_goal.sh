#!/usr/bin/env bash
# What a run does besides the algorithm: evaluations, the best policy kept, early stops, thresholds, the reward's terms, and numbers
# that are not finite.
. "$(dirname "${BASH_SOURCE[0]}")/shared.sh"

run() { # run FOLDER ARGUMENT...: its exit code
    local folder=$1
    shift
    rm -rf "$folder"
    "$LURE" run "$@" --json --out "$folder" >"$folder.out" 2>"$folder.said"
}
refuses() { # refuses NAME TEXT ARGUMENT...
    local name=$1 text=$2
    shift 2
    run refused cartpole_reinforce --set updates=4 "$@"
    check "$name: exit code" 3 $?
    holds "$name" "$text" refused.said
}

# ---- evaluations ----

few="cartpole_reinforce --set updates=30 --set algorithm.episodes=3"
run plain $few
check 'no evaluation: no best.safetensors' no "$([ -e plain/best.safetensors ] && echo yes || echo no)"
for how in true false; do
    run seen $few --set "evaluate={ every = 7, episodes = 3, deterministic = $how }"
    check "evaluated, deterministic = $how" 0 $?
    check 'training is the same with evaluations' '' "$(cut -d, -f1-8 seen/metrics.csv | cmp - plain/metrics.csv 2>&1)"
    check 'the last two columns' eval_return,eval_length "$(head -n 1 seen/metrics.csv | cut -d, -f9-)"
    check 'updates that were evaluated' '7 14 21 28 30 ' "$(awk -F, 'NR > 1 && $9 != "" { printf "%s ", $1 }' seen/metrics.csv)"
    check 'an episode of the pole pays its length' 0 "$(awk -F, 'NR > 1 && $9 != $10' seen/metrics.csv | wc -l)"
done
cp seen/metrics.csv first.csv
run seen $few --set 'evaluate={ every = 7, episodes = 3, deterministic = false }' --set copies=1
check 'the same again' '' "$(cmp first.csv seen/metrics.csv 2>&1)"
best=$(awk -F, 'NR > 1 && $9 != "" && $9 > best { best = $9 + 0; at = $1 } END { print at, best }' seen/metrics.csv)
check 'the best is told' "$best" "$(json seen/summary.json 'd.best.update .. " " .. d.best.eval_return' |
    awk '{ print $1, $2 + 0 }')"
check 'and kept' "$(cut -d' ' -f1 <<<"$best")" "$(grep -ao '"update": *"[0-9]*"' seen/best.safetensors | grep -o '[0-9]*')"
run sparse $few --set log_every=10 --set evaluate.every=7
check 'rows of evaluated updates are there whatever log_every' '7 10 14 20 21 28 30 ' \
    "$(awk -F, 'NR > 1 { printf "%s ", $1 }' sparse/metrics.csv)"
run normalised $few --set normalize_observation=true --set updates=6
run watched $few --set normalize_observation=true --set updates=6 --set 'evaluate={ every = 1, episodes = 2 }'
check 'normalisers do not learn from evaluations' '' \
    "$(cut -d, -f1-8 watched/metrics.csv | cmp - normalised/metrics.csv 2>&1)"

# ---- an algorithm evaluates, logs nothing in some updates, has a math.random of its own ----

cat >asks.lua <<'LUA'
local o = options(..., { asks = true })
return function(run, policy, optimizer)
  for p in run:updates() do
    local batch = run:collect { episodes = 1 }
    optimizer:step(policy, policy:gradient(batch.observations, batch.actions, batch.rewards), 0.01)
    if o.asks then
      local mean, length, returns = run:evaluate { episodes = 3, deterministic = false }
      assert(#returns == 3 and math.abs((returns[1] + returns[2] + returns[3]) / 3 - mean) < 1e-9 and mean == length)
      local again, other = run:evaluate { episodes = 3, deterministic = false }, run:evaluate { episodes = 30, number = 1 }
      assert(again == mean and other > 0)
      assert(not pcall(run.evaluate, run, { episodes = 0 }) and not pcall(run.evaluate, run, { seed = 1 }))
    end
    if p.update % 2 == 1 then run:log { luck = math.random() } end
  end
end
LUA
asking="cartpole_reinforce --set algorithm=./asks.lua --set updates=6"
run asks $asking
check 'run:evaluate' 0 $?
run silent $asking --set algorithm.asks=false
check 'run:evaluate leaves training and math.random alone' '' "$(cmp asks/metrics.csv silent/metrics.csv 2>&1)"
run rows $asking --set algorithm.asks=false --set evaluate.every=2
check 'an evaluated update that the algorithm did not log has a row' '1 2 3 4 5 6 ' \
    "$(awk -F, 'NR > 1 { printf "%s ", $1 }' rows/metrics.csv)"
check 'whose other cells are empty' '' "$(awk -F, '$1 == 2 { print $5 }' rows/metrics.csv)"
mkdir algorithms
sed "s/ and mean == length//" asks.lua >algorithms/checked.lua
"$LURE" check algorithms/checked.lua >checked.said 2>&1
check 'lure check knows run:evaluate' 0 $?

cat >inside.lua <<'LUA'
local shared
return {
  environment = "cartpole", policy = { "linear", "categorical" }, updates = 2, learning_rate = 0.1,
  reward = function() shared:evaluate {} return 1 end,
  algorithm = function(run) for p in run:updates() do shared = run run:evaluate {} end end,
}
LUA
run inside inside.lua
check 'an evaluation in an evaluation: exit code' 3 $?
holds 'an evaluation in an evaluation' 'run:evaluate is called by a script that an evaluation is calling' inside.said
cat >falls.lua <<'LUA'
return function(s) return s.angle > 0 and 1 / 0 or 1 end
LUA
run falls $asking --set algorithm.asks=false --set reward=./falls.lua
check 'an infinite reward' 3 $?
cat >late.lua <<'LUA'
local world = { actions = { "a", "b" }, observation = { "x" }, max_steps = 3 }
function world.reset(s) s.x = 0 end
function world.step(s) s.x = s.x + 1 return false end
function world.reward(s) return s.x == 3 and 1 or 0, s.x == 3 and { last = 1, x = s.x } or { x = s.x } end
return world
LUA
sed 's/return s.x == 3 and 1/return s.x == 2 and 1 \/ 0/' late.lua >bad.lua
run error cartpole_reinforce --set environment=./bad.lua --set evaluate.every=1 --set updates=2
holds 'what goes wrong names copy, episode and step' "update 1, episode 1, step 2" error.said
cat >only.lua <<'LUA'
return function(run) for p in run:updates() do run:log { x = 1 } run:evaluate { episodes = 2 } end end
LUA
run error cartpole_reinforce --set environment=./bad.lua --set algorithm=./only.lua --set updates=2
holds 'and that it was in an evaluation' "in an evaluation, update 1, copy 1, episode 1, step 2" error.said

# ---- early stops ----

run stop cartpole_reinforce --set 'stop_early={ episodic_return = 60, window = 20 }'
check 'stopped early is a success' '0 ok episodic_return reached 60' "$? $(json stop/summary.json 'd.outcome .. " " .. d.stopped')"
check 'after as many updates as there are rows' true "$(json stop/summary.json "d.updates == $(($(wc -l <stop/metrics.csv) - 1)) and d.updates < 400")"
run stop cartpole_reinforce --set evaluate.every=2 --set 'stop_early={ episodic_return = 60, evaluation = true }'
check 'by an evaluation' 'eval_return reached 60' "$(json stop/summary.json d.stopped)"
check 'which is that of the last row' yes "$(tail -n 1 stop/metrics.csv | awk -F, '{ print ($9 >= 60 ? "yes" : $9) }')"
run stop cartpole_reinforce --set learning_rate=0 --set evaluate.every=3 --set stop_early.patience=2
check 'by patience: one that is best, two that are no better' '9 no better eval_return in 2 evaluations' \
    "$(json stop/summary.json 'd.updates .. " " .. d.stopped')"
run stop cartpole_reinforce --set evaluate.every=100 --set 'stop_early={ episodic_return = 60, window = 20 }'
check 'the policy that the run stops with is evaluated' 1 "$(tail -n 1 stop/metrics.csv | awk -F, '{ print ($9 != "") }')"
refuses 'patience without evaluations' 'stop_early.patience needs evaluate' --set stop_early.patience=2
refuses 'no condition' 'stop_early says not when' --set 'stop_early={}'
refuses 'a window beyond 100' 'stop_early.window is 101; expected a whole number from 1 to 100' --set 'stop_early={ episodic_return = 1, window = 101 }'
refuses 'an unknown key' "evaluate: unknown option 'evry'; did you mean 'every'?" --set evaluate.evry=2
refuses 'no count' 'evaluate.every is 0; expected a whole number' --set evaluate.every=0
refuses 'a threshold that is none' 'threshold is high; expected a number' --set threshold=high

# ---- the threshold ----

run reached cartpole_reinforce --set threshold=40 --set algorithm.episodes=1
steps=$(json reached/summary.json d.summary.steps_to_threshold)
# one episode an update: a row's step is where its episode ended
check 'steps_to_threshold: the first mean of 100 episodes that is so high' "$steps" "$(awk -F, 'NR > 1 {
    sum += $7 - (NR > 101 ? old[NR % 100] : 0); old[NR % 100] = $7
    if (NR > 100 && sum / 100 >= 40) { print $3; exit } }' reached/metrics.csv)"
check 'seconds_to_threshold' true "$(json reached/summary.json 'd.summary.seconds_to_threshold < d.summary.seconds')"
run other cartpole_reinforce --set updates=2
check "the environment's own" '475 null' "$(json other/summary.json 'd.summary.threshold .. " " .. tostring(d.summary.steps_to_threshold)')"
run other cartpole_reinforce --set updates=2 --set reward=stay_centred
check 'which is not of another reward' null "$(json other/summary.json 'tostring(d.summary.threshold)')"
sed 's/max_steps = 3/max_steps = 3, threshold = 0 \/ 0/' late.lua >bad.lua
"$LURE" check bad.lua >checked.said 2>&1
check 'lure check looks at threshold: exit code' 1 $?
holds 'lure check looks at threshold' "the environment's 'threshold' is" checked.said

# ---- the reward's terms ----

cat >terms.lua <<'LUA'
return function(run)
  for p in run:updates() do
    local batch = run:collect { episodes = 2 }
    run:log { reward_x = p.update == 2 and 7 or nil, y = batch.reward_terms.x }
  end
end
LUA
run terms cartpole_reinforce --set environment=./late.lua --set algorithm=./terms.lua --set updates=2
check 'terms are logged by the host, the algorithm goes first' 'reward_last,reward_x,y 0.3333333333333333,2,2 0.3333333333333333,7,2 ' \
    "$(cut -d, -f5- terms/metrics.csv | tr '\n' ' ')"
sed -i 's/episodes = 2/steps = p.update == 1 and 2 or 6/' terms.lua
run terms cartpole_reinforce --set environment=./late.lua --set algorithm=./terms.lua --set updates=2
holds 'a term that comes after the first row is told' "the reward's term 'last' came after the first row" terms.said

# ---- numbers that are not finite ----

cat >loss.lua <<'LUA'
local o = options(..., { what = "nan" })
return function(run, policy, optimizer)
  for p in run:updates() do
    local b = run:collect { steps = 4 }
    if o.what == "inf" then run:log { a = 1 / 0 } end
    run:log { a = 0 / 0 }
    local scale = o.what == "gradient" and 0 / 0 or 1
    local _, gradient = differentiate(function() return mean(policy:evaluate(b.observations, b.actions) * scale) end, policy)
    optimizer:step(policy, gradient, o.what == "step" and 3e38 or 0.1)
  end
end
LUA
run finite cartpole_reinforce --set algorithm=./loss.lua --set updates=1
check 'nan is an empty cell' '1,0,4,,' "$(tail -n 1 finite/metrics.csv)"
refuses 'a logged inf' "run:log: 'a' is inf; expected a finite number, or nan for an empty cell (algorithm, update 1)" --set algorithm=./loss.lua --set algorithm.what=inf
refuses 'a gradient' 'is nan at number 1 of' --set algorithm=./loss.lua --set algorithm.what=gradient
refuses 'parameters after a step' 'update' --set algorithm=./loss.lua --set algorithm.what=step --set optimizer=adam
cat >drifts.lua <<'LUA'
local world = { actions = { "a", "b" }, observation = { "x", "y" }, max_steps = 9 }
function world.reset(s, rng) s.x, s.y, s.far = 0, 0, rng:uniform() end
function world.step(s) if s.far > 0.5 then s.x, s.y = 3e38, 3e38 end return false end
function world.reward() return 1 end
return world
LUA
echo 'return function(run) for p in run:updates() do run:collect { steps = 4 } run:log { x = 1 } end end' >lives.lua
run logits cartpole_reinforce --set environment=./drifts.lua --set algorithm=./lives.lua --set copies=5 --set 'policy={ { "linear", weight = 2 }, "categorical" }'
row=$(grep -o 'row [0-9] of 5' logits.said | cut -d' ' -f2)
holds 'logits: the copy is that of the row' "copy $row, episode 1, step 1" logits.said

finish
