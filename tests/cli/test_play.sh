#!/usr/bin/env bash
# test_play.sh: lure play, with lines from a pipe and with keys on a terminal of its own, which it leaves as it was.
. "$(dirname "$0")/shared.sh"
export NO_COLOR=1

mkdir -p environments
cat > environments/corridor.lua <<'LUA'
local corridor = { actions = { "left", "right" }, observation = { "place" }, max_steps = 6 }
function corridor.reset(s, rng) s.place, s.luck = 2, rng:uniform() end
function corridor.step(s, action, rng)
  s.place, s.luck = s.place + (action == "right" and 1 or -1), rng:uniform()
  return s.place <= 0 or s.place >= 4
end
function corridor.reward(s) return s.place >= 4 and 1 or -0.25, { luck = s.luck } end
function corridor.render(s) return ("."):rep(s.place) .. "@\nbelow" end
return corridor
LUA
cat > environments/push.lua <<'LUA'
local push = { actions = { low = -2, high = 1 }, observation = { "x" }, max_steps = 50 }
function push.reset(s) s.x = 0 end
function push.step(s, a) s.x = s.x + a; return false end
return push
LUA
cat > environments/doors.lua <<'LUA'
local doors = { actions = { { "q", "r" }, { name = "hand", "left", "right" } }, observation = { "n" }, max_steps = 50 }
function doors.reset(s) s.n = 0 end
function doors.step(s) s.n = s.n + 1; return false end
function doors.legal(s) return s.n == 0 and { { "q" }, { "left", "right" } } or { { "q", "r" }, { "left" } } end
return doors
LUA
cat > environments/letters.lua <<'LUA'
local letters = { actions = { "q", "x" }, observation = { "n" }, max_steps = 50 }
function letters.reset(s) s.n = 0 end
function letters.step(s, a) s.n = s.n + (a == "q" and 10 or 1); return false end
return letters
LUA

# ---- lines ----
printf 'right\n1\n' | "$LURE" play corridor > out 2> err
check 'lines: exit code' 0 $?
holds 'what can be done' 'actions: left, right; r restart, u undo, q quit' out
holds 'the beginning' 'corridor, seed 1, episode 1, step 0' out
holds 'the picture' '  ...@' out
holds 'its second line' '  below' out
holds 'what is seen' '  sees    place = 3' out
holds 'the action' '  did     right' out
holds 'reward, its terms and the return' '  reward  1 (luck ' out
holds 'the return' ', return 0.75' out
holds 'the end' 'the episode has terminated: r begins the next' out
holds 'the summary' 'corridor: 1 episode, 1 finished, 2 steps, best return 0.75, last 0.75' out
printf 'left, left\nr\nright\nq\nright\n' | "$LURE" play corridor > out
holds 'restart and quit' 'corridor: 2 episodes, 1 finished, 3 steps, best return -0.5, last -0.5' out
printf 'left\nlfet\nleft\nleft\n' | "$LURE" play corridor > out
check 'a mistake stops nothing' 0 $?
holds 'and is told' "action 'lfet' is none of left, right; did you mean 'left'?" out
holds 'no step after the end' 'the episode is over: r begins the next' out
yes left | timeout -s KILL 20 "$LURE" play corridor 2> err | head -n 1 > /dev/null
check 'it ends when nobody reads what it tells' 4 "${PIPESTATUS[1]}"
yes left | timeout --preserve-status -k 20 0.5 "$LURE" play corridor > /dev/null 2> err
check 'a signal ends it while the episode is over' 143 "${PIPESTATUS[1]}"
tr '\0' a < /dev/zero | timeout -s KILL 20 "$LURE" play corridor > /dev/null 2> err
check 'a line without end: exit code' 2 "${PIPESTATUS[1]}"
holds 'a line without end' 'stdin: a line of more than 1048576 bytes' err
printf 'u\nright\nleft\nu\nu\nright\nright\n' | "$LURE" play corridor > out
holds 'nothing to take back' 'there is no step to take back' out
luck=$(grep -o 'luck [0-9.e-]*' out)
check 'taken back, the same chance comes again' "$(sed -n 1,2p <<< "$luck")" "$(sed -n 3,4p <<< "$luck")"
holds 'and the same numbers' 'corridor: 1 episode, 1 finished, 2 steps, best return 0.75, last 0.75' out
printf 'left\nleft\nu\nright\n' | "$LURE" play corridor > out
holds 'the end can be taken back' 'episode 1, step 2' out
check 'and played on from' 'place = 2' "$(grep -o 'place = .' out | tail -1)"
printf -- '-0.5\n7\n' | "$LURE" play push > out
holds 'numbers' 'x = 6.5' out
holds 'a world that draws nothing shows its fields' '  x = 6.5' out
printf 'r:left\nq:right\nr:1\nr:left\n' | "$LURE" play doors > out
holds 'what is not legal is refused' "'r' is not legal now" out
holds 'part by part' "'right' is not legal now" out
holds 'what is legal is told' '  legal   q, r; left' out
holds 'and done' 'doors: 1 episode, 0 finished, 2 steps' out
printf 'q\nx\n:q\nx\n' | "$LURE" play letters > out
check 'a word of the world goes before ours, with a colon it is ours' 'n = 11' "$(grep -o 'n = .*' out | tail -1)"
"$LURE" play nowhere < /dev/null > out 2> err
check 'an unknown world: exit code' 4 $?
cat > environments/broken.lua <<'LUA'
local broken = { actions = { "a", "b" }, observation = { "x" }, max_steps = 9 }
function broken.reset(s) s.x = 0 end
function broken.step(s, a) if a == "b" then error("no b") end; return false end
return broken
LUA
printf 'a\nb\na\n' | "$LURE" play broken > out 2> err
check 'an error of the world: exit code' 3 $?
holds 'an error of the world' "no b (environment 'broken', episode 1, step 2)" err
holds 'what was done until then' 'broken: 1 episode, 0 finished, 1 step' out

