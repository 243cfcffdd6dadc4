-- lua_host gymnasium_replay.lua FILE: replays a recording that gymnasium_record.py wrote a moment ago and compares each
-- table of transitions with its text, line by line. One line a recording, then how many passed and failed, for
-- against_gymnasium.py to read.
package.path = "tests/lua/?.lua;" .. package.path
local replay = require("gymnasium")

local recorded = dofile((...))
local passed, failed = 0, 0

local function say(good, ...)
  passed, failed = passed + (good and 1 or 0), failed + (good and 0 or 1)
  print((good and "ok   " or "FAIL ") .. string.format(...))
end

for _, recording in ipairs(recorded.recordings) do
  local what = recording.world .. " " .. lure_test.write(recording.options)
  local good, steps, episodes, worst = pcall(replay.recording, recording)
  if good then
    say(true, "%s: %d steps from %d starts, off by %.2g at most", what, steps, episodes, worst)
  else
    say(false, "%s", steps)
  end
  if recording.table_text then
    local lines, i, difference = replay.table_lines(recording), 0, nil
    for theirs in io.lines(recording.table_text, "L") do
      i = i + 1
      if lines[i] ~= theirs and not difference then
        difference = ("entry %d is %s, Gymnasium's is %s"):format(i, lines[i], theirs)
      end
    end
    if #lines ~= i then difference = ("%d entries, Gymnasium's has %d"):format(#lines, i) end
    say(not difference, "%s: %s", what, difference or ("%d transitions, entry by entry"):format(i))
  end
  if recording.masks then
    say(replay.hash(replay.mask_lines(recording)) == recording.masks, "%s: legal actions of every state", what)
  end
end
print(("%d passed, %d failed"):format(passed, failed))
return failed == 0 and 0 or 1
