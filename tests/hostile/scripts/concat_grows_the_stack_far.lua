-- expect: crashed reward
-- says: the worker process was killed by signal
-- or: script_error
-- plain: what Lua does there is what a sanitizer reports
-- beyond the reserve of the stack the packaged 5.4.4 uses freed memory: this run's end, and no other's
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
  error("enough: the worker process was killed by signal 0") -- here
end
