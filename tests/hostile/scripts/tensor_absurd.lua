-- expect: script_error algorithm
-- says: enough
return function(run, policy, optimizer, learning_rate)
  local cyclic, deep, evil = {}, {}, setmetatable({}, { __len = function() return 1 << 60 end, __index = function() return 1 end })
  cyclic[1] = cyclic
  for _ = 1, 1000 do deep = { deep } end
  for _, f in ipairs { function() lure.tensor(cyclic) end, function() lure.tensor(deep) end, function() lure.tensor(evil) end, function() lure.zeros(-1) end,
                       function() lure.zeros(math.mininteger) end, function() lure.range(1, math.maxinteger) end, function() lure.range(1, 2, 0) end,
                       function() lure.range(1, 2, 1e-300) end, function() lure.one_hot({ 5 }, 3) end, function() lure.ones(3):reshape(-1, -1) end,
                       function() lure.ones(3):take({ 4 }) end, function() lure.ones(3):slice(1, -5, 9, -1) end, function() lure.concat(evil) end, function() lure.stack(cyclic) end,
                       function() lure.ones(2):expand(1 << 62) end, function() lure.matmul(lure.ones(2, 3), lure.ones(2, 3)) end, function() lure.ones(3)[1 << 62] = 1 end,
                       function() lure.where(1, evil, cyclic) end, function() lure.gather(lure.ones(2, 2), lure.tensor({ 9, -9 }, "int32")) end,
                       function() tostring(lure.ones(1 << 16):expand(1 << 16)) end, function() lure.zeros(table.unpack({}, 1, 300)) end } do
    local ok, message = pcall(f)
    assert(ok or type(message) == "string")
  end
  error("enough") -- here
end
