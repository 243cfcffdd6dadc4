#!/usr/bin/env bash
# test_replay.sh: a run's folder is all that it takes to do it again: to the same bytes, or to where they first differ.
. "$(dirname "$0")/shared.sh"

mkdir -p rewards experiments
cat > rewards/kind.lua <<'LUA'
local o = options(..., { right = 1 })
return function(s) return (s.portion == "large") == (s.hunger > 0.5) and o.right or -1, { kindness = o.right } end
LUA
cat > experiments/mine.lua <<'LUA'
return { environment = "fry_shacks", reward = { "kind", right = 2 }, schedule = "uniform_hunger", learning_rate = 0.5,
  algorithm = { "reinforce", episodes = 5 }, policy = { { "linear", 4 }, "tanh", "linear", "categorical" }, updates = 100 }
LUA

again() { # again NAME EXPECTED CODE RUN ARGUMENTS...: what `lure replay` prints and its exit code
    local name=$1 expected=$2 code=$3
    shift 3
    "$LURE" replay "$@" > out 2> err
    check "$name: exit code" "$code" $?
    check "$name" "$expected" "$(cat out)"
    check "$name: says nothing else" '' "$(cat err)"
}
refuses() { # refuses NAME TEXT RUN ARGUMENTS...
    local name=$1 text=$2
    shift 2
    "$LURE" replay "$@" > out 2> err
    check "$name: exit code" 4 $?
    check "$name: no verdict" '' "$(cat out)"
    holds "$name: message" "$text" err
}

# ---- the same again ----

"$LURE" run fry_shacks --out lesson > /dev/null 2>&1
again 'the lesson' 'identical: 2000 rows, 2 parameters' 0 lesson
"$LURE" run mine --seed 5 --set algorithm.normalize=false --set 'updates=60' --out mine > /dev/null 2> err || cat err
sum=$(find mine -type f | sort | xargs sha256sum)
again 'scripts, options and settings of its own' 'identical: 60 rows, 18 parameters' 0 mine
check 'the folder is as it was' "$sum" "$(find mine -type f | sort | xargs sha256sum)"
for script in mine/scripts/*; do
    hash=$(sha256sum < "$script")
    check "the name of $script tells what is in it" "${hash:0:12}" "$(basename "$script" .lua | sed 's/.*\.//')"
done
check 'every script is kept once' 5 "$(ls mine/scripts | wc -l)"

# ---- of the files that it was made of nothing is needed ----

cp rewards/kind.lua kept.lua
echo 'return function() return 0 end' > rewards/kind.lua
mkdir away
mv experiments away
(cd away && "$LURE" replay ../mine) > out 2> err
check 'edited and moved scripts change nothing' 'identical: 60 rows, 18 parameters' "$(cat out err)"
mv away/experiments .
cp kept.lua rewards/kind.lua
check 'no litter' '' "$(ls -d "${TMPDIR:-/tmp}"/lure-replay-*/run/manifest.json 2> /dev/null | xargs -r grep -l '"experiment": "mine"')"

again 'with --out it is kept' 'identical: 60 rows, 18 parameters' 0 mine --out twin
check 'and is the same run' "$(json mine/manifest.json d.run_id)" "$(json twin/manifest.json d.run_id)"
check 'with the same numbers' '' "$(cmp mine/metrics.csv twin/metrics.csv)"
again 'and can be done again itself' 'identical: 60 rows, 18 parameters' 0 twin
refuses 'a folder that holds something' 'already holds' mine --out lesson
"$LURE" replay mine --json > document
check 'the document' 'lure.replay/1 true 60 18 0 true null mine 5' "$(json document 'table.concat({ d.schema, tostring(d.identical), d.rows, d.parameters, d.switches, tostring(d.complete), tostring(d.difference), d.directory, d.seed }, " ")')"
mkdir runs
cp -r mine runs/named
again 'by its name in runs/' 'identical: 60 rows, 18 parameters' 0 named

# ---- a batch keeps its scripts once ----

"$LURE" batch mine --seeds 1..2 --set reward.right=1,2 --jobs 2 --out batch > /dev/null 2> err || cat err
check 'once for all runs' '1 0' "$(ls -d batch/scripts | wc -l) $(find batch/mine-* -name scripts | wc -l)"
for run in batch/mine-*; do again "$run" 'identical: 100 rows, 18 parameters' 0 "$run"; done
cp -r "$(ls -d batch/mine-* | head -n 1)" alone
refuses 'without its batch' "there is no folder alone/../scripts, where the bytes of the run's scripts were kept" alone

