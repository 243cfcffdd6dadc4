#!/usr/bin/env bash
# test_choosing.sh: who chooses in run:collect: a policy of action values with epsilon, the script with actions of its own;
# that neither shifts what other copies and later steps meet; and what a batch says is legal next.
. "$(dirname "$0")/shared.sh" || exit 2

# counts down from 3; at 1 only "down" is legal; truncated after 2 steps of 3
cat >world.lua <<'LUA'
local world = { actions = { "down", "stay", "up" }, observation = { "x" }, max_steps = 4 }
function world.reset(s, rng) s.x, s.luck = 3, rng:uniform() end
function world.step(s, action, rng)
  s.luck = rng:uniform()
  if action == "down" then s.x = s.x - 1 elseif action == "up" then s.x = s.x + 1 end
  return s.x == 0
end
function world.legal(s) return s.x <= 1 and { "down" } or { "down", "stay", "up" } end
function world.reward(s) return s.luck end
return world
LUA
experiment() { # experiment HEAD: with the algorithm of algorithm.lua
    cat >experiment.lua <<LUA
return { environment = "./world.lua", algorithm = "./algorithm.lua", updates = 6, copies = 2,
         policy = { { "linear", weight = 0, bias = { 1, 5, 3 } }, "$1" } }
LUA
}
algorithm() { # algorithm BODY: what an update does, with `log` to tell
    cat >algorithm.lua <<LUA
local function text(t) return table.concat(t:reshape(-1):to_table(), " "):gsub("%.0", "") end
return function(run, policy)
  local told = {}
  for p in run:updates() do
    local function tell(...)
      for _, t in ipairs { ... } do told[#told + 1] = text(t) end
    end
    $1
  end
  if #told > 0 then error("told: " .. table.concat(told, " | ")) end
end
LUA
}
n=0
told() { # told NAME TEXT
    n=$((n + 1))
    timeout -s KILL 60 "$LURE" run experiment.lua --out "out$n" >"said$n" 2>&1
    holds "$1" "$2" "said$n"
}

experiment action_values
algorithm 'if p.update <= 3 then tell(run:collect { steps = 1 }.actions) end'
told 'the largest value' 'told: 2 2 | 2 2 | 2 2 (algorithm'
algorithm 'if p.update <= 2 then tell(run:collect { steps = 1, epsilon = 0 }.actions) end'
told 'no exploring' 'told: 2 2 | 2 2 (algorithm'
algorithm 'local a = run:collect { steps = 50, epsilon = 1 }.actions:to("float64") tell(lure.tensor({ a:min(), a:max() }, "int32"))'
told 'always exploring' 'told: 1 3 | 1 3 | 1 3 | 1 3 | 1 3 | 1 3 (algorithm'
algorithm 'local b = run:collect { steps = 1, actions = { "down", p.update < 3 and "up" or "stay" } } tell(b.actions, b.next_legal, b.legal)'
told 'words, and what is legal next' 'told: 1 3 | 1 1 1 1 1 1 | 1 1 1 1 1 1 | 1 3 | 1 0 0 1 1 1 | 1 1 1 1 1 1 | 1 2 | 1 1 1 1 1 1 | 1 0 0 1 1 1 | 1 2 | 1 1 1 1 1 1 | 1 1 1 1 1 1 |'
algorithm 'tell(run:collect { steps = 1, actions = lure.tensor({ 1, 2 }, "int32") }.actions)
    local b = run:collect { steps = 1 } tell(run:collect { steps = 1, actions = b.actions }.actions) error("told: " .. table.concat(told, " | "))'
told 'numbers from 1, and those of a batch' 'told: 1 2 | 2 2 (algorithm'
algorithm 'run:collect { steps = 2, actions = { "down", "down" } }'
told 'of several steps' 'actions are those of one step'
algorithm 'run:collect { steps = 1, actions = { "down" } }'
told 'of too few copies' 'one for each of 2 copies, got a list of 1'
algorithm 'run:collect { steps = 1, actions = { "down", "dwn" } }'
told 'a word that is none' "actions[2]: the action is 'dwn', which is none of its words; did you mean 'down'?"
algorithm 'run:collect { steps = 1, actions = lure.tensor({ 1, 4 }, "int32") }'
told 'a number that is none' 'the action of copy 2 is 4'
algorithm 'if p.update < 3 then run:collect { steps = 1, actions = { "down", "up" } } else run:collect { steps = 1, actions = { "up", "up" } } end'
told 'one that is not legal' 'the action of copy 1, "up", is not legal there (algorithm, update 3)'
algorithm 'run:collect { steps = 1, epsilon = 1.5 }'
told 'an epsilon above 1' 'epsilon is 1.5; expected a number from 0 to 1'
algorithm 'run:collect { steps = 1, epsilon = 0.5, actions = { "down", "down" } }'
told 'both' 'without random or epsilon'

experiment categorical
algorithm 'run:collect { steps = 1, epsilon = 0.5 }'
told 'epsilon of probabilities' 'epsilon is for a policy with the head "action_values"; this one'
algorithm 'tell(lure.tensor({ run.copies }, "int32"))'
told 'how many copies' 'told: 2 | 2 |'

# the world's chance is the same whoever chooses, and the policy's at the same step, too
sed -i 's/function world.legal.*//' world.lua
algorithm 'local b = run:collect { steps = 1, actions = { "stay", "stay" } } run:log { luck = b.rewards[1][1] + 2 * b.rewards[1][2] }'
"$LURE" run experiment.lua --out given >/dev/null 2>&1
algorithm 'local b = run:collect { steps = 1, random = true } run:log { luck = b.rewards[1][1] + 2 * b.rewards[1][2] }'
sed -i 's/return s.x == 0/return false/' world.lua
"$LURE" run experiment.lua --out drawn >/dev/null 2>&1
check 'the same chance' "$(cut -d, -f5 given/metrics.csv)" "$(cut -d, -f5 drawn/metrics.csv)"
check 'six rows of it' 7 "$(wc -l <given/metrics.csv)"

# numbers as actions
cat >world.lua <<'LUA'
local world = { actions = { { low = -1, high = 1 }, { low = 0, high = 2 } }, observation = { "x" }, max_steps = 4 }
function world.reset(s) s.x = 0 end
function world.step(s, action) s.x = action[1] + 10 * action[2] return false end
return world
LUA
sed -i 's/return world/function world.reward(s) return s.x end return world/' world.lua
experiment gaussian
sed -i 's/bias = { 1, 5, 3 }/bias = 0/' experiment.lua
algorithm 'tell(run:collect { steps = 1, actions = { { 0.5, 1 }, { -0.5, 2 } } }.rewards)
    tell(run:collect { steps = 1, actions = lure.tensor { { 0.25, 1 }, { 0, 1.5 } } }.rewards)'
told 'lists and tensors of numbers' 'told: 10.5 19.5 | 10.25 15 |'
# ---- what the shipped ones cannot learn from ----

refuses() { # refuses NAME TEXT ARGS...
    local name=$1 text=$2
    shift 2
    n=$((n + 1))
    timeout -s KILL 60 "$LURE" run "$@" --set updates=2 --out "out$n" >"said$n" 2>&1
    check "$name: exit code" 3 $?
    holds "$name" "$text" "said$n"
}
memory='policy={ { "gru", 4 }, "linear", "action_values" }'
for algorithm in dqn q_learning sarsa expected_sarsa; do
    refuses "$algorithm with a memory" 'a policy with a memory learns from sequences' frozen_lake_q --set algorithm=$algorithm --set "$memory"
done
for algorithm in epsilon_greedy ucb gradient_bandit; do
    refuses "$algorithm of numbers" "a bandit's arms are words" pendulum_ppo --set algorithm=$algorithm
done
refuses 'action values of numbers' 'policy: an action_values head does not fit the environment' frozen_lake_q --set environment=pendulum
refuses 'PPO without a value' 'policy:values: the policy has no value' frozen_lake_q --set algorithm=ppo
cat >evaluate.lua <<'LUA'
return function(run, policy)
  for p in run:updates() do
    local batch = run:collect { steps = 4 }
    policy:evaluate(batch.observations, batch.actions)
  end
end
LUA
refuses 'probabilities of action values' 'policy:evaluate: a log_prob needs probabilities' frozen_lake_q --set algorithm=./evaluate.lua

finish
