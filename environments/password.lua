-- Password: type a secret word of two letters; only the whole of it, without a mistake, pays.
--
-- | action    |                  | observation      | range                                               |
-- |-----------|------------------|------------------|-----------------------------------------------------|
-- | zero, one | type that letter | typed[1 .. size] | the letters so far: -1 zero, 1 one, 0 not yet typed |
--
-- Default reward: 1 for the whole password at its last letter, else 0. An episode has as many steps as letters.
-- Best: 1. Random: 1 / 2^size, 0.03125 by default: so many episodes pass before the first reward is seen.
-- Who stays at 0: the policy made up its mind before it ever got in (too little entropy, steps too large without
-- reward), or a reward at the end does not reach the steps before it.
local o = options(..., { password = "10110" })
if o.password == "" or o.password:find("[^01]") then
  error(("password is made of 0 and 1, not '%s'"):format(o.password))
end
local SIZE = #o.password
local LETTERS = { zero = -1, one = 1 }

local secret = {}
for letter in o.password:gmatch(".") do secret[#secret + 1] = letter == "1" and 1 or -1 end

local password = { actions = { "zero", "one" }, max_steps = SIZE,
                   observation = { { "typed", size = SIZE, low = -1, high = 1 } } }

function password.reset(s)
  s.typed, s.count, s.right = {}, 0, true
  for i = 1, SIZE do s.typed[i] = 0 end
end

function password.step(s, action)
  s.count = s.count + 1
  s.typed[s.count] = LETTERS[action]
  s.right = s.right and LETTERS[action] == secret[s.count]
  return s.count == SIZE -- terminated: all letters are typed
end

function password.reward(s, action, terminated) return terminated and s.right and 1 or 0 end

function password.render(s)
  local letters = {}
  for i, letter in ipairs(s.typed) do letters[i] = letter == 0 and "_" or letter > 0 and "1" or "0" end
  return table.concat(letters) .. (s.count < SIZE and "" or s.right and " open" or " wrong")
end

return password
