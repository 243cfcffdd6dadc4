#!/usr/bin/env bash
# test_trace.sh: lure trace steps a world through given actions and tells every number of it; what it refuses it says why.
. "$(dirname "$0")/shared.sh"

mkdir -p environments rewards
cat > environments/corridor.lua <<'LUA'
local o = options(..., { length = 4, start = 2 })
local corridor = { actions = { "left", "right" }, observation = { { "place", low = 0, high = 4 } }, max_steps = 6 }
function corridor.reset(s, _, input) s.place = type(input.state) == "table" and input.state[1] or input.state or o.start end
function corridor.step(s, action)
  s.place = s.place + (action == "right" and 1 or -1)
  return s.place <= 0 or s.place >= o.length
end
function corridor.reward(s) return s.place >= o.length and 1 or -0.1, { place = s.place, cost = -0.1 } end
function corridor.render(s) return ("."):rep(s.place) .. "@" end
return corridor
LUA
cat > environments/gears.lua <<'LUA'
local gears = { actions = { { "left", "right" }, { name = "gear", "first", "second" } },
                observation = { "turn", { "arm", { "angle", "speed" } }, { "pixels", size = 2 } }, max_steps = 3 }
function gears.reset(s) s.turn, s.arm, s.pixels = 0, { angle = 0.1, speed = 1 / 3 }, { 5, 6 } end
function gears.step(s, action)
  s.turn = (action[1] == "right" and 1 or -1) * (action[2] == "second" and 2 or 1)
  s.pixels[1] = s.pixels[1] + s.turn
  return false
end
function gears.legal(s) return s.turn < 0 and { { "right" }, { "first", "second" } } or { { "left", "right" }, { "first" } } end
return gears
LUA
cat > environments/pull.lua <<'LUA'
local pull = { actions = { { name = "x", low = -1, high = 1 }, { low = 0, high = 2 } }, observation = { "sum" }, max_steps = 5 }
function pull.reset(s) s.sum = 0 end
function pull.step(s, a) s.sum = s.sum + a[1] + 10 * a[2]; return false end
return pull
LUA
cat > environments/push.lua <<'LUA'
local push = { actions = { low = -1, high = 1 }, observation = { "x" }, max_steps = 5 }
function push.reset(s) s.x = 0 end
function push.step(s, a) s.x = s.x + a; return false end
function push.reward(_, a) return -a * a end
return push
LUA
cat > environments/broken.lua <<'LUA'
local broken = { actions = { "a", "b" }, observation = { "x" }, max_steps = 9 }
function broken.reset(s) s.x = 0 end
function broken.step(s) s.x = s.x + 1; if s.x == 3 then error("three") end; return false end
return broken
LUA
cat > environments/listener.lua <<'LUA'
local listener = { actions = { "left", "right" }, observation = { "first", "second", "third", "length" }, max_steps = 9 }
function listener.reset(s, _, input)
  s.first, s.second, s.third, s.length = input.state[1], input.state[2], input.third, #input.other
end
function listener.step() return false end
return listener
LUA
echo 'local o = options(..., { scale = 2 }) return function(s) return s.place * o.scale end' > rewards/place.lua

# values FILE EXPRESSIONS: of the document d, with spaces between
values() {
    json "$1" "(function(...) local t = table.pack(...)
        for i = 1, t.n do t[i] = tostring(t[i]) end
        return table.concat(t, ' ') end)($2)"
}

trace() { # trace NAME ARGUMENTS...: its JSON into NAME.json
    local name=$1
    shift
    "$LURE" trace "$@" --json > "$name.json" 2> "$name.err" || cat "$name.err"
}

# ---- the document ----
trace a corridor --actions right,left,1,1
check 'schema' lure.trace/1 "$(values a.json 'd.schema')"
check 'an entry a step, after that of the reset' 5 "$(values a.json '#d.steps')"
check 'the reset has no action' '"action": null,' "$(grep -m 1 -o '"action": null,' a.json)"
check 'the reset has reward 0' '0 false false' "$(values a.json 'd.steps[1].reward, d.steps[1].terminated, d.steps[1].truncated')"
check 'actions as they were given' 'right left 1 1' \
    "$(values a.json 'd.steps[2].action, d.steps[3].action, d.steps[4].action, d.steps[5].action')"
check 'observations' '2 3 2 3 4' \
    "$(values a.json 'd.steps[1].observation[1], d.steps[2].observation[1], d.steps[3].observation[1], d.steps[4].observation[1], d.steps[5].observation[1]')"
