#!/usr/bin/env bash
# test_scripts.sh: every environment and every script that lies in this checkout keeps its role's contract, whatever it
# is called; and every script in broken/ does not: the first line of each says what is to be found in it.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
top=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

ok() { passed=$((passed + 1)); }
fail() { # fail NAME WHAT-IT-SAID
    failed=$((failed + 1))
    printf 'FAIL %s\n%s\n' "$1" "$2"
}

# ---- every script, by itself ----

# (not what only editors read, nor tests and what runs them)
mapfile -t scripts < <(find environments scripts \( -name annotations -o -name testing -o -name tests \) -prune \
    -o -name '*.lua' -print | LC_ALL=C sort)
for script in "${scripts[@]}"; do
    said=$("$LURE" check "$script" 2>&1)
    code=$?
    if [ $code = 0 ] && [[ $said == "ok "* ]]; then ok; else fail "$script (exit $code)" "$said"; fi
done

# and together: none is left out
said=$("$LURE" check environments scripts 2>&1)
code=$?
if [ $code = 0 ] && grep -qx "${#scripts[@]} scripts: ${#scripts[@]} ok, 0 with findings" <<<"$said"; then ok; else
    fail "all ${#scripts[@]} together (exit $code)" "$said"
fi

# ---- an unknown option is refused by each that a run can take options for ----

for script in "${scripts[@]}"; do
    folder=$(basename "$(dirname "$script")")
    role=${folder%s}
    [ "$folder" = templates ] && role=$(basename "$script" .lua)
    case $role in environment | reward | schedule | learning_rate | algorithm) ;; *) continue ;; esac
    said=$("$LURE" run fry_shacks --set "$role=$script" --set "$role.no_such_option=1" --out "$work/refused" 2>&1)
    code=$?
    if [ $code = 3 ] && grep -qF "unknown option 'no_such_option'" <<<"$said" && [ ! -e "$work/refused" ]; then ok; else
        fail "$script takes an option that it does not have (exit $code)" "$said"
    fi
done

# ---- the same experiment in several processes, each with a hash seed of its own: the same bytes ----

for experiment in scripts/experiments/*.lua; do
    name=$(basename "$experiment" .lua)
    for process in 1 2 3; do
        "$LURE" run "$experiment" --set updates=25 --seed 11 --out "$work/$name-$process" >"$work/said" 2>&1 ||
            cat "$work/said"
    done
    if [ -s "$work/$name-1/metrics.csv" ] && cmp "$work/$name-1/metrics.csv" "$work/$name-2/metrics.csv" &&
        cmp "$work/$name-1/metrics.csv" "$work/$name-3/metrics.csv" &&
        cmp "$work/$name-1/checkpoint.safetensors" "$work/$name-2/checkpoint.safetensors"; then ok; else
        fail "$experiment in three processes" "metrics.csv or checkpoint.safetensors differ, or were not written"
    fi
done

# ---- broken on purpose: each alone in its folder, so that none is tried with another ----

n_broken=0
for script in "$top"/tests/contract/broken/*/*.lua; do
    folder=$(basename "$(dirname "$script")") name=$(basename "$script")
    expected=$(sed -n '1s/^-- expect: //p' "$script")
    read -ra more <<<"$(sed -n '2s/^-- with: //p' "$script")"
    rm -rf "$work/alone"
    mkdir -p "$work/alone/$folder"
    cp "$script" "$work/alone/$folder/"
    for word in ${more[@]+"${more[@]}"}; do # a world or an experiment made for it
        beside=$(cd "$top/tests/contract/beside" && ls -d */"$word.lua" 2>/dev/null) && mkdir -p "$work/alone/${beside%/*}" &&
            cp "$top/tests/contract/beside/$beside" "$work/alone/$beside"
    done
    said=$(cd "$work/alone" && "$LURE" check "$folder/$name" ${more[@]+"${more[@]}"} 2>&1)
    code=$?
    n_broken=$((n_broken + 1))
    finding=$(grep -F -- "$expected" <<<"$said")
    if [ $code = 1 ] && [ -n "$expected" ] && [[ $said == "FAIL  $folder/$name "* ]] &&
        grep -qE "^ +$folder/$name:[0-9]+: " <<<"$finding"; then ok; else
        fail "broken/$folder/$name (exit $code), expected \"$expected\" with its place" "$said"
    fi
done
if [ "$n_broken" -ge 25 ]; then ok; else fail "broken/" "only $n_broken scripts"; fi

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