# ---- where it differs ----

broken() { # broken SED-EXPRESSION FILE: a copy of the run with that file edited
    rm -rf broken
    cp -r mine broken
    unseal broken
    sed -i "$1" "broken/$2"
}
row=$(sed -n 31p mine/metrics.csv)
broken '31s/[^,]*$/77/' metrics.csv
again 'a number' "differs: row 30 (update 30), column $(head -n 1 mine/metrics.csv | sed 's/.*,//'): it was 77, and now ${row##*,}" 1 broken
broken '1s/update/updtae/' metrics.csv
"$LURE" replay broken > out 2> err
check 'a column: exit code' 1 $?
holds 'a column' 'differs: the columns: they were updtae,episode' out
broken '61d' metrics.csv
again 'too few rows' 'differs: there were 59 rows, and now there are more' 1 broken
broken '$p' metrics.csv
again 'too many rows' 'differs: row 61 is missing now' 1 broken
broken '' metrics.csv
cp alone/checkpoint.safetensors broken/
"$LURE" replay broken > out 2> err
check 'a parameter: exit code' 1 $?
holds 'a parameter' 'differs: number 1 of' out
cp mine/checkpoint.safetensors broken/
size=$(stat -c %s broken/checkpoint.safetensors)
printf '\177' | dd of=broken/checkpoint.safetensors bs=1 seek=$((size - 1)) conv=notrunc 2> /dev/null
"$LURE" replay broken > out 2> err
check 'the last number of a tensor: exit code' 1 $?
holds 'the last number of a tensor' 'differs: number ' out
check 'the last number of a tensor: before and after' different "$(sed -E 's/.*it was (.*), and now (.*)/\1 \2/' out | { read -r was now; [ "$was" = "$now" ] && echo "both $was" || echo different; })"

# ---- what cannot be done again ----

for file in manifest.json metrics.csv checkpoint.safetensors summary.json; do
    rm -rf broken
    cp -r mine broken
    printf '\177' | dd of=broken/$file bs=1 seek=9 conv=notrunc 2> /dev/null
    refuses "a changed byte in $file" "broken/$file is damaged" broken
done

broken 's/"result": [0-9]*/"result": 1/' manifest.json
refuses 'another result version' 'whose results are of version 1; this is lure' broken
broken 's/algorithm.normalize=false/algorithm.normalize=true/' manifest.json
refuses 'other settings' 'its settings or its seed were changed' broken
broken 's/"seed": 5/"seed": 6/' manifest.json
refuses 'another seed' 'its settings or its seed were changed' broken
broken 's/-1/-2/' "scripts/$(ls mine/scripts | grep reward)"
refuses 'an edited script' 'is not what the run loaded: its hash is' broken
rm broken/scripts/reward*
refuses 'a missing script' 'cannot open broken/scripts/reward.kind.' broken
broken '/scripts_in/d' manifest.json
refuses 'a run from before scripts were kept' 'broken keeps no scripts' broken
refuses 'no such run' "no run 'nonsense'" nonsense
refuses 'a folder of something else' 'is no run'"'"'s folder' rewards

# ---- runs that did not come to their end ----

rm broken/summary.json
cp -r mine cut
rm cut/summary.json cut/checkpoint.safetensors
head -n 41 mine/metrics.csv > cut/metrics.csv
printf '41,205,20' >> cut/metrics.csv # killed within a write
again 'a killed run' 'identical: 40 rows (the run did not come to its end: its parameters are not compared)' 0 cut
sed -i '11s/[^,]*$/77/' cut/metrics.csv
"$LURE" replay cut > out 2> err
check 'a killed run that differs: exit code' 1 $?
holds 'a killed run that differs' 'differs: row 10 (update 10), column' out
: > cut/metrics.csv
refuses 'no row yet' 'has no row yet that could be compared' cut

cat > rewards/kind.lua <<'LUA'
local n = 0
return function() n = n + 1 if n > 300 then error("no more") end return 1 end
LUA
sed -i 's/right = 2//' experiments/mine.lua
"$LURE" run mine --out failed > /dev/null 2>&1
check 'a run that ends with an error' 3 $?
again 'an error comes again' 'identical: 60 rows, 18 parameters' 0 failed
finish