# ---- keys ----
if ! command -v script > /dev/null || ! script -qec true /dev/null < /dev/null > /dev/null 2>&1; then
    skip 'keys' "there is no 'script' that makes a terminal"
    finish
fi
export TERM=xterm
# on_terminal COMMAND KEYS...: each key after a while, the first when something is drawn; what the screen got is in out, colours
# and moves and all. The shell is bash: Ctrl-C reaches it too, and a plain sh would end there instead of seeing how lure ended.
on_terminal() {
    local command=$1 key
    shift
    : > out
    (
        for _ in {1..100}; do
            [ -s out ] && break
            sleep 0.1
        done
        sleep 0.3
        for key; do
            printf '%b' "$key"
            sleep 0.15
        done
        sleep 0.3
    ) | SHELL=$(command -v bash) script -qec "$command" /dev/null > out 2> err
    tr -d '\r' < out > text
}
last() { tail -n 1 text | sed 's/\x1b\[[?0-9]*[a-z]//g'; } # without what moved the cursor
modes='stty -a | grep -oE " -?(icanon|echo) " | tr -d "\n"; echo'

on_terminal "'$LURE' play corridor; echo code \$?; $modes" '\033[C' l q
holds 'keys: an arrow' 'episode 1, step 1' text
holds 'a letter' 'place = 2' text
holds 'the legend' '  left arrow, 0, l       left' text
holds 'the legend of commands' 'r restart, u undo, q quit' text
holds 'the summary comes after the screen' 'corridor: 1 episode, 0 finished, 2 steps' text
holds 'exit code' 'code 0' text
check 'the terminal as it was' ' icanon  echo ' "$(last)"
check 'its own screen, and back' '1 1' "$(grep -c '1049h' text) $(grep -c '1049l' text)"
check 'no colour' 0 "$(grep -c '\[1m' text)"
on_terminal "'$LURE' play corridor" 1 1 ' ' u r 0 q
holds 'a digit, undo, restart' 'corridor: 2 episodes, 0 finished, 2 steps' text
holds 'no step after the end' 'the episode is over' text
on_terminal "'$LURE' play corridor" '\r' rig h t '\r' '\r' x '\177' '\r' q
holds 'a word that is typed' 'corridor: 1 episode, 0 finished, 1 step' text
holds 'is seen' '> righ_' text
on_terminal "'$LURE' play corridor; echo code \$?" '\r' rig '\033' 1 '\r' '\033' q
holds 'Escape leaves the line and is no part of a key' 'corridor: 1 episode, 0 finished, 1 step' text
on_terminal "'$LURE' play push" '\033[D' '\033[C' '\033[B' -0. 25 '\r' ' ' q
holds 'arrows and numbers' 'x = -1.5' text
holds 'the values of arrows' '  left arrow             -2' text
on_terminal "NO_COLOR= '$LURE' play corridor" q
check 'colour' yes "$(grep -q '\[1m' text && echo yes)"
on_terminal "'$LURE' play corridor; echo code \$?; $modes" 1 '\003'
holds 'Ctrl-C: exit code' 'code 130' text
check 'Ctrl-C: the terminal as it was' ' icanon  echo ' "$(last)"
for signal in TERM HUP QUIT; do
    on_terminal "timeout --foreground -s $signal 0.8 '$LURE' play corridor; $modes" 1 1
    check "$signal: the terminal as it was" ' icanon  echo ' "$(last)"
    check "$signal: the screen is left" 1 "$(grep -c '1049l' text)"
done
cat > environments/endless.lua <<'LUA'
local endless = { actions = { "a", "b" }, observation = { "x" }, max_steps = 9 }
function endless.reset(s) s.x = 0 end
function endless.step(s, a) while a == "b" do end; return false end
return endless
LUA
on_terminal "'$LURE' play endless; echo code \$?; $modes" a b '\003'
holds 'Ctrl-C inside a script: exit code' 'code 130' text
check 'Ctrl-C inside a script: the terminal as it was' ' icanon  echo ' "$(last)"
on_terminal "TERM=dumb '$LURE' play corridor" 'right\nright\n:q\n'
holds 'a terminal that cannot draw reads lines' 'the episode has terminated' text
finish
