/* check_gradient_problem.c: see check_gradient_problem.h. Rewards are chosen so that common mistakes turn the gradient
   round: in the tree the first action that pays at once costs more later, and no two outcomes are alike. */
#include "check/check_gradient_problem.h"

#include "check/check_gradient_math.h"
#include "math/function.h"

#include <assert.h>
#include <string.h>

static const double STEP = 1e-3; /* of finite differences: their error is its fourth power */

const lure_gradient_problem lure_gradient_problems[LURE_GRADIENT_PROBLEMS] = {
    {"bandit", "2 contexts, 3 actions, an episode is one step",
     "local chance, acted = ...\n"
     "local pays = { plain = { low = 1.5, middle = -0.5, high = 0.25 },\n"
     "               odd = { low = -1, middle = 0.5, high = 2 } }\n"
     "local world = { actions = { 'low', 'middle', 'high' }, observation = { 'plain', 'odd' }, max_steps = 1 "
     "}\n"
     "function world.reset(s)\n"
     "  s.context = chance(0.625, 0.375) == 1 and 'plain' or 'odd'\n"
     "  s.plain, s.odd = s.context == 'plain' and 1 or 0, s.context == 'odd' and 1 or 0\n"
     "end\n"
     "function world.step(s, action)\n"
     "  acted()\n"
     "  s.pay = pays[s.context][action]\n"
     "  return true\n"
     "end\n"
     "function world.reward(s) return s.pay end\n"
     "return world\n",
     4, 4, 1},
    {"tree", "3 steps of 2 actions; what pays at once costs more later",
     "local chance, acted = ...\n"
     "local tree = { start = { left = { 1, 'pit' }, right = { -0.75, 'hill' } },\n"
     "               pit = { left = { 0.5, 'low' }, right = { -1, 'high' } },\n"
     "               hill = { left = { 0.75, 'low' }, right = { 0.25, 'high' } },\n"
     "               low = { left = { -1.5, 'over' }, right = { -2.5, 'over' } },\n"
     "               high = { left = { 1, 'over' }, right = { 2.5, 'over' } } }\n"
     "local world = { actions = { 'left', 'right' }, max_steps = 100,\n"
     "                observation = { 'start', 'pit', 'hill', 'low', 'high' } }\n"
     "local function enter(s, place)\n"
     "  for _, name in ipairs(world.observation) do s[name] = name == place and 1 or 0 end\n"
     "  s.place = place\n"
     "end\n"
     "function world.reset(s) enter(s, 'start') end\n"
     "function world.step(s, action)\n"
     "  acted()\n"
     "  local branch = tree[s.place][action]\n"
     "  s.pay = branch[1]\n"
     "  enter(s, branch[2])\n"
     "  return s.place == 'over'\n"
     "end\n"
     "function world.reward(s) return s.pay end\n"
     "return world\n",
     3, 6, 3},
    {"walk", "up to 3 steps: 'leave' ends it, 'go' leads on until the time limit cuts it off",
     "local chance, acted = ...\n"
     "local leave, go = { 0.5, -1, 1.5 }, { -0.25, 1, 0.75 }\n"
     "local world = { actions = { 'leave', 'go' }, max_steps = 3,\n"
     "                observation = { 'first', 'second', 'third' } }\n"
     "local function enter(s, place)\n"
     "  for i, name in ipairs(world.observation) do s[name] = i == place and 1 or 0 end\n"
     "  s.place = place\n"
     "end\n"
     "function world.reset(s) enter(s, 1) end\n"
     "function world.step(s, action)\n"
     "  acted()\n"
     "  s.pay = action == 'leave' and leave[s.place] or go[s.place]\n"
     "  enter(s, s.place + 1)\n"
     "  return action == 'leave'\n"
     "end\n"
     "function world.reward(s) return s.pay end\n"
     "return world\n",
     4, 6, 3},
};

