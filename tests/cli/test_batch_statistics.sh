#!/usr/bin/env bash
# test_batch_statistics.sh: what a batch concludes at its end: every number computed again by batch_statistics.lua, verdicts that
# claim no more than the runs show, tables that fit.
. "$(dirname "$0")/shared.sh"
export NO_COLOR=1

# A world whose return is `level`, and noise of the seed; `fail` is how often it fails, which depends on the seed as well.
mkdir -p environments
cat > environments/noisy.lua <<'LUA'
local o = options(..., { level = 0, shape = "a", noise = 1, fail = 0 })
local noisy = { actions = { "a", "b" }, observation = { "x" }, max_steps = 1 }
function noisy.reset(s, rng)
  s.x = rng:uniform()
  if s.x < o.fail then error("as said") end
end
function noisy.step() return true end
function noisy.reward(s) return o.level + o.noise * s.x + (o.shape == "b" and 0.01 or 0) end
return noisy
LUA
cat > noisy.lua <<'LUA'
return { environment = "noisy", algorithm = "reinforce", policy = { "linear", "categorical" }, updates = 2, threshold = 1.5,
         learning_rate = 0.1, optimizer = "sgd" }
LUA
sed 's/threshold = 1.5,/threshold = 0.7,/' noisy.lua > other.lua

recomputed() { # recomputed NAME FILE METRIC [lower]
    local line p f
    lua5.4 "$tests/batch_statistics.lua" "${@:2}" > lua.txt 2>&1
    grep -v ' passed, ' lua.txt
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' lua.txt) || { cat lua.txt; line='0 passed, 1 failed'; }
    read -r p _ f _ <<< "$line"
    passed=$((passed + p)) failed=$((failed + f))
    check "$1: something was computed" yes "$([ "$p" -gt 10 ] && echo yes)"
}
says() { tr -s ' \n' ' ' < out > words && holds "$1" "$2" words; } # says NAME TEXT: in out, whatever its lines
narrow() { check "$1: no line is wider than 80" '' "$(grep -v '^  lure batch ' "$2" | awk 'length > 80')"; }

# ---- one grid ----

"$LURE" batch noisy.lua --seeds 1..8 --set environment.level=0,0.5,1 --set environment.shape=a,b --out grid --jobs 2 >out 2>err
check 'a grid ends with 0' 0 $?
cat out > grid.txt
"$LURE" batch noisy.lua --seeds 1..8 --set environment.level=0,0.5,1 --set environment.shape=a,b --out one --jobs 1 --json >one.json 2>err
"$LURE" batch noisy.lua --seeds 1..8 --set environment.level=0,0.5,1 --set environment.shape=a,b --out grid --json >grid.json 2>err
numbers='(function() local t = {} for i, c in ipairs(d.configurations) do local s = c.episodic_return_100
  t[i] = string.format("%a %a %a %a %s", s.iqm_low, s.iqm_high, s.improvement_low or 0, s.difference_high or 0, s.judgement) end
  return table.concat(t, "; ") end)()'
check 'one job or two, now or before: the same bits' "$(json one.json "$numbers")" "$(json grid.json "$numbers")"
recomputed 'a grid' grid.json episodic_return_100
check 'the target is the threshold' 1.5 "$(json grid.json 'd.statistics.experiments[1].target')"
check 'the stream is told' '50000 1' "$(json grid.json 'd.statistics.bootstrap_resamples .. " " .. d.statistics.bootstrap_seed')"
says 'the best one is told' 'level=1 shape=b is best (IQM ' out
says 'pairs tell apart a hundredth: the noise is that of the seed' 'better than all 5 others' out
holds 'what matters' 'explains' out
check 'level explains nearly all' true "$(json grid.json 'd.statistics.experiments[1].sensitivity[1].share > 0.99')"
holds 'the columns are explained' '50,000 resamples of seed 1' out
narrow 'a grid' grid.txt
"$LURE" batch noisy.lua --seeds 1..8 --set environment.level=0,0.5,1 --set environment.shape=a,b --out grid --lower --target 0.4 --json \
    >lower.json 2>err
recomputed 'lower is better' lower.json episodic_return_100 lower
check 'the best of the lower ones' 0 "$(json lower.json 'd.statistics.experiments[1].best_configuration')"

# ---- what is alike, few seeds, failures ----

