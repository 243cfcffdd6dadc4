#!/usr/bin/env bash
# test_collect.sh: what a world and an algorithm must not be able to do to each other or to later episodes and batches
# by way of run:collect: tables they write, errors they catch, random numbers they draw, lists that lie about
# their length. And that a batch of runs says what it left out and says one failure once.
. "$(dirname "$0")/shared.sh" || exit 2

cat >world.lua <<'LUA'
local world = { actions = { "left", "right" }, observation = { "x" }, max_steps = 4 }
function world.reset(s, rng) s.x = rng:uniform() end
function world.step(s, action, rng) s.x = rng:uniform() return false end
return world
LUA
echo 'return function(s) return s.x end' >reward.lua
cat >algorithm.lua <<'LUA'
return function(run, policy, optimizer, learning_rate)
  for p in run:updates() do
    local batch = run:collect { episodes = 2 }
    optimizer:step(policy, policy:gradient(batch.observations, batch.actions, batch.rewards), 0.1)
    run:log { reward = batch.episodic_return }
  end
end
LUA
cat >experiment.lua <<'LUA'
return {
  environment = "./world.lua", reward = "./reward.lua", algorithm = "./algorithm.lua",
  policy = { "linear", "categorical" }, updates = 10,
}
LUA

n=0
run() { # run NAME CODE TEXT [ARGUMENTS...]: TEXT is in what it says; leaves the run in $out
    local name=$1 code=$2 text=$3
    shift 3
    n=$((n + 1)) out=out$n
    case "${1:-}" in '' | --*) set -- experiment.lua "$@" ;; esac
    timeout -s KILL 60 "$LURE" run "$@" --out "$out" >"$out.said" 2>&1
    check "$name: exit code" "$code" $?
    holds "$name" "$text" "$out.said"
}
column() { # column FILE NAME: its values on one line
    awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; next } { printf("%s%s", (NR > 2 ? " " : ""), $at) }' "$1"
}

# ---- lists ----

# a list whose length is a border far behind its end
holes='local t = {} for i = 11, 62 do t[1 << i] = "far" end for i = 1, 1025 do t[i] = "w" .. i end '
{ echo "$holes" && sed 's/actions = {[^}]*}/actions = t/' world.lua; } >bad.lua
run 'actions with holes' 3 "'actions' has more than 65536 words" --set environment=./bad.lua
{ echo "$holes" && sed 's/observation = {[^}]*}/observation = t/' world.lua; } >bad.lua
run 'an observation with holes' 3 "'observation' is not a count of numbers from 0 to 1000000" --set environment=./bad.lua
{ echo 'local t = {} for i = 1, 65536 do t[i] = "w" .. i end t[65536] = "w1"' && sed 's/actions = {[^}]*}/actions = t/' world.lua; } >bad.lua
run 'the last of many actions is the first again' 3 "actions name 'w1' twice" --set environment=./bad.lua --set limits.step_seconds=1

# names too long to be shared, which the environment lets go of
cat >bad.lua <<'LUA'
local function long(letter) return letter:rep(60) end
local world = { actions = { long("a"), long("b") }, observation = { long("x") }, max_steps = 4 }
local x, filler = long("x"), 0
function world.reset(s)
  world.actions, world.observation = nil, nil
  for i = 1, 200 do filler = #(("f"):rep(59) .. i % 10 .. filler) end
  s[x] = 1
end
function world.step(s, action) assert(action == long("a") or action == long("b")) return false end
function world.reward(s, action) return 1 end
return world
LUA
run 'names that the environment lets go of' 0 '' --set environment=./bad.lua --set reward=nil --set updates=300

# ---- names in messages ----

cat >inline.lua <<'LUA'
local e = { environment = "./" .. ("."):rep(0) .. "world.lua", algorithm = "./algorithm.lua", policy = { "linear", "categorical" }, updates = 300 }
local n = 0
function e.reward(s)
  n = n + 1
  e.environment = nil
  for i = 1, 50 do local garbage = ("g"):rep(10) .. i end
  if n == 1999 then s.x = "broken" end
  return 1
end
return e
LUA
run 'an experiment that forgets a name' 3 "(environment './world.lua', update 250, episode 500, step 3)" inline.lua

# ---- the batch ----

