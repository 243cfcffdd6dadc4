#!/usr/bin/env bash
# test_eval.sh: lure eval lets a run's policy live episodes again: numbers that can be known beforehand, chance of its own,
# statistics that stay, what has changed since, and what is refused.
. "$(dirname "$0")/shared.sh"

# evaluate OUT ARGUMENTS...: the document lies in OUT.json
evaluate() {
    local out=$1
    shift
    "$LURE" eval "$@" --json >"$out.json" 2>"$out.err"
}

# ---- what is known beforehand ----

mkdir -p environments algorithms
cat > environments/counter.lua <<'LUA'
-- An episode of copy i, episode k lasts as long as chance says; the reward counts steps in two terms.
local o = options(..., { longest = 9, bonus = 0 })
local counter = { actions = { "stay", "go" }, observation = { { "left", low = 0, high = 9 } }, max_steps = 6 }
function counter.reset(s, rng) s.left = rng:integer(1, o.longest) end
function counter.step(s) s.left = s.left - 1; return s.left <= 0 end
function counter.reward(_, action) return (action == "go" and 2 or 1) + o.bonus, { base = 1, chosen = action == "go" and 1 or 0 } end
return counter
LUA
cat > algorithms/still.lua <<'LUA'
return function(run)
  for _ in run:updates() do
    local batch = run:collect { steps = 8 }
    run:log { seen = batch.steps }
  end
end
LUA
cat > counting.lua <<'LUA'
return { environment = "counter", algorithm = "still", policy = { { "linear", weight = 0, bias = { 0, 1 } }, "categorical" },
         updates = 3, copies = 2, clip_reward = 0.5, normalize_reward = true, normalize_observation = true }
LUA
"$LURE" run counting.lua --out counting >/dev/null
evaluate likeliest counting
check 'an evaluation ends with 0' 0 $?
check 'nothing on stderr' '' "$(cat likeliest.err)"
check 'a hundred episodes' '100 100 100' "$(json likeliest.json 'd.episodes .. " " .. #d.returns .. " " .. #d.lengths')"
check 'the likeliest action is taken, its raw reward told: twice the length' true "$(json likeliest.json '(function()
  for i, r in ipairs(d.returns) do if r ~= 2 * d.lengths[i] then return r end end return true end)()')"
check 'the mean is that of the list' true "$(json likeliest.json '(function() local sum = 0
  for _, r in ipairs(d.returns) do sum = sum + r end return math.abs(d.episodic_return.mean - sum / 100) < 1e-12 end)()')"
check 'ends are counted: six steps are the limit' true "$(json likeliest.json '(function() local n = 0
  for _, l in ipairs(d.lengths) do if l < 6 then n = n + 1 end end
  return d.terminated >= n and d.terminated + d.truncated == 100 and d.truncated > 0 and d.episodic_length.maximum == 6 end)()')"
check 'terms add up over an episode' true "$(json likeliest.json 'math.abs(d.reward_terms.base - d.episodic_length.mean) < 1e-12
  and d.reward_terms.base == d.reward_terms.chosen')"
check 'steps are the lengths' true "$(json likeliest.json 'd.steps == math.tointeger(d.episodic_length.mean * 100 + 0.5) or
  math.abs(d.steps - d.episodic_length.mean * 100) < 1e-9')"
check 'minimum, median, maximum are in order' true "$(json likeliest.json 'd.episodic_return.minimum <= d.episodic_return.median
  and d.episodic_return.median <= d.episodic_return.maximum and d.episodic_return.low < d.episodic_return.mean
  and d.episodic_return.mean < d.episodic_return.high')"

# ---- chance ----

same() { # same A B: the same episodes
    diff <(json "$1" 'table.concat(d.returns, " ")') <(json "$2" 'table.concat(d.returns, " ")') >/dev/null && echo same || echo different
}
evaluate again counting
check 'the same seed, the same episodes' same "$(same likeliest.json again.json)"
evaluate other counting --seed 8
check 'another seed, other episodes' different "$(same likeliest.json other.json)"
evaluate sampled counting --sampled
check 'drawn actions are others' different "$(same likeliest.json sampled.json)"
check 'in the same worlds' "$(json likeliest.json 'table.concat(d.lengths, " ")')" "$(json sampled.json 'table.concat(d.lengths, " ")')"
check 'about sigmoid(1) of the steps go' true "$(json sampled.json 'math.abs(d.reward_terms.chosen / d.reward_terms.base - 0.731) < 0.07')"
evaluate few counting --episodes 11
check 'fewer episodes are the first of them' "$(json likeliest.json 'table.concat(d.lengths, " ", 1, 11)')" \
    "$(json few.json 'table.concat(d.lengths, " ")')"
"$LURE" run counting.lua --set copies=5 --out five >/dev/null
evaluate five five
check "the training's copies do not matter" same "$(same likeliest.json five.json)"

"$LURE" run counting.lua --set evaluate.every=3 --out kept >/dev/null
evaluate kept kept
check 'an evaluation of the run changes none' same "$(same likeliest.json kept.json)"
evaluate best kept --best
check 'the best policy meets other episodes than it was chosen by' different "$(same likeliest.json best.json)"

# ---- statistics of the run, frozen; memory; bits of single and double ----

