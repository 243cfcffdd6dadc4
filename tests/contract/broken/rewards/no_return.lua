-- expect: returned nil; expected a function
local function reward(s) return s.place end
reward({ place = 1 })
