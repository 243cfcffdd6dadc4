#!/usr/bin/env bash
# test_check_gradient.sh: lure check gradient: what is measured of algorithms that are right, what is found in each of
# tests/contract/broken_gradients, whose first line says it, and what is refused.
. "$(dirname "${BASH_SOURCE[0]}")/../tools/expect.sh"
cd "$here" || exit 2
gradient() { "$LURE" check gradient "$@"; }

# ---- ours are right ----
expect "one step an episode is all that policy_gradient is for" 0 "scale  bandit  1: the update is the gradient itself" \
    gradient policy_gradient --problem bandit
expect "and elsewhere it is told why not" 1 "weighing each action with its own reward alone" gradient policy_gradient --problem tree
expect "reinforce as it is" 0 "ok    $top/scripts/algorithms/reinforce.lua (the gradient of an algorithm)" \
    gradient "$top/scripts/algorithms/reinforce.lua"
expect "what fades with the batch is no finding" 0 "it fades with the batch" gradient reinforce --set baseline=none --problem walk
expect "reinforce, plain: no bias" 0 "tree    right (cosine 1.00000 to the gradient of the return)" \
    gradient reinforce --set baseline=none --set normalize=false --set gamma=1 --problem tree
expect "a baseline that sees its own action is a scale" 0 "(n - 1)/n for n = 4" \
    gradient reinforce --set normalize=false --problem bandit
expect "a discount is known for what it is" 0 "to the usual discounted gradient)" \
    gradient reinforce --set baseline=none --set normalize=false --set gamma=0.5 --problem tree
expect "an update too large to try all is drawn" 0 " drawn" \
    gradient reinforce --set episodes=40 --set baseline=none --set normalize=false --problem bandit
expect "the actor-critic as it is" 0 "ok    $top/scripts/algorithms/actor_critic.lua (the gradient of an algorithm)" \
    gradient "$top/scripts/algorithms/actor_critic.lua"
expect "PPO as it is, by the first of its minibatches" 0 "ok    $top/scripts/algorithms/ppo.lua (the gradient of an algorithm)" \
    gradient "$top/scripts/algorithms/ppo.lua"
expect "a learned baseline" 0 "ok    $top/scripts/algorithms/reinforce.lua" \
    gradient "$top/scripts/algorithms/reinforce.lua" --set baseline=learned --problem tree
cat >actor.lua <<'LUA'
-- One step on a clipped ratio, a value function as the baseline.
local o = options(..., { episodes = 10, clip = 0.2, entropy = 0, value = 0.5 })
return function(run, policy, optimizer, learning_rate)
  for p in run:updates() do
    local b = run:collect { episodes = o.episodes }
    local returns = lure.discounted_returns(b.rewards, b.ends, 1)
    local _, gradient = differentiate(function()
      local log_prob, entropy, value = policy:evaluate(b.observations, b.actions)
      local ratio, advantages = exp(log_prob - stop_gradient(log_prob)), returns - stop_gradient(value)
      local surrogate = minimum(ratio * advantages, clamp(ratio, 1 - o.clip, 1 + o.clip) * advantages)
      return -mean(surrogate) - o.entropy * mean(entropy) + o.value * mean((value - returns) ^ 2)
    end, policy)
    optimizer:step(policy, gradient, learning_rate(p))
  end
end
LUA
expect "a loss of one's own, held against finite differences" 0 "tape           right (" gradient actor.lua --problem tree
expect "the value function's parameters are left out" 0 "12 of 27" gradient actor.lua --problem tree
expect "policies it is not written for are told" 0 "note: not measured: tree/linear, tree/network, tree/bernoulli" \
    gradient actor.lua --problem tree
expect "an entropy bonus is a bias that is told" 0 "% of the gradient of the return, mostly in" \
    gradient actor.lua --problem tree --set entropy=0.05

# ---- broken on purpose ----
n_broken=0
for script in "$top"/tests/contract/broken_gradients/*.lua; do
    n_broken=$((n_broken + 1))
    text=$(sed -n '1s/^-- found: //p' "$script")
    problem=$(sed -n 's/.* in \(bandit\|tree\|walk\)\/.*/\1/p' <<<"$text")
    expect "$(basename "$script")" 1 "$text" gradient "$script" --problem "${problem:-bandit}"
done
expect "there are so many" 0 "yes" sh -c '[ "$1" -ge 17 ] && echo yes' sh "$n_broken"

# ---- how long it may take ----
# An update that works for a tenth of a second: all sequences of all cases would take many minutes. How far four seconds reach
# depends on the build; sanitizers slow only what is ours.
case $LURE in
*san/*) echo "skipped how far a time reaches: a sanitizer slows it" ;;
*)
    sed 's/local b = run:collect/local t = 0 for i = 1, 8e6 do t = t + i end local b = run:collect/' actor.lua >slow.lua
    SECONDS=0
    expect "a script that is too slow is measured as far as its time reaches" 1 \
        "the time for one script, 4 seconds, does not reach further (--seconds N gives it more)" gradient slow.lua --seconds 4
    expect "the next one has its own" 1 "ok    actor.lua (the gradient of an algorithm)" \
        gradient slow.lua actor.lua --seconds 4 --problem bandit
    expect "what stopped it is the finding; what it is not written for may be no fault" 1 "note: not measured: bandit/linear" \
        gradient slow.lua --seconds 1 --problem bandit
    [ "$SECONDS" -lt 30 ] && passed=$((passed + 1)) || { failed=$((failed + 1)); echo "FAIL that took $SECONDS seconds"; }
    ;;
esac
expect "no time at all" 2 "--seconds 0: expected a whole number from 1 to 1000000" gradient actor.lua --seconds 0

# ---- as a document ----
cat >is_json.lua <<'LUA'
package.path = arg[1] .. "/tests/cli/?.lua;" .. package.path
local d = require("json").decode(io.read("a"))
local case = d.scripts[1].gradient[1]
assert(d.schema == "lure.check/1" and d.ok and case.problem == "bandit" and case.policy == "linear" and case.exact)
assert(case.sequences == 6 and #case.expected_gradient == 9 and #case.true_gradient == 9 and case.counted == 9)
for i, g in ipairs(case.expected_gradient) do assert(math.abs(g + case.true_gradient[i]) < 1e-9) end
assert(math.abs(case.scale - 1) < 1e-9 and case.bias < 1e-9 and case.tape.error < 1e-6)
print("is JSON")
LUA
expect "JSON" 0 "is JSON" sh -c '"$1" check gradient policy_gradient --problem bandit --json | lua5.4 is_json.lua "$2"' sh "$LURE" "$top"

# ---- what is refused ----
expect "no algorithm" 2 "expected an algorithm" gradient
expect "an unknown problem" 2 "bandit, tree and walk are" gradient reinforce --problem maze
expect "an unknown option" 1 "did you mean 'baseline'" gradient reinforce --set baselin=none
expect "an option of the other check" 2 "--environment says nothing here" gradient reinforce --environment gridworld
expect "options of an algorithm in the other check" 2 "--set is for lure check gradient" "$LURE" check reinforce --set gamma=1
expect "an environment" 4 "" gradient gridworld
finish
