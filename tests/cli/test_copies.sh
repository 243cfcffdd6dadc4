#!/usr/bin/env bash
# test_copies.sh: many copies of a world, actions of every kind, and what the experiment changes of what policies see:
# algorithms that look into their batches and say what is not as it should be.
. "$(dirname "$0")/shared.sh" || exit 2

# s.at counts the steps of an episode; it ends itself after s.last of them, drawn by the copy's stream.
cat >world.lua <<'LUA'
local o = options(..., { longest = 6, limit = 4 })
local world = { actions = { "left", "right" }, observation = { "at", "x" }, max_steps = o.limit }
function world.reset(s, rng) s.at, s.x, s.last = 0, rng:uniform(), rng:integer(1, o.longest) end
function world.step(s, action, rng)
  s.at, s.x = s.at + 1, rng:uniform() + (action == "right" and 1 or 0)
  return s.at >= s.last
end
function world.reward(s) return s.x end
return world
LUA
cat >experiment.lua <<'LUA'
return {
  environment = "./world.lua", algorithm = "./algorithm.lua", policy = { "linear", "categorical" }, updates = 3,
  precision = "double",
}
LUA
n=0
run() { # run NAME ARGUMENTS... <<ALGORITHM'S LOOP: it has b, the batch of `collect`; leaves the run in $out
    local name=$1 collect=$2
    shift 2
    n=$((n + 1)) out=out$n
    { printf 'return function(run, policy, optimizer)\nfor p in run:updates() do local b = run:collect %s\n' "$collect" && cat && echo 'end end'; } >algorithm.lua
    timeout -s KILL 60 "$LURE" run experiment.lua "$@" --out "$out" >"$out.said" 2>&1
    check "$name" '0 ' "$? $(grep -v '^ *[0-9]* %' "$out.said" | head -n 3 | grep '^lure' | tr '\n' ' ')"
}
column() { # column RUN NAME: its values on one line
    awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; next } { printf("%s%s", (NR > 2 ? " " : ""), $at) }' "$1/metrics.csv"
}

# ---- what the policy said of the actions ----

says='
  local log_prob = policy:evaluate(b.observations, b.actions, { mask = b.legal, starts = b.starts, state = b.first_states })
  local steps, copies = b.log_prob:shape()
  assert(steps == 20 and log_prob:size() == b.log_prob:size() and copies == select(2, log_prob:shape()))
  assert((log_prob - b.log_prob):abs():sum() == 0, "not what policy:evaluate says")
  local other = run:collect { steps = 3, random = true }
  assert(other.log_prob:reshape(-1)[1] ~= other.log_prob:reshape(-1)[1], "nobody chose")
  run:log { x = 1 }
'
value='value={{"linear",8},"tanh","linear"}'
for copies in 1 3; do
    run "log_prob of $copies copies" '{ steps = 20 }' --set copies=$copies --set 'policy={{"linear",16},"tanh","linear","categorical",'"$value}" <<<"$says"
    run "log_prob of a memory, $copies copies" '{ steps = 20 }' --set copies=$copies --set 'policy={{"gru",8},"linear","categorical",'"$value}" <<<"$says"
done
run 'log_prob of numbers' '{ steps = 20 }' --set copies=2 --set environment=pendulum --set 'policy={{"linear",16},"tanh","linear","gaussian",'"$value}" <<<"$says"
run 'no log_prob without a value' '{ steps = 20 }' <<<'  assert(b.log_prob == false) run:log { x = 1 }'

# ---- rows of one copy ----

run 'what followed each row' '{ steps = 50 }' <<'LUA'
  local ended = 0
  for i = 1, 50 do
    local at, after = b.observations[i][1], b.next_observations[i][1]
    assert(after == at + 1, "a row is not followed by what came of it")
    if b.ends[i] ~= 0 then
      ended = ended + 1
      assert(b.ends[i] == 2 and after == 4 or b.ends[i] == 1 and after <= 4, "an end that is none")
      assert(i == 50 or b.observations[i + 1][1] == 0, "the next episode begins at the next row")
    elseif i < 50 then
      assert((b.observations[i + 1] - b.next_observations[i]):abs():sum() == 0, "goes on elsewhere")
    end
    assert(b.rewards[i] == b.next_observations[i][2])
  end
  assert(ended > 9 and ended == b.episodes)
  assert((b.last_observations[1] - b.next_observations[50]):abs():sum() == 0)
  assert(b.legal == false and b.starts == false and b.first_states == false)
  run:log { ended = ended }
