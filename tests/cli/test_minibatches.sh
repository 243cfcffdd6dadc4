#!/usr/bin/env bash
# test_minibatches.sh: run:minibatches: every row once, all names by the same rows, orders that are the run's own, and what
# it refuses.
. "$(dirname "$0")/shared.sh" || exit 2

# s.at counts steps over all episodes, and with the copy's own draw no two rows are alike.
cat >world.lua <<'LUA'
local world = { actions = { "left", "right", "up" }, observation = { "at", "x" }, max_steps = 5 }
function world.reset(s, rng) s.at, s.x = (s.at or 0) + 1, rng:uniform() end
function world.step(s, action, rng) s.at, s.x = s.at + 1, rng:uniform() return false end
function world.reward(s) return s.x end
return world
LUA
cat >experiment.lua <<'LUA'
return {
  environment = "./world.lua", algorithm = "./algorithm.lua", policy = { "linear", "categorical" }, updates = 2,
  precision = "double",
}
LUA
n=0
run() { # run NAME ARGUMENTS... <<ALGORITHM'S LOOP: it has b, a batch of 30 steps of each copy; leaves the run in $out
    local name=$1
    shift
    n=$((n + 1)) out=out$n
    { printf 'return function(run, policy, optimizer)\nfor p in run:updates() do local b = run:collect { steps = 30 }\n' && cat && echo 'end end'; } >algorithm.lua
    timeout -s KILL 60 "$LURE" run experiment.lua "$@" --out "$out" >"$out.said" 2>&1
    check "$name" '0 ' "$? $(grep -A1 '^lure' "$out.said" | tr '\n' ' ')"
}
refuses() { # refuses NAME TEXT CALL [ARGUMENTS...]
    local name=$1 text=$2 call=$3
    shift 3
    printf 'return function(run, policy)\nfor p in run:updates() do local b = run:collect { steps = 30 }\n%s\nend end\n' "$call" >algorithm.lua
    timeout -s KILL 60 "$LURE" run experiment.lua "$@" --out "refused$((n += 1))" >refused.said 2>&1
    check "$name: exit code" 3 $?
    holds "$name" "$text" refused.said
}

