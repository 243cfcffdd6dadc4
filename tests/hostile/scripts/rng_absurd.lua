-- expect: ok reward
local rng = lure.rng(math.mininteger)
return function(s)
  for _, f in ipairs { function() rng:integer(math.mininteger, math.maxinteger) end, function() rng:integer(2, 1) end, function() rng:uniform(-1e308, 1e308) end,
                       function() rng:bernoulli(2) end, function() rng:bernoulli(0 / 0) end, function() rng:normal(0, -1) end, function() rng:choice({}) end,
                       function() rng:choice({ 1, 2 }, { 0, 0 }) end, function() rng:choice({ 1 }, { -1 }) end, function() rng:choice({ 1, 2 }, { 1e308, 1e308 }) end,
                       function() rng:shuffle(setmetatable({}, { __len = function() return math.maxinteger end })) end,
                       function() rng:choice(setmetatable({}, { __len = function() return math.maxinteger end })) end,
                       function() rng:shuffle(s, 1, 2) end, function() lure.rng(0 / 0) end, function() lure.rng("x") end, function() lure.rng(1, {}) end } do
    pcall(f)
  end
  return (s.portion == "large") == (s.hunger > 0.5) and 1 or -1
end