LUA
cat >goes_on.lua <<'LUA'
return function(run)
  local last
  for p in run:updates() do
    local b = run:collect { steps = 3 }
    local first = b.observations[1]
    assert(not last or first[1] == 0 or (first - last):abs():sum() == 0)
    last = b.ends[3] == 0 and b.last_observations[1]:copy() or nil
    run:log { x = last and 1 or 0 }
  end
end
LUA
"$LURE" run experiment.lua --set algorithm=./goes_on.lua --set updates=20 --out goes_on >goes_on.said 2>&1
check 'batches go on where the last one was' '0 ' "$? $(grep '^lure' goes_on.said)"
run 'terminated wins where both would be' '{ episodes = 5 }' --set environment.longest=1 --set environment.limit=1 <<'LUA'
  for i = 1, 5 do assert(b.ends[i] == 1) end
  run:log { x = 1 }
LUA
run 'an experiment may have a limit of its own' '{ episodes = 20 }' --set max_steps=2 --set environment.longest=3 <<'LUA'
  local cut = 0
  for i = 1, b.steps do
    assert(b.next_observations[i][1] <= 2)
    cut = cut + (b.ends[i] == 2 and 1 or 0)
  end
  run:log { cut = cut }
LUA
check 'and it cuts some' yes "$(column "$out" cut | tr ' ' '\n' | awk '$1 > 0 && $1 < 20 { n++ } END { print n == 3 ? "yes" : "no" }')"

# ---- several copies ----

run 'copies side by side' '{ steps = 20 }' --set copies=3 --set 'policy={ "linear", "categorical", value = { "linear" } }' <<'LUA'
  assert(select("#", b.observations:shape()) == 3 and b.steps == 60, "(step, copy, number)")
  local distinct = {}
  for i = 1, 20 do
    for c = 1, 3 do
      assert(b.next_observations[i][c][1] == b.observations[i][c][1] + 1)
      distinct[tostring(b.next_observations[i][c][2])] = true
      if i < 20 and b.ends[i][c] ~= 0 then assert(b.observations[i + 1][c][1] == 0) end
    end
  end
  local n = 0
  for _ in pairs(distinct) do n = n + 1 end
  assert(n == 60, "copies draw the same numbers")
  for c = 1, 3 do assert((b.last_observations[c] - b.next_observations[20][c]):abs():sum() == 0) end
  local values = policy:values(b.observations)
  local advantages = lure.advantages(b.rewards, values, b.ends, { discount = 0.9, lambda = 0.9,
    last_value = policy:values(b.last_observations), final_values = policy:values(b.next_observations) })
  assert(select("#", advantages:shape()) == 2)
  run:log { sum = b.rewards:sum() }
LUA
alike='  local sum = 0
  for i = 1, 40 do
    local row = select("#", b.rewards:shape()) == 1 and b.observations[i] or b.observations[i][1]
    sum = sum + i * row[2]
  end
  run:log { sum = sum }'
run 'one copy' '{ steps = 40 }' <<<"$alike"
one=$(column "$out" sum)
for copies in 2 7; do
    run "the first of $copies copies" '{ steps = 40 }' --set copies=$copies <<<"$alike"
    check "the first of $copies copies lives what one alone would" "$one" "$(column "$out" sum)"
done
run 'the third of 3' '{ steps = 40 }' --set copies=3 <<<"${alike//observations\[i\]\[1\]/observations[i][3]}"
third=$(column "$out" sum)
run 'the third of 5' '{ steps = 40 }' --set copies=5 <<<"${alike//observations\[i\]\[1\]/observations[i][3]}"
check 'a copy lives the same whatever others there are' "$third" "$(column "$out" sum)"
check 'and not what the first lives' different "$([ "$third" != "$one" ] && echo different)"
run 'shares of episodes' '{ episodes = 8 }' --set copies=3 <<'LUA'
  local at, episodes, starts = 1, 0, {}
  assert(select("#", b.observations:shape()) == 2 and b.episodes == 8)
  for i = 1, b.steps do
    assert(b.observations[i][1] == at - 1, "the rows of an episode are not next to each other")
    at = at + 1
    if b.ends[i] ~= 0 then at, episodes = 1, episodes + 1 end
  end
  assert(episodes == 8 and at == 1)
  run:log { steps = b.steps, mean = b.episodic_length }
