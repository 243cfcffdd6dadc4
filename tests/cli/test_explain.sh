#!/usr/bin/env bash
# test_explain.sh: lure explain tells the lesson's updates, any other small policy's too, and refuses what it cannot tell.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
check() { # name, expected, got
    if [ "$2" = "$3" ]; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        printf 'FAILED %s\n  expected: %s\n  got:      %s\n' "$1" "$2" "$3"
    fi
}

lua5.4 tests/cli/explain.lua "$LURE" > "$work/json" 2>&1
grep FAILED "$work/json"
line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$work/json") || { cat "$work/json"; line='0 passed, 1 failed'; }
read -r p _ f _ <<< "$line"
passed=$((passed + p)) failed=$((failed + f))

# as text: the lesson's numbers to six digits
"$LURE" explain fry_shacks --draws 0.2,0.9 --input hunger=0 > "$work/text"
for number in 0.693147 0.377541 0.974077 -0.622459 0.622459 -1.122459; do
    check "the text shows $number" yes "$(grep -q -- "$number" "$work/text" && echo yes)"
done
check 'no colour in a pipe' 0 "$(grep -c "$(printf '\033')" "$work/text")"

refused() { # name, expected exit code, expected text, arguments...
    local name=$1 code=$2 text=$3 got
    shift 3
    got=$("$LURE" explain "$@" 2>&1 > /dev/null)
    check "$name: exit code" "$code" "$?"
    check "$name: says $text" yes "$(grep -qF -- "$text" <<< "$got" && echo yes || echo "no: $got")"
}
refused 'a draw of 1' 2 'from 0 to below 1' fry_shacks --draws 0.2,1
refused 'a draw that is a word' 2 'from 0 to below 1' fry_shacks --draws x
refused 'an input without a value' 2 'hunger=0' fry_shacks --input hunger
refused 'an input that reset does not know' 3 "--input hungr: the world's reset does not read it; it reads hunger" fry_shacks --input hungr=0
refused 'a policy too large to print' 2 'trained numbers' cartpole_reinforce
refused 'a policy with nothing to train' 2 'trained numbers' fry_shacks --set 'policy.1.train={}'
refused 'no updates' 2 'whole number' fry_shacks --updates 0
refused 'a misspelt option' 2 '--draws' fry_shacks --draw 0.2
cat > "$work/masked.lua" <<'LUA'
return function(run, policy, optimizer)
  for _ in run:updates() do
    local batch = run:collect { episodes = 1 }
    local mask = lure.ones(batch.steps, policy.n_actions)
    optimizer:step(policy, policy:gradient(batch.observations, batch.actions, nil, { mask = mask }), 1)
  end
end
LUA
refused 'a mask' 2 'explain tells the chain rule of all actions' fry_shacks --set "algorithm=$work/masked.lua"
refused 'no experiment of that name' 4 "did you mean 'fry_shacks'" fry_shackz

printf '%d passed, %d failed\n' $passed $failed
[ $failed = 0 ]
