-- expect: script_error reward
-- says: enough
-- freed memory in the packaged 5.4.4, but for the reserve of the stack
local V = {}
V.__concat = function(a, b)
  local function grow(n) if n > 0 then return 1 + grow(n - 1) end return 0 end
  grow(150)
  return (type(a) == "string" and a or "v") .. (type(b) == "string" and b or "v")
end
return function(s)
  for _ = 1, 200 do
    local v = setmetatable({}, V)
    local text = "pos=" .. v .. "!" .. v .. "?"
    coroutine.wrap(function() text = "a" .. v .. "b" end)()
    assert(#text > 2)
  end
  error("enough") -- here
end
