#!/usr/bin/env bash
# test_compare.sh: lure compare groups runs by configuration, tells what differs, and which is better by how much.
. "$(dirname "$0")/shared.sh"

# Runs whose returns are known: `level` plus the seed.
mkdir -p environments algorithms
cat > environments/flat.lua <<'LUA'
local o = options(..., { level = 0 })
local flat = { actions = { "a", "b" }, observation = { "x" }, max_steps = 1 }
function flat.reset(s) s.x = 0 end
function flat.step() return true end
function flat.reward() return o.level end
return flat
LUA
cat > algorithms/tell.lua <<'LUA'
local o = options(..., { plus = 0 })
return function(run)
  for p in run:updates() do
    local batch = run:collect { episodes = 2 }
    run:log { number = o.plus + p.update, episodic_return = batch.episodic_return }
  end
end
LUA
cat > flat.lua <<'LUA'
return { environment = "flat", algorithm = "tell", policy = { "linear", "categorical" }, updates = 2 }
LUA
for seed in 1 2 3 4 5; do
    "$LURE" run flat.lua --seed $seed --set environment.level=$seed >/dev/null
    "$LURE" run flat.lua --seed $seed --set environment.level=10 --out sets/ten/$seed >/dev/null
    "$LURE" run flat.lua --seed $seed --set environment.level=10 --set algorithm.plus=$seed --out sets/plus/$seed >/dev/null
done
"$LURE" compare sets/ten --json >ten.json 2>err
check 'a folder of runs' 0 $?
check 'one configuration, five seeds' '1 5' "$(json ten.json '#d.groups .. " " .. #d.groups[1].runs')"
check 'seeds in order' '1 2 3 4 5' "$(json ten.json '(function() local s = {} for i, r in ipairs(d.groups[1].runs) do s[i] = r.seed end
  return table.concat(s, " ") end)()')"
check 'the mean' 10 "$(json ten.json 'math.tointeger(d.groups[1].metrics.episodic_return_100.mean)')"
check 'five seeds are no reason to warn' 0 "$(json ten.json '#d.warnings')"
"$LURE" compare sets --json >sets.json
check 'folders in a folder: six configurations' 6 "$(json sets.json '#d.groups')"
check 'what differs is told, and only that' 'algorithm.plus' "$(json sets.json '(function() local k = {}
  for key in pairs(d.groups[1].differences) do k[#k + 1] = key end return table.concat(k, " ") end)()')"

# ---- better or not: by hand ----

# Summaries with numbers of our own, in the place of those that the runs left.
set_return() { # set_return FOLDER NUMBER
    unseal "$1"
    sed -i "s/\"episodic_return_100\": [^,]*/\"episodic_return_100\": $2/" "$1/summary.json"
}
mkdir -p hand/a hand/b hand/c
for seed in 1 2 3 4 5 6 7 8; do
    for group in a:1 b:2 c:3; do
        "$LURE" run flat.lua --seed $seed --set environment.level=${group#*:} --out hand/${group%:*}/$seed >/dev/null
    done
done
i=0
for x in 0 0.1 0.2 0.5 0.6 0.7 0.9 1; do
    i=$((i + 1))
    set_return hand/a/$i $x
    set_return hand/b/$i "$(lua5.4 -e "print($x + 10)")"
    set_return hand/c/$i "$(lua5.4 -e "print(1 - $x)")"
done
"$LURE" compare hand/a hand/b hand/c --json >hand.json
metric() { json hand.json "d.groups[$1].metrics.episodic_return_100.$2"; }
check "rliable's example: the interquartile mean" true "$(json hand.json 'math.abs(d.groups[1].metrics.episodic_return_100.iqm - 0.5) < 1e-12')"
check 'the mean beside it' true "$(json hand.json 'math.abs(d.groups[1].metrics.episodic_return_100.mean - 0.5) < 1e-12')"
check 'all above all: probability 1' '1 1 1' "$(json hand.json '(function() local m = d.groups[2].metrics.episodic_return_100
  return string.format("%g %g %g", m.improvement, m.improvement_low, m.improvement_high) end)()')"
check 'the first has none' nil "$(metric 1 improvement)"
check 'the intervals hold the estimate' true "$(json hand.json '(function() local m = d.groups[3].metrics.episodic_return_100
  return m.improvement_low < m.improvement and m.improvement < m.improvement_high and m.iqm_low < m.iqm and m.iqm < m.iqm_high end)()')"
