#!/usr/bin/env bash
# test_differentiate.sh: tensors and differentiate inside a run: what a batch gives them, what waits, what debugging says.
source "$(dirname "${BASH_SOURCE[0]}")/shared.sh"

cat > lines.lua <<'END'
-- Logs what it makes of a batch; options choose what goes wrong.
local o = options(..., { wrong = "nothing" })
return function(run, policy)
  local bias, kept = lure.zeros(2, "float32"), nil
  for _ in run:updates() do
    local batch = run:collect { steps = 50 }
    local scores = stack({ batch.rewards * 0 + 10, batch.rewards * 0 + 20 }, 2)
    local picked = gather(scores, batch.actions)
    local most, least = batch.actions:max(), batch.actions:min()
    local view = batch.observations:transpose()
    local loss, gradient, n = differentiate(function(b)
      if o.wrong == "collect" then run:collect { steps = 1 } end
      if o.wrong == "logarithm" then return sum(log(b * 0)) end
      local chosen = take(b, batch.actions)
      return mean((chosen - batch.rewards) ^ 2), sum(chosen * 0 + 1)
    end, bias)
    bias:add_scaled(gradient, -0.5)
    if o.wrong == "keep" then
      kept = kept or view:slice(2, 40, 50)
      run:collect { steps = 10 }
      print(kept)
    end
    run:log { loss = loss, n = n, picked = mean(picked), right = sum(equal(picked, batch.actions * 10)), most = most, least = least,
              width = #view }
  end
end
END
cat > lines_experiment.lua <<'END'
return { environment = "fry_shacks", reward = "right_portion", schedule = "uniform_hunger", algorithm = "./lines.lua",
         policy = { "linear", "bernoulli" }, updates = 30, seeds = { 1 } }
END

"$LURE" run ./lines_experiment.lua --out fine > out 2> err
check 'a run with a loss of its own ends well' 0 $?
check 'actions count from 1' '1 2' "$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } NR == 2 { print $at["least"], $at["most"] }' fine/metrics.csv)"
check 'gather by them picks the action taken' 50 "$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } NR == 2 { print $at["right"] }' fine/metrics.csv)"
check 'what the function returns besides is logged as it is' 50 "$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } NR == 2 { print $at["n"] }' fine/metrics.csv)"

"$LURE" run ./lines_experiment.lua --set algorithm.wrong=collect --out collect > out 2> err
check 'run:collect waits' 3 $?
holds 'and says so' 'run:collect: not while differentiate runs' err

"$LURE" run ./lines_experiment.lua --set algorithm.wrong=keep --out keep > out 2> err
check 'a view of a batch that has become shorter' 3 $?
holds 'says what it is' 'row 50 is of a batch that is gone: a batch is valid until the next run:collect' err

"$LURE" run ./lines_experiment.lua --set algorithm.wrong=logarithm --set debug_gradients=true --out debug > out 2> err
check 'debugging stops at the first number that is not finite' 3 $?
holds 'and says where' 'lines.lua:13: log: the result is -inf at (1) of (2)' err
"$LURE" run ./lines_experiment.lua --set debug_gradients=maybe --out maybe > out 2> err
check 'debug_gradients that is no truth value' 3 $?
holds 'is told what it may be' 'debug_gradients is maybe; expected true or false' err
"$LURE" run ./lines_experiment.lua --set debug_gradients=true --out looked > out 2> err
check 'debugging changes no number' "$(md5sum < fine/metrics.csv)" "$(md5sum < looked/metrics.csv)"
check 'nor the id' "$(json fine/manifest.json d.run_id)" "$(json looked/manifest.json d.run_id)"

# one operation of a day: no hook reaches into it
cat > endless.lua <<'LUA'
return function(run)
  for _ in run:updates() do
    run:log { x = 1 }
    local t = lure.zeros(1, 1):expand(1 << 20, 1 << 20)
    t:sum()
  end
end
LUA
timeout -s KILL 60 "$LURE" run ./lines_experiment.lua --set algorithm=./endless.lua --set limits.step_seconds=0.3 --out endless > out 2> err
check 'an operation that takes a day is stopped' 3 $?
holds 'and its line named' 'endless.lua:5: time limit: a script is inside one library call that does not end' err
check 'what was logged is kept' 1 "$(tail -n +2 endless/metrics.csv | wc -l)"

cat > greedy.lua <<'LUA'
return function(run, policy)
  for _ in run:updates() do
    local w = lure.ones(1000)
    differentiate(function(x)
      while true do x = x * 2 end
    end, w)
  end
end
LUA
"$LURE" run ./lines_experiment.lua --set algorithm=./greedy.lua --set limits.memory_mb=8 --out greedy > out 2> err
check 'a pass that needs too much memory' 3 $?
holds 'says where' 'greedy.lua:5: ' err
holds 'and of what' 'limits.memory_mb' err

finish
