-- Tests of the algorithm NAME: lure test NAME
local luaunit, testing = require("luaunit"), require("lure.testing")
local tests = {}

-- A whole run of a small experiment, without files: rows are those of metrics.csv.
local function run(settings, seed)
  settings.algorithm = settings.algorithm or "NAME"
  return testing.run("k_armed_bandit", settings, seed)
end

function tests.test_it_logs_each_update()
  local got = run { updates = 20 }
  luaunit.assertEquals(#got.rows, 20)
  luaunit.assertEquals(got.episodes, 20 * 10) -- its option `episodes`
  luaunit.assertNotNil(got.rows[1].episodic_return)
end

function tests.test_same_seed_same_bits()
  testing.assert_same_bits(run({ updates = 20 }, 3).rows, run({ updates = 20 }, 3).rows)
  luaunit.assertNotEquals(run({ updates = 20 }, 3).rows, run({ updates = 20 }, 4).rows)
end

-- The mean of the first and of the last ten updates, over some seeds.
function tests.test_it_learns()
  local gains = {}
  for seed = 1, 5 do
    local rows, gain = run({ updates = 200 }, seed).rows, 0
    for i = 1, 10 do gain = gain + (rows[#rows + 1 - i].episodic_return - rows[i].episodic_return) / 10 end
    gains[seed] = gain
  end
  luaunit.assertTrue((testing.mean(gains)) > 0.1)
end

function tests.test_unknown_options_are_refused()
  testing.assert_refuses("algorithm", "NAME", { colour = 1 }, "colour")
end

return tests
