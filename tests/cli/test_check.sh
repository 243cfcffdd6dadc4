#!/usr/bin/env bash
# test_check.sh: which scripts lure check takes, what it says of them, and its exit codes.
. "$(dirname "${BASH_SOURCE[0]}")/../tools/expect.sh"
cd "$here" || exit 2
mkdir -p environments rewards parts/environments/maze
sed 's/NAME/corridor/' "$top/scripts/templates/environment.lua" >environments/corridor.lua
cp environments/corridor.lua corridor.lua
cp environments/corridor.lua parts/environments/maze/init.lua
echo 'return 1' >parts/environments/maze/walls.lua
echo 'return function(s) return s.place end' >rewards/far.lua
echo 'return function(s) return s.depth end' >rewards/deep.lua

# ---- what is checked ----
expect "a file" 0 "ok    environments/corridor.lua (environment, " "$LURE" check environments/corridor.lua
expect "a speed" 0 " ns a step, reward -0.1 .. 0.9)" "$LURE" check environments/corridor.lua
expect "a name" 0 "ok    environments/corridor.lua" "$LURE" check corridor
expect "a name of two roles" 0 "2 scripts: 2 ok" "$LURE" check fry_shacks
expect "a name of one role" 0 "(experiment, " "$LURE" check fry_shacks --role experiment
expect "a folder" 0 "ok    environments/corridor.lua" "$LURE" check ./environments/
expect "a folder of parts is one script" 0 "ok    parts/environments/maze/init.lua" "$LURE" check parts
expect "the same twice is checked once" 0 "ok " "$LURE" check environments environments/corridor.lua
[ "$("$LURE" check environments environments/corridor.lua | wc -l)" = 1 ] && passed=$((passed + 1)) || failed=$((failed + 1))
expect "a role that no folder tells" 0 "(environment" "$LURE" check corridor.lua --role environment
expect "a world that no folder tells" 0 "ok    corridor.lua (environment" "$LURE" check corridor.lua
cp "$top/scripts/templates/experiment.lua" "$top/scripts/templates/batch.lua" parts/
expect "an experiment that no folder tells" 0 "parts/experiment.lua (experiment, " "$LURE" check parts/experiment.lua
expect "a batch that no folder tells" 0 "parts/batch.lua (batch)" "$LURE" check parts/batch.lua
rm parts/experiment.lua parts/batch.lua
expect "seen from inside the folder" 0 "far.lua (reward, " sh -c 'cd rewards && "$1" check far.lua' sh "$LURE"

