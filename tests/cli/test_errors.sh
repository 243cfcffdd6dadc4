#!/usr/bin/env bash
# test_errors.sh: scripts that do their worst under `lure run`. Each costs its own run and nothing else: the exit code says
# whose fault it was, one message says what came, what was expected, where and when, soon, and what was computed is kept.
. "$(dirname "$0")/shared.sh" || exit 2

# ---- a run that is right, of which each case below makes one thing wrong ----

cat >world.lua <<'LUA'
local world = { actions = { "left", "right" }, observation = { "x" }, max_steps = 4 }
function world.reset(s, rng) s.x = rng:uniform() end
function world.step(s, action, rng) s.x = rng:uniform() return false end
return world
LUA
echo 'return function(s) return s.x end' >reward.lua
echo 'return function(rng, episode) return { start = episode } end' >schedule.lua
echo 'return function(p) return 0.1 end' >rate.lua
cat >algorithm.lua <<'LUA'
return function(run, policy, optimizer, learning_rate)
  for p in run:updates() do
    local batch = run:collect { episodes = 2 }
    local gradient = policy:gradient(batch.observations, batch.actions, batch.rewards)
    optimizer:step(policy, gradient, learning_rate(p))
    run:log { reward = batch.episodic_return }
  end
end
LUA
cat >experiment.lua <<'LUA'
return {
  environment = "./world.lua", reward = "./reward.lua", schedule = "./schedule.lua", learning_rate = "./rate.lua",
  algorithm = "./algorithm.lua", policy = { "linear", "categorical" }, updates = 10,
  limits = { step_seconds = 0.3, memory_mb = 32 },
}
LUA
"$LURE" run experiment.lua --out right >right.stdout 2>right.stderr
check 'the run that all others are made from' '0 ' "$? $(cat right.stderr)"

n=0
# expect NAME CODE TEXTS [ARGUMENTS...]: runs experiment.lua (or what the arguments begin with); TEXTS are divided by ' & ',
# each must be in the message. Leaves the run in $out.
expect() {
    local name=$1 code=$2 texts=$3 began=$SECONDS text
    shift 3
    n=$((n + 1)) out=out$n
    case "${1:-}" in '' | --*) set -- experiment.lua "$@" ;; esac
    timeout -s KILL 60 "$LURE" run "$@" --out "$out" >"$out.stdout" 2>"$out.stderr"
    check "$name: exit code" "$code" $?
    check "$name: takes seconds" yes "$([ $((SECONDS - began)) -le 20 ] && echo yes)"
    check "$name: one message" 1 "$(grep -c '^lure: ' "$out.stderr")"
    check "$name: nothing on stdout" '' "$(cat "$out.stdout")"
    check "$name: nothing of C" '' "$(grep -E '\[C\]|stack traceback|Sanitizer|\.c:[0-9]|0x[0-9a-f]{6}' "$out.stderr")"
    while [ -n "$texts" ]; do
        text=${texts%% & *}
        holds "$name" "$text" "$out.stderr"
        [ "$text" = "$texts" ] && break
        texts=${texts#* & }
    done
}

# kept NAME ROWS OUTCOME: what the last case left
kept() {
    check "$1: rows kept" "$2" "$(tail -n +2 "$out/metrics.csv" | wc -l)"
    check "$1: the outcome" "$3" "$(json "$out/summary.json" d.outcome)"
    check "$1: the document has the message" yes "$(grep -qF "$(json "$out/summary.json" 'd.error:match("[^\n]*")')" "$out.stderr" && echo yes)"
    check "$1: a checkpoint" checkpoint.safetensors "$(ls "$out" | grep '^checkpoint')"
    check "$1: says where" "kept in $out" "$(grep -o 'kept in .*' "$out.stderr")"
}

write() { cat >"$1"; }                     # write FILE <<LUA
reward() { echo "return $1" >bad.lua; }    # a reward, schedule, rate or algorithm that is wrong, in one line
use() { printf -- '--set %s=./bad.lua' "$1"; } # as a role

