-- PPO's clipped surrogate as one node, against the same formula in operations.
local luaunit = require("luaunit")
local tests = {}
local lure, differentiate = lure_test.lure, lure_test.differentiate
local exp, mean, sum, abs, clamp, minimum = lure.exp, lure.mean, lure.sum, lure.abs, lure.clamp, lure.minimum

local function composed(log_prob, old, advantages, clip)
  local ratio = exp(log_prob - old)
  return minimum(ratio * advantages, clamp(ratio, 1 - clip, 1 + clip) * advantages)
end

function tests.test_value_and_gradient_are_the_formulas()
  for _, kind in ipairs { "float32", "float64" } do
    local rng = lure.rng(3)
    local old, advantages = lure.normal({ 40 }, rng, -1, 0.3, kind), lure.normal({ 40 }, rng, 0, 1, kind)
    local now = old + lure.normal({ 40 }, rng, 0, 0.4, kind)
    local near = kind == "float32" and 1e-6 or 1e-14
    local loss, gradient = differentiate(function(x) return -mean(lure.clipped_surrogate(x, old, advantages, 0.2)) end, now)
    local loss_2, gradient_2 = differentiate(function(x) return -mean(composed(x, old, advantages, 0.2)) end, now)
    luaunit.assertAlmostEquals(loss, loss_2, near)
    luaunit.assertTrue(abs(gradient - gradient_2):max() <= near)
    luaunit.assertTrue(abs(gradient):max() > 0.001)
    luaunit.assertTrue(abs(lure.clipped_surrogate(now, old, advantages, 0.2) - composed(now, old, advantages, 0.2)):max() <= near)
  end
end

function tests.test_clipped_rows_have_no_gradient()
  local up = math.log(1.5)
  local report = {}
  local x = lure.tensor { up, up, -math.log(2), -math.log(2) }
  local _, gradient = differentiate(function(t)
    local s = lure.clipped_surrogate(t, lure.zeros(4), lure.tensor { 1, -1, -1, 1 }, 0.2, report)
    luaunit.assertAlmostEquals(s[1]:item(), 1.2, 1e-12)
    luaunit.assertAlmostEquals(s[2]:item(), -1.5, 1e-12)
    luaunit.assertAlmostEquals(s[3]:item(), -0.8, 1e-12)
    luaunit.assertAlmostEquals(s[4]:item(), 0.5, 1e-12)
    return sum(s)
  end, x)
  luaunit.assertEquals(gradient[1], 0)
  luaunit.assertAlmostEquals(gradient[2], -1.5, 1e-12)
  luaunit.assertEquals(gradient[3], 0)
  luaunit.assertAlmostEquals(gradient[4], 0.5, 1e-12)
  luaunit.assertEquals(report.clip_fraction, 1)
  luaunit.assertAlmostEquals(report.kl_k1, (2 * math.log(2) - 2 * up) / 4, 1e-12)
  luaunit.assertAlmostEquals(report.kl, (2 * (1.5 - 1 - up) + 2 * (0.5 - 1 + math.log(2))) / 4, 1e-12)
end

function tests.test_errors_say_what_came()
  local t = lure.zeros(3)
  luaunit.assertErrorMsgContains("old_log_prob is tracked", differentiate, function(x)
    return mean(lure.clipped_surrogate(x, x, t, 0.2))
  end, t)
  luaunit.assertErrorMsgContains("(4)", lure.clipped_surrogate, t, lure.zeros(4), t, 0.2)
  luaunit.assertErrorMsgContains("clip", lure.clipped_surrogate, t, t, t, -1)
  luaunit.assertErrorMsgContains("number expected", lure.clipped_surrogate, t, t, t)
end

return tests
