-- The arithmetic of scripts/algorithms/ppo.lua, by one update of a run whose batch is given and whose optimizer only looks.
-- Numbers in brackets are those of tests/README.md. That it learns is for tests/learning.
local luaunit = require("luaunit")

local tests = {}
local lure = lure_test.lure

-- Four steps, each an episode; the policy is even, and its value `slope` times what is seen.
local function update(o)
  local policy = lure.policy { { "linear", weight = 0, bias = 0 }, "categorical", inputs = 1, actions = 2, precision = "double",
                               value = { { "linear", weight = o.slope or 0, bias = 0 } } }
  local seen = lure.tensor(o.seen or { 0, 0, 0, 0 }):reshape(4, 1)
  local batch = { observations = seen, next_observations = seen, actions = lure.tensor(o.actions or { 1, 2, 1, 2 }, "int32"),
                  rewards = lure.tensor(o.rewards), ends = lure.ones(4, "int32"), legal = false, starts = false,
                  first_states = false, steps = 4, episodes = 4, episodic_return = 0, episodic_length = 1 }
  batch.log_prob = policy:evaluate(batch.observations, batch.actions)
  local row, gradients = nil, {}
  local run = {
    updates = function()
      local n = 0
      return function()
        n = n + 1
        return n == 1 and {} or nil
      end
    end,
    collect = function() return batch end,
    minibatches = function(_, rows, n)
      luaunit.assertEquals(n, 1)
      local given = false
      return function()
        if given then return nil end
        given = true
        return rows
      end
    end,
    log = function(_, values) row = values end,
  }
  local optimizer = {
    step = function(_, _, gradient)
      gradients[#gradients + 1] = gradient:to_table()
      if o.after then o.after(policy) end
    end,
  }
  local options = { num_minibatches = 1, ent_coef = 0 }
  for key, x in pairs(o.options or {}) do options[key] = x end
  lure_test.load("algorithm", "ppo", options)(run, policy, optimizer, function() return 1 end)
  return row, gradients
end

-- (value - 0.2)^2 counts where it is the larger one, and then nothing flows.
function tests.test_9_the_value_is_clipped()
  local o = { rewards = { 2, -1, 0.1, 3 }, options = { update_epochs = 2 },
              after = function(policy) policy.parameters["value.bias"] = 0.5 end }
  local row, gradients = update(o)
  luaunit.assertAlmostEquals(row.value_loss, (1.8 ^ 2 + 1.5 ^ 2 + 0.4 ^ 2 + 2.8 ^ 2) / 8, 1e-12)
  luaunit.assertAlmostEquals(gradients[1][6], 0.5 * -(2 - 1 + 0.1 + 3) / 4, 1e-12)
  luaunit.assertAlmostEquals(gradients[2][6], 0.5 * (1.5 + 0.4) / 4, 1e-12)
  o.options.clip_vloss = false
  row, gradients = update(o)
  luaunit.assertAlmostEquals(row.value_loss, (1.5 ^ 2 + 1.5 ^ 2 + 0.4 ^ 2 + 2.5 ^ 2) / 8, 1e-12)
  luaunit.assertAlmostEquals(gradients[2][6], 0.5 * (-1.5 + 1.5 + 0.4 - 2.5) / 4, 1e-12)
end

-- Advantages of 1, 2, 3, 4 become -1.1619, -0.3873, 0.3873, 1.1619: the deviation is that of a sample.
function tests.test_7_advantages_are_normalised()
  local o = { rewards = { 1, 2, 3, 4 }, actions = { 1, 1, 2, 2 }, options = { update_epochs = 1 } }
  local _, gradients = update(o)
  local sum = -1.1618950038622 - 0.38729833462074 - 0.38729833462074 - 1.1618950038622 -- first less second action
  luaunit.assertAlmostEquals(gradients[1][3], -sum / 4 * 0.5, 1e-7)
  luaunit.assertAlmostEquals(gradients[1][4], sum / 4 * 0.5, 1e-7)
  o.options.norm_adv = false
  _, gradients = update(o)
  luaunit.assertAlmostEquals(gradients[1][3], -(1 + 2 - 3 - 4) / 4 * 0.5, 1e-12)
end

-- By the last minibatch's divergence, which is of before its step: 0 in the first epoch, more in the second.
function tests.test_10_the_divergence_ends_an_update()
  local function after(policy) policy.parameters.bias[1] = policy.parameters.bias[1] + 0.1 end
  local function epochs(target_kl)
    local row, gradients = update { rewards = { 1, 2, 3, 4 }, after = after, options = { target_kl = target_kl } }
    return #gradients, row
  end
  luaunit.assertEquals((epochs(math.huge)), 4)
  local n, row = epochs(0)
  luaunit.assertEquals(n, 2)
  -- half of the rows took each action: ln of the odds now, less ln 1/2
  local p = 1 / (1 + math.exp(-0.1))
  local up, down = math.log(2 * p), math.log(2 * (1 - p))
  luaunit.assertAlmostEquals(row.old_approx_kl, -(up + down) / 2, 1e-12)
  luaunit.assertAlmostEquals(row.approx_kl, (math.exp(up) - 1 - up + math.exp(down) - 1 - down) / 2, 1e-12)
  luaunit.assertEquals(row.clipfrac, 0)
end

-- Odds of exp(0), exp(0.25), exp(0.5), exp(0.75): the ratios leave 0.8 .. 1.2 in all rows of the last two of four epochs.
function tests.test_8_the_share_clipped_is_of_all_minibatches()
  local row = update { rewards = { 1, 2, 3, 4 },
                       after = function(policy) policy.parameters.bias[1] = policy.parameters.bias[1] + 0.25 end }
  luaunit.assertEquals(row.clipfrac, 0.5)
end

function tests.test_21_values_are_those_of_before()
  local row = update { seen = { 1, 2, 3, 5 }, rewards = { 1, 2, 3, 5 }, slope = 1,
                       after = function(policy) policy.parameters["value.weight"] = 0 end }
  luaunit.assertEquals(row.explained_variance, 1)
  row = update { rewards = { 1, 1, 1, 1 } }
  luaunit.assertNotEquals(row.explained_variance, row.explained_variance) -- nothing to explain: NaN
end

function tests.test_11_the_entropy_is_that_of_the_policy()
  local row = update { rewards = { 1, 2, 3, 4 } }
  luaunit.assertAlmostEquals(row.entropy, math.log(2), 1e-12)
end

return tests