"$LURE" batch noisy.lua --seeds 1..6 --set environment.shape=a,c --out alike >out 2>err
says 'equal ones are not told apart' 'not told apart with 6 seeds from shape=c (the same IQM' out
"$LURE" batch noisy.lua --seeds 1..4 --set environment.level=0,5 --out few >out 2>err
says 'few seeds: a warning' 'warning: fewer than five seeds in 2 of 2 configurations' out
says 'few seeds: no verdict' 'too few seeds to tell: level=5 has the highest IQM' out
check 'few seeds: nothing is said to be better' 0 "$(grep -c 'is best\|better than\|worse than' out)"
"$LURE" compare few >out 2>err
says 'compare follows the same rule' 'too few seeds to tell B from A' out
"$LURE" batch noisy.lua --seeds 1..20 --set environment.fail=0,0.005,0.03 --set environment.level=0,1 --out failing >out 2>err
check 'failures: exit code' 1 $?
says 'failures: a warning' 'runs failed and count nowhere: if bad runs fail' out
holds 'failures: a column' 'failed' out
says 'failures: what is compared' 'not all configurations have the same seeds' out
"$LURE" batch noisy.lua --seeds 1..20 --set environment.fail=0,0.005,0.03 --set environment.level=0,1 --out failing --json >failing.json 2>err
recomputed 'failures' failing.json episodic_return_100
check 'failures: they are in the document' true "$(json failing.json '#d.statistics.warnings >= 2')"

# ---- another number ----

"$LURE" batch noisy.lua --seeds 1..6 --set environment.level=0,1 --out metric --metric policy_loss --lower --json >metric.json 2>err
recomputed 'another number' metric.json policy_loss lower
check 'it has no threshold' null "$(json metric.json 'd.statistics.experiments[1].target == require("json").null and "null"')"
"$LURE" batch noisy.lua --seeds 1..6 --set environment.level=0,1 --out metric --metric nothing >out 2>err
says 'a number that no run has' "no run has a finite 'nothing'; they have" out

# ---- several experiments ----

"$LURE" batch noisy.lua other.lua --seeds 1..6 --set environment.level=0,1 --out tasks >out 2>err
says 'each within itself' 'noisy: episodic_return_100' out
says 'each within itself' 'other: level=1 is best' out
holds 'over all' 'over all 2 experiments' out
narrow 'several' out
"$LURE" batch noisy.lua other.lua --seeds 1..6 --set environment.level=0,1 --out tasks --json >tasks.json 2>err
recomputed 'several' tasks.json episodic_return_100
check 'each has its target' '1.5 0.7' "$(json tasks.json 'd.statistics.experiments[1].target .. " " .. d.statistics.experiments[2].target')"
check 'improvement over all, of runs that are all worse' 0 "$(json tasks.json 'math.tointeger(d.statistics.overall[1].improvement)')"
"$LURE" batch noisy.lua other.lua --seeds 1..6 --out alone >out 2>err
says 'one configuration each: one table' 'other: one configuration: IQM' out
check 'one configuration each: rows' 2 "$(grep -c '^\(noisy\|other\) ' out)"

# ---- a search ----

search() { "$LURE" batch noisy.lua --seeds 1..5 --sample 'environment.level=uniform(0,1)' --sample 'environment.noise=log_uniform(0.01,0.1)' \
    --samples 30 --out search "$@" 2>err; }
search >out
check 'a search: the best rows' 20 "$(sed -n '/^noisy: /,/^$/p' out | grep -c '^ *[0-9]* *0\.')"
holds 'a search: how many are left out' '10 more are not shown' out
says 'a search: the rank correlation' 'level: rank correlation +' out
holds 'a search: thirds instead of values' ' to 0.' out
says 'a search: the curse of the winner' 'the best of 30 looks better than it is' out
check 'a search: the command' yes "$(grep -q '^  lure batch .*noisy.*--seeds 6..15$' out && echo yes)"
narrow 'a search' out
command=$(grep -m 1 '^  lure batch ' out)
command=${command#*lure }
eval "\"$LURE\" $command --out fresh" > fresh.txt 2>&1
check 'a search: the command can be run' 0 $?
holds 'a search: on fresh seeds' '10 runs: 10 ok' fresh.txt
search --all >out
check 'a search: all rows' 30 "$(sed -n '/^noisy: /,/^$/p' out | grep -c '^ *[0-9]* *[01]\.')"
search --json >search.json
recomputed 'a search' search.json episodic_return_100
check 'a search: a rank correlation' true "$(json search.json 'd.statistics.experiments[1].sensitivity[1].rank_correlation > 0.9')"

finish