cat > environments/scaled.lua <<'LUA'
local scaled = { actions = { "low", "high" }, observation = { "x" }, max_steps = 4 }
function scaled.reset(s, rng) s.x = 1000 + 10 * rng:uniform(-1, 1) end
function scaled.step(s, _, rng) s.x = 1000 + 10 * rng:uniform(-1, 1); return false end
function scaled.reward(_, action) return action == "high" and 1 or 0 end
return scaled
LUA
cat > scaled.lua <<'LUA'
return { environment = "scaled", algorithm = "still", updates = 50, normalize_observation = true,
         policy = { { "linear", weight = { { -1, 1 } }, bias = { 0, 0 } }, "categorical" } }
LUA
"$LURE" run scaled.lua --out scaled >/dev/null
evaluate scaled scaled --episodes 400
check 'the mean of what was seen is that of the training' true \
    "$(json scaled.json 'math.abs(d.episodic_return.mean - 2) < 0.3')"
before=$(find scaled counting -type f -exec sha256sum {} +)
evaluate scaled scaled
check 'nothing in the folders has changed' "$before" "$(find scaled counting -type f -exec sha256sum {} +)"
"$LURE" run memory --set updates=60 --out memory >/dev/null
evaluate memory memory
check 'a policy with a memory uses it' 1 "$(json memory.json 'math.tointeger(d.episodic_return.mean) or d.episodic_return.mean')"

# ---- options ----

evaluate bonus counting --set environment.bonus=10 --episodes 20
check 'an option of the world' true "$(json bonus.json 'd.returns[1] == 12 * d.lengths[1]')"
evaluate shorter counting --set max_steps=2
check 'the time limit' 2 "$(json shorter.json 'd.episodic_length.maximum')"
echo 'return function() return -1 end' > minus.lua
evaluate minus counting --set reward=./minus.lua
check 'another reward' true "$(json minus.json 'd.episodic_return.mean == -d.episodic_length.mean')"
"$LURE" eval counting --min-score 3 >out 2>err
check 'a mean above --min-score' 0 $?
holds 'is told' 'as high' out
"$LURE" eval counting --min-score 1000 >out 2>err
check 'a mean below --min-score ends with 1' 1 $?
holds 'and is told' 'below' out
evaluate low counting --min-score 1000
check 'also with --json' '1 false' "$? $(json low.json d.passed)"
"$LURE" eval counting --render --episodes 2 >out 2>err
holds '--render tells each step' 'step 1, go: reward 2, return 2' out
holds 'and the numbers where the world draws nothing' 'left = ' out
mkdir -p runs && cp -r counting runs/mine
"$LURE" eval mine >out 2>err
check 'a name in runs/' 0 $?
holds 'the text' 'actions' out
(mkdir -p elsewhere && cd elsewhere && "$LURE" eval ../counting >../out 2>../err)
check 'from another folder' 0 $?

# ---- what has changed ----

cp environments/counter.lua kept.lua
echo '-- a word more' >> environments/counter.lua
evaluate changed counting
check 'a changed world is noted' 0 $?
holds 'with its file' 'the environment environments/counter.lua has changed since the run' changed.err
check 'in the document, too' true "$(json changed.json 'd.notes[1]:find("has changed") ~= nil')"
cp kept.lua environments/counter.lua
sed 's/policy = .*"categorical" }/policy = { { "linear", 3 }, "tanh", "linear", "categorical" }/' counting.lua > other.lua
cp counting.lua kept.lua && cp other.lua counting.lua
"$LURE" eval counting >out 2>err
check 'a policy of another shape is refused' 4 $?
holds 'with what does not fit' "does not fit counting/checkpoint.safetensors" err
cp kept.lua counting.lua

# ---- what is refused ----

refused() { # refused NAME CODE TEXT ARGUMENTS...
    local name=$1 code=$2 text=$3
    shift 3
    "$LURE" eval "$@" >out 2>err
    check "$name" "$code" $?
    holds "$name: says why" "$text" err
}
refused 'no such run' 4 "no run 'nowhere'" nowhere
refused 'a near name' 4 "did you mean 'mine'?" mime
refused 'a folder that is no run' 4 'holds no manifest.json' environments
refused 'a setting that is not of the world' 2 'an evaluation can change environment, reward, schedule' counting --set updates=5
refused 'no episodes' 2 '--episodes 0: expected a whole number' counting --episodes 0
refused 'a score that is no number' 2 '--min-score high: expected a number' counting --min-score high
refused '--render with --json' 2 'does not go with --json' counting --render --json
refused 'no best policy' 4 'best.safetensors is not there' counting --best
refused 'an option of the world that there is not' 3 'bonsu' counting --set environment.bonsu=1
cp -r counting torn && head -c 100 counting/checkpoint.safetensors > torn/checkpoint.safetensors
refused 'a torn checkpoint' 4 'torn/checkpoint.safetensors' torn
cp -r counting odd && unseal odd && echo '{' > odd/manifest.json
refused 'a torn manifest' 4 'odd/manifest.json is damaged, it cannot be read as JSON' odd
cp -r counting gone && rm gone/checkpoint.safetensors gone/summary.json
refused 'a run without a checkpoint' 4 'the run has not finished' gone
cp -r counting odd2 && echo >> odd2/metrics.csv
refused 'a damaged run' 4 'odd2/metrics.csv is damaged' odd2
mv counting.lua away.lua
refused 'an experiment that is gone' 4 'counting.lua is not there any more' counting
mv away.lua counting.lua

finish
