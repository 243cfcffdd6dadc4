-- Tests of the experiment NAME: lure test NAME
local luaunit, testing = require("luaunit"), require("lure.testing")
local tests = {}

-- A short run, without files; settings are those of --set.
function tests.test_it_runs()
  local run = testing.run("NAME", { updates = 5 })
  luaunit.assertEquals(run.updates, 5)
  luaunit.assertEquals(#run.rows, 5)
end

function tests.test_same_seed_same_bits()
  local first, again = testing.run("NAME", { updates = 5 }, 7), testing.run("NAME", { updates = 5 }, 7)
  luaunit.assertEquals(first.run_id, again.run_id)
  testing.assert_same_bits(first.rows, again.rows)
end

-- The last of the rates is what the experiment says, however many updates there are.
function tests.test_its_learning_rate()
  local rows = testing.run("NAME", { updates = 3, ["learning_rate.last"] = 0.05 }).rows
  luaunit.assertEquals(rows[3].learning_rate, 0.05)
end

function tests.test_a_misspelt_setting_is_refused()
  luaunit.assertErrorMsgContains("update", testing.run, "NAME", { updtes = 5 })
end

return tests
