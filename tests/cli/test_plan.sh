#!/usr/bin/env bash
# test_plan.sh: what a batch is made of: experiments x axes x seeds. Ties, random search, what of the command line replaces
# what of the script, that runs are done with the values that the plan tells, and every mistake, told.
. "$(dirname "${BASH_SOURCE[0]}")/shared.sh"
unset LURE_CPU
mkdir -p bin batches
ln -s "$LURE" bin/lure
export PATH="$here/bin:$PATH" NO_COLOR=1

# plan FILE ARGUMENTS...: the document of a dry run
plan() {
    local file=$1
    shift
    lure batch "$@" --dry-run --json > "$file" 2> "$file.err" || cat "$file.err"
}
# settings FILE KEY: its value in every run, one after the other
settings() { json "$1" "(function() local t = {} for i, r in ipairs(d.runs) do t[i] = tostring(r.settings[\"$2\"]) end return table.concat(t, ' ') end)()"; }
ids() { json "$1" "(function() local t = {} for i, r in ipairs(d.runs) do t[i] = r.run_id end return table.concat(t, ' ') end)()"; }
seeds() { json "$1" "(function() local t = {} for i, r in ipairs(d.runs) do t[i] = math.tointeger(r.seed) end return table.concat(t, ' ') end)()"; }
script() { printf 'return { experiments = { "fry_shacks" }, %s }\n' "$2" > "batches/$1.lua"; }

# ---- ties ----

script tied 'tie = { ["learning_rate.rate"] = { 0.1, 0.5 }, updates = { 7, 5 } }, vary = { reward = { "right_portion", "graded_portion" } }, seeds = { 4, 2 }'
plan tied.json tied
check 'a tie times what is varied times seeds' 8 "$(json tied.json '#d.runs')"
check 'tied: the rate' '0.1 0.1 0.1 0.1 0.5 0.5 0.5 0.5' "$(settings tied.json learning_rate.rate)"
check 'tied: the updates' '7 7 7 7 5 5 5 5' "$(settings tied.json updates)"
check 'what is varied changes faster' 'right_portion right_portion graded_portion graded_portion right_portion right_portion graded_portion graded_portion' "$(settings tied.json reward)"
check 'the same seeds for all' '4 2 4 2 4 2 4 2' "$(seeds tied.json)"
check 'all are different runs' 8 "$(ids tied.json | tr ' ' '\n' | sort -u | wc -l)"
script groups 'tie = { { ["learning_rate.rate"] = { 0.1, 0.5 }, updates = { 7, 5 } }, { ["reward"] = { "right_portion", "graded_portion" }, log_every = { 1, 2 } } }'
plan groups.json groups
check 'groups are crossed' '0.1 0.1 0.5 0.5' "$(settings groups.json learning_rate.rate)"
check 'groups are crossed: the second' '1 2 1 2' "$(settings groups.json log_every)"
plan typed.json fry_shacks --tie learning_rate.rate=0.1,0.5 --tie updates=7,5 --set reward=right_portion,graded_portion --seeds 4,2
check 'from the prompt: the same runs' "$(ids tied.json)" "$(ids typed.json)"
plan two.json fry_shacks_chance fry_shacks --tie learning_rate.rate=0.1,0.5 --tie updates=7,5 --seeds 1
check 'experiments are slowest' '7 5 7 5' "$(settings two.json updates)"
check 'of both experiments' fry_shacks "$(json two.json 'd.runs[3].experiment')"

# ---- random search ----

script search 'set = { updates = 5 }, seeds = { 1, 2 }, sample = { n = 6, seed = 3, ["learning_rate.rate"] = { "log_uniform", 1e-3, 10 },
  log_every = { "integer", 2, 4 }, reward = { "choice", "right_portion", { "graded_portion", most = 3 } } }'