check 'the end' 'true false 1' "$(values a.json 'd.steps[5].terminated, d.steps[5].truncated, d.steps[5].reward')"
check 'terms of the reward' '4 -0.1' "$(values a.json 'd.steps[5].terms.place, d.steps[5].terms.cost')"
check 'how it ended' 'terminated 4 0' "$(values a.json 'd.ended, d.length, d.actions_left')"

# ---- where it ends ----
trace b corridor --actions 'right*9'
check 'it stops at the end of the episode' '3 terminated 7' "$(values b.json '#d.steps, d.ended, d.actions_left')"
trace b corridor --actions left,right,left,right,left,right,left
check 'and at the time limit' '7 truncated 1 true false' \
    "$(values b.json '#d.steps, d.ended, d.actions_left, d.steps[7].truncated, d.steps[7].terminated')"
trace b corridor
check 'no action: the reset alone' 1 "$(values b.json '#d.steps')"
"$LURE" trace corridor --actions 'right*9' > out 2> err
check 'it says so in text' 0 $?
holds 'actions are left over' '2 steps, return 0.9, the episode has terminated; 7 actions left over' out

# ---- every number to its last bit ----
near() { # near FILE STEP VALUES...: the observation after that step, to about so many digits as are given
    local file=$1 step=$2 i=0 value what=
    shift 2
    for value; do
        i=$((i + 1))
        what+="${what:+ and }math.abs(d.steps[$((step + 1))].observation[$i] - ($value)) < 1e-8 * math.max(1, math.abs($value))"
    done
    values "$file" "$what"
}
trace c cartpole --input 'state={0.01823519,-0.0446179,-0.02796401,-0.03156282}' --actions 'right*12'
check 'cartpole: the start that is given' true "$(near c.json 0 0.01823519 -0.0446179 -0.02796401 -0.03156282)"
check 'cartpole: a published step' true "$(near c.json 1 0.017342832 0.150893671 -0.028595266 -0.332935874)"
check 'cartpole: it falls at step 9' '10 terminated 3' "$(values c.json '#d.steps, d.ended, d.actions_left')"
check 'cartpole: where it fell' 'true true' "$(values c.json 'math.abs(d.steps[10].observation[1] - 0.1511158) < 1e-6,
    math.abs(d.steps[10].observation[4] + 2.8914354) < 1e-6')"
trace c cartpole --input 'state={0,0,0,0}' --actions '1*9'
check 'cartpole from zeros, step 1' true "$(near c.json 1 0 0.195121951 0 -0.292682927)"
check 'cartpole from zeros, step 5' true "$(near c.json 5 0.0390323329 0.976363924 -0.0587194868 -1.48153256)"
check 'cartpole from zeros, step 9' true "$(near c.json 9 0.140650972 1.76038113 -0.21518605 -2.77788649)"
trace c mountain_car --input 'state={-0.5,0}' --actions '2*50'
check 'mountain_car, step 1' true "$(near c.json 1 -0.499176843 0.000823156996)"
check 'mountain_car, step 50' true "$(near c.json 50 -0.318464789 -0.00762363279)"
trace c pendulum --input 'state={1.5707963267948966,0}' --actions '0*10'
check 'pendulum, step 1' true "$(near c.json 1 'math.cos(1.60829633)' 'math.sin(1.60829633)' 0.75)"
check 'pendulum, reward 1' true "$(values c.json 'math.abs(d.steps[2].reward + 2.4674011) < 1e-7')"
check 'pendulum, step 10' true "$(near c.json 10 'math.cos(3.39489745)' 'math.sin(3.39489745)' 5.47567613)"
trace c mountain_car_continuous --input 'state={-0.5,0}' --actions 1,1.5
check 'beyond the bounds: the reward counts what was given' 'true true' \
    "$(values c.json 'math.abs(d.steps[2].reward + 0.1) < 1e-12, math.abs(d.steps[3].reward + 0.225) < 1e-12')"
trace c frozen_lake --input state=14 --set slippery=false --actions 2
check 'a tabular world: its number' '14 15 1 terminated' \
    "$(values c.json 'd.steps[1].observation[1], d.steps[2].observation[1], d.steps[2].reward, d.ended')"
trace c gears --actions left:first
check 'a third' true "$(values c.json 'd.steps[1].observation[3] == 1 / 3')"
holds 'a third in all its digits' 0.3333333333333333 c.json

