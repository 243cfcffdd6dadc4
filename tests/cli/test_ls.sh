#!/usr/bin/env bash
# test_ls.sh: lure ls, show, query and export, and the index of runs that they read: kept by lure run and resume, made anew from
# the folders, told of when it is damaged.
. "$(dirname "$0")/shared.sh"

"$LURE" ls >out 2>err
check 'no runs yet is no error' 0 $?
holds 'and is said' 'no runs yet' err
"$LURE" ls --json >empty.json 2>err
check 'as a document, too' 0 "$(json empty.json '#d.runs')"

for seed in 1 2 3; do
    for rate in 0.1 1; do
        "$LURE" run fry_shacks --seed $seed --set updates=20 --set learning_rate.rate=$rate --out runs/rates/$rate-$seed >/dev/null 2>>run.err
    done
done
"$LURE" run cartpole_reinforce --set updates=3 >/dev/null 2>>run.err
echo 'return function() error("out of fries") end' >broken.lua
"$LURE" run fry_shacks --set reward=./broken.lua --out runs/broken >/dev/null 2>&1
check 'lure run says nothing of the index' '' "$(cat run.err)"

# ---- ls ----
"$LURE" ls --json >all.json 2>err
check 'every run is listed' '0 8 8' "$? $(json all.json '#d.runs .. " " .. d.matching')"
check 'and nothing is missing' '' "$(cat err)"
"$LURE" ls >out 2>err
check 'a table of eight rows, and why one failed' 11 "$(wc -l <out)"
holds 'with its error' 'broken.lua:1: out of fries' out
if command -v script >/dev/null && script -qec true /dev/null </dev/null >/dev/null 2>&1; then
    script -qec "stty cols 80; '$LURE' ls" /dev/null </dev/null | tr -d '\r' | sed 's/\x1b\[[0-9;]*m//g' | grep -v 'out of fries' >narrow
    check 'in eighty columns' '10 ' "$(wc -l <narrow) $(awk 'length > 80' narrow)"
else
    skip 'eighty columns' 'there is no script(1)'
fi
"$LURE" ls --outcome script_error --json >failed.json
check 'a run that failed, and why' 'broken true' "$(json failed.json 'd.runs[1].folder .. " " .. tostring(d.runs[1].error:find("out of fries") ~= nil)')"
"$LURE" ls rates --best 2 --sort bias --json >best.json
check 'the best two of a folder' '2 6' "$(json best.json '#d.runs .. " " .. d.matching')"
check 'are the greatest' true "$(json best.json 'd.runs[1].numbers.bias >= d.runs[2].numbers.bias')"
"$LURE" ls --worst 1 --sort bias --json >worst.json
check 'the worst is less' true "$(json worst.json "d.runs[1].numbers.bias < $(json best.json 'd.runs[2].numbers.bias')")"
"$LURE" ls --set learning_rate.rate=0.1 --json >set.json
check 'runs with a setting' 3 "$(json set.json '#d.runs')"
"$LURE" ls --where 'seed > 1 and updates = 20' --experiment fry_shacks --json >where.json
check 'runs by a condition' 4 "$(json where.json '#d.runs')"
"$LURE" ls --limit 3 >out
holds 'a cut list says so' '3 of 8 runs; --limit 0 shows all' out
"$LURE" ls rates >out
holds 'what all rows have is in the heading' 'fry_shacks updates=20' out
"$LURE" ls --experiment fry_shack >out 2>err
check 'a misspelt experiment finds nothing' 0 $?
holds 'and is told' "did you mean 'fry_shacks'?" err
"$LURE" ls --sort biass >out 2>err
check 'a misspelt number is wrong usage' 2 $?
holds 'with the nearest' "did you mean 'bias'?" err
"$LURE" ls --best 1 --limit 2 2>err
check 'two limits are wrong usage' 2 $?
"$LURE" ls nothing 2>err
check 'a folder that is not there' 4 $?
"$LURE" ls rate 2>err
holds 'did you mean one in runs/' "did you mean 'runs/rates'?" err

# ---- show ----
id=$(json all.json '(function() for _, r in ipairs(d.runs) do if r.experiment == "cartpole_reinforce" then return r.run_id end end end)()')
"$LURE" show "${id:0:8}" >out
check 'a run by the beginning of its id' 0 $?
holds 'it is that run' "(run $id)" out
holds 'its files are whole' 'as the run left them' out
"$LURE" show cartpole_reinforce-seed1 --json >show.json
check 'a run by its name, as a document' "$id false" "$(json show.json 'd.manifest.run_id .. " " .. tostring(d.damaged)')"
"$LURE" show rates >out
check 'a folder of runs' 0 $?
holds 'what was varied' '0.1,1' out
"$LURE" show ffffffff 2>err
check 'an id that nobody has' 4 $?
"$LURE" show cartpole 2>err
holds 'a name that nearly is one' "did you mean 'cartpole_reinforce-seed1'?" err
cp -r runs/rates/1-1 damaged
printf x >>damaged/metrics.csv
"$LURE" show damaged >out 2>err
check 'a damaged run is shown, exit 1' 1 $?
holds 'and what is wrong with it' 'metrics.csv' err

# ---- query ----
"$LURE" query 'select outcome, count(*) as n from runs group by outcome order by 1' --csv >out
check 'a query as CSV' 'outcome,n ok,7 script_error,1' "$(paste -sd' ' out)"
"$LURE" query 'select avg(value) as mean from numbers where name = "bias"' --json >query.json
check 'a query as JSON' number "$(json query.json 'type(d[1].mean)')"
"$LURE" query 'delete from runs' 2>err
check 'only reading' 2 $?
holds 'is said' 'only reading is possible here' err
"$LURE" query 'select retrun from runs' 2>err
check 'a mistake is wrong usage' 2 $?
holds 'with what there is' 'there are runs(run, folder,' err
timeout -s INT 1 "$LURE" query 'with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n' 2>err
check 'Ctrl-C ends a query without an end' 124 $?
"$LURE" ls --check >out
check 'the index is whole after all that' 0 $?

