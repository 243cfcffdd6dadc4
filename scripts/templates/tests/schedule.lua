-- Tests of the schedule NAME: lure test NAME
local luaunit, testing = require("luaunit"), require("lure.testing")
local tests = {}

-- What 1000 episodes are fed, while progress goes from 0 to 1.
function tests.test_inputs_are_what_the_world_takes()
  for _, input in ipairs(testing.inputs("NAME", 1000)) do
    luaunit.assertTrue(input.hunger >= 0 and input.hunger <= 1)
  end
end

function tests.test_hungrier_and_hungrier()
  local inputs = testing.inputs("NAME", 1000)
  luaunit.assertTrue(inputs[1].hunger <= 0.2)
  luaunit.assertTrue(inputs[1000].hunger >= 0.8)
end

function tests.test_without_jitter_it_is_a_line()
  local inputs = testing.inputs({ "NAME", jitter = 0 }, 4)
  for i, input in ipairs(inputs) do luaunit.assertAlmostEquals(input.hunger, i / 4, 1e-12) end
end

function tests.test_same_seed_same_bits()
  testing.assert_same_bits(testing.inputs("NAME", 50, 7), testing.inputs("NAME", 50, 7))
  luaunit.assertNotEquals(testing.inputs("NAME", 50, 7), testing.inputs("NAME", 50, 8))
end

function tests.test_unknown_options_are_refused()
  testing.assert_refuses("schedule", "NAME", { colour = 1 }, "colour")
end

return tests
