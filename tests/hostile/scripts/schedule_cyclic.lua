-- expect: ok schedule
return function(rng)
  local input = { hunger = rng:uniform(0, 1) }
  input.input, input[1] = input, setmetatable({}, { __index = function() error("no") end })
  return input
end