overwrite() { # overwrite NAME TEXT STATEMENT
    sed "s/run:log.*/$3 run:log { x = 1 }/" algorithm.lua >bad.lua
    run "$1" 3 "$2" --set algorithm=./bad.lua --set updates=300
}
overwrite 'rewards overwritten' "bad.lua:3: the batch's 'rewards' was overwritten" 'batch.rewards = lure.normalize(batch.rewards)'
holds 'rewards overwritten: at once' '(algorithm, update 2)' "$out.said"
overwrite 'a view taken away' "the batch's 'ends' was overwritten" 'batch.ends = nil'
overwrite 'one view for another' "the batch's 'actions' was overwritten" 'batch.actions = batch.ends'
overwrite 'a return overwritten' "the batch's 'episodic_return' was overwritten" 'batch.episodic_return = 1'
overwrite 'a count overwritten' "the batch's 'steps' was overwritten" 'batch.steps = "8"'
overwrite 'rewards overwritten late' "the batch's 'rewards' was overwritten" 'if p.update == 70 then batch.rewards = batch.rewards * 2 end'
overwrite 'rewards overwritten shortly before the end' "the batch's 'rewards' was overwritten" 'if p.update == 299 then batch.rewards = batch.rewards * 2 end'
for written in 'batch.rewards[1] = 5' 'batch.rewards:fill(1)' 'batch.ends:slice(1, 1, 1)[1] = 1' 'batch.observations[1] = 0' \
    'batch.actions:copy_from(1)' 'batch.rewards:reshape(-1):add_scaled(1)' 'local r = batch.rewards r[2] = 1'; do
    overwrite "numbers overwritten: $written" "bad.lua:5: " "$written"
    holds "$written is told what to do" "a batch's numbers are read, not written; write to a copy of your own: local mine = t:copy()" "$out.said"
done
sed 's/run:log.*/local mine = batch.rewards:copy() mine[1] = 5 mine = batch.rewards + 0 mine[1] = 5 run:log { x = mine[1] }/' algorithm.lua >bad.lua
run 'a copy may be written' 0 '' --set algorithm=./bad.lua
sed 's/run:log.*/batch.mine = 1 run:log { x = batch.mine }/' algorithm.lua >bad.lua
run 'a field of the algorithm' 0 '' --set algorithm=./bad.lua

# ---- what a failed collect leaves ----

cat >terms.lua <<'LUA'
local n = 0
return function(s) n = n + 1 if n == 3 then error("once") end return 1, { t = 10 } end
LUA
cat >catches.lua <<'LUA'
return function(run)
  for p in run:updates() do
    if p.update == 1 then assert(not pcall(run.collect, run, { episodes = 1 })) end
    local batch = run:collect { episodes = 1 }
    run:log { t = batch.reward_terms.t, steps = batch.steps }
  end
end
LUA
run 'an error that the algorithm catches' 0 '' --set reward=./terms.lua --set algorithm=./catches.lua --set updates=3
check 'no term of it in the next batch' '10 10 10' "$(column "$out/metrics.csv" t)"
check 'no episode of it either' '4 4 4' "$(column "$out/metrics.csv" steps)"
cat >terms.lua <<'LUA'
return function(s) if s.episode <= 1 then return 1, { t = 10 } end return 1 end
LUA
sed 's/function world.reset(s, rng)/local n = 0 function world.reset(s, rng) n = n + 1 s.episode = n/' world.lua >counts.lua
cat >seen.lua <<'LUA'
return function(run)
  for p in run:updates() do
    local batch, n = run:collect { episodes = 1 }, 0
    for name in pairs(batch.reward_terms) do n = n + 1 end
    run:log { n = n }
  end
end
LUA
run 'terms that are no longer given' 0 '' --set environment=./counts.lua --set reward=./terms.lua --set algorithm=./seen.lua --set updates=3
check 'are not shown again' '1 0 0' "$(column "$out/metrics.csv" n)"