# ---- what is found ----
expect "a reward in the one world it fits" 0 "ok    rewards/far.lua" "$LURE" check rewards/far.lua
expect "a reward that fits none" 1 "--environment NAME" "$LURE" check rewards/deep.lua
expect "a reward in a world that it was not made for" 1 "in fry_shacks" "$LURE" check rewards/far.lua --environment fry_shacks
expect "a made-up input" 0 ": reset asks for input.hunger" "$LURE" check fry_shacks --role environment
expect "a real input" 0 "ok " "$LURE" check fry_shacks --role environment --schedule uniform_hunger
expect "no note about a real input" 1 "" sh -c '"$1" check fry_shacks --role environment --schedule uniform_hunger | grep note' sh "$LURE"
expect "good and bad together" 1 "3 scripts: 2 ok, 1 with findings" "$LURE" check environments rewards
expect "JSON" 1 '"line": 1' "$LURE" check rewards/deep.lua --json
expect "JSON of what is fine" 0 '"findings": []' "$LURE" check environments --json
cat >is_json.lua <<'LUA'
package.path = arg[1] .. "/tests/cli/?.lua;" .. package.path
local d = require("json").decode(io.read("a"))
assert(d.schema == "lure.check/1" and d.ok == false and #d.scripts == 3)
for _, script in ipairs(d.scripts) do assert(script.ok == (#script.findings == 0)) end
print("is JSON")
LUA
expect "JSON that can be read" 0 "is JSON" sh -c '"$1" check environments rewards --json | lua5.4 is_json.lua "$2"' sh "$LURE" "$top"

# ---- what is told besides ----
expect "a reward's cost and range" 0 " a call, reward -3 .. 3)" "$LURE" check rewards/far.lua --environment corridor
expect "a rate's cost and range" 0 " a call, rate 0.1 .. 1)" "$LURE" check linear --role learning_rate
expect "a schedule's cost" 0 " a call)" "$LURE" check uniform_hunger
expect "an update's cost" 0 " an update)" "$LURE" check reinforce
expect "numbers in JSON" 0 '"shaping_discount": 0.99' "$LURE" check towards_upright --json
expect "a hint is known as one" 0 "term 'hint' is potential-based shaping with discount 0.99" "$LURE" check towards_upright
mkdir shaped
echo 'return function(s, a, terminated, before) return 0.5 * (terminated and 0 or s.x) - before.x end' >shaped/slope.lua
expect "nothing but a slope" 0 "and nothing else" "$LURE" check shaped/slope.lua --role reward --environment cartpole
echo 'return function(s, a, terminated, before) return 3 + 0.5 * (terminated and 0 or s.x) - before.x end' >shaped/step.lua
expect "a slope beside the world's own reward" 0 "note: shaped/step.lua:1: the reward is 3 a step and potential-based" "$LURE" check shaped/step.lua --role reward --environment cartpole
echo 'return function(s, a, terminated, before) return s.x - before.x + 0 * s.spin end' >shaped/progress.lua
expect "progress is a slope that pays for the end" 0 "which pays for where an episode terminates" "$LURE" check shaped/progress.lua --role reward --environment cartpole
echo 'return function(s, a, terminated, before) return s.x * before.x end' >shaped/product.lua
expect "a product is none" 1 "" sh -c '"$1" check shaped/product.lua --role reward --environment cartpole | grep shaping' sh "$LURE"
echo 'return function(s, a, terminated, before) return 0.5 * s.x - before.x + (a == "left" and 0 or 1) end' >shaped/action.lua
expect "what depends on the action is none" 1 "" sh -c '"$1" check shaped/action.lua --role reward --environment cartpole | grep shaping' sh "$LURE"
echo 'return function(s) return s.x end' >shaped/state.lua
expect "what looks at no before is none" 1 "" sh -c '"$1" check shaped/state.lua --role reward --environment cartpole | grep shaping' sh "$LURE"
mkdir experiments
cat >experiments/gains.lua <<'LUA'
return { environment = "cartpole", reward = "shaped/progress.lua", algorithm = "reinforce", learning_rate = 0.01,
         policy = { "linear", "categorical" }, updates = 5 }
LUA
expect "progress is no hint at odds with a discount" 0 "and the algorithm's is 0.99: right where" "$LURE" check experiments/gains.lua
mkdir worlds
cat >worlds/upside_down.lua <<'LUA'
local world = { max_steps = 5, observation = { "x" },
                actions = { low = 1, high = 0 } }
function world.reset(s) s.x = 0 end
function world.step() return false end
return world
LUA
expect "where a declaration is wrong" 1 "worlds/upside_down.lua:2: the environment's actions declares low = 1 above high = 0" "$LURE" check --role environment worlds/upside_down.lua
mkdir schedules
echo 'return function(rng) return { warmth = rng:uniform() } end' >schedules/warm.lua
expect "a schedule that no world reads" 0 "no world was found whose reset reads it" "$LURE" check schedules/warm.lua
echo 'return function(rng) return {} end' >schedules/empty.lua
expect "a schedule that gives nothing" 0 "ok " "$LURE" check schedules/empty.lua

mkdir -p clock/environments clock/rewards clock/experiments
cat >clock/environments/clock.lua <<'LUA'
local clock = { actions = { "wait", "look" }, observation = { "time" } }
function clock.reset(s) s.time = 0 end
function clock.step(s)
  s.time = s.time + 1
  return false
end
return clock
LUA
expect "a world without an end" 0 "clock.lua:3: no episode ended within" "$LURE" check clock/environments/clock.lua
echo 'return function(s) return s.time end' >clock/rewards/time.lua
expect "a reward that grows and grows" 0 "note: clock/rewards/time.lua:1: the reward's size grew all through an episode" "$LURE" check clock/rewards/time.lua --environment clock/environments/clock.lua
echo 'return function(s, a, terminated, before) return 0.99 * (terminated and 0 or s.x) - before.x end' >clock/rewards/lean.lua
cat >clock/experiments/leaning.lua <<'LUA'
return { environment = "cartpole", reward = "lean", algorithm = { "reinforce", episodes = 2, gamma = 0.9 },
         learning_rate = 0.01, policy = { "linear", "categorical" }, updates = 3 }
LUA
expect "an experiment that names it, with another discount" 0 "but the algorithm of clock/experiments/leaning.lua has discount 0.9" "$LURE" check clock/rewards/lean.lua
expect "the experiment is at fault" 1 "clock/experiments/leaning.lua:1: reward: the reward is potential-based shaping with discount 0.99" "$LURE" check clock/experiments/leaning.lua

# ---- the account: the same in any process ----
"$LURE" check account cartpole uniform_hunger reinforce >account-1
(cd / && "$LURE" check account cartpole uniform_hunger reinforce) >account-2
expect "an account" 0 "episode 1, step 1 = {action = " cat account-1
expect "the same account elsewhere" 0 "" cmp account-1 account-2
expect "an account of what is broken" 1 "error: rewards/deep.lua:1: " "$LURE" check account rewards/deep.lua

# ---- a script that hangs or prints takes nothing down ----
echo 'while true do end' >rewards/hangs.lua
expect "a script that hangs" 1 "rewards/hangs.lua:1: time limit" "$LURE" check rewards/hangs.lua
echo 'print(("x"):rep(1000)) return function() print("y") return 1 end' >rewards/prints.lua
expect "a script that prints" 0 "ok " "$LURE" check rewards/prints.lua --environment corridor
[ "$("$LURE" check rewards/prints.lua --environment corridor 2>&1 | wc -l)" = 1 ] && passed=$((passed + 1)) || failed=$((failed + 1))

# ---- what is refused ----
expect "nothing to check" 2 "expected [gradient|account] PATH|NAME..." "$LURE" check
expect "an unknown option" 2 "did you mean --role" "$LURE" check corridor --rol environment
expect "an unknown role" 2 "did you mean 'reward'" "$LURE" check corridor.lua --role rewrad
cp rewards/far.lua far.lua
expect "a function that could be anything" 2 "say what it is with --role" "$LURE" check far.lua
echo 'while true do end' >hangs.lua
expect "a script that hangs and could be anything" 2 "say what it is with --role" "$LURE" check hangs.lua
expect "a missing file" 4 "there is no such file" "$LURE" check environments/nowhere.lua
expect "a missing name" 4 "did you mean 'corridor'" "$LURE" check corridr
expect "an empty folder" 4 "holds no .lua file" sh -c 'mkdir empty; "$1" check empty' sh "$LURE"
expect "help" 0 "Usage: lure check" "$LURE" check --help
finish