# ---- kinds of actions ----
check 'names in the order of the declaration' 'turn arm.angle arm.speed pixels[1] pixels[2]' \
    "$(values c.json 'table.concat(d.observation_names, " ")')"
trace d gears --actions right:1,0:first
check 'several choices' 'right 1 0 first' "$(values d.json 'd.steps[2].action[1], d.steps[2].action[2], d.steps[3].action[1], d.steps[3].action[2]')"
check 'what they did' '2 7 -1 6' "$(values d.json 'd.steps[2].observation[1], d.steps[2].observation[4], d.steps[3].observation[1], d.steps[3].observation[4]')"
check 'legal actions' 'left right first' "$(values d.json 'd.steps[1].legal[1][1], d.steps[1].legal[1][2], d.steps[1].legal[2][1]')"
check 'legal actions change' 'right 2' "$(values d.json 'd.steps[3].legal[1][1], #d.steps[3].legal[2]')"
trace d pull --actions=-0.5:0.25,1:2
check 'several numbers' '2 22 -0.5' "$(values d.json 'd.steps[2].observation[1], d.steps[3].observation[1] - 1, d.steps[2].action[1]')"
trace d push --actions 0.1,-3
check 'one number, as it is given, beyond the bounds too' '0.1 -9 -2.9' "$(values d.json 'd.steps[2].action, d.steps[3].reward, d.steps[3].observation[1]')"

"$LURE" trace gears --actions left:first,right:first,left:second,left:first > out
holds 'an illegal action is made and told of' '3 steps, return 0, the episode has been truncated; the action of step 3 was not legal; 1 action left over' out
"$LURE" trace gears --actions left:first,right:first > out
check 'a legal one is not' 0 "$(grep -c legal out)"

# ---- where actions come from ----
seq 1000 | sed 's/.*/0.001/' > many
"$LURE" trace push --actions "$(paste -sd, many)" --json > e.json
check 'a thousand actions fit on the line' 6 "$(values e.json '#d.steps')"
"$LURE" trace push --actions @many --json > f.json
check 'from a file' same "$(cmp e.json f.json && echo same)"
"$LURE" trace push --actions - --json < many > f.json
check 'from stdin' same "$(cmp e.json f.json && echo same)"
trace e corridor --seed 3 --actions random:5
trace f corridor --seed 3 --actions random:2,random:3
check 'random actions follow the seed' "$(values e.json 'd.steps[2].action .. d.steps[3].action')" "$(values f.json 'd.steps[2].action .. d.steps[3].action')"
trace e gears --actions 0:0,random:2 --seed 5
check 'random actions are legal' right "$(values e.json 'd.steps[3].action[1]')"

