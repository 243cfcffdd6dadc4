-- expect: script_error reward
-- beyond the reserve: may crash, and costs this run only
-- or: crashed
local V = {}
V.__concat = function(a, b)
  local function grow(n) if n > 0 then return 1 + grow(n - 1) end return 0 end
  grow(15000)
  return "v"
end
return function(s)
  for _ = 1, 100 do
    local v = setmetatable({}, V)
    assert(#("pos=" .. v .. "!") > 0)
  end
  error("enough") -- here
end
