#!/usr/bin/env bash
# test_run.sh: `lure run` from outside: what it prints, what it stores, what its options do, that the lesson converges, and
# that the same seed gives the same bytes.
. "$(dirname "$0")/shared.sh" || exit 2

run() { # run OUT ARGUMENTS...: quietly; the output lies in OUT.stdout and OUT.stderr
    local out=$1
    shift
    "$LURE" run "$@" --out "$out" >"$out.stdout" 2>"$out.stderr"
}

# ---- the document ----

run first fry_shacks --json
check 'a good run ends with 0' 0 $?
check 'nothing on stderr when it is no terminal' '' "$(cat first.stderr)"
check 'summary.json is the document that --json prints' '' "$(cmp first.stdout first/summary.json 2>&1)"
lua5.4 - "$tests" first <<'LUA' >shape.txt 2>&1
package.path = arg[1] .. "/?.lua;" .. package.path
local json = require("json")
local folder, passed, failed = arg[2], 0, 0
local function check(name, good, got)
  if good then passed = passed + 1 else failed = failed + 1 print("FAIL " .. name .. ": " .. tostring(got)) end
end
local function read(name)
  local file = assert(io.open(folder .. "/" .. name, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

-- summary.json
local d = json.decode(read("summary.json"))
local function has(t, where, types)
  for key, kind in pairs(types) do check(where .. "." .. key, math.type(t[key]) == kind or type(t[key]) == kind, t[key]) end
  for key in pairs(t) do check(where .. " holds " .. key, types[key], "not expected") end
end
has(d, "document", { schema = "string", run_id = "string", outcome = "string", experiment = "string", directory = "string",
  seed = "number", updates = "number", parameters = "table", summary = "table", files = "table", digest = "string", crc32c = "string" })
has(d.files, "files", { ["manifest.json"] = "table", ["metrics.csv"] = "table", ["checkpoint.safetensors"] = "table" })
for name, file in pairs(d.files) do
  has(file, "file", { bytes = "number", crc32c = "string" })
  check("bytes of " .. name, file.bytes == #read(name), file.bytes)
end
has(d.parameters, "parameters", { weight = "number", bias = "number" })
has(d.summary, "summary", { steps = "number", episodes = "number", seconds = "number", updates_per_second = "number",
  steps_per_second = "number", episodic_return_100 = "number", episodic_length_100 = "number",
  threshold = "table", steps_to_threshold = "table", seconds_to_threshold = "table", -- null
  track = "string", columns = "table" })
has(d.summary.columns, "columns", { bias = "table", reward = "table" })
for _, column in pairs(d.summary.columns) do
  has(column, "column", { last = "number", tail_mean = "number", tail_deviation = "number", minimum = "number", maximum = "number" })
end
check("schema", d.schema == "lure.run/1", d.schema)
check("run_id", #d.run_id == 16 and not d.run_id:find("[^0-9a-f]"), d.run_id)
check("outcome", d.outcome == "ok", d.outcome)
check("experiment", d.experiment == "fry_shacks", d.experiment)
check("directory", d.directory == folder, d.directory)
check("seed and updates", d.seed == 1 and d.updates == 2000, d.updates)
check("steps and episodes", d.summary.steps == 2000 and d.summary.episodes == 2000, d.summary.steps)
check("the weight is fixed", d.parameters.weight == 20, d.parameters.weight)

-- manifest.json
local m = json.decode(read("manifest.json"))
has(m, "manifest", { schema = "string", run_id = "string", configuration = "string", command = "string", folder = "string",
  experiment = "string", path = "string", settings = "table", seed = "number", scripts_in = "string", started = "string", versions = "table", options = "table", scripts = "table", crc32c = "string" })
check("the same run", m.run_id == d.run_id, m.run_id)
check("command", m.command == "lure run fry_shacks --json --out " .. folder, m.command)
check("started", m.started:match("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$"), m.started)
check("versions", m.versions.lua:match("^Lua 5%.4") and m.versions.lure and m.versions.result and m.versions.cpu_path, "incomplete")
check("the defaults too", m.options.precision == "double" and m.options.limits.step_seconds == 5, "missing")
local roles = {}
for _, script in ipairs(m.scripts) do
  roles[#roles + 1] = script.role
  local pipe = io.popen("sha256sum < '" .. script.path .. "'")
  check("the hash of " .. script.name, pipe:read("a"):sub(1, 64) == script.sha256, script.sha256)
  pipe:close()
end
table.sort(roles)
check("all roles", table.concat(roles, " ") == "algorithm environment experiment learning_rate reward schedule",
  table.concat(roles, " "))

-- metrics.csv: shape, and every number the shortest text that reads back to itself
local n, last, longest = 0, nil, 0
for line in read("metrics.csv"):gmatch("([^\n]*)\n") do
  if n == 0 then
    check("the columns", line == "update,episode,step,learning_rate,bias,reward", line)
  else
    local fields = {}
    for field in line:gmatch("[^,]+") do fields[#fields + 1] = field end
    last = fields
    if #fields ~= 6 or fields[1] ~= tostring(n) or fields[2] ~= tostring(n) or fields[3] ~= tostring(n) or fields[4] ~= "1"
      or not (fields[6] == "1" or fields[6] == "-1") then
      check("row " .. n, false, line)
    end
    local digits = #fields[5]:gsub("[^0-9]", ""):gsub("^0+", "")
    local x = tonumber(fields[5])
    if digits > 1 and tonumber(("%." .. digits - 1 .. "g"):format(x)) == x then check("row " .. n .. " is shortest", false, line) end
    longest = math.max(longest, digits)
  end
  n = n + 1
end
check("as many rows as updates", n == 2001, n)
check("numbers in full", longest >= 16 and longest <= 17, longest)
check("the last row is the document's", tonumber(last[5]) == d.parameters.bias and tonumber(last[5]) == d.summary.columns.bias.last, last[5])

-- checkpoint.safetensors: 8 bytes of length, a JSON header, the numbers
local c = read("checkpoint.safetensors")
local length = string.unpack("<I8", c)
local header = json.decode(c:sub(9, 8 + length))
local offsets = header.bias.data_offsets
check("dtype", header.bias.dtype == "F64", header.bias.dtype)
check("the bias in the checkpoint", string.unpack("<d", c, 9 + length + offsets[1]) == d.parameters.bias, "another number")
check("the checkpoint's run", header.__metadata__.run_id == d.run_id and header.__metadata__.update == "2000", "another")
print(("%d passed, %d failed"):format(passed, failed))
LUA
read -r p _ f _ <<<"$(grep -E '^[0-9]+ passed, [0-9]+ failed$' shape.txt || echo '0 passed, 1 failed')"
passed=$((passed + p)) failed=$((failed + f))
[ "$f" = 0 ] || cat shape.txt

run text fry_shacks
check 'as text' 0 $?
holds 'says who' 'fry_shacks, seed 1' text.stdout
holds 'says where' 'stored in            text' text.stdout
check 'plain lines in a pipe: no escape codes, nothing drawn' 0 "$(grep -cP '\033|[^\x00-\x7F]|\|' text.stdout)"

# ---- --set ----

summary() { json "$1/summary.json" "$2"; }
manifest() { json "$1/manifest.json" "$2"; }
set_gives() { # set_gives NAME FILE EXPRESSION EXPECTED SETTINGS...
    local name=$1 file=$2 expression=$3 expected=$4 settings=()
    shift 4
    for setting in "$@"; do settings+=(--set "$setting"); done
    rm -rf changed
    run changed fry_shacks --set updates=20 "${settings[@]}" || cat changed.stderr
    check "--set $name" "$expected" "$(json "changed/$file.json" "$expression")"
}
mkdir -p my_rules
cat >my_rules/kinder.lua <<'LUA'
local o = options(..., { bonus = 0.5 })
return function(s) return (s.portion == "large") == (s.hunger > 0.5) and 1 + o.bonus or -1 end
LUA
set_gives 'a number' summary d.updates 5 updates=5
set_gives 'twice: the last one counts' summary d.updates 7 updates=5 updates=7
set_gives 'an option of a rule' manifest d.options.learning_rate.rate 0.1 learning_rate.rate=0.1
set_gives 'a rule that is a number' manifest d.options.learning_rate 0.25 learning_rate=0.25
set_gives 'a rule as a table' manifest d.options.learning_rate.rate 0.5 'learning_rate={ "constant", rate = 0.5 }'
set_gives 'a role by its path' manifest 'd.scripts[3].path' my_rules/kinder.lua reward=my_rules/kinder.lua
set_gives 'options of a role by its path' manifest 'd.scripts[3].options.bonus' 2 reward=my_rules/kinder.lua reward.bonus=2
set_gives 'a reward that is a number' summary d.summary.columns.reward.last 3 reward=3
set_gives 'a bare name gets options' manifest 'd.options.reward["1"] .. d.options.reward.right' right_portion2 reward.right=2
set_gives 'what the script then has' manifest 'd.scripts[3].options.right' 2 reward.right=2
set_gives 'into a list' summary d.parameters.weight 10 policy.1.weight=10
set_gives 'a list of seeds' summary d.seed 7 'seeds={ 7, 8 }'
set_gives 'a range of seeds' summary d.seed 3 'seeds={from=3,to=5}'
set_gives 'the optimizer' manifest d.options.optimizer adam optimizer=adam
set_gives 'the optimizer with options' manifest d.options.optimizer.momentum 0.9 'optimizer={ "sgd", momentum = 0.9 }'
set_gives 'an option of the optimizer' manifest d.options.optimizer.momentum 0.9 optimizer.momentum=0.9
set_gives 'what to show' summary d.summary.track reward track=reward
set_gives 'a text with spaces' manifest d.options.description 'how it went' 'description=how it went'
set_gives 'a limit' manifest d.options.limits.memory_mb 64 limits.memory_mb=64
set_gives 'a list of words' manifest '#d.options.policy[1].train' 2 'policy.1.train={ "weight", "bias" }'
set_gives 'what is trained then' summary 'd.parameters.weight ~= 20' true 'policy.1.train={ "weight" }'
set_gives 'precision' summary 'string.unpack("f", string.pack("f", d.parameters.bias)) == d.parameters.bias' true precision=single
rm -rf tenth
run tenth fry_shacks --set log_every=10
check '--set log_every' "201 2000" "$(wc -l <tenth/metrics.csv) $(tail -n 1 tenth/metrics.csv | cut -d, -f 1)"
check 'fewer rows are the same rows' '' "$(grep -vxFf first/metrics.csv tenth/metrics.csv)"

id_of() { # id_of ARGUMENTS...: the run's id
    rm -rf identity
    run identity fry_shacks --set updates=3 "$@" || cat identity.stderr
    json identity/summary.json d.run_id
}
same=$(id_of)
check 'the same options, the same id' "$same" "$(id_of --set updates=3)"
check 'a value written out as it was, the same id' "$same" "$(id_of --set learning_rate.rate=1.0)"
check 'what does not decide the result, the same id' "$same" "$(id_of --set limits.memory_mb=99 --set description=x)"
for other in updates=4 learning_rate.rate=0.5 reward.right=2 policy.1.weight=10 precision=single 'optimizer={"sgd",momentum=0.5}'; do
    check "another id for $other" different "$([ "$same" != "$(id_of --set "$other")" ] && echo different)"
done
check 'another seed, another id' different "$([ "$same" != "$(id_of --seed 2)" ] && echo different)"

# ---- seeds and folders ----

"$LURE" run fry_shacks --set updates=3 >/dev/null && "$LURE" run fry_shacks --set updates=3 >/dev/null &&
    "$LURE" run fry_shacks --set updates=3 --seed 7 >/dev/null && "$LURE" run fry_shacks --seed=1 --set=updates=3 >/dev/null
check 'folders are numbered' 'fry_shacks-seed1 fry_shacks-seed1-2 fry_shacks-seed1-3 fry_shacks-seed7' "$(ls runs | grep -v index.db | xargs)"
check '--seed' 7 "$(summary runs/fry_shacks-seed7 d.seed)"
run seeded fry_shacks --seed 2
check 'another seed, other numbers' different "$(cmp -s first/metrics.csv seeded/metrics.csv || echo different)"
run seed_at_most fry_shacks --set updates=3 --seed 9223372036854775807
check 'the largest seed' 9223372036854775807 "$(grep -o '"seed": [0-9]*' seed_at_most/summary.json | cut -d' ' -f 2)"

mkdir -p deep && "$LURE" run fry_shacks --set updates=3 --out deep/er/still >/dev/null
check 'a new folder in a new folder' 0 $?
mkdir empty
run empty fry_shacks --set updates=3
check 'an empty folder may be used' 0 $?
run first2 fry_shacks --out first 2>/dev/null
refused() { # refused NAME CODE TEXT ARGUMENTS...
    local name=$1 code=$2 text=$3
    shift 3
    "$LURE" "$@" >refused.stdout 2>refused.stderr
    check "$name: exit code" "$code" $?
    holds "$name: message" "$text" refused.stderr
    check "$name: one message" 1 "$(grep -c '^lure' refused.stderr)"
    check "$name: nothing on stdout" '' "$(cat refused.stdout)"
}
before=$(find first -type f | sort | xargs sha256sum)
refused 'a folder that holds a run' 4 "first already holds checkpoint.safetensors, manifest.json, metrics.csv and 2 more (run $(
    summary first d.run_id)): name another folder with --out, or remove this one" run fry_shacks --out first
check 'and the run in it is untouched' "$before" "$(find first -type f | sort | xargs sha256sum)"
touch file
refused 'a file in its place' 4 'file' run fry_shacks --out file
refused 'a folder below a file' 4 'file' run fry_shacks --out file/below
refused 'a path that is too long' 4 'longer than' run fry_shacks --out "$(printf 'x%.0s' {1..5000})"

# ---- the command line ----

refused 'an unknown command' 2 "unknown command 'rnu'; did you mean 'run'?" rnu
refused 'no experiment' 2 'expected EXPERIMENT' run
refused 'two experiments' 2 "'b' is one argument too many" run a b
refused 'an unknown option' 2 'unknown option --jsn; did you mean --json?' run fry_shacks --jsn
refused 'an abbreviated option' 2 'unknown option --js' run fry_shacks --js
refused 'a short option' 2 'unknown option -s' run fry_shacks -s 1
refused 'a flag with a value' 2 '--json takes no value' run fry_shacks --json=yes
refused 'an option without its value' 2 '--seed needs a value' run fry_shacks --seed
refused 'an option given twice' 2 '--seed is given twice' run fry_shacks --seed 1 --seed 2
for seed in x -1 1.5 '' 1x 18446744073709551616; do
    refused "--seed '$seed'" 2 'expected a whole number' run fry_shacks --seed "$seed"
done
refused '--set without =' 2 'expected key=value' run fry_shacks --set updates
refused '--set without a key' 2 'expected key=value' run fry_shacks --set =5
refused 'an experiment that is not there' 4 "experiment 'fry_shack' not found; did you mean 'fry_shacks'?" run fry_shack
refused 'a path that is not there' 4 'no/such.lua' run no/such.lua
refused 'an unknown key' 3 "unknown option 'updtes'; did you mean 'updates'?" run fry_shacks --set updtes=5
refused 'an unknown option of a rule' 3 "unknown option 'rigth'; did you mean 'right'?" run fry_shacks --set reward.rigth=2
refused 'an unknown limit' 3 "did you mean 'memory_mb'?" run fry_shacks --set limits.memry_mb=2
refused 'an option of a number' 3 "'updates' is 2000 and has no options" run fry_shacks --set updates.x=2
refused 'an empty name' 3 'an empty name in the path' run fry_shacks --set reward..x=2
check 'none of these made a folder' 4 "$(ls -d runs/*/ | wc -l)"
"$LURE" run --help >help.stdout 2>help.stderr
check '--help' 0 $?
for word in --set --seed --out --json Examples; do holds "--help tells of $word" "$word" help.stdout; done
"$LURE" >none.stdout 2>none.stderr
check 'no command' 2 $?
holds 'no command tells what there is' 'run' none.stderr
"$LURE" --help >help.stdout
check 'lure --help' 0 $?
holds 'lure --help tells what there is' 'run' help.stdout
check 'lure --version' "lure $(json first/manifest.json d.versions.lure)" "$("$LURE" --version)"

# ---- the lesson converges ----

cat >my_rules/hungry_above_three_tenths.lua <<'LUA'
return function(s) return (s.portion == "large") == (s.hunger > 0.3) and 1 or -1 end
LUA
curve() { # curve FILE: mean and standard deviation of the bias over updates 10,000 to 100,000, share of right guesses
    awk -F, 'NR > 10001 { n++; sum += $5; squares += $5 * $5; right += $6 > 0 }
        END { mean = sum / n; print mean, sqrt(squares / n - mean * mean), right / n }' "$1"
}
near() { # near NAME EXPECTED MARGIN GOT
    check "$1 is $2 +- $3 (it is $4)" yes "$(awk -v e="$2" -v m="$3" -v g="$4" 'BEGIN { print(g >= e - m && g <= e + m ? "yes" : "no") }')"
}
for seed in 1 2 3 4 5; do
    run long fry_shacks --seed $seed --set updates=100000
    read -r mean deviation right <<<"$(curve long/metrics.csv)"
    near "seed $seed: the mean of the bias" -10 0.05 "$mean"
    near "seed $seed: its standard deviation" 0.75 0.03 "$deviation"
    near "seed $seed: the share of right guesses" 0.924 0.004 "$right"
    near "seed $seed: the first update that reaches -10" 150 100 "$(awk -F, '$5 <= -10 { print $1; exit }' long/metrics.csv)"
    rm -rf long
    run slow fry_shacks --seed $seed --set updates=100000 --set learning_rate.rate=0.1
    read -r mean deviation right <<<"$(curve slow/metrics.csv)"
    near "seed $seed, rate 0.1: the mean of the bias" -10 0.05 "$mean"
    near "seed $seed, rate 0.1: its standard deviation" 0.22 0.02 "$deviation"
    near "seed $seed, rate 0.1: the share of right guesses" 0.93 0.004 "$right"
    rm -rf slow
done
run moved fry_shacks --set reward="$here/my_rules/hungry_above_three_tenths.lua" --set updates=100000
read -r mean deviation right <<<"$(curve moved/metrics.csv)"
near 'hungry above 0.3: the mean of the bias' -6 0.1 "$mean"
run lighter fry_shacks --set policy.1.weight=10 --set updates=100000
read -r mean deviation right <<<"$(curve lighter/metrics.csv)"
near 'weight 10: the mean of the bias' -5 0.1 "$mean"
rm -rf moved lighter

# ---- a world of one's own ----

mkdir -p my_worlds
cat >my_worlds/largest.lua <<'LUA'
-- Three numbers; say which is the largest. Seen through observe(), paid by a reward of its own, three tries an episode.
local world = { actions = { "first", "second", "third" }, observation = 3, max_steps = 3 }

local function draw(s, rng)
  for i = 1, 3 do s[i] = rng:uniform(-1, 1) end
end

function world.reset(s, rng) draw(s, rng) end
function world.observe(s) return { s[1], s[2], s[3] } end
function world.step(s, action, rng)
  local at = action == "first" and 1 or action == "second" and 2 or 3
  s.right = s[at] == math.max(s[1], s[2], s[3])
  draw(s, rng)
  return false
end
function world.reward(s) return s.right and 1 or 0, { hit = s.right and 1 or 0 } end

return world
LUA
cat >largest.lua <<'LUA'
print("this experiment prints")
return {
  environment = "my_worlds/largest.lua", algorithm = { "reinforce", baseline = "mean" }, learning_rate = 0.5,
  policy = { "linear", "categorical" }, updates = 400, seeds = { 3 }, limits = { step_seconds = 5 },
}
LUA
run mine largest.lua --json
check 'a world of our own runs' 0 $?
near 'and is learned: its return, 1 by chance, of at most 3' 2.7 0.3 "$(json mine.stdout d.summary.episodic_return_100)"
check 'print goes to stderr' 'this experiment prints' "$(cat mine.stderr)"
check 'its episodes are cut, not ended' 3 "$(json mine.stdout d.summary.episodic_length_100)"

# ---- batches that move in memory: what a script keeps of one must not dangle (the sanitizers look on) ----

cat >keeping.lua <<'LUA'
return function(run, policy, optimizer)
  for p in run:updates() do
    local kl = p.kl or 0
    local batch = run:collect { steps = 4 }
    local first = batch.observations[1]
    optimizer:step(policy, policy:gradient(batch.observations, batch.actions, batch.rewards), 0.5)
    run:collect { steps = 1000 * p.update } -- grows: the numbers move; the kl is still that of the four steps
    assert(first:sum() == batch.observations[1]:sum())
    run:log { kl = kl, steps = batch.steps }
  end
end
LUA
run keeping largest.lua --set algorithm=./keeping.lua --set updates=6
check 'a kept row follows its batch' '0 7' "$? $(wc -l <keeping/metrics.csv)"
check 'the kl is of the first batch of an update' 5 "$(awk -F, '$5 > 0 && $5 < 1' keeping/metrics.csv | wc -l)"

# ---- p.kl: whatever the gradient comes from; told from the first reading on; nothing moved is 0 ----

cat >moving.lua <<'LUA'
local o = options(..., { from = 1, when = "first" })
return function(run, policy, optimizer)
  local kl
  for p in run:updates() do
    local function read(when)
      if when == o.when and p.update >= o.from then kl = p.kl end
    end
    read("first")
    local batch = run:collect { steps = 8 }
    local before = policy:forward(batch.observations)
    read("collected")
    local moved = 0
    if p.update % 2 == 1 then -- in every other update it stays where it is
      for _ = 1, 3 do
        local _, gradient = differentiate(function()
          return -mean(policy:evaluate(batch.observations, batch.actions) * (batch.rewards + 0.1))
        end, policy)
        optimizer:step(policy, gradient, 0.5)
      end
      moved = policy:kl(batch.observations, before)
      assert(moved > 0)
    end
    read("stepped")
    run:log { told = kl or 0 / 0, moved = moved }
  end
end
LUA
# columns: update, episode, step, learning_rate, moved, a term of the reward, told; what moved in update u is told in update u + 1
moves() {
    run moving largest.lua --set algorithm=./moving.lua --set updates=6 "$@" || return
    awk -F, 'NR > 2 { printf "%s ", $7 == "" ? "nil" : $7 == moved ? "same" : $7 }
             NR > 1 { moved = $5 }' moving/metrics.csv
    rm -rf moving
}
check 'the kl is of differentiate too' 'same same same same same ' "$(moves)"
check 'it may be asked for later' 'nil nil same same same ' "$(moves --set algorithm.from=3)"
check 'and between collect and step' 'nil nil same same same ' "$(moves --set algorithm.from=3 --set algorithm.when=collected)"
check 'after the step is too late for that update' 'nil same same same same ' "$(moves --set algorithm.when=stepped)"

# ---- the same bytes ----

networks() { # networks LURE FOLDER: three runs of different kinds of numbers
    "$1" run fry_shacks --out "$2/lesson" >/dev/null &&
        "$1" run cartpole_reinforce --set updates=8 --out "$2/cartpole" >/dev/null &&
        "$1" run cartpole_reinforce --set updates=4 --set precision=double --set optimizer=adam --out "$2/double" >/dev/null
}
same_bytes() { # same_bytes NAME FOLDER
    for kind in lesson cartpole double; do
        for file in metrics.csv checkpoint.safetensors; do
            check "$1: $kind/$file" '' "$(cmp "reference/$kind/$file" "$2/$kind/$file" 2>&1)"
        done
    done
}
networks "$LURE" reference
networks "$LURE" again
same_bytes 'two processes' again
for path in portable avx2 avx512; do
    if LURE_CPU=$path "$LURE" --version >cpu.txt 2>&1; then
        LURE_CPU=$path networks "$LURE" "on_$path"
        check "LURE_CPU=$path is used" "$path" "$(json "on_$path/lesson/manifest.json" d.versions.cpu_path)"
        same_bytes "LURE_CPU=$path" "on_$path"
    else
        skip "LURE_CPU=$path" "$(head -n 1 cpu.txt)"
    fi
done
LURE_CPU=quantum "$LURE" --version >cpu.txt 2>&1
check 'LURE_CPU=quantum is refused' 2 $?
debug=$tests/../../build/debug/lure
if [ ! -x "$debug" ]; then
    skip 'the same bytes at -O0' 'there is no build/debug/lure; make debug builds it'
elif [ -n "$(find "$tests/../../src" -name '*.[ch]' -newer "$debug" -print -quit)" ]; then
    skip 'the same bytes at -O0' 'build/debug/lure is older than the sources; make debug builds it'
else
    networks "$debug" unoptimised
    same_bytes 'at -O0' unoptimised
fi

# ---- signals ----

interrupt() { # interrupt SIGNAL EXPECTED_CODE
    local out=stopped_by_$1
    "$LURE" run fry_shacks --set updates=1000000000 --set log_every=100 --out "$out" >"$out.stdout" 2>"$out.stderr" &
    local process=$!
    for _ in $(seq 100); do
        [ -s "$out/metrics.csv" ] && break
        sleep 0.1
    done
    kill -s "$1" "$process"
    wait "$process"
    check "SIG$1: exit code" "$2" $?
    holds "SIG$1: says what it did" 'stopped after' "$out.stderr"
    holds "SIG$1: says where it is kept" "kept in $out" "$out.stderr"
    check "SIG$1: the outcome" cancelled "$(summary "$out" d.outcome)"
    check "SIG$1: whole rows only" 0 "$(awk -F, 'NF != 6' "$out/metrics.csv" | wc -l)"
    check "SIG$1: the rows are there" yes "$(awk -F, -v n="$(summary "$out" d.updates)" 'END { print($1 > 0 && n - $1 < 100 ? "yes" : n " " $1) }' "$out/metrics.csv")"
    check "SIG$1: a checkpoint is there" checkpoint.safetensors "$(ls "$out" | grep checkpoint)"
}
interrupt INT 130
interrupt TERM 143
cat >busy.lua <<'LUA'
return { environment = "my_worlds/largest.lua", updates = 5, policy = { "linear", "categorical" },
         algorithm = "./stuck.lua", limits = { step_seconds = 1000 } }
LUA
echo 'return function(run) for p in run:updates() do run:log { x = 1 } if p.update == 3 then while true do pcall(error) end end end end' >stuck.lua
"$LURE" run busy.lua --out busy >busy.stdout 2>busy.stderr &
process=$!
for _ in $(seq 100); do
    [ -e busy/metrics.csv ] && break
    sleep 0.1
done
sleep 0.3
kill -s INT "$process"
wait "$process"
check 'SIGINT reaches a script that never comes back' 130 $?
check 'and keeps its rows' 3 "$(($(wc -l <busy/metrics.csv) - 1))"

# ---- where it prints ----

for form in '' --json; do
    # shellcheck disable=SC2086
    "$LURE" run fry_shacks --set updates=3 $form --out "full$form" >/dev/full 2>full.stderr
    check "stdout on a full disk ${form:-as text}: exit code" 4 $?
    holds "stdout on a full disk ${form:-as text}: message" 'lure: cannot write the result to stdout' full.stderr
done
"$LURE" run fry_shacks --set updates=3 --out closed 2>/dev/null | true
check 'a pipe that nobody reads kills nothing' summary.json "$(ls closed | grep summary)"
if command -v script >/dev/null; then
    on_terminal() { env "$@" script -qec "$LURE run fry_shacks --set updates=100000 --out $(mktemp -u terminal.XXXX)" /dev/null; }
    on_terminal -u NO_COLOR TERM=xterm >coloured.txt
    on_terminal NO_COLOR=1 TERM=xterm >plain.txt
    holds 'a terminal gets a drawing' 'p(norm | hunger)' coloured.txt
    check 'a terminal gets a line of progress' yes "$(grep -q '%  update' coloured.txt && echo yes)"
    check 'colours on a terminal' yes "$(grep -qP '\033\[[0-9;]*m' coloured.txt && echo yes)"
    check 'no colours with NO_COLOR' '' "$(grep -P '\033\[[0-9;]*m' plain.txt)"
    on_terminal NO_COLOR=1 TERM=dumb >dumb.txt
    check 'no escape codes at all on a dumb terminal' '' "$(grep $'\033' dumb.txt)"
else
    skip 'a terminal' 'there is no program script (bsdutils)'
fi
finish