plan search.json search
check 'points times seeds' 12 "$(json search.json '#d.runs')"
check 'a point has its values in all its runs' 6 "$(settings search.json learning_rate.rate | tr ' ' '\n' | uniq | wc -l)"
check 'the seeds of a point' '1 2 1 2 1 2 1 2 1 2 1 2' "$(seeds search.json)"
check 'log_uniform within its bounds' true "$(json search.json '(function() for _, r in ipairs(d.runs) do local x = r.settings["learning_rate.rate"] if x < 1e-3 or x > 10 then return x end end return true end)()')"
check 'whole numbers within their bounds' '' "$(settings search.json log_every | tr ' ' '\n' | grep -vx '[234]')"
check 'choices' 2 "$(settings search.json reward | tr ' ' '\n' | sed 's/table:.*/table/; /0x/d' | sort -u | wc -l)"
plan again.json search
check 'the same search again' "$(ids search.json)" "$(ids again.json)"
plan more.json search --samples 9
check 'more samples keep the first ones' "$(ids search.json)" "$(ids more.json | cut -d' ' -f 1-12)"
check 'and add others' 18 "$(ids more.json | tr ' ' '\n' | sort -u | wc -l)"
plan other.json search --sample-seed 4
check 'another seed of the sample is another search' '' "$(comm -12 <(settings search.json learning_rate.rate | tr ' ' '\n' | sort -u) <(settings other.json learning_rate.rate | tr ' ' '\n' | sort -u))"
plan fixed.json search --set log_every=2
check 'what is set leaves the search' '2 2 2 2 2 2 2 2 2 2 2 2' "$(settings fixed.json log_every)"
check 'and the others stay' "$(settings search.json learning_rate.rate)" "$(settings fixed.json learning_rate.rate)"
plan none.json search --set log_every=2 --set learning_rate.rate=1,2 --set reward=right_portion
check 'a search of nothing is none' '1 1 2 2' "$(settings none.json learning_rate.rate)"
plan prompt.json fry_shacks --set updates=5 --samples 6 --sample-seed 3 --seeds 1,2 --sample 'learning_rate.rate=log_uniform(1e-3, 10)' \
    --sample 'log_every=integer(2,4)' --sample 'reward=choice(right_portion, {"graded_portion", most = 3})'
check 'from the prompt: the same search' "$(ids search.json)" "$(ids prompt.json)"
plan crossed.json fry_shacks --seeds 1 --sample 'learning_rate.rate=uniform(0,1)' --samples 2 --set updates=5,6 --tie log_every=1,2 --tie precision=single,double
check 'sample, tie, vary' '5 6 5 6 5 6 5 6' "$(settings crossed.json updates)"
check 'sample, tie, vary: the tie' '1 1 2 2 1 1 2 2' "$(settings crossed.json log_every)"
lure batch search --dry-run > search.txt 2>&1
check 'the value is shown with its key' 12 "$(grep -c 'learning_rate.rate=[0-9.e-]* .*reward=.* seed [12] ' search.txt)"
lure batch fry_shacks --sample 'learning_rate.rate=uniform(0,1)' --samples 1 --seeds 1 --dry-run > one.txt 2>&1
holds 'one point is shown, too' 'learning_rate.rate=0.' one.txt

# ---- a run is done with the values that the plan told ----

lure batch search --out searched --jobs 2 > searched.txt 2>&1
check 'it runs: exit code' 0 $?
holds 'it runs' '12 runs: 12 ok, 0 failed' searched.txt
lure batch search --out searched --dry-run > dry.txt 2>&1
check 'what is done is shown' 12 "$(grep -c '^[0-9a-f]\{16\}  done ' dry.txt)"
lure batch search --out searched --samples 9 > searched.txt 2>&1
holds 'more samples do the new ones' '18 runs: 18 ok (12 of them before)' searched.txt
folder=$(json search.json 'd.runs[1].directory')
command=$(json search.json 'd.runs[1].command')
bash -c "$command --out alone" > alone.txt 2>&1
check 'the command of a run is that run' "$(json search.json 'd.runs[1].run_id')" "$(json alone/summary.json 'd.run_id')"
cmp -s alone/metrics.csv "searched/$(basename "$folder")/metrics.csv"
check 'its bytes, too' 0 $?

# ---- mistakes ----

