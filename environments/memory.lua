-- Memory: symbols are shown one by one, nothing for a while, then they are to be said in the order they came.
--
-- | action       | counts while recalling | observation | range                                       |
-- |--------------|------------------------|-------------|---------------------------------------------|
-- | say1 .. sayN | say that symbol        | cue         | the symbol shown: 1 .. N, and 0 for none    |
-- |              |                        | recall      | 1 when a symbol is to be said, else 0       |
--
-- An episode: length steps of showing, delay steps of nothing, length steps of recalling. Default reward: 1 / length
-- for each symbol said in its place. Best: 1. Without a memory: 1 / symbols, which is the random score too.
-- Who stays there: the policy forgets. frame_stack = length + delay + 1 is memory enough; who fails with it stacks
-- frames in the wrong order or across episodes, and who fails with a recurrent policy loses its state.
local o = options(..., { length = 2, delay = 1, symbols = 2 })
for name, least in pairs { length = 1, delay = 0, symbols = 2 } do
  if o[name] < least or o[name] % 1 ~= 0 then
    error(("%s is a whole number from %d, not %s"):format(name, least, o[name]))
  end
end
local RECALL = o.length + o.delay -- steps before the first is to be said

local memory = { actions = {}, observation = { { "cue", n = o.symbols + 1 }, "recall" },
                 max_steps = RECALL + o.length }
local symbol_of = {} -- word -> number
for symbol = 1, o.symbols do
  memory.actions[symbol] = "say" .. symbol
  symbol_of["say" .. symbol] = symbol
end

local function show(s)
  s.cue = s.sequence[s.time + 1] or 0
  s.recall = s.time >= RECALL
end

function memory.reset(s, rng)
  s.sequence, s.time, s.right = {}, 0, false
  for i = 1, o.length do s.sequence[i] = rng:integer(1, o.symbols) end
  show(s)
end

function memory.step(s, action)
  s.time = s.time + 1
  s.right = symbol_of[action] == s.sequence[s.time - RECALL] -- nil while there is nothing to recall
  show(s)
  return s.time == RECALL + o.length -- terminated: all were asked for
end

function memory.reward(s) return s.right and 1 / o.length or 0 end

function memory.render(s)
  local phase = s.recall and "recall" or s.cue > 0 and "shown " .. s.cue or "wait"
  return ("step %d: %s%s"):format(s.time, phase, s.right and ", the last was right" or "")
end

return memory