every_row='
  local seen, sizes, rows = {}, {}, b.rewards:size()
  local where, x = {}, b.rewards:reshape(rows)
  for i = 1, rows do where[x[i]] = i end
  local o, a = b.observations:reshape(rows, 2), b.actions:reshape(rows)
  for m in run:minibatches({ o = b.observations, a = b.actions, r = b.rewards, legal = b.legal }, 7) do
    sizes[#sizes + 1] = #m.r
    assert(#m.o == #m.r and #m.a == #m.r and m.legal == false)
    for i = 1, #m.r do
      local k = where[m.r[i]]
      assert(k and not seen[k], "a row is there twice, or is none")
      seen[k] = true
      assert((m.o[i] - o[k]):abs():sum() == 0 and m.a[i] == a[k], "a name has another row")
    end
  end
  assert(#seen == rows and #sizes == 7)
  for i = 1, 7 do assert(sizes[i] == rows // 7 + (i <= rows % 7 and 1 or 0)) end
  run:log { x = 1 }
'
run 'every row of one copy once' <<<"$every_row"
run 'every row of three copies once' --set copies=3 <<<"$every_row"

run 'actions stay what they are' --set copies=3 <<'LUA'
  local whole = policy:evaluate(b.observations, b.actions):sum()
  local sum = 0
  for m in run:minibatches({ o = b.observations, a = b.actions, n = b.next_observations }, 2) do
    sum = sum + policy:evaluate(m.o, m.a):sum()
    assert(select("#", m.n:shape()) == 2)
  end
  assert(math.abs(sum - whole) < 1e-12)
  run:log { x = 1 }
LUA

run 'what a turn gave stays' <<'LUA'
  local kept, copies, all = {}, {}, {}
  for m in run:minibatches({ r = b.rewards }, 3) do kept[#kept + 1], copies[#copies + 1] = m, m.r:copy() end
  for i = 1, 3 do
    for j = 1, 10 do
      assert(kept[i].r[j] == copies[i][j] and not all[copies[i][j]])
      all[copies[i][j]] = true
    end
  end
  for _ = 1, 2 do -- one loop in another, and a loop that is left
    for m in run:minibatches({ r = b.rewards }, 3) do
      local n = 0
      for k in run:minibatches({ r = m.r }, 2) do n = n + #k.r end
      assert(n == 10)
      break
    end
  end
  run:log { x = 1 }
LUA

# ---- orders ----

orders='
  local first, t = nil, lure.range(1, 31)
  for _ = 1, 2 do
    local order = {}
    for m in run:minibatches({ t = t }, 3) do for i = 1, #m.t do order[#order + 1] = math.tointeger(m.t[i]) end end
    local text = table.concat(order, " ")
    assert(text ~= first, "the same order twice")
    first = text
  end
  local number = 0
  for digits in first:gmatch("%d+") do number = (number * 31 + digits) % 1000003 end
  run:log { number = number }
'
run 'two orders' <<<"$orders"
numbers=$(tail -n +2 $out/metrics.csv | cut -d, -f5 | tr '\n' ' ')
run 'the same seed has the same' <<<"  lure.permutation(9, lure.rng(1)) local _ = math.random() $orders"
check 'orders of one seed, whatever else is drawn' "$numbers" "$(tail -n +2 $out/metrics.csv | cut -d, -f5 | tr '\n' ' ')"
run 'another seed has others' --seed 2 <<<"$orders"
check 'orders of two seeds' yes "$([ "$numbers" != "$(tail -n +2 $out/metrics.csv | cut -d, -f5 | tr '\n' ' ')" ] && echo yes)"

# ---- copies ----

run 'sequences stay together' --set copies=5 --set policy='{{"gru",3},"linear","categorical"}' <<'LUA'
  local seen, sizes = {}, {}
  for m in run:minibatches({ r = b.rewards, o = b.observations, starts = b.starts }, 2,
    { sequences = true, per_copy = { state = b.first_states } }) do
    local steps, copies = m.r:shape()
    assert(steps == 30)
    sizes[#sizes + 1] = copies
    for i = 1, copies do
      local k
      for j = 1, 5 do if b.rewards[1][j] == m.r[1][i] then k = j end end
      assert(not seen[k])
      seen[k] = true
      assert((m.r:select(2, i) - b.rewards:select(2, k)):abs():sum() == 0)
      assert((m.o:select(2, i) - b.observations:select(2, k)):abs():sum() == 0)
      assert((m.starts:select(2, i) - b.starts:select(2, k)):abs():sum() == 0)
      assert((m.state[i] - b.first_states[k]):abs():sum() == 0)
    end
    policy:evaluate(m.o, lure.ones({ steps, copies }), { starts = m.starts, state = m.state })
  end
  assert(#seen == 5 and sizes[1] == 3 and sizes[2] == 2)
  run:log { x = 1 }
LUA

# ---- refusals ----

refuses 'no colon' "got number (is it called with ':'?)" 'run.minibatches({ r = b.rewards }, 2)'
refuses 'no count' 'how many? expected a whole number >= 1, got no value' 'run:minibatches({ r = b.rewards })'
refuses 'half a minibatch' 'expected a whole number >= 1, got 1.5' 'run:minibatches({ r = b.rewards }, 1.5)'
refuses 'too many' '31 minibatches of 30 rows' 'run:minibatches({ r = b.rewards }, 31)'
refuses 'nothing' 'there is no tensor in the table' 'run:minibatches({ legal = false }, 2)'
refuses 'a number' "'r' is number; expected a tensor, or false" 'run:minibatches({ r = 3 }, 2)'
refuses 'no name' 'a value without a name' 'run:minibatches({ b.rewards }, 2)'
refuses 'unlike' ' rows, and others have ' 'run:minibatches({ r = b.rewards, l = b.last_observations }, 2)'
refuses 'an unknown option' "unknown option 'sequence'" 'run:minibatches({ r = b.rewards }, 2, { sequence = true })'
refuses 'sequences of one copy' 'sequences are of tensors (step, copy, ...)' 'run:minibatches({ r = b.rewards }, 2, { sequences = true })'
refuses 'per_copy of rows' 'per_copy goes with sequences = true' 'run:minibatches({ r = b.rewards }, 2, { per_copy = { l = b.last_observations } })'
refuses 'per_copy of another count' 'per_copy.l has 30 rows, and there are 3 copies' \
    'run:minibatches({ r = b.rewards }, 2, { sequences = true, per_copy = { l = b.rewards } })' --set copies=3
refuses 'a name twice' "'r' is in per_copy and among the rows, too" \
    'run:minibatches({ r = b.rewards }, 2, { sequences = true, per_copy = { r = b.last_observations } })' --set copies=3
refuses 'more sequences than copies' '4 minibatches of 3 copies' 'run:minibatches({ r = b.rewards }, 4, { sequences = true })' --set copies=3
refuses 'a batch that is gone' 'a batch is valid until the next' \
    'for m in run:minibatches({ r = b.rewards }, 2) do run:collect { steps = 2 } end'
refuses 'while differentiate runs' 'run:minibatches: not while differentiate runs' \
    'differentiate(function() run:minibatches({ r = b.rewards }, 2) return 0 end, policy)'

finish