# ---- export ----
"$LURE" export --csv --out all.csv
check 'all runs as CSV' '0 8' "$? $(grep -cE '^(rates/|broken,|cartpole)' all.csv)"
holds 'settings and numbers are columns' ',settings.learning_rate.rate,' all.csv
"$LURE" export --json >export.json
check 'and as JSON' 8 "$(json export.json '#d')"
before=$(sha256sum <all.csv)
"$LURE" ls --rebuild >/dev/null 2>err
check 'the index made anew from the folders' 0 $?
holds 'it says of how many' 'of 8 runs' err
check 'gives the same export' "$before" "$("$LURE" export --csv | sha256sum)"
check 'no temporary stays' '' "$(find . -name '*.tmp')"
"$LURE" export --out /nowhere/x.csv 2>err
check 'a file that cannot be written' 4 $?

# ---- what the index does not know ----
cp -r runs/rates runs/by_hand
"$LURE" ls >out 2>err
holds 'a folder that it lacks is told' 'not listed: by_hand' err
"$LURE" ls --rebuild --json >all.json 2>err
check 'and taken in' 14 "$(json all.json '#d.runs')"
rm -r runs/by_hand
mkdir runs/half
cp runs/rates/1-1/manifest.json runs/half
printf x >>runs/rates/1-2/checkpoint.safetensors
"$LURE" ls --rebuild --json >all.json 2>err
check 'a run that cannot be read makes it 1' 1 $?
holds 'and is told' 'runs/rates/1-2/checkpoint.safetensors' err
check 'an unfinished run is one' 1 "$("$LURE" query "select count(*) from runs where outcome = 'unfinished'" --csv | tail -n 1)"
rm -r runs/half

# ---- damage ----
"$LURE" ls --rebuild >/dev/null 2>&1
cp runs/index.db good.db
printf 'this is no database' >runs/index.db
"$LURE" ls 2>err
check 'no database' 4 $?
holds 'what to do' 'lure ls runs --rebuild' err
"$LURE" run fry_shacks --set updates=5 --out runs/later >/dev/null 2>err
check 'a run goes well all the same' 0 $?
holds 'with a warning' 'is not in the list of runs' err
head -c 20000 good.db >runs/index.db
"$LURE" ls 2>err
check 'a cut file' 4 $?
cp good.db runs/index.db
sqlite3 -version >/dev/null 2>&1 && {
    sqlite3 runs/index.db 'pragma user_version = 7'
    "$LURE" ls 2>err
    check 'of a newer lure' 4 $?
    holds 'is said' 'was made by a newer lure' err
}
rm -f runs/index.db runs/index.db-*
"$LURE" ls --json >all.json 2>err
check 'without one it is made' 0 $?
holds 'and said' 'made runs/index.db of' err

# ---- a batch ----
"$LURE" batch fry_shacks --seeds 1..3 --set updates=5 --out runs/batched >/dev/null 2>&1
check 'a batch below runs/ is in its index' '3 batched' \
    "$("$LURE" query "select count(*), max(batch) from runs where folder like 'batched/%'" --csv | tail -n 1 | tr , ' ')"
"$LURE" batch fry_shacks --seeds 1..3 --set updates=5 --out elsewhere >/dev/null 2>&1
check 'one elsewhere has its own' '3 .' "$("$LURE" query 'select count(*), max(batch) from runs' --in elsewhere --csv | tail -n 1 | tr , ' ')"
printf 'broken' >runs/index.db
"$LURE" batch fry_shacks --seeds 1..4 --set updates=5 --out runs/batched >/dev/null 2>err
check 'a batch mends a damaged index' 0 $?
holds 'and says so' 'made a new runs/index.db of' err
check 'with all that lies there' 4 "$("$LURE" query "select count(*) from runs where batch = 'batched'" --csv | tail -n 1)"

# ---- a folder that cannot be written ----
chmod -R a+rX . && chmod a+rx "$here"
rm -f runs/index.db-wal runs/index.db-shm
chmod a-w runs
as_nobody() { if [ "$(id -u)" = 0 ]; then setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; else "$@"; fi; }
if as_nobody "$LURE" --version >/dev/null 2>&1; then
    as_nobody "$LURE" ls --json >all.json 2>err
    check 'a read-only folder is read' 0 $?
    check 'nothing is left in it' '' "$(find runs -maxdepth 1 -name 'index.db-*')"
    as_nobody "$LURE" ls --rebuild >/dev/null 2>err
    check 'and not written' 4 $?
else
    skip 'a read-only folder' 'the program cannot be run as another user'
fi
# ---- what is in the place of the index; what answers hold ----
mkdir -p strange/runs
cd strange || exit 2
mkfifo runs/index.db
timeout 20 "$LURE" ls >out 2>err
check 'a pipe in the place of the index is no wait' 4 $?
holds 'but is told' 'is a pipe or a device, expected a file' err
rm runs/index.db
"$LURE" ls --rebuild >out 2>err
"$LURE" query "select char(27) || '[1m' || char(0) || 'z' as a" >out 2>err
holds 'control characters are shown, not sent' '\027[1m\000z' out
"$LURE" query 'select 1; -- and no more' >/dev/null 2>err
check 'a comment behind it is no second query' '0 ' "$? $(cat err)"
cd ..

finish