mkdir -p algorithms experiments
cat > algorithms/random.lua <<'LUA'
return function(run)
  for _ in run:updates() do
    local batch = run:collect { steps = 8, random = true }
    run:log { first = batch.actions[1], third = batch.actions[3], sum = batch.actions:sum(), place = batch.observations:sum() * 1e6 // 1 }
  end
end
LUA
echo 'return { environment = "cartpole", algorithm = "random", policy = { "linear", "categorical" }, updates = 1, precision = "double" }' \
    > experiments/random.lua
"$LURE" run random --seed 11 --out random > /dev/null
trace f cartpole --seed 11 --actions random:8
check 'a run that draws at random lives through the same' "$(tail -n 1 random/metrics.csv | cut -d, -f5-)" "$(values f.json \
    "(function() local actions, places, steps = {}, 0, d.steps
        for i = 1, 8 do actions[i] = steps[i + 1].action == 'right' and 2 or 1 end
        for i = 1, 8 do for k = 1, 4 do places = places + steps[i].observation[k] end end
        local sum = 0
        for i = 1, 8 do sum = sum + actions[i] end
        return string.format('%d,%d,%d,%d', actions[1], places * 1e6 // 1, sum, actions[3]) end)()")"

# ---- options ----
trace g corridor --set length=3 --set start=1 --actions right,right
check 'options of the world' 'terminated 1' "$(values g.json 'd.ended, d.steps[1].observation[1]')"
trace g corridor --input state=1 --actions left
check 'input for reset' 'terminated' "$(values g.json 'd.ended')"
trace g listener --input 'state={3,7},other="a,b"' --input third=3 --actions right
check 'commas inside braces and quotes do not cut' '3 7 3 3' "$(values g.json 'd.steps[1].observation[1], d.steps[1].observation[2], d.steps[1].observation[3], d.steps[1].observation[4]')"
trace g corridor --reward place --set reward.scale=10 --actions right
check 'another reward' '30 place' "$(values g.json 'd.steps[2].reward, d.reward')"
trace g corridor --reward 7 --actions right
check 'a number as reward' 7 "$(values g.json 'd.steps[2].reward')"
trace g gears --actions 0:0
check 'a world without a reward' '0 null' "$(values g.json 'd.steps[2].reward, d.reward')"
check 'options as resolved, with the hash of the file' '4 64' "$(values a.json 'd.scripts[1].options.length, #d.scripts[1].sha256')"
trace h cartpole --seed 7 --actions random:20
trace i cartpole --seed 7 --actions random:20
check 'the same seed, the same bytes' same "$(cmp h.json i.json && echo same)"
trace i cartpole --seed 8 --actions random:20
check 'another seed, other numbers' false "$(values i.json "$(values h.json 'd.steps[1].observation[1]') == d.steps[1].observation[1]")"

# ---- text ----
NO_COLOR=1 "$LURE" trace corridor --actions right,right > out
cat > expected <<'TEXT'
corridor, seed 1
step  action  place  reward  ended
----  ------  -----  ------  ----------  ------------------------
   0              2
   1  right       3    -0.1              cost = -0.1, place = 3
   2  right       4       1  terminated  cost = -0.1, place = 4

2 steps, return 0.9, the episode has terminated
TEXT
sed -i 's/^----.*/RULE/' out expected
check 'the table' same "$(diff expected out && echo same)"
"$LURE" trace corridor --actions right --render > out
holds 'a block a step' 'step 1, right: reward -0.1 (cost = -0.1, place = 3)' out
holds 'with its picture' '  ...@' out
trace j corridor --actions right --render
check 'pictures in the document' '...@' "$(values j.json 'd.steps[2].render')"
"$LURE" trace push --actions 0.5 --render > out
holds 'the fields of s where nothing draws' 'x = 0.5' out

# ---- what goes wrong ----
refuses() { # refuses NAME CODE TEXT ARGUMENTS...
    local name=$1 code=$2 text=$3
    shift 3
    "$LURE" trace "$@" > out 2> err
    check "$name: exit code" "$code" $?
    holds "$name: message" "$text" err
}
refuses 'an unknown word' 2 "action 'rihgt' is none of left, right; did you mean 'right'?" corridor --actions rihgt
refuses 'an index too large' 2 "action '2' is no index from 0 to 1, which are left, right" corridor --actions 2
refuses 'a word where a number belongs' 2 "action 'left' is no number; expected -1 to 1" push --actions left
refuses 'too few parts' 2 "action 'left' has 1 of 2 parts; join them with ':'" gears --actions left
refuses 'an input that reset does not read' 3 "--input stat: the world's reset does not read it; it reads state" \
    corridor --input stat=1 --actions left
refuses 'an input where none is read' 3 "--input a: the world's reset reads no input" push --input a=1 --actions 0
refuses 'an empty action' 2 "action '' is none of left, right" corridor --actions left,,right
for count in 'left*0' 'left*' 'left*1e3' 'left*-1' 'left*99999999999999999999' 'left*10000001'; do
    refuses "$count" 2 "--actions '$count': expected a whole number from 1 to 10000000 behind '*'" corridor --actions "$count"
done
refuses 'so many at random' 2 "--actions 'random:1e3': expected a whole number from 1 to 10000000 behind ':'" corridor --actions random:1e3
refuses 'no such file' 4 'cannot open nowhere' corridor --actions @nowhere
refuses 'an unknown option' 3 "did you mean 'length'?" corridor --set lenght=3 --actions left
refuses 'an unknown world' 4 'corridoor' corridoor --actions left
refuses 'an option of a reward that is not there' 3 'name it with --reward' corridor --set reward.scale=2 --actions left
refuses 'no world' 2 'expected WORLD' --actions left
refuses 'an unknown flag' 2 'did you mean --actions' corridor --action left
refuses 'input without a value' 2 'expected key=value' corridor --input state
refuses 'an error of the world' 3 "broken.lua:3: three (environment 'broken', episode 1, step 3)" broken --actions 'a*5'
check 'the steps before it are told' 3 "$(grep -cE '^ +[0-9]' out)"
"$LURE" trace cartpole --input state={} --actions left > out 2> err
check 'nothing but the error where the reset fails' '3 0' "$? $(wc -c < out)"
"$LURE" trace broken --actions 'a*5' --json > out 2> err
check 'but no half a document' '3 0' "$? $(wc -c < out)"
finish