LUA
# each copy's share is its own first episodes: of 7 by 3 copies 3, 2 and 2, whatever their length
first_rows='  local sums, sum = "", 0
  for i = 1, b.steps do
    sum = sum + b.observations[i][2]
    if b.ends[i] ~= 0 then sums, sum = sums .. ("%.17g "):format(sum), 0 end
  end
  print(sums)
  run:log { x = 1 }'
run 'shares of 7 episodes' '{ episodes = 7 }' --set copies=3 --set updates=1 <<<"$first_rows"
read -r -a shares <<<"$(cat "$out.said")"
run 'three episodes of each' '{ episodes = 9 }' --set copies=3 --set updates=1 <<<"$first_rows"
read -r -a thirds <<<"$(cat "$out.said")"
check 'a copy that has done its share waits' "${thirds[*]:0:5} ${thirds[*]:6:2}" "${shares[*]:0:7}"
run 'fewer episodes than copies' '{ episodes = 2 }' --set copies=5 <<'LUA'
  assert(b.episodes == 2)
  run:log { x = 1 }
LUA
# an error says which copy
echo 'return function(s) if s.at == 3 then error("third") end return 0 end' >third.lua
"$LURE" run experiment.lua --set copies=3 --set reward=./third.lua --set environment.longest=100 --out erred >erred.said 2>&1
check 'an error in one copy: exit code' 3 $?
holds 'an error in one copy' "third.lua:1: third (reward './third.lua', update 1, copy 1, episode 1, step 3)" erred.said

# of a policy that is no longer finite the row is told, and whose it is
cat >far.lua <<'LUA'
local world = { actions = { "a", "b" }, observation = { "x", "y" }, max_steps = 9 }
function world.reset(s) s.x, s.y = 3e38, 3e38 end
function world.step() return false end
function world.reward() return 1 end
return world
LUA
echo 'return function(run) for p in run:updates() do run:collect { steps = 4 } run:log { x = 1 } end end' >lives.lua
for copies in 1 3; do
    "$LURE" run experiment.lua --set copies=$copies --set environment=./far.lua --set algorithm=./lives.lua --set precision=single \
        --set 'policy={ { "linear", weight = 2 }, "categorical" }' --out far$copies >far.said 2>&1
    check "a policy that is not finite, $copies copies: exit code" 3 $?
    holds "a policy that is not finite, $copies copies" "row 1 of $copies: the policy's output 1 of 2 is inf; it must be finite (environment './far.lua', update 1, $([ $copies = 1 ] || echo 'copy 1, ')episode 1)" far.said
done

# ---- actions of every kind ----

cat >numbers.lua <<'LUA'
local world = { actions = { low = -1, high = 0.5 }, observation = { "x" }, max_steps = 5 }
function world.reset(s) s.x = 0 end
function world.step(s, action) assert(math.type(action) == "float") s.x = action return false end
function world.reward(s, action) assert(action == s.x) return action end
return world
LUA
for head in gaussian squashed_gaussian; do
    run "$head numbers" '{ steps = 40 }' --set environment=./numbers.lua --set "policy={ \"linear\", \"$head\" }" --set copies=2 <<'LUA'
  local outside = 0
  for i = 1, 40 do
    for c = 1, 2 do
      local a = b.actions[i][c][1]
      outside = outside + ((a < -1 or a > 0.5) and 1 or 0)
      assert(b.rewards[i][c] == math.max(-1, math.min(0.5, a)), "the world gets the action within its bounds")
    end
  end
  local log_prob = policy:evaluate(b.observations, b.actions)
  run:log { outside = outside, log_prob = log_prob:sum() }
LUA
    check "$head: some lie outside" "$([ $head = gaussian ] && echo yes || echo no)" \
        "$(column "$out" outside | tr ' ' '\n' | awk '$1 > 0 { n++ } END { print n == 3 ? "yes" : n ? "some" : "no" }')"
done
run 'evenly drawn numbers' '{ steps = 200, random = true }' --set environment=./numbers.lua --set 'policy={ "linear", "gaussian" }' <<'LUA'
  local low, high = math.huge, -math.huge
  for i = 1, 200 do low, high = math.min(low, b.actions[i][1]), math.max(high, b.actions[i][1]) end
  assert(low >= -1 and low < -0.9 and high <= 0.5 and high > 0.4)
  run:log { x = 1 }
