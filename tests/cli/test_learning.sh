#!/usr/bin/env bash
# test_learning.sh: two of the shipped experiments, in full, learn what they are there to learn, and what has not learned is
# told from it. All of them, by ten seeds, are measured by `make bench ARGS=learning`.
. "$(dirname "$0")/shared.sh" || exit 2

learns() { # learns EXPERIMENT SCORE: its last policy is worth that much, one of the first update is not
    "$LURE" run "$1" --seed 1 --out "$1" >said 2>&1
    check "$1 runs" 0 $?
    "$LURE" eval "$1" --min-score "$2" >said 2>&1
    check "$1 reaches $2: $(grep -m 1 return said)" 0 $?
    "$LURE" run "$1" --seed 1 --set updates=1 --out "$1-1" >said 2>&1
    "$LURE" eval "$1-1" --min-score "$2" >said 2>&1
    check "one update of $1 does not reach $2" 1 $?
}

learns cartpole_ppo 500
learns mountain_car_continuous_ppo 88
finish