refused() { # NAME EXPECTED-CODE TEXT ARGUMENTS...
    local name=$1 code=$2 text=$3
    shift 3
    lure batch "$@" --dry-run > refused.txt 2>&1
    check "$name: exit code" "$code" $?
    holds "$name" "$text" refused.txt
}
wrong() { # TEXT KEYS: what a script with these keys is told
    script bad "$2"
    refused "$2" 3 "$1" bad
}
wrong 'tie.b has 1 value and tie.a has 2' 'tie = { a = { 1, 2 }, b = { 1 } }'
wrong 'tie[2].d has 2 values and tie[2].c has 1' 'tie = { { a = { 1, 2 }, b = { 3, 4 } }, { c = { 1 }, d = { 1, 2 } } }'
wrong 'a tie is of two options or more' 'tie = { a = { 1, 2 } }'
wrong "tie.a is empty" 'tie = { a = {}, b = {} }'
wrong 'tie is number; expected a table' 'tie = 3'
wrong 'tie[2] is number; expected a table of options' 'tie = { { a = { 1 }, b = { 2 } }, 3 }'
wrong "has a value called 'c'" 'tie = { { a = { 1 }, b = { 2 } }, c = { 3 } }'
wrong "'a' is both in set and in tie" 'set = { a = 1 }, tie = { a = { 1 }, b = { 2 } }'
wrong "'a' is both in vary and in sample" 'vary = { a = { 1 } }, sample = { n = 2, a = { "uniform", 0, 1 } }'
wrong "'a' is both in tie and in sample" 'tie = { a = { 1 }, b = { 2 } }, sample = { n = 2, a = { "uniform", 0, 1 } }'
wrong 'sample has no n' 'sample = { a = { "uniform", 0, 1 } }'
wrong 'sample names no option' 'sample = { n = 2 }'
wrong 'sample.n is 0; expected a whole number from 1' 'sample = { n = 0, a = { "uniform", 0, 1 } }'
wrong 'sample.seed is -1' 'sample = { n = 2, seed = -1, a = { "uniform", 0, 1 } }'
wrong "did you mean 'log_uniform'?" 'sample = { n = 2, a = { "loguniform", 0.1, 1 } }'
wrong 'sample.a is number; expected { "uniform", low, high }' 'sample = { n = 2, a = 3 }'
wrong 'expected the name of a distribution' 'sample = { n = 2, a = { 1, 2 } }'
wrong 'sample.a: uniform: low is 1 and high is 1; expected low < high' 'sample = { n = 2, a = { "uniform", 1, 1 } }'
wrong 'sample.a: log_uniform: low is 0; expected a number above 0' 'sample = { n = 2, a = { "log_uniform", 0, 1 } }'
wrong 'sample.a: integer: high is 2.5; expected a whole number' 'sample = { n = 2, a = { "integer", 1, 2.5 } }'
wrong 'sample.a: choice has nothing to choose from' 'sample = { n = 2, a = { "choice" } }'
wrong "sample.a: uniform: low is 'x'; expected a number" 'sample = { n = 2, a = { "uniform", "x", 1 } }'
wrong 'sample.a: uniform has 3 values; expected two numbers' 'sample = { n = 2, a = { "uniform", 0, 1, 2 } }'
wrong "sample.a has a value called 'low'" 'sample = { n = 2, a = { "uniform", low = 0, high = 1 } }'
wrong 'plain data' 'sample = { n = 2, a = { "choice", function() end } }'
wrong "seeds are given beside sample" 'sample = { n = 2, seeds = { "integer", 0, 1 } }'
wrong "did you mean 'sample'?" 'samples = {}'
script bad 'sample = { n = 100000, a = { "uniform", 0, 1 } }, vary = { b = { 1, 2 } }'
refused 'too many configurations' 2 'more than 100000 configurations' bad
script bad 'sample = { n = 2, a = { "loguniform", 0.1, 1 } }'
lure check batches/bad.lua > checked.txt 2>&1
check 'the checker: exit code' 1 $?
holds 'the checker finds it, too' "did you mean 'log_uniform'?" checked.txt

refused 'ties of different lengths' 2 '--tie b=1,2,3 has 3 values and --tie a=1,2 has 2' fry_shacks --tie a=1,2 --tie b=1,2,3
refused 'a tie of one' 2 'one alone is varied with --set' fry_shacks --tie a=1,2
refused 'an option twice' 2 "'a' is given twice" fry_shacks --set a=1 --sample 'a=uniform(0,1)' --samples 2
refused 'a tie without values' 2 'expected key=value,value' fry_shacks --tie a --tie b=1
refused 'no number of samples' 2 'like --samples 20' fry_shacks --sample 'a=uniform(0,1)'
refused 'samples of nothing' 2 '--samples: nothing is sampled' fry_shacks --samples 3
refused 'a seed of nothing' 2 '--sample-seed: nothing is sampled' fry_shacks --sample-seed 3
refused 'no range' 2 'expected key=name(...)' fry_shacks --sample a=3 --samples 2
refused 'an unknown range' 2 "did you mean 'log_uniform'?" fry_shacks --sample 'a=loguniform(1,2)' --samples 2
refused 'a range backwards' 2 'expected low < high' fry_shacks --sample 'a=uniform(2,1)' --samples 2
refused 'nothing to choose' 2 'nothing to choose from' fry_shacks --sample 'a=choice()' --samples 2
refused 'a choice that is empty' 2 'an empty value' fry_shacks --sample 'a=choice(1,,2)' --samples 2
refused 'a word for a bound' 2 "high is 'x'; expected a number" fry_shacks --sample 'a=uniform(1,x)' --samples 2
refused 'no samples' 2 'a whole number from 1' fry_shacks --sample 'a=uniform(1,2)' --samples 0

finish