nested() { # nested NAME BODY-OF-REWARD [COLLECT]: the reward has the algorithm's run
    cat >nested.lua <<LUA
local run
local e = { environment = "./world.lua", policy = { "linear", "categorical" }, updates = 3 }
function e.algorithm(r) run = r for p in r:updates() do ${3:-r:collect { episodes = 1 \}} r:log { x = 1 } end end
function e.reward(s) $2 return 1 end
return e
LUA
    run "$1" 3 'run:collect is called by a script that run:collect is calling' nested.lua
}
nested 'a collect in a collect' 'run:collect { steps = 1 }'
nested 'a collect in a coroutine in a collect' 'coroutine.wrap(function() run:collect { steps = 1 } end)()'
nested 'a collect in a coroutine in a collect in another' 'coroutine.wrap(function() run:collect { steps = 1 } end)()' \
    'coroutine.wrap(function() r:collect { steps = 5 } end)()'
cat >coroutine.lua <<'LUA'
return function(run)
  for p in run:updates() do
    if p.update == 1 then assert(not coroutine.resume(coroutine.create(function() run:collect { episodes = 1 } end))) end
    run:log { steps = run:collect({ episodes = 1 }).steps }
  end
end
LUA
echo 'local n = 0 return function() n = n + 1 if n == 3 then error("once") end return 1 end' >once.lua
run 'a collect that failed in a coroutine is over' 0 '' --set reward=./once.lua --set algorithm=./coroutine.lua --set updates=2

# ---- draws ----

cat >noisy.lua <<'LUA'
local world = { actions = { "left", "right" }, observation = 1, max_steps = 4 }
function world.reset(s) end
function world.observe(s) s.x = math.random() return s.x end
function world.step(s, action) return false end
function world.reward(s) return s.x end
return world
LUA
sed 's/local batch = run:collect.*/for i = 1, p.update do math.random() end local batch = run:collect { steps = 3 }/; s/= batch.episodic_return/= batch.rewards:sum()/' algorithm.lua >draws.lua
sed 's/for i = 1, p.update do math.random() end//' draws.lua >draws_not.lua
run 'a world that draws in observe' 0 '' --set environment=./noisy.lua --set reward=nil --set algorithm=./draws.lua
first=$out
run 'a world that draws in observe, alone' 0 '' --set environment=./noisy.lua --set reward=nil --set algorithm=./draws_not.lua
check 'what an algorithm draws is nothing to the world' "$(column "$first/metrics.csv" reward)" "$(column "$out/metrics.csv" reward)"
check 'and it does draw' 10 "$(column "$out/metrics.csv" reward | tr ' ' '\n' | sort -u | wc -l)"

# ---- how an episode ends ----

# In its fourth step, the last that it may have: where the world says that it is over, it is, and nothing came after
# that a value could stand for.
cat >over.lua <<'LUA'
local world = { actions = { "left", "right" }, observation = { "at" }, max_steps = 4 }
local episode = 0
function world.reset(s) episode = episode + 1 s.at, s.last = 0, ({ 4, 5, 2, 1 })[(episode - 1) % 4 + 1] end
function world.step(s) s.at = s.at + 1 return s.at == s.last end
function world.reward() return 1 end
return world
LUA
cat >ends.lua <<'LUA'
return function(run)
  for _ in run:updates() do
    local batch, seen, row = run:collect { episodes = 4 }, 0, {}
    for i, x in ipairs(batch.ends:to_table()) do seen, row["x" .. i] = seen * 10 + x, batch.observations[i][1] end
    row.seen, row.steps, row.length = seen, batch.steps, batch.episodic_length
    run:log(row)
  end
end
LUA
run 'episodes of 4, 4, 2 and 1 steps' 0 '' --set environment=./over.lua --set reward=nil --set algorithm=./ends.lua --set updates=2
check 'terminated wins over truncated; each end is one' '10002011 10002011' "$(column "$out/metrics.csv" seen)"
check 'they have as many steps' '11 11' "$(column "$out/metrics.csv" steps)"
check 'an observation is the one before its step, also behind an end' '3 0 0' \
    "$(for i in 4 5 11; do column "$out/metrics.csv" "x$i" | cut -d' ' -f1; done | tr '\n' ' ' | sed 's/ $//')"

# ---- several copies ----

