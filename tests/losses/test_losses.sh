#!/usr/bin/env bash
# Losses of one's own train: PPO's, a policy gradient with a penalty on the divergence, evolution strategies as a
# surrogate, each written in Lua operation by operation and differentiated. CartPole; an untrained policy brings 22.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/shared.sh"
cd "$tests/../.." || exit 2

trains() { # trains LOSS LEAST: over the last half of the run the return is at least that, for three seeds
    local seed got
    for seed in 1 2 3; do
        got=$("$LURE" run "tests/losses/experiments/$1.lua" --seed "$seed" --out "$here/$1-$seed" 2>"$here/said") || {
            check "$1, seed $seed" "a finished run" "$(tail -n 2 "$here/said")"
            continue
        }
        got=$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "episodic_return") column = i; next }
            { row[NR] = $column } END { for (i = NR - 29; i <= NR; i++) sum += row[i]; print int(sum / 30) }' \
            "$here/$1-$seed/metrics.csv")
        check "$1, seed $seed: mean return of the last 30 updates is $got, at least $2" yes \
            "$([ "${got:-0}" -ge "$2" ] && echo yes || echo no)"
    done
}

trains ppo_loss 250
trains kl_penalty 400
trains evolution 400
finish