#define GIVEN "local inputs, actions = ...\n"
#define VALUE ", value = { { 'linear', 2 }, 'tanh', 'linear' }"
#define REST  ", inputs = inputs, actions = actions, precision = 'double', seed = 1 }\n"
const lure_gradient_policy lure_gradient_policies[LURE_GRADIENT_POLICIES] = {
    {"linear", GIVEN "return lure.policy { 'linear', 'categorical'" REST, true, false},
    {"network", GIVEN "return lure.policy { { 'linear', 3 }, 'tanh', 'linear', 'categorical'" REST, false,
     false},
    {"bernoulli", GIVEN "return lure.policy { 'linear', 'bernoulli'" REST, true, true},
    {"value", GIVEN "return lure.policy { 'linear', 'categorical'" VALUE REST, true, true},
    {"networks", GIVEN "return lure.policy { { 'linear', 3 }, 'tanh', 'linear', 'categorical'" VALUE REST,
     false, true},
};

/* ---- paths ---- */

size_t lure_paths_state(lure_paths *paths, const double *observation)
{
    size_t n = paths->n_inputs * sizeof *observation;
    for (size_t i = 0; i < paths->n_states; i++)
        if (memcmp(paths->states[i], observation, n) == 0)
            return i;
    assert(paths->n_states < LURE_GRADIENT_STATES && paths->n_inputs <= LURE_GRADIENT_STATES);
    memcpy(paths->states[paths->n_states], observation, n);
    return paths->n_states++;
}

typedef struct probabilities {
    double of[LURE_GRADIENT_STATES][LURE_MOST_WAYS];
} probabilities;

static probabilities look(const lure_paths *paths, lure_policy *policy)
{
    probabilities p = {0};
    assert(lure_policy_n_actions(policy) <= LURE_MOST_WAYS);
    for (size_t i = 0; i < paths->n_states; i++)
        lure_policy_probabilities(policy, paths->states[i], p.of[i]);
    return p;
}

typedef struct expectation {
    const lure_paths *paths;
    lure_policy *policy;
    lure_truth truth;
    double discount;
    bool is_mean;
    probabilities before; /* at the parameters of the derivative */
} expectation;

static double path_probability(const lure_path *path, const probabilities *p)
{
    double product = path->chance;
    for (size_t t = 0; t < path->n_steps; t++)
        product *= p->of[path->steps[t].state][path->steps[t].action];
    return product;
}

/* Return of the path, or for the usual gradient the function whose derivative at the present parameters it is: the
   paths as probable as they are now, the logarithms moving. */
static double expect(void *data)
{
    const expectation *e = data;
    probabilities now = look(e->paths, e->policy);
    double sum = 0.0;
    for (size_t i = 0; i < e->paths->n; i++) {
        const lure_path *path = &e->paths->paths[i];
        double from_here = 0.0, logs = 0.0;
        for (size_t t = path->n_steps; t-- > 0;) {
            double p = now.of[path->steps[t].state][path->steps[t].action];
            from_here =
                path->steps[t].reward + (e->truth == LURE_TRUTH_RETURN ? 1.0 : e->discount) * from_here;
            logs += lure_log(p) * from_here;
        }
        logs /= e->is_mean ? (double)path->n_steps : 1.0;
        sum += e->truth == LURE_TRUTH_USUAL ? path_probability(path, &e->before) * logs
                                            : path_probability(path, &now) * from_here;
    }
    return sum;
}

void lure_paths_derivative(const lure_paths *paths, lure_policy *policy, lure_truth truth, double discount,
                           bool is_mean, double *derivative)
{
    double *parameters = lure_policy_parameters(policy);
    expectation e = {paths, policy, truth, discount, is_mean, look(paths, policy)};
    for (size_t i = 0; i < lure_policy_n_named(policy); i++) {
        const lure_parameter *p = lure_policy_named(policy, i);
        for (size_t j = p->offset; j < p->offset + p->size; j++)
            derivative[j] = p->trainable
                                ? lure_differentiate_numerically(expect, &e, &parameters[j], STEP).derivative
                                : 0.0;
    }
}

bool lure_paths_feel(const lure_paths *paths, lure_policy *policy, size_t parameter)
{
    double *x = (double *)lure_policy_parameters(policy) + parameter, middle = *x;
    probabilities before = look(paths, policy);
    *x = middle + 0.125;
    probabilities after = look(paths, policy);
    *x = middle;
    return memcmp(&before, &after, sizeof before) != 0;
}
