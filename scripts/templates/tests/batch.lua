-- Tests of the batch NAME: lure test NAME
local luaunit, testing = require("luaunit"), require("lure.testing")
local tests = {}

local batch = testing.load("batch", "NAME")

-- Every value that is varied can be run: one update of each.
function tests.test_every_value_runs()
  for _, experiment in ipairs(batch.experiments) do
    for key, values in pairs(batch.vary) do
      for _, value in ipairs(values) do
        luaunit.assertEquals(testing.run(experiment, { updates = 1, [key] = value }).updates, 1)
      end
    end
  end
end

function tests.test_there_are_seeds_enough_to_compare()
  luaunit.assertTrue(batch.seeds.to - batch.seeds.from >= 2)
end

return tests
