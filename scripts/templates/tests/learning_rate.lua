-- Tests of the learning-rate rule NAME: lure test NAME
local luaunit, testing = require("luaunit"), require("lure.testing")
local tests = {}

-- The rates of a whole run, update by update.
function tests.test_it_halves()
  luaunit.assertEquals(testing.rates({ "NAME", first = 8, halve_after = 2 }, 6), { 8, 8, 4, 4, 2, 2 })
end

function tests.test_every_rate_is_finite_and_not_negative()
  for _, updates in ipairs { 1, 2, 1000, 100000 } do
    for _, rate in ipairs(testing.rates("NAME", updates)) do
      luaunit.assertTrue(rate >= 0 and rate < math.huge)
    end
  end
end

function tests.test_unknown_options_are_refused()
  testing.assert_refuses("learning_rate", "NAME", { colour = 1 }, "colour")
end

return tests
