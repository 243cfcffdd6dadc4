-- The classic worlds beside recordings of Gymnasium's own (tests/reference/gymnasium.lua; gymnasium_record.py made it):
-- episodes step by step, and every entry of the tables of transitions.
local luaunit = require("luaunit")
local replay = require("gymnasium")

local recorded = dofile("tests/reference/gymnasium.lua")
local tests = {}

for number, recording in ipairs(recorded.recordings) do
  local name = ("test_%s_%d"):format(recording.world, number)
  tests[name] = function()
    local steps, _, worst = replay.recording(recording)
    luaunit.assertTrue(steps >= 200)
    luaunit.assertTrue(worst <= 1e-5)
  end
  if recording.entries then
    tests[name .. "_transitions"] = function()
      local lines = replay.table_lines(recording)
      luaunit.assertEquals(#lines, recording.entries)
      luaunit.assertEquals(("%016x"):format(replay.hash(lines)), ("%016x"):format(recording.hash))
    end
  end
end

function tests.test_taxi_masks()
  local n = 0
  for _, recording in ipairs(recorded.recordings) do
    if recording.masks then
      n = n + 1
      luaunit.assertEquals(("%016x"):format(replay.hash(replay.mask_lines(recording))), ("%016x"):format(recording.masks))
    end
  end
  luaunit.assertEquals(n, 2)
  luaunit.assertNil(lure_test.load("environment", "taxi").legal)
end

function tests.test_all_nine_are_there()
  local seen, n = {}, 0
  for _, recording in ipairs(recorded.recordings) do
    if not seen[recording.world] then n = n + 1 end
    seen[recording.world] = true
  end
  luaunit.assertEquals(n, 9)
end

-- The replay itself must notice: one number, one flag, one draw.
local function assert_noticed(change, message)
  local recording, episode = nil, nil
  for _, r in ipairs(recorded.recordings) do
    if r.world == "frozen_lake" and not recording then recording, episode = r, r.episodes[1] end
  end
  local changed = {}
  for key, value in pairs(episode) do changed[key] = value end
  change(changed)
  local copy = { world = recording.world, options = recording.options, every = recording.every, episodes = { changed } }
  luaunit.assertErrorMsgContains(message, replay.recording, copy)
end

function tests.test_a_difference_is_noticed()
  assert_noticed(function(e) e.rows = e.rows:gsub(":0", ":1", 1) end, "step 1: the reward is 0")
  assert_noticed(function(e) e.ended = "cut" end, "terminated, Gymnasium's is cut")
  assert_noticed(function(e) e.draws = e.draws .. " 0.5" end, "our world draws 1 times less")
  assert_noticed(function(e) e.draws = nil end, "our world draws more often")
  assert_noticed(function(e) e.total = e.total + 1 end, "the return is")
end

return tests
