#!/usr/bin/env bash
# test_learning.sh: algorithms learn what small worlds ask, each of which fails for a reason of its own, and the values that
# they learn are those of theory. Every row says what a policy is worth that learned nothing; a name that begins with a
# number in brackets is that of a trap in tests/README.md.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/shared.sh"
cd "$tests/../.." || exit 2
experiments=tests/learning/experiments worlds=tests/learning/environments

seeds='1 2'
case $LURE in *san/*) seeds=1 ;; esac # a sanitizer slows it by ten

n=0
train() { # train NAME EXPERIMENT SEED ARGUMENTS...: leaves the run in $run, its document in $run.json
    local name=$1 experiment=$2 seed=$3
    shift 3
    [ ! -e "$experiments/$experiment.lua" ] || experiment=$experiments/$experiment.lua
    run=$here/run$((n += 1))
    "$LURE" run "$experiment" --seed "$seed" --out "$run" --json "$@" >"$run.json" 2>"$run.said" && return
    check "$name, seed $seed" "a finished run" "$(tail -n 2 "$run.said")"
    return 1
}

solved() { # solved NAME LEAST EXPERIMENT ARGUMENTS...: the mean return of whole episodes; $how says how they live
    local name=$1 least=$2 experiment=$3 seed
    shift 3
    for seed in $seeds; do
        train "$name" "$experiment" "$seed" "$@" || continue
        "$LURE" eval "$run" --episodes 1000 $how --json >"$run.eval" 2>"$run.said"
        check "$name, seed $seed: worth $(json "$run.eval" 'd.episodic_return.mean'), at least $least" yes \
            "$(json "$run.eval" "d.episodic_return.mean >= $least and 'yes' or 'no'")"
    done
}

is_near() { # is_near NAME EXPECTED WITHIN EXPRESSION: of the last run's document d
    check "$1: $(json "$run.json" "$4"), $2 +- $3" yes "$(json "$run.json" "math.abs($4 - $2) <= $3 and 'yes' or 'no'")"
}

# ---- worlds that fail for one reason ----
how=
for algorithm in reinforce actor_critic ppo; do
    # random 2.5: rows do not belong together, or no gradient reaches what is seen
    solved "$algorithm: identity" 9.8 "$algorithm"
    # random 0.25, noise over 1,000 episodes 0.03: settled on a lucky arm, or the sign is wrong
    solved "$algorithm: noisy_bandit" 0.85 "$algorithm" --set environment=noisy_bandit
    # random 0.03: what is paid at the end does not reach the steps before it, or the policy made up its mind too soon
    solved "$algorithm: password" 0.97 "$algorithm" --set environment=password
    # random -0.27: an axis is missing or a direction turned round
    solved "$algorithm: target" 0.95 "$algorithm" --set environment=target --set algorithm.gamma=0.8 \
        $([ $algorithm = reinforce ] || echo --set algorithm.ent_coef=0.05)
    # [11] random 2.9: log-probability and entropy are the sum over the parts
    solved "$algorithm: [11] two_words" 9.8 "$algorithm" --set environment=$worlds/two_words.lua \
        --set 'policy={ { "linear", 16 }, "tanh", "linear", "multi_categorical", value = { { "linear", 16 }, "tanh", "linear" } }'
    # [29] random 5: the gradient is of what was legal alone
    solved "$algorithm: [29] masked" 7.35 "$algorithm" --set environment=$worlds/masked.lua
    # [12] doing nothing -10, the best -1.618: actions are numbers
    solved "$algorithm: [12] linear_quadratic" -1.8 "$algorithm" --set environment=linear_quadratic --set max_steps=10 \
        --set algorithm.gamma=0.9 \
        --set 'policy={ { "linear", weight = 0, bias = 0 }, { "gaussian", log_std = -1 }, value = { { "linear", 16 }, "tanh", "linear" } }'
done
how=--sampled
for algorithm in reinforce actor_critic ppo; do
    # always the same action 0, random 0.25, best 0.422, noise over 1,000 episodes 0.016: sharpened to one action
    solved "$algorithm: stochastic" 0.36 "$algorithm" --set environment=stochastic --set algorithm.gamma=1
done
how=
# [28] without a memory 0.5: the state is lost, or runs on from one episode into the next
solved "ppo: [28] memory" 0.95 memory_ppo_recurrent
solved "actor_critic: [28] memory of one symbol" 0.95 actor_critic --set 'environment={ "memory", length = 1, delay = 2 }' \
    --set 'policy={ trunk = { { "gru", 16 } }, "linear", "categorical", value = { "linear" } }'
# an untrained policy brings 22
solved "reinforce: cartpole, a learned baseline" 400 cartpole_reinforce_baseline --set updates=150
solved "ppo: cartpole" 475 cartpole_ppo
# doing nothing is worth 0, a local optimum; the best 89 without repeated actions
solved "ppo: mountain_car_continuous" 88 mountain_car_continuous_ppo
# where the goal is never met there is nothing to learn from: a return above -200 would be a wrong world
train "mountain_car at CleanRL's settings" mountain_car_ppo_cleanrl 1 --set updates=60 &&
    is_near "the goal is not found by chance" -200 0 'd.summary.episodic_return_100'

# ---- values that theory knows ----
# [3] 1 a step, for ever, cut every 8 steps: 1 / (1 - 0.98) = 50; without the bootstrap at the cut 4.3 on average
for algorithm in actor_critic ppo; do
    train "$algorithm: [3]" $algorithm 1 --set 'environment={ "performance", length = 8, inputs = 1 }' \
        --set 'policy={ "linear", "categorical", value = { "linear" } }' --set algorithm.gamma=0.98 \
        --set learning_rate.first=0.2 --set updates=1000 \
        $([ $algorithm = actor_critic ] || echo --set algorithm.clip_vloss=false --set updates=200) &&
        is_near "$algorithm: [3] the value of 1 for ever" 50 0.5 'd.parameters["value.bias"]'
done
# REINFORCE counts an episode that was cut as ended: the mean of (1 - 0.98^k) / 0.02 for k = 1 .. 8
train "reinforce: a learned baseline" reinforce 1 --set 'environment={ "performance", length = 8, inputs = 1 }' \
    --set 'policy={ "linear", "categorical", value = { "linear" } }' --set algorithm.gamma=0.98 \
    --set algorithm.baseline=learned --set learning_rate.first=0.2 && is_near "reinforce: the mean return to go" 4.2962 0.05 'd.parameters["value.bias"]'
# [2] place i of the random walk is worth i / 6, whose ends terminate: a bootstrap there would raise all
for algorithm in actor_critic ppo; do
    train "$algorithm: [2]" $algorithm 1 --set environment=random_walk --set algorithm.gamma=1 --set updates=600 \
        --set 'policy={ "linear", "categorical", value = { { "linear", weight = 0, bias = 0, train = { "weight" } } } }' &&
        for place in 1 2 3 4 5; do
            is_near "$algorithm: [2] place $place" "$place / 6" 0.06 "d.parameters['value.weight'][$((place + 1))][1]"
        done
done

# ---- [8] the first minibatch: the ratio is exactly 1, so nothing is clipped and nothing has moved ----
exactly_one() { # exactly_one NAME ARGUMENTS...
    local name=$1
    shift
    train "[8] $name" ppo 1 --set algorithm.num_minibatches=1 --set algorithm.update_epochs=1 --set updates=5 "$@" &&
        check "[8] $name: approx_kl, old_approx_kl, clipfrac" "5 0 0 0" "$(awk -F, '
            NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
            { kl += $at["approx_kl"] != 0; k1 += $at["old_approx_kl"] != 0; clip += $at["clipfrac"] != 0; rows++ }
            END { print rows, kl, k1, clip }' "$run/metrics.csv")"
}
exactly_one "one choice"
exactly_one "several choices" --set environment=$worlds/two_words.lua --set 'policy={ "linear", "multi_categorical", value = { "linear" } }'
exactly_one "a mask" --set environment=$worlds/masked.lua
exactly_one "numbers" --set environment=pendulum --set 'policy={ "linear", "gaussian", value = { "linear" } }'
exactly_one "squashed numbers" --set environment=pendulum --set 'policy={ "linear", "squashed_gaussian", value = { "linear" } }'
exactly_one "a memory" --set environment=memory --set 'policy={ trunk = { { "gru", 8 } }, "linear", "categorical", value = { "linear" } }'

# ---- [7] a minibatch of a single row: its advantage is 0, not NaN ----
train "[7] minibatches of one row" ppo 1 --set copies=1 --set algorithm.num_steps=4 --set updates=5 &&
    check "[7] minibatches of one row" "5 0" "$(awk -F, 'NR > 1 { rows++; for (i = 1; i <= NF; i++) bad += $i ~ /nan|inf/ } END { print rows, bad + 0 }' "$run/metrics.csv")"

# ---- [10] target_kl ends an update after an epoch, by the last minibatch ----
train "[10] no bound" ppo 1 --set updates=1 --set algorithm.update_epochs=1 && one=$(awk -F, 'NR == 2' "$run/metrics.csv")
train "[10] a bound of 0" ppo 1 --set updates=1 --set algorithm.target_kl=0 &&
    check "[10] with a bound of 0 an update has one epoch" "$one" "$(awk -F, 'NR == 2' "$run/metrics.csv")"

# ---- [16] CleanRL's rate: the first update at all of it, the last at a share of 1 / updates, never 0 ----
train "[16] the rate" cartpole_ppo_cleanrl 1 --set updates=4 --set 'learning_rate={ "linear", first = 2.5e-4, last = 6.25e-5 }' &&
    check "[16] the rate" "0.00025 0.0001875 0.000125 6.25e-05 2048" \
        "$(awk -F, 'NR > 1 { printf "%s ", $4 + 0 } END { print $3 }' "$run/metrics.csv")"
finish