# Episodes of 1 to 12 steps, so that some copies wait while others go on: what each draws must not depend on it.
copies_draw_alike() { # copies_draw_alike HEAD ACTIONS
    cat >unlike.lua <<LUA
local world = { actions = $2, observation = { "x" } }
function world.reset(s, rng) s.x, s.left = rng:uniform(), rng:integer(1, 12) end
function world.step(s, action, rng) s.x, s.left = rng:uniform(), s.left - 1 return s.left == 0 end
function world.reward() return 1 end
return world
LUA
    cat >first_episodes.lua <<'LUA'
local o = options(..., { waits = true })
return function(run)
  for _ in run:updates() do
    local n, row = 4, {}
    local batch = run:collect(o.waits and { episodes = n } or { steps = 12 })
    local ends, actions = batch.ends:reshape(-1):to_table(), batch.actions:reshape(#batch.ends:reshape(-1), -1)
    local at, step = 1, o.waits and 1 or n
    for copy = 1, n do
      if not o.waits then at = copy end
      local sum, length, over = 0, 0, false
      while not over do
        length, over = length + 1, ends[at] ~= 0
        for part = 1, #actions[at] do sum = sum + length * part * actions[at][part] end
        at = at + step
      end
      row["copy" .. copy], row["length" .. copy] = sum, length
    end
    run:log(row)
  end
end
LUA
    local head=$1 sums
    of_copies() { for name in copy length; do for i in 1 2 3 4; do column "$out/metrics.csv" $name$i; printf ' '; done; done; }
    set -- --set environment=./unlike.lua --set reward=nil --seed 7 --set copies=4 --set updates=1 --set policy.2="$head" --set algorithm=./first_episodes.lua
    run "copies of a $head policy" 0 '' "$@"
    sums=$(of_copies)
    run "copies of a $head policy that all go on" 0 '' "$@" --set algorithm.waits=false
    check "a $head policy does in a copy what it does when no other waits" "$(of_copies)" "$sums"
    check "a $head policy: the first copies are done before the others" yes "$(case $sums in *' 4 5 8 8 ') echo yes ;; esac)"
}
copies_draw_alike categorical '{ "left", "right", "stay" }'
copies_draw_alike gaussian '{ { low = -1, high = 1 }, { low = -1, high = 1 } }'
copies_draw_alike squashed_gaussian '{ low = -1, high = 1 }'
copies_draw_alike multi_categorical '{ { "left", "right", "stay" }, { "slow", "fast" } }'

# ---- illegal actions ----

# What the host measures as p.kl is what the algorithm measures with the batch's mask, and not without.
cat >masked.lua <<'LUA'
local world = { actions = { "left", "right", "stay" }, observation = { "x" }, max_steps = 6 }
function world.reset(s, rng) s.x = rng:uniform() end
function world.step(s, action, rng) s.x = rng:uniform() return false end
function world.legal(s) return s.x < 0.5 and { "left", "right" } or { "right", "stay" } end
function world.reward(s, action) return action == "right" and 1 or 0 end
return world
LUA
cat >measures.lua <<'LUA'
return function(run, policy, optimizer)
  local ours, whole = 0, 0
  for p in run:updates() do
    local kl, first = p.kl, p.update == 1 -- who has asked for it once is told from then on
    run:log { same = (first or math.abs(kl / ours - 1) < 1e-9) and 1 or 0,
              unlike = (first or math.abs(kl / whole - 1) > 1e-3) and 1 or 0 }
    local batch = run:collect { episodes = 4 }
    local before = policy:forward(batch.observations)
    local legal = batch.legal
    optimizer:step(policy, policy:gradient(batch.observations, batch.actions, batch.rewards - 0.5, { mask = legal }), 3)
    ours, whole = policy:kl(batch.observations, before, { mask = legal }), policy:kl(batch.observations, before)
  end
end
LUA
run 'a world with illegal actions' 0 '' --set environment=./masked.lua --set reward=nil --set algorithm=./measures.lua --set updates=5 --set precision=double
check 'p.kl is that of the legal actions' '1 1 1 1 1' "$(column "$out/metrics.csv" same)"
check 'which differs from that of all' '1 1 1 1 1' "$(column "$out/metrics.csv" unlike)"

# ---- what stays of an episode ----

cat >meta.lua <<'LUA'
local world = { actions = { "left", "right" }, observation = { "x" }, max_steps = 1 }
function world.reset(s) local m = getmetatable(s) s.x = m and m.n or 0 setmetatable(s, { n = s.x + 1 }) end
function world.step() return true end
function world.reward(s) return s.x end
return world
LUA
run 'a metatable on s' 0 '' --set environment=./meta.lua --set reward=nil --set updates=3
check 'is gone in the next episode' '0 0 0' "$(column "$out/metrics.csv" reward)"
cat >forced.lua <<'LUA'
local world = { actions = { "left", "right" }, observation = { "x" }, max_steps = 1 }
function world.reset(s, rng, input) s.x = input.x input.x = input.x + 1 end
function world.step() return true end
function world.reward(s) return s.x end
return world
LUA
"$LURE" explain experiment.lua --set environment=./forced.lua --set reward=nil --set algorithm=policy_gradient --set policy.2=bernoulli --set learning_rate=0.1 --updates 2 --input x=5 --json >forced.json 2>forced.said
check 'explain with an input' '0 ' "$? $(cat forced.said)"
check 'the input is the same in the next episode' 5 "$(json forced.json 'math.tointeger(d.updates[2].observation[1])')"

# ---- seeds, ids ----

run 'a seed twice in an experiment' 3 'seeds: 1 is there twice' --set 'seeds={ 3, 1, 2, 1 }'
cat >functions.lua <<'LUA'
local here = "HERE"
return {
  environment = here .. "world.lua", algorithm = here .. "algorithm.lua", policy = { "linear", "categorical" }, updates = 2,
  reward = function(s) return s.x end,
}
LUA
sed -i "s|HERE|$here/|" functions.lua
id() { "$LURE" run "$1" --json --out "$here/id$2" | grep -o '"run_id": *"[^"]*"'; }
from_here=$(id functions.lua 1)
from_there=$(mkdir -p sub && cd sub && id ../functions.lua 2)
check 'an experiment with functions has one id in every folder' "$from_here" "$from_there"
check 'and has one' yes "$([ -n "$from_here" ] && echo yes)"
sed 's/^return {/\nreturn {/' functions.lua >moved.lua
check 'another file has another' different "$([ "$(id moved.lua 3)" != "$from_here" ] && echo different)"

mkdir -p windy && sed 's|"\./|"../|g' experiment.lua >windy/init.lua
"$LURE" run windy/init.lua --json --out named >named.json 2>named.said
check 'an experiment in a folder of its own has the name of the folder' windy "$(json named.json d.experiment)"
check 'and a batch of it' windy "$("$LURE" batch windy/init.lua --json --out named-batch 2>>named.said >named.json; json named.json d.batch)"
cp experiment.lua corridor.v2.lua
"$LURE" run corridor.v2.lua --json --out dotted >named.json 2>named.said
check 'a name may have a dot' corridor.v2 "$(json named.json d.experiment)"

# ---- a batch of runs ----

cat >endless.lua <<'LUA'
return function(run)
  for p in run:updates() do
    local batch = run:collect { steps = 1 }
    run:log { x = batch.rewards:sum() < 0.3 and 0 / 0 or 1 }
  end
end
LUA
"$LURE" batch experiment.lua --seeds 1..8 --set algorithm=./endless.lua --set updates=1 --set track=x --out endless >endless.said 2>&1
check 'runs without a value: exit code' 0 $?
check 'runs without a value: how many have one' "$(grep -lE '^1,.*,1,?$|,1$' endless/*/metrics.csv | wc -l) of 8" "$(grep -o '[0-9]* of 8)' endless.said | tr -d ')')"
holds 'runs without a value: none has the other' '0 of 8' endless.said
"$LURE" batch experiment.lua --seeds 1..8 --set updates=1 --out whole >whole.said 2>&1
check 'all runs have a value: nothing of it' 0 "$(grep -cE '\(of |left out' whole.said)"
"$LURE" batch experiment.lua --seeds 1..30 --set algorithm.no=1 --out misspelt >misspelt.said 2>&1
check 'a misspelt option: exit code' 1 $?
check 'a misspelt option: said once' 1 "$(grep -c '^failed ' misspelt.said)"
check 'a misspelt option: one command' 1 "$(grep -c '^ *lure run ' misspelt.said)"
holds 'a misspelt option: of how many' '30 runs' misspelt.said
echo 'return function(s) error("number " .. s.x) end' >differs.lua
"$LURE" batch experiment.lua --seeds 1..5 --set reward=./differs.lua --out differ >differ.said 2>&1
check 'failures that differ are all said' 5 "$(grep -c '^failed ' differ.said)"

finish
