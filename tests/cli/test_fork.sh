#!/usr/bin/env bash
# test_fork.sh: run:fork gives a world that goes on as the run's copy does, and what is planned with it shifts nothing of the run.
. "$(dirname "$0")/shared.sh"

mkdir -p environments algorithms experiments
cat > environments/drift.lua <<'LUA'
local drift = { actions = { "left", "right" }, observation = { "x", "luck" }, max_steps = 7 }
function drift.reset(s, rng) s.x, s.luck, s.path = rng:uniform(), math.random(), {} end
function drift.step(s, action, rng)
  s.x = s.x + (action == "right" and 0.1 or -0.1) + rng:normal(0, 0.05)
  s.luck = math.random()
  s.path[#s.path + 1] = s.x
  return s.x > 1.3
end
function drift.reward(s) return s.x - s.luck end
return drift
LUA
cat > algorithms/follow.lua <<'LUA'
-- Forks copy i, collects, and walks the fork through the actions that were taken: all must be the same.
local o = options(..., { copy = 1, steps = 40 })
local words = { "left", "right" }
return function(run)
  for _ in run:updates() do
    run:collect { steps = 3 }
    local fork = run:fork(o.copy)
    local second = fork:fork()
    second:reseed(99)
    for _ = 1, 5 do
      if second.ended then second:reset() end
      second:step("right")
    end
    local batch = run:collect { steps = o.steps }
    local same, other, lists = 0, 0, {}
    for _, name in ipairs { "observations", "actions", "rewards", "ends" } do lists[name] = batch[name]:to_table() end
    local function at(name, step, k)
      local row = lists[name][step]
      if type(lists.rewards[1]) == "table" then row = row[o.copy] end -- several copies
      return k and row[k] or row
    end
    for step = 1, o.steps do
      if fork.ended then fork:reset() end
      local seen = fork.observation
      local fits = seen[1] == at("observations", step, 1) and seen[2] == at("observations", step, 2)
      local _, reward, terminated, truncated = fork:step(words[at("actions", step)])
      fits = fits and reward == at("rewards", step)
      fits = fits and (terminated and 1 or truncated and 2 or 0) == at("ends", step)
      if fits then same = same + 1 else other = other + 1 end
    end
    run:log { same = same, other = other }
  end
end
LUA
cat > algorithms/plain.lua <<'LUA'
local o = options(..., { plans = false })
return function(run)
  for _ in run:updates() do
    if o.plans then
      local world = run:fork()
      world:reseed(1234)
      for i = 1, 10 do
        if world.ended then world:reset() end
        world:step(i % 3 == 0 and "left" or "right")
      end
    end
    local batch = run:collect { steps = 11 }
    run:log { mean = batch.rewards:mean(), observed = batch.observations:mean(), random = math.random() }
  end
end
LUA
cat > experiments/fork.lua <<'LUA'
return { environment = "drift", algorithm = "follow", policy = { "linear", "categorical" }, precision = "double", updates = 5 }
LUA

outcome() { # outcome FOLDER NAME: the sum of a column over all updates
    awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; next } { sum += $at } END { print sum }' \
        "$1/metrics.csv"
}

"$LURE" run fork --out one > /dev/null 2> err || cat err
check 'a fork lives through what the run lives through' '200 0' "$(outcome one same) $(outcome one other)"
"$LURE" run fork --set copies=3 --set algorithm.copy=2 --out two > /dev/null 2> err || cat err
check 'of any copy' '200 0' "$(outcome two same) $(outcome two other)"
"$LURE" run fork --set algorithm.copy=3 --set copies=3 --set action_repeat=2 --seed 9 --out three > /dev/null 2> err || cat err
check 'with an action that is repeated' '200 0' "$(outcome three same) $(outcome three other)"
"$LURE" run fork --set algorithm=plain --out plain > /dev/null 2> err || cat err
"$LURE" run fork --set algorithm=plain --set algorithm.plans=true --out plans > /dev/null 2> err || cat err
check 'planning shifts nothing of the run' same "$(cmp plain/metrics.csv plans/metrics.csv && echo same)"

refuses() { # refuses NAME TEXT CODE
    printf 'return function(run) for _ in run:updates() do %s end end' "$3" > algorithms/wrong.lua
    "$LURE" run fork --set algorithm=wrong --out wrong > /dev/null 2> err
    check "$1: exit code" 3 $?
    holds "$1: message" "$2" err
    rm -rf wrong
}
refuses 'no such copy' 'run:fork: there is no copy 2; the run has 1' 'run:fork(2)'
refuses 'without a colon' "call it with ':'" 'run.fork()'
refuses 'a step without an episode' 'no episode goes on' 'run:fork():step("left")'
refuses 'an error of the world in a fork' "the action is 'up', which is none of its words" 'local w = run:fork() w:reset() w:step("up")'
finish
