#!/usr/bin/env bash
# test_new.sh: each template becomes a script that passes its check and its test and can be used, in the folder where it is
# looked for; nobody's script is written over. And the editor's settings.
. "$(dirname "${BASH_SOURCE[0]}")/../tools/expect.sh"
cd "$here" || exit 2

declare -A folders=([environment]=environments [reward]=rewards [schedule]=schedules [learning_rate]=learning_rates
    [algorithm]=algorithms [experiment]=experiments [batch]=batches)
for role in environment reward schedule learning_rate algorithm experiment batch; do
    file=${folders[$role]}/my_$role.lua
    expect "a new $role" 0 "made $file" "$LURE" new "$role" "my_$role"
    expect "its name stands in it" 0 "my_$role" head -n 1 "$file"
    expect "no NAME is left in it" 1 "" grep -w NAME "$file"
    expect "its test passes" 0 " passed, 0 failed (" "$LURE" test "my_$role"
    expect "no NAME is left in that" 1 "" grep -w NAME "tests/test_my_$role.lua"
    expect "its check" 0 "ok    $file" "$LURE" check "$file"
    expect "a second one of the name" 4 "$file exists" "$LURE" new "$role" "my_$role"
done

expect "all tests together" 0 " passed, 0 failed (" "$LURE" test

# a test notices when the script is another
sed -i 's/o.right or o.wrong/o.wrong or o.right/' rewards/my_reward.lua
expect "a reward that is the wrong way round" 1 "test_what_is_paid: failed" "$LURE" test my_reward
sed -i 's/o.first \* 0.5/o.first * 0.4/' learning_rates/my_learning_rate.lua
expect "a rate that falls faster" 1 "test_it_halves: failed" "$LURE" test my_learning_rate
sed -i 's/o.first + (/o.first - (/' schedules/my_schedule.lua
expect "a schedule that goes nowhere" 1 "test_hungrier_and_hungrier: failed" "$LURE" test my_schedule
sed -i 's/>= o.size and 1/>= o.size and 2/' environments/my_environment.lua
expect "a prize of 2" 1 "test_a_walk_to_the_prize: failed" "$LURE" test my_environment
sed -i 's/returns - usual/usual - returns/' algorithms/my_algorithm.lua
expect "an algorithm that unlearns" 1 "test_it_learns: failed" "$LURE" test my_algorithm

# what it says to type next works
"$LURE" new reward kinder >said
test=$(sed -n 's/^  test it   lure //p' said)
expect "the test that it names" 0 " passed, 0 failed (" sh -c "\"$LURE\" $test"
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

# ---- the test's name ----
expect "another role of the same name" 0 "made tests/test_schedule_kinder.lua" "$LURE" new schedule kinder
expect "both pass" 0 "10 passed, 0 failed (" "$LURE" test kinder tests/test_schedule_kinder.lua
rm schedules/kinder.lua
expect "a test is never written over" 4 "tests/test_schedule_kinder.lua exists" "$LURE" new schedule kinder
expect "and then there is no script" 2 "No such file" ls schedules/kinder.lua
expect "without a test" 0 "made rewards/alone.lua" "$LURE" new reward alone --no-test
expect "there is none" 2 "No such file" ls tests/test_alone.lua

# ---- the editor ----
expect "what is said of it" 0 "  editor    lure new editor" "$LURE" new reward edited
expect "its settings" 0 "made .luarc.json" "$LURE" new editor
for folder in annotations testing; do
    expect "they name a folder that is there" 0 "lua" sh -c 'ls "$(sed -n "s|^ *\"\(.*/scripts/$1\)\",*|\1|p" .luarc.json)"' sh $folder
done
expect "settings of one's own stay" 4 ".luarc.json exists; add to its workspace.library: \"" "$LURE" new editor

# ---- what is refused ----
expect "no role" 2 "expected ROLE NAME" "$LURE" new
expect "no name" 2 "expected ROLE NAME" "$LURE" new reward
expect "an unknown role" 2 "did you mean 'reward'" "$LURE" new rewrad x
for name in 'a-b' '../x' '1x' '' 'a b' 'a.lua' true "$(printf '%061d' 0 | tr 0 a)"; do
    expect "the name '$name'" 2 "cannot be a script's name" "$LURE" new reward "$name"
done
expect "nothing was made of them" 1 "" sh -c 'ls rewards | grep -v -e my_reward -e kinder -e alone -e edited'
touch c
expect "a folder that cannot be made" 4 "c" sh -c 'mkdir d; cd d; touch rewards; "$1" new reward c' sh "$LURE"
expect "help" 0 "Usage: lure new ROLE NAME" "$LURE" new --help
finish
