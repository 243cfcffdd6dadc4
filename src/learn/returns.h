/* returns.h: from rewards to what a step was worth. Arrays are (step, environment), row-major, in time order; one
   environment alone is (step). ends[t] says how step t left its episode: 0 it goes on, 1 terminated, 2 truncated.
   What comes after a step is worth 0 where it terminated, the value of the true final observation where it was
   truncated (final_values), the value of the next observation where the episode goes on (the next row, or last_values
   after the last one). Sums run in double and in a fixed order, whatever the tensors' type.
   GAE: Schulman et al. 2016; TD(lambda), n steps: Sutton & Barto 2018, chapters 7 and 12; V-trace: Espeholt et al. 2018. */
#ifndef LURE_LEARN_RETURNS_H
#define LURE_LEARN_RETURNS_H

#include "math/tensor.h"

typedef struct lure_trajectory {
    size_t n_steps, n_environments;
    lure_dtype dtype;         /* LURE_F32 or LURE_F64, of all numbers */
    const void *rewards;      /* (step, environment) */
    const void *values;       /* (step, environment): of the observation before the step; null: not known */
    const int32_t *ends;      /* (step, environment) */
    const void *last_values;  /* (environment): of the observation after the last step, where that goes on */
    const void *final_values; /* (step, environment): of the true final observation, read where ends is 2 */
    double discount;          /* [0, 1] */
} lure_trajectory;

/* Every function below asks this first and then cannot fail: an ends other than 0, 1 or 2, a truncated step without
   final_values, or an episode that goes on after the last step without last_values is LURE_ERROR_SCRIPT naming the
   step. To leave a bootstrap out silently would teach wrong values. */
lure_status lure_trajectory_check(const lure_trajectory *t, lure_error *err);

/* GAE: advantages[t] = delta[t] + discount * lambda * advantages[t+1] within the episode,
   delta[t] = rewards[t] + discount * value after t - values[t]; returns = advantages + values, which are the TD(lambda)
   targets. (step, environment) each; either may be null. Neither may be an input. */
lure_status lure_returns_advantages(const lure_trajectory *t, double lambda, void *advantages, void *returns,
                                    lure_error *err);

/* n_steps rewards, then discount^n times the value there; fewer where the episode or the collection ends sooner.
   n >= 1. Costs n a step, or the rest of the episode where that is shorter. */
lure_status lure_returns_n_step(const lure_trajectory *t, size_t n, void *returns, lure_error *err);

/* The discounted rewards to the end of the episode, and what comes after: lure_returns_n_step with any number of steps,
   in one pass. values are not needed. */
lure_status lure_returns_bootstrapped(const lure_trajectory *t, void *returns, lure_error *err);

/* V-trace: log_ratios (step, environment) = ln of the probability under the policy that learns, less ln of that under
   the one that acted; rho = min(rho_clip, e^log_ratio), c = lambda * min(c_clip, e^log_ratio).
   targets[t] = values[t] + rho[t] delta[t] + discount c[t] (targets[t+1] - values[t+1]) within the episode;
   advantages[t] = rho[t] (rewards[t] + discount * what follows - values[t]), what follows being targets[t+1].
   Either may be null. Clips > 0 (infinity: never), lambda in [0, 1]. */
typedef struct lure_v_trace_options {
    double rho_clip, c_clip, lambda;
} lure_v_trace_options;
lure_v_trace_options lure_v_trace_defaults(void); /* 1, 1, 1 */
lure_status lure_returns_v_trace(const lure_trajectory *t, const lure_v_trace_options *options,
                                 const void *log_ratios, void *targets, void *advantages, lure_error *err);

/* returns[i] = rewards[i] + discount * returns[i+1], starting anew after each end (ends[i] nonzero), of one environment.
   A last episode that is not ended counts as ended, and nothing comes after an end. out may be rewards. */
void lure_returns_discounted(const lure_tensor *rewards, const int32_t *ends, double discount,
                             lure_tensor *out);

/* 1 - Var(returns - values) / Var(returns): 1 all foretold, 0 no better than a constant, less than 0 worse.
   NaN where the returns are all the same, or there are none. */
double lure_returns_explained_variance(const lure_tensor *values, const lure_tensor *returns);

/* out = (t - mean) / (deviation + 1e-8), both as reduce.h sums, the deviation that of a sample (n - 1), or only t - mean
   when `scale` is false; out may be t. One or no element: 0. */
void lure_returns_center(const lure_tensor *t, bool scale, lure_tensor *out);

#endif