LUA
sed 's/{ low = -1, high = 0.5 }/{ { low = -1, high = 1 }, { name = "b", low = 0, high = 2 } }/; s/s.x = action return/s.x = action[1] + 10 * action[2] return/; s/assert(math.type(action) == "float")//; s/assert(action == s.x) return action/return action[1] + 10 * action[2]/' numbers.lua >pair.lua
run 'two numbers' '{ steps = 30 }' --set environment=./pair.lua --set 'policy={ "linear", "gaussian" }' <<'LUA'
  for i = 1, 30 do
    local a, c = b.actions[i][1], b.actions[i][2]
    local seen = math.max(-1, math.min(1, a)) + 10 * math.max(0, math.min(2, c))
    assert(b.rewards[i] == seen and b.next_observations[i][1] == seen)
  end
  policy:evaluate(b.observations, b.actions)
  run:log { x = 1 }
LUA
cat >multi.lua <<'LUA'
local world = { actions = { { "left", "right" }, { name = "gear", "one", "two", "three" } }, observation = { "x" }, max_steps = 5 }
local numbers = { left = 1, right = 2, one = 10, two = 20, three = 30 }
function world.reset(s) s.x = 0 end
function world.step(s, action) assert(#action == 2) s.x = numbers[action[1]] + numbers[action[2]] return false end
function world.reward(s) return s.x end
return world
LUA
run 'two choices' '{ steps = 60 }' --set environment=./multi.lua --set 'policy={ "linear", "multi_categorical" }' --set copies=2 <<'LUA'
  local seen = {}
  for i = 1, 60 do
    for c = 1, 2 do
      local a = b.actions[i][c]
      assert(b.rewards[i][c] == a[1] + 10 * a[2])
      seen[math.tointeger(b.rewards[i][c])] = true
    end
  end
  for _, x in ipairs { 11, 12, 21, 22, 31, 32 } do assert(seen[x], x) end
  policy:evaluate(b.observations, b.actions)
  run:log { x = 1 }
LUA
cat >masked.lua <<'LUA'
local world = { actions = { "a", "b", "c" }, observation = { "x" }, max_steps = 6 }
function world.reset(s) s.x = 0 end
function world.legal(s) return s.x % 2 == 0 and { "a", "c" } or { "b" } end
function world.step(s, action)
  assert((action == "b") == (s.x % 2 == 1), "an illegal action")
  s.x = s.x + 1
  return false
end
function world.reward() return 1 end
return world
LUA
for collect in '{ steps = 30 }' '{ steps = 30, random = true }' '{ episodes = 4 }'; do
    run "legal actions, $collect" "$collect" --set environment=./masked.lua --set copies=2 <<'LUA'
  local shape = { b.legal:shape() }
  assert(shape[#shape] == 3)
  local c, i = 0, 0
  for _, row in ipairs(#shape == 2 and { b } or { 1, 2 }) do
    for i = 1, shape[1] do
      local odd = (#shape == 2 and b.observations[i] or b.observations[i][row])[1] % 2 == 1
      local legal = #shape == 2 and b.legal[i] or b.legal[i][row]
      assert(legal[1] == (odd and 0 or 1) and legal[2] == (odd and 1 or 0) and legal[3] == legal[1])
    end
  end
  policy:evaluate(b.observations, b.actions, { mask = b.legal })
  run:log { x = 1 }
LUA
done

run 'an action is repeated while it is legal' '{ steps = 30 }' --set environment=./masked.lua --set action_repeat=3 --set max_steps=100 <<'LUA'
  for i = 1, 30 do assert(b.rewards[i] == 1 and b.next_observations[i][1] == b.observations[i][1] + 1) end
  run:log { x = 1 }
LUA

# ---- a policy with a state ----

cat >recalls.lua <<'LUA'
  local log_prob = policy:evaluate(b.observations, b.actions, { starts = b.starts, state = b.first_states })
  for i = 1, 12 do
    for c = 1, select(2, b.observations:shape()) do
      assert((b.starts[i][c] == 1) == (b.observations[i][c][1] == 0))
    end
  end
  run:log { x = log_prob:sum() }
LUA
run 'a gru policy of one copy' '{ steps = 12 }' --set 'policy={ { "gru", 4 }, "linear", "categorical" }' <recalls.lua
run 'a gru policy of several copies' '{ steps = 12 }' --set 'policy={ { "gru", 4 }, "linear", "categorical" }' --set copies=3 <recalls.lua
# The state after a batch is the one before the next: evaluated from the start, all batches give the same as one by one.
cat >carried.lua <<'LUA'
local state
return function(run, policy)
  for p in run:updates() do
    local b = run:collect { steps = 5 }
    if state then assert((b.first_states - state):abs():sum() == 0, "the state was not carried") end
    local _, _, _, after = policy:evaluate(b.observations, b.actions, { starts = b.starts, state = b.first_states })
    state = after:copy()
    run:log { x = state:abs():sum() }
  end
end
LUA
for random in false 'p.update % 2 == 0'; do # random steps are what the policy saw, too
    sed "s/steps = 5/steps = 5, random = $random/" carried.lua >carries.lua
    "$LURE" run experiment.lua --set algorithm=./carries.lua --set updates=8 --set 'policy={ { "gru", 4 }, "linear", "categorical" }' --set copies=2 --out "carried ${random%% *}" >carried.said 2>&1
    check "the state is carried from batch to batch, random = $random" '0 ' "$? $(grep '^lure' carried.said)"
done

# ---- what the policy sees ----

cat >counting.lua <<'LUA' # x is 0, 1, 3, 4 and so on; cell is where in these
local values = { 0, 1, 3, 4 }
local world = { actions = { "a", "b" }, observation = { "x", { "cell", n = 4 } }, max_steps = 4 }
local function enter(s, cell) s.cell, s.x = cell % 4, values[cell % 4 + 1] end
function world.reset(s) s.n = 0 enter(s, 0) end
function world.step(s) s.n = s.n + 1 enter(s, s.n) return false end
function world.reward(s) return s.x end
return world
LUA
see() { # see NAME SETTINGS... <<LOOP
    local name=$1
    shift
    run "$name" '{ steps = 4 }' --set environment=./counting.lua "$@"
}
see 'choices one-hot' --set one_hot=true <<'LUA'
  local rows = { { 0, 1, 0, 0, 0 }, { 1, 0, 1, 0, 0 }, { 3, 0, 0, 1, 0 }, { 4, 0, 0, 0, 1 }, { 0, 1, 0, 0, 0 } }
  for i = 1, 4 do
    for j = 1, 5 do assert(b.observations[i][j] == rows[i][j] and b.next_observations[i][j] == rows[i + 1][j]) end
  end
  run:log { x = 1 }
LUA
see 'the last frames' --set frame_stack=3 --set time_aware=true <<'LUA'
  local x = { 0, 0, 0, 1, 3, 4, 0 }
  for i = 1, 4 do
    for k = 0, 2 do
      assert(b.observations[i][3 * k + 1] == x[i + k] and b.next_observations[i][3 * k + 1] == x[i + 1 + k])
      assert(b.observations[i][3 * k + 3] == math.max(0, i - 3 + k) / 4)
    end
  end
  run:log { x = 1 }
LUA
see 'clipped' --set clip_observation=2.5 --set clip_reward=2 <<'LUA'
  for i, x in ipairs { 0, 1, 2.5, 2.5 } do assert(b.observations[i][1] == x and b.observations[i][2] == i - 1) end
  for i, r in ipairs { 1, 2, 2, 0 } do assert(b.rewards[i] == r) end
  assert(b.episodic_return == 8, "the return is that of the rewards as they were")
  run:log { x = 1 }
LUA
see 'an action repeated' --set action_repeat=3 <<'LUA' # episodes of 3 steps and 1: cut in the midst of the second
  for i, r in ipairs { 8, 0, 8, 0 } do assert(b.rewards[i] == r) end
  for i, x in ipairs { 0, 4, 0, 4 } do assert(b.observations[i][1] == x) end
  for i, e in ipairs { 0, 2, 0, 2 } do assert(b.ends[i] == e) end
  assert(b.steps == 4 and b.episodes == 2 and b.episodic_return == 8 and b.episodic_length == 4)
  run:log { x = 1 }
LUA
# 3,000 steps of two copies, each with its own place to begin: what Stable-Baselines3's test of VecNormalize expects of the mean
sed 's/enter(s, 0)/s.n = rng:integer(0, 1) enter(s, s.n)/; s/reset(s)/reset(s, rng)/' counting.lua >two.lua
run 'normalised' '{ steps = 1000 }' --set environment=./counting.lua --set copies=2 --set normalize_observation=true --set normalize_reward=true <<'LUA'
  assert(b.observations[1000][1][2] == 3, "choices are not normalised")
  assert(math.abs(b.observations:slice(3, 1, 1):mean()) < 0.1)
  run:log { reward = b.rewards[1000][1] }
LUA
cp "$out/checkpoint.safetensors" seen.safetensors
for name in mean variance count; do
    check "a checkpoint has the normaliser's $name" 2 "$(grep -ao "normalize_[a-z]*\.$name\"" seen.safetensors | sort -u | wc -l)"
done
check 'and the returns that go on' 1 "$(grep -ac 'normalize_reward\.returns' seen.safetensors)"
run 'frozen' '{ steps = 8 }' --set environment=./counting.lua --set 'normalize_observation={ frozen = true }' --set 'normalize_reward={ frozen = true, clip = 2 }' <<'LUA'
  for i, x in ipairs { 0, 1, 3, 4 } do assert(math.abs(b.observations[i][1] - x) < 1e-6) end
  for i, r in ipairs { 1, 2, 2, 0 } do assert(math.abs(b.rewards[i] - r) < 1e-6) end
  run:log { x = 1 }
LUA

# ---- options that are wrong, and those that change nothing ----

while IFS='|' read -r setting text; do
    "$LURE" run experiment.lua --set "$setting" --out refused >refused.said 2>&1
    check "$setting: exit code" 3 $?
    holds "$setting" "$text" refused.said
done <<'CASES'
copies=0|copies is 0; expected a whole number from 1 to 1000000 (
copies=many|copies is many; expected a whole number
max_steps=1.5|max_steps is 1.5; expected a whole number
action_repeat=-1|action_repeat is -1; expected a whole number
frame_stack={}|frame_stack is table; expected a whole number
one_hot=1|one_hot is 1; expected true or false
normalize_reward={frozen=1}|normalize_reward.frozen is 1; expected true or false
time_aware=yes|time_aware is yes; expected true or false
clip_reward=0|clip_reward is 0; expected a number above 0
clip_observation=true|clip_observation is true; expected a number above 0
normalize_observation=5|normalize_observation is 5; expected true or { clip = 10, frozen = false }
normalize_observation={ clp = 5 }|normalize_observation: unknown option 'clp'; did you mean 'clip'?
normalize_observation={ discount = 0.9 }|unknown option 'discount'
normalize_reward={ discount = 1.5 }|normalize_reward.discount is 1.5; expected a number above 0, at most 1
normalize_reward={ frozen = 1 }|normalize_reward.frozen is 1; expected true or false
normalize_reward={ clip = -1 }|normalize_reward.clip is -1; expected a number above 0
CASES
sed 's/, max_steps = o.limit//' world.lua >endless.lua
"$LURE" run experiment.lua --set environment=./endless.lua --set environment.limit=nil --set time_aware=true --out refused >refused.said 2>&1
holds 'time_aware without a limit' 'time_aware needs a time limit, and the environment has none' refused.said
run 'a world without a limit' '{ episodes = 5 }' --set environment=./endless.lua <<'LUA'
  for i = 1, b.steps do assert(b.ends[i] ~= 2) end
  run:log { x = 1 }
LUA
id() { "$LURE" run experiment.lua --json --out "$(mktemp -u "$here/id.XXXXXX")" "$@" 2>/dev/null | grep -o '"run_id": *"[^"]*"'; }
plain=$(id)
for setting in copies=1 action_repeat=1 frame_stack=1 one_hot=false time_aware=false normalize_observation=false; do
    check "$setting is the same run as without it" "$plain" "$(id --set "$setting")"
done
check 'true is what it is short for' "$(id --set normalize_observation=true)" "$(id --set 'normalize_observation={ clip = 10 }')"
check 'a run has an id' yes "$([ -n "$plain" ] && echo yes)"
check 'what changes a run changes its id' different "$([ "$(id --set copies=2)" != "$plain" ] && echo different)"

# ---- explain tells of one choice ----

"$LURE" explain experiment.lua --set copies=2 --updates 1 >explained 2>&1
check 'explain of copies: exit code' 2 $?
holds 'explain of copies' 'explain tells of one: --set copies=1' explained
"$LURE" explain experiment.lua --set environment=./numbers.lua --set 'policy={ "linear", "gaussian" }' --updates 1 >explained 2>&1
holds 'explain of numbers' 'an action is made of numbers, or of several choices' explained
"$LURE" explain experiment.lua --set environment=./masked.lua --updates 1 >explained 2>&1
holds 'explain of masks' 'some are illegal at times' explained

finish
