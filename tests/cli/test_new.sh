#!/usr/bin/env bash
# test_new.sh: each template becomes a script that passes its check and can be used, in the folder where it is looked
# for; nobody's script is written over.
. "$(dirname "${BASH_SOURCE[0]}")/../tools/expect.sh"
cd "$here" || exit 2

declare -A folders=([environment]=environments [reward]=rewards [schedule]=schedules [learning_rate]=learning_rates
    [algorithm]=algorithms [experiment]=experiments [batch]=batches)
for role in environment reward schedule learning_rate algorithm experiment batch; do
    file=${folders[$role]}/my_$role.lua
    expect "a new $role" 0 "made $file" "$LURE" new "$role" "my_$role"
    expect "its name stands in it" 0 "my_$role" head -n 1 "$file"
    expect "no NAME is left in it" 1 "" grep -w NAME "$file"
    expect "its check" 0 "ok    $file" "$LURE" check "$file"
    expect "a second one of the name" 4 "$file exists" "$LURE" new "$role" "my_$role"
done

# what it says to type next works
"$LURE" new reward kinder >said
check=$(sed -n 's/^  check it  lure //p' said) use=$(sed -n 's/^  use it    lure //p' said)
expect "the check that it names" 0 "ok    rewards/kinder.lua" sh -c "\"$LURE\" $check"
expect "the use that it names" 0 "run " sh -c "\"$LURE\" $use --set updates=5"
for role in environment schedule learning_rate algorithm experiment; do
    use=$("$LURE" new $role "second_$role" | sed -n 's/^  use it    lure //p')
    expect "the use of a new $role" 0 "run " sh -c "\"$LURE\" $use --set updates=5"
done

# ---- which folder ----
mkdir -p a/scripts/rewards a/rewards b/scripts
expect "scripts/rewards before rewards" 0 "made scripts/rewards/kind.lua" sh -c 'cd a && "$1" new reward kind' sh "$LURE"
expect "rewards where there is no scripts/rewards" 0 "made rewards/kind.lua" sh -c 'cd b && "$1" new reward kind' sh "$LURE"
expect "environments, never scripts/environments" 0 "made environments/windy.lua" sh -c 'cd a && "$1" new environment windy' sh "$LURE"

# ---- what is refused ----
expect "no role" 2 "expected ROLE NAME" "$LURE" new
expect "no name" 2 "expected ROLE NAME" "$LURE" new reward
expect "an unknown role" 2 "did you mean 'reward'" "$LURE" new rewrad x
for name in 'a-b' '../x' '1x' '' 'a b' 'a.lua' true "$(printf '%061d' 0 | tr 0 a)"; do
    expect "the name '$name'" 2 "cannot be a script's name" "$LURE" new reward "$name"
done
expect "nothing was made of them" 1 "" sh -c 'ls rewards | grep -v -e my_reward -e kinder'
touch c
expect "a folder that cannot be made" 4 "c" sh -c 'mkdir d; cd d; touch rewards; "$1" new reward c' sh "$LURE"
expect "help" 0 "Usage: lure new ROLE NAME" "$LURE" new --help
finish