# shellcheck disable=SC2046 # `use` gives two words
{
    # ---- what a role returns ----

    echo 'return function(s) return 1 +* 2 end' >bad.lua
    expect 'a syntax error' 3 "bad.lua:1: unexpected symbol near '*' & (reward './bad.lua')" $(use reward)
    printf 'local x = 1\n\nreturn function(' >bad.lua
    expect 'an unfinished file' 3 "bad.lua:3: " $(use algorithm)
    reward 5
    expect 'a reward that is no function' 3 "reward './bad.lua' returned number; expected a function" $(use reward)
    echo 'local x = 1' >bad.lua
    expect 'a file that returns nothing' 3 "returned nil; expected a function (does the file end with 'return ...'?)" $(use schedule)
    reward 'function() end'
    expect 'an environment that is a function' 3 'returned function; expected a table' $(use environment)
    expect 'an experiment that is a function' 3 'bad.lua returned function; expected a table' bad.lua
    echo 'error("no luck")' >bad.lua
    expect 'an error while it is loaded' 3 "bad.lua:1: no luck & (reward './bad.lua')" $(use reward)
    echo 'x = 1' >bad.lua
    expect 'a global written' 3 "bad.lua:1: a script may not write the global 'x'; write 'local x'" $(use reward)
    reward 'function(s) return huner end'
    expect 'a global misspelt' 3 "bad.lua:1: undefined variable 'huner' & (reward './bad.lua', update 1, episode 1, step 1)" $(use reward)
    reward 'require("socket")'
    expect 'require' 3 "bad.lua:1: undefined variable 'require'" $(use reward)
    reward 'os.execute("touch escaped")'
    expect 'os.execute' 3 "undefined variable 'os'" $(use reward)
    check 'and nothing was executed' '' "$(ls | grep escaped)"
    lua5.4 -e 'io.stdout:write(string.dump(function() return 1 end))' >bad.lua
    expect 'bytecode' 3 'attempt to load a binary chunk' $(use reward)
    head -c 100000 /dev/urandom >bad.lua
    expect 'noise' 3 'bad.lua' $(use reward)
    head -c 5000000 /dev/zero | tr '\0' ' ' >bad.lua
    expect 'a file too large to be a script' 4 'bad.lua' $(use reward)
    expect 'a script that is not there' 4 "reward './nowhere.lua' not found & (looked for ./nowhere.lua" --set reward=./nowhere.lua
    expect 'a folder as a script' 4 'right' --set reward=./right
    mkdir -p experiments rewards/kinder_one && cp experiment.lua experiments/inner.lua && echo 'return function(s) return 1 end' >rewards/kinder_one/init.lua
    sed -i 's|"./|"../|' experiments/inner.lua
    expect 'where a script was looked for: each place once, by its plain name' 4 "(looked for ./experiments/rewards/nowhere.lua, ./rewards/nowhere.lua, ./scripts/rewards/nowhere.lua" \
        experiments/inner.lua --set reward=nowhere
    check 'where a script was looked for: no detours' '' "$(grep -F '..' "$out.stderr")"
    expect 'a misspelt name of a folder' 4 "did you mean 'kinder_one'?" --set reward=kinder_on
    { echo 'return function(s) return 1 end' && head -c 3000000 /dev/zero | tr '\0' '-'; } >bad.lua
    expect 'a script that does not fit into the memory' 3 'memory limit: the script needs more than 3 MB (limits.memory_mb)' $(use reward) --set limits.memory_mb=3
    expect 'an unknown name' 4 "reward 'right_porton' not found; did you mean 'right_portion'? & looked for" --set reward=right_porton
    echo 'local o = options(..., { size = 1 }) return function() return o.size end' >bad.lua
    expect 'an unknown option' 3 "bad.lua:1: & unknown option 'sise'; did you mean 'size'? Known: size = 1" $(use reward) --set reward.sise=2
    expect 'an option of another type' 3 "'size' is a string; expected a number" $(use reward) --set reward.size=big
    expect 'an option where there are none' 3 "unknown option 'size'" --set reward.size=2

    # ---- what a reward, a schedule, a rate gives ----

    while IFS='|' read -r name body text; do
        reward "function(s, action, terminated) $body end"
        expect "a reward that $name" 3 "bad.lua:1: $text & (reward './bad.lua', update 1, episode 1, step 1)" $(use reward)
    done <<'CASES'
is nil||the reward is nil; expected a finite number
is NaN|return 0 / 0|the reward is & nan; expected a finite number
is infinite|return 1 / 0|the reward is inf; expected a finite number
is a text|return "1"|the reward is "1" (a string); expected a finite number
is a boolean|return true|the reward is boolean; expected a finite number
has terms that are no table|return 1, 2|the reward's second value is 2; expected a table of named terms
has a term that is a text|return 1, { a = "x" }|the reward's terms hold "x" (a string); expected names with finite numbers
has a term that is not a number|return 1, { a = 0 / 0 }|the reward's terms hold nan; expected names with finite numbers
has a term without a name|return 1, { 5 }|the reward's terms hold a term without a name
indexes nil|return s.y.z|attempt to index a nil value (field 'y')
CASES
    kept 'a reward that indexes nil' 0 script_error
    reward 'function(s, action, terminated, before) return before.y + 1 end'
    expect 'a reward that misspells what it saw before' 3 "bad.lua:1: & (reward './bad.lua', update 1, episode 1, step 1)" $(use reward)
    reward 'function() return { 1 } end'
    expect 'a reward that is a table' 3 'the reward is table; expected a finite number' $(use reward)

    for body in 'return 5' '' 'return "x"' 'return true'; do
        reward "function(rng, episode) $body end"
        expect "a schedule that does '$body'" 3 "bad.lua:1: the schedule returned & expected the input table for reset & (schedule './bad.lua', update 1, episode 1)" $(use schedule)
    done
    reward 'function(rng, episode) if episode == 6 then error("enough") end return {} end'
    expect 'a schedule that fails later' 3 "bad.lua:1: enough & (schedule './bad.lua', update 3, episode 6)" $(use schedule)
    kept 'a schedule that fails later' 2 script_error

    for body in 'return -1' 'return 1 / 0' 'return -1 / 0' 'return 0 / 0' '' 'return {}' 'return "fast"'; do
        reward "function(p) $body end"
        expect "a rate that does '$body'" 3 "algorithm.lua:5: learning_rate './bad.lua' (bad.lua:1) gave & expected a finite number >= 0 & update 1" $(use learning_rate)
    done
    expect 'a rate below 0 in the experiment' 3 'expected a finite number >= 0' --set learning_rate=-0.5
    expect 'a rate that is not finite' 3 'expected a finite number >= 0' --set learning_rate=1e999
    reward 'function(p) return p.progres end'
    expect 'a rate that misspells p' 3 "bad.lua:1: p has no 'progres'; it has update, updates, progress" $(use learning_rate)
    reward 'function(p) p.update = 1 return 1 end'
    expect 'a rate that writes p' 3 'bad.lua:1: p may not be written' $(use learning_rate)
    reward 'function(p) if p.update == 8 then return -1 end return 0.1 end'
    expect 'a rate that goes below 0 later' 3 'gave -1.0; expected a finite number >= 0 & update 8' $(use learning_rate)
    kept 'a rate that goes below 0 later' 7 script_error
    expect 'no rate where the algorithm wants one' 3 'the algorithm asks for a learning rate and the experiment has none' --set learning_rate=nil
    reward 'function(p) return 1e300 end'
    expect 'a rate that breaks the policy' 3 'update 1' $(use learning_rate)

    # ---- environments ----

    world() { # world NAME TEXTS LINES: the world with its lines changed by a sed script
        sed "$3" world.lua >bad.lua
        expect "an environment $1" 3 "$2 & (environment './bad.lua'" $(use environment)
    }
    world 'without actions' "'actions' is nil; expected a list of words" 's/actions = { "left", "right" }, //'
    world 'with one action' "'actions' has 1 words; a policy needs at least two" 's/, "right"//'
    world 'with an action that is a number' "actions[2] is number; expected a word" 's/"right"/2/'
    world 'with the same action twice' "actions name 'left' twice" 's/"right"/"left"/'
    sed 's/{ "left", "right" }/{ low = -1 }/' world.lua >unbounded.lua
    sed 's/{ "left", "right" }/{ low = -1, high = 1 }/' world.lua >bad.lua
    expect 'a choosing policy for numbers' 3 'policy: a categorical head does not fit the environment, whose actions are numbers (1); use "gaussian" or "squashed_gaussian"' $(use environment)
    expect 'a squashed policy without bounds' 3 'a squashed_gaussian head needs bounds, and the environment & actions[1] has no low or no high' $(use environment) \
        --set 'policy={ "linear", "squashed_gaussian" }' --set environment=./unbounded.lua
    expect 'a policy of numbers for words' 3 'policy: a gaussian head does not fit the environment, whose actions are one list of 2 words; use "categorical"' --set policy.2=gaussian
    sed 's/{ "left", "right" }/{ { "left", "right" }, { "a", "b", "c" } }/' world.lua >bad.lua
    expect 'one choice for two' 3 'a categorical head does not fit the environment, whose actions are 2 lists of words; use "multi_categorical"' $(use environment)
    world 'without observation' "'observation' is nil; expected a list of the names" 's/observation = { "x" }, //'
    world 'that counts its observation' "'observation' is number; expected a list of the names" 's/observation = { "x" }/observation = 3/'
    world 'with an observation that is no name' 'observation[1] is number; expected a name' 's/{ "x" }/{ 5 }/'
    world 'with a bound that is no number' "observation 'x': low is string; expected a number" 's/{ "x" }/{ { "x", low = "a" } }/'
    world 'with a word for max_steps' "'max_steps' is string; expected a whole number" 's/max_steps = 4/max_steps = "4"/'
    world 'whose legal is a list' "'legal' is table; expected a function" 's/^return world/world.legal = {} return world/'
    world 'without a legal action' 'bad.lua:4: what is legal is an empty list; some action must be legal' 's/^return world/world.legal = function() return {} end return world/'
    world 'with a legal action that is none' 'what is legal has "up" (a string), which is none of the words' 's/^return world/world.legal = function() return { "up" } end return world/'
    world 'whose legal gives a word' 'what is legal is "left" (a string); expected a list of words' 's/^return world/world.legal = function() return "left" end return world/'
    sed 's/s.x = rng:uniform() return false/s.x = nil return true/' world.lua >bad.lua
    expect 'an environment that loses its observation at the end' 3 "bad.lua:3: observation 'x' (number 1) is nil & (environment './bad.lua', update 1, episode 1, step 1)" $(use environment) --set reward=1
    world 'with max_steps 0' "'max_steps' is 0; expected a whole number >= 1" 's/max_steps = 4/max_steps = 0/'
    world 'with half a step' "'max_steps' is 1.5; expected a whole number" 's/max_steps = 4/max_steps = 1.5/'
    world 'without step' "'step' is nil; expected a function" 's/world.step/world.walk/'
    world 'without reset' "'reset' is nil; expected a function" 's/world.reset/world.begin/'
    world 'whose step returns nothing' 'bad.lua:3: step returned nil; expected true (terminated) or false' 's/ return false//'
    world 'whose step returns 1' 'step returned 1; expected true (terminated) or false' 's/return false/return 1/'
    world 'whose step fails' 'bad.lua:3: broken' 's/return false/error("broken")/'
    world 'whose reset fails' "bad.lua:2: attempt to perform arithmetic on a nil value (field 'y')" 's/s.x = rng:uniform() end/s.x = s.y + 1 end/'
    world 'that observes nothing' "bad.lua:2: observation 'x' (number 1) is nil; expected a finite number" 's/s.x = rng:uniform() end/end/'
    world 'that observes NaN' "observation 'x' (number 1) is & nan; expected a finite number" 's/s.x = rng:uniform() end/s.x = 0 \/ 0 end/'
    world 'that observes a text' "observation 'x' (number 1) is \"much\" (a string); expected a finite number" 's/s.x = rng:uniform() end/s.x = "much" end/'
    sed 's/s.x = rng:uniform() return/s.x = nil return/' world.lua >bad.lua
    expect 'an environment that loses its observation in a step' 3 "bad.lua:3: observation 'x' (number 1) is nil & (environment './bad.lua', update 1, episode 1, step 1)" $(use environment) --set reward=1
    world 'whose observe is a list' "'observe' is table; expected a function" 's/^return world/world.observe = {} return world/'
    world 'whose observe gives a word' 'observe returned "x" (a string); expected a list of numbers' 's/^return world/world.observe = function() return "x" end return world/'
    world 'whose observe gives too much' "observe returned 2 numbers; 'observation' declares 1" 's/^return world/world.observe = function() return { 1, 2 } end return world/'
    world 'whose observe gives NaN' "observation 'x' (number 1) is & nan" 's/^return world/world.observe = function() return { 0 \/ 0 } end return world/'
    world 'that changes its words' 'bad.lua:2:' 's/s.x = rng:uniform() end/world.actions[1].x = 1 end/'
    sed 's/return false/if s.n == 3 then error("late") end s.n = (s.n or 0) + 1 return false/' world.lua >bad.lua
    expect 'an environment that fails in its fourth step' 3 "bad.lua:3: late & (environment './bad.lua', update 1, episode 1, step 4)" $(use environment)
    sed 's/s.x = rng:uniform() return false/input.x = 1 return false/; s/reset(s, rng)/reset(s, rng, input) input.y = 1/' world.lua >bad.lua
    expect 'an environment that writes its input' 3 'bad.lua:2: the input of reset may not be written; keep state in s' $(use environment) --set schedule=nil
    sed 's/reset(s, rng) /reset(s, rng) rng:uniform(2, 1) /' world.lua >bad.lua
    expect 'an environment that draws between 2 and 1' 3 'bad.lua:2: & expected a number from 2 on, the lower end, got 1' $(use environment)
    expect 'no reward anywhere' 3 'the experiment names no reward and the environment has none of its own' --set reward=nil

    # ---- algorithms ----

    algorithm() { # algorithm NAME TEXTS BODY SETTINGS...
        reward "function(run, policy, optimizer, learning_rate) $3 end"
        expect "an algorithm that $1" 3 "bad.lua:1: & $2 & (algorithm" $(use algorithm) "${@:4}"
    }
    algorithm 'fails' 'broken' 'error("broken")'
    algorithm 'misspells run' "run has no 'colect'; it has updates, collect, minibatches, evaluate, fork, log, copies" 'run:colect { episodes = 1 }'
    algorithm 'asks for no amount' 'expected either episodes = n or steps = n' 'for p in run:updates() do run:collect {} end'
    algorithm 'asks for half an episode' 'expected a whole number >= 1, got 0.5' 'for p in run:updates() do run:collect { episodes = 0.5 } end'
    algorithm 'misspells episodes' "unknown option 'episode'; expected episodes, steps, epsilon, random or actions" 'for p in run:updates() do run:collect { episode = 1 } end'
    algorithm 'forgets the colon' "is it called with ':'?" 'for p in run:updates() do run.collect { episodes = 1 } end'
    algorithm 'counts its updates twice' 'run:updates() was called before' 'for p in run:updates() do for q in run:updates() do end end'
    algorithm 'logs a text' "run:log: 'x' is string; expected a number" 'for p in run:updates() do run:log { x = "much" } end'
    algorithm 'logs another name later' "run:log: 'y' was not in the first row" 'for p in run:updates() do run:log { [p.update == 1 and "x" or "y"] = 1 } end'
    kept 'an algorithm that logs another name later' 1 script_error
    algorithm 'logs what the host logs' "run:log: 'step' is logged by the host already" 'for p in run:updates() do run:log { step = 1 } end'
    algorithm 'logs a number without a name' 'a value without a name' 'for p in run:updates() do run:log { 5 } end'
    algorithm 'misspells a parameter' "the policy has no parameter 'bais'; it has weight, bias" 'return policy.parameters.bais'
    algorithm 'keeps a row of an old batch' 'row 4 is of a batch that is gone: a batch is valid until the next run:collect' \
        'for p in run:updates() do local row = run:collect({ steps = 4 }).observations[4] run:collect { steps = 2 } row:sum() end'
    echo 'return function() error("theirs") end' >theirs.lua
    algorithm 'fails after it caught an error' 'mine (algorithm, update 1)' 'for p in run:updates() do pcall(run.collect, run, { episodes = 1 }) error("mine") end' \
        --set reward=./theirs.lua
    reward 'function() end'
    expect 'an algorithm that does nothing' 3 'the algorithm returned without one update' $(use algorithm)
    reward 'function(run) for p in run:updates() do run:log { x = p.update } if p.update == 3 then return end end end'
    "$LURE" run experiment.lua $(use algorithm) --out early >early.stdout 2>early.stderr
    check 'an algorithm may stop early' '0 ' "$? $(cat early.stderr)"

    # ---- the rest of an experiment ----

    while IFS='|' read -r name text setting; do
        expect "an experiment with $name" 3 "$text & (experiment 'experiment')" --set "$setting"
    done <<'CASES'
no updates|updates is nil; expected a whole number >= 1|updates=nil
zero updates|updates is 0; expected a whole number >= 1|updates=0
half an update|updates is 2.5; expected a whole number >= 1|updates=2.5
a word for updates|updates is many; expected a whole number >= 1|updates=many
endless updates|updates is inf; expected a whole number >= 1|updates=1e999
no environment|the experiment names no environment; write environment = "name"|environment=nil
no algorithm|the experiment names no algorithm; write algorithm = "name"|algorithm=nil
a number for its environment|environment is number; expected a name|environment=5
a number for its schedule|schedule is number; expected a function, a name|schedule=5
a boolean for its reward|reward is boolean; expected a number, a function, a name|reward=true
no policy|the experiment has no policy; write policy = { layers..., head }|policy=nil
a word for its policy|policy: expected a list of layers and a head, got string|policy=linear
an unknown head|did you mean 'categorical'?|policy.2=categoric
an unknown layer|policy layer: unknown 'linaer'; did you mean 'linear'?|policy.1=linaer
a layer of no units|units: expected a whole number from 1 to 1000000, got 0|policy={ { "linear", 0 }, "tanh", "linear", "categorical" }
weights that do not fit|weight|policy={ { "linear", weight = { 1, 2, 3, 4, 5 } }, "categorical" }
an unknown option of a layer|did you mean 'weight'?|policy={ { "linear", wight = 1 }, "categorical" }
an unknown optimizer|optimizer: unknown 'adma'; did you mean 'adam'?|optimizer=adma
a momentum of 2|momentum|optimizer={ "sgd", momentum = 2 }
an unknown precision|precision: unknown 'half'. Known: single, double|precision=half
a seed below 0|seeds: -1 is not a seed; expected whole numbers >= 0|seeds={ -1 }
a seed that is a word|seeds: x is not a seed|seeds={ "x" }
seeds backwards|seeds: from is after to|seeds={ from = 3, to = 1 }
a number for its seeds|seeds is number; expected a list like { 1, 2, 3 }|seeds=3
a limit of no time|limits.step_seconds is 0; expected a number|limits.step_seconds=0
a limit that is a word|limits.memory_mb is much; expected a number|limits.memory_mb=much
a number for its limits|limits is number; expected { step_seconds = 5, memory_mb = 512 }|limits=5
a number to track|track is number; expected the name of a logged value|track=5
a value without a name|the experiment holds a value without a name (1)|1=x
an unknown key|unknown option 'algoritm'; did you mean 'algorithm'?|algoritm=x
CASES
    check 'none of these left a folder' '' "$(ls -d "$out" 2>/dev/null)"
    for role in environment algorithm policy updates; do
        sed "s/\b$role = [^,]*,//" experiment.lua >less.lua
        [ $role = policy ] && sed 's/policy = {.*}, updates/updates/' experiment.lua >less.lua
        expect "an experiment that lacks $role" 3 "$role" less.lua
    done
    mkdir -p three && sed 's/"right" }/"right", "up" }/' world.lua >three/world.lua
    expect 'a bernoulli policy of three actions' 3 'head "bernoulli" is for two actions; there are 3' --set environment=three/world.lua --set policy.2=bernoulli

    # ---- endless loops ----

    endless() { # endless NAME PLACE CONTEXT SETTINGS...
        local name=$1 place=$2 context=$3
        shift 3
        expect "an endless loop in $name" 3 "$place: time limit: no step or update finished for 0.3 seconds (limits.step_seconds) & ($context" "$@"
    }
    while IFS='|' read -r name body; do
        reward "function(s) $body return 1 end"
        endless "a reward: $name" 'bad.lua:1' "reward './bad.lua', update 1, episode 1, step 1)" $(use reward)
    done <<'CASES'
while|while true do end
under pcall|while true do pcall(function() while true do end end) end
under xpcall|while true do xpcall(function() while true do end end, function() while true do end end) end
in a coroutine|local co = coroutine.wrap(function() while true do end end) co()
in coroutines without end|while true do coroutine.wrap(function() pcall(function() while true do end end) end)() end
in a metamethod|local t = setmetatable({}, { __index = function(t, k) while true do end end }) local y = t.x
in tostring|local t = setmetatable({}, { __tostring = function(t) while true do end end }) tostring(t)
when a variable closes|local t <close> = setmetatable({}, { __close = function() while true do end end })
of tail calls|local function f() return f() end f()
in a sort|table.sort({ 1, 2, 3 }, function() while true do end end)
in a pattern|string.find(("a"):rep(30000), ("a*"):rep(30) .. "b")
in a pattern under pcall|while true do pcall(string.find, ("a"):rep(30000), (".-"):rep(30) .. "b") end
in a replacement|string.gsub("aaa", "a", function() while true do end end)
of errors|while true do pcall(error) end
of loading|while true do load("return 1")() end
CASES
    kept 'an endless loop in a reward' 0 limit_step_time
    reward 'function(rng, episode) while true do end end'
    endless 'a schedule' 'bad.lua:1' "schedule './bad.lua', update 1, episode 1)" $(use schedule)
    reward 'function(p) if p.update == 4 then while true do end end return 0.1 end'
    endless 'a rate' 'bad.lua:1' 'algorithm, update 4)' $(use learning_rate)
    kept 'an endless loop in a rate' 3 limit_step_time
    sed 's/return false/while true do end/' world.lua >bad.lua
    endless 'a step' 'bad.lua:3' "environment './bad.lua', update 1, episode 1, step 1)" $(use environment)
    sed 's/s.x = rng:uniform() end/while true do end end/' world.lua >bad.lua
    endless 'a reset' 'bad.lua:2' "environment './bad.lua', update 1, episode 1)" $(use environment)
    sed 's/^return world/world.observe = function() while true do end end return world/' world.lua >bad.lua
    endless 'an observe' 'bad.lua:4' "environment './bad.lua', update 1, episode 1" $(use environment)
    reward 'function(run) for p in run:updates() do while true do end end end'
    endless 'an algorithm' 'bad.lua:1' 'algorithm, update 1)' $(use algorithm)
    reward 'function(run) while true do end end'
    endless 'an algorithm before its first update' 'bad.lua:1' 'algorithm)' $(use algorithm)
    # these run before the experiment's limits are known, or while its scripts are loaded
    echo 'while true do end' >bad.lua
    expect 'an endless loop while a reward is loaded' 3 "bad.lua:1: time limit: no step or update finished for 0.3 seconds & (reward './bad.lua')" $(use reward)
    expect 'an endless loop while an experiment is loaded' 3 "bad.lua:1: time limit: no step or update finished for 5.0 seconds & (experiment './bad.lua')" ./bad.lua

    # ---- memory, depth ----

    while IFS='|' read -r name body; do
        reward "function(s) $body return 1 end"
        expect "memory: $name" 3 "bad.lua:1: & memory limit: the script needs more than 32 MB (limits.memory_mb) & (reward './bad.lua', update 1, episode 1, step 1)" \
            $(use reward) --set limits.step_seconds=20
        kept "memory: $name" 0 limit_memory
    done <<'CASES'
a table without end|local t = {} for i = 1, math.huge do t[i] = i end
a text without end|local t = "x" while true do t = t .. t end
one large text|local t = ("x"):rep(1e9)
many texts, 10 GB in all|local t = {} for i = 1, 10000 do t[i] = ("x"):rep(1e6) .. i end
under pcall|while true do pcall(function() local t = {} for i = 1, math.huge do t[i] = { i } end end) end
tensors|local t, x = {}, lure.tensor { 1, 2, 3 } for i = 1, math.huge do t[i] = x + i end
closures|local t = {} for i = 1, math.huge do t[i] = function() return i end end
coroutines|local t = {} for i = 1, math.huge do t[i] = coroutine.create(function() end) end
the state of an episode|for i = 1, math.huge do s[i] = { i } end
CASES
    reward 'function(s) local function f() return 1 + f() end return f() end'
    expect 'endless recursion' 3 "bad.lua:1: & overflow & (reward './bad.lua', update 1, episode 1, step 1)" $(use reward) --set limits.memory_mb=512 --set limits.step_seconds=10
    reward 'function(s) local function f() return coroutine.wrap(f)() end return f() end'
    expect 'endless recursion of coroutines' 3 "bad.lua:1: & overflow" $(use reward) --set limits.memory_mb=512 --set limits.step_seconds=10
    reward 'function(s) return 10 * ("x"):rep(1e10):len() end'
    expect 'ten gigabytes in one text' 3 'bad.lua:1: resulting string too large' $(use reward)
    reward 'function(s) local t = setmetatable({}, {}) getmetatable(t).__concat = function(a, b) return a .. b end return t .. t end'
    expect 'concatenation without end' 3 'bad.lua:1: & overflow' $(use reward) --set limits.memory_mb=512 --set limits.step_seconds=10
    expect 'a policy larger than the limit' 3 'no memory & limits.memory_mb = 32' --set 'policy={ { "linear", 1000000 }, "tanh", { "linear", 1000 }, "tanh", "linear", "categorical" }'
    expect 'too little memory for a batch' 3 'no memory for a batch of & (limits.memory_mb = 1' --set limits.memory_mb=1 \
        --set algorithm=reinforce --set 'policy={ { "linear", 4000 }, "tanh", "linear", "categorical" }'

    # ---- files ----

    "$LURE" run experiment.lua --out right >again.stdout 2>again.stderr
    check 'a folder in use: exit code' 4 $?
    holds 'a folder in use' 'right already holds' again.stderr
    "$LURE" run experiment.lua --out /proc/no/such >proc.stdout 2>proc.stderr
    check 'a folder that cannot be made: exit code' 4 $?
    holds 'a folder that cannot be made' 'cannot make the folder /proc/no' proc.stderr
    chmod 000 reward.lua
    mkdir locked && chmod 555 locked
    if [ "$(id -u)" != 0 ]; then
        as_nobody() { "$@"; }
    elif command -v setpriv >/dev/null && setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$LURE"; then
        chmod 755 "$here"
        as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
    else
        as_nobody() { return 125; }
    fi
    if as_nobody true; then
        as_nobody "$LURE" run fry_shacks --out locked/run >locked.stdout 2>locked.stderr
        check 'a folder that may not be written: exit code' 4 $?
        holds 'a folder that may not be written' 'cannot make the folder locked/run: Permission denied' locked.stderr
        as_nobody "$LURE" run experiment.lua --out unread >unread.stdout 2>unread.stderr
        check 'a script that may not be read: exit code' 4 $?
        holds 'a script that may not be read' 'reward.lua' unread.stderr
    else
        skip 'folders that may not be written' 'we are root and cannot become anybody else'
    fi
    chmod 644 reward.lua
    (
        ulimit -f 64 # blocks of 1024 bytes
        "$LURE" run fry_shacks --set updates=100000 --out filled >filled.stdout 2>filled.stderr
    )
    check 'a disk that fills up: exit code' 4 $?
    holds 'a disk that fills up' 'metrics.csv' filled.stderr
    check 'a disk that fills up: one message' 1 "$(grep -c '^lure: ' filled.stderr)"
}
finish
