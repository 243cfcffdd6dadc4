-- expect: limit_memory reward
return function(s)
  local f = function() end
  while true do
    local inner = f
    f = function() return inner end -- here
  end
end