check 'the verdict' true "$(json hand.json 'd.verdict:find("B is better than A") == 1 and d.verdict:find("C is not told apart from A") ~= nil')"
"$LURE" compare hand/a hand/b hand/c --json >again.json
check 'the same resamples each time' '' "$(cmp hand.json again.json 2>&1)"
"$LURE" compare hand/a hand/b --lower --json >lower.json
check '--lower turns it round' true "$(json lower.json 'd.verdict:find("B is worse than A") == 1')"

# ---- text ----

"$LURE" compare hand/a hand/b hand/c >out 2>err
check 'the text ends with 0' 0 $?
holds 'the legend' 'B  flat, environment.level = 2' out
holds 'the header' 'better than A' out
holds 'where the numbers come from' '50000 resamples of seed 1' out
holds 'the last line judges' 'C is not told apart from A' out
check 'no line is wider than 80' '' "$(awk 'length > 80' out)"
check 'no line ends in a space' '' "$(grep ' $' out)"
"$LURE" compare sets --metric number >out 2>err
holds 'another number: a column over the last half' 'number' out
"$LURE" compare sets/ten/1 sets/ten/2 sets/plus/1 >out 2>err
holds 'few seeds are warned of' 'warning: fewer than 5 seeds in A, B' out
"$LURE" compare hand/a/1 hand/b/1 >out 2>err
holds 'a single run of each proves nothing' 'too few seeds to tell B from A: IQM 10 higher, probability to be better 1' out
"$LURE" compare sets/ten/1 sets/ten/1 >out 2>err
holds 'a run named twice counts once' '1 run is met twice and counted once' out
mkdir kept && cp sets/ten/1/{manifest,summary}.json kept
unseal sets/ten/1
sed -i 's/"outcome": "ok"/"outcome": "script_error"/' sets/ten/1/summary.json
rm sets/ten/2/summary.json
"$LURE" compare sets/ten >out 2>err
holds 'runs that failed or go on are left out' 'warning: 2 of 5 runs did not come to a good end and are left out' out
holds 'and told' '3 of 5' out
cp kept/* sets/ten/1
"$LURE" compare flat-seed1 >out 2>err
check 'a name in runs/' 0 $?
cp -r sets/ten sets/switched
unseal sets/switched/1
echo '{"update": 2, "role": "reward"}' > sets/switched/1/switches.jsonl
"$LURE" compare sets/ten sets/switched >out 2>err
holds 'a run whose reward was changed on its way is a configuration of its own' 'switches.jsonl = ' out
holds 'and no twin of the one that it began as' '4 runs are met twice' out
rm -r sets/switched
echo '-- other bytes' >> environments/flat.lua
"$LURE" run flat.lua --set environment.level=10 --seed 7 --out sets/bytes/7 >/dev/null
"$LURE" compare sets/ten sets/bytes >out 2>err
holds 'a script of other bytes is another configuration' "environment's file = " out

# ---- what is refused ----

refused() { # refused NAME CODE TEXT ARGUMENTS...
    local name=$1 code=$2 text=$3
    shift 3
    "$LURE" compare "$@" >out 2>err
    check "$name" "$code" $?
    holds "$name: says why" "$text" err
}
refused 'nothing' 2 'expected RUN...'
refused 'no such run' 4 "no run 'nowhere'" nowhere
refused 'a folder without runs' 4 'environments holds no runs' environments
refused 'a number that no run has' 2 "no run has a finite 'hunger'; they have steps" sets --metric hunger
echo '[' > sets/ten/1/summary.json
refused 'a torn summary' 4 'sets/ten/1/summary.json is damaged' sets
cp kept/* sets/ten/1
sed -i 's/,1/,2/' sets/ten/1/metrics.csv
refused 'a changed file' 4 'sets/ten/1/metrics.csv is damaged: its checksum is' sets
refused 'a changed file: what to do' 4 'move sets/ten/1 away and do the run again' sets

finish
