#!/usr/bin/env bash
# lure run --profile: the parts and lines where the time went, and the same bits as without.
. "$(dirname "${BASH_SOURCE[0]}")/shared.sh"

run="cartpole_reinforce --set updates=150 --set algorithm.episodes=8 --set evaluate.every=30"
"$LURE" run $run --out plain >plain.txt 2>plain.said
"$LURE" run $run --out seen --profile >seen.txt 2>seen.said
check 'a profiled run' 0 $?
check 'the same rows' '' "$(cmp plain/metrics.csv seen/metrics.csv 2>&1)"
check 'the same parameters' '' "$(cmp plain/checkpoint.safetensors seen/checkpoint.safetensors 2>&1)"
check 'without it nothing is told' '' "$(grep samples plain.said)"
for part in step forward gradient evaluation; do
    check "part $part" 1 "$(grep -c "^$part  *[0-9.]* %" seen.said)"
done
for file in cartpole reinforce; do
    check "lines of $file" yes "$(grep -q "$file.lua:[0-9]*  *[0-9.]* %" seen.said && echo yes)"
done

"$LURE" run $run --out json --profile --json >json.txt 2>json.said
check 'with --json it is in the document' '' "$(grep samples json.said)"
check 'the parts are all of it' true "$(json json.txt '(function() local sum = 0 for _, x in pairs(d.profile.parts) do sum = sum + x end return math.abs(sum - 1) < 1e-9 end)()')"
check 'lines are at most all of it' true "$(json json.txt '(function() local sum = 0 for _, x in ipairs(d.profile.lines) do sum = sum + x.samples end return sum <= d.profile.samples and sum > d.profile.samples / 2 end)()')"

# where a line is known to take the time
cat >busy.lua <<'LUA'
return function(run)
  for p in run:updates() do
    local x = 0
    for i = 1, 3e5 do
      x = x + math.sin(i)
    end
    run:log { x = x }
  end
end
LUA
"$LURE" run cartpole_reinforce --set algorithm=./busy.lua --set updates=30 --out busy --profile --json >busy.txt 2>busy.said
check 'the busiest line' 'busy.lua:5' "$(json busy.txt 'd.profile.lines[1].line')"
check 'is of the algorithm' true "$(json busy.txt 'd.profile.parts.algorithm > 0.9')"

# a limit is kept, and Ctrl-C heard
sed 's/3e5/1e18/' busy.lua >endless.lua
timeout 60 "$LURE" run cartpole_reinforce --set algorithm=./endless.lua --set limits.step_seconds=0.3 --out endless --profile >endless.txt 2>endless.said
check 'an endless loop: exit code' 3 $?
holds 'an endless loop' 'time limit' endless.said
timeout --foreground -s INT 1 "$LURE" run cartpole_reinforce --set algorithm=./endless.lua --set limits.step_seconds=60 --out stopped --profile >stopped.txt 2>stopped.said
holds 'Ctrl-C' 'stopped after' stopped.said

finish
